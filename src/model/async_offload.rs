//! An event loop that sends what computes or blocks to a pool of threads.

use super::{BLOCKING, Model, Plan, WhileInIo};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "async-offload",
    name: Text::new("Async + offload", "Assíncrono + offload"),
    brief: Text::new("awaits here, computes in a pool", "espera aqui, calcula em um pool"),
    definition: Text::new(
        "One thread awaits for every task; a step that computes or blocks is handed to a pool of threads and awaited like any other wait.",
        "Uma thread faz await por todas as tarefas; um passo que calcula ou bloqueia vai para um pool de threads e é esperado como qualquer espera.",
    ),
    when: Text::new(
        "For many waits with a few calls that block or compute: the loop stays free for everybody else.",
        "Para muitas esperas com algumas chamadas que bloqueiam ou calculam: o loop fica livre para as demais.",
    ),
    made: Text::new(
        "A tokio current-thread runtime and its spawn_blocking; pool threads are made when they are needed.",
        "Um runtime current-thread do tokio e seu spawn_blocking; as threads do pool são criadas quando necessário.",
    ),
    overheads: Text::new(
        "Two hand-overs for each such step; when all threads of the pool are held, the next step waits in its queue.",
        "Duas passagens para cada passo desses; com todas as threads do pool ocupadas, o próximo passo espera na fila.",
    ),
    params: &[BLOCKING],
    plan: |params, cores| Plan { offload: Some(BLOCKING.of(params, cores)), ..Plan::on_main(WhileInIo::FreesWorker) },
};
