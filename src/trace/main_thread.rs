//! What the run's main thread did besides carrying tasks: it was free, or it waited.

use serde::{Deserialize, Serialize};

use crate::lang::Text;
use crate::time::Nanos;

/// One stretch of the main thread. The stretches of a run follow each other from t = 0 to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MainSpan {
    pub start: Nanos,
    pub end: Nanos,
    pub state: MainState,
}

/// Whether the main thread could do something else, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MainState {
    /// It makes threads and hands tasks over.
    Free,
    /// It does tasks itself, by plain calls.
    Call,
    /// It sleeps until the next task arrives.
    Arrivals,
    /// It waits for tasks to end: joins them.
    Join,
    /// It is inside the event loop's call, which returns when all tasks are over.
    Loop,
    /// It waits for the interpreter lock, which it needs to start a thread.
    Gil,
}

impl MainState {
    pub const fn is_blocked(self) -> bool {
        !matches!(self, MainState::Free)
    }

    /// Whether the end of a task is something it waits for.
    pub const fn awaits_ends(self) -> bool {
        matches!(self, MainState::Join | MainState::Loop)
    }

    pub const fn label(self) -> Text {
        match self {
            MainState::Free => Text::new("free", "livre"),
            MainState::Call => Text::new("blocked: does the tasks itself", "bloqueada: faz as tarefas ela mesma"),
            MainState::Arrivals => {
                Text::new("blocked until the next task arrives", "bloqueada até a próxima tarefa chegar")
            }
            MainState::Join => Text::new("blocked: joins the tasks", "bloqueada: espera o fim das tarefas (join)"),
            MainState::Loop => Text::new("blocked: runs the event loop", "bloqueada: executa o event loop"),
            MainState::Gil => Text::new("blocked: waits for the GIL", "bloqueada: espera o GIL"),
        }
    }
}
