//! One thread carries every task: tokio's current-thread runtime. The loop itself hands over arrivals, so a task that
//! holds the thread also delays those.

use std::future::Future;
use std::io;
use std::sync::Arc;

use super::job::Job;
use super::{Runtime, drivers, enrolled};
use crate::model::Plan;
use crate::record;
use crate::trace::{MainState, Task};

pub(super) static RUNTIME: Runtime = Runtime { id: "event-loop", run: Ok(run) };

fn run(job: &Arc<Job>, _plan: &Plan) -> io::Result<()> {
    carry_in_loop(job, None, Job::carry_async)
}

/// Runs the job on this thread as futures that `carry` makes. What may block goes to tokio's blocking pool, of so many
/// threads or of as many as tokio likes.
pub(super) fn carry_in_loop<F>(
    job: &Arc<Job>,
    blocking_threads: Option<u32>,
    carry: impl Fn(Arc<Job>, Task) -> F,
) -> io::Result<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let join = Arc::clone(job);
    let mut builder = tokio::runtime::Builder::new_current_thread();
    if let Some(threads) = blocking_threads {
        builder.max_blocking_threads(threads as usize);
    }
    let runtime = drivers(&mut builder, job)
        .thread_name("tasklane-blocking")
        .on_thread_start(move || enrolled::join(&join, |worker| format!("blocking {}", worker.0)))
        .on_thread_stop(enrolled::leave)
        .on_thread_park(record::flush)
        .build()?;
    job.begin();
    record::main_is(MainState::Loop);
    runtime.block_on(async {
        while let Some(batch) = job.await_arrivals().await {
            for task in batch {
                tokio::spawn(carry(Arc::clone(job), task));
            }
        }
    });
    record::main_is(MainState::Free);
    // Threads that are in the middle of a blocking call are left to the collector, which counts them.
    runtime.shutdown_background();
    Ok(())
}
