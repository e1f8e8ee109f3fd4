//! An event loop whose only thread was kept: by blocking calls while others were ready, or by computing while
//! another's wait was over.

use super::evidence::{Evidence, tasks_of};
use super::stretches::Stretches;
use super::words::{Sentence, tasks};
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::model::{WhileInIo, Workers};
use crate::time::Nanos;
use crate::trace::{Cause, Span, State, Task};

pub(super) static RULE: Rule = Rule {
    id: "blocked-event-loop",
    title: Text::new("Blocked event loop", "Event loop bloqueado"),
    weight: Weight::Slow,
    find,
};

/// Shorter is what an event loop is for.
const LATE_MIN: Nanos = Nanos::from_millis(20);
/// Of the time that the thread was kept: with less of it on a core, not only computing kept it.
const ON_CORE_MIN: f64 = 0.95;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let plan = &evidence.plan;
    let is_loop = (plan.io, plan.workers) == (WhileInIo::FreesWorker, Workers::Fixed(1));
    // What computes or blocks is on threads of its own there.
    if !is_loop || plan.offload.is_some() {
        return None;
    }
    by_calls(evidence).or_else(|| by_computing(evidence))
}

fn is_queued(span: &Span) -> bool {
    (span.state, span.cause) == (State::Ready, Cause::Queued)
}

fn by_calls(evidence: &Evidence<'_>) -> Option<Finding> {
    let trace = &evidence.run.trace;
    let mut calls: Vec<Span> =
        trace.spans().filter(|span| (span.state, span.cause) == (State::Io, Cause::Blocking)).collect();
    if calls.is_empty() {
        return None;
    }
    calls.sort_unstable_by_key(|span| span.start);
    let held = Stretches::of_spans(&calls);
    let held_up = evidence.held_up(&held, is_queued);
    let longest = held_up.iter().map(|(_, time)| *time).max().filter(|time| *time >= LATE_MIN)?;
    let callers = tasks_of(&calls);
    let text = Text::new(
        "Blocking calls of {} kept the only thread for {}. Ready meanwhile, and held up: {}, at worst for {}. Await instead, or give such calls to another thread.",
        "Chamadas bloqueantes de {} prenderam a única thread por {}. Nesse tempo, prontas e retidas: {}, por até {}. Use await, ou passe tais chamadas a outra thread.",
    );
    let text = Sentence::new(|lang| {
        let (callers, others) = (tasks(callers.len(), lang), tasks(held_up.len(), lang));
        text.fill(lang, &[&callers, &held.total(), &others, &longest])
    });
    Some(Finding { text, tasks: callers })
}

