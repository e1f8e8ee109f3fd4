//! What only Linux can be asked without unsafe code: elsewhere threads cannot be bound to cores, nobody says on which core
//! one is, and what the system counts of a thread or records of its context switches is unknown.

use std::io;
use std::num::NonZero;
use std::thread;

use super::{CoreSwitch, MachineBusy, ThreadUsage};
use crate::time::Nanos;

pub const HAS_AFFINITY: bool = false;

pub fn current_cpu() -> Option<usize> {
    None
}

/// As many as the system grants, under numbers of our own.
pub fn allowed_cpus() -> Vec<usize> {
    (0..thread::available_parallelism().map_or(1, NonZero::get)).collect()
}

pub fn cores_of_computer() -> Option<u32> {
    None
}

pub fn restrict_this_thread(_cpus: &[usize]) -> bool {
    false
}

pub fn is_ignored(_signal: i32) -> bool {
    false
}

pub fn thread_number() -> Option<u32> {
    None
}

pub fn thread_usage() -> Option<ThreadUsage> {
    None
}

pub fn cpu_of_process(_pid: u32) -> Option<Nanos> {
    None
}

/// Only the peak of the process's whole life is told.
pub fn forget_peak_memory() -> bool {
    false
}

pub fn memory_bytes() -> Option<u64> {
    None
}

pub fn memory_available_bytes() -> Option<u64> {
    None
}

pub fn machine_busy() -> Option<MachineBusy> {
    None
}

pub fn cpu_name() -> Option<String> {
    None
}

/// There are none: nothing is ever opened.
pub enum SwitchRecords {}

impl SwitchRecords {
    /// # Errors
    /// Always.
    pub fn open(_cpus: &[usize]) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn drain(&mut self, _take: impl FnMut(CoreSwitch)) {
        match *self {}
    }

    pub fn lost(&self) -> u64 {
        match *self {}
    }

    /// # Errors
    /// Never.
    pub fn tell_when_half_full(&self, _registry: &mio::Registry, _token: mio::Token) -> io::Result<()> {
        match *self {}
    }
}
