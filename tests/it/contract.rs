//! What every model promises of its traces, whatever the scenario: run for real, over every row of the registry.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tasklane::engine::{LiveRun, Snapshots};
use tasklane::host;
use tasklane::model::{MODELS, ModelChoice};
use tasklane::scenario::{Arrive, Group, Scenario, Spread, Step, Via};
use tasklane::time::Nanos;
use tasklane::trace::{Cause, OUTPUT_LINES_MAX, Run, Span, State, Status, Task};

use crate::fixture::{self, cpu, ms, name_worker_program, scenario};
use crate::imagined::computed;
use crate::textbooks::request;

pub fn io(time: Nanos, blocking: bool) -> Step {
    Step::Io { time: Spread::Fixed(time), via: Via::Timer, blocking, timeout: None }
}

pub fn group(name: &str, count: u32, steps: Vec<Step>) -> Group {
    Group {
        name: name.into(),
        count,
        arrive: Arrive::At(Nanos::ZERO),
        priority: 0,
        after: vec![],
        payload_bytes: 0,
        awaited: true,
        steps,
    }
}

pub fn of(groups: Vec<Group>) -> Scenario {
    Scenario { groups, ..scenario(1) }
}

/// A bit of everything that this version can do.
fn everything() -> Scenario {
    let mixed = vec![
        Step::Print("{name} begins as {n}".into()),
        cpu(ms(1)),
        io(ms(3), false),
        Step::Yield,
        Step::Repeat { count: 2, steps: vec![cpu(Nanos::from_micros(30)), io(ms(1), true)] },
    ];
    let late = Group { arrive: Arrive::Every(ms(2)), priority: -1, ..group("late", 4, vec![cpu(ms(1))]) };
    let broken = group("broken", 1, vec![cpu(ms(1)), Step::Fail("pot broke".into())]);
    let then = Group { after: vec![0], ..group("then", 2, vec![io(ms(2), false)]) };
    let never = Group { after: vec![2], ..group("never", 2, vec![cpu(ms(1))]) };
    let not_even = Group { after: vec![4, 0], ..group("not-even", 1, vec![cpu(ms(1))]) };
    let forgotten = Group { awaited: false, ..group("forgotten", 2, vec![cpu(ms(1))]) };
    of(vec![group("mixed", 6, mixed), late, broken, then, never, not_even, forgotten])
}

pub fn start(scenario: &Scenario, model: &str, cores: u32) -> LiveRun {
    start_with(scenario, ModelChoice::new(tasklane::model::find(model).unwrap()), cores)
}

pub fn start_with(scenario: &Scenario, choice: ModelChoice, cores: u32) -> LiveRun {
    name_worker_program();
    LiveRun::start(fixture::request(scenario.clone(), choice, cores), Snapshots::Growing, Arc::new(|| {})).unwrap()
}

/// Polls until `done`; a hang is a failure, not a wait for ever.
pub fn wait_for<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(begin.elapsed() < Duration::from_mins(1), "{what}: no end in sight");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

pub fn run(scenario: &Scenario, model: &str) -> Arc<Run> {
    let live = start(scenario, model, host::cores().min(2));
    wait_for(model, || live.is_gathered().then(|| live.snapshot()))
}

fn name(run: &Run, task: u32) -> String {
    run.task_name(Task(task))
}

