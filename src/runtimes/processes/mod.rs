//! A pool of worker processes behind one queue. Each has a thread here that feeds it: takes a task from the queue, ships
//! it, serves what it asks for (locks, channels and barriers are the parent's), and stamps what happens on the way. Those
//! threads are no workers of the run; the processes are.
//!
//! A process that dies takes its task with it and is replaced when the next task comes.

mod child;
mod message;
mod worker;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use super::Runtime;
use super::job::{Job, WorkerIs};
use super::queue::Queue;
use super::ready::Ready;
use crate::clock;
use crate::model::{Plan, Start, Workers};
use crate::record;
use crate::steps::Ended;
use crate::trace::{Cause, Peer, Resource, State, Task};
use child::{Child, NoChild, Roster};
use message::{Payload, Setup, TaskOrder};

pub(super) static RUNTIME: Runtime = Runtime { id: "processes", run: Ok(run) };

/// The first argument of a worker process; the second is its parent's process number.
const WORKER_FLAG: &str = "--tasklane-worker";

/// So long a process without tasks may take to end: it has an account to send.
const FAREWELL: Duration = Duration::from_secs(2);

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Names the executable that worker processes run, where that is not the one that asks for them: in tests and
/// benchmarks. The first word counts.
pub fn set_worker_program(program: PathBuf) {
    PROGRAM.get_or_init(|| program);
}

/// If the arguments say that this process is a worker: is one, until its end.
pub fn serve_if_worker(mut arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let is_worker = arguments.nth(1).is_some_and(|flag| flag == WORKER_FLAG);
    let parent = arguments.next().and_then(|parent| parent.into_string().ok()?.parse().ok());
    is_worker.then(|| parent.map_or(ExitCode::FAILURE, worker::serve))
}

fn run(job: &Arc<Job>, plan: &Plan) -> io::Result<()> {
    let Workers::Fixed(workers) = plan.workers else { unreachable!("a pool has a fixed size") };
    let program = PROGRAM.get().map_or_else(std::env::current_exe, |program| Ok(program.clone()))?;
    let shared = Arc::new(Shared {
        setup: setup(job),
        program,
        queue: Queue::default(),
        roster: Roster::default(),
        trouble: Mutex::new(None),
        up: Ready::new(workers),
        through: Ready::new(workers),
    });
    let warm = plan.processes == Some(Start::Warm);
    let made = (0..workers).map(|_| {
        let (job, shared) = (Arc::clone(job), Arc::clone(&shared));
        thread::Builder::new().name("tasklane-feeder".into()).spawn(move || feed(&job, &shared, warm))
    });
    let feeders = made.collect::<io::Result<Vec<_>>>();
    if feeders.is_ok() && shared.up.wait(job.cancel()) {
        job.begin();
        while let Some(batch) = job.wait_for_arrivals() {
            shared.queue.push(&batch);
        }
    }
    shared.queue.close();
    if !job.is_over() {
        shared.roster.kill_all();
    }
    // Whoever does not take its leave (it may be held by a signal) is ended: the run is over without it.
    if feeders.is_ok() && !shared.through.wait_for(job.cancel(), FAREWELL) {
        shared.roster.kill_all();
    }
    // Without their processes, those of a stopped run come back at once.
    feeders?.into_iter().for_each(|feeder| drop(feeder.join()));
    shared.trouble.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
}

fn setup(job: &Job) -> Setup {
    Setup {
        nanos_per_tick: clock::nanos_per_tick(),
        groups: job.scenario().groups.clone(),
        locks: job.scenario().locks.clone(),
        channels: job.scenario().channels.clone(),
        variables: job.scenario().variables.clone(),
        seed: job.seed(),
        cpus: job.hub.cpus().to_vec(),
        kernel_records: job.hub.has_kernel_records(),
        rates: job.rates().to_ship(),
        devices: job.devices().to_ship(),
    }
}

/// What all feeders share.
struct Shared {
    setup: Setup,
    program: PathBuf,
    queue: Queue,
    roster: Roster,
    /// Why no process can be made at all.
    trouble: Mutex<Option<io::Error>>,
    up: Ready,
    /// Feeders that have let their process go.
    through: Ready,
}

