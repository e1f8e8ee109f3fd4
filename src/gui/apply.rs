//! Carries out what was asked for: commands, jobs that have come back, files dropped on the window. The only place
//! that changes the session and the set-up.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::Context;

use super::app::App;
use super::background::Held;
use super::commands::{Browse, Command};
use super::draft::{Draft, Edit};
use super::export_dialog::ExportDialog;
use super::finder::{self, Finder};
use super::following::Following;
use super::home::search;
use super::jobs::Done;
use super::names::entry_title;
use super::number_field::{refuse_typed, typing_gesture};
use super::open_dialog::OpenDialog;
use super::presets::{self, Preset};
use super::refusal;
use super::save_dialog::SaveDialog;
use super::theme;
use super::timeline::view::Range;
use super::toasts::Gone;
use super::view::{BottomTab, Center, LeftTab, RunView, Screen};
use super::zoom;
use crate::analysis::metrics::Metrics;
use crate::engine::session::{Entry, EntryId, Session};
use crate::lang::{Lang, Text};
use crate::model::{self, ModelChoice};
use crate::scenario::{Engine, Machine, Scenario, Texts};
use crate::trace::{Run, Status};

/// A cancelled run is over by then.
const CANCELLED_AFTER: Duration = Duration::from_millis(50);

pub fn apply(app: &mut App, ctx: &Context, command: Command) {
    match command {
        Command::Home => app.view.screen = Screen::Home,
        Command::OpenBuiltIn(id) => {
            app.toasts.forget_unopened();
            open_built_in(app, id);
        }
        Command::OpenFound(words) => {
            let lesson = search::find(&app.fixed.gallery, &words).lessons.first().copied();
            let first = || finder::runs_and_commands(&words, &app.now(ctx)).into_iter().next();
            if let Some(command) = lesson.map(Command::OpenBuiltIn).or_else(|| first().map(|hit| hit.command)) {
                apply(app, ctx, command);
            }
        }
        Command::NewWorkload => new_workload(app),
        Command::OpenPath(path) => {
            app.toasts.forget_unopened();
            app.jobs.open(ctx, path, app.settings.lang);
        }
        Command::GoOn => app.view.screen = Screen::Run,
        Command::ReturnToLeft => return_to_left(app),
        Command::OpenSave => {
            let folder = last_folder(app);
            app.view.save = Some(SaveDialog::new(&folder, &app.draft));
        }
        Command::SaveWorkload(path) => {
            let (text, revision) = (app.draft.toml(), app.draft.revision);
            app.jobs.save(ctx, path, text, revision, app.settings.lang);
        }
        Command::Browse(browse) => {
            let folder = app.settings.export_folder.clone();
            app.jobs.browse(ctx, browse, folder, app.settings.lang);
        }
        Command::Run => run(app),
        Command::Cancel => cancel(app, ctx),
        Command::Calibrate => calibrate(app, ctx),
        Command::StopCalibrating => app.calibration.stop(),
        Command::Edit(edit) => change(app, ctx, edit),
        Command::Undo => app.draft.undo(),
        Command::Redo => app.draft.redo(),
        Command::Rename(id, name) => app.session.rename(id, name),
        Command::Remove(id) => remove(app, id),
        Command::RestoreRemoved => {
            if let Some((removed, was_shown)) = app.removed.take() {
                if was_shown {
                    app.view.run.shown.insert(removed.entry.id);
                }
                app.session.restore(removed);
            }
        }
        Command::Show(id, true) => drop(app.view.run.shown.insert(id)),
        Command::Show(id, false) => drop(app.view.run.shown.remove(&id)),
        Command::Reveal(id) => reveal_run(app, id),
        Command::ShowPredicted(shown) => app.settings.predicted = shown,
        Command::LanesBy(by) => app.view.run.timeline.lane_by = by,
        Command::Center(center) => app.view.run.center = center,
        Command::KeepRun(run, name) => keep_run(app, *run, name),
        Command::OpenExport(only) => open_export(app, only),
        Command::Export(order) => {
            order.remember(&mut app.settings);
            app.jobs.export(ctx, order, app.settings.lang);
        }
        Command::SetTheme(theme) => {
            app.settings.theme = theme;
            theme::apply(ctx, theme);
        }
        Command::SetLang(lang) => app.settings.lang = lang,
        Command::Zoom(percent) => zoom::apply(ctx, percent),
        Command::Find => app.view.finder = Some(Finder::called(ctx, String::new())),
        Command::Help => app.view.help = true,
    }
}

