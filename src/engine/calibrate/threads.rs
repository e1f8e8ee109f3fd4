//! What threads cost: starting, waking, switching, handing over the interpreter lock, stealing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder};
use std::time::Duration;

use super::Bounds;
use crate::steps::cancel::Cancel;
use crate::steps::gil::{Gil, Holder};
use crate::time::Nanos;
use crate::trace::Task;
use crate::{clock, host};

/// Who has not come by then has no core, and there is nothing to be measured.
const PATIENCE: Nanos = Nanos::from_millis(100);

/// Two threads on one core hand it to each other by parking: a hand-over is one switch.
pub(super) fn context_switches(bounds: Bounds<'_>) -> Vec<Nanos> {
    const BATCHES: usize = 100;
    const ROUNDS: i64 = 50;
    let is_theirs = AtomicBool::new(false);
    let is_over = AtomicBool::new(false);
    let ping = |pong: &thread::Thread| {
        let begin = clock::ticks();
        for _ in 0..ROUNDS {
            is_theirs.store(true, Ordering::Release);
            pong.unpark();
            while is_theirs.load(Ordering::Acquire) {
                thread::park();
            }
        }
        clock::ticks_between(begin, clock::ticks()) / (2 * ROUNDS)
    };
    // Whoever it makes inherits the restriction.
    on_a_core(0, || {
        let ping_thread = thread::current();
        thread::scope(|scope| {
            let answer = || {
                while !is_over.load(Ordering::Acquire) {
                    if is_theirs.swap(false, Ordering::AcqRel) {
                        ping_thread.unpark();
                    }
                    thread::park();
                }
            };
            let Ok(pong) = Builder::new().spawn_scoped(scope, answer) else { return Vec::new() };
            let samples = bounds.samples(BATCHES, || Some(ping(pong.thread())));
            is_over.store(true, Ordering::Release);
            pong.thread().unpark();
            samples
        })
    })
    .unwrap_or_default()
}

/// From the notification of a thread that sleeps on a core of its own to that thread's first instruction.
pub(super) fn wake_ups(bounds: Bounds<'_>) -> Vec<Nanos> {
    const SAMPLES: usize = 100;
    /// Until the sleeper's core is idle. No longer: wake-ups matter where there are many, and an idle core falls into
    /// deeper and deeper sleep.
    const ASLEEP: Duration = Duration::from_micros(60);
    if host::cores() < 2 {
        return Vec::new();
    }
    let bell = Bell::default();
    let ring = || {
        thread::sleep(ASLEEP);
        let begin = clock::ticks();
        bell.ring();
        while clock::ticks_between(begin, clock::ticks()) < PATIENCE {
            match bell.heard.swap(0, Ordering::AcqRel) {
                0 => std::hint::spin_loop(),
                heard => return Some(clock::ticks_between(begin, heard).max(Nanos::ZERO)),
            }
        }
        None
    };
    thread::scope(|scope| {
        let Ok(sleeper) = Builder::new().spawn_scoped(scope, || on_a_core(1, || bell.listen())) else {
            return Vec::new();
        };
        let samples = on_a_core(0, || bounds.samples(SAMPLES, ring));
        bell.end();
        drop(sleeper.join());
        samples.unwrap_or_default()
    })
}

/// What a thread computes from its birth to its first line.
pub(super) fn set_ups(bounds: Bounds<'_>) -> Vec<Nanos> {
    const SAMPLES: usize = 100;
    bounds.samples(SAMPLES, || thread::spawn(clock::thread_cpu).join().ok().flatten())
}

