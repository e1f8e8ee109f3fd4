//! What the window remembers from frame to frame that is neither a run nor the set-up: which screen is open, which
//! tab, which runs are shown.

use std::collections::BTreeSet;

use super::busy::BusyView;
use super::draft::Draft;
use super::events::EventsView;
use super::export_dialog::ExportDialog;
use super::finder::Finder;
use super::home::HomeView;
use super::lesson::LessonView;
use super::metrics::MetricsView;
use super::open_dialog::OpenDialog;
use super::orders::OrdersView;
use super::runs::RunsView;
use super::save_dialog::SaveDialog;
use super::setup::SetupView;
use super::timeline::{TimelineCache, TimelineView};
use super::toasts::Place;
use super::what_happened::WhatHappenedView;
use crate::engine::session::{Entry, EntryId, Session, planned};

/// Beyond so many tasks empty lanes say nothing.
const PLANNED_TASKS_MAX: u64 = 10_000;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Screen {
    #[default]
    Home,
    Run,
}

#[derive(Default)]
pub struct View {
    pub screen: Screen,
    pub home: HomeView,
    pub run: RunView,
    pub export: Option<ExportDialog>,
    pub open: Option<OpenDialog>,
    pub save: Option<SaveDialog>,
    /// A set-up has been opened: there is one to go back to.
    pub opened: bool,
    pub help: bool,
    pub finder: Option<Finder>,
}

/// The run screen's own state.
#[derive(Default)]
pub struct RunView {
    pub left: LeftTab,
    pub center: Center,
    pub bottom: BottomTab,
    /// As of this frame: the details have no room beside the timeline, and a tab below.
    pub details_below: bool,
    /// The height that the panel below shared with the runs in the last frame, in points.
    pub bottom_room: Option<f32>,
    pub setup: SetupView,
    pub lesson: LessonView,
    pub runs: RunsView,
    pub timeline: TimelineView,
    /// Where messages cover least.
    pub messages: Place,
    pub lanes: TimelineCache,
    pub metrics: MetricsView,
    pub busy: BusyView,
    pub happened: WhatHappenedView,
    pub events: EventsView,
    pub orders: OrdersView,
    /// What Run would run, with the draft's revision that it was made from: empty lanes until there are runs to show.
    pub planned: Option<(u64, Vec<Entry>)>,
    /// Runs on the timeline; their order is the session's.
    pub shown: BTreeSet<EntryId>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeftTab {
    #[default]
    Lesson,
    Workload,
    Machine,
}

/// What stands between the panels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Center {
    #[default]
    Timelines,
    /// Where tasks share something.
    Orders,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BottomTab {
    #[default]
    Overview,
    Events,
    Runs,
    /// The selected thing, where there is no room for it beside the runs.
    Details,
}

impl RunView {
    /// The empty lanes of what would be run, made anew when the set-up has changed.
    pub fn plan(&mut self, draft: &Draft) {
        if self.planned.as_ref().is_some_and(|(revision, _)| *revision == draft.revision) {
            return;
        }
        let requests = draft.requests();
        let tasks: u64 = requests.iter().map(|request| request.scenario.tasks()).sum();
        let entries = if tasks > PLANNED_TASKS_MAX { Vec::new() } else { planned(requests, draft.revision) };
        self.planned = Some((draft.revision, entries));
    }

    /// Whether a run that is over is on the timeline.
    pub fn shows_finished(&self, session: &Session) -> bool {
        self.shown_of(session).iter().any(|entry| entry.run.is_over())
    }

    /// The runs on the timeline, in the session's order.
    pub fn shown_of<'a>(&self, session: &'a Session) -> Vec<&'a Entry> {
        session.entries().iter().filter(|entry| self.shown.contains(&entry.id)).collect()
    }
}
