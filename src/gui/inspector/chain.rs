//! A task's events, from arrival to end, in words.

use eframe::egui::{Align2, FontId, Sense, Ui, pos2, vec2};

use crate::chart::lanes::{core_label, task_label};
use crate::gui::paint::PaintContext;
use crate::gui::theme::{self, color};
use crate::gui::timeline::view::Target;
use crate::gui::widgets::{elided, note_ui};
use crate::gui::words::moment;
use crate::lang::{Lang, Text};
use crate::trace::{Cause, Run, Span, State};

const MORE: Text = Text::new("{} more: see the list of events", "mais {}: veja a lista de eventos");
const HELD_BY: Text = Text::new("{}: {}, held by {}", "{}: {}, com {}");
/// A task of many thousand events has them in the list of events.
const ROWS_MAX: usize = 200;
const ROW_HEIGHT: f32 = 20.0;

pub fn chain_ui(ui: &mut Ui, run: &Run, target: Target, ctx: PaintContext) {
    let own = run.trace.of(target.task);
    let mut before: Option<Span> = None;
    for at in own.clone().take(ROWS_MAX) {
        let span = run.trace.span(at);
        let words = words(run, before.as_ref(), &span, ctx.lang);
        row_ui(ui, run, &words, &span, target.span == u32::try_from(at).ok(), ctx);
        before = Some(span);
    }
    if own.len() > ROWS_MAX {
        note_ui(ui, &MORE.fill(ctx.lang, &[&(own.len() - ROWS_MAX)]));
    }
}

fn row_ui(ui: &mut Ui, run: &Run, words: &str, span: &Span, marked: bool, ctx: PaintContext) {
    let palette = ctx.palette;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
    if !ui.is_rect_visible(rect) {
        return;
    }
    if marked {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), 4.0, theme::blend(palette.panel, palette.accent, 0.18));
    }
    // Dim words would not be read on that fill.
    let dim = color(if marked { palette.text } else { palette.dim });
    let y = rect.center().y;
    let time = moment(run, span.start, span.state, ctx.lang);
    ui.painter().text(pos2(rect.left() + 62.0, y), Align2::RIGHT_CENTER, time, theme::mono(11.0), dim);
    let left = rect.left() + 72.0;
    let needed =
        ui.painter().layout_no_wrap(words.to_owned(), FontId::proportional(12.0), color(palette.text)).size().x;
    let aside = aside(span, words, ctx, |aside| {
        let width = ui.painter().layout_no_wrap(aside.to_owned(), theme::mono(11.0), dim).size().x;
        left + needed + 6.0 + width <= rect.right()
    });
    let aside = ui.painter().text(pos2(rect.right(), y), Align2::RIGHT_CENTER, aside, theme::mono(11.0), dim);
    let words = elided(ui, words, FontId::proportional(12.0), color(palette.text), aside.left() - left - 6.0);
    ui.painter().galley(pos2(left, y - words.size().y / 2.0), words, color(palette.text));
}

/// The state and the core, or the core alone where both do not fit; not what `words` begin with already.
fn aside(span: &Span, words: &str, ctx: PaintContext, fits: impl Fn(&str) -> bool) -> String {
    let state = span.state.label().get(ctx.lang);
    if words.starts_with(state) {
        return String::new();
    }
    if span.core.get().is_none() {
        return state.to_owned();
    }
    let core = core_label(span.core, ctx.lang);
    let both = format!("{state} · {core}");
    if fits(&both) { both } else { core }
}

/// What happened when the task entered `span`; of a wait also for what, and who held it.
fn words(run: &Run, before: Option<&Span>, span: &Span, lang: Lang) -> String {
    let what = what(before, span).get(lang);
    let resource = span.resource.get().and_then(|at| run.resources.get(at));
    match (span.state, resource, span.peer.as_task()) {
        (State::Blocked | State::Deadlocked, Some(resource), Some(holder)) => {
            HELD_BY.fill(lang, &[&what, resource, &task_label(run, holder)])
        }
        (State::Blocked | State::Deadlocked, Some(resource), None) => format!("{what}: {resource}"),
        _ => what.to_owned(),
    }
}

/// What happened when the task entered `span`.
fn what(before: Option<&Span>, span: &Span) -> Text {
    let came_from = before.map_or(State::New, |before| before.state);
    let came_by = before.map_or(Cause::None, |before| before.cause);
    match (came_from, span.state) {
        (_, State::Done) => Text::new("done", "concluída"),
        (_, end) if end.is_end() => span.state.label(),
        (_, State::New) => Text::new("not arrived", "não chegou"),
        (_, State::Starting) => Text::new("is being made", "sendo criada"),
        (_, State::Shipping) => Text::new("is shipped", "transferida"),
        (_, State::Io) if span.cause == Cause::Blocking => Text::new("blocking call", "chamada bloqueante"),
        (_, State::Io) => Text::new("awaits IO", "aguarda IO"),
        (_, State::Blocked) => span.cause.label(),
        (State::New, _) => Text::new("arrived", "chegou"),
        (State::Io, State::Ready) => Text::new("IO done", "IO concluída"),
        (_, State::Ready) if span.cause != Cause::None => span.cause.label(),
        (_, State::Ready) => Text::new("ready", "pronta"),
        (_, State::Running) if span.cause == Cause::Stolen => Text::new("stolen", "roubada"),
        (State::Ready, State::Running) if came_by == Cause::Preempted => {
            Text::new("back on a core", "de volta a um núcleo")
        }
        (State::Ready, State::Running) if came_by == Cause::Queued => Text::new("worker free", "trabalhador livre"),
        (State::Starting, State::Running) => Text::new("begins", "começa"),
        (_, State::Running) => Text::new("goes on", "continua"),
        _ => span.state.label(),
    }
}
