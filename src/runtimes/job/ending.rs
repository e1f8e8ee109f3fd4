//! How tasks come to their end, and what that means for those that come after them.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::Job;
use super::WorkerIs;
use super::arrivals::Arrival;
use crate::clock;
use crate::model::{WhileInIo, Workers};
use crate::record;
use crate::steps::Ended;
use crate::trace::{Cause, Peer, State, Task};

/// An end that somebody still has to stamp.
#[derive(Clone, Copy)]
pub(super) struct End {
    ticks: u64,
    task: Task,
    state: State,
    cause: Cause,
    peer: Peer,
}

impl Job {
    /// The task that a worker carried is over.
    pub(in crate::runtimes) fn end(&self, task: Task, ended: Ended) -> WorkerIs {
        let group = self.tasks[task.index()].group as usize;
        let stuck = ended.state == State::Deadlocked;
        if ended.state == State::Cancelled {
            self.broke_off.store(true, Ordering::Release);
        }
        if stuck && self.plan.io == WhileInIo::HoldsWorker && self.plan.workers != Workers::PerTask {
            self.stuck_holders.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        }
        self.progress[task.index()].store(ended.state as u8, Ordering::Release);
        self.world.leave(task, stuck);
        // Who is stuck keeps the worker that it holds.
        if !(stuck && self.plan.io == WhileInIo::HoldsWorker) && ended.state != State::Rejected {
            self.leaves_worker(task);
        }
        if ended.state == State::Done {
            let progress = &self.groups[group];
            // Most groups nobody waits for: then nobody counts.
            if !progress.then.is_empty() {
                progress.done_at.fetch_max(ended.ticks, Ordering::AcqRel);
                if progress.left.fetch_sub(1, Ordering::AcqRel) == 1 {
                    self.release_after(group);
                }
            }
        } else {
            self.cancel_after(group, task, stuck);
        }
        self.count_out();
        if stuck { WorkerIs::HeldForEver } else { WorkerIs::Free }
    }

    /// Ends a task in a queue that no worker will ever come to.
    pub(in crate::runtimes) fn give_up(&self, task: Task) {
        if self.move_on(task, State::Ready, State::Deadlocked) {
            let (ticks, state) = (clock::ticks(), State::Deadlocked);
            self.stamp_end(End { ticks, task, state, cause: Cause::Queued, peer: Peer::NONE });
            self.world.leave(task, true);
            self.cancel_after(self.tasks[task.index()].group as usize, task, true);
            self.count_out();
        }
    }

    /// Tasks that hold a worker and are stuck.
    pub(in crate::runtimes) fn stuck_holders(&self) -> Vec<Task> {
        self.stuck_holders.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The call made a coroutine, and nobody keeps it: it is over as soon as it is made, and nothing of it ever ran.
    pub(super) fn never_await(&self, task: Task, ticks: u64) {
        if self.move_on(task, State::New, State::Cancelled) {
            record::stamp_at(ticks, task, State::Cancelled, Cause::NeverAwaited, Peer::NONE);
            self.world.leave(task, false);
            self.cancel_after(self.tasks[task.index()].group as usize, task, false);
            self.count_out();
        }
    }

    /// The group is done: whoever waited for it alone arrives.
    fn release_after(&self, group: usize) {
        let mut released = false;
        for then in &self.groups[group].then {
            if self.groups[*then].awaited.fetch_sub(1, Ordering::AcqRel) == 1 {
                released = true;
                let then_group = &self.scenario.groups[*then];
                let before = then_group.after.iter().map(|before| self.groups[*before].done_at.load(Ordering::Acquire));
                let all_done = before.max().unwrap_or(0).saturating_sub(self.zero());
                let priority = then_group.priority;
                let mut arrivals = self.arrivals();
                for task in self.tasks_of(*then) {
                    let at = clock::ticks_in(self.tasks[task.index()].arrival).max(all_done);
                    arrivals.release(Arrival { at, priority, task: task.0 });
                }
            }
        }
        if released {
            self.wake_main();
        }
    }

    /// A task of the group was not done: whatever comes after it never will be. Where it is stuck, so are they: nobody
    /// who waits for them is released by that. Each group is cancelled once, by whichever task is the first not to be
    /// done, however many there are and however many ways lead to the group.
    fn cancel_after(&self, group: usize, because: Task, stuck: bool) {
        let mut broken = vec![(group, because)];
        while let Some((group, because)) = broken.pop() {
            for then in &self.groups[group].then {
                if self.groups[*then].is_cancelled.swap(true, Ordering::AcqRel) {
                    continue;
                }
                for task in self.tasks_of(*then) {
                    if self.move_on(task, State::New, State::Cancelled) {
                        self.world.leave(task, stuck);
                        let (ticks, state, cause) = (clock::ticks(), State::Cancelled, Cause::Dependency);
                        self.stamp_end(End { ticks, task, state, cause, peer: Peer::task(because) });
                        self.count_out();
                    }
                }
                broken.push((*then, Task(self.groups[*then].first)));
            }
        }
    }

    fn count_out(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.wake_main();
        }
    }

    /// Stamps the end on this thread, or keeps it for the main thread where this one records nothing.
    fn stamp_end(&self, end: End) {
        if record::this_worker().is_some() {
            end.stamp();
        } else {
            self.unstamped.lock().unwrap_or_else(PoisonError::into_inner).push(end);
        }
    }

    /// Stamps what nobody else could. For the main thread, when the run is over: whoever is not by now was stopped.
    pub(crate) fn stamp_the_rest(&self) {
        self.unstamped.lock().unwrap_or_else(PoisonError::into_inner).drain(..).for_each(End::stamp);
        for (task, progress) in (0_u32..).zip(&self.progress) {
            if progress.load(Ordering::Acquire) < State::Done as u8 {
                record::stamp(Task(task), State::Cancelled, Cause::Stopped);
            }
        }
        record::flush();
    }
}

impl End {
    fn stamp(self) {
        record::stamp_at(self.ticks, self.task, self.state, self.cause, self.peer);
    }
}
