//! What several rules look at, made once for each run: every task's times, and, stretch by stretch, how many tasks
//! queued, computed or held a worker while they waited.
//!
//! Of millions of events the stretches take longer than the rest together: they are made when a rule first asks, and
//! a rule that can be silent without them asks last.

use std::cell::OnceCell;

use super::NameOf;
use crate::analysis::metrics::{Metrics, TaskTimes, metrics_of, task_times};
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
    edges: OnceCell<Vec<Edge>>,
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
        let times: Vec<TaskTimes> = (0..run.trace.tasks()).map(|task| task_times(run, Task(task))).collect();
        let metrics = metrics_of(run, times.iter().copied());
        let plan = run.choice.plan(run.cores);
        Evidence { run, name_of, plan, metrics, times, edges: OnceCell::new() }
    }

    /// From the first event to the last, without gaps.
    pub fn levels(&self) -> impl Iterator<Item = Level> + '_ {
        levels(self.edges.get_or_init(|| edges(self.run, self.plan.io)))
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
        let true_when = self.levels().filter(|level| test(level));
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

/// What a task counts as while it is in a state: an index into the counts of a [`Level`], or [`UNCOUNTED`].
type Kind = u8;

const QUEUED: Kind = 0;
const CORELESS: Kind = 1;
const RUNNING: Kind = 2;
const WAITING: Kind = 3;
const UNCOUNTED: Kind = 4;

/// A task is no longer of one kind and of another from now on.
#[derive(Clone, Copy)]
struct Edge {
    time: Nanos,
    from: Kind,
    to: Kind,
}

/// The edges of all tasks in time order, one where a span that counts ends as the next one begins.
fn edges(run: &Run, io: WhileInIo) -> Vec<Edge> {
    let trace = &run.trace;
    let kind = |at: usize| match (trace.states()[at], trace.causes()[at]) {
        (State::Ready, Cause::Queued) => QUEUED,
        // Whoever awaits gives up the worker; a thread gives up its core.
        (State::Ready, Cause::Yielded) if io == WhileInIo::FreesWorker => QUEUED,
        (State::Ready, _) => CORELESS,
        (State::Running, _) => RUNNING,
        (State::Io | State::Blocked, _) => WAITING,
        _ => UNCOUNTED,
    };
    let mut edges: Vec<Edge> = Vec::new();
    for task in (0..trace.tasks()).map(Task) {
        let mut from = UNCOUNTED;
        let mut since = Nanos::ZERO;
        for at in trace.of(task) {
            let (start, end) = (trace.starts()[at], trace.ends()[at]);
            if start < end {
                let to = kind(at);
                if to != from {
                    edges.push(Edge { time: start, from, to });
                }
                (from, since) = (to, end);
            }
        }
        if from != UNCOUNTED {
            edges.push(Edge { time: since, from, to: UNCOUNTED });
        }
    }
    edges.sort_unstable_by_key(|edge| edge.time);
    edges
}

fn levels(edges: &[Edge]) -> impl Iterator<Item = Level> + '_ {
    let mut counts = [0_u32; UNCOUNTED as usize + 1];
    // All are uncounted before they come; how many there are of those nobody asks.
    let mut next = edges.iter().peekable();
    std::iter::from_fn(move || {
        let start = next.peek()?.time;
        while let Some(edge) = next.next_if(|edge| edge.time == start) {
            let (from, to) = (&mut counts[usize::from(edge.from)], usize::from(edge.to));
            *from = from.wrapping_sub(1);
            counts[to] = counts[to].wrapping_add(1);
        }
        let until = next.peek()?.time;
        let [queued, coreless, running, waiting, _] = counts;
        Some(Level { start, length: until - start, queued, coreless, running, waiting })
    })
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
        let shown: Vec<_> = levels(&edges(&run, WhileInIo::HoldsWorker))
            .map(|level| (level.length.0 / 1_000_000, level.queued, level.coreless, level.running, level.waiting))
            .collect();
        assert_eq!(shown, [(2, 2, 0, 0, 0), (3, 1, 0, 1, 0), (2, 0, 0, 1, 1), (1, 0, 1, 0, 1), (1, 0, 0, 0, 1)]);
    }
}
