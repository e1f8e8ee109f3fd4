//! The machine itself: the loop over instants, and how a thread's time on a core is accounted for and told. Who gets a
//! core stands in `dispatch`, what threads do with their time on it in `carry`, where they find work in `supply`.
//!
//! Invariant: within an instant everything happens in the calendar's order; only when nothing more happens do workers
//! that are through with a task choose the next, in the order in which they came to be, and then, where they are ranked by
//! what they will compute, those that were woken for one; only when none has to are cores handed out, and only then do
//! those that got one begin, by lowest task number.

use super::calendar::{Calendar, Entry, Phase, What};
use super::commons::Commons;
use super::core_queues::MAIN_CORE;
use super::costs::Cost;
use super::gil::GilState;
use super::log::Sink;
use super::memory::Memory;
use super::os::Os;
use super::schedulers::Rank;
use super::starts::MainThread;
use super::supply::Supply;
use super::tally::Tally;
use super::task_queue::Turn;
use super::tasks::{NONE, Tasks};
use super::threads::{ThreadRow, ThreadState};
use super::told::Told;
use super::watch::{Lookout, Order, Watch};
use super::{Decision, Refusal, Setup};
use crate::scenario::shared::Shared;
use crate::time::Nanos;
use crate::trace::{Account, Cause, Core, Event, Peer, Resource, State, Task, Worker};

/// So many quanta may end one after another of which nothing new is told: threads do something for themselves. Some seconds
/// of computing, and more than any costs take that somebody measured.
const TURNS_IN_VAIN_MAX: u64 = 1 << 21;

pub(super) struct Machine<'a, S> {
    /// What never changes.
    pub setup: Setup<'a>,
    pub now: i64,
    calendar: Calendar,
    pub tasks: Tasks,
    pub threads: Vec<ThreadRow>,
    pub os: Os,
    pub supply: Supply,
    pub commons: Commons,
    pub memory: Memory,
    pub gil: Option<GilState>,
    pub main: MainThread,
    pub tally: Tally,
    pub told: Told<S>,
    /// What happens now is that the calendar has a burst end.
    burst_ends: bool,
    /// So many threads have got a core at this instant and have not begun.
    pub to_begin: usize,
    pub lookout: Lookout<'a>,
    /// Why it cannot go on.
    refusal: Option<Refusal>,
}

/// What is left of a machine that has done its work.
pub(super) struct Remains<S> {
    pub sink: S,
    pub decisions: Vec<Decision>,
    pub account: Account,
    pub end: Nanos,
}

impl<'a, S: Sink> Machine<'a, S> {
    pub fn new(setup: &Setup<'a>, sink: S, watch: Watch<'a>) -> Self {
        let shared = Shared::of(setup.scenario);
        let os = Os::new(setup);
        let mut tasks = Tasks::new(setup, &shared);
        if os.ranks_by() == Rank::CpuToWait {
            tasks.remember_cpu_to_wait();
        }
        let turn = match os.ranks_by() {
            Rank::Number => Turn::Number,
            _ if tasks.differ_in_priority() => Turn::Urgency,
            _ => Turn::Arrival,
        };
        let mut machine = Machine {
            setup: *setup,
            now: 0,
            calendar: Calendar::default(),
            threads: Vec::new(),
            commons: Commons::new(setup.scenario, &shared, &tasks),
            memory: Memory::new(setup, &shared),
            supply: Supply::new(setup.plan, setup.seed, turn),
            gil: setup.plan.gil.map(|_| GilState::new(setup)),
            main: MainThread::new(setup.cores),
            tally: Tally::new(setup, tasks.len(), os.slices()),
            told: Told::new(sink),
            burst_ends: false,
            to_begin: 0,
            lookout: Lookout::new(watch),
            refusal: None,
            tasks,
            os,
        };
        machine.make_workers();
        machine
    }

