//! How late a wait ends, by its length: a core that has nothing to do sleeps the deeper the longer it sleeps, and who is
//! woken by a timer has to wait for it.

use super::costs::{Cost, Costs};
use crate::time::Nanos;

/// Up to here a core that waits sleeps lightly, and from there on as deeply as it ever does. In between it falls asleep
/// by the logarithm of time: of waits from 0.1 to 50 ms, all up to 2 ms were late alike, and those of 3, 5 and 10 ms by 23,
/// 38 and 72 % of what one of 20 ms was late beyond that.
const LIGHT: Nanos = Nanos::from_millis(2);
const DEEP: Nanos = Nanos::from_millis(20);

impl Costs {
    /// How late a thread goes on that has slept so long.
    pub(super) fn sleep_lateness(&self, wait: Nanos) -> Nanos {
        let long = self.get(Cost::SleepOvershoot);
        let short = self.get(Cost::ShortSleepOvershoot).min(long);
        if short == long || wait >= DEEP {
            return long;
        }
        let octaves = |time: Nanos| libm::log2(time.secs() / LIGHT.secs());
        let depth = if wait <= LIGHT { 0.0 } else { octaves(wait) / octaves(DEEP) };
        short + Nanos::from_secs_f64((long - short).secs() * depth)
    }

    /// How much longer than one that sleeps lightly a core takes to wake up that has slept so long. Who wakes it makes no
    /// difference: on the computer where the waits were measured, notified threads were late by as much more as timers.
    pub(super) fn depth_of_sleep(&self, asleep: Nanos) -> Nanos {
        self.sleep_lateness(asleep) - self.sleep_lateness(Nanos::ZERO)
    }

    /// How late a timer of an event loop fires: for what its core is less asleep than after a long wait, it is sooner.
    pub(super) fn timer_lateness(&self, wait: Nanos) -> Nanos {
        let sooner = self.get(Cost::SleepOvershoot) - self.sleep_lateness(wait);
        (self.get(Cost::LoopOvershoot) - sooner).max(Nanos::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::Language;
    use crate::scenario::Machine;

    fn costs(short: i64, long: i64, timer: i64) -> Costs {
        let named = [("short_sleep_overshoot", short), ("sleep_overshoot", long), ("loop_overshoot", timer)];
        let costs: BTreeMap<_, _> = named.into_iter().map(|(id, micros)| (id, Nanos::from_micros(micros))).collect();
        Costs::of(Language::Rust, None, &Machine { costs, ..Machine::default() })
    }

    #[test]
    fn the_longer_a_wait_the_later_it_ends() {
        let costs = costs(60, 160, 1_000);
        let check = |wait: Nanos, thread: i64, timer: i64| {
            let late = [costs.sleep_lateness(wait), costs.timer_lateness(wait)].map(|late| late.0 / 1_000);
            assert_eq!(late, [thread, timer], "after {wait}");
        };
        check(Nanos::ZERO, 60, 900);
        check(Nanos::from_micros(300), 60, 900);
        check(Nanos::from_millis(2), 60, 900);
        check(Nanos::from_millis(5), 99, 939);
        check(Nanos::from_millis(10), 129, 969);
        check(Nanos::from_millis(20), 160, 1_000);
        check(Nanos::from_millis(3_000), 160, 1_000);
    }

    #[test]
    fn no_short_wait_is_later_than_a_long_one_and_nobody_is_too_early() {
        let wait = Nanos::from_micros(300);
        assert_eq!(costs(200, 160, 1_000).sleep_lateness(wait), Nanos::from_micros(160));
        assert_eq!(costs(60, 160, 30).timer_lateness(wait), Nanos::ZERO);
        let ideal = Costs::of(Language::Rust, None, &Machine { ideal: true, ..Machine::default() });
        assert_eq!([ideal.sleep_lateness(wait), ideal.timer_lateness(wait)], [Nanos::ZERO; 2]);
    }
}
