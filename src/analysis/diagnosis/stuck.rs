//! Tasks that ended deadlocked, and those that were to come after them: what each waited for at the end, and which other
//! of them could have ended that wait.
//! Two rules read it: a circle is a deadlock, a wait that nobody is left to end is a lost wake-up.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use crate::model::Workers;
use crate::scenario::check::any_step;
use crate::scenario::program::Program;
use crate::scenario::{Group, Step};
use crate::time::Nanos;
use crate::trace::{Cause, Run, Span, State, Task};

/// A program is searched so far; beyond, what a task would still do is unknown.
const STEPS_MAX: usize = 1_000_000;

pub(super) struct Stuck(BTreeMap<Task, Wait>);

pub(super) struct Wait {
    pub on: WaitsFor,
    /// What is waited for, by name; empty for a worker and for an end.
    pub resource: String,
    /// Tasks of these that hold it or could have served it, in scenario order.
    pub behind: Vec<Task>,
    since: Nanos,
    until: Nanos,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitsFor {
    Lock,
    Message,
    Room,
    /// A task that both sends and receives there: which of the two it was about to do is not recorded.
    MessageOrRoom,
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
        tasks.sort_unstable();
        let wait = |task: &Task| {
            let mut spans = run.trace.spans_of(*task).rev();
            let end = spans.next()?;
            let since = spans.next().map_or(end.start, |before| before.start);
            let resource = end.resource.get().map(|at| run.resources[at].clone()).unwrap_or_default();
            let on = waits_for(run, &end, &resource)?;
            Some((*task, Wait { on, resource, behind: vec![], since, until: end.start }))
        };
        let mut stuck = Stuck(tasks.iter().filter_map(wait).collect());
        let behind: Vec<(Task, Vec<Task>)> =
            stuck.0.keys().map(|task| (*task, stuck.behind(evidence, *task))).collect();
        for (task, behind) in behind {
            stuck.0.get_mut(&task).expect("it has just been listed").behind = behind;
        }
        stuck
    }

    pub fn tasks(&self) -> impl Iterator<Item = Task> {
        self.0.keys().copied()
    }

    pub fn wait(&self, task: Task) -> &Wait {
        &self.0[&task]
    }

    /// Tasks each of which waits for the next, and the last for the first; begins with the lowest number.
    pub fn circle(&self) -> Option<Vec<Task>> {
        let mut finished = std::collections::BTreeSet::new();
        for start in self.tasks() {
            // Depth first, without recursion: each task on the trail with the number of those before it looked at.
            let mut trail = vec![(start, 0)];
            while let Some((task, looked_at)) = trail.last_mut() {
                let Some(next) = self.0[task].behind.get(*looked_at).copied() else {
                    finished.insert(*task);
                    trail.pop();
                    continue;
                };
                *looked_at += 1;
                if let Some(at) = trail.iter().position(|(task, _)| *task == next) {
                    let mut circle: Vec<Task> = trail[at..].iter().map(|(task, _)| *task).collect();
                    let lowest = (0..circle.len()).min_by_key(|at| circle[*at]).expect("a circle has members");
                    circle.rotate_left(lowest);
                    return Some(circle);
                }
                if !finished.contains(&next) {
                    trail.push((next, 0));
                }
            }
        }
        None
    }

    fn behind(&self, evidence: &Evidence<'_>, task: Task) -> Vec<Task> {
        let wait = &self.0[&task];
        let run = evidence.run;
        let name = wait.resource.as_str();
        let others = |test: &dyn Fn(Task, &Wait) -> bool| {
            let serves = |(other, own): &(&Task, &Wait)| **other != task && test(**other, own);
            self.0.iter().filter(serves).map(|(other, _)| *other).collect()
        };
        let sends = |step: &Step| matches!(step, Step::Send(own) if own == name);
        let receives = |step: &Step| matches!(step, Step::Receive(own) if own == name);
        match wait.on {
            WaitsFor::Lock | WaitsFor::End => {
                let end = run.trace.spans_of(task).next_back();
                let holder = end.and_then(|end| end.peer.as_task());
                holder.into_iter().filter(|holder| self.0.contains_key(holder)).collect()
            }
            WaitsFor::Message => others(&|other, own| may_still(run, other, own, &sends)),
            WaitsFor::Room => others(&|other, own| may_still(run, other, own, &receives)),
            WaitsFor::MessageOrRoom => {
                others(&|other, own| may_still(run, other, own, &|step| sends(step) || receives(step)))
            }
            WaitsFor::Barrier => others(&|other, own| {
                let there = own.on == WaitsFor::Barrier && own.resource == name;
                !there && may_still(run, other, own, &|step| matches!(step, Step::Barrier(own) if own == name))
            }),
            WaitsFor::Worker => {
                let share = |task: Task| evidence.plan.workers.share_of(task.0, run.trace.tasks());
                others(&|other, own| {
                    let held = !matches!(own.on, WaitsFor::Worker | WaitsFor::End)
                        && own.since <= wait.until
                        && wait.until <= own.until;
                    held && share(other) == share(task)
                })
            }
        }
    }
}

fn waits_for(run: &Run, end: &Span, resource: &str) -> Option<WaitsFor> {
    match end.cause {
        Cause::Lock => Some(WaitsFor::Lock),
        Cause::Barrier => Some(WaitsFor::Barrier),
        Cause::Queued => Some(WaitsFor::Worker),
        Cause::Dependency => {
            let ended = end.peer.as_task().and_then(|before| run.trace.spans_of(before).next_back());
            ended.filter(|before| before.state == State::Deadlocked).map(|_| WaitsFor::End)
        }
        Cause::Channel => {
            let steps = &group_of(run, end.task).steps;
            let sends = any_step(steps, &|step| matches!(step, Step::Send(own) if own == resource));
            let receives = any_step(steps, &|step| matches!(step, Step::Receive(own) if own == resource));
            let declared = run.scenario.channels.iter().find(|channel| channel.name == resource);
            let bounded = declared.is_some_and(|channel| channel.capacity.is_some());
            Some(match (sends && bounded, receives) {
                (false, _) => WaitsFor::Message,
                (true, false) => WaitsFor::Room,
                (true, true) => WaitsFor::MessageOrRoom,
            })
        }
        _ => None,
    }
}

/// Whether a stuck task may have had a step that passes `test` before it. Where in its program it stood is known up to
/// steps that look the same: of several such places the earliest counts.
fn may_still(run: &Run, task: Task, wait: &Wait, test: &dyn Fn(&Step) -> bool) -> bool {
    let (group, index) = run.group_of(task);
    let program = Program::new(&run.scenario.groups[group].steps);
    let group = u32::try_from(group).expect("few groups");
    let stands_at = |step: &Step| match (wait.on, step) {
        (WaitsFor::Lock, Step::Lock(name))
        | (WaitsFor::Message | WaitsFor::MessageOrRoom, Step::Receive(name))
        | (WaitsFor::Room | WaitsFor::MessageOrRoom, Step::Send(name))
        | (WaitsFor::Barrier, Step::Barrier(name)) => *name == wait.resource,
        _ => false,
    };
    let steps = program.start(run.seed, group, index).map(|(step, _)| step).take(STEPS_MAX);
    let begun = !matches!(wait.on, WaitsFor::Worker | WaitsFor::End);
    steps.skip_while(|step| begun && !stands_at(step)).any(test)
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
