//! What simulated tasks share: locks, channels, barriers, variables; the same rules as the real ones have.

use std::collections::{BTreeMap, VecDeque};

use super::tasks::{NONE, Op, Tasks};
use crate::scenario::Scenario;
use crate::scenario::shared::{Kind, Shared};
use crate::trace::Cause;

#[derive(Debug)]
pub(super) enum Thing {
    Lock { holder: u32, barging: bool, inherits: bool, queue: VecDeque<u32>, urgencies: Urgencies },
    Channel { items: u64, capacity: Option<u64>, senders: VecDeque<u32>, receivers: VecDeque<u32> },
    Barrier { parties: u32, here: Vec<u32> },
    Variable,
}

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

/// Groups by what they do with one thing.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses {
    pub send: Vec<u32>,
    pub receive: Vec<u32>,
    pub meet: Vec<u32>,
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
    pub things: Vec<Thing>,
    pub uses: Vec<Uses>,
    /// By group, the locks and barriers that its tasks name, by number.
    named: Vec<Vec<u32>>,
    pub initial: Vec<i64>,
    /// The parent's, or everybody's.
    pub variables: Vec<i64>,
    /// By worker, where workers are processes.
    pub copies: BTreeMap<u32, Vec<i64>>,
    /// Waits that have just ended, in the order in which they did.
    pub served: Vec<Served>,
}

impl Commons {
    pub fn new(scenario: &Scenario, shared: &Shared, tasks: &Tasks) -> Self {
        let mut uses = vec![Uses::default(); shared.len()];
        let mut named = Vec::with_capacity(tasks.groups.len());
        for (number, group) in (0_u32..).zip(&tasks.groups) {
            let mut own: Vec<u32> = group.program.steps().filter_map(lock_or_barrier).collect();
            own.sort_unstable();
            own.dedup();
            named.push(own);
            for op in group.program.steps() {
                let groups = match op {
                    Op::Send(on) => &mut uses[*on as usize].send,
                    Op::Receive(on) => &mut uses[*on as usize].receive,
                    Op::Barrier(on) => &mut uses[*on as usize].meet,
                    _ => continue,
                };
                if groups.last() != Some(&number) {
                    groups.push(number);
                }
            }
        }
        let mut initial = vec![0; shared.len()];
        let things = shared
            .iter()
            .enumerate()
            .map(|(at, (kind, name))| match kind {
                Kind::Lock => {
                    let declared = scenario.locks.iter().find(|lock| lock.name == *name);
                    Thing::Lock {
                        holder: NONE,
                        barging: declared.is_some_and(|lock| lock.barging),
                        inherits: declared.is_some_and(|lock| lock.inherit),
                        queue: VecDeque::new(),
                        urgencies: Urgencies::default(),
                    }
                }
                Kind::Channel => {
                    let declared = scenario.channels.iter().find(|channel| channel.name == *name);
                    let capacity = declared.and_then(|channel| channel.capacity).map(u64::from);
                    Thing::Channel { items: 0, capacity, senders: VecDeque::new(), receivers: VecDeque::new() }
                }
                Kind::Barrier => {
                    let parties = uses[at].meet.iter().map(|group| scenario.groups[*group as usize].count).sum();
                    Thing::Barrier { parties, here: Vec::new() }
                }
                Kind::Variable => {
                    let declared = scenario.variables.iter().find(|variable| variable.name == *name);
                    initial[at] = declared.map_or(0, |variable| variable.initial);
                    Thing::Variable
                }
            })
            .collect();
        Commons {
            things,
            uses,
            named,
            variables: initial.clone(),
            copies: BTreeMap::new(),
            initial,
            served: Vec::new(),
        }
    }

    /// Asks for a lock; who has to wait stands in its queue, with its priority.
    pub fn lock(&mut self, task: u32, on: u32, tasks: &Tasks) -> Answer {
        let Thing::Lock { holder, inherits, queue, urgencies, .. } = &mut self.things[on as usize] else {
            unreachable!("a lock")
        };
        if *holder == NONE {
            *holder = task;
            return Answer::Through;
        }
        queue.push_back(task);
        if *inherits {
            urgencies.add(tasks.priority(task));
        }
        Answer::Wait { cause: Cause::Lock, behind: *holder }
    }

    /// Lets a lock go. Whoever held it did: the checker sees to that.
    pub fn unlock(&mut self, task: u32, on: u32, tasks: &Tasks) {
        let Thing::Lock { holder, barging, inherits, queue, urgencies } = &mut self.things[on as usize] else {
            unreachable!("a lock")
        };
        let next = queue.pop_front();
        *holder = next.filter(|_| !*barging).unwrap_or(NONE);
        let again = *barging;
        if let Some(next) = next.filter(|_| *inherits) {
            urgencies.remove(tasks.priority(next));
        }
        self.served.extend(next.map(|next| Served { task: next, by: task, again }));
    }

    /// Somebody who stands in the lock's queue has another priority from now on.
    pub fn change_urgency(&mut self, on: u32, before: i32, after: i32) {
        if let Some(Thing::Lock { inherits: true, urgencies, .. }) = self.things.get_mut(on as usize) {
            urgencies.remove(before);
            urgencies.add(after);
        }
    }

