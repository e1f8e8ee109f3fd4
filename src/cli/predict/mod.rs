//! `tasklane predict`: simulates runs as this computer should make them, measures them, and prints both side by side
//! with the bounds within which the simulator is held to be right.
//!
//! `rounds` makes the runs as often as it takes, `table` prints them for people, `report` for programs.

mod report;
mod rounds;
mod table;

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::args::{PredictArgs, RunArgs};
use super::calibrate;
use super::failure::Failure;
use super::interrupts::Interrupts;
use super::load::{self, Named};
use super::requests::requests;
use super::terminal::{Terminal, harmless, tell};
use crate::analysis::agreement::Agreement;
use crate::engine::{self, Request, StartError};
use crate::model::{MODELS, ModelChoice};
use crate::scenario::{Engine, Machine, Scheduler, catalog};
use crate::simulate::costs::CostTable;
use crate::trace::Run;
use table::Table;

/// Predicts, measures and reports. Where this computer cannot make a run, stderr says why and the others go on.
///
/// # Errors
/// [`Failure`] with the contract's exit status; figures beyond their bounds are none.
pub fn predict(args: &PredictArgs) -> Result<(), Failure> {
    let stop = Interrupts::watch()?;
    let plans = scenarios(args)?.iter().map(|named| planned(named, args)).collect::<Result<Vec<_>, _>>()?;
    let is_nothing_planned = plans.iter().all(Vec::is_empty);
    let costs = Arc::new(if is_nothing_planned { CostTable::default() } else { costs(args, &stop)? });
    let names = plans.iter().flatten().map(|request| name(request).chars().count()).max().unwrap_or(0);
    let mut table = Table { names, terminal: Terminal::of_stdout(), out: io::stdout().lock() };
    if !args.json {
        table.head()?;
    }
    let mut rows = Vec::new();
    for requests in plans {
        let requests = requests.into_iter().map(|request| Request { costs: Some(Arc::clone(&costs)), ..request });
        let news = rounds::compared(requests.collect(), args.repeat, stop.raised())?;
        if !args.json {
            news.iter().try_for_each(|row| table.row(row))?;
        }
        rows.extend(news);
        if stop.raised().load(Ordering::Relaxed) {
            break;
        }
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
    let run = RunArgs { models, ..RunArgs::of(named.id.clone()) };
    let requests = requests(named, &run, None)?.into_iter().map(on_this_computer);
    Ok(requests.filter(|request| unless_refused(request, engine::check(request)).is_some()).collect())
}

/// What things cost on this computer: as the person says, or else as they do just now.
fn costs(args: &PredictArgs, stop: &Interrupts) -> Result<CostTable, Failure> {
    if let Some(path) = &args.costs {
        return load::costs(path);
    }
    tell("measuring first what things cost on this computer; `--costs FILE` takes a table of `tasklane calibrate`");
    calibrate::measured(stop)
}

fn unless_refused<T>(request: &Request, done: Result<T, StartError>) -> Option<T> {
    done.map_err(|error| tell(format!("left out: {}: {error}", name(request)))).ok()
}

/// The request as a measured run heeds it: what is said of imagined computers only says nothing of this one, whose
/// system keeps a ready queue for each core as every one does on which this program runs.
fn on_this_computer(request: Request) -> Request {
    let mut scenario = (*request.scenario).clone();
    let Machine { cores, seed, .. } = scenario.machine;
    scenario.machine = Machine { cores, seed, scheduler: Scheduler::PerCore, ..Machine::default() };
    Request { scenario: Arc::new(scenario), engine: Engine::Measured, ..request }
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
    /// So often it was simulated, and so often measured.
    times: u32,
    /// Other programs took a good part of the computer in at least half of the measured ones.
    busy: bool,
    /// One of the measured ones.
    run: Arc<Run>,
}
