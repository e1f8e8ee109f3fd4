//! What happened: [`Event`]s as workers stamp them, the columnar [`Trace`] they become, and the [`Run`] around it.
//!
//! Pure: knows no thread, no clock, no window. `record`, `simulate` and `explore` fill it, `store` keeps it, `analysis`
//! and `chart` read it.

pub mod event;
pub mod main_thread;
pub mod run;
pub mod state;
pub mod unsorted;

pub use event::{Core, Event, Peer, Resource, Task, Worker};
pub use main_thread::{MainSpan, MainState};
pub use run::{
    Account, CostsUsed, Host, LoadSample, OUTPUT_LINES_MAX, OutputLine, PreemptionSource, Run, Status, Times,
    WorkerInfo,
};
pub use state::{Cause, State};
pub use unsorted::Unsorted;

use crate::time::Nanos;

/// Every event of a run in columns, sorted by task and, within a task, by time.
///
/// Event `i` is also the beginning of span `i`, which ends where the task's next event begins. The last span of a task
/// that is over has no length; the last span of one that is not goes on to [`Trace::horizon`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    start: Vec<Nanos>,
    end: Vec<Nanos>,
    state: Vec<State>,
    cause: Vec<Cause>,
    worker: Vec<Worker>,
    core: Vec<Core>,
    peer: Vec<Peer>,
    resource: Vec<Resource>,
    /// Task `k` owns the spans `first[k] .. first[k + 1]`.
    first: Vec<u32>,
    horizon: Nanos,
}

/// One stretch of one task in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub task: Task,
    pub start: Nanos,
    pub end: Nanos,
    pub state: State,
    pub cause: Cause,
    pub worker: Worker,
    pub core: Core,
    pub peer: Peer,
    pub resource: Resource,
}

impl Span {
    pub fn length(&self) -> Nanos {
        self.end - self.start
    }
}

impl Trace {
    /// Sorts `events` of `tasks` tasks into columns: a stable counting sort by task, then by time within each task
    /// (nearly sorted already), so events of one instant keep the order in which they came. What a task recorded
    /// after its end is not part of its story and is left out.
    pub fn new(tasks: u32, events: &[Event], horizon: Nanos) -> Self {
        Trace::refined(tasks, events, horizon, |_| {})
    }

    /// As [`Trace::new`], after `refine` had its say about each task's story: its events in order, to its end, which
    /// must stay in order.
    pub fn refined(tasks: u32, events: &[Event], horizon: Nanos, mut refine: impl FnMut(&mut Vec<Event>)) -> Self {
        let mut first = vec![0_u32; tasks as usize + 1];
        for event in events {
            first[event.task.index() + 1] += 1;
        }
        for task in 0..tasks as usize {
            first[task + 1] += first[task];
        }
        let mut next = first.clone();
        let mut order = vec![0_u32; events.len()];
        for (at, event) in (0_u32..).zip(events) {
            let slot = &mut next[event.task.index()];
            order[*slot as usize] = at;
            *slot += 1;
        }
        let mut trace = Trace::with_capacity(tasks, events.len());
        let mut story = Vec::new();
        for task in 0..tasks as usize {
            let own = &mut order[first[task] as usize..first[task + 1] as usize];
            own.sort_by_key(|at| events[*at as usize].time);
            story.clear();
            for at in own {
                let event = events[*at as usize];
                story.push(event);
                if event.state.is_end() {
                    break;
                }
            }
            refine(&mut story);
            for event in &story {
                trace.push(*event);
            }
            trace.close_task(horizon);
        }
        trace.horizon = horizon;
        trace
    }

    fn with_capacity(tasks: u32, events: usize) -> Self {
        let mut first = Vec::with_capacity(tasks as usize + 1);
        first.push(0);
        Trace {
            start: Vec::with_capacity(events),
            end: Vec::with_capacity(events),
            state: Vec::with_capacity(events),
            cause: Vec::with_capacity(events),
            worker: Vec::with_capacity(events),
            core: Vec::with_capacity(events),
            peer: Vec::with_capacity(events),
            resource: Vec::with_capacity(events),
            first,
            horizon: Nanos::ZERO,
        }
    }

    fn push(&mut self, event: Event) {
        self.start.push(event.time);
        self.state.push(event.state);
        self.cause.push(event.cause);
        self.worker.push(event.worker);
        self.core.push(event.core);
        self.peer.push(event.peer);
        self.resource.push(event.resource);
    }

