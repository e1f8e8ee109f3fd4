//! Writers into `dyn Write`: one file and one line of [`FORMATS`] each. The command line's `--format`, the dialogs'
//! filters and the tests iterate that registry; who opens and names files is `store` and the shells.
//!
//! Invariant: the same selection and options give the same bytes, with a display or without one, on every machine.

pub mod json;
pub mod tasklane;

mod csv;
mod fonts;
mod metrics_csv;
mod png;
mod svg;

use std::fmt::{self, Display, Formatter};
use std::io::{self, Write};

use crate::analysis::report_run::ReportRun;
use crate::chart::figure::{Look, Picture};
use crate::lang::{Lang, Text};
use crate::trace::Run;

/// Every format that can be written, in the order menus show them.
pub static FORMATS: [&Format; 6] =
    [&svg::FORMAT, &png::FORMAT, &csv::FORMAT, &metrics_csv::FORMAT, &json::FORMAT, &tasklane::FORMAT];

/// One way to write runs down.
#[derive(Debug)]
pub struct Format {
    /// The word of `--format`.
    pub id: &'static str,
    /// Without its dot.
    pub extension: &'static str,
    pub label: Text,
    pub takes: Takes,
    /// What file names carry behind the run's own words: `-metrics`, or nothing.
    pub suffix: &'static str,
    pub write: Writer,
}

pub type Writer = fn(&[ReportRun], &Options, &mut dyn Write) -> Result<(), ExportError>;

/// How many runs one file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Exactly one.
    OneRun,
    /// One or several.
    Runs,
    /// One or several, as a drawing: [`Options::picture`] says which.
    Picture,
}

/// How to write; only drawings heed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    pub picture: Picture,
    pub look: Look,
    /// Pixels of a PNG for one unit of the drawing.
    pub scale: f32,
}

impl Default for Options {
    fn default() -> Self {
        Options { picture: Picture::Gantt, look: Look::default(), scale: 2.0 }
    }
}

/// Why nothing was written.
#[derive(Debug)]
pub enum ExportError {
    /// The format holds one run, so many were given.
    OneRun {
        format: &'static str,
        found: usize,
    },
    NoRun,
    NotOver,
    /// In pixels.
    TooLarge {
        width: u32,
        height: u32,
        max: u32,
    },
    Draw(String),
    Io(io::Error),
}

impl ExportError {
    pub fn message(&self, lang: Lang) -> String {
        const ONE_RUN: Text = Text::new(
            "`{}` holds exactly one run, {} were given: choose one",
            "`{}` contém exatamente uma execução, foram dadas {}: escolha uma",
        );
        const NO_RUN: Text = Text::new("there is no run to write", "não há execução para gravar");
        const NOT_OVER: Text = Text::new(
            "the run is still going on: wait until it is over, or cancel it",
            "a execução ainda está em andamento: espere terminar ou cancele-a",
        );
        const TOO_LARGE: Text = Text::new(
            "the picture would be {} × {} pixels, at most {} in each direction can be written: choose a smaller scale or width, or SVG",
            "a imagem teria {} × {} pixels, no máximo {} em cada direção podem ser gravados: escolha escala ou largura menor, ou SVG",
        );
        const DRAW: Text = Text::new("the picture could not be drawn: {}", "a imagem não pôde ser desenhada: {}");
        match self {
            ExportError::OneRun { format, found } => ONE_RUN.fill(lang, &[format, found]),
            ExportError::NoRun => NO_RUN.get(lang).to_owned(),
            ExportError::NotOver => NOT_OVER.get(lang).to_owned(),
            ExportError::TooLarge { width, height, max } => TOO_LARGE.fill(lang, &[width, height, max]),
            ExportError::Draw(why) => DRAW.fill(lang, &[why]),
            ExportError::Io(error) => error.to_string(),
        }
    }
}

impl Display for ExportError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for ExportError {}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        ExportError::Io(error)
    }
}

/// The format of that `--format` word.
pub fn find(id: &str) -> Option<&'static Format> {
    FORMATS.into_iter().find(|format| format.id == id)
}

impl Format {
    /// Writes `runs` into `out`, which may be left incomplete by an error: see
    /// [`crate::store::save::save_bytes_atomically`].
    ///
    /// # Errors
    /// [`ExportError`] when the runs do not suit the format or `out` cannot be written.
    pub fn write(&self, runs: &[ReportRun], options: &Options, out: &mut dyn Write) -> Result<(), ExportError> {
        if runs.is_empty() {
            return Err(ExportError::NoRun);
        }
        if self.takes == Takes::OneRun && runs.len() != 1 {
            return Err(ExportError::OneRun { format: self.id, found: runs.len() });
        }
        (self.write)(runs, options, out)?;
        Ok(out.flush()?)
    }

    /// The name of the file that these runs are written to: `kitchen-thread-pool-workers-4.svg`. The same words
    /// on every system, safe on every system.
    pub fn file_name(&self, runs: &[ReportRun], picture: Picture) -> String {
        let mut name = match runs {
            [] => "tasklane".to_owned(),
            [only] => stem(&only.run),
            [first, ..] => format!("{}-comparison", safe(&first.run.scenario_id)),
        };
        if self.takes == Takes::Picture {
            name.push_str(picture.suffix());
        }
        format!("{name}{}.{}", self.suffix, self.extension)
    }
}

/// `<scenario>-<model>`, or `<scenario>-<variant>-<model>`.
fn stem(run: &Run) -> String {
    let scenario = safe(&run.scenario_id);
    match &run.variant {
        Some(variant) => format!("{scenario}-{}-{}", safe(variant), run.choice.slug()),
        None => format!("{scenario}-{}", run.choice.slug()),
    }
}

/// Words as part of a file name: what is special to a file system becomes a hyphen.
fn safe(words: &str) -> String {
    /// Leaves room for variant, model and suffix within the 255 bytes that file systems allow.
    const BYTES_MAX: usize = 120;
    let mut name = String::new();
    for letter in words.chars() {
        let letter = if letter.is_alphanumeric() || matches!(letter, '_' | '.') { letter } else { '-' };
        if (letter == '-' && name.ends_with('-')) || (name.is_empty() && matches!(letter, '-' | '.')) {
            continue;
        }
        if name.len() + letter.len_utf8() > BYTES_MAX {
            break;
        }
        name.push(letter);
    }
    let trimmed = name.trim_end_matches(['-', '.']);
    if trimmed.is_empty() { "scenario".to_owned() } else { trimmed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique() {
        let mut ids = FORMATS.map(|format| format.id);
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn file_names_are_safe() {
        let check = |words: &str, expected: &str| assert_eq!(safe(words), expected);
        check("boiling-eggs", "boiling-eggs");
        check("../../etc/passwd", "etc-passwd");
        check("C:\\a b", "C-a-b");
        check("Receita número 1.2", "Receita-número-1.2");
        check("...", "scenario");
        assert_eq!(safe(&"é".repeat(500)).len(), 120);
    }
}
