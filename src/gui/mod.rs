//! The window: placeholder of this branch, replaced by the shell's.

pub mod busy;
pub mod metrics;
pub mod paint;

use std::path::PathBuf;

/// What the window opens on.
#[derive(Debug, Default)]
pub struct Start {
    pub files: Vec<PathBuf>,
    pub scenario: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum GuiError {
    #[error("There is no display ({0})")]
    NoDisplay(String),
    #[error("{library} is missing: install {package}")]
    MissingLibrary { library: String, package: String },
    #[error("{0}")]
    Other(String),
}

/// # Errors
/// Always, in this branch.
pub fn run(_start: Start) -> Result<(), GuiError> {
    Err(GuiError::NoDisplay("the window is not merged yet".into()))
}
