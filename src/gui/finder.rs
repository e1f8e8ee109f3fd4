//! The overlay behind Ctrl K: open runs, commands, lessons and recent files by their words, opened from the keyboard.
//!
//! [`hits`] is pure; the overlay pushes a command and closes. What a command is called stands in [`actions`].

mod actions;

use std::path::Path;

use eframe::egui::{Align2, Context, Id, Key, Modal, Modifiers, RichText, ScrollArea, TextEdit, Ui};

pub use self::actions::Now;

use self::actions::ACTIONS;
use super::commands::{Command, Commands};
use super::home::Lesson;
use super::home::search::{self, has_all};
use super::names::entry_title;
use super::theme;
use super::widgets::{dialog_frame, note_ui, row_ui};
use crate::engine::session::{Entry, EntryProgress};
use crate::lang::{Lang, Text};

/// What the overlay remembers while it is open.
#[derive(Debug)]
pub struct Finder {
    words: String,
    /// Among the hits.
    chosen: usize,
}

impl Finder {
    /// Takes the keyboard at once. `words`: what was typed since it was called.
    pub fn called(ctx: &Context, words: String) -> Self {
        ctx.memory_mut(|memory| memory.request_focus(field()));
        Finder { words, chosen: 0 }
    }
}

fn field() -> Id {
    Id::unique("words of the finder")
}

/// Something that was found.
#[derive(Debug)]
pub struct Hit {
    pub title: String,
    /// What it is, or the key that does the same.
    pub aside: String,
    pub command: Command,
}

/// What is called by the words of the search, or else the lessons that are about them.
pub fn hits(words: &str, now: &Now<'_>) -> Vec<Hit> {
    let named = named(words, now);
    if !named.is_empty() {
        return named;
    }
    let about = search::find(now.gallery, words).lessons;
    now.gallery.lessons.iter().filter(|own| about.contains(&own.id)).map(|own| lesson(own, now.lang())).collect()
}

/// How near a title comes to the words, the nearest first: who says all of it means no other that has it in its own, and
/// who says part of a lesson's name means the lesson rather than a run that was made of it while another is open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    Title,
    InTitle,
    OfAnother,
    Beside,
}

/// Runs, commands, lessons and recent files that have each word of the search, those first whose titles come nearest.
/// Without words: everything but the lessons, which the gallery shows better.
fn named(words: &str, now: &Now<'_>) -> Vec<Hit> {
    let is_empty = words.trim().is_empty();
    let whole = words.trim().to_lowercase();
    let mut found: Vec<(Nearness, Hit)> = Vec::new();
    let mut take = |hit: Hit, beside: &str, in_title: Nearness| {
        let nearness = if hit.title.to_lowercase() == whole {
            Nearness::Title
        } else if has_all(&hit.title, words) {
            in_title
        } else if has_all(&format!("{} {beside}", hit.title), words) {
            Nearness::Beside
        } else {
            return;
        };
        found.push((nearness, hit));
    };
    // What follows the controls is on the screen, and stands under the same name as what was kept of it.
    let stays = |entry: &&Entry| entry.progress == EntryProgress::Over && !entry.follows();
    for entry in now.session.entries().iter().rev().filter(stays) {
        let is_of_another = !is_empty && entry.run.scenario_id != now.draft.id;
        let nearness = if is_of_another { Nearness::OfAnother } else { Nearness::InTitle };
        take(run(entry, now.lang()), &in_every_language(entry), nearness);
    }
    for action in &ACTIONS {
        if let Some(command) = (action.command)(now) {
            let aside = action.key.unwrap_or_default().to_owned();
            let both = Lang::ALL.map(|lang| action.name.get(lang)).join(" ");
            take(Hit { title: action.name.get(now.lang()).to_owned(), aside, command }, &both, Nearness::InTitle);
        }
    }
    for path in &now.settings.recent {
        take(file(path, now.lang()), &path.display().to_string(), Nearness::InTitle);
    }
    for own in now.gallery.lessons.iter().filter(|_| !is_empty) {
        let beside = Lang::ALL.map(|lang| own.scenario.title(lang)).join(" ");
        take(lesson(own, now.lang()), &format!("{beside} {}", own.id), Nearness::InTitle);
    }
    // Stable: each kind keeps its order.
    found.sort_by_key(|(nearness, _)| *nearness);
    found.into_iter().map(|(_, hit)| hit).collect()
}

/// Only the runs and commands of that: for beside the lessons of the home screen.
pub fn runs_and_commands(words: &str, now: &Now<'_>) -> Vec<Hit> {
    named(words, now).into_iter().filter(|hit| !matches!(hit.command, Command::OpenBuiltIn(_))).collect()
}

