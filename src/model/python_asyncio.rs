//! CPython's `asyncio`: one thread, many coroutines.

use super::{Model, WhileInIo, python_on_main};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "python-asyncio",
    name: Text::new("Python · asyncio", "Python · asyncio"),
    brief: Text::new("coroutines on one single thread", "corrotinas em uma única thread"),
    definition: Text::new(
        "One thread carries every coroutine; one that awaits lends the thread to the others until its wait is over. Nothing is sent to a second thread, and nobody is interrupted.",
        "Uma única thread carrega todas as corrotinas; a que faz await empresta a thread às outras até a espera acabar. Nada vai para uma segunda thread, e ninguém é interrompido.",
    ),
    when: Text::new(
        "For many waits at once, up to many thousands, with libraries made for it.",
        "Para muitas esperas ao mesmo tempo, até muitos milhares, com bibliotecas feitas para isso.",
    ),
    made: Text::new(
        "asyncio.gather(*(task() for task in tasks)) inside of asyncio.run().",
        "asyncio.gather(*(task() for task in tasks)) dentro de asyncio.run().",
    ),
    overheads: Text::new(
        "Some microseconds and about a kilobyte a coroutine; a call that computes or blocks keeps all others waiting. A coroutine that nobody awaits never runs.",
        "Alguns microssegundos e cerca de um kilobyte por corrotina; uma chamada que calcula ou bloqueia faz todas as outras esperarem. A corrotina que ninguém espera nunca executa.",
    ),
    params: &[],
    plan: |_, _| python_on_main(WhileInIo::FreesWorker),
};
