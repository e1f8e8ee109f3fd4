//! What a person reads after `run`: each run as rows of characters on one common axis, the table of metrics, what was
//! printed, and what must not be overlooked. Text is made here; `run` writes it out.

use super::gantt::{Cell, Cells, Row, TONES, core_labels, core_rows, glyph, task_labels, task_rows};
use super::terminal::{Ink, Terminal, harmless, wrapped};
use crate::analysis::columns::{self, COLUMNS};
use crate::analysis::diagnosis::{Diagnosis, diagnose};
use crate::analysis::metrics::Metrics;
use crate::analysis::utilization::{Stretch, busy_stretches, makespan_range};
use crate::chart::axis::Axis;
use crate::chart::palette::Tone;
use crate::lang::Lang;
use crate::scenario::Engine;
use crate::time::Nanos;
use crate::trace::{Run, State, Status, Task};

/// More rows of tasks than this do not fit on a screen: several tasks then share one.
const TASK_ROWS_MAX: usize = 24;
/// As many cores as a large computer has; those of larger imagined ones share rows.
const CORE_ROWS_MAX: usize = 24;
const OUTPUT_LINES_SHOWN: usize = 24;
const LABEL_WIDTH_MAX: usize = 18;
/// `│`, the picture, `│`, a space and `100 %`.
const FRAME_WIDTH: usize = 8;
const INDENT: &str = "  ";

/// A run with what is needed to judge it.
pub struct Reported<'a> {
    pub run: &'a Run,
    pub row: columns::Row,
}

impl Reported<'_> {
    fn title(&self) -> String {
        harmless(&self.run.title(Lang::En))
    }
}

/// The whole report.
pub fn report(runs: &[Reported], terminal: Terminal) -> String {
    let Some(longest) = runs.iter().map(|reported| makespan_end(reported.run)).max() else { return String::new() };
    let mut lines = Vec::new();
    lines.push(String::new());
    lines.extend(legend(terminal));
    for reported in runs {
        lines.push(String::new());
        lines.extend(picture(reported, longest, terminal));
        lines.extend(diagnoses(reported.run, terminal));
    }
    lines.push(String::new());
    lines.extend(table(runs, terminal));
    lines.extend(preemption_sources(runs).into_iter().map(|line| terminal.paint(&format!("{INDENT}{line}"), Ink::Dim)));
    for reported in runs {
        lines.extend(output(reported, terminal));
    }
    let notes: Vec<String> = runs.iter().flat_map(notes).collect();
    if !notes.is_empty() {
        lines.push(String::new());
        lines.extend(notes);
    }
    lines.push(String::new());
    lines.join("\n")
}

fn makespan_end(run: &Run) -> Nanos {
    makespan_range(run).map_or(Nanos::ZERO, |range| range.end)
}

/// In as many lines as the width asks for.
fn legend(terminal: Terminal) -> Vec<String> {
    let word = |tone: Tone| match tone {
        Tone::Running => "running",
        Tone::Io => "in IO",
        Tone::Ready => "ready",
        Tone::Blocked => "blocked",
        Tone::Preempted => "preempted",
        Tone::Overhead => "starting",
        Tone::BadEnd => "failed or cancelled",
        Tone::CoreBusy => "core used by the run",
        Tone::Others => "core taken by others",
    };
    let mut lines: Vec<String> = Vec::new();
    let mut room = 0;
    for tone in TONES {
        let width = INDENT.len() + 2 + word(tone).chars().count();
        if width > room {
            lines.push(String::new());
            room = terminal.width;
        }
        room = room.saturating_sub(width);
        let sign = terminal.paint(&glyph(tone).to_string(), Ink::Tone(tone));
        lines.last_mut().expect("there is one").push_str(&format!("{INDENT}{sign} {}", word(tone)));
    }
    lines
}

fn picture(reported: &Reported, longest: Nanos, terminal: Terminal) -> Vec<String> {
    let run = reported.run;
    let cores = busy_stretches(run);
    let labels = task_labels(run, TASK_ROWS_MAX).chain(core_labels(&cores, CORE_ROWS_MAX));
    let label_width = labels.map(|label| label.chars().count()).max().unwrap_or(0).min(LABEL_WIDTH_MAX);
    let width = terminal.width.saturating_sub(INDENT.len() + label_width + 1 + FRAME_WIDTH).max(8);
    let cells = Cells::new(Stretch { start: Nanos::ZERO, end: longest }, width);
    let makespan = reported.row.shown.metrics.makespan;
    let mut lines = heading(reported, terminal);
    for row in task_rows(run, &cells, TASK_ROWS_MAX) {
        lines.push(picture_line(&row, label_width, ' ', terminal));
    }
    for row in core_rows(&cores, makespan, &cells, CORE_ROWS_MAX) {
        lines.push(picture_line(&row, label_width, '│', terminal));
    }
    let ticks = tick_line(longest, width);
    let indent = " ".repeat(INDENT.len() + label_width + 2);
    lines.push(terminal.paint(&format!("{indent}{ticks}"), Ink::Dim));
    lines
}

