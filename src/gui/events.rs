//! The list of events of a run, as they stream in: when, which task, what, why, where.
//!
//! Only the rows in sight are laid out. The order by time is kept until the run changes.

use std::sync::Arc;

use eframe::egui::{Align2, FontId, Rect, RichText, ScrollArea, Sense, Ui, pos2, vec2};

use super::background::{Background, COMPUTING};
use super::paint::PaintContext;
use super::theme::{self, color};
use super::widgets::elided;
use super::words::moment;
use crate::chart::lanes::{core_label, task_label};
use crate::chart::palette::Tone;
use crate::engine::session::Entry;
use crate::lang::{Lang, Text};
use crate::trace::{Event, Run, Trace};

const RECORDED: Text = Text::new("{} events recorded", "{} eventos registrados");
const DROPPED: Text = Text::new("{} dropped", "{} perdidos");
const NONE_DROPPED: Text = Text::new("none dropped", "nenhum perdido");
const NONE_YET: Text = Text::new("No events yet.", "Nenhum evento ainda.");

const ROW_HEIGHT: f32 = 18.0;

/// Each column: its name and its share of the width.
const COLUMNS: [(Text, f32); 7] = [
    (Text::new("time", "tempo"), 0.12),
    (Text::new("task", "tarefa"), 0.17),
    (Text::new("state", "estado"), 0.13),
    (Text::new("cause", "causa"), 0.22),
    (Text::new("worker", "trabalhador"), 0.13),
    (Text::new("core", "núcleo"), 0.10),
    (Text::new("peer", "par"), 0.13),
];

/// Lives as long as the run screen.
#[derive(Default)]
pub struct EventsView {
    /// Trace indices by time, as of a revision.
    orders: Background<u64, Vec<u32>>,
}

pub fn events_ui(ui: &mut Ui, entry: &Entry, view: &mut EventsView, ctx: PaintContext) {
    let (run, lang) = (&entry.run, ctx.lang);
    view.orders.keep_only(&[entry]);
    let sorted = Arc::clone(run);
    view.orders.update(entry, entry.revision, ui.ctx(), move |_| Some(by_time(&sorted.trace)));
    header_ui(ui, run, ctx);
    let Some((_, order)) = view.orders.get(entry.id).filter(|(revision, _)| **revision == entry.revision) else {
        ui.label(RichText::new(COMPUTING.get(lang)).color(color(ctx.palette.dim)));
        return;
    };
    if order.is_empty() {
        ui.label(RichText::new(NONE_YET.get(lang)).color(color(ctx.palette.dim)));
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut names = COLUMNS.map(|(name, _)| name.get(lang).to_owned());
    if run.shows_order_only() {
        // Each of its cells says what it is.
        names[0].clear();
    }
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
    paint_row(ui, head, &names, &[ctx.palette.faint; COLUMNS.len()].map(color), &FontId::proportional(theme::SMALL));
    // In a low panel a row or two: it must not push the panel up.
    let area = ScrollArea::vertical().id_salt("events").auto_shrink(false).min_scrolled_height(0.0);
    let area = area.stick_to_bottom(!run.is_over());
    area.show_rows(ui, ROW_HEIGHT, order.len(), |ui, rows| {
        for at in &order[rows] {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::hover());
            let event = run.trace.event(*at as usize);
            let tone = Tone::of(event.state, event.cause).map_or(ctx.palette.text, |tone| ctx.palette.tone(tone));
            let mut inks = [color(ctx.palette.dim); COLUMNS.len()];
            inks[1] = color(ctx.palette.text);
            inks[2] = color(ctx.palette.ink(tone));
            paint_row(ui, rect, &cells(run, &event, lang), &inks, &theme::mono(theme::SMALL));
        }
    });
}

/// Indices of events by time; events of one instant keep the trace's order.
fn by_time(trace: &Trace) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(trace.len()).unwrap_or(u32::MAX)).collect();
    order.sort_by_key(|at| trace.starts()[*at as usize]);
    order
}

fn header_ui(ui: &mut Ui, run: &Run, ctx: PaintContext) {
    let (lang, palette) = (ctx.lang, ctx.palette);
    let dropped = run.account.dropped();
    // As high as its text: the rows below need the room.
    ui.spacing_mut().interact_size.y = 0.0;
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.horizontal(|ui| {
        let recorded = run.account.recorded.max(run.trace.len() as u64);
        ui.label(RichText::new(RECORDED.fill(lang, &[&recorded])).size(12.0).color(color(palette.dim)));
        ui.label(RichText::new("·").size(12.0).color(color(palette.faint)));
        let (text, ink) = match dropped {
            0 => (NONE_DROPPED.get(lang).to_owned(), palette.dim),
            count => (DROPPED.fill(lang, &[&count]), palette.bad_end),
        };
        ui.label(RichText::new(text).size(12.0).color(color(ink)));
    });
}

fn cells(run: &Run, event: &Event, lang: Lang) -> [String; COLUMNS.len()] {
    let worker = |worker: usize| run.workers.get(worker).map(|worker| worker.name.clone());
    let task_peer = event.peer.as_task().filter(|task| task.0 < run.trace.tasks()).map(|task| task_label(run, task));
    let worker_peer = || event.peer.as_worker().and_then(|peer| worker(peer.0 as usize));
    [
        moment(run, event.time, event.state, lang),
        task_label(run, event.task),
        event.state.label().get(lang).to_owned(),
        event.cause.label().get(lang).to_owned(),
        event.worker.get().and_then(worker).unwrap_or_default(),
        event.core.get().map(|_| core_label(event.core, lang)).unwrap_or_default(),
        task_peer.or_else(worker_peer).unwrap_or_default(),
    ]
}

/// The first column is a number and stands at its right edge.
fn paint_row(
    ui: &Ui,
    rect: Rect,
    cells: &[String; COLUMNS.len()],
    inks: &[eframe::egui::Color32; COLUMNS.len()],
    font: &FontId,
) {
    const GAP: f32 = 10.0;
    /// Wider, the eye would lose the row.
    const WIDTH_MAX: f32 = 960.0;
    let mut left = rect.left();
    for (at, (_, share)) in COLUMNS.iter().enumerate() {
        let width = rect.width().min(WIDTH_MAX) * share - GAP;
        let y = rect.center().y;
        if at == 0 {
            ui.painter().text(pos2(left + width, y), Align2::RIGHT_CENTER, &cells[0], font.clone(), inks[0]);
        } else if !cells[at].is_empty() {
            let text = elided(ui, &cells[at], font.clone(), inks[at], width);
            ui.painter().galley(pos2(left, y - text.size().y / 2.0), text, inks[at]);
        }
        left += width + GAP;
    }
}
