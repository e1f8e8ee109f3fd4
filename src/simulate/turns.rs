//! What surely happens in a run, known before anything is simulated: how often tasks take turns on the cores or with the
//! interpreter lock, and what every step tells. So a quantum of nothing costs neither time nor memory.
//!
//! Never more than there will be: who guesses here refuses what could be simulated.

use super::Setup;
use super::costs::Cost;
use super::gil::LOOK;
use super::schedulers::{self, Queues};
use crate::model::{WhileInIo, Workers};
use crate::scenario::check::any_step;
use crate::scenario::{Arrive, Gil, Group, Step, draw};
use crate::time::Nanos;

/// One loses its core or the lock, another gets it.
const EVENTS_OF_TURN: i128 = 2;

/// Events that there will be at the least.
pub(super) fn events_min(setup: &Setup<'_>) -> i128 {
    let groups = &setup.scenario.groups;
    let has_worker = match setup.plan.workers {
        Workers::PerTask => true,
        Workers::Fixed(_) | Workers::Split(_) => groups.iter().flat_map(|group| &group.steps).all(goes_on),
    };
    let steps: i128 =
        groups.iter().map(|group| i128::from(group.count) * events_of_task(setup, group, has_worker)).sum();
    let turns = if setup.plan.gil.is_some() { turns_with_gil(setup) } else { turns_on_cores(setup) };
    steps + turns * EVENTS_OF_TURN
}

/// Of each task of the group. Every task ends; one that nothing can keep from its end, and no other from its worker, also
/// begins, runs, and leaves its worker or its core and comes back as often as its steps say. `has_worker`: nobody keeps one for ever.
fn events_of_task(setup: &Setup<'_>, group: &Group, has_worker: bool) -> i128 {
    const ENDS: i128 = 1;
    const BEGINS_AND_RUNS: i128 = 2;
    let is_served = setup.plan.queue.is_none() && group.after.is_empty() && group.awaited;
    if is_served && has_worker && group.steps.iter().all(goes_on) {
        ENDS + BEGINS_AND_RUNS + events_of(&group.steps)
    } else {
        ENDS
    }
}

/// What comes behind it is sure to come.
fn goes_on(step: &Step) -> bool {
    match step {
        Step::Io { timeout, .. } => timeout.is_none(),
        Step::Lock(_) | Step::Send(_) | Step::Receive(_) | Step::Barrier(_) | Step::Fail(_) => false,
        Step::Repeat { steps, .. } => steps.iter().all(goes_on),
        _ => true,
    }
}

/// Each IO that takes any time has a beginning and an end, and who yields is ready and runs again.
fn events_of(steps: &[Step]) -> i128 {
    let own = |step: &Step| match step {
        Step::Io { time, .. } if draw::least(time) > Nanos::ZERO => 2,
        Step::Yield => 2,
        Step::Repeat { count, steps } => i128::from(*count) * events_of(steps),
        _ => 0,
    };
    steps.iter().map(own).sum()
}

/// While more tasks compute than there are cores, each quantum ends with a turn; only the longest tasks, one for each
/// core, may be over later than that. What tasks do behind their first wait is not counted, nor what those do that come
/// later; and of a pool nothing where a worker may wait with its task.
fn turns_on_cores(setup: &Setup<'_>) -> i128 {
    let machine = &setup.scenario.machine;
    let more_than_cores = match setup.plan.workers {
        // In chunks one of them may take all that there is.
        Workers::Fixed(workers) => {
            workers > setup.cores && setup.plan.chunk <= 1 && setup.scenario.groups.iter().all(only_computes)
        }
        Workers::PerTask => true,
        Workers::Split(_) => false,
    };
    let policy = schedulers::of(machine.scheduler);
    let all_compute = setup.plan.io == WhileInIo::HoldsWorker && setup.plan.queue.is_none();
    if !policy.slices || !more_than_cores || !all_compute {
        return 0;
    }
    let turns = turns_of_crowd(setup, setup.cores, i128::from(schedulers::quantum(machine).0.max(1)));
    match policy.queues {
        Queues::One => turns,
        // On one core at the least somebody waits; on the others they may have been alone all the time.
        Queues::PerCore => turns / i128::from(setup.cores),
    }
}

