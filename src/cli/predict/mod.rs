//! `tasklane predict`: simulates runs as this computer should make them, measures them, and prints both side by side
//! with the bounds within which the simulator is held to be right.
//!
//! `rounds` makes the runs as often as it takes, `quiet` says which of them count, `costs` knows what things cost
//! meanwhile, `table` prints the rows for people, `report` for programs.

mod costs;
mod quiet;
mod report;
mod rounds;
mod table;

use std::io;
use std::sync::Arc;

use super::args::{PredictArgs, RunArgs};
use super::failure::Failure;
use super::interrupts::Interrupts;
use super::load::{self, Named};
use super::requests::requests;
use super::terminal::{Terminal, harmless, tell};
use crate::analysis::agreement::Agreement;
use crate::engine::calibrate::Mood;
use crate::engine::{self, Request, StartError};
use crate::model::{MODELS, ModelChoice};
use crate::scenario::{Engine, catalog};
use crate::simulate::costs::Cost;
use crate::time::Nanos;
use crate::trace::Run;
use costs::Costs;
use rounds::Look;
use table::Table;

/// Where every model is asked for, nobody waits for runs that are made to take hours one after another.
const EVERY_MODEL_MAKESPAN_MAX: Nanos = Nanos::from_millis(60_000);

/// Predicts, measures and reports. Where this computer cannot make a run, stderr says why and the others go on.
///
/// # Errors
/// [`Failure`] with the contract's exit status; figures beyond their bounds are none.
pub fn predict(args: &PredictArgs) -> Result<(), Failure> {
    let stop = Interrupts::watch()?;
    let plans = scenarios(args)?.iter().map(|named| planned(named, args)).collect::<Result<Vec<_>, _>>()?;
    if plans.iter().all(Vec::is_empty) {
        tell("every run was left out: there is nothing to compare");
    }
    let mut costs = Costs::of(args.costs.as_deref())?;
    let names = plans.iter().flatten().map(|request| name(request).chars().count()).max().unwrap_or(0);
    let mut table = Table { names, terminal: Terminal::of_stdout(), out: io::stdout().lock() };
    if !args.json {
        table.head()?;
    }
    let mut rows = Vec::new();
    for requests in plans.into_iter().filter(|requests| !requests.is_empty()) {
        costs.before_runs(&stop)?;
        let makespan_max = args.every_model.then_some(EVERY_MODEL_MAKESPAN_MAX);
        let look_again = |look| match look {
            Look::AtAll => costs.between_runs(&stop),
            Look::AtFirstTasks => costs.before_short_runs(&stop),
        };
        let candidates = rounds::measured(requests, args.repeat, makespan_max, stop.raised(), look_again)?;
        // Nobody keeps it from that but who stops it.
        if costs.after_runs(&stop).is_err() {
            break;
        }
        let news: Vec<Row> = candidates.iter().filter_map(|candidate| candidate.row(&costs, stop.raised())).collect();
        if !args.json {
            news.iter().try_for_each(|row| table.row(row))?;
        }
        rows.extend(news);
    }
    let printed = if args.json { report::print(&rows, &costs) } else { table.foot(&rows, &costs) };
    stop.verdict().and(printed)
}

fn scenarios(args: &PredictArgs) -> Result<Vec<Named>, Failure> {
    if args.scenarios.is_empty() {
        return Ok(catalog::all().map(|(id, scenario)| Named { id: id.to_owned(), scenario }).collect());
    }
    args.scenarios.iter().map(|word| load::scenario(word)).collect()
}

/// The measured runs of a scenario that this computer can make.
fn planned(named: &Named, args: &PredictArgs) -> Result<Vec<Request>, Failure> {
    let models =
        if args.every_model { MODELS.into_iter().map(ModelChoice::new).collect() } else { args.models.clone() };
    let run = RunArgs { models, ..RunArgs::of(named.id.clone().into()) };
    let requests = requests(named, &run, None)?.into_iter().map(on_this_computer);
    Ok(requests.filter(|request| unless_refused(request, engine::check(request)).is_some()).collect())
}

fn unless_refused<T>(request: &Request, done: Result<T, StartError>) -> Option<T> {
    done.map_err(|error| tell(format!("left out: {}: {error}", name(request)))).ok()
}

/// The request as a measured run heeds it: what is said of imagined computers only says nothing of this one.
fn on_this_computer(request: Request) -> Request {
    Request { scenario: Arc::new(engine::as_measured(&request.scenario)), engine: Engine::Measured, ..request }
}

/// `kitchen · one · thread-pool:workers=2`.
fn name(request: &Request) -> String {
    let variant = request.variant.as_ref().map_or_else(String::new, |variant| format!("{variant} · "));
    harmless(&format!("{} · {variant}{}", request.scenario_id, request.choice))
}

/// A run as it was foretold and as it was.
struct Row {
    name: String,
    agreement: Agreement,
    /// So many measured ones count.
    times: u32,
    /// So many do not: others took the computer meanwhile.
    set_aside: u32,
    /// Over all of them, others took more than a quiet one may lose.
    busy: bool,
    /// Of the computer in those that count.
    mood: Mood,
    /// How far its repetitions are from each other; `None` of one.
    swing: Option<f64>,
    /// What the imagined computer charged for whatever the model pays, where it was measured.
    costs: Vec<(Cost, Nanos)>,
    /// One of the measured ones.
    run: Arc<Run>,
}

impl Row {
    /// No figure is beyond its bound.
    fn is_within(&self) -> bool {
        self.agreement.misses().is_empty()
    }
}
