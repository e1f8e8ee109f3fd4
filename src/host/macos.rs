//! macOS: what POSIX offers. Threads cannot be bound to cores, nobody says on which core one is, and a thread's context
//! switches are not told; its CPU clock is exact, so that preemption is seen by comparing clocks.

use nix::sys::resource::{UsageWho, getrusage};
use rustix::process::{Pid, Resource, Rlimit, getppid, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::{MachineBusy, ThreadLimit, ThreadUsage};
use crate::time::Nanos;

pub use super::unix::{terminal_columns, wait_for_hang_up};
pub use super::unrecorded::SwitchRecords;

pub const HAS_AFFINITY: bool = false;
/// More than the system itself lets a process open.
const DESCRIPTORS_MAX: u64 = 10_240;

pub fn current_cpu() -> Option<usize> {
    None
}

pub fn allowed_cpus() -> Vec<usize> {
    (0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get)).collect()
}

pub fn cores_of_computer() -> Option<u32> {
    None
}

pub fn restrict_this_thread(_cpus: &[usize]) -> bool {
    false
}

/// The least that `kern.num_taskthreads` is on any computer, halved.
pub fn thread_limit() -> ThreadLimit {
    ThreadLimit { threads: 1_000, because: "half of the smallest kern.num_taskthreads" }
}

pub fn raise_descriptor_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.map_or(DESCRIPTORS_MAX, |most| most.min(DESCRIPTORS_MAX));
    let raised = Rlimit { current: Some(most), maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).map_or(limit.current.unwrap_or(256), |()| most)
}

pub fn thread_number() -> Option<u32> {
    None
}

pub fn thread_usage() -> Option<ThreadUsage> {
    None
}

#[expect(clippy::unnecessary_wraps, reason = "other systems cannot tell")]
pub fn process_cpu() -> Option<Nanos> {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Some(Nanos(now.tv_sec * 1_000_000_000 + now.tv_nsec))
}

/// In bytes here; in KiB elsewhere.
pub fn peak_memory_bytes() -> Option<u64> {
    getrusage(UsageWho::RUSAGE_SELF).ok()?.max_rss().try_into().ok()
}

pub fn cpu_of_process(_pid: u32) -> Option<Nanos> {
    None
}

/// Nothing kills it: it ends when its standard input does.
pub fn end_with_parent(parent: u32) -> bool {
    getppid().map(Pid::as_raw_nonzero).and_then(|pid| u32::try_from(pid.get()).ok()) == Some(parent)
}

pub fn machine_busy() -> Option<MachineBusy> {
    None
}

pub fn os_name() -> String {
    "macOS".to_owned()
}

pub fn cpu_name() -> Option<String> {
    None
}
