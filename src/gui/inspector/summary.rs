//! With nothing selected: what can be done here, and how each run was measured.

use eframe::egui::Ui;

use crate::engine::session::{Entry, EntryProgress};
use crate::gui::names::entry_name;
use crate::gui::paint::PaintContext;
use crate::gui::widgets::{note_ui, pair_ui, section_ui};
use crate::lang::{Lang, Text};
use crate::scenario::Engine;
use crate::simulate::schedulers;
use crate::time::Nanos;
use crate::trace::Run;

const DETAILS: Text = Text::new("Details", "Detalhes");
const EMPTY: Text = Text::new(
    "After a run, point at a bar to read it and click to keep it: why a task waited is explained here.",
    "Depois de executar, aponte para uma barra para lê-la e clique para fixá-la: por que uma tarefa esperou é explicado aqui.",
);
const POINT: Text = Text::new(
    "Point at a bar to read it; click to keep it here. The wheel zooms, dragging moves, F shows all.",
    "Aponte para uma barra para lê-la; clique para mantê-la aqui. A roda dá zoom, arrastar move, F mostra tudo.",
);
const MEASURED: Text = Text::new("How it was measured", "Como foi medido");
const SIMULATED: Text = Text::new("How it was simulated", "Como foi simulado");
const EXPLORED: Text = Text::new("An order of steps", "Uma ordem de passos");
const ORDER_ONLY: Text = Text::new(
    "One of all possible orders. All steps are drawn equally long: the picture shows the order and nothing else.",
    "Uma de todas as ordens possíveis. Todos os passos são desenhados com a mesma duração: a figura mostra a ordem e nada mais.",
);
const SCHEDULER: Text = Text::new("scheduler", "escalonador");
const COSTS: Text = Text::new("costs by", "custos segundo");
const NO_COSTS: Text = Text::new("none: ideal", "nenhum: ideal");
const OVERHEAD: Text = Text::new("of that, overheads", "disso, custos");
const STARTUP: Text = Text::new("start-up, before t = 0", "preparo, antes de t = 0");
const RECORDED: Text = Text::new("events recorded", "eventos registrados");
const DROPPED: Text = Text::new("dropped", "perdidos");
const LINES_DROPPED: Text = Text::new("printed lines dropped", "linhas impressas perdidas");
const OBSERVER: Text = Text::new("CPU spent watching", "CPU gasta observando");
const SERVER: Text = Text::new("CPU of the server asked", "CPU do servidor consultado");
const CPU: Text = Text::new("CPU, by the kernel", "CPU, segundo o kernel");
const CPU_SIMULATED: Text = Text::new("CPU time", "tempo de CPU");
const THREADS: Text = Text::new("most threads at once", "máximo de threads");
const CPU_SYSTEM: Text = Text::new("of it in the system", "dela no sistema");
const SWITCHES: Text = Text::new("context switches", "trocas de contexto");
const SWITCHES_FORCED: Text = Text::new("of them forced", "delas forçadas");
const MIGRATIONS: Text = Text::new("changes of core", "mudanças de núcleo");
const PREEMPTION: Text = Text::new("Preemption seen by: {}.", "Preempção vista por: {}.");
const SWITCHES_LOST: Text = Text::new("records the kernel lost", "registros perdidos pelo kernel");
const CLOCK: Text = Text::new("clock drift, corrected", "desvio do relógio, corrigido");
const LOAD: Text = Text::new("other load, cores", "outra carga, núcleos");
const STOLEN: Text = Text::new("cores taken by the host", "núcleos tomados pelo hospedeiro");
const WORKERS_LOST: Text = Text::new("processes that died", "processos que morreram");
const PROCESSES_CLOCK: Text = Text::new("clocks of processes apart", "relógios dos processos divergem");
const STRAGGLERS: Text = Text::new("threads not back yet", "threads que não voltaram");

/// What to do here.
pub fn hint_ui(ui: &mut Ui, entries: &[&Entry], ctx: PaintContext) {
    section_ui(ui, DETAILS.get(ctx.lang));
    let begun = entries.iter().any(|entry| entry.progress != EntryProgress::Queued);
    note_ui(ui, if begun { POINT } else { EMPTY }.get(ctx.lang));
}

