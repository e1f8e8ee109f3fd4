//! The row above the timelines: what the tones mean, what the lanes are, and the buttons that change the range.

use std::sync::Arc;

use eframe::egui::{
    self, Align, Button, Color32, FontId, Galley, Layout, Rangef, RichText, Role, Sense, Shape, Stroke, Ui, UiBuilder,
    WidgetInfo, vec2,
};

use super::cache::TimelineCache;
use super::canvas::Canvas;
use super::foretold::can_be_predicted;
use super::layout::Crowd;
use super::paint::{paint_dashes, paint_tone};
use super::view::{Extent, Range, TimelineView};
use crate::analysis::overheads::Overhead;
use crate::chart::lanes::LaneBy;
use crate::chart::palette::Tone;
use crate::engine::session::{Entry, EntryId, EntryProgress};
use crate::gui::paint::PaintContext;
use crate::gui::replay::{Icon, Replay, paint_icon};
use crate::gui::theme::{self, color};
use crate::lang::{Lang, Text};
use crate::scenario::Engine;

const LANES_BY: Text = Text::new("lanes by", "faixas por");
const FIT_FASTEST: Text = Text::new("fit to the fastest", "ajustar à mais rápida");
const SHOW_ALL: Text = Text::new("show all", "mostrar tudo");
const FIT_LANES: Text = Text::new("fit all lanes", "ajustar todas as faixas");
const ROW_EACH: Text = Text::new("one row each", "uma por linha");
const PER_ROW: Text = Text::new("{} lanes a row", "{} faixas por linha");
const PER_ROW_HINT: Text = Text::new(
    "Where there are too many lanes, a row of pixels stands for up to {} of them and shows what prevails among them.",
    "Onde há faixas demais, uma linha de pixels representa até {} delas e mostra o que predomina entre elas.",
);
const PREDICTED: Text = Text::new("predicted", "previsto");
const SHOW_PREDICTED: Text = Text::new("Show what was predicted", "Mostrar o que foi previsto");
const PREDICTED_HINT: Text = Text::new(
    "Where the imagined computer would have had each task running or in IO, as dashed outlines on lanes of tasks, and how long it says the run would take. Which worker or core carries a task is chance: there nothing is drawn.",
    "Onde o computador imaginado teria cada tarefa executando ou em IO, em contornos tracejados nas faixas por tarefa, e quanto ele diz que a execução levaria. Qual trabalhador ou núcleo carrega uma tarefa é acaso: lá nada é desenhado.",
);
const REPLAY: Text = Text::new("Replay", "Reproduzir");
const REPLAY_HINT: Text =
    Text::new("Play the shown runs again in slow motion", "Ver as execuções de novo em câmera lenta");

/// Height of a row of buttons, of a row of swatches, and what stands between two swatches.
const ROW: f32 = 24.0;
const SWATCH_ROW: f32 = 18.0;
const SWATCH_GAP: f32 = 12.0;
/// Between two buttons, and what each is wider than its words.
const BUTTON_GAP: f32 = 8.0;
const BUTTON_PADDING: f32 = 6.0;
/// Between the buttons and what the lanes are.
const LANES_GAP: f32 = 10.0;
const BESIDE_REPLAY: f32 = 26.0;
const BESIDE_PREDICTED: f32 = 32.0;

