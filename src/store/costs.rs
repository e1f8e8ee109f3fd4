//! Opens and saves tables of costs, and keeps the one that was measured on this computer beside the settings.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::read::{FileCause, Remedies, open_file};
use super::save::{self, SaveError};
use crate::lang::{Lang, Text};
use crate::scenario::read::Problems;
use crate::simulate::cost_file;
use crate::simulate::costs::CostTable;

/// What the table of this computer is called, in the folder of the settings.
const FILE: &str = "costs.toml";

/// A table of every cost in every language is a hundredth of it.
const BYTES_MAX: u64 = 1 << 20;

const REMEDIES: Remedies = Remedies {
    missing: Some(Text::new(
        "`tasklane calibrate --out FILE` writes one",
        "`tasklane calibrate --out ARQUIVO` grava um",
    )),
    folder: Text::new("choose a file in it", "escolha um arquivo nela"),
};

/// Why a table of costs could not be opened.
#[derive(Debug)]
pub struct CostsError {
    pub path: PathBuf,
    pub cause: CostsCause,
}

#[derive(Debug)]
pub enum CostsCause {
    File(FileCause),
    /// Too large, or no text.
    NotCosts,
    Wrong(Problems),
}

/// Reads the table of costs at `path`.
///
/// # Errors
/// [`CostsError`] with everything that is wrong.
pub fn open(path: &Path) -> Result<CostTable, CostsError> {
    opened(path).map_err(|cause| CostsError { path: path.to_owned(), cause })
}

/// The table that was measured on this computer last and kept in `folder`; `None` when there is none yet.
///
/// # Errors
/// [`CostsError`] when there is one that cannot be read.
pub fn kept(folder: &Path) -> Result<Option<CostTable>, CostsError> {
    match open(&folder.join(FILE)) {
        Ok(table) => Ok(Some(table)),
        Err(CostsError { cause: CostsCause::File(FileCause::Missing), .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Keeps the table of this computer in `folder`, which is made if it is missing. Returns where.
///
/// # Errors
/// [`SaveError`], and the table kept before is still there.
pub fn keep(folder: &Path, table: &CostTable) -> Result<PathBuf, SaveError> {
    // If it cannot be made, saving into it says why.
    drop(fs::create_dir_all(folder));
    let path = folder.join(FILE);
    save(&path, table).map(|()| path)
}

/// Writes the table to `path`, whole or not at all.
///
/// # Errors
/// [`SaveError`] with the cause and its remedy.
pub fn save(path: &Path, table: &CostTable) -> Result<(), SaveError> {
    save::save_bytes_atomically(path, |out| Ok(out.write_all(cost_file::write(table).as_bytes())?))
}

fn opened(path: &Path) -> Result<CostTable, CostsCause> {
    let (file, _) = open_file(path).map_err(CostsCause::of)?;
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(CostsCause::of)?;
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() as u64 <= BYTES_MAX);
    cost_file::read(&path.display().to_string(), &text.ok_or(CostsCause::NotCosts)?).map_err(CostsCause::Wrong)
}

impl CostsCause {
    fn of(error: io::Error) -> Self {
        CostsCause::File(FileCause::of(error))
    }

    fn message(&self, lang: Lang) -> String {
        match self {
            CostsCause::File(cause) => cause.message(lang, &REMEDIES),
            CostsCause::NotCosts => {
                Text::new("this is no table of costs", "isto não é uma tabela de custos").get(lang).to_owned()
            }
            CostsCause::Wrong(problems) => problems.render(lang),
        }
    }
}

impl CostsError {
    /// Path, cause and remedy. One line, except for a table that is wrong, whose problems each name their place.
    pub fn message(&self, lang: Lang) -> String {
        let cause = self.cause.message(lang);
        match self.cause {
            CostsCause::Wrong(_) => cause,
            _ => format!("{}: {cause}", self.path.display()),
        }
    }
}

impl Display for CostsError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for CostsError {}
