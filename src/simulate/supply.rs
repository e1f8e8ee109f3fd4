//! Where tasks wait for workers, and how a worker comes by its next one.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::ChosenBy;
use super::bits::Bits;
use super::calendar::{Phase, What};
use super::costs::Cost;
use super::log::Sink;
use super::loops::Lines;
use super::machine::Machine;
use super::tasks::NONE;
use super::threads::{Role, Stage, ThreadRow, ThreadState};
use crate::model::{Plan, Start, WhileInIo, Workers};
use crate::scenario::draw::SplitMix;
use crate::trace::{Cause, Peer, Worker};

/// A core that has had nothing to do for so long, in nanoseconds, has fallen asleep: on the computer on which the default
/// costs were measured, it took half as long again to wake a thread there.
const DOZE: i64 = 50_000;

/// Everything that waits for a worker, and the workers that wait for it.
#[derive(Debug)]
pub(super) struct Supply {
    /// One for all, or one a worker.
    queues: Vec<TaskQueue>,
    /// Threads on a core that are through with a task and have no other yet.
    choosing: VecDeque<u32>,
    /// Parked workers by queue.
    parked: Vec<VecDeque<u32>>,
    /// Tasks that were let in and are not over, by queue.
    inside: Vec<u32>,
    /// Tasks that a loop may go on with, and its threads without work.
    pub lines: Lines,
    /// Tasks that have arrived and not begun, where workers have no queues of their own.
    newcomers: TaskQueue,
    /// Tasks with an errand for the blocking pool, its threads without work, and how many it has.
    errands: TaskQueue,
    parked_blocking: Vec<u32>,
    blocking_threads: u32,
    /// Work to steal.
    deques: Vec<VecDeque<Piece>>,
    /// Workers whose deques are not empty.
    stocked: Bits,
    injector: VecDeque<Piece>,
    batch: Vec<u32>,
    batches: Vec<Vec<u32>>,
    random: SplitMix,
}

/// A contiguous part of a batch.
#[derive(Clone, Copy, Debug)]
struct Piece {
    batch: u32,
    from: u32,
    to: u32,
    /// The worker that split it off, or [`NONE`].
    of: u32,
}

/// Tasks by urgency, then by arrival.
#[derive(Debug)]
enum TaskQueue {
    /// All are as urgent.
    Equal(VecDeque<u32>),
    Urgent {
        heap: BinaryHeap<Reverse<(i32, u64, u32)>>,
        pushed: u64,
    },
}

impl TaskQueue {
    fn new(urgent: bool) -> Self {
        if urgent {
            TaskQueue::Urgent { heap: BinaryHeap::new(), pushed: 0 }
        } else {
            TaskQueue::Equal(VecDeque::new())
        }
    }

    fn is_urgent(&self) -> bool {
        matches!(self, TaskQueue::Urgent { .. })
    }

    fn push(&mut self, task: u32, priority: i32) {
        match self {
            TaskQueue::Equal(queue) => queue.push_back(task),
            TaskQueue::Urgent { heap, pushed } => {
                *pushed += 1;
                heap.push(Reverse((priority, *pushed, task)));
            }
        }
    }

    fn pop(&mut self) -> Option<u32> {
        match self {
            TaskQueue::Equal(queue) => queue.pop_front(),
            TaskQueue::Urgent { heap, .. } => heap.pop().map(|Reverse((_, _, task))| task),
        }
    }

    fn head(&self) -> Option<u32> {
        match self {
            TaskQueue::Equal(queue) => queue.front().copied(),
            TaskQueue::Urgent { heap, .. } => heap.peek().map(|Reverse((_, _, task))| *task),
        }
    }

    fn len(&self) -> u32 {
        let len = match self {
            TaskQueue::Equal(queue) => queue.len(),
            TaskQueue::Urgent { heap, .. } => heap.len(),
        };
        u32::try_from(len).unwrap_or(u32::MAX)
    }
}

