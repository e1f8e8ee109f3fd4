//! The one clock: raw ticks, the kernel's clocks, and the anchors that map one to the other. Effects live here, not in
//! `time.rs`, so that the pure rooms stay able to build for a browser.

use std::cell::Cell;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::time::Nanos;

/// The raw tick counter of this computer (the invariant TSC where there is one), ~10 ns a read.
///
/// The counter drifts against `CLOCK_MONOTONIC`, so a run maps its ticks by [`Anchor`]s taken at its two ends.
#[inline]
pub fn ticks() -> u64 {
    counter().raw()
}

/// Nanoseconds from one tick reading to another, by the counter's calibrated rate; negative when reversed.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "hours are far below 2^53 nanoseconds")]
pub fn ticks_between(from: u64, to: u64) -> Nanos {
    let nanos = |ticks: u64| (ticks as f64 * nanos_per_tick() + 0.5) as i64;
    if to >= from { Nanos(nanos(to - from)) } else { Nanos(-nanos(from - to)) }
}

/// How many ticks that duration is, by the counter's calibrated rate; negative counts as zero.
#[inline]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded")]
pub fn ticks_in(duration: Nanos) -> u64 {
    (duration.0.max(0) as f64 * rate().ticks_per_nano + 0.5) as u64
}

/// The counter's rate, either way round: a division takes longer than all the rest of a conversion.
#[derive(Clone, Copy)]
struct Rate {
    nanos_per_tick: f64,
    ticks_per_nano: f64,
}

impl Rate {
    fn of(nanos_per_tick: f64) -> Self {
        Rate { nanos_per_tick, ticks_per_nano: 1.0 / nanos_per_tick }
    }
}

static RATE: OnceLock<Rate> = OnceLock::new();

/// How long the counter is compared with the kernel's clock. Anchors are good to ~50 ns, so the rate is to 10^-5; the
/// counter's own library stops earlier, and on a busy computer some tenths of a percent off.
const COMPARED: Duration = Duration::from_millis(10);

/// The counter's rate, measured at the first call, which takes 10 ms.
#[inline]
pub fn nanos_per_tick() -> f64 {
    rate().nanos_per_tick
}

#[inline]
fn rate() -> Rate {
    *RATE.get_or_init(|| {
        let first = Anchor::take();
        thread::sleep(COMPARED);
        let second = Anchor::take();
        Rate::of((second.monotonic - first.monotonic).0 as f64 / (second.ticks - first.ticks) as f64)
    })
}

/// Believes another process's rate of the same counter: a duration must be the same in all processes of a run, and
/// measuring takes its time. To be called before anything is timed; the first word counts.
pub fn adopt_rate(nanos_per_tick: f64) {
    RATE.get_or_init(|| Rate::of(nanos_per_tick));
}

/// The same instant on the counter and on the standard library's clock.
#[derive(Clone, Copy)]
struct Pair {
    ticks: u64,
    instant: Instant,
    /// Until then the counter's rate is off by less than 100 ns.
    good_until: u64,
}

/// See [`Pair::good_until`].
const PAIR_GOOD_FOR: Nanos = Nanos::from_millis(10);
/// Readings of a pair that were further apart were interrupted.
const PAIR_WIDTH: Nanos = Nanos::from_micros(1);

/// The standard library's instant `after` the tick `now`, which this thread has just read. Costs a third of asking that
/// clock, since it is asked only now and then.
pub fn instant_after(now: u64, after: Nanos) -> Instant {
    thread_local! {
        static PAIR: Cell<Option<Pair>> = const { Cell::new(None) };
    }
    let pair = PAIR.get().filter(|pair| (pair.ticks..pair.good_until).contains(&now)).unwrap_or_else(|| {
        let pair = Pair::read();
        PAIR.set(Some(pair));
        pair
    });
    match ticks_between(pair.ticks, now) + after {
        ahead if ahead >= Nanos::ZERO => pair.instant + ahead.to_std(),
        // The tick was read before the pair.
        behind => pair.instant.checked_sub((-behind).to_std()).unwrap_or(pair.instant),
    }
}

impl Pair {
    /// Keeps the tightest of a few, the first that was not interrupted.
    fn read() -> Self {
        let mut best: Option<(u64, u64, Instant)> = None;
        for _ in 0..4 {
            let (before, instant) = (ticks(), Instant::now());
            let width = ticks().saturating_sub(before);
            if best.is_none_or(|(least, ..)| width < least) {
                best = Some((width, before + width / 2, instant));
            }
            if width < ticks_in(PAIR_WIDTH) {
                break;
            }
        }
        let (_, ticks, instant) = best.expect("four pairs");
        Pair { ticks, instant, good_until: ticks + ticks_in(PAIR_GOOD_FOR) }
    }
}

