//! Bars as triangles of one mesh: filled, hollow, hatched, with soft edges. Shapes of egui would cost ten times as
//! much a bar, and a hundred thousand spans must stay smooth.
//!
//! Works on the screen's own pixels: an edge inside a pixel gives that pixel as much color as it covers, so a bar is
//! as wide as its time, also below a pixel.

use eframe::egui::epaint::WHITE_UV;
use eframe::egui::{Color32, Mesh, Pos2, Rangef, Rect, epaint::Vertex, pos2};

/// Collects rectangles into a mesh.
pub struct Canvas {
    mesh: Mesh,
    /// Screen pixels a point.
    scale: f32,
    /// Bars have round corners: nine times the triangles.
    round: bool,
}

/// What is narrower than a pixel is shown at least this strongly.
const FAINTEST: f32 = 0.35;
const LINE: f32 = 1.2;
/// Between hatch lines, and their thickness, in points, across.
const HATCH_STEP: f32 = 6.0;
const HATCH_LINE: f32 = 1.8;

/// Whether round corners look like corners: those of something narrow make a pill of it.
fn shows_corners(x: Rangef, y: Rangef) -> bool {
    x.span() >= 14.0 && y.span() >= 7.0
}

impl Canvas {
    pub fn new(scale: f32) -> Self {
        Canvas { mesh: Mesh::default(), scale, round: true }
    }

    /// For so many bars that round corners would be felt and not seen.
    pub fn square(scale: f32) -> Self {
        Canvas { round: false, ..Canvas::new(scale) }
    }

    pub fn finish(self) -> Mesh {
        self.mesh
    }

    /// A rectangle with sharp rows and exact columns.
    pub fn fill(&mut self, x: Rangef, y: Rangef, color: Color32) {
        self.columns(x, |canvas, part, cover| canvas.quad(part, y, color.gamma_multiply(cover)));
    }

    /// The same, but what is narrower than a pixel is as faint as it is narrow: on top of something that can be seen.
    pub fn glaze(&mut self, x: Rangef, y: Rangef, color: Color32) {
        let share = (x.span() * self.scale).clamp(0.0, 1.0) / (x.span() * self.scale).clamp(FAINTEST, 1.0);
        self.fill(x, y, color.gamma_multiply(share));
    }

    /// A bar whose corners are rounded where it is big enough to show.
    pub fn bar(&mut self, x: Rangef, y: Rangef, color: Color32) {
        if !self.round || !shows_corners(x, y) {
            return self.fill(x, y, color);
        }
        let pixel = 1.0 / self.scale;
        let x = Rangef::new(self.snap(x.min), self.snap(x.max));
        self.quad(shrink(x, 2.0 * pixel), y, color);
        // A radius of two pixels: what it leaves of the two outer columns, in parts of a pixel.
        let soft = color.gamma_multiply(0.6);
        for (column, missing) in [(0.0, 2.0 * pixel), (pixel, pixel)] {
            for left in [x.min + column, x.max - column - pixel] {
                let column = Rangef::new(left, left + pixel);
                let full = shrink(y, missing);
                self.quad(column, full, color);
                self.quad(column, Rangef::new(full.min - pixel, full.min), soft);
                self.quad(column, Rangef::new(full.max, full.max + pixel), soft);
            }
        }
    }

    /// Hollow: nobody works here, but something could.
    pub fn outline(&mut self, x: Rangef, y: Rangef, color: Color32) {
        if y.span() < 5.0 {
            // A frame as low as that would be solid, and what only waits would outshine what runs.
            return self.fill(x, y, color.gamma_multiply(0.4));
        }
        if x.span() < 2.0 * LINE + 1.5 {
            return self.fill(x, y, color.gamma_multiply(0.6));
        }
        let x = Rangef::new(self.snap(x.min), self.snap(x.max));
        let corner = if shows_corners(x, y) { LINE } else { 0.0 };
        self.quad(shrink(x, corner), Rangef::new(y.min, y.min + LINE), color);
        self.quad(shrink(x, corner), Rangef::new(y.max - LINE, y.max), color);
        self.quad(Rangef::new(x.min, x.min + LINE), shrink(y, LINE * 0.6), color);
        self.quad(Rangef::new(x.max - LINE, x.max), shrink(y, LINE * 0.6), color);
    }

