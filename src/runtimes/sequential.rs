//! One thread does one task after the other, the most urgent of those that have arrived first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::Arc;

use super::Runtime;
use super::job::{Job, WorkerIs};
use crate::model::Plan;
use crate::record;
use crate::trace::{Cause, MainState, Peer};

pub(super) static RUNTIME: Runtime = Runtime { id: "sequential", run: Ok(run) };

fn run(job: &Arc<Job>, _plan: &Plan) -> io::Result<()> {
    job.begin();
    let mut ready = BinaryHeap::new();
    let mut handed_over = 0_u64;
    loop {
        let arrived = if ready.is_empty() { job.wait_for_arrivals() } else { Some(job.arrived()) };
        for task in arrived.into_iter().flatten() {
            ready.push(Reverse((job.priority(task), handed_over, task)));
            handed_over += 1;
        }
        let Some(Reverse((_, _, task))) = ready.pop() else { return Ok(()) };
        if job.cancel().is_cancelled() {
            return Ok(());
        }
        record::main_is(MainState::Call);
        if job.carry_blocking(task, Cause::None, Peer::NONE) == WorkerIs::HeldForEver {
            // Whoever still arrives waits for the only thread.
            while job.wait_for_arrivals().is_some() {}
            return Ok(());
        }
    }
}
