//! Whose turn it is, in models that feed workers: no queue knows urgency, ours no more than tokio's, its blocking pool's or
//! rayon's deques. A task is handed over as a place in line, and who comes to that place carries the most urgent of all
//! that wait by then.
//!
//! Invariant: whoever has arrived, or was released by a task that is over, stands in line when a worker chooses; nobody
//! depends on how soon the main thread gets a core.
//!
//! Only scenarios whose tasks differ in priority have lines; in others each place is its task's own.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use super::Job;
use super::carry::Awaited;
use crate::model::{Plan, Workers};
use crate::record;
use crate::scenario::Scenario;
use crate::scenario::draw::Key;
use crate::steps::Broken;
use crate::steps::prepared::Prepared;
use crate::trace::Task;

/// The lines of one job.
pub(super) struct Lines {
    /// Tasks that have arrived and are not begun, for each queue.
    tasks: Mutex<Vec<Line<Task>>>,
    /// Those of them that have no place yet: a worker that chose saw them arrive before the main thread did.
    placeless: Mutex<Vec<Task>>,
    /// Steps for the blocking pool.
    errands: Mutex<Line<Box<dyn FnOnce() + Send>>>,
}

impl Lines {
    /// Where they are needed: threads of their own are the operating system's to choose from.
    pub fn of(scenario: &Scenario, plan: &Plan) -> Option<Self> {
        let differ = scenario.groups.windows(2).any(|pair| pair[0].priority != pair[1].priority);
        (differ && plan.workers != Workers::PerTask).then(|| Lines {
            tasks: Mutex::new((0..plan.workers.shares()).map(|_| Line::default()).collect()),
            placeless: Mutex::default(),
            errands: Mutex::default(),
        })
    }
}

impl Job {
    /// Takes the tasks that have arrived and are to be handed over; they stand in line by now.
    pub(in crate::runtimes) fn take_arrived(&self) -> Vec<Task> {
        let Some(lines) = &self.lines else { return self.arrived() };
        let mut waiting = lines.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batch = std::mem::take(&mut *lines.placeless.lock().unwrap_or_else(PoisonError::into_inner));
        batch.extend(self.line_up(&mut waiting));
        batch
    }

    fn line_up(&self, waiting: &mut [Line<Task>]) -> Vec<Task> {
        let arrived = self.arrived();
        for task in &arrived {
            waiting[self.work.share_of(*task)].push(self.priority(*task), *task);
        }
        arrived
    }

    /// Whom a worker carries that has come to the place of `task`. Who has arrived by now is in line, even if the main
    /// thread, which may be this one, had no time to look.
    pub(in crate::runtimes) fn whose_turn(&self, task: Task) -> Task {
        let Some(lines) = &self.lines else { return task };
        let mut waiting = lines.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        // What a thread stamps that records nothing would be lost. Such a one has ended no task just now: it feeds a
        // process that is still to be made.
        if record::this_worker().is_some() {
            let arrived = self.line_up(&mut waiting);
            if !arrived.is_empty() {
                lines.placeless.lock().unwrap_or_else(PoisonError::into_inner).extend(arrived);
                self.wake_main();
            }
        }
        waiting[self.work.share_of(task)].pop().unwrap_or(task)
    }

    /// Has a step done on a thread of the blocking pool; the outer error is a panic.
    pub(super) async fn do_elsewhere(
        self: &Arc<Self>,
        task: Task,
        step: &Prepared,
        key: Key,
    ) -> std::thread::Result<Result<(), Broken>> {
        let _over_in_any_case = Awaited { job: self, task };
        let (job, step) = (Arc::clone(self), step.clone());
        let errand = move || job.carried(task).do_elsewhere(&step, key);
        let Some(lines) = &self.lines else {
            let done = tokio::task::spawn_blocking(errand).await;
            return done.map_err(|error| error.try_into_panic().unwrap_or_else(|error| Box::new(error.to_string())));
        };
        let (tell, told) = tokio::sync::oneshot::channel();
        let errand = move || {
            let done = panic::catch_unwind(AssertUnwindSafe(errand));
            // Nobody listens any more when the run was stopped.
            drop(tell.send(done));
        };
        lines.errands.lock().unwrap_or_else(PoisonError::into_inner).push(self.priority(task), Box::new(errand));
        let job = Arc::clone(self);
        tokio::task::spawn_blocking(move || job.do_an_errand());
        told.await.unwrap_or(Ok(Err(Broken::Cancelled)))
    }

    fn do_an_errand(&self) {
        let Some(lines) = &self.lines else { return };
        let errand = lines.errands.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(errand) = errand {
            errand();
        }
    }
}

/// By urgency, then by order of coming.
struct Line<T> {
    waiting: BinaryHeap<Waiting<T>>,
    came: u64,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Line { waiting: BinaryHeap::new(), came: 0 }
    }
}

impl<T> Line<T> {
    fn push(&mut self, priority: i32, who: T) {
        self.came += 1;
        self.waiting.push(Waiting { rank: (priority, self.came), who });
    }

    fn pop(&mut self) -> Option<T> {
        self.waiting.pop().map(|first| first.who)
    }
}

/// The greatest is the first: smaller numbers are more urgent.
struct Waiting<T> {
    rank: (i32, u64),
    who: T,
}

impl<T> Ord for Waiting<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.rank.cmp(&self.rank)
    }
}

impl<T> PartialOrd for Waiting<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Waiting<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl<T> Eq for Waiting<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_urgent_is_first_and_of_equals_the_first() {
        let mut line = Line::default();
        for (priority, who) in [(5, 'a'), (1, 'b'), (5, 'c'), (-2, 'd'), (1, 'e')] {
            line.push(priority, who);
        }
        let order: String = std::iter::from_fn(|| line.pop()).collect();
        assert_eq!(order, "dbeac");
    }
}
