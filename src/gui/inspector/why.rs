//! Why a task was held up, in one sentence or two, from what was recorded: the cause it was stamped with, the worker
//! that took it up, and what that worker or core did meanwhile. Where nothing is recorded, it says so. Pure.

use crate::chart::lanes::{core_label, task_label};
use crate::lang::{Lang, Text};
use crate::time::Nanos;
use crate::trace::{Cause, Core, Run, Span, State, Task, Worker};

/// A sentence in pieces, so that tasks in it can be clicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Task(Task),
}

const NEVER_AWAITED: Text = Text::new(
    "{} was made and never awaited: not one of its steps ran.",
    "{} foi criada e ninguém fez await dela: nenhum de seus passos executou.",
);
const NEVER: Text = Text::new("{} was never held up.", "{} nunca ficou retida.");
const QUEUED: Text = Text::new(
    "{} was ready at {}. Meanwhile {}, which took it up at {}, was busy with {}.",
    "{} estava pronta em {}. Enquanto isso {}, que a assumiu em {}, estava ocupado com {}.",
);
const QUEUED_ALONE: Text = Text::new(
    "{} was ready at {} and {} took it up at {}. No other task is recorded on that worker meanwhile.",
    "{} estava pronta em {} e {} a assumiu em {}. Nenhuma outra tarefa foi registrada nesse trabalhador nesse intervalo.",
);
const NOT_TAKEN: Text = Text::new(
    "{} was ready at {}, and by {} no worker had taken it up.",
    "{} estava pronta em {}, e até {} nenhum trabalhador a assumiu.",
);
const NO_CORE: Text = Text::new(
    "{} was ready at {}, but its worker {} was on no core until {}. The cores ran {}.",
    "{} estava pronta em {}, mas seu trabalhador {} ficou sem núcleo até {}. Os núcleos executavam {}.",
);
const NO_CORE_ALONE: Text = Text::new(
    "{} was ready at {}, but its worker {} was on no core until {}. No other task of this run was on a core meanwhile.",
    "{} estava pronta em {}, mas seu trabalhador {} ficou sem núcleo até {}. Nenhuma outra tarefa desta execução estava em um núcleo.",
);
const PREEMPTED: Text = Text::new(
    "The kernel took {} off {} at {} and let it go on at {}. Meanwhile that core ran {}.",
    "O kernel tirou {} do {} em {} e a deixou continuar em {}. Enquanto isso esse núcleo executava {}.",
);
const PREEMPTED_ALONE: Text = Text::new(
    "The kernel took {} off {} at {} and let it go on at {}. No task of this run is recorded on that core meanwhile.",
    "O kernel tirou {} do {} em {} e a deixou continuar em {}. Nenhuma tarefa desta execução foi registrada nesse núcleo nesse intervalo.",
);
const YIELDED: Text = Text::new(
    "{} let others go first at {} and went on at {}. Meanwhile {} carried {}.",
    "{} deu a vez em {} e continuou em {}. Enquanto isso {} levava {}.",
);
const YIELDED_ALONE: Text = Text::new(
    "{} let others go first at {} and went on at {}; nobody is recorded to have used it.",
    "{} deu a vez em {} e continuou em {}; ninguém foi registrado usando-a.",
);
const STARTING: Text =
    Text::new("From {} to {} the thread of {} was being made.", "De {} a {} a thread de {} estava sendo criada.");
const SHIPPING: Text = Text::new(
    "From {} to {} the data of {} were copied between processes.",
    "De {} a {} os dados de {} foram copiados entre processos.",
);
const BLOCKED: Text = Text::new("From {} to {} {} waited for {}.", "De {} a {} {} esperou por {}.");
const BLOCKED_BY: Text =
    Text::new("From {} to {} {} waited for {}, held by {}.", "De {} a {} {} esperou por {}, em posse de {}.");
const IO_HOLDS: Text = Text::new(
    "From {} to {} {} was in IO: nobody worked. The call was a blocking one: it held {} all that time.",
    "De {} a {} {} esteve em IO: ninguém trabalhou. A chamada era bloqueante: segurou {} o tempo todo.",
);
const IO_FREES: Text = Text::new(
    "From {} to {} {} was in IO: nobody worked. It awaited, so its worker was free for others.",
    "De {} a {} {} esteve em IO: ninguém trabalhou. Usou await, e seu trabalhador ficou livre para outras.",
);
const UNKNOWN: Text = Text::new(
    "{} was ready from {} to {}; no cause was recorded.",
    "{} estava pronta de {} a {}; nenhuma causa foi registrada.",
);
const AND: Text = Text::new(" and ", " e ");
const MORE: Text = Text::new(" and {} more", " e mais {}");
const SOME_WORKER: Text = Text::new("a worker", "um trabalhador");

