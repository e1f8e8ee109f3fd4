//! What several rules look at, made once for each run: every task's times, and, stretch by stretch, how many tasks
//! queued, computed or held a worker while they waited.

use super::NameOf;
use crate::analysis::metrics::{Metrics, TaskTimes, metrics, task_times};
use crate::model::{Plan, WhileInIo};
use crate::time::Nanos;
use crate::trace::{Cause, Run, Span, State, Task};

pub(super) struct Evidence<'a> {
    pub run: &'a Run,
    /// What the reader of the findings calls a task.
    pub name_of: NameOf,
    pub plan: Plan,
    pub metrics: Metrics,
    /// By task number.
    pub times: Vec<TaskTimes>,
    /// From the first event to the last, without gaps.
    pub levels: Vec<Level>,
}

/// A stretch in which nobody changed state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level {
    pub start: Nanos,
    pub length: Nanos,
    /// Ready, and no worker is free.
    pub queued: u32,
    /// Ready on a worker, without a core.
    pub coreless: u32,
    pub running: u32,
    /// In IO or blocked.
    pub waiting: u32,
}

impl Evidence<'_> {
    pub fn of(run: &Run, name_of: NameOf) -> Evidence<'_> {
        let times = (0..run.trace.tasks()).map(|task| task_times(run, Task(task))).collect();
        let plan = run.choice.plan(run.cores);
        let levels = levels(run, plan.io);
        Evidence { run, name_of, plan, metrics: metrics(run), times, levels }
    }

    pub fn name(&self, task: Task) -> String {
        (self.name_of)(self.run, task)
    }

    /// Whether a task keeps its worker from its first step to its end.
    pub fn tasks_hold_workers(&self) -> bool {
        self.plan.io == WhileInIo::HoldsWorker
    }

    /// When `test` was true.
    pub fn when(&self, test: impl Fn(&Level) -> bool) -> Stretches {
        let true_when = self.levels.iter().filter(|level| test(level));
        Stretches::of(true_when.map(|level| (level.start, level.start + level.length)))
    }

    /// The spans in that state that took any time, in order of start.
    pub fn spans_in(&self, state: State) -> Vec<Span> {
        let in_state = self.run.trace.spans().filter(|span| span.state == state && span.start < span.end);
        let mut spans: Vec<Span> = in_state.collect();
        spans.sort_unstable_by_key(|span| span.start);
        spans
    }

    /// Each task's longest time in spans that pass `test` within `stretches`; only those with some.
    pub fn held_up(&self, stretches: &Stretches, test: impl Fn(&Span) -> bool) -> Vec<(Task, Nanos)> {
        let longest = |task: Task| {
            let spans = self.run.trace.spans_of(task).filter(|span| test(span));
            spans.map(|span| stretches.overlap(span.start, span.end)).max()
        };
        let tasks = (0..self.run.trace.tasks()).map(Task);
        tasks.filter_map(|task| longest(task).filter(|time| *time > Nanos::ZERO).map(|time| (task, time))).collect()
    }

    /// As a share of the makespan.
    pub fn share(&self, time: Nanos) -> f64 {
        time.ratio(self.metrics.makespan).unwrap_or(0.0)
    }

    /// Tasks whose end is this state.
    pub fn ended(&self, state: State) -> Vec<Task> {
        let tasks = (0_u32..).zip(&self.times).filter(|(_, times)| times.outcome == Some(state));
        tasks.map(|(task, _)| Task(task)).collect()
    }
}

/// Whose spans they are: each task once, in the scenario's order.
pub(super) fn tasks_of(spans: &[Span]) -> Vec<Task> {
    let mut tasks: Vec<Task> = spans.iter().map(|span| span.task).collect();
    tasks.sort_unstable();
    tasks.dedup();
    tasks
}

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

    /// How long they are together before `time`.
    fn until(&self, time: Nanos) -> Nanos {
        let behind = self.list.partition_point(|(start, ..)| *start < time);
        let Some((start, end, before)) = behind.checked_sub(1).map(|at| self.list[at]) else { return Nanos::ZERO };
        before + (time.min(end) - start)
    }
}

fn levels(run: &Run, io: WhileInIo) -> Vec<Level> {
    let trace = &run.trace;
    let kind = |at: usize| match (trace.states()[at], trace.causes()[at]) {
        (State::Ready, Cause::Queued) => Some(0),
        // Whoever awaits gives up the worker; a thread gives up its core.
        (State::Ready, Cause::Yielded) if io == WhileInIo::FreesWorker => Some(0),
        (State::Ready, _) => Some(1),
        (State::Running, _) => Some(2),
        (State::Io | State::Blocked, _) => Some(3),
        _ => None,
    };
    let mut edges: Vec<(Nanos, usize, i32)> = Vec::new();
    for at in 0..trace.len() {
        let (start, end) = (trace.starts()[at], trace.ends()[at]);
        if let Some(kind) = kind(at).filter(|_| start < end) {
            edges.push((start, kind, 1));
            edges.push((end, kind, -1));
        }
    }
    edges.sort_unstable_by_key(|(time, ..)| *time);
    let mut counts = [0_i32; 4];
    let mut levels = Vec::new();
    for (at, (time, kind, change)) in edges.iter().enumerate() {
        counts[*kind] += change;
        let until = edges.get(at + 1).map_or(*time, |(next, ..)| *next);
        if until > *time {
            let [queued, coreless, running, waiting] =
                counts.map(|count| u32::try_from(count).expect("a span ends after it began"));
            levels.push(Level { start: *time, length: until - *time, queued, coreless, running, waiting });
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;

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

    #[test]
    fn levels_count_who_is_in_which_state() {
        let mut story =
            Story::of("thread-pool", "HEAD [[task]]\nname = \"egg\"\ncount = 2\nsteps = [{ io = \"9ms\" }]");
        story.at(0, 0, State::Ready, Cause::Queued).at(2, 0, State::Running, Cause::None);
        story.at(5, 0, State::Io, Cause::Blocking).at(9, 0, State::Done, Cause::None);
        story.at(0, 1, State::Ready, Cause::Queued).at(5, 1, State::Running, Cause::None);
        story.at(7, 1, State::Ready, Cause::Preempted).at(8, 1, State::Done, Cause::None);
        let run = story.run();
        let shown: Vec<_> = levels(&run, WhileInIo::HoldsWorker)
            .iter()
            .map(|level| (level.length.0 / 1_000_000, level.queued, level.coreless, level.running, level.waiting))
            .collect();
        assert_eq!(shown, [(2, 2, 0, 0, 0), (3, 1, 0, 1, 0), (2, 0, 0, 1, 1), (1, 0, 1, 0, 1), (1, 0, 0, 0, 1)]);
    }
}
