//! The imagined cores, and the queue of threads that are ready for one.

use std::collections::{BTreeMap, VecDeque};

use super::bits::Bits;
use super::core_queues::MAIN_CORE;
use super::schedulers::{Policy, Rank};
use super::sequence_heap::SequenceHeap;
use super::tasks::NONE;
use crate::trace::Worker;

#[derive(Clone, Copy, Debug)]
pub(super) struct CoreRow {
    /// Who is on it, or [`NONE`].
    pub thread: u32,
    /// Who was on it last, by worker: going on with the same thread is no switch. Threads' rows are used again for
    /// others, the numbers of workers are not.
    pub last: Option<u32>,
    /// Since when its thread's quanta count; without a thread, since when it is idle.
    pub since: i64,
    /// Changes whenever the thread does, so that a quantum's end can be told to be an old one.
    pub stamp: u32,
    /// Until somebody else has it: the task whose quantum was over, or [`NONE`].
    pub out_of_time: u32,
}

/// Cores and which of them are idle.
#[derive(Debug)]
pub(super) struct Cores {
    pub rows: Vec<CoreRow>,
    idle: Bits,
    /// Those that have a thread whose quantum's end does not stand in the calendar.
    unarmed: Bits,
}

impl Cores {
    /// All idle: one since now, where the main thread is, the others for so many nanoseconds.
    pub fn new(count: u32, idle: i64) -> Self {
        let row = CoreRow { thread: NONE, last: None, since: -idle, stamp: 0, out_of_time: NONE };
        let count = count as usize;
        let mut cores = Cores { rows: vec![row; count], idle: Bits::new(count), unarmed: Bits::new(count) };
        (0..count).for_each(|core| cores.idle.insert(core));
        let own = &mut cores.rows[usize::from(MAIN_CORE)];
        (own.last, own.since) = (Some(Worker::MAIN.0), 0);
        cores
    }

    /// An idle core: the one asked for, or else the lowest.
    pub fn idle(&self, wish: u16) -> Option<u16> {
        if self.idle.contains(usize::from(wish)) {
            return Some(wish);
        }
        self.idle.first().and_then(|core| u16::try_from(core).ok())
    }

    /// Those that have nothing to do.
    pub fn idle_ones(&self) -> &Bits {
        &self.idle
    }

    /// That thread, of that worker, is on the core from now on; its quanta count from `since` on.
    pub fn take(&mut self, core: u16, (thread, worker): (u32, u32), since: i64) {
        self.idle.remove(usize::from(core));
        self.disarm(core);
        let row = &mut self.rows[usize::from(core)];
        row.thread = thread;
        row.last = Some(worker);
        row.since = since;
        row.stamp += 1;
        row.out_of_time = NONE;
    }

    pub fn give_back(&mut self, core: u16, now: i64) {
        self.idle.insert(usize::from(core));
        self.unarmed.remove(usize::from(core));
        let row = &mut self.rows[usize::from(core)];
        row.thread = NONE;
        row.since = now;
        row.stamp += 1;
    }

    /// The end of the present quantum of the core's thread does not stand in the calendar any more.
    pub fn disarm(&mut self, core: u16) {
        self.unarmed.insert(usize::from(core));
    }

    /// A core with a thread whose quantum's end does not stand in the calendar, one of those `among` if they are named;
    /// from now on it does.
    pub fn arm(&mut self, among: Option<&Bits>) -> Option<u16> {
        let core = match among {
            Some(among) => self.unarmed.first_with(among)?,
            None => self.unarmed.first()?,
        };
        self.unarmed.remove(core);
        u16::try_from(core).ok()
    }
}

/// Threads that are ready for a core, in the policy's order.
#[derive(Debug)]
pub(super) struct ReadyQueue {
    order: Order,
    /// Threads in it.
    len: u32,
    entries: u64,
}

#[derive(Debug)]
enum Order {
    Fifo(VecDeque<(u64, u32)>),
    Ranked(Ranked),
}

/// Rank, entry, thread. A thread whose rank changes is entered once more under its old entry.
#[derive(Debug, Default)]
struct Ranked {
    entries: SequenceHeap<(i64, u64, u32)>,
    /// The rank of those in the queue whose rank has changed since they came. What else is entered for them counts no more:
    /// a rank that changes often would else be looked at as often each time.
    changed: BTreeMap<u32, i64>,
}

impl Ranked {
    fn is_current(&self, rank: i64, thread: u32) -> bool {
        self.changed.get(&thread).is_none_or(|now| *now == rank)
    }
}

impl ReadyQueue {
    pub fn new(policy: &Policy) -> Self {
        let order = match policy.rank {
            Rank::Entry => Order::Fifo(VecDeque::new()),
            Rank::CpuToWait | Rank::Priority | Rank::Number => Order::Ranked(Ranked::default()),
        };
        ReadyQueue { order, len: 0, entries: 0 }
    }

    pub fn len(&self) -> u32 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Enters a thread and returns its entry, which tells it from older ones of the same thread.
    pub fn push(&mut self, thread: u32, rank: i64) -> u64 {
        self.entries += 1;
        self.len += 1;
        match &mut self.order {
            Order::Fifo(queue) => queue.push_back((self.entries, thread)),
            Order::Ranked(ranked) => {
                ranked.entries.push((rank, self.entries, thread));
            }
        }
        self.entries
    }

