//! The imagined computer: a scenario under a model's [`Plan`] on a machine that isn't there, as a deterministic
//! discrete-event simulation. The same setup gives the same trace to the last byte, on every computer.
//!
//! All that it knows of a model is its plan. Pure: no clock, no thread; who wants it in the background runs it there.

pub mod cost_file;
pub mod costs;

use crate::model::Plan;
use crate::scenario::Scenario;
use crate::time::Nanos;
use crate::trace::{Account, Core, OutputLine, Status, Task, Trace, WorkerInfo};
use costs::Costs;

/// Most cores of an imagined machine.
pub const CORES_MAX: u32 = 1_024;

/// What is to be simulated.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The variant, `--tasks` and the like are already applied.
    pub scenario: &'a Scenario,
    pub plan: &'a Plan,
    /// From 1 to [`CORES_MAX`].
    pub cores: u32,
    pub seed: u64,
    pub costs: &'a Costs,
}

/// What a simulation yields: the parts of a [`crate::trace::Run`] that are its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    /// [`Status::Cancelled`] when it was stopped: the trace then reaches to that instant.
    pub status: Status,
    pub trace: Trace,
    pub workers: Vec<WorkerInfo>,
    pub variables: Vec<(String, i64)>,
    pub output: Vec<OutputLine>,
    pub account: Account,
    /// Why cores were handed out as they were, in time order; the first [`DECISIONS_MAX`].
    pub decisions: Vec<Decision>,
}

/// So many decisions are kept for replay.
pub const DECISIONS_MAX: usize = 100_000;

/// A core was handed to a thread that carries a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub time: Nanos,
    pub core: Core,
    pub task: Task,
    /// How many threads were ready, this one included.
    pub ready: u32,
    /// What the scheduler ranked it by, smaller first: the priority, the nanoseconds to the next wait, or 0.
    pub rank: i64,
    /// Whom it displaced.
    pub instead_of: Option<Task>,
}

/// Why a setup was refused, before memory was spent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{cores} cores asked for: an imagined computer has from 1 to {CORES_MAX}")]
    Cores { cores: u32 },
    #[error("{tasks} tasks are more than a simulated run can hold ({max})")]
    TooManyTasks { tasks: u64, max: u64 },
    #[error("the run would be longer than any clock counts ({what}): use shorter times or fewer tasks")]
    TooLong { what: &'static str },
}
