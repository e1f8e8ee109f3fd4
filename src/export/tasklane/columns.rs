//! The trace as columns of variable-length integers, each column's values as differences to the one before: 6 to 7
//! bytes an event instead of 40.
//!
//! In this order: the number of events of each task; then, for all events task by task, times, states, causes,
//! workers, cores, peers, resources. An absent index is 0, index k is k + 1.

use super::header::Header;
use super::read::{ReadError, Watch};
use crate::time::Nanos;
use crate::trace::{Cause, Core, Event, Peer, Resource, State, Task, Trace, Worker};

pub(super) fn encode(trace: &Trace) -> Vec<u8> {
    let tasks = || (0..trace.tasks()).map(Task);
    let events: Vec<Event> = trace
        .spans()
        .map(|span| Event {
            time: span.start,
            task: span.task,
            worker: span.worker,
            core: span.core,
            state: span.state,
            cause: span.cause,
            peer: span.peer,
            resource: span.resource,
        })
        .collect();
    let mut out = Vec::with_capacity(events.len() * 8);
    for task in tasks() {
        put(&mut out, trace.of(task).len() as u64);
    }
    put_differences(&mut out, events.iter().map(|event| event.time.0));
    out.extend(events.iter().map(|event| event.state as u8));
    out.extend(events.iter().map(|event| event.cause as u8));
    put_differences(&mut out, events.iter().map(|event| code(event.worker.get())));
    put_differences(&mut out, events.iter().map(|event| code(event.core.get())));
    put_differences(&mut out, events.iter().map(|event| peer_code(event.peer)));
    put_differences(&mut out, events.iter().map(|event| code(event.resource.get())));
    out
}

/// The trace that `bytes` hold, checked against what `header` says there is.
pub(super) fn decode(bytes: &[u8], header: &Header, watch: Watch<'_>) -> Result<Trace, ReadError> {
    const STAGES: f64 = 9.0;
    let stage = |number: u8| if watch(f64::from(number) / STAGES) { Ok(()) } else { Err(ReadError::Stopped) };
    stage(0)?;
    let mut bytes = Bytes(bytes);
    // A task takes a byte at least, an event seven: more than this the bytes cannot hold.
    if u64::from(header.tasks) + 7 * u64::from(header.events) > bytes.0.len() as u64 {
        return Err(ReadError::Impossible("number of events"));
    }
    let mut events = Vec::with_capacity(header.events as usize);
    for task in (0..header.tasks).map(Task) {
        let count = bytes.number()?;
        if count > u64::from(header.events) - events.len() as u64 {
            return Err(ReadError::Impossible("number of events of a task"));
        }
        events.extend((0..count).map(|_| Event::new(task, State::New, Cause::None)));
    }
    if events.len() != header.events as usize {
        return Err(ReadError::Impossible("number of events"));
    }
    stage(1)?;
    let mut time = 0;
    for event in &mut events {
        event.time = Nanos(bytes.difference(&mut time)?);
    }
    stage(2)?;
    for event in &mut events {
        event.state = *State::ALL.get(usize::from(bytes.byte()?)).ok_or(ReadError::Impossible("state"))?;
    }
    stage(3)?;
    for event in &mut events {
        event.cause = *Cause::ALL.get(usize::from(bytes.byte()?)).ok_or(ReadError::Impossible("cause"))?;
    }
    stage(4)?;
    let workers = header.workers.len();
    let mut last = 0;
    for event in &mut events {
        event.worker = bytes.index(&mut last, workers, "worker")?.map_or(Worker::NONE, Worker);
    }
    stage(5)?;
    let cores = header.cores.max(header.host.cores) as usize;
    let mut last = 0;
    for event in &mut events {
        let core = bytes.index(&mut last, cores, "core")?;
        event.core = core.and_then(|core| u16::try_from(core).ok()).map_or(Core::NONE, Core);
    }
    stage(6)?;
    let mut last = 0;
    for event in &mut events {
        event.peer = peer(bytes.difference(&mut last)?, header.tasks, workers)?;
    }
    stage(7)?;
    let mut last = 0;
    for event in &mut events {
        let resource = bytes.index(&mut last, header.resources.len(), "resource")?;
        event.resource = resource.map_or(Resource::NONE, Resource);
    }
    if !bytes.0.is_empty() {
        return Err(ReadError::Impossible("length of the columns"));
    }
    for pair in events.windows(2).filter(|pair| pair[0].task == pair[1].task) {
        if pair[0].state.is_end() || pair[0].time > pair[1].time {
            return Err(ReadError::Impossible("order of events"));
        }
    }
    stage(8)?;
    Ok(Trace::new(header.tasks, &events, header.horizon))
}

