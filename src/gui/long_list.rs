//! A list of things of any height in a scrolled panel: of a long one, only what can be seen is laid out, so that a frame
//! costs the same however long it is.
//!
//! egui's `ScrollArea::show_rows` asks that all rows are as high; these are remembered as they were when last seen, and
//! who was never seen is taken to be as high as the first one that was: were that to change, all below would jump.

use std::ops::Range;

use eframe::egui::{Id, Rangef, Ui};

/// A list as short as this is laid out whole: nobody waits for it, and everything in it can be found.
const WHOLE: usize = 100;
/// Before anything was seen.
const HEIGHT: f32 = 40.0;

/// In points, from the top of one to the top of the next.
#[derive(Clone, Debug, Default)]
struct Heights {
    seen: Vec<Option<f32>>,
    /// Of the first that was seen.
    usual: Option<f32>,
}

impl Heights {
    fn of(&self, at: usize) -> f32 {
        self.seen.get(at).copied().flatten().or(self.usual).unwrap_or(HEIGHT)
    }

    fn see(&mut self, at: usize, height: f32) {
        if self.seen.len() <= at {
            self.seen.resize(at + 1, None);
        }
        self.seen[at] = Some(height);
        self.usual.get_or_insert(height);
    }

    /// Which of `count` things, from `top` on, reach into `window`, and where the first of them begins.
    fn within(&self, count: usize, top: f32, window: Rangef) -> (Range<usize>, f32) {
        let mut first_top = top;
        let mut first = 0;
        while first < count && first_top + self.of(first) < window.min {
            first_top += self.of(first);
            first += 1;
        }
        let (mut end, mut next_top) = (first, first_top);
        while end < count && next_top <= window.max {
            next_top += self.of(end);
            end += 1;
        }
        (first..end, first_top)
    }
}

/// `row_ui` for each of `count` things that can be seen or soon will, and room for the others.
pub fn long_list_ui(ui: &mut Ui, salt: &str, count: usize, mut row_ui: impl FnMut(&mut Ui, usize)) {
    // Its widgets keep their ids, and with them the focus and what is typed, however the list is scrolled.
    let mut own_ui = |ui: &mut Ui, at: usize| drop(ui.push_id((salt, at), |ui| row_ui(ui, at)));
    if count <= WHOLE {
        (0..count).for_each(|at| own_ui(ui, at));
        return;
    }
    let id: Id = ui.scope_id().with(salt);
    let mut heights: Heights = ui.data_mut(|data| data.remove_temp(id)).unwrap_or_default();
    let top = ui.cursor().top();
    // A window more on either side: the keyboard goes on to what is laid out, and that is scrolled to.
    let window = ui.clip_rect().y_range();
    let (seen, first_top) = heights.within(count, top, window.expand(window.span()));
    ui.add_space(first_top - top);
    ui.skip_ahead_auto_ids(seen.start);
    for at in seen.clone() {
        let before = ui.cursor().top();
        own_ui(ui, at);
        heights.see(at, ui.cursor().top() - before);
    }
    ui.skip_ahead_auto_ids(count - seen.end);
    ui.add_space((seen.end..count).map(|at| heights.of(at)).sum());
    ui.data_mut(|data| data.insert_temp(id, heights));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_into_the_window_is_laid_out() {
        let mut heights = Heights::default();
        assert_eq!(heights.within(5, 0.0, Rangef::new(50.0, 90.0)), (1..3, HEIGHT));
        heights.see(0, 100.0);
        assert_eq!(
            heights.within(5, 0.0, Rangef::new(50.0, 190.0)),
            (0..2, 0.0),
            "unseen ones are taken to be as high"
        );
        heights.see(3, 10.0);
        assert_eq!(heights.within(5, -300.0, Rangef::new(5.0, 105.0)), (3..5, 0.0), "as high as the first still");
        assert_eq!(heights.within(5, -1_000.0, Rangef::new(0.0, 10.0)).0, 5..5, "scrolled past the last");
        assert_eq!(heights.within(0, 0.0, Rangef::new(0.0, 10.0)).0, 0..0);
    }
}
