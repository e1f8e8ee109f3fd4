//! Arrivals, and the main thread that starts a thread or process for each task where a model does so.
//!
//! The main thread has a core of its own accord: it takes microseconds a task, and an operating system prefers who
//! slept. Where there is an interpreter lock it must win that like everybody else.

use std::collections::VecDeque;

use super::calendar::{Phase, What};
use super::costs::Cost;
use super::gil::GilWait;
use super::log::Sink;
use super::machine::Machine;
use super::tasks::{NONE, Progress};
use super::threads::{Role, Stage, ThreadRow};
use crate::model::{Start, WhileInIo, Workers};
use crate::time::Nanos;
use crate::trace::{Cause, Event, MainSpan, MainState as Doing, Peer, State, Task, Worker};

/// The thread that starts others.
#[derive(Debug, Default)]
pub(super) struct MainThread {
    /// Tasks whose threads are still to be started.
    queue: VecDeque<u32>,
    pub state: MainState,
    /// Its place among those who wait for the interpreter lock.
    pub gil_wait: Option<GilWait>,
    /// Rows of threads that are over, to be used again.
    free: Vec<u32>,
    /// Groups of which a task is still announced to arrive.
    announced: u32,
    /// What it did until now, without the stretch that it is in.
    told: Vec<MainSpan>,
    /// Since when it does what it does.
    doing: Option<(i64, Doing)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum MainState {
    #[default]
    Idle,
    WaitingForGil,
    Starting,
}

/// So many stretches of the main thread are told; beyond, what it did is unknown.
const TOLD_MAX: usize = 100_000;

impl MainThread {
    fn does(&mut self, now: i64, doing: Doing) {
        let Some((since, before)) = self.doing.replace((now, doing)) else { return };
        if before == doing {
            self.doing = Some((since, before));
        } else {
            self.tell(since, now, before);
        }
    }

    fn tell(&mut self, start: i64, end: i64, state: Doing) {
        let joins = self.told.last().is_some_and(|last| last.state == state && last.end == Nanos(start));
        match self.told.last_mut().filter(|_| joins) {
            Some(last) => last.end = Nanos(end),
            None if start < end => self.told.push(MainSpan { start: Nanos(start), end: Nanos(end), state }),
            None => {}
        }
    }

    /// What it did from t = 0 to the end; nothing where that is too much to be told.
    pub fn lane(mut self, end: i64) -> Vec<MainSpan> {
        if let Some((since, doing)) = self.doing {
            self.tell(since, end, doing);
        }
        if self.told.len() > TOLD_MAX { Vec::new() } else { self.told }
    }
}

impl<S: Sink> Machine<'_, S> {
    /// Tells what the main thread does from now on.
    fn tell_main(&mut self) {
        if self.main.told.len() > TOLD_MAX {
            return;
        }
        let is_loop = self.plan.io == WhileInIo::FreesWorker && self.plan.workers == Workers::Fixed(1);
        let doing = match self.main.state {
            _ if is_loop => Doing::Loop,
            MainState::Starting => Doing::Free,
            MainState::WaitingForGil => Doing::Gil,
            MainState::Idle if self.main.announced > 0 => Doing::Arrivals,
            MainState::Idle => Doing::Join,
        };
        self.main.does(self.now, doing);
    }

    /// Puts the first arrival of every group that waits for no other in the calendar.
    pub fn announce_groups(&mut self) {
        for group in 0..u32::try_from(self.tasks.groups.len()).expect("few groups") {
            if self.tasks.groups[group as usize].awaited == 0 {
                self.announce_next(group);
            }
        }
        self.tell_main();
    }

    pub fn announce_next(&mut self, group: u32) {
        let row = &mut self.tasks.groups[group as usize];
        if row.arrived < row.count {
            let time = row.arrivals.next().0.max(row.released);
            self.main.announced += 1;
            let number = row.first + row.arrived;
            let time = (time < i64::MAX).then_some(time);
            self.plan_at(time, Phase::Arrival, number, What::Arrival, group, 0);
        }
    }

