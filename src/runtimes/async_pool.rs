//! Many tasks on a few threads: tokio's multi-thread runtime. The run's main thread only hands over arrivals.

use std::cell::RefCell;
use std::io;
use std::sync::Arc;

use super::Runtime;
use super::job::Job;
use super::ready::Ready;
use crate::model::{Plan, Workers};
use crate::record::{self, Enrolled};

pub(super) static RUNTIME: Runtime = Runtime { id: "async-pool", run };

thread_local! {
    static ENROLLED: RefCell<Option<Enrolled>> = const { RefCell::new(None) };
}

fn run(job: &Arc<Job>, plan: &Plan) -> io::Result<()> {
    let Workers::Fixed(workers) = plan.workers else { unreachable!("a pool has a fixed size") };
    let up = Arc::new(Ready::new(workers));
    let (enroll, one_more) = (Arc::clone(job), Arc::clone(&up));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers as usize)
        .thread_name("tasklane-async")
        .enable_time()
        .on_thread_start(move || {
            let enrolled = enroll.hub.enroll(|worker| format!("worker {}", worker.0));
            enroll.cancel().join_in();
            ENROLLED.with_borrow_mut(|own| *own = Some(enrolled));
            one_more.one_more();
        })
        .on_thread_stop(|| drop(ENROLLED.take()))
        .on_thread_park(record::flush)
        .build()?;
    up.wait();
    job.begin();
    while let Some(batch) = job.wait_for_arrivals() {
        for task in batch {
            runtime.spawn(Arc::clone(job).carry_async(task));
        }
    }
    // Workers that are in the middle of a blocking call are left to the collector, which counts them.
    runtime.shutdown_background();
    Ok(())
}
