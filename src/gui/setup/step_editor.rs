//! What can be set of one step, by its kind: all that the file format has.

use eframe::egui::{Button, TextEdit, Ui};

use super::fields::{ABOVE_ZERO, bytes_ui, choice_ui, duration_ui, field_ui, name_ui, spread_ui};
use crate::gui::number_field::{EXACT_MAX, NumberField, number_ui};
use crate::gui::widgets::{check_ui, note_ui};
use crate::lang::{Lang, Text};
use crate::scenario::shared::{Kind, Shared};
use crate::scenario::{Gil, Kernel, Step, Via, check};
use crate::time::Nanos;

/// The step's fields. Returns whether anything changed.
pub fn values_ui(ui: &mut Ui, step: &mut Step, shared: &Shared, lang: Lang) -> bool {
    match step {
        Step::Cpu { time, kernel, size_bytes, gil } | Step::Work { time, kernel, size_bytes, gil } => {
            let changed = spread_ui(ui, time, lang) | kernel_ui(ui, kernel, lang);
            changed | size_ui(ui, *kernel, size_bytes, lang) | gil_ui(ui, gil, lang)
        }
        Step::Io { time, via, blocking, timeout } => {
            let changed = spread_ui(ui, time, lang) | via_ui(ui, via, lang);
            let text = Text::new("a blocking call, even in async models", "chamada bloqueante, mesmo em modelos async");
            changed | check_ui(ui, blocking, text.get(lang)).changed() | timeout_ui(ui, timeout, lang)
        }
        Step::Lock(name) | Step::Unlock(name) => {
            shared_ui(ui, Text::new("lock", "lock"), Kind::Lock, name, shared, lang)
        }
        Step::Send(name) | Step::Receive(name) => {
            shared_ui(ui, Text::new("channel", "canal"), Kind::Channel, name, shared, lang)
        }
        Step::Barrier(name) => shared_ui(ui, Text::new("barrier", "barreira"), Kind::Barrier, name, shared, lang),
        Step::Load(name) | Step::Store(name) => {
            shared_ui(ui, Text::new("variable", "variável"), Kind::Variable, name, shared, lang)
        }
        Step::Add(number) => {
            let label = Text::new("to what was loaded", "ao que foi lido").get(lang);
            field_ui(ui, label, |ui| number_ui(ui, number, &NumberField::whole(-EXACT_MAX..=EXACT_MAX), lang)).changed()
        }
        Step::Yield => {
            let text = Text::new(
                "The task goes to the end of its worker's queue.",
                "A tarefa vai para o fim da fila do seu trabalhador.",
            );
            note_ui(ui, text.get(lang));
            false
        }
        Step::Print(text) => {
            let changed = line_ui(ui, text, lang);
            let hint =
                Text::new("{n} is the task's number, {name} its name.", "{n} é o número da tarefa; {name}, o nome.");
            note_ui(ui, hint.get(lang));
            changed
        }
        Step::Fail(text) => line_ui(ui, text, lang),
        Step::Repeat { count, .. } => {
            let label = Text::new("times", "vezes").get(lang);
            let (least, most) = (*check::REPEATS.start(), *check::REPEATS.end());
            let field = NumberField::whole(f64::from(least)..=f64::from(most));
            field_ui(ui, label, |ui| number_ui(ui, count, &field, lang)).changed()
        }
    }
}

fn line_ui(ui: &mut Ui, text: &mut String, lang: Lang) -> bool {
    let field = TextEdit::singleline(text).desired_width(f32::INFINITY);
    ui.add(field).accessible_name(Text::new("text", "texto").get(lang)).changed()
}

fn kernel_ui(ui: &mut Ui, kernel: &mut Kernel, lang: Lang) -> bool {
    let options = Kernel::ALL.map(|(id, kernel)| (kernel, id));
    choice_ui(ui, Text::new("computes", "calcula").get(lang), kernel, &options)
}

/// Where a size means nothing to the kernel and none is set, there is no field.
fn size_ui(ui: &mut Ui, kernel: Kernel, size: &mut Option<u64>, lang: Lang) -> bool {
    if !kernel.heeds_size() && size.is_none() {
        return false;
    }
    let mut bytes = size.unwrap_or(0);
    let usual = Text::new("usual", "padrão").get(lang);
    let response = field_ui(ui, Text::new("over", "sobre").get(lang), |ui| {
        bytes_ui(ui, &mut bytes, check::SIZE_BYTES_MAX, usual, lang)
    });
    *size = (bytes > 0).then_some(bytes);
    response.changed()
}

fn gil_ui(ui: &mut Ui, gil: &mut Gil, lang: Lang) -> bool {
    let mut released = *gil == Gil::Released;
    let text = Text::new("lets go of the GIL", "solta o GIL").get(lang);
    let explanation = Text::new(
        "As C code of NumPy or zlib does. Only models with a GIL heed it.",
        "Como o código C do NumPy ou da zlib. Só modelos com GIL levam isso em conta.",
    );
    let changed = check_ui(ui, &mut released, text).on_hover_text(explanation.get(lang)).changed();
    *gil = if released { Gil::Released } else { Gil::Held };
    changed
}

fn via_ui(ui: &mut Ui, via: &mut Via, lang: Lang) -> bool {
    let options = [
        (Via::Timer, Text::new("timer", "timer").get(lang)),
        (Via::Http, Text::new("HTTP", "HTTP").get(lang)),
        (Via::File, Text::new("file", "arquivo").get(lang)),
        (Via::Sqlite, Text::new("SQLite", "SQLite").get(lang)),
    ];
    choice_ui(ui, Text::new("waits for", "espera por").get(lang), via, &options)
}

fn timeout_ui(ui: &mut Ui, timeout: &mut Option<Nanos>, lang: Lang) -> bool {
    const FIRST: Nanos = Nanos::from_millis(500);
    let mut limited = timeout.is_some();
    let text = Text::new("gives up after a while", "desiste depois de um tempo").get(lang);
    let mut changed = check_ui(ui, &mut limited, text).changed();
    if changed {
        *timeout = limited.then_some(FIRST);
    }
    if let Some(limit) = timeout {
        let label = Text::new("gives up after", "desiste após").get(lang);
        changed |= field_ui(ui, label, |ui| duration_ui(ui, limit, ABOVE_ZERO, lang)).changed();
    }
    changed
}

/// The name of what is shared, and the others of its kind to choose from.
fn shared_ui(ui: &mut Ui, label: Text, kind: Kind, name: &mut String, shared: &Shared, lang: Lang) -> bool {
    let mut changed = name_ui(ui, label.get(lang), name, lang);
    let others: Vec<&String> =
        shared.iter().filter(|(own, other)| *own == kind && other != name).map(|(_, other)| other).collect();
    if !others.is_empty() {
        ui.horizontal_wrapped(|ui| {
            for other in others {
                if ui.add(Button::new(other).small()).clicked() {
                    other.clone_into(name);
                    changed = true;
                }
            }
        });
    }
    changed
}
