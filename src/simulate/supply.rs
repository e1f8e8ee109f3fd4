//! Where tasks wait for workers, and how a worker comes by its next one.

use std::collections::{BTreeMap, VecDeque};

use super::ChosenBy;
use super::comers::Comers;
use super::costs::Cost;
use super::deques::Deques;
use super::dispatch::Choice;
use super::log::Sink;
use super::loops::Lines;
use super::machine::Machine;
use super::task_queue::{TaskQueue, Turn};
use super::tasks::NONE;
use super::threads::{Role, Stage, ThreadRow, ThreadState};
use crate::model::{Plan, Start, WhileInIo, Workers};
use crate::trace::{Cause, Peer, Worker};

/// Everything that waits for a worker, and the workers that wait for it.
#[derive(Debug)]
pub(super) struct Supply {
    /// One for all, or one a worker.
    queues: Vec<TaskQueue>,
    /// What threads have taken from them at a time and not begun.
    chunks: BTreeMap<u32, VecDeque<u32>>,
    /// Threads on a core that are through with a task and have no other yet.
    choosing: VecDeque<u32>,
    /// Who comes for a task, where its rank is known before it is taken.
    pub comers: Comers,
    /// Where it is not, threads that were woken to take a task, in that order; some have done so since.
    woken: VecDeque<u32>,
    /// Those that were woken to choose at once, found nothing, and have no core to fall asleep on yet.
    empty_handed: Vec<u32>,
    /// Parked workers by queue.
    parked: Vec<VecDeque<u32>>,
    /// Tasks that wait to be begun, and those that hold a worker, by queue.
    inside: Vec<u32>,
    /// Tasks that a loop may go on with, and its threads without work.
    pub lines: Lines,
    /// Tasks that have arrived and not begun, where workers have no queues of their own; where a list says who goes
    /// first, those that a loop may go on with, too.
    newcomers: TaskQueue,
    /// Tasks with an errand for the blocking pool, its threads without work, and how many it has.
    errands: TaskQueue,
    parked_blocking: Vec<u32>,
    blocking_threads: u32,
    /// Work to steal.
    deques: Deques,
}

impl Supply {
    pub fn new(plan: &Plan, seed: u64, turn: Turn) -> Self {
        let queues = plan.workers.shares() as usize;
        let thieves = match plan.workers {
            Workers::Fixed(workers) if plan.stealing => workers as usize,
            _ => 0,
        };
        Supply {
            queues: (0..queues).map(|_| TaskQueue::new(turn)).collect(),
            chunks: BTreeMap::new(),
            choosing: VecDeque::new(),
            comers: Comers::new(queues),
            woken: VecDeque::new(),
            empty_handed: Vec::new(),
            parked: vec![VecDeque::new(); queues],
            inside: vec![0; queues],
            lines: Lines::new(plan, seed),
            newcomers: TaskQueue::new(turn),
            errands: TaskQueue::new(turn),
            parked_blocking: Vec::new(),
            blocking_threads: 0,
            deques: Deques::new(thieves, seed),
        }
    }

    /// A worker on a core without a task takes the next when nothing more happens at this instant: what still does may
    /// bring one that is more urgent.
    #[inline]
    pub fn choose_later(&mut self, thread: u32) {
        self.choosing.push_back(thread);
    }

    #[inline]
    pub fn next_to_choose(&mut self) -> Option<u32> {
        self.choosing.pop_front()
    }

    /// Workers are to choose at this instant: who comes to that now does so after them.
    #[inline]
    pub fn somebody_chooses(&self) -> bool {
        !self.choosing.is_empty()
    }

    /// No worker is to choose at this instant, and nothing has arrived that is to become a batch.
    #[inline]
    pub fn is_settled(&self) -> bool {
        self.choosing.is_empty() && !self.deques.is_collecting()
    }

    /// Lets a task in where fewer than so many are; returns whether it did.
    #[inline]
    pub fn let_in(&mut self, share: usize, places: u32) -> bool {
        let has_room = self.inside[share] < places;
        self.inside[share] += u32::from(has_room);
        has_room
    }

    /// A task that has awaited holds a worker again, which no bound forbids.
    pub fn come_back(&mut self, share: usize) {
        self.inside[share] += 1;
    }

    /// A task that was let in has left its worker.
    #[inline]
    pub fn let_out(&mut self, share: usize) {
        self.inside[share] -= 1;
    }

    /// One of those that have arrived and not begun, where workers have no queues of their own.
    pub fn most_urgent_newcomer(&mut self) -> u32 {
        self.newcomers.pop().expect("one for each place in line")
    }

