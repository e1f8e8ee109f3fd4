//! How often tasks surely take turns on the cores: known before anything is simulated, so that a quantum of nothing costs
//! neither time nor memory.

use super::schedulers::{self, Queues};
use super::{QUANTUM, Setup};
use crate::model::{WhileInIo, Workers};
use crate::scenario::{Arrive, Group, Step};
use crate::time::Nanos;

/// One loses its core, another gets it.
const EVENTS_OF_TURN: i128 = 2;

/// Events that there will be at the least. While more tasks compute than there are cores, each quantum ends with a turn;
/// only the longest tasks, one for each core, may be over later than that. Tasks that may wait for something, that come
/// later, or that not every worker can carry are not counted.
pub(super) fn events_min(setup: &Setup<'_>) -> i128 {
    let machine = &setup.scenario.machine;
    let more_than_cores = match setup.plan.workers {
        Workers::Fixed(workers) => workers > setup.cores,
        Workers::PerTask => true,
        Workers::Split(_) => false,
    };
    let all_compute = setup.plan.io == WhileInIo::HoldsWorker && setup.plan.gil.is_none() && setup.plan.queue.is_none();
    let policy = schedulers::of(machine.scheduler);
    if !policy.slices || !more_than_cores || !all_compute {
        return 0;
    }
    let mut groups: Vec<(i128, i128)> = setup
        .scenario
        .groups
        .iter()
        .filter(|group| only_computes_from_the_start(group))
        .map(|group| (super::least_demand(&group.steps), i128::from(group.count)))
        .collect();
    groups.sort_unstable_by_key(|(demand, _)| std::cmp::Reverse(*demand));
    let mut alone = i128::from(setup.cores);
    let mut crowded = 0;
    for (demand, count) in groups {
        let own = alone.min(count);
        alone -= own;
        crowded += (count - own) * demand;
    }
    let turns = crowded / i128::from(machine.quantum.unwrap_or(QUANTUM).0.max(1));
    EVENTS_OF_TURN
        * match policy.queues {
            Queues::One => turns,
            // On one core at the least somebody waits; on the others they may have been alone all the time.
            Queues::PerCore => turns / i128::from(setup.cores),
        }
}

fn only_computes_from_the_start(group: &Group) -> bool {
    fn computes(step: &Step) -> bool {
        match step {
            Step::Cpu { .. } | Step::Work { .. } | Step::Print(_) => true,
            Step::Repeat { steps, .. } => steps.iter().all(computes),
            _ => false,
        }
    }
    group.arrive == Arrive::At(Nanos::ZERO) && group.after.is_empty() && group.steps.iter().all(computes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{self, ModelChoice};
    use crate::scenario::read;
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
    }

    #[test]
    fn there_are_at_least_as_many_events_as_that() {
        with("threads", "1s", 7, |setup| {
            let simulated = simulate(setup, &|| false).unwrap();
            let least = events_min(setup);
            assert_eq!(least, 5 * 1_000 * 2);
            assert!(i128::from(simulated.account.recorded) >= least, "{} events", simulated.account.recorded);
        });
    }
}
