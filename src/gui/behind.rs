//! The mark on what is shown of the imagined computer while it is of an older set-up than the one that is open.
//!
//! Invariant: it lies over the picture and takes no room from it, so that nothing moves when it comes and goes.

use eframe::egui::{CornerRadius, FontId, Label, Pos2, Rect, RichText, Stroke, StrokeKind, Ui, UiBuilder, vec2};

use super::following::Behind;
use super::theme;
use crate::lang::{Lang, Text};

/// How much of its color a picture of before has.
pub const OPACITY: f32 = 0.75;

const OLDER: Text = Text::new("Simulated before the last changes.", "Simulado antes das últimas mudanças.");

/// What comes after that, where the rest is not said elsewhere.
fn remedy(behind: Behind) -> Option<Text> {
    match behind {
        Behind::ToCome => Some(Text::new("The newer result is to come.", "O resultado novo ainda vem.")),
        Behind::Stopped => Some(Text::new("Simulate brings it up to date.", "Simular põe em dia.")),
        // Why not stands above the picture.
        Behind::Refused => None,
    }
}

/// In the middle above the axis, where lanes end last: the lower edge of the mark. `room`: that of the timelines.
pub fn place(room: Rect, replays: bool) -> Pos2 {
    const AXIS: f32 = 34.0;
    const REPLAY: f32 = 70.0;
    room.center_bottom() - vec2(0.0, if replays { AXIS + REPLAY } else { AXIS })
}

/// `bottom`: the middle of its lower edge.
pub fn behind_ui(ui: &mut Ui, behind: Behind, bottom: Pos2, lang: Lang) {
    const PADDING: (f32, f32) = (12.0, 6.0);
    let padding = vec2(PADDING.0, PADDING.1);
    let palette = theme::palette(ui);
    let ink = match behind {
        Behind::ToCome => theme::color(palette.dim),
        // Nothing more comes by itself.
        Behind::Refused | Behind::Stopped => ui.visuals().warn_fg_color,
    };
    let words = [Some(OLDER), remedy(behind)].into_iter().flatten().map(|text| text.get(lang));
    let words = words.collect::<Vec<_>>().join(" ");
    let width = (ui.max_rect().width() - 2.0 * padding.x).max(1.0);
    let galley = ui.painter().layout(words.clone(), FontId::proportional(theme::BODY), ink, width);
    let size = galley.size() + 2.0 * padding;
    let rect = Rect::from_min_size(bottom - vec2(size.x / 2.0, size.y), size);
    let radius = CornerRadius::same(theme::FIELD_RADIUS);
    let line = Stroke::new(1.0, theme::color(palette.line));
    ui.painter().rect(rect, radius, theme::color(palette.panel), line, StrokeKind::Inside);
    let mut inner = ui.new_child(UiBuilder::new().id_salt("behind").max_rect(rect.shrink2(padding)));
    inner.add(Label::new(RichText::new(words).color(ink)).wrap());
}
