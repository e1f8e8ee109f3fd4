//! How far a run is: each of its tasks, and each group that others come after. Workers change it side by side; each
//! change is theirs who made it.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};

use crate::scenario::Scenario;
use crate::trace::{State, Task};

pub(super) struct Progress {
    /// `New` until a task is handed over, then `Ready`, `Running` once a worker has begun it, and its end state.
    tasks: Vec<AtomicU8>,
    groups: Vec<GroupProgress>,
    /// Tasks that are not over.
    left: AtomicU32,
    /// A task was stopped in the middle.
    broke_off: AtomicBool,
}

struct GroupProgress {
    /// Tasks that are not done yet; counted where a group comes after this one.
    left: AtomicU32,
    /// The latest tick at which one of them was done: who counts it down last need not be who was done last.
    done_at: AtomicU64,
    /// Groups that still have to be done before this one's tasks arrive.
    awaited: AtomicU32,
    /// One before it was not done: none of its tasks will ever arrive.
    is_cancelled: AtomicBool,
}

impl Progress {
    pub fn new(scenario: &Scenario) -> Self {
        let groups = scenario.groups.iter().map(|info| GroupProgress {
            left: AtomicU32::new(info.count),
            done_at: AtomicU64::new(0),
            awaited: AtomicU32::new(u32::try_from(info.after.len()).expect("few groups")),
            is_cancelled: AtomicBool::new(false),
        });
        let groups = groups.collect();
        let count = u32::try_from(scenario.tasks()).expect("bounded by the scenario");
        Progress {
            tasks: (0..count).map(|_| AtomicU8::new(State::New as u8)).collect(),
            groups,
            left: AtomicU32::new(count),
            broke_off: AtomicBool::new(false),
        }
    }

    pub fn of(&self, task: Task) -> State {
        State::ALL[usize::from(self.tasks[task.index()].load(Ordering::Acquire))]
    }

    /// From one state to another, if it still is in the first.
    pub fn move_on(&self, task: Task, from: State, to: State) -> bool {
        let progress = &self.tasks[task.index()];
        progress.compare_exchange(from as u8, to as u8, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// The task is in that state from now on, whatever it was in.
    pub fn set(&self, task: Task, state: State) {
        self.tasks[task.index()].store(state as u8, Ordering::Release);
    }

    /// One more task is over. Returns whether it was the last.
    pub fn count_out(&self) -> bool {
        self.left.fetch_sub(1, Ordering::AcqRel) == 1
    }

    pub fn all_are_over(&self) -> bool {
        self.left.load(Ordering::Acquire) == 0
    }

    /// A task was stopped in the middle.
    pub fn break_off(&self) {
        self.broke_off.store(true, Ordering::Release);
    }

    pub fn is_broken_off(&self) -> bool {
        self.broke_off.load(Ordering::Acquire)
    }

    /// A task of the group was done at that tick. Returns whether it was the last of them.
    pub fn count_done(&self, group: usize, ticks: u64) -> bool {
        let group = &self.groups[group];
        group.done_at.fetch_max(ticks, Ordering::AcqRel);
        group.left.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// When the last of these groups was done.
    pub fn done_at(&self, groups: &[usize]) -> u64 {
        let ticks = groups.iter().map(|group| self.groups[*group].done_at.load(Ordering::Acquire));
        ticks.max().unwrap_or(0)
    }

    /// A group that this one comes after is done. Returns whether it was the last of them.
    pub fn count_awaited(&self, group: usize) -> bool {
        self.groups[group].awaited.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// None of the group's tasks will ever arrive. Returns whether that is news.
    pub fn cancel_group(&self, group: usize) -> bool {
        !self.groups[group].is_cancelled.swap(true, Ordering::AcqRel)
    }
}
