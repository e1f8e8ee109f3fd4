//! The chosen order drawn: a column for each step, a lane for each task with what it did written on it, and below them
//! what the variables were after each step. Steps that are still to come at the moment that is looked at are faint.

use std::ops::Range;

use eframe::egui::{
    self, Align2, Color32, FontId, Pos2, Rangef, Rect, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::chosen::Chosen;
use crate::chart::axis::Axis;
use crate::chart::lanes::task_label;
use crate::chart::palette::Palette;
use crate::explore::Explored;
use crate::explore::caption::{has_one_variable, short};
use crate::explore::run::STEP;
use crate::explore::schedule::Act;
use crate::explore::sentence::sentence;
use crate::explore::state::Standing;
use crate::gui::paint::PaintContext;
use crate::gui::theme::{self, color};
use crate::gui::timeline::paint_lane;
use crate::gui::widgets::elided;
use crate::lang::Text;
use crate::trace::{Cause, Task};

const NUMBERS: f32 = 18.0;
const LANE: f32 = 24.0;
const LANE_GAP: f32 = 4.0;
const VALUE: f32 = 20.0;
const SECTION_GAP: f32 = 6.0;
/// A column is at least so wide; where there are more, they scroll.
const COLUMN_MIN: f32 = 56.0;
const COLUMN_MAX: f32 = 150.0;
const NAMES_MAX: f32 = 130.0;
/// Behind the last step.
const END: f32 = 12.0;
/// So much of what is still to come is background.
const VEIL: f32 = 0.62;

/// Where things stand on the board, from its upper left corner.
struct Grid {
    names: f32,
    column: f32,
    tasks: usize,
    variables: usize,
    steps: usize,
    /// Behind the last step; a whole column where somebody waits for ever.
    end: f32,
}

/// How high the whole board is.
pub fn height(explored: &Explored) -> f32 {
    lanes_height(explored.program.tasks()) + explored.program.variables().count() as f32 * VALUE + 10.0
}

/// A click on a step goes to the moment when it has been done.
pub fn board_ui(ui: &mut Ui, chosen: &mut Chosen, explored: &Explored, height_max: f32, context: PaintContext) {
    let grid = Grid::of(ui, chosen, explored);
    let mut area = ScrollArea::both()
        .id_salt("board")
        .auto_shrink([false, true])
        .max_height(height_max)
        .scroll_source(egui::scroll_area::ScrollSource::ALL);
    if chosen.drawn.replace(chosen.step) != Some(chosen.step) {
        let at = chosen.step as f32 * grid.column - (ui.available_width() - grid.names) / 2.0;
        area = area.horizontal_scroll_offset(at.max(0.0));
    }
    area.show_viewport(ui, |ui, viewport| {
        let (rect, response) = ui.allocate_exact_size(vec2(grid.width(), height(explored)), Sense::click());
        let words = Text::new("Steps of {} tasks, one after another", "Passos de {} tarefas, um após o outro");
        let label = words.fill(context.lang, &[&grid.tasks]);
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &label));
        let visible = grid.columns_within(viewport.x_range());
        let pointed = response.hover_pos().and_then(|at| grid.column_at(at.x - rect.left()));
        let board = Board { grid: &grid, rect, chosen, explored, context };
        board.paint_columns(ui, visible.clone(), pointed);
        board.paint_lanes(ui, visible.clone());
        board.paint_moment(ui);
        board.paint_tasks(ui, visible.clone());
        board.paint_values(ui, visible);
        board.paint_names(ui, rect.left() + viewport.left());
        let Some(pointed) = pointed else { return };
        if response.clicked() {
            chosen.step = pointed + 1;
            chosen.drawn = Some(chosen.step);
        }
        let told = sentence(&chosen.story.deeds[pointed], context.lang, |task| task_label(&chosen.run, task));
        response.on_hover_text_at_pointer(format!("{}  {told}", pointed + 1));
    });
}

impl Grid {
    fn of(ui: &Ui, chosen: &Chosen, explored: &Explored) -> Self {
        const CHAR: f32 = 7.0;
        let tasks = explored.program.tasks();
        let names = chosen.names().map(|name| name.chars().count()).max().unwrap_or(0);
        let names = (names as f32).mul_add(CHAR, 14.0).clamp(44.0, NAMES_MAX);
        let steps = chosen.story.deeds.len();
        let stuck = chosen.story.is_deadlock();
        let columns = steps + usize::from(stuck);
        let column = (ui.available_width() - names - END) / columns.max(1) as f32;
        let least = (chosen.widest as f32).mul_add(CHAR, 12.0).clamp(COLUMN_MIN, COLUMN_MAX);
        let column = column.clamp(least, COLUMN_MAX);
        let variables = explored.program.variables().count();
        Grid { names, column, tasks, variables, steps, end: if stuck { column + END } else { END } }
    }