    /// Runs to the end, that of the stuck included, or until it is told to stop. Returns what it was told last.
    pub fn complete(&mut self) -> Result<Order, Refusal> {
        self.run();
        if let Some(refusal) = self.refusal.take() {
            return Err(refusal);
        }
        let order = self.lookout.order();
        match order {
            Order::GoOn if !self.tally.all_are_over() => self.end_the_stuck(),
            Order::Stop => self.cancel_the_rest(),
            Order::GoOn | Order::Abandon => {}
        }
        Ok(order)
    }

    /// What is wanted of a machine that has done its work; the rest of its memory is given back.
    pub fn into_remains(self) -> Remains<S> {
        let totals = self.tally.totals();
        let account = Account {
            cpu: Some(Nanos(totals.running) + Nanos(totals.overhead)),
            overhead: Some(Nanos(totals.overhead)),
            switches_voluntary: Some(totals.switches_voluntary),
            switches_involuntary: Some(totals.switches_involuntary),
            threads_max: Some(totals.threads_max + u32::from(!self.setup.plan.on_main)),
            recorded: self.told.events(),
            received: self.told.events(),
            lines_dropped: self.told.lines_dropped(),
            main: self.main.lane(self.now),
            ..Account::default()
        };
        let (sink, decisions) = self.told.into_parts();
        Remains { sink, decisions, account, end: Nanos(self.now) }
    }

    /// Runs until nothing happens any more, or it is told to stop, or no task gets any further for too long.
    fn run(&mut self) {
        self.announce_groups();
        let (mut told, mut in_vain) = (0, 0);
        while let Some(entry) = self.calendar.pop() {
            if entry.what() == What::Quantum {
                in_vain = if self.told.news() == told { in_vain + 1 } else { 0 };
                told = self.told.news();
                if in_vain > TURNS_IN_VAIN_MAX {
                    return self.refuse(Refusal::InVain { turns: TURNS_IN_VAIN_MAX });
                }
            }
            if entry.what() == What::GilReview {
                // No instant of the simulation.
                self.review_asking(entry.time);
                continue;
            }
            if self.is_stale(&entry) {
                continue;
            }
            self.now = entry.time;
            self.happen(entry);
            loop {
                if self.is_called_off() {
                    return;
                }
                if let Some(entry) = self.calendar.pop_at(self.now) {
                    self.happen(entry);
                    continue;
                }
                self.inject_batch();
                if !self.happens_more() && !self.let_one_choose() && !self.let_woken_choose() && !self.hand_out_cores()
                {
                    break;
                }
            }
            if self.tally.all_are_over() {
                return;
            }
        }
    }

    /// Returns whether there was anybody.
    fn let_one_choose(&mut self) -> bool {
        let Some(thread) = self.supply.next_to_choose() else { return false };
        let row = &self.threads[thread as usize];
        // Its quantum may have been over.
        if row.state == ThreadState::Running && row.task == NONE {
            if self.os.quantum_is_over(row.core, self.now) {
                // Somebody waits only since this instant, and quanta end before anybody chooses.
                self.arm_quanta();
                if let Some(entry) = self.calendar.pop_at(self.now) {
                    self.happen(entry);
                    return true;
                }
            }
            let row = &self.threads[thread as usize];
            self.os.acts_on(row.core);
            if self.makes_room(thread) {
                return true;
            }
            if self.take_work(thread) {
                self.advance(thread);
            } else {
                self.park(thread);
            }
        }
        true
    }

    /// Whether the entry is to bring about nothing, not even that time goes on until then.
    fn is_stale(&mut self, entry: &Entry) -> bool {
        match entry.what() {
            What::Awaited => self.supply.lines.has_fired(entry.id, entry.stamp),
            What::GilLook => self.gil.as_ref().is_some_and(|gil| gil.has_looked(entry.stamp)),
            What::IdleLook => self.os.has_looked(entry.stamp),
            What::EvenOut => !self.os.has_to_even_out(),
            _ => false,
        }
    }

