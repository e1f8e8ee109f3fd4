//! One lesson's card: its picture, title, summary and tags. The picture is of simulated runs, and says so.

use eframe::egui::{
    self, Align2, Color32, CornerRadius, FontId, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

use super::HomeContents;
use super::lessons::Lesson;
use super::thumbnails::Thumbnail;
use crate::gui::presets::Preset;
use crate::gui::{theme, widgets, words};
use crate::lang::{Lang, Text};
use crate::time::Nanos;

/// The least width, and the height, of a card.
pub const CARD_SIZE: Vec2 = vec2(264.0, 212.0);
const PICTURE_HEIGHT: f32 = 104.0;

/// `next`: what invites to this lesson, of all the one to go on with.
pub fn card_ui(
    ui: &mut Ui,
    size: Vec2,
    lesson: &Lesson,
    thumbnail: Option<&Thumbnail>,
    next: Option<&str>,
    contents: &HomeContents<'_>,
) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let lang = contents.lang;
    let title = lesson.scenario.title(lang);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, title));
    if ui.is_rect_visible(rect) {
        paint_frame(ui, rect, &response, next.is_some());
        let picture = Rect::from_min_size(rect.min, vec2(rect.width(), PICTURE_HEIGHT)).shrink(1.0);
        if let Some(thumbnail) = thumbnail {
            let plot = Rect::from_min_max(picture.min + vec2(14.0, 10.0), picture.max - vec2(14.0, 16.0));
            ui.painter().add(thumbnail.layout(plot, theme::palette(ui), ui.pixels_per_point()));
            let ink = theme::color(theme::palette(ui).dim);
            let font = FontId::proportional(10.0);
            // On the left: an invitation may stand on the right.
            let corner = picture.left_bottom() + vec2(14.0, -3.0);
            ui.painter().text(corner, Align2::LEFT_BOTTOM, words::SIMULATED.get(lang), font, ink);
        }
        let inner = Rect::from_min_max(pos2(rect.left(), picture.bottom()), rect.max).shrink2(vec2(14.0, 12.0));
        paint_words(ui, inner, lesson, contents);
        if let Some(words) = next {
            paint_start(ui, picture, words);
        }
    }
    let Some(thumbnail) = thumbnail else { return response };
    let titles: Vec<&str> = thumbnail.titles(lang).collect();
    let what = Text::new("The picture, simulated: {}.", "A imagem, simulada: {}.").fill(lang, &[&titles.join(" / ")]);
    ui.accesskit_node_builder(response.id, |node| node.set_description(what.as_str()));
    // Who rests there while a dialog opens has left it.
    let is_covered = !ui.memory(|memory| memory.is_above_modal_layer(ui.layer_id()));
    if is_covered { response } else { response.on_hover_text(what) }
}

fn paint_frame(ui: &Ui, rect: Rect, response: &Response, next: bool) {
    let palette = theme::palette(ui);
    let edge = if response.has_focus() || response.hovered() || next { palette.accent } else { palette.line };
    let radius = CornerRadius::same(theme::CARD_RADIUS);
    let painter = ui.painter();
    painter.rect_filled(rect, radius, theme::color(palette.card));
    let top = Rect::from_min_size(rect.min, vec2(rect.width(), PICTURE_HEIGHT));
    let top_radius = CornerRadius { sw: 0, se: 0, ..radius };
    painter.rect_filled(top, top_radius, theme::color(palette.background));
    painter.hline(rect.x_range(), top.bottom(), Stroke::new(1.0, theme::color(palette.line)));
    painter.rect_stroke(rect, radius, Stroke::new(1.0, theme::color(edge)), StrokeKind::Inside);
}

fn paint_words(ui: &Ui, rect: Rect, lesson: &Lesson, contents: &HomeContents<'_>) {
    let palette = theme::palette(ui);
    let (lang, painter) = (contents.lang, ui.painter());
    let done = contents.settings.lessons_done.contains(lesson.id);
    let ink = theme::color(palette.text);
    let dim = theme::color(palette.dim);
    let room = rect.width() - if done { 20.0 } else { 0.0 };
    let title = widgets::elided(ui, lesson.scenario.title(lang), theme::semibold(theme::NAME), ink, room);
    let mut y = rect.top();
    let title_height = title.size().y;
    painter.galley(pos2(rect.left(), y), title, ink);
    if done {
        let at = pos2(rect.right(), y);
        painter.text(at, egui::Align2::RIGHT_TOP, "✓", theme::semibold(theme::NAME), theme::color(palette.accent));
    }
    y += title_height + 4.0;
    let summary = widgets::wrapped(ui, lesson.scenario.summary(lang), FontId::proportional(12.5), dim, rect.width(), 2);
    painter.galley(pos2(rect.left(), y), summary, dim);
    paint_tags(ui, rect, &tags(lesson, contents), dim, theme::color(palette.line));
}

fn tags(lesson: &Lesson, contents: &HomeContents<'_>) -> Vec<String> {
    let lang = contents.lang;
    let kind = match lesson.kind {
        Preset::Io => Some(Text::new("io", "io")),
        Preset::Cpu => Some(Text::new("cpu", "cpu")),
        Preset::Mixed => Some(Text::new("io + cpu", "io + cpu")),
        // Steps are what every workload has.
        Preset::Own => None,
    };
    let models = lesson.scenario.models.len();
    let count = if models == 1 { Text::new("{} model", "{} modelo") } else { Text::new("{} models", "{} modelos") };
    let work = Text::new("{} one by one", "{} em fila");
    let kind = kind.map(|kind| kind.get(lang).to_owned());
    let rest = [count.fill(lang, &[&models]), work.fill(lang, &[&as_people_say(lesson.work, lang)])];
    kind.into_iter().chain(rest).collect()
}

/// Nobody counts an hour in seconds.
fn as_people_say(time: Nanos, lang: Lang) -> String {
    match time.secs() {
        ..180.0 => lang.figure(time),
        seconds @ ..7_200.0 => format!("{:.0} min", seconds / 60.0),
        seconds => lang.figure(format!("{:.1} h", seconds / 3_600.0)),
    }
}

fn paint_tags(ui: &Ui, rect: Rect, tags: &[String], ink: Color32, edge: Color32) {
    let mut x = rect.left();
    for tag in tags {
        let galley = ui.painter().layout_no_wrap(tag.clone(), FontId::proportional(theme::SMALL), ink);
        let size = galley.size() + vec2(14.0, 5.0);
        let frame = Rect::from_min_size(pos2(x, rect.bottom() - size.y), size);
        if frame.right() > rect.right() {
            break;
        }
        ui.painter().rect_stroke(frame, CornerRadius::same(9), Stroke::new(1.0, edge), StrokeKind::Inside);
        ui.painter().galley(frame.min + vec2(7.0, 2.5), galley, ink);
        x = frame.right() + 6.0;
    }
}

fn paint_start(ui: &Ui, picture: Rect, text: &str) {
    let palette = theme::palette(ui);
    let ink = theme::color(palette.on_accent);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::semibold(theme::BODY), ink);
    let size = galley.size() + vec2(24.0, 12.0);
    let at = Rect::from_min_size(picture.max - size - vec2(10.0, 10.0), size);
    ui.painter().rect_filled(at, CornerRadius::same(theme::FIELD_RADIUS), theme::color(palette.accent));
    ui.painter().galley(at.min + vec2(12.0, 6.0), galley, ink);
}
