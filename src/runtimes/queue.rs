//! Threads behind queues: one queue for all of them, or one each. What stands in a queue are places; who comes to one
//! carries whose turn it is by then (`job::line`).

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::job::{Job, WorkerIs};
use super::ready::Ready;
use crate::record;
use crate::trace::{Cause, MainState, Peer, Task};

/// Makes one worker a queue (the same queue may stand there several times) and returns when all are up.
///
/// # Errors
/// When the system refuses a thread; those made by then are let go.
pub(super) fn workers(job: &Arc<Job>, queues: &[Arc<Queue>]) -> io::Result<Vec<JoinHandle<()>>> {
    let up = Arc::new(Ready::new(u32::try_from(queues.len()).expect("bounded by the parameter")));
    let made = queues.iter().map(|queue| {
        let (job, queue, up) = (Arc::clone(job), Arc::clone(queue), Arc::clone(&up));
        thread::Builder::new().name("tasklane-pool".into()).spawn(move || {
            let _enrolled = job.hub.enroll(|worker| format!("worker {}", worker.0));
            job.cancel().join_in();
            up.one_more();
            while let Some(task) = queue.pop() {
                if job.carry_in_turn(task, Cause::None, Peer::NONE) == WorkerIs::HeldForEver {
                    break;
                }
            }
        })
    });
    let threads = made.collect::<io::Result<Vec<_>>>();
    // A stopped run finds out by itself that it is.
    if threads.is_err() || !up.wait(job.cancel()) {
        for queue in queues {
            queue.close();
        }
    }
    threads
}

/// Waits for the threads of a job that is over. Those of a stopped one are left to the collector, which counts them.
pub(super) fn join(job: &Job, threads: Vec<JoinHandle<()>>) {
    if job.is_over() {
        record::main_is(MainState::Join);
        for thread in threads {
            drop(thread.join());
        }
        record::main_is(MainState::Free);
    }
}

#[derive(Default)]
pub(super) struct Queue {
    inside: Mutex<Inside>,
    changed: Condvar,
}

#[derive(Default)]
struct Inside {
    tasks: VecDeque<Task>,
    closed: bool,
    /// Workers that wait for a task.
    waiting: usize,
}

impl Queue {
    /// Wakes as many workers as there are tasks for: waking all of them for one would be a herd of context switches that
    /// the pool is not to blame for.
    pub(super) fn push(&self, tasks: &[Task]) {
        let mut inside = self.lock();
        inside.tasks.extend(tasks);
        let waiting = inside.waiting;
        drop(inside);
        // Who waits longer than is known here has been woken and looks for a task anyway.
        if tasks.len() < waiting {
            for _ in tasks {
                self.changed.notify_one();
            }
        } else if waiting > 0 {
            self.changed.notify_all();
        }
    }

    /// The next place, by its task; waits for one. `None` when the queue is closed: what was still in it was stopped.
    pub(super) fn pop(&self) -> Option<Task> {
        let mut inside = self.lock();
        loop {
            if inside.closed {
                return None;
            }
            if let Some(task) = inside.tasks.pop_front() {
                return Some(task);
            }
            drop(inside);
            record::flush();
            inside = self.lock();
            if inside.tasks.is_empty() && !inside.closed {
                inside.waiting += 1;
                inside = self.changed.wait(inside).unwrap_or_else(PoisonError::into_inner);
                inside.waiting -= 1;
            }
        }
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
