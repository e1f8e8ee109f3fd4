//! The end of a task and what follows from it: others that it let wait go on, groups that come after its own are
//! released or cancelled.

use super::carry::Flow;
use super::log::Sink;
use super::machine::Machine;
use super::tasks::{NONE, Progress};
use super::threads::Role;
use crate::trace::{Cause, State};

impl<S: Sink> Machine<'_, S> {
    /// The thread's task is over.
    pub fn end_here(&mut self, thread: u32, (state, cause): (State, Cause)) -> Flow {
        self.show_running(thread);
        let row = &mut self.threads[thread as usize];
        let (task, role) = (std::mem::replace(&mut row.task, NONE), row.role);
        if role != Role::Own {
            self.leave_worker(task);
        }
        self.end_task(task, (state, cause), NONE, NONE);
        if role != Role::Own {
            return Flow::GoesOn;
        }
        self.release_gil(thread);
        self.end_thread(thread);
        Flow::Left
    }

    /// Tells a task's end and what follows from it.
    pub fn end_task(&mut self, task: u32, (state, cause): (State, Cause), peer: u32, on: u32) {
        let row = &mut self.tasks.rows[task as usize];
        let (group, thread) = (row.group, row.thread);
        row.progress = Progress::Over { done: state == State::Done };
        row.since = self.now;
        self.tally.steps_are_done(self.tasks.groups[group as usize].steps - row.place.done());
        let worker = if thread == NONE { 0 } else { self.threads[thread as usize].worker };
        self.emit_waiting(worker, task, (state, cause), peer, on);
        self.tally.task_is_over();
        self.leave_commons(task, group);
        if state == State::Done {
            self.release_groups_after(group);
        } else {
            self.cancel_groups_after(group, task);
        }
    }

    fn leave_commons(&mut self, task: u32, group: u32) {
        let mut at = 0;
        while let Some(on) = self.commons.named(group, at) {
            self.commons.leave(task, on, &self.tasks);
            self.wake_served(on);
            at += 1;
        }
    }

    fn release_groups_after(&mut self, group: u32) {
        let row = &mut self.tasks.groups[group as usize];
        row.left -= 1;
        if row.left > 0 {
            return;
        }
        let mut at = 0;
        while let Some(then) = self.tasks.groups[group as usize].then.get(at).copied() {
            at += 1;
            let now = self.now;
            let row = &mut self.tasks.groups[then as usize];
            row.awaited -= 1;
            if row.awaited == 0 && !row.is_cancelled {
                row.released = now;
                self.announce_next(then);
            }
        }
    }

    /// A task of the group was not done: whatever comes after it never will be.
    pub fn cancel_groups_after(&mut self, group: u32, because: u32) {
        if std::mem::replace(&mut self.tasks.groups[group as usize].is_incomplete, true) {
            return;
        }
        let mut at = 0;
        while let Some(then) = self.tasks.groups[group as usize].then.get(at).copied() {
            at += 1;
            let row = &mut self.tasks.groups[then as usize];
            if !std::mem::replace(&mut row.is_cancelled, true) {
                for task in row.first..row.first + row.count {
                    self.end_task(task, (State::Cancelled, Cause::Dependency), because, NONE);
                }
            }
        }
    }
}
