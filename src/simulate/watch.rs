//! Whoever waits for a simulation: hears how far it is, and says whether to go on.

use super::log::Sink;
use super::machine::Machine;
use super::tasks::{NONE, Progress};
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

impl<S: Sink> Machine<'_, S> {
    /// Ends everybody who is not over, here and now.
    pub fn cancel_the_rest(&mut self) {
        for thread in self.os.on_cores() {
            self.account(thread);
            self.show_what_ran(thread);
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
