//! The receiving end: takes the workers' batches, maps ticks to nanoseconds, and publishes (in `publish`)
//! [`Run`] snapshots: growing ones while the run goes on, where a shell shows them, and the last.
//!
//! It runs on a thread of its own, looks a few times in a tenth of a second, and never wakes or blocks a worker. Between, it
//! does what was left for a later time of the run. What it costs is part of the run's account (`observer_cpu`).

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};

use super::batch::{Batch, Spares, Stamp};
use super::bell::{Bell, bell};
use super::cores::CoreLog;
use super::feed::{Ending, Feed};
use super::{Hub, Message, ProcessAccount, WorkerAccount};
use crate::clock;
use crate::host::{self, CoreSwitch, MachineBusy, SwitchRecords, ThreadUsage};
use crate::time::Nanos;
use crate::trace::{
    Event, LoadSample, MainSpan, MainState, OUTPUT_LINES_MAX, OutputLine, Peer, Run, State, Status, Worker, WorkerInfo,
};

/// Called, from the collector's thread, when there is something new to look at.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Which snapshots of a run are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snapshots {
    /// One every now and then, for those who watch it. Drawing them up takes the cores that are measured: 3 % of the time of
    /// two that were all busy, with 80,000 spans in a quarter of a second.
    Growing,
    /// The last alone: nobody looks before.
    Last,
}

/// What a run's memory may hold; beyond it events are dropped, counted and said to be (1.3 GB).
const EVENTS_MAX: usize = 40_000_000;
/// Batches may wait here in that number (512 MB); where they come faster than they are taken in, those beyond are dropped,
/// and counted.
const BACKLOG_MAX: usize = 65_536;
/// Messages are taken in for so long at the most before anything else is looked at.
const TAKE_IN_MAX: Duration = Duration::from_millis(40);
/// It is looked again after so long, sooner where much comes, or when it rings: each look takes a core from somebody.
const LOOK_AGAIN: Duration = Duration::from_millis(40);
/// For the first time after so long: many runs are over by then, and what is left for later is due.
const LOOK_FIRST: Duration = Duration::from_millis(25);
/// No sooner than that, and so often once a run has ended.
const LOOK_SOON: Duration = Duration::from_millis(4);
/// So many full buffers may come between two looks, half of those that are there from the beginning; and so many messages.
const BUFFERS_MAX: usize = Spares::AT_FIRST / 2;
const MESSAGES_MAX: usize = BACKLOG_MAX / 4;
const PUBLISH_EVERY: Duration = Duration::from_millis(80);
/// Building a snapshot may take at most this share of the collector's time.
const PUBLISH_SHARE: u32 = 20;
const LOAD_EVERY: Duration = Duration::from_millis(200);
/// The system counts in ticks of 10 ms: of fewer than some nothing can be said.
const LOAD_LAST: Duration = Duration::from_millis(60);
/// After a cancel the last picture is published so soon, whoever is missing then.
const CANCEL_PATIENCE: Duration = Duration::from_millis(120);
/// Stragglers are waited for so long before they are given up.
const GATHER_PATIENCE: Duration = Duration::from_secs(2);

/// Starts the collector of one run. `template` is the run before its first event; `cpus` are the system's numbers of
/// the cores it may use.
///
/// # Errors
/// When the system has no thread for it, or no descriptors.
pub fn start(template: Run, cpus: &[usize], snapshots: Snapshots, wake: Wake) -> std::io::Result<(Hub, Arc<Feed>)> {
    let (sender, receiver) = unbounded();
    let spares = Spares::new();
    let (bell, ringer) = bell()?;
    let feed = Arc::new(Feed::new(template.clone(), ringer));
    let mut collector = Collector {
        receiver,
        bell,
        feed: Arc::clone(&feed),
        snapshots,
        wake,
        run: template,
        previous: Vec::new(),
        spares: spares.clone(),
        came: Came::default(),
        log: Vec::new(),
        early: Vec::new(),
        early_switches: Vec::new(),
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
        stolen_before: None,
        main: MainThread::default(),
    };
    // Many runs are over before it is looked the first time.
    collector.sample_load(Duration::ZERO);
    thread::Builder::new().name("tasklane-collector".into()).spawn(move || collector.collect())?;
    Ok((Hub::new(sender, spares, cpus), feed))
}

