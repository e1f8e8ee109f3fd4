//! Windows, and systems that have no file of their own: nothing is asked for, and what is not known is said to be
//! unknown. Where no clock of a thread's CPU time is fine enough, preemption is unknown, too.

use super::ThreadLimit;
use crate::time::Nanos;

pub use super::unasked::*;

pub fn thread_limit() -> ThreadLimit {
    ThreadLimit { threads: 2_000, because: "a careful guess for this system" }
}

/// Windows has no such limit, and of others none is known: who meets one nevertheless is told so when it happens.
pub fn raise_descriptor_limit() -> u64 {
    u64::MAX
}

pub fn process_cpu() -> Option<Nanos> {
    None
}

pub fn peak_memory_bytes() -> Option<u64> {
    None
}

pub fn end_with_parent(_parent: u32) -> bool {
    true
}

pub fn wait_for_hang_up(_parent: u32) -> bool {
    false
}

pub fn terminal_columns() -> Option<usize> {
    None
}

pub fn os_name() -> String {
    std::env::consts::OS.to_owned()
}
