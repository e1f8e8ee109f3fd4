//! Paints a run's block: header, grid, lanes, core strips. What can be many (bars, strips) becomes one mesh, which is
//! kept while nothing it depends on changes; what is few (texts, outlines) is egui's own shapes.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::{
    Align2, Color32, CornerRadius, FontId, Galley, Mesh, Painter, Rangef, Rect, Shape, Stroke, StrokeKind, pos2, vec2,
};

use super::cache::Derived;
use super::canvas::Canvas;
use super::foretold::{self, Foretold};
use super::layout::{Pitch, first_label_shift, label_lanes, labeled, lanes_behind_first, strip_pitch};
use super::picture::{Picture, PictureKey};
use crate::analysis::figures::Value;
use crate::chart::axis::{Axis, Tick};
use crate::chart::ghosts::{self, Ghost};
use crate::chart::lanes::{LaneBy, Lanes};
use crate::chart::marks::{self, Bar};
use crate::chart::palette::{Palette, Tone};
use crate::chart::shared_rows::SharedRows;
use crate::chart::strips::{CoreStrips, StripMark};
use crate::gui::paint::PaintContext;
use crate::gui::theme::{self, color};
use crate::time::Nanos;
use crate::trace::{Run, State, Task};

/// What all blocks share.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    pub ctx: PaintContext,
    pub axis: &'a Axis,
    pub ticks: &'a [Tick],
    /// The plot's left and right edge on screen.
    pub plot: Rangef,
    /// Where texts begin and end.
    pub margin: Rangef,
    /// Of the block that is painted.
    pub pitch: Pitch,
    /// What the strips of one run may take.
    pub strips_max: f32,
    /// In a replay nothing later than this is shown.
    pub cut: Option<Nanos>,
    /// Screen pixels a point.
    pub scale: f32,
}

impl Stage<'_> {
    pub fn x(&self, time: Nanos) -> f32 {
        self.plot.min + self.axis.x(time)
    }

    fn clamped_x(&self, time: Nanos) -> f32 {
        self.plot.clamp(self.x(time))
    }

    /// The horizontal place of a lane.
    pub fn lane(&self, top: f32, lane: usize) -> Rangef {
        #[expect(clippy::cast_precision_loss, reason = "points; a million lanes are still exact")]
        let y = top + lane as f32 * self.pitch.step;
        Rangef::new(y, y + self.pitch.height())
    }

    /// The same for a lane that is painted: whole pixels, where several lanes share them.
    fn row(&self, top: f32, lane: usize) -> Rangef {
        let place = self.lane(top, lane);
        if self.pitch.step < 1.0 { Rangef::new(place.min.round(), place.min.round() + 1.0) } else { place }
    }

    /// The lanes of `count` that lie between `y.min` and `y.max`.
    pub fn lanes_within(&self, top: f32, count: usize, y: Rangef) -> Range<usize> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let number = |y: f32| ((y - top) / self.pitch.step) as usize;
        number(y.min).min(count)..number(y.max + self.pitch.step).min(count)
    }
}

/// Paints lanes `visible` and the strips, from the kept picture if it is still true.
pub fn paint_marks(
    painter: &Painter,
    run: &Run,
    derived: &mut Derived,
    stage: &Stage,
    place: Place,
    visible: Range<usize>,
    foretold: Option<(foretold::Key, &Foretold)>,
) {
    let key = PictureKey {
        axis: *stage.axis,
        origin: pos2(stage.plot.min, place.lanes_top),
        strips: place.strips_top,
        strip_pitch: strip_pitch(derived.strip_labels.len(), stage.strips_max),
        pitch: stage.pitch,
        lanes: visible,
        by_core: derived.is_by_core(),
        cut: stage.cut,
        scale: stage.scale,
        ground: stage.ctx.palette.background,
        ghosts: foretold.map(|(key, _)| key),
    };
    if derived.picture.as_ref().is_none_or(|picture| picture.key != key) {
        derived.picture = Some(picture(run, derived, stage, key, foretold.map(|(_, foretold)| foretold)));
    }
    if let Some(picture) = &derived.picture {
        painter.add(Shape::Mesh(Arc::clone(&picture.mesh)));
    }
}

