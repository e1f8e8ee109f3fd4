//! Which rows there are and which spans lie on each: by task, by worker or by core.

use crate::lang::{Lang, Text};
use crate::trace::Run;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LaneBy {
    #[default]
    Task,
    Worker,
    Core,
}

impl LaneBy {
    pub const ALL: [LaneBy; 3] = [LaneBy::Task, LaneBy::Worker, LaneBy::Core];

    pub const fn label(self) -> Text {
        match self {
            LaneBy::Task => Text::new("task", "tarefa"),
            LaneBy::Worker => Text::new("worker", "trabalhador"),
            LaneBy::Core => Text::new("core", "núcleo"),
        }
    }
}

/// The rows of one run. Built once per (run, revision, by) and kept.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    pub labels: Vec<String>,
    /// Indices of trace spans, lane after lane, each lane's in time order.
    pub spans: Vec<u32>,
    /// Lane `k` has `spans[first[k]..first[k + 1]]`.
    pub first: Vec<u32>,
}

/// The lanes of a run. By worker and by core only what holds the worker or the core is on its lane: a task's
/// running spans, and by worker also the IO that holds it.
pub fn lanes(_run: &Run, _by: LaneBy, _lang: Lang) -> Lanes {
    todo!()
}
