//! The imagined computer's own fields: who gets a core next, for how long, and what everything costs that is not the
//! tasks' own work. What is dragged here is simulated while it is dragged.

use std::ops::RangeInclusive;

use eframe::egui::{Align, Layout, RichText, Ui};

use super::fields::{ABOVE_ZERO, duration_ui};
use crate::gui::calibration::{Calibration, measure_ui};
use crate::gui::commands::Commands;
use crate::gui::draft::Draft;
use crate::gui::theme;
use crate::gui::widgets::{check_ui, icon_ui, note_ui, radio_ui, section_ui};
use crate::lang::{Lang, Text};
use crate::model::Language;
use crate::scenario::{Machine, Scheduler, check};
use crate::simulate::costs::{Cost, Costs};
use crate::simulate::schedulers;
use crate::time::Nanos;

/// A scheduler as people meet it.
struct Named {
    scheduler: Scheduler,
    name: Text,
    what: Text,
}

const SCHEDULERS: [Named; 8] = [
    Named {
        scheduler: Scheduler::RoundRobin,
        name: Text::new("round robin", "round robin"),
        what: Text::new(
            "First come, first served, a quantum at a time: who has used it up goes to the end of the queue.",
            "Por ordem de chegada, um quantum por vez: quem o gasta vai para o fim da fila.",
        ),
    },
    Named {
        scheduler: Scheduler::Fcfs,
        name: Text::new("first come, first served", "por ordem de chegada"),
        what: Text::new(
            "Who has a core keeps it until it waits or ends.",
            "Quem tem um núcleo fica com ele até esperar ou terminar.",
        ),
    },
    Named {
        scheduler: Scheduler::Sjf,
        name: Text::new("shortest job first", "menor tarefa primeiro"),
        what: Text::new(
            "The one that needs a core for the shortest time goes first; nobody is interrupted.",
            "Vai primeiro quem precisa do núcleo por menos tempo; ninguém é interrompido.",
        ),
    },
    Named {
        scheduler: Scheduler::Srtf,
        name: Text::new("shortest remaining time first", "menor tempo restante primeiro"),
        what: Text::new(
            "As shortest job first, and a shorter one takes the core at once.",
            "Como menor tarefa primeiro, e uma mais curta toma o núcleo na hora.",
        ),
    },
    Named {
        scheduler: Scheduler::Priority,
        name: Text::new("priority", "prioridade"),
        what: Text::new(
            "The most urgent goes first (the smallest number); nobody is interrupted.",
            "Vai primeiro a mais urgente (o menor número); ninguém é interrompido.",
        ),
    },
    Named {
        scheduler: Scheduler::PreemptivePriority,
        name: Text::new("priority, preemptive", "prioridade, preemptiva"),
        what: Text::new(
            "The most urgent goes first, and takes the core from a less urgent one at once.",
            "Vai primeiro a mais urgente, e toma na hora o núcleo de uma menos urgente.",
        ),
    },
    Named {
        scheduler: Scheduler::List,
        name: Text::new("list", "lista"),
        what: Text::new(
            "Of those that are ready, the one that stands first in the scenario, in the queues of pools, too; nobody is interrupted.",
            "Das prontas, a que vem antes no cenário, também nas filas dos pools; ninguém é interrompido.",
        ),
    },
    Named {
        scheduler: Scheduler::PerCore,
        name: Text::new("a queue per core", "uma fila por núcleo"),
        what: Text::new(
            "As real systems do: round robin in a queue of each core. A core that has nothing to do takes work from \
             another's queue, but only after a while, and rather not what has just run there.",
            "Como nos sistemas reais: round robin em uma fila de cada núcleo. Um núcleo sem o que fazer pega trabalho da \
             fila de outro, mas só depois de um tempo, e de preferência não o que acabou de rodar lá.",
        ),
    },
];

/// What things cost on this computer.
pub struct OwnCosts<'a> {
    pub calibration: &'a Calibration,
    /// A run is measured: nothing else can be.
    pub is_running: bool,
    /// The imagined computer charges what was measured here, where something was.
    pub charged: &'a mut bool,
}

