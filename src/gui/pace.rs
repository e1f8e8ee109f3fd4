//! How often the window repaints while something is measured: painting takes the cores that the run is measured on,
//! so a frame that costs much (a software renderer, a million spans) is painted less often.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// At most ten frames a second.
const SHORTEST: Duration = Duration::from_millis(100);
/// Bars must still be seen to grow.
const LONGEST: Duration = Duration::from_millis(500);
/// Painting may take this share of one core.
const SHARE: f64 = 0.05;

/// Shared with the threads that wake the window.
#[derive(Clone, Debug)]
pub struct Pace(Arc<AtomicU64>);

impl Default for Pace {
    fn default() -> Self {
        let pace = Pace(Arc::default());
        pace.follow(None);
        pace
    }
}

impl Pace {
    /// Takes the last frame's CPU time, in seconds, into account.
    pub fn follow(&self, frame_s: Option<f32>) {
        let wanted = Duration::from_secs_f64(f64::from(frame_s.unwrap_or(0.0).clamp(0.0, 10.0)) / SHARE);
        let micros = wanted.clamp(SHORTEST, LONGEST).as_micros();
        self.0.store(u64::try_from(micros).expect("half a second"), Ordering::Relaxed);
    }

    /// Until the next frame while a run is measured.
    pub fn interval(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costly_frames_are_painted_less_often() {
        let check = |frame_s, millis| {
            let pace = Pace::default();
            pace.follow(frame_s);
            assert_eq!(pace.interval(), Duration::from_millis(millis), "{frame_s:?}");
        };
        check(None, 100);
        check(Some(0.001), 100);
        check(Some(0.0125), 250);
        check(Some(2.0), 500);
    }
}
