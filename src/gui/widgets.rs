//! The small parts that panels share: section heads, tags, segmented switches, buttons by weight, name–value rows.
//! They know the theme and nothing of runs or scenarios.

use eframe::egui::{
    self, Align, Button, Color32, CornerRadius, Layout, Response, RichText, Role, Sense, Stroke, TextWrapMode, Ui,
    Widget, WidgetInfo,
};

use super::theme;

/// What a part of a panel does with what has no room in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overflow {
    /// It has a place of its own, and scrolls in it.
    Scrolls,
    /// It stands in something that scrolls already: two scroll bars side by side would fight for the wheel.
    Grows,
}

/// A section head: 11 px capitals.
pub fn section_ui(ui: &mut Ui, text: &str) -> Response {
    let dim = theme::color(theme::palette(ui).dim);
    ui.add_space(8.0);
    ui.label(
        RichText::new(text.to_uppercase()).font(theme::semibold(theme::SMALL)).color(dim).extra_letter_spacing(0.6),
    )
}

/// Dim text that wraps.
pub fn note_ui(ui: &mut Ui, text: &str) -> Response {
    let dim = theme::color(theme::palette(ui).dim);
    egui::Label::new(RichText::new(text).color(dim)).wrap().ui(ui)
}

/// A note of one line that is there or not, in room that is there in any case: nothing below it moves.
pub fn note_room_ui(ui: &mut Ui, is_there: bool, text: &str) {
    if is_there {
        note_ui(ui, text);
    } else {
        ui.add_visible(false, egui::Label::new(""));
    }
}

/// A row of a list that drops down, and closes whether it is clicked or chosen by a key. Returns whether it was.
pub fn option_ui(ui: &mut Ui, chosen: bool, text: &str) -> bool {
    let clicked = ui.selectable_label(chosen, text).clicked();
    if clicked {
        ui.close();
    }
    clicked
}

/// The text with each number on one line with its unit.
pub fn unbroken(text: &str) -> String {
    const UNITS: [&str; 8] = ["ns", "µs", "ms", "s", "%", "KiB", "MiB", "×"];
    let mut unbroken = String::with_capacity(text.len());
    for (at, word) in text.split(' ').enumerate() {
        let is_unit =
            UNITS.contains(&word.trim_end_matches(|letter: char| letter.is_ascii_punctuation() && letter != '%'));
        let is_counted = unbroken.ends_with(|letter: char| letter.is_ascii_digit());
        if at > 0 {
            unbroken.push(if is_unit && is_counted { '\u{a0}' } else { ' ' });
        }
        unbroken.push_str(word);
    }
    unbroken
}

/// The button that goes on.
pub fn primary_ui(ui: &mut Ui, text: &str) -> Response {
    let palette = theme::palette(ui);
    let text = RichText::new(text).font(theme::semibold(theme::BODY)).color(theme::color(palette.on_accent));
    ui.add(Button::new(text).fill(theme::color(palette.accent)).stroke(Stroke::NONE).min_size(egui::vec2(0.0, 28.0)))
}

/// A button that is only its words, in the accent color.
pub fn link_ui(ui: &mut Ui, text: &str) -> Response {
    let accent = theme::color(theme::palette(ui).accent);
    let button = Button::new(RichText::new(text).color(accent)).frame(false).wrap_mode(TextWrapMode::Truncate);
    ui.add(button)
}

/// A button of one sign, named for those who do not see it.
pub fn icon_ui(ui: &mut Ui, sign: &str, name: &str) -> Response {
    let dim = theme::color(theme::palette(ui).dim);
    let response =
        ui.add(Button::new(RichText::new(sign).color(dim)).frame_when_inactive(false).min_size(egui::vec2(22.0, 22.0)));
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    response.on_hover_text(name)
}

/// A checkbox whose box is filled while it is on.
pub fn check_ui(ui: &mut Ui, on: &mut bool, text: &str) -> Response {
    marked_scope(ui, *on, |ui| ui.checkbox(on, text))
}

/// A radio button, likewise.
pub fn radio_ui(ui: &mut Ui, on: bool, text: &str) -> Response {
    marked_scope(ui, on, |ui| ui.radio(on, text))
}

/// A box or circle with an edge that can be seen, in the accent color while it is on.
fn marked_scope(ui: &mut Ui, on: bool, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    let palette = theme::palette(ui);
    ui.scope(|ui| {
        let visuals = ui.visuals_mut();
        visuals.override_text_color = Some(theme::color(palette.text));
        let widgets = &mut visuals.widgets;
        for state in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
            state.bg_stroke = Stroke::new(1.0, theme::color(if on { palette.accent } else { palette.faint }));
            if on {
                state.bg_fill = theme::color(palette.accent);
                state.fg_stroke = Stroke::new(1.5, theme::color(palette.on_accent));
            }
        }
        add(ui)
    })
    .inner
}

/// A slider over the whole width, its figure elsewhere; `name` is for those who do not see it.
pub fn slider_ui(ui: &mut Ui, slider: egui::Slider<'_>, name: &str) -> Response {
    let palette = theme::palette(ui);
    ui.scope(|ui| {
        ui.spacing_mut().slider_width = ui.available_width();
        ui.spacing_mut().interact_size.y = 14.0;
        let visuals = ui.visuals_mut();
        visuals.selection.bg_fill = theme::color(palette.accent);
        let rail = theme::blend(palette.card, palette.text, 0.15);
        let widgets = &mut visuals.widgets;
        widgets.inactive.bg_fill = rail;
        for state in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
            state.fg_stroke = Stroke::new(1.0, theme::color(palette.text));
        }
        ui.add(slider.show_value(false)).accessible_name(name)
    })
    .inner
}

