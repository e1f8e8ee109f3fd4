//! Waiting until so many have said a word: until all threads of a pool are up, so that t = 0 is not before; until all
//! that feed processes are through.
//!
//! Invariant: the run's main thread waits here no longer than the run goes on: a stop ends each of its waits.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::steps::cancel::Cancel;

pub(super) struct Ready {
    inside: Mutex<Inside>,
    changed: Condvar,
}

struct Inside {
    missing: u32,
    given_up: bool,
}

/// A cancel is noticed so soon.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(20);

impl Ready {
    pub(super) fn new(words: u32) -> Self {
        Ready { inside: Mutex::new(Inside { missing: words, given_up: false }), changed: Condvar::new() }
    }

    pub(super) fn one_more(&self) {
        let mut inside = self.inside();
        inside.missing = inside.missing.saturating_sub(1);
        if inside.missing == 0 {
            self.changed.notify_all();
        }
    }

    pub(super) fn missing(&self) -> u32 {
        self.inside().missing
    }

    /// Whoever waits with all others waits no more: some of them will never come.
    pub(super) fn give_up(&self) {
        self.inside().given_up = true;
        self.changed.notify_all();
    }

    /// Waits until all have said their word; `false`: the run was stopped before that.
    pub(super) fn wait(&self, cancel: &Cancel) -> bool {
        self.wait_for(cancel, Duration::MAX)
    }

    /// As [`Ready::wait`], but no longer than that.
    pub(super) fn wait_for(&self, cancel: &Cancel, patience: Duration) -> bool {
        let begun = Instant::now();
        let mut inside = self.inside();
        while inside.missing > 0 {
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() || inside.given_up || cancel.is_cancelled() {
                return false;
            }
            let waited = self.changed.wait_timeout(inside, left.min(LOOK_EVERY));
            inside = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Says one's own word and waits for those of all others. Thousands may wait here, so none of them looks around by
    /// itself: somebody has to [`Ready::give_up`] where not all will come. Returns whether they did.
    pub(super) fn meet(&self) -> bool {
        self.one_more();
        let mut inside = self.inside();
        while inside.missing > 0 && !inside.given_up {
            inside = self.changed.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
        inside.missing == 0
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_and_patience_end_the_wait_for_one_that_never_comes() {
        let (ready, cancel) = (Ready::new(2), Cancel::default());
        ready.one_more();
        assert!(!ready.wait_for(&cancel, Duration::from_millis(1)));
        cancel.cancel();
        assert!(!ready.wait(&cancel));
        ready.one_more();
        assert!(ready.wait(&cancel), "who is there is there");
    }

    #[test]
    fn those_that_meet_go_on_together_or_not_at_all() {
        for (words, expected) in [(3, true), (4, false)] {
            let ready = Ready::new(words);
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| ready.meet())).collect();
                while ready.missing() > words - 3 {
                    std::thread::yield_now();
                }
                ready.give_up();
                for thread in threads {
                    assert_eq!(thread.join().unwrap(), expected);
                }
            });
        }
    }
}
