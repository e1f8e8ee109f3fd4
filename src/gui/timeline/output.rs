//! What a run printed, below its strips: a tick on the axis for every line, and the lines in their order. What lies
//! behind the replay's cursor, or the pointer's, is bright; what is still to come is faint.

use eframe::egui::{
    Align2, CursorIcon, Rangef, Rect, Role, ScrollArea, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2,
};

use super::layout::OUTPUT_ROW;
use super::paint::{Stage, paint_label};
use super::view::TimelineView;
use crate::chart::lanes::task_label;
use crate::engine::session::Entry;
use crate::gui::theme::{self, color};
use crate::lang::Text;
use crate::time::Nanos;
use crate::trace::Run;

const OUTPUT: Text = Text::new("output", "saída");
const SHOW: Text = Text::new("Show or hide what was printed", "Mostrar ou ocultar o que foi impresso");

/// `y`: the row of ticks, then the rows of lines.
pub fn output_ui(ui: &mut Ui, entry: &Entry, view: &mut TimelineView, stage: &Stage, y: Rangef) {
    let ticks = Rangef::new(y.min, y.min + OUTPUT_ROW);
    let now = view.now();
    paint_ticks(ui, &entry.run, stage, ticks, now);
    let name = Rect::from_x_y_ranges(Rangef::new(stage.margin.min, stage.plot.min - 4.0), ticks);
    let response = ui.interact(name, ui.unique_id().with(("output", entry.id)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, SHOW.get(stage.ctx.lang)));
    let ink = if response.hovered() { stage.ctx.palette.text } else { stage.ctx.palette.dim };
    paint_label(ui.painter(), stage, ticks.center(), OUTPUT.get(stage.ctx.lang), color(ink));
    if response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(SHOW.get(stage.ctx.lang)).clicked()
        && !view.silent.remove(&entry.id)
    {
        view.silent.insert(entry.id);
    }
    if y.max > ticks.max {
        let rect = Rect::from_x_y_ranges(Rangef::new(stage.plot.min, stage.margin.max), Rangef::new(ticks.max, y.max));
        lines_ui(ui, entry, view, stage, rect, now);
    }
}

fn paint_ticks(ui: &Ui, run: &Run, stage: &Stage, y: Rangef, now: Option<Nanos>) {
    let painter = ui.painter();
    let y = Rangef::new(y.min + 3.0, y.max - 3.0);
    let mut last = f32::NEG_INFINITY;
    for line in &run.output {
        let x = painter.round_to_pixel_center(stage.x(line.time));
        let hidden = stage.cut.is_some_and(|cut| line.time > cut);
        if x > last && stage.plot.contains(x) && !hidden {
            painter.vline(x, y, Stroke::new(1.0, ink(stage, line.time, now)));
            last = x;
        }
    }
}

fn lines_ui(ui: &mut Ui, entry: &Entry, view: &TimelineView, stage: &Stage, rect: Rect, now: Option<Nanos>) {
    let run = &entry.run;
    let mut ui = ui.new_child(UiBuilder::new().max_rect(rect));
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().id_salt(("output lines", entry.id)).auto_shrink(false);
    if !run.is_over() {
        area = area.stick_to_bottom(true);
    } else if let Some(replay) = view.replay.as_ref().filter(|replay| replay.playing) {
        let said = run.output.partition_point(|line| line.time <= replay.at);
        #[expect(clippy::cast_precision_loss, reason = "points")]
        let bottom = said as f32 * OUTPUT_ROW;
        area = area.vertical_scroll_offset((bottom - rect.height()).max(0.0));
    }
    area.show_rows(&mut ui, OUTPUT_ROW, run.output.len(), |ui, rows| {
        for line in &run.output[rows] {
            let (row, _) = ui.allocate_exact_size(eframe::egui::vec2(ui.available_width(), OUTPUT_ROW), Sense::hover());
            let painter = ui.painter().with_clip_rect(row.intersect(ui.clip_rect()));
            let (y, ink) = (row.center().y, ink(stage, line.time, now));
            let time = line.time.to_string();
            painter.text(pos2(row.left() + 58.0, y), Align2::RIGHT_CENTER, time, theme::mono(11.0), ink);
            let name = task_label(run, line.task);
            let who = painter.text(pos2(row.left() + 70.0, y), Align2::LEFT_CENTER, name, theme::mono(11.0), ink);
            let at = pos2((who.right() + 10.0).max(row.left() + 130.0), y);
            painter.text(at, Align2::LEFT_CENTER, &line.text, theme::mono(11.0), ink);
        }
    });
}

fn ink(stage: &Stage, time: Nanos, now: Option<Nanos>) -> eframe::egui::Color32 {
    let palette = stage.ctx.palette;
    match now {
        Some(now) if time > now => theme::blend(palette.background, palette.faint, 0.55),
        _ => color(palette.text),
    }
}
