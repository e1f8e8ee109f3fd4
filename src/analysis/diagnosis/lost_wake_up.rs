//! Tasks that wait for a message, or for room in a channel, when nobody is left who could give it, and whoever waits
//! behind them.

use super::evidence::Evidence;
use super::stuck::{Stuck, WaitsFor};
use super::words::{Sentence, more_behind, names};
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::trace::Task;

pub(super) static RULE: Rule =
    Rule { id: "lost-wake-up", title: Text::new("Lost wake-up", "Despertar perdido"), weight: Weight::Wrong, find };

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let stuck = Stuck::of(evidence);
    let alone = |task: &Task| {
        let wait = stuck.wait(*task);
        matches!(wait.on, WaitsFor::Message | WaitsFor::Room) && stuck.behind(*task).next().is_none()
    };
    let alone: Vec<Task> = stuck.tasks().filter(alone).collect();
    let first = stuck.wait(*alone.first()?);
    // Of several channels the first is told.
    let alike = |task: &Task| stuck.wait(*task).on == first.on && stuck.wait(*task).resource == first.resource;
    let told: Vec<Task> = alone.iter().copied().filter(alike).collect();
    let tasks = stuck.held_up_by(|task| alone.binary_search(&task).is_ok());
    let behind = tasks.len() - alone.len();
    let text = match (first.on, told.len()) {
        (WaitsFor::Room, 1) => Text::new(
            "{} waits for room in {}, and nobody is left who receives there.",
            "{} espera espaço em {}, e não resta ninguém que receba ali.",
        ),
        (WaitsFor::Room, _) => Text::new(
            "{} wait for room in {}, and nobody is left who receives there.",
            "{} esperam espaço em {}, e não resta ninguém que receba ali.",
        ),
        (_, 1) => Text::new(
            "{} waits for a message on {}, and nobody is left who sends there.",
            "{} espera uma mensagem em {}, e não resta ninguém que envie ali.",
        ),
        _ => Text::new(
            "{} wait for a message on {}, and nobody is left who sends there.",
            "{} esperam uma mensagem em {}, e não resta ninguém que envie ali.",
        ),
    };
    let text = Sentence::new(|lang| {
        let text = text.fill(lang, &[&names(evidence, &told, lang), &first.resource]);
        if behind == 0 { text } else { format!("{text} {}", more_behind(behind, alone.len(), lang)) }
    });
    Some(Finding { text, tasks })
}

#[cfg(test)]
mod tests {
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::{Cause, Peer, Resource, State, Task};

    /// The waiter wants two messages, the sender sends one and is done.
    fn one_too_few(end: State) -> Story {
        let mut story = Story::of(
            "threads",
            r#"HEAD
[[task]]
name = "waiter"
steps = [{ receive = "bell" }, { receive = "bell" }]
[[task]]
name = "ringer"
steps = [{ send = "bell" }]
"#,
        );
        story.at(0, 1, State::Running, Cause::None).at(1, 1, State::Done, Cause::None);
        story.at(0, 0, State::Running, Cause::None);
        story.on(2, 0, State::Blocked, Cause::Channel, Peer::NONE, Resource(0));
        story.on(32, 0, end, Cause::Channel, Peer::NONE, Resource(0));
        story
    }

    #[test]
    fn a_message_that_nobody_will_send() {
        let story = one_too_few(State::Deadlocked);
        let found = story.finds("lost-wake-up").unwrap();
        assert_eq!(found.text.get(Lang::En), "waiter waits for a message on bell, and nobody is left who sends there.");
        assert_eq!(found.tasks, [Task(0)]);
        assert_eq!(story.finds("deadlock"), None, "nobody waits in a circle");
    }

    #[test]
    fn a_message_that_comes_is_silent() {
        assert_eq!(one_too_few(State::Done).finds("lost-wake-up"), None);
    }
}
