//! What rounds of measurements said, and what of it things cost around some time: medians over those rounds that were
//! made in the mood that is asked for.
//!
//! Invariant: nothing measured is judged when it is taken; which rounds count is decided when a table is asked for.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use serde::Serialize;

use super::{HoldsFor, PARTS};
use crate::engine::pace::Pace;
use crate::host;
use crate::simulate::costs::{Cost, CostTable};
use crate::time::Nanos;
use crate::trace::Host;

/// So many of the newest rounds say what things cost now: the mood of a moment is in no more than one of them.
pub const ROUNDS: usize = 3;

/// The newest rounds.
pub const NEWEST: Range<usize> = 0..ROUNDS;

/// More rounds are not remembered. Whoever compares runs with what things cost around them has no more around those of a
/// scenario.
pub const ROUNDS_KEPT: usize = 38;

/// Round upon round of measurements, of which the newest count: who measures again from time to time follows a computer
/// whose pace drifts.
#[derive(Debug, Default)]
pub struct Calibration {
    pub(super) samples: Samples,
}

/// By cost, one entry a round, the newest last.
pub(super) type Samples = BTreeMap<Cost, VecDeque<Round>>;

/// What a round says of a cost.
#[derive(Debug)]
pub(super) struct Round {
    pub samples: Vec<Nanos>,
    /// Of the computer, meanwhile.
    pub pace: Pace,
    /// A virtual machine's host hardly took its cores meanwhile, as far as the system tells.
    pub is_quiet: bool,
}

/// Of which computer costs are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mood {
    /// One whose cores nobody shares, as far as it was seen so.
    Alone,
    /// One whose cores somebody shares, as far as it was.
    Shared,
    /// As it was.
    Mixed,
}

impl Calibration {
    pub(super) fn take(&mut self, cost: Cost, news: Round) {
        let rounds = self.samples.entry(cost).or_default();
        if rounds.len() == ROUNDS_KEPT {
            rounds.pop_front();
        }
        rounds.push_back(news);
    }

    /// As a part of the newest round, where there is one; but not what was measured in another mood.
    pub(super) fn take_more(&mut self, cost: Cost, news: Round) {
        let Some(newest) = self.samples.get_mut(&cost).and_then(VecDeque::back_mut) else { return };
        if (newest.is_quiet, newest.pace.is_shared()) == (news.is_quiet, news.pace.is_shared()) {
            newest.samples.extend(news.samples);
        }
    }

    /// What those rounds say; the newest of all is number 0.
    pub fn table(&self, rounds: &Range<usize>, mood: Mood) -> CostTable {
        told(|cost| known(self.samples.get(&cost)?, rounds, mood))
    }

    /// What each of those rounds says by itself, the newest first, and that [`SLICES`] times. Of what is [`PAID_ONCE`],
    /// each of them says another part of what it measured: runs differ from each other as the samples do, and their
    /// mean is not what the sample in the middle says, where a few take much longer than most. Of a cost of which some say
    /// nothing, or not in that mood, or were not quiet while others were, others say it again.
    pub fn tables(&self, rounds: &Range<usize>, mood: Mood) -> Vec<CostTable> {
        let made =
            self.samples.values().map(VecDeque::len).max().unwrap_or(0).min(rounds.end).saturating_sub(rounds.start);
        let of_round = |round: usize, slice: usize| {
            told(|cost| {
                let telling = telling(self.samples.get(&cost)?, rounds, mood);
                let samples = telling.get(round % telling.len().max(1))?.samples.clone();
                if PAID_ONCE.contains(&cost) { middle_of_slice(samples, slice) } else { median(samples) }
            })
        };
        (0..made * SLICES).map(|number| of_round(number % made, number / made)).collect()
    }
}

/// So many tables stand for a round. Of fewer, the means of the half in the middle would take in those that are far out.
const SLICES: usize = 5;

/// What a run pays once, or once for each core or process. How much first tasks differ is in what first set-ups were
/// measured to take.
const PAID_ONCE: [Cost; 3] = [Cost::ProcessStart, Cost::FirstSetUp, Cost::MemoryKib];

/// Those of some rounds that say what something costs in that mood, the newest first: of quiet ones, if any was.
fn telling<'a>(all: &'a VecDeque<Round>, rounds: &Range<usize>, mood: Mood) -> Vec<&'a Round> {
    let some = all.iter().rev().skip(rounds.start).take(rounds.len());
    let newest = || some.clone().filter(|round| !round.samples.is_empty());
    let of_mood: Vec<&Round> = newest()
        .filter(|round| match mood {
            Mood::Alone => !round.pace.is_shared(),
            Mood::Shared => round.pace.is_shared(),
            Mood::Mixed => true,
        })
        .collect();
    let telling = if of_mood.is_empty() { newest().collect() } else { of_mood };
    let quiet: Vec<&Round> = telling.iter().copied().filter(|round| round.is_quiet).collect();
    if quiet.is_empty() { telling } else { quiet }
}