/// A job has come back.
pub fn finish(app: &mut App, done: Done) {
    match done {
        Done::Browsed(_, None) => {}
        Done::Browsed(Browse::Open, Some(path)) => {
            if let Some(dialog) = &mut app.view.open {
                dialog.path = path.display().to_string();
            } else {
                app.view.open = Some(OpenDialog::new(path.display().to_string()));
            }
        }
        Done::Browsed(Browse::Export { .. }, Some(path)) => {
            if let Some(dialog) = &mut app.view.export {
                dialog.set_path(&path);
            }
        }
        Done::Browsed(Browse::Save { .. }, Some(path)) => {
            if let Some(dialog) = &mut app.view.save {
                dialog.path = path.display().to_string();
            }
        }
        Done::Calibrated(measured, trouble) => {
            app.calibration.end(measured);
            if let Some(trouble) = trouble {
                app.toasts.error(trouble);
            }
        }
        Done::OpenedScenario(path, id, scenario) => {
            app.settings.remember_file(path);
            take_in_scenario(app, id, *scenario);
        }
        Done::OpenedRun(path, run, metrics) => {
            app.settings.remember_file(path);
            take_in_run(app, *run, metrics);
        }
        Done::Unopened(error) => app.toasts.unopened(error),
        Done::Broken(error) | Done::Exported(Err(error)) | Done::Saved(_, Err(error)) => {
            app.toasts.error(error);
        }
        Done::Exported(Ok(path)) => {
            if path.extension().is_some_and(|extension| extension == "tasklane") {
                app.settings.remember_file(path.clone());
            }
            written(app, &path);
        }
        Done::Saved(revision, Ok(path)) => {
            app.draft.saved(revision);
            app.settings.remember_file(path.clone());
            written(app, &path);
        }
    }
}

fn written(app: &mut App, path: &Path) {
    app.settings.export_folder = path.parent().map(PathBuf::from);
    let text = Text::new("Written to {}", "Gravado em {}");
    app.toasts.good(text.fill(app.settings.lang, &[&path.display()]));
}

/// Files dropped on the window are opened.
pub fn dropped(app: &mut App, ctx: &Context) {
    let files = ctx.input(|input| input.raw.dropped_files.clone());
    for path in files.iter().map(|file| file.path().to_owned()) {
        app.jobs.open(ctx, path, app.settings.lang);
    }
}

fn run(app: &mut App) {
    let requests = app.draft.requests().to_vec();
    if requests.is_empty() || app.session.is_running() {
        return;
    }
    if app.draft.is_imagined() {
        return reveal(app);
    }
    if app.calibration.is_under_way() {
        let text = Text::new(
            "This computer's costs are being measured: wait some seconds, or cancel that first.",
            "Os custos deste computador estão sendo medidos: espere alguns segundos ou cancele isso antes.",
        );
        app.toasts.error(text.get(app.settings.lang).to_owned());
        return;
    }
    match app.session.start(requests, app.settings.repeats) {
        Ok(ids) => {
            app.view.run.shown = ids.into_iter().collect();
            app.view.run.timeline.range = Range::default();
            app.view.run.center = Center::Timelines;
            app.view.screen = Screen::Run;
        }
        Err(error) => app.toasts.error(refusal::text(&error, app.settings.lang)),
    }
}

