//! The Gantt chart: for each run its lanes above its core strips, all on one time axis.

use std::sync::Arc;

use super::heading::{self, Entry, Swatch};
use super::measure;
use super::page::{Frame, LABEL_GAP, MARGIN, Page, SMALL, Style, end_of};
use super::shape::{Anchor, Face, Figure, Rect, Shape};
use super::{HEIGHT_MAX, Look};
use crate::analysis::diagnosis::circle;
use crate::analysis::figures::Value;
use crate::analysis::overheads::{Overhead, overheads};
use crate::analysis::report_run::ReportRun;
use crate::analysis::{metrics, utilization};
use crate::chart::arrows::{Arrow, Kind, Tip, arrows, path};
use crate::chart::captions::{Caption, Captions};
use crate::chart::ghosts::{self, Ghost};
use crate::chart::lanes::{LaneBy, Lanes, core_label, lanes};
use crate::chart::marks::{self, Bar};
use crate::chart::palette::{Palette, Tone};
use crate::chart::shared_rows::SharedRows;
use crate::chart::strips::CoreStrips;
use crate::explore;
use crate::explore::program::Program;
use crate::explore::schedule::Story;
use crate::lang::Text;
use crate::trace::{Run, State};

const DESCRIPTION: Text = Text::new(
    "Gantt chart: a lane for each {}, with its states over time, above the busy times of the cores.",
    "Gráfico de Gantt: uma faixa por {}, com seus estados ao longo do tempo, acima dos tempos ocupados dos núcleos.",
);
const PREEMPTED: Text = Text::new("preempted", "preemptada");
const OVERHEAD: Text = Text::new("starting", "iniciando");
const BAD_END: Text = Text::new("not done", "não concluída");
const CORE_BUSY: Text = Text::new("core used by the run", "núcleo usado pela execução");
const WITH_OTHERS: Text = Text::new("core taken by others", "núcleo tomado por outros");
const MAIN_BLOCKED: Text = Text::new("main thread blocked", "thread principal bloqueada");
const MAIN_FREE: Text = Text::new("main thread free", "thread principal livre");
const LOSS: Text = Text::new("an update is lost", "uma atualização se perde");
const PREDICTED: Text = Text::new("predicted", "previsto");
const SHARED_ROWS: Text = Text::new(
    "Each row stands for {} lanes and shows, at each instant, the state that prevails among them.",
    "Cada linha representa {} faixas e mostra, a cada instante, o estado que predomina entre elas.",
);

const LANE_PITCH: f32 = 18.0;
/// From here on lanes are squeezed to one pixel before the figure grows further.
const COMFORTABLE_HEIGHT: f32 = 1400.0;
/// From one core strip to the next; the strips of many cores are squeezed into so many pixels.
const STRIP_PITCH: f32 = 18.0;
const STRIPS_HEIGHT: f32 = 288.0;
/// Rows lower than this have no room for a label each.
const LABEL_PITCH: f32 = 13.0;
/// Words on bars, and how high a bar must be to have any.
const CAPTION_SIZE: f32 = 10.0;
const CAPTION_HEIGHT_MIN: f32 = 11.0;
/// Lower bars have no room for a pattern.
const PATTERN_HEIGHT_MIN: f32 = 5.0;
/// Room for the percentage behind a strip that ends at the plot's edge.
const RIGHT: f32 = 44.0;

pub(super) fn figure(runs: &[ReportRun], look: &Look) -> Figure {
    let blocks: Vec<Block> = runs.iter().map(|report| Block::new(report, look)).collect();
    let count = blocks.iter().map(|block| block.lanes.len()).sum();
    // What is there besides lanes is known once it is drawn.
    let besides = draw(runs, &blocks, look, Rows { per_row: 1, pitch: 0.0 }).height;
    draw(runs, &blocks, look, Rows::fit(count, besides, look.height))
}

