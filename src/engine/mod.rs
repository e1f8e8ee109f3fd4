//! Starting, watching, cancelling and gathering runs, measured and simulated.
//!
//! `runner` does a measured run from start to end on a thread of its own, `observation` decides how that is watched,
//! `imagined` computes a simulated one, and `session` keeps the open runs of a person and does not care which is which.
//! `calibrate` measures what things cost on this computer, `pace` how fast it is at the moment.

pub mod calibrate;
mod descriptors;
mod imagined;
mod memory;
mod observation;
pub mod pace;
mod runner;
pub mod session;
mod under_way;

use std::sync::{Arc, OnceLock};

use crossbeam_channel::Receiver;
pub use imagined::{Imagined, LiveImagined, as_measured, imagine, imagine_watched, prediction_of};
pub use memory::{KERNELS_BYTES_MAX, KernelMemory, PAYLOADS_BYTES_MAX, TraceMemory};
pub use runner::LiveRun;

use crate::host;
use crate::lang::Text;
use crate::model::{Model, ModelChoice, Workers};
pub use crate::record::collector::{Snapshots, Wake};
use crate::runtimes;
pub use crate::runtimes::set_worker_program;
use crate::scenario::numbering::Numbering;
use crate::scenario::shared::Shared;
use crate::scenario::{Engine, MEASURED_TASKS_MAX, Scenario};
use crate::simulate::costs::CostTable;
use crate::simulate::{self, Refusal};
pub use crate::steps::io::sweep_leftovers;
use crate::trace::{Account, Host, Run, Status, Trace};

/// What a worker process takes of the limit on threads: its two, and the one that feeds it.
const THREADS_PER_PROCESS: u64 = 3;

/// Whom a run wakes, and what tells that it did: once for any number of times.
pub fn waker() -> (Wake, Receiver<()>) {
    let (wake, woken) = crossbeam_channel::bounded(1);
    let wake = move || {
        // A full channel has a wake-up on its way already.
        let _ = wake.try_send(());
    };
    (Arc::new(wake), woken)
}

/// One run to do.
#[derive(Clone, Debug)]
pub struct Request {
    pub scenario_id: String,
    /// The variant, `--tasks` and the like are already applied.
    pub scenario: Arc<Scenario>,
    pub variant: Option<String>,
    pub choice: ModelChoice,
    pub cores: u32,
    pub seed: u64,
    pub repeat: u32,
    /// For real on this computer, or on an imagined one: whoever asks for the run decides, not the scenario.
    pub engine: Engine,
    /// What the imagined computer charges where the scenario does not say; `None`: Tasklane's defaults. A measured run
    /// pays what things really cost.
    pub costs: Option<Arc<CostTable>>,
}

