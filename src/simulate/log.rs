//! Where a simulation writes what happens: a [`Log`] that becomes a trace, or any other [`Sink`] that only counts.

use crate::time::Nanos;
use crate::trace::{Event, OutputLine, Trace};

/// Takes a simulation's events. Those of one task come in the order of their times; those of different tasks may not.
pub trait Sink {
    fn event(&mut self, event: Event);
    fn say(&mut self, line: OutputLine);
}

/// Events a chunk: large enough to be rare, small enough to be given back piece by piece.
const CHUNK: usize = 1 << 15;

/// Every event, in chunks.
#[derive(Debug, Default)]
pub struct Log {
    full: Vec<Vec<Event>>,
    last: Vec<Event>,
    output: Vec<OutputLine>,
}

impl Sink for Log {
    fn event(&mut self, event: Event) {
        if self.last.len() == CHUNK {
            self.full.push(std::mem::replace(&mut self.last, Vec::with_capacity(CHUNK)));
        }
        self.last.push(event);
    }

    fn say(&mut self, line: OutputLine) {
        self.output.push(line);
    }
}

impl Log {
    pub fn len(&self) -> usize {
        self.full.len() * CHUNK + self.last.len()
    }

    pub fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// The trace of `tasks` tasks, and what was printed, in time order.
    pub fn into_trace(mut self, tasks: u32, horizon: Nanos) -> (Trace, Vec<OutputLine>) {
        self.full.push(self.last);
        self.output.sort_by_key(|line| line.time);
        (Trace::from_chunks(tasks, self.full, horizon), self.output)
    }
}
