//! What is written on bars that have room for it: whose they are, or what a step of an explored order did.

use eframe::egui::{CornerRadius, FontId, Painter, Rangef, Rect, Stroke, StrokeKind, pos2};

use super::cache::Derived;
use super::paint::Stage;
use crate::chart::lanes::task_label;
use crate::chart::marks::Bar;
use crate::chart::palette::{Palette, Tone};
use crate::explore::caption::{has_one_variable, short};
use crate::explore::run::deed_from;
use crate::explore::schedule::Story;
use crate::gui::theme::{self, color};
use crate::trace::Run;

/// On lanes of workers and cores a bar needs its task's name, where it fits.
pub fn paint_bar_names(painter: &Painter, stage: &Stage, run: &Run, derived: &Derived, top: f32) {
    for (bar, y) in wide_bars(stage, derived, top) {
        let name = task_label(run, run.trace.task_of(bar.span as usize));
        paint_on_bar(painter, stage, bar, y, name, FontId::proportional(10.0));
    }
}

/// On lanes of tasks the bars of an explored order say what their steps did, and which of them lost something.
pub fn paint_deeds(painter: &Painter, stage: &Stage, run: &Run, derived: &Derived, story: &Story, top: f32) {
    let has_one_variable = has_one_variable(story);
    for (bar, y) in wide_bars(stage, derived, top) {
        let Some(deed) = deed_from(story, run.trace.starts()[bar.span as usize]) else { continue };
        paint_on_bar(painter, stage, bar, y, short(&deed.act, has_one_variable), theme::mono(10.0));
        if deed.act.loses() {
            let x = Rangef::new(stage.plot.min + bar.x0, stage.plot.min + bar.x1);
            let edge = Stroke::new(2.0, color(stage.ctx.palette.blocked));
            let place = Rect::from_x_y_ranges(x, y);
            painter.rect_stroke(place, CornerRadius::same(2), edge, StrokeKind::Inside);
        }
    }
}

/// Bars of what ran that are large enough to be written on, with their rows.
fn wide_bars<'a>(stage: &'a Stage, derived: &'a Derived, top: f32) -> impl Iterator<Item = (&'a Bar, Rangef)> {
    const BARS_MAX: usize = 600;
    const WIDTH_MIN: f32 = 30.0;
    let picture = derived.picture.as_ref().filter(|_| stage.pitch.height() >= 11.0);
    let bars = picture.into_iter().flat_map(|picture| &picture.bars);
    let wide = bars.filter(|bar| bar.x1 - bar.x0 >= WIDTH_MIN && bar.tone == Tone::Running);
    wide.take(BARS_MAX).map(move |bar| (bar, stage.lane(top, bar.lane as usize)))
}

/// Where it fits.
fn paint_on_bar(painter: &Painter, stage: &Stage, bar: &Bar, y: Rangef, text: String, font: FontId) {
    let ink = color(Palette::ink_on(stage.ctx.palette.tone(bar.tone)));
    let galley = painter.layout_no_wrap(text, font, ink);
    if galley.size().x + 8.0 <= bar.x1 - bar.x0 {
        let at = pos2(stage.plot.min + bar.x0 + 4.0, y.center() - galley.size().y / 2.0);
        painter.galley(at, galley, ink);
    }
}