/// What is imagined is computed without being asked for: Run shows it where a lesson asked first, and keeps it.
fn reveal(app: &mut App) {
    app.view.screen = Screen::Run;
    let following = app.following.get_or_insert_default();
    following.asks = false;
    if following.is_up_to_date(&app.draft) && app.session.entries().iter().any(Entry::follows) {
        return keep(app);
    }
    following.keep = true;
    following.again();
}

/// Keeps what is shown of the imagined computer among the runs.
fn keep(app: &mut App) {
    let text = match app.session.keep().len() {
        0 => Text::new("These runs are kept already.", "Estas execuções já estão guardadas."),
        _ => Text::new(
            "Kept under Runs, to be compared with what you change now.",
            "Guardadas em Execuções, para comparar com o que você mudar agora.",
        ),
    };
    app.toasts.good(text.get(app.settings.lang).to_owned());
}

fn cancel(app: &mut App, ctx: &Context) {
    app.session.cancel();
    app.jobs.stop_opening();
    // The run is over soon, whoever works on it: no slow pace of repainting may hide that.
    ctx.request_repaint_after(CANCELLED_AFTER);
    if let Some(following) = &mut app.following {
        following.cancel(&app.draft);
    }
}

/// Brings what is shown of the imagined computer up to date with the set-up. Cheap where nothing has changed.
pub fn follow(app: &mut App, ctx: &Context) {
    charge(app);
    match (app.following.is_some(), app.draft.is_imagined()) {
        (false, false) => return,
        (true, false) => return follow_no_more(app),
        (false, true) => begin_to_follow(app),
        (true, true) => {}
    }
    if let Some(following) = &mut app.following {
        following.see(&app.draft, ctx);
    }
    // Computing would take the cores that something is measured on.
    let measuring = app.session.is_running() || app.calibration.is_under_way();
    let at_rest = app.view.screen == Screen::Run && !measuring;
    let Some(following) = app.following.as_mut().filter(|_| at_rest) else { return };
    let Some(computed) = following.poll(&app.draft, ctx) else { return };
    // One that came late is of an older set-up: what is to be kept is still under way.
    let kept = following.is_up_to_date(&app.draft) && std::mem::take(&mut following.keep);
    let before: Vec<EntryId> = following_ids(app);
    let ids = app.session.follow(computed);
    let (session, shown) = (&app.session, &mut app.view.run.shown);
    shown.retain(|id| session.entry(*id).is_some());
    // One that the person has hidden stays hidden.
    shown.extend(ids.into_iter().filter(|id| !before.contains(id)));
    if kept {
        app.session.keep();
    }
    ctx.request_repaint();
}

/// What was measured on this computer, where the person wants it so.
fn charge(app: &mut App) {
    let own = app.calibration.table().filter(|_| app.settings.own_costs);
    app.draft.charge(own);
}

fn following_ids(app: &App) -> Vec<EntryId> {
    app.session.entries().iter().filter(|entry| entry.follows()).map(|entry| entry.id).collect()
}

/// A lesson that asks is answered only once the person has asked for it, here or in a run before.
fn begin_to_follow(app: &mut App) {
    let asks = app.draft.scenario().lesson.as_ref().is_some_and(|lesson| lesson.ask.is_some());
    let is_answer = |entry: &Entry| entry.run.scenario_id == app.draft.id && entry.run.status == Status::Finished;
    let answered = app.session.entries().iter().any(is_answer);
    let (session, shown) = (&app.session, &mut app.view.run.shown);
    let is_measured = |entry: &Entry| entry.run.engine == Engine::Measured && entry.run.scenario_id == app.draft.id;
    shown.retain(|id| session.entry(*id).is_some_and(is_measured));
    // What was measured stays to be compared with; the room is for what follows.
    app.view.run.timeline.folded.extend(shown.iter());
    // Its lanes are folded away: to go on explaining it beside another picture would mislead.
    app.view.run.timeline.pinned = None;
    app.view.run.timeline.range = Range::default();
    app.following = Some(Following::new(asks && !answered));
}

