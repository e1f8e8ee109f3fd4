//! `tasklane predict`: simulates runs as this computer should make them, measures them, and prints both side by side
//! with the bounds within which the simulator is held to be right.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::args::{PredictArgs, RunArgs};
use super::failure::Failure;
use super::interrupts::Interrupts;
use super::load::{self, Named};
use super::measure::measure;
use super::requests::requests;
use super::terminal::{Ink, Terminal, harmless, tell};
use crate::analysis::agreement::{
    Agreement, LATENESS_OFF_MAX, MAKESPAN_OFF_MAX, MAKESPAN_OFF_MAX_PROCESSES, Pair, UTILIZATION_OFF_MAX,
};
use crate::analysis::diagnosis::diagnose;
use crate::engine::session::Entry;
use crate::engine::{self, Request, StartError};
use crate::host;
use crate::lang::Lang;
use crate::model::{MODELS, ModelChoice};
use crate::scenario::{Engine, Machine, catalog};
use crate::simulate::costs::CostTable;
use crate::time::Nanos;
use crate::trace::{Host, Run, Status};

/// Predicts, measures and reports. Where this computer cannot make a run, stderr says why and the others go on.
///
/// # Errors
/// [`Failure`] with the contract's exit status; figures beyond their bounds are none.
pub fn predict(args: &PredictArgs) -> Result<(), Failure> {
    let stop = Interrupts::watch()?;
    let costs = args.costs.as_deref().map(load::costs).transpose()?.map(Arc::new);
    let plan = |named: &Named| planned(named, args, costs.as_ref());
    let plans = scenarios(args)?.iter().map(plan).collect::<Result<Vec<_>, _>>()?;
    let names = plans.iter().flatten().map(|request| name(request).chars().count()).max().unwrap_or(0);
    let mut table = Table { names, terminal: Terminal::of_stdout(), out: io::stdout().lock() };
    if !args.json {
        table.head()?;
    }
    let mut rows = Vec::new();
    for requests in plans {
        let news = compared(&requests, args.repeat, stop.raised())?;
        if !args.json {
            news.iter().try_for_each(|row| table.row(row))?;
        }
        rows.extend(news);
        if stop.raised().load(Ordering::Relaxed) {
            break;
        }
    }
    let printed = if args.json { print_json(&rows) } else { table.foot(&rows) };
    stop.verdict().and(printed)
}

fn scenarios(args: &PredictArgs) -> Result<Vec<Named>, Failure> {
    if args.scenarios.is_empty() {
        return Ok(catalog::all().map(|(id, scenario)| Named { id: id.to_owned(), scenario }).collect());
    }
    args.scenarios.iter().map(|word| load::scenario(word)).collect()
}

/// The measured runs of a scenario that this computer can make.
fn planned(named: &Named, args: &PredictArgs, costs: Option<&Arc<CostTable>>) -> Result<Vec<Request>, Failure> {
    let models =
        if args.every_model { MODELS.into_iter().map(ModelChoice::new).collect() } else { args.models.clone() };
    let run = RunArgs { models, ..RunArgs::of(named.id.clone()) };
    let requests = requests(named, &run, costs)?.into_iter().map(on_this_computer);
    Ok(requests.filter(|request| unless_refused(request, engine::check(request)).is_some()).collect())
}

fn unless_refused<T>(request: &Request, done: Result<T, StartError>) -> Option<T> {
    done.map_err(|error| tell(format!("left out: {}: {error}", name(request)))).ok()
}

/// The request as a measured run heeds it: what is said of imagined computers only says nothing of this one.
fn on_this_computer(request: Request) -> Request {
    let mut scenario = (*request.scenario).clone();
    scenario.machine = Machine { cores: scenario.machine.cores, seed: scenario.machine.seed, ..Machine::default() };
    Request { scenario: Arc::new(scenario), engine: Engine::Measured, ..request }
}

/// Imagines the runs, then makes them. Those that a raised `stop` kept from finishing are left out.
fn compared(requests: &[Request], repeats: u32, stop: &AtomicBool) -> Result<Vec<Row>, Failure> {
    let mut plan: Vec<(&Request, Arc<Run>)> = Vec::new();
    for request in requests {
        let imagined = Request { engine: Engine::Simulated, ..request.clone() };
        let imagined = engine::imagine(&imagined, &|| stop.load(Ordering::Relaxed));
        plan.extend(unless_refused(request, imagined).map(|imagined| (request, imagined.run)));
    }
    if plan.is_empty() || stop.load(Ordering::Relaxed) {
        return Ok(Vec::new());
    }
    let session = measure(plan.iter().map(|(request, _)| (*request).clone()).collect(), repeats, stop)?;
    let finished = session.entries().iter().filter(|entry| entry.run.status == Status::Finished);
    let row = |entry: &Entry| {
        let own = (&entry.run.variant, &entry.run.choice);
        let (request, predicted) = plan.iter().find(|(request, _)| (&request.variant, &request.choice) == own)?;
        Some(Row {
            name: name(request),
            agreement: Agreement::of(predicted, &entry.run),
            busy: diagnose(&entry.run).iter().any(|found| found.id == "noisy-machine"),
            run: Arc::clone(&entry.run),
        })
    };
    Ok(finished.filter_map(row).collect())
}

/// `kitchen · one · thread-pool:workers=2`.
fn name(request: &Request) -> String {
    let variant = request.variant.as_ref().map_or_else(String::new, |variant| format!("{variant} · "));
    harmless(&format!("{} · {variant}{}", request.scenario_id, request.choice))
}