/// The promises of DESIGN.md's trace, one by one.
pub fn check(run: &Run) {
    let model = run.choice.model.id;
    assert_eq!(run.account.dropped(), 0, "{model}: recorded = received");
    assert_eq!(run.account.stragglers, 0, "{model}");
    assert!(run.account.recorded >= run.trace.len() as u64, "{model}");
    // An imagined run may be over as soon as it begins.
    if run.trace.horizon() > Nanos::ZERO {
        let main = &run.account.main;
        assert_eq!(main.first().map(|span| span.start), Some(Nanos::ZERO), "{model}: known from t = 0");
        assert!(main.windows(2).all(|pair| pair[0].end == pair[1].start), "{model}: {main:?}");
        assert_eq!(main.last().map(|span| span.end), Some(run.trace.horizon()), "{model}");
    }
    let mut on_worker: Vec<Vec<Span>> = vec![vec![]; run.workers.len()];
    for task in 0..run.trace.tasks() {
        let spans: Vec<Span> = run.trace.spans_of(Task(task)).collect();
        let name = format!("{model}, {}", name(run, task));
        let last = spans.last().unwrap_or_else(|| panic!("{name}: no events"));
        assert!(last.state.is_end(), "{name}: ends in {:?}", last.state);
        assert!(spans[..spans.len() - 1].iter().all(|span| !span.state.is_end()), "{name}: one end");
        for pair in spans.windows(2) {
            let (a, b) = (pair[0].state, pair[1].state);
            let legal = match a {
                State::Ready => {
                    use State::{Blocked, Ready, Running, Shipping, Starting};
                    matches!(b, Starting | Shipping | Running | Ready | Blocked) || b.is_end()
                }
                State::Starting => {
                    matches!(b, State::Ready | State::Shipping | State::Running | State::Blocked) || b.is_end()
                }
                // There, back, or to another process when that one was dead.
                State::Shipping => matches!(b, State::Running | State::Ready) || b.is_end(),
                State::Running => b != State::Starting && b != State::New,
                State::Io => b == State::Ready || b == State::Cancelled,
                State::Blocked if pair[0].cause == Cause::System => b == State::Running,
                // Who gets the interpreter lock is on its core already, or being switched to.
                State::Blocked if pair[0].cause == Cause::Gil => {
                    b == State::Running || b.is_end() || (b, pair[1].cause) == (State::Ready, Cause::Switching)
                }
                State::Blocked => b == State::Ready || b.is_end(),
                _ => false,
            };
            assert!(legal, "{name}: {a:?} → {b:?}");
            assert_eq!(pair[0].end, pair[1].start, "{name}: no hole");
        }
        for span in spans {
            assert!(span.start >= Nanos::ZERO && span.end >= span.start, "{name}: {span:?}");
            if span.state == State::Running {
                let worker = span.worker.get().unwrap_or_else(|| panic!("{name}: runs on no worker"));
                assert!(span.core.get().is_some_and(|core| core < run.cores as usize), "{name}: {span:?}");
                on_worker[worker].push(span);
            }
        }
    }
    for (worker, mut spans) in on_worker.into_iter().enumerate() {
        spans.sort_by_key(|span| (span.start, span.end));
        for pair in spans.windows(2) {
            assert!(pair[0].end <= pair[1].start, "{model}: two tasks at once on worker {worker}: {pair:?}");
        }
    }
}

pub fn outcome(run: &Run, name: &str) -> (State, Cause) {
    let task = (0..run.trace.tasks()).find(|task| run.task_name(Task(*task)) == name).unwrap();
    let last = run.trace.spans_of(Task(task)).next_back().unwrap();
    (last.state, last.cause)
}

#[test]
fn every_model_keeps_the_trace_contract() {
    for model in MODELS {
        let run = run(&everything(), model.id);
        assert_eq!(run.status, Status::Finished, "{}", model.id);
        check(&run);
        assert_eq!(outcome(&run, "mixed-6").0, State::Done, "{}", model.id);
        assert_eq!(outcome(&run, "then-2").0, State::Done, "{}", model.id);
        assert_eq!(outcome(&run, "broken"), (State::Failed, Cause::Fail), "{}", model.id);
        assert_eq!(outcome(&run, "never-1"), (State::Cancelled, Cause::Dependency), "{}", model.id);
        assert_eq!(outcome(&run, "not-even"), (State::Cancelled, Cause::Dependency), "{}", model.id);
        let coroutines = ModelChoice::new(model).plan(2).coroutines;
        let forgotten = if coroutines { (State::Cancelled, Cause::NeverAwaited) } else { (State::Done, Cause::None) };
        assert_eq!(outcome(&run, "forgotten-2"), forgotten, "{}", model.id);
        let said: Vec<&str> = run.output.iter().map(|line| line.text.as_str()).collect();
        for line in ["mixed-1 begins as 1", "mixed-6 begins as 6", "pot broke"] {
            assert_eq!(said.iter().filter(|said| **said == line).count(), 1, "{}: {said:?}", model.id);
        }
    }
}