/// One choice of several, side by side. Returns whether another one was chosen.
pub fn segmented_ui<T: Copy + PartialEq>(ui: &mut Ui, chosen: &mut T, options: &[(T, &str)]) -> bool {
    let palette = theme::palette(ui);
    let before = *chosen;
    egui::Frame::new()
        .stroke(Stroke::new(1.0, theme::color(palette.line)))
        .corner_radius(CornerRadius::same(theme::FIELD_RADIUS))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.horizontal(|ui| {
                for (value, text) in options {
                    let on = *chosen == *value;
                    let (fill, ink) = if on {
                        (theme::color(palette.accent), palette.on_accent)
                    } else {
                        (Color32::TRANSPARENT, palette.text)
                    };
                    let text = RichText::new(*text).color(theme::color(ink));
                    let text = if on { text.font(theme::semibold(theme::BODY)) } else { text };
                    let button = Button::selectable(on, text)
                        .fill(fill)
                        .stroke(Stroke::NONE)
                        .corner_radius(CornerRadius::same(5));
                    if ui.add(button).clicked() {
                        *chosen = *value;
                    }
                }
            });
        });
    *chosen != before
}

/// Tabs: words with a line under the open one.
pub fn tabs_ui<T: Copy + PartialEq>(ui: &mut Ui, open: &mut T, tabs: &[(T, &str)]) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (value, text) in tabs {
            let on = *open == *value;
            let ink = theme::color(if on { palette.text } else { palette.dim });
            let text = RichText::new(*text).color(ink);
            let text = if on { text.font(theme::semibold(theme::BODY)) } else { text };
            let response = ui.add(Button::selectable(on, text).fill(Color32::TRANSPARENT).stroke(Stroke::NONE));
            if response.clicked() {
                *open = *value;
            }
            if on {
                let rect = response.rect.translate(egui::vec2(0.0, 4.0));
                ui.painter().hline(
                    rect.x_range().shrink(4.0),
                    rect.bottom(),
                    Stroke::new(2.0, theme::color(palette.accent)),
                );
            }
        }
    });
    ui.add_space(2.0);
    let rect = ui.available_rect_before_wrap();
    ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, theme::color(palette.line)));
    ui.add_space(6.0);
}

/// A name on the left, a figure on the right.
pub fn pair_ui(ui: &mut Ui, name: &str, value: &str) -> Response {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(theme::color(palette.dim)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let value = RichText::new(value).font(theme::mono(12.0)).color(theme::color(palette.text));
            ui.add(egui::Label::new(value).truncate());
        });
    })
    .response
}

/// A card: a filled frame with a line around it.
pub fn card_frame(ui: &Ui) -> egui::Frame {
    let palette = theme::palette(ui);
    egui::Frame::new()
        .fill(theme::color(palette.card))
        .stroke(Stroke::new(1.0, theme::color(palette.line)))
        .corner_radius(CornerRadius::same(theme::CARD_RADIUS))
        .inner_margin(egui::Margin::same(12))
}

/// The frame of a dialog.
pub fn dialog_frame(ui: &Ui) -> egui::Frame {
    let palette = theme::palette(ui);
    card_frame(ui).fill(theme::color(palette.panel)).inner_margin(egui::Margin::same(20))
}

/// A full-width row that can be clicked: a name, and something small on the right.
pub fn row_ui(ui: &mut Ui, selected: bool, name: &str, aside: &str) -> Response {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(egui::vec2(ui.available_width(), 28.0), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, selected, name));
    if ui.is_rect_visible(rect) {
        let fill = if selected {
            theme::blend(palette.panel, palette.accent, 0.22)
        } else if response.hovered() || response.has_focus() {
            theme::blend(palette.panel, palette.text, 0.06)
        } else {
            Color32::TRANSPARENT
        };
        ui.painter().rect_filled(rect, CornerRadius::same(theme::FIELD_RADIUS), fill);
        let inner = rect.shrink2(egui::vec2(10.0, 0.0));
        let small = theme::mono(theme::SMALL);
        // Dim words would not be read on the fill of what is chosen.
        let aside_ink = theme::color(if selected { palette.text } else { palette.dim });
        let aside = ui.painter().layout_no_wrap(aside.to_owned(), small, aside_ink);
        let room = inner.width() - aside.size().x - 8.0;
        ui.painter().galley(
            egui::pos2(inner.right() - aside.size().x, inner.center().y - aside.size().y / 2.0),
            aside,
            aside_ink,
        );
        let name = elided(ui, name, egui::FontId::proportional(theme::BODY), theme::color(palette.text), room);
        let at = egui::pos2(inner.left(), inner.center().y - name.size().y / 2.0);
        ui.painter().galley(at, name, theme::color(palette.text));
    }
    response
}

/// One line of text, cut with an ellipsis where the room ends.
pub fn elided(ui: &Ui, text: &str, font: egui::FontId, ink: Color32, width: f32) -> std::sync::Arc<egui::Galley> {
    wrapped(ui, text, font, ink, width, 1)
}

/// At most `rows` lines of text, the last one cut with an ellipsis.
pub fn wrapped(
    ui: &Ui,
    text: &str,
    font: egui::FontId,
    ink: Color32,
    width: f32,
    rows: usize,
) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::simple(text.to_owned(), font, ink, width);
    job.wrap.max_rows = rows;
    job.wrap.break_anywhere = rows == 1;
    ui.painter().layout_job(job)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stays_with_its_unit() {
        let check = |text: &str| assert_eq!(unbroken(&text.replace('_', " ")), text.replace('_', "\u{a0}"));
        check("Each waits 200_ms, 26_% of it for 3 tasks. It took 1.60_s.");
        check(". For 90.0_ms: ends");
        check("");
        check(" and then");
        check("200_ms");
    }
}
