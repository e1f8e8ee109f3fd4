//! Measures what things cost on this computer: [`calibrate`] takes some seconds and yields the [`CostTable`] that an
//! imagined computer can be given, and that models' cards show.
//!
//! `threads` and `timers` time one thing at a time, many times over; `runs`, `sharing` and, mostly, `computing` make small
//! runs as any other and read off their traces what lay between the tasks. Everything is measured in several rounds, one
//! cost after another in each: a mood of the computer that lasts a second spoils one round of many costs, not all of one.
//! Each figure is a median over rounds, of those during which the computer's cores were not shared, and no virtual
//! machine's host took them, if there are such; a [`Calibration`] is kept by whoever goes on measuring. What cannot be
//! measured here, as the costs of another language, is left out. Both shells call it; no run may go on meanwhile.

mod computing;
mod runs;
mod sharing;
#[cfg(test)]
mod testing;
mod threads;
mod timers;

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::pace::Pace;
use crate::host;
use crate::simulate::costs::{Cost, CostTable, interrupted};
use crate::time::Nanos;
use crate::trace::Host;

/// How far it is: so many of so many measurements are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    pub of: usize,
    /// What is being measured.
    pub cost: Cost,
}

/// It was stopped: there is no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped before everything was measured")]
pub struct Stopped;

/// Measures this computer on this thread and others, which takes a few seconds. `progress` is called before each
/// measurement.
///
/// # Errors
/// [`Stopped`] soon after `stop` is raised.
pub fn calibrate(stop: &AtomicBool, progress: impl FnMut(Progress)) -> Result<CostTable, Stopped> {
    let mut calibration = Calibration::default();
    calibration.measure(Effort::BRIEF, stop, progress)?;
    Ok(calibration.table(&NEWEST, Mood::Alone))
}

/// How often everything is measured, and how long each cost at a time.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    rounds: usize,
    /// A round takes no more samples of a cost then. Of what takes long, it has but one by that time.
    part_max: Duration,
    /// So many samples it takes of what is to be measured behind a [`REST`], in whatever time.
    rested: usize,
}

impl Effort {
    /// For somebody who waits for it: a few seconds.
    pub const BRIEF: Effort = Effort { rounds: ROUNDS, part_max: Duration::from_millis(40), rested: 2 };

    /// So many rounds of some four seconds each: for who compares runs with what things cost around them.
    pub const fn thorough(rounds: usize) -> Effort {
        Effort { rounds, part_max: Duration::from_millis(200), rested: 10 }
    }

    const fn parts(self) -> usize {
        self.rounds * PARTS.len()
    }
}

/// So many of the newest rounds say what things cost now: the mood of a moment is in no more than one of them.
pub const ROUNDS: usize = 3;

/// The newest rounds.
pub const NEWEST: Range<usize> = 0..ROUNDS;

/// A computer has had nothing to do for so long before somebody starts a run: what the run before has left in its caches is
/// gone by then. Starting processes and first tasks take up to twice as long as right behind another run, and no longer after a
/// longer rest.
pub const REST: Nanos = Nanos::from_millis(60);

/// More rounds are not remembered. Whoever compares runs with what things cost around them has no more around those of a
/// scenario.
pub const ROUNDS_KEPT: usize = 38;

/// Round upon round of measurements, of which the newest count: who measures again from time to time follows a computer
/// whose pace drifts.
#[derive(Debug, Default)]
pub struct Calibration {
    samples: Samples,
}

/// By cost, one entry a round, the newest last.
type Samples = BTreeMap<Cost, VecDeque<Round>>;

/// What a round says of a cost.
#[derive(Debug)]
struct Round {
    samples: Vec<Nanos>,
    /// Of the computer, meanwhile.
    pace: Pace,
    /// A virtual machine's host hardly took its cores meanwhile, as far as the system tells.
    is_quiet: bool,
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
    /// Measures everything as often more as `effort` says. `progress` is called before each measurement.
    ///
    /// # Errors
    /// [`Stopped`] soon after `stop` is raised; the round it was in is incomplete then.
    pub fn measure(
        &mut self,
        effort: Effort,
        stop: &AtomicBool,
        mut progress: impl FnMut(Progress),
    ) -> Result<(), Stopped> {
        let all = (0..effort.rounds).flat_map(|_| PARTS);
        let mut before = Moment::now();
        for (done, part) in all.enumerate() {
            progress(Progress { done, of: effort.parts(), cost: part.costs()[0] });
            let (news, after) = self.look(part, effort, &before, stop)?;
            news.for_each(|(cost, news)| self.take(cost, news));
            before = after;
        }
        Ok(())
    }

