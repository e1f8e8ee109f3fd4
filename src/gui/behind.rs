//! The mark on what is shown while it is of an older set-up than the one that is open.
//!
//! Invariant: it lies over the picture and takes no room from it, so that nothing moves when it comes and goes.

use std::sync::Arc;

use eframe::egui::{CornerRadius, FontId, Label, Pos2, Rect, RichText, Stroke, StrokeKind, Ui, UiBuilder, vec2};

use super::draft::Draft;
use super::following::Behind;
use super::theme;
use crate::engine::Request;
use crate::engine::session::Entry;
use crate::lang::{Lang, Text};
use crate::scenario::{Engine, Scenario};
use crate::trace::Run;

/// How much of its color a picture of before has.
pub const OPACITY: f32 = 0.75;

const OLDER: Text = Text::new("Simulated before the last changes.", "Simulado antes das últimas mudanças.");

const MEASURED_BEFORE: Text = Text::new("Measured before the last changes.", "Medido antes das últimas mudanças.");

/// Measured runs of the scenario that is open are shown, and none of them is of what it says now. Which models are chosen
/// makes no difference.
pub fn of_measured(draft: &Draft, shown: &[&Entry]) -> Option<Behind> {
    let mut measured =
        shown.iter().filter(|entry| entry.run.engine == Engine::Measured).map(|entry| &entry.run).peekable();
    let requests = draft.requests();
    let counts = draft.engine() == Engine::Measured && !requests.is_empty() && measured.peek().is_some();
    let is_before = |run: &Arc<Run>| {
        let is_now = |request: &Request| is_same_work(&run.scenario, &request.scenario) && run.cores == request.cores;
        run.is_over() && run.scenario_id == draft.id && !requests.iter().any(is_now)
    };
    (counts && measured.all(is_before)).then_some(Behind::Measured)
}

fn is_same_work(one: &Arc<Scenario>, other: &Arc<Scenario>) -> bool {
    let is_same = || {
        (&one.groups, &one.locks, &one.channels, &one.variables)
            == (&other.groups, &other.locks, &other.channels, &other.variables)
    };
    Arc::ptr_eq(one, other) || is_same()
}

/// What comes after that, where the rest is not said elsewhere.
fn remedy(behind: Behind) -> Option<Text> {
    match behind {
        Behind::ToCome => Some(Text::new("The newer result is to come.", "O resultado novo ainda vem.")),
        Behind::Stopped => Some(Text::new("Simulate brings it up to date.", "Simular põe em dia.")),
        Behind::Measured => Some(Text::new("Run measures anew.", "Executar mede de novo.")),
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
        Behind::ToCome | Behind::Measured => theme::color(palette.dim),
        // Nothing more comes by itself.
        Behind::Refused | Behind::Stopped => ui.visuals().warn_fg_color,
    };
    let older = if behind == Behind::Measured { MEASURED_BEFORE } else { OLDER };
    let words = [Some(older), remedy(behind)].into_iter().flatten().map(|text| text.get(lang));
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
