//! Where a task waits for another: a place that is filled once, and wakes whoever waits there in its own way.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread::{self, Thread};

use serde::{Deserialize, Serialize};

use super::cancel::Cancel;
use crate::clock;
use crate::trace::Peer;

/// Where somebody waits. Filled once.
#[derive(Default)]
pub struct Slot {
    inside: Mutex<SlotInside>,
}

#[derive(Default)]
struct SlotInside {
    served: Option<Served>,
    sleeper: Option<Sleeper>,
}

enum Sleeper {
    Thread(Thread),
    Future(Waker),
    /// Somebody in another process, to whom this brings the word.
    Far(Box<dyn FnOnce(Served) + Send>),
}

/// How a wait came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    pub ticks: u64,
    pub by: Peer,
    pub how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// The wait is over, the task has what it wanted.
    Granted,
    /// The lock is free: who comes first gets it (barging).
    TryAgain,
    /// It never will be.
    Stuck,
    /// The run was stopped.
    Cancelled,
}

/// Whose wait is over and who does not know it yet.
#[must_use]
pub(super) struct Waking {
    sleeper: Sleeper,
    served: Served,
}

impl Waking {
    /// Holding nothing that others need: to tell somebody in another process is to write to a pipe.
    pub fn wake(self) {
        match self.sleeper {
            Sleeper::Thread(thread) => thread.unpark(),
            Sleeper::Future(waker) => waker.wake(),
            Sleeper::Far(tell) => tell(self.served),
        }
    }
}

impl Slot {
    /// Serves the wait; only the first time counts. Whoever waits there already is for the caller to wake.
    pub(super) fn fill(&self, served: Served) -> Option<Waking> {
        let mut inside = self.inside();
        inside.served.get_or_insert(served);
        inside.sleeper.take().map(|sleeper| Waking { sleeper, served })
    }

    /// Holds this thread until the slot is filled or the run is stopped.
    pub fn wait(&self, cancel: &Cancel) -> Served {
        loop {
            {
                let mut inside = self.inside();
                if let Some(served) = inside.served {
                    return served;
                }
                if cancel.is_cancelled() {
                    return Served { ticks: clock::ticks(), by: Peer::NONE, how: How::Cancelled };
                }
                inside.sleeper = Some(Sleeper::Thread(thread::current()));
            }
            thread::park();
        }
    }

    /// Has `tell` called, by whoever serves the wait, when the slot is filled.
    pub fn when_served(&self, tell: impl FnOnce(Served) + Send + 'static) {
        let mut inside = self.inside();
        let Some(served) = inside.served else {
            inside.sleeper = Some(Sleeper::Far(Box::new(tell)));
            return;
        };
        drop(inside);
        tell(served);
    }

    /// Resolves when the slot is filled. A stopped run drops its futures.
    pub async fn served(&self) -> Served {
        poll_fn(|context| {
            let mut inside = self.inside();
            if let Some(served) = inside.served {
                return Poll::Ready(served);
            }
            inside.sleeper = Some(Sleeper::Future(context.waker().clone()));
            Poll::Pending
        })
        .await
    }

    fn inside(&self) -> MutexGuard<'_, SlotInside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
