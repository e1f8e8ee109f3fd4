//! The axis that runs are drawn on: the visible range, its mapping to pixels, and where the labeled ticks go. It counts
//! time, or, where nothing but explored orders is drawn, steps.
//!
//! The window and the exporters both lay their pictures out on an [`Axis`]; it knows neither of them, nor what is
//! drawn on it.

use crate::explore::run::{STEP, step_at, steps_of};
use crate::lang::{Lang, Text};
use crate::time::Nanos;
use crate::trace::Run;

/// Nothing is zoomed further in than this, in nanoseconds: clocks tell no more apart.
const RANGE_MIN: f64 = 100.0;
/// Nothing is zoomed further out, in nanoseconds: 30 years.
const RANGE_MAX: f64 = 1e18;
/// What one character of a tick's label takes at most, in pixels, and the air between two labels.
const LABEL_CHAR: f64 = 7.0;
const LABEL_GAP: f64 = 18.0;
/// Grid lines stand no closer than this, in pixels.
const TICK_GAP_MIN: f64 = 56.0;

/// What an axis counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    #[default]
    Time,
    /// Steps of explored orders, each as long as [`STEP`] is drawn. The longest has so many: who waits for ever is drawn
    /// to wait beyond.
    Steps { count: i64 },
}

/// The visible range and the width it is drawn on. `f64` nanoseconds, so that zooming is smooth below 1 ns; pixels are
/// counted from the left edge of the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    pub from: f64,
    pub to: f64,
    pub width: f32,
    pub scale: Scale,
}

/// A labeled grid line.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub x: f32,
    number: String,
    /// The first one names it.
    unit: Option<Text>,
}

/// The one unit that all labels of an axis are in.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Unit {
    one: Text,
    many: Text,
    /// Nanoseconds.
    size: f64,
}

impl Unit {
    const fn of_time(sign: &'static str, size: f64) -> Self {
        let name = Text::new(sign, sign);
        Unit { one: name, many: name, size }
    }
}

const UNITS: [Unit; 3] = [Unit::of_time("ns", 1.0), Unit::of_time("µs", 1e3), Unit::of_time("ms", 1e6)];
const SECONDS: Unit = Unit::of_time("s", 1e9);
const STEPS: Unit = Unit { one: Text::new("step", "passo"), many: Text::new("steps", "passos"), size: nanos(STEP) };
const STEP_NUMBER: Text = Text::new("step {}", "passo {}");

impl Scale {
    /// Steps where each of `runs` shows an order and nothing else. Beside times an order's steps are as long as they are
    /// drawn.
    pub fn of<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Self {
        let steps = |run: &Run| run.shows_order_only().then(|| steps_of(run));
        let counts: Option<Vec<i64>> = runs.into_iter().map(steps).collect();
        let longest = counts.and_then(|counts| counts.into_iter().max());
        longest.map_or(Scale::Time, |count| Scale::Steps { count })
    }

    /// What is less cannot be looked at closer, in nanoseconds.
    const fn range_min(self) -> f64 {
        match self {
            Scale::Time => RANGE_MIN,
            Scale::Steps { .. } => STEPS.size,
        }
    }
}

impl Tick {
    pub fn label(&self, lang: Lang) -> String {
        let label = match self.unit {
            Some(unit) => format!("{} {}", self.number, unit.get(lang)),
            None => self.number.clone(),
        };
        lang.figure(label)
    }
}

/// An instant of an order with so many steps: `step 3` while the third is drawn, and when it has been done.
pub fn step_label(time: Nanos, count: i64, lang: Lang) -> String {
    STEP_NUMBER.fill(lang, &[&step_at(time).min(count)])
}

impl Axis {
    /// From t = 0 to `longest`.
    pub fn fit(longest: Nanos, width: f32) -> Self {
        Axis::between(0.0, nanos(longest).clamp(RANGE_MIN, RANGE_MAX), width.max(1.0))
    }

    /// Of time, in nanoseconds.
    pub fn between(from: f64, to: f64, width: f32) -> Self {
        Axis { from, to, width, scale: Scale::Time }
    }

