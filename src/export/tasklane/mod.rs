//! The `.tasklane` file: a saved run, which opens again.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `TASKLANE` |
//! | 4 | version, little-endian as all numbers |
//! | 4 + n | length of the header, the header: everything of a [`Run`] but its trace, as JSON |
//! | 8 + n | length of the columns, the columns: see `columns` |
//! | 4 | CRC-32 of everything before |
//!
//! Invariant: [`read()`] takes any bytes at all. It returns a run that is as sound as a measured one, or an error; it
//! never panics and never makes room for more than the bytes can hold. A later version reads what an earlier one wrote.

mod columns;
mod header;
mod read;

use std::io::Write;

use super::{ExportError, Format, Options, Takes};
use crate::analysis::report_run::ReportRun;
use crate::lang::Text;
use crate::trace::Run;
use header::Header;

pub use read::{ReadError, Watch, read, read_watched};

pub static FORMAT: Format = Format {
    id: "tasklane",
    extension: "tasklane",
    label: Text::new("Saved run (opens again)", "Execução salva (abre de novo)"),
    takes: Takes::OneRun,
    suffix: "",
    write: |runs, _: &Options, out| write(&runs[0], out),
};

/// What every saved run begins with.
pub const MAGIC: [u8; 8] = *b"TASKLANE";
/// The version this program writes, and the newest it reads.
pub const VERSION: u32 = 1;

fn write(report: &ReportRun, out: &mut dyn Write) -> Result<(), ExportError> {
    let run = &*report.run;
    if !run.is_over() {
        return Err(ExportError::NotOver);
    }
    out.write_all(&encode(run))?;
    Ok(())
}

fn encode(run: &Run) -> Vec<u8> {
    let header = serde_json::to_vec(&Header::of(run)).expect("a header has text keys and finite numbers only");
    let columns = columns::encode(&run.trace);
    let mut bytes = Vec::with_capacity(header.len() + columns.len() + 28);
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(u32::try_from(header.len()).expect("a header is far below 4 GiB").to_le_bytes());
    bytes.extend(header);
    bytes.extend((columns.len() as u64).to_le_bytes());
    bytes.extend(columns);
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}
