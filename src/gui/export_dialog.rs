//! Exporting: what, in which format, where to. Formats and pictures come from their registries; the file is written
//! on a thread of its own, atomically.

use std::path::{Path, PathBuf};

use eframe::egui::{Button, Color32, ComboBox, Id, Modal, RichText, TextEdit, Ui};

use super::commands::{Browse, Command, Commands};
use super::export_order::ExportOrder;
use super::names::entry_title;
use super::settings::Settings;
use super::theme;
use super::timeline::Predictions;
use super::widgets::{dialog_frame, note_room_ui, option_ui, primary_ui, section_ui, segmented_ui};
use super::words;
use crate::analysis::report_run::ReportRun;
use crate::analysis::utilization::Stretch;
use crate::chart::axis::Scale;
use crate::chart::figure::{Look, Picture};
use crate::chart::lanes::LaneBy;
use crate::chart::palette::Theme;
use crate::engine::session::{Entry, EntryId, Session};
use crate::explore::run::steps_between;
use crate::export::{FORMATS, Format, Options, Takes, tasklane};
use crate::lang::{Lang, Text};

/// The dialog's own state.
pub struct ExportDialog {
    format: &'static Format,
    picture: Picture,
    /// `None`: all runs that are shown.
    only: Option<EntryId>,
    theme: Theme,
    lanes: LaneBy,
    /// What of the time the timelines show, where that is not all of it.
    visible: Option<Stretch>,
    /// Only that is drawn.
    only_visible: bool,
    pub path: String,
    /// The path is the person's own: it no longer follows what is chosen.
    own_path: bool,
    folder: PathBuf,
}

impl ExportDialog {
    /// `only`: one run, to be saved so that it opens again; else whatever is shown, in the format that was written last.
    /// A picture has the timelines' kind of lanes, and can have their part of the time.
    pub fn new(
        folder: PathBuf,
        only: Option<EntryId>,
        lanes: LaneBy,
        visible: Option<Stretch>,
        settings: &Settings,
    ) -> Self {
        let last = FORMATS.into_iter().find(|format| Some(format.id) == settings.export_format.as_deref());
        ExportDialog {
            format: if only.is_some() { &tasklane::FORMAT } else { last.unwrap_or(FORMATS[0]) },
            picture: Picture::Gantt,
            only,
            theme: settings.export_theme,
            lanes,
            visible,
            only_visible: false,
            path: String::new(),
            own_path: false,
            folder,
        }
    }

    /// Takes over what the desktop's dialog said.
    pub fn set_path(&mut self, path: &Path) {
        self.path = path.display().to_string();
        self.own_path = true;
    }

    fn runs(&self, shown: &[&Entry], report: Report<'_>) -> Vec<ReportRun> {
        let chosen = shown.iter().filter(|entry| self.only.is_none_or(|only| only == entry.id));
        chosen.map(|entry| report(entry)).collect()
    }
}

/// How an entry is presented.
pub type Report<'a> = &'a dyn Fn(&Entry) -> ReportRun;

/// An entry as a report shows it: with what was predicted of it, where that is shown.
pub fn report_run(entry: &Entry, session: &Session, predictions: Option<&Predictions>) -> ReportRun {
    let foretold = predictions.and_then(|predictions| predictions.of(entry));
    ReportRun {
        run: entry.run.clone(),
        name: entry.name.clone(),
        repeats: entry.repeats.clone(),
        baseline: session.baseline_of(entry.id).and_then(Entry::shown_metrics).map(|metrics| metrics.makespan),
        predicted: foretold.and_then(|(_, foretold)| foretold.predicted().cloned()),
    }
}

/// Returns whether the dialog stays open.
pub fn export_dialog_ui(
    ui: &mut Ui,
    dialog: &mut ExportDialog,
    shown: &[&Entry],
    report: Report<'_>,
    lang: Lang,
    commands: &mut Commands,
) -> bool {
    let mut open = true;
    let modal = Modal::new(Id::unique("export-dialog")).frame(dialog_frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(520.0);
        ui.label(RichText::new(words::EXPORT.get(lang)).font(theme::semibold(theme::TITLE)));
        what_ui(ui, dialog, lang);
        which_ui(ui, dialog, shown, lang);
        // What this format has no choice of stays in its place: the dialog does not change under the pointer.
        ui.add_enabled_ui(dialog.format.takes == Takes::Picture, |ui| picture_ui(ui, dialog, shown, lang));
        path_ui(ui, dialog, shown, report, lang, commands);
        open = buttons_ui(ui, dialog, shown, report, lang, commands);
    });
    open && !modal.should_close()
}

fn what_ui(ui: &mut Ui, dialog: &mut ExportDialog, lang: Lang) {
    section_ui(ui, Text::new("Format", "Formato").get(lang));
    ui.horizontal_wrapped(|ui| {
        for format in FORMATS {
            let on = dialog.format.id == format.id;
            if ui.add(Button::selectable(on, format.label.get(lang))).clicked() {
                dialog.format = format;
            }
        }
    });
}

