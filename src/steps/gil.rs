//! An interpreter lock that follows CPython 3.2 to 3.12 step by step (`Python/ceval_gil.c`, Antoine Pitrou's GIL of
//! 2009): two mutexes with two condition variables, a time-out, a drop request, and forced switching.
//!
//! Who waits for the lock and sees it in the same hands for one switch interval sets the drop request. The holder looks
//! at the request many times in each chunk of computing, lets go at once, and then waits until somebody else has taken
//! the lock. Who lets go of it on its own, to wait for IO, does not wait for that: the lock goes to whoever comes first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::cancel::{Cancel, Cancelled};
use crate::time::Nanos;
use crate::trace::{Peer, Task, Worker};

pub struct Gil {
    interval: Duration,
    inside: Mutex<Inside>,
    free: Condvar,
    switch: Mutex<Switch>,
    switched: Condvar,
    drop_request: AtomicBool,
}

#[derive(Default)]
struct Inside {
    locked: bool,
    switches: u64,
}

#[derive(Default)]
struct Switch {
    last_holder: Option<Holder>,
}

/// Who may hold the lock: a task's thread, or the main thread that starts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Main,
    Task(Task),
}

/// A cancel is noticed so soon by whoever waits for the lock.
const PATIENCE: Duration = Duration::from_millis(50);

impl Gil {
    pub fn new(interval: Nanos) -> Self {
        Gil {
            interval: interval.to_std(),
            inside: Mutex::default(),
            free: Condvar::new(),
            switch: Mutex::default(),
            switched: Condvar::new(),
            drop_request: AtomicBool::new(false),
        }
    }

    /// Somebody has waited for a whole interval: the holder shall let go at its next look.
    #[inline]
    pub fn is_wanted(&self) -> bool {
        self.drop_request.load(Ordering::Relaxed)
    }

    /// Who holds it, or held it last.
    pub fn holder(&self) -> Peer {
        match lock(&self.switch).last_holder {
            Some(Holder::Task(task)) => Peer::task(task),
            Some(Holder::Main) => Peer::worker(Worker::MAIN),
            None => Peer::NONE,
        }
    }

    pub fn is_held_by(&self, me: Holder) -> bool {
        lock(&self.inside).locked && lock(&self.switch).last_holder == Some(me)
    }

    /// Takes the lock if nobody has it. Where nobody waits for it either, this is all that taking it costs.
    pub fn try_take(&self, me: Holder) -> bool {
        let mut inside = lock(&self.inside);
        if inside.locked {
            return false;
        }
        self.hold(&mut inside, me);
        true
    }

    /// Waits for the lock.
    ///
    /// # Errors
    /// [`Cancelled`] when the run is stopped.
    pub fn take(&self, me: Holder, cancel: &Cancel) -> Result<(), Cancelled> {
        let mut inside = lock(&self.inside);
        while inside.locked {
            let seen = inside.switches;
            let deadline = Instant::now() + self.interval;
            loop {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    if inside.locked && inside.switches == seen {
                        self.drop_request.store(true, Ordering::Relaxed);
                    }
                    break;
                }
                let waited = self.free.wait_timeout(inside, left.min(PATIENCE));
                let timed_out;
                (inside, timed_out) = match waited {
                    Ok((inside, timeout)) => (inside, timeout.timed_out()),
                    Err(poisoned) => (poisoned.into_inner().0, false),
                };
                if cancel.is_cancelled() {
                    return Err(Cancelled);
                }
                // A wake-up begins a new interval, as in CPython; only our own patience goes on with the old one.
                if !timed_out {
                    break;
                }
            }
        }
        self.hold(&mut inside, me);
        Ok(())
    }

    fn hold(&self, inside: &mut Inside, me: Holder) {
        let mut switch = lock(&self.switch);
        inside.locked = true;
        if switch.last_holder != Some(me) {
            switch.last_holder = Some(me);
            inside.switches += 1;
        }
        self.switched.notify_one();
        drop(switch);
        self.drop_request.store(false, Ordering::Relaxed);
    }

    /// Lets go. When somebody asked for it, waits until another has taken it.
    pub fn release(&self, me: Holder, cancel: &Cancel) {
        self.let_go(me);
        self.await_switch(me, cancel);
    }

    /// The second half of a release: when somebody asked for the lock, waits until another has taken it, so that the
    /// same thread does not win the race for it at once.
    pub fn await_switch(&self, me: Holder, cancel: &Cancel) {
        if !self.is_wanted() {
            return;
        }
        let mut switch = lock(&self.switch);
        if switch.last_holder != Some(me) {
            return;
        }
        self.drop_request.store(false, Ordering::Relaxed);
        while switch.last_holder == Some(me) && !cancel.is_cancelled() {
            switch = match self.switched.wait_timeout(switch, PATIENCE) {
                Ok((switch, _)) => switch,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// The first half of a release. It is all of the last one of a thread that ends: that waits for nobody.
    pub fn let_go(&self, me: Holder) {
        let mut inside = lock(&self.inside);
        lock(&self.switch).last_holder = Some(me);
        inside.locked = false;
        drop(inside);
        self.free.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Holder = Holder::Task(Task(0));
    const B: Holder = Holder::Task(Task(1));

    #[test]
    fn a_waiter_asks_and_the_holder_hands_over() {
        let (gil, cancel) = (Gil::new(Nanos::from_micros(100)), Cancel::default());
        gil.take(A, &cancel).unwrap();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                gil.take(B, &cancel).unwrap();
                gil.let_go(B);
            });
            while !gil.is_wanted() {
                std::thread::yield_now();
            }
            gil.release(A, &cancel);
            assert_eq!(gil.holder(), Peer::task(Task(1)), "a forced release returns when another has taken it");
            waiter.join().unwrap();
        });
        assert!(gil.try_take(A));
        assert!(!gil.try_take(B));
    }

    #[test]
    fn a_stopped_run_frees_the_waiters() {
        let (gil, cancel) = (Gil::new(Nanos::from_millis(1_000_000)), Cancel::default());
        gil.take(A, &cancel).unwrap();
        cancel.cancel();
        assert_eq!(gil.take(B, &cancel), Err(Cancelled));
    }
}
