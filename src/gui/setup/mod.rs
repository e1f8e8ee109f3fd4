//! The Workload and Machine tabs: what is run, under which models, on what. Each panel reads the [`Draft`] and asks
//! for [`Edit`]s; none changes it.

mod fields;
mod groups;
mod history;
mod imagined;
mod machine;
mod models;
mod shared;
mod step_editor;
mod steps;
mod toml;

pub use machine::{REPEATS_MAX, machine_ui};
pub use toml::{TomlView, toml_ui};

use eframe::egui::Ui;

use self::models::{ModelsView, Shown};
use super::calibration::{Calibration, calibration_ui};
use super::commands::{Command, Commands};
use super::draft::{Draft, Edit};
use super::presets::Preset;
use super::save_dialog::SAVE;
use super::widgets::{link_ui, section_ui, segmented_ui};
use crate::lang::{Lang, Text};

/// What the Workload tab remembers from frame to frame.
#[derive(Debug, Default)]
pub struct SetupView {
    /// The person pressed Own although the steps still look like a preset.
    own: bool,
    models: ModelsView,
    /// The set-up is shown as TOML.
    as_toml: bool,
    /// What was typed there is kept while the fields are shown.
    toml: Option<TomlView>,
}

impl SetupView {
    /// The set-up as TOML, where it is shown so.
    pub fn toml_shown(&mut self) -> Option<&mut TomlView> {
        self.toml.as_mut().filter(|_| self.as_toml)
    }

    fn show_toml(&mut self, draft: &Draft) {
        self.as_toml = true;
        self.toml.get_or_insert_with(|| TomlView::new(draft));
    }

    /// Back to the fields.
    pub fn leave_toml(&mut self) {
        self.as_toml = false;
        self.toml.take_if(|toml| !toml.is_touched());
    }
}

/// What the Workload tab shows and does not change.
#[derive(Clone, Copy)]
pub struct SetupContents<'a> {
    pub draft: &'a Draft,
    pub calibration: &'a Calibration,
    /// A run is being measured.
    pub is_running: bool,
}

/// The Workload tab in fields. As TOML it is [`toml_ui`].
pub fn workload_ui(
    ui: &mut Ui,
    contents: SetupContents<'_>,
    view: &mut SetupView,
    lang: Lang,
    commands: &mut Commands,
) {
    let SetupContents { draft, calibration, is_running } = contents;
    preset_ui(ui, draft, view, lang, commands);
    section_ui(ui, Text::new("Tasks", "Tarefas").get(lang));
    let share = !view.own && Preset::of(&draft.scenario().groups) == Preset::Mixed;
    groups::groups_ui(ui, draft, share, lang, commands);
    ui.horizontal(|ui| {
        if link_ui(ui, Text::new("+ add a group", "+ novo grupo").get(lang)).clicked() {
            commands.push(Command::Edit(Edit::AddGroup));
        }
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            if link_ui(ui, Text::new("as TOML", "em TOML").get(lang)).clicked() {
                view.show_toml(draft);
                toml::focus_editor(ui.ctx());
            }
            if link_ui(ui, SAVE.get(lang)).on_hover_text("Ctrl S").clicked() {
                commands.push(Command::OpenSave);
            }
        });
    });
    shared::shared_ui(ui, draft.scenario(), lang, commands);
    models::models_ui(ui, Shown { draft, costs: calibration.table(), lang }, &mut view.models, commands);
    calibration_ui(ui, calibration, is_running, lang, commands);
}

fn preset_ui(ui: &mut Ui, draft: &Draft, view: &mut SetupView, lang: Lang, commands: &mut Commands) {
    let derived = Preset::of(&draft.scenario().groups);
    let mut preset = if view.own { Preset::Own } else { derived };
    let options = Preset::ALL.map(|preset| (preset, preset.label().get(lang)));
    let chosen = ui.horizontal(|ui| {
        let chosen = segmented_ui(ui, &mut preset, &options);
        history::history_ui(ui, draft, lang, commands);
        chosen
    });
    if chosen.inner {
        view.own = preset == Preset::Own;
        if preset != derived && preset != Preset::Own {
            commands.push(Command::Edit(Edit::Preset(preset)));
        }
    }
}
