//! The table of metrics: a row for each shown run, a column for each figure of [`COLUMNS`] that any of them has. A click
//! on a heading sorts, hovering it explains the term. The best figure of a column has the accent color only where it is
//! better beyond the noise.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align, Color32, FontId, Label, Layout, Pos2, Rect, RichText, Role, ScrollArea, Sense, Shape, Stroke, Ui, UiBuilder,
    Vec2, WidgetInfo, pos2, vec2,
};

use super::names::{entry_title, short_names};
use super::paint::PaintContext;
use super::theme::color;
use super::widgets::Overflow;
use super::words;
use crate::analysis::columns::{Better, COLUMNS, Column, Row, Sample, show};
use crate::analysis::ends::BadEnd;
use crate::analysis::figures::Value;
use crate::analysis::metrics::{Metrics, metrics};
use crate::chart::palette::Rgb;
use crate::engine::session::{Entry, EntryId, EntryProgress, Session};
use crate::lang::Text;
use crate::scenario::Engine;
use crate::trace::Status;

const MODEL: Text = Text::new("model", "modelo");
const MODEL_EXPLANATION: Text = Text::new(
    "Click to see the runs in the order they were started.",
    "Clique para ver as execuções na ordem de início.",
);
const EMPTY: Text = Text::new(
    "No runs yet. Press Enter, and their figures will stand here side by side.",
    "Ainda não há execuções. Aperte Enter e os números delas aparecerão aqui, lado a lado.",
);
/// What is not known, and what has not happened yet.
const UNKNOWN: &str = "–";

const ROW_HEIGHT: f32 = 24.0;
/// Two lines, of which headings of one line stand on the lower.
const HEAD_HEIGHT: f32 = 34.0;
const HEAD_LINE: f32 = 20.0;
/// Between columns: at most, and where the room is short.
const COLUMN_GAP: f32 = 16.0;
const COLUMN_GAP_MIN: f32 = 8.0;
const SWATCH: f32 = 8.0;
const SORT_MARK: f32 = 7.0;
/// What names may take of the table's room, and what they always get.
const NAMES_SHARE: f32 = 0.36;
const NAMES_MIN: f32 = 120.0;
/// Between a name and its mark.
const MARK_GAP: f32 = 8.0;
const CELL_FONT: FontId = FontId::monospace(12.0);
const NAME_FONT: FontId = FontId::proportional(13.0);
const HEAD_FONT: FontId = FontId::proportional(11.0);

/// How the person has sorted the table, and what was computed of each entry.
#[derive(Default)]
pub struct MetricsView {
    sort: Option<Sort>,
    /// The table has all of the panel, and all columns; else those that have room.
    pub wide: bool,
    /// There is no room for some columns that have figures.
    lacks_room: bool,
    /// Which columns are shown.
    shown: [bool; COLUMNS.len()],
    widths: Widths,
    /// By entry, as of that revision: samples cost a pass over all spans.
    cache: HashMap<EntryId, (u64, Samples)>,
}

