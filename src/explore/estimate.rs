//! How much there would be to explore, from the lengths of the programs alone, told before anything is spent.

use std::fmt::{self, Display};

use super::program::Program;
use crate::lang::{Lang, Text};

/// The most orders there can be: locks and waits make them fewer. The states are those of the places alone: locks and waits
/// make them fewer, the values of variables more.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Steps of all tasks.
    pub steps: usize,
    /// Decimal logarithms.
    schedules_log10: f64,
    states_log10: f64,
}

impl Estimate {
    /// The multinomial coefficient of the lengths, and the product of the places that each task can stand at.
    pub fn of(program: &Program) -> Self {
        let lengths: Vec<usize> = program.lengths().collect();
        let steps = lengths.iter().sum();
        let factorial = |count: usize| libm::lgamma(count as f64 + 1.0) / std::f64::consts::LN_10;
        let places = program.group_of.iter().map(|group| program.groups[*group].ops.len() + 1);
        Estimate {
            steps,
            schedules_log10: factorial(steps) - lengths.into_iter().map(factorial).sum::<f64>(),
            states_log10: places.map(|places| libm::log10(places as f64)).sum(),
        }
    }

    /// Whether there may be more states than that.
    pub fn exceeds(&self, states: usize) -> bool {
        // Sums of logarithms are off by less than that.
        self.states_log10 > libm::log10(states as f64) + 1e-9
    }

    /// `400 steps, up to 10^235 schedules, some 10^8 states`, with the reader's word for schedules.
    pub fn text(&self, schedules: Text, lang: Lang) -> String {
        let states = Text::new("{}, some {} states", "{}, uns {} estados");
        states.fill(lang, &[&self.text_without_states(schedules, lang), &Magnitude(self.states_log10)])
    }

    /// For a program whose states are known to be more than its places say.
    pub fn text_without_states(&self, schedules: Text, lang: Lang) -> String {
        Text::new("{} steps, up to {} {}", "{} passos, até {} {}")
            .fill(lang, &[&self.steps, &Magnitude(self.schedules_log10), &schedules.get(lang)])
    }
}

/// A large number by its logarithm: exact to two digits, which is all that an estimate says.
pub struct Magnitude(f64);

impl Magnitude {
    /// Of a count of 1 or more.
    pub fn of(count: u128) -> Self {
        Magnitude(libm::log10(count as f64))
    }
}

impl Display for Magnitude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = libm::floor(self.0 + 1e-9);
        if exponent < 6.0 {
            return write!(f, "{:.0}", libm::pow(10.0, self.0));
        }
        let digits = libm::pow(10.0, self.0 - exponent);
        // 9.96 would be rounded to 10.0.
        if digits >= 9.95 {
            write!(f, "1.0·10^{:.0}", exponent + 1.0)
        } else {
            write!(f, "{digits:.1}·10^{exponent:.0}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magnitudes_are_short() {
        let check = |log10: f64, expected: &str| assert_eq!(Magnitude(log10).to_string(), expected);
        check(0.0, "1");
        check(libm::log10(20.0), "20");
        check(libm::log10(1680.0), "1680");
        check(6.0, "1.0·10^6");
        check(libm::log10(2_260_000.0), "2.3·10^6");
        check(libm::log10(9_990_000.0), "1.0·10^7");
        check(901.5, "3.2·10^901");
        assert_eq!(Magnitude::of(593_247_822_539_160_779_675_822_184_901_229_375).to_string(), "5.9·10^35");
    }
}
