//! What tasks cost beside their own work, read off the traces of small runs: the recorder and the bookkeeping of a run
//! are part of it, as they are of every measured run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::Bounds;
use super::rounds::median;
use crate::engine::session::Session;
use crate::engine::{self, Request, Snapshots};
use crate::host;
use crate::model::{self, Language, ModelChoice};
use crate::scenario::{Engine, read};
use crate::simulate::costs::Cost;
use crate::time::Nanos;
use crate::trace::{Run, Span, State, Status, Task};

/// What one turn of the loop adds between two tasks that yield to each other.
pub(super) fn loop_turns(bounds: Bounds<'_>) -> Vec<Nanos> {
    let yields = Workload { tasks: 4, steps: "{ repeat = 200, steps = [{ yield = true }] }", ..SOMETHING };
    run("event-loop", &[], &[yields], bounds).map_or_else(Vec::new, |run| between_tasks(&run))
}

/// What a task adds that a worker finds in a queue which as many as there are cores take from.
pub(super) fn pool_dispatches(bounds: Bounds<'_>) -> Vec<Nanos> {
    const ROUNDS: usize = 8;
    /// Right behind another, the recorder of a run finds that one's memory in the caches. What is measured
    /// is a mean over many tasks, to which the first ones of a core hardly matter.
    const BETWEEN_RUNS: Duration = Duration::from_millis(5);
    let workload = Workload { tasks: 1_500, steps: "{ cpu = \"10us\" }", ..SOMETHING };
    bounds.samples(ROUNDS, || {
        thread::sleep(BETWEEN_RUNS);
        let run = run("thread-pool", &[], &[workload], bounds)?;
        each_taken_up(&run)
    })
}

/// How long it took workers on average to take up the next task: mostly next to nothing; now and then somebody has to wait
/// for the queue, or for a core that the recorder is on. Who has no core for longer stands behind another worker, which is
/// the scheduler's doing. `None` where nobody took up a second one.
fn each_taken_up(run: &Run) -> Option<Nanos> {
    const BEHIND_ANOTHER: Nanos = Nanos::from_millis(1);
    let between: Vec<Nanos> = between_tasks(run).into_iter().filter(|between| *between < BEHIND_ANOTHER).collect();
    let times = i64::try_from(between.len()).ok().filter(|times| *times > 0)?;
    Some(between.into_iter().sum::<Nanos>() / times)
}

/// What each short step adds that computes without the interpreter lock, where every core does.
pub(super) fn gil_releases(bounds: Bounds<'_>) -> Vec<Nanos> {
    const ROUNDS: i64 = 2_000;
    const LENGTH: Nanos = Nanos::from_micros(5);
    let steps = "{ repeat = 2000, steps = [{ cpu = \"5us\", gil = \"released\" }] }";
    let workload = Workload { tasks: host::cores(), steps, ..SOMETHING };
    let each = bounds.computing(LENGTH);
    let Some(run) = run("gil-threads", &[], &[workload], bounds) else { return Vec::new() };
    let of_task = |task| {
        let begin = run.trace.spans_of(task).find(|span| span.state == State::Running)?.start;
        let end = run.trace.spans_of(task).last()?.start;
        Some(((end - begin) / ROUNDS - each).max(Nanos::ZERO))
    };
    (0..run.trace.tasks()).filter_map(|task| of_task(Task(task))).collect()
}

/// From starting a thread until the next can be started, while those that are there wait.
pub(super) fn thread_starts(bounds: Bounds<'_>) -> Vec<Nanos> {
    starts(Workload { tasks: 3_000, steps: "{ io = \"150ms\" }", ..SOMETHING }, 1, bounds)
}

/// The same for so few that all get the stacks of threads that are over.
pub(super) fn cached_thread_starts(bounds: Bounds<'_>) -> Vec<Nanos> {
    const ROUNDS: usize = 10;
    starts(Workload { tasks: 16, steps: "{ io = \"2ms\" }", ..SOMETHING }, ROUNDS, bounds)
}

