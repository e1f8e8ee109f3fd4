//! What the imagined operating system keeps in mind: who is on which core, who is ready for one, and how long each may
//! stay. What follows for tasks when it decides stands in `dispatch`.
//!
//! Its methods, as those of the machine's other parts, are inlined where a machine is made for a sink of another crate: they
//! are a few instructions each, taken millions of times a second.

use super::Setup;
use super::core_queues::{self, CoreQueues, Luck};
use super::cores::{Cores, ReadyQueue};
use super::costs::Cost;
use super::running::Running;
use super::schedulers::{self, Policy, Queues, Rank};
use super::tasks::NONE;
use super::threads::{ThreadRow, ThreadState};
use super::wakes;
use crate::time::Nanos;

#[derive(Debug)]
pub(super) struct Os {
    policy: &'static Policy,
    /// For a policy that slices, in nanoseconds.
    quantum: Option<i64>,
    cores: Cores,
    ready: Ready,
    /// On whose core things happen at present, if on one.
    acting: u16,
    /// For a policy that displaces who runs.
    running: Option<Running>,
    /// Somebody has entered the ready queue since cores were handed out last.
    has_come: bool,
    /// Threads that have just got a core.
    fresh: Vec<u32>,
}

#[derive(Debug)]
enum Ready {
    One(ReadyQueue),
    PerCore(CoreQueues, Looks),
}

/// What is known of looks at others' queues.
#[derive(Debug, Default)]
struct Looks {
    /// Somebody waits while a core is idle: how many looks there were since, and how many in vain lately.
    idle: Option<(u32, u32)>,
    /// Whether the next look stands in the calendar, under that stamp.
    is_planned: bool,
    stamp: u32,
    /// It stands in the calendar when all cores compare their queues.
    evens_out: bool,
}

/// How a thread comes to be ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Before all others.
    First,
    Last,
    /// It lost its core just now, at that time, and waits for it again.
    Again(i64),
}

/// Who goes next.
pub(super) struct NextUp {
    pub thread: u32,
    pub rank: i64,
    /// Out of so many.
    pub of: u32,
    /// An idle core for it; `None`: there is none.
    pub core: Option<u16>,
    /// From whose queue the core took it over, or [`ThreadRow::NO_CORE`].
    pub moved_from: u16,
}

/// When cores look at others' queues.
pub(super) struct LookAt {
    /// `None`: no clock counts so far.
    pub time: Option<i64>,
    /// As that of the looks must still be by then.
    pub stamp: u32,
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
            quantum: policy.slices.then(|| schedulers::quantum(&setup.scenario.machine).0),
            cores: Cores::new(setup.cores, wakes::asleep_before(setup.plan)),
            ready: match policy.queues {
                Queues::One => Ready::One(ReadyQueue::new(policy)),
                Queues::PerCore => {
                    let waking_takes_time = setup.costs.get(Cost::WakeUp) > Nanos::ZERO;
                    let luck = waking_takes_time.then(|| Luck::new(setup.seed));
                    Ready::PerCore(CoreQueues::new(setup.cores, luck), Looks::default())
                }
            },
            acting: ThreadRow::NO_CORE,
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

    /// Since when the quanta of whoever is on that core count; where nobody is, since when it is idle.
    #[inline]
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

    /// Who is on that core, or [`NONE`].
    #[inline]
    pub fn thread_on(&self, core: u32) -> u32 {
        self.cores.rows[core as usize].thread
    }

    pub fn on_cores(&self) -> Vec<u32> {
        self.cores.rows.iter().map(|row| row.thread).filter(|thread| *thread != NONE).collect()
    }

    /// How many are ready for a core.
    #[inline]
    pub fn waiting(&self) -> u32 {
        match &self.ready {
            Ready::One(queue) => queue.len(),
            Ready::PerCore(queues, _) => queues.waiting(),
        }
    }

    /// As [`Self::slices`], where all cores have one queue. Where each has its own, who waits there waits for that core.
    pub fn slices_one_queue(&self) -> bool {
        self.slices() && matches!(self.ready, Ready::One(_))
    }

