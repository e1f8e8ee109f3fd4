//! A scenario's steps as far as their order matters: loads, adds, stores, locks, channels, barriers, ends. What takes
//! time and nothing else (`cpu`, `work`, `io`, `print`, `yield`) is left out, and so are arrivals and priorities.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::lang::{Lang, Text};
use crate::rules::channel::Channel;
use crate::scenario::check::any_step;
use crate::scenario::shared::{self, Kind, Shared};
use crate::scenario::{Arrive, Group, Scenario, Step};
use crate::trace::{Resource, Task};

/// More tasks have more orders than anybody can look at.
pub const TASKS_MAX: u64 = 64;
/// More steps, of all tasks together, are not expanded.
pub const STEPS_MAX: u64 = 20_000;

/// What is explored.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    pub(super) groups: Vec<GroupProgram>,
    /// The groups, each behind those that it comes after.
    pub(super) group_order: Vec<usize>,
    /// By task.
    pub(super) group_of: Vec<usize>,
    pub(super) variables: Vec<(String, i64)>,
    pub(super) locks: Vec<Named>,
    /// With their capacities.
    pub(super) channels: Vec<(Named, Option<u64>)>,
    /// With the tasks that meet there.
    pub(super) barriers: Vec<(Named, Vec<Task>)>,
    /// What was left out, by the words of the format.
    pub left_out: Vec<&'static str>,
}

/// The steps of each task of a group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GroupProgram {
    pub tasks: Range<usize>,
    pub ops: Vec<Op>,
    /// Before each op, and behind the last: whether the register's value can still be stored. Where it cannot, states
    /// that differ in it are the same.
    pub register_counts: Vec<bool>,
    /// Its last op is a `fail`.
    pub fails: bool,
    /// The groups that it comes after.
    pub after: GroupSet,
}

/// Some of a program's groups, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct GroupSet(u64);

/// One atomic step; the numbers are places in the program's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Load(usize),
    Add(i64),
    Store(usize),
    Lock(usize),
    Unlock(usize),
    Send(usize),
    Receive(usize),
    /// Comes to a barrier.
    Arrive(usize),
    /// Stands at the barrier until all are there: no step of its own.
    Pass(usize),
    Fail,
}

/// What a trace calls it, and people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub resource: Resource,
    pub name: String,
}

/// Why a scenario is nothing to explore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsuited {
    /// No step that others could notice.
    NothingShared,
    Tasks(u64),
    /// Of all tasks.
    Steps(u64),
}

impl Program {
    /// # Errors
    /// When nothing is shared, or too much to be explored.
    pub fn of(scenario: &Scenario) -> Result<Self, Unsuited> {
        if !scenario.groups.iter().any(|group| any_step(&group.steps, &meets_others)) {
            return Err(Unsuited::NothingShared);
        }
        if scenario.tasks() > TASKS_MAX {
            return Err(Unsuited::Tasks(scenario.tasks()));
        }
        let of_group = |group: &Group| counted(&group.steps).saturating_mul(u64::from(group.count));
        let steps = scenario.groups.iter().map(of_group).fold(0, u64::saturating_add);
        if steps > STEPS_MAX {
            return Err(Unsuited::Steps(steps));
        }
        let shared = Shared::of(scenario);
        let group_of: Vec<usize> = (0..)
            .zip(&scenario.groups)
            .flat_map(|(group, info)| std::iter::repeat_n(group, info.count as usize))
            .collect();
        let names = Names::of(&shared);
        let mut tasks = 0;
        let groups = scenario.groups.iter().map(|group| {
            let first = tasks;
            tasks += group.count as usize;
            let mut ops = Vec::new();
            let fails = names.expand(&group.steps, &mut ops);
            let after = group.after.iter().copied().collect();
            GroupProgram { tasks: first..tasks, register_counts: register_counts(&ops), ops, fails, after }
        });
        let meeting = |barrier: &str| {
            let names = |task: &usize| {
                let steps = &scenario.groups[group_of[*task]].steps;
                any_step(steps, &|step| matches!(step, Step::Barrier(other) if other == barrier))
            };
            (0..group_of.len()).filter(names).map(task).collect()
        };
        let capacity = |channel: &str| Channel::of(scenario, channel).capacity();
        Ok(Program {
            groups: groups.collect(),
            variables: names
                .variables
                .iter()
                .map(|own| (own.name.clone(), shared::initial(scenario, &own.name)))
                .collect(),
            channels: names.channels.iter().map(|own| (own.clone(), capacity(&own.name))).collect(),
            barriers: names.barriers.iter().map(|own| (own.clone(), meeting(&own.name))).collect(),
            locks: names.locks,
            left_out: left_out(scenario),
            group_order: group_order(&scenario.groups),
            group_of,
        })
    }

