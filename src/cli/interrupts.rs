//! Being asked to stop: by Ctrl-C, by a system that shuts down, by a terminal that closes.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[cfg(unix)]
use signal_hook::consts::SIGHUP;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::failure::Failure;
#[cfg(unix)]
use crate::host;

/// What ends a program that does not watch for it. A terminal that closes is no reason where `nohup` said so before.
fn signals() -> Vec<i32> {
    let mut signals = vec![SIGINT, SIGTERM];
    #[cfg(unix)]
    if !host::is_ignored(SIGHUP) {
        signals.push(SIGHUP);
    }
    signals
}

/// A flag that the first signal raises; from then on the next one ends the program as if nobody watched.
pub struct Interrupts {
    raised: Arc<AtomicBool>,
    /// The number of the last signal, or 0.
    signal: Arc<AtomicUsize>,
}

impl Interrupts {
    /// Watches from now on.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn watch() -> Result<Self, Failure> {
        let interrupts = Interrupts { raised: Arc::default(), signal: Arc::default() };
        let watch = |signal: i32| -> io::Result<()> {
            flag::register_conditional_default(signal, Arc::clone(&interrupts.raised))?;
            flag::register_usize(signal, Arc::clone(&interrupts.signal), usize::try_from(signal).unwrap_or_default())?;
            flag::register(signal, Arc::clone(&interrupts.raised)).map(drop)
        };
        let watched = signals().into_iter().try_for_each(watch);
        watched.map_err(|error| Failure::Work(format!("cannot watch for interrupts: {error}")))?;
        Ok(interrupts)
    }

    pub fn raised(&self) -> &AtomicBool {
        &self.raised
    }

    /// Of something that begins now: whether to give it up, since the first signal has come meanwhile. After one that
    /// came before, the next ends the program anyway.
    pub fn since_now(&self) -> impl Fn() -> bool {
        let before = self.raised.load(Ordering::Relaxed);
        move || !before && self.raised.load(Ordering::Relaxed)
    }

    /// From now on nothing would be left half done: the next signal ends the program as if nobody watched.
    /// Returns [`Interrupts::verdict`].
    ///
    /// # Errors
    /// As [`Interrupts::verdict`].
    pub fn over(self) -> Result<(), Failure> {
        self.raised.store(true, Ordering::Relaxed);
        self.verdict()
    }

    /// How the command ends that was asked to stop, and has: Ctrl-C is a person's way to say that it is enough, any
    /// other signal is told on to whoever waits for us.
    ///
    /// # Errors
    /// [`Failure::Signal`] after such a signal.
    pub fn verdict(&self) -> Result<(), Failure> {
        match u8::try_from(self.signal.load(Ordering::Relaxed)) {
            Ok(signal) if signal != 0 && i32::from(signal) != SIGINT => Err(Failure::Signal(signal)),
            _ => Ok(()),
        }
    }
}

/// What is written until somebody wants it no more; from then on every write fails.
pub struct Interruptible<'a> {
    pub out: &'a mut dyn Write,
    pub interrupted: &'a dyn Fn() -> bool,
}

impl Interruptible<'_> {
    /// # Errors
    /// Once it is interrupted.
    pub fn check(&self) -> io::Result<()> {
        // Not of the kind `Interrupted`: that means to try again.
        if (self.interrupted)() { Err(io::Error::other("interrupted")) } else { Ok(()) }
    }
}

impl Write for Interruptible<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.check()?;
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use super::*;
    use crate::store::save::save_bytes_atomically;

    #[test]
    fn nothing_stays_of_a_file_that_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let asked = Cell::new(0);
        let interrupted = || {
            asked.set(asked.get() + 1);
            asked.get() > 3
        };
        let saved = save_bytes_atomically(&folder.path().join("endless.txt"), |out| {
            let mut out = Interruptible { out, interrupted: &interrupted };
            loop {
                out.write_all(&[b'x'; 10_000])?;
            }
        });
        assert!(saved.unwrap_err().to_string().ends_with("was not saved: interrupted"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn only_the_first_signal_gives_up_and_only_what_had_begun() {
        let stop = Interrupts { raised: Arc::default(), signal: Arc::default() };
        let early = stop.since_now();
        assert!(!early());
        stop.raised.store(true, Ordering::Relaxed);
        assert!(early() && !stop.since_now()());
    }
}
