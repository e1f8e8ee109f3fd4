//! A group's steps as chips: click one to change, move or remove it; the plus adds one.

use eframe::egui::{
    self, AtomExt, Button, Color32, CornerRadius, Popup, PopupCloseBehavior, Response, RichText, Stroke, TextWrapMode,
    Ui,
};

use super::fields::spread_text;
use super::step_editor::values_ui;
use crate::chart::palette::Palette;
use crate::gui::presets;
use crate::gui::theme;
use crate::gui::widgets::icon_ui;
use crate::lang::{Lang, Text};
use crate::scenario::shared::{Kind, Shared};
use crate::scenario::{Gil, Kernel, Spread, Step, Via, words};
use crate::time::Nanos;

/// What becomes of a step in its editor.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Stay,
    Earlier,
    Later,
    Twice,
    Gone,
}

/// What was asked for while the chips were shown.
#[derive(Default)]
struct Changes {
    any: bool,
    /// Locks that got another name: who takes one and who gives it back go by the same.
    renamed_locks: Vec<(String, String)>,
}

/// The chips of these steps, nested repeats between their brackets. `shared`: what the scenario's tasks share already.
/// Returns whether anything changed.
pub fn steps_ui(ui: &mut Ui, steps: &mut Vec<Step>, shared: &Shared, lang: Lang) -> bool {
    let mut changes = Changes::default();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        chips_ui(ui, steps, shared, lang, &mut changes);
    });
    for (before, after) in &changes.renamed_locks {
        rename_lock(steps, before, after);
    }
    changes.any
}

// Invariant: no scope of its own around a chip, or the row would not wrap.
fn chips_ui(ui: &mut Ui, steps: &mut Vec<Step>, shared: &Shared, lang: Lang, changes: &mut Changes) {
    let mut fates = Vec::new();
    let last = steps.len() - usize::from(!steps.is_empty());
    for (at, step) in steps.iter_mut().enumerate() {
        let lock = lock_name(step).map(str::to_owned);
        let chip = chip_ui(ui, step, lang);
        let edited = Popup::from_toggle_button_response(&chip)
            .accessible_name(chip_text(step, lang))
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .width(240.0)
            .show(|ui| editor_ui(ui, step, at, last, shared, lang));
        if let Some(edited) = edited {
            let (own, fate) = edited.inner;
            changes.any |= own;
            if let (Some(before), Some(after)) = (lock, lock_name(step))
                && before != after
            {
                changes.renamed_locks.push((before, after.to_owned()));
            }
            if fate != Fate::Stay {
                fates.push((at, fate));
                Popup::close_all(ui);
            }
        }
        if let Step::Repeat { steps, .. } = step {
            chips_ui(ui, steps, shared, lang, changes);
            ui.label(RichText::new(")").font(theme::mono(12.0)));
        }
    }
    changes.any |= add_ui(ui, steps, shared, lang);
    for (at, fate) in fates {
        changes.any = true;
        match fate {
            Fate::Earlier => steps.swap(at, at - 1),
            Fate::Later => steps.swap(at, at + 1),
            Fate::Twice => steps.insert(at, steps[at].clone()),
            Fate::Gone => drop(steps.remove(at)),
            Fate::Stay => {}
        }
    }
}

fn lock_name(step: &Step) -> Option<&str> {
    match step {
        Step::Lock(name) | Step::Unlock(name) => Some(name),
        _ => None,
    }
}

fn rename_lock(steps: &mut [Step], before: &str, after: &str) {
    for step in steps {
        match step {
            Step::Lock(name) | Step::Unlock(name) if name == before => after.clone_into(name),
            Step::Repeat { steps, .. } => rename_lock(steps, before, after),
            _ => {}
        }
    }
}

