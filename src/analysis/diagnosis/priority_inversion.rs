//! An urgent task waited for a lock whose holder stood ready while tasks less urgent than the waiting one had the cores.

use super::evidence::Evidence;
use super::stretches::Stretches;
use super::words::{Sentence, names};
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::model::Workers;
use crate::time::Nanos;
use crate::trace::{Cause, Span, State, Task};

pub(super) static RULE: Rule = Rule {
    id: "priority-inversion",
    title: Text::new("Priority inversion", "Inversão de prioridade"),
    weight: Weight::Slow,
    find,
};

/// Of the makespan, with the holder displaced.
const SHARE_MIN: f64 = 0.1;

/// A task's wait for a lock that one and the same task held from its beginning to its end.
struct Wait {
    span: Span,
    holder: Task,
}

/// A wait, how long its holder was displaced meanwhile, and by whom.
struct Inversion {
    wait: Wait,
    displaced: Nanos,
    by: Vec<Task>,
}

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let mut priorities = evidence.run.scenario.groups.iter().map(|group| group.priority);
    let first = priorities.next()?;
    if priorities.all(|priority| priority == first) {
        return None;
    }
    let urgency = Urgency::of(evidence);
    // With a core or a worker to spare, nobody was displaced by others of the run.
    let cores = evidence.run.cores;
    let places = match evidence.plan.workers {
        Workers::Fixed(workers) | Workers::Split(workers) if !evidence.tasks_hold_workers() => workers.min(cores),
        _ => cores,
    };
    let full = evidence.when(|level| level.running >= places);
    let more_urgent = |wait: &Wait| urgency.of_task(wait.span.task) < urgency.of_task(wait.holder);
    let mut candidates: Vec<(Stretches, Wait)> = waits(evidence)
        .into_iter()
        .filter(more_urgent)
        .map(|wait| (ready(evidence, &wait).within(&full), wait))
        .filter(|(ready, _)| evidence.share(ready.total()) >= SHARE_MIN)
        .collect();
    candidates.sort_by_key(|(ready, _)| std::cmp::Reverse(ready.total()));
    let mut worst: Option<Inversion> = None;
    for (ready, wait) in candidates {
        // Nobody was displaced for longer than ready: those behind need no closer look, which takes a pass over all.
        if worst.as_ref().is_some_and(|worst| worst.displaced >= ready.total()) {
            break;
        }
        let found = invert(evidence, &urgency, &ready, wait);
        if worst.as_ref().is_none_or(|worst| found.displaced > worst.displaced) {
            worst = Some(found);
        }
    }
    let worst = worst?;
    if evidence.share(worst.displaced) < SHARE_MIN {
        return None;
    }
    let Inversion { wait, displaced, by } = worst;
    let lock = wait.span.resource.get().and_then(|at| evidence.run.resources.get(at))?;
    let text = Text::new(
        "{} waited {} for {}, which {} held; for {} of it the holder stood ready while {}, less urgent than {}, ran. A holder that inherits the urgency of whoever waits would have gone first.",
        "{} esperou {} por {}, que {} segurava; por {} disso, quem o segurava estava pronta, mas os núcleos eram de {}, com menos urgência que {}. Se herdasse a urgência de quem espera, teria ido primeiro.",
    );
    let (waiter, holder) = (evidence.name(wait.span.task), evidence.name(wait.holder));
    let text = Sentence::new(|lang| {
        let others = names(evidence, &by, lang);
        text.fill(lang, &[&waiter, &wait.span.length(), lock, &holder, &displaced, &others, &waiter])
    });
    let mut tasks = vec![wait.span.task, wait.holder];
    tasks.extend(by);
    tasks.sort_unstable();
    Some(Finding { text, tasks })
}

fn waits(evidence: &Evidence<'_>) -> Vec<Wait> {
    let trace = &evidence.run.trace;
    let mut waits = Vec::new();
    for task in (0..trace.tasks()).map(Task) {
        let mut blocked: Option<Span> = None;
        for span in trace.spans_of(task) {
            // Who holds a lock when it is asked for and who gives it away may be two; then nobody held it all the time.
            if let Some(wait) = blocked.take()
                && let Some(holder) = wait.peer.as_task()
                && span.state == State::Ready
                && span.peer.as_task() == Some(holder)
            {
                waits.push(Wait { span: wait, holder });
            }
            blocked = Some(span).filter(|span| (span.state, span.cause) == (State::Blocked, Cause::Lock));
        }
    }
    waits
}

