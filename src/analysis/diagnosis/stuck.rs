//! Tasks that ended deadlocked, and those that were to come after them: what each waited for at the end, and which other
//! of them could have ended that wait.
//! Two rules read it: a circle is a deadlock, a wait that nobody is left to end is a lost wake-up.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::evidence::Evidence;
use crate::model::Workers;
use crate::scenario::check::any_step;
use crate::scenario::program::Program;
use crate::scenario::{Group, Step};
use crate::trace::{Cause, Run, Span, State, Task};

/// A program is searched so far; beyond, what a task would still do is unknown.
const STEPS_MAX: usize = 1_000_000;

pub(super) struct Stuck {
    waits: BTreeMap<Task, Wait>,
    /// Tasks in scenario order on whom somebody waits. Whoever waits for the same shares a list, so that many who wait
    /// for many are no pairs.
    lists: Vec<Vec<Task>>,
}

pub(super) struct Wait {
    pub on: WaitsFor,
    /// What is waited for, by name; empty for a worker and for an end.
    pub resource: String,
    /// The lock's holder, the task that it comes after, or the number of its queue.
    whose: Option<u32>,
    /// The place of its list.
    behind: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum WaitsFor {
    Lock,
    Message,
    Room,
    Barrier,
    Worker,
    /// The end of a task that it comes after.
    End,
}

impl Stuck {
    pub fn of(evidence: &Evidence<'_>) -> Self {
        let run = evidence.run;
        let mut tasks = evidence.ended(State::Deadlocked);
        tasks.extend(evidence.ended(State::Cancelled));
        let mut comes_after_stuck = HashMap::new();
        let mut wait = |task: Task| {
            let end = run.trace.spans_of(task).next_back()?;
            let resource = end.resource.get().map(|at| run.resources[at].clone()).unwrap_or_default();
            let on = waits_for(run, &end, &resource, &mut comes_after_stuck)?;
            let whose = match on {
                WaitsFor::Lock | WaitsFor::End => end.peer.as_task().map(|task| task.0),
                WaitsFor::Worker => Some(evidence.plan.workers.share_of(task.0, run.trace.tasks())),
                WaitsFor::Message | WaitsFor::Room | WaitsFor::Barrier => None,
            };
            Some(Wait { on, resource, whose, behind: 0 })
        };
        let waits = tasks.into_iter().filter_map(|task| Some((task, wait(task)?))).collect();
        let mut stuck = Stuck { waits, lists: vec![] };
        stuck.list(evidence);
        stuck
    }

    pub fn tasks(&self) -> impl Iterator<Item = Task> {
        self.waits.keys().copied()
    }

    pub fn wait(&self, task: Task) -> &Wait {
        &self.waits[&task]
    }

    /// Tasks of these that hold what it waits for, or could have served it, in scenario order.
    pub fn behind(&self, task: Task) -> impl Iterator<Item = Task> {
        let wait = &self.waits[&task];
        // Nobody serves itself, but a lock may be its own.
        self.lists[wait.behind].iter().copied().filter(move |other| *other != task || wait.on == WaitsFor::Lock)
    }

    /// Tasks each of which waits for the next, and the last for the first; begins with the lowest number.
    pub fn circle(&self) -> Option<Vec<Task>> {
        let mut through = vec![false; self.lists.len()];
        for start in self.tasks() {
            // Depth first, without recursion: each task on the trail with those behind it that are still to be looked at.
            let mut trail = vec![(start, self.behind(start))];
            while let Some((task, ahead)) = trail.last_mut() {
                let list = self.waits[task].behind;
                let Some(next) = ahead.next().filter(|_| !through[list]) else {
                    // Whoever else waits for the same finds no circle there, either.
                    through[list] = true;
                    trail.pop();
                    continue;
                };
                if let Some(at) = trail.iter().position(|(task, _)| *task == next) {
                    let mut circle: Vec<Task> = trail[at..].iter().map(|(task, _)| *task).collect();
                    let lowest = (0..circle.len()).min_by_key(|at| circle[*at]).expect("a circle has members");
                    circle.rotate_left(lowest);
                    return Some(circle);
                }
                trail.push((next, self.behind(next)));
            }
        }
        None
    }