fn run(entry: &Entry, lang: Lang) -> Hit {
    let title = format!("{} · {}", entry.run.scenario.title(lang), entry_title(entry, lang));
    Hit { title, aside: Text::new("run", "execução").get(lang).to_owned(), command: Command::Reveal(entry.id) }
}

fn lesson(own: &Lesson, lang: Lang) -> Hit {
    let aside = Text::new("lesson", "lição").get(lang).to_owned();
    Hit { title: own.scenario.title(lang).to_owned(), aside, command: Command::OpenBuiltIn(own.id) }
}

fn in_every_language(entry: &Entry) -> String {
    let own = Lang::ALL.map(|lang| format!("{} {}", entry.run.scenario.title(lang), entry_title(entry, lang)));
    format!("{} {} {}", own.join(" "), entry.run.scenario_id, entry.run.choice.model.id)
}

fn file(path: &Path, lang: Lang) -> Hit {
    let title = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let aside = Text::new("recent file", "arquivo recente").get(lang).to_owned();
    Hit { title, aside, command: Command::OpenPath(path.to_owned()) }
}

/// Returns whether the overlay stays open.
pub fn finder_ui(ui: &mut Ui, finder: &mut Finder, now: &Now<'_>, commands: &mut Commands) -> bool {
    const HINT: Text = Text::new("Find a run, a command, a lesson", "Encontrar uma execução, um comando, uma lição");
    const NOTHING: Text = Text::new("Nothing has these words.", "Nada tem essas palavras.");
    let lang = now.lang();
    let mut done = false;
    let mut found = hits(&finder.words, now);
    // The field would take the arrows for its cursor.
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let (up, down, enter) = (pressed(Key::ArrowUp), pressed(Key::ArrowDown), pressed(Key::Enter));
    finder.chosen = moved(finder.chosen, up, down, found.len());
    // From a fixed line downwards: the field stays where it is while the list grows and shrinks.
    let top = (ui.ctx().content_rect().height() * 0.12).round();
    let id = Id::unique("finder");
    let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, eframe::egui::vec2(0.0, top));
    let modal = Modal::new(id).area(area).frame(dialog_frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(520.0);
        // Before it reads the keys of this frame.
        ui.memory_mut(|memory| memory.request_focus(field()));
        let words = TextEdit::singleline(&mut finder.words)
            .id(field())
            .hint_text(HINT.get(lang))
            .desired_width(f32::INFINITY)
            .font(eframe::egui::FontId::proportional(theme::NAME));
        let response = ui.add(words).accessible_name(HINT.get(lang));
        if response.changed() {
            // Where frames are slow, Enter comes with the last letters: it opens what these have found.
            finder.chosen = 0;
            found = hits(&finder.words, now);
        }
        ui.add_space(4.0);
        if found.is_empty() {
            note_ui(ui, NOTHING.get(lang));
        }
        ui.spacing_mut().item_spacing.y = 1.0;
        ScrollArea::vertical().max_height(392.0).show(ui, |ui| {
            for (at, hit) in found.iter().enumerate() {
                let row = row_ui(ui, at == finder.chosen, &hit.title, &hit.aside);
                if at == finder.chosen && (up || down) {
                    row.scroll_to_me(None);
                }
                if row.clicked() {
                    finder.chosen = at;
                    done = true;
                }
            }
        });
        const KEYS: Text = Text::new("↑ ↓ choose · Enter opens · Esc closes", "↑ ↓ escolhem · Enter abre · Esc fecha");
        ui.add_space(4.0);
        let small = RichText::new(KEYS.get(lang)).size(theme::SMALL).color(theme::color(theme::palette(ui).faint));
        ui.label(small);
    });
    if (enter || done) && finder.chosen < found.len() {
        commands.push(found.swap_remove(finder.chosen).command);
        return false;
    }
    !modal.should_close()
}

/// From the last on to the first and back.
fn moved(chosen: usize, up: bool, down: bool, count: usize) -> usize {
    let count = count.max(1);
    let chosen = chosen.min(count - 1);
    match (up, down) {
        (true, false) => (chosen + count - 1) % count,
        (false, true) => (chosen + 1) % count,
        _ => chosen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_goes_round() {
        assert_eq!([moved(0, false, true, 3), moved(2, false, true, 3), moved(0, true, false, 3)], [1, 0, 2]);
        assert_eq!([moved(7, false, false, 3), moved(0, true, false, 0)], [2, 0], "the list has become shorter");
    }
}