/// One run with its lanes.
struct Block<'a> {
    report: &'a ReportRun,
    lanes: Lanes,
    strips: CoreStrips,
    strip_labels: Vec<String>,
    arrows: Vec<Arrow>,
    /// The predicted run with its lanes, on lanes of tasks.
    predicted: Option<(Arc<Run>, Lanes)>,
    /// Of an explored order: what its steps did.
    story: Option<(Program, Story)>,
    by: LaneBy,
}

impl<'a> Block<'a> {
    fn new(report: &'a ReportRun, look: &Look) -> Self {
        let run = &*report.run;
        let predicted = report.predicted.as_ref().filter(|_| look.by == LaneBy::Task).map(|predicted| &predicted.run);
        let strips = CoreStrips::of(run);
        Block {
            report,
            lanes: lanes(run, look.by, look.lang),
            strip_labels: strips.uses.iter().map(|row| core_label(row.core, look.lang)).collect(),
            strips,
            arrows: arrows(run, look.by, &circle(run)),
            predicted: predicted.map(|run| (Arc::clone(run), lanes(run, LaneBy::Task, look.lang))),
            story: explore::run::story(run),
            by: look.by,
        }
    }

    fn loses_updates(&self) -> bool {
        self.story.as_ref().is_some_and(|(_, story)| story.deeds.iter().any(|deed| deed.act.loses()))
    }
}

/// How lanes become rows of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rows {
    /// Lanes that share a row.
    per_row: usize,
    /// From one row to the next, in pixels; 0 draws none.
    pitch: f32,
}

impl Rows {
    /// The rows for `count` lanes in a figure that is `besides` pixels high without them.
    fn fit(count: usize, besides: f32, height: Option<f32>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "pixels")]
        let lanes = count.max(1) as f32;
        let height = height.filter(|height| height.is_finite()).map(|height| height.min(HEIGHT_MAX));
        let room = (height.unwrap_or(COMFORTABLE_HEIGHT) - besides).max(1.0);
        let most = if height.is_some() { 2.0 * LANE_PITCH } else { LANE_PITCH };
        let pitch = (room / lanes).floor().min(most);
        if pitch >= 1.0 {
            return Rows { per_row: 1, pitch };
        }
        // One pixel a lane as long as the figure may grow for it; then several lanes a pixel.
        let room = height.map_or(HEIGHT_MAX - besides, |_| room).max(100.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive count")]
        let per_row = (lanes / room).ceil().max(1.0) as usize;
        Rows { per_row, pitch: 1.0 }
    }

    /// What of the pitch is left free below a bar.
    fn gap(self) -> f32 {
        match self.pitch {
            12.0.. => 3.0,
            8.0.. => 2.0,
            4.0.. => 1.0,
            _ => 0.0,
        }
    }

    fn bar_height(self) -> f32 {
        self.pitch - self.gap()
    }

    #[expect(clippy::cast_precision_loss, reason = "pixels")]
    fn top(self, row: usize) -> f32 {
        self.pitch * row as f32
    }

    fn count(self, lanes: usize) -> usize {
        lanes.div_ceil(self.per_row)
    }
}

fn draw(runs: &[ReportRun], blocks: &[Block], look: &Look, rows: Rows) -> Figure {
    let mut page = Page::new(look);
    heading::heading(&mut page, runs);
    heading::legend(&mut page, &legend(blocks, look.by), |page, swatch, rect| match swatch {
        // A tick has no width of its own: in the middle of its place it belongs to its words.
        Swatch::Mark(Tone::BadEnd) => mark(page, Tone::BadEnd, Rect { x: rect.x + rect.width / 2.0, ..rect }, false),
        Swatch::Mark(tone) => mark(page, tone, rect, false),
        Swatch::FaintLine => main_mark(page, false, rect),
        Swatch::Ghost => page.shapes.push(Shape::Dashes { rect, color: page.palette.text }),
        Swatch::Loss => {
            mark(page, Tone::Running, rect, false);
            edge_of_loss(page, rect);
        }
    });
    let frame = Frame::new(runs, look, label_width(blocks), RIGHT);
    for block in blocks {
        let metrics = metrics::metrics(&block.report.run);
        heading::run_header(&mut page, block.report, &metrics, runs);
        let height = rows.top(rows.count(block.lanes.len()));
        let strips = StripRows::of(&block.report.run).height();
        let (top, bottom) = (page.y, page.y + height + 6.0 + strips);
        page.grid(&frame, top, bottom);
        if rows.pitch > 0.0 {
            draw_lanes(&mut page, &frame, block, rows);
        }
        page.y = top + height + 6.0;
        draw_strips(&mut page, &frame, block);
        page.y = bottom;
    }
    page.axis_labels(&frame);
    if rows.per_row > 1 {
        let note = SHARED_ROWS.fill(look.lang, &[&rows.per_row]);
        page.note(&note);
    }
    heading::notes(&mut page, runs);
    let description = DESCRIPTION.fill(look.lang, &[&look.by.label().get(look.lang)]);
    page.finish(heading::title(runs, look.lang), description)
}

