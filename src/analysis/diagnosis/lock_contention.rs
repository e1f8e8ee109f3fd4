//! A lock before which tasks stood for a good part of the run.

use std::collections::BTreeMap;

use super::evidence::{Evidence, tasks_of};
use super::stretches::Stretches;
use super::words::{Sentence, percent, tasks};
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::time::Nanos;
use crate::trace::{Cause, Resource, Span, State};

pub(super) static RULE: Rule =
    Rule { id: "lock-contention", title: Text::new("Lock contention", "Disputa por lock"), weight: Weight::Slow, find };

/// Of the makespan, with somebody before the lock.
const SHARE_MIN: f64 = 0.3;
/// Fewer waits are order, not contention.
const WAITS_MIN: usize = 3;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let run = evidence.run;
    let served = |span: &Span| evidence.times[span.task.index()].outcome != Some(State::Deadlocked);
    let mut by_lock: BTreeMap<Resource, Vec<Span>> = BTreeMap::new();
    for span in run.trace.spans().filter(|span| (span.state, span.cause) == (State::Blocked, Cause::Lock)) {
        if served(&span) {
            by_lock.entry(span.resource).or_default().push(span);
        }
    }
    let measured = by_lock.into_iter().map(|(lock, mut spans)| {
        spans.sort_unstable_by_key(|span| span.start);
        let somebody = Stretches::of_spans(&spans).total();
        (somebody, lock, spans)
    });
    let (somebody, lock, spans) = measured.max_by_key(|(somebody, ..)| *somebody)?;
    let share = evidence.share(somebody);
    if share < SHARE_MIN || spans.len() < WAITS_MIN {
        return None;
    }
    let waited: Nanos = spans.iter().map(Span::length).sum();
    let waiters = tasks_of(&spans);
    let name = lock.get().and_then(|at| run.resources.get(at))?;
    let text = Text::new(
        "{} waited for {}, {} in all; for {} of the run somebody stood before it. One task at a time can hold it, however many cores there are.",
        "{} à espera de {}, {} ao todo; em {} da execução havia alguém esperando. Só uma tarefa por vez o segura, por mais núcleos que haja.",
    );
    let text = Sentence::new(|lang| text.fill(lang, &[&tasks(waiters.len(), lang), name, &waited, &percent(share)]));
    Some(Finding { text, tasks: waiters })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::{Story, two_locks};
    use crate::lang::Lang;
    use crate::trace::{Peer, Task};

    /// The second task waits for the lock three times, each time so long of 120 ms.
    fn one_waits(millis: i64) -> Story {
        let steps = "[{ repeat = 3, steps = [{ lock = \"oven\" }, { cpu = \"9ms\" }, { unlock = \"oven\" }] }]";
        let scenario = format!("HEAD [[task]]\nname = \"cake\"\ncount = 2\nsteps = {steps}");
        let mut story = Story::of("threads", &scenario);
        story.at(0, 0, State::Running, Cause::None).at(120, 0, State::Done, Cause::None);
        for start in [0, 40, 80] {
            story.at(start, 1, State::Running, Cause::None);
            story.on(start + 1, 1, State::Blocked, Cause::Lock, Peer::task(Task(0)), Resource(0));
            story.at(start + 1 + millis, 1, State::Running, Cause::None);
        }
        story.at(120, 1, State::Done, Cause::None);
        story
    }

    #[test]
    fn standing_before_a_lock_is_told() {
        let found = one_waits(20).finds("lock-contention").unwrap();
        let text = found.text.get(Lang::En);
        assert!(text.starts_with("1 task waited for oven, 60.0 ms in all; for 50 % of the run"), "{text}");
        assert_eq!(found.tasks, [Task(1)]);
    }

    #[test]
    fn a_short_wait_and_a_deadlock_are_not_contention() {
        assert_eq!(one_waits(5).finds("lock-contention"), None);
        assert_eq!(two_locks().finds("lock-contention"), None);
    }
}
