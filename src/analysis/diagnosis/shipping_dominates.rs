//! Copying what tasks need and return took longer than what was done with it.

use super::evidence::{Evidence, tasks_of};
use super::stretches::Stretches;
use super::words::{Sentence, percent, size, tasks};
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::time::Nanos;
use crate::trace::{Span, State, Task};

pub(super) static RULE: Rule = Rule {
    id: "shipping-dominates",
    title: Text::new("Copying dominates", "A cópia domina"),
    weight: Weight::Slow,
    find,
};

/// Of the makespan, with something on its way.
const SHARE_MIN: f64 = 0.3;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let copies = evidence.spans_in(State::Shipping);
    let copied: Nanos = copies.iter().map(Span::length).sum();
    let share = evidence.share(Stretches::of_spans(&copies).total());
    let worked: Nanos = evidence.times.iter().map(|times| times.running + times.io).sum();
    if copied <= worked || share < SHARE_MIN {
        return None;
    }
    let shipped = tasks_of(&copies);
    let payload = |task: &Task| {
        let (group, _) = evidence.run.group_of(*task);
        evidence.run.scenario.groups[group].payload_bytes
    };
    let bytes: u64 = shipped.iter().map(payload).fold(0, u64::saturating_add);
    let text = Text::new(
        "Copying between processes took {} in all, for {} with {} of data; their running and IO took {}. For {} of the run something was on its way. Send less, or use threads: they share memory.",
        "Copiar entre processos levou {} ao todo, para {} com {} de dados; execução e IO delas levaram {}. Em {} da execução havia algo a caminho. Envie menos, ou use threads: elas compartilham a memória.",
    );
    let text = Sentence::new(|lang| {
        let count = tasks(shipped.len(), lang);
        text.fill(lang, &[&copied, &count, &size(bytes), &worked, &percent(share)])
    });
    Some(Finding { text, tasks: shipped })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::Cause;

    /// Shipped for 10 ms, run for so many, shipped back for 10.
    fn one(millis: i64) -> Story {
        let mut story =
            Story::of("processes", "HEAD [[task]]\nname = \"sum\"\npayload = \"64MiB\"\nsteps = [{ cpu = \"5ms\" }]");
        story.at(0, 0, State::Ready, Cause::Queued).at(0, 0, State::Shipping, Cause::None);
        story.at(10, 0, State::Running, Cause::None).at(10 + millis, 0, State::Shipping, Cause::None);
        story.at(20 + millis, 0, State::Done, Cause::None);
        story
    }

    #[test]
    fn more_copying_than_computing() {
        let found = one(5).finds("shipping-dominates").unwrap();
        assert_eq!(
            found.text.get(Lang::En),
            "Copying between processes took 20.0 ms in all, for 1 task with 64 MiB of data; their running and IO took \
             5.00 ms. For 80 % of the run something was on its way. Send less, or use threads: they share memory."
        );
        assert_eq!(found.tasks, [Task(0)]);
    }

    #[test]
    fn data_worth_their_way_are_silent() {
        assert_eq!(one(25).finds("shipping-dominates"), None);
    }
}
