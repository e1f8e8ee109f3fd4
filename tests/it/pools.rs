//! Pools under the operating system's schedulers, on an ideal computer of which every instant is known, and what a bounded
//! queue lets in, imagined and measured.

use std::sync::Arc;

use tasklane::analysis::metrics::{metrics, task_times};
use tasklane::scenario::words::COSTS;
use tasklane::trace::{Run, State, Task};

use crate::diagnosis::run_with;
use crate::textbooks::{choice, run};

/// Models that feed tasks to workers, with as many as there are tasks.
const POOLS: [&str; 4] = ["thread-pool", "async-pool", "work-stealing", "processes"];

/// When each task ends, in milliseconds.
fn ends(run: &Run) -> Vec<i64> {
    let end = |task| task_times(run, Task(task)).finish.unwrap().0;
    (0..run.trace.tasks()).map(|task| end(task) / 1_000_000).collect()
}

/// One task; `arrive` in milliseconds.
fn task(name: &str, arrive: i64, priority: i32, steps: &str) -> String {
    format!("[[task]]\nname = \"{name}\"\narrive = \"{arrive}ms\"\npriority = {priority}\nsteps = [{steps}]\n")
}

/// On one core; tasks as (arrival, priority, burst), all times in milliseconds.
fn check(scheduler: &str, workers: i64, tasks: &[(i64, i32, i64)], expected: &[i64]) {
    let burst = |(number, (arrive, priority, burst)): (usize, &(i64, i32, i64))| {
        task(&format!("p{number}"), *arrive, *priority, &format!("{{ cpu = \"{burst}ms\" }}"))
    };
    let tasks: String = tasks.iter().enumerate().map(burst).collect();
    for (run, model) in check_on(1, scheduler, workers, &tasks, expected).iter().zip(POOLS) {
        // Nobody runs for no time, or is thought to have.
        let mut runs = run.trace.spans().filter(|span| span.state == State::Running);
        assert!(runs.all(|span| span.length().0 > 0), "{scheduler}, {model}");
    }
}

/// On two; tasks as (name, arrival, priority, steps).
fn check_on_two(scheduler: &str, workers: i64, tasks: &[(&str, i64, i32, &str)], expected: &[i64]) {
    let tasks: String =
        tasks.iter().map(|(name, arrive, priority, steps)| task(name, *arrive, *priority, steps)).collect();
    check_on(2, scheduler, workers, &tasks, expected);
}

/// When the tasks end on so many ideal cores. Returns the runs, one under each model.
fn check_on(cores: u32, scheduler: &str, workers: i64, tasks: &str, expected: &[i64]) -> [Arc<Run>; POOLS.len()] {
    let body = format!("[machine]\nideal = true\nscheduler = \"{scheduler}\"\n{tasks}");
    POOLS.map(|model| {
        let run = run(&body, choice(model, &[("workers", workers)]), cores);
        assert_eq!(ends(&run), expected, "{scheduler}, {model} of {workers}");
        run
    })
}

/// A worker that is woken for the more urgent, or the shorter, takes the core at once.
#[test]
fn whoever_is_better_takes_the_core_from_a_worker() {
    for scheduler in ["preemptive-priority", "srtf"] {
        check(scheduler, 4, &[(0, 5, 100), (1, 1, 4)], &[104, 5]);
    }
}

/// Nobody has a core before all that comes at an instant has come, and been taken by workers.
#[test]
fn workers_are_ranked_by_what_came_at_the_same_instant() {
    for scheduler in ["srtf", "sjf"] {
        check(scheduler, 2, &[(0, 0, 9), (0, 0, 4)], &[13, 4]);
        check(scheduler, 3, &[(0, 0, 9), (0, 0, 4), (0, 0, 1)], &[14, 5, 1]);
    }
    check("srtf", 2, &[(0, 0, 9), (1, 0, 4)], &[13, 5]);
    check("sjf", 2, &[(0, 0, 9), (1, 0, 4)], &[9, 13]);
}

