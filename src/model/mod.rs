//! What each execution model *is*: its words, its bounded parameters and its [`Plan`]. One file a model, one line in
//! [`MODELS`]; menus, the command line, the scenario checker, the runtimes and the tests iterate that registry.
//!
//! Pure. How a model really runs is its twin in `runtimes/`. Nothing outside these two rooms asks *which* model it has.

mod async_offload;
mod async_pool;
mod event_loop;
mod gil_threads;
mod processes;
mod sequential;
mod static_split;
mod thread_pool;
mod threads;
mod work_stealing;

use std::fmt;

use crate::lang::{Lang, Text};
use crate::time::{self, Nanos};

/// Every model that this version can run, in the order menus show them; the first is the baseline of speedups.
pub static MODELS: [&Model; 10] = [
    &sequential::MODEL,
    &threads::MODEL,
    &thread_pool::MODEL,
    &event_loop::MODEL,
    &async_pool::MODEL,
    &async_offload::MODEL,
    &work_stealing::MODEL,
    &static_split::MODEL,
    &gil_threads::MODEL,
    &processes::MODEL,
];

/// Ids that the scenario format knows and this version cannot run yet.
pub const NOT_BUILT: [&str; 9] = [
    "python-sequential",
    "python-threading",
    "python-thread-pool",
    "python-asyncio",
    "python-asyncio-to-thread",
    "python-multiprocessing",
    "python-process-pool",
    "python-gevent",
    "python-free-threading",
];

/// One execution model, as people meet it.
#[derive(Debug)]
pub struct Model {
    /// The word of scenario files and of the command line.
    pub id: &'static str,
    pub name: Text,
    /// What it does, in five words: "one thread, switches at every await".
    pub brief: Text,
    pub definition: Text,
    pub when: Text,
    pub made: Text,
    pub overheads: Text,
    pub params: &'static [Param],
    pub plan: fn(&Params, cores: u32) -> Plan,
}

impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
impl Eq for Model {}

/// The registered model of that id.
pub fn find(id: &str) -> Option<&'static Model> {
    MODELS.into_iter().find(|model| model.id == id)
}

/// The model every speedup is measured against.
pub fn baseline() -> &'static Model {
    MODELS[0]
}

/// A parameter of a model: a number within bounds, or one of a few words.
#[derive(Debug, PartialEq, Eq)]
pub struct Param {
    pub key: &'static str,
    pub label: Text,
    pub unit: Unit,
    pub min: u32,
    pub max: u32,
    pub default: ParamDefault,
}

/// What a parameter's number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Written as a whole number.
    Count,
    /// Microseconds, written as a duration: `5ms`.
    Micros,
    /// The place of one of these words, which is what is written.
    Choice(&'static [&'static str]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamDefault {
    /// As many as the run has cores.
    Cores,
    Fixed(u32),
    /// No bound at all; there is no number for it.
    Unbounded,
}

impl Param {
    /// The number as people and files write it.
    pub fn write(&self, value: u32) -> String {
        match self.unit {
            Unit::Count => value.to_string(),
            Unit::Micros => time::write_duration(Nanos::from_micros(i64::from(value))),
            Unit::Choice(words) => words.get(value as usize).copied().unwrap_or_default().to_owned(),
        }
    }

    /// Reads what [`Param::write`] wrote; `None` when it is no such number. Bounds are not checked.
    pub fn read(&self, text: &str) -> Option<i64> {
        match self.unit {
            Unit::Count => text.parse().ok(),
            Unit::Micros => Some(time::parse_duration(text).ok()?.0 / 1_000),
            Unit::Choice(words) => i64::try_from(words.iter().position(|word| *word == text)?).ok(),
        }
    }

    /// What may be written: `from 1 to 256`, `cold or warm`.
    pub fn write_bounds(&self) -> String {
        match self.unit {
            Unit::Choice(words) => words.join(" or "),
            Unit::Count | Unit::Micros => format!("from {} to {}", self.write(self.min), self.write(self.max)),
        }
    }

    /// What stands behind the number: `1 worker`, `2 workers`.
    fn label_of(&self, value: u32) -> Text {
        if value == 1 && *self == WORKERS { Text::new("worker", "trabalhador") } else { self.label }
    }

    /// As [`Param::write`], for the default.
    pub fn write_default(&self) -> String {
        match self.default {
            ParamDefault::Cores => "as many as cores".to_owned(),
            ParamDefault::Fixed(value) => self.write(value),
            ParamDefault::Unbounded => "unbounded".to_owned(),
        }
    }
}

/// How many threads carry tasks.
pub(crate) const WORKERS: Param = Param {
    key: "workers",
    label: Text::new("workers", "trabalhadores"),
    unit: Unit::Count,
    min: 1,
    max: 10_000,
    default: ParamDefault::Cores,
};

