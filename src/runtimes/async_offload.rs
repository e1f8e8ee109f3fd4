//! One thread awaits, a pool of threads does what computes or blocks: the event loop and tokio's `spawn_blocking`.

use std::io;
use std::sync::Arc;

use super::Runtime;
use super::event_loop::carry_in_loop;
use super::job::Job;
use crate::model::Plan;

pub(super) static RUNTIME: Runtime = Runtime { id: "async-offload", run: Ok(run) };

fn run(job: &Arc<Job>, plan: &Plan) -> io::Result<()> {
    carry_in_loop(job, plan.offload, Job::carry_offloading)
}
