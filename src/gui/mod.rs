//! (being written)

pub mod busy;
pub mod metrics;
pub mod paint;
mod presets;
pub mod theme;
pub mod widgets;
mod words;
