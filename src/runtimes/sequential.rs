//! One thread does one task after the other, the most urgent of those that have arrived first.

use std::collections::VecDeque;
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
    let mut places = VecDeque::new();
    loop {
        let arrived = if places.is_empty() { job.wait_for_arrivals() } else { Some(job.take_arrived()) };
        places.extend(arrived.into_iter().flatten());
        let Some(task) = places.pop_front() else { return Ok(()) };
        if job.cancel().is_cancelled() {
            return Ok(());
        }
        record::main_is(MainState::Call);
        if job.carry_in_turn(task, Cause::None, Peer::NONE) == WorkerIs::HeldForEver {
            // Whoever still arrives waits for the only thread.
            while job.wait_for_arrivals().is_some() {}
            return Ok(());
        }
    }
}
