//! What tasks share: locks, channels, barriers, variables; who holds them, who waits, and who never will go on.
//!
//! One short-held mutex guards the bookkeeping; nobody waits inside it. Who has to wait gets a [`Slot`] and waits in
//! its model's own way: a thread parks, a future awaits. Whoever serves the wait fills the slot and wakes it, so that
//! who woke whom, and when, is known exactly.
//!
//! Who never will go on is found by [`World::find_stuck`].

mod stuck;

use std::collections::{HashMap, VecDeque};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cancel::Cancel;
use super::slot::{How, Served, Slot, Waking};
use crate::clock;
use crate::scenario::shared::{Kind, Shared};
use crate::scenario::{Scenario, Step};
use crate::trace::{Cause, Peer, Resource, Task};
use stuck::Fate;
pub use stuck::{Needs, Outside};

/// The things that the tasks of one run share.
pub struct World {
    shared: Shared,
    /// By resource number; `None` for what is not a variable.
    variables: Vec<Option<Padded>>,
    /// Which groups name a resource in a `send`, `receive` or `barrier` step, and how.
    uses: Vec<Uses>,
    group_of: Vec<u32>,
    inside: Mutex<Inside>,
}

/// A variable on cache lines of its own, or not.
enum Padded {
    Close(AtomicI64),
    Alone(Box<AloneOnItsLines>),
}

/// 128 bytes: two cache lines, since neighbors are fetched in pairs.
#[repr(align(128))]
struct AloneOnItsLines(AtomicI64);

impl Padded {
    fn get(&self) -> &AtomicI64 {
        match self {
            Padded::Close(value) => value,
            Padded::Alone(alone) => &alone.0,
        }
    }
}

/// Groups by what they do with one resource.
#[derive(Clone, Default)]
struct Uses {
    send: Vec<u32>,
    receive: Vec<u32>,
    meet: Vec<u32>,
}

struct Inside {
    resources: Vec<State>,
    /// Who waits, and for what.
    waits: HashMap<Task, Wait>,
    fates: Vec<Fate>,
    /// Served since the bookkeeping was taken hold of.
    woken: Vec<Waking>,
}

/// The bookkeeping, held for a moment. Who was served meanwhile is woken when it is let go: nobody else must wait until a
/// pipe has taken the word to another process.
struct Held<'a>(Option<MutexGuard<'a, Inside>>);

impl Deref for Held<'_> {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        self.0.as_ref().expect("held until it is dropped")
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Inside {
        self.0.as_mut().expect("held until it is dropped")
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let woken = self.0.take().map(|mut inside| std::mem::take(&mut inside.woken)).unwrap_or_default();
        woken.into_iter().for_each(Waking::wake);
    }
}

enum State {
    /// `called` are those whom a barging lock has told to try again and who have not come yet.
    Lock {
        holder: Option<Task>,
        barging: bool,
        queue: VecDeque<Task>,
        called: Vec<Task>,
    },
    Channel {
        items: u64,
        capacity: Option<u64>,
        senders: VecDeque<Task>,
        receivers: VecDeque<Task>,
    },
    Barrier {
        parties: u32,
        here: Vec<Task>,
    },
    Variable,
}

#[derive(Clone)]
struct Wait {
    on: Resource,
    what: What,
    slot: Arc<Slot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    Lock,
    Send,
    Receive,
    Barrier,
}

/// The first answer to a step.
pub enum Answer {
    Through,
    /// Why it has to wait, and who is in the way.
    Wait {
        slot: Arc<Slot>,
        cause: Cause,
        on: Resource,
        behind: Peer,
    },
}

/// What tasks share, as their steps see it: the [`World`] itself, or a way to one in another process. Each thing has its
/// number, and must be of the kind that is asked for: a step's name was looked up as such.
pub trait Commons: Sync {
    fn lock(&self, task: Task, on: Resource) -> Answer;
    fn unlock(&self, task: Task, on: Resource);
    fn send(&self, task: Task, on: Resource) -> Answer;
    fn receive(&self, task: Task, on: Resource) -> Answer;
    fn barrier(&self, task: Task, on: Resource) -> Answer;
    /// Holds this thread until that wait is served or the run is stopped.
    fn wait(&self, slot: &Slot, cancel: &Cancel) -> Served;
    /// Reads a variable, relaxed: what other tasks stored may be seen late, and be overwritten.
    fn load(&self, on: Resource) -> i64;
    fn store(&self, on: Resource, value: i64);
}

