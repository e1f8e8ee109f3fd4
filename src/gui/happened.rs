//! What became of tasks at an instant, in words: who came, waits, goes on or ended. The replay says it where nobody was
//! chosen. A cause is told as the picture has it at that instant: of a task that is ready while a core stands idle, nobody
//! says that there is none.

use std::collections::BTreeSet;

use super::words::instant;
use crate::chart::lanes::task_label;
use crate::lang::{Lang, Text};
use crate::model::{WhileInIo, Workers};
use crate::simulate::Decision;
use crate::time::Nanos;
use crate::trace::{Cause, Run, State, Task};

const MORE: Text = Text::new("{} · and {} more.", "{} · e mais {}.");
const NOBODY_CHOSEN: Text = Text::new("{} Nobody is chosen.", "{} Ninguém é escolhido.");
const CHOSEN_BEFORE: Text = Text::new("chosen {} before", "escolhida {} antes");
/// Its worker may be waking up, or the core be turned to it.
const NOT_ON_CORE: Text = Text::new("its worker is not on a core yet", "seu trabalhador ainda não está em um núcleo");
/// A worker may be waking up, or be at what its pool costs.
const NOT_TAKEN_UP: Text = Text::new("no worker has taken it up yet", "nenhum trabalhador a pegou ainda");
const NOT_TAKEN_UP_BY_LOOP: Text = Text::new("the loop has not taken it up yet", "o loop ainda não a pegou");

/// `None` where nothing happened in that run. Whether anybody was chosen is known of a run with `decisions` alone.
pub fn happened(run: &Run, decisions: &[Decision], now: Nanos, lang: Lang) -> Option<String> {
    const TOLD_MAX: usize = 3;
    let trace = &run.trace;
    let mut goes_on = false;
    let mut begun = begun(run, now);
    let told = begun.by_ref().take(TOLD_MAX).map(|at| {
        goes_on |= trace.states()[at] == State::Running || trace.causes()[at] == Cause::Switching;
        let what = trace.states()[at].label().get(lang);
        let name = task_label(run, trace.task_of(at));
        match why(run, decisions, at, lang) {
            Some(why) => format!("{name}: {what}, {why}"),
            None => format!("{name}: {what}"),
        }
    });
    let told = told.collect::<Vec<_>>().join(" · ");
    if told.is_empty() {
        return None;
    }
    let told = match begun.count() {
        0 => format!("{told}."),
        more => MORE.fill(lang, &[&told, &more]),
    };
    let silent = decisions.is_empty() || goes_on || is_choice_near(decisions, now, lang);
    Some(if silent { told } else { NOBODY_CHOSEN.fill(lang, &[&told]) })
}

/// The spans that begin then. What was over at the same instant was nobody's state.
pub fn begun(run: &Run, now: Nanos) -> impl Iterator<Item = usize> {
    let trace = &run.trace;
    let lasts = move |at: &usize| trace.ends()[*at] > now || trace.states()[*at].is_end();
    let of_task = move |task: u32| {
        let own = trace.of(Task(task));
        let from = own.start + trace.starts()[own.clone()].partition_point(|start| *start < now);
        (from..own.end).take_while(move |at| trace.starts()[*at] == now)
    };
    (0..trace.tasks()).flat_map(of_task).filter(lasts).filter(move |at| trace.states()[*at] != State::New)
}

/// Another instant that is written the same had a choice: that nobody was chosen would contradict it.
fn is_choice_near(decisions: &[Decision], now: Nanos, lang: Lang) -> bool {
    let after = decisions.partition_point(|decision| decision.time <= now);
    let near = [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|at| decisions.get(at));
    near.map(|decision| instant(decision.time, lang)).any(|shown| shown == instant(now, lang))
}

/// Why the task is in the state that begins there.
fn why(run: &Run, decisions: &[Decision], at: usize, lang: Lang) -> Option<String> {
    let trace = &run.trace;
    let now = trace.starts()[at];
    let cause = trace.causes()[at];
    let words = match (trace.states()[at], cause) {
        (State::Running, Cause::None) => {
            let ago = now - chosen(run, decisions, at)?.time;
            return Some(CHOSEN_BEFORE.fill(lang, &[&lang.figure(ago)]));
        }
        (State::Ready, Cause::NoCore) if has_idle_core(run, now) => NOT_ON_CORE,
        (State::Ready, Cause::Queued) if !is_every_worker_held(run, now) => {
            let plan = run.choice.plan(run.cores);
            let is_loop = plan.on_main && plan.io == WhileInIo::FreesWorker;
            if is_loop { NOT_TAKEN_UP_BY_LOOP } else { NOT_TAKEN_UP }
        }
        _ => cause.label(),
    };
    Some(words.get(lang).to_owned()).filter(|words| !words.is_empty())
}

/// The choice by which a task runs: one since it began to be ready, before what it costs to go on.
fn chosen<'a>(run: &Run, decisions: &'a [Decision], at: usize) -> Option<&'a Decision> {
    let trace = &run.trace;
    let (task, now) = (trace.task_of(at), trace.starts()[at]);
    let before = at.checked_sub(1).filter(|before| trace.of(task).contains(before))?;
    let since = trace.starts()[before];
    let until = decisions.partition_point(|decision| decision.time < now);
    let recent = decisions[..until].iter().rev().take_while(|decision| decision.time >= since);
    recent.into_iter().find(|decision| decision.task == task)
}

