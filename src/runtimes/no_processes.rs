//! Where worker processes are not built: their pipes and their ends are Unix's.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use super::Runtime;
use crate::lang::Text;

pub(super) static RUNTIME: Runtime = Runtime { id: "processes", run: Err(ONLY_UNIX) };

const ONLY_UNIX: Text = Text::new(
    "this version makes worker processes on Linux and macOS only",
    "esta versão só cria processos trabalhadores no Linux e no macOS",
);

/// There are none to run it.
pub fn set_worker_program(_program: PathBuf) {}

/// No process is one.
pub fn serve_if_worker(_arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    None
}