/// What lanes can show, in the order people read a task's life.
const WORDS: [(Tone, Text); 7] = [
    (Tone::Running, State::Running.label()),
    (Tone::Io, State::Io.label()),
    (Tone::Ready, State::Ready.label()),
    (Tone::Blocked, State::Blocked.label()),
    (Tone::Preempted, PREEMPTED),
    (Tone::Overhead, OVERHEAD),
    (Tone::BadEnd, BAD_END),
];

/// The tones that occur.
fn legend(blocks: &[Block], by: LaneBy) -> Vec<Entry> {
    let runs = || blocks.iter().map(|block| &*block.report.run);
    let shown = |tone: Tone| match by {
        LaneBy::Task => true,
        LaneBy::Worker => matches!(tone, Tone::Running | Tone::Io | Tone::Preempted),
        LaneBy::Core => tone == Tone::Running,
    };
    let with_overhead = blocks.iter().any(|block| !block.strips.overhead.are_empty());
    let with_others = blocks.iter().any(|block| !block.strips.taken.are_empty());
    let on_cores = |tone: Tone| tone == Tone::Overhead && by != LaneBy::Task && with_overhead;
    let occurs = |tone: Tone| {
        runs().any(|run| {
            let mut spans = run.trace.states().iter().zip(run.trace.causes());
            spans.any(|(state, cause)| Tone::of(*state, *cause) == Some(tone))
        })
    };
    let tones = WORDS.into_iter().filter(|(tone, _)| (shown(*tone) && occurs(*tone)) || on_cores(*tone));
    let main = |blocked: bool| {
        let mut spans = runs().flat_map(|run| &run.account.main);
        by == LaneBy::Worker && spans.any(|span| span.state.is_blocked() == blocked)
    };
    let blocked = main(true).then_some(Entry { swatch: Swatch::Mark(Tone::Blocked), words: MAIN_BLOCKED });
    let free = main(false).then_some(Entry { swatch: Swatch::FaintLine, words: MAIN_FREE });
    let core_busy = Entry { swatch: Swatch::Mark(Tone::CoreBusy), words: CORE_BUSY };
    let others = with_others.then_some(Entry { swatch: Swatch::Mark(Tone::Others), words: WITH_OTHERS });
    let occurs = |kind: &Overhead| runs().any(|run| overheads(run).contains(kind));
    // One tone, of which each kind has its word.
    let kinds: Vec<Text> = Overhead::ALL.into_iter().filter(occurs).map(Overhead::label).collect();
    let tones = tones.flat_map(|(tone, words)| {
        let words = if tone == Tone::Overhead && !kinds.is_empty() { kinds.clone() } else { vec![words] };
        words.into_iter().map(move |words| Entry { swatch: Swatch::Mark(tone), words })
    });
    let has_ghosts = by == LaneBy::Task && blocks.iter().any(|block| block.report.predicted.is_some());
    let ghosts = has_ghosts.then_some(Entry { swatch: Swatch::Ghost, words: PREDICTED });
    let has_losses = by == LaneBy::Task && blocks.iter().any(Block::loses_updates);
    let losses = has_losses.then_some(Entry { swatch: Swatch::Loss, words: LOSS });
    tones.chain(losses).chain(blocked).chain(free).chain(ghosts).chain([core_busy]).chain(others).collect()
}

