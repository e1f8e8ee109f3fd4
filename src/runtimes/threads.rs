//! A thread of its own for each task, made when the task arrives.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::Runtime;
use super::job::Job;
use super::queue;
use crate::clock;
use crate::model::Plan;
use crate::record;
use crate::steps::gil::Holder;
use crate::trace::{Cause, MainState, Peer, State, Task, Worker};

pub(super) static RUNTIME: Runtime = Runtime { id: "threads", run: Ok(run) };

pub(super) fn run(job: &Arc<Job>, _plan: &Plan) -> io::Result<()> {
    job.begin();
    let mut threads = Vec::new();
    while let Some(batch) = job.wait_for_arrivals() {
        for task in batch {
            if job.cancel().is_cancelled() {
                break;
            }
            // An interpreter's main thread needs its lock to start another, and must win it back from those that
            // compute: starts become a staircase.
            if let Some(gil) = job.gil() {
                record::main_is(MainState::Gil);
                let taken = gil.take(Holder::Main, job.cancel());
                record::main_is(MainState::Free);
                if taken.is_err() {
                    break;
                }
            }
            let thread = start(job, task);
            if let Some(gil) = job.gil() {
                gil.release(Holder::Main, job.cancel());
            }
            // With the lock let go first: those that wait for it are to end, too.
            threads.push(thread?);
        }
    }
    queue::join(job, threads);
    Ok(())
}

fn start(job: &Arc<Job>, task: Task) -> io::Result<thread::JoinHandle<()>> {
    record::stamp_at(clock::ticks(), task, State::Starting, Cause::None, Peer::worker(Worker::MAIN));
    record::flush();
    let made = Arc::new(AtomicU64::new(0));
    let thread = {
        let (job, made) = (Arc::clone(job), Arc::clone(&made));
        thread::Builder::new().name(format!("task {}", task.0 + 1)).spawn(move || {
            let now = clock::ticks();
            let _enrolled = job.hub.enroll(|worker| format!("thread {}", worker.0));
            job.cancel().join_in();
            // Between being made and this first instruction the thread waited for a core. When it was faster than its
            // maker, there was no such wait.
            let made = made.load(Ordering::Acquire);
            if made != 0 && made < now {
                record::stamp_at(made, task, State::Ready, Cause::NoCore, Peer::NONE);
            }
            job.carry_blocking(task, Cause::None, Peer::NONE);
        })?
    };
    made.store(clock::ticks(), Ordering::Release);
    Ok(thread)
}
