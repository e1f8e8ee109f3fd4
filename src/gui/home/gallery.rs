//! The lessons by chapter, as cards in as many columns as fit.

use std::sync::Arc;

use eframe::egui::{RichText, Ui};

use super::card::{CARD_SIZE, card_ui};
use super::{HomeContents, HomeView};
use crate::gui::commands::{Command, Commands};
use crate::gui::presets::{self, Preset};
use crate::gui::theme;
use crate::gui::widgets::note_ui;
use crate::lang::{Lang, Text};
use crate::scenario::catalog::{self, Chapter};
use crate::scenario::{Scenario, program::Program};
use crate::time::Nanos;

/// Built once: the catalog as cards show it.
pub struct Gallery {
    pub lessons: Vec<Lesson>,
}

/// One built-in scenario and what its card says of it.
pub struct Lesson {
    pub id: &'static str,
    pub scenario: Arc<Scenario>,
    pub shape: Shape,
    pub kind: Preset,
    /// All steps of all tasks and variants, one after another.
    pub work: Nanos,
}

/// The workload's own shape: what each task asks for, had it a computer to itself. Not a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    pub rows: Vec<Vec<ShapeBar>>,
    /// Where the last bar ends.
    pub end: Nanos,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShapeBar {
    pub start: Nanos,
    pub end: Nanos,
    /// It computes; else it waits for IO.
    pub cpu: bool,
}

/// A thumbnail has room for so many tasks.
const ROWS_MAX: usize = 10;
/// A shape follows so many steps of one task; beyond that nothing could be told apart.
const BARS_MAX: usize = 200;

impl Gallery {
    pub fn new() -> Self {
        let lesson = |(id, scenario): (&'static str, Arc<Scenario>)| Lesson {
            id,
            shape: Shape::of(&scenario),
            kind: Preset::of(&scenario.groups),
            work: work(&scenario),
            scenario,
        };
        Gallery { lessons: catalog::all().map(lesson).collect() }
    }

    /// The lesson that comes after the one of that id on the path, chapter by chapter; `None` after the last.
    pub fn after(&self, id: &str) -> Option<&Lesson> {
        let path = || catalog::CHAPTERS.iter().flat_map(|chapter| self.of_chapter(chapter));
        path().skip_while(|lesson| lesson.id != id).nth(1)
    }

    pub fn of_chapter<'a>(&'a self, chapter: &'a Chapter) -> impl Iterator<Item = &'a Lesson> {
        self.lessons.iter().filter(move |lesson| lesson.chapter() == Some(chapter.id))
    }
}

impl Lesson {
    pub fn chapter(&self) -> Option<&str> {
        self.scenario.lesson.as_ref().map(|lesson| lesson.chapter.as_str())
    }

    /// Its words contain all words of the search, in either language.
    fn matches(&self, search: &str) -> bool {
        let texts = Lang::ALL.map(|lang| format!("{} {}", self.scenario.title(lang), self.scenario.summary(lang)));
        let text = format!("{} {}", self.id, texts.join(" ")).to_lowercase();
        search.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

impl Shape {
    fn of(scenario: &Scenario) -> Shape {
        let mut shape = Shape::default();
        let mut ends = vec![Nanos::ZERO; scenario.groups.len()];
        for (number, group) in (0_u32..).zip(&scenario.groups) {
            let released = group.after.iter().map(|before| ends[*before]).fold(Nanos::ZERO, Nanos::max);
            let program = Program::new(&group.steps);
            let arrivals = crate::scenario::draw::arrivals(group, number, scenario.machine.seed);
            for (index, arrival) in (0..group.count).zip(arrivals).take(ROWS_MAX) {
                let cursor = program.start(scenario.machine.seed, number, index);
                let row = row(cursor, arrival.max(released));
                let end = row.last().map_or(arrival, |bar| bar.end);
                let own = &mut ends[number as usize];
                *own = (*own).max(end);
                shape.end = shape.end.max(end);
                if shape.rows.len() < ROWS_MAX {
                    shape.rows.push(row);
                }
            }
        }
        shape
    }
}

fn row(cursor: crate::scenario::program::Cursor<'_>, start: Nanos) -> Vec<ShapeBar> {
    use crate::scenario::{Step, draw::duration};
    let mut at = start;
    let mut bars = Vec::new();
    for (step, key) in cursor.take(BARS_MAX) {
        let (time, cpu) = match step {
            Step::Cpu { time, .. } | Step::Work { time, .. } => (duration(time, key), true),
            Step::Io { time, .. } => (duration(time, key), false),
            _ => continue,
        };
        bars.push(ShapeBar { start: at, end: at + time, cpu });
        at += time;
    }
    bars
}

fn work(scenario: &Scenario) -> Nanos {
    let group = |group: &crate::scenario::Group| {
        let (cpu, io) = presets::demand(&group.steps);
        (cpu + io) * i64::from(group.count)
    };
    scenario.groups.iter().map(group).sum()
}

pub fn gallery_ui(ui: &mut Ui, contents: &HomeContents<'_>, view: &mut HomeView, commands: &mut Commands) {
    let mut found = false;
    for chapter in &catalog::CHAPTERS {
        let lessons: Vec<&Lesson> =
            contents.gallery.of_chapter(chapter).filter(|lesson| lesson.matches(&view.search)).collect();
        if lessons.is_empty() {
            continue;
        }
        found = true;
        let head = ui.label(RichText::new(chapter.title.get(contents.lang)).font(theme::semibold(theme::TITLE)));
        if view.scroll_to.as_deref() == Some(chapter.id) {
            head.scroll_to_me(Some(eframe::egui::Align::TOP));
            view.scroll_to = None;
        }
        note_ui(ui, chapter.line.get(contents.lang));
        cards_ui(ui, contents, &lessons, commands);
        ui.add_space(16.0);
    }
    if !found {
        let text = Text::new("No lesson has “{}” in its words.", "Nenhuma lição fala de “{}”.");
        note_ui(ui, &text.fill(contents.lang, &[&view.search]));
    }
}

fn cards_ui(ui: &mut Ui, contents: &HomeContents<'_>, lessons: &[&Lesson], commands: &mut Commands) {
    const GAP: f32 = 14.0;
    let width = ui.available_width();
    let columns = ((width + GAP) / (CARD_SIZE.x + GAP)).floor().max(1.0);
    let card_width = (width - GAP * (columns - 1.0)) / columns;
    let first = contents.gallery.lessons.first().map(|lesson| lesson.id);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful of columns")]
    for row in lessons.chunks(columns as usize) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for lesson in row {
                let size = eframe::egui::vec2(card_width, CARD_SIZE.y);
                if card_ui(ui, size, lesson, first == Some(lesson.id), contents).clicked() {
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
    fn every_lesson_has_a_chapter_a_shape_and_words() {
        let gallery = Gallery::new();
        assert!(!gallery.lessons.is_empty());
        for lesson in &gallery.lessons {
            let known = catalog::CHAPTERS.iter().any(|chapter| Some(chapter.id) == lesson.chapter());
            assert!(known, "{}: chapter {:?}", lesson.id, lesson.chapter());
            assert!(!lesson.shape.rows.is_empty() && lesson.shape.end > Nanos::ZERO, "{}", lesson.id);
            assert!(lesson.work > Nanos::ZERO, "{}", lesson.id);
        }
    }
}
