//! What a step of an order is called on its lane, what its outcome is called, and how shares are written.

use super::Outcome;
use super::program::Program;
use super::schedule::{Act, Story};
use crate::lang::{Lang, Text};

/// What a step is in a scenario file, and what came of it. Where there is one variable it need not be named.
pub fn short(act: &Act, has_one_variable: bool) -> String {
    let named = |verb: &str, variable: &str, value: i64| {
        if has_one_variable { format!("{verb} {value}") } else { format!("{verb} {variable}: {value}") }
    };
    match act {
        Act::Load { variable, value } => named("load", variable, *value),
        Act::Add { amount, sum } => format!("add {amount}: {sum}"),
        Act::Store { variable, value, .. } => named("store", variable, *value),
        Act::Lock(name) => format!("lock {name}"),
        Act::Unlock(name) => format!("unlock {name}"),
        Act::Send(name) => format!("send {name}"),
        Act::Receive(name) => format!("receive {name}"),
        Act::Arrive(name) => format!("barrier {name}"),
        Act::Fail => "fail".to_owned(),
    }
}

/// Characters of the longest text on a lane.
pub fn widest(story: &Story) -> usize {
    story.deeds.iter().map(|deed| short(&deed.act, has_one_variable(story)).chars().count()).max().unwrap_or(0)
}

pub fn has_one_variable(story: &Story) -> bool {
    story.values.first().is_some_and(|values| values.len() == 1)
}

/// `x = 1, y = 0`, with `deadlock` before it where there is one.
pub fn outcome(program: &Program, outcome: &Outcome, lang: Lang) -> String {
    let values = program.variables().zip(&outcome.values).map(|(name, value)| format!("{name} = {value}"));
    let deadlock = outcome.deadlock.then(|| "deadlock".to_owned());
    let words: Vec<String> = deadlock.into_iter().chain(values).collect();
    if words.is_empty() { Text::new("all done", "tudo concluído").get(lang).to_owned() } else { words.join(", ") }
}

/// Never a whole that is none, nor nothing that is something.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 0.0 && percent < 0.05 => "<0.1 %".to_owned(),
        percent if (99.95..100.0).contains(&percent) => ">99.9 %".to_owned(),
        percent => format!("{percent:.1} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_never_nothing_or_all() {
        let check = |share: f64, expected: &str| assert_eq!(percent(share), expected);
        check(0.0, "0.0 %");
        check(1e-7, "<0.1 %");
        check(0.9, "90.0 %");
        check(0.999_999, ">99.9 %");
        check(1.0, "100.0 %");
    }
}
