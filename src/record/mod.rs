//! How a worker stamps events: a buffer of its own, two machine words of bookkeeping, and batches over a channel.
//!
//! A thread enrolls with [`Hub::enroll`] and then calls [`stamp`] and its kin; nothing is shared between workers but the
//! channel. The [`collector`] at its other end looks now and then, and no send wakes it: a receiver that sleeps in
//! `recv` would make each a system call. Batches leave when the buffer is full, when 50 ms have passed, and before
//! every wait ([`flush`]), so that bars grow live.
//!
//! A worker in another process records in just this way; its batches go over a pipe and are adopted (`adopted`) into
//! the run's collector.
//!
//! Invariant: whoever may wait for long flushes first; an enrolled thread that ends flushes and sends its account.

mod adopted;
mod batch;
mod bell;
pub mod collector;
pub mod cores;
mod cpu_watch;
pub mod feed;
mod merge;
mod message;
mod publish;

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crossbeam_channel::Sender;

pub(crate) use adopted::{Adopted, LastFacts};
use batch::{Batch, Spares, Stamp, Words};
use cpu_watch::CpuWatch;
pub(crate) use message::{Message, ProcessAccount, WorkerAccount};
pub(crate) use publish::preemption_source;

use crate::clock;
use crate::host::{self, ThreadUsage};
use crate::time::Nanos;
use crate::trace::{Cause, Core, MainState, Peer, Resource, State, Task, Worker};

/// A buffer older than this is sent at the next stamp, between two steps, or inside a computing step.
const FLUSH_EVERY: Nanos = Nanos::from_millis(50);
/// Between two sights of a running task lies too little work for this: of longer ones the thread's CPU clock is asked
/// whether they were spent off the core. Far above what a wake-up of another thread takes in a virtual machine.
const LOST: Nanos = Nanos::from_micros(100);

/// Where a hub's messages go.
#[derive(Clone)]
enum Outlet {
    Collector(Sender<Message>),
    /// Out of this process, to the hub of the run.
    Elsewhere(Arc<dyn Fn(Message) + Send + Sync>),
}

/// The workers' side of a run's channel; clones share it.
#[derive(Clone)]
pub struct Hub {
    outlet: Outlet,
    workers: Arc<AtomicU32>,
    /// The system's core numbers that the run may use; a core's place is its [`Core`] number.
    cpus: Arc<[usize]>,
    /// The kernel records who is on which core: then nobody has to compare clocks.
    kernel_records: bool,
    /// Buffers that the collector gives back; `None` where what is sent leaves the process.
    spares: Option<Spares>,
}

impl Hub {
    fn new(sender: Sender<Message>, spares: Spares, cpus: &[usize]) -> Self {
        Hub { spares: Some(spares), ..Hub::of(Outlet::Collector(sender), cpus) }
    }

    /// A hub whose run is another process's: every message goes to `outlet`, on the thread that has it.
    pub(crate) fn of_elsewhere(outlet: impl Fn(Message) + Send + Sync + 'static, cpus: &[usize]) -> Self {
        Hub::of(Outlet::Elsewhere(Arc::new(outlet)), cpus)
    }

    fn of(outlet: Outlet, cpus: &[usize]) -> Self {
        Hub { outlet, workers: Arc::new(AtomicU32::new(0)), cpus: cpus.into(), kernel_records: false, spares: None }
    }

    /// For workers whose context switches the kernel records, or does not. Before the first is enrolled.
    pub fn with_kernel_records(self, kernel_records: bool) -> Self {
        Hub { kernel_records, ..self }
    }

    pub(crate) fn has_kernel_records(&self) -> bool {
        self.kernel_records
    }

    /// The system's numbers of the cores that the run may use.
    pub(crate) fn cpus(&self) -> &[usize] {
        &self.cpus
    }

    /// Enrolls this thread as the run's next worker, named by its number. It stays one until the guard is dropped.
    pub fn enroll(&self, name: impl FnOnce(Worker) -> String) -> Enrolled {
        let worker = self.number(name, host::thread_number());
        self.record_as(worker, false)
    }

    /// The next worker's number, told to the collector, and which thread it is, if it is one of ours.
    fn number(&self, name: impl FnOnce(Worker) -> String, thread: Option<u32>) -> Worker {
        let worker = Worker(self.workers.fetch_add(1, Ordering::Relaxed));
        self.send(Message::WorkerUp { worker, name: name(worker), thread, ticks: clock::ticks() });
        worker
    }

