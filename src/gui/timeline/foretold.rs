//! What the imagined computer predicts of the measured runs that are shown: simulated behind the scene and kept until the
//! run or the costs change. `block` draws it as ghosts, the header says it in per cent.
//!
//! Invariant: nothing is simulated while something is measured, nor for a run that is not over: it would take the run's
//! cores, and give its end away.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::Context;

use crate::analysis::predicted::{Predicted, is_predictable};
use crate::chart::axis::Axis;
use crate::chart::ghosts::{self, Ghost};
use crate::chart::lanes::{LaneBy, Lanes, lanes};
use crate::engine::session::{Entry, EntryProgress};
use crate::engine::{StartError, imagine, prediction_of};
use crate::gui::background::{Background, Wanted};
use crate::gui::refusal;
use crate::host;
use crate::lang::{Lang, Text};
use crate::simulate::costs::CostTable;
use crate::trace::{Run, Span};

/// The predictions of the shown runs.
#[derive(Default)]
pub struct Predictions {
    made: Background<Key, Arc<Foretold>>,
    costs: Option<Arc<CostTable>>,
    /// Grows with every change of `costs`.
    costs_revision: u64,
}

/// Of which revision of an entry, by which costs.
pub type Key = (u64, u64);

/// What came of asking the imagined computer.
pub enum Foretold {
    /// With the lanes of the predicted run's tasks.
    Predicted(Arc<Predicted>, Lanes),
    Refused(StartError),
}

/// What a ghost stands for.
pub struct GhostSpan {
    pub span: Span,
    /// Who says what things cost; `None`: Tasklane's defaults.
    pub costs_by: Option<String>,
}

impl Predictions {
    /// Brings the predictions of `entries` up to date, by what things cost on this computer, where that is known.
    pub fn update(&mut self, entries: &[&Entry], costs: Option<&CostTable>, ctx: &Context) {
        if self.costs.as_deref() != costs {
            self.costs = costs.cloned().map(Arc::new);
            self.costs_revision += 1;
        }
        let own: Vec<&Entry> = entries.iter().copied().filter(|entry| can_be_predicted(entry)).collect();
        self.made.keep_only(&own);
        for entry in own {
            let (run, costs) = (Arc::clone(&entry.run), self.costs.clone());
            self.made.update_apart(entry.id, (entry.revision, self.costs_revision), ctx, move |wanted| {
                foretell(&run, costs, wanted).map(Arc::new)
            });
        }
    }

    /// Nobody asks for predictions.
    pub fn forget(&mut self) {
        self.made.keep_only(&[]);
    }

    /// What is being simulated is broken off; what is known stays.
    pub fn pause(&mut self) {
        self.made.pause();
    }

    /// What is known of an entry as it is, and its key.
    pub fn of(&self, entry: &Entry) -> Option<(Key, &Arc<Foretold>)> {
        let (key, made) = self.made.get(entry.id)?;
        (key.0 == entry.revision).then_some((*key, made))
    }

    /// It is being simulated.
    pub fn is_under_way(&self, entry: &Entry) -> bool {
        self.made.is_under_way(entry.id)
    }
}

/// Whether the window has something to predict of that entry.
pub fn can_be_predicted(entry: &Entry) -> bool {
    entry.progress == EntryProgress::Over && is_predictable(&entry.run)
}

/// `None` once nobody wants it.
fn foretell(measured: &Run, costs: Option<Arc<CostTable>>, wanted: Wanted<'_>) -> Option<Foretold> {
    // What this computer costs says nothing of a run that another one measured.
    let costs = costs.filter(|_| measured.host == host::describe());
    let foretold = match imagine(&prediction_of(measured, costs), &|| !wanted()) {
        Ok(imagined) => {
            let lanes = lanes(&imagined.run, LaneBy::Task, Lang::En);
            Foretold::Predicted(Arc::new(Predicted::new(imagined.run, measured)), lanes)
        }
        Err(error) => Foretold::Refused(error),
    };
    wanted().then_some(foretold)
}

impl Foretold {
    pub fn predicted(&self) -> Option<&Arc<Predicted>> {
        match self {
            Foretold::Predicted(predicted, _) => Some(predicted),
            Foretold::Refused(_) => None,
        }
    }

    /// For the header of its run.
    pub fn text(&self, lang: Lang) -> String {
        const NONE: Text = Text::new("no prediction: {}", "sem previsão: {}");
        match self {
            Foretold::Predicted(predicted, _) => predicted.text(lang),
            Foretold::Refused(error) => NONE.fill(lang, &[&refusal::text(error, lang)]),
        }
    }

    /// What is foretold at that place of a task's lane.
    pub fn ghost_at(&self, lane: usize, axis: &Axis, x: f32, slack: f32) -> Option<GhostSpan> {
        let Foretold::Predicted(predicted, lanes) = self else { return None };
        let span = ghosts::span_at(&predicted.run, lanes, lane, axis, x, slack)?;
        let costs = predicted.run.account.costs.as_ref();
        Some(GhostSpan { span, costs_by: costs.and_then(|costs| costs.source.clone()) })
    }

    pub fn ghosts(&self, visible: Range<usize>, axis: &Axis) -> Vec<Ghost> {
        match self {
            Foretold::Predicted(predicted, lanes) => ghosts::ghosts(&predicted.run, lanes, visible, axis),
            Foretold::Refused(_) => Vec::new(),
        }
    }
}
