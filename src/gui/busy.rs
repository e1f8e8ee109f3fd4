//! Busy cores over time: a staircase for each shown run, from its running spans; upon it, in their own tones as on the
//! strips of cores, what the model costs and what others took; and dashed what the rest of the machine did meanwhile. The
//! timeline above owns the x-range and the cursor; this chart only follows.

use std::sync::Arc;

use eframe::egui::{Context, FontId, Label, RichText, Sense, Stroke, Ui, vec2};
use egui_plot::{AxisHints, FilledArea, GridInput, GridMark, Line, LineStyle, Plot, PlotPoints, VLine};

use super::background::{Background, COMPUTING};
use super::metrics::{series_color, series_ink};
use super::names::{entry_title, marked_names};
use super::paint::PaintContext;
use super::theme::color;
use super::words;
use crate::analysis::kept_busy::{Layers, layers};
use crate::analysis::utilization::{Stretch, averaged_within, busy_stretches, joined, within};
use crate::chart::axis::{Axis, Tick};
use crate::chart::palette::Tone;
use crate::engine::session::{Entry, EntryId};
use crate::lang::{Lang, Text};
use crate::scenario::Engine;
use crate::time::Nanos;
use crate::trace::{LoadSample, Run};

const EMPTY: Text = Text::new(
    "Once something has run, you see here how many cores were busy, and when.",
    "Depois de uma execução, aqui se vê quantos núcleos estavam ocupados, e quando.",
);
const OTHERS: Text = Text::new("dashed: other programs", "tracejado: outros programas");
const OTHERS_EXPLANATION: Text = Text::new(
    "What everything else on this computer kept busy during the run, in cores. It is measured for the whole machine and right to some percent only.",
    "O que o resto deste computador ocupou durante a execução, em núcleos. É medido na máquina toda e só é exato a alguns por cento.",
);

/// What lies upon the line of a run.
const BANDS: [(Tone, Text); 2] = [
    (Tone::Overhead, Text::new("+ overheads", "+ custos")),
    (Tone::Others, Text::new("+ taken by others", "+ tomado por outros")),
];

/// Where the scale ends below the number of cores: there are more than the picture shows.
const OF_CORES: Text = Text::new("of {} cores", "de {} núcleos");

/// More names than this would take the plot's room, as would anything in so little height.
const NAMED_MAX: usize = 4;
const NAMED_HEIGHT_MIN: f32 = 90.0;
const AS_IN_THE_TABLE: Text = Text::new("colors as in the table", "cores como na tabela");

/// Where steps cannot be told from each other: means over so many columns.
const AVERAGED: usize = 10;
const MEANS: Text = Text::new("means over {}", "médias de {}");

const LEGEND_ROW: f32 = 15.0;
const LABEL_FONT: FontId = FontId::monospace(10.5);
/// What the legend and the axis below leave of the room's height, at least.
const PLOT_HEIGHT_MIN: f32 = 40.0;
const AXIS_HEIGHT: f32 = 20.0;
/// Of the plot, below the line of zero: half a label, whose other half would lie over the labels of the times.
const BELOW_ZERO: f64 = 7.0;

/// Staircases by entry: making one sorts all running spans, averaging it passes over all of its steps.
#[derive(Default)]
pub struct BusyView {
    /// The run whose cores taken by others are shown, where there are several: of all of them they would be a fog.
    pub selected: Option<EntryId>,
    /// As of a revision.
    cache: Background<u64, Kept>,
    /// Stands for what is not there yet.
    nothing: Kept,
}

/// A run's staircases, and what was drawn of them last.
#[derive(Default)]
struct Kept {
    layers: Layers,
    drawn: Option<(Stretch, usize, Drawn)>,
}

/// In the picture's columns.
#[derive(Clone, Default)]
struct Drawn {
    line: Vec<[f64; 2]>,
    bands: Vec<Band>,
}

/// What lies between two staircases, in its tone.
#[derive(Clone)]
struct Band {
    tone: Tone,
    times: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
}

