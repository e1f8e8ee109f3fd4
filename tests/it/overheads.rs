//! What an imagined computer charges beside the tasks' own work, and when: one cost at a time, all others nothing.

use std::sync::Arc;

use tasklane::analysis::metrics::{TaskTimes, metrics, task_times};
use tasklane::engine::Request;
use tasklane::model::ModelChoice;
use tasklane::simulate::costs::Cost;
use tasklane::time::Nanos;
use tasklane::trace::{Run, Span, State, Task};

use crate::fixture::ms;
use crate::imagined::computed;
use crate::textbooks::{choice, request, scenario};

/// A machine on which nothing else costs anything, and groups of tasks.
fn charged(costs: &[(Cost, &str)], groups: &str) -> String {
    let cost = |cost: Cost| costs.iter().find(|(own, _)| *own == cost).map_or("0ns", |(_, time)| *time);
    let lines = Cost::ALL.into_iter().filter(|own| *own != Cost::GilInterval);
    let lines: Vec<String> = lines.map(|own| format!("{} = \"{}\"\n", own.id(), cost(own))).collect();
    format!("[machine]\n{}{groups}", lines.concat())
}

fn run(body: &str, choice: ModelChoice, cores: u32) -> Arc<Run> {
    computed(&request(scenario(body), choice, cores)).run
}

fn times(run: &Run) -> Vec<TaskTimes> {
    (0..run.trace.tasks()).map(|task| task_times(run, Task(task))).collect()
}

/// Seven of eight workers come to the only core and find nothing.
#[test]
fn a_core_is_charged_for_no_more_time_than_there_is() {
    let groups = "[[task]]\nname = \"a\"\ncount = 40\nsteps = [{ cpu = \"1us\" }]\n\
        [[task]]\nname = \"late\"\narrive = \"2ms\"\nsteps = [{ cpu = \"1us\" }]\n";
    let run = run(&charged(&[(Cost::ContextSwitch, "1ms")], groups), choice("thread-pool", &[("workers", 8)]), 1);
    let (spent, end) = (run.account.cpu.unwrap(), run.trace.horizon());
    assert!(spent <= end, "{spent} on one core until {end}");
}

#[test]
fn a_new_thread_comes_to_its_core_as_one_that_is_woken() {
    let costs = [(Cost::CachedThreadStart, "10us"), (Cost::WakeUp, "20us"), (Cost::FirstSetUp, "5us")];
    let run = run(&charged(&costs, "[[task]]\nname = \"a\"\nsteps = [{ cpu = \"1ms\" }]\n"), choice("threads", &[]), 2);
    assert_eq!(times(&run)[0].start, Some(Nanos::from_micros(35)));
    assert_eq!(metrics(&run).makespan, Nanos::from_micros(1_035));
}

#[test]
fn the_first_new_thread_of_each_core_takes_longer_to_get_ready() {
    let costs = [(Cost::FirstSetUp, "50us"), (Cost::ThreadSetUp, "5us")];
    let tasks = "[[task]]\nname = \"a\"\ncount = 4\nsteps = [{ cpu = \"1ms\" }]\n";
    let run = run(&charged(&costs, tasks), choice("threads", &[]), 2);
    let starts: Vec<i64> = times(&run).iter().filter_map(|task| Some(task.start?.0 / 1_000)).collect();
    assert_eq!(starts, [50, 50, 1_055, 1_055]);
}

#[test]
fn the_first_threads_get_kept_stacks() {
    let costs = [(Cost::CachedThreadStart, "10us"), (Cost::ThreadStart, "30us")];
    let tasks = "[[task]]\nname = \"a\"\ncount = 20\nsteps = [{ cpu = \"1ms\" }]\n";
    let threads = run(&charged(&costs, tasks), choice("threads", &[]), 32);
    let starts: Vec<i64> = times(&threads).iter().filter_map(|task| Some(task.start?.0 / 1_000)).collect();
    let kept = (1..=18).map(|number| number * 10);
    assert_eq!(starts, kept.chain([210, 240]).collect::<Vec<_>>());
    // A loop starts the threads of its blocking pool one by one, too; the last of them is up at once.
    let pool = run(&charged(&costs, tasks), choice("async-offload", &[]), 32);
    assert_eq!(metrics(&pool).makespan, Nanos::from_micros(18 * 10 + 30 + 1_000));
}

#[test]
fn threads_of_a_blocking_pool_set_themselves_up_on_a_core() {
    let tasks = "[[task]]\nname = \"a\"\ncount = 2\nsteps = [{ cpu = \"1ms\" }]\n";
    let both_set_up = |cores| {
        let run = run(&charged(&[(Cost::ThreadSetUp, "5ms")], tasks), choice("async-offload", &[]), cores);
        metrics(&run).makespan
    };
    assert_eq!([1, 3].map(both_set_up), [ms(12), ms(6)]);
}

