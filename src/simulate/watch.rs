//! Whoever waits for a simulation: hears how far it is, and says whether to go on.

use super::dispatch::QUANTUM;
use super::log::Sink;
use super::machine::Machine;
use super::tasks::{NONE, Progress};
use super::{Setup, count};
use crate::scenario::{Group, Step, draw};
use crate::time::Nanos;
use crate::trace::{Cause, Event, State, Task, Worker};

/// What whoever waits for a simulation wants of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    GoOn,
    /// It is to end here; what had happened until now is wanted.
    Stop,
    /// Nobody wants anything of it any more.
    Abandon,
}

/// Hears now and then how much of the work is done, from 0 to 1, and never less than before.
pub type Watch<'a> = &'a dyn Fn(f64) -> Order;

/// The simulation's share of the work; the rest is putting its events in order.
pub(super) const SIMULATING: f64 = 0.85;

/// How much there is to simulate, in steps, ends of tasks, and slices: how often one that computes is interrupted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    steps: u64,
    cpu: i64,
    slice: i64,
}

impl Expected {
    pub fn of(setup: &Setup<'_>, slices: bool) -> Self {
        let groups = &setup.scenario.groups;
        let sum =
            |of: fn(&Group) -> i128| -> i128 { groups.iter().map(|group| i128::from(group.count) * of(group)).sum() };
        let quantum = setup.scenario.machine.quantum.unwrap_or(QUANTUM);
        let slice = [slices.then_some(quantum), setup.plan.gil].into_iter().flatten().min();
        Expected {
            steps: u64::try_from(sum(|group| count(&group.steps))).unwrap_or(u64::MAX),
            cpu: i64::try_from(sum(|group| mean_cpu(&group.steps))).unwrap_or(i64::MAX),
            slice: slice.map_or(i64::MAX, |slice| slice.0.max(1)),
        }
    }
}

/// What the steps compute on average, in nanoseconds.
fn mean_cpu(steps: &[Step]) -> i128 {
    let one = |step: &Step| match step {
        Step::Cpu { time, .. } | Step::Work { time, .. } => i128::from(draw::mean(time).0),
        Step::Repeat { count, steps } => i128::from(*count) * mean_cpu(steps),
        _ => 0,
    };
    steps.iter().map(one).sum()
}

impl<S: Sink> Machine<'_, S> {
    /// How much of the simulation is done, from 0 to 1.
    pub fn share_done(&self) -> f64 {
        let Expected { steps, cpu, slice } = self.expected;
        let tasks = u64::from(self.tasks.len());
        let all = steps as f64 + tasks as f64 + (cpu / slice) as f64;
        let over = tasks - u64::from(self.left);
        let slices = self.totals.running.min(cpu) / slice;
        let done = self.steps_done.min(steps) as f64 + over as f64 + slices as f64;
        (done / all.max(1.0)).clamp(0.0, 1.0)
    }

    /// Ends everybody who is not over, here and now.
    pub fn cancel_the_rest(&mut self) {
        for core in 0..self.cores.rows.len() {
            let thread = self.cores.rows[core].thread;
            if thread != NONE {
                self.account(thread);
                self.show_what_ran(thread);
            }
        }
        for task in 0..self.tasks.len() {
            let row = &mut self.tasks.rows[task as usize];
            if matches!(row.progress, Progress::Over { .. }) {
                continue;
            }
            row.progress = Progress::Over { done: false };
            let worker =
                if row.thread == NONE { Worker::MAIN } else { Worker(self.threads[row.thread as usize].worker) };
            let time = Nanos(self.now);
            self.emit(Event { time, worker, ..Event::new(Task(task), State::Cancelled, Cause::Stopped) });
        }
        self.left = 0;
    }
}
