//! (being written)

pub mod busy;
pub mod metrics;
pub mod paint;
