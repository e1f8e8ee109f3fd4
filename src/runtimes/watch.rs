//! Looking for tasks that never will go on, on a thread of its own that wakes a few times in a tenth of a second: only
//! for scenarios whose tasks can wait for each other, and once a run has gone on for a while.
//!
//! Workers are resources, too: a task in a queue waits for a worker, and whoever holds one may free it.

use std::collections::{HashMap, HashSet};
use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

use super::job::Job;
use crate::model::{WhileInIo, Workers};
use crate::steps::sync::{Needs, Outside};
use crate::time::Nanos;
use crate::trace::{State, Task};

/// A single look finds all who are stuck: within 100 ms of being so, however slow the look is.
const LOOK_EVERY: Duration = Duration::from_millis(30);

/// Nobody looks sooner, and until then there is no thread that could: if a run's main thread made one first, it would make the
/// run's own faster than one that has made none yet, and runs with a lock would seem to begin sooner than those without.
const FIRST_LOOK: Nanos = Nanos::from_millis(20);

/// That somebody watches from some time on, until this is dropped at the latest: whoever did so for longer would wake up in
/// the middle of the next run.
pub(crate) struct Watch(Arc<Mutex<Post>>);

/// Where the one who watches stands.
enum Post {
    Vacant,
    Taken(Thread),
    Left,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Post::Taken(watching) = mem::replace(&mut *lock(&self.0), Post::Left) {
            watching.unpark();
        }
    }
}

/// Has the job watched once it has gone on for a while, until it is over or stopped. `None`: its tasks cannot wait for each
/// other, and nobody needs to.
pub(crate) fn watch(job: &Arc<Job>) -> Option<Watch> {
    if !job.world().has_waits() {
        return None;
    }
    let post = Arc::new(Mutex::new(Post::Vacant));
    let (watched, own) = (Arc::downgrade(job), Arc::clone(&post));
    job.once_it_goes_on_for(FIRST_LOOK, move || {
        let Some(job) = watched.upgrade() else { return Ok(()) };
        let sent = take(&own, || send(Arc::clone(&job), Arc::clone(&own)));
        if sent.is_err() {
            // The system has no thread for it at present: whoever tries to make one looks.
            look(&job);
        }
        sent
    });
    Some(Watch(post))
}

/// Makes the thread that is to stand there, if nobody does yet and it was not left.
fn take(post: &Mutex<Post>, send: impl FnOnce() -> io::Result<Thread>) -> io::Result<()> {
    let mut post = lock(post);
    if matches!(*post, Post::Vacant) {
        *post = Post::Taken(send()?);
    }
    Ok(())
}

fn lock(post: &Mutex<Post>) -> MutexGuard<'_, Post> {
    post.lock().unwrap_or_else(PoisonError::into_inner)
}

fn send(job: Arc<Job>, post: Arc<Mutex<Post>>) -> io::Result<Thread> {
    let watching = thread::Builder::new().name("tasklane-watch".into()).spawn(move || keep_watch(&job, &post))?;
    Ok(watching.thread().clone())
}

fn keep_watch(job: &Job, post: &Mutex<Post>) {
    while !job.is_over() && !job.cancel().is_cancelled() && !matches!(*lock(post), Post::Left) {
        look(job);
        thread::park_timeout(LOOK_EVERY);
    }
}

fn look(job: &Job) {
    let stuck = job.world().find_stuck(&waiting_outside(job));
    if !stuck.is_empty() {
        give_up(job, &stuck);
    }
}

/// Those in a queue first: when the workers that hold them up come back, they must not be begun.
fn give_up(job: &Job, stuck: &[Task]) {
    for task in stuck {
        job.give_up(*task);
    }
    job.world().give_up(stuck);
}

/// Tasks that have arrived and wait for a worker while all are held, and tasks that wait for others to be done.
fn waiting_outside(job: &Job) -> Vec<Outside> {
    let mut shares: HashMap<u32, Share> = HashMap::new();
    let mut new: HashMap<u32, Vec<Task>> = HashMap::new();
    let stuck_holders: HashSet<Task> = job.stuck_holders().into_iter().collect();
    // Who holds a worker is asked once of each task: one that is given up just now must not count as two.
    for task in (0..job.tasks()).map(Task) {
        let share = job.plan().workers.share_of(task.0, job.tasks());
        match job.progress(task) {
            State::Running => shares.entry(share).or_default().held.push(task),
            State::Ready => shares.entry(share).or_default().queued.push(task),
            State::Deadlocked if stuck_holders.contains(&task) => shares.entry(share).or_default().held.push(task),
            State::New => new.entry(job.group_of(task)).or_default().push(task),
            _ => {}
        }
    }
    let workers = match (job.plan().io, job.plan().workers) {
        (WhileInIo::FreesWorker, _) | (_, Workers::PerTask) => None,
        (WhileInIo::HoldsWorker, Workers::Fixed(workers)) => Some(workers as usize),
        (WhileInIo::HoldsWorker, Workers::Split(_)) => Some(1),
    };
    let all_held = |share: &Share| workers.is_some_and(|workers| share.held.len() >= workers);
    let queued = shares.into_values().filter(all_held);
    let queued = queued.map(|share| Outside { waiting: share.queued, needs: Needs::AnyOf(share.held) });
    let before = new.into_iter().map(|(group, waiting)| (waiting, job.still_before(group)));
    let before = before.filter(|(_, before)| !before.is_empty());
    queued.chain(before.map(|(waiting, before)| Outside { waiting, needs: Needs::AllOf(before) })).collect()
}

/// The workers of one queue, by the tasks that they carry, and the tasks in it.
#[derive(Default)]
struct Share {
    held: Vec<Task>,
    queued: Vec<Task>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_sent_to_watch_unless_the_run_is_over_by_then() {
        let here = || Ok(thread::current());
        let nobody = || -> io::Result<Thread> { unreachable!("somebody is sent") };
        let watch = Watch(Arc::new(Mutex::new(Post::Vacant)));
        let post = Arc::clone(&watch.0);
        assert!(take(&post, || Err(io::ErrorKind::WouldBlock.into())).is_err());
        assert!(matches!(*lock(&post), Post::Vacant), "nobody could be");
        take(&post, here).unwrap();
        assert!(matches!(*lock(&post), Post::Taken(_)));
        take(&post, nobody).unwrap();
        drop(watch);
        assert!(matches!(*lock(&post), Post::Left));
        take(&post, nobody).unwrap();
        assert!(matches!(*lock(&post), Post::Left));
    }
}
