//! Playing finished runs again in slow motion. The clock of a replay is pure ([`Replay`]); [`replay_ui`] is its bar of
//! buttons. All shown runs are played together, on one cursor. What is said of an instant is `telling`'s.

use eframe::egui::{
    self, Align, Button, Key, Layout, Modifiers, RichText, Role, Sense, Slider, Stroke, Ui, WidgetInfo,
};

use super::paint::PaintContext;
use super::replay_speed::Speed;
use super::shortcuts::has_popup;
use super::{theme, widgets};
use crate::chart::axis::{Scale, step_label};
use crate::engine::session::Entry;
use crate::explore::run::STEP;
use crate::lang::{Lang, Text};
use crate::time::Nanos;

const PLAY: Text = Text::new("Play", "Reproduzir");
const PAUSE: Text = Text::new("Pause", "Pausar");
const PREVIOUS: Text = Text::new("Previous event", "Evento anterior");
const NEXT: Text = Text::new("Next event", "Próximo evento");
const STOP: Text = Text::new("End replay", "Encerrar reprodução");
const SPEED: Text = Text::new("Speed", "Velocidade");
const POSITION: Text = Text::new("Replay position", "Posição da reprodução");
const REPLAY: Text = Text::new("Replay", "Reprodução");

/// Where a replay stands. Knows no clock: it is told how much time went by.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    pub at: Nanos,
    pub playing: bool,
    pub speed: Speed,
    /// Of a nanosecond, beyond `at`: the shortest runs are played slower than one a frame.
    part: f64,
}

impl Replay {
    /// From the beginning, so fast that it can be followed.
    pub fn start(longest: Nanos, scale: Scale) -> Self {
        let speed = Speed::to_follow(longest * pace(scale));
        Replay { playing: true, ..Replay::paused(Nanos::ZERO, speed) }
    }

    pub fn paused(at: Nanos, speed: Speed) -> Self {
        Replay { at, playing: false, speed, part: 0.0 }
    }

    /// `elapsed` went by in life; stops at the end.
    pub fn advance(&mut self, elapsed: Nanos, longest: Nanos) {
        if self.playing {
            #[expect(clippy::cast_precision_loss, reason = "a frame's time")]
            let passed = elapsed.0 as f64 * self.speed.factor() + self.part;
            let whole = Nanos::from_secs_f64(passed.floor() / 1e9);
            self.part = passed.fract();
            self.at = (self.at + whole).min(longest);
            self.playing = self.at < longest;
        }
    }

    /// Plays or pauses; at the end, plays from the beginning.
    pub fn toggle(&mut self, longest: Nanos) {
        self.playing = !self.playing;
        if self.playing && self.at >= longest {
            self.at = Nanos::ZERO;
        }
    }

    /// Pauses at the nearest of these instants after this one.
    pub fn next_event(&mut self, events: impl Iterator<Item = Nanos>) {
        self.at = events.filter(|time| *time > self.at).min().unwrap_or(self.at);
        self.playing = false;
    }

    /// Pauses at the nearest of these instants before this one.
    pub fn previous_event(&mut self, events: impl Iterator<Item = Nanos>) {
        self.at = events.filter(|time| *time < self.at).max().unwrap_or(Nanos::ZERO);
        self.playing = false;
    }
}

/// Brings the replay to this frame, by its clock and by its keys: before anything is drawn that stands at its cursor.
/// `scale`: that of the axis. Asks for repaints only while it plays.
pub fn follow(ui: &Ui, entries: &[&Entry], replay: &mut Replay, longest: Nanos, scale: Scale) {
    let elapsed = Nanos::from_secs_f64(f64::from(ui.input(|input| input.stable_dt).min(0.1)));
    replay.advance(elapsed / pace(scale), longest);
    replay.at = replay.at.min(longest);
    keys(ui, entries, replay, longest);
    if replay.playing {
        ui.request_repaint();
    }
}

