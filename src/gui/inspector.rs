//! The right panel: the selected task in detail, or, with nothing selected, what to do and how the runs were measured.
//!
//! Reads runs and the view; changes the view only where a task's name is clicked.

mod chain;
pub mod order;
mod summary;
pub mod why;

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    CursorIcon, FontId, Label, Rangef, Rect, RichText, Role, ScrollArea, Sense, Shape, Ui, WidgetInfo, vec2,
};

use self::why::Piece;
use super::background::COMPUTING;
use super::names::entry_title;
use super::paint::PaintContext;
use super::theme::{self, color};
use super::timeline::view::{Target, TimelineView};
use super::timeline::{TimelineCache, paint_lane};
use super::widgets::{card_frame, note_ui, pair_ui, section_ui};
use crate::analysis::metrics::{TaskTimes, task_times};
use crate::chart::axis::Axis;
use crate::chart::lanes::{lane_of, task_label};
use crate::engine::session::{Entry, EntryProgress};
use crate::explore::run::step_at;
use crate::lang::Text;
use crate::time::Nanos;
use crate::trace::{Run, State};

/// From here on a task's times and its story have a column each.
const SIDE_BY_SIDE: f32 = 520.0;
/// What the button in the corner takes.
const FOLD_WIDTH: f32 = 26.0;

const TURNAROUND: Text = Text::new("turnaround", "tempo de retorno");
const RUNNING: Text = Text::new("running", "executando");
const IO: Text = Text::new("in IO", "em IO");
const HELD_UP: Text = Text::new("held up", "retida");
const BLOCKED: Text = Text::new("of it blocked", "disso, bloqueada");
const RESPONSE: Text = Text::new("response", "tempo de resposta");
const STEPS: Text = Text::new("steps", "passos");
const OUTCOME: Text = Text::new("outcome", "desfecho");
const WHY: Text = Text::new("Why this gap?", "Por que esta espera?");
const WHAT: Text = Text::new("What is this?", "O que é isto?");
const CHAIN: Text = Text::new("Chain", "Cadeia");
const THEORY: Text = Text::new("Theory", "Teoria");
const WORK_BY_ONE: Text = Text::new("work ÷ 1 core", "trabalho ÷ 1 núcleo");
const WORK_BY_CORES: Text = Text::new("work ÷ {} cores", "trabalho ÷ {} núcleos");
const LONGEST: Text = Text::new("longest task alone", "tarefa mais longa sozinha");
/// Where tasks come later, or after others.
const AS_THEY_COME: Text = Text::new("in order, as they come", "na ordem, como chegam");
const LOWER_BOUND: Text = Text::new("lower bound", "limite inferior");
const TOO_LONG: Text = Text::new("too many steps to add up here", "passos demais para somar aqui");
const BOUND_HINT: Text = Text::new(
    "No model can finish all tasks sooner than this on these cores.",
    "Nenhum modelo termina todas as tarefas antes disso nestes núcleos.",
);

/// The panel's content, in the room that `ui` has.
pub fn inspector_ui(
    ui: &mut Ui,
    entries: &[&Entry],
    view: &mut TimelineView,
    cache: &mut TimelineCache,
    ctx: PaintContext,
) {
    ScrollArea::vertical().id_salt("inspector").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        // As dense as text: these are read, not clicked.
        ui.spacing_mut().interact_size.y = 17.0;
        let selected = view.selection().and_then(|target| {
            let entry = entries.iter().find(|entry| entry.id == target.entry)?;
            (target.task.0 < entry.run.trace.tasks()).then_some((*entry, target))
        });
        match selected {
            Some((entry, target)) => task_ui(ui, entry, target, view, cache, ctx),
            None => summary::hint_ui(ui, entries, ctx),
        }
        theories_ui(ui, entries, selected.map(|(entry, _)| entry), cache, ctx);
        if selected.is_none() {
            summary::accounts_ui(ui, entries, ctx);
        }
    });
}

