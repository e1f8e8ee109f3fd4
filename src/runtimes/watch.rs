//! Looking for tasks that never will go on, on a thread of its own that wakes a few times in a tenth of a second, and
//! only for scenarios whose tasks can wait for each other.
//!
//! Workers are resources, too: a task in a queue waits for a worker, and whoever holds one may free it.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::job::Job;
use crate::model::{WhileInIo, Workers};
use crate::steps::sync::Outside;
use crate::trace::{State, Task};

/// A stuck task is found within 100 ms, at the latest at the third look.
const LOOK_EVERY: Duration = Duration::from_millis(30);

/// Watches the job until it is over or stopped.
///
/// # Errors
/// When no thread can be made.
pub(crate) fn watch(job: &Arc<Job>) -> io::Result<()> {
    if !job.world().has_waits() {
        return Ok(());
    }
    let job = Arc::clone(job);
    thread::Builder::new().name("tasklane-watch".into()).spawn(move || {
        while !job.is_over() && !job.cancel().is_cancelled() {
            thread::sleep(LOOK_EVERY);
            let outside = waiting_outside(&job);
            let stuck = job.world().find_stuck(&outside);
            if !stuck.is_empty() {
                give_up(&job, &stuck, &outside);
            }
        }
    })?;
    Ok(())
}

/// Those in a queue first: when the workers that hold them up come back, they must not be begun.
fn give_up(job: &Job, stuck: &[Task], outside: &HashMap<Task, Outside>) {
    for task in stuck {
        if matches!(outside.get(task), Some(Outside::AnyOf(_))) {
            job.give_up(*task);
        }
    }
    job.world().give_up(stuck);
}

/// Tasks that have arrived and wait for a worker while all are held, and tasks that wait for others to be done.
fn waiting_outside(job: &Job) -> HashMap<Task, Outside> {
    let mut outside = HashMap::new();
    let share = |task: Task| job.plan().workers.share_of(task.0, job.tasks());
    let capacity = match (job.plan().io, job.plan().workers) {
        (WhileInIo::FreesWorker, _) | (_, Workers::PerTask) => None,
        (WhileInIo::HoldsWorker, Workers::Fixed(workers)) => Some(workers as usize),
        (WhileInIo::HoldsWorker, Workers::Split(_)) => Some(1),
    };
    let mut holders: HashMap<u32, Vec<Task>> = HashMap::new();
    for task in (0..job.tasks()).map(Task) {
        if job.progress(task) == State::Running {
            holders.entry(share(task)).or_default().push(task);
        }
    }
    for task in (0..job.tasks()).map(Task) {
        match job.progress(task) {
            State::Ready => {
                let held = holders.get(&share(task)).filter(|held| capacity.is_some_and(|most| held.len() >= most));
                if let Some(held) = held {
                    outside.insert(task, Outside::AnyOf(held.clone()));
                }
            }
            State::New => {
                let before = job.still_before(task);
                if !before.is_empty() {
                    outside.insert(task, Outside::AllOf(before));
                }
            }
            _ => {}
        }
    }
    outside
}
