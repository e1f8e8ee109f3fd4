//! The same scenario with one thing otherwise: a lock around everything shared, or smaller so that it can be explored.
//! Each gives the workload alone back, without variants and lesson, which speak of the other one.

use super::program::meets_others;
use crate::scenario::check::any_step;
use crate::scenario::fault::Fault;
use crate::scenario::{Group, Scenario, Step};

/// A name for the lock that is put in.
const LOCK: &str = "guard";

/// With one lock around what each group does to variables and locks, from the first such step to the last: inside of
/// a `repeat` where that holds all of them. `None` where there is nothing to guard.
pub fn guarded(scenario: &Scenario) -> Option<Scenario> {
    let mut edited = alone(scenario);
    let lock = free_name(scenario);
    let mut changed = false;
    for group in &mut edited.groups {
        changed |= guard(&mut group.steps, &lock);
    }
    edited.check().ok().filter(|_| changed)
}

/// With at most so many tasks in each group, and at most so many rounds of each `repeat`.
///
/// # Errors
/// The faults of the scenario made so small: with no tasks, or no rounds.
pub fn smaller(scenario: &Scenario, tasks_max: u32, rounds_max: u32) -> Result<Scenario, Vec<Fault>> {
    let mut edited = alone(scenario);
    for Group { count, steps, .. } in &mut edited.groups {
        *count = (*count).min(tasks_max);
        fewer_rounds(steps, rounds_max);
    }
    edited.check()
}

fn alone(scenario: &Scenario) -> Scenario {
    let mut edited = scenario.clone();
    edited.variants.clear();
    edited.lesson = None;
    for texts in edited.texts.values_mut() {
        (texts.expect, texts.explain, texts.claim) = (None, None, None);
        texts.choices.clear();
        texts.variants.clear();
    }
    edited
}

fn guard(steps: &mut Vec<Step>, lock: &str) -> bool {
    let is_risky = |step: &Step| match step {
        Step::Repeat { steps, .. } => any_step(steps, &touches),
        step => touches(step),
    };
    let (Some(first), Some(last)) = (steps.iter().position(is_risky), steps.iter().rposition(is_risky)) else {
        return false;
    };
    if first == last
        && let Step::Repeat { steps, .. } = &mut steps[first]
    {
        return guard(steps, lock);
    }
    steps.insert(last + 1, Step::Unlock(lock.to_owned()));
    steps.insert(first, Step::Lock(lock.to_owned()));
    true
}

/// Steps that a lock can keep apart from those of others.
fn touches(step: &Step) -> bool {
    meets_others(step) && !matches!(step, Step::Send(_) | Step::Receive(_) | Step::Barrier(_))
}

fn free_name(scenario: &Scenario) -> String {
    let is_taken = |name: &str| {
        scenario.locks.iter().any(|lock| lock.name == name)
            || scenario
                .groups
                .iter()
                .any(|group| any_step(&group.steps, &|step| matches!(step, Step::Lock(other) if other == name)))
    };
    let numbered = (2..).map(|number| format!("{LOCK}-{number}"));
    std::iter::once(LOCK.to_owned()).chain(numbered).find(|name| !is_taken(name)).expect("numbers do not end")
}

fn fewer_rounds(steps: &mut [Step], rounds_max: u32) {
    for step in steps {
        if let Step::Repeat { count, steps } = step {
            *count = (*count).min(rounds_max);
            fewer_rounds(steps, rounds_max);
        }
    }
}
