//! How each execution model really runs: the twin of `model/`, with the same file names. A runtime gets a [`Job`] on
//! the run's main thread, already restricted to its cores, makes its pool, calls [`Job::begin`], and returns when
//! every task is over or the run is stopped.

mod async_offload;
mod async_pool;
mod enrolled;
mod event_loop;
mod gil_threads;
#[cfg_attr(not(unix), expect(dead_code, reason = "worker processes alone need that much"))]
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

use crate::lang::Text;
use crate::model::{Model, Plan};
use job::Job;
#[cfg(not(unix))]
use no_processes as processes;
pub use processes::{serve_if_worker, set_worker_program};
pub(crate) use watch::watch;

/// Runs a job to its end on this thread and those it makes.
pub type Run = fn(&Arc<Job>, &Plan) -> io::Result<()>;

/// One execution model at work.
#[derive(Debug)]
pub struct Runtime {
    /// The model's id: the twin in `model::MODELS`.
    pub id: &'static str,
    /// How it runs, or why it cannot on this computer, to stand behind "because".
    pub run: Result<Run, Text>,
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

/// What has no runtime at all.
const NOT_BUILT: Text = Text::new(
    "measured runs of Python models are not available in this version",
    "execuções medidas de modelos Python não estão disponíveis nesta versão",
);

/// How a model really runs on this computer.
///
/// # Errors
/// Why it cannot, to stand behind "because".
pub fn of(model: &Model) -> Result<Run, Text> {
    among(&RUNTIMES, model)
}

fn among(runtimes: &[&Runtime], model: &Model) -> Result<Run, Text> {
    runtimes.iter().find(|runtime| runtime.id == model.id).map_or(Err(NOT_BUILT), |runtime| runtime.run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{IMAGINED, MODELS};

    #[test]
    fn every_model_has_its_runtime() {
        let models: Vec<_> = MODELS.iter().map(|model| model.id).collect();
        let runtimes: Vec<_> = RUNTIMES.iter().map(|runtime| runtime.id).collect();
        assert_eq!(models, runtimes);
    }

    #[test]
    fn what_cannot_run_here_says_why() {
        let check = |runtimes: &[&Runtime], model: &Model, expected: Option<Text>| {
            assert_eq!(among(runtimes, model).err(), expected, "{}", model.id);
        };
        let why = Text::new("this computer has no pipes", "este computador não tem pipes");
        let lacking = Runtime { id: "processes", run: Err(why) };
        for model in MODELS {
            let is_lacking = model.id == lacking.id;
            check(
                &[&sequential::RUNTIME, &lacking],
                model,
                match model.id {
                    "sequential" => None,
                    _ if is_lacking => Some(why),
                    _ => Some(NOT_BUILT),
                },
            );
        }
        for model in IMAGINED {
            check(&RUNTIMES, model, Some(NOT_BUILT));
        }
        #[cfg(unix)]
        for model in MODELS {
            check(&RUNTIMES, model, None);
        }
    }
}
