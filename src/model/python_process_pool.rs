//! CPython's `ProcessPoolExecutor`: a fixed number of processes behind one queue.

use super::{
    METHOD, Model, PROCESSES, Param, ParamDefault, Plan, START, Unit, WhileInIo, Workers, method, python, start,
};
use crate::lang::Text;

/// How many tasks go to a process at a time.
const CHUNK: Param = Param {
    key: "chunk",
    label: Text::new("tasks a chunk", "tarefas por lote"),
    unit: Unit::Count,
    min: 1,
    max: 1_000_000,
    // chunksize of the executor's map.
    default: ParamDefault::Fixed(1),
};

pub(super) static MODEL: Model = Model {
    id: "python-process-pool",
    name: Text::new("Python · Process pool", "Python · Pool de processos"),
    brief: Text::new("a few processes, everything is pickled", "alguns processos, tudo é serializado"),
    definition: Text::new(
        "A fixed number of processes take tasks from one queue, one or a whole chunk at a time. Each has an interpreter, a GIL and a memory of its own.",
        "Um número fixo de processos pega tarefas de uma fila, uma ou um lote por vez. Cada um tem interpretador, GIL e memória próprios.",
    ),
    when: Text::new(
        "For computing on all cores with little data a task. Larger chunks for many short tasks, a chunk of 1 for few long ones of unequal length.",
        "Para calcular em todos os núcleos com poucos dados por tarefa. Lotes maiores para muitas tarefas curtas, lotes de 1 para poucas longas e desiguais.",
    ),
    made: Text::new(
        "concurrent.futures.ProcessPoolExecutor(workers, mp_context=get_context(method)).map(task, data, chunksize=chunk).",
        "concurrent.futures.ProcessPoolExecutor(workers, mp_context=get_context(method)).map(task, data, chunksize=chunk).",
    ),
    overheads: Text::new(
        "Starting the processes once: in milliseconds by fork, in tens of them by forkserver or spawn. Then a message there and back for each chunk, and pickling all that is in it: with much data it can be slower than one process alone.",
        "Iniciar os processos uma vez: em milissegundos com fork, em dezenas deles com forkserver ou spawn. Depois, uma mensagem de ida e outra de volta por lote e a serialização de tudo o que há nele: com muitos dados pode ser mais lento que um só processo.",
    ),
    params: &[PROCESSES, CHUNK, METHOD, START],
    plan: |params, cores| Plan {
        processes: Some(start(params)),
        method: method(params),
        chunk: CHUNK.of(params, cores),
        ..python(Workers::Fixed(PROCESSES.of(params, cores)), WhileInIo::HoldsWorker)
    },
};
