//! gevent: greenlets on one thread, switched inside of calls that look blocking.

use super::{Model, Plan, WhileInIo, python_on_main};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "python-gevent",
    name: Text::new("Python · gevent", "Python · gevent"),
    brief: Text::new("greenlets switch inside ordinary calls", "greenlets alternam dentro de chamadas comuns"),
    definition: Text::new(
        "One thread carries every greenlet. The standard library is patched so that a call that would block lends the thread to the others instead; the code has no await.",
        "Uma única thread carrega todas as greenlets. A biblioteca padrão é modificada para que uma chamada que bloquearia empreste a thread às outras; o código não tem await.",
    ),
    when: Text::new(
        "For many waits at once in code that is written for blocking libraries and cannot be rewritten.",
        "Para muitas esperas simultâneas em código escrito para bibliotecas bloqueantes que não dá para reescrever.",
    ),
    made: Text::new(
        "gevent.monkey.patch_all() first of all, then gevent.spawn(task) for each task.",
        "gevent.monkey.patch_all() antes de tudo, depois gevent.spawn(task) para cada tarefa.",
    ),
    overheads: Text::new(
        "About 8 KB a greenlet; what is not patched, as C libraries with sockets of their own, blocks everybody, and so does computing.",
        "Cerca de 8 KB por greenlet; o que não é modificado, como bibliotecas C com sockets próprios, bloqueia todas, e calcular também.",
    ),
    params: &[],
    // A greenlet that was spawned runs, whether or not anybody waits for it.
    plan: |_, _| Plan { coroutines: false, ..python_on_main(WhileInIo::FreesWorker) },
};