/// The chart of `entries` over the range of the timeline's `axis`. Paints the shared `cursor` and returns the
/// instant under the pointer when it is over this chart.
pub fn busy_ui(
    ui: &mut Ui,
    entries: &[&Entry],
    axis: Axis,
    cursor: Option<Nanos>,
    view: &mut BusyView,
    context: PaintContext,
) -> Option<Nanos> {
    if entries.is_empty() {
        ui.label(RichText::new(EMPTY.get(context.lang)).color(color(context.palette.dim)));
        return None;
    }
    let range = axis.from..=axis.to;
    view.update(entries, ui.ctx());
    let visible = Stretch { start: nanos(range.start().floor()), end: nanos(range.end().ceil()) };
    let picture = picture(entries, visible, pixels(ui), view, context);
    let scale = Scale::of(entries, &picture);
    legend_ui(ui, entries, &picture, scale, context);
    let Picture { lines, bands, .. } = picture;
    if view.is_computing(entries) {
        ui.label(RichText::new(COMPUTING.get(context.lang)).color(color(context.palette.dim)));
    }
    let marks = axis_marks(&Axis { width: ui.available_width().max(1.0), ..axis }, context.lang);
    let labels = marks.clone();
    let hints =
        |axis: AxisHints<'static>| axis.tick_label_font(LABEL_FONT).tick_label_color(color(context.palette.dim));
    let times = hints(AxisHints::new_x().label_spacing(8.0..=9.0)).formatter(move |mark, _| {
        labels
            .iter()
            .find(|(own, _)| own.value.total_cmp(&mark.value).is_eq())
            .map_or_else(String::new, |own| own.1.clone())
    });
    // How far apart labels stand is `core_marks`' to say.
    let core_numbers =
        hints(AxisHints::new_y().label_spacing(1.0..=2.0)).formatter(|mark, _| format!("{:.0}", mark.value));
    let height = f64::from((ui.available_height() - AXIS_HEIGHT).max(PLOT_HEIGHT_MIN));
    let seen = range.clone();
    let response = Plot::new("busy-cores")
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .sense(Sense::hover())
        .show_background(false)
        .min_size(vec2(0.0, PLOT_HEIGHT_MIN))
        .show_crosshair(false)
        .grid_color(color(context.palette.line))
        .grid_spacing(1.0..=2.0)
        .custom_x_axes(vec![times])
        .custom_y_axes(vec![core_numbers.min_thickness(24.0)])
        .x_grid_spacer(move |_| marks.iter().map(|(mark, _)| *mark).collect())
        .y_grid_spacer(move |input: GridInput| core_marks(input.bounds.1, height))
        .label_formatter(|_| None)
        .show(ui, move |plot| {
            plot.set_plot_bounds_x(range);
            let highest = scale.top * 1.05;
            plot.set_plot_bounds_y(-highest * BELOW_ZERO / (height - BELOW_ZERO)..=highest);
            for band in bands {
                plot.add(band.into_plot(context));
            }
            for line in lines {
                plot.line(line.into_plot());
            }
            if let Some(cursor) = cursor {
                let stroke = Stroke::new(1.0, color(context.palette.text));
                plot.vline(VLine::new("", cursor.secs() * 1e9).stroke(stroke).allow_hover(false));
            }
        });
    let pointer = response.response.hover_pos()?;
    let pointed = response.transform.value_from_position(pointer).x;
    seen.contains(&pointed).then(|| nanos(pointed))
}

/// How far up the chart goes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    top: f64,
    /// All cores, where `top` is fewer.
    of_cores: Option<u32>,
}

impl Scale {
    fn of(entries: &[&Entry], Picture { lines, bands, .. }: &Picture) -> Self {
        let cores = entries.iter().map(|entry| entry.run.cores).max().unwrap_or(1);
        let levels = lines.iter().flat_map(|line| &line.points).map(|point| point[1]);
        Scale::new(cores, levels.chain(bands.iter().flat_map(|band| band.high.iter().copied())).fold(0.0, f64::max))
    }

