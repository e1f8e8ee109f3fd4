//! A schedule as a run, so that it can be drawn and kept like any other: a thread for each task, one core, one step
//! each millisecond. The times show the order and nothing else.

use std::sync::Arc;

use super::program::Program;
use super::schedule::{Deed, Story};
use super::state::Standing;
use crate::model::{self, ModelChoice};
use crate::scenario::numbering::Numbering;
use crate::scenario::shared::Shared;
use crate::scenario::{Engine, Scenario};
use crate::time::Nanos;
use crate::trace::{
    Account, Cause, Core, Event, Host, Peer, Resource, Run, State, Status, Task, Times, Trace, Worker, WorkerInfo,
};

/// How long each step is drawn.
pub const STEP: Nanos = Nanos::from_millis(1);

/// The run of a story of `scenario`, which is what `program` was made of.
pub fn run(id: String, scenario: Arc<Scenario>, variant: Option<String>, program: &Program, story: &Story) -> Run {
    let events = events(program, story);
    let tasks = u32::try_from(program.tasks()).expect("few tasks are explored");
    let count = events.len() as u64;
    let values = story.values.last().map_or(&[][..], Vec::as_slice);
    Run {
        scenario_id: id,
        variant,
        choice: ModelChoice::new(model::find("threads").expect("a model of the registry")),
        engine: Engine::Simulated,
        cores: 1,
        seed: scenario.machine.seed,
        repeat: 0,
        status: Status::Finished,
        trace: Trace::new(tasks, &events, end(story)),
        workers: (1..=tasks).map(|number| WorkerInfo { name: format!("thread {number}") }).collect(),
        resources: Shared::of(&scenario).iter().map(|(_, name)| name.clone()).collect(),
        variables: program.variables().map(str::to_owned).zip(values.iter().copied()).collect(),
        output: Vec::new(),
        account: Account { times: Times::Steps, recorded: count, received: count, ..Account::default() },
        load: Vec::new(),
        host: Host::default(),
        numbering: Numbering::of(&scenario),
        scenario,
    }
}

/// The way back: the program whose order `run` shows, and the order's story. `None` where it shows none, or, changed by
/// somebody, not one of the scenario that it names.
pub fn story(run: &Run) -> Option<(Program, Story)> {
    if !run.shows_order_only() {
        return None;
    }
    let program = Program::of(&run.scenario).ok()?;
    let trace = &run.trace;
    let steps = (0..trace.tasks()).flat_map(|task| trace.of(Task(task)).map(move |at| (trace.starts()[at], at, task)));
    let mut steps: Vec<_> = steps.filter(|(_, at, _)| trace.states()[*at] == State::Running).collect();
    steps.sort_unstable();
    let in_place = steps.iter().enumerate().all(|(step, (start, ..))| *start == instant(step));
    let schedule: Vec<Task> = steps.into_iter().map(|(.., task)| Task(task)).collect();
    let story = Story::followed(&program, &schedule).filter(|_| in_place)?;
    Some((program, story))
}

/// When step `k` begins.
pub fn instant(step: usize) -> Nanos {
    STEP * i64::try_from(step).expect("a schedule is short")
}

/// What is being done from that instant on; `None` behind the last step.
pub fn deed_from(story: &Story, time: Nanos) -> Option<&Deed> {
    story.deeds.get(usize::try_from(time.0 / STEP.0).ok()?)
}

/// How many steps are done at that instant, the one under way included.
pub fn step_at(time: Nanos) -> i64 {
    (time.0.max(0) + STEP.0 - 1) / STEP.0
}

/// How many steps the order has that `run` shows.
pub fn steps_of(run: &Run) -> i64 {
    let trace = &run.trace;
    let is_stuck =
        |task: u32| trace.of(Task(task)).next_back().is_some_and(|end| trace.states()[end] == State::Deadlocked);
    step_at(trace.horizon()) - i64::from((0..trace.tasks()).any(is_stuck))
}

/// The first and the last of the steps that are drawn between two instants.
pub fn steps_between(from: Nanos, to: Nanos) -> [i64; 2] {
    [step_at(from + Nanos(1)), step_at(to)]
}

/// When it is over. Who can never go on is seen to wait for one step more.
fn end(story: &Story) -> Nanos {
    instant(story.deeds.len() + usize::from(story.is_deadlock()))
}

/// An event for each step, and for each change of where the others stand.
fn events(program: &Program, story: &Story) -> Vec<Event> {
    let mut events = Vec::new();
    for task in 0..program.tasks() {
        let task = super::program::task(task);
        let mut last = None;
        for (moment, standings) in story.standings.iter().enumerate() {
            let moves = story.deeds.get(moment).is_some_and(|deed| deed.task == task);
            let event = if moves { Some(running(task)) } else { standing(task, standings[task.index()]) };
            // Steps are told apart although they follow each other; waiting is one stretch.
            if let Some(event) = event.filter(|event| moves || last != Some(*event)) {
                events.push(Event { time: instant(moment), ..event });
                last = Some(event);
            }
        }
        let at_end = story.standings.last().map(|standings| standings[task.index()]);
        if let Some(stuck) = at_end.filter(|standing| !standing.is_over()) {
            let waits = standing(task, stuck).unwrap_or(Event::new(task, State::Deadlocked, Cause::Dependency));
            events.push(Event { time: end(story), state: State::Deadlocked, ..waits });
        }
    }
    events
}

fn running(task: Task) -> Event {
    Event { worker: Worker(task.0), core: Core(0), ..Event::new(task, State::Running, Cause::None) }
}

/// `None`: not arrived, which is not told.
fn standing(task: Task, standing: Standing) -> Option<Event> {
    let event = |state: State, cause: Cause, peer: Peer, resource: Resource| {
        Some(Event { worker: Worker(task.0), peer, resource, ..Event::new(task, state, cause) })
    };
    let plain = |state: State, cause: Cause| event(state, cause, Peer::NONE, Resource::NONE);
    match standing {
        Standing::NotArrived => None,
        Standing::Ready => plain(State::Ready, Cause::NoCore),
        Standing::Waits { cause, behind, on } => event(State::Blocked, cause, behind, on),
        Standing::Done => plain(State::Done, Cause::None),
        Standing::Failed => plain(State::Failed, Cause::Fail),
        Standing::Cancelled => plain(State::Cancelled, Cause::Dependency),
    }
}
