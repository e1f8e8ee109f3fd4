//! The circle of a deadlock, drawn: from each task that is stuck to the one that it waits for. By task only: elsewhere
//! who waits has no lane.

use eframe::egui::{Color32, Painter, Shape, Stroke, epaint::CubicBezierShape, pos2, vec2};

use super::paint::Stage;
use crate::gui::theme::color;
use crate::trace::{Run, Task};

/// Longer circles would be a fog.
const ARROWS_MAX: usize = 64;
/// How far an arrow swings out, and where it begins and ends beside the instant at which its tasks were given up.
const SWING: f32 = 14.0;
const BESIDE: f32 = 3.0;

/// `circle`: each waits for the next, the last for the first.
pub fn paint_circle(painter: &Painter, stage: &Stage, run: &Run, circle: &[Task], top: f32) {
    let tint = color(stage.ctx.palette.text);
    let end = |task: Task| run.trace.spans_of(task).next_back().map(|span| span.start);
    for (at, task) in circle.iter().enumerate().take(ARROWS_MAX) {
        let next = circle[(at + 1) % circle.len()];
        let (Some(from), Some(to)) = (end(*task), end(next)) else { continue };
        if stage.cut.is_some_and(|cut| cut < from.max(to)) {
            continue;
        }
        // Downwards on the left, over the blocked bars, and back upwards on the right: it looks like a circle.
        let side = if next > *task { -1.0 } else { 1.0 };
        let place = |time, task: Task| pos2(stage.x(time) + side * BESIDE, stage.lane(top, task.index()).center());
        let (tail, head) = (place(from, *task), place(to, next));
        let swing = vec2(side * SWING, 0.0);
        let points = [tail, tail + swing, head + swing, head];
        let stroke = Stroke::new(1.5, tint);
        painter.add(CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, stroke));
        painter.circle_filled(tail, 2.0, tint);
        let wings = [head, head + vec2(side * 6.0, -3.5), head + vec2(side * 6.0, 3.5)];
        painter.add(Shape::convex_polygon(wings.to_vec(), tint, Stroke::NONE));
    }
}
