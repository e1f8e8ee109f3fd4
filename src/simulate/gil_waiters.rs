//! Who waits for the interpreter lock: who of them has been in the queue longest, and who is the next to ask for it.
//!
//! A waiter looks every interval, from when it began, asks if the lock has not changed hands since it looked last, and
//! goes back to the end of the queue. Thousands may wait, so their looks are not acted out one by one, and take no core's
//! time: all have the same interval, hence the order of the queue and of asking is that of the circle of their phases,
//! counted from now.

use std::collections::VecDeque;

use super::bits::Bits;
use super::tasks::NONE;

/// A place in the queue and who has it.
pub(super) type Waiting = (GilWait, u32);

/// One who waits, by its number: the later it began, the larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GilWait(u64);

#[derive(Debug)]
pub(super) struct GilWaiters {
    interval: i64,
    /// By number from `front` on, with gaps where somebody has left. The first is no gap.
    queue: VecDeque<Waiter>,
    front: u64,
    waiting: usize,
    /// Those below `entered`, by phase: when they began, within the interval. Some may have left.
    circle: Circle,
    entered: u64,
    /// Looks count from here: the last change of hands.
    since: i64,
}

#[derive(Clone, Copy, Debug)]
struct Waiter {
    began: i64,
    /// [`NONE`]: it has left.
    who: u32,
}

/// Phases and numbers in a sorted ring: cut into arcs, each sorted for itself. Who begins to wait does so at the phase
/// that it is now, so what happens at about the same time happens within an arc or two.
#[derive(Debug)]
struct Circle {
    arcs: Vec<VecDeque<(i64, GilWait)>>,
    arc_length: i64,
    /// Arcs that are not empty.
    used: Bits,
    len: usize,
}

impl Circle {
    const ARCS: usize = 1_024;

    fn new(interval: i64) -> Self {
        let arcs = i64::try_from(Circle::ARCS).expect("a thousand");
        let arc_length = interval / arcs + 1;
        Circle { arcs: vec![VecDeque::new(); Circle::ARCS], arc_length, used: Bits::new(Circle::ARCS), len: 0 }
    }

    fn arc_of(&self, phase: i64) -> usize {
        usize::try_from(phase / self.arc_length).unwrap_or(0).min(Circle::ARCS - 1)
    }

    fn insert(&mut self, place: (i64, GilWait)) {
        let arc = self.arc_of(place.0);
        let places = &mut self.arcs[arc];
        let at = if places.back().is_none_or(|last| *last < place) {
            places.len()
        } else {
            places.partition_point(|other| *other < place)
        };
        places.insert(at, place);
        self.used.insert(arc);
        self.len += 1;
    }

    fn remove(&mut self, place: (i64, GilWait)) {
        let arc = self.arc_of(place.0);
        let places = &mut self.arcs[arc];
        let at = places.partition_point(|other| *other < place);
        if places.get(at) == Some(&place) {
            places.remove(at);
            self.len -= 1;
        }
        if places.is_empty() {
            self.used.remove(arc);
        }
    }

    fn clear(&mut self) {
        self.arcs.iter_mut().for_each(VecDeque::clear);
        self.used.clear();
        self.len = 0;
    }

    /// The first from there on, all the way round.
    fn behind(&self, from: (i64, GilWait)) -> Option<(i64, GilWait)> {
        let arc = self.arc_of(from.0);
        let places = &self.arcs[arc];
        let within = places.get(places.partition_point(|place| *place < from));
        within.or_else(|| self.arcs[self.used.next_from(arc + 1)?].front()).copied()
    }
}

/// A place in the circle and who has it.
struct InCircle {
    phase: i64,
    wait: GilWait,
    began: i64,
    who: u32,
}

impl InCircle {
    fn phase_after(&self, from: i64, interval: i64) -> i64 {
        (self.phase - from).rem_euclid(interval)
    }
}

/// Who asks next, and when, if the lock does not change hands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NextToAsk {
    pub time: i64,
    pub wait: GilWait,
    pub who: u32,
}

impl GilWaiters {
    pub fn new(interval: i64) -> Self {
        GilWaiters {
            interval,
            queue: VecDeque::new(),
            front: 0,
            waiting: 0,
            circle: Circle::new(interval),
            entered: 0,
            since: 0,
        }
    }

    pub fn len(&self) -> u32 {
        u32::try_from(self.waiting).unwrap_or(u32::MAX)
    }

    pub fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    pub fn join(&mut self, who: u32, now: i64) -> GilWait {
        self.queue.push_back(Waiter { began: now, who });
        self.waiting += 1;
        GilWait(self.front + self.queue.len() as u64 - 1)
    }

    pub fn leave(&mut self, wait: GilWait) {
        let at = wait.0.checked_sub(self.front).and_then(|at| usize::try_from(at).ok());
        let Some(waiter) = at.and_then(|at| self.queue.get_mut(at)) else { return };
        if std::mem::replace(&mut waiter.who, NONE) != NONE {
            self.waiting -= 1;
        }
        while self.queue.front().is_some_and(|first| first.who == NONE) {
            self.queue.pop_front();
            self.front += 1;
        }
    }