fn label_width(blocks: &[Block]) -> f32 {
    let labels = blocks.iter().flat_map(|block| block.lanes.labels.iter().chain(&block.strip_labels));
    let widest = labels.map(|label| measure::width(label, Face::Text, SMALL)).fold(0.0, f32::max);
    widest.ceil().clamp(40.0, 160.0)
}

fn draw_lanes(page: &mut Page, frame: &Frame, block: &Block, rows: Rows) {
    let (top, height) = (page.y, rows.bar_height());
    let count = block.lanes.len();
    let every = label_every(rows.pitch);
    let mut drawn: Vec<(Tone, Rect, bool)> = Vec::new();
    // The first lane of workers is the main thread's.
    if block.by == LaneBy::Worker && count > 0 {
        for bar in marks::main_thread(&block.report.run, &frame.axis, None) {
            let (x, width) = (frame.left + bar.x0, bar.x1 - bar.x0);
            main_mark(page, bar.blocked, Rect { x, y: top, width, height });
        }
    }
    let run = &block.report.run;
    let mut shared = (rows.per_row > 1).then(|| SharedRows::new(run, &block.lanes, &frame.axis));
    let captions = Captions::of(run, block.by, block.story.as_ref().map(|told| &told.1));
    let mut written: Vec<(Rect, Caption)> = Vec::new();
    for row in 0..rows.count(count) {
        let own = row * rows.per_row..((row + 1) * rows.per_row).min(count);
        let y = top + rows.top(row);
        if row % every == 0 {
            let room = frame.left - MARGIN - LABEL_GAP;
            let label = measure::fit_numbered(&block.lanes.labels[own.start], Face::Text, SMALL, room);
            page.text((frame.left - LABEL_GAP, y + height.max(8.0) / 2.0 + 4.0), Anchor::End, page.small(), &label);
        }
        let bars = match &mut shared {
            Some(shared) => shared.row(own),
            None => marks::bars(run, &block.lanes, own, &frame.axis),
        };
        let rect = |bar: &Bar| Rect { x: frame.left + bar.x0, y, width: (bar.x1 - bar.x0).max(0.0), height };
        drawn.extend(bars.iter().map(|bar| (bar.tone, rect(bar), bar.merged)));
        if height >= CAPTION_HEIGHT_MIN {
            let roomy = bars.iter().filter(|bar| captions.has_room(bar));
            written.extend(roomy.filter_map(|bar| Some((rect(bar), captions.on(bar)?))));
        }
    }
    // What has one tone is drawn together: it can be one path, without seams between rows that touch.
    drawn.sort_by_key(|(tone, ..)| *tone);
    for (tone, rect, merged) in drawn {
        mark(page, tone, rect, merged);
    }
    for (rect, caption) in &written {
        write_on_bar(page, *rect, caption);
    }
    if rows.per_row == 1 {
        draw_ghosts(page, frame, block, rows);
        let place = |tip: Tip| (frame.x(tip.time), top + rows.top(tip.lane) + height / 2.0);
        let is_seen = |arrow: &&Arrow| frame.contains(arrow.from.time) && frame.contains(arrow.to.time);
        let seen = block.arrows.iter().filter(is_seen);
        seen.for_each(|arrow| draw_arrow(page, arrow.kind, place(arrow.from), place(arrow.to)));
    }
}

/// Where it fits; and an edge around a step that lost something.
fn write_on_bar(page: &mut Page, rect: Rect, caption: &Caption) {
    let face = if caption.is_deed { Face::Number } else { Face::Text };
    let (size, color) = (CAPTION_SIZE, Palette::ink_on(page.palette.running));
    if measure::width(&caption.text, face, size) + 8.0 <= rect.width {
        let at = (rect.x + 4.0, rect.y + rect.height / 2.0 + 3.5);
        page.text(at, Anchor::Start, Style { face, size, color }, &caption.text);
    }
    if caption.loses {
        edge_of_loss(page, rect);
    }
}

