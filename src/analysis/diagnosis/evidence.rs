//! What several rules look at, made once for each run: every task's times, and, stretch by stretch, how many tasks
//! queued, computed or held a worker while they waited, and how many cores other programs took.
//!
//! Of millions of events the stretches take longer than the rest together: they are made when a rule first asks, and
//! a rule that can be silent without them asks last.

use std::cell::OnceCell;

use super::NameOf;
use super::stretches::Stretches;
use crate::analysis::metrics::{Metrics, TaskTimes, metrics_of, task_times};
use crate::model::{Plan, WhileInIo};
use crate::time::Nanos;
use crate::trace::{Cause, LoadSample, Run, Span, State, Task};

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
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Level {
    pub start: Nanos,
    pub length: Nanos,
    /// Ready, and no worker is free.
    pub queued: u32,
    /// Ready on a worker, without a core.
    pub coreless: u32,
    pub running: u32,
    /// In IO, or for others to come: whoever else had a worker could wait as well.
    pub waiting: u32,
    /// For a lock, the interpreter's too, a connection or the system: with more at it, more would stand there.
    pub stalled: u32,
    /// Starting, shipping, or being switched to: the cores may be at that.
    pub overhead: u32,
    /// Cores' worth of work of other programs that is known to have been on this run's cores.
    pub others: f64,
}

impl Level {
    /// How many have a worker where that is kept to the end.
    pub fn held(&self) -> u32 {
        self.running + self.coreless + self.overhead + self.waiting + self.stalled
    }

    /// The run itself leaves one of `cores` unused, whoever else has it.
    pub fn leaves_core(&self, cores: u32) -> bool {
        self.running + self.coreless + self.overhead < cores
    }

    /// How many of `cores` nobody is known to have used: neither tasks nor what they cost nor other programs.
    pub fn idle(&self, cores: u32) -> f64 {
        let used = self.running + self.coreless + self.overhead;
        (f64::from(cores) - f64::from(used) - self.others).max(0.0)
    }
}

/// Of a core, below which nobody calls it idle.
pub(super) const IDLE_MIN: f64 = 0.5;

impl Evidence<'_> {
    pub fn of(run: &Run, name_of: NameOf) -> Evidence<'_> {
        let times: Vec<TaskTimes> = (0..run.trace.tasks()).map(|task| task_times(run, Task(task))).collect();
        let metrics = metrics_of(run, times.iter().copied());
        let plan = run.choice.plan(run.cores);
        Evidence { run, name_of, plan, metrics, times, edges: OnceCell::new() }
    }

    /// From the first event to the last, without gaps.
    pub fn levels(&self) -> impl Iterator<Item = Level> + '_ {
        levels(self.edges.get_or_init(|| edges(self.run, self.plan.io)), Others::of(self.run))
    }

    /// The levels that pass `test` while a core stood idle, and how long it did: where other programs took a part of it,
    /// only the rest of the time.
    pub fn idle_levels(&self, test: impl Fn(&Level) -> bool) -> impl Iterator<Item = (Level, Nanos)> {
        let cores = self.run.cores;
        self.levels().filter(move |level| test(level)).filter_map(move |level| {
            let idle = level.idle(cores).min(1.0);
            (idle >= IDLE_MIN).then(|| (level, Nanos::from_secs_f64(level.length.secs() * idle)))
        })
    }

    /// How long a core stood idle within `stretches`.
    pub fn idle_within(&self, stretches: &Stretches) -> Nanos {
        let within = |(level, idle): (Level, Nanos)| {
            let overlap = stretches.overlap(level.start, level.start + level.length);
            Nanos::from_secs_f64(overlap.secs() * idle.ratio(level.length).unwrap_or(0.0))
        };
        self.idle_levels(|_| true).map(within).sum()
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
pub(super) fn tasks_of<'a>(spans: impl IntoIterator<Item = &'a Span>) -> Vec<Task> {
    let mut tasks: Vec<Task> = spans.into_iter().map(|span| span.task).collect();
    tasks.sort_unstable();
    tasks.dedup();
    tasks
}

/// What a task counts as while it is in a state: an index into the counts of a [`Level`], or [`UNCOUNTED`].
type Kind = u8;

const QUEUED: Kind = 0;
const CORELESS: Kind = 1;
const RUNNING: Kind = 2;
const WAITING: Kind = 3;
const OVERHEAD: Kind = 4;
const STALLED: Kind = 5;
const UNCOUNTED: Kind = 6;

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
        (State::Ready, Cause::Switching) | (State::Starting | State::Shipping, _) => OVERHEAD,
        (State::Ready, _) => CORELESS,
        (State::Running, _) => RUNNING,
        (State::Blocked, Cause::Lock | Cause::Gil | Cause::Connection | Cause::System) => STALLED,
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

/// What other programs took of the run's cores, sample by sample.
struct Others<'a> {
    samples: std::iter::Peekable<std::slice::Iter<'a, LoadSample>>,
    /// Cores of the computer that the run may not use: who else there is may be on those.
    elsewhere: f64,
    /// Of the last sample: what little follows it is taken to be like it.
    last: f64,
}