    /// Those that are in a circle or wait behind one, in scenario order: who is left when all are let go who wait for
    /// nobody that is left.
    pub fn in_or_behind_circles(&self) -> Vec<Task> {
        let (waiters, lists_with) = (self.waiters(), self.lists_with());
        let mut left: BTreeSet<Task> = self.tasks().collect();
        let mut in_list: Vec<usize> = self.lists.iter().map(Vec::len).collect();
        let waits_for_nobody = |task: Task, in_list: &[usize]| {
            let wait = &self.waits[&task];
            let own = wait.on != WaitsFor::Lock && self.lists[wait.behind].binary_search(&task).is_ok();
            in_list[wait.behind] == usize::from(own)
        };
        let mut free: Vec<Task> = self.tasks().filter(|task| waits_for_nobody(*task, &in_list)).collect();
        while let Some(task) = free.pop() {
            if !left.remove(&task) {
                continue;
            }
            for list in lists_with.get(&task).into_iter().flatten() {
                in_list[*list] -= 1;
                // With one in it, that one may be a waiter itself.
                if in_list[*list] <= 1 {
                    let still = waiters[*list].iter().copied().filter(|waiter| left.contains(waiter));
                    free.extend(still.filter(|waiter| waits_for_nobody(*waiter, &in_list)));
                }
            }
        }
        left.into_iter().collect()
    }

    /// Those that never go on because one of `roots` does not, roots included, in scenario order.
    pub fn held_up_by(&self, roots: impl Fn(Task) -> bool) -> Vec<Task> {
        let (mut waiters, lists_with) = (self.waiters(), self.lists_with());
        let mut found: BTreeSet<Task> = self.tasks().filter(|task| roots(*task)).collect();
        let mut reached: Vec<Task> = found.iter().copied().collect();
        while let Some(task) = reached.pop() {
            for list in lists_with.get(&task).into_iter().flatten() {
                reached.extend(std::mem::take(&mut waiters[*list]).into_iter().filter(|waiter| found.insert(*waiter)));
            }
        }
        found.into_iter().collect()
    }

    /// Who waits, by list.
    fn waiters(&self) -> Vec<Vec<Task>> {
        let mut waiters = vec![vec![]; self.lists.len()];
        for (task, wait) in &self.waits {
            waiters[wait.behind].push(*task);
        }
        waiters
    }

    /// The lists that a task is in.
    fn lists_with(&self) -> BTreeMap<Task, Vec<usize>> {
        let mut lists_with: BTreeMap<Task, Vec<usize>> = BTreeMap::new();
        for (at, list) in self.lists.iter().enumerate() {
            for task in list {
                lists_with.entry(*task).or_default().push(at);
            }
        }
        lists_with
    }

