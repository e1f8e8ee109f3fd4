//! `tasklane run`: makes the runs, then writes files, and tells a person or a program what happened.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use super::args::RunArgs;
use super::failure::Failure;
use super::interrupts::Interrupts;
use super::load::{self, Named};
use super::measure::{measure, refused};
use super::output::{lesson_lang, make_writable, print_json, write_file};
use super::report::{Reported, count_of_cores, report, table_row};
use super::requests::{kept_by_variants, requests};
use super::terminal::{Ink, Terminal, harmless, tell, wrapped};
use crate::analysis::columns;
use crate::analysis::condition::{self, Outcome};
use crate::analysis::figures::Figures;
use crate::analysis::metrics::{Metrics, metrics};
use crate::analysis::placeholders;
use crate::analysis::report_run::ReportRun;
use crate::chart::figure::Picture;
use crate::engine::session::{Entry, Session};
use crate::engine::{self, Request};
use crate::export::{self, Format, Takes};
use crate::lang::{Lang, Text};
use crate::model::ModelChoice;
use crate::scenario::Engine;
use crate::simulate::schedulers;
use crate::time::Nanos;
use crate::trace::{Run, Status};

const DISAGREES: Text = Text::new(
    "This computer disagrees with the lesson, which expects {}. Other programs, few cores or unlucky timing can be why; the lesson says:",
    "Este computador discorda da lição, que espera {}. Outros programas, poucos núcleos ou o acaso podem ser a causa; a lição diz:",
);

const IMAGINED_DISAGREES: Text = Text::new(
    "This imagined computer disagrees with the lesson, which expects {}. Few cores, high costs, a changed set-up, or a lesson about what no imagined computer has can be why; the lesson says:",
    "Este computador imaginado discorda da lição, que espera {}. Poucos núcleos, custos altos, uma configuração mudada ou uma lição sobre o que nenhum computador imaginado tem podem ser a causa; a lição diz:",
);

/// Runs and reports.
///
/// # Errors
/// [`Failure`] with the contract's exit status.
pub fn run(args: &RunArgs) -> Result<(), Failure> {
    let named = load::scenario(&args.scenario)?;
    let costs = args.costs.as_deref().map(load::costs).transpose()?.map(Arc::new);
    let requests = requests(&named, args, costs.as_ref())?;
    requests.iter().try_for_each(engine::check).map_err(refused)?;
    if let Some(folder) = &args.out {
        // Before any time is spent on runs that could not be kept.
        make_writable(folder)?;
    }
    let stop = Interrupts::watch()?;
    for kept in kept_by_variants(&requests, args) {
        tell(format!("note: {kept}"));
    }
    let ignored = ignored(&requests);
    if !args.json {
        match introduce(&named, &requests) {
            // Nobody reads, but files are asked for.
            Err(Failure::ReaderGone) if args.out.is_some() => {}
            introduced => introduced?,
        }
    }
    if !ignored.is_empty() {
        tell(format!("note: a measured run of these models ignores {}", ignored.join(", ")));
    }
    let session = measure(requests, args.repeat, stop.raised())?;
    let runs = measured(&session);
    // A file that cannot be written takes neither the others nor the results with it.
    let unwritten = match &args.out {
        Some(folder) => write_files(folder, &args.formats, &args.pictures, &runs, &stop.since_now()),
        None => vec![],
    };
    let broken = broken_off(session.entries().iter().map(|entry| &*entry.run));
    let mut failures: Vec<Failure> = stop.over().err().into_iter().chain(broken).chain(unwritten).collect();
    failures.extend(
        if args.json { print_json(&export::json::report(&runs)) } else { print_report(&named, &session) }.err(),
    );
    Failure::all(failures)
}

/// What is going to be run, before it is.
fn introduce(named: &Named, requests: &[Request]) -> Result<(), Failure> {
    let Some(first) = requests.first() else { return Ok(()) };
    let lang = lesson_lang();
    let terminal = Terminal::of_stdout();
    let scenario = &named.scenario;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", terminal.paint(&harmless(scenario.title(lang)), Ink::Bold))?;
    let question = scenario.expect(lang);
    for line in std::iter::once(scenario.summary(lang))
        .chain(question)
        .flat_map(|text| wrapped(&harmless(text), terminal.width))
    {
        writeln!(out, "{line}")?;
    }
    let facts = format!("{} · seed {}", computers(requests), first.seed);
    for line in wrapped(&harmless(&facts), terminal.width) {
        writeln!(out, "{}", terminal.paint(&line, Ink::Dim))?;
    }
    Ok(out.flush()?)
}

/// Where the runs are made: `simulated on an imagined computer of 64 cores · costs: Tasklane's defaults · scheduler: fcfs`.
fn computers(requests: &[Request]) -> String {
    let of = |engine: Engine| requests.iter().filter(move |request| request.engine == engine);
    let mut places = Vec::new();
    if of(Engine::Measured).next().is_some() {
        places.push("measured on this computer".to_owned());
    }
    if of(Engine::Simulated).next().is_some() {
        let cores = distinct(of(Engine::Simulated).map(|request| count_of_cores(request.cores)));
        let costs = distinct(of(Engine::Simulated).map(costs_of));
        let machines = of(Engine::Simulated).map(|request| schedulers::named(&request.scenario.machine, Lang::En));
        let (cores, costs, scheduler) = (cores.join(" or "), costs.join(" or "), distinct(machines).join(" or "));
        places.push(format!("simulated on an imagined computer of {cores} · costs: {costs} · scheduler: {scheduler}"));
    }
    places.join("; ")
}

fn costs_of(request: &Request) -> String {
    match &request.costs {
        _ if request.scenario.machine.ideal => "none, an ideal machine".to_owned(),
        Some(table) => table.source.clone(),
        None => "Tasklane's defaults".to_owned(),
    }
}

