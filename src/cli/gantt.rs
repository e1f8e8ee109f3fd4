//! A run as rows of characters: a row for each task, or for several where there are too many, then a strip for each
//! core. Pure layout; `report` prints it.
//!
//! States differ by character as well as by color. Running is never hidden: a cell in which a task ran at all shows a
//! bar as wide as its share of the cell.

use std::ops::Range;

use crate::analysis::utilization::{CoreBusy, Stretch, busy_stretches, makespan_range};
use crate::chart::palette::Tone;
use crate::time::Nanos;
use crate::trace::{Run, Task};

/// In the order the legend names them.
pub const TONES: [Tone; 7] =
    [Tone::Running, Tone::Io, Tone::Ready, Tone::Blocked, Tone::Preempted, Tone::Overhead, Tone::BadEnd];

/// Shares of a cell from the left, in eighths, the first for a trace of it.
const ACROSS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/// The same from the bottom.
const UPWARDS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub label: String,
    /// As many as the picture is wide.
    pub cells: Vec<Cell>,
    /// What stands behind the row.
    pub note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub glyph: char,
    pub tone: Option<Tone>,
}

impl Cell {
    const EMPTY: Cell = Cell { glyph: ' ', tone: None };

    const fn filled(tone: Tone) -> Cell {
        Cell { glyph: glyph(tone), tone: Some(tone) }
    }
}

/// The character of a tone where it fills a cell.
pub const fn glyph(tone: Tone) -> char {
    match tone {
        Tone::Running | Tone::CoreBusy => '█',
        Tone::Io => '─',
        Tone::Ready => '░',
        Tone::Blocked => '▓',
        Tone::Preempted => '▒',
        Tone::Overhead => '+',
        Tone::BadEnd => '×',
        Tone::Others => '╱',
    }
}

/// The picture's cells: equal parts of a range of time.
#[derive(Clone, Copy, Debug)]
pub struct Cells {
    pub range: Stretch,
    pub count: usize,
}

impl Cells {
    /// Where cell `at` begins, and where the one before it ends.
    fn bound(&self, at: usize) -> Nanos {
        let offset = i128::from(self.range.length().0) * at as i128 / self.count as i128;
        self.range.start + Nanos(i64::try_from(offset).unwrap_or(i64::MAX))
    }

    fn at(&self, time: Nanos) -> usize {
        let length = i128::from(self.range.length().0.max(1));
        let at = i128::from((time - self.range.start).0) * self.count as i128 / length;
        usize::try_from(at).unwrap_or(0).min(self.count.saturating_sub(1))
    }

    /// The cells that a stretch lies in, each with how much of it does.
    fn split(self, stretch: Stretch) -> impl Iterator<Item = (usize, Nanos)> {
        let stretch = Stretch { start: stretch.start.max(self.range.start), end: stretch.end.min(self.range.end) };
        let cells = if stretch.start < stretch.end { self.at(stretch.start)..self.at(stretch.end) + 1 } else { 0..0 };
        cells.filter_map(move |at| {
            let within = stretch.end.min(self.bound(at + 1)) - stretch.start.max(self.bound(at));
            (within > Nanos::ZERO).then_some((at, within))
        })
    }
}

/// At most `rows_max` rows of tasks in scenario order.
pub fn task_rows(run: &Run, cells: Cells, rows_max: usize) -> Vec<Row> {
    let tasks = run.trace.tasks() as usize;
    let per_row = tasks.div_ceil(rows_max.max(1)).max(1);
    let starts = (0..tasks).step_by(per_row);
    starts.map(|start| task_row(run, cells, start..(start + per_row).min(tasks))).collect()
}

fn task_row(run: &Run, cells: Cells, tasks: Range<usize>) -> Row {
    let of = |index: usize| Task(u32::try_from(index).expect("bounded by the scenario"));
    let mut times = vec![[Nanos::ZERO; TONES.len()]; cells.count];
    let mut bad_ends = vec![false; cells.count];
    for task in tasks.clone().map(of) {
        for span in run.trace.spans_of(task) {
            let Some(tone) = Tone::of(span.state, span.cause) else { continue };
            if tone == Tone::BadEnd {
                bad_ends[cells.at(span.start)] = true;
                continue;
            }
            let Some(column) = TONES.iter().position(|own| *own == tone) else { continue };
            for (at, within) in cells.split(Stretch { start: span.start, end: span.end }) {
                times[at][column] += within;
            }
        }
    }
    let label = match tasks.len() {
        1 => run.task_name(of(tasks.start)),
        _ => format!("{} … {}", run.task_name(of(tasks.start)), run.task_name(of(tasks.end - 1))),
    };
    let count = i64::try_from(tasks.len()).unwrap_or(i64::MAX);
    let whole = |at: usize| (cells.bound(at + 1) - cells.bound(at)) * count;
    let cell = |(at, times): (usize, [Nanos; TONES.len()])| {
        if bad_ends[at] { Cell::filled(Tone::BadEnd) } else { prevailing(&times, whole(at)) }
    };
    Row { label, cells: times.into_iter().enumerate().map(cell).collect(), note: String::new() }
}

