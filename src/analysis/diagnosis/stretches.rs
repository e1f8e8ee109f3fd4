//! Sets of stretches of time: when something was so, how long, and when something else was, too.

use crate::analysis::utilization::{Stretch, united};
use crate::time::Nanos;
use crate::trace::Span;

/// Stretches of time, in order, apart from each other.
pub(super) struct Stretches {
    /// Start, end, and how long those before are together.
    list: Vec<(Nanos, Nanos, Nanos)>,
}

impl Stretches {
    /// Of spans in order of start.
    pub fn of_spans(spans: &[Span]) -> Self {
        Stretches::of(spans.iter().map(|span| (span.start, span.end)))
    }

    /// Of stretches in order of start; what overlaps or touches becomes one.
    pub fn of(stretches: impl Iterator<Item = (Nanos, Nanos)>) -> Self {
        let mut list: Vec<(Nanos, Nanos, Nanos)> = Vec::new();
        for (start, end) in stretches {
            match list.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                last => {
                    let before = last.map_or(Nanos::ZERO, |(start, end, before)| *before + (*end - *start));
                    list.push((start, end, before));
                }
            }
        }
        Stretches { list }
    }

    /// Of stretches in any order.
    pub fn united(stretches: impl Iterator<Item = Stretch>) -> Self {
        Stretches::of(united(stretches.collect()).iter().map(|stretch| (stretch.start, stretch.end)))
    }

    /// How long they are together.
    pub fn total(&self) -> Nanos {
        self.list.last().map_or(Nanos::ZERO, |(start, end, before)| *before + (*end - *start))
    }

    /// How much of `start..end` lies in them.
    pub fn overlap(&self, start: Nanos, end: Nanos) -> Nanos {
        self.until(end) - self.until(start)
    }

    /// What of them lies in `other`, too.
    pub fn within(&self, other: &Stretches) -> Stretches {
        let (mut both, mut at) = (Vec::new(), 0);
        for (start, end, _) in &self.list {
            // What ends before this one begins ends before those behind it, too.
            at += other.list[at..].partition_point(|(_, other_end, _)| other_end <= start);
            let overlapping = other.list[at..].iter().take_while(|(other_start, ..)| other_start < end);
            both.extend(overlapping.map(|(from, to, _)| (*start.max(from), *end.min(to))));
        }
        Stretches::of(both.into_iter())
    }

    /// The single ones.
    pub fn iter(&self) -> impl Iterator<Item = Stretch> + '_ {
        self.list.iter().map(|(start, end, _)| Stretch { start: *start, end: *end })
    }

    /// How long they are together before `time`.
    fn until(&self, time: Nanos) -> Nanos {
        let behind = self.list.partition_point(|(start, ..)| *start < time);
        let Some((start, end, before)) = behind.checked_sub(1).map(|at| self.list[at]) else { return Nanos::ZERO };
        before + (time.min(end) - start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_unite_and_are_measured() {
        let ms = Nanos::from_millis;
        let stretches = Stretches::of([(0, 2), (2, 4), (7, 9)].map(|(start, end)| (ms(start), ms(end))).into_iter());
        assert_eq!(stretches.total(), ms(6));
        let check = |start: i64, end: i64, expected: i64| {
            assert_eq!(stretches.overlap(ms(start), ms(end)), ms(expected), "{start} {end}");
        };
        check(0, 20, 6);
        check(1, 8, 4);
        check(4, 7, 0);
        check(10, 12, 0);
    }

    #[test]
    fn stretches_intersect() {
        let of = |list: &[(i64, i64)]| Stretches::of(list.iter().map(|(start, end)| (Nanos(*start), Nanos(*end))));
        let both = of(&[(0, 10), (20, 30), (40, 50)]).within(&of(&[(2, 4), (6, 25), (30, 41), (60, 70)]));
        let shown: Vec<_> = both.list.iter().map(|(start, end, _)| (start.0, end.0)).collect();
        assert_eq!(shown, [(2, 4), (6, 10), (20, 25), (40, 41)]);
        assert_eq!(of(&[]).within(&of(&[(0, 1)])).total(), Nanos::ZERO);
    }
}
