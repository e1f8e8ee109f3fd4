//! What a person asks for. Panels push [`Command`]s; the app applies them, after the frame, in one place.

use std::path::PathBuf;

use super::draft::Edit;
use super::export_order::ExportOrder;
use super::view::Center;
use super::zoom;
use crate::chart::lanes::LaneBy;
use crate::chart::palette::Theme;
use crate::engine::session::EntryId;
use crate::lang::Lang;
use crate::trace::Run;

/// Something that changes more than the panel it was asked in.
#[derive(Debug)]
pub enum Command {
    Home,
    /// A lesson or other built-in scenario, by id.
    OpenBuiltIn(&'static str),
    /// The first lesson that has these words, else the first run or command.
    OpenFound(String),
    NewWorkload,
    OpenPath(PathBuf),
    /// Back to the set-up that is open.
    GoOn,
    /// Back to the set-up that was left with its changes.
    ReturnToLeft,
    /// Asks where to save the set-up.
    OpenSave,
    /// As a scenario file.
    SaveWorkload(PathBuf),
    Browse(Browse),
    Run,
    Cancel,
    /// Measure what things cost on this computer.
    Calibrate,
    StopCalibrating,
    Edit(Edit),
    Undo,
    Redo,
    Rename(EntryId, Option<String>),
    Remove(EntryId),
    /// Puts the run that was removed last back in its place.
    RestoreRemoved,
    Show(EntryId, bool),
    /// Shows a run, with its lanes, wherever the window is.
    Reveal(EntryId),
    /// What the imagined computer predicts of measured runs.
    ShowPredicted(bool),
    LanesBy(LaneBy),
    /// What stands between the panels.
    Center(Center),
    /// Adds a run that was not measured here, under that name, and shows it.
    KeepRun(Box<Run>, Option<String>),
    /// Of one run, or of all that are shown.
    OpenExport(Option<EntryId>),
    Export(ExportOrder),
    SetTheme(Theme),
    SetLang(Lang),
    /// How large everything is.
    Zoom(zoom::Percent),
    /// Opens the overlay that finds runs, commands and lessons.
    Find,
    Help,
}

/// What a file dialog is opened for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Browse {
    Open,
    /// Where to export to; begins with this name and offers this extension.
    Export {
        name: String,
        extension: &'static str,
    },
    /// Where to save the set-up to, likewise.
    Save {
        name: String,
    },
}

/// The queue that panels write to.
#[derive(Debug, Default)]
pub struct Commands(Vec<Command>);

impl Commands {
    pub fn push(&mut self, command: Command) {
        self.0.push(command);
    }

    pub fn take(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.0)
    }
}
