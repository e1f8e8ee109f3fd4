//! How fast a replay plays: a ladder of speeds, two or two and a half times apart, and which of them a run can be followed
//! at. Pure.

use std::fmt::{self, Display, Formatter};

use crate::time::Nanos;

/// Times as fast as life: 1, 2, 5, 10, 20 … or as many times slower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(i8);

impl Speed {
    pub const LIFE: Speed = Speed(0);
    const SLOWEST: Speed = Speed(-28);
    const FASTEST: Speed = Speed(27);

    /// A run so long, in life, can be followed: nothing is over before it was seen, and nobody waits long. As in life,
    /// where that is so.
    pub fn to_follow(length: Nanos) -> Self {
        /// What the whole should take.
        const LEAST: f64 = 4.0;
        const MOST: f64 = 30.0;
        let takes = |speed: &Speed| length.secs() / speed.factor();
        let mut slower = (Self::SLOWEST.0..=0).rev().map(Speed);
        let mut faster = (1..=Self::FASTEST.0).map(Speed);
        if takes(&Self::LIFE) < LEAST {
            slower.find(|speed| takes(speed) >= LEAST).unwrap_or(Self::SLOWEST)
        } else if takes(&Self::LIFE) > MOST {
            faster.find(|speed| takes(speed) <= MOST).unwrap_or(Self::FASTEST)
        } else {
            Self::LIFE
        }
    }

    /// What a run so long may be played at: one speed above the one to follow it at, three below, and `chosen`. The
    /// fastest first.
    pub fn offered(length: Nanos, chosen: Speed) -> Vec<Speed> {
        let own = Self::to_follow(length).0;
        let (slowest, fastest) = ((own - 3).max(Self::SLOWEST.0), (own + 1).min(Self::FASTEST.0));
        let mut offered: Vec<Speed> = (slowest..=fastest).map(Speed).collect();
        if !offered.contains(&chosen) {
            offered.push(chosen);
        }
        offered.sort_unstable_by_key(|speed| std::cmp::Reverse(*speed));
        offered
    }

    /// So much passes in the run while a second passes in life, in seconds.
    pub fn factor(self) -> f64 {
        let steps = f64::from(self.times());
        if self.0 < 0 { 1.0 / steps } else { steps }
    }

    /// Faster or slower.
    fn times(self) -> u32 {
        let rank = u32::from(self.0.unsigned_abs());
        [1, 2, 5][rank as usize % 3] * 10_u32.pow(rank / 3)
    }
}

impl Display for Speed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0 < 0 { write!(f, "×1/{}", self.times()) } else { write!(f, "×{}", self.times()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_is_written_as_people_say_it() {
        let written = |ranks: &[i8]| ranks.iter().map(|rank| Speed(*rank).to_string()).collect::<Vec<_>>();
        assert_eq!(written(&[0, 1, 2, 3, 4]), ["×1", "×2", "×5", "×10", "×20"]);
        assert_eq!(written(&[-1, -2, -5, -6]), ["×1/2", "×1/5", "×1/50", "×1/100"]);
        assert!((Speed(-3).factor() - 0.1).abs() < 1e-12 && (Speed(5).factor() - 50.0).abs() < 1e-12);
    }

    #[test]
    fn whatever_a_run_takes_it_can_be_followed() {
        let check = |length: Nanos, speed: &str| assert_eq!(Speed::to_follow(length).to_string(), speed, "{length}");
        check(Nanos::from_millis(9_000), "×1");
        check(Nanos::from_millis(30_000), "×1");
        check(Nanos::from_millis(2_000), "×1/2");
        check(Nanos::from_millis(460), "×1/10");
        check(Nanos::from_millis(26), "×1/200");
        check(Nanos::from_micros(260), "×1/20000");
        check(Nanos(10), "×1/500000000");
        check(Nanos::from_millis(28_000_000), "×1000");
        check(Nanos::ZERO, "×1/2000000000");
    }

    #[test]
    fn there_is_a_faster_one_and_three_slower_and_the_chosen() {
        let offered = |millis: i64, chosen: Speed| -> Vec<String> {
            let offered = Speed::offered(Nanos::from_millis(millis), chosen);
            offered.iter().map(Speed::to_string).collect()
        };
        assert_eq!(offered(9_000, Speed::LIFE), ["×2", "×1", "×1/2", "×1/5", "×1/10"]);
        assert_eq!(offered(460, Speed::LIFE), ["×1", "×1/5", "×1/10", "×1/20", "×1/50", "×1/100"]);
    }
}
