//! What the replay tells of the instant that it stands at, under its buttons: which of the runs speaks, and its sentence.
//! Why somebody was chosen is put into words by [`decision`], what happened else by [`happened`].

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{FontId, Label, Response, Ui};

use super::names::entry_name;
use super::paint::PaintContext;
use super::words::{FOR_EVER, NOTHING_DONE, instant};
use super::{decision, happened, theme};
use crate::chart::axis::step_label;
use crate::chart::lanes::task_label;
use crate::chart::palette::Rgb;
use crate::engine::session::{Entry, EntryId};
use crate::explore::program::Program;
use crate::explore::run::{STEP, step_at, steps_of};
use crate::explore::schedule::{Story, tasks};
use crate::explore::sentence::{sentence, waiting};
use crate::lang::{Lang, Text};
use crate::scenario::Engine;
use crate::time::Nanos;
use crate::trace::{Run, Task};

const AT_ONCE: Text = Text::new("{} at once, first", "{} de uma vez, primeiro");
const NO_REASONS: Text = Text::new(
    "Why it went as it went is not saved with a run: simulate it anew to be told.",
    "O porquê de cada escolha não é salvo com a execução: simule de novo para sabê-lo.",
);
/// Of more choices of one instant only the first is told.
const CHOICES_SHOWN: usize = 2;
/// So many choices of one instant are told to who points at it.
const CHOICES_MAX: usize = 12;

/// A run that is played, with what is known of it beside its events.
#[derive(Clone)]
pub struct Teller<'a> {
    pub entry: &'a Entry,
    /// Of an explored order: what its steps did.
    pub story: Option<Arc<(Program, Story)>>,
}

/// What a run has to tell of one instant, the weightier later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum News {
    Happened,
    Chosen,
}

impl Teller<'_> {
    /// It knows why it went as it went, or did before it was saved. A measured run never does.
    fn knows(&self) -> bool {
        self.story.is_some() || self.entry.run.engine == Engine::Simulated
    }

    fn news(&self, now: Nanos) -> Option<News> {
        let chose = self.told_last(now) == Some(now);
        let happened = || happened::begun(&self.entry.run, now).next().map(|_| News::Happened);
        if chose { Some(News::Chosen) } else { happened() }
    }

    /// When what it last told was so.
    fn told_last(&self, now: Nanos) -> Option<Nanos> {
        if self.story.is_some() {
            let until = now.min(self.entry.run.trace.horizon());
            return Some(Nanos(until.0 - until.0 % STEP.0));
        }
        decision::latest(&self.entry.decisions, now).first().map(|decision| decision.time)
    }
}

/// Who tells: a run in which something happened just then; of several the one whose task is selected, then one that
/// chose. Between two events the one whose task is selected, or else the one that chose last. `None` in a replay of
/// measured runs alone, where nobody knows.
pub fn telling<'a>(tellers: &[Teller<'a>], selected: Option<EntryId>, now: Nanos) -> Option<Teller<'a>> {
    if !tellers.iter().any(Teller::knows) {
        return None;
    }
    let is_selected = |teller: &Teller| Some(teller.entry.id) == selected;
    // Of several that are alike, the uppermost.
    let news = tellers.iter().rev().filter_map(|teller| Some((teller, teller.news(now)?)));
    let newest = news.max_by_key(|(teller, news)| (is_selected(teller), *news)).map(|(teller, _)| teller);
    let knowing = tellers.iter().rev().filter(|teller| teller.knows());
    let last = || knowing.max_by_key(|teller| (is_selected(teller), teller.told_last(now)));
    newest.or_else(last).cloned()
}

/// The sentence for the instant that the replay stands at, on at most two lines.
pub fn telling_ui(ui: &mut Ui, teller: &Teller, now: Nanos, ctx: PaintContext) {
    let (entry, lang) = (teller.entry, ctx.lang);
    let name = entry_name(entry, lang);
    if let Some(story) = &teller.story {
        let (text, loses) = told_step(story, &entry.run, now, lang);
        let step = step_label(now, steps_of(&entry.run), lang);
        let ink = if loses { ctx.palette.ink(ctx.palette.blocked) } else { ctx.palette.text };
        line_ui(ui, &format!("{name} · {step}"), &text, ink, ctx);
        return;
    }
    let chosen = decision::latest(&entry.decisions, now);
    let chose_now = chosen.first().is_some_and(|decision| decision.time == now);
    let happened = || happened::happened(&entry.run, &entry.decisions, now, lang);
    if let Some(happened) = if chose_now { None } else { happened() } {
        line_ui(ui, &format!("{name} · {}", instant(now, lang)), &happened, ctx.palette.text, ctx);
        return;
    }
    let Some(first) = chosen.first() else {
        if entry.decisions.is_empty() && entry.run.is_over() {
            line_ui(ui, &name, NO_REASONS.get(lang), ctx.palette.dim, ctx);
        }
        return;
    };
    let mut lead = format!("{name} · {}", instant(first.time, lang));
    if chosen.len() > CHOICES_SHOWN {
        lead = format!("{lead} · {}", AT_ONCE.fill(lang, &[&chosen.len()]));
    }
    // Two that belong together have room: who gets the core, and the lock of the interpreter with it.
    let told = if chosen.len() > CHOICES_SHOWN { &chosen[..1] } else { chosen };
    let told = told.iter().map(|decision| decision::sentence(&entry.run, decision, lang));
    let losers = decision::losers(&entry.run, chosen, lang);
    let text = told.chain(losers.iter().cloned()).collect::<Vec<_>>().join(" ");
    // What was chosen some time ago is still the last choice, but not of this instant.
    let ink = if chose_now { ctx.palette.text } else { ctx.palette.dim };
    let all = || chosen.iter().take(CHOICES_MAX).map(|decision| decision::sentence(&entry.run, decision, lang));
    line_ui(ui, &lead, &text, ink, ctx).on_hover_ui(|ui| {
        ui.label(all().chain(losers).collect::<Vec<_>>().join("\n"));
    });
}

