//! The timelines: every shown run with its lanes and core strips, one under the other, on one axis with one cursor.
//!
//! [`view`] is what the person has set, [`cache`] what was derived from runs, [`layout`] where things stand, [`paint`]
//! and [`canvas`] draw, [`writing`] is what stands on bars, [`legend`] and [`output`] are the rows above and below the
//! lanes. This file puts them together and turns pointer and keys into changes of the view. It changes nothing else: no
//! run is started or removed here.

mod arrows;
mod block;
pub mod cache;
mod canvas;
mod foretold;
mod header;
mod keys;
mod layout;
mod legend;
mod output;
mod paint;
mod picture;
mod tooltip;
pub mod view;
mod writing;

use std::collections::BTreeSet;

use eframe::egui::{
    self, Align2, Rangef, Rect, ScrollArea, Ui, UiBuilder, pos2,
    scroll_area::{DragScroll, ScrollSource},
};

pub use self::cache::TimelineCache;
pub(super) use self::canvas::Canvas;
pub use self::foretold::Predictions;
pub(super) use self::paint::{paint_lane, paint_tone};
pub use self::view::TimelineView;

use self::layout::{Content, Layout, Output};
use self::paint::Stage;
use self::view::Extent;
use crate::chart::axis::{Axis, Scale};
use crate::chart::lanes::LaneBy;
use crate::chart::palette::Palette;
use crate::engine::session::{Entry, EntryId, EntryProgress};
use crate::gui::paint::PaintContext;
use crate::gui::replay;
use crate::gui::telling::{self, Teller};
use crate::gui::theme::{self, color};
use crate::lang::Text;
use crate::trace::Run;

const NOTHING: Text = Text::new("Nothing to see yet", "Nada para ver ainda");
const NOTHING_HINT: Text = Text::new(
    "Choose models on the left, then press Enter or the button above: each model's timeline grows here.",
    "Escolha modelos à esquerda e aperte Enter ou o botão acima: a linha do tempo de cada um cresce aqui.",
);

/// Left of the texts, for the folding marks; right of them.
const MARGIN: (f32, f32) = (12.0, 8.0);
const AXIS_HEIGHT: f32 = 28.0;
const REPLAY_HEIGHT: f32 = 34.0;
/// Two lines of words.
const WHY_HEIGHT: f32 = 36.0;
/// For the percentages at the ends of the strips.
const PERCENT_WIDTH: f32 = 46.0;