    /// All cores, so that idle ones are seen; where hardly any is ever busy, only some: the line would lie on the axis.
    fn new(cores: u32, peak: f64) -> Self {
        const HARDLY: f64 = 0.25;
        let all = f64::from(cores);
        if peak <= all * HARDLY {
            Scale { top: (peak * 1.2).ceil().max(2.0).min(all), of_cores: (cores > 2).then_some(cores) }
        } else {
            Scale { top: peak.max(all), of_cores: None }
        }
    }
}

/// One line of the chart.
struct ChartLine {
    name: String,
    points: Vec<[f64; 2]>,
    stroke: Stroke,
    dashed: bool,
}

impl ChartLine {
    fn into_plot(self) -> Line<'static> {
        let style = if self.dashed { LineStyle::dashed_dense() } else { LineStyle::Solid };
        Line::new(self.name, PlotPoints::from(self.points))
            .stroke(self.stroke)
            .style(style)
            .allow_band(false)
            .allow_hover(false)
    }
}

impl Band {
    /// As strong as one may be that others lie upon.
    const STRENGTH: f32 = 0.4;

    fn into_plot(self, context: PaintContext) -> FilledArea {
        let ink = color(context.palette.tone(self.tone)).gamma_multiply(Band::STRENGTH);
        FilledArea::new("", &self.times, &self.low, &self.high).fill_color(ink).stroke(Stroke::NONE).allow_hover(false)
    }
}

/// What is drawn of all runs.
struct Picture {
    lines: Vec<ChartLine>,
    bands: Vec<Band>,
    /// Over how much time each level is a mean, where that is to be seen.
    means_over: Option<Nanos>,
}

fn picture(entries: &[&Entry], visible: Stretch, pixels: usize, view: &mut BusyView, context: PaintContext) -> Picture {
    // All lines are averages over as much time: a spike beside an average of spikes would seem to be more.
    let calm = entries.iter().all(|entry| is_calm(view.kept(entry).top(), visible, pixels));
    let buckets_max = if calm { pixels } else { pixels / AVERAGED };
    let (mut lines, mut bands) = (Vec::with_capacity(2 * entries.len()), Vec::new());
    for (at, entry) in entries.iter().enumerate() {
        let tint = series_color(at, context);
        let others = others_busy(&entry.run, visible);
        if !others.is_empty() {
            let stroke = Stroke::new(1.0, tint.gamma_multiply(0.7));
            lines.push(ChartLine { name: String::new(), points: stairs(&others), stroke, dashed: true });
        }
        let drawn = view.kept(entry).drawn(visible, buckets_max);
        let is_meant = entries.len() == 1 || view.selected == Some(entry.id);
        bands.extend(drawn.bands.into_iter().filter(|band| is_meant || band.tone != Tone::Others));
        lines.push(ChartLine {
            name: entry_title(entry, context.lang),
            points: drawn.line,
            stroke: Stroke::new(1.5, tint),
            dashed: false,
        });
    }
    let means_over = i64::try_from(buckets_max).ok().filter(|_| !calm).map(|buckets| visible.length() / buckets.max(1));
    Picture { lines, bands, means_over }
}

/// Whether the steps of the visible part can be told from their neighbors: in so many columns of the picture, a few have
/// any. However many are in one of them, its mean is what is seen.
fn is_calm(steps: &[(Nanos, f64)], visible: Stretch, columns: usize) -> bool {
    /// Columns for each that has steps.
    const APART: usize = 4;
    let column = (visible.length() / i64::try_from(columns).unwrap_or(1).max(1)).max(Nanos(1));
    let mut from = visible.start;
    for _ in 0..=columns / APART {
        let next = steps.partition_point(|(time, _)| *time < from);
        let Some((time, _)) = steps.get(next).filter(|(time, _)| *time < visible.end) else { return true };
        // The column that it is in, and no step of the same column again.
        let number = (*time - visible.start).0 / column.0;
        from = visible.start + Nanos(column.0.saturating_mul(number + 1));
    }
    false
}