/// The second worker was woken for the least urgent and has none yet when the most urgent comes: it comes for that, and
/// goes on with the least urgent, for which it does not keep its core.
#[test]
fn a_worker_that_was_woken_for_another_comes_for_the_most_urgent() {
    check("preemptive-priority", 2, &[(0, 3, 10), (1, 5, 10), (2, 1, 4)], &[14, 24, 6]);
}

/// So does a thread of the blocking pool.
#[test]
fn a_thread_of_the_blocking_pool_comes_for_the_most_urgent() {
    let steps = ["10ms", "10ms", "4ms"].map(|time| format!("{{ cpu = \"{time}\" }}"));
    let tasks = task("a", 0, 3, &steps[0]) + &task("b", 0, 5, &steps[1]) + &task("c", 2, 1, &steps[2]);
    let body = format!("[machine]\nideal = true\nscheduler = \"preemptive-priority\"\n{tasks}");
    assert_eq!(ends(&run(&body, choice("async-offload", &[("blocking", 2)]), 1)), [14, 24, 6]);
}

/// So does an event loop that is ready for a task, and waits for a core, when a wait is over: it orders what is computed
/// next, and makes room for that before it gets to say that the second is done.
#[test]
fn a_loop_comes_for_who_has_waited_and_is_first_in_the_list() {
    let tasks = task("a", 0, 0, "{ io = \"5ms\" }, { cpu = \"4ms\" }")
        + &task("b", 0, 0, "{ cpu = \"10ms\" }")
        + &task("c", 0, 0, "{ cpu = \"10ms\" }")
        + &task("d", 3, 0, "{ cpu = \"1ms\" }");
    let body = format!("[machine]\nideal = true\nscheduler = \"list\"\n{tasks}");
    assert_eq!(ends(&run(&body, choice("async-offload", &[("blocking", 2)]), 1)), [14, 14, 24, 25]);
}

/// Two workers are woken at the instant at which a third comes back from IO, and there are two cores: each is ranked by
/// what it comes for, and not both by the best that there is.
#[test]
fn two_that_are_woken_are_not_both_ranked_by_the_best_task() {
    let tasks = [
        ("a", 5, 0, "{ cpu = \"10ms\" }"),
        ("x", 0, 2, "{ io = \"5ms\" }, { cpu = \"12ms\" }"),
        ("c", 5, 3, "{ cpu = \"13ms\" }"),
    ];
    for scheduler in ["sjf", "srtf", "priority", "preemptive-priority", "list"] {
        check_on_two(scheduler, 3, &tasks, &[15, 17, 28]);
    }
}

/// Two of those that were woken for the least urgent come for the two most urgent instead, before anybody who is less
/// urgent than these.
#[test]
fn as_many_come_for_the_most_urgent_as_there_are_of_them() {
    let tasks = [
        ("a", 0, 3, "{ cpu = \"10ms\" }"),
        ("b", 0, 3, "{ cpu = \"10ms\" }"),
        ("x", 0, 2, "{ io = \"2ms\" }, { cpu = \"4ms\" }"),
        ("c", 0, 5, "{ cpu = \"10ms\" }"),
        ("d", 0, 5, "{ cpu = \"10ms\" }"),
        ("u", 2, 1, "{ cpu = \"4ms\" }"),
        ("v", 2, 1, "{ cpu = \"4ms\" }"),
    ];
    check_on_two("preemptive-priority", 5, &tasks, &[18, 14, 10, 28, 24, 6, 6]);
}

/// Two quanta end at once, the first task's on the higher core: it stands before the second in the ready queue then,
/// whether or not they are a pool's.
#[test]
fn quanta_that_end_at_once_end_in_the_order_of_tasks() {
    let body = "[machine]\nideal = true\nquantum = \"4ms\"\n\
        [[task]]\nname = \"x\"\nsteps = [{ cpu = \"2ms\" }]\n\
        [[task]]\nname = \"y\"\nsteps = [{ cpu = \"1ms\" }]\n\
        [[task]]\nname = \"a\"\ncount = 3\narrive = \"5ms\"\nsteps = [{ cpu = \"6ms\" }]\n";
    for (model, workers) in [("thread-pool", 3), ("processes", 3), ("threads", 0)] {
        let params: Vec<(&str, i64)> = (workers > 0).then_some(("workers", workers)).into_iter().collect();
        let run = run(body, choice(model, &params), 2);
        assert_eq!(ends(&run)[2..], [11, 13, 15], "{model}");
    }
}

