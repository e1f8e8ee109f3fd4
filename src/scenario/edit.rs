//! The edits that command line and window make to a whole scenario. Each gives a checked scenario back.

use super::Scenario;
use super::fault::Fault;

impl Scenario {
    /// With `count` tasks in the first group, as `--tasks` has it: the first is the group a scenario is about, what
    /// follows is company. Variants that set that count themselves keep theirs.
    ///
    /// # Errors
    /// The faults of the scenario with so many tasks.
    pub fn with_tasks(&self, count: u32) -> Result<Scenario, Vec<Fault>> {
        let mut edited = self.clone();
        if let Some(group) = edited.groups.first_mut() {
            group.count = count;
        }
        edited.check()
    }

    /// With that seed of all random draws. Variants that set theirs keep it.
    ///
    /// # Errors
    /// The faults of the scenario with that seed.
    pub fn with_seed(&self, seed: u64) -> Result<Scenario, Vec<Fault>> {
        let mut edited = self.clone();
        edited.machine.seed = seed;
        edited.check()
    }

    /// With so many cores. Variants that set theirs keep them.
    ///
    /// # Errors
    /// The faults of the scenario with so many cores.
    pub fn with_cores(&self, cores: u32) -> Result<Scenario, Vec<Fault>> {
        let mut edited = self.clone();
        edited.machine.cores = Some(cores);
        edited.check()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::ModelChoice;
    use crate::scenario::{Arrive, Engine, Gil, Lock, Step, catalog};
    use crate::time::Nanos;

    fn eggs() -> Scenario {
        (*catalog::find("boiling-eggs").unwrap()).clone()
    }

    fn check(edit: impl FnOnce(&mut Scenario), expected: &[&str]) {
        let mut scenario = eggs();
        edit(&mut scenario);
        let lines = match scenario.check() {
            Ok(_) => vec![],
            Err(faults) => faults.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(lines, expected);
    }

    #[test]
    fn edited_values_are_refused_by_key_path() {
        check(|_| (), &[]);
        check(
            |eggs| eggs.groups[0].count = 0,
            &["`task.egg.count`: must be a whole number from 1 to 10000000, found 0"],
        );
        check(
            |eggs| eggs.groups[0].arrive = Arrive::Every(Nanos(-1)),
            &["`task.egg.arrive.every`: a duration cannot be negative"],
        );
        check(
            |eggs| eggs.groups[0].arrive = Arrive::Rate(f64::NAN),
            &["`task.egg.arrive.rate`: must be from 0.000001 to 1000000000 a second, found NaN"],
        );
        check(|eggs| eggs.groups[0].after = vec![7], &["`task.egg.after.1`: there is no such task"]);
        check(|eggs| eggs.engine = Engine::Simulated, &[]);
        check(
            |eggs| {
                eggs.models.pop();
                eggs.models.pop();
            },
            &[
                "`text.en.explain`: the scenario has no model `event-loop`; it has sequential",
                "`text.pt-BR.explain`: the scenario has no model `event-loop`; it has sequential",
                "`lesson.holds.1`: the scenario has no model `event-loop`; it has sequential",
                "`lesson.holds.2`: the scenario has no model `event-loop`; it has sequential",
            ],
        );
    }

    #[test]
    fn whole_edits_reach_the_variants_that_do_not_say_otherwise() {
        let tasks = catalog::find("one-blocking-call").unwrap().with_tasks(3).unwrap();
        assert_eq!(tasks.groups[0].count, 3);
        assert!(tasks.variants.iter().all(|variant| variant.scenario.groups[0].count == 3));
        let seed = tasks.with_seed(42).unwrap();
        assert!(seed.variants.iter().all(|variant| variant.scenario.machine.seed == 42));
        let cores = catalog::find("cashiers").unwrap().with_cores(4).unwrap();
        assert_eq!(cores.machine.cores, Some(4));
        assert_eq!(cores.variant(Some("one")).unwrap().machine.cores, Some(1));
        assert!(eggs().with_tasks(0).is_err());
    }

    #[test]
    fn awaiting_matters_where_tasks_are_coroutines() {
        let mut scenario = eggs();
        scenario.groups[0].awaited = false;
        assert!(scenario.ignored_when_measured(&scenario.models).is_empty());
        scenario.models.retain(|choice| !choice.plan(1).coroutines);
        assert_eq!(scenario.ignored_when_measured(&scenario.models), ["awaited"]);
    }

    #[test]
    fn a_payload_matters_where_something_is_shipped() {
        let mut scenario = eggs();
        scenario.groups[0].payload_bytes = 1;
        assert_eq!(scenario.ignored_when_measured(&scenario.models), ["payload"]);
        scenario.models.push(ModelChoice::new(crate::model::find("processes").unwrap()));
        assert!(scenario.ignored_when_measured(&scenario.models).is_empty());
    }

    #[test]
    fn what_a_measured_run_ignores_is_named() {
        assert!(eggs().ignored_when_measured(&eggs().models).is_empty());
        let mut scenario = eggs();
        scenario.machine.ideal = true;
        scenario.machine.costs = BTreeMap::from([("context_switch", Nanos(1))]);
        let Step::Cpu { gil, .. } = &mut scenario.groups[0].steps[1] else { panic!("dropping an egg in is work") };
        *gil = Gil::Released;
        scenario.locks.push(Lock { name: "pan".into(), barging: false, inherit: true });
        assert_eq!(
            scenario.ignored_when_measured(&scenario.models),
            ["machine.ideal", "machine.context_switch", "locks.pan.inherit", "gil"]
        );
    }
}
