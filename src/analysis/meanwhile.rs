//! Who else was at it during a stretch of a run: with a worker, on a core, on any core. Asked while the pointer moves
//! over a run of millions of events, so what the answer needs is sorted once; knows nothing of words.
//!
//! Invariant: an answer looks at logarithmically many turns and at those it tells of, never at more than
//! [`LOOKS_MAX`] of the latter, however many others there were.

use std::collections::HashSet;
use std::ops::Range;

use crate::model::WhileInIo;
use crate::time::Nanos;
use crate::trace::{Cause, Core, Span, State, Task, Trace, Worker};

/// Turns that an answer looks at: of more than so many others nobody needs the number.
pub const LOOKS_MAX: usize = 4_096;

/// The turns of a run's tasks, by where they were taken.
#[derive(Debug, Default)]
pub struct Meanwhile {
    with_workers: Turns,
    on_cores: Turns,
    anywhere: Turns,
}

/// Other tasks that were there, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Others {
    pub tasks: Vec<Task>,
    /// Nobody else was there; else there may have been more.
    pub is_all: bool,
}

impl Meanwhile {
    /// `io`: whether a task that waits for another keeps its worker as well.
    pub fn of(trace: &Trace, io: WhileInIo) -> Self {
        let is_running = |(_, at): &(Task, u32)| trace.states()[*at as usize] == State::Running;
        let holds_worker = |(_, at): &(Task, u32)| match (trace.states()[*at as usize], trace.causes()[*at as usize]) {
            (State::Running, _) | (State::Io, Cause::Blocking) => true,
            (State::Blocked, _) => io == WhileInIo::HoldsWorker,
            _ => false,
        };
        let spans =
            |task: Task| trace.of(task).map(move |at| (task, u32::try_from(at).expect("a trace counts in u32")));
        let mut turns: Vec<(Task, u32)> =
            (0..trace.tasks()).flat_map(|task| spans(Task(task))).filter(holds_worker).collect();
        turns.sort_unstable_by_key(|(_, at)| (trace.starts()[*at as usize], trace.ends()[*at as usize]));
        let running: Vec<(Task, u32)> = turns.iter().copied().filter(is_running).collect();
        Meanwhile {
            with_workers: Turns::new(trace, &turns, |at| trace.workers()[at].get()),
            on_cores: Turns::new(trace, &running, |at| trace.cores()[at].get()),
            anywhere: Turns::new(trace, &running, |_| Some(0)),
        }
    }

    /// Whom `worker` carried during `gap`: they computed, or kept it while they waited.
    pub fn with_worker(&self, trace: &Trace, worker: Worker, gap: &Span) -> Others {
        self.with_workers.during(trace, worker.get(), gap, &mut 0)
    }

    /// Who ran on `core` during `gap`.
    pub fn on_core(&self, trace: &Trace, core: Core, gap: &Span) -> Others {
        self.on_cores.during(trace, core.get(), gap, &mut 0)
    }

    /// Who ran during `gap`, on whatever core.
    pub fn running(&self, trace: &Trace, gap: &Span) -> Others {
        self.anywhere.during(trace, Some(0), gap, &mut 0)
    }
}

/// Turns at some places.
#[derive(Debug, Default)]
struct Turns {
    /// Place `k` has the turns `first[k] .. first[k + 1]`, in order of start.
    first: Vec<u32>,
    /// Whose span each turn is, and which.
    spans: Vec<(Task, u32)>,
    /// The latest end among each [`BLOCK`] turns, then among each `BLOCK` of those blocks, and so on.
    latest: Vec<Vec<Nanos>>,
}

const BLOCK: usize = 64;

impl Turns {
    /// Of spans in order of start; those without a place are left out.
    fn new(trace: &Trace, sorted: &[(Task, u32)], place: impl Fn(usize) -> Option<usize>) -> Self {
        let places = sorted.iter().filter_map(|(_, at)| place(*at as usize)).max().map_or(0, |last| last + 1);
        let mut first = vec![0_u32; places + 1];
        for place in sorted.iter().filter_map(|(_, at)| place(*at as usize)) {
            first[place + 1] += 1;
        }
        for place in 0..places {
            first[place + 1] += first[place];
        }
        let mut next = first.clone();
        let mut spans = vec![(Task(0), 0); first[places] as usize];
        for turn in sorted {
            if let Some(place) = place(turn.1 as usize) {
                spans[next[place] as usize] = *turn;
                next[place] += 1;
            }
        }
        let ends: Vec<Nanos> = spans.iter().map(|(_, at)| trace.ends()[*at as usize]).collect();
        let summed = |ends: &[Nanos]| ends.chunks(BLOCK).filter_map(|block| block.iter().copied().max()).collect();
        let mut latest: Vec<Vec<Nanos>> = vec![summed(&ends)];
        while let Some(blocks) = latest.last().filter(|blocks| blocks.len() > BLOCK) {
            latest.push(summed(blocks));
        }
        Turns { first, spans, latest }
    }

    /// Who was at `place` at some time during `gap`, besides its own task. Adds the turns it looked at to `looks`.
    fn during(&self, trace: &Trace, place: Option<usize>, gap: &Span, looks: &mut usize) -> Others {
        let bounds = place.and_then(|place| Some(*self.first.get(place)?..*self.first.get(place + 1)?));
        let Some(Range { start, end }) = bounds else { return Others { tasks: vec![], is_all: true } };
        let (start, end) = (start as usize, end as usize);
        let begins = |turn: &(Task, u32)| trace.starts()[turn.1 as usize];
        let ends = |turn: &(Task, u32)| trace.ends()[turn.1 as usize];
        let before = |time: Nanos| start + self.spans[start..end].partition_point(|turn| begins(turn) < time);
        let (begun, behind) = (before(gap.start), before(gap.end));
        *looks += 2 * (usize::BITS - (end - start).leading_zeros()) as usize;
        let mut others = Others { tasks: vec![], is_all: true };
        let (mut known, mut told, mut at) = (HashSet::new(), 0, start);
        while at < behind {
            *looks += 1;
            if at < begun
                && let Some(block) = self.block_over_by(at, gap.start)
            {
                at += block;
                continue;
            }
            let turn = &self.spans[at];
            at += 1;
            if ends(turn) <= gap.start {
                continue;
            }
            if told == LOOKS_MAX {
                others.is_all = false;
                break;
            }
            told += 1;
            if turn.0 != gap.task && known.insert(turn.0) {
                others.tasks.push(turn.0);
            }
        }
        others
    }

