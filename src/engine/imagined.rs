//! Runs on an imagined computer: the simulator is given what a request says, and what it yields becomes a run like a
//! measured one. [`imagine`] computes at once, [`LiveImagined`] on a thread of its own.
//!
//! Invariant: the same request gives the same run on every computer; nothing of this one, no clock and no load, is in it.
//! Only whether a run has room is asked of this one.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use super::memory::{self, TraceRoom};
use super::{Request, StartError, Wake, empty, run_of};
use crate::analysis::metrics::{Metrics, metrics};
use crate::model::Plan;
use crate::scenario::{Engine, Machine, Scenario, Scheduler};
use crate::simulate::costs::{CostTable, Costs};
use crate::simulate::{self, Decision, Order, Setup, Simulated, Watch};
use crate::time::Nanos;
use crate::trace::{Account, Run, State, Status, Trace};

/// A run that was computed, and why its cores were handed out as they were.
#[derive(Clone, Debug)]
pub struct Imagined {
    pub run: Arc<Run>,
    /// In time order; the first [`simulate::DECISIONS_MAX`].
    pub decisions: Arc<[Decision]>,
    /// The run's: whoever shows it needs them at once, and of millions of events they take a while.
    pub metrics: Arc<Metrics>,
}

impl Imagined {
    fn new(run: Run, decisions: Arc<[Decision]>) -> Self {
        Imagined { metrics: Arc::new(metrics(&run)), run: Arc::new(run), decisions }
    }
}

/// Computes the run on this thread. `stop` is asked now and then; the run is [`Status::Cancelled`] and empty once it
/// says so.
///
/// # Errors
/// What the imagined computer refuses.
pub fn imagine(request: &Request, stop: &dyn Fn() -> bool) -> Result<Imagined, StartError> {
    imagine_watched(request, &|_| if stop() { Order::Abandon } else { Order::GoOn })
}

/// As [`imagine`], for somebody who wants to know how far it is, or what had happened until it was stopped.
///
/// # Errors
/// What the imagined computer refuses.
pub fn imagine_watched(request: &Request, watch: Watch<'_>) -> Result<Imagined, StartError> {
    let asked = Asked::of(request);
    let setup = asked.setup();
    let room = TraceRoom::of(&setup);
    let simulated = simulate::simulate_within(&setup, room.events_max, watch);
    Ok(asked.take(simulated.map_err(|refusal| room.explain(request.choice.model.id, refusal))?))
}

/// What asks the imagined computer for a run that was measured: the same set-up, as a measured run heeds it. `costs`:
/// what things cost on the computer that measured it, where that is known.
pub fn prediction_of(measured: &Run, costs: Option<Arc<CostTable>>) -> Request {
    Request {
        scenario_id: measured.scenario_id.clone(),
        scenario: Arc::new(as_measured(&measured.scenario)),
        variant: measured.variant.clone(),
        choice: measured.choice.clone(),
        cores: measured.cores,
        seed: measured.seed,
        repeat: measured.repeat,
        engine: Engine::Simulated,
        costs,
    }
}

/// The scenario without what it says of imagined computers only: that says nothing of this one, whose system keeps a
/// ready queue for each core as every one does on which this program runs.
pub fn as_measured(scenario: &Scenario) -> Scenario {
    let Machine { cores, seed, .. } = scenario.machine;
    let machine = Machine { cores, seed, scheduler: Scheduler::PerCore, ..Machine::default() };
    Scenario { machine, ..scenario.clone() }
}