/// The centre of the run screen: `entries` from top to bottom, in the room that `ui` has. [`follow_replay`] comes first.
pub fn timeline_ui(
    ui: &mut Ui,
    entries: &[&Entry],
    view: &mut TimelineView,
    cache: &mut TimelineCache,
    ctx: PaintContext,
) {
    view.keep_only(|id| entries.iter().any(|entry| entry.id == id));
    cache.update(entries, view.lane_by, ctx.lang, ui.ctx());
    let seen = cache.seen(entries);
    let entries = &seen.iter().collect::<Vec<_>>()[..];
    let outer = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(outer);
    if entries.is_empty() {
        return paint_nothing(ui, outer, ctx);
    }
    see_ghosts(ui, entries, view, cache);
    let extent = view.extent(entries);
    let margin = margin(outer);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(Rect::from_x_y_ranges(margin, outer.y_range())));
    let ui = &mut ui;
    ui.set_clip_rect(outer.intersect(ui.clip_rect()));
    ui.spacing_mut().item_spacing.y = 0.0;

    legend::legend_ui(ui, entries, view, cache, &extent, ctx);
    ui.add_space(4.0);
    let top = ui.cursor().top();
    let telling = view.replay.as_ref().and_then(|replay| {
        let selected = view.pinned.map(|target| target.entry);
        telling::telling(&tellers(&stepped(entries, &view.folded), cache), selected, replay.at)
    });
    let why_height = if telling.is_some() { WHY_HEIGHT } else { 0.0 };
    let replay_height = if view.replay.is_some() { REPLAY_HEIGHT + why_height } else { 0.0 };
    let axis_top = outer.bottom() - AXIS_HEIGHT - replay_height;
    let blocks_rect = Rect::from_x_y_ranges(outer.x_range(), Rangef::new(top, axis_top.max(top)));
    let axis_rect = Rect::from_min_max(pos2(outer.left(), axis_top), pos2(outer.right(), axis_top + AXIS_HEIGHT));

    let plot = Rangef::new(margin.min + label_width(entries, cache) + 8.0, margin.max - PERCENT_WIDTH);
    let axis = view.axis(&extent, plot.span().max(1.0));
    // Before anything has begun no time is known: an axis would make one up.
    let begun = entries.iter().any(|entry| entry.progress != EntryProgress::Queued);
    let ticks = if begun { axis.ticks() } else { Vec::new() };
    let contents: Vec<Content> = entries.iter().map(|entry| content(entry, view, cache, plot)).collect();
    let layout = layout::layout(&contents, blocks_rect.height(), view.crowd);
    let crowded = layout.crowd.map(|crowd| (crowd, layout.lanes_per_row()));
    if std::mem::replace(&mut view.crowded, crowded) != crowded {
        // The row above was laid out before.
        ui.request_repaint();
    }
    let stage = Stage {
        ctx,
        axis: &axis,
        ticks: &ticks,
        plot,
        margin,
        pitch: layout.blocks[0].pitch,
        strips_max: layout.strips_max,
        cut: view.replay.as_ref().map(|replay| replay.at),
        scale: ui.pixels_per_point(),
    };

    let area = blocks_rect.union(axis_rect);
    let pointer = ui.input(|input| input.pointer.hover_pos());
    let pointer = pointer
        .filter(|at| begun && plot.contains(at.x) && ui.rect_contains_pointer(area) && !is_pressed_elsewhere(ui, area));
    view.cursor = pointer.map(|at| axis.time(at.x - plot.min)).or(view.beside.take());
    view.hover = None;
    let before = view.range;
    let blocks = &mut ui.new_child(UiBuilder::new().max_rect(blocks_rect));
    blocks_ui(blocks, entries, view, cache, &layout, &stage, &extent);
    if before == view.range {
        keys::keys_ui(ui, view, &axis, &extent);
    }
    paint::paint_axis(ui.painter(), &stage, axis_rect, view.now());
    axis_ui(ui, axis_rect, view, &axis, &extent, &stage);
    let bottom = Rangef::new(outer.bottom() - replay_height, outer.bottom());
    replay_rows_ui(ui, Rect::from_x_y_ranges(margin, bottom), entries, telling.as_ref(), view, &extent, ctx);
}

/// Whether what was pressed on lies outside of `area`, or above it: a value is dragged, and the pointer only passes.
fn is_pressed_elsewhere(ui: &Ui, area: Rect) -> bool {
    let origin = ui.input(|input| input.pointer.press_origin());
    origin.is_some_and(|at| !area.contains(at) || ui.ctx().layer_id_at(at) != Some(ui.layer_id()))
}

/// Brings a replay to this frame: before any panel that stands at its cursor.
pub fn follow_replay(ui: &Ui, entries: &[&Entry], view: &mut TimelineView) {
    let extent = view.extent(entries);
    if let Some(replay) = view.replay.as_mut().filter(|_| !is_growing(entries)) {
        replay::follow(ui, &stepped(entries, &view.folded), replay, extent.longest, extent.scale);
    }
    view.follow_cursor(&extent);
    if view.replay.is_some() && view.pinned.is_none() && replay::is_given_up(ui) {
        view.replay = None;
    }
}

fn is_growing(entries: &[&Entry]) -> bool {
    entries.iter().any(|entry| entry.progress != EntryProgress::Over)
}

/// The runs through whose events a replay steps: not through those of runs that are folded, unless all are.
fn stepped<'a>(entries: &[&'a Entry], folded: &BTreeSet<EntryId>) -> Vec<&'a Entry> {
    let open: Vec<&Entry> = entries.iter().copied().filter(|entry| !folded.contains(&entry.id)).collect();
    if open.is_empty() { entries.to_vec() } else { open }
}

