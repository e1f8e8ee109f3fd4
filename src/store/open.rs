//! Opening what a person points at: a scenario or a saved run, told apart by content, not by name.

use std::fmt::{self, Display, Formatter};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;

pub use super::read::FileCause;
use super::read::{Remedies, open_file};
use crate::export::tasklane::{self, ReadError, Watch};
use crate::lang::{Lang, Text};
use crate::scenario::Scenario;
use crate::scenario::read::{self, Problems};
use crate::trace::Run;

/// Larger files are not ours: a scenario of the most steps there may be is smaller, and so is a run of the most events.
const SCENARIO_BYTES_MAX: u64 = 16 << 20;
const RUN_BYTES_MAX: u64 = 4 << 30;

const REMEDIES: Remedies = Remedies {
    missing: None,
    folder: Text::new(
        "choose a scenario (.toml) or a saved run (.tasklane)",
        "escolha um cenário (.toml) ou uma execução salva (.tasklane)",
    ),
};

#[derive(Debug)]
pub enum Opened {
    /// With the file's stem, which names its runs.
    Scenario {
        id: String,
        scenario: Box<Scenario>,
    },
    Run(Box<Run>),
}

/// Why a file could not be opened.
#[derive(Debug)]
pub struct OpenError {
    pub path: PathBuf,
    pub cause: OpenCause,
}

#[derive(Debug)]
pub enum OpenCause {
    File(FileCause),
    Empty,
    TooLarge {
        bytes: u64,
        max: u64,
    },
    /// Neither a saved run nor text.
    NotOurs,
    /// Called a scenario, but not text.
    NotUtf8 {
        /// From 1.
        line: usize,
        /// In characters, from 1.
        column: usize,
        /// What stands there.
        byte: u8,
    },
    Scenario(Problems),
    Run(ReadError),
}

/// Reads the file at `path` and finds out what it is.
///
/// # Errors
/// [`OpenError`] with everything that is wrong.
pub fn open(path: &Path) -> Result<Opened, OpenError> {
    open_watched(path, &|_| true)
}

/// The same for somebody who watches how far it is and may stop it.
///
/// # Errors
/// As [`open`], or [`ReadError::Stopped`].
pub fn open_watched(path: &Path, watch: Watch<'_>) -> Result<Opened, OpenError> {
    opened(path, watch).map_err(|cause| OpenError { path: path.to_owned(), cause })
}

fn opened(path: &Path, watch: Watch<'_>) -> Result<Opened, OpenCause> {
    let (mut file, metadata) = open_file(path).map_err(OpenCause::of)?;
    let mut bytes = Vec::new();
    file.by_ref().take(tasklane::MAGIC.len() as u64).read_to_end(&mut bytes).map_err(OpenCause::of)?;
    if bytes.is_empty() {
        return Err(OpenCause::Empty);
    }
    let is_run = bytes == tasklane::MAGIC || path.extension().is_some_and(|name| name == tasklane::FORMAT.extension);
    let max = if is_run { RUN_BYTES_MAX } else { SCENARIO_BYTES_MAX };
    let left = max - bytes.len() as u64;
    // One byte more than allowed tells too large from just large enough, also where a file has no length.
    file.take(left + 1).read_to_end(&mut bytes).map_err(OpenCause::of)?;
    if bytes.len() as u64 > max {
        return Err(OpenCause::TooLarge { bytes: metadata.len().max(bytes.len() as u64), max });
    }
    if is_run {
        return tasklane::read_watched(&bytes, watch).map(|run| Opened::Run(Box::new(run))).map_err(OpenCause::Run);
    }
    let is_called_scenario = path.extension().is_some_and(|name| name == "toml");
    let not_text = |error| if is_called_scenario { OpenCause::not_utf8(&error) } else { OpenCause::NotOurs };
    let text = String::from_utf8(bytes).map_err(not_text)?;
    let file = path.display().to_string();
    let id = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    match read::read(&file, &text) {
        Ok(scenario) => Ok(Opened::Scenario { id, scenario: Box::new(scenario) }),
        Err(problems) => Err(OpenCause::Scenario(problems)),
    }
}

impl OpenCause {
    fn of(error: io::Error) -> Self {
        OpenCause::File(FileCause::of(error))
    }

    fn not_utf8(error: &FromUtf8Error) -> Self {
        let bytes = error.as_bytes();
        let end = error.utf8_error().valid_up_to();
        let lines: Vec<&[u8]> = bytes[..end].split(|byte| *byte == b'\n').collect();
        let last = lines.last().copied().unwrap_or_default();
        OpenCause::NotUtf8 {
            line: lines.len(),
            column: 1 + String::from_utf8_lossy(last).chars().count(),
            byte: bytes[end],
        }
    }

    fn message(&self, lang: Lang) -> String {
        const NOT_UTF8: Text = Text::new(
            "line {}, column {} is not UTF-8 text (byte 0x{}): save the file as UTF-8",
            "a linha {}, coluna {} não é texto UTF-8 (byte 0x{}): salve o arquivo como UTF-8",
        );
        const TOO_LARGE: Text = Text::new(
            "the file is too large ({} bytes, at most {} are read)",
            "o arquivo é grande demais ({} bytes, são lidos no máximo {})",
        );
        let text = match self {
            OpenCause::File(cause) => return cause.message(lang, &REMEDIES),
            OpenCause::Empty => Text::new("the file is empty", "o arquivo está vazio"),
            OpenCause::NotOurs => Text::new(
                "this is neither a scenario (.toml) nor a saved run (.tasklane)",
                "isto não é um cenário (.toml) nem uma execução salva (.tasklane)",
            ),
            OpenCause::NotUtf8 { line, column, byte } => {
                return NOT_UTF8.fill(lang, &[line, column, &format!("{byte:02X}")]);
            }
            OpenCause::TooLarge { bytes, max } => return TOO_LARGE.fill(lang, &[bytes, max]),
            OpenCause::Scenario(problems) => return problems.render(lang),
            OpenCause::Run(error) => return error.message(lang),
        };
        text.get(lang).to_owned()
    }
}

impl OpenError {
    /// Path, cause and remedy. One line, except for a scenario, whose problems each name their place in the file.
    pub fn message(&self, lang: Lang) -> String {
        let cause = self.cause.message(lang);
        match self.cause {
            OpenCause::Scenario(_) => cause,
            _ => format!("{}: {cause}", self.path.display()),
        }
    }
}

impl Display for OpenError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for OpenError {}
