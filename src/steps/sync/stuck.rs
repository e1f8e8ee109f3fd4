//! Who never will go on: a task is *stuck* when nothing that can still go on could ever serve it. That is a fixpoint over
//! everybody's waits, workers included, so it is exact where a search for cycles would miss waits with several possible
//! servers (channels, pools). Silence alone, a long sleep, is never stuck.
//!
//! Invariant: one look takes time in proportion to the tasks, not to their pairs: nobody can lock or send meanwhile.

use std::collections::HashMap;

use super::{Inside, What, World};
use crate::rules::Thing;
use crate::trace::{Resource, Task};

/// What is to become of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Open,
    /// It has ended, and left whatever it shared.
    Over,
    /// It never will go on, and never leave what it shares: who waits for it waits for ever.
    Stuck,
}

/// Tasks outside the [`World`] that all wait for the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    pub waiting: Vec<Task>,
    pub needs: Needs,
}

/// What they wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needs {
    /// A worker: any of these tasks may free one.
    AnyOf(Vec<Task>),
    /// Other tasks: all of these must end.
    AllOf(Vec<Task>),
}

impl World {
    /// Tasks that wait and can never go on, whatever everybody else still does: those that wait here, and those of
    /// `outside`. In scenario order.
    pub fn find_stuck(&self, outside: &[Outside]) -> Vec<Task> {
        let inside = self.inside();
        let mut hope = Hope::new(self, &inside, outside);
        while hope.grow(outside) {}
        let waiting = inside.waiting.waits.keys().chain(outside.iter().flat_map(|outside| &outside.waiting));
        let is_stuck = |task: &Task| !hope.live[task.index()] && inside.fates[task.index()] == Fate::Open;
        let mut stuck: Vec<Task> = waiting.copied().filter(is_stuck).collect();
        stuck.sort_unstable();
        stuck
    }
}

/// Who can go on, as far as is found yet.
struct Hope<'a> {
    world: &'a World,
    inside: &'a Inside,
    live: Vec<bool>,
    /// By group: how many of its tasks are live, and how many are neither that nor over.
    live_in: Vec<u32>,
    held_in: Vec<u32>,
}

impl<'a> Hope<'a> {
    /// Who does not wait can go on.
    fn new(world: &'a World, inside: &'a Inside, outside: &[Outside]) -> Self {
        let mut live: Vec<bool> = inside.fates.iter().map(|fate| *fate == Fate::Open).collect();
        for task in inside.waiting.waits.keys().chain(outside.iter().flat_map(|outside| &outside.waiting)) {
            live[task.index()] = false;
        }
        let groups = world.group_of.last().map_or(0, |last| *last as usize + 1);
        let (mut live_in, mut held_in) = (vec![0; groups], vec![0; groups]);
        for (at, group) in world.group_of.iter().enumerate() {
            live_in[*group as usize] += u32::from(live[at]);
            held_in[*group as usize] += u32::from(!live[at] && inside.fates[at] != Fate::Over);
        }
        Hope { world, inside, live, live_in, held_in }
    }

    /// One round. Returns whether somebody was found who can go on after all.
    fn grow(&mut self, outside: &[Outside]) -> bool {
        let mut grown = false;
        // An answer that is too old by the end of the round is asked for again in the next.
        let mut served: HashMap<(Resource, What), bool> = HashMap::new();
        for (task, wait) in &self.inside.waiting.waits {
            let may = *served.entry((wait.on, wait.what)).or_insert_with(|| self.may_be_served(wait.on, wait.what));
            grown |= may && self.revive(*task);
        }
        for Outside { waiting, needs } in outside {
            if self.is_met(needs) {
                grown = waiting.iter().fold(grown, |grown, task| self.revive(*task) || grown);
            }
        }
        grown
    }

    fn revive(&mut self, task: Task) -> bool {
        let fate = self.inside.fates[task.index()];
        if fate == Fate::Stuck || std::mem::replace(&mut self.live[task.index()], true) {
            return false;
        }
        // Who was outside may have ended since; it was counted as neither.
        if fate == Fate::Open {
            let group = self.world.group_of[task.index()] as usize;
            self.live_in[group] += 1;
            self.held_in[group] -= 1;
        }
        true
    }

