//! A run: one scenario under one model, growing or finished, with everything that was measured of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{MainSpan, Task, Trace};
use crate::lang::{Lang, Text};
use crate::model::ModelChoice;
use crate::scenario::numbering::Numbering;
use crate::scenario::{Engine, Scenario};
use crate::time::Nanos;

/// One scenario under one model. Shared as `Arc<Run>`; a growing run is a series of ever longer snapshots.
#[derive(Clone, Debug)]
pub struct Run {
    /// A built-in's id or a file's stem: `boiling-eggs`.
    pub scenario_id: String,
    /// With the variant, `--tasks`, `--seed` and the like already applied.
    pub scenario: Arc<Scenario>,
    /// Of that scenario's tasks.
    pub numbering: Numbering,
    pub variant: Option<String>,
    pub choice: ModelChoice,
    pub engine: Engine,
    /// How many cores the run was allowed.
    pub cores: u32,
    pub seed: u64,
    /// Which repetition, from 0.
    pub repeat: u32,
    pub status: Status,
    pub trace: Trace,
    /// By [`super::Worker`] number.
    pub workers: Vec<WorkerInfo>,
    /// Names by [`super::Resource`] number.
    pub resources: Vec<String>,
    /// The shared variables' values at the end. Where workers are processes, each has a copy of its own that ends with
    /// it, and these are the parent's, which nobody changed.
    pub variables: Vec<(String, i64)>,
    /// What `print` steps and failures said, in time order.
    pub output: Vec<OutputLine>,
    pub account: Account,
    /// What the rest of the machine did meanwhile, in time order.
    pub load: Vec<LoadSample>,
    pub host: Host,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Growing,
    Finished,
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerInfo {
    /// `main`, `worker 2`, `thread 7`.
    pub name: String,
}

/// What a run's memory may hold of what its tasks print; lines beyond are dropped, counted and said to be (100 MB).
pub const OUTPUT_LINES_MAX: usize = 1_000_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputLine {
    pub time: Nanos,
    pub task: Task,
    pub text: String,
}

/// What the operating system and the recorder say of a run; `None` is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    pub times: Times,
    /// CPU time of the run's own threads and processes, from t = 0 to their ends, by the kernel's account; that of
    /// processes that start inside the run counts from their first instant.
    pub cpu: Option<Nanos>,
    /// The part of `cpu` that the system took on their behalf; the rest was their own code.
    pub cpu_system: Option<Nanos>,
    pub switches_voluntary: Option<u64>,
    pub switches_involuntary: Option<u64>,
    /// How often a worker went on on another core than before; where only clocks were compared, as often as that was
    /// seen.
    pub migrations: Option<u64>,
    /// Whose word it is that a computing task was off its core.
    pub preemption_source: PreemptionSource,
    /// Context-switch records that the kernel had no room for: the picture may lack so many changes of a core.
    pub switches_lost: u64,
    /// Most threads of the run alive at once.
    pub threads_max: Option<u32>,
    /// Peak resident memory of the whole process and, each at its own peak, of the processes it made for the run.
    pub peak_memory_bytes: Option<u64>,
    /// CPU time that Tasklane's other threads (collector, window) took meanwhile: what watching cost.
    pub observer_cpu: Option<Nanos>,
    /// CPU time of the server that the run's requests went to; part of neither of the two above. `None`: no server.
    pub server_cpu: Option<Nanos>,
    /// How long cores that had something to do were not there, because a virtual machine's host ran others on them: by the
    /// system's account, in ticks of 10 ms. `None`: nobody looked.
    pub stolen: Option<Nanos>,
    /// Making pools and runtimes, before t = 0.
    pub startup: Nanos,
    /// Events stamped by workers, and events that reached the trace. The difference was dropped.
    pub recorded: u64,
    pub received: u64,
    /// Lines that tasks printed beyond the first [`OUTPUT_LINES_MAX`].
    pub lines_dropped: u64,
    /// Threads that had not come back 2 s after a cancel.
    pub stragglers: u32,
    /// How far the tick counter and the monotonic clock had drifted apart by the end, before they were aligned.
    pub clock_drift: Nanos,
    /// Worker processes that died in the middle of the run, and were replaced.
    pub workers_lost: u32,
    /// The most by which the tick counter of a worker process and ours were found apart, by the clock they share.
    pub processes_clock_error: Nanos,
    /// Why the run could not go on to its end, when the system refused something.
    pub trouble: Option<String>,
    /// CPU time of what was not the tasks' own work: switching, dispatching, starting, copying. A simulated run knows it.
    pub overhead: Option<Nanos>,
    /// What a simulated run was computed with.
    pub costs: Option<CostsUsed>,
    /// What the main thread did, without gaps; empty where that is unknown.
    pub main: Vec<MainSpan>,
}

