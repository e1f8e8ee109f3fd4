//! What is written on bars that have room for it.

use eframe::egui::{CornerRadius, FontId, Painter, Rangef, Rect, Stroke, StrokeKind, pos2};

use super::cache::Derived;
use super::paint::Stage;
use crate::chart::captions::Captions;
use crate::chart::palette::Palette;
use crate::gui::theme::{self, color};

/// The words of the bars in sight, and an edge around those whose step lost something.
pub fn paint_captions(painter: &Painter, stage: &Stage, derived: &Derived, captions: &Captions<'_>, top: f32) {
    const BARS_MAX: usize = 600;
    let picture = derived.picture.as_ref().filter(|_| stage.pitch.height() >= 11.0);
    let bars = picture.into_iter().flat_map(|picture| &picture.bars);
    for bar in bars.filter(|bar| captions.has_room(bar)).take(BARS_MAX) {
        let Some(caption) = captions.on(bar) else { continue };
        let y = stage.lane(top, bar.lane as usize);
        let font = if caption.is_deed { theme::mono(10.0) } else { FontId::proportional(10.0) };
        let ink = color(Palette::ink_on(stage.ctx.palette.tone(bar.tone)));
        let galley = painter.layout_no_wrap(caption.text, font, ink);
        if galley.size().x + 8.0 <= bar.x1 - bar.x0 {
            let at = pos2(stage.plot.min + bar.x0 + 4.0, y.center() - galley.size().y / 2.0);
            painter.galley(at, galley, ink);
        }
        if caption.loses {
            let x = Rangef::new(stage.plot.min + bar.x0, stage.plot.min + bar.x1);
            let edge = Stroke::new(2.0, color(stage.ctx.palette.blocked));
            let place = Rect::from_x_y_ranges(x, y);
            painter.rect_stroke(place, CornerRadius::same(2), edge, StrokeKind::Inside);
        }
    }
}
