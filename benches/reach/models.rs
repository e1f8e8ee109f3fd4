//! What the models must show: IO overlaps, computing uses the cores. Bounds: 20 IO tasks of 200 ms ≤ 1.05 × 200 ms;
//! 2 × cores computing tasks ≥ 0.93 × cores, the event loop 1.0. Needs an idle machine.

use tasklane::analysis::metrics;
use tasklane::host;

const ROUNDS: usize = 3;

pub fn bench() {
    let cores = host::cores();
    let io = super::scenario(20, "{ io = \"200ms\" }");
    println!("20 × io 200 ms        makespan   ÷ 200 ms (bound 1.05)");
    for model in ["threads", "event-loop", "async-pool"] {
        let makespan = makespan(&io, model, cores);
        println!("  {model:<16} {makespan:9.1} ms   {:.3}", makespan / 200.0);
    }
    let cpu = super::scenario(2 * cores, "{ cpu = \"200ms\" }");
    println!(
        "{} × cpu 200 ms         makespan   speedup (bound {:.2}; event loop 1.0)",
        2 * cores,
        0.93 * f64::from(cores)
    );
    let baseline = makespan(&cpu, "sequential", cores);
    println!("  {:<16} {baseline:9.1} ms", "sequential");
    for model in ["threads", "thread-pool", "work-stealing", "async-pool", "event-loop"] {
        let makespan = makespan(&cpu, model, cores);
        println!("  {model:<16} {makespan:9.1} ms   {:.2}", baseline / makespan);
    }
}

fn makespan(scenario: &std::sync::Arc<tasklane::scenario::Scenario>, model: &str, cores: u32) -> f64 {
    let makespans = (0..ROUNDS).map(|_| metrics::metrics(&super::run(scenario, model, cores)).makespan.millis());
    super::median(makespans.collect())
}
