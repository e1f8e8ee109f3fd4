//! The cards of the task groups: how many, which steps, when they arrive.

use eframe::egui::{Align, ComboBox, Label, Layout, RichText, Slider, SliderClamping, Ui};

use super::fields::{ABOVE_ZERO, ANY, bytes_ui, duration_ui, field_ui, name_ui};
use super::steps::steps_ui;
use crate::gui::commands::{Command, Commands};
use crate::gui::draft::{Draft, Edit};
use crate::gui::long_list::long_list_ui;
use crate::gui::number_field::{NumberField, number_ui, show_decimal};
use crate::gui::widgets::{card_frame, check_ui, icon_ui, option_ui, slider_ui};
use crate::gui::{presets, theme};
use crate::lang::{Lang, Text};
use crate::scenario::shared::Shared;
use crate::scenario::{Arrive, Group, MEASURED_TASKS_MAX, SIMULATED_TASKS_MAX, Scenario, check};
use crate::time::Nanos;

/// The slider reaches so far; more can be typed.
const SLIDER_TASKS_MAX: u32 = 1_000;

/// One card a group. `share`: show the slider that moves time between computing and waiting.
pub fn groups_ui(ui: &mut Ui, draft: &Draft, share: bool, lang: Lang, commands: &mut Commands) {
    let scenario = draft.scenario();
    let tasks_max = if draft.is_imagined() { SIMULATED_TASKS_MAX } else { MEASURED_TASKS_MAX };
    let shared = Shared::of(scenario);
    let tasks_max = check::tasks_max_of_groups(scenario, tasks_max);
    long_list_ui(ui, "groups", scenario.groups.len(), |ui, at| {
        let tasks_max = u32::try_from(tasks_max[at]).unwrap_or(u32::MAX);
        card_frame(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            group_ui(ui, scenario, &shared, at, Shown { share, tasks_max }, lang, commands);
        });
    });
}

/// What depends on more than the group.
#[derive(Clone, Copy)]
struct Shown {
    /// The slider that moves time between computing and waiting.
    share: bool,
    /// As many tasks can be asked for.
    tasks_max: u32,
}

fn group_ui(
    ui: &mut Ui,
    scenario: &Scenario,
    shared: &Shared,
    at: usize,
    Shown { share, tasks_max }: Shown,
    lang: Lang,
    commands: &mut Commands,
) {
    let own = &scenario.groups[at];
    let mut group = own.clone();
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let remove = Text::new("Remove group {}", "Remover grupo {}").fill(lang, &[&own.name]);
            if scenario.groups.len() > 1 && icon_ui(ui, "×", &remove).clicked() {
                commands.push(Command::Edit(Edit::RemoveGroup(at)));
            }
            ui.label(RichText::new(format!("× {}", own.count)).font(theme::mono(12.0)));
            // Last, in what room is left: a long name would widen the panel beyond its edge.
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(RichText::new(&own.name).font(theme::semibold(theme::BODY))).truncate());
            });
        });
    });
    steps_ui(ui, &mut group.steps, shared, lang);
    count_ui(ui, &mut group.count, tasks_max, lang);
    if share {
        share_ui(ui, &mut group, lang);
    }
    arrive_ui(ui, &mut group.arrive, lang);
    more_ui(ui, scenario, at, &mut group, lang);
    if group != *own {
        commands.push(Command::Edit(Edit::Group(at, Box::new(group))));
    }
}

fn count_ui(ui: &mut Ui, count: &mut u32, most: u32, lang: Lang) {
    let label = Text::new("tasks", "tarefas").get(lang);
    let field = NumberField { speed: 0.2, ..NumberField::whole(1.0..=f64::from(most)) };
    field_ui(ui, label, |ui| number_ui(ui, count, &field, lang));
    let name = Text::new("number of tasks", "número de tarefas").get(lang);
    let slider = Slider::new(count, 1..=SLIDER_TASKS_MAX).logarithmic(true).clamping(SliderClamping::Never);
    slider_ui(ui, slider, name);
}