/// While two tasks or more compute that need the lock, it changes hands whenever somebody has waited an interval. Who
/// asks needs a core for that, which only a quantum gives it where there is one; all that this costs may pass twice
/// between two turns.
fn turns_with_gil(setup: &Setup<'_>) -> i128 {
    const TIMES: i128 = 2;
    let Setup { scenario, plan, cores, costs, .. } = setup;
    let several = match plan.workers {
        Workers::Fixed(workers) => workers > 1 && plan.chunk <= 1,
        Workers::PerTask => true,
        Workers::Split(_) => false,
    };
    let needs_it = |group: &Group| is_there_from_the_start(group) && only_computes(group) && holds_gil(&group.steps);
    let all_need_it = scenario.groups.iter().all(needs_it);
    let all_compute = plan.io == WhileInIo::HoldsWorker && plan.queue.is_none() && all_need_it;
    let policy = schedulers::of(scenario.machine.scheduler);
    let has_core = *cores > 1 || policy.slices;
    if plan.gil.is_none() || !several || !all_compute || !has_core {
        return 0;
    }
    let overheads = overheads(setup);
    let interval = costs.get(Cost::GilInterval);
    let look = if costs.get(Cost::GilHandOff) > Nanos::ZERO { i128::from(LOOK) } else { 0 };
    let has_core_at_once = *cores > 1 && policy.queues == Queues::One;
    let quantum = if has_core_at_once { 0 } else { i128::from(schedulers::quantum(&scenario.machine).0) };
    let between = TIMES * (i128::from(interval.0) + look + overheads + quantum);
    turns_of_crowd(setup, 1, between.max(1))
}

/// All costs once, but for what is a share of the time: more than starting a worker takes, or than passes between two turns.
fn overheads(setup: &Setup<'_>) -> i128 {
    let all = Cost::ALL.into_iter().filter(|cost| ![Cost::GilInterval, Cost::Interrupts].contains(cost));
    all.map(|cost| i128::from(setup.costs.get(cost).0)).sum()
}

/// How often tasks compute for longer than that and have to let others go first: all but the longest, one for each of so
/// many `alone`, who may have nobody beside them. Nor has anybody while the others are still being started.
fn turns_of_crowd(setup: &Setup<'_>, alone: u32, slice: i128) -> i128 {
    // Who fails cancels everybody else.
    if setup.scenario.groups.iter().any(|group| any_step(&group.steps, &|step| matches!(step, Step::Fail(_)))) {
        return 0;
    }
    let groups = setup.scenario.groups.iter().filter(|group| is_there_from_the_start(group));
    let demand = |group: &Group| dispatch(setup) + lead(setup, &group.steps).0;
    let mut groups: Vec<(i128, i128)> = groups.map(|group| (demand(group), i128::from(group.count))).collect();
    groups.sort_unstable_by_key(|(demand, _)| std::cmp::Reverse(*demand));
    let mut alone = i128::from(alone);
    let mut turns = 0;
    for (demand, count) in groups {
        let own = alone.min(count);
        alone -= own;
        turns += (count - own) * ((demand - 1).max(0) / slice);
    }
    // These are paid by who has been started.
    let later = [Cost::PoolDispatch, Cost::VariableAccess, Cost::RegisterAdd];
    let later: i128 = later.map(|cost| i128::from(setup.costs.get(cost).0)).iter().sum();
    let starting = i128::from(setup.scenario.tasks()) * (overheads(setup) - later) * i128::from(setup.cores);
    (turns - starting / slice).max(0)
}

/// And nobody gives it up before it is done.
fn is_there_from_the_start(group: &Group) -> bool {
    group.arrive == Arrive::At(Nanos::ZERO) && group.after.is_empty() && group.awaited
}

fn only_computes(group: &Group) -> bool {
    group.steps.iter().all(computes)
}

fn computes(step: &Step) -> bool {
    match step {
        Step::Cpu { .. } | Step::Work { .. } | Step::Print(_) | Step::Load(_) | Step::Add(_) | Step::Store(_) => true,
        Step::Repeat { steps, .. } => steps.iter().all(computes),
        _ => false,
    }
}

