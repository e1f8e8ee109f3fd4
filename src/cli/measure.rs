//! Making the runs: drives a session to its end, tells how far it is, and stops it cleanly when it is interrupted.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::failure::Failure;
use super::terminal::{Terminal, tell};
use crate::engine::session::Session;
use crate::engine::{self, Request, Snapshots, StartError};
use crate::lang::Lang;
use crate::trace::Run;

/// What had happened in a cancelled run is waited for so long; of millions of tasks it takes a while.
const GATHER_MAX: Duration = Duration::from_secs(30);
/// Progress is rewritten at most so often: writing to a terminal costs a core that the run may need.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// Makes every run, `repeats` times each, and returns the session that holds them.
///
/// A raised `stop` cancels; what had happened until then is kept.
///
/// # Errors
/// When this computer cannot do what was asked; nothing was run then.
pub fn measure(requests: Vec<Request>, repeats: u32, stop: &AtomicBool) -> Result<Session, Failure> {
    measured(requests, repeats, None, stop)
}

/// As [`measure`], for one run; `place`: how many of how many were made before.
///
/// # Errors
/// When this computer cannot do what was asked.
pub fn measure_one(request: Request, place: (u32, u32), stop: &AtomicBool) -> Result<Arc<Run>, Failure> {
    let session = measured(vec![request], 1, Some(place), stop)?;
    Ok(Arc::clone(&session.entries().first().expect("it was started").run))
}

fn measured(
    requests: Vec<Request>,
    repeats: u32,
    place: Option<(u32, u32)>,
    stop: &AtomicBool,
) -> Result<Session, Failure> {
    let (wake, woken) = engine::waker();
    let mut session = Session::new(Snapshots::Last, wake);
    session.start(requests, repeats).map_err(refused)?;
    let mut progress = ProgressLine::new();
    let mut cancelled = false;
    session.finish(&woken, |session| {
        if !cancelled {
            progress.tell(|| how_far(session, place));
        }
        if stop.load(Ordering::Relaxed) && !cancelled {
            session.cancel();
            cancelled = true;
            progress.clear();
            tell("cancelled: what follows is what had happened until then (Ctrl-C again: nothing does)");
        }
    });
    progress.clear();
    if cancelled {
        session.end(GATHER_MAX);
    }
    match session.take_trouble() {
        Some(error) => Err(refused(error)),
        None => Ok(session),
    }
}

/// `place`: how many of how many were made before, where the session is one of many.
fn how_far(session: &Session, place: Option<(u32, u32)>) -> Option<String> {
    let progress = session.progress()?;
    let under_way = session.entries().iter().find(|entry| !entry.run.is_over());
    let share = format!("{:.0} %", progress.run_fraction * 100.0);
    let of_run =
        under_way.map_or_else(String::new, |entry| format!(" · {} · {share}", entry.run.choice.title(Lang::En)));
    let (done, runs) = place.unwrap_or((progress.runs_done, progress.runs_total));
    let run = done + 1;
    Some(format!("run {run} of {runs}{of_run}"))
}

/// What a refusal means for the exit status.
pub fn refused(error: StartError) -> Failure {
    match error {
        StartError::Thread(_) => Failure::work(error),
        _ => Failure::usage(error),
    }
}

/// One line on stderr that is written over again and again, only where a person sees it.
pub struct ProgressLine {
    shown: bool,
    told: Option<Instant>,
}

impl ProgressLine {
    pub fn new() -> Self {
        ProgressLine { shown: io::stderr().is_terminal(), told: None }
    }

    /// Says `text`, where there is something to say and the last word was not just now.
    pub fn tell(&mut self, text: impl FnOnce() -> Option<String>) {
        let due = self.told.is_none_or(|told| told.elapsed() >= TELL_EVERY);
        if !self.shown || !due {
            return;
        }
        self.told = Some(Instant::now());
        if let Some(text) = text() {
            self.write(&text);
        }
    }

    pub fn clear(&mut self) {
        if self.told.is_some() {
            self.write("");
        }
    }

    /// Progress is a courtesy: where stderr cannot be written there is nobody to tell.
    fn write(&mut self, text: &str) {
        let mut stderr = io::stderr().lock();
        // A line that breaks could not be written over.
        let text: String = text.chars().take(Terminal::of_stdout().width - 1).collect();
        self.shown = write!(stderr, "\r\x1b[2K{text}").and_then(|()| stderr.flush()).is_ok();
    }
}