pub fn legend_ui(
    ui: &mut Ui,
    entries: &[&Entry],
    view: &mut TimelineView,
    cache: &TimelineCache,
    extent: &Extent,
    ctx: PaintContext,
) {
    ui.add_space(4.0);
    let row = |ui: &mut Ui| ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover()).0;
    let first = row(ui);
    let place = |rect: egui::Rect, layout: Layout| UiBuilder::new().max_rect(rect).layout(layout);
    let mut right = ui.new_child(place(first, Layout::right_to_left(Align::Center)));
    switches_ui(&mut right, entries, view, extent, ctx);
    let words = tones(entries, cache)
        .into_iter()
        .map(|tone| (Mark::Tone(tone), words(tone, view.lane_by, entries, cache, ctx)));
    let is_ghost = |entry: &&Entry| cache.predictions.of(entry).is_some_and(|(_, own)| own.predicted().is_some());
    let ghosts = (view.shows_ghosts() && entries.iter().any(is_ghost))
        .then(|| (Mark::Ghost, PREDICTED.get(ctx.lang).to_owned()));
    let words = words.chain(ghosts);
    let swatches = swatches(ui, words, ctx);
    // Where both do not fit beside each other, the swatches have rows of their own; also where a button or a tone is still
    // to come, so that nothing below moves when a run goes on and ends, or a range is chosen.
    let beside = right.min_rect().left() - first.left();
    let lines = lines(&widths(&swatches), first.width());
    let own = rows(&widths(&swatches), beside, first.width());
    let foreseen = if is_over(entries) { 0 } else { rows(&widths_to_come(ui, view, ctx), beside, first.width()) };
    let rows = kept_rows(ui, entries, view, ctx, own.max(foreseen));
    let mut swatches = swatches.into_iter();
    let mut line_ui = |ui: &mut Ui, rect: egui::Rect, number: usize, count: usize| {
        let line = place(rect, Layout::left_to_right(Align::Center)).id_salt(("swatches", number));
        swatches_ui(&mut ui.new_child(line), swatches.by_ref().take(count), ctx);
    };
    if rows == 0 {
        line_ui(ui, first, 0, usize::MAX);
        return;
    }
    for number in 0..rows {
        let rect = ui.allocate_exact_size(vec2(first.width(), SWATCH_ROW), Sense::hover()).0;
        line_ui(ui, rect, number, lines.get(number).copied().unwrap_or(0));
    }
}

fn is_over(entries: &[&Entry]) -> bool {
    entries.iter().all(|entry| entry.progress == EntryProgress::Over)
}

fn widths(swatches: &[Swatch]) -> Vec<f32> {
    swatches.iter().map(|swatch| swatch.width() + SWATCH_GAP).collect()
}

/// Of every tone that a run may come to without failing.
fn widths_to_come(ui: &Ui, view: &TimelineView, ctx: PaintContext) -> Vec<f32> {
    let usual = ORDER.into_iter().filter(|tone| *tone != Tone::BadEnd);
    let words = usual.map(|tone| (Mark::Tone(tone), label(tone, view.lane_by).get(ctx.lang).to_owned()));
    widths(&swatches(ui, words, ctx))
}

/// How many rows of their own swatches of these widths need; none where they fit `beside` the buttons.
fn rows(widths: &[f32], beside: f32, room: f32) -> usize {
    if widths.iter().sum::<f32>() <= beside {
        return 0;
    }
    lines(widths, room).len()
}

/// How many of them stand in each row of that width.
fn lines(widths: &[f32], room: f32) -> Vec<usize> {
    let (mut lines, mut left) = (vec![], 0.0);
    for width in widths {
        // Behind the last of a row there need be no gap.
        match lines.last_mut() {
            Some(last) if width - SWATCH_GAP <= left => *last += 1,
            _ => {
                lines.push(1);
                left = room;
            }
        }
        left -= width;
    }
    lines
}

/// As many as these runs have had already, or more.
fn kept_rows(ui: &Ui, entries: &[&Entry], view: &TimelineView, ctx: PaintContext, rows: usize) -> usize {
    #[derive(Clone, PartialEq)]
    struct Of {
        entries: Vec<EntryId>,
        lane_by: LaneBy,
        ghosts: bool,
        lang: Lang,
        width: f32,
    }
    let id = ui.scope_id().with("legend rows");
    let of = Of {
        entries: entries.iter().map(|entry| entry.id).collect(),
        lane_by: view.lane_by,
        ghosts: view.shows_ghosts(),
        lang: ctx.lang,
        width: ui.available_width(),
    };
    let before = ui.data(|data| data.get_temp::<(Of, usize)>(id)).filter(|(own, _)| *own == of);
    let rows = before.map_or(rows, |(_, before)| before.max(rows));
    ui.data_mut(|data| data.insert_temp(id, (of, rows)));
    rows
}