/// Priorities by task; smaller is more urgent.
struct Urgency(Vec<i32>);

impl Urgency {
    fn of(evidence: &Evidence<'_>) -> Self {
        let groups = evidence.run.scenario.groups.iter();
        Urgency(groups.flat_map(|group| std::iter::repeat_n(group.priority, group.count as usize)).collect())
    }

    fn of_task(&self, task: Task) -> i32 {
        self.0[task.index()]
    }
}

/// When the holder was ready during the wait.
fn ready(evidence: &Evidence<'_>, wait: &Wait) -> Stretches {
    let ready = evidence.run.trace.spans_of(wait.holder).filter(|span| span.state == State::Ready);
    let within = |span: Span| (span.start.max(wait.span.start), span.end.min(wait.span.end));
    Stretches::of(ready.map(within).filter(|(start, end)| start < end))
}

fn invert(evidence: &Evidence<'_>, urgency: &Urgency, ready: &Stretches, wait: Wait) -> Inversion {
    let trace = &evidence.run.trace;
    // Between the two in urgency: what is less urgent than the holder displaced it for another reason.
    let between = urgency.of_task(wait.span.task) + 1..=urgency.of_task(wait.holder);
    let (mut by, mut ran) = (Vec::new(), Vec::new());
    for task in (0..trace.tasks()).map(Task) {
        if task == wait.holder || !between.contains(&urgency.of_task(task)) {
            continue;
        }
        let running = trace.spans_of(task).filter(|span| span.state == State::Running);
        let running = running.filter(|span| ready.overlap(span.start, span.end) > Nanos::ZERO);
        let before = ran.len();
        ran.extend(running.map(|span| (span.start, span.end)));
        if ran.len() > before {
            by.push(task);
        }
    }
    ran.sort_unstable();
    let displaced = ready.within(&Stretches::of(ran.into_iter())).total();
    Inversion { wait, displaced, by }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::{Peer, Resource};

    /// `low` holds the bus from the start and computes 10 ms with it; `high` asks for it at 5 ms; `mid` comes then,
    /// and has the only core for 100 ms where `displaces`.
    fn three(urgency_of_mid: i32, displaces: bool) -> Story {
        let scenario = "HEAD
[machine]
cores = 1
[[task]]
name = \"low\"
priority = 9
steps = [{ lock = \"bus\" }, { cpu = \"10ms\" }, { unlock = \"bus\" }]
[[task]]
name = \"high\"
priority = 1
steps = [{ lock = \"bus\" }, { unlock = \"bus\" }]
[[task]]
name = \"mid\"
priority = MID
steps = [{ cpu = \"100ms\" }]
";
        let mut story = Story::of("threads", &scenario.replace("MID", &urgency_of_mid.to_string())).cores(1);
        story.at(0, 0, State::Running, Cause::None);
        story.on(5, 1, State::Blocked, Cause::Lock, Peer::task(Task(0)), Resource(0));
        let (low_again, mid) = if displaces { (105, 5) } else { (5, 10) };
        if displaces {
            story.at(5, 0, State::Ready, Cause::Preempted);
        }
        story.at(mid, 2, State::Running, Cause::None).at(mid + 100, 2, State::Done, Cause::None);
        story.at(low_again, 0, State::Running, Cause::None).at(low_again + 5, 0, State::Done, Cause::None);
        story.on(low_again + 5, 1, State::Ready, Cause::NoCore, Peer::task(Task(0)), Resource(0));
        story.at(low_again + 5, 1, State::Done, Cause::None);
        story
    }

    #[test]
    fn an_urgent_task_behind_one_that_a_middling_one_displaces() {
        let found = three(5, true).finds("priority-inversion").unwrap();
        assert_eq!(
            found.text.get(Lang::En),
            "high waited 105 ms for bus, which low held; for 100 ms of it the holder stood ready while mid, less urgent \
             than high, ran. A holder that inherits the urgency of whoever waits would have gone first."
        );
        assert_eq!(found.tasks, [Task(0), Task(1), Task(2)]);
    }

    #[test]
    fn silent_where_the_holder_ran_or_was_displaced_by_the_more_urgent() {
        assert_eq!(three(5, false).finds("priority-inversion"), None, "the holder had the core");
        assert_eq!(three(0, true).finds("priority-inversion"), None, "more urgent than both");
        assert_eq!(three(10, true).finds("priority-inversion"), None, "less urgent than the holder");
    }
}
