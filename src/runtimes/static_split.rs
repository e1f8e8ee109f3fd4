//! One contiguous share of the tasks for each thread, no balancing: who is through early stands idle.

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
        for (share, queue) in (0..workers).zip(&queues) {
            let own = |task: &&Task| plan.workers.share_of(task.0, job.tasks()) == share;
            queue.push(job, &batch.iter().filter(own).copied().collect::<Vec<_>>());
        }
    }
    for queue in &queues {
        queue.close();
    }
    queue::join(job, threads);
    Ok(())
}
