//! What workers tell the collector, over a channel or, from another process, over a pipe.

use serde::{Deserialize, Serialize};

use super::batch::Batch;
use crate::host::ThreadUsage;
use crate::time::Nanos;
use crate::trace::{MainState, Task, Worker};

/// What workers send to the collector.
#[derive(Serialize, Deserialize)]
pub(crate) enum Message {
    Batch(Batch),
    WorkerUp {
        worker: Worker,
        name: String,
        /// The thread that it is, where that is known and is here.
        thread: Option<u32>,
        ticks: u64,
    },
    WorkerOver(WorkerAccount),
    Said {
        ticks: u64,
        task: Task,
        text: String,
    },
    /// The main thread is in that state from then on.
    Main {
        ticks: u64,
        state: MainState,
    },
    /// A thread that recorded on behalf of a worker elsewhere is over.
    ProxyOver(WorkerAccount),
    /// The worker is that process.
    ProcessUp {
        worker: Worker,
        pid: u32,
        ticks: u64,
    },
    /// A worker that is a process is over, or lost.
    ProcessOver(ProcessAccount),
}

impl Message {
    /// The process that this says is up.
    pub fn process_that_is_up(&self) -> Option<u32> {
        match self {
            Message::ProcessUp { pid, .. } => Some(*pid),
            _ => None,
        }
    }
}

/// A worker's last words.
#[derive(Serialize, Deserialize)]
pub(crate) struct WorkerAccount {
    pub recorded: u64,
    pub cpu: Option<Nanos>,
    pub usage: Option<ThreadUsage>,
}

/// What is known of a worker process at its end.
#[derive(Serialize, Deserialize)]
pub(crate) struct ProcessAccount {
    pub pid: Option<u32>,
    pub worker: WorkerAccount,
    /// CPU time of its threads that carry no task.
    pub observer_cpu: Nanos,
    pub peak_memory_bytes: Option<u64>,
    pub clock_error: Nanos,
    /// It died before it was told to end.
    pub lost: bool,
}
