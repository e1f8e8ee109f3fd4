//! What all runtimes share of one run: its tasks, who has arrived, who is over, what that releases, and the stop
//! switch.
//!
//! A task is *handed over* once: at its arrival, or, if it comes `after` other groups, when the last of their tasks is
//! done. A task behind one that was not done is cancelled.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::Instant;

use crate::clock;
use crate::model::{Plan, Workers};
use crate::record::collector::Feed;
use crate::record::{self, Hub};
use crate::scenario::Scenario;
use crate::scenario::Step;
use crate::scenario::draw;
use crate::scenario::draw::Key;
use crate::scenario::program::{Cursor, Program};
use crate::steps::burn::Rates;
use crate::steps::cancel::Cancel;
use crate::steps::gil::Gil;
use crate::steps::io::Devices;
use crate::steps::sync::World;
use crate::steps::{self, Carried, Ended};
use crate::time::Nanos;
use crate::trace::{Cause, MainState, Peer, State, Task};

/// One run's work and its progress, shared by all its workers.
pub struct Job {
    scenario: Arc<Scenario>,
    programs: Vec<Program>,
    tasks: Vec<TaskInfo>,
    seed: u64,
    rates: Rates,
    pub hub: Hub,
    feed: Arc<Feed>,
    cancel: Arc<Cancel>,
    making_since: Instant,
    zero: OnceLock<u64>,
    world: World,
    devices: Arc<Devices>,
    plan: Plan,
    /// Tasks that were let in and are not over, for each queue.
    inside: Vec<AtomicU32>,
    gil: Option<Gil>,
    /// How far each task is: `New` until it is handed over, then `Ready`, `Running` once a worker has begun it, and
    /// its end state.
    progress: Vec<AtomicU8>,
    /// Ends of tasks that no worker will come to stamp, with their ticks.
    unstamped: Mutex<Vec<(Task, u64)>>,
    left: AtomicU32,
    /// A task was stopped in the middle.
    broke_off: AtomicBool,
    groups: Vec<GroupProgress>,
    /// Arrivals that are known; taken only by the run's main thread or main future.
    arrivals: Mutex<BinaryHeap<Reverse<Arrival>>>,
    main: Thread,
}

#[derive(Clone, Copy)]
struct TaskInfo {
    group: u32,
    index: u32,
    /// Its own arrival; one that comes `after` others may really arrive later.
    arrival: Nanos,
}

/// In the order in which tasks are handed over: by arrival, then the more urgent, then scenario order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Arrival {
    /// In ticks since t = 0, so that a release is not rounded before the end that caused it.
    at: u64,
    priority: i32,
    task: u32,
}

struct GroupProgress {
    first: u32,
    /// Tasks that are not done yet.
    left: AtomicU32,
    /// The latest tick at which one of them was done: who counts it down last need not be who was done last.
    done_at: AtomicU64,
    /// Groups that still have to be done before this one's tasks arrive.
    awaited: AtomicU32,
    /// Groups that come after this one.
    then: Vec<usize>,
}

