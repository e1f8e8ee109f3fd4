//! What to draw, as data: lanes, the time axis, marks and whole figures. The window paints exactly these marks and
//! the exporters write them, so a picture on screen and its export cannot disagree.
//!
//! Pure. Time is `Nanos` (and `f64` where it is scaled), the screen is `f32` pixels.

pub mod arrows;
pub mod axis;
pub mod captions;
pub mod figure;
pub mod ghosts;
pub mod lanes;
pub mod marks;
pub mod palette;
pub mod shared_rows;
pub mod strips;