    /// The next task of the group arrives.
    pub fn arrive(&mut self, group: u32) {
        let row = &mut self.tasks.groups[group as usize];
        let task = row.first + row.arrived;
        row.arrived += 1;
        self.main.announced -= 1;
        let is_awaited = row.is_awaited;
        self.tasks.rows[task as usize].since = self.now;
        self.emit_waiting(Worker::MAIN.0, task, (State::Ready, Cause::Queued), NONE, NONE);
        if self.finds_a_place(task) {
            self.tasks.rows[task as usize].progress = Progress::Inside;
            if self.plan.coroutines && !is_awaited {
                // A coroutine that nobody awaits never runs.
                self.end_task(task, (State::Cancelled, Cause::NeverAwaited), NONE, NONE);
            } else if self.plan.workers == Workers::PerTask {
                self.main.queue.push_back(task);
                self.main_goes_on();
            } else {
                self.enqueue(task);
            }
        }
        self.announce_next(group);
        self.tell_main();
    }

    /// A bounded queue rejects a task when all workers are held and all places taken.
    fn finds_a_place(&mut self, task: u32) -> bool {
        let Some(queue) = self.plan.queue else { return true };
        let workers = match self.plan.workers {
            Workers::Fixed(workers) => workers,
            Workers::Split(_) => 1,
            Workers::PerTask => return true,
        };
        let share = self.plan.workers.share_of(task, self.tasks.len()) as usize;
        if self.supply.inside[share] < queue.saturating_add(workers) {
            self.supply.inside[share] += 1;
            return true;
        }
        self.end_task(task, (State::Rejected, Cause::Queued), NONE, NONE);
        false
    }

    /// The interpreter lock that it waited for is free.
    pub fn main_returns(&mut self) {
        self.main_goes_on();
        self.tell_main();
    }

    /// Starts the next thread, when it is free to and has the interpreter lock.
    pub fn main_goes_on(&mut self) {
        while self.main.state != MainState::Starting {
            let Some(task) = self.main.queue.front().copied() else { return };
            if !self.main_has_gil() {
                return;
            }
            self.main.queue.pop_front();
            let price = match self.plan.processes {
                Some(Start::Cold) => self.cost(Cost::ProcessStart),
                Some(Start::Warm) => 0,
                None => self.cost(Cost::ThreadStart),
            };
            if price == 0 {
                self.make_thread(task);
                self.main_lets_gil_go();
                continue;
            }
            self.emit(Event {
                time: Nanos(self.now),
                peer: Peer::worker(Worker::MAIN),
                ..Event::new(Task(task), State::Starting, Cause::None)
            });
            self.totals.overhead += price;
            self.main.state = MainState::Starting;
            self.plan_at(self.after(price), Phase::WakeUp, task, What::Started, task, 0);
        }
    }

    /// The task's thread is there.
    pub fn started(&mut self, task: u32) {
        self.main.state = MainState::Idle;
        self.make_thread(task);
        self.main_lets_gil_go();
        self.main_goes_on();
        self.tell_main();
    }

    fn make_thread(&mut self, task: u32) {
        let stage = match self.plan.processes {
            None => Stage::Steps,
            Some(Start::Cold) => Stage::Making,
            Some(Start::Warm) => Stage::ShippingOut,
        };
        let row = ThreadRow { task, stage, ..ThreadRow::new(task + 1, Role::Own) };
        let thread = if let Some(thread) = self.main.free.pop() {
            // What the calendar has of the row's last thread stays out of date.
            let stamp = self.threads[thread as usize].stamp.wrapping_add(1);
            self.threads[thread as usize] = ThreadRow { stamp, ..row };
            thread
        } else {
            self.threads.push(row);
            u32::try_from(self.threads.len() - 1).expect("no more than tasks")
        };
        self.tasks.rows[task as usize].thread = thread;
        self.count_threads(1);
        self.emit_waiting(Worker::MAIN.0, task, (State::Ready, Cause::NoCore), NONE, NONE);
        self.make_ready(thread);
    }

    /// A thread whose task is over ends with it.
    pub fn free_thread(&mut self, thread: u32) {
        self.totals.threads -= 1;
        self.main.free.push(thread);
    }
}
