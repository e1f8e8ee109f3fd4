//! How late waits end: a thread's, and those of an event loop.

use std::time::{Duration, Instant};

use super::Bounds;
use crate::clock;
use crate::steps::cancel::Cancel;
use crate::time::Nanos;

/// The wait of a run's threads.
pub(super) fn sleeps(bounds: Bounds<'_>) -> Vec<Nanos> {
    const SAMPLES: usize = 8;
    /// As most waits are: behind a shorter one, the core has not gone to sleep as deeply yet.
    const LENGTH: Nanos = Nanos::from_millis(20);
    let cancel = Cancel::default();
    bounds.samples(SAMPLES, || {
        let due = clock::ticks() + clock::ticks_in(LENGTH);
        cancel.sleep_until(due).ok()?;
        Some(clock::ticks_between(due, clock::ticks()))
    })
}

/// The wait of a run's futures. One follows the other, as they do in a task: where the runtime counts in ticks, each
/// begins right behind one.
pub(super) fn loop_sleeps(bounds: Bounds<'_>) -> Vec<Nanos> {
    const SAMPLES: usize = 25;
    const LENGTH: Duration = Duration::from_millis(3);
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else { return Vec::new() };
    runtime.block_on(async {
        let mut samples = Vec::with_capacity(SAMPLES);
        while samples.len() < SAMPLES && !bounds.are_reached() {
            let due = Instant::now() + LENGTH;
            tokio::time::sleep_until(due.into()).await;
            samples.push(Nanos::from_secs_f64(due.elapsed().as_secs_f64()));
        }
        samples
    })
}
