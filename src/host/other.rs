//! Windows, and systems that have no file of their own: what cannot be asked for without unsafe code is said to be
//! unknown. Where no clock of a thread's CPU time is fine enough, preemption is unknown, too.

use super::{MachineBusy, ThreadLimit, ThreadUsage};
use crate::time::Nanos;

pub use super::unrecorded::SwitchRecords;

pub const HAS_AFFINITY: bool = false;

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

pub fn thread_limit() -> ThreadLimit {
    ThreadLimit { threads: 2_000, because: "a careful guess for this system" }
}

/// Windows has no such limit, and of others none is known: who meets one nevertheless is told so when it happens.
pub fn raise_descriptor_limit() -> u64 {
    u64::MAX
}

pub fn thread_number() -> Option<u32> {
    None
}

pub fn thread_usage() -> Option<ThreadUsage> {
    None
}

pub fn process_cpu() -> Option<Nanos> {
    None
}

pub fn peak_memory_bytes() -> Option<u64> {
    None
}

pub fn cpu_of_process(_pid: u32) -> Option<Nanos> {
    None
}

pub fn end_with_parent(_parent: u32) -> bool {
    true
}

pub fn wait_for_hang_up() -> bool {
    false
}

pub fn terminal_columns() -> Option<usize> {
    None
}

pub fn machine_busy() -> Option<MachineBusy> {
    None
}

pub fn os_name() -> String {
    std::env::consts::OS.to_owned()
}

pub fn cpu_name() -> Option<String> {
    None
}
