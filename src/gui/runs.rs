//! The list of runs of this session: show and hide beside each other, name, delete with undo.

use eframe::egui::{Align, Button, Key, Label, Layout, RichText, ScrollArea, Sense, TextEdit, Ui};

use super::commands::{Command, Commands};
use super::names::{entry_name, entry_title};
use super::theme;
use super::widgets::{check_ui, icon_ui, note_ui};
use crate::engine::session::{Entry, EntryId, EntryProgress, Session};
use crate::lang::{Lang, Text};
use crate::trace::Status;

/// What the list remembers from frame to frame.
#[derive(Debug, Default)]
pub struct RunsView {
    /// The run whose name is being typed.
    naming: Option<(EntryId, String)>,
}

pub fn runs_ui(
    ui: &mut Ui,
    session: &Session,
    shown: &std::collections::BTreeSet<EntryId>,
    view: &mut RunsView,
    lang: Lang,
    commands: &mut Commands,
) {
    if session.entries().is_empty() {
        note_ui(
            ui,
            Text::new("Every run you make or open is kept here.", "Toda execução feita ou aberta fica aqui.").get(lang),
        );
        return;
    }
    ScrollArea::vertical().id_salt("runs").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for entry in session.entries().iter().rev() {
            ui.push_id(entry.id.0, |ui| entry_ui(ui, entry, shown.contains(&entry.id), view, lang, commands));
        }
    });
}

fn entry_ui(ui: &mut Ui, entry: &Entry, shown: bool, view: &mut RunsView, lang: Lang, commands: &mut Commands) {
    let title = entry_title(entry, lang);
    ui.horizontal(|ui| {
        let mut on = shown;
        let show = Text::new("Show {} on the timeline", "Mostrar {} na linha do tempo").fill(lang, &[&title]);
        let checkbox = check_ui(ui, &mut on, "").accessible_name(&show).on_hover_text(show);
        if checkbox.changed() {
            commands.push(Command::Show(entry.id, on));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if !entry.follows() {
                actions_ui(ui, entry, &title, view, lang, commands);
            }
            ui.label(RichText::new(figures(entry, lang)).font(theme::mono(12.0)));
            if entry.follows() {
                // What changes with the set-up has no name of its own, and cannot be deleted.
                note_ui(ui, Text::new("follows the set-up", "acompanha a configuração").get(lang));
            }
            // Names get what is left, and are cut off where that is too little.
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                name_ui(ui, entry, &title, view, lang, commands);
                let scenario = entry.run.scenario.title(lang);
                ui.add(Label::new(RichText::new(scenario).color(theme::color(theme::palette(ui).dim))).truncate());
            });
        });
    });
}

/// Delete, save and name it, from right to left.
fn actions_ui(ui: &mut Ui, entry: &Entry, title: &str, view: &mut RunsView, lang: Lang, commands: &mut Commands) {
    let delete = Text::new("Delete {}", "Excluir {}").fill(lang, &[&title]);
    let over = entry.progress == EntryProgress::Over;
    if ui.add_enabled_ui(over, |ui| icon_ui(ui, "×", &delete)).inner.clicked() {
        commands.push(Command::Remove(entry.id));
    }
    let mut word = |text: Text, name: Text| {
        let button = ui.add_enabled(over, Button::new(text.get(lang)).frame(false).small());
        button.accessible_name(name.fill(lang, &[&title])).clicked()
    };
    if word(Text::new("save…", "salvar…"), Text::new("Save {}", "Salvar {}")) {
        commands.push(Command::OpenExport(Some(entry.id)));
    }
    if word(Text::new("rename", "renomear"), Text::new("Rename {}", "Renomear {}")) {
        view.naming = Some((entry.id, entry_name(entry, lang)));
    }
}

/// The name; a double click makes it a field.
fn name_ui(ui: &mut Ui, entry: &Entry, title: &str, view: &mut RunsView, lang: Lang, commands: &mut Commands) {
    let naming = view.naming.as_mut().filter(|(id, _)| *id == entry.id);
    let Some((_, text)) = naming else {
        let name = RichText::new(title).font(theme::semibold(theme::BODY));
        let label = ui.add(Label::new(name).sense(Sense::click()).truncate());
        let hint = Text::new("Double click to name this run", "Clique duas vezes para nomear esta execução");
        if !entry.follows() && label.on_hover_text(hint.get(lang)).double_clicked() {
            view.naming = Some((entry.id, entry_name(entry, lang)));
        }
        return;
    };
    let field = ui
        .add(TextEdit::singleline(text).desired_width(180.0))
        .accessible_name(Text::new("name of the run", "nome da execução").get(lang));
    if field.lost_focus() {
        if !ui.input(|input| input.key_pressed(Key::Escape)) {
            let name = Some(text.trim().to_owned()).filter(|name| !name.is_empty());
            commands.push(Command::Rename(entry.id, name));
        }
        view.naming = None;
    } else if !field.has_focus() {
        field.request_focus();
    }
}

/// How long it took, how often, and how it ended.
fn figures(entry: &Entry, lang: Lang) -> String {
    match (entry.progress, entry.run.status) {
        (EntryProgress::Queued, _) => return Text::new("waits its turn", "aguarda a vez").get(lang).to_owned(),
        (EntryProgress::Running, _) => return Text::new("running", "executando").get(lang).to_owned(),
        (EntryProgress::Over, Status::Cancelled) => return Text::new("cancelled", "cancelada").get(lang).to_owned(),
        (EntryProgress::Over, _) => {}
    }
    if entry.run.shows_order_only() {
        return Text::new("an order", "uma ordem").get(lang).to_owned();
    }
    let Some(makespan) = entry.shown_metrics().map(|metrics| metrics.makespan) else { return "–".to_owned() };
    match entry.repeats.len() {
        0 | 1 => lang.figure(makespan),
        repeats => format!("{}  × {repeats}", lang.figure(makespan)),
    }
}
