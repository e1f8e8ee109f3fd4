//! Saving the set-up as a scenario file, to be opened, shared or run from the command line.

use std::path::{Path, PathBuf};

use eframe::egui::{Id, Key, Modal, RichText, TextEdit, Ui};

use super::commands::{Browse, Command, Commands};
use super::draft::Draft;
use super::theme;
use super::widgets::{dialog_frame, note_room_ui, note_ui, primary_ui};
use super::words;
use crate::lang::{Lang, Text};
use crate::store::save;

/// The word on what leads here.
pub const SAVE: Text = Text::new("save…", "salvar…");
/// Of scenario files, without its dot.
pub const EXTENSION: &str = "toml";

/// The dialog's own state.
#[derive(Debug)]
pub struct SaveDialog {
    pub path: String,
    /// The field has been given the focus once.
    focused: bool,
}

impl SaveDialog {
    pub fn new(folder: &Path, draft: &Draft) -> Self {
        SaveDialog { path: folder.join(file_name(draft)).display().to_string(), focused: false }
    }
}

/// The set-up's id is a file's stem, or as good as one.
fn file_name(draft: &Draft) -> String {
    format!("{}.{EXTENSION}", draft.id)
}

/// Writes the file, whole or not at all, and returns where it is.
///
/// # Errors
/// For a person: the path and what is wrong with it.
pub fn save(path: &Path, text: &str, lang: Lang) -> Result<PathBuf, String> {
    save::save_bytes_atomically(path, |out| Ok(out.write_all(text.as_bytes())?))
        .map_err(|error| error.message(lang))?;
    Ok(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// Returns whether the dialog stays open.
pub fn save_dialog_ui(
    ui: &mut Ui,
    dialog: &mut SaveDialog,
    draft: &Draft,
    lang: Lang,
    commands: &mut Commands,
) -> bool {
    let mut open = true;
    let modal = Modal::new(Id::unique("save-dialog")).frame(dialog_frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(520.0);
        let title = Text::new("Save the workload", "Salvar a carga").get(lang);
        ui.label(RichText::new(title).font(theme::semibold(theme::TITLE)));
        let what = Text::new(
            "Tasks, models and machine as a scenario file. It opens here again and runs from the command line.",
            "Tarefas, modelos e máquina em um arquivo de cenário. Abre aqui de novo e executa pela linha de comando.",
        );
        note_ui(ui, what.get(lang));
        let mut go = false;
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut dialog.path).desired_width(400.0).font(theme::mono(12.0));
            let response = ui.add(field).accessible_name(Text::new("path of the file", "caminho do arquivo").get(lang));
            if !std::mem::replace(&mut dialog.focused, true) {
                response.request_focus();
            }
            go = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if ui.button(Text::new("Browse…", "Procurar…").get(lang)).clicked() {
                commands.push(Command::Browse(Browse::Save { name: file_name(draft) }));
            }
        });
        let path = dialog.path.trim();
        let exists = Path::new(path).is_file();
        note_room_ui(ui, exists, words::WILL_BE_REPLACED.get(lang));
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let text = if exists { words::REPLACE } else { Text::new("Save", "Salvar") };
            let button = ui.add_enabled_ui(!path.is_empty(), |ui| primary_ui(ui, text.get(lang))).inner;
            if !path.is_empty() && (go || button.clicked()) {
                commands.push(Command::SaveWorkload(PathBuf::from(path)));
                open = false;
            }
            if ui.button(words::CANCEL.get(lang)).clicked() {
                open = false;
            }
        });
    });
    open && !modal.should_close()
}
