//! What tasks pay that share something, read off small runs like those of `runs`: variables, the cache lines they stand
//! on, and a lock that several want.

use std::sync::Arc;

use super::Bounds;
use super::runs::{ALONE, SOMETHING, Workload, run, running};
use crate::host;
use crate::simulate::costs::Cost;
use crate::time::{Nanos, write_duration};
use crate::trace::Run;

/// So many runs are a measurement.
const RUNS: usize = 5;

/// What each step takes that loads or stores a variable nobody else wants, while other cores do so too: who counts does so
/// twice in each round, and adds once.
pub(super) fn variable_accesses(bounds: Bounds<'_>) -> Vec<Nanos> {
    let pair = || on_each_core(counting, bounds).zip(on_each_core(|_| adding(), bounds));
    let access = |(counts, adds): (Nanos, Nanos)| nearest((counts - adds / 3).max(Nanos::ZERO), 2 * ROUNDS);
    bounds.samples(RUNS, pair).into_iter().map(access).collect()
}

/// What is left of a round for its addition: so a round comes to what it took, where each of its steps is a whole number
/// of few nanoseconds.
pub(super) fn register_adds(bounds: Bounds<'_>) -> Vec<Nanos> {
    let Some(access) = bounds.known(Cost::VariableAccess) else { return Vec::new() };
    let rounds = bounds.samples(RUNS, || on_each_core(counting, bounds));
    rounds.into_iter().map(|time| (nearest(time, ROUNDS) - access * 2).max(Nanos::ZERO)).collect()
}

/// How much longer it takes when another core wants the same line: two that count side by side, each in a variable of
/// its own, against two that count apart.
pub(super) fn cache_line_transfers(bounds: Bounds<'_>) -> Vec<Nanos> {
    /// Each of the two fetches the line so often from the other in so many rounds: an imagined computer's do, too.
    const TRANSFERS: i64 = 3;
    const IN_ROUNDS: i64 = 2;
    if host::cores() < 2 {
        return Vec::new();
    }
    let shorter = |variables: [&str; 2]| at_once(&variables.map(counting), bounds)?.into_iter().min();
    let pair = || shorter(ALONE).zip(shorter(["ana", "bia"]));
    let transfer = |(apart, together): (Nanos, Nanos)| {
        nearest((together - apart).max(Nanos::ZERO) * IN_ROUNDS, TRANSFERS * ROUNDS)
    };
    bounds.samples(RUNS, pair).into_iter().map(transfer).collect()
}

/// How long a lock that several want again and again is nobody's between two of them, whose threads have slept for a
/// moment only: the switch to the next thread is not part of it. And how long those compute who wake the next in the queue
/// for it, beside what they have to compute.
pub(super) fn hot_wake_ups_and_notifies(bounds: Bounds<'_>) -> [Vec<Nanos>; 2] {
    let switch = bounds.known(Cost::ContextSwitch);
    let computing = bounds.computing(QUEUE_HOLDS);
    let between = |run: &Run| {
        let turn = run.trace.spans().map(|span| span.end).max()? / QUEUE_TURNS;
        Some((turn - computing - switch?).max(Nanos::ZERO))
    };
    let beside = |run: &Run| (running(run).into_iter().sum::<Nanos>() / QUEUE_TURNS - computing).max(Nanos::ZERO);
    let runs = bounds.samples(RUNS, || queue_for_a_lock(bounds));
    [runs.iter().filter_map(|run| between(run)).collect(), runs.iter().map(|run| beside(run)).collect()]
}

const ROUNDS: i64 = 150_000;

/// How long threads run at the same time, each with its steps.
fn at_once(steps: &[String], bounds: Bounds<'_>) -> Option<Vec<Nanos>> {
    let workloads: Vec<_> = steps.iter().map(|steps| Workload { steps, ..SOMETHING }).collect();
    Some(running(&*run("threads", &[], &workloads, bounds)?))
}

/// How long they run on the mean that do what one does of `steps` on each of few cores.
fn on_each_core(steps: impl Fn(&str) -> String, bounds: Bounds<'_>) -> Option<Nanos> {
    let cores = ALONE.iter().take(host::cores() as usize);
    let times = at_once(&cores.map(|variable| steps(variable)).collect::<Vec<_>>(), bounds)?;
    Some(times.iter().copied().sum::<Nanos>() / i64::try_from(times.len()).ok()?)
}

/// How long a single thread runs with those steps.
pub(super) fn alone(steps: &str, bounds: Bounds<'_>) -> Option<Nanos> {
    Some(running(&*run("threads", &[], &[Workload { steps, ..SOMETHING }], bounds)?).into_iter().sum())
}

/// The steps of one who waits for others to begin, and then counts in that variable.
fn counting(variable: &str) -> String {
    format!(
        "{{ barrier = \"start\" }}, \
         {{ repeat = {ROUNDS}, steps = [{{ load = \"{variable}\" }}, {{ add = 1 }}, {{ store = \"{variable}\" }}] }}"
    )
}

/// The steps of one who waits for others to begin, and then only adds, three times in each round.
fn adding() -> String {
    format!("{{ barrier = \"start\" }}, {{ repeat = {ROUNDS}, steps = [{{ add = 1 }}, {{ add = 1 }}, {{ add = 1 }}] }}")
}

const QUEUE_TASKS: u32 = 4;
const QUEUE_ROUNDS: i64 = 250;
const QUEUE_TURNS: i64 = QUEUE_TASKS as i64 * QUEUE_ROUNDS;
const QUEUE_HOLDS: Nanos = Nanos::from_micros(20);

fn queue_for_a_lock(bounds: Bounds<'_>) -> Option<Arc<Run>> {
    let hold = write_duration(QUEUE_HOLDS);
    let turn = format!("{{ lock = \"pan\" }}, {{ cpu = \"{hold}\" }}, {{ unlock = \"pan\" }}");
    let steps = &format!("{{ repeat = {QUEUE_ROUNDS}, steps = [{turn}] }}");
    run("threads", &[], &[Workload { tasks: QUEUE_TASKS, steps, ..SOMETHING }], bounds)
}

/// That part of the time, to the nearest nanosecond: it has only a few.
fn nearest(time: Nanos, parts: i64) -> Nanos {
    (time + Nanos(parts / 2)) / parts
}
