//! macOS: what POSIX offers. Its clock of a thread's CPU time is exact, so that preemption is seen by comparing clocks.

use std::io;

use nix::sys::resource::{UsageWho, getrusage};
use rustix::event::Timespec;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::ThreadLimit;
use super::unix::{is_parent, wait_for_hang_up_of};

pub use super::unasked::*;
pub use super::unix::{process_cpu, terminal_columns};

/// More than the system itself lets a process open.
const DESCRIPTORS_MAX: u64 = 10_240;

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

/// In bytes here; in KiB elsewhere.
pub fn peak_memory_bytes() -> Option<u64> {
    getrusage(UsageWho::RUSAGE_SELF).ok()?.max_rss().try_into().ok()
}

/// Nothing kills it: it ends when its standard input does, or when it finds its parent gone.
pub fn end_with_parent(parent: u32) -> bool {
    is_parent(parent)
}

/// Here a hang-up is not told to everyone who waits for it, so the parent is looked for each second, too.
pub fn wait_for_hang_up(parent: u32) -> bool {
    wait_for_hang_up_of(&io::stdin(), parent, Some(Timespec { tv_sec: 1, tv_nsec: 0 }))
}

pub fn os_name() -> String {
    "macOS".to_owned()
}