/// The span to explain: the one that was pointed at, when the task did not run in it; else what came before it; else
/// the longest time the task was held up.
pub fn gap(run: &Run, task: Task, pointed: Option<usize>) -> Option<usize> {
    let (trace, own) = (&run.trace, run.trace.of(task));
    let is_gap = |at: &usize| trace.states()[*at].is_waiting() || trace.states()[*at] == State::Io;
    let length = |at: &usize| trace.ends()[*at] - trace.starts()[*at];
    let pointed = pointed.filter(|at| own.contains(at));
    let before = pointed.and_then(|at| at.checked_sub(1)).filter(|at| own.contains(at));
    let held_up = own.clone().filter(|at| trace.states()[*at].is_waiting() && length(at).0 > 0);
    pointed.filter(is_gap).or(before.filter(is_gap)).or_else(|| held_up.max_by_key(length))
}

/// The sentence about [`gap`].
pub fn why(run: &Run, task: Task, pointed: Option<usize>, lang: Lang) -> Vec<Piece> {
    let own_name = || Fill::Word(task_label(run, task));
    let Some(at) = gap(run, task, pointed) else {
        let end = run.trace.spans_of(task).next_back();
        let never_awaited = end.is_some_and(|end| end.cause == Cause::NeverAwaited);
        return compose(if never_awaited { NEVER_AWAITED } else { NEVER }, lang, vec![own_name()]);
    };
    let span = run.trace.span(at);
    let next = Some(at + 1).filter(|next| run.trace.of(task).contains(next)).map(|next| run.trace.span(next));
    let (from, to) = (Fill::Word(span.start.to_string()), Fill::Word(span.end.to_string()));
    match (span.state, span.cause) {
        (State::Starting, _) => compose(STARTING, lang, vec![from, to, own_name()]),
        (State::Shipping, _) => compose(SHIPPING, lang, vec![from, to, own_name()]),
        (State::Io, Cause::Blocking) => {
            compose(IO_HOLDS, lang, vec![from, to, own_name(), Fill::Word(worker_name(run, span.worker, lang))])
        }
        (State::Io, _) => compose(IO_FREES, lang, vec![from, to, own_name()]),
        (State::Blocked, cause) => blocked(run, &span, cause, lang),
        (_, Cause::Preempted) => {
            let core = at.checked_sub(1).map_or(span.core, |before| run.trace.cores()[before]);
            let others = busy_with(run, &span, |other| other.state == State::Running && on_core(other, core));
            let core = Fill::Word(core_label(core, lang));
            with_others(PREEMPTED, PREEMPTED_ALONE, lang, vec![own_name(), core, from, to], others)
        }
        (_, Cause::NoCore) => {
            let others = busy_with(run, &span, |other| other.state == State::Running);
            let worker = Fill::Word(worker_name(run, span.worker, lang));
            with_others(NO_CORE, NO_CORE_ALONE, lang, vec![own_name(), from, worker, to], others)
        }
        (_, Cause::Yielded) => {
            let worker = next.map_or(span.worker, |next| next.worker);
            let others = busy_with(run, &span, |other| other.worker == worker && holds_worker(other));
            if others.is_empty() {
                return compose(YIELDED_ALONE, lang, vec![own_name(), from, to]);
            }
            let worker = Fill::Word(worker_name(run, worker, lang));
            compose(YIELDED, lang, vec![own_name(), from, to, worker, Fill::Tasks(others)])
        }
        (_, Cause::Queued) => match taken_up(run, task, at) {
            Some(next) => {
                let others = busy_with(run, &span, |other| other.worker == next.worker && holds_worker(other));
                let worker = Fill::Word(worker_name(run, next.worker, lang));
                with_others(QUEUED, QUEUED_ALONE, lang, vec![own_name(), from, worker, to], others)
            }
            None => compose(NOT_TAKEN, lang, vec![own_name(), from, to]),
        },
        _ => compose(UNKNOWN, lang, vec![own_name(), from, to]),
    }
}

/// The span in which a worker took the task up that had waited in `at`; a worker may have to be switched to first.
fn taken_up(run: &Run, task: Task, at: usize) -> Option<Span> {
    let after = (at + 1..run.trace.of(task).end).map(|after| run.trace.span(after));
    after.into_iter().find(|span| span.cause != Cause::Switching).filter(|span| span.state == State::Running)
}

fn blocked(run: &Run, span: &Span, cause: Cause, lang: Lang) -> Vec<Piece> {
    let resource = span.resource.get().and_then(|resource| run.resources.get(resource));
    let what = cause.label().get(lang);
    let what = resource.map_or_else(|| what.to_owned(), |name| format!("{what} {name}"));
    let mut words: Vec<Fill> = [span.start.to_string(), span.end.to_string(), task_label(run, span.task), what]
        .into_iter()
        .map(Fill::Word)
        .collect();
    match span.peer.as_task() {
        Some(holder) => {
            words.push(Fill::Tasks(Others::alone(holder)));
            compose(BLOCKED_BY, lang, words)
        }
        None => compose(BLOCKED, lang, words),
    }
}

