//! A fixed, contiguous share of the tasks for each thread.

use super::{Model, QUEUE, WORKERS, WhileInIo, Workers, pool, workers};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "static-split",
    name: Text::new("Static split", "Divisão fixa"),
    brief: Text::new("equal shares, nobody helps another", "partes iguais, ninguém ajuda ninguém"),
    definition: Text::new(
        "The list of tasks is cut into one contiguous share for each thread before anything begins. Nobody takes work from another.",
        "A lista de tarefas é cortada em uma parte contígua para cada thread antes de tudo começar. Ninguém pega trabalho de outro.",
    ),
    when: Text::new(
        "For many tasks of equal length: it costs nothing to decide who does what.",
        "Para muitas tarefas de mesmo tamanho: não custa nada decidir quem faz o quê.",
    ),
    made: Text::new(
        "Threads that are up before t = 0, each with a queue of its own.",
        "Threads prontas antes de t = 0, cada uma com sua própria fila.",
    ),
    overheads: Text::new(
        "None while it runs, but the slowest share is the makespan: threads that are through early stand idle.",
        "Nenhum durante a execução, mas a parte mais lenta é o makespan: quem termina cedo fica ocioso.",
    ),
    params: &[WORKERS, QUEUE],
    plan: |params, cores| pool(params, Workers::Split(workers(params, cores)), WhileInIo::HoldsWorker),
};
