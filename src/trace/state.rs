//! The states of a task and the causes of entering them, with their ids (files, JSON) and labels (people).

use serde::{Deserialize, Serialize};

use crate::lang::Text;

/// Where a task stands. Numbers are part of the file format: append, never reorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum State {
    /// Not arrived. Implicit before a task's first event.
    New = 0,
    /// Its thread, process or coroutine is being made.
    Starting = 1,
    /// Could run.
    Ready = 2,
    /// On a core.
    Running = 3,
    Io = 4,
    Blocked = 5,
    /// Payload or result is copied between processes.
    Shipping = 6,
    Done = 7,
    Failed = 8,
    Cancelled = 9,
    Rejected = 10,
    Deadlocked = 11,
}

impl State {
    pub const ALL: [State; 12] = [
        State::New,
        State::Starting,
        State::Ready,
        State::Running,
        State::Io,
        State::Blocked,
        State::Shipping,
        State::Done,
        State::Failed,
        State::Cancelled,
        State::Rejected,
        State::Deadlocked,
    ];

    /// Nothing follows it.
    pub const fn is_end(self) -> bool {
        self as u8 >= State::Done as u8
    }

    /// "Held up": counts into a task's waiting time.
    pub const fn is_waiting(self) -> bool {
        matches!(self, State::Ready | State::Blocked | State::Starting | State::Shipping)
    }

    pub const fn id(self) -> &'static str {
        match self {
            State::New => "new",
            State::Starting => "starting",
            State::Ready => "ready",
            State::Running => "running",
            State::Io => "io",
            State::Blocked => "blocked",
            State::Shipping => "shipping",
            State::Done => "done",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
            State::Rejected => "rejected",
            State::Deadlocked => "deadlocked",
        }
    }

    pub const fn label(self) -> Text {
        match self {
            State::New => Text::new("not arrived", "não chegou"),
            State::Starting => Text::new("starting", "iniciando"),
            State::Ready => Text::new("ready", "pronta"),
            State::Running => Text::new("running", "executando"),
            State::Io => Text::new("in IO", "em IO"),
            State::Blocked => Text::new("blocked", "bloqueada"),
            State::Shipping => Text::new("shipping", "transferindo"),
            State::Done => Text::new("done", "concluída"),
            State::Failed => Text::new("failed", "falhou"),
            State::Cancelled => Text::new("cancelled", "cancelada"),
            State::Rejected => Text::new("rejected", "recusada"),
            State::Deadlocked => Text::new("deadlocked", "em deadlock"),
        }
    }
}

/// Why a task entered its state. Numbers are part of the file format: append, never reorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Cause {
    None = 0,
    /// Ready: no worker is free.
    Queued = 1,
    /// Ready: its worker has no core.
    NoCore = 2,
    /// Ready: the kernel took the core away in mid-step.
    Preempted = 3,
    /// Ready: it let others go first.
    Yielded = 4,
    /// Running: taken up by a worker that stole it; the peer is the worker it was stolen from, when known.
    Stolen = 5,
    /// Io by a call that holds its worker, in whatever model.
    Blocking = 6,
    /// Failed: the scenario's `fail` step.
    Fail = 7,
    /// Failed: our code panicked while doing the step.
    Panic = 8,
    /// Cancelled: the person stopped the run.
    Stopped = 9,
    /// Cancelled: a task it comes `after` was not done; the peer is that task.
    Dependency = 10,
    Lock = 11,
    /// Blocked: the channel that it receives from is empty.
    Channel = 12,
    Barrier = 13,
    Gil = 14,
    Timeout = 15,
    /// Blocked: all connections are in use; the peer is who gave one back.
    Connection = 16,
    /// Failed: what the system or the other side said of the IO.
    IoError = 17,
    /// Failed: the process that carried it died.
    WorkerDied = 18,
    /// Ready: its core or worker is being turned to it.
    Switching = 19,
    /// Cancelled: its coroutine was made and never awaited.
    NeverAwaited = 20,
    /// Blocked in the middle of computing: its thread waited in a call to the system, or for memory.
    System = 21,
    /// Blocked: the channel that it sends to is full.
    ChannelFull = 22,
}

