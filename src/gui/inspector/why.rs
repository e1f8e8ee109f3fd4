//! Why a task was held up, in one sentence or two, from what was recorded: the cause it was stamped with, the worker
//! that took it up, and what that worker or core did meanwhile. Where nothing is recorded, it says so. Pure.

use super::order;
use crate::analysis::meanwhile::{Meanwhile, Others};
use crate::chart::lanes::{core_label, task_label};
use crate::lang::{Lang, Text};
use crate::time::shown_apart;
use crate::trace::{Cause, Run, Span, State, Task, Worker};

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
    "{} estava pronta aos {}. Enquanto isso {}, que a assumiu aos {}, estava ocupado com {}.",
);
const QUEUED_ALONE: Text = Text::new(
    "{} was ready at {} and {} took it up at {}. No other task is recorded on that worker meanwhile.",
    "{} estava pronta aos {} e {} a assumiu aos {}. Nenhuma outra tarefa foi registrada nesse trabalhador nesse intervalo.",
);
const NOT_TAKEN: Text = Text::new(
    "{} was ready at {}, and by {} no worker had taken it up.",
    "{} estava pronta aos {}, e até os {} nenhum trabalhador a assumiu.",
);
const NO_CORE: Text = Text::new(
    "{} was ready at {}, but its worker {} was on no core until {}. Meanwhile on cores: {}.",
    "{} estava pronta aos {}, mas seu trabalhador {} ficou sem núcleo até os {}. Enquanto isso, em núcleos: {}.",
);
const NO_CORE_ALONE: Text = Text::new(
    "{} was ready at {}, but its worker {} was on no core until {}. No other task of this run was on a core meanwhile.",
    "{} estava pronta aos {}, mas seu trabalhador {} ficou sem núcleo até os {}. Nenhuma outra tarefa desta execução estava em um núcleo.",
);
const PREEMPTED: Text = Text::new(
    "The scheduler took {} off {} at {} and let it go on at {}. Meanwhile that core ran {}.",
    "O escalonador tirou {} do {} aos {} e a deixou continuar aos {}. Enquanto isso esse núcleo executava {}.",
);
const PREEMPTED_ALONE: Text = Text::new(
    "The scheduler took {} off {} at {} and let it go on at {}. No task of this run is recorded on that core meanwhile.",
    "O escalonador tirou {} do {} aos {} e a deixou continuar aos {}. Nenhuma tarefa desta execução foi registrada nesse núcleo nesse intervalo.",
);
const CUT_SHORT: Text = Text::new(
    "{} lost {} at {} before it ran, and had a core again at {}. Meanwhile that core ran {}.",
    "{} perdeu o {} aos {} antes de executar, e teve um núcleo de novo aos {}. Enquanto isso esse núcleo executava {}.",
);
const CUT_SHORT_ALONE: Text = Text::new(
    "{} lost {} at {} before it ran, and had a core again at {}. No task of this run is recorded on that core meanwhile.",
    "{} perdeu o {} aos {} antes de executar, e teve um núcleo de novo aos {}. Nenhuma tarefa desta execução foi registrada nesse núcleo nesse intervalo.",
);
const YIELDED: Text = Text::new(
    "{} let others go first at {} and went on at {}. Meanwhile {} carried {}.",
    "{} deu a vez aos {} e continuou aos {}. Enquanto isso {} levava {}.",
);
const YIELDED_ALONE: Text = Text::new(
    "{} let others go first at {} and went on at {}; nobody is recorded to have used it.",
    "{} deu a vez aos {} e continuou aos {}; ninguém foi registrado usando-a.",
);
const STARTING: Text =
    Text::new("From {} to {} the thread of {} was being made.", "De {} a {}, a thread de {} estava sendo criada.");
const STARTING_PROCESS: Text =
    Text::new("From {} to {} the process of {} was being made.", "De {} a {}, o processo de {} estava sendo criado.");
const SHIPPING: Text = Text::new(
    "From {} to {} the data of {} were copied between processes.",
    "De {} a {}, os dados de {} foram copiados entre processos.",
);
const BLOCKED: Text = Text::new("From {} to {} {} waited for {}.", "De {} a {}, {} esperou {}.");
const BLOCKED_BY: Text =
    Text::new("From {} to {} {} waited for {}, held by {}.", "De {} a {}, {} esperou {}, em posse de {}.");
