//! What all runtimes share of one run: its tasks, who has arrived, who is over, what that releases, and the stop
//! switch.
//!
//! A task is *handed over* once: at its arrival, or, if it comes `after` other groups, when the last of their tasks is
//! done. A task behind one that was not done is cancelled. `arrivals` hands over, `line` says whose turn it
//! is, `carry` does, `ending` counts out.

mod arrivals;
mod carry;
mod ending;
mod line;

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, Thread};
use std::time::Instant;

use crate::clock;
use crate::model::Plan;
use crate::record::feed::Feed;
use crate::record::{self, Hub};
use crate::scenario::draw;
use crate::scenario::program::Program;
use crate::scenario::{Group, Scenario};
use crate::steps::burn::Rates;
use crate::steps::cancel::Cancel;
use crate::steps::gil::Gil;
use crate::steps::io::Devices;
use crate::steps::prepared::{self, Prepared};
use crate::steps::sync::World;
use crate::time::Nanos;
use crate::trace::{MainState, State, Task};
use arrivals::{Arrival, Arrivals};
pub use carry::WorkerIs;
use ending::End;
use line::Lines;

/// One run's work and its progress, shared by all its workers.
pub struct Job {
    scenario: Arc<Scenario>,
    programs: Vec<Program<Prepared>>,
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
    /// Tasks that wait to be begun, and those that hold a worker, for each queue.
    inside: Vec<AtomicU32>,
    gil: Option<Gil>,
    /// How far each task is: `New` until it is handed over, then `Ready`, `Running` once a worker has begun it, and
    /// its end state.
    progress: Vec<AtomicU8>,
    /// Ends of tasks that no worker will come to stamp.
    unstamped: Mutex<Vec<End>>,
    /// Stuck tasks that hold a worker: it never comes back from them.
    stuck_holders: Mutex<Vec<Task>>,
    /// Where tasks differ in priority and workers choose.
    lines: Option<Lines>,
    left: AtomicU32,
    /// A task was stopped in the middle.
    broke_off: AtomicBool,
    groups: Vec<GroupProgress>,
    /// Arrivals that are known; taken only by the run's main thread or main future.
    arrivals: Mutex<Arrivals>,
    main: Thread,
}

#[derive(Clone, Copy)]
struct TaskInfo {
    group: u32,
    index: u32,
    /// Its own arrival; one that comes `after` others may really arrive later.
    arrival: Nanos,
}

struct GroupProgress {
    first: u32,
    /// Tasks that are not done yet; counted where a group comes after this one.
    left: AtomicU32,
    /// The latest tick at which one of them was done: who counts it down last need not be who was done last.
    done_at: AtomicU64,
    /// Groups that still have to be done before this one's tasks arrive.
    awaited: AtomicU32,
    /// Groups that come after this one.
    then: Vec<usize>,
    /// One before it was not done: none of its tasks will ever arrive.
    is_cancelled: AtomicBool,
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
                is_cancelled: AtomicBool::new(false),
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
            Arrival { at: clock::ticks_in(info.arrival), priority, task }
        });
        let arrivals = Mutex::new(Arrivals::new(arrivals.collect()));
        let count = u32::try_from(tasks.len()).expect("bounded by the scenario");
        let world = World::new(&scenario);
        let program = |group: &Group| prepared::program(&group.steps, world.shared());
        Job {
            programs: scenario.groups.iter().map(program).collect(),
            progress: (0..count).map(|_| AtomicU8::new(State::New as u8)).collect(),
            unstamped: Mutex::new(Vec::new()),
            stuck_holders: Mutex::new(Vec::new()),
            lines: Lines::of(&scenario, &plan),
            world,
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
}