/// How much longer the first tasks of a run compute than later ones, of which there are none here: their steps' code and
/// what they touch is in no cache yet. And how much longer the first threads need beside, which is so for what they do and
/// for who starts them, than an imagined computer says to which they are as any others.
pub(super) fn first_tasks_and_set_ups(bounds: Bounds<'_>) -> [Vec<Nanos>; 2] {
    let cores = FEW_CORES.min(host::cores());
    let each_one = Workload { tasks: cores, ..SEVERAL_STEPS };
    let table = bounds.table_without(&[Cost::FirstTask, Cost::FirstSetUp]);
    let Some(set_up) = table.get(Language::Rust, Cost::ThreadSetUp) else { return Default::default() };
    let measured = request_on(cores, "threads", &[], &[each_one]);
    let scenario = Arc::new(engine::as_measured(&measured.scenario));
    let imagined = Request { scenario, engine: Engine::Simulated, costs: Some(Arc::new(table)), ..measured.clone() };
    let Some(expected) = engine::imagine(&imagined, &|| bounds.is_stopped()).ok().and_then(|it| last_end(&it.run))
    else {
        return Default::default();
    };
    let runs = bounds.rested_samples(|| made(measured.clone(), bounds));
    added_at_first(&runs, bounds.computing(SEVERAL_STEPS_COMPUTE), expected - set_up)
}

/// Some of the kinds of steps, and how long they compute, but for what takes some nanoseconds.
const SEVERAL_STEPS: Workload<'static> =
    Workload { steps: "{ load = \"x\" }, { cpu = \"2us\" }, { add = 1 }, { store = \"x\" }", ..SOMETHING };
const SEVERAL_STEPS_COMPUTE: Nanos = Nanos::from_micros(2);

/// How much longer than `computing` the first task of each core computed in each run, and how much later than at `expected`
/// each run ended beside what first tasks usually take longer: the two in the middle together are what runs usually take.
fn added_at_first(runs: &[Arc<Run>], computing: Nanos, expected: Nanos) -> [Vec<Nanos>; 2] {
    let first_tasks: Vec<Nanos> =
        runs.iter().flat_map(|run| first_on_each_core(run)).map(|time| (time - computing).max(Nanos::ZERO)).collect();
    let Some(first_task) = median(first_tasks.clone()) else { return Default::default() };
    let beside = |end: Nanos| (end - expected - first_task).max(Nanos::ZERO);
    [first_tasks, runs.iter().filter_map(|run| last_end(run)).map(beside).collect()]
}

/// How long the first task of each core ran.
fn first_on_each_core(run: &Run) -> Vec<Nanos> {
    let mut first_of: BTreeMap<u16, Span> = BTreeMap::new();
    for span in spans_in(run, State::Running) {
        let first = first_of.entry(span.core.0).or_insert(span);
        if span.start < first.start {
            *first = span;
        }
    }
    let ran = running(run);
    first_of.into_values().map(|span| ran[span.task.index()]).collect()
}

/// How long each task ran.
pub(super) fn running(run: &Run) -> Vec<Nanos> {
    let of_task = |task| -> Nanos {
        let spans = run.trace.spans_of(task).filter(|span| span.state == State::Running);
        spans.map(|span| span.length()).sum()
    };
    (0..run.trace.tasks()).map(|task| of_task(Task(task))).collect()
}

/// What is left of the time that two cores take for a crowd of threads that hardly do anything, without what else is known
/// of them. More cores would wait for whoever starts them.
pub(super) fn thread_ends(bounds: Bounds<'_>) -> Vec<Nanos> {
    const ROUNDS: usize = 3;
    const LENGTH: Nanos = Nanos::from_micros(20);
    const CROWD: Workload<'static> = Workload { tasks: 600, steps: "{ cpu = \"20us\" }", ..SOMETHING };
    let known: Option<Nanos> =
        [Cost::ThreadStart, Cost::ThreadSetUp, Cost::ContextSwitch].into_iter().map(|cost| bounds.known(cost)).sum();
    let Some(known) = known else { return Vec::new() };
    bounds.samples(ROUNDS, || {
        let run = run_on(FEW_CORES, "threads", &[], &[CROWD], bounds)?;
        let first = spans_in(&run, State::Starting).map(|span| span.start).min()?;
        let each = (last_end(&run)? - first) * i64::from(run.cores) / i64::from(CROWD.tasks);
        Some((each - bounds.computing(LENGTH) - known).max(Nanos::ZERO))
    })
}

