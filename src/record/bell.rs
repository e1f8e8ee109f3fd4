//! What the collector waits at between two looks: some time passes, somebody rings, or the kernel has filled half of one of
//! its rings. So it need not look often, and each look takes a core from those it watches.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Registry, Token, Waker};

use crate::host::SwitchRecords;

/// The collector's end.
pub(super) struct Bell {
    poll: Poll,
    events: Events,
}

/// The other end.
pub(super) struct Ringer {
    waker: Waker,
    registry: Registry,
}

const RUNG: Token = Token(0);
const FULL: Token = Token(1);

/// Both ends of a new one.
///
/// # Errors
/// When the system has no more of what it takes.
pub(super) fn bell() -> io::Result<(Bell, Ringer)> {
    let poll = Poll::new()?;
    let registry = poll.registry().try_clone()?;
    let ringer = Ringer { waker: Waker::new(&registry, RUNG)?, registry };
    // Whatever has happened, the collector looks at everything: one is as good as many.
    Ok((Bell { poll, events: Events::with_capacity(1) }, ringer))
}

impl Bell {
    /// Waits for so long at the most, and less once it has rung since the last time.
    pub fn wait(&mut self, most: Duration) {
        let until = Instant::now() + most;
        match self.poll.poll(&mut self.events, Some(most)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                thread::sleep(until.saturating_duration_since(Instant::now()));
            }
            Ok(()) | Err(_) => {}
        }
    }
}

impl Ringer {
    /// Ends a wait, or the next one.
    pub fn ring(&self) {
        // If nobody hears it, the collector looks a moment later.
        let _ = self.waker.wake();
    }

    /// It rings, too, whenever there is half as much in one of these rings as finds room.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen_to(&self, records: &SwitchRecords) -> io::Result<()> {
        records.tell_when_half_full(&self.registry, FULL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn whoever_waits_is_woken_and_a_ring_before_counts() {
        let (mut bell, ringer) = bell().unwrap();
        let begin = Instant::now();
        ringer.ring();
        bell.wait(LONG);
        thread::scope(|scope| {
            scope.spawn(|| ringer.ring());
            bell.wait(LONG);
        });
        assert!(begin.elapsed() < LONG);
        let begin = Instant::now();
        bell.wait(Duration::from_millis(3));
        assert!(begin.elapsed() >= Duration::from_millis(3), "each ring is heard once");
    }

    /// Nobody looks: who switches very often rings.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_ring_that_fills_up_rings() {
        use std::sync::atomic::{AtomicBool, Ordering};
        use std::sync::{Arc, mpsc};

        use crate::host;

        let (mut bell, ringer) = bell().unwrap();
        let Ok(mut records) = SwitchRecords::open(host::allowed_cpus()) else {
            return eprintln!("skipped: this system records no switches");
        };
        ringer.listen_to(&records).unwrap();
        let ((to, from), (back, again)) = (mpsc::channel(), mpsc::channel());
        let other = thread::spawn(move || from.iter().try_for_each(|()| back.send(())));
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let talking =
            thread::spawn(
                move || {
                    while !stopped.load(Ordering::Relaxed) && to.send(()).is_ok() && again.recv().is_ok() {}
                },
            );
        let begin = Instant::now();
        let mut seen = 0;
        for _ in 0..4 {
            bell.wait(LONG);
            records.drain(|_| seen += 1);
        }
        assert!(begin.elapsed() < LONG);
        assert!(seen >= 1_000, "{seen}");
        stop.store(true, Ordering::Relaxed);
        talking.join().unwrap();
        let _ = other.join().unwrap();
    }
}
