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

/// The operating system's quantum, unless the scenario has its own.
pub const QUANTUM: Nanos = Nanos::from_millis(4);

impl<S: Sink> Machine<'_, S> {
    /// Hands idle cores to ready threads, lets them begin, and says whether there were any.
    pub fn hand_out_cores(&mut self) -> bool {
        while let Some(NextUp { thread, rank, of, core, moved_from }) = self.os.next_up(&self.threads) {
            let (core, victim) = if let Some(core) = core {
                (core, None)
            } else {
                let Some((worst, victim)) = self.os.worst_running(self.now) else { break };
                if rank >= worst {
                    break;
                }
                let core = self.threads[victim as usize].core;
                let task = self.threads[victim as usize].task;
                self.preempt(victim);
                (core, Some(task))
            };
            // Whom it displaces is one more to choose from.
            let of = of + u32::from(victim.is_some());
            self.assign(thread, core);
            let task = self.threads[thread as usize].task;
            let by = match moved_from {
                ThreadRow::NO_CORE => ChosenBy::Scheduler,
                from => ChosenBy::Moved { from: Core(from) },
            };
            self.decide(by, thread, task, of, rank, victim);
        }
        self.arm_quanta();
        self.plan_looks();
        let Some(mut fresh) = self.os.take_fresh() else { return false };
        fresh.sort_by_key(|thread| (self.threads[*thread as usize].task, *thread));
        for thread in fresh.drain(..) {
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
            row.shown = false;
            row.running_from = self.now;
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
        self.tally.switched_involuntarily();
        let row = &self.threads[thread as usize];
        if row.task != NONE && !row.hidden {
            let (worker, on, task) = (row.worker, row.core, row.task);
            self.emit_on(worker, on, task, State::Ready, Cause::Preempted);
        }
        self.os.take_back(&mut self.threads[thread as usize], self.now);
        self.queue_up(thread, Entry::Again(self.now));
    }

    /// The thread leaves its core of its own accord.
    pub fn leave_core(&mut self, thread: u32, state: ThreadState) {
        self.tally.switched_voluntarily();
        let row = &mut self.threads[thread as usize];
        // Whatever switching cost is not told as a burst of its own has still been paid.
        self.tally.ran(0, std::mem::take(&mut row.overhead_due));
        self.os.take_back(row, self.now);
        row.state = state;
    }

    /// A thread that waited or was woken could run. The main thread is preferred; once it has had its quantum as any
    /// other.
    pub fn make_ready(&mut self, thread: u32) {
        let is_main = self.threads[thread as usize].role == Role::Main;
        self.queue_up(thread, if is_main { Entry::First } else { Entry::Last });
    }

    /// A thread that has just left its core of its own accord could run on there.
    pub fn make_ready_again(&mut self, thread: u32) {
        self.queue_up(thread, Entry::Again(self.now));
    }

    fn queue_up(&mut self, thread: u32, entry: Entry) {
        let rank = self.rank(thread);
        self.os.queue_up(thread, &mut self.threads[thread as usize], rank, entry);
    }

    pub fn end_quantum(&mut self, core: u32, stamp: u32) {
        if let Some(thread) = self.os.end_quantum(core, stamp) {
            self.preempt(thread);
        }
    }

    /// Somebody waits for a core: from now on the ends of quanta count, those of threads that run already, too.
    fn arm_quanta(&mut self) {
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
        self.os.rank_running(thread, row, rank, falls_from);
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
    pub fn decide(&mut self, by: ChosenBy, thread: u32, task: u32, of: u32, rank: i64, victim: Option<u32>) {
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
            ready: of,
            rank,
            instead_of: victim.filter(|victim| *victim != NONE).map(Task),
        });
    }
}
