//! What a step of an order is called on its lane.

use super::schedule::{Act, Story};

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
