//! Ready queues of an operating system that keeps one for each core, as those of today do: where a thread that could run
//! is put, and when one is moved. `os` asks; what is decided here holds for every policy with queues of that kind.
//!
//! The rules are those of Linux, made simple, and the same every time for the same seed:
//! - A woken thread goes to the core that it was on last if that has nothing to do, else to the lowest that has none, else
//!   to the one from which it was woken. A new one goes where the fewest threads are.
//! - At t = 0 the main thread is on its core yet: a pool's worker that it wakes then goes to another core that has nothing to
//!   do, else where the fewest threads are with the main thread among them; of as many, to the main thread's core. While
//!   nobody else is on that, luck decides.
//! - Who was woken takes its core from whoever has computed there for [`WOKEN_AFTER`], or has lost it so since it waited
//!   itself: that one has had more than its share, and goes behind who is woken where both wait.
//! - A core that has nothing to do looks at the others' queues after [`LOOK_FIRST`] and again every [`LOOK_EVERY`], and
//!   takes half of what the fullest has more; all cores do so every [`EVEN_OUT_EVERY`].
//! - Who has been on its core less than a quantum ago is left there: its data still are in that core's cache. Somebody
//!   who takes turns with one other is moved only when idle cores have looked in vain [`VAIN_MAX`] times.

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::bits::Bits;
use super::cores::CoreRow;
use super::tasks::NONE;
use super::threads::{Role, ThreadRow};
use crate::scenario::draw::SplitMix;

/// A core that has fallen idle looks at others' queues so much later, in nanoseconds: at the next tick of a thousand a
/// second.
pub(super) const LOOK_FIRST: i64 = 1_000_000;
/// And then every so many nanoseconds.
pub(super) const LOOK_EVERY: i64 = 4_000_000;
/// Cores that have enough to do compare their queues so often, in nanoseconds.
pub(super) const EVEN_OUT_EVERY: i64 = 32_000_000;
/// So many looks in vain, and whoever waits is moved.
pub(super) const VAIN_MAX: u32 = 2;

/// Whoever has its core for so long, in nanoseconds, makes room for who was woken: about the shortest slice of Linux's
/// scheduler, which chooses by who has had least.
const WOKEN_AFTER: i64 = 1_000_000;

/// The core of the main thread, from where arrivals come.
pub(super) const MAIN_CORE: u16 = 0;

#[derive(Debug)]
pub(super) struct CoreQueues {
    queues: Vec<VecDeque<Waiting>>,
    /// Cores in whose queues there is somebody.
    wanted: Bits,
    loads: Loads,
    /// In all queues.
    waiting: u32,
    /// Who was woken for a core on which somebody is, since cores were handed out last.
    contests: VecDeque<(u16, u32)>,
    /// What falls to one side or the other; `None`: always to the same.
    luck: Option<Luck>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub thread: u32,
    /// When it lost its core, or [`ThreadRow::NEVER`] if it has slept since.
    left_at: i64,
    /// Whose queue it was taken from, or [`ThreadRow::NO_CORE`].
    pub moved_from: u16,
}

impl CoreQueues {
    pub fn new(cores: u32, luck: Option<Luck>) -> Self {
        let cores = cores as usize;
        let loads = Loads::new(cores);
        CoreQueues {
            queues: vec![VecDeque::new(); cores],
            wanted: Bits::new(cores),
            loads,
            waiting: 0,
            contests: VecDeque::new(),
            luck,
        }
    }

    pub fn waiting(&self) -> u32 {
        self.waiting
    }

    pub fn waiting_for(&self, core: u16) -> u32 {
        u32::try_from(self.queues[usize::from(core)].len()).unwrap_or(u32::MAX)
    }

    /// Cores in whose queues there is somebody.
    pub fn wanted(&self) -> &Bits {
        &self.wanted
    }

