//! The words of a figure: its title and where it was made, its legend, each run's header line, the notes below.

use super::measure;
use super::page::{MARGIN, Page, SMALL, Style};
use super::shape::{Anchor, Face, Rect};
use crate::analysis::figures::Value;
use crate::analysis::metrics::Metrics;
use crate::analysis::report_run::ReportRun;
use crate::chart::axis::Scale;
use crate::chart::palette::Tone;
use crate::explore::run::steps_between;
use crate::lang::{Lang, Text};
use crate::scenario::Engine;
use crate::simulate::schedulers;
use crate::trace::{Run, Status};

const COMPARISON: Text = Text::new("Comparison", "Comparação");
const MEASURED: Text = Text::new("measured", "medido");
const MEASURED_ON: Text = Text::new("measured on {}", "medido em {}");
const SIMULATED: Text = Text::new("simulated, on an imagined computer", "simulado, em um computador imaginado");
const CORE: Text = Text::new("1 core", "1 núcleo");
const CORES: Text = Text::new("{} cores", "{} núcleos");
const SEED: Text = Text::new("seed {}", "semente {}");
const CANCELLED: Text = Text::new("cancelled", "cancelada");
const GROWING: Text = Text::new("still running", "ainda em execução");
const HELD_UP: Text = Text::new("held up {} on average", "espera média {}");
const TURNAROUND: Text = Text::new("turnaround p50 {}, p95 {}, max {}", "retorno p50 {}, p95 {}, máx {}");
const CPU: Text = Text::new("CPU {}", "CPU {}");
const SWITCH: Text = Text::new("1 context switch", "1 troca de contexto");
const SWITCHES: Text = Text::new("{} context switches", "{} trocas de contexto");
const REPEATS: Text = Text::new("{} repeats: {} to {}", "{} repetições: {} a {}");
const NOT_DONE: Text = Text::new("{} tasks not done", "{} tarefas não concluídas");
const PART: Text = Text::new(
    "Shown is the part from {} to {}; makespans, percentages and all other figures are of the whole run.",
    "Mostra-se a parte de {} a {}; makespans, porcentagens e os demais números são da execução inteira.",
);
const PART_OF_ORDER: Text = Text::new("Shown are the steps {} to {}.", "Mostram-se os passos {} a {}.");
const DROPPED: Text = Text::new(
    "{}: {} of {} recorded events were dropped; the picture is incomplete.",
    "{}: {} de {} eventos registrados se perderam; a figura está incompleta.",
);

/// What the figure is about, for its title.
pub(super) fn title(runs: &[ReportRun], lang: Lang) -> String {
    match one_scenario(runs) {
        Some(run) => run.scenario.title(lang).to_owned(),
        None => COMPARISON.get(lang).to_owned(),
    }
}

/// Title and, below it, where all the runs were made, if they were all made alike.
pub(super) fn heading(page: &mut Page, runs: &[ReportRun]) {
    let lang = page.lang();
    page.y += 14.0;
    let style = Style { face: Face::Bold, size: 18.0, color: page.palette.text };
    let fitted = measure::fit(&title(runs, lang), style.face, style.size, page.right() - MARGIN);
    page.text((MARGIN, page.y), Anchor::Start, style, &fitted);
    if let Some(place) = one_place(runs, lang) {
        page.y += 20.0;
        let style = Style { face: Face::Text, size: 12.0, color: page.palette.dim };
        let fitted = measure::fit(&place, style.face, style.size, page.right() - MARGIN);
        page.text((MARGIN, page.y), Anchor::Start, style, &fitted);
    }
    page.y += 8.0;
}

/// An entry of the legend: how it is painted, and its words.
pub(super) struct Entry {
    pub swatch: Swatch,
    pub words: Text,
}

#[derive(Clone, Copy)]
pub(super) enum Swatch {
    Mark(Tone),
    /// A line in the color of small print.
    FaintLine,
    /// A dashed outline.
    Ghost,
    /// A step that loses an update.
    Loss,
}