impl Job {
    pub(crate) fn new(
        scenario: Arc<Scenario>,
        plan: Plan,
        seed: u64,
        hub: Hub,
        feed: Arc<Feed>,
        cancel: Arc<Cancel>,
        devices: Arc<Devices>,
    ) -> Self {
        let making_since = Instant::now();
        let mut tasks = Vec::new();
        let mut groups = Vec::new();
        for (group, info) in (0_u32..).zip(&scenario.groups) {
            let first = u32::try_from(tasks.len()).expect("bounded by the scenario");
            let arrivals = draw::arrivals(info, group, seed);
            tasks.extend((0_u32..).zip(arrivals).map(|(index, arrival)| TaskInfo { group, index, arrival }));
            groups.push(GroupProgress {
                first,
                left: AtomicU32::new(info.count),
                done_at: AtomicU64::new(0),
                awaited: AtomicU32::new(u32::try_from(info.after.len()).expect("few groups")),
                then: Vec::new(),
            });
        }
        for (group, info) in scenario.groups.iter().enumerate() {
            for before in &info.after {
                groups[*before].then.push(group);
            }
        }
        let known = tasks.iter().zip(0_u32..).filter(|(info, _)| scenario.groups[info.group as usize].after.is_empty());
        let arrivals = known.map(|(info, task)| {
            let priority = scenario.groups[info.group as usize].priority;
            Reverse(Arrival { at: clock::ticks_in(info.arrival), priority, task })
        });
        let arrivals = Mutex::new(arrivals.collect());
        let count = u32::try_from(tasks.len()).expect("bounded by the scenario");
        Job {
            programs: scenario.groups.iter().map(|group| Program::new(&group.steps)).collect(),
            progress: (0..count).map(|_| AtomicU8::new(State::New as u8)).collect(),
            unstamped: Mutex::new(Vec::new()),
            world: World::new(&scenario),
            inside: (0..plan.workers.shares()).map(|_| AtomicU32::new(0)).collect(),
            gil: plan.gil.map(Gil::new),
            devices,
            plan,
            left: AtomicU32::new(count),
            broke_off: AtomicBool::new(false),
            rates: Rates::for_scenario(&scenario),
            scenario,
            tasks,
            seed,
            hub,
            feed,
            cancel,
            making_since,
            zero: OnceLock::new(),
            groups,
            arrivals,
            main: thread::current(),
        }
    }

    /// Pools and runtimes are up: t = 0 is now.
    pub fn begin(&self) {
        let startup = Nanos::from_secs_f64(self.making_since.elapsed().as_secs_f64());
        self.zero.get_or_init(|| {
            // What this thread spent on making pools and measuring kernels is no part of the run.
            record::account_from_here();
            let zero = self.feed.begin(startup);
            record::main_is_since(zero, MainState::Free);
            zero
        });
    }

    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// The variables' names and present values.
    pub(crate) fn variables(&self) -> Vec<(String, i64)> {
        self.world.variables()
    }

    pub(super) fn world(&self) -> &World {
        &self.world
    }

    pub(super) fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn rates(&self) -> &Rates {
        &self.rates
    }

    pub(super) fn devices(&self) -> &Devices {
        &self.devices
    }

    pub(super) fn group_of(&self, task: Task) -> u32 {
        self.tasks[task.index()].group
    }

    /// Its number in the group.
    pub(super) fn index_of(&self, task: Task) -> u32 {
        self.tasks[task.index()].index
    }

    pub(super) fn gil(&self) -> Option<&Gil> {
        self.gil.as_ref()
    }

    /// Whether futures need the network.
    pub(super) fn has_network(&self) -> bool {
        self.devices.has_network()
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) fn tasks(&self) -> u32 {
        u32::try_from(self.tasks.len()).expect("bounded by the scenario")
    }

    /// `New` until it is handed over, `Ready` until it is begun, then `Running` until its end state.
    pub(super) fn progress(&self, task: Task) -> State {
        State::ALL[usize::from(self.progress[task.index()].load(Ordering::Acquire))]
    }

    /// The tasks that must be done before those of the group arrive and are not yet over.
    pub(super) fn still_before(&self, group: u32) -> Vec<Task> {
        let group = &self.scenario.groups[group as usize];
        let before = group.after.iter().flat_map(|group| self.tasks_of(*group));
        before.filter(|task| !self.progress(*task).is_end()).collect()
    }

