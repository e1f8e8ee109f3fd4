//! Why a task was chosen, in one sentence: what a simulated run noted of each choice, put into words for the replay.

use crate::chart::lanes::{core_label, task_label};
use crate::lang::{Lang, Text};
use crate::simulate::schedulers::{self, Queues, Rank};
use crate::simulate::{ChosenBy, Decision};
use crate::time::Nanos;
use crate::trace::{Run, Worker};

/// Nobody else could have been chosen.
const ALONE: Text = Text::new("{} gets {}: nobody else is ready.", "{} recebe {}: mais ninguém está pronto.");
const ALONE_ON_CORE: Text =
    Text::new("{} gets {}: nobody else waits for that core.", "{} recebe {}: ninguém mais espera por esse núcleo.");
const MOVED: Text = Text::new(
    "{} gets {}, which has taken it over from the queue of {} (a queue per core).",
    "{} recebe {}, que a pegou da fila de {} (uma fila por núcleo).",
);
const LOOP: Text = Text::new(
    "{} goes on: of {} ready, the event loop takes the one that has been ready longest.",
    "{} continua: de {} prontas, o event loop pega a que está pronta há mais tempo.",
);
const LOOP_ALONE: Text = Text::new(
    "{} goes on: it is the only one that the event loop has ready.",
    "{} continua: é a única que o event loop tem pronta.",
);
const QUEUE: Text =
    Text::new("{} goes to {}: of {} in the queue, it came first.", "{} vai para {}: de {} na fila, chegou primeiro.");
const QUEUE_ALONE: Text =
    Text::new("{} goes to {}: it is the only one in the queue.", "{} vai para {}: é a única na fila.");
const DEQUE: Text = Text::new(
    "{} goes to {}: of {} in its own deque, it is the newest.",
    "{} vai para {}: de {} na sua própria deque, é a mais nova.",
);
const THEFT: Text = Text::new(
    "{} is stolen by {}, which has nothing left to do: of {} in another worker's deque, it is the oldest.",
    "{} é roubada por {}, que não tem mais o que fazer: de {} na deque de outro trabalhador, é a mais antiga.",
);
const WAKER: Text = Text::new(
    "{} goes to {}: of {} ready, it was woken last (the LIFO slot).",
    "{} vai para {}: de {} prontas, foi a última a ser acordada (o slot LIFO).",
);
const HALF_THEFT: Text = Text::new(
    "{} is stolen by {}, which has nothing left to do and takes half of another worker's queue.",
    "{} é roubada por {}, que não tem mais o que fazer e leva metade da fila de outro trabalhador.",
);
const DISPLACES: Text = Text::new("It takes the core from {}.", "Toma o núcleo de {}.");

/// The choices of the latest instant up to `now` at which there was one; none before the first.
pub fn latest(decisions: &[Decision], now: Nanos) -> &[Decision] {
    let until = decisions.partition_point(|decision| decision.time <= now);
    let Some(last) = until.checked_sub(1).map(|last| decisions[last].time) else { return &[] };
    &decisions[decisions.partition_point(|decision| decision.time < last)..until]
}

pub fn sentence(run: &Run, decision: &Decision, lang: Lang) -> String {
    let name = task_label(run, decision.task);
    let worker = worker_name(run, decision.worker);
    let ready = decision.ready;
    let policy = schedulers::of(run.scenario.machine.scheduler);
    let core = core_label(decision.core, lang);
    let mut text = match decision.by {
        ChosenBy::Scheduler if ready <= 1 && decision.instead_of.is_none() => match policy.queues {
            Queues::One => ALONE.fill(lang, &[&name, &core]),
            Queues::PerCore => ALONE_ON_CORE.fill(lang, &[&name, &core]),
        },
        ChosenBy::Moved { from } => MOVED.fill(lang, &[&name, &core, &core_label(from, lang)]),
        ChosenBy::Scheduler => policy.why.fill(lang, &[&name, &ready, &rank(policy.rank, decision.rank, lang)]),
        ChosenBy::Loop if ready <= 1 => LOOP_ALONE.fill(lang, &[&name]),
        ChosenBy::Loop => LOOP.fill(lang, &[&name, &ready]),
        ChosenBy::Queue if run.choice.plan(run.cores).stealing => DEQUE.fill(lang, &[&name, &worker, &ready]),
        ChosenBy::Queue if ready <= 1 => QUEUE_ALONE.fill(lang, &[&name, &worker]),
        ChosenBy::Queue => QUEUE.fill(lang, &[&name, &worker, &ready]),
        ChosenBy::Theft => THEFT.fill(lang, &[&name, &worker, &ready]),
        ChosenBy::Waker => WAKER.fill(lang, &[&name, &worker, &ready]),
        ChosenBy::HalfTheft => HALF_THEFT.fill(lang, &[&name, &worker]),
    };
    if let Some(victim) = decision.instead_of {
        text.push(' ');
        text.push_str(&DISPLACES.fill(lang, &[&task_label(run, victim)]));
    }
    text
}

