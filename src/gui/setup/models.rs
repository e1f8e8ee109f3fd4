//! Which models, with which parameters, and which variants: checkboxes, several at once. The model's card opens beside
//! the one that is pointed at or has the keyboard's focus; screen readers say its definition.

use eframe::egui::{self, Layout, RectAlign, RichText, Tooltip, Ui};

use crate::engine;
use crate::gui::calibration::costs_ui;
use crate::gui::commands::{Command, Commands};
use crate::gui::draft::{Draft, Edit};
use crate::gui::number_field::{NumberField, WHOLE, number_ui};
use crate::gui::theme;
use crate::gui::widgets::{check_ui, icon_ui, link_ui, note_ui, section_ui};
use crate::lang::{Lang, Text};
use crate::model::{self, IMAGINED, Language, MODELS, Model, ModelChoice, Param, ParamDefault, Unit};
use crate::scenario::Engine;
use crate::simulate::costs::CostTable;

/// What is shown of models and not changed here.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    pub draft: &'a Draft,
    /// What things cost on this computer, if that was measured.
    pub costs: Option<&'a CostTable>,
    pub lang: Lang,
}

/// Which models beyond the scenario's own are shown.
#[derive(Debug, Default)]
pub struct ModelsView {
    more: bool,
    more_imagined: bool,
}

const ONLY_IMAGINED: Text =
    Text::new("Runs on an imagined computer only, because {}.", "Executa só em um computador imaginado, porque {}.");

/// The variants; then the scenario's models, the rest of them behind a link; then those of imagined computers.
pub fn models_ui(ui: &mut Ui, shown: Shown<'_>, view: &mut ModelsView, commands: &mut Commands) {
    let Shown { draft, lang, .. } = shown;
    variants_ui(ui, draft, lang, commands);
    section_ui(ui, Text::new("Models · Rust", "Modelos · Rust").get(lang));
    if draft.variants_name_models() {
        let text = Text::new(
            "Each variant says which model it runs. To change that, open the workload as TOML.",
            "Cada variante diz qual modelo executa. Para mudar isso, abra a carga em TOML.",
        );
        note_ui(ui, text.get(lang));
        return;
    }
    let fewer = Text::new("fewer models", "menos modelos");
    let more = Text::new("+ {} more models", "+ mais {} modelos");
    group_ui(ui, shown, &MODELS, &mut view.more, [more, fewer], commands);
    if draft.models().is_empty() {
        note_ui(
            ui,
            Text::new("Choose at least one model to run.", "Escolha ao menos um modelo para executar.").get(lang),
        );
    }
    section_ui(ui, Text::new("Models · Python (imagined)", "Modelos · Python (imaginado)").get(lang));
    if view.more_imagined && draft.engine() == Engine::Measured {
        only_imagined_ui(ui, IMAGINED[0], lang);
    }
    let fewer = Text::new("fewer Python models", "menos modelos Python");
    let more = Text::new("+ {} Python models", "+ {} modelos Python");
    group_ui(ui, shown, &IMAGINED, &mut view.more_imagined, [more, fewer], commands);
}

/// Of one registry: the models that the scenario names or the person has chosen, and a link that shows the rest.
fn group_ui(
    ui: &mut Ui,
    shown: Shown<'_>,
    registry: &[&'static Model],
    is_open: &mut bool,
    [more, fewer]: [Text; 2],
    commands: &mut Commands,
) {
    let Shown { draft, lang, .. } = shown;
    // While the list is open, what is ticked stays where it is: the next click is meant for what is under it.
    let chosen = if *is_open { &[] } else { draft.models() };
    let is_named = |model: &&'static Model| {
        let named = draft.scenario().models.iter().chain(chosen);
        named.into_iter().any(|choice| choice.model == *model)
    };
    let (few, rest): (Vec<_>, Vec<_>) = registry.iter().copied().partition(is_named);
    for model in few {
        model_ui(ui, shown, model, commands);
    }
    if rest.is_empty() {
        return;
    }
    let text = if *is_open { fewer.get(lang).to_owned() } else { more.fill(lang, &[&rest.len()]) };
    if link_ui(ui, &text).clicked() {
        *is_open = !*is_open;
    }
    if *is_open {
        for model in rest {
            model_ui(ui, shown, model, commands);
        }
    }
}

