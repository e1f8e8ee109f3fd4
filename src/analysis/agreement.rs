//! How well a simulated run foretold the measured one: the figures of both side by side, and the bounds within which
//! the simulator is held to be right.
//!
//! Pure. The bounds are those that a simulator of this kind was seen to keep against CPython on an idle machine.

use super::metrics::{Metrics, Summary, metrics};
use crate::model::{Plan, Workers};
use crate::time::Nanos;
use crate::trace::{Run, State};

/// Of the measured makespan.
pub const MAKESPAN_OFF_MAX: f64 = 0.05;
/// The same where processes exceed half the tasks: their starts are most of the run, and vary most.
pub const MAKESPAN_OFF_MAX_PROCESSES: f64 = 0.12;
/// As a share of the cores' time.
pub const UTILIZATION_OFF_MAX: f64 = 0.06;
/// Of the measured median.
pub const LATENESS_OFF_MAX: f64 = 0.25;

/// What is compared of one run, or of several as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Where tasks got stuck, from the first arrival to the last thing that happened: how much later the standstill was
    /// found is the doing of who looks for it.
    pub makespan: Nanos,
    /// `None` where nothing ran.
    pub utilization: Option<f64>,
    /// Under an interpreter lock: the time from the end of a task's IO until it runs again, of every such return.
    pub returns: Vec<Nanos>,
    /// Tasks done.
    pub done: u32,
}

impl Figures {
    pub fn of(run: &Run) -> Self {
        let metrics = metrics(run);
        let makespan = length(run, &metrics);
        Figures {
            makespan,
            utilization: metrics.running.ratio(makespan * i64::from(run.cores)),
            returns: returns(run),
            done: metrics.done,
        }
    }

    /// The median lateness of the returns; `None` where there was none, or no interpreter lock.
    pub fn gil_lateness(&self) -> Option<Nanos> {
        Summary::of(self.returns.clone()).p50
    }

    /// Of repetitions of one run: each time and share by its own [`midmean`], and the median of tasks done. The returns of
    /// all count alike: one run has few, and where the lock passes by chance, each of them has waited a whole number of
    /// intervals. `None` of none.
    pub fn midmean(runs: &[Figures]) -> Option<Figures> {
        let done = middle(runs.iter().map(|run| run.done).collect())?.0;
        Some(Figures {
            makespan: Nanos::from_secs_f64(midmean(runs.iter().map(|run| run.makespan.secs()).collect())?),
            utilization: midmean(runs.iter().filter_map(|run| run.utilization).collect()),
            returns: runs.iter().flat_map(|run| &run.returns).copied().collect(),
            done,
        })
    }

    /// Whether repetitions of a run say the same, so far as its bounds ask: each figure lies within a quarter of its
    /// bound from all others of its kind.
    pub fn agree(runs: &[Figures]) -> bool {
        const SHARE: f64 = 0.25;
        let within = |values: Vec<f64>, max: f64| {
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            values.is_empty() || most - least <= max * SHARE
        };
        let of_median = |times: Vec<Nanos>, max: f64| {
            let median = median(times.clone()).unwrap_or(Nanos::ZERO);
            within(times.iter().filter_map(|time| time.ratio(median)).collect(), max)
        };
        of_median(runs.iter().map(|run| run.makespan).collect(), MAKESPAN_OFF_MAX)
            && of_median(runs.iter().filter_map(Figures::gil_lateness).collect(), LATENESS_OFF_MAX)
            && within(runs.iter().filter_map(|run| run.utilization).collect(), UTILIZATION_OFF_MAX)
    }
}

/// How far repetitions of a run are from each other: half of what lies between their quartiles, as a share of the median
/// makespan. `None` of fewer than two.
pub fn swing(runs: &[Figures]) -> Option<f64> {
    let mut makespans: Vec<Nanos> = runs.iter().map(|run| run.makespan).collect();
    makespans.sort_unstable();
    let quarter = makespans.len() / 4;
    let [low, .., high] = makespans.get(quarter..makespans.len() - quarter)? else { return None };
    (*high - *low).ratio(median(makespans.clone())?).map(|between| between / 2.0)
}

/// By how much the midmean of the makespans is likely to be off, as a share of it: its standard error if they are drawn from a
/// normal distribution. That of a mean trimmed by a quarter on each side is 1.093 σ/√n (Huber, *Robust Statistics*,
/// 1981, on L-estimates), and σ is the [`swing`] divided by .6745. `None` of fewer than two.
#[expect(clippy::cast_precision_loss, reason = "a few runs")]
pub fn standard_error(runs: &[Figures]) -> Option<f64> {
    const OF_A_MIDMEAN: f64 = 1.093;
    const QUARTILE_OF_THE_NORMAL: f64 = 0.6745;
    swing(runs).map(|swing| OF_A_MIDMEAN * swing / QUARTILE_OF_THE_NORMAL / (runs.len() as f64).sqrt())
}

