//! The interpreter lock, as CPython 3.2 to 3.12 has it: who waits an interval in vain asks the holder to drop it; the
//! holder does so at once, and waits until somebody else has had it. Letting go of one's own accord allows barging.
//!
//! A waiter needs a core before it can ask, and one that is told that the lock is free needs one before it can take it.

use std::collections::VecDeque;

use super::Setup;
use super::calendar::{Phase, What};
use super::costs::Cost;
use super::log::Sink;
use super::machine::Machine;
use super::starts::MainState;
use super::tasks::NONE;
use super::threads::{Next, ThreadState};
use crate::time::Nanos;
use crate::trace::{Cause, State};

/// The main thread, among waiters.
const MAIN: u32 = u32::MAX - 1;

#[derive(Debug)]
pub(super) struct GilState {
    interval: i64,
    holder: u32,
    last_holder: u32,
    /// How often it has changed hands.
    turn: u64,
    drop_request: bool,
    waiters: VecDeque<u32>,
    /// Who had to drop it and waits for somebody else to have had it.
    dropped: Vec<u32>,
}

impl GilState {
    pub fn new(setup: &Setup<'_>, interval: Nanos) -> Self {
        let own = setup.scenario.machine.costs.get(Cost::GilInterval.id());
        GilState {
            interval: own.copied().unwrap_or(interval).0,
            holder: NONE,
            last_holder: NONE,
            turn: 0,
            drop_request: false,
            waiters: VecDeque::new(),
            dropped: Vec::new(),
        }
    }

    pub fn is_asked_for(&self) -> bool {
        self.drop_request
    }

    fn take(&mut self, who: u32) {
        self.holder = who;
        if self.last_holder != who {
            self.last_holder = who;
            self.turn += 1;
        }
        self.drop_request = false;
    }
}