/// From the moment its holder lets go of the interpreter lock, because another asked for it, until that other has it.
pub(super) fn gil_hand_offs(bounds: Bounds<'_>) -> Vec<Nanos> {
    const SAMPLES: usize = 50;
    /// Short, so that there are many hand-overs; it is not part of them.
    const INTERVAL: Nanos = Nanos::from_micros(500);
    let (gil, cancel) = (Gil::new(INTERVAL), Cancel::default());
    let is_over = AtomicBool::new(false);
    let let_go = AtomicU64::new(0);
    let compute = |me: Holder| {
        let mut samples = Vec::with_capacity(SAMPLES);
        while samples.len() < SAMPLES && !is_over.load(Ordering::Acquire) && gil.take(me, &cancel).is_ok() {
            let taken = clock::ticks();
            // 0: nobody has had it before.
            let since = let_go.load(Ordering::Acquire);
            samples.extend((since > 0).then(|| clock::ticks_between(since, taken).max(Nanos::ZERO)));
            while !gil.is_wanted() && !is_over.load(Ordering::Acquire) && !bounds.are_reached() {
                std::hint::spin_loop();
            }
            let_go.store(clock::ticks(), Ordering::Release);
            gil.release(me, &cancel);
            is_over.fetch_or(bounds.are_reached(), Ordering::AcqRel);
        }
        // Nobody will ask the other for it any more.
        is_over.store(true, Ordering::Release);
        samples
    };
    thread::scope(|scope| {
        let other = Builder::new().spawn_scoped(scope, || compute(Holder::Task(Task(1))));
        // Alone there is nobody to hand it to.
        let Ok(other) = other else { return Vec::new() };
        let own = compute(Holder::Task(Task(0)));
        drop(other.join());
        own
    })
}

/// One of two workers only watches, so the other has to steal each of its tasks.
pub(super) fn steals(bounds: Bounds<'_>) -> Vec<Nanos> {
    const BATCHES: usize = 20;
    const TASKS: u64 = 500;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).thread_name(|_| "tasklane-steal".into()).build();
    let (Ok(pool), 2..) = (pool, host::cores()) else { return Vec::new() };
    let batch = || {
        let (stolen, first, last) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let is_whole = pool.scope(|scope| {
            for _ in 0..TASKS {
                scope.spawn(|_| {
                    last.store(clock::ticks(), Ordering::Release);
                    if stolen.fetch_add(1, Ordering::AcqRel) == 0 {
                        first.store(last.load(Ordering::Acquire), Ordering::Release);
                    }
                });
            }
            let begin = clock::ticks();
            while stolen.load(Ordering::Acquire) < TASKS {
                if clock::ticks_between(begin, clock::ticks()) > PATIENCE {
                    return false;
                }
                std::hint::spin_loop();
            }
            true
        });
        let time = clock::ticks_between(first.into_inner(), last.into_inner());
        is_whole.then(|| time / (TASKS.cast_signed() - 1))
    };
    bounds.samples(BATCHES, batch)
}

/// Does `work` on a thread that is restricted to one core; `None` where there is no such thread.
fn on_a_core<T: Send>(number: usize, work: impl FnOnce() -> T + Send) -> Option<T> {
    let cpu = *host::allowed_cpus().get(number)?;
    thread::scope(|scope| {
        let restricted = move || host::restrict_this_thread(&[cpu]).then(work);
        Builder::new().spawn_scoped(scope, restricted).ok()?.join().ok()?
    })
}

/// Wakes a thread and is told when it woke.
#[derive(Default)]
struct Bell {
    state: Mutex<BellState>,
    changed: Condvar,
    /// When the listener woke; 0 until it has.
    heard: AtomicU64,
}

#[derive(Default)]
struct BellState {
    rings: bool,
    is_over: bool,
}

impl Bell {
    fn ring(&self) {
        self.lock().rings = true;
        self.changed.notify_one();
    }

    fn end(&self) {
        self.lock().is_over = true;
        self.changed.notify_one();
    }

    fn listen(&self) {
        let mut state = self.lock();
        while !state.is_over {
            // What was rung before anybody listened is heard, too.
            if !state.rings {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let now = clock::ticks();
            if std::mem::take(&mut state.rings) {
                self.heard.store(now, Ordering::Release);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BellState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
