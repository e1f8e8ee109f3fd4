//! Keys to commands. A key that a text field wants stays with the field.

use eframe::egui::{Context, Event, Id, Key, KeyboardShortcut, Modifiers, Popup};

use super::commands::{Command, Commands};
use super::finder::Finder;
use super::number_field::is_typed;
use super::open_dialog::OpenDialog;
use super::settings::Settings;
use super::toasts::Toasts;
use super::view::{Screen, View};

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

/// Whether a popup was open when this frame began: Esc is its own then, also once it has closed it.
pub fn has_popup(ctx: &Context) -> bool {
    ctx.data(|data| data.get_temp(popup_id())) == Some(ctx.cumulative_frame_nr())
}

fn popup_id() -> Id {
    Id::unique("a frame that began with a popup")
}

/// Reads the keys of this frame. Esc cancels a run (`running`), else closes what went wrong.
pub fn read(
    ctx: &Context,
    view: &mut View,
    settings: &mut Settings,
    toasts: &mut Toasts,
    running: bool,
    commands: &mut Commands,
) {
    if Popup::is_any_open(ctx) {
        let frame = ctx.cumulative_frame_nr();
        ctx.data_mut(|data| data.insert_temp(popup_id(), frame));
    }
    let dialog =
        view.export.is_some() || view.open.is_some() || view.save.is_some() || view.help || view.finder.is_some();
    if dialog {
        return;
    }
    let pressed =
        |modifiers, key| ctx.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)));
    let run_screen = view.screen == Screen::Run;
    if let Some(words) = finder_called(ctx) {
        view.finder = Some(Finder::called(ctx, words));
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
    // Only a text that is being typed has an undo of its own: a popup that changes the set-up has not.
    let undoes = run_screen && !ctx.text_edit_focused() && !is_typed(ctx);
    if undoes && pressed(CTRL_SHIFT, Key::Z) {
        commands.push(Command::Redo);
    }
    if undoes && pressed(CTRL, Key::Z) {
        commands.push(Command::Undo);
    }
    // A popup or a field takes Enter, Esc and letters first. By Esc a field has lost the focus already.
    if ctx.egui_wants_keyboard_input() || is_typed(ctx) || has_popup(ctx) {
        return;
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

/// Whether Ctrl K was pressed, and what was typed after it in the same frame: where frames are slow, words come with it,
/// and they are meant for the finder.
fn finder_called(ctx: &Context) -> Option<String> {
    let calls = |event: &Event| match event {
        Event::Key { key: Key::K, pressed: true, modifiers, .. } => modifiers.matches_logically(CTRL),
        _ => false,
    };
    ctx.input_mut(|input| {
        let at = input.events.iter().position(calls)?;
        let mut words = String::new();
        for event in input.events.split_off(at).into_iter().skip(1) {
            match event {
                Event::Text(text) => words.push_str(&text),
                other => input.events.push(other),
            }
        }
        Some(words)
    })
}

/// Whether this text was typed: where a sign stands on the keyboard differs by country.
fn typed(ctx: &Context, sign: &str) -> bool {
    ctx.input(|input| input.events.iter().any(|event| matches!(event, Event::Text(text) if text == sign)))
}
