//! A priority queue that stays fast with millions in it. In a binary heap of so many, to take the first out looks at
//! twenty places one after the other, most of them in no cache of the processor.
//!
//! Here newcomers stand in a heap small enough for caches. Whenever that is full, all of it becomes a sorted run, and runs
//! of about the same length are merged: memory is gone through in order, which caches are good at. The first of all is the
//! first of the newcomers or of one of the few runs. After P. Sanders, "Fast Priority Queues for Cached Memory", ACM
//! Journal of Experimental Algorithmics 5 (2000), article 7, with merges of two instead of many.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// So many newcomers are kept in a heap: at 24 bytes each, well within a core's own caches. Were they fewer, the thousand
/// entries that a thousand cores make would be sorted over and over.
const FRESH_MAX: usize = 2_048;

/// The smallest goes first. Entering costs logarithmic time on average over all, taking out, too.
#[derive(Debug)]
pub(super) struct SequenceHeap<K> {
    fresh: BinaryHeap<Reverse<K>>,
    /// None is empty. In each the smallest is the last; each was at least twice as long as the next when that was made.
    runs: Vec<Vec<Reverse<K>>>,
    /// The smallest in any run, and in which.
    sorted: Option<(K, usize)>,
}

impl<K: Ord> Default for SequenceHeap<K> {
    fn default() -> Self {
        SequenceHeap { fresh: BinaryHeap::new(), runs: Vec::new(), sorted: None }
    }
}

impl<K: Copy + Ord> SequenceHeap<K> {
    pub fn len(&self) -> usize {
        self.fresh.len() + self.runs.iter().map(Vec::len).sum::<usize>()
    }

    #[inline]
    pub fn push(&mut self, key: K) {
        self.fresh.push(Reverse(key));
        if self.fresh.len() == FRESH_MAX {
            self.sort_fresh();
        }
    }

    /// The smallest.
    #[inline]
    pub fn peek(&self) -> Option<&K> {
        let fresh = self.fresh.peek().map(|Reverse(fresh)| fresh);
        match &self.sorted {
            None => fresh,
            Some((sorted, _)) => fresh.filter(|fresh| *fresh <= sorted).or(Some(sorted)),
        }
    }

    /// Takes the smallest out.
    #[inline]
    pub fn pop(&mut self) -> Option<K> {
        if self.sorted.is_some() {
            return self.pop_of_many();
        }
        self.fresh.pop().map(|Reverse(fresh)| fresh)
    }

    #[inline(never)]
    fn pop_of_many(&mut self) -> Option<K> {
        let (sorted, run) = self.sorted?;
        if self.fresh.peek().is_some_and(|Reverse(fresh)| *fresh <= sorted) {
            return self.fresh.pop().map(|Reverse(fresh)| fresh);
        }
        self.runs[run].pop();
        if self.runs[run].is_empty() {
            self.runs.remove(run);
        }
        self.find_sorted();
        Some(sorted)
    }

    #[inline(never)]
    fn sort_fresh(&mut self) {
        let mut run: Vec<Reverse<K>> = self.fresh.drain().collect();
        run.sort_unstable();
        while let Some(longer) = self.runs.pop_if(|longer| longer.len() < 2 * run.len()) {
            let shorter = std::mem::replace(&mut run, longer);
            run.extend(shorter);
            // This kind of sort finds what is sorted already, and merges.
            run.sort();
        }
        self.runs.push(run);
        self.find_sorted();
    }

    fn find_sorted(&mut self) {
        let lasts = self.runs.iter().enumerate().filter_map(|(at, run)| Some((run.last()?.0, at)));
        self.sorted = lasts.min();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::draw::SplitMix;

    /// Beside a binary heap, growing and shrinking, with equals.
    #[test]
    fn it_is_a_priority_queue() {
        for seed in 0..20 {
            let mut random = SplitMix(seed);
            let (mut queue, mut reference) = (SequenceHeap::default(), BinaryHeap::new());
            let mut runs_max = 0;
            for round in 0..60 {
                let grows = round % 5 < 4;
                for _ in 0..1_000 {
                    let key = random.next() % 5_000;
                    if key.is_multiple_of(4) == grows {
                        assert_eq!(queue.pop(), reference.pop().map(|Reverse(key)| key), "seed {seed}");
                    } else {
                        queue.push(key);
                        reference.push(Reverse(key));
                    }
                    assert_eq!(queue.peek(), reference.peek().map(|Reverse(key)| key), "seed {seed}");
                }
                assert_eq!(queue.len(), reference.len(), "seed {seed}");
                runs_max = runs_max.max(queue.runs.len());
            }
            while let Some(key) = queue.pop() {
                assert_eq!(reference.pop(), Some(Reverse(key)), "seed {seed}");
            }
            assert!(reference.is_empty() && queue.runs.is_empty());
            assert!(runs_max > 1, "too few for several runs");
        }
    }

    /// However many come, those that were sorted are in few runs.
    #[test]
    fn runs_are_few() {
        let mut queue = SequenceHeap::default();
        for key in 0..1_000_000_u32 {
            queue.push(key.wrapping_mul(2_654_435_761));
        }
        let lengths: Vec<usize> = queue.runs.iter().map(Vec::len).collect();
        assert!(lengths.windows(2).all(|pair| pair[0] >= 2 * pair[1]), "{lengths:?}");
    }
}