/// All of the machine but its cores and its seed.
pub fn imagined_ui(
    ui: &mut Ui,
    draft: &Draft,
    machine: &mut Machine,
    own: OwnCosts<'_>,
    lang: Lang,
    commands: &mut Commands,
) {
    section_ui(ui, Text::new("Scheduler", "Escalonador").get(lang));
    scheduler_ui(ui, &mut machine.scheduler, lang);
    if schedulers::of(machine.scheduler).slices {
        quantum_ui(ui, machine, lang);
    }
    section_ui(ui, Text::new("Costs", "Custos").get(lang));
    let ideal = Text::new("ideal: nothing costs anything", "ideal: nada custa nada").get(lang);
    let explanation = Text::new(
        "Only the tasks' own work takes time, and results are exact, as in a textbook.",
        "Só o trabalho das tarefas leva tempo, e os resultados são exatos, como em um livro.",
    );
    check_ui(ui, &mut machine.ideal, ideal).on_hover_text(explanation.get(lang));
    let OwnCosts { calibration, is_running, charged } = own;
    if calibration.table().is_some() {
        let text = Text::new("as measured on this computer", "como medido neste computador");
        ui.add_enabled_ui(!machine.ideal, |ui| check_ui(ui, charged, text.get(lang)));
    } else {
        let text = Text::new(
            "Usual figures. What things really cost on this computer can be measured in some seconds.",
            "Números usuais. O que as coisas custam de fato neste computador pode ser medido em alguns segundos.",
        );
        note_ui(ui, text.get(lang));
        // Whoever measures here wants to see it charged.
        *charged |= measure_ui(ui, calibration, is_running, lang, commands);
    }
    ui.add_enabled_ui(!machine.ideal, |ui| costs_ui(ui, draft, machine, lang));
}

fn scheduler_ui(ui: &mut Ui, chosen: &mut Scheduler, lang: Lang) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for Named { scheduler, name, what } in &SCHEDULERS {
            let on = chosen == scheduler;
            if radio_ui(ui, on, name.get(lang)).on_hover_text(what.get(lang)).clicked() {
                *chosen = *scheduler;
            }
        }
    });
    let own = SCHEDULERS.iter().find(|named| named.scheduler == *chosen).expect("a test looks for each");
    note_ui(ui, own.what.get(lang));
}

fn quantum_ui(ui: &mut Ui, machine: &mut Machine, lang: Lang) {
    let name = Text::new("quantum", "quantum");
    let mut quantum = schedulers::quantum(machine);
    if setting_ui(ui, name.get(lang), &mut quantum, ABOVE_ZERO, machine.quantum.is_some(), lang) {
        machine.quantum = None;
    } else if quantum != schedulers::quantum(machine) {
        machine.quantum = Some(quantum);
    }
}

/// Every cost with its default, the scenario's own where it has one.
fn costs_ui(ui: &mut Ui, draft: &Draft, machine: &mut Machine, lang: Lang) {
    let all_python = draft.requests().iter().all(|request| language_of(request) == Language::Python);
    let language = if all_python && !draft.requests().is_empty() { Language::Python } else { Language::Rust };
    let usual = Costs::of(language, draft.costs(), &Machine::default());
    for cost in Cost::ALL {
        let own = machine.costs.get(cost.id()).copied();
        let before = own.unwrap_or(usual.get(cost));
        let mut time = before;
        let range = if cost == Cost::GilInterval { ABOVE_ZERO } else { Nanos::ZERO..=check::COST_MAX };
        if setting_ui(ui, cost.label().get(lang), &mut time, range, own.is_some(), lang) {
            machine.costs.remove(cost.id());
        } else if time != before {
            machine.costs.insert(cost.id(), time);
        }
    }
}

fn language_of(request: &crate::engine::Request) -> Language {
    request.choice.plan(request.cores).language
}

/// A duration that has a default; `own`: it was set otherwise. Returns whether it is to be as usual again.
fn setting_ui(ui: &mut Ui, name: &str, time: &mut Nanos, range: RangeInclusive<Nanos>, own: bool, lang: Lang) -> bool {
    let mut reset = false;
    ui.horizontal(|ui| {
        let ink = theme::color(if own { theme::palette(ui).text } else { theme::palette(ui).dim });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            duration_ui(ui, time, range, lang).accessible_name(name);
            if own {
                let as_usual = Text::new("{}: as usual again", "{}: de novo como sempre").fill(lang, &[&name]);
                reset = icon_ui(ui, "×", &as_usual).clicked();
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(eframe::egui::Label::new(RichText::new(name).color(ink)).wrap());
            });
        });
    });
    reset
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::words;

    #[test]
    fn every_scheduler_of_the_format_can_be_chosen() {
        for (word, scheduler) in words::SCHEDULERS {
            assert!(SCHEDULERS.iter().any(|named| named.scheduler == scheduler), "{word}");
        }
    }
}