    /// As [`ReadyQueue::push`], for who is represented by another until [`ReadyQueue::enter`].
    pub fn push_behind(&mut self) -> u64 {
        self.entries += 1;
        self.len += 1;
        self.entries
    }

    /// Who came under that entry, behind another, stands for itself from now on.
    pub fn enter(&mut self, thread: u32, entry: u64, rank: i64) {
        if let Order::Ranked(ranked) = &mut self.order {
            ranked.entries.push((rank, entry, thread));
        }
    }

    /// As [`ReadyQueue::push`], before everybody of the same rank and of every other.
    pub fn push_first(&mut self, thread: u32, rank: i64) -> u64 {
        let Order::Fifo(queue) = &mut self.order else { return self.push(thread, rank) };
        self.entries += 1;
        self.len += 1;
        queue.push_front((self.entries, thread));
        self.entries
    }

    /// A thread that is in the queue has another rank from now on.
    pub fn change_rank(&mut self, thread: u32, entry: u64, rank: i64) {
        if let Order::Ranked(ranked) = &mut self.order
            && ranked.changed.insert(thread, rank) != Some(rank)
        {
            ranked.entries.push((rank, entry, thread));
        }
    }

    /// Whom [`ReadyQueue::peek`] has just shown has that worse rank from now on.
    pub fn rank_first_anew(&mut self, thread: u32, entry: u64, rank: i64) {
        self.drop_first();
        self.change_rank(thread, entry, rank);
    }

    /// The first thread with its rank; `entry_of` tells the entry under which a thread is in the queue, if it is.
    pub fn peek(&mut self, entry_of: impl Fn(u32) -> Option<u64>) -> Option<(i64, u32)> {
        loop {
            let (rank, entry, thread, is_current) = match &self.order {
                Order::Fifo(queue) => queue.front().map(|(entry, thread)| (0, *entry, *thread, true))?,
                Order::Ranked(ranked) => {
                    let (rank, entry, thread) = *ranked.entries.peek()?;
                    (rank, entry, thread, ranked.is_current(rank, thread))
                }
            };
            if is_current && entry_of(thread) == Some(entry) {
                return Some((rank, thread));
            }
            self.drop_first();
        }
    }

    /// Takes out what [`ReadyQueue::peek`] has just shown.
    pub fn pop(&mut self) {
        if let Some(thread) = self.drop_first()
            && let Order::Ranked(ranked) = &mut self.order
        {
            ranked.changed.remove(&thread);
        }
        self.len -= 1;
    }

    /// Returns whose entry it was.
    fn drop_first(&mut self) -> Option<u32> {
        match &mut self.order {
            Order::Fifo(queue) => queue.pop_front().map(|(_, thread)| thread),
            Order::Ranked(ranked) => ranked.entries.pop().map(|(_, _, thread)| thread),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::schedulers;
    use crate::simulate::testing::run;
    use crate::time::Nanos;

    /// A worker that waits for a core comes for one task after the other, each more urgent, and all are done by others.
    #[test]
    fn who_is_ranked_anew_is_looked_at_once() {
        let mut queue = ReadyQueue::new(schedulers::of(crate::scenario::Scheduler::Priority));
        let entries = [queue.push(0, 1_000), queue.push(1, 2_000)];
        let entry_of = |thread: u32| Some(entries[thread as usize]);
        (1..1_000).rev().for_each(|rank| queue.change_rank(0, entries[0], rank));
        assert_eq!(queue.peek(entry_of), Some((1, 0)));
        queue.rank_first_anew(0, entries[0], 3_000);
        assert_eq!(queue.peek(entry_of), Some((2_000, 1)), "no older rank counts");
        let Order::Ranked(ranked) = &queue.order else { panic!("it ranks") };
        assert_eq!((ranked.entries.len(), queue.len()), (2, 2), "nor is it looked at again");
        queue.pop();
        assert_eq!(queue.peek(entry_of), Some((3_000, 0)));
        queue.pop();
        assert_eq!((queue.peek(entry_of), queue.is_empty()), (None, true));
    }

    /// What switching costs is all the overhead there is.
    fn switching(every: &str) -> (Option<i64>, Option<u64>) {
        let body = format!(
            "[[task]]\nname = \"job\"\ncount = 100\narrive = {{ every = \"{every}\" }}\nsteps = [{{ cpu = \"500us\" }}]\n"
        );
        let run = run(&[("context_switch", "100us")], &body, "threads", 1);
        (run.account.overhead.map(|time| time.0), run.account.switches_voluntary)
    }

    /// Every thread is another one, whether or not the last one had ended before it began.
    #[test]
    fn a_new_thread_is_no_old_one() {
        assert_eq!(switching("400us"), (Some(10_000_000), Some(100)));
        assert_eq!(switching("1ms"), (Some(10_000_000), Some(100)));
    }

    /// One worker goes on with one task after the other: it comes to its core once, and the main thread is there already.
    #[test]
    fn a_worker_that_goes_on_does_not_switch() {
        let body =
            "[[task]]\nname = \"job\"\ncount = 100\narrive = { every = \"1ms\" }\nsteps = [{ cpu = \"500us\" }]\n";
        let overhead = |model| run(&[("context_switch", "100us")], body, model, 1).account.overhead;
        assert_eq!(overhead("thread-pool"), Some(Nanos(100_000)));
        assert_eq!(overhead("sequential"), Some(Nanos::ZERO));
    }
}