/// What a chip says.
pub fn chip_text(step: &Step, lang: Lang) -> String {
    match step {
        Step::Cpu { time, kernel, .. } => format!("cpu {}{}", spread_text(time, lang), kernel_note(*kernel)),
        Step::Work { time, kernel, .. } => format!("work {}{}", spread_text(time, lang), kernel_note(*kernel)),
        Step::Io { time, via, blocking, .. } => {
            let by = if *via == Via::default() { "" } else { words::word(&words::VIAS, via) };
            let how = if *blocking { Text::new("blocking", "bloqueante").get(lang) } else { "" };
            let parts = ["io", &spread_text(time, lang), by, how];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        }
        Step::Lock(name) => format!("lock {name}"),
        Step::Unlock(name) => format!("unlock {name}"),
        Step::Send(name) => format!("send {name}"),
        Step::Receive(name) => format!("receive {name}"),
        Step::Barrier(name) => format!("barrier {name}"),
        Step::Yield => "yield".to_owned(),
        Step::Load(name) => format!("load {name}"),
        Step::Add(number) => format!("add {number}"),
        Step::Store(name) => format!("store {name}"),
        Step::Print(text) => format!("print “{}”", shortened(text)),
        Step::Fail(text) => format!("fail “{}”", shortened(text)),
        Step::Repeat { count, .. } => format!("{count} × ("),
    }
}

fn kernel_note(kernel: Kernel) -> String {
    if kernel == Kernel::default() { String::new() } else { format!(" {}", kernel.id()) }
}

fn shortened(text: &str) -> String {
    let mut letters = text.chars();
    let head: String = letters.by_ref().take(14).collect();
    if letters.next().is_some() { format!("{head}…") } else { head }
}

fn chip_ui(ui: &mut Ui, step: &Step, lang: Lang) -> Response {
    let palette = theme::palette(ui);
    let (fill, ink, edge) = chip_colors(step, palette);
    let before = std::mem::replace(&mut ui.spacing_mut().button_padding, egui::vec2(7.0, 2.0));
    // A chip that does not fit goes to the next row, and is cut only where a whole row is too short for it.
    let room = ui.max_rect().width() - 16.0;
    let text = RichText::new(chip_text(step, lang)).size(12.0).color(ink);
    let width = egui::WidgetText::from(text.clone())
        .into_galley(ui, Some(TextWrapMode::Extend), room, egui::TextStyle::Button)
        .size()
        .x;
    let chip = if width <= room {
        Button::new(text).wrap_mode(TextWrapMode::Extend)
    } else {
        ui.end_row();
        Button::new(text.atom_max_width(room)).wrap_mode(TextWrapMode::Truncate)
    };
    let chip = chip.fill(fill).stroke(Stroke::new(1.0, edge)).corner_radius(CornerRadius::same(5));
    let response = ui.add(chip.min_size(egui::vec2(0.0, 20.0)));
    ui.spacing_mut().button_padding = before;
    response.on_hover_text(Text::new("Click to change this step", "Clique para mudar este passo").get(lang))
}

fn chip_colors(step: &Step, palette: &Palette) -> (Color32, Color32, Color32) {
    match step {
        Step::Cpu { .. } | Step::Work { .. } => {
            let ground = theme::color(palette.ground(palette.running));
            (ground, theme::color(palette.on_accent), ground)
        }
        Step::Io { .. } => {
            (theme::color(palette.io_ground), theme::color(palette.text), theme::color(palette.io_hatch))
        }
        _ => (Color32::TRANSPARENT, theme::color(palette.text), theme::color(palette.line)),
    }
}

/// What the plus offers: its word, what that is for, and the steps it adds.
struct Addable {
    word: &'static str,
    what: Text,
    steps: Vec<Step>,
}