/// The second's end has stood in the calendar since the first waited; the first's comes there when the third is back, at
/// that very instant: both end in the order of tasks all the same.
#[test]
fn a_quantum_that_ends_when_somebody_comes_ends_in_the_order_of_tasks() {
    let body = "[machine]\nideal = true\nquantum = \"4ms\"\n\
        [[task]]\nname = \"a\"\nsteps = [{ cpu = \"12ms\" }]\n\
        [[task]]\nname = \"b\"\nsteps = [{ io = \"4ms\" }, { cpu = \"8ms\" }]\n\
        [[task]]\nname = \"c\"\nsteps = [{ io = \"4ms\" }, { io = \"4ms\" }, { cpu = \"4ms\" }]\n";
    assert_eq!(ends(&run(body, choice("threads", &[]), 2)), [12, 16, 12]);
}

/// It fails as soon as it has a core: what stands behind the IO is never computed.
#[test]
fn whose_io_has_taken_too_long_has_nothing_left_to_compute() {
    let body = "[machine]\nideal = true\nscheduler = \"srtf\"\n\
        [[task]]\nname = \"late\"\nsteps = [{ io = \"5ms\", timeout = \"1ms\" }, { cpu = \"9ms\" }]\n\
        [[task]]\nname = \"short\"\nsteps = [{ cpu = \"4ms\" }]\n";
    assert_eq!(ends(&run(body, choice("threads", &[]), 1)), [1, 4]);
}

/// What a process has taken it does, one after another, whatever the others do; one message brings it, one takes it back.
#[test]
fn a_chunk_is_done_by_who_took_it() {
    let body = |machine: &str, count: u32| {
        format!("{machine}[[task]]\nname = \"egg\"\ncount = {count}\nsteps = [{{ cpu = \"10ms\" }}]\n")
    };
    let check = |machine: &str, count: u32, chunk: i64, expected: &[i64]| {
        let params = [("workers", 2), ("chunk", chunk)];
        let run = run(&body(machine, count), choice("python-process-pool", &params), 2);
        assert_eq!(ends(&run), expected, "{count} by {chunk}");
    };
    let ideal = "[machine]\nideal = true\n";
    check(ideal, 3, 1, &[10, 10, 20]);
    check(ideal, 3, 3, &[10, 20, 30]);
    check(ideal, 7, 3, &[10, 20, 30, 10, 20, 30, 40]);
    check(ideal, 7, 2, &[10, 20, 10, 20, 30, 40, 30]);
    check(ideal, 2, 1_000, &[10, 20]);
    let all_free: Vec<String> = COSTS.iter().map(|cost| format!("{cost} = \"{}\"\n", cost_of(cost))).collect();
    let machine = format!("[machine]\n{}", all_free.concat());
    check(&machine, 4, 1, &[12, 12, 24, 24]);
    check(&machine, 4, 2, &[11, 22, 11, 22]);
}

/// Nothing but messages costs anything, and the interval of a lock that nobody wants.
fn cost_of(cost: &str) -> &'static str {
    match cost {
        "message" | "gil_interval" => "1ms",
        _ => "0ns",
    }
}

