//! One thread carries every task: tokio's current-thread runtime. The loop itself hands over arrivals, so a task that
//! holds the thread also delays those. Threads beside it come up only for IO that cannot be awaited (files, databases).

use std::io;
use std::sync::Arc;

use super::job::Job;
use super::{Runtime, drivers, enrolled};
use crate::model::Plan;
use crate::record;

pub(super) static RUNTIME: Runtime = Runtime { id: "event-loop", run };

fn run(job: &Arc<Job>, _plan: &Plan) -> io::Result<()> {
    let join = Arc::clone(job);
    let runtime = drivers(&mut tokio::runtime::Builder::new_current_thread(), job)
        .on_thread_start(move || enrolled::join(&join, |worker| format!("blocking {}", worker.0)))
        .on_thread_stop(enrolled::leave)
        .on_thread_park(record::flush)
        .build()?;
    job.begin();
    runtime.block_on(async {
        while let Some(batch) = job.await_arrivals().await {
            for task in batch {
                tokio::spawn(Arc::clone(job).carry_async(task));
            }
        }
    });
    // Threads that are in the middle of a blocking call are left to the collector, which counts them.
    runtime.shutdown_background();
    Ok(())
}
