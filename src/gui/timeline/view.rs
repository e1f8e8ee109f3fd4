//! What a person has set on the timelines: the range of time, what is pointed at and what is pinned. Plain data; the
//! panels beside the timelines read it too.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::layout::Crowd;
use crate::analysis::utilization::Stretch;
use crate::chart::axis::{self, Axis, Scale};
use crate::chart::lanes::LaneBy;
use crate::engine::session::{Entry, EntryId, EntryProgress};
use crate::gui::replay::Replay;
use crate::time::Nanos;
use crate::trace::Task;

/// Lives as long as the run screen.
#[derive(Clone, Debug, Default)]
pub struct TimelineView {
    pub range: Range,
    pub lane_by: LaneBy,
    pub crowd: Crowd,
    /// In the last frame lanes were too many: what became of them, and how many shared a row.
    pub(super) crowded: Option<(Crowd, usize)>,
    /// The instant under the pointer.
    pub cursor: Option<Nanos>,
    /// The instant under the pointer in a chart beside the timelines, until they have taken it up.
    pub beside: Option<Nanos>,
    /// What is under the pointer.
    pub hover: Option<Target>,
    /// What was clicked; stays until something else is.
    pub pinned: Option<Target>,
    pub folded: BTreeSet<EntryId>,
    /// Runs whose output strip is closed.
    pub silent: BTreeSet<EntryId>,
    /// The shown runs are played again.
    pub replay: Option<Replay>,
    /// Where the replay's cursor was last brought into sight.
    pub(super) followed: Option<Nanos>,
    /// Beside what was measured, what the imagined computer predicts of it.
    pub predicted: bool,
    /// Where the last ghost ends.
    pub(super) ghosts_end: Nanos,
}

/// A task of a run, and the span of it that was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    pub entry: EntryId,
    pub task: Task,
    pub span: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Range {
    /// Everything.
    #[default]
    Fit,
    /// Up to the end of the fastest run; the slower ones go on to the right.
    Fastest,
    /// Nanoseconds, see [`Axis`].
    Fixed { from: f64, to: f64 },
}

/// How far the shown runs go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// The end of the longest run, with room to grow for those under way.
    pub longest: Nanos,
    /// The end of the fastest finished run.
    pub fastest: Option<Nanos>,
    /// What is counted along them.
    pub scale: Scale,
}

impl Extent {
    /// Of runs given by their horizons and whether they are over.
    pub fn of(runs: impl IntoIterator<Item = (Nanos, bool)>) -> Self {
        let mut extent = Extent::default();
        for (horizon, over) in runs {
            let end = if over { horizon } else { axis::room_for(horizon) };
            extent.longest = extent.longest.max(end);
            if over && horizon > Nanos::ZERO {
                extent.fastest = Some(extent.fastest.map_or(horizon, |fastest| fastest.min(horizon)));
            }
        }
        if extent.longest == Nanos::ZERO {
            extent.longest = axis::room_for(Nanos::ZERO);
        }
        extent
    }

    /// One run squeezes the rest: the longest takes more than four times as long as the fastest.
    pub fn squeezes(&self) -> bool {
        self.fastest.is_some_and(|fastest| self.longest > fastest * 4)
    }
}

impl TimelineView {
    /// How far `entries` go: those that have begun, and of them those whose lanes are to be seen, if there are any.
    pub fn extent(&self, entries: &[&Entry]) -> Extent {
        let begun = || entries.iter().filter(|entry| entry.progress != EntryProgress::Queued);
        let open = || begun().filter(|entry| !self.folded.contains(&entry.id));
        let reach = |entry: &&Entry| (entry.run.trace.horizon(), entry.run.is_over());
        let extent =
            if open().next().is_some() { Extent::of(open().map(reach)) } else { Extent::of(begun().map(reach)) };
        // Also of those that are folded: what stands below follows the axis with all of them.
        let scale = Scale::of(begun().map(|entry| &*entry.run));
        Extent { longest: extent.longest.max(self.ghosts_end), scale, ..extent }
    }

    /// Ghosts stand on lanes of tasks: see [`crate::chart::ghosts`].
    pub fn shows_ghosts(&self) -> bool {
        self.predicted && self.lane_by == LaneBy::Task
    }

    /// The axis in force on a plot of that width.
    pub fn axis(&self, extent: &Extent, width: f32) -> Axis {
        let axis = match self.range {
            Range::Fit => Axis::fit(extent.longest, width),
            Range::Fastest => Axis::fit(extent.fastest.unwrap_or(extent.longest), width),
            Range::Fixed { from, to } => Axis::between(from, to, width),
        };
        let axis = axis.counting(extent.scale);
        if matches!(self.range, Range::Fixed { .. }) { axis.bounded(extent.longest) } else { axis }
    }

    /// The part of the time of `entries` that is to be seen; `None`: all of it.
    pub fn part(&self, entries: &[&Entry]) -> Option<Stretch> {
        if self.range == Range::Fit {
            return None;
        }
        let extent = self.extent(entries);
        let Axis { from, to, .. } = self.axis(&extent, 1.0);
        let end = Nanos::from_secs_f64(to / 1e9).min(extent.longest);
        let part = Stretch { start: Nanos::from_secs_f64(from / 1e9).max(Nanos::ZERO), end };
        (part.start < part.end).then_some(part)
    }

