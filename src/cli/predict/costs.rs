//! What things cost while runs are compared: as a file says, or as they do on this computer at that time. Its pace drifts,
//! by more within a minute than predictions may be off; so it is measured again and again between the runs of a scenario and
//! behind them, and a row is predicted with the costs of the rounds around its runs.

use std::ops::{Range, RangeInclusive};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Failure;
use crate::cli::calibrate::measure;
use crate::cli::interrupts::Interrupts;
use crate::cli::load;
use crate::cli::terminal::tell;
use crate::engine::calibrate::{Calibration, Effort, Mood, ROUNDS};
use crate::simulate::costs::CostTable;

/// What things cost around some runs, in one mood of the computer.
pub struct Told {
    /// All in all.
    pub middle: Arc<CostTable>,
    /// As each round said, where they were measured.
    rounds: Vec<CostTable>,
}

impl Told {
    /// What they cost in a repetition. Nothing costs the same twice, and where a run is of the kind that small things turn
    /// into another, its repetitions tell how it mostly goes only if they meet different costs, too.
    pub fn of_repetition(&self, number: usize) -> Arc<CostTable> {
        if self.rounds.is_empty() {
            return Arc::clone(&self.middle);
        }
        Arc::new(CostTable::mixed(&self.rounds, number as u64))
    }

    /// How many repetitions say how runs go that were measured so often.
    pub fn repetitions(&self, measured: usize) -> usize {
        /// Fewer would leave it to chance which costs meet.
        const MIN: usize = 9;
        let rounds = self.rounds.len();
        if rounds == 0 { measured } else { measured.max(MIN).next_multiple_of(rounds) }
    }
}

pub enum Costs {
    Given(Arc<CostTable>),
    Measured(Box<Here>),
}

/// This computer, again and again.
#[derive(Default)]
pub struct Here {
    calibration: Calibration,
    /// So many rounds were made, and so many had been when the scenario's runs began.
    rounds: usize,
    rounds_before: usize,
    /// What things cost all in all around the runs of each scenario.
    told: Vec<CostTable>,
    /// When the last round was made.
    at: Option<Instant>,
}

/// A round that was made so recently serves for what was run since, too: rounds take longer than the shortest runs.
const AGAIN: Duration = Duration::from_secs(4);

impl Costs {
    /// As the file says, or else as they are measured.
    pub fn of(file: Option<&Path>) -> Result<Self, Failure> {
        match file {
            Some(path) => Ok(Costs::Given(Arc::new(load::costs(path)?))),
            None => Ok(Costs::Measured(Box::default())),
        }
    }

    /// A scenario's runs are to be made.
    pub fn before_runs(&mut self, stop: &Interrupts) -> Result<(), Failure> {
        match self {
            Costs::Given(_) => Ok(()),
            Costs::Measured(here) => here.before_runs(stop),
        }
    }

    /// Its runs do not agree yet, and are made again and again.
    pub fn between_runs(&mut self, stop: &Interrupts) -> Result<(), Failure> {
        match self {
            Costs::Given(_) => Ok(()),
            Costs::Measured(here) => here.measure(1, stop),
        }
    }

    /// Short ones are made next: what they pay at first is looked at right before.
    pub fn before_short_runs(&mut self, stop: &Interrupts) -> Result<(), Failure> {
        /// About as many as there are repetitions of one run until the next look.
        const SAMPLES: usize = 6;
        match self {
            Costs::Given(_) => Ok(()),
            Costs::Measured(here) => {
                let measured = here.calibration.measure_more_first_tasks(SAMPLES, stop.raised());
                stop.verdict()?;
                measured.map_err(Failure::work)
            }
        }
    }

    /// All of its runs are made.
    pub fn after_runs(&mut self, stop: &Interrupts) -> Result<(), Failure> {
        match self {
            Costs::Given(_) => Ok(()),
            Costs::Measured(here) => here.after_runs(stop),
        }
    }

    /// What things cost around some of the scenario's runs, the first of which was made behind so many looks between them,
    /// the last behind so many.
    pub fn around(&self, behind: RangeInclusive<usize>, mood: Mood) -> Told {
        match self {
            Costs::Given(table) => Told { middle: Arc::clone(table), rounds: Vec::new() },
            Costs::Measured(here) => {
                let newest = around(behind, here.rounds - here.rounds_before);
                Told {
                    middle: Arc::new(here.calibration.table(&newest, mood)),
                    rounds: here.calibration.tables(&newest, mood),
                }
            }
        }
    }

