//! The lessons by chapter, as cards in as many columns as fit.

use eframe::egui::{RichText, Ui};

use super::card::{CARD_SIZE, card_ui};
use super::lessons::Lesson;
use super::search::Found;
use super::thumbnails::Thumbnails;
use super::{HomeContents, HomeView};
use crate::engine;
use crate::gui::commands::{Command, Commands};
use crate::gui::draft::Edit;
use crate::gui::finder;
use crate::gui::theme;
use crate::gui::widgets::{note_ui, row_ui, section_ui};
use crate::lang::{Lang, Text};
use crate::model::{Model, ModelChoice};
use crate::scenario::{Engine, catalog};

pub fn gallery_ui(ui: &mut Ui, contents: &HomeContents<'_>, view: &mut HomeView, commands: &mut Commands) {
    let found = view.found.as_ref().map(|(_, found)| found.clone());
    if let Some(found) = &found {
        let others = others_ui(ui, contents, &view.search, commands);
        models_ui(ui, &found.models, contents.lang, commands);
        if !others && *found == Found::default() {
            let text = Text::new("Nothing here has “{}”.", "Nada aqui tem “{}”.");
            note_ui(ui, &text.fill(contents.lang, &[&view.search]));
        }
    }
    let is_found = |lesson: &&Lesson| found.as_ref().is_none_or(|found| found.lessons.contains(&lesson.id));
    for chapter in &catalog::CHAPTERS {
        let lessons: Vec<&Lesson> = contents.gallery.of_chapter(chapter).filter(is_found).collect();
        if lessons.is_empty() {
            continue;
        }
        let head = ui.label(RichText::new(chapter.title.get(contents.lang)).font(theme::semibold(theme::TITLE)));
        if view.scroll_to.as_deref() == Some(chapter.id) {
            head.scroll_to_me(Some(eframe::egui::Align::TOP));
            view.scroll_to = None;
        }
        note_ui(ui, chapter.line.get(contents.lang));
        cards_ui(ui, contents, &lessons, &view.thumbnails, commands);
        ui.add_space(16.0);
    }
}

/// Open runs, commands and recent files that have the words. Returns whether there are any.
fn others_ui(ui: &mut Ui, contents: &HomeContents<'_>, search: &str, commands: &mut Commands) -> bool {
    let hits = finder::runs_and_commands(search, contents.now);
    if hits.is_empty() {
        return false;
    }
    section_ui(ui, Text::new("Runs and commands", "Execuções e comandos").get(contents.lang));
    for hit in hits {
        if row_ui(ui, false, &hit.title, &hit.aside).clicked() {
            commands.push(hit.command);
        }
    }
    ui.add_space(16.0);
    true
}

/// Each opens a workload of one's own with that model.
fn models_ui(ui: &mut Ui, models: &[&'static Model], lang: Lang, commands: &mut Commands) {
    if models.is_empty() {
        return;
    }
    section_ui(ui, Text::new("Models", "Modelos").get(lang));
    let hint = Text::new("Opens a new workload with this model", "Abre uma nova carga com este modelo");
    for model in models {
        let clicked = row_ui(ui, false, model.name.get(lang), model.brief.get(lang)).on_hover_text(hint.get(lang));
        if clicked.clicked() {
            commands.push(Command::NewWorkload);
            if engine::measurable(model).is_err() {
                commands.push(Command::Edit(Edit::Engine(Engine::Simulated)));
            }
            commands.push(Command::Edit(Edit::Models(vec![ModelChoice::new(model)])));
        }
    }
    ui.add_space(16.0);
}

fn cards_ui(
    ui: &mut Ui,
    contents: &HomeContents<'_>,
    lessons: &[&Lesson],
    thumbnails: &Thumbnails,
    commands: &mut Commands,
) {
    const GAP: f32 = 14.0;
    let width = ui.available_width();
    let columns = ((width + GAP) / (CARD_SIZE.x + GAP)).floor().max(1.0);
    let card_width = (width - GAP * (columns - 1.0)) / columns;
    let done = &contents.settings.lessons_done;
    let next = contents.gallery.next(|id| done.contains(id)).map(|lesson| lesson.id);
    let words = if next == contents.gallery.next(|_| false).map(|lesson| lesson.id) {
        Text::new("Start here →", "Comece aqui →")
    } else {
        Text::new("Go on here →", "Continue aqui →")
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful of columns")]
    for row in lessons.chunks(columns as usize) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for lesson in row {
                let size = eframe::egui::vec2(card_width, CARD_SIZE.y);
                let invitation = (next == Some(lesson.id)).then(|| words.get(contents.lang));
                if card_ui(ui, size, lesson, thumbnails.of(lesson.id), invitation, contents).clicked() {
                    commands.push(Command::OpenBuiltIn(lesson.id));
                }
            }
        });
        ui.add_space(GAP - 8.0);
    }
}