/// Graham 1969, with T4 before T7 and T8 only: the list says who is next, whoever hands tasks to workers.
#[test]
fn a_list_ranks_what_waits_in_pools() {
    let tasks = |first: usize| -> String {
        let task = |(time, number): (i64, usize)| {
            let after = match number {
                9 => "after = [\"T1\"]\n",
                _ if (first..=8).contains(&number) => "after = [\"T4\"]\n",
                _ => "",
            };
            format!("[[task]]\nname = \"T{number}\"\n{after}steps = [{{ cpu = \"{time}ms\" }}]\n")
        };
        [3, 2, 2, 2, 4, 4, 4, 4, 9].into_iter().zip(1..).map(task).collect()
    };
    for model in POOLS.into_iter().chain(["threads"]) {
        for (cores, first, makespan) in [(3, 5, 12), (4, 5, 15), (3, 7, 16)] {
            let body = format!("[machine]\nideal = true\nscheduler = \"list\"\n{}", tasks(first));
            let run = run(&body, choice(model, &[]), cores);
            assert_eq!(metrics(&run).makespan.0, makespan * 1_000_000, "{model} on {cores}, from {first}");
        }
    }
}

/// Both engines, one worker.
fn outcomes(tasks: &str, places: i64) -> [Vec<State>; 2] {
    let params = [("workers", 1), ("queue", places)];
    let simulated = run(tasks, choice("async-pool", &params), 1);
    let of = |run: &Run| (0..run.trace.tasks()).map(|task| task_times(run, Task(task)).outcome.unwrap()).collect();
    [of(&simulated), of(&run_with("async-pool", &params, tasks))]
}

/// Who has been begun and awaits something neither holds the worker nor takes a place.
#[test]
fn a_bounded_queue_holds_who_waits_and_no_more() {
    let idle = "[[task]]\nname = \"a\"\ncount = 3\nsteps = [{ cpu = \"1ms\" }, { io = \"300ms\" }]\n\
        [[task]]\nname = \"b\"\narrive = \"150ms\"\nsteps = [{ cpu = \"1ms\" }]\n";
    assert_eq!(outcomes(idle, 2), [vec![State::Done; 4], vec![State::Done; 4]]);
    // One computes and one waits while the third comes; when the fourth does, both are in IO, however busy the computer.
    let busy = "[[task]]\nname = \"a\"\nsteps = [{ cpu = \"200ms\" }, { io = \"1800ms\" }]\n\
        [[task]]\nname = \"b\"\narrive = \"20ms\"\nsteps = [{ cpu = \"1ms\" }, { io = \"1800ms\" }]\n\
        [[task]]\nname = \"c\"\narrive = \"40ms\"\nsteps = [{ cpu = \"1ms\" }]\n\
        [[task]]\nname = \"d\"\narrive = \"1500ms\"\nsteps = [{ cpu = \"1ms\" }]\n";
    let expected = vec![State::Done, State::Done, State::Rejected, State::Done];
    assert_eq!(outcomes(busy, 1), [expected.clone(), expected]);
}

/// Who is over makes room before those come that it lets go.
#[test]
fn who_comes_after_finds_the_place_of_who_was_before() {
    let then = "[[task]]\nname = \"a\"\nsteps = [{ io = \"5ms\" }, { cpu = \"1ms\" }]\n\
        [[task]]\nname = \"b\"\nafter = [\"a\"]\nsteps = [{ yield = true }, { cpu = \"1ms\" }]\n";
    assert_eq!(outcomes(then, 0), [vec![State::Done; 2], vec![State::Done; 2]]);
}

/// The worker of `a` is through at the very instant at which its quantum ends and the other has come back from `b`: it makes
/// room before it takes the next task, and that goes to whoever gets the core.
#[test]
fn a_quantum_that_ends_with_a_task_is_over_before_the_next_is_taken() {
    let machine = "[machine]\nideal = true\nscheduler = \"round-robin\"\nquantum = \"1ms\"\n";
    for back in ["1500us", "2ms"] {
        let steps = [("a", "{ cpu = \"3ms\" }"), ("b", &format!("{{ io = \"{back}\" }}")), ("c", "{ cpu = \"1ms\" }")];
        let tasks: String = steps.map(|(name, steps)| task(name, 0, 0, steps)).concat();
        let body = format!("{machine}{tasks}{}", task("d", 0, 0, "{ cpu = \"1ms\" }"));
        for model in ["thread-pool", "processes"] {
            let run = run(&body, choice(model, &[("workers", 2)]), 1);
            assert_eq!(&ends(&run)[2..], [4, 5], "{model}, {back}");
        }
    }
}