/// What the measured ones among the runs do not heed.
fn ignored(requests: &[Request]) -> Vec<String> {
    let measured = || requests.iter().filter(|request| request.engine == Engine::Measured);
    let given = measured().filter(|request| request.costs.is_some()).map(|_| "the costs of --costs".to_owned());
    let models: Vec<ModelChoice> = measured().map(|request| request.choice.clone()).collect();
    distinct(measured().flat_map(|request| request.scenario.ignored_when_measured(&models)).chain(given))
}

fn distinct(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        if !all.contains(&word) {
            all.push(word);
        }
    }
    all
}

/// Entries of which something is known: one that was refused on its way has no figures.
fn shown(session: &Session) -> impl Iterator<Item = &Entry> {
    let has_begun = |run: &Run| run.status == Status::Finished || run.account.recorded > 0;
    session.entries().iter().filter(move |entry| entry.run.is_over() && has_begun(&entry.run))
}

fn measured(session: &Session) -> Vec<ReportRun> {
    let report_run = |entry: &Entry| ReportRun {
        run: Arc::clone(&entry.run),
        name: None,
        repeats: entry.repeats.clone(),
        baseline: session.baseline_of(entry.id).map(|baseline| metrics_of(baseline).makespan),
        predicted: None,
    };
    shown(session).map(report_run).collect()
}

/// Runs that did not come to their end: what there is of them is reported all the same.
fn broken_off<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Vec<Failure> {
    let broken = |run: &Run| {
        let why = run.account.trouble.as_ref()?;
        Some(Failure::Work(format!("{} could not be run to its end: {why}", run.title(Lang::En))))
    };
    runs.into_iter().filter_map(broken).collect()
}

fn print_report(named: &Named, session: &Session) -> Result<(), Failure> {
    let terminal = Terminal::of_stdout();
    let runs: Vec<Reported> = shown(session).map(|entry| reported(entry, session)).collect();
    let mut out = io::stdout().lock();
    writeln!(out, "{}", report(&runs, terminal))?;
    for line in answer(named, session).iter().flat_map(|text| wrapped(&harmless(text), terminal.width)) {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

/// What the lesson says to the figures measured; nothing where they are not those that it is about.
fn answer(named: &Named, session: &Session) -> Vec<String> {
    let lang = lesson_lang();
    let (Some(lesson), Some(text)) = (&named.scenario.lesson, named.scenario.explain(lang)) else { return vec![] };
    let known = session.entries().iter().flat_map(|entry| entry.runs.iter().zip(&entry.metrics));
    let runs: Vec<(&Run, &Metrics)> = known.map(|(run, metrics)| (&**run, &**metrics)).collect();
    let figures = Figures::of_known(&runs);
    let explained = placeholders::fill_string(text, &figures, lang);
    match condition::lesson(lesson, &figures) {
        Outcome::Holds => vec![explained],
        Outcome::Unknown(_) => vec![],
        Outcome::Fails => {
            let measured = runs.iter().any(|(run, _)| run.engine == Engine::Measured);
            let disagrees = if measured { DISAGREES } else { IMAGINED_DISAGREES };
            vec![disagrees.fill(lang, &[&lesson.holds.join(", ")]), explained]
        }
    }
}

fn reported<'a>(entry: &'a Entry, session: &Session) -> Reported<'a> {
    let baseline = session.baseline_of(entry.id).map_or_else(Vec::new, |baseline| {
        let first: Nanos = metrics_of(baseline).makespan;
        std::iter::once(first).chain(baseline.repeats.iter().copied()).collect()
    });
    let samples = entry.runs.iter().zip(&entry.metrics);
    let repeats = samples.map(|(run, metrics)| columns::Sample::new(run, Metrics::clone(metrics))).collect();
    let metrics = Metrics::clone(&metrics_of(entry));
    Reported { run: &entry.run, row: table_row(&entry.run, metrics, repeats, baseline) }
}

/// Of what is shown: known of a finished run, counted now of one that was cancelled.
fn metrics_of(entry: &Entry) -> Arc<Metrics> {
    entry.shown_metrics().map_or_else(|| Arc::new(metrics(&entry.run)), Arc::clone)
}

/// A file for each run and format, and picture where there are any; of several runs also one that compares them, where
/// the format can. Returns why those are missing that are.
fn write_files(
    folder: &Path,
    formats: &[&'static Format],
    pictures: &[Picture],
    runs: &[ReportRun],
    interrupted: &dyn Fn() -> bool,
) -> Vec<Failure> {
    let mut failures = Vec::new();
    for format in formats {
        let pictures = if format.takes == Takes::Picture { pictures } else { &[Picture::Gantt] };
        for picture in pictures {
            let mut write =
                |runs: &[ReportRun]| failures.extend(write_file(folder, format, *picture, runs, interrupted).err());
            for run in runs {
                write(std::slice::from_ref(run));
            }
            if runs.len() > 1 && format.takes != Takes::OneRun {
                write(runs);
            }
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_broke_off_is_reported_as_one_that_could_not_be_run() {
        let named = load::scenario(Path::new("kitchen")).expect("it is built in");
        let args = RunArgs { simulate: true, ..RunArgs::of("kitchen".into()) };
        let requests = requests(&named, &args, None).expect("its models are known");
        let mut run = (*engine::imagine(&requests[0], &|| false).expect("a run").run).clone();
        assert_eq!(broken_off([&run]), []);
        run.account.trouble = Some("no more threads".into());
        let failure = Failure::Work("Sequential could not be run to its end: no more threads".into());
        assert_eq!(broken_off([&run]), [failure]);
    }
}
