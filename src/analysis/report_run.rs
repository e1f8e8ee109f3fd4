//! A run as it is presented: with what was measured beside it, so that its noise and its speedup can be told.

use std::sync::Arc;

use super::metrics;
use super::predicted::Predicted;
use crate::lang::Lang;
use crate::time::Nanos;
use crate::trace::Run;

#[derive(Clone, Debug)]
pub struct ReportRun {
    pub run: Arc<Run>,
    /// The person's own name for it, when given.
    pub name: Option<String>,
    /// Makespans of all its repetitions, in order; `run` is the one of median makespan.
    pub repeats: Vec<Nanos>,
    /// Makespan of the baseline: [`crate::model::baseline_of`] with the same scenario, variant, seed and engine.
    pub baseline: Option<Nanos>,
    /// What the imagined computer made of the same set-up, where that is to be shown beside it.
    pub predicted: Option<Arc<Predicted>>,
}

impl ReportRun {
    /// A run by itself: never repeated, compared with nothing.
    pub fn alone(run: Arc<Run>) -> Self {
        ReportRun { run, name: None, repeats: vec![], baseline: None, predicted: None }
    }

    /// For headings: the person's name for it, or else its model and variant.
    pub fn title(&self, lang: Lang) -> String {
        self.name.clone().unwrap_or_else(|| self.run.title(lang))
    }

    /// `None` without a baseline.
    pub fn speedup(&self, makespan: Nanos) -> Option<f64> {
        metrics::speedup(self.baseline?, makespan)
    }
}