impl Cause {
    pub const ALL: [Cause; 23] = [
        Cause::None,
        Cause::Queued,
        Cause::NoCore,
        Cause::Preempted,
        Cause::Yielded,
        Cause::Stolen,
        Cause::Blocking,
        Cause::Fail,
        Cause::Panic,
        Cause::Stopped,
        Cause::Dependency,
        Cause::Lock,
        Cause::Channel,
        Cause::Barrier,
        Cause::Gil,
        Cause::Timeout,
        Cause::Connection,
        Cause::IoError,
        Cause::WorkerDied,
        Cause::Switching,
        Cause::NeverAwaited,
        Cause::System,
        Cause::ChannelFull,
    ];

    pub const fn id(self) -> &'static str {
        match self {
            Cause::None => "",
            Cause::Queued => "queued",
            Cause::NoCore => "no-core",
            Cause::Preempted => "preempted",
            Cause::Yielded => "yielded",
            Cause::Stolen => "stolen",
            Cause::Blocking => "blocking",
            Cause::Fail => "fail",
            Cause::Panic => "panic",
            Cause::Stopped => "stopped",
            Cause::Dependency => "dependency",
            Cause::Lock => "lock",
            Cause::Channel => "channel",
            Cause::Barrier => "barrier",
            Cause::Gil => "gil",
            Cause::Timeout => "timeout",
            Cause::Connection => "connection",
            Cause::IoError => "io-error",
            Cause::WorkerDied => "worker-died",
            Cause::Switching => "switching",
            Cause::NeverAwaited => "never-awaited",
            Cause::System => "system",
            Cause::ChannelFull => "channel-full",
        }
    }

    pub const fn label(self) -> Text {
        match self {
            Cause::None => Text::new("", ""),
            Cause::Queued => Text::new("no worker is free", "nenhum trabalhador livre"),
            Cause::NoCore => Text::new("its worker has no core", "seu trabalhador está sem núcleo"),
            Cause::Preempted => Text::new("preempted", "preemptada"),
            Cause::Yielded => Text::new("let others go first", "deu a vez"),
            Cause::Stolen => Text::new("stolen", "roubada"),
            Cause::Blocking => Text::new("a blocking call", "uma chamada bloqueante"),
            Cause::Fail => Text::new("the scenario says so", "o cenário manda"),
            Cause::Panic => Text::new("a panic", "um panic"),
            Cause::Stopped => Text::new("the run was stopped", "a execução foi parada"),
            Cause::Dependency => Text::new("a task before it was not done", "uma tarefa anterior não foi concluída"),
            Cause::Lock => Text::new("a lock", "um lock"),
            Cause::Channel => Text::new("a channel", "um canal"),
            Cause::Barrier => Text::new("a barrier", "uma barreira"),
            Cause::Gil => Text::new("the GIL", "o GIL"),
            Cause::Timeout => Text::new("its time was up", "o tempo acabou"),
            Cause::Connection => Text::new("a free connection", "uma conexão livre"),
            Cause::IoError => Text::new("the IO failed", "a IO falhou"),
            Cause::WorkerDied => Text::new("its process died", "seu processo morreu"),
            Cause::Switching => Text::new("being switched to", "sendo assumida"),
            Cause::NeverAwaited => Text::new("nobody awaited it", "ninguém fez await dela"),
            Cause::System => Text::new("the operating system", "o sistema operacional"),
            Cause::ChannelFull => Text::new("room in a channel", "espaço em um canal"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_positions() {
        assert!(State::ALL.iter().enumerate().all(|(at, state)| at == *state as usize));
        assert!(Cause::ALL.iter().enumerate().all(|(at, cause)| at == *cause as usize));
    }
}
