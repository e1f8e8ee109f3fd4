//! What Tasklane must reach, measured: ratios against a baseline run in the same process, since machines are noisy.
//!
//! `cargo bench` prints every table; `cargo bench -- recording truth` only those. No figure is asserted here.

mod accuracy;
mod complete;
mod cores;
mod crowds;
mod event_loop;
mod frame;
mod gil;
mod http;
mod imagined;
mod models;
mod overhead;
mod recording;
mod skew;
mod stop;
mod truth;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tasklane::engine::{LiveRun, Request, Snapshots};
use tasklane::model::{self, ModelChoice};
use tasklane::scenario::{Engine, Scenario, read};
use tasklane::trace::Run;

const BENCHES: [(&str, fn()); 15] = [
    ("recording", recording::bench),
    ("overhead", overhead::bench),
    ("complete", complete::bench),
    ("event-loop", event_loop::bench),
    ("http", http::bench),
    ("models", models::bench),
    ("truth", truth::bench),
    ("cores", cores::bench),
    ("accuracy", accuracy::bench),
    ("gil", gil::bench),
    ("skew", skew::bench),
    ("stop", stop::bench),
    ("frame", frame::bench),
    ("imagined", imagined::bench),
    ("crowds", crowds::bench),
];

fn main() {
    if overhead::measures_alone() {
        return;
    }
    // Worker processes run the program, not this benchmark.
    tasklane::engine::set_worker_program(env!("CARGO_BIN_EXE_tasklane").into());
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    for (name, bench) in BENCHES {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            println!("== {name}");
            bench();
            println!();
        }
    }
}

/// A scenario of `count` tasks with these steps, as a file would have them.
fn scenario(count: u32, steps: &str) -> Arc<Scenario> {
    groups(&format!("[[task]]\nname = \"task\"\ncount = {count}\nsteps = [{steps}]\n"))
}

/// A scenario of these `[[task]]` tables.
fn groups(tasks: &str) -> Arc<Scenario> {
    let text = format!("format = 1\ntitle = \"bench\"\nsummary = \"\"\nmodels = [\"sequential\"]\n{tasks}");
    Arc::new(read::read("bench.toml", &text).expect("a valid scenario"))
}

/// Runs it and waits for the end.
fn run(scenario: &Arc<Scenario>, choice: &str, cores: u32) -> Arc<Run> {
    let (id, workers) = choice.split_once(':').map_or((choice, None), |(id, workers)| (id, workers.parse().ok()));
    let mut choice = ModelChoice::new(model::find(id).expect("a model"));
    if let Some(workers) = workers {
        choice.set("workers", workers).expect("in bounds");
    }
    let request = request(Arc::clone(scenario), choice, cores, Engine::Measured);
    let live = LiveRun::start(request, Snapshots::Growing, Arc::new(|| {})).expect("a run");
    while !live.is_gathered() {
        thread::sleep(Duration::from_millis(2));
    }
    live.snapshot()
}

/// To run it once, with the seed 1 and, simulated, at the costs of no computer in particular.
fn request(scenario: Arc<Scenario>, choice: ModelChoice, cores: u32, engine: Engine) -> Request {
    Request {
        scenario_id: "bench".into(),
        scenario,
        variant: None,
        choice,
        cores,
        seed: 1,
        repeat: 0,
        engine,
        costs: None,
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
