//! The imagined computer against what textbooks and closed formulas say, to the nanosecond where they are exact.

use std::sync::Arc;

use tasklane::analysis::metrics::{TaskTimes, metrics, task_times};
use tasklane::engine::{Request, imagine};
use tasklane::model::ModelChoice;
use tasklane::scenario::words::{COSTS, GIL_INTERVAL};
use tasklane::scenario::{Engine, Scenario, read};
use tasklane::time::Nanos;
use tasklane::trace::{Run, State, Task};

use crate::fixture::{self, ms};

/// The scenario of `body`, which follows the head of the file.
pub fn scenario(body: &str) -> Scenario {
    let text = format!("format = 1\ntitle = \"T\"\nmodels = [\"sequential\"]\nengine = \"simulated\"\n{body}");
    read::read("textbook.toml", &text).unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

pub fn request(scenario: Scenario, choice: ModelChoice, cores: u32) -> Request {
    Request { engine: Engine::Simulated, ..fixture::request(scenario, choice, cores) }
}

pub fn choice(model: &str, params: &[(&str, i64)]) -> ModelChoice {
    let mut choice = ModelChoice::new(tasklane::model::find(model).unwrap());
    for (key, value) in params {
        choice.set(key, *value).unwrap();
    }
    choice
}

pub fn run(body: &str, choice: ModelChoice, cores: u32) -> Arc<Run> {
    imagine(&request(scenario(body), choice, cores), &|| false).unwrap().run
}

fn threads(body: &str, cores: u32) -> Arc<Run> {
    run(body, choice("threads", &[]), cores)
}

fn times(run: &Run) -> Vec<TaskTimes> {
    (0..run.trace.tasks()).map(|task| task_times(run, Task(task))).collect()
}

/// In milliseconds, which they must be to the nanosecond.
fn exact(time: Nanos) -> i64 {
    assert_eq!(time.0 % 1_000_000, 0, "{} ns", time.0);
    time.0 / 1_000_000
}

fn waits(run: &Run) -> Vec<i64> {
    times(run).iter().map(|times| exact(times.waiting)).collect()
}

/// An ideal machine with that scheduler.
fn ideal(scheduler: &str) -> String {
    format!("[machine]\nideal = true\nscheduler = \"{scheduler}\"\n")
}

/// A task for each (arrival, burst) in milliseconds.
fn bursts(bursts: &[(i64, i64)]) -> String {
    let task = |(at, (arrive, burst)): (usize, &(i64, i64))| {
        format!("[[task]]\nname = \"p{}\"\narrive = \"{arrive}ms\"\nsteps = [{{ cpu = \"{burst}ms\" }}]\n", at + 1)
    };
    bursts.iter().enumerate().map(task).collect()
}

#[test]
fn schedulers_make_the_waits_of_the_textbooks() {
    let check = |scheduler: &str, tasks: &[(i64, i64)], expected: &[i64]| {
        let run = threads(&(ideal(scheduler) + &bursts(tasks)), 1);
        assert_eq!(waits(&run), expected, "{scheduler} {tasks:?}");
    };
    check("fcfs", &[(0, 24), (0, 3), (0, 3)], &[0, 24, 27]);
    check("fcfs", &[(0, 3), (0, 3), (0, 24)], &[0, 3, 6]);
    check("round-robin", &[(0, 24), (0, 3), (0, 3)], &[6, 4, 7]);
    check("srtf", &[(0, 8), (1, 4), (2, 9), (3, 5)], &[9, 0, 15, 2]);
    // 7.75 on average.
    check("sjf", &[(0, 8), (1, 4), (2, 9), (3, 5)], &[0, 7, 15, 9]);
    check("sjf", &[(0, 6), (0, 8), (0, 7), (0, 3)], &[3, 16, 9, 0]);
}

/// The first worker has taken up the third task by the time that its quantum ends together with the second's: the second
/// task goes to the end of the queue before it, and gets the core that is left beside the fourth.
#[test]
fn quanta_that_end_together_end_by_the_tasks_of_that_moment() {
    let body = ideal("round-robin") + &bursts(&[(0, 2), (0, 8), (0, 8), (0, 8)]);
    let run = run(&body, choice("thread-pool", &[("workers", 3)]), 2);
    let finish = |task: u32| run.trace.spans_of(Task(task)).last().unwrap().start;
    assert_eq!([0, 1, 2, 3].map(|task| finish(task).0 / 1_000_000), [2, 8, 14, 12]);
}

/// Whoever displaces it at that very instant is woken by what it did.
#[test]
fn who_is_displaced_as_soon_as_it_has_acted_has_begun() {
    let body = ideal("preemptive-priority")
        + "[[task]]\nname = \"urgent\"\nsteps = [{ receive = \"box\" }, { cpu = \"5ms\" }]\n\
           [[task]]\nname = \"slow\"\npriority = 1\nsteps = [{ send = \"box\" }, { cpu = \"2ms\" }]\n\
           [[task]]\nname = \"slower\"\npriority = 2\nsteps = [{ cpu = \"1ms\" }]\n";
    let run = threads(&body, 1);
    assert_eq!(times(&run).iter().map(|times| times.start.map(exact)).collect::<Vec<_>>(), [Some(0), Some(0), Some(7)]);
    assert_eq!(waits(&run), [0, 5, 7]);
}

/// Who ends a task does not begin another one while a worker waits for the core with one that is to go first: a shorter
/// one, one that comes first in the list, a more urgent one.
#[test]
fn a_worker_that_is_through_with_a_task_makes_room_for_who_goes_first() {
    let finish = |body: &str, choice: ModelChoice| -> Vec<i64> {
        let run = run(body, choice, 1);
        (0..run.trace.tasks()).map(|task| exact(task_times(&run, Task(task)).finish.unwrap())).collect()
    };
    let back = "[[task]]\nname = \"back\"\nsteps = [{ cpu = \"1ms\" }, { io = \"2ms\" }, { cpu = \"1ms\" }]\n\
                [[task]]\nname = \"next\"\ncount = 2\npriority = 1\nsteps = [{ cpu = \"4ms\" }]\n";
    let cases = [
        (ideal("sjf") + &bursts(&[(0, 6), (1, 2), (2, 10)]), vec![6, 8, 18]),
        (ideal("sjf") + &bursts(&[(0, 8), (1, 4), (2, 9), (3, 5)]), vec![8, 12, 26, 17]),
        (ideal("list") + back, vec![6, 5, 10]),
        (ideal("priority") + back, vec![6, 5, 10]),
    ];
    for (body, expected) in &cases {
        assert_eq!(finish(body, choice("threads", &[])), *expected, "{body}");
        for (model, workers) in [("thread-pool", 2), ("thread-pool", 3), ("thread-pool", 9), ("python-thread-pool", 2)]
        {
            assert_eq!(finish(body, choice(model, &[("workers", workers)])), *expected, "{model} {workers} {body}");
        }
        let processes = finish(body, choice("processes", &[("workers", 2), ("start", 1)]));
        assert_eq!(processes, *expected, "{body}");
    }
}

#[test]
fn first_in_first_out_responds_and_turns_around() {
    let run = threads(&(ideal("fcfs") + &bursts(&[(0, 1), (0, 4), (0, 7)])), 1);
    let metrics = metrics(&run);
    let means = [metrics.response.mean, metrics.turnaround.mean, metrics.waiting.mean];
    assert_eq!(means.map(|mean| exact(mean.unwrap())), [2, 6, 2]);
}

#[test]
fn priorities_go_first_and_preempt_where_they_may() {
    let tasks = |tasks: &[(i64, i64, i32)]| -> String {
        let task = |(at, (arrive, burst, priority)): (usize, &(i64, i64, i32))| {
            format!(
                "[[task]]\nname = \"p{at}\"\narrive = \"{arrive}ms\"\npriority = {priority}\nsteps = [{{ cpu = \"{burst}ms\" }}]\n"
            )
        };
        tasks.iter().enumerate().map(task).collect()
    };
    let check = |scheduler: &str, all: &[(i64, i64, i32)], expected: &[i64]| {
        let run = threads(&(ideal(scheduler) + &tasks(all)), 1);
        assert_eq!(waits(&run), expected, "{scheduler} {all:?}");
    };
    check("priority", &[(0, 10, 3), (0, 1, 1), (0, 2, 4), (0, 1, 5), (0, 5, 2)], &[6, 0, 16, 18, 1]);
    check("priority", &[(0, 10, 2), (1, 5, 1), (2, 1, 0)], &[0, 10, 8]);
    check("preemptive-priority", &[(0, 10, 2), (1, 5, 1), (2, 1, 0)], &[6, 1, 0]);
    // Equal is not better.
    check("preemptive-priority", &[(0, 10, 2), (1, 5, 2)], &[0, 9]);
}

/// Graham 1966/1969: more cores may finish later, and a list is at most 2 − 1/m times the best.
#[test]
fn lists_show_grahams_anomalies() {
    let tasks: Vec<String> = [3, 2, 2, 2, 4, 4, 4, 4, 9]
        .into_iter()
        .zip(1..)
        .map(|(time, number)| {
            let after = match number {
                5..=8 => "after = [\"T4\"]\n",
                9 => "after = [\"T1\"]\n",
                _ => "",
            };
            format!("[[task]]\nname = \"T{number}\"\n{after}steps = [{{ cpu = \"{time}ms\" }}]\n")
        })
        .collect();
    for (cores, makespan) in [(3, 12), (4, 15)] {
        let run = threads(&(ideal("list") + &tasks.concat()), cores);
        assert_eq!(exact(metrics(&run).makespan), makespan, "{cores} cores");
    }
    for cores in [2_u32, 3, 5, 8, 16] {
        let ones =
            format!("[[task]]\nname = \"one\"\ncount = {}\nsteps = [{{ cpu = \"1ms\" }}]\n", cores * (cores - 1));
        let long = format!("[[task]]\nname = \"long\"\nsteps = [{{ cpu = \"{cores}ms\" }}]\n");
        let run = threads(&format!("{}{ones}{long}", ideal("list")), cores);
        assert_eq!(exact(metrics(&run).makespan), i64::from(2 * cores - 1), "{cores} cores");
    }
}

#[test]
fn amdahl_bounds_the_speedup() {
    let body = "[machine]\nideal = true\n\
                [[task]]\nname = \"serial\"\nsteps = [{ cpu = \"80ms\" }]\n\
                [[task]]\nname = \"parallel\"\ncount = 16\nafter = [\"serial\"]\nsteps = [{ cpu = \"95ms\" }]\n";
    let alone = metrics(&run(body, choice("sequential", &[]), 1)).makespan;
    assert_eq!(exact(alone), 1_600);
    for (cores, expected) in [(2, 1.905), (4, 3.478), (8, 5.926), (16, 9.143)] {
        for model in ["threads", "thread-pool"] {
            let makespan = metrics(&run(body, choice(model, &[]), cores)).makespan;
            let speedup = alone.ratio(makespan).unwrap();
            assert!((speedup - expected).abs() < 0.000_5, "{model}, {cores} cores: {speedup}");
        }
    }
}

#[test]
fn waiting_together_takes_as_long_as_the_longest_and_pools_go_in_waves() {
    let mixed = "[machine]\nideal = true\n\
                 [[task]]\nname = \"page\"\ncount = 10\nsteps = [{ cpu = \"10ms\" }, { io = \"100ms\" }]\n";
    let makespan = |body: &str, choice: ModelChoice, cores: u32| exact(metrics(&run(body, choice, cores)).makespan);
    assert_eq!(makespan(mixed, choice("sequential", &[]), 1), 1_100);
    assert_eq!(makespan(mixed, choice("event-loop", &[]), 1), 200);
    assert_eq!(makespan(mixed, choice("threads", &[]), 1), 200);
    assert_eq!(makespan(mixed, choice("threads", &[]), 2), 150);
    let waits = "[machine]\nideal = true\n[[task]]\nname = \"page\"\ncount = 20\nsteps = [{ io = \"200ms\" }]\n";
    for (workers, expected) in [(1, 4_000), (2, 2_000), (5, 800), (10, 400), (20, 200)] {
        assert_eq!(makespan(waits, choice("thread-pool", &[("workers", workers)]), 2), expected, "{workers} workers");
    }
    for model in ["event-loop", "async-pool", "async-offload", "threads"] {
        assert_eq!(makespan(waits, choice(model, &[]), 1), 200, "{model}");
    }
    let blocking = waits.replace("io = \"200ms\"", "io = \"200ms\", blocking = true");
    assert_eq!(makespan(&blocking, choice("event-loop", &[]), 2), 4_000);
    assert_eq!(makespan(&blocking, choice("async-offload", &[]), 2), 200);
    assert_eq!(makespan(&blocking, choice("async-offload", &[("blocking", 5)]), 2), 800);
}

/// Eight long tasks, then eight short ones: a split by halves gives all the long ones to one thread.
#[test]
fn stealing_balances_what_a_split_does_not() {
    let body = "[machine]\nideal = true\n\
                [[task]]\nname = \"long\"\ncount = 8\nsteps = [{ cpu = \"100ms\" }]\n\
                [[task]]\nname = \"short\"\ncount = 8\nsteps = [{ cpu = \"10ms\" }]\n";
    let makespan = |model: &str| exact(metrics(&run(body, choice(model, &[]), 2)).makespan);
    assert_eq!(makespan("static-split"), 800);
    assert!((440..=540).contains(&makespan("work-stealing")), "{}", makespan("work-stealing"));
}

/// One task at a time computes, and who waits longer than the interval gets its turn.
#[test]
fn an_interpreter_lock_makes_parallel_work_serial() {
    let body = "[[task]]\nname = \"sum\"\ncount = 8\nsteps = [{ cpu = \"200ms\" }]\n";
    for cores in [1, 2, 8] {
        let run = run(body, choice("gil-threads", &[]), cores);
        let metrics = metrics(&run);
        assert!(metrics.makespan >= ms(1_600), "{cores} cores: {}", metrics.makespan);
        assert!(metrics.makespan < ms(1_700), "{cores} cores: {}", metrics.makespan);
        assert!(metrics.utilization.unwrap() <= 1.0 / f64::from(cores) + 1e-9, "{cores} cores");
    }
    let released = body.replace("\"200ms\"", "\"200ms\", gil = \"released\"");
    let makespan = metrics(&run(&released, choice("gil-threads", &[]), 8)).makespan;
    assert!(makespan < ms(220), "{makespan}");
}

/// What a context switch takes of a quantum is lost.
#[test]
fn short_quanta_lose_what_switching_costs() {
    let costs: Vec<String> = COSTS
        .into_iter()
        .filter(|cost| !["context_switch", GIL_INTERVAL].contains(cost))
        .map(|cost| format!("{cost} = \"0ms\"\n"))
        .collect();
    let costs = costs.concat();
    for (quantum, efficiency) in [(1, 0.5), (4, 0.8), (9, 0.9)] {
        let body = format!(
            "[machine]\nquantum = \"{quantum}ms\"\ncontext_switch = \"1ms\"\n{costs}\
             [[task]]\nname = \"sum\"\ncount = 4\nsteps = [{{ cpu = \"900ms\" }}]\n"
        );
        let run = threads(&body, 1);
        let used = metrics(&run).utilization.unwrap();
        assert!((used - efficiency).abs() < 0.01, "quantum of {quantum} ms: {used}");
    }
}

/// A holds the lock that C, the most urgent, needs; B, between them, needs neither and keeps A from its core.
#[test]
fn a_lock_that_inherits_priority_bounds_the_inversion() {
    let body = |inherit: bool| {
        format!(
            "[machine]\nideal = true\nscheduler = \"preemptive-priority\"\n[locks.pan]\ninherit = {inherit}\n\
             [[task]]\nname = \"low\"\npriority = 3\nsteps = [{{ lock = \"pan\" }}, {{ cpu = \"20ms\" }}, {{ unlock = \"pan\" }}]\n\
             [[task]]\nname = \"high\"\npriority = 1\narrive = \"10ms\"\nsteps = [{{ lock = \"pan\" }}, {{ cpu = \"10ms\" }}, {{ unlock = \"pan\" }}]\n\
             [[task]]\nname = \"middle\"\npriority = 2\narrive = \"10ms\"\nsteps = [{{ cpu = \"500ms\" }}]\n"
        )
    };
    let blocked = |inherit: bool| exact(times(&threads(&body(inherit), 1))[1].waiting);
    assert_eq!((blocked(false), blocked(true)), (510, 10));
}

/// Who was only told that a barging lock is free has to ask for it, which may be in vain: until then it has nothing to
/// compute, and is before all who have.
#[test]
fn asking_for_a_barging_lock_again_is_a_step_that_can_wait() {
    let body = ideal("srtf")
        + "[locks.pan]\nhandoff = \"barging\"\n\
        [[task]]\nname = \"a\"\nsteps = [{ lock = \"pan\" }, { cpu = \"3ms\" }, { unlock = \"pan\" }, { cpu = \"5ms\" },\n\
        { lock = \"pan\" }, { cpu = \"2ms\" }, { unlock = \"pan\" }]\n\
        [[task]]\nname = \"b\"\nsteps = [{ lock = \"pan\" }, { cpu = \"10ms\" }, { unlock = \"pan\" }]\n";
    let ends: Vec<i64> = times(&threads(&body, 1)).iter().map(|times| exact(times.finish.unwrap())).collect();
    assert_eq!(ends, [20, 18]);
}

#[test]
fn two_locks_in_opposite_order_deadlock_and_in_one_order_do_not() {
    let cook = |name: &str, first: &str, second: &str| {
        format!(
            "[[task]]\nname = \"{name}\"\nsteps = [{{ lock = \"{first}\" }}, {{ io = \"20ms\" }}, {{ lock = \"{second}\" }}, \
             {{ unlock = \"{second}\" }}, {{ unlock = \"{first}\" }}]\n"
        )
    };
    let outcomes = |body: &str, model: &str| -> Vec<State> {
        times(&run(body, choice(model, &[]), 2)).iter().map(|times| times.outcome.unwrap()).collect()
    };
    let crossed = cook("ana", "pan", "oven") + &cook("bia", "oven", "pan");
    let ordered = cook("ana", "pan", "oven") + &cook("bia", "pan", "oven");
    for model in ["threads", "event-loop", "async-pool", "gil-threads"] {
        assert_eq!(outcomes(&crossed, model), [State::Deadlocked; 2], "{model}");
        assert_eq!(outcomes(&ordered, model), [State::Done; 2], "{model}");
    }
    assert_eq!(outcomes(&crossed, "sequential"), [State::Done; 2]);
}

/// A producer of one a millisecond, a consumer of one in three: a bounded channel makes them keep step.
#[test]
fn a_bounded_channel_is_as_fast_as_its_slower_end() {
    let body = "[machine]\nideal = true\n[channels.orders]\ncapacity = 10\n\
                [[task]]\nname = \"cook\"\nsteps = [{ repeat = 600, steps = [{ cpu = \"1ms\" }, { send = \"orders\" }] }]\n\
                [[task]]\nname = \"waiter\"\nsteps = [{ repeat = 600, steps = [{ receive = \"orders\" }, { cpu = \"3ms\" }] }]\n";
    let run = threads(body, 2);
    assert_eq!(exact(metrics(&run).makespan), 1_801);
    let cook = times(&run)[0];
    // With ten in the channel and one with the waiter, it is done eleven meals before the end.
    assert_eq!(exact(cook.finish.unwrap()), 1_801 - 11 * 3);
}

/// Little's law holds whatever the distributions: the mean number in the system is the arrival rate × the mean stay.
#[test]
fn littles_law_holds() {
    let body = "[machine]\nideal = true\n\
                [[task]]\nname = \"call\"\ncount = 5000\narrive = { rate = 50.0 }\nsteps = [{ cpu = { exponential = \"15ms\" } }]\n";
    let run = run(body, choice("sequential", &[]), 1);
    let all = times(&run);
    let stay: f64 = all.iter().map(|times| times.turnaround().unwrap().secs()).sum();
    let end = all.iter().filter_map(|times| times.finish).max().unwrap().secs();
    // In the system over time, integrated event by event.
    let mut steps: Vec<(Nanos, i64)> =
        all.iter().flat_map(|times| [(times.arrive.unwrap(), 1), (times.finish.unwrap(), -1)]).collect();
    steps.sort();
    let (mut inside, mut last, mut area) = (0, Nanos::ZERO, 0.0);
    for (time, step) in steps {
        area += f64::from(u32::try_from(inside).unwrap()) * (time - last).secs();
        (inside, last) = (inside + step, time);
    }
    assert_eq!(inside, 0);
    assert!((area / end - stay / end).abs() < 1e-6);
    // Utilization is λ/μ, for the law of large numbers within a few percent.
    let used = metrics(&run).utilization.unwrap();
    assert!((used - 0.75).abs() < 0.05, "{used}");
}
