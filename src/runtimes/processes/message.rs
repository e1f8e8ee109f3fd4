//! What parent and worker process say to each other: frames of a length (four bytes, little endian) and a postcard
//! message; behind some of them, so many raw bytes of a payload.
//!
//! Both ends are the same executable, so there are no versions.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::Anchor;
use crate::record::Message;
use crate::scenario::{Channel, Group, Lock, Variable};
use crate::steps::Ending;
use crate::steps::burn::ShippedRate;
use crate::steps::io::ShippedDevices;
use crate::steps::slot::Served;
use crate::time::Nanos;
use crate::trace::{Cause, Peer, Resource, Task};

/// A longer frame is no frame: events come in batches of some kilobytes, and a scenario's steps are not megabytes.
const FRAME_BYTES_MAX: u32 = 64 << 20;
/// Raw bytes are written and read in pieces of what a pipe holds.
const PIECE: usize = 64 << 10;

/// From the parent.
#[derive(Serialize, Deserialize)]
pub(super) enum Down {
    /// Once, at the very beginning.
    Setup(Box<Setup>),
    /// Do this task; its payload follows.
    Task(TaskOrder),
    /// Answers to an [`Up::Ask`]; behind `Wait`, a `Served` will come.
    Through,
    Wait {
        cause: Cause,
        on: Resource,
        behind: Peer,
    },
    Served(Served),
    /// No more tasks.
    Bye,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Setup {
    pub nanos_per_tick: f64,
    pub groups: Vec<Group>,
    /// These three with the groups: both ends number what tasks share alike.
    pub locks: Vec<Lock>,
    pub channels: Vec<Channel>,
    pub variables: Vec<Variable>,
    pub seed: u64,
    pub cpus: Vec<usize>,
    /// The kernel records the child's context switches: whatever the run's thread opened is inherited.
    pub kernel_records: bool,
    pub rates: Vec<ShippedRate>,
    pub devices: ShippedDevices,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct TaskOrder {
    pub task: Task,
    pub group: u32,
    pub index: u32,
    pub payload_bytes: u64,
}

/// From the worker process.
#[derive(Serialize, Deserialize)]
pub(super) enum Up {
    /// It is up, and has spent so much CPU time by now.
    Hello(Anchor, Nanos),
    Record(Message),
    /// A step that may have to wait for other tasks; answered.
    Ask {
        what: Ask,
        on: Resource,
    },
    Unlock {
        on: Resource,
    },
    /// The task is over; its result follows, as large as the payload was, if it is done.
    Ended {
        ending: Ending,
        result_bytes: u64,
    },
    Over(LastWords),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ask {
    Lock,
    Send,
    Receive,
    Barrier,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct LastWords {
    pub anchor: Anchor,
    /// CPU time since it was made: of the thread that carries tasks, and of all its threads.
    pub cpu: Nanos,
    pub cpu_of_all: Nanos,
    pub peak_memory_bytes: Option<u64>,
}

/// Sends one frame. What it costs is one write.
pub(super) fn send(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut frame = postcard::to_extend(message, vec![0; 4]).map_err(io::Error::other)?;
    let length = u32::try_from(frame.len() - 4).ok().filter(|length| *length <= FRAME_BYTES_MAX);
    let length = length.ok_or_else(|| io::Error::other("a message of more than 64 MiB"))?;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    to.write_all(&frame)
}

/// Receives one frame; `None` when the other end is gone.
pub(super) fn receive<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u32::from_le_bytes(length);
    if length > FRAME_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no frame of Tasklane's"));
    }
    let mut frame = vec![0; length as usize];
    from.read_exact(&mut frame)?;
    postcard::from_bytes(&frame).map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Memory whose bytes are shipped; it grows to the largest payload and stays.
#[derive(Default)]
pub(super) struct Payload(Vec<u8>);

impl Payload {
    /// Makes sure that there are so many bytes to send.
    pub fn prepare(&mut self, bytes: u64) {
        let bytes = usize::try_from(bytes).expect("bounded by the engine's check");
        if self.0.len() < bytes {
            // Anything but zeros, which the system might not really hold in memory.
            self.0.resize(bytes, 0xA5);
        }
    }

    pub fn send(&self, to: &mut impl Write, bytes: u64) -> io::Result<()> {
        let bytes = usize::try_from(bytes).expect("prepared");
        self.0[..bytes].chunks(PIECE).try_for_each(|piece| to.write_all(piece))
    }

    pub fn receive(&mut self, from: &mut impl Read, bytes: u64) -> io::Result<()> {
        self.prepare(bytes);
        let bytes = usize::try_from(bytes).expect("prepared");
        self.0[..bytes].chunks_mut(PIECE).try_for_each(|piece| from.read_exact(piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_and_an_end_is_an_end() {
        let mut pipe = Vec::new();
        send(&mut pipe, &Up::Unlock { on: Resource(7) }).unwrap();
        send(&mut pipe, &Up::Ask { what: Ask::Lock, on: Resource(8) }).unwrap();
        let mut pipe = pipe.as_slice();
        assert!(matches!(receive(&mut pipe).unwrap(), Some(Up::Unlock { on: Resource(7) })));
        assert!(matches!(receive(&mut pipe).unwrap(), Some(Up::Ask { what: Ask::Lock, on: Resource(8) })));
        assert!(receive::<Up>(&mut pipe).unwrap().is_none());
    }

    #[test]
    fn what_is_no_frame_is_refused_before_anything_is_allocated() {
        let error = receive::<Up>(&mut [0xFF; 64].as_slice()).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn payloads_are_copied() {
        let mut pipe = Vec::new();
        let (mut own, mut other) = (Payload::default(), Payload::default());
        own.prepare(200_000);
        own.send(&mut pipe, 200_000).unwrap();
        other.receive(&mut pipe.as_slice(), 200_000).unwrap();
        assert_eq!((own.0.len(), &own.0), (200_000, &other.0));
    }
}