fn edge_of_loss(page: &mut Page, rect: Rect) {
    page.shapes.push(Shape::Outline { rect, color: page.palette.blocked, width: 2.0, radius: 2.0 });
}

/// A dashed outline around where the bar should have been.
fn draw_ghosts(page: &mut Page, frame: &Frame, block: &Block, rows: Rows) {
    let Some((predicted, lanes)) = &block.predicted else { return };
    let (top, height) = (page.y, rows.bar_height());
    let color = page.tint(page.palette.text, ghosts::strength(height));
    for Ghost { lane, x0, x1, tone } in ghosts::ghosts(predicted, lanes, 0..lanes.len(), &frame.axis) {
        let lane = Rect { x: frame.left + x0, y: top + rows.top(lane as usize), width: x1 - x0, height };
        let is_full = tone == Tone::Running || height < PATTERN_HEIGHT_MIN;
        let rect = if is_full { lane } else { share_of_lane(lane, tone.height()) };
        page.shapes.push(Shape::Dashes { rect, color });
    }
}

/// In the middle of its lane, so high.
fn share_of_lane(lane: Rect, share: f32) -> Rect {
    let height = (lane.height * share).round().max(4.0).min(lane.height);
    Rect { y: (lane.y + (lane.height - height) / 2.0).round(), height, ..lane }
}

fn draw_arrow(page: &mut Page, kind: Kind, tail: (f32, f32), head: (f32, f32)) {
    /// Pieces of a curve: each a few pixels.
    const PIECES: u16 = 24;
    let (color, width) = match kind {
        Kind::WaitsFor => (page.palette.text, 1.5),
        Kind::Started | Kind::Joined => (page.palette.dim, 1.0),
    };
    let path = path(kind, tail, head);
    page.line(path.line(PIECES), color, width);
    page.shapes.push(Shape::Area { points: path.head.to_vec(), fill: color });
}

/// The main thread, behind what it carries itself: blocked solid and thin, free a line.
fn main_mark(page: &mut Page, blocked: bool, rect: Rect) {
    let (share, color) = if blocked { (0.3, page.palette.blocked) } else { (0.1, page.palette.dim) };
    let height = (rect.height * share).round().max(1.0);
    let y = (rect.y + (rect.height - height) / 2.0).round();
    page.rect(Rect { y, height, ..rect }, color, 0.0);
}

/// One bar. States differ by pattern as well as by color: running full, IO thin and hatched, ready hollow.
fn mark(page: &mut Page, tone: Tone, rect: Rect, merged: bool) {
    let color = page.palette.tone(tone);
    let flat = rect.height < PATTERN_HEIGHT_MIN;
    let radius = if flat || merged || rect.width < 4.0 { 0.0 } else { 2.0 };
    match tone {
        Tone::Io if flat => page.rect(rect, page.tint(color, 0.35), 0.0),
        Tone::Io => {
            let height = (rect.height * 0.45).max(3.0).round();
            let thin = Rect { y: rect.y + ((rect.height - height) / 2.0).round(), height, ..rect };
            page.rect(thin, page.palette.io_ground, 0.0);
            page.shapes.push(Shape::Hatch { rect: thin, color, spacing: 5.0 });
        }
        Tone::Ready | Tone::Others if flat || rect.width < 3.0 => page.rect(rect, page.tint(color, 0.55), 0.0),
        Tone::Ready => page.outline(rect, color, radius),
        Tone::Others => {
            page.rect(rect, page.tint(color, 0.25), 0.0);
            page.shapes.push(Shape::Hatch { rect, color, spacing: 5.0 });
        }
        Tone::BadEnd => {
            let tick = Rect { x: rect.x - 1.0, width: 2.5, ..rect };
            page.rect(tick, color, 0.0);
        }
        _ if flat || tone.height() >= 1.0 => page.rect(rect, color, radius),
        _ => page.rect(share_of_lane(rect, tone.height()), color, radius),
    }
}

