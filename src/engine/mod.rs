//! Starting, watching, cancelling and gathering measured runs.
//!
//! `runner` does one run from start to end on a thread of its own, `observation` decides how it is watched; `session`
//! keeps the open runs of a person.

mod observation;
mod runner;
pub mod session;

use std::sync::Arc;

pub use runner::LiveRun;

use crate::host;
use crate::model::{ModelChoice, Workers};
pub use crate::record::collector::Wake;
pub use crate::runtimes::set_worker_program;
use crate::scenario::{MEASURED_TASKS_MAX, Scenario};

/// Payloads that may be on their way at once, a task of the largest for each worker process; sender and receiver each
/// hold them in memory.
pub const PAYLOADS_BYTES_MAX: u64 = 512 << 20;
/// What a worker process takes of the limit on threads: its two, and the one that feeds it.
const THREADS_PER_PROCESS: u64 = 3;

/// One measured run to do.
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
}

/// Why a run could not start; nothing was spent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    #[error(
        "{model} would need {needed} threads, and this computer allows {allowed} ({limit}): use fewer tasks, or a model with a fixed number of workers"
    )]
    TooManyThreads { model: &'static str, needed: u64, allowed: u64, limit: &'static str },
    #[error("{needed} cores asked for, this computer has {available}: use --simulate or --cores")]
    TooManyCores { needed: u32, available: u32 },
    #[error("{tasks} tasks are more than a measured run can hold ({max})")]
    TooManyTasks { tasks: u64, max: u64 },
    #[error(
        "{model} would have {needed} of payload on their way at once ({workers} workers × {payload}), and {allowed} are allowed: use a smaller payload or fewer workers"
    )]
    TooMuchPayload { model: &'static str, needed: String, workers: u64, payload: String, allowed: String },
    #[error("the run's thread could not be made: {0}")]
    Thread(String),
}

/// Checks a request against this computer without running it.
///
/// # Errors
/// [`StartError`] names the limit.
pub fn check(request: &Request) -> Result<(), StartError> {
    let available = host::cores();
    if request.cores > available {
        return Err(StartError::TooManyCores { needed: request.cores, available });
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
    let mut needed = workers;
    if plan.processes.is_some() {
        check_payload(request, workers)?;
        needed *= THREADS_PER_PROCESS;
    }
    let limit = host::thread_limit();
    if needed > limit.threads {
        let model = request.choice.model.id;
        return Err(StartError::TooManyThreads { model, needed, allowed: limit.threads, limit: limit.because });
    }
    Ok(())
}

fn check_payload(request: &Request, workers: u64) -> Result<(), StartError> {
    let payload = request.scenario.groups.iter().map(|group| group.payload_bytes).max().unwrap_or_default();
    let needed = payload.saturating_mul(workers);
    if needed <= PAYLOADS_BYTES_MAX {
        return Ok(());
    }
    let mebibytes = |bytes: u64| format!("{} MiB", bytes.div_ceil(1 << 20));
    Err(StartError::TooMuchPayload {
        model: request.choice.model.id,
        needed: mebibytes(needed),
        workers,
        payload: mebibytes(payload),
        allowed: mebibytes(PAYLOADS_BYTES_MAX),
    })
}