fn by_computing(evidence: &Evidence<'_>) -> Option<Finding> {
    let trace = &evidence.run.trace;
    // A shorter one keeps nobody long enough. What is left is few, however many tasks there are.
    let is_long = |stretch: &Span| stretch.length() >= LATE_MIN;
    let mut stretches: Vec<Span> = Vec::new();
    for task in (0..trace.tasks()).map(Task) {
        let mut open: Option<Span> = None;
        for span in trace.spans_of(task) {
            let computes = matches!(
                (span.state, span.cause),
                (State::Running, _)
                    | (State::Ready, Cause::Preempted | Cause::NoCore)
                    | (State::Blocked, Cause::System)
            );
            match &mut open {
                Some(open) if computes => open.end = span.end,
                _ => {
                    stretches.extend(open.take().filter(is_long));
                    open = computes.then_some(span);
                }
            }
        }
        stretches.extend(open.filter(is_long));
    }
    if stretches.is_empty() {
        return None;
    }
    stretches.sort_unstable_by_key(|stretch| stretch.start);
    let mut worst: Option<(Nanos, Span, Task)> = None;
    for task in (0..trace.tasks()).map(Task) {
        let mut before = None;
        for span in trace.spans_of(task) {
            if is_queued(&span) && before == Some(State::Io) {
                // One thread: stretches do not overlap, so their ends are in order, too.
                let from = stretches.partition_point(|stretch| stretch.end <= span.start);
                for stretch in stretches[from..].iter().take_while(|stretch| stretch.start < span.end) {
                    let late = stretch.end.min(span.end) - stretch.start.max(span.start);
                    if stretch.task != task && worst.is_none_or(|(most, ..)| late > most) {
                        worst = Some((late, *stretch, task));
                    }
                }
            }
            before = Some(span.state);
        }
    }
    let (late, stretch, held_up) = worst.filter(|(late, ..)| *late >= LATE_MIN)?;
    let (hog, other) = (evidence.name(stretch.task), evidence.name(held_up));
    let on_core = trace
        .spans_of(stretch.task)
        .filter(|span| span.state == State::Running && span.start >= stretch.start && span.end <= stretch.end);
    let computed: Nanos = on_core.map(|span| span.length()).sum();
    let text = if computed.ratio(stretch.length()).is_some_and(|share| share >= ON_CORE_MIN) {
        let text = Text::new(
            "{} computed for {} without an await and kept the only thread; {}, whose wait was over, stood still for {} of it.",
            "{} calculou por {} sem um await e prendeu a única thread; {}, cuja espera tinha acabado, ficou parada por {} disso.",
        );
        Sentence::fill(text, &[&hog, &stretch.length(), &other, &late])
    } else {
        let text = Text::new(
            "{} kept the only thread for {} without an await: it computed for {} and was off its core for the rest; {}, whose wait was over, stood still for {} of it.",
            "{} prendeu a única thread por {} sem um await: calculou por {} e ficou fora do núcleo no resto; {}, cuja espera tinha acabado, ficou parada por {} disso.",
        );
        Sentence::fill(text, &[&hog, &stretch.length(), &computed, &other, &late])
    };
    Some(Finding { text, tasks: vec![stretch.task] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;

    const TWO: &str = "HEAD [[task]]\nname = \"request\"\ncount = 2\nsteps = [{ io = \"200ms\" }]";

    fn calls(model: &str, cause: Cause) -> Story {
        let mut story = Story::of(model, TWO);
        for task in 0..2 {
            let start = i64::from(task) * 200;
            story.at(0, task, State::Ready, Cause::Queued).at(start, task, State::Io, cause);
            story.at(start + 200, task, State::Done, Cause::None);
        }
        story
    }

    /// The loop computes while the other's timer is due.
    fn computing(due: i64) -> Story {
        let mut story = Story::of("event-loop", TWO);
        story.at(0, 0, State::Io, Cause::None).at(due, 0, State::Ready, Cause::Queued);
        story.at(300, 0, State::Running, Cause::None).at(300, 0, State::Done, Cause::None);
        story.at(100, 1, State::Running, Cause::None).at(150, 1, State::Ready, Cause::Preempted);
        story.at(160, 1, State::Running, Cause::None).at(300, 1, State::Done, Cause::None);
        story
    }

    #[test]
    fn a_blocking_call_keeps_the_loop() {
        let found = calls("event-loop", Cause::Blocking).finds("blocked-event-loop").unwrap();
        assert_eq!(
            found.text.get(Lang::En),
            "Blocking calls of 2 tasks kept the only thread for 400 ms. Ready meanwhile, and held up: 1 task, at worst \
             for 200 ms. Await instead, or give such calls to another thread."
        );
        assert_eq!(found.tasks, [Task(0), Task(1)]);
    }

    #[test]
    fn computing_past_a_timer_keeps_the_loop() {
        let found = computing(200).finds("blocked-event-loop").unwrap();
        assert_eq!(
            found.text.get(Lang::En),
            "request-2 computed for 200 ms without an await and kept the only thread; request-1, whose wait was over, \
             stood still for 100 ms of it."
        );
        let mut torn = computing(200);
        torn.at(200, 1, State::Ready, Cause::Preempted).at(240, 1, State::Running, Cause::None);
        let found = torn.finds("blocked-event-loop").unwrap();
        assert_eq!(
            found.text.get(Lang::En),
            "request-2 kept the only thread for 200 ms without an await: it computed for 150 ms and was off its core for \
             the rest; request-1, whose wait was over, stood still for 100 ms of it."
        );
    }

    #[test]
    fn silent_where_the_loop_was_free_or_is_none() {
        assert_eq!(calls("event-loop", Cause::None).finds("blocked-event-loop"), None);
        assert_eq!(calls("async-offload", Cause::Blocking).finds("blocked-event-loop"), None);
        assert_eq!(calls("sequential", Cause::Blocking).finds("blocked-event-loop"), None);
        assert_eq!(computing(290).finds("blocked-event-loop"), None);
    }
}
