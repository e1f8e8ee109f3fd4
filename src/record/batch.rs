//! What a worker has recorded, packed: two machine words an event, a third where a peer or a resource is named. Workers
//! fill [`Words`], [`Batch`]es of them travel, and the collector unpacks them and hands the memory back ([`Spares`]).
//!
//! Half the bytes are half the memory that goes from the worker's core to the collector's.

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use serde::{Deserialize, Serialize};

use crate::trace::{Cause, Core, Peer, Resource, State, Task, Worker};

/// An event as it is stamped: its time is still in ticks, and whose it is, its batch says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub ticks: u64,
    pub task: Task,
    pub peer: Peer,
    pub resource: Resource,
    pub core: Core,
    pub state: State,
    pub cause: Cause,
}

/// Words of a full buffer: 8 KiB, some 500 events.
const FULL: usize = 1024;
/// Of these an event has at the most so many.
const LONGEST: usize = 3;
/// In a packed cause: a third word names a peer and a resource.
const NAMES: u8 = 1 << 7;

/// Packed events of one worker.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Words(Vec<u64>);

impl Words {
    /// An empty buffer of the full size, whose memory is really there: the first to write to it does not pay for that.
    fn full_size() -> Self {
        let mut words = vec![u64::MAX; FULL];
        words.clear();
        Words(words)
    }

    #[inline]
    pub fn push(&mut self, stamp: Stamp) {
        let Stamp { ticks, task, peer, resource, core, state, cause } = stamp;
        let names = peer != Peer::NONE || resource != Resource::NONE;
        let kind = u64::from(state as u8) | u64::from(cause as u8 | if names { NAMES } else { 0 }) << 8;
        let what = kind | u64::from(core.0) << 16 | u64::from(task.0) << 32;
        if names {
            self.0.extend_from_slice(&[ticks, what, u64::from(peer.bits()) | u64::from(resource.0) << 32]);
        } else {
            self.0.extend_from_slice(&[ticks, what]);
        }
    }

    fn is_of_full_size(&self) -> bool {
        self.0.capacity() >= FULL
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// There may be no room for one more event.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.0.len() > FULL - LONGEST
    }

    /// Takes the events out, to send them. A buffer with many is exchanged for a spare one; a few are copied, so that
    /// nobody who often waits sends large buffers with little in them.
    pub fn take(&mut self, spares: Option<&Spares>) -> Words {
        if self.0.len() < FULL / 2 {
            let few = Words(self.0.as_slice().to_vec());
            self.0.clear();
            return few;
        }
        let next = spares.and_then(Spares::take).unwrap_or_else(|| Words(Vec::with_capacity(FULL)));
        std::mem::replace(self, next)
    }
}

/// Events of one worker, in the order in which it stamped them.
#[derive(Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(super) worker: Worker,
    /// So many ticks the run's counter is ahead of the worker's.
    pub(super) ahead: i64,
    pub(super) words: Words,
}

impl Batch {
    pub(super) fn stamps(&self) -> impl Iterator<Item = Stamp> {
        let mut words = self.words.0.iter().copied();
        std::iter::from_fn(move || {
            let ticks = words.next()?.wrapping_add_signed(self.ahead);
            let [state, cause, core, core_high, task @ ..] = words.next()?.to_le_bytes();
            let (peer, resource) = if cause & NAMES == 0 {
                (Peer::NONE, Resource::NONE)
            } else {
                let [peer, resource] = halves(words.next()?);
                (Peer::from_bits(peer), Resource(resource))
            };
            Some(Stamp {
                ticks,
                task: Task(u32::from_le_bytes(task)),
                peer,
                resource,
                core: Core(u16::from_le_bytes([core, core_high])),
                state: *State::ALL.get(usize::from(state))?,
                cause: *Cause::ALL.get(usize::from(cause & !NAMES))?,
            })
        })
    }

    /// They are in a buffer of those that go back and forth.
    pub(super) fn is_of_full_size(&self) -> bool {
        self.words.is_of_full_size()
    }

