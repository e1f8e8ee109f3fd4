//! CPython's `multiprocessing.Process`: a process for each task.

use super::{Model, Plan, START, WhileInIo, Workers, python, start};
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
        "Para poucos cálculos longos com poucos dados, ou quando uma queda não pode derrubar os outros.",
    ),
    made: Text::new(
        "multiprocessing.Process(target=task).start() for each task; results come back over a pipe.",
        "multiprocessing.Process(target=task).start() para cada tarefa; os resultados voltam por um pipe.",
    ),
    overheads: Text::new(
        "A start of milliseconds by fork, of tens of milliseconds by spawn; everything that goes there and back is pickled and copied.",
        "Uma partida de milissegundos com fork, de dezenas de milissegundos com spawn; tudo o que vai e volta é serializado (pickle) e copiado.",
    ),
    params: &[START],
    plan: |params, _| Plan { processes: Some(start(params)), ..python(Workers::PerTask, WhileInIo::HoldsWorker) },
};