/// Other tasks that were on it at some time during `gap`.
#[derive(Default)]
struct Others {
    /// The first of them, in the order they began.
    named: Vec<(Nanos, Task)>,
    /// How many there were besides.
    more: usize,
}

/// So many are named.
const NAMED_MAX: usize = 4;

impl Others {
    fn alone(task: Task) -> Self {
        Others { named: vec![(Nanos::ZERO, task)], more: 0 }
    }

    fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// Of hundreds of thousands only the first are kept.
    fn add(&mut self, began: Nanos, task: Task) {
        let place = self.named.partition_point(|other| *other < (began, task));
        self.named.insert(place, (began, task));
        if self.named.len() > NAMED_MAX {
            self.named.pop();
            self.more += 1;
        }
    }
}

fn busy_with(run: &Run, gap: &Span, is_there: impl Fn(&Span) -> bool) -> Others {
    let trace = &run.trace;
    let mut others = Others::default();
    for task in (0..trace.tasks()).map(Task).filter(|task| *task != gap.task) {
        let own = trace.of(task);
        let ends = &trace.ends()[own.clone()];
        // A task's spans follow each other.
        let from = own.start + ends.partition_point(|end| *end <= gap.start);
        let meanwhile = (from..own.end).take_while(|at| trace.starts()[*at] < gap.end);
        let there =
            meanwhile.filter(|at| trace.ends()[*at] > gap.start).map(|at| trace.span_of(task, at)).find(&is_there);
        if let Some(span) = there {
            others.add(span.start, task);
        }
    }
    others
}

fn holds_worker(span: &Span) -> bool {
    span.state == State::Running || (span.state == State::Io && span.cause == Cause::Blocking)
}

fn on_core(span: &Span, core: Core) -> bool {
    core != Core::NONE && span.core == core
}

fn worker_name(run: &Run, worker: Worker, lang: Lang) -> String {
    let known = worker.get().and_then(|worker| run.workers.get(worker));
    known.map_or_else(|| SOME_WORKER.get(lang).to_owned(), |worker| worker.name.clone())
}

/// What a `{}` of a sentence becomes.
enum Fill {
    Word(String),
    Tasks(Others),
}

fn with_others(some: Text, none: Text, lang: Lang, mut words: Vec<Fill>, others: Others) -> Vec<Piece> {
    if others.is_empty() {
        return compose(none, lang, words);
    }
    words.push(Fill::Tasks(others));
    compose(some, lang, words)
}

fn compose(sentence: Text, lang: Lang, fills: Vec<Fill>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut fills = fills.into_iter();
    for (number, text) in sentence.get(lang).split("{}").enumerate() {
        if number > 0 {
            match fills.next() {
                Some(Fill::Word(word)) => say(&mut pieces, &word),
                Some(Fill::Tasks(tasks)) => list(&mut pieces, &tasks, lang),
                None => {}
            }
        }
        say(&mut pieces, text);
    }
    pieces
}

/// Adds words to the text piece under way.
fn say(pieces: &mut Vec<Piece>, words: &str) {
    match pieces.last_mut() {
        Some(Piece::Text(text)) => text.push_str(words),
        _ => pieces.push(Piece::Text(words.to_owned())),
    }
}

/// `a, b and c`, or `a, b, c, d and 5 more`.
fn list(pieces: &mut Vec<Piece>, Others { named, more }: &Others, lang: Lang) {
    for (at, (_, task)) in named.iter().enumerate() {
        if at > 0 {
            let last = at + 1 == named.len() && *more == 0;
            say(pieces, if last { AND.get(lang) } else { ", " });
        }
        pieces.push(Piece::Task(*task));
    }
    if *more > 0 {
        say(pieces, &MORE.fill(lang, &[more]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tasks: &[u32]) -> String {
        let mut pieces = vec![];
        let mut others = Others::default();
        // Whoever began first is named first, whenever it was found.
        tasks.iter().rev().for_each(|task| others.add(Nanos(i64::from(*task)), Task(*task)));
        list(&mut pieces, &others, Lang::En);
        let word = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Task(task) => task.0.to_string(),
        };
        pieces.iter().map(word).collect()
    }

    #[test]
    fn lists_are_sentences() {
        assert_eq!(text(&[1]), "1");
        assert_eq!(text(&[1, 2]), "1 and 2");
        assert_eq!(text(&[1, 2, 3, 4]), "1, 2, 3 and 4");
        assert_eq!(text(&[1, 2, 3, 4, 5, 6]), "1, 2, 3, 4 and 2 more");
    }
}
