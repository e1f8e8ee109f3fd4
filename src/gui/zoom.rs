//! How large everything is: as somebody has set it with Ctrl + and Ctrl −, or from the finder, for a projector or for
//! tired eyes. egui keeps it while the program runs, the settings keep it between starts.

use eframe::egui::Context;

/// A percentage: 100 is the size that everything is drawn for.
pub type Percent = u16;

pub const USUAL: Percent = 100;
/// What Ctrl + and Ctrl − do in egui, too.
const STEP: Percent = 10;
/// Beyond these nothing of the window could be used to set it back.
const RANGE: std::ops::RangeInclusive<Percent> = 50..=300;

pub fn apply(ctx: &Context, percent: Percent) {
    ctx.set_zoom_factor(f32::from(within(percent)) / 100.0);
}

/// What it is now, by whichever way.
pub fn current(ctx: &Context) -> Percent {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "egui keeps it between 0.2 and 5")]
    let percent = (ctx.zoom_factor() * 100.0).round() as Percent;
    within(percent)
}

/// One step up; `None` where there is none.
pub fn larger(percent: Percent) -> Option<Percent> {
    let next = within(percent.saturating_add(STEP));
    (next != percent).then_some(next)
}

/// One step down, likewise.
pub fn smaller(percent: Percent) -> Option<Percent> {
    let next = within(percent.saturating_sub(STEP));
    (next != percent).then_some(next)
}

fn within(percent: Percent) -> Percent {
    percent.clamp(*RANGE.start(), *RANGE.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_end_where_nothing_could_be_read_any_more() {
        assert_eq!([larger(100), smaller(100)], [Some(110), Some(90)]);
        assert_eq!([larger(300), smaller(50)], [None, None]);
        assert_eq!([larger(u16::MAX), smaller(0)], [Some(300), Some(50)], "whatever the file says");
    }
}
