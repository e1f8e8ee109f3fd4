//! What a simulation counts while it goes on: what was computed and what it cost, and how much there is still to do.

use super::costs::Cost;
use super::{Setup, count, schedulers};
use crate::scenario::{Group, Step, draw};

/// Counted over the run.
#[derive(Debug)]
pub(super) struct Tally {
    totals: Totals,
    expected: Expected,
    /// Tasks that are not over.
    left: u32,
    /// Steps taken, and those that never will be.
    steps_done: u64,
    /// What the steps that were taken ask for, in nanoseconds.
    asked: i64,
}

/// Summed up over the run; times in nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub running: i64,
    pub overhead: i64,
    pub switches_voluntary: u64,
    pub switches_involuntary: u64,
    threads: u32,
    pub threads_max: u32,
}

/// How much there is to simulate, in steps, ends of tasks, and slices: how often one that computes is interrupted.
#[derive(Clone, Copy, Debug)]
struct Expected {
    steps: u64,
    tasks: u32,
    cpu: i64,
    slice: i64,
}

impl Tally {
    /// `slices`: the scheduler interrupts who computes.
    pub fn new(setup: &Setup<'_>, tasks: u32, slices: bool) -> Self {
        let expected = Expected::of(setup, tasks, slices);
        Tally { totals: Totals::default(), expected, left: tasks, steps_done: 0, asked: 0 }
    }

    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// So long was computed, after so much overhead.
    #[inline]
    pub fn ran(&mut self, running: i64, overhead: i64) {
        self.totals.running = self.totals.running.saturating_add(running);
        self.totals.overhead = self.totals.overhead.saturating_add(overhead);
    }

    /// A step was taken that asks for so long. Returns what all have asked for until now.
    pub fn step_takes(&mut self, time: i64) -> i64 {
        self.asked = self.asked.saturating_add(time);
        self.asked
    }

    #[inline]
    pub fn switched_voluntarily(&mut self) {
        self.totals.switches_voluntary += 1;
    }

    #[inline]
    pub fn switched_involuntarily(&mut self) {
        self.totals.switches_involuntary += 1;
    }

    #[inline]
    pub fn threads_began(&mut self, count: u32) {
        self.totals.threads += count;
        self.totals.threads_max = self.totals.threads_max.max(self.totals.threads);
    }

    #[inline]
    pub fn thread_ended(&mut self) {
        self.totals.threads -= 1;
    }

    /// So many steps need not be waited for any more.
    #[inline]
    pub fn steps_are_done(&mut self, count: u64) {
        self.steps_done += count;
    }

    #[inline]
    pub fn task_is_over(&mut self) {
        self.left -= 1;
    }

    #[inline]
    pub fn all_are_over(&self) -> bool {
        self.left == 0
    }

    /// How much of the simulation is done, from 0 to 1.
    pub fn share_done(&self) -> f64 {
        let Expected { steps, tasks, cpu, slice } = self.expected;
        let all = steps as f64 + f64::from(tasks) + (cpu / slice) as f64;
        let slices = self.totals.running.min(cpu) / slice;
        let done = self.steps_done.min(steps) as f64 + f64::from(tasks - self.left) + slices as f64;
        (done / all.max(1.0)).clamp(0.0, 1.0)
    }
}

impl Expected {
    fn of(setup: &Setup<'_>, tasks: u32, slices: bool) -> Self {
        let groups = &setup.scenario.groups;
        let sum =
            |of: fn(&Group) -> i128| -> i128 { groups.iter().map(|group| i128::from(group.count) * of(group)).sum() };
        let quantum = schedulers::quantum(&setup.scenario.machine);
        let interval = setup.plan.gil.map(|_| setup.costs.get(Cost::GilInterval));
        let slice = [slices.then_some(quantum), interval].into_iter().flatten().min();
        Expected {
            steps: u64::try_from(sum(|group| count(&group.steps))).unwrap_or(u64::MAX),
            tasks,
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
