//! When a core was with others: taken from a task of the run and not yet given to one. For the lanes and strips by core.
//!
//! Invariant: only what is known of a core counts. A task that lost it to nobody of this run lost it to somebody else;
//! once the task is on another core, or one of the run's on this one, nothing more is known of it.

use super::utilization::{CoreBusy, Stretch, united};
use crate::scenario::Engine;
use crate::trace::{Cause, Run, State};

/// By core number, in time order and without overlap, nor with the core's `busy` stretches: those of the run. An imagined
/// computer has no others.
pub fn taken_stretches(run: &Run, busy: &[CoreBusy]) -> Vec<Vec<Stretch>> {
    let trace = &run.trace;
    let mut taken = vec![Vec::new(); busy.len()];
    if run.engine == Engine::Simulated {
        return taken;
    }
    for at in 0..trace.len() {
        if (trace.states()[at], trace.causes()[at]) != (State::Ready, Cause::Preempted) {
            continue;
        }
        let lost = Stretch { start: trace.starts()[at], end: trace.ends()[at] };
        let core = trace.cores()[at];
        let Some(row) = busy.iter().position(|row| core.get().is_some() && row.core == core) else { continue };
        let own = &busy[row].stretches;
        // The last that began by then is the task's own, or one that overlaps it.
        let next = own.partition_point(|busy| busy.start <= lost.start);
        let from = next.checked_sub(1).map_or(lost.start, |before| own[before].end.max(lost.start));
        let until = own.get(next).map_or(lost.end, |next| next.start.min(lost.end));
        if from < until {
            taken[row].push(Stretch { start: from, end: until });
        }
    }
    taken.into_iter().map(united).collect()
}

#[cfg(test)]
mod tests {
    use crate::analysis::diagnosis::testing::Story;
    use crate::analysis::utilization::busy_stretches;
    use crate::time::Nanos;
    use crate::trace::Core;

    use super::*;

    /// From (time in ms, task, state, core), and what of core 0 others had.
    fn check(events: &[(i64, u32, State, u16)], expected: &[(i64, i64)]) {
        let text = "HEAD\n[[task]]\nname = \"t\"\ncount = 2\nsteps = [{ cpu = \"1ms\" }]\n";
        let mut story = Story::of("threads", text);
        for (millis, task, state, core) in events {
            let cause = if *state == State::Ready { Cause::Preempted } else { Cause::None };
            story.at(*millis, *task, *state, cause).on_core(Core(*core));
        }
        let mut run = story.run();
        let busy = busy_stretches(&run);
        let taken = taken_stretches(&run, &busy);
        let millis = |time: Nanos| time.0 / 1_000_000;
        let found: Vec<_> = taken[0].iter().map(|taken| (millis(taken.start), millis(taken.end))).collect();
        assert_eq!(found, expected);
        assert!(taken[1].is_empty());
        run.engine = Engine::Simulated;
        assert!(taken_stretches(&run, &busy).iter().all(Vec::is_empty), "nobody else is on an imagined computer");
    }

    #[test]
    fn a_core_is_with_others_until_one_of_ours_has_it() {
        use State::{Done, Ready, Running};
        // Back on the same core.
        check(&[(0, 0, Running, 0), (10, 0, Ready, 0), (14, 0, Running, 0), (20, 0, Done, 0)], &[(10, 14)]);
        // Taken for 2 ms by somebody else, then given to the other task.
        let other = [(0, 1, State::Starting, 1), (12, 1, Running, 0), (16, 1, Done, 0)];
        let mut events = vec![(0, 0, Running, 0), (10, 0, Ready, 0), (16, 0, Running, 0), (20, 0, Done, 0)];
        events.extend(other);
        check(&events, &[(10, 12)]);
        // Taken for the other task.
        events[1].0 = 12;
        check(&events, &[]);
    }
}
