//! A fixed number of threads behind one queue.

use super::{Model, QUEUE, WORKERS, WhileInIo, Workers, pool, workers};
use crate::lang::Text;

pub(super) static MODEL: Model = Model {
    id: "thread-pool",
    name: Text::new("Thread pool", "Pool de threads"),
    brief: Text::new("a worker is held while its task waits", "o trabalhador fica preso enquanto a tarefa espera"),
    definition: Text::new(
        "A fixed number of threads take tasks from one queue, the most urgent first. A task keeps its worker until it is done, even while it waits.",
        "Um número fixo de threads pega tarefas de uma fila, a mais urgente primeiro. A tarefa segura seu trabalhador até o fim, mesmo enquanto espera.",
    ),
    when: Text::new(
        "For computing on all cores, or for a known number of waits at once: choose as many workers as waits that shall overlap.",
        "Para calcular em todos os núcleos, ou para um número conhecido de esperas simultâneas: tantos trabalhadores quantas esperas devam se sobrepor.",
    ),
    made: Text::new(
        "Threads that are up before t = 0 and a priority queue with a condition variable.",
        "Threads prontas antes de t = 0 e uma fila de prioridade com variável de condição.",
    ),
    overheads: Text::new(
        "The queue, and waiting in it while all workers are held.",
        "A fila, e a espera nela enquanto todos os trabalhadores estão ocupados.",
    ),
    params: &[WORKERS, QUEUE],
    plan: |params, cores| pool(params, Workers::Fixed(workers(params, cores)), WhileInIo::HoldsWorker),
};
