//! Events in the order in which they happened, on their way to a [`Trace`]: for whoever makes many millions of them.
//!
//! What is kept takes 28 bytes an event, and 12 more while it becomes a trace: columns that are sorted already make room
//! for others of their kind, since memory that nobody has touched yet costs more than all that is done with it.

use super::{Cause, Core, Event, Peer, Resource, State, Trace, Worker};
use crate::time::Nanos;

/// Events that are put into columns together: small enough to stay in a core's cache until then. And so many are
/// sorted between two looks at the stop switch.
const CHUNK: usize = 1 << 12;

/// Events that are kept. Those of one task have to come in time order, and its end last.
#[derive(Clone, Debug, Default)]
pub struct Unsorted {
    time: Vec<Nanos>,
    /// The task's number; while the events are sorted, the event's place in the trace.
    task: Vec<u32>,
    worker: Vec<Worker>,
    peer: Vec<Peer>,
    resource: Vec<Resource>,
    core: Vec<Core>,
    state: Vec<State>,
    cause: Vec<Cause>,
    /// Not in columns yet.
    last: Vec<Event>,
}

impl Unsorted {
    pub fn push(&mut self, event: Event) {
        self.last.push(event);
        if self.last.len() == CHUNK {
            self.put_into_columns();
        }
    }

    pub fn len(&self) -> usize {
        self.time.len() + self.last.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The trace of `tasks` tasks. `stop` hears now and then how much is done, from 0 to 1, and is asked whether to
    /// break off: then there is no trace.
    pub fn sorted(mut self, tasks: u32, horizon: Nanos, stop: &dyn Fn(f64) -> bool) -> Option<Trace> {
        let stage = |number: u8| move || stop(f64::from(number) / 10.0);
        self.put_into_columns();
        let first = places(&mut self.task, tasks, &stage(0))?;
        let places = self.task;
        let count = places.len();
        let start = scattered(&self.time, &places, vec![Nanos::ZERO; count], &stage(2))?;
        let core = scattered(&self.core, &places, vec![Core(0); count], &stage(3))?;
        drop(self.core);
        let state = scattered(&self.state, &places, vec![State::New; count], &stage(4))?;
        drop(self.state);
        let cause = scattered(&self.cause, &places, vec![Cause::None; count], &stage(5))?;
        drop(self.cause);
        let worker = scattered(&self.worker, &places, vec![Worker::MAIN; count], &stage(6))?;
        let room = self.worker.into_iter().map(|worker| Peer::from_bits(worker.0)).collect();
        let peer = scattered(&self.peer, &places, room, &stage(7))?;
        let room = self.peer.into_iter().map(|peer| Resource(peer.bits())).collect();
        let resource = scattered(&self.resource, &places, room, &stage(8))?;
        drop((places, self.resource));
        let mut trace = Trace { start, state, cause, worker, core, peer, resource, end: Vec::new(), first, horizon };
        trace.end = ends(&trace, self.time, &stage(9))?;
        Some(trace)
    }

    fn put_into_columns(&mut self) {
        let events = &self.last;
        self.time.extend(events.iter().map(|event| event.time));
        self.task.extend(events.iter().map(|event| event.task.0));
        self.worker.extend(events.iter().map(|event| event.worker));
        self.peer.extend(events.iter().map(|event| event.peer));
        self.resource.extend(events.iter().map(|event| event.resource));
        self.core.extend(events.iter().map(|event| event.core));
        self.state.extend(events.iter().map(|event| event.state));
        self.cause.extend(events.iter().map(|event| event.cause));
        self.last.clear();
    }
}

/// Turns each event's task into the event's place in the trace; returns where each task's events begin there.
fn places(task: &mut [u32], tasks: u32, stop: &dyn Fn() -> bool) -> Option<Vec<u32>> {
    let mut first = vec![0_u32; tasks as usize + 1];
    for chunk in task.chunks(CHUNK) {
        if stop() {
            return None;
        }
        for task in chunk {
            first[*task as usize + 1] += 1;
        }
    }
    let mut sum = 0_u32;
    for own in &mut first {
        sum = sum.checked_add(*own).expect("a run is bounded far below 2^32 events");
        *own = sum;
    }
    let mut next = first.clone();
    for chunk in task.chunks_mut(CHUNK) {
        if stop() {
            return None;
        }
        for task in chunk {
            let next = &mut next[*task as usize];
            *task = *next;
            *next += 1;
        }
    }
    Some(first)
}

/// A column with every value in its place, in `room` for as many values.
fn scattered<T: Copy>(column: &[T], places: &[u32], mut room: Vec<T>, stop: &dyn Fn() -> bool) -> Option<Vec<T>> {
    for (values, places) in column.chunks(CHUNK).zip(places.chunks(CHUNK)) {
        if stop() {
            return None;
        }
        for (value, place) in values.iter().zip(places) {
            room[*place as usize] = *value;
        }
    }
    Some(room)
}

/// Where spans end, see [`Trace`], in the room of that column.
fn ends(trace: &Trace, mut room: Vec<Nanos>, stop: &dyn Fn() -> bool) -> Option<Vec<Nanos>> {
    room.clear();
    for (task, bounds) in trace.first.windows(2).enumerate() {
        if task % CHUNK == 0 && stop() {
            return None;
        }
        let (from, to) = (bounds[0] as usize, bounds[1] as usize);
        if from < to {
            room.extend_from_slice(&trace.start[from + 1..to]);
            let last = trace.start[to - 1];
            room.push(if trace.state[to - 1].is_end() { last } else { trace.horizon.max(last) });
        }
    }
    Some(room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Task;

    #[test]
    fn many_events_become_the_trace_that_sorting_makes() {
        let tasks = 7_u32;
        let event = |number: u32| {
            let task = Task(number * number % tasks);
            let ends = number + tasks * tasks > 20_000;
            let state = if ends { State::Done } else { State::Running };
            let (worker, core) = (Worker(number % 3), Core(1));
            Event { time: Nanos(i64::from(number)), worker, core, ..Event::new(task, state, Cause::Stolen) }
        };
        let mut ended = [false; 7];
        let events: Vec<Event> = (0..20_000_u32)
            .map(event)
            .filter(|event| !std::mem::replace(&mut ended[event.task.index()], event.state.is_end()))
            .collect();
        for part in [&events[..], &events[..CHUNK], &events[..=CHUNK], &events[..5], &[]] {
            let mut unsorted = Unsorted::default();
            for event in part {
                unsorted.push(*event);
            }
            assert_eq!(unsorted.len(), part.len());
            let trace = unsorted.sorted(tasks, Nanos(30_000), &|_| false).unwrap();
            assert_eq!(trace, Trace::new(tasks, part, Nanos(30_000)));
        }
    }

    #[test]
    fn it_breaks_off_when_asked() {
        let mut unsorted = Unsorted::default();
        unsorted.push(Event::new(Task(0), State::Ready, Cause::Queued));
        assert_eq!(unsorted.sorted(1, Nanos::ZERO, &|_| true), None);
    }
}
