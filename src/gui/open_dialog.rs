//! Opening a scenario or a saved run: a path field beside the desktop's dialog, since a missing portal looks like
//! Cancel.

use std::path::PathBuf;

use eframe::egui::{Id, Key, Modal, RichText, TextEdit, Ui};

use super::commands::{Browse, Command, Commands};
use super::theme;
use super::widgets::{dialog_frame, note_ui, primary_ui};
use super::words;
use crate::lang::{Lang, Text};

/// What the desktop's dialog calls the files that can be opened.
pub const KINDS: Text = Text::new("Scenarios and runs", "Cenários e execuções");

#[derive(Debug, Default)]
pub struct OpenDialog {
    pub path: String,
    /// The field has been given the focus once.
    focused: bool,
}

impl OpenDialog {
    pub fn new(path: String) -> Self {
        OpenDialog { path, focused: false }
    }
}

/// Returns whether the dialog stays open.
pub fn open_dialog_ui(ui: &mut Ui, dialog: &mut OpenDialog, lang: Lang, commands: &mut Commands) -> bool {
    let mut open = true;
    let modal = Modal::new(Id::unique("open-dialog")).frame(dialog_frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(440.0);
        ui.label(
            RichText::new(Text::new("Open a file", "Abrir um arquivo").get(lang)).font(theme::semibold(theme::TITLE)),
        );
        note_ui(
            ui,
            Text::new(
                "A scenario (.toml) or a saved run (.tasklane).",
                "Um cenário (.toml) ou uma execução salva (.tasklane).",
            )
            .get(lang),
        );
        let mut go = false;
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut dialog.path).desired_width(320.0);
            let response = ui.add(field).accessible_name(Text::new("path of the file", "caminho do arquivo").get(lang));
            if !std::mem::replace(&mut dialog.focused, true) {
                response.request_focus();
            }
            go = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if ui.button(Text::new("Browse…", "Procurar…").get(lang)).clicked() {
                commands.push(Command::Browse(Browse::Open));
            }
        });
        ui.horizontal(|ui| {
            let named = !dialog.path.trim().is_empty();
            let button = ui.add_enabled_ui(named, |ui| primary_ui(ui, Text::new("Open", "Abrir").get(lang))).inner;
            if named && (go || button.clicked()) {
                commands.push(Command::OpenPath(PathBuf::from(dialog.path.trim())));
                open = false;
            }
            if ui.button(words::CANCEL.get(lang)).clicked() {
                open = false;
            }
        });
    });
    open && !modal.should_close()
}
