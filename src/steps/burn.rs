//! Burning CPU time exactly, and seeing when the kernel takes the core away meanwhile.
//!
//! A computing step runs in chunks of about 5 µs and reads the tick counter after each. Where a chunk took far longer
//! than it can, the thread's CPU clock is asked how much of that time was off the core: that stretch becomes a
//! `preempted` gap of the trace, placed to within a chunk. The CPU clock is also read every millisecond, so that many
//! short thefts cannot add up unseen, and a `cpu` step ends by CPU time, not by wall time.
//!
//! Who holds an interpreter lock also looks, many times in each chunk, whether somebody asked for it: an interpreter
//! looks at every jump backwards. Who asks goes back to sleep within a microsecond, and whether it is still awake when
//! the lock is let go decides who gets it, on which core, and how long the next slice is.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::cancel::{Cancel, Cancelled};
use super::gil::{Gil, Holder};
use super::kernel::KernelState;
use crate::clock;
use crate::record;
use crate::scenario::{Kernel, PACED_BELOW, Scenario, Step};
use crate::time::Nanos;
use crate::trace::{Cause, Peer, State, Task};

const CHUNK: Nanos = Nanos::from_micros(5);
/// How often an interpreter looks whether its lock is wanted: a loop of a few bytecodes takes about so long.
const LOOK: Nanos = Nanos(100);
/// A chunk this much longer than it should be was interrupted.
const GAP: Nanos = Nanos::from_micros(20);
/// Shorter absences (an interrupt) are not worth an event.
const OFF_CORE: Nanos = Nanos::from_micros(10);
/// How often the CPU clock is read without suspicion (260 ns each).
const SYNC_EVERY: Nanos = Nanos::from_millis(1);

/// Long enough that cheap and dear iterations even out, short enough to be left alone by the kernel now and then.
const BATCH: Nanos = Nanos::from_micros(160);
/// So little of a step is done at once, whatever the pace is, and tells nothing about it.
const LAST: Nanos = Nanos(1_500);
/// How much the latest chunk says about the next one.
const PACE_WEIGHT: f64 = 0.25;

/// What one kernel costs on this computer.
#[derive(Clone)]
pub struct Rate {
    kernel: Kernel,
    size_bytes: Option<u64>,
    /// Ready to go: a step works on a clone.
    state: KernelState,
    nanos_per_iteration: f64,
    iterations_per_chunk: u64,
    iterations_per_look: u64,
    /// See [`clock::thread_cpu_read`].
    clock_read: Nanos,
}

impl Rate {
    fn new(kernel: Kernel, size_bytes: Option<u64>, state: KernelState, nanos_per_iteration: f64) -> Self {
        let (iterations_per_chunk, iterations_per_look) = (1, 1);
        let clock_read = clock::thread_cpu_read();
        let rate = Rate {
            kernel,
            size_bytes,
            state,
            nanos_per_iteration,
            iterations_per_chunk,
            iterations_per_look,
            clock_read,
        };
        Rate { iterations_per_chunk: rate.iterations(CHUNK), iterations_per_look: rate.iterations(LOOK), ..rate }
    }

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded")]
    fn iterations(&self, time: Nanos) -> u64 {
        ((time.0.max(0) as f64 / self.nanos_per_iteration).round() as u64).max(1)
    }

    /// Measures the kernel: the fastest of many short batches, since noise only ever makes one slower.
    fn measure(kernel: Kernel, size_bytes: Option<u64>) -> Self {
        let mut state = KernelState::new(kernel, size_bytes);
        let time = |state: &mut KernelState, iterations: u64| {
            let begin = clock::ticks();
            state.iterate(iterations);
            clock::ticks_between(begin, clock::ticks())
        };
        let mut batch = 1;
        while time(&mut state, batch) < BATCH {
            batch *= 2;
        }
        let best = (0..40).map(|_| time(&mut state, batch)).min().expect("forty batches");
        #[expect(clippy::cast_precision_loss, reason = "both far below 2^53")]
        let nanos_per_iteration = (best.0.max(1) as f64) / batch as f64;
        Rate::new(kernel, size_bytes, state, nanos_per_iteration)
    }
}