/// Back to the runs of this computer.
fn follow_no_more(app: &mut App) {
    app.following = None;
    app.session.unfollow();
    let (session, shown) = (&app.session, &mut app.view.run.shown);
    shown.retain(|id| session.entry(*id).is_some());
    if shown.is_empty() {
        *shown = newest(session, &app.draft.id, Engine::Measured);
    }
    app.view.run.timeline.folded.retain(|id| !shown.contains(id));
    app.view.run.timeline.range = Range::default();
}

/// The runs of that scenario that were made together last.
fn newest(session: &Session, scenario_id: &str, engine: Engine) -> BTreeSet<EntryId> {
    let is_own = |entry: &&Entry| entry.run.scenario_id == scenario_id && entry.run.engine == engine;
    let own = session.entries().iter().filter(is_own).filter(|entry| !entry.follows());
    let newest = own.clone().map(|entry| entry.batch).max();
    own.filter(|entry| Some(entry.batch) == newest).map(|entry| entry.id).collect()
}

/// Not beside a run, nor twice.
fn calibrate(app: &mut App, ctx: &Context) {
    if app.session.is_running() || app.calibration.is_under_way() {
        return;
    }
    let watch = app.calibration.begin();
    app.jobs.calibrate(ctx, watch, app.fixed.settings_folder.clone(), app.settings.lang);
}

/// Edits of one drag are undone as one: the moment the button went down names the drag. So are those of one typing.
fn change(app: &mut App, ctx: &Context, edit: Edit) {
    let drag = || ctx.input(|input| input.pointer.press_start_time()).map(f64::to_bits);
    let typing = typing_gesture(ctx);
    let Err(error) = app.draft.edit(edit, typing.or_else(drag), app.settings.lang) else { return };
    match typing {
        // The field says why. What its beginning could have meant is not what was meant.
        Some(typing) => {
            app.draft.take_back(typing);
            refuse_typed(ctx, &error);
        }
        None => app.toasts.error(error),
    }
}

/// Beside the runs that are shown, on the set-up that is open; where none is, on its own.
fn reveal_run(app: &mut App, id: EntryId) {
    let Some(entry) = app.session.entry(id) else { return };
    if !app.view.opened {
        let run = &entry.run;
        let draft = Draft::on(run.engine, run.scenario_id.clone(), Arc::clone(&run.scenario));
        show_draft(app, draft, LeftTab::Workload);
        app.following = app.draft.is_imagined().then(|| Following::once_changed(&app.draft));
    }
    let view = &mut app.view.run;
    view.shown.insert(id);
    view.timeline.folded.remove(&id);
    view.center = Center::Timelines;
    app.view.screen = Screen::Run;
}

/// Shown beside the others; an order before those that took time, which are folded: beside them its steps are specks.
fn keep_run(app: &mut App, run: Run, name: Option<String>) {
    let view = &mut app.view.run;
    if run.shows_order_only() {
        let took_time = view.shown_of(&app.session).into_iter().filter(|entry| !entry.run.shows_order_only());
        let took_time: Vec<EntryId> = took_time.map(|entry| entry.id).collect();
        view.timeline.folded.extend(took_time);
        view.timeline.range = Range::Fit;
        // To go on explaining what is folded would mislead.
        view.timeline.pinned = None;
    }
    let id = app.session.open(run);
    app.session.rename(id, name);
    view.shown.insert(id);
    view.center = Center::Timelines;
}

fn remove(app: &mut App, id: EntryId) {
    let Some(removed) = app.session.remove(id) else { return };
    let title = entry_title(&removed.entry, app.settings.lang);
    let was_shown = app.view.run.shown.remove(&id);
    if let Some(before) = app.removed.replace((removed, was_shown)) {
        drop(Held::new(before, true));
    }
    app.toasts.gone(Gone::Run, Text::new("{} was deleted.", "{} foi excluída.").fill(app.settings.lang, &[&title]));
}

