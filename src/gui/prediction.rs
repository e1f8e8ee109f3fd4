//! What a person predicted before the run, and whether it came true. Pure.
//!
//! Measured figures carry noise: makespans within [`NOISE`] of each other are a tie, and a tie contradicts nobody.

use crate::model::ModelChoice;
use crate::time::Nanos;

/// Two makespans that differ by less than this share of the longer are called equal.
pub const NOISE: f64 = 0.05;
/// A predicted makespan this close, as a share of the measured one, is right.
pub const RIGHT_WITHIN: f64 = 0.15;

/// What is ordered and timed: one model under one variant.
#[derive(Clone, Debug, PartialEq)]
pub struct Contender {
    pub variant: Option<String>,
    pub choice: ModelChoice,
}

/// The person's answer, kept as long as the lesson is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prediction {
    /// The contenders, expected fastest first.
    pub rank: Vec<Contender>,
    /// Expected makespan, for each contender of the lesson in order; `None`: not said.
    pub makespans: Vec<Option<Nanos>>,
    /// Index of the chosen answer.
    pub choice: Option<usize>,
    /// The person has touched the prediction: only then is it judged.
    pub made: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Right,
    Wrong,
}

impl Prediction {
    /// Keeps the order of those that are still there, and appends the new ones.
    pub fn follow(&mut self, contenders: &[Contender]) {
        self.rank.retain(|own| contenders.contains(own));
        for new in contenders {
            if !self.rank.contains(new) {
                self.rank.push(new.clone());
            }
        }
        self.makespans.resize(contenders.len(), None);
    }
}

/// Right when nobody who was expected later came clearly earlier.
pub fn judge_rank(measured_in_predicted_order: &[Nanos]) -> Verdict {
    let clearly_before = |a: Nanos, b: Nanos| a.secs() < b.secs() * (1.0 - NOISE);
    let mut slowest = Nanos::ZERO;
    for own in measured_in_predicted_order {
        if clearly_before(*own, slowest) {
            return Verdict::Wrong;
        }
        slowest = slowest.max(*own);
    }
    Verdict::Right
}

pub fn judge_makespan(predicted: Nanos, measured: Nanos) -> Verdict {
    let off = (predicted.secs() - measured.secs()).abs();
    if off <= measured.secs() * RIGHT_WITHIN { Verdict::Right } else { Verdict::Wrong }
}

/// `answer` counts from 1, as in scenario files; it is the lesson's, and judges nobody by runs that contradict it.
pub fn judge_choice(chosen: usize, answer: usize, is_contradicted: bool) -> Option<Verdict> {
    let verdict = if chosen + 1 == answer { Verdict::Right } else { Verdict::Wrong };
    (!is_contradicted).then_some(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;

    const fn ms(millis: i64) -> Nanos {
        Nanos::from_millis(millis)
    }

    #[test]
    fn a_rank_is_wrong_only_where_the_difference_is_clear() {
        let check = |millis: &[i64], verdict| {
            let makespans: Vec<Nanos> = millis.iter().map(|millis| ms(*millis)).collect();
            assert_eq!(judge_rank(&makespans), verdict, "{millis:?}");
        };
        check(&[200, 1_000], Verdict::Right);
        check(&[1_000, 200], Verdict::Wrong);
        check(&[205, 200, 1_000], Verdict::Right);
        check(&[200, 1_000, 500], Verdict::Wrong);
        check(&[], Verdict::Right);
    }

    #[test]
    fn a_makespan_is_right_when_close() {
        assert_eq!(judge_makespan(ms(220), ms(200)), Verdict::Right);
        assert_eq!(judge_makespan(ms(400), ms(200)), Verdict::Wrong);
        assert_eq!(judge_choice(1, 2, false), Some(Verdict::Right));
        assert_eq!(judge_choice(0, 2, false), Some(Verdict::Wrong));
        assert_eq!((judge_choice(0, 2, true), judge_choice(1, 2, true)), (None, None));
    }

    #[test]
    fn a_prediction_follows_the_set_up() {
        let contender = |id| Contender { variant: None, choice: ModelChoice::new(model::find(id).unwrap()) };
        let mut prediction = Prediction::default();
        prediction.follow(&[contender("sequential"), contender("threads")]);
        prediction.rank.swap(0, 1);
        prediction.follow(&[contender("sequential"), contender("event-loop"), contender("threads")]);
        let ids: Vec<_> = prediction.rank.iter().map(|own| own.choice.model.id).collect();
        assert_eq!(ids, ["threads", "sequential", "event-loop"]);
        assert_eq!(prediction.makespans.len(), 3);
    }
}