/// A kernel and its speed, measured by another process of this computer.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ShippedRate {
    kernel: Kernel,
    size_bytes: Option<u64>,
    nanos_per_iteration: f64,
}

/// The rates of every kernel a scenario uses, with what it works on. The rates are measured before t = 0 and kept for
/// the life of the program, so that a `work` step is the same work in every run; the memory is the run's.
#[derive(Clone, Default)]
pub struct Rates(Vec<Rate>);

impl Rates {
    pub fn for_scenario(scenario: &Scenario) -> Self {
        let mut rates = Rates::default();
        for group in &scenario.groups {
            rates.add(&group.steps);
        }
        rates
    }

    fn add(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Cpu { kernel, size_bytes, .. } | Step::Work { kernel, size_bytes, .. }
                    if !self.0.iter().any(|rate| rate.kernel == *kernel && rate.size_bytes == *size_bytes) =>
                {
                    self.0.push(known_rate(*kernel, *size_bytes));
                }
                Step::Repeat { steps, .. } => self.add(steps),
                _ => {}
            }
        }
    }

    /// What is needed to have the same rates in another process, without measuring there.
    pub fn to_ship(&self) -> Vec<ShippedRate> {
        let shipped = |rate: &Rate| ShippedRate {
            kernel: rate.kernel,
            size_bytes: rate.size_bytes,
            nanos_per_iteration: rate.nanos_per_iteration,
        };
        self.0.iter().map(shipped).collect()
    }

    pub fn from_shipped(shipped: &[ShippedRate]) -> Self {
        let rate = |shipped: &ShippedRate| {
            let ShippedRate { kernel, size_bytes, nanos_per_iteration } = *shipped;
            Rate::new(kernel, size_bytes, KernelState::new(kernel, size_bytes), nanos_per_iteration)
        };
        Rates(shipped.iter().map(rate).collect())
    }

    /// How many iterations take `time` alone: what a `work` step does. The kernel must be one of the scenario's.
    pub fn iterations_in(&self, kernel: Kernel, size_bytes: Option<u64>, time: Nanos) -> u64 {
        self.of(kernel, size_bytes).iterations(time)
    }

    /// Of a kernel that the scenario uses.
    pub fn of(&self, kernel: Kernel, size_bytes: Option<u64>) -> &Rate {
        let found = self.0.iter().find(|rate| rate.kernel == kernel && rate.size_bytes == size_bytes);
        found.expect("every kernel of the scenario was measured")
    }
}

fn known_rate(kernel: Kernel, size_bytes: Option<u64>) -> Rate {
    /// Nanoseconds an iteration.
    type Known = HashMap<(u8, Option<u64>), f64>;
    static KNOWN: Mutex<Option<Known>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(nanos_per_iteration) = known.get(&(kernel as u8, size_bytes)) {
        return Rate::new(kernel, size_bytes, KernelState::new(kernel, size_bytes), *nanos_per_iteration);
    }
    let rate = Rate::measure(kernel, size_bytes);
    known.insert((kernel as u8, size_bytes), rate.nanos_per_iteration);
    rate
}

/// On whose behalf a step computes, and who may interrupt it.
pub struct Burning<'a> {
    pub task: Task,
    pub cancel: &'a Cancel,
    /// The interpreter lock that it holds, in models that have one.
    pub gil: Option<&'a Gil>,
}

/// Spends `time` of this thread's CPU time on the task.
///
/// # Errors
/// [`Cancelled`] within a chunk of the run being stopped.
pub fn cpu(burning: &Burning<'_>, time: Nanos, rate: &Rate) -> Result<(), Cancelled> {
    let begin = clock::ticks();
    let mut state = rate.state.clone();
    let is_exact = time >= PACED_BELOW;
    let mut burner = Burner::new(burning.task, rate, &mut state, begin, is_exact);
    // The last look at the CPU clock is part of the step.
    let time = if is_exact { time - rate.clock_read } else { time };
    let mut left = time - burner.consumed;
    while left > Nanos::ZERO {
        burner.chunk(burner.fitting(left), burning.gil);
        // The last word has the CPU clock: what it does not know of was not computing.
        if burner.is_through(time) {
            burner.sync();
        }
        burner.look_up(burning)?;
        if burner.is_through(time) {
            break;
        }
        left = time - burner.consumed;
    }
    Ok(())
}

