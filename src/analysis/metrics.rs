//! A run in numbers. Terms as in operating systems textbooks: turnaround = finish − arrival, waiting = turnaround −
//! running − IO, response = first running − arrival, makespan = last finish − first arrival.

use crate::time::Nanos;
use crate::trace::{Run, State, Task};

/// One task's times. What has not happened is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskTimes {
    pub arrive: Option<Nanos>,
    /// A worker took up the first step.
    pub start: Option<Nanos>,
    pub finish: Option<Nanos>,
    pub running: Nanos,
    pub io: Nanos,
    /// Ready + blocked + starting + shipping.
    pub waiting: Nanos,
    /// Part of `waiting`.
    pub blocked: Nanos,
    /// Starting + shipping, part of `waiting`: what the model itself costs.
    pub overhead: Nanos,
    /// `None` while the task is not over.
    pub outcome: Option<State>,
}

impl TaskTimes {
    pub fn turnaround(&self) -> Option<Nanos> {
        Some(self.finish? - self.arrive?)
    }

    pub fn response(&self) -> Option<Nanos> {
        Some(self.start? - self.arrive?)
    }
}

/// A whole run in numbers. Ratios are `None` where there is nothing to divide.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Last finish − first arrival; of a growing run, horizon − first arrival.
    pub makespan: Nanos,
    pub running: Nanos,
    /// Running / (cores × makespan).
    pub utilization: Option<f64>,
    /// Tasks done per second of makespan.
    pub throughput: Option<f64>,
    pub waiting: Summary,
    pub turnaround: Summary,
    pub response: Summary,
    /// What was not the tasks' own work. A simulated run knows all of it; of a measured one it is what tasks spent
    /// starting and shipping.
    pub overhead: Nanos,
    /// How many tasks ended so.
    pub done: u32,
    pub not_done: u32,
}

/// Mean and nearest-rank percentiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub mean: Option<Nanos>,
    pub p50: Option<Nanos>,
    pub p95: Option<Nanos>,
    pub max: Option<Nanos>,
}

impl Summary {
    pub fn of(mut values: Vec<Nanos>) -> Self {
        let Ok(count) = i64::try_from(values.len()) else { return Summary::default() };
        if count == 0 {
            return Summary::default();
        }
        values.sort_unstable();
        let rank = |percent: usize| values.get((values.len() * percent).div_ceil(100).max(1) - 1).copied();
        Summary {
            mean: Some(values.iter().copied().sum::<Nanos>() / count),
            p50: rank(50),
            p95: rank(95),
            max: values.last().copied(),
        }
    }
}

pub fn task_times(run: &Run, task: Task) -> TaskTimes {
    let mut times = TaskTimes {
        arrive: None,
        start: None,
        finish: None,
        running: Nanos::ZERO,
        io: Nanos::ZERO,
        waiting: Nanos::ZERO,
        blocked: Nanos::ZERO,
        overhead: Nanos::ZERO,
        outcome: None,
    };
    for span in run.trace.spans_of(task) {
        if span.state != State::New {
            times.arrive.get_or_insert(span.start);
        }
        match span.state {
            State::Running => {
                times.start.get_or_insert(span.start);
                times.running += span.length();
            }
            State::Io => times.io += span.length(),
            state if state.is_waiting() => {
                times.waiting += span.length();
                if state == State::Blocked {
                    times.blocked += span.length();
                } else if state != State::Ready {
                    times.overhead += span.length();
                }
            }
            state if state.is_end() => {
                times.finish = Some(span.start);
                times.outcome = Some(state);
            }
            _ => {}
        }
    }
    times
}

pub fn metrics(run: &Run) -> Metrics {
    let tasks: Vec<TaskTimes> = (0..run.trace.tasks()).map(|task| task_times(run, Task(task))).collect();
    let first = tasks.iter().filter_map(|task| task.arrive).min();
    let last =
        if run.is_over() { tasks.iter().filter_map(|task| task.finish).max() } else { Some(run.trace.horizon()) };
    let makespan = first.zip(last).map_or(Nanos::ZERO, |(first, last)| last - first);
    let running: Nanos = tasks.iter().map(|task| task.running).sum();
    let done = tasks.iter().filter(|task| task.outcome == Some(State::Done)).count();
    let over = tasks.iter().filter(|task| task.outcome.is_some()).count();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Metrics {
        makespan,
        running,
        utilization: utilization(run, running, makespan),
        throughput: (makespan > Nanos::ZERO).then(|| f64::from(count(done)) / makespan.secs()),
        waiting: Summary::of(tasks.iter().filter(|task| task.outcome.is_some()).map(|task| task.waiting).collect()),
        turnaround: Summary::of(tasks.iter().filter_map(TaskTimes::turnaround).collect()),
        response: Summary::of(tasks.iter().filter_map(TaskTimes::response).collect()),
        overhead: run.account.overhead.unwrap_or_else(|| tasks.iter().map(|task| task.overhead).sum()),
        done: count(done),
        not_done: count(over - done),
    }
}

/// A thread off its core learns of that only when it is back: until then its last span counts as running. While a run
/// grows, cores may so seem to be more than busy; they are not.
fn utilization(run: &Run, running: Nanos, makespan: Nanos) -> Option<f64> {
    let share = running.ratio(makespan * i64::from(run.cores))?;
    Some(if run.is_over() { share } else { share.min(1.0) })
}

/// Makespan of the baseline / makespan of this run. The caller finds the baseline: the run of
/// [`crate::model::baseline_of`] with the same scenario, variant, seed and engine.
pub fn speedup(baseline: Nanos, makespan: Nanos) -> Option<f64> {
    baseline.ratio(makespan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let check = |count: i64, p50: i64, p95: i64| {
            let summary = Summary::of((1..=count).map(Nanos).collect());
            assert_eq!((summary.p50, summary.p95), (Some(Nanos(p50)), Some(Nanos(p95))), "{count}");
        };
        check(1, 1, 1);
        check(2, 1, 2);
        check(20, 10, 19);
        check(100, 50, 95);
        assert_eq!(Summary::of(vec![]), Summary::default());
    }
}