    /// Keeps to what `axis` shows, within what there is to see.
    pub fn look_at(&mut self, axis: Axis, extent: &Extent) {
        let Axis { from, to, .. } = axis.bounded(extent.longest);
        self.range = Range::Fixed { from, to };
    }

    /// Scrolls so that the replay's cursor is in sight when it has moved, with room before it. A person who scrolls while
    /// it stands is let alone.
    pub fn follow_cursor(&mut self, extent: &Extent) {
        /// Parts of the width.
        const IN_SIGHT: RangeInclusive<f64> = 0.0..=0.85;
        const FROM_THE_LEFT: f64 = 0.1;
        let at = self.replay.as_ref().map(|replay| replay.at);
        let has_moved = std::mem::replace(&mut self.followed, at) != at;
        let Some(at) = at.filter(|_| has_moved && self.range != Range::Fit) else { return };
        let axis = self.axis(extent, 1.0);
        let share = axis.x_exact(at);
        if IN_SIGHT.contains(&share) {
            return;
        }
        let width = axis.to - axis.from;
        let from = axis.from + (share - share.clamp(FROM_THE_LEFT, *IN_SIGHT.end())) * width;
        // Nothing is before the beginning or behind the end.
        let last = extent.longest.secs() * 1e9 - width;
        let from = from.clamp(0.0, last.max(0.0));
        self.look_at(Axis { from, to: from + width, ..axis }, extent);
    }

    pub fn fit(&mut self) {
        self.range = Range::Fit;
    }

    /// The task to explain: the pinned one, else the one under the pointer.
    pub fn selection(&self) -> Option<Target> {
        self.pinned.or(self.hover)
    }

    /// Pins a task, or lets it go when it was pinned with the same span already.
    pub fn toggle_pin(&mut self, target: Target) {
        self.pinned = if self.pinned == Some(target) { None } else { Some(target) };
    }

    /// The instant that the strong cursor stands at: the replay's, else the pointer's.
    pub fn now(&self) -> Option<Nanos> {
        self.replay.as_ref().map(|replay| replay.at).or(self.cursor)
    }

    /// Forgets what belonged to runs that are no longer shown.
    pub fn keep_only(&mut self, shown: impl Fn(EntryId) -> bool) {
        let gone = |target: &Option<Target>| target.is_some_and(|target| !shown(target.entry));
        if gone(&self.pinned) {
            self.pinned = None;
        }
        if gone(&self.hover) {
            self.hover = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::replay_speed::Speed;

    const fn ms(millis: i64) -> Nanos {
        Nanos::from_millis(millis)
    }

    #[test]
    fn a_growing_run_has_room_and_a_finished_one_ends_where_it_ended() {
        let extent = Extent::of([(ms(2003), true), (ms(300), false)]);
        assert_eq!((extent.longest, extent.fastest), (ms(2003), Some(ms(2003))));
        assert!(!extent.squeezes(), "what still grows is no measure");
        assert_eq!(Extent::of([(ms(300), false)]).longest, Nanos(315_000_000));
        assert!(Extent::of([(ms(2003), true), (ms(300), true)]).squeezes());
        assert!(Extent::of([]).longest > Nanos::ZERO);
    }

    /// 40 ms of a second are to be seen.
    #[test]
    fn the_view_goes_with_a_cursor_that_moves_and_lets_people_scroll_while_it_stands() {
        let extent = Extent::of([(ms(1000), true)]);
        let mut view = TimelineView::default();
        let mut seen = |at: i64, range: Option<Range>| {
            view.range = range.unwrap_or(view.range);
            view.replay = Some(Replay::paused(ms(at), Speed::LIFE));
            view.follow_cursor(&extent);
            match view.range {
                Range::Fixed { from, to } => Some([from / 1e6, to / 1e6].map(f64::round)),
                Range::Fit | Range::Fastest => None,
            }
        };
        let fixed = |from: f64| Some(Range::Fixed { from: from * 1e6, to: (from + 40.0) * 1e6 });
        assert_eq!(seen(900, None), None, "all is in sight");
        assert_eq!(seen(0, fixed(344.0)), Some([0.0, 40.0]));
        assert_eq!(seen(30, None), Some([0.0, 40.0]), "it stays as long as it can");
        assert_eq!(seen(35, None), Some([1.0, 41.0]));
        assert_eq!(seen(36, None), Some([2.0, 42.0]), "and then goes along");
        assert_eq!(seen(36, fixed(700.0)), Some([700.0, 740.0]), "scrolled by hand");
        assert_eq!(seen(500, None), Some([496.0, 536.0]), "a step back");
        assert_eq!(seen(1000, None), Some([960.0, 1000.0]));
        assert_eq!(seen(1000, Some(Range::Fastest)), None);
    }

    #[test]
    fn clicking_the_pinned_span_again_lets_it_go() {
        let target = Target { entry: EntryId(1), task: Task(2), span: Some(3) };
        let mut view = TimelineView { hover: Some(target), ..TimelineView::default() };
        view.toggle_pin(target);
        assert_eq!(view.pinned, Some(target));
        view.toggle_pin(Target { span: Some(4), ..target });
        assert_eq!(view.selection().and_then(|target| target.span), Some(4));
        view.toggle_pin(Target { span: Some(4), ..target });
        assert_eq!(view.pinned, None);
        assert_eq!(view.selection(), Some(target), "what is under the pointer is explained");
        view.keep_only(|_| false);
        assert_eq!(view.selection(), None);
    }
}