pub(super) struct Collector {
    pub receiver: Receiver<Message>,
    pub bell: Bell,
    /// Since it was looked last.
    pub came: Came,
    pub feed: Arc<Feed>,
    pub snapshots: Snapshots,
    pub wake: Wake,
    pub run: Run,
    /// The task that each worker carried last: who preceded its next one.
    pub previous: Vec<Peer>,
    /// Where buffers go that have been read.
    pub spares: Spares,
    /// Every event in the order of arrival, times by the counter's calibrated rate until the end anchor is known.
    pub log: Vec<Event>,
    /// What was said before t = 0 was told to us.
    pub early: Vec<Message>,
    /// What the kernel had recorded by then.
    pub early_switches: Vec<CoreSwitch>,
    pub received: u64,
    /// Summed over workers that are over.
    pub recorded: u64,
    /// This and `usage`: unknown as soon as one worker's is.
    pub cpu: Option<Nanos>,
    pub elsewhere: Elsewhere,
    /// The run's worker processes that are up.
    pub processes: Vec<u32>,
    pub usage: Option<ThreadUsage>,
    /// The system's numbers of the run's cores.
    pub cpus: Vec<usize>,
    /// What the kernel records of context switches, where it does, and what it has recorded, by its clock since t = 0.
    pub records: Option<SwitchRecords>,
    pub cores: CoreLog,
    pub alive: u32,
    pub load: Option<(Instant, MachineBusy)>,
    /// What had been stolen when it was looked first.
    pub stolen_before: Option<Nanos>,
    pub main: MainThread,
}

/// How much was taken in.
#[derive(Clone, Copy, Default)]
pub(super) struct Came {
    messages: usize,
    /// Of these, full buffers.
    buffers: usize,
}

/// Summed over the run's worker processes.
#[derive(Clone, Copy, Default)]
pub(super) struct Elsewhere {
    /// The part of the run's CPU time that was not this process's.
    pub cpu: Nanos,
    pub observer_cpu: Nanos,
    /// Of those that lived to tell.
    pub peak_memory_bytes: u64,
}

impl Collector {
    fn collect(mut self) {
        let mut published = Instant::now();
        let mut pause = PUBLISH_EVERY;
        let mut looked = Instant::now();
        self.bell.wait(LOOK_FIRST);
        loop {
            let since = looked.elapsed();
            looked = Instant::now();
            let all = self.take_in();
            if let Some(ending) = self.feed.ending.get().cloned() {
                // What a finished run has sent is taken in to the last; whoever is stopped may go on sending.
                let is_late = match ending.status {
                    Status::Cancelled => ending.at.elapsed() > CANCEL_PATIENCE,
                    _ => all && ending.at.elapsed() > GATHER_PATIENCE,
                };
                if is_late || all && self.alive == 0 {
                    return self.finish(&ending);
                }
            }
            self.sample_load(LOAD_EVERY);
            let due = self.feed.do_what_is_due();
            let is_watched = self.snapshots == Snapshots::Growing;
            if is_watched && published.elapsed() >= pause && self.feed.begin.get().is_some() {
                let building = Instant::now();
                self.publish_growing();
                pause = PUBLISH_EVERY.max(building.elapsed() * PUBLISH_SHARE);
                published = Instant::now();
            }
            let came = std::mem::take(&mut self.came);
            if all {
                let ended = self.feed.ending.get().is_some();
                let most = if ended { LOOK_SOON } else { until_next_look(since, came) };
                self.bell.wait(due.map_or(most, |due| most.min(due.to_std())));
            }
        }
    }

    /// Takes in what has come, for a limited time: many cores can send faster than one takes in, and a run is to be seen
    /// and to end all the same. Returns whether that was all.
    fn take_in(&mut self) -> bool {
        // Rings may be half full, and are told so once.
        self.drain_records();
        let Some(zero) = self.feed.begin.get().map(|begin| begin.anchor) else {
            self.early.extend(self.receiver.try_iter());
            return true;
        };
        for message in std::mem::take(&mut self.early) {
            self.take(message, zero.ticks);
        }
        let begun = Instant::now();
        let mut all = false;
        while !all && begun.elapsed() < TAKE_IN_MAX {
            match self.receiver.try_recv() {
                Ok(Message::Batch(batch)) if self.receiver.len() > BACKLOG_MAX => self.spares.put_back(batch.words),
                Ok(message) => self.take(message, zero.ticks),
                Err(_) => all = true,
            }
        }
        // Behind the messages, too: whoever stamped something had been put on its core before.
        self.drain_records();
        all
    }

