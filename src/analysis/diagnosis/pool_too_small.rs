//! Tasks queued for a worker while every worker was held by a task that itself computed or waited, at least one of
//! them waited, and a core stood idle: more workers would have used it.

use super::evidence::Evidence;
use super::words::{Sentence, percent, tasks};
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::model::{WORKERS, Workers};
use crate::trace::{Cause, State};

pub(super) static RULE: Rule = Rule {
    id: "pool-too-small",
    title: Text::new("Pool too small", "Pool pequeno demais"),
    weight: Weight::Slow,
    find,
};

/// Of the makespan.
const SHARE_MIN: f64 = 0.2;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let Workers::Fixed(workers) = evidence.plan.workers else { return None };
    let is_pool = evidence.run.choice.model.params.iter().any(|param| param.key == WORKERS.key);
    // Tasks that wait for each other in a circle are a deadlock's matter.
    if !is_pool || !evidence.tasks_hold_workers() || !evidence.ended(State::Deadlocked).is_empty() {
        return None;
    }
    let cores = evidence.run.cores;
    let short = evidence.when(|level| {
        let held = level.running + level.coreless + level.waiting;
        level.queued > 0 && level.waiting > 0 && level.running + level.coreless < cores && held >= workers
    });
    let share = evidence.share(short.total());
    if share < SHARE_MIN {
        return None;
    }
    let held_up = evidence.held_up(&short, |span| (span.state, span.cause) == (State::Ready, Cause::Queued));
    let longest = held_up.iter().map(|(_, time)| *time).max()?;
    let text = if workers == 1 {
        Text::new(
            "{} queued for the worker, up to {}, while the task that held it was itself waiting and a core stood idle: {} of the run.",
            "{} na fila do trabalhador, por até {}, enquanto a tarefa que o ocupava também esperava e um núcleo estava ocioso: {} da execução.",
        )
    } else {
        Text::new(
            "{} queued for a worker, up to {}, while all workers were held, some only waiting, and a core stood idle: {} of the run. A larger pool would have waited more at once.",
            "{} na fila por um trabalhador, por até {}, enquanto todos estavam ocupados, alguns só esperando, e um núcleo estava ocioso: {} da execução. Um pool maior esperaria mais de uma vez.",
        )
    };
    let text = Sentence::new(|lang| text.fill(lang, &[&tasks(held_up.len(), lang), &longest, &percent(share)]));
    Some(Finding { text, tasks: held_up.into_iter().map(|(task, _)| task).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::Task;

    fn three(model: &str, holds: State) -> Story {
        let mut story = Story::of(model, "HEAD [[task]]\nname = \"egg\"\ncount = 3\nsteps = [{ io = \"200ms\" }]");
        for (task, start) in [(0, 0), (1, 0), (2, 200)] {
            let cause = if holds == State::Io { Cause::Blocking } else { Cause::None };
            story.at(0, task, State::Ready, Cause::Queued).at(start, task, holds, cause);
            story.at(start + 200, task, State::Done, Cause::None);
        }
        story
    }

    #[test]
    fn a_queue_behind_workers_that_only_wait() {
        let found = three("thread-pool", State::Io).workers(2).finds("pool-too-small").unwrap();
        let text = found.text.get(Lang::En);
        assert!(text.starts_with("1 task queued for a worker, up to 200 ms, while all workers were held"), "{text}");
        assert!(text.contains("50 % of the run"), "{text}");
        assert_eq!(found.tasks, [Task(2)]);
    }

    #[test]
    fn silent_where_workers_compute_are_no_parameter_or_are_free() {
        assert_eq!(three("thread-pool", State::Running).workers(2).finds("pool-too-small"), None);
        assert_eq!(three("sequential", State::Io).finds("pool-too-small"), None);
        assert_eq!(three("thread-pool", State::Io).workers(3).finds("pool-too-small"), None);
    }
}
