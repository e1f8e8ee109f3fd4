//! What there is to do in a run: its tasks with their programs and arrivals, as scenario, plan and seed have them. Nothing
//! of it changes while the run goes on.

use std::sync::Arc;

use super::arrivals::{Arrival, Arrivals};
use crate::clock;
use crate::model::Plan;
use crate::scenario::draw::{self, Key};
use crate::scenario::program::Program;
use crate::scenario::shared::Shared;
use crate::scenario::{Group, Scenario};
use crate::steps::prepared::{self, Prepared};
use crate::time::Nanos;
use crate::trace::Task;

pub(super) struct Work {
    pub scenario: Arc<Scenario>,
    pub plan: Plan,
    pub seed: u64,
    tasks: Vec<TaskInfo>,
    groups: Vec<GroupInfo>,
}

#[derive(Clone, Copy)]
struct TaskInfo {
    group: u32,
    index: u32,
    /// Its own arrival; one that comes `after` others may really arrive later.
    arrival: Nanos,
}

struct GroupInfo {
    first: u32,
    program: Program<Prepared>,
    /// Groups that come after this one.
    then: Vec<usize>,
}

impl Work {
    pub fn new(scenario: Arc<Scenario>, plan: Plan, seed: u64, shared: &Shared) -> Self {
        let mut tasks = Vec::new();
        let mut groups = Vec::new();
        for (group, info) in (0_u32..).zip(&scenario.groups) {
            let first = u32::try_from(tasks.len()).expect("bounded by the scenario");
            let arrivals = draw::arrivals(info, group, seed);
            tasks.extend((0_u32..).zip(arrivals).map(|(index, arrival)| TaskInfo { group, index, arrival }));
            groups.push(GroupInfo { first, program: prepared::program(&info.steps, shared), then: Vec::new() });
        }
        for (group, info) in scenario.groups.iter().enumerate() {
            for before in &info.after {
                groups[*before].then.push(group);
            }
        }
        Work { scenario, plan, seed, tasks, groups }
    }

    /// How many tasks there are.
    pub fn len(&self) -> u32 {
        u32::try_from(self.tasks.len()).expect("bounded by the scenario")
    }

    /// The number of the task's group.
    pub fn group_of(&self, task: Task) -> u32 {
        self.tasks[task.index()].group
    }

    pub fn group(&self, task: Task) -> &Group {
        &self.scenario.groups[self.group_of(task) as usize]
    }

    /// What the task does.
    pub fn program(&self, task: Task) -> &Program<Prepared> {
        &self.groups[self.group_of(task) as usize].program
    }

    /// What the draws of its first step are keyed by.
    pub fn key(&self, task: Task) -> Key {
        let TaskInfo { group, index, .. } = self.tasks[task.index()];
        Key { seed: self.seed, group, index, step: 0 }
    }

    pub fn tasks_of(&self, group: usize) -> impl Iterator<Item = Task> {
        let first = self.groups[group].first;
        (first..first + self.scenario.groups[group].count).map(Task)
    }

    /// Groups that come after this one.
    pub fn then(&self, group: usize) -> &[usize] {
        &self.groups[group].then
    }

    /// Whether somebody awaits the task; what is no coroutine needs nobody to.
    pub fn is_awaited(&self, task: Task) -> bool {
        !self.plan.coroutines || self.group(task).awaited
    }

    /// Which queue the task is for.
    pub fn share_of(&self, task: Task) -> usize {
        self.plan.workers.share_of(task.0, self.len()) as usize
    }

    /// When the task arrives, if what it comes after is done by that tick since t = 0.
    pub fn arrival(&self, task: Task, all_done: u64) -> Arrival {
        let at = clock::ticks_in(self.tasks[task.index()].arrival).max(all_done);
        Arrival { at, priority: self.group(task).priority, task: task.0 }
    }

    /// The arrivals of tasks that come after no others.
    pub fn known_arrivals(&self) -> Arrivals {
        let known = (0..self.len()).map(Task).filter(|task| self.group(*task).after.is_empty());
        Arrivals::new(known.map(|task| self.arrival(task, 0)).collect())
    }
}
