//! Small imagined runs for the window's own tests.

use std::sync::Arc;

use crate::engine::session::{Entry, EntryId, EntryProgress};
use crate::engine::{Imagined, Request, imagine};
use crate::model::{self, ModelChoice};
use crate::scenario::Engine;

/// The kitchen's dishes: each computes, waits for IO and computes again.
pub const DISHES: &str = "[[task]]\nname = \"dish\"\ncount = 4\n\
    steps = [{ cpu = \"30ms\" }, { io = \"200ms\" }, { cpu = \"20ms\" }]\n";

/// What these tasks come to under that model, with the costs that everybody has.
pub fn imagined(tasks: &str, model: &str, cores: u32) -> Imagined {
    let text = format!(
        "format = 1\ntitle = \"Dishes\"\nmodels = [\"{model}\"]\nengine = \"simulated\"\n\
         [machine]\ncores = {cores}\n{tasks}"
    );
    let scenario = super::draft::parse("dishes", &text).unwrap();
    let request = Request {
        scenario_id: "dishes".into(),
        scenario: Arc::new(scenario),
        variant: None,
        choice: ModelChoice::new(model::find(model).unwrap()),
        cores,
        seed: 1,
        repeat: 0,
        engine: Engine::Simulated,
        costs: None,
    };
    imagine(&request, &|| false).unwrap()
}

/// As a session has it.
pub fn entry(id: u64, imagined: Imagined) -> Entry {
    Entry {
        id: EntryId(id),
        batch: 1,
        name: None,
        repeats: vec![imagined.metrics.makespan],
        runs: vec![Arc::clone(&imagined.run)],
        metrics: vec![imagined.metrics],
        run: imagined.run,
        decisions: imagined.decisions,
        revision: 1,
        progress: EntryProgress::Over,
    }
}
