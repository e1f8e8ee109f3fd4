//! Diagnoses of real runs: what must be said of them, and what must not.

use std::sync::Arc;

use tasklane::analysis::diagnosis::diagnose;
use tasklane::engine::imagine;
use tasklane::host;
use tasklane::lang::Lang;
use tasklane::model::{self, ModelChoice};
use tasklane::scenario::read;
use tasklane::trace::{Cause, Run, State, Status, Task};

use crate::contract::{start_with, wait_for};
use crate::textbooks::{self, choice, request, scenario};

fn run(model: &str, workers: Option<i64>, tasks: &str) -> Arc<Run> {
    let workers: Vec<(&str, i64)> = workers.map(|workers| ("workers", workers)).into_iter().collect();
    run_with(model, &workers, tasks)
}

pub fn run_with(model: &str, params: &[(&str, i64)], tasks: &str) -> Arc<Run> {
    let text = format!("format = 1\ntitle = \"T\"\nmodels = [\"{model}\"]\n{tasks}");
    let scenario = read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
    let mut choice = ModelChoice::new(model::find(model).unwrap());
    for (key, value) in params {
        choice.set(key, *value).unwrap();
    }
    let live = start_with(&scenario, choice, host::cores().min(2));
    let run = wait_for(model, || live.is_gathered().then(|| live.snapshot()));
    assert_eq!(run.status, Status::Finished);
    run
}

/// What went wrong, by id, with its words; what depends on how busy the computer is, is left out.
fn said(run: &Run) -> Vec<(&'static str, String)> {
    let wrong = ["deadlock", "lost-wake-up", "lost-update", "never-awaited", "rejected-work"];
    let found = diagnose(run).into_iter().filter(|found| wrong.contains(&found.id));
    found.map(|found| (found.id, found.text.get(Lang::En).to_owned())).collect()
}

fn check(run: &Run, id: &str, start: &str) {
    let said = said(run);
    assert!(matches!(&said[..], [(found, text)] if *found == id && text.starts_with(start)), "{said:?}");
}

const BOTH_LOCKS: &str = r#"
[[task]]
name = "ana"
steps = [{ lock = "pan" }, { barrier = "start" }, { lock = "oven" }]
[[task]]
name = "bia"
steps = [{ lock = "oven" }, { barrier = "start" }, { lock = "pan" }]
"#;

#[test]
fn a_circle_of_locks_names_holders_in_every_model_that_can_close_it() {
    for model in ["threads", "event-loop", "async-pool", "gil-threads", "async-offload"] {
        let run = run(model, None, BOTH_LOCKS);
        let circle =
            "ana holds pan and waits for oven, which bia holds; bia holds oven and waits for pan, which ana holds.";
        check(&run, "deadlock", circle);
    }
}

#[test]
fn the_holder_that_is_named_is_the_one_at_the_end() {
    // On one thread, in this order: Caio waits for the pan while Ana has it; Bia gets it next, and keeps it.
    let tasks = r#"
[[task]]
name = "ana"
steps = [{ lock = "pan" }, { repeat = 9, steps = [{ yield = true }] }, { unlock = "pan" }]
[[task]]
name = "bia"
steps = [{ lock = "pan" }, { lock = "pan" }]
[[task]]
name = "caio"
steps = [{ lock = "pan" }]
"#;
    let run = run("event-loop", None, tasks);
    check(&run, "deadlock", "bia waits for pan, which it holds itself. 1 task waits behind it.");
}

#[test]
fn workers_are_part_of_the_circle() {
    let tasks = r#"
[[task]]
name = "waits"
count = 2
steps = [{ receive = "answers" }]
[[task]]
name = "answers"
count = 2
steps = [{ send = "answers" }]
"#;
    let pool = run("thread-pool", Some(2), tasks);
    check(
        &pool,
        "deadlock",
        "both workers are held by waits-1 and waits-2; answers-1, which could serve waits-1 and waits-2,",
    );
    assert_eq!(said(&run("thread-pool", Some(3), tasks)), [], "one worker more");
    assert_eq!(said(&run("event-loop", None, tasks)), [], "awaiting holds no worker");
}

#[test]
fn joining_before_getting_is_a_circle_through_the_join() {
    let tasks = r#"
[channels.results]
capacity = 1
[[task]]
name = "worker"
steps = [{ repeat = 3, steps = [{ send = "results" }] }]
[[task]]
name = "parent"
after = ["worker"]
steps = [{ repeat = 3, steps = [{ receive = "results" }] }]
"#;
    let text = "worker waits for room in results, which parent could make; parent starts only when worker is done. \
                Take what is in the channel before you wait for the end of whoever fills it.";
    check(&run("threads", None, tasks), "deadlock", text);
}

