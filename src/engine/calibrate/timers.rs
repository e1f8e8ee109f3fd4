//! How late waits end: a thread's, and those of an event loop.

use std::time::Instant;

use super::Bounds;
use crate::clock;
use crate::steps::cancel::Cancel;
use crate::time::Nanos;

/// The wait of a run's threads, as most waits are: so long that the core is fast asleep.
pub(super) fn sleeps(bounds: Bounds<'_>) -> Vec<Nanos> {
    sleep(8, LONG, bounds)
}

/// One behind which the core has hardly gone to sleep yet.
pub(super) fn short_sleeps(bounds: Bounds<'_>) -> Vec<Nanos> {
    sleep(25, Nanos::from_millis(1), bounds)
}

const LONG: Nanos = Nanos::from_millis(20);

fn sleep(times: usize, length: Nanos, bounds: Bounds<'_>) -> Vec<Nanos> {
    let cancel = Cancel::default();
    bounds.samples(times, || {
        let due = clock::ticks() + clock::ticks_in(length);
        cancel.sleep_until(due).ok()?;
        Some(clock::ticks_between(due, clock::ticks()))
    })
}

/// The wait of a run's futures. One follows the other, as they do in a task: where the runtime counts in ticks, each
/// begins right behind one.
pub(super) fn loop_sleeps(bounds: Bounds<'_>) -> Vec<Nanos> {
    const SAMPLES: usize = 8;
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else { return Vec::new() };
    runtime.block_on(async {
        let mut samples = Vec::with_capacity(SAMPLES);
        while samples.len() < SAMPLES && !bounds.are_reached() {
            let due = Instant::now() + LONG.to_std();
            tokio::time::sleep_until(due.into()).await;
            samples.push(Nanos::from_secs_f64(due.elapsed().as_secs_f64()));
        }
        samples
    })
}
