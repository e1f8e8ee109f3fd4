//! Opening a file to be read, whatever a person points at, and why that fails.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::lang::{Lang, Text};

/// Why nothing could be read, whatever was to be in it.
#[derive(Debug)]
pub enum FileCause {
    Missing,
    IsFolder,
    /// A device, a pipe: nobody knows whether it ever ends.
    NotAFile,
    NotAllowed,
    Other(io::Error),
}

/// What to do where a file of some kind is not there, and where a folder is in its place.
pub(super) struct Remedies {
    pub missing: Option<Text>,
    pub folder: Text,
}

impl FileCause {
    pub(super) fn of(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => FileCause::Missing,
            ErrorKind::IsADirectory => FileCause::IsFolder,
            ErrorKind::Unsupported => FileCause::NotAFile,
            ErrorKind::PermissionDenied => FileCause::NotAllowed,
            _ => FileCause::Other(error),
        }
    }

    pub(super) fn message(&self, lang: Lang, remedies: &Remedies) -> String {
        let (cause, remedy) = match self {
            FileCause::Missing => (Text::new("there is no such file", "não existe este arquivo"), remedies.missing),
            FileCause::IsFolder => (Text::new("this is a folder", "isto é uma pasta"), Some(remedies.folder)),
            FileCause::NotAFile => (
                Text::new("this is a device or a pipe, not a file", "isto é um dispositivo ou um pipe, não um arquivo"),
                Some(Text::new("save what comes out of it and open that", "salve o que sai dele e abra isso")),
            ),
            FileCause::NotAllowed => (
                Text::new("you may not read it", "você não pode lê-lo"),
                Some(Text::new("change its permissions or choose another", "mude as permissões ou escolha outro")),
            ),
            FileCause::Other(error) => return error.to_string(),
        };
        let cause = cause.get(lang);
        remedy.map_or_else(|| cause.to_owned(), |remedy| format!("{cause}: {}", remedy.get(lang)))
    }
}

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
