//! How much there would be to explore, from the programs' lengths and locks alone, told before anything is spent.

use std::fmt::{self, Display};

use super::program::{Op, Program};
use crate::lang::{Lang, Text};

/// The most orders there can be: locks and waits make them fewer. The states are those of the places alone, no two of
/// them within one lock: waits for anything else make them fewer, the values of variables more.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Steps of all tasks.
    pub steps: usize,
    /// Decimal logarithms.
    schedules_log10: f64,
    states_log10: f64,
}

impl Estimate {
    /// The multinomial coefficient of the lengths, and the ways in which tasks can stand at places.
    pub fn of(program: &Program) -> Self {
        let lengths: Vec<usize> = program.lengths().collect();
        let steps = lengths.iter().sum();
        let factorial = |count: usize| libm::lgamma(count as f64 + 1.0) / std::f64::consts::LN_10;
        Estimate {
            steps,
            schedules_log10: factorial(steps) - lengths.into_iter().map(factorial).sum::<f64>(),
            states_log10: states_log10(program),
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

/// In how many ways the tasks can stand at places so that no two have the same lock, task by task: of those before it, how
/// many ways there are for each set of locks that they have, and which of its own places go with them.
fn states_log10(program: &Program) -> f64 {
    let places: Vec<Vec<(usize, f64)>> = program.groups.iter().map(|group| places_by_locks(&group.ops)).collect();
    let mut ways = vec![0.0; 1 << LOCKS_MAX];
    ways[0] = 1.0;
    let mut log10 = 0.0;
    for group in &program.group_of {
        let mut next = vec![0.0; ways.len()];
        for (taken, before) in ways.iter().enumerate().filter(|(_, before)| **before > 0.0) {
            for (own, count) in places[*group].iter().filter(|(own, _)| own & taken == 0) {
                next[own | taken] += before * count;
            }
        }
        // Kept small: of sixty tasks there are more ways than a number holds.
        let all: f64 = next.iter().sum();
        log10 += libm::log10(all);
        ways = next.into_iter().map(|ways| ways / all).collect();
    }
    log10
}

/// More locks are taken to keep nobody out.
const LOCKS_MAX: usize = 8;

/// How many places there are at which a task has that set of locks, a bit each. At its end it has none.
fn places_by_locks(ops: &[Op]) -> Vec<(usize, f64)> {
    let mut places: Vec<(usize, f64)> = vec![(0, 1.0)];
    let mut has = 0;
    for op in ops {
        match places.iter_mut().find(|(own, _)| *own == has) {
            Some((_, count)) => *count += 1.0,
            None => places.push((has, 1.0)),
        }
        match op {
            Op::Lock(lock) if *lock < LOCKS_MAX => has |= 1 << lock,
            Op::Unlock(lock) if *lock < LOCKS_MAX => has &= !(1 << lock),
            _ => {}
        }
    }
    places
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
    use crate::scenario::read;

    /// Against all that are there, in programs whose values tell no two states at the same places apart.
    #[test]
    fn locks_leave_fewer_ways_to_stand() {
        let states = |count: u32, steps: &str| {
            let text = format!(
                "format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\n[[task]]\nname = \"a\"\ncount = {count}\nsteps = [{steps}]\n"
            );
            let scenario = read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
            let estimate = Estimate::of(&Program::of(&scenario).unwrap());
            Magnitude(estimate.states_log10).to_string()
        };
        let within = "{ load = \"x\" }, { add = 1 }, { store = \"x\" }";
        assert_eq!(states(8, within), "65536", "4 places each");
        let locked = format!("{{ lock = \"l\" }}, {within}, {{ unlock = \"l\" }}");
        assert_eq!(states(8, &locked), (256 + 8 * 4 * 128).to_string(), "nobody within, or one of eight");
        let twice = "{ lock = \"l\" }, { lock = \"m\" }, { unlock = \"m\" }, { unlock = \"l\" }";
        assert_eq!(states(2, twice), "16", "of 25, but for the 9 with both within");
    }

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
