//! Arrows between lanes: the circle of a deadlock, and what the main thread started and joined. The window and exports
//! draw the same ones.

use super::lanes::LaneBy;
use crate::time::Nanos;
use crate::trace::{MainSpan, Peer, Run, Span, State, Task, Worker};

/// From an instant on one lane to an instant on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrow {
    pub from: Tip,
    pub to: Tip,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    pub time: Nanos,
    pub lane: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first waits for the second, for ever.
    WaitsFor,
    /// The main thread began or handed over a task that a worker then took up.
    Started,
    /// The main thread waited for that end.
    Joined,
}

/// More arrows of a kind would be a fog.
pub const ARROWS_MAX: usize = 64;

/// The arrows that lanes of that kind can show; `circle` is the deadlock's. More than [`ARROWS_MAX`] of a kind are cut
/// for a circle, and left out for the main thread, whose arrows only mean something together.
pub fn arrows(run: &Run, by: LaneBy, circle: &[Task]) -> Vec<Arrow> {
    match by {
        LaneBy::Task => of_circle(run, circle),
        LaneBy::Worker => of_main(run),
        LaneBy::Core => Vec::new(),
    }
}

fn of_circle(run: &Run, circle: &[Task]) -> Vec<Arrow> {
    let tip = |task: Task| Some(Tip { time: run.trace.spans_of(task).next_back()?.start, lane: task.index() });
    let next = circle.iter().cycle().skip(1);
    let arrow = |(task, next): (&Task, &Task)| Some(Arrow { from: tip(*task)?, to: tip(*next)?, kind: Kind::WaitsFor });
    circle.iter().zip(next).take(ARROWS_MAX).filter_map(arrow).collect()
}

/// From the main thread's lane to the worker that took a task up, and back from its end; nothing where no main thread is
/// known of.
fn of_main(run: &Run) -> Vec<Arrow> {
    if run.account.main.is_empty() {
        return Vec::new();
    }
    let main = |time: Nanos| Tip { time, lane: Worker::MAIN.0 as usize };
    let (mut started, mut joined) = (Vec::new(), Vec::new());
    for task in (0..run.trace.tasks()).map(Task) {
        let Some(taken) = run.trace.spans_of(task).find(holds_worker) else { continue };
        let Some(worker) = taken.worker.get().filter(|_| taken.worker != Worker::MAIN) else { continue };
        if let Some(begun) = run.trace.spans_of(task).find(begun_by_main).filter(|begun| begun.start <= taken.start) {
            let to = Tip { time: taken.start, lane: worker };
            started.push(Arrow { from: main(begun.start), to, kind: Kind::Started });
        }
        let last = run.trace.spans_of(task).rfind(holds_worker).and_then(|last| last.worker.get());
        let end = run.trace.spans_of(task).next_back().filter(|end| end.state.is_end());
        if let Some((end, worker)) = end.zip(last).filter(|(end, _)| awaits_end(&run.account.main, end.start)) {
            let from = Tip { time: end.start, lane: worker };
            joined.push(Arrow { from, to: main(end.start), kind: Kind::Joined });
        }
        if started.len().max(joined.len()) > ARROWS_MAX {
            return Vec::new();
        }
    }
    started.append(&mut joined);
    started
}

fn holds_worker(span: &Span) -> bool {
    matches!(span.state, State::Running | State::Io | State::Blocked)
}

/// A thread that the main thread made, or a task that it handed over: whoever stamps an arrival does that.
fn begun_by_main(span: &Span) -> bool {
    match span.state {
        State::Starting => span.peer == Peer::worker(Worker::MAIN),
        State::Ready => span.worker == Worker::MAIN,
        _ => false,
    }
}

fn awaits_end(main: &[MainSpan], time: Nanos) -> bool {
    let at = main.partition_point(|span| span.end < time);
    main.get(at).is_some_and(|span| span.start <= time && span.state.awaits_ends())
}

/// How an arrow is drawn: a cubic Bezier curve and the triangle of its head, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path {
    pub curve: [(f32, f32); 4],
    pub head: [(f32, f32); 3],
}

/// The path from `tail` to `head`, the middles of two lanes at the arrow's instants.
pub fn path(kind: Kind, tail: (f32, f32), head: (f32, f32)) -> Path {
    /// How far an arrow of a circle swings out, and where it begins and ends beside its instant.
    const SWING: f32 = 14.0;
    const BESIDE: f32 = 3.0;
    const HEAD: (f32, f32) = (6.0, 3.5);
    if kind == Kind::WaitsFor {
        // Downwards on the left, over the blocked bars, and back upwards on the right: it looks like a circle.
        let side = if head.1 > tail.1 { -1.0 } else { 1.0 };
        let (tail, head) = ((tail.0 + side * BESIDE, tail.1), (head.0 + side * BESIDE, head.1));
        let out = |(x, y): (f32, f32)| (x + side * SWING, y);
        let wing = |dy: f32| (head.0 + side * HEAD.0, head.1 + dy);
        return Path { curve: [tail, out(tail), out(head), head], head: [head, wing(-HEAD.1), wing(HEAD.1)] };
    }
    let down = if head.1 > tail.1 { 1.0 } else { -1.0 };
    let middle = f32::midpoint(tail.1, head.1);
    let wing = |dx: f32| (head.0 + dx, head.1 - down * HEAD.0);
    Path { curve: [tail, (tail.0, middle), (head.0, middle), head], head: [head, wing(-HEAD.1), wing(HEAD.1)] }
}

impl Path {
    /// The curve as a line of `count` pieces.
    pub fn line(&self, count: u16) -> Vec<(f32, f32)> {
        let at = |step: u16| {
            let along = f32::from(step) / f32::from(count.max(1));
            let left = 1.0 - along;
            // Bernstein's polynomials of degree 3.
            let weights = [left.powi(3), 3.0 * left.powi(2) * along, 3.0 * left * along.powi(2), along.powi(3)];
            let mix =
                |(x, y): (f32, f32), (weight, point): (f32, (f32, f32))| (x + weight * point.0, y + weight * point.1);
            weights.into_iter().zip(self.curve).fold((0.0, 0.0), mix)
        };
        (0..=count).map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_begins_and_ends_where_it_should() {
        for kind in [Kind::WaitsFor, Kind::Started, Kind::Joined] {
            let path = path(kind, (10.0, 20.0), (50.0, 90.0));
            let line = path.line(12);
            assert_eq!((line.len(), line[0], line[12]), (13, path.curve[0], path.curve[3]), "{kind:?}");
            assert_eq!(path.head[0], path.curve[3], "{kind:?}");
        }
    }

    #[test]
    fn ends_count_while_the_main_thread_waits_for_them() {
        use crate::trace::MainState::{Arrivals, Free, Join};
        let spans = [(0, 5, Free), (5, 9, Arrivals), (9, 20, Join)];
        let main = spans.map(|(start, end, state)| MainSpan { start: Nanos(start), end: Nanos(end), state });
        let waited: Vec<i64> = (0..25).filter(|time| awaits_end(&main, Nanos(*time))).collect();
        assert_eq!(waited, (10..=20).collect::<Vec<_>>());
        assert!(!awaits_end(&[], Nanos(1)), "unknown");
    }
}
