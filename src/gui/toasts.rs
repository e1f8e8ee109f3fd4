//! Messages over the window. What went well goes away by itself; what went wrong stays until it was read.

use eframe::egui::{self, Align2, Area, Color32, CornerRadius, Frame, Margin, Order, RichText, Stroke, Ui};

use super::commands::{Command, Commands};
use super::theme;
use super::widgets::{icon_ui, link_ui};
use super::words;
use crate::lang::{Lang, Text};

/// Seconds that good news is shown; with something to undo, twice that.
const SHOWN_S: f64 = 6.0;
/// Longer texts are wrapped: no message is wider than the panel of details, over which it stands.
const TEXT_WIDTH_MAX: f32 = 216.0;
/// But for one that shows lines of a file: wrapped, its marks would not stand under what they mark.
const LINES_WIDTH_MAX: f32 = 460.0;
const GAP: f32 = 8.0;

/// Where messages stand.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Place {
    /// Over the panel of details: below it stand the figures and the words that a run was made for.
    #[default]
    UnderBar,
    /// Where there is none, from that height upwards: at the top there would be the timelines' switches.
    Above(f32),
}

#[derive(Debug, Default)]
pub struct Toasts(Vec<Toast>);

#[derive(Debug)]
struct Toast {
    text: String,
    kind: Kind,
    /// Egui time when it goes away; set when first shown.
    until: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Good,
    Error,
    /// A file cannot be opened.
    Unopened,
    /// Something is gone and can be brought back.
    Gone(Gone),
}

impl Kind {
    fn is_bad(self) -> bool {
        matches!(self, Kind::Error | Kind::Unopened)
    }
}

/// What can be brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    Run,
    SetUp,
}

impl Gone {
    fn back(self) -> Command {
        match self {
            Gone::Run => Command::RestoreRemoved,
            Gone::SetUp => Command::ReturnToLeft,
        }
    }
}

impl Toasts {
    pub fn good(&mut self, text: String) {
        self.push(text, Kind::Good);
    }

    /// Stays until it is closed.
    pub fn error(&mut self, text: String) {
        self.push(text, Kind::Error);
    }

    /// A file cannot be opened.
    pub fn unopened(&mut self, text: String) {
        self.push(text, Kind::Unopened);
    }

    /// Another file is asked for: what was wrong with those before has been read, or does not matter.
    pub fn forget_unopened(&mut self) {
        self.0.retain(|own| own.kind != Kind::Unopened);
    }

    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|own| own.kind.is_bad())
    }

    pub fn close_last_error(&mut self) {
        if let Some(last) = self.0.iter().rposition(|own| own.kind.is_bad()) {
            self.0.remove(last);
        }
    }

    /// Only the last of a kind can be brought back, so an older offer goes.
    pub fn gone(&mut self, what: Gone, text: String) {
        self.0.retain(|own| own.kind != Kind::Gone(what));
        self.push(text, Kind::Gone(what));
    }

    /// The same is not piled up: it is the newest again.
    fn push(&mut self, text: String, kind: Kind) {
        self.0.retain(|own| own.text != text);
        self.0.push(Toast { text, kind, until: None });
    }
}

pub fn toasts_ui(ui: &mut Ui, toasts: &mut Toasts, place: Place, lang: Lang, commands: &mut Commands) {
    let now = ui.input(|input| input.time);
    for toast in toasts.0.iter_mut().filter(|toast| !toast.kind.is_bad()) {
        let shown = if matches!(toast.kind, Kind::Gone(_)) { 2.0 * SHOWN_S } else { SHOWN_S };
        let until = *toast.until.get_or_insert(now + shown);
        ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64((until - now).max(0.0) + 0.05));
    }
    toasts.0.retain(|toast| toast.until.is_none_or(|until| now < until));
    if toasts.0.is_empty() {
        return;
    }
    let window = ui.ctx().content_rect();
    // Each in a place of its own, away from where they hang: however wide they are, they end at one edge.
    let (corner, mut at, away) = match place {
        Place::UnderBar => (Align2::RIGHT_TOP, window.right_top() + egui::vec2(-16.0, 56.0), 1.0),
        Place::Above(y) => (Align2::RIGHT_BOTTOM, egui::pos2(window.right() - 16.0, y), -1.0),
    };
    let mut order: Vec<usize> = (0..toasts.0.len()).collect();
    if away < 0.0 {
        order.reverse();
    }
    let mut closed = None;
    for number in order {
        let toast = &toasts.0[number];
        let id = egui::Id::unique(("toast", &toast.text));
        let area = Area::new(id).pivot(corner).fixed_pos(at).constrain(true).order(Order::Foreground);
        let shown = area.show(ui.ctx(), |ui| toast_ui(ui, toast, lang, commands));
        if shown.inner {
            closed = Some(number);
        }
        at.y += away * (shown.response.rect.height() + GAP);
    }
    if let Some(at) = closed {
        toasts.0.remove(at);
    }
}

/// Returns whether it was closed.
fn toast_ui(ui: &mut Ui, toast: &Toast, lang: Lang, commands: &mut Commands) -> bool {
    let palette = theme::palette(ui);
    let edge = if toast.kind.is_bad() { palette.bad_end } else { palette.accent };
    let mut closed = false;
    Frame::new()
        .fill(theme::color(palette.card))
        .stroke(Stroke::new(1.0, theme::color(edge)))
        .corner_radius(CornerRadius::same(theme::CARD_RADIUS))
        .inner_margin(Margin::symmetric(14, 10))
        .show(ui, |ui| {
            ui.horizontal_top(|ui| {
                let (font, width) = if toast.text.lines().count() > 1 {
                    (theme::mono(12.0), LINES_WIDTH_MAX)
                } else {
                    (egui::FontId::proportional(theme::BODY), TEXT_WIDTH_MAX)
                };
                let ink: Color32 = theme::color(palette.text);
                ui.vertical(|ui| {
                    ui.set_max_width(width);
                    ui.add_space(3.0);
                    ui.add(egui::Label::new(RichText::new(&toast.text).font(font).color(ink)).wrap().selectable(true));
                });
                if let Kind::Gone(what) = toast.kind
                    && link_ui(ui, Text::new("Undo", "Desfazer").get(lang)).clicked()
                {
                    commands.push(what.back());
                    closed = true;
                }
                closed |= icon_ui(ui, "×", words::CLOSE.get(lang)).clicked();
            });
        });
    closed
}