/// Why a run could not start, or could not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    #[error(
        "{model} would need {needed} threads, and this computer allows {allowed} ({limit}): use fewer tasks, or a model with a fixed number of workers"
    )]
    TooManyThreads { model: &'static str, needed: u64, allowed: u64, limit: &'static str },
    /// `available` is how many of the computer's cores (`of`) this program may use.
    #[error("{needed} cores asked for, {}: use --simulate or --cores", cores_here(*.available, *.of))]
    TooManyCores { needed: u32, available: u32, of: u32 },
    #[error(
        "{model} would have {needed} files and connections open at once, and this computer allows {allowed} (the hard limit on open files, `ulimit -Hn`): raise it, or use fewer tasks or workers"
    )]
    TooManyDescriptors { model: &'static str, needed: u64, allowed: u64 },
    #[error("{tasks} tasks are more than a measured run can hold ({max})")]
    TooManyTasks { tasks: u64, max: u64 },
    #[error(
        "{model} would have {needed} of payload on their way at once ({workers} workers × {payload}), and {allowed} are allowed: use a smaller payload or fewer workers"
    )]
    TooMuchPayload { model: &'static str, needed: String, workers: u64, payload: String, allowed: String },
    #[error("{0}")]
    TooMuchKernelMemory(Box<KernelMemory>),
    #[error("{0}")]
    TooMuchTrace(Box<TraceMemory>),
    #[error("the model `{model}` runs on an imagined computer only, because {}: use --simulate", .because.en)]
    OnlyImagined { model: &'static str, because: Text },
    #[error("the run's thread could not be made: {0}")]
    Thread(String),
    /// By the imagined computer.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

fn cores_here(available: u32, of: u32) -> String {
    if of > available {
        format!("Tasklane may use {available} of this computer's {of}")
    } else {
        format!("this computer has {available}")
    }
}

/// How many cores a run has whose scenario does not say.
pub fn default_cores(engine: Engine) -> u32 {
    match engine {
        Engine::Measured => host::cores(),
        Engine::Simulated => simulate::CORES_DEFAULT,
    }
}

/// Whether a model can be measured on this computer.
///
/// # Errors
/// Why not, to stand behind "because".
pub fn measurable(model: &Model) -> Result<(), Text> {
    runtimes::of(model).map(|_| ())
}

/// Checks a request against this computer, or against what can be imagined, without running it.
///
/// # Errors
/// [`StartError`] names the limit.
pub fn check(request: &Request) -> Result<(), StartError> {
    match request.engine {
        Engine::Measured => check_measured(request),
        Engine::Simulated => imagined::check(request),
    }
}

fn check_measured(request: &Request) -> Result<(), StartError> {
    let model = request.choice.model;
    measurable(model).map_err(|because| StartError::OnlyImagined { model: model.id, because })?;
    let available = host::cores();
    if request.cores > available {
        let of = host::cores_of_computer().unwrap_or(available);
        return Err(StartError::TooManyCores { needed: request.cores, available, of });
    }
    let tasks = request.scenario.tasks();
    if tasks > MEASURED_TASKS_MAX {
        return Err(StartError::TooManyTasks { tasks, max: MEASURED_TASKS_MAX });
    }
    let plan = request.choice.plan(request.cores);
    let workers = match plan.workers {
        Workers::Fixed(workers) | Workers::Split(workers) => u64::from(workers),
        Workers::PerTask => tasks,
    };
    let processes = if plan.processes.is_some() { workers } else { 0 };
    memory::check_payload(request, processes)?;
    memory::check_kernels(request, processes)?;
    let needed = if processes > 0 { processes * THREADS_PER_PROCESS } else { workers };
    let limit = host::thread_limit();
    if needed > limit.threads {
        let model = model.id;
        return Err(StartError::TooManyThreads { model, needed, allowed: limit.threads, limit: limit.because });
    }
    descriptors::check(request, &plan)
}

/// A run under way of which that much is known: the request's own words, and on which computer.
fn run_of(request: &Request, trace: Trace) -> Run {
    static HOST: OnceLock<Host> = OnceLock::new();
    Run {
        scenario_id: request.scenario_id.clone(),
        scenario: Arc::clone(&request.scenario),
        numbering: Numbering::of(&request.scenario),
        variant: request.variant.clone(),
        choice: request.choice.clone(),
        engine: request.engine,
        cores: request.cores,
        seed: request.seed,
        repeat: request.repeat,
        status: Status::Growing,
        trace,
        workers: Vec::new(),
        resources: Shared::of(&request.scenario).iter().map(|(_, name)| name.clone()).collect(),
        variables: Vec::new(),
        output: Vec::new(),
        account: Account::default(),
        load: Vec::new(),
        host: match request.engine {
            Engine::Measured => HOST.get_or_init(host::describe).clone(),
            // Nothing of this computer is in an imagined one: the same request gives the same bytes on every other.
            Engine::Simulated => Host::default(),
        },
    }
}

/// The run before its first event.
fn empty(request: &Request) -> Run {
    let tasks = u32::try_from(request.scenario.tasks()).expect("checked");
    run_of(request, Trace::new(tasks, &[], crate::time::Nanos::ZERO))
}
