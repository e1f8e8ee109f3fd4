//! A fixed number of threads behind one queue, the most urgent task first.

use std::io;
use std::sync::Arc;

use super::Runtime;
use super::job::Job;
use super::queue::{self, Queue};
use crate::model::{Plan, Workers};

pub(super) static RUNTIME: Runtime = Runtime { id: "thread-pool", run: Ok(run) };

fn run(job: &Arc<Job>, plan: &Plan) -> io::Result<()> {
    let Workers::Fixed(workers) = plan.workers else { unreachable!("a pool has a fixed size") };
    let queue = Arc::new(Queue::default());
    let threads = queue::workers(job, &vec![Arc::clone(&queue); workers as usize])?;
    job.begin();
    while let Some(batch) = job.wait_for_arrivals() {
        queue.push(&batch);
    }
    queue.close();
    queue::join(job, threads);
    Ok(())
}
