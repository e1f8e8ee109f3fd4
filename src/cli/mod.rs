//! The command line: its verbs, its options, and the text or JSON that they print. Knows nothing of the window; `main`
//! stands between the two.

mod args;
mod calibrate;
mod catalogs;
mod explore;
mod failure;
mod gantt;
mod interrupts;
mod load;
mod measure;
mod output;
mod predict;
mod report;
mod requests;
mod run;
mod show;
mod terminal;

pub use terminal::tell;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use self::args::{CommandLine, ExportArgs, RunArgs, Verb};
use self::failure::Failure;
use self::interrupts::Interrupts;
use crate::analysis::report_run::ReportRun;
use crate::scenario::catalog;

/// What the command line asks for.
#[derive(Debug)]
pub enum Invocation {
    /// The window, with this open in it.
    Window(Target),
    /// Something for the terminal; see [`execute`].
    Command(Command),
}

/// What the window opens on; nothing is its home.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Target {
    pub files: Vec<PathBuf>,
    /// The id of a built-in scenario.
    pub scenario: Option<&'static str>,
}

/// A verb with its options.
#[derive(Debug)]
pub struct Command(Verb);

/// Reads the command line, its first word being the program's.
///
/// # Errors
/// The exit status, when everything has been said already: a usage error, or `--help`.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Invocation, ExitCode> {
    let line = CommandLine::try_parse_from(words).map_err(|error| {
        match error.print() {
            // A complaint that cannot be written has nobody to read it.
            _ if error.use_stderr() => ExitCode::from(2),
            Ok(()) => ExitCode::SUCCESS,
            Err(unwritten) => Failure::from(unwritten).report(),
        }
    })?;
    match line.verb {
        Some(verb) => Ok(Invocation::Command(Command(verb))),
        None => target(line.files).map(Invocation::Window).map_err(Failure::report),
    }
}

fn target(words: Vec<PathBuf>) -> Result<Target, Failure> {
    let mut target = Target::default();
    for word in words {
        load::check_first_word(&word)?;
        match word.to_str().and_then(catalog::id) {
            Some(id) => target.scenario = Some(id),
            None => target.files.push(word),
        }
    }
    Ok(target)
}

/// Does what a verb asks for and says on stderr why not.
pub fn execute(command: Command) -> ExitCode {
    let done = match command.0 {
        Verb::Run(args) => run::run(&args),
        Verb::List(args) => catalogs::list(args.json),
        Verb::Models(args) => catalogs::models(args.json),
        Verb::Export(args) => export(&args),
        Verb::Predict(args) => predict::predict(&args),
        Verb::Compare(_) => Err(Failure::not_available("`compare`")),
        Verb::Sweep(_) => Err(Failure::not_available("`sweep`")),
        Verb::Explore(args) => explore::explore(&args),
        Verb::Calibrate(args) => calibrate::run(&args),
    };
    status(done)
}

/// The main job without a window: shows the saved runs that it would have been opened on and runs the scenarios, or
/// else the first lesson.
pub fn run_instead_of_window(target: &Target) -> ExitCode {
    let (saved, scenarios): (Vec<PathBuf>, Vec<PathBuf>) =
        target.files.iter().cloned().partition(|file| load::is_saved_run(file));
    let mut words: Vec<PathBuf> = target.scenario.into_iter().map(PathBuf::from).collect();
    words.extend(scenarios);
    if words.is_empty() && saved.is_empty() {
        words.push(PathBuf::from(load::DEFAULT));
    }
    let shown = if saved.is_empty() { Ok(()) } else { show::show(&saved) };
    let run = words.into_iter().map(|word| run::run(&RunArgs::of(word)));
    status(std::iter::once(shown).chain(run).find(Result::is_err).unwrap_or(Ok(())))
}

fn export(args: &ExportArgs) -> Result<(), Failure> {
    let run = load::saved_run(&args.run)?;
    let stop = Interrupts::watch()?;
    let runs = [ReportRun::alone(Arc::new(run))];
    let written = output::write_format(&args.out, args.format, args.picture, &runs, &stop.since_now());
    // Asked by another signal than Ctrl-C, that is what is to be told; why nothing was written is told in any case.
    Failure::all(stop.verdict().err().into_iter().chain(written.err()).collect())
}

fn status(done: Result<(), Failure>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
