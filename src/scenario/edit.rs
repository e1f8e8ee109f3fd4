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

    /// With that seed of all random draws.
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