    /// To which core's queue a thread goes that could run now.
    pub fn place(&mut self, row: &ThreadRow, idle: &Bits) -> u16 {
        if row.is_new() {
            return self.loads.lightest();
        }
        if row.meets_main {
            return self.beside_main(idle);
        }
        if self.is_free(row.last_core, idle) {
            return row.last_core;
        }
        if let Some(free) = idle.first_without(&self.wanted) {
            return u16::try_from(free).expect("few cores");
        }
        let known = [row.woken_on, row.last_core].into_iter().find(|core| *core != ThreadRow::NO_CORE);
        known.unwrap_or_else(|| self.loads.lightest())
    }

    /// To which core's queue a thread goes that the main thread wakes while it is on its own core.
    fn beside_main(&mut self, idle: &Bits) -> u16 {
        let others = MAIN_CORE + 1..u16::try_from(self.queues.len()).expect("few cores");
        if let Some(free) = others.clone().find(|core| self.is_free(*core, idle)) {
            return free;
        }
        let threads_on = |core: u16| self.loads.of(usize::from(core));
        let Some(lightest) = others.min_by_key(|core| threads_on(*core)) else { return MAIN_CORE };
        match (threads_on(MAIN_CORE) + 1).cmp(&threads_on(lightest)) {
            Ordering::Less => MAIN_CORE,
            Ordering::Equal if threads_on(MAIN_CORE) > 0 || self.luck_prefers_main() => MAIN_CORE,
            Ordering::Equal | Ordering::Greater => lightest,
        }
    }

    /// Tosses for whether the core that has the main thread alone counts as lighter than one that has another thread.
    fn luck_prefers_main(&mut self) -> bool {
        self.luck.as_mut().is_some_and(Luck::is_tails)
    }

    fn is_free(&self, core: u16, idle: &Bits) -> bool {
        let core = usize::from(core);
        idle.contains(core) && !self.wanted.contains(core)
    }

    /// A thread waits for that core from now on; `left_at`: when it lost it, if it did.
    pub fn push(&mut self, core: u16, thread: u32, left_at: i64, is_first: bool) {
        self.enter(core, Waiting { thread, left_at, moved_from: ThreadRow::NO_CORE }, is_first);
        self.waiting += 1;
    }

    /// Whether somebody is on that core or waits for it.
    pub fn is_contested(&self, core: u16, idle: &Bits) -> bool {
        let core = usize::from(core);
        !idle.contains(core) || self.wanted.contains(core)
    }

    /// A thread waits for that core since it was woken, and somebody is there.
    pub fn contest(&mut self, core: u16, thread: u32) {
        self.contests.push_back((core, thread));
    }

    /// Who is to take its core from somebody, and is the first in its queue from now on; and from whom.
    pub fn next_displacing(&mut self, now: i64, cores: &[CoreRow], threads: &[ThreadRow]) -> Option<(u32, u32)> {
        while let Some((core, thread)) = self.contests.pop_front() {
            let CoreRow { thread: holder, since, .. } = cores[usize::from(core)];
            let displaces = holder != NONE && makes_room(&threads[holder as usize], now.saturating_sub(since));
            let queue = &mut self.queues[usize::from(core)];
            let goes_first = displaces || queue.front().is_some_and(|first| threads[first.thread as usize].gives_way);
            if goes_first
                && let Some(at) = queue.iter().rposition(|waiting| waiting.thread == thread)
                && let Some(waiting) = queue.remove(at)
            {
                queue.push_front(waiting);
                if displaces {
                    return Some((thread, holder));
                }
            }
        }
        None
    }

    fn enter(&mut self, core: u16, waiting: Waiting, is_first: bool) {
        let at = usize::from(core);
        if is_first {
            self.queues[at].push_front(waiting);
        } else {
            self.queues[at].push_back(waiting);
        }
        self.wanted.insert(at);
        self.loads.change(at, 1);
    }

