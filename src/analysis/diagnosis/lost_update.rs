//! Updates of shared variables that were overwritten by tasks which had read an older value.
//!
//! Exact, or silent: a task's program says by how much it raises a variable when nobody comes in between. Where all
//! tasks that store there are done, and each only stores what it loaded there plus what it added, the variable must
//! end at its initial value plus all of that.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::words::Sentence;
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::scenario::check::any_step;
use crate::scenario::program::Program;
use crate::scenario::{Group, Step};
use crate::trace::{Run, State, Task};

pub(super) static RULE: Rule =
    Rule {
        id: "lost-update", title: Text::new("Lost updates", "Atualizações perdidas"), weight: Weight::Wrong, find
    };

/// Longer programs are not followed.
const STEPS_MAX: usize = 1_000_000;

/// What one task of a group does to a variable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Change {
    total: i64,
    stores: i64,
    /// What each of its stores adds, while that is the same.
    each: Option<i64>,
}

/// What became of the updates of one variable.
struct Tally<'a> {
    name: &'a str,
    found: i64,
    expected: i64,
    /// How many stores there were.
    stores: i64,
    /// What each of them added, if all added the same, and something.
    each: Option<i64>,
    tasks: Vec<Task>,
}

impl Tally<'_> {
    /// How many updates are missing at the end.
    fn missing(&self) -> Option<i64> {
        Some(self.expected.saturating_sub(self.found) / self.each?)
    }
}

/// The share of all updates of shared variables that are missing at the end; `None` where that cannot be told.
pub fn lost_share(run: &Run) -> Option<f64> {
    missing_share(&tallies(run))
}

/// The share of all updates of shared variables that can be found in them at the end, where everybody can read them:
/// what was stored into another process's copy is not there. `None` where that cannot be told.
pub fn kept_share(run: &Run) -> Option<f64> {
    missing_share(&tallies_of_all(run)).map(|missing| 1.0 - missing)
}

fn missing_share(tallies: &[Tally<'_>]) -> Option<f64> {
    let missing: i64 = tallies.iter().map(Tally::missing).sum::<Option<i64>>()?;
    let stores: i64 = tallies.iter().map(|tally| tally.stores).sum();
    (stores > 0).then(|| missing as f64 / stores as f64)
}

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let tally = tallies(evidence.run).into_iter().find(|tally| tally.found != tally.expected)?;
    let Tally { name, found, expected, stores, .. } = tally;
    let text = match tally.missing().filter(|missing| *missing > 0) {
        Some(missing) => Sentence::fill(
            Text::new(
                "{} ended at {}, not at {}: {} of {} updates were lost, overwritten by tasks that had read an older value. A lock around load and store keeps them all.",
                "{} terminou em {}, não em {}: {} de {} atualizações se perderam, sobrescritas por tarefas que tinham lido um valor mais antigo. Um lock em volta de ler e gravar preserva todas.",
            ),
            &[&name, &found, &expected, &missing, &stores],
        ),
        None => Sentence::fill(
            Text::new(
                "{} ended at {}, not at {}: some of {} updates were overwritten by tasks that had read an older value. A lock around load and store keeps them all.",
                "{} terminou em {}, não em {}: parte de {} atualizações foi sobrescrita por tarefas que tinham lido um valor mais antigo. Um lock em volta de ler e gravar preserva todas.",
            ),
            &[&name, &found, &expected, &stores],
        ),
    };
    Some(Finding { text, tasks: tally.tasks })
}

/// The variables of which it can be told, in the run's order.
fn tallies(run: &Run) -> Vec<Tally<'_>> {
    // Worker processes have copies of their own: what they stored there is not lost, and was never here.
    if run.choice.plan(run.cores).processes.is_some() {
        return Vec::new();
    }
    tallies_of_all(run)
}

fn tallies_of_all(run: &Run) -> Vec<Tally<'_>> {
    let changes: Vec<Option<BTreeMap<&str, Change>>> = run.scenario.groups.iter().map(changes).collect();
    run.variables.iter().filter_map(|(name, found)| tally(run, &changes, name, *found)).collect()
}

fn tally<'a>(run: &Run, changes: &[Option<BTreeMap<&str, Change>>], name: &'a str, found: i64) -> Option<Tally<'a>> {
    let declared = run.scenario.variables.iter().find(|variable| variable.name == name);
    let expected = declared.map_or(0, |variable| variable.initial);
    let mut tally = Tally { name, found, expected, stores: 0, each: None, tasks: vec![] };
    let mut first = 0;
    for (group, changes) in run.scenario.groups.iter().zip(changes) {
        let own = first..first + group.count;
        first = own.end;
        if !any_step(&group.steps, &|step| matches!(step, Step::Store(other) if other == name)) {
            continue;
        }
        let change = changes.as_ref()?.get(name)?;
        let is_done =
            |task: u32| run.trace.spans_of(Task(task)).next_back().is_some_and(|end| end.state == State::Done);
        if !own.clone().all(is_done) {
            return None;
        }
        let count = i64::from(group.count);
        tally.expected = tally.expected.checked_add(change.total.checked_mul(count)?)?;
        tally.stores = tally.stores.checked_add(change.stores.checked_mul(count)?)?;
        let each = change.each.filter(|each| *each != 0);
        tally.each = if tally.tasks.is_empty() || tally.each == each { each } else { None };
        tally.tasks.extend(own.map(Task));
    }
    (!tally.tasks.is_empty()).then_some(tally)
}

