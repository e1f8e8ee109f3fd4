//! What a thread does with its task while it has a core: one step after the other, until one takes time or waits. The
//! waits stand in `waits`, the ends in `ends`.

use super::Refusal;
use super::costs::Cost;
use super::log::Sink;
use super::machine::Machine;
use super::tasks::{Computing, Errand, IoWait, NONE, Op};
use super::threads::{Role, Stage, ThreadState};
use crate::scenario::draw;
use crate::time::Nanos;
use crate::trace::{Cause, State};

/// Whether the thread still has its core and nothing to wait for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    GoesOn,
    Left,
}

impl<S: Sink> Machine<'_, S> {
    /// Goes on with the thread's task, and the tasks after it, until something takes time. Its last burst is through.
    pub fn advance(&mut self, thread: u32) {
        match self.threads[thread as usize].role {
            Role::Main => return self.start_threads(thread),
            Role::Own if self.threads[thread as usize].task == NONE => return self.thread_is_over(thread),
            _ => {}
        }
        loop {
            if self.threads[thread as usize].task == NONE {
                if self.happens_more() || self.supply.somebody_chooses() || self.to_begin > 0 {
                    return self.supply.choose_later(thread);
                }
                if self.makes_room(thread) {
                    return;
                }
                if !self.take_work(thread) {
                    if self.threads[thread as usize].overhead_due == 0 {
                        return self.park(thread);
                    }
                    // To come in vain takes as long as to come.
                    return self.schedule_overhead(thread, 0);
                }
            }
            if self.threads[thread as usize].overhead_due > 0 {
                return self.schedule_burst(thread, 0);
            }
            let stage = self.threads[thread as usize].stage;
            let flow = match stage {
                Stage::Making => self.make_process(thread),
                Stage::SettingUp => self.set_up_thread(thread),
                Stage::ShippingOut => self.ship(thread, Stage::Steps),
                Stage::Steps | Stage::Errand if !self.ask_for_gil(thread) => Flow::Left,
                Stage::Errand => self.do_errand(thread),
                Stage::Steps => {
                    let flow = self.do_step(thread);
                    self.threads[thread as usize].has_acted |= flow == Flow::GoesOn;
                    flow
                }
                Stage::ShippingBack => {
                    // It has told of its copying, and does not run again.
                    self.threads[thread as usize].shown = true;
                    self.end_here(thread, (State::Done, Cause::None))
                }
            };
            if flow == Flow::Left || self.is_called_off() {
                return;
            }
        }
    }

    /// A process starts. Of one that has a task of its own, the main thread has done as much as a fork takes.
    fn make_process(&mut self, thread: u32) -> Flow {
        let row = &mut self.threads[thread as usize];
        row.up = true;
        row.stage = Stage::ShippingOut;
        let (worker, on, task, role) = (row.worker, row.core, row.task, row.role);
        let whole = self.cost(Cost::of_method(self.setup.plan.method));
        let price = if role == Role::Own { (whole - self.cost(Cost::ProcessStart)).max(0) } else { whole };
        self.overhead_told(thread, price, (worker, on, task), State::Starting)
    }

    /// Copies the payload from one process to the other, on the worker's core. Tasks that were taken at a time come and go in
    /// one message; each still shows the copying of its own bytes, where it begins and ends.
    fn ship(&mut self, thread: u32, then: Stage) -> Flow {
        let row = &mut self.threads[thread as usize];
        row.stage = then;
        let is_message = if then == Stage::Steps { row.begins_chunk } else { row.ends_chunk };
        let (worker, on, task, had_bytes) = (row.worker, row.core, row.task, row.memory_bytes);
        let bytes = i64::try_from(self.tasks.group(task).payload_bytes).unwrap_or(i64::MAX);
        let new_bytes = (bytes - had_bytes).max(0);
        let of_kibs = |bytes: i64, cost| i128::from(bytes) * i128::from(self.cost(cost)) / 1_024;
        let copying = of_kibs(bytes, Cost::MessageKib) + of_kibs(new_bytes, Cost::MemoryKib);
        self.threads[thread as usize].memory_bytes = bytes.max(had_bytes);
        let message = if is_message { self.cost(Cost::Message) } else { 0 };
        let price = message.saturating_add(i64::try_from(copying).unwrap_or(i64::MAX));
        self.overhead_told(thread, price, (worker, on, task), State::Shipping)
    }

    /// Overhead that has a state of its own.
    fn overhead_told(&mut self, thread: u32, price: i64, (worker, on, task): (u32, u16, u32), state: State) -> Flow {
        if price == 0 {
            return Flow::GoesOn;
        }
        self.show_what_ran(thread);
        self.emit_on(worker, on, task, state, Cause::None);
        self.threads[thread as usize].telling = Some((state, Cause::None));
        self.schedule_overhead(thread, price);
        Flow::Left
    }

    fn do_step(&mut self, thread: u32) -> Flow {
        let task = self.threads[thread as usize].task;
        if self.tasks.rows[task as usize].asks_again {
            self.tasks.rows[task as usize].asks_again = false;
            let on = self.tasks.rows[task as usize].waits_for;
            return self.wait_turn(thread, task, on, |machine| machine.commons.lock(task, on, &machine.tasks));
        }
        if self.tasks.rows[task as usize].errand.times_out() {
            return self.end_here(thread, (State::Failed, Cause::Timeout));
        }
        let Some((op, key)) = self.tasks.step(task) else { return self.steps_are_done(thread) };
        self.tally.steps_are_done(1);
        match *op {
            Op::Cpu { time, how } => {
                let time = draw::duration(&time, key).0;
                self.step_takes(task, time);
                self.do_cpu(thread, time, how)
            }
            Op::Io { time, blocking, timeout, ends } => {
                let time = draw::duration(&time, key);
                let times_out = timeout.is_some_and(|timeout| timeout < time);
                let time = timeout.map_or(time, |timeout| timeout.min(time)).0;
                self.step_takes(task, time);
                self.do_io(thread, IoWait { time, times_out, ends }, blocking)
            }
            Op::Lock(on) => self.wait_turn(thread, task, on, |machine| machine.commons.lock(task, on, &machine.tasks)),
            Op::Send(on) => self.wait_turn(thread, task, on, |machine| machine.commons.send(task, on)),
            Op::Receive(on) => self.wait_turn(thread, task, on, |machine| machine.commons.receive(task, on)),
            Op::Barrier(on) => self.wait_turn(thread, task, on, |machine| machine.commons.barrier(task, on)),
            Op::Unlock(on) => self.unlock(thread, task, on),
            Op::Yield => self.let_others_go_first(thread),
            Op::Memory(op) => self.use_memory(thread, task, op),
            Op::Print(text) => {
                self.say(task, text);
                Flow::GoesOn
            }
            Op::Fail(text) => {
                self.say(task, text);
                self.end_here(thread, (State::Failed, Cause::Fail))
            }
        }
    }

    fn steps_are_done(&mut self, thread: u32) -> Flow {
        if self.setup.plan.processes.is_some() {
            self.show_running(thread);
            return self.ship(thread, Stage::ShippingBack);
        }
        self.end_here(thread, (State::Done, Cause::None))
    }

    /// A run whose times come to more than is allowed ends with a refusal: those that are not drawn were added up before.
    fn step_takes(&mut self, task: u32, time: i64) {
        if self.tally.step_takes(time) > i64::MAX / 2 && !self.is_refused() {
            let group = self.tasks.rows[task as usize].group as usize;
            self.refuse(Refusal::DrawnTooLong { task: self.setup.scenario.groups[group].name.clone() });
        }
    }

    fn do_cpu(&mut self, thread: u32, time: i64, how: Computing) -> Flow {
        if self.threads[thread as usize].role == Role::Loop && self.setup.plan.offload.is_some() {
            return self.send_errand(thread, Errand::Cpu(how), time);
        }
        self.compute(thread, time, how)
    }

    fn do_io(&mut self, thread: u32, wait: IoWait, blocking: bool) -> Flow {
        let is_loop = self.threads[thread as usize].role == Role::Loop;
        if is_loop && !blocking {
            self.await_io(thread, wait)
        } else if is_loop && self.setup.plan.offload.is_some() {
            let IoWait { time, times_out, ends } = wait;
            self.send_errand(thread, Errand::Io { times_out, ends }, time)
        } else {
            self.block_in_io(thread, wait)
        }
    }

    fn compute(&mut self, thread: u32, time: i64, how: Computing) -> Flow {
        let mut time = time;
        let beside = self.setup.costs.beside_computing(Nanos(time), how.is_work).0;
        if how.lets_gil_go && self.gil.is_some() {
            // The task itself does that, on its core: it runs.
            time = time.saturating_add(self.compute_without_gil(thread));
        }
        if time == 0 {
            return Flow::GoesOn;
        }
        let first = self.memory.warm_up(self.threads[thread as usize].core);
        self.schedule_burst(thread, time.saturating_add(beside).saturating_add(first));
        Flow::Left
    }

    /// Has a thread of the blocking pool do what the task's step says; the loop goes on.
    fn send_errand(&mut self, thread: u32, errand: Errand, time: i64) -> Flow {
        self.show_running(thread);
        let row = &mut self.threads[thread as usize];
        let (worker, task) = (row.worker, std::mem::replace(&mut row.task, NONE));
        let row = &mut self.tasks.rows[task as usize];
        (row.errand, row.errand_time, row.since) = (errand, time, self.now);
        self.emit_waiting(worker, task, (State::Ready, Cause::Queued), NONE, NONE);
        let price = self.order(task);
        self.pay_between_tasks(thread, price)
    }

    fn do_errand(&mut self, thread: u32) -> Flow {
        let task = self.threads[thread as usize].task;
        let row = &mut self.tasks.rows[task as usize];
        let time = std::mem::take(&mut row.errand_time);
        match std::mem::replace(&mut row.errand, Errand::None) {
            Errand::Cpu(how) => self.compute(thread, time, how),
            Errand::Io { times_out, ends } if time > 0 => self.block_in_io(thread, IoWait { time, times_out, ends }),
            // It is through: back to the loop.
            Errand::Io { times_out: true, .. } => self.end_here(thread, (State::Failed, Cause::Timeout)),
            Errand::Io { times_out: false, .. } | Errand::None => {
                self.show_running(thread);
                let row = &mut self.threads[thread as usize];
                let (worker, task) = (row.worker, std::mem::replace(&mut row.task, NONE));
                self.emit_waiting(worker, task, (State::Ready, Cause::Queued), NONE, NONE);
                let price = if self.supply.lines.is_asleep() { self.cost(Cost::Notify) } else { 0 };
                self.enqueue_in_loop(task);
                self.pay_between_tasks(thread, price)
            }
        }
    }

    /// A thread without a task pays for what it has done before it looks for the next.
    fn pay_between_tasks(&mut self, thread: u32, price: i64) -> Flow {
        if price == 0 {
            return Flow::GoesOn;
        }
        self.schedule_overhead(thread, price);
        Flow::Left
    }

    fn let_others_go_first(&mut self, thread: u32) -> Flow {
        self.show_running(thread);
        let row = &self.threads[thread as usize];
        let (worker, on, task, role) = (row.worker, row.core, row.task, row.role);
        self.emit_on(worker, on, task, State::Ready, Cause::Yielded);
        if role == Role::Loop {
            self.leave_worker(task);
            self.threads[thread as usize].task = NONE;
            self.line_up_last(thread, task);
            return Flow::GoesOn;
        }
        self.release_gil(thread);
        self.leave_core(thread, ThreadState::Waiting);
        self.make_ready_again(thread);
        Flow::Left
    }

    fn say(&mut self, task: u32, text: u32) {
        let Machine { tasks, setup, told, now, .. } = self;
        told.say(*now, task, || {
            let group = tasks.rows[task as usize].group;
            let index = task - tasks.groups[group as usize].first;
            let text = tasks.texts[text as usize].replace("{n}", &(index + 1).to_string());
            text.replace("{name}", &setup.scenario.groups[group as usize].task_name(index))
        });
    }
}
