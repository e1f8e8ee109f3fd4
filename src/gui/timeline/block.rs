//! One run's block: its header line, lanes, strips and output, and what pointer and keys do on it.

use std::sync::Arc;

use eframe::egui::{
    self, CornerRadius, CursorIcon, Rangef, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
};

use super::cache::{Derived, TimelineCache};
use super::foretold::{Foretold, GhostSpan};
use super::header::{self, Heading};
use super::layout::Block;
use super::paint::{self, Place, Stage};
use super::view::{Extent, Target, TimelineView};
use super::{arrows, keys, output, tooltip, writing};
use crate::chart::axis::Axis;
use crate::chart::captions::Captions;
use crate::chart::lanes::LaneBy;
use crate::chart::marks;
use crate::engine::session::{Entry, EntryProgress};
use crate::gui::names::entry_title;
use crate::gui::paint::PaintContext;
use crate::gui::theme::color;
use crate::lang::Text;
use crate::trace::Task;

const TIMELINE_OF: Text = Text::new("Timeline of {}, {}", "Linha do tempo de {}, {}");
const ONE_TASK: Text = Text::new("1 task", "1 tarefa");
const TASKS: Text = Text::new("{} tasks", "{} tarefas");
const PREDICTING: Text = Text::new("predicting…", "prevendo…");

/// Pixels beside a bar that still mean it.
const SLACK: f32 = 3.0;

impl Block {
    /// The block on screen, when the top of all is at `top`.
    pub fn shifted(&self, top: f32) -> Block {
        let shift = |range: Rangef| Rangef::new(range.min + top, range.max + top);
        Block {
            pitch: self.pitch,
            header: shift(self.header),
            lanes: shift(self.lanes),
            strips: shift(self.strips),
            output: self.output.map(shift),
            all: shift(self.all),
        }
    }
}

pub fn block_ui(
    ui: &mut Ui,
    entry: &Entry,
    view: &mut TimelineView,
    cache: &mut TimelineCache,
    stage: &Stage,
    block: Block,
    extent: &Extent,
) {
    let folded = view.folded.contains(&entry.id);
    let baseline = cache.baseline(entry.id);
    let predictions = &cache.predictions;
    let foretold = predictions.of(entry).filter(|_| view.predicted).map(|(key, foretold)| (key, Arc::clone(foretold)));
    let predicted = match &foretold {
        Some((_, foretold)) => Some(foretold.text(stage.ctx.lang)),
        None => (view.predicted && predictions.is_under_way(entry)).then(|| PREDICTING.get(stage.ctx.lang).to_owned()),
    };
    let title = entry_title(entry, stage.ctx.lang);
    let Some(derived) = cache.get_mut(entry.id) else {
        return header::computing_ui(ui, &title, stage, block.header);
    };
    let heading = Heading {
        entry,
        metrics: &derived.metrics,
        bad_end: derived.bad_end,
        title: &title,
        baseline,
        predicted: predicted.as_deref(),
        folded,
    };
    if header::header_ui(ui, &heading, stage, block.header) && !view.folded.remove(&entry.id) {
        view.folded.insert(entry.id);
    }
    if folded {
        return;
    }
    let rect = Rect::from_x_y_ranges(stage.margin, block.plot());
    let plot = Rect::from_x_y_ranges(stage.plot, block.plot().expand(2.0)).intersect(ui.clip_rect());
    let response = ui.interact(plot, ui.unique_id().with(("timeline", entry.id)), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, label(entry, &title, stage.ctx)));
    let visible = stage.lanes_within(block.lanes.min, derived.lanes.len(), ui.clip_rect().y_range());
    let ghosts = foretold.as_ref().map(|(key, foretold)| (*key, &**foretold)).filter(|_| view.shows_ghosts());
    let ghost = point_at(&response, entry, view, derived, stage, &block, ghosts.map(|(_, foretold)| foretold));

    let own = view.selection().filter(|target| target.entry == entry.id).map(|target| target.task);
    let strong = own.filter(|_| view.lane_by == LaneBy::Task).map(Task::index);
    let painter = ui.painter_at(rect.expand2(egui::vec2(12.0, 4.0)).intersect(ui.clip_rect()));
    paint::paint_grid(&painter, stage, block.plot());
    paint::paint_labels(&painter, stage, block.lanes.min, derived, &visible, strong);
    let place = Place { lanes_top: block.lanes.min, strips_top: block.strips.min };
    if entry.progress == EntryProgress::Queued {
        paint::paint_waiting(&painter, stage, place, visible.clone(), derived.strip_labels.len());
    }
    paint::paint_strips(&painter, stage, &entry.run, derived, block.strips.min);
    paint::paint_marks(&painter, &entry.run, derived, stage, place, visible, ghosts);
    arrows::paint_arrows(&painter, stage, &derived.arrows, block.lanes.min);
    let story = derived.story.as_ref().map(|told| &told.1);
    let captions = Captions::of(&entry.run, view.lane_by, story);
    writing::paint_captions(&painter, stage, derived, &captions, block.lanes.min);
    if let Some(task) = own.filter(|task| task.0 < entry.run.trace.tasks()) {
        paint::paint_selection(&painter, stage, &entry.run, derived, block.lanes.min, view.lane_by, task);
    }
    if response.has_focus() {
        let ring = Stroke::new(1.0, color(stage.ctx.palette.accent));
        ui.painter().rect_stroke(plot.shrink(0.5), CornerRadius::same(3), ring, StrokeKind::Inside);
    }
    if let Some(y) = block.output {
        output::output_ui(ui, entry, view, stage, y);
    }
    react(ui, &response, entry, view, stage, extent, ghost.as_ref());
}

