//! Why a task was chosen, in one sentence: what a simulated run noted of each choice, put into words for the replay.

use super::happened::{begun, present};
use crate::chart::lanes::{core_label, task_label};
use crate::lang::{Lang, Text};
use crate::simulate::schedulers::{self, Queues, Rank};
use crate::simulate::{ChosenBy, Decision, GilRule};
use crate::time::Nanos;
use crate::trace::{Cause, Run, State, Task, Worker};

/// Nobody else could have been chosen.
const ALONE: Text =
    Text::new("{} gets {}: nobody else waits for a core.", "{} recebe o {}: mais ninguém espera por um núcleo.");
const ALONE_ON_CORE: Text =
    Text::new("{} gets {}: nobody else waits for that core.", "{} recebe o {}: ninguém mais espera por esse núcleo.");
const MOVED: Text = Text::new(
    "{} gets {}, which has taken it over from the queue of {} (a queue per core).",
    "{} recebe o {}, que a pegou da fila do {} (uma fila por núcleo).",
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
const QUEUE_URGENT: Text = Text::new(
    "{} goes to {}: of {} in the queue, it is the most urgent.",
    "{} vai para {}: de {} na fila, é a mais urgente.",
);
const QUEUE_LIST: Text = Text::new(
    "{} goes to {}: of {} in the queue, it comes first in the list.",
    "{} vai para {}: de {} na fila, vem antes na lista.",
);
const DEQUE: Text = Text::new(
    "{} goes to {}: of {} in its own deque, it is the newest.",
    "{} vai para {}: de {} na sua própria deque, é a mais nova.",
);
const DEQUE_ALONE: Text =
    Text::new("{} goes to {}: it is the only one in its own deque.", "{} vai para {}: é a única na sua própria deque.");
const THEFT_ALONE: Text = Text::new(
    "{} is stolen by {}, which has nothing left to do: it is the only one in another worker's deque.",
    "{} é roubada por {}, que não tem mais o que fazer: é a única na deque de outro trabalhador.",
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
const WOKEN: Text = Text::new(
    "{} gets {}: it was woken, and goes before who has computed for a millisecond.",
    "{} recebe o {}: foi acordada, e passa à frente de quem calcula há um milissegundo.",
);
/// A scheduler chooses among threads: who has none is in nobody's way.
const WITHOUT_WORKER: Text = Text::new("Ready without a worker: {} more.", "Prontas sem trabalhador: mais {}.");
const FIRST_OF_EQUALS: Text = Text::new("Of equals, it came first.", "Entre iguais, chegou primeiro.");
const DISPLACES: Text = Text::new("It takes the core from {}.", "Toma o núcleo de {}.");
const QUANTUM_OVER: Text = Text::new("The quantum of {} is over.", "O quantum de {} acabou.");
const KEEPS_BY_TIME: Text = Text::new(
    "{} keeps its core: it has {} left before it waits, and {} would need {}.",
    "{} mantém seu núcleo: faltam-lhe {} até esperar, e {} precisaria de {}.",
);
const KEEPS_BY_URGENCY: Text = Text::new(
    "{} keeps its core: it has priority {}, and that of {}, {}, is not more urgent.",
    "{} mantém seu núcleo: tem prioridade {}, e a de {}, {}, não é mais urgente.",
);
const GIL_ASKED: Text = Text::new(
    "{} gets the GIL: of {} that wait for it, its interval was over first, so it asked.",
    "{} recebe o GIL: de {} que esperam por ele, seu intervalo acabou primeiro, e ela o pediu.",
);
const GIL_FIRST: Text = Text::new(
    "{} gets the GIL: of {} that wait for it, it has waited longest.",
    "{} recebe o GIL: de {} que esperam por ele, é a que espera há mais tempo.",
);
const GIL_ONLY: Text =
    Text::new("{} gets the GIL: nobody else waits for it.", "{} recebe o GIL: mais ninguém espera por ele.");
const GIL_FREE: Text = Text::new(
    "{} takes the GIL, which is free: of {} that want it, it is there first.",
    "{} pega o GIL, que está livre: de {} que o querem, chega primeiro.",
);
const GIL_TAKEN: Text =
    Text::new("It finds the GIL taken, and waits on.", "Encontra o GIL ocupado e continua à espera.");
const NOT_SEEN_BY_LOOP: Text =
    Text::new("Ready, but not taken up by the loop yet: {} more.", "Prontas, mas o loop ainda não as pegou: mais {}.");
const LOSE_CORES: Text = Text::new("{} loses its core.", "{} perde seu núcleo.");
const GIL_DROPPED: Text = Text::new("{} had to drop it.", "{} teve de largá-lo.");

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
    let stealing = run.choice.plan(run.cores).stealing;
    let mut text = match decision.by {
        ChosenBy::Scheduler if ready <= 1 && decision.instead_of.is_none() => match policy.queues {
            Queues::One => ALONE.fill(lang, &[&name, &core]),
            Queues::PerCore => ALONE_ON_CORE.fill(lang, &[&name, &core]),
        },
        ChosenBy::Woken => WOKEN.fill(lang, &[&name, &core]),
        ChosenBy::Moved { from } => MOVED.fill(lang, &[&name, &core, &core_label(from, lang)]),
        ChosenBy::Scheduler | ChosenBy::NextTurn => {
            policy.why.fill(lang, &[&name, &ready, &rank(policy.rank, decision.rank, lang)])
        }
        ChosenBy::Loop if ready <= 1 => LOOP_ALONE.fill(lang, &[&name]),
        ChosenBy::Loop => LOOP.fill(lang, &[&name, &ready]),
        ChosenBy::Queue if stealing && ready <= 1 => DEQUE_ALONE.fill(lang, &[&name, &worker]),
        ChosenBy::Queue if stealing => DEQUE.fill(lang, &[&name, &worker, &ready]),
        ChosenBy::Queue if ready <= 1 => QUEUE_ALONE.fill(lang, &[&name, &worker]),
        ChosenBy::Queue => of_queue(run).fill(lang, &[&name, &worker, &ready]),
        ChosenBy::Theft if ready <= 1 => THEFT_ALONE.fill(lang, &[&name, &worker]),
        ChosenBy::Theft => THEFT.fill(lang, &[&name, &worker, &ready]),
        ChosenBy::Waker => WAKER.fill(lang, &[&name, &worker, &ready]),
        ChosenBy::HalfTheft => HALF_THEFT.fill(lang, &[&name, &worker]),
        ChosenBy::Keeps { against, rank: others } => {
            let policy = schedulers::of(run.scenario.machine.scheduler);
            let keeps = if policy.rank == Rank::CpuToWait { KEEPS_BY_TIME } else { KEEPS_BY_URGENCY };
            let ranks = [decision.rank, others].map(|value| rank(policy.rank, value, lang));
            keeps.fill(lang, &[&name, &ranks[0], &task_label(run, against), &ranks[1]])
        }
        ChosenBy::Gil(_) if ready <= 1 => GIL_ONLY.fill(lang, &[&name]),
        ChosenBy::Gil(GilRule::Free) => GIL_FREE.fill(lang, &[&name, &ready]),
        ChosenBy::Gil(GilRule::First) => GIL_FIRST.fill(lang, &[&name, &ready]),
        ChosenBy::Gil(GilRule::Asked) => GIL_ASKED.fill(lang, &[&name, &ready]),
    };
    if decision.is_first_of_equals {
        text.push(' ');
        text.push_str(FIRST_OF_EQUALS.get(lang));
    }
    if matches!(decision.by, ChosenBy::Scheduler | ChosenBy::NextTurn) {
        let others = without_worker(run, decision);
        if others > 0 {
            text.push(' ');
            text.push_str(&WITHOUT_WORKER.fill(lang, &[&others]));
        }
    }
    if decision.by == ChosenBy::Loop {
        let others = not_seen_by_loop(run, decision);
        if others > 0 {
            text.push(' ');
            text.push_str(&NOT_SEEN_BY_LOOP.fill(lang, &[&others]));
        }
    }
    let loses = match decision.by {
        ChosenBy::Gil(_) => GIL_DROPPED,
        ChosenBy::NextTurn => QUANTUM_OVER,
        _ => DISPLACES,
    };
    if let Some(loser) = decision.instead_of {
        text.push(' ');
        text.push_str(&loses.fill(lang, &[&task_label(run, loser)]));
    }
    if decision.in_vain {
        text.push(' ');
        text.push_str(GIL_TAKEN.get(lang));
    }
    text
}

/// Whoever loses a core at the instant of those choices and is named by none of them: who got it had no task yet. Nobody
/// where there are too many tasks to look at.
pub fn losers(run: &Run, chosen: &[Decision], lang: Lang) -> Vec<String> {
    let Some(now) = chosen.first().map(|decision| decision.time) else { return vec![] };
    if run.trace.tasks() > COUNTED_MAX {
        return vec![];
    }
    let is_named = |task: Task| chosen.iter().any(|decision| decision.instead_of == Some(task));
    let preempted = begun(run, now).filter(|at| run.trace.causes()[*at] == Cause::Preempted);
    let unnamed = preempted.map(|at| run.trace.task_of(at)).filter(|task| !is_named(*task));
    unnamed.map(|task| LOSE_CORES.fill(lang, &[&task_label(run, task)])).collect()
}

/// Of no more tasks is it looked who is ready, or has to go: that would hold up the frame.
const COUNTED_MAX: u32 = 100_000;

/// Tasks that are ready at that instant and in no worker's hands, but for the one that was chosen; none where there are
/// so many tasks that counting them would hold up the frame.
fn without_worker(run: &Run, decision: &Decision) -> usize {
    let trace = &run.trace;
    if trace.tasks() > COUNTED_MAX {
        return 0;
    }
    let waits = |at: &usize| trace.states()[*at] == State::Ready && trace.causes()[*at] == Cause::Queued;
    present(run, decision.time).filter(waits).filter(|at| trace.task_of(*at) != decision.task).count()
}

/// Tasks that are ready at that instant although the loop has not looked for who is due since; none where a pool beside it
/// has tasks that are ready, too.
fn not_seen_by_loop(run: &Run, decision: &Decision) -> usize {
    if run.trace.tasks() > COUNTED_MAX || run.choice.plan(run.cores).offload.is_some() {
        return 0;
    }
    let ready = present(run, decision.time).filter(|at| run.trace.states()[*at] == State::Ready);
    let others = ready.filter(|at| run.trace.task_of(*at) != decision.task).count();
    others.saturating_sub(decision.ready.saturating_sub(1) as usize)
}

/// By what a pool's queue goes.
fn of_queue(run: &Run) -> Text {
    let groups = &run.scenario.groups;
    if schedulers::of(run.scenario.machine.scheduler).rank == Rank::Number {
        QUEUE_LIST
    } else if groups.windows(2).any(|pair| pair[0].priority != pair[1].priority) {
        QUEUE_URGENT
    } else {
        QUEUE
    }
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
    use crate::scenario::{Engine, Scenario};

    const JOBS: &str = "[[task]]\nname = \"long\"\npriority = 5\nsteps = [{ cpu = \"8ms\" }]\n\
        [[task]]\nname = \"short\"\npriority = 1\narrive = \"1ms\"\nsteps = [{ cpu = \"4ms\" }]\n\
        [[task]]\nname = \"middle\"\npriority = 3\narrive = \"1ms\"\nsteps = [{ cpu = \"5ms\" }]\n";

    /// What was said of every choice under that scheduler and model, on one core.
    fn said(scheduler: &str, model: &str, lang: Lang, tasks: &str) -> Vec<String> {
        let text = format!(
            "format = 1\ntitle = \"Jobs\"\nmodels = [\"{model}\"]\n\
             [machine]\ncores = 1\nideal = true\nscheduler = \"{scheduler}\"\n{tasks}"
        );
        let scenario = crate::gui::draft::parse("jobs", &text).unwrap();
        let choice = ModelChoice::new(model::find(model).unwrap());
        let imagined = imagine(&request(Arc::new(scenario), choice, 1), &|| false).unwrap();
        imagined.decisions.iter().map(|decision| sentence(&imagined.run, decision, lang)).collect()
    }

    fn request(scenario: Arc<Scenario>, choice: ModelChoice, cores: u32) -> Request {
        let seed = scenario.machine.seed;
        Request {
            scenario_id: "jobs".into(),
            scenario,
            variant: None,
            choice,
            cores,
            seed,
            repeat: 0,
            engine: Engine::Simulated,
            costs: None,
        }
    }

    fn check(scheduler: &str, model: &str, lang: Lang, expected: &str) {
        check_of(JOBS, scheduler, model, lang, expected);
    }

    fn check_of(tasks: &str, scheduler: &str, model: &str, lang: Lang, expected: &str) {
        let said = said(scheduler, model, lang, tasks);
        assert!(said.iter().any(|sentence| sentence == expected), "{expected}\nnot in {said:#?}");
    }

    #[test]
    fn every_chooser_gives_its_reason() {
        check("fcfs", "threads", Lang::En, "long gets core 0: nobody else waits for a core.");
        check(
            "fcfs",
            "threads",
            Lang::En,
            "short goes first of 2 ready: it is at the head of the queue (first come, first served).",
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
        check("fcfs", "threads", Lang::PtBr, "long recebe o núcleo 0: mais ninguém espera por um núcleo.");
        check("per-core", "threads", Lang::En, "long gets core 0: nobody else waits for that core.");
        check(
            "per-core",
            "threads",
            Lang::PtBr,
            "short vai primeiro, de 3 prontas neste núcleo: está à frente da fila dele (uma fila por núcleo). \
             O quantum de long acabou.",
        );
        check("fcfs", "thread-pool", Lang::En, "short goes to worker 1: of 2 in the queue, it is the most urgent.");
        check(
            "list",
            "thread-pool",
            Lang::En,
            "short goes to worker 1: of 2 in the queue, it comes first in the list.",
        );
        let alike = JOBS.replace("priority", "# ");
        check_of(&alike, "fcfs", "thread-pool", Lang::En, "short goes to worker 1: of 2 in the queue, it came first.");
        check(
            "fcfs",
            "event-loop",
            Lang::En,
            "short goes on: of 2 ready, the event loop takes the one that has been ready longest.",
        );
    }

    /// Two have 4 ms at a time, until one is through; nobody is waiting then.
    #[test]
    fn a_quantum_that_is_over_is_told() {
        let jobs = "[[task]]\nname = \"a\"\nsteps = [{ cpu = \"8ms\" }]\n\
            [[task]]\nname = \"b\"\nsteps = [{ cpu = \"6ms\" }]\n";
        let why = "goes first of 2 ready: it is at the head of the queue (round robin).";
        let alone = "gets core 0: nobody else waits for a core.";
        assert_eq!(
            said("round-robin", "threads", Lang::En, jobs),
            [
                format!("a {why}"),
                format!("b {why} The quantum of a is over."),
                format!("a {why} The quantum of b is over."),
                format!("b {alone}"),
            ]
        );
        // A woken one displaces who has computed for long, and leaves at once: no quantum was over.
        let woken = jobs.to_owned() + "[[task]]\nname = \"w\"\nsteps = [{ io = \"2ms\" }, { io = \"5ms\" }]\n";
        let said_of = said("per-core", "threads", Lang::En, &woken);
        let at = said_of.iter().position(|sentence| sentence.starts_with("w gets core 0: it was woken")).unwrap();
        assert!(
            said_of[at].ends_with("It takes the core from a.") && !said_of[at + 1].contains("quantum"),
            "{said_of:#?}"
        );
        let over = "O quantum de a acabou.";
        assert!(said("per-core", "threads", Lang::PtBr, jobs).iter().any(|sentence| sentence.ends_with(over)));
        assert!(!said("fcfs", "threads", Lang::PtBr, jobs).iter().any(|sentence| sentence.ends_with(over)));
    }

    #[test]
    fn who_has_no_worker_is_not_said_to_wait_for_a_core() {
        let jobs = "[[task]]\nname = \"job\"\ncount = 3\nsteps = [{ io = \"1ms\" }, { cpu = \"8ms\" }]\n";
        let alone = "job 1 gets core 0: nobody else waits for a core. Ready without a worker: 2 more.";
        check_of(jobs, "fcfs", "sequential", Lang::En, alone);
        let alone = "job 3 gets core 0: nobody else waits for a core.";
        check_of(jobs, "fcfs", "sequential", Lang::En, alone);
        let two = "job 2 goes first of 2 ready: it is at the head of the queue (first come, first served).";
        check_of(jobs, "fcfs", "threads", Lang::En, two);
    }

    #[test]
    fn who_keeps_its_core_is_told_why() {
        let late = "[[task]]\nname = \"P2\"\nsteps = [{ cpu = \"4ms\" }]\n\
            [[task]]\nname = \"P4\"\npriority = 2\narrive = \"2ms\"\nsteps = [{ cpu = \"5ms\" }]\n";
        let choices = said("srtf", "threads", Lang::En, late);
        let keeps = "P2 keeps its core: it has 2.00 ms left before it waits, and P4 would need 5.00 ms.";
        assert_eq!(choices.iter().filter(|sentence| *sentence == keeps).count(), 1, "{choices:#?}");
        let keeps = "P2 mantém seu núcleo: tem prioridade 0, e a de P4, 2, não é mais urgente.";
        check_of(late, "preemptive-priority", "threads", Lang::PtBr, keeps);
        assert!(!said("sjf", "threads", Lang::En, late).iter().any(|sentence| sentence.contains("keeps")));
    }

    /// One computes for a quantum of 4 ms until the others have had a core to ask for the lock on, and goes on. 5 ms later
    /// they want it dropped; the first of them asks when it has a core again, and stands behind the other from then on.
    #[test]
    fn the_interpreter_lock_is_chosen_for_too() {
        let hogs = "[[task]]\nname = \"hog\"\ncount = 3\nsteps = [{ cpu = \"24ms\" }]\n";
        check_of(
            hogs,
            "round-robin",
            "gil-threads",
            Lang::En,
            "hog 3 gets the GIL: of 2 that wait for it, it has waited longest. hog 1 had to drop it.",
        );
    }

    /// Three that compute and two that ask, on two cores with a queue each: what was said at each instant.
    fn said_of_mixed(model: &str) -> Vec<String> {
        let text = format!(
            "format = 1\ntitle = \"Mixed\"\nmodels = [{model}]\n\
             [machine]\ncores = 2\nscheduler = \"per-core\"\nquantum = \"3ms\"\nseed = 4\n\
             [[task]]\nname = \"cruncher\"\ncount = 3\nsteps = [{{ cpu = \"12ms\" }}]\n\
             [[task]]\nname = \"asker\"\ncount = 2\narrive = {{ every = \"2ms\" }}\n\
             steps = [{{ cpu = \"1ms\" }}, {{ io = \"6ms\" }}, {{ cpu = \"1ms\" }}, {{ lock = \"l\" }}, {{ cpu = \"2ms\" }}, {{ unlock = \"l\" }}]\n"
        );
        let scenario = Arc::new(crate::gui::draft::parse("mixed", &text).unwrap());
        let choice = scenario.models[0].clone();
        let imagined = imagine(&request(scenario, choice, 2), &|| false).unwrap();
        let sentences = |chosen: &[Decision]| {
            let own = chosen.iter().map(|decision| sentence(&imagined.run, decision, Lang::En));
            let told: Vec<String> = own.chain(losers(&imagined.run, chosen, Lang::En)).collect();
            format!("{}: {}", chosen[0].time, told.join(" "))
        };
        imagined.decisions.chunk_by(|one, other| one.time == other.time).map(sentences).collect()
    }

    /// A thread that comes to its core in vain, a timer that the loop has not looked at, and a core that is lost to a worker
    /// which has no task yet: the lanes show each, and no sentence may contradict them.
    #[test]
    fn nothing_is_said_against_the_picture() {
        for (model, expected) in [
            (
                "\"python-threading\"",
                "15.5 ms: cruncher 1 gets core 0: nobody else waits for that core. Ready without a worker: 3 more. \
                 It finds the GIL taken, and waits on.",
            ),
            (
                "\"event-loop\"",
                "44.2 ms: asker 1 goes on: it is the only one that the event loop has ready. \
                 Ready, but not taken up by the loop yet: 1 more.",
            ),
            (
                "{ model = \"thread-pool\", workers = 3 }",
                "3.02 ms: cruncher 3 goes to worker 2: of 3 in the queue, it came first. cruncher 1 loses its core.",
            ),
        ] {
            let said = said_of_mixed(model);
            assert!(said.iter().any(|said| said == expected), "{expected}\nnot in {said:#?}");
        }
    }

    #[test]
    fn among_equals_it_is_said_who_goes_first() {
        let tasks = "[[task]]\nname = \"clerk\"\ncount = 3\npriority = 2\nsteps = [{ cpu = \"4ms\" }]\n";
        for (scheduler, first) in [
            ("priority", "clerk 1 goes first of 3 ready: it is the most urgent, priority 2. Of equals, it came first."),
            ("fcfs", "clerk 1 goes first of 3 ready: it is at the head of the queue (first come, first served)."),
        ] {
            let said = said(scheduler, "threads", Lang::En, tasks);
            assert_eq!(said.first().map(String::as_str), Some(first));
            assert!(said.last().is_some_and(|last| last.contains("nobody else")), "{said:?}");
        }
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
            is_first_of_equals: false,
            instead_of: None,
            in_vain: false,
        };
        let decisions = [at(0), at(5), at(5), at(9)];
        let count = |now| latest(&decisions, Nanos(now)).len();
        assert_eq!([count(0), count(4), count(5), count(8), count(9)], [1, 1, 2, 2, 1]);
        assert!(latest(&decisions[1..], Nanos(4)).is_empty());
    }
}
