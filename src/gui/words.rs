//! Texts that several panels of the window share. A text that only one panel says stands in that panel.

use crate::chart::axis::step_label;
use crate::explore::run::steps_of;
use crate::lang::{Lang, Text};
use crate::time::Nanos;
use crate::trace::{Run, State};

pub const NOT_AVAILABLE: Text = Text::new("not available in this version", "não disponível nesta versão");
pub const RUN: Text = Text::new("Run", "Executar");
pub const CANCEL: Text = Text::new("Cancel", "Cancelar");
pub const CLOSE: Text = Text::new("Close", "Fechar");
pub const EXPORT: Text = Text::new("Export", "Exportar");
pub const REPLACE: Text = Text::new("Replace", "Substituir");
pub const WILL_BE_REPLACED: Text = Text::new(
    "A file of that name exists: it will be replaced.",
    "Já existe um arquivo com esse nome: ele será substituído.",
);
/// With the system's reason.
pub const NO_THREAD: Text =
    Text::new("The system made no thread for it: {}.", "O sistema não criou uma thread para isso: {}.");
pub const BROKE_OFF: Text = Text::new(
    "This broke off: a bug of Tasklane. Nothing else is affected.",
    "Isto foi interrompido por um erro do Tasklane. Nada mais é afetado.",
);
pub const HELP: Text = Text::new("Help", "Ajuda");
pub const LESSONS: Text = Text::new("Lessons", "Lições");
pub const CORES: Text = Text::new("cores", "núcleos");
pub const REPEATS: Text = Text::new("repeats", "repetições");
/// The mark of a run that was computed.
pub const SIMULATED: Text = Text::new("simulated", "simulada");
/// The mark of a run that a person cancelled.
pub const STOPPED: Text = Text::new("stopped", "parada");
/// Of an order, before its first step; of who can never go on.
pub const NOTHING_DONE: Text = Text::new("Nothing has been done yet", "Nada foi feito ainda");
pub const FOR_EVER: Text = Text::new("{}, for ever", "{}, para sempre");
pub const SEED: Text = Text::new("seed", "semente");

/// An instant beside its neighbors: from 100 ms on three digits would not tell them apart.
pub fn instant(time: Nanos, lang: Lang) -> String {
    const TENTHS: std::ops::Range<Nanos> = Nanos::from_millis(100)..Nanos::from_millis(10_000);
    lang.figure(if TENTHS.contains(&time) {
        format!("{:.1} ms", time.millis())
    } else if time >= TENTHS.end {
        format!("{:.3} s", time.secs())
    } else {
        time.to_string()
    })
}

/// The two ends of a stretch, to as many digits as it takes to tell them apart.
pub fn instants([from, to]: [Nanos; 2], lang: Lang) -> [String; 2] {
    let shown = [instant(from, lang), instant(to, lang)];
    if from == to || shown[0] != shown[1] {
        return shown;
    }
    let to_digits = |digits: usize| [from, to].map(|time| format!("{:.digits$} ms", time.millis()));
    let apart = (1..=6).map(to_digits).find(|[from, to]| from != to);
    apart.map_or(shown, |apart| apart.map(|time| lang.figure(time)))
}

/// When a task came into that state: the instant; of an order, which has no times, the step that brought it there, or,
/// where it runs, the step that it takes.
pub fn moment(run: &Run, time: Nanos, state: State, lang: Lang) -> String {
    match (run.shows_order_only(), state) {
        (false, _) => instant(time, lang),
        (true, State::Running) => step_label(time + Nanos(1), steps_of(run), lang),
        (true, _) => step_label(time, steps_of(run), lang),
    }
}

/// `1 core`, `2 cores`: the word for that many.
pub const fn plural(count: u64, one: Text, many: Text) -> Text {
    if count == 1 { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_near_each_other_are_told_apart() {
        let micros = |micros: i64| instant(Nanos::from_micros(micros), Lang::En);
        assert_eq!([micros(0), micros(87), micros(12_340)], ["0 ms", "87.0 µs", "12.3 ms"]);
        assert_eq!([micros(2_013_400), micros(2_014_900)], ["2013.4 ms", "2014.9 ms"]);
        assert_eq!(micros(12_345_600), "12.346 s");
        let ends = |from: i64, to: i64| instants([from, to].map(Nanos::from_micros), Lang::En);
        assert_eq!(ends(1_219_301, 1_219_313), ["1219.30 ms", "1219.31 ms"]);
        assert_eq!(ends(100, 2_000), ["100 µs", "2.00 ms"]);
        assert_eq!(ends(500, 500), ["500 µs", "500 µs"]);
    }
}
