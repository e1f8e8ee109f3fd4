//! What every painting function needs besides its data: the colors and the language in force.

use crate::chart::palette::Palette;
use crate::lang::Lang;

#[derive(Clone, Copy)]
pub struct PaintContext {
    pub palette: &'static Palette,
    pub lang: Lang,
}
