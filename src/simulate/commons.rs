//! What simulated tasks share. What they do stands in `rules`; here is what follows from it on an imagined computer: who
//! is served is collected until the machine tells it, who waits for a lock may lend its holder priority, and worker
//! processes have variables of their own.

use std::collections::BTreeMap;

use super::tasks::{NONE, Op, Tasks};
use crate::rules::channel::Passing;
use crate::rules::lock::Turn;
use crate::rules::{self, Thing, Uses};
use crate::scenario::Scenario;
use crate::scenario::shared::{self, Kind, Shared};
use crate::trace::{Cause, Task};

/// How many wait with each priority for a lock that passes it on; of other locks nobody wants to know.
#[derive(Debug, Default)]
pub(super) struct Urgencies(BTreeMap<i32, u32>);

impl Urgencies {
    fn add(&mut self, priority: i32) {
        *self.0.entry(priority).or_default() += 1;
    }

    fn remove(&mut self, priority: i32) {
        if let Some(count) = self.0.get_mut(&priority) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&priority);
            }
        }
    }

    fn most_urgent(&self) -> Option<i32> {
        self.0.first_key_value().map(|(priority, _)| *priority)
    }
}

/// A wait that is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Served {
    pub task: u32,
    pub by: u32,
    /// It was only woken, and has to ask again.
    pub again: bool,
}

/// The first answer to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Through,
    /// It has to wait, behind that task if it is known.
    Wait {
        cause: Cause,
        behind: u32,
    },
}

#[derive(Debug)]
pub(super) struct Commons {
    /// By resource number.
    things: Vec<Thing>,
    uses: Vec<Uses>,
    /// By resource number, for locks that pass priority on.
    urgencies: Vec<Option<Urgencies>>,
    /// By group, the locks and barriers that its tasks name, by number.
    named: Vec<Vec<u32>>,
    initial: Vec<i64>,
    /// The parent's, or everybody's.
    variables: Vec<i64>,
    /// By worker, where workers are processes.
    copies: BTreeMap<u32, Vec<i64>>,
    /// Waits that have just ended, in the order in which they did.
    served: Vec<Served>,
}

impl Commons {
    pub fn new(scenario: &Scenario, shared: &Shared, tasks: &Tasks) -> Self {
        let named = tasks.groups.iter().map(|group| {
            let mut own: Vec<u32> = group.program.steps().filter_map(lock_or_barrier).collect();
            own.sort_unstable();
            own.dedup();
            own
        });
        let inherits = |name: &str| scenario.locks.iter().any(|lock| lock.name == name && lock.inherit);
        let urgencies =
            shared.iter().map(|(kind, name)| (*kind == Kind::Lock && inherits(name)).then(Urgencies::default));
        let initial = shared.iter().map(|(kind, name)| match kind {
            Kind::Variable => shared::initial(scenario, name),
            Kind::Lock | Kind::Channel | Kind::Barrier => 0,
        });
        let initial: Vec<i64> = initial.collect();
        let (things, uses) = rules::things(scenario, shared);
        Commons {
            things,
            uses,
            urgencies: urgencies.collect(),
            named: named.collect(),
            variables: initial.clone(),
            copies: BTreeMap::new(),
            initial,
            served: Vec::new(),
        }
    }

    /// Asks for a lock; who has to wait stands in its queue, with its priority.
    pub fn lock(&mut self, task: u32, on: u32, tasks: &Tasks) -> Answer {
        let Thing::Lock(lock) = &mut self.things[on as usize] else { unreachable!("a lock") };
        let Some(holder) = lock.ask(Task(task)) else { return Answer::Through };
        if let Some(urgencies) = &mut self.urgencies[on as usize] {
            urgencies.add(tasks.priority(task));
        }
        Answer::Wait { cause: Cause::Lock, behind: holder.0 }
    }

    /// Lets a lock go. Whoever held it did: the checker sees to that.
    pub fn unlock(&mut self, task: u32, on: u32, tasks: &Tasks) {
        let Thing::Lock(lock) = &mut self.things[on as usize] else { unreachable!("a lock") };
        let turn = lock.release();
        self.serve_turn(turn, task, on, tasks);
    }

    fn serve_turn(&mut self, turn: Option<Turn>, by: u32, on: u32, tasks: &Tasks) {
        let Some(Turn { task: Task(task), asks_again: again }) = turn else { return };
        if let Some(urgencies) = &mut self.urgencies[on as usize] {
            urgencies.remove(tasks.priority(task));
        }
        self.served.push(Served { task, by, again });
    }

    /// Somebody who stands in the lock's queue has another priority from now on.
    pub fn change_urgency(&mut self, on: u32, before: i32, after: i32) {
        if let Some(Some(urgencies)) = self.urgencies.get_mut(on as usize) {
            urgencies.remove(before);
            urgencies.add(after);
        }
    }

    pub fn send(&mut self, task: u32, on: u32) -> Answer {
        let Thing::Channel(channel) = &mut self.things[on as usize] else { unreachable!("a channel") };
        let passing = channel.send(Task(task));
        self.answer_passing(passing, task, Cause::ChannelFull)
    }