#[test]
fn what_comes_after_begins_after() {
    for model in MODELS {
        let run = run(&everything(), model.id);
        let times = |task: u32| tasklane::analysis::metrics::task_times(&run, Task(task));
        let mixed_finish = (0..6).filter_map(|task| times(task).finish).max().unwrap();
        for task in (0..run.trace.tasks()).filter(|task| name(&run, *task).starts_with("then")) {
            assert!(times(task).arrive.unwrap() >= mixed_finish, "{}", model.id);
        }
    }
}

/// Each group comes after the two before it, so that Fibonacci's number of ways lead from the first to the last.
#[test]
fn a_failure_cancels_each_group_behind_it_once() {
    const GROUPS: usize = 80;
    let broken = group("broken", 3, vec![Step::Fail("broke".into())]);
    let behind = (1..GROUPS).map(|at| {
        let after = (at.saturating_sub(2)..at).collect();
        Group { after, ..group(&format!("behind-{at}"), 2, vec![cpu(ms(1))]) }
    });
    let run = run(&of(std::iter::once(broken).chain(behind).collect()), "thread-pool");
    check(&run);
    assert_eq!(outcome(&run, "broken-3"), (State::Failed, Cause::Fail));
    assert_eq!(outcome(&run, "behind-79-2"), (State::Cancelled, Cause::Dependency));
}

#[test]
fn arrivals_are_not_early() {
    for model in MODELS {
        let run = run(&everything(), model.id);
        for task in (0..run.trace.tasks()).filter(|task| name(&run, *task).starts_with("late")) {
            let (_, index) = run.group_of(Task(task));
            let times = tasklane::analysis::metrics::task_times(&run, Task(task));
            let planned = ms(2 * i64::from(index));
            // Ticks are aligned to the kernel's clock at the end: a few parts in a million.
            let off = times.arrive.unwrap() - planned;
            assert!(off.0.abs() < 50_000, "{}: {off} away from {planned}", model.id);
            assert!(times.start.unwrap() >= times.arrive.unwrap(), "{}", model.id);
        }
    }
}

#[test]
fn the_urgent_go_first_where_there_is_a_queue() {
    let urgent = Group { priority: -5, ..group("urgent", 2, vec![cpu(ms(1))]) };
    let scenario = of(vec![group("idle", 3, vec![cpu(ms(1))]), urgent]);
    let run = run(&scenario, "sequential");
    let begins = |task| tasklane::analysis::metrics::task_times(&run, Task(task)).start.unwrap();
    let mut order: Vec<u32> = (0..5).collect();
    order.sort_by_key(|task| begins(*task));
    assert_eq!(order, [3, 4, 0, 1, 2]);
}

#[test]
fn a_run_can_be_stopped_in_every_model_and_state() {
    let long = of(vec![
        group("computes", 2, vec![cpu(ms(600_000))]),
        group("waits", 2, vec![io(ms(600_000), false)]),
        group("blocks", 2, vec![io(ms(600_000), true)]),
        Group { arrive: Arrive::At(ms(600_000)), ..group("comes-late", 2, vec![cpu(ms(1))]) },
        Group { after: vec![0], ..group("comes-after", 2, vec![cpu(ms(1))]) },
    ]);
    for model in MODELS {
        let live = start(&long, model.id, host::cores().min(2));
        wait_for(model.id, || live.snapshot().trace.states().contains(&State::Running).then_some(()));
        live.cancel();
        let run = wait_for(model.id, || live.is_gathered().then(|| live.snapshot()));
        assert_eq!(run.status, Status::Cancelled, "{}", model.id);
        check(&run);
        assert!((0..run.trace.tasks()).all(|task| outcome(&run, &name(&run, task)).0 == State::Cancelled));
    }
}

