//! The figures that lessons name: `event-loop.makespan`, found among finished runs, with the baseline each speedup
//! needs.

use std::fmt::{self, Display};

use super::diagnosis::{kept_share, lost_share};
use super::metrics::{Metrics, metrics, speedup};
use crate::model;
use crate::scenario::condition::{Metric, Operand};
use crate::time::Nanos;
use crate::trace::{Run, Status};

/// A figure with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    Time(Nanos),
    Factor(f64),
    /// Of 1.
    Share(f64),
    /// Per second.
    Rate(f64),
    Count(u64),
    Bytes(u64),
}

impl Value {
    /// In seconds, as a plain ratio, per second, or counted, as bytes are.
    pub fn number(self) -> f64 {
        match self {
            Value::Time(time) => time.secs(),
            Value::Factor(number) | Value::Share(number) | Value::Rate(number) => number,
            Value::Count(count) | Value::Bytes(count) => count as f64,
        }
    }
}

/// `442 ms`, `1.98×`, `43 %`, `12.5 /s`, `41`, `52.3 MiB`.
impl Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Time(time) => time.fmt(f),
            Value::Factor(factor) => write!(f, "{factor:.*}×", decimals(*factor)),
            Value::Share(share) if *share < 0.0995 => write!(f, "{:.1} %", share * 100.0),
            Value::Share(share) => write!(f, "{:.0} %", share * 100.0),
            Value::Rate(rate) => write!(f, "{rate:.*} /s", decimals(*rate)),
            Value::Count(count) => count.fmt(f),
            Value::Bytes(bytes) if *bytes < 1 << 20 => write!(f, "{} KiB", bytes.div_ceil(1 << 10)),
            Value::Bytes(bytes) => {
                let mebibytes = *bytes as f64 / f64::from(1 << 20);
                write!(f, "{mebibytes:.*} MiB", decimals(mebibytes))
            }
        }
    }
}

/// Three digits, as durations have.
fn decimals(number: f64) -> usize {
    match number {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    }
}

/// What is known of some runs of one scenario. A growing or cancelled run says nothing yet, and one that only shows an
/// order never does.
pub struct Figures<'a>(Vec<(&'a Run, Metrics)>);

impl<'a> Figures<'a> {
    pub fn of(runs: &[&'a Run]) -> Self {
        let finished = runs.iter().copied().filter(|run| run.status == Status::Finished);
        let finished = finished.filter(|run| !run.shows_order_only());
        Figures(finished.map(|run| (run, metrics(run))).collect())
    }

    /// The same of runs whose metrics are known.
    pub fn of_known(runs: &[(&'a Run, &Metrics)]) -> Self {
        let finished = runs.iter().filter(|(run, _)| run.status == Status::Finished);
        Figures(finished.map(|(run, metrics)| (*run, Metrics::clone(metrics))).collect())
    }

    /// The figure of that name. Of repeated runs, the one of median makespan speaks. `None` when no run is meant, or
    /// runs of several models are.
    pub fn get(&self, operand: &Operand) -> Option<Value> {
        let (run, metrics) = self.median(|run| is_meant(operand, run, self.has_variant(&operand.subject)))?;
        let speedup = || {
            let (_, baseline) = self.median(|other| is_baseline(other, run))?;
            let baseline = Some(baseline).filter(|baseline| baseline.did_the_same_as(metrics))?;
            speedup(baseline.makespan, metrics.makespan)
        };
        Some(match operand.metric {
            Metric::Makespan => Value::Time(metrics.makespan),
            Metric::Speedup => Value::Factor(speedup()?),
            Metric::Efficiency => Value::Share(speedup()? / f64::from(run.cores)),
            Metric::Utilization => Value::Share(metrics.utilization?),
            Metric::Throughput => Value::Rate(metrics.throughput?),
            Metric::Waiting => Value::Time(metrics.waiting.mean?),
            Metric::Turnaround => Value::Time(metrics.turnaround.mean?),
            Metric::Response => Value::Time(metrics.response.mean?),
            Metric::Cpu => Value::Time(run.account.cpu?),
            Metric::Done => {
                let (done, all) = (metrics.done, metrics.done + metrics.not_done);
                Value::Share((all > 0).then(|| f64::from(done) / f64::from(all))?)
            }
            Metric::Lost => Value::Share(lost_share(run)?),
            Metric::Kept => Value::Share(kept_share(run)?),
        })
    }

    fn has_variant(&self, id: &str) -> bool {
        self.0.iter().any(|(run, _)| run.variant.as_deref() == Some(id))
    }

    /// The lower median by makespan of the runs that match, if all of them are of one model.
    fn median(&self, matches: impl Fn(&Run) -> bool) -> Option<&(&'a Run, Metrics)> {
        let mut found: Vec<_> = self.0.iter().filter(|(run, _)| matches(run)).collect();
        let (first, _) = found.first()?;
        if found.iter().any(|(run, _)| run.choice != first.choice) {
            return None;
        }
        found.sort_by_key(|(_, metrics)| metrics.makespan);
        found.get((found.len() - 1) / 2).copied()
    }
}

fn is_meant(operand: &Operand, run: &Run, subject_is_variant: bool) -> bool {
    match (&operand.variant, subject_is_variant) {
        (None, true) => run.variant.as_deref() == Some(&operand.subject),
        (variant, _) => run.variant == *variant && operand.names(&run.choice),
    }
}

/// What `speedup` divides: the same scenario, variant, seed and engine under the baseline of the same language.
fn is_baseline(other: &Run, run: &Run) -> bool {
    other.choice.model == model::baseline_of(run.choice.model)
        && other.scenario_id == run.scenario_id
        && other.variant == run.variant
        && other.seed == run.seed
        && other.engine == run.engine
}
