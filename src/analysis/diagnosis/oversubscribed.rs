//! More tasks computing at once than there are cores: they take turns, and each turn is a switch.

use super::evidence::{Evidence, Level};
use super::words::Sentence;
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::time::Nanos;
use crate::trace::{Cause, Span, State, Task};

pub(super) static RULE: Rule =
    Rule {
        id: "oversubscribed", title: Text::new("Oversubscribed", "Núcleos disputados"), weight: Weight::Slow, find
    };

/// Off the core, against on it.
const SHARE_MIN: f64 = 0.2;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let cores = evidence.run.cores;
    let wanted = |level: &Level| level.running + level.coreless;
    let most = evidence.levels.iter().map(wanted).max()?;
    // With that many at once, so long somebody has to stand by, even when the computer has nothing else to do.
    let excess = |level: &Level| level.length * i64::from(wanted(level).saturating_sub(cores));
    let off: Nanos = evidence.levels.iter().map(excess).sum();
    off.ratio(evidence.metrics.running).filter(|share| *share >= SHARE_MIN)?;
    let crowded = evidence.when(|level| wanted(level) > cores);
    let is_preempted = |span: &Span| (span.state, span.cause) == (State::Ready, Cause::Preempted);
    let preempted = evidence.run.trace.spans().filter(is_preempted);
    let mut tasks: Vec<Task> =
        preempted.filter(|span| crowded.overlap(span.start, span.end) > Nanos::ZERO).map(|span| span.task).collect();
    let times = tasks.len();
    tasks.dedup();
    if tasks.is_empty() {
        return None;
    }
    let text = if cores == 1 {
        Text::new(
            "Up to {} tasks wanted the {} core at once. Preemptions: {}; together off the core for {}. They took turns; none got done sooner for it.",
            "Até {} tarefas quiseram o {} núcleo ao mesmo tempo. Preempções: {}; juntas, fora do núcleo por {}. Elas se revezaram; nenhuma terminou antes por isso.",
        )
    } else {
        Text::new(
            "Up to {} tasks wanted {} cores at once. Preemptions: {}; together off the cores for {}. They took turns; more threads than cores compute no faster.",
            "Até {} tarefas quiseram {} núcleos ao mesmo tempo. Preempções: {}; juntas, fora dos núcleos por {}. Elas se revezaram; mais threads que núcleos não calculam mais rápido.",
        )
    };
    Some(Finding { text: Sentence::fill(text, &[&most, &cores, &times, &off]), tasks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;

    /// `count` tasks on two cores; the last is off its core half of the time.
    fn some(count: u32) -> Story {
        let scenario = format!("HEAD [[task]]\nname = \"sum\"\ncount = {count}\nsteps = [{{ cpu = \"100ms\" }}]");
        let mut story = Story::of("threads", &scenario);
        for task in 0..count {
            story.at(0, task, State::Running, Cause::None).at(100, task, State::Done, Cause::None);
        }
        story.at(10, count - 1, State::Ready, Cause::Preempted).at(90, count - 1, State::Running, Cause::None);
        story
    }

    #[test]
    fn more_computing_than_cores() {
        let found = some(3).finds("oversubscribed").unwrap();
        let text = found.text.get(Lang::En);
        let start = "Up to 3 tasks wanted 2 cores at once. Preemptions: 1; together off the cores for 100 ms.";
        assert!(text.starts_with(start), "{text}");
        assert_eq!(found.tasks, [Task(2)]);
    }

    #[test]
    fn preempted_by_other_programs_is_not_oversubscribed() {
        assert_eq!(some(2).finds("oversubscribed"), None);
    }
}
