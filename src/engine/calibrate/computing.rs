//! What computing costs beside itself, in steps so short that no CPU clock is read in them.

use super::Bounds;
use super::sharing::alone;
use crate::clock;
use crate::simulate::costs::{Cost, interrupted};
use crate::time::{Nanos, write_duration};

/// What interrupts take from each second of a thread that does nothing but look at the counter: what it misses and its CPU
/// clock counts as its own. A hypervisor's part of each is not to be told from the system's.
pub(super) fn interrupts(bounds: Bounds<'_>) -> Vec<Nanos> {
    const SAMPLES: usize = 4;
    const LENGTH: Nanos = Nanos::from_millis(40);
    /// A look at the counter takes a twentieth of that.
    const MISSED: Nanos = Nanos::from_micros(1);
    const SECOND: i64 = Nanos::from_millis(1_000).0;
    const MICRO: i64 = Nanos::from_micros(1).0;
    bounds.samples(SAMPLES, || {
        let cpu_before = clock::thread_cpu()?;
        let begin = clock::ticks();
        let end = begin + clock::ticks_in(LENGTH);
        let (mut last, mut missed) = (begin, Nanos::ZERO);
        while last < end {
            let now = clock::ticks();
            let took = clock::ticks_between(last, now);
            if took >= MISSED {
                missed += took;
            }
            last = now;
        }
        let took = clock::ticks_between(begin, last);
        let off_core = (took - (clock::thread_cpu()? - cpu_before)).max(Nanos::ZERO);
        Some((missed - off_core).max(Nanos::ZERO) * (SECOND / MICRO) / (took.0 / MICRO).max(1))
    })
}

/// How much longer than they say a task's short steps are, without what interrupts take of them.
pub(super) fn compute_steps(bounds: Bounds<'_>) -> Vec<Nanos> {
    const RUNS: usize = 5;
    const STEPS: i64 = 5_000;
    const LENGTH: Nanos = Nanos::from_micros(2);
    let steps = format!("{{ repeat = {STEPS}, steps = [{{ cpu = \"{}\" }}] }}", write_duration(LENGTH));
    let each = LENGTH + interrupted(LENGTH, bounds.known(Cost::Interrupts).unwrap_or_default());
    let beside = |whole: Nanos| (whole / STEPS - each).max(Nanos::ZERO);
    bounds.samples(RUNS, || alone(&steps, bounds)).into_iter().map(beside).collect()
}
