//! The receiving end: takes the workers' batches, maps ticks to nanoseconds, and publishes growing [`Run`] snapshots
//! that the shells read while the run goes on.
//!
//! It runs on a thread of its own, polls every few milliseconds and never wakes or blocks a worker. What it costs is
//! part of the run's account (`observer_cpu`).

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};

use super::batch::{Batch, Spares, Stamp};
use super::cores::{CoreLog, OffCores};
use super::feed::{Begin, Ending, Feed};
use super::merge::merge;
use super::{Hub, Message, ProcessAccount, WorkerAccount};
use crate::clock::{self, Anchor};
use crate::host::{self, MachineBusy, SwitchRecords, ThreadUsage};
use crate::time::Nanos;
use crate::trace::{
    Core, Event, LoadSample, MainSpan, MainState, OUTPUT_LINES_MAX, OutputLine, Peer, PreemptionSource, Run, State,
    Status, Trace, Worker, WorkerInfo,
};

/// Called, from the collector's thread, when there is something new to look at.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What a run's memory may hold; beyond it events are dropped, counted and said to be (1.3 GB).
const EVENTS_MAX: usize = 40_000_000;
const POLL_EVERY: Duration = Duration::from_millis(4);
const PUBLISH_EVERY: Duration = Duration::from_millis(80);
/// Building a snapshot may take at most this share of the collector's time.
const PUBLISH_SHARE: u32 = 20;
const LOAD_EVERY: Duration = Duration::from_millis(200);
/// After a cancel the last picture is published so soon, whoever is missing then.
const CANCEL_PATIENCE: Duration = Duration::from_millis(120);
/// Stragglers are waited for so long before they are given up.
const GATHER_PATIENCE: Duration = Duration::from_secs(2);

/// Starts the collector of one run. `template` is the run before its first event; `cpus` are the system's numbers of
/// the cores it may use.
///
/// # Errors
/// When no thread can be made.
pub fn start(template: Run, cpus: &[usize], wake: Wake) -> std::io::Result<(Hub, Arc<Feed>)> {
    let (sender, receiver) = unbounded();
    let spares = Spares::new();
    let feed = Arc::new(Feed::new(template.clone()));
    let collector = Collector {
        receiver,
        feed: Arc::clone(&feed),
        wake,
        run: template,
        previous: Vec::new(),
        spares: spares.clone(),
        log: Vec::new(),
        early: Vec::new(),
        received: 0,
        recorded: 0,
        cpu: Some(Nanos::ZERO),
        elsewhere: Elsewhere::default(),
        processes: Vec::new(),
        usage: Some(ThreadUsage::default()),
        cpus: cpus.to_vec(),
        records: None,
        cores: CoreLog::default(),
        alive: 0,
        load: None,
        main: MainThread::default(),
    };
    thread::Builder::new().name("tasklane-collector".into()).spawn(move || collector.collect())?;
    Ok((Hub::new(sender, spares, cpus), feed))
}

struct Collector {
    receiver: Receiver<Message>,
    feed: Arc<Feed>,
    wake: Wake,
    run: Run,
    /// The task that each worker carried last: who preceded its next one.
    previous: Vec<Peer>,
    /// Where buffers go that have been read.
    spares: Spares,
    /// Every event in the order of arrival, times by the counter's calibrated rate until the end anchor is known.
    log: Vec<Event>,
    /// What was said before t = 0 was told to us.
    early: Vec<Message>,
    received: u64,
    /// Summed over workers that are over.
    recorded: u64,
    /// This and `usage`: unknown as soon as one worker's is.
    cpu: Option<Nanos>,
    elsewhere: Elsewhere,
    /// The run's worker processes that are up.
    processes: Vec<u32>,
    usage: Option<ThreadUsage>,
    /// The system's numbers of the run's cores.
    cpus: Vec<usize>,
    /// What the kernel records of context switches, where it does, and what it has recorded, by its clock since t = 0.
    records: Option<SwitchRecords>,
    cores: CoreLog,
    alive: u32,
    load: Option<(Instant, MachineBusy)>,
    main: MainThread,
}

/// Summed over the run's worker processes.
#[derive(Clone, Copy, Default)]
struct Elsewhere {
    /// The part of the run's CPU time that was not this process's.
    cpu: Nanos,
    observer_cpu: Nanos,
    /// Of those that lived to tell.
    peak_memory_bytes: u64,
}