#[test]
fn who_hands_work_over_pays_for_waking_the_other() {
    let two = "[[task]]\nname = \"a\"\ncount = 2\nsteps = [{ cpu = \"1ms\" }]\n";
    let starts = |run: &Run| -> Vec<Option<Nanos>> {
        let on_pool = |task| {
            let mut spans = run.trace.spans_of(Task(task));
            spans.find(|span| span.state == State::Running && span.length() > Nanos::ZERO).map(|span| span.start)
        };
        (0..run.trace.tasks()).map(on_pool).collect()
    };
    let starting = run(&charged(&[(Cost::CachedThreadStart, "10us")], two), choice("async-offload", &[]), 3);
    assert_eq!(
        starts(&starting),
        [Some(Nanos::ZERO), Some(Nanos::from_micros(10))],
        "the loop starts one, then the next"
    );
    let twice = "[[task]]\nname = \"a\"\nsteps = [{ cpu = \"1ms\" }, { cpu = \"1ms\" }]\n";
    let back = run(&charged(&[(Cost::Notify, "10us")], twice), choice("async-offload", &[("blocking", 1)]), 2);
    assert_eq!(metrics(&back).makespan, Nanos::from_micros(2_010), "it wakes the loop before it takes the next");
}

#[test]
fn the_main_thread_needs_nobody_to_wake_it_at_the_start() {
    let costs = [(Cost::WakeUp, "20us"), (Cost::ContextSwitch, "5us")];
    let tasks = "[[task]]\nname = \"a\"\nsteps = [{ cpu = \"1ms\" }]\n\
                 [[task]]\nname = \"b\"\narrive = \"2ms\"\nsteps = [{ cpu = \"1ms\" }]\n";
    let run = run(&charged(&costs, tasks), choice("sequential", &[]), 2);
    let starts: Vec<Option<Nanos>> = times(&run).iter().map(|task| task.start).collect();
    assert_eq!(starts, [Some(Nanos::ZERO), Some(Nanos::from_micros(2_020))], "later it sleeps until somebody arrives");
}

#[test]
fn who_says_what_a_thread_costs_means_the_first_too() {
    let body = "[machine]\nthread_start = \"30us\"\ncontext_switch = \"0us\"\nwake_up = \"0us\"\n[[task]]\nname = \"a\"\nsteps = [{ cpu = \"1ms\" }]\n";
    assert_eq!(times(&run(body, choice("threads", &[]), 2))[0].start, Some(Nanos::from_micros(30)));
}

#[test]
fn the_main_thread_that_has_had_its_quantum_stands_in_line() {
    let tasks = "[[task]]\nname = \"a\"\ncount = 8\nsteps = [{ cpu = \"1ms\" }]\n";
    let run = run(&charged(&[(Cost::CachedThreadStart, "1ms")], tasks), choice("threads", &[]), 1);
    let starts: Vec<Option<Nanos>> = times(&run).iter().map(|task| task.start).collect();
    // Three were started in its first four milliseconds, the fourth at their end.
    assert_eq!(starts[..4], [4, 5, 6, 7].map(|start| Some(ms(start))));
    assert_eq!(metrics(&run).makespan, ms(16));
}

#[test]
fn a_process_needs_new_memory_for_the_first_message_as_large() {
    let costs = [(Cost::MessageKib, "1us"), (Cost::MemoryKib, "2us")];
    let tasks = "[[task]]\nname = \"a\"\ncount = 2\npayload = \"1MiB\"\nsteps = [{ load = \"x\" }]\n\
                 [[task]]\nname = \"b\"\npayload = \"2MiB\"\nsteps = [{ load = \"x\" }]\n";
    let mut one = choice("processes", &[("workers", 1)]);
    one.set_text("start", "warm").unwrap();
    let run = run(&charged(&costs, tasks), one, 2);
    let mut shipping: Vec<Span> = run.trace.spans().filter(|span| span.state == State::Shipping).collect();
    shipping.sort_by_key(|span| span.start);
    let kibs: Vec<i64> = shipping.iter().map(|span| span.length().0 / 1_024_000).collect();
    assert_eq!(kibs, [3, 1, 1, 1, 4, 2], "thousands of microseconds");
}