/// Where a block's parts begin, on screen.
#[derive(Clone, Copy)]
pub struct Place {
    pub lanes_top: f32,
    pub strips_top: f32,
}

/// Lays out and triangulates the marks of a block.
fn picture(run: &Run, derived: &Derived, stage: &Stage, key: PictureKey, foretold: Option<&Foretold>) -> Picture {
    /// More bars than this have square corners.
    const ROUND_MAX: usize = 2_000;
    let palette = stage.ctx.palette;
    let per_row = stage.pitch.lanes_per_row();
    let mut bars = match per_row {
        1 => marks::bars(run, &derived.lanes, key.lanes.clone(), stage.axis),
        _ => shared_rows(run, derived, stage, key.lanes.clone()),
    };
    let CoreStrips { busy, overhead, taken, .. } = &derived.strips;
    let mut strips = [busy, overhead, taken].map(|strips| strips.marks(stage.axis));
    if let Some(cut) = stage.cut {
        marks::cut(&mut bars, &mut strips, stage.axis.x(cut));
    }
    let [busy, overhead, taken] = strips;
    let mut canvas = if bars.len() <= ROUND_MAX { Canvas::new(stage.scale) } else { Canvas::square(stage.scale) };
    if derived.shows_main && key.lanes.contains(&0) {
        paint_main(&mut canvas, run, stage, stage.lane(key.origin.y, 0));
    }
    for bar in &bars {
        let y = stage.row(key.origin.y, bar.lane as usize);
        let x = Rangef::new(stage.plot.min + bar.x0, stage.plot.min + bar.x1);
        paint_tone(&mut canvas, palette, bar.tone, x, y);
    }
    // A row that stands for several lanes is nobody's.
    for ghost in foretold.filter(|_| per_row == 1).iter().flat_map(|own| own.ghosts(key.lanes.clone(), stage.axis)) {
        paint_ghost(&mut canvas, palette, stage, stage.lane(key.origin.y, ghost.lane as usize), &ghost);
    }
    // Inside of its outline, where it has one.
    let inset = if key.strip_pitch.height() >= OUTLINED_MIN { 1.0 } else { 0.0 };
    let place = |mark: &StripMark| {
        let y = strip_row(key.strips, key.strip_pitch, mark.core as usize);
        let x = Rangef::new(stage.plot.min + mark.x0, stage.plot.min + mark.x1);
        (x, Rangef::new(y.min + inset, y.max - inset))
    };
    for own in &busy {
        let (x, y) = place(own);
        canvas.fill(x, y, color(palette.core_busy).gamma_multiply(own.coverage));
    }
    for cost in &overhead {
        let (x, y) = place(cost);
        let ink = color(palette.overhead).gamma_multiply(cost.coverage);
        // A switch of a microsecond before each millisecond of work must not outshine the work.
        if touches(&busy, cost) { canvas.glaze(x, y, ink) } else { canvas.fill(x, y, ink) }
    }
    for others in &taken {
        let x = Rangef::new(stage.plot.min + others.x0, stage.plot.min + others.x1);
        let core = others.core as usize;
        if key.by_core && key.lanes.contains(&core) {
            paint_tone(&mut canvas, palette, Tone::Others, x, stage.lane(key.origin.y, core));
        }
        let y = strip_row(key.strips, key.strip_pitch, core);
        paint_tone(&mut canvas, palette, Tone::Others, x, Rangef::new(y.min + inset, y.max - inset));
    }
    Picture { key, mesh: Arc::new(canvas.finish()), bars }
}

