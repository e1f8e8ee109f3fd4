//! Ghosts: dashed outlines on the lanes of a measured run, where the imagined computer would have had each task. The
//! window paints exactly these, the exporters write them.
//!
//! Invariant: only on lanes of tasks. A task is the same one on both computers; which worker or core carries it is
//! chance on either, and a ghost there would compare one chance with another.

use std::ops::Range;

use super::axis::Axis;
use super::lanes::Lanes;
use super::marks::{self, Bar};
use super::palette::Tone;
use crate::trace::{Run, Span};

/// One dashed outline. `x` in pixels from the plot's left edge, clipped to the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ghost {
    pub lane: u32,
    pub x0: f32,
    pub x1: f32,
    /// Running or in IO: a ghost has the height of what it foretells.
    pub tone: Tone,
}

/// Two outlines nearer to each other than this, in pixels, would be read as one mark.
const APART_MIN: f32 = 3.0;
/// Slices of fewer pixels than [`SLICE_MAX`], nearer than this, are outlined together: each alone they would be a fence
/// that hides the bars behind it.
const SLICES_APART_MIN: f32 = 16.0;
const SLICE_MAX: f32 = 6.0;

/// The ghosts of the lanes `visible` of a predicted run, lane by lane, in time order and apart: where it has a task
/// running or in IO; turns too short to be told apart are one. What is narrower than a pixel between others belongs to
/// them.
pub fn ghosts(predicted: &Run, by_task: &Lanes, visible: Range<usize>, axis: &Axis) -> Vec<Ghost> {
    let mut ghosts: Vec<Ghost> = Vec::new();
    // Of the last of those in the last ghost.
    let mut last_width = 0.0;
    for Bar { lane, x0, x1, tone, .. } in marks::bars(predicted, by_task, visible, axis) {
        if !matches!(tone, Tone::Running | Tone::Io) {
            continue;
        }
        let ghost = Ghost { lane, x0, x1, tone };
        let width = x1 - x0;
        let takes_turns = |last: &Ghost| last.tone == tone && width.max(last_width) < SLICE_MAX;
        let is_near = |last: &Ghost| x0 - last.x1 < if takes_turns(last) { SLICES_APART_MIN } else { APART_MIN };
        match ghosts.last_mut().filter(|last| last.lane == lane && is_near(last)) {
            Some(last) if last.tone == tone || is_sliver(&ghost) => last.x1 = x1,
            Some(last) if is_sliver(last) => *last = Ghost { x0: last.x0, ..ghost },
            _ => ghosts.push(ghost),
        }
        last_width = width;
    }
    ghosts
}

fn is_sliver(ghost: &Ghost) -> bool {
    ghost.x1 - ghost.x0 < 1.0
}

/// What the ghost under `x` foretells.
pub fn span_at(predicted: &Run, by_task: &Lanes, lane: usize, axis: &Axis, x: f32, slack: f32) -> Option<Span> {
    let found = marks::span_at(predicted, by_task, lane, axis, x, slack)?;
    let span = predicted.trace.span(found as usize);
    matches!(Tone::of(span.state, span.cause), Some(Tone::Running | Tone::Io)).then_some(span)
}

/// How much of the text's color the outlines have on lanes of that height, in pixels. The lower the lanes, the closer the
/// dashes of one stand to those of the next: as strong as alone they would hide the bars that were measured.
pub fn strength(lane_height: f32) -> f32 {
    const LOW: f32 = 3.0;
    const FAINT: f32 = 0.35;
    const HIGH: f32 = 14.0;
    const FULL: f32 = 0.9;
    let share = ((lane_height - LOW) / (HIGH - LOW)).clamp(0.0, 1.0);
    FAINT + share * (FULL - FAINT)
}

/// The dashes of a ghost's outline, in pixels: each side begins and ends with one, so that corners are closed. Of one
/// too low for that only its ends are drawn, of one too narrow its beginning.
pub fn dashes((x0, x1): (f32, f32), (y0, y1): (f32, f32)) -> Vec<[(f32, f32); 2]> {
    const LOW: f32 = 6.0;
    const NARROW: f32 = 3.0;
    let mut dashes = Vec::new();
    let beginning = along(y0, y1).map(|[from, to]| [(x0, from), (x0, to)]);
    if x1 - x0 < NARROW {
        dashes.extend(beginning);
    } else if y1 - y0 < LOW {
        dashes.extend([x0, x1].map(|x| [(x, y0), (x, y1)]));
    } else {
        dashes.extend(beginning);
        dashes.extend(along(y0, y1).map(|[from, to]| [(x1, from), (x1, to)]));
        for y in [y0, y1] {
            dashes.extend(along(x0, x1).map(|[from, to]| [(from, y), (to, y)]));
        }
    }
    dashes
}

