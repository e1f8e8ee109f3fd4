//! Random draws that belong to a task, not to a run: keyed by (seed, group, index, step), so that a task costs the
//! same under every model, engine and machine.
//!
//! Generator: `SplitMix64` (Steele, Lea, Flood 2014). Transcendentals come from `libm`, whose results are the same
//! on every platform.

use super::check::DURATION_MAX;
use super::{Arrive, Group, Spread};
use crate::time::Nanos;

/// What a draw belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub seed: u64,
    pub group: u32,
    pub index: u32,
    /// Which draw of the task: steps count from 0 in the order they are done.
    pub step: u64,
}

/// The draw number of arrival gaps; no task reaches so many steps.
const ARRIVAL: u64 = u64::MAX;

/// The generator itself, for whoever else has to draw the same on every computer.
#[derive(Debug)]
pub struct SplitMix(pub u64);

impl SplitMix {
    fn new(key: Key) -> Self {
        let mut state = SplitMix(key.seed);
        for word in [u64::from(key.group), u64::from(key.index), key.step] {
            state.0 = state.next() ^ word.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
        state
    }

    #[expect(clippy::should_implement_trait, reason = "an endless sequence has no `None` to handle")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in (0, 1]: never 0, so that its logarithm exists.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }
}

/// The duration that this step of this task has: at most [`DURATION_MAX`], as any other, however heavy the tail.
pub fn duration(spread: &Spread, key: Key) -> Nanos {
    if let Spread::Fixed(time) = spread {
        return *time;
    }
    let mut random = SplitMix::new(key);
    let unit = random.unit();
    let drawn = match *spread {
        Spread::Fixed(time) => time,
        Spread::Uniform(low, high) => low + Nanos::from_secs_f64((high - low).secs() * unit),
        Spread::Exponential(mean) => Nanos::from_secs_f64(-mean.secs() * libm::log(unit)),
        // Box and Muller 1958, one of the pair.
        Spread::Normal(mean, deviation) => {
            let angle = std::f64::consts::TAU * random.unit();
            let normal = libm::sqrt(-2.0 * libm::log(unit)) * libm::cos(angle);
            (mean + Nanos::from_secs_f64(deviation.secs() * normal)).max(Nanos::ZERO)
        }
        // Inverse of the survival function (scale / x)^shape.
        Spread::Pareto(scale, shape) => Nanos::from_secs_f64(scale.secs() * libm::pow(unit, -1.0 / shape)),
    };
    drawn.min(DURATION_MAX)
}

/// No draw is less.
pub fn least(spread: &Spread) -> Nanos {
    match *spread {
        Spread::Fixed(least) | Spread::Uniform(least, _) | Spread::Pareto(least, _) => least,
        Spread::Exponential(_) | Spread::Normal(..) => Nanos::ZERO,
    }
}

/// The mean of what is drawn; that of a Pareto whose shape gives it none is its scale.
pub fn mean(spread: &Spread) -> Nanos {
    match *spread {
        Spread::Fixed(mean) | Spread::Exponential(mean) | Spread::Normal(mean, _) => mean,
        Spread::Uniform(low, high) => low + Nanos((high - low).0 / 2),
        Spread::Pareto(scale, shape) if shape > 1.0 => Nanos::from_secs_f64(scale.secs() * shape / (shape - 1.0)),
        Spread::Pareto(scale, _) => scale,
    }
}

/// When each task of the group arrives, in task order.
pub fn arrivals(group: &Group, group_index: u32, seed: u64) -> Vec<Nanos> {
    let mut arrivals = Arrivals::new(group.arrive, group_index, seed);
    (0..group.count).map(|_| arrivals.next()).collect()
}

/// The arrivals of a group's tasks, one after the other, for ever: the group knows how many it has.
#[derive(Clone, Copy, Debug)]
pub struct Arrivals {
    arrive: Arrive,
    seed: u64,
    group: u32,
    index: u32,
    at: Nanos,
}

impl Arrivals {
    pub fn new(arrive: Arrive, group: u32, seed: u64) -> Self {
        Arrivals { arrive, seed, group, index: 0, at: Nanos::ZERO }
    }

    /// The next task's own arrival; never earlier than the one before, nor later than [`DURATION_MAX`].
    #[expect(clippy::should_implement_trait, reason = "an endless sequence has no `None` to handle")]
    pub fn next(&mut self) -> Nanos {
        let Arrivals { seed, group, index, .. } = *self;
        self.index += 1;
        match self.arrive {
            Arrive::At(instant) => instant,
            Arrive::Every(gap) => gap * i64::from(index),
            Arrive::Rate(per_second) => {
                let mean = Spread::Exponential(Nanos::from_secs_f64(1.0 / per_second));
                self.at += duration(&mean, Key { seed, group, index, step: ARRIVAL });
                self.at = self.at.min(DURATION_MAX);
                self.at
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Nanos = Nanos::from_millis(1);

    fn mean_millis(spread: Spread) -> f64 {
        let draws = 20_000;
        let total: Nanos = (0..draws).map(|index| duration(&spread, Key { seed: 7, group: 0, index, step: 0 })).sum();
        total.millis() / f64::from(draws)
    }

    #[test]
    fn means_are_those_of_the_distributions() {
        let check = |spread, expected: f64| {
            let mean = mean_millis(spread);
            assert!((mean / expected - 1.0).abs() < 0.03, "{spread:?}: {mean} instead of {expected}");
            assert!((super::mean(&spread).millis() / expected - 1.0).abs() < 1e-6, "{spread:?}");
        };
        check(Spread::Uniform(MS * 200, MS * 600), 400.0);
        check(Spread::Exponential(MS * 10), 10.0);
        check(Spread::Normal(MS * 10, MS * 2), 10.0);
        // The mean of a Pareto is scale × shape / (shape − 1).
        check(Spread::Pareto(MS * 10, 4.0), 40.0 / 3.0);
    }

    #[test]
    fn a_draw_depends_on_its_key_alone() {
        let key = Key { seed: 1, group: 2, index: 3, step: 4 };
        let spread = Spread::Uniform(Nanos::ZERO, Nanos::from_millis(1_000));
        assert_eq!(duration(&spread, key), duration(&spread, key));
        for other in [Key { seed: 2, ..key }, Key { group: 1, ..key }, Key { index: 1, ..key }, Key { step: 1, ..key }]
        {
            assert_ne!(duration(&spread, key), duration(&spread, other), "{other:?}");
        }
    }

    #[test]
    fn no_draw_is_less_than_the_least_nor_longer_than_any_duration() {
        let mut longest = Nanos::ZERO;
        for spread in [
            Spread::Fixed(MS),
            Spread::Uniform(MS * 200, MS * 600),
            Spread::Exponential(DURATION_MAX),
            Spread::Normal(DURATION_MAX, DURATION_MAX),
            Spread::Pareto(MS * 10, 0.5),
            Spread::Pareto(DURATION_MAX, 0.5),
        ] {
            for index in 0..20_000 {
                let drawn = duration(&spread, Key { seed: 7, group: 0, index, step: 0 });
                assert!((least(&spread)..=DURATION_MAX).contains(&drawn), "{spread:?}: {drawn}");
                longest = longest.max(drawn);
            }
        }
        assert_eq!(longest, DURATION_MAX);
        let mut arrivals = Arrivals::new(Arrive::Rate(1e-10), 0, 7);
        assert!((0..100).all(|_| arrivals.next() <= DURATION_MAX));
    }
}