    /// What stands for a task in a loop's line: itself, or [`NONE`] where a list says who goes first.
    #[inline]
    pub fn entry_of(&mut self, task: u32) -> u32 {
        if !self.newcomers.is_by_number() {
            return task;
        }
        self.newcomers.push(task, 0);
        NONE
    }

    /// A thread has been woken to take a task.
    pub fn note_woken(&mut self, thread: u32) {
        self.woken.push_back(thread);
    }

    pub fn next_woken(&mut self) -> Option<u32> {
        self.woken.pop_front()
    }

    /// A thread that was woken to take a task found none; forgets those that want none any more.
    pub fn note_empty_handed(&mut self, thread: u32, wants: impl Fn(u32) -> bool) {
        self.empty_handed.retain(|before| *before != thread && wants(*before));
        self.empty_handed.push(thread);
    }

    /// One of the empty-handed that wants that task may choose again.
    pub fn let_empty_handed_choose(&mut self, wants: impl Fn(u32) -> bool) {
        if let Some(at) = self.empty_handed.iter().position(|thread| wants(*thread)) {
            let thread = self.empty_handed.remove(at);
            self.note_woken(thread);
        }
    }

    /// Forgets those first of the woken that want no task any more.
    pub fn forget_woken(&mut self, wants: impl Fn(u32) -> bool) {
        while self.woken.front().is_some_and(|thread| !wants(*thread)) {
            self.woken.pop_front();
        }
    }

    /// The task that a worker of that role would find, or [`NONE`].
    pub fn head(&self, role: Role, thread: u32) -> u32 {
        let head = match role {
            Role::Pool { queue } => {
                let own = self.chunks.get(&thread).and_then(|chunk| chunk.front().copied());
                own.or_else(|| self.queues[queue as usize].head())
            }
            Role::Loop => match self.lines.head(thread) {
                Some(NONE) => self.newcomers.head(),
                begun => begun,
            },
            Role::Blocking => self.errands.head(),
            Role::Thief { .. } if self.newcomers.is_ranked() => self.newcomers.head(),
            Role::Thief { own } => self.deques.head(own),
            Role::Main | Role::Own => None,
        };
        head.unwrap_or(NONE)
    }

