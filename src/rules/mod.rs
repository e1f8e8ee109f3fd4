//! The rules of what tasks share: who may go on, who has to wait, and whose turn is next, at a [`Lock`], a [`Channel`], a
//! [`Barrier`]. Stated once, without time, threads or priorities: `simulate` and `steps` both go by them and add what a
//! wait means there; `explore` keeps less of a thing than these do, and asks them what is allowed.
//!
//! Invariant: whoever is told to wait is named once by what ends its wait, in the order in which waits began.

pub mod barrier;
pub mod channel;
pub mod lock;

use crate::scenario::check::for_each_step;
use crate::scenario::shared::{Kind, Shared};
use crate::scenario::{Scenario, Step};
use barrier::Barrier;
use channel::Channel;
use lock::Lock;

/// One thing that tasks share.
#[derive(Clone, Debug)]
pub enum Thing {
    Lock(Lock),
    Channel(Channel),
    Barrier(Barrier),
    /// Nobody ever waits for it.
    Variable,
}

/// Groups, by their numbers, that do something with one thing and may end others' waits by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    pub send: Vec<u32>,
    pub receive: Vec<u32>,
    pub meet: Vec<u32>,
}

/// Everything that a scenario's tasks share, as it is before the first of them comes. Both by resource number.
pub fn things(scenario: &Scenario, shared: &Shared) -> (Vec<Thing>, Vec<Uses>) {
    let mut uses = vec![Uses::default(); shared.len()];
    for (group, info) in (0..).zip(&scenario.groups) {
        for_each_step(&info.steps, &mut |step| {
            let groups = match step {
                Step::Send(name) => &mut uses[shared.number(Kind::Channel, name)].send,
                Step::Receive(name) => &mut uses[shared.number(Kind::Channel, name)].receive,
                Step::Barrier(name) => &mut uses[shared.number(Kind::Barrier, name)].meet,
                _ => return,
            };
            if groups.last() != Some(&group) {
                groups.push(group);
            }
        });
    }
    let thing = |((kind, name), uses): (&(Kind, String), &Uses)| match kind {
        Kind::Lock => Thing::Lock(Lock::of(scenario, name)),
        Kind::Channel => Thing::Channel(Channel::of(scenario, name)),
        Kind::Barrier => {
            let parties = uses.meet.iter().map(|group| scenario.groups[*group as usize].count);
            Thing::Barrier(Barrier::new(parties.sum()))
        }
        Kind::Variable => Thing::Variable,
    };
    let things = shared.iter().zip(&uses).map(thing).collect();
    (things, uses)
}
