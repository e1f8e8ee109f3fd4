//! What a task waits for while its thread, or its loop, does something else: IO, and what tasks share. Whoever waits
//! for a lock lends its holder priority.

use super::calendar::{Phase, What};
use super::carry::Flow;
use super::commons::{Answer, Served};
use super::costs::Cost;
use super::log::Sink;
use super::machine::Machine;
use super::tasks::{IoWait, NONE};
use super::threads::{Role, ThreadState};
use crate::trace::{Cause, State};

impl<S: Sink> Machine<'_, S> {
    /// The thread waits with its task: whatever the call is, it holds the worker.
    pub fn block_in_io(&mut self, thread: u32, wait: IoWait) -> Flow {
        self.show_running(thread);
        let (worker, task) = (self.threads[thread as usize].worker, self.threads[thread as usize].task);
        self.emit_waiting(worker, task, (State::Io, Cause::Blocking), NONE, NONE);
        self.release_gil(thread);
        self.leave_core(thread, ThreadState::Waiting);
        let overshoot = self.cost(Cost::SleepOvershoot);
        let row = &mut self.tasks.rows[task as usize];
        row.since = self.now.saturating_add(wait.told(overshoot));
        row.errand = wait.errand();
        let due = self.after(wait.time).and_then(|due| due.checked_add(overshoot));
        self.plan_at(due, Phase::WakeUp, task, What::IoOver, thread, 0);
        Flow::Left
    }

    /// The IO that a thread waited for is over, and so is its sleep.
    pub fn io_over(&mut self, thread: u32) {
        let row = &self.threads[thread as usize];
        let (worker, task) = (row.worker, row.task);
        let due = self.tasks.rows[task as usize].since;
        self.emit_at(due, worker, task, (State::Ready, Cause::NoCore));
        self.make_ready(thread);
    }

    /// The task waits, the loop goes on.
    pub fn await_io(&mut self, thread: u32, wait: IoWait) -> Flow {
        self.show_running(thread);
        let row = &mut self.threads[thread as usize];
        let (worker, task) = (row.worker, std::mem::replace(&mut row.task, NONE));
        self.emit_waiting(worker, task, (State::Io, Cause::None), NONE, NONE);
        let overshoot = self.cost(Cost::LoopOvershoot);
        let row = &mut self.tasks.rows[task as usize];
        row.since = self.now.saturating_add(wait.told(overshoot));
        row.errand = wait.errand();
        let due = self.after(wait.time).and_then(|due| due.checked_add(overshoot));
        self.plan_at(due, Phase::WakeUp, task, What::Awaited, task, 0);
        Flow::GoesOn
    }

    /// An awaited IO is over and its loop has noticed.
    pub fn awaited(&mut self, task: u32) {
        let row = &self.tasks.rows[task as usize];
        let (due, worker) = (row.since, self.threads[row.thread as usize].worker);
        self.emit_at(due, worker, task, (State::Ready, Cause::Queued));
        self.enqueue_in_loop(task, 0);
    }

    fn emit_at(&mut self, time: i64, worker: u32, task: u32, (state, cause): (State, Cause)) {
        let now = std::mem::replace(&mut self.now, time);
        self.emit_waiting(worker, task, (state, cause), NONE, NONE);
        self.now = now;
    }

    /// A step that may have to wait for other tasks.
    pub fn wait_turn(&mut self, thread: u32, task: u32, on: u32, ask: impl FnOnce(&mut Self) -> Answer) -> Flow {
        self.charge_messages(thread);
        let answer = ask(self);
        let Answer::Wait { cause, behind } = answer else {
            self.tasks.rows[task as usize].waits_for = NONE;
            if self.commons.is_lock(on) {
                self.inherit_anew(task);
            }
            self.wake_served(on);
            return Flow::GoesOn;
        };
        self.show_running(thread);
        let (worker, role) = (self.threads[thread as usize].worker, self.threads[thread as usize].role);
        self.emit_waiting(worker, task, (State::Blocked, cause), behind, on);
        let row = &mut self.tasks.rows[task as usize];
        (row.waits_for, row.since, row.waits_as) = (on, self.now, cause);
        self.pass_priority_on(task, on);
        if role == Role::Loop {
            self.threads[thread as usize].task = NONE;
            return Flow::GoesOn;
        }
        self.release_gil(thread);
        self.leave_core(thread, ThreadState::Waiting);
        Flow::Left
    }

    pub fn unlock(&mut self, thread: u32, task: u32, on: u32) -> Flow {
        self.charge_messages(thread);
        self.commons.unlock(task, on, &self.tasks);
        if self.tasks.rows[task as usize].inherited.is_some() {
            self.inherit_anew(task);
        }
        self.wake_served(on);
        Flow::GoesOn
    }

    /// Lets those go on whose waits for `on` have just ended.
    pub fn wake_served(&mut self, on: u32) {
        let mut served = std::mem::take(&mut self.commons.served);
        for Served { task, by, again } in served.drain(..) {
            let row = &mut self.tasks.rows[task as usize];
            let thread = row.thread;
            row.asks_again = again;
            if !again {
                row.waits_for = NONE;
                if self.commons.is_lock(on) {
                    self.inherit_anew(task);
                }
            }
            let row = &self.threads[thread as usize];
            let (worker, role) = (row.worker, row.role);
            if role == Role::Loop {
                self.emit_waiting(worker, task, (State::Ready, Cause::Queued), by, on);
                self.enqueue_in_loop(task, self.cost(Cost::WakeUp));
            } else {
                self.emit_waiting(worker, task, (State::Ready, Cause::NoCore), by, on);
                self.wake(thread, self.cost(Cost::WakeUp), task);
            }
        }
        // Its room is used again.
        self.commons.served = served;
    }

    /// Where workers are processes, what tasks share is served by the parent: there and back.
    fn charge_messages(&mut self, thread: u32) {
        if self.plan.processes.is_some() {
            let price = 2 * self.cost(Cost::Message);
            self.threads[thread as usize].overhead_due += price;
        }
    }

    /// The holder of a lock that passes priority on, and whomever that one waits for, become as urgent as `task`.
    fn pass_priority_on(&mut self, task: u32, on: u32) {
        let urgent = self.tasks.priority(task);
        let mut on = on;
        while let Some(holder) = self.commons.heir(on) {
            if self.tasks.priority(holder) <= urgent {
                break;
            }
            let before = self.tasks.priority(holder);
            let row = &mut self.tasks.rows[holder as usize];
            row.inherited = Some(urgent);
            on = row.waits_for;
            if on != NONE && !row.asks_again {
                self.commons.change_urgency(on, before, urgent);
            }
            self.rank_anew(holder);
        }
    }

    /// Whoever gets a lock inherits from those that still wait for it.
    fn inherit_anew(&mut self, task: u32) {
        let inherited = self.commons.inherited(task, &self.tasks);
        if inherited != self.tasks.rows[task as usize].inherited {
            self.tasks.rows[task as usize].inherited = inherited;
            self.rank_anew(task);
        }
    }

    fn rank_anew(&mut self, task: u32) {
        let thread = self.tasks.rows[task as usize].thread;
        if thread == NONE {
            return;
        }
        let row = &self.threads[thread as usize];
        match row.state {
            ThreadState::Ready => {
                let rank = self.rank(thread);
                self.ready.change_rank(thread, self.threads[thread as usize].entry, rank);
            }
            ThreadState::Running if row.task == task => self.rank_running(thread),
            _ => {}
        }
    }
}
