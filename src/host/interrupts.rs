//! Being asked to end: by Ctrl-C, by a system that shuts down, by a terminal that closes. Both shells watch for it; a
//! thread of its own waits for the signals and sleeps until one comes.

use std::io;
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::emulate_default_handler;

/// A flag that the first signal raises; from then on the next one ends the program.
pub struct Interrupts {
    raised: Arc<AtomicBool>,
    /// The signal that raised it, or 0.
    signal: Arc<AtomicI32>,
}

/// A signal that whoever waits for this program learns of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(i32);

impl Signal {
    /// The exit status of a program that it ended.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(u8::try_from(128 + self.0).unwrap_or(u8::MAX))
    }
}

impl Interrupts {
    /// Watches from now on. `first` is called when the first signal has raised the flag. The next one ends the program
    /// as if nobody watched, after `last`.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn watch(first: impl Fn() + Send + 'static, last: fn()) -> io::Result<Self> {
        let interrupts = Interrupts { raised: Arc::default(), signal: Arc::default() };
        let (raised, number) = (Arc::clone(&interrupts.raised), Arc::clone(&interrupts.signal));
        listen(move |signal| {
            if raised.load(Ordering::Acquire) {
                last();
                // It comes back only where the system knows no such end.
                drop(emulate_default_handler(signal));
                process::abort();
            }
            number.store(signal, Ordering::Relaxed);
            raised.store(true, Ordering::Release);
            first();
        })?;
        Ok(interrupts)
    }

    pub fn raised(&self) -> &AtomicBool {
        &self.raised
    }

    /// The signal that this program was asked by, if it is one to be told on: Ctrl-C is a person's way to say that it is
    /// enough.
    pub fn to_tell_on(&self) -> Option<Signal> {
        let signal = self.signal.load(Ordering::Acquire);
        (signal != 0 && signal != SIGINT).then_some(Signal(signal))
    }
}

/// What ends a program that does not watch for it. A terminal that closes is no reason where `nohup` said so before.
fn signals() -> Vec<i32> {
    let mut signals = vec![SIGINT, SIGTERM];
    #[cfg(unix)]
    if !super::is_ignored(signal_hook::consts::SIGHUP) {
        signals.push(signal_hook::consts::SIGHUP);
    }
    signals
}

#[cfg(unix)]
fn listen(heed: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new(signals())?;
    spawn(move || signals.forever().for_each(heed))
}

/// Where nothing can wait for signals, they are looked for.
#[cfg(not(unix))]
fn listen(heed: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    use std::sync::atomic::AtomicUsize;
    const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(50);
    let last = Arc::new(AtomicUsize::new(0));
    for signal in signals() {
        signal_hook::flag::register_usize(signal, Arc::clone(&last), usize::try_from(signal).unwrap_or_default())?;
    }
    spawn(move || {
        loop {
            thread::sleep(LOOK_EVERY);
            if let Ok(signal @ 1..) = i32::try_from(last.swap(0, Ordering::Relaxed)) {
                heed(signal);
            }
        }
    })
}

fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("tasklane-signals".into()).spawn(work).map(drop)
}