/// Finds the span under the pointer. Returns what is predicted there.
fn point_at(
    response: &Response,
    entry: &Entry,
    view: &mut TimelineView,
    derived: &Derived,
    stage: &Stage,
    block: &Block,
    foretold: Option<&Foretold>,
) -> Option<GhostSpan> {
    let pointer = response.hover_pos().filter(|_| !response.dragged())?;
    if !block.lanes.contains(pointer.y) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative inside the lanes")]
    let lane = ((pointer.y - block.lanes.min) / stage.pitch.step) as usize;
    let x = pointer.x - stage.plot.min;
    let found = marks::span_at(&entry.run, &derived.lanes, lane, stage.axis, x, SLACK);
    let shown = |span: &u32| stage.cut.is_none_or(|cut| entry.run.trace.starts()[*span as usize] <= cut);
    view.hover = found.filter(shown).map(|span| Target {
        entry: entry.id,
        task: entry.run.trace.task_of(span as usize),
        span: Some(span),
    });
    if view.hover.is_none() && lane == 0 && derived.shows_main {
        tooltip::main_tooltip_ui(response, &entry.run, stage.axis.time(x), stage.ctx);
    }
    let single = stage.pitch.lanes_per_row() == 1;
    foretold.filter(|_| single)?.ghost_at(lane, stage.axis, x, SLACK)
}

fn react(
    ui: &Ui,
    response: &Response,
    entry: &Entry,
    view: &mut TimelineView,
    stage: &Stage,
    extent: &Extent,
    ghost: Option<&GhostSpan>,
) {
    let hover = view.hover.filter(|target| target.entry == entry.id);
    if let Some(span) = hover.and_then(|target| target.span) {
        tooltip::tooltip_ui(response, entry, &entry.run.trace.span(span as usize), ghost, view, stage.ctx);
        ui.set_cursor_icon(CursorIcon::PointingHand);
    } else if let Some(ghost) = ghost {
        tooltip::ghost_tooltip_ui(response, &entry.run, ghost, stage.ctx);
    }
    if response.clicked() && response.interact_pointer_pos().is_some() {
        match hover {
            Some(target) => view.toggle_pin(target),
            None => view.pinned = None,
        }
    }
    move_axis(ui, response, view, stage.axis, extent, stage);
    if response.dragged() {
        ui.scroll_with_delta(egui::vec2(0.0, response.drag_delta().y));
    }
    keys::focused_keys_ui(ui, response, entry, view, stage.axis, extent);
}

/// Wheel, drag and double click, on a plot or on the axis below.
pub fn move_axis(ui: &Ui, response: &Response, view: &mut TimelineView, axis: &Axis, extent: &Extent, stage: &Stage) {
    /// Points of wheel that zoom by a factor of e.
    const WHEEL_E: f32 = 220.0;
    if response.double_clicked() {
        return view.fit();
    }
    if response.dragged() && response.drag_delta().x != 0.0 {
        view.look_at(axis.pan(response.drag_delta().x), extent);
    }
    let Some(pointer) = response.hover_pos() else { return };
    let (wheel, pinch, alt) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta(), input.modifiers.alt));
    if alt {
        return;
    }
    let x = pointer.x - stage.plot.min;
    let zoom = f64::from(pinch) * f64::from(wheel.y / WHEEL_E).exp();
    if wheel.x != 0.0 || (zoom - 1.0).abs() > 1e-6 {
        view.look_at(axis.pan(wheel.x).zoom_at(x, zoom), extent);
        ui.input_mut(|input| input.smooth_scroll_delta = egui::Vec2::ZERO);
    }
}

fn label(entry: &Entry, title: &str, ctx: PaintContext) -> String {
    let tasks = match entry.run.scenario.tasks() {
        1 => ONE_TASK.get(ctx.lang).to_owned(),
        tasks => TASKS.fill(ctx.lang, &[&tasks]),
    };
    TIMELINE_OF.fill(ctx.lang, &[&title, &tasks])
}