    fn width(&self) -> f32 {
        self.names + self.steps as f32 * self.column + self.end
    }

    fn columns_within(&self, x: Rangef) -> Range<usize> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let column = |x: f32| ((x - self.names) / self.column) as usize;
        column(x.min).min(self.steps)..(column(x.max) + 1).min(self.steps)
    }

    fn column_at(&self, x: f32) -> Option<usize> {
        let is_on = x >= self.names && self.steps > 0;
        is_on.then(|| self.columns_within(Rangef::point(x)).start).filter(|column| *column < self.steps)
    }

    fn column(&self, rect: Rect, step: usize) -> Rangef {
        let left = rect.left() + self.names + step as f32 * self.column;
        Rangef::new(left, left + self.column)
    }

    fn value(&self, rect: Rect, variable: usize) -> Rangef {
        let top = rect.top() + lanes_height(self.tasks) + variable as f32 * VALUE;
        Rangef::new(top, top + VALUE)
    }

    /// From the first lane to the last value.
    fn body(&self, rect: Rect) -> Rangef {
        let bottom = rect.top() + lanes_height(self.tasks) + self.variables as f32 * VALUE;
        Rangef::new(rect.top() + NUMBERS - 2.0, bottom)
    }
}

fn lane(rect: Rect, task: usize) -> Rangef {
    let top = rect.top() + NUMBERS + task as f32 * (LANE + LANE_GAP);
    Rangef::new(top, top + LANE)
}

fn lanes_height(tasks: usize) -> f32 {
    NUMBERS + tasks as f32 * (LANE + LANE_GAP) + SECTION_GAP
}

/// The chosen order in its place on screen.
struct Board<'a> {
    grid: &'a Grid,
    rect: Rect,
    chosen: &'a Chosen,
    explored: &'a Explored,
    context: PaintContext,
}

