//! What a run shows, in words: each diagnosis is a rule in a file of its own and a line in `RULES`. Reports, exports
//! and the window show what [`diagnose`] finds.
//!
//! Invariant: a rule speaks of recorded edges only (who waited for what, who held it, who woke whom, what stood idle),
//! never of what a model is known for; where the evidence does not decide, it is silent. Each rule is tested where it
//! speaks and where it must not.

mod blocked_event_loop;
mod blocking_pool_exhausted;
mod deadlock;
mod evidence;
mod gil_bound;
mod idle_cores;
mod left_idle;
mod lock_contention;
mod lost_update;
mod lost_wake_up;
mod never_awaited;
mod noisy_machine;
mod oversubscribed;
mod pool_too_small;
mod priority_inversion;
mod rejected_work;
mod shipping_dominates;
mod start_up_dominates;
mod straggler;
mod stretches;
mod stuck;
#[cfg(test)]
pub(crate) mod testing;
mod timer_granularity;
mod words;

use evidence::Evidence;
pub use lost_update::{kept_share, lost_share};
pub use words::Sentence;

use crate::lang::Text;
use crate::trace::{Run, State, Status, Task};

/// Every rule, in the order in which their findings are told: what went wrong, then what was lost, then the machine.
static RULES: [&Rule; 18] = [
    &deadlock::RULE,
    &lost_wake_up::RULE,
    &lost_update::RULE,
    &never_awaited::RULE,
    &rejected_work::RULE,
    &blocked_event_loop::RULE,
    &gil_bound::RULE,
    &pool_too_small::RULE,
    &blocking_pool_exhausted::RULE,
    &lock_contention::RULE,
    &priority_inversion::RULE,
    &start_up_dominates::RULE,
    &shipping_dominates::RULE,
    &oversubscribed::RULE,
    &straggler::RULE,
    &idle_cores::RULE,
    &timer_granularity::RULE,
    &noisy_machine::RULE,
];

/// Something that happened and is worth a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// A word of the contract.
    pub id: &'static str,
    /// Two or three words.
    pub title: Text,
    pub weight: Weight,
    pub text: Sentence,
    /// Whom it happened to, in scenario order.
    pub tasks: Vec<Task>,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The run did not do what it was asked to.
    Wrong,
    /// It did, and time was lost.
    Slow,
    /// It concerns the measurement.
    Note,
}

/// One thing to look for.
struct Rule {
    id: &'static str,
    title: Text,
    weight: Weight,
    find: fn(&Evidence<'_>) -> Option<Finding>,
}

struct Finding {
    text: Sentence,
    tasks: Vec<Task>,
}

/// What to call a task in a sentence: names differ between files, where they are one word, and pictures.
pub type NameOf = fn(&Run, Task) -> String;

/// All that can be said of a finished run, with the names that files use: [`Run::task_name`]. A run that was stopped,
/// or of whose events some were dropped, proves nothing; one that only shows an order proves what went wrong, not what
/// was slow.
pub fn diagnose(run: &Run) -> Vec<Diagnosis> {
    diagnose_naming(run, Run::task_name)
}

/// The same with tasks called as they are called beside the sentences.
pub fn diagnose_naming(run: &Run, name_of: NameOf) -> Vec<Diagnosis> {
    diagnose_while(run, name_of, &|| true).expect("wanted to the end")
}

/// The same for somebody who may not want it any more: of millions of events it takes seconds. Then there is nothing.
pub fn diagnose_while(run: &Run, name_of: NameOf, wanted: &dyn Fn() -> bool) -> Option<Vec<Diagnosis>> {
    if run.status != Status::Finished || run.account.dropped() > 0 {
        return Some(vec![]);
    }
    let evidence = Evidence::of(run, name_of);
    let mut found = Vec::new();
    let applies = |rule: &&&Rule| rule.weight == Weight::Wrong || !run.shows_order_only();
    for rule in RULES.iter().filter(applies) {
        if !wanted() {
            return None;
        }
        let diagnosis = |Finding { text, tasks }| {
            let Rule { id, title, weight, .. } = **rule;
            Diagnosis { id, title, weight, text, tasks }
        };
        found.extend((rule.find)(&evidence).map(diagnosis));
    }
    Some(found)
}

/// The circle of a deadlock, if the run ended in one: each task waits for the next, the last for the first.
pub fn circle(run: &Run) -> Vec<Task> {
    let is_stuck =
        |task: u32| run.trace.spans_of(Task(task)).next_back().is_some_and(|end| end.state == State::Deadlocked);
    if run.status != Status::Finished || run.account.dropped() > 0 || !(0..run.trace.tasks()).any(is_stuck) {
        return vec![];
    }
    stuck::Stuck::of(&Evidence::of(run, Run::task_name)).circle().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::Cause;

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
    }

    #[test]
    fn a_smooth_run_says_nothing() {
        let mut story =
            Story::of("thread-pool", "HEAD [[task]]\nname = \"egg\"\ncount = 2\nsteps = [{ cpu = \"9ms\" }]");
        for task in 0..2 {
            story.at(0, task, State::Ready, Cause::Queued).at(1, task, State::Running, Cause::None);
            story.at(10, task, State::Done, Cause::None);
        }
        assert_eq!(diagnose(&story.run()), []);
    }

    #[test]
    fn tasks_are_called_what_the_reader_calls_them() {
        let run = testing::two_locks().run();
        let found = diagnose_naming(&run, |run, task| run.task_name(task).to_uppercase());
        assert!(found[0].text.get(Lang::En).starts_with("ANA holds pan and waits for oven, which BIA holds"));
    }

    #[test]
    fn what_was_stopped_or_has_holes_proves_nothing() {
        let mut run = testing::two_locks().run();
        assert_eq!(diagnose(&run).len(), 1);
        assert_eq!(circle(&run), [Task(0), Task(1)]);
        run.account.recorded += 1;
        assert_eq!(diagnose(&run), []);
        run.account.recorded -= 1;
        run.status = Status::Cancelled;
        assert_eq!(diagnose(&run), []);
    }
}
