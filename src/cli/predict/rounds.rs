//! How often each run is made: until its repetitions agree, or so many or so long that more are too much to ask. Each
//! repetition has a seed of its own, the same on the imagined computer as on this one: whatever is drawn is drawn alike.
//!
//! One repetition tells little: a thread may find its core asleep or not, a process its pages in memory or not. So every
//! figure that is compared is a median.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Failure, Row, name, unless_refused};
use crate::analysis::agreement::{Agreement, Figures, makespan_off_max};
use crate::analysis::diagnosis::diagnose;
use crate::cli::measure::measure;
use crate::engine::{self, Request};
use crate::scenario::Engine;
use crate::simulate::costs::CostTable;
use crate::time::Nanos;
use crate::trace::{Run, Status};

/// Repetitions that agree are no fewer.
pub const AGREE_MIN: usize = 3;
/// More are too much to ask.
pub const TIMES_MAX: usize = 9;
/// All repetitions of a run together take no longer than this; what takes longer alone is made once.
pub const TIME_MAX: Nanos = Nanos::from_millis(2_000);
/// And no longer than this where so many do not agree as would be enough.
pub const DISAGREEING_TIME_MAX: Nanos = Nanos::from_millis(6_000);

/// Makes the runs on this computer. What the imagined one refuses is left out.
pub fn measured(requests: Vec<Request>, times: Option<u32>, stop: &AtomicBool) -> Result<Vec<Candidate>, Failure> {
    let mut candidates: Vec<Candidate> =
        requests.into_iter().filter_map(|request| Candidate::new(request, stop)).collect();
    while !stop.load(Ordering::Relaxed) {
        let open: Vec<&mut Candidate> = candidates.iter_mut().filter(|candidate| !candidate.is_done(times)).collect();
        if open.is_empty() {
            break;
        }
        // One after another: repetitions of one and the same run meet different moods of the computer.
        let session = measure(open.iter().map(|candidate| candidate.next()).collect(), 1, stop)?;
        for (candidate, entry) in open.into_iter().zip(session.entries()) {
            if entry.run.status == Status::Finished {
                candidate.take(&entry.run);
            }
        }
    }
    Ok(candidates)
}

/// A run that is made again and again.
pub struct Candidate {
    request: Request,
    measured: Vec<Figures>,
    busy: usize,
    last: Option<Arc<Run>>,
}

impl Candidate {
    /// `None` where the imagined computer refuses the run.
    fn new(request: Request, stop: &AtomicBool) -> Option<Candidate> {
        let candidate = Candidate { request, measured: Vec::new(), busy: 0, last: None };
        candidate.imagined(0, None, stop).map(|_| candidate)
    }

    fn is_done(&self, times: Option<u32>) -> bool {
        times.map_or_else(|| is_enough(&self.measured), |times| self.measured.len() >= times as usize)
    }

    fn next(&self) -> Request {
        self.repetition(self.measured.len())
    }

    fn repetition(&self, number: usize) -> Request {
        let more = number as u64;
        Request { seed: self.request.seed.wrapping_add(more), ..self.request.clone() }
    }

    fn take(&mut self, run: &Arc<Run>) {
        self.measured.push(Figures::of(run));
        self.busy += usize::from(diagnose(run).iter().any(|found| found.id == "noisy-machine"));
        self.last = Some(Arc::clone(run));
    }

    fn imagined(&self, number: usize, costs: Option<&Arc<CostTable>>, stop: &AtomicBool) -> Option<Figures> {
        let costs = costs.map(Arc::clone);
        let request = Request { engine: Engine::Simulated, costs, ..self.repetition(number) };
        let imagined = engine::imagine(&request, &|| stop.load(Ordering::Relaxed));
        unless_refused(&self.request, imagined).map(|imagined| Figures::of(&imagined.run))
    }

    /// The run as it was beside the run as a computer makes it on which things cost so much. `None` where a raised `stop`
    /// kept it from finishing.
    pub fn row(&self, costs: &Arc<CostTable>, stop: &AtomicBool) -> Option<Row> {
        let run = self.last.clone()?;
        let predicted: Vec<Figures> =
            (0..self.measured.len()).map_while(|number| self.imagined(number, Some(costs), stop)).collect();
        let tasks = self.request.scenario.tasks();
        let plan = self.request.choice.plan(self.request.cores);
        Some(Row {
            name: name(&self.request),
            agreement: Agreement::of(
                &Figures::median(&predicted)?,
                &Figures::median(&self.measured)?,
                makespan_off_max(&plan, tasks),
            ),
            times: u32::try_from(self.measured.len()).expect("a few"),
            busy: self.busy * 2 >= self.measured.len(),
            costs: costs.of_plan(&plan),
            run,
        })
    }
}

fn is_enough(measured: &[Figures]) -> bool {
    let Some(last) = measured.last() else { return false };
    let spent: Nanos = measured.iter().map(|run| run.makespan).sum();
    let are_some = measured.len() >= AGREE_MIN;
    let time_max = if are_some { DISAGREEING_TIME_MAX } else { TIME_MAX };
    measured.len() >= TIMES_MAX || spent + last.makespan > time_max || are_some && Figures::agree(measured)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        check(&[100, 130, 100, 130, 100, 130, 100, 130, 100], true);
        check(&[600, 660, 600], false);
        check(&[600, 1_300, 1_300, 1_300, 1_300], true);
        check(&[4_000], true);
        check(&[900, 1_000], true);
    }
}
