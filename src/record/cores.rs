//! Who was on which core and when, by the kernel's context-switch records: gathers them by thread, and makes of them
//! the stretches in which each worker was on no core. Knows no event and no task.

use std::collections::HashMap;

use crate::host::{CoreChange, CoreSwitch};
use crate::time::Nanos;
use crate::trace::{Cause, Core, Worker};

/// What a run's memory may hold of records (240 MB); those beyond are lost, and counted.
const SWITCHES_MAX: u64 = 10_000_000;

/// Every record of a run, by thread.
#[derive(Default)]
pub struct CoreLog {
    threads: HashMap<u32, Thread>,
    kept: u64,
    lost: u64,
}

/// The system gives a number again when its thread is gone: so a thread can have been several workers.
#[derive(Default)]
struct Thread {
    workers: Vec<(Nanos, Worker)>,
    switches: Vec<Switch>,
}

#[derive(Clone, Copy)]
struct Switch {
    at: Nanos,
    core: Core,
    change: CoreChange,
}

impl CoreLog {
    /// From that instant on the thread is that worker.
    pub fn enroll(&mut self, thread: u32, worker: Worker, from: Nanos) {
        self.threads.entry(thread).or_default().workers.push((from, worker));
    }

    /// A record, its time as in [`CoreLog::enroll`]; `cpus` are the system's numbers of the run's cores.
    pub fn add(&mut self, switch: CoreSwitch, at: Nanos, cpus: &[usize]) {
        if self.kept == SWITCHES_MAX {
            self.lost += 1;
            return;
        }
        self.kept += 1;
        let place = cpus.iter().position(|cpu| *cpu == switch.cpu).and_then(|place| u16::try_from(place).ok());
        let core = place.map_or(Core::NONE, Core);
        self.threads.entry(switch.thread).or_default().switches.push(Switch { at, core, change: switch.change });
    }

    /// Records that found no room here.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// The stretches without a core, with `map` from the records' time to the events'.
    pub fn stretches(&mut self, map: impl Fn(Nanos) -> Nanos) -> OffCores {
        let mut off = OffCores::default();
        for thread in self.threads.values_mut() {
            thread.workers.sort_unstable_by_key(|(from, _)| *from);
            // Each core's records come in order, and what one thread did on several cores is merged here.
            thread.switches.sort_by_key(|switch| switch.at);
            thread.stretches(|worker, stretch| {
                off.push(worker, OffCore { from: map(stretch.from), to: stretch.to.map(&map), ..stretch });
            });
        }
        off
    }
}

impl Thread {
    /// Only a loss that is followed by a return makes a stretch; where a record between them is missing, nothing is
    /// made up. The last loss may still be without a return.
    fn stretches(&self, mut found: impl FnMut(Worker, OffCore)) {
        for (at, lost) in self.switches.iter().enumerate() {
            let cause = match lost.change {
                CoreChange::On => continue,
                CoreChange::Preempted => Cause::Preempted,
                CoreChange::Waits => Cause::System,
            };
            let next = self.switches.get(at + 1);
            if next.is_some_and(|next| next.change != CoreChange::On) {
                continue;
            }
            let own = self.workers.partition_point(|(from, _)| *from <= lost.at);
            let Some((_, worker)) = own.checked_sub(1).map(|at| self.workers[at]) else { continue };
            let (to, after) = (next.map(|next| next.at), next.map_or(Core::NONE, |next| next.core));
            found(worker, OffCore { from: lost.at, to, cause, before: lost.core, after });
        }
    }
}

/// A worker was on no core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffCore {
    pub from: Nanos,
    /// `None`: it has not come back.
    pub to: Option<Nanos>,
    /// [`Cause::Preempted`] or [`Cause::System`].
    pub cause: Cause,
    pub before: Core,
    pub after: Core,
}

/// Every worker's stretches without a core, each worker's in time order and without overlap.
#[derive(Clone, Debug, Default)]
pub struct OffCores(Vec<Vec<OffCore>>);

impl OffCores {
    pub fn push(&mut self, worker: Worker, stretch: OffCore) {
        let Some(worker) = worker.get() else { return };
        if self.0.len() <= worker {
            self.0.resize_with(worker + 1, Vec::new);
        }
        self.0[worker].push(stretch);
    }

