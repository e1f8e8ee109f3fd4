//! Undo and redo of the set-up, as two buttons.

use eframe::egui::{self, Button, Response, Role, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::gui::commands::{Command, Commands};
use crate::gui::draft::Draft;
use crate::gui::theme;
use crate::lang::{Lang, Text};

const UNDO: Text = Text::new("Undo the last change (Ctrl Z)", "Desfazer a última mudança (Ctrl Z)");
const REDO: Text = Text::new("Redo it (Ctrl Shift Z)", "Refazer (Ctrl Shift Z)");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Back,
    Forth,
}

/// From the right edge inwards. Nothing where there is nothing to undo yet: an untouched lesson needs no buttons.
pub fn history_ui(ui: &mut Ui, draft: &Draft, lang: Lang, commands: &mut Commands) {
    if !draft.can_undo() && !draft.can_redo() {
        return;
    }
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        if turn_ui(ui, Turn::Forth, draft.can_redo(), REDO.get(lang)).clicked() {
            commands.push(Command::Redo);
        }
        if turn_ui(ui, Turn::Back, draft.can_undo(), UNDO.get(lang)).clicked() {
            commands.push(Command::Undo);
        }
    });
}

fn turn_ui(ui: &mut Ui, turn: Turn, enabled: bool, name: &str) -> Response {
    let button = Button::new("").frame_when_inactive(false).min_size(vec2(22.0, 22.0));
    let response = ui.add_enabled(enabled, button);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    let palette = theme::palette(ui);
    let ink = theme::color(palette.dim).gamma_multiply(if enabled { 1.0 } else { 0.4 });
    paint_turn(ui.painter(), response.rect.center(), turn, Stroke::new(1.4, ink));
    response.on_hover_text(name)
}

/// Three quarters of a circle with a head at its upper end.
fn paint_turn(painter: &egui::Painter, center: egui::Pos2, turn: Turn, stroke: Stroke) {
    const RADIUS: f32 = 4.5;
    let side = if turn == Turn::Back { -1.0 } else { 1.0 };
    let at = |degrees: f32| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        center + vec2(side * RADIUS * cos, 0.5 + RADIUS * sin)
    };
    // Clockwise on screen from the head, which stands at the upper left or right, to the bottom.
    let arc = (0..=12_u8).map(|step| at(-40.0 - 20.0 * f32::from(step))).collect();
    painter.add(egui::Shape::line(arc, stroke));
    let tip = at(-40.0);
    let head =
        [pos2(tip.x + side * 0.8, tip.y - 4.6), tip + vec2(side * 0.8, 0.6), pos2(tip.x - side * 4.2, tip.y + 0.2)];
    painter.add(egui::Shape::line(head.to_vec(), stroke));
}