/// The replay's buttons. `scale`: that of the axis. Returns whether the replay goes on.
pub fn replay_ui(
    ui: &mut Ui,
    entries: &[&Entry],
    replay: &mut Replay,
    longest: Nanos,
    scale: Scale,
    ctx: PaintContext,
) -> bool {
    let before = (replay.at, replay.playing);
    let mut goes_on = true;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(RichText::new(REPLAY.get(ctx.lang)).font(theme::semibold(theme::BODY)));
        ui.add_space(4.0);
        if icon_ui(ui, Icon::Previous, PREVIOUS.get(ctx.lang), ctx) {
            replay.previous_event(instants(entries));
        }
        let (icon, name) = if replay.playing { (Icon::Pause, PAUSE) } else { (Icon::Play, PLAY) };
        if icon_ui(ui, icon, name.get(ctx.lang), ctx) {
            replay.toggle(longest);
        }
        if icon_ui(ui, Icon::Next, NEXT.get(ctx.lang), ctx) {
            replay.next_event(instants(entries));
        }
        ui.add_space(4.0);
        for speed in Speed::offered(longest * pace(scale), replay.speed) {
            let text = speed.to_string();
            let chosen = replay.speed == speed;
            let ink = theme::color(if chosen { ctx.palette.text } else { ctx.palette.dim });
            let button = Button::selectable(chosen, RichText::new(&text).font(theme::mono(theme::SMALL)).color(ink));
            let response = ui.add(button);
            let label = format!("{} {text}", SPEED.get(ctx.lang));
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &label));
            if response.clicked() {
                replay.speed = speed;
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            goes_on = !icon_ui(ui, Icon::Stop, STOP.get(ctx.lang), ctx);
            clock_ui(ui, scale, replay, longest, ctx);
            ui.add_space(4.0);
            slider_ui(ui, replay, longest, ctx);
        });
    });
    if before != (replay.at, replay.playing) {
        // The lanes above were painted where it stood before.
        ui.request_repaint();
    }
    goes_on
}

/// Where the replay stands, in as much room as the longest time takes: nothing moves while it plays.
fn clock_ui(ui: &mut Ui, scale: Scale, replay: &Replay, longest: Nanos, ctx: PaintContext) {
    let shown = |time: Nanos| match scale {
        Scale::Time => clock(time, longest, ctx.lang),
        Scale::Steps { count } => step_label(time, count, ctx.lang),
    };
    let font = theme::mono(12.0);
    let room = |text: String| ui.painter().layout_no_wrap(text, font.clone(), egui::Color32::WHITE).size();
    // Short times may be written in more digits than the longest.
    let size = room(shown(longest)).max(room("000 µs".to_owned()));
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_size(size);
        ui.label(RichText::new(shown(replay.at)).font(font));
    });
}

/// To the microsecond, however long the run is: two events beside each other are two instants.
fn clock(time: Nanos, longest: Nanos, lang: Lang) -> String {
    if longest < Nanos::from_millis(1) { lang.figure(time) } else { lang.figure(format!("{:.3} ms", time.millis())) }
}

/// How many times slower than drawn is as in life: a step, which has no length of its own, takes half a second.
fn pace(scale: Scale) -> i64 {
    match scale {
        Scale::Time => 1,
        Scale::Steps { .. } => Nanos::from_millis(500).0 / STEP.0,
    }
}

/// When something happened in any of the runs, or something was chosen.
fn instants<'a>(entries: &'a [&Entry]) -> impl Iterator<Item = Nanos> + 'a {
    let events = entries.iter().flat_map(|entry| entry.run.trace.starts()).copied();
    events.chain(entries.iter().flat_map(|entry| entry.decisions.iter()).map(|decision| decision.time))
}

/// Space plays and pauses, where nobody else wants it; others step.
fn keys(ui: &Ui, entries: &[&Entry], replay: &mut Replay, longest: Nanos) {
    let free = ui.memory(|memory| memory.focused().is_none());
    if free && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Space)) {
        replay.toggle(longest);
    }
    let [back, on] = step_keys(ui);
    if on {
        replay.next_event(instants(entries));
    }
    if back {
        replay.previous_event(instants(entries));
    }
}

/// Whether a key asks for a step back, or on: comma and period, or the arrows where nothing has the focus; none while
/// something is written, or a dialog lies over it.
pub fn step_keys(ui: &Ui) -> [bool; 2] {
    if ui.text_edit_focused() || ui.memory(|memory| memory.top_modal_layer().is_some()) {
        return [false; 2];
    }
    let free = ui.memory(|memory| memory.focused().is_none());
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    [(Key::Comma, Key::ArrowLeft), (Key::Period, Key::ArrowRight)]
        .map(|(own, arrow)| pressed(own) || free && pressed(arrow))
}

/// Esc ends a replay, where nothing that lies over it or is written in takes the key first.
pub fn is_given_up(ui: &Ui) -> bool {
    let taken = ui.text_edit_focused() || has_popup(ui.ctx()) || ui.memory(|memory| memory.top_modal_layer().is_some());
    !taken && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
}

fn slider_ui(ui: &mut Ui, replay: &mut Replay, longest: Nanos, ctx: PaintContext) {
    let mut seconds = replay.at.secs();
    let slider = Slider::new(&mut seconds, 0.0..=longest.secs()).trailing_fill(true);
    let response = widgets::slider_ui(ui, slider, POSITION.get(ctx.lang));
    if response.changed() {
        replay.at = Nanos::from_secs_f64(seconds).min(longest);
        replay.playing = false;
    }
}