/// The spans that `now` is in, of every task that has one.
pub fn present(run: &Run, now: Nanos) -> impl Iterator<Item = usize> {
    let trace = &run.trace;
    let of_task = move |task: u32| {
        let own = trace.of(Task(task));
        let begun = trace.starts()[own.clone()].partition_point(|start| *start <= now);
        Some(own.start + begun.checked_sub(1)?)
    };
    (0..trace.tasks()).filter_map(of_task).filter(move |at| trace.ends()[*at] > now)
}

fn has_idle_core(run: &Run, now: Nanos) -> bool {
    let trace = &run.trace;
    let running = || present(run, now).filter(|at| trace.states()[*at] == State::Running);
    let known: BTreeSet<usize> = running().filter_map(|at| trace.cores()[at].get()).collect();
    let unknown = running().filter(|at| trace.cores()[*at].get().is_none()).count();
    known.len() + unknown < run.cores as usize
}

/// As far as that is to be seen: who is at it beside the workers is not told apart from them.
fn is_every_worker_held(run: &Run, now: Nanos) -> bool {
    let plan = run.choice.plan(run.cores);
    let (Workers::Fixed(workers) | Workers::Split(workers)) = plan.workers else { return false };
    if plan.offload.is_some() {
        return false;
    }
    let trace = &run.trace;
    let holds = |at: &usize| match (trace.states()[*at], trace.causes()[*at]) {
        (State::Running, _) | (State::Io, Cause::Blocking) => true,
        (State::Ready, cause) => matches!(cause, Cause::NoCore | Cause::Preempted | Cause::Switching),
        (State::Blocked, _) => plan.io == WhileInIo::HoldsWorker,
        _ => false,
    };
    let held: BTreeSet<usize> = present(run, now).filter(holds).filter_map(|at| trace.workers()[at].get()).collect();
    held.len() >= workers as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Imagined;
    use crate::gui::testing::{DISHES, imagined};

    /// What is said of every instant of a run under that model on so many cores.
    fn said(model: &str, cores: u32, lang: Lang) -> Vec<(Nanos, String)> {
        said_of(&imagined(DISHES, model, cores), lang)
    }

    fn said_of(imagined: &Imagined, lang: Lang) -> Vec<(Nanos, String)> {
        let run = &imagined.run;
        let mut instants = run.trace.starts().to_vec();
        instants.sort_unstable();
        instants.dedup();
        let told = |now: &Nanos| Some((*now, happened(run, &imagined.decisions, *now, lang)?));
        instants.iter().filter_map(told).collect()
    }

    fn has(said: &[(Nanos, String)], part: &str) -> bool {
        said.iter().any(|(_, text)| text.contains(part))
    }

    #[test]
    fn a_loop_that_runs_nothing_is_not_said_to_be_taken() {
        let all = said("event-loop", 1, Lang::En);
        assert!(has(&all, "ready, the loop has not taken it up yet"), "{all:#?}");
        assert!(has(&said("event-loop", 1, Lang::PtBr), "pronta, o loop ainda não a pegou"));
        assert!(!has(&all, "no worker is free"), "{all:#?}");
        let behind = "[[task]]\nname = \"egg\"\nsteps = [{ io = \"10ms\" }, { cpu = \"5ms\" }]\n\
            [[task]]\nname = \"long\"\nsteps = [{ cpu = \"50ms\" }]\n";
        let all = said_of(&imagined(behind, "event-loop", 1), Lang::En);
        assert!(has(&all, "egg: ready, no worker is free"), "{all:#?}");
    }

    #[test]
    fn nobody_lacks_a_core_while_one_is_idle() {
        let all = said("threads", 4, Lang::En);
        assert!(has(&all, "ready, its worker is not on a core yet"), "{all:#?}");
        assert!(!has(&all, "has no core"), "{all:#?}");
        assert!(has(&said("threads", 1, Lang::En), "ready, its worker has no core"));
    }

    #[test]
    fn who_goes_on_was_chosen_before_and_nobody_says_otherwise() {
        for (model, cores) in [("event-loop", 1), ("threads", 1), ("thread-pool", 2)] {
            let imagined = imagined(DISHES, model, cores);
            let choices: BTreeSet<String> =
                imagined.decisions.iter().map(|decision| instant(decision.time, Lang::En)).collect();
            let all = said(model, cores, Lang::En);
            assert!(has(&all, "running, chosen "), "{model}: {all:#?}");
            for (now, text) in all.iter().filter(|(_, text)| text.contains("Nobody is chosen")) {
                assert!(!text.contains("running") && !choices.contains(&instant(*now, Lang::En)), "{model}: {text}");
            }
        }
    }

    #[test]
    fn who_is_not_named_is_counted() {
        let dishes = DISHES.replace("count = 4", "count = 8");
        let all = said_of(&imagined(&dishes, "threads", 8), Lang::En);
        let more = |(_, text): &&(Nanos, String)| text.contains(" · and ") && text.contains(" more.");
        let (_, text) = all.iter().find(more).unwrap_or_else(|| panic!("{all:#?}"));
        assert_eq!(text.matches(" · ").count(), 3, "{text}");
    }

    #[test]
    fn of_a_measured_run_nobody_knows_who_was_chosen() {
        let run = imagined(DISHES, "threads", 1).run;
        let all = run.trace.starts().iter().filter_map(|now| happened(&run, &[], *now, Lang::En));
        assert!(all.clone().count() > 0 && !all.into_iter().any(|text| text.contains("chosen")));
    }
}
