//! A block's header line: name and brief at the left; makespan, speedup and utilization at the right, in columns that
//! line up over all blocks.

use std::sync::Arc;

use eframe::egui::{
    self, Align2, CornerRadius, FontId, Galley, Pos2, Rangef, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use super::paint::Stage;
use crate::analysis::ends::BadEnd;
use crate::analysis::figures::Value;
use crate::analysis::metrics::{self, Metrics};
use crate::chart::axis::Scale;
use crate::engine::session::{Entry, EntryProgress};
use crate::gui::background::COMPUTING;
use crate::gui::names::entry_name;
use crate::gui::theme::{self, color};
use crate::gui::widgets::elided;
use crate::gui::words;
use crate::lang::Text;
use crate::scenario::Engine;
use crate::time::Nanos;
use crate::trace::Status;

const PLANNED: Text = Text::new("not run yet", "ainda não executado");
const WAITING: Text = Text::new("waiting its turn", "esperando a vez");
const FOLD: Text = Text::new("Fold {}", "Recolher {}");
const UNFOLD: Text = Text::new("Unfold {}", "Expandir {}");
const ORDER: Text = Text::new("an order of steps: it has no times", "uma ordem de passos: não tem tempos");
/// Beside runs that have times, on their axis.
const ORDER_BESIDE_TIMES: Text =
    Text::new("an order: each step drawn as 1 ms, no times", "uma ordem: cada passo desenhado como 1 ms, sem tempos");
const ONE_CORE: Text = Text::new("1 core {}", "1 núcleo {}");
const BOTH_CORES: Text = Text::new("both cores {}", "2 núcleos {}");
const CORES: Text = Text::new("{} cores {}", "{} núcleos {}");

/// What a header says.
pub struct Heading<'a> {
    pub entry: &'a Entry,
    pub metrics: &'a Metrics,
    pub bad_end: Option<BadEnd>,
    pub title: &'a str,
    /// The makespan that the speedup is measured against.
    pub baseline: Option<Nanos>,
    /// What was predicted of it, in words.
    pub predicted: Option<&'a str>,
    pub folded: bool,
}

/// The middle of the arrow is so far from the names.
const CHEVRON: f32 = 8.0;

/// Returns whether the block is to be folded or unfolded.
pub fn header_ui(ui: &Ui, heading: &Heading, stage: &Stage, y: Rangef) -> bool {
    let (lang, palette) = (stage.ctx.lang, stage.ctx.palette);
    let Heading { entry, title, folded, .. } = heading;
    // The arrow stands left of the margin.
    let rect = Rect::from_x_y_ranges(Rangef::new(stage.margin.min - 2.0 * CHEVRON, stage.margin.max), y);
    let response = ui.interact(rect, ui.unique_id().with(("header", entry.id)), Sense::click());
    let action = if *folded { UNFOLD } else { FOLD }.fill(lang, &[title]);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &action));
    let bright = response.hovered() || response.has_focus();
    let ink = color(if bright { palette.text } else { palette.faint });
    paint_chevron(ui, pos2(stage.margin.min - CHEVRON, y.center()), *folded, ink);

    let figures = Figures::of(heading, stage);
    let spoken = [heading.predicted.map(str::to_owned), Some(figures.spoken())].into_iter().flatten();
    let spoken = spoken.collect::<Vec<_>>().join(", ");
    ui.accesskit_node_builder(response.id, |node| node.set_description(spoken));
    let left = paint_figures(ui, &figures, stage, y.center());
    let write = |x: f32, text: &str, font: FontId, ink, room: f32| {
        let galley = elided(ui, text, font, color(ink), room);
        let right = x + galley.size().x;
        ui.painter().galley(pos2(x, y.center() - galley.size().y / 2.0), galley, color(ink));
        right
    };
    let x = stage.margin.min;
    let tag = (entry.run.engine == Engine::Simulated).then(|| simulated_tag(ui, stage));
    let tag_room = tag.as_ref().map_or(0.0, |tag| tag.size().x + 2.0 * TAG_PADDING + 8.0);
    let name = entry_name(entry, lang);
    let mut name_right = write(x, &name, theme::bold(theme::NAME), palette.text, left - x - 12.0 - tag_room);
    if let Some(tag) = tag {
        paint_tag(ui, stage, pos2(name_right + 8.0, y.center()), tag);
        name_right += tag_room;
    }
    let mut left = left;
    if let Some(predicted) = heading.predicted.filter(|_| figures.whole) {
        // As much as there is beside the name, before all other words.
        let font = FontId::proportional(12.0);
        let galley = elided(ui, predicted, font, color(palette.dim), left - name_right - 24.0);
        left -= galley.size().x + 12.0;
        ui.painter().galley(pos2(left, y.center() - galley.size().y / 2.0), galley, color(palette.dim));
    }
    let room = left - name_right - 24.0;
    let brief = entry.run.choice.model.brief.get(lang);
    let font = FontId::proportional(12.0);
    let whole = ui.painter().layout_no_wrap(brief.to_owned(), font.clone(), color(palette.dim)).size().x;
    // Of less than half of it nobody knows what it says.
    // And an order is no model's.
    if room >= whole / 2.0 && !entry.run.shows_order_only() {
        write(name_right + 12.0, brief, font, palette.dim, room);
    }
    response.clicked()
}