    fn happen(&mut self, entry: Entry) {
        let id = entry.id;
        self.os.acts_on(match entry.what() {
            What::Burst => self.threads[id as usize].core,
            What::Arrival => MAIN_CORE,
            _ => ThreadRow::NO_CORE,
        });
        match entry.what() {
            What::Burst => {
                if self.threads[id as usize].stamp == entry.stamp {
                    self.burst_ends = true;
                    self.complete_burst(id);
                    self.burst_ends = false;
                }
            }
            What::Wake => self.make_ready(id),
            What::IoOver => self.io_over(id),
            What::Awaited => self.timer_rings(id, entry.stamp),
            What::GilTimeOut => self.gil_timed_out(id, entry.stamp),
            What::GilReview => self.review_asking(entry.time),
            What::GilLook => self.look_at_request(id, entry.stamp),
            What::Arrival => self.arrive(id),
            What::Quantum => self.end_quanta(entry),
            What::IdleLook => self.os.look(self.now, entry.stamp),
            What::EvenOut => self.os.even_out(self.now),
        }
    }

    /// Quanta that end together end by the task that each thread carries then, or has carried until this instant: it may
    /// be another than when the end was put in the calendar.
    fn end_quanta(&mut self, first: Entry) {
        // Somebody may wait only since this instant: then others' quanta end, too.
        if self.os.lacks_cores() {
            self.arm_quanta();
        }
        let mut ends = Vec::new();
        while let Some(entry) = self.calendar.pop_if(self.now, What::Quantum) {
            ends.push(entry);
        }
        if ends.is_empty() {
            return self.end_quantum(first.id, first.stamp);
        }
        ends.push(first);
        ends.sort_by_key(|end| (self.carried_on(end.id), end.id));
        for end in ends {
            self.end_quantum(end.id, end.stamp);
        }
    }

    fn carried_on(&self, core: u32) -> u32 {
        let thread = self.os.thread_on(core);
        self.threads.get(thread as usize).map_or(NONE, |row| if row.task == NONE { row.carried } else { row.task })
    }

    /// Puts something in the calendar. A time that no clock counts ends the simulation with a refusal.
    pub fn plan_at(&mut self, time: Option<i64>, phase: Phase, number: u32, what: What, id: u32, stamp: u32) {
        match time {
            Some(time) => self.calendar.push(Entry::new(time, phase, number, what, id, stamp)),
            None => self.refuse(Refusal::TooLong { what: "the sum of its steps" }),
        }
    }

    /// Whether anything more stands in the calendar for this instant.
    pub fn happens_more(&self) -> bool {
        self.calendar.has(self.now)
    }

    /// Until when nobody else does anything: the next time in the calendar, where it alone says what happens now.
    pub fn undisturbed_until(&self) -> i64 {
        let is_undisturbed = self.burst_ends && self.os.waiting() == 0 && self.supply.is_settled();
        if is_undisturbed { self.calendar.next_time().unwrap_or(i64::MAX) } else { self.now }
    }

    /// It cannot go on, for that reason.
    pub fn refuse(&mut self, refusal: Refusal) {
        self.refusal = Some(refusal);
        self.lookout.look_next();
    }

    pub fn is_refused(&self) -> bool {
        self.refusal.is_some()
    }

    pub fn after(&self, delay: i64) -> Option<i64> {
        self.now.checked_add(delay)
    }

    pub fn cost(&self, cost: Cost) -> i64 {
        self.setup.costs.get(cost).0
    }

    /// Goes on with the burst that was interrupted, or with whatever comes next.
    pub fn go_on(&mut self, thread: u32) {
        let row = &self.threads[thread as usize];
        if self.drops_gil(thread) && row.left > 0 && row.overhead_due == 0 {
            self.drop_gil(thread, None);
        } else if row.left > 0 {
            self.go_on_telling(thread);
            self.schedule_burst(thread, 0);
        } else {
            self.advance(thread);
        }
    }

