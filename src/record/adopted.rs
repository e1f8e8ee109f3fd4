//! A worker of the run that lives in another process: its number here, and the way its messages take into the run's
//! collector.
//!
//! Its events are stamped there, by its own tick counter. Here they are given the worker's number and our ticks.

use super::{Batch, Enrolled, Hub, Message, ProcessAccount, WorkerAccount};
use crate::clock;
use crate::time::Nanos;
use crate::trace::Worker;

/// A worker elsewhere. Until [`Adopted::over`] the collector waits for it.
pub(crate) struct Adopted {
    hub: Hub,
    pub worker: Worker,
    /// Our counter minus its counter.
    pub ahead: i64,
    pid: Option<u32>,
    received: u64,
    account: Option<WorkerAccount>,
}

/// What is found out about a process when it is over.
#[derive(Clone, Copy, Default)]
pub(crate) struct LastFacts {
    /// CPU time of its main thread, and of all its threads, as far as it is the run's.
    pub cpu: Nanos,
    pub cpu_of_all: Nanos,
    pub peak_memory_bytes: Option<u64>,
    pub clock_error: Nanos,
    pub lost: bool,
}

impl Hub {
    /// Makes room for a worker in another process, named by its number.
    pub(crate) fn adopt(&self, name: impl FnOnce(Worker) -> String) -> Adopted {
        Adopted { hub: self.clone(), worker: self.number(name, None), ahead: 0, pid: None, received: 0, account: None }
    }
}

impl Adopted {
    /// This thread stamps on the worker's behalf until the guard is dropped; what that costs is the run's.
    pub fn enroll_proxy(&self) -> Enrolled {
        self.hub.record_as(self.worker, true)
    }

    /// The process is made.
    pub fn is_process(&mut self, pid: u32) {
        self.pid = Some(pid);
        self.hub.send(Message::ProcessUp { worker: self.worker, pid, ticks: clock::ticks() });
    }

    /// Our tick at the instant of one of its.
    pub fn ours(&self, ticks: u64) -> u64 {
        ticks.wrapping_add_signed(self.ahead)
    }

    pub fn forward(&mut self, message: Message) {
        match message {
            Message::Batch(batch) => {
                self.received += batch.events();
                self.hub.send(Message::Batch(Batch { worker: self.worker, ahead: self.ahead, ..batch }));
            }
            Message::Said { ticks, task, text } => {
                self.hub.send(Message::Said { ticks: self.ours(ticks), task, text });
            }
            Message::WorkerOver(account) => self.account = Some(account),
            // Its number here was given when it was adopted; the rest is not a worker's to say.
            _ => {}
        }
    }

    pub fn over(self, facts: LastFacts) {
        let LastFacts { cpu, cpu_of_all, peak_memory_bytes, clock_error, lost } = facts;
        // What a process that died had recorded and not sent, nobody knows.
        let (recorded, usage) = self.account.map_or((self.received, None), |own| (own.recorded, own.usage));
        let worker = WorkerAccount { recorded, cpu: Some(cpu), usage };
        let observer_cpu = (cpu_of_all - cpu).max(Nanos::ZERO);
        self.hub.send(Message::ProcessOver(ProcessAccount {
            pid: self.pid,
            worker,
            observer_cpu,
            peak_memory_bytes,
            clock_error,
            lost,
        }));
    }
}
