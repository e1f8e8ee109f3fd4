//! 10,000 sleeping tasks under `event-loop` against the same tasks on bare tokio. Bound: 1.05.

use std::time::{Duration, Instant};

use tasklane::analysis::metrics;

const TASKS: u32 = 10_000;
const SLEEP: Duration = Duration::from_millis(100);
const ROUNDS: usize = 7;

pub fn bench() {
    let scenario = super::scenario(TASKS, "{ io = \"100ms\" }");
    let mut bare = Vec::new();
    let mut ours = Vec::new();
    for _ in 0..ROUNDS {
        bare.push(bare_tokio().as_secs_f64() * 1e3);
        let run = super::run(&scenario, "event-loop", 1);
        ours.push(metrics::metrics(&run).makespan.millis());
    }
    let ratios = ours.iter().zip(&bare).map(|(ours, bare)| ours / bare).collect();
    println!("bare tokio    {:7.1} ms", super::median(bare));
    println!("event-loop    {:7.1} ms", super::median(ours));
    println!("ratio         {:7.3}   (bound 1.05, pair by pair)", super::median(ratios));
}

fn bare_tokio() -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let begin = Instant::now();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..TASKS).map(|_| tokio::spawn(tokio::time::sleep(SLEEP))).collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    });
    begin.elapsed()
}
