//! Everything of a run but its trace, as JSON; and the checks that make it a run again.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ReadError;
use crate::model::{self, ModelChoice};
use crate::scenario::numbering::Numbering;
use crate::scenario::{self, words};
use crate::time::Nanos;
use crate::trace::{Account, Host, LoadSample, MainSpan, OutputLine, Run, Status, Trace, WorkerInfo};

/// More cores than any computer has, few enough to draw a strip for each.
const CORES_MAX: u32 = 4096;

#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    scenario_id: String,
    /// As TOML.
    scenario: String,
    variant: Option<String>,
    model: String,
    params: BTreeMap<String, u32>,
    engine: String,
    pub cores: u32,
    seed: u64,
    repeat: u32,
    status: Status,
    pub workers: Vec<WorkerInfo>,
    pub resources: Vec<String>,
    #[serde(default)]
    variables: Vec<(String, i64)>,
    output: Vec<OutputLine>,
    account: Account,
    load: Vec<LoadSample>,
    pub host: Host,
    pub tasks: u32,
    pub events: u32,
    pub horizon: Nanos,
}

impl Header {
    pub fn of(run: &Run) -> Self {
        Header {
            scenario_id: run.scenario_id.clone(),
            scenario: scenario::write::write(&run.scenario),
            variant: run.variant.clone(),
            model: run.choice.model.id.to_owned(),
            params: run.choice.params.iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            engine: words::word(&words::ENGINES, &run.engine).to_owned(),
            cores: run.cores,
            seed: run.seed,
            repeat: run.repeat,
            status: run.status,
            workers: run.workers.clone(),
            resources: run.resources.clone(),
            variables: run.variables.clone(),
            output: run.output.clone(),
            account: run.account.clone(),
            load: run.load.clone(),
            host: run.host.clone(),
            tasks: run.trace.tasks(),
            events: u32::try_from(run.trace.len()).expect("a trace holds fewer than 2^32 spans"),
            horizon: run.trace.horizon(),
        }
    }

    /// What the header says of itself is possible; the trace is checked against it by `columns`.
    pub fn check(&self) -> Result<(), ReadError> {
        let possible = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(ReadError::Impossible(what)) };
        possible((1..=CORES_MAX).contains(&self.cores), "cores")?;
        possible(self.host.cores <= CORES_MAX, "cores of the computer")?;
        possible(self.status != Status::Growing, "status")?;
        possible(self.horizon >= Nanos::ZERO, "end of the run")?;
        possible(self.output.iter().all(|line| line.task.0 < self.tasks), "task of an output line")?;
        let main = &self.account.main;
        let in_order = main.windows(2).all(|pair| pair[0].end <= pair[1].start);
        let within = |span: &MainSpan| Nanos::ZERO <= span.start && span.start <= span.end && span.end <= self.horizon;
        possible(in_order && main.iter().all(within), "main thread")?;
        possible(self.load.iter().all(|sample| sample.others_busy >= 0.0), "load")
    }

    pub fn into_run(self, trace: Trace) -> Result<Run, ReadError> {
        let scenario = scenario::read::read(&self.scenario_id, &self.scenario)
            .map_err(|problems| ReadError::Scenario(problems.to_string()))?;
        if scenario.tasks() != u64::from(self.tasks) {
            return Err(ReadError::Impossible("number of tasks"));
        }
        let engine = words::ENGINES.into_iter().find(|(word, _)| *word == self.engine);
        Ok(Run {
            choice: choice(&self.model, &self.params)?,
            scenario_id: self.scenario_id,
            numbering: Numbering::of(&scenario),
            scenario: Arc::new(scenario),
            variant: self.variant,
            engine: engine.ok_or(ReadError::Impossible("engine"))?.1,
            cores: self.cores,
            seed: self.seed,
            repeat: self.repeat,
            status: self.status,
            trace,
            workers: self.workers,
            resources: self.resources,
            variables: self.variables,
            output: self.output,
            account: self.account,
            load: self.load,
            host: self.host,
        })
    }
}

fn choice(model: &str, params: &BTreeMap<String, u32>) -> Result<ModelChoice, ReadError> {
    let found = model::find(model).ok_or_else(|| ReadError::Model(model.to_owned()))?;
    let mut choice = ModelChoice::new(found);
    for (key, value) in params {
        choice.set(key, i64::from(*value)).map_err(|_| ReadError::Impossible("parameter of the model"))?;
    }
    Ok(choice)
}
