//! The imagined operating system's schedulers: who gets a core next, and who loses one. One file a policy, one line in
//! [`of`]; the machine knows none by name.

mod fcfs;
mod list;
mod per_core;
mod preemptive_priority;
mod priority;
mod round_robin;
mod sjf;
mod srtf;

use crate::lang::{Lang, Text};
use crate::scenario::{Machine, Scheduler, words};
use crate::time::Nanos;

/// How a scheduler decides.
#[derive(Debug)]
pub struct Policy {
    /// What is looked at: the smallest goes first, equals in the order in which they became ready.
    pub rank: Rank,
    pub queues: Queues,
    /// A core is taken from the worst running thread for one that is strictly better.
    pub preempts: bool,
    /// A thread runs a quantum at a time while others wait.
    pub slices: bool,
    /// Why one was chosen, with gaps for its name, how many were ready, and its rank.
    pub why: Text,
}

/// Where threads wait for a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queues {
    /// In one queue for all cores: whoever is idle takes the first.
    One,
    /// In a queue of that core.
    PerCore,
}

/// What of a ready thread is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// Nothing: first come, first served.
    Entry,
    /// The CPU time to its next step that can wait.
    CpuToWait,
    /// Its task's priority, or a more urgent one that it has inherited.
    Priority,
    /// Its task's number.
    Number,
}

/// How long a thread has its core at a time while others wait, under a policy that slices: 4 ms unless the scenario says
/// otherwise.
pub fn quantum(machine: &Machine) -> Nanos {
    machine.quantum.unwrap_or(Nanos::from_millis(4))
}

/// The scheduler by its word, and the quantum where it has one: `round-robin, quantum 4 ms`.
pub fn named(machine: &Machine, lang: Lang) -> String {
    let word = words::word(&words::SCHEDULERS, &machine.scheduler);
    if of(machine.scheduler).slices {
        format!("{word}, quantum {}", lang.figure(quantum(machine)))
    } else {
        word.to_owned()
    }
}

/// The policy of a scenario's scheduler.
pub fn of(scheduler: Scheduler) -> &'static Policy {
    match scheduler {
        Scheduler::Fcfs => &fcfs::POLICY,
        Scheduler::RoundRobin => &round_robin::POLICY,
        Scheduler::Sjf => &sjf::POLICY,
        Scheduler::Srtf => &srtf::POLICY,
        Scheduler::Priority => &priority::POLICY,
        Scheduler::PreemptivePriority => &preemptive_priority::POLICY,
        Scheduler::List => &list::POLICY,
        Scheduler::PerCore => &per_core::POLICY,
    }
}
