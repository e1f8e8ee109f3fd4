//! The Machine tab: of this computer, the cores that may be used, and which keys only an imagined one heeds; of an
//! imagined computer, everything.

use eframe::egui::{Slider, Ui, UiBuilder};

use super::fields::field_ui;
use super::history::history_ui;
use super::imagined::{self, OwnCosts};
use crate::gui::commands::{Command, Commands};
use crate::gui::computer::computer_ui;
use crate::gui::draft::{Draft, Edit, VariantsWithCores};
use crate::gui::number_field::{EXACT_MAX, NumberField, number_ui};
use crate::gui::run_screen::RunContents;
use crate::gui::settings::Settings;
use crate::gui::widgets::{note_ui, section_ui, slider_ui};
use crate::gui::words;
use crate::host;
use crate::lang::{Lang, Text};
use crate::scenario::{Engine, Machine, Scenario};
use crate::simulate::CORES_MAX;

/// Most repeats of one run that can be asked for.
pub const REPEATS_MAX: u32 = 50;

pub fn machine_ui(
    ui: &mut Ui,
    contents: &RunContents<'_>,
    settings: &mut Settings,
    lang: Lang,
    commands: &mut Commands,
) {
    let draft = contents.draft;
    let corner = ui.available_rect_before_wrap().with_max_y(ui.cursor().top() + 24.0);
    history_ui(&mut ui.new_child(UiBuilder::new().id_salt("history").max_rect(corner)), draft, lang, commands);
    let own = &draft.scenario().machine;
    let mut machine = own.clone();
    match draft.engine() {
        Engine::Measured => {
            section_ui(ui, Text::new("This run", "Esta execução").get(lang));
            cores_ui(ui, draft, &mut machine, lang);
            field_ui(ui, words::REPEATS.get(lang), |ui| {
                let field = NumberField { speed: 1.0, ..NumberField::whole(1.0..=f64::from(REPEATS_MAX)) };
                number_ui(ui, &mut settings.repeats, &field, lang)
            });
            seed_ui(ui, &mut machine, lang);
            section_ui(ui, Text::new("This computer", "Este computador").get(lang));
            computer_ui(ui, contents.computer, lang);
            ignored_ui(ui, draft.scenario(), lang);
        }
        Engine::Simulated => {
            section_ui(ui, Text::new("Imagined computer", "Computador imaginado").get(lang));
            cores_ui(ui, draft, &mut machine, lang);
            seed_ui(ui, &mut machine, lang);
            let own = OwnCosts {
                calibration: contents.calibration,
                is_running: contents.session.is_running(),
                charged: &mut settings.own_costs,
            };
            imagined::imagined_ui(ui, draft, &mut machine, own, lang, commands);
        }
    }
    if machine != *own {
        commands.push(Command::Edit(Edit::Machine(machine)));
    }
}

/// On this computer no more than it has.
fn cores_ui(ui: &mut Ui, draft: &Draft, machine: &mut Machine, lang: Lang) {
    let mut cores = draft.cores();
    let (most, speed, name) = match draft.engine() {
        Engine::Measured => {
            let name = Text::new("cores the run may use", "núcleos que a execução pode usar");
            (host::cores().max(cores), 0.05, name)
        }
        Engine::Simulated => {
            (CORES_MAX, 0.1, Text::new("cores of the imagined computer", "núcleos do computador imaginado"))
        }
    };
    let own = draft.variants_with_cores();
    ui.add_enabled_ui(own != VariantsWithCores::All, |ui| {
        let field = NumberField { speed, ..NumberField::whole(1.0..=f64::from(most)) };
        field_ui(ui, words::CORES.get(lang), |ui| number_ui(ui, &mut cores, &field, lang));
        slider_ui(ui, Slider::new(&mut cores, 1..=most).logarithmic(draft.is_imagined()), name.get(lang));
    });
    if cores != draft.cores() {
        *machine = draft.machine_with_cores(cores);
    }
    if let Some(text) = own.words() {
        note_ui(ui, text.get(lang));
    }
}

fn seed_ui(ui: &mut Ui, machine: &mut Machine, lang: Lang) {
    let field = NumberField::whole(0.0..=EXACT_MAX);
    field_ui(ui, words::SEED.get(lang), |ui| number_ui(ui, &mut machine.seed, &field, lang));
    let text = Text::new(
        "The seed decides every random duration: a task costs the same under each model.",
        "A semente decide toda duração aleatória: uma tarefa custa o mesmo em cada modelo.",
    );
    note_ui(ui, text.get(lang));
}

/// Says in the open which keys a measured run does not heed.
fn ignored_ui(ui: &mut Ui, scenario: &Scenario, lang: Lang) {
    let ignored = scenario.ignored_when_measured(&scenario.models);
    let text = if ignored.is_empty() {
        Text::new(
            "Scheduler, quantum and costs belong to the imagined computer: switch to it above to set them.",
            "Escalonador, quantum e custos são do computador imaginado: mude para ele acima para ajustá-los.",
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
