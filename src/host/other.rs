//! Systems other than Linux, until they have a file of their own: what is unknown is said to be unknown.

use std::io;

use super::{CoreSwitch, MachineBusy, ThreadLimit, ThreadUsage};
use crate::time::Nanos;

pub const HAS_AFFINITY: bool = false;

pub fn current_cpu() -> Option<usize> {
    None
}

pub fn allowed_cpus() -> Vec<usize> {
    (0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get)).collect()
}

pub fn restrict_this_thread(_cpus: &[usize]) -> bool {
    false
}

pub fn thread_limit() -> ThreadLimit {
    ThreadLimit { threads: 2_000, because: "a careful guess for this system" }
}

/// What these systems allow without being asked.
pub fn raise_descriptor_limit() -> u64 {
    256
}

pub fn thread_number() -> Option<u32> {
    None
}

pub fn thread_usage() -> Option<ThreadUsage> {
    None
}

/// There are none.
pub enum SwitchRecords {}

impl SwitchRecords {
    pub fn open(_cpus: &[usize]) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn drain(&mut self, _take: impl FnMut(CoreSwitch)) {
        match *self {}
    }

    pub fn lost(&self) -> u64 {
        match *self {}
    }
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

pub fn machine_busy() -> Option<MachineBusy> {
    None
}

pub fn os_name() -> String {
    std::env::consts::OS.to_owned()
}

pub fn cpu_name() -> Option<String> {
    None
}