#[test]
fn a_message_that_nobody_sends_is_a_lost_wake_up_and_a_long_sleep_is_nothing() {
    let tasks = r#"
[[task]]
name = "waiter"
steps = [{ receive = "bell" }, { receive = "bell" }]
[[task]]
name = "ringer"
steps = [{ io = "RINGS" }, { send = "bell" }TWICE]
"#;
    let tasks = tasks.replace("RINGS", "250ms");
    for model in ["threads", "event-loop"] {
        let once = run(model, None, &tasks.replace("TWICE", ""));
        check(&once, "lost-wake-up", "waiter waits for a message on bell, and nobody is left who sends there.");
        assert_eq!(said(&run(model, None, &tasks.replace("TWICE", r#", { send = "bell" }"#))), [], "{model}");
    }
}

#[test]
fn updates_across_an_await_get_lost_and_others_on_one_thread_do_not() {
    let tasks = r#"
[[task]]
name = "clerk"
count = 2
steps = [{ repeat = 10, steps = [{ load = "x" }, MEANWHILE{ add = 1 }, { store = "x" }] }]
"#;
    let awaits = run("event-loop", None, &tasks.replace("MEANWHILE", "{ yield = true }, "));
    check(&awaits, "lost-update", "x ended at 10, not at 20: 10 of 20 updates were lost");
    assert_eq!(said(&run("event-loop", None, &tasks.replace("MEANWHILE", ""))), []);
}

/// Of whom that is said, if it is among what is said of the run.
fn finds(run: &Run, id: &str) -> Option<Vec<String>> {
    let found = diagnose(run).into_iter().find(|found| found.id == id)?;
    Some(found.tasks.iter().map(|task| run.task_name(*task)).collect())
}

#[test]
fn a_coroutine_that_nobody_awaits_never_runs_and_a_thread_does() {
    let tasks = r#"
[[task]]
name = "mail"
count = 2
awaited = false
steps = [{ print = "sent" }]
[[task]]
name = "log"
after = ["mail"]
steps = [{ print = "logged" }]
[[task]]
name = "page"
steps = [{ cpu = "1ms" }]
"#;
    for model in ["event-loop", "async-pool", "async-offload"] {
        let run = run(model, None, tasks);
        check(&run, "never-awaited", "mail-1 and mail-2 were made and never awaited: not one of their steps ran.");
        assert_eq!(run.output, [], "{model}");
    }
    let threads = run("threads", None, tasks);
    assert_eq!(said(&threads), []);
    assert_eq!(threads.output.len(), 3);
}

/// Neither is it handed to a full queue and rejected there, nor does it take a place from another.
#[test]
fn a_coroutine_that_nobody_awaits_never_comes_to_the_queue() {
    let tasks = "[[task]]\nname = \"page\"\nsteps = [{ cpu = \"5ms\" }]\n\
        [[task]]\nname = \"mail\"\nawaited = false\nsteps = [{ cpu = \"5ms\" }]\n";
    let waiting = "[[task]]\nname = \"late\"\nsteps = [{ cpu = \"1ms\" }]\n";
    for (queue, tasks) in [(0, tasks.to_owned()), (1, tasks.to_owned() + waiting)] {
        let params = [("workers", 1), ("queue", queue)];
        let imagined = imagine(&request(scenario(&tasks), choice("async-pool", &params), 1), &|| false).unwrap().run;
        for run in [imagined, run_with("async-pool", &params, &tasks)] {
            let told: Vec<_> = run.trace.spans_of(Task(1)).map(|span| (span.state, span.cause)).collect();
            assert_eq!(told, [(State::Cancelled, Cause::NeverAwaited)], "{:?}, queue {queue}", run.engine);
            assert_eq!(finds(&run, "rejected-work"), None, "{:?}, queue {queue}", run.engine);
        }
    }
}

#[test]
fn work_that_a_full_queue_turns_away_is_counted() {
    let tasks = "[[task]]\nname = \"guest\"\ncount = 4\nsteps = [{ io = \"20ms\" }]";
    let full = run_with("thread-pool", &[("workers", 1), ("queue", 1)], tasks);
    check(&full, "rejected-work", "2 of 4 tasks were rejected, 50 %, the first at ");
    assert_eq!(said(&run_with("thread-pool", &[("workers", 1), ("queue", 3)], tasks)), []);
}

#[test]
fn a_blocking_pool_is_exhausted_by_calls_and_not_by_waits_that_are_awaited() {
    let tasks = "[[task]]\nname = \"call\"\ncount = 4\nsteps = [{ io = \"60ms\", blocking = true }]";
    let exhausted = run_with("async-offload", &[("blocking", 1)], tasks);
    assert!(finds(&exhausted, "blocking-pool-exhausted").is_some_and(|tasks| tasks.len() == 3));
    let wide = run_with("async-offload", &[("blocking", 4)], tasks);
    assert_eq!(finds(&wide, "blocking-pool-exhausted"), None);
    let awaited = run_with("async-offload", &[("blocking", 1)], &tasks.replace(", blocking = true", ""));
    assert_eq!(finds(&awaited, "blocking-pool-exhausted"), None);
}

#[test]
fn processes_that_are_made_for_next_to_nothing_and_data_that_travel_for_nothing() {
    let tasks = "[[task]]\nname = \"job\"\ncount = 2\npayload = \"PAYLOAD\"\nsteps = [{ cpu = \"10us\" }]";
    let cold = run_with("processes", &[("workers", 2)], &tasks.replace("PAYLOAD", "1B"));
    assert!(finds(&cold, "start-up-dominates").is_some_and(|tasks| tasks == ["job-1", "job-2"]));
    let warm = run_with("processes", &[("workers", 2), ("start", 1)], &tasks.replace("PAYLOAD", "64MiB"));
    assert_eq!(finds(&warm, "start-up-dominates"), None);
    assert!(finds(&warm, "shipping-dominates").is_some_and(|tasks| tasks == ["job-1", "job-2"]));
}

/// On one thread, in this order: Low takes the bus, High wants it, Mid computes, Low comes back to let go of it.
#[test]
fn an_urgent_task_waits_for_one_that_a_middling_one_displaces() {
    let tasks = r#"
[[task]]
name = "low"
priority = 9
steps = [{ lock = "bus" }, { send = "held" }, { yield = true }, { unlock = "bus" }]
[[task]]
name = "mid"
priority = 5
steps = [{ receive = "go" }, { cpu = "60ms" }]
[[task]]
name = "high"
steps = [{ receive = "held" }, { send = "go" }, { lock = "bus" }, { unlock = "bus" }]
"#;
    let names = finds(&run("event-loop", None, tasks), "priority-inversion");
    assert!(names.is_some_and(|names| names == ["low", "mid", "high"]));
    let equal = tasks.replace("priority = 9", "").replace("priority = 5", "");
    assert_eq!(finds(&run("event-loop", None, &equal), "priority-inversion"), None);
}

#[test]
fn timers_count_in_ticks() {
    let beat = |wait: &str, times: u32| {
        let tasks =
            format!("[[task]]\nname = \"beat\"\nsteps = [{{ repeat = {times}, steps = [{{ io = \"{wait}\" }}] }}]");
        // Where other programs have the cores, lateness is their doing and nothing is said of it; that has a test of its
        // own. Here the clock is meant, whoever else is busy.
        let run = Run { load: Vec::new(), ..Run::clone(&run("event-loop", None, &tasks)) };
        finds(&run, "timer-granularity")
    };
    // tokio's timers count whole milliseconds, and round up.
    assert!(beat("300us", 30).is_some());
    assert_eq!(beat("100ms", 3), None);
}

/// However little of it is left for the tasks: on an imagined computer nobody else takes the cores.
#[test]
fn who_only_switches_is_told_what_that_costs() {
    let text = |switch: &str| {
        let body = format!(
            "[machine]\ncores = 1\ncontext_switch = \"{switch}\"\n[[task]]\nname = \"sum\"\ncount = 8\nsteps = [{{ cpu = \"40ms\" }}]\n"
        );
        let run = textbooks::run(&body, choice("threads", &[]), 1);
        let found = diagnose(&run).into_iter().find(|found| found.id == "oversubscribed");
        found.map(|found| found.text.get(Lang::En).to_owned()).unwrap_or_default()
    };
    let cost = "Computing took 320 ms of the cores' time; starting, switching and other overheads, ";
    assert!(text("1us").starts_with("Up to 8 tasks wanted the 1 core at once.") && !text("1us").contains(cost));
    for switch in ["10ms", "100ms", "100s"] {
        assert!(text(switch).contains(cost), "{switch}: {}", text(switch));
    }
}
