//! Figures of known runs in conditions and lesson texts.

use std::sync::Arc;

use tasklane::analysis::condition::{Outcome, evaluate, lesson};
use tasklane::analysis::figures::Figures;
use tasklane::analysis::placeholders::fill_string;
use tasklane::engine::{LiveRun, Request, Snapshots};
use tasklane::lang::Lang;
use tasklane::scenario::condition::parse;
use tasklane::scenario::{Engine, catalog};
use tasklane::time::Nanos;
use tasklane::trace::{Run, Status};

use crate::fixture;

/// Two dishes of 256 ms: one after another, and both at once.
fn runs() -> [Run; 2] {
    [fixture::run("sequential", 2, 1), fixture::run("thread-pool", 2, 2)]
}

fn check(runs: &[&Run], text: &str, expected: &str) {
    assert_eq!(fill_string(text, &Figures::of(runs), Lang::En), expected, "{text}");
}

#[test]
fn texts_are_filled_with_figures_and_their_units() {
    let [sequential, pool] = &runs();
    check(&[sequential, pool], "{thread-pool.makespan}, not {sequential.makespan}.", "256 ms, not 512 ms.");
    check(&[sequential, pool], "{thread-pool.speedup} on {thread-pool.efficiency}", "2.00× on 100 %");
    check(&[sequential, pool], "{thread-pool.throughput}; {sequential.waiting}", "7.81 /s; 134 ms");
    check(&[sequential, pool], "{thread-pool.utilization}", "20 %");
}

#[test]
fn what_is_not_measured_stays_visible() {
    let [sequential, pool] = &mut runs();
    check(&[pool], "{thread-pool.makespan} {thread-pool.speedup} {event-loop.makespan}", "256 ms … …");
    sequential.seed = 2;
    check(&[sequential, pool], "{thread-pool.speedup}", "…");
    pool.status = Status::Growing;
    check(&[sequential, pool], "{thread-pool.makespan}", "…");
}

#[test]
fn variants_are_told_apart() {
    let [mut sequential, mut pool] = runs();
    sequential.variant = Some("one".into());
    pool.variant = Some("two".into());
    check(&[&sequential, &pool], "{one.makespan} {two/thread-pool.makespan} {two.speedup}", "512 ms 256 ms …");
    check(&[&sequential, &pool], "{sequential.makespan} {one/thread-pool.makespan}", "… …");
}

#[test]
fn the_median_of_repeats_speaks_and_two_choices_of_a_model_do_not() {
    let repeats = [1, 2, 4].map(|count| fixture::run("threads", count, 1));
    check(&repeats.each_ref(), "{threads.makespan}", "512 ms");
    let [_, pool] = runs();
    let mut wide = pool.clone();
    wide.choice.set("workers", 4).unwrap();
    check(&[&pool, &wide], "{thread-pool.makespan} {thread-pool:workers=4.makespan}", "… 256 ms");
}

#[test]
fn conditions_are_decided_by_runs() {
    let [sequential, pool] = &runs();
    let figures = Figures::of(&[sequential, pool]);
    let check = |text: &str, expected: Outcome| {
        assert_eq!(evaluate(&parse(text).unwrap(), &|operand| figures.get(operand)), expected, "{text}");
    };
    check("thread-pool.makespan < 0.6 * sequential.makespan and thread-pool.speedup > 1.9", Outcome::Holds);
    check("thread-pool.makespan < 200ms", Outcome::Fails);
    assert_eq!(sequential.account.cpu, Some(Nanos::from_millis(100)));
    check("sequential.cpu < 101ms", Outcome::Holds);
}

/// For whoever writes lessons: runs all of them, or those that `TASKLANE_LESSONS` names, and prints what they say here.
#[test]
#[ignore = "takes a minute, and a busy computer may well disagree"]
fn every_lesson_holds_on_this_computer() {
    crate::fixture::name_worker_program();
    let mut disagrees = Vec::new();
    let only = std::env::var("TASKLANE_LESSONS").ok();
    let meant = |id: &str| only.as_ref().is_none_or(|only| only.split(',').any(|own| own == id));
    for (id, scenario) in catalog::all().filter(|(id, _)| meant(id)) {
        let variants: Vec<Option<&str>> = if scenario.variants.is_empty() {
            vec![None]
        } else {
            scenario.variants.iter().map(|variant| Some(variant.id.as_str())).collect()
        };
        let mut runs = Vec::new();
        for variant in variants {
            let scenario = Arc::new(scenario.variant(variant).unwrap().clone());
            for choice in &scenario.models {
                let request = Request {
                    scenario_id: id.into(),
                    scenario: Arc::clone(&scenario),
                    variant: variant.map(str::to_owned),
                    choice: choice.clone(),
                    cores: scenario.machine.cores.unwrap_or(2),
                    seed: scenario.machine.seed,
                    repeat: 0,
                    engine: Engine::Measured,
                    costs: None,
                };
                let live = LiveRun::start(request, Snapshots::Growing, Arc::new(|| {})).unwrap();
                while !live.is_gathered() {
                    std::thread::park_timeout(std::time::Duration::from_millis(5));
                }
                runs.push(live.snapshot());
            }
        }
        let runs: Vec<&Run> = runs.iter().map(|run| &**run).collect();
        let figures = Figures::of(&runs);
        let total: Nanos = runs.iter().map(|run| run.trace.horizon()).sum();
        println!("{id} ({total})\n{}\n", fill_string(scenario.explain(Lang::En).unwrap(), &figures, Lang::En));
        if lesson(scenario.lesson.as_ref().unwrap(), &figures) != Outcome::Holds {
            disagrees.push(id);
        }
    }
    assert!(disagrees.is_empty(), "this computer disagrees with {disagrees:?}");
}
