//! Runs on an imagined computer: the simulator is given what a request says, and what it yields becomes a run like a
//! measured one. [`imagine`] computes at once, [`LiveImagined`] on a thread of its own.
//!
//! Invariant: the same request gives the same run on every computer; nothing of this one, no clock and no load, is in it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use super::{Request, StartError, Wake, empty, run_of};
use crate::model::Plan;
use crate::simulate::costs::Costs;
use crate::simulate::{self, Decision, Setup, Simulated};
use crate::time::Nanos;
use crate::trace::{Account, Run, State, Status, Trace};

/// A run that was computed, and why its cores were handed out as they were.
#[derive(Clone, Debug)]
pub struct Imagined {
    pub run: Arc<Run>,
    /// In time order; the first [`simulate::DECISIONS_MAX`].
    pub decisions: Arc<[Decision]>,
}

/// Computes the run on this thread. `stop` is asked now and then; the run is [`Status::Cancelled`] once it says so.
///
/// # Errors
/// What the imagined computer refuses.
pub fn imagine(request: &Request, stop: &dyn Fn() -> bool) -> Result<Imagined, StartError> {
    let asked = Asked::of(request);
    let simulated = simulate::simulate(&asked.setup(), stop)?;
    Ok(asked.take(simulated))
}

pub(super) fn check(request: &Request) -> Result<(), StartError> {
    Ok(simulate::check(&Asked::of(request).setup())?)
}

/// A request with what follows from it.
struct Asked<'a> {
    request: &'a Request,
    plan: Plan,
    costs: Costs,
}

impl<'a> Asked<'a> {
    fn of(request: &'a Request) -> Self {
        let plan = request.choice.plan(request.cores);
        let costs = Costs::of(plan.language, request.costs.as_deref(), &request.scenario.machine);
        Asked { request, plan, costs }
    }

    fn setup(&self) -> Setup<'_> {
        let Request { scenario, cores, seed, .. } = self.request;
        Setup { scenario, plan: &self.plan, cores: *cores, seed: *seed, costs: &self.costs }
    }

    fn take(&self, simulated: Simulated) -> Imagined {
        let Simulated { status, trace, workers, variables, output, account, decisions } = simulated;
        let events = trace.len() as u64;
        let costs = self.costs.used(self.request.costs.as_deref());
        let account = Account { recorded: events, received: events, costs: Some(costs), ..account };
        let mut run = Run { status, workers, variables, output, account, ..run_of(self.request, trace) };
        if let Some(overhead) = run.account.overhead {
            // Both are known exactly: together they are all that the cores did.
            run.account.cpu = Some(running(&run.trace) + overhead);
        }
        Imagined { run: Arc::new(run), decisions: decisions.into() }
    }
}

fn running(trace: &Trace) -> Nanos {
    let spans = trace.states().iter().zip(trace.starts().iter().zip(trace.ends()));
    spans.filter(|(state, _)| **state == State::Running).map(|(_, (start, end))| *end - *start).sum()
}

/// A simulated run under way, or over.
pub struct LiveImagined {
    shared: Arc<Shared>,
}

struct Shared {
    before: Arc<Run>,
    done: OnceLock<Imagined>,
    stop: AtomicBool,
}

impl LiveImagined {
    /// Starts computing on a thread of its own and returns at once. `wake` is called from there when it is done.
    ///
    /// # Errors
    /// As [`super::check`], or when no thread can be made.
    pub fn start(request: Request, wake: Wake) -> Result<LiveImagined, StartError> {
        super::check(&request)?;
        let before = Arc::new(empty(&request));
        let shared = Arc::new(Shared { before, done: OnceLock::new(), stop: AtomicBool::new(false) });
        let own = Arc::clone(&shared);
        let compute = move || {
            let ends = Ends { shared: own, wake };
            let stop = || ends.shared.stop.load(Ordering::Relaxed);
            match imagine(&request, &stop) {
                Ok(imagined) => ends.shared.end(imagined),
                Err(refused) => ends.shared.break_off(&refused.to_string()),
            }
        };
        let made = thread::Builder::new().name("tasklane-imagine".into()).spawn(compute);
        made.map_err(|error| StartError::Thread(error.to_string()))?;
        Ok(LiveImagined { shared })
    }

    /// The run once it is over; until then the run before its first event.
    pub fn snapshot(&self) -> Arc<Run> {
        let run = self.shared.done.get().map_or(&self.shared.before, |imagined| &imagined.run);
        Arc::clone(run)
    }

    /// See [`Imagined::decisions`]; none until the run is over.
    pub fn decisions(&self) -> Arc<[Decision]> {
        self.shared.done.get().map(|imagined| Arc::clone(&imagined.decisions)).unwrap_or_default()
    }

    /// Asks the computation to stop; what was computed until then is kept.
    pub fn cancel(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }

    /// The run is finished or cancelled: the snapshot will not change any more.
    pub fn is_over(&self) -> bool {
        self.shared.done.get().is_some()
    }
}

/// A run that is abandoned is stopped.
impl Drop for LiveImagined {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl Shared {
    /// The first word counts.
    fn end(&self, imagined: Imagined) {
        self.done.get_or_init(|| imagined);
    }

    fn break_off(&self, why: &str) {
        self.done.get_or_init(|| {
            let mut run = Run::clone(&self.before);
            run.status = Status::Cancelled;
            run.account.trouble = Some(why.to_owned());
            Imagined { run: Arc::new(run), decisions: Arc::default() }
        });
    }
}

/// Whatever happens to the computing thread, the run has an end and somebody hears of it.
struct Ends {
    shared: Arc<Shared>,
    wake: Wake,
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.shared.break_off("the simulation broke off: a bug of Tasklane");
        (self.wake)();
    }
}