    fn record_as(&self, worker: Worker, proxy: bool) -> Enrolled {
        let (now, cpu_begin) = (clock::ticks(), clock::thread_cpu());
        let recorder = Recorder {
            hub: self.clone(),
            worker,
            proxy,
            words: Words::default(),
            last_flush: now,
            recorded: 0,
            running: None,
            cpu_watch: CpuWatch::new(now, cpu_begin),
            lost: clock::ticks_in(LOST),
            flush_every: clock::ticks_in(FLUSH_EVERY),
            main: None,
            cpu_begin,
            usage_begin: host::thread_usage(),
        };
        RECORDER.with_borrow_mut(|own| *own = Some(recorder));
        Enrolled { _not_send: std::marker::PhantomData }
    }

    fn send(&self, message: Message) {
        // The collector outlives the run; it is gone only when a straggler comes back after everybody gave it up, and
        // then its account already says that something is missing.
        match &self.outlet {
            Outlet::Collector(sender) => drop(sender.send(message)),
            Outlet::Elsewhere(outlet) => outlet(message),
        }
    }
}

struct Recorder {
    hub: Hub,
    worker: Worker,
    /// The worker lives elsewhere; this thread stamps what happens to its tasks on the way.
    proxy: bool,
    words: Words,
    last_flush: u64,
    recorded: u64,
    /// The task that runs on this thread, and the latest tick at which it was seen to.
    running: Option<(Task, u64)>,
    /// Looked at only where the kernel records nothing.
    cpu_watch: CpuWatch,
    /// [`LOST`] and [`FLUSH_EVERY`], in ticks.
    lost: u64,
    flush_every: u64,
    /// What this thread said of itself last, if it is the run's main thread.
    main: Option<MainState>,
    cpu_begin: Option<Nanos>,
    usage_begin: Option<ThreadUsage>,
}

thread_local! {
    static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) };
}

/// While it lives, this thread records. Dropped on the same thread: sends the rest and the account.
pub struct Enrolled {
    _not_send: std::marker::PhantomData<*const ()>,
}

impl Drop for Enrolled {
    fn drop(&mut self) {
        let Some(mut recorder) = RECORDER.try_with(RefCell::take).ok().flatten() else { return };
        recorder.flush(clock::ticks());
        let usage = recorder.usage_begin.zip(host::thread_usage()).map(|(begin, end)| end.since(begin));
        let cpu = recorder.cpu_begin.zip(clock::thread_cpu()).map(|(begin, end)| end - begin);
        let account = WorkerAccount { recorded: recorder.recorded, cpu, usage };
        recorder.hub.send(if recorder.proxy { Message::ProxyOver(account) } else { Message::WorkerOver(account) });
    }
}

impl Recorder {
    #[inline]
    fn push(&mut self, stamp: Stamp) {
        self.words.push(stamp);
        self.recorded += 1;
        if self.words.is_full() {
            self.flush(stamp.ticks);
        } else {
            self.flush_if_old(stamp.ticks);
        }
    }

    #[inline]
    fn flush_if_old(&mut self, now: u64) {
        if now.saturating_sub(self.last_flush) > self.flush_every {
            self.flush(now);
        }
    }

    #[cold]
    fn flush(&mut self, now: u64) {
        self.last_flush = now;
        if !self.words.is_empty() {
            let words = self.words.take(self.hub.spares.as_ref());
            self.hub.send(Message::Batch(Batch { worker: self.worker, ahead: 0, words }));
        }
    }

    /// The task is about to do something, or has done it: it runs at `now`. What lies between is a few hundred
    /// instructions; where it took longer than [`LOST`] and the CPU clock bears it out, the thread was off its core
    /// meanwhile, and that is stamped, unless the kernel will tell it better.
    #[inline]
    fn see_running(&mut self, task: Task, now: u64) {
        if !self.hub.kernel_records {
            if let Some((own, seen)) = self.running
                && own == task
            {
                self.see_gap(task, seen, now);
            }
            self.cpu_watch.refresh(now);
        }
        self.running = Some((task, now));
        // A task of many short steps stamps nothing for a long time, and what it stamped before waits to be seen.
        self.flush_if_old(now);
    }

    #[inline]
    fn see_gap(&mut self, task: Task, seen: u64, now: u64) {
        if !self.hub.kernel_records && now.saturating_sub(seen) > self.lost {
            self.look_for_gap(task, seen, now);
        }
    }

