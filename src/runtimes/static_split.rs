//! One contiguous share of the tasks for each thread, no balancing: who is through early stands idle.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::Runtime;
use super::job::Job;
use super::queue::{self, Queue};
use crate::model::{Plan, Workers};
use crate::trace::Task;

pub(super) static RUNTIME: Runtime = Runtime { id: "static-split", run: Ok(run) };

fn run(job: &Arc<Job>, plan: &Plan) -> io::Result<()> {
    let Workers::Split(workers) = plan.workers else { unreachable!("shares belong to workers") };
    let queues: Vec<Arc<Queue>> = (0..workers).map(|_| Arc::default()).collect();
    let threads = queue::workers(job, &queues)?;
    job.begin();
    while let Some(batch) = job.wait_for_arrivals() {
        let mut shares: BTreeMap<u32, Vec<Task>> = BTreeMap::new();
        for task in batch {
            shares.entry(plan.workers.share_of(task.0, job.tasks())).or_default().push(task);
        }
        for (share, tasks) in shares {
            queues[share as usize].push(&tasks);
        }
    }
    for queue in &queues {
        queue.close();
    }
    queue::join(job, threads);
    Ok(())
}
