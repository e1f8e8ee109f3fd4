//! The ring around what has the keyboard's focus: one for all widgets, painted over them after the frame.
//!
//! Many buttons here have a fill and a frame of their own, which hide what egui shows of the focus.

use eframe::egui::{Context, CornerRadius, Memory, Stroke, StrokeKind};

use super::theme;

const WIDTH: f32 = 2.0;
const GAP: f32 = 2.0;

/// Nothing where nothing has the focus, or where a text field has it: its cursor and its frame show that.
pub fn paint_focus(ctx: &Context) {
    let Some(id) = ctx.memory(Memory::focused).filter(|_| !ctx.text_edit_focused()) else { return };
    let Some(response) = ctx.read_response(id).filter(|response| response.interact_rect.is_positive()) else { return };
    let ring = Stroke::new(WIDTH, theme::color(theme::palette(ctx).text));
    let radius = CornerRadius::same(theme::FIELD_RADIUS);
    let seen = response.interact_rect.expand(GAP);
    ctx.layer_painter(response.layer_id).rect_stroke(seen, radius, ring, StrokeKind::Outside);
}