/// Whether one of `marks`, which are in order, is within a pixel of that one.
fn touches(marks: &[StripMark], mark: &StripMark) -> bool {
    let at = marks.partition_point(|own| (own.core, own.x1) < (mark.core, mark.x0 - 1.0));
    marks.get(at).is_some_and(|own| own.core == mark.core && own.x0 <= mark.x1 + 1.0)
}

/// The bars of rows that stand for several lanes, each with the number of its first.
fn shared_rows(run: &Run, derived: &Derived, stage: &Stage, visible: Range<usize>) -> Vec<Bar> {
    let (per_row, count) = (stage.pitch.lanes_per_row(), visible.end.min(derived.lanes.len()));
    let first = visible.start - visible.start % per_row;
    let mut rows = SharedRows::new(run, &derived.lanes, stage.axis);
    let row = |lane: usize| {
        let number = u32::try_from(lane).expect("there are fewer lanes than spans");
        let bars = rows.row(lane..(lane + per_row).min(count));
        bars.into_iter().map(move |bar| Bar { lane: number, ..bar })
    };
    (first..count).step_by(per_row).flat_map(row).collect()
}

/// The dashed outline of what was predicted, around a bar in its place.
fn paint_ghost(canvas: &mut Canvas, palette: &Palette, stage: &Stage, y: Rangef, ghost: &Ghost) {
    let x = Rangef::new(stage.plot.min + ghost.x0, stage.plot.min + ghost.x1);
    // Around what is thinner than its lane; the full height of a lane leaves its gap free.
    let place = if ghost.tone == Tone::Running { y } else { own_height(y, ghost.tone).expand(1.0) };
    paint_dashes(canvas, color(palette.text).gamma_multiply(ghosts::strength(y.span())), x, place);
}

/// A ghost in the legend is painted by the same hand.
pub fn paint_dashes(canvas: &mut Canvas, ink: Color32, x: Rangef, y: Rangef) {
    for [from, to] in ghosts::dashes((x.min, x.max), (y.min, y.max)) {
        canvas.dash(pos2(from.0, from.1), pos2(to.0, to.1), ink);
    }
}

/// The main thread, behind what it carries itself: blocked solid and thin, free a line.
fn paint_main(canvas: &mut Canvas, run: &Run, stage: &Stage, y: Rangef) {
    let palette = stage.ctx.palette;
    for bar in marks::main_thread(run, stage.axis, stage.cut) {
        let x = Rangef::new(stage.plot.min + bar.x0, stage.plot.min + bar.x1);
        let (share, ink) = if bar.blocked { (0.3, palette.blocked) } else { (0.1, palette.dim) };
        let height = (y.span() * share).round().max(1.0);
        let top = (y.center() - height / 2.0).round();
        canvas.fill(x, Rangef::new(top, top + height), color(ink));
    }
}

/// A single lane outside the timelines: `y` is its place, `left` where the axis begins.
pub fn paint_lane(run: &Run, lane: &Lanes, axis: &Axis, y: Rangef, left: f32, scale: f32, ctx: PaintContext) -> Mesh {
    let mut canvas = Canvas::new(scale);
    for bar in marks::bars(run, lane, 0..1, axis) {
        paint_tone(&mut canvas, ctx.palette, bar.tone, Rangef::new(left + bar.x0, left + bar.x1), y);
    }
    canvas.finish()
}

/// Thinner strips of idle cores are outlined together.
const OUTLINED_MIN: f32 = 4.0;

fn strip(top: f32, pitch: Pitch, core: usize) -> Rangef {
    #[expect(clippy::cast_precision_loss, reason = "few")]
    let y = top + core as f32 * pitch.step;
    Rangef::new(y, y + pitch.height())
}

/// The same as it is painted: whole pixels, where several cores share them.
fn strip_row(top: f32, pitch: Pitch, core: usize) -> Rangef {
    let place = strip(top, pitch, core);
    if pitch.step < 1.0 { Rangef::new(place.min.floor(), place.min.floor() + 1.0) } else { place }
}