/// The room of the buttons, also of those that are not shown now and may be soon, without the words beside them.
fn buttons_width(ui: &Ui, entries: &[&Entry], view: &TimelineView, extent: &Extent, ctx: PaintContext) -> f32 {
    let crowd = view.crowded.map(|(crowd, _)| width(ui, crowd_text(crowd).get(ctx.lang)) + 2.0 * BUTTON_PADDING);
    let own = places(entries, view, extent).into_iter().map(|place| place.button.width(ui, ctx));
    own.chain(crowd).map(|width| width + BUTTON_GAP).sum()
}

fn width(ui: &Ui, text: &str) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(12.0), Color32::WHITE).size().x
}

#[derive(Clone, Copy)]
enum LegendButton {
    ShowAll,
    FitFastest,
    Replay,
    Predicted,
}

impl LegendButton {
    fn width(self, ui: &Ui, ctx: PaintContext) -> f32 {
        let (text, beside) = match self {
            LegendButton::ShowAll => (SHOW_ALL, 2.0 * BUTTON_PADDING),
            LegendButton::FitFastest => (FIT_FASTEST, 2.0 * BUTTON_PADDING),
            LegendButton::Replay => (REPLAY, BESIDE_REPLAY),
            LegendButton::Predicted => (PREDICTED, BESIDE_PREDICTED),
        };
        width(ui, text.get(ctx.lang)) + beside
    }
}

/// A button of these runs, shown or still to come.
struct Place {
    button: LegendButton,
    is_hidden: bool,
}

/// From left to right.
fn places(entries: &[&Entry], view: &TimelineView, extent: &Extent) -> Vec<Place> {
    let over = is_over(entries);
    let predicted = entries.iter().any(|entry| can_be_predicted(entry));
    let unsqueezed = !extent.squeezes() || view.range == Range::Fastest;
    let possible = [
        (true, LegendButton::ShowAll, view.range == Range::Fit),
        (entries.len() > 1, LegendButton::FitFastest, unsqueezed),
        (true, LegendButton::Replay, !over || view.replay.is_some()),
        (predicted || may_be_measured(entries), LegendButton::Predicted, !predicted),
    ];
    let place = |(is_possible, button, is_hidden): (bool, _, bool)| is_possible.then_some(Place { button, is_hidden });
    possible.into_iter().filter_map(place).collect()
}

/// What a tone is called on such lanes.
fn label(tone: Tone, by: LaneBy) -> Text {
    match tone {
        Tone::Blocked if by == LaneBy::Worker => Text::new("main thread blocked", "thread principal bloqueada"),
        Tone::Running => Text::new("running", "executando"),
        Tone::Io => Text::new("in IO", "em IO"),
        Tone::Ready => Text::new("ready", "pronta"),
        Tone::Blocked => Text::new("blocked", "bloqueada"),
        Tone::Preempted => Text::new("preempted", "preemptada"),
        // What of it occurs is said instead.
        Tone::Overhead => Text::new("overhead", "custo"),
        Tone::BadEnd => Text::new("failed or stopped", "falhou ou parou"),
        Tone::CoreBusy => Text::new("core used by the run", "núcleo usado pela execução"),
        Tone::Others => Text::new("core taken by others", "núcleo tomado por outros"),
    }
}

/// The same, and for what a model costs, what of it occurs.
fn words(tone: Tone, by: LaneBy, entries: &[&Entry], cache: &TimelineCache, ctx: PaintContext) -> String {
    let derived = || entries.iter().filter_map(|entry| cache.get(entry.id));
    let occurs = |kind: &Overhead| derived().any(|derived| derived.overheads.contains(kind));
    let kinds: Vec<&str> = match tone {
        Tone::Overhead => Overhead::ALL.into_iter().filter(occurs).map(|kind| kind.label().get(ctx.lang)).collect(),
        _ => Vec::new(),
    };
    if kinds.is_empty() { label(tone, by).get(ctx.lang).to_owned() } else { kinds.join(", ") }
}

