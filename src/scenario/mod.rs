//! What to run: the checked [`Scenario`], read from and written to TOML, with its variants and built-in catalog.
//!
//! Invariant: a `Scenario` that exists is valid. [`read`] is the only way in from text, [`Scenario::check`] the only way
//! in from edited values; nobody downstream checks again. Pure: files are opened by `store`.

pub mod catalog;
pub mod check;
pub mod condition;
pub mod draw;
pub mod edit;
pub mod fault;
pub mod memory;
pub mod numbering;
pub mod placeholder;
pub mod program;
pub mod read;
pub mod shared;
pub mod words;
pub mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lang::Lang;
use crate::model::ModelChoice;
use crate::time::Nanos;

/// At most so many steps after `repeat` and `count` are multiplied out.
pub const EXPANDED_STEPS_MAX: u64 = 100_000_000;
/// At most so many tasks in a measured run.
pub const MEASURED_TASKS_MAX: u64 = 1_000_000;
/// At most so many tasks in a simulated run.
pub const SIMULATED_TASKS_MAX: u64 = 10_000_000;

/// A checked scenario. Every field of the file format stands here; order is the file's.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    pub title: String,
    pub summary: String,
    pub models: Vec<ModelChoice>,
    pub engine: Engine,
    pub machine: Machine,
    pub channels: Vec<Channel>,
    pub locks: Vec<Lock>,
    pub variables: Vec<Variable>,
    pub groups: Vec<Group>,
    pub variants: Vec<Variant>,
    /// Translations of the texts, by language; `expect` and `explain` exist only here.
    pub texts: BTreeMap<Lang, Texts>,
    pub lesson: Option<Lesson>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    #[default]
    Measured,
    Simulated,
}

/// `[machine]`: how many cores, and what only an imagined computer heeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    pub cores: Option<u32>,
    pub scheduler: Scheduler,
    pub quantum: Option<Nanos>,
    pub ideal: bool,
    pub seed: u64,
    /// Simulated costs that the scenario overrides, by name (`context_switch`, …).
    pub costs: BTreeMap<&'static str, Nanos>,
}

