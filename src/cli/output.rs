//! What leaves the program by way of the command line: JSON on standard output and files, whole or not at all, and the
//! language of what people read.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::failure::Failure;
use super::interrupts::Interruptible;
use super::terminal::tell;
use crate::analysis::report_run::ReportRun;
use crate::chart::figure::Picture;
use crate::export::{Format, Options};
use crate::lang::Lang;
use crate::store;

/// One JSON object on stdout.
///
/// # Errors
/// When stdout cannot be written.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    // Standard output by itself is flushed at every line.
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// # Errors
/// When nothing can be written there.
pub fn make_writable(folder: &Path) -> Result<(), Failure> {
    let cannot = |error: io::Error| Failure::Work(format!("cannot write into `{}`: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(cannot)?;
    tempfile::tempfile_in(folder).map(drop).map_err(cannot)
}

/// As [`write_format`], into the folder under the runs' name.
///
/// # Errors
/// When the runs do not suit the format, the file cannot be written or is given up.
pub fn write_file(
    folder: &Path,
    format: &Format,
    picture: Picture,
    runs: &[ReportRun],
    interrupted: &dyn Fn() -> bool,
) -> Result<(), Failure> {
    let path = folder.join(format.file_name(runs, picture));
    write_format(&path, format, picture, runs, interrupted)?;
    tell(format!("wrote {}", path.display()));
    Ok(())
}

/// Writes `runs` to `path`, whole or not at all. Asks `interrupted` again and again whether to give it up.
///
/// # Errors
/// When the runs do not suit the format, the file cannot be written or is given up.
pub fn write_format(
    path: &Path,
    format: &Format,
    picture: Picture,
    runs: &[ReportRun],
    interrupted: &dyn Fn() -> bool,
) -> Result<(), Failure> {
    let options = Options { picture, ..Options::default() };
    let write = |out: &mut dyn Write| {
        let mut out = Interruptible { out, interrupted };
        // Before any time is spent on drawing.
        out.check()?;
        format.write(runs, &options, &mut out)
    };
    store::save::save_bytes_atomically(path, write).map_err(Failure::work)
}

/// The language of a scenario's own texts: that of the person's environment, where we speak it.
pub fn lesson_lang() -> Lang {
    Lang::of_locale(|name| std::env::var(name).ok())
}