const BLOCKED_MEANWHILE: Text = Text::new(
    "From {} to {} {} waited for {}. Meanwhile on cores: {}.",
    "De {} a {}, {} esperou {}. Enquanto isso, em núcleos: {}.",
);
const BLOCKED_IN_TURN: Text = Text::new(
    "From {} to {} {} waited for {}, held by {} at first; in the end it was {} that let it go.",
    "De {} a {}, {} esperou {}, no começo em posse de {}; no fim, foi {} que liberou a vez.",
);
const BLOCKED_BY_SOME: Text = Text::new(
    "From {} to {} {} waited for {}, held by {} when it asked. Meanwhile on cores: {}.",
    "De {} a {}, {} esperou {}, em posse de {} quando foi pedido. Enquanto isso, em núcleos: {}.",
);
const IO_HOLDS: Text = Text::new(
    "From {} to {} {} was in IO: nobody worked on it. The call was a blocking one: it held {} all that time.",
    "De {} a {}, {} esteve em IO: ninguém trabalhou nela. A chamada era bloqueante: segurou {} o tempo todo.",
);
const IO_FREES: Text = Text::new(
    "From {} to {} {} was in IO: nobody worked on it. It awaited, so its worker was free for others.",
    "De {} a {}, {} esteve em IO: ninguém trabalhou nela. Usou await, e seu trabalhador ficou livre para outras.",
);
const SWITCHED_TO: Text = Text::new(
    "For {}, from {} on, the core of {} was busy with what switching and waking cost.",
    "Por {}, a partir de {}, o núcleo de {} estava ocupado com o custo de trocar e acordar.",
);
const UNKNOWN: Text = Text::new(
    "{} was ready from {} to {}; no cause was recorded.",
    "{} estava pronta de {} a {}; nenhuma causa foi registrada.",
);
const AND: Text = Text::new(" and ", " e ");
const MORE: Text = Text::new(" and {} more", " e mais {}");
const MORE_THAN: Text = Text::new(" and more than {} more", " e mais de {} outras");
const SOME_WORKER: Text = Text::new("a worker", "um trabalhador");

/// The span to explain: the one that was pointed at, when the task did not run in it; else what came before it; else
/// the longest time the task was held up.
pub fn gap(run: &Run, task: Task, pointed: Option<usize>) -> Option<usize> {
    let (trace, own) = (&run.trace, run.trace.of(task));
    let is_gap = |at: &usize| trace.states()[*at].is_waiting() || trace.states()[*at] == State::Io;
    let length = |at: &usize| trace.ends()[*at] - trace.starts()[*at];
    let pointed = pointed.filter(|at| own.contains(at));
    let before = pointed.and_then(|at| at.checked_sub(1)).filter(|at| own.contains(at));
    // What came before a core was turned to it is the longer story.
    let turned_to = before.filter(|at| trace.causes()[*at] == Cause::Switching);
    let before_that = turned_to.and_then(|at| at.checked_sub(1)).filter(|at| own.contains(at) && is_gap(at));
    let before = before_that.or(before);
    let held_up = own.clone().filter(|at| trace.states()[*at].is_waiting() && length(at).0 > 0);
    pointed.filter(is_gap).or(before.filter(is_gap)).or_else(|| held_up.max_by_key(length))
}

