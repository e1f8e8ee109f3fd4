//! What simulated tasks share: locks, channels, barriers, variables; the same rules as the real ones have.

use std::collections::{BTreeMap, VecDeque};

use super::tasks::{NONE, Op, Progress, Tasks};
use crate::scenario::Scenario;
use crate::scenario::shared::{Kind, Shared};
use crate::trace::Cause;

#[derive(Debug)]
pub(super) enum Thing {
    Lock { holder: u32, barging: bool, inherits: bool, queue: VecDeque<u32> },
    Channel { items: u64, capacity: Option<u64>, senders: VecDeque<u32>, receivers: VecDeque<u32> },
    Barrier { parties: u32, here: Vec<u32> },
    Variable,
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
        for (number, group) in (0_u32..).zip(&tasks.groups) {
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
        Commons { things, uses, variables: initial.clone(), copies: BTreeMap::new(), initial, served: Vec::new() }
    }

    /// Asks for a lock; who has to wait stands in its queue.
    pub fn lock(&mut self, task: u32, on: u32) -> Answer {
        let Thing::Lock { holder, queue, .. } = &mut self.things[on as usize] else { unreachable!("a lock") };
        if *holder == NONE {
            *holder = task;
            return Answer::Through;
        }
        queue.push_back(task);
        Answer::Wait { cause: Cause::Lock, behind: *holder }
    }

    /// Lets a lock go. Whoever held it did: the checker sees to that.
    pub fn unlock(&mut self, task: u32, on: u32) {
        let Thing::Lock { holder, barging, queue, .. } = &mut self.things[on as usize] else { unreachable!("a lock") };
        let next = queue.pop_front();
        *holder = next.filter(|_| !*barging).unwrap_or(NONE);
        let again = *barging;
        self.served.extend(next.map(|next| Served { task: next, by: task, again }));
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
        // A sender that waited puts its item where there is room now, or, without room, from hand to hand.
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

    /// A task that is over lets go of a lock and leaves a barrier.
    pub fn leave(&mut self, task: u32, group: u32, locks_held: u16, on: u32) {
        match &mut self.things[on as usize] {
            Thing::Lock { holder, .. } if locks_held > 0 && *holder == task => self.unlock(task, on),
            Thing::Barrier { parties, .. } if self.uses[on as usize].meet.contains(&group) => {
                *parties = parties.saturating_sub(1);
                self.open_barrier(task, on);
            }
            _ => {}
        }
    }

    /// Whether anything is shared that a task has to leave at its end.
    pub fn has_barriers(&self) -> bool {
        self.uses.iter().any(|uses| !uses.meet.is_empty())
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
        let waiters = self.things.iter().filter_map(|thing| match thing {
            Thing::Lock { holder, inherits: true, queue, .. } if *holder == task => Some(queue),
            _ => None,
        });
        waiters.flatten().map(|waiter| tasks.priority(*waiter)).min()
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

    /// Whether the task waits for `on` as one who receives.
    pub fn receives(&self, task: u32, on: u32) -> bool {
        matches!(&self.things[on as usize], Thing::Channel { receivers, .. } if receivers.contains(&task))
    }

    /// When the last of those who could have served a wait for a channel ended; 0 where nobody has.
    pub fn former_servers(&self, on: u32, tasks: &Tasks, receives: bool) -> i64 {
        let uses = &self.uses[on as usize];
        let groups = match &self.things[on as usize] {
            Thing::Channel { .. } if receives => &uses.send,
            Thing::Channel { .. } => &uses.receive,
            _ => return 0,
        };
        let members = groups.iter().flat_map(|group| {
            let group = &tasks.groups[*group as usize];
            &tasks.rows[group.first as usize..(group.first + group.count) as usize]
        });
        let over = members.filter(|row| matches!(row.progress, Progress::Over { .. }));
        over.map(|row| row.since).max().unwrap_or(0)
    }

    /// Tasks on whom a wait for `on` depends, for who looks for those that never will go on: all of them (a barrier) or
    /// any of them (the rest) must come.
    pub fn servers(&self, task: u32, on: u32, tasks: &Tasks, receives: bool) -> Vec<u32> {
        let of = |groups: &[u32]| -> Vec<u32> {
            let members = |group: &u32| {
                let group = &tasks.groups[*group as usize];
                group.first..group.first + group.count
            };
            let open = |other: &u32| !matches!(tasks.rows[*other as usize].progress, Progress::Over { .. });
            groups.iter().flat_map(members).filter(|other| *other != task && open(other)).collect()
        };
        match &self.things[on as usize] {
            Thing::Lock { holder, .. } => {
                if *holder == NONE {
                    Vec::new()
                } else {
                    vec![*holder]
                }
            }
            Thing::Channel { .. } => {
                let uses = &self.uses[on as usize];
                of(if receives { &uses.send } else { &uses.receive })
            }
            Thing::Barrier { here, .. } => {
                let mut absent = of(&self.uses[on as usize].meet);
                absent.retain(|other| !here.contains(other));
                absent
            }
            Thing::Variable => Vec::new(),
        }
    }
}
