//! Tasks that a bounded queue turned away.

use super::evidence::Evidence;
use super::words::{Sentence, percent, tasks};
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::model::Workers;
use crate::trace::{State, Task};

pub(super) static RULE: Rule =
    Rule { id: "rejected-work", title: Text::new("Rejected work", "Trabalho recusado"), weight: Weight::Wrong, find };

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let rejected: Vec<Task> = evidence.ended(State::Rejected);
    let places = evidence.plan.queue?;
    let first = rejected.iter().filter_map(|task| evidence.times[task.index()].finish).min()?;
    let (workers, each) = match evidence.plan.workers {
        Workers::Fixed(workers) => (workers, false),
        Workers::Split(workers) => (workers, true),
        Workers::PerTask => return None,
    };
    let all = evidence.times.len();
    #[expect(clippy::cast_precision_loss, reason = "a share, shown in whole percent")]
    let share = rejected.len() as f64 / all as f64;
    let text = if each {
        Text::new(
            "{} of {} were rejected, {}, the first at {}: each of the {} workers has a queue of {}, and theirs was full. Slow whoever sends, or make room.",
            "{} de {} foram recusadas, {}, a primeira em {}: cada um dos {} trabalhadores tem uma fila de {}, e a delas estava cheia. Freie quem envia, ou abra espaço.",
        )
    } else {
        Text::new(
            "{} of {} were rejected, {}, the first at {}: workers, {}, were all held, and the queue, of {}, was full. Slow whoever sends, or make room.",
            "{} de {} foram recusadas, {}, a primeira em {}: os trabalhadores, {}, estavam todos ocupados, e a fila, de {}, cheia. Freie quem envia, ou abra espaço.",
        )
    };
    let text = Sentence::new(|lang| {
        text.fill(lang, &[&rejected.len(), &tasks(all, lang), &percent(share), &first, &workers, &places])
    });
    Some(Finding { text, tasks: rejected })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::Cause;

    fn guests(last: State) -> Story {
        let mut story =
            Story::of("thread-pool", "HEAD [[task]]\nname = \"guest\"\ncount = 3\nsteps = [{ io = \"20ms\" }]")
                .with("workers", 1)
                .with("queue", 1);
        story.at(0, 0, State::Io, Cause::Blocking).at(20, 0, State::Done, Cause::None);
        story.at(0, 1, State::Ready, Cause::Queued).at(20, 1, State::Io, Cause::Blocking);
        story.at(40, 1, State::Done, Cause::None);
        story.at(5, 2, State::Ready, Cause::Queued).at(5, 2, last, Cause::Queued);
        story
    }

    #[test]
    fn who_was_turned_away_is_counted() {
        let found = guests(State::Rejected).finds("rejected-work").unwrap();
        assert_eq!(
            found.text.get(Lang::En),
            "1 of 3 tasks were rejected, 33 %, the first at 5.00 ms: workers, 1, were all held, and the queue, of 1, was \
             full. Slow whoever sends, or make room."
        );
        assert_eq!(found.tasks, [Task(2)]);
    }

    #[test]
    fn work_that_failed_was_not_turned_away() {
        assert_eq!(guests(State::Failed).finds("rejected-work"), None);
    }
}
