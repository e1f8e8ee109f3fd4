//! How busy the cores were: by core, over time, and as the exact staircase of busy cores. Called for core strips, the
//! busy-cores chart, the metrics and the exports; knows nothing of pixels.
//!
//! Invariant: only running spans of the trace count, never what a model was expected to do; what else held a core is
//! told apart, by `kept_busy`. A core is one core: spans
//! that overlap on it (an error of the clocks) are counted once.

use crate::time::Nanos;
use crate::trace::{Core, Run, State, Task};

/// From the first arrival to the last finish; to the horizon while the run grows. `None` before anything happened.
pub fn makespan_range(run: &Run) -> Option<Stretch> {
    let trace = &run.trace;
    let (mut start, mut end) = (None::<Nanos>, None::<Nanos>);
    for mut spans in (0..trace.tasks()).map(|task| trace.of(Task(task))) {
        let finish = spans.clone().next_back().filter(|at| trace.states()[*at].is_end()).map(|at| trace.starts()[at]);
        let arrival = spans.find(|at| trace.states()[*at] != State::New).map(|at| trace.starts()[at]);
        start = start.into_iter().chain(arrival).min();
        end = end.max(finish);
    }
    let end = if run.is_over() { end? } else { trace.horizon() };
    Some(Stretch { start: start?, end })
}

/// A stretch of time, its end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub start: Nanos,
    pub end: Nanos,
}

impl Stretch {
    pub fn length(self) -> Nanos {
        self.end - self.start
    }
}

/// When one core was busy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreBusy {
    /// [`Core::NONE`] for work whose core is unknown.
    pub core: Core,
    /// In time order, without overlap or touching ends. Of the unknown core: every running span by itself, in order of
    /// start, overlapping where several cores worked.
    pub stretches: Vec<Stretch>,
}

/// One core's part in a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoreUse {
    /// [`Core::NONE`] for work whose core is unknown.
    pub core: Core,
    pub busy: Nanos,
    /// `busy` / makespan, 0 to 1. The row of unknown cores may stand for several cores and exceed 1.
    pub share: f64,
}

/// When each core was busy within the makespan: a row for every core the run was allowed, even an idle one, by number;
/// then, only if some running span has no core, one row for the unknown.
pub fn busy_stretches(run: &Run) -> Vec<CoreBusy> {
    let trace = &run.trace;
    let range = makespan_range(run).unwrap_or(Stretch { start: Nanos::ZERO, end: Nanos::ZERO });
    let mut known = vec![Vec::new(); run.cores as usize];
    let mut unknown = Vec::new();
    for at in (0..trace.len()).filter(|at| trace.states()[*at] == State::Running) {
        let stretch = Stretch { start: trace.starts()[at].max(range.start), end: trace.ends()[at].min(range.end) };
        if stretch.start >= stretch.end {
            continue;
        }
        match trace.cores()[at].get() {
            Some(core) => {
                if core >= known.len() {
                    known.resize(core + 1, Vec::new());
                }
                known[core].push(stretch);
            }
            None => unknown.push(stretch),
        }
    }
    let mut rows: Vec<CoreBusy> =
        (0..).zip(known).map(|(core, stretches)| CoreBusy { core: Core(core), stretches: united(stretches) }).collect();
    if !unknown.is_empty() {
        unknown.sort_unstable_by_key(|stretch| stretch.start);
        rows.push(CoreBusy { core: Core::NONE, stretches: unknown });
    }
    rows
}

/// How long each core was busy and which share of the makespan that is; `busy`: the run's [`busy_stretches`].
pub fn per_core(run: &Run, busy: &[CoreBusy]) -> Vec<CoreUse> {
    let makespan = makespan_range(run).map_or(Nanos::ZERO, Stretch::length);
    let used = |row: &CoreBusy| {
        let busy: Nanos = row.stretches.iter().map(|stretch| stretch.length()).sum();
        CoreUse { core: row.core, busy, share: busy.ratio(makespan).unwrap_or(0.0) }
    };
    busy.iter().map(used).collect()
}

/// A number over time: each point holds until the next, the last one closes it.
pub type Stairs = Vec<(Nanos, f64)>;