#[test]
fn only_a_timer_is_known_to_have_been_due() {
    let check = |via: &str, model: &str, cost: Cost, expected: (i64, i64)| {
        let tasks = format!("[[task]]\nname = \"a\"\nsteps = [{{ io = \"20ms\", via = \"{via}\" }}]\n");
        let run = run(&charged(&[(cost, "100us")], &tasks), choice(model, &[]), 2);
        let task = times(&run)[0];
        assert_eq!((task.io.0 / 1_000, task.waiting.0 / 1_000), expected, "{via}, {model}");
        assert_eq!(metrics(&run).makespan, Nanos::from_micros(20_100), "{via}, {model}");
    };
    check("timer", "sequential", Cost::SleepOvershoot, (20_000, 100));
    check("http", "sequential", Cost::SleepOvershoot, (20_100, 0));
    check("timer", "event-loop", Cost::LoopOvershoot, (20_000, 100));
    check("sqlite", "event-loop", Cost::LoopOvershoot, (20_100, 0));
}

#[test]
fn a_short_wait_ends_sooner_than_a_long_one_where_the_core_sleeps_lightly() {
    let costs = [(Cost::SleepOvershoot, "100us"), (Cost::ShortSleepOvershoot, "70us"), (Cost::LoopOvershoot, "1ms")];
    let check = |model: &str, wait: &str, expected: i64| {
        let tasks = format!("[[task]]\nname = \"a\"\nsteps = [{{ io = \"{wait}\" }}]\n");
        let run = run(&charged(&costs, &tasks), choice(model, &[]), 2);
        assert_eq!(metrics(&run).makespan, Nanos::from_micros(expected), "{model}, {wait}");
    };
    check("sequential", "300us", 370);
    check("sequential", "50ms", 50_100);
    check("event-loop", "300us", 300 + 970);
    check("event-loop", "50ms", 51_000);
}

/// Three threads, of which two wait for the first to have ended: it takes the longer to do so the longer it was away.
#[test]
fn a_thread_that_has_slept_costs_more_to_end() {
    let starts = |costs: &[(Cost, &str)], step: &str| {
        let tasks = format!(
            "[[task]]\nname = \"a\"\nsteps = [{step}]\n[[task]]\nname = \"b\"\narrive = \"2ms\"\nsteps = [{{ cpu = \"1ms\" }}]\n"
        );
        times(&run(
            &charged(&[&[(Cost::CachedThreadStart, "10us")], costs].concat(), &tasks),
            choice("threads", &[]),
            1,
        ))[1]
            .start
    };
    let ends = [(Cost::ThreadEnd, "20us"), (Cost::SleeperEnd, "50us")];
    let at = |micros: i64| Some(Nanos::from_micros(micros));
    // It ends just before the other arrives, whose thread is started when that is through.
    let (computes, sleeps) = ("{ cpu = \"1985us\" }", "{ io = \"1985us\" }");
    assert_eq!(starts(&ends, computes), at(1_995 + 20 + 10));
    assert_eq!(starts(&ends, sleeps), at(1_995 + 50 + 10));
}

#[test]
fn who_does_everything_alone_asks_no_queue() {
    let tasks = "[[task]]\nname = \"a\"\ncount = 3\nsteps = [{ cpu = \"1ms\" }]\n";
    let length = |model: &str, workers: &[(&str, i64)]| {
        metrics(&run(&charged(&[(Cost::PoolDispatch, "1ms")], tasks), choice(model, workers), 2)).makespan
    };
    assert_eq!(length("sequential", &[]), ms(3));
    assert_eq!(length("thread-pool", &[("workers", 1)]), ms(3));
    assert_eq!(length("thread-pool", &[("workers", 2)]), ms(4));
}

/// As behind two threads that compute under CPython 3.11, and under Tasklane's own lock: three intervals on average.
#[test]
fn who_comes_back_from_io_waits_some_intervals_for_the_interpreter_lock() {
    const ROUNDS: i64 = 100;
    let tasks = format!(
        "[[task]]\nname = \"guest\"\nsteps = [{{ repeat = {ROUNDS}, steps = [{{ io = \"7ms\" }}, {{ cpu = \"10us\" }}] }}]\n\
         [[task]]\nname = \"hog\"\ncount = 2\nsteps = [{{ cpu = \"3s\" }}]\n"
    );
    let own = scenario(&charged(&[(Cost::GilHandOff, "1us")], &tasks));
    let request = request(own, choice("gil-threads", &[]), 2);
    let blocked = |seed: u64| times(&computed(&Request { seed, ..request.clone() }).run)[0].blocked;
    let mean = (1..=10).map(blocked).sum::<Nanos>() / (10 * ROUNDS);
    assert!((ms(10)..ms(20)).contains(&mean), "{mean}");
}
