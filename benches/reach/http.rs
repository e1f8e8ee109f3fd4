//! 10,000 HTTP requests of 20 ms by `event-loop`, 1,000 of them under way at once. Bound: none fails.

use tasklane::analysis::metrics;
use tasklane::trace::State;

const TASKS: u32 = 1_000;
const REQUESTS_EACH: u32 = 10;
const ROUNDS: usize = 3;

pub fn bench() {
    let steps = format!("{{ repeat = {REQUESTS_EACH}, steps = [{{ io = \"20ms\", via = \"http\" }}] }}");
    let scenario = super::scenario(TASKS, &steps);
    println!("requests   failed   requests/s   ÷ ideal   most at once   server CPU   run CPU");
    for _ in 0..ROUNDS {
        let run = super::run(&scenario, "event-loop", 1);
        let requests = run.trace.states().iter().filter(|state| **state == State::Io).count();
        // A task ends with its first failure, so each failed task is one failed request.
        let failed = run.trace.states().iter().filter(|state| **state == State::Failed).count();
        let makespan = metrics::metrics(&run).makespan;
        let millis = |time: Option<tasklane::time::Nanos>| time.map_or(f64::NAN, tasklane::time::Nanos::millis);
        println!(
            "{requests:8} {failed:8} {:12.0} {:9.2} {:14} {:9.0} ms {:6.0} ms",
            requests as f64 / makespan.secs(),
            makespan.millis() / (20.0 * f64::from(REQUESTS_EACH)),
            most_at_once(&run),
            millis(run.account.server_cpu),
            millis(run.account.cpu),
        );
    }
}

fn most_at_once(run: &tasklane::trace::Run) -> i32 {
    let spans = run.trace.spans().filter(|span| span.state == State::Io);
    let mut changes: Vec<_> = spans.flat_map(|span| [(span.start, 1), (span.end, -1)]).collect();
    changes.sort_unstable();
    let under_way = changes.iter().scan(0, |now, (_, change)| {
        *now += change;
        Some(*now)
    });
    under_way.max().unwrap_or(0)
}