    /// Who goes first where nobody is on the core; the lowest such core.
    pub fn first(&self, idle: &Bits) -> Option<(u16, Waiting)> {
        let core = idle.first_with(&self.wanted)?;
        let waiting = *self.queues[core].front().expect("it is wanted");
        Some((u16::try_from(core).expect("few cores"), waiting))
    }

    /// Takes out whom [`CoreQueues::first`] has just shown: it is on its core from now on.
    pub fn pop(&mut self, core: u16) {
        let queue = &mut self.queues[usize::from(core)];
        queue.pop_front();
        if queue.is_empty() {
            self.wanted.remove(usize::from(core));
        }
        self.waiting -= 1;
    }

    /// A thread has left that core.
    pub fn leave(&mut self, core: u16) {
        self.loads.change(usize::from(core), -1);
    }

    /// Cores that have nothing to do take from the fullest queue. Returns whether anybody was moved.
    pub fn fill_idle(&mut self, idle: &Bits, may_move: impl Fn(i64) -> bool) -> bool {
        let mut is_moved = false;
        let mut from = 0;
        while let Some(core) = idle.next_without(&self.wanted, from) {
            if !self.pull(core, &may_move) {
                break;
            }
            is_moved = true;
            from = core + 1;
        }
        is_moved
    }

    /// Every core takes from the fullest queue what makes the two alike.
    pub fn even_out(&mut self, may_move: impl Fn(i64) -> bool) {
        for core in 0..self.queues.len() {
            self.pull(core, &may_move);
        }
    }

    /// `may_move`: by when a thread lost its core.
    fn pull(&mut self, to: usize, may_move: &impl Fn(i64) -> bool) -> bool {
        let Some(from) = self.fullest() else { return false };
        let more = self.loads.of(from).saturating_sub(self.loads.of(to)) / 2;
        let mut moved = 0;
        let mut place = 0;
        while moved < more {
            let Some(found) = self.queues[from].iter().skip(place).position(|waiting| may_move(waiting.left_at)) else {
                break;
            };
            place += found;
            let waiting = self.queues[from].remove(place).expect("found there");
            let short = |core: usize| u16::try_from(core).expect("few cores");
            self.enter(short(to), Waiting { moved_from: short(from), ..waiting }, false);
            self.loads.change(from, -1);
            moved += 1;
        }
        if self.queues[from].is_empty() {
            self.wanted.remove(from);
        }
        moved > 0
    }

    /// The core with the most threads of those for which somebody waits; the lowest of several.
    fn fullest(&self) -> Option<usize> {
        self.wanted.iter().max_by_key(|core| (self.loads.of(*core), std::cmp::Reverse(*core)))
    }
}

/// Heads or tails. The first tosses are the seed's own lowest bits: of sixteen seeds one after another, as repetitions
/// have them, each falls in a way of its own, and a few repetitions tell about what many would.
#[derive(Debug)]
pub(super) struct Luck {
    bits: u64,
    left: u32,
    more: SplitMix,
}

impl Luck {
    pub fn new(seed: u64) -> Self {
        const OF_SEED: u32 = 4;
        // Another sequence than that of whoever else draws by the seed.
        Luck { bits: seed, left: OF_SEED, more: SplitMix(!seed) }
    }

    /// The next toss.
    fn is_tails(&mut self) -> bool {
        if self.left == 0 {
            (self.bits, self.left) = (self.more.next(), u64::BITS);
        }
        let is_tails = self.bits % 2 == 1;
        self.bits /= 2;
        self.left -= 1;
        is_tails
    }
}

/// Whether a thread that has had its core for so long, in nanoseconds, loses it to who was woken. The main thread does not.
fn makes_room(row: &ThreadRow, held: i64) -> bool {
    row.role != Role::Main && (row.gives_way || held >= WOKEN_AFTER)
}

