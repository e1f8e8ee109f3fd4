//! A thread of its own for each task.

use super::{Model, Plan, WhileInIo, Workers};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "threads",
    name: Text::new("Threads", "Threads"),
    brief: Text::new("one thread for each task", "uma thread para cada tarefa"),
    definition: Text::new(
        "Every task gets an operating system thread of its own, made when the task arrives. The kernel shares the cores among them.",
        "Cada tarefa ganha uma thread do sistema operacional, criada quando ela chega. O kernel divide os núcleos entre elas.",
    ),
    when: Text::new(
        "For up to some hundred tasks that wait, or as many computing tasks as there are cores.",
        "Para até algumas centenas de tarefas que esperam, ou tantas tarefas de cálculo quantos núcleos houver.",
    ),
    made: Text::new(
        "std::thread::spawn for each task, inside the run, so their start is paid there.",
        "std::thread::spawn para cada tarefa, dentro da execução, que paga assim a criação delas.",
    ),
    overheads: Text::new(
        "Making a thread, its stack, and a context switch whenever the kernel changes threads.",
        "Criar a thread, sua pilha e uma troca de contexto a cada vez que o kernel muda de thread.",
    ),
    params: &[],
    plan: |_, _| Plan::of(Workers::PerTask, WhileInIo::HoldsWorker),
};
