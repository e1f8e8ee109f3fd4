//! The keyboard on the timelines: while nothing else has the focus, or a timeline has it.

use eframe::egui::{EventFilter, Key, Modifiers, Response, Ui};

use super::view::{Extent, Target, TimelineView};
use crate::chart::axis::Axis;
use crate::engine::session::Entry;
use crate::gui::shortcuts::has_popup;
use crate::trace::Task;

const ZOOM_STEP: f64 = 1.5;
/// Of the plot's width.
const PAN_STEP: f32 = 0.1;

/// Keys for all timelines: F and 0 show all, + and − zoom, Esc lets the pinned task go.
pub fn keys_ui(ui: &Ui, view: &mut TimelineView, axis: &Axis, extent: &Extent) {
    let someone = ui.memory(|memory| memory.focused().is_some());
    if someone && !ui.data(|data| data.get_temp(focus_flag()).unwrap_or(false)) {
        return;
    }
    ui.data_mut(|data| data.insert_temp(focus_flag(), false));
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::F) || pressed(Key::Num0) {
        view.fit();
    }
    let at = view.cursor.map_or(axis.width / 2.0, |time| axis.x(time));
    let zoomed_in = pressed(Key::Plus) || pressed(Key::Equals);
    if zoomed_in || pressed(Key::Minus) {
        let factor = if zoomed_in { ZOOM_STEP } else { 1.0 / ZOOM_STEP };
        view.look_at(axis.zoom_at(at, factor), extent);
    }
    if view.pinned.is_some() && !has_popup(ui.ctx()) && pressed(Key::Escape) {
        view.pinned = None;
    }
}

/// Keys for the timeline that has the focus: arrows pan and go from task to task.
pub fn focused_keys_ui(
    ui: &Ui,
    response: &Response,
    entry: &Entry,
    view: &mut TimelineView,
    axis: &Axis,
    extent: &Extent,
) {
    if !response.has_focus() {
        return;
    }
    ui.data_mut(|data| data.insert_temp(focus_flag(), true));
    let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let pan = f32::from(u8::from(pressed(Key::ArrowLeft))) - f32::from(u8::from(pressed(Key::ArrowRight)));
    if pan != 0.0 {
        view.look_at(axis.pan(pan * PAN_STEP * axis.width), extent);
    }
    let step = i64::from(pressed(Key::ArrowDown)) - i64::from(pressed(Key::ArrowUp));
    if step != 0 {
        let pinned = view.pinned.filter(|pinned| pinned.entry == entry.id);
        view.pinned = next_task(pinned.map(|pinned| pinned.task), step, entry.run.trace.tasks()).map(|task| Target {
            entry: entry.id,
            task,
            span: None,
        });
    }
}

/// The task `step` rows further, not beyond the first and the last.
fn next_task(from: Option<Task>, step: i64, tasks: u32) -> Option<Task> {
    let last = i64::from(tasks) - 1;
    let next = from.map_or(0, |task| i64::from(task.0) + step).clamp(0, last.max(0));
    u32::try_from(next).ok().filter(|next| *next < tasks).map(Task)
}

/// Where a focused timeline notes that it had the focus in this frame.
fn focus_flag() -> eframe::egui::Id {
    eframe::egui::Id::unique("timeline has focus")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_from_task_to_task_and_stop_at_the_ends() {
        assert_eq!(next_task(None, 1, 3), Some(Task(0)));
        assert_eq!(next_task(Some(Task(0)), 1, 3), Some(Task(1)));
        assert_eq!(next_task(Some(Task(2)), 1, 3), Some(Task(2)));
        assert_eq!(next_task(Some(Task(0)), -1, 3), Some(Task(0)));
        assert_eq!(next_task(None, 1, 0), None);
    }
}