/// The same for threads that have slept, and all wake up at about the same time: those that were started later sleep for
/// less.
pub(super) fn sleeper_ends(bounds: Bounds<'_>) -> Vec<Nanos> {
    const GROUPS: u32 = 12;
    const EACH: u32 = 120;
    let parts = bounds.known(Cost::ThreadStart).zip(bounds.known(Cost::ContextSwitch));
    let Some((start, switch)) = parts else { return Vec::new() };
    let longest = start * i64::from((GROUPS + 4) * EACH);
    let steps: Vec<String> = (0..GROUPS)
        .map(|group| format!("{{ io = \"{}us\" }}", (longest - start * i64::from(group * EACH)).0 / 1_000))
        .collect();
    let sleepers: Vec<Workload<'_>> = steps.iter().map(|steps| Workload { tasks: EACH, steps, ..SOMETHING }).collect();
    bounds.samples(1, || {
        let run = run_on(FEW_CORES, "threads", &[], &sleepers, bounds)?;
        let first = ends(&run).min()?;
        let each = (last_end(&run)? - first) * i64::from(run.cores) / i64::from(run.trace.tasks() - 1);
        Some((each - switch).max(Nanos::ZERO))
    })
}

/// How much longer a start takes for each thread that has slept and ends meanwhile.
pub(super) fn starts_among_ends(bounds: Bounds<'_>) -> Vec<Nanos> {
    const SLEEPERS: Workload<'static> = Workload { tasks: 900, steps: "{ io = \"20ms\" }", ..SOMETHING };
    let Some(start) = bounds.known(Cost::ThreadStart) else { return Vec::new() };
    bounds.samples(1, || added_by_each_end(&*run_on(FEW_CORES, "threads", &[], &[SLEEPERS], bounds)?, start))
}

/// What each end added to the starts: how much longer than `start` each they took from the first end to the last start, divided
/// by the ends in between.
fn added_by_each_end(run: &Run, start: Nanos) -> Option<Nanos> {
    let first_end = ends(run).min()?;
    let starts = || spans_in(run, State::Starting).map(|span| span.start).filter(|start| *start >= first_end);
    let (first, last) = starts().min().zip(starts().max())?;
    let count = i64::try_from(starts().count()).ok()?.checked_sub(1).filter(|count| *count > 0)?;
    let ended = i64::try_from(ends(run).filter(|end| *end < last).count()).ok().filter(|ended| *ended > 0)?;
    Some((last - first - start * count).max(Nanos::ZERO) / ended)
}

/// When each task was over.
fn ends(run: &Run) -> impl Iterator<Item = Nanos> {
    (0..run.trace.tasks()).filter_map(|task| run.trace.spans_of(Task(task)).last()).map(|span| span.end)
}

fn last_end(run: &Run) -> Option<Nanos> {
    ends(run).max()
}

/// What a start takes in each of several rounds, see [`each_start`].
fn starts(workload: Workload<'_>, rounds: usize, bounds: Bounds<'_>) -> Vec<Nanos> {
    bounds.samples(rounds, || each_start(&*run("threads", &[], &[workload], bounds)?))
}

/// The mean time from one start to the next: a few take many times as long as most, and all have to wait for them. Only
/// until the first thread is over: on a slow computer some are still to be started then, and ends take time of their own.
fn each_start(run: &Run) -> Option<Nanos> {
    let first_end = ends(run).min()?;
    let mut starts: Vec<Nanos> = spans_in(run, State::Starting).map(|span| span.start).collect();
    starts.retain(|start| *start < first_end);
    starts.sort_unstable();
    let [first, .., last] = starts[..] else { return None };
    Some((last - first) / (i64::try_from(starts.len()).ok()? - 1))
}