fn code(index: Option<usize>) -> i64 {
    index.map_or(0, |index| i64::try_from(index).expect("an index of 32 bits") + 1)
}

/// Absent 0; task k is 2k + 1, worker k is 2k + 2.
fn peer_code(peer: Peer) -> i64 {
    match (peer.as_task(), peer.as_worker()) {
        (Some(task), _) => 2 * i64::from(task.0) + 1,
        (None, Some(worker)) => 2 * i64::from(worker.0) + 2,
        (None, None) => 0,
    }
}

fn peer(code: i64, tasks: u32, workers: usize) -> Result<Peer, ReadError> {
    let wrong = ReadError::Impossible("peer");
    if code == 0 {
        return Ok(Peer::NONE);
    }
    let Ok(index) = u32::try_from(code.saturating_sub(1) >> 1) else { return Err(wrong) };
    match code & 1 {
        1 if index < tasks => Ok(Peer::task(Task(index))),
        0 if (index as usize) < workers => Ok(Peer::worker(Worker(index))),
        _ => Err(wrong),
    }
}

/// LEB128: seven bits a byte, the lowest first; the high bit says that more follow.
fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

/// Small differences of either sign become small numbers ("zigzag": 0, −1, 1, −2, …).
fn put_differences(out: &mut Vec<u8>, values: impl Iterator<Item = i64>) {
    let mut last = 0_i64;
    for value in values {
        let difference = value.wrapping_sub(last);
        put(out, ((difference << 1) ^ (difference >> 63)).cast_unsigned());
        last = value;
    }
}

/// What is still to be read.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> Result<u8, ReadError> {
        let (first, rest) = self.0.split_first().ok_or(ReadError::Impossible("length of the columns"))?;
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u64, ReadError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part {
                break;
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(ReadError::Impossible("number"))
    }

    /// The value that differs from `last` by what comes next; it becomes `last`.
    fn difference(&mut self, last: &mut i64) -> Result<i64, ReadError> {
        let zigzag = self.number()?;
        let difference = (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed();
        *last = last.wrapping_add(difference);
        Ok(*last)
    }

    /// An index below `count`, or none.
    fn index(&mut self, last: &mut i64, count: usize, what: &'static str) -> Result<Option<u32>, ReadError> {
        match self.difference(last)? {
            0 => Ok(None),
            code => match u32::try_from(code.saturating_sub(1)) {
                Ok(index) if (index as usize) < count => Ok(Some(index)),
                _ => Err(ReadError::Impossible(what)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_differences_come_back() {
        let values = [0, 1, -1, 63, -64, 64, 127, 128, 1 << 40, i64::MAX, i64::MIN, 0];
        let mut bytes = Vec::new();
        put_differences(&mut bytes, values.into_iter());
        put(&mut bytes, u64::MAX);
        let (mut reader, mut last) = (Bytes(&bytes), 0);
        for value in values {
            assert_eq!(reader.difference(&mut last), Ok(value));
        }
        assert_eq!(reader.number(), Ok(u64::MAX));
        assert!(reader.byte().is_err());
    }

    #[test]
    fn an_endless_number_is_refused() {
        assert!(Bytes(&[0xff; 20]).number().is_err());
        assert!(Bytes(&[0x80; 3]).number().is_err());
    }

    #[test]
    fn peers_come_back() {
        for known in [Peer::NONE, Peer::task(Task(0)), Peer::task(Task(9)), Peer::worker(Worker(0))] {
            assert_eq!(peer(peer_code(known), 10, 1), Ok(known));
        }
        assert!(peer(peer_code(Peer::task(Task(10))), 10, 1).is_err());
        assert!(peer(peer_code(Peer::worker(Worker(1))), 10, 1).is_err());
        assert!(peer(i64::MIN, 10, 1).is_err());
    }
}