/// What the times of a run tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Times {
    /// How long things took, for real or on the imagined computer.
    #[default]
    Lived,
    /// In which order steps were done and nothing else: each is drawn equally long.
    Steps,
}

/// How it is found out that a task which computes has lost its core.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PreemptionSource {
    #[default]
    Unknown,
    /// The thread's CPU clock stood still while the time went on: right to a slice of the computing step.
    Clocks,
    /// The kernel's record of each context switch: exact.
    KernelRecords,
}

impl PreemptionSource {
    /// For files and JSON.
    pub const fn id(self) -> Option<&'static str> {
        match self {
            PreemptionSource::Unknown => None,
            PreemptionSource::Clocks => Some("clocks"),
            PreemptionSource::KernelRecords => Some("kernel-records"),
        }
    }

    pub const fn label(self) -> Text {
        match self {
            PreemptionSource::Unknown => Text::new("unknown", "desconhecida"),
            PreemptionSource::Clocks => Text::new("clocks compared in slices", "relógios comparados em fatias"),
            PreemptionSource::KernelRecords => {
                Text::new("the kernel's context-switch records", "registros de troca de contexto do kernel")
            }
        }
    }
}

impl Account {
    /// The part of the CPU time that was the threads' own code.
    pub fn cpu_user(&self) -> Option<Nanos> {
        Some(self.cpu? - self.cpu_system?)
    }

    pub fn dropped(&self) -> u64 {
        self.recorded.saturating_sub(self.received)
    }
}

/// The costs that a simulated run was computed with, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostsUsed {
    /// The file they come from; `None`: Tasklane's defaults. The scenario's own stand over either.
    pub source: Option<String>,
    pub costs: BTreeMap<String, Nanos>,
}

/// The machine's load beside the run, averaged over the stretch that ends at `time`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadSample {
    pub time: Nanos,
    /// Cores' worth of work of everybody else, 0 to all cores of the machine.
    pub others_busy: f64,
}

/// The computer a run was measured on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Host {
    pub os: String,
    pub cpu: String,
    /// Cores this process may use.
    pub cores: u32,
    /// Whether cores can be restricted strictly.
    pub affinity: bool,
    pub tasklane: String,
}

impl Run {
    /// The group a task belongs to and its number in it.
    pub fn group_of(&self, task: Task) -> (usize, u32) {
        self.numbering.group_of(task.0)
    }

    pub fn task_name(&self, task: Task) -> String {
        let (group, index) = self.group_of(task);
        self.scenario.groups[group].task_name(index)
    }

    /// For headings: the model with its parameters and the variant's title. What one of the two says already is not
    /// said twice.
    pub fn title(&self, lang: Lang) -> String {
        let model = self.choice.title(lang);
        let Some(id) = &self.variant else { return model };
        let variant = self.scenario.own_variant_title(lang).unwrap_or(id);
        if model.contains(variant) {
            model
        } else if variant.starts_with(&model) {
            variant.to_owned()
        } else {
            format!("{model} · {variant}")
        }
    }

    /// Its times say nothing: see [`Times::Steps`].
    pub fn shows_order_only(&self) -> bool {
        self.account.times == Times::Steps
    }

    /// Cores' worth of work that others had done meanwhile, on average, and at most; `None` where nobody looked.
    pub fn others_busy(&self) -> Option<(f64, f64)> {
        let length = self.load.last()?.time.secs();
        let starts = std::iter::once(Nanos::ZERO).chain(self.load.iter().map(|sample| sample.time));
        let core_time: f64 =
            starts.zip(&self.load).map(|(start, sample)| (sample.time - start).secs() * sample.others_busy).sum();
        let most = self.load.iter().map(|sample| sample.others_busy).fold(0.0, f64::max);
        let mean = core_time / length;
        mean.is_finite().then_some((mean, most))
    }

    pub fn is_over(&self) -> bool {
        self.status != Status::Growing
    }
}