impl Collector {
    fn collect(mut self) {
        let mut published = Instant::now();
        let mut pause = PUBLISH_EVERY;
        loop {
            thread::sleep(POLL_EVERY);
            self.take_in();
            if let Some(ending) = self.feed.ending.get().cloned() {
                let patience = if ending.status == Status::Cancelled { CANCEL_PATIENCE } else { GATHER_PATIENCE };
                if self.alive == 0 || ending.at.elapsed() > patience {
                    return self.finish(&ending);
                }
            }
            self.sample_load();
            if published.elapsed() >= pause && self.feed.begin.get().is_some() {
                let building = Instant::now();
                self.publish_growing();
                pause = PUBLISH_EVERY.max(building.elapsed() * PUBLISH_SHARE);
                published = Instant::now();
            }
        }
    }

    fn take_in(&mut self) {
        let Some(zero) = self.feed.begin.get().map(|begin| begin.anchor) else {
            self.early.extend(self.receiver.try_iter());
            return;
        };
        for message in std::mem::take(&mut self.early) {
            self.take(message, zero.ticks);
        }
        while let Ok(message) = self.receiver.try_recv() {
            self.take(message, zero.ticks);
        }
        // After the messages: whoever stamped something had been put on its core before.
        if self.records.is_none() {
            self.records = self.feed.records.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        if let Some(records) = &mut self.records {
            records.drain(|switch| self.cores.add(switch, switch.at - zero.monotonic, &self.cpus));
        }
    }

    fn take(&mut self, message: Message, zero: u64) {
        match message {
            Message::Batch(batch) => self.take_events(batch, zero),
            Message::WorkerUp { worker, name, thread, ticks } => {
                if let Some(thread) = thread {
                    self.cores.enroll(thread, worker, clock::ticks_between(zero, ticks));
                }
                self.worker_is_up(worker, name);
            }
            Message::WorkerOver(account) => {
                self.alive -= 1;
                self.add_up(&account);
            }
            Message::ProxyOver(account) => self.add_up(&account),
            Message::ProcessUp { worker, pid, ticks } => {
                self.processes.push(pid);
                self.cores.enroll(pid, worker, clock::ticks_between(zero, ticks));
            }
            Message::ProcessOver(account) => {
                self.alive -= 1;
                self.add_up_process(&account);
            }
            Message::Main { ticks, state } => self.main.enter(clock::ticks_between(zero, ticks), state),
            Message::Said { ticks, task, text } if self.run.output.len() < OUTPUT_LINES_MAX => {
                self.run.output.push(OutputLine { time: clock::ticks_between(zero, ticks), task, text });
            }
            Message::Said { .. } => self.run.account.lines_dropped += 1,
        }
    }

    fn worker_is_up(&mut self, worker: Worker, name: String) {
        let index = worker.get().expect("a hub numbers its workers");
        if self.run.workers.len() <= index {
            self.run.workers.resize_with(index + 1, || WorkerInfo { name: String::new() });
        }
        self.run.workers[index].name = name;
        self.alive += 1;
        let most = self.run.account.threads_max.get_or_insert(0);
        *most = (*most).max(self.alive);
    }

    fn take_events(&mut self, batch: Batch, zero: u64) {
        let worker = batch.worker;
        let index = worker.get().expect("a hub numbers its workers");
        if self.previous.len() <= index {
            self.previous.resize(index + 1, Peer::NONE);
        }
        let previous = &mut self.previous[index];
        let before = self.log.len();
        self.log.extend(batch.stamps().take(EVENTS_MAX.saturating_sub(before)).map(|stamp| {
            let mut event = event(worker, stamp, zero);
            if event.state == State::Running {
                let predecessor = std::mem::replace(previous, Peer::task(event.task));
                if event.peer == Peer::NONE && predecessor != *previous {
                    event.peer = predecessor;
                }
            }
            event
        }));
        self.received += (self.log.len() - before) as u64;
        self.spares.put_back(batch.words);
    }

    fn add_up(&mut self, account: &WorkerAccount) {
        self.recorded += account.recorded;
        self.cpu = self.cpu.zip(account.cpu).map(|(sum, own)| sum + own);
        self.usage = self.usage.zip(account.usage).map(|(sum, own)| sum.plus(own));
    }

    fn add_up_process(&mut self, process: &ProcessAccount) {
        self.add_up(&process.worker);
        self.processes.retain(|own| Some(*own) != process.pid);
        self.elsewhere.cpu += process.worker.cpu.unwrap_or_default();
        self.elsewhere.observer_cpu += process.observer_cpu;
        self.elsewhere.peak_memory_bytes += process.peak_memory_bytes.unwrap_or_default();
        let account = &mut self.run.account;
        account.workers_lost += u32::from(process.lost);
        account.processes_clock_error = account.processes_clock_error.max(process.clock_error);
    }

    fn sample_load(&mut self) {
        let Some(begin) = self.feed.begin.get() else { return };
        if self.load.is_some_and(|(at, _)| at.elapsed() < LOAD_EVERY) {
            return;
        }
        let Some(mut now) = host::machine_busy() else { return };
        let up = self.processes.iter().filter_map(|pid| host::cpu_of_process(*pid));
        now.own += up.fold(self.elsewhere.cpu, |sum, cpu| sum + cpu);
        if let Some((at, before)) = self.load {
            let others = (now.all - before.all) - (now.own - before.own);
            let others_busy = others.max(Nanos::ZERO).secs() / at.elapsed().as_secs_f64();
            let time = clock::ticks_between(begin.anchor.ticks, clock::ticks());
            self.run.load.push(LoadSample { time, others_busy });
        }
        self.load = Some((Instant::now(), now));
    }

    /// The events with the kernel's word on the cores, and how many events that became.
    fn trace(&self, log: &[Event], off: &OffCores, horizon: Nanos) -> (Trace, u64) {
        let mut added = 0;
        let refine = |story: &mut Vec<Event>| added += merge(story, off, horizon);
        let trace = Trace::refined(self.run.trace.tasks(), log, horizon, refine);
        (trace, added)
    }

    fn preemption_source(&self) -> PreemptionSource {
        match (&self.records, clock::thread_cpu()) {
            (Some(_), _) => PreemptionSource::KernelRecords,
            (None, Some(_)) => PreemptionSource::Clocks,
            (None, None) => PreemptionSource::Unknown,
        }
    }

    fn switches_lost(&self) -> u64 {
        self.records.as_ref().map_or(0, SwitchRecords::lost) + self.cores.lost()
    }

    fn publish_growing(&mut self) {
        let Some(begin) = self.feed.begin.get() else { return };
        let now = Anchor::take();
        let by_kernel = now.monotonic - begin.anchor.monotonic;
        let now = clock::ticks_between(begin.anchor.ticks, now.ticks);
        let factor = now.ratio(by_kernel).unwrap_or(1.0);
        let off = self.cores.stretches(|time| Nanos::from_secs_f64(time.secs() * factor));
        let (trace, added) = self.trace(&self.log, &off, now);
        let received = self.received + added;
        let account = crate::trace::Account {
            startup: begin.startup,
            received,
            recorded: received.max(self.recorded + added),
            preemption_source: self.preemption_source(),
            switches_lost: self.switches_lost(),
            main: self.main.until(now),
            ..self.run.account.clone()
        };
        self.feed.publish(Run { trace, account, ..self.run.clone() });
        (self.wake)();
    }

    /// Aligns the clocks, closes the account, publishes the last snapshot, and then waits for stragglers.
    fn finish(mut self, ending: &Ending) {
        self.publish_final(ending);
        self.feed.over.store(true, Ordering::Release);
        (self.wake)();
        let missing = self.alive;
        while self.alive > 0 && ending.at.elapsed() < GATHER_PATIENCE {
            thread::sleep(POLL_EVERY);
            self.take_in();
        }
        if missing != self.alive {
            self.publish_final(ending);
        }
        self.feed.gathered.store(true, Ordering::Release);
        (self.wake)();
    }

    fn publish_final(&mut self, ending: &Ending) {
        // A run that could not begin has no zero: its end serves, there are no events to place.
        let begin = self.feed.begin.get().copied().unwrap_or(Begin {
            anchor: ending.anchor,
            process_cpu: ending.process_cpu,
            startup: Nanos::ZERO,
        });
        let by_counter = clock::ticks_between(begin.anchor.ticks, ending.anchor.ticks);
        let by_kernel = ending.anchor.monotonic - begin.anchor.monotonic;
        let factor = by_kernel.ratio(by_counter).unwrap_or(1.0);
        let aligned = |time: Nanos| Nanos::from_secs_f64(time.secs() * factor);
        let log: Vec<Event> = self.log.iter().map(|event| Event { time: aligned(event.time), ..*event }).collect();
        let off = self.cores.stretches(|time| time);
        let (trace, added) = self.trace(&log, &off, by_kernel);
        self.run.variables.clone_from(&ending.variables);
        let (preemption_source, switches_lost) = (self.preemption_source(), self.switches_lost());
        let account = &mut self.run.account;
        account.startup = begin.startup;
        account.trouble.clone_from(&ending.trouble);
        account.received = self.received + added;
        account.recorded = self.recorded.max(self.received) + added;
        account.cpu = self.cpu;
        account.cpu_system = self.cpu.zip(self.usage).and_then(|(cpu, usage)| system_part(cpu, usage));
        account.switches_voluntary = self.usage.map(|usage| usage.voluntary);
        account.switches_involuntary = self.usage.map(|usage| usage.involuntary);
        account.preemption_source = preemption_source;
        account.switches_lost = switches_lost;
        account.migrations = match preemption_source {
            PreemptionSource::KernelRecords => Some(off.migrations()),
            PreemptionSource::Clocks | PreemptionSource::Unknown => migrations_seen(&log),
        };
        account.main = self.main.until(by_counter);
        for span in &mut account.main {
            (span.start, span.end) = (aligned(span.start).min(by_kernel), aligned(span.end).min(by_kernel));
        }
        account.peak_memory_bytes = host::peak_memory_bytes().map(|own| own + self.elsewhere.peak_memory_bytes);
        account.stragglers = self.alive;
        account.clock_drift = by_kernel - by_counter;
        let process = begin.process_cpu.zip(ending.process_cpu).map(|(begin, end)| end - begin);
        account.server_cpu = ending.server_cpu;
        let apart = self.cpu.map(|cpu| cpu - self.elsewhere.cpu + ending.server_cpu.unwrap_or(Nanos::ZERO));
        let watching =
            |(process, apart): (Nanos, Nanos)| (process - apart).max(Nanos::ZERO) + self.elsewhere.observer_cpu;
        account.observer_cpu = process.zip(apart).map(watching);
        let mut output = self.run.output.clone();
        for line in &mut output {
            line.time = aligned(line.time);
        }
        output.sort_by_key(|line| line.time);
        self.feed.publish(Run { trace, output, status: ending.status, ..self.run.clone() });
    }
}

/// Clocks count whole CPU time exactly; how it is split is known only roughly, so the split is a share.
fn system_part(cpu: Nanos, usage: ThreadUsage) -> Option<Nanos> {
    let share = usage.system.ratio(usage.user + usage.system)?;
    Some(Nanos::from_secs_f64(cpu.secs() * share))
}

/// How often a worker was seen to compute on another core than the last time; `None` where no core is known.
fn migrations_seen(log: &[Event]) -> Option<u64> {
    let known = |event: &&Event| event.state == State::Running && event.core != Core::NONE;
    let mut seen: Vec<_> = log.iter().filter(known).map(|event| (event.worker, event.time, event.core)).collect();
    seen.sort_unstable();
    let moved = |pair: &&[(Worker, Nanos, Core)]| pair[0].0 == pair[1].0 && pair[0].2 != pair[1].2;
    (!seen.is_empty()).then(|| seen.windows(2).filter(moved).count() as u64)
}

/// What the main thread said of itself: from when on it was in which state.
#[derive(Default)]
struct MainThread(Vec<(Nanos, MainState)>);

impl MainThread {
    /// So many changes are kept; of a main thread with more of them nothing is told.
    const CHANGES_MAX: usize = 50_000;

    fn enter(&mut self, time: Nanos, state: MainState) {
        if self.0.len() <= Self::CHANGES_MAX {
            self.0.push((time.max(Nanos::ZERO), state));
        }
    }

    fn until(&self, end: Nanos) -> Vec<MainSpan> {
        if self.0.len() > Self::CHANGES_MAX {
            return Vec::new();
        }
        let ends = self.0.iter().skip(1).map(|(next, _)| *next).chain([end]);
        let spans = self.0.iter().zip(ends).map(|((start, state), end)| MainSpan { start: *start, end, state: *state });
        spans.filter(|span| span.start < span.end).collect()
    }
}

fn event(worker: Worker, stamp: Stamp, zero: u64) -> Event {
    let Stamp { ticks, task, peer, resource, core, state, cause } = stamp;
    Event { time: clock::ticks_between(zero, ticks), task, worker, core, state, cause, peer, resource }
}