    /// Who has been in the queue longest since it last looked: whose next look is the next. Who looks just now is last.
    pub fn first(&mut self, now: i64) -> Option<Waiting> {
        self.enter_circle();
        let from = now.saturating_add(1).rem_euclid(self.interval);
        self.behind((from, GilWait(0))).map(|first| (first.wait, first.who))
    }

    /// Whether one of its looks is at this instant.
    pub fn looks_at(&self, wait: GilWait, now: i64) -> bool {
        self.waiter(wait).is_some_and(|waiter| (now - waiter.began).rem_euclid(self.interval) == 0)
    }

    /// The lock has changed hands.
    pub fn begin_anew(&mut self, now: i64) {
        self.since = now;
    }

    /// Nobody asks before.
    pub fn asks_no_earlier_than(&self) -> i64 {
        self.since.saturating_add(self.interval)
    }

    /// An interval after the first look since the lock changed hands last. Whoever was to ask before `now` has.
    pub fn next_to_ask(&mut self, now: i64) -> Option<NextToAsk> {
        self.enter_circle();
        let earliest = self.asks_no_earlier_than().max(now);
        let from = earliest.rem_euclid(self.interval);
        let mut next = self.behind((from, GilWait(0)))?;
        if next.began.saturating_add(self.interval) > earliest.saturating_add(next.phase_after(from, self.interval)) {
            // It has begun at this very instant: first whoever began before.
            next = self.behind((from + 1, GilWait(0)))?;
        }
        let time = earliest.saturating_add(next.phase_after(from, self.interval));
        let time = time.max(next.began.saturating_add(self.interval));
        Some(NextToAsk { time, wait: next.wait, who: next.who })
    }

    /// The first in the circle from there on. Those met who have left are taken out.
    fn behind(&mut self, from: (i64, GilWait)) -> Option<InCircle> {
        loop {
            let (phase, wait) = self.circle.behind(from)?;
            if let Some(Waiter { began, who }) = self.waiter(wait) {
                return Some(InCircle { phase, wait, began, who });
            }
            self.circle.remove((phase, wait));
        }
    }

    fn waiter(&self, wait: GilWait) -> Option<Waiter> {
        let at = usize::try_from(wait.0.checked_sub(self.front)?).ok()?;
        self.queue.get(at).filter(|waiter| waiter.who != NONE).copied()
    }

    fn enter_circle(&mut self) {
        // Those who left stay in the circle until they are met; they never are more than those who wait, and a few.
        const FEW: usize = 1_024;
        if self.circle.len > 2 * self.waiting + FEW {
            self.circle.clear();
            self.entered = self.front;
        }
        self.entered = self.entered.max(self.front);
        let known = usize::try_from(self.entered - self.front).unwrap_or(usize::MAX).min(self.queue.len());
        for (number, waiter) in (self.entered..).zip(self.queue.range(known..)) {
            if waiter.who != NONE {
                self.circle.insert((waiter.began.rem_euclid(self.interval), GilWait(number)));
            }
        }
        self.entered = self.front + self.queue.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use super::*;
    use crate::scenario::draw::SplitMix;

    /// As [`GilWaiters::next_to_ask`], by looking at everybody.
    fn by_looking(waiters: &[(i64, GilWait, u32)], now: i64, since: i64, interval: i64) -> Option<NextToAsk> {
        let ask = |(began, wait, who): &(i64, GilWait, u32)| {
            let mut asks = (1_i64..).map(|times| began + times * interval);
            let time = asks.find(|time| *time >= now && *time >= since + interval).expect("there is no end of them");
            NextToAsk { time, wait: *wait, who: *who }
        };
        waiters.iter().map(ask).min_by_key(|asks| (asks.time, asks.wait))
    }

    #[test]
    fn who_asks_next_is_who_a_look_at_everybody_finds() {
        for seed in 0..20 {
            let mut random = SplitMix(seed);
            let mut below = |bound: u64| random.next() % bound;
            let interval = 50;
            let (mut waiters, mut all, mut now, mut since) = (GilWaiters::new(interval), Vec::new(), 0_i64, 0);
            for who in 0..2_000 {
                now += i64::try_from(below(8)).unwrap();
                match below(8) {
                    0..4 => all.push((now, waiters.join(who, now), who)),
                    4 if !all.is_empty() => {
                        let (_, wait, _) = all.swap_remove(usize::try_from(below(all.len() as u64)).unwrap());
                        waiters.leave(wait);
                    }
                    5 => {
                        since = now;
                        waiters.begin_anew(now);
                    }
                    6 => {
                        let looked = |began: &i64| (now - began).rem_euclid(interval);
                        let longest = all.iter().max_by_key(|(began, wait, _)| (looked(began), Reverse(*wait)));
                        let first = longest.map(|(_, wait, who)| (*wait, *who));
                        assert_eq!(waiters.first(now), first);
                        all.retain(|(_, wait, _)| Some(*wait) != first.map(|(wait, _)| wait));
                        if let Some((wait, _)) = first {
                            waiters.leave(wait);
                        }
                    }
                    _ => {
                        let asks = waiters.next_to_ask(now);
                        assert_eq!(asks, by_looking(&all, now, since, interval), "seed {seed}, {who}");
                    }
                }
                assert_eq!(waiters.is_empty(), all.is_empty());
            }
        }
    }
}
