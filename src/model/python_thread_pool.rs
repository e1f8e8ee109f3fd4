//! CPython's `ThreadPoolExecutor`: a fixed number of threads behind one queue, under the GIL.

use super::{Model, PYTHON_POOL, Param, Plan, SWITCH_INTERVAL, WORKERS, WhileInIo, Workers, gil, python};
use crate::lang::Text;

const WORKERS_OF_POOL: Param = Param { default: PYTHON_POOL, ..WORKERS };

pub(super) static MODEL: Model = Model {
    id: "python-thread-pool",
    name: Text::new("Python · Thread pool", "Python · Pool de threads"),
    brief: Text::new("a few threads share one queue", "algumas threads dividem uma fila"),
    definition: Text::new(
        "A fixed number of threads take tasks from one queue. A task keeps its thread until it is done, and only the thread that holds the GIL computes.",
        "Um número fixo de threads pega tarefas de uma fila. A tarefa segura sua thread até o fim, e só a thread que tem o GIL calcula.",
    ),
    when: Text::new(
        "For a known number of waits at once with ordinary, blocking libraries. The default is four more threads than cores, at most 32: too few for hundreds of slow requests.",
        "Para um número conhecido de esperas simultâneas com bibliotecas comuns, bloqueantes. O padrão são quatro threads a mais que os núcleos, no máximo 32: pouco para centenas de requisições lentas.",
    ),
    made: Text::new(
        "concurrent.futures.ThreadPoolExecutor(max_workers=workers), from the standard library.",
        "concurrent.futures.ThreadPoolExecutor(max_workers=workers), da biblioteca padrão.",
    ),
    overheads: Text::new(
        "Waiting in the queue while all threads are held; computing does not get faster.",
        "A espera na fila enquanto todas as threads estão ocupadas; o cálculo não fica mais rápido.",
    ),
    params: &[WORKERS_OF_POOL, SWITCH_INTERVAL],
    plan: |params, cores| Plan {
        gil: Some(gil(params)),
        ..python(Workers::Fixed(WORKERS_OF_POOL.of(params, cores)), WhileInIo::HoldsWorker)
    },
};
