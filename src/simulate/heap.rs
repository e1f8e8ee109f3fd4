//! A priority queue for millions: the smallest comes first. A node has four children, which lie side by side in memory:
//! half the levels of a binary heap, and half of what it waits for memory.
//!
//! Invariant: of equal values it does not matter which comes first; whoever cares makes them differ.

/// Children of a node.
const ARITY: usize = 4;

#[derive(Debug)]
pub(super) struct MinHeap<T>(Vec<T>);

impl<T> Default for MinHeap<T> {
    fn default() -> Self {
        MinHeap(Vec::new())
    }
}

impl<T: Copy + Ord> MinHeap<T> {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn peek(&self) -> Option<&T> {
        self.0.first()
    }

    pub fn push(&mut self, value: T) {
        self.0.push(value);
        self.rise(self.0.len() - 1, value);
    }

    pub fn pop(&mut self) -> Option<T> {
        let last = self.0.pop()?;
        let Some(first) = self.0.first().copied() else { return Some(last) };
        // The last one is rarely small: it is faster to let the smaller children rise all the way, and it behind them.
        let mut hole = 0;
        loop {
            let from = hole * ARITY + 1;
            let children = from..(from + ARITY).min(self.0.len());
            let Some(least) = children.min_by_key(|at| self.0[*at]) else { break };
            self.0[hole] = self.0[least];
            hole = least;
        }
        self.rise(hole, last);
        Some(first)
    }

    /// Puts `value` where `hole` is, or as far above as it belongs.
    fn rise(&mut self, mut hole: usize, value: T) {
        while let Some(above) = hole.checked_sub(1).map(|at| at / ARITY).filter(|at| value < self.0[*at]) {
            self.0[hole] = self.0[above];
            hole = above;
        }
        self.0[hole] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_in_order_however_they_went_in() {
        // A full cycle of a small generator: every number once, in no order.
        let mut next = 1_u32;
        let numbers: Vec<u32> = std::iter::repeat_with(|| {
            next = (next * 5 + 3) % 4_096;
            next
        })
        .take(4_096)
        .collect();
        let mut heap = MinHeap::default();
        let mut popped = Vec::new();
        for (at, number) in numbers.iter().enumerate() {
            heap.push(*number);
            if at % 3 == 2 {
                // What comes out now is the smallest there is.
                let least = heap.pop();
                assert!(heap.peek().is_none_or(|next| least <= Some(*next)));
                popped.extend(least);
            }
        }
        let rest: Vec<u32> = std::iter::from_fn(|| heap.pop()).collect();
        assert!(rest.is_sorted());
        popped.extend(rest);
        popped.sort_unstable();
        assert_eq!(popped, (0..4_096).collect::<Vec<_>>());
        assert_eq!(heap.pop(), None);
    }
}
