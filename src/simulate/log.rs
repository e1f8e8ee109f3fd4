//! Where a simulation writes what happens: a [`Log`] that becomes a trace, or any other [`Sink`] that only counts.

use crate::trace::{Event, OutputLine, Unsorted};

/// Takes a simulation's events. Those of one task come in the order of their times; those of different tasks may not.
pub trait Sink {
    fn event(&mut self, event: Event);
    fn say(&mut self, line: OutputLine);
}

/// Everything that happens, in the order in which it does.
#[derive(Debug, Default)]
pub struct Log {
    pub events: Unsorted,
    pub output: Vec<OutputLine>,
}

impl Sink for Log {
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn say(&mut self, line: OutputLine) {
        self.output.push(line);
    }
}