    /// More are ready than cores are idle.
    pub fn lacks_cores(&self) -> bool {
        self.waiting() as usize > self.cores.idle_ones().count()
    }

    /// From now on things happen on that core, or on none.
    pub fn acts_on(&mut self, core: u16) {
        self.acting = core;
    }

    /// Who does what happens now, if somebody on a core does.
    pub fn acting_thread(&self) -> Option<u32> {
        let row = self.cores.rows.get(usize::from(self.acting))?;
        (row.thread != NONE).then_some(row.thread)
    }

    /// On which core things happen now.
    pub fn acting(&self) -> u16 {
        self.acting
    }

    /// Puts the thread in a ready queue.
    pub fn queue_up(&mut self, thread: u32, row: &mut ThreadRow, rank: i64, entry: Entry) {
        row.state = ThreadState::Ready;
        self.has_come = true;
        match (&mut self.ready, entry) {
            (Ready::One(queue), Entry::First) => row.entry = queue.push_first(thread, rank),
            (Ready::One(queue), Entry::Last | Entry::Again(_)) => row.entry = queue.push(thread, rank),
            (Ready::PerCore(queues, _), Entry::Again(now)) => queues.push(row.last_core, thread, now, false),
            (Ready::PerCore(queues, _), Entry::First | Entry::Last) => {
                let core = queues.place(row, self.cores.idle_ones());
                if !row.is_new() && queues.is_contested(core, self.cores.idle_ones()) {
                    queues.contest(core, thread);
                }
                row.meets_main = false;
                queues.push(core, thread, ThreadRow::NEVER, entry == Entry::First);
            }
        }
    }

    /// Puts the thread in the ready queue, where another stands for it until [`Os::enter`].
    pub fn queue_up_behind(&mut self, row: &mut ThreadRow) {
        row.state = ThreadState::Ready;
        self.has_come = true;
        match &mut self.ready {
            Ready::One(queue) => row.entry = queue.push_behind(),
            Ready::PerCore(..) => unreachable!("it ranks nobody"),
        }
    }

    /// A thread in the ready queue stands for itself from now on.
    pub fn enter(&mut self, thread: u32, row: &ThreadRow, rank: i64) {
        if let Ready::One(queue) = &mut self.ready {
            queue.enter(thread, row.entry, rank);
        }
    }

    /// A thread in the ready queue has another rank from now on.
    pub fn rank_ready(&mut self, thread: u32, row: &ThreadRow, rank: i64) {
        match &mut self.ready {
            Ready::One(queue) => queue.change_rank(thread, row.entry, rank),
            Ready::PerCore(..) => {}
        }
    }

    /// As [`Os::rank_ready`], for whom [`Os::next_up`] has just shown and who is to go later.
    pub fn rank_first_anew(&mut self, thread: u32, row: &ThreadRow, rank: i64) {
        if let Ready::One(queue) = &mut self.ready {
            queue.rank_first_anew(thread, row.entry, rank);
        }
    }

    /// A thread that runs has this rank from now on, which falls from some time on if it does.
    #[inline]
    pub fn rank_running(&mut self, now: i64, thread: u32, row: &ThreadRow, rank: i64, falls_from: Option<i64>) {
        if let Some(running) = &mut self.running {
            running.put(now, row.core, (rank, row.task, thread), falls_from);
        }
    }

    /// The first in the ready queue; where each core has one, the first in that of an idle core.
    pub fn next_up(&mut self, threads: &[ThreadRow]) -> Option<NextUp> {
        match &mut self.ready {
            Ready::One(queue) => {
                let (rank, thread) = queue.peek(|thread| waiting_entry(threads, thread))?;
                let core = self.cores.idle(threads[thread as usize].last_core);
                Some(NextUp { thread, rank, of: queue.len(), core, moved_from: ThreadRow::NO_CORE })
            }
            Ready::PerCore(queues, _) => {
                let (core, first) = queues.first(self.cores.idle_ones())?;
                let of = queues.waiting_for(core);
                Some(NextUp { thread: first.thread, rank: 0, of, core: Some(core), moved_from: first.moved_from })
            }
        }
    }

