//! The operating system of the imagined computer: which ready thread gets which core, for how long, and who has to make
//! room for it. What it keeps in mind stands in `os`, how the queue is ordered in `cores`, what ranks in `schedulers`,
//! whom to displace in `running`.

use super::calendar::{Phase, What};
use super::costs::Cost;
use super::log::Sink;
use super::machine::Machine;
use super::os::{Entry, LookAt, NextUp, QuantumEnd};
use super::schedulers::Rank;
use super::tasks::NONE;
use super::threads::{Next, Role, ThreadRow, ThreadState};
use super::{ChosenBy, Decision};
use crate::time::Nanos;
use crate::trace::{Cause, Core, State, Task, Worker};

/// Among whom a task was chosen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice {
    /// How many there were, this one included.
    pub of: u32,
    /// See [`Decision::rank`].
    pub rank: i64,
    pub is_first_of_equals: bool,
}

impl Choice {
    /// Where nobody is ranked.
    pub const fn of(of: u32) -> Self {
        Choice { of, rank: 0, is_first_of_equals: false }
    }
}

impl<S: Sink> Machine<'_, S> {
    /// Where what workers will compute ranks them, one that was woken takes its task before cores are handed out: its
    /// own, and not the first in the queue at the time, is what it comes to its core for. Returns whether there was one.
    pub fn let_woken_choose(&mut self) -> bool {
        if self.os.ranks_by() != Rank::CpuToWait {
            return false;
        }
        let Some(thread) = self.supply.next_woken() else { return false };
        if !self.threads[thread as usize].wants_task() {
            return true;
        }
        if self.take_work(thread) {
            let row = &self.threads[thread as usize];
            let (worker, task) = (row.worker, row.task);
            self.emit_waiting(worker, task, (State::Ready, Cause::NoCore), NONE, NONE);
            let rank = self.rank(thread);
            self.os.rank_ready(thread, &self.threads[thread as usize], rank);
        } else {
            let Machine { supply, threads, .. } = self;
            supply.note_empty_handed(thread, |before| threads[before as usize].wants_task());
        }
        true
    }

    /// Nobody is parked who could be woken for that task. One that was woken for another, and has taken none yet, comes
    /// for this one now if it is to go first.
    pub fn rank_woken_anew(&mut self, task: u32) {
        let queue = self.share_of(task);
        if self.os.ranks_by() != Rank::CpuToWait {
            return self.rank_comer_anew(self.supply.comers.first_for(queue as usize));
        }
        let serves = |role| match role {
            Role::Pool { queue: own } => own == queue,
            Role::Thief { .. } | Role::Loop => true,
            Role::Main | Role::Own | Role::Blocking => false,
        };
        let Machine { supply, threads, .. } = self;
        supply.let_empty_handed_choose(|thread| {
            let row = &threads[thread as usize];
            row.wants_task() && serves(row.role)
        });
    }

    /// Another task may be first in the queue that it comes for.
    pub fn rank_comer_anew(&mut self, comer: Option<u32>) {
        if let Some(thread) = comer {
            let rank = self.rank(thread);
            self.os.rank_ready(thread, &self.threads[thread as usize], rank);
        }
    }

    /// Where tasks rank workers, one that gets a core takes its task before others get theirs: whoever is woken for the
    /// next task is ranked by that one from now on.
    fn take_what_it_comes_for(&mut self, thread: u32, core: u16) {
        let ranks_by = self.os.ranks_by();
        let ThreadRow { task, role, .. } = self.threads[thread as usize];
        if ranks_by == Rank::Entry || task != NONE {
            return;
        }
        let next = self.supply.comers.remove(thread, role);
        if let Some(next) = next {
            let rank = self.rank(next);
            self.os.enter(next, &self.threads[next as usize], rank);
        }
        self.os.acts_on(core);
        if self.take_work(thread) && ranks_by != Rank::CpuToWait {
            self.rank_comer_anew(next);
        }
    }

    /// A worker that is the first in the ready queue by a task that another has taken since. Returns whether it is one;
    /// it has its place by the next task from now on.
    fn comes_too_late(&mut self, thread: u32, rank: i64) -> bool {
        if self.os.ranks_by() == Rank::Entry || self.threads[thread as usize].task != NONE {
            return false;
        }
        let now = self.rank(thread);
        if now > rank {
            self.os.rank_first_anew(thread, &self.threads[thread as usize], now);
        }
        now > rank
    }

    /// Where the scheduler goes by what a task is and nobody is displaced, who is to go first does not wait for all that a
    /// worker goes on with: at a task's end it makes room for who goes before whatever it would take next. Returns whether
    /// it does.
    pub fn makes_room(&mut self, thread: u32) -> bool {
        let is_asked = self.os.ranks_by() != Rank::Entry && !self.os.preempts();
        if !is_asked || self.threads[thread as usize].overhead_due > 0 || !self.os.lacks_cores() {
            return false;
        }
        // Who knows of no task has nobody to compare.
        let own = self.rank(thread);
        if own == i64::MAX {
            return false;
        }
        while let Some(NextUp { thread: first, rank, .. }) = self.os.next_up(&self.threads) {
            if self.comes_too_late(first, rank) {
                continue;
            }
            if rank >= own {
                return false;
            }
            self.release_gil(thread);
            self.leave_core(thread, ThreadState::Waiting);
            self.make_ready(thread);
            return true;
        }
        false
    }

    /// A worker that runs between two tasks is ranked by whom it will take, and somebody more urgent may have come since.
    /// Returns whether that is so; it has its rank by that one from now on.
    fn has_better_rank(&mut self, thread: u32, rank: i64) -> bool {
        let is_better = self.threads[thread as usize].task == NONE && self.rank(thread) < rank;
        if is_better {
            self.rank_running(thread);
        }
        is_better
    }

    /// Nobody is displaced for whom has just come: remembers why, for replay. Who got its core at this very instant
    /// needs no other reason.
    fn keep(&mut self, (worst, holder): (i64, u32), (rank, thread): (i64, u32)) {
        let row = &self.threads[thread as usize];
        let against = if row.task == NONE { self.supply.head(row.role, thread) } else { row.task };
        let holds = &self.threads[holder as usize];
        if against != NONE && self.os.since(holds.core) < self.now {
            let (task, waiting) = (holds.task, self.os.waiting());
            self.decide(
                ChosenBy::Keeps { against: Task(against), rank },
                holder,
                task,
                Choice { rank: worst, ..Choice::of(waiting) },
                None,
            );
        }
    }

    /// Who was woken takes its core from who has had it for long.
    fn displace_by_woken(&mut self) {
        while let Some((thread, victim)) = self.os.next_displacing(self.now, &self.threads) {
            let row = &mut self.threads[victim as usize];
            row.gives_way = true;
            let (core, loser) = (row.core, row.task);
            self.os.take_first(core);
            self.preempt(victim);
            self.assign(thread, core);
            self.take_what_it_comes_for(thread, core);
            let task = self.threads[thread as usize].task;
            self.decide(ChosenBy::Woken, thread, task, Choice::of(1), (loser != NONE).then_some(loser));
        }
    }

    /// Hands idle cores to ready threads, lets them begin, and says whether there were any.
    pub fn hand_out_cores(&mut self) -> bool {
        // Who is ready now may begin and end within this instant, and others come: quanta end before that.
        if self.os.slices_one_queue() && self.os.lacks_cores() {
            self.arm_quanta();
            if self.happens_more() {
                return true;
            }
        }
        let has_come = self.os.has_somebody_come();
        self.displace_by_woken();
        while let Some(NextUp { thread, rank, of, core, moved_from }) = self.os.next_up(&self.threads) {
            if self.comes_too_late(thread, rank) {
                continue;
            }
            let (core, victim) = if let Some(core) = core {
                self.os.take_first(core);
                (core, None)
            } else {
                let Some((worst, victim)) = self.os.worst_running(self.now) else { break };
                if self.has_better_rank(victim, worst) {
                    continue;
                }
                if rank >= worst {
                    if has_come {
                        self.keep((worst, victim), (rank, thread));
                    }
                    break;
                }
                let core = self.threads[victim as usize].core;
                let task = self.threads[victim as usize].task;
                self.os.take_first(core);
                self.preempt(victim);
                (core, Some(task))
            };
            // Whom it displaces is one more to choose from.
            let of = of + u32::from(victim.is_some());
            let out_of_time = self.os.out_of_time(core);
            self.assign(thread, core);
            let is_first_of_equals = self.told.notes_decisions() && self.os.has_equal(rank, &self.threads);
            self.take_what_it_comes_for(thread, core);
            let task = self.threads[thread as usize].task;
            let by = match moved_from {
                ThreadRow::NO_CORE if out_of_time.is_some() => ChosenBy::NextTurn,
                ThreadRow::NO_CORE => ChosenBy::Scheduler,
                from => ChosenBy::Moved { from: Core(from) },
            };
            let instead_of = if by == ChosenBy::NextTurn { out_of_time } else { victim };
            self.decide(by, thread, task, Choice { of, rank, is_first_of_equals }, instead_of);
        }
        let Some(mut fresh) = self.os.take_fresh() else {
            // Only now all know their tasks, by which quanta end that end together.
            self.arm_quanta();
            self.plan_looks();
            return false;
        };
        fresh.sort_by_key(|thread| (self.threads[*thread as usize].task, *thread));
        self.to_begin = fresh.len();
        for thread in fresh.drain(..) {
            self.to_begin -= 1;
            self.begin_on_core(thread);
        }
        self.os.reuse(fresh);
        true
    }

    fn begin_on_core(&mut self, thread: u32) {
        let row = &mut self.threads[thread as usize];
        row.state = ThreadState::Running;
        self.os.acts_on(row.core);
        if !row.hidden {
            row.runs_from(self.now);
        }
        match std::mem::replace(&mut row.next, Next::GoOn) {
            Next::GoOn => self.go_on(thread),
            Next::CheckGil => self.check_gil(thread),
            Next::TakeGil => self.take_gil_or_wait(thread),
        }
    }

    fn assign(&mut self, thread: u32, core: u16) {
        let worker = self.threads[thread as usize].worker;
        let price = if self.os.would_switch(core, worker) { self.cost(Cost::ContextSwitch) } else { 0 };
        let row = &mut self.threads[thread as usize];
        row.overhead_due += price;
        self.os.assign(core, thread, row, self.now.saturating_add(price));
    }

    /// Takes the core away in mid-burst.
    fn preempt(&mut self, thread: u32) {
        self.interrupt(thread);
        if self.threads[thread as usize].has_acted {
            self.show_running(thread);
        }
        self.tally.switched_involuntarily();
        let row = &self.threads[thread as usize];
        if row.task != NONE && !row.hidden {
            let (worker, on, task) = (row.worker, row.core, row.task);
            // Whom it was to go on with has not run yet if it only just came by it.
            let has_run = row.shown || row.running_from != self.now || row.head > 0;
            let cause = if has_run { Cause::Preempted } else { Cause::NoCore };
            self.emit_on(worker, on, task, State::Ready, cause);
        }
        self.stop_telling(thread);
        self.os.take_back(&mut self.threads[thread as usize], self.now);
        self.queue_up(thread, Entry::Again(self.now));
    }

    /// The thread leaves its core of its own accord.
    pub fn leave_core(&mut self, thread: u32, state: ThreadState) {
        self.tally.switched_voluntarily();
        let row = &mut self.threads[thread as usize];
        // Who came and found the interpreter's lock taken has not been there for any time: nor does it pay for coming.
        row.overhead_due = 0;
        self.os.take_back(row, self.now);
        row.state = state;
        row.gives_way = false;
    }

    /// A thread that waited or was woken could run. The main thread is preferred; once it has had its quantum as any
    /// other.
    pub fn make_ready(&mut self, thread: u32) {
        let is_main = self.threads[thread as usize].role == Role::Main;
        self.queue_up(thread, if is_main { Entry::First } else { Entry::Last });
        let row = &self.threads[thread as usize];
        if self.os.ranks_by() == Rank::CpuToWait && row.task == NONE && !is_main {
            let Machine { supply, threads, .. } = self;
            supply.forget_woken(|thread| threads[thread as usize].wants_task());
            supply.note_woken(thread);
        }
    }

    /// A thread that has just left its core of its own accord could run on there.
    pub fn make_ready_again(&mut self, thread: u32) {
        self.queue_up(thread, Entry::Again(self.now));
    }

    fn queue_up(&mut self, thread: u32, entry: Entry) {
        let row = &mut self.threads[thread as usize];
        let is_comer = row.task == NONE && matches!(self.os.ranks_by(), Rank::Priority | Rank::Number);
        if is_comer && !self.supply.comers.push(thread, row.role) {
            return self.os.queue_up_behind(row);
        }
        let rank = self.rank(thread);
        self.os.queue_up(thread, &mut self.threads[thread as usize], rank, entry);
    }

    pub fn end_quantum(&mut self, core: u32, stamp: u32) {
        if let Some(thread) = self.os.end_quantum(core, stamp) {
            let task = self.threads[thread as usize].task;
            self.preempt(thread);
            self.os.note_out_of_time(core, task);
        }
    }

    /// Somebody waits for a core: from now on the ends of quanta count, those of threads that run already, too.
    pub fn arm_quanta(&mut self) {
        while let Some(QuantumEnd { core, thread, time, stamp }) = self.os.next_quantum_end(self.now) {
            let task = self.threads[thread as usize].task;
            self.plan_at(time, Phase::Quantum, task, What::Quantum, u32::from(core), stamp);
        }
    }

    /// Somebody waits: where each core has a queue, others look there. When quanta have ended, if at the same time.
    fn plan_looks(&mut self) {
        if let Some(LookAt { time, stamp }) = self.os.next_look(self.now) {
            self.plan_at(time, Phase::Quantum, u32::MAX, What::IdleLook, 0, stamp);
        }
        if let Some(LookAt { time, stamp }) = self.os.next_evening_out(self.now) {
            self.plan_at(time, Phase::Quantum, u32::MAX, What::EvenOut, 0, stamp);
        }
    }

    /// A thread that runs has another rank from now on, or goes on to something else.
    pub fn rank_running(&mut self, thread: u32) {
        if !self.os.preempts() {
            return;
        }
        let rank = self.rank(thread);
        let row = &self.threads[thread as usize];
        let falls_from =
            (self.os.ranks_by() == Rank::CpuToWait).then(|| row.since.saturating_add(row.head).max(self.now));
        self.os.rank_running(self.now, thread, row, rank, falls_from);
    }

    /// What the policy ranks a thread by, smaller first.
    pub fn rank(&mut self, thread: u32) -> i64 {
        let row = &self.threads[thread as usize];
        if row.role == Role::Main {
            return i64::MIN;
        }
        // A worker that has no task yet comes for the one at the head of its queue.
        let task = if row.task == NONE { self.supply.head(row.role, thread) } else { row.task };
        match self.os.ranks_by() {
            Rank::Entry => 0,
            _ if task == NONE => i64::MAX,
            Rank::Number => i64::from(task),
            Rank::Priority => i64::from(self.tasks.priority(task)),
            Rank::CpuToWait => {
                // Overhead is not the task's: counted here, two could displace each other for ever.
                let consumed = if row.left > 0 && row.core != ThreadRow::NO_CORE { self.now - row.since } else { 0 };
                let overhead = (row.head - consumed).max(0);
                let left = (row.left - consumed - overhead).max(0);
                left.saturating_add(self.tasks.cpu_to_wait(task))
            }
        }
    }

    /// Remembers why a task was chosen, for replay.
    pub fn decide(&mut self, by: ChosenBy, thread: u32, task: u32, choice: Choice, victim: Option<u32>) {
        if task == NONE {
            return;
        }
        let row = &self.threads[thread as usize];
        self.told.decide(|| Decision {
            time: Nanos(self.now),
            by,
            core: Core(row.core),
            worker: Worker(row.worker),
            task: Task(task),
            ready: choice.of,
            rank: choice.rank,
            is_first_of_equals: choice.is_first_of_equals,
            instead_of: victim.filter(|victim| *victim != NONE).map(Task),
            in_vain: false,
        });
    }
}
