//! A set of small numbers, of which the next is found without looking at all: cores, workers, arcs of a circle.

#[derive(Clone, Debug, Default)]
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

    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let rest = std::iter::successors(Some(*word), |rest| rest.checked_sub(1).map(|less| rest & less));
            rest.take_while(|rest| *rest != 0).map(move |rest| at * 64 + rest.trailing_zeros() as usize)
        })
    }

    /// The first that is in the other set, too, which has the same bound.
    pub fn first_with(&self, other: &Bits) -> Option<usize> {
        first_of(self.0.iter().zip(&other.0).map(|(own, other)| own & other))
    }

    /// The first that is not in the other set.
    pub fn first_without(&self, other: &Bits) -> Option<usize> {
        first_of(self.0.iter().zip(&other.0).map(|(own, other)| own & !other))
    }

    /// As [`Bits::first_without`], from that number on.
    pub fn next_without(&self, other: &Bits, number: usize) -> Option<usize> {
        let (word, bit) = (number / 64, number % 64);
        let from = |at: usize| match at.cmp(&word) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => u64::MAX << bit,
            std::cmp::Ordering::Greater => u64::MAX,
        };
        first_of(self.0.iter().zip(&other.0).enumerate().map(|(at, (own, other))| own & !other & from(at)))
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

fn first_of(words: impl Iterator<Item = u64>) -> Option<usize> {
    let (at, word) = words.enumerate().find(|(_, word)| *word != 0)?;
    Some(at * 64 + word.trailing_zeros() as usize)
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
        assert_eq!(bits.iter().collect::<Vec<_>>(), [3, 63, 64]);
    }

    #[test]
    fn sets_are_compared_number_by_number() {
        let of = |numbers: &[usize]| {
            let mut bits = Bits::new(130);
            for number in numbers {
                bits.insert(*number);
            }
            bits
        };
        let (own, other) = (of(&[3, 64, 65, 129]), of(&[3, 65, 100]));
        assert_eq!((own.first_with(&other), other.first_with(&of(&[129]))), (Some(3), None));
        assert_eq!((own.first_without(&other), own.first_without(&own)), (Some(64), None));
        assert_eq!([0, 64, 65, 129].map(|from| own.next_without(&other, from)), [64, 64, 129, 129].map(Some));
    }
}
