//! What all runtimes share of one run: its tasks, who has arrived, who is over, what that releases, and the stop
//! switch.
//!
//! A task is *handed over* once: at its arrival, or, if it comes `after` other groups, when the last of their tasks is
//! done. A task behind one that was not done is cancelled. `work` is what there is to do and never changes, `progress` how
//! far it is; `arrivals` hands over, `line` says whose turn it is, `carry` does, `ending` counts out.

mod arrivals;
mod carry;
mod ending;
mod line;
mod progress;
mod work;

use std::io;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, Thread};
use std::time::Instant;

use crate::model::Plan;
use crate::record::feed::Feed;
use crate::record::{self, Hub};
use crate::scenario::Scenario;
use crate::steps::burn::Rates;
use crate::steps::cancel::Cancel;
use crate::steps::gil::Gil;
use crate::steps::io::Devices;
use crate::steps::sync::World;
use crate::time::Nanos;
use crate::trace::{MainState, State, Task};
use arrivals::{Arrivals, Places};
pub use carry::WorkerIs;
use ending::Leftovers;
use line::Lines;
use progress::Progress;
use work::Work;

/// One run's work and its progress, shared by all its workers.
pub struct Job {
    work: Work,
    progress: Progress,
    /// Arrivals that are known; taken only by the run's main thread or main future.
    arrivals: Mutex<Arrivals>,
    places: Places,
    /// Where tasks differ in priority and workers choose.
    lines: Option<Lines>,
    leftovers: Leftovers,
    world: World,
    devices: Arc<Devices>,
    gil: Option<Gil>,
    rates: Rates,
    pub hub: Hub,
    feed: Arc<Feed>,
    cancel: Arc<Cancel>,
    making_since: Instant,
    zero: OnceLock<u64>,
    main: Thread,
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
        let world = World::new(&scenario);
        let work = Work::new(scenario, plan, seed, world.shared());
        Job {
            progress: Progress::new(&work.scenario),
            arrivals: Mutex::new(work.known_arrivals()),
            places: Places::of(&work.plan),
            lines: Lines::of(&work.scenario, &work.plan),
            leftovers: Leftovers::default(),
            gil: work.plan.gil.map(Gil::new),
            rates: Rates::for_scenario(&work.scenario),
            work,
            world,
            devices,
            hub,
            feed,
            cancel,
            making_since,
            zero: OnceLock::new(),
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

    /// Has something done beside the run then, unless its main thread is through; what fails is tried again.
    pub(super) fn once_it_goes_on_for(&self, time: Nanos, errand: impl FnMut() -> io::Result<()> + Send + 'static) {
        self.feed.later(time, errand);
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
        &self.work.scenario
    }

    pub(super) fn seed(&self) -> u64 {
        self.work.seed
    }

    pub(super) fn rates(&self) -> &Rates {
        &self.rates
    }

    pub(super) fn devices(&self) -> &Devices {
        &self.devices
    }

    pub(super) fn group_of(&self, task: Task) -> u32 {
        self.work.group_of(task)
    }

    /// Its number in the group.
    pub(super) fn index_of(&self, task: Task) -> u32 {
        self.work.key(task).index
    }

    pub(super) fn gil(&self) -> Option<&Gil> {
        self.gil.as_ref()
    }

    /// Whether futures need the network.
    pub(super) fn has_network(&self) -> bool {
        self.devices.has_network()
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.work.plan
    }

    pub(super) fn tasks(&self) -> u32 {
        self.work.len()
    }

    /// `New` until it is handed over, `Ready` until it is begun, then `Running` until its end state.
    pub(super) fn progress(&self, task: Task) -> State {
        self.progress.of(task)
    }

    /// The tasks that must be done before those of the group arrive and are not yet over.
    pub(super) fn still_before(&self, group: u32) -> Vec<Task> {
        let group = &self.work.scenario.groups[group as usize];
        let before = group.after.iter().flat_map(|group| self.work.tasks_of(*group));
        before.filter(|task| !self.progress(*task).is_end()).collect()
    }

    /// Smaller is more urgent.
    pub fn priority(&self, task: Task) -> i32 {
        self.work.group(task).priority
    }

    pub fn is_over(&self) -> bool {
        self.progress.all_are_over()
    }

    /// All tasks are over, and none of them because the run was stopped.
    pub fn is_finished(&self) -> bool {
        self.is_over() && !self.progress.is_broken_off()
    }

    fn wake_main(&self) {
        self.main.unpark();
        self.cancel.notify();
    }

    fn zero(&self) -> u64 {
        *self.zero.get().expect("a runtime begins before it hands over tasks")
    }
}
