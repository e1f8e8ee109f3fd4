//! A pool of processes behind one queue: memory of their own, everything they exchange is copied.

use super::{Model, PROCESSES, Plan, QUEUE, START, WhileInIo, Workers, pool, start};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "processes",
    name: Text::new("Processes", "Processos"),
    brief: Text::new("a pool of processes, everything is copied", "um pool de processos, tudo é copiado"),
    definition: Text::new(
        "Worker processes take tasks from one queue. Each has memory of its own: what a task needs and what it returns are copied, variables are a copy each.",
        "Processos trabalhadores pegam tarefas de uma fila. Cada um tem sua memória: o que a tarefa precisa e o que devolve são copiados; cada um tem sua cópia das variáveis.",
    ),
    when: Text::new(
        "For computing with little data where an interpreter lock is in the way, or where a crash must not take the others down.",
        "Para calcular com poucos dados quando o lock do interpretador atrapalha, ou quando a queda de uma tarefa não pode derrubar as outras.",
    ),
    made: Text::new(
        "Real child processes of this program; messages over pipes; locks, channels and barriers are served by the parent.",
        "Processos filhos reais deste programa; mensagens por pipes; locks, canais e barreiras são servidos pelo pai.",
    ),
    overheads: Text::new(
        "A process takes milliseconds to start, a message microseconds, and every byte is copied on its way there and back.",
        "Um processo leva milissegundos para iniciar, uma mensagem, microssegundos, e cada byte é copiado na ida e na volta.",
    ),
    params: &[PROCESSES, QUEUE, START],
    plan: |params, cores| Plan {
        processes: Some(start(params)),
        ..pool(params, Workers::Fixed(PROCESSES.of(params, cores)), WhileInIo::HoldsWorker)
    },
};