impl World {
    pub fn new(scenario: &Scenario) -> Self {
        let shared = Shared::of(scenario);
        let mut uses = vec![Uses::default(); shared.len()];
        for (group, info) in (0_u32..).zip(&scenario.groups) {
            for_each_step(&info.steps, &mut |step| {
                let groups = match step {
                    Step::Send(name) => &mut uses[shared.number(Kind::Channel, name)].send,
                    Step::Receive(name) => &mut uses[shared.number(Kind::Channel, name)].receive,
                    Step::Barrier(name) => &mut uses[shared.number(Kind::Barrier, name)].meet,
                    _ => return,
                };
                if groups.last() != Some(&group) {
                    groups.push(group);
                }
            });
        }
        let mut variables = Vec::new();
        let mut resources = Vec::new();
        for (at, (kind, name)) in shared.iter().enumerate() {
            let mut variable = None;
            resources.push(match kind {
                Kind::Lock => {
                    let barging = scenario.locks.iter().any(|lock| lock.name == *name && lock.barging);
                    State::Lock { holder: None, barging, queue: VecDeque::new(), called: Vec::new() }
                }
                Kind::Channel => {
                    let declared = scenario.channels.iter().find(|channel| channel.name == *name);
                    let capacity = declared.and_then(|channel| channel.capacity).map(u64::from);
                    State::Channel { items: 0, capacity, senders: VecDeque::new(), receivers: VecDeque::new() }
                }
                Kind::Barrier => {
                    let parties = uses[at].meet.iter().map(|group| scenario.groups[*group as usize].count).sum();
                    State::Barrier { parties, here: Vec::new() }
                }
                Kind::Variable => {
                    let declared = scenario.variables.iter().find(|variable| variable.name == *name);
                    let value = AtomicI64::new(declared.map_or(0, |variable| variable.initial));
                    let alone = declared.is_some_and(|variable| variable.padded);
                    variable = Some(if alone {
                        Padded::Alone(Box::new(AloneOnItsLines(value)))
                    } else {
                        Padded::Close(value)
                    });
                    State::Variable
                }
            });
            variables.push(variable);
        }
        let group_of: Vec<u32> = (0_u32..)
            .zip(&scenario.groups)
            .flat_map(|(group, info)| std::iter::repeat_n(group, info.count as usize))
            .collect();
        let inside =
            Inside { resources, waits: HashMap::new(), fates: vec![Fate::Open; group_of.len()], woken: Vec::new() };
        World { shared, variables, uses, group_of, inside: Mutex::new(inside) }
    }

    #[cfg(test)]
    pub fn of_nothing() -> Self {
        let inside = Inside { resources: Vec::new(), waits: HashMap::new(), fates: Vec::new(), woken: Vec::new() };
        let (shared, variables, uses, group_of) = Default::default();
        World { shared, variables, uses, group_of, inside: Mutex::new(inside) }
    }

    /// What there is, in the order of its numbers.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Whether tasks can wait for each other at all: else nobody needs to look for stuck ones.
    pub fn has_waits(&self) -> bool {
        self.shared.iter().any(|(kind, _)| *kind != Kind::Variable)
    }

    /// The variables' names and present values.
    pub fn variables(&self) -> Vec<(String, i64)> {
        let named = self.shared.iter().zip(&self.variables);
        named
            .filter_map(|((_, name), value)| Some((name.clone(), value.as_ref()?.get().load(Ordering::Relaxed))))
            .collect()
    }

    fn variable(&self, on: Resource) -> &AtomicI64 {
        self.variables[on.0 as usize].as_ref().expect("a variable has a value").get()
    }

    /// The task is over: it leaves its barriers and lets go of its locks. A stuck one holds its locks for ever and is
    /// awaited at its barriers for ever.
    pub fn leave(&self, task: Task, stuck: bool) {
        if self.shared.is_empty() {
            return;
        }
        let mut inside = self.inside();
        let inside = &mut *inside;
        inside.fates[task.index()] = if stuck { Fate::Stuck } else { Fate::Over };
        if inside.waits.remove(&task).is_some() {
            inside.forget(task);
        }
        if stuck {
            return;
        }
        for at in 0..inside.resources.len() {
            match &mut inside.resources[at] {
                State::Lock { holder, .. } if *holder == Some(task) => inside.release(task, at),
                // Its turn to try again is the next one's: nobody else would call that.
                State::Lock { holder, called, .. } if called.contains(&task) => {
                    called.retain(|own| *own != task);
                    if holder.is_none() {
                        inside.release(task, at);
                    }
                }
                State::Barrier { parties, .. } if self.names_barrier(task, at) => {
                    *parties = parties.saturating_sub(1);
                    inside.open_barrier(at, task);
                }
                _ => {}
            }
        }
    }

    fn names_barrier(&self, task: Task, barrier: usize) -> bool {
        self.uses[barrier].meet.contains(&self.group_of[task.index()])
    }

    /// Tells these tasks that they never will go on, and who holds the lock that they wait for: since a task began to
    /// wait, the lock may have passed through other hands. Returns those of them that wait here.
    pub fn give_up(&self, stuck: &[Task]) -> Vec<Task> {
        let mut inside = self.inside();
        let waiting: Vec<Task> = stuck.iter().copied().filter(|task| inside.waits.contains_key(task)).collect();
        for task in &waiting {
            let on = inside.waits[task].on;
            let holder = match inside.resources[on.0 as usize] {
                State::Lock { holder, .. } => holder.map_or(Peer::NONE, Peer::task),
                _ => Peer::NONE,
            };
            inside.forget(*task);
            inside.fates[task.index()] = Fate::Stuck;
            inside.serve(*task, holder, How::Stuck);
        }
        waiting
    }

