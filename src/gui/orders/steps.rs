//! One order step by step: which of how many it is, a slider through its steps, the sentence of the one that was done
//! last, its timeline, and all steps as a list.

use eframe::egui::{
    Align, CornerRadius, DragValue, Key, Label, Layout, Modifiers, Rect, RichText, ScrollArea, Slider, Ui, UiBuilder,
    vec2,
};

use super::chosen::Chosen;
use super::histogram::{self, grouped};
use crate::chart::lanes::task_label;
use crate::engine::session::Entry;
use crate::explore::Explored;
use crate::explore::run::{STEP, instant};
use crate::explore::schedule::{Act, tasks};
use crate::explore::sentence::{sentence, waiting};
use crate::gui::commands::{Command, Commands};
use crate::gui::paint::PaintContext;
use crate::gui::replay::{Icon, icon_ui};
use crate::gui::theme::{self, color};
use crate::gui::timeline::{self, TimelineCache, TimelineView};
use crate::gui::widgets::{link_ui, note_ui, row_ui, section_ui, slider_ui};
use crate::lang::Text;
use crate::trace::{Run, Task};

/// Below this width the list of steps stands under the timeline.
const SIDE_BY_SIDE: f32 = 900.0;
const LIST_WIDTH: f32 = 380.0;
const LIST_ROW: f32 = 28.0;

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
        ui.add(Label::new(RichText::new(title).font(theme::bold(theme::NAME))));
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
        ui.label(Text::new("of {}", "de {}").fill(lang, &[&grouped(chosen.count)]));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let keep = link_ui(ui, Text::new("keep as a run", "guardar como execução").get(lang));
            let what = Text::new(
                "Adds this order to the runs, marked as simulated: one step each millisecond",
                "Acrescenta esta ordem às execuções, marcada como simulada: um passo a cada milissegundo",
            );
            if keep.on_hover_text(what.get(lang)).clicked() {
                let Entry { run, name, .. } = &chosen.entry;
                commands.push(Command::KeepRun(Box::new(Run::clone(run)), name.clone()));
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
    let field = ui.add(DragValue::new(&mut number).range(1..=last).speed(0.1)).accessible_name(name);
    field.changed().then(|| u128::from(number.saturating_sub(1)))
}