/// The sentence about [`gap`].
pub fn why(run: &Run, meanwhile: &Meanwhile, task: Task, pointed: Option<usize>, lang: Lang) -> Vec<Piece> {
    let own_name = || Fill::Word(task_label(run, task));
    let Some(at) = gap(run, task, pointed) else {
        let end = run.trace.spans_of(task).next_back();
        let never_awaited = end.is_some_and(|end| end.cause == Cause::NeverAwaited);
        return compose(if never_awaited { NEVER_AWAITED } else { NEVER }, lang, vec![own_name()]);
    };
    let (trace, span) = (&run.trace, run.trace.span(at));
    let next = Some(at + 1).filter(|next| trace.of(task).contains(next)).map(|next| trace.span(next));
    if run.shows_order_only() {
        let unknown = || compose(NEVER, lang, vec![own_name()]);
        return order::why(run, meanwhile, &span, lang).unwrap_or_else(unknown);
    }
    let [from, to] = shown_apart(span.start, span.end).map(|time| Fill::Word(lang.figure(time)));
    match (span.state, span.cause) {
        (State::Starting, _) => {
            let is_process = run.choice.plan(run.cores).processes.is_some();
            compose(if is_process { STARTING_PROCESS } else { STARTING }, lang, vec![from, to, own_name()])
        }
        (State::Shipping, _) => compose(SHIPPING, lang, vec![from, to, own_name()]),
        (State::Io, Cause::Blocking) => {
            compose(IO_HOLDS, lang, vec![from, to, own_name(), Fill::Word(worker_name(run, span.worker, lang))])
        }
        (State::Io, _) => compose(IO_FREES, lang, vec![from, to, own_name()]),
        (State::Blocked, cause) => blocked(run, meanwhile, &span, next.as_ref(), cause, lang),
        (_, Cause::Preempted) => {
            let before = trace.of(task).start..at;
            let core = trace.cores()[before.clone()].last().copied().unwrap_or(span.core);
            let has_run = trace.states()[before].contains(&State::Running);
            let others = meanwhile.on_core(trace, core, &span);
            let core = Fill::Word(core_label(core, lang));
            let [among, alone] = if has_run { [PREEMPTED, PREEMPTED_ALONE] } else { [CUT_SHORT, CUT_SHORT_ALONE] };
            with_others(among, alone, lang, vec![own_name(), core, from, to], others)
        }
        (_, Cause::NoCore) => {
            let others = meanwhile.running(trace, &span);
            let worker = Fill::Word(worker_name(run, span.worker, lang));
            with_others(NO_CORE, NO_CORE_ALONE, lang, vec![own_name(), from, worker, to], others)
        }
        (_, Cause::Yielded) => {
            let worker = next.map_or(span.worker, |next| next.worker);
            let others = meanwhile.with_worker(trace, worker, &span);
            if others.tasks.is_empty() {
                return compose(YIELDED_ALONE, lang, vec![own_name(), from, to]);
            }
            let worker = Fill::Word(worker_name(run, worker, lang));
            compose(YIELDED, lang, vec![own_name(), from, to, worker, Fill::Tasks(others)])
        }
        (_, Cause::Queued) => match taken_up(run, task, at) {
            Some(next) => {
                let others = meanwhile.with_worker(trace, next.worker, &span);
                let worker = Fill::Word(worker_name(run, next.worker, lang));
                with_others(QUEUED, QUEUED_ALONE, lang, vec![own_name(), from, worker, to], others)
            }
            None => compose(NOT_TAKEN, lang, vec![own_name(), from, to]),
        },
        (_, Cause::Switching) => {
            compose(SWITCHED_TO, lang, vec![Fill::Word(lang.figure(span.length())), from, own_name()])
        }
        _ => compose(UNKNOWN, lang, vec![own_name(), from, to]),
    }
}

/// The span in which a worker took the task up that had waited in `at`; a worker may have to be switched to first.
fn taken_up(run: &Run, task: Task, at: usize) -> Option<Span> {
    let after = (at + 1..run.trace.of(task).end).map(|after| run.trace.span(after));
    after.into_iter().find(|span| span.cause != Cause::Switching).filter(|span| span.state == State::Running)
}

/// Who held what it waited for when it asked is recorded, and who gave it away in the end. The interpreter lock goes
/// from hand to hand meanwhile: there, who ran tells more.
fn blocked(run: &Run, meanwhile: &Meanwhile, span: &Span, next: Option<&Span>, cause: Cause, lang: Lang) -> Vec<Piece> {
    let [from, to] = shown_apart(span.start, span.end).map(|time| lang.figure(time));
    let mut fills: Vec<Fill> =
        [from, to, task_label(run, span.task), awaited(run, span, cause, lang)].into_iter().map(Fill::Word).collect();
    let holder = span.peer.as_task();
    fills.extend(holder.map(|holder| Fill::Tasks(only(holder))));
    if cause == Cause::Gil {
        let others = meanwhile.running(&run.trace, span);
        if others.tasks.iter().any(|task| Some(*task) != holder) {
            fills.push(Fill::Tasks(others));
            return compose(if holder.is_some() { BLOCKED_BY_SOME } else { BLOCKED_MEANWHILE }, lang, fills);
        }
    }
    let giver = next.and_then(|next| next.peer.as_task()).filter(|_| cause != Cause::Gil);
    match (holder, giver) {
        (None, _) => compose(BLOCKED, lang, fills),
        (Some(holder), Some(giver)) if giver != holder => {
            fills.push(Fill::Tasks(only(giver)));
            compose(BLOCKED_IN_TURN, lang, fills)
        }
        (Some(_), _) => compose(BLOCKED_BY, lang, fills),
    }
}

