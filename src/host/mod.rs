//! What this computer's operating system can say and do for a run: which core, whose CPU time, how many threads may
//! be, which cores a run may use. One small interface; a system that cannot tell answers `None`.

pub mod interrupts;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod other;
#[cfg(not(target_os = "linux"))]
mod unasked;
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod unix;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
use macos as system;
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
use other as system;

use serde::{Deserialize, Serialize};

use crate::time::Nanos;
use crate::trace::Host;

/// The largest number of threads a run may have at once, and the limit it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadLimit {
    pub threads: u64,
    pub because: &'static str,
}

/// What the system has counted of a thread since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadUsage {
    /// Context switches: it waited, or its core was taken away.
    pub voluntary: u64,
    pub involuntary: u64,
    /// CPU time in its own code and in the system's, as exactly as the system splits it: often only by what it meets
    /// at each tick.
    pub user: Nanos,
    pub system: Nanos,
}

impl ThreadUsage {
    /// What was added to `earlier`; a counter that was corrected downwards counts as unchanged.
    pub fn since(self, earlier: ThreadUsage) -> ThreadUsage {
        ThreadUsage {
            voluntary: self.voluntary.saturating_sub(earlier.voluntary),
            involuntary: self.involuntary.saturating_sub(earlier.involuntary),
            user: (self.user - earlier.user).max(Nanos::ZERO),
            system: (self.system - earlier.system).max(Nanos::ZERO),
        }
    }

    pub fn plus(self, other: ThreadUsage) -> ThreadUsage {
        ThreadUsage {
            voluntary: self.voluntary + other.voluntary,
            involuntary: self.involuntary + other.involuntary,
            user: self.user + other.user,
            system: self.system + other.system,
        }
    }
}

/// One context switch of one of our threads, as the kernel recorded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreSwitch {
    /// By `CLOCK_MONOTONIC`.
    pub at: Nanos,
    /// The system's number of the thread: see [`thread_number`].
    pub thread: u32,
    /// The system's number of the core.
    pub cpu: usize,
    pub change: CoreChange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreChange {
    /// The thread got the core.
    On,
    /// It lost it, and could have gone on.
    Preempted,
    /// It gave it up, to wait for something.
    Waits,
}

pub use system::SwitchRecords;

/// A reading of the busy time of the cores that this process may use, for differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MachineBusy {
    /// Those cores together, everybody's work.
    pub all: Nanos,
    /// This process's share of it.
    pub own: Nanos,
    /// Part of `all`, nobody's here: a virtual machine's host ran others on them meanwhile.
    pub stolen: Nanos,
}

/// The operating system's number of the core this thread is on, ~2 ns.
#[inline]
pub fn current_cpu() -> Option<usize> {
    system::current_cpu()
}

/// The system's numbers of the cores this process may use, ascending. Read once, before anything is pinned.
pub fn allowed_cpus() -> &'static [usize] {
    static ALLOWED: std::sync::OnceLock<Vec<usize>> = std::sync::OnceLock::new();
    ALLOWED.get_or_init(system::allowed_cpus)
}

/// How many cores this process may use.
pub fn cores() -> u32 {
    u32::try_from(allowed_cpus().len()).unwrap_or(u32::MAX).max(1)
}

/// How many cores the computer has, whoever may use them.
pub fn cores_of_computer() -> Option<u32> {
    system::cores_of_computer()
}

/// Restricts this thread, and those it makes from now on, to these cores. Returns whether the system obeys.
pub fn restrict_this_thread(cpus: &[usize]) -> bool {
    system::restrict_this_thread(cpus)
}

pub fn thread_limit() -> ThreadLimit {
    system::thread_limit()
}

/// Lets this process open as many files and connections at once as the system ever allows it. Returns how many.
pub fn raise_descriptor_limit() -> u64 {
    system::raise_descriptor_limit()
}

/// This thread's number among all of the computer, the process's own number for its main thread.
pub fn thread_number() -> Option<u32> {
    system::thread_number()
}

/// What the system has counted of this thread so far (~200 ns).
pub fn thread_usage() -> Option<ThreadUsage> {
    system::thread_usage()
}

/// CPU time of the whole process so far.
pub fn process_cpu() -> Option<Nanos> {
    system::process_cpu()
}

/// Peak resident memory of the whole process, since it began or since [`MemoryMark::set`].
pub fn peak_memory_bytes() -> Option<u64> {
    system::peak_memory_bytes()
}

/// From when on peak memory is asked for: a process has held more before, for other runs.
#[derive(Clone, Copy, Debug)]
pub struct MemoryMark {
    /// The peak until then; `None` where the system has forgotten it for us.
    before: Option<u64>,
}

impl MemoryMark {
    pub fn set() -> Self {
        MemoryMark { before: if system::forget_peak_memory() { None } else { peak_memory_bytes() } }
    }

    /// Peak resident memory of the process since then; `None` where the system knows only of a higher one before.
    pub fn peak_bytes(self) -> Option<u64> {
        peak_memory_bytes().filter(|peak| self.before.is_none_or(|before| *peak > before))
    }
}

/// How much memory the computer has.
pub fn memory_bytes() -> Option<u64> {
    system::memory_bytes()
}

/// How much memory this process may still take before the system refuses it, or takes it from others.
pub fn memory_available_bytes() -> Option<u64> {
    system::memory_available_bytes()
}

/// CPU time of the main thread of another process, also of one that has ended and not been waited for.
pub fn cpu_of_process(pid: u32) -> Option<Nanos> {
    system::cpu_of_process(pid)
}

/// Binds this process to the life of the one that made it, where the system can do that: it is killed when the thread
/// that made it ends. Returns `false` when `parent` is not there any more.
pub fn end_with_parent(parent: u32) -> bool {
    system::end_with_parent(parent)
}

/// Returns when nobody can write to standard input any more, or `parent`, which made this process, is gone; at once, and
/// `false`, where the system cannot tell.
pub fn wait_for_hang_up(parent: u32) -> bool {
    system::wait_for_hang_up(parent)
}

/// Whether whoever started this process wants it to take no notice of the signal, as `nohup` does; `false` where the
/// system cannot tell.
pub fn is_ignored(signal: i32) -> bool {
    system::is_ignored(signal)
}

/// How wide the terminal at standard output is, if it is one.
pub fn terminal_columns() -> Option<usize> {
    system::terminal_columns()
}

pub fn machine_busy() -> Option<MachineBusy> {
    system::machine_busy()
}

/// What is stored with a run about the computer it was measured on.
pub fn describe() -> Host {
    Host {
        os: system::os_name(),
        cpu: system::cpu_name().unwrap_or_default(),
        cores: cores(),
        affinity: system::HAS_AFFINITY,
        tasklane: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