/// One bar as its tone wants it: states differ by shape and height as well as by color. The legend uses it too.
pub fn paint_tone(canvas: &mut Canvas, palette: &Palette, tone: Tone, x: Rangef, y: Rangef) {
    let ink = color(palette.tone(tone));
    // Thin lanes need all of their height.
    let own = own_height(y, tone);
    match tone {
        Tone::Running | Tone::CoreBusy | Tone::Blocked | Tone::Overhead | Tone::Preempted => canvas.bar(x, own, ink),
        Tone::Io => canvas.hatch(x, own, color(palette.io_ground), ink),
        Tone::Ready => canvas.outline(x, own, ink),
        Tone::Others => canvas.hatch(x, own, theme::blend(palette.background, palette.preempted, 0.25), ink),
        Tone::BadEnd => canvas.fill(Rangef::new(x.min - 1.5, x.min + 1.5), y.expand(1.0), ink),
    }
}

/// The part of a lane that a tone takes.
fn own_height(y: Rangef, tone: Tone) -> Rangef {
    let height = if y.span() < 6.0 { y.span() } else { (y.span() * tone.height()).round().max(4.0) };
    let top = (y.center() - height / 2.0).round();
    if tone.height() < 1.0 { Rangef::new(top, top + height) } else { y }
}

/// Vertical grid lines behind the lanes.
pub fn paint_grid(painter: &Painter, stage: &Stage, y: Rangef) {
    let stroke = Stroke::new(1.0, theme::blend(stage.ctx.palette.background, stage.ctx.palette.line, 0.85));
    for tick in stage.ticks {
        let x = painter.round_to_pixel_center(stage.plot.min + tick.x);
        painter.vline(x, y, stroke);
    }
}

/// The names of lanes, as many as have room.
pub fn paint_labels(
    painter: &Painter,
    stage: &Stage,
    top: f32,
    derived: &mut Derived,
    visible: &Range<usize>,
    strong: Option<usize>,
) {
    let palette = stage.ctx.palette;
    let is_kept = |(pitch, lanes, _): &(Pitch, Range<usize>, _)| *pitch == stage.pitch && lanes == visible;
    if !derived.labeled.as_ref().is_some_and(is_kept) {
        let found = labeled(&derived.lanes.labels, visible.clone(), stage.pitch);
        derived.labeled = Some((stage.pitch, visible.clone(), found));
    }
    let labels = &derived.lanes.labels;
    let labeled = derived.labeled.as_ref().map_or(&[][..], |(_, _, lanes)| lanes);
    let paint = |lane: usize, ink| {
        let shift = if lane == 0 { first_label_shift(stage.pitch) } else { 0.0 };
        let y = stage.lane(top, lane).center() + shift;
        paint_label(painter, stage, y, &labels[lane], color(ink));
    };
    let strong = strong.filter(|lane| visible.contains(lane) && *lane < labels.len());
    // Beside the strong one there is no room for others.
    let (apart, behind_first) = (label_lanes(stage.pitch), lanes_behind_first(stage.pitch));
    let has_room = |lane: &usize| {
        let apart = |strong: usize| if strong.min(*lane) == 0 { behind_first } else { apart };
        strong.is_none_or(|strong| strong.abs_diff(*lane) >= apart(strong))
    };
    for lane in labeled.iter().copied().filter(has_room) {
        paint(lane, palette.dim);
    }
    if let Some(lane) = strong {
        paint(lane, palette.text);
    }
}