/// The slider and what was done last. The arrow keys step where nothing else wants them.
pub fn scrubber_ui(ui: &mut Ui, chosen: &mut Chosen, context: PaintContext) {
    let lang = context.lang;
    let last = chosen.story.deeds.len();
    if ui.memory(|memory| memory.focused().is_none()) {
        let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let (back, on) = (pressed(Key::ArrowLeft), pressed(Key::ArrowRight));
        chosen.step = (chosen.step + usize::from(on)).saturating_sub(usize::from(back)).min(last);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        if icon_ui(ui, Icon::Previous, Text::new("Previous step", "Passo anterior").get(lang), context) {
            chosen.step = chosen.step.saturating_sub(1);
        }
        if icon_ui(ui, Icon::Next, Text::new("Next step", "Próximo passo").get(lang), context) {
            chosen.step = (chosen.step + 1).min(last);
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

/// The sentence of the last step, the timeline and the list.
pub fn story_ui(
    ui: &mut Ui,
    chosen: &mut Chosen,
    explored: &Explored,
    view: &mut TimelineView,
    cache: &mut TimelineCache,
    context: PaintContext,
) {
    moment_ui(ui, chosen, explored, context);
    let room = ui.available_rect_before_wrap();
    let wide = room.width() >= SIDE_BY_SIDE;
    let lanes = explored.program.tasks().min(8) as f32;
    let (drawn, listed) = if wide {
        let middle = room.right() - LIST_WIDTH;
        (room.with_max_x(middle - 12.0), room.with_min_x(middle))
    } else {
        let middle = room.top() + (150.0 + 18.0 * lanes).min(room.height() * 0.6);
        (room.with_max_y(middle), room.with_min_y(middle + 4.0))
    };
    ui.advance_cursor_after_rect(room);
    timeline_ui(ui, drawn, chosen, view, cache, context);
    let mut list = ui.new_child(UiBuilder::new().id_salt("steps").max_rect(listed));
    list.set_clip_rect(listed.intersect(ui.clip_rect()));
    list_ui(&mut list, chosen, explored, context);
}

/// What was done last, what the variables are now, who waits for what. As high whatever it says: nothing jumps.
fn moment_ui(ui: &mut Ui, chosen: &Chosen, explored: &Explored, context: PaintContext) {
    let (lang, palette) = (context.lang, context.palette);
    let run = &chosen.entry.run;
    let name = |task: Task| task_label(run, task);
    let story = &chosen.story;
    let done = chosen.step.checked_sub(1).and_then(|last| story.deeds.get(last));
    let text = match done {
        Some(deed) => sentence(deed, lang, name),
        None => Text::new("Nothing has been done yet", "Nada foi feito ainda").get(lang).to_owned(),
    };
    let lost = done.is_some_and(|deed| matches!(&deed.act, Act::Store { lost, .. } if !lost.is_empty()));
    let ink = color(if lost { palette.blocked } else { palette.text });
    ui.add(Label::new(RichText::new(text).font(theme::semibold(theme::NAME)).color(ink)).truncate());
    let at_end = chosen.step == story.deeds.len();
    let standings = tasks(&explored.program).zip(&story.standings[chosen.step]);
    let waits = standings.filter_map(|(task, standing)| waiting(&explored.program, task, *standing, lang, name));
    let for_ever = Text::new("{}, for ever", "{}, para sempre");
    let waits = waits.map(|wait| if at_end { for_ever.fill(lang, &[&wait]) } else { wait });
    let mut facts: Vec<String> = Vec::new();
    facts.extend(Some(values(explored, &story.values[chosen.step])).filter(|values| !values.is_empty()));
    facts.extend(waits);
    // A line that is empty is a line.
    let facts = if facts.is_empty() { " ".to_owned() } else { facts.join(" · ") };
    ui.add(Label::new(RichText::new(facts).color(color(palette.dim))).truncate());
}

fn values(explored: &Explored, values: &[i64]) -> String {
    let pairs = explored.program.variables().zip(values).map(|(name, value)| format!("{name} = {value}"));
    pairs.collect::<Vec<_>>().join(", ")
}

/// With its cursor at the moment that is looked at; a click on a step goes there.
fn timeline_ui(
    ui: &mut Ui,
    rect: Rect,
    chosen: &mut Chosen,
    view: &mut TimelineView,
    cache: &mut TimelineCache,
    context: PaintContext,
) {
    let mut ui = ui.new_child(UiBuilder::new().id_salt("order-timeline").max_rect(rect));
    view.beside = Some(instant(chosen.step));
    timeline::timeline_ui(&mut ui, &[&chosen.entry], view, cache, context);
    let clicked = ui.input(|input| input.pointer.primary_clicked()) && ui.rect_contains_pointer(rect);
    if let Some(time) = view.cursor.filter(|_| clicked) {
        let step = usize::try_from(time.0 / STEP.0).unwrap_or(0) + 1;
        chosen.step = step.min(chosen.story.deeds.len());
    }
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
    if chosen.listed != chosen.step {
        chosen.listed = chosen.step;
        let above = chosen.step.saturating_sub(1) as f32 * LIST_ROW;
        area = area.vertical_scroll_offset((above - ui.available_height() / 2.0).max(0.0));
    }
    let mut clicked = None;
    let (story, run) = (&chosen.story, &chosen.entry.run);
    area.show_rows(ui, LIST_ROW, last, |ui, visible| {
        for at in visible {
            let deed = &story.deeds[at];
            let text = sentence(deed, context.lang, |task| task_label(run, task));
            let line = format!("{}  {text}", at + 1);
            let response = row_ui(ui, at + 1 == chosen.step, &line, &values(explored, &story.values[at + 1]));
            if matches!(&deed.act, Act::Store { lost, .. } if !lost.is_empty()) {
                let mark = response.rect.with_max_x(response.rect.left() + 3.0).shrink2(vec2(0.0, 5.0));
                ui.painter().rect_filled(mark, CornerRadius::same(1), color(context.palette.blocked));
            }
            if response.on_hover_text(&text).clicked() {
                clicked = Some(at + 1);
            }
        }
    });
    if let Some(step) = clicked {
        (chosen.step, chosen.listed) = (step, step);
    }
}
