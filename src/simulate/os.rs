//! What the imagined operating system keeps in mind: who is on which core, who is ready for one, and how long each may
//! stay. What follows for tasks when it decides stands in `dispatch`.
//!
//! Its methods, as those of the machine's other parts, are inlined where a machine is made for a sink of another crate: they
//! are a few instructions each, taken millions of times a second.

use super::Setup;
use super::cores::{Cores, ReadyQueue};
use super::dispatch::QUANTUM;
use super::running::Running;
use super::schedulers::{self, Policy, Rank};
use super::tasks::NONE;
use super::threads::{ThreadRow, ThreadState};

#[derive(Debug)]
pub(super) struct Os {
    policy: &'static Policy,
    /// For a policy that slices, in nanoseconds.
    quantum: Option<i64>,
    cores: Cores,
    ready: ReadyQueue,
    /// For a policy that displaces who runs.
    running: Option<Running>,
    /// Somebody has entered the ready queue since cores were handed out last.
    has_come: bool,
    /// Threads that have just got a core.
    fresh: Vec<u32>,
}

/// When a core's thread will have used up its quantum.
pub(super) struct QuantumEnd {
    pub core: u16,
    pub thread: u32,
    /// `None`: no clock counts so far.
    pub time: Option<i64>,
    /// As the core's stamp must still be by then.
    pub stamp: u32,
}

impl Os {
    pub fn new(setup: &Setup<'_>) -> Self {
        let policy = schedulers::of(setup.scenario.machine.scheduler);
        Os {
            policy,
            quantum: policy.slices.then(|| setup.scenario.machine.quantum.unwrap_or(QUANTUM).0),
            cores: Cores::new(setup.cores),
            ready: ReadyQueue::new(policy),
            running: policy.preempts.then(|| Running::new(setup.cores)),
            has_come: false,
            fresh: Vec::new(),
        }
    }

    /// What of a thread decides.
    #[inline]
    pub fn ranks_by(&self) -> Rank {
        self.policy.rank
    }

    pub fn slices(&self) -> bool {
        self.quantum.is_some()
    }

    #[inline]
    pub fn preempts(&self) -> bool {
        self.running.is_some()
    }

    /// An idle core: the one asked for, or else the lowest.
    #[inline]
    pub fn idle_core(&self, wish: u16) -> Option<u16> {
        self.cores.idle(wish)
    }

    /// Since when that core, which has nothing to do, is idle.
    #[inline]
    pub fn idle_since(&self, core: u16) -> i64 {
        self.cores.rows[usize::from(core)].since
    }

    /// Since when the quanta of whoever is on that core count.
    pub fn since(&self, core: u16) -> i64 {
        self.cores.rows[usize::from(core)].since
    }

    /// Whether somebody has entered the ready queue since that was asked last.
    pub fn has_somebody_come(&mut self) -> bool {
        std::mem::take(&mut self.has_come)
    }

    /// Whether that worker's thread was not the last on that core.
    #[inline]
    pub fn would_switch(&self, core: u16, worker: u32) -> bool {
        self.cores.rows[usize::from(core)].last != Some(worker)
    }

    pub fn on_cores(&self) -> Vec<u32> {
        self.cores.rows.iter().map(|row| row.thread).filter(|thread| *thread != NONE).collect()
    }

    /// How many are ready for a core.
    #[inline]
    pub fn waiting(&self) -> u32 {
        self.ready.len()
    }

    /// Puts the thread in the ready queue.
    #[inline]
    pub fn queue_up(&mut self, thread: u32, row: &mut ThreadRow, rank: i64, is_first: bool) {
        row.entry = if is_first { self.ready.push_first(thread, rank) } else { self.ready.push(thread, rank) };
        row.state = ThreadState::Ready;
        self.has_come = true;
    }

    /// A thread in the ready queue has another rank from now on.
    pub fn rank_ready(&mut self, thread: u32, row: &ThreadRow, rank: i64) {
        self.ready.change_rank(thread, row.entry, rank);
    }

    /// As [`Os::rank_ready`], for whom [`Os::first_ready`] has just shown and who is to go later.
    pub fn rank_first_anew(&mut self, thread: u32, row: &ThreadRow, rank: i64) {
        self.ready.rank_first_anew(thread, row.entry, rank);
    }

    /// A thread that runs has this rank from now on, which falls from some time on if it does.
    #[inline]
    pub fn rank_running(&mut self, thread: u32, row: &ThreadRow, rank: i64, falls_from: Option<i64>) {
        if let Some(running) = &mut self.running {
            running.put(row.core, (rank, row.task, thread), falls_from);
        }
    }

    /// The first in the ready queue, with its rank.
    #[inline]
    pub fn first_ready(&mut self, threads: &[ThreadRow]) -> Option<(i64, u32)> {
        self.ready.peek(|thread| {
            let row = &threads[thread as usize];
            (row.state == ThreadState::Ready).then_some(row.entry)
        })
    }

    /// Whom a preemptive policy would displace: the worst rank, the highest task number on a tie. Who has only just been
    /// chosen may run first: the next round compares it, too.
    #[inline]
    pub fn worst_running(&mut self, now: i64) -> Option<(i64, u32)> {
        self.running.as_mut()?.worst(now)
    }

    /// Whom [`Os::first_ready`] has just shown gets that core. Its quanta count from `since` on.
    #[inline]
    pub fn assign(&mut self, core: u16, thread: u32, row: &mut ThreadRow, since: i64) {
        self.ready.pop();
        self.cores.take(core, (thread, row.worker), since);
        row.core = core;
        row.last_core = core;
        row.state = ThreadState::Chosen;
        self.fresh.push(thread);
    }

    #[inline]
    pub fn take_back(&mut self, row: &mut ThreadRow, now: i64) {
        let core = std::mem::replace(&mut row.core, ThreadRow::NO_CORE);
        self.cores.give_back(core, now);
        if let Some(running) = &mut self.running {
            running.remove(core);
        }
    }

    /// Threads that have got a core and not begun, if there are any; their room comes back by [`Os::reuse`].
    #[inline]
    pub fn take_fresh(&mut self) -> Option<Vec<u32>> {
        (!self.fresh.is_empty()).then(|| std::mem::take(&mut self.fresh))
    }

    /// Room for the next that get a core.
    #[inline]
    pub fn reuse(&mut self, room: Vec<u32>) {
        self.fresh = room;
    }

    /// Of somebody on a core while others wait: when its quantum ends. From now on that is taken to be known.
    #[inline]
    pub fn next_quantum_end(&mut self, now: i64) -> Option<QuantumEnd> {
        let quantum = self.quantum.filter(|_| !self.ready.is_empty())?;
        let core = self.cores.arm()?;
        let row = &self.cores.rows[usize::from(core)];
        let elapsed = (now - row.since).max(0);
        // At the very end of a quantum it is over now.
        let quanta = (elapsed / quantum + i64::from(elapsed % quantum != 0)).max(1);
        let time = quanta.checked_mul(quantum).and_then(|length| row.since.checked_add(length));
        Some(QuantumEnd { core, thread: row.thread, time, stamp: row.stamp })
    }

    /// A quantum ends there, unless the stamp tells that it is an old one. Returns who has to make room for others.
    #[inline]
    pub fn end_quantum(&mut self, core: u32, stamp: u32) -> Option<u32> {
        let row = &self.cores.rows[core as usize];
        if row.stamp != stamp {
            return None;
        }
        let thread = row.thread;
        self.cores.disarm(u16::try_from(core).expect("few cores"));
        (!self.ready.is_empty()).then_some(thread)
    }
}
