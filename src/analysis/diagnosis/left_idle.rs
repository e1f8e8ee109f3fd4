//! When a core had nothing to do while a task that could go on had been taken off another: the system's scheduler left it
//! there. For whoever asks why threads took turns on a computer that had a core for each.
//!
//! Invariant: only what is known of every core counts. A core is idle when neither tasks nor what their model costs
//! nor, as far as it is known, others had it.

use super::stretches::Stretches;
use crate::analysis::kept_busy;
use crate::analysis::utilization::{Stretch, makespan_range};
use crate::time::Nanos;
use crate::trace::{Cause, Core, Run, Span, State};

/// A system needs a moment to see it, and looks now and then only: shorter stretches are none of its decisions.
const SHORTEST: Nanos = Nanos::from_millis(1);

/// By core, in time order; none where it is not known on which cores tasks ran, or where processes are: nobody records
/// on which cores their tasks are copied there and back.
pub(super) fn left_idle(run: &Run) -> Vec<Vec<Stretch>> {
    let Some(range) = makespan_range(run) else { return Vec::new() };
    if run.choice.plan(run.cores).processes.is_some() {
        return Vec::new();
    }
    let waiting = Stretches::united(taken_off(run));
    if waiting.total() < SHORTEST {
        return Vec::new();
    }
    let rows = kept_busy::of_each_core(run, range);
    if rows.iter().any(|row| row.core == Core::NONE) {
        return Vec::new();
    }
    rows.iter().map(|row| lasting(&gaps(&row.stretches, range).within(&waiting))).collect()
}

fn lasting(stretches: &Stretches) -> Vec<Stretch> {
    stretches.iter().filter(|stretch| stretch.length() >= SHORTEST).collect()
}

/// When tasks stood that the system had taken off a core: one stretch for each time.
pub(super) fn taken_off(run: &Run) -> impl Iterator<Item = Stretch> {
    run.trace.spans().filter(is_taken_off).map(|span| Stretch { start: span.start, end: span.end })
}

pub(super) fn is_taken_off(span: &Span) -> bool {
    (span.state, span.cause) == (State::Ready, Cause::Preempted)
}

/// What lies between stretches in time order that do not overlap, in `range`.
fn gaps(stretches: &[Stretch], range: Stretch) -> Stretches {
    let starts = std::iter::once(range.start).chain(stretches.iter().map(|stretch| stretch.end));
    let ends = stretches.iter().map(|stretch| stretch.start).chain(std::iter::once(range.end));
    Stretches::of(starts.zip(ends).filter(|(start, end)| start < end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::scenario::Engine;

    /// From (time in ms, task, state, core), and how long each core was left idle.
    fn check(events: &[(i64, u32, State, Core)], expected: &[&[(i64, i64)]]) {
        check_under("threads", events, expected);
    }

    fn check_under(model: &str, events: &[(i64, u32, State, Core)], expected: &[&[(i64, i64)]]) {
        let text = "HEAD\n[[task]]\nname = \"t\"\ncount = 3\nsteps = [{ cpu = \"1ms\" }]\n";
        let mut story = Story::of(model, text);
        for (millis, task, state, core) in events {
            let cause = if *state == State::Ready { Cause::Preempted } else { Cause::None };
            story.at(*millis, *task, *state, cause).on_core(*core);
        }
        let mut run = story.run();
        run.engine = Engine::Measured;
        let millis = |stretch: &Stretch| (stretch.start.0 / 1_000_000, stretch.end.0 / 1_000_000);
        let found: Vec<Vec<(i64, i64)>> = left_idle(&run).iter().map(|row| row.iter().map(millis).collect()).collect();
        assert_eq!(found, expected, "{events:?}");
    }

    const HERE: Core = Core(0);
    const THERE: Core = Core(1);

    #[test]
    fn a_core_beside_two_that_take_turns_is_left_idle() {
        let events = [
            (0, 0, State::Running, HERE),
            (3, 0, State::Ready, HERE),
            (3, 1, State::Running, HERE),
            (5, 1, State::Ready, HERE),
            (5, 0, State::Running, HERE),
            (8, 1, State::Running, THERE),
            (9, 0, State::Done, HERE),
            (9, 1, State::Done, THERE),
        ];
        check(&events, &[&[], &[(3, 8)]]);
        // Somebody may have copied data there.
        check_under("processes", &events, &[]);
    }

    #[test]
    fn a_moment_is_no_decision() {
        let of = |list: &[Stretch]| Stretches::united(list.iter().copied());
        let stretch = |start, length| Stretch { start, end: start + length };
        let [moment, long] = [stretch(Nanos(5), SHORTEST - Nanos(1)), stretch(SHORTEST * 3, SHORTEST)];
        assert_eq!(lasting(&of(&[moment, long])), [long]);
        assert_eq!(lasting(&of(&[moment])), []);
    }

    #[test]
    fn what_is_in_use_is_not_idle() {
        let others_have_it = [
            (0, 0, State::Running, HERE),
            (0, 1, State::Running, THERE),
            (3, 0, State::Ready, HERE),
            (6, 0, State::Running, HERE),
            (9, 0, State::Done, HERE),
            (9, 1, State::Done, THERE),
        ];
        check(&others_have_it, &[&[], &[]]);
        let a_thread_is_started_there = [
            (0, 0, State::Running, HERE),
            (0, 1, State::Running, HERE),
            (3, 0, State::Ready, HERE),
            (3, 2, State::Starting, THERE),
            (5, 2, State::Running, THERE),
            (6, 0, State::Running, HERE),
            (7, 2, State::Done, THERE),
            (7, 1, State::Done, HERE),
            (9, 0, State::Done, HERE),
        ];
        check(&a_thread_is_started_there, &[&[], &[]]);
    }

    #[test]
    fn nothing_is_said_of_cores_that_are_not_known() {
        let nowhere = Core::NONE;
        check(
            &[
                (0, 0, State::Running, nowhere),
                (3, 0, State::Ready, nowhere),
                (3, 1, State::Running, HERE),
                (6, 0, State::Running, nowhere),
                (9, 0, State::Done, nowhere),
                (9, 1, State::Done, HERE),
            ],
            &[],
        );
        check(&[(0, 0, State::Running, HERE), (9, 0, State::Done, HERE)], &[]);
    }

    #[test]
    fn gaps_lie_between() {
        let stretch = |(start, end): (i64, i64)| Stretch { start: Nanos(start), end: Nanos(end) };
        let check = |stretches: &[(i64, i64)], expected: &[(i64, i64)]| {
            let stretches: Vec<Stretch> = stretches.iter().copied().map(stretch).collect();
            let found: Vec<Stretch> = gaps(&stretches, stretch((0, 21))).iter().collect();
            assert_eq!(found, expected.iter().copied().map(stretch).collect::<Vec<_>>(), "{stretches:?}");
        };
        check(&[], &[(0, 21)]);
        check(&[(0, 2), (3, 9), (20, 21)], &[(2, 3), (9, 20)]);
        check(&[(1, 20)], &[(0, 1), (20, 21)]);
    }
}