    /// Lets the thread compute for so long, after the overhead that is due. Its task runs from then on.
    pub fn schedule_burst(&mut self, thread: u32, cpu: i64) {
        let now = self.now;
        let row = &mut self.threads[thread as usize];
        let due = std::mem::take(&mut row.overhead_due);
        row.head += due;
        row.left = row.left.saturating_add(cpu).saturating_add(due);
        row.since = now;
        row.stamp = row.stamp.wrapping_add(1);
        let (task, left, head, stamp) = (row.task, row.left, row.head, row.stamp);
        self.rank_running(thread);
        let row = &self.threads[thread as usize];
        let interrupts = head > 0 && !row.hidden && task != NONE;
        if interrupts {
            self.show_what_ran(thread);
            let row = &mut self.threads[thread as usize];
            row.runs_from(now.saturating_add(head));
            let (worker, on) = (row.worker, row.core);
            self.emit_on(worker, on, task, State::Ready, Cause::Switching);
        }
        self.plan_at(self.after(left), Phase::Completion, task, What::Burst, thread, stamp);
        if self.drops_gil(thread) {
            self.look_later(thread);
        }
    }

    /// As [`Machine::schedule_burst`], for what is overhead as a whole: the trace tells another story meanwhile.
    pub fn schedule_overhead(&mut self, thread: u32, cpu: i64) {
        let row = &mut self.threads[thread as usize];
        row.hidden = true;
        row.head += cpu;
        self.schedule_burst(thread, cpu);
    }

    fn complete_burst(&mut self, thread: u32) {
        self.account(thread);
        let row = &mut self.threads[thread as usize];
        (row.left, row.head) = (0, 0);
        if row.hidden {
            (row.hidden, row.telling) = (false, None);
            row.runs_from(self.now);
        }
        self.advance(thread);
    }

    /// Books what the present burst has consumed until now.
    pub fn account(&mut self, thread: u32) {
        let row = &mut self.threads[thread as usize];
        let consumed = self.now - row.since;
        let overhead = consumed.min(row.head);
        self.tally.ran(consumed - overhead, overhead);
        row.head -= overhead;
        row.left -= consumed;
        row.since = self.now;
    }

    /// Breaks the present burst off; what is left of it is kept.
    pub fn interrupt(&mut self, thread: u32) {
        self.account(thread);
        if self.gil.is_some() {
            // Who gets the interpreter lock does so on its core: it runs from then on, if only for no time.
            self.show_running(thread);
        } else {
            self.show_what_ran(thread);
        }
        let row = &mut self.threads[thread as usize];
        row.stamp = row.stamp.wrapping_add(1);
    }

    /// If the thread's task runs since some time that the trace does not tell yet: tells it.
    pub fn show_running(&mut self, thread: u32) {
        let now = self.now;
        let row = &mut self.threads[thread as usize];
        if row.shown || row.hidden || row.task == NONE || row.running_from > now {
            return;
        }
        row.shown = true;
        let event = Event {
            time: Nanos(row.running_from),
            worker: Worker(row.worker),
            core: Core(row.core),
            peer: std::mem::replace(&mut row.taken_from, Peer::NONE),
            ..Event::new(Task(row.task), State::Running, std::mem::replace(&mut row.taken, Cause::None))
        };
        self.told.event(event);
    }

    /// As [`Machine::show_running`], unless it has only just got its core.
    pub fn show_what_ran(&mut self, thread: u32) {
        if self.threads[thread as usize].running_from < self.now {
            self.show_running(thread);
        }
    }

    pub fn emit(&mut self, event: Event) {
        self.told.event(event);
    }

    pub fn emit_on(&mut self, worker: u32, on: u16, task: u32, state: State, cause: Cause) {
        self.emit(Event {
            time: Nanos(self.now),
            worker: Worker(worker),
            core: Core(on),
            ..Event::new(Task(task), state, cause)
        });
    }

    /// Now, off every core, told by that worker.
    pub fn emit_waiting(&mut self, worker: u32, task: u32, (state, cause): (State, Cause), peer: u32, on: u32) {
        self.emit(Event {
            time: Nanos(self.now),
            worker: Worker(worker),
            peer: if peer == NONE { Peer::NONE } else { Peer::task(Task(peer)) },
            resource: if on == NONE { Resource::NONE } else { Resource(on) },
            ..Event::new(Task(task), state, cause)
        });
    }
}
