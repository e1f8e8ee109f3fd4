//! What each execution model *is*: its words, its bounded parameters and its [`Plan`]. One file a model, one line in
//! [`MODELS`] or [`IMAGINED`]; menus, the command line, the scenario checker, the runtimes and the tests iterate those
//! registries.
//!
//! Pure. How a model really runs is its twin in `runtimes/`. Nothing outside these two rooms asks *which* model it has.

mod async_offload;
mod async_pool;
mod event_loop;
mod gil_threads;
mod param;
mod processes;
mod python_asyncio;
mod python_asyncio_to_thread;
mod python_free_threading;
mod python_gevent;
mod python_multiprocessing;
mod python_process_pool;
mod python_sequential;
mod python_thread_pool;
mod python_threading;
mod sequential;
mod static_split;
mod thread_pool;
mod threads;
mod work_stealing;

use std::fmt;

use crate::lang::{Lang, Text};
use crate::time::Nanos;
use param::{BLOCKING, METHOD, PROCESSES, PYTHON_POOL, QUEUE, START};
pub use param::{Param, ParamDefault, ParamError, Params, Unit};
pub(crate) use param::{SWITCH_INTERVAL, WORKERS};

/// Models that have a runtime of their own, in the order menus show them. Whether this computer can run each of them, the
/// runtimes know.
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

/// Models that only an imagined computer runs in this version, in the order menus show them behind the others.
pub static IMAGINED: [&Model; 9] = [
    &python_sequential::MODEL,
    &python_threading::MODEL,
    &python_thread_pool::MODEL,
    &python_asyncio::MODEL,
    &python_asyncio_to_thread::MODEL,
    &python_multiprocessing::MODEL,
    &python_process_pool::MODEL,
    &python_gevent::MODEL,
    &python_free_threading::MODEL,
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

impl Model {
    /// What its tasks are written in.
    pub fn language(&self) -> Language {
        (self.plan)(&Params::default(), 1).language
    }
}

/// Every model there is, in the order menus show them.
pub fn all() -> impl Iterator<Item = &'static Model> + Clone {
    MODELS.into_iter().chain(IMAGINED)
}

/// The registered model of that id.
pub fn find(id: &str) -> Option<&'static Model> {
    all().find(|model| model.id == id)
}

/// The model that the speedup of `model` is measured against: one task after the other in the same language.
pub fn baseline_of(model: &Model) -> &'static Model {
    match model.language() {
        Language::Rust => &sequential::MODEL,
        Language::Python => &python_sequential::MODEL,
    }
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

    /// Whether both are of one model, whatever their parameters.
    pub fn is_as(&self, other: &ModelChoice) -> bool {
        self.model.id == other.model.id
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
            return Err(self.out_of_range(param, param.write_any(value)));
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
            Unit::Micros => "a duration in whole microseconds",
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
        self.params.get(param.key).or(param.default_on(cores))
    }

    pub fn plan(&self, cores: u32) -> Plan {
        (self.model.plan)(&self.params, cores)
    }

    /// For headings: `Thread pool · 4 workers`.
    pub fn title(&self, lang: Lang) -> String {
        let mut title = self.model.name.get(lang).to_owned();
        for param in self.model.params {
            if let Some(value) = self.params.get(param.key) {
                title.push_str(&format!(" · {}", param.title(value, lang)));
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
    /// The only worker, the loop where there is one, is the run's main thread.
    pub on_main: bool,
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
    /// How they are made, if they are processes.
    pub method: Method,
    /// Each worker has a deque of its own: it splits batches in halves, takes its own newest and steals others' oldest.
    pub stealing: bool,
    /// How many tasks a worker takes from the queue at a time, if so many wait; it does them one after another.
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

impl Language {
    pub const ALL: [Language; 2] = [Language::Rust, Language::Python];

    /// The word of files.
    pub const fn id(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::Python => "python",
        }
    }
}

/// When workers are started whose start is not nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Inside the run, each for its first task.
    Cold,
    /// Before t = 0.
    Warm,
}

/// How a process is made: CPython's start methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As a copy of its parent. A program that is executed in it at once, as Rust does, is no method of its own.
    Fork,
    /// It boots an interpreter of its own.
    Spawn,
    /// As a copy of a server that was spawned and has little in it.
    Forkserver,
}

impl Method {
    /// In the order of [`METHOD`]'s words.
    const ALL: [Method; 3] = [Method::Fork, Method::Spawn, Method::Forkserver];
}

impl Plan {
    const fn on_main(io: WhileInIo) -> Self {
        Plan { on_main: true, ..Plan::of(Workers::Fixed(1), io) }
    }

    const fn of(workers: Workers, io: WhileInIo) -> Self {
        Plan {
            workers,
            io,
            on_main: false,
            coroutines: matches!(io, WhileInIo::FreesWorker),
            queue: None,
            offload: None,
            gil: None,
            processes: None,
            method: Method::Fork,
            stealing: false,
            chunk: 1,
            language: Language::Rust,
        }
    }

