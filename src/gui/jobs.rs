//! What would make the window wait: file dialogs, opening and saving, measuring this computer. Each is done on a thread
//! of its own and reports through one channel; the app polls it.
//!
//! Invariant: every job reports, also one that breaks off or gets no thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use eframe::egui::Context;

use super::calibration::Watch;
use super::commands::Browse;
use super::export_order::ExportOrder;
use super::{save_dialog, words};
use crate::analysis::metrics::{Metrics, metrics};
use crate::engine::calibrate::Stopped;
use crate::engine::session::Progress;
use crate::export::tasklane;
use crate::lang::Lang;
use crate::scenario::Scenario;
use crate::simulate::costs::CostTable;
use crate::store::costs;
use crate::store::open::{self, Opened};
use crate::trace::Run;

/// Only then is it worth to speak of progress and of cancelling.
const SHOWN_AFTER: Duration = Duration::from_millis(250);
/// Progress is seen to grow.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// What a job has come to.
pub enum Done {
    /// `None`: cancelled, or no dialog could be shown.
    Browsed(Browse, Option<PathBuf>),
    OpenedScenario(PathBuf, String, Box<Scenario>),
    /// With its metrics: of millions of events they take a while.
    OpenedRun(PathBuf, Box<Run>, Arc<Metrics>),
    Exported(Result<PathBuf, String>),
    /// The set-up, as of that revision, in that file.
    Saved(u64, Result<PathBuf, String>),
    /// This computer's costs; the text says why they could not be kept.
    Calibrated(Result<CostTable, Stopped>, Option<String>),
    /// Nothing, and why.
    Broken(String),
    /// A file cannot be opened, and why.
    Unopened(String),
}

pub struct Jobs {
    sender: Sender<Done>,
    receiver: Receiver<Done>,
    /// Files that are being opened: each is its job's, and gone with it.
    opening: Vec<Weak<Opening>>,
}

/// A file that is being opened, and may be large.
struct Opening {
    since: Instant,
    stop: AtomicBool,
    /// How much of it is done, in millionths.
    millionths: AtomicU32,
}

impl Opening {
    /// Says whether to go on.
    fn hear(&self, share: f64) -> bool {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a million at most")]
        self.millionths.store((share.clamp(0.0, 1.0) * 1e6) as u32, Ordering::Relaxed);
        !self.stop.load(Ordering::Relaxed)
    }
}

impl Jobs {
    pub fn new() -> Self {
        let (sender, receiver) = unbounded();
        Jobs { sender, receiver, opening: Vec::new() }
    }

    /// What has been done since the last call.
    pub fn poll(&mut self) -> Vec<Done> {
        self.opening.retain(|opening| opening.strong_count() > 0);
        self.receiver.try_iter().collect()
    }

    /// Of files that take long enough to be opened for that to be noticed.
    pub fn progress(&self, ctx: &Context) -> Option<Progress> {
        if self.opening.is_empty() {
            return None;
        }
        ctx.request_repaint_after(SHOWN_EVERY);
        let mut under_way = self.opening.iter().filter_map(Weak::upgrade);
        let opening = under_way.find(|opening| opening.since.elapsed() >= SHOWN_AFTER)?;
        let run_fraction = f64::from(opening.millionths.load(Ordering::Relaxed)) / 1e6;
        Some(Progress { runs_done: 0, runs_total: u32::try_from(self.opening.len()).unwrap_or(u32::MAX), run_fraction })
    }

