//! What the values of a scenario may be: one implementation of each rule, for files and for the window alike.
//!
//! Rules say *where* by key path and never see text; `read` finds the place in the file. A scenario that was edited goes
//! through [`Scenario::check`].

mod story;
mod workload;

use std::ops::RangeInclusive;

pub use story::story;
pub(crate) use workload::{cost, too_large, too_long};
pub use workload::{tasks_max_of_groups, workload};

use super::fault::{Fault, Message, Path};
use super::{EXPANDED_STEPS_MAX, Gil, Machine, SIMULATED_TASKS_MAX, Scenario, Step, read, write};
use crate::lang::Text;
use crate::model::ModelChoice;
use crate::time::Nanos;

/// How many cores a machine may have.
pub const CORES: RangeInclusive<u32> = 1..=1_024;
/// How many tasks a group may have, and messages a channel hold.
#[expect(clippy::cast_possible_truncation, reason = "10^7 fits")]
pub const COUNTS: RangeInclusive<u32> = 1..=SIMULATED_TASKS_MAX as u32;
/// How often a `repeat` may go round.
#[expect(clippy::cast_possible_truncation, reason = "10^8 fits")]
pub const REPEATS: RangeInclusive<u32> = 1..=EXPANDED_STEPS_MAX as u32;
/// [`DURATION_MAX`] in years of 365 days: half of what 64 bits of nanoseconds count. The other half is room for what a
/// machine charges, and for whoever adds two instants.
pub const YEARS_MAX: i64 = 146;
/// At most so long is one step or gap, and so long are all tasks of a scenario one after another.
pub const DURATION_MAX: Nanos = Nanos(YEARS_MAX * 365 * 24 * 3_600 * 1_000_000_000);
/// At most so much an imagined computer charges for one act. Nothing real costs that; what costs more is meant as a step,
/// and would be cut into more quanta than anybody can look at.
pub const COST_MAX: Nanos = Nanos::from_millis(100_000);
/// At most so many bytes are shipped for a task.
pub const PAYLOAD_BYTES_MAX: u64 = 1 << 36;
/// At most so many bytes are worked on by a step: some kernels hold them all in memory.
pub const SIZE_BYTES_MAX: u64 = 1 << 30;
/// At most so many characters has a name.
pub const NAME_MAX: usize = 40;
/// How deep `repeat`s may nest; it bounds the recursion of everybody who walks steps.
pub const REPEAT_DEPTH_MAX: usize = 8;

impl Scenario {
    /// The same scenario, known to be valid and runnable, its variants made anew from it.
    ///
    /// # Errors
    /// Every fault found, by key path.
    pub fn check(self) -> Result<Scenario, Vec<Fault>> {
        let faults = workload(&self);
        if !faults.is_empty() {
            return Err(faults);
        }
        // Variants are made from the written form, so an edited scenario goes through it.
        read::read("", &write::write(&self)).map_err(read::Problems::into_faults)
    }

    /// The keys this scenario sets that measured runs under these models do not heed. `payload` matters to models that
    /// ship data, `gil` to those with such a lock, `awaited` to those with coroutines. `inherit` needs a scheduler that
    /// heeds priorities among threads, and an unprivileged process cannot give its threads any.
    pub fn ignored_when_measured(&self, models: &[ModelChoice]) -> Vec<String> {
        let default = Machine::default();
        let machine = &self.machine;
        let of_machine = [
            ("scheduler", machine.scheduler != default.scheduler),
            ("quantum", machine.quantum.is_some()),
            ("ideal", machine.ideal),
        ];
        let releases =
            |step: &Step| matches!(step, Step::Cpu { gil, .. } | Step::Work { gil, .. } if *gil != Gil::Held);
        let has_gil = models.iter().any(|choice| choice.plan(1).gil.is_some());
        let has_coroutines = models.iter().any(|choice| choice.plan(1).coroutines);
        let ships = models.iter().any(|choice| choice.plan(1).processes.is_some());
        let of_tasks = [
            ("payload", !ships && self.groups.iter().any(|group| group.payload_bytes > 0)),
            ("awaited", !has_coroutines && self.groups.iter().any(|group| !group.awaited)),
            ("gil", !has_gil && self.groups.iter().any(|group| any_step(&group.steps, &releases))),
        ];
        let set = |(key, is_set): (&'static str, bool)| is_set.then_some(key);
        let of_machine = of_machine.into_iter().filter_map(set).chain(machine.costs.keys().copied());
        let of_machine = of_machine.map(|key| format!("machine.{key}"));
        let inherits = self.locks.iter().filter(|lock| lock.inherit);
        let of_locks = inherits.map(|lock| format!("locks.{}.inherit", lock.name));
        of_machine.chain(of_locks).chain(of_tasks.into_iter().filter_map(set).map(str::to_owned)).collect()
    }
}

/// Whether `test` holds for some step, those inside of `repeat`s included.
pub fn any_step(steps: &[Step], test: &impl Fn(&Step) -> bool) -> bool {
    steps.iter().any(|step| match step {
        Step::Repeat { steps, .. } => any_step(steps, test),
        step => test(step),
    })
}

/// Visits every step, those inside of `repeat`s included.
pub fn for_each_step(steps: &[Step], visit: &mut impl FnMut(&Step)) {
    for step in steps {
        visit(step);
        if let Step::Repeat { steps, .. } = step {
            for_each_step(steps, visit);
        }
    }
}

/// Groups with their paths.
fn groups(scenario: &Scenario) -> impl Iterator<Item = (Path, &super::Group)> {
    let task = Path::ROOT.key("task");
    scenario.groups.iter().enumerate().map(move |(index, group)| (task.named_item(index, &group.name), group))
}

/// Whether something may be called that. Names are words of conditions, command lines and file names, so they have no
/// spaces and no signs.
pub fn is_name(name: &str) -> bool {
    let starts = name.chars().next().is_some_and(char::is_alphanumeric);
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    starts && plain && name.chars().count() <= NAME_MAX
}

fn check_name(path: Path, name: &str, out: &mut Vec<Fault>) {
    if !is_name(name) {
        let text = Text::new(
            "must be a name of letters, digits, `-` and `_` that starts with a letter or digit and has at most {} characters, found {}",
            "deve ser um nome de letras, dígitos, `-` e `_` que começa com letra ou dígito e tem no máximo {} caracteres; há {}",
        );
        out.push(Fault::new(path, Message::new(text, &[&NAME_MAX, &format!("{name:?}")])));
    }
}

/// Each index whose name came before.
fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(usize, &'a str)> {
    let mut seen = std::collections::BTreeSet::new();
    names.enumerate().filter(|(_, name)| !seen.insert(*name)).collect()
}