impl Others<'_> {
    fn of(run: &Run) -> Others<'_> {
        let elsewhere = f64::from(run.host.cores.saturating_sub(run.cores));
        let last = run.load.last().map_or(0.0, |sample| sample.others_busy);
        Others { samples: run.load.iter().peekable(), elsewhere, last }
    }

    /// From `time` on, and until when that is known to hold.
    fn at(&mut self, time: Nanos) -> (f64, Option<Nanos>) {
        while self.samples.next_if(|sample| sample.time <= time).is_some() {}
        let next = self.samples.peek();
        let busy = next.map_or(self.last, |sample| sample.others_busy);
        ((busy - self.elsewhere).max(0.0), next.map(|sample| sample.time))
    }
}

fn levels<'a>(edges: &'a [Edge], mut others: Others<'a>) -> impl Iterator<Item = Level> + 'a {
    let mut counts = [0_u32; UNCOUNTED as usize + 1];
    // All are uncounted before they come; how many there are of those nobody asks.
    let mut next = edges.iter().peekable();
    let mut start = edges.first().map_or(Nanos::ZERO, |first| first.time);
    std::iter::from_fn(move || {
        while let Some(edge) = next.next_if(|edge| edge.time == start) {
            let (from, to) = (&mut counts[usize::from(edge.from)], usize::from(edge.to));
            *from = from.wrapping_sub(1);
            counts[to] = counts[to].wrapping_add(1);
        }
        let (taken, known_until) = others.at(start);
        let changes = next.peek()?.time;
        let until = known_until.map_or(changes, |known| known.min(changes));
        let [queued, coreless, running, waiting, overhead, stalled, _] = counts;
        let length = until - start;
        let level = Level { start, length, queued, coreless, running, waiting, stalled, overhead, others: taken };
        start = until;
        Some(level)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;

    #[test]
    fn levels_count_who_is_in_which_state() {
        let mut story =
            Story::of("thread-pool", "HEAD [[task]]\nname = \"egg\"\ncount = 2\nsteps = [{ io = \"9ms\" }]");
        story.at(0, 0, State::Ready, Cause::Queued).at(2, 0, State::Running, Cause::None);
        story.at(5, 0, State::Io, Cause::Blocking).at(9, 0, State::Done, Cause::None);
        story.at(0, 1, State::Ready, Cause::Queued).at(5, 1, State::Running, Cause::None);
        story.at(7, 1, State::Ready, Cause::Preempted).at(8, 1, State::Done, Cause::None);
        let run = story.run();
        let shown: Vec<_> = levels(&edges(&run, WhileInIo::HoldsWorker), Others::of(&run))
            .map(|level| (level.length.0 / 1_000_000, level.queued, level.coreless, level.running, level.waiting))
            .collect();
        assert_eq!(shown, [(2, 2, 0, 0, 0), (3, 1, 0, 1, 0), (2, 0, 0, 1, 1), (1, 0, 1, 0, 1), (1, 0, 0, 0, 1)]);
    }

    #[test]
    fn a_core_is_idle_only_where_nobody_is_known_to_have_had_it() {
        let ms = Nanos::from_millis;
        let idle = |others: &[(i64, f64)], cores: u32| {
            let mut story = Story::of("sequential", "HEAD [[task]]\nname = \"sum\"\nsteps = [{ cpu = \"90ms\" }]");
            story.at(0, 0, State::Starting, Cause::None).at(10, 0, State::Running, Cause::None);
            story.at(100, 0, State::Done, Cause::None);
            let sample = |(time, others_busy): &(i64, f64)| LoadSample { time: ms(*time), others_busy: *others_busy };
            story.load = others.iter().map(sample).collect();
            let mut run = story.run();
            run.cores = cores;
            let evidence = Evidence::of(&run, Run::task_name);
            let levels: Vec<_> = evidence.levels().map(|level| (level.start, level.length)).collect();
            assert!(levels.windows(2).all(|pair| pair[0].0 + pair[0].1 == pair[1].0), "{levels:?}");
            evidence.idle_levels(|level| level.running > 0).map(|(_, idle)| idle).sum::<Nanos>()
        };
        assert_eq!(idle(&[], 2), ms(90));
        assert_eq!(idle(&[(50, 1.0), (100, 0.0)], 2), ms(50), "others had the other core at first");
        assert_eq!(idle(&[(50, 0.0), (60, 1.0)], 2), ms(40), "and here it may be taken that they kept it");
        assert_eq!(idle(&[(100, 0.25)], 2), Nanos(67_500_000), "and here a quarter of it");
        assert_eq!(idle(&[(100, 0.75)], 2), Nanos::ZERO, "hardly idle");
        assert_eq!(idle(&[(100, 0.5)], 1), Nanos::ZERO, "the only core computed");
    }
}