/// What a task surely computes before its first step that may be another, in nanoseconds; and whether there is none. Loads,
/// adds and stores are taken to find the cache line at hand.
fn lead(setup: &Setup<'_>, steps: &[Step]) -> (i128, bool) {
    let mut sum = 0;
    for step in steps {
        let (own, goes_on) = match step {
            Step::Load(_) | Step::Store(_) => (i128::from(setup.costs.get(Cost::VariableAccess).0), true),
            Step::Add(_) => (i128::from(setup.costs.get(Cost::RegisterAdd).0), true),
            Step::Repeat { count, steps } => match lead(setup, steps) {
                (once, true) => (i128::from(*count) * once, true),
                first_round => first_round,
            },
            step if computes(step) => (super::least_demand(std::slice::from_ref(step)), true),
            _ => (0, false),
        };
        sum += own;
        if !goes_on {
            return (sum, false);
        }
    }
    (sum, true)
}

/// What a pool's worker surely pays for each task.
fn dispatch(setup: &Setup<'_>) -> i128 {
    let plan = setup.plan;
    let asks_for_each = matches!(plan.workers, Workers::Fixed(_)) && !plan.stealing && plan.processes.is_none();
    if asks_for_each { i128::from(setup.costs.get(Cost::PoolDispatch).0) } else { 0 }
}

