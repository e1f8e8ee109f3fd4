//! The Machine tab: cores, seed, and which keys only an imagined computer heeds.

use eframe::egui::{DragValue, Slider, Ui};

use super::fields::field_ui;
use crate::gui::commands::{Command, Commands};
use crate::gui::draft::{Draft, Edit};
use crate::gui::settings::Settings;
use crate::gui::widgets::{note_ui, pair_ui, section_ui, slider_ui};
use crate::gui::words;
use crate::host;
use crate::lang::{Lang, Text};
use crate::scenario::Machine;
use crate::trace::Host;

/// Most repeats of one run that can be asked for.
pub const REPEATS_MAX: u32 = 50;

pub fn machine_ui(
    ui: &mut Ui,
    draft: &Draft,
    computer: &Host,
    settings: &mut Settings,
    lang: Lang,
    commands: &mut Commands,
) {
    let own = &draft.scenario().machine;
    let mut machine = own.clone();
    section_ui(ui, Text::new("This run", "Esta execução").get(lang));
    let mut cores = draft.cores();
    let most = host::cores().max(cores);
    field_ui(ui, words::CORES.get(lang), |ui| ui.add(DragValue::new(&mut cores).range(1..=most).speed(0.05)));
    let name = Text::new("cores the run may use", "núcleos que a execução pode usar").get(lang);
    slider_ui(ui, Slider::new(&mut cores, 1..=most), name);
    if cores != draft.cores() {
        machine.cores = (cores != host::cores()).then_some(cores);
    }
    field_ui(ui, words::REPEATS.get(lang), |ui| ui.add(DragValue::new(&mut settings.repeats).range(1..=REPEATS_MAX)));
    let seed_max = i64::MAX.unsigned_abs();
    field_ui(ui, words::SEED.get(lang), |ui| ui.add(DragValue::new(&mut machine.seed).range(0..=seed_max).speed(0.1)));
    note_ui(
        ui,
        Text::new(
            "The seed decides every random duration: a task costs the same under each model.",
            "A semente decide toda duração aleatória: uma tarefa custa o mesmo em cada modelo.",
        )
        .get(lang),
    );
    section_ui(ui, Text::new("This computer", "Este computador").get(lang));
    host_ui(ui, computer, lang);
    ignored_ui(ui, own, lang);
    if machine != *own {
        commands.push(Command::Edit(Edit::Machine(machine)));
    }
}

/// What is known of the computer runs are measured on.
pub fn host_ui(ui: &mut Ui, host: &Host, lang: Lang) {
    let unknown = Text::new("unknown", "desconhecido").get(lang);
    let or_unknown = |text: &str| if text.is_empty() { unknown.to_owned() } else { text.to_owned() };
    pair_ui(ui, words::CORES.get(lang), &host.cores.to_string());
    pair_ui(ui, "CPU", &or_unknown(&host.cpu)).on_hover_text(&host.cpu);
    pair_ui(ui, Text::new("system", "sistema").get(lang), &or_unknown(&host.os)).on_hover_text(&host.os);
    let affinity =
        if host.affinity { Text::new("strict", "estrita") } else { Text::new("not available", "indisponível") };
    pair_ui(ui, Text::new("core restriction", "restrição de núcleos").get(lang), affinity.get(lang)).on_hover_text(
        Text::new(
            "Whether a run can be held to fewer cores than the computer has.",
            "Se uma execução pode ser limitada a menos núcleos do que o computador tem.",
        )
        .get(lang),
    );
}

/// Says in the open which keys a measured run does not heed.
fn ignored_ui(ui: &mut Ui, machine: &Machine, lang: Lang) {
    let plain = Machine { cores: machine.cores, seed: machine.seed, ..Machine::default() };
    let text = if plain == *machine {
        Text::new(
            "Scheduler, quantum and costs belong to the imagined computer: not available in this version.",
            "Escalonador, quantum e custos são do computador imaginado: não disponível nesta versão.",
        )
    } else {
        Text::new(
            "This scenario sets a scheduler, a quantum or costs. A measured run ignores them: here the real system decides.",
            "Este cenário define escalonador, quantum ou custos. Uma execução medida os ignora: aqui decide o sistema real.",
        )
    };
    section_ui(ui, Text::new("Imagined computer", "Computador imaginado").get(lang));
    note_ui(ui, text.get(lang));
}
