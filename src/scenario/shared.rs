//! The things a scenario's tasks share, in one numbered list: locks, channels, barriers, variables, those that are
//! declared first, then those that only steps name. The numbers are a trace's resource numbers.

use super::check::for_each_step;
use super::{Scenario, Step};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Lock,
    Channel,
    Barrier,
    Variable,
}

/// What a step by itself is about, if it is one of the things that tasks share.
pub fn named(step: &Step) -> Option<(Kind, &str)> {
    match step {
        Step::Lock(name) | Step::Unlock(name) => Some((Kind::Lock, name)),
        Step::Send(name) | Step::Receive(name) => Some((Kind::Channel, name)),
        Step::Barrier(name) => Some((Kind::Barrier, name)),
        Step::Load(name) | Step::Store(name) => Some((Kind::Variable, name)),
        Step::Cpu { .. }
        | Step::Work { .. }
        | Step::Io { .. }
        | Step::Yield
        | Step::Add(_)
        | Step::Print(_)
        | Step::Fail(_)
        | Step::Repeat { .. } => None,
    }
}

/// What a variable holds before anybody stores to it.
pub fn initial(scenario: &Scenario, variable: &str) -> i64 {
    scenario.variables.iter().find(|own| own.name == variable).map_or(0, |own| own.initial)
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared(Vec<(Kind, String)>);

impl Shared {
    pub fn of(scenario: &Scenario) -> Self {
        let mut shared = Shared::default();
        scenario.locks.iter().for_each(|lock| shared.add(Kind::Lock, &lock.name));
        scenario.channels.iter().for_each(|channel| shared.add(Kind::Channel, &channel.name));
        scenario.variables.iter().for_each(|variable| shared.add(Kind::Variable, &variable.name));
        for group in &scenario.groups {
            for_each_step(&group.steps, &mut |step| {
                if let Some((kind, name)) = named(step) {
                    shared.add(kind, name);
                }
            });
        }
        shared
    }

    fn add(&mut self, kind: Kind, name: &str) {
        if !self.iter().any(|(own, other)| (*own, other.as_str()) == (kind, name)) {
            self.0.push((kind, name.to_owned()));
        }
    }

    /// The number of what a step of this scenario names.
    ///
    /// # Panics
    /// On a name that no step and no table of the scenario has.
    pub fn number(&self, kind: Kind, name: &str) -> usize {
        let at = self.iter().position(|(own, other)| (*own, other.as_str()) == (kind, name));
        at.expect("every name of the scenario is in the list")
    }

    pub fn iter(&self) -> impl Iterator<Item = &(Kind, String)> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
