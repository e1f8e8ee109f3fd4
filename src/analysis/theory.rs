//! What no machine can beat: bounds on a run that follow from its scenario alone.
//!
//! Graham 1966: with C cores the makespan is at least the total work / C, and at least the longest chain of tasks
//! that must follow one another.

use crate::scenario::program::{self, Demand, Program};
use crate::scenario::{Scenario, Step, draw};
use crate::time::Nanos;
use crate::trace::Run;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theory {
    /// All CPU time asked for / cores.
    pub work_over_cores: Nanos,
    /// CPU time and IO of the longest single task.
    pub longest_task: Nanos,
    /// The larger of `work_over_cores` and the longest chain of arrivals and `after`, counted from the first arrival.
    pub lower_bound: Nanos,
}

/// More steps than this are not added up: it would take longer than anybody waits for a bound.
const STEPS_MAX: u64 = 2_000_000;

/// The bounds of what a run was asked to do; `None` also where its times are to be held against nothing.
pub fn of_run(run: &Run) -> Option<Theory> {
    if run.shows_order_only() { None } else { theory(&run.scenario, run.seed, run.cores) }
}

/// The bounds of `scenario` with its draws for `seed`; `None` where there are too many steps to add up.
pub fn theory(scenario: &Scenario, seed: u64, cores: u32) -> Option<Theory> {
    let steps = scenario.groups.iter().map(|group| u64::from(group.count).saturating_mul(expanded(&group.steps)));
    (steps.fold(0, u64::saturating_add) <= STEPS_MAX).then(|| bounds(scenario, seed, cores))
}

/// How many steps these are with every `repeat` multiplied out.
fn expanded(steps: &[Step]) -> u64 {
    let length = |step: &Step| match step {
        Step::Repeat { count, steps } => u64::from(*count).saturating_mul(expanded(steps)),
        _ => 1,
    };
    steps.iter().map(length).fold(0, u64::saturating_add)
}

fn bounds(scenario: &Scenario, seed: u64, cores: u32) -> Theory {
    let mut work = Nanos::ZERO;
    let mut longest_task = Nanos::ZERO;
    let mut first_arrival = Nanos::MAX;
    let mut last_finish = Nanos::ZERO;
    let mut ends: Vec<Option<GroupEnd>> = vec![None; scenario.groups.len()];
    for at in in_after_order(scenario) {
        let group = &scenario.groups[at];
        let before = group.after.iter().filter_map(|prior| ends[*prior]).fold(GroupEnd::default(), GroupEnd::and);
        let mut end = GroupEnd { finish: before.finish, all_done: before.all_done };
        let program = Program::new(&group.steps);
        let number = u32::try_from(at).expect("groups are bounded by the expanded steps");
        for (index, own) in (0..).zip(draw::arrivals(group, number, seed)) {
            let arrival = own.max(before.finish);
            first_arrival = first_arrival.min(arrival);
            // A task that comes after one that was not done is cancelled on arrival: it asks for nothing. Nor does, in
            // models with coroutines, one that nobody awaits; and the bound is to hold for every model.
            let Demand { cpu, io, is_done } = if before.all_done && group.awaited {
                program::demand(program.start(seed, number, index))
            } else {
                Demand::default()
            };
            end.all_done &= is_done;
            work += cpu;
            longest_task = longest_task.max(cpu + io);
            end.finish = end.finish.max(arrival + cpu + io);
        }
        last_finish = last_finish.max(end.finish);
        ends[at] = Some(end);
    }
    let work_over_cores = work / i64::from(cores.max(1));
    let chain = (last_finish - first_arrival).max(Nanos::ZERO);
    Theory { work_over_cores, longest_task, lower_bound: work_over_cores.max(chain) }
}

/// When the last task of a group can be over at the earliest, and whether all of them are then done.
#[derive(Clone, Copy)]
struct GroupEnd {
    finish: Nanos,
    all_done: bool,
}

impl Default for GroupEnd {
    fn default() -> Self {
        GroupEnd { finish: Nanos::ZERO, all_done: true }
    }
}

impl GroupEnd {
    fn and(self, other: GroupEnd) -> GroupEnd {
        GroupEnd { finish: self.finish.max(other.finish), all_done: self.all_done && other.all_done }
    }
}

/// Group indices so that each comes behind the groups it is `after`; the checker has excluded cycles.
fn in_after_order(scenario: &Scenario) -> Vec<usize> {
    let mut order = Vec::with_capacity(scenario.groups.len());
    let mut placed = vec![false; scenario.groups.len()];
    while order.len() < placed.len() {
        let before = order.len();
        for (at, group) in scenario.groups.iter().enumerate() {
            if !placed[at] && group.after.iter().all(|prior| placed[*prior]) {
                placed[at] = true;
                order.push(at);
            }
        }
        assert!(order.len() > before, "a checked scenario has no `after` cycle");
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    fn check(tasks: &str, cores: u32, [work, longest, bound]: [i64; 3]) {
        let text = format!("format = 1\ntitle = \"t\"\nsummary = \"s\"\nmodels = [\"threads\"]\n{tasks}");
        let scenario = read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
        let ms = Nanos::from_millis;
        let expected = Theory { work_over_cores: ms(work), longest_task: ms(longest), lower_bound: ms(bound) };
        assert_eq!(theory(&scenario, 1, cores), Some(expected), "{tasks}");
    }

    #[test]
    fn work_is_shared_and_tasks_are_not() {
        let kitchen =
            "[[task]]\nname = \"a\"\ncount = 8\nsteps = [{ cpu = \"30ms\" }, { io = \"200ms\" }, { cpu = \"20ms\" }]";
        check(kitchen, 2, [200, 250, 250]);
        check(kitchen, 1, [400, 250, 400]);
        check("[[task]]\nname = \"a\"\nsteps = [{ repeat = 3, steps = [{ cpu = \"10ms\" }] }]", 3, [10, 30, 30]);
    }

    #[test]
    fn chains_and_arrivals_add_up() {
        let chain = "[[task]]\nname = \"b\"\nafter = [\"a\"]\nsteps = [{ io = \"50ms\" }]\n\
            [[task]]\nname = \"a\"\narrive = \"10ms\"\nsteps = [{ cpu = \"40ms\" }]";
        check(chain, 2, [20, 50, 90]);
        let every = "[[task]]\nname = \"a\"\ncount = 3\narrive = { every = \"100ms\" }\nsteps = [{ io = \"10ms\" }]";
        check(every, 2, [0, 10, 210]);
    }

    #[test]
    fn what_fails_and_what_comes_after_it_is_not_asked_for() {
        let failing = "[[task]]\nname = \"a\"\nsteps = [{ cpu = \"10ms\" }, { fail = \"no\" }, { cpu = \"500ms\" }]\n\
            [[task]]\nname = \"b\"\nafter = [\"a\"]\nsteps = [{ cpu = \"300ms\" }]";
        check(failing, 1, [10, 10, 10]);
        let timing_out = "[[task]]\nname = \"a\"\nsteps = [{ io = \"90ms\", timeout = \"10ms\" }, { cpu = \"500ms\" }]\n\
            [[task]]\nname = \"b\"\nafter = [\"a\"]\nsteps = [{ cpu = \"300ms\" }]";
        check(timing_out, 1, [0, 10, 10]);
        check(&timing_out.replace("90ms", "9ms"), 1, [800, 509, 809]);
    }
}
