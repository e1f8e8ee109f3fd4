//! What can be set of a model: each parameter's word, bounds and default, and the values that a person has set. Those that
//! several models have stand here.

use crate::lang::{Lang, Text};
use crate::time::{self, Nanos};

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
    /// So many more than the run has cores, up to a limit.
    CoresPlus {
        more: u32,
        most: u32,
    },
    Fixed(u32),
    /// No bound at all; there is no number for it.
    Unbounded,
}

impl Param {
    /// The number as people and files write it.
    pub fn write(&self, value: u32) -> String {
        match self.unit {
            Unit::Choice(words) => words.get(value as usize).copied().unwrap_or_default().to_owned(),
            Unit::Count | Unit::Micros => self.write_any(i64::from(value)),
        }
    }

    /// As [`Param::write`], for a number that may be out of bounds.
    pub fn write_any(&self, value: i64) -> String {
        match self.unit {
            Unit::Micros => time::write_duration(Nanos(value.saturating_mul(1_000))),
            Unit::Count | Unit::Choice(_) => value.to_string(),
        }
    }

    /// The number as people read it: a word that files write, in their language.
    pub fn show(&self, value: u32, lang: Lang) -> String {
        match (self.unit, self.write(value).as_str()) {
            (Unit::Choice(_), "cold") => Text::new("cold", "a frio").get(lang).to_owned(),
            (Unit::Choice(_), "warm") => Text::new("warm", "a quente").get(lang).to_owned(),
            (_, written) => written.to_owned(),
        }
    }

    /// The number with what it stands for: `1 worker`, `2 workers`, `warm start`.
    pub(super) fn title(&self, value: u32, lang: Lang) -> String {
        let one = Text::new("worker", "trabalhador");
        let label = if value == 1 && self.key == WORKERS.key { one } else { self.label };
        let order = match self.unit {
            Unit::Choice(_) => Text::new("{0} {1}", "{1} {0}"),
            Unit::Count | Unit::Micros => Text::new("{0} {1}", "{0} {1}"),
        };
        order.get(lang).replace("{0}", &self.show(value, lang)).replace("{1}", label.get(lang))
    }

    /// Reads what [`Param::write`] wrote; `None` when it is no such number. Bounds are not checked.
    pub fn read(&self, text: &str) -> Option<i64> {
        match self.unit {
            Unit::Count => text.parse().ok(),
            Unit::Micros => time::parse_duration(text).ok()?.whole_micros(),
            Unit::Choice(words) => i64::try_from(words.iter().position(|word| *word == text)?).ok(),
        }
    }

    /// What may be written: `from 1 to 256`, `cold or warm`.
    pub fn write_bounds(&self) -> String {
        match self.unit {
            Unit::Choice(words) => one_of(words),
            Unit::Count | Unit::Micros => format!("from {} to {}", self.write(self.min), self.write(self.max)),
        }
    }

    /// The number that holds when nobody has set one; `None` where there is no bound.
    pub(super) fn default_on(&self, cores: u32) -> Option<u32> {
        match self.default {
            ParamDefault::Cores => Some(cores.clamp(self.min, self.max)),
            ParamDefault::CoresPlus { more, most } => Some(cores.saturating_add(more).min(most)),
            ParamDefault::Fixed(value) => Some(value),
            ParamDefault::Unbounded => None,
        }
    }

    /// The number in force, of a parameter that has a bound.
    pub(super) fn of(&self, params: &Params, cores: u32) -> u32 {
        params.get(self.key).or(self.default_on(cores)).expect("it has a bound")
    }

    /// As [`Param::write`], for the default.
    pub fn write_default(&self) -> String {
        match self.default {
            ParamDefault::Cores => "as many as cores".to_owned(),
            ParamDefault::CoresPlus { more, most } => format!("{more} more than cores, at most {most}"),
            ParamDefault::Fixed(value) => self.write(value),
            ParamDefault::Unbounded => "unbounded".to_owned(),
        }
    }
}

/// How many workers carry tasks.
pub(crate) const WORKERS: Param = Param {
    key: "workers",
    label: Text::new("workers", "trabalhadores"),
    unit: Unit::Count,
    min: 1,
    max: 10_000,
    default: ParamDefault::Cores,
};

/// How many tasks may wait for a worker; who comes when it is full is rejected.
pub(super) const QUEUE: Param = Param {
    key: "queue",
    label: Text::new("places in the queue", "lugares na fila"),
    unit: Unit::Count,
    min: 0,
    max: 1_000_000,
    default: ParamDefault::Unbounded,
};

/// Each process costs its parent two descriptors, and 1,024 is what systems usually grant.
pub(super) const PROCESSES: Param = Param { max: 256, ..WORKERS };

/// `warm`: the processes are up before t = 0.
pub(super) const START: Param = Param {
    key: "start",
    label: Text::new("start", "partida"),
    unit: Unit::Choice(&["cold", "warm"]),
    min: 0,
    max: 1,
    default: ParamDefault::Fixed(0),
};

/// How a process of CPython's is made.
pub(super) const METHOD: Param = Param {
    key: "method",
    label: Text::new("method", "método"),
    unit: Unit::Choice(&["fork", "spawn", "forkserver"]),
    min: 0,
    max: 2,
    // multiprocessing.get_start_method() of CPython 3.11 on Linux.
    default: ParamDefault::Fixed(0),
};

/// How many threads there are at the most for what computes or blocks.
pub(super) const BLOCKING: Param = Param {
    key: "blocking",
    label: Text::new("blocking threads", "threads bloqueantes"),
    unit: Unit::Count,
    min: 1,
    max: 10_000,
    // tokio's own default.
    default: ParamDefault::Fixed(512),
};

/// Who waits so long for the interpreter lock asks its holder to let go.
pub(crate) const SWITCH_INTERVAL: Param = Param {
    key: "switch_interval",
    label: Text::new("switch interval", "intervalo de troca"),
    unit: Unit::Micros,
    min: 10,
    max: 10_000_000,
    // sys.getswitchinterval() of CPython.
    default: ParamDefault::Fixed(5_000),
};

/// The threads of `ThreadPoolExecutor` and of `asyncio.to_thread`: min(32, cores + 4).
pub(super) const PYTHON_POOL: ParamDefault = ParamDefault::CoresPlus { more: 4, most: 32 };

/// The parameters a person has set, in the model's own order; what is not set has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Params(pub(super) Vec<(&'static str, u32)>);

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
    #[error("`{key}` of `{model}` must be {}, found {found}", one_of(.words))]
    Word { model: &'static str, key: &'static str, words: &'static [&'static str], found: String },
}

/// `fork, spawn or forkserver`.
fn one_of(words: &[&str]) -> String {
    match words {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        words => words.concat(),
    }
}

fn allowed_keys(keys: &[&str]) -> String {
    if keys.is_empty() { "it has none".to_owned() } else { format!("allowed are {}", keys.join(", ")) }
}
