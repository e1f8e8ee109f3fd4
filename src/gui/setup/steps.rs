//! A group's steps as chips: click one to change, move or remove it; the plus adds one.

use eframe::egui::{
    self, Button, Color32, ComboBox, CornerRadius, DragValue, Popup, PopupCloseBehavior, Response, RichText, Stroke, Ui,
};

use super::fields::{field_ui, spread_text, spread_ui, text_ui};
use crate::chart::palette::Palette;
use crate::gui::presets;
use crate::gui::widgets::{check_ui, icon_ui};
use crate::gui::{theme, words};
use crate::lang::{Lang, Text};
use crate::scenario::{Kernel, Spread, Step};
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

/// The chips of these steps, nested repeats inside their own frame. Returns whether anything changed.
pub fn steps_ui(ui: &mut Ui, steps: &mut Vec<Step>, lang: Lang) -> bool {
    let mut changed = false;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        changed = chips_ui(ui, steps, lang);
    });
    changed
}

fn chips_ui(ui: &mut Ui, steps: &mut Vec<Step>, lang: Lang) -> bool {
    let mut changed = false;
    let mut fates = Vec::new();
    let last = steps.len() - usize::from(!steps.is_empty());
    for (at, step) in steps.iter_mut().enumerate() {
        ui.push_id(at, |ui| {
            let chip = chip_ui(ui, step, lang);
            let edited = Popup::from_toggle_button_response(&chip)
                .accessible_name(chip_text(step, lang))
                .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
                .width(240.0)
                .show(|ui| editor_ui(ui, step, at, last, lang));
            if let Some(edited) = edited {
                let (own, fate) = edited.inner;
                changed |= own;
                if fate != Fate::Stay {
                    fates.push((at, fate));
                    Popup::close_all(ui);
                }
            }
            if let Step::Repeat { steps, .. } = step {
                changed |= chips_ui(ui, steps, lang);
                ui.label(RichText::new(")").font(theme::mono(12.0)));
            }
        });
    }
    changed |= add_ui(ui, steps, lang);
    for (at, fate) in fates {
        changed = true;
        match fate {
            Fate::Earlier => steps.swap(at, at - 1),
            Fate::Later => steps.swap(at, at + 1),
            Fate::Twice => steps.insert(at, steps[at].clone()),
            Fate::Gone => drop(steps.remove(at)),
            Fate::Stay => {}
        }
    }
    changed
}

