//! How fast this computer's cores are at the moment. What a virtual machine takes for a core may be one of two threads of
//! execution of a real one, whose other somebody else's machine has: while that computes, what goes through memory takes
//! nearly twice as long here, and nothing in the system tells.

use std::cmp::Reverse;
use std::hint::black_box;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::time::Nanos;
use crate::{clock, host};

/// A core that takes so much longer than it has taken at its best is shared. Caches and clock rates make less of a
/// difference, sharing makes more.
const SHARED_FROM: f64 = 1.35;

/// More cores are not looked at: it takes each of them a tenth of a millisecond.
const CORES_MAX: usize = 8;

/// How long each of the first cores took for the same small piece of computing.
#[derive(Clone, Debug, Default)]
pub struct Pace(Vec<Nanos>);

/// What each has taken at its best since the program began.
static BEST: Mutex<Vec<Nanos>> = Mutex::new(Vec::new());

impl Pace {
    /// Looks, one core after another, which takes a fraction of a millisecond on a few. No run may go on meanwhile.
    pub fn now() -> Pace {
        let cpus = host::allowed_cpus();
        let cpus = &cpus[..cpus.len().min(CORES_MAX)];
        let look = || cpus.iter().map(|cpu| host::restrict_this_thread(&[*cpu]).then(computing)).collect();
        // On a thread that is gone afterwards: what restricts it restricts nobody else.
        let seen: Option<Vec<Nanos>> = thread::scope(|scope| scope.spawn(look).join()).unwrap_or_default();
        let pace = Pace(seen.unwrap_or_default());
        pace.learn(&mut BEST.lock().unwrap_or_else(PoisonError::into_inner));
        pace
    }

    fn learn(&self, best: &mut Vec<Nanos>) {
        for (core, time) in self.0.iter().enumerate() {
            match best.get_mut(core) {
                Some(known) => *known = (*known).min(*time),
                None => best.push(*time),
            }
        }
    }

    /// The pace of a time that lies between this one and another: each core's slower.
    pub fn and(&self, other: &Pace) -> Pace {
        let (longer, shorter) = if self.0.len() < other.0.len() { (other, self) } else { (self, other) };
        let slower = |(core, time): (usize, &Nanos)| shorter.0.get(core).map_or(*time, |other| *time.max(other));
        Pace(longer.0.iter().enumerate().map(slower).collect())
    }

    /// Whether some core was much slower than it has been at its best, as is known by now; a system that does not let a
    /// thread choose its core cannot tell.
    pub fn is_shared(&self) -> bool {
        self.is_slower_than(&BEST.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The pace of such cores if they were shared.
    #[cfg(test)]
    pub fn shared(&self) -> Pace {
        Pace(self.0.iter().map(|time| *time * 1_000).collect())
    }

    fn is_slower_than(&self, best: &[Nanos]) -> bool {
        self.0.iter().zip(best).any(|(time, best)| time.ratio(*best).is_some_and(|slower| slower > SHARED_FROM))
    }
}

/// How long a chain of additions in memory takes this thread, undisturbed: of a few such, the shortest.
fn computing() -> Nanos {
    const TIMES: usize = 4;
    const ADDITIONS: u64 = 20_000;
    let chain = |_| {
        let begin = clock::ticks();
        let mut sum = 0_u64;
        for number in 0..ADDITIONS {
            // Through memory, each time.
            *black_box(&mut sum) += number;
        }
        black_box(sum);
        clock::ticks_between(begin, clock::ticks())
    };
    (0..TIMES).map(chain).max_by_key(|time| Reverse(*time)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(times: &[i64]) -> Pace {
        Pace(times.iter().copied().map(Nanos).collect())
    }

    #[test]
    fn a_core_that_is_much_slower_than_at_its_best_is_shared() {
        let mut best = Vec::new();
        for times in [[1_900, 1_000], [1_000, 2_000], [1_100, 1_000]] {
            pace(&times).learn(&mut best);
        }
        assert_eq!(best, [Nanos(1_000); 2]);
        let check = |times: &[i64], expected: bool| {
            assert_eq!(pace(times).is_slower_than(&best), expected, "{times:?}");
        };
        check(&[1_000, 1_000], false);
        check(&[1_300, 1_200], false);
        check(&[1_000, 1_800], true);
        check(&[1_800, 1_000], true);
        check(&[], false);
    }

    #[test]
    fn between_two_looks_the_slower_counts() {
        assert_eq!(pace(&[1, 5]).and(&pace(&[4, 2])).0, pace(&[4, 5]).0);
        assert_eq!(pace(&[]).and(&pace(&[4, 2])).0, pace(&[4, 2]).0);
        assert_eq!(pace(&[4, 2]).and(&Pace::default()).0, pace(&[4, 2]).0);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn each_core_is_looked_at_on_its_own() {
        let pace = Pace::now();
        assert_eq!(pace.0.len(), host::allowed_cpus().len().min(CORES_MAX));
        assert!(pace.0.iter().all(|time| *time > Nanos::ZERO), "{pace:?}");
    }
}