fn task_ui(
    ui: &mut Ui,
    entry: &Entry,
    target: Target,
    view: &mut TimelineView,
    cache: &mut TimelineCache,
    ctx: PaintContext,
) {
    let (run, lang) = (&entry.run, ctx.lang);
    let title = format!("{} · {}", task_label(run, target.task), entry_title(entry, lang));
    ui.scope(|ui| {
        // Beside the button that folds the panel.
        ui.set_max_width(ui.available_width() - FOLD_WIDTH);
        section_ui(ui, &title);
    });
    let times = task_times(run, target.task);
    states_ui(ui, entry, target, &times, ctx);
    if ui.available_width() < SIDE_BY_SIDE {
        times_ui(ui, run, &times, ctx);
        ui.add_space(6.0);
        return story_ui(ui, entry, target, view, cache, ctx);
    }
    ui.columns_const(|[left, right]| {
        times_ui(left, run, &times, ctx);
        story_ui(right, entry, target, view, cache, ctx);
    });
}

fn times_ui(ui: &mut Ui, run: &Run, times: &TaskTimes, ctx: PaintContext) {
    let lang = ctx.lang;
    if run.shows_order_only() {
        // It ran for as long as its steps are drawn.
        pair_ui(ui, STEPS.get(lang), &step_at(times.running).to_string());
        return outcome_ui(ui, times, ctx);
    }
    let shown = |time: Option<Nanos>| time.map_or_else(|| "–".to_owned(), |time| lang.figure(time));
    pair_ui(ui, TURNAROUND.get(lang), &shown(times.turnaround()));
    pair_ui(ui, RUNNING.get(lang), &lang.figure(times.running));
    pair_ui(ui, IO.get(lang), &lang.figure(times.io));
    pair_ui(ui, HELD_UP.get(lang), &lang.figure(times.waiting));
    if times.blocked > Nanos::ZERO {
        pair_ui(ui, BLOCKED.get(lang), &lang.figure(times.blocked));
    }
    pair_ui(ui, RESPONSE.get(lang), &shown(times.response()));
    outcome_ui(ui, times, ctx);
}

fn outcome_ui(ui: &mut Ui, times: &TaskTimes, ctx: PaintContext) {
    let lang = ctx.lang;
    if let Some(outcome) = times.outcome.filter(|outcome| *outcome != State::Done) {
        pair_ui(ui, OUTCOME.get(lang), outcome.label().get(lang));
    }
}

/// Why it waited, and what it went through.
fn story_ui(
    ui: &mut Ui,
    entry: &Entry,
    target: Target,
    view: &mut TimelineView,
    cache: &mut TimelineCache,
    ctx: PaintContext,
) {
    let (run, lang) = (&entry.run, ctx.lang);
    let pointed = target.span.map(|span| span as usize);
    let in_io = why::gap(run, target.task, pointed).is_some_and(|at| run.trace.states()[at] == State::Io);
    section_ui(ui, if in_io { WHAT } else { WHY }.get(lang));
    match cache.meanwhile(entry, ui.ctx()) {
        Some(meanwhile) => {
            let pieces = why::why(run, meanwhile, target.task, pointed, lang);
            why_ui(ui, entry, &pieces, view, ctx);
        }
        None => drop(note_ui(ui, COMPUTING.get(lang))),
    }
    ui.add_space(6.0);
    section_ui(ui, CHAIN.get(lang));
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        chain::chain_ui(ui, run, target, ctx);
    });
}

/// The task's whole life as one bar.
fn states_ui(ui: &mut Ui, entry: &Entry, target: Target, times: &TaskTimes, ctx: PaintContext) {
    const HEIGHT: f32 = 13.0;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let run = &entry.run;
    let (Some(from), to) = (times.arrive, times.finish.unwrap_or(run.trace.horizon())) else { return };
    if to <= from {
        return;
    }
    let whole = Axis::fit(to - from, rect.width());
    let axis = whole.pan(whole.x(Nanos::ZERO) - whole.x(from));
    let lane = lane_of(run, target.task);
    let mesh =
        paint_lane(run, &lane, &axis, Rangef::new(rect.top(), rect.bottom()), rect.left(), ui.pixels_per_point(), ctx);
    ui.painter().add(Shape::mesh(mesh));
    ui.add_space(2.0);
}

