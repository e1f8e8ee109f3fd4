//! `tasklane calibrate`: measures what things cost on this computer, keeps it beside the settings, and writes it where
//! `--costs` can read it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::args::CalibrateArgs;
use super::failure::Failure;
use super::interrupts::Interrupts;
use super::measure::ProgressLine;
use super::output::print_json;
use super::terminal::{Ink, Terminal, tell};
use crate::engine::calibrate::{Calibration, Effort, Mood, NEWEST, Progress};
use crate::host;
use crate::model::Language;
use crate::simulate::costs::{Cost, CostTable};
use crate::store::{self, costs};
use crate::trace::Host;

/// Measures and tells.
///
/// # Errors
/// When it was stopped, or nothing can be written.
pub fn run(args: &CalibrateArgs) -> Result<(), Failure> {
    let stop = Interrupts::watch()?;
    let mut here = Calibration::default();
    measure(&mut here, Effort::BRIEF, &stop)?;
    let table = here.table(&NEWEST, Mood::Alone);
    if let Some(path) = &args.out {
        costs::save(path, &table).map_err(Failure::work)?;
        tell(format!("wrote {}", path.display()));
    }
    keep(&table, args.out.is_some() || args.json)?;
    if args.json { print_report(&table) } else { print_table(&table) }
}

/// Measures what things cost on this computer; a terminal is told meanwhile how far it is.
///
/// # Errors
/// When it was stopped.
pub fn measure(here: &mut Calibration, effort: Effort, stop: &Interrupts) -> Result<(), Failure> {
    let mut line = ProgressLine::new();
    let tell_progress = |Progress { done, of, cost }: Progress| {
        line.tell(|| Some(format!("{} of {of} · {}", done + 1, cost.label().en)));
    };
    let measured = here.measure(effort, stop.raised(), tell_progress);
    line.clear();
    stop.verdict()?;
    measured.map_err(Failure::work)
}

/// So that models' cards can show it. Where nobody asked for that, its failing is not the command's.
fn keep(table: &CostTable, is_aside: bool) -> Result<(), Failure> {
    let Some(folder) = store::settings::folder() else { return Ok(()) };
    match costs::keep(&folder, table) {
        Ok(path) => tell(format!("kept in {}", path.display())),
        Err(error) if is_aside => tell(format!("note: {error}")),
        Err(error) => return Err(Failure::work(error)),
    }
    Ok(())
}

fn print_table(table: &CostTable) -> Result<(), Failure> {
    let terminal = Terminal::of_stdout();
    let width = Cost::ALL.map(|cost| cost.label().en.chars().count()).into_iter().max().unwrap_or(0);
    let mut out = io::stdout().lock();
    writeln!(out, "{}", terminal.paint(&table.source, Ink::Bold))?;
    for cost in Cost::ALL {
        let (figure, ink) = match table.get(Language::Rust, cost) {
            Some(time) => (time.to_string(), Ink::Plain),
            None => ("not measured".to_owned(), Ink::Dim),
        };
        let figure = terminal.paint(&format!("{figure:>12}"), ink);
        let word = terminal.paint(cost.id(), Ink::Dim);
        writeln!(out, "{:width$}  {figure}  {word}", cost.label().en)?;
    }
    Ok(out.flush()?)
}

#[derive(Serialize)]
struct Report {
    host: Host,
    /// Nanoseconds, of tasks written in Rust; null is not measured.
    costs: BTreeMap<&'static str, Option<i64>>,
}

fn print_report(table: &CostTable) -> Result<(), Failure> {
    let nanos = |cost: Cost| table.get(Language::Rust, cost).map(|time| time.0);
    let report = Report { host: host::describe(), costs: Cost::ALL.map(|cost| (cost.id(), nanos(cost))).into() };
    print_json(&report)
}
