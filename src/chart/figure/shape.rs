//! The display list: the few shapes that figures are made of. Units are pixels, y grows downward.

use crate::chart::palette::Rgb;

/// A whole picture, shapes in painting order.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub width: f32,
    pub height: f32,
    pub background: Rgb,
    /// For readers that cannot see it.
    pub title: String,
    pub description: String,
    pub shapes: Vec<Shape>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    Rect {
        rect: Rect,
        fill: Rgb,
        radius: f32,
    },
    /// The stroke lies inside the rectangle.
    Outline {
        rect: Rect,
        color: Rgb,
        width: f32,
        radius: f32,
    },
    /// Rising diagonals, clipped to the rectangle.
    Hatch {
        rect: Rect,
        color: Rgb,
        spacing: f32,
    },
    /// The outline of a ghost, see [`crate::chart::ghosts::dashes`].
    Dashes {
        rect: Rect,
        color: Rgb,
    },
    Line {
        points: Vec<(f32, f32)>,
        color: Rgb,
        width: f32,
    },
    /// Fills the polygon.
    Area {
        points: Vec<(f32, f32)>,
        fill: Rgb,
    },
    Text(Label),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub text: String,
    pub x: f32,
    /// Of the baseline.
    pub y: f32,
    pub anchor: Anchor,
    pub size: f32,
    pub face: Face,
    pub color: Rgb,
}

/// Where `x` is in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// Inter for text, `JetBrains Mono` for numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    Text,
    Bold,
    Number,
    BoldNumber,
}

/// The segments of a [`Shape::Hatch`]: lines at 45°, `spacing` apart along x, in phase with the page's origin, so
/// that hatches side by side join.
pub fn hatch_segments(rect: Rect, spacing: f32) -> impl Iterator<Item = [(f32, f32); 2]> {
    let Rect { x, y, width, height } = rect;
    let (right, bottom) = (x + width, y + height);
    // On a rising diagonal x + y is constant.
    let first = ((x + y) / spacing).ceil();
    (0_u16..).map(move |step| (first + f32::from(step)) * spacing).take_while(move |sum| *sum < right + bottom).map(
        move |sum| {
            let low = (sum - bottom).max(x);
            let high = (sum - y).min(right);
            [(low, sum - low), (high, sum - high)]
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hatches_stay_inside_and_rise() {
        let rect = Rect { x: 3.0, y: 7.0, width: 41.0, height: 9.0 };
        let segments: Vec<_> = hatch_segments(rect, 5.0).collect();
        assert_eq!(segments.len(), 10);
        for [(x0, y0), (x1, y1)] in segments {
            assert!(3.0 <= x0 && x0 <= x1 && x1 <= 44.0, "{x0} {x1}");
            assert!(7.0 <= y1 && y1 <= y0 && y0 <= 16.0, "{y0} {y1}");
            assert!((x0 + y0 - x1 - y1).abs() < 1e-4);
        }
    }
}