fn why_ui(ui: &mut Ui, entry: &Entry, pieces: &[Piece], view: &mut TimelineView, ctx: PaintContext) {
    let run = &entry.run;
    card_frame(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        // Rows as high as their text, whether a name to click is in them or not.
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        ui.spacing_mut().interact_size.y = 0.0;
        ui.horizontal_wrapped(|ui| {
            let mut stops = 0;
            for (piece, next) in pieces.iter().zip(pieces.iter().skip(1).map(Some).chain([None])) {
                match piece {
                    Piece::Text(text) => {
                        ui.label(&text[stops..]);
                        stops = 0;
                    }
                    Piece::Task(task) => {
                        let after = match next {
                            Some(Piece::Text(text)) => stop_of(text),
                            _ => "",
                        };
                        stops = after.len();
                        if task_link_ui(ui, &task_label(run, *task), after, ctx) {
                            view.pinned = Some(Target { entry: entry.id, task: *task, span: None });
                        }
                    }
                }
            }
        });
    });
}

/// The comma or full stop that `text` begins with: it stays on the line of the word before it.
fn stop_of(text: &str) -> &str {
    let stops = text.find(|c: char| !matches!(c, ',' | '.')).unwrap_or(text.len());
    &text[..stops]
}

/// A task's name to click, with what follows it closely. Returns whether it was clicked.
fn task_link_ui(ui: &mut Ui, name: &str, after: &str, ctx: PaintContext) -> bool {
    let font = FontId::proportional(theme::BODY);
    let mut job = LayoutJob::default();
    job.append(name, 0.0, TextFormat::simple(font.clone(), color(ctx.palette.accent)));
    job.append(after, 0.0, TextFormat::simple(font, color(ctx.palette.text)));
    let response = ui.add(Label::new(job).sense(Sense::click()));
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, name));
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// Of the run that is looked at; or of all, once for each workload and number of cores.
fn theories_ui(
    ui: &mut Ui,
    entries: &[&Entry],
    selected: Option<&Entry>,
    cache: &mut TimelineCache,
    ctx: PaintContext,
) {
    let mut distinct: Vec<&Entry> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.progress != EntryProgress::Queued && !entry.run.shows_order_only())
    {
        if !distinct.iter().any(|other| is_same_to_theory(&other.run, &entry.run)) {
            distinct.push(entry);
        }
    }
    let is_one_of_several = distinct.len() > 1;
    let meant = selected.map_or(distinct, |entry| if entry.run.shows_order_only() { vec![] } else { vec![entry] });
    for entry in meant {
        theory_ui(ui, entry, is_one_of_several, cache, ctx);
    }
}

/// Whether what theory says of one run it says of the other.
fn is_same_to_theory(one: &Run, other: &Run) -> bool {
    one.cores == other.cores
        && one.variant == other.variant
        && (Arc::ptr_eq(&one.scenario, &other.scenario) || one.scenario.groups == other.scenario.groups)
}

fn theory_ui(ui: &mut Ui, entry: &Entry, is_one_of_several: bool, cache: &mut TimelineCache, ctx: PaintContext) {
    let lang = ctx.lang;
    ui.add_space(6.0);
    let own = entry.run.scenario.own_variant_title(lang).map_or_else(|| entry_title(entry, lang), str::to_owned);
    let of_which = if is_one_of_several { format!(" · {own}") } else { String::new() };
    section_ui(ui, &format!("{}{of_which}", THEORY.get(lang)));
    let theory = match cache.theory(entry, ui.ctx()) {
        Some(Some(theory)) => theory,
        Some(None) => return drop(note_ui(ui, TOO_LONG.get(lang))),
        None => return drop(note_ui(ui, COMPUTING.get(lang))),
    };
    let work = match entry.run.cores {
        1 => WORK_BY_ONE.get(lang).to_owned(),
        cores => WORK_BY_CORES.fill(lang, &[&cores]),
    };
    pair_ui(ui, &work, &lang.figure(theory.work_over_cores));
    pair_ui(ui, LONGEST.get(lang), &lang.figure(theory.longest_task));
    if theory.lower_bound > theory.longest_task.max(theory.work_over_cores) {
        pair_ui(ui, AS_THEY_COME.get(lang), &lang.figure(theory.lower_bound));
    }
    let row: Rect = ui
        .horizontal(|ui| {
            ui.label(RichText::new(LOWER_BOUND.get(lang)).font(theme::semibold(theme::BODY)));
            ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
                ui.label(RichText::new(lang.figure(theory.lower_bound)).font(theme::mono_bold(12.0)));
            });
        })
        .response
        .rect;
    ui.interact(row, ui.unique_id().with("bound"), Sense::hover()).on_hover_text(BOUND_HINT.get(lang));
}
