//! (being written)

pub mod events;
pub mod inspector;
pub mod paint;
pub mod replay;
pub mod theme;
pub mod timeline;
pub mod widgets;
pub mod words;