/// The legend's.
const ORDER: [Tone; 9] = [
    Tone::Running,
    Tone::Io,
    Tone::Ready,
    Tone::Blocked,
    Tone::Preempted,
    Tone::Overhead,
    Tone::BadEnd,
    Tone::CoreBusy,
    Tone::Others,
];

/// Those that occur, in the legend's order.
fn tones(entries: &[&Entry], cache: &TimelineCache) -> Vec<Tone> {
    let occurs = |tone: Tone| {
        let derived = || entries.iter().filter_map(|entry| cache.get(entry.id));
        match tone {
            Tone::CoreBusy => derived().any(|derived| !derived.strips.busy.are_empty()),
            Tone::Others => derived().any(|derived| !derived.strips.taken.are_empty()),
            Tone::Overhead if derived().any(|derived| !derived.strips.overhead.are_empty()) => true,
            tone => derived().any(|derived| derived.tones.contains(&tone)),
        }
    };
    ORDER.into_iter().filter(|tone| occurs(*tone)).collect()
}

/// What a swatch shows.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Tone(Tone),
    Ghost,
}

/// A mark and its word.
struct Swatch {
    mark: Mark,
    word: Arc<Galley>,
}

impl Swatch {
    const SIZE: egui::Vec2 = vec2(20.0, 10.0);
    /// Between the mark and the word.
    const GAP: f32 = 6.0;

    fn width(&self) -> f32 {
        Swatch::SIZE.x + Swatch::GAP + self.word.size().x
    }
}

fn swatches(ui: &Ui, words: impl Iterator<Item = (Mark, String)>, ctx: PaintContext) -> Vec<Swatch> {
    let word = |text| ui.painter().layout_no_wrap(text, FontId::proportional(12.0), color(ctx.palette.dim));
    words.map(|(mark, text)| Swatch { mark, word: word(text) }).collect()
}

/// One row of them, each as it is drawn.
fn swatches_ui(ui: &mut Ui, swatches: impl Iterator<Item = Swatch>, ctx: PaintContext) {
    ui.spacing_mut().item_spacing.x = SWATCH_GAP;
    for swatch in swatches {
        let (rect, _) = ui.allocate_exact_size(vec2(swatch.width(), SWATCH_ROW), Sense::hover());
        let (x, y) = (
            Rangef::new(rect.left(), rect.left() + Swatch::SIZE.x),
            Rangef::point(rect.center().y).expand(Swatch::SIZE.y / 2.0),
        );
        let Swatch { mark, word } = swatch;
        let mut canvas = Canvas::new(ui.pixels_per_point());
        match mark {
            Mark::Ghost => paint_dashes(&mut canvas, color(ctx.palette.text), x, y),
            Mark::Tone(Tone::BadEnd) => {
                paint_tone(&mut canvas, ctx.palette, Tone::BadEnd, Rangef::point(x.center()), y);
            }
            // The thin hatch of a lane would be a thread here.
            Mark::Tone(Tone::Io) => paint_tone(&mut canvas, ctx.palette, Tone::Io, x, y.expand(3.5)),
            Mark::Tone(tone) => paint_tone(&mut canvas, ctx.palette, tone, x, y),
        }
        ui.painter().add(Shape::mesh(canvas.finish()));
        let at = egui::pos2(rect.right() - word.size().x, rect.center().y - word.size().y / 2.0);
        ui.painter().galley(at, word, color(ctx.palette.dim));
    }
}

