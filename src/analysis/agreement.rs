//! How well a simulated run foretold the measured one: the figures of both side by side, and the bounds within which
//! the simulator is held to be right.
//!
//! Pure. The bounds are those that a simulator of this kind was seen to keep against CPython on an idle machine.

use super::metrics::{Metrics, Summary, metrics};
use crate::model::Workers;
use crate::time::Nanos;
use crate::trace::{Run, State};

/// Of the measured makespan.
pub const MAKESPAN_OFF_MAX: f64 = 0.05;
/// The same where processes exceed half the tasks: their starts are most of the run, and vary most.
pub const MAKESPAN_OFF_MAX_PROCESSES: f64 = 0.12;
/// Absolute.
pub const UTILIZATION_OFF_MAX: f64 = 0.06;
/// Of the measured median.
pub const LATENESS_OFF_MAX: f64 = 0.25;

/// A figure as it was foretold and as it was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair<T> {
    pub predicted: T,
    pub measured: T,
}

/// One scenario under one model, simulated and measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Where tasks got stuck, from the first arrival to the last thing that happened: how much later the standstill was
    /// found is the doing of who looks for it.
    pub makespan: Pair<Nanos>,
    /// How far the predicted makespan may be off, of the measured one.
    pub makespan_off_max: f64,
    /// `None` where nothing ran.
    pub utilization: Option<Pair<f64>>,
    /// Tasks done: where they differ, the runs took different turns, and the other figures say little.
    pub done: Pair<u32>,
    /// Median time from the end of a task's IO until it runs again, under an interpreter lock; `None` without one.
    pub gil_lateness: Option<Pair<Nanos>>,
}

/// A figure that is further off than its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    Makespan,
    Utilization,
    GilLateness,
}

impl Miss {
    /// The word of the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Miss::Makespan => "makespan",
            Miss::Utilization => "utilization",
            Miss::GilLateness => "gil-lateness",
        }
    }
}

impl Agreement {
    pub fn of(predicted: &Run, measured: &Run) -> Self {
        let (own, other) = (metrics(predicted), metrics(measured));
        let (own_length, other_length) = (length(predicted, &own), length(measured, &other));
        let used = |run: &Run, running: Nanos, length: Nanos| running.ratio(length * i64::from(run.cores));
        let utilization = used(predicted, own.running, own_length).zip(used(measured, other.running, other_length));
        let lateness = gil_lateness(predicted).zip(gil_lateness(measured));
        Agreement {
            makespan: Pair { predicted: own_length, measured: other_length },
            makespan_off_max: if is_mostly_processes(measured) { MAKESPAN_OFF_MAX_PROCESSES } else { MAKESPAN_OFF_MAX },
            utilization: utilization.map(|(predicted, measured)| Pair { predicted, measured }),
            done: Pair { predicted: own.done, measured: other.done },
            gil_lateness: lateness.map(|(predicted, measured)| Pair { predicted, measured }),
        }
    }

    /// By which part of the measured makespan the predicted one is longer; negative: shorter. `None` where nothing took
    /// any time.
    pub fn makespan_off(&self) -> Option<f64> {
        off(self.makespan)
    }

    /// The figures beyond their bounds.
    pub fn misses(&self) -> Vec<Miss> {
        let beyond = |off: Option<f64>, max: f64| off.is_some_and(|off| off.abs() > max);
        let utilization = self.utilization.map(|pair| pair.predicted - pair.measured);
        let all = [
            (Miss::Makespan, beyond(self.makespan_off(), self.makespan_off_max)),
            (Miss::Utilization, beyond(utilization, UTILIZATION_OFF_MAX)),
            (Miss::GilLateness, beyond(self.gil_lateness.and_then(off), LATENESS_OFF_MAX)),
        ];
        all.into_iter().filter(|(_, missed)| *missed).map(|(miss, _)| miss).collect()
    }
}

fn length(run: &Run, metrics: &Metrics) -> Nanos {
    if !run.trace.states().contains(&State::Deadlocked) {
        return metrics.makespan;
    }
    let spans = || run.trace.spans().filter(|span| span.state != State::New);
    let goes_on = |state: State| !matches!(state, State::Deadlocked | State::Cancelled);
    let last = spans().filter(|span| goes_on(span.state)).map(|span| span.start).max();
    let first = spans().map(|span| span.start).min();
    first.zip(last).map_or(Nanos::ZERO, |(first, last)| last - first)
}

fn off(pair: Pair<Nanos>) -> Option<f64> {
    (pair.predicted - pair.measured).ratio(pair.measured)
}

fn is_mostly_processes(run: &Run) -> bool {
    let plan = run.choice.plan(run.cores);
    let processes = match plan.workers {
        Workers::Fixed(workers) | Workers::Split(workers) => workers,
        Workers::PerTask => run.trace.tasks(),
    };
    plan.processes.is_some() && u64::from(processes) * 2 > u64::from(run.trace.tasks())
}

/// The median over all tasks' returns from IO.
fn gil_lateness(run: &Run) -> Option<Nanos> {
    run.choice.plan(run.cores).gil?;
    let mut lateness = Vec::new();
    for task in (0..run.trace.tasks()).map(crate::trace::Task) {
        let mut back = None;
        for span in run.trace.spans_of(task) {
            match span.state {
                State::Io => back = Some(span.end),
                State::Running => lateness.extend(back.take().map(|back| span.start - back)),
                _ => {}
            }
        }
    }
    Summary::of(lateness).p50
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreement(predicted: i64, measured: i64) -> Agreement {
        Agreement {
            makespan: Pair { predicted: Nanos(predicted), measured: Nanos(measured) },
            makespan_off_max: MAKESPAN_OFF_MAX,
            utilization: Some(Pair { predicted: 0.5, measured: 0.5 }),
            done: Pair { predicted: 2, measured: 2 },
            gil_lateness: None,
        }
    }

    #[test]
    fn what_is_beyond_its_bound_is_named() {
        assert_eq!(agreement(1_050, 1_000).misses(), []);
        assert_eq!(agreement(950, 1_000).misses(), []);
        assert_eq!(agreement(1_051, 1_000).misses(), [Miss::Makespan]);
        assert_eq!(agreement(949, 1_000).misses(), [Miss::Makespan]);
        assert_eq!(agreement(5, 0).misses(), [], "nothing can be said");
        let crowded = Agreement { utilization: Some(Pair { predicted: 0.57, measured: 0.5 }), ..agreement(1, 1) };
        assert_eq!(crowded.misses(), [Miss::Utilization]);
        let late = Pair { predicted: Nanos(126), measured: Nanos(100) };
        assert_eq!(Agreement { gil_lateness: Some(late), ..agreement(1, 1) }.misses(), [Miss::GilLateness]);
    }
}