    fn inside(&self) -> Held<'_> {
        Held(Some(self.inside.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Commons for World {
    fn lock(&self, task: Task, on: Resource) -> Answer {
        let mut inside = self.inside();
        let State::Lock { holder, queue, called, .. } = &mut inside.resources[on.0 as usize] else { unreachable!() };
        called.retain(|own| *own != task);
        let Some(holder) = *holder else {
            *holder = Some(task);
            return Answer::Through;
        };
        queue.push_back(task);
        inside.wait(task, on, What::Lock, Cause::Lock, Peer::task(holder))
    }

    fn unlock(&self, task: Task, on: Resource) {
        let mut inside = self.inside();
        inside.release(task, on.0 as usize);
    }

    fn send(&self, task: Task, on: Resource) -> Answer {
        let mut inside = self.inside();
        let State::Channel { items, capacity, receivers, senders } = &mut inside.resources[on.0 as usize] else {
            unreachable!()
        };
        if let Some(receiver) = receivers.pop_front() {
            inside.serve(receiver, Peer::task(task), How::Granted);
            return Answer::Through;
        }
        if capacity.is_none_or(|capacity| *items < capacity) {
            *items += 1;
            return Answer::Through;
        }
        senders.push_back(task);
        inside.wait(task, on, What::Send, Cause::ChannelFull, Peer::NONE)
    }

    fn receive(&self, task: Task, on: Resource) -> Answer {
        let mut inside = self.inside();
        let State::Channel { items, receivers, senders, .. } = &mut inside.resources[on.0 as usize] else {
            unreachable!()
        };
        if *items > 0 {
            // A sender that waited puts its item where there is room now.
            match senders.pop_front() {
                Some(sender) => inside.serve(sender, Peer::task(task), How::Granted),
                None => *items -= 1,
            }
            return Answer::Through;
        }
        receivers.push_back(task);
        inside.wait(task, on, What::Receive, Cause::Channel, Peer::NONE)
    }

    fn barrier(&self, task: Task, on: Resource) -> Answer {
        let mut inside = self.inside();
        let State::Barrier { here, .. } = &mut inside.resources[on.0 as usize] else { unreachable!() };
        here.push(task);
        if inside.open_barrier(on.0 as usize, task) {
            return Answer::Through;
        }
        inside.wait(task, on, What::Barrier, Cause::Barrier, Peer::NONE)
    }

    fn wait(&self, slot: &Slot, cancel: &Cancel) -> Served {
        slot.wait(cancel)
    }

    fn load(&self, on: Resource) -> i64 {
        self.variable(on).load(Ordering::Relaxed)
    }

    fn store(&self, on: Resource, value: i64) {
        self.variable(on).store(value, Ordering::Relaxed);
    }
}

impl Inside {
    fn wait(&mut self, task: Task, on: Resource, what: What, cause: Cause, behind: Peer) -> Answer {
        let slot = Arc::new(Slot::default());
        self.waits.insert(task, Wait { on, what, slot: Arc::clone(&slot) });
        Answer::Wait { slot, cause, on, behind }
    }

    fn serve(&mut self, task: Task, by: Peer, how: How) {
        if let Some(wait) = self.waits.remove(&task) {
            self.woken.extend(wait.slot.fill(Served { ticks: clock::ticks(), by, how }));
        }
    }

    fn release(&mut self, task: Task, on: usize) {
        let State::Lock { holder, barging, queue, called } = &mut self.resources[on] else { unreachable!() };
        let next = queue.pop_front();
        called.extend(next.filter(|_| *barging));
        *holder = if *barging { None } else { next };
        let how = if *barging { How::TryAgain } else { How::Granted };
        if let Some(next) = next {
            self.serve(next, Peer::task(task), how);
        }
    }

    /// Opens the barrier if all its parties are here: lets all but `opener` go on. Returns whether it did.
    fn open_barrier(&mut self, on: usize, opener: Task) -> bool {
        let State::Barrier { parties, here } = &mut self.resources[on] else { unreachable!() };
        if here.is_empty() || here.len() < *parties as usize {
            return false;
        }
        for task in std::mem::take(here) {
            if task != opener {
                self.serve(task, Peer::task(opener), How::Granted);
            }
        }
        true
    }

    /// Takes the task out of every queue.
    fn forget(&mut self, task: Task) {
        for resource in &mut self.resources {
            match resource {
                State::Lock { queue, .. } => queue.retain(|own| *own != task),
                State::Channel { senders, receivers, .. } => {
                    senders.retain(|own| *own != task);
                    receivers.retain(|own| *own != task);
                }
                State::Barrier { here, .. } => here.retain(|own| *own != task),
                State::Variable => {}
            }
        }
    }
}

/// Visits every step, those inside of `repeat`s included.
pub(super) fn for_each_step(steps: &[Step], visit: &mut impl FnMut(&Step)) {
    for step in steps {
        visit(step);
        if let Step::Repeat { steps, .. } = step {
            for_each_step(steps, visit);
        }
    }
}