/// How many tasks may wait for a worker; who comes when it is full is rejected.
pub(crate) const QUEUE: Param = Param {
    key: "queue",
    label: Text::new("places in the queue", "lugares na fila"),
    unit: Unit::Count,
    min: 0,
    max: 1_000_000,
    default: ParamDefault::Unbounded,
};

/// The parameters a person has set, in the model's own order; what is not set has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Params(Vec<(&'static str, u32)>);

impl Params {
    pub fn get(&self, key: &str) -> Option<u32> {
        self.0.iter().find(|(own, _)| *own == key).map(|(_, value)| *value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u32)> + '_ {
        self.0.iter().copied()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why a parameter was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    #[error("`{model}` has no parameter `{key}`: {}", allowed_keys(.allowed))]
    Unknown { model: &'static str, key: String, allowed: Vec<&'static str> },
    #[error("`{key}` of `{model}` must be {kind} from {min} to {max}, found {found}")]
    Range { model: &'static str, key: &'static str, kind: &'static str, min: String, max: String, found: String },
    #[error("`{key}` of `{model}` must be {}, found {found}", .words.join(" or "))]
    Word { model: &'static str, key: &'static str, words: &'static [&'static str], found: String },
}

fn allowed_keys(keys: &[&str]) -> String {
    if keys.is_empty() { "it has none".to_owned() } else { format!("allowed are {}", keys.join(", ")) }
}

/// A model with its parameters: what a scenario's `models` list and `--model` name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelChoice {
    pub model: &'static Model,
    pub params: Params,
}

impl ModelChoice {
    pub fn new(model: &'static Model) -> Self {
        ModelChoice { model, params: Params::default() }
    }

    /// Sets one parameter.
    ///
    /// # Errors
    /// [`ParamError`] when the model has no such parameter or `value` is out of its bounds.
    pub fn set(&mut self, key: &str, value: i64) -> Result<(), ParamError> {
        let model = self.model;
        let Some(param) = model.params.iter().find(|param| param.key == key) else {
            let allowed = model.params.iter().map(|param| param.key).collect();
            return Err(ParamError::Unknown { model: model.id, key: key.to_owned(), allowed });
        };
        let Some(value) = u32::try_from(value).ok().filter(|value| (param.min..=param.max).contains(value)) else {
            return Err(self.out_of_range(param, value.to_string()));
        };
        self.params.0.retain(|(own, _)| *own != param.key);
        self.params.0.push((param.key, value));
        let order = |key: &str| model.params.iter().position(|param| param.key == key);
        self.params.0.sort_by_key(|(key, _)| order(key));
        Ok(())
    }

    /// As [`ModelChoice::set`], from the text of a command line or a file.
    ///
    /// # Errors
    /// [`ParamError`], also when the text is no such number.
    pub fn set_text(&mut self, key: &str, text: &str) -> Result<(), ParamError> {
        match self.model.params.iter().find(|param| param.key == key) {
            Some(param) => match param.read(text) {
                Some(value) => self.set(key, value),
                None => Err(self.out_of_range(param, format!("`{text}`"))),
            },
            None => self.set(key, 0),
        }
    }

    fn out_of_range(&self, param: &Param, found: String) -> ParamError {
        let kind = match param.unit {
            Unit::Count => "a whole number",
            Unit::Micros => "a duration",
            Unit::Choice(words) => {
                return ParamError::Word { model: self.model.id, key: param.key, words, found };
            }
        };
        let (min, max) = (param.write(param.min), param.write(param.max));
        ParamError::Range { model: self.model.id, key: param.key, kind, min, max, found }
    }

    /// Back to the parameter's default.
    pub fn unset(&mut self, key: &str) {
        self.params.0.retain(|(own, _)| *own != key);
    }

    /// The value in force: the person's, or the default on that many cores; `None` where there is no bound.
    pub fn value(&self, param: &Param, cores: u32) -> Option<u32> {
        self.params.get(param.key).or(match param.default {
            ParamDefault::Cores => Some(cores.clamp(param.min, param.max)),
            ParamDefault::Fixed(value) => Some(value),
            ParamDefault::Unbounded => None,
        })
    }

    pub fn plan(&self, cores: u32) -> Plan {
        (self.model.plan)(&self.params, cores)
    }

    /// For headings: `Thread pool · 4 workers`.
    pub fn title(&self, lang: Lang) -> String {
        let mut title = self.model.name.get(lang).to_owned();
        for param in self.model.params {
            if let Some(value) = self.params.get(param.key) {
                title.push_str(&format!(" · {} {}", param.write(value), param.label_of(value).get(lang)));
            }
        }
        title
    }

    /// As part of a file name: `thread-pool-workers-4`.
    pub fn slug(&self) -> String {
        self.written().fold(self.model.id.to_owned(), |slug, (key, value)| format!("{slug}-{key}-{value}"))
    }

