//! The words of the file format for values that are one of a few, shared by `read` and `write`.

use super::{Engine, Gil, Kernel, Scheduler, Step, Via};

pub const ENGINES: [(&str, Engine); 2] = [("measured", Engine::Measured), ("simulated", Engine::Simulated)];

pub const SCHEDULERS: [(&str, Scheduler); 8] = [
    ("fcfs", Scheduler::Fcfs),
    ("round-robin", Scheduler::RoundRobin),
    ("sjf", Scheduler::Sjf),
    ("srtf", Scheduler::Srtf),
    ("priority", Scheduler::Priority),
    ("preemptive-priority", Scheduler::PreemptivePriority),
    ("list", Scheduler::List),
    ("per-core", Scheduler::PerCore),
];

pub const VIAS: [(&str, Via); 4] =
    [("timer", Via::Timer), ("http", Via::Http), ("file", Via::File), ("sqlite", Via::Sqlite)];

pub const GILS: [(&str, Gil); 2] = [("held", Gil::Held), ("released", Gil::Released)];

/// `handoff`, and whether the lock is then barging.
pub const HANDOFFS: [(&str, bool); 2] = [("fifo", false), ("barging", true)];

/// The simulated costs that `[machine]` may override: what each thing that is not the tasks' own work takes.
pub const COSTS: [&str; 32] = [
    "context_switch",
    "wake_up",
    "sleep_overshoot",
    GIL_INTERVAL,
    "gil_hand_off",
    "thread_start",
    "process_start",
    "pool_dispatch",
    "loop_turn",
    "message",
    "message_kib",
    "steal",
    "loop_overshoot",
    "thread_end",
    "gil_release",
    "process_spawn",
    "process_forkserver",
    "variable_access",
    "cache_line_transfer",
    "hot_wake_up",
    "notify",
    "memory_kib",
    "short_sleep_overshoot",
    "sleeper_end",
    "cached_thread_start",
    "thread_set_up",
    "first_set_up",
    "register_add",
    "compute_step",
    "interrupts",
    "start_among_ends",
    "first_task",
];

/// The one of them that is a rule: nothing costs that much, but after so long the interpreter lock is asked for.
pub const GIL_INTERVAL: &str = "gil_interval";

/// The size units of `payload` and `size`, longest name first among those that share an ending.
pub const SIZES: [(&str, u64); 7] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

/// The word of `value` in one of the tables above.
///
/// # Panics
/// When the table lacks the value, which a test excludes.
pub fn word<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    table.iter().find(|(_, own)| own == value).expect("every value has its word").0
}

impl Kernel {
    pub fn id(self) -> &'static str {
        word(&Kernel::ALL, &self)
    }

    /// Whether a step's `size` changes what it does.
    pub const fn heeds_size(self) -> bool {
        matches!(self, Kernel::Sha256 | Kernel::Sum | Kernel::Search)
    }
}

/// Every step's first key.
pub const VERBS: [&str; 15] = [
    "cpu", "work", "io", "lock", "unlock", "send", "receive", "barrier", "yield", "load", "add", "store", "print",
    "fail", "repeat",
];

impl Step {
    /// The key that makes it this step.
    pub fn verb(&self) -> &'static str {
        match self {
            Step::Cpu { .. } => "cpu",
            Step::Work { .. } => "work",
            Step::Io { .. } => "io",
            Step::Lock(_) => "lock",
            Step::Unlock(_) => "unlock",
            Step::Send(_) => "send",
            Step::Receive(_) => "receive",
            Step::Barrier(_) => "barrier",
            Step::Yield => "yield",
            Step::Load(_) => "load",
            Step::Add(_) => "add",
            Step::Store(_) => "store",
            Step::Print(_) => "print",
            Step::Fail(_) => "fail",
            Step::Repeat { .. } => "repeat",
        }
    }
}
