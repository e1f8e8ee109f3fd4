//! Steps handed to a blocking pool whose threads were all held by others, with a core left unused by the run, and by other
//! programs unless those others only waited: the pool's size was the limit, not the computer's.

use super::evidence::{Evidence, IDLE_MIN, Level};
use super::stretches::Stretches;
use super::words::{Sentence, percent, tasks};
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::time::Nanos;
use crate::trace::{Cause, Span, State, Task, Worker};

pub(super) static RULE: Rule = Rule {
    id: "blocking-pool-exhausted",
    title: Text::new("Blocking pool exhausted", "Pool bloqueante esgotado"),
    weight: Weight::Slow,
    find,
};

/// Of the makespan.
const SHARE_MIN: f64 = 0.2;
/// Of the longest wait.
const WAIT_MIN: f64 = 0.01;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let limit = evidence.plan.offload?;
    let trace = &evidence.run.trace;
    // The loop is the run's main thread; whoever else carries a task is of the pool.
    let is_offloaded = |span: &Span| ![Worker::MAIN, Worker::NONE].contains(&span.worker) && !span.state.is_end();
    let (mut waits, mut edges): (Vec<Span>, Vec<(Nanos, i32)>) = (vec![], vec![]);
    for task in (0..trace.tasks()).map(Task) {
        let mut before: Option<Span> = None;
        for span in trace.spans_of(task) {
            if let Some(wait) = before.filter(|wait| is_queued(wait) && is_offloaded(&span)) {
                waits.push(wait);
            }
            // A task that is queued again waits for the loop; the thread is free by then.
            if is_offloaded(&span) && !is_queued(&span) && span.start < span.end {
                edges.extend([(span.start, 1), (span.end, -1)]);
            }
            before = Some(span);
        }
    }
    edges.sort_unstable();
    let mut held = 0_i32;
    let full = edges.iter().enumerate().filter_map(|(at, (time, change))| {
        held += change;
        let until = edges.get(at + 1).map_or(*time, |(next, _)| *next);
        (u32::try_from(held).is_ok_and(|held| held >= limit) && until > *time).then_some((*time, until))
    });
    let full = Stretches::of(full);
    waits.sort_unstable_by_key(|wait| wait.start);
    let somebody = Stretches::of(waits.iter().map(|wait| (wait.start, wait.end)));
    if evidence.share(full.within(&somebody).total()) < SHARE_MIN {
        return None;
    }
    let cores = evidence.run.cores;
    let was_free = |level: &Level| level.leaves_core(cores) && (level.waiting > 0 || level.idle(cores) >= IDLE_MIN);
    let short = full.within(&somebody).within(&evidence.when(was_free));
    let share = evidence.share(short.total());
    if share < SHARE_MIN {
        return None;
    }
    let times: Vec<Nanos> = waits.iter().map(|wait| short.overlap(wait.start, wait.end)).collect();
    let longest = times.iter().copied().max()?;
    // Who was on the way to a free thread when the last of them was taken did not wait for one.
    let waited = |time: &Nanos| time.ratio(longest).is_some_and(|share| share >= WAIT_MIN);
    let mut waiters: Vec<Task> =
        waits.iter().zip(&times).filter(|(_, time)| waited(time)).map(|(wait, _)| wait.task).collect();
    waiters.sort_unstable();
    waiters.dedup();
    let text = Text::new(
        "{} waited for a thread of the blocking pool, up to {}, while all of its threads, {}, were held and the run left a core unused: {} of its time. Handed-over calls still need a thread each; await them, or enlarge the pool.",
        "{} à espera de uma thread do pool bloqueante, por até {}, com todas as threads dele, {}, ocupadas e a execução deixando um núcleo sem uso: {} do tempo dela. Cada chamada repassada ainda precisa de uma thread; use await nelas, ou aumente o pool.",
    );
    let text = Sentence::new(|lang| text.fill(lang, &[&tasks(waiters.len(), lang), &longest, &limit, &percent(share)]));
    Some(Finding { text, tasks: waiters })
}

fn is_queued(span: &Span) -> bool {
    (span.state, span.cause) == (State::Ready, Cause::Queued)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::LoadSample;

    /// Two blocking calls of 100 ms; the second begins at `second`, on worker `by`.
    fn calls(second: i64, by: u32, state: State) -> Story {
        let mut story = Story::of(
            "async-offload",
            "HEAD [[task]]\nname = \"call\"\ncount = 2\nsteps = [{ io = \"100ms\", blocking = true }]",
        )
        .with("blocking", 1);
        let cause = if state == State::Io { Cause::Blocking } else { Cause::None };
        for (task, start, worker) in [(0, 0, 1), (1, second, by)] {
            story.at(0, task, State::Running, Cause::None).at(0, task, State::Ready, Cause::Queued);
            story.by(worker, start, task, state, cause).by(worker, start + 100, task, State::Ready, Cause::Queued);
            story.at(start + 100, task, State::Running, Cause::None).at(start + 100, task, State::Done, Cause::None);
        }
        story
    }

    #[test]
    fn a_call_that_waits_for_the_only_thread() {
        let found = calls(100, 1, State::Io).finds("blocking-pool-exhausted").unwrap();
        let text = found.text.get(Lang::En);
        let start =
            "1 task waited for a thread of the blocking pool, up to 100 ms, while all of its threads, 1, were held";
        assert!(text.starts_with(start), "{text}");
        assert!(text.contains("50 % of its time"), "{text}");
        assert_eq!(found.tasks, [Task(1)]);
    }

    #[test]
    fn who_waits_for_the_loop_does_not_wait_for_a_thread() {
        let scenario = "HEAD [[task]]\nname = \"call\"\ncount = 2\nsteps = [{ io = \"100ms\", blocking = true }]";
        let waited = |on: u32| {
            let mut story = Story::of("async-offload", scenario).with("blocking", 1);
            for (task, start) in [(0, 0), (1, 100)] {
                story.at(0, task, State::Ready, Cause::Queued).by(on, start, task, State::Running, Cause::None);
                story.by(on, start + 100, task, State::Done, Cause::None);
            }
            story.finds("blocking-pool-exhausted").is_some()
        };
        assert!(waited(1), "for the pool's only thread");
        assert!(!waited(Worker::MAIN.0), "for the loop");
    }

    #[test]
    fn silent_where_threads_are_free_or_cores_are_what_is_missing() {
        assert_eq!(calls(0, 2, State::Io).finds("blocking-pool-exhausted"), None, "nobody waited");
        let wide = calls(100, 1, State::Io).with("blocking", 2);
        assert_eq!(wide.finds("blocking-pool-exhausted"), None, "a thread was free");
        let mut run = calls(100, 1, State::Running).run();
        run.cores = 1;
        let found = crate::analysis::diagnosis::diagnose(&run);
        assert!(found.iter().all(|found| found.id != "blocking-pool-exhausted"), "the core was busy");
        let others = |state| {
            let mut story = calls(100, 1, state);
            story.load = vec![LoadSample { time: Nanos::from_millis(200), others_busy: 1.0 }];
            story.finds("blocking-pool-exhausted")
        };
        assert_eq!(others(State::Running), None, "other programs had the core");
        assert!(others(State::Io).is_some(), "which nobody needs to wait");
    }
}