    /// A straight line of a pixel, along a row or a column of them.
    pub fn dash(&mut self, from: Pos2, to: Pos2, color: Color32) {
        let pixel = 1.0 / self.scale;
        let (x, y) = (self.snap(from.x.min(to.x)), self.snap(from.y.min(to.y)));
        let (width, height) = ((to.x - from.x).abs().max(pixel), (to.y - from.y).abs().max(pixel));
        self.quad(Rangef::new(x, x + width), Rangef::new(y, y + height), color);
    }

    /// Thin and hatched over its ground: the lines of one lane go on from bar to bar.
    pub fn hatch(&mut self, x: Rangef, y: Rangef, ground: Color32, line: Color32) {
        if x.span() < HATCH_STEP || (y.span() < 3.0 && !self.round) {
            return self.fill(x, y, ground.lerp_to_gamma(line, HATCH_LINE / HATCH_STEP + 0.15));
        }
        if y.span() < 3.0 {
            return self.dashes(x, y, ground, line);
        }
        self.fill(x, y, ground);
        let slant = y.span();
        let mut foot = ((x.min - slant) / HATCH_STEP).floor() * HATCH_STEP;
        while foot < x.max {
            self.stripe(foot, x, y, line);
            foot += HATCH_STEP;
        }
    }

    /// What is too low for slanted lines: dashes, each lane's beside those of the next, so that together they slant.
    fn dashes(&mut self, x: Rangef, y: Rangef, ground: Color32, line: Color32) {
        const STEP: f32 = 2.0 * HATCH_STEP;
        const DASH: f32 = 4.0;
        self.fill(x, y, ground);
        let phase = -y.max;
        let mut left = ((x.min - phase) / STEP).floor() * STEP + phase;
        while left < x.max {
            let dash = Rangef::new(left.max(x.min), (left + DASH).min(x.max));
            if dash.span() > 0.0 {
                self.quad(dash, y, line);
            }
            left += STEP;
        }
    }

    /// A line from (foot, bottom) up to the right, cut to `x`.
    fn stripe(&mut self, foot: f32, x: Rangef, y: Rangef, color: Color32) {
        let slant = y.span();
        let clear = color.gamma_multiply(0.0);
        let (soft, half) = (0.5 / self.scale, HATCH_LINE / 2.0);
        let edges = [(-half - soft, clear), (-half + soft, color), (half - soft, color), (half + soft, clear)];
        // Cut where the middle of the line leaves the bar; the soft rims may stand out by a pixel.
        let from = ((x.min - foot) / slant).clamp(0.0, 1.0);
        let to = ((x.max - foot) / slant).clamp(0.0, 1.0);
        if to <= from {
            return;
        }
        let at =
            |along: f32, aside: f32| pos2((foot + along * slant + aside).clamp(x.min, x.max), y.max - along * slant);
        let first = self.vertex_count();
        for (aside, tint) in edges {
            self.vertex(at(from, aside), tint);
            self.vertex(at(to, aside), tint);
        }
        for strip in 0..3 {
            let corner = first + 2 * strip;
            self.mesh.add_triangle(corner, corner + 1, corner + 2);
            self.mesh.add_triangle(corner + 2, corner + 1, corner + 3);
        }
    }