/// What some of them say together.
pub(super) fn known(all: &VecDeque<Round>, rounds: &Range<usize>, mood: Mood) -> Option<Nanos> {
    median(telling(all, rounds, mood).iter().flat_map(|round| &round.samples).copied().collect())
}

/// A table of `what` each costs.
pub(super) fn told(what: impl Fn(Cost) -> Option<Nanos>) -> CostTable {
    let mut table = CostTable { source: source(&host::describe()), ..CostTable::default() };
    for part in PARTS {
        let own = match part.holds_for {
            HoldsFor::EveryLanguage => &mut table.all,
            HoldsFor::Rust => &mut table.rust,
        };
        for cost in part.costs() {
            // Everything takes some time: what seems to take none is lost in the noise of a busy computer, and not known.
            // Only for a cache line two cores may not have to wait, where they share the cache that holds it.
            let is_known = |time: &Nanos| *time > Nanos::ZERO || *cost == Cost::CacheLineTransfer;
            let time = what(*cost).filter(is_known);
            own.extend(time.map(|time| (*cost, rounded(time))));
        }
    }
    table
}

/// The lower of the two in the middle, where there are two.
pub(super) fn median(mut samples: Vec<Nanos>) -> Option<Nanos> {
    samples.sort_unstable();
    samples.get(samples.len().saturating_sub(1) / 2).copied()
}

/// In the middle of one of [`SLICES`] equal parts of them, the shortest first.
fn middle_of_slice(mut samples: Vec<Nanos>, slice: usize) -> Option<Nanos> {
    samples.sort_unstable();
    samples.get(samples.len() * (2 * slice + 1) / (2 * SLICES)).copied()
}

/// Three digits: more would only be noise.
fn rounded(time: Nanos) -> Nanos {
    let digits = time.0.max(1).ilog10();
    let unit = 10_i64.pow(digits.saturating_sub(2));
    Nanos((time.0 + unit / 2) / unit * unit)
}

