//! Doing a task: on this thread, as a future, or as a future that sends away what computes or blocks.
//!
//! Invariant: the future of a task that waits for a timer holds nothing but the timer, its job and where the task is in
//! its program. There may be a million of them, and memory that a run touches first is the dearest part of a task.

use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;

use super::Job;
use crate::scenario::program::Place;
use crate::steps::advance::{Back, Computing, Next};
use crate::steps::{self, Carried};
use crate::trace::{Cause, Peer, State, Task};

/// What has become of the worker that carried a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerIs {
    Free,
    /// Its task is stuck and never lets it go: it takes no other.
    HeldForEver,
}

impl Job {
    /// A worker elsewhere begins this task; `false`: it is over already. Whoever takes it up tells its [`Job::end`].
    pub(in crate::runtimes) fn take_up(&self, task: Task) -> bool {
        self.progress.move_on(task, State::Ready, State::Running)
    }

    /// Does this very task on this thread. `taken` and `from` say how the worker came by it.
    pub fn carry_blocking(&self, task: Task, taken: Cause, from: Peer) -> WorkerIs {
        if !self.progress.move_on(task, State::Ready, State::Running) {
            return WorkerIs::Free;
        }
        let ended = steps::carry_blocking(self.carried(task), taken, from);
        self.end(task, ended)
    }

    /// Does the task whose turn it is at the place of `task` on this thread.
    pub fn carry_in_turn(&self, task: Task, taken: Cause, from: Peer) -> WorkerIs {
        self.carry_blocking(self.whose_turn(task), taken, from)
    }

    /// Does the task whose turn it is at the place of `task` as a future.
    #[expect(clippy::manual_async_fn, reason = "an async fn would hold its arguments twice")]
    pub fn carry_async(self: Arc<Self>, mut task: Task) -> impl Future<Output = ()> + Send + 'static {
        async move {
            // In its own place: another variable would be more to hold.
            task = self.whose_turn(task);
            if !self.progress.move_on(task, State::Ready, State::Running) {
                return;
            }
            let mut place = Place::default();
            let mut back = Ok(self.carried(task).begin());
            let ended = 'over: loop {
                // What comes before a timer is out of the way when that is awaited.
                let timer = loop {
                    match self.carried(task).advance(&mut place, back, Computing::Here) {
                        Next::Over(ended) => break 'over ended,
                        Next::Timer(timer) => break timer,
                        Next::Others => {
                            tokio::task::yield_now().await;
                            back = Ok(self.carried(task).begin());
                        }
                        // Boxed: what these need is large.
                        next => back = Box::pin(self.wait(task, &place, next)).await,
                    }
                };
                let due = timer.due;
                tokio::time::sleep_until(timer.fires.into()).await;
                back = self.carried(task).back_from_timer(&place, due);
            };
            self.end(task, ended);
        }
    }

    /// As [`Job::carry_async`]; what computes or blocks is sent to the blocking pool.
    pub async fn carry_offloading(self: Arc<Self>, task: Task) {
        let task = self.whose_turn(task);
        if !self.progress.move_on(task, State::Ready, State::Running) {
            return;
        }
        let mut place = Place::default();
        let mut back = Ok(self.carried(task).begin());
        let ended = loop {
            back = match self.carried(task).advance(&mut place, back, Computing::Elsewhere) {
                Next::Over(ended) => break ended,
                Next::Elsewhere(step, key) => {
                    let done = self.do_elsewhere(task, step, key).await;
                    match self.carried(task).back_from_elsewhere(done) {
                        ControlFlow::Continue(back) => back,
                        ControlFlow::Break(ended) => break ended,
                    }
                }
                next => self.wait(task, &place, next).await,
            };
        };
        self.end(task, ended);
    }

    /// Awaits whatever the task waits for.
    async fn wait(&self, task: Task, place: &Place, next: Next<'_>) -> Back {
        let _over_in_any_case = Awaited { job: self, task };
        match next {
            Next::Timer(timer) => {
                tokio::time::sleep_until(timer.fires.into()).await;
                self.carried(task).back_from_timer(place, timer.due)
            }
            Next::Others => {
                tokio::task::yield_now().await;
                Ok(self.carried(task).begin())
            }
            Next::Turn(mut turn) => loop {
                let served = turn.slot.served().await;
                match self.carried(task).back_from_turn(&turn, served) {
                    ControlFlow::Continue(again) => turn = again,
                    ControlFlow::Break(back) => break back,
                }
            },
            Next::Io(wanted) => self.carried(task).await_io(wanted).await,
            Next::Over(_) | Next::Elsewhere(..) => unreachable!("nothing to wait for here"),
        }
    }

    pub(super) fn carried(&self, task: Task) -> Carried<'_> {
        let key = self.work.key(task);
        Carried {
            task,
            index: key.index,
            group: self.work.group(task),
            program: self.work.program(task),
            key,
            rates: &self.rates,
            cancel: &self.cancel,
            world: &self.world,
            gil: self.gil.as_ref(),
            devices: &self.devices,
        }
    }
}

/// A task that is awaited. Where that breaks off with a panic, while something is polled or because the system refuses
/// the thread that a step needs, the task is over as well: the run waits for all its tasks.
pub(super) struct Awaited<'a> {
    pub job: &'a Job,
    pub task: Task,
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let ended = self.job.carried(self.task).end_by_panic();
            self.job.end(self.task, ended);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size<F>(_: impl Fn(Arc<Job>, Task) -> F) -> usize {
        size_of::<F>()
    }

    /// So much room tokio has left in the two cache lines' pairs that a bare sleep takes.
    #[test]
    fn a_task_that_sleeps_takes_no_more_memory_than_a_bare_sleep() {
        let sleeping = size(Job::carry_async);
        assert!(sleeping <= 152, "{sleeping} bytes");
    }
}
