//! How often each run is made: until its repetitions agree, or so many or so long that more are too much to ask. Each
//! repetition has a seed of its own, the same on the imagined computer as on this one: whatever is drawn is drawn alike.
//!
//! One repetition tells little: a thread may find its core asleep or not, a process its pages in memory or not. So every
//! figure that is compared is the mean of the half in the middle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::costs::Costs;
use super::quiet::{Repetition, are_disturbed, counting, mood};
use super::{Failure, Row, name, unless_refused};
use crate::analysis::agreement::{Agreement, Figures, makespan_off_max, standard_error, swing};
use crate::cli::measure::measure_one;
use crate::cli::terminal::tell;
use crate::engine::calibrate::REST;
use crate::engine::pace::Pace;
use crate::engine::{self, Request};
use crate::scenario::Engine;
use crate::simulate::costs::CostTable;
use crate::time::Nanos;
use crate::trace::{Run, Status};

/// Repetitions that agree are no fewer.
pub const AGREE_MIN: usize = 3;
/// So many that do not agree say all the same how runs mostly go, where their midmean is known so closely.
const KNOWN_MIN: usize = 18;
pub const KNOWN_CLOSELY: f64 = 0.01;
/// More are too much to ask.
pub const TIMES_MAX: usize = 54;
/// Runs shorter than this hang on what a thread happens to meet when it wakes: that so many agree is not chance, and it
/// may take many more.
pub const SHORT: Nanos = Nanos::from_millis(5);
const SHORT_AGREE_MIN: usize = 9;
const SHORT_KNOWN_MIN: usize = 90;
pub const SHORT_TIMES_MAX: usize = 180;
/// So many repetitions of a short run are made before the others have their turns again.
const SHORT_AT_ONCE: usize = 6;
/// After so many rounds it is looked again at what things cost.
pub const COSTS_EVERY: usize = 3;
/// Where some are set aside, so many times as many are made in all, in as many times the time.
pub const DISTURBED_MORE: usize = 2;
/// Repetitions that agree take no longer than this together.
pub const TIME_MAX: Nanos = Nanos::from_millis(2_000);
/// And those that do not, or one alone, no longer than this.
pub const DISAGREEING_TIME_MAX: Nanos = Nanos::from_millis(9_000);