impl Default for Machine {
    fn default() -> Self {
        Machine {
            cores: None,
            scheduler: Scheduler::RoundRobin,
            quantum: None,
            ideal: false,
            seed: 1,
            costs: BTreeMap::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduler {
    Fcfs,
    RoundRobin,
    Sjf,
    Srtf,
    Priority,
    PreemptivePriority,
    List,
    PerCore,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub name: String,
    /// `None`: unbounded.
    pub capacity: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    pub name: String,
    pub barging: bool,
    pub inherit: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    pub name: String,
    pub initial: i64,
    pub padded: bool,
}

/// `[[task]]`: `count` tasks of the same steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub name: String,
    pub count: u32,
    pub arrive: Arrive,
    /// Smaller is more urgent.
    pub priority: i32,
    /// Indices into [`Scenario::groups`]; the graph has no cycle.
    pub after: Vec<usize>,
    pub payload_bytes: u64,
    pub awaited: bool,
    pub steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Arrive {
    /// All at this instant.
    At(Nanos),
    /// The first at 0, then one every so often.
    Every(Nanos),
    /// Poisson, so many a second; the first after one gap.
    Rate(f64),
}

/// Shorter computing steps go by the pace of their kernel: to read the thread's CPU clock would be a large part of them.
/// That clock, by which all others go, counts what interrupts take from a thread as the thread's own time. What is to be
/// done, as opposed to computed for so long, is paced at any length.
pub const PACED_BELOW: Nanos = Nanos::from_micros(100);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// CPU time: however crowded the cores are, it is all paid. See [`PACED_BELOW`].
    Cpu {
        time: Spread,
        kernel: Kernel,
        size_bytes: Option<u64>,
        gil: Gil,
    },
    /// The iterations that take `time` on an idle core: contention makes them longer.
    Work {
        time: Spread,
        kernel: Kernel,
        size_bytes: Option<u64>,
        gil: Gil,
    },
    Io {
        time: Spread,
        via: Via,
        blocking: bool,
        timeout: Option<Nanos>,
    },
    Lock(String),
    Unlock(String),
    Send(String),
    Receive(String),
    Barrier(String),
    Yield,
    Load(String),
    Add(i64),
    Store(String),
    /// `{n}` stands for the task's number in its group, `{name}` for its name.
    Print(String),
    Fail(String),
    Repeat {
        count: u32,
        steps: Vec<Step>,
    },
}

/// A duration with its spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Spread {
    Fixed(Nanos),
    Uniform(Nanos, Nanos),
    /// By its mean.
    Exponential(Nanos),
    /// Mean and standard deviation, clamped at 0.
    Normal(Nanos, Nanos),
    /// Scale (the smallest value) and shape.
    Pareto(Nanos, f64),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kernel {
    #[default]
    Spin,
    Sha256,
    Primes,
    Sum,
    Sort,
    Search,
    Mandelbrot,
    Matmul,
}

impl Kernel {
    /// Every kernel with the word of the format for it.
    pub const ALL: [(&'static str, Kernel); 8] = [
        ("spin", Kernel::Spin),
        ("sha256", Kernel::Sha256),
        ("primes", Kernel::Primes),
        ("sum", Kernel::Sum),
        ("sort", Kernel::Sort),
        ("search", Kernel::Search),
        ("mandelbrot", Kernel::Mandelbrot),
        ("matmul", Kernel::Matmul),
    ];
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gil {
    #[default]
    Held,
    Released,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Via {
    #[default]
    Timer,
    Http,
    File,
    Sqlite,
}

/// `[[variant]]`: the same scenario with some keys set otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    pub id: String,
    pub title: String,
    /// Dotted key → TOML value, as written.
    pub set: Vec<(String, toml::Value)>,
    /// The checked scenario that results; its own `variants` is empty.
    pub scenario: Box<Scenario>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    pub title: Option<String>,
    pub summary: Option<String>,
    pub expect: Option<String>,
    pub explain: Option<String>,
    pub claim: Option<String>,
    /// The lesson's choices, in their order; empty where the lesson's own are meant.
    pub choices: Vec<String>,
    /// Titles of variants, by their ids.
    pub variants: BTreeMap<String, String>,
    /// In a variant's own scenario: that variant's title.
    pub variant: Option<String>,
}

/// `[lesson]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    pub chapter: String,
    pub claim: Option<String>,
    pub ask: Option<Ask>,
    /// Conditions over metrics, in the language of [`condition`].
    pub holds: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    Rank,
    Makespan,
    /// The choices and the number of the right one, counted from 1.
    Choice {
        choices: Vec<String>,
        answer: usize,
    },
}

impl Scenario {
    pub fn tasks(&self) -> u64 {
        self.groups.iter().map(|group| u64::from(group.count)).sum()
    }

    pub fn title(&self, lang: Lang) -> &str {
        self.text(lang, |texts| texts.title.as_deref()).unwrap_or(&self.title)
    }

    pub fn summary(&self, lang: Lang) -> &str {
        self.text(lang, |texts| texts.summary.as_deref()).unwrap_or(&self.summary)
    }

    /// The lesson's question, in that language or else in English.
    pub fn expect(&self, lang: Lang) -> Option<&str> {
        self.text(lang, |texts| texts.expect.as_deref())
            .or_else(|| self.text(Lang::En, |texts| texts.expect.as_deref()))
    }

    /// The lesson's answer, with its placeholders.
    pub fn explain(&self, lang: Lang) -> Option<&str> {
        self.text(lang, |texts| texts.explain.as_deref())
            .or_else(|| self.text(Lang::En, |texts| texts.explain.as_deref()))
    }

    /// The sentence of the notes that the lesson tests.
    pub fn claim(&self, lang: Lang) -> Option<&str> {
        self.text(lang, |texts| texts.claim.as_deref()).or(self.lesson.as_ref()?.claim.as_deref())
    }

    /// What can be chosen when the lesson asks for a choice; else nothing.
    pub fn choices(&self, lang: Lang) -> &[String] {
        let Some(Ask::Choice { choices, .. }) = self.lesson.as_ref().and_then(|lesson| lesson.ask.as_ref()) else {
            return &[];
        };
        self.texts.get(&lang).map(|texts| &texts.choices).filter(|own| !own.is_empty()).unwrap_or(choices)
    }

    /// The title of the variant of that id.
    pub fn variant_title(&self, id: &str, lang: Lang) -> Option<&str> {
        let own = self.variants.iter().find(|variant| variant.id == id)?;
        Some(self.text(lang, |texts| texts.variants.get(id).map(String::as_str)).unwrap_or(&own.title))
    }

    /// The title of the variant that this scenario is, in that language or else as the file has it; `None` for a file's
    /// own scenario.
    pub fn own_variant_title(&self, lang: Lang) -> Option<&str> {
        let title = |lang| self.text(lang, |texts| texts.variant.as_deref());
        title(lang).or_else(|| title(Lang::En))
    }

    fn text(&self, lang: Lang, pick: impl Fn(&Texts) -> Option<&str>) -> Option<&str> {
        self.texts.get(&lang).and_then(pick)
    }

    /// The scenario of that variant, or itself for `None`.
    pub fn variant(&self, id: Option<&str>) -> Option<&Scenario> {
        match id {
            None => Some(self),
            Some(id) => self.variants.iter().find(|variant| variant.id == id).map(|variant| &*variant.scenario),
        }
    }
}

impl Group {
    /// `egg-3` for the third of several, `egg` for a single one.
    pub fn task_name(&self, index: u32) -> String {
        if self.count == 1 { self.name.clone() } else { format!("{}-{}", self.name, index + 1) }
    }
}
