//! The order that is looked at: its story, how far it is scrubbed, and the run that it is drawn as.

use std::sync::Arc;

use super::Which;
use crate::engine::session::{Entry, EntryId, EntryProgress};
use crate::explore::schedule::Story;
use crate::explore::{Explored, run};
use crate::scenario::Scenario;

pub struct Chosen {
    pub which: Which,
    /// The outcome's number, and the order's among those that lead to it.
    pub outcome: usize,
    pub nth: u128,
    /// How many orders lead to the outcome.
    pub count: u128,
    pub story: Story,
    /// So many steps are done at the moment that is looked at.
    pub step: usize,
    /// The step that the list was scrolled to last.
    pub listed: usize,
    /// The story as the timeline draws it.
    pub entry: Entry,
}

/// What the drawn run is called, and what it is of.
pub struct Naming<'a> {
    pub id: String,
    pub title: String,
    pub scenario: &'a Arc<Scenario>,
    pub variant: Option<String>,
    /// Tells the drawn run from those before it.
    pub revision: u64,
}

impl Chosen {
    /// `None` where that outcome has no such order.
    pub fn of(explored: &Explored, which: Which, outcome: usize, nth: u128, naming: Naming<'_>) -> Option<Self> {
        let schedules = explored.schedules_of(outcome);
        let story = Story::of(&explored.program, &schedules.nth(nth)?);
        let Naming { id, title, scenario, variant, revision } = naming;
        let entry = Entry {
            // Of no session, whose numbers count from 1.
            id: EntryId(0),
            batch: u64::MAX,
            name: Some(title),
            run: Arc::new(run::run(id, Arc::clone(scenario), variant, &explored.program, &story)),
            repeats: Vec::new(),
            runs: Vec::new(),
            revision,
            progress: EntryProgress::Over,
        };
        let step = story.deeds.len();
        Some(Chosen { which, outcome, nth, count: schedules.count(), story, step, listed: step, entry })
    }
}