/// The computer in one line.
fn source(host: &Host) -> String {
    let cores = if host.cores == 1 { "1 core".to_owned() } else { format!("{} cores", host.cores) };
    let known = [host.cpu.as_str(), &cores, &host.os];
    known.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Language;

    #[test]
    fn figures_are_medians_of_three_digits() {
        let check = |samples: &[i64], expected: Option<i64>| {
            let samples = samples.iter().copied().map(Nanos).collect();
            assert_eq!(median(samples).map(rounded), expected.map(Nanos), "{expected:?}");
        };
        check(&[], None);
        check(&[7], Some(7));
        check(&[900, 10, 20], Some(20));
        check(&[4, 1, 3, 2], Some(2));
        check(&[1_236_499], Some(1_240_000));
        check(&[999_600], Some(1_000_000));
        check(&[0], Some(0));
    }

    #[test]
    fn the_newest_rounds_count() {
        let mut calibration = Calibration::default();
        let cost = |calibration: &Calibration| calibration.table(&NEWEST, Mood::Mixed).get(Language::Rust, Cost::Steal);
        assert_eq!(cost(&calibration), None);
        let mut check = |news: &[i64], expected: i64| {
            calibration.take(Cost::Steal, round(news, Pace::default()));
            assert_eq!(cost(&calibration), Some(Nanos(expected)), "after {news:?}");
        };
        check(&[100, 110], 100);
        check(&[], 100);
        check(&[120, 130], 110);
        check(&[200, 200, 200], 200);
        check(&[150, 150, 150], 150);
        assert_eq!(calibration.table(&(0..1), Mood::Alone).get(Language::Rust, Cost::Steal), Some(Nanos(150)));
        let each: Vec<_> = calibration
            .tables(&(0..4), Mood::Alone)
            .iter()
            .map(|round| round.get(Language::Rust, Cost::Steal))
            .collect();
        let newest = Some(Nanos(150));
        let told = [newest, Some(Nanos(200)), Some(Nanos(120)), newest];
        assert_eq!(each, told.repeat(SLICES), "for the round that says nothing");
        assert_eq!(calibration.tables(&(0..99), Mood::Alone).len(), 5 * SLICES);
    }

    /// One that takes much longer now and then, as starting a process does: the middle of its samples never says so.
    #[test]
    fn what_a_run_pays_once_is_as_spread_as_it_was_measured() {
        let check = |samples: &[i64], expected: [i64; SLICES]| {
            let mut calibration = Calibration::default();
            calibration.take(Cost::ProcessStart, round(samples, Pace::default()));
            calibration.take(Cost::Steal, round(samples, Pace::default()));
            let tables = calibration.tables(&NEWEST, Mood::Alone);
            let of = |cost| tables.iter().map(move |table| table.get(Language::Rust, cost).unwrap().0);
            assert!(of(Cost::ProcessStart).eq(expected), "{samples:?}");
            let middle = median(samples.iter().copied().map(Nanos).collect()).unwrap().0;
            assert!(of(Cost::Steal).eq([middle; SLICES]), "{samples:?}");
        };
        check(&[7], [7; SLICES]);
        check(&[9, 3], [3, 3, 9, 9, 9]);
        check(&[30, 90, 10, 20, 31], [10, 20, 30, 31, 90]);
        check(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], [2, 4, 6, 8, 10]);
    }

    fn round(samples: &[i64], pace: Pace) -> Round {
        Round { samples: samples.iter().copied().map(Nanos).collect(), pace, is_quiet: true }
    }

    #[test]
    fn more_samples_belong_to_the_newest_round_of_their_mood() {
        let mut calibration = Calibration::default();
        let news = |samples: &[i64], is_quiet| Round { is_quiet, ..round(samples, Pace::default()) };
        calibration.take_more(Cost::Steal, news(&[1], true));
        assert!(calibration.samples.is_empty(), "of no round");
        calibration.take(Cost::Steal, news(&[100, 200, 300], true));
        calibration.take(Cost::Steal, news(&[10, 20, 30], true));
        calibration.take_more(Cost::Steal, news(&[40, 50], true));
        calibration.take_more(Cost::Steal, news(&[60, 70, 80, 90], false));
        let told = |rounds| calibration.table(&rounds, Mood::Alone).get(Language::Rust, Cost::Steal);
        assert_eq!([told(0..1), told(1..2)], [Some(Nanos(30)), Some(Nanos(200))]);
    }

    #[test]
    fn rounds_that_a_host_took_part_in_tell_nothing_while_others_do() {
        let mut calibration = Calibration::default();
        let mut check = |news: i64, is_quiet: bool, expected: i64| {
            calibration.take(Cost::Steal, Round { is_quiet, ..round(&[news], Pace::default()) });
            let table = calibration.table(&NEWEST, Mood::Alone);
            assert_eq!(table.get(Language::Rust, Cost::Steal), Some(Nanos(expected)), "after {news}");
        };
        check(300, false, 300);
        check(100, true, 100);
        check(400, false, 100);
        check(120, true, 100);
        check(500, false, 120);
        check(600, false, 120);
        check(700, false, 600);
        calibration.take(Cost::Steal, round(&[], Pace::default()));
        let table = calibration.table(&(0..2), Mood::Alone);
        assert_eq!(table.get(Language::Rust, Cost::Steal), Some(Nanos(700)), "a quiet one that says nothing");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn rounds_on_shared_cores_say_what_things_cost_there() {
        let alone = Pace::now();
        let mut calibration = Calibration::default();
        let of = |table: &CostTable| table.get(Language::Rust, Cost::Steal).unwrap_or_default().0;
        let mut check = |news: Round, expected: [&[i64]; 3]| {
            calibration.take(Cost::Steal, news);
            let each = |mood| calibration.tables(&(0..3), mood).iter().map(of).collect::<Vec<_>>();
            assert_eq!([Mood::Alone, Mood::Shared, Mood::Mixed].map(each), expected.map(|each| each.repeat(SLICES)));
        };
        check(round(&[200], alone.shared()), [&[200], &[200], &[200]]);
        check(round(&[100], Pace::default()), [&[100, 100], &[200, 200], &[100, 200]]);
        check(round(&[210], alone.shared()), [&[100, 100, 100], &[210, 200, 210], &[210, 100, 200]]);
        check(round(&[110], Pace::default()), [&[110, 100, 110], &[210, 210, 210], &[110, 210, 100]]);
        let together = |mood| of(&calibration.table(&(0..3), mood));
        assert_eq!([Mood::Alone, Mood::Shared, Mood::Mixed].map(together), [100, 210, 110]);
    }

    #[test]
    fn a_computer_is_named_by_what_is_known_of_it() {
        let host = Host { cores: 2, os: "Debian".into(), ..Host::default() };
        assert_eq!(source(&host), "2 cores, Debian");
    }
}
