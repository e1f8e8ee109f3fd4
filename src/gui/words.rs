//! Texts that several panels of the window share. A text that only one panel says stands in that panel.

use crate::lang::Text;

pub const NOT_AVAILABLE: Text = Text::new("not available in this version", "não disponível nesta versão");
pub const RUN: Text = Text::new("Run", "Executar");
pub const CANCEL: Text = Text::new("Cancel", "Cancelar");
pub const CLOSE: Text = Text::new("Close", "Fechar");
pub const EXPORT: Text = Text::new("Export", "Exportar");
pub const HELP: Text = Text::new("Help", "Ajuda");
pub const LESSONS: Text = Text::new("Lessons", "Lições");
pub const CORES: Text = Text::new("cores", "núcleos");
pub const REPEATS: Text = Text::new("repeats", "repetições");
/// The mark of a run that was computed.
pub const SIMULATED: Text = Text::new("simulated", "simulada");
pub const SEED: Text = Text::new("seed", "semente");

/// `1 core`, `2 cores`: the word for that many.
pub const fn plural(count: u64, one: Text, many: Text) -> Text {
    if count == 1 { one } else { many }
}
