//! The finished bars and strips of a block, kept from frame to frame as long as what they were painted from is true.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::{Mesh, Pos2};

use super::foretold;
use super::layout::Pitch;
use crate::chart::axis::Axis;
use crate::chart::marks::Bar;
use crate::chart::palette::Rgb;
use crate::time::Nanos;

/// Everything that a mesh of bars depends on, beside the run itself.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureKey {
    pub axis: Axis,
    pub origin: Pos2,
    pub strips: f32,
    pub strip_pitch: Pitch,
    pub pitch: Pitch,
    pub lanes: Range<usize>,
    /// Lanes are cores.
    pub by_core: bool,
    pub cut: Option<Nanos>,
    pub scale: f32,
    pub ground: Rgb,
    /// Which prediction is drawn as ghosts.
    pub ghosts: Option<foretold::Key>,
}

/// The finished bars and strips of a block.
pub struct Picture {
    pub key: PictureKey,
    pub mesh: Arc<Mesh>,
    pub bars: Vec<Bar>,
}
