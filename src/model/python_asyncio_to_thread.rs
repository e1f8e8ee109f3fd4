//! CPython's `asyncio.to_thread`: an event loop and the threads of its default executor, under the GIL.

use super::{BLOCKING, Model, PYTHON_POOL, Param, Plan, SWITCH_INTERVAL, WhileInIo, gil, python_on_main};
use crate::lang::Text;

const THREADS_OF_EXECUTOR: Param = Param { default: PYTHON_POOL, ..BLOCKING };

pub(super) static MODEL: Model = Model {
    id: "python-asyncio-to-thread",
    name: Text::new("Python · asyncio.to_thread", "Python · asyncio.to_thread"),
    brief: Text::new("awaits here, blocks in a pool", "espera aqui, bloqueia em um pool"),
    definition: Text::new(
        "One thread awaits for every coroutine; calls that compute or block go to a pool of threads and are awaited there. Loop and threads share the GIL.",
        "Uma thread faz await por todas as corrotinas; chamadas que calculam ou bloqueiam vão para um pool de threads e são esperadas lá. O loop e as threads dividem o GIL.",
    ),
    when: Text::new(
        "For a coroutine program that has to call a blocking library now and then.",
        "Para um programa de corrotinas que precisa chamar uma biblioteca bloqueante de vez em quando.",
    ),
    made: Text::new(
        "await asyncio.to_thread(call); its pool has four more threads than cores, at most 32.",
        "await asyncio.to_thread(call); seu pool tem quatro threads a mais que os núcleos, no máximo 32.",
    ),
    overheads: Text::new(
        "Two hand-overs a call; calls wait in waves when the pool is full. A call that computes still makes the loop late by the switch interval, since both need the GIL.",
        "Duas passagens por chamada; com o pool cheio, as chamadas esperam em ondas. Uma chamada que calcula ainda atrasa o loop pelo intervalo de troca, pois ambos precisam do GIL.",
    ),
    params: &[THREADS_OF_EXECUTOR, SWITCH_INTERVAL],
    plan: |params, cores| Plan {
        offload: Some(THREADS_OF_EXECUTOR.of(params, cores)),
        gil: Some(gil(params)),
        ..python_on_main(WhileInIo::FreesWorker)
    },
};