/// The entries side by side, wrapped where the page ends.
pub(super) fn legend(page: &mut Page, entries: &[Entry], paint: impl Fn(&mut Page, Swatch, Rect)) {
    const SWATCH: f32 = 22.0;
    const LINE: f32 = 18.0;
    let mut x = MARGIN;
    page.y += LINE;
    for entry in entries {
        let words = entry.words.get(page.lang());
        let width = SWATCH + 6.0 + measure::width(words, Face::Text, SMALL);
        if x > MARGIN && x + width > page.right() {
            x = MARGIN;
            page.y += LINE;
        }
        paint(page, entry.swatch, Rect { x, y: page.y - 9.0, width: SWATCH, height: 10.0 });
        page.text((x + SWATCH + 6.0, page.y), Anchor::Start, page.small(), words);
        x += width + 18.0;
    }
    page.y += 4.0;
}

const ORDER: Text = Text::new("an order", "uma ordem");
const ORDER_ONLY: Text = Text::new(
    "One of all possible orders of the steps, each drawn equally long: the picture shows the order and nothing else",
    "Uma de todas as ordens possíveis dos passos, todos desenhados com a mesma duração: a figura mostra a ordem e nada mais",
);

/// A run's name and what its model does; on the right its makespan, speedup and utilization; more figures below.
pub(super) fn run_header(page: &mut Page, report: &ReportRun, metrics: &Metrics, runs: &[ReportRun]) {
    const MAKESPAN: f32 = 15.0;
    const FIGURE: f32 = 12.0;
    const COLUMN_GAP: f32 = 12.0;
    let lang = page.lang();
    page.y += 30.0;
    let (y, right) = (page.y, page.right());
    let figure = Style { face: Face::Number, size: FIGURE, color: page.palette.dim };

    let mut free = right;
    let has_times = !report.run.shows_order_only();
    if let Some(share) = metrics.utilization.filter(|_| has_times) {
        let share = format!("{} {}", cores(report.run.cores, lang), lang.figure(Value::Share(share)));
        page.text((free, y), Anchor::End, figure, &share);
        free -= measure::width(&share, figure.face, FIGURE).max(94.0) + COLUMN_GAP;
    }
    if let Some(speedup) = report.speedup(metrics.makespan) {
        page.text((free, y), Anchor::End, figure, &lang.figure(Value::Factor(speedup)));
        free -= 44.0 + COLUMN_GAP;
    }
    let makespan = Style { face: Face::BoldNumber, size: MAKESPAN, color: page.palette.text };
    let makespan_text = if has_times { lang.figure(metrics.makespan) } else { ORDER.get(lang).to_owned() };
    page.text((free, y), Anchor::End, makespan, &makespan_text);
    free -= measure::width(&makespan_text, makespan.face, MAKESPAN) + COLUMN_GAP;

    let name = Style { face: Face::Bold, size: 14.0, color: page.palette.text };
    let room = free - MARGIN;
    let title = measure::fit(&run_title(report, runs, lang), name.face, name.size, room);
    page.text((MARGIN, y), Anchor::Start, name, &title);
    let after = MARGIN + measure::width(&title, name.face, name.size) + 12.0;
    let brief = Style { face: Face::Text, size: 12.0, color: page.palette.dim };
    let words = match report.run.status {
        Status::Finished => report.run.choice.model.brief,
        Status::Cancelled => CANCELLED,
        Status::Growing => GROWING,
    };
    let words = measure::fit(words.get(lang), brief.face, brief.size, free - after);
    page.text((after, y), Anchor::Start, brief, &words);

    page.y += 1.0;
    let mut figures = if has_times { figures(report, metrics, lang) } else { vec![ORDER_ONLY.get(lang).to_owned()] };
    if one_place(runs, lang).is_none() {
        figures.insert(0, place(&report.run, lang));
    }
    page.paragraph(&figures, " · ");
    page.y += 10.0;
}

