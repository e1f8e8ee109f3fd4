//! Paints the arrows between lanes, see `chart::arrows`.

use eframe::egui::{Color32, Painter, Pos2, Shape, Stroke, epaint::CubicBezierShape, pos2};

use super::paint::Stage;
use crate::chart::arrows::{Arrow, Kind, Tip, path};
use crate::gui::theme::color;

/// `top`: of the lanes. In a replay an arrow is there once both of its ends have happened.
pub fn paint_arrows(painter: &Painter, stage: &Stage, arrows: &[Arrow], top: f32) {
    let palette = stage.ctx.palette;
    let place = |tip: Tip| (stage.x(tip.time), stage.lane(top, tip.lane).center());
    let happened = |arrow: &&Arrow| stage.cut.is_none_or(|cut| cut >= arrow.from.time.max(arrow.to.time));
    for arrow in arrows.iter().filter(happened) {
        let (tint, width, dot) = match arrow.kind {
            Kind::WaitsFor => (color(palette.text), 1.5, 2.0),
            Kind::Started | Kind::Joined => (color(palette.dim), 1.0, 1.5),
        };
        let path = path(arrow.kind, place(arrow.from), place(arrow.to));
        let [tail, ..] = path.curve.map(at);
        let stroke = Stroke::new(width, tint);
        painter.add(CubicBezierShape::from_points_stroke(path.curve.map(at), false, Color32::TRANSPARENT, stroke));
        painter.circle_filled(tail, dot, tint);
        painter.add(Shape::convex_polygon(path.head.map(at).to_vec(), tint, Stroke::NONE));
    }
}

fn at((x, y): (f32, f32)) -> Pos2 {
    pos2(x, y)
}
