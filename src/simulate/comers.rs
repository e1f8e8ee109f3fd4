//! Workers that are ready for a core and have no task yet, where the scheduler goes by what a task is: each comes for the
//! first in its queue, and is ranked by that one.
//!
//! All who come for the same queue have the same rank, whoever is first in it. So only one of them stands in the ready
//! queue, for all; once it has its core, the next is entered. Else each task that is taken would give all of them another
//! rank. Threads of a pool of event loops have lines of their own, and ranks: each of those is entered.

use std::collections::VecDeque;

use super::threads::Role;

#[derive(Debug)]
pub(super) struct Comers {
    /// By the queue that they come for, in the order in which they were woken.
    lines: Vec<VecDeque<u32>>,
}

impl Comers {
    /// Workers take tasks from so many queues, and threads of the blocking pool from one.
    pub fn new(queues: usize) -> Self {
        Comers { lines: vec![VecDeque::new(); queues + 1] }
    }

    /// In which line a worker of that role comes; `None`: it takes no tasks.
    fn line_of(&self, role: Role) -> Option<usize> {
        match role {
            Role::Pool { queue } => Some(queue as usize),
            Role::Thief { .. } | Role::Loop => Some(0),
            Role::Blocking => Some(self.lines.len() - 1),
            Role::Main | Role::Own => None,
        }
    }

    /// Whether one stands for all that come for the same queue.
    fn are_represented(role: Role) -> bool {
        role != Role::Loop
    }

    /// A worker comes. Returns whether it is to be entered in the ready queue.
    pub fn push(&mut self, thread: u32, role: Role) -> bool {
        let Some(line) = self.line_of(role) else { return true };
        self.lines[line].push_back(thread);
        self.lines[line].len() == 1 || !Comers::are_represented(role)
    }

    /// The one that is entered for that queue, or of several the first.
    pub fn first_for(&self, queue: usize) -> Option<u32> {
        self.lines[queue].front().copied()
    }

    /// The thread of the blocking pool that is entered.
    pub fn first_for_errands(&self) -> Option<u32> {
        self.lines[self.lines.len() - 1].front().copied()
    }

    /// A worker has got its core. Returns who is to be entered in its stead.
    pub fn remove(&mut self, thread: u32, role: Role) -> Option<u32> {
        let line = self.line_of(role)?;
        let line = &mut self.lines[line];
        let place = line.iter().position(|one| *one == thread)?;
        line.remove(place);
        line.front().copied().filter(|_| place == 0 && Comers::are_represented(role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stands_for_all_who_come_for_the_same_queue() {
        let mut comers = Comers::new(2);
        let [one, other] = [0, 1].map(|queue| Role::Pool { queue });
        assert_eq!([7, 8, 9].map(|thread| comers.push(thread, one)), [true, false, false]);
        assert!(comers.push(1, other) && comers.push(2, Role::Blocking));
        assert_eq!((comers.first_for(0), comers.first_for_errands()), (Some(7), Some(2)));
        assert_eq!(comers.remove(7, one), Some(8));
        assert_eq!(comers.remove(1, other), None, "nobody comes after it");
        assert_eq!((comers.remove(7, one), comers.first_for(0)), (None, Some(8)), "it is there no more");
    }

    #[test]
    fn each_loop_of_a_pool_stands_for_itself() {
        let mut comers = Comers::new(1);
        assert!(comers.push(3, Role::Loop) && comers.push(4, Role::Loop));
        assert_eq!((comers.remove(4, Role::Loop), comers.remove(3, Role::Loop)), (None, None));
        assert_eq!(comers.first_for(0), None);
    }
}
