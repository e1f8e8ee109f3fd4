//! Starting, watching, cancelling and gathering measured runs.
//!
//! `runner` does one run from start to end on a thread of its own; `session` keeps the open runs of a person.

pub mod session;

use std::sync::Arc;

use crate::model::ModelChoice;
use crate::scenario::Scenario;
use crate::trace::Run;

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
    #[error("the run's thread could not be made: {0}")]
    Thread(String),
}

/// Checks a request against this computer without running it.
///
/// # Errors
/// [`StartError`] names the limit.
pub fn check(_request: &Request) -> Result<(), StartError> {
    todo!()
}

/// How many cores this process may use.
pub fn host_cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX))
}

/// Called, from other threads, when there is something new to look at.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// A run under way.
pub struct LiveRun {
    _private: (),
}

impl LiveRun {
    /// Starts the run on threads of its own and returns at once.
    ///
    /// # Errors
    /// As [`check`], or when no thread can be made.
    pub fn start(_request: Request, _wake: Wake) -> Result<LiveRun, StartError> {
        todo!()
    }

    /// The newest picture of the run; cheap.
    pub fn snapshot(&self) -> Arc<Run> {
        todo!()
    }

    /// Asks the run to stop. It is over within 200 ms; stragglers are gathered behind the scene.
    pub fn cancel(&self) {
        todo!()
    }

    /// The run is finished or cancelled and its snapshot is the last.
    pub fn is_over(&self) -> bool {
        todo!()
    }
}
