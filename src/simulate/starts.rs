//! Arrivals, and the main thread that starts a thread or process for each task where a model does so.
//!
//! The main thread is a thread as any other: it needs a core to start others, and where there is an interpreter lock,
//! that, too. An operating system prefers who slept, so it is the first to get a core that becomes idle, and displaces
//! others where the policy lets the more urgent do so.

use std::collections::VecDeque;

use super::bits::Bits;
use super::calendar::{Phase, What};
use super::carry::Flow;
use super::costs::Cost;
use super::log::Sink;
use super::machine::Machine;
use super::tasks::{NONE, Progress};
use super::threads::{Role, Stage, ThreadRow, ThreadState};
use crate::model::{Language, Start, WhileInIo, Workers};
use crate::time::Nanos;
use crate::trace::{Cause, Core, Event, MainSpan, MainState as Doing, Peer, State, Task, Worker};

/// The thread that starts others.
#[derive(Debug, Default)]
pub(super) struct MainThread {
    /// Its place among the threads; it has none where tasks get no threads of their own.
    thread: Option<u32>,
    /// Tasks whose threads are still to be started.
    queue: VecDeque<u32>,
    /// The task whose thread it starts at present.
    starting: Option<u32>,
    /// The thread that it started and that has to begin before it goes on.
    awaits: Option<u32>,
    /// Rows of threads that are over, to be used again.
    free: Vec<u32>,
    /// So many threads or processes were started, with the one that is.
    started: u32,
    /// So many of a pool's workers it has woken at t = 0.
    woken: i64,
    /// So many have ended that had slept, while it had threads to start, before which its next starts do not go on.
    ends_ahead: u32,
    /// The cores on which one of its threads was.
    known: Bits,
    /// Groups of which a task is still announced to arrive.
    announced: u32,
    /// What it did until now, without the stretch that it is in.
    told: Vec<MainSpan>,
    /// Since when it does what it does.
    doing: Option<(i64, Doing)>,
}

/// So many stretches of the main thread are told; beyond, what it did is unknown.
const TOLD_MAX: usize = 100_000;

/// So many stacks of threads that are over wait for a run: glibc keeps 40 MiB of them, a thread of Rust's has 2 MiB and a
/// guard page, and who measures a run takes one.
const STACKS_KEPT: u32 = 18;

/// Who starts threads has its turn behind so many that end: where two thousand ended while more were to be started, one
/// start came to every seven to nine ends.
const ENDS_BEFORE_A_START: u32 = 8;

impl MainThread {
    pub fn new(cores: u32) -> Self {
        MainThread { known: Bits::new(cores as usize), ..MainThread::default() }
    }

    /// It wakes one more of a pool's workers. Returns how many it had woken before.
    pub fn wakes_another(&mut self) -> i64 {
        self.woken += 1;
        self.woken - 1
    }

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
    /// The thread that starts others, where there is one.
    pub fn make_main_thread(&mut self) {
        let thread = u32::try_from(self.threads.len()).expect("the first");
        self.threads.push(ThreadRow::new(Worker::MAIN.0, Role::Main));
        self.main.thread = Some(thread);
    }