    /// Ends a task in a queue that no worker will ever come to.
    pub(super) fn give_up(&self, task: Task) {
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

    /// Smaller is more urgent.
    pub fn priority(&self, task: Task) -> i32 {
        self.scenario.groups[self.tasks[task.index()].group as usize].priority
    }

    pub fn is_over(&self) -> bool {
        self.left.load(Ordering::Acquire) == 0
    }

    /// All tasks are over, and none of them because the run was stopped.
    pub fn is_finished(&self) -> bool {
        self.is_over() && !self.broke_off.load(Ordering::Acquire)
    }

    /// Takes the tasks that have arrived by now, the most urgent first, and stamps them ready.
    pub fn arrived(&self) -> Vec<Task> {
        let zero = self.zero();
        let now = clock::ticks().saturating_sub(zero);
        let mut arrivals = self.arrivals();
        let mut batch = Vec::new();
        while let Some(Reverse(next)) = arrivals.peek().copied().filter(|Reverse(next)| next.at <= now) {
            arrivals.pop();
            batch.push(next);
        }
        drop(arrivals);
        batch.sort_by_key(|arrival| (arrival.priority, arrival.at, arrival.task));
        let ready = |arrival: &Arrival| {
            self.progress[arrival.task as usize].store(State::Ready as u8, Ordering::Release);
            record::stamp_at(zero + arrival.at, Task(arrival.task), State::Ready, Cause::Queued, Peer::NONE);
        };
        let (awaited, never): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|arrival| self.is_awaited(Task(arrival.task)));
        for arrival in never {
            self.never_await(Task(arrival.task), zero + arrival.at);
        }
        awaited.iter().for_each(ready);
        awaited.into_iter().map(|arrival| Task(arrival.task)).filter(|task| self.finds_a_place(*task)).collect()
    }

    /// Whether somebody awaits the task; what is no coroutine needs nobody to.
    fn is_awaited(&self, task: Task) -> bool {
        !self.plan.coroutines || self.scenario.groups[self.tasks[task.index()].group as usize].awaited
    }