fn counter() -> &'static quanta::Clock {
    static COUNTER: OnceLock<quanta::Clock> = OnceLock::new();
    COUNTER.get_or_init(quanta::Clock::new)
}

/// The same instant on the tick counter and on the kernel's monotonic clock.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Anchor {
    pub ticks: u64,
    pub monotonic: Nanos,
}

impl Anchor {
    /// Brackets a monotonic read between two tick reads a few times and keeps the tightest, which bounds the error
    /// by half its width (some tens of nanoseconds).
    pub fn take() -> Self {
        let bracket = |_| {
            let before = ticks();
            let monotonic = monotonic_now();
            let after = ticks();
            (after - before, Anchor { ticks: before + (after - before) / 2, monotonic })
        };
        (0..8).map(bracket).min_by_key(|(width, _)| *width).expect("eight brackets").1
    }
}

impl Anchor {
    /// How many ticks this counter is ahead of the one that `other` was taken on, in another process or here.
    pub fn ahead_of(self, other: Anchor) -> i64 {
        let since = other.monotonic - self.monotonic;
        let span = i64::try_from(ticks_in(Nanos(since.0.abs()))).unwrap_or(i64::MAX) * since.0.signum();
        self.ticks.wrapping_add_signed(span).wrapping_sub(other.ticks).cast_signed()
    }
}

/// `CLOCK_MONOTONIC`, the clock every process of this computer shares; elsewhere the time since the first call.
pub fn monotonic_now() -> Nanos {
    kernel::monotonic_now()
}

/// User + system time this thread has had on a core, by the kernel's account (~260 ns a read). `None` where the system
/// counts it in ticks too coarse to be compared with anything.
pub fn thread_cpu() -> Option<Nanos> {
    kernel::thread_cpu()
}

/// What a read of [`thread_cpu`] takes at the least, measured at the first call, which takes some microseconds; nothing
/// where there is no such clock.
pub fn thread_cpu_read() -> Nanos {
    static READ: OnceLock<Nanos> = OnceLock::new();
    let read = || {
        let begin = ticks();
        thread_cpu().map(|_| ticks_between(begin, ticks()))
    };
    *READ.get_or_init(|| (0..20).filter_map(|_| read()).min().unwrap_or(Nanos::ZERO))
}

/// As [`thread_cpu`], where it always is known.
#[cfg(unix)]
pub fn thread_cpu_now() -> Nanos {
    kernel::of(rustix::time::ClockId::ThreadCPUTime)
}

#[cfg(unix)]
mod kernel {
    use rustix::time::{ClockId, clock_gettime};

    use crate::time::Nanos;

    pub fn of(clock: ClockId) -> Nanos {
        let now = clock_gettime(clock);
        Nanos(now.tv_sec * 1_000_000_000 + now.tv_nsec)
    }

    pub fn monotonic_now() -> Nanos {
        of(ClockId::Monotonic)
    }

    #[expect(clippy::unnecessary_wraps, reason = "other systems cannot tell")]
    pub fn thread_cpu() -> Option<Nanos> {
        Some(of(ClockId::ThreadCPUTime))
    }
}

#[cfg(not(unix))]
mod kernel {
    use std::sync::OnceLock;
    use std::time::Instant;

    use crate::time::Nanos;

    pub fn monotonic_now() -> Nanos {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        let since = FIRST.get_or_init(Instant::now).elapsed();
        Nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    }

    pub fn thread_cpu() -> Option<Nanos> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is between the reading of the two clocks here makes the instant seem early, never late.
    #[test]
    fn an_instant_after_a_tick_is_that_of_the_standard_library() {
        let after = Nanos::from_millis(5);
        let errors = (0..1_000).map(|_| {
            let before = Instant::now();
            let said = instant_after(ticks(), after);
            let latest = Instant::now() + after.to_std();
            // What a rate that was measured on a busy computer is off.
            let slack = Duration::from_micros(20);
            assert!(said + slack >= before + after.to_std() && said <= latest + slack);
            latest.saturating_duration_since(said)
        });
        assert!(errors.min().unwrap() < Duration::from_micros(100));
    }

    #[test]
    fn ticks_follow_the_monotonic_clock() {
        let (first, mut second) = (Anchor::take(), Anchor::take());
        while second.monotonic - first.monotonic < Nanos::from_millis(5) {
            second = Anchor::take();
        }
        let ratio = ticks_between(first.ticks, second.ticks).secs() / (second.monotonic - first.monotonic).secs();
        assert!((ratio - 1.0).abs() < 0.01, "{ratio}");
    }
}
