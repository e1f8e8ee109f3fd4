//! The computer that runs are measured on, as the home screen and the Machine tab show it.

use eframe::egui::Ui;

use super::widgets::pair_ui;
use super::words;
use crate::lang::{Lang, Text};
use crate::time::Nanos;
use crate::trace::Host;
use crate::{clock, host};

/// Looked at once, at the start.
pub struct Computer {
    pub host: Host,
    /// What one read of the clock that stamps events takes.
    pub clock_read: Nanos,
}

impl Computer {
    pub fn look() -> Self {
        Computer { host: host::describe(), clock_read: clock_read() }
    }
}

/// `Debian GNU/Linux 12`, of `Debian GNU/Linux 12 (bookworm)`: the rest would be cut anyway.
fn without_code_name(os: &str) -> &str {
    os.split_once(" (").map_or(os, |(name, _)| name)
}

/// The best of some rounds: what the read itself costs, not what else the computer did meanwhile.
fn clock_read() -> Nanos {
    const READS: i64 = 256;
    let round = |_| {
        let begin = clock::ticks();
        let end = (0..READS).fold(begin, |_, _| clock::ticks());
        clock::ticks_between(begin, end)
    };
    (0..16).map(round).min().expect("sixteen rounds") / READS
}

/// What is known of the computer.
pub fn computer_ui(ui: &mut Ui, computer: &Computer, lang: Lang) {
    let host = &computer.host;
    let unknown = Text::new("unknown", "desconhecido").get(lang);
    let or_unknown = |text: &str| if text.is_empty() { unknown.to_owned() } else { text.to_owned() };
    pair_ui(ui, words::CORES.get(lang), &host.cores.to_string());
    pair_ui(ui, "CPU", &or_unknown(&host.cpu)).on_hover_text(&host.cpu);
    pair_ui(ui, Text::new("system", "sistema").get(lang), &or_unknown(without_code_name(&host.os)))
        .on_hover_text(&host.os);
    pair_ui(ui, Text::new("a clock read", "uma leitura do relógio").get(lang), &lang.figure(computer.clock_read))
        .on_hover_text(
            Text::new(
                "What it costs to stamp one instant: an event cannot cost less.",
                "Quanto custa marcar um instante: um evento não pode custar menos.",
            )
            .get(lang),
        );
    let affinity =
        if host.affinity { Text::new("strict", "estrita") } else { Text::new("not available", "indisponível") };
    pair_ui(ui, Text::new("core restriction", "restrição de núcleos").get(lang), affinity.get(lang)).on_hover_text(
        Text::new(
            "Whether a run can be held to fewer cores than the computer has.",
            "Se uma execução pode ser limitada a menos núcleos do que o computador tem.",
        )
        .get(lang),
    );
}