impl Board<'_> {
    /// The steps' numbers, the lines between them, the column under the pointer and that of the step done last.
    fn paint_columns(&self, ui: &Ui, visible: Range<usize>, pointed: Option<usize>) {
        let Board { grid, rect, chosen, context, .. } = *self;
        let palette = context.palette;
        let painter = ui.painter();
        let body = grid.body(rect);
        for step in visible {
            let x = grid.column(rect, step);
            let is_last = step + 1 == chosen.step;
            let wash = if is_last { 0.16 } else { 0.0 } + if pointed == Some(step) { 0.06 } else { 0.0 };
            if wash > 0.0 {
                let place = Rect::from_x_y_ranges(x, Rangef::new(rect.top(), body.max));
                painter.rect_filled(place, 4.0, theme::blend(palette.background, palette.accent, wash));
            }
            let line = Stroke::new(1.0, theme::blend(palette.background, palette.line, 0.85));
            painter.vline(painter.round_to_pixel_center(x.max), body, line);
            let ink = color(if is_last { palette.text } else { palette.dim });
            let at = pos2(x.center(), rect.top() + NUMBERS / 2.0);
            painter.text(at, Align2::CENTER_CENTER, step + 1, theme::mono(theme::SMALL), ink);
        }
    }

    /// As the timelines draw them.
    fn paint_lanes(&self, ui: &Ui, visible: Range<usize>) {
        let Board { grid, rect, chosen, context, .. } = *self;
        let step_nanos = STEP.0 as f64;
        let shown = grid.column(rect, visible.start).min..grid.column(rect, visible.end).min + grid.end;
        let axis = Axis::between(
            visible.start as f64 * step_nanos,
            (visible.end as f64 + f64::from(grid.end / grid.column)) * step_nanos,
            (shown.end - shown.start).max(1.0),
        );
        for (task, own) in chosen.lanes.iter().enumerate() {
            let y = lane(rect, task);
            let mesh = paint_lane(&chosen.run, own, &axis, y, shown.start, ui.pixels_per_point(), context);
            ui.painter().add(egui::Shape::mesh(mesh));
        }
    }

    /// What was done or waited for, on the lanes. What comes later stands on faint ones, and has to be read all the same.
    fn paint_tasks(&self, ui: &Ui, visible: Range<usize>) {
        let Board { grid, rect, chosen, explored, context } = *self;
        let palette = context.palette;
        let is_later = |moment: usize| moment >= chosen.step && chosen.step < grid.steps;
        let ink = |moment: usize, ground| color(if is_later(moment) { palette.text } else { Palette::ink_on(ground) });
        let write = |x: Rangef, y: Rangef, text: &str, ink: Color32, font: FontId| {
            let galley = elided(ui, text, font, ink, x.span() - 10.0);
            let at = pos2(x.center() - galley.size().x / 2.0, y.center() - galley.size().y / 2.0);
            ui.painter().galley(at, galley, ink);
        };
        for step in visible.clone() {
            let x = grid.column(rect, step);
            let deed = &chosen.story.deeds[step];
            let y = lane(rect, deed.task.index());
            write(
                x,
                y,
                &short(&deed.act, has_one_variable(&chosen.story)),
                ink(step, palette.running),
                theme::mono_bold(theme::SMALL),
            );
            if deed.act.loses() {
                let place = Rect::from_x_y_ranges(x, y).shrink(1.0);
                let share = if is_later(step) { 1.0 - VEIL } else { 1.0 };
                let edge = Stroke::new(2.0, theme::blend(palette.background, palette.blocked, share));
                ui.painter().rect_stroke(place, 3.0, edge, egui::StrokeKind::Inside);
            }
        }
        let last = if visible.end == grid.steps && chosen.story.is_deadlock() { grid.steps + 1 } else { visible.end };
        for moment in visible.start..last {
            for (task, standing) in chosen.story.standings[moment].iter().enumerate() {
                let Standing::Waits { cause, on, .. } = standing else { continue };
                let name = explored.program.name_of(*on).unwrap_or_default();
                let text = if *cause == Cause::Barrier { format!("barrier {name}") } else { name.to_owned() };
                let font = FontId::proportional(theme::SMALL);
                write(grid.column(rect, moment), lane(rect, task), &text, ink(moment, palette.blocked), font);
            }
        }
    }

    /// After each step: bold where that step stores it, strong once it has.
    fn paint_values(&self, ui: &Ui, visible: Range<usize>) {
        let Board { grid, rect, chosen, explored, context } = *self;
        let palette = context.palette;
        for step in visible {
            let x = grid.column(rect, step);
            let act = &chosen.story.deeds[step].act;
            let names = explored.program.variables();
            for (variable, (name, value)) in names.zip(&chosen.story.values[step + 1]).enumerate() {
                let is_stored = matches!(act, Act::Store { variable, .. } if variable == name);
                let font = if is_stored { theme::mono_bold(12.0) } else { theme::mono(12.0) };
                let is_strong = is_stored && step < chosen.step || step + 1 == chosen.step;
                let ink = if is_strong { palette.text } else { palette.dim };
                let at = pos2(x.center(), grid.value(rect, variable).center());
                ui.painter().text(at, Align2::CENTER_CENTER, value, font, color(ink));
            }
        }
    }

    /// The moment that is looked at; lanes are faint from there on.
    fn paint_moment(&self, ui: &Ui) {
        let Board { grid, rect, chosen, context, .. } = *self;
        let palette = context.palette;
        let body = grid.body(rect);
        let x = grid.column(rect, chosen.step).min;
        let end = rect.left() + grid.width();
        if chosen.step < grid.steps {
            let veil = color(palette.background).gamma_multiply(VEIL);
            ui.painter().rect_filled(Rect::from_x_y_ranges(Rangef::new(x, end), body), 0.0, veil);
        }
        ui.painter().vline(ui.painter().round_to_pixel_center(x), body, Stroke::new(2.0, color(palette.text)));
    }

    /// At the left edge of what is seen, however far it is scrolled.
    fn paint_names(&self, ui: &Ui, left: f32) {
        let Board { grid, rect, chosen, explored, context } = *self;
        let palette = context.palette;
        let painter = ui.painter();
        let ground = Rect::from_min_size(pos2(left, rect.top()), vec2(grid.names, rect.height()));
        painter.rect_filled(ground, 0.0, color(palette.background));
        let write = |y: Rangef, text: &str, ink, font: FontId| {
            let galley = elided(ui, text, font, color(ink), grid.names - 10.0);
            let at = Pos2::new(left + grid.names - 8.0 - galley.size().x, y.center() - galley.size().y / 2.0);
            painter.galley(at, galley, color(ink));
        };
        let moves = chosen.step.checked_sub(1).map(|last| chosen.story.deeds[last].task);
        for (task, name) in (0..).map(Task).zip(chosen.names()) {
            let ink = if moves == Some(task) { palette.text } else { palette.dim };
            write(lane(rect, task.index()), name, ink, FontId::proportional(theme::SMALL));
        }
        for (variable, name) in explored.program.variables().enumerate() {
            write(grid.value(rect, variable), name, palette.text, theme::mono(theme::SMALL));
        }
    }
}