/// What a cell shows, from the time that each tone takes of `whole`.
fn prevailing(times: &[Nanos; TONES.len()], whole: Nanos) -> Cell {
    let running = times[0];
    if running > Nanos::ZERO {
        return Cell { glyph: eighth(&ACROSS, running, whole), tone: Some(Tone::Running) };
    }
    // The first of equals, so that a picture does not depend on anything but the run.
    let most = (0..TONES.len()).rev().max_by_key(|at| times[*at]).filter(|at| times[*at] > Nanos::ZERO);
    most.map_or(Cell::EMPTY, |at| Cell::filled(TONES[at]))
}

/// At most `rows_max` strips, each for one core or several: bars as high as the share of the cell that they were busy,
/// and their share of the makespan behind it.
pub fn core_rows(run: &Run, cells: Cells, rows_max: usize) -> Vec<Row> {
    let makespan = makespan_range(run).map_or(Nanos::ZERO, Stretch::length);
    let cores = busy_stretches(run);
    let per_row = cores.len().div_ceil(rows_max.max(1)).max(1);
    cores.chunks(per_row).map(|cores| core_row(cores, cells, makespan)).collect()
}

fn core_row(cores: &[CoreBusy], cells: Cells, makespan: Nanos) -> Row {
    let count = i64::try_from(cores.len()).unwrap_or(i64::MAX);
    let mut times = vec![Nanos::ZERO; cells.count];
    let mut busy = Nanos::ZERO;
    for stretch in cores.iter().flat_map(|core| &core.stretches) {
        busy += stretch.length();
        for (at, within) in cells.split(*stretch) {
            times[at] += within;
        }
    }
    let cell = |(at, busy): (usize, Nanos)| match busy {
        Nanos::ZERO => Cell::EMPTY,
        busy => {
            let whole = (cells.bound(at + 1) - cells.bound(at)) * count;
            Cell { glyph: eighth(&UPWARDS, busy, whole), tone: Some(Tone::CoreBusy) }
        }
    };
    let share = busy.ratio(makespan * count).unwrap_or(0.0) * 100.0;
    let number = |core: &CoreBusy| core.core.get().map_or_else(|| "?".to_owned(), |core| core.to_string());
    Row {
        label: match cores {
            [only] => format!("core {}", number(only)),
            cores => format!("cores {}–{}", number(&cores[0]), number(&cores[cores.len() - 1])),
        },
        cells: times.into_iter().enumerate().map(cell).collect(),
        note: format!("{share:3.0} %"),
    }
}

/// The sign for `part` of `whole`; a trace of it at least.
fn eighth(signs: &[char; 8], part: Nanos, whole: Nanos) -> char {
    let eighths = i128::from(part.0) * 8 + i128::from(whole.0) / 2;
    let eighths = usize::try_from(eighths / i128::from(whole.0.max(1))).unwrap_or(0);
    signs[eighths.clamp(1, 8) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    fn cells(count: usize, end: i64) -> Cells {
        Cells { range: Stretch { start: Nanos::ZERO, end: Nanos(end * MS) }, count }
    }

    #[test]
    fn a_stretch_is_split_over_the_cells_without_loss() {
        let check = |start: i64, end: i64, expected: &[(usize, i64)]| {
            let split: Vec<_> = cells(4, 100)
                .split(Stretch { start: Nanos(start * MS), end: Nanos(end * MS) })
                .map(|(at, within)| (at, within.0 / MS))
                .collect();
            assert_eq!(split, expected, "{start}..{end}");
        };
        check(0, 100, &[(0, 25), (1, 25), (2, 25), (3, 25)]);
        check(20, 55, &[(0, 5), (1, 25), (2, 5)]);
        check(25, 50, &[(1, 25)]);
        check(90, 500, &[(3, 10)]);
        check(-50, 10, &[(0, 10)]);
        check(200, 300, &[]);
        check(30, 30, &[]);
    }

    #[test]
    fn running_is_seen_however_short_and_else_the_longest_prevails() {
        let check = |times: [i64; TONES.len()], expected: char| {
            assert_eq!(prevailing(&times.map(Nanos), Nanos(800)).glyph, expected, "{times:?}");
        };
        check([1, 799, 0, 0, 0, 0, 0], '▏');
        check([400, 400, 0, 0, 0, 0, 0], '▌');
        check([800, 0, 0, 0, 0, 0, 0], '█');
        check([0, 500, 300, 0, 0, 0, 0], '─');
        check([0, 300, 500, 0, 0, 0, 0], '░');
        check([0, 400, 400, 0, 0, 0, 0], '─');
        check([0; TONES.len()], ' ');
    }

    #[test]
    fn states_differ_without_colors() {
        let mut glyphs: Vec<char> = TONES.into_iter().map(glyph).collect();
        glyphs.sort_unstable();
        glyphs.dedup();
        assert_eq!(glyphs.len(), TONES.len());
    }
}