    /// The call made a coroutine, and nobody keeps it: it is over as soon as it is made, and nothing of it ever ran.
    fn never_await(&self, task: Task, ticks: u64) {
        if self.move_on(task, State::New, State::Cancelled) {
            record::stamp_at(ticks, task, State::Cancelled, Cause::NeverAwaited, Peer::NONE);
            self.world.leave(task, false);
            self.cancel_after(self.tasks[task.index()].group as usize, task);
            if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
                self.wake_main();
            }
        }
    }

    /// Whether a task that has arrived is let in: a bounded queue rejects it when all workers are held and all places
    /// taken.
    fn finds_a_place(&self, task: Task) -> bool {
        let Some(queue) = self.plan.queue else { return true };
        let workers = match self.plan.workers {
            Workers::Fixed(workers) => workers,
            Workers::Split(_) => 1,
            Workers::PerTask => return true,
        };
        let inside = self.inside(task);
        if inside.load(Ordering::Acquire) < queue.saturating_add(workers) {
            inside.fetch_add(1, Ordering::AcqRel);
            return true;
        }
        let ticks = clock::ticks();
        record::stamp_at(ticks, task, State::Rejected, Cause::Queued, Peer::NONE);
        self.end(task, Ended { state: State::Rejected, ticks });
        false
    }

    /// How many tasks are let in and not over, in the queue that the task is for.
    fn inside(&self, task: Task) -> &AtomicU32 {
        &self.inside[self.plan.workers.share_of(task.0, self.tasks()) as usize]
    }

    /// The tick of the next arrival that is known.
    fn next_arrival(&self) -> Option<u64> {
        let next = self.arrivals().peek().map(|Reverse(next)| next.at)?;
        Some(self.zero() + next)
    }

    /// Holds the main thread until tasks have arrived and takes them; `None` when all are over or the run is stopped.
    pub fn wait_for_arrivals(&self) -> Option<Vec<Task>> {
        record::flush();
        let arrived = loop {
            if self.is_over() || self.cancel.is_cancelled() {
                break None;
            }
            let batch = self.arrived();
            if !batch.is_empty() {
                break Some(batch);
            }
            // A task that ends, a release and a cancel unpark this thread.
            if let Some(due) = self.next_arrival() {
                record::main_is(MainState::Arrivals);
                thread::park_timeout(clock::ticks_between(clock::ticks(), due).to_std());
            } else {
                record::main_is(MainState::Join);
                thread::park();
            }
        };
        record::main_is(MainState::Free);
        arrived
    }

    /// As [`Job::wait_for_arrivals`], for runtimes whose main thread is an event loop.
    pub async fn await_arrivals(&self) -> Option<Vec<Task>> {
        loop {
            let changed = self.cancel.changes();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            if self.is_over() || self.cancel.is_cancelled() {
                return None;
            }
            let batch = self.arrived();
            if !batch.is_empty() {
                return Some(batch);
            }
            match self.next_arrival() {
                Some(due) => {
                    let wait = clock::ticks_between(clock::ticks(), due).to_std();
                    // Which of the two it was, the next round sees.
                    drop(tokio::time::timeout(wait, changed).await);
                }
                None => changed.await,
            }
        }
    }

    /// A worker elsewhere begins this task; `false`: it is over already. Whoever takes it up tells its [`Job::end`].
    pub(super) fn take_up(&self, task: Task) -> bool {
        self.move_on(task, State::Ready, State::Running)
    }

    /// Does the task on this thread. `taken` and `from` say how the worker came by it.
    pub fn carry_blocking(&self, task: Task, taken: Cause, from: Peer) {
        if !self.move_on(task, State::Ready, State::Running) {
            return;
        }
        let info = self.tasks[task.index()];
        let cursor = self.cursor(info);
        let ended = steps::carry_blocking(self.carried(task, info, &cursor), taken, from);
        self.end(task, ended);
    }

    /// Does the task as a future.
    pub async fn carry_async(self: Arc<Self>, task: Task) {
        if !self.move_on(task, State::Ready, State::Running) {
            return;
        }
        let info = self.tasks[task.index()];
        let cursor = self.cursor(info);
        let ended = steps::carry_async(self.carried(task, info, &cursor)).await;
        self.end(task, ended);
    }

    /// Does the task as a future that sends what computes or blocks to the blocking pool.
    pub async fn carry_offloading(self: Arc<Self>, task: Task) {
        if !self.move_on(task, State::Ready, State::Running) {
            return;
        }
        let info = self.tasks[task.index()];
        let cursor = self.cursor(info);
        let elsewhere = |step: &Step, key: Key| {
            let (job, step) = (Arc::clone(&self), step.clone());
            move || {
                let cursor = job.cursor(info);
                job.carried(task, info, &cursor).do_elsewhere(&step, key)
            }
        };
        let ended = steps::carry_offloading(self.carried(task, info, &cursor), elsewhere).await;
        self.end(task, ended);
    }

    fn cursor(&self, info: TaskInfo) -> Cursor<'_> {
        self.programs[info.group as usize].start(self.seed, info.group, info.index)
    }

    fn carried<'a>(&'a self, task: Task, info: TaskInfo, steps: &'a Cursor<'a>) -> Carried<'a> {
        let group = &self.scenario.groups[info.group as usize];
        Carried {
            task,
            index: info.index,
            group,
            steps,
            rates: &self.rates,
            cancel: &self.cancel,
            world: &self.world,
            gil: self.gil.as_ref(),
            devices: &self.devices,
        }
    }

    pub(super) fn end(&self, task: Task, ended: Ended) {
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
            self.groups[group].done_at.fetch_max(ended.ticks, Ordering::AcqRel);
            if self.groups[group].left.fetch_sub(1, Ordering::AcqRel) == 1 {
                self.release_after(group);
            }
        } else {
            self.cancel_after(group, task);
        }
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.wake_main();
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
                    arrivals.push(Reverse(Arrival { at, priority, task: task.0 }));
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

    /// From one state of progress to another, if it still is in the first.
    fn move_on(&self, task: Task, from: State, to: State) -> bool {
        let progress = &self.progress[task.index()];
        progress.compare_exchange(from as u8, to as u8, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn tasks_of(&self, group: usize) -> impl Iterator<Item = Task> {
        let first = self.groups[group].first;
        (first..first + self.scenario.groups[group].count).map(Task)
    }

    fn wake_main(&self) {
        self.main.unpark();
        self.cancel.notify();
    }

    fn zero(&self) -> u64 {
        *self.zero.get().expect("a runtime begins before it hands over tasks")
    }

    fn arrivals(&self) -> MutexGuard<'_, BinaryHeap<Reverse<Arrival>>> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
