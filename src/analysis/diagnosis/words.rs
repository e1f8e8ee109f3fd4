//! How findings are worded: a sentence in every language, lists of names, shares.

use std::fmt::Display;

use super::evidence::Evidence;
use crate::lang::{Lang, Text};
use crate::trace::Task;

/// More names than this are counted.
const NAMES_MAX: usize = 4;

/// A sentence about one run, in every language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence([String; Lang::ALL.len()]);

impl Sentence {
    pub(super) fn new(words: impl Fn(Lang) -> String) -> Self {
        Sentence(Lang::ALL.map(words))
    }

    /// `text` with its gaps filled alike in every language.
    pub(super) fn fill(text: Text, values: &[&dyn Display]) -> Self {
        Sentence::new(|lang| text.fill(lang, values))
    }

    pub fn get(&self, lang: Lang) -> &str {
        let at = Lang::ALL.iter().position(|own| *own == lang).expect("every language is in the list");
        &self.0[at]
    }
}

/// `ana, bia and caio`; beyond a few, `ana, bia, caio, davi and 3 more`.
pub(super) fn names(evidence: &Evidence<'_>, tasks: &[Task], lang: Lang) -> String {
    let mut shown: Vec<String> = tasks.iter().take(NAMES_MAX).map(|task| evidence.name(*task)).collect();
    if tasks.len() > NAMES_MAX {
        shown.push(Text::new("{} more", "mais {}").fill(lang, &[&(tasks.len() - NAMES_MAX)]));
    }
    let Some(last) = shown.pop() else { return String::new() };
    if shown.is_empty() { last } else { format!("{} {} {last}", shown.join(", "), AND.get(lang)) }
}

const AND: Text = Text::new("and", "e");

/// `43 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// `640 B`, `2.5 KiB`, `64 MiB`.
pub(super) fn size(bytes: u64) -> String {
    let unit = [("GiB", 30), ("MiB", 20), ("KiB", 10)].into_iter().find(|(_, bits)| bytes >> bits > 0);
    let Some((unit, bits)) = unit else { return format!("{bytes} B") };
    let tenths = (u128::from(bytes) * 10) >> bits;
    if tenths >= 100 || tenths % 10 == 0 {
        format!("{} {unit}", tenths / 10)
    } else {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    }
}

/// `1 task`, `7 tasks`.
pub(super) fn tasks(count: usize, lang: Lang) -> String {
    let text = if count == 1 { Text::new("{} task", "{} tarefa") } else { Text::new("{} tasks", "{} tarefas") };
    text.fill(lang, &[&count])
}

/// `1 task waits behind them.`: behind so many that were named.
pub(super) fn more_behind(count: usize, named: usize, lang: Lang) -> String {
    let text = match (count, named) {
        (1, 1) => Text::new("{} waits behind it.", "{} espera atrás dela."),
        (_, 1) => Text::new("{} wait behind it.", "{} esperam atrás dela."),
        (1, _) => Text::new("{} waits behind them.", "{} espera atrás delas."),
        (..) => Text::new("{} wait behind them.", "{} esperam atrás delas."),
    };
    text.fill(lang, &[&tasks(count, lang)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_unit_that_fits() {
        let check = |bytes: u64, expected: &str| assert_eq!(size(bytes), expected);
        check(0, "0 B");
        check(1_023, "1023 B");
        check(2_560, "2.5 KiB");
        check(64 << 20, "64 MiB");
        check(u64::MAX, "17179869183 GiB");
    }
}
