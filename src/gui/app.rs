//! The app: the session, the set-up, what the window remembers, and one loop around them. Panels read and push
//! commands; `apply` carries them out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, Context, Ui};

use super::calibration::Calibration;
use super::commands::{Command, Commands};
use super::computer::Computer;
use super::draft::Draft;
use super::following::Following;
use super::home::{self, Gallery, HomeContents};
use super::jobs::Jobs;
use super::pace::{FrameCost, Pace};
use super::settings::Settings;
use super::settings_writer::SettingsWriter;
use super::toasts::{Place, Toasts, toasts_ui};
use super::topbar::{OnRun, TopContents};
use super::view::{Screen, View};
use super::{
    apply, export_dialog, finder, focus, help, open_dialog, refusal, run_screen, save_dialog, shortcuts, theme, topbar,
    zoom,
};
use crate::engine::Snapshots;
use crate::engine::session::{Entry, Progress, Removed, Session};
use crate::host;
use crate::scenario::Engine;
use crate::store::settings::{self, Loaded};

/// A cancelled run is over within 200 ms. A thread that the system holds longer is not waited for.
const END_WITHIN: Duration = Duration::from_secs(2);

/// What the app is started with.
#[derive(Clone, Debug, Default)]
pub struct AppOptions {
    /// Where settings are kept; `None`: they are neither read nor written.
    pub settings_folder: Option<PathBuf>,
    /// Scenarios and runs to open.
    pub open: Vec<PathBuf>,
    /// A built-in scenario to open on, by id.
    pub lesson: Option<&'static str>,
}

pub struct App {
    pub(super) session: Session,
    pub(super) draft: Draft,
    /// Where the set-up is for an imagined computer.
    pub(super) following: Option<Following>,
    pub(super) view: View,
    pub(super) settings: Settings,
    settings_writer: SettingsWriter,
    pub(super) toasts: Toasts,
    pub(super) commands: Commands,
    pub(super) jobs: Jobs,
    pub(super) calibration: Calibration,
    /// The one that runs are measured on.
    computer: Computer,
    pub(super) fixed: Fixed,
    pace: Pace,
    frame_cost: FrameCost,
    /// The run deleted last, as long as it can be brought back, and whether it was shown.
    pub(super) removed: Option<(Removed, bool)>,
    /// The changed set-up that was left last, likewise.
    pub(super) left: Option<Draft>,
}

/// What does not change while the program runs.
pub(super) struct Fixed {
    pub gallery: Gallery,
    pub settings_folder: Option<PathBuf>,
}

impl App {
    pub fn new(cc: &eframe::CreationContext<'_>, options: AppOptions) -> Self {
        let ctx = cc.egui_ctx.clone();
        theme::install(&ctx);
        let mut toasts = Toasts::default();
        let settings = load_settings(options.settings_folder.as_ref(), &mut toasts);
        theme::apply(&ctx, settings.theme);
        zoom::apply(&ctx, settings.zoom_percent);
        let calibration = Calibration::kept(options.settings_folder.as_deref()).unwrap_or_else(|error| {
            toasts.error(error.message(settings.lang));
            Calibration::default()
        });
        let gallery = Gallery::new();
        let first = gallery.lessons.first().expect("the catalog is not empty");
        let draft = Draft::new(first.id, Arc::clone(&first.scenario));
        let mut jobs = Jobs::new();
        options.open.into_iter().for_each(|path| jobs.open(&ctx, path, settings.lang));
        let mut commands = Commands::default();
        options.lesson.into_iter().for_each(|id| commands.push(Command::OpenBuiltIn(id)));
        let pace = Pace::default();
        let (waker, waking) = (ctx.clone(), pace.clone());
        App {
            session: Session::new(Snapshots::Growing, Arc::new(move || waker.request_repaint_after(waking.interval()))),
            draft,
            following: None,
            view: View::default(),
            settings_writer: SettingsWriter::new(settings.clone(), options.settings_folder.clone()),
            settings,
            toasts,
            commands,
            jobs,
            calibration,
            computer: Computer::look(),
            fixed: Fixed { gallery, settings_folder: options.settings_folder },
            pace,
            frame_cost: FrameCost::default(),
            removed: None,
            left: None,
        }
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Of what is measured or computed and can be cancelled.
    fn progress(&self, ctx: &Context) -> Option<Progress> {
        let computing = || self.following.as_ref().and_then(Following::progress);
        self.session.progress().or_else(computing).or_else(|| self.jobs.progress(ctx))
    }

    /// What commands make sense of.
    pub(super) fn now(&self, ctx: &Context) -> finder::Now<'_> {
        finder::Now {
            session: &self.session,
            draft: &self.draft,
            settings: &self.settings,
            gallery: &self.fixed.gallery,
            screen: self.view.screen,
            opened: self.view.opened,
            lane_by: self.view.run.timeline.lane_by,
            center: self.view.run.center,
            running: self.session.is_running() || self.progress(ctx).is_some(),
            calibrating: self.calibration.is_under_way(),
            on_screen: &self.view.run,
        }
    }

    fn on_run(&self) -> OnRun {
        let is_due = |following: &Following| following.asks || following.behind(&self.draft).is_some();
        let is_due = self.following.as_ref().is_some_and(is_due);
        match self.draft.engine() {
            Engine::Measured => OnRun::Measure,
            Engine::Simulated if is_due || !self.session.entries().iter().any(Entry::follows) => OnRun::Simulate,
            Engine::Simulated => OnRun::Keep,
        }
    }

