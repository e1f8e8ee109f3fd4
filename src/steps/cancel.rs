//! Stopping a run, and the waits that can be stopped.
//!
//! Invariant: no task waits where a cancel cannot reach it: no `thread::sleep`, no std `Mutex` held while waiting.
//! Threads park with a deadline and are unparked; futures listen to [`Cancel::changes`]. What waits without listening
//! carries no task and is let go by those that do: a join of workers, the watch that looks every few milliseconds.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Thread};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::clock;

/// A run's stop switch.
#[derive(Default)]
pub struct Cancel {
    flag: AtomicBool,
    /// Threads that may be parked, to be unparked.
    threads: Mutex<Vec<Thread>>,
    /// For futures: a cancel, and what a runtime's main future waits for.
    futures: Notify,
}

/// The run was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

impl Cancel {
    #[inline]
    pub fn is_cancelled(&self) -> bool {
        self.flag.load(Ordering::Acquire)
    }

    /// Stops the run: from now on every wait returns at once.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Release);
        for thread in self.threads.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            thread.unpark();
        }
        self.futures.notify_waiters();
    }

    /// This thread may come to wait: a cancel shall unpark it.
    pub fn join_in(&self) {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread::current());
    }

    /// Holds this thread until that tick.
    ///
    /// # Errors
    /// [`Cancelled`] as soon as the run is stopped.
    pub fn sleep_until(&self, due: u64) -> Result<(), Cancelled> {
        loop {
            if self.is_cancelled() {
                return Err(Cancelled);
            }
            let now = clock::ticks();
            if now >= due {
                return Ok(());
            }
            thread::park_timeout(clock::ticks_between(now, due).to_std());
        }
    }

    /// Something a future may wait for has happened: whoever listens to [`Cancel::changes`] looks again.
    pub fn notify(&self) {
        self.futures.notify_waiters();
    }

    /// Resolves when the run is stopped.
    pub async fn cancelled(&self) {
        loop {
            let mut changed = std::pin::pin!(self.changes());
            changed.as_mut().enable();
            if self.is_cancelled() {
                return;
            }
            changed.await;
        }
    }

    /// Resolves at the next [`Cancel::notify`], or when the run is stopped. To miss nothing: enable it, look, await it.
    pub fn changes(&self) -> Notified<'_> {
        self.futures.notified()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::time::Nanos;

    /// Before it lies down, while it does, and when it is parked: a cancel that unparked nobody would be a hang.
    #[test]
    fn a_sleeper_is_woken_by_a_cancel() {
        for spins in (0..200).map(|round| round * 200) {
            let cancel = Arc::new(Cancel::default());
            let (tell, told) = std::sync::mpsc::channel();
            let sleeper = {
                let cancel = Arc::clone(&cancel);
                thread::spawn(move || {
                    cancel.join_in();
                    tell.send(()).expect("the test listens");
                    cancel.sleep_until(clock::ticks() + clock::ticks_in(Nanos::from_millis(3_600_000)))
                })
            };
            told.recv().unwrap();
            (0..spins).for_each(|_| std::hint::spin_loop());
            cancel.cancel();
            assert_eq!(sleeper.join().unwrap(), Err(Cancelled));
        }
    }

    #[test]
    fn a_sleep_ends_when_it_is_due() {
        let due = clock::ticks() + clock::ticks_in(Nanos::from_millis(3));
        assert_eq!(Cancel::default().sleep_until(due), Ok(()));
        assert!(clock::ticks() >= due);
    }
}