    /// Tells what the main thread does from now on.
    pub fn tell_main(&mut self) {
        if self.main.told.len() > TOLD_MAX {
            return;
        }
        let plan = self.setup.plan;
        let own = if plan.on_main { Some(0) } else { self.main.thread };
        let own = own.map(|thread| &self.threads[thread as usize]);
        let doing = match own.map_or(ThreadState::Parked, |row| row.state) {
            _ if plan.on_main && plan.io == WhileInIo::FreesWorker => Doing::Loop,
            _ if plan.on_main && own.is_some_and(|row| row.task != NONE) => Doing::Call,
            ThreadState::Waking if plan.on_main => Doing::Free,
            // All that it ever waits for is the interpreter lock.
            ThreadState::Waiting | ThreadState::Waking => Doing::Gil,
            ThreadState::Ready | ThreadState::Chosen | ThreadState::Running => Doing::Free,
            ThreadState::Parked | ThreadState::Over if self.main.announced > 0 => Doing::Arrivals,
            ThreadState::Parked | ThreadState::Over => Doing::Join,
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
        if self.setup.plan.coroutines && !is_awaited {
            // A coroutine that nobody awaits is never handed to a queue, takes no place there and never runs.
            self.end_task(task, (State::Cancelled, Cause::NeverAwaited), NONE, NONE);
        } else {
            self.let_in(task);
        }
        self.announce_next(group);
        self.tell_main();
    }

    fn let_in(&mut self, task: u32) {
        self.emit_waiting(Worker::MAIN.0, task, (State::Ready, Cause::Queued), NONE, NONE);
        if !self.finds_a_place(task) {
            return;
        }
        self.tasks.rows[task as usize].progress = Progress::Inside;
        if self.setup.plan.workers == Workers::PerTask {
            self.ask_for_thread(task);
        } else {
            self.enqueue(task);
        }
    }

    /// A bounded queue rejects a task when all workers are held and all places taken. Who has been begun and awaits
    /// something takes no place.
    fn finds_a_place(&mut self, task: u32) -> bool {
        let Some(queue) = self.setup.plan.queue else { return true };
        let workers = match self.setup.plan.workers {
            Workers::Fixed(workers) => workers,
            Workers::Split(_) => 1,
            Workers::PerTask => return true,
        };
        let share = self.share_of(task) as usize;
        if self.supply.let_in(share, queue.saturating_add(workers)) {
            return true;
        }
        self.end_task(task, (State::Rejected, Cause::Queued), NONE, NONE);
        false
    }

    /// Has the main thread start one for the task. Where that costs nothing and needs no lock, it is there at once.
    fn ask_for_thread(&mut self, task: u32) {
        let is_kept = self.setup.plan.processes.is_none() && self.cost(Cost::StartAmongEnds) > 0;
        let is_free = || !is_kept && [1, u32::MAX].into_iter().all(|number| self.start_cost(number) == 0);
        let Some(main) = self.main.thread.filter(|_| self.gil.is_some() || !is_free()) else {
            self.make_thread(task);
            return;
        };
        self.main.queue.push_back(task);
        if self.threads[main as usize].state == ThreadState::Parked {
            self.make_ready(main);
        }
    }

    /// What the thread that starts others pays for the start of that number, the first being 1. The first threads of a run
    /// get the stacks of those that ended before it.
    pub fn start_cost(&self, number: u32) -> i64 {
        self.cost(match self.setup.plan.processes {
            Some(Start::Cold) => Cost::ProcessStart,
            Some(Start::Warm) => return 0,
            None if number <= STACKS_KEPT => Cost::CachedThreadStart,
            None => Cost::ThreadStart,
        })
    }

    /// What a start takes longer because threads that had slept have ended.
    fn wait_for_ends(&mut self) -> i64 {
        let before = self.main.ends_ahead.min(ENDS_BEFORE_A_START);
        self.main.ends_ahead -= before;
        self.cost(Cost::StartAmongEnds).saturating_mul(i64::from(before))
    }

    /// The main thread, on its core: starts one thread after the other, as long as there are tasks that need one.
    pub fn start_threads(&mut self, main: u32) {
        loop {
            if let Some(task) = self.main.starting.take() {
                let thread = self.make_thread(task);
                let is_python = self.setup.plan.gil.is_some() && self.setup.plan.language == Language::Python;
                // Who needs it no more waits for nobody to have taken it.
                if self.drops_gil(main) && !is_python && !self.main.queue.is_empty() {
                    self.drop_gil(main, None);
                    return self.tell_main();
                }
                let telling = self.release_gil(main);
                self.threads[main as usize].overhead_due += telling;
                if is_python {
                    self.main.awaits = Some(thread);
                    self.leave_core(main, ThreadState::Waiting);
                    return self.tell_main();
                }
            }
            if self.threads[main as usize].overhead_due > 0 {
                return self.schedule_overhead(main, 0);
            }
            if self.main.queue.is_empty() {
                self.main.ends_ahead = 0;
                self.release_gil(main);
                self.leave_core(main, ThreadState::Parked);
                return self.tell_main();
            }
            if !self.ask_for_gil(main) {
                return self.tell_main();
            }
            self.main.starting = self.main.queue.pop_front();
            self.tell_main();
            self.main.started += 1;
            let price = self.start_cost(self.main.started).saturating_add(self.wait_for_ends());
            if price > 0 {
                return self.tell_starting(main, price);
            }
            if self.is_called_off() {
                return;
            }
        }
    }

    fn tell_starting(&mut self, main: u32, price: i64) {
        let Some(task) = self.main.starting else { return };
        self.emit_starting(main, task);
        self.threads[main as usize].telling = Some((State::Starting, Cause::None));
        self.schedule_overhead(main, price);
    }

    /// The main thread, on its core, starts a thread for that task.
    fn emit_starting(&mut self, main: u32, task: u32) {
        self.emit(Event {
            time: Nanos(self.now),
            core: Core(self.threads[main as usize].core),
            peer: Peer::worker(Worker::MAIN),
            ..Event::new(Task(task), State::Starting, Cause::None)
        });
    }

    /// A thread loses its core in the middle of what the trace tells of a task.
    pub fn stop_telling(&mut self, thread: u32) {
        let row = &self.threads[thread as usize];
        let (worker, on) = (row.worker, row.core);
        let of = if row.role == Role::Main { self.main.starting } else { Some(row.task) };
        if let Some(task) = of.filter(|_| row.telling.is_some()) {
            self.emit_on(worker, on, task, State::Ready, Cause::Preempted);
            self.told.is_no_news();
        }
    }

    /// And has one again.
    pub fn go_on_telling(&mut self, thread: u32) {
        let row = &self.threads[thread as usize];
        let Some((state, cause)) = row.telling else { return };
        let (worker, on, task) = (row.worker, row.core, row.task);
        match self.main.starting {
            Some(task) if row.role == Role::Main => self.emit_starting(thread, task),
            _ => self.emit_on(worker, on, task, state, cause),
        }
        self.told.is_no_news();
    }

    /// CPython's `Thread.start` returns when the new thread has had the interpreter lock for the first time.
    pub fn begins(&mut self, thread: u32) {
        if let Some(main) = self.main.thread.filter(|_| self.main.awaits == Some(thread)) {
            self.main.awaits = None;
            let task = self.threads[thread as usize].task;
            self.rouse(main, task);
        }
    }

    fn make_thread(&mut self, task: u32) -> u32 {
        let stage = match self.setup.plan.processes {
            None => Stage::SettingUp,
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
        self.tally.threads_began(1);
        self.emit_waiting(Worker::MAIN.0, task, (State::Ready, Cause::NoCore), NONE, NONE);
        // A new thread comes to its core as one that is woken does. What a process's start costs is all until it is up.
        let delay = if self.setup.plan.processes.is_none() { self.first_wake_up() } else { 0 };
        if delay > 0 {
            self.wake(thread, delay, task);
        } else {
            self.make_ready(thread);
        }
        thread
    }

    /// What a thread does before its first line.
    pub fn set_up_thread(&mut self, thread: u32) -> Flow {
        self.threads[thread as usize].stage = Stage::Steps;
        let core = usize::from(self.threads[thread as usize].core);
        let is_known = self.main.known.contains(core);
        self.main.known.insert(core);
        let price = self.cost(if is_known { Cost::ThreadSetUp } else { Cost::FirstSetUp });
        if price == 0 {
            return Flow::GoesOn;
        }
        // As the switch to it, which came before.
        self.threads[thread as usize].telling = Some((State::Ready, Cause::Switching));
        self.schedule_overhead(thread, price);
        Flow::Left
    }

    /// A thread whose task is over ends with it.
    pub fn end_thread(&mut self, thread: u32) {
        let price = if self.setup.plan.processes.is_some() { 0 } else { self.end_cost(thread) };
        if price == 0 {
            return self.thread_is_over(thread);
        }
        self.schedule_overhead(thread, price);
    }

    /// Who has not slept ends in what it takes to start the next: that is in its cost.
    fn end_cost(&mut self, thread: u32) -> i64 {
        if !self.threads[thread as usize].has_slept {
            return self.cost(Cost::ThreadEnd);
        }
        let starts = self.main.starting.is_some() || !self.main.queue.is_empty();
        self.main.ends_ahead += u32::from(starts);
        self.cost(Cost::SleeperEnd)
    }

    /// Its last word is said.
    pub fn thread_is_over(&mut self, thread: u32) {
        self.leave_core(thread, ThreadState::Over);
        self.tally.thread_ended();
        self.main.free.push(thread);
    }
}

#[cfg(test)]
mod tests {
    use crate::simulate::testing::run;
    use crate::trace::{State, Task};

    /// Threads that sleep end while others are started; a group comes long after.
    #[test]
    fn ends_keep_the_starts_that_they_meet_and_none_later() {
        const COSTS: [(&str, &str); 3] =
            [("thread_start", "100us"), ("cached_thread_start", "100us"), ("start_among_ends", "50us")];
        for (others, waits_for_all) in [(30, true), (2, false)] {
            let body = format!(
                "[[task]]\nname = \"sleeper\"\ncount = 20\nsteps = [{{ io = \"1ms\" }}]\n\
                 [[task]]\nname = \"other\"\ncount = {others}\nsteps = [{{ cpu = \"1us\" }}]\n\
                 [[task]]\nname = \"late\"\ncount = 3\narrive = \"1s\"\nsteps = [{{ cpu = \"1us\" }}]\n"
            );
            let run = run(&COSTS, &body, "threads", 2);
            let start = |task: u32| {
                let spans = run.trace.spans_of(Task(task)).filter(|span| span.state == State::Starting);
                spans.map(|span| span.length().0 / 1_000).sum::<i64>()
            };
            let all = 20 + others;
            let longer: i64 = (0..all).map(|task| start(task) - 100).sum();
            assert_eq!(longer == 20 * 50, waits_for_all, "{longer}");
            assert_eq!([all, all + 1, all + 2].map(start), [100; 3], "nothing ends any more");
        }
    }
}
