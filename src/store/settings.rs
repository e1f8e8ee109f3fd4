//! Where settings are kept between starts: one TOML file in the folder that this system has for them. What the settings
//! are is the shell's business; unknown keys are ignored, missing ones have their defaults.
//!
//! Invariant: broken settings never keep the program from starting, and are never overwritten unseen: they are set
//! aside.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::save::{self, SaveError};
use crate::lang::{Lang, Text};

/// Set to keep settings in another folder.
pub const FOLDER_VARIABLE: &str = "TASKLANE_CONFIG_DIR";

const FILE: &str = "settings.toml";
/// So many broken files are kept; then the next one stays where it is.
const BROKEN_MAX: u32 = 99;

/// The folder of the settings: that of [`FOLDER_VARIABLE`], else the system's own; `None` where there is no home.
pub fn folder() -> Option<PathBuf> {
    match std::env::var_os(FOLDER_VARIABLE) {
        Some(folder) if !folder.is_empty() => Some(folder.into()),
        _ => directories::ProjectDirs::from("", "", "tasklane").map(|dirs| dirs.config_dir().to_owned()),
    }
}

/// What a start finds.
#[derive(Debug)]
pub enum Loaded<S> {
    /// Nothing was kept yet.
    First,
    Found(S),
    /// What was kept cannot be used.
    Broken(Broken),
}

/// To be reported; the program goes on with its defaults.
#[derive(Debug)]
pub struct Broken {
    pub path: PathBuf,
    pub why: String,
    /// Where the broken file is now; `None` when it had to stay.
    pub aside: Option<PathBuf>,
}

impl Broken {
    pub fn message(&self, lang: Lang) -> String {
        const ASIDE: Text = Text::new(
            "The settings could not be read ({}) and were set aside as {}; the defaults are used.",
            "As configurações não puderam ser lidas ({}) e foram guardadas como {}; valem os valores padrão.",
        );
        const STAYED: Text = Text::new(
            "The settings in {} could not be read ({}); the defaults are used.",
            "As configurações em {} não puderam ser lidas ({}); valem os valores padrão.",
        );
        match &self.aside {
            Some(aside) => ASIDE.fill(lang, &[&self.why, &aside.display()]),
            None => STAYED.fill(lang, &[&self.path.display(), &self.why]),
        }
    }
}

/// Reads the settings that were kept in `folder`.
pub fn load<S: DeserializeOwned>(folder: &Path) -> Loaded<S> {
    let path = folder.join(FILE);
    let text = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Loaded::First,
        // It may be readable next time: nothing is wrong with what is in it.
        Err(error) => return Loaded::Broken(Broken { path, why: error.to_string(), aside: None }),
    };
    let parsed = String::from_utf8(text)
        .map_err(|error| error.to_string())
        .and_then(|text| toml::from_str(&text).map_err(|error| error.message().to_owned()));
    match parsed {
        Ok(settings) => Loaded::Found(settings),
        Err(why) => {
            let aside = free_name(folder).filter(|aside| fs::rename(&path, aside).is_ok());
            Loaded::Broken(Broken { path, why, aside })
        }
    }
}

/// Where nothing stands yet: `settings.broken.toml`, `settings.broken-2.toml`…
fn free_name(folder: &Path) -> Option<PathBuf> {
    let name = |number: u32| match number {
        1 => folder.join("settings.broken.toml"),
        _ => folder.join(format!("settings.broken-{number}.toml")),
    };
    (1..=BROKEN_MAX).map(name).find(|path| fs::symlink_metadata(path).is_err())
}

/// Keeps the settings in `folder`, which is made if it is missing.
///
/// # Errors
/// [`SaveError`], and the settings kept before are still there.
pub fn save<S: Serialize>(folder: &Path, settings: &S) -> Result<(), SaveError> {
    let path = folder.join(FILE);
    // If it cannot be made, saving into it says why.
    drop(fs::create_dir_all(folder));
    save::save_bytes_atomically(&path, |out| {
        let text = toml::to_string(settings).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        Ok(out.write_all(text.as_bytes())?)
    })
}