    /// Nothing that is being opened is wanted any more.
    pub fn stop_opening(&self) {
        for opening in self.opening.iter().filter_map(Weak::upgrade) {
            opening.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Shows the desktop's file dialog. Where there is no portal it looks cancelled; the path fields stay.
    pub fn browse(&self, ctx: &Context, browse: Browse, folder: Option<PathBuf>, lang: Lang) {
        self.spawn(ctx, lang, Done::Broken, move || {
            let mut dialog = rfd::FileDialog::new();
            if let Some(folder) = folder {
                dialog = dialog.set_directory(folder);
            }
            let path = match &browse {
                Browse::Open => {
                    let kinds = super::open_dialog::KINDS.get(lang);
                    dialog.add_filter(kinds, &["toml", tasklane::FORMAT.extension]).pick_file()
                }
                Browse::Export { name, extension } => {
                    dialog.set_file_name(name).add_filter(*extension, &[*extension]).save_file()
                }
                Browse::Save { name } => {
                    dialog.set_file_name(name).add_filter(save_dialog::EXTENSION, &[save_dialog::EXTENSION]).save_file()
                }
            };
            Done::Browsed(browse, path)
        });
    }

    pub fn open(&mut self, ctx: &Context, path: PathBuf, lang: Lang) {
        let opening =
            Arc::new(Opening { since: Instant::now(), stop: AtomicBool::new(false), millionths: AtomicU32::new(0) });
        self.opening.push(Arc::downgrade(&opening));
        self.spawn(ctx, lang, Done::Broken, move || match open::open_watched(&path, &|share| opening.hear(share)) {
            Ok(Opened::Scenario { id, scenario }) => Done::OpenedScenario(path, id, scenario),
            Ok(Opened::Run(run)) => {
                let metrics = Arc::new(metrics(&run));
                Done::OpenedRun(path, run, metrics)
            }
            Err(error) => Done::Unopened(error.message(lang)),
        });
    }

    pub fn export(&self, ctx: &Context, order: ExportOrder, lang: Lang) {
        self.spawn(ctx, lang, Done::Broken, move || Done::Exported(order.carry_out(lang)));
    }

    /// Saves a set-up as of `revision`.
    pub fn save(&self, ctx: &Context, path: PathBuf, text: String, revision: u64, lang: Lang) {
        self.spawn(ctx, lang, Done::Broken, move || Done::Saved(revision, save_dialog::save(&path, &text, lang)));
    }

    /// Measures this computer and keeps the result in `folder`.
    pub fn calibrate(&self, ctx: &Context, watch: Arc<Watch>, folder: Option<PathBuf>, lang: Lang) {
        let shown = ctx.clone();
        let broken = |why| Done::Calibrated(Err(Stopped), Some(why));
        self.spawn(ctx, lang, broken, move || {
            let measured = watch.measure(&shown);
            let kept = measured.as_ref().ok().zip(folder).map(|(table, folder)| costs::keep(&folder, table));
            Done::Calibrated(measured, kept.and_then(Result::err).map(|error| error.message(lang)))
        });
    }

    /// `broken` makes of the reason what is done when the job cannot be.
    fn spawn(
        &self,
        ctx: &Context,
        lang: Lang,
        broken: fn(String) -> Done,
        job: impl FnOnce() -> Done + Send + 'static,
    ) {
        let (sender, ctx) = (self.sender.clone(), ctx.clone());
        let work = move || {
            let done =
                catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|_| broken(words::BROKE_OFF.get(lang).to_owned()));
            // The window is gone when nobody receives: then nobody waits for the answer either.
            if sender.send(done).is_ok() {
                ctx.request_repaint();
            }
        };
        if let Err(error) = std::thread::Builder::new().name("file job".into()).spawn(work) {
            self.sender.send(broken(words::NO_THREAD.fill(lang, &[&error]))).expect("the receiver is ours");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_breaks_off_says_so() {
        let jobs = Jobs::new();
        let broken = |why| Done::Calibrated(Err(Stopped), Some(why));
        jobs.spawn(&Context::default(), Lang::En, broken, || panic!("a bug, made for the test"));
        let done = jobs.receiver.recv().expect("it reports");
        let Done::Calibrated(Err(Stopped), Some(why)) = done else { panic!("it is over") };
        assert!(why.contains("a bug of Tasklane"), "{why}");
    }
}