/// The mean of the half in the middle: of what lies between the quartiles. Who is far out does not count, as with a
/// median; and where runs go one of two ways, it says how many went which, where a median says only which went more.
/// `None` of none.
#[expect(clippy::cast_precision_loss, reason = "a few values")]
fn midmean(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let quarter = values.len() as f64 / 4.0;
    // A value at a quartile counts by that part of it which lies within.
    let part = |at: usize| ((at + 1) as f64).min(3.0 * quarter) - (at as f64).max(quarter);
    let sum: f64 = values.iter().enumerate().map(|(at, value)| part(at).max(0.0) * value).sum();
    (!values.is_empty()).then(|| sum / (2.0 * quarter))
}

fn median(times: Vec<Nanos>) -> Option<Nanos> {
    middle(times).map(|(low, high)| low + (high - low) / 2)
}

/// The two in the middle, which are one and the same where the number is odd.
fn middle<T: Copy + Ord>(mut values: Vec<T>) -> Option<(T, T)> {
    values.sort_unstable();
    let low = *values.get(values.len().checked_sub(1)? / 2)?;
    Some((low, values[values.len() / 2]))
}

/// A figure as it was foretold and as it was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair<T> {
    pub predicted: T,
    pub measured: T,
}

/// One scenario under one model, simulated and measured. A figure that only one side has is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    pub makespan: Pair<Nanos>,
    /// How far the predicted makespan may be off, of the measured one.
    pub makespan_off_max: f64,
    pub utilization: Option<Pair<f64>>,
    /// Where they differ, the runs took different turns, and the other figures say little.
    pub done: Pair<u32>,
    pub gil_lateness: Option<Pair<Nanos>>,
}