/// What happened, in words, each finding wrapped to the terminal.
fn diagnoses(run: &Run, terminal: Terminal) -> Vec<String> {
    let told = |found: Diagnosis| {
        let title = found.title.get(Lang::En);
        let text = format!("{title}. {}", harmless(found.text.get(Lang::En)));
        let mut lines = wrapped(&text, terminal.width.saturating_sub(2 * INDENT.len()));
        lines[0] = lines[0].replacen(title, &terminal.paint(title, Ink::Bold), 1);
        let sign = |at: usize| if at == 0 { "• " } else { "  " };
        lines.into_iter().enumerate().map(|(at, line)| format!("{INDENT}{}{line}", sign(at))).collect::<Vec<_>>()
    };
    diagnose(run).into_iter().flat_map(told).collect()
}

/// The run's title and its first figures. What its model does is said where there is room for it.
fn heading(reported: &Reported, terminal: Terminal) -> Vec<String> {
    let (title, brief) = (reported.title(), reported.run.choice.model.brief.get(Lang::En));
    let figures = COLUMNS[..2].iter().filter_map(|column| column.value(&reported.row)).map(|value| value.to_string());
    let figures = figures.collect::<Vec<_>>().join("  ");
    let cores = match (reported.run.engine, reported.run.cores) {
        (Engine::Measured, cores) => count_of_cores(cores),
        (Engine::Simulated, cores) => format!("simulated, {}", count_of_cores(cores)),
    };
    let fits = |parts: &[&str]| parts.join(INDENT).chars().count() <= terminal.width;
    let (bold, dim) = (|text: &str| terminal.paint(text, Ink::Bold), terminal.paint(brief, Ink::Dim));
    if fits(&[&title, brief, &figures, &cores]) {
        vec![[bold(&title), dim, bold(&figures), cores].join(INDENT)]
    } else if fits(&[&title, &figures, &cores]) {
        vec![[bold(&title), bold(&figures), cores].join(INDENT)]
    } else {
        vec![bold(&title), format!("{INDENT}{}{INDENT}{cores}", bold(&figures))]
    }
}

/// `1 core`, `8 cores`.
pub fn count_of_cores(cores: u32) -> String {
    if cores == 1 { "1 core".to_owned() } else { format!("{cores} cores") }
}

fn picture_line(row: &Row, label_width: usize, frame: char, terminal: Terminal) -> String {
    let label = fit(&harmless(&row.label), label_width);
    let frame = terminal.paint(&frame.to_string(), Ink::Dim);
    let cells = paint_cells(&row.cells, terminal);
    let line = format!("{INDENT}{label} {frame}{cells}{frame} {}", row.note);
    line.trim_end().to_owned()
}

/// Neighbors of one tone in one go: escapes cost more than the picture.
fn paint_cells(cells: &[Cell], terminal: Terminal) -> String {
    let runs = cells.chunk_by(|one, other| one.tone == other.tone);
    runs.map(|cells| {
        let text: String = cells.iter().map(|cell| cell.glyph).collect();
        terminal.paint(&text, cells[0].tone.map_or(Ink::Plain, Ink::Tone))
    })
    .collect()
}

/// The labels of the common axis, each beginning where its instant is.
fn tick_line(longest: Nanos, width: usize) -> String {
    /// What the axis takes a character for: it keeps labels apart in pixels.
    const PIXELS: f32 = 7.0;
    let pixels = f32::from(u16::try_from(width).unwrap_or(u16::MAX)) * PIXELS;
    let mut line = vec![' '; width];
    for tick in Axis::fit(longest, pixels).ticks() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a column of the line")]
        let column = (tick.x / PIXELS).round() as usize;
        let label: Vec<char> = tick.label(Lang::En).chars().collect();
        if let Some(place) = line.get_mut(column..column + label.len()) {
            place.copy_from_slice(&label);
        }
    }
    line.into_iter().collect::<String>().trim_end().to_owned()
}

/// The metrics, in as many blocks of columns as the width asks for.
fn table(runs: &[Reported], terminal: Terminal) -> Vec<String> {
    let names: Vec<String> = runs.iter().map(Reported::title).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    // Where they would leave no room for figures, names stand above them.
    let stand_above = longest > terminal.width / 2;
    let names_width = if stand_above { 0 } else { longest };
    let shown: Vec<(Vec<String>, usize)> = COLUMNS.iter().map(|column| shown_column(column, runs)).collect();
    let mut lines = Vec::new();
    let mut rest = &shown[..];
    while !rest.is_empty() {
        let mut room = terminal.width.saturating_sub(INDENT.len() + names_width);
        let fitting = rest.iter().take_while(|(_, width)| {
            let fits = room >= width + 2;
            room = room.saturating_sub(width + 2);
            fits
        });
        let (block, after) = rest.split_at(fitting.count().max(1));
        for at in 0..=runs.len() {
            let mut name = if at == 0 { "" } else { names[at - 1].as_str() };
            if stand_above && at > 0 {
                lines.push(format!("{INDENT}{name}"));
                name = "";
            }
            let cells: Vec<String> = block.iter().map(|(cells, width)| format!("  {:>width$}", cells[at])).collect();
            let line = format!("{INDENT}{name:names_width$}{}", cells.concat());
            lines.push(if at == 0 { terminal.paint(&line, Ink::Dim) } else { line });
        }
        lines.push(String::new());
        rest = after;
    }
    lines.pop();
    lines
}