/// Where rows are too low for a label each, every so-many-th has one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive count")]
fn label_every(pitch: f32) -> usize {
    (LABEL_PITCH / pitch).ceil() as usize
}

/// How high the core strips of a run are.
struct StripRows {
    cores: f32,
    pitch: f32,
}

impl StripRows {
    fn of(run: &Run) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "pixels")]
        let cores = run.cores as f32;
        StripRows { cores, pitch: (STRIPS_HEIGHT / cores.max(1.0)).floor().clamp(3.0, STRIP_PITCH) }
    }

    fn height(&self) -> f32 {
        self.cores * self.pitch
    }

    fn bar_height(&self) -> f32 {
        self.pitch - if self.pitch >= 8.0 { 2.0 } else { 1.0 }
    }
}

/// A strip for each core: busy solid, idle outlined, its share of the makespan at its end.
fn draw_strips(page: &mut Page, frame: &Frame, block: &Block) {
    let run = &*block.report.run;
    let strips = StripRows::of(run);
    let height = strips.bar_height();
    let (start, end) = match utilization::makespan_range(run) {
        Some(range) => (frame.x_within(range.start), frame.x_within(range.end)),
        None => (frame.left, frame.x_within(end_of(run))),
    };
    let idle = page.tint(page.palette.faint, 0.7);
    let CoreStrips { uses, busy, overhead, taken } = &block.strips;
    let busy = busy.marks(&frame.axis);
    let every = label_every(strips.pitch);
    // They come core by core.
    let mut to_come = &busy[..];
    let beside = [(Tone::Overhead, overhead.marks(&frame.axis)), (Tone::Others, taken.marks(&frame.axis))];
    for (core, label) in block.strip_labels.iter().enumerate() {
        let y = page.y;
        page.outline(Rect { x: start, y, width: (end - start).max(1.0), height }, idle, 0.0);
        let (own, others) = to_come.split_at(to_come.partition_point(|stretch| stretch.core as usize <= core));
        to_come = others;
        for stretch in own {
            let fill = page.tint(page.palette.core_busy, stretch.coverage);
            let (x, width) = (frame.left + stretch.x0, stretch.x1 - stretch.x0);
            page.rect(Rect { x, y, width, height }, fill, 0.0);
        }
        for (tone, strips) in &beside {
            let of_core = |edge: usize| strips.partition_point(|stretch| (stretch.core as usize) < edge);
            for stretch in &strips[of_core(core)..of_core(core + 1)] {
                let (x, width) = (frame.left + stretch.x0, (stretch.x1 - stretch.x0) * stretch.coverage);
                mark(page, *tone, Rect { x, y, width, height }, false);
            }
        }
        if core % every == 0 {
            let baseline = y + height / 2.0 + 4.0;
            page.text((frame.left - LABEL_GAP, baseline), Anchor::End, page.small(), label);
            let used = uses.iter().find(|row| row.core.get() == Some(core));
            if let Some(row) = used.filter(|_| !run.shows_order_only()) {
                let percent = page.lang().figure(Value::Share(row.share));
                page.text((end + 6.0, baseline), Anchor::Start, page.small_number(), &percent);
            }
        }
        page.y += strips.pitch;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_shrink_before_they_share() {
        let fit = |count, height| Rows::fit(count, 200.0, height);
        assert_eq!(fit(8, None), Rows { per_row: 1, pitch: 18.0 });
        assert_eq!(fit(100, None), Rows { per_row: 1, pitch: 12.0 });
        assert_eq!(fit(1_000, None), Rows { per_row: 1, pitch: 1.0 });
        assert_eq!(fit(3_800, None), Rows { per_row: 1, pitch: 1.0 });
        assert_eq!(fit(3_801, None), Rows { per_row: 2, pitch: 1.0 });
        assert_eq!(fit(1_000_000, None), Rows { per_row: 264, pitch: 1.0 });
        assert_eq!(fit(8, Some(600.0)), Rows { per_row: 1, pitch: 36.0 });
        assert_eq!(fit(800, Some(600.0)), Rows { per_row: 2, pitch: 1.0 });
    }
}
