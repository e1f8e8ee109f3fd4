//! Keys to commands. A key that a text field wants stays with the field.

use eframe::egui::{Context, Key, KeyboardShortcut, Modifiers};

use super::commands::{Command, Commands};
use super::finder::Finder;
use super::open_dialog::OpenDialog;
use super::settings::Settings;
use super::toasts::Toasts;
use super::view::{Screen, View};

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

/// Reads the keys of this frame. Esc cancels a run (`running`), else closes what went wrong.
pub fn read(
    ctx: &Context,
    view: &mut View,
    settings: &mut Settings,
    toasts: &mut Toasts,
    running: bool,
    commands: &mut Commands,
) {
    let dialog =
        view.export.is_some() || view.open.is_some() || view.save.is_some() || view.help || view.finder.is_some();
    if dialog {
        return;
    }
    let pressed =
        |modifiers, key| ctx.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)));
    let run_screen = view.screen == Screen::Run;
    if pressed(CTRL, Key::K) {
        view.finder = Some(Finder::default());
        return;
    }
    if pressed(CTRL, Key::O) {
        view.open = Some(OpenDialog::default());
    }
    if run_screen && pressed(CTRL, Key::S) {
        commands.push(Command::OpenSave);
    }
    if run_screen && pressed(CTRL, Key::E) {
        commands.push(Command::OpenExport(None));
    }
    if run_screen && !running && pressed(CTRL, Key::Enter) {
        commands.push(Command::Run);
    }
    if pressed(CTRL, Key::B) {
        settings.folds.left = !settings.folds.left;
    }
    if pressed(CTRL, Key::J) {
        settings.folds.bottom = !settings.folds.bottom;
    }
    // A popup or a field takes Enter, Esc, letters and its own undo first.
    if ctx.egui_wants_keyboard_input() || eframe::egui::Popup::is_any_open(ctx) {
        return;
    }
    if run_screen && pressed(CTRL_SHIFT, Key::Z) {
        commands.push(Command::Redo);
    }
    if run_screen && pressed(CTRL, Key::Z) {
        commands.push(Command::Undo);
    }
    if running && pressed(Modifiers::NONE, Key::Escape) {
        commands.push(Command::Cancel);
    }
    if toasts.has_errors() && pressed(Modifiers::NONE, Key::Escape) {
        toasts.close_last_error();
    }
    let focused = ctx.memory(|memory| memory.focused().is_some());
    if run_screen && !running && !focused && pressed(Modifiers::NONE, Key::Enter) {
        commands.push(Command::Run);
    }
    if typed(ctx, "/") {
        view.screen = Screen::Home;
        view.home.focus_search = true;
    }
    if typed(ctx, "?") {
        commands.push(Command::Help);
    }
}

/// Whether this text was typed: where a sign stands on the keyboard differs by country.
fn typed(ctx: &Context, sign: &str) -> bool {
    ctx.input(|input| input.events.iter().any(|event| matches!(event, eframe::egui::Event::Text(text) if text == sign)))
}
