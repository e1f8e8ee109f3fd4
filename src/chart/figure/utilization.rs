//! The utilization chart: for each run its busy cores over time, and beside it the share of each core.

use super::Look;
use super::heading::{self, Entry, Swatch};
use super::measure;
use super::page::{Frame, LABEL_GAP, Page, SMALL};
use super::shape::{Anchor, Face, Figure, Rect, Shape};
use crate::analysis::figures::Value;
use crate::analysis::kept_busy::{Layers, layers};
use crate::analysis::metrics;
use crate::analysis::report_run::ReportRun;
use crate::analysis::utilization::{self, CoreUse, busy_stretches, per_core};
use crate::chart::lanes::core_label;
use crate::chart::palette::Tone;
use crate::lang::{Lang, Text};
use crate::trace::Run;

const DESCRIPTION: Text = Text::new(
    "Busy cores over time, and the share of the makespan that each core was busy.",
    "Núcleos ocupados ao longo do tempo, e a parte do makespan em que cada núcleo esteve ocupado.",
);
const BUSY_CORES: Text = Text::new("busy cores of the run", "núcleos ocupados pela execução");
const OVERHEAD: Text = Text::new("overheads of the model", "custos do modelo");
const WITH_OTHERS: Text = Text::new("cores taken by others", "núcleos tomados por outros");
const OTHERS: Text = Text::new("other load of the computer", "outra carga do computador");
const UNKNOWN_CORE: Text = Text::new("unknown core", "núcleo desconhecido");
const MEAN: Text = Text::new("mean of {} cores", "média de {} núcleos");
const LEAST: Text = Text::new("least busy", "menos ocupado");
const MOST: Text = Text::new("most busy", "mais ocupado");

const PLOT_HEIGHT: f32 = 96.0;
/// The cores' own bars on the right, with a label before and a percentage behind each.
const SIDE_BAR: f32 = 70.0;
const SIDE_NUMBER: f32 = 44.0;
/// Between the plot and the side's labels.
const SIDE_GAP: f32 = 20.0;
const SIDE_ROW: f32 = 16.0;
/// With more cores than this the side shows a summary of them.
const SIDE_ROWS_MAX: usize = 16;

pub(super) fn figure(runs: &[ReportRun], look: &Look) -> Figure {
    let mut page = Page::new(look);
    // Of many spans they take a while: once for legend, plots and sides.
    let derive = |ReportRun { run, .. }: &ReportRun| {
        let busy = busy_stretches(run);
        let side = side_rows(&per_core(run, &busy), look.lang);
        (layers(run, busy), side)
    };
    let (layers, sides): (Vec<Layers>, Vec<Vec<SideRow>>) = runs.iter().map(derive).unzip();
    heading::heading(&mut page, runs);
    heading::legend(&mut page, &legend(runs, &layers), |page, swatch, rect| {
        let middle = rect.y + rect.height / 2.0;
        match swatch {
            Swatch::Mark(tone) => {
                let color = page.palette.tone(tone);
                page.rect(rect, page.tint(color, 0.3), 0.0);
                page.line(vec![(rect.x, rect.y), (rect.x + rect.width, rect.y)], color, 1.5);
            }
            Swatch::FaintLine | Swatch::Ghost | Swatch::Loss => {
                page.line(vec![(rect.x, middle), (rect.x + rect.width, middle)], page.palette.faint, 1.5);
            }
        }
    });
    let words = sides.iter().flatten().map(|(words, _)| measure::width(words, Face::Text, SMALL)).fold(0.0, f32::max);
    let frame = Frame::new(runs, look, 16.0, SIDE_GAP + words + LABEL_GAP + SIDE_BAR + SIDE_NUMBER);
    for ((report, layers), side) in runs.iter().zip(&layers).zip(&sides) {
        let metrics = metrics::metrics(&report.run);
        heading::run_header(&mut page, report, &metrics, runs);
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let height = PLOT_HEIGHT.max(side.len() as f32 * SIDE_ROW);
        page.y += 8.0;
        let top = page.y;
        let plot = Rect { x: frame.left, y: top, width: frame.axis.width, height };
        draw_plot(&mut page, &frame, &report.run, layers, plot);
        draw_side(&mut page, side, top);
        page.y = top + height;
    }
    page.axis_labels(&frame);
    heading::notes(&mut page, runs);
    page.finish(heading::title(runs, look.lang), DESCRIPTION.get(look.lang).to_owned())
}

fn legend(runs: &[ReportRun], layers: &[Layers]) -> Vec<Entry> {
    let mut entries = vec![Entry { swatch: Swatch::Mark(Tone::CoreBusy), words: BUSY_CORES }];
    if layers.iter().any(|own| own.with_overhead.is_some()) {
        entries.push(Entry { swatch: Swatch::Mark(Tone::Overhead), words: OVERHEAD });
    }
    if layers.iter().any(|own| own.with_others.is_some()) {
        entries.push(Entry { swatch: Swatch::Mark(Tone::Others), words: WITH_OTHERS });
    }
    if runs.iter().any(|report| !report.run.load.is_empty()) {
        entries.push(Entry { swatch: Swatch::FaintLine, words: OTHERS });
    }
    entries
}

