//! What a simulation has told so far, and how much more of it is wanted.

use super::log::Sink;
use super::{ChosenBy, DECISIONS_MAX, Decision};
use crate::time::Nanos;
use crate::trace::{Event, OUTPUT_LINES_MAX, OutputLine, Task};

/// Events, what tasks have printed, and why they were chosen.
#[derive(Debug)]
pub(super) struct Told<S> {
    sink: S,
    events: u64,
    /// Of these, those that told nothing new.
    repeated: u64,
    lines: u64,
    decisions: Vec<Decision>,
}

impl<S: Sink> Told<S> {
    pub fn new(sink: S) -> Self {
        Told { sink, events: 0, repeated: 0, lines: 0, decisions: Vec::new() }
    }

    pub fn event(&mut self, event: Event) {
        self.events += 1;
        self.sink.event(event);
    }

    /// The last event only says again, or for a while no more, what was told before.
    pub fn is_no_news(&mut self) {
        self.repeated += 1;
    }

    /// How many events told something.
    pub fn news(&self) -> u64 {
        self.events - self.repeated
    }

    /// A task prints; beyond what is kept, lines are only counted and never made.
    pub fn say(&mut self, now: i64, task: u32, line: impl FnOnce() -> String) {
        self.lines += 1;
        if self.lines <= OUTPUT_LINES_MAX as u64 {
            self.sink.say(OutputLine { time: Nanos(now), task: Task(task), text: line() });
        }
    }

    /// There is room for one more.
    pub fn notes_decisions(&self) -> bool {
        self.decisions.len() < DECISIONS_MAX
    }

    /// Remembers why a task was chosen, for replay.
    pub fn decide(&mut self, decision: impl FnOnce() -> Decision) {
        if self.notes_decisions() {
            self.decisions.push(decision());
        }
    }

    /// Who got a core just now came for the interpreter lock, and finds it taken.
    pub fn came_in_vain(&mut self, now: i64, task: u32) {
        let mut just_now = self.decisions.iter_mut().rev().take_while(|decision| decision.time == Nanos(now));
        let is_core = |decision: &&mut Decision| !matches!(decision.by, ChosenBy::Gil(_));
        if let Some(decision) = just_now.find(|decision| decision.task == Task(task)).filter(is_core) {
            decision.in_vain = true;
        }
    }

    pub fn events(&self) -> u64 {
        self.events
    }

    pub fn lines_dropped(&self) -> u64 {
        self.lines.saturating_sub(OUTPUT_LINES_MAX as u64)
    }

    /// How many events are taken, once there are more.
    pub fn events_beyond(&self) -> Option<u64> {
        let max = self.sink.events_max();
        (self.events > max).then_some(max)
    }

    pub fn into_parts(self) -> (S, Vec<Decision>) {
        (self.sink, self.decisions)
    }
}