    pub fn send(&mut self, task: u32, on: u32) -> Answer {
        let Thing::Channel { items, capacity, senders, receivers } = &mut self.things[on as usize] else {
            unreachable!("a channel")
        };
        if let Some(receiver) = receivers.pop_front() {
            self.served.push(Served { task: receiver, by: task, again: false });
        } else if capacity.is_none_or(|capacity| *items < capacity) {
            *items += 1;
        } else {
            senders.push_back(task);
            return Answer::Wait { cause: Cause::ChannelFull, behind: NONE };
        }
        Answer::Through
    }

    pub fn receive(&mut self, task: u32, on: u32) -> Answer {
        let Thing::Channel { items, senders, receivers, .. } = &mut self.things[on as usize] else {
            unreachable!("a channel")
        };
        // A sender that waited puts its item where there is room now.
        if let Some(sender) = senders.pop_front() {
            self.served.push(Served { task: sender, by: task, again: false });
        } else if *items > 0 {
            *items -= 1;
        } else {
            receivers.push_back(task);
            return Answer::Wait { cause: Cause::Channel, behind: NONE };
        }
        Answer::Through
    }

    pub fn barrier(&mut self, task: u32, on: u32) -> Answer {
        let Thing::Barrier { here, .. } = &mut self.things[on as usize] else { unreachable!("a barrier") };
        here.push(task);
        if self.open_barrier(task, on) { Answer::Through } else { Answer::Wait { cause: Cause::Barrier, behind: NONE } }
    }

    /// The lock or barrier that the group's tasks name in that place; `None` when they name no more.
    pub fn named(&self, group: u32, at: usize) -> Option<u32> {
        self.named[group as usize].get(at).copied()
    }

    /// A task that is over lets go of a lock and leaves a barrier.
    pub fn leave(&mut self, task: u32, on: u32, tasks: &Tasks) {
        match &mut self.things[on as usize] {
            Thing::Lock { holder, .. } if *holder == task => self.unlock(task, on, tasks),
            Thing::Barrier { parties, .. } => {
                *parties = parties.saturating_sub(1);
                self.open_barrier(task, on);
            }
            _ => {}
        }
    }

    /// Lets all but `opener` go on if all parties are here.
    fn open_barrier(&mut self, opener: u32, on: u32) -> bool {
        let Thing::Barrier { parties, here } = &mut self.things[on as usize] else { unreachable!("a barrier") };
        if here.is_empty() || here.len() < *parties as usize {
            return false;
        }
        let served = here.drain(..).filter(|task| *task != opener);
        self.served.extend(served.map(|task| Served { task, by: opener, again: false }));
        true
    }

    /// The most urgent priority among those who wait for locks that pass priority on and that `task` holds.
    pub fn inherited(&self, task: u32, tasks: &Tasks) -> Option<i32> {
        let named = &self.named[tasks.rows[task as usize].group as usize];
        let waiters = named.iter().filter_map(|on| match &self.things[*on as usize] {
            Thing::Lock { holder, inherits: true, urgencies, .. } if *holder == task => Some(urgencies),
            _ => None,
        });
        waiters.filter_map(Urgencies::most_urgent).min()
    }

    pub fn is_lock(&self, on: u32) -> bool {
        matches!(self.things[on as usize], Thing::Lock { .. })
    }

    /// Who holds a lock that passes priority on; `None` for anything else.
    pub fn heir(&self, on: u32) -> Option<u32> {
        match self.things.get(on as usize) {
            Some(Thing::Lock { holder, inherits: true, .. }) if *holder != NONE => Some(*holder),
            _ => None,
        }
    }

    /// Who waits for a channel as one who receives.
    pub fn receivers(&self) -> impl Iterator<Item = u32> {
        let waiting = self.things.iter().filter_map(|thing| match thing {
            Thing::Channel { receivers, .. } => Some(receivers),
            _ => None,
        });
        waiting.flatten().copied()
    }

    /// Groups of which some could end a wait for a channel or barrier.
    pub fn servers(&self, on: u32, receives: bool) -> &[u32] {
        let uses = &self.uses[on as usize];
        match &self.things[on as usize] {
            Thing::Channel { .. } if receives => &uses.send,
            Thing::Channel { .. } => &uses.receive,
            Thing::Barrier { .. } => &uses.meet,
            Thing::Lock { .. } | Thing::Variable => &[],
        }
    }

    /// Who holds a lock.
    pub fn holder(&self, on: u32) -> Option<u32> {
        match &self.things[on as usize] {
            Thing::Lock { holder, .. } if *holder != NONE => Some(*holder),
            _ => None,
        }
    }

    pub fn is_channel(&self, on: u32) -> bool {
        matches!(self.things[on as usize], Thing::Channel { .. })
    }

    /// Who has come to a barrier already.
    pub fn here(&self, on: u32) -> &[u32] {
        match &self.things[on as usize] {
            Thing::Barrier { here, .. } => here,
            _ => &[],
        }
    }
}

fn lock_or_barrier(op: &Op) -> Option<u32> {
    match op {
        Op::Lock(on) | Op::Barrier(on) => Some(*on),
        _ => None,
    }
}