    /// Finds for each wait who could end it.
    fn list(&mut self, evidence: &Evidence<'_>) {
        let mut places: HashMap<(WaitsFor, &str, Option<u32>), usize> = HashMap::new();
        let mut programs = Programs { run: evidence.run, by_group: HashMap::new() };
        let mut behind = Vec::with_capacity(self.waits.len());
        for wait in self.waits.values() {
            let place = *places.entry((wait.on, &wait.resource, wait.whose)).or_insert_with(|| {
                self.lists.push(who_could_end(&self.waits, wait, evidence, &mut programs));
                self.lists.len() - 1
            });
            behind.push(place);
        }
        self.waits.values_mut().zip(behind).for_each(|(wait, place)| wait.behind = place);
    }
}

fn who_could_end(
    waits: &BTreeMap<Task, Wait>,
    wait: &Wait,
    evidence: &Evidence<'_>,
    programs: &mut Programs<'_>,
) -> Vec<Task> {
    let run = evidence.run;
    let name = wait.resource.as_str();
    let those = |test: &mut dyn FnMut(Task, &Wait) -> bool| -> Vec<Task> {
        waits.iter().filter(|(task, own)| test(**task, own)).map(|(task, _)| *task).collect()
    };
    match wait.on {
        WaitsFor::Lock | WaitsFor::End => {
            wait.whose.map(Task).into_iter().filter(|other| waits.contains_key(other)).collect()
        }
        WaitsFor::Message => those(&mut |other, own| {
            programs.may_still(other, own, &|step| matches!(step, Step::Send(own) if own == name))
        }),
        WaitsFor::Room => those(&mut |other, own| {
            programs.may_still(other, own, &|step| matches!(step, Step::Receive(own) if own == name))
        }),
        // Who names it is one of its parties until its end, even past its last time there.
        WaitsFor::Barrier => those(&mut |other, own| {
            let there = own.on == WaitsFor::Barrier && own.resource == name;
            let meets = |step: &Step| matches!(step, Step::Barrier(own) if own == name);
            !there && any_step(&group_of(run, other).steps, &meets)
        }),
        // A stuck task never lets its worker go.
        WaitsFor::Worker => those(&mut |other, own| {
            let share = evidence.plan.workers.share_of(other.0, run.trace.tasks());
            !matches!(own.on, WaitsFor::Worker | WaitsFor::End) && wait.whose == Some(share)
        }),
    }
}

/// `comes_after_stuck` remembers what was found out about cancelled tasks.
fn waits_for(run: &Run, end: &Span, resource: &str, comes_after_stuck: &mut HashMap<Task, bool>) -> Option<WaitsFor> {
    match end.cause {
        Cause::Lock => Some(WaitsFor::Lock),
        Cause::Barrier => Some(WaitsFor::Barrier),
        Cause::Queued => Some(WaitsFor::Worker),
        Cause::Dependency => is_cancelled_for_stuck(run, end, comes_after_stuck).then_some(WaitsFor::End),
        Cause::ChannelFull => Some(WaitsFor::Room),
        Cause::Channel => {
            // Runs of earlier versions tell of both waits alike.
            let steps = &group_of(run, end.task).steps;
            let receives = any_step(steps, &|step| matches!(step, Step::Receive(own) if own == resource));
            Some(if receives { WaitsFor::Message } else { WaitsFor::Room })
        }
        _ => None,
    }
}

/// Whether what the task comes after, or what that comes after, and so on, is stuck.
fn is_cancelled_for_stuck(run: &Run, end: &Span, known: &mut HashMap<Task, bool>) -> bool {
    let (mut on_the_way, mut end) = (Vec::new(), *end);
    let stuck = loop {
        if let Some(stuck) = known.get(&end.task) {
            break *stuck;
        }
        on_the_way.push(end.task);
        let before = end.peer.as_task().and_then(|before| run.trace.spans_of(before).next_back());
        match before {
            Some(before) if (before.state, before.cause) == (State::Cancelled, Cause::Dependency) => end = before,
            before => break before.is_some_and(|before| before.state == State::Deadlocked),
        }
    };
    known.extend(on_the_way.into_iter().map(|task| (task, stuck)));
    stuck
}

/// What the stuck would still do.
struct Programs<'a> {
    run: &'a Run,
    by_group: HashMap<usize, Program>,
}

impl Programs<'_> {
    /// Whether a stuck task may have had a step that passes `test` before it. Where in its program it stood is known up
    /// to steps that look the same: of several such places the earliest counts.
    fn may_still(&mut self, task: Task, wait: &Wait, test: &dyn Fn(&Step) -> bool) -> bool {
        let (group, index) = self.run.group_of(task);
        let steps = &self.run.scenario.groups[group].steps;
        if !any_step(steps, &test) {
            return false;
        }
        let program = self.by_group.entry(group).or_insert_with(|| Program::new(steps));
        let group = u32::try_from(group).expect("few groups");
        let stands_at = |step: &Step| match (wait.on, step) {
            (WaitsFor::Lock, Step::Lock(name))
            | (WaitsFor::Message, Step::Receive(name))
            | (WaitsFor::Room, Step::Send(name))
            | (WaitsFor::Barrier, Step::Barrier(name)) => *name == wait.resource,
            _ => false,
        };
        let steps = program.start(self.run.seed, group, index).map(|(step, _)| step).take(STEPS_MAX);
        let begun = !matches!(wait.on, WaitsFor::Worker | WaitsFor::End);
        steps.skip_while(|step| begun && !stands_at(step)).any(test)
    }
}

fn group_of(run: &Run, task: Task) -> &Group {
    &run.scenario.groups[run.group_of(task).0]
}

/// How many workers stand behind a task in the queue: its own in a split, else all of them.
pub(super) fn workers_of(plan: &crate::model::Plan) -> u32 {
    match plan.workers {
        Workers::Fixed(workers) => workers,
        Workers::Split(_) | Workers::PerTask => 1,
    }
}
