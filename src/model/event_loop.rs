//! One thread, many tasks: tokio's current-thread runtime.

use super::{Model, Plan, WhileInIo};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "event-loop",
    name: Text::new("Event loop", "Event loop"),
    brief: Text::new("one thread, switches at every await", "uma thread, alterna a cada await"),
    definition: Text::new(
        "One thread carries every task; a task that awaits lends the thread to the others until its wait is over. Nobody is interrupted.",
        "Uma única thread carrega todas as tarefas; a tarefa que faz await empresta a thread às outras até a espera acabar. Ninguém é interrompido.",
    ),
    when: Text::new(
        "For many waits at once, up to many thousands: connections, timers, requests.",
        "Para muitas esperas ao mesmo tempo, até muitos milhares: conexões, timers, requisições.",
    ),
    made: Text::new(
        "A tokio current-thread runtime; every task is a spawned future.",
        "Um runtime current-thread do tokio; cada tarefa é uma future criada com spawn.",
    ),
    overheads: Text::new(
        "Timers are rounded up to one millisecond; a step that computes or blocks keeps everybody else waiting.",
        "Timers são arredondados para cima ao milissegundo; um passo que calcula ou bloqueia faz todas as outras esperarem.",
    ),
    params: &[],
    plan: |_, _| Plan::on_main(WhileInIo::FreesWorker),
};