/// What a chip says.
pub fn chip_text(step: &Step, lang: Lang) -> String {
    match step {
        Step::Cpu { time, kernel, .. } => format!("cpu {}{}", spread_text(time), kernel_note(*kernel)),
        Step::Work { time, kernel, .. } => format!("work {}{}", spread_text(time), kernel_note(*kernel)),
        Step::Io { time, blocking, .. } => {
            let how = if *blocking { Text::new(" blocking", " bloqueante").get(lang) } else { "" };
            format!("io {}{how}", spread_text(time))
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
    let id = Kernel::ALL.iter().find(|(_, own, _)| *own == kernel).map_or("", |(id, ..)| id);
    if kernel == Kernel::default() { String::new() } else { format!(" {id}") }
}

fn shortened(text: &str) -> String {
    let mut letters = text.chars();
    let head: String = letters.by_ref().take(14).collect();
    if letters.next().is_some() { format!("{head}…") } else { head }
}

fn chip_ui(ui: &mut Ui, step: &Step, lang: Lang) -> Response {
    let palette = theme::palette(ui);
    let (fill, ink, edge) = chip_colors(step, palette);
    let text = RichText::new(chip_text(step, lang)).size(12.0).color(ink);
    let chip = Button::new(text)
        .wrap_mode(egui::TextWrapMode::Extend)
        .fill(fill)
        .stroke(Stroke::new(1.0, edge))
        .corner_radius(CornerRadius::same(5));
    ui.scope(|ui| {
        ui.spacing_mut().button_padding = egui::vec2(7.0, 2.0);
        ui.add(chip.min_size(egui::vec2(0.0, 20.0)))
    })
    .inner
    .on_hover_text(Text::new("Click to change this step", "Clique para mudar este passo").get(lang))
}

fn chip_colors(step: &Step, palette: &Palette) -> (Color32, Color32, Color32) {
    match step {
        Step::Cpu { .. } | Step::Work { .. } => {
            (theme::color(palette.running), theme::color(palette.on_accent), theme::color(palette.running))
        }
        Step::Io { .. } => {
            (theme::color(palette.io_ground), theme::color(palette.text), theme::color(palette.io_hatch))
        }
        _ => (Color32::TRANSPARENT, theme::color(palette.text), theme::color(palette.line)),
    }
}

/// The steps this version can add, each as it begins.
fn addable() -> [(&'static str, Text, Step); 7] {
    let fixed = |millis| Spread::Fixed(Nanos::from_millis(millis));
    let work = Step::Work { time: fixed(20), kernel: Kernel::Spin, size_bytes: None, gil: crate::scenario::Gil::Held };
    [
        ("cpu", Text::new("CPU time", "tempo de CPU"), presets::cpu(fixed(20))),
        ("work", Text::new("a fixed amount of computing", "uma quantidade fixa de cálculo"), work),
        ("io", Text::new("wait for IO", "esperar IO"), presets::io(fixed(100))),
        ("print", Text::new("print a line", "imprimir uma linha"), Step::Print("{name}".into())),
        ("yield", Text::new("let others go first", "dar a vez"), Step::Yield),
        (
            "repeat",
            Text::new("do steps again and again", "repetir passos"),
            Step::Repeat { count: 3, steps: vec![presets::cpu(fixed(5))] },
        ),
        ("fail", Text::new("fail", "falhar"), Step::Fail("failed".into())),
    ]
}

fn add_ui(ui: &mut Ui, steps: &mut Vec<Step>, lang: Lang) -> bool {
    let name = Text::new("Add a step", "Adicionar um passo").get(lang);
    let plus = icon_ui(ui, "+", name);
    let mut added = false;
    Popup::menu(&plus).accessible_name(name).show(|ui| {
        for (id, text, step) in addable() {
            if ui.button(format!("{id} · {}", text.get(lang))).clicked() {
                steps.push(step);
                added = true;
            }
        }
    });
    added
}

fn editor_ui(ui: &mut Ui, step: &mut Step, at: usize, last: usize, lang: Lang) -> (bool, Fate) {
    let changed = values_ui(ui, step, lang);
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
        button(true, Text::new("twice", "duplicar"), Fate::Twice);
        button(true, Text::new("remove", "remover"), Fate::Gone);
    });
    (changed, fate)
}

fn values_ui(ui: &mut Ui, step: &mut Step, lang: Lang) -> bool {
    match step {
        Step::Cpu { time, kernel, .. } | Step::Work { time, kernel, .. } => {
            spread_ui(ui, time, lang) | kernel_ui(ui, kernel, lang)
        }
        Step::Io { time, blocking, .. } => {
            let changed = spread_ui(ui, time, lang);
            let text = Text::new("a blocking call, even in async models", "chamada bloqueante, mesmo em modelos async");
            changed | check_ui(ui, blocking, text.get(lang)).changed()
        }
        Step::Print(text) | Step::Fail(text) => text_ui(ui, Text::new("text", "texto").get(lang), text),
        Step::Repeat { count, .. } => {
            field_ui(ui, Text::new("times", "vezes").get(lang), |ui| ui.add(DragValue::new(count).range(0..=1_000_000)))
                .changed()
        }
        _ => false,
    }
}

fn kernel_ui(ui: &mut Ui, kernel: &mut Kernel, lang: Lang) -> bool {
    let before = *kernel;
    let chosen = Kernel::ALL.iter().find(|(_, own, _)| *own == before).map_or("", |(id, ..)| id);
    field_ui(ui, Text::new("computes", "calcula").get(lang), |ui| {
        ComboBox::from_id_salt("kernel")
            .width(110.0)
            .selected_text(chosen)
            .show_ui(ui, |ui| {
                for (id, own, built) in Kernel::ALL {
                    ui.add_enabled_ui(built, |ui| ui.selectable_value(kernel, own, id))
                        .inner
                        .on_disabled_hover_text(words::NOT_AVAILABLE.get(lang));
                }
            })
            .response
    });
    *kernel != before
}