fn line_ui(ui: &mut Ui, lead: &str, text: &str, ink: Rgb, ctx: PaintContext) -> Response {
    let mut job = LayoutJob::default();
    let format = |size: f32, ink| TextFormat::simple(FontId::proportional(size), theme::color(ink));
    job.append(&format!("{lead}:  "), 0.0, format(12.0, ctx.palette.dim));
    job.append(text, 0.0, format(12.5, ink));
    job.wrap.max_width = ui.available_width();
    job.wrap.max_rows = 2;
    ui.add(Label::new(ui.painter().layout_job(job)))
}

/// What the step did that is drawn then or has just been, and whether it overwrote what somebody else had stored; behind
/// the last step, who waits for ever.
fn told_step((program, story): &(Program, Story), run: &Run, now: Nanos, lang: Lang) -> (String, bool) {
    let name = |task: Task| task_label(run, task);
    let step = usize::try_from(step_at(now)).unwrap_or(usize::MAX);
    if step > story.deeds.len() && story.is_deadlock() {
        let standings = tasks(program).zip(story.standings.last().into_iter().flatten());
        let waits = standings.filter_map(|(task, standing)| waiting(program, task, *standing, lang, name));
        let waits = waits.map(|wait| FOR_EVER.fill(lang, &[&wait]));
        return (waits.collect::<Vec<_>>().join(" · "), false);
    }
    match step.min(story.deeds.len()).checked_sub(1).map(|last| &story.deeds[last]) {
        Some(deed) => (sentence(deed, lang, name), deed.act.loses()),
        None => (NOTHING_DONE.get(lang).to_owned(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::testing::{DISHES, entry, imagined};

    fn told(entries: &[Entry], selected: Option<EntryId>, now: Nanos) -> Option<EntryId> {
        let tellers: Vec<Teller> = entries.iter().map(|entry| Teller { entry, story: None }).collect();
        telling(&tellers, selected, now).map(|teller| teller.entry.id)
    }

    #[test]
    fn the_run_speaks_in_which_something_happens() {
        let models = [(1, "event-loop"), (2, "threads"), (3, "sequential")];
        let entries = models.map(|(id, model)| entry(id, imagined(DISHES, model, 2)));
        let of = |entry: &Entry, now: Nanos| entry.run.trace.starts().contains(&now);
        let chose = |entry: &Entry, now: Nanos| entry.decisions.iter().any(|decision| decision.time == now);
        for now in entries.iter().flat_map(|entry| entry.run.trace.starts()) {
            let teller = told(&entries, None, *now).expect("all are simulated");
            let teller = entries.iter().find(|entry| entry.id == teller).expect("one of them");
            assert!(of(teller, *now) || chose(teller, *now), "{now:?}: {:?} has nothing new", teller.id);
            if entries.iter().any(|entry| chose(entry, *now)) {
                assert!(chose(teller, *now), "{now:?}: somebody else has chosen");
            }
            if of(&entries[2], *now) {
                assert_eq!(told(&entries, Some(EntryId(3)), *now), Some(EntryId(3)), "its task is selected");
            }
        }
    }

    #[test]
    fn between_events_the_last_choice_stands() {
        let entries = [(1, "event-loop"), (2, "threads")].map(|(id, model)| entry(id, imagined(DISHES, model, 2)));
        let quiet = Nanos::from_millis(150) + Nanos(1);
        let last = |entry: &Entry| decision::latest(&entry.decisions, quiet)[0].time;
        let expected = if last(&entries[0]) >= last(&entries[1]) { EntryId(1) } else { EntryId(2) };
        assert_eq!(told(&entries, None, quiet), Some(expected));
        for id in [EntryId(1), EntryId(2)] {
            assert_eq!(told(&entries, Some(id), quiet), Some(id));
        }
    }

    #[test]
    fn of_measured_runs_alone_nobody_speaks() {
        let mut alone = entry(1, imagined(DISHES, "threads", 2));
        alone.decisions = Arc::default();
        let start = alone.run.trace.starts()[0];
        assert_eq!(told(std::slice::from_ref(&alone), None, start), Some(EntryId(1)), "a saved one says what happened");
        alone.run = Arc::new(Run { engine: Engine::Measured, ..Run::clone(&alone.run) });
        assert_eq!(told(std::slice::from_ref(&alone), None, start), None);
    }
}
