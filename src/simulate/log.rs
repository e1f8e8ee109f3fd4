//! Where a simulation writes what happens: a [`Log`] that becomes a trace, or any other [`Sink`] that only counts.

use super::EVENTS_MAX;
use crate::trace::{Event, OutputLine, Unsorted};

/// Takes a simulation's events. Those of one task come in the order of their times; those of different tasks may not.
pub trait Sink {
    fn event(&mut self, event: Event);
    fn say(&mut self, line: OutputLine);

    /// How many events it takes; a simulation that has more is refused, soon after it does.
    fn events_max(&self) -> u64 {
        EVENTS_MAX
    }
}

/// Everything that happens, in the order in which it does.
#[derive(Debug)]
pub struct Log {
    pub events: Unsorted,
    pub output: Vec<OutputLine>,
    events_max: u64,
}

impl Log {
    /// There is no room for more.
    pub fn of_at_most(events_max: u64) -> Self {
        Log { events: Unsorted::default(), output: Vec::new(), events_max: events_max.min(EVENTS_MAX) }
    }
}

impl Sink for Log {
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn say(&mut self, line: OutputLine) {
        self.output.push(line);
    }

    fn events_max(&self) -> u64 {
        self.events_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{self, ModelChoice};
    use crate::scenario::read;
    use crate::simulate::costs::Costs;
    use crate::simulate::{Refusal, Setup, check, simulate_into};

    /// Counts, and takes only so many.
    struct Few {
        taken: u64,
        max: u64,
    }

    impl Sink for Few {
        fn event(&mut self, _: Event) {
            self.taken += 1;
            assert!(self.taken < 10 * self.max, "it goes on and on");
        }

        fn say(&mut self, _: OutputLine) {}

        fn events_max(&self) -> u64 {
            self.max
        }
    }

    #[test]
    fn what_grows_beyond_what_can_be_taken_is_refused_on_the_way() {
        let text = "format = 1\ntitle = \"t\"\nmodels = [\"event-loop\"]\n[[task]]\nname = \"a\"\ncount = 100\n\
                    steps = [{ repeat = 1000, steps = [{ io = \"1ms\" }] }]\n";
        let scenario = read::read("t.toml", text).unwrap_or_else(|problems| panic!("{problems}"));
        let plan = ModelChoice::new(model::find("event-loop").unwrap()).plan(1);
        let costs = Costs::of(plan.language, None, &scenario.machine);
        let setup = Setup { scenario: &scenario, plan: &plan, cores: 1, seed: 1, costs: &costs };
        assert_eq!(check(&setup), Ok(()), "before it runs nobody can tell");
        let refused = simulate_into(&setup, Few { taken: 0, max: 20_000 }).err();
        assert_eq!(refused, Some(Refusal::TooManyEvents { max: 20_000 }));
        let all = simulate_into(&setup, Few { taken: 0, max: 1_000_000 }).unwrap().taken;
        assert!(all > 100_000, "{all} events were in sight");
    }
}