fn model_ui(ui: &mut Ui, shown: Shown<'_>, model: &'static Model, commands: &mut Commands) {
    let own: Vec<&ModelChoice> = shown.draft.models().iter().filter(|choice| choice.model == model).collect();
    ui.push_id(model.id, |ui| {
        if own.is_empty() {
            choice_ui(ui, shown, model, None, commands);
        }
        for choice in own {
            ui.push_id(choice.to_string(), |ui| choice_ui(ui, shown, model, Some(choice), commands));
        }
    });
}

fn choice_ui(
    ui: &mut Ui,
    shown: Shown<'_>,
    model: &'static Model,
    choice: Option<&ModelChoice>,
    commands: &mut Commands,
) {
    let Shown { draft, lang, .. } = shown;
    ui.horizontal(|ui| {
        let mut on = choice.is_some();
        // What is chosen can always be taken out.
        let can_choose = on || draft.engine() == Engine::Simulated || engine::measurable(model).is_ok();
        let response = ui.add_enabled_ui(can_choose, |ui| check_ui(ui, &mut on, model.name.get(lang))).inner;
        if response.changed() {
            commands.push(Command::Edit(Edit::Models(toggled(draft.models(), model, choice))));
        }
        ui.accesskit_node_builder(response.id, |node| node.set_description(model.definition.get(lang)));
        let tooltip = if response.has_focus() {
            Tooltip::for_widget(&response)
        } else if can_choose {
            Tooltip::for_enabled(&response)
        } else {
            Tooltip::for_disabled(&response)
        };
        // Beside the panel: it must not hide the other models.
        let mut tooltip = tooltip.gap(ui.max_rect().right() - response.rect.right() + 12.0);
        tooltip.popup = tooltip.popup.align(RectAlign::RIGHT_START);
        let plan = choice.cloned().unwrap_or(ModelChoice::new(model)).plan(draft.cores());
        tooltip.show(|ui| {
            card_ui(ui, model, lang);
            if let Some(table) = shown.costs {
                costs_ui(ui, table, &plan, lang);
            }
        });
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| match choice {
            Some(choice) if !model.params.is_empty() => again_ui(ui, draft, choice, lang, commands),
            // Of those of Python that is said once, above them.
            _ if !can_choose && model.language() == Language::Rust => {
                aside_ui(ui, Text::new("imagined only", "só imaginado").get(lang));
            }
            _ if model == model::baseline_of(model) => aside_ui(ui, Text::new("baseline", "referência").get(lang)),
            _ => {}
        });
    });
    let Some(choice) = choice else { return };
    // Each below the name: in some languages there is no room for both in one row.
    for param in choice.model.params {
        ui.horizontal(|ui| {
            ui.add_space(BELOW_A_CHECK);
            aside_ui(ui, param.label.get(lang));
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                param_ui(ui, draft, choice, param, lang, commands);
            });
        });
    }
}

/// Where a check box's text begins.
const BELOW_A_CHECK: f32 = 22.0;

fn aside_ui(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).size(theme::SMALL).color(theme::color(theme::palette(ui).dim)));
}

/// The button that adds the model once more, to be compared with itself.
fn again_ui(ui: &mut Ui, draft: &Draft, choice: &ModelChoice, lang: Lang, commands: &mut Commands) {
    let again = Text::new("Once more, with another number", "Mais uma vez, com outro número").get(lang);
    if icon_ui(ui, "+", again).clicked() {
        commands.push(Command::Edit(Edit::Models(with_another(draft.models(), choice, draft.cores()))));
    }
}