    fn screen_ui(&mut self, ui: &mut Ui) {
        let contents = TopContents {
            session: &self.session,
            draft: &self.draft,
            progress: self.progress(ui.ctx()),
            on_run: self.on_run(),
        };
        topbar::topbar_ui(ui, &contents, &mut self.view, &mut self.settings, &mut self.commands);
        match self.view.screen {
            Screen::Home => {
                let mut home = std::mem::take(&mut self.view.home);
                let mut commands = std::mem::take(&mut self.commands);
                let contents = HomeContents {
                    gallery: &self.fixed.gallery,
                    session: &self.session,
                    settings: &self.settings,
                    open: self.view.opened.then_some(&self.draft),
                    computer: &self.computer,
                    now: &self.now(ui.ctx()),
                    lang: self.settings.lang,
                };
                home::home_ui(ui, &contents, &mut home, &mut commands);
                (self.view.home, self.commands) = (home, commands);
            }
            Screen::Run => {
                let contents = run_screen::RunContents {
                    session: &self.session,
                    draft: &self.draft,
                    gallery: &self.fixed.gallery,
                    computer: &self.computer,
                    computing: self.following.as_ref().is_some_and(Following::is_computing),
                    behind: self.following.as_ref().and_then(|following| following.behind(&self.draft)),
                    refused: self.following.as_ref().and_then(Following::refused),
                    calibration: &self.calibration,
                };
                run_screen::run_screen_ui(ui, &contents, &mut self.view.run, &mut self.settings, &mut self.commands);
            }
        }
    }

    fn dialogs_ui(&mut self, ui: &mut Ui) {
        let lang = self.settings.lang;
        if let Some(mut finder) = self.view.finder.take() {
            let mut commands = std::mem::take(&mut self.commands);
            let open = finder::finder_ui(ui, &mut finder, &self.now(ui.ctx()), &mut commands);
            self.commands = commands;
            self.view.finder = open.then_some(finder);
        }
        if self.view.help {
            self.view.help = help::help_ui(ui, lang);
        }
        if let Some(dialog) = &mut self.view.open
            && !open_dialog::open_dialog_ui(ui, dialog, lang, &mut self.commands)
        {
            self.view.open = None;
        }
        if let Some(dialog) = &mut self.view.save
            && !save_dialog::save_dialog_ui(ui, dialog, &self.draft, lang, &mut self.commands)
        {
            self.view.save = None;
        }
        let shown = self.view.run.shown_of(&self.session);
        let predictions = self.settings.predicted.then_some(&self.view.run.lanes.predictions);
        let report = |entry: &Entry| export_dialog::report_run(entry, &self.session, predictions);
        if let Some(dialog) = &mut self.view.export
            && !export_dialog::export_dialog_ui(ui, dialog, &shown, &report, lang, &mut self.commands)
        {
            self.view.export = None;
        }
    }
}

impl eframe::App for App {
    /// Also called while the window is hidden: runs and jobs go on.
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        self.session.poll();
        if let Some(trouble) = self.session.take_trouble() {
            self.toasts.error(refusal::text(&trouble, self.settings.lang));
        }
        if self.session.is_running() {
            self.frame_cost.see(None);
            let own = frame.info().cpu_usage;
            self.pace.follow(own.into_iter().chain(self.frame_cost.known()).reduce(f32::max));
            ctx.request_repaint_after(self.pace.interval());
        } else {
            self.frame_cost.see(host::process_cpu());
            self.computer.look_at_load(ctx);
        }
        for done in self.jobs.poll() {
            apply::finish(self, done);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        let running = self.session.is_running() || self.progress(&ctx).is_some();
        shortcuts::read(&ctx, &mut self.view, &mut self.settings, &mut self.toasts, running, &mut self.commands);
        apply::dropped(self, &ctx);
        self.screen_ui(ui);
        self.dialogs_ui(ui);
        let place = if self.view.screen == Screen::Run { self.view.run.messages } else { Place::default() };
        toasts_ui(ui, &mut self.toasts, place, self.settings.lang, &mut self.commands);
        focus::paint_focus(&ctx);
        for command in self.commands.take() {
            apply::apply(self, &ctx, command);
            ctx.request_repaint();
        }
        apply::follow(self, &ctx);
        self.settings.zoom_percent = zoom::current(&ctx);
        keep_settings(self, &ctx);
    }

    /// What is being measured ends with the window: its processes, its server, its folder.
    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.calibration.stop();
        self.session.end(END_WITHIN);
        self.settings_writer.end();
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

fn load_settings(folder: Option<&PathBuf>, toasts: &mut Toasts) -> Settings {
    let first = Settings::of_first_start(|name| std::env::var(name).ok());
    match folder.map(|folder| settings::load(folder)) {
        None | Some(Loaded::First) => first,
        Some(Loaded::Found(settings)) => settings,
        Some(Loaded::Broken(broken)) => {
            toasts.error(broken.message(first.lang));
            first
        }
    }
}

/// Settings that cannot be written are told once: the next start would forget them.
fn keep_settings(app: &mut App, ctx: &Context) {
    if let Err(error) = app.settings_writer.follow(&app.settings, ctx) {
        app.toasts.error(error.message(app.settings.lang));
        app.fixed.settings_folder = None;
    }
}