/// One right-aligned name beside the plot. A long one is cut before its number: by that its like are told apart.
pub fn paint_label(painter: &Painter, stage: &Stage, y: f32, label: &str, ink: Color32) {
    let right = stage.plot.min - 8.0;
    let cut = |text: &str, width: f32| {
        let mut job = eframe::egui::text::LayoutJob::simple_singleline(text.to_owned(), small(), ink);
        job.wrap = eframe::egui::text::TextWrapping::truncate_at_width(width);
        painter.layout_job(job)
    };
    let place = |galley: Arc<Galley>, right: f32| {
        let at = pos2(right - galley.size().x, y - galley.size().y / 2.0);
        painter.galley(at, galley, ink);
        at.x
    };
    let whole = cut(label, right - stage.margin.min);
    let number = label.rfind(' ').filter(|at| whole.elided && label[at + 1..].parse::<u64>().is_ok());
    let Some(number) = number else {
        place(whole, right);
        return;
    };
    let left = place(cut(&label[number..], f32::INFINITY), right);
    place(cut(&label[..number], left - stage.margin.min), left);
}

/// The idle outline of each core, its name and how busy it was.
pub fn paint_strips(painter: &Painter, stage: &Stage, run: &Run, derived: &Derived, top: f32) {
    let palette = stage.ctx.palette;
    let shown = stage.cut.map_or(run.trace.horizon(), |cut| cut.min(run.trace.horizon()));
    let x = Rangef::new(stage.clamped_x(Nanos::ZERO), stage.clamped_x(shown));
    let outline = Stroke::new(1.0, theme::blend(palette.background, palette.faint, 0.55));
    let labels = &derived.strip_labels;
    let pitch = strip_pitch(labels.len(), stage.strips_max);
    let paint_outline = |y: Rangef| {
        if x.span() > 0.0 {
            painter.rect_stroke(Rect::from_x_y_ranges(x, y), CornerRadius::ZERO, outline, StrokeKind::Inside);
        }
    };
    if pitch.height() >= OUTLINED_MIN {
        (0..labels.len()).for_each(|core| paint_outline(strip(top, pitch, core)));
    } else if let Some(last) = labels.len().checked_sub(1) {
        paint_outline(Rangef::new(top, strip(top, pitch, last).max).expand(1.0));
    }
    for core in labeled(labels, 0..labels.len(), pitch) {
        let y = strip(top, pitch, core);
        paint_label(painter, stage, y.center(), &labels[core], color(palette.dim));
        // While a replay runs, a share of the whole would not be what the picture shows.
        // Nor would the share of one core say anything of the others that its label stands for.
        let is_alone = label_lanes(pitch) == 1;
        let has_share = shown > Nanos::ZERO && !run.shows_order_only();
        if let Some(used) = derived.strips.uses.get(core).filter(|_| is_alone && stage.cut.is_none() && has_share) {
            let text = stage.ctx.lang.figure(Value::Share(used.share));
            painter.text(
                pos2(x.max + 6.0, y.center() - 1.0),
                Align2::LEFT_CENTER,
                text,
                theme::mono(11.0),
                color(palette.text),
            );
        }
    }
}

/// Rows that wait for their run, and the strips of its `cores`.
pub fn paint_waiting(painter: &Painter, stage: &Stage, place: Place, visible: Range<usize>, cores: usize) {
    let fill = theme::blend(stage.ctx.palette.background, stage.ctx.palette.line, 0.4);
    let mut canvas = Canvas::new(stage.scale);
    for lane in visible.step_by(stage.pitch.lanes_per_row()) {
        canvas.bar(stage.plot, stage.row(place.lanes_top, lane), fill);
    }
    let pitch = strip_pitch(cores, stage.strips_max);
    for core in 0..cores {
        canvas.bar(stage.plot, strip(place.strips_top, pitch, core), fill);
    }
    painter.add(Shape::mesh(canvas.finish()));
}

