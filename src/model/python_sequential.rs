//! CPython, one task after the other: the baseline of the Python models.

use super::{Model, WhileInIo, python_on_main};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "python-sequential",
    name: Text::new("Python · Sequential", "Python · Sequencial"),
    brief: Text::new("a plain for loop in Python", "um simples laço for em Python"),
    definition: Text::new(
        "One Python thread does one task from its first line to its last, then takes the next.",
        "Uma thread do Python faz uma tarefa da primeira à última linha e só então pega a próxima.",
    ),
    when: Text::new(
        "When there is little to do, or when order matters more than time. It is the baseline of every speedup of a Python model.",
        "Quando há pouco a fazer, ou quando a ordem vale mais que o tempo. É a base de todo speedup dos modelos Python.",
    ),
    made: Text::new("for task in tasks: task()", "for task in tasks: task()"),
    overheads: Text::new(
        "None, but every wait stops everything behind it.",
        "Nenhum, mas cada espera para tudo o que vem atrás.",
    ),
    params: &[],
    plan: |_, _| python_on_main(WhileInIo::HoldsWorker),
};
