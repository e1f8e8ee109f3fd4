//! Being asked to stop: by Ctrl-C, by a system that shuts down, by a terminal that closes.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[cfg(unix)]
use signal_hook::consts::SIGHUP;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::failure::Failure;

/// What ends a program that does not watch for it.
#[cfg(unix)]
const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];
#[cfg(not(unix))]
const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

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
        let watched = SIGNALS.into_iter().try_for_each(watch);
        watched.map_err(|error| Failure::Work(format!("cannot watch for interrupts: {error}")))?;
        Ok(interrupts)
    }

    pub fn raised(&self) -> &AtomicBool {
        &self.raised
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