    pub fn tasks(&self) -> usize {
        self.group_of.len()
    }

    /// The shared variables, in the order of the values of an outcome.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(|(name, _)| name.as_str())
    }

    /// How many steps each task has.
    pub fn lengths(&self) -> impl Iterator<Item = usize> {
        self.group_of.iter().map(|group| {
            let is_step = |op: &&Op| !matches!(op, Op::Pass(_));
            self.groups[*group].ops.iter().filter(is_step).count()
        })
    }

    /// How many states an order goes through that is as long as any can be.
    pub fn states_of_one(&self) -> usize {
        self.lengths().sum::<usize>() + 1
    }

    /// What a lock, channel or barrier of the program is called.
    pub fn name_of(&self, resource: Resource) -> Option<&str> {
        let channels = self.channels.iter().map(|(named, _)| named);
        let barriers = self.barriers.iter().map(|(named, _)| named);
        let mut all = self.locks.iter().chain(channels).chain(barriers);
        all.find(|named| named.resource == resource).map(|named| named.name.as_str())
    }

    pub(super) fn of_task(&self, task: usize) -> &GroupProgram {
        &self.groups[self.group_of[task]]
    }
}

impl GroupSet {
    pub fn insert(&mut self, group: usize) {
        self.0 |= 1 << group;
    }

    pub fn contains(self, group: usize) -> bool {
        self.0 & (1 << group) != 0
    }

    pub fn is_subset_of(self, other: GroupSet) -> bool {
        self.0 & !other.0 == 0
    }

    pub fn meets(self, other: GroupSet) -> bool {
        self.0 & other.0 != 0
    }
}

impl FromIterator<usize> for GroupSet {
    fn from_iter<I: IntoIterator<Item = usize>>(groups: I) -> Self {
        let mut set = GroupSet::default();
        groups.into_iter().for_each(|group| set.insert(group));
        set
    }
}

impl Unsuited {
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Unsuited::NothingShared => Text::new(
                "nothing to explore: no task has a load, store, lock, send, receive or barrier step, so no order makes a difference",
                "nada a explorar: nenhuma tarefa tem passo load, store, lock, send, receive ou barrier, e nenhuma ordem faz diferença",
            )
            .get(lang)
            .to_owned(),
            Unsuited::Tasks(tasks) => Text::new(
                "{} tasks are too many to explore: at most {}",
                "{} tarefas são demais para explorar: no máximo {}",
            )
            .fill(lang, &[tasks, &TASKS_MAX]),
            Unsuited::Steps(steps) => Text::new(
                "{} steps are too many to explore: at most {}; a smaller `repeat` helps",
                "{} passos são demais para explorar: no máximo {}; um `repeat` menor ajuda",
            )
            .fill(lang, &[steps, &STEPS_MAX]),
        }
    }
}

/// Whether other tasks can notice the step or are noticed by it.
pub fn meets_others(step: &Step) -> bool {
    shared::named(step).is_some()
}

/// A group has at least one task: there are no more groups than tasks, and a [`GroupSet`] holds them all.
fn group_order(groups: &[Group]) -> Vec<usize> {
    const { assert!(TASKS_MAX <= u64::BITS as u64) };
    let mut order = Vec::with_capacity(groups.len());
    let mut placed = GroupSet::default();
    while order.len() < groups.len() {
        let is_next = |group: &usize| {
            !placed.contains(*group) && groups[*group].after.iter().all(|other| placed.contains(*other))
        };
        let next = (0..groups.len()).find(is_next).expect("a checked scenario's groups wait in no circle");
        placed.insert(next);
        order.push(next);
    }
    order
}