pub(super) fn only(task: Task) -> Others {
    Others { tasks: vec![task], is_all: true }
}

/// What the task waited for, by its name where it has one.
pub(super) fn awaited(run: &Run, span: &Span, cause: Cause, lang: Lang) -> String {
    let named = match cause {
        Cause::Lock => Text::new("the lock {}", "o lock {}"),
        Cause::Channel => Text::new("something in the channel {}", "algo no canal {}"),
        Cause::ChannelFull => Text::new("room in the channel {}", "espaço no canal {}"),
        Cause::Barrier => Text::new("the barrier {}", "a barreira {}"),
        _ => return cause.label().get(lang).to_owned(),
    };
    let name = span.resource.get().and_then(|resource| run.resources.get(resource));
    name.map_or_else(|| cause.label().get(lang).to_owned(), |name| named.fill(lang, &[name]))
}

fn worker_name(run: &Run, worker: Worker, lang: Lang) -> String {
    let known = worker.get().and_then(|worker| run.workers.get(worker));
    known.map_or_else(|| SOME_WORKER.get(lang).to_owned(), |worker| worker.name.clone())
}

/// What a `{}` of a sentence becomes.
pub(super) enum Fill {
    Word(String),
    Tasks(Others),
}

fn with_others(some: Text, none: Text, lang: Lang, mut words: Vec<Fill>, others: Others) -> Vec<Piece> {
    if others.tasks.is_empty() {
        return compose(none, lang, words);
    }
    words.push(Fill::Tasks(others));
    compose(some, lang, words)
}

pub(super) fn compose(sentence: Text, lang: Lang, fills: Vec<Fill>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut fills = fills.into_iter();
    for (number, text) in sentence.get(lang).split("{}").enumerate() {
        if number > 0 {
            match fills.next() {
                Some(Fill::Word(word)) => say(&mut pieces, &word),
                Some(Fill::Tasks(others)) => list(&mut pieces, &others, lang),
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
fn list(pieces: &mut Vec<Piece>, Others { tasks, is_all }: &Others, lang: Lang) {
    const NAMED_MAX: usize = 4;
    let named = &tasks[..tasks.len().min(NAMED_MAX)];
    let more = tasks.len() - named.len();
    for (at, task) in named.iter().enumerate() {
        if at > 0 {
            let last = at + 1 == named.len() && more == 0 && *is_all;
            say(pieces, if last { AND.get(lang) } else { ", " });
        }
        pieces.push(Piece::Task(*task));
    }
    match (more, is_all) {
        (0, true) => {}
        (_, true) => say(pieces, &MORE.fill(lang, &[&more])),
        (_, false) => say(pieces, &MORE_THAN.fill(lang, &[&more])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tasks: &[u32], is_all: bool) -> String {
        let mut pieces = vec![];
        let tasks = tasks.iter().map(|task| Task(*task)).collect();
        list(&mut pieces, &Others { tasks, is_all }, Lang::En);
        let word = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Task(task) => task.0.to_string(),
        };
        pieces.iter().map(word).collect()
    }

    #[test]
    fn lists_are_sentences() {
        assert_eq!(text(&[1], true), "1");
        assert_eq!(text(&[1, 2], true), "1 and 2");
        assert_eq!(text(&[1, 2, 3, 4], true), "1, 2, 3 and 4");
        assert_eq!(text(&[1, 2, 3, 4, 5, 6], true), "1, 2, 3, 4 and 2 more");
        assert_eq!(text(&[1, 2, 3, 4, 5, 6], false), "1, 2, 3, 4 and more than 2 more");
    }
}
