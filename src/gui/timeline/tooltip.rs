//! What a bar is, beside the pointer: task, state, cause, from when to when, on which worker and core.

use eframe::egui::{Response, RichText, Tooltip, Ui};

use super::foretold::GhostSpan;
use super::view::TimelineView;
use crate::chart::lanes::{core_label, task_label};
use crate::engine::session::Entry;
use crate::explore::run::step_at;
use crate::gui::inspector::order::is_for_ever;
use crate::gui::paint::PaintContext;
use crate::gui::theme::{self, color};
use crate::gui::words::instants;
use crate::lang::{Lang, Text};
use crate::time::Nanos;
use crate::trace::{Cause, Run, Span, State};

const FROM: Text = Text::new("from", "de");
const TO: Text = Text::new("to", "até");
const LENGTH: Text = Text::new("for", "por");
const SO_FAR: Text = Text::new("so far", "até agora");
const STEP: Text = Text::new("step", "passo");
const AFTER_STEP: Text = Text::new("after step", "depois do passo");
const UNTIL_STEP: Text = Text::new("until step", "até o passo");
const UNTIL: Text = Text::new("until", "até");
const FOR_EVER: Text = Text::new("for ever", "para sempre");
const WORKER: Text = Text::new("worker", "trabalhador");
const CORE: Text = Text::new("core", "núcleo");
const ABOUT: Text = Text::new("about", "sobre");
const MAIN: Text = Text::new("main thread", "thread principal");
const PREDICTED: Text = Text::new("predicted: {}", "previsto: {}");
const COSTS_BY: Text = Text::new("imagined with the costs of {}", "imaginado com os custos de {}");
const DEFAULT_COSTS: Text =
    Text::new("imagined with Tasklane's default costs", "imaginado com os custos padrão do Tasklane");
const PIN: Text = Text::new("click to pin the task", "clique para fixar a tarefa");
const UNPIN: Text = Text::new("pinned · click again to let go", "fixada · clique de novo para soltar");

/// Shows at once, without a delay: bars are explored by moving over them.
pub fn tooltip_ui(
    response: &Response,
    entry: &Entry,
    span: &Span,
    ghost: Option<&GhostSpan>,
    view: &TimelineView,
    ctx: PaintContext,
) {
    let pinned = view.pinned.is_some() && view.pinned == view.hover;
    let now = view.replay.as_ref().map(|replay| replay.at).filter(|now| *now < span.end);
    Tooltip::always_open(response.ctx.clone(), response.layer_id, response.id, eframe::egui::PopupAnchor::Pointer)
        .gap(14.0)
        .show(|ui| span_ui(ui, entry, span, now, ghost, pinned, ctx));
}

/// Of the main thread, where it carries no task.
pub fn main_tooltip_ui(response: &Response, run: &Run, time: Nanos, ctx: PaintContext) {
    let Some(span) = run.account.main.iter().find(|span| span.start <= time && time < span.end) else { return };
    Tooltip::always_open(response.ctx.clone(), response.layer_id, response.id, eframe::egui::PopupAnchor::Pointer)
        .gap(14.0)
        .show(|ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            ui.label(RichText::new(MAIN.get(ctx.lang)).font(theme::semibold(theme::BODY)));
            ui.label(RichText::new(span.state.label().get(ctx.lang)).color(color(ctx.palette.dim)));
            let [from, to] = instants([span.start, span.end], ctx.lang);
            let when = format!("{} {from} {} {to}", FROM.get(ctx.lang), TO.get(ctx.lang));
            ui.label(RichText::new(when).font(theme::mono(11.0)));
        });
}

/// Of a ghost where nothing was measured.
pub fn ghost_tooltip_ui(response: &Response, run: &Run, ghost: &GhostSpan, ctx: PaintContext) {
    Tooltip::always_open(response.ctx.clone(), response.layer_id, response.id, eframe::egui::PopupAnchor::Pointer)
        .gap(14.0)
        .show(|ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            ui.label(RichText::new(task_label(run, ghost.span.task)).font(theme::semibold(theme::BODY)));
            ghost_ui(ui, ghost, ctx);
        });
}