/// How many threads each core has, on it and in its queue: a tree in which each node is the lighter of its two children.
#[derive(Debug)]
struct Loads {
    /// Threads and core; the root at 1, the leaves from the middle on.
    nodes: Vec<(u32, u16)>,
}

impl Loads {
    fn new(cores: usize) -> Self {
        let leaves = cores.next_power_of_two();
        let leaf = |at: usize| match u16::try_from(at) {
            Ok(core) if at < cores => (0, core),
            _ => (u32::MAX, u16::MAX),
        };
        let mut nodes = vec![(u32::MAX, u16::MAX); leaves];
        nodes.extend((0..leaves).map(leaf));
        for at in (1..leaves).rev() {
            nodes[at] = nodes[2 * at].min(nodes[2 * at + 1]);
        }
        Loads { nodes }
    }

    fn of(&self, core: usize) -> u32 {
        self.nodes[self.nodes.len() / 2 + core].0
    }

    /// The lowest of several.
    fn lightest(&self) -> u16 {
        self.nodes[1].1
    }

    fn change(&mut self, core: usize, by: i32) {
        let mut at = self.nodes.len() / 2 + core;
        self.nodes[at].0 = self.nodes[at].0.checked_add_signed(by).expect("who leaves was there");
        while at > 1 {
            at /= 2;
            let lighter = self.nodes[2 * at].min(self.nodes[2 * at + 1]);
            if self.nodes[at] == lighter {
                break;
            }
            self.nodes[at] = lighter;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lightest_is_known_and_the_lowest_of_several() {
        for cores in [1, 2, 3, 5] {
            let mut loads = Loads::new(cores);
            let taken: Vec<u16> = (0..2 * cores)
                .map(|_| {
                    let core = loads.lightest();
                    loads.change(usize::from(core), 1);
                    core
                })
                .collect();
            let one_round: Vec<u16> = (0..u16::try_from(cores).unwrap()).collect();
            assert_eq!(taken, [one_round.clone(), one_round].concat());
            loads.change(cores - 1, -1);
            assert_eq!(usize::from(loads.lightest()), cores - 1);
        }
    }

    #[test]
    fn seeds_one_after_another_have_all_kinds_of_luck() {
        let tosses = |seed: u64| {
            let mut luck = Luck::new(seed);
            [(); 70].map(|()| luck.is_tails())
        };
        let first: Vec<bool> = (7..7 + 16).flat_map(|seed| tosses(seed)[..4].to_vec()).collect();
        let mut kinds: Vec<&[bool]> = first.chunks(4).collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), 16, "each comes once");
        let later: Vec<bool> = (0..1_000).flat_map(|seed| tosses(seed)[4..].to_vec()).collect();
        let tails = later.iter().filter(|tails| **tails).count();
        assert!((32_000..34_000).contains(&tails), "{tails} of 66,000");
    }

    #[test]
    fn half_of_what_is_more_is_moved_and_nobody_who_may_not() {
        let check = |left_at: &[i64], moved: &[u32], stay: &[u32]| {
            let mut queues = CoreQueues::new(2, None);
            for (thread, left_at) in (0..).zip(left_at) {
                queues.push(0, thread, *left_at, false);
            }
            queues.even_out(|left_at| left_at < 5);
            let of = |core: usize| queues.queues[core].iter().map(|waiting| waiting.thread).collect::<Vec<_>>();
            assert_eq!((&of(1)[..], &of(0)[..]), (moved, stay), "{left_at:?}");
            assert!(queues.queues[1].iter().all(|waiting| waiting.moved_from == 0));
            assert_eq!(queues.waiting() as usize, left_at.len());
        };
        check(&[0], &[], &[0]);
        check(&[0, 0], &[0], &[1]);
        check(&[0, 0, 0], &[0], &[1, 2]);
        check(&[0, 9, 0, 9, 0], &[0, 2], &[1, 3, 4]);
        check(&[9, 9], &[], &[0, 1]);
    }
}
