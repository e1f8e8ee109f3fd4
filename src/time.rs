//! Time as Tasklane counts it: [`Nanos`], and how people write and read durations. The clock itself is `clock.rs`.
//!
//! Everybody uses this room and it uses nobody. Inside the program time is an `i64` of nanoseconds since the
//! run's t = 0; `f64` seconds and `f32` pixels appear only where a picture is laid out.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// A duration, or an instant counted from a run's t = 0, in nanoseconds.
///
/// Arithmetic saturates: the checker bounds every scenario far inside `i64`, so saturation only ever protects a
/// picture from a wrap-around, it never hides a wrong result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nanos(pub i64);

impl Nanos {
    pub const ZERO: Nanos = Nanos(0);
    pub const MAX: Nanos = Nanos(i64::MAX);

    pub const fn from_micros(micros: i64) -> Self {
        Nanos(micros.saturating_mul(1_000))
    }

    pub const fn from_millis(millis: i64) -> Self {
        Nanos(millis.saturating_mul(1_000_000))
    }

    /// Rounds to the nearest nanosecond; NaN becomes zero, infinities saturate.
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what we want")]
    pub fn from_secs_f64(seconds: f64) -> Self {
        Nanos((seconds * 1e9).round() as i64)
    }

    /// In microseconds; `None` where a part of one is left.
    pub const fn whole_micros(self) -> Option<i64> {
        if self.0 % 1_000 == 0 { Some(self.0 / 1_000) } else { None }
    }

    #[expect(clippy::cast_precision_loss, reason = "beyond 2^53 ns (104 days) a rounding of 1 ns is harmless")]
    pub fn secs(self) -> f64 {
        self.0 as f64 / 1e9
    }

    #[expect(clippy::cast_precision_loss, reason = "see `secs`")]
    pub fn millis(self) -> f64 {
        self.0 as f64 / 1e6
    }

    pub const fn max(self, other: Self) -> Self {
        if self.0 > other.0 { self } else { other }
    }

    pub const fn min(self, other: Self) -> Self {
        if self.0 < other.0 { self } else { other }
    }

    /// `self / other`, or `None` when `other` is zero.
    pub fn ratio(self, other: Self) -> Option<f64> {
        (other.0 != 0).then(|| self.secs() / other.secs())
    }

    /// The standard library's duration; negative becomes zero.
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_nanos(u64::try_from(self.0).unwrap_or(0))
    }
}

impl Add for Nanos {
    type Output = Nanos;
    fn add(self, other: Nanos) -> Nanos {
        Nanos(self.0.saturating_add(other.0))
    }
}
impl Sub for Nanos {
    type Output = Nanos;
    fn sub(self, other: Nanos) -> Nanos {
        Nanos(self.0.saturating_sub(other.0))
    }
}
impl Neg for Nanos {
    type Output = Nanos;
    fn neg(self) -> Nanos {
        Nanos(self.0.saturating_neg())
    }
}
impl Mul<i64> for Nanos {
    type Output = Nanos;
    fn mul(self, factor: i64) -> Nanos {
        Nanos(self.0.saturating_mul(factor))
    }
}
impl Div<i64> for Nanos {
    type Output = Nanos;
    fn div(self, divisor: i64) -> Nanos {
        Nanos(self.0 / divisor)
    }
}
impl AddAssign for Nanos {
    fn add_assign(&mut self, other: Nanos) {
        *self = *self + other;
    }
}
impl SubAssign for Nanos {
    fn sub_assign(&mut self, other: Nanos) {
        *self = *self - other;
    }
}
impl Sum for Nanos {
    fn sum<I: Iterator<Item = Nanos>>(iter: I) -> Nanos {
        iter.fold(Nanos::ZERO, Add::add)
    }
}

/// For people: three significant digits, a space, the unit: `442 ms`, `1.20 s`, `87.0 µs`, `0 ms`.
impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        // 999_500 would round to "1000 µs": the unit changes where the rounded figure would need a fourth digit.
        let (scale, unit) = match magnitude {
            0 => return f.pad("0 ms"),
            1..1_000 => (1.0, "ns"),
            1_000..999_500 => (1e3, "µs"),
            999_500..999_500_000 => (1e6, "ms"),
            _ => (1e9, "s"),
        };
        #[expect(clippy::cast_precision_loss, reason = "three digits are printed")]
        let value = self.0 as f64 / scale;
        let decimals = match value.abs() {
            _ if unit == "ns" => 0,
            v if v < 9.995 => 2,
            v if v < 99.95 => 1,
            _ => 0,
        };
        f.pad(&format!("{value:.decimals$} {unit}"))
    }
}

