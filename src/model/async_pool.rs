//! Many tasks on a few threads: tokio's multi-thread runtime.

use super::{Model, QUEUE, WORKERS, WhileInIo, Workers, pool, workers};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "async-pool",
    name: Text::new("Async pool", "Pool assíncrono"),
    brief: Text::new("event loop spread over several threads", "event loop distribuído em várias threads"),
    definition: Text::new(
        "Several threads carry the tasks; an await lends the thread to others, and an idle thread takes waiting tasks from a busy one.",
        "Várias threads carregam as tarefas; um await empresta a thread às outras, e uma thread ociosa pega tarefas que esperam em uma ocupada.",
    ),
    when: Text::new(
        "For many waits with some computing between them.",
        "Para muitas esperas com algum cálculo entre elas.",
    ),
    made: Text::new(
        "A tokio multi-thread runtime whose threads are up before t = 0.",
        "Um runtime multi-thread do tokio, com threads prontas antes de t = 0.",
    ),
    overheads: Text::new(
        "Timers are rounded up to one millisecond, and wait while the thread that looks after them computes; tasks move between threads.",
        "Timers são arredondados para cima ao milissegundo e esperam enquanto a thread que cuida deles calcula; tarefas mudam de thread.",
    ),
    params: &[WORKERS, QUEUE],
    plan: |params, cores| pool(params, Workers::Fixed(workers(params, cores)), WhileInIo::FreesWorker),
};
