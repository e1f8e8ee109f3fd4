//! Tasks queued for a worker while every worker was held by a task that itself computed or waited, at least one of
//! them waited, and the run left a core unused: with more workers more tasks would have waited at once, and all would
//! have been done sooner. Where no order of these tasks could have ended much sooner, nothing was too small.

use super::evidence::Evidence;
use super::words::{Sentence, percent, tasks};
use super::{Finding, Rule, Weight};
use crate::analysis::theory;
use crate::lang::Text;
use crate::model::{WORKERS, Workers};
use crate::time::Nanos;
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
    let short = evidence
        .when(|level| level.queued > 0 && level.waiting > 0 && level.leaves_core(cores) && level.held() >= workers);
    let share = evidence.share(short.total());
    if share < SHARE_MIN {
        return None;
    }
    if gain(evidence).is_none_or(|gain| gain < SHARE_MIN) {
        return None;
    }
    let held_up = evidence.held_up(&short, |span| (span.state, span.cause) == (State::Ready, Cause::Queued));
    let longest = held_up.iter().map(|(_, time)| *time).max()?;
    let text = if workers == 1 {
        Text::new(
            "{} queued for the worker, up to {}, while the task that held it was itself waiting and the run left a core unused: {} of its time.",
            "{} na fila do trabalhador, por até {}, enquanto a tarefa que o ocupava também esperava e a execução deixava um núcleo sem uso: {} do tempo dela.",
        )
    } else {
        Text::new(
            "{} queued for a worker, up to {}, while all workers were held, some only waiting, and the run left a core unused: {} of its time. With more workers, more tasks could have waited at the same time.",
            "{} na fila por um trabalhador, por até {}, com todos ocupados, alguns só esperando, e a execução deixando um núcleo sem uso: {} do tempo dela. Com mais trabalhadores, mais tarefas poderiam esperar ao mesmo tempo.",
        )
    };
    let text = Sentence::new(|lang| text.fill(lang, &[&tasks(held_up.len(), lang), &longest, &percent(share)]));
    Some(Finding { text, tasks: held_up.into_iter().map(|(task, _)| task).collect() })
}

/// How much sooner all could have been done with however many workers, at the most, as a share of the time that it took
/// from the last arrival on: nobody is done before that one has come.
fn gain(evidence: &Evidence<'_>) -> Option<f64> {
    let arrivals = || evidence.times.iter().filter_map(|times| times.arrive);
    let makespan = evidence.metrics.makespan;
    let least = theory::of_run(evidence.run).map_or(Nanos::ZERO, |theory| theory.lower_bound);
    (makespan - least).ratio(makespan - (arrivals().max()? - arrivals().min()?))
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
        assert!(text.contains("50 % of its time"), "{text}");
        assert_eq!(found.tasks, [Task(2)]);
    }

    /// One that waits for 500 ms, and twenty of 24 ms behind the other worker.
    #[test]
    fn silent_where_the_longest_task_alone_takes_as_long() {
        let long = |millis: i64| {
            let scenario = format!(
                "HEAD [[task]]\nname = \"long\"\nsteps = [{{ io = \"{millis}ms\" }}]\n\
                 [[task]]\nname = \"short\"\ncount = 20\nsteps = [{{ io = \"24ms\" }}]"
            );
            let mut story = Story::of("thread-pool", &scenario).workers(2);
            story.at(0, 0, State::Io, Cause::Blocking).at(millis, 0, State::Done, Cause::None);
            for (task, start) in (1..=20).zip((0..).step_by(24)) {
                story.at(0, task, State::Ready, Cause::Queued).at(start, task, State::Io, Cause::Blocking);
                story.at(start + 24, task, State::Done, Cause::None);
            }
            story.finds("pool-too-small")
        };
        assert_eq!(long(500), None);
        assert!(long(100).is_some());
    }

    /// Fifty requests come, one each 10 ms, and take 30 ms each: two workers fall behind, the longer the further.
    #[test]
    fn a_queue_that_grows_as_long_as_they_come_is_told() {
        let scenario = "HEAD [[task]]\nname = \"request\"\ncount = 50\narrive = { every = \"10ms\" }\n\
                        steps = [{ io = \"30ms\" }]";
        let mut story = Story::of("thread-pool", scenario).workers(2);
        for (task, arrival) in (0..50).zip((0..).step_by(10)) {
            let start = arrival.max(15 * i64::from(task));
            story.at(arrival, task, State::Ready, Cause::Queued).at(start, task, State::Io, Cause::Blocking);
            story.at(start + 30, task, State::Done, Cause::None);
        }
        assert!(story.finds("pool-too-small").is_some());
    }

    /// More who stand before a lock or the system's door would be no sooner through.
    #[test]
    fn silent_where_those_who_hold_workers_stand_before_a_lock() {
        let mut story = three("thread-pool", State::Blocked).workers(2);
        assert!(story.finds("pool-too-small").is_some(), "for others to come");
        for cause in [Cause::Lock, Cause::Gil, Cause::Connection, Cause::System] {
            story.blame(State::Blocked, cause);
            assert_eq!(story.finds("pool-too-small"), None, "{cause:?}");
        }
    }

    #[test]
    fn silent_where_workers_compute_are_no_parameter_or_are_free() {
        assert_eq!(three("thread-pool", State::Running).workers(2).finds("pool-too-small"), None);
        assert_eq!(three("sequential", State::Io).finds("pool-too-small"), None);
        assert_eq!(three("thread-pool", State::Io).workers(3).finds("pool-too-small"), None);
    }
}