/// Two instants as [`Nanos`] are shown, in one unit and with as many more digits as it takes to tell them apart: `186.02 ms`
/// and `186.04 ms`. Equal ones are shown alike.
pub fn shown_apart(one: Nanos, other: Nanos) -> [String; 2] {
    let shown = [one.to_string(), other.to_string()];
    if one == other || shown[0] != shown[1] {
        return shown;
    }
    let Some((figure, unit)) = shown[0].split_once(' ') else { return shown };
    let scale = UNITS.into_iter().find(|(own, _)| *own == unit).map_or(1.0, |(_, scale)| scale);
    let decimals = figure.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    #[expect(clippy::cast_precision_loss, reason = "what is shown is a fraction of a day")]
    let with = |time: Nanos, decimals: usize| format!("{:.decimals$} {unit}", time.0 as f64 / scale);
    // Nanoseconds are nine digits of a second.
    let finer = (decimals + 1..=9).map(|decimals| [one, other].map(|time| with(time, decimals)));
    finer.into_iter().find(|[one, other]| one != other).unwrap_or(shown)
}

/// Why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    #[error("a duration needs a number and a unit, like \"250us\", \"5ms\" or \"1.5s\"")]
    NotANumber,
    #[error("unknown unit `{0}`: allowed are ns, us, ms, s, min")]
    Unit(String),
    #[error("a duration cannot be negative")]
    Negative,
    #[error("longer than 64-bit nanoseconds can hold (292 years)")]
    TooLong,
}

/// The units a person may write, longest name first among those that share an ending.
const UNITS: [(&str, f64); 6] = [("min", 60e9), ("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)];

/// Reads `"250us"`, `"5ms"`, `"1.5s"`, `"2 min"`.
///
/// # Errors
/// [`DurationError`] says what is wrong with the text.
pub fn parse_duration(text: &str) -> Result<Nanos, DurationError> {
    let text = text.trim();
    let split = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | '_'))).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.replace('_', "").parse().map_err(|_| DurationError::NotANumber)?;
    let unit = unit.trim();
    if unit.is_empty() {
        return Err(DurationError::NotANumber);
    }
    let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(DurationError::Unit(unit.to_owned()));
    };
    if number < 0.0 {
        return Err(DurationError::Negative);
    }
    let nanos = (number * scale).round();
    if !nanos.is_finite() || nanos >= 9.2e18 {
        return Err(DurationError::TooLong);
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    Ok(Nanos(nanos as i64))
}

/// The shortest text that [`parse_duration`] reads back as exactly this: `5ms`, `1.5s`, `250us`.
pub fn write_duration(duration: Nanos) -> String {
    let nanos = duration.0;
    for (unit, scale) in [("s", 1_000_000_000_i64), ("ms", 1_000_000), ("us", 1_000)] {
        if nanos != 0 && nanos % (scale / 10) == 0 && nanos >= scale {
            return match (nanos / scale, nanos % scale / (scale / 10)) {
                (whole, 0) => format!("{whole}{unit}"),
                (whole, tenth) => format!("{whole}.{tenth}{unit}"),
            };
        }
    }
    if nanos == 0 { "0ms".to_owned() } else { format!("{nanos}ns") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_that_round_alike_are_told_apart() {
        let check = |one: i64, other: i64, expected: [&str; 2]| {
            assert_eq!(shown_apart(Nanos(one), Nanos(other)), expected, "{one} and {other}");
        };
        check(1_000_000, 2_000_000, ["1.00 ms", "2.00 ms"]);
        check(186_020_000, 186_043_000, ["186.02 ms", "186.04 ms"]);
        check(186_020_000, 186_020_400, ["186.0200 ms", "186.0204 ms"]);
        check(1_200_000_001, 1_200_000_002, ["1.200000001 s", "1.200000002 s"]);
        check(999_400, 999_900, ["999 µs", "1.00 ms"]);
        check(5, 5, ["5 ns", "5 ns"]);
        check(0, 0, ["0 ms", "0 ms"]);
    }

    #[test]
    fn people_read_three_digits_and_a_unit() {
        let check = |nanos: i64, expected: &str| assert_eq!(Nanos(nanos).to_string(), expected);
        check(0, "0 ms");
        check(999, "999 ns");
        check(1_500, "1.50 µs");
        check(999_499, "999 µs");
        check(999_500, "1.00 ms");
        check(442_000_000, "442 ms");
        check(999_499_999, "999 ms");
        check(999_500_000, "1.00 s");
        check(12_340_000_000, "12.3 s");
        check(-5_000_000, "-5.00 ms");
    }

    #[test]
    fn durations_are_read_and_written_back() {
        let check = |text: &str, nanos: i64| assert_eq!(parse_duration(text), Ok(Nanos(nanos)), "{text}");
        check("250us", 250_000);
        check("5ms", 5_000_000);
        check("1.5s", 1_500_000_000);
        check("2 min", 120_000_000_000);
        for nanos in [0, 1, 999, 1_000, 1_500, 250_000, 5_000_000, 1_500_000_000, 123_456_789] {
            assert_eq!(parse_duration(&write_duration(Nanos(nanos))), Ok(Nanos(nanos)));
        }
    }

    #[test]
    fn wrong_durations_say_what_is_wrong() {
        let check = |text: &str, error: DurationError| assert_eq!(parse_duration(text), Err(error), "{text}");
        check("", DurationError::NotANumber);
        check("fast", DurationError::NotANumber);
        check("5", DurationError::NotANumber);
        check("5 parsecs", DurationError::Unit("parsecs".into()));
        check("-5ms", DurationError::Negative);
        check("99999999999999s", DurationError::TooLong);
    }
}
