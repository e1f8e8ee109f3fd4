//! The end of a simulation in which nothing happens any more although tasks are not over: those wait for each other, or
//! for something that never will come.
//!
//! Since nothing else happens, everybody who is left is stuck; what is still to be found is *when* each became so: at
//! the latest instant at which anybody on whom its wait depends, itself included, began to wait. The trace tells the
//! deadlock at that instant, however long others went on.
//!
//! Thousands may wait for the same, and each for any of thousands: what they wait for is one node between them, so that
//! there are no more edges than tasks on either side.

use std::collections::BTreeMap;

use super::log::Sink;
use super::machine::Machine;
use super::tasks::{NONE, Progress};
use super::threads::ThreadState;
use crate::model::{WhileInIo, Workers};
use crate::time::Nanos;
use crate::trace::{Cause, Event, Peer, Resource, State, Task, Worker};

/// A task that never will go on.
struct Stuck {
    task: u32,
    cause: Cause,
    on: u32,
    /// Who holds the lock that it waits for.
    holder: u32,
}

/// What several tasks may wait for at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    /// A worker of that share: any of those who hold one may be whom it waits for.
    Worker(u32),
    /// Somebody who receives from the channel, or sends to it.
    Channel { on: u32, receives: bool },
    /// Everybody who is still to come.
    Barrier(u32),
}

/// Who depends on whom, and since when each waits.
#[derive(Debug, Default)]
struct Waits {
    /// By node.
    since: Vec<i64>,
    /// Node, and whom it depends on.
    edges: Vec<(u32, u32)>,
}

impl<S: Sink> Machine<'_, S> {
    /// Ends everybody who is left.
    pub fn end_the_stuck(&mut self) {
        let stuck: Vec<Stuck> = (0..self.tasks.len()).filter_map(|task| self.as_stuck(task)).collect();
        let since = self.waits(&stuck).settled();
        // Nobody is served by the end of one who is stuck: it holds what it holds for ever.
        for (Stuck { task, cause, on, holder }, since) in stuck.into_iter().zip(since) {
            let row = &mut self.tasks.rows[task as usize];
            if matches!(row.progress, Progress::Over { .. }) {
                continue;
            }
            row.progress = Progress::Over { done: false };
            let (group, thread) = (row.group, row.thread);
            self.tally.task_is_over();
            let worker = if thread == NONE { 0 } else { self.threads[thread as usize].worker };
            self.emit(Event {
                time: Nanos(since),
                worker: Worker(worker),
                peer: if holder == NONE { Peer::NONE } else { Peer::task(Task(holder)) },
                resource: if on == NONE { Resource::NONE } else { Resource(on) },
                ..Event::new(Task(task), State::Deadlocked, cause)
            });
            self.never_arrive(group, task, since);
        }
    }

    /// Ends those that come after a stuck task of the group, group by group, what comes after each first. Nobody is
    /// released by that, either.
    fn never_arrive(&mut self, group: u32, because: u32, since: i64) {
        let mut under_way = vec![(group, because, 0)];
        while let Some((group, because, at)) = under_way.last_mut() {
            let Some(then) = self.tasks.groups[*group as usize].then.get(*at).copied() else {
                under_way.pop();
                continue;
            };
            *at += 1;
            let row = &mut self.tasks.groups[then as usize];
            if std::mem::replace(&mut row.is_cancelled, true) {
                continue;
            }
            let (first, count, peer) = (row.first, row.count, Peer::task(Task(*because)));
            for task in first..first + count {
                self.tasks.rows[task as usize].progress = Progress::Over { done: false };
                self.tally.task_is_over();
                self.emit(Event {
                    time: Nanos(since),
                    worker: Worker::MAIN,
                    peer,
                    ..Event::new(Task(task), State::Cancelled, Cause::Dependency)
                });
            }
            under_way.push((then, first, 0));
        }
    }

    fn as_stuck(&self, task: u32) -> Option<Stuck> {
        let row = &self.tasks.rows[task as usize];
        if row.progress != Progress::Inside {
            return None;
        }
        let (cause, on) = (row.waits_as, row.waits_for);
        if on == NONE {
            return Some(Stuck { task, cause: Cause::Queued, on, holder: NONE });
        }
        let holder = self.commons.holder(on).filter(|_| cause == Cause::Lock).unwrap_or(NONE);
        Some(Stuck { task, cause, on, holder })
    }

    /// The nodes of the stuck in their order, then those of what they share.
    fn waits(&self, stuck: &[Stuck]) -> Waits {
        let mut places = vec![NONE; self.tasks.rows.len()];
        for (at, one) in (0_u32..).zip(stuck) {
            places[one.task as usize] = at;
        }
        let mut receives = vec![false; self.tasks.rows.len()];
        self.commons.receivers().for_each(|task| receives[task as usize] = true);
        let since = stuck.iter().map(|one| self.tasks.rows[one.task as usize].since).collect();
        let mut waits = Waits { since, edges: Vec::new() };
        let mut nodes: BTreeMap<Need, u32> = BTreeMap::new();
        for (at, one) in (0_u32..).zip(stuck) {
            if one.holder != NONE {
                waits.depend(at, places[one.holder as usize]);
                continue;
            }
            let shared = self.waits_for(one, receives[one.task as usize]);
            let Some(shared) = shared else { continue };
            let node = *nodes.entry(shared).or_insert_with(|| waits.node());
            waits.depend(at, node);
        }
        // At whose barrier somebody is, by place among the stuck.
        let mut at_barrier = vec![NONE; stuck.len()];
        for (shared, node) in nodes {
            match shared {
                Need::Worker(share) => {
                    let holders =
                        self.threads.iter().filter(|row| row.state == ThreadState::Waiting && row.task != NONE);
                    let own = holders.filter(|row| self.share_of(row.task) == share);
                    own.for_each(|row| waits.depend(node, places[row.task as usize]));
                }
                Need::Channel { on, receives } => {
                    for row in self.members(self.commons.servers(on, receives)) {
                        waits.depend(node, places[row as usize]);
                        // Of those who could have served and are over, the last to end took the last hope away.
                        if matches!(self.tasks.rows[row as usize].progress, Progress::Over { .. }) {
                            waits.happen(node, self.tasks.rows[row as usize].since);
                        }
                    }
                }
                Need::Barrier(on) => {
                    let here = self.commons.here(on).iter().map(|task| places[task.index()]);
                    here.filter(|at| *at != NONE).for_each(|at| at_barrier[at as usize] = on);
                    let places = self.members(self.commons.servers(on, false)).map(|task| places[task as usize]);
                    let missing = places.filter(|at| *at != NONE && at_barrier[*at as usize] != on);
                    missing.for_each(|at| waits.depend(node, at));
                }
            }
        }
        waits
    }

    fn waits_for(&self, one: &Stuck, receives: bool) -> Option<Need> {
        if one.on == NONE {
            let has_own = self.setup.plan.io == WhileInIo::FreesWorker || self.setup.plan.workers == Workers::PerTask;
            return (!has_own).then(|| Need::Worker(self.share_of(one.task)));
        }
        match one.cause {
            Cause::Barrier => Some(Need::Barrier(one.on)),
            _ if self.commons.is_channel(one.on) => Some(Need::Channel { on: one.on, receives }),
            _ => None,
        }
    }

    /// Which queue the task is for.
    pub(super) fn share_of(&self, task: u32) -> u32 {
        self.setup.plan.workers.share_of(task, self.tasks.len())
    }

    fn members<'a>(&'a self, groups: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        groups.iter().flat_map(|group| {
            let group = &self.tasks.groups[*group as usize];
            group.first..group.first + group.count
        })
    }
}

