//! One thread awaits, a pool of threads does what computes or blocks: tokio's current-thread runtime and its
//! `spawn_blocking`.

use std::io;
use std::sync::Arc;

use super::job::Job;
use super::{Runtime, drivers, enrolled};
use crate::model::Plan;
use crate::record;

pub(super) static RUNTIME: Runtime = Runtime { id: "async-offload", run };

fn run(job: &Arc<Job>, plan: &Plan) -> io::Result<()> {
    let threads = plan.offload.expect("the model has a blocking pool");
    let join = Arc::clone(job);
    let runtime = drivers(&mut tokio::runtime::Builder::new_current_thread(), job)
        .max_blocking_threads(threads as usize)
        .thread_name("tasklane-blocking")
        .on_thread_start(move || enrolled::join(&join, |worker| format!("blocking {}", worker.0)))
        .on_thread_stop(enrolled::leave)
        .on_thread_park(record::flush)
        .build()?;
    job.begin();
    runtime.block_on(async {
        while let Some(batch) = job.await_arrivals().await {
            for task in batch {
                tokio::spawn(Arc::clone(job).carry_offloading(task));
            }
        }
    });
    // Threads in the middle of a blocking call are left to the collector, which counts them.
    runtime.shutdown_background();
    Ok(())
}
