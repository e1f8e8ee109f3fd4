//! The end of a simulation in which nothing happens any more although tasks are not over: those wait for each other, or
//! for something that never will come.
//!
//! Since nothing else happens, everybody who is left is stuck; what is still to be found is *when* each became so: at
//! the latest instant at which anybody on whom its wait depends, itself included, began to wait. The trace tells the
//! deadlock at that instant, however long others went on.

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
    /// Since when it cannot go on any more.
    since: i64,
    /// On whom it waits, by place in the list.
    depends_on: Vec<u32>,
}

impl<S: Sink> Machine<'_, S> {
    /// Ends everybody who is left.
    pub fn end_the_stuck(&mut self) {
        let mut stuck: Vec<Stuck> = (0..self.tasks.len()).filter_map(|task| self.as_stuck(task)).collect();
        settle(&mut stuck, self.tasks.len());
        // Nobody is served by the end of one who is stuck: it holds what it holds for ever.
        for Stuck { task, cause, on, holder, since, .. } in stuck {
            let row = &mut self.tasks.rows[task as usize];
            if matches!(row.progress, Progress::Over { .. }) {
                continue;
            }
            row.progress = Progress::Over { done: false };
            let (group, thread) = (row.group, row.thread);
            self.left -= 1;
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

    /// Ends those that come after a stuck task of the group. Nobody is released by that, either.
    fn never_arrive(&mut self, group: u32, because: u32, since: i64) {
        for then in self.tasks.groups[group as usize].then.clone() {
            let row = &mut self.tasks.groups[then as usize];
            if std::mem::replace(&mut row.is_cancelled, true) {
                continue;
            }
            let (first, count) = (row.first, row.count);
            for task in first..first + count {
                self.tasks.rows[task as usize].progress = Progress::Over { done: false };
                self.left -= 1;
                self.emit(Event {
                    time: Nanos(since),
                    worker: Worker::MAIN,
                    peer: Peer::task(Task(because)),
                    ..Event::new(Task(task), State::Cancelled, Cause::Dependency)
                });
            }
            self.never_arrive(then, first, since);
        }
    }

    fn as_stuck(&self, task: u32) -> Option<Stuck> {
        let row = &self.tasks.rows[task as usize];
        if row.progress != Progress::Inside {
            return None;
        }
        let (cause, on) = (row.waits_as, row.waits_for);
        if on == NONE {
            // It waits for a worker: any of those who hold one may be whom it waits for.
            let depends_on = self.holders_of_workers(task);
            return Some(Stuck { task, cause: Cause::Queued, on, holder: NONE, since: row.since, depends_on });
        }
        let receives = self.commons.receives(task, on);
        let servers = self.commons.servers(task, on, &self.tasks, receives);
        let holder = if cause == Cause::Lock { servers.first().copied().unwrap_or(NONE) } else { NONE };
        // Of those who could have served it and are over, the last to end took the last hope away.
        let ended = self.commons.former_servers(on, &self.tasks, receives);
        Some(Stuck { task, cause, on, holder, since: row.since.max(ended), depends_on: servers })
    }

    fn holders_of_workers(&self, task: u32) -> Vec<u32> {
        if self.plan.io == WhileInIo::FreesWorker || self.plan.workers == Workers::PerTask {
            return Vec::new();
        }
        let share = |task| self.plan.workers.share_of(task, self.tasks.len());
        let holders = self.threads.iter().filter(|row| row.state == ThreadState::Waiting && row.task != NONE);
        holders.map(|row| row.task).filter(|holder| share(*holder) == share(task)).collect()
    }
}

/// Everybody is stuck no earlier than those on whom it depends: the latest of all that it reaches.
fn settle(stuck: &mut [Stuck], tasks: u32) {
    let mut place = vec![NONE; tasks as usize];
    for (at, one) in (0_u32..).zip(stuck.iter()) {
        place[one.task as usize] = at;
    }
    for one in stuck.iter_mut() {
        one.depends_on = one.depends_on.iter().map(|other| place[*other as usize]).filter(|at| *at != NONE).collect();
    }
    // From the latest on, backwards along the dependencies: each takes the first time that reaches it.
    let mut dependents = vec![Vec::new(); stuck.len()];
    for (at, one) in (0_u32..).zip(stuck.iter()) {
        for other in &one.depends_on {
            dependents[*other as usize].push(at);
        }
    }
    let mut order: Vec<u32> = (0_u32..).zip(stuck.iter()).map(|(at, _)| at).collect();
    order.sort_by_key(|at| (std::cmp::Reverse(stuck[*at as usize].since), *at));
    let mut settled = vec![false; stuck.len()];
    for latest in order {
        let since = stuck[latest as usize].since;
        let mut reached = vec![latest];
        while let Some(at) = reached.pop() {
            if !std::mem::replace(&mut settled[at as usize], true) {
                stuck[at as usize].since = since;
                reached.extend(&dependents[at as usize]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(waits: &[(i64, &[u32])]) -> Vec<i64> {
        let stuck = (0..).zip(waits).map(|(task, (since, depends_on))| Stuck {
            task,
            cause: Cause::Lock,
            on: 0,
            holder: NONE,
            since: *since,
            depends_on: depends_on.to_vec(),
        });
        let mut stuck: Vec<Stuck> = stuck.collect();
        let count = u32::try_from(stuck.len()).unwrap();
        settle(&mut stuck, count);
        stuck.iter().map(|one| one.since).collect()
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