/// From the right: what the lanes are, the range, the replay.
fn switches_ui(ui: &mut Ui, entries: &[&Entry], view: &mut TimelineView, extent: &Extent, ctx: PaintContext) {
    ui.spacing_mut().item_spacing.x = 4.0;
    for (number, by) in LaneBy::ALL.into_iter().rev().enumerate() {
        if number > 0 {
            ui.label(RichText::new("·").color(color(ctx.palette.faint)));
        }
        lane_by_ui(ui, by, view, ctx);
    }
    // Words give way to buttons.
    let mut spare = ui.available_width() - buttons_width(ui, entries, view, extent, ctx) - LANES_GAP;
    words_ui(ui, LANES_BY.get(ctx.lang), &mut spare, ctx);
    ui.add_space(LANES_GAP);
    ui.spacing_mut().item_spacing.x = BUTTON_GAP;
    crowd_ui(ui, view, &mut spare, ctx);
    // From the right, those first that stay: where one is hidden, its place is kept, and no other moves under the pointer.
    for Place { button, is_hidden } in places(entries, view, extent).into_iter().rev() {
        if is_hidden {
            ui.allocate_space(vec2(button.width(ui, ctx), 1.0));
            continue;
        }
        match button {
            LegendButton::ShowAll if small_button_ui(ui, SHOW_ALL.get(ctx.lang), ctx).clicked() => view.fit(),
            LegendButton::FitFastest if small_button_ui(ui, FIT_FASTEST.get(ctx.lang), ctx).clicked() => {
                view.range = Range::Fastest;
            }
            LegendButton::Replay if replay_button_ui(ui, ctx) => {
                view.replay = Some(Replay::start(extent.longest, extent.scale));
            }
            LegendButton::Predicted => predicted_ui(ui, view, ctx),
            LegendButton::ShowAll | LegendButton::FitFastest | LegendButton::Replay => {}
        }
    }
}

/// Some of them are measured, and have a prediction once they are over.
fn may_be_measured(entries: &[&Entry]) -> bool {
    entries.iter().any(|entry| entry.run.engine == Engine::Measured && !entry.run.shows_order_only())
}

/// The switch of the ghosts: as it is when on, quiet when off.
fn predicted_ui(ui: &mut Ui, view: &mut TimelineView, ctx: PaintContext) {
    let size = ui
        .painter()
        .layout_no_wrap(PREDICTED.get(ctx.lang).to_owned(), FontId::proportional(12.0), Color32::WHITE)
        .size();
    let (rect, response) = ui.allocate_exact_size(vec2(size.x + BESIDE_PREDICTED, 22.0), Sense::click());
    let on = view.predicted;
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, SHOW_PREDICTED.get(ctx.lang)));
    let bright = on || response.hovered() || response.has_focus();
    let ink = if bright { ctx.palette.text } else { ctx.palette.accent };
    if on {
        ui.painter().rect_filled(rect, 6.0, color(ctx.palette.line));
    }
    let mut canvas = Canvas::new(ui.pixels_per_point());
    let left = rect.left() + 6.0;
    let place = Rangef::point(rect.center().y).expand(5.0);
    paint_dashes(&mut canvas, color(ink), Rangef::new(left, left + 12.0), place);
    ui.painter().add(Shape::mesh(canvas.finish()));
    let text_left = egui::pos2(left + 18.0, rect.center().y);
    ui.painter().text(
        text_left,
        egui::Align2::LEFT_CENTER,
        PREDICTED.get(ctx.lang),
        FontId::proportional(12.0),
        color(ink),
    );
    let hint = format!("{}\n{}", SHOW_PREDICTED.get(ctx.lang), PREDICTED_HINT.get(ctx.lang));
    if response.on_hover_text(hint).clicked() {
        view.predicted = !on;
    }
}

