//! A worker process as its parent sees it: made, given tasks, served what it asks for, buried.
//!
//! Invariant: a child is made by the thread that feeds it, which outlives it: a child is killed when the *thread* that
//! made it ends.

use std::io::{self, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child as Process, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::message::{Ask, Down, LastWords, Payload, Setup, TaskOrder, Up, receive, send};
use super::{Pool, WORKER_FLAG};
use crate::clock::{self, Anchor};
use crate::host;
use crate::record::{self, Adopted, Enrolled, LastFacts, Message};
use crate::runtimes::job::Job;
use crate::steps::Ending;
use crate::steps::slot::Served;
use crate::steps::sync::{Answer, Commons};
use crate::time::Nanos;
use crate::trace::{Cause, Peer, Resource, State, Task, Worker};

/// Counters that are found no further apart are the same counter: anchors cannot tell better.
const SAME_COUNTER: Nanos = Nanos::from_micros(5);

/// Every process of the run, to be killed when it is stopped.
#[derive(Default)]
pub(super) struct Roster {
    inside: Mutex<RosterInside>,
}

#[derive(Default)]
struct RosterInside {
    processes: Vec<Arc<Mutex<Process>>>,
    closed: bool,
}

impl Roster {
    /// Kills all that are there and all that will come.
    pub fn kill_all(&self) {
        let mut inside = held(&self.inside);
        inside.closed = true;
        inside.processes.iter().for_each(|process| kill(process));
    }

    fn add(&self, process: &Arc<Mutex<Process>>) {
        let mut inside = held(&self.inside);
        if inside.closed {
            kill(process);
        }
        inside.processes.push(Arc::clone(process));
    }

    fn remove(&self, process: &Arc<Mutex<Process>>) {
        held(&self.inside).processes.retain(|own| !Arc::ptr_eq(own, process));
    }
}

fn kill(process: &Mutex<Process>) {
    // One that is not there any more needs no killing.
    drop(held(process).kill());
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why there is no worker process.
pub(super) enum NoChild {
    /// It died before it was up: somebody killed it.
    Died,
    /// It cannot be made here at all.
    Impossible(io::Error),
}

pub(super) struct Child {
    process: Arc<Mutex<Process>>,
    pid: u32,
    from: BufReader<ChildStdout>,
    /// Shared with those who serve its waits from other threads.
    to: Arc<Mutex<ChildStdin>>,
    adopted: Adopted,
    proxy: Enrolled,
    /// CPU time that its start took before t = 0: not the run's.
    spent_before: Nanos,
    clock_error: Nanos,
    last_words: Option<LastWords>,
}

impl Child {
    /// Makes a process; if it is for a task, that is `starting` meanwhile.
    pub fn start(pool: &Pool<'_>, task: Option<Task>) -> Result<Child, NoChild> {
        let mut adopted = pool.job.hub.adopt(|worker| format!("process {}", worker.0));
        let proxy = adopted.enroll_proxy();
        if let Some(task) = task {
            record::stamp_at(clock::ticks(), task, State::Starting, Cause::None, Peer::worker(Worker::MAIN));
            record::flush();
        }
        let mut process = match spawn(pool.program) {
            Ok(process) => process,
            Err(error) => {
                adopted.over(LastFacts::default());
                let what = format!("the worker process {} could not be made: {error}", pool.program.display());
                return Err(NoChild::Impossible(io::Error::new(error.kind(), what)));
            }
        };
        let (stdin, stdout) = (process.stdin.take().expect("piped"), process.stdout.take().expect("piped"));
        let pid = process.id();
        adopted.is_process(pid);
        let process = Arc::new(Mutex::new(process));
        pool.roster.add(&process);
        let from = BufReader::with_capacity(64 << 10, stdout);
        let to = Arc::new(Mutex::new(stdin));
        let mut child = Child {
            process,
            pid,
            from,
            to,
            adopted,
            proxy,
            spent_before: Nanos::ZERO,
            clock_error: Nanos::ZERO,
            last_words: None,
        };
        let Err(error) = child.greet(pool.setup, task.is_none()) else { return Ok(child) };
        let strange = error.kind() == io::ErrorKind::InvalidData;
        let status = child.bury(pool, task);
        match status {
            // Whoever is killed may come up another time; whoever ends by itself, or talks of something else, will not.
            Some(status) if strange || status.code().is_some() => Err(NoChild::Impossible(io::Error::other(format!(
                "the worker process did not come up ({error}; {status}): {} is no executable of Tasklane's",
                pool.program.display()
            )))),
            _ => Err(NoChild::Died),
        }
    }

    fn greet(&mut self, setup: &Setup, before_zero: bool) -> io::Result<()> {
        send(&mut *held(&self.to), &Down::Setup(Box::new(setup.clone())))?;
        let (anchor, spent) = loop {
            match self.hear()? {
                Up::Record(message) => self.adopted.forward(message),
                Up::Hello(anchor, spent) => break (anchor, spent),
                _ => return Err(out_of_turn()),
            }
        };
        if before_zero {
            self.spent_before = spent;
        }
        let ahead = Anchor::take().ahead_of(anchor);
        self.clock_error = clock::ticks_between(0, ahead.unsigned_abs());
        if self.clock_error > SAME_COUNTER {
            self.adopted.ahead = ahead;
        }
        Ok(())
    }

    /// Ships the task and its payload.
    pub fn ship(&mut self, order: TaskOrder, payload: &mut Payload) -> io::Result<()> {
        payload.prepare(order.payload_bytes);
        record::stamp(order.task, State::Shipping, Cause::None);
        record::flush();
        let mut to = held(&self.to);
        send(&mut *to, &Down::Task(order))?;
        payload.send(&mut *to, order.payload_bytes)
    }

    /// Serves the child until the task is over and its result is here.
    pub fn attend(&mut self, job: &Job, task: Task, payload: &mut Payload) -> io::Result<Ending> {
        loop {
            match self.hear()? {
                // In a stopped run, what a child says of its failing is about the server that is gone before it.
                Up::Record(Message::Said { .. }) if job.cancel().is_cancelled() => {}
                Up::Record(message) => self.adopted.forward(message),
                Up::Ask { what, on } => self.answer(job, task, what, on)?,
                Up::Unlock { on } => job.world().unlock(task, on),
                Up::Ended { mut ending, result_bytes } => {
                    payload.receive(&mut self.from, result_bytes)?;
                    ending.ended.ticks = match ending.ended.state {
                        // Done is who has brought its result.
                        State::Done => clock::ticks(),
                        _ => self.adopted.ours(ending.ended.ticks),
                    };
                    return Ok(ending);
                }
                Up::Hello(..) | Up::Over(_) => return Err(out_of_turn()),
            }
        }
    }

    fn hear(&mut self) -> io::Result<Up> {
        receive(&mut self.from)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn answer(&mut self, job: &Job, task: Task, what: Ask, on: Resource) -> io::Result<()> {
        let world = job.world();
        let answer = match what {
            Ask::Lock => world.lock(task, on),
            Ask::Send => world.send(task, on),
            Ask::Receive => world.receive(task, on),
            Ask::Barrier => world.barrier(task, on),
        };
        match answer {
            Answer::Through => send(&mut *held(&self.to), &Down::Through),
            Answer::Wait { slot, cause, on, behind } => {
                send(&mut *held(&self.to), &Down::Wait { cause, on, behind })?;
                let (to, ahead) = (Arc::clone(&self.to), self.adopted.ahead);
                slot.when_served(move |served| {
                    let ticks = served.ticks.wrapping_sub(ahead.cast_unsigned());
                    // The child reads and nothing else, so the pipe has room; if it died, its feeder sees that.
                    drop(send(&mut *held(&to), &Down::Served(Served { ticks, ..served })));
                });
                Ok(())
            }
        }
    }

    /// No more tasks: lets it end in peace.
    pub fn dismiss(mut self, pool: &Pool<'_>) {
        self.last_words = self.part().ok();
        self.bury(pool, None);
    }

    fn part(&mut self) -> io::Result<LastWords> {
        send(&mut *held(&self.to), &Down::Bye)?;
        loop {
            match self.hear()? {
                Up::Record(message) => self.adopted.forward(message),
                Up::Over(words) => {
                    let ahead = Anchor::take().ahead_of(words.anchor) - self.adopted.ahead;
                    self.clock_error = self.clock_error.max(clock::ticks_between(0, ahead.unsigned_abs()));
                    return Ok(words);
                }
                _ => return Err(out_of_turn()),
            }
        }
    }

    /// Makes sure that it is gone and closes its account. A child that was not told to end, in a run that goes on, is
    /// lost; if it carried a task, that has failed.
    pub fn bury(self, pool: &Pool<'_>, task: Option<Task>) -> Option<ExitStatus> {
        let Child { process, pid, from, to, adopted, proxy, spent_before, clock_error, last_words } = self;
        if last_words.is_none() {
            kill(&process);
        }
        // Without its pipes it ends, too, where it cannot be killed.
        drop((from, to));
        // Before it is waited for, the system still knows what it has spent.
        let cpu = last_words.map(|words| words.cpu).or_else(|| host::cpu_of_process(pid)).unwrap_or(Nanos::ZERO);
        // Not with the process held: whoever kills them all must come to it while it still is one.
        wait_for_end(pid);
        let status = held(&process).wait().ok();
        pool.roster.remove(&process);
        let lost = last_words.is_none() && !pool.job.cancel().is_cancelled();
        if let Some(task) = task.filter(|_| lost) {
            let how = status.map_or_else(|| "nobody knows how".to_owned(), |status| status.to_string());
            record::say(task, format!("process {} (pid {pid}) died: {how}", adopted.worker.0));
            record::stamp(task, State::Failed, Cause::WorkerDied);
        }
        adopted.over(LastFacts {
            cpu: (cpu - spent_before).max(Nanos::ZERO),
            cpu_of_all: last_words.map_or(cpu, |words| words.cpu_of_all) - spent_before,
            peak_memory_bytes: last_words.and_then(|words| words.peak_memory_bytes),
            clock_error,
            lost,
        });
        drop(proxy);
        status
    }
}

/// Returns when that child of ours has ended; it still has to be asked how.
fn wait_for_end(pid: u32) {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while waitid(WaitId::Pid(pid), ended).is_err_and(|error| error == Errno::INTR) {}
}

fn out_of_turn() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it spoke out of turn")
}

/// In a process group of its own: a Ctrl-C of the terminal is for the parent alone, which then ends its children.
fn spawn(program: &Path) -> io::Result<Process> {
    let mut command = Command::new(program);
    command.arg(WORKER_FLAG).arg(std::process::id().to_string());
    command.process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
}