    /// The same range, with labels that count that.
    #[must_use]
    pub fn counting(self, scale: Scale) -> Self {
        Axis { scale, ..self }
    }

    #[expect(clippy::cast_possible_truncation, reason = "pixels")]
    pub fn x(&self, time: Nanos) -> f32 {
        self.x_exact(time) as f32
    }

    /// As [`Axis::x`], for sums over many marks that must not gather rounding errors.
    pub fn x_exact(&self, time: Nanos) -> f64 {
        (nanos(time) - self.from) / (self.to - self.from) * f64::from(self.width)
    }

    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    pub fn time(&self, x: f32) -> Nanos {
        Nanos((self.from + f64::from(x) / f64::from(self.width) * (self.to - self.from)).round() as i64)
    }

    pub fn nanos_per_pixel(&self) -> f64 {
        (self.to - self.from) / f64::from(self.width)
    }

    /// Zooms in (`factor` above 1) or out; what is under `x` stays under it.
    #[must_use]
    pub fn zoom_at(self, x: f32, factor: f64) -> Self {
        let share = f64::from(x) / f64::from(self.width);
        let old = self.to - self.from;
        let new = (old / factor).clamp(self.scale.range_min(), RANGE_MAX);
        let from = self.from + share * (old - new);
        Axis { from, to: from + new, ..self }
    }

    /// Moves the picture by `dx` pixels: to the right when positive, so that earlier times come in.
    #[must_use]
    pub fn pan(self, dx: f32) -> Self {
        let shift = f64::from(dx) * self.nanos_per_pixel();
        Axis { from: self.from - shift, to: self.to - shift, ..self }
    }

    /// The nearest range that still shows something of 0 to `longest`: at most four times as wide, at most a quarter of
    /// it before 0, and never so far aside that less than a tenth of the picture is inside.
    #[must_use]
    pub fn bounded(self, longest: Nanos) -> Self {
        let least = self.scale.range_min();
        let longest = nanos(longest).max(least);
        let range = (self.to - self.from).clamp(least, longest * 4.0);
        let low = -0.25 * range;
        let high = (longest - 0.1 * range).max(low);
        let from = self.from.clamp(low, high);
        Axis { from, to: from + range, ..self }
    }

    /// Grid lines at distances of 1, 2 or 5 times a power of ten, as close as their labels allow. The first one names the
    /// unit, which is the same for all: `0 ms`, `200`, `400`. Of a step there are no parts.
    pub fn ticks(&self) -> Vec<Tick> {
        let unit = self.unit();
        let step = self.step(unit);
        let decimals = decimals(step / unit.size);
        let per_pixel = self.nanos_per_pixel();
        let (from, to) = match self.scale {
            Scale::Time => (self.from, self.to),
            // There is none before the first, nor beyond the last.
            Scale::Steps { count } => (self.from.max(0.0), self.to.min(nanos(STEP * count))),
        };
        let first = (from / step).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates; ticks stand pixels apart"
        )]
        let count = ((to / step).floor() - first + 1.0) as u32;
        (0..count)
            .map(|at| {
                let time = (first + f64::from(at)) * step;
                #[expect(clippy::cast_possible_truncation, reason = "pixels")]
                let x = ((time - self.from) / per_pixel) as f32;
                // Adding zero turns -0 into 0.
                let number = format!("{:.decimals$}", time / unit.size + 0.0);
                let unit = if number == "1" { unit.one } else { unit.many };
                Tick { x, number, unit: (at == 0).then_some(unit) }
            })
            .collect()
    }

    /// An instant as this axis can resolve it, in its unit: `268 ms`; or the step that is done by then or under way.
    pub fn label(&self, time: Nanos, lang: Lang) -> String {
        if let Scale::Steps { count } = self.scale {
            return step_label(time, count, lang);
        }
        let unit = self.unit();
        let decimals = decimals(self.nanos_per_pixel() / unit.size);
        lang.figure(format!("{:.decimals$} {}", nanos(time) / unit.size, unit.many.get(lang)))
    }

    /// Of time, the largest unit in which the right end is still a number of two digits or more.
    fn unit(&self) -> Unit {
        if matches!(self.scale, Scale::Steps { .. }) {
            return STEPS;
        }
        let largest = self.to.abs().max(self.from.abs());
        UNITS.into_iter().find(|unit| largest < 10_000.0 * unit.size).unwrap_or(SECONDS)
    }

    fn step(&self, unit: Unit) -> f64 {
        let per_pixel = self.nanos_per_pixel();
        let least = if matches!(self.scale, Scale::Steps { .. }) { unit.size } else { 0.0 };
        let mut step = nice_ceil((per_pixel * TICK_GAP_MIN).max(least), &[1.0, 2.0, 5.0]);
        // Deep inside a long run labels are long (`300.000002`), so the step depends on them and they on the step.
        loop {
            let digits = decimals(step / unit.size);
            let largest = self.to.abs().max(self.from.abs()) / unit.size;
            let label = format!("{largest:.digits$}");
            let chars = f64::from(u32::try_from(label.len()).unwrap_or(u32::MAX));
            if step / per_pixel >= chars * LABEL_CHAR + LABEL_GAP {
                return step;
            }
            step = nice_ceil(step * 1.5, &[1.0, 2.0, 5.0]);
        }
    }
}