/// By how much one task of the group raises each variable, were it alone; `None` when that cannot be told. Variables
/// into which it stores anything else are left out.
fn changes(group: &Group) -> Option<BTreeMap<&str, Change>> {
    let program = Program::new(&group.steps);
    let mut changes: BTreeMap<&str, Change> = BTreeMap::new();
    let mut untold: Vec<&str> = Vec::new();
    // The register as that much more than a variable is now.
    let mut register: Option<(&str, i64)> = None;
    for (at, (step, _)) in program.start(0, 0, 0).enumerate() {
        if at >= STEPS_MAX {
            return None;
        }
        match step {
            Step::Load(name) => register = Some((own_name(group, name)?, 0)),
            Step::Add(amount) => register = register.map(|(name, more)| (name, more.wrapping_add(*amount))),
            Step::Store(name) => match register {
                Some((loaded, more)) if loaded == name => {
                    let change = changes.entry(loaded).or_default();
                    change.each = if change.stores == 0 || change.each == Some(more) { Some(more) } else { None };
                    change.total = change.total.checked_add(more)?;
                    change.stores += 1;
                    register = Some((loaded, 0));
                }
                _ => untold.extend(own_name(group, name)),
            },
            _ => {}
        }
    }
    changes.retain(|name, _| !untold.contains(name));
    Some(changes)
}

/// The name as the group's steps hold it: it outlives the program made of them.
fn own_name<'a>(group: &'a Group, name: &str) -> Option<&'a str> {
    fn among<'a>(steps: &'a [Step], name: &str) -> Option<&'a str> {
        steps.iter().find_map(|step| match step {
            Step::Load(own) | Step::Store(own) if own == name => Some(own.as_str()),
            Step::Repeat { steps, .. } => among(steps, name),
            _ => None,
        })
    }
    among(&group.steps, name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::Cause;

    fn story(steps: &str, ends: [State; 2], x: i64) -> Story {
        story_of("threads", steps, ends, x)
    }

    fn story_of(model: &str, steps: &str, ends: [State; 2], x: i64) -> Story {
        let scenario = "HEAD\n[variables.x]\ninitial = 5\n[[task]]\nname = \"clerk\"\ncount = 2\nsteps = [STEPS]";
        let mut story = Story::of(model, &scenario.replace("STEPS", steps));
        for (task, end) in (0..).zip(ends) {
            story.at(0, task, State::Running, Cause::None).at(1, task, end, Cause::None);
        }
        story.variables = vec![("x".into(), x)];
        story
    }

    const TEN_TIMES: &str = r#"{ repeat = 10, steps = [{ load = "x" }, { add = 3 }, { store = "x" }] }"#;
    const DONE: [State; 2] = [State::Done, State::Done];

    #[test]
    fn what_is_missing_at_the_end_was_lost() {
        let found = story(TEN_TIMES, DONE, 53).finds("lost-update").unwrap();
        assert_eq!(
            found.text.get(Lang::En),
            "x ended at 53, not at 65: 4 of 20 updates were lost, overwritten by tasks that had read an older value. \
             A lock around load and store keeps them all."
        );
        assert_eq!(found.tasks, [Task(0), Task(1)]);
        assert_eq!(lost_share(&story(TEN_TIMES, DONE, 53).run()), Some(0.2));
        assert_eq!(lost_share(&story(TEN_TIMES, DONE, 65).run()), Some(0.0));
    }

    #[test]
    fn silent_when_nothing_is_missing_or_nothing_can_be_told() {
        let check = |steps: &str, ends: [State; 2], x: i64| {
            assert_eq!(story(steps, ends, x).finds("lost-update"), None, "{steps} {x}");
        };
        check(TEN_TIMES, DONE, 65);
        check(TEN_TIMES, [State::Done, State::Failed], 53);
        check(r#"{ load = "x" }, { add = 1 }, { store = "x" }, { add = 1 }, { store = "x" }"#, DONE, 9);
        check(r#"{ add = 1 }, { store = "x" }"#, DONE, 1);
        check(r#"{ load = "y" }, { add = 1 }, { store = "x" }"#, DONE, 1);
    }

    #[test]
    fn silent_where_every_process_has_a_copy() {
        let copies = story_of("processes", TEN_TIMES, DONE, 5);
        assert_eq!(copies.finds("lost-update"), None);
        assert_eq!(lost_share(&copies.run()), None);
        assert_eq!(kept_share(&copies.run()), Some(0.0), "nobody wrote where all can read");
        assert_eq!(kept_share(&story(TEN_TIMES, DONE, 53).run()), Some(0.8));
    }
}