impl Supply {
    /// `urgent`: tasks differ in priority.
    pub fn new(plan: &Plan, seed: u64, urgent: bool) -> Self {
        let queues = plan.workers.shares() as usize;
        let deques = match plan.workers {
            Workers::Fixed(workers) if plan.stealing => workers as usize,
            _ => 0,
        };
        Supply {
            queues: (0..queues).map(|_| TaskQueue::new(urgent)).collect(),
            choosing: VecDeque::new(),
            parked: vec![VecDeque::new(); queues],
            inside: vec![0; queues],
            lines: Lines::new(plan, seed),
            newcomers: TaskQueue::new(urgent),
            errands: TaskQueue::new(urgent),
            parked_blocking: Vec::new(),
            blocking_threads: 0,
            deques: vec![VecDeque::new(); deques],
            stocked: Bits::new(deques),
            injector: VecDeque::new(),
            batch: Vec::new(),
            batches: Vec::new(),
            random: SplitMix(seed),
        }
    }

    /// A worker on a core without a task takes the next when nothing more happens at this instant: what still does may
    /// bring one that is more urgent.
    pub fn choose_later(&mut self, thread: u32) {
        self.choosing.push_back(thread);
    }

    pub fn next_to_choose(&mut self) -> Option<u32> {
        self.choosing.pop_front()
    }

    /// No worker is to choose at this instant, and nothing has arrived that is to become a batch.
    pub fn is_settled(&self) -> bool {
        self.choosing.is_empty() && self.batch.is_empty()
    }

    /// Lets a task in where fewer than so many are; returns whether it did.
    pub fn let_in(&mut self, share: usize, places: u32) -> bool {
        let has_room = self.inside[share] < places;
        self.inside[share] += u32::from(has_room);
        has_room
    }

    /// A task that was let in is over.
    pub fn let_out(&mut self, share: usize) {
        self.inside[share] -= 1;
    }

    /// One of those that have arrived and not begun, where workers have no queues of their own.
    pub fn most_urgent_newcomer(&mut self) -> u32 {
        self.newcomers.pop().expect("one for each place in line")
    }

    /// The task that a worker of that role would find, or [`NONE`].
    pub fn head(&self, role: Role, thread: u32) -> u32 {
        let head = match role {
            Role::Pool { queue } => self.queues[queue as usize].head(),
            Role::Loop => match self.lines.head(thread) {
                Some(NONE) => self.newcomers.head(),
                begun => begun,
            },
            Role::Blocking => self.errands.head(),
            Role::Main | Role::Own | Role::Thief { .. } => None,
        };
        head.unwrap_or(NONE)
    }

    /// The newest of its own, else the oldest of another's, beginning at a random one, else what came from outside.
    /// Returns whom it was stolen from.
    fn piece(&mut self, own: usize) -> Option<(Piece, bool)> {
        if let Some(piece) = self.deques[own].pop_back() {
            self.note_stock(own);
            return Some((piece, false));
        }
        if self.stocked.first().is_some() {
            let workers = self.deques.len();
            let start = usize::try_from(self.random.next() % workers as u64).expect("an index");
            // Its own is empty.
            let victim = self.stocked.next_from(start).expect("some are stocked");
            let piece = self.deques[victim].pop_front();
            self.note_stock(victim);
            return piece.map(|piece| (piece, true));
        }
        self.injector.pop_front().map(|piece| (piece, false))
    }

    fn note_stock(&mut self, worker: usize) {
        if self.deques[worker].is_empty() {
            self.stocked.remove(worker);
        }
    }
}

