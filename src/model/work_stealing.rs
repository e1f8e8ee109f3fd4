//! A deque for each worker, and theft: rayon.

use super::{Model, Plan, QUEUE, WORKERS, WhileInIo, Workers, pool, workers};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "work-stealing",
    name: Text::new("Work stealing", "Roubo de trabalho"),
    brief: Text::new("idle workers take from the busy", "quem está ocioso pega de quem está ocupado"),
    definition: Text::new(
        "The list of tasks is split in halves again and again; each worker does its own half, and an idle worker steals half of what another has left.",
        "A lista de tarefas é dividida ao meio repetidas vezes; cada trabalhador faz sua metade, e quem fica ocioso rouba metade do que resta a outro.",
    ),
    when: Text::new(
        "For computing tasks of unequal length on all cores.",
        "Para tarefas de cálculo de tamanhos desiguais em todos os núcleos.",
    ),
    made: Text::new(
        "A rayon pool whose threads are up before t = 0; the tasks are spawned inside it and split recursively.",
        "Um pool do rayon com threads prontas antes de t = 0; as tarefas nascem dentro dele e são divididas recursivamente.",
    ),
    overheads: Text::new(
        "A steal costs about a microsecond; a task that waits holds its worker.",
        "Um roubo custa cerca de um microssegundo; a tarefa que espera segura seu trabalhador.",
    ),
    params: &[WORKERS, QUEUE],
    plan: |params, cores| {
        let workers = Workers::Fixed(workers(params, cores));
        Plan { stealing: true, ..pool(params, workers, WhileInIo::HoldsWorker) }
    },
};