/// Equal dashes with equal gaps from one end to the other.
fn along(from: f32, to: f32) -> impl Iterator<Item = [f32; 2]> {
    const DASH: f32 = 4.0;
    const GAP: f32 = 3.0;
    let length = (to - from).max(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a picture's width at most")]
    let count = ((length + GAP) / (DASH + GAP)).round().max(1.0) as u16;
    let step = (length + GAP) / f32::from(count);
    (0..count).map(move |at| from + step * f32::from(at)).map(move |start| [start, start + step - GAP])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::chart::lanes::{LaneBy, lanes};
    use crate::lang::Lang;
    use crate::time::Nanos;
    use crate::trace::{Cause, State};

    /// Ghosts of one task that changes its state at these instants, by the millisecond, on 100 px for a second.
    fn check(changes: &[(i64, State)], expected: &[(f32, f32, Tone)]) {
        let mut story =
            Story::of("threads", "HEAD\n[[task]]\nname = \"t\"\nsteps = [{ cpu = \"1ms\" }, { io = \"1ms\" }]\n");
        for (time, state) in changes {
            story.at(*time, 0, *state, Cause::None);
        }
        let run = story.run();
        let lanes = lanes(&run, LaneBy::Task, Lang::En);
        let ghosts = ghosts(&run, &lanes, 0..1, &Axis::fit(Nanos::from_millis(1_000), 100.0));
        assert_eq!(ghosts.iter().map(|ghost| (ghost.x0, ghost.x1, ghost.tone)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_ghost_stands_where_a_task_has_a_core_or_is_in_io() {
        use State::{Blocked, Done, Io, Ready, Running};
        let states = [(0, Ready), (100, Running), (300, Io), (600, Blocked), (700, Running), (1_000, Done)];
        check(&states, &[(10.0, 30.0, Tone::Running), (30.0, 60.0, Tone::Io), (70.0, 100.0, Tone::Running)]);
    }

    #[test]
    fn slices_nearer_than_an_eye_can_tell_are_one_ghost() {
        use State::{Done, Io, Ready, Running};
        let slices = [(0, Running), (200, Ready), (220, Running), (400, Ready), (460, Running), (600, Done)];
        check(&slices, &[(0.0, 40.0, Tone::Running), (46.0, 60.0, Tone::Running)]);
        let slivers = [(0, Running), (5, Io), (500, Running), (505, Io), (900, Done)];
        check(&slivers, &[(0.0, 90.0, Tone::Io)]);
    }

    #[test]
    fn short_turns_are_one_ghost_and_long_ones_are_not() {
        use State::{Done, Ready, Running};
        let turns = [(0, Running), (40, Ready), (160, Running), (200, Ready), (320, Running), (360, Done)];
        check(&turns, &[(0.0, 36.0, Tone::Running)]);
        let far = [(0, Running), (40, Ready), (240, Running), (280, Done)];
        check(&far, &[(0.0, 4.0, Tone::Running), (24.0, 28.0, Tone::Running)]);
        let long = [(0, Running), (40, Ready), (160, Running), (400, Done)];
        check(&long, &[(0.0, 4.0, Tone::Running), (16.0, 40.0, Tone::Running)]);
    }

    #[test]
    fn outlines_are_the_fainter_the_lower_the_lanes() {
        let strengths = [1.0, 3.0, 6.0, 10.0, 14.0, 36.0].map(strength);
        assert!(strengths.is_sorted() && strengths[0] > 0.3 && strengths[1] < 0.5, "{strengths:?}");
        assert!(strengths[4] > 0.85, "alone it is found: {strengths:?}");
    }

    #[test]
    fn dashes_close_the_corners_and_stay_inside() {
        for width in [3.0, 10.0, 47.3, 400.0] {
            let dashes = dashes((10.0, 10.0 + width), (5.0, 17.0));
            let points = || dashes.iter().flatten();
            let corners = [(10.0, 5.0), (10.0 + width, 5.0), (10.0, 17.0), (10.0 + width, 17.0)];
            for (x, y) in corners {
                let near = points().filter(|(px, py)| (px - x).abs() < 1e-3 && (py - y).abs() < 1e-3).count();
                assert!(near >= 2, "{width}: {dashes:?}");
            }
            let is_inside = |(x, y): &(f32, f32)| (9.999..=10.001 + width).contains(x) && (5.0..=17.001).contains(y);
            assert!(points().all(is_inside), "{width}: {dashes:?}");
        }
        assert_eq!(dashes((10.0, 60.0), (5.0, 8.0)).len(), 2, "a low one has ends");
        let narrow = dashes((10.0, 11.0), (5.0, 17.0));
        assert!(
            narrow.iter().flatten().all(|(x, _)| (x - 10.0).abs() < 1e-3),
            "it begins and has no width: {narrow:?}"
        );
    }
}