/// What a child needs to know of its pool.
struct Pool<'a> {
    job: &'a Job,
    setup: &'a Setup,
    program: &'a Path,
    roster: &'a Roster,
}

fn feed(job: &Job, shared: &Shared, warm: bool) {
    let pool = Pool { job, setup: &shared.setup, program: &shared.program, roster: &shared.roster };
    let mut feeder = Feeder { pool, child: None, payload: Payload::default() };
    // A task's data are there before the task is.
    feeder.payload.prepare(job.scenario().groups.iter().map(|group| group.payload_bytes).max().unwrap_or_default());
    let mut able = if warm { feeder.start(None).map(|()| WorkerIs::Free) } else { Ok(WorkerIs::Free) };
    shared.up.one_more();
    while matches!(able, Ok(WorkerIs::Free))
        && !job.cancel().is_cancelled()
        && let Some(task) = shared.queue.pop()
    {
        let task = job.whose_turn(task);
        if job.take_up(task) {
            able = feeder.carry(task);
        }
    }
    if let Err(error) = able {
        shared.trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        job.cancel().cancel();
    }
    if let Some(child) = feeder.child {
        child.dismiss(&feeder.pool);
    }
    shared.through.one_more();
}

/// Feeds one process at a time.
struct Feeder<'a> {
    pool: Pool<'a>,
    child: Option<Child>,
    payload: Payload,
}

impl Feeder<'_> {
    /// Makes a process; that it was killed meanwhile is no error.
    fn start(&mut self, task: Option<Task>) -> io::Result<()> {
        match Child::start(&self.pool, task) {
            Ok(child) => {
                self.child = Some(child);
                Ok(())
            }
            Err(NoChild::Died) => Ok(()),
            Err(NoChild::Impossible(_)) if self.pool.job.cancel().is_cancelled() => Ok(()),
            Err(NoChild::Impossible(error)) => Err(error),
        }
    }

    /// Has the task done, whatever becomes of it.
    ///
    /// # Errors
    /// When no process can be made.
    fn carry(&mut self, task: Task) -> io::Result<WorkerIs> {
        let job = self.pool.job;
        let order = TaskOrder {
            task,
            group: job.group_of(task),
            index: job.index_of(task),
            payload_bytes: job.scenario().groups[job.group_of(task) as usize].payload_bytes,
        };
        if let Some(mut idle) = self.child.take() {
            if idle.ship(order, &mut self.payload).is_ok() {
                return Ok(self.attend(idle, task));
            }
            // It died while it had nothing to do, which is only found out now; the next one gets the task.
            record::stamp(task, State::Ready, Cause::Queued);
            idle.bury(&self.pool, None);
        }
        if job.cancel().is_cancelled() {
            return Ok(WorkerIs::Free);
        }
        self.start(Some(task))?;
        let Some(mut fresh) = self.child.take() else {
            return Ok(self.failed(task));
        };
        if fresh.ship(order, &mut self.payload).is_ok() {
            Ok(self.attend(fresh, task))
        } else {
            fresh.bury(&self.pool, Some(task));
            Ok(self.failed(task))
        }
    }

    /// Waits for the end of a task that was shipped.
    fn attend(&mut self, mut child: Child, task: Task) -> WorkerIs {
        if let Ok(mut ending) = child.attend(self.pool.job, task, &mut self.payload) {
            self.child = Some(child);
            if ending.ended.state != State::Done && self.pool.job.cancel().is_cancelled() {
                // It was stopped, and only found another way to notice.
                ending.ended.state = State::Cancelled;
                (ending.cause, ending.peer, ending.resource) = (Cause::Stopped, Peer::NONE, Resource::NONE);
            }
            let ended = ending.ended;
            record::stamp_on(ended.ticks, task, ended.state, ending.cause, ending.peer, ending.resource);
            self.pool.job.end(task, ended)
        } else {
            child.bury(&self.pool, Some(task));
            self.failed(task)
        }
    }

    /// The task's process is gone; it has been said. In a stopped run nobody asks any more.
    fn failed(&self, task: Task) -> WorkerIs {
        if !self.pool.job.cancel().is_cancelled() {
            self.pool.job.end(task, Ended { state: State::Failed, ticks: clock::ticks() });
        }
        WorkerIs::Free
    }
}