/// What a reader must know to trust the figure.
pub(super) fn notes(page: &mut Page, runs: &[ReportRun]) {
    let lang = page.lang();
    if let Some(part) = page.look.part {
        let note = match Scale::of(runs.iter().map(|report| &*report.run)) {
            Scale::Time => PART.fill(lang, &[&part.start, &part.end]),
            Scale::Steps { .. } => {
                let [first, last] = steps_between(part.start, part.end);
                PART_OF_ORDER.fill(lang, &[&first, &last])
            }
        };
        page.note(&note);
    }
    for report in runs.iter().filter(|report| report.run.account.dropped() > 0) {
        let account = &report.run.account;
        let title = run_title(report, runs, lang);
        page.note(&DROPPED.fill(lang, &[&title, &account.dropped(), &account.recorded]));
    }
}

/// The run's own words, with its scenario's where the runs have several.
pub(super) fn run_title(report: &ReportRun, runs: &[ReportRun], lang: Lang) -> String {
    let title = report.title(lang);
    if one_scenario(runs).is_some() { title } else { format!("{} · {title}", report.run.scenario.title(lang)) }
}

fn figures(report: &ReportRun, metrics: &Metrics, lang: Lang) -> Vec<String> {
    let mut figures = Vec::new();
    if let Some(waiting) = metrics.waiting.mean {
        figures.push(HELD_UP.fill(lang, &[&waiting]));
    }
    let turnaround = &metrics.turnaround;
    if let (Some(p50), Some(p95), Some(max)) = (turnaround.p50, turnaround.p95, turnaround.max) {
        figures.push(TURNAROUND.fill(lang, &[&p50, &p95, &max]));
    }
    let account = &report.run.account;
    if let Some(cpu) = account.cpu {
        figures.push(CPU.fill(lang, &[&cpu]));
    }
    if let Some((voluntary, involuntary)) = account.switches_voluntary.zip(account.switches_involuntary) {
        figures.push(match voluntary.saturating_add(involuntary) {
            1 => SWITCH.get(lang).to_owned(),
            switches => SWITCHES.fill(lang, &[&switches]),
        });
    }
    figures.extend(report.predicted.as_ref().map(|predicted| predicted.text(lang)));
    if metrics.not_done > 0 {
        figures.push(NOT_DONE.fill(lang, &[&metrics.not_done]));
    }
    if let (Some(least), Some(most), 2..) =
        (report.repeats.iter().min(), report.repeats.iter().max(), report.repeats.len())
    {
        figures.push(REPEATS.fill(lang, &[&report.repeats.len(), least, most]));
    }
    figures
}

fn cores(cores: u32, lang: Lang) -> String {
    if cores == 1 { CORE.get(lang).to_owned() } else { CORES.fill(lang, &[&cores]) }
}

fn one_scenario(runs: &[ReportRun]) -> Option<&Run> {
    let first = &*runs.first()?.run;
    runs.iter().all(|other| other.run.scenario_id == first.scenario_id).then_some(first)
}

fn one_place(runs: &[ReportRun], lang: Lang) -> Option<String> {
    let first = place(&runs.first()?.run, lang);
    runs.iter().all(|other| place(&other.run, lang) == first).then_some(first)
}

/// Which engine on which computer, with how many cores, which scheduler if it is an imagined one, and which seed.
fn place(run: &Run, lang: Lang) -> String {
    let host: Vec<&str> = [&*run.host.cpu, &*run.host.os].into_iter().filter(|word| !word.is_empty()).collect();
    let engine = match run.engine {
        Engine::Simulated => SIMULATED.get(lang).to_owned(),
        Engine::Measured if host.is_empty() => MEASURED.get(lang).to_owned(),
        Engine::Measured => MEASURED_ON.fill(lang, &[&host.join(", ")]),
    };
    let mut place = format!("{engine} · {}", cores(run.cores, lang));
    if run.engine == Engine::Simulated && !run.shows_order_only() {
        place = format!("{place} · {}", schedulers::named(&run.scenario.machine, lang));
    }
    place = format!("{place} · {}", SEED.fill(lang, &[&run.seed]));
    if !run.host.tasklane.is_empty() {
        place.push_str(" · Tasklane ");
        place.push_str(&run.host.tasklane);
    }
    place
}