    /// Gives the spans pushed since the last task their ends.
    fn close_task(&mut self, horizon: Nanos) {
        let (from, to) = (self.end.len(), self.start.len());
        for at in from..to {
            let end = match self.start.get(at + 1) {
                Some(next) => *next,
                None if self.state[at].is_end() => self.start[at],
                None => horizon.max(self.start[at]),
            };
            self.end.push(end);
        }
        self.first.push(u32::try_from(to).expect("the recorder is bounded far below 2^32 events"));
    }

    pub fn tasks(&self) -> u32 {
        u32::try_from(self.first.len().saturating_sub(1)).expect("bounded by the scenario")
    }

    /// Number of spans, which is the number of events.
    pub fn len(&self) -> usize {
        self.start.len()
    }

    pub fn is_empty(&self) -> bool {
        self.start.is_empty()
    }

    /// The latest instant the trace knows of: the end of the run, or "now" while it grows.
    pub fn horizon(&self) -> Nanos {
        self.horizon
    }

    /// Indices of the task's spans, in time order.
    pub fn of(&self, task: Task) -> std::ops::Range<usize> {
        self.first[task.index()] as usize..self.first[task.index() + 1] as usize
    }

    pub fn task_of(&self, span: usize) -> Task {
        let at = self.first.partition_point(|first| *first as usize <= span);
        Task(u32::try_from(at - 1).expect("bounded by the scenario"))
    }

    /// Span `at` of the trace; the task is looked up, see [`Trace::span_of`] where it is known.
    pub fn span(&self, at: usize) -> Span {
        self.span_of(self.task_of(at), at)
    }

    /// Span `at` of the trace, which is one of that task's.
    pub fn span_of(&self, task: Task, at: usize) -> Span {
        Span {
            task,
            start: self.start[at],
            end: self.end[at],
            state: self.state[at],
            cause: self.cause[at],
            worker: self.worker[at],
            core: self.core[at],
            peer: self.peer[at],
            resource: self.resource[at],
        }
    }

    pub fn spans_of(&self, task: Task) -> impl DoubleEndedIterator<Item = Span> + '_ {
        self.of(task).map(move |at| self.span_of(task, at))
    }

    /// All spans, task by task.
    pub fn spans(&self) -> impl Iterator<Item = Span> + '_ {
        (0..self.tasks()).flat_map(move |task| self.spans_of(Task(task)))
    }

    /// The event that began span `at`.
    pub fn event(&self, at: usize) -> Event {
        let span = self.span(at);
        Event {
            time: span.start,
            task: span.task,
            worker: span.worker,
            core: span.core,
            state: span.state,
            cause: span.cause,
            peer: span.peer,
            resource: span.resource,
        }
    }

    /// Span columns, for drawing loops that need only these.
    pub fn starts(&self) -> &[Nanos] {
        &self.start
    }
    pub fn ends(&self) -> &[Nanos] {
        &self.end
    }
    pub fn states(&self) -> &[State] {
        &self.state
    }
    pub fn causes(&self) -> &[Cause] {
        &self.cause
    }
    pub fn workers(&self) -> &[Worker] {
        &self.worker
    }
    pub fn cores(&self) -> &[Core] {
        &self.core
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: i64, task: u32, state: State) -> Event {
        Event { time: Nanos(time), ..Event::new(Task(task), state, Cause::None) }
    }

    #[test]
    fn events_in_any_order_become_spans_by_task_and_time() {
        let events = [
            event(5, 1, State::Running),
            event(0, 1, State::Ready),
            event(0, 0, State::Ready),
            event(3, 0, State::Running),
            event(9, 0, State::Done),
            event(10, 0, State::Cancelled),
        ];
        let trace = Trace::new(3, &events, Nanos(20));
        let spans: Vec<_> = trace.spans().map(|span| (span.task.0, span.start.0, span.end.0, span.state)).collect();
        assert_eq!(
            spans,
            [
                (0, 0, 3, State::Ready),
                (0, 3, 9, State::Running),
                (0, 9, 9, State::Done),
                (1, 0, 5, State::Ready),
                (1, 5, 20, State::Running),
            ]
        );
        assert_eq!(trace.task_of(3), Task(1));
        assert_eq!(trace.of(Task(2)), 5..5);
        assert_eq!(trace.tasks(), 3);
    }
}
