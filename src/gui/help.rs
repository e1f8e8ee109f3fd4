//! The overlay behind `?`: the shortcuts, and what this version does not do yet.

use eframe::egui::{Grid, Id, Key, Modal, Modifiers, RichText, Ui};

use super::theme;
use super::widgets::{dialog_frame, note_ui, section_ui};
use super::words;
use crate::lang::{Lang, Text};

/// What a key does, in the order the overlay lists them. `shortcuts` reads the same keys.
pub const KEYS: [(Text, Text); 16] = [
    (
        everywhere("Enter"),
        Text::new(
            "run; on the imagined computer keep what you see (with Ctrl also from within a field)",
            "executar; no computador imaginado, guardar o que se vê (com Ctrl também de dentro de um campo)",
        ),
    ),
    (
        everywhere("Esc"),
        Text::new(
            "cancel the run; close what is open; end the replay",
            "cancelar a execução; fechar o que está aberto; encerrar a reprodução",
        ),
    ),
    (everywhere("/"), Text::new("search the lessons", "buscar nas lições")),
    (
        everywhere("Ctrl K"),
        Text::new("find a run, a command, a lesson", "encontrar uma execução, um comando, uma lição"),
    ),
    (everywhere("?"), Text::new("this help", "esta ajuda")),
    (everywhere("Ctrl O"), Text::new("open a scenario or a run", "abrir um cenário ou uma execução")),
    (everywhere("Ctrl S"), Text::new("save the workload as a scenario", "salvar a carga como cenário")),
    (everywhere("Ctrl E"), Text::new("export charts, figures and runs", "exportar gráficos, números e execuções")),
    (everywhere("Ctrl Z"), Text::new("undo a change of the set-up", "desfazer uma mudança da configuração")),
    (everywhere("Ctrl Shift Z"), Text::new("redo it", "refazer")),
    (everywhere("Ctrl B"), Text::new("fold the left panel", "recolher o painel esquerdo")),
    (everywhere("Ctrl J"), Text::new("fold the panel below", "recolher o painel de baixo")),
    (
        everywhere("Tab"),
        Text::new("to the next control; Space or Enter presses it", "ao próximo controle; Espaço ou Enter o aciona"),
    ),
    (Text::new("Space", "Espaço"), Text::new("in a replay: play, pause", "na reprodução: reproduzir, pausar")),
    (
        everywhere(", / ."),
        Text::new(
            "in a replay, an event back or on; in every order, a step (also ← →)",
            "na reprodução, um evento para trás ou adiante; em todas as ordens, um passo (também ← →)",
        ),
    ),
    (
        everywhere("Ctrl + − 0"),
        Text::new("larger, smaller, the usual size", "aumentar, diminuir, o tamanho de costume"),
    ),
];

/// A key that is called so in each language.
const fn everywhere(key: &'static str) -> Text {
    Text::new(key, key)
}

/// Returns whether the overlay stays open.
pub fn help_ui(ui: &mut Ui, lang: Lang) -> bool {
    let mut open = true;
    let modal = Modal::new(Id::unique("help")).frame(dialog_frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        ui.label(RichText::new(words::HELP.get(lang)).font(theme::semibold(theme::TITLE)));
        section_ui(ui, Text::new("Keys", "Teclas").get(lang));
        // As dense as text: nothing here is clicked, and all of it fits into a small window.
        ui.spacing_mut().interact_size.y = 18.0;
        ui.spacing_mut().item_spacing.y = 4.0;
        Grid::new("keys").num_columns(2).spacing([20.0, 4.0]).show(ui, |ui| {
            for (key, what) in KEYS {
                ui.label(RichText::new(key.get(lang)).font(theme::mono(12.0)));
                ui.label(what.get(lang));
                ui.end_row();
            }
        });
        section_ui(ui, Text::new("On the timeline", "Na linha do tempo").get(lang));
        note_ui(
            ui,
            Text::new(
                "The wheel zooms at the pointer, dragging moves, F shows all. Hover explains, a click pins; arrows go from task to task, Esc lets go.",
                "A roda amplia no ponteiro, arrastar move, F mostra tudo. Passar o ponteiro explica, um clique fixa; setas vão de tarefa em tarefa, Esc solta.",
            )
            .get(lang),
        );
        section_ui(ui, words::NOT_AVAILABLE.get(lang));
        note_ui(
            ui,
            Text::new("Measured runs of the Python models.", "Execuções medidas dos modelos Python.")
            .get(lang),
        );
        ui.add_space(8.0);
        ui.spacing_mut().interact_size.y = 24.0;
        if ui.button(words::CLOSE.get(lang)).clicked() {
            open = false;
        }
    });
    open && !modal.should_close() && !ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Questionmark))
}