fn tellers<'a>(entries: &[&'a Entry], cache: &TimelineCache) -> Vec<Teller<'a>> {
    let story = |entry: &Entry| cache.get(entry.id)?.story.clone();
    entries.iter().map(|entry| Teller { entry, story: story(entry) }).collect()
}

/// How far the ghosts of the runs whose lanes are to be seen go: where a run was predicted to take longer, the axis does.
fn see_ghosts(ui: &Ui, entries: &[&Entry], view: &mut TimelineView, cache: &TimelineCache) {
    let open = entries.iter().filter(|entry| view.shows_ghosts() && !view.folded.contains(&entry.id));
    let ends = open.filter_map(|entry| Some(cache.predictions.of(entry)?.1.predicted()?.horizon()));
    let end = ends.max().unwrap_or_default();
    if std::mem::replace(&mut view.ghosts_end, end) != end {
        // The charts below were laid out on the axis of before.
        ui.request_repaint();
    }
}

fn margin(outer: Rect) -> Rangef {
    Rangef::new(outer.left() + MARGIN.0, outer.right() - MARGIN.1)
}

fn content(entry: &Entry, view: &TimelineView, cache: &TimelineCache, plot: Rangef) -> Content {
    let derived = cache.get(entry.id);
    let output = match entry.run.output.as_slice() {
        [] => Output::None,
        _ if view.silent.contains(&entry.id) => Output::Ticks,
        lines => Output::Rows(output::Cells::of(&entry.run, plot.span()).rows(lines.len())),
    };
    Content {
        lanes: derived.map_or_else(|| lanes_expected(&entry.run, view.lane_by), |derived| derived.lanes.len()),
        strips: derived.map_or(entry.run.cores as usize, |derived| derived.strip_labels.len()),
        output,
        folded: view.folded.contains(&entry.id),
    }
}

/// The room of a run whose lanes are still to come: nothing is to jump when they are there.
fn lanes_expected(run: &Run, by: LaneBy) -> usize {
    match by {
        LaneBy::Task => usize::try_from(run.scenario.tasks()).unwrap_or(usize::MAX),
        LaneBy::Worker => run.workers.len(),
        LaneBy::Core => run.cores as usize,
    }
}

fn blocks_ui(
    ui: &mut Ui,
    entries: &[&Entry],
    view: &mut TimelineView,
    cache: &mut TimelineCache,
    layout: &Layout,
    stage: &Stage,
    extent: &Extent,
) {
    let area = ScrollArea::vertical()
        .id_salt("timelines")
        .auto_shrink(false)
        .scroll_source(ScrollSource { drag: DragScroll::Never, ..ScrollSource::default() });
    area.show_viewport(ui, |ui, viewport| {
        ui.set_height(layout.height);
        let top = ui.max_rect().top();
        for (number, entry) in entries.iter().enumerate() {
            let block = layout.blocks[number];
            if block.all.intersects(viewport.y_range()) {
                let stage = &Stage { pitch: block.pitch, ..*stage };
                block::block_ui(ui, entry, view, cache, stage, block.shifted(top), extent);
            }
        }
        rest_ui(ui, view, layout.blocks.last().map_or(top, |last| last.shifted(top).all.max), stage, extent);
        // After all blocks, so that one cursor goes through them all, whichever the pointer is on.
        if let Some(time) = view.now() {
            for block in layout.blocks.iter().map(|block| block.shifted(top)) {
                paint::paint_cursor(ui.painter(), stage, time, block.plot(), view.replay.is_some());
            }
        }
    });
}