    /// What things cost all in all: the medians over time.
    pub fn overall(&self) -> CostTable {
        match self {
            Costs::Given(table) => CostTable::clone(table),
            Costs::Measured(here) => CostTable::median(&here.told),
        }
    }

    /// They were measured again and again.
    pub const fn follow_the_computer(&self) -> bool {
        matches!(self, Costs::Measured(_))
    }
}

impl Here {
    fn before_runs(&mut self, stop: &Interrupts) -> Result<(), Failure> {
        if self.rounds == 0 {
            tell(
                "measuring first what things cost on this computer, and again between the runs; `--costs FILE` takes a table of `tasklane calibrate`",
            );
            // The last one is made behind the runs.
            self.measure(ROUNDS - 1, stop)?;
        }
        self.rounds_before = self.rounds;
        Ok(())
    }

    fn after_runs(&mut self, stop: &Interrupts) -> Result<(), Failure> {
        if self.told.is_empty() || self.at.is_none_or(|at| at.elapsed() >= AGAIN) {
            self.measure(1, stop)?;
        }
        let newest = around(0..=usize::MAX, self.rounds - self.rounds_before);
        self.told.push(self.calibration.table(&newest, Mood::Alone));
        Ok(())
    }

    fn measure(&mut self, more: usize, stop: &Interrupts) -> Result<(), Failure> {
        measure(&mut self.calibration, Effort::thorough(more), stop)?;
        self.rounds += more;
        self.at = Some(Instant::now());
        Ok(())
    }
}

/// Which rounds were around runs behind so many of the `made` ones since the scenario's began; the newest is number 0. Both
/// the one before the first of them and the one behind the last belong to them, and older ones where these are few.
fn around(behind: RangeInclusive<usize>, made: usize) -> Range<usize> {
    let (first, last) = behind.into_inner();
    let newest = made.saturating_sub(last.saturating_add(1));
    newest..(made - first + 1).max(newest + ROUNDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::predict::rounds::{COSTS_EVERY, DISTURBED_MORE, TIMES_MAX};
    use crate::engine::calibrate::ROUNDS_KEPT;
    use crate::model::Language;
    use crate::simulate::costs::Cost;
    use crate::time::Nanos;

    #[test]
    fn repetitions_meet_what_every_round_said() {
        let round = |steal| CostTable { rust: [(Cost::Steal, Nanos(steal))].into(), ..CostTable::default() };
        let around = Told { middle: Arc::new(round(2)), rounds: vec![round(1), round(2), round(6), round(7)] };
        let steals = |lap: usize| {
            let numbers = lap * 4..lap * 4 + 4;
            let mut met: Vec<i64> = numbers
                .filter_map(|number| around.of_repetition(number).get(Language::Rust, Cost::Steal))
                .map(|time| time.0)
                .collect();
            met.sort_unstable();
            met
        };
        assert_eq!([steals(0), steals(1), steals(2)], [[1, 2, 6, 7]; 3]);
        assert_eq!([1, 9, 12, 13].map(|measured| around.repetitions(measured)), [12, 12, 12, 16]);
    }

    /// Those before a scenario's runs, between them and behind, however many have to be made.
    #[test]
    fn what_things_cost_around_all_runs_of_a_scenario_is_remembered() {
        let between = (TIMES_MAX * DISTURBED_MORE - 1) / COSTS_EVERY;
        assert!(between + 2 <= ROUNDS_KEPT, "{between} between them");
    }

    #[test]
    fn a_table_that_was_given_holds_for_all() {
        let given = Costs::Given(Arc::new(CostTable { source: "a file".into(), ..CostTable::default() }));
        for told in [Mood::Alone, Mood::Shared, Mood::Mixed].map(|mood| given.around(0..=3, mood)) {
            assert_eq!(told.of_repetition(5).source, "a file");
            assert_eq!([1, 5].map(|measured| told.repetitions(measured)), [1, 5]);
        }
    }

    #[test]
    fn runs_are_predicted_with_the_rounds_around_them() {
        let check = |behind: RangeInclusive<usize>, made: usize, expected: Range<usize>| {
            assert_eq!(around(behind.clone(), made), expected, "{behind:?} of {made}");
        };
        check(0..=0, 0, 0..3);
        check(0..=0, 1, 0..3);
        check(0..=6, 7, 0..8);
        check(0..=6, 6, 0..7);
        check(0..=2, 7, 4..8);
        check(0..=0, 7, 6..9);
        check(5..=6, 7, 0..3);
        check(3..=4, 7, 2..5);
        check(0..=usize::MAX, 7, 0..8);
    }
}
