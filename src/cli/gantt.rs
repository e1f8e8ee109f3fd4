//! A run as rows of characters: a row for each task, or for several where there are too many, then a strip for each
//! core. Pure layout; `report` prints it.
//!
//! States differ by character as well as by color. Running is never hidden: a cell in which a task ran at all shows a
//! bar as wide as its share of the cell.

use std::ops::Range;

use crate::analysis::utilization::{CoreBusy, Stretch};
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
#[derive(Clone, Debug)]
pub struct Cells {
    /// Where each begins, and where the last one ends.
    bounds: Vec<Nanos>,
    per_nano: f64,
}

impl Cells {
    pub fn new(range: Stretch, count: usize) -> Self {
        let bound = |at: usize| {
            let offset = i128::from(range.length().0) * at as i128 / count.max(1) as i128;
            range.start + Nanos(i64::try_from(offset).unwrap_or(i64::MAX))
        };
        Cells { bounds: (0..=count).map(bound).collect(), per_nano: count as f64 / range.length().0.max(1) as f64 }
    }

    fn count(&self) -> usize {
        self.bounds.len() - 1
    }

    fn length(&self, at: usize) -> Nanos {
        self.bounds[at + 1] - self.bounds[at]
    }

    /// The cell that an instant lies in; the nearest, where it lies in none.
    fn at(&self, time: Nanos) -> usize {
        let last = self.count().saturating_sub(1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let mut at = (((time - self.bounds[0]).0 as f64 * self.per_nano) as usize).min(last);
        // The quotient is not exact, the bounds are.
        while at > 0 && time < self.bounds[at] {
            at -= 1;
        }
        while at < last && time >= self.bounds[at + 1] {
            at += 1;
        }
        at
    }

    /// The cells that a stretch lies in, each with how much of it does.
    fn split(&self, stretch: Stretch) -> impl Iterator<Item = (usize, Nanos)> {
        let (start, end) = (stretch.start.max(self.bounds[0]), stretch.end.min(self.bounds[self.count()]));
        let cells = if start < end { self.at(start)..self.at(end) + 1 } else { 0..0 };
        cells.filter_map(move |at| {
            let within = end.min(self.bounds[at + 1]) - start.max(self.bounds[at]);
            (within > Nanos::ZERO).then_some((at, within))
        })
    }
}

/// At most `rows_max` rows of tasks in scenario order.
pub fn task_rows(run: &Run, cells: &Cells, rows_max: usize) -> Vec<Row> {
    tasks_by_row(run, rows_max).map(|tasks| task_row(run, cells, tasks)).collect()
}

/// What stands before those rows.
pub fn task_labels(run: &Run, rows_max: usize) -> impl Iterator<Item = String> {
    tasks_by_row(run, rows_max).map(|tasks| task_label(run, &tasks))
}

fn tasks_by_row(run: &Run, rows_max: usize) -> impl Iterator<Item = Range<usize>> + use<> {
    let tasks = run.trace.tasks() as usize;
    let per_row = tasks.div_ceil(rows_max.max(1)).max(1);
    (0..tasks).step_by(per_row).map(move |start| start..(start + per_row).min(tasks))
}

fn task_label(run: &Run, tasks: &Range<usize>) -> String {
    match tasks.len() {
        1 => run.task_name(task(tasks.start)),
        _ => format!("{} … {}", run.task_name(task(tasks.start)), run.task_name(task(tasks.end - 1))),
    }
}

fn task(index: usize) -> Task {
    Task(u32::try_from(index).expect("bounded by the scenario"))
}

fn task_row(run: &Run, cells: &Cells, tasks: Range<usize>) -> Row {
    let mut times = vec![[Nanos::ZERO; TONES.len()]; cells.count()];
    let mut bad_ends = vec![false; cells.count()];
    for span in tasks.clone().flat_map(|at| run.trace.spans_of(task(at))) {
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
    let label = task_label(run, &tasks);
    let count = i64::try_from(tasks.len()).unwrap_or(i64::MAX);
    let cell = |(at, times): (usize, [Nanos; TONES.len()])| {
        if bad_ends[at] { Cell::filled(Tone::BadEnd) } else { prevailing(&times, cells.length(at) * count) }
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

/// At most `rows_max` strips of a run's `cores` within its `makespan`, each for one core or several: bars as high as
/// the share of the cell that they were busy, and their share of the makespan behind it.
pub fn core_rows(cores: &[CoreBusy], makespan: Nanos, cells: &Cells, rows_max: usize) -> Vec<Row> {
    cores_by_row(cores, rows_max).map(|cores| core_row(cores, cells, makespan)).collect()
}

/// What stands before those strips.
pub fn core_labels(cores: &[CoreBusy], rows_max: usize) -> impl Iterator<Item = String> {
    cores_by_row(cores, rows_max).map(core_label)
}

fn cores_by_row(cores: &[CoreBusy], rows_max: usize) -> impl Iterator<Item = &[CoreBusy]> {
    cores.chunks(cores.len().div_ceil(rows_max.max(1)).max(1))
}

fn core_label(cores: &[CoreBusy]) -> String {
    let number = |core: &CoreBusy| core.core.get().map_or_else(|| "?".to_owned(), |core| core.to_string());
    match cores {
        [only] => format!("core {}", number(only)),
        cores => format!("cores {}–{}", number(&cores[0]), number(&cores[cores.len() - 1])),
    }
}

fn core_row(cores: &[CoreBusy], cells: &Cells, makespan: Nanos) -> Row {
    let count = i64::try_from(cores.len()).unwrap_or(i64::MAX);
    let mut times = vec![Nanos::ZERO; cells.count()];
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
            let whole = cells.length(at) * count;
            Cell { glyph: eighth(&UPWARDS, busy, whole), tone: Some(Tone::CoreBusy) }
        }
    };
    let share = busy.ratio(makespan * count).unwrap_or(0.0) * 100.0;
    Row {
        label: core_label(cores),
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
        Cells::new(Stretch { start: Nanos::ZERO, end: Nanos(end * MS) }, count)
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