/// Does the iterations that take `time` on an idle core, however long they take now.
///
/// # Errors
/// [`Cancelled`] within a chunk of the run being stopped.
pub fn work(burning: &Burning<'_>, time: Nanos, rate: &Rate) -> Result<(), Cancelled> {
    if time <= Nanos::ZERO {
        return Ok(());
    }
    let mut state = rate.state.clone();
    let mut burner = Burner::new(burning.task, rate, &mut state, clock::ticks(), time >= PACED_BELOW);
    let mut left = rate.iterations(time);
    while left > 0 {
        let chunk = left.min(rate.iterations_per_chunk);
        left -= burner.chunk(chunk, burning.gil);
        burner.look_up(burning)?;
    }
    Ok(())
}

/// What computing leaves behind: the task was on its core until now.
impl Drop for Burner<'_> {
    fn drop(&mut self) {
        record::ran_until(self.task, self.last);
    }
}

struct Burner<'a> {
    task: Task,
    rate: &'a Rate,
    /// Borrowed: some are thousands of bytes, too many to be moved in a step of microseconds.
    state: &'a mut KernelState,
    /// The latest look at the counter.
    last: u64,
    /// CPU time spent until `last`.
    consumed: Nanos,
    /// What an iteration takes lately: more than on an idle core where threads share its caches.
    nanos_per_iteration: f64,
    /// The latest look at the CPU clock; `None` in short steps, which never look, and where there is none.
    synced: Option<Synced>,
}

#[derive(Clone, Copy)]
struct Synced {
    ticks: u64,
    cpu: Nanos,
    /// CPU time spent until then.
    consumed: Nanos,
}

impl<'a> Burner<'a> {
    /// What was done since `begin`, by the counter, is part of the step, unless the core was lost meanwhile.
    fn new(task: Task, rate: &'a Rate, state: &'a mut KernelState, begin: u64, exact: bool) -> Self {
        let cpu = exact.then(clock::thread_cpu).flatten();
        let last = clock::ticks();
        let since = if clock::ticks_between(begin, last) > OFF_CORE { last } else { begin };
        record::see_running(task, since);
        let consumed = clock::ticks_between(since, last);
        // The kernel has looked at its clock in the middle of the read.
        let synced = cpu.map(|cpu| Synced { ticks: last, cpu, consumed: consumed - rate.clock_read / 2 });
        let nanos_per_iteration = rate.nanos_per_iteration;
        Burner { task, rate, state, last, consumed, nanos_per_iteration, synced }
    }

    /// How many iterations to do before the next look at the counter, where `left` is left: at the most a chunk and at
    /// least one. What would end the step is not risked at once: most of it tells the pace that the rest goes by.
    #[inline]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and bounded by a chunk")]
    fn fitting(&self, left: Nanos) -> u64 {
        let chunk = self.rate.iterations_per_chunk;
        let fitting = (left.0 as f64 / self.nanos_per_iteration) as u64;
        if fitting > chunk {
            return chunk;
        }
        if left < LAST { fitting.max(1) } else { (fitting * 3 / 4).max(1) }
    }

