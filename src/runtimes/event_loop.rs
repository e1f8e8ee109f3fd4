//! One thread carries every task: tokio's current-thread runtime. The loop itself hands over arrivals, so a task that
//! holds the thread also delays those.

use std::io;
use std::sync::Arc;

use super::Runtime;
use super::job::Job;
use crate::model::Plan;
use crate::record;

pub(super) static RUNTIME: Runtime = Runtime { id: "event-loop", run };

fn run(job: &Arc<Job>, _plan: &Plan) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().on_thread_park(record::flush).build()?;
    job.begin();
    runtime.block_on(async {
        while let Some(batch) = job.await_arrivals().await {
            for task in batch {
                tokio::spawn(Arc::clone(job).carry_async(task));
            }
        }
    });
    Ok(())
}
