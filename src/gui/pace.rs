//! How often the window repaints while something is measured: painting takes the cores that the run is measured on,
//! so a frame that costs much (a software renderer, a million spans) is painted less often.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::time::Nanos;

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

/// What a frame costs the whole process, learned while nothing is measured. The window's own account of a frame leaves
/// out what is done when it is shown: all of the painting, where a library does that in threads of its own instead of a
/// graphics card.
#[derive(Debug, Default)]
pub struct FrameCost {
    /// CPU time of the process when the last frame began.
    before: Option<Nanos>,
    recent: VecDeque<Nanos>,
}

impl FrameCost {
    /// Of so many frames the cheapest counts: others had something done beside them.
    const FRAMES: usize = 8;

    /// A frame begins, and the process has taken so much CPU time by now; `None`: unknown, or something else takes
    /// much of it.
    pub fn see(&mut self, cpu: Option<Nanos>) {
        let before = std::mem::replace(&mut self.before, cpu);
        if let (Some(before), Some(cpu)) = (before, cpu) {
            if self.recent.len() == Self::FRAMES {
                self.recent.pop_front();
            }
            self.recent.push_back(cpu - before);
        }
    }

    /// In seconds.
    #[expect(clippy::cast_possible_truncation, reason = "a few milliseconds")]
    pub fn known(&self) -> Option<f32> {
        self.recent.iter().min().map(|cost| cost.secs() as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_else_is_done_is_no_cost_of_a_frame() {
        let mut cost = FrameCost::default();
        assert_eq!(cost.known(), None);
        for millis in [0, 60, 500, 560] {
            cost.see(Some(Nanos::from_millis(millis)));
        }
        assert_eq!(cost.known(), Some(0.06));
        cost.see(None);
        cost.see(Some(Nanos::from_millis(9000)));
        assert_eq!(cost.known(), Some(0.06), "a run was between these");
        for frame in 0..9 {
            cost.see(Some(Nanos::from_millis(9000 + 70 * frame)));
        }
        assert_eq!(cost.known(), Some(0.07), "what was long ago counts no more");
    }

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