/// The exact number of busy cores as a staircase over `range`, closed by 0, of rows that lie within it.
///
/// Work of unknown cores counts beside the known ones, but never for more cores than there are.
pub(super) fn stairs_of(rows: &[CoreBusy], range: Stretch) -> Stairs {
    let Stretch { start: from, end: to } = range;
    let cores = rows.iter().filter(|row| row.core != Core::NONE).count();
    let most = i32::try_from(cores).unwrap_or(i32::MAX);
    let mut edges: Vec<(Nanos, i32)> = rows
        .iter()
        .flat_map(|row| &row.stretches)
        .flat_map(|stretch| [(stretch.start, 1), (stretch.end, -1)])
        .collect();
    edges.sort_unstable_by_key(|(time, _)| *time);
    let mut steps = vec![(from, 0.0)];
    let mut working = 0;
    for same_instant in edges.chunk_by(|one, other| one.0 == other.0) {
        working += same_instant.iter().map(|(_, change)| change).sum::<i32>();
        let level = f64::from(working.min(most));
        let time = same_instant[0].0;
        match steps.last_mut() {
            Some(last) if last.0 == time => last.1 = level,
            Some(last) if last.1.total_cmp(&level).is_eq() => {}
            _ => steps.push((time, level)),
        }
    }
    match steps.last_mut() {
        Some(last) if last.0 == to => last.1 = 0.0,
        _ => steps.push((to, 0.0)),
    }
    steps
}

/// The part of a staircase that lies in `range`, closed by a point at its end.
///
/// Exact while it has at most `points_max` points; beyond, averages over equal parts of the range, so that the area
/// under it stays the same.
pub fn within(steps: &[(Nanos, f64)], range: Stretch, points_max: usize) -> Vec<(Nanos, f64)> {
    let mut part = exactly_within(steps, range);
    if part.len() > points_max {
        let close = part[part.len() - 1];
        part = averages(&part, points_max.saturating_sub(1));
        part.push(close);
    }
    part
}

/// The part of a staircase that lies in `range`, as averages over `buckets` equal parts of it and closed by a point at
/// its end: what is much shorter than such a part weighs as little as it is long. Staircases over the same time have
/// their points at the same instants.
pub fn averaged_within(steps: &[(Nanos, f64)], range: Stretch, buckets: usize) -> Stairs {
    let part = exactly_within(steps, range);
    let Some(close) = part.last().copied() else { return part };
    let mut averages = averages(&part, buckets.max(1));
    averages.push(close);
    averages
}

/// The same with equal neighbors as one point.
pub fn joined(mut steps: Stairs) -> Stairs {
    let close = steps.pop();
    steps.dedup_by(|next, kept| (next.1 - kept.1).abs() < 1e-9);
    steps.extend(close);
    steps
}

fn exactly_within(steps: &[(Nanos, f64)], range: Stretch) -> Vec<(Nanos, f64)> {
    let (Some((from, _)), Some((to, _))) = (steps.first(), steps.last()) else { return vec![] };
    let (start, end) = (range.start.max(*from), range.end.min(*to));
    if start >= end {
        return vec![];
    }
    let first = steps.partition_point(|(time, _)| *time <= start) - 1;
    let behind = steps.partition_point(|(time, _)| *time < end);
    let mut part = steps[first..behind].to_vec();
    part[0].0 = start;
    part.push((end, if end == *to { steps[steps.len() - 1].1 } else { part[part.len() - 1].1 }));
    part
}

/// The staircase's averages over `buckets` equal parts of its length, by the part's beginning. Averages times their parts
/// add up to the area under the staircase.
fn averages(steps: &[(Nanos, f64)], buckets: usize) -> Vec<(Nanos, f64)> {
    let (Some((from, _)), Some((to, _))) = (steps.first(), steps.last()) else { return vec![] };
    let bound = |bucket: usize| {
        let offset = i128::from(to.0 - from.0) * bucket as i128 / buckets as i128;
        *from + Nanos(i64::try_from(offset).unwrap_or(i64::MAX))
    };
    let mut at = 0;
    let mut average = |bucket: usize| {
        let (start, end) = (bound(bucket), bound(bucket + 1));
        let mut core_time = 0.0;
        while let [(since, level), (until, _), ..] = steps[at..] {
            core_time += (until.min(end) - since.max(start)).secs() * level;
            if until > end {
                break;
            }
            at += 1;
        }
        let length = (end - start).secs();
        (start, if length > 0.0 { core_time / length } else { 0.0 })
    };
    (0..buckets).map(&mut average).collect()
}

