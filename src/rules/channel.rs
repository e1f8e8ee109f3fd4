//! A channel: items go in and out; who finds no room, or none, waits in the order of coming.

use std::collections::VecDeque;

use crate::scenario::Scenario;
use crate::trace::Task;

#[derive(Clone, Debug, Default)]
pub struct Channel {
    items: u64,
    /// `None`: it has room for whatever comes.
    capacity: Option<u64>,
    senders: VecDeque<Task>,
    receivers: VecDeque<Task>,
}

/// What becomes of a `send` or `receive`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    Through,
    /// And with it that task's wait is over.
    Serves(Task),
    Waits,
}

impl Channel {
    /// As the scenario declares it; else it is unbounded.
    pub fn of(scenario: &Scenario, name: &str) -> Self {
        let declared = scenario.channels.iter().find(|channel| channel.name == name);
        Channel::new(declared.and_then(|channel| channel.capacity).map(u64::from))
    }

    pub fn new(capacity: Option<u64>) -> Self {
        Channel { capacity, ..Channel::default() }
    }

    pub fn capacity(&self) -> Option<u64> {
        self.capacity
    }

    /// Whether one more fits to so many items.
    pub fn has_room(items: u64, capacity: Option<u64>) -> bool {
        capacity.is_none_or(|capacity| items < capacity)
    }

    /// An item goes to whoever has waited longest for one, or in where there is room.
    pub fn send(&mut self, task: Task) -> Passing {
        if let Some(receiver) = self.receivers.pop_front() {
            return Passing::Serves(receiver);
        }
        if Channel::has_room(self.items, self.capacity) {
            self.items += 1;
            return Passing::Through;
        }
        self.senders.push_back(task);
        Passing::Waits
    }

    /// An item is taken out; whoever has waited longest to send puts its own where there is room now.
    pub fn receive(&mut self, task: Task) -> Passing {
        if let Some(sender) = self.senders.pop_front() {
            return Passing::Serves(sender);
        }
        if self.items > 0 {
            self.items -= 1;
            return Passing::Through;
        }
        self.receivers.push_back(task);
        Passing::Waits
    }

    /// Who waits for an item.
    pub fn receivers(&self) -> impl Iterator<Item = Task> {
        self.receivers.iter().copied()
    }

    /// Those tasks wait no more.
    pub fn forget(&mut self, are_gone: impl Fn(Task) -> bool) {
        self.senders.retain(|own| !are_gone(*own));
        self.receivers.retain(|own| !are_gone(*own));
    }
}

#[cfg(test)]
mod tests {
    use super::Passing::{Serves, Through, Waits};
    use super::*;

    #[test]
    fn who_finds_it_full_or_empty_waits_in_the_order_of_coming() {
        let mut channel = Channel::new(Some(2));
        let tasks = [0, 1, 2, 3, 4].map(Task);
        assert_eq!(
            tasks[..4].iter().map(|task| channel.send(*task)).collect::<Vec<_>>(),
            [Through, Through, Waits, Waits]
        );
        assert_eq!(
            [0; 5].map(|_| channel.receive(tasks[4])),
            [Serves(tasks[2]), Serves(tasks[3]), Through, Through, Waits]
        );
        assert_eq!(channel.receive(tasks[0]), Waits);
        assert_eq!(channel.receivers().collect::<Vec<_>>(), [tasks[4], tasks[0]]);
        channel.forget(|task| task == tasks[4]);
        assert_eq!([0; 2].map(|_| channel.send(tasks[1])), [Serves(tasks[0]), Through]);
    }

    #[test]
    fn an_unbounded_one_holds_up_nobody_who_sends() {
        let mut channel = Channel::new(None);
        assert!((0..1_000).all(|_| channel.send(Task(0)) == Through));
    }
}
