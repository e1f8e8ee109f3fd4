//! Tasks that ended deadlocked, and those that were to come after them: what each waited for at the end, and which
//! other of them could have ended that wait.
//! Two rules read it: a circle is a deadlock, a wait that nobody is left to end is a lost wake-up.
//!
//! Invariant: who waits for the same shares a list of who could serve that, and programs are searched by group: ten
//! thousand who all wait for each other are no more work than that.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

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
    since: Nanos,
    until: Nanos,
    /// Who could have served such a wait; `but` that is among them for itself.
    servers: Rc<[Task]>,
    but: Option<Task>,
}

impl Wait {
    /// Tasks of these that hold it or could have served it, in scenario order.
    pub fn behind(&self) -> impl Iterator<Item = Task> {
        self.servers.iter().copied().filter(|task| Some(*task) != self.but)
    }

    fn keeps_worker(&self) -> bool {
        !matches!(self.on, WaitsFor::Worker | WaitsFor::End)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
            Some((*task, Wait { on, resource, since, until: end.start, servers: Rc::default(), but: None }))
        };
        let mut stuck = Stuck(tasks.iter().filter_map(wait).collect());
        let servers = stuck.servers(evidence);
        for (wait, (servers, but)) in stuck.0.values_mut().zip(servers) {
            (wait.servers, wait.but) = (servers, but);
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
        let mut finished = BTreeSet::new();
        for start in self.tasks() {
            // Depth first, without recursion: each task on the trail with those still to be looked at from there.
            let mut trail = vec![(start, self.wait(start).behind())];
            while let Some((task, ahead)) = trail.last_mut() {
                let Some(next) = ahead.next() else {
                    finished.insert(*task);
                    trail.pop();
                    continue;
                };
                if let Some(at) = trail.iter().position(|(task, _)| *task == next) {
                    let mut circle: Vec<Task> = trail[at..].iter().map(|(task, _)| *task).collect();
                    let lowest = (0..circle.len()).min_by_key(|at| circle[*at]).expect("a circle has members");
                    circle.rotate_left(lowest);
                    return Some(circle);
                }
                if !finished.contains(&next) {
                    trail.push((next, self.wait(next).behind()));
                }
            }
        }
        None
    }

    /// By task: who could serve it, and itself if it may be among them.
    fn servers(&self, evidence: &Evidence<'_>) -> Vec<(Rc<[Task]>, Option<Task>)> {
        let run = evidence.run;
        let share = |task: Task| evidence.plan.workers.share_of(task.0, run.trace.tasks());
        let holders: Vec<(Task, &Wait)> =
            self.0.iter().filter(|(_, wait)| wait.keeps_worker()).map(|(task, wait)| (*task, wait)).collect();
        let (mut of_things, mut of_workers) = (BTreeMap::new(), BTreeMap::new());
        let of = |(task, wait): (&Task, &Wait)| match wait.on {
            WaitsFor::Lock | WaitsFor::End => {
                let holder = run.trace.spans_of(*task).next_back().and_then(|end| end.peer.as_task());
                (holder.into_iter().filter(|holder| self.0.contains_key(holder)).collect(), None)
            }
            WaitsFor::Message | WaitsFor::Room | WaitsFor::MessageOrRoom | WaitsFor::Barrier => {
                let found = of_things
                    .entry((wait.on, wait.resource.clone()))
                    .or_insert_with(|| self.servers_of_thing(run, wait.on, &wait.resource));
                (Rc::clone(found), Some(*task))
            }
            WaitsFor::Worker => {
                let (own, until) = (share(*task), wait.until);
                let keeps =
                    |(task, wait): &&(Task, &Wait)| wait.since <= until && until <= wait.until && share(*task) == own;
                let found = of_workers
                    .entry((own, until))
                    .or_insert_with(|| holders.iter().filter(keeps).map(|(task, _)| *task).collect());
                (Rc::clone(found), Some(*task))
            }
        };
        self.0.iter().map(of).collect()
    }

    /// Tasks that may still have had a step before them that ends such a wait.
    fn servers_of_thing(&self, run: &Run, on: WaitsFor, name: &str) -> Rc<[Task]> {
        let ends_it = |step: &Step| match step {
            Step::Send(own) => own == name && matches!(on, WaitsFor::Message | WaitsFor::MessageOrRoom),
            Step::Receive(own) => own == name && matches!(on, WaitsFor::Room | WaitsFor::MessageOrRoom),
            Step::Barrier(own) => own == name && on == WaitsFor::Barrier,
            _ => false,
        };
        // By group and what its tasks wait for.
        let mut known: BTreeMap<(usize, WaitsFor, &str), bool> = BTreeMap::new();
        let serves = self.0.iter().filter_map(|(task, own)| {
            let is_there = on == WaitsFor::Barrier && own.on == on && own.resource == name;
            let (group, _) = run.group_of(*task);
            let may =
                known.entry((group, own.on, &own.resource)).or_insert_with(|| may_still(run, group, own, &ends_it));
            (!is_there && *may).then_some(*task)
        });
        serves.collect()
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

/// Whether a stuck task of that group may have had a step that passes `test` before it. Where in its program it stood is
/// known up to steps that look the same: of several such places the earliest counts.
fn may_still(run: &Run, group: usize, wait: &Wait, test: &dyn Fn(&Step) -> bool) -> bool {
    let program = Program::new(&run.scenario.groups[group].steps);
    let stands_at = |step: &Step| match (wait.on, step) {
        (WaitsFor::Lock, Step::Lock(name))
        | (WaitsFor::Message | WaitsFor::MessageOrRoom, Step::Receive(name))
        | (WaitsFor::Room | WaitsFor::MessageOrRoom, Step::Send(name))
        | (WaitsFor::Barrier, Step::Barrier(name)) => *name == wait.resource,
        _ => false,
    };
    // Draws differ from task to task; steps do not.
    let steps = program.start(run.seed, 0, 0).map(|(step, _)| step).take(STEPS_MAX);
    steps.skip_while(|step| wait.keeps_worker() && !stands_at(step)).any(test)
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