    /// Whether somebody waits who is ranked as whom [`Os::assign`] has just given a core.
    pub fn has_equal(&mut self, rank: i64, threads: &[ThreadRow]) -> bool {
        match &mut self.ready {
            Ready::One(queue) if self.policy.rank != Rank::Entry => {
                queue.peek(|thread| waiting_entry(threads, thread)).is_some_and(|(next, _)| next == rank)
            }
            _ => false,
        }
    }

    /// Who was woken and takes its core from whoever has had it for long, and from whom.
    pub fn next_displacing(&mut self, now: i64, threads: &[ThreadRow]) -> Option<(u32, u32)> {
        let Ready::PerCore(queues, _) = &mut self.ready else { return None };
        queues.next_displacing(now, &self.cores.rows, threads)
    }

    /// Whom a preemptive policy would displace: the worst rank, the highest task number on a tie. Who has only just been
    /// chosen may run first: the next round compares it, too.
    #[inline]
    pub fn worst_running(&mut self, now: i64) -> Option<(i64, u32)> {
        self.running.as_mut()?.worst(now)
    }

    /// Takes whom [`Os::next_up`] or [`Os::next_displacing`] has just shown out of the queue, for that core: before anybody
    /// else comes, who might be first by then.
    #[inline]
    pub fn take_first(&mut self, core: u16) {
        match &mut self.ready {
            Ready::One(queue) => queue.pop(),
            Ready::PerCore(queues, _) => queues.pop(core),
        }
    }

    /// Who was taken out of the queue gets that core. Its quanta count from `since` on.
    #[inline]
    pub fn assign(&mut self, core: u16, thread: u32, row: &mut ThreadRow, since: i64) {
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
        if let Ready::PerCore(queues, _) = &mut self.ready {
            queues.leave(core);
        }
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
        let quantum = self.quantum?;
        let core = match &self.ready {
            Ready::One(queue) if queue.is_empty() => return None,
            Ready::One(_) => self.cores.arm(None)?,
            Ready::PerCore(queues, _) => self.cores.arm(Some(queues.wanted()))?,
        };
        let row = &self.cores.rows[usize::from(core)];
        let elapsed = (now - row.since).max(0);
        // At the very end of a quantum it is over now.
        let quanta = (elapsed / quantum + i64::from(elapsed % quantum != 0)).max(1);
        let time = quanta.checked_mul(quantum).and_then(|length| row.since.checked_add(length));
        Some(QuantumEnd { core, thread: row.thread, time, stamp: row.stamp })
    }

    /// Whether a quantum on that core ends at this very instant, while somebody waits for a core.
    pub fn quantum_is_over(&self, core: u16, now: i64) -> bool {
        let elapsed = now - self.cores.rows[usize::from(core)].since;
        let ends = self.quantum.is_some_and(|quantum| elapsed > 0 && elapsed % quantum == 0);
        let is_wanted = || match &self.ready {
            Ready::One(_) => self.lacks_cores(),
            Ready::PerCore(queues, _) => queues.waiting_for(core) > 0,
        };
        ends && is_wanted()
    }

    /// A quantum ends there, unless the stamp tells that it is an old one. Returns who has to make room for others.
    #[inline]
    pub fn end_quantum(&mut self, core: u32, stamp: u32) -> Option<u32> {
        let row = &self.cores.rows[core as usize];
        if row.stamp != stamp {
            return None;
        }
        let thread = row.thread;
        let core = u16::try_from(core).expect("few cores");
        self.cores.disarm(core);
        let is_wanted = match &self.ready {
            Ready::One(queue) => !queue.is_empty(),
            Ready::PerCore(queues, _) => queues.waiting_for(core) > 0,
        };
        is_wanted.then_some(thread)
    }