/// From asking for two processes until the later of them has its first task, which takes longer to come than later ones:
/// without what those take. One may have to wait until another is made, and a pool of few tasks
/// waits for the last.
pub(super) fn process_starts(bounds: Bounds<'_>) -> Vec<Nanos> {
    let several = Workload { tasks: FEW_CORES.min(host::cores()), ..SOMETHING };
    let Some(message) = bounds.known(Cost::Message) else { return Vec::new() };
    let request = request_on(FEW_CORES, "processes", &[], &[several]);
    bounds.rested_samples(|| {
        let run = made(request.clone(), bounds)?;
        last_start(&run).map(|start| (start - message).max(Nanos::ZERO))
    })
}

/// From asking for the first process until the last process begins its first task.
fn last_start(run: &Run) -> Option<Nanos> {
    let asked = spans_in(run, State::Starting).map(|span| span.start).min()?;
    let mut begun: BTreeMap<u32, Nanos> = BTreeMap::new();
    for span in spans_in(run, State::Running) {
        let first = begun.entry(span.worker.0).or_insert(span.start);
        *first = span.start.min(*first);
    }
    Some(begun.into_values().max()? - asked)
}

/// A task on its way to a process that waits for it, or a result on its way back, without data, where each core has such a
/// process: a single one may find itself beside who sends to it, or on another core that sleeps.
pub(super) fn messages(bounds: Bounds<'_>) -> Vec<Nanos> {
    let workload = Workload { tasks: 200 * host::cores(), steps: "{ cpu = \"20us\" }", ..SOMETHING };
    run("processes", &[WARM], &[workload], bounds)
        .map_or_else(Vec::new, |run| spans_in(&run, State::Shipping).map(|span| span.length()).collect())
}

/// What each KiB of data adds to that, where each core ships some: tasks with data against tasks without, in one run, in
/// processes that have had as large data before. And what each KiB adds the first time, there and back: both processes need
/// new memory for it.
pub(super) fn message_and_memory_kibs(bounds: Bounds<'_>) -> [Vec<Nanos>; 2] {
    const SAMPLES: usize = 3;
    let few = Bounds { rested: bounds.rested.min(SAMPLES), ..bounds };
    let shipped = few.rested_samples(|| shipped(bounds));
    [shipped.iter().filter_map(each_kib).collect(), shipped.iter().flat_map(memory_of_each_kib).collect()]
}

fn each_kib(shipped: &Shipped) -> Option<Nanos> {
    Some((usual_both_ways(shipped)? / 2 - shipped.empty).max(Nanos::ZERO) / FULL_KIBS)
}

/// Of each process.
fn memory_of_each_kib(shipped: &Shipped) -> Vec<Nanos> {
    let Some(usual) = usual_both_ways(shipped) else { return Vec::new() };
    let first = shipped.both_ways.iter().filter_map(|of_one| of_one.first());
    first.map(|first| (*first - usual).max(Nanos::ZERO) / FULL_KIBS).collect()
}

/// The mean of all ways that need no new memory, of the process that was on its ways for longest: the way there and the way
/// back differ, some take half as long again as most, and a process goes all of its own one after another. A run waits for
/// the last.
fn usual_both_ways(Shipped { both_ways, .. }: &Shipped) -> Option<Nanos> {
    let sum = |ways: &[Nanos]| ways.iter().copied().sum::<Nanos>();
    let again = both_ways.iter().max_by_key(|of_one| sum(of_one))?.get(1..)?;
    Some(sum(again) / i64::try_from(again.len()).ok().filter(|count| *count > 0)?)
}

/// How long tasks were on their way to a process and back.
struct Shipped {
    /// One way, without data.
    empty: Nanos,
    /// Both ways of each process's tasks with [`FULL_KIBS`], in their order. The first of them need new memory.
    both_ways: Vec<Vec<Nanos>>,
}

const FULL_KIBS: i64 = 16 * 1_024;