/// How far the predicted makespan of so many tasks under that plan may be off.
pub fn makespan_off_max(plan: &Plan, tasks: u64) -> f64 {
    let processes = match plan.workers {
        Workers::Fixed(workers) | Workers::Split(workers) => u64::from(workers),
        Workers::PerTask => tasks,
    };
    let are_many = plan.processes.is_some() && processes * 2 > tasks;
    if are_many { MAKESPAN_OFF_MAX_PROCESSES } else { MAKESPAN_OFF_MAX }
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
    pub fn of(predicted: &Figures, measured: &Figures, makespan_off_max: f64) -> Self {
        Agreement {
            makespan: Pair { predicted: predicted.makespan, measured: measured.makespan },
            makespan_off_max,
            utilization: both(predicted.utilization, measured.utilization),
            done: Pair { predicted: predicted.done, measured: measured.done },
            gil_lateness: both(predicted.gil_lateness(), measured.gil_lateness()),
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

fn both<T>(predicted: Option<T>, measured: Option<T>) -> Option<Pair<T>> {
    predicted.zip(measured).map(|(predicted, measured)| Pair { predicted, measured })
}

/// How late all tasks came back from IO; none without an interpreter lock.
fn returns(run: &Run) -> Vec<Nanos> {
    let mut lateness = Vec::new();
    if run.choice.plan(run.cores).gil.is_none() {
        return lateness;
    }
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
    lateness
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{self, ModelChoice};
    use crate::scenario::Spread;
    use crate::scenario::draw::{self, Key};

    #[test]
    fn a_swing_is_half_of_what_lies_between_the_quartiles() {
        let check = |makespans: &[i64], expected: Option<f64>| {
            let of = |millis: &i64| Figures {
                makespan: Nanos::from_millis(*millis),
                utilization: None,
                returns: Vec::new(),
                done: 1,
            };
            assert_eq!(swing(&makespans.iter().map(of).collect::<Vec<_>>()), expected, "{makespans:?}");
        };
        check(&[], None);
        check(&[100], None);
        check(&[125, 75], Some(0.25));
        check(&[100, 75, 125], Some(0.25));
        check(&[100, 5, 75, 900, 125], Some(0.25));
        check(&[0, 0], None);
    }

    #[test]
    fn a_standard_error_says_how_far_midmeans_are_from_each_other() {
        const SEED: u64 = 7;
        const SAMPLES: u32 = 1_000;
        const MEAN: Nanos = Nanos::from_millis(100);
        let spread = Spread::Normal(MEAN, Nanos::from_millis(4));
        let sample = |index| {
            let drawn = |step| draw::duration(&spread, Key { seed: SEED, group: 0, index, step });
            let of = |step| Figures { makespan: drawn(step), utilization: None, returns: Vec::new(), done: 1 };
            (0..80).map(of).collect::<Vec<_>>()
        };
        let samples: Vec<Vec<Figures>> = (0..SAMPLES).map(sample).collect();
        let offs =
            samples.iter().filter_map(|runs| Figures::midmean(runs)?.makespan.ratio(MEAN)).map(|ratio| ratio - 1.0);
        let really = (offs.map(|off| off * off).sum::<f64>() / f64::from(SAMPLES)).sqrt();
        let said = samples.iter().filter_map(|runs| standard_error(runs)).sum::<f64>() / f64::from(SAMPLES);
        assert!((said / really - 1.0).abs() < 0.1, "seed {SEED}: said {said}, really {really}");
        assert_eq!([&samples[0][..1], &[]].map(standard_error), [None, None]);
    }

    fn agreement(predicted: i64, measured: i64) -> Agreement {
        Agreement {
            makespan: Pair { predicted: Nanos(predicted), measured: Nanos(measured) },
            makespan_off_max: MAKESPAN_OFF_MAX,
            utilization: Some(Pair { predicted: 0.5, measured: 0.5 }),
            done: Pair { predicted: 2, measured: 2 },
            gil_lateness: None,
        }
    }

    fn figures(makespan: i64, utilization: f64, returns: &[i64]) -> Figures {
        let returns = returns.iter().copied().map(Nanos).collect();
        Figures { makespan: Nanos(makespan), utilization: Some(utilization), returns, done: 2 }
    }

    #[test]
    fn each_figure_has_a_midmean_of_its_own() {
        let runs = [figures(30, 0.125, &[7, 20]), figures(10, 0.375, &[]), figures(20, 0.25, &[9])];
        assert_eq!(Figures::midmean(&runs), Some(figures(20, 0.25, &[7, 20, 9])));
        assert_eq!(Figures::midmean(&runs[..2]), Some(figures(20, 0.25, &[7, 20])), "the mean of two");
        assert_eq!(Figures::midmean(&[]), None);
    }

    #[test]
    fn a_midmean_is_the_mean_of_the_half_in_the_middle() {
        let check = |values: &[f64], expected: Option<f64>| {
            assert_eq!(midmean(values.to_vec()), expected, "{values:?}");
        };
        check(&[], None);
        check(&[7.0], Some(7.0));
        check(&[1.0, 3.0, 900.0], Some((0.25 + 3.0 + 225.0) / 1.5));
        check(&[900.0, 1.0, 3.0, 4.0], Some(3.5));
        check(&[40.0, 46.0, 40.0, 46.0, 40.0, 46.0, 46.0, 46.0], Some(44.5));
    }

    #[test]
    fn every_return_counts_as_much_as_any_other() {
        let runs = [figures(1, 0.1, &[1, 2, 3, 4, 5]), figures(1, 0.1, &[9]), figures(1, 0.1, &[8])];
        let lateness = |runs: &[Figures]| Figures::midmean(runs).unwrap().gil_lateness();
        assert_eq!(lateness(&runs), Some(Nanos(4)), "not 8, the median of medians");
        assert_eq!(lateness(&[figures(1, 0.1, &[])]), None);
    }

    #[test]
    fn repetitions_agree_within_a_quarter_of_the_bounds() {
        let check = |other: Figures, expected: bool| {
            let runs = [figures(1_000, 0.5, &[1_000]), other.clone()];
            assert_eq!(Figures::agree(&runs), expected, "{other:?}");
        };
        check(figures(1_012, 0.51, &[1_060]), true);
        check(figures(1_013, 0.5, &[1_000]), false);
        check(figures(1_000, 0.52, &[1_000]), false);
        check(figures(1_000, 0.5, &[1_070]), false);
        check(figures(1_000, 0.5, &[]), true);
        assert!(Figures::agree(&[]));
    }

    #[test]
    fn processes_vary_more_where_they_are_most_of_the_run() {
        let check = |text: &str, tasks: u64, expected: f64| {
            let mut choice = ModelChoice::new(model::find(text).unwrap());
            drop(choice.set_text("workers", "2"));
            let max = makespan_off_max(&choice.plan(2), tasks);
            assert!((max - expected).abs() < 1e-9, "{text}, {tasks}: {max}");
        };
        check("processes", 4, MAKESPAN_OFF_MAX);
        check("processes", 3, MAKESPAN_OFF_MAX_PROCESSES);
        check("python-multiprocessing", 100, MAKESPAN_OFF_MAX_PROCESSES);
        check("threads", 3, MAKESPAN_OFF_MAX);
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
