//! Measures what things cost on this computer: [`calibrate`] takes some seconds and yields the [`CostTable`] that an
//! imagined computer can be given, and that models' cards show.
//!
//! `threads` and `timers` time one thing at a time, many times over; `runs`, `sharing` and, mostly, `computing` make small
//! runs as any other and read off their traces what lay between the tasks. Everything is measured in several rounds, one
//! cost after another in each: a mood of the computer that lasts a second spoils one round of many costs, not all of one.
//! Each figure is a median over rounds, of those during which the computer's cores were not shared, and no virtual
//! machine's host took them, if there are such (`rounds`); a [`Calibration`] is kept by whoever goes on measuring. What cannot be
//! measured here, as the costs of another language, is left out. Both shells call it; no run may go on meanwhile.

mod computing;
mod rounds;
mod runs;
mod sharing;
#[cfg(test)]
mod testing;
mod threads;
mod timers;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::pace::Pace;
use crate::host;
use crate::simulate::costs::{Cost, CostTable, interrupted};
use crate::time::Nanos;
pub use rounds::{Calibration, Mood, NEWEST, ROUNDS, ROUNDS_KEPT};
use rounds::{Round, Samples, known, told};

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

/// A computer has had nothing to do for so long before somebody starts a run: what the run before has left in its caches is
/// gone by then. Starting processes and first tasks take up to twice as long as right behind another run, and no longer after a
/// longer rest.
pub const REST: Nanos = Nanos::from_millis(60);

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
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cost_is_measured_once() {
        let mut costs: Vec<Cost> = PARTS.iter().flat_map(Part::costs).copied().collect();
        costs.extend([Cost::GilInterval, Cost::ProcessSpawn, Cost::ProcessForkserver]);
        costs.sort_unstable();
        assert_eq!(costs, Cost::ALL);
    }

    #[test]
    fn a_host_that_took_next_to_nothing_is_quiet() {
        let quiet = |stolen, of_all| is_quiet(Nanos::from_millis(stolen), Nanos::from_millis(of_all));
        assert_eq!(
            [(0, 0), (0, 20), (10, 400), (10, 500)].map(|(stolen, of_all)| quiet(stolen, of_all)),
            [true, true, false, true]
        );
    }

    #[test]
    fn what_first_tasks_take_is_measured_again_without_a_new_round() {
        let round = |samples: &[i64]| {
            let samples = samples.iter().copied().map(Nanos).collect();
            Round { samples, pace: Pace::default(), is_quiet: true }
        };
        let mut calibration = Calibration::default();
        for cost in FIRST_TASKS.costs() {
            calibration.take(*cost, round(&[]));
        }
        calibration.take(Cost::ThreadSetUp, round(&[1_000]));
        calibration.measure_more_first_tasks(2, &AtomicBool::new(false)).unwrap();
        let samples =
            |cost: Cost| -> Vec<usize> { calibration.samples[&cost].iter().map(|round| round.samples.len()).collect() };
        // A host that took part keeps them out.
        assert!([vec![0], vec![2]].contains(&samples(Cost::FirstSetUp)), "{:?}", samples(Cost::FirstSetUp));
        assert_eq!(samples(Cost::ThreadSetUp), [1]);
        assert_eq!(calibration.measure_more_first_tasks(2, &AtomicBool::new(true)), Err(Stopped));
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
}
