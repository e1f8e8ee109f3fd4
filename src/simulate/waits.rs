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
use crate::time::Nanos;
use crate::trace::{Cause, State};

impl<S: Sink> Machine<'_, S> {
    /// The thread waits with its task: whatever the call is, it holds the worker.
    pub fn block_in_io(&mut self, thread: u32, wait: IoWait) -> Flow {
        self.show_running(thread);
        let (worker, task) = (self.threads[thread as usize].worker, self.threads[thread as usize].task);
        self.emit_waiting(worker, task, (State::Io, Cause::Blocking), NONE, NONE);
        // The wait begins once the lock is let go.
        let telling = self.release_gil(thread);
        self.leave_core(thread, ThreadState::Waiting);
        self.threads[thread as usize].has_slept = true;
        let overshoot = self.setup.costs.sleep_lateness(Nanos(wait.time)).0;
        let wait = IoWait { time: wait.time.saturating_add(telling), ..wait };
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
        self.leave_worker(task);
        self.emit_waiting(worker, task, (State::Io, Cause::None), NONE, NONE);
        let overshoot = self.setup.costs.timer_lateness(Nanos(wait.time)).0;
        let row = &mut self.tasks.rows[task as usize];
        row.since = self.now.saturating_add(wait.told(overshoot));
        row.errand = wait.errand();
        self.set_timer(task, self.after(wait.time), overshoot);
        Flow::GoesOn
    }

    /// An awaited IO is over and its loop has noticed.
    pub fn tell_awaited(&mut self, task: u32) {
        let row = &self.tasks.rows[task as usize];
        let (due, worker) = (row.since.min(self.now), self.threads[row.thread as usize].worker);
        self.emit_at(due, worker, task, (State::Ready, Cause::Queued));
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
            let woken = self.wake_served(on);
            return self.notify(thread, woken);
        };
        self.show_running(thread);
        let (worker, role) = (self.threads[thread as usize].worker, self.threads[thread as usize].role);
        self.emit_waiting(worker, task, (State::Blocked, cause), behind, on);
        let row = &mut self.tasks.rows[task as usize];
        (row.waits_for, row.since, row.waits_as) = (on, self.now, cause);
        self.pass_priority_on(task, on);
        if role == Role::Loop {
            self.leave_worker(task);
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
        let woken = self.wake_served(on);
        self.notify(thread, woken)
    }

    /// The thread's task has woken so many others: it computes as long as its part of that takes. Where workers are
    /// processes, the parent does it.
    fn notify(&mut self, thread: u32, woken: u32) -> Flow {
        let time = i64::from(woken).saturating_mul(self.cost(Cost::Notify));
        if time == 0 || self.setup.plan.processes.is_some() {
            return Flow::GoesOn;
        }
        let first = self.memory.warm_up(self.threads[thread as usize].core);
        self.schedule_burst(thread, time.saturating_add(first));
        Flow::Left
    }

    /// Lets those go on whose waits for `on` have just ended. Returns how many threads that has woken.
    pub fn wake_served(&mut self, on: u32) -> u32 {
        let mut woken = 0;
        let mut served = self.commons.take_served();
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
                self.enqueue_in_loop(task);
            } else {
                self.emit_waiting(worker, task, (State::Ready, Cause::NoCore), by, on);
                self.rouse(thread, task);
                woken += 1;
            }
        }
        self.commons.reuse(served);
        woken
    }

    /// Where workers are processes, what tasks share is served by the parent: there and back.
    fn charge_messages(&mut self, thread: u32) {
        if self.setup.plan.processes.is_some() {
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
                self.os.rank_ready(thread, &self.threads[thread as usize], rank);
            }
            ThreadState::Running if row.task == task => self.rank_running(thread),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::simulate::testing::{first, run, running, task};
    use crate::trace::State;

    #[test]
    fn who_wakes_several_pays_for_each_and_who_wakes_nobody_for_none() {
        let meet = task("ana", "{ cpu = \"9us\" }, { barrier = \"door\" }");
        let wait = "[[task]]\nname = \"bia\"\ncount = 3\nsteps = [{ barrier = \"door\" }]\n";
        let run = |body: &str, model| run(&[("notify", "5us")], body, model, 4);
        assert_eq!(running(&run(&format!("{meet}{wait}"), "threads")), [24_000, 0, 0, 0]);
        assert_eq!(running(&run(&format!("{meet}{wait}"), "event-loop")), [9_000, 0, 0, 0], "it is awake");
        assert_eq!(running(&run(&meet, "threads")), [9_000]);
        let free = run(&task("ana", "{ lock = \"pan\" }, { unlock = \"pan\" }"), "threads");
        assert_eq!(first(&free, 0, State::Done), 0);
    }
}
