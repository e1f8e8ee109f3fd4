//! From bytes to a run, and everything that can be wrong with them.

use std::fmt::{self, Display, Formatter};

use super::header::Header;
use super::{MAGIC, VERSION, columns};
use crate::lang::{Lang, Text};
use crate::trace::Run;

/// Why bytes are not a saved run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    NotOurs,
    /// Written by a later Tasklane: its version of the format, and the newest this one reads.
    Newer {
        found: u32,
        known: u32,
    },
    /// So many bytes were there, so many should be.
    CutOff {
        found: u64,
        expected: u64,
    },
    Checksum,
    /// The header is not the JSON it should be.
    Header(String),
    /// The scenario inside cannot be read.
    Scenario(String),
    /// Of a model that this version does not have.
    Model(String),
    /// A value that no run can have.
    Impossible(&'static str),
    /// Whoever waited for it does not want it any more.
    Stopped,
}

/// Hears now and then how much has been read, from 0 to 1, and says whether to go on.
pub type Watch<'a> = &'a dyn Fn(f64) -> bool;

impl ReadError {
    pub fn message(&self, lang: Lang) -> String {
        const NOT_OURS: Text = Text::new(
            "this is not a run saved by Tasklane, or its beginning is damaged: copy this file again, or choose another .tasklane file",
            "isto não é uma execução salva pelo Tasklane, ou seu início está danificado: copie este arquivo de novo, ou escolha outro arquivo .tasklane",
        );
        const NEWER: Text = Text::new(
            "the run was saved in format {} by a newer Tasklane, this one reads up to format {}: update Tasklane to open it",
            "a execução foi salva no formato {} por um Tasklane mais novo, este lê até o formato {}: atualize o Tasklane para abri-la",
        );
        const CUT_OFF: Text = Text::new(
            "the saved run is cut off: {} of {} bytes are there; copy or save it again",
            "a execução salva está cortada: há {} de {} bytes; copie ou salve de novo",
        );
        const CHECKSUM: Text = Text::new(
            "the saved run is damaged (its checksum does not match); copy or save it again",
            "a execução salva está danificada (a soma de verificação não confere); copie ou salve de novo",
        );
        const HEADER: Text = Text::new(
            "the saved run is damaged: its header cannot be read ({})",
            "a execução salva está danificada: seu cabeçalho não pode ser lido ({})",
        );
        const SCENARIO: Text = Text::new(
            "the scenario inside the saved run cannot be read: {}",
            "o cenário dentro da execução salva não pode ser lido: {}",
        );
        const MODEL: Text = Text::new(
            "the saved run is of the model `{}`, which is not available in this version",
            "a execução salva é do modelo `{}`, que não está disponível nesta versão",
        );
        const IMPOSSIBLE: Text = Text::new(
            "the saved run is damaged: it holds an impossible value ({})",
            "a execução salva está danificada: contém um valor impossível ({})",
        );
        const STOPPED: Text = Text::new("opening it was stopped", "a abertura foi cancelada");
        match self {
            ReadError::NotOurs => NOT_OURS.get(lang).to_owned(),
            ReadError::Newer { found, known } => NEWER.fill(lang, &[found, known]),
            ReadError::CutOff { found, expected } => CUT_OFF.fill(lang, &[found, expected]),
            ReadError::Checksum => CHECKSUM.get(lang).to_owned(),
            ReadError::Header(why) => HEADER.fill(lang, &[why]),
            ReadError::Scenario(why) => SCENARIO.fill(lang, &[why]),
            ReadError::Model(model) => MODEL.fill(lang, &[model]),
            ReadError::Impossible(what) => IMPOSSIBLE.fill(lang, &[what]),
            ReadError::Stopped => STOPPED.get(lang).to_owned(),
        }
    }
}

impl Display for ReadError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for ReadError {}

/// The run that was saved as these bytes.
///
/// # Errors
/// [`ReadError`] says what is wrong with them.
pub fn read(bytes: &[u8]) -> Result<Run, ReadError> {
    read_watched(bytes, &|_| true)
}

/// The same for somebody who watches: ten million tasks take seconds.
///
/// # Errors
/// As [`read`], or that it was stopped.
pub fn read_watched(bytes: &[u8], watch: Watch<'_>) -> Result<Run, ReadError> {
    let parts = Parts::of(bytes)?;
    let header: Header = serde_json::from_slice(parts.header).map_err(|why| ReadError::Header(why.to_string()))?;
    header.check()?;
    let trace = columns::decode(parts.columns, &header, watch)?;
    header.into_run(trace)
}

struct Parts<'a> {
    header: &'a [u8],
    columns: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Takes the file apart; its checksum is right.
    fn of(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let begins = bytes.len().min(MAGIC.len());
        if bytes[..begins] != MAGIC[..begins] || bytes.is_empty() {
            return Err(ReadError::NotOurs);
        }
        let mut reader = Reader { bytes, at: MAGIC.len() as u64 };
        let version = u32::from_le_bytes(reader.array()?);
        if version > VERSION {
            return Err(ReadError::Newer { found: version, known: VERSION });
        }
        if version == 0 {
            return Err(ReadError::Impossible("version of the format"));
        }
        let length = u32::from_le_bytes(reader.array()?);
        let header = reader.take(u64::from(length))?;
        let length = u64::from_le_bytes(reader.array()?);
        let columns = reader.take(length)?;
        let sealed = reader.at;
        let checksum = u32::from_le_bytes(reader.array()?);
        if reader.at != bytes.len() as u64 {
            return Err(ReadError::Impossible("length of the file"));
        }
        let sealed = usize::try_from(sealed).expect("within the bytes");
        if crc32fast::hash(&bytes[..sealed]) != checksum {
            return Err(ReadError::Checksum);
        }
        Ok(Parts { header, columns })
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: u64,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8], ReadError> {
        let end = self.at.saturating_add(length);
        let range = usize::try_from(self.at).ok().zip(usize::try_from(end).ok());
        let part = range.and_then(|(from, to)| self.bytes.get(from..to));
        self.at = end;
        part.ok_or(ReadError::CutOff { found: self.bytes.len() as u64, expected: end })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        Ok(self.take(N as u64)?.try_into().expect("as many as were taken"))
    }
}
