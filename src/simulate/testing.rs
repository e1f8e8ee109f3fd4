//! For tests: small scenarios on computers of which every cost is said.

use super::costs::Costs;
use super::{Setup, Simulated, simulate};
use crate::model::{self, ModelChoice};
use crate::scenario::{read, words};
use crate::trace::{State, Task};

/// What is not said costs nothing; the interpreter lock is asked for at once.
pub(super) fn run(costs: &[(&str, &str)], body: &str, model: &str, cores: u32) -> Simulated {
    let time_of = |cost: &str| {
        let own = costs.iter().find(|(own, _)| *own == cost).map(|(_, time)| *time);
        own.unwrap_or(if cost == words::GIL_INTERVAL { "1ns" } else { "0ns" })
    };
    let costs = words::COSTS.map(|cost| format!("machine.{cost} = \"{}\"\n", time_of(cost)));
    let text = format!("format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\n{}{body}", costs.concat());
    let scenario = read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
    let plan = ModelChoice::new(model::find(model).unwrap()).plan(cores);
    let costs = Costs::of(plan.language, None, &scenario.machine);
    simulate(&Setup { scenario: &scenario, plan: &plan, cores, seed: 1, costs: &costs }, &|| false).unwrap()
}

pub(super) fn task(name: &str, steps: &str) -> String {
    format!("[[task]]\nname = \"{name}\"\nsteps = [{steps}]\n")
}

/// How long each task ran, in nanoseconds.
pub(super) fn running(run: &Simulated) -> Vec<i64> {
    let of_task = |task| {
        let spans = run.trace.spans_of(Task(task)).filter(|span| span.state == State::Running);
        spans.map(|span| span.length().0).sum()
    };
    (0..run.trace.tasks()).map(of_task).collect()
}

/// When that task was in that state for the first time.
pub(super) fn first(run: &Simulated, task: u32, state: State) -> i64 {
    run.trace.spans_of(Task(task)).find(|span| span.state == state).expect("it was").start.0
}
