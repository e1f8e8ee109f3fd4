//! Who arrives when, and how the run's main thread waits for it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{MutexGuard, PoisonError};
use std::thread;

use super::Job;
use crate::clock;
use crate::model::{Plan, Workers};
use crate::record;
use crate::steps::Ended;
use crate::trace::{Cause, MainState, Peer, State, Task};

/// In the order in which tasks are handed over: by arrival, then the more urgent, then scenario order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrival {
    /// In ticks since t = 0, so that a release is not rounded before the end that caused it.
    pub at: u64,
    pub priority: i32,
    pub task: u32,
}

/// Arrivals that are known and still to come.
pub(super) struct Arrivals {
    /// Known from the beginning, in order; those before `next` have arrived.
    planned: Vec<Arrival>,
    next: usize,
    /// Known since others were done.
    released: BinaryHeap<Reverse<Arrival>>,
}

impl Arrivals {
    pub fn new(mut planned: Vec<Arrival>) -> Self {
        planned.sort_unstable();
        Arrivals { planned, next: 0, released: BinaryHeap::new() }
    }

    pub fn release(&mut self, arrival: Arrival) {
        self.released.push(Reverse(arrival));
    }

    /// Takes those that have arrived by `now`, the most urgent first.
    fn take_until(&mut self, now: u64) -> Vec<Arrival> {
        let planned = &self.planned[self.next..];
        let mut batch = planned[..planned.partition_point(|arrival| arrival.at <= now)].to_vec();
        self.next += batch.len();
        while let Some(Reverse(released)) = self.released.peek().filter(|Reverse(released)| released.at <= now) {
            batch.push(*released);
            self.released.pop();
        }
        batch.sort_by_key(|arrival| (arrival.priority, arrival.at, arrival.task));
        batch
    }

    /// The tick of the next one, with t = 0 at `zero`; what lies beyond the counter's range never comes.
    fn next(&self, zero: u64) -> Option<u64> {
        let planned = self.planned.get(self.next).map(|next| next.at);
        let released = self.released.peek().map(|Reverse(next)| next.at);
        Some(zero.saturating_add(planned.into_iter().chain(released).min()?))
    }
}

/// Room in the queues, and on the workers behind them.
pub(super) struct Places {
    /// So many tasks each of them lets in; `None`: any number.
    max: Option<u32>,
    /// Tasks that wait to be begun, and those that hold a worker, for each queue.
    inside: Vec<AtomicU32>,
}

impl Places {
    pub fn of(plan: &Plan) -> Self {
        let workers = match plan.workers {
            Workers::Fixed(workers) => Some(workers),
            Workers::Split(_) => Some(1),
            Workers::PerTask => None,
        };
        Places {
            max: plan.queue.zip(workers).map(|(queue, workers)| queue.saturating_add(workers)),
            inside: (0..plan.workers.shares()).map(|_| AtomicU32::new(0)).collect(),
        }
    }

    /// Whether a task finds a place, which it has from then on. Only the main thread lets tasks in.
    fn let_in(&self, share: usize) -> bool {
        let Some(max) = self.max else { return true };
        let has_room = self.inside[share].load(Ordering::Acquire) < max;
        if has_room {
            self.inside[share].fetch_add(1, Ordering::AcqRel);
        }
        has_room
    }

    /// A task that has awaited holds a worker again.
    fn come_back(&self, share: usize) {
        if self.max.is_some() {
            self.inside[share].fetch_add(1, Ordering::AcqRel);
        }
    }

    /// A task that was let in has left its worker.
    fn let_out(&self, share: usize) {
        if self.max.is_some() {
            self.inside[share].fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Job {
    /// Takes the tasks that have arrived by now, the most urgent first, and stamps them ready.
    pub(super) fn arrived(&self) -> Vec<Task> {
        let zero = self.zero();
        let batch = self.arrivals().take_until(clock::ticks().saturating_sub(zero));
        let mut let_in = Vec::with_capacity(batch.len());
        for Arrival { at, task, .. } in batch {
            let task = Task(task);
            if !self.work.is_awaited(task) {
                self.never_await(task, zero + at);
                continue;
            }
            self.progress.set(task, State::Ready);
            record::stamp_at(zero + at, task, State::Ready, Cause::Queued, Peer::NONE);
            if self.finds_a_place(task) {
                let_in.push(task);
            }
        }
        let_in
    }

    /// Whether a task that has arrived is let in: a bounded queue rejects it when all workers are held and all places
    /// taken.
    fn finds_a_place(&self, task: Task) -> bool {
        if self.places.let_in(self.work.share_of(task)) {
            return true;
        }
        let ticks = clock::ticks();
        record::stamp_at(ticks, task, State::Rejected, Cause::Queued, Peer::NONE);
        self.end(task, Ended { state: State::Rejected, ticks });
        false
    }

    /// A task that was let in is over, or awaits something: it holds its worker no more.
    pub(in crate::runtimes) fn leaves_worker(&self, task: Task) {
        self.places.let_out(self.work.share_of(task));
    }

    /// A task that has awaited something holds a worker again, which no bound forbids.
    pub(in crate::runtimes) fn holds_worker_again(&self, task: Task) {
        self.places.come_back(self.work.share_of(task));
    }

    /// The tick of the next arrival that is known.
    fn next_arrival(&self) -> Option<u64> {
        self.arrivals().next(self.zero())
    }

    /// Holds the main thread until tasks have arrived and takes them; `None` when all are over or the run is stopped.
    pub fn wait_for_arrivals(&self) -> Option<Vec<Task>> {
        record::flush();
        let arrived = loop {
            if self.is_over() || self.cancel.is_cancelled() {
                break None;
            }
            let batch = self.take_arrived();
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
            let batch = self.take_arrived();
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

    pub(super) fn arrivals(&self) -> MutexGuard<'_, Arrivals> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(at: u64, priority: i32, task: u32) -> Arrival {
        Arrival { at, priority, task }
    }

    #[test]
    fn the_most_urgent_of_those_that_have_arrived_come_first() {
        let mut arrivals = Arrivals::new(vec![arrival(9, 0, 0), arrival(2, 0, 1), arrival(2, 0, 2), arrival(3, -1, 3)]);
        arrivals.release(arrival(1, 0, 4));
        arrivals.release(arrival(7, -5, 5));
        let mut taken = |now| arrivals.take_until(now).iter().map(|arrival| arrival.task).collect::<Vec<u32>>();
        assert!(taken(0).is_empty());
        assert_eq!(taken(3), [3, 4, 1, 2]);
        assert!(taken(6).is_empty());
        assert_eq!(arrivals.next(100), Some(107));
        assert_eq!(arrivals.take_until(20), [arrival(7, -5, 5), arrival(9, 0, 0)]);
        assert_eq!(arrivals.next(100), None);
    }

    /// As many years as a scenario may name are more ticks than a fast counter has.
    #[test]
    fn an_arrival_beyond_the_counters_range_never_comes() {
        let arrivals = Arrivals::new(vec![arrival(u64::MAX, 0, 0)]);
        assert_eq!(arrivals.next(1), Some(u64::MAX));
    }
}
