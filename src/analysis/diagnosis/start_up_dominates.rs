//! Making the workers took longer than anything they then did.

use super::evidence::{Evidence, tasks_of};
use super::stretches::Stretches;
use super::words::{Sentence, percent, tasks};
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::model::Workers;
use crate::time::Nanos;
use crate::trace::{Span, State};

pub(super) static RULE: Rule = Rule {
    id: "start-up-dominates",
    title: Text::new("Start-up dominates", "A criação domina"),
    weight: Weight::Slow,
    find,
};

/// Of the makespan, with somebody starting.
const SHARE_MIN: f64 = 0.5;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let starts = evidence.spans_in(State::Starting);
    let somebody = Stretches::of_spans(&starts).total();
    let share = evidence.share(somebody);
    if share < SHARE_MIN {
        return None;
    }
    let together: Nanos = starts.iter().map(Span::length).sum();
    let mean = together / i64::try_from(starts.len()).ok()?;
    let begun = tasks_of(&starts);
    let remedy = if evidence.plan.workers == Workers::PerTask {
        Text::new("A pool is made once and used by all.", "Um pool é criado uma vez e serve a todas.")
    } else {
        Text::new(
            "Make the workers before they are needed, or give each more to do.",
            "Crie os trabalhadores antes de precisar deles, ou dê mais trabalho a cada um.",
        )
    };
    let running = evidence.metrics.running;
    let text = Text::new(
        "For {}, {} of the run, workers were being made, for {} and {} each on average; all tasks together ran for {}. {}",
        "Por {}, {} da execução, trabalhadores estavam sendo criados, para {} e em média {} cada; todas as tarefas juntas executaram por {}. {}",
    );
    let text = Sentence::new(|lang| {
        let count = tasks(begun.len(), lang);
        text.fill(lang, &[&somebody, &percent(share), &count, &mean, &running, &remedy.get(lang)])
    });
    Some(Finding { text, tasks: begun })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::{Cause, Task};

    /// Two tasks of so many milliseconds, each begun 4 ms after it arrived.
    fn two(model: &str, before: State, millis: i64) -> Story {
        let mut story = Story::of(model, "HEAD [[task]]\nname = \"sum\"\ncount = 2\nsteps = [{ cpu = \"1ms\" }]");
        for task in 0..2 {
            story.at(0, task, before, Cause::None).at(4, task, State::Running, Cause::None);
            story.at(4 + millis, task, State::Done, Cause::None);
        }
        story
    }

    #[test]
    fn more_starting_than_doing() {
        let found = two("threads", State::Starting, 1).finds("start-up-dominates").unwrap();
        assert_eq!(
            found.text.get(Lang::En),
            "For 4.00 ms, 80 % of the run, workers were being made, for 2 tasks and 4.00 ms each on average; all tasks \
             together ran for 2.00 ms. A pool is made once and used by all."
        );
        assert_eq!(found.tasks, [Task(0), Task(1)]);
        let processes = two("processes", State::Starting, 1).finds("start-up-dominates").unwrap();
        assert!(processes.text.get(Lang::En).ends_with("or give each more to do."));
    }

    #[test]
    fn long_tasks_and_tasks_that_only_wait_are_silent() {
        assert_eq!(two("threads", State::Starting, 6).finds("start-up-dominates"), None);
        assert_eq!(two("threads", State::Ready, 1).finds("start-up-dominates"), None);
    }
}
