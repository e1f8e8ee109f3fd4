//! The look: fonts, type sizes, spacing, and the palette as egui visuals. Every panel takes its colors from
//! [`palette`] and its weights from the functions here; none names a color or a font of its own.

use std::sync::Arc;

use eframe::egui::{
    self, Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke,
    TextStyle, Visuals, style,
};

use crate::chart::palette::{Palette, Rgb, Theme};

/// Corner radius of cards.
pub const CARD_RADIUS: u8 = 9;
/// Corner radius of buttons, fields and chips.
pub const FIELD_RADIUS: u8 = 6;
/// Text of panels.
pub const BODY: f32 = 13.0;
/// Section heads, tags, what is said in passing.
pub const SMALL: f32 = 11.0;
/// Names of runs and cards.
pub const NAME: f32 = 14.0;
pub const TITLE: f32 = 18.0;

/// How much of the color of words a scroll bar's handle has: three to one against what it stands on, as a sign needs.
const HANDLE_SHARE: f32 = 0.52;

/// Each face: its key, its bytes.
const FACES: [(&str, &[u8]); 5] = [
    ("inter", include_bytes!("../../assets/fonts/Inter-Regular.otf")),
    ("inter-semibold", include_bytes!("../../assets/fonts/Inter-SemiBold.otf")),
    ("inter-bold", include_bytes!("../../assets/fonts/Inter-Bold.otf")),
    ("mono", include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf")),
    ("mono-bold", include_bytes!("../../assets/fonts/JetBrainsMono-Bold.ttf")),
];

/// Gives the context its fonts; once, before the first frame.
///
/// Each family falls back to all the other faces: Inter lacks some of the signs that the monospaced face has, and a box
/// instead of a sign helps nobody.
pub fn install(ctx: &Context) {
    let mut fonts = FontDefinitions::empty();
    for (key, bytes) in FACES {
        fonts.font_data.insert(key.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let families = [
        (FontFamily::Proportional, "inter"),
        (family("semibold"), "inter-semibold"),
        (family("bold"), "inter-bold"),
        (FontFamily::Monospace, "mono"),
        (family("mono-bold"), "mono-bold"),
    ];
    for (family, first) in families {
        let rest = FACES.iter().map(|(key, _)| *key).filter(|key| *key != first);
        fonts.families.insert(family, std::iter::once(first).chain(rest).map(str::to_owned).collect());
    }
    ctx.set_fonts(fonts);
}

/// Colors and spacing of that theme, from the next frame on.
pub fn apply(ctx: &Context, theme: Theme) {
    let egui_theme = match theme {
        Theme::Dark => egui::Theme::Dark,
        Theme::Light => egui::Theme::Light,
    };
    ctx.set_theme(egui_theme);
    ctx.all_styles_mut(space);
    ctx.set_visuals_of(egui_theme, visuals(theme));
}

/// The palette of the theme that this context shows.
pub fn palette(ctx: &Context) -> &'static Palette {
    Palette::of(current(ctx))
}

pub fn current(ctx: &Context) -> Theme {
    match ctx.theme() {
        egui::Theme::Dark => Theme::Dark,
        egui::Theme::Light => Theme::Light,
    }
}

pub const fn color(rgb: Rgb) -> Color32 {
    Color32::from_rgb(rgb.0, rgb.1, rgb.2)
}

pub fn semibold(size: f32) -> FontId {
    FontId::new(size, family("semibold"))
}

pub fn bold(size: f32) -> FontId {
    FontId::new(size, family("bold"))
}

pub fn mono(size: f32) -> FontId {
    FontId::monospace(size)
}

pub fn mono_bold(size: f32) -> FontId {
    FontId::new(size, family("mono-bold"))
}

/// A wash of `tint` over `ground`, `share` of it tint: selected rows, soft buttons.
pub fn blend(ground: Rgb, tint: Rgb, share: f32) -> Color32 {
    color(ground).lerp_to_gamma(color(tint), share)
}

fn family(name: &'static str) -> FontFamily {
    FontFamily::Name(name.into())
}

fn space(style: &mut egui::Style) {
    style.text_styles = [
        (TextStyle::Small, FontId::proportional(SMALL)),
        (TextStyle::Body, FontId::proportional(BODY)),
        (TextStyle::Button, FontId::proportional(BODY)),
        (TextStyle::Monospace, mono(12.0)),
        (TextStyle::Heading, semibold(TITLE)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = egui::vec2(8.0, 8.0);
    spacing.button_padding = egui::vec2(10.0, 4.0);
    spacing.interact_size = egui::vec2(28.0, 24.0);
    spacing.icon_width = 14.0;
    spacing.icon_width_inner = 8.0;
    spacing.icon_spacing = 6.0;
    spacing.menu_margin = Margin::same(8);
    spacing.window_margin = Margin::same(16);
    spacing.slider_rail_height = 4.0;
    spacing.tooltip_width = 360.0;
    spacing.scroll = style::ScrollStyle {
        bar_width: 6.0,
        // In the color of words: a handle in that of buttons cannot be told from a light ground.
        foreground_color: true,
        dormant_background_opacity: 0.0,
        active_background_opacity: 0.0,
        interact_background_opacity: 0.0,
        dormant_handle_opacity: HANDLE_SHARE,
        active_handle_opacity: HANDLE_SHARE,
        interact_handle_opacity: 0.7,
        ..style::ScrollStyle::thin()
    };
    style.interaction.tooltip_delay = 0.35;
    style.interaction.selectable_labels = false;
    style.animation_time = 0.08;
}

fn visuals(theme: Theme) -> Visuals {
    let palette = Palette::of(theme);
    let mut visuals = match theme {
        Theme::Dark => Visuals::dark(),
        Theme::Light => Visuals::light(),
    };
    let line = Stroke::new(1.0, color(palette.line));
    visuals.panel_fill = color(palette.panel);
    visuals.window_fill = color(palette.panel);
    visuals.window_stroke = line;
    visuals.window_corner_radius = CornerRadius::same(CARD_RADIUS);
    visuals.menu_corner_radius = CornerRadius::same(CARD_RADIUS);
    visuals.window_shadow = Shadow::NONE;
    visuals.popup_shadow = Shadow::NONE;
    visuals.extreme_bg_color = color(palette.background);
    visuals.text_edit_bg_color = Some(color(palette.background));
    visuals.faint_bg_color = color(palette.card);
    visuals.code_bg_color = color(palette.background);
    visuals.hyperlink_color = color(palette.accent);
    visuals.error_fg_color = color(palette.bad_end);
    visuals.warn_fg_color = color(palette.ink(palette.blocked));
    visuals.weak_text_color = Some(color(palette.dim));
    visuals.selection.bg_fill = blend(palette.panel, palette.accent, 0.35);
    // The ink of what is chosen in a list or marked in a field, too: it must be read on the fill above.
    visuals.selection.stroke = Stroke::new(1.0, color(palette.text));
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = style::HandleShape::Circle;
    visuals.interact_cursor = Some(egui::CursorIcon::PointingHand);

    let raised = blend(palette.panel, palette.text, 0.06);
    let widget = |fill: Color32, edge: Rgb, text: Rgb| style::WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, color(edge)),
        corner_radius: CornerRadius::same(FIELD_RADIUS),
        fg_stroke: Stroke::new(1.0, color(text)),
        expansion: 0.0,
    };
    visuals.widgets.noninteractive = widget(color(palette.panel), palette.line, palette.text);
    visuals.widgets.inactive = widget(raised, palette.line, palette.text);
    visuals.widgets.hovered = widget(blend(palette.panel, palette.text, 0.1), palette.faint, palette.text);
    visuals.widgets.active = widget(blend(palette.panel, palette.accent, 0.3), palette.accent, palette.text);
    visuals.widgets.open = widget(blend(palette.panel, palette.text, 0.1), palette.accent, palette.text);
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handle_of_a_scroll_bar_can_be_seen() {
        const CONTRAST_MIN: f64 = 3.0;
        for theme in [Theme::Dark, Theme::Light] {
            let palette = Palette::of(theme);
            let ctx = Context::default();
            apply(&ctx, theme);
            let style = ctx.style_of(ctx.theme());
            let scroll = style.spacing.scroll;
            assert!(scroll.foreground_color);
            let handle = style.visuals.widgets.inactive.fg_stroke.color;
            for ground in [palette.background, palette.panel] {
                let share = scroll.dormant_handle_opacity.min(scroll.active_handle_opacity);
                let seen = color(ground).lerp_to_gamma(handle, share);
                let contrast = Rgb(seen.r(), seen.g(), seen.b()).contrast(ground);
                assert!(contrast >= CONTRAST_MIN, "{theme:?} on {ground:?}: {contrast}");
            }
        }
    }
}