/// What names and columns have room for, in points. While figures change under a person's eyes none gets narrower.
#[derive(Clone, Copy, Default)]
struct Widths {
    names: f32,
    columns: [f32; COLUMNS.len()],
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Sort {
    /// Index into [`COLUMNS`].
    column: usize,
    best_first: bool,
}

#[derive(Clone)]
struct Samples {
    shown: Sample,
    repeats: Vec<Sample>,
}

/// The table of `entries`, whose order also gives them their series colors: pass the same slice to the chart of busy
/// cores.
pub fn metrics_ui(
    ui: &mut Ui,
    entries: &[&Entry],
    session: &Session,
    view: &mut MetricsView,
    overflow: Overflow,
    context: PaintContext,
) {
    if entries.is_empty() {
        // In line with the heads of the columns beside it.
        ui.add_space(10.0);
        ui.label(RichText::new(EMPTY.get(context.lang)).color(color(context.palette.dim)));
        return;
    }
    let rows: Vec<Row> = entries.iter().map(|entry| view.row(entry, session)).collect();
    view.cache.retain(|id, _| session.entry(*id).is_some());
    let table = Table::new(entries, &rows, context);
    // While runs are live, and while somebody drags what they are simulated from, the table must not jump.
    let is_live = entries.iter().any(|entry| entry.progress != EntryProgress::Over);
    let holds = is_live || ui.input(|input| input.pointer.any_down());
    view.show(&table, holds);
    let order = sorted(&table, &rows, view.sort);
    ScrollArea::both().vscroll(overflow == Overflow::Scrolls).id_salt("metrics").show(ui, |ui| {
        let columns: Vec<usize> = (0..COLUMNS.len()).filter(|column| view.shown[*column]).collect();
        let least = if holds { view.widths } else { Widths::default() };
        view.widths = widths(ui, &table, &columns, least, context);
        let grid = layout_table(ui, &table, &columns, view.wide, &view.widths);
        view.lacks_room = grid.columns.len() < columns.len();
        if let Some(clicked) = table_ui(ui, &table, &grid, &order, view.sort, context) {
            view.sort = next_sort(view.sort, clicked);
        }
    });
}

/// The color of the run at that place among the shown ones.
pub(super) fn series_color(index: usize, context: PaintContext) -> Color32 {
    color(context.palette.series[index % context.palette.series.len()])
}

/// The same for words.
pub(super) fn series_ink(index: usize, context: PaintContext) -> Color32 {
    color(context.palette.ink(context.palette.series[index % context.palette.series.len()]))
}

impl MetricsView {
    /// Whether there are more columns to be seen, or have been made room for.
    pub fn can_be_wide(&self) -> bool {
        self.wide || self.lacks_room
    }

    /// A column comes when a run has a figure for it. It goes when no shown run has one, but not while more may come.
    fn show(&mut self, table: &Table, more_may_come: bool) {
        for (column, shown) in self.shown.iter_mut().enumerate() {
            let known = table.lines.iter().any(|line| line.cells[column] != UNKNOWN);
            *shown = known || (more_may_come && (*shown || column == 0));
        }
    }

    fn row(&mut self, entry: &Entry, session: &Session) -> Row {
        let baseline = match session.baseline_of(entry.id) {
            Some(baseline) => {
                let shown = self.samples(baseline).shown.metrics.makespan;
                std::iter::once(shown).chain(baseline.repeats.iter().copied()).collect()
            }
            None => vec![],
        };
        let Samples { shown, repeats } = self.samples(entry).clone();
        Row { shown, repeats, baseline }
    }