impl<S: Sink> Machine<'_, S> {
    /// The workers that are up before t = 0.
    pub fn make_workers(&mut self) {
        let (count, share) = match self.setup.plan.workers {
            Workers::Fixed(count) => (count, false),
            Workers::Split(count) => (count, true),
            Workers::PerTask => return self.make_main_thread(),
        };
        for number in 0..count {
            let role = match self.setup.plan.io {
                WhileInIo::FreesWorker => Role::Loop,
                WhileInIo::HoldsWorker if self.setup.plan.stealing => Role::Thief { own: number },
                WhileInIo::HoldsWorker => Role::Pool { queue: if share { number } else { 0 } },
            };
            let up = self.setup.plan.processes != Some(Start::Cold);
            self.threads.push(ThreadRow { up, ..ThreadRow::new(number + 1, role) });
            if role != Role::Loop {
                self.park_row(number);
            }
        }
        if self.setup.plan.io == WhileInIo::FreesWorker {
            self.supply.lines.park_all(count);
        }
        self.tally.threads_began(count);
    }

    fn park_row(&mut self, thread: u32) {
        let supply = &mut self.supply;
        match self.threads[thread as usize].role {
            Role::Pool { queue } => supply.parked[queue as usize].push_back(thread),
            Role::Thief { .. } => supply.parked[0].push_back(thread),
            Role::Loop => supply.lines.park(thread),
            Role::Blocking => supply.parked_blocking.push(thread),
            Role::Main | Role::Own => unreachable!("neither waits for tasks of a queue"),
        }
    }

    /// A worker without work leaves its core.
    pub fn park(&mut self, thread: u32) {
        self.release_gil(thread);
        self.leave_core(thread, ThreadState::Parked);
        self.park_row(thread);
        if self.setup.plan.on_main {
            self.tell_main();
        }
    }

    /// A task that has arrived waits for a worker.
    pub fn enqueue(&mut self, task: u32) {
        let priority = self.tasks.group(task).priority;
        if self.setup.plan.io == WhileInIo::FreesWorker {
            if !self.supply.newcomers.is_urgent() {
                return self.line_up_from_outside(task, task);
            }
            self.supply.newcomers.push(task, priority);
            return self.line_up_from_outside(NONE, task);
        }
        if self.setup.plan.stealing {
            return self.supply.batch.push(task);
        }
        let queue = self.setup.plan.workers.share_of(task, self.tasks.len()) as usize;
        self.supply.queues[queue].push(task, priority);
        self.wake_worker(queue, task);
    }

    fn wake_worker(&mut self, queue: usize, task: u32) {
        if let Some(thread) = self.supply.parked[queue].pop_front() {
            self.rouse(thread, task);
        }
    }

    /// Wakes a thread that sleeps, in the time that this takes.
    pub fn rouse(&mut self, thread: u32, task: u32) {
        let cold = self.cost(Cost::WakeUp);
        let at_most = |cost: i64| cost.min(cold);
        let delay = match self.os.idle_core(self.threads[thread as usize].last_core) {
            Some(core) if self.now.saturating_sub(self.os.idle_since(core)) >= DOZE => cold,
            Some(_) => at_most(self.cost(Cost::HotWakeUp)),
            // Once the waker has put it in the queue, it only waits for its turn.
            None => at_most(self.cost(Cost::Notify)),
        };
        self.wake(thread, delay, task);
    }

    /// A parked or waiting thread will be ready so much later; `task`: for whose sake.
    pub fn wake(&mut self, thread: u32, delay: i64, task: u32) {
        let row = &mut self.threads[thread as usize];
        row.state = ThreadState::Waking;
        row.woken_on = self.os.acting();
        self.plan_at(self.after(delay), Phase::WakeUp, task, What::Wake, thread, 0);
    }

    /// A task orders something from the blocking pool, which grows up to its limit.
    pub fn order(&mut self, task: u32) {
        let priority = self.tasks.group(task).priority;
        self.supply.errands.push(task, priority);
        if let Some(thread) = self.supply.parked_blocking.pop() {
            return self.rouse(thread, task);
        }
        if self.supply.blocking_threads < self.setup.plan.offload.unwrap_or(0) {
            self.supply.blocking_threads += 1;
            let thread = u32::try_from(self.threads.len()).expect("bounded by the parameter");
            let worker = thread + 1;
            self.threads.push(ThreadRow::new(worker, Role::Blocking));
            self.tally.threads_began(1);
            self.wake(thread, self.cost(Cost::ThreadStart), task);
        }
    }

    /// What has arrived at this instant becomes a batch for whoever is first.
    pub fn inject_batch(&mut self) {
        if self.supply.batch.is_empty() {
            return;
        }
        let mut batch = std::mem::take(&mut self.supply.batch);
        batch.sort_by_key(|task| (self.tasks.group(*task).priority, *task));
        if self.supply.newcomers.is_urgent() {
            for task in &batch {
                self.supply.newcomers.push(*task, self.tasks.group(*task).priority);
            }
        }
        let (first, count) = (batch[0], batch.len());
        let number = self.supply.batches.len();
        self.supply.batches.push(batch);
        let short = |number: usize| u32::try_from(number).expect("no more than tasks");
        self.supply.injector.push_back(Piece { batch: short(number), from: 0, to: short(count), of: NONE });
        self.wake_worker(0, first);
    }

    /// Gives the thread, on its core, the next task; `false` when there is none.
    pub fn take_work(&mut self, thread: u32) -> bool {
        match self.threads[thread as usize].role {
            Role::Main | Role::Own => false,
            Role::Pool { queue } => self.take_from_queue(thread, queue as usize),
            Role::Thief { own } => self.take_or_steal(thread, own),
            Role::Loop => self.take_from_loop(thread),
            Role::Blocking => {
                let waiting = self.supply.errands.len();
                let Some(task) = self.supply.errands.pop() else { return false };
                self.take_up(thread, task, Stage::Errand, self.cost(Cost::PoolDispatch));
                self.decide(ChosenBy::Queue, thread, task, waiting, 0, None);
                true
            }
        }
    }

    fn take_from_queue(&mut self, thread: u32, queue: usize) -> bool {
        let waiting = self.supply.queues[queue].len();
        let Some(task) = self.supply.queues[queue].pop() else { return false };
        let row = &mut self.threads[thread as usize];
        let stage = match self.setup.plan.processes {
            None => Stage::Steps,
            Some(_) if row.up => Stage::ShippingOut,
            Some(_) => Stage::Making,
        };
        let mut price = 0;
        if row.chunk_left == 0 {
            row.chunk_left = self.setup.plan.chunk;
            // Who does everything alone asks nobody for the next.
            price = if self.setup.plan.is_alone() { 0 } else { self.cost(Cost::PoolDispatch) };
        }
        self.threads[thread as usize].chunk_left -= 1;
        self.take_up(thread, task, stage, price);
        self.decide(ChosenBy::Queue, thread, task, waiting, 0, None);
        true
    }

    fn take_or_steal(&mut self, thread: u32, own: u32) -> bool {
        let Some((mut piece, stolen)) = self.supply.piece(own as usize) else { return false };
        // Splits off the second half again and again: there is something to steal while the front is worked on.
        while piece.to - piece.from > 1 {
            let middle = piece.from + (piece.to - piece.from).div_ceil(2);
            let back = Piece { from: middle, of: own, ..piece };
            self.supply.deques[own as usize].push_back(back);
            self.supply.stocked.insert(own as usize);
            piece.to = middle;
            let first = self.supply.batches[back.batch as usize][back.from as usize];
            self.wake_worker(0, first);
        }
        // Where priorities differ, the place is taken by the most urgent of all who wait for one.
        let task = if self.supply.newcomers.is_urgent() { self.supply.newcomers.pop() } else { None };
        let task = task.unwrap_or_else(|| self.supply.batches[piece.batch as usize][piece.from as usize]);
        let price = if stolen { self.cost(Cost::Steal) } else { 0 };
        self.take_up(thread, task, Stage::Steps, price);
        if stolen {
            let row = &mut self.threads[thread as usize];
            row.taken = Cause::Stolen;
            row.taken_from = Peer::worker(Worker(piece.of + 1));
        }
        let by = if stolen { ChosenBy::Theft } else { ChosenBy::Queue };
        self.decide(by, thread, task, piece.to - piece.from, 0, None);
        true
    }

    pub fn take_up(&mut self, thread: u32, task: u32, stage: Stage, price: i64) {
        let now = self.now;
        let row = &mut self.threads[thread as usize];
        row.task = task;
        row.stage = stage;
        row.overhead_due += price;
        row.shown = false;
        row.running_from = now;
        self.tasks.rows[task as usize].thread = thread;
    }
}
