//! CPython's `threading`: a thread for each task, under the GIL.

use super::{Model, Plan, SWITCH_INTERVAL, WhileInIo, Workers, gil, python};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "python-threading",
    name: Text::new("Python · threading", "Python · threading"),
    brief: Text::new("threads, but one computes at a time", "threads, mas uma calcula por vez"),
    definition: Text::new(
        "Every task gets an operating system thread, but only the one that holds the GIL runs Python code. Waiting for IO lets go of it; who waits 5 ms for it asks the holder to.",
        "Cada tarefa ganha uma thread do sistema operacional, mas só a que tem o GIL executa código Python. Esperar por IO o solta; quem espera 5 ms por ele pede que o dono o solte.",
    ),
    when: Text::new(
        "For up to some hundred waits: files, requests, subprocesses. For computing only where C code lets go of the GIL, as hashing or compressing large buffers does.",
        "Para até algumas centenas de esperas: arquivos, requisições, subprocessos. Para calcular, só onde código C solta o GIL, como ao fazer hash ou comprimir buffers grandes.",
    ),
    made: Text::new(
        "threading.Thread(target=task).start() for each task, then join().",
        "threading.Thread(target=task).start() para cada tarefa, depois join().",
    ),
    overheads: Text::new(
        "Making a thread for each task; no two compute at once, and each new thread must win the GIL before it begins. Locks are still needed: the GIL prevents neither races nor deadlocks.",
        "Criar uma thread por tarefa; duas nunca calculam ao mesmo tempo, e cada thread nova precisa ganhar o GIL para começar. Locks ainda são necessários: o GIL não evita nem corridas nem deadlocks.",
    ),
    params: &[SWITCH_INTERVAL],
    plan: |params, _| Plan { gil: Some(gil(params)), ..python(Workers::PerTask, WhileInIo::HoldsWorker) },
};