/// The end of an axis that shows a run still growing: the next rung of a ladder with ten rungs to a power of ten
/// (Renard's R10), so that the picture holds still between them.
pub fn room_for(horizon: Nanos) -> Nanos {
    const R10: [f64; 10] = [1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0];
    /// The first rung: an axis that starts at nothing would rush through a dozen rungs at once.
    const LEAST: Nanos = Nanos::from_millis(10);
    Nanos::from_secs_f64(nice_ceil(horizon.max(LEAST).secs(), &R10))
}

/// The smallest of `mantissas` times a power of ten that is at least `value`, which is positive.
fn nice_ceil(value: f64, mantissas: &[f64]) -> f64 {
    let power = libm::exp10(libm::log10(value).floor());
    let fits = |nice: &f64| *nice >= value * (1.0 - 1e-9);
    mantissas.iter().map(|mantissa| mantissa * power).find(fits).unwrap_or(10.0 * power)
}

/// How many decimals tell multiples of `step` apart.
fn decimals(step: f64) -> usize {
    let digits = (-libm::log10(step) - 1e-9).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let digits = digits.clamp(0.0, 9.0) as usize;
    digits
}

#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 ns (104 days) a rounding of 1 ns is far below a pixel")]
const fn nanos(time: Nanos) -> f64 {
    time.0 as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(from: f64, to: f64, width: f32) -> String {
        said(&Axis::between(from, to, width), Lang::En)
    }

    fn said(axis: &Axis, lang: Lang) -> String {
        axis.ticks().iter().map(|tick| tick.label(lang)).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn ticks_are_nice_and_name_the_unit_once() {
        assert_eq!(labels(0.0, 2e9, 840.0), "0 ms, 200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000");
        assert_eq!(labels(0.0, 460e6, 300.0), "0 ms, 100, 200, 300, 400");
        assert_eq!(labels(0.0, 25e9, 400.0), "0 s, 5, 10, 15, 20, 25");
        assert_eq!(labels(0.0, 3e3, 200.0), "0 ns, 1000, 2000, 3000");
        assert_eq!(labels(-50e6, 120e6, 200.0), "-50 ms, 0, 50, 100");
        assert_eq!(labels(300e6, 300.1e6, 400.0), "300.00 ms, 300.02, 300.04, 300.06, 300.08, 300.10");
    }

    #[test]
    fn an_axis_of_steps_counts_whole_ones() {
        let steps =
            |from: f64, to: f64, width: f32| Axis::between(from, to, width).counting(Scale::Steps { count: 40 });
        let check = |axis: Axis, expected: &str| assert_eq!(said(&axis, Lang::En), expected);
        check(steps(0.0, 4e6, 400.0), "0 steps, 1, 2, 3, 4");
        check(steps(0.0, 30e6, 400.0), "0 steps, 5, 10, 15, 20, 25, 30");
        check(steps(1.5e6, 3.5e6, 2000.0), "2 steps, 3");
        check(steps(0.4e6, 1.4e6, 2000.0), "1 step");
        assert_eq!(said(&steps(0.0, 2e6, 400.0), Lang::PtBr), "0 passos, 1, 2");
        let axis = steps(0.0, 4e6, 400.0);
        let plate = |micros: i64| axis.label(Nanos::from_micros(micros), Lang::En);
        assert_eq!(
            [-300, 0, 1, 2_500, 3_000, 3_001].map(plate),
            ["0", "0", "1", "3", "3", "4"].map(|n| format!("step {n}"))
        );
        assert_eq!(axis.label(STEP, Lang::PtBr), "passo 1");
        let stuck = Axis::between(-1e6, 3e6, 400.0).counting(Scale::Steps { count: 2 });
        assert_eq!(said(&stuck, Lang::En), "0 steps, 1, 2", "who waits for ever takes no step");
        assert_eq!(stuck.label(STEP * 3, Lang::En), "step 2");
        let deepest = axis.zoom_at(200.0, 1e9);
        assert!((deepest.to - deepest.from - 1e6).abs() < 1.0 && deepest.ticks().len() <= 2, "{deepest:?}");
    }

    #[test]
    fn labels_never_touch_however_deep_the_zoom() {
        for exponent in 0..16 {
            let axis = Axis::between(3e11, 3e11 + 100.0 * f64::from(1 << exponent), 700.0);
            let ticks = axis.ticks();
            for pair in ticks.windows(2).skip(1) {
                let room = pair[1].x - pair[0].x;
                assert!(room > 6.5 * f32::from(u8::try_from(pair[0].label(Lang::En).len()).unwrap()), "{pair:?}");
            }
        }
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let axis = Axis::fit(Nanos::from_millis(500), 1000.0);
        let closer = axis.zoom_at(250.0, 4.0);
        assert_eq!(closer.time(250.0), axis.time(250.0));
        assert!((closer.nanos_per_pixel() * 4.0 - axis.nanos_per_pixel()).abs() < 1e-6);
        let stuck = Axis::between(-1e6, 3e6, 400.0).counting(Scale::Steps { count: 2 });
        assert_eq!(said(&stuck, Lang::En), "0 steps, 1, 2", "who waits for ever takes no step");
        assert_eq!(stuck.label(STEP * 3, Lang::En), "step 2");
        let deepest = axis.zoom_at(250.0, 1e30);
        assert!((deepest.to - deepest.from - RANGE_MIN).abs() < 1e-6);
        assert_eq!(axis.pan(100.0).time(100.0), axis.time(0.0));
    }

    #[test]
    fn panning_and_zooming_out_never_lose_the_picture() {
        let longest = Nanos::from_millis(100);
        let axis = Axis::fit(longest, 1000.0);
        for lost in [axis.pan(1e9), axis.pan(-1e9), axis.zoom_at(0.0, 1e-9), axis.zoom_at(999.0, 1e9).pan(5e7)] {
            let found = lost.bounded(longest);
            assert!(found.x(longest) >= 99.0 && found.x(Nanos::ZERO) <= 901.0, "{found:?}");
        }
        assert_eq!(axis.bounded(longest), axis);
    }

    #[test]
    fn a_growing_axis_moves_in_rungs() {
        let check = |millis: i64, room: i64| assert_eq!(room_for(Nanos::from_millis(millis)), Nanos::from_millis(room));
        check(0, 10);
        check(10, 10);
        check(15, 16);
        check(2000, 2000);
        check(2001, 2500);
        check(9000, 10_000);
    }

    #[test]
    fn the_cursor_is_read_to_the_pixel() {
        assert_eq!(Axis::fit(Nanos::from_millis(2000), 1000.0).label(Nanos(268_400_000), Lang::En), "268 ms");
        assert_eq!(Axis::fit(Nanos::from_millis(200), 1000.0).label(Nanos(26_840_000), Lang::PtBr), "26,8 ms");
    }
}
