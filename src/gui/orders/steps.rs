//! One order step by step: which of how many it is, a slider through its steps, the sentence of the one that was done
//! last, its board, and all steps as a list.

use eframe::egui::{Align, CornerRadius, Label, Layout, RichText, ScrollArea, Slider, Ui, vec2};

use super::board;
use super::chosen::Chosen;
use super::histogram::{self, exact_on_hover, readable};
use super::{WITH_LOCK, Which};
use crate::chart::lanes::task_label;
use crate::explore::Explored;
use crate::explore::schedule::tasks;
use crate::explore::sentence::{sentence, waiting};
use crate::gui::commands::{Command, Commands};
use crate::gui::number_field::{self, NumberField};
use crate::gui::paint::PaintContext;
use crate::gui::replay::{Icon, icon_ui, step_keys};
use crate::gui::theme::{self, color};
use crate::gui::widgets::{link_ui, note_ui, row_ui, section_ui, slider_ui};
use crate::gui::words::{FOR_EVER, NOTHING_DONE};
use crate::lang::Text;
use crate::trace::{Run, Task};

const LIST_ROW: f32 = 28.0;
const TWO_LINES: f32 = 34.0;

/// What is looked at, and the way to other orders of the same outcome; returns the number of the one asked for.
pub fn heading_ui(
    ui: &mut Ui,
    chosen: &Chosen,
    explored: &Explored,
    context: PaintContext,
    commands: &mut Commands,
) -> Option<u128> {
    let lang = context.lang;
    let mut asked = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let title = histogram::title(explored, chosen.outcome, lang);
        ui.add(Label::new(RichText::new(&title).font(theme::bold(theme::NAME))));
        ui.add_space(8.0);
        ui.label(Text::new("order", "ordem").get(lang));
        let previous = Text::new("Previous order of this outcome", "Ordem anterior deste resultado");
        if ui.add_enabled_ui(chosen.nth > 0, |ui| icon_ui(ui, Icon::Previous, previous.get(lang), context)).inner {
            asked = Some(chosen.nth - 1);
        }
        asked = number_ui(ui, chosen, context).or(asked);
        let next = Text::new("Next order of this outcome", "Próxima ordem deste resultado");
        let more = chosen.nth + 1 < chosen.count;
        if ui.add_enabled_ui(more, |ui| icon_ui(ui, Icon::Next, next.get(lang), context)).inner {
            asked = Some(chosen.nth + 1);
        }
        let count = ui.label(Text::new("of {}", "de {}").fill(lang, &[&readable(chosen.count, lang)]));
        exact_on_hover(count, chosen.count);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let open = link_ui(ui, Text::new("open as a timeline", "abrir como linha do tempo").get(lang));
            let what = Text::new(
                "Adds this order to the runs. It has no times: its axis counts steps, all drawn equally long.",
                "Acrescenta esta ordem às execuções. Ela não tem tempos: seu eixo conta passos, todos desenhados com a mesma duração.",
            );
            if open.on_hover_text(what.get(lang)).clicked() {
                // Orders of several programs may stand among the runs.
                let variant = chosen.run.scenario.own_variant_title(lang).map(str::to_owned);
                let guarded = (chosen.which == Which::Guarded).then(|| WITH_LOCK.get(lang).to_owned());
                let order = format!("{} {}", Text::new("order", "ordem").get(lang), chosen.nth + 1);
                let parts = [variant, guarded, Some(title), Some(order)];
                let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
                commands.push(Command::KeepRun(Box::new(Run::clone(&chosen.run)), Some(name)));
            }
        });
    });
    asked
}

/// The number of the order, to be typed or dragged.
fn number_ui(ui: &mut Ui, chosen: &Chosen, context: PaintContext) -> Option<u128> {
    /// Beyond it a field's number is not exact any more.
    const EXACT_MAX: u64 = 1 << 53;
    let last = u64::try_from(chosen.count).unwrap_or(EXACT_MAX).min(EXACT_MAX);
    let mut number = u64::try_from(chosen.nth).unwrap_or(last).saturating_add(1).min(last);
    let name = Text::new("number of the order", "número da ordem").get(context.lang);
    let field = NumberField::whole(1.0..=last as f64);
    let field = number_field::number_ui(ui, &mut number, &field, context.lang).accessible_name(name);
    field.changed().then(|| u128::from(number.saturating_sub(1)))
}

const TO_LOSS: Text = Text::new(
    "To the next step that overwrites another task's update; behind the last, to the first.",
    "Ao próximo passo que sobrescreve a atualização de outra tarefa; depois do último, ao primeiro.",
);