/// Busy cores as filled staircases, what the model costs and what others took upon what ran; the computer's other load
/// as a line; on a scale from 0 to all cores.
fn draw_plot(page: &mut Page, frame: &Frame, run: &Run, layers: &Layers, plot: Rect) {
    let bottom = plot.y + plot.height;
    let others_max = run.load.iter().map(|sample| sample.others_busy).fold(0.0, f64::max);
    let scale = f64::from(run.cores).max(others_max.ceil()).max(1.0);
    #[expect(clippy::cast_possible_truncation, reason = "pixels")]
    let y = |busy: f64| bottom - (busy / scale) as f32 * plot.height;
    page.grid(frame, plot.y, bottom);
    for busy in level_lines(scale) {
        let at = y(busy);
        page.line(vec![(frame.left, at), (frame.right(), at)], page.palette.line, 1.0);
        page.text((frame.left - LABEL_GAP, at + 4.0), Anchor::End, page.small_number(), &format!("{busy}"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive width")]
    let columns = plot.width as usize;
    let range = page.look.part.or_else(|| utilization::makespan_range(run));
    let Layers { running, with_overhead, with_others } = layers;
    // The highest first: each covers what of it the next one has.
    let above = [(Tone::Others, with_others), (Tone::Overhead, with_overhead)];
    let above = above.into_iter().filter_map(|(tone, layer)| Some((tone, layer.as_ref()?)));
    for (tone, layer) in above.chain([(Tone::CoreBusy, running)]) {
        let steps = range.map_or_else(Vec::new, |range| utilization::within(layer, range, columns));
        let mut stairs: Vec<(f32, f32)> = Vec::with_capacity(steps.len() * 2);
        for (time, busy) in steps {
            let x = frame.x(time);
            if let Some((_, before)) = stairs.last().copied() {
                stairs.push((x, before));
            }
            stairs.push((x, y(busy)));
        }
        let Some(((first, _), (last, _))) = stairs.first().copied().zip(stairs.last().copied()) else { continue };
        let mut points = vec![(first, bottom)];
        points.extend(&stairs);
        points.push((last, bottom));
        let ink = page.palette.tone(tone);
        page.shapes.push(Shape::Area { points, fill: page.tint(ink, if tone == Tone::CoreBusy { 0.3 } else { 0.5 }) });
        if tone == Tone::CoreBusy {
            page.line(stairs, ink, 1.5);
        }
    }
    // A sample is the average of the stretch that ends at it.
    let mut others: Vec<(f32, f32)> = Vec::new();
    for sample in &run.load {
        let x = frame.x_within(sample.time);
        let from = others.last().map_or(frame.left, |(x, _)| *x);
        others.extend([(from, y(sample.others_busy)), (x, y(sample.others_busy))]);
    }
    if !others.is_empty() {
        page.line(others, page.palette.faint, 1.5);
    }
}

/// Whole numbers of cores from 0 to `scale` in equal steps, few enough to be read.
fn level_lines(scale: f64) -> impl Iterator<Item = f64> {
    const STEPS_MAX: u16 = 5;
    let steps = (1..=STEPS_MAX).rev().find(|steps| scale % f64::from(*steps) == 0.0).unwrap_or(1);
    (0..=steps).map(move |at| scale * f64::from(at) / f64::from(steps))
}

/// A row beside the plot: its words and a share.
type SideRow = (String, f64);

fn side_rows(uses: &[CoreUse], lang: Lang) -> Vec<SideRow> {
    let label = |core: crate::trace::Core| match core.get() {
        Some(_) => core_label(core, lang),
        None => UNKNOWN_CORE.get(lang).to_owned(),
    };
    if uses.len() <= SIDE_ROWS_MAX {
        return uses.iter().map(|row| (label(row.core), row.share)).collect();
    }
    let shares = || uses.iter().map(|row| row.share);
    #[expect(clippy::cast_precision_loss, reason = "a count of cores")]
    let mean = shares().sum::<f64>() / uses.len() as f64;
    vec![
        (MEAN.fill(lang, &[&uses.len()]), mean),
        (LEAST.get(lang).to_owned(), shares().fold(f64::INFINITY, f64::min)),
        (MOST.get(lang).to_owned(), shares().fold(0.0, f64::max)),
    ]
}

fn draw_side(page: &mut Page, rows: &[SideRow], top: f32) {
    let right = page.right();
    let bar = Rect { x: right - SIDE_NUMBER - SIDE_BAR, y: top, width: SIDE_BAR, height: 10.0 };
    for ((words, share), at) in rows.iter().zip(0_u16..) {
        let y = top + f32::from(at) * SIDE_ROW;
        page.text((bar.x - LABEL_GAP, y + 9.0), Anchor::End, page.small(), words);
        #[expect(clippy::cast_possible_truncation, reason = "pixels")]
        let width = share.clamp(0.0, 1.0) as f32 * bar.width;
        page.rect(Rect { y, width, ..bar }, page.palette.core_busy, 0.0);
        page.outline(Rect { y, ..bar }, page.palette.faint, 0.0);
        let percent = page.lang().figure(Value::Share(*share));
        page.text((right, y + 9.0), Anchor::End, page.small_number(), &percent);
    }
}