/// How each run was measured.
pub fn accounts_ui(ui: &mut Ui, entries: &[&Entry], ctx: PaintContext) {
    for entry in entries.iter().filter(|entry| entry.progress != EntryProgress::Queued) {
        ui.add_space(6.0);
        let how = match entry.run.engine {
            Engine::Measured => MEASURED,
            Engine::Simulated if entry.run.shows_order_only() => EXPLORED,
            Engine::Simulated => SIMULATED,
        };
        section_ui(ui, &format!("{} · {}", how.get(ctx.lang), entry_name(entry, ctx.lang)));
        ui.scope(|ui| {
            // Small print: what a person looks up when in doubt.
            ui.spacing_mut().interact_size.y = 16.0;
            ui.spacing_mut().item_spacing.y = 2.0;
            account_ui(ui, &entry.run, ctx);
        });
    }
}

/// Only what is known: an unknown figure has no row.
fn account_ui(ui: &mut Ui, run: &Run, ctx: PaintContext) {
    let account = &run.account;
    if run.shows_order_only() {
        note_ui(ui, ORDER_ONLY.get(ctx.lang));
        return;
    }
    let mut row = |name: Text, value: String| pair_ui(ui, name.get(ctx.lang), &ctx.lang.figure(value));
    row(RECORDED, account.recorded.to_string());
    row(DROPPED, account.dropped().to_string());
    if !run.is_over() {
        return;
    }
    let measured = run.engine == Engine::Measured;
    let switches = account.switches_voluntary.zip(account.switches_involuntary);
    let has_processes = run.choice.plan(run.cores).processes.is_some();
    let rows = [
        (STARTUP, measured.then(|| account.startup.to_string())),
        (if measured { CPU } else { CPU_SIMULATED }, account.cpu.map(|time| time.to_string())),
        (CPU_SYSTEM, account.cpu_system.map(|time| time.to_string())),
        (OVERHEAD, account.overhead.map(|time| time.to_string())),
        (SCHEDULER, (!measured).then(|| schedulers::named(&run.scenario.machine, ctx.lang))),
        (COSTS, costs(run, ctx.lang)),
        (OBSERVER, account.observer_cpu.map(|time| time.to_string())),
        (SERVER, account.server_cpu.map(|time| time.to_string())),
        (LINES_DROPPED, (account.lines_dropped > 0).then(|| account.lines_dropped.to_string())),
        (SWITCHES_LOST, (account.switches_lost > 0).then(|| account.switches_lost.to_string())),
        (THREADS, account.threads_max.map(|count| count.to_string())),
        (SWITCHES, switches.map(|(own, forced)| (own + forced).to_string())),
        (SWITCHES_FORCED, account.switches_involuntary.map(|forced| forced.to_string())),
        (MIGRATIONS, account.migrations.map(|count| count.to_string())),
        (LOAD, other_load(run)),
        (STOLEN, account.stolen.filter(|time| *time > Nanos::ZERO).map(|time| time.to_string())),
        (CLOCK, measured.then(|| account.clock_drift.to_string())),
        (PROCESSES_CLOCK, (measured && has_processes).then(|| account.processes_clock_error.to_string())),
        (WORKERS_LOST, (account.workers_lost > 0).then(|| account.workers_lost.to_string())),
        (STRAGGLERS, (account.stragglers > 0).then(|| account.stragglers.to_string())),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            row(name, value);
        }
    }
    if run.engine == Engine::Measured {
        note_ui(ui, &PREEMPTION.fill(ctx.lang, &[&account.preemption_source.label().get(ctx.lang)]));
    }
}

/// Whose word the costs are; on an ideal machine there are none.
fn costs(run: &Run, lang: Lang) -> Option<String> {
    let used = run.account.costs.as_ref()?;
    let is_ideal = run.scenario.machine.ideal;
    let source = || used.source.clone().unwrap_or_else(|| "Tasklane".to_owned());
    Some(if is_ideal { NO_COSTS.get(lang).to_owned() } else { source() })
}

/// What everybody else took meanwhile, on average and at most.
fn other_load(run: &Run) -> Option<String> {
    let (mean, most) = run.others_busy()?;
    Some(format!("{mean:.1}, max {most:.1}"))
}
