//! How tasks come to their end, and what that means for those that come after them.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::Job;
use super::arrivals::Arrival;
use crate::clock;
use crate::record;
use crate::steps::Ended;
use crate::trace::{Cause, Peer, State, Task};

impl Job {
    pub(in crate::runtimes) fn end(&self, task: Task, ended: Ended) {
        let group = self.tasks[task.index()].group as usize;
        if ended.state == State::Cancelled {
            self.broke_off.store(true, Ordering::Release);
        }
        self.progress[task.index()].store(ended.state as u8, Ordering::Release);
        self.world.leave(task, ended.state == State::Deadlocked);
        if self.plan.queue.is_some() && ended.state != State::Rejected {
            self.inside(task).fetch_sub(1, Ordering::AcqRel);
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
            self.cancel_after(group, task);
        }
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.wake_main();
        }
    }

    /// Ends a task in a queue that no worker will ever come to.
    pub(in crate::runtimes) fn give_up(&self, task: Task) {
        if self.move_on(task, State::Ready, State::Deadlocked) {
            self.unstamped.lock().unwrap_or_else(PoisonError::into_inner).push((task, clock::ticks()));
            self.world.leave(task, true);
            let group = self.tasks[task.index()].group as usize;
            self.cancel_after(group, task);
            if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
                self.wake_main();
            }
        }
    }

    /// The call made a coroutine, and nobody keeps it: it is over as soon as it is made, and nothing of it ever ran.
    pub(super) fn never_await(&self, task: Task, ticks: u64) {
        if self.move_on(task, State::New, State::Cancelled) {
            record::stamp_at(ticks, task, State::Cancelled, Cause::NeverAwaited, Peer::NONE);
            self.world.leave(task, false);
            self.cancel_after(self.tasks[task.index()].group as usize, task);
            if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
                self.wake_main();
            }
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

    /// A task of the group was not done: whatever comes after it never will be.
    fn cancel_after(&self, group: usize, because: Task) {
        for then in &self.groups[group].then {
            for task in self.tasks_of(*then) {
                if self.move_on(task, State::New, State::Cancelled) {
                    self.world.leave(task, false);
                    let now = clock::ticks();
                    record::stamp_at(now, task, State::Cancelled, Cause::Dependency, Peer::task(because));
                    if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
                        self.wake_main();
                    }
                }
            }
            self.cancel_after(*then, because);
        }
    }

    /// Stamps what nobody else could. For the main thread, when the run is over: whoever is not by now was stopped.
    pub(crate) fn stamp_the_rest(&self) {
        for (task, ticks) in self.unstamped.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            record::stamp_at(ticks, task, State::Deadlocked, Cause::Queued, Peer::NONE);
        }
        for (task, progress) in (0_u32..).zip(&self.progress) {
            if progress.load(Ordering::Acquire) < State::Done as u8 {
                record::stamp(Task(task), State::Cancelled, Cause::Stopped);
            }
        }
        record::flush();
    }
}
