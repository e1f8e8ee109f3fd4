//! Threads under one interpreter lock, as CPython 3.2 to 3.12 has it.

use super::{Model, Plan, SWITCH_INTERVAL, WhileInIo, Workers, gil};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "gil-threads",
    name: Text::new("Threads with a GIL", "Threads com GIL"),
    brief: Text::new("computing takes a lock that all share", "calcular exige um lock de todas"),
    definition: Text::new(
        "Every task has a thread, but computing needs one lock that all share. Who waits 5 ms for it asks the holder to let go; waiting for IO or a lock lets go by itself, as does C code that says so.",
        "Cada tarefa tem uma thread, mas calcular exige um lock único. Quem espera 5 ms por ele pede que o dono o solte; esperar por IO ou por um lock o solta sozinho, assim como código C que assim o diz.",
    ),
    when: Text::new(
        "For waits in a language whose interpreter has such a lock. It shows what the lock costs, and what it does not.",
        "Para esperas em uma linguagem cujo interpretador tem esse lock. Mostra o que o lock custa e o que não custa.",
    ),
    made: Text::new(
        "A thread for each task and CPython's algorithm step by step: time-out, drop request, forced switch.",
        "Uma thread para cada tarefa e o algoritmo do CPython passo a passo: time-out, pedido de soltura, troca forçada.",
    ),
    overheads: Text::new(
        "Making a thread for each task; no two tasks hold the lock at once, and one back from IO may wait 5 ms and more for the lock.",
        "Criar uma thread por tarefa; duas tarefas nunca têm o lock ao mesmo tempo, e quem volta de IO pode esperar 5 ms ou mais pelo lock.",
    ),
    params: &[SWITCH_INTERVAL],
    plan: |params, _| Plan { gil: Some(gil(params)), ..Plan::of(Workers::PerTask, WhileInIo::HoldsWorker) },
};
