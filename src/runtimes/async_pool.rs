//! Many tasks on a few threads: tokio's multi-thread runtime. The run's main thread only hands over arrivals. Threads
//! beyond the pool come up only for IO that cannot be awaited (files, databases).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::job::Job;
use super::ready::Ready;
use super::{Runtime, drivers, enrolled};
use crate::model::{Plan, Workers};
use crate::record;

pub(super) static RUNTIME: Runtime = Runtime { id: "async-pool", run: Ok(run) };

fn run(job: &Arc<Job>, plan: &Plan) -> io::Result<()> {
    let Workers::Fixed(workers) = plan.workers else { unreachable!("a pool has a fixed size") };
    let up = Arc::new(Ready::new(workers));
    let (join, one_more) = (Arc::clone(job), Arc::clone(&up));
    let started = AtomicU32::new(0);
    let runtime = drivers(&mut tokio::runtime::Builder::new_multi_thread(), job)
        .worker_threads(workers as usize)
        .thread_name("tasklane-async")
        .on_thread_start(move || {
            // The pool's own threads come first: nothing blocks before they are up.
            let kind = if started.fetch_add(1, Ordering::Relaxed) < workers { "worker" } else { "blocking" };
            enrolled::join(&join, |worker| format!("{kind} {}", worker.0));
            one_more.one_more();
        })
        .on_thread_stop(enrolled::leave)
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