/// Sorted, with what overlaps or touches made one.
pub fn united(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort_unstable_by_key(|stretch| stretch.start);
    let mut united: Vec<Stretch> = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        match united.last_mut() {
            Some(last) if stretch.start <= last.end => last.end = last.end.max(stretch.end),
            _ => united.push(stretch),
        }
    }
    united
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::model::{self, ModelChoice};
    use crate::scenario::numbering::Numbering;
    use crate::scenario::{Arrive, Engine, Group, Machine, Scenario};
    use crate::trace::{Account, Cause, Event, Host, Status, Trace};

    /// A finished run on `cores` cores from (start, end, core) of running spans, a task each, all arriving at 0.
    fn run(cores: u32, spans: &[(i64, i64, Core)]) -> Run {
        let count = u32::try_from(spans.len()).unwrap();
        let mut events = Vec::new();
        for (task, (start, end, core)) in (0..).zip(spans) {
            let event = |time: i64, state, core| Event {
                time: Nanos(time),
                core,
                ..Event::new(Task(task), state, Cause::None)
            };
            events.push(event(0, State::Ready, Core::NONE));
            events.push(event(*start, State::Running, *core));
            events.push(event(*end, State::Done, *core));
        }
        let group = Group {
            name: "task".into(),
            count,
            arrive: Arrive::At(Nanos::ZERO),
            priority: 0,
            after: vec![],
            payload_bytes: 0,
            awaited: true,
            steps: vec![],
        };
        let scenario = Scenario {
            title: String::new(),
            summary: String::new(),
            models: vec![],
            engine: Engine::Measured,
            machine: Machine::default(),
            channels: vec![],
            locks: vec![],
            variables: vec![],
            groups: vec![group],
            variants: vec![],
            texts: BTreeMap::new(),
            lesson: None,
        };
        Run {
            scenario_id: String::new(),
            numbering: Numbering::of(&scenario),
            scenario: Arc::new(scenario),
            variant: None,
            choice: ModelChoice::new(model::MODELS[0]),
            engine: Engine::Measured,
            cores,
            seed: 1,
            repeat: 0,
            status: Status::Finished,
            trace: Trace::new(count, &events, Nanos(1_000)),
            workers: vec![],
            resources: vec![],
            variables: vec![],
            output: vec![],
            account: Account::default(),
            load: vec![],
            host: Host::default(),
        }
    }

    fn staircase(run: &Run) -> Stairs {
        let range = makespan_range(run).filter(|range| range.start < range.end);
        range.map_or_else(Vec::new, |range| stairs_of(&busy_stretches(run), range))
    }

    fn busy_steps(run: &Run, points_max: usize) -> Stairs {
        makespan_range(run).map_or_else(Vec::new, |range| within(&staircase(run), range, points_max))
    }

    #[track_caller]
    fn check_cores(run: &Run, expected: &[(Core, i64, f64)]) {
        let used: Vec<_> =
            per_core(run, &busy_stretches(run)).into_iter().map(|row| (row.core, row.busy.0, row.share)).collect();
        assert_eq!(used, expected);
    }

    #[track_caller]
    fn check_steps(run: &Run, expected: &[(i64, f64)]) {
        let steps: Vec<_> = busy_steps(run, 100).into_iter().map(|(time, level)| (time.0, level)).collect();
        assert_eq!(steps, expected);
    }

    #[test]
    fn each_core_has_its_share_of_the_makespan() {
        let run = run(3, &[(0, 40, Core(0)), (40, 100, Core(0)), (10, 35, Core(1))]);
        check_cores(&run, &[(Core(0), 100, 1.0), (Core(1), 25, 0.25), (Core(2), 0, 0.0)]);
        check_steps(&run, &[(0, 1.0), (10, 2.0), (35, 1.0), (100, 0.0)]);
    }

    #[test]
    fn a_core_is_never_busier_than_one() {
        let run = run(2, &[(0, 60, Core(0)), (50, 100, Core(0)), (20, 30, Core(0))]);
        check_cores(&run, &[(Core(0), 100, 1.0), (Core(1), 0, 0.0)]);
        check_steps(&run, &[(0, 1.0), (100, 0.0)]);
    }

    #[test]
    fn work_of_unknown_cores_has_a_row_and_is_bounded_by_the_cores() {
        let run = run(2, &[(0, 50, Core::NONE), (0, 100, Core::NONE), (10, 20, Core(1))]);
        check_cores(&run, &[(Core(0), 0, 0.0), (Core(1), 10, 0.1), (Core::NONE, 150, 1.5)]);
        check_steps(&run, &[(0, 2.0), (50, 1.0), (100, 0.0)]);
    }

    #[test]
    fn a_late_first_span_and_a_gap_are_idle() {
        let run = run(1, &[(10, 20, Core(0)), (30, 40, Core(0))]);
        check_steps(&run, &[(0, 0.0), (10, 1.0), (20, 0.0), (30, 1.0), (40, 0.0)]);
    }

    #[test]
    fn a_growing_run_is_busy_up_to_its_horizon() {
        let mut run = run(1, &[(0, 40, Core(0))]);
        let start = Event { core: Core(0), ..Event::new(Task(0), State::Running, Cause::None) };
        run.trace = Trace::new(1, &[start], Nanos(70));
        run.status = Status::Growing;
        check_cores(&run, &[(Core(0), 70, 1.0)]);
        check_steps(&run, &[(0, 1.0), (70, 0.0)]);
    }

    #[test]
    fn averages_are_exact_over_odd_buckets() {
        let check = |buckets: usize, expected: &[(i64, f64)]| {
            let run = run(2, &[(0, 30, Core(0)), (15, 45, Core(1)), (85, 90, Core(0))]);
            let averages = averages(&staircase(&run), buckets);
            assert_eq!(averages.len(), expected.len());
            for ((time, average), (expected_time, expected)) in averages.iter().zip(expected) {
                assert_eq!(time.0, *expected_time);
                assert!((average - expected).abs() < 1e-9, "{average} is not {expected} from {expected_time}");
            }
        };
        check(1, &[(0, 65.0 / 90.0)]);
        check(2, &[(0, 60.0 / 45.0), (45, 5.0 / 45.0)]);
        check(4, &[(0, 29.0 / 22.0), (22, 31.0 / 23.0), (45, 0.0), (67, 5.0 / 23.0)]);
    }

    #[test]
    fn what_is_shorter_than_a_bucket_weighs_as_little_as_it_is_long() {
        // Busy throughout but for a switch of 1 ns: no bucket falls to zero, and what is level is one point.
        let steps = staircase(&run(1, &[(0, 499, Core(0)), (500, 1_000, Core(0))]));
        let range = Stretch { start: Nanos::ZERO, end: Nanos(1_000) };
        let averages = joined(averaged_within(&steps, range, 10));
        let times: Vec<i64> = averages.iter().map(|(time, _)| time.0).collect();
        assert_eq!(times, [0, 400, 500, 1_000]);
        assert!((averages[1].1 - 0.99).abs() < 1e-9, "{averages:?}");
        assert_eq!(averages[3], (Nanos(1_000), 0.0));
        assert!(averaged_within(&steps, Stretch { start: Nanos(2_000), end: Nanos(3_000) }, 10).is_empty());
    }

    #[test]
    fn buckets_narrower_than_a_nanosecond_do_no_harm() {
        let run = run(1, &[(0, 2, Core(0))]);
        let levels: Vec<f64> = averages(&staircase(&run), 4).into_iter().map(|(_, level)| level).collect();
        assert!(levels.iter().all(|level| level.is_finite()), "{levels:?}");
    }

    #[test]
    fn a_long_staircase_becomes_averages_of_the_same_area() {
        let spans: Vec<_> = (0..500).map(|at| (at * 10, at * 10 + 5, Core(0))).collect();
        let run = run(1, &spans);
        let steps = busy_steps(&run, 21);
        assert_eq!(steps.len(), 21);
        assert_eq!(steps.last(), Some(&(Nanos(4_995), 0.0)));
        let area: f64 = steps.windows(2).map(|pair| (pair[1].0 - pair[0].0).secs() * pair[0].1).sum();
        assert!((area - 2_500e-9).abs() < 1e-15, "{area}");
    }

    #[test]
    fn a_part_of_a_staircase_begins_and_ends_where_asked() {
        let steps = staircase(&run(2, &[(0, 40, Core(0)), (10, 30, Core(1))]));
        let check = |from: i64, to: i64, expected: &[(i64, f64)]| {
            let range = Stretch { start: Nanos(from), end: Nanos(to) };
            let part: Vec<_> = within(&steps, range, 10).into_iter().map(|(time, level)| (time.0, level)).collect();
            assert_eq!(part, expected, "{from}..{to}");
        };
        check(-5, 100, &[(0, 1.0), (10, 2.0), (30, 1.0), (40, 0.0)]);
        check(10, 30, &[(10, 2.0), (30, 2.0)]);
        check(5, 15, &[(5, 1.0), (10, 2.0), (15, 2.0)]);
        check(50, 60, &[]);
        check(20, 20, &[]);
    }

    #[test]
    fn before_anything_happened_there_is_nothing() {
        let run = run(2, &[]);
        assert_eq!(busy_steps(&run, 10), []);
        check_cores(&run, &[(Core(0), 0, 0.0), (Core(1), 0, 0.0)]);
    }
}
