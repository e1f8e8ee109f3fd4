//! Whoever waits for a simulation: hears how far it is, and says whether to go on.

use super::Refusal;
use super::log::Sink;
use super::machine::Machine;
use super::tasks::{NONE, Progress};
use super::threads::ThreadState;
use crate::time::Nanos;
use crate::trace::{Cause, Event, State, Task, Worker};

/// What whoever waits for a simulation wants of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    GoOn,
    /// It is to end here; what had happened until now is wanted.
    Stop,
    /// Nobody wants anything of it any more.
    Abandon,
}

/// Hears now and then how much of the work is done, from 0 to 1, and never less than before.
pub type Watch<'a> = &'a dyn Fn(f64) -> Order;

/// The simulation's share of the work; the rest is putting its events in order.
pub(super) const SIMULATING: f64 = 0.85;

/// So many things happen between two words with whoever waits: entries of the calendar, or steps of tasks, of which any
/// number may be taken within one instant.
const LOOK_EVERY: u32 = 4_096;

/// When whoever waits is asked next, and what it said last.
pub(super) struct Lookout<'a> {
    watch: Watch<'a>,
    /// So many things may happen before that; one, once nothing more is to happen.
    until_look: u32,
    order: Order,
}

impl<'a> Lookout<'a> {
    pub fn new(watch: Watch<'a>) -> Self {
        Lookout { watch, until_look: 1, order: Order::GoOn }
    }

    pub fn order(&self) -> Order {
        self.order
    }

    /// The next that happens is looked at.
    pub fn look_next(&mut self) {
        self.until_look = 1;
    }
}

impl<S: Sink> Machine<'_, S> {
    /// Something has happened. Returns whether nothing more is to happen; asks whoever waits now and then.
    #[inline]
    pub fn is_called_off(&mut self) -> bool {
        self.lookout.until_look -= 1;
        self.lookout.until_look == 0 && self.look()
    }

    #[cold]
    fn look(&mut self) -> bool {
        if let Some(max) = self.told.events_beyond() {
            self.refuse(Refusal::TooManyEvents { max });
        }
        if self.lookout.order == Order::GoOn && !self.is_refused() {
            self.lookout.order = (self.lookout.watch)(self.tally.share_done() * SIMULATING);
        }
        let is_called_off = self.lookout.order != Order::GoOn || self.is_refused();
        self.lookout.until_look = if is_called_off { 1 } else { LOOK_EVERY };
        is_called_off
    }

    /// Ends everybody who is not over, here and now.
    pub fn cancel_the_rest(&mut self) {
        for thread in self.os.on_cores() {
            let row = &self.threads[thread as usize];
            // Some may have got their cores at this very instant, and one may be between two steps.
            if row.state == ThreadState::Running {
                if row.left > 0 {
                    self.account(thread);
                }
                self.show_what_ran(thread);
            }
        }
        for task in 0..self.tasks.len() {
            let row = &mut self.tasks.rows[task as usize];
            if matches!(row.progress, Progress::Over { .. }) {
                continue;
            }
            row.progress = Progress::Over { done: false };
            self.tally.task_is_over();
            let worker =
                if row.thread == NONE { Worker::MAIN } else { Worker(self.threads[row.thread as usize].worker) };
            let time = Nanos(self.now);
            self.emit(Event { time, worker, ..Event::new(Task(task), State::Cancelled, Cause::Stopped) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::{LOOK_EVERY, Order, SIMULATING, Watch};
    use crate::model::{self, ModelChoice};
    use crate::scenario::read;
    use crate::simulate::costs::Costs;
    use crate::simulate::{Setup, Simulated, simulate_watched};
    use crate::trace::{State, Status, Task};

    fn watched(model: &str, body: &str, watch: Watch<'_>) -> Simulated {
        let text = format!("format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\nmachine.ideal = true\n{body}");
        let scenario = read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
        let plan = ModelChoice::new(model::find(model).unwrap()).plan(1);
        let costs = Costs::of(plan.language, None, &scenario.machine);
        simulate_watched(&Setup { scenario: &scenario, plan: &plan, cores: 1, seed: 1, costs: &costs }, watch).unwrap()
    }

    fn tasks(count: u32, repeat: u32) -> String {
        let steps = "{ load = \"x\" }, { add = 1 }, { store = \"x\" }";
        format!("[[task]]\nname = \"a\"\ncount = {count}\nsteps = [{{ repeat = {repeat}, steps = [{steps}] }}]\n")
    }

    #[test]
    fn who_waits_is_asked_however_much_happens_within_one_instant() {
        let check = |model: &str, count: u32, repeat: u32| {
            let shares = RefCell::new(Vec::new());
            let note = |share| {
                shares.borrow_mut().push(share);
                Order::GoOn
            };
            let run = watched(model, &tasks(count, repeat), &note);
            assert_eq!(run.variables[0].1, i64::from(count * repeat));
            let mut shares = shares.into_inner();
            assert!(shares.is_sorted(), "{model}: {shares:?}");
            shares.retain(|share| *share <= SIMULATING);
            // Each of its steps, and each task's coming and going.
            let happened = count * (3 * repeat + 2);
            assert!(shares.len() >= (happened / LOOK_EVERY) as usize, "{model}: asked {} times", shares.len());
            let widest = shares.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
            let even = SIMULATING * f64::from(LOOK_EVERY) / f64::from(happened);
            assert!(widest < 2.0 * even, "{model}: {widest} of the work in one go, instead of {even}");
        };
        for model in ["sequential", "event-loop", "threads", "gil-threads", "work-stealing"] {
            check(model, 1, 100_000);
            check(model, 50_000, 2);
        }
    }

    #[test]
    fn what_happens_within_one_instant_can_be_stopped_in_its_midst() {
        for model in ["sequential", "event-loop", "threads", "gil-threads", "work-stealing"] {
            let stop = |share| if share > 0.6 { Order::Stop } else { Order::GoOn };
            let run = watched(model, &tasks(10, 10_000), &stop);
            assert_eq!(run.status, Status::Cancelled, "{model}");
            let added = run.variables[0].1;
            assert!((60_000..80_000).contains(&added), "{model}: {added}");
            let ends = |state| {
                let last = |task| run.trace.spans_of(Task(task)).last().map(|span| span.state);
                (0..10).filter(|task| last(*task) == Some(state)).count()
            };
            let (done, cancelled) = (ends(State::Done), ends(State::Cancelled));
            assert_eq!(i64::try_from(done).unwrap(), added / 10_000, "{model}");
            assert_eq!(done + cancelled, 10, "{model}");
            assert_eq!(run.account.cpu.map(|time| time.0), Some(0), "{model}: nothing takes time");
        }
    }

    #[test]
    fn who_is_through_with_it_is_asked_no_more() {
        let asked = Cell::new(0);
        let abandon = |_| {
            asked.set(asked.get() + 1);
            Order::Abandon
        };
        let run = watched("threads", &tasks(20_000, 10), &abandon);
        assert_eq!((run.status, run.trace.tasks(), asked.get()), (Status::Cancelled, 20_000, 1));
    }
}