    pub fn receive(&mut self, task: u32, on: u32) -> Answer {
        let Thing::Channel(channel) = &mut self.things[on as usize] else { unreachable!("a channel") };
        let passing = channel.receive(Task(task));
        self.answer_passing(passing, task, Cause::Channel)
    }

    fn answer_passing(&mut self, passing: Passing, by: u32, cause: Cause) -> Answer {
        match passing {
            Passing::Through => Answer::Through,
            Passing::Serves(task) => {
                self.served.push(Served { task: task.0, by, again: false });
                Answer::Through
            }
            Passing::Waits => Answer::Wait { cause, behind: NONE },
        }
    }

    pub fn barrier(&mut self, task: u32, on: u32) -> Answer {
        let Thing::Barrier(barrier) = &mut self.things[on as usize] else { unreachable!("a barrier") };
        let Some(others) = barrier.come(Task(task)) else {
            return Answer::Wait { cause: Cause::Barrier, behind: NONE };
        };
        self.served.extend(others.map(|other| Served { task: other.0, by: task, again: false }));
        Answer::Through
    }

    /// The lock or barrier that the group's tasks name in that place; `None` when they name no more.
    #[inline]
    pub fn named(&self, group: u32, at: usize) -> Option<u32> {
        self.named[group as usize].get(at).copied()
    }

    /// A task that is over lets go of a lock and leaves a barrier.
    pub fn leave(&mut self, task: u32, on: u32, tasks: &Tasks) {
        match &mut self.things[on as usize] {
            Thing::Lock(lock) => {
                let turn = lock.leave(Task(task));
                self.serve_turn(turn, task, on, tasks);
            }
            Thing::Barrier(barrier) => {
                self.served.extend(barrier.leave().map(|other| Served { task: other.0, by: task, again: false }));
            }
            Thing::Channel(_) | Thing::Variable => {}
        }
    }

    /// Waits that have just ended, in the order in which they did; the room for the next comes back by
    /// [`Commons::reuse`].
    #[inline]
    pub fn take_served(&mut self) -> Vec<Served> {
        std::mem::take(&mut self.served)
    }

    #[inline]
    pub fn reuse(&mut self, room: Vec<Served>) {
        self.served = room;
    }

    /// The most urgent priority among those who wait for locks that pass priority on and that `task` holds.
    pub fn inherited(&self, task: u32, tasks: &Tasks) -> Option<i32> {
        let named = &self.named[tasks.rows[task as usize].group as usize];
        let held = named.iter().filter(|on| self.heir(**on) == Some(task));
        held.filter_map(|on| self.urgencies[*on as usize].as_ref()?.most_urgent()).min()
    }

    pub fn is_lock(&self, on: u32) -> bool {
        matches!(self.things[on as usize], Thing::Lock(_))
    }

    /// Who holds a lock that passes priority on; `None` for anything else.
    pub fn heir(&self, on: u32) -> Option<u32> {
        self.urgencies.get(on as usize)?.as_ref()?;
        self.holder(on)
    }

    /// Who waits for a channel as one who receives.
    pub fn receivers(&self) -> impl Iterator<Item = u32> {
        let waiting = self.things.iter().filter_map(|thing| match thing {
            Thing::Channel(channel) => Some(channel.receivers()),
            Thing::Lock(_) | Thing::Barrier(_) | Thing::Variable => None,
        });
        waiting.flatten().map(|task| task.0)
    }

    /// Groups of which some could end a wait for a channel or barrier.
    pub fn servers(&self, on: u32, receives: bool) -> &[u32] {
        let uses = &self.uses[on as usize];
        match &self.things[on as usize] {
            Thing::Channel(_) if receives => &uses.send,
            Thing::Channel(_) => &uses.receive,
            Thing::Barrier(_) => &uses.meet,
            Thing::Lock(_) | Thing::Variable => &[],
        }
    }

    /// Who holds a lock.
    pub fn holder(&self, on: u32) -> Option<u32> {
        match &self.things[on as usize] {
            Thing::Lock(lock) => lock.holder().map(|task| task.0),
            Thing::Channel(_) | Thing::Barrier(_) | Thing::Variable => None,
        }
    }

    pub fn is_channel(&self, on: u32) -> bool {
        matches!(self.things[on as usize], Thing::Channel(_))
    }

    /// Who has come to a barrier already.
    pub fn here(&self, on: u32) -> &[Task] {
        match &self.things[on as usize] {
            Thing::Barrier(barrier) => barrier.here(),
            Thing::Lock(_) | Thing::Channel(_) | Thing::Variable => &[],
        }
    }

    /// The variable as everybody sees it, or as the worker process of that number does: it has a copy of its own.
    #[inline]
    pub fn variable(&mut self, on: u32, process: Option<u32>) -> &mut i64 {
        let values = match process {
            None => &mut self.variables,
            Some(worker) => self.copies.entry(worker).or_insert_with(|| self.initial.clone()),
        };
        &mut values[on as usize]
    }

    /// By resource number, the parent's or everybody's; 0 for what is no variable.
    pub fn variables(&self) -> &[i64] {
        &self.variables
    }
}

fn lock_or_barrier(op: &Op) -> Option<u32> {
    match op {
        Op::Lock(on) | Op::Barrier(on) => Some(*on),
        _ => None,
    }
}