    /// How many turns from `at` on form the largest block that is over by `time`.
    fn block_over_by(&self, at: usize, time: Nanos) -> Option<usize> {
        let mut size = 1;
        let mut over = None;
        for blocks in &self.latest {
            size *= BLOCK;
            if !at.is_multiple_of(size) || blocks.get(at / size).is_none_or(|latest| *latest > time) {
                break;
            }
            over = Some(size);
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Event;

    /// `count` turns of 10 ns one after the other on one worker and core, each of a task of its own that had been ready
    /// from the start; the first one goes on to the end on a worker and core of its own.
    fn in_a_row(count: u32) -> Trace {
        let mut events = Vec::new();
        for task in 0..count {
            let (own, from) = if task == 0 { (1, 0) } else { (0, i64::from(task) * 10) };
            let to = if task == 0 { i64::from(count) * 10 } else { from + 10 };
            let event = |time: i64, state, cause| Event {
                time: Nanos(time),
                worker: Worker(own),
                core: Core(u16::try_from(own).unwrap()),
                ..Event::new(Task(task), state, cause)
            };
            events.push(event(0, State::Ready, Cause::Queued));
            events.push(event(from, State::Running, Cause::None));
            events.push(event(to, State::Done, Cause::None));
        }
        Trace::new(count, &events, Nanos(i64::from(count) * 10))
    }

    /// The task's first span.
    fn wait_of(trace: &Trace, task: u32) -> Span {
        trace.spans_of(Task(task)).next().unwrap()
    }

    #[test]
    fn others_are_told_in_the_order_they_came_and_once() {
        let trace = in_a_row(6);
        let meanwhile = Meanwhile::of(&trace, WhileInIo::FreesWorker);
        let tasks = |others: Others| others.tasks.iter().map(|task| task.0).collect::<Vec<_>>();
        let gap = wait_of(&trace, 4);
        assert_eq!(tasks(meanwhile.with_worker(&trace, Worker(0), &gap)), [1, 2, 3]);
        assert_eq!(tasks(meanwhile.with_worker(&trace, Worker(1), &gap)), [0]);
        assert_eq!(tasks(meanwhile.on_core(&trace, Core(0), &gap)), [1, 2, 3]);
        assert_eq!(tasks(meanwhile.running(&trace, &gap)), [0, 1, 2, 3]);
        assert_eq!(tasks(meanwhile.running(&trace, &Span { start: Nanos(30), end: Nanos(31), ..gap })), [0, 3]);
        for nobody in [Worker::NONE, Worker(7)] {
            assert_eq!(meanwhile.with_worker(&trace, nobody, &gap), Others { tasks: vec![], is_all: true });
        }
    }

    #[test]
    fn what_only_waits_is_not_at_it() {
        let event = |time, task, state, cause| Event {
            time: Nanos(time),
            worker: Worker(0),
            ..Event::new(Task(task), state, cause)
        };
        let events = [
            event(0, 0, State::Io, Cause::None),
            event(9, 0, State::Done, Cause::None),
            event(0, 1, State::Io, Cause::Blocking),
            event(9, 1, State::Done, Cause::None),
            event(0, 2, State::Ready, Cause::Queued),
            event(9, 2, State::Done, Cause::None),
            event(0, 3, State::Blocked, Cause::Lock),
            event(9, 3, State::Done, Cause::None),
        ];
        let trace = Trace::new(4, &events, Nanos(9));
        let tasks = |io| Meanwhile::of(&trace, io).with_worker(&trace, Worker(0), &wait_of(&trace, 2)).tasks;
        assert_eq!(tasks(WhileInIo::FreesWorker), [Task(1)]);
        assert_eq!(tasks(WhileInIo::HoldsWorker), [Task(1), Task(3)]);
    }

    #[test]
    fn an_answer_looks_at_what_it_tells_of_however_long_the_run() {
        let looks = |count: u32, task: u32, from: i64, to: i64| {
            let trace = in_a_row(count);
            let gap = Span { start: Nanos(from), end: Nanos(to), ..wait_of(&trace, task) };
            let mut looks = 0;
            let others =
                Meanwhile::of(&trace, WhileInIo::FreesWorker).anywhere.during(&trace, Some(0), &gap, &mut looks);
            (others.tasks.len(), others.is_all, looks)
        };
        // Three others, near the end of a long run, one of whom came at its very beginning.
        let (told, is_all, short) = looks(1_000, 1, 9_000, 9_020);
        assert_eq!((told, is_all), (3, true));
        let (told, is_all, long) = looks(200_000, 1, 1_999_000, 1_999_020);
        assert_eq!((told, is_all), (3, true));
        assert!(short < 200 && long < 400, "{short} of 1,000 turns, {long} of 200,000");
        // Everybody: no more than anybody reads.
        let (told, is_all, all) = looks(200_000, 199_999, 0, 2_000_000);
        assert_eq!((told, is_all), (LOOKS_MAX, false));
        assert!(all < 2 * LOOKS_MAX, "{all}");
    }
}
