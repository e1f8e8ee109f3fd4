//! The lessons by chapter, as cards in as many columns as fit.

use eframe::egui::{Rangef, RichText, Ui};

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
    let top = ui.cursor().top();
    let mut heads: Vec<(&'static str, f32)> = Vec::new();
    for chapter in &catalog::CHAPTERS {
        let lessons: Vec<&Lesson> = contents.gallery.of_chapter(chapter).filter(is_found).collect();
        if lessons.is_empty() {
            continue;
        }
        let head = ui.label(RichText::new(chapter.title.get(contents.lang)).font(theme::semibold(theme::TITLE)));
        heads.push((chapter.id, head.rect.top()));
        if view.scroll_to == Some(chapter.id) {
            head.scroll_to_me(Some(eframe::egui::Align::TOP));
            view.scroll_to = None;
        }
        note_ui(ui, chapter.line.get(contents.lang));
        cards_ui(ui, contents, &lessons, &view.thumbnails, commands);
        ui.add_space(16.0);
    }
    let content = Rangef::new(top, ui.cursor().top());
    follow(ui, if found.is_some() { None } else { in_sight(&heads, content, ui.clip_rect().y_range()) }, view);
}

/// The path shows where one is, in the next frame: it was drawn before the gallery.
fn follow(ui: &Ui, in_sight: Option<&'static str>, view: &mut HomeView) {
    let before = view.chapter();
    if view.scroll_to.is_none() && ui.input(|input| input.smooth_scroll_delta().y != 0.0 || input.pointer.any_down()) {
        view.asked = None;
    }
    view.in_sight = in_sight;
    if view.chapter() != before {
        ui.request_repaint();
    }
}

/// The last chapter that begins above a line, which goes from the top of what is seen to its bottom as the gallery is
/// scrolled from its begin to its end: so each chapter has its turn, those that can never reach the top, too.
fn in_sight(heads: &[(&'static str, f32)], content: Rangef, seen: Rangef) -> Option<&'static str> {
    let hidden = (content.span() - seen.span()).max(1.0);
    let progress = ((seen.min - content.min) / hidden).clamp(0.0, 1.0);
    let line = seen.min + progress * seen.span();
    heads.iter().rev().find(|(_, top)| *top <= line + 1.0).or(heads.first()).map(|(id, _)| *id)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chapter_has_its_turn_as_one_scrolls() {
        let seen = Rangef::new(0.0, 800.0);
        let begins = [("a", 0.0), ("b", 900.0), ("c", 1_500.0), ("d", 1_900.0)];
        let at = |offset: f32| {
            let heads = begins.map(|(id, top)| (id, top - offset));
            in_sight(&heads, Rangef::new(-offset, 2_200.0 - offset), seen)
        };
        assert_eq!([at(0.0), at(300.0), at(700.0), at(1_100.0), at(1_400.0)], ["a", "a", "b", "c", "d"].map(Some));
        assert_eq!(in_sight(&[], Rangef::new(0.0, 0.0), seen), None);
    }
}
