//! A lock: one holds it, the others wait in the order in which they came.

use std::collections::{BTreeSet, VecDeque};

use crate::scenario::Scenario;
use crate::trace::Task;

#[derive(Clone, Debug, Default)]
pub struct Lock {
    holder: Option<Task>,
    barging: bool,
    queue: VecDeque<Task>,
    /// Whom a barging lock has told to try again and who have not come yet.
    called: BTreeSet<Task>,
}

/// Who goes on when a lock is let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    pub task: Task,
    /// It does not have the lock yet: it has to ask again, and somebody else may be faster. It waits no more until then.
    pub asks_again: bool,
}

impl Lock {
    /// As the scenario declares it: from hand to hand, or barging.
    pub fn of(scenario: &Scenario, name: &str) -> Self {
        Lock::new(scenario.locks.iter().any(|lock| lock.name == name && lock.barging))
    }

    pub fn new(barging: bool) -> Self {
        Lock { barging, ..Lock::default() }
    }

    pub fn holder(&self) -> Option<Task> {
        self.holder
    }

    /// Takes the lock if nobody has it. Else the task waits from now on, behind whom this returns.
    pub fn ask(&mut self, task: Task) -> Option<Task> {
        self.called.remove(&task);
        let before = self.holder;
        match self.holder {
            None => self.holder = Some(task),
            Some(_) => self.queue.push_back(task),
        }
        before
    }

    /// Its holder lets it go: to whoever has waited longest, unless it is barging. Then it is free for whoever comes, and
    /// that one is only told.
    pub fn release(&mut self) -> Option<Turn> {
        let next = self.queue.pop_front();
        self.holder = next.filter(|_| !self.barging);
        if self.barging {
            self.called.extend(next);
        }
        next.map(|task| Turn { task, asks_again: self.barging })
    }

    /// A task is over, and lets go of what it has. If it was told to try again, the next one is: nobody else would do that.
    pub fn leave(&mut self, task: Task) -> Option<Turn> {
        let was_called = self.called.remove(&task);
        if self.holder == Some(task) || was_called && self.holder.is_none() { self.release() } else { None }
    }

    /// Those tasks wait no more.
    pub fn forget(&mut self, are_gone: impl Fn(Task) -> bool) {
        self.queue.retain(|own| !are_gone(*own));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Task = Task(0);
    const B: Task = Task(1);
    const C: Task = Task(2);

    fn turn(task: Task, asks_again: bool) -> Turn {
        Turn { task, asks_again }
    }

    #[test]
    fn it_goes_from_hand_to_hand_in_the_order_of_coming() {
        let mut lock = Lock::new(false);
        assert_eq!([A, C, B].map(|task| lock.ask(task)), [None, Some(A), Some(A)]);
        assert_eq!((lock.release(), lock.holder()), (Some(turn(C, false)), Some(C)));
        assert_eq!(lock.ask(A), Some(C), "who has let it go comes last");
        assert_eq!(lock.leave(C), Some(turn(B, false)));
        lock.forget(|task| task == A);
        assert_eq!((lock.leave(A), lock.release(), lock.holder()), (None, None, None));
    }

    #[test]
    fn barging_lets_whoever_comes_first_have_it() {
        let mut lock = Lock::new(true);
        assert_eq!([A, B, C].map(|task| lock.ask(task)), [None, Some(A), Some(A)]);
        assert_eq!((lock.release(), lock.holder()), (Some(turn(B, true)), None));
        assert_eq!((lock.ask(A), lock.ask(B)), (None, Some(A)), "too late: back to the end of the line");
        assert_eq!(lock.release(), Some(turn(C, true)));
        assert_eq!(lock.leave(C), Some(turn(B, true)), "it never came");
        assert_eq!((lock.ask(B), lock.holder()), (None, Some(B)));
    }
}