    /// Counts them without looking at all that they say.
    pub(super) fn events(&self) -> u64 {
        let mut words = self.words.0.iter();
        let mut events = 0;
        while let Some([_, cause, ..]) = words.nth(1).map(|what| what.to_le_bytes()) {
            events += 1;
            if cause & NAMES != 0 {
                words.next();
            }
        }
        events
    }
}

/// The lower and the upper half.
fn halves(word: u64) -> [u32; 2] {
    let [a, b, c, d, high @ ..] = word.to_le_bytes();
    [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes(high)]
}

/// Buffers that nobody fills at present: the collector puts back what it has read, and workers go on with that instead
/// of with memory that the system would have to find for them first.
#[derive(Clone)]
pub(super) struct Spares {
    back: Sender<Words>,
    out: Receiver<Words>,
}

impl Spares {
    /// So many are there from the beginning: what busy workers fill while the collector does not look.
    pub const AT_FIRST: usize = 128;
    /// More than so many are not kept.
    const MOST: usize = 512;

    pub fn new() -> Self {
        let (back, out) = bounded(Self::MOST);
        let spares = Spares { back, out };
        (0..Self::AT_FIRST).for_each(|_| spares.put_back(Words::full_size()));
        spares
    }

    fn take(&self) -> Option<Words> {
        self.out.try_recv().ok()
    }

    pub fn put_back(&self, mut words: Words) {
        if !words.is_of_full_size() {
            return;
        }
        words.0.clear();
        match self.back.try_send(words) {
            // There are enough.
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(ticks: u64) -> Stamp {
        Stamp {
            ticks,
            task: Task(u32::MAX - 1),
            peer: Peer::NONE,
            resource: Resource::NONE,
            core: Core::NONE,
            state: State::Running,
            cause: Cause::None,
        }
    }

    fn check(stamps: &[Stamp]) {
        let mut words = Words::default();
        for stamp in stamps {
            words.push(*stamp);
        }
        let batch = Batch { worker: Worker(3), ahead: -7, words: words.take(None) };
        let back: Vec<Stamp> =
            batch.stamps().map(|stamp| Stamp { ticks: stamp.ticks.wrapping_add(7), ..stamp }).collect();
        assert_eq!(back, stamps);
        assert_eq!(batch.events(), stamps.len() as u64);
        assert!(words.is_empty());
    }

    #[test]
    fn every_state_and_cause_comes_back() {
        let causes: Vec<Stamp> = Cause::ALL.iter().map(|cause| Stamp { cause: *cause, ..stamp(7) }).collect();
        let states: Vec<Stamp> =
            State::ALL.iter().map(|state| Stamp { state: *state, core: Core(2), ..stamp(u64::MAX - 9) }).collect();
        check(&causes);
        check(&states);
    }

    #[test]
    fn peers_and_resources_come_back() {
        let woken = Stamp { peer: Peer::task(Task(1)), ..stamp(1) };
        let stolen = Stamp { peer: Peer::worker(Worker(9)), task: Task(0), ..stamp(2) };
        let locked = Stamp { resource: Resource(4), state: State::Blocked, ..stamp(3) };
        check(&[stamp(0), woken, stamp(8), stolen, locked, stamp(9)]);
    }

    #[test]
    fn a_full_buffer_is_exchanged_and_a_few_events_are_copied() {
        let spares = Spares::new();
        let mut words = Words::default();
        while !words.is_full() {
            words.push(Stamp { resource: Resource(1), ..stamp(1) });
        }
        assert!(words.0.len() <= FULL, "an event more would not have fit");
        let sent = words.take(Some(&spares));
        assert_eq!(spares.out.len(), Spares::AT_FIRST - 1);
        words.push(stamp(2));
        let (own, few) = (words.0.as_ptr(), words.take(Some(&spares)));
        assert_eq!((words.0.as_ptr(), few.0.capacity()), (own, 2));
        spares.put_back(few);
        spares.put_back(sent);
        assert_eq!(spares.out.len(), Spares::AT_FIRST);
    }
}
