//! The open runs of a person: those done before, the one under way, and those still to come.
//!
//! Both shells drive it: add a batch, call [`Session::poll`] now and then, read [`Session::entries`]. Runs go one
//! after another, never together; repeats interleave (A B A B).

use std::sync::Arc;

use super::{Request, StartError, Wake};
use crate::time::Nanos;
use crate::trace::Run;

/// Names an entry for as long as the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub u64);

/// One row of the list of runs: one (scenario, variant, model, cores, seed), with all its repeats.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: EntryId,
    /// The batch it was started with; opened files have one of their own.
    pub batch: u64,
    /// The person's own name for it, when given.
    pub name: Option<String>,
    /// What is shown: the run under way, or the repetition of median makespan.
    pub run: Arc<Run>,
    /// Makespans of the finished repeats, in order.
    pub repeats: Vec<Nanos>,
    /// Every finished repetition, in order.
    pub runs: Vec<Arc<Run>>,
    /// Grows by one whenever `run` changes: the key of caches.
    pub revision: u64,
    pub progress: EntryProgress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryProgress {
    /// Its first repetition has not begun.
    Queued,
    Running,
    Over,
}

/// How far the batch under way is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    pub runs_done: u32,
    pub runs_total: u32,
    /// Share of the tasks of the run under way that are over, 0 to 1.
    pub run_fraction: f64,
}

#[derive(Default)]
pub struct Session {
    entries: Vec<Entry>,
}

impl Session {
    pub fn new(_wake: Wake) -> Self {
        todo!()
    }

    /// Queues one entry a request, each to be done `repeats` times, and starts. Every request is checked first:
    /// either all are taken or none.
    ///
    /// # Errors
    /// The first request that this computer cannot do.
    pub fn start(&mut self, _requests: Vec<Request>, _repeats: u32) -> Result<Vec<EntryId>, StartError> {
        todo!()
    }

    /// Takes in what has happened, starts the next run when one is over. Returns whether anything changed. Cheap:
    /// call it every frame.
    pub fn poll(&mut self) -> bool {
        todo!()
    }

    pub fn is_running(&self) -> bool {
        todo!()
    }

    pub fn progress(&self) -> Option<Progress> {
        todo!()
    }

    /// Cancels the run under way and drops those that wait.
    pub fn cancel(&mut self) {
        todo!()
    }

    /// In the order they were started or opened.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// Adds a run that was opened from a file.
    pub fn open(&mut self, _run: Run) -> EntryId {
        todo!()
    }

    pub fn rename(&mut self, _id: EntryId, _name: Option<String>) {
        todo!()
    }

    /// Takes an entry out; [`Session::restore`] puts it back where it was. An entry that runs is not removed.
    pub fn remove(&mut self, _id: EntryId) -> Option<Removed> {
        todo!()
    }

    pub fn restore(&mut self, _removed: Removed) {
        todo!()
    }

    /// The finished baseline of an entry: same batch or else any, same scenario, variant, cores, seed and engine.
    pub fn baseline_of(&self, _id: EntryId) -> Option<&Entry> {
        todo!()
    }
}

/// A removed entry and its place.
pub struct Removed {
    pub entry: Entry,
    pub index: usize,
}