/// Between the ways there and back each task computes for a while: one that does not still finds its data in the core's cache.
fn shipped(bounds: Bounds<'_>) -> Option<Shipped> {
    const EACH: u32 = 4;
    let full = Workload { tasks: EACH * host::cores(), payload: "16MiB", steps: "{ cpu = \"5ms\" }", ..SOMETHING };
    let run = run("processes", &[WARM], &[Workload { tasks: 8, ..SOMETHING }, full], bounds)?;
    let mut empty = Vec::new();
    let mut of_worker: BTreeMap<u32, Vec<Nanos>> = BTreeMap::new();
    for task in (0..run.trace.tasks()).map(Task) {
        let ways: Vec<Span> = run.trace.spans_of(task).filter(|span| span.state == State::Shipping).collect();
        let [there, back] = ways[..] else { continue };
        let both = there.length() + back.length();
        if run.group_of(task).0 == 0 {
            empty.push(both / 2);
        } else {
            of_worker.entry(there.worker.0).or_default().push(both);
        }
    }
    Some(Shipped { empty: median(empty)?, both_ways: of_worker.into_values().collect() })
}

/// Tasks that take no time worth mentioning.
pub(super) const SOMETHING: Workload<'static> =
    Workload { tasks: 1, payload: "0B", arrive: "\"0ms\"", steps: "{ load = \"x\" }" };

/// Variables that share their cache lines with no other.
pub(super) const ALONE: [&str; FEW_CORES as usize] = ["alone", "apart"];

/// Processes that are there already.
const WARM: (&str, &str) = ("start", "warm");

/// On no more than that are crowds of threads measured, starts of processes, and what all cores do at once.
const FEW_CORES: u32 = 2;

/// A group of tasks, in the words of scenario files.
#[derive(Clone, Copy)]
pub(super) struct Workload<'a> {
    pub tasks: u32,
    pub payload: &'a str,
    pub arrive: &'a str,
    pub steps: &'a str,
}

