//! What the terminal can do with saved runs where no window can be opened: show their charts and their table.

use std::io::{self, Write};
use std::path::PathBuf;

use super::failure::Failure;
use super::load;
use super::output::lesson_lang;
use super::report::{Reported, report, table_row};
use super::terminal::{Ink, Terminal, harmless};
use crate::analysis::metrics::metrics;
use crate::trace::Run;

/// Shows the runs saved in `files` on one common axis.
///
/// # Errors
/// When one of them cannot be read or is something else.
pub fn show(files: &[PathBuf]) -> Result<(), Failure> {
    let runs: Vec<Run> = files.iter().map(|file| load::saved_run(file)).collect::<Result<_, _>>()?;
    let terminal = Terminal::of_stdout();
    let mut titles: Vec<&str> = runs.iter().map(|run| run.scenario.title(lesson_lang())).collect();
    titles.dedup();
    let reported = |run| Reported { run, row: table_row(run, metrics(run), vec![], vec![]) };
    let reported: Vec<Reported> = runs.iter().map(reported).collect();
    let mut out = io::stdout().lock();
    for title in titles {
        writeln!(out, "{}", terminal.paint(&harmless(title), Ink::Bold))?;
    }
    writeln!(out, "{}", report(&reported, terminal))?;
    Ok(out.flush()?)
}
