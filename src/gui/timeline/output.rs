//! What a run printed, below its strips: a tick on the axis for every line, and the lines in their order, read like a
//! text from left to right and from row to row. What lies behind the replay's cursor, or the pointer's, is bright;
//! what is still to come is faint.

use eframe::egui::{
    Align2, Color32, CursorIcon, Rangef, Rect, Role, ScrollArea, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::layout::OUTPUT_ROW;
use super::paint::{Stage, paint_label};
use super::view::TimelineView;
use crate::chart::lanes::task_label;
use crate::engine::session::Entry;
use crate::gui::theme::{self, color};
use crate::lang::{Lang, Text};
use crate::time::Nanos;
use crate::trace::{OutputLine, Run};

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
        let rect = Rect::from_x_y_ranges(stage.plot, Rangef::new(ticks.max, y.max));
        lines_ui(ui, entry, stage, rect, now);
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

fn lines_ui(ui: &mut Ui, entry: &Entry, stage: &Stage, rect: Rect, now: Option<Nanos>) {
    let run = &entry.run;
    let mut ui = ui.new_child(UiBuilder::new().max_rect(rect));
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical()
        .id_salt(("output lines", entry.id))
        .auto_shrink(false)
        // As high as its rows, be it one: by itself it would insist on four.
        .min_scrolled_height(0.0);
    // A fade of half a row would only make the last row hard to read.
    ui.spacing_mut().scroll.fade.strength = 0.0;
    let cells = Cells::of(run, rect.width());
    if !run.is_over() {
        area = area.stick_to_bottom(true);
    } else if let Some(now) = now.filter(|_| !ui.rect_contains_pointer(rect)) {
        // What was said last at the cursor is in sight, like a subtitle.
        let said = run.output.partition_point(|line| line.time <= now);
        #[expect(clippy::cast_precision_loss, reason = "points")]
        let bottom = cells.rows(said) as f32 * OUTPUT_ROW;
        area = area.vertical_scroll_offset((bottom - rect.height()).max(0.0));
    }
    area.show_rows(&mut ui, OUTPUT_ROW, cells.rows(run.output.len()), |ui, rows| {
        for row in rows {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), OUTPUT_ROW), Sense::hover());
            let lines = run.output.iter().skip(row * cells.per_row).take(cells.per_row);
            let mut left = rect.left();
            for line in lines {
                let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(cells.width - GAP, OUTPUT_ROW));
                let inks = [ink(stage, line.time, now), color(stage.ctx.palette.faint)];
                paint_line(ui, run, line, cell, inks, stage.ctx.lang);
                left += cells.width;
            }
        }
    });
}

/// `525 ms  egg 1  Boiling 1`.
fn paint_line(ui: &Ui, run: &Run, line: &OutputLine, cell: Rect, [ink, aside]: [Color32; 2], lang: Lang) {
    let painter = ui.painter().with_clip_rect(cell.intersect(ui.clip_rect()));
    let y = cell.center().y;
    let write = |x: f32, align: Align2, text: &str, ink: Color32| {
        painter.text(pos2(x, y), align, text, theme::mono(11.0), ink).right()
    };
    write(cell.left() + TIME_WIDTH, Align2::RIGHT_CENTER, &lang.figure(line.time), aside);
    let name = task_label(run, line.task);
    let right = write(cell.left() + TIME_WIDTH + 8.0, Align2::LEFT_CENTER, &name, aside);
    write(right + 8.0, Align2::LEFT_CENTER, &line.text, ink);
}

const TIME_WIDTH: f32 = 54.0;
/// Between two lines of one row.
const GAP: f32 = 16.0;

/// How lines share a row: all cells are equally wide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cells {
    width: f32,
    per_row: usize,
}

impl Cells {
    /// Wide enough for the longest line, within reason.
    pub fn of(run: &Run, width: f32) -> Self {
        const CHAR: f32 = 6.7;
        /// Beyond so many lines the longest is not looked for.
        const LOOKED_AT: usize = 500;
        let chars = |line: &OutputLine| task_label(run, line.task).chars().count() + line.text.chars().count();
        let longest = run.output.iter().take(LOOKED_AT).map(chars).max().unwrap_or(0);
        let text = f32::from(u16::try_from(longest).unwrap_or(u16::MAX)) * CHAR + 16.0;
        let cell = (TIME_WIDTH + text + GAP).min(width.max(1.0));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least one, few")]
        let per_row = (width / cell).max(1.0) as usize;
        Cells { width: cell, per_row }
    }

    pub fn rows(self, lines: usize) -> usize {
        lines.div_ceil(self.per_row)
    }
}

fn ink(stage: &Stage, time: Nanos, now: Option<Nanos>) -> Color32 {
    let palette = stage.ctx.palette;
    match now {
        Some(now) if time > now => color(palette.faint),
        _ => color(palette.text),
    }
}
