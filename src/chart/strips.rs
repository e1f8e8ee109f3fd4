//! What held the cores, as strips: from stretches of time to marks in pixels, with everything narrower than a pixel
//! merged into one mark of the share that it covers.
//!
//! Sums of all stretches before each are kept: a million stretches in one pixel cost no more than a search, so the time to
//! make the marks goes by pixels.

use super::axis::Axis;
use crate::analysis::overheads::overhead_stretches;
use crate::analysis::taken::taken_stretches;
use crate::analysis::utilization::{CoreUse, Stretch, busy_stretches, per_core, united};
use crate::time::Nanos;
use crate::trace::Run;

/// What held the cores of a run. Made once and kept.
#[derive(Clone, Debug)]
pub struct CoreStrips {
    /// A row for each strip, with its share of the makespan.
    pub uses: Vec<CoreUse>,
    /// When they computed for the run. What two tasks claim of one core at once counts once.
    pub busy: Strips,
    /// When they were held by what the model costs.
    pub overhead: Strips,
    /// When others had them.
    pub taken: Strips,
}

impl CoreStrips {
    /// Rows as in [`busy_stretches`].
    pub fn of(run: &Run) -> Self {
        let busy = busy_stretches(run);
        CoreStrips {
            uses: per_core(run, &busy),
            overhead: Strips::new(overhead_stretches(run, &busy)),
            taken: Strips::new(taken_stretches(run, &busy)),
            busy: Strips::new(busy.into_iter().map(|row| united(row.stretches))),
        }
    }
}

/// A stretch of one core's strip that is held, fully or (merged below a pixel) in part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StripMark {
    pub core: u32,
    /// Pixels from the plot's left edge, clipped to the plot.
    pub x0: f32,
    pub x1: f32,
    /// 0 to 1.
    pub coverage: f32,
}

/// One kind of what held the cores, core by core.
#[derive(Clone, Debug, Default)]
pub struct Strips {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    /// In time order, without overlap.
    stretches: Vec<Stretch>,
    /// How long all those before each are; at the end, how long all are.
    before: Vec<Nanos>,
}

impl Strips {
    fn new(by_core: impl IntoIterator<Item = Vec<Stretch>>) -> Self {
        Strips { rows: by_core.into_iter().map(Row::new).collect() }
    }

    /// No core was held.
    pub fn are_empty(&self) -> bool {
        self.rows.iter().all(|row| row.stretches.is_empty())
    }

    /// Core by core, in time order.
    pub fn marks(&self, axis: &Axis) -> Vec<StripMark> {
        let mut marks = Vec::new();
        for (core, row) in (0..).zip(&self.rows) {
            row.push_marks(core, axis, &mut marks);
        }
        marks
    }
}

/// Gaps no wider than this, in pixels, cannot be seen.
const SEAM: f32 = 1e-3;
/// Nor can it be seen that so much is not covered.
const FULL: f64 = 1.0 - 1.0 / 512.0;

impl Row {
    fn new(stretches: Vec<Stretch>) -> Self {
        let mut sum = Nanos::ZERO;
        let mut before = Vec::with_capacity(stretches.len() + 1);
        before.push(sum);
        before.extend(stretches.iter().map(|stretch| {
            sum += stretch.length();
            sum
        }));
        Row { stretches, before }
    }

    fn push_marks(&self, core: u32, axis: &Axis, marks: &mut Vec<StripMark>) {
        let width = f64::from(axis.width);
        let own = &self.stretches;
        let mut at = own.partition_point(|stretch| axis.x_exact(stretch.end) <= 0.0);
        let end = own.partition_point(|stretch| axis.x_exact(stretch.start) < width);
        let first = marks.len();
        #[expect(clippy::cast_possible_truncation, reason = "a part of a time")]
        let pixel = Nanos(axis.nanos_per_pixel() as i64);
        while at < end {
            let until = own[at].start + pixel;
            let next = at + run_length(&own[at..end], |stretch| stretch.end <= until).max(1);
            let (x0, x1) = (axis.x_exact(own[at].start), axis.x_exact(own[next - 1].end));
            let coverage = (self.before[next] - self.before[at]).ratio(own[next - 1].end - own[at].start);
            at = next;
            let coverage = coverage.map_or(1.0, |coverage| if coverage >= FULL { 1.0 } else { coverage });
            #[expect(clippy::cast_possible_truncation, reason = "pixels")]
            let mark = StripMark { core, x0: x0.max(0.0) as f32, x1: x1.min(width) as f32, coverage: coverage as f32 };
            let is_full = |mark: &StripMark| mark.coverage.total_cmp(&1.0).is_eq();
            match marks[first..].last_mut() {
                Some(last) if is_full(last) && is_full(&mark) && mark.x0 <= last.x1 + SEAM => last.x1 = mark.x1,
                _ => marks.push(mark),
            }
        }
    }
}

/// How many of the first are so, where none is behind one that is not: searched in steps that double, for it is a few of
/// many.
fn run_length<T>(items: &[T], is_so: impl Fn(&T) -> bool) -> usize {
    let mut beyond = 1;
    while beyond < items.len() && is_so(&items[beyond]) {
        beyond *= 2;
    }
    items[..beyond.min(items.len())].partition_point(is_so)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(stretches: &[(i64, i64)], axis: &Axis) -> Vec<(f32, f32, f32)> {
        let stretch = |(start, end): &(i64, i64)| Stretch { start: Nanos(*start), end: Nanos(*end) };
        let strips = Strips::new([stretches.iter().map(stretch).collect()]);
        strips.marks(axis).into_iter().map(|mark| (mark.x0, mark.x1, mark.coverage)).collect()
    }

    #[test]
    fn what_lies_within_a_pixel_is_one_mark() {
        // A pixel is 100 ns.
        let axis = Axis::between(1_000.0, 2_000.0, 10.0);
        let few = [(0, 900), (1_000, 1_010), (1_020, 1_050), (1_060, 1_070), (1_200, 1_500), (1_990, 2_500)];
        assert_eq!(marks(&few, &axis), [(0.0, 0.7, 5.0 / 7.0), (2.0, 5.0, 1.0), (9.9, 10.0, 1.0)]);
        assert_eq!(marks(&[(1_100, 1_200), (1_200, 1_210)], &axis), [(1.0, 2.1, 1.0)], "they touch");
        assert_eq!(marks(&[(0, 1_000), (2_000, 3_000)], &axis), []);
    }

    #[test]
    fn a_core_that_is_hardly_ever_idle_is_one_mark() {
        let axis = Axis::between(0.0, 1e9, 1_000.0);
        let busy: Vec<_> = (0..100_000).map(|at| (at * 10_000 + at.min(10), at * 10_000 + 10_000)).collect();
        let marks = marks(&busy, &axis);
        assert_eq!(marks, [(0.0, 1_000.0, 1.0)]);
    }

    #[test]
    fn a_run_is_as_long_as_counted() {
        for length in 0..40 {
            for so in 0..=length {
                let items: Vec<usize> = (0..length).collect();
                assert_eq!(run_length(&items, |item| *item < so), so, "of {length}");
            }
        }
    }
}