    /// The next of that thread's own chunk, or of the queue with a new chunk of so many; and whether it begins one, and ends
    /// one. Where tasks are ranked nobody takes more than one: there may be a more urgent one by the time of the next.
    fn take_of_chunk(&mut self, thread: u32, queue: usize, chunk: u32) -> Option<(u32, bool, bool)> {
        if let Some(own) = self.chunks.get_mut(&thread)
            && let Some(task) = own.pop_front()
        {
            let ends = own.is_empty();
            if ends {
                self.chunks.remove(&thread);
            }
            return Some((task, false, ends));
        }
        let queue = &mut self.queues[queue];
        let task = queue.pop()?;
        let more = if queue.is_ranked() { 0 } else { chunk - 1 };
        let rest: VecDeque<u32> = (0..more).map_while(|_| queue.pop()).collect();
        let ends = rest.is_empty();
        if !ends {
            self.chunks.insert(thread, rest);
        }
        Some((task, true, ends))
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
            let worker = number + self.first_worker();
            self.threads.push(ThreadRow { up, ..ThreadRow::new(worker, role) });
            if role != Role::Loop {
                self.park_row(number);
            }
        }
        if self.setup.plan.io == WhileInIo::FreesWorker {
            self.supply.lines.park_all(count);
        }
        self.tally.threads_began(count);
    }

    /// The number of the first of them: where one thread does everything, that is the main thread.
    fn first_worker(&self) -> u32 {
        if self.setup.plan.on_main { Worker::MAIN.0 } else { Worker::MAIN.0 + 1 }
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
            if !self.supply.newcomers.is_ranked() {
                return self.line_up_from_outside(task, task);
            }
            self.supply.newcomers.push(task, priority);
            return self.line_up_from_outside(NONE, task);
        }
        if self.setup.plan.stealing {
            return self.supply.deques.collect(task);
        }
        let queue = self.share_of(task) as usize;
        self.supply.queues[queue].push(task, priority);
        self.wake_worker(queue, task);
    }

    fn wake_worker(&mut self, queue: usize, task: u32) {
        match self.supply.parked[queue].pop_front() {
            Some(thread) => self.rouse(thread, task),
            None => return self.rank_woken_anew(task),
        }
        // Who comes already may come for this one.
        self.rank_comer_anew(self.supply.comers.first_for(queue));
    }

    /// A task orders something from the blocking pool, which grows up to its limit. Returns what that costs who does so.
    pub fn order(&mut self, task: u32) -> i64 {
        let priority = self.tasks.group(task).priority;
        self.supply.errands.push(task, priority);
        self.rank_comer_anew(self.supply.comers.first_for_errands());
        if let Some(thread) = self.supply.parked_blocking.pop() {
            self.rouse(thread, task);
            return self.cost(Cost::Notify);
        }
        if self.supply.blocking_threads < self.setup.plan.offload.unwrap_or(0) {
            self.supply.blocking_threads += 1;
            let thread = u32::try_from(self.threads.len()).expect("bounded by the parameter");
            let worker = thread + self.first_worker();
            let overhead_due = self.cost(Cost::ThreadSetUp);
            self.threads.push(ThreadRow { overhead_due, ..ThreadRow::new(worker, Role::Blocking) });
            self.tally.threads_began(1);
            self.wake(thread, self.first_wake_up(), task);
            return self.start_cost(self.supply.blocking_threads);
        }
        0
    }

    /// What has arrived at this instant becomes a batch for whoever is first.
    pub fn inject_batch(&mut self) {
        let Supply { deques, newcomers, .. } = &mut self.supply;
        if !deques.is_collecting() {
            return;
        }
        let by_number = newcomers.is_by_number();
        let priority = |task: u32| if by_number { 0 } else { self.tasks.group(task).priority };
        let batch = deques.inject(|task| (priority(task), task));
        if newcomers.is_ranked() {
            for task in batch {
                newcomers.push(*task, self.tasks.group(*task).priority);
            }
        }
        let first = batch[0];
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
                self.decide(ChosenBy::Queue, thread, task, Choice::of(waiting), None);
                true
            }
        }
    }

    fn take_from_queue(&mut self, thread: u32, queue: usize) -> bool {
        let waiting = self.supply.queues[queue].len();
        let Some((task, begins, ends)) = self.supply.take_of_chunk(thread, queue, self.setup.plan.chunk) else {
            return false;
        };
        let row = &mut self.threads[thread as usize];
        (row.begins_chunk, row.ends_chunk) = (begins, ends);
        let stage = match self.setup.plan.processes {
            None => Stage::Steps,
            Some(_) if row.up => Stage::ShippingOut,
            Some(_) => Stage::Making,
        };
        // Who does everything alone asks nobody for the next, nor does who has it already.
        let asks = begins && !self.setup.plan.is_alone();
        let price = if asks { self.cost(Cost::PoolDispatch) } else { 0 };
        self.take_up(thread, task, stage, price);
        self.decide(ChosenBy::Queue, thread, task, Choice::of(if begins { waiting } else { 1 }), None);
        true
    }

    fn take_or_steal(&mut self, thread: u32, own: u32) -> bool {
        let Some(mut piece) = self.supply.deques.take(own) else { return false };
        // Splits off the second half again and again: there is something to steal while the front is worked on.
        while let Some(first) = self.supply.deques.split(own, &mut piece) {
            self.wake_worker(0, first);
        }
        // Where tasks are ranked, the place is taken by the first of all who wait for one.
        let task = if self.supply.newcomers.is_ranked() { self.supply.newcomers.pop() } else { None };
        let task = task.unwrap_or_else(|| self.supply.deques.first(piece));
        let price = if piece.is_stolen { self.cost(Cost::Steal) } else { 0 };
        self.take_up(thread, task, Stage::Steps, price);
        if piece.is_stolen {
            let row = &mut self.threads[thread as usize];
            row.taken = Cause::Stolen;
            row.taken_from = Peer::worker(Worker(piece.of + 1));
        }
        let by = if piece.is_stolen { ChosenBy::Theft } else { ChosenBy::Queue };
        self.decide(by, thread, task, Choice::of(piece.len()), None);
        true
    }

    /// A task is over, or awaits something: its worker is free for another.
    pub fn leave_worker(&mut self, task: u32) {
        if self.setup.plan.queue.is_some() {
            let share = self.share_of(task) as usize;
            self.supply.let_out(share);
        }
    }

    pub fn take_up(&mut self, thread: u32, task: u32, stage: Stage, price: i64) {
        let now = self.now;
        let row = &mut self.threads[thread as usize];
        row.task = task;
        row.carried = task;
        row.stage = stage;
        row.overhead_due += price;
        row.runs_from(now);
        self.tasks.rows[task as usize].thread = thread;
        if self.setup.plan.on_main {
            self.tell_main();
        }
    }
}
