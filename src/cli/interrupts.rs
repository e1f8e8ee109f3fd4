//! Being asked to stop, on the command line: what has begun is given up or kept, and how the command ends.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use super::failure::Failure;
use crate::host::interrupts::Interrupts as Signals;
use crate::store::save;

/// A flag that the first signal raises; from then on the next one ends the program, and no file stays half written.
pub struct Interrupts(Signals);

impl Interrupts {
    /// Watches from now on.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn watch() -> Result<Self, Failure> {
        let watched = Signals::watch(|| {}, save::give_up_unfinished);
        watched.map(Interrupts).map_err(|error| Failure::Work(format!("cannot watch for interrupts: {error}")))
    }

    pub fn raised(&self) -> &AtomicBool {
        self.0.raised()
    }

    /// Of something that begins now: whether to give it up, since the first signal has come meanwhile. After one that
    /// came before, the next ends the program anyway.
    pub fn since_now(&self) -> impl Fn() -> bool {
        since_now(self.raised())
    }

    /// From now on nothing would be left half done: the next signal ends the program as if nobody watched.
    /// Returns [`Interrupts::verdict`].
    ///
    /// # Errors
    /// As [`Interrupts::verdict`].
    pub fn over(self) -> Result<(), Failure> {
        self.raised().store(true, Ordering::Relaxed);
        self.verdict()
    }

    /// How the command ends that was asked to stop, and has: Ctrl-C is a person's way to say that it is enough, any
    /// other signal is told on to whoever waits for us.
    ///
    /// # Errors
    /// [`Failure::Signal`] after such a signal.
    pub fn verdict(&self) -> Result<(), Failure> {
        self.0.to_tell_on().map_or(Ok(()), |signal| Err(Failure::Signal(signal)))
    }
}

fn since_now(raised: &AtomicBool) -> impl Fn() -> bool {
    let before = raised.load(Ordering::Relaxed);
    move || !before && raised.load(Ordering::Relaxed)
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
        let raised = AtomicBool::new(false);
        let early = since_now(&raised);
        assert!(!early());
        raised.store(true, Ordering::Relaxed);
        assert!(early() && !since_now(&raised)());
    }
}