/// The slider and what was done last. Comma and period step, as in a replay, and the arrow keys where nothing else wants
/// them.
pub fn scrubber_ui(ui: &mut Ui, chosen: &mut Chosen, context: PaintContext) {
    let lang = context.lang;
    let last = chosen.story.deeds.len();
    let [back, on] = step_keys(ui);
    chosen.step = (chosen.step + usize::from(on)).saturating_sub(usize::from(back)).min(last);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        if icon_ui(ui, Icon::Previous, Text::new("Previous step", "Passo anterior").get(lang), context) {
            chosen.step = chosen.step.saturating_sub(1);
        }
        if icon_ui(ui, Icon::Next, Text::new("Next step", "Próximo passo").get(lang), context) {
            chosen.step = (chosen.step + 1).min(last);
        }
        if let Some(step) = chosen.next_loss()
            && link_ui(ui, Text::new("lost update", "atualização perdida").get(lang))
                .on_hover_text(TO_LOSS.get(lang))
                .clicked()
        {
            chosen.step = step;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let width = last.to_string().len();
            let text = Text::new("step {} of {}", "passo {} de {}");
            let number = format!("{:>width$}", chosen.step);
            ui.label(RichText::new(text.fill(lang, &[&number, &last])).font(theme::mono(12.0)));
            let slider = Slider::new(&mut chosen.step, 0..=last).integer();
            slider_ui(ui, slider, Text::new("Step of the order", "Passo da ordem").get(lang));
        });
    });
}

/// The sentence of the last step, the board and the list.
pub fn story_ui(ui: &mut Ui, chosen: &mut Chosen, explored: &Explored, context: PaintContext) {
    moment_ui(ui, chosen, explored, context);
    let room = ui.available_height();
    board::board_ui(ui, chosen, explored, board::height(explored).min(room * 0.65), context);
    list_ui(ui, chosen, explored, context);
}

/// What was done last, what the variables are now, who waits for what. As high whatever it says: nothing jumps.
fn moment_ui(ui: &mut Ui, chosen: &Chosen, explored: &Explored, context: PaintContext) {
    let (lang, palette) = (context.lang, context.palette);
    let run = &chosen.run;
    let name = |task: Task| task_label(run, task);
    let story = &chosen.story;
    let done = chosen.step.checked_sub(1).and_then(|last| story.deeds.get(last));
    let text = match done {
        Some(deed) => sentence(deed, lang, name),
        None => NOTHING_DONE.get(lang).to_owned(),
    };
    let lost = done.is_some_and(|deed| deed.act.loses());
    let ink = color(if lost { palette.ink(palette.blocked) } else { palette.text });
    ui.add(Label::new(RichText::new(text).font(theme::semibold(theme::NAME)).color(ink)).truncate());
    let at_end = chosen.step == story.deeds.len();
    let standings = tasks(&explored.program).zip(&story.standings[chosen.step]);
    let waits = standings.filter_map(|(task, standing)| waiting(&explored.program, task, *standing, lang, name));
    let waits = waits.map(|wait| if at_end { FOR_EVER.fill(lang, &[&wait]) } else { wait });
    let mut facts: Vec<String> = Vec::new();
    facts.extend(Some(values(explored, &story.values[chosen.step])).filter(|values| !values.is_empty()));
    facts.extend(waits);
    // A line that is empty is a line.
    let facts = if facts.is_empty() { " ".to_owned() } else { facts.join(" · ") };
    // Two lines at least: of five tasks that wait for each other the fifth is not to be cut.
    let facts = ui.add(Label::new(RichText::new(facts).color(color(palette.dim))).wrap());
    ui.add_space((TWO_LINES - facts.rect.height()).max(0.0));
}

fn values(explored: &Explored, values: &[i64]) -> String {
    let pairs = explored.program.variables().zip(values).map(|(name, value)| format!("{name} = {value}"));
    pairs.collect::<Vec<_>>().join(", ")
}

/// Every step in a sentence, with the variables after it.
fn list_ui(ui: &mut Ui, chosen: &mut Chosen, explored: &Explored, context: PaintContext) {
    section_ui(ui, Text::new("Steps", "Passos").get(context.lang));
    ui.spacing_mut().item_spacing.y = 0.0;
    let last = chosen.story.deeds.len();
    if last == 0 {
        note_ui(ui, Text::new("Nobody can take a single step.", "Ninguém consegue dar um só passo.").get(context.lang));
        return;
    }
    let mut area = ScrollArea::vertical().id_salt("steps").auto_shrink(false);
    if chosen.listed.replace(chosen.step) != Some(chosen.step) {
        let above = chosen.step.saturating_sub(1) as f32 * LIST_ROW;
        area = area.vertical_scroll_offset((above - ui.available_height() / 2.0).max(0.0));
    }
    let mut clicked = None;
    let (story, run) = (&chosen.story, &chosen.run);
    area.show_rows(ui, LIST_ROW, last, |ui, visible| {
        for at in visible {
            let deed = &story.deeds[at];
            let text = sentence(deed, context.lang, |task| task_label(run, task));
            let line = format!("{}  {text}", at + 1);
            let response = row_ui(ui, at + 1 == chosen.step, &line, &values(explored, &story.values[at + 1]));
            if deed.act.loses() {
                let mark = response.rect.with_max_x(response.rect.left() + 3.0).shrink2(vec2(0.0, 5.0));
                ui.painter().rect_filled(mark, CornerRadius::same(1), color(context.palette.blocked));
            }
            if response.on_hover_text(&text).clicked() {
                clicked = Some(at + 1);
            }
        }
    });
    if let Some(step) = clicked {
        (chosen.step, chosen.listed) = (step, Some(step));
    }
}