/// Signs that the fonts do not have.
#[derive(Clone, Copy)]
pub enum Icon {
    Play,
    Pause,
    Next,
    Previous,
    Stop,
}

/// A small button with a painted sign. Returns whether it was clicked.
pub fn icon_ui(ui: &mut Ui, icon: Icon, name: &str, ctx: PaintContext) -> bool {
    let (rect, response) = ui.allocate_exact_size(egui::vec2(24.0, 22.0), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    let bright = response.hovered() || response.has_focus();
    if bright {
        ui.painter().rect_filled(rect, 4.0, theme::blend(ctx.palette.background, ctx.palette.text, 0.1));
    }
    let ink = theme::color(if bright { ctx.palette.text } else { ctx.palette.dim });
    paint_icon(ui.painter(), rect.center(), icon, ink);
    response.on_hover_text(name).clicked()
}

pub fn paint_icon(painter: &egui::Painter, center: egui::Pos2, icon: Icon, ink: egui::Color32) {
    let at = |x: f32, y: f32| center + egui::vec2(x, y);
    let triangle = |tip: f32, base: f32| {
        let points = vec![at(base, -5.0), at(tip, 0.0), at(base, 5.0)];
        egui::Shape::convex_polygon(points, ink, Stroke::NONE)
    };
    let post =
        |x: f32| egui::Shape::rect_filled(egui::Rect::from_center_size(at(x, 0.0), egui::vec2(2.5, 10.0)), 0.5, ink);
    match icon {
        Icon::Play => painter.extend([triangle(5.5, -3.5)]),
        Icon::Pause => painter.extend([post(-2.5), post(2.5)]),
        Icon::Next => painter.extend([triangle(3.0, -5.0), post(4.5)]),
        Icon::Previous => painter.extend([triangle(-3.0, 5.0), post(-4.5)]),
        Icon::Stop => painter.extend([egui::Shape::rect_filled(
            egui::Rect::from_center_size(center, egui::vec2(9.0, 9.0)),
            1.0,
            ink,
        )]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: i64) -> Nanos {
        Nanos::from_millis(millis)
    }

    #[test]
    fn the_clock_tells_neighbors_apart() {
        let at = |micros: i64| clock(Nanos::from_micros(micros), Nanos::from_millis(500), Lang::En);
        assert_eq!([at(0), at(224_417), at(224_418)], ["0.000 ms", "224.417 ms", "224.418 ms"]);
        assert_eq!(clock(Nanos(250), Nanos(900_000), Lang::En), "250 ns");
        assert_eq!(clock(Nanos::from_micros(1_500), Nanos::from_millis(2), Lang::PtBr), "1,500 ms");
    }

    #[test]
    fn the_shortest_run_and_the_longest_are_played_in_some_seconds() {
        let frame = Nanos::from_micros(16_667);
        for longest in [Nanos(10), Nanos::from_micros(260), ms(460), ms(9_000), ms(28_000_000)] {
            let mut replay = Replay::start(longest, Scale::Time);
            let frames = (1..100_000).find(|_| {
                replay.advance(frame, longest);
                !replay.playing
            });
            assert!(frames.is_some_and(|frames| (4 * 60..31 * 60).contains(&frames)), "{longest}: {frames:?} frames");
        }
        let steps = Replay::start(STEP * 8, Scale::Steps { count: 8 });
        assert_eq!(steps.speed, Speed::LIFE, "a step takes half a second");
    }

    #[test]
    fn it_plays_to_the_end_and_from_there_again() {
        let mut replay = Replay::start(ms(1_000), Scale::Time);
        replay.advance(ms(1_000), ms(1_000));
        assert_eq!((replay.at, replay.playing), (ms(200), true));
        replay.advance(ms(60_000), ms(1_000));
        assert_eq!((replay.at, replay.playing), (ms(1_000), false));
        replay.advance(ms(60_000), ms(1_000));
        assert_eq!(replay.at, ms(1_000), "it does not run while it stands");
        replay.toggle(ms(1_000));
        assert_eq!((replay.at, replay.playing), (Nanos::ZERO, true));
    }

    #[test]
    fn it_steps_from_event_to_event_over_all_runs() {
        let events = [0, 10, 40, 5, 30].map(ms);
        let mut replay = Replay::start(ms(100), Scale::Time);
        let mut stops = vec![];
        for _ in 0..6 {
            replay.next_event(events.into_iter());
            stops.push(replay.at);
        }
        assert_eq!(stops, [ms(5), ms(10), ms(30), ms(40), ms(40), ms(40)]);
        replay.previous_event(events.into_iter());
        assert_eq!((replay.at, replay.playing), (ms(30), false));
    }
}
