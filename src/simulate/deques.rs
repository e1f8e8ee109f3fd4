//! Work to steal: what arrives at one instant is a batch for whoever is first, who splits it and leaves the back half to
//! itself or to thieves, again and again.

use std::collections::VecDeque;

use super::bits::Bits;
use super::tasks::NONE;
use crate::scenario::draw::SplitMix;

/// A deque for each worker, and what came from outside.
#[derive(Debug)]
pub(super) struct Deques {
    own: Vec<VecDeque<Piece>>,
    /// Workers whose deques are not empty.
    stocked: Bits,
    injector: VecDeque<Piece>,
    /// What arrives at this instant.
    arriving: Vec<u32>,
    batches: Vec<Vec<u32>>,
    /// Chooses where a thief looks first.
    random: SplitMix,
}

/// A contiguous part of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    batch: u32,
    from: u32,
    to: u32,
    /// The worker that split it off, or [`NONE`].
    pub of: u32,
    /// It was taken from another's deque.
    pub is_stolen: bool,
}

impl Piece {
    /// How many tasks it has.
    pub fn len(&self) -> u32 {
        self.to - self.from
    }
}

impl Deques {
    pub fn new(workers: usize, seed: u64) -> Self {
        Deques {
            own: vec![VecDeque::new(); workers],
            stocked: Bits::new(workers),
            injector: VecDeque::new(),
            arriving: Vec::new(),
            batches: Vec::new(),
            random: SplitMix(seed),
        }
    }

    /// A task arrives.
    #[inline]
    pub fn collect(&mut self, task: u32) {
        self.arriving.push(task);
    }

    /// Whether somebody has arrived who is in no batch yet.
    #[inline]
    pub fn is_collecting(&self) -> bool {
        !self.arriving.is_empty()
    }

    /// Those who have arrived become a batch, sorted by that key. Returns it.
    pub fn inject<K: Ord>(&mut self, key: impl Fn(u32) -> K) -> &[u32] {
        let mut batch = std::mem::take(&mut self.arriving);
        batch.sort_by_key(|task| key(*task));
        let short = |number: usize| u32::try_from(number).expect("no more than tasks");
        let (number, to) = (short(self.batches.len()), short(batch.len()));
        self.injector.push_back(Piece { batch: number, from: 0, to, of: NONE, is_stolen: false });
        self.batches.push(batch);
        &self.batches[number as usize]
    }

    /// The newest of its own, else the oldest of another's, beginning at a random one, else what came from outside.
    pub fn take(&mut self, own: u32) -> Option<Piece> {
        let own = own as usize;
        if let Some(piece) = self.own[own].pop_back() {
            self.note_stock(own);
            return Some(piece);
        }
        if self.stocked.first().is_some() {
            let workers = self.own.len();
            let start = usize::try_from(self.random.next() % workers as u64).expect("an index");
            // Its own is empty.
            let victim = self.stocked.next_from(start).expect("some are stocked");
            let piece = self.own[victim].pop_front();
            self.note_stock(victim);
            return piece.map(|piece| Piece { is_stolen: true, ..piece });
        }
        self.injector.pop_front()
    }

    /// Splits the back half off and leaves it in that worker's deque. Returns the first task of it; `None` when there is
    /// but one task.
    pub fn split(&mut self, own: u32, piece: &mut Piece) -> Option<u32> {
        if piece.len() <= 1 {
            return None;
        }
        let middle = piece.from + piece.len().div_ceil(2);
        let back = Piece { from: middle, of: own, is_stolen: false, ..*piece };
        self.own[own as usize].push_back(back);
        self.stocked.insert(own as usize);
        piece.to = middle;
        Some(self.first(back))
    }

    /// The first task of that piece.
    pub fn first(&self, piece: Piece) -> u32 {
        self.batches[piece.batch as usize][piece.from as usize]
    }

    /// A task that [`Deques::take`] may yield: which of several to steal it would be is a matter of luck.
    pub fn head(&self, own: u32) -> Option<u32> {
        let stolen = || self.stocked.first().and_then(|victim| self.own[victim].front());
        let piece = self.own[own as usize].back().or_else(stolen).or_else(|| self.injector.front());
        piece.map(|piece| self.first(*piece))
    }

    fn note_stock(&mut self, worker: usize) {
        if self.own[worker].is_empty() {
            self.stocked.remove(worker);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_halved_and_its_halves_go_to_who_splits_or_steals() {
        let mut deques = Deques::new(2, 1);
        (0..5).for_each(|task| deques.collect(task));
        assert_eq!(deques.inject(std::cmp::Reverse), [4, 3, 2, 1, 0]);
        assert!(!deques.is_collecting());
        assert_eq!((deques.head(0), deques.head(1)), (Some(4), Some(4)), "from outside");
        let mut piece = deques.take(0).unwrap();
        let splits: Vec<u32> = std::iter::from_fn(|| deques.split(0, &mut piece)).collect();
        assert_eq!((splits, deques.first(piece), piece.len()), (vec![1, 2, 3], 4, 1));
        assert_eq!((deques.head(0), deques.head(1)), (Some(3), Some(1)));
        let stolen = deques.take(1).unwrap();
        assert_eq!((deques.first(stolen), stolen.len(), stolen.is_stolen, stolen.of), (1, 2, true, 0), "the oldest");
        let own = deques.take(0).unwrap();
        assert_eq!((deques.first(own), own.len(), own.is_stolen), (3, 1, false), "the newest");
    }
}