/// Where lanes are too many: the other way to show them.
fn crowd_ui(ui: &mut Ui, view: &mut TimelineView, spare: &mut f32, ctx: PaintContext) {
    let Some((crowd, per_row)) = view.crowded else { return };
    let mut button = small_button_ui(ui, crowd_text(crowd).get(ctx.lang), ctx);
    if per_row > 1 {
        let hint = PER_ROW_HINT.fill(ctx.lang, &[&per_row]);
        match words_ui(ui, &PER_ROW.fill(ctx.lang, &[&per_row]), spare, ctx) {
            Some(words) => _ = words.on_hover_text(hint),
            None => button = button.on_hover_text(hint),
        }
    }
    if button.clicked() {
        view.crowd = if crowd == Crowd::Fit { Crowd::Scroll } else { Crowd::Fit };
    }
}

/// What the button says that leads to the other way.
fn crowd_text(crowd: Crowd) -> Text {
    match crowd {
        Crowd::Fit => ROW_EACH,
        Crowd::Auto | Crowd::Scroll => FIT_LANES,
    }
}

/// Words between the buttons, where there is room to spare for them.
fn words_ui(ui: &mut Ui, words: &str, spare: &mut f32, ctx: PaintContext) -> Option<egui::Response> {
    *spare -= width(ui, words) + BUTTON_GAP;
    (*spare >= 0.0).then(|| ui.label(RichText::new(words).size(12.0).color(color(ctx.palette.dim))))
}

fn lane_by_ui(ui: &mut Ui, by: LaneBy, view: &mut TimelineView, ctx: PaintContext) {
    let chosen = view.lane_by == by;
    let text = RichText::new(by.label().get(ctx.lang)).size(12.0);
    let text = if chosen {
        text.font(theme::semibold(12.0)).color(color(ctx.palette.text))
    } else {
        text.color(color(ctx.palette.dim))
    };
    ui.spacing_mut().button_padding.x = 2.0;
    let response = ui.add(Button::new(text).frame(false));
    let label = format!("{} {}", LANES_BY.get(ctx.lang), by.label().get(ctx.lang));
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &label));
    if response.clicked() {
        view.lane_by = by;
    }
}

fn small_button_ui(ui: &mut Ui, text: &str, ctx: PaintContext) -> egui::Response {
    let text = RichText::new(text).size(12.0).color(color(ctx.palette.accent));
    ui.spacing_mut().button_padding.x = BUTTON_PADDING;
    ui.add(Button::new(text).frame(false))
}

fn replay_button_ui(ui: &mut Ui, ctx: PaintContext) -> bool {
    let ink = color(ctx.palette.accent);
    let name = REPLAY.get(ctx.lang);
    let galley = ui.painter().layout_no_wrap(name.to_owned(), FontId::proportional(12.0), ink);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + BESIDE_REPLAY, 22.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if response.hovered() || response.has_focus() {
        let edge = Stroke::new(1.0, ink);
        ui.painter().rect(rect, 6.0, Color32::TRANSPARENT, edge, egui::StrokeKind::Inside);
    }
    paint_icon(ui.painter(), egui::pos2(rect.left() + 11.0, rect.center().y), Icon::Play, ink);
    ui.painter().galley(egui::pos2(rect.left() + 20.0, rect.center().y - galley.size().y / 2.0), galley, ink);
    response.on_hover_text(REPLAY_HINT.get(ctx.lang)).clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swatches_stand_beside_the_buttons_or_in_as_many_rows_as_they_need() {
        let check = |widths: &[f32], beside: f32, expected: usize| {
            assert_eq!(rows(widths, beside, 300.0), expected, "{widths:?} beside {beside}");
        };
        check(&[], 100.0, 0);
        check(&[100.0, 80.0], 200.0, 0);
        check(&[100.0, 80.0], 170.0, 1);
        check(&[100.0, 100.0, 100.0 + SWATCH_GAP], 100.0, 1);
        check(&[100.0, 100.0, 120.0], 100.0, 2);
        check(&[400.0, 400.0], 100.0, 2);
        assert_eq!(lines(&[100.0, 100.0, 120.0, 300.0, 20.0], 300.0), [2, 1, 1, 1]);
    }
}
