//! Tasks that waited for the interpreter lock while a core stood idle: parallel work that the lock made serial.

use super::evidence::Evidence;
use super::stretches::Stretches;
use super::words::{Sentence, percent, tasks};
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::time::Nanos;
use crate::trace::{Cause, Span, State};

pub(super) static RULE: Rule =
    Rule { id: "gil-bound", title: Text::new("Bound by the GIL", "Limitado pelo GIL"), weight: Weight::Slow, find };

/// Of the makespan, with somebody before the lock and a core idle.
const SHARE_MIN: f64 = 0.2;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    evidence.plan.gil?;
    let is_wait = |span: &Span| (span.state, span.cause) == (State::Blocked, Cause::Gil);
    let mut waits: Vec<Span> = evidence.run.trace.spans().filter(is_wait).collect();
    waits.sort_unstable_by_key(|span| span.start);
    let somebody = Stretches::of(waits.iter().map(|span| (span.start, span.end)));
    if evidence.share(somebody.total()) < SHARE_MIN {
        return None;
    }
    let time = evidence.idle_within(&somebody);
    let share = evidence.share(time);
    if share < SHARE_MIN {
        return None;
    }
    let waited: Nanos = waits.iter().map(Span::length).sum();
    let waiters = evidence.held_up(&somebody, is_wait);
    let text = Text::new(
        "{} waited for the GIL, {} in all; for {} of the run somebody waited for it while a core stood idle. Only code that releases it, or other processes, could use that core.",
        "{} à espera do GIL, {} ao todo; em {} da execução alguém o esperava com um núcleo ocioso. Só código que o solta, ou outros processos, poderia usar esse núcleo.",
    );
    let text = Sentence::new(|lang| text.fill(lang, &[&tasks(waiters.len(), lang), &waited, &percent(share)]));
    Some(Finding { text, tasks: waiters.into_iter().map(|(task, _)| task).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::{LoadSample, Task};

    fn two(waits_for: Cause) -> Story {
        let mut story =
            Story::of("gil-threads", "HEAD [[task]]\nname = \"sum\"\ncount = 2\nsteps = [{ cpu = \"50ms\" }]");
        story.at(0, 0, State::Running, Cause::None).at(50, 0, State::Done, Cause::None);
        story.at(0, 1, State::Blocked, waits_for).at(50, 1, State::Running, Cause::None);
        story.at(100, 1, State::Done, Cause::None);
        story
    }

    #[test]
    fn a_core_idle_while_somebody_waits_for_the_gil() {
        let found = two(Cause::Gil).finds("gil-bound").unwrap();
        let text = found.text.get(Lang::En);
        assert!(text.starts_with("1 task waited for the GIL, 50.0 ms in all; for 50 % of the run"), "{text}");
        assert_eq!(found.tasks, [Task(1)]);
    }

    #[test]
    fn a_core_that_other_programs_had_is_not_idle() {
        let mut story = two(Cause::Gil);
        story.load = vec![LoadSample { time: Nanos::from_millis(100), others_busy: 1.0 }];
        assert_eq!(story.finds("gil-bound"), None);
    }

    #[test]
    fn other_locks_and_full_cores_are_silent() {
        assert_eq!(two(Cause::Lock).finds("gil-bound"), None);
        let mut run = two(Cause::Gil).run();
        run.cores = 1;
        assert!(crate::analysis::diagnosis::diagnose(&run).iter().all(|found| found.id != "gil-bound"));
    }
}
