//! A set of small numbers, of which the next is found without looking at all: cores, workers, arcs of a circle.

#[derive(Clone, Debug)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// An empty set of numbers below `bound`.
    pub fn new(bound: usize) -> Self {
        Bits(vec![0; bound.div_ceil(64)])
    }

    pub fn insert(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    pub fn remove(&mut self, number: usize) {
        self.0[number / 64] &= !(1 << (number % 64));
    }

    pub fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    pub fn clear(&mut self) {
        self.0.fill(0);
    }

    pub fn first(&self) -> Option<usize> {
        let word = self.0.iter().position(|word| *word != 0)?;
        Some(word * 64 + self.0[word].trailing_zeros() as usize)
    }

    /// The first from that number on, then from 0 on.
    pub fn next_from(&self, number: usize) -> Option<usize> {
        let (word, bit) = (number / 64, number % 64);
        let rest = self.0.get(word).map_or(0, |own| own & (u64::MAX << bit));
        if rest != 0 {
            return Some(word * 64 + rest.trailing_zeros() as usize);
        }
        let behind = (word + 1..self.0.len()).find(|word| self.0[*word] != 0);
        behind.map(|word| word * 64 + self.0[word].trailing_zeros() as usize).or_else(|| self.first())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_is_found_all_the_way_round() {
        let mut bits = Bits::new(130);
        assert_eq!((bits.first(), bits.next_from(7)), (None, None));
        for number in [3, 63, 64, 129] {
            bits.insert(number);
        }
        assert_eq!([0, 3, 4, 64, 65, 129].map(|from| bits.next_from(from).unwrap()), [3, 3, 63, 64, 129, 129]);
        bits.remove(129);
        assert_eq!(bits.next_from(65), Some(3));
        assert!(bits.contains(64) && !bits.contains(129) && !bits.contains(500));
    }
}
