//! The event, as a worker stamps it, and the small indices it is made of.

use serde::{Deserialize, Serialize};

use super::{Cause, State};
use crate::time::Nanos;

/// A task's number in scenario order, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Task(pub u32);

impl Task {
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A worker's number in [`super::Run::workers`]; 0 is the run's main thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Worker(pub u32);

impl Worker {
    pub const NONE: Worker = Worker(u32::MAX);
    pub const MAIN: Worker = Worker(0);

    pub fn get(self) -> Option<usize> {
        (self != Worker::NONE).then_some(self.0 as usize)
    }
}

/// A core's number among those the run may use, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Core(pub u16);

impl Core {
    pub const NONE: Core = Core(u16::MAX);

    pub fn get(self) -> Option<usize> {
        (self != Core::NONE).then_some(usize::from(self.0))
    }
}

/// Who woke, holds, precedes or made: a task, a worker, or nobody known. Packed into 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Peer(u32);

const PEER_IS_WORKER: u32 = 1 << 31;

impl Peer {
    pub const NONE: Peer = Peer(u32::MAX);

    pub const fn task(task: Task) -> Self {
        Peer(task.0)
    }

    pub const fn worker(worker: Worker) -> Self {
        Peer(worker.0 | PEER_IS_WORKER)
    }

    /// For packing; [`Peer::from_bits`] is the way back.
    pub const fn bits(self) -> u32 {
        self.0
    }

    pub const fn from_bits(bits: u32) -> Self {
        Peer(bits)
    }

    pub fn as_task(self) -> Option<Task> {
        (self.0 & PEER_IS_WORKER == 0).then_some(Task(self.0))
    }

    pub fn as_worker(self) -> Option<Worker> {
        (self != Peer::NONE && self.0 & PEER_IS_WORKER != 0).then_some(Worker(self.0 & !PEER_IS_WORKER))
    }
}

/// What an event is about besides tasks: an index into [`super::Run::resources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Resource(pub u32);

impl Resource {
    pub const NONE: Resource = Resource(u32::MAX);

    pub fn get(self) -> Option<usize> {
        (self != Resource::NONE).then_some(self.0 as usize)
    }
}

/// A task enters a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    pub time: Nanos,
    pub task: Task,
    /// Who carries the task, or stamped the event.
    pub worker: Worker,
    pub core: Core,
    pub state: State,
    pub cause: Cause,
    pub peer: Peer,
    pub resource: Resource,
}

impl Event {
    /// At t = 0, by nobody: for `..` syntax.
    pub const fn new(task: Task, state: State, cause: Cause) -> Self {
        Event {
            time: Nanos::ZERO,
            task,
            worker: Worker::NONE,
            core: Core::NONE,
            state,
            cause,
            peer: Peer::NONE,
            resource: Resource::NONE,
        }
    }
}
