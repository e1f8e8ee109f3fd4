//! Opening a file to be read, whatever a person points at.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Only files are opened: whoever opens a pipe waits until somebody writes into it, and a device may never end.
///
/// # Errors
/// [`ErrorKind::IsADirectory`], or [`ErrorKind::Unsupported`] for what is neither folder nor file; or what the system
/// refused.
pub(super) fn open_file(path: &Path) -> io::Result<(File, Metadata)> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(ErrorKind::Unsupported.into());
    }
    Ok((File::open(path)?, metadata))
}