fn which_ui(ui: &mut Ui, dialog: &mut ExportDialog, shown: &[&Entry], lang: Lang) {
    let one_only = dialog.format.takes == Takes::OneRun;
    let known = |only: EntryId| shown.iter().any(|entry| entry.id == only);
    dialog.only = dialog.only.filter(|only| known(*only));
    if one_only && dialog.only.is_none() {
        dialog.only = shown.first().map(|entry| entry.id);
    }
    let all = match shown.len() {
        1 => Text::new("the run that is shown", "a execução mostrada").get(lang).to_owned(),
        count => Text::new("all {} runs that are shown, compared", "as {} execuções mostradas, comparadas")
            .fill(lang, &[&count]),
    };
    let title = |id: Option<EntryId>| {
        shown.iter().find(|entry| Some(entry.id) == id).map_or_else(|| all.clone(), |entry| entry_title(entry, lang))
    };
    section_ui(ui, Text::new("Runs", "Execuções").get(lang));
    let combo =
        ComboBox::from_id_salt("export-runs").width(360.0).selected_text(title(dialog.only)).show_ui(ui, |ui| {
            let all = (!one_only).then_some(None);
            for only in all.into_iter().chain(shown.iter().map(|entry| Some(entry.id))) {
                if option_ui(ui, dialog.only == only, &title(only)) {
                    dialog.only = only;
                }
            }
        });
    combo.response.accessible_name(Text::new("which runs", "quais execuções").get(lang));
}

fn picture_ui(ui: &mut Ui, dialog: &mut ExportDialog, shown: &[&Entry], lang: Lang) {
    section_ui(ui, Text::new("Picture", "Imagem").get(lang));
    let pictures = Picture::ALL.map(|picture| (picture, picture.label().get(lang)));
    segmented_ui(ui, &mut dialog.picture, &pictures);
    let themes = [
        (Theme::Light, Text::new("light, for paper", "claro, para papel").get(lang)),
        (Theme::Dark, Text::new("dark, for slides", "escuro, para slides").get(lang)),
    ];
    segmented_ui(ui, &mut dialog.theme, &themes);
    ui.add_enabled_ui(dialog.picture == Picture::Gantt, |ui| {
        section_ui(ui, Text::new("Lanes by", "Faixas por").get(lang));
        segmented_ui(ui, &mut dialog.lanes, &LaneBy::ALL.map(|by| (by, by.label().get(lang))));
    });
    if let Some(visible) = dialog.visible {
        let (title, part) = match Scale::of(shown.iter().map(|entry| &*entry.run)) {
            Scale::Time => {
                let part = Text::new("visible part: {} to {}", "parte visível: de {} a {}");
                (Text::new("Time", "Tempo"), part.fill(lang, &[&visible.start, &visible.end]))
            }
            Scale::Steps { .. } => {
                let [first, last] = steps_between(visible.start, visible.end);
                let part = Text::new("visible part: steps {} to {}", "parte visível: passos {} a {}");
                (Text::new("Steps", "Passos"), part.fill(lang, &[&first, &last]))
            }
        };
        section_ui(ui, title.get(lang));
        let parts = [(false, Text::new("whole runs", "execuções inteiras").get(lang)), (true, &part)];
        segmented_ui(ui, &mut dialog.only_visible, &parts);
    }
}

fn path_ui(
    ui: &mut Ui,
    dialog: &mut ExportDialog,
    shown: &[&Entry],
    report: Report<'_>,
    lang: Lang,
    commands: &mut Commands,
) {
    let name = dialog.format.file_name(&dialog.runs(shown, report), dialog.picture);
    if !dialog.own_path {
        dialog.path = dialog.folder.join(&name).display().to_string();
    }
    section_ui(ui, Text::new("File", "Arquivo").get(lang));
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(&mut dialog.path).desired_width(400.0).font(theme::mono(12.0));
        let response = ui.add(field).accessible_name(Text::new("path of the file", "caminho do arquivo").get(lang));
        dialog.own_path |= response.changed();
        if ui.button(Text::new("Browse…", "Procurar…").get(lang)).clicked() {
            commands.push(Command::Browse(Browse::Export { name, extension: dialog.format.extension }));
        }
    });
}

/// Returns whether the dialog stays open.
fn buttons_ui(
    ui: &mut Ui,
    dialog: &ExportDialog,
    shown: &[&Entry],
    report: Report<'_>,
    lang: Lang,
    commands: &mut Commands,
) -> bool {
    let path = PathBuf::from(dialog.path.trim());
    let exists = path.is_file();
    note_room_ui(ui, exists, words::WILL_BE_REPLACED.get(lang));
    ui.add_space(4.0);
    let mut open = true;
    ui.horizontal(|ui| {
        let text = if exists { words::REPLACE } else { Text::new("Write the file", "Gravar o arquivo") };
        let runs = dialog.runs(shown, report);
        let ready = !runs.is_empty() && runs.iter().all(|run| run.run.is_over()) && !dialog.path.trim().is_empty();
        let write = ui.add_enabled_ui(ready, |ui| primary_ui(ui, text.get(lang))).inner;
        let why = Text::new(
            "Wait until the run is over, or show a finished one.",
            "Espere a execução terminar ou mostre uma terminada.",
        );
        if write.on_disabled_hover_text(why.get(lang)).clicked() {
            let part = dialog.visible.filter(|_| dialog.only_visible);
            let look = Look { theme: dialog.theme, lang, by: dialog.lanes, part, ..Look::default() };
            let options = Options { picture: dialog.picture, look, ..Options::default() };
            commands.push(Command::Export(ExportOrder { format: dialog.format, runs, options, path }));
            open = false;
        }
        if ui.add(Button::new(words::CANCEL.get(lang)).fill(Color32::TRANSPARENT)).clicked() {
            open = false;
        }
    });
    open
}