    /// Those of a worker that end after `from` and begin before `to`.
    pub fn within(&self, worker: Worker, from: Nanos, to: Nanos) -> &[OffCore] {
        let own = self.of(worker);
        let first = own.partition_point(|stretch| stretch.to.is_some_and(|to| to <= from));
        let behind = own.partition_point(|stretch| stretch.from < to);
        own.get(first..behind).unwrap_or_default()
    }

    /// The core that the worker is on at `time`, if that is known.
    pub fn core_at(&self, worker: Worker, time: Nanos) -> Core {
        let own = self.of(worker);
        let begun = own.partition_point(|stretch| stretch.from <= time);
        match begun.checked_sub(1) {
            Some(last) => own[last].after,
            None => own.first().map_or(Core::NONE, |first| first.before),
        }
    }

    /// How often a worker came back on another core than it had left.
    pub fn migrations(&self) -> u64 {
        let moved = |stretch: &&OffCore| {
            stretch.to.is_some() && stretch.before != stretch.after && Core::NONE != stretch.before.max(stretch.after)
        };
        self.0.iter().flatten().filter(moved).count() as u64
    }

    fn of(&self, worker: Worker) -> &[OffCore] {
        worker.get().and_then(|worker| self.0.get(worker)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(records: &[(i64, usize, CoreChange)]) -> CoreLog {
        let mut log = CoreLog::default();
        for (at, cpu, change) in records {
            log.add(CoreSwitch { at: Nanos::ZERO, thread: 7, cpu: *cpu, change: *change }, Nanos(*at), &[4, 6]);
        }
        log
    }

    #[test]
    fn a_loss_and_a_return_make_a_stretch() {
        use CoreChange::{On, Preempted, Waits};
        // Core by core, as rings are drained.
        let mut log = log(&[(10, 4, Preempted), (50, 4, On), (60, 4, Waits), (30, 6, On), (40, 6, Waits), (70, 9, On)]);
        log.enroll(7, Worker(2), Nanos(0));
        let off = log.stretches(|time| time);
        let stretch =
            |from, to, cause, before, after| OffCore { from: Nanos(from), to: Some(Nanos(to)), cause, before, after };
        let expected = [
            stretch(10, 30, Cause::Preempted, Core(0), Core(1)),
            stretch(40, 50, Cause::System, Core(1), Core(0)),
            stretch(60, 70, Cause::System, Core(0), Core::NONE),
        ];
        assert_eq!(off.of(Worker(2)), expected);
        assert_eq!(off.migrations(), 2, "where it went to at last is not known");
        assert_eq!(off.within(Worker(2), Nanos(30), Nanos(60)), &expected[1..2]);
        let cores: Vec<Core> = [5, 30, 50, 75].into_iter().map(|time| off.core_at(Worker(2), Nanos(time))).collect();
        assert_eq!(cores, [Core(0), Core(1), Core(0), Core::NONE]);
        assert_eq!(off.core_at(Worker(3), Nanos(5)), Core::NONE);
    }

    #[test]
    fn a_missing_record_makes_no_stretch() {
        use CoreChange::{On, Preempted, Waits};
        let mut log =
            log(&[(5, 4, On), (10, 4, Preempted), (20, 4, Waits), (30, 4, On), (35, 4, On), (40, 4, Preempted)]);
        log.enroll(7, Worker(0), Nanos(0));
        let off = log.stretches(|time| time);
        let found: Vec<_> = off.of(Worker(0)).iter().map(|off| (off.from.0, off.to.map(|to| to.0))).collect();
        assert_eq!(found, [(20, Some(30)), (40, None)]);
    }

    #[test]
    fn a_number_that_is_used_again_is_another_worker() {
        use CoreChange::{On, Preempted};
        let mut log = log(&[(10, 4, Preempted), (20, 4, On), (110, 4, Preempted), (120, 4, On)]);
        log.enroll(7, Worker(1), Nanos(100));
        log.enroll(7, Worker(0), Nanos(0));
        let off = log.stretches(|time| time);
        assert_eq!((off.of(Worker(0)).len(), off.of(Worker(1)).len()), (1, 1));
    }
}