/// The buckets that a run gets of those of the whole picture, so that every run is averaged over as much time.
fn share_of(buckets_max: usize, steps: &[(Nanos, f64)], visible: Stretch) -> usize {
    let (Some((from, _)), Some((to, _))) = (steps.first(), steps.last()) else { return 2 };
    let own = visible.end.min(*to) - visible.start.max(*from);
    let share = own.ratio(visible.length()).unwrap_or(0.0).clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most buckets_max")]
    let buckets = (buckets_max as f64 * share).ceil() as usize;
    buckets.max(2)
}

impl BusyView {
    fn kept(&mut self, entry: &Entry) -> &mut Kept {
        let nothing = &mut self.nothing;
        self.cache.get_mut(entry.id).map_or(nothing, |(_, kept)| kept)
    }

    fn update(&mut self, entries: &[&Entry], ctx: &Context) {
        self.cache.keep_only(entries);
        for entry in entries {
            let run = Arc::clone(&entry.run);
            self.cache.update(entry, entry.revision, ctx, move |_| {
                let layers = layers(&run, busy_stretches(&run));
                Some(Kept { layers, drawn: None })
            });
        }
    }

    /// Some line is not there yet.
    fn is_computing(&self, entries: &[&Entry]) -> bool {
        entries.iter().any(|entry| self.cache.get(entry.id).is_none())
    }
}

impl Kept {
    /// The highest staircase.
    fn top(&self) -> &[(Nanos, f64)] {
        let Layers { running, with_overhead, with_others } = &self.layers;
        with_others.as_ref().or(with_overhead.as_ref()).unwrap_or(running)
    }

    /// The means of each of the picture's columns.
    fn drawn(&mut self, visible: Stretch, buckets_max: usize) -> Drawn {
        if let Some((own, buckets, drawn)) = &self.drawn
            && (*own, *buckets) == (visible, buckets_max)
        {
            return drawn.clone();
        }
        let Layers { running, with_overhead, with_others } = &self.layers;
        let buckets = share_of(buckets_max, running, visible);
        let average = |steps: &[(Nanos, f64)]| averaged_within(steps, visible, buckets);
        let line = average(running);
        let layers = [(Tone::Overhead, with_overhead), (Tone::Others, with_others)];
        let mut bands = Vec::new();
        let mut below = line.clone();
        for (tone, layer) in layers.into_iter().filter_map(|(tone, layer)| Some((tone, layer.as_ref()?))) {
            let above = average(layer);
            bands.extend(Band::between(tone, &below, &above));
            below = above;
        }
        let drawn = Drawn { line: stairs(&joined(line)), bands };
        self.drawn = Some((visible, buckets_max, drawn.clone()));
        drawn
    }
}

impl Band {
    /// `None` where nothing lies between them; both have their points at the same instants.
    fn between(tone: Tone, low: &[(Nanos, f64)], high: &[(Nanos, f64)]) -> Option<Band> {
        const SEEN: f64 = 1e-3;
        let differ = low.iter().zip(high).any(|((_, low), (_, high))| high - low > SEEN);
        let levels = |steps: &[(Nanos, f64)]| stairs(steps).iter().map(|point| point[1]).collect();
        let times = stairs(high).iter().map(|point| point[0]).collect();
        differ.then(|| Band { tone, times, low: levels(low), high: levels(high) })
    }
}

/// The machine's other load as a staircase; a sample holds for the stretch that ends at its time.
fn others_busy(run: &Run, visible: Stretch) -> Vec<(Nanos, f64)> {
    let Some(last) = run.load.last() else { return vec![] };
    let starts = std::iter::once(Nanos::ZERO).chain(run.load.iter().map(|sample| sample.time));
    let steps: Vec<(Nanos, f64)> =
        starts.zip(&run.load).map(|(start, LoadSample { others_busy, .. })| (start, *others_busy)).collect();
    let close = (last.time, last.others_busy);
    within(&steps.into_iter().chain([close]).collect::<Vec<_>>(), visible, usize::MAX)
}

