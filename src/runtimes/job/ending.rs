//! How tasks come to their end, and what that means for those that come after them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Job;
use super::WorkerIs;
use crate::clock;
use crate::model::{WhileInIo, Workers};
use crate::record;
use crate::steps::Ended;
use crate::trace::{Cause, Peer, State, Task};

/// An end that somebody still has to stamp.
#[derive(Clone, Copy)]
struct End {
    ticks: u64,
    task: Task,
    state: State,
    cause: Cause,
    peer: Peer,
}

/// What the ends of tasks have left behind.
#[derive(Default)]
pub(super) struct Leftovers {
    /// Ends of tasks that no worker will come to stamp.
    unstamped: Mutex<Vec<End>>,
    /// Stuck tasks that hold a worker: it never comes back from them.
    stuck_holders: Mutex<Vec<Task>>,
}

impl Leftovers {
    fn unstamped(&self) -> MutexGuard<'_, Vec<End>> {
        self.unstamped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stuck_holders(&self) -> MutexGuard<'_, Vec<Task>> {
        self.stuck_holders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    /// The task that a worker carried is over.
    pub(in crate::runtimes) fn end(&self, task: Task, ended: Ended) -> WorkerIs {
        let group = self.work.group_of(task) as usize;
        let stuck = ended.state == State::Deadlocked;
        if ended.state == State::Cancelled {
            self.progress.break_off();
        }
        if stuck && self.work.plan.io == WhileInIo::HoldsWorker && self.work.plan.workers != Workers::PerTask {
            self.leftovers.stuck_holders().push(task);
        }
        self.progress.set(task, ended.state);
        self.world.leave(task, stuck);
        // Who is stuck keeps the worker that it holds.
        if !(stuck && self.work.plan.io == WhileInIo::HoldsWorker) && ended.state != State::Rejected {
            self.leaves_worker(task);
        }
        if ended.state == State::Done {
            // Most groups nobody waits for: then nobody counts.
            if !self.work.then(group).is_empty() && self.progress.count_done(group, ended.ticks) {
                self.release_after(group);
            }
        } else {
            self.cancel_after(group, task, stuck);
        }
        self.count_out();
        if stuck { WorkerIs::HeldForEver } else { WorkerIs::Free }
    }

    /// Ends a task in a queue that no worker will ever come to.
    pub(in crate::runtimes) fn give_up(&self, task: Task) {
        if self.progress.move_on(task, State::Ready, State::Deadlocked) {
            let (ticks, state) = (clock::ticks(), State::Deadlocked);
            self.stamp_end(End { ticks, task, state, cause: Cause::Queued, peer: Peer::NONE });
            self.world.leave(task, true);
            self.cancel_after(self.work.group_of(task) as usize, task, true);
            self.count_out();
        }
    }

    /// Tasks that hold a worker and are stuck.
    pub(in crate::runtimes) fn stuck_holders(&self) -> Vec<Task> {
        self.leftovers.stuck_holders().clone()
    }

    /// The call made a coroutine, and nobody keeps it: it is over as soon as it is made, and nothing of it ever ran.
    pub(super) fn never_await(&self, task: Task, ticks: u64) {
        if self.progress.move_on(task, State::New, State::Cancelled) {
            record::stamp_at(ticks, task, State::Cancelled, Cause::NeverAwaited, Peer::NONE);
            self.world.leave(task, false);
            self.cancel_after(self.work.group_of(task) as usize, task, false);
            self.count_out();
        }
    }

    /// The group is done: whoever waited for it alone arrives.
    fn release_after(&self, group: usize) {
        let mut released = false;
        for then in self.work.then(group) {
            if self.progress.count_awaited(*then) {
                released = true;
                let before = &self.work.scenario.groups[*then].after;
                let all_done = self.progress.done_at(before).saturating_sub(self.zero());
                let mut arrivals = self.arrivals();
                for task in self.work.tasks_of(*then) {
                    arrivals.release(self.work.arrival(task, all_done));
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
            for then in self.work.then(group) {
                if !self.progress.cancel_group(*then) {
                    continue;
                }
                for task in self.work.tasks_of(*then) {
                    if self.progress.move_on(task, State::New, State::Cancelled) {
                        self.world.leave(task, stuck);
                        let (ticks, state, cause) = (clock::ticks(), State::Cancelled, Cause::Dependency);
                        self.stamp_end(End { ticks, task, state, cause, peer: Peer::task(because) });
                        self.count_out();
                    }
                }
                broken.extend(self.work.tasks_of(*then).next().map(|first| (*then, first)));
            }
        }
    }

    fn count_out(&self) {
        if self.progress.count_out() {
            self.wake_main();
        }
    }

    /// Stamps the end on this thread, or keeps it for the main thread where this one records nothing.
    fn stamp_end(&self, end: End) {
        if record::this_worker().is_some() {
            end.stamp();
        } else {
            self.leftovers.unstamped().push(end);
        }
    }

    /// Stamps what nobody else could. For the main thread, when the run is over: whoever is not by now was stopped.
    pub(crate) fn stamp_the_rest(&self) {
        self.leftovers.unstamped().drain(..).for_each(End::stamp);
        for task in (0..self.work.len()).map(Task) {
            if !self.progress.of(task).is_end() {
                record::stamp(task, State::Cancelled, Cause::Stopped);
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
