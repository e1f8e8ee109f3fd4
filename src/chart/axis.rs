//! The time axis: the visible range, its mapping to pixels, and where the labeled ticks go.

use crate::time::Nanos;

/// The visible range of time and the width it is drawn on. `f64` nanoseconds, so that zooming is smooth below 1 ns
/// steps; pixels are counted from the left edge of the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    pub from: f64,
    pub to: f64,
    pub width: f32,
}

/// A labeled grid line.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub x: f32,
    pub label: String,
}

impl Axis {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "pixels")]
    pub fn x(&self, time: Nanos) -> f32 {
        ((time.0 as f64 - self.from) / (self.to - self.from) * f64::from(self.width)) as f32
    }

    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    pub fn time(&self, x: f32) -> Nanos {
        Nanos((self.from + f64::from(x) / f64::from(self.width) * (self.to - self.from)).round() as i64)
    }

    pub fn nanos_per_pixel(&self) -> f64 {
        (self.to - self.from) / f64::from(self.width)
    }
}