/// In the order of the menu. What is shared takes the name of what is there already, so that a new step meets the others.
fn addable(shared: &Shared) -> Vec<Addable> {
    let fixed = |millis| Spread::Fixed(Nanos::from_millis(millis));
    let work = Step::Work { time: fixed(20), kernel: Kernel::Spin, size_bytes: None, gil: Gil::Held };
    let known = |kind: Kind, otherwise: &str| {
        let known = shared.iter().find(|(own, _)| *own == kind);
        known.map_or_else(|| otherwise.to_owned(), |(_, name)| name.clone())
    };
    let lock = known(Kind::Lock, "door");
    let channel = known(Kind::Channel, "channel");
    let variable = known(Kind::Variable, "counter");
    let barrier = known(Kind::Barrier, "barrier");
    let one = |word, what, step| Addable { word, what, steps: vec![step] };
    vec![
        one("cpu", Text::new("CPU time", "tempo de CPU"), presets::cpu(fixed(20))),
        one("work", Text::new("a fixed amount of computing", "uma quantidade fixa de cálculo"), work),
        one("io", Text::new("wait for IO", "esperar IO"), presets::io(fixed(100))),
        Addable {
            word: "lock",
            what: Text::new("one task at a time", "uma tarefa por vez"),
            steps: vec![Step::Lock(lock.clone()), presets::cpu(fixed(5)), Step::Unlock(lock)],
        },
        one("send", Text::new("into a channel", "em um canal"), Step::Send(channel.clone())),
        one("receive", Text::new("from a channel", "de um canal"), Step::Receive(channel)),
        one("barrier", Text::new("wait until all are there", "esperar até todas chegarem"), Step::Barrier(barrier)),
        Addable {
            word: "load",
            what: Text::new("add 1 to a shared variable", "somar 1 a uma variável"),
            steps: vec![Step::Load(variable.clone()), Step::Add(1), Step::Store(variable)],
        },
        one("yield", Text::new("let others go first", "dar a vez"), Step::Yield),
        one("print", Text::new("print a line", "imprimir uma linha"), Step::Print("{name}".into())),
        one(
            "repeat",
            Text::new("do steps again and again", "repetir passos"),
            Step::Repeat { count: 3, steps: vec![presets::cpu(fixed(5))] },
        ),
        one("fail", Text::new("end with an error", "terminar com erro"), Step::Fail("failed".into())),
    ]
}

fn add_ui(ui: &mut Ui, steps: &mut Vec<Step>, shared: &Shared, lang: Lang) -> bool {
    let name = Text::new("Add a step", "Adicionar um passo").get(lang);
    let plus = icon_ui(ui, "+", name);
    let mut added = false;
    Popup::menu(&plus).accessible_name(name).show(|ui| {
        for Addable { word, what, steps: new } in addable(shared) {
            if ui.button(format!("{word} · {}", what.get(lang))).clicked() {
                steps.extend(new);
                added = true;
            }
        }
    });
    added
}

fn editor_ui(ui: &mut Ui, step: &mut Step, at: usize, last: usize, shared: &Shared, lang: Lang) -> (bool, Fate) {
    let changed = values_ui(ui, step, shared, lang);
    ui.separator();
    let mut fate = Fate::Stay;
    ui.horizontal(|ui| {
        let mut button = |enabled: bool, text: Text, own: Fate| {
            if ui.add_enabled(enabled, Button::new(text.get(lang)).small()).clicked() {
                fate = own;
            }
        };
        button(at > 0, Text::new("← earlier", "← antes"), Fate::Earlier);
        button(at < last, Text::new("later →", "depois →"), Fate::Later);
        button(true, Text::new("duplicate", "duplicar"), Fate::Twice);
        button(true, Text::new("remove", "remover"), Fate::Gone);
    });
    (changed, fate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::catalog;
    use crate::scenario::words::VERBS;

    #[test]
    fn every_step_of_the_format_can_be_added_and_is_valid() {
        let scenario = catalog::find("kitchen").unwrap();
        let shared = Shared::of(&scenario);
        let mut missing: Vec<&str> = VERBS.to_vec();
        for new in addable(&shared) {
            missing.retain(|verb| new.steps.iter().all(|step| step.verb() != *verb));
            let mut edited = crate::scenario::Scenario::clone(&scenario);
            edited.groups[0].steps.extend(new.steps);
            assert!(edited.check().is_ok(), "{}", new.word);
        }
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn a_lock_is_renamed_where_it_is_given_back_too() {
        let lock = || Step::Lock("a".into());
        let unlock = |name: &str| Step::Unlock(name.into());
        let mut steps = vec![lock(), Step::Repeat { count: 2, steps: vec![unlock("a"), lock()] }, unlock("b")];
        rename_lock(&mut steps, "a", "b");
        let inner = vec![unlock("b"), Step::Lock("b".into())];
        assert_eq!(steps, [Step::Lock("b".into()), Step::Repeat { count: 2, steps: inner }, unlock("b")]);
    }
}