    fn samples(&mut self, entry: &Entry) -> &Samples {
        let known = |metrics: &Arc<Metrics>| Metrics::clone(metrics);
        let compute = || Samples {
            shown: Sample::new(&entry.run, entry.shown_metrics().map_or_else(|| metrics(&entry.run), known)),
            repeats: entry.runs.iter().zip(&entry.metrics).map(|(run, own)| Sample::new(run, known(own))).collect(),
        };
        let (revision, samples) = self.cache.entry(entry.id).or_insert_with(|| (entry.revision, compute()));
        if *revision != entry.revision {
            (*revision, *samples) = (entry.revision, compute());
        }
        samples
    }
}

/// The table as text, by entry.
struct Table {
    names: Vec<Name>,
    /// All runs were computed: said once, above their names.
    mark: Option<&'static str>,
    lines: Vec<Line>,
    /// By column: the entry with the best figure.
    best: Vec<Option<usize>>,
}

/// A run's name, which is cut where there is no room, and its marks, which never are.
struct Name {
    text: String,
    full: String,
    marks: Vec<(String, Rgb)>,
}

struct Line {
    cells: Vec<String>,
    /// Its figures may still change, or are not those of the work as a whole.
    provisional: bool,
}

impl Table {
    fn new(entries: &[&Entry], rows: &[Row], context: PaintContext) -> Self {
        let line = |(entry, row): (&&Entry, &Row)| {
            let cell = |column: &Column| match column.value(row) {
                Some(value) if entry.progress != EntryProgress::Queued => {
                    context.lang.figure(show(value, column.band(row)))
                }
                _ => UNKNOWN.to_owned(),
            };
            let stuck = row.shown.bad_end.is_some_and(BadEnd::is_stuck) || entry.run.status == Status::Cancelled;
            let provisional = stuck || entry.progress != EntryProgress::Over;
            Line { cells: COLUMNS.iter().map(cell).collect(), provisional }
        };
        let is_computed = |entry: &&Entry| entry.run.engine == Engine::Simulated;
        let simulated = words::SIMULATED.get(context.lang);
        let mark = entries.iter().all(is_computed).then_some(simulated);
        let name = |((entry, row), text): ((&&Entry, &Row), String)| {
            let computed = (mark.is_none() && is_computed(entry)).then(|| simulated.to_owned());
            let end = row.shown.bad_end.filter(|_| entry.progress == EntryProgress::Over);
            let end = match end {
                _ if entry.run.status == Status::Cancelled => Some(words::STOPPED.get(context.lang).to_owned()),
                end => end.map(|end| end.text(context.lang)),
            };
            let bad = context.palette.ink(context.palette.bad_end);
            let marks =
                end.map(|end| (end, bad)).into_iter().chain(computed.map(|mark| (mark, context.palette.accent)));
            Name { text, full: entry_title(entry, context.lang), marks: marks.collect() }
        };
        let same_scenario = entries.windows(2).all(|pair| pair[0].run.scenario_id == pair[1].run.scenario_id);
        let all: Vec<&Row> = rows.iter().collect();
        let best = |column: &Column| if same_scenario { column.best(&all) } else { None };
        Table {
            names: entries.iter().zip(rows).zip(short_names(entries, context.lang)).map(name).collect(),
            mark,
            lines: entries.iter().zip(rows).map(line).collect(),
            best: COLUMNS.iter().map(best).collect(),
        }
    }
}

/// Entries in the order of the table; what is unknown comes last either way.
fn sorted(table: &Table, rows: &[Row], sort: Option<Sort>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let Some(Sort { column, best_first }) = sort else { return order };
    let known = |at: usize| {
        let unknown = table.lines[at].cells[column] == UNKNOWN;
        if unknown { None } else { COLUMNS[column].value(&rows[at]) }.map(Value::number)
    };
    let ascending = (COLUMNS[column].better == Better::Higher) != best_first;
    order.sort_by(|one, other| match (known(*one), known(*other)) {
        (Some(one), Some(other)) if ascending => one.total_cmp(&other),
        (Some(one), Some(other)) => other.total_cmp(&one),
        (one, other) => other.is_some().cmp(&one.is_some()),
    });
    order
}

/// A heading that was clicked: a column, or the models' for the original order.
#[derive(Clone, Copy)]
enum Heading {
    Model,
    Column(usize),
}

/// Best first, then worst first, then the order of starting.
fn next_sort(sort: Option<Sort>, clicked: Heading) -> Option<Sort> {
    match (clicked, sort) {
        (Heading::Model, _) => None,
        (Heading::Column(column), Some(sort)) if sort.column == column => {
            sort.best_first.then_some(Sort { column, best_first: false })
        }
        (Heading::Column(column), _) => Some(Sort { column, best_first: true }),
    }
}

fn table_ui(
    ui: &mut Ui,
    table: &Table,
    grid: &Grid,
    order: &[usize],
    sort: Option<Sort>,
    context: PaintContext,
) -> Option<Heading> {
    let mut clicked = None;
    if heading_ui(ui, grid.name(0), Align::Min, MODEL, MODEL_EXPLANATION, context) {
        clicked = Some(Heading::Model);
    }
    if let Some(mark) = table.mark {
        mark_ui(ui, last_line(grid.name(0)), mark, context.palette.accent);
    }
    for (row, entry) in (1..).zip(order) {
        let line = Stroke::new(1.0, color(context.palette.line));
        ui.painter().hline(grid.area.x_range(), grid.name(row).top(), line);
        name_ui(ui, grid.name(row), *entry, &table.names[*entry], context);
    }
    for (at, place) in grid.columns.iter().map(|place| (place.column, place)) {
        let column = &COLUMNS[at];
        let head = grid.cell(0, place);
        if heading_ui(ui, head, Align::Max, column.label, column.explanation, context) {
            clicked = Some(Heading::Column(at));
        }
        if let Some(sort) = sort.filter(|sort| sort.column == at) {
            let text = width_of(ui, &in_two_lines(column.label.get(context.lang)), HEAD_FONT);
            let left_middle = pos2(head.right() - text - SORT_MARK - 3.0, last_line(head).center().y);
            paint_sort_mark(ui, left_middle, sort, context);
        }
        for (row, entry) in (1..).zip(order) {
            let line = &table.lines[*entry];
            let tint = match line {
                Line { provisional: true, .. } => context.palette.dim,
                _ if table.best[at] == Some(*entry) => context.palette.accent,
                _ => context.palette.text,
            };
            let text = RichText::new(&line.cells[at]).font(CELL_FONT).color(color(tint));
            in_cell(ui, grid.cell(row, place), Align::Max, |ui| ui.add(Label::new(text).extend()));
        }
    }
    clicked
}

/// Where the table's cells are. Row 0 is the headings'.
struct Grid {
    area: Rect,
    names_width: f32,
    columns: Vec<Place>,
}

/// Of a column that is shown.
struct Place {
    /// Index into [`COLUMNS`].
    column: usize,
    /// Its left edge, from the area's.
    left: f32,
    width: f32,
}

impl Grid {
    fn name(&self, row: u16) -> Rect {
        self.at(row, 0.0, self.names_width)
    }

