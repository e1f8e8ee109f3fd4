//! What the tasks share, as far as there is something to set: who gets a lock next, how much a channel holds, what a
//! variable begins with.

use eframe::egui::{RichText, Ui};

use super::fields::field_ui;
use crate::gui::commands::{Command, Commands};
use crate::gui::draft::{Edit, Things};
use crate::gui::number_field::{EXACT_MAX, NumberField, number_ui, read_whole};
use crate::gui::theme;
use crate::gui::widgets::{check_ui, section_ui};
use crate::lang::{Lang, Text};
use crate::scenario::shared::{Kind, Shared};
use crate::scenario::{Channel, Lock, Scenario, Variable, check};

/// Nothing where the tasks share nothing. What is left as steps find it need not be declared.
pub fn shared_ui(ui: &mut Ui, scenario: &Scenario, lang: Lang, commands: &mut Commands) {
    let shared = Shared::of(scenario);
    if shared.iter().all(|(kind, _)| *kind == Kind::Barrier) {
        return;
    }
    section_ui(ui, Text::new("Shared", "Compartilhado").get(lang));
    let before = Things::of(scenario);
    let mut things = before.clone();
    for (kind, name) in shared.iter() {
        ui.push_id((*kind as u8, name), |ui| match kind {
            Kind::Lock => lock_ui(ui, named(&mut things.locks, |lock| lock.name == *name, || plain_lock(name)), lang),
            Kind::Channel => {
                channel_ui(ui, named(&mut things.channels, |own| own.name == *name, || unbounded(name)), lang);
            }
            Kind::Variable => {
                variable_ui(ui, named(&mut things.variables, |own| own.name == *name, || zero(name)), lang);
            }
            Kind::Barrier => {}
        });
    }
    things.forget_defaults(&before);
    if things != before {
        commands.push(Command::Edit(Edit::Shared(things)));
    }
}

/// The declared one, or a new one as it is without a declaration.
fn named<T>(list: &mut Vec<T>, is_it: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
    let at = list.iter().position(is_it).unwrap_or_else(|| {
        list.push(new());
        list.len() - 1
    });
    &mut list[at]
}

fn plain_lock(name: &str) -> Lock {
    Lock { name: name.to_owned(), barging: false, inherit: false }
}

fn unbounded(name: &str) -> Channel {
    Channel { name: name.to_owned(), capacity: None }
}

fn zero(name: &str) -> Variable {
    Variable { name: name.to_owned(), initial: 0, padded: false }
}

impl Things {
    /// Drops what says no more than its absence, unless the file declared it.
    fn forget_defaults(&mut self, declared: &Things) {
        self.locks.retain(|own| *own != plain_lock(&own.name) || declared.locks.iter().any(|old| old.name == own.name));
        self.channels
            .retain(|own| *own != unbounded(&own.name) || declared.channels.iter().any(|old| old.name == own.name));
        self.variables
            .retain(|own| *own != zero(&own.name) || declared.variables.iter().any(|old| old.name == own.name));
    }
}

fn name_ui(ui: &mut Ui, kind: Text, name: &str, lang: Lang) {
    ui.label(RichText::new(format!("{} {name}", kind.get(lang))).font(theme::semibold(theme::BODY)));
}

fn lock_ui(ui: &mut Ui, lock: &mut Lock, lang: Lang) {
    name_ui(ui, Text::new("lock", "lock"), &lock.name, lang);
    let text = Text::new("who comes may pass who waits", "quem chega pode passar quem espera").get(lang);
    let explanation = Text::new(
        "Barging: the lock is free for whoever runs first. Otherwise it goes to who has waited longest.",
        "Barging: o lock fica livre para quem executar primeiro. Senão, vai para quem espera há mais tempo.",
    );
    check_ui(ui, &mut lock.barging, text).on_hover_text(explanation.get(lang));
}

fn channel_ui(ui: &mut Ui, channel: &mut Channel, lang: Lang) {
    name_ui(ui, Text::new("channel", "canal"), &channel.name, lang);
    // 0 stands for no bound.
    let mut places = channel.capacity.unwrap_or(0);
    field_ui(ui, Text::new("messages it holds", "mensagens que comporta").get(lang), |ui| {
        let shown = |number: f64| if number < 1.0 { "∞".to_owned() } else { format!("{number:.0}") };
        let field = NumberField {
            show: &shown,
            read: &|text, _| read_capacity(text),
            ..NumberField::whole(0.0..=f64::from(*check::COUNTS.end()))
        };
        number_ui(ui, &mut places, &field, lang)
    });
    channel.capacity = (places > 0).then_some(places);
}

/// Who types 0 does not mean that there is no bound.
fn read_capacity(text: &str) -> Result<f64, Text> {
    const CAPACITY: Text =
        Text::new("a number of messages: 1 and more, or ∞", "um número de mensagens: 1 ou mais, ou ∞");
    match text.trim() {
        "∞" | "" => Ok(0.0),
        text => read_whole(text).ok().filter(|number| *number >= 1.0).ok_or(CAPACITY),
    }
}

fn variable_ui(ui: &mut Ui, variable: &mut Variable, lang: Lang) {
    name_ui(ui, Text::new("variable", "variável"), &variable.name, lang);
    field_ui(ui, Text::new("begins with", "começa com").get(lang), |ui| {
        number_ui(ui, &mut variable.initial, &NumberField::whole(-EXACT_MAX..=EXACT_MAX), lang)
    });
    let text = Text::new("on cache lines of its own", "em linhas de cache próprias").get(lang);
    check_ui(ui, &mut variable.padded, text);
}
