//! Writes the settings whenever they have changed, on a thread of its own: a disk can take its time, a frame cannot.
//!
//! Invariant: only the newest settings are written, however fast they change, and what was handed over last is written
//! before the program ends, unless the disk takes longer than anybody would wait.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use eframe::egui::Context;

use super::settings::Settings;
use super::words;
use crate::lang::Lang;
use crate::store::save::SaveError;
use crate::store::settings;

/// A disk that takes longer at the end is not waited for.
const END_WITHIN: Duration = Duration::from_secs(2);

pub struct SettingsWriter {
    /// As they were read, or handed over last.
    known: Settings,
    /// Where they are kept; `None`: nowhere, or not any more.
    folder: Option<PathBuf>,
    /// Once something has changed.
    thread: Option<Thread>,
}

struct Thread {
    settings: Sender<Settings>,
    /// At most one, then the thread is over.
    trouble: Receiver<SaveError>,
}

impl SettingsWriter {
    pub fn new(known: Settings, folder: Option<PathBuf>) -> Self {
        SettingsWriter { known, folder, thread: None }
    }

    /// Has the settings written if they have changed. To be called each frame.
    ///
    /// # Errors
    /// When no thread can be made for it, or settings handed over earlier could not be written: said once, later ones are
    /// not written any more.
    pub fn follow(&mut self, settings: &Settings, ctx: &Context) -> Result<(), WriteError> {
        if let Some(error) = self.thread.as_ref().and_then(|thread| thread.trouble.try_recv().ok()) {
            (self.thread, self.folder) = (None, None);
            return Err(WriteError::Save(error));
        }
        let Some(folder) = &self.folder else { return Ok(()) };
        if *settings == self.known {
            return Ok(());
        }
        self.known = settings.clone();
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None => Thread::start(folder.clone(), ctx.clone()).map_err(|error| {
                self.folder = None;
                WriteError::Thread(error)
            })?,
        };
        // A thread that is over has left its error, which is heard in the next frame.
        drop(thread.settings.send(settings.clone()));
        self.thread = Some(thread);
        Ok(())
    }

    /// Waits until everything is written.
    pub fn end(&mut self) {
        let Some(Thread { settings, trouble }) = self.thread.take() else { return };
        drop(settings);
        // Nobody is left to be told of an error; either way the thread is over then.
        drop(trouble.recv_timeout(END_WITHIN));
    }
}

impl Drop for SettingsWriter {
    fn drop(&mut self) {
        self.end();
    }
}

impl Thread {
    fn start(folder: PathBuf, ctx: Context) -> io::Result<Self> {
        let (settings, changed) = unbounded::<Settings>();
        let (report, trouble) = bounded(1);
        let write = move || {
            for next in &changed {
                let newest = changed.try_iter().last().unwrap_or(next);
                if let Err(error) = settings::save(&folder, &newest) {
                    // The window is gone when nobody receives.
                    drop(report.send(error));
                    ctx.request_repaint();
                    return;
                }
            }
        };
        std::thread::Builder::new().name("settings".into()).spawn(write)?;
        Ok(Thread { settings, trouble })
    }
}

/// Why the next start will know nothing of what changed.
#[derive(Debug)]
pub enum WriteError {
    Save(SaveError),
    Thread(io::Error),
}

impl WriteError {
    pub fn message(&self, lang: Lang) -> String {
        match self {
            WriteError::Save(error) => error.message(lang),
            WriteError::Thread(error) => words::NO_THREAD.fill(lang, &[error]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::settings::Loaded;

    #[test]
    fn the_last_of_many_changes_is_what_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        let mut writer = SettingsWriter::new(settings.clone(), Some(folder.path().to_owned()));
        for repeats in 2..200 {
            settings.repeats = repeats;
            writer.follow(&settings, &Context::default()).unwrap();
        }
        writer.end();
        let kept = match settings::load::<Settings>(folder.path()) {
            Loaded::Found(kept) => kept,
            other => panic!("{other:?}"),
        };
        assert_eq!(kept, settings);
    }

    #[test]
    fn nothing_is_written_where_nothing_changed() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::default();
        let mut writer = SettingsWriter::new(settings.clone(), Some(folder.path().to_owned()));
        writer.follow(&settings, &Context::default()).unwrap();
        writer.end();
        assert!(matches!(settings::load::<Settings>(folder.path()), Loaded::First));
    }

    #[test]
    fn what_cannot_be_written_is_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "in the way").unwrap();
        let mut settings = Settings::default();
        let mut writer = SettingsWriter::new(settings.clone(), Some(file.join("settings")));
        let ctx = Context::default();
        let mut errors = 0;
        while errors == 0 {
            settings.repeats += 1;
            errors += u32::from(matches!(writer.follow(&settings, &ctx), Err(WriteError::Save(_))));
            std::thread::yield_now();
        }
        settings.repeats += 1;
        writer.follow(&settings, &ctx).unwrap();
    }
}
