//! The order that is looked at: its story, how far it is scrubbed, and the run that it is drawn as.

use std::sync::Arc;

use super::Which;
use crate::chart::lanes::{Lanes, lane_of};
use crate::explore::schedule::{Story, tasks};
use crate::explore::{Explored, caption, run};
use crate::scenario::Scenario;
use crate::trace::Run;

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
    /// The steps that list and board were scrolled to last.
    pub listed: Option<usize>,
    pub drawn: Option<usize>,
    /// The story as a timeline has it, and the lane of each task in it.
    pub run: Arc<Run>,
    pub lanes: Vec<Lanes>,
    /// See [`caption::widest`].
    pub widest: usize,
}

/// What the drawn run is called, and what it is of.
pub struct Naming<'a> {
    pub id: String,
    pub scenario: &'a Arc<Scenario>,
    pub variant: Option<String>,
}

impl Chosen {
    /// `None` where that outcome has no such order.
    pub fn of(explored: &Explored, which: Which, outcome: usize, nth: u128, naming: Naming<'_>) -> Option<Self> {
        let schedules = explored.schedules_of(outcome);
        let story = Story::of(&explored.program, &schedules.nth(nth)?);
        let Naming { id, scenario, variant } = naming;
        let run = Arc::new(run::run(id, Arc::clone(scenario), variant, &explored.program, &story));
        let lanes = tasks(&explored.program).map(|task| lane_of(&run, task)).collect();
        let step = story.deeds.len();
        Some(Chosen {
            widest: caption::widest(&story),
            which,
            outcome,
            nth,
            count: schedules.count(),
            story,
            step,
            listed: None,
            drawn: None,
            run,
            lanes,
        })
    }

    /// The moment behind the next step that loses an update; after the last one, behind the first. `None` where none is
    /// lost.
    pub fn next_loss(&self) -> Option<usize> {
        let losses = || (1..).zip(&self.story.deeds).filter(|(_, deed)| deed.act.loses()).map(|(step, _)| step);
        losses().find(|step| *step > self.step).or_else(|| losses().next())
    }

    /// What the tasks are called before their lanes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.lanes.iter().filter_map(|lane| lane.labels.first()).map(String::as_str)
    }
}