    /// Whether anybody could end such a wait.
    fn may_be_served(&self, on: Resource, what: What) -> bool {
        let on = on.0 as usize;
        let uses = &self.world.uses[on];
        let someone_of = |groups: &[u32]| groups.iter().any(|group| self.live_in[*group as usize] > 0);
        match (&self.inside.things[on], what) {
            (Thing::Lock(lock), What::Lock) => lock.holder().is_none_or(|holder| self.live[holder.index()]),
            (Thing::Channel(_), What::Send) => someone_of(&uses.receive),
            (Thing::Channel(_), What::Receive) => someone_of(&uses.send),
            // Everybody who is still expected must be able to come, or to end.
            (Thing::Barrier(barrier), What::Barrier) => {
                let held: u32 = uses.meet.iter().map(|group| self.held_in[*group as usize]).sum();
                let held_here = barrier.here().iter().filter(|task| !self.live[task.index()]).count();
                held as usize == held_here
            }
            _ => unreachable!("a wait fits its resource"),
        }
    }

    fn is_met(&self, needs: &Needs) -> bool {
        let can = |task: &Task| self.live[task.index()] || self.inside.fates[task.index()] == Fate::Over;
        match needs {
            Needs::AnyOf(tasks) => tasks.iter().any(can),
            Needs::AllOf(tasks) => tasks.iter().all(can),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;
    use crate::scenario::shared::Kind;
    use crate::steps::cancel::Cancel;
    use crate::steps::slot::How;
    use crate::steps::sync::{Answer, Commons};

    fn world(groups: &str) -> World {
        let text = format!("format = 1\ntitle = \"t\"\nsummary = \"s\"\nmodels = [\"threads\"]\n{groups}");
        World::new(&read::read("stuck.toml", &text).unwrap())
    }

    fn on(world: &World, kind: Kind, name: &str) -> Resource {
        Resource(u32::try_from(world.shared.number(kind, name)).unwrap())
    }

    fn check(world: &World, outside: &[Outside], expected: &[u32]) {
        let stuck: Vec<u32> = world.find_stuck(outside).into_iter().map(|task| task.0).collect();
        assert_eq!(stuck, expected);
    }

    const TWO_LOCKS: &str = r#"
        [[task]]
        name = "a"
        count = 3
        steps = [{ lock = "x" }, { lock = "y" }, { unlock = "y" }, { unlock = "x" }]
    "#;

    #[test]
    fn a_circle_is_stuck_and_who_waits_for_it() {
        let world = world(TWO_LOCKS);
        let lock = |task, name| drop(world.lock(Task(task), on(&world, Kind::Lock, name)));
        lock(0, "x");
        lock(1, "y");
        lock(0, "y");
        check(&world, &[], &[]);
        lock(2, "x");
        check(&world, &[], &[]);
        lock(1, "x");
        check(&world, &[], &[0, 1, 2]);
    }

    #[test]
    fn who_is_in_a_queue_is_stuck_with_all_that_hold_its_workers() {
        let world = world(TWO_LOCKS);
        let lock = |task, name| drop(world.lock(Task(task), on(&world, Kind::Lock, name)));
        let queued = |held: &[u32]| {
            [Outside { waiting: vec![Task(2)], needs: Needs::AnyOf(held.iter().copied().map(Task).collect()) }]
        };
        lock(0, "x");
        lock(1, "y");
        lock(0, "y");
        check(&world, &queued(&[0, 1]), &[]);
        lock(1, "x");
        check(&world, &queued(&[0, 1]), &[0, 1, 2]);
        let after = [Outside { waiting: vec![Task(2)], needs: Needs::AllOf(vec![Task(0)]) }];
        check(&world, &after, &[0, 1, 2]);
        world.leave(Task(0), false);
        check(&world, &after, &[]);
    }

    /// Its process was killed between the word that the lock is free and its coming for it.
    #[test]
    fn who_is_called_to_a_free_lock_and_dies_calls_the_next() {
        let world = world(&format!("[locks.x]\nhandoff = \"barging\"\n{TWO_LOCKS}"));
        assert!(matches!(world.lock(Task(0), on(&world, Kind::Lock, "x")), Answer::Through));
        let wait = |task| match world.lock(Task(task), on(&world, Kind::Lock, "x")) {
            Answer::Wait { slot, .. } => slot,
            Answer::Through => panic!("it is taken"),
        };
        let (called, next) = (wait(1), wait(2));
        world.unlock(Task(0), on(&world, Kind::Lock, "x"));
        assert_eq!(called.wait(&Cancel::default()).how, How::TryAgain);
        world.leave(Task(1), false);
        let stopped = Cancel::default();
        stopped.cancel();
        assert_eq!(next.wait(&stopped).how, How::TryAgain, "not served, it would be cancelled");
        assert!(matches!(world.lock(Task(2), on(&world, Kind::Lock, "x")), Answer::Through));
    }

    /// Whoever is told, over a pipe or in any other way, finds nothing locked.
    #[test]
    fn who_is_served_is_told_when_the_bookkeeping_is_free_again() {
        let world = std::sync::Arc::new(world(TWO_LOCKS));
        drop(world.lock(Task(0), on(&world, Kind::Lock, "x")));
        let Answer::Wait { slot, .. } = world.lock(Task(1), on(&world, Kind::Lock, "x")) else { panic!("it is taken") };
        let (own, (tell, told)) = (std::sync::Arc::clone(&world), std::sync::mpsc::channel());
        slot.when_served(move |served| tell.send((served.how, own.inside.try_lock().is_ok())).unwrap());
        world.unlock(Task(0), on(&world, Kind::Lock, "x"));
        assert_eq!(told.try_recv(), Ok((How::Granted, true)));
    }

    #[test]
    fn a_barrier_opens_if_everybody_comes_or_ends() {
        let world = world(
            r#"
            [[task]]
            name = "a"
            count = 3
            steps = [{ barrier = "b" }]
            [[task]]
            name = "c"
            steps = [{ receive = "never" }]
            [[task]]
            name = "d"
            steps = [{ send = "never" }]
        "#,
        );
        drop(world.barrier(Task(0), on(&world, Kind::Barrier, "b")));
        drop(world.receive(Task(3), on(&world, Kind::Channel, "never")));
        check(&world, &[], &[]);
        let behind = [Outside { waiting: vec![Task(2)], needs: Needs::AnyOf(vec![Task(3)]) }];
        check(&world, &behind, &[]);
        world.leave(Task(4), false);
        check(&world, &behind, &[0, 2, 3]);
        world.leave(Task(2), false);
        check(&world, &behind, &[3]);
    }

    /// With Task 1 given up, two of three parties are left, and both are there: that opens no barrier.
    #[test]
    fn the_stuck_are_awaited_for_ever() {
        let world = world(
            r#"
            [[task]]
            name = "a"
            count = 3
            steps = [{ barrier = "b" }]
        "#,
        );
        drop(world.barrier(Task(0), on(&world, Kind::Barrier, "b")));
        world.leave(Task(1), true);
        let Answer::Wait { slot, .. } = world.barrier(Task(2), on(&world, Kind::Barrier, "b")) else {
            panic!("the barrier opened")
        };
        check(&world, &[], &[0, 2]);
        assert_eq!(world.give_up(&[Task(0), Task(2)]), [Task(0), Task(2)]);
        assert_eq!(slot.wait(&Cancel::default()).how, How::Stuck);
        check(&world, &[], &[]);
        let after = [Outside { waiting: vec![Task(1)], needs: Needs::AllOf(vec![Task(2)]) }];
        check(&world, &after, &[]);
    }

    /// As pairs of tasks these would be more than anybody waits for.
    #[test]
    fn many_wait_for_one() {
        const MANY: u32 = 200_000;
        let world = world(&format!(
            r#"
            [[task]]
            name = "a"
            count = {MANY}
            steps = [{{ receive = "c" }}]
            [[task]]
            name = "b"
            count = 1
            steps = [{{ send = "c" }}]
            [[task]]
            name = "d"
            count = {MANY}
            after = ["a"]
            steps = [{{ cpu = "1ms" }}]
        "#
        ));
        let tasks = |from: u32| (from..from + MANY).map(Task);
        for task in tasks(0) {
            drop(world.receive(task, on(&world, Kind::Channel, "c")));
        }
        let after = [Outside { waiting: tasks(MANY + 1).collect(), needs: Needs::AllOf(tasks(0).collect()) }];
        assert_eq!(world.find_stuck(&after), []);
        world.leave(Task(MANY), false);
        assert_eq!(world.find_stuck(&after).len(), 2 * MANY as usize);
    }
}