    /// Takes `more` samples of what first tasks and first set-ups take longer, as a part of the newest round: they are most of
    /// the shortest runs, and the computer's mood is another a few seconds later.
    ///
    /// # Errors
    /// [`Stopped`] soon after `stop` is raised.
    pub fn measure_more_first_tasks(&mut self, more: usize, stop: &AtomicBool) -> Result<(), Stopped> {
        let effort = Effort { rested: more, ..Effort::thorough(1) };
        let (news, _) = self.look(&FIRST_TASKS, effort, &Moment::now(), stop)?;
        news.for_each(|(cost, news)| self.take_more(cost, news));
        Ok(())
    }

    /// One part of a round, begun at that moment, and when it was over.
    fn look(
        &self,
        part: &'static Part,
        effort: Effort,
        before: &Moment,
        stop: &AtomicBool,
    ) -> Result<(impl Iterator<Item = (Cost, Round)> + use<>, Moment), Stopped> {
        let until = Instant::now() + effort.part_max;
        let bounds = Bounds { stop, until, rested: effort.rested, before: &self.samples };
        let told = part.measure(bounds);
        if bounds.is_stopped() {
            return Err(Stopped);
        }
        let after = Moment::now();
        let (pace, is_quiet) = (before.pace.and(&after.pace), before.is_quiet_until(&after));
        let news = move |(cost, samples): (&Cost, _)| (*cost, Round { samples, pace: pace.clone(), is_quiet });
        Ok((part.costs().iter().zip(told).map(news), after))
    }

    fn take(&mut self, cost: Cost, news: Round) {
        let rounds = self.samples.entry(cost).or_default();
        if rounds.len() == ROUNDS_KEPT {
            rounds.pop_front();
        }
        rounds.push_back(news);
    }

