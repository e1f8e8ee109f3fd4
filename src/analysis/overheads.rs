//! When each core was held by what a model itself costs: a task's thread being made, its payload copied, its core or
//! worker turned to it. For the strips of cores, beside what ran on them; knows nothing of pixels.
//!
//! Invariant: only what the trace says of a core counts. A measured run stamps a core on running spans alone, so only an
//! imagined computer tells this.

use super::utilization::{CoreBusy, Stretch, united};
use crate::lang::Text;
use crate::trace::{Cause, Run, State};

/// What is done for a task without running it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Overhead {
    Starting,
    Shipping,
    Switching,
}

impl Overhead {
    pub const ALL: [Overhead; 3] = [Overhead::Starting, Overhead::Shipping, Overhead::Switching];

    pub const fn of(state: State, cause: Cause) -> Option<Overhead> {
        match (state, cause) {
            (State::Starting, _) => Some(Overhead::Starting),
            (State::Shipping, _) => Some(Overhead::Shipping),
            (State::Ready, Cause::Switching) => Some(Overhead::Switching),
            _ => None,
        }
    }

    pub const fn label(self) -> Text {
        match self {
            Overhead::Starting => State::Starting.label(),
            Overhead::Shipping => State::Shipping.label(),
            Overhead::Switching => Text::new("switching", "trocando"),
        }
    }
}

/// Those that occur in a run, in order.
pub fn overheads(run: &Run) -> Vec<Overhead> {
    let trace = &run.trace;
    let spans = || trace.states().iter().zip(trace.causes()).map(|(state, cause)| Overhead::of(*state, *cause));
    Overhead::ALL.into_iter().filter(|kind| spans().any(|own| own == Some(*kind))).collect()
}

/// By core number, in time order and without overlap, nor with the core's `busy` stretches: those of the run.
pub fn overhead_stretches(run: &Run, busy: &[CoreBusy]) -> Vec<Vec<Stretch>> {
    let trace = &run.trace;
    let mut by_core: Vec<Vec<Stretch>> = vec![Vec::new(); busy.len()];
    for at in (0..trace.len()).filter(|at| Overhead::of(trace.states()[*at], trace.causes()[*at]).is_some()) {
        let own = trace.cores()[at].get().and_then(|core| by_core.get_mut(core));
        let stretch = Stretch { start: trace.starts()[at], end: trace.ends()[at] };
        own.into_iter().filter(|_| stretch.start < stretch.end).for_each(|own| own.push(stretch));
    }
    let beside = |(own, row): (Vec<Stretch>, &_)| without(&united(own), row);
    by_core.into_iter().zip(busy.iter().map(|row| row.stretches.as_slice())).map(beside).collect()
}

/// What of `stretches` lies outside of `busy`; both in time order and without overlap.
fn without(stretches: &[Stretch], busy: &[Stretch]) -> Vec<Stretch> {
    let mut left = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        let mut start = stretch.start;
        let from = busy.partition_point(|busy| busy.end <= start);
        for busy in busy[from..].iter().take_while(|busy| busy.start < stretch.end) {
            if start < busy.start {
                left.push(Stretch { start, end: busy.start });
            }
            start = start.max(busy.end);
        }
        if start < stretch.end {
            left.push(Stretch { start, end: stretch.end });
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::analysis::utilization::busy_stretches;
    use crate::time::Nanos;
    use crate::trace::Core;

    #[test]
    fn what_a_core_does_for_tasks_without_running_them_is_overhead() {
        let text = "HEAD\n[[task]]\nname = \"t\"\ncount = 2\nsteps = [{ cpu = \"1ms\" }]\n";
        let mut story = Story::of("threads", text);
        let mut at = |millis, task, state, cause, core| {
            story.at(millis, task, state, cause).on_core(core);
        };
        at(0, 0, State::Starting, Cause::None, Core(0));
        at(2, 0, State::Running, Cause::None, Core(1));
        // Its maker lost the core to the first task for a while.
        at(2, 1, State::Starting, Cause::None, Core(0));
        at(4, 0, State::Running, Cause::None, Core(0));
        at(6, 0, State::Done, Cause::None, Core(0));
        at(8, 1, State::Ready, Cause::NoCore, Core::NONE);
        at(9, 1, State::Ready, Cause::Switching, Core(1));
        at(10, 1, State::Running, Cause::None, Core(1));
        at(11, 1, State::Done, Cause::None, Core(1));
        let millis = |stretch: &Stretch| (stretch.start.0 / 1_000_000, stretch.end.0 / 1_000_000);
        let run = story.run();
        assert_eq!(overheads(&run), [Overhead::Starting, Overhead::Switching]);
        let found = overhead_stretches(&run, &busy_stretches(&run));
        let found: Vec<Vec<_>> = found.iter().map(|own| own.iter().map(millis).collect()).collect();
        assert_eq!(found[..2], [vec![(0, 4), (6, 8)], vec![(9, 10)]]);
        assert!(without(&[], &[Stretch { start: Nanos(1), end: Nanos(2) }]).is_empty());
    }
}
