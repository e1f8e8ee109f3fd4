//! One thread, one task after the other: the baseline.

use super::{Model, Plan, WhileInIo};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "sequential",
    name: Text::new("Sequential", "Sequencial"),
    brief: Text::new("one after another, each waits its turn", "uma após a outra, cada uma na sua vez"),
    definition: Text::new(
        "One thread does one task from its first step to its last, then takes the next.",
        "Uma thread faz uma tarefa do primeiro ao último passo e só então pega a próxima.",
    ),
    when: Text::new(
        "When there is little to do, or when order matters more than time. It is the baseline of every speedup.",
        "Quando há pouco a fazer, ou quando a ordem vale mais que o tempo. É a base de todo speedup.",
    ),
    made: Text::new("A loop on the run's own thread.", "Um laço na própria thread da execução."),
    overheads: Text::new(
        "None, but every wait stops everything behind it.",
        "Nenhum, mas cada espera para tudo o que vem atrás.",
    ),
    params: &[],
    plan: |_, _| Plan::on_main(WhileInIo::HoldsWorker),
};