fn share_ui(ui: &mut Ui, group: &mut Group, lang: Lang) {
    let (cpu, io) = presets::demand(&group.steps);
    let Some(now) = io.ratio(cpu + io).filter(|share| *share > 0.0 && *share < 1.0) else { return };
    let shown = (now * 100.0).round();
    let mut percent = shown;
    field_ui(ui, Text::new("IO share", "parte de IO").get(lang), |ui| {
        let field = NumberField { speed: 1.0, suffix: " %", ..NumberField::whole(1.0..=99.0) };
        number_ui(ui, &mut percent, &field, lang)
    });
    let name = Text::new("share of IO in percent", "parte de IO em porcentagem").get(lang);
    let slider = Slider::new(&mut percent, 1.0..=99.0).step_by(1.0).clamping(SliderClamping::Edits);
    slider_ui(ui, slider, name);
    if (percent - shown).abs() > 0.5 {
        presets::set_io_share(&mut group.steps, percent / 100.0);
    }
}

fn arrive_ui(ui: &mut Ui, arrive: &mut Arrive, lang: Lang) {
    let kinds = [Text::new("together", "juntas"), Text::new("every", "a cada"), Text::new("at random", "ao acaso")];
    let kind = match arrive {
        Arrive::At(_) => 0,
        Arrive::Every(_) => 1,
        Arrive::Rate(_) => 2,
    };
    field_ui(ui, Text::new("arrive", "chegada").get(lang), |ui| {
        ComboBox::from_id_salt("arrive")
            .width(96.0)
            .selected_text(kinds[kind].get(lang))
            .show_ui(ui, |ui| {
                for (index, text) in kinds.iter().enumerate() {
                    if option_ui(ui, index == kind, text.get(lang)) && index != kind {
                        *arrive = match index {
                            1 => Arrive::Every(Nanos::from_millis(10)),
                            2 => Arrive::Rate(50.0),
                            _ => Arrive::At(Nanos::ZERO),
                        };
                    }
                }
            })
            .response
    });
    match arrive {
        Arrive::At(instant) if kind == 0 => {
            field_ui(ui, Text::new("at", "em").get(lang), |ui| duration_ui(ui, instant, ANY, lang));
        }
        Arrive::Every(gap) if kind == 1 => {
            field_ui(ui, Text::new("one every", "uma a cada").get(lang), |ui| duration_ui(ui, gap, ABOVE_ZERO, lang));
        }
        Arrive::Rate(rate) if kind == 2 => {
            field_ui(ui, Text::new("a second, on average", "por segundo, em média").get(lang), |ui| {
                let show = |number: f64| show_decimal(number, lang);
                number_ui(ui, rate, &NumberField::decimal(1e-6..=1e9, 0.5, &show), lang)
            });
        }
        _ => {}
    }
}

/// What most groups leave alone: name, priority, payload, what they come after.
fn more_ui(ui: &mut Ui, scenario: &Scenario, at: usize, group: &mut Group, lang: Lang) {
    let title = RichText::new(Text::new("more", "mais").get(lang)).color(theme::color(theme::palette(ui).dim));
    eframe::egui::CollapsingHeader::new(title).id_salt("more").show_unindented(ui, |ui| {
        name_ui(ui, Text::new("name", "nome").get(lang), &mut group.name, lang);
        field_ui(ui, Text::new("priority (smaller first)", "prioridade (menor primeiro)").get(lang), |ui| {
            let field = NumberField { speed: 1.0, ..NumberField::whole(-1_000.0..=1_000.0) };
            number_ui(ui, &mut group.priority, &field, lang)
        });
        let nothing = Text::new("nothing", "nada").get(lang);
        let explanation = Text::new(
            "As much is copied to a worker process with each task, and back with its result.",
            "Isso é copiado para um processo trabalhador com cada tarefa e de volta com o resultado.",
        );
        field_ui(ui, Text::new("payload", "dados por tarefa").get(lang), |ui| {
            bytes_ui(ui, &mut group.payload_bytes, check::PAYLOAD_BYTES_MAX, nothing, lang)
                .on_hover_text(explanation.get(lang))
        });
        long_list_ui(ui, "after", scenario.groups.len() - 1, |ui, other| {
            let index = if other < at { other } else { other + 1 };
            let mut after = group.after.contains(&index);
            let text = Text::new("after {} is done", "depois de {} terminar");
            if check_ui(ui, &mut after, &text.fill(lang, &[&scenario.groups[index].name])).changed() {
                group.after.retain(|own| *own != index);
                if after {
                    group.after.push(index);
                }
            }
        });
    });
}
