//! Where a simulation writes what happens: a [`Log`] that becomes a trace, or any other [`Sink`] that only counts.

use crate::time::Nanos;
use crate::trace::{Event, Filling, OutputLine, Trace};

/// Takes a simulation's events. Those of one task come in the order of their times; those of different tasks may not.
pub trait Sink {
    fn event(&mut self, event: Event);
    fn say(&mut self, line: OutputLine);
}

/// Events that are kept; of longer runs they are only counted, and the run is done once more to write each where it
/// belongs. Twice the time is less than memory for all events and for all columns at once.
const KEPT_MAX: usize = 1 << 18;

/// Every event of a short run; of a long one, how many each task has.
#[derive(Debug)]
pub struct Log {
    events: Vec<Event>,
    counts: Vec<u32>,
    pub output: Vec<OutputLine>,
    overflows: bool,
}

impl Sink for Log {
    fn event(&mut self, event: Event) {
        self.counts[event.task.index()] += 1;
        if self.overflows {
            return;
        }
        if self.events.len() == KEPT_MAX {
            self.overflows = true;
            self.events = Vec::new();
        } else {
            self.events.push(event);
        }
    }

    fn say(&mut self, line: OutputLine) {
        self.output.push(line);
    }
}

/// A log that has been read.
pub enum Written {
    Trace(Trace),
    /// The events are to be written here, in a second run.
    ToFill(Filling),
}

impl Log {
    pub fn new(tasks: u32) -> Self {
        Log { events: Vec::new(), counts: vec![0; tasks as usize], output: Vec::new(), overflows: false }
    }

    pub fn write(self, horizon: Nanos) -> Written {
        let mut filling = Filling::new(&self.counts);
        if self.overflows {
            return Written::ToFill(filling);
        }
        self.events.into_iter().for_each(|event| filling.put(event));
        Written::Trace(filling.finish(horizon))
    }
}

impl Sink for Filling {
    fn event(&mut self, event: Event) {
        self.put(event);
    }

    /// The first run has it.
    fn say(&mut self, _line: OutputLine) {}
}
