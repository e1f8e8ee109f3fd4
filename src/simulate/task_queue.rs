//! A queue of tasks that wait for a worker, and whose turn it is in it.

use std::collections::VecDeque;

use super::sequence_heap::SequenceHeap;

/// Which of the tasks that wait for a worker is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Who came first: all are as urgent.
    Arrival,
    /// The most urgent; of equals, who came first.
    Urgency,
    /// The lowest number: the scheduler goes by a list.
    Number,
}

/// Tasks in the order of their turns.
#[derive(Debug)]
pub(super) enum TaskQueue {
    Fifo(VecDeque<u32>),
    Ranked { heap: SequenceHeap<(i32, u64, u32)>, pushed: u64, by_number: bool },
}

impl TaskQueue {
    pub fn new(turn: Turn) -> Self {
        match turn {
            Turn::Arrival => TaskQueue::Fifo(VecDeque::new()),
            Turn::Urgency | Turn::Number => {
                TaskQueue::Ranked { heap: SequenceHeap::default(), pushed: 0, by_number: turn == Turn::Number }
            }
        }
    }

    pub fn is_ranked(&self) -> bool {
        matches!(self, TaskQueue::Ranked { .. })
    }

    pub fn is_by_number(&self) -> bool {
        matches!(self, TaskQueue::Ranked { by_number: true, .. })
    }

    pub fn push(&mut self, task: u32, priority: i32) {
        match self {
            TaskQueue::Fifo(queue) => queue.push_back(task),
            TaskQueue::Ranked { heap, by_number: true, .. } => heap.push((0, u64::from(task), task)),
            TaskQueue::Ranked { heap, pushed, .. } => {
                *pushed += 1;
                heap.push((priority, *pushed, task));
            }
        }
    }

    pub fn pop(&mut self) -> Option<u32> {
        match self {
            TaskQueue::Fifo(queue) => queue.pop_front(),
            TaskQueue::Ranked { heap, .. } => heap.pop().map(|(_, _, task)| task),
        }
    }

    pub fn head(&self) -> Option<u32> {
        match self {
            TaskQueue::Fifo(queue) => queue.front().copied(),
            TaskQueue::Ranked { heap, .. } => heap.peek().map(|(_, _, task)| *task),
        }
    }

    pub fn len(&self) -> u32 {
        let len = match self {
            TaskQueue::Fifo(queue) => queue.len(),
            TaskQueue::Ranked { heap, .. } => heap.len(),
        };
        u32::try_from(len).unwrap_or(u32::MAX)
    }
}
