//! What tasks really share: locks, channels, barriers, variables; who holds them, who waits, and who never will go on.
//! Who has to wait and whose turn is next stands in `rules`.
//!
//! One short-held mutex guards the bookkeeping; nobody waits inside it. Who has to wait gets a [`Slot`] and waits in
//! its model's own way: a thread parks, a future awaits. Whoever serves the wait fills the slot and wakes it, so that
//! who woke whom, and when, is known exactly.
//!
//! Who never will go on is found by [`World::find_stuck`].

mod stuck;

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cancel::Cancel;
use super::slot::{How, Served, Slot, Waking};
use crate::clock;
use crate::rules::channel::Passing;
use crate::rules::lock::Turn;
use crate::rules::{self, Thing, Uses};
use crate::scenario::Scenario;
use crate::scenario::memory::{self, Spot};
use crate::scenario::shared::{self, Kind, Shared};
use crate::trace::{Cause, Peer, Resource, Task};
use stuck::Fate;
pub use stuck::{Needs, Outside};

/// The things that the tasks of one run share.
pub struct World {
    shared: Shared,
    /// Where variables stand, by resource number.
    spots: Vec<Option<Spot>>,
    lines: Vec<Line>,
    /// By resource number.
    uses: Vec<Uses>,
    group_of: Vec<u32>,
    inside: Mutex<Inside>,
}

/// A cache line of the largest kind, and the neighbor that some computers fetch with a line of the smallest: so what
/// stands on another line never is in the way of this one.
#[derive(Default)]
#[repr(align(128))]
struct Line([AtomicI64; memory::PER_LINE]);

/// The bookkeeping.
#[derive(Default)]
struct Inside {
    /// By resource number.
    things: Vec<Thing>,
    fates: Vec<Fate>,
    waiting: Waiting,
}

