//! Cores idle, of other programs too, while tasks were ready and nobody waited: the model could not bring the two
//! together, or the system's scheduler did not.

use super::evidence::{Evidence, Level};
use super::left_idle::{is_taken_off, left_idle, taken_off};
use super::stretches::Stretches;
use super::words::{Sentence, percent, tasks};
use super::{Finding, Rule, Weight};
use crate::analysis::utilization::Stretch;
use crate::lang::Text;
use crate::model::Workers;
use crate::time::Nanos;
use crate::trace::{Cause, State};

pub(super) static RULE: Rule =
    Rule { id: "idle-cores", title: Text::new("Idle cores", "Núcleos ociosos"), weight: Weight::Slow, find };

/// Of the makespan.
const SHARE_MIN: f64 = 0.2;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let cores = evidence.run.cores;
    let because = match evidence.plan.workers {
        Workers::Split(_) => Text::new(
            "They belonged to workers that were busy, and nobody else may take them.",
            "Elas pertenciam a trabalhadores ocupados, e ninguém mais pode pegá-las.",
        ),
        Workers::Fixed(1) => Text::new("One thread can use one core.", "Uma thread só usa um núcleo."),
        Workers::Fixed(workers) if workers < cores => {
            Text::new("There were fewer workers than cores.", "Havia menos trabalhadores que núcleos.")
        }
        Workers::Fixed(_) | Workers::PerTask => return by_the_system(evidence),
    };
    let holds = evidence.tasks_hold_workers();
    let is_lost =
        |level: &Level| level.queued > 0 && level.running > 0 && (!holds || level.waiting + level.stalled == 0);
    let time: Nanos = evidence.idle_levels(is_lost).map(|(_, idle)| idle).sum();
    let share = evidence.share(time);
    if share < SHARE_MIN {
        return None;
    }
    let idle = evidence.idle_levels(is_lost).map(|(level, _)| (level.start, level.start + level.length));
    let idle = Stretches::of(idle);
    let held_up = evidence.held_up(&idle, |span| (span.state, span.cause) == (State::Ready, Cause::Queued));
    let text = Text::new(
        "For {}, {} of the run, a core stood idle while tasks were ready; {} had to wait. {}",
        "Por {}, {} da execução, um núcleo ficou ocioso havendo tarefas prontas, com {} à espera. {}",
    );
    let text = Sentence::new(|lang| {
        let waited = tasks(held_up.len(), lang);
        text.fill(lang, &[&time, &percent(share), &waited, &because.get(lang)])
    });
    Some(Finding { text, tasks: held_up.into_iter().map(|(task, _)| task).collect() })
}

/// Threads took turns on one core beside another that nobody used.
fn by_the_system(evidence: &Evidence<'_>) -> Option<Finding> {
    let stood: Nanos = taken_off(evidence.run).map(Stretch::length).sum();
    // Of millions of spans this is soon known, and mostly enough.
    if evidence.share(stood) < SHARE_MIN {
        return None;
    }
    let left = Stretches::united(left_idle(evidence.run).into_iter().flatten());
    let share = evidence.share(left.total());
    if share < SHARE_MIN {
        return None;
    }
    let held_up = evidence.held_up(&left, is_taken_off);
    let text = Text::new(
        "For {}, {} of the run, a core stood idle while threads that could go on took turns on another: the scheduler did not move them. {} had to wait.",
        "Por {}, {} da execução, um núcleo ficou ocioso enquanto threads prontas se revezavam em outro: o escalonador não as moveu. {} à espera.",
    );
    let text = Sentence::new(|lang| {
        let waited = tasks(held_up.len(), lang);
        text.fill(lang, &[&left.total(), &percent(share), &waited])
    });
    Some(Finding { text, tasks: held_up.into_iter().map(|(task, _)| task).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::{Core, LoadSample, Task};

    fn two_in_turn(model: &str, state: State) -> Story {
        let mut story = Story::of(model, "HEAD [[task]]\nname = \"sum\"\ncount = 2\nsteps = [{ cpu = \"50ms\" }]");
        story.at(0, 0, state, Cause::Blocking).at(50, 0, State::Done, Cause::None);
        story.at(0, 1, State::Ready, Cause::Queued).at(50, 1, state, Cause::Blocking);
        story.at(100, 1, State::Done, Cause::None);
        story
    }

    #[test]
    fn a_core_idle_beside_ready_tasks() {
        let found = two_in_turn("sequential", State::Running).finds("idle-cores").unwrap();
        assert_eq!(
            found.text.get(Lang::En),
            "For 50.0 ms, 50 % of the run, a core stood idle while tasks were ready; 1 task had to wait. One thread can use \
             one core."
        );
        assert_eq!(found.tasks, [Task(1)]);
        let split = two_in_turn("static-split", State::Running).finds("idle-cores").unwrap();
        assert!(split.text.get(Lang::En).contains("nobody else may take them"));
    }

    #[test]
    fn a_core_that_other_programs_had_is_not_idle() {
        let others = |others_busy: f64| {
            let mut story = two_in_turn("sequential", State::Running);
            story.load = vec![LoadSample { time: Nanos::from_millis(100), others_busy }];
            story.finds("idle-cores")
        };
        assert_eq!(others(0.9), None);
        let found = others(0.2).unwrap();
        assert!(found.text.get(Lang::En).starts_with("For 40.0 ms, 40 % of the run, a core stood idle"));
    }

    #[test]
    fn cores_idle_because_tasks_wait_are_silent() {
        assert_eq!(two_in_turn("sequential", State::Io).finds("idle-cores"), None);
        assert_eq!(two_in_turn("thread-pool", State::Running).finds("idle-cores"), None, "no reason is known");
    }

    #[test]
    fn threads_that_are_left_on_one_core() {
        let found = |moved: i64| {
            let mut story =
                Story::of("threads", "HEAD [[task]]\nname = \"sum\"\ncount = 2\nsteps = [{ cpu = \"50ms\" }]");
            let mut at = |millis, task, state, cause, core| {
                story.at(millis, task, state, cause).on_core(Core(core));
            };
            at(0, 0, State::Running, Cause::None, 0);
            at(1, 0, State::Ready, Cause::Preempted, 0);
            at(1, 1, State::Running, Cause::None, 0);
            at(moved, 0, State::Running, Cause::None, 1);
            at(100, 0, State::Done, Cause::None, 1);
            at(100, 1, State::Done, Cause::None, 0);
            story.finds("idle-cores")
        };
        assert_eq!(found(20), None);
        let found = found(31).unwrap();
        assert_eq!(
            found.text.get(Lang::En),
            "For 30.0 ms, 30 % of the run, a core stood idle while threads that could go on took turns on another: the \
             scheduler did not move them. 1 task had to wait."
        );
        assert_eq!(found.tasks, [Task(0)]);
    }
}
