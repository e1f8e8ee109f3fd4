//! How much of a program is explored: the whole, in small, or so many states of the whole; and where a person says so.

use eframe::egui::Ui;

use super::histogram::grouped;
use crate::explore::estimate::Estimate;
use crate::explore::program::{Program, Unsuited};
use crate::explore::{Bound, Explored, STATES_MAX, whatif};
use crate::gui::number_field::{NumberField, number_ui};
use crate::gui::widgets::{link_ui, note_ui};
use crate::lang::{Lang, Text};
use crate::scenario::{Scenario, Step};

/// Tasks of each group and rounds of each `repeat`, where a program is looked at in small.
const SMALL: (u32, u32) = (2, 1);

pub const EXPLORE_PART: Text = Text::new("explore a part of the whole", "explorar uma parte do todo");

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// The whole; where that is too large, in small.
    #[default]
    Fitting,
    Whole,
    Small,
    /// See [`Part`].
    Part(Part),
}

/// At most so many states of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub states: usize,
    /// By a person: it stays, even where the orders within it are too many to be counted.
    pub typed: bool,
}

impl Default for Part {
    /// So few are there as soon as they are asked for.
    fn default() -> Self {
        Part { states: 100_000, typed: false }
    }
}

impl Part {
    pub fn bound(self) -> Bound {
        Bound::States(self.states)
    }

    /// Half as much, where that is for the program to say and one order comes to its end in it.
    pub fn half(self, program: &Program) -> Option<Self> {
        let states = self.states / 2;
        (!self.typed && states >= program.states_of_one()).then_some(Part { states, ..self })
    }
}

/// The program in small; `None` where that cannot be.
pub fn smaller(scenario: &Scenario) -> Option<Scenario> {
    whatif::smaller(scenario, SMALL.0, SMALL.1).ok()
}

/// Whether it would be another one in small.
pub fn can_be_smaller(scenario: &Scenario) -> bool {
    fn has_rounds(steps: &[Step]) -> bool {
        let has = |step: &Step| matches!(step, Step::Repeat { count, steps } if *count > SMALL.1 || has_rounds(steps));
        steps.iter().any(has)
    }
    scenario.groups.iter().any(|group| group.count > SMALL.0 || has_rounds(&group.steps))
}

/// By its estimate, so that nothing is spent to find out.
pub fn is_too_large(scenario: &Scenario) -> bool {
    match Program::of(scenario) {
        Ok(program) => Estimate::of(&program).exceeds(STATES_MAX),
        Err(unsuited) => unsuited != Unsuited::NothingShared,
    }
}

/// That it is shown in small without having been asked for; returns whether a part of the whole is asked for.
pub fn shrunk_ui(ui: &mut Ui, has_parts: bool, lang: Lang) -> bool {
    let text = Text::new(
        "Shown small, since the whole has too many states: two tasks of a group and one round of each repeat at most.",
        "Mostrado em pequeno, pois o todo tem estados demais: no máximo duas tarefas por grupo e uma volta de cada repetição.",
    );
    ui.horizontal_wrapped(|ui| {
        // As low as the text, on whose last line it stands.
        ui.spacing_mut().interact_size.y = 0.0;
        ui.spacing_mut().button_padding.y = 0.0;
        note_ui(ui, text.get(lang));
        has_parts && link_ui(ui, EXPLORE_PART.get(lang)).clicked()
    })
    .inner
}

/// How many states the part has at most, to be typed or dragged; returns the part that was asked for.
pub fn part_ui(ui: &mut Ui, part: Part, max: usize, lang: Lang) -> Option<Part> {
    let show = |states: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number within its range")]
        grouped(states as u128)
    };
    ui.horizontal(|ui| {
        ui.label(Text::new("of the whole at most", "do todo, no máximo").get(lang));
        let mut states = part.states.min(max);
        let field = NumberField {
            speed: (states as f64 / 100.0).max(1.0),
            suffix: Text::new(" states", " estados").get(lang),
            show: &show,
            ..NumberField::whole(1.0..=max as f64)
        };
        let name = Text::new("states to explore", "estados a explorar").get(lang);
        let changed = number_ui(ui, &mut states, &field, lang).accessible_name(name).changed();
        changed.then_some(Part { states, typed: true })
    })
    .inner
}

/// That there is more than what was explored.
pub fn partial_ui(ui: &mut Ui, explored: &Explored, lang: Lang) {
    let states = grouped(explored.states as u128);
    let text = if explored.schedules == 0 {
        let text = Text::new(
            "No order comes to its end within {} states; the longest goes through {}.",
            "Nenhuma ordem chega ao fim dentro de {} estados; a mais longa passa por {}.",
        );
        text.fill(lang, &[&states, &grouped(explored.program.states_of_one() as u128)])
    } else {
        let text = Text::new(
            "A part: only orders within the first {} states are counted. There are more, and perhaps other outcomes.",
            "Uma parte: contam-se só as ordens dentro dos primeiros {} estados. Há mais, e talvez outros resultados.",
        );
        text.fill(lang, &[&states])
    };
    note_ui(ui, &text);
}