    #[cold]
    fn look_for_gap(&mut self, task: Task, seen: u64, now: u64) {
        let off = self.cpu_watch.off_core().map_or(0, clock::ticks_in).min(now - seen);
        if off <= self.lost {
            return;
        }
        let stamp = Stamp {
            ticks: now - off,
            task,
            peer: Peer::NONE,
            resource: Resource::NONE,
            core: Core::NONE,
            state: State::Ready,
            cause: Cause::Preempted,
        };
        self.push(stamp);
        let core = self.core();
        self.push(Stamp { ticks: now, core, state: State::Running, cause: Cause::None, ..stamp });
    }

    #[inline]
    fn core(&self) -> Core {
        let Some(cpu) = host::current_cpu() else { return Core::NONE };
        // Usually core k is the k-th allowed one.
        if self.hub.cpus.get(cpu) == Some(&cpu) {
            return Core(u16::try_from(cpu).unwrap_or(u16::MAX));
        }
        let place = self.hub.cpus.iter().position(|own| *own == cpu);
        place.and_then(|place| u16::try_from(place).ok()).map_or(Core::NONE, Core)
    }
}

/// The task enters a state now, on this worker. Does nothing on a thread that is not enrolled.
#[inline]
pub fn stamp(task: Task, state: State, cause: Cause) {
    stamp_at(clock::ticks(), task, state, cause, Peer::NONE);
}

/// The task entered a state at `ticks`.
#[inline]
pub fn stamp_at(ticks: u64, task: Task, state: State, cause: Cause, peer: Peer) {
    stamp_on(ticks, task, state, cause, peer, Resource::NONE);
}

/// As [`stamp_at`], about one of the things that tasks share.
#[inline]
pub fn stamp_on(ticks: u64, task: Task, state: State, cause: Cause, peer: Peer, resource: Resource) {
    RECORDER.with_borrow_mut(|own| {
        let Some(recorder) = own else { return };
        let core = if state == State::Running { recorder.core() } else { Core::NONE };
        if state == State::Running {
            recorder.running = Some((task, ticks));
            if !recorder.hub.kernel_records {
                recorder.cpu_watch.refresh(ticks);
            }
        } else if let Some((_, seen)) = recorder.running.filter(|(own, _)| *own == task) {
            // It leaves the core now, or left it when a gap begins that was seen from its end.
            recorder.see_gap(task, seen, ticks);
            recorder.running = None;
            if !state.is_end() {
                recorder.cpu_watch.rest(ticks);
            }
        }
        recorder.push(Stamp { ticks, task, peer, resource, core, state, cause });
    });
}

/// Sends what is buffered, if anything is. To be called before every wait.
#[inline]
pub fn flush() {
    RECORDER.with_borrow_mut(|own| {
        if let Some(recorder) = own {
            let now = clock::ticks();
            recorder.cpu_watch.rest(now);
            if !recorder.words.is_empty() {
                recorder.flush(now);
            }
        }
    });
}

/// A wait of this thread was over at `now`, and nothing has been done since: what is stamped next may itself have to wait,
/// for memory for example.
#[inline]
pub fn woken(now: u64) {
    RECORDER.with_borrow_mut(|own| {
        if let Some(recorder) = own.as_mut().filter(|recorder| !recorder.hub.kernel_records) {
            recorder.cpu_watch.refresh(now);
        }
    });
}

/// The task runs, now: between two steps, and around a computation. Where it cannot have run all the time since it was
/// last seen to, the trace gets a gap.
#[inline]
pub fn see_running(task: Task, now: u64) {
    RECORDER.with_borrow_mut(|own| {
        if let Some(recorder) = own.as_mut().filter(|recorder| recorder.running.is_some()) {
            recorder.see_running(task, now);
        }
    });
}

/// The task has computed until `ticks`, and whoever computed has seen to the gaps.
pub fn ran_until(task: Task, ticks: u64) {
    RECORDER.with_borrow_mut(|own| {
        if let Some(recorder) = own.as_mut().filter(|recorder| recorder.running.is_some_and(|(own, _)| own == task)) {
            recorder.running = Some((task, ticks));
        }
    });
}

/// Something that should have been short took long, as this thread sees now. How long it was off its core meanwhile, by
/// its CPU clock; `None` where that is unknown, or the kernel's to tell.
pub fn off_core() -> Option<Nanos> {
    RECORDER.with_borrow_mut(|own| own.as_mut().filter(|recorder| !recorder.hub.kernel_records)?.cpu_watch.off_core())
}

