//! Steps as they are done: whatever one of them names is looked up once, before t = 0, and not by every task that comes to
//! it. Two neighbors on a cache line are a matter of nanoseconds, and a lookup by name takes several.

use crate::scenario::Step;
use crate::scenario::program::Program;
use crate::scenario::shared::{self, Shared};
use crate::trace::Resource;

/// A step, and which of the things that tasks share it is about.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub step: Step,
    /// [`Resource::NONE`] where it names nothing.
    pub on: Resource,
}

/// The program of a group whose names are all in `shared`.
pub fn program(steps: &[Step], shared: &Shared) -> Program<Prepared> {
    Program::compiled(steps, &mut |step| Prepared { step: step.clone(), on: resource(step, shared) })
}

fn resource(step: &Step, shared: &Shared) -> Resource {
    let Some((kind, name)) = shared::named(step) else { return Resource::NONE };
    Resource(u32::try_from(shared.number(kind, name)).expect("numbered as a trace numbers them"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::program::Place;
    use crate::scenario::read;
    use crate::scenario::shared::Kind::{Barrier, Channel, Lock, Variable};

    #[test]
    fn one_name_is_another_thing_for_each_kind_of_step() {
        let text = r#"
            format = 1
            title = "t"
            models = ["threads"]
            [[task]]
            name = "a"
            steps = [
                { load = "x" }, { lock = "x" }, { send = "x" }, { add = 1 },
                { repeat = 1, steps = [{ barrier = "x" }, { store = "x" }] }, { receive = "x" }, { unlock = "x" },
            ]
        "#;
        let scenario = read::read("names.toml", text).unwrap();
        let shared = Shared::of(&scenario);
        let program = program(&scenario.groups[0].steps, &shared);
        let mut place = Place::default();
        let numbers = std::iter::from_fn(|| Some(place.step(&program)?.0.on));
        let kinds: Vec<_> = numbers.map(|on| shared.iter().nth(on.0 as usize).map(|(kind, _)| *kind)).collect();
        assert_eq!(
            kinds,
            [Some(Variable), Some(Lock), Some(Channel), None, Some(Barrier), Some(Variable), Some(Channel), Some(Lock)]
        );
    }
}