/// What was predicted, from when to when, and by whose word.
fn ghost_ui(ui: &mut Ui, ghost: &GhostSpan, ctx: PaintContext) {
    let (lang, dim) = (ctx.lang, color(ctx.palette.dim));
    let what = PREDICTED.fill(lang, &[&ghost.span.state.label().get(lang)]);
    ui.label(RichText::new(what).color(dim));
    let [from, to] = instants([ghost.span.start, ghost.span.end], lang);
    let when = format!("{} {from} {} {to}", FROM.get(lang), TO.get(lang));
    ui.label(RichText::new(when).font(theme::mono(11.0)));
    let costs = match &ghost.costs_by {
        Some(source) => COSTS_BY.fill(lang, &[source]),
        None => DEFAULT_COSTS.get(lang).to_owned(),
    };
    ui.label(RichText::new(costs).size(theme::SMALL).color(color(ctx.palette.faint)));
}

/// Of a span that is under way in a replay nothing is told that comes after `now`.
fn span_ui(
    ui: &mut Ui,
    entry: &Entry,
    span: &Span,
    now: Option<Nanos>,
    ghost: Option<&GhostSpan>,
    pinned: bool,
    ctx: PaintContext,
) {
    let (run, lang) = (&entry.run, ctx.lang);
    ui.spacing_mut().item_spacing.y = 3.0;
    ui.spacing_mut().interact_size.y = 0.0;
    ui.horizontal(|ui| {
        ui.label(RichText::new(task_label(run, span.task)).font(theme::semibold(theme::BODY)));
        let ink = crate::chart::palette::Tone::of(span.state, span.cause)
            .map_or(ctx.palette.dim, |tone| ctx.palette.ink(ctx.palette.tone(tone)));
        ui.label(RichText::new(span.state.label().get(lang)).color(color(ink)));
    });
    if span.cause != Cause::None {
        ui.label(RichText::new(span.cause.label().get(lang)).color(color(ctx.palette.dim)));
    }
    eframe::egui::Grid::new("span").num_columns(2).spacing([12.0, 2.0]).show(ui, |ui| {
        let mut row = |name: Text, value: String| {
            ui.label(RichText::new(name.get(lang)).size(theme::SMALL).color(color(ctx.palette.dim)));
            ui.label(RichText::new(value).font(theme::mono(11.0)));
            ui.end_row();
        };
        if run.shows_order_only() {
            for (name, value) in place_in_order(run, span, now.is_some(), lang) {
                row(name, value);
            }
        } else {
            let [from, to] = instants([span.start, span.end], lang);
            row(FROM, from);
            match now {
                Some(now) => row(SO_FAR, lang.figure((now - span.start).max(Nanos::ZERO))),
                None if span.state.is_end() => {}
                None => {
                    row(TO, to);
                    row(LENGTH, lang.figure(span.length()));
                }
            }
        }
        // Who stamped that nobody had taken it up carries nothing.
        let carrier = span.worker.get().filter(|_| span.cause != Cause::Queued);
        if let Some(worker) = carrier.and_then(|worker| run.workers.get(worker)) {
            row(WORKER, worker.name.clone());
        }
        if span.core.get().is_some() {
            row(CORE, core_label(span.core, lang));
        }
        if let Some(resource) = span.resource.get().and_then(|resource| run.resources.get(resource)) {
            row(ABOUT, resource.clone());
        }
    });
    if let Some(ghost) = ghost {
        ui.separator();
        ghost_ui(ui, ghost, ctx);
    }
    let hint = if pinned { UNPIN } else { PIN };
    ui.label(RichText::new(hint.get(lang)).size(theme::SMALL).color(color(ctx.palette.faint)));
}

/// Where a span of an explored order stands: it has no times.
fn place_in_order(run: &Run, span: &Span, is_under_way: bool, lang: Lang) -> Vec<(Text, String)> {
    let [after, until] = [span.start, span.end].map(step_at);
    match span.state {
        State::Running => vec![(STEP, until.to_string())],
        // Nobody took a step that brought it there.
        State::Deadlocked => vec![],
        state if state.is_end() => vec![(AFTER_STEP, after.to_string())],
        _ if is_under_way => vec![(AFTER_STEP, after.to_string())],
        _ if is_for_ever(run, span) => {
            vec![(AFTER_STEP, after.to_string()), (UNTIL, FOR_EVER.get(lang).to_owned())]
        }
        _ => vec![(AFTER_STEP, after.to_string()), (UNTIL_STEP, until.to_string())],
    }
}