/// As [`flush`], when the last one was 50 ms ago. For computing steps, which call it every now and then.
#[inline]
pub fn flush_if_old(now: u64) {
    RECORDER.with_borrow_mut(|own| {
        if let Some(recorder) = own {
            recorder.flush_if_old(now);
        }
    });
}

/// What this thread has spent by now is nobody's concern: its account begins here.
pub fn account_from_here() {
    RECORDER.with_borrow_mut(|own| {
        if let Some(recorder) = own {
            (recorder.cpu_begin, recorder.usage_begin) = (clock::thread_cpu(), host::thread_usage());
        }
    });
}

/// A line that the task printed, or the reason why it failed.
pub fn say(task: Task, text: String) {
    let ticks = clock::ticks();
    RECORDER.with_borrow(|own| {
        if let Some(recorder) = own {
            recorder.hub.send(Message::Said { ticks, task, text });
        }
    });
}

/// The run's main thread, which this is, is in that state from now on.
pub fn main_is(state: MainState) {
    main_is_since(clock::ticks(), state);
}

/// As [`main_is`], since `ticks`.
pub fn main_is_since(ticks: u64, state: MainState) {
    RECORDER.with_borrow_mut(|own| {
        if let Some(recorder) = own.as_mut().filter(|recorder| recorder.main != Some(state)) {
            recorder.main = Some(state);
            recorder.hub.send(Message::Main { ticks, state });
        }
    });
}

/// The number of the worker that this thread is, if it is one.
pub fn this_worker() -> Option<Worker> {
    RECORDER.with_borrow(|own| own.as_ref().map(|recorder| recorder.worker))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A task of short steps stamps nothing between its first and its last: it is shown all the same.
    #[test]
    fn what_is_old_is_sent_while_the_task_computes_on() {
        let (sender, sent) = crossbeam_channel::unbounded();
        let outlet = move |message| sender.send(matches!(message, Message::Batch(_))).expect("the test listens");
        // The kernel's word on the cores: no gap is stamped, so nothing but the sight of the task happens.
        let hub = Hub::of_elsewhere(outlet, &[0]).with_kernel_records(true);
        let _enrolled = hub.enroll(|_| String::new());
        let begun = clock::ticks();
        stamp_at(begun, Task(0), State::Running, Cause::None, Peer::NONE);
        let seen_after = |time| {
            see_running(Task(0), begun + clock::ticks_in(time));
            sent.try_iter().filter(|is_batch| *is_batch).count()
        };
        assert_eq!(seen_after(FLUSH_EVERY / 2), 0, "not with every step");
        assert_eq!(seen_after(FLUSH_EVERY * 2), 1);
        assert_eq!(seen_after(FLUSH_EVERY * 4), 0, "nothing is new");
    }

    /// Events that a thread records which stamps running, does `between`, and is seen `after` its stamp.
    fn recorded(between: impl FnOnce(), after: impl FnOnce(u64) -> u64) -> u64 {
        let (sender, accounts) = crossbeam_channel::unbounded();
        let outlet = move |message| {
            if let Message::WorkerOver(account) = message {
                sender.send(account.recorded).expect("it is received below");
            }
        };
        let hub = Hub::of_elsewhere(outlet, &[0]);
        let enrolled = hub.enroll(|_| String::new());
        let begun = clock::ticks();
        stamp_at(begun, Task(0), State::Running, Cause::None, Peer::NONE);
        between();
        see_running(Task(0), after(begun));
        drop(enrolled);
        accounts.recv().expect("its last words")
    }

    #[test]
    fn a_long_time_alone_makes_no_gap() {
        let later = |begun| begun + clock::ticks_in(LOST * 3);
        // Now and then somebody takes the core just here.
        let events = (0..50).map(|_| recorded(|| {}, later)).min();
        assert_eq!(events, Some(1), "by the CPU clock the thread was on its core");
        let asleep = || std::thread::sleep(LOST.to_std() * 20);
        let waits = || {
            flush();
            asleep();
        };
        assert_eq!(recorded(waits, |_| clock::ticks()), 1, "it waited, nobody took its core");
        // Where no CPU clock is known, neither is this.
        let with_clock = if clock::thread_cpu().is_some() { 3 } else { 1 };
        assert_eq!(recorded(asleep, |_| clock::ticks()), with_clock, "off the core by the clock");
    }
}
