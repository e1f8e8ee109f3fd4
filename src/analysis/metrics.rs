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
    /// Of tasks that are over, but for those that neither waited nor were taken up.
    pub waiting: Summary,
    /// Of tasks that are over, but for those that nobody took up.
    pub turnaround: Summary,
    pub response: Summary,
    /// What was not the tasks' own work. A simulated run knows all of it; of a measured one it is what tasks spent
    /// starting and shipping.
    pub overhead: Nanos,
    /// How many tasks ended so.
    pub done: u32,
    pub not_done: u32,
    /// Of `not_done`, those that were stuck for ever: no time of such a run is that of the work.
    pub deadlocked: u32,
}

impl Metrics {
    /// Both came to their end having done as much: only then does it tell anything which of them was the faster.
    pub fn did_the_same_as(&self, other: &Metrics) -> bool {
        let ends = |metrics: &Metrics| (metrics.done, metrics.not_done, metrics.deadlocked);
        self.deadlocked == 0 && ends(self) == ends(other)
    }
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
        let Some(last) = values.len().checked_sub(1) else { return Summary::default() };
        let mean = mean(&values);
        let place = |percent: usize| (values.len() * percent).div_ceil(100).max(1) - 1;
        let (middle, late) = (place(50), place(95));
        // Each selection leaves what is larger behind it: three of them cost a fraction of sorting millions.
        let p50 = *values.select_nth_unstable(middle).1;
        let p95 = *values[middle..].select_nth_unstable(late - middle).1;
        let max = *values[late..].select_nth_unstable(last - late).1;
        Summary { mean: Some(mean), p50: Some(p50), p95: Some(p95), max: Some(max) }
    }
}

/// Of at least one. Many long times add up to more than a [`Nanos`] holds.
fn mean(values: &[Nanos]) -> Nanos {
    let sum: i128 = values.iter().map(|value| i128::from(value.0)).sum();
    Nanos(i64::try_from(sum / values.len() as i128).expect("a mean is not larger than the largest"))
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
    // By column: of millions of tasks, what is not asked for need not be read.
    let own = run.trace.of(task);
    let (states, starts, ends) = (run.trace.states(), run.trace.starts(), run.trace.ends());
    let spans = states[own.clone()].iter().zip(starts[own.clone()].iter().zip(&ends[own]));
    for (state, (start, end)) in spans {
        let (state, start, length) = (*state, *start, *end - *start);
        if state != State::New {
            times.arrive.get_or_insert(start);
        }
        match state {
            State::Running => {
                times.start.get_or_insert(start);
                times.running += length;
            }
            State::Io => times.io += length,
            state if state.is_waiting() => {
                times.waiting += length;
                if state == State::Blocked {
                    times.blocked += length;
                } else if state != State::Ready {
                    times.overhead += length;
                }
            }
            state if state.is_end() => {
                times.finish = Some(start);
                times.outcome = Some(state);
            }
            _ => {}
        }
    }
    times
}

pub fn metrics(run: &Run) -> Metrics {
    metrics_of(run, (0..run.trace.tasks()).map(|task| task_times(run, Task(task))))
}

/// The same from the times of its tasks, for whoever has them already.
pub fn metrics_of(run: &Run, tasks: impl Iterator<Item = TaskTimes>) -> Metrics {
    let (mut waiting, mut turnaround, mut response) = (Vec::new(), Vec::new(), Vec::new());
    let (mut first, mut last) = (None::<Nanos>, None::<Nanos>);
    let (mut running, mut overhead) = (Nanos::ZERO, Nanos::ZERO);
    let (mut done, mut over, mut deadlocked) = (0_u32, 0_u32, 0_u32);
    for times in tasks {
        first = first.into_iter().chain(times.arrive).min();
        last = last.max(times.finish);
        running += times.running;
        overhead += times.overhead;
        let is_done = times.outcome == Some(State::Done);
        // What was refused, or given up before anybody took it up, took no time: it would make the others seem quick.
        let was_served = is_done || times.start.is_some();
        turnaround.extend(times.turnaround().filter(|_| was_served));
        response.extend(times.response());
        if times.outcome.is_some() {
            over += 1;
            done += u32::from(is_done);
            deadlocked += u32::from(times.outcome == Some(State::Deadlocked));
            waiting.extend(Some(times.waiting).filter(|time| was_served || *time > Nanos::ZERO));
        }
    }
    let last = if run.is_over() { last } else { Some(run.trace.horizon()) };
    let makespan = first.zip(last).map_or(Nanos::ZERO, |(first, last)| last - first);
    Metrics {
        makespan,
        running,
        utilization: utilization(run, running, makespan),
        throughput: (makespan > Nanos::ZERO).then(|| f64::from(done) / makespan.secs()),
        waiting: Summary::of(waiting),
        turnaround: Summary::of(turnaround),
        response: Summary::of(response),
        overhead: run.account.overhead.unwrap_or(overhead),
        done,
        not_done: over - done,
        deadlocked,
    }
}

/// A thread off its core learns of that only when it is back: until then its last span counts as running. While a run
/// grows, cores may so seem to be more than busy; they are not.
fn utilization(run: &Run, running: Nanos, makespan: Nanos) -> Option<f64> {
    let share = running.ratio(makespan)? / f64::from(run.cores);
    Some(if run.is_over() { share } else { share.min(1.0) })
}

/// Makespan of the baseline / makespan of this run. The caller finds the baseline: the run of
/// [`crate::model::baseline_of`] with the same scenario, variant, seed and engine, if it [did the
/// same](Metrics::did_the_same_as).
pub fn speedup(baseline: Nanos, makespan: Nanos) -> Option<f64> {
    baseline.ratio(makespan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_right_where_the_sum_is_not() {
        let summary = Summary::of(vec![Nanos::MAX; 3]);
        assert_eq!(summary.mean, Some(Nanos::MAX));
    }

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
