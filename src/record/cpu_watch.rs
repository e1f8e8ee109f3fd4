//! Whether a thread was off its core, by its own CPU clock. For short steps and what lies between steps: there the clock
//! is too dear to be read each time, and a long look at the time alone does not say whether somebody else had the core
//! or the work was slow. Knows no event and no task.
//!
//! Invariant: where no clock bears it out, nothing is said to have been off the core.

use crate::clock;
use crate::time::Nanos;

/// How old a reading may become: short absences must not add up to one that is seen.
const GOOD_FOR: Nanos = Nanos::from_millis(1);

/// The thread's CPU clock as it was read last, and how long the thread has waited since.
pub struct CpuWatch {
    read: Option<Reading>,
    /// The thread waits, or will in a moment, since that tick.
    resting: Option<u64>,
    /// Ticks of waits that are over, since the reading. What the thread computes meanwhile, for the system or for nobody's
    /// task, counts against an absence: rather none than one that was not.
    rested: u64,
    /// [`GOOD_FOR`], in ticks.
    good_for: u64,
}

#[derive(Clone, Copy)]
struct Reading {
    ticks: u64,
    cpu: Nanos,
}

impl CpuWatch {
    /// Of a thread whose clock has just been read, at that tick.
    pub fn new(now: u64, cpu: Option<Nanos>) -> Self {
        let read = cpu.map(|cpu| Reading { ticks: now, cpu });
        CpuWatch { read, resting: None, rested: 0, good_for: clock::ticks_in(GOOD_FOR) }
    }

    /// The thread was on its core at `now`, a moment ago, and waits for nothing: reads the clock (260 ns) where the last
    /// reading is old.
    #[inline]
    pub fn refresh(&mut self, now: u64) {
        self.wake(now);
        if self.read.is_none_or(|read| now.saturating_sub(read.ticks) > self.good_for) {
            self.read_as_of(now);
        }
    }

    /// The moment may have been a long one: what the thread was off its core since `now` is still to be seen.
    #[cold]
    fn read_as_of(&mut self, now: u64) {
        let (before, rested) = (self.read, self.rested);
        self.read_again();
        let Some((before, read)) = before.zip(self.read) else { return };
        let late = clock::ticks_between(now, read.ticks);
        let off = off_between(before, read, rested).unwrap_or(Nanos::ZERO).min(late);
        self.read = Some(Reading { ticks: now, cpu: read.cpu - (late - off) });
    }

    /// The thread is about to wait: until it is seen again, nobody takes its core away.
    #[inline]
    pub fn rest(&mut self, now: u64) {
        self.resting.get_or_insert(now);
    }

    /// Something took long, as seen just now. How much of the time since the last reading the thread was off its core and
    /// did not wait; `None` where that cannot be known.
    #[cold]
    pub fn off_core(&mut self) -> Option<Nanos> {
        self.wake(clock::ticks());
        let (before, rested) = (self.read, self.rested);
        self.read_again();
        off_between(before?, self.read?, rested)
    }

    #[inline]
    fn wake(&mut self, now: u64) {
        if let Some(since) = self.resting.take() {
            self.rested += now.saturating_sub(since);
        }
    }

    #[cold]
    fn read_again(&mut self) {
        self.read = clock::thread_cpu().map(|cpu| Reading { ticks: clock::ticks(), cpu });
        self.rested = 0;
    }
}

/// `None`: not at all.
fn off_between(from: Reading, to: Reading, rested: u64) -> Option<Nanos> {
    let off = clock::ticks_between(from.ticks.saturating_add(rested), to.ticks) - (to.cpu - from.cpu);
    (off > Nanos::ZERO).then_some(off)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_the_clock_did_not_count_was_off_the_core() {
        let check_rested = |wall: i64, rested: i64, cpu: i64, expected: Option<i64>| {
            let from = Reading { ticks: 1_000, cpu: Nanos(70) };
            let to = Reading { ticks: 1_000 + clock::ticks_in(Nanos(wall)), cpu: Nanos(70 + cpu) };
            let off = off_between(from, to, clock::ticks_in(Nanos(rested)));
            // Ticks are rounded.
            assert!(
                off.zip(expected)
                    .map_or(off.is_none() && expected.is_none(), |(off, expected)| (off.0 - expected).abs() <= 1)
            );
        };
        let check = |wall: i64, cpu: i64, expected: Option<i64>| check_rested(wall, 0, cpu, expected);
        check(5_000_000, 1_000_000, Some(4_000_000));
        check_rested(5_000_000, 3_000_000, 1_000_000, Some(1_000_000));
        check_rested(5_000_000, 4_000_000, 1_500_000, None);
        check(5_000_000, 5_000_000, None);
        // The work was slow, or clocks disagree a little.
        check(5_000_000, 5_000_400, None);
    }

    #[test]
    fn a_wait_is_no_absence() {
        let mut watch = CpuWatch::new(clock::ticks(), None);
        assert_eq!(watch.off_core(), None, "never read");
        watch.refresh(clock::ticks());
        watch.rest(clock::ticks());
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert_eq!(watch.off_core(), None, "it waited, nobody took its core");
    }

    /// Asleep is off the core, too: who does not say that it waits is taken at the clock's word.
    #[cfg(unix)]
    #[test]
    fn an_absence_is_measured_by_the_clock() {
        let mut watch = CpuWatch::new(clock::ticks(), None);
        watch.refresh(clock::ticks());
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(watch.off_core().unwrap() > Nanos::from_millis(1));
    }

    /// A busy computer may take the core just before the clock is read again. What was before is over and done with.
    #[cfg(unix)]
    #[test]
    fn an_absence_right_before_the_reading_is_seen_and_none_before_that() {
        let asleep = || std::thread::sleep(std::time::Duration::from_millis(3));
        let mut watch = CpuWatch::new(clock::ticks(), clock::thread_cpu());
        asleep();
        let seen = clock::ticks();
        asleep();
        watch.refresh(seen);
        let off = watch.off_core().unwrap();
        let since = clock::ticks_between(seen, clock::ticks());
        assert!(off > Nanos::from_millis(2) && off <= since, "{off} of {since}");
    }
}