fn open_export(app: &mut App, only: Option<EntryId>) {
    app.view.run.shown.extend(only);
    if app.view.run.shows_finished(&app.session) {
        let folder = last_folder(app);
        let timeline = &app.view.run.timeline;
        let visible = timeline.part(&app.view.run.shown_of(&app.session));
        app.view.export = Some(ExportDialog::new(folder, only, timeline.lane_by, visible, &app.settings));
    }
}

/// Where a file went last.
fn last_folder(app: &App) -> PathBuf {
    app.settings.export_folder.clone().or_else(|| std::env::current_dir().ok()).unwrap_or_default()
}

fn open_built_in(app: &mut App, id: &'static str) {
    let Some(lesson) = app.fixed.gallery.lessons.iter().find(|lesson| lesson.id == id) else { return };
    let scenario = Arc::clone(&lesson.scenario);
    app.settings.last = Some(id.to_owned());
    if app.view.opened && app.draft.id == id {
        app.view.screen = Screen::Run;
        return;
    }
    let left = if scenario.lesson.is_some() { LeftTab::Lesson } else { LeftTab::Workload };
    show_draft(app, Draft::new(id, scenario), left);
}

fn new_workload(app: &mut App) {
    let lang = app.settings.lang;
    let title = Text::new("My workload", "Minha carga").get(lang);
    let scenario = Scenario {
        title: title.to_owned(),
        summary: String::new(),
        models: ["sequential", "threads", "event-loop"]
            .into_iter()
            .filter_map(model::find)
            .map(ModelChoice::new)
            .collect(),
        engine: Engine::Measured,
        machine: Machine::default(),
        channels: vec![],
        locks: vec![],
        variables: vec![],
        groups: vec![presets::group(Preset::Mixed, None)],
        variants: vec![],
        texts: std::iter::empty::<(Lang, Texts)>().collect(),
        lesson: None,
    };
    let draft = Draft::new("workload", Arc::new(scenario));
    show_draft(app, draft, LeftTab::Workload);
}

/// The set-up that was left takes the place of the one that is open.
fn return_to_left(app: &mut App) {
    if let Some(draft) = app.left.take() {
        show_draft(app, draft, LeftTab::Workload);
    }
}

/// Opens a set-up on the run screen, with the runs of it that this session has. One that was changed and is not in a
/// file is not lost with that.
fn show_draft(app: &mut App, draft: Draft, left: LeftTab) {
    let before = std::mem::replace(&mut app.draft, draft);
    if app.view.opened && before.is_changed() {
        let lang = app.settings.lang;
        let text = Text::new("“{}” was left with its changes.", "“{}” ficou para trás com suas mudanças.");
        app.toasts.gone(Gone::SetUp, text.fill(lang, &[&before.scenario().title(lang)]));
        app.left = Some(before);
    }
    app.view.opened = true;
    app.following = None;
    app.session.unfollow();
    let shown = newest(&app.session, &app.draft.id, app.draft.engine());
    app.view.run = RunView { left, shown, ..RunView::default() };
    app.view.screen = Screen::Run;
    charge(app);
}

fn take_in_scenario(app: &mut App, id: String, scenario: Scenario) {
    let left = if scenario.expect(app.settings.lang).is_some() { LeftTab::Lesson } else { LeftTab::Workload };
    let draft = Draft::new(id, Arc::new(scenario));
    show_draft(app, draft, left);
}

/// Beside the runs that are shown where it is of the same scenario; else with its own set-up.
fn take_in_run(app: &mut App, run: Run, metrics: Arc<Metrics>) {
    let (id, scenario) = (run.scenario_id.clone(), Arc::clone(&run.scenario));
    let engine = run.engine;
    let entry = app.session.open_with(run, metrics);
    if app.draft.id != id {
        show_draft(app, Draft::on(engine, id, scenario), LeftTab::Workload);
        // What was opened is what is to be seen.
        app.following = app.draft.is_imagined().then(|| Following::once_changed(&app.draft));
    }
    app.view.run.shown.insert(entry);
    app.view.run.bottom = BottomTab::Overview;
    app.view.screen = Screen::Run;
}
