//! A barrier: whoever comes waits until all its parties are there, again and again; who is over is awaited no more.

use std::vec::Drain;

use crate::trace::Task;

#[derive(Clone, Debug, Default)]
pub struct Barrier {
    /// Tasks that may still come: those that name it and are not over.
    parties: u32,
    here: Vec<Task>,
}

impl Barrier {
    pub fn new(parties: u32) -> Self {
        Barrier { parties, here: Vec::new() }
    }

    /// Whether it opens when so many are there.
    pub fn opens(here: usize, parties: usize) -> bool {
        here > 0 && here >= parties
    }

    /// Who has come already and waits.
    pub fn here(&self) -> &[Task] {
        &self.here
    }

    /// A task comes. Returns whose waits are over by that if it was the last; else it waits from now on.
    pub fn come(&mut self, task: Task) -> Option<Drain<'_, Task>> {
        if Barrier::opens(self.here.len() + 1, self.parties as usize) {
            return Some(self.here.drain(..));
        }
        self.here.push(task);
        None
    }

    /// One of its parties is over. Returns whose waits are over by that: everybody's if only that one was awaited.
    pub fn leave(&mut self) -> Drain<'_, Task> {
        self.parties = self.parties.saturating_sub(1);
        let opens = Barrier::opens(self.here.len(), self.parties as usize);
        self.here.drain(..if opens { self.here.len() } else { 0 })
    }

    /// Those tasks wait no more, and are awaited still.
    pub fn forget(&mut self, are_gone: impl Fn(Task) -> bool) {
        self.here.retain(|own| !are_gone(*own));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Task = Task(0);
    const B: Task = Task(1);
    const C: Task = Task(2);

    #[test]
    fn it_opens_for_all_and_closes_behind_them() {
        let mut barrier = Barrier::new(3);
        let mut come = |task| barrier.come(task).map(Iterator::collect::<Vec<_>>);
        for _ in 0..2 {
            assert_eq!([come(B), come(A), come(C)], [None, None, Some(vec![B, A])]);
        }
    }

    #[test]
    fn who_is_over_is_awaited_no_more_and_who_is_forgotten_still_is() {
        let mut barrier = Barrier::new(3);
        assert!(barrier.come(A).is_none() && barrier.come(B).is_none());
        barrier.forget(|task| task == A);
        assert_eq!(barrier.leave().count(), 0, "two are awaited, one is there");
        assert_eq!(barrier.leave().collect::<Vec<_>>(), [B]);
        assert_eq!(barrier.leave().count(), 0, "nobody is there");
        assert_eq!(barrier.come(C).map(Iterator::count), Some(0), "it waits for nobody");
    }
}