/// One number of a model; where there need be no bound, the number above the largest stands for that.
fn param_ui(
    ui: &mut Ui,
    draft: &Draft,
    choice: &ModelChoice,
    param: &'static Param,
    lang: Lang,
    commands: &mut Commands,
) {
    let value = choice.value(param, draft.cores());
    let name = format!("{} · {}", choice.model.name.get(lang), param.label.get(lang));
    let most = if param.default == ParamDefault::Unbounded { param.max + 1 } else { param.max };
    let mut number = value.unwrap_or(most);
    let speed = match param.unit {
        Unit::Count => 0.1,
        Unit::Micros => 100.0,
        Unit::Choice(_) => 0.05,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the field is bounded")]
    let shown = move |number: f64| {
        if number as u32 > param.max { "∞".to_owned() } else { spaced(&param.show(number as u32, lang)) }
    };
    #[expect(clippy::cast_precision_loss, reason = "parameters are far below 2^53")]
    let read = |text: &str, _| match text.trim() {
        "∞" | "" if most > param.max => Ok(f64::from(most)),
        text => {
            let number = read_param(param, text, lang)?;
            if is_taken(draft.models(), choice, param, number) { Err(FREE) } else { Ok(number as f64) }
        }
    };
    let field =
        NumberField { range: f64::from(param.min)..=f64::from(most), speed, suffix: "", show: &shown, read: &read };
    let field = number_ui(ui, &mut number, &field, lang).accessible_name(name);
    if field.changed() {
        let value = (number <= param.max).then_some(number);
        commands.push(Command::Edit(Edit::Models(with_param(draft.models(), choice, param.key, value))));
    }
}

/// What a number is not that another choice of the same model has already.
const FREE: Text = Text::new("free: another one of this model has it", "um valor livre: outro deste modelo já o tem");

/// A word of the reader's language, or a number as files write it.
fn read_param(param: &Param, text: &str, lang: Lang) -> Result<i64, Text> {
    const WORD: Text = Text::new("one of the words: drag to see them", "uma das palavras: arraste para vê-las");
    const TIME: Text = Text::new("a duration, like 250us or 5ms", "uma duração, como 250us ou 5ms");
    let (read, what) = match param.unit {
        Unit::Choice(_) => {
            ((param.min..=param.max).find(|value| param.show(*value, lang) == text).map(i64::from), WORD)
        }
        Unit::Count => (text.replace(' ', "").parse().ok(), WHOLE),
        Unit::Micros => (param.read(&text.replace(' ', "").replace('µ', "u").replace(',', ".")), TIME),
    };
    read.ok_or(what)
}

/// Whether another choice is `choice` with that number.
fn is_taken(models: &[ModelChoice], choice: &ModelChoice, param: &Param, number: i64) -> bool {
    let mut changed = choice.clone();
    changed.set(param.key, number).is_ok() && changed != *choice && models.contains(&changed)
}

/// As people read it: `5 ms`, where the command line has `5ms`.
fn spaced(value: &str) -> String {
    match value.find(|letter: char| !letter.is_ascii_digit() && letter != '.') {
        Some(unit) if unit > 0 => format!("{} {}", &value[..unit], value[unit..].replace("us", "µs")),
        _ => value.to_owned(),
    }
}

/// Checked: out goes this choice. Unchecked: in it comes, in the registry's order.
fn toggled(models: &[ModelChoice], model: &'static Model, choice: Option<&ModelChoice>) -> Vec<ModelChoice> {
    let mut models = models.to_vec();
    if let Some(choice) = choice {
        models.retain(|own| own != choice);
        return models;
    }
    let place = |own: &ModelChoice| model::all().position(|other| other == own.model);
    let new = ModelChoice::new(model);
    let at = models.iter().position(|own| place(own) > place(&new)).unwrap_or(models.len());
    models.insert(at, new);
    models
}

/// Refused values and values another choice already has change nothing.
fn with_param(models: &[ModelChoice], choice: &ModelChoice, key: &str, value: Option<u32>) -> Vec<ModelChoice> {
    let mut changed = choice.clone();
    let set = if let Some(value) = value {
        changed.set(key, i64::from(value))
    } else {
        changed.unset(key);
        Ok(())
    };
    if set.is_err() || models.contains(&changed) {
        return models.to_vec();
    }
    models.iter().map(|own| if own == choice { changed.clone() } else { own.clone() }).collect()
}

/// The same model again behind `choice`, with twice the workers, or the next number that is free.
fn with_another(models: &[ModelChoice], choice: &ModelChoice, cores: u32) -> Vec<ModelChoice> {
    let Some(param) = choice.model.params.first() else { return models.to_vec() };
    let begin = choice.value(param, cores).unwrap_or(param.max).saturating_mul(2);
    let free = (begin..=param.max).find_map(|value| {
        let mut next = choice.clone();
        next.set(param.key, i64::from(value)).ok()?;
        (!models.contains(&next)).then_some(next)
    });
    let mut models = models.to_vec();
    if let Some(next) = free {
        let at = models.iter().position(|own| own == choice).map_or(models.len(), |at| at + 1);
        models.insert(at, next);
    }
    models
}

/// What a model is, when it is used, how it is made, and what it costs.
fn card_ui(ui: &mut Ui, model: &Model, lang: Lang) {
    ui.set_max_width(340.0);
    ui.label(RichText::new(model.name.get(lang)).font(theme::semibold(theme::NAME)));
    only_imagined_ui(ui, model, lang);
    ui.label(model.definition.get(lang));
    let parts = [
        (Text::new("When", "Quando"), model.when),
        (Text::new("How it is made", "Como é feito"), model.made),
        (Text::new("What it costs", "O que custa"), model.overheads),
    ];
    for (head, text) in parts {
        section_ui(ui, head.get(lang));
        ui.label(text.get(lang));
    }
}

/// Why the model cannot be measured on this computer, where it cannot.
fn only_imagined_ui(ui: &mut Ui, model: &Model, lang: Lang) {
    if let Err(because) = engine::measurable(model) {
        note_ui(ui, &ONLY_IMAGINED.fill(lang, &[&because.get(lang)]));
    }
}

fn variants_ui(ui: &mut Ui, draft: &Draft, lang: Lang, commands: &mut Commands) {
    let all = &draft.scenario().variants;
    if all.is_empty() {
        return;
    }
    section_ui(ui, Text::new("Variants", "Variantes").get(lang));
    for variant in all {
        let mut on = draft.variants().contains(&variant.id);
        let title = draft.scenario().variant_title(&variant.id, lang).unwrap_or(&variant.id);
        if check_ui(ui, &mut on, title).changed() {
            let chosen = |id: &String| if *id == variant.id { on } else { draft.variants().contains(id) };
            let ids = all.iter().map(|own| own.id.clone()).filter(chosen).collect();
            commands.push(Command::Edit(Edit::Variants(ids)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(workers: i64) -> ModelChoice {
        let mut choice = ModelChoice::new(model::find("thread-pool").unwrap());
        choice.set("workers", workers).unwrap();
        choice
    }

    #[test]
    fn checking_keeps_the_order_of_the_registry() {
        let find = |id| model::find(id).unwrap();
        let models = vec![ModelChoice::new(find("sequential")), ModelChoice::new(find("event-loop"))];
        let models = toggled(&models, find("threads"), None);
        let ids: Vec<_> = models.iter().map(|choice| choice.model.id).collect();
        assert_eq!(ids, ["sequential", "threads", "event-loop"]);
        let threads = models[1].clone();
        assert_eq!(toggled(&models, find("threads"), Some(&threads)).len(), 2);
    }

    #[test]
    fn another_pool_has_a_size_of_its_own() {
        let models = with_another(&[pool(2), pool(4)], &pool(2), 2);
        assert_eq!(models, [pool(2), pool(5), pool(4)]);
        assert_eq!(with_param(&models, &pool(5), "workers", Some(4)), models, "4 is taken");
        assert_eq!(with_param(&models, &pool(5), "workers", Some(8)), [pool(2), pool(8), pool(4)]);
    }
}