    /// The parameters a person has set, as text.
    pub fn written(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        let set = |param: &'static Param| Some((param.key, param.write(self.params.get(param.key)?)));
        self.model.params.iter().filter_map(set)
    }
}

/// As on the command line: `thread-pool:workers=4`.
impl fmt::Display for ModelChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.model.id)?;
        for (index, (key, value)) in self.written().enumerate() {
            write!(f, "{}{key}={value}", if index == 0 { ':' } else { ',' })?;
        }
        Ok(())
    }
}

/// What a model does with workers and waits, as plain data: all that a checker or a simulator needs to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub workers: Workers,
    /// What becomes of the worker while its task waits for IO.
    pub io: WhileInIo,
    /// A task is a coroutine: made by a call that runs nothing, and run only if it is awaited.
    pub coroutines: bool,
    /// How many tasks may wait for a worker; `None`: no bound.
    pub queue: Option<u32>,
    /// Computing and blocking steps go to a pool of so many threads at the most, beside the workers.
    pub offload: Option<u32>,
    /// One task at a time may compute; who waits for that so long asks its holder to let go.
    pub gil: Option<Nanos>,
    /// The workers are processes, started then; what tasks need and return is copied.
    pub processes: Option<Start>,
    /// Each worker has a deque of its own: it splits batches in halves, takes its own newest and steals others' oldest.
    pub stealing: bool,
    /// How many tasks a worker takes from the queue at a time.
    pub chunk: u32,
    /// Whose overheads these are.
    pub language: Language,
}

/// What the tasks are written in: overheads differ, and speedups are told against the baseline of the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    Rust,
    Python,
}

/// When workers are started whose start is not nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Inside the run, each for its first task.
    Cold,
    /// Before t = 0.
    Warm,
}

impl Plan {
    const fn of(workers: Workers, io: WhileInIo) -> Self {
        Plan {
            workers,
            io,
            coroutines: matches!(io, WhileInIo::FreesWorker),
            queue: None,
            offload: None,
            gil: None,
            processes: None,
            stealing: false,
            chunk: 1,
            language: Language::Rust,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workers {
    /// So many, up before t = 0.
    Fixed(u32),
    /// So many, up before t = 0, each with a contiguous share of the tasks that nobody else touches.
    Split(u32),
    /// One made for each task, inside the run.
    PerTask,
}

impl Workers {
    /// How many queues there are: one, or one a worker.
    pub fn shares(self) -> u32 {
        if let Workers::Split(workers) = self { workers } else { 1 }
    }

    /// Whose share a task is: contiguous, as equal as can be; all are worker 0's where nothing is split.
    pub fn share_of(self, task: u32, tasks: u32) -> u32 {
        let Workers::Split(workers) = self else { return 0 };
        let share = u64::from(task) * u64::from(workers) / u64::from(tasks.max(1));
        u32::try_from(share).expect("smaller than the number of workers")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhileInIo {
    /// The worker waits with its task.
    HoldsWorker,
    /// The task awaits; the worker carries others.
    FreesWorker,
}

/// A pool of `workers` with its bounded queue.
fn pool(params: &Params, workers: Workers, io: WhileInIo) -> Plan {
    Plan { queue: params.get(QUEUE.key), ..Plan::of(workers, io) }
}

fn workers(params: &Params, cores: u32) -> u32 {
    params.get(WORKERS.key).unwrap_or(cores)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_built_or_not() {
        let mut ids: Vec<_> = MODELS.iter().map(|model| model.id).chain(NOT_BUILT).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert_eq!(count, 19);
    }

    #[test]
    fn parameters_are_bounded_and_named() {
        let mut choice = ModelChoice::new(find("thread-pool").unwrap());
        assert_eq!(choice.set("workers", 4), Ok(()));
        assert_eq!(choice.to_string(), "thread-pool:workers=4");
        assert_eq!(choice.slug(), "thread-pool-workers-4");
        assert_eq!(
            choice.set("workers", 0).unwrap_err().to_string(),
            "`workers` of `thread-pool` must be a whole number from 1 to 10000, found 0"
        );
        assert_eq!(
            choice.set("wokers", 4).unwrap_err().to_string(),
            "`thread-pool` has no parameter `wokers`: allowed are workers, queue"
        );
        assert_eq!(choice.params.get("workers"), Some(4), "a refused value changes nothing");
    }

    #[test]
    fn words_are_parameters_too() {
        let mut choice = ModelChoice::new(find("processes").unwrap());
        choice.set_text("start", "warm").unwrap();
        assert_eq!(choice.to_string(), "processes:start=warm");
        assert_eq!(
            choice.set_text("start", "hot").unwrap_err().to_string(),
            "`start` of `processes` must be cold or warm, found `hot`"
        );
    }
}