/// In the place of the header of a run of which nothing can be told yet.
pub fn computing_ui(ui: &Ui, title: &str, stage: &Stage, y: Rangef) {
    let palette = stage.ctx.palette;
    let room = stage.margin.span() / 2.0;
    let name = elided(ui, title, theme::bold(theme::NAME), color(palette.text), room);
    let right = stage.margin.min + name.size().x;
    ui.painter().galley(pos2(stage.margin.min, y.center() - name.size().y / 2.0), name, color(palette.text));
    let font = FontId::proportional(12.0);
    let text = COMPUTING.get(stage.ctx.lang);
    let response = ui.interact(Rect::from_x_y_ranges(stage.margin, y), ui.unique_id().with(title), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{title}: {text}")));
    ui.painter().text(pos2(right + 12.0, y.center()), Align2::LEFT_CENTER, text, font, color(palette.dim));
}

const TAG_PADDING: f32 = 6.0;

/// What a computed run is marked with.
fn simulated_tag(ui: &Ui, stage: &Stage) -> Arc<Galley> {
    let text = words::SIMULATED.get(stage.ctx.lang).to_owned();
    ui.painter().layout_no_wrap(text, FontId::proportional(theme::SMALL), color(stage.ctx.palette.accent))
}

/// The tag in its frame, from `left` on.
fn paint_tag(ui: &Ui, stage: &Stage, left: Pos2, tag: Arc<Galley>) {
    let ink = color(stage.ctx.palette.accent);
    let size = tag.size();
    let frame =
        Rect::from_min_size(pos2(left.x, left.y - size.y / 2.0 - 1.0), vec2(size.x + 2.0 * TAG_PADDING, size.y + 2.0));
    let edge = Stroke::new(1.0, ink.gamma_multiply(0.7));
    ui.painter().rect_stroke(frame, CornerRadius::same(8), edge, StrokeKind::Inside);
    ui.painter().galley(frame.min + vec2(TAG_PADDING, 1.0), tag, ink);
}

/// Widths of the columns of utilization, speedup and makespan.
struct Columns {
    cores: f32,
    speedup: f32,
    makespan: f32,
    /// There is room for words.
    wide: bool,
}

impl Columns {
    fn of(width: f32) -> Self {
        let wide = width > 560.0;
        let (cores, speedup) = if wide { (124.0, 70.0) } else { (48.0, 60.0) };
        Columns { cores, speedup, makespan: 76.0, wide }
    }
}

/// What is known of a run, in words.
#[derive(Default)]
struct Figures {
    /// Instead of figures: it has not begun, or has none.
    note: Option<&'static str>,
    makespan: Option<String>,
    speedup: Option<String>,
    cores: Option<String>,
    /// How it ended, where not all is well.
    end: Option<String>,
    /// They change no more, and tell of work that was done.
    whole: bool,
}

impl Figures {
    fn of(heading: &Heading, stage: &Stage) -> Self {
        let (lang, run) = (stage.ctx.lang, &heading.entry.run);
        if heading.entry.progress == EntryProgress::Queued {
            let text = if heading.entry.is_planned() { PLANNED } else { WAITING };
            return Figures { note: Some(text.get(lang)), ..Figures::default() };
        }
        if run.shows_order_only() {
            let note = match stage.axis.scale {
                Scale::Time => ORDER_BESIDE_TIMES,
                Scale::Steps { .. } => ORDER,
            };
            return Figures { note: Some(note.get(lang)), whole: true, ..Figures::default() };
        }
        if let Some(now) = stage.cut.filter(|now| *now < run.trace.horizon()) {
            // In a replay the figures of the whole are still to come.
            return Figures { makespan: Some(lang.figure(now)), ..Figures::default() };
        }
        let wide = Columns::of(stage.margin.span()).wide;
        let cores = |share: f64| {
            let percent = lang.figure(Value::Share(share));
            match (wide, run.cores) {
                (false, _) => percent,
                (true, 1) => ONE_CORE.fill(lang, &[&percent]),
                (true, 2) => BOTH_CORES.fill(lang, &[&percent]),
                (true, cores) => CORES.fill(lang, &[&cores, &percent]),
            }
        };
        let makespan = heading.metrics.makespan;
        // Work that stuck for ever has no makespan to compare.
        let stuck = heading.bad_end.is_some_and(BadEnd::is_stuck);
        let cancelled = run.status == Status::Cancelled;
        let finished = heading.baseline.filter(|_| run.status == Status::Finished && !stuck);
        let speedup = finished.and_then(|baseline| metrics::speedup(baseline, makespan));
        Figures {
            note: None,
            end: match heading.bad_end {
                _ if cancelled => Some(words::STOPPED.get(lang).to_owned()),
                end => end.map(|end| end.text(lang)),
            },
            whole: run.is_over() && !stuck && !cancelled,
            makespan: Some(lang.figure(makespan)),
            speedup: speedup.map(|speedup| lang.figure(Value::Factor(speedup))),
            cores: heading.metrics.utilization.map(cores),
        }
    }

    /// For those who do not see them.
    fn spoken(&self) -> String {
        let parts =
            [self.note, self.end.as_deref(), self.makespan.as_deref(), self.speedup.as_deref(), self.cores.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Returns where the figures begin.
fn paint_figures(ui: &Ui, figures: &Figures, stage: &Stage, y: f32) -> f32 {
    let palette = stage.ctx.palette;
    let columns = Columns::of(stage.margin.span());
    let write = |right: f32, text: &str, font: FontId, ink| {
        ui.painter().text(pos2(right, y), Align2::RIGHT_CENTER, text, font, color(ink)).left()
    };
    let right = stage.margin.max;
    let makespan_right = right - columns.cores - columns.speedup;
    // As far left as the widest figure reaches: names beside a growing one must not move.
    let mut left = makespan_right - columns.makespan;
    if let Some(note) = figures.note {
        left = left.min(write(right, note, FontId::proportional(12.0), palette.faint));
    }
    if let Some(cores) = &figures.cores {
        write(right, cores, theme::mono(12.0), palette.dim);
    }
    if let Some(speedup) = &figures.speedup {
        write(right - columns.cores, speedup, theme::mono(12.0), palette.dim);
    }
    if let Some(makespan) = &figures.makespan {
        let ink = if figures.whole { palette.text } else { palette.dim };
        write(makespan_right, makespan, theme::mono_bold(theme::NAME), ink);
    }
    match &figures.end {
        Some(end) => write(left - 4.0, end, theme::semibold(12.0), palette.ink(palette.bad_end)),
        None => left,
    }
}

fn paint_chevron(ui: &Ui, center: egui::Pos2, folded: bool, ink: egui::Color32) {
    let points = if folded { [(-1.5, -3.5), (2.0, 0.0), (-1.5, 3.5)] } else { [(-3.5, -1.5), (0.0, 2.0), (3.5, -1.5)] };
    let points = points.map(|(x, y)| center + vec2(x, y)).to_vec();
    ui.painter().line(points, Stroke::new(1.4, ink));
}