/// Does one run under that model to its end, on all cores. `None` when it was stopped, could not start or broke off.
pub(super) fn run(
    model: &str,
    params: &[(&str, &str)],
    workloads: &[Workload<'_>],
    bounds: Bounds<'_>,
) -> Option<Arc<Run>> {
    run_on(host::cores(), model, params, workloads, bounds)
}

/// As [`run`], on so many cores, or on all where there are fewer.
fn run_on(
    cores: u32,
    model: &str,
    params: &[(&str, &str)],
    workloads: &[Workload<'_>],
    bounds: Bounds<'_>,
) -> Option<Arc<Run>> {
    made(request_on(cores, model, params, workloads), bounds)
}

fn request_on(cores: u32, model: &str, params: &[(&str, &str)], workloads: &[Workload<'_>]) -> Request {
    Request { cores: cores.min(host::cores()), ..request(model, params, workloads) }
}

/// As anybody's run is made and looked through: what is in the caches by the time of the next one is part of what that costs.
fn made(request: Request, bounds: Bounds<'_>) -> Option<Arc<Run>> {
    let (wake, woken) = engine::waker();
    let mut session = Session::new(Snapshots::Last, wake);
    session.start(vec![request], 1).ok()?;
    session.finish(&woken, |session| {
        if bounds.is_stopped() {
            session.cancel();
        }
    });
    let run = &session.entries().first()?.run;
    (run.status == Status::Finished).then(|| Arc::clone(run))
}

pub(super) fn request(model: &str, params: &[(&str, &str)], workloads: &[Workload<'_>]) -> Request {
    let text = text_of(model, workloads);
    let mut choice = ModelChoice::new(model::find(model).expect("a model of the registry"));
    for (key, value) in params {
        choice.set_text(key, value).expect("a parameter of that model");
    }
    let scenario = read::read("calibration", &text).expect("a valid scenario");
    Request {
        scenario_id: "calibration".to_owned(),
        scenario: Arc::new(scenario),
        variant: None,
        choice,
        cores: host::cores(),
        seed: 1,
        repeat: 0,
        engine: Engine::Measured,
        costs: None,
    }
}

/// The scenario file of those groups.
pub(super) fn text_of(model: &str, workloads: &[Workload<'_>]) -> String {
    let mut text = format!("format = 1\ntitle = \"calibration\"\nmodels = [\"{model}\"]\n");
    for variable in ALONE {
        writeln!(text, "variables.{variable} = {{ padded = true }}").expect("a text takes everything");
    }
    for (number, Workload { tasks, payload, arrive, steps }) in workloads.iter().enumerate() {
        let written = writeln!(
            text,
            "[[task]]\nname = \"group{number}\"\ncount = {tasks}\npayload = \"{payload}\"\narrive = {arrive}\nsteps = [{steps}]"
        );
        written.expect("a text takes everything");
    }
    text
}

fn spans_in(run: &Run, state: State) -> impl Iterator<Item = Span> {
    run.trace.spans().filter(move |span| span.state == state)
}

/// How long each worker was between the running of one task and that of another.
fn between_tasks(run: &Run) -> Vec<Nanos> {
    let mut by_worker: BTreeMap<u32, Vec<Span>> = BTreeMap::new();
    for span in spans_in(run, State::Running) {
        by_worker.entry(span.worker.0).or_default().push(span);
    }
    let mut gaps = Vec::new();
    for spans in by_worker.values_mut() {
        spans.sort_by_key(|span| span.start);
        let pairs = spans.windows(2).filter(|pair| pair[0].task != pair[1].task);
        gaps.extend(pairs.map(|pair| (pair[1].start - pair[0].end).max(Nanos::ZERO)));
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::super::testing::{imagined, imagined_under};
    use super::*;

    #[test]
    fn what_ends_cost_starts_is_read_off_a_run_as_it_is_charged() {
        const COSTS: &str =
            "context_switch = \"0us\"\nthread_start = \"70us\"\nthread_set_up = \"0us\"\nsleeper_end = \"30us\"\n";
        let sleepers = Workload { tasks: 900, steps: "{ io = \"20ms\" }", ..SOMETHING };
        for (cost, expected) in [("0us", 0..1), ("90us", 80..100)] {
            let run = imagined(2, &format!("{COSTS}start_among_ends = \"{cost}\"\n"), &[sleepers]);
            let each = added_by_each_end(&run, Nanos::from_micros(70)).unwrap();
            assert!(expected.contains(&(each.0 / 1_000)), "{each}");
            let longest = spans_in(&run, State::Starting).map(|span| span.length().0 / 1_000).max().unwrap();
            // And behind one that ends on its core.
            assert!(longest <= 70 + 8 * 90 + 30, "no start is behind more than eight: {longest}");
        }
    }

    #[test]
    fn what_first_tasks_and_threads_take_longer_is_read_off_a_run_as_it_is_charged() {
        let on = |cores: u32, costs: &str| {
            let costs = format!(
                "thread_start = \"30us\"\nthread_set_up = \"4us\"\nwake_up = \"20us\"\nhot_wake_up = \"20us\"\n{costs}"
            );
            imagined(cores, &costs, &[Workload { tasks: 2, ..SEVERAL_STEPS }])
        };
        let expected = last_end(&on(2, "")).unwrap() - Nanos::from_micros(4);
        // What is loaded and stored takes nanoseconds.
        let added = |runs: &[Arc<Run>]| {
            let micros = |times: Vec<Nanos>| times.iter().map(|time| (time.0 + 500) / 1_000).collect::<Vec<_>>();
            added_at_first(runs, SEVERAL_STEPS_COMPUTE, expected).map(micros)
        };
        let run = on(2, "first_task = \"5us\"\nfirst_set_up = \"40us\"\n");
        assert_eq!(added(&[Arc::clone(&run)]), [vec![5, 5], vec![40]]);
        let longer = on(2, "first_task = \"11us\"\nfirst_set_up = \"40us\"\n");
        assert_eq!(added(&[run, longer]), [vec![5, 5, 11, 11], vec![40, 46]], "beside the usual first task");
        let [on_one, _]: [Vec<i64>; 2] = added(&[on(1, "first_task = \"5us\"\n")]);
        assert_eq!(on_one, [5], "a core has one first task");
        assert!(added(&[]).iter().all(Vec::is_empty));
    }

    /// Two workers share a core for a while, each takes turns with the other: that is no part of it.
    #[test]
    fn what_a_pool_adds_is_told_from_turns_on_a_core() {
        const TWO: [(&str, &str); 1] = [("workers", "2")];
        let workload = Workload { tasks: 1_500, steps: "{ cpu = \"10us\" }", ..SOMETHING };
        for cores in [1, 2] {
            let run = imagined_under("thread-pool", &TWO, cores, "pool_dispatch = \"700ns\"\n", &[workload]);
            assert_eq!(each_taken_up(&run), Some(Nanos(700)), "{cores}");
        }
        let alone = Workload { tasks: 1, ..workload };
        assert_eq!(each_taken_up(&imagined_under("thread-pool", &TWO, 2, "", &[alone])), None);
    }

    #[test]
    fn a_process_is_there_when_it_begins_its_first_task() {
        let one_each = Workload { tasks: 2, ..SOMETHING };
        let run = imagined_under("processes", &[], 2, "process_start = \"3ms\"\nmessage = \"9us\"\n", &[one_each]);
        let start = last_start(&run).unwrap();
        assert!((3_009..3_020).contains(&(start.0 / 1_000)), "with a message, and a switch: {start}");
        let one_each = Workload { steps: "{ cpu = \"5ms\" }", ..one_each };
        let run = imagined_under("processes", &[("workers", "2")], 1, "process_start = \"3ms\"\n", &[one_each]);
        let start = last_start(&run).unwrap();
        assert!(start > Nanos::from_millis(6), "one after the other: {start}");
    }

    /// What would be hidden by the way in the middle.
    #[test]
    fn ways_that_take_longer_than_most_count_as_they_are() {
        let shipped = |each: &[&[i64]]| {
            let kibs = |of_one: &&[i64]| of_one.iter().map(|both| Nanos(both * FULL_KIBS)).collect();
            Shipped { empty: Nanos(50 * FULL_KIBS), both_ways: each.iter().map(kibs).collect() }
        };
        let ways = |each: &[&[i64]]| each_kib(&shipped(each));
        assert_eq!(ways(&[&[2_000, 1_100, 1_100, 1_400]]), Some(Nanos(550)));
        assert_eq!(ways(&[&[2_000, 1_100], &[2_000, 1_200], &[2_050, 1_000], &[3_000]]), Some(Nanos(550)), "the last");
        assert_eq!(ways(&[&[90, 80]]), Some(Nanos::ZERO), "no less than nothing");
        assert_eq!(ways(&[&[2_000]]), None);
        let memory = |each: &[&[i64]]| memory_of_each_kib(&shipped(each));
        assert_eq!(memory(&[&[1_600, 1_000], &[1_500, 1_000]]), [Nanos(600), Nanos(500)]);
        assert_eq!(memory(&[&[900, 1_000]]), [Nanos::ZERO]);
        assert_eq!(memory(&[&[1_600]]), []);
    }

    #[test]
    fn starts_are_told_from_the_ends_among_them() {
        const COSTS: &str = "cached_thread_start = \"50us\"\nthread_start = \"50us\"\nsleeper_end = \"300us\"\n";
        let sleepers = Workload { tasks: 400, steps: "{ io = \"1ms\" }", ..SOMETHING };
        let run = imagined(1, COSTS, &[sleepers]);
        let starts: Vec<Nanos> = spans_in(&run, State::Starting).map(|span| span.start).collect();
        assert!((starts[399] - starts[0]) / 399 > Nanos::from_micros(100), "ends held them up");
        // The first of them may have got the core just before the last start that counts.
        let each = each_start(&run).unwrap();
        assert!((50..55).contains(&(each.0 / 1_000)), "{each}");
    }
}
