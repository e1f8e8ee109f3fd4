//! What tasks pay that share something, read off small runs like those of `runs`: variables, the cache lines they stand
//! on, and a lock that several want.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Bounds;
use super::runs::{ALONE, SOMETHING, Workload, run, running};
use crate::host;
use crate::simulate::costs::Cost;
use crate::time::{Nanos, write_duration};
use crate::trace::{Core, Run, State, Task};

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
    let Some(switch) = bounds.known(Cost::ContextSwitch) else { return Default::default() };
    let computing = bounds.computing(QUEUE_HOLDS);
    let runs = bounds.samples(RUNS, || queue_for_a_lock(bounds));
    let across: Vec<[Nanos; 2]> = runs.iter().filter_map(|run| given_across(turns(run), switch)).collect();
    [0, 1].map(|part| across.iter().map(|times| (times[part] - computing).max(Nanos::ZERO)).collect())
}

/// Somebody's turn with a lock.
#[derive(Clone, Copy)]
struct Turn {
    given: Nanos,
    /// Until it is given to the next.
    length: Nanos,
    /// How long its task then ran.
    running: Nanos,
    task: Task,
    core: Core,
}

/// Where the lock is given to a task on another core: how long that has its turn, without the switch to its thread, and how
/// long the task runs that gives it; on the mean. Threads go to and fro between two cores for a while, and then two that follow
/// each other find themselves on one, where the next is woken in no time. Where all are on one core, or none is known, those
/// count.
fn given_across(mut turns: Vec<Turn>, switch: Nanos) -> Option<[Nanos; 2]> {
    /// Fewer tell nothing.
    const TURNS_MIN: usize = 20;
    let mut last_on: BTreeMap<u16, Task> = BTreeMap::new();
    for turn in &mut turns {
        if last_on.insert(turn.core.0, turn.task).is_some_and(|last| last != turn.task) {
            turn.length -= switch;
        }
    }
    let mut given: Vec<&[Turn]> = turns.windows(2).collect();
    if given.iter().any(|pair| pair[0].core != pair[1].core) {
        given.retain(|pair| pair[0].core != pair[1].core);
    }
    let count = i64::try_from(given.len()).ok().filter(|_| given.len() >= TURNS_MIN)?;
    let mean = |of: fn(&[Turn]) -> Nanos| given.iter().map(|pair| of(pair)).sum::<Nanos>() / count;
    Some([mean(|pair| pair[1].length), mean(|pair| pair[0].running)])
}

/// All turns in their order that somebody waited for, but the last.
fn turns(run: &Run) -> Vec<Turn> {
    let mut turns: Vec<Turn> = (0..run.trace.tasks()).flat_map(|task| turns_of(run, Task(task))).collect();
    turns.sort_unstable_by_key(|turn| turn.given);
    let next: Vec<Nanos> = turns.iter().skip(1).map(|turn| turn.given).collect();
    turns.truncate(next.len());
    for (turn, next) in turns.iter_mut().zip(next) {
        turn.length = next - turn.given;
    }
    turns
}

/// How long they are is still to be said.
fn turns_of(run: &Run, task: Task) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut waits = false;
    for span in run.trace.spans_of(task) {
        match (span.state, turns.last_mut()) {
            (State::Blocked, _) => waits = true,
            (State::Ready, _) if waits => {
                waits = false;
                turns.push(Turn {
                    given: span.start,
                    length: Nanos::ZERO,
                    running: Nanos::ZERO,
                    task,
                    core: Core::NONE,
                });
            }
            (State::Running, Some(turn)) => {
                waits = false;
                turn.running += span.length();
                turn.core = span.core;
            }
            _ => {}
        }
    }
    turns
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
/// A tenth of a second in all: in the first half of that, idle cores wake up sooner.
const QUEUE_ROUNDS: i64 = 500;
const QUEUE_HOLDS: Nanos = Nanos::from_micros(20);

fn queue_for_a_lock(bounds: Bounds<'_>) -> Option<Arc<Run>> {
    run("threads", &[], &[Workload { tasks: QUEUE_TASKS, steps: &queueing(), ..SOMETHING }], bounds)
}

/// The steps of one who wants a lock again and again.
fn queueing() -> String {
    let hold = write_duration(QUEUE_HOLDS);
    let turn = format!("{{ lock = \"pan\" }}, {{ cpu = \"{hold}\" }}, {{ unlock = \"pan\" }}");
    format!("{{ repeat = {QUEUE_ROUNDS}, steps = [{turn}] }}")
}

/// That part of the time, to the nearest nanosecond: it has only a few.
fn nearest(time: Nanos, parts: i64) -> Nanos {
    (time + Nanos(parts / 2)) / parts
}

#[cfg(test)]
mod tests {
    use super::super::testing::imagined;
    use super::*;

    #[test]
    fn waking_is_read_off_a_queue_for_a_lock_as_it_is_charged() {
        let given = |cores: u32, tasks: u32| {
            let costs = "context_switch = \"1us\"\nwake_up = \"17us\"\nhot_wake_up = \"17us\"\nnotify = \"6us\"\n";
            let run = imagined(cores, costs, &[Workload { tasks, steps: &queueing(), ..SOMETHING }]);
            // Who waits for the first time has not had a turn yet, and had to come to its core like anybody.
            given_across(turns(&run), Nanos::from_micros(1)).map(|parts| parts.map(|part| part.0 / 100 * 100))
        };
        let beside =
            |length: i64, running: i64| Some([length, running].map(|it| (QUEUE_HOLDS + Nanos::from_micros(it)).0));
        assert_eq!(given(2, 2), beside(17, 6), "each has a core");
        assert_eq!(given(2, 4), beside(17, 6), "some share one");
        assert_eq!(given(1, 4), beside(6, 6));
        assert_eq!(given(2, 1), None, "nobody waits");
    }

    #[test]
    fn what_is_given_to_somebody_on_the_same_core_does_not_count() {
        // Four tasks, two on each core, one after another: every second turn comes from the other core.
        let turn = |at: u32| {
            let core = Core(u16::from(at % 4 < 2));
            let comes_across = at.is_multiple_of(2);
            Turn {
                given: Nanos::from_micros(i64::from(at) * 35),
                length: Nanos(if comes_across { 45_000 } else { 25_000 }),
                running: Nanos(if comes_across { 22_000 } else { 29_000 }),
                task: Task(at % 4),
                core,
            }
        };
        let check = |turns: u32, expected: Option<[i64; 2]>| {
            let across = given_across((0..turns).map(turn).collect(), Nanos(1_000));
            // The first on a core meets nobody there.
            assert_eq!(across.map(|times| times.map(|time| time.0 / 100 * 100)), expected, "{turns}");
        };
        check(200, Some([44_000, 29_000]));
        check(40, None);
        check(0, None);
        let on_one = (0..200).map(|at| Turn { core: Core::NONE, ..turn(at) }).collect();
        let [length, running] = given_across(on_one, Nanos(1_000)).unwrap();
        assert!((33_000..35_000).contains(&length.0) && (25_000..26_000).contains(&running.0), "{length}, {running}");
    }
}
