//! More tasks computing at once than there are cores: some are taken off in the middle to let others on, and each such
//! turn is a switch. Who is done sooner by that, and who later, is the scheduler's choice; all together are not.

use super::evidence::{Evidence, Level};
use super::stretches::Stretches;
use super::words::Sentence;
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::scenario::Engine;
use crate::time::Nanos;
use crate::trace::{Cause, Span, State, Task};

pub(super) static RULE: Rule =
    Rule {
        id: "oversubscribed", title: Text::new("Oversubscribed", "Núcleos disputados"), weight: Weight::Slow, find
    };

/// Preempted, against on a core; and of the makespan, with somebody preempted.
const SHARE_MIN: f64 = 0.2;
/// Of the cores, that the tasks themselves had while they were too many: else something else took them. On an imagined
/// computer there is nothing else but what switching costs.
const RUNNING_MIN: f64 = 0.25;
/// Against on a core, on an imagined computer: what overheads take is worth a word then.
const OVERHEAD_MIN: f64 = 0.5;
/// Preemptions for each core: who gave way once or twice, to the more urgent or at the start, did not take turns.
const PREEMPTIONS_MIN: u32 = 3;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let cores = evidence.run.cores;
    let is_preempted = |span: &Span| (span.state, span.cause) == (State::Ready, Cause::Preempted);
    let enough = |off: Nanos| off.ratio(evidence.metrics.running).is_some_and(|share| share >= SHARE_MIN);
    if !enough(evidence.run.trace.spans().filter(is_preempted).map(|span| span.length()).sum()) {
        return None;
    }
    let wanted = |level: &Level| level.running + level.coreless;
    let most = evidence.levels().map(|level| wanted(&level)).max()?;
    // Only then are preemptions these tasks' own doing, and no other program's.
    let is_crowded = |level: &Level| wanted(level) > cores;
    let crowded = evidence.when(is_crowded);
    let on_cores = evidence.levels().filter(is_crowded).map(|level| level.length.secs() * f64::from(level.running));
    let is_measured = evidence.run.engine == Engine::Measured;
    if is_measured && on_cores.sum::<f64>() < RUNNING_MIN * f64::from(cores) * crowded.total().secs() {
        return None;
    }
    let (mut tasks, mut off, mut stretches): (Vec<Task>, Nanos, Vec<(Nanos, Nanos)>) = (vec![], Nanos::ZERO, vec![]);
    for span in evidence.run.trace.spans().filter(is_preempted) {
        let time = crowded.overlap(span.start, span.end);
        if time > Nanos::ZERO {
            off += time;
            tasks.push(span.task);
            stretches.push((span.start, span.end));
        }
    }
    let times = tasks.len();
    if !enough(off) || times < (cores * PREEMPTIONS_MIN) as usize {
        return None;
    }
    stretches.sort_unstable();
    if evidence.share(Stretches::of(stretches.into_iter()).total()) < SHARE_MIN {
        return None;
    }
    tasks.dedup();
    let text = if cores == 1 {
        Text::new(
            "Up to {} tasks wanted the {} core at once. Preemptions: {}; the preempted stood off the core for {} together. Turns decide who is done first; all together are done no sooner.",
            "Até {} tarefas quiseram o {} núcleo ao mesmo tempo. Preempções: {}; as preemptadas ficaram fora do núcleo por {}, somadas. Revezar decide quem termina primeiro; todas juntas não terminam antes.",
        )
    } else {
        Text::new(
            "Up to {} tasks wanted {} cores at once. Preemptions: {}; the preempted stood off the cores for {} together. Turns decide who is done first; more threads than cores compute no faster.",
            "Até {} tarefas quiseram {} núcleos ao mesmo tempo. Preempções: {}; as preemptadas ficaram fora dos núcleos por {}, somadas. Revezar decide quem termina primeiro; mais threads que núcleos não calculam mais rápido.",
        )
    };
    let (overhead, running) = (evidence.metrics.overhead, evidence.metrics.running);
    let is_costly = !is_measured && overhead.ratio(running).is_some_and(|share| share >= OVERHEAD_MIN);
    let cost = Text::new(
        " Computing took {} of the cores' time; starting, switching and other overheads, {}.",
        " Calcular tomou {} do tempo dos núcleos; iniciar, trocar e outros custos, {}.",
    );
    let text = Sentence::new(|lang| {
        let mut words = text.fill(lang, &[&most, &cores, &times, &off]);
        if is_costly {
            words.push_str(&cost.fill(lang, &[&running, &overhead]));
        }
        words
    });
    Some(Finding { text, tasks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;

    /// `count` tasks on two cores; the last is off its core eight times, most of the time.
    fn some(count: u32) -> Story {
        in_turns(count, 8, 100)
    }

    /// The same with so many turns of 10 ms, and IO until then.
    fn in_turns(count: u32, turns: usize, until: i64) -> Story {
        let scenario = format!("HEAD [[task]]\nname = \"sum\"\ncount = {count}\nsteps = [{{ cpu = \"100ms\" }}]");
        let mut story = Story::of("threads", &scenario);
        for task in 0..count {
            story.at(0, task, State::Running, Cause::None).at(100, task, State::Io, Cause::Blocking);
            story.at(until, task, State::Done, Cause::None);
        }
        for start in (10..).step_by(10).take(turns) {
            story.at(start, count - 1, State::Ready, Cause::Preempted);
            story.at(start + 9, count - 1, State::Running, Cause::None);
        }
        story
    }

    #[test]
    fn more_computing_than_cores() {
        let found = some(3).finds("oversubscribed").unwrap();
        let text = found.text.get(Lang::En);
        let start = "Up to 3 tasks wanted 2 cores at once. Preemptions: 8; the preempted stood off the cores for 72.0 ms together.";
        assert!(text.starts_with(start), "{text}");
        assert_eq!(found.tasks, [Task(2)]);
    }

    /// Who waits for its first core, or for the next one after IO, is not preempted.
    #[test]
    fn waiting_for_a_core_in_line_is_not_oversubscribed() {
        let mut story =
            Story::of("threads", "HEAD [[task]]\nname = \"sum\"\ncount = 2\nsteps = [{ cpu = \"100ms\" }]").cores(1);
        story.at(0, 0, State::Running, Cause::None).at(100, 0, State::Done, Cause::None);
        story.at(0, 1, State::Ready, Cause::NoCore).at(100, 1, State::Running, Cause::None);
        story.at(150, 1, State::Ready, Cause::Preempted).at(151, 1, State::Running, Cause::None);
        story.at(200, 1, State::Done, Cause::None);
        assert_eq!(story.finds("oversubscribed"), None);
    }

    #[test]
    fn who_gave_way_a_few_times_did_not_take_turns() {
        assert_eq!(in_turns(3, 5, 100).finds("oversubscribed"), None);
        assert_eq!(in_turns(3, 8, 900).finds("oversubscribed"), None, "a moment of a run that waited");
    }

    /// Twenty threads that were preempted while they were being begun; none of them computes.
    #[test]
    fn who_hardly_ran_did_not_crowd_the_cores() {
        let crowd = |runs: bool| {
            let scenario = "HEAD [[task]]\nname = \"call\"\ncount = 20\nsteps = [{ io = \"100ms\" }]";
            let mut story = Story::of("threads", scenario);
            for task in 0..20 {
                let from = if runs && task < 2 { 0 } else { 90 };
                story.at(0, task, State::Ready, Cause::Preempted).at(from, task, State::Running, Cause::None);
                story.at(91, task, State::Done, Cause::None);
            }
            story.finds("oversubscribed").is_some()
        };
        assert!(crowd(true));
        assert!(!crowd(false));
    }

    #[test]
    fn preempted_by_other_programs_is_not_oversubscribed() {
        assert_eq!(some(2).finds("oversubscribed"), None);
    }
}
