//! The imagined computer: a scenario under a model's [`Plan`] on a machine that isn't there, as a deterministic
//! discrete-event simulation. The same setup gives the same trace to the last byte, on every computer.
//!
//! All that it knows of a model is its plan. Pure: no clock, no thread; who wants it in the background runs it there.

mod bits;
mod calendar;
mod carry;
mod comers;
mod commons;
mod core_queues;
mod cores;
pub mod cost_file;
pub mod costs;
mod deques;
mod dispatch;
mod ends;
mod gil;
mod gil_waiters;
mod lateness;
pub mod log;
mod loops;
mod machine;
mod memory;
mod os;
pub mod room;
mod running;
pub mod schedulers;
mod sequence_heap;
mod starts;
mod stuck;
mod supply;
mod tally;
mod task_queue;
mod tasks;
#[cfg(test)]
mod testing;
mod threads;
mod told;
mod turns;
mod waits;
mod wakes;
mod watch;

use crate::model::{Plan, Workers};
use crate::scenario::check::YEARS_MAX;
use crate::scenario::shared::{Kind, Shared};
use crate::scenario::{SIMULATED_TASKS_MAX, Scenario, Step, draw};
use crate::time::{Nanos, write_duration};
use crate::trace::{Account, Core, OutputLine, Status, Task, Trace, Worker, WorkerInfo};
use costs::{Cost, Costs};
use log::{Log, Sink};
use machine::{Machine, Remains};
use watch::SIMULATING;
pub use watch::{Order, Watch};

/// Most cores of an imagined machine.
pub const CORES_MAX: u32 = 1_024;

/// Cores of an imagined machine of which nothing else is said: the same on whatever computer it is imagined.
pub const CORES_DEFAULT: u32 = 2;

/// What is to be simulated.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The variant, `--tasks` and the like are already applied.
    pub scenario: &'a Scenario,
    pub plan: &'a Plan,
    /// From 1 to [`CORES_MAX`].
    pub cores: u32,
    pub seed: u64,
    pub costs: &'a Costs,
}

/// What a simulation yields: the parts of a [`crate::trace::Run`] that are its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    /// [`Status::Cancelled`] when it was stopped: the trace then reaches to that instant, where every task that was not
    /// over ends. Of one that was abandoned it is empty.
    pub status: Status,
    pub trace: Trace,
    pub workers: Vec<WorkerInfo>,
    pub variables: Vec<(String, i64)>,
    pub output: Vec<OutputLine>,
    pub account: Account,
    /// Why cores were handed out as they were, in time order; the first [`DECISIONS_MAX`].
    pub decisions: Vec<Decision>,
}

/// So many decisions are kept for replay.
pub const DECISIONS_MAX: usize = 100_000;

/// Who chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChosenBy {
    /// The operating system's scheduler: this thread got a core.
    Scheduler,
    /// The same, where the quantum of who was on that core was over.
    NextTurn,
    /// A pool's worker took the first task of its queue, or the newest of its own deque.
    Queue,
    /// An event loop took the task that has been ready longest.
    Loop,
    /// A worker without work took the oldest of another's.
    Theft,
    /// A pool's worker took the task that it woke last.
    Waker,
    /// A pool's worker without work took half of another's line, and this one first.
    HalfTheft,
    /// It was woken, and whoever was on its core had computed for long.
    Woken,
    /// A core took over a thread that waited for another.
    Moved { from: Core },
    /// The scheduler left it its core, though `against` has come, the first of those that wait, which `rank` is the rank
    /// of.
    Keeps { against: Task, rank: i64 },
    /// It got the interpreter lock.
    Gil(GilRule),
}

/// How a thread came by the interpreter lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GilRule {
    /// Nobody held it, and it was there before anybody who waits.
    Free,
    /// It was told that it is free: it had been in the queue longest.
    First,
    /// It had waited its interval in vain and asked, and the holder let go before it had fallen asleep again.
    Asked,
}

/// A task was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub time: Nanos,
    pub by: ChosenBy,
    pub core: Core,
    pub worker: Worker,
    pub task: Task,
    /// How many there were to choose from, this one included.
    pub ready: u32,
    /// What the scheduler ranked it by, smaller first: the priority, the nanoseconds to the next wait, or 0.
    pub rank: i64,
    /// Another was ranked as well and came later.
    pub is_first_of_equals: bool,
    /// Whom it displaced, whose quantum was over, or who had to drop the lock for it.
    pub instead_of: Option<Task>,
    /// It got a core to take the interpreter lock or to ask for it, and waits on.
    pub in_vain: bool,
}

