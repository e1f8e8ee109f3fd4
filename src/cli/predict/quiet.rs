//! Which of the repetitions of a run count. An imagined computer is an idle one: a repetition during which others took
//! this one is set aside, by what the system says of them and never by how long it took, and others are made instead. Where
//! the computer is hardly ever idle, those count that were disturbed least.
//!
//! Who shares a core of it with another machine has a computer all the same, a slower one: of quiet repetitions those count
//! that were made in the mood it was in more often, and what things cost in that mood is what they are predicted with.

use crate::analysis::agreement::Figures;
use crate::engine::calibrate::{Mood, STOLEN_MAX};
use crate::engine::pace::Pace;
use crate::time::Nanos;
use crate::trace::Run;

/// A repetition is disturbed where a virtual machine's host took more than [`STOLEN_MAX`] of its cores' time, or other
/// programs more than this: of them the system tells no more exactly.
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
    /// Behind so many of the looks at what things cost between the runs.
    pub looks: usize,
}

impl Repetition {
    pub fn of(number: usize, run: &Run, pace: Pace, looks: usize) -> Self {
        let end = run.trace.spans().map(|span| span.end).max().unwrap_or(Nanos::ZERO);
        let others = run.others_busy().map(|(mean, _)| mean / f64::from(run.host.cores));
        let disturbance = disturbance(end * i64::from(run.host.cores), run.account.stolen, others);
        Repetition { number, figures: Figures::of(run), disturbance, pace, looks }
    }

    pub fn is_quiet(&self) -> bool {
        self.disturbance <= 1.0
    }
}

/// Those that count: the quiet ones of the mood that was more frequent, all quiet ones where these are fewer than
/// `at_least`, or where all are, the quietest.
pub fn counting(measured: &[Repetition], at_least: usize) -> Vec<&Repetition> {
    let mut sorted: Vec<&Repetition> = measured.iter().collect();
    sorted.sort_by(|one, other| one.disturbance.total_cmp(&other.disturbance));
    let quiet = sorted.iter().filter(|one| one.is_quiet()).count();
    sorted.truncate(quiet.max(at_least));
    let (shared, alone): (Vec<&Repetition>, Vec<&Repetition>) = sorted.iter().partition(|one| one.pace.is_shared());
    let more = if shared.len() > alone.len() { shared } else { alone };
    if more.len() >= at_least.min(sorted.len()) { more } else { sorted }
}

/// In which mood of the computer all of these were made.
pub fn mood(of: &[&Repetition]) -> Mood {
    match of.iter().filter(|one| one.pace.is_shared()).count() {
        0 => Mood::Alone,
        shared if shared == of.len() => Mood::Shared,
        _ => Mood::Mixed,
    }
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
            let counting = counting(&measured, 3);
            assert_eq!(counting.iter().map(|one| one.number).collect::<Vec<_>>(), expected);
            assert_eq!(mood(&counting), Mood::Alone);
        };
        check(&[], &[]);
        check(&[4.0], &[0]);
        check(&[0.0, 3.0, 0.5, 1.0, 2.0], &[0, 2, 3]);
        check(&[5.0, 3.0, 0.0, 2.0], &[2, 3, 1]);
        check(&[0.0, 0.0, 0.0, 0.0, 2.0], &[0, 1, 2, 3]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn quiet_ones_of_the_mood_that_was_more_frequent_count() {
        let shared = Pace::now().shared();
        let check = |in_shared: &[usize], at_least: usize, expected: (&[usize], Mood)| {
            let mut measured = repetitions(&[0.0, 0.1, 0.2, 0.3, 4.0]);
            for number in in_shared {
                measured[*number].pace = shared.clone();
            }
            let counting = counting(&measured, at_least);
            let numbers: Vec<usize> = counting.iter().map(|one| one.number).collect();
            assert_eq!((&numbers[..], mood(&counting)), expected, "{in_shared:?}");
        };
        check(&[], 2, (&[0, 1, 2, 3], Mood::Alone));
        check(&[1], 2, (&[0, 2, 3], Mood::Alone));
        check(&[1, 2], 2, (&[0, 3], Mood::Alone));
        check(&[0, 1, 3], 2, (&[0, 1, 3], Mood::Shared));
        check(&[0, 1], 3, (&[0, 1, 2, 3], Mood::Mixed));
        check(&[0, 1, 2, 3, 4], 5, (&[0, 1, 2, 3, 4], Mood::Shared));
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
            looks: 0,
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
