//! No event is lost on its way from worker to trace: whatever the model, and wherever a batch happens to be full when its
//! worker waits, yields or ends.

use tasklane::model::MODELS;
use tasklane::scenario::Step;
use tasklane::trace::{Cause, State, Status, Task};

use crate::contract::{check, group, of, run};
use crate::fixture::Random;

#[test]
fn every_model_delivers_every_event_it_recorded() {
    for seed in 0..3 {
        let mut random = Random(seed);
        let tasks = 1 + random.below(8);
        let turns = 1 + random.below(600);
        let steps = vec![Step::Repeat { count: u32::try_from(turns).unwrap(), steps: vec![Step::Yield] }];
        let scenario = of(vec![group("takes turns", u32::try_from(tasks).unwrap(), steps)]);
        for model in MODELS {
            let run = run(&scenario, model.id);
            let told = format!("seed {seed}, {}: {tasks} tasks, {turns} turns", model.id);
            check(&run);
            assert_eq!(run.status, Status::Finished, "{told}");
            let account = &run.account;
            assert_eq!(account.recorded, account.received + account.dropped(), "{told}");
            assert_eq!(account.received, run.trace.len() as u64, "{told}");
            // A turn is two events, ready and running; an end is one.
            assert!(account.recorded > tasks * (2 * turns + 1), "{told}: {}", account.recorded);
            for task in 0..run.trace.tasks() {
                let spans: Vec<_> = run.trace.spans_of(Task(task)).collect();
                let yielded = spans.iter().filter(|span| span.cause == Cause::Yielded).count() as u64;
                assert_eq!((yielded, spans[spans.len() - 1].state), (turns, State::Done), "{told}, task {task}");
            }
        }
    }
}