fn holds_gil(steps: &[Step]) -> bool {
    steps.iter().all(|step| match step {
        Step::Cpu { gil, .. } | Step::Work { gil, .. } => *gil == Gil::Held,
        Step::Repeat { steps, .. } => holds_gil(steps),
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{self, ModelChoice};
    use crate::scenario::{Scenario, read};
    use crate::simulate::costs::Costs;
    use crate::simulate::{EVENTS_MAX, Refusal, check, simulate};

    fn with<T>(model: &str, quantum: &str, count: u32, then: impl FnOnce(&Setup<'_>) -> T) -> T {
        let text = format!(
            "format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\nmachine = {{ ideal = true, quantum = \"{quantum}\" }}\n\
             [[task]]\nname = \"a\"\ncount = {count}\nsteps = [{{ repeat = 10, steps = [{{ cpu = \"100s\" }}] }}]\n"
        );
        let scenario = read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
        let plan = ModelChoice::new(model::find(model).unwrap()).plan(2);
        let costs = Costs::of(plan.language, None, &scenario.machine);
        then(&Setup { scenario: &scenario, plan: &plan, cores: 2, seed: 1, costs: &costs })
    }

    #[test]
    fn a_quantum_of_nothing_is_refused_before_it_is_simulated() {
        let refused = |model: &str, count: u32| with(model, "1ns", count, |setup| check(setup).err());
        let too_many = Some(Refusal::TooManyEvents { max: EVENTS_MAX });
        assert_eq!(refused("threads", 3), too_many);
        assert_eq!(refused("threads", 2), None, "each has a core of its own");
        assert_eq!(refused("sequential", 10), None);
        assert_eq!(refused("thread-pool", 10), None, "no more workers than cores");
        let body = "[[task]]\nname = \"a\"\ncount = 8\nsteps = [{ cpu = \"300ms\" }, { io = \"1ms\" }]\n";
        let quick = scenario("\"threads\"", "quantum = \"1ns\"", body);
        assert_eq!(of(&quick, 2, |setup| check(setup).err()), too_many, "until their first wait");
    }

    #[test]
    fn who_yields_is_known_beforehand_to_need_room() {
        let body = "[[task]]\nname = \"a\"\nsteps = [{ repeat = 100_000_000, steps = [{ yield = true }] }]\n";
        for model in model::all() {
            let scenario = scenario(&format!("\"{}\"", model.id), "", body);
            assert_eq!(of(&scenario, 2, events_min), 2 * 100_000_000 + 3, "{}", model.id);
        }
    }

    #[test]
    fn there_are_at_least_as_many_events_as_that() {
        with("threads", "1s", 7, |setup| {
            let simulated = simulate(setup, &|| false).unwrap();
            let least = events_min(setup);
            assert_eq!(least, 7 * 3 + 5 * 999 * 2);
            assert!(i128::from(simulated.account.recorded) >= least, "{} events", simulated.account.recorded);
        });
    }

    #[test]
    fn hand_overs_of_the_interpreter_lock_are_counted_beforehand() {
        let body = "[[task]]\nname = \"a\"\ncount = 3\nsteps = [{ cpu = \"100000s\" }]\n";
        let refused = |model: &str, machine: &str, cores: u32| {
            let scenario = scenario(model, machine, body);
            of(&scenario, cores, |setup| check(setup).err())
        };
        let too_many = Some(Refusal::TooManyEvents { max: EVENTS_MAX });
        let fast = "{ model = \"gil-threads\", switch_interval = \"10us\" }";
        assert_eq!(refused(fast, "ideal = true", 2), too_many);
        assert_eq!(refused(fast, "ideal = true\nquantum = \"1us\"", 1), too_many);
        assert_eq!(refused(fast, "ideal = true\nscheduler = \"fcfs\"", 1), None, "nobody else gets the core");
        assert_eq!(refused("\"gil-threads\"", "gil_interval = \"10us\"\nideal = true", 2), too_many);
        assert_eq!(refused("\"gil-threads\"", "", 2), None);
        assert_eq!(refused("\"python-sequential\"", "gil_interval = \"10us\"", 2), None, "one at a time");
    }

    #[test]
    fn what_costs_take_within_tasks_is_counted_beforehand() {
        let refused = |model: &str, machine: &str, steps: &str| {
            let body = format!("[[task]]\nname = \"a\"\ncount = 90_000\nsteps = [{steps}]\n");
            of(&scenario(model, machine, &body), 2, |setup| check(setup).err())
        };
        let too_many = Some(Refusal::TooManyEvents { max: EVENTS_MAX });
        let counts = "{ load = \"x\" }, { add = 1 }, { store = \"x\" }";
        assert_eq!(refused("\"threads\"", "variable_access = \"100s\"", counts), too_many);
        assert_eq!(refused("\"threads\"", "variable_access = \"40ms\"", counts), None);
        assert_eq!(refused("\"thread-pool\"", "variable_access = \"100s\"", counts), None, "no turns are taken");
        let pool = "{ model = \"thread-pool\", workers = 4 }";
        assert_eq!(refused(pool, "pool_dispatch = \"100s\"", "{ cpu = \"1ms\" }"), too_many);
        assert_eq!(refused(pool, "pool_dispatch = \"4ms\"", "{ cpu = \"1ms\" }"), None);
    }

    /// Under every model, whatever the machine and its scheduler: what is refused could not have been simulated.
    #[test]
    fn there_are_never_fewer_events_than_that() {
        let bodies = [
            "[[task]]\nname = \"a\"\ncount = 2\nsteps = [{ repeat = 30, steps = [{ io = \"1ms\" }] }]\n\
             [[task]]\nname = \"b\"\nsteps = [{ print = \"b\" }, { cpu = \"0ms\" }, { yield = true }]\n\
             [[task]]\nname = \"c\"\nsteps = [{ io = \"1ms\", blocking = true }, { io = { pareto = [\"1ms\", 1.5] } }]\n",
            "[[task]]\nname = \"a\"\nsteps = [{ receive = \"box\" }]\n\
             [[task]]\nname = \"b\"\ncount = 40\nsteps = [{ io = \"1ms\" }, { cpu = \"1ms\" }]\n",
            "[[task]]\nname = \"a\"\ncount = 200\nsteps = [{ cpu = \"3ms\" }]\n",
            "[[task]]\nname = \"a\"\ncount = 3\nsteps = [{ cpu = \"300ms\" }]\n",
            "[[task]]\nname = \"a\"\ncount = 2\nsteps = [{ repeat = 40, steps = [{ io = \"2ms\" }, { cpu = \"1ms\" }] }]\n\
             [[task]]\nname = \"b\"\nsteps = [{ cpu = \"90ms\" }, { io = \"0ms\" }, { print = \"b\" }]\n",
            "[[task]]\nname = \"a\"\ncount = 3\nsteps = [{ repeat = 50, steps = [{ yield = true }] }]\n\
             [[task]]\nname = \"b\"\nsteps = [{ yield = true }, { io = \"1ms\" }, { yield = true }, { cpu = \"1ms\" }]\n",
            "[[task]]\nname = \"a\"\ncount = 5\nawaited = false\nsteps = [{ cpu = \"9ms\" }]\n\
             [[task]]\nname = \"b\"\nafter = [\"a\"]\nsteps = [{ io = \"9ms\" }]\n\
             [[task]]\nname = \"c\"\nsteps = [{ lock = \"x\" }, { io = \"9ms\", timeout = \"1ms\" }, { io = \"1ms\" }]\n",
            "[[task]]\nname = \"a\"\ncount = 4\nsteps = [{ cpu = \"90ms\" }]\n\
             [[task]]\nname = \"b\"\ncount = 4\nsteps = [{ io = \"700ms\" }]\n",
            "[[task]]\nname = \"a\"\ncount = 6\nsteps = [{ cpu = \"90ms\" }]\nawaited = false\n\
             [[task]]\nname = \"b\"\nsteps = [{ cpu = \"1ms\" }]\n",
            "[[task]]\nname = \"a\"\ncount = 6\nsteps = [{ cpu = \"90ms\" }]\n\
             [[task]]\nname = \"b\"\nsteps = [{ io = \"1ms\" }, { fail = \"no\" }]\n",
            "[[task]]\nname = \"a\"\ncount = 6\nsteps = [{ repeat = 3, steps = [{ cpu = \"90ms\" }, { io = \"5ms\" }] }]\n\
             [[task]]\nname = \"b\"\nsteps = [{ lock = \"x\" }, { cpu = \"70ms\" }]\n",
            "[[task]]\nname = \"a\"\ncount = 7\nsteps = [{ repeat = 9, steps = [{ load = \"x\" }, { add = 1 }, { store = \"x\" }] }]\n",
        ];
        let machines = [
            "ideal = true",
            "",
            "scheduler = \"fcfs\"",
            "scheduler = \"srtf\"",
            "quantum = \"100us\"",
            "scheduler = \"per-core\"\nvariable_access = \"9ms\"",
            "pool_dispatch = \"200ms\"\nvariable_access = \"13ms\"",
        ];
        let mut turns = 0;
        let crowded =
            ["thread-pool", "python-thread-pool"].map(|pool| format!("{{ model = \"{pool}\", workers = 5 }}"));
        let chunked = "{ model = \"python-process-pool\", workers = 5, chunk = 100 }".to_owned();
        let models = model::all().map(|model| format!("\"{}\"", model.id)).chain(crowded).chain([chunked]);
        for model in models {
            for (body, machine) in bodies.iter().flat_map(|body| machines.map(|machine| (body, machine))) {
                let scenario = scenario(&model, machine, body);
                for cores in [1, 2, 4] {
                    of(&scenario, cores, |setup| {
                        let recorded = simulate(setup, &|| false).unwrap().account.recorded;
                        let least = events_min(setup);
                        assert!(
                            i128::from(recorded) >= least,
                            "{model} {machine} {cores} {body}: {recorded} of {least}"
                        );
                        turns += turns_with_gil(setup);
                    });
                }
            }
        }
        assert!(turns > 100, "{turns} hand-overs were foreseen");
    }

    fn scenario(model: &str, machine: &str, body: &str) -> Scenario {
        let text = format!("format = 1\ntitle = \"t\"\nmodels = [{model}]\n[machine]\n{machine}\n{body}");
        read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"))
    }

    fn of<T>(scenario: &Scenario, cores: u32, then: impl FnOnce(&Setup<'_>) -> T) -> T {
        let choice = &scenario.models[0];
        let plan = choice.plan(cores);
        let costs = Costs::of_model(choice, &plan, None, &scenario.machine);
        then(&Setup { scenario, plan: &plan, cores, seed: 1, costs: &costs })
    }
}