/// Who waits, and for what.
#[derive(Default)]
struct Waiting {
    waits: HashMap<Task, Wait>,
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
        let woken = self.0.take().map(|mut inside| std::mem::take(&mut inside.waiting.woken)).unwrap_or_default();
        woken.into_iter().for_each(Waking::wake);
    }
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
        let (things, uses) = rules::things(scenario, &shared);
        let spots = memory::spots(scenario, &shared);
        let mut lines: Vec<Line> = (0..memory::lines(&spots)).map(|_| Line::default()).collect();
        for ((_, name), spot) in shared.iter().zip(&spots) {
            if let Some(Spot { line, place }) = *spot {
                *lines[line].0[place].get_mut() = shared::initial(scenario, name);
            }
        }
        let group_of: Vec<u32> = (0_u32..)
            .zip(&scenario.groups)
            .flat_map(|(group, info)| std::iter::repeat_n(group, info.count as usize))
            .collect();
        let inside = Inside { things, fates: vec![Fate::Open; group_of.len()], waiting: Waiting::default() };
        World { shared, spots, lines, uses, group_of, inside: Mutex::new(inside) }
    }

    #[cfg(test)]
    pub fn of_nothing() -> Self {
        let (shared, spots, lines, uses, group_of, inside) = Default::default();
        World { shared, spots, lines, uses, group_of, inside }
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
        let named = self.shared.iter().zip(&self.spots);
        named.filter_map(|((_, name), spot)| Some((name.clone(), self.at((*spot)?).load(Ordering::Relaxed)))).collect()
    }

    fn variable(&self, on: Resource) -> &AtomicI64 {
        self.at(self.spots[on.0 as usize].expect("a variable has a place"))
    }

    fn at(&self, Spot { line, place }: Spot) -> &AtomicI64 {
        &self.lines[line].0[place]
    }

    /// The task is over: it leaves its barriers and lets go of its locks. A stuck one holds its locks for ever and is
    /// awaited at its barriers for ever.
    pub fn leave(&self, task: Task, stuck: bool) {
        if self.shared.is_empty() {
            return;
        }
        let mut inside = self.inside();
        let Inside { things, fates, waiting } = &mut *inside;
        fates[task.index()] = if stuck { Fate::Stuck } else { Fate::Over };
        if waiting.waits.remove(&task).is_some() {
            forget(things, |own| own == task);
        }
        if stuck {
            return;
        }
        for (at, thing) in things.iter_mut().enumerate() {
            match thing {
                Thing::Lock(lock) => waiting.serve_turn(lock.leave(task), task),
                Thing::Barrier(barrier) if self.names_barrier(task, at) => {
                    waiting.serve_all(barrier.leave(), task);
                }
                Thing::Barrier(_) | Thing::Channel(_) | Thing::Variable => {}
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
        let Inside { things, fates, waiting } = &mut *inside;
        let told: Vec<Task> = stuck.iter().copied().filter(|task| waiting.waits.contains_key(task)).collect();
        for task in &told {
            let holder = match &things[waiting.waits[task].on.0 as usize] {
                Thing::Lock(lock) => lock.holder().map_or(Peer::NONE, Peer::task),
                Thing::Channel(_) | Thing::Barrier(_) | Thing::Variable => Peer::NONE,
            };
            fates[task.index()] = Fate::Stuck;
            waiting.serve(*task, holder, How::Stuck);
        }
        // All at once: each of a million may stand in one queue with all others.
        forget(things, |own| fates[own.index()] == Fate::Stuck);
        told
    }

    fn inside(&self) -> Held<'_> {
        Held(Some(self.inside.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Commons for World {
    fn lock(&self, task: Task, on: Resource) -> Answer {
        let mut inside = self.inside();
        let (Thing::Lock(lock), waiting) = inside.at(on) else { unreachable!("a lock") };
        match lock.ask(task) {
            None => Answer::Through,
            Some(holder) => waiting.add(task, on, What::Lock, Cause::Lock, Peer::task(holder)),
        }
    }

    fn unlock(&self, task: Task, on: Resource) {
        let mut inside = self.inside();
        let (Thing::Lock(lock), waiting) = inside.at(on) else { unreachable!("a lock") };
        waiting.serve_turn(lock.release(), task);
    }

    fn send(&self, task: Task, on: Resource) -> Answer {
        let mut inside = self.inside();
        let (Thing::Channel(channel), waiting) = inside.at(on) else { unreachable!("a channel") };
        match channel.send(task) {
            Passing::Through => {}
            Passing::Serves(receiver) => waiting.serve(receiver, Peer::task(task), How::Granted),
            Passing::Waits => return waiting.add(task, on, What::Send, Cause::ChannelFull, Peer::NONE),
        }
        Answer::Through
    }

    fn receive(&self, task: Task, on: Resource) -> Answer {
        let mut inside = self.inside();
        let (Thing::Channel(channel), waiting) = inside.at(on) else { unreachable!("a channel") };
        match channel.receive(task) {
            Passing::Through => {}
            Passing::Serves(sender) => waiting.serve(sender, Peer::task(task), How::Granted),
            Passing::Waits => return waiting.add(task, on, What::Receive, Cause::Channel, Peer::NONE),
        }
        Answer::Through
    }

    fn barrier(&self, task: Task, on: Resource) -> Answer {
        let mut inside = self.inside();
        let (Thing::Barrier(barrier), waiting) = inside.at(on) else { unreachable!("a barrier") };
        match barrier.come(task) {
            Some(others) => waiting.serve_all(others, task),
            None => return waiting.add(task, on, What::Barrier, Cause::Barrier, Peer::NONE),
        }
        Answer::Through
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
    /// That thing, and whoever waits.
    fn at(&mut self, on: Resource) -> (&mut Thing, &mut Waiting) {
        (&mut self.things[on.0 as usize], &mut self.waiting)
    }
}

impl Waiting {
    fn add(&mut self, task: Task, on: Resource, what: What, cause: Cause, behind: Peer) -> Answer {
        let slot = Arc::new(Slot::default());
        self.waits.insert(task, Wait { on, what, slot: Arc::clone(&slot) });
        Answer::Wait { slot, cause, on, behind }
    }

    fn serve(&mut self, task: Task, by: Peer, how: How) {
        if let Some(wait) = self.waits.remove(&task) {
            self.woken.extend(wait.slot.fill(Served { ticks: clock::ticks(), by, how }));
        }
    }

    fn serve_turn(&mut self, turn: Option<Turn>, by: Task) {
        if let Some(Turn { task, asks_again }) = turn {
            self.serve(task, Peer::task(by), if asks_again { How::TryAgain } else { How::Granted });
        }
    }

    fn serve_all(&mut self, tasks: impl Iterator<Item = Task>, by: Task) {
        for task in tasks {
            self.serve(task, Peer::task(by), How::Granted);
        }
    }
}

/// Takes those tasks out of every queue.
fn forget(things: &mut [Thing], are_gone: impl Fn(Task) -> bool) {
    for thing in things {
        match thing {
            Thing::Lock(lock) => lock.forget(&are_gone),
            Thing::Channel(channel) => channel.forget(&are_gone),
            Thing::Barrier(barrier) => barrier.forget(&are_gone),
            Thing::Variable => {}
        }
    }
}
