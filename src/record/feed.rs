//! Between a run's threads and whoever watches it: when it began, how it ended, and its newest snapshot. The runner
//! tells, the collector publishes, the shells look. And what is to be done beside the run once it has gone on for a while:
//! the collector, who looks now and then anyway, does it.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use super::bell::Ringer;
use crate::clock::{self, Anchor};
use crate::host::{self, MemoryMark, SwitchRecords};
use crate::time::Nanos;
use crate::trace::{Run, Status};

/// What runner, collector and shells share of one run.
pub struct Feed {
    published: Mutex<Arc<Run>>,
    /// So many ends of tasks were recorded.
    pub(super) ended: AtomicU32,
    pub(super) begin: OnceLock<Begin>,
    pub(super) ending: OnceLock<Ending>,
    /// On their way to the collector.
    pub(super) records: Mutex<Option<SwitchRecords>>,
    later: Mutex<Option<Later>>,
    bell: Ringer,
    pub(super) over: AtomicBool,
    pub(super) gathered: AtomicBool,
}

/// What is to be done once a run has gone on for so long.
struct Later {
    from: Nanos,
    errand: Box<dyn FnMut() -> io::Result<()> + Send>,
}

/// What has failed is tried again so much later.
const AGAIN_AFTER: Nanos = Nanos::from_millis(20);

/// Does it if it is due at that time of the run; whatever fails stays to be done.
fn do_if_due(later: &mut Option<Later>, now: Nanos) {
    if let Some(mut due) = later.take_if(|later| now >= later.from)
        && (due.errand)().is_err()
    {
        *later = Some(Later { from: now + AGAIN_AFTER, ..due });
    }
}

/// Taken at t = 0.
#[derive(Clone, Copy)]
pub(super) struct Begin {
    pub memory: MemoryMark,
    pub anchor: Anchor,
    pub process_cpu: Option<Nanos>,
    pub startup: Nanos,
}

/// Taken when the run's main thread has nothing left to do.
#[derive(Clone)]
pub(super) struct Ending {
    pub status: Status,
    pub variables: Vec<(String, i64)>,
    pub trouble: Option<String>,
    pub server_cpu: Option<Nanos>,
    pub anchor: Anchor,
    pub process_cpu: Option<Nanos>,
    /// Of this process, since t = 0.
    pub peak_memory_bytes: Option<u64>,
    pub at: Instant,
}

impl Feed {
    /// `template` is the run before its first event.
    pub(super) fn new(template: Run, bell: Ringer) -> Self {
        Feed {
            published: Mutex::new(Arc::new(template)),
            ended: AtomicU32::new(0),
            begin: OnceLock::new(),
            ending: OnceLock::new(),
            records: Mutex::new(None),
            later: Mutex::new(None),
            bell,
            over: AtomicBool::new(false),
            gathered: AtomicBool::new(false),
        }
    }

    /// The newest snapshot; cheap.
    pub fn snapshot(&self) -> Arc<Run> {
        Arc::clone(&self.lock())
    }

    /// So many ends of tasks were recorded. Of a run that was stopped, a task may have two.
    pub fn ended(&self) -> u32 {
        self.ended.load(Ordering::Relaxed)
    }

    /// The last snapshot is there.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Every thread of the run came back, or was given up and counted.
    pub fn is_gathered(&self) -> bool {
        self.gathered.load(Ordering::Acquire)
    }

    /// t = 0 is now. `startup` is what making pools and runtimes took until here. Returns the tick of t = 0.
    pub fn begin(&self, startup: Nanos) -> u64 {
        let memory = MemoryMark::set();
        let begin = Begin { memory, anchor: Anchor::take(), process_cpu: host::process_cpu(), startup };
        self.begin.get_or_init(|| begin).anchor.ticks
    }

    /// The run's main thread is through. `variables`: their last values; `trouble`: what the system refused, if that is
    /// why; `server_cpu`: what a server beside the run took.
    pub fn end(
        &self,
        status: Status,
        variables: Vec<(String, i64)>,
        trouble: Option<String>,
        server_cpu: Option<Nanos>,
    ) {
        let anchor = Anchor::take();
        let process_cpu = host::process_cpu();
        let at = Instant::now();
        let peak_memory_bytes = self.begin.get().and_then(|begin| begin.memory.peak_bytes());
        self.ending.get_or_init(|| Ending {
            status,
            variables,
            trouble,
            server_cpu,
            anchor,
            process_cpu,
            peak_memory_bytes,
            at,
        });
        *self.lock_later() = None;
        self.bell.ring();
    }

    /// Hands over the kernel's records of the run's context switches, before t = 0.
    ///
    /// # Errors
    /// When the system has no way to tell that they fill up: they would be read too late.
    pub fn read_switches(&self, records: SwitchRecords) -> io::Result<()> {
        self.bell.listen_to(&records)?;
        *self.records.lock().unwrap_or_else(PoisonError::into_inner) = Some(records);
        Ok(())
    }

    /// Has something done, on the collector's thread, once the run has gone on for so long, unless its main thread is
    /// through by then. What fails is tried again after a while. It is the only errand: another takes its place.
    pub(crate) fn later(&self, from: Nanos, errand: impl FnMut() -> io::Result<()> + Send + 'static) {
        *self.lock_later() = Some(Later { from, errand: Box::new(errand) });
    }

    /// Does what was to be done by now. Returns how long it is until the rest is due, if there is any.
    pub(super) fn do_what_is_due(&self) -> Option<Nanos> {
        let begin = self.begin.get()?;
        let now = clock::ticks_between(begin.anchor.ticks, clock::ticks());
        let mut later = self.lock_later();
        do_if_due(&mut later, now);
        later.as_ref().map(|later| later.from - now)
    }

    fn lock_later(&self) -> MutexGuard<'_, Option<Later>> {
        self.later.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, run: Run) {
        *self.lock() = Arc::new(run);
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Run>> {
        // A snapshot is replaced whole: a panic elsewhere cannot leave half of one.
        self.published.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_is_to_be_done_later_is_done_once_it_is_due_until_it_succeeds() {
        let (told, hears) = mpsc::channel();
        let mut fails_once = true;
        let tell = move || {
            told.send(()).unwrap();
            if std::mem::take(&mut fails_once) { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        };
        let mut later = Some(Later { from: Nanos::from_millis(30), errand: Box::new(tell) });
        let expected = [(0, 0, true), (29, 0, true), (30, 1, true), (49, 0, true), (50, 1, false), (90, 0, false)];
        for (now, times, is_left) in expected {
            do_if_due(&mut later, Nanos::from_millis(now));
            assert_eq!((hears.try_iter().count(), later.is_some()), (times, is_left), "at {now}");
        }
    }
}