impl Waits {
    /// A node for what is only waited for.
    fn node(&mut self) -> u32 {
        self.since.push(i64::MIN);
        u32::try_from(self.since.len() - 1).expect("some more than tasks")
    }

    /// `on` may be [`NONE`]: it is over.
    fn depend(&mut self, node: u32, on: u32) {
        if on != NONE {
            self.edges.push((node, on));
        }
    }

    /// Nobody waits there in vain before that time.
    fn happen(&mut self, node: u32, time: i64) {
        let since = &mut self.since[node as usize];
        *since = time.max(*since);
    }

    /// Everybody is stuck no earlier than those on whom it depends: the latest of all that it reaches.
    fn settled(self) -> Vec<i64> {
        let Waits { mut since, mut edges } = self;
        // From the latest on, backwards along the dependencies: each takes the first time that reaches it.
        edges.sort_unstable_by_key(|(_, on)| *on);
        let dependents = |on: u32| {
            let from = edges.partition_point(|(_, other)| *other < on);
            edges[from..].iter().take_while(move |(_, other)| *other == on).map(|(node, _)| *node)
        };
        let mut order: Vec<u32> = (0_u32..).zip(&since).map(|(at, _)| at).collect();
        order.sort_by_key(|at| (std::cmp::Reverse(since[*at as usize]), *at));
        let mut settled = vec![false; since.len()];
        let mut reached = Vec::new();
        for latest in order {
            let time = since[latest as usize];
            reached.push(latest);
            while let Some(at) = reached.pop() {
                if !std::mem::replace(&mut settled[at as usize], true) {
                    since[at as usize] = time;
                    reached.extend(dependents(at));
                }
            }
        }
        since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(waits: &[(i64, &[u32])]) -> Vec<i64> {
        let edges = (0..).zip(waits).flat_map(|(node, (_, on))| on.iter().map(move |on| (node, *on)));
        Waits { since: waits.iter().map(|(since, _)| *since).collect(), edges: edges.collect() }.settled()
    }

    #[test]
    fn a_circle_closes_with_its_last_wait_and_who_comes_later_is_stuck_later() {
        assert_eq!(since(&[(5, &[1]), (9, &[0]), (20, &[0]), (3, &[])]), [9, 9, 20, 3]);
    }

    #[test]
    fn who_waits_for_the_stuck_is_stuck_no_earlier() {
        assert_eq!(since(&[(1, &[1]), (2, &[2]), (7, &[3]), (4, &[2])]), [7, 7, 7, 7]);
    }
}