#[test]
fn a_growing_run_shows_bars_before_its_end() {
    let scenario = of(vec![group("computes", 1, vec![cpu(ms(400))])]);
    for model in MODELS {
        let live = start(&scenario, model.id, 1);
        let growing = wait_for(model.id, || {
            let run = live.snapshot();
            let shows = run.trace.states().contains(&State::Running) || run.is_over();
            shows.then_some(run)
        });
        assert_eq!(growing.status, Status::Growing, "{}", model.id);
        wait_for(model.id, || live.is_gathered().then_some(()));
    }
}

/// What it draws up meanwhile would take the cores that are measured. How many of its tasks are over is known all the same.
#[test]
fn a_run_that_nobody_watches_shows_its_last_picture_only() {
    let scenario = of(vec![group("ends", 1, vec![io(ms(300), false)]), group("endless", 1, vec![cpu(ms(600_000))])]);
    name_worker_program();
    for model in ["threads", "processes"] {
        let choice = ModelChoice::new(tasklane::model::find(model).unwrap());
        let request = fixture::request(scenario.clone(), choice, 1);
        let live = LiveRun::start(request, Snapshots::Last, Arc::new(|| {})).unwrap();
        wait_for(model, || (live.ended() == 1).then_some(()));
        assert!(live.snapshot().trace.is_empty(), "{model}");
        live.cancel();
        let run = wait_for(model, || live.is_gathered().then(|| live.snapshot()));
        check(&run);
        assert_eq!((outcome(&run, "ends").0, outcome(&run, "endless").0), (State::Done, State::Cancelled), "{model}");
    }
}

/// However short the steps are: a task that computes and stamps nothing is seen to compute. Both tasks would take
/// minutes, so only what is shown before their end can be seen.
#[test]
fn a_growing_run_shows_tasks_of_short_steps() {
    let computes = vec![cpu(Nanos::from_micros(50))];
    let counts = vec![Step::Load("x".into()), Step::Add(1), Step::Store("x".into())];
    for steps in [computes, counts] {
        let endless = of(vec![group("endless", 1, vec![Step::Repeat { count: 30_000_000, steps }])]);
        for model in MODELS {
            let live = start(&endless, model.id, 1);
            let shows_it = || live.snapshot().trace.states().contains(&State::Running).then_some(());
            wait_for(model.id, shows_it);
            live.cancel();
            wait_for(model.id, || live.is_gathered().then_some(()));
        }
    }
}

#[test]
fn a_draw_costs_the_same_under_every_model() {
    let spread = Spread::Uniform(ms(2), ms(8));
    let steps = vec![Step::Io { time: spread, via: Via::Timer, blocking: true, timeout: None }];
    let scenario = of(vec![group("egg", 4, steps)]);
    let io_times = |model: &str| -> Vec<Nanos> {
        let run = run(&scenario, model);
        (0..4).map(|task| tasklane::analysis::metrics::task_times(&run, Task(task)).io).collect()
    };
    let expected = io_times("sequential");
    for model in MODELS {
        for (io, expected) in io_times(model.id).iter().zip(&expected) {
            // Letting an interpreter lock go comes before the wait, and takes what it takes.
            let exact = ModelChoice::new(model).plan(1).gil.is_none();
            let off = (*io - *expected).0;
            assert!(off > -20_000 && (!exact || off < 20_000), "{}: {io} instead of {expected}", model.id);
        }
    }
}

#[test]
fn more_threads_than_the_system_allows_are_refused_before_anything_is_spent() {
    let crowd = of(vec![group("crowd", 900_000, vec![cpu(ms(1))])]);
    let request = fixture::request(crowd, ModelChoice::new(tasklane::model::find("threads").unwrap()), 1);
    let refused = tasklane::engine::check(&request).unwrap_err().to_string();
    assert!(refused.starts_with("threads would need 900000 threads, and this computer allows "), "{refused}");
}

