//! The imagined computer in a crowd: a million tasks under every model, under every scheduler, and in everything else
//! that could make a simulation slow. Bounds: 5 million events a second, and 16 times the time for 10 times the tasks.

use std::sync::Arc;
use std::time::Instant;

use tasklane::engine::imagine;
use tasklane::model::{self, ModelChoice};
use tasklane::scenario::{Engine, Scenario};

const STEPS: &str = "{ cpu = \"2ms\" }, { io = \"5ms\" }, { cpu = \"1ms\" }";
const TASKS: u32 = 1_000_000;

pub fn bench() {
    println!("1,000,000 tasks                              events   time, s   million events/s   ÷ time of 100,000");
    for cores in [1_024, 2] {
        for model in model::MODELS.into_iter().chain(model::IMAGINED) {
            let of = |tasks: u32| super::scenario(tasks, STEPS);
            row(&format!("{}, {cores} cores", model.id), of, &ModelChoice::new(model), cores);
        }
    }
    for cores in [1_024, 2] {
        for scheduler in ["fcfs", "round-robin", "sjf", "srtf", "priority", "preemptive-priority", "list", "per-core"] {
            let of = |tasks: u32| super::groups(&scheduled(scheduler, tasks));
            row(&format!("threads, {scheduler}, {cores} cores"), of, &choice("threads", &[]), cores);
        }
    }
    for model in ["thread-pool", "async-pool", "work-stealing", "processes"] {
        for scheduler in ["srtf", "preemptive-priority", "list"] {
            let of = |tasks: u32| super::groups(&scheduled(scheduler, tasks));
            row(&format!("{model} of 64, {scheduler}, 8 cores"), of, &choice(model, &[("workers", 64)]), 8);
        }
    }
    for (name, text, model, params, cores) in CASES {
        let of = |tasks: u32| super::groups(&text(tasks));
        row(&format!("{name}, {model}, {cores} cores"), of, &choice(model, params), *cores);
    }
}

/// Two groups of different urgency, whose bursts differ.
fn scheduled(scheduler: &str, tasks: u32) -> String {
    let group = |name: &str, priority: u32| {
        format!(
            "[[task]]\nname = \"{name}\"\ncount = {}\npriority = {priority}\n\
             steps = [{{ cpu = {{ uniform = [\"1ms\", \"3ms\"] }} }}, {{ io = \"5ms\" }}, {{ cpu = \"1ms\" }}]\n",
            tasks / 2
        )
    };
    format!("[machine]\nscheduler = \"{scheduler}\"\n{}{}", group("a", 1), group("b", 0))
}

type Case = (&'static str, fn(u32) -> String, &'static str, &'static [(&'static str, u32)], u32);

static CASES: &[Case] = &[
    ("1,000 groups, lock, channel, barrier", groups, "thread-pool", &[("workers", 64)], 64),
    ("1,000 groups, lock, channel, barrier", groups, "threads", &[], 64),
    ("1,000 groups, lock, channel, barrier", groups, "async-pool", &[], 64),
    ("Poisson arrivals", poisson, "thread-pool", &[], 64),
    ("Poisson arrivals", poisson, "event-loop", &[], 64),
    ("bounded queue", bounded, "thread-pool", &[("workers", 8), ("queue", 100)], 8),
    ("chains of `after`", chains, "threads", &[], 64),
    ("chains of `after`", chains, "thread-pool", &[], 64),
    ("one lock for all", one_lock, "threads", &[], 64),
    ("one lock for all", one_lock, "event-loop", &[], 1),
    ("many waiters for the GIL", short, "python-thread-pool", &[("workers", 1_024)], 8),
    ("many waiters for the GIL", short, "python-threading", &[], 8),
    ("short tasks", short, "work-stealing", &[("workers", 1_024)], 1_024),
    ("short tasks", short, "processes", &[("workers", 64)], 64),
    ("urgent ones among many", urgent, "thread-pool", &[("workers", 64)], 64),
];

