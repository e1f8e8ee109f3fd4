//! Diagnoses of real runs: what must be said of them, and what must not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tasklane::analysis::diagnosis::diagnose;
use tasklane::engine::{LiveRun, Request};
use tasklane::host;
use tasklane::lang::Lang;
use tasklane::model::{self, ModelChoice};
use tasklane::scenario::{Engine, read};
use tasklane::trace::{Run, Status};

/// No run of this file takes so long, however slow the computer; nothing is asserted about how long it takes.
const PATIENCE: Duration = Duration::from_mins(1);

fn run(model: &str, workers: Option<i64>, tasks: &str) -> Arc<Run> {
    let text = format!("format = 1\ntitle = \"T\"\nmodels = [\"{model}\"]\n{tasks}");
    let scenario = read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
    let mut choice = ModelChoice::new(model::find(model).unwrap());
    if let Some(workers) = workers {
        choice.set("workers", workers).unwrap();
    }
    let request = Request {
        scenario_id: "t".into(),
        scenario: Arc::new(scenario),
        variant: None,
        choice,
        cores: host::cores().min(2),
        seed: 1,
        repeat: 0,
        engine: Engine::Measured,
        costs: None,
    };
    let live = LiveRun::start(request, Arc::new(|| {})).unwrap();
    let begin = Instant::now();
    while !live.is_gathered() {
        assert!(begin.elapsed() < PATIENCE, "{model} never ends");
        std::thread::park_timeout(Duration::from_millis(2));
    }
    let run = live.snapshot();
    assert_eq!(run.status, Status::Finished);
    run
}

/// What went wrong, by id, with its words; what depends on how busy the computer is, is left out.
fn said(run: &Run) -> Vec<(&'static str, String)> {
    let wrong = ["deadlock", "lost-wake-up", "lost-update"];
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
    check(&run, "deadlock", "bia waits for pan, which it holds itself. 1 task waits behind them.");
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
    let text = "worker waits for room in results, which parent could make; parent comes after worker.";
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