/// Running time is what the kernel says, preemption included: eight busy threads on at most two cores. The bound is
/// loose enough for a debug build on a busy machine, and far from what wall time would give (four times as much).
#[test]
fn running_time_agrees_with_the_kernels_account() {
    let scenario = of(vec![group("computes", 8, vec![cpu(ms(60))])]);
    for model in ["threads", "sequential", "event-loop"] {
        let run = run(&scenario, model);
        let running = tasklane::analysis::metrics::metrics(&run).running.secs();
        // The kernel leaves out what a virtual machine's host takes of a core; who looks at a clock can't.
        let (spent, stolen) = (run.account.cpu.unwrap().secs(), run.account.stolen.map_or(0.0, Nanos::secs));
        let bounds = 0.9 * spent..1.05 * spent + stolen;
        assert!(bounds.contains(&running), "{model}: {running} s running, {spent} s of CPU time, {stolen} s stolen");
    }
}

/// Sixteen who wait and one task to do: fifteen sleep on.
#[test]
fn a_task_wakes_one_worker_of_a_pool() {
    const TASKS: u32 = 100;
    let one_by_one = Group { arrive: Arrive::Every(ms(1)), ..group("a", TASKS, vec![cpu(Nanos::from_micros(10))]) };
    let mut pool = ModelChoice::new(tasklane::model::find("thread-pool").unwrap());
    pool.set("workers", 16).unwrap();
    let live = start_with(&of(vec![one_by_one]), pool, 1);
    let run = wait_for("thread-pool", || live.is_gathered().then(|| live.snapshot()));
    let Some(switches) = run.account.switches_voluntary else { return };
    // One of the worker and one of the main thread, and some to begin and end with.
    assert!(switches <= u64::from(TASKS) * 6, "{switches} voluntary context switches");
}

/// A task that prints for ever costs no more memory than is promised.
#[test]
fn lines_beyond_what_memory_holds_are_dropped_and_counted() {
    let count = u32::try_from(OUTPUT_LINES_MAX).unwrap() + 3;
    let chatty = of(vec![group("a", 1, vec![Step::Repeat { count, steps: vec![Step::Print("still here".into())] }])]);
    let imagined = request(chatty.clone(), ModelChoice::new(tasklane::model::find("sequential").unwrap()), 1);
    for run in [run(&chatty, "sequential"), computed(&imagined).run] {
        assert_eq!(run.status, Status::Finished, "{:?}", run.engine);
        assert_eq!((run.output.len(), run.account.lines_dropped), (OUTPUT_LINES_MAX, 3), "{:?}", run.engine);
    }
}

pub fn lock(name: &str) -> Step {
    Step::Lock(name.into())
}

pub fn unlock(name: &str) -> Step {
    Step::Unlock(name.into())
}

pub fn outcomes(run: &Run) -> Vec<State> {
    (0..run.trace.tasks()).map(|task| outcome(run, &name(run, task)).0).collect()
}

/// Ana and Bia, in opposite order, with `between` after the first.
fn two_locks(between: &Step) -> Scenario {
    let cook = |name, first, second| {
        let steps = vec![lock(first), between.clone(), lock(second), unlock(second), unlock(first)];
        group(name, 1, steps)
    };
    of(vec![cook("ana", "pan", "oven"), cook("bia", "oven", "pan"), group("bystander", 1, vec![cpu(ms(2))])])
}

