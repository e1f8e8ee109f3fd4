//! Whom a preemptive scheduler would displace: the worst of those that run, found without looking at every core.
//!
//! Invariant: a rank changes only as time does, and all that compute get better at the same pace. So ranks are compared
//! as they will be at one and the same instant, and nothing is to be done while they only compute.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::tasks::NONE;

/// Ranks, larger is worse; among equals the higher task number. Then the thread.
type Ranked = (i64, u32, u32);

const NOBODY: Ranked = (i64::MIN, 0, NONE);

/// What runs on each core, by rank.
#[derive(Debug)]
pub(super) struct Running {
    /// Whose rank stays as it is: it pays overhead, or is ranked by something else than what it has to do.
    steady: Tournament,
    /// Whose rank falls while it computes, with the time added at which it was looked at.
    falling: Tournament,
    /// When steady ones begin to fall: time, core, and the core's stamp then.
    turns: BinaryHeap<Reverse<(i64, u16, u32)>>,
    /// Changes whenever what runs on the core does.
    stamps: Vec<u32>,
}

impl Running {
    pub fn new(cores: u32) -> Self {
        let tree = Tournament::new(cores as usize);
        Running { steady: tree.clone(), falling: tree, turns: BinaryHeap::new(), stamps: vec![0; cores as usize] }
    }

    /// That thread runs there, and its rank falls from some time on, now at the earliest.
    pub fn put(&mut self, now: i64, core: u16, ranked: Ranked, falls_from: Option<i64>) {
        let row = usize::from(core);
        self.stamps[row] = self.stamps[row].wrapping_add(1);
        match falls_from {
            Some(time) if time <= now => self.begins_to_fall(row, time, ranked),
            _ => {
                self.steady.set(row, ranked);
                self.falling.set(row, NOBODY);
                self.turns.extend(falls_from.map(|time| Reverse((time, core, self.stamps[row]))));
            }
        }
    }

    fn begins_to_fall(&mut self, core: usize, time: i64, (rank, task, thread): Ranked) {
        self.steady.set(core, NOBODY);
        self.falling.set(core, (rank.saturating_add(time), task, thread));
    }

    pub fn remove(&mut self, core: u16) {
        let core = usize::from(core);
        self.stamps[core] = self.stamps[core].wrapping_add(1);
        self.steady.set(core, NOBODY);
        self.falling.set(core, NOBODY);
    }

    /// The worst rank and whose it is.
    pub fn worst(&mut self, now: i64) -> Option<(i64, u32)> {
        while let Some(Reverse((time, core, stamp))) = self.turns.peek().copied().filter(|turn| turn.0.0 <= now) {
            self.turns.pop();
            let core = usize::from(core);
            if self.stamps[core] == stamp {
                self.begins_to_fall(core, time, self.steady.get(core));
            }
        }
        let (ahead, task, thread) = self.falling.worst();
        let falling = if thread == NONE { NOBODY } else { (ahead.saturating_sub(now), task, thread) };
        let (rank, _, thread) = self.steady.worst().max(falling);
        (thread != NONE).then_some((rank, thread))
    }
}

/// A tree in which each node is the worse of its two children.
#[derive(Clone, Debug)]
struct Tournament {
    /// The root at 1, the leaves from the middle on.
    nodes: Vec<Ranked>,
}

impl Tournament {
    fn new(leaves: usize) -> Self {
        Tournament { nodes: vec![NOBODY; 2 * leaves.next_power_of_two()] }
    }

    fn get(&self, leaf: usize) -> Ranked {
        self.nodes[self.nodes.len() / 2 + leaf]
    }

    fn set(&mut self, leaf: usize, ranked: Ranked) {
        let mut at = self.nodes.len() / 2 + leaf;
        if self.nodes[at] == ranked {
            return;
        }
        self.nodes[at] = ranked;
        while at > 1 {
            at /= 2;
            let worse = self.nodes[2 * at].max(self.nodes[2 * at + 1]);
            if self.nodes[at] == worse {
                break;
            }
            self.nodes[at] = worse;
        }
    }

    fn worst(&self) -> Ranked {
        self.nodes[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_who_has_most_left() {
        let mut running = Running::new(3);
        assert_eq!(running.worst(0), None);
        // Both have 10 left at 0; the second pays overhead until 4.
        running.put(0, 0, (10, 0, 7), Some(0));
        running.put(0, 2, (10, 1, 8), Some(4));
        assert_eq!(running.worst(0), Some((10, 8)));
        assert_eq!(running.worst(3), Some((10, 8)));
        assert_eq!(running.worst(6), Some((8, 8)));
        running.put(6, 1, (7, 5, 9), None);
        assert_eq!(running.worst(7), Some((7, 9)));
        running.remove(1);
        assert_eq!(running.worst(7), Some((7, 8)));
        running.put(7, 2, (1, 1, 8), Some(7));
        assert_eq!(running.worst(7), Some((3, 7)));
    }

    #[test]
    fn one_core_is_enough() {
        let mut running = Running::new(1);
        running.put(0, 0, (2, 0, 3), None);
        assert_eq!(running.worst(9), Some((2, 3)));
    }
}
