//! Where worker processes are not built: their pipes and their ends are Unix's. A run of theirs says so.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use super::Runtime;

pub(super) static RUNTIME: Runtime = Runtime {
    id: "processes",
    run: |_, _| Err(io::Error::new(io::ErrorKind::Unsupported, "worker processes are not available on this system")),
};

/// There are none to run it.
pub fn set_worker_program(_program: PathBuf) {}

/// No process is one.
pub fn serve_if_worker(_arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    None
}