pub(super) fn check(request: &Request) -> Result<(), StartError> {
    let asked = Asked::of(request);
    let setup = asked.setup();
    simulate::check(&setup)?;
    memory::check_trace(request.choice.model.id, &setup)
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
        let (machine, table) = (&request.scenario.machine, request.costs.as_deref());
        let costs = Costs::of_model(&request.choice, &plan, table, machine);
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
        Imagined::new(run, decisions.into())
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

/// A computation that was cancelled may still end within so long; then the run is over without what had happened, and
/// that is gathered behind the scene.
const PATIENCE: Duration = Duration::from_millis(40);

struct Shared {
    before: Arc<Run>,
    done: OnceLock<Imagined>,
    /// When it was cancelled, and the run as it is until what had happened is gathered.
    cancelled: OnceLock<(Instant, Arc<Run>)>,
    abandoned: AtomicBool,
    /// How much is done, in millionths.
    millionths: AtomicU32,
}

impl LiveImagined {
    /// Starts computing on a thread of its own and returns at once. `wake` is called from there when it is done.
    ///
    /// # Errors
    /// As [`super::check`], or when no thread can be made.
    pub fn start(request: Request, wake: Wake) -> Result<LiveImagined, StartError> {
        super::check(&request)?;
        let shared = Arc::new(Shared {
            before: Arc::new(empty(&request)),
            done: OnceLock::new(),
            cancelled: OnceLock::new(),
            abandoned: AtomicBool::new(false),
            millionths: AtomicU32::new(0),
        });
        let own = Arc::clone(&shared);
        let compute = move || {
            let ends = Ends { shared: own, wake };
            match imagine_watched(&request, &|share| ends.shared.hear(share)) {
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
        let Shared { before, done, cancelled, .. } = &*self.shared;
        let ended = done.get().map(|imagined| &imagined.run);
        let given_up = || cancelled.get().filter(|(since, _)| since.elapsed() >= PATIENCE).map(|(_, run)| run);
        Arc::clone(ended.or_else(given_up).unwrap_or(before))
    }

    /// See [`Imagined::decisions`]; none until the run is over.
    pub fn decisions(&self) -> Arc<[Decision]> {
        self.shared.done.get().map(|imagined| Arc::clone(&imagined.decisions)).unwrap_or_default()
    }

    /// Of the snapshot, once the run is over.
    pub fn metrics(&self) -> Option<Arc<Metrics>> {
        self.shared.done.get().map(|imagined| Arc::clone(&imagined.metrics))
    }

    /// How much of the computation is done, from 0 to 1.
    pub fn share_done(&self) -> f64 {
        f64::from(self.shared.millionths.load(Ordering::Relaxed)) / 1e6
    }

    /// Asks the computation to stop. It is over within [`PATIENCE`]; what was computed until then is kept, and gathered
    /// behind the scene where that takes longer.
    pub fn cancel(&self) {
        self.shared.cancelled.get_or_init(|| {
            let mut run = Run::clone(&self.shared.before);
            run.status = Status::Cancelled;
            (Instant::now(), Arc::new(run))
        });
    }

    /// The run is finished or cancelled.
    pub fn is_over(&self) -> bool {
        self.is_gathered() || self.shared.cancelled.get().is_some_and(|(since, _)| since.elapsed() >= PATIENCE)
    }

    /// The snapshot will not change any more.
    pub fn is_gathered(&self) -> bool {
        self.shared.done.get().is_some()
    }
}

/// A run that is abandoned is stopped.
impl Drop for LiveImagined {
    fn drop(&mut self) {
        self.shared.abandoned.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn hear(&self, share: f64) -> Order {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a million at most")]
        let millionths = (share.clamp(0.0, 1.0) * 1e6) as u32;
        self.millionths.store(millionths, Ordering::Relaxed);
        if self.abandoned.load(Ordering::Relaxed) {
            Order::Abandon
        } else if self.cancelled.get().is_some() {
            Order::Stop
        } else {
            Order::GoOn
        }
    }

    /// The first word counts.
    fn end(&self, imagined: Imagined) {
        self.done.get_or_init(|| imagined);
    }

    fn break_off(&self, why: &str) {
        self.done.get_or_init(|| {
            let mut run = Run::clone(&self.before);
            run.status = Status::Cancelled;
            run.account.trouble = Some(why.to_owned());
            Imagined::new(run, Arc::default())
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
