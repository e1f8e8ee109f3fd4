//! The Machine tab: cores, seed, and which keys only an imagined computer heeds.

use eframe::egui::{DragValue, Slider, Ui};

use super::fields::field_ui;
use crate::gui::commands::{Command, Commands};
use crate::gui::computer::{Computer, computer_ui};
use crate::gui::draft::{Draft, Edit};
use crate::gui::settings::Settings;
use crate::gui::widgets::{note_ui, section_ui, slider_ui};
use crate::gui::words;
use crate::host;
use crate::lang::{Lang, Text};
use crate::scenario::Scenario;

/// Most repeats of one run that can be asked for.
pub const REPEATS_MAX: u32 = 50;

pub fn machine_ui(
    ui: &mut Ui,
    draft: &Draft,
    computer: &Computer,
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
    computer_ui(ui, computer, lang);
    ignored_ui(ui, draft.scenario(), lang);
    if machine != *own {
        commands.push(Command::Edit(Edit::Machine(machine)));
    }
}

/// Says in the open which keys a measured run does not heed.
fn ignored_ui(ui: &mut Ui, scenario: &Scenario, lang: Lang) {
    let ignored = scenario.ignored_when_measured();
    let text = if ignored.is_empty() {
        Text::new(
            "Scheduler, quantum and costs belong to the imagined computer: not available in this version.",
            "Escalonador, quantum e custos são do computador imaginado: não disponível nesta versão.",
        )
        .get(lang)
        .to_owned()
    } else {
        let text = Text::new(
            "This scenario sets {}. A measured run ignores that: here the real system decides.",
            "Este cenário define {}. Uma execução medida ignora isso: aqui decide o sistema real.",
        );
        text.fill(lang, &[&ignored.join(", ")])
    };
    section_ui(ui, Text::new("Imagined computer", "Computador imaginado").get(lang));
    note_ui(ui, &text);
}
