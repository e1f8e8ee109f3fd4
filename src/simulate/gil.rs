//! The interpreter lock, as CPython 3.2 to 3.12 has it: who waits an interval in vain asks the holder to drop it; the
//! holder does so at once, and waits until somebody else has had it. Letting go of one's own accord allows barging.
//!
//! A waiter needs a core before it can ask, and one that is told that the lock is free needs one before it can take it.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::Setup;
use super::calendar::{Phase, What};
use super::costs::Cost;
use super::log::Sink;
use super::machine::Machine;
use super::tasks::NONE;
use super::threads::{Next, ThreadState};
use crate::time::Nanos;
use crate::trace::{Cause, State};

/// The lock and who waits for it.
///
/// A waiter looks every interval, from when it began, and asks if the lock has not changed hands since it looked last.
/// Thousands may wait, so their looks are not acted out one by one: all have the same interval, hence the next to ask
/// is the next in the circle of their phases, counted from the last change of hands. Only that one's time-out stands
/// in the calendar.
#[derive(Debug)]
pub(super) struct GilState {
    interval: i64,
    holder: u32,
    last_holder: u32,
    drop_request: bool,
    /// Waiters by phase (when they began, within the interval), then by number.
    circle: BTreeMap<GilWait, u32>,
    /// Their places in the circle by number, which is the order in which they began.
    queue: BTreeMap<u64, i64>,
    begun: u64,
    /// How often it has changed hands.
    turn: u64,
    /// When the next asks, and who; and what the calendar has of that.
    asks: Option<(i64, GilWait)>,
    announced: Option<(i64, GilWait)>,
    /// Changes whenever the time-out in the calendar is out of date.
    stamp: u32,
    /// Who had to drop it and waits for somebody else to have had it.
    dropped: Vec<u32>,
}

/// Where a waiter stands in the circle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GilWait {
    phase: i64,
    number: u64,
}

impl GilState {
    pub fn new(setup: &Setup<'_>, interval: Nanos) -> Self {
        let own = setup.scenario.machine.costs.get(Cost::GilInterval.id());
        GilState {
            interval: own.copied().unwrap_or(interval).0.max(1),
            holder: NONE,
            last_holder: NONE,
            drop_request: false,
            circle: BTreeMap::new(),
            queue: BTreeMap::new(),
            begun: 0,
            turn: 0,
            asks: None,
            announced: None,
            stamp: 0,
            dropped: Vec::new(),
        }
    }

    pub fn is_asked_for(&self) -> bool {
        self.drop_request
    }

    fn join(&mut self, who: u32, now: i64) -> GilWait {
        self.begun += 1;
        let wait = GilWait { phase: now.rem_euclid(self.interval), number: self.begun };
        self.circle.insert(wait, who);
        self.queue.insert(wait.number, wait.phase);
        let asks = now.saturating_add(self.interval);
        if !self.drop_request && self.asks.is_none_or(|(first, _)| asks < first) {
            self.asks = Some((asks, wait));
        }
        wait
    }

    fn leave(&mut self, wait: GilWait) -> Option<u32> {
        self.queue.remove(&wait.number);
        let who = self.circle.remove(&wait);
        if let Some((time, _)) = self.asks.filter(|(_, first)| *first == wait) {
            self.ask_after(time, wait);
        }
        who
    }

    /// Who has waited longest.
    fn first(&self) -> Option<(GilWait, u32)> {
        let (number, phase) = self.queue.first_key_value()?;
        let wait = GilWait { phase: *phase, number: *number };
        Some((wait, *self.circle.get(&wait)?))
    }

    fn take(&mut self, who: u32, now: i64) {
        self.holder = who;
        let changes = self.last_holder != who;
        self.last_holder = who;
        self.turn += u64::from(changes);
        if changes || self.drop_request {
            self.drop_request = false;
            self.ask_from(now);
        }
    }