impl<S: Sink> Machine<'_, S> {
    /// Takes the lock, or makes the thread wait for it off its core. Returns whether it has it.
    pub fn ask_for_gil(&mut self, thread: u32) -> bool {
        let Some(gil) = &self.gil else { return true };
        if self.threads[thread as usize].has_gil {
            return true;
        }
        if gil.holder == NONE {
            self.give_gil(thread);
            return true;
        }
        let holder = self.task_of(gil.holder);
        self.show_what_ran(thread);
        let row = &self.threads[thread as usize];
        if row.task != NONE {
            let (worker, task) = (row.worker, row.task);
            self.emit_waiting(worker, task, (State::Blocked, Cause::Gil), holder, NONE);
        }
        self.leave_core(thread, ThreadState::Waiting);
        self.wait_for_gil(thread);
        false
    }

    fn task_of(&self, who: u32) -> u32 {
        if who == NONE || who == MAIN { NONE } else { self.threads[who as usize].task }
    }

    fn give_gil(&mut self, who: u32) {
        let Some(gil) = &mut self.gil else { return };
        gil.take(who);
        let dropped = std::mem::take(&mut gil.dropped);
        if who == MAIN {
            gil.waiters.retain(|waiter| *waiter != MAIN);
            self.main.stamp = self.main.stamp.wrapping_add(1);
        } else {
            let row = &mut self.threads[who as usize];
            row.has_gil = true;
            if !row.hidden {
                row.shown = false;
                row.running_from = self.now;
            }
        }
        for other in dropped {
            self.wait_for_gil(other);
        }
    }

    /// Begins an interval of waiting.
    fn wait_for_gil(&mut self, who: u32) {
        let Some(gil) = &mut self.gil else { return };
        gil.waiters.push_back(who);
        let (turn, interval) = (gil.turn, gil.interval);
        let (number, stamp) = if who == MAIN {
            self.main.stamp = self.main.stamp.wrapping_add(1);
            self.main.gil_turn = turn;
            (NONE, self.main.stamp)
        } else {
            let row = &mut self.threads[who as usize];
            row.stamp = row.stamp.wrapping_add(1);
            row.gil_turn = turn;
            (row.task, row.stamp)
        };
        self.plan_at(self.after(interval), Phase::WakeUp, number, What::GilTimeOut, who, stamp);
    }

    /// The interval is over: the waiter will look once it has a core.
    pub fn gil_timed_out(&mut self, who: u32, stamp: u32) {
        let current = if who == MAIN { self.main.stamp } else { self.threads[who as usize].stamp };
        if current != stamp {
            return;
        }
        if let Some(gil) = &mut self.gil {
            gil.waiters.retain(|waiter| *waiter != who);
        }
        if who == MAIN {
            self.check_gil_for_main();
        } else {
            self.threads[who as usize].next = Next::CheckGil;
            self.make_ready(who);
        }
    }

    fn check_gil_for_main(&mut self) {
        let Some(gil) = &mut self.gil else { return };
        if gil.holder == NONE {
            return self.main_goes_on();
        }
        let asks = gil.turn == self.main.gil_turn;
        self.wait_for_gil(MAIN);
        if asks {
            self.request_drop();
        }
    }

    /// On its core: takes the lock if it is free, else asks for it if nobody else has had it meanwhile.
    pub fn check_gil(&mut self, thread: u32) {
        let Some(gil) = &self.gil else { return };
        if gil.holder == NONE {
            self.give_gil(thread);
            return self.go_on(thread);
        }
        let asks = gil.turn == self.threads[thread as usize].gil_turn;
        self.leave_core(thread, ThreadState::Waiting);
        self.wait_for_gil(thread);
        if asks {
            self.request_drop();
        }
    }

    /// On its core, told that the lock is free: another may have been faster.
    pub fn take_gil_or_wait(&mut self, thread: u32) {
        let Some(gil) = &self.gil else { return };
        if gil.holder == NONE {
            self.give_gil(thread);
            self.go_on(thread);
        } else {
            self.leave_core(thread, ThreadState::Waiting);
            self.wait_for_gil(thread);
        }
    }

    /// A holder that computes drops the lock at once; one without a core when it has one again.
    fn request_drop(&mut self) {
        let Some(gil) = &mut self.gil else { return };
        gil.drop_request = true;
        let holder = gil.holder;
        if holder != MAIN && holder != NONE && self.threads[holder as usize].state == ThreadState::Running {
            self.interrupt(holder);
            self.drop_gil(holder);
        }
    }

    /// The holder, on its core and without a burst under way, lets go because it was asked to.
    pub fn drop_gil(&mut self, thread: u32) {
        self.show_running(thread);
        let Some(gil) = &mut self.gil else { return };
        gil.holder = NONE;
        gil.last_holder = thread;
        gil.dropped.push(thread);
        let next = gil.waiters.front().copied().unwrap_or(NONE);
        let next = self.task_of(next);
        let row = &mut self.threads[thread as usize];
        row.has_gil = false;
        let (worker, task) = (row.worker, row.task);
        if task != NONE && !row.hidden {
            self.emit_waiting(worker, task, (State::Blocked, Cause::Gil), next, NONE);
        }
        self.leave_core(thread, ThreadState::Waiting);
        self.tell_next();
    }

    /// The holder lets go of its own accord.
    pub fn release_gil(&mut self, thread: u32) {
        if !std::mem::take(&mut self.threads[thread as usize].has_gil) {
            return;
        }
        if let Some(gil) = &mut self.gil {
            gil.holder = NONE;
            gil.last_holder = thread;
        }
        self.tell_next();
    }

    fn tell_next(&mut self) {
        let Some(next) = self.gil.as_mut().and_then(|gil| gil.waiters.pop_front()) else { return };
        let delay = self.cost(Cost::GilHandOff);
        if next == MAIN {
            self.main.stamp = self.main.stamp.wrapping_add(1);
            self.main.state = MainState::Idle;
            self.plan_at(self.after(delay), Phase::WakeUp, NONE, What::MainGoesOn, 0, 0);
        } else {
            let row = &mut self.threads[next as usize];
            row.stamp = row.stamp.wrapping_add(1);
            row.next = Next::TakeGil;
            let task = row.task;
            self.wake(next, delay, task);
        }
    }

    /// Whether the main thread may start a thread now; else it waits.
    pub fn main_has_gil(&mut self) -> bool {
        let Some(gil) = &self.gil else { return true };
        if gil.holder == NONE {
            self.main.state = MainState::Idle;
            self.give_gil(MAIN);
            return true;
        }
        if self.main.state == MainState::Idle {
            self.main.state = MainState::WaitingForGil;
            self.wait_for_gil(MAIN);
        }
        false
    }

    pub fn main_lets_gil_go(&mut self) {
        if let Some(gil) = self.gil.as_mut().filter(|gil| gil.holder == MAIN) {
            gil.holder = NONE;
            gil.last_holder = MAIN;
            self.tell_next();
        }
    }
}
