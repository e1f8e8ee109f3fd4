//! Who arrives when, and how the run's main thread waits for it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{MutexGuard, PoisonError};
use std::thread;

use super::Job;
use crate::clock;
use crate::model::Workers;
use crate::record;
use crate::steps::Ended;
use crate::trace::{Cause, MainState, Peer, State, Task};

/// In the order in which tasks are handed over: by arrival, then the more urgent, then scenario order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrival {
    /// In ticks since t = 0, so that a release is not rounded before the end that caused it.
    pub at: u64,
    pub priority: i32,
    pub task: u32,
}

impl Job {
    /// Takes the tasks that have arrived by now, the most urgent first, and stamps them ready.
    pub fn arrived(&self) -> Vec<Task> {
        let zero = self.zero();
        let now = clock::ticks().saturating_sub(zero);
        let mut arrivals = self.arrivals();
        let mut batch = Vec::new();
        while let Some(Reverse(next)) = arrivals.peek().copied().filter(|Reverse(next)| next.at <= now) {
            arrivals.pop();
            batch.push(next);
        }
        drop(arrivals);
        batch.sort_by_key(|arrival| (arrival.priority, arrival.at, arrival.task));
        let ready = |arrival: &Arrival| {
            self.progress[arrival.task as usize].store(State::Ready as u8, Ordering::Release);
            record::stamp_at(zero + arrival.at, Task(arrival.task), State::Ready, Cause::Queued, Peer::NONE);
        };
        let (awaited, never): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|arrival| self.is_awaited(Task(arrival.task)));
        for arrival in never {
            self.never_await(Task(arrival.task), zero + arrival.at);
        }
        awaited.iter().for_each(ready);
        awaited.into_iter().map(|arrival| Task(arrival.task)).filter(|task| self.finds_a_place(*task)).collect()
    }

    /// Whether somebody awaits the task; what is no coroutine needs nobody to.
    fn is_awaited(&self, task: Task) -> bool {
        !self.plan.coroutines || self.scenario.groups[self.tasks[task.index()].group as usize].awaited
    }

    /// Whether a task that has arrived is let in: a bounded queue rejects it when all workers are held and all places
    /// taken.
    fn finds_a_place(&self, task: Task) -> bool {
        let Some(queue) = self.plan.queue else { return true };
        let workers = match self.plan.workers {
            Workers::Fixed(workers) => workers,
            Workers::Split(_) => 1,
            Workers::PerTask => return true,
        };
        let inside = self.inside(task);
        if inside.load(Ordering::Acquire) < queue.saturating_add(workers) {
            inside.fetch_add(1, Ordering::AcqRel);
            return true;
        }
        let ticks = clock::ticks();
        record::stamp_at(ticks, task, State::Rejected, Cause::Queued, Peer::NONE);
        self.end(task, Ended { state: State::Rejected, ticks });
        false
    }

    /// How many tasks are let in and not over, in the queue that the task is for.
    pub(super) fn inside(&self, task: Task) -> &AtomicU32 {
        &self.inside[self.plan.workers.share_of(task.0, self.tasks()) as usize]
    }

    /// The tick of the next arrival that is known.
    fn next_arrival(&self) -> Option<u64> {
        let next = self.arrivals().peek().map(|Reverse(next)| next.at)?;
        Some(self.zero() + next)
    }

    /// Holds the main thread until tasks have arrived and takes them; `None` when all are over or the run is stopped.
    pub fn wait_for_arrivals(&self) -> Option<Vec<Task>> {
        record::flush();
        let arrived = loop {
            if self.is_over() || self.cancel.is_cancelled() {
                break None;
            }
            let batch = self.arrived();
            if !batch.is_empty() {
                break Some(batch);
            }
            // A task that ends, a release and a cancel unpark this thread.
            if let Some(due) = self.next_arrival() {
                record::main_is(MainState::Arrivals);
                thread::park_timeout(clock::ticks_between(clock::ticks(), due).to_std());
            } else {
                record::main_is(MainState::Join);
                thread::park();
            }
        };
        record::main_is(MainState::Free);
        arrived
    }

    /// As [`Job::wait_for_arrivals`], for runtimes whose main thread is an event loop.
    pub async fn await_arrivals(&self) -> Option<Vec<Task>> {
        loop {
            let changed = self.cancel.changes();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            if self.is_over() || self.cancel.is_cancelled() {
                return None;
            }
            let batch = self.arrived();
            if !batch.is_empty() {
                return Some(batch);
            }
            match self.next_arrival() {
                Some(due) => {
                    let wait = clock::ticks_between(clock::ticks(), due).to_std();
                    // Which of the two it was, the next round sees.
                    drop(tokio::time::timeout(wait, changed).await);
                }
                None => changed.await,
            }
        }
    }

    pub(super) fn arrivals(&self) -> MutexGuard<'_, BinaryHeap<Reverse<Arrival>>> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
