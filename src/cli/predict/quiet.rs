//! Which of the repetitions of a run count. An imagined computer is an idle one: a repetition during which others took
//! this one is set aside, by what the system says of them, or how fast its cores were before and after, and never by how
//! long it took; others are made instead. Where the computer is hardly ever idle, those count that were disturbed least.

use crate::analysis::agreement::Figures;
use crate::engine::pace::Pace;
use crate::time::Nanos;
use crate::trace::Run;

/// A repetition is disturbed where a virtual machine's host took more of its cores' time than this, …
pub const STOLEN_MAX: f64 = 0.02;
/// … or other programs more than this: of them the system tells no more exactly.
pub const OTHERS_MAX: f64 = 0.1;

/// A repetition of a run that came to its end.
#[derive(Clone)]
pub struct Repetition {
    /// Its seed is so much more than the first one's.
    pub number: usize,
    pub figures: Figures,
    /// How much others disturbed it, as a multiple of what a quiet one may be.
    disturbance: f64,
    /// Of the computer around it.
    pace: Pace,
}

impl Repetition {
    pub fn of(number: usize, run: &Run, pace: Pace) -> Self {
        let end = run.trace.spans().map(|span| span.end).max().unwrap_or(Nanos::ZERO);
        let others = run.others_busy().map(|(mean, _)| mean / f64::from(run.host.cores));
        let disturbance = disturbance(end * i64::from(run.host.cores), run.account.stolen, others);
        Repetition { number, figures: Figures::of(run), disturbance, pace }
    }

    pub fn is_quiet(&self) -> bool {
        self.disturbance <= 1.0 && !self.pace.is_shared()
    }

    /// Whether somebody shared its cores, which the system does not tell.
    pub fn is_on_shared_cores(&self) -> bool {
        self.pace.is_shared()
    }
}

/// Those that count: the quiet ones, or where they are fewer than `at_least`, the quietest.
pub fn counting(measured: &[Repetition], at_least: usize) -> Vec<&Repetition> {
    let mut sorted: Vec<&Repetition> = measured.iter().collect();
    let quietest_first = |one: &&Repetition, other: &&Repetition| {
        let is_shared = one.pace.is_shared().cmp(&other.pace.is_shared());
        is_shared.then(one.disturbance.total_cmp(&other.disturbance))
    };
    sorted.sort_by(quietest_first);
    let quiet = sorted.iter().filter(|one| one.is_quiet()).count();
    sorted.truncate(quiet.max(at_least));
    sorted
}

/// Whether others took more than a quiet run may lose, over all of them: what one short run lost, ticks cannot tell.
pub fn are_disturbed(measured: &[Repetition]) -> bool {
    let time: Nanos = measured.iter().map(|one| one.figures.makespan).sum();
    let lost: f64 = measured.iter().map(|one| one.figures.makespan.secs() * one.disturbance).sum();
    lost > time.secs()
}

/// How much others disturbed a run, as a multiple of what a quiet one may be: of so much time of all cores, a virtual
/// machine's host took so much, and other programs kept that share of them busy; `None` where the system does not tell.
fn disturbance(core_time: Nanos, stolen: Option<Nanos>, others: Option<f64>) -> f64 {
    let stolen = stolen.and_then(|stolen| stolen.ratio(core_time)).unwrap_or(0.0);
    (stolen / STOLEN_MAX).max(others.unwrap_or(0.0) / OTHERS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_disturbed_is_set_aside_while_anything_else_is_left() {
        let check = |disturbances: &[f64], expected: &[usize]| {
            let measured = repetitions(disturbances);
            assert_eq!(counting(&measured, 3).iter().map(|one| one.number).collect::<Vec<_>>(), expected);
        };
        check(&[], &[]);
        check(&[4.0], &[0]);
        check(&[0.0, 3.0, 0.5, 1.0, 2.0], &[0, 2, 3]);
        check(&[5.0, 3.0, 0.0, 2.0], &[2, 3, 1]);
        check(&[0.0, 0.0, 0.0, 0.0, 2.0], &[0, 1, 2, 3]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_ran_on_shared_cores_is_set_aside_before_all_else() {
        let mut measured = repetitions(&[0.0, 0.0, 0.5, 2.0]);
        measured[0].pace = Pace::now().shared();
        assert!(!measured[0].is_quiet());
        let numbers = |at_least| counting(&measured, at_least).iter().map(|one| one.number).collect::<Vec<_>>();
        assert_eq!([numbers(2), numbers(3), numbers(4)], [vec![1, 2], vec![1, 2, 3], vec![1, 2, 3, 0]]);
    }

    #[test]
    fn runs_too_short_for_ticks_are_judged_together() {
        let check = |disturbances: &[f64], expected: bool| {
            assert_eq!(are_disturbed(&repetitions(disturbances)), expected, "{disturbances:?}");
        };
        check(&[0.0, 0.0, 0.0, 3.0], false);
        check(&[0.0, 0.0, 0.0, 5.0], true);
    }

    /// Of a tenth of a second each.
    fn repetitions(disturbances: &[f64]) -> Vec<Repetition> {
        let makespan = Nanos::from_millis(100);
        let of = |(number, disturbance): (usize, &f64)| Repetition {
            number,
            figures: Figures { makespan, utilization: None, returns: Vec::new(), done: 1 },
            disturbance: *disturbance,
            pace: Pace::default(),
        };
        disturbances.iter().enumerate().map(of).collect()
    }

    #[test]
    fn who_takes_the_cores_disturbs() {
        let check = |stolen: Option<i64>, others: Option<f64>, is_quiet: bool| {
            let disturbance = disturbance(Nanos::from_millis(1_000), stolen.map(Nanos::from_millis), others);
            assert_eq!(disturbance <= 1.0, is_quiet, "{stolen:?} {others:?}: {disturbance}");
        };
        check(None, None, true);
        check(Some(0), Some(0.0), true);
        check(Some(20), Some(0.09), true);
        check(Some(30), Some(0.0), false);
        check(Some(0), Some(0.11), false);
    }
}
