//! One thread awaits, a pool of threads does what computes or blocks: tokio's current-thread runtime and its
//! `spawn_blocking`.

use std::cell::RefCell;
use std::io;
use std::sync::Arc;

use super::Runtime;
use super::job::Job;
use crate::model::Plan;
use crate::record::{self, Enrolled};

pub(super) static RUNTIME: Runtime = Runtime { id: "async-offload", run };

thread_local! {
    static ENROLLED: RefCell<Option<Enrolled>> = const { RefCell::new(None) };
}

fn run(job: &Arc<Job>, plan: &Plan) -> io::Result<()> {
    let threads = plan.offload.expect("the model has a blocking pool");
    let enroll = Arc::clone(job);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .max_blocking_threads(threads as usize)
        .thread_name("tasklane-blocking")
        .on_thread_start(move || {
            let enrolled = enroll.hub.enroll(|worker| format!("blocking {}", worker.0));
            enroll.cancel().join_in();
            ENROLLED.with_borrow_mut(|own| *own = Some(enrolled));
        })
        .on_thread_stop(|| drop(ENROLLED.take()))
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