    /// Splits a range into a part of the first pixel, whole pixels, and a part of the last.
    fn columns(&mut self, x: Rangef, mut paint: impl FnMut(&mut Self, Rangef, f32)) {
        let (from, to) = (x.min * self.scale, x.max.max(x.min) * self.scale);
        let (first, last) = (from.floor(), to.floor());
        let pixel = |canvas: &Self, at: f32| Rangef::new(at / canvas.scale, (at + 1.0) / canvas.scale);
        // Narrower than a pixel: one column, be it across two.
        if to - from < 1.0 {
            let middle = ((from + to) * 0.5).floor();
            let column = pixel(self, middle);
            return paint(self, column, (to - from).clamp(FAINTEST, 1.0));
        }
        if from > first {
            let column = pixel(self, first);
            paint(self, column, first + 1.0 - from);
        }
        let whole = Rangef::new(from.ceil() / self.scale, last / self.scale);
        if whole.max > whole.min {
            paint(self, whole, 1.0);
        }
        if to > last {
            let column = pixel(self, last);
            paint(self, column, to - last);
        }
    }

    fn snap(&self, at: f32) -> f32 {
        (at * self.scale).round() / self.scale
    }

    fn quad(&mut self, x: Rangef, y: Rangef, color: Color32) {
        self.mesh.add_colored_rect(Rect::from_x_y_ranges(x, y), color);
    }

    fn vertex(&mut self, pos: Pos2, color: Color32) {
        self.mesh.vertices.push(Vertex { pos, uv: WHITE_UV, color });
    }

    fn vertex_count(&self) -> u32 {
        u32::try_from(self.mesh.vertices.len()).expect("marks are bounded by lanes and pixels")
    }
}

fn shrink(range: Rangef, by: f32) -> Rangef {
    Rangef::new(range.min + by, range.max - by)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Area × opacity of what was painted.
    fn ink(canvas: Canvas) -> f32 {
        let mesh = canvas.finish();
        mesh.vertices
            .chunks(4)
            .map(|quad| {
                let rect = Rect::from_points(&[quad[0].pos, quad[1].pos, quad[2].pos, quad[3].pos]);
                rect.area() * f32::from(quad[0].color.a()) / 255.0
            })
            .sum()
    }

    #[test]
    fn a_fill_has_as_much_ink_as_its_area() {
        for (from, to) in [(0.0, 10.0), (0.25, 3.5), (0.9, 2.1), (7.3, 7.9), (1.75, 2.25)] {
            for scale in [1.0, 1.5, 2.0] {
                let mut canvas = Canvas::new(scale);
                canvas.fill(Rangef::new(from, to), Rangef::new(0.0, 10.0), Color32::WHITE);
                let ink = ink(canvas);
                assert!((ink - (to - from) * 10.0).abs() < 0.2, "{from} to {to} at {scale}: {ink}");
            }
        }
    }

    #[test]
    fn nothing_that_happened_is_invisible() {
        let mut canvas = Canvas::new(1.0);
        canvas.fill(Rangef::new(3.2, 3.2001), Rangef::new(0.0, 1.0), Color32::WHITE);
        assert!(ink(canvas) >= FAINTEST - 0.01);
    }

    #[test]
    fn a_glaze_is_as_faint_as_it_is_narrow() {
        for (from, to) in [(3.2_f32, 3.25), (3.2, 3.7), (3.0, 7.5)] {
            let mut canvas = Canvas::new(1.0);
            canvas.glaze(Rangef::new(from, to), Rangef::new(0.0, 1.0), Color32::WHITE);
            assert!((ink(canvas) - (to - from)).abs() < 0.03, "{from} to {to}");
        }
    }

    #[test]
    fn hatching_stays_inside_its_bar() {
        let (x, y) = (Rangef::new(3.3, 47.7), Rangef::new(10.0, 16.0));
        let mut canvas = Canvas::new(1.0);
        canvas.hatch(x, y, Color32::BLACK, Color32::WHITE);
        let bounds = canvas.finish().calc_bounds();
        assert!(Rect::from_x_y_ranges(x, y).expand(1.0).contains_rect(bounds), "{bounds:?}");
    }
}
