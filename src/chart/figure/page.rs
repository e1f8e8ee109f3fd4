//! The sheet a figure is drawn on from top to bottom, and what all figures share: margins, the plot's place, the axis.

use super::Look;
use super::measure;
use super::shape::{Anchor, Face, Figure, Label, Rect, Shape};
use crate::analysis::report_run::ReportRun;
use crate::analysis::utilization;
use crate::chart::axis::{Axis, Scale};
use crate::chart::palette::{Palette, Rgb};
use crate::lang::Lang;
use crate::time::Nanos;
use crate::trace::Run;

pub(super) const MARGIN: f32 = 28.0;
/// Small print: lane labels, ticks, legend.
pub(super) const SMALL: f32 = 11.0;
/// Between a label and what it names.
pub(super) const LABEL_GAP: f32 = 8.0;

pub(super) struct Page<'a> {
    pub look: &'a Look,
    pub palette: &'static Palette,
    pub shapes: Vec<Shape>,
    /// Everything above is drawn.
    pub y: f32,
}

/// Where the plots are, from left to right, and the axis that all of them share.
pub(super) struct Frame {
    pub left: f32,
    pub axis: Axis,
}

impl Frame {
    /// Room for labels of that width on the left and `right` pixels for figures on the right.
    pub fn new(runs: &[ReportRun], look: &Look, labels: f32, right: f32) -> Self {
        let left = MARGIN + labels + LABEL_GAP;
        let width = look.width - left - right - MARGIN;
        let end = |report: &ReportRun| {
            let predicted = report.predicted.as_ref().map(|predicted| end_of(&predicted.run));
            end_of(&report.run).max(predicted.unwrap_or_default())
        };
        let whole = || runs.iter().map(end).max().unwrap_or_default();
        let axis = match look.part {
            Some(part) => Axis::between(part.start.secs() * 1e9, part.end.secs() * 1e9, width),
            None => Axis::fit(whole(), width),
        };
        Frame { left, axis: axis.counting(Scale::of(runs.iter().map(|report| &*report.run))) }
    }

    pub fn right(&self) -> f32 {
        self.left + self.axis.width
    }

    pub fn x(&self, time: Nanos) -> f32 {
        self.left + self.axis.x(time)
    }

    /// The same, at the plot's edge where it lies beyond.
    pub fn x_within(&self, time: Nanos) -> f32 {
        self.x(time).clamp(self.left, self.right())
    }

    pub fn contains(&self, time: Nanos) -> bool {
        (0.0..=self.axis.width).contains(&self.axis.x(time))
    }
}

/// Where a run's picture ends.
pub(super) fn end_of(run: &Run) -> Nanos {
    utilization::makespan_range(run).map_or(run.trace.horizon(), |range| range.end)
}

impl<'a> Page<'a> {
    pub fn new(look: &'a Look) -> Self {
        Page { look, palette: Palette::of(look.theme), shapes: Vec::new(), y: MARGIN }
    }

    pub fn lang(&self) -> Lang {
        self.look.lang
    }

    /// The sheet's own color: white for paper.
    pub fn ground(&self) -> Rgb {
        self.palette.panel
    }

    pub fn right(&self) -> f32 {
        self.look.width - MARGIN
    }

    /// `share` of `color` on the sheet.
    pub fn tint(&self, color: Rgb, share: f32) -> Rgb {
        let Rgb(r0, g0, b0) = self.ground();
        let Rgb(r1, g1, b1) = color;
        let share = share.clamp(0.0, 1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
        let mix = |ground: u8, over: u8| (f32::from(ground) * (1.0 - share) + f32::from(over) * share).round() as u8;
        Rgb(mix(r0, r1), mix(g0, g1), mix(b0, b1))
    }

    pub fn rect(&mut self, rect: Rect, fill: Rgb, radius: f32) {
        self.shapes.push(Shape::Rect { rect, fill, radius });
    }

    pub fn outline(&mut self, rect: Rect, color: Rgb, radius: f32) {
        self.shapes.push(Shape::Outline { rect, color, width: 1.0, radius });
    }

    pub fn line(&mut self, points: Vec<(f32, f32)>, color: Rgb, width: f32) {
        self.shapes.push(Shape::Line { points, color, width });
    }

    pub fn text(&mut self, at: (f32, f32), anchor: Anchor, style: Style, text: &str) {
        let (x, y) = at;
        let Style { face, size, color } = style;
        self.shapes.push(Shape::Text(Label { text: text.to_owned(), x, y, anchor, size, face, color }));
    }

    pub fn small(&self) -> Style {
        Style { face: Face::Text, size: SMALL, color: self.palette.dim }
    }

    pub fn small_number(&self) -> Style {
        Style { face: Face::Number, size: SMALL, color: self.palette.dim }
    }

    /// Grid lines of the axis over that height.
    pub fn grid(&mut self, frame: &Frame, top: f32, bottom: f32) {
        for tick in frame.axis.ticks() {
            // On the middle of a pixel, so that the line is as sharp as it is thin.
            let x = (frame.left + tick.x).floor() + 0.5;
            self.line(vec![(x, top), (x, bottom)], self.palette.line, 1.0);
        }
    }

    /// The labels of the axis, which name its unit.
    pub fn axis_labels(&mut self, frame: &Frame) {
        self.y += 17.0;
        for tick in frame.axis.ticks() {
            self.text((frame.left + tick.x, self.y), Anchor::Middle, self.small_number(), &tick.label(self.lang()));
        }
        self.y += 6.0;
    }

    /// A sentence under the figure, over as many lines as it needs.
    pub fn note(&mut self, text: &str) {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        self.paragraph(&words, " ");
    }

    /// Small print over as many lines as it needs, broken between `pieces`, and within one only where it alone is longer
    /// than a line.
    pub fn paragraph(&mut self, pieces: &[String], between: &str) {
        let room = self.right() - MARGIN;
        let is_wide = |text: &str| measure::width(text, Face::Text, SMALL) > room;
        let mut line = String::new();
        for piece in pieces {
            let words: Vec<&str> = if is_wide(piece) { piece.split(' ').collect() } else { vec![piece] };
            for (at, word) in words.into_iter().enumerate() {
                let between = if at == 0 { between } else { " " };
                let longer = if line.is_empty() { word.to_owned() } else { format!("{line}{between}{word}") };
                if !line.is_empty() && is_wide(&longer) {
                    self.print_line(&line);
                    word.clone_into(&mut line);
                } else {
                    line = longer;
                }
            }
        }
        self.print_line(&line);
    }

    fn print_line(&mut self, line: &str) {
        self.y += 16.0;
        self.text((MARGIN, self.y), Anchor::Start, self.small(), line);
    }

    pub fn finish(self, title: String, description: String) -> Figure {
        let background = self.ground();
        let height = (self.y + MARGIN).ceil();
        Figure { width: self.look.width, height, background, title, description, shapes: self.shapes }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Style {
    pub face: Face,
    pub size: f32,
    pub color: Rgb,
}
