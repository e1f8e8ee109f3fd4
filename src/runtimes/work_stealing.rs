//! A deque for each worker, and theft: rayon. A batch of tasks is spawned inside the pool and split in halves
//! recursively, so that there is something to steal.

use std::io;
use std::sync::Arc;

use super::job::{Job, WorkerIs};
use super::ready::Ready;
use super::{Runtime, enrolled};
use crate::model::{Plan, Workers};
use crate::record;
use crate::trace::{Cause, Peer, Task, Worker};

pub(super) static RUNTIME: Runtime = Runtime { id: "work-stealing", run: Ok(run) };

fn run(job: &Arc<Job>, plan: &Plan) -> io::Result<()> {
    let Workers::Fixed(workers) = plan.workers else { unreachable!("a pool has a fixed size") };
    let up = Arc::new(Ready::new(workers));
    let (join, one_more) = (Arc::clone(job), Arc::clone(&up));
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(workers as usize)
        .thread_name(|_| "tasklane-rayon".into())
        .start_handler(move |_| {
            enrolled::join(&join, |worker| format!("worker {}", worker.0));
            one_more.one_more();
        })
        .exit_handler(|_| enrolled::leave())
        .build()
        .map_err(io::Error::other)?;
    if !up.wait(job.cancel()) {
        return Ok(());
    }
    job.begin();
    let end = Arc::new(Ready::new(1));
    while let Some(batch) = job.wait_for_arrivals() {
        let (job, end) = (Arc::clone(job), Arc::clone(&end));
        pool.spawn(move || split(&job, &end, &batch, None));
    }
    end.one_more();
    // Dropping the pool lets its threads end; they flush and are counted by the collector.
    drop(pool);
    Ok(())
}

/// Does the tasks of `batch`; the second half lies open to thieves meanwhile. `from` is the worker that split it off. A
/// worker whose task is stuck is held until the `end` of the run.
fn split(job: &Job, end: &Ready, batch: &[Task], from: Option<Worker>) {
    if job.cancel().is_cancelled() {
        return;
    }
    if let [task] = batch {
        let (taken, peer) = match from {
            Some(victim) => (Cause::Stolen, Peer::worker(victim)),
            None => (Cause::None, Peer::NONE),
        };
        let worker = job.carry_in_turn(*task, taken, peer);
        // Rayon's workers look for more work without telling us: whatever is recorded goes now.
        record::flush();
        if worker == WorkerIs::HeldForEver {
            // A stop ends it, too.
            end.wait(job.cancel());
        }
        return;
    }
    let (front, back) = batch.split_at(batch.len().div_ceil(2));
    let own = record::this_worker();
    rayon::join_context(
        |_| split(job, end, front, from),
        |context| split(job, end, back, if context.migrated() { own } else { None }),
    );
}