/// A thousand groups that share a lock, a channel and a barrier by tens.
fn groups(tasks: u32) -> String {
    let group = |number: u32| {
        let shared = number / 10;
        let (count, channel) = (tasks / 1_000, if number.is_multiple_of(2) { "send" } else { "receive" });
        format!(
            "[[task]]\nname = \"g{number}\"\ncount = {count}\nsteps = [{{ cpu = \"10us\" }}, {{ lock = \"l{shared}\" }}, \
             {{ cpu = \"1us\" }}, {{ unlock = \"l{shared}\" }}, {{ {channel} = \"c{shared}\" }}]\n"
        )
    };
    let parties = "[[task]]\nname = \"party\"\ncount = 2\nsteps = [{ repeat = 50, steps = [{ cpu = \"1ms\" }, \
                   { barrier = \"b\" }] }]\n";
    (0..1_000).map(group).chain([parties.to_owned()]).collect()
}

fn poisson(tasks: u32) -> String {
    format!(
        "[[task]]\nname = \"request\"\ncount = {tasks}\narrive = {{ rate = 10000.0 }}\n\
         steps = [{{ cpu = {{ exponential = \"50us\" }} }}, {{ io = \"2ms\" }}]\n"
    )
}

fn bounded(tasks: u32) -> String {
    format!(
        "[[task]]\nname = \"request\"\ncount = {tasks}\narrive = {{ every = \"100us\" }}\nsteps = [{{ cpu = \"1ms\" }}]\n"
    )
}

/// As many groups as are reasonable, each after the one before.
fn chains(tasks: u32) -> String {
    let group = |number: u32| {
        let after = number.checked_sub(1).map_or_else(String::new, |before| format!("after = [\"g{before}\"]\n"));
        format!("[[task]]\nname = \"g{number}\"\ncount = {}\n{after}steps = [{{ cpu = \"1ms\" }}]\n", tasks / 1_000)
    };
    (0..1_000).map(group).collect()
}

fn one_lock(tasks: u32) -> String {
    format!(
        "[[task]]\nname = \"t\"\ncount = {tasks}\nsteps = [{{ lock = \"l\" }}, {{ cpu = \"10us\" }}, {{ unlock = \"l\" }}]\n"
    )
}

fn short(tasks: u32) -> String {
    format!("[[task]]\nname = \"t\"\ncount = {tasks}\nsteps = [{{ cpu = \"20us\" }}, {{ io = \"100us\" }}]\n")
}

fn urgent(tasks: u32) -> String {
    let group = |number: u32| {
        format!(
            "[[task]]\nname = \"g{number}\"\ncount = {}\npriority = {number}\nsteps = [{{ cpu = \"1ms\" }}]\n",
            tasks / 100
        )
    };
    (0..100).map(group).collect()
}

fn choice(model: &str, params: &[(&str, u32)]) -> ModelChoice {
    let mut choice = ModelChoice::new(model::find(model).expect("a model"));
    for (key, value) in params {
        choice.set(key, i64::from(*value)).expect("in bounds");
    }
    choice
}

fn row(what: &str, scenario: impl Fn(u32) -> Arc<Scenario>, choice: &ModelChoice, cores: u32) {
    let timed = |tasks: u32| {
        let request = super::request(scenario(tasks), choice.clone(), cores, Engine::Simulated);
        let begin = Instant::now();
        let run = match imagine(&request, &|| false) {
            Ok(imagined) => imagined.run,
            Err(refused) => panic!("{what}: {refused}"),
        };
        let time = begin.elapsed().as_secs_f64();
        (run.trace.len(), time)
    };
    let (_, few) = timed(TASKS / 10);
    let (events, many) = timed(TASKS);
    println!("{what:<48} {events:>9} {many:>7.2} {:>8.1} {:>12.1}", events as f64 / many / 1e6, many / few);
}
