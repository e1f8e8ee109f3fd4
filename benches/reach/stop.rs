//! From the click on Cancel to a run that is over, in every model, with tasks that compute, wait and block. Bound: 200 ms.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tasklane::engine::{LiveRun, Snapshots};
use tasklane::host;
use tasklane::model::{MODELS, ModelChoice};
use tasklane::scenario::Engine;
use tasklane::trace::State;

const ROUNDS: usize = 5;

pub fn bench() {
    let steps = "{ cpu = \"1ms\" }, { io = \"60s\" }";
    let mixed = super::scenario(200, steps);
    println!("200 tasks under way            median   worst, ms (bound 200)   stragglers");
    for model in MODELS {
        let mut took = Vec::new();
        let mut stragglers = 0;
        for _ in 0..ROUNDS {
            let request = super::request(Arc::clone(&mixed), ModelChoice::new(model), host::cores(), Engine::Measured);
            let live = LiveRun::start(request, Snapshots::Growing, Arc::new(|| {})).expect("a run");
            while !is_under_way(&live) {
                std::thread::sleep(Duration::from_millis(1));
            }
            let begin = Instant::now();
            live.cancel();
            while !live.is_over() {
                std::thread::sleep(Duration::from_micros(200));
            }
            took.push(begin.elapsed().as_secs_f64() * 1e3);
            stragglers += live.snapshot().account.stragglers;
        }
        let worst = took.iter().copied().fold(0.0, f64::max);
        println!("  {:<24} {:10.1} {worst:8.1} {stragglers:20}", model.id, super::median(took));
    }
}

/// Somebody is in the long wait: the run has started, and is in the middle of it.
fn is_under_way(live: &LiveRun) -> bool {
    live.snapshot().trace.states().contains(&State::Io)
}