    fn cell(&self, row: u16, place: &Place) -> Rect {
        self.at(row, place.left, place.width)
    }

    fn at(&self, row: u16, left: f32, width: f32) -> Rect {
        let (top, height) = match row {
            0 => (0.0, HEAD_HEIGHT),
            row => (HEAD_HEIGHT + ROW_HEIGHT * f32::from(row - 1), ROW_HEIGHT),
        };
        Rect::from_min_size(self.area.min + vec2(left, top), vec2(width, height))
    }
}

/// The line of a heading that all of them have.
fn last_line(head: Rect) -> Rect {
    head.with_min_y(head.bottom() - HEAD_LINE)
}

/// Names and every column as wide as their widest text, and as `least`; long names are cut before they push the figures
/// of the columns `shown` out of sight.
fn widths(ui: &Ui, table: &Table, shown: &[usize], least: Widths, context: PaintContext) -> Widths {
    let width = |text: &str, font: FontId| width_of(ui, text, font);
    let mark_width = |mark: &str| width(mark, HEAD_FONT) + MARK_GAP;
    let marks_width = |marks: &[(String, Rgb)]| marks.iter().map(|(mark, _)| mark_width(mark)).sum::<f32>();
    let names = table.names.iter().map(|name| width(&name.text, NAME_FONT) + 2.0 * SWATCH + marks_width(&name.marks));
    let head = width(MODEL.get(context.lang), HEAD_FONT) + table.mark.map_or(0.0, mark_width);
    let column_width = |at: usize| {
        let cells = table.lines.iter().map(|line| width(&line.cells[at], CELL_FONT));
        // The mark of the sorted column stands in the gap before it.
        let head = width(&in_two_lines(COLUMNS[at].label.get(context.lang)), HEAD_FONT);
        cells.fold(head.max(least.columns[at]), f32::max).ceil()
    };
    let columns = std::array::from_fn(column_width);
    let figures: f32 = shown.iter().map(|column| COLUMN_GAP_MIN + columns[*column]).sum();
    let names_room = (ui.available_width() * NAMES_SHARE).max(NAMES_MIN).max(ui.available_width() - figures);
    Widths { names: names.fold(head.max(least.names), f32::max).ceil().min(names_room), columns }
}

/// Unless `all` are asked for, columns without room are left out.
fn layout_table(ui: &mut Ui, table: &Table, shown: &[usize], all: bool, widths: &Widths) -> Grid {
    let names_width = widths.names;
    let widths: Vec<f32> = shown.iter().map(|column| widths.columns[*column]).collect();
    let room = ui.available_width() - names_width;
    let fitting = if all { widths.len() } else { columns_fitting(room, &widths) };
    let widths = &widths[..fitting];
    let gap = column_gap(room, widths);
    let mut left = names_width;
    let mut columns = Vec::with_capacity(fitting);
    for (&column, &width) in shown.iter().zip(widths) {
        columns.push(Place { column, left: left + gap, width });
        left += gap + width;
    }
    let rows = u16::try_from(table.lines.len()).unwrap_or(u16::MAX - 1);
    let (area, _) = ui.allocate_exact_size(vec2(left, HEAD_HEIGHT + ROW_HEIGHT * f32::from(rows)), Sense::hover());
    Grid { area, names_width, columns }
}

/// The first so many have room, one at least.
fn columns_fitting(room: f32, widths: &[f32]) -> usize {
    let ends = widths.iter().scan(0.0, |end, width| {
        *end += COLUMN_GAP_MIN + width;
        Some(*end)
    });
    ends.take_while(|end| *end <= room).count().max(1).min(widths.len())
}

/// The columns move together where all of them come into sight by that.
fn column_gap(room: f32, widths: &[f32]) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a few columns")]
    let gap = (room - widths.iter().sum::<f32>()) / widths.len().max(1) as f32;
    if gap < COLUMN_GAP_MIN { COLUMN_GAP } else { gap.min(COLUMN_GAP) }
}