/// Below the last run the axis can be moved as on it, and a click lets go of what is pinned.
fn rest_ui(ui: &Ui, view: &mut TimelineView, top: f32, stage: &Stage, extent: &Extent) {
    let bottom = ui.clip_rect().bottom();
    if top >= bottom {
        return;
    }
    let rect = Rect::from_x_y_ranges(stage.plot, Rangef::new(top, bottom));
    // Nothing to go to by keyboard: the runs and the axis are.
    let response = ui.interact(rect, ui.unique_id().with("rest"), egui::Sense::CLICK | egui::Sense::DRAG);
    block::move_axis(ui, &response, view, stage.axis, extent, stage);
    if response.clicked() {
        view.pinned = None;
    }
}

/// The axis itself can be dragged and double-clicked, and says how all of this is moved.
fn axis_ui(ui: &mut Ui, rect: Rect, view: &mut TimelineView, axis: &Axis, extent: &Extent, stage: &Stage) {
    const HOW: Text = Text::new(
        "Wheel: zoom at the pointer. Drag or Shift+wheel: pan. Alt+wheel, or the wheel over the names: scroll.\nDouble-click or F: show all. + and −: zoom. Click a bar to pin its task, Esc to let go.",
        "Roda: zoom no ponteiro. Arrastar ou Shift+roda: mover. Alt+roda, ou a roda sobre os nomes: rolar.\nClique duplo ou F: mostrar tudo. + e −: zoom. Clique em uma barra para fixar a tarefa, Esc para soltar.",
    );
    let name = match axis.scale {
        Scale::Time => Text::new("Time axis", "Eixo do tempo"),
        Scale::Steps { .. } => Text::new("Axis of steps", "Eixo dos passos"),
    };
    let id = ui.unique_id().with("axis");
    let response =
        ui.interact(rect, id, egui::Sense::click_and_drag()).on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Group, true, name.get(stage.ctx.lang)));
    block::move_axis(ui, &response, view, axis, extent, stage);
    response.on_hover_text(HOW.get(stage.ctx.lang));
}

/// The replay's buttons and, under them, why it went as it went.
fn replay_rows_ui(
    ui: &mut Ui,
    rect: Rect,
    entries: &[&Entry],
    telling: Option<&Teller>,
    view: &mut TimelineView,
    extent: &Extent,
    ctx: PaintContext,
) {
    let Some(replay) = &mut view.replay else { return };
    let (row, below) = rect.split_top_bottom_at_y(rect.top() + REPLAY_HEIGHT);
    let mut row = ui.new_child(UiBuilder::new().max_rect(row));
    let stepped = stepped(entries, &view.folded);
    let goes_on =
        !is_growing(entries) && replay::replay_ui(&mut row, &stepped, replay, extent.longest, extent.scale, ctx);
    if let Some(teller) = telling {
        let below = &mut ui.new_child(UiBuilder::new().id_salt("why").max_rect(below));
        telling::telling_ui(below, teller, replay.at, ctx);
    }
    if !goes_on {
        view.replay = None;
    }
}

/// Wide enough for the longest name, within reason.
fn label_width(entries: &[&Entry], cache: &TimelineCache) -> f32 {
    const CHAR: f32 = 6.0;
    let derived = entries.iter().filter_map(|entry| cache.get(entry.id));
    let longest = derived.map(|derived| derived.name_chars).max().unwrap_or(0);
    f32::from(u8::try_from(longest).unwrap_or(u8::MAX)).mul_add(CHAR, 4.0).clamp(44.0, 150.0)
}

fn paint_nothing(ui: &Ui, rect: Rect, ctx: PaintContext) {
    let Palette { text, dim, .. } = ctx.palette;
    let center = rect.center();
    let painter = ui.painter();
    painter.text(center, Align2::CENTER_BOTTOM, NOTHING.get(ctx.lang), theme::semibold(theme::TITLE), color(*text));
    let mut hint = egui::text::LayoutJob::simple(
        NOTHING_HINT.get(ctx.lang).to_owned(),
        egui::FontId::proportional(theme::BODY),
        color(*dim),
        (rect.width() - 32.0).min(420.0),
    );
    hint.halign = egui::Align::Center;
    painter.galley(pos2(center.x, center.y + 8.0), painter.layout_job(hint), color(*dim));
}
