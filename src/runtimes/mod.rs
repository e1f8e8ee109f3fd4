//! How each execution model really runs: the twin of `model/`, with the same file names. A runtime gets a [`Job`] on
//! the run's main thread, already restricted to its cores, makes its pool, calls [`Job::begin`], and returns when
//! every task is over or the run is stopped.

mod async_offload;
mod async_pool;
mod enrolled;
mod event_loop;
mod gil_threads;
pub mod job;
#[cfg(not(unix))]
mod no_processes;
#[cfg(unix)]
mod processes;
mod queue;
mod ready;
mod sequential;
mod static_split;
mod thread_pool;
mod threads;
mod watch;
mod work_stealing;

use std::io;
use std::sync::Arc;

use crate::model::{Model, Plan};
use job::Job;
#[cfg(not(unix))]
use no_processes as processes;
pub use processes::{serve_if_worker, set_worker_program};
pub(crate) use watch::watch;

/// One execution model at work.
#[derive(Debug)]
pub struct Runtime {
    /// The model's id: the twin in `model::MODELS`.
    pub id: &'static str,
    /// Runs the job to its end on this thread and those it makes.
    pub run: fn(&Arc<Job>, &Plan) -> io::Result<()>,
}

/// In the order of `model::MODELS`; a test holds the two together.
pub static RUNTIMES: [&Runtime; 10] = [
    &sequential::RUNTIME,
    &threads::RUNTIME,
    &thread_pool::RUNTIME,
    &event_loop::RUNTIME,
    &async_pool::RUNTIME,
    &async_offload::RUNTIME,
    &work_stealing::RUNTIME,
    &static_split::RUNTIME,
    &gil_threads::RUNTIME,
    &processes::RUNTIME,
];

/// Gives a runtime of tokio's what its futures need: always the timers, the network only where a scenario uses it.
fn drivers<'a>(builder: &'a mut tokio::runtime::Builder, job: &Job) -> &'a mut tokio::runtime::Builder {
    if job.has_network() {
        builder.enable_io();
    }
    builder.enable_time()
}

/// The runtime of a model.
///
/// # Panics
/// Never: the registries agree.
pub fn of(model: &Model) -> &'static Runtime {
    RUNTIMES.into_iter().find(|runtime| runtime.id == model.id).expect("a test holds the registries together")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MODELS;

    #[test]
    fn every_model_has_its_runtime() {
        let models: Vec<_> = MODELS.iter().map(|model| model.id).collect();
        let runtimes: Vec<_> = RUNTIMES.iter().map(|runtime| runtime.id).collect();
        assert_eq!(models, runtimes);
    }
}