    /// As a part of the newest round, where there is one; but not what was measured in another mood.
    fn take_more(&mut self, cost: Cost, news: Round) {
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

/// The computer between two measurements.
struct Moment {
    at: Instant,
    pace: Pace,
    /// What a virtual machine's host has taken of its cores' time by now.
    stolen: Option<Nanos>,
}

/// Of the time of all cores: whose host takes more is not undisturbed.
pub const STOLEN_MAX: f64 = 0.02;

impl Moment {
    fn now() -> Moment {
        let pace = Pace::now();
        Moment { at: Instant::now(), pace, stolen: host::machine_busy().map(|busy| busy.stolen) }
    }

    fn is_quiet_until(&self, after: &Moment) -> bool {
        let Some((before, after_all)) = self.stolen.zip(after.stolen) else { return true };
        let of_all = Nanos::from_secs_f64((after.at - self.at).as_secs_f64()) * i64::from(host::cores());
        is_quiet(after_all - before, of_all)
    }
}

/// Whether so much that was stolen of the time of all cores is next to nothing. The system counts in ticks of 10 ms, each
/// of which is too much for a short measurement: who is held to be disturbed and was not is hardly missed.
fn is_quiet(stolen: Nanos, of_all: Nanos) -> bool {
    stolen.ratio(of_all).is_none_or(|share| share <= STOLEN_MAX)
}

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
fn known(all: &VecDeque<Round>, rounds: &Range<usize>, mood: Mood) -> Option<Nanos> {
    median(telling(all, rounds, mood).iter().flat_map(|round| &round.samples).copied().collect())
}

/// A table of `what` each costs.
fn told(what: impl Fn(Cost) -> Option<Nanos>) -> CostTable {
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

/// What is measured at a time.
struct Part {
    way: Way,
    holds_for: HoldsFor,
}

/// One sample for each time a cost was measured; none where that is impossible.
#[derive(Clone, Copy)]
enum Way {
    One([Cost; 1], fn(Bounds<'_>) -> Vec<Nanos>),
    /// Both are told from the same runs.
    Two([Cost; 2], fn(Bounds<'_>) -> [Vec<Nanos>; 2]),
}

#[derive(Clone, Copy)]
enum HoldsFor {
    /// It is the operating system's doing, whatever tasks are written in.
    EveryLanguage,
    /// It is the doing of this program and its runtimes; CPython's is another.
    Rust,
}

impl Part {
    const fn of_system(cost: Cost, measure: fn(Bounds<'_>) -> Vec<Nanos>) -> Part {
        Part { way: Way::One([cost], measure), holds_for: HoldsFor::EveryLanguage }
    }

    const fn of_rust(cost: Cost, measure: fn(Bounds<'_>) -> Vec<Nanos>) -> Part {
        Part { way: Way::One([cost], measure), holds_for: HoldsFor::Rust }
    }

    const fn of_both(costs: [Cost; 2], holds_for: HoldsFor, measure: fn(Bounds<'_>) -> [Vec<Nanos>; 2]) -> Part {
        Part { way: Way::Two(costs, measure), holds_for }
    }

    fn costs(&self) -> &[Cost] {
        match &self.way {
            Way::One(costs, _) => costs,
            Way::Two(costs, _) => costs,
        }
    }

    /// A round: the samples of each of its costs.
    fn measure(&self, bounds: Bounds<'_>) -> Vec<Vec<Nanos>> {
        match self.way {
            Way::One(_, measure) => vec![measure(bounds)],
            Way::Two(_, measure) => measure(bounds).into(),
        }
    }
}

/// Every cost but the switch interval of the interpreter lock, which is a rule, and the start methods of CPython. What is
/// told from another cost stands behind that.
static PARTS: &[Part] = &[
    Part::of_rust(Cost::Interrupts, computing::interrupts),
    Part::of_rust(Cost::ComputeStep, computing::compute_steps),
    Part::of_system(Cost::ContextSwitch, threads::context_switches),
    Part::of_system(Cost::WakeUp, threads::wake_ups),
    Part::of_system(Cost::SleepOvershoot, timers::sleeps),
    Part::of_system(Cost::ShortSleepOvershoot, timers::short_sleeps),
    Part::of_system(Cost::GilHandOff, threads::gil_hand_offs),
    Part::of_rust(Cost::GilRelease, runs::gil_releases),
    Part::of_rust(Cost::ThreadSetUp, threads::set_ups),
    Part::of_rust(Cost::CachedThreadStart, runs::cached_thread_starts),
    FIRST_TASKS,
    Part::of_rust(Cost::ThreadStart, runs::thread_starts),
    Part::of_rust(Cost::ThreadEnd, runs::thread_ends),
    Part::of_rust(Cost::SleeperEnd, runs::sleeper_ends),
    Part::of_rust(Cost::StartAmongEnds, runs::starts_among_ends),
    Part::of_rust(Cost::Steal, threads::steals),
    Part::of_rust(Cost::LoopOvershoot, timers::loop_sleeps),
    Part::of_rust(Cost::LoopTurn, runs::loop_turns),
    Part::of_rust(Cost::PoolDispatch, runs::pool_dispatches),
    Part::of_rust(Cost::Message, runs::messages),
    Part::of_rust(Cost::ProcessStart, runs::process_starts),
    Part::of_both([Cost::MessageKib, Cost::MemoryKib], HoldsFor::Rust, runs::message_and_memory_kibs),
    Part::of_rust(Cost::VariableAccess, sharing::variable_accesses),
    Part::of_rust(Cost::RegisterAdd, sharing::register_adds),
    Part::of_rust(Cost::CacheLineTransfer, sharing::cache_line_transfers),
    Part::of_both([Cost::HotWakeUp, Cost::Notify], HoldsFor::EveryLanguage, sharing::hot_wake_ups_and_notifies),
];

const FIRST_TASKS: Part =
    Part::of_both([Cost::FirstTask, Cost::FirstSetUp], HoldsFor::Rust, runs::first_tasks_and_set_ups);

/// When measuring ends.
#[derive(Clone, Copy)]
struct Bounds<'a> {
    stop: &'a AtomicBool,
    until: Instant,
    rested: usize,
    before: &'a Samples,
}

impl Bounds<'_> {
    /// Somebody wants it to end.
    fn is_stopped(self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The part has had its time, or is stopped.
    fn are_reached(self) -> bool {
        self.is_stopped() || Instant::now() >= self.until
    }

    /// What another cost was until now.
    fn known(self, cost: Cost) -> Option<Nanos> {
        known(self.before.get(&cost)?, &NEWEST, Mood::Alone)
    }

    /// How long a short step of that length computes, as far as is known until now.
    fn computing(self, length: Nanos) -> Nanos {
        let known = |cost| self.known(cost).unwrap_or_default();
        length + known(Cost::ComputeStep) + interrupted(length, known(Cost::Interrupts))
    }

    /// What this round says, and before it the newest that say anything, without those costs.
    fn table_without(self, unknown: &[Cost]) -> CostTable {
        let of_this_round = |cost: Cost| known(self.before.get(&cost)?, &(0..1), Mood::Mixed);
        told(|cost| if unknown.contains(&cost) { None } else { of_this_round(cost).or_else(|| self.known(cost)) })
    }

    /// Takes a few samples, each behind a look at the pace and a [`REST`]: as many as the effort says, however long they take.
    fn rested_samples<T>(self, mut take: impl FnMut() -> Option<T>) -> Vec<T> {
        let rested = |_| {
            // As in `predict::rounds`, where runs are compared: a thread is made for it, and whether its maker has gone to another
            // core since decides on which one a run's first thread begins. Cores differ.
            let _ = Pace::now();
            thread::sleep(REST.to_std());
            if self.is_stopped() { None } else { take() }
        };
        (0..self.rested).map_while(rested).collect()
    }

    /// Takes up to `count` samples: fewer when the bounds are reached or one cannot be had.
    fn samples<T>(self, count: usize, mut take: impl FnMut() -> Option<T>) -> Vec<T> {
        (0..count).map_while(|_| if self.are_reached() { None } else { take() }).collect()
    }
}

/// The lower of the two in the middle, where there are two.
fn median(mut samples: Vec<Nanos>) -> Option<Nanos> {
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
    fn every_cost_is_measured_once() {
        let mut costs: Vec<Cost> = PARTS.iter().flat_map(Part::costs).copied().collect();
        costs.extend([Cost::GilInterval, Cost::ProcessSpawn, Cost::ProcessForkserver]);
        costs.sort_unstable();
        assert_eq!(costs, Cost::ALL);
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
    fn what_first_tasks_take_is_measured_again_without_a_new_round() {
        let mut calibration = Calibration::default();
        for cost in FIRST_TASKS.costs() {
            calibration.take(*cost, round(&[], Pace::default()));
        }
        calibration.take(Cost::ThreadSetUp, round(&[1_000], Pace::default()));
        calibration.measure_more_first_tasks(2, &AtomicBool::new(false)).unwrap();
        let samples =
            |cost: Cost| -> Vec<usize> { calibration.samples[&cost].iter().map(|round| round.samples.len()).collect() };
        // A host that took part keeps them out.
        assert!([vec![0], vec![2]].contains(&samples(Cost::FirstSetUp)), "{:?}", samples(Cost::FirstSetUp));
        assert_eq!(samples(Cost::ThreadSetUp), [1]);
        assert_eq!(calibration.measure_more_first_tasks(2, &AtomicBool::new(true)), Err(Stopped));
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
        let quiet = |stolen, of_all| is_quiet(Nanos::from_millis(stolen), Nanos::from_millis(of_all));
        assert_eq!(
            [(0, 0), (0, 20), (10, 400), (10, 500)].map(|(stolen, of_all)| quiet(stolen, of_all)),
            [true, true, false, true]
        );
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
    fn who_stops_it_gets_no_table() {
        let stop = AtomicBool::new(false);
        let mut seen = 0;
        let stopped = calibrate(&stop, |progress| {
            seen += 1;
            assert_eq!((progress.done, progress.of), (0, Effort::BRIEF.parts()));
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!((stopped, seen), (Err(Stopped), 1));
    }

    #[test]
    fn a_computer_is_named_by_what_is_known_of_it() {
        let host = Host { cores: 2, os: "Debian".into(), ..Host::default() };
        assert_eq!(source(&host), "2 cores, Debian");
    }
}