/// The corners of a staircase.
fn stairs(steps: &[(Nanos, f64)]) -> Vec<[f64; 2]> {
    let point = |time: Nanos, level: f64| [time.secs() * 1e9, level];
    let mut corners: Vec<[f64; 2]> = steps.first().map(|(time, level)| point(*time, *level)).into_iter().collect();
    for pair in steps.windows(2) {
        corners.push(point(pair[1].0, pair[0].1));
        corners.push(point(pair[1].0, pair[1].1));
    }
    corners
}

/// Names in their lines' colors.
fn legend_ui(
    ui: &mut Ui,
    entries: &[&Entry],
    Picture { lines, bands, means_over }: &Picture,
    scale: Scale,
    context: PaintContext,
) {
    let dim = |text: String| RichText::new(text).size(11.0).color(color(context.palette.dim));
    // Rows as dense as text: each row less is a row more for the plot.
    let all_simulated = entries.iter().all(|entry| entry.run.engine == Engine::Simulated);
    // In so little height the plot needs it all, but for what a run is: the table beside it has the same colors.
    let is_low = ui.available_height() < NAMED_HEIGHT_MIN;
    if is_low && !all_simulated {
        return;
    }
    let usual = std::mem::replace(&mut ui.spacing_mut().interact_size.y, LEGEND_ROW);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        if is_low || entries.len() > NAMED_MAX {
            ui.label(dim(AS_IN_THE_TABLE.get(context.lang).to_owned()));
        }
        let named = if is_low || entries.len() > NAMED_MAX { &[] } else { entries };
        for (at, text) in marked_names(named, context.lang).into_iter().enumerate() {
            ui.add(Label::new(RichText::new(text).size(11.0).color(series_ink(at, context))).extend());
        }
        if all_simulated {
            let mark = RichText::new(words::SIMULATED.get(context.lang)).size(11.0);
            ui.label(mark.color(color(context.palette.accent)));
        }
        if is_low {
            return;
        }
        for (tone, words) in BANDS.into_iter().filter(|(tone, _)| bands.iter().any(|band| band.tone == *tone)) {
            let ink = color(context.palette.ink(context.palette.tone(tone)));
            ui.add(Label::new(RichText::new(words.get(context.lang)).size(11.0).color(ink)).extend());
        }
        if lines.iter().any(|line| line.dashed) {
            let label = Label::new(dim(OTHERS.get(context.lang).to_owned())).extend();
            ui.add(label).on_hover_text(OTHERS_EXPLANATION.get(context.lang));
        }
        if let Some(time) = means_over {
            ui.label(dim(MEANS.fill(context.lang, &[time])));
        }
        if let Some(cores) = scale.of_cores {
            ui.label(dim(OF_CORES.fill(context.lang, &[&cores])));
        }
    });
    ui.spacing_mut().interact_size.y = usual;
}

/// Whole cores, their labels apart on a plot of that height in points.
fn core_marks(top: f64, height: f64) -> Vec<GridMark> {
    const LABEL_STEP: f64 = 15.0;
    const ROUND: [f64; 12] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0, 2_048.0];
    let is_apart = |step: &f64| step / top * height >= LABEL_STEP;
    let step_size = ROUND.into_iter().find(is_apart).unwrap_or(4_096.0);
    let marks = (0..=u16::MAX).map(|mark| f64::from(mark) * step_size);
    marks.take_while(|value| *value <= top).map(|value| GridMark { value, step_size }).collect()
}

/// Where the timeline's axis has its labels, and what they say.
fn axis_marks(axis: &Axis, lang: Lang) -> Vec<(GridMark, String)> {
    let ticks = axis.ticks();
    let value = |tick: &Tick| axis.from + f64::from(tick.x) * axis.nanos_per_pixel();
    let step_size = match &ticks[..] {
        [first, second, ..] => value(second) - value(first),
        _ => axis.to - axis.from,
    };
    ticks.iter().map(|tick| (GridMark { value: value(tick), step_size }, tick.label(lang))).collect()
}

fn nanos(value: f64) -> Nanos {
    Nanos::from_secs_f64(value / 1e9)
}

