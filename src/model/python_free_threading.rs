//! CPython without a GIL: a thread for each task, all of which may compute at once.

use super::{Model, WhileInIo, Workers, python};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "python-free-threading",
    name: Text::new("Python · Free threading", "Python · Sem GIL"),
    brief: Text::new("threads without a GIL compute together", "threads sem GIL calculam juntas"),
    definition: Text::new(
        "Every task gets an operating system thread, and as many of them run Python code at once as there are cores: this interpreter has no GIL.",
        "Cada tarefa ganha uma thread do sistema operacional, e tantas executam código Python ao mesmo tempo quantos núcleos houver: este interpretador não tem GIL.",
    ),
    when: Text::new(
        "For computing with shared data on all cores, where every library it needs supports it. Experimental in 3.13, supported but optional in 3.14.",
        "Para calcular com dados compartilhados em todos os núcleos, quando todas as bibliotecas necessárias suportam. Experimental no 3.13, suportado mas opcional no 3.14.",
    ),
    made: Text::new(
        "threading.Thread, in the free-threaded build of CPython (python3.13t, python3.14t).",
        "threading.Thread, na versão free-threaded do CPython (python3.13t, python3.14t).",
    ),
    overheads: Text::new(
        "One thread alone is slower than with a GIL; updates without a lock get lost more often.",
        "Uma thread sozinha é mais lenta que com GIL; atualizações sem lock se perdem mais.",
    ),
    params: &[],
    plan: |_, _| python(Workers::PerTask, WhileInIo::HoldsWorker),
};