    /// Who asks next, if the lock has just changed hands: the first to look from now on, an interval later.
    fn ask_from(&mut self, now: i64) {
        let phase = now.rem_euclid(self.interval);
        let from = GilWait { phase, number: 0 };
        let next = self.circle.range(from..).next().or_else(|| self.circle.first_key_value());
        self.asks = next.map(|(wait, _)| {
            let look = now.saturating_add((wait.phase - phase).rem_euclid(self.interval));
            (look.saturating_add(self.interval), *wait)
        });
    }

    /// Who asks after that one, which did at `time` or would have.
    fn ask_after(&mut self, time: i64, wait: GilWait) {
        let behind = (Bound::Excluded(wait), Bound::Unbounded);
        let next = self.circle.range(behind).next().or_else(|| self.circle.first_key_value());
        let delay = |next: &GilWait| (next.phase - wait.phase).rem_euclid(self.interval);
        self.asks = next.map(|(next, _)| (time.saturating_add(delay(next)), *next));
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
        if who == NONE { NONE } else { self.threads[who as usize].task }
    }

    fn give_gil(&mut self, who: u32) {
        let Some(gil) = &mut self.gil else { return };
        gil.take(who, self.now);
        let dropped = std::mem::take(&mut gil.dropped);
        self.threads[who as usize].has_gil = true;
        self.begins(who);
        for other in dropped {
            self.wait_for_gil(other);
        }
        self.announce_asking();
    }

    /// Begins to wait.
    fn wait_for_gil(&mut self, who: u32) {
        let Some(gil) = &mut self.gil else { return };
        gil.join(who, self.now);
        self.announce_asking();
    }

    /// Keeps the next time-out in the calendar.
    fn announce_asking(&mut self) {
        let Some(gil) = &mut self.gil else { return };
        if gil.announced == gil.asks {
            return;
        }
        gil.announced = gil.asks;
        gil.stamp = gil.stamp.wrapping_add(1);
        let (asks, stamp) = (gil.asks, gil.stamp);
        if let Some((time, wait)) = asks {
            let who = self.gil.as_ref().and_then(|gil| gil.circle.get(&wait).copied()).unwrap_or(NONE);
            let number = self.task_of(who);
            self.plan_at(Some(time), Phase::WakeUp, number, What::GilTimeOut, who, stamp);
        }
    }

    /// A waiter's interval is over and nobody else has had the lock meanwhile: it will ask once it has a core.
    pub fn gil_timed_out(&mut self, who: u32, stamp: u32) {
        let Some(gil) = self.gil.as_mut().filter(|gil| gil.stamp == stamp) else { return };
        if let Some((_, wait)) = gil.asks {
            gil.leave(wait);
        }
        gil.announced = None;
        let turn = gil.turn;
        let row = &mut self.threads[who as usize];
        row.gil_turn = turn;
        row.next = Next::CheckGil;
        self.make_ready(who);
        self.announce_asking();
    }

    /// On its core: takes the lock if it is free, else asks for it if nobody else has had it meanwhile.
    pub fn check_gil(&mut self, thread: u32) {
        let Some(gil) = &self.gil else { return };
        if gil.holder == NONE {
            self.give_gil(thread);
            return self.go_on(thread);
        }
        // Another may have had it while this one waited for a core.
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
        gil.asks = None;
        gil.stamp = gil.stamp.wrapping_add(1);
        gil.announced = None;
        let holder = gil.holder;
        if holder != NONE && self.threads[holder as usize].state == ThreadState::Running {
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
        let next = gil.first().map_or(NONE, |(_, who)| who);
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
        let Some(gil) = &mut self.gil else { return };
        let Some((wait, next)) = gil.first() else { return };
        gil.leave(wait);
        let delay = self.cost(Cost::GilHandOff);
        let row = &mut self.threads[next as usize];
        row.next = Next::TakeGil;
        let task = row.task;
        self.wake(next, delay, task);
        self.announce_asking();
    }
}