    /// On that core, which is nobody's now, that task's quantum was over; until somebody has it.
    pub fn note_out_of_time(&mut self, core: u32, task: u32) {
        self.cores.rows[core as usize].out_of_time = task;
    }

    /// Whose quantum was over on that core, if that is why it is nobody's.
    #[inline]
    pub fn out_of_time(&self, core: u16) -> Option<u32> {
        Some(self.cores.rows[usize::from(core)].out_of_time).filter(|task| *task != NONE)
    }

    /// When idle cores look next at others' queues, if that does not stand in the calendar yet, and its stamp. They do so
    /// as long as somebody waits while a core is idle.
    pub fn next_look(&mut self, now: i64) -> Option<LookAt> {
        let Ready::PerCore(queues, looks) = &mut self.ready else { return None };
        if queues.waiting() == 0 || self.cores.idle_ones().first().is_none() {
            if looks.idle.take().is_some() {
                looks.is_planned = false;
                looks.stamp = looks.stamp.wrapping_add(1);
            }
            return None;
        }
        if std::mem::replace(&mut looks.is_planned, true) {
            return None;
        }
        let (count, _) = *looks.idle.get_or_insert((0, 0));
        let delay = if count == 0 { core_queues::LOOK_FIRST } else { core_queues::LOOK_EVERY };
        Some(LookAt { time: now.checked_add(delay), stamp: looks.stamp })
    }

    /// Whether that look is an old one.
    pub fn has_looked(&self, stamp: u32) -> bool {
        !matches!(&self.ready, Ready::PerCore(_, looks) if looks.is_planned && looks.stamp == stamp)
    }

    /// Idle cores look at others' queues and take over who may be moved.
    pub fn look(&mut self, now: i64, stamp: u32) {
        if self.has_looked(stamp) {
            return;
        }
        let warm_since = self.warm_since(now);
        let Ready::PerCore(queues, looks) = &mut self.ready else { return };
        looks.is_planned = false;
        let Some((count, in_vain)) = &mut looks.idle else { return };
        *count += 1;
        let takes_any = *in_vain >= core_queues::VAIN_MAX;
        let is_moved = queues.fill_idle(self.cores.idle_ones(), |left_at| takes_any || left_at < warm_since);
        *in_vain = if is_moved { 0 } else { *in_vain + 1 };
    }

    /// When all cores compare their queues, if that does not stand in the calendar yet. They do so as long as somebody
    /// waits.
    pub fn next_evening_out(&mut self, now: i64) -> Option<LookAt> {
        let is_one_of_many = self.cores.rows.len() > 1;
        let Ready::PerCore(queues, looks) = &mut self.ready else { return None };
        if queues.waiting() == 0 || !is_one_of_many || std::mem::replace(&mut looks.evens_out, true) {
            return None;
        }
        Some(LookAt { time: now.checked_add(core_queues::EVEN_OUT_EVERY), stamp: 0 })
    }

    /// Whether anybody waits, now that all cores are to compare their queues; if nobody does, they do not.
    pub fn has_to_even_out(&mut self) -> bool {
        let Ready::PerCore(queues, looks) = &mut self.ready else { return false };
        looks.evens_out = queues.waiting() > 0;
        looks.evens_out
    }

    /// All cores compare their queues.
    pub fn even_out(&mut self, now: i64) {
        let warm_since = self.warm_since(now);
        let Ready::PerCore(queues, looks) = &mut self.ready else { return };
        looks.evens_out = false;
        queues.even_out(|left_at| left_at < warm_since);
    }

    /// Who has lost its core since then stays with it: less than a quantum ago.
    fn warm_since(&self, now: i64) -> i64 {
        now.saturating_sub(self.quantum.unwrap_or(0))
    }
}

/// Under which the thread waits for a core; `None`: it does not.
#[inline]
fn waiting_entry(threads: &[ThreadRow], thread: u32) -> Option<u64> {
    let row = &threads[thread as usize];
    (row.state == ThreadState::Ready).then_some(row.entry)
}
