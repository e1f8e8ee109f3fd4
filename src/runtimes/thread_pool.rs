//! A fixed number of threads behind one queue, the most urgent task first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::Runtime;
use super::job::Job;
use super::ready::Ready;
use crate::model::{Plan, Workers};
use crate::record;
use crate::trace::{Cause, Peer, Task};

pub(super) static RUNTIME: Runtime = Runtime { id: "thread-pool", run };

fn run(job: &Arc<Job>, plan: &Plan) -> io::Result<()> {
    let Workers::Fixed(workers) = plan.workers else { unreachable!("a pool has a fixed size") };
    let queue = Arc::new(Queue::default());
    let up = Arc::new(Ready::new(workers));
    let made = (0..workers).map(|_| {
        let (job, queue, up) = (Arc::clone(job), Arc::clone(&queue), Arc::clone(&up));
        thread::Builder::new().name("tasklane-pool".into()).spawn(move || {
            let _enrolled = job.hub.enroll(|worker| format!("worker {}", worker.0));
            job.cancel().join_in();
            up.one_more();
            while let Some(task) = queue.pop() {
                job.carry_blocking(task, Cause::None, Peer::NONE);
            }
        })
    });
    let threads = match made.collect::<io::Result<Vec<_>>>() {
        Ok(threads) => threads,
        Err(error) => {
            queue.close();
            return Err(error);
        }
    };
    up.wait();
    job.begin();
    let mut handed_over = 0;
    while let Some(batch) = job.wait_for_arrivals() {
        queue.push(batch.into_iter().map(|task| {
            handed_over += 1;
            Reverse((job.priority(task), handed_over, task))
        }));
    }
    queue.close();
    // A stopped run leaves its threads to the collector, which counts them.
    if job.is_over() {
        for thread in threads {
            drop(thread.join());
        }
    }
    Ok(())
}

/// By urgency, then by order of arrival.
type Queued = Reverse<(i32, u64, Task)>;

#[derive(Default)]
struct Queue {
    inside: Mutex<Inside>,
    changed: Condvar,
}

#[derive(Default)]
struct Inside {
    tasks: BinaryHeap<Queued>,
    closed: bool,
}

impl Queue {
    fn push(&self, tasks: impl Iterator<Item = Queued>) {
        let mut inside = self.lock();
        inside.tasks.extend(tasks);
        drop(inside);
        self.changed.notify_all();
    }

    /// The next task; waits for one. `None` when the queue is closed: what was still in it was stopped.
    fn pop(&self) -> Option<Task> {
        let mut inside = self.lock();
        loop {
            if inside.closed {
                return None;
            }
            if let Some(Reverse((_, _, task))) = inside.tasks.pop() {
                return Some(task);
            }
            drop(inside);
            record::flush();
            inside = self.lock();
            if inside.tasks.is_empty() && !inside.closed {
                inside = self.changed.wait(inside).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
