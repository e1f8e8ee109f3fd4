//! Which way a run is observed: with the kernel's records of context switches, or by comparing clocks alone.

use crate::analysis::theory::theory;
use crate::host::SwitchRecords;
use crate::model::{Plan, Start, Workers};
use crate::time::Nanos;

use super::Request;

/// What it takes more to make and end a thread whose context switches are recorded: at all, and for each core, since
/// it inherits an event of each. Measured: `cargo bench -- cores`.
const THREAD_COST: Nanos = Nanos::from_micros(25);
const THREAD_COST_PER_CORE: Nanos = Nanos::from_micros(6);
/// A run with less computing than this many times the cost is observed by clocks: watching must not slow it down.
const WORTH: i64 = 100;

/// Begins to record the context switches of this thread and of all it makes from now on; `None` where the kernel
/// refuses, or where that would be felt.
pub(super) fn begin(request: &Request, plan: &Plan, cpus: &[usize]) -> Option<SwitchRecords> {
    let cores = i64::try_from(cpus.len()).unwrap_or(i64::MAX);
    let cost = (THREAD_COST + THREAD_COST_PER_CORE * cores) * made_in_run(request.scenario.tasks(), plan);
    let is_worth = cost == Nanos::ZERO || computing(request).is_some_and(|computing| computing >= cost * WORTH);
    // A refusal is no error: the run's account says who was asked.
    is_worth.then(|| SwitchRecords::open(cpus).ok()).flatten()
}

/// Threads and processes that are made after t = 0.
fn made_in_run(tasks: u64, plan: &Plan) -> i64 {
    let workers = match plan.workers {
        Workers::PerTask => tasks,
        Workers::Fixed(workers) if plan.processes == Some(Start::Cold) => u64::from(workers),
        Workers::Fixed(_) | Workers::Split(_) => 0,
    };
    let offloading = plan.offload.map_or(0, |threads| u64::from(threads).min(tasks));
    i64::try_from(workers + offloading).unwrap_or(i64::MAX)
}

/// All CPU time that the scenario asks for; `None` where that is too much to add up.
fn computing(request: &Request) -> Option<Nanos> {
    Some(theory(&request.scenario, request.seed, 1)?.work_over_cores)
}
