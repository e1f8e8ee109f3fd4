//! Many tasks on a few threads: tokio's multi-thread runtime. The run's main thread only hands over arrivals. Threads
//! beyond the pool come up only for IO that cannot be awaited (files, databases).

use std::future::{Future, poll_fn};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, SendError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime as Tokio};

use super::job::Job;
use super::ready::{LOOK_EVERY, Ready};
use super::{Runtime, drivers, enrolled};
use crate::model::{Plan, Workers};
use crate::record;
use crate::steps::cancel::Cancel;
use crate::trace::Task;

pub(super) static RUNTIME: Runtime = Runtime { id: "async-pool", run: Ok(run) };

/// Where no further thread has come up for so long, none will: a thread is made in a fraction of a millisecond.
const PATIENCE: Duration = Duration::from_secs(3);

fn run(job: &Arc<Job>, plan: &Plan) -> io::Result<()> {
    let Workers::Fixed(workers) = plan.workers else { unreachable!("a pool has a fixed size") };
    let up = Arc::new(Ready::new(workers));
    let (join, all) = (Arc::clone(job), Arc::clone(&up));
    let started = AtomicU32::new(0);
    let mut builder = Builder::new_multi_thread();
    drivers(&mut builder, job)
        .worker_threads(workers as usize)
        .thread_name("tasklane-async")
        .on_thread_start(move || {
            // The pool's own threads come first: nothing blocks before they are up.
            let is_worker = started.fetch_add(1, Ordering::Relaxed) < workers;
            let kind = if is_worker { "worker" } else { "blocking" };
            enrolled::join(&join, |worker| format!("{kind} {}", worker.0));
            if is_worker && !all.meet() {
                enrolled::leave();
                // Ends this thread without a word: see `make`.
                panic::resume_unwind(Box::new(()));
            }
        })
        .on_thread_stop(enrolled::leave)
        .on_thread_park(record::flush);
    let Some(runtime) = make(builder, &up, workers, job.cancel(), PATIENCE)? else { return Ok(()) };
    job.begin();
    while let Some(batch) = job.wait_for_arrivals() {
        for task in batch {
            let carried = Arc::clone(job).carry_async(task);
            if plan.queue.is_some() {
                runtime.spawn(counted(Arc::clone(job), task, carried));
            } else {
                runtime.spawn(carried);
            }
        }
    }
    // Workers that are in the middle of a blocking call are left to the collector, which counts them.
    runtime.shutdown_background();
    Ok(())
}

/// Has the bounded queue know whether the task holds a worker: it does so while it is polled. Its end it tells itself.
fn counted(
    job: Arc<Job>,
    task: Task,
    carried: impl Future<Output = ()> + Send + 'static,
) -> impl Future<Output = ()> + Send + 'static {
    let mut carried = Box::pin(carried);
    let mut is_begun = false;
    poll_fn(move |context| {
        if std::mem::replace(&mut is_begun, true) {
            job.holds_worker_again(task);
        }
        let polled = carried.as_mut().poll(context);
        if polled.is_pending() {
            job.leaves_worker(task);
        }
        polled
    })
}

/// Makes the runtime and returns when all its threads are up; `None` when the run was stopped meanwhile.
///
/// Where the system refuses a thread, tokio panics, and on its way out waits for the threads that it has: for ever,
/// since they wait for work. So the runtime is made on a thread of its own, its workers wait for each other before they
/// begin to work, and when it is clear that not all will come, those that are there end instead.
fn make(
    mut builder: Builder,
    up: &Ready,
    workers: u32,
    cancel: &Cancel,
    patience: Duration,
) -> io::Result<Option<Tokio>> {
    let (tell, made) = mpsc::channel();
    let maker = move || {
        let made = panic::catch_unwind(AssertUnwindSafe(|| builder.build()));
        if let Err(SendError(Ok(Ok(unwanted)))) = tell.send(made) {
            unwanted.shutdown_background();
        }
    };
    thread::Builder::new().name("tasklane-async-maker".into()).spawn(maker)?;
    let refused = || {
        let came = workers - up.missing();
        io::Error::other(format!("only {came} of {workers} threads came up: the system refuses more"))
    };
    let (mut missing, mut since) = (workers, Instant::now());
    let made = loop {
        match made.recv_timeout(LOOK_EVERY) {
            Ok(made) => break made,
            Err(_) if cancel.is_cancelled() => {
                up.give_up();
                return Ok(None);
            }
            Err(_) if up.missing() < missing => (missing, since) = (up.missing(), Instant::now()),
            Err(_) if since.elapsed() > patience => {
                up.give_up();
                return Err(refused());
            }
            Err(_) => {}
        }
    };
    let runtime = made.map_err(|_panic| refused())??;
    if !up.wait(cancel) {
        up.give_up();
        runtime.shutdown_background();
        return Ok(None);
    }
    Ok(Some(runtime))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No system has room for a stack of that size.
    #[test]
    fn a_thread_that_is_refused_is_an_error_and_no_panic() {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(2).thread_stack_size(1 << 60);
        let made = make(builder, &Ready::new(2), 2, &Cancel::default(), Duration::from_mins(1));
        assert_eq!(made.unwrap_err().to_string(), "only 0 of 2 threads came up: the system refuses more");
    }

    /// Its last thread never comes: a stop reaches whoever waits for it, and so does the end of patience.
    #[test]
    fn a_pool_that_is_never_whole_ends() {
        for stopped in [true, false] {
            let (up, cancel) = (Arc::new(Ready::new(3)), Cancel::default());
            let all = Arc::clone(&up);
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(2).on_thread_start(move || {
                if !all.meet() {
                    panic::resume_unwind(Box::new(()));
                }
            });
            std::thread::scope(|scope| {
                let made = scope.spawn(|| make(builder, &up, 3, &cancel, Duration::from_millis(1)));
                if stopped {
                    cancel.cancel();
                } else {
                    up.give_up();
                }
                assert!(matches!(made.join().unwrap(), Ok(None)));
            });
        }
    }
}
