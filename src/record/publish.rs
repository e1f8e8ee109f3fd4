//! What the collector has taken in, as a [`Run`]: growing while it goes on; at the end with its clocks aligned and its
//! account closed.

use super::collector::Collector;
use super::cores::OffCores;
use super::feed::{Begin, Ending};
use super::merge::merge;
use crate::clock::{self, Anchor};
use crate::host::{MemoryMark, SwitchRecords, ThreadUsage};
use crate::time::Nanos;
use crate::trace::{Core, Event, PreemptionSource, Run, State, Trace, Worker};

impl Collector {
    pub fn publish_growing(&mut self) {
        let Some(begin) = self.feed.begin.get() else { return };
        let now = Anchor::take();
        let by_kernel = now.monotonic - begin.anchor.monotonic;
        let now = clock::ticks_between(begin.anchor.ticks, now.ticks);
        let factor = now.ratio(by_kernel).unwrap_or(1.0);
        let off = self.cores.stretches(|time| Nanos::from_secs_f64(time.secs() * factor));
        let (trace, added) = self.trace(&self.log, &off, now);
        let received = self.received + added;
        let account = crate::trace::Account {
            startup: begin.startup,
            received,
            recorded: received.max(self.recorded + added),
            preemption_source: self.preemption_source(),
            switches_lost: self.switches_lost(),
            main: self.main.until(now),
            ..self.run.account.clone()
        };
        self.feed.publish(Run { trace, account, ..self.run.clone() });
        (self.wake)();
    }

    pub fn publish_final(&mut self, ending: &Ending) {
        // A run that could not begin has no zero: its end serves, there are no events to place.
        let begin = self.feed.begin.get().copied().unwrap_or_else(|| Begin {
            memory: MemoryMark::set(),
            anchor: ending.anchor,
            process_cpu: ending.process_cpu,
            startup: Nanos::ZERO,
        });
        let by_counter = clock::ticks_between(begin.anchor.ticks, ending.anchor.ticks);
        let by_kernel = ending.anchor.monotonic - begin.anchor.monotonic;
        let factor = by_kernel.ratio(by_counter).unwrap_or(1.0);
        let aligned = |time: Nanos| Nanos::from_secs_f64(time.secs() * factor);
        let log: Vec<Event> = self.log.iter().map(|event| Event { time: aligned(event.time), ..*event }).collect();
        let off = self.cores.stretches(|time| time);
        let (trace, added) = self.trace(&log, &off, by_kernel);
        self.run.variables.clone_from(&ending.variables);
        let (preemption_source, switches_lost) = (self.preemption_source(), self.switches_lost());
        let account = &mut self.run.account;
        account.startup = begin.startup;
        account.trouble.clone_from(&ending.trouble);
        account.received = self.received + added;
        account.recorded = self.recorded.max(self.received) + added;
        account.cpu = self.cpu;
        account.cpu_system = self.cpu.zip(self.usage).and_then(|(cpu, usage)| system_part(cpu, usage));
        account.switches_voluntary = self.usage.map(|usage| usage.voluntary);
        account.switches_involuntary = self.usage.map(|usage| usage.involuntary);
        account.preemption_source = preemption_source;
        account.switches_lost = switches_lost;
        account.migrations = match preemption_source {
            PreemptionSource::KernelRecords => Some(off.migrations()),
            PreemptionSource::Clocks | PreemptionSource::Unknown => migrations_seen(&log),
        };
        account.main = self.main.until(by_counter);
        for span in &mut account.main {
            (span.start, span.end) = (aligned(span.start).min(by_kernel), aligned(span.end).min(by_kernel));
        }
        account.peak_memory_bytes = ending.peak_memory_bytes.map(|own| own + self.elsewhere.peak_memory_bytes);
        account.stragglers = self.alive;
        account.clock_drift = by_kernel - by_counter;
        let process = begin.process_cpu.zip(ending.process_cpu).map(|(begin, end)| end - begin);
        account.server_cpu = ending.server_cpu;
        let apart = self.cpu.map(|cpu| cpu - self.elsewhere.cpu + ending.server_cpu.unwrap_or(Nanos::ZERO));
        let watching =
            |(process, apart): (Nanos, Nanos)| (process - apart).max(Nanos::ZERO) + self.elsewhere.observer_cpu;
        account.observer_cpu = process.zip(apart).map(watching);
        let mut output = self.run.output.clone();
        for line in &mut output {
            line.time = aligned(line.time);
        }
        output.sort_by_key(|line| line.time);
        for sample in &mut self.run.load {
            sample.time = aligned(sample.time);
        }
        self.feed.publish(Run { trace, output, status: ending.status, ..self.run.clone() });
    }

    /// The events with the kernel's word on the cores, and how many events that became.
    fn trace(&self, log: &[Event], off: &OffCores, horizon: Nanos) -> (Trace, u64) {
        let mut added = 0;
        let refine = |story: &mut Vec<Event>| added += merge(story, off, horizon);
        let trace = Trace::refined(self.run.trace.tasks(), log, horizon, refine);
        (trace, added)
    }

    fn preemption_source(&self) -> PreemptionSource {
        preemption_source(self.records.is_some())
    }

    fn switches_lost(&self) -> u64 {
        self.records.as_ref().map_or(0, SwitchRecords::lost) + self.cores.lost()
    }
}

/// Clocks count whole CPU time exactly; how it is split is known only roughly, so the split is a share.
fn system_part(cpu: Nanos, usage: ThreadUsage) -> Option<Nanos> {
    let share = usage.system.ratio(usage.user + usage.system)?;
    Some(Nanos::from_secs_f64(cpu.secs() * share))
}

/// How often a worker was seen to compute on another core than the last time; `None` where no core is known.
fn migrations_seen(log: &[Event]) -> Option<u64> {
    let known = |event: &&Event| event.state == State::Running && event.core != Core::NONE;
    let mut seen: Vec<_> = log.iter().filter(known).map(|event| (event.worker, event.time, event.core)).collect();
    seen.sort_unstable();
    let moved = |pair: &&[(Worker, Nanos, Core)]| pair[0].0 == pair[1].0 && pair[0].2 != pair[1].2;
    (!seen.is_empty()).then(|| seen.windows(2).filter(moved).count() as u64)
}

/// Whose word it is that a task was off its core, with or without the kernel's records.
pub fn preemption_source(has_records: bool) -> PreemptionSource {
    match (has_records, clock::thread_cpu()) {
        (true, _) => PreemptionSource::KernelRecords,
        (false, Some(_)) => PreemptionSource::Clocks,
        (false, None) => PreemptionSource::Unknown,
    }
}