fn width_of(ui: &Ui, text: &str, font: FontId) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), font, Color32::WHITE).size().x
}

fn heading_ui(ui: &mut Ui, rect: Rect, align: Align, label: Text, explanation: Text, context: PaintContext) -> bool {
    let name = label.get(context.lang);
    let mut job = LayoutJob::simple(in_two_lines(name), HEAD_FONT, color(context.palette.dim), f32::INFINITY);
    // Each line ends where the figures end: a button would begin them together.
    job.halign = align;
    let galley = ui.painter().layout_job(job);
    let line_height = galley.size().y / galley.rows.len().max(1) as f32;
    let bottom = last_line(rect).center().y + line_height / 2.0;
    let place = pos2(if align == Align::Max { rect.right() } else { rect.left() }, bottom - galley.size().y);
    let seen = galley.rect.translate(place.to_vec2());
    let response = ui.interact(seen.expand(2.0), ui.unique_id().with(("heading", label.en)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let ink = if response.hovered() { context.palette.text } else { context.palette.dim };
    ui.painter().galley_with_override_text_color(place, galley, color(ink));
    response.on_hover_text(explanation.get(context.lang)).clicked()
}

/// A heading in as little width as it takes: columns are many.
fn in_two_lines(name: &str) -> String {
    match name.split_once(", ").or_else(|| name.split_once(' ')) {
        Some((first, second)) => format!("{first}\n{second}"),
        None => name.to_owned(),
    }
}

/// The text, without some of its middle where there is no room for all: names differ at their ends, and most of all in
/// the numbers behind their last dot.
fn without_middle(ui: &Ui, text: &str, room: f32) -> String {
    if width_of(ui, text, NAME_FONT) <= room {
        return text.to_owned();
    }
    if let Some((name, numbers)) = text.rsplit_once(" · ") {
        let left = room - width_of(ui, &format!(" · {numbers}"), NAME_FONT);
        // By its numbers it is told apart from its like: a few letters of the rest suffice.
        if left > room / 6.0 {
            return format!("{} · {numbers}", squeezed(ui, name, left));
        }
    }
    squeezed(ui, text, room)
}

fn squeezed(ui: &Ui, text: &str, room: f32) -> String {
    let letters: Vec<char> = text.chars().collect();
    let cut = |kept: usize| {
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        let (first, last) = (&letters[..head], &letters[letters.len() - tail..]);
        format!("{}…{}", first.iter().collect::<String>().trim_end(), last.iter().collect::<String>().trim_start())
    };
    if width_of(ui, text, NAME_FONT) <= room {
        return text.to_owned();
    }
    let (mut fits, mut tall) = (1, letters.len());
    while fits + 1 < tall {
        let middle = usize::midpoint(fits, tall);
        if width_of(ui, &cut(middle), NAME_FONT) <= room { fits = middle } else { tall = middle }
    }
    cut(fits)
}

fn name_ui(ui: &mut Ui, rect: Rect, entry: usize, name: &Name, context: PaintContext) {
    let swatch = Rect::from_center_size(pos2(rect.left() + SWATCH / 2.0, rect.center().y), Vec2::splat(SWATCH));
    ui.painter().rect_filled(swatch, 2.0, series_color(entry, context));
    let mut rest = rect.with_min_x(rect.left() + 2.0 * SWATCH);
    for (mark, ink) in &name.marks {
        rest.max.x = mark_ui(ui, rest, mark, *ink).left() - MARK_GAP;
    }
    let shown = without_middle(ui, &name.text, rest.width());
    let is_full = name.full == shown;
    let text = RichText::new(shown).font(NAME_FONT).color(color(context.palette.text));
    let label = Label::new(text).truncate();
    let response = in_cell(ui, rest, Align::Min, |ui| ui.add(label));
    if !is_full {
        response.on_hover_text(&name.full);
    }
}

/// At the right end of a name's cell. Returns its place.
fn mark_ui(ui: &mut Ui, rect: Rect, mark: &str, ink: Rgb) -> Rect {
    let mark = RichText::new(mark).font(HEAD_FONT).color(color(ink));
    in_cell(ui, rect, Align::Max, |ui| ui.add(Label::new(mark).extend())).rect
}

/// A small triangle: down where the best stands first.
fn paint_sort_mark(ui: &Ui, left_middle: Pos2, sort: Sort, context: PaintContext) {
    let tip = if sort.best_first { 3.0 } else { -3.0 };
    let points = vec![
        left_middle + vec2(0.0, -tip),
        left_middle + vec2(SORT_MARK, -tip),
        left_middle + vec2(SORT_MARK / 2.0, tip),
    ];
    ui.painter().add(Shape::convex_polygon(points, color(context.palette.accent), Stroke::NONE));
}

fn in_cell<R>(ui: &mut Ui, rect: Rect, align: Align, add: impl FnOnce(&mut Ui) -> R) -> R {
    let layout = match align {
        Align::Max => Layout::right_to_left(Align::Center),
        Align::Min | Align::Center => Layout::left_to_right(Align::Center),
    };
    ui.scope_builder(UiBuilder::new().max_rect(rect).layout(layout), add).inner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_move_together_where_all_of_them_fit_by_that() {
        let gap = |room: f32| column_gap(room, &[50.0; 10]);
        assert!((gap(2_000.0) - COLUMN_GAP).abs() < 1e-3);
        assert!((gap(600.0) - 10.0).abs() < 1e-3);
        assert!((gap(560.0) - COLUMN_GAP).abs() < 1e-3, "it is scrolled all the same");
    }

    #[test]
    fn columns_without_room_are_left_out_whole() {
        let widths = [50.0; 10];
        let fitting = |room: f32| columns_fitting(room, &widths);
        assert_eq!([fitting(580.0), fitting(579.0), fitting(60.0), fitting(10.0)], [10, 9, 1, 1]);
        assert_eq!(columns_fitting(100.0, &[]), 0);
        assert!(column_gap(579.0, &widths[..9]) >= COLUMN_GAP_MIN);
    }
}