/// What a scheduler looked at, as people read it.
fn rank(rank: Rank, value: i64, lang: Lang) -> String {
    match rank {
        Rank::CpuToWait => lang.figure(Nanos(value)),
        Rank::Entry | Rank::Priority | Rank::Number => value.to_string(),
    }
}

fn worker_name(run: &Run, worker: Worker) -> String {
    let own = worker.get().and_then(|at| run.workers.get(at));
    own.map_or_else(|| "?".to_owned(), |own| own.name.clone())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::{Request, imagine};
    use crate::model::{self, ModelChoice};
    use crate::scenario::Engine;

    /// What was said, run by run, of every choice under that scheduler and model.
    fn said(scheduler: &str, model: &str, lang: Lang) -> Vec<String> {
        let text = format!(
            "format = 1\ntitle = \"Jobs\"\nmodels = [\"{model}\"]\n\
             [machine]\ncores = 1\nideal = true\nscheduler = \"{scheduler}\"\n\
             [[task]]\nname = \"long\"\npriority = 5\nsteps = [{{ cpu = \"8ms\" }}]\n\
             [[task]]\nname = \"short\"\npriority = 1\narrive = \"1ms\"\nsteps = [{{ cpu = \"4ms\" }}]\n\
             [[task]]\nname = \"middle\"\npriority = 3\narrive = \"1ms\"\nsteps = [{{ cpu = \"5ms\" }}]\n"
        );
        let scenario = crate::gui::draft::parse("jobs", &text, lang).unwrap();
        let request = Request {
            scenario_id: "jobs".into(),
            scenario: Arc::new(scenario),
            variant: None,
            choice: ModelChoice::new(model::find(model).unwrap()),
            cores: 1,
            seed: 1,
            repeat: 0,
            engine: Engine::Simulated,
            costs: None,
        };
        let imagined = imagine(&request, &|| false).unwrap();
        imagined.decisions.iter().map(|decision| sentence(&imagined.run, decision, lang)).collect()
    }

    fn check(scheduler: &str, model: &str, lang: Lang, expected: &str) {
        let said = said(scheduler, model, lang);
        assert!(said.iter().any(|sentence| sentence == expected), "{expected}\nnot in {said:#?}");
    }

    #[test]
    fn every_chooser_gives_its_reason() {
        check("fcfs", "threads", Lang::En, "long gets core 0: nobody else is ready.");
        check(
            "fcfs",
            "threads",
            Lang::En,
            "short goes first of 2 ready: it has waited longest (first come, first served).",
        );
        check(
            "srtf",
            "threads",
            Lang::En,
            "short goes first of 3 ready: it has the least left before it waits, 4.00 ms (shortest remaining time first). \
             It takes the core from long.",
        );
        check(
            "preemptive-priority",
            "threads",
            Lang::PtBr,
            "short vai primeiro, de 3 prontas: é a mais urgente, prioridade 1 (preemptivo). Toma o núcleo de long.",
        );
        check("per-core", "threads", Lang::En, "long gets core 0: nobody else waits for that core.");
        check(
            "per-core",
            "threads",
            Lang::PtBr,
            "short vai primeiro, de 3 prontas neste núcleo: está à frente da fila dele (uma fila por núcleo).",
        );
        check("fcfs", "thread-pool", Lang::En, "short goes to worker 1: of 2 in the queue, it came first.");
        check(
            "fcfs",
            "event-loop",
            Lang::En,
            "short goes on: of 2 ready, the event loop takes the one that has been ready longest.",
        );
    }

    #[test]
    fn the_latest_choice_is_that_of_the_last_instant_with_one() {
        let at = |time| Decision {
            time: Nanos(time),
            by: ChosenBy::Loop,
            core: crate::trace::Core::NONE,
            worker: Worker::NONE,
            task: crate::trace::Task(0),
            ready: 1,
            rank: 0,
            instead_of: None,
        };
        let decisions = [at(0), at(5), at(5), at(9)];
        let count = |now| latest(&decisions, Nanos(now)).len();
        assert_eq!([count(0), count(4), count(5), count(8), count(9)], [1, 1, 2, 2, 1]);
        assert!(latest(&decisions[1..], Nanos(4)).is_empty());
    }
}
