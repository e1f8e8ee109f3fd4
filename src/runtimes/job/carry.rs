//! Doing a task: on this thread, as a future, or as a future that sends away what computes or blocks.

use std::sync::Arc;

use super::{Job, TaskInfo};
use crate::scenario::Step;
use crate::scenario::draw::Key;
use crate::scenario::program::Cursor;
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
        self.move_on(task, State::Ready, State::Running)
    }

    /// Does the task on this thread. `taken` and `from` say how the worker came by it.
    pub fn carry_blocking(&self, task: Task, taken: Cause, from: Peer) -> WorkerIs {
        if !self.move_on(task, State::Ready, State::Running) {
            return WorkerIs::Free;
        }
        let info = self.tasks[task.index()];
        let cursor = self.cursor(info);
        let ended = steps::carry_blocking(self.carried(task, info, &cursor), taken, from);
        self.end(task, ended)
    }

    /// Does the task as a future.
    pub async fn carry_async(self: Arc<Self>, task: Task) {
        if !self.move_on(task, State::Ready, State::Running) {
            return;
        }
        let info = self.tasks[task.index()];
        let cursor = self.cursor(info);
        let ended = steps::carry_async(self.carried(task, info, &cursor)).await;
        self.end(task, ended);
    }

    /// Does the task as a future that sends what computes or blocks to the blocking pool.
    pub async fn carry_offloading(self: Arc<Self>, task: Task) {
        if !self.move_on(task, State::Ready, State::Running) {
            return;
        }
        let info = self.tasks[task.index()];
        let cursor = self.cursor(info);
        let elsewhere = |step: &Step, key: Key| {
            let (job, step) = (Arc::clone(&self), step.clone());
            move || {
                let cursor = job.cursor(info);
                job.carried(task, info, &cursor).do_elsewhere(&step, key)
            }
        };
        let ended = steps::carry_offloading(self.carried(task, info, &cursor), elsewhere).await;
        self.end(task, ended);
    }

    fn cursor(&self, info: TaskInfo) -> Cursor<'_> {
        self.programs[info.group as usize].start(self.seed, info.group, info.index)
    }

    fn carried<'a>(&'a self, task: Task, info: TaskInfo, steps: &'a Cursor<'a>) -> Carried<'a> {
        let group = &self.scenario.groups[info.group as usize];
        Carried {
            task,
            index: info.index,
            group,
            steps,
            rates: &self.rates,
            cancel: &self.cancel,
            world: &self.world,
            gil: self.gil.as_ref(),
            devices: &self.devices,
        }
    }
}
