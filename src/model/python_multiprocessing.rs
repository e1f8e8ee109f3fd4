//! CPython's `multiprocessing.Process`: a process for each task.

use super::{METHOD, Model, Plan, START, WhileInIo, Workers, method, python, start};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "python-multiprocessing",
    name: Text::new("Python · multiprocessing", "Python · multiprocessing"),
    brief: Text::new("one process for each task", "um processo para cada tarefa"),
    definition: Text::new(
        "Every task gets a process with an interpreter, a GIL and a memory of its own: they compute at the same time, and variables are a copy each.",
        "Cada tarefa ganha um processo com interpretador, GIL e memória próprios: calculam ao mesmo tempo, e cada um tem sua cópia das variáveis.",
    ),
    when: Text::new(
        "For a few long computations with little data, or where a crash must not take the others down.",
        "Para poucos cálculos longos com poucos dados, ou quando a queda de um processo não pode derrubar os outros.",
    ),
    made: Text::new(
        "multiprocessing.Process(target=task).start() for each task; results come back over a pipe. Unless set_start_method says otherwise, Linux forks up to Python 3.13 and uses a fork server from 3.14 on; macOS and Windows spawn.",
        "multiprocessing.Process(target=task).start() para cada tarefa; os resultados voltam por um pipe. Se set_start_method não disser outra coisa, o Linux usa fork até o Python 3.13 e forkserver a partir do 3.14; macOS e Windows usam spawn.",
    ),
    overheads: Text::new(
        "A start of milliseconds by fork, of tens of them by forkserver, and most by spawn, which boots a new interpreter each time; everything that goes there and back is pickled and copied.",
        "Um início de milissegundos com fork, de dezenas deles com forkserver e mais ainda com spawn, que inicia um novo interpretador a cada vez; tudo o que vai e volta é serializado (pickle) e copiado.",
    ),
    params: &[METHOD, START],
    plan: |params, _| Plan {
        processes: Some(start(params)),
        method: method(params),
        ..python(Workers::PerTask, WhileInIo::HoldsWorker)
    },
};