struct Row {
    name: String,
    agreement: Agreement,
    /// Other programs took a good part of the computer meanwhile.
    busy: bool,
    /// The measured one.
    run: Arc<Run>,
}

/// For people, row by row as the runs are made.
struct Table<W> {
    names: usize,
    terminal: Terminal,
    out: W,
}

impl<W: Write> Table<W> {
    fn head(&mut self) -> Result<(), Failure> {
        let head = self.line("", ["predicted", "measured", "off", "use", "measured", "GIL late", "measured"]);
        writeln!(self.out, "{}", self.terminal.paint(&head, Ink::Dim))?;
        Ok(self.out.flush()?)
    }

    fn row(&mut self, row: &Row) -> Result<(), Failure> {
        let agreement = &row.agreement;
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        let off = agreement.makespan_off().map_or_else(String::new, |off| format!("{:+.1} %", off * 100.0));
        let [used, used_really] = both(agreement.utilization, percent);
        let [late, late_really] = both(agreement.gil_lateness, |time: Nanos| time.to_string());
        let makespan = agreement.makespan;
        let cells =
            [makespan.predicted.to_string(), makespan.measured.to_string(), off, used, used_really, late, late_really];
        let line = self.line(&row.name, cells.each_ref().map(String::as_str));
        writeln!(self.out, "{line}  {}", self.verdict(row))?;
        Ok(self.out.flush()?)
    }

    fn line(&self, name: &str, [predicted, measured, off, used, used_really, late, late_really]: [&str; 7]) -> String {
        let names = self.names;
        format!(
            "{name:names$}  {predicted:>9}  {measured:>9}  {off:>8}  {used:>5}  {used_really:>8}  {late:>8}  {late_really:>8}"
        )
    }

    fn verdict(&self, row: &Row) -> String {
        let misses = row.agreement.misses();
        let mut words = match &misses[..] {
            [] => "within".to_owned(),
            misses => {
                let misses = misses.iter().map(|miss| miss.id()).collect::<Vec<_>>().join(", ");
                self.terminal.paint(&format!("beyond: {misses}"), Ink::Bold)
            }
        };
        let Pair { predicted, measured } = row.agreement.done;
        if predicted != measured {
            words.push_str(&format!(" · {predicted} tasks done, measured {measured}"));
        }
        if row.busy {
            words.push_str(" · busy computer");
        }
        words
    }

    fn foot(&mut self, rows: &[Row]) -> Result<(), Failure> {
        let within = rows.iter().filter(|row| row.agreement.misses().is_empty()).count();
        writeln!(
            self.out,
            "\nwithin the bounds: {within} of {}. Makespan {:.0} %, or {:.0} % where processes exceed half the tasks; utilization {UTILIZATION_OFF_MAX}; lateness under a GIL {:.0} %.",
            rows.len(),
            MAKESPAN_OFF_MAX * 100.0,
            MAKESPAN_OFF_MAX_PROCESSES * 100.0,
            LATENESS_OFF_MAX * 100.0,
        )?;
        Ok(self.out.flush()?)
    }
}

fn both<T: Copy>(pair: Option<Pair<T>>, show: impl Fn(T) -> String) -> [String; 2] {
    pair.map_or_else(Default::default, |pair| [show(pair.predicted), show(pair.measured)])
}

#[derive(Serialize)]
struct Report {
    host: Host,
    runs: usize,
    within: usize,
    rows: Vec<RowReport>,
}

#[derive(Serialize)]
struct RowReport {
    scenario: String,
    variant: Option<String>,
    /// With its parameters, as on the command line.
    model: String,
    title: String,
    cores: u32,
    predicted: Side,
    measured: Side,
    /// Of the measured makespan; negative: predicted too short.
    makespan_off: Option<f64>,
    makespan_off_max: f64,
    beyond: Vec<&'static str>,
    busy_computer: bool,
}

#[derive(Serialize)]
struct Side {
    makespan_ns: Nanos,
    utilization: Option<f64>,
    gil_lateness_p50_ns: Option<Nanos>,
    done: u32,
}

fn print_json(rows: &[Row]) -> Result<(), Failure> {
    let report = Report {
        host: host::describe(),
        runs: rows.len(),
        within: rows.iter().filter(|row| row.agreement.misses().is_empty()).count(),
        rows: rows.iter().map(row_report).collect(),
    };
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

fn row_report(row: &Row) -> RowReport {
    let Agreement { makespan, utilization, gil_lateness, done, .. } = row.agreement;
    RowReport {
        scenario: row.run.scenario_id.clone(),
        variant: row.run.variant.clone(),
        model: row.run.choice.to_string(),
        title: row.run.title(Lang::En),
        cores: row.run.cores,
        predicted: Side {
            makespan_ns: makespan.predicted,
            utilization: utilization.map(|pair| pair.predicted),
            gil_lateness_p50_ns: gil_lateness.map(|pair| pair.predicted),
            done: done.predicted,
        },
        measured: Side {
            makespan_ns: makespan.measured,
            utilization: utilization.map(|pair| pair.measured),
            gil_lateness_p50_ns: gil_lateness.map(|pair| pair.measured),
            done: done.measured,
        },
        makespan_off: row.agreement.makespan_off(),
        makespan_off_max: row.agreement.makespan_off_max,
        beyond: row.agreement.misses().iter().map(|miss| miss.id()).collect(),
        busy_computer: row.busy,
    }
}
