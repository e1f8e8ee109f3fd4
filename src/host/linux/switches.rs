//! The kernel's records of every context switch of our own threads: a perf software event on each core, with a ring
//! that the kernel writes and the collector reads. Allowed without privileges where `perf_event_paranoid` is at most 2.
//!
//! Invariant: an event is inherited by threads and processes that are made *after* it was opened, by the thread that
//! opened it or by those it made. So whoever makes the run's workers opens it first.

use std::io;
use std::os::fd::AsRawFd;

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use perf_event::events::Software;
use perf_event::{Builder, Clock, SampleFlag, Sampler};

use crate::host::{CoreChange, CoreSwitch};
use crate::time::Nanos;

/// Sizes of a core's ring, the largest that the system grants (`perf_event_mlock_kb`): 256 KiB hold 8,192 records, and half
/// of them is more than a core writes while the collector wakes up.
/// What finds no room is counted.
const RING_BYTES: [usize; 5] = [256 << 10, 128 << 10, 64 << 10, 32 << 10, 16 << 10];

/// Types of records, and bits of their `misc`, from `linux/perf_event.h`.
const RECORD_LOST: u32 = 2;
const RECORD_SWITCH: u32 = 14;
const MISC_OUT: u16 = 0x2000;
const MISC_OUT_PREEMPTED: u16 = 0x4000;

/// The open rings, one for each core.
pub struct SwitchRecords {
    rings: Vec<Sampler>,
    lost: u64,
}

impl SwitchRecords {
    /// Begins to record the switches of this thread, and of all it makes from now on, on these cores.
    ///
    /// # Errors
    /// When the kernel refuses: it is told not to, or has no such records.
    pub fn open(cpus: &[usize]) -> io::Result<Self> {
        let rings = |bytes: usize| cpus.iter().map(|cpu| ring(*cpu, bytes)).collect::<io::Result<Vec<_>>>();
        let mut refused = io::Error::from(io::ErrorKind::Unsupported);
        for bytes in RING_BYTES {
            match rings(bytes) {
                Ok(rings) => return Ok(SwitchRecords { rings, lost: 0 }),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// Hands over what was recorded since the last time: core by core, in time order on each.
    pub fn drain(&mut self, mut take: impl FnMut(CoreSwitch)) {
        for ring in &mut self.rings {
            while let Some(record) = ring.next_record() {
                let body = record.to_contiguous();
                match record.ty() {
                    RECORD_SWITCH => switch(record.misc(), &body).into_iter().for_each(&mut take),
                    RECORD_LOST => self.lost += bytes(&body, 8).map_or(1, u64::from_ne_bytes),
                    _ => {}
                }
            }
        }
    }

    /// Lets whoever waits there know whenever half a ring's room has been filled since the last time, which is what the kernel
    /// does unless it is told otherwise.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn tell_when_half_full(&self, registry: &Registry, token: Token) -> io::Result<()> {
        let register = |ring: &Sampler| registry.register(&mut SourceFd(&ring.as_raw_fd()), token, Interest::READABLE);
        self.rings.iter().try_for_each(register)
    }

    /// Records so far that found no room in their ring.
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

fn ring(cpu: usize, bytes: usize) -> io::Result<Sampler> {
    let mut event = Builder::new(Software::DUMMY);
    event.one_cpu(cpu).inherit(true).exclude_kernel(true).context_switch(true);
    event.sample_id_all(true).sample(SampleFlag::TID | SampleFlag::TIME | SampleFlag::CPU).clockid(Clock::MONOTONIC);
    event.enabled(true);
    event.build()?.sampled(bytes)
}

/// The body of a switch record is what was asked for of each sample: process and thread (4 bytes each), time (8), core
/// and nothing (4 each), in the byte order of this computer.
fn switch(misc: u16, body: &[u8]) -> Option<CoreSwitch> {
    let change = match (misc & MISC_OUT != 0, misc & MISC_OUT_PREEMPTED != 0) {
        (false, _) => CoreChange::On,
        (true, true) => CoreChange::Preempted,
        (true, false) => CoreChange::Waits,
    };
    Some(CoreSwitch {
        at: Nanos(i64::from_ne_bytes(bytes(body, 8)?)),
        thread: u32::from_ne_bytes(bytes(body, 4)?),
        cpu: usize::try_from(u32::from_ne_bytes(bytes(body, 16)?)).ok()?,
        change,
    })
}

/// The first `N` bytes from `at` on.
fn bytes<const N: usize>(body: &[u8], at: usize) -> Option<[u8; N]> {
    body.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(pid: u32, thread: u32, time: u64, cpu: u32) -> Vec<u8> {
        [pid.to_ne_bytes().to_vec(), thread.to_ne_bytes().to_vec(), time.to_ne_bytes().to_vec()]
            .into_iter()
            .chain([cpu.to_ne_bytes().to_vec(), vec![0; 4]])
            .flatten()
            .collect()
    }

    #[test]
    fn records_are_decoded() {
        let check = |misc: u16, change: CoreChange| {
            let expected = CoreSwitch { at: Nanos(11_000_000_123), thread: 42, cpu: 3, change };
            assert_eq!(switch(misc, &body(41, 42, 11_000_000_123, 3)), Some(expected));
        };
        check(0, CoreChange::On);
        check(MISC_OUT, CoreChange::Waits);
        check(MISC_OUT | MISC_OUT_PREEMPTED, CoreChange::Preempted);
    }

    #[test]
    fn a_short_record_is_no_switch() {
        assert_eq!(switch(0, &body(1, 2, 3, 4)[..18]), None);
        assert_eq!(switch(0, &[]), None);
    }
}