/// The frame around what is selected: its lane from begin to end, or each of its bars on lanes of workers and cores.
pub fn paint_selection(
    painter: &Painter,
    stage: &Stage,
    run: &Run,
    derived: &Derived,
    top: f32,
    by: LaneBy,
    task: Task,
) {
    /// So many frames are readable; more would be a fog.
    const FRAMES_MAX: usize = 400;
    let stroke = Stroke::new(1.5, color(stage.ctx.palette.text));
    let frame = |x: Rangef, y: Rangef| {
        let x = Rangef::new(stage.plot.clamp(x.min) - 3.0, stage.plot.clamp(x.max) + 3.0);
        let rect = Rect::from_x_y_ranges(x, y.expand(1.5));
        painter.rect_stroke(rect, CornerRadius::same(4), stroke, StrokeKind::Outside);
    };
    if by == LaneBy::Task {
        let drawn = |span: &crate::trace::Span| span.state != State::New;
        let (Some(first), Some(last)) = (run.trace.spans_of(task).find(drawn), run.trace.spans_of(task).next_back())
        else {
            return;
        };
        let end = stage.cut.map_or(last.end, |cut| cut.min(last.end));
        frame(Rangef::new(stage.x(first.start), stage.x(end)), stage.lane(top, task.index()));
        return;
    }
    let own = run.trace.of(task);
    let Some(picture) = &derived.picture else { return };
    let mut frames: Vec<(u32, Rangef)> = Vec::new();
    for bar in picture.bars.iter().filter(|bar| own.contains(&(bar.span as usize))) {
        let x = Rangef::new(stage.plot.min + bar.x0, stage.plot.min + bar.x1);
        match frames.last_mut() {
            // What follows closely is in the same frame.
            Some((lane, last)) if *lane == bar.lane && x.min - last.max < 8.0 => last.max = x.max,
            _ => frames.push((bar.lane, x)),
        }
    }
    for (lane, x) in frames.into_iter().take(FRAMES_MAX) {
        frame(x, stage.lane(top, lane as usize));
    }
}

/// The one cursor, through the plots of all blocks.
pub fn paint_cursor(painter: &Painter, stage: &Stage, time: Nanos, y: Rangef, strong: bool) {
    let x = stage.x(time);
    // A folded run has no plot, and its cursor would be a dot.
    if stage.plot.contains(x) && y.span() > 0.0 {
        let x = painter.round_to_pixel_center(x);
        let width = if strong { 2.0 } else { 1.0 };
        let ink = color(stage.ctx.palette.text).gamma_multiply(if strong { 1.0 } else { 0.75 });
        painter.vline(x, y, Stroke::new(width, ink));
    }
}

/// The axis below all blocks, and the cursor's time on it.
pub fn paint_axis(painter: &Painter, stage: &Stage, rect: Rect, cursor: Option<Nanos>) {
    let palette = stage.ctx.palette;
    let y = rect.center().y;
    let line = Stroke::new(1.0, color(palette.line));
    painter.hline(stage.margin, rect.top(), line);
    let plated = cursor.filter(|time| stage.plot.contains(stage.x(*time))).map(|time| {
        let text = stage.axis.label(time, stage.ctx.lang);
        let galley = painter.layout_no_wrap(text, theme::mono_bold(11.0), color(palette.background));
        let half = galley.size().x / 2.0 + 6.0;
        let x = stage.x(time).clamp(stage.margin.min + half, stage.margin.max - half);
        (Rect::from_center_size(pos2(x, y), vec2(2.0 * half, galley.size().y + 5.0)), galley)
    });
    for tick in stage.ticks {
        let x = stage.plot.min + tick.x;
        painter.vline(painter.round_to_pixel_center(x), Rangef::new(rect.top(), rect.top() + 4.0), line);
        let galley = painter.layout_no_wrap(tick.label(stage.ctx.lang), small(), color(palette.dim));
        let place = Rect::from_center_size(pos2(x, y), galley.size());
        // Half a number beside the plate would be another number.
        if plated.as_ref().is_none_or(|(plate, _)| !plate.expand(2.0).intersects(place)) {
            painter.galley(place.min, galley, color(palette.dim));
        }
    }
    let Some((plate, galley)) = plated else { return };
    painter.rect_filled(plate, CornerRadius::same(4), color(palette.text));
    painter.galley(plate.center() - galley.size() / 2.0, galley, color(palette.background));
}

fn small() -> FontId {
    FontId::proportional(11.0)
}