/// Why a setup was refused, before memory was spent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{cores} cores asked for: an imagined computer has from 1 to {CORES_MAX}")]
    Cores { cores: u32 },
    #[error("{tasks} tasks are more than a simulated run can hold ({max})")]
    TooManyTasks { tasks: u64, max: u64 },
    #[error("the run would be longer than any clock counts ({what}): use shorter times or fewer tasks")]
    TooLong { what: &'static str },
    #[error(
        "the run would be longer than any clock counts, above all by `{}` ({}): use a smaller cost, shorter times or fewer tasks",
        .cost.id(),
        write_duration(*.time)
    )]
    CostTooLong { cost: Cost, time: Nanos },
    /// With what was drawn for that task.
    #[error(
        "`task.{task}.steps`: with the times that were drawn, all tasks together take more than {YEARS_MAX} years, and that is the most: use shorter times, a lighter tail, fewer tasks or another seed"
    )]
    DrawnTooLong { task: String },
    #[error(
        "the run would have more than {max} events: use a longer quantum or switch interval, shorter times, smaller costs, fewer rounds or fewer tasks"
    )]
    TooManyEvents { max: u64 },
    #[error("{turns} quanta, one after another, went into costs alone: use smaller costs or a longer quantum")]
    InVain { turns: u64 },
}

/// At most so many events has a run: several for each step of the largest scenario there may be.
pub const EVENTS_MAX: u64 = 1 << 30;

/// Whether a setup can be simulated at all.
///
/// # Errors
/// [`Refusal`] names the limit.
pub fn check(setup: &Setup<'_>) -> Result<(), Refusal> {
    if !(1..=CORES_MAX).contains(&setup.cores) {
        return Err(Refusal::Cores { cores: setup.cores });
    }
    let tasks = setup.scenario.tasks();
    if tasks > SIMULATED_TASKS_MAX {
        return Err(Refusal::TooManyTasks { tasks, max: SIMULATED_TASKS_MAX });
    }
    let total: i128 =
        setup.scenario.groups.iter().map(|group| i128::from(group.count) * least_demand(&group.steps)).sum();
    if total >= i128::from(i64::MAX) {
        return Err(Refusal::TooLong { what: "the sum of its steps" });
    }
    let charges = charges_max(setup, total);
    let overheads = charges.iter().fold(0, |sum: i128, (_, charge)| sum.saturating_add(*charge));
    if total.saturating_add(overheads) >= i128::from(i64::MAX / 2) {
        let (cost, _) = charges.iter().rev().max_by_key(|(_, charge)| *charge).expect("there are costs");
        return Err(Refusal::CostTooLong { cost: *cost, time: setup.costs.get(*cost) });
    }
    if turns::events_min(setup) > i128::from(EVENTS_MAX) {
        return Err(Refusal::TooManyEvents { max: EVENTS_MAX });
    }
    Ok(())
}

/// More than can be charged for each thing, in nanoseconds: every cost that the model pays a few times for each task and
/// step, and switches whenever a quantum or the interpreter lock's interval is over.
fn charges_max(setup: &Setup<'_>, demand: i128) -> [(Cost, i128); Cost::ALL.len()] {
    const TIMES: i128 = 4;
    /// What threads may pay that are no more than a model's means: those that block, and the main thread.
    const ANYBODYS: [Cost; 7] = [
        Cost::PoolDispatch,
        Cost::ContextSwitch,
        Cost::WakeUp,
        Cost::HotWakeUp,
        Cost::Notify,
        Cost::SleepOvershoot,
        Cost::ShortSleepOvershoot,
    ];
    let paid = costs::costs_of(setup.plan);
    let steps: i128 =
        setup.scenario.groups.iter().map(|group| i128::from(group.count) * (1 + count(&group.steps))).sum();
    let quanta = demand / i128::from(schedulers::quantum(&setup.scenario.machine).0.max(1));
    let interval = i128::from(setup.costs.get(Cost::GilInterval).0);
    let intervals = if setup.plan.gil.is_some() { demand / interval.max(1) } else { 0 };
    Cost::ALL.map(|cost| {
        let each = i128::from(setup.costs.get(cost).0);
        // A share of the time, not so much a step.
        if cost == Cost::Interrupts {
            return (cost, demand.saturating_mul(each) / i128::from(Nanos::from_millis(1_000).0));
        }
        let more = match cost {
            Cost::ContextSwitch => quanta + intervals,
            Cost::GilHandOff => intervals,
            _ => 0,
        };
        let times = if paid.contains(&cost) || ANYBODYS.contains(&cost) { TIMES * steps + more } else { 0 };
        (cost, times * each)
    })
}