    /// One worker does everything: it asks nobody for the next task, and hands nothing over.
    pub fn is_alone(&self) -> bool {
        self.workers == Workers::Fixed(1) && self.offload.is_none() && self.processes.is_none()
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

/// A plan with the overheads of CPython.
fn python(workers: Workers, io: WhileInIo) -> Plan {
    Plan { language: Language::Python, ..Plan::of(workers, io) }
}

/// The same on the interpreter's main thread.
fn python_on_main(io: WhileInIo) -> Plan {
    Plan { language: Language::Python, ..Plan::on_main(io) }
}

fn workers(params: &Params, cores: u32) -> u32 {
    params.get(WORKERS.key).unwrap_or(cores)
}

fn start(params: &Params) -> Start {
    if params.get(START.key) == Some(1) { Start::Warm } else { Start::Cold }
}

fn method(params: &Params) -> Method {
    Method::ALL[METHOD.of(params, 1) as usize]
}

fn gil(params: &Params) -> Nanos {
    Nanos::from_micros(i64::from(SWITCH_INTERVAL.of(params, 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_languages_have_their_baselines() {
        let mut ids: Vec<_> = all().map(|model| model.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 19);
        for model in all() {
            let is_python = model.id.starts_with("python-");
            assert_eq!(model.language() == Language::Python, is_python, "{}", model.id);
            assert_eq!(baseline_of(model).id, if is_python { "python-sequential" } else { "sequential" });
            assert_eq!(baseline_of(model).language(), model.language());
        }
    }

    /// What the documentation of CPython says each of them is.
    #[test]
    fn python_models_are_what_python_has() {
        let plan = |choice: &str, cores| {
            let (id, params) = choice.split_once(':').unwrap_or((choice, ""));
            let mut choice = ModelChoice::new(find(id).unwrap());
            for param in params.split(',').filter(|param| !param.is_empty()) {
                let (key, value) = param.split_once('=').unwrap();
                choice.set_text(key, value).unwrap();
            }
            choice.plan(cores)
        };
        let interval = Some(Nanos::from_millis(5));
        let threads = plan("python-threading", 2);
        assert_eq!((threads.workers, threads.gil), (Workers::PerTask, interval));
        assert_eq!(plan("python-threading:switch_interval=1ms", 2).gil, Some(Nanos::from_millis(1)));
        let pool = plan("python-thread-pool", 2);
        assert_eq!((pool.workers, pool.gil), (Workers::Fixed(6), interval));
        assert_eq!(plan("python-thread-pool", 64).workers, Workers::Fixed(32));
        assert_eq!(plan("python-thread-pool:workers=5", 2).workers, Workers::Fixed(5));
        let offload = plan("python-asyncio-to-thread", 8);
        assert_eq!((offload.workers, offload.offload, offload.gil), (Workers::Fixed(1), Some(12), interval));
        for id in ["python-asyncio", "python-gevent"] {
            let plan = plan(id, 8);
            assert_eq!((plan.workers, plan.io), (Workers::Fixed(1), WhileInIo::FreesWorker), "{id}");
        }
        let each = plan("python-multiprocessing", 2);
        assert_eq!((each.workers, each.processes, each.gil), (Workers::PerTask, Some(Start::Cold), None));
        assert_eq!(each.method, Method::Fork);
        assert_eq!(plan("python-multiprocessing:method=spawn", 2).method, Method::Spawn);
        assert_eq!(plan("python-process-pool:method=forkserver", 2).method, Method::Forkserver);
        let pool = plan("python-process-pool:chunk=10,start=warm", 2);
        assert_eq!((pool.workers, pool.processes, pool.chunk), (Workers::Fixed(2), Some(Start::Warm), 10));
        assert_eq!(plan("python-process-pool", 1_024).workers, Workers::Fixed(256));
        assert_eq!(plan("python-free-threading", 2).gil, None);
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
        let mut choice = ModelChoice::new(find("gil-threads").unwrap());
        // What cannot be read stands as it was written, a number as we write it.
        for (text, found) in [("11s", "11s"), ("10.9us", "`10.9us`"), ("1ns", "`1ns`")] {
            let bounds = "`switch_interval` of `gil-threads` must be a duration in whole microseconds from 10us to 10s";
            let refused = choice.set_text("switch_interval", text).unwrap_err().to_string();
            assert_eq!(refused, format!("{bounds}, found {found}"));
        }
    }

    #[test]
    fn titles_say_words_of_files_in_the_reader_s_language() {
        let mut choice = ModelChoice::new(find("processes").unwrap());
        choice.set("workers", 1).unwrap();
        choice.set_text("start", "warm").unwrap();
        assert_eq!(choice.title(Lang::En), "Processes · 1 worker · warm start");
        assert_eq!(choice.title(Lang::PtBr), "Processos · 1 trabalhador · partida a quente");
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
        let mut choice = ModelChoice::new(find("python-multiprocessing").unwrap());
        assert_eq!(
            choice.set_text("method", "vfork").unwrap_err().to_string(),
            "`method` of `python-multiprocessing` must be fork, spawn or forkserver, found `vfork`"
        );
        choice.set_text("method", "spawn").unwrap();
        assert_eq!(choice.title(Lang::PtBr), "Python · multiprocessing · método spawn");
    }
}