#[test]
fn two_locks_in_opposite_order_deadlock_wherever_both_can_hold_one() {
    let (done, dead) = (State::Done, State::Deadlocked);
    for (model, expected) in [
        ("threads", [dead, dead, done]),
        ("event-loop", [dead, dead, done]),
        ("async-offload", [dead, dead, done]),
        ("gil-threads", [dead, dead, done]),
        ("async-pool", [dead, dead, done]),
        // Both workers are held for ever: nobody comes to the bystander.
        ("thread-pool", [dead, dead, dead]),
        ("processes", [dead, dead, dead]),
        // One after the other, there is nothing to get into each other's way.
        ("sequential", [done, done, done]),
    ] {
        // Both hold one, however late the other comes up; where they never do, they cannot wait for each other.
        let between = if expected[0] == dead { Step::Barrier("both".into()) } else { io(ms(2), false) };
        let run = run(&two_locks(&between), model);
        check(&run);
        assert_eq!(run.status, Status::Finished, "{model}");
        assert_eq!(outcomes(&run), expected, "{model}");
        if expected[0] == dead {
            let last = run.trace.spans_of(Task(0)).next_back().unwrap();
            assert_eq!(last.peer.as_task(), Some(Task(1)), "{model}: Bia holds the oven");
            assert_eq!(run.resources[last.resource.get().unwrap()], "oven", "{model}");
        }
    }
}

#[test]
fn a_lock_lets_one_in_at_a_time_and_says_who_woke_whom() {
    let steps = vec![Step::Repeat { count: 3, steps: vec![lock("pan"), cpu(ms(1)), io(ms(1), true), unlock("pan")] }];
    for model in MODELS {
        let run = run(&of(vec![group("cook", 4, steps.clone())]), model.id);
        check(&run);
        assert_eq!(outcomes(&run), [State::Done; 4], "{}", model.id);
        for span in run.trace.spans().filter(|span| span.cause == Cause::Lock) {
            let next = run.trace.spans_of(span.task).find(|next| next.start == span.end).unwrap();
            assert!(next.peer.as_task().is_some_and(|waker| waker != span.task), "{}: {next:?}", model.id);
        }
    }
}

#[test]
fn channels_hand_over_everything_and_barriers_wait_for_all() {
    let producer =
        vec![Step::Repeat { count: 20, steps: vec![Step::Send("orders".into())] }, Step::Barrier("end".into())];
    let consumer =
        vec![Step::Repeat { count: 10, steps: vec![Step::Receive("orders".into())] }, Step::Barrier("end".into())];
    for capacity in [Some(1), Some(3), None] {
        let mut scenario = of(vec![group("cook", 1, producer.clone()), group("waiter", 2, consumer.clone())]);
        scenario.channels.push(tasklane::scenario::Channel { name: "orders".into(), capacity });
        // Models whose workers can carry all three at once.
        for model in ["threads", "event-loop", "async-pool", "async-offload", "gil-threads"] {
            let run = run(&scenario, model);
            check(&run);
            assert_eq!(outcomes(&run), [State::Done; 3], "{model}, {capacity:?}");
        }
    }
}

#[test]
fn a_pool_slot_is_a_resource_of_the_wait_for_graph() {
    let waits = group("waits", 2, vec![Step::Receive("answers".into())]);
    let answers = group("answers", 2, vec![Step::Send("answers".into())]);
    let scenario = of(vec![waits, answers]);
    // Two workers, both held by tasks that wait for those behind them in the queue.
    let run = run(&scenario, "thread-pool");
    check(&run);
    assert_eq!(outcomes(&run), [State::Deadlocked; 4]);
    // With a thread each, nobody is in the way.
    assert_eq!(outcomes(&self::run(&scenario, "threads")), [State::Done; 4]);
}

#[test]
fn a_receive_that_nobody_serves_ends_and_a_long_sleep_does_not() {
    let scenario = of(vec![
        group("waits", 1, vec![Step::Receive("nothing".into())]),
        group("sleeps", 1, vec![io(ms(300), false)]),
    ]);
    for model in ["threads", "event-loop", "async-pool", "async-offload", "gil-threads"] {
        let run = run(&scenario, model);
        assert_eq!(outcomes(&run), [State::Deadlocked, State::Done], "{model}");
    }
}