/// Steps after `repeat` is multiplied out.
fn count(steps: &[Step]) -> i128 {
    let one = |step: &Step| match step {
        Step::Repeat { count: times, steps } => i128::from(*times) * count(steps),
        _ => 1,
    };
    steps.iter().map(one).sum()
}

/// What the steps take at the least, in nanoseconds.
fn least_demand(steps: &[Step]) -> i128 {
    let least = |step: &Step| match step {
        Step::Cpu { time, .. } | Step::Work { time, .. } => i128::from(draw::least(time).0),
        Step::Io { time, timeout, .. } => {
            let time = draw::least(time);
            i128::from(timeout.map_or(time, |timeout| timeout.min(time)).0)
        }
        Step::Repeat { count, steps } => i128::from(*count) * least_demand(steps),
        _ => 0,
    };
    steps.iter().map(least).sum()
}

/// Simulates. `stop` is asked now and then whether to break off; nothing is kept then.
///
/// # Errors
/// As [`check`], or when a drawn time leads beyond what a clock counts.
pub fn simulate(setup: &Setup<'_>, stop: &dyn Fn() -> bool) -> Result<Simulated, Refusal> {
    simulate_watched(setup, &|_| if stop() { Order::Abandon } else { Order::GoOn })
}

/// Simulates for somebody who waits, and may want what had happened until then.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_watched(setup: &Setup<'_>, watch: Watch<'_>) -> Result<Simulated, Refusal> {
    simulate_within(setup, EVENTS_MAX, watch)
}

/// As [`simulate_watched`], where no more than so many events have room: see [`room`].
///
/// # Errors
/// As [`simulate`]; [`Refusal::TooManyEvents`] soon after there are more.
pub fn simulate_within(setup: &Setup<'_>, events_max: u64, watch: Watch<'_>) -> Result<Simulated, Refusal> {
    check(setup)?;
    let tasks = u32::try_from(setup.scenario.tasks()).expect("checked");
    let mut machine = Machine::new(setup, Log::of_at_most(events_max), watch);
    let order = machine.complete()?;
    let shared = Shared::of(setup.scenario);
    let values = shared.iter().zip(machine.commons.variables());
    let variables = values.filter(|((kind, _), _)| *kind == Kind::Variable);
    let variables = variables.map(|((_, name), value)| (name.clone(), *value)).collect();
    let workers = worker_names(setup, machine.threads.len());
    let Remains { sink, decisions, account, end } = machine.into_remains();
    let Log { events, mut output, .. } = sink;
    output.sort_by_key(|line| line.time);
    // Once everything has happened, only who does not want it any more stops it.
    let abandoned = |share: f64| watch(SIMULATING + share * (1.0 - SIMULATING)) == Order::Abandon;
    let trace = if order == Order::Abandon { None } else { events.sorted(tasks, end, &abandoned) };
    let status = if order == Order::Stop || trace.is_none() { Status::Cancelled } else { Status::Finished };
    let trace = trace.unwrap_or_else(|| Trace::new(tasks, &[], Nanos::ZERO));
    Ok(Simulated { status, trace, workers, variables, output, account, decisions })
}

/// Simulates and hands every event to `sink` instead of keeping it: for statistics over more than memory holds.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_into<S: Sink>(setup: &Setup<'_>, sink: S) -> Result<S, Refusal> {
    check(setup)?;
    let mut machine = Machine::new(setup, sink, &|_| Order::GoOn);
    machine.complete()?;
    Ok(machine.into_remains().sink)
}

/// By worker number: the main thread, then those that carry tasks.
fn worker_names(setup: &Setup<'_>, threads: usize) -> Vec<WorkerInfo> {
    let kind = if setup.plan.processes.is_some() { "process" } else { "worker" };
    let (fixed, rest) = match setup.plan.workers {
        // The main thread is the first of them.
        _ if setup.plan.on_main => (0, threads.saturating_sub(1)),
        Workers::Fixed(count) | Workers::Split(count) => (count as usize, threads.saturating_sub(count as usize)),
        Workers::PerTask => (0, usize::try_from(setup.scenario.tasks()).unwrap_or_default()),
    };
    let of_rest = match (setup.plan.workers, setup.plan.processes) {
        (Workers::PerTask, None) => "thread",
        (Workers::PerTask, Some(_)) => "process",
        _ => "blocking",
    };
    let named = |kind: &str, number: usize| WorkerInfo { name: format!("{kind} {number}") };
    std::iter::once(WorkerInfo { name: "main".to_owned() })
        .chain((1..=fixed).map(|number| named(kind, number)))
        .chain((fixed + 1..=fixed + rest).map(|number| named(of_rest, number)))
        .collect()
}
