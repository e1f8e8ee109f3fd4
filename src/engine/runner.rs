//! One measured run from start to end, on a thread of its own: pinned to its cores, enrolled as the run's main thread.

use std::sync::Arc;
use std::thread;

use super::{Request, Snapshots, StartError, Wake, check, empty, observation};
use crate::host;
use crate::record::collector;
use crate::record::feed::Feed;
use crate::record::{self, Hub};
use crate::runtimes::{self, job::Job};
use crate::steps::cancel::Cancel;
use crate::steps::io::Devices;
use crate::trace::{Run, Status};

/// A measured run under way, or over.
pub struct LiveRun {
    feed: Arc<Feed>,
    cancel: Arc<Cancel>,
    devices: Arc<Devices>,
}

impl LiveRun {
    /// Starts the run on threads of its own and returns at once.
    ///
    /// # Errors
    /// As [`check`], or when no thread can be made.
    pub fn start(request: Request, snapshots: Snapshots, wake: Wake) -> Result<LiveRun, StartError> {
        check(&request)?;
        let cpus: Vec<usize> = host::allowed_cpus().iter().copied().take(request.cores as usize).collect();
        let refused = |error: std::io::Error| StartError::Thread(error.to_string());
        let (hub, feed) = collector::start(empty(&request), &cpus, snapshots, wake).map_err(refused)?;
        let cancel = Arc::new(Cancel::default());
        let devices = Arc::new(Devices::new(&request.scenario, &cancel));
        let live = LiveRun { feed: Arc::clone(&feed), cancel: Arc::clone(&cancel), devices: Arc::clone(&devices) };
        let ending = Arc::clone(&feed);
        let main = move || main_thread(&request, &cpus, &hub, &feed, &cancel, &devices);
        thread::Builder::new().name("tasklane-run".into()).spawn(main).map_err(|error| {
            // The collector is there already and would wait for ever.
            ending.end(Status::Cancelled, Vec::new(), None, None);
            refused(error)
        })?;
        Ok(live)
    }

    /// The newest snapshot of the run; cheap. Before its end there are some where it was started for [`Snapshots::Growing`].
    pub fn snapshot(&self) -> Arc<Run> {
        self.feed.snapshot()
    }

    /// So many ends of tasks were recorded: as many as are over, until it is stopped.
    pub fn ended(&self) -> u32 {
        self.feed.ended()
    }

    /// Asks the run to stop. It is over within 200 ms; stragglers are gathered behind the scene.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Takes the server away that the run's requests go to, as a fault to be tried: they fail with the reason.
    pub fn stop_server(&self) {
        self.devices.stop_server();
    }

    /// The run is finished or cancelled.
    pub fn is_over(&self) -> bool {
        self.feed.is_over()
    }

    /// Every thread of the run came back, or was given up and counted: the snapshot will not change any more.
    pub fn is_gathered(&self) -> bool {
        self.feed.is_gathered()
    }
}

/// A run that is abandoned is stopped.
impl Drop for LiveRun {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

fn main_thread(
    request: &Request,
    cpus: &[usize],
    hub: &Hub,
    feed: &Arc<Feed>,
    cancel: &Arc<Cancel>,
    devices: &Arc<Devices>,
) {
    if cpus.len() < host::allowed_cpus().len() {
        host::restrict_this_thread(cpus);
    }
    let _ends = Ends(feed);
    let plan = request.choice.plan(request.cores);
    // Before any worker is made: records are inherited.
    let records = observation::begin(request, &plan, cpus);
    let is_recorded = records.is_some_and(|records| feed.read_switches(records).is_ok());
    let hub = hub.clone().with_kernel_records(is_recorded);
    let enrolled = hub.enroll(|_| "main".to_owned());
    cancel.join_in();
    let scenario = Arc::clone(&request.scenario);
    let (own_feed, own_cancel, own_devices) = (Arc::clone(feed), Arc::clone(cancel), Arc::clone(devices));
    let job = Job::new(scenario, plan.clone(), request.seed, hub.clone(), own_feed, own_cancel, own_devices);
    let job = Arc::new(job);
    let run = runtimes::of(request.choice.model).expect("checked");
    let watch = runtimes::watch(&job);
    let done = run(&job, &plan);
    drop(watch);
    if !job.is_over() {
        // Stopped by the person, or by a system that refused a thread.
        cancel.cancel();
        job.begin();
    }
    job.stamp_the_rest();
    let variables = job.variables();
    record::flush();
    drop(enrolled);
    let status = if job.is_finished() { Status::Finished } else { Status::Cancelled };
    let server_cpu = devices.close();
    feed.end(status, variables, done.err().map(|error| error.to_string()), server_cpu);
}

/// Whatever happens to the main thread, the run has an end; the first word counts.
struct Ends<'a>(&'a Feed);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.end(
            Status::Cancelled,
            Vec::new(),
            Some("the run's main thread broke off: a bug of Tasklane".to_owned()),
            None,
        );
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use crate::model::{ModelChoice, find};
    use crate::scenario::{Engine, read};
    use crate::trace::{Cause, State, Task};

    /// A request to a server that nobody has made: a bug, which panics where the request is polled.
    #[test]
    fn a_panic_while_a_task_is_awaited_fails_it_and_the_run_ends() {
        let text = r#"
            format = 1
            title = "t"
            models = ["event-loop"]
            [[task]]
            name = "a"
            count = 2
            steps = [{ io = "1ms", via = "http" }]
        "#;
        let scenario = Arc::new(read::read("panic.toml", text).unwrap());
        for model in ["event-loop", "async-pool", "async-offload"] {
            let request = Request {
                scenario_id: "panic".into(),
                scenario: Arc::clone(&scenario),
                variant: None,
                choice: ModelChoice::new(find(model).unwrap()),
                cores: 1,
                seed: 1,
                repeat: 0,
                engine: Engine::Measured,
                costs: None,
            };
            let cpus = &host::allowed_cpus()[..1];
            let (hub, feed) = collector::start(empty(&request), cpus, Snapshots::Last, Arc::new(|| {})).unwrap();
            let (end, ended) = mpsc::channel();
            let run = Arc::clone(&feed);
            thread::spawn(move || {
                let devices = Arc::new(Devices::of_nothing());
                main_thread(&request, cpus, &hub, &run, &Arc::default(), &devices);
                end.send(()).unwrap();
            });
            ended.recv_timeout(Duration::from_mins(1)).expect("an end");
            while !feed.is_over() {
                thread::yield_now();
            }
            let run = feed.snapshot();
            assert_eq!(run.status, Status::Finished, "{model}");
            let last = run.trace.spans_of(Task(1)).next_back().unwrap();
            assert_eq!((last.state, last.cause), (State::Failed, Cause::Panic), "{model}");
        }
    }
}
