//! The operating system of the imagined computer: which ready thread gets which core, for how long, and who has to make
//! room for it. How the queue is ordered stands in `cores`, what ranks in `schedulers`, whom to displace in `running`.

use super::calendar::{Phase, What};
use super::costs::Cost;
use super::log::Sink;
use super::machine::Machine;
use super::schedulers::Rank;
use super::tasks::NONE;
use super::threads::{Next, Role, ThreadRow, ThreadState};
use super::{ChosenBy, DECISIONS_MAX, Decision};
use crate::time::Nanos;
use crate::trace::{Cause, Core, State, Task, Worker};

/// The operating system's quantum, unless the scenario has its own.
pub const QUANTUM: Nanos = Nanos::from_millis(4);

impl<S: Sink> Machine<'_, S> {
    /// Hands idle cores to ready threads, lets them begin, and says whether there were any.
    pub fn hand_out_cores(&mut self) -> bool {
        while let Some((rank, thread)) = self.first_ready() {
            let wish = self.threads[thread as usize].last_core;
            let (core, victim) = if let Some(core) = self.cores.idle(wish) {
                (core, None)
            } else {
                let Some((worst, victim)) = self.worst_running() else { break };
                if rank >= worst {
                    break;
                }
                let core = self.threads[victim as usize].core;
                let task = self.threads[victim as usize].task;
                self.preempt(victim);
                (core, Some(task))
            };
            let waiting = self.ready.len();
            self.ready.pop();
            self.assign(thread, core);
            let task = self.threads[thread as usize].task;
            self.decide(ChosenBy::Scheduler, thread, task, waiting, rank, victim);
        }
        if self.quantum.is_some() && !self.ready.is_empty() {
            self.arm_quanta();
        }
        if self.fresh.is_empty() {
            return false;
        }
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.sort_by_key(|thread| (self.threads[*thread as usize].task, *thread));
        for thread in fresh.drain(..) {
            self.begin_on_core(thread);
        }
        // Its room is used again.
        self.fresh = fresh;
        true
    }

    fn begin_on_core(&mut self, thread: u32) {
        let row = &mut self.threads[thread as usize];
        row.state = ThreadState::Running;
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
        let switches = self.cores.rows[usize::from(core)].last != thread;
        let price = if switches { self.cost(Cost::ContextSwitch) } else { 0 };
        self.cores.take(core, thread, self.now.saturating_add(price));
        let row = &mut self.threads[thread as usize];
        row.overhead_due += price;
        row.core = core;
        row.last_core = core;
        row.state = ThreadState::Chosen;
        self.fresh.push(thread);
    }

    /// Takes the core away in mid-burst.
    fn preempt(&mut self, thread: u32) {
        self.interrupt(thread);
        self.totals.switches_involuntary += 1;
        let row = &self.threads[thread as usize];
        if row.task != NONE && !row.hidden {
            let (worker, on, task) = (row.worker, row.core, row.task);
            self.emit_on(worker, on, task, State::Ready, Cause::Preempted);
        }
        self.give_core_back(thread);
        self.queue_up(thread, false);
    }

    /// The thread leaves its core of its own accord.
    pub fn leave_core(&mut self, thread: u32, state: ThreadState) {
        self.totals.switches_voluntary += 1;
        // Whatever switching cost is not told as a burst of its own has still been paid.
        self.totals.overhead += std::mem::take(&mut self.threads[thread as usize].overhead_due);
        self.give_core_back(thread);
        self.threads[thread as usize].state = state;
    }

    fn give_core_back(&mut self, thread: u32) {
        let row = &mut self.threads[thread as usize];
        let core = std::mem::replace(&mut row.core, ThreadRow::NO_CORE);
        self.cores.give_back(core, self.now);
        if let Some(running) = &mut self.running {
            running.remove(core);
        }
    }

    /// A thread that waited or was woken could run. The main thread is preferred; once it has had its quantum as any
    /// other.
    pub fn make_ready(&mut self, thread: u32) {
        let is_main = self.threads[thread as usize].role == Role::Main;
        self.queue_up(thread, is_main);
    }

    fn queue_up(&mut self, thread: u32, is_first: bool) {
        let rank = self.rank(thread);
        let row = &mut self.threads[thread as usize];
        let entry = if is_first { self.ready.push_first(thread, rank) } else { self.ready.push(thread, rank) };
        row.state = ThreadState::Ready;
        row.entry = entry;
    }

    pub fn end_quantum(&mut self, core: u32) {
        self.cores.disarm(u16::try_from(core).expect("few cores"));
        if !self.ready.is_empty() {
            let thread = self.cores.rows[core as usize].thread;
            self.preempt(thread);
        }
    }

    /// Somebody waits for a core: from now on the ends of quanta count, those of threads that run already, too.
    fn arm_quanta(&mut self) {
        let Some(quantum) = self.quantum else { return };
        while let Some(core) = self.cores.arm() {
            let row = &self.cores.rows[usize::from(core)];
            let (since, thread, stamp) = (row.since, row.thread, row.stamp);
            let elapsed = (self.now - since).max(0);
            // At the very end of a quantum it is over now.
            let quanta = (elapsed / quantum + i64::from(elapsed % quantum != 0)).max(1);
            let end = quanta.checked_mul(quantum).and_then(|length| since.checked_add(length));
            let task = self.threads[thread as usize].task;
            self.plan_at(end, Phase::Quantum, task, What::Quantum, u32::from(core), stamp);
        }
    }

    fn first_ready(&mut self) -> Option<(i64, u32)> {
        let threads = &self.threads;
        self.ready.peek(|thread| {
            let row = &threads[thread as usize];
            (row.state == ThreadState::Ready).then_some(row.entry)
        })
    }

    /// Whom a preemptive policy would displace: the worst rank, the highest task number on a tie. Who has only just been
    /// chosen may run first: the next round compares it, too.
    fn worst_running(&mut self) -> Option<(i64, u32)> {
        self.running.as_mut()?.worst(self.now)
    }

    /// A thread that runs has another rank from now on, or goes on to something else.
    pub fn rank_running(&mut self, thread: u32) {
        if self.running.is_none() {
            return;
        }
        let rank = self.rank(thread);
        let row = &self.threads[thread as usize];
        let falls_from =
            (self.policy.rank == Rank::CpuToWait).then(|| row.since.saturating_add(row.head).max(self.now));
        if let Some(running) = &mut self.running {
            running.put(row.core, (rank, row.task, thread), falls_from);
        }
    }

    /// What the policy ranks a thread by, smaller first.
    pub fn rank(&mut self, thread: u32) -> i64 {
        let row = &self.threads[thread as usize];
        if row.role == Role::Main {
            return i64::MIN;
        }
        // A worker that has no task yet comes for the one at the head of its queue.
        let task = if row.task == NONE { self.supply.head(row.role) } else { row.task };
        match self.policy.rank {
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
        if task == NONE || self.decisions.len() >= DECISIONS_MAX {
            return;
        }
        let row = &self.threads[thread as usize];
        self.decisions.push(Decision {
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