    fn drain_records(&mut self) {
        if self.records.is_none() {
            self.records = self.feed.records.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        let Some(records) = &mut self.records else { return };
        let Some(begin) = self.feed.begin.get() else {
            return records.drain(|switch| self.early_switches.push(switch));
        };
        let mut add = |switch: CoreSwitch| self.cores.add(switch, switch.at - begin.anchor.monotonic, &self.cpus);
        self.early_switches.drain(..).for_each(&mut add);
        records.drain(add);
    }

    fn take(&mut self, message: Message, zero: u64) {
        self.came.messages += 1;
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
        let mut ended = 0;
        self.log.extend(batch.stamps().take(EVENTS_MAX.saturating_sub(before)).map(|stamp| {
            let mut event = event(worker, stamp, zero);
            ended += u32::from(event.state.is_end());
            if event.state == State::Running {
                let predecessor = std::mem::replace(previous, Peer::task(event.task));
                if event.peer == Peer::NONE && predecessor != *previous {
                    event.peer = predecessor;
                }
            }
            event
        }));
        self.received += (self.log.len() - before) as u64;
        self.came.buffers += usize::from(batch.is_of_full_size());
        self.feed.ended.fetch_add(ended, Ordering::Relaxed);
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

    /// No sooner than so long after the last time. What was before t = 0 is only what the first sample begins with.
    fn sample_load(&mut self, pause: Duration) {
        let begin = self.feed.begin.get();
        if begin.is_some() && self.load.is_some_and(|(at, _)| at.elapsed() < pause) {
            return;
        }
        let Some(mut now) = host::machine_busy() else { return };
        let early = self.early.iter().filter_map(Message::process_that_is_up);
        let up = self.processes.iter().copied().chain(early).filter_map(host::cpu_of_process);
        now.own += up.fold(self.elsewhere.cpu, |sum, cpu| sum + cpu);
        if let Some((begin, (at, before))) = begin.zip(self.load) {
            let others = (now.all - before.all) - (now.own - before.own);
            let others_busy = others.max(Nanos::ZERO).secs() / at.elapsed().as_secs_f64();
            let time = clock::ticks_between(begin.anchor.ticks, clock::ticks());
            self.run.load.push(LoadSample { time, others_busy });
        } else {
            self.stolen_before = Some(now.stolen);
        }
        self.load = Some((Instant::now(), now));
    }

    /// Aligns the clocks, closes the account, publishes the last snapshot, and then waits for stragglers.
    fn finish(mut self, ending: &Ending) {
        // What is left since the last sample; of a short run, all there is.
        self.sample_load(LOAD_LAST);
        let stolen = |before| Some(host::machine_busy()?.stolen - before);
        self.run.account.stolen = self.stolen_before.and_then(stolen);
        self.publish_final(ending);
        self.feed.over.store(true, Ordering::Release);
        (self.wake)();
        let before = (self.alive, self.received);
        while ending.at.elapsed() < GATHER_PATIENCE {
            match self.take_in() {
                true if self.alive == 0 => break,
                true => self.bell.wait(LOOK_SOON),
                false => {}
            }
        }
        if before != (self.alive, self.received) {
            self.publish_final(ending);
        }
        self.feed.gathered.store(true, Ordering::Release);
        (self.wake)();
    }
}

/// How long it may be until it is looked again, where so much has come in so long.
fn until_next_look(since: Duration, came: Came) -> Duration {
    let until = |most: usize, came: usize| since.mul_f64(most as f64 / came.max(1) as f64);
    until(BUFFERS_MAX, came.buffers).min(until(MESSAGES_MAX, came.messages)).clamp(LOOK_SOON, LOOK_AGAIN)
}

/// What the main thread said of itself: from when on it was in which state.
#[derive(Default)]
pub(super) struct MainThread(Vec<(Nanos, MainState)>);

impl MainThread {
    /// So many changes are kept; of a main thread with more of them nothing is told.
    const CHANGES_MAX: usize = 50_000;

    fn enter(&mut self, time: Nanos, state: MainState) {
        if self.0.len() <= Self::CHANGES_MAX {
            self.0.push((time.max(Nanos::ZERO), state));
        }
    }

    pub fn until(&self, end: Nanos) -> Vec<MainSpan> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_looked_the_sooner_the_more_comes() {
        let check = |since: u64, (messages, buffers): (usize, usize), expected: u64| {
            let next = until_next_look(Duration::from_millis(since), Came { messages, buffers });
            assert_eq!(next, Duration::from_millis(expected), "{messages} with {buffers} in {since} ms");
        };
        check(20, (0, 0), 40);
        check(20, (2_000, 0), 40);
        check(40, (64, 64), 40);
        check(40, (128, 128), 20);
        check(20, (20_000, 128), 10);
        check(10, (10_000, 10_000), 4);
        check(4, (64, 64), 4);
        check(4, (4_096, 16), 16);
        check(16, (32_768, 0), 8);
        check(0, (0, 0), 4);
    }
}