/// The columns of the plot, of which the numbers of cores take some.
fn pixels(ui: &Ui) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a width in pixels, clamped")]
    let pixels = (ui.available_width() - 24.0).clamp(32.0, 4_096.0) as usize;
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staircase_has_corners() {
        let steps = [(Nanos(0), 1.0), (Nanos(5), 2.0), (Nanos(9), 0.0)];
        assert_eq!(stairs(&steps), [[0.0, 1.0], [5.0, 1.0], [5.0, 2.0], [9.0, 2.0], [9.0, 0.0]]);
        assert_eq!(stairs(&[]), Vec::<[f64; 2]>::new());
    }

    #[test]
    fn runs_share_the_points_by_their_length() {
        let steps = |end: i64| vec![(Nanos(0), 1.0), (Nanos(end), 0.0)];
        let visible = Stretch { start: Nanos(0), end: Nanos(1_000) };
        assert_eq!(share_of(100, &steps(1_000), visible), 100);
        assert_eq!(share_of(100, &steps(250), visible), 25);
        assert_eq!(share_of(100, &steps(1), visible), 2);
        assert_eq!(share_of(100, &[], visible), 2);
    }

    #[test]
    fn what_is_crowded_is_so_in_the_picture() {
        let visible = Stretch { start: Nanos(0), end: Nanos(1_000_000) };
        let every = |gap: i64, count: i64| (0..count).map(|step| (Nanos(step * gap), 1.0)).collect::<Vec<_>>();
        let calm = |steps: &[(Nanos, f64)]| is_calm(steps, visible, 100);
        assert!(calm(&[]));
        assert!(calm(&every(1, 5_000)), "all of them in one column");
        assert!(calm(&every(50_000, 20)) && !calm(&every(20_000, 50)));
        let after: Vec<_> = every(20_000, 50).into_iter().map(|(time, level)| (time + visible.end, level)).collect();
        assert!(calm(&after), "out of sight");
    }

    #[test]
    fn marks_stand_where_the_timeline_has_its_own() {
        let marks = axis_marks(&Axis::between(0.0, 600e6, 500.0), Lang::En);
        let labels: Vec<&str> = marks.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["0 ms", "100", "200", "300", "400", "500", "600"]);
        assert!(
            (marks[2].0.value - 200e6).abs() < 1e3 && (marks[2].0.step_size - 100e6).abs() < 1e3,
            "{:?}",
            marks[2].0
        );
        let steps = axis_marks(
            &Axis::between(0.0, 3e6, 500.0).counting(crate::chart::axis::Scale::Steps { count: 3 }),
            Lang::PtBr,
        );
        let labels: Vec<&str> = steps.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["0 passos", "1", "2", "3"]);
    }

    #[test]
    fn core_marks_are_whole_and_apart_whatever_the_height() {
        let values = |top: f64, height: f64| core_marks(top, height).iter().map(|mark| mark.value).collect::<Vec<_>>();
        assert_eq!(values(2.1, 80.0), [0.0, 1.0, 2.0]);
        assert_eq!(values(16.8, 80.0), [0.0, 4.0, 8.0, 12.0, 16.0]);
        for cores in [1.05, 64.0, 1_075.0] {
            for height in [40.0, 75.0, 300.0] {
                let marks = values(cores, height);
                assert!(marks.len() >= 2 && (marks[1] / cores * height) >= 15.0, "{cores} in {height}: {marks:?}");
            }
        }
    }

    #[test]
    fn the_scale_shows_idle_cores_unless_hardly_any_is_ever_busy() {
        assert_eq!(Scale::new(2, 0.4), Scale { top: 2.0, of_cores: None });
        assert_eq!(Scale::new(8, 2.0), Scale { top: 3.0, of_cores: Some(8) });
        assert_eq!(Scale::new(8, 3.0), Scale { top: 8.0, of_cores: None });
        assert_eq!(Scale::new(1_024, 4.0), Scale { top: 5.0, of_cores: Some(1_024) });
        assert_eq!(Scale::new(2, 3.5), Scale { top: 3.5, of_cores: None }, "with other programs");
        assert_eq!(Scale::new(1, 0.1), Scale { top: 1.0, of_cores: None });
    }
}
