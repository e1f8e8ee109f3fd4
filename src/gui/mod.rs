//! The window. Called by `main`; knows the session, the store and the chart's marks, and nothing of the terminal.
//!
//! `app` holds a handful of fields and one loop; `view` is what the window remembers, `draft` the set-up under edit.
//! Panels are functions with narrow borrows, named `*_ui`; what they want changed leaves them as [`commands::Command`]s
//! that `apply` carries out after the frame. Whatever could make the window wait is a job.

mod app;
mod apply;
mod background;
mod behind;
mod bottom_height;
pub mod busy;
mod calibration;
mod commands;
mod computer;
mod decision;
mod draft;
pub mod events;
mod export_dialog;
mod export_order;
mod finder;
mod focus;
mod following;
mod happened;
mod help;
mod home;
pub mod inspector;
mod jobs;
mod lesson;
mod long_list;
pub mod metrics;
mod names;
mod number_field;
mod open_dialog;
mod orders;
mod pace;
pub mod paint;
mod prediction;
mod presets;
mod probe;
mod refusal;
pub mod replay;
pub mod replay_speed;
mod run_screen;
mod runs;
mod save_dialog;
mod settings;
mod settings_writer;
mod setup;
mod shortcuts;
mod telling;
#[cfg(test)]
mod testing;
pub mod theme;
pub mod timeline;
mod toasts;
mod topbar;
mod view;
pub mod what_happened;
pub mod widgets;
mod words;
mod zoom;

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

pub use app::{App, AppOptions};

use eframe::egui;

use crate::host::interrupts::{Interrupts, Signal};
use crate::store::{self, save};

/// What a start of the window is asked to show.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Scenarios and saved runs to open.
    pub files: Vec<PathBuf>,
    /// A built-in scenario, by id.
    pub lesson: Option<&'static str>,
}

/// Why there is no window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GuiError {
    /// Nothing to show a window on: the terminal can do the main job instead.
    #[error("There is no display.")]
    NoDisplay,
    #[error(
        "The window needs {library}, which is not installed: install the package {package} (its name on Debian and Ubuntu) and start again."
    )]
    MissingLibrary { library: &'static str, package: &'static str },
    #[error("the window could not be opened: {0}")]
    Window(String),
}

/// Opens the window and returns when it is closed: by the person, or by a signal. One that is to be told on is
/// returned. What it was measuring has ended by then, and nothing stays half written.
///
/// # Errors
/// [`GuiError`]: no display, a library that is missing, or what the window system said.
pub fn run(start: Start) -> Result<Option<Signal>, GuiError> {
    probe::check()?;
    let ctx = Arc::new(OnceLock::new());
    let interrupts = watch(Arc::clone(&ctx)).map_err(|error| GuiError::Window(error.to_string()))?;
    let options = AppOptions { settings_folder: store::settings::folder(), open: start.files, lesson: start.lesson };
    let viewport = egui::ViewportBuilder::default()
        .with_title("Tasklane")
        .with_app_id("tasklane")
        .with_inner_size([1600.0, 1000.0])
        .with_min_inner_size([760.0, 520.0]);
    let native = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
    let app = |cc: &eframe::CreationContext<'_>| -> Box<dyn eframe::App> {
        ctx.get_or_init(|| cc.egui_ctx.clone());
        // A signal that came before could not close it.
        if interrupts.raised().load(Ordering::Relaxed) {
            close(&cc.egui_ctx);
        }
        Box::new(App::new(cc, options))
    };
    let shown = eframe::run_native("Tasklane", native, Box::new(|cc| Ok(app(cc))));
    shown.map_err(|error| probe::explain(&error.to_string()))?;
    save::give_up_unfinished();
    Ok(interrupts.to_tell_on())
}

/// The first signal closes the window, once there is one.
fn watch(window: Arc<OnceLock<egui::Context>>) -> std::io::Result<Interrupts> {
    Interrupts::watch(move || window.get().into_iter().for_each(close), save::give_up_unfinished)
}

fn close(ctx: &egui::Context) {
    ctx.send_viewport_cmd_to(egui::ViewportId::ROOT, egui::ViewportCommand::Close);
    ctx.request_repaint_of(egui::ViewportId::ROOT);
}