pub(super) fn task(index: usize) -> Task {
    Task(u32::try_from(index).expect("few tasks are explored"))
}

/// Steps of one task that are explored, `repeat`s multiplied out.
fn counted(steps: &[Step]) -> u64 {
    let of = |step: &Step| match step {
        Step::Repeat { count, steps } => counted(steps).saturating_mul(u64::from(*count)),
        Step::Add(_) | Step::Fail(_) => 1,
        step => u64::from(meets_others(step)),
    };
    steps.iter().map(of).fold(0, u64::saturating_add)
}

/// The tables that ops point into.
struct Names {
    locks: Vec<Named>,
    channels: Vec<Named>,
    barriers: Vec<Named>,
    variables: Vec<Named>,
}

impl Names {
    fn of(shared: &Shared) -> Self {
        let of_kind = |kind: Kind| {
            let own = (0..).zip(shared.iter()).filter(|(_, (other, _))| *other == kind);
            own.map(|(at, (_, name))| Named { resource: Resource(at), name: name.clone() }).collect()
        };
        Names {
            locks: of_kind(Kind::Lock),
            channels: of_kind(Kind::Channel),
            barriers: of_kind(Kind::Barrier),
            variables: of_kind(Kind::Variable),
        }
    }

    /// Appends the steps that count; returns whether they end in a `fail`, behind which nothing is done.
    fn expand(&self, steps: &[Step], ops: &mut Vec<Op>) -> bool {
        let at = |table: &[Named], name: &str| {
            table.iter().position(|own| own.name == name).expect("every name of the scenario is in its table")
        };
        for step in steps {
            match step {
                Step::Load(name) => ops.push(Op::Load(at(&self.variables, name))),
                Step::Add(amount) => ops.push(Op::Add(*amount)),
                Step::Store(name) => ops.push(Op::Store(at(&self.variables, name))),
                Step::Lock(name) => ops.push(Op::Lock(at(&self.locks, name))),
                Step::Unlock(name) => ops.push(Op::Unlock(at(&self.locks, name))),
                Step::Send(name) => ops.push(Op::Send(at(&self.channels, name))),
                Step::Receive(name) => ops.push(Op::Receive(at(&self.channels, name))),
                Step::Barrier(name) => {
                    let barrier = at(&self.barriers, name);
                    ops.extend([Op::Arrive(barrier), Op::Pass(barrier)]);
                }
                Step::Fail(_) => {
                    ops.push(Op::Fail);
                    return true;
                }
                Step::Repeat { count, steps } if counted(steps) > 0 => {
                    for _ in 0..*count {
                        if self.expand(steps, ops) {
                            return true;
                        }
                    }
                }
                Step::Repeat { .. }
                | Step::Cpu { .. }
                | Step::Work { .. }
                | Step::Io { .. }
                | Step::Yield
                | Step::Print(_) => {}
            }
        }
        false
    }
}

fn register_counts(ops: &[Op]) -> Vec<bool> {
    let mut counts = vec![false; ops.len() + 1];
    for (at, op) in ops.iter().enumerate().rev() {
        counts[at] = match op {
            Op::Store(_) => true,
            Op::Load(_) | Op::Fail => false,
            _ => counts[at + 1],
        };
    }
    counts
}

fn left_out(scenario: &Scenario) -> Vec<&'static str> {
    fn walk(steps: &[Step], found: &mut BTreeSet<&'static str>) {
        for step in steps {
            match step {
                Step::Repeat { steps, .. } => walk(steps, found),
                Step::Add(_) | Step::Fail(_) => {}
                step if meets_others(step) => {}
                step => drop(found.insert(step.verb())),
            }
        }
    }
    let mut found = BTreeSet::new();
    for group in &scenario.groups {
        walk(&group.steps, &mut found);
        if group.arrive != Arrive::At(crate::time::Nanos::ZERO) {
            found.insert("arrive");
        }
        if group.priority != 0 {
            found.insert("priority");
        }
    }
    found.into_iter().collect()
}