/// Makes the runs on this computer. What the imagined one refuses is left out, as is what takes longer there than
/// `makespan_max`, and what breaks off here is not made again. `look_again` is called every few rounds between them,
/// and before each in which short ones are made.
pub fn measured(
    requests: Vec<Request>,
    times: Option<u32>,
    makespan_max: Option<Nanos>,
    stop: &AtomicBool,
    mut look_again: impl FnMut(Look) -> Result<(), Failure>,
) -> Result<Vec<Candidate>, Failure> {
    let mut candidates: Vec<Candidate> =
        requests.into_iter().filter_map(|request| Candidate::new(request, times, makespan_max, stop)).collect();
    for round in 0.. {
        let mut open: Vec<&mut Candidate> = candidates.iter_mut().filter(|candidate| !candidate.is_done()).collect();
        let looks_again = round > 0 && round % COSTS_EVERY == 0;
        let looks_at_first_tasks = open.iter().any(|candidate| candidate.is_short());
        let look = [(looks_again, Look::AtAll), (looks_at_first_tasks, Look::AtFirstTasks)];
        let mut looks = look.into_iter().filter(|(is_due, _)| *is_due);
        // Only who stops it keeps it from looking.
        if open.is_empty() || stop.load(Ordering::Relaxed) || looks.any(|(_, look)| look_again(look).is_err()) {
            break;
        }
        let looks = round / COSTS_EVERY;
        let turns = turns(&open.iter().map(|candidate| candidate.at_once()).collect::<Vec<_>>());
        let mut before = Pace::now();
        for (done, of) in turns.iter().enumerate() {
            let candidate = &mut *open[*of];
            // What a run pays once is calibrated behind a look at the pace and such a rest, too.
            thread::sleep(REST.to_std());
            let run = measure_one(candidate.next(), (count(done), count(turns.len())), stop)?;
            let after = Pace::now();
            candidate.take(&run, before.and(&after), looks);
            before = after;
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
    }
    if !stop.load(Ordering::Relaxed) {
        candidates.iter().for_each(Candidate::tell_whether_it_broke_off);
    }
    Ok(candidates)
}

/// At what things cost, between the runs.
pub enum Look {
    AtAll,
    /// What is paid once, by first tasks and for first threads.
    AtFirstTasks,
}

/// Whose turn it is, by how many of a round each is to make. One after another: repetitions of one and the same run meet
/// different moods of the computer.
fn turns(at_once: &[usize]) -> Vec<usize> {
    let most = at_once.iter().copied().max().unwrap_or(0);
    let of_lap = |lap: usize| at_once.iter().enumerate().filter(move |(_, own)| **own > lap).map(|(of, _)| of);
    (0..most).flat_map(of_lap).collect()
}

/// A run that is made again and again.
pub struct Candidate {
    request: Request,
    /// So often, by the user's word: then all count.
    times: Option<u32>,
    measured: Vec<Repetition>,
    last: Option<Arc<Run>>,
    /// A repetition that did not come to its end.
    broken: Option<Arc<Run>>,
}

impl Candidate {
    /// `None` where the imagined computer refuses the run, or takes longer than that.
    fn new(request: Request, times: Option<u32>, makespan_max: Option<Nanos>, stop: &AtomicBool) -> Option<Candidate> {
        let candidate = Candidate { request, times, measured: Vec::new(), last: None, broken: None };
        let makespan = candidate.imagined(0, None, stop)?.makespan;
        if makespan_max.is_some_and(|max| makespan > max) {
            let name = name(&candidate.request);
            tell(format!("left out: {name}: it would take {makespan}; `--model` asks for it all the same"));
            return None;
        }
        Some(candidate)
    }

    fn is_done(&self) -> bool {
        let is_enough = || {
            let quiet = figures(self.measured.iter().filter(|one| one.is_quiet()));
            let all = figures(&self.measured);
            // Those that agree with a quiet one, or many with each other, were not disturbed in what is compared.
            let at_least = if quiet.is_empty() { DISTURBED_MORE * agree_min(all.last()) } else { 0 };
            is_enough(&quiet) || all.len() >= at_least && agree(&all) || is_too_much(&all)
        };
        self.broken.is_some() || self.times.map_or_else(is_enough, |times| self.measured.len() >= times as usize)
    }

    fn is_short(&self) -> bool {
        is_short(self.measured.last().map(|last| &last.figures))
    }

    /// How often it is made in the next round.
    fn at_once(&self) -> usize {
        let quiet = self.measured.iter().filter(|one| one.is_quiet()).count();
        let left = match self.times {
            Some(times) => (times as usize).saturating_sub(self.measured.len()),
            None => (SHORT_TIMES_MAX - quiet).min(SHORT_TIMES_MAX * DISTURBED_MORE - self.measured.len()),
        };
        left.min(if self.is_short() { SHORT_AT_ONCE } else { 1 })
    }

    fn next(&self) -> Request {
        self.repetition(self.measured.len())
    }

    fn repetition(&self, number: usize) -> Request {
        let more = number as u64;
        Request { seed: self.request.seed.wrapping_add(more), ..self.request.clone() }
    }

    /// Takes in the next repetition, around which the computer was as fast as that, behind so many looks at what things cost.
    /// Behind one that broke off none counts: each has its number's seed.
    fn take(&mut self, run: &Arc<Run>, pace: Pace, looks: usize) {
        if run.status != Status::Finished || self.broken.is_some() {
            self.broken.get_or_insert_with(|| Arc::clone(run));
            return;
        }
        let number = self.measured.len();
        self.measured.push(Repetition::of(number, run, pace, looks));
        self.last = Some(Arc::clone(run));
    }

    fn tell_whether_it_broke_off(&self) {
        let Some(broken) = &self.broken else { return };
        let what = if self.measured.is_empty() { "left out" } else { "not made again" };
        let why = broken.account.trouble.as_deref().unwrap_or("it broke off");
        tell(format!("{what}: {}: {why}", name(&self.request)));
    }

    /// `None` where the imagined computer refuses the repetition, or `stop` is raised.
    fn imagined(&self, number: usize, costs: Option<Arc<CostTable>>, stop: &AtomicBool) -> Option<Figures> {
        let request = Request { engine: Engine::Simulated, costs, ..self.repetition(number) };
        let imagined = engine::imagine(&request, &|| stop.load(Ordering::Relaxed));
        let run = unless_refused(&self.request, imagined)?.run;
        (run.status == Status::Finished).then(|| Figures::of(&run))
    }

    /// The run as it was beside the run as a computer makes it on which things cost as much as around it. `None` where a
    /// raised `stop` kept it from finishing.
    pub fn row(&self, costs: &Costs, stop: &AtomicBool) -> Option<Row> {
        let run = self.last.clone()?;
        let agree_min = agree_min(self.measured.last().map(|last| &last.figures));
        let all = || self.measured.iter().collect();
        let counting = if self.times.is_some() { all() } else { counting(&self.measured, agree_min) };
        let mood = mood(&counting);
        let looks = || counting.iter().map(|one| one.looks);
        let costs = costs.around(looks().min()?..=looks().max()?, mood);
        let imagined =
            |lap: usize| self.imagined(counting[lap % counting.len()].number, Some(costs.of_repetition(lap)), stop);
        let predicted = (0..costs.repetitions(counting.len())).map(imagined).collect::<Option<Vec<Figures>>>()?;
        let measured = figures(counting.iter().copied());
        let tasks = self.request.scenario.tasks();
        let plan = self.request.choice.plan(self.request.cores);
        Some(Row {
            name: name(&self.request),
            agreement: Agreement::of(
                &Figures::midmean(&predicted)?,
                &Figures::midmean(&measured)?,
                makespan_off_max(&plan, tasks),
            ),
            times: count(counting.len()),
            set_aside: count(self.measured.len() - counting.len()),
            swing: swing(&measured),
            busy: are_disturbed(&self.measured),
            mood,
            costs: costs.middle.of_plan(&plan),
            run,
        })
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("a few")
}

fn figures<'a>(of: impl IntoIterator<Item = &'a Repetition>) -> Vec<Figures> {
    of.into_iter().map(|one| one.figures.clone()).collect()
}

/// Fewer would agree by chance.
fn agree_min(last: Option<&Figures>) -> usize {
    if is_short(last) { SHORT_AGREE_MIN } else { AGREE_MIN }
}

fn is_short(last: Option<&Figures>) -> bool {
    last.is_some_and(|last| last.makespan < SHORT)
}

fn is_enough(measured: &[Figures]) -> bool {
    // One alone agrees with nothing: the first crowd of threads of a process takes longer than those after it.
    let is_in_step = measured.len() > 1 && Figures::agree(measured);
    let time_max = if is_in_step { TIME_MAX } else { DISAGREEING_TIME_MAX };
    is_spent(measured, 1, time_max) || agree(measured) || is_known(measured)
}

/// They do, and not by chance.
fn agree(measured: &[Figures]) -> bool {
    measured.len() >= agree_min(measured.last()) && Figures::agree(measured)
}

/// They do not, but say closely enough how runs mostly go.
fn is_known(measured: &[Figures]) -> bool {
    let at_least = if is_short(measured.last()) { SHORT_KNOWN_MIN } else { KNOWN_MIN };
    measured.len() >= at_least && standard_error(measured).is_some_and(|error| error <= KNOWN_CLOSELY)
}

/// So many were made by now, the disturbed ones among them, that more are too much to ask.
fn is_too_much(measured: &[Figures]) -> bool {
    let more = i64::try_from(DISTURBED_MORE).expect("a few");
    is_spent(measured, DISTURBED_MORE, DISAGREEING_TIME_MAX * more)
}

/// Whether one more would exceed `more` times as many as are made at the most, or that time with the others.
fn is_spent(measured: &[Figures], more: usize, time_max: Nanos) -> bool {
    let Some(last) = measured.last() else { return false };
    let times_max = more * if is_short(Some(last)) { SHORT_TIMES_MAX } else { TIMES_MAX };
    let spent: Nanos = measured.iter().map(|run| run.makespan).sum();
    measured.len() >= times_max || spent + last.makespan > time_max
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{self, ModelChoice};
    use crate::scenario::read;

    #[test]
    fn runs_are_repeated_until_they_agree_or_take_long() {
        let check = |makespans: &[i64], expected: bool| {
            let of = |millis: &i64| Figures {
                makespan: Nanos::from_millis(*millis),
                utilization: None,
                returns: Vec::new(),
                done: 1,
            };
            let measured: Vec<Figures> = makespans.iter().map(of).collect();
            assert_eq!(is_enough(&measured), expected, "{makespans:?}");
        };
        check(&[], false);
        check(&[100], false);
        check(&[100, 100], false);
        check(&[1_000, 1_000, 1_000], true);
        check(&[100, 130, 100], false);
        check(&[100, 130].repeat(26), false);
        check(&[100, 130].repeat(27), true);
        check(&[100, 105].repeat(8), false);
        check(&[100, 105].repeat(9), true);
        check(&[600, 660, 600], false);
        check(&[600, 1_300, 1_300, 1_300, 1_300], false);
        check(&[600, 1_300, 1_300, 1_300, 1_300, 1_300, 1_300], true);
        check(&[4_000], false);
        check(&[5_000], true);
        check(&[950, 950], true);
        check(&[900, 1_000], false);
        check(&[1_600], false);
        check(&[1_600, 1_310, 1_330, 1_310], false);
        check(&[1_600, 1_310, 1_330, 1_310, 1_310, 1_310], true);
        let short: Vec<i64> = (0..180).map(|number| 1 + number % 2 * 2).collect();
        check(&[1; 3], false);
        check(&[1; 9], true);
        check(&short[..9], false);
        check(&short[..179], false);
        check(&short, true);
    }

    /// What was measured of one task that computes for a millisecond, to be measured so often.
    fn candidate(times: Option<u32>) -> (Candidate, Arc<Run>) {
        let text =
            "format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\n[[task]]\nname = \"a\"\nsteps = [{ cpu = \"1ms\" }]\n";
        let request = Request {
            scenario_id: "t".into(),
            scenario: Arc::new(read::read("t.toml", text).unwrap()),
            variant: None,
            choice: ModelChoice::new(model::find("threads").unwrap()),
            cores: 1,
            seed: 1,
            repeat: 0,
            engine: Engine::Measured,
            costs: None,
        };
        let run = engine::imagine(&Request { engine: Engine::Simulated, ..request.clone() }, &|| false).unwrap().run;
        (Candidate::new(request, times, None, &AtomicBool::new(false)).unwrap(), run)
    }

    #[test]
    fn more_are_made_where_some_are_set_aside() {
        let made_until_done = |is_disturbed: fn(usize) -> bool, agree: bool| {
            let (mut candidate, run) = candidate(None);
            while !candidate.is_done() {
                let mut run = Run::clone(&run);
                run.host.cores = 2;
                let number = candidate.measured.len();
                run.account.stolen = is_disturbed(number).then_some(SHORT);
                candidate.take(&Arc::new(run), Pace::default(), 0);
                // No two disturbed ones take the same time, whatever it is.
                if is_disturbed(number) && !agree {
                    candidate.measured[number].figures.makespan += SHORT / 1_000 * i64::try_from(number).unwrap();
                }
            }
            candidate.measured.len()
        };
        assert_eq!(made_until_done(|_| false, true), SHORT_AGREE_MIN);
        assert_eq!(made_until_done(|number| number < 11, true), 11 + 1, "the first quiet one agrees with the others");
        assert_eq!(made_until_done(|number| number < 20, false), 20 + SHORT_AGREE_MIN);
        assert_eq!(made_until_done(|_| true, true), SHORT_AGREE_MIN * DISTURBED_MORE);
        assert_eq!(made_until_done(|_| true, false), SHORT_TIMES_MAX * DISTURBED_MORE);
    }

    #[test]
    fn what_broke_off_is_not_made_again() {
        let (mut candidate, run) = candidate(Some(3));
        candidate.take(&run, Pace::default(), 0);
        assert!(!candidate.is_done());
        candidate.take(&Arc::new(Run { status: Status::Cancelled, ..Run::clone(&run) }), Pace::default(), 0);
        assert!(candidate.is_done());
        candidate.times = None;
        assert!(candidate.is_done());
        candidate.take(&run, Pace::default(), 0);
        assert_eq!(candidate.measured.len(), 1, "what came behind it had another seed");
        assert_eq!(candidate.row(&Costs::Given(Arc::default()), &AtomicBool::new(false)).map(|row| row.times), Some(1));
    }

    #[test]
    fn what_would_take_too_long_is_left_out() {
        let request = candidate(None).0.request;
        let is_made = |max| {
            Candidate::new(request.clone(), None, Some(Nanos::from_micros(max)), &AtomicBool::new(false)).is_some()
        };
        assert!(is_made(10_000));
        assert!(!is_made(999), "it computes for a millisecond");
    }

    #[test]
    fn who_stops_it_is_told_no_prediction_that_was_not_made() {
        let (mut candidate, run) = candidate(None);
        candidate.take(&run, Pace::default(), 0);
        assert!(candidate.row(&Costs::Given(Arc::default()), &AtomicBool::new(true)).is_none());
    }

    #[test]
    fn runs_take_turns_and_short_ones_several() {
        assert_eq!(turns(&[]), [0; 0]);
        assert_eq!(turns(&[1, 1]), [0, 1]);
        assert_eq!(turns(&[3, 1, 2]), [0, 1, 2, 0, 2, 0]);
    }
}