    /// Whether one more iteration would end further behind `time` than what is done by now lies before it.
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "a few nanoseconds more or less")]
    fn is_through(&self, time: Nanos) -> bool {
        (time - self.consumed).0 as f64 * 2.0 < self.nanos_per_iteration
    }

    /// Does so many iterations, or fewer when somebody wants the interpreter lock, and says how many.
    #[inline]
    fn chunk(&mut self, iterations: u64, gil: Option<&Gil>) -> u64 {
        let done = if let Some(gil) = gil {
            self.iterate_until_wanted(iterations, gil)
        } else {
            self.state.iterate(iterations);
            iterations
        };
        self.account(done);
        done
    }

    fn iterate_until_wanted(&mut self, iterations: u64, gil: &Gil) -> u64 {
        let mut done = 0;
        while done < iterations && !gil.is_wanted() {
            let few = self.rate.iterations_per_look.min(iterations - done);
            self.state.iterate(few);
            done += few;
        }
        done
    }

    /// So many iterations were done since the last look at the clock.
    #[inline]
    fn account(&mut self, iterations: u64) {
        let now = clock::ticks();
        let took = clock::ticks_between(self.last, now);
        self.consumed += took;
        if took > GAP + CHUNK {
            self.suspect(now, took, iterations);
            return;
        }
        // Reading the counter takes its part of a few iterations.
        if iterations as f64 * self.nanos_per_iteration >= LAST.0 as f64 {
            let seen = took.0 as f64 / iterations as f64;
            self.nanos_per_iteration += (seen - self.nanos_per_iteration) * PACE_WEIGHT;
        }
        if self.synced.is_some_and(|synced| clock::ticks_between(synced.ticks, now) > SYNC_EVERY) {
            self.last = now;
            self.sync();
            record::flush_if_old(now);
            return;
        }
        self.last = now;
    }

    /// Between two chunks: is the run stopped, does somebody want the interpreter lock?
    #[inline]
    fn look_up(&mut self, burning: &Burning<'_>) -> Result<(), Cancelled> {
        if burning.cancel.is_cancelled() {
            return Err(Cancelled);
        }
        match burning.gil {
            Some(gil) if gil.is_wanted() => self.hand_over(gil, burning.cancel),
            _ => Ok(()),
        }
    }

    /// Lets the interpreter lock go, since it was asked for, and queues up for it again. The lock comes first: who asked
    /// for it is awake for less than a microsecond.
    #[cold]
    fn hand_over(&mut self, gil: &Gil, cancel: &Cancel) -> Result<(), Cancelled> {
        let me = Holder::Task(self.task);
        gil.let_go(me);
        record::ran_until(self.task, self.last);
        record::stamp_at(self.last, self.task, State::Blocked, Cause::Gil, Peer::NONE);
        record::flush();
        gil.await_switch(me, cancel);
        gil.take(me, cancel)?;
        record::stamp(self.task, State::Running, Cause::None);
        // What handing over and waiting cost the CPU is not the task's computing.
        self.last = clock::ticks();
        if let Some(cpu) = self.synced.and_then(|_| clock::thread_cpu()) {
            self.synced = Some(Synced { ticks: self.last, cpu, consumed: self.consumed });
        }
        Ok(())
    }

    /// The chunk that ended now took too long: finds out how much of it was off the core and stamps that stretch. A step
    /// that does not read the clock itself asks the thread's record, which does so now and then.
    #[cold]
    fn suspect(&mut self, now: u64, took: Nanos, iterations: u64) {
        let before = self.last;
        self.last = now;
        let off = if self.synced.is_some() {
            let believed = self.consumed;
            self.sync();
            (believed - self.consumed).min(took)
        } else {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a chunk is small")]
            let expected = Nanos((iterations as f64 * self.rate.nanos_per_iteration) as i64);
            // How much work is still to be done, the pace says where no clock does; a gap in the picture it cannot make.
            let off = record::off_core().map(|off| off.min(took - expected));
            self.consumed -= off.unwrap_or(took - expected);
            off.unwrap_or(Nanos::ZERO)
        };
        if off < OFF_CORE {
            return;
        }
        // Somewhere within the chunk's few microseconds of work the core was lost: put that work half before, half
        // behind the gap.
        let lost = before + clock::ticks_in((took - off) / 2);
        let back = lost + clock::ticks_in(off);
        record::ran_until(self.task, lost);
        record::stamp_at(lost, self.task, State::Ready, Cause::Preempted, Peer::NONE);
        record::stamp_at(back, self.task, State::Running, Cause::None, Peer::NONE);
        record::flush_if_old(now);
    }

    /// Believes the CPU clock.
    fn sync(&mut self) {
        // In a short step the clock is not read at all.
        let Some(synced) = &mut self.synced else { return };
        let Some(cpu) = clock::thread_cpu() else { return };
        let spent = cpu - synced.cpu;
        self.consumed = synced.consumed + spent;
        *synced = Synced { ticks: self.last, cpu, consumed: self.consumed };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const SPIN: (Kernel, Option<u64>) = (Kernel::Spin, None);

    #[test]
    fn a_cpu_step_costs_its_cpu_time_by_the_kernels_account() {
        for (_, kernel) in Kernel::ALL {
            let size = None;
            let rate = known_rate(kernel, size);
            let begin = clock::thread_cpu_now();
            let cancel = Cancel::default();
            cpu(&Burning { task: Task(0), cancel: &cancel, gil: None }, Nanos::from_millis(20), &rate).unwrap();
            let spent = clock::thread_cpu_now() - begin;
            // It ends at the iteration that is nearest to its time; the longest takes 50 µs.
            assert!(
                spent >= Nanos::from_millis(20) - Nanos::from_micros(25),
                "{kernel:?}: {spent}, {} ns an iteration",
                rate.nanos_per_iteration
            );
            // Far above what the last chunk can overshoot, far below a step that counts wall time twice.
            assert!(spent < Nanos::from_millis(40), "{kernel:?}: {spent}");
        }
    }

    /// The core may be slower than it was: who trusted the old pace to the end would be late by as much.
    #[test]
    fn what_would_end_a_step_is_not_risked_at_once() {
        const NANOS_PER_ITERATION: f64 = 10.0;
        let rate = Rate::new(SPIN.0, SPIN.1, known_rate(SPIN.0, SPIN.1).state.clone(), NANOS_PER_ITERATION);
        let mut state = rate.state.clone();
        let burner = Burner::new(Task(0), &rate, &mut state, clock::ticks(), false);
        let check = |left: i64, iterations: u64| assert_eq!(burner.fitting(Nanos(left)), iterations, "{left} ns");
        check(20_000, 500);
        check(5_100, 500);
        check(5_000, 375);
        check(4_000, 300);
        check(1_400, 140);
        check(4, 1);
    }

    /// Somebody may want the interpreter lock before the first iteration, and an interrupt come just then.
    #[test]
    fn a_look_without_iterations_tells_no_pace() {
        let rate = known_rate(SPIN.0, SPIN.1);
        let mut state = rate.state.clone();
        let mut burner = Burner::new(Task(0), &rate, &mut state, clock::ticks(), false);
        burner.last -= clock::ticks_in(LAST * 2);
        burner.account(0);
        assert_eq!(burner.nanos_per_iteration.to_bits(), rate.nanos_per_iteration.to_bits());
    }

    #[test]
    fn the_rate_is_kept_and_the_memory_goes_with_the_run() {
        let size = Some(1 << 20);
        let first = known_rate(Kernel::Sum, size);
        let KernelState::Sum { numbers, .. } = &first.state else { panic!("another kernel") };
        let memory = Arc::downgrade(numbers);
        let nanos_per_iteration = first.nanos_per_iteration;
        drop(first);
        assert!(memory.upgrade().is_none());
        let second = known_rate(Kernel::Sum, size);
        assert_eq!(second.nanos_per_iteration.to_bits(), nanos_per_iteration.to_bits(), "the same work in every run");
    }

    #[test]
    fn a_stopped_run_stops_burning() {
        let cancel = Cancel::default();
        cancel.cancel();
        let rate = known_rate(SPIN.0, SPIN.1);
        let burning = Burning { task: Task(0), cancel: &cancel, gil: None };
        assert_eq!(cpu(&burning, Nanos::MAX, &rate), Err(Cancelled));
        assert_eq!(work(&burning, Nanos::from_millis(1_000_000_000), &rate), Err(Cancelled));
    }
}
