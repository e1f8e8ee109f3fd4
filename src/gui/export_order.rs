//! What the export dialog asks for: carried out on a thread of its own, beside the window.

use std::fmt::{self, Debug, Formatter};
use std::io::Write;
use std::path::PathBuf;

use super::settings::Settings;
use crate::analysis::report_run::ReportRun;
use crate::export::{Format, Options, tasklane};
use crate::lang::Lang;
use crate::store::save;

/// One export to carry out: everything it needs, so that it can be done on another thread.
pub struct ExportOrder {
    pub format: &'static Format,
    pub runs: Vec<ReportRun>,
    pub options: Options,
    pub path: PathBuf,
}

impl ExportOrder {
    /// What the next dialog begins with. A run that was saved to be opened again is no export to go on from.
    pub fn remember(&self, settings: &mut Settings) {
        if self.format.id == tasklane::FORMAT.id {
            return;
        }
        settings.export_format = Some(self.format.id.to_owned());
        settings.export_theme = self.options.look.theme;
    }

    /// Writes the file, whole or not at all, and returns where it is.
    ///
    /// # Errors
    /// For a person: the path and what is wrong with it.
    pub fn carry_out(&self, lang: Lang) -> Result<PathBuf, String> {
        let write = |out: &mut dyn Write| self.format.write(&self.runs, &self.options, out);
        save::save_bytes_atomically(&self.path, write).map_err(|error| error.message(lang))?;
        Ok(std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone()))
    }
}

impl Debug for ExportOrder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportOrder").field("format", &self.format.id).field("path", &self.path).finish_non_exhaustive()
    }
}
