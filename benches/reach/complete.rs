//! No event is lost in any model over a million events: recorded = received, nothing dropped, nobody given up, and each
//! task's events are all there, from its arrival to its end.

use tasklane::host;
use tasklane::model::MODELS;
use tasklane::trace::{Cause, Run, State, Task};

const TASKS: u32 = 40;
const ROUNDS: u32 = 12_500;
/// Each turn is two events: ready again, and running.
const STEPS: &str = "{ repeat = 12500, steps = [{ yield = true }] }";

pub fn bench() {
    let scenario = super::scenario(TASKS, STEPS);
    println!("{TASKS} tasks × {ROUNDS} turns     recorded    received   dropped   missing   tasks cut short");
    for model in MODELS {
        let run = super::run(&scenario, model.id, host::cores());
        let account = &run.account;
        let missing = account.recorded.abs_diff(run.trace.len() as u64);
        let cut = (0..TASKS).filter(|task| !is_whole(&run, Task(*task))).count();
        println!(
            "  {:<20} {:11} {:11} {:9} {missing:9} {cut:17}",
            model.id,
            account.recorded,
            account.received,
            account.dropped()
        );
    }
}

/// Every turn left its pair of events, and the end came last. Computing may have been interrupted besides.
fn is_whole(run: &Run, task: Task) -> bool {
    let spans: Vec<_> = run.trace.spans_of(task).collect();
    let yielded = spans.iter().filter(|span| span.cause == Cause::Yielded).count();
    let ends = spans.iter().filter(|span| span.state.is_end()).count();
    yielded == ROUNDS as usize && ends == 1 && spans.last().is_some_and(|span| span.state == State::Done)
}
