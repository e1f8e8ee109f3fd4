//! From spans to bars in pixels, with everything narrower than a pixel merged into one bar of the tone that prevails.
//!
//! The number of marks is bounded by lanes × pixels, whatever the number of spans.

use super::axis::Axis;
use super::lanes::Lanes;
use super::palette::Tone;
use crate::trace::Run;

/// One bar. `x` in pixels from the plot's left edge, clipped to the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    pub lane: u32,
    pub x0: f32,
    pub x1: f32,
    pub tone: Tone,
    /// The span it stands for, or the longest of those it stands for.
    pub span: u32,
    /// It stands for several spans narrower than a pixel.
    pub merged: bool,
}

/// A stretch of one core's strip that is busy, fully or (merged below a pixel) in part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Busy {
    pub core: u32,
    pub x0: f32,
    pub x1: f32,
    /// 0 to 1.
    pub coverage: f32,
}

/// The bars of `lanes.first[visible]`, lane by lane, in time order.
pub fn bars(_run: &Run, _lanes: &Lanes, _visible: std::ops::Range<usize>, _axis: &Axis) -> Vec<Bar> {
    todo!()
}