/// The label and the figures of a column, and the width of the widest.
fn shown_column(column: &columns::Column, runs: &[Reported]) -> (Vec<String>, usize) {
    let figure = |reported: &Reported| match column.value(&reported.row) {
        Some(value) => columns::show(value, column.band(&reported.row)),
        None => "–".to_owned(),
    };
    let cells: Vec<String> = std::iter::once(column.label.en.to_owned()).chain(runs.iter().map(figure)).collect();
    let width = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
    (cells, width)
}

fn output(reported: &Reported, terminal: Terminal) -> Vec<String> {
    let said = &reported.run.output;
    if said.is_empty() {
        return vec![];
    }
    let mut lines = vec![String::new(), format!("{} printed", terminal.paint(&reported.title(), Ink::Bold))];
    lines.extend(said.iter().take(OUTPUT_LINES_SHOWN).map(|line| {
        let time = terminal.paint(&format!("{:>9}", line.time.to_string()), Ink::Dim);
        let task = harmless(&reported.run.task_name(line.task));
        format!("{INDENT}{time}  {}  {}", fit(&task, LABEL_WIDTH_MAX.min(10)), harmless(&line.text))
    }));
    if said.len() > OUTPUT_LINES_SHOWN {
        lines.push(format!("{INDENT}… and {} more lines: --json has them all", said.len() - OUTPUT_LINES_SHOWN));
    }
    lines
}

/// Whose word it is that a task lost its core: once, or run by run where that differs. Where cores are imagined there
/// is nothing to see.
fn preemption_sources(runs: &[Reported]) -> Vec<String> {
    let source = |reported: &&Reported| reported.run.account.preemption_source;
    let measured: Vec<&Reported> = runs.iter().filter(|reported| reported.run.engine == Engine::Measured).collect();
    let Some(first) = measured.first() else { return vec![] };
    if measured.iter().all(|reported| source(reported) == source(first)) {
        return vec![format!("preemption seen by: {}", source(first).label().en)];
    }
    let line =
        |reported: &&Reported| format!("{}: preemption seen by {}", reported.title(), source(reported).label().en);
    measured.iter().map(line).collect()
}

/// What a reader of the figures must know.
fn notes(reported: &Reported) -> Vec<String> {
    let run = reported.run;
    let (account, title) = (&run.account, reported.title());
    let mut notes = Vec::new();
    let mut ended = [0_u32; State::ALL.len()];
    for end in (0..run.trace.tasks()).filter_map(|task| run.trace.of(Task(task)).next_back()) {
        ended[run.trace.states()[end] as usize] += 1;
    }
    for state in State::ALL.into_iter().filter(|state| state.is_end() && *state != State::Done) {
        match ended[state as usize] {
            0 => {}
            1 => notes.push(format!("{title}: 1 task {}", state.label().en)),
            count => notes.push(format!("{title}: {count} tasks {}", state.label().en)),
        }
    }
    if run.status == Status::Cancelled {
        notes.push(format!("{title}: the run was stopped; its figures are of what had happened"));
    }
    if account.dropped() > 0 {
        let (dropped, recorded) = (account.dropped(), account.recorded);
        notes.push(format!("{title}: {dropped} of {recorded} recorded events were dropped: the picture has holes"));
    }
    if account.lines_dropped > 0 {
        let (dropped, kept) = (account.lines_dropped, run.output.len());
        notes.push(format!("{title}: {dropped} printed lines were dropped, those after the first {kept}"));
    }
    if account.switches_lost > 0 {
        let lost = account.switches_lost;
        notes.push(format!("{title}: the kernel lost {lost} records of context switches: some gaps may be missing"));
    }
    if account.stragglers > 0 {
        notes.push(format!("{title}: {} threads had not come back 2 s after the stop", account.stragglers));
    }
    match account.workers_lost {
        0 => {}
        1 => notes.push(format!("{title}: 1 worker process died")),
        count => notes.push(format!("{title}: {count} worker processes died")),
    }
    if let Some(trouble) = &account.trouble {
        notes.push(format!("{title}: {trouble}"));
    }
    if run.cores < run.host.cores && !run.host.affinity {
        notes.push(format!("{title}: this computer cannot restrict cores strictly; the run may have used others"));
    }
    notes
}

/// Exactly that many characters: padded, or cut with an ellipsis.
fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return format!("{text:width$}");
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// The table's row of a run with these metrics, its repetitions and its baseline's makespans, the one shown first.
pub fn table_row(run: &Run, metrics: Metrics, repeats: Vec<columns::Sample>, baseline: Vec<Nanos>) -> columns::Row {
    columns::Row { shown: columns::Sample::new(run, metrics), repeats, baseline }
}