#[test]
fn variables_keep_what_a_lock_protects() {
    let add = vec![lock("x"), Step::Load("x".into()), Step::Add(1), Step::Store("x".into()), unlock("x")];
    let steps = vec![Step::Repeat { count: 500, steps: add }];
    for model in MODELS.into_iter().filter(|model| ModelChoice::new(model).plan(2).processes.is_none()) {
        let run = run(&of(vec![group("counts", 4, steps.clone())]), model.id);
        assert_eq!(run.variables, [("x".to_owned(), 2_000)], "{}", model.id);
    }
}

/// Many threads that begin at once are off their cores before their first instruction of work, and behind their last:
/// that is not running either.
#[test]
fn a_crowd_of_short_tasks_runs_no_longer_than_it_computes() {
    let scenario = of(vec![group("crowd", 120, vec![cpu(ms(1))])]);
    for model in ["threads", "thread-pool"] {
        let run = run(&scenario, model);
        check(&run);
        let running = tasklane::analysis::metrics::metrics(&run).running;
        let spent = run.account.cpu.unwrap();
        // What a thread spends on coming up and going is not its task's; what a task runs is its thread's.
        assert!(running.secs() < 1.1 * spent.secs(), "{model}: {running} of running, {spent} of CPU time");
    }
}

/// Running spans under an interpreter lock never overlap: one task at a time computes.
#[test]
fn under_a_gil_one_task_at_a_time_computes() {
    let scenario = of(vec![group("computes", 4, vec![cpu(ms(30)), io(ms(2), true), cpu(ms(5))])]);
    let run = run(&scenario, "gil-threads");
    check(&run);
    let mut running: Vec<Span> = run.trace.spans().filter(|span| span.state == State::Running).collect();
    running.sort_by_key(|span| span.start);
    for pair in running.windows(2) {
        // Both are stamped by their own threads around the hand-over: some microseconds may lie crosswise.
        let over = pair[0].end.min(pair[1].end) - pair[1].start;
        assert!(over < ms(1), "{pair:?}");
    }
    assert!(run.trace.causes().contains(&Cause::Gil), "somebody waited for it");
}

/// Many short steps are as good as a long one: somebody else gets the interpreter lock in between.
#[test]
fn under_a_gil_who_counts_gives_way() {
    let count = vec![Step::Load("x".into()), Step::Add(1), Step::Store("x".into())];
    let scenario = of(vec![group("counts", 2, vec![Step::Repeat { count: 2_000_000, steps: count }])]);
    let run = run(&scenario, "gil-threads");
    check(&run);
    let of_task = |task| run.trace.spans_of(Task(task)).filter(|span| span.state == State::Running);
    let begins = |task| of_task(task).map(|span| span.start).min();
    let ends = |task| of_task(task).map(|span| span.end).max();
    assert!(begins(0) < ends(1) && begins(1) < ends(0), "one ended before the other began");
}

#[test]
fn a_full_queue_rejects_and_the_rest_is_done() {
    let scenario = of(vec![group("guest", 6, vec![io(ms(20), true)])]);
    for model in ["thread-pool", "work-stealing"] {
        let mut choice = ModelChoice::new(tasklane::model::find(model).unwrap());
        choice.set("workers", 1).unwrap();
        choice.set("queue", 2).unwrap();
        let live = start_with(&scenario, choice, 1);
        let run = wait_for(model, || live.is_gathered().then(|| live.snapshot()));
        check(&run);
        let (done, rejected) = (State::Done, State::Rejected);
        assert_eq!(outcomes(&run), [done, done, done, rejected, rejected, rejected], "{model}");
    }
}

#[test]
fn offloaded_steps_leave_the_loop_to_the_others() {
    let scenario = of(vec![group("blocks", 4, vec![io(ms(60), true)])]);
    let run = run(&scenario, "async-offload");
    check(&run);
    // Side by side: each began before any was over.
    let io: Vec<Span> = run.trace.spans().filter(|span| span.state == State::Io).collect();
    let (last_begin, first_end) = (io.iter().map(|span| span.start).max(), io.iter().map(|span| span.end).min());
    assert!(last_begin < first_end, "{io:?}");
}
