//! The lines in which awaiting tasks wait for a thread of an event loop, or of a pool of such threads, and who of a pool
//! is woken. A pool is that of tokio's multi-thread runtime:
//!
//! - Each worker has a line of its own, and a place before it for the task that it woke last. After [`NEWEST_IN_A_ROW`]
//!   from there the line has its turn.
//! - What comes from outside stands in a line for all; whoever has nothing of its own takes a fair share of that at once.
//!   Who finds nothing there either takes half of another's line, and begins with the last of it.
//! - A worker is woken when there is more than its waker can do at once, unless one is on its way or searches already.
//!   Who was woken and finds something wakes the next.
//! - One of the workers that sleep waits for timers. While it does what came of them, nobody does, until the next worker
//!   falls asleep or looks in between, after every [`LOOK_EVERY`] tasks.

use std::collections::VecDeque;

use super::ChosenBy;
use super::calendar::{Phase, What};
use super::costs::Cost;
use super::dispatch::Choice;
use super::log::Sink;
use super::machine::Machine;
use super::sequence_heap::SequenceHeap;
use super::tasks::NONE;
use super::threads::{Role, Stage};
use crate::model::{Plan, WhileInIo, Workers};
use crate::scenario::draw::SplitMix;

/// So many tasks in a row may be those that were woken last.
const NEWEST_IN_A_ROW: u32 = 3;
/// A worker looks for timers after so many tasks.
const LOOK_EVERY: u32 = 61;
/// No worker takes more than so many at once from the line for all.
const SHARE_MAX: usize = 128;

/// [`NONE`] in a line stands for whoever of the newcomers is the most urgent by then.
#[derive(Debug)]
pub(super) enum Lines {
    One { line: VecDeque<u32>, parked: Option<u32> },
    Pool(Pool),
}

#[derive(Debug)]
pub(super) struct Pool {
    /// By worker, which are the first threads.
    own: Vec<Own>,
    for_all: VecDeque<u32>,
    /// Who sleeps, the last to fall asleep last.
    parked: Vec<u32>,
    searching: usize,
    /// Who of those that sleep waits for timers.
    keeper: Option<u32>,
    timers: SequenceHeap<Timer>,
    /// How many timers there were.
    numbered: u32,
    /// By task, the timer that it waits for, or [`NONE`]: an earlier one may have taken along what the calendar has yet.
    awaited: Vec<u32>,
    random: SplitMix,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Timer {
    due: i64,
    number: u32,
    task: u32,
}

#[derive(Clone, Debug)]
struct Own {
    /// What was woken last here, or [`NONE`]; whether there is somebody: a newcomer is not known yet.
    newest: Option<u32>,
    in_a_row: u32,
    line: VecDeque<u32>,
    /// Who let all others go first.
    yielded: Vec<u32>,
    searches: bool,
    taken: u32,
}

/// Where a worker found a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Newest,
    InLine,
    Stolen,
}

impl Lines {
    pub fn new(plan: &Plan, seed: u64) -> Self {
        match plan.workers {
            Workers::Fixed(workers) if plan.io == WhileInIo::FreesWorker && !plan.on_main => {
                Lines::Pool(Pool::new(workers as usize, seed))
            }
            _ => Lines::One { line: VecDeque::new(), parked: None },
        }
    }

    /// The workers that there are from the start; the first is the first to be woken.
    pub fn park_all(&mut self, workers: u32) {
        (0..workers).rev().for_each(|thread| self.park(thread));
    }

    /// A worker without work.
    pub fn park(&mut self, thread: u32) {
        match self {
            Lines::One { parked, .. } => *parked = Some(thread),
            Lines::Pool(pool) => pool.park(thread),
        }
    }

    /// Whoever brings something has to wake the only worker.
    pub fn is_asleep(&self) -> bool {
        matches!(self, Lines::One { parked: Some(_), .. })
    }

    /// Who would be first for that worker; [`NONE`] in it is the most urgent newcomer.
    pub fn head(&self, thread: u32) -> Option<u32> {
        match self {
            Lines::One { line, .. } => line.front().copied(),
            Lines::Pool(pool) => {
                let own = &pool.own[thread as usize];
                own.newest.or_else(|| own.line.front().or_else(|| pool.for_all.front()).copied())
            }
        }
    }

    /// Whether the task's timer of that number has fired with an earlier one.
    pub fn has_fired(&self, task: u32, number: u32) -> bool {
        matches!(self, Lines::Pool(pool) if pool.awaited.get(task as usize) != Some(&number))
    }
}

impl Pool {
    fn new(workers: usize, seed: u64) -> Self {
        let own =
            Own { newest: None, in_a_row: 0, line: VecDeque::new(), yielded: Vec::new(), searches: false, taken: 0 };
        Pool {
            own: vec![own; workers],
            for_all: VecDeque::new(),
            parked: Vec::new(),
            searching: 0,
            keeper: None,
            timers: SequenceHeap::default(),
            numbered: 0,
            awaited: Vec::new(),
            random: SplitMix(seed),
        }
    }

    fn park(&mut self, thread: u32) {
        self.searches_no_more(thread);
        self.parked.push(thread);
        self.keeper.get_or_insert(thread);
    }

    /// Whom to wake for what is there; it will search. Nobody where somebody does so already.
    fn notify(&mut self) -> Option<u32> {
        let thread = self.parked.pop_if(|_| self.searching == 0)?;
        self.own[thread as usize].searches = true;
        self.searching += 1;
        self.keeper = self.keeper.filter(|keeper| *keeper != thread);
        Some(thread)
    }

    /// Returns whether it was the last that searched.
    fn searches_no_more(&mut self, thread: u32) -> bool {
        let did = std::mem::take(&mut self.own[thread as usize].searches);
        self.searching -= usize::from(did);
        did && self.searching == 0
    }

    /// A worker has woken a task. Returns whether that is more than it can do next.
    fn push(&mut self, thread: u32, task: u32) -> bool {
        let own = &mut self.own[thread as usize];
        if own.in_a_row >= NEWEST_IN_A_ROW {
            own.line.push_back(task);
            return true;
        }
        let before = own.newest.replace(task);
        own.line.extend(before);
        before.is_some()
    }

    fn take(&mut self, thread: u32) -> Option<(u32, Found)> {
        let workers = self.own.len();
        let own = &mut self.own[thread as usize];
        if let Some(newest) = own.newest.take() {
            own.in_a_row += 1;
            return Some((newest, Found::Newest));
        }
        own.in_a_row = 0;
        if own.line.is_empty() {
            let share = (self.for_all.len() / workers + 1).min(SHARE_MAX).min(self.for_all.len());
            own.line.extend(self.for_all.drain(..share));
        }
        if let Some(first) = own.line.pop_front() {
            return Some((first, Found::InLine));
        }
        Some((self.steal(thread)?, Found::Stolen))
    }

    /// Half of the first line that is not empty, beginning at a random one.
    fn steal(&mut self, thread: u32) -> Option<u32> {
        let workers = self.own.len();
        if !self.own[thread as usize].searches {
            // No more than half of the workers search.
            if 2 * self.searching >= workers {
                return None;
            }
            self.own[thread as usize].searches = true;
            self.searching += 1;
        }
        let start = usize::try_from(self.random.next() % workers as u64).expect("an index");
        let victim = (0..workers).map(|more| (start + more) % workers).find(|at| !self.own[*at].line.is_empty())?;
        let line = &mut self.own[victim].line;
        let half = line.len().div_ceil(2);
        let mut stolen: VecDeque<u32> = line.drain(..half).collect();
        let last = stolen.pop_back();
        self.own[thread as usize].line = stolen;
        last
    }

    /// Who let all others go first is the next. Returns whether there was anybody.
    fn take_back_yielded(&mut self, thread: u32) -> bool {
        let yielded = std::mem::take(&mut self.own[thread as usize].yielded);
        let is_any = !yielded.is_empty();
        for task in yielded {
            self.push(thread, task);
        }
        is_any
    }

    /// Sets a timer for the task. Returns its number.
    fn set_timer(&mut self, task: u32, due: i64) -> u32 {
        self.numbered = self.numbered.wrapping_add(1);
        self.timers.push(Timer { due, number: self.numbered, task });
        let place = task as usize;
        if self.awaited.len() <= place {
            self.awaited.resize(place + 1, NONE);
        }
        self.awaited[place] = self.numbered;
        self.numbered
    }

    /// The task whose timer is due, if there is one that has not fired.
    fn fire(&mut self, now: i64) -> Option<u32> {
        self.timers.peek().filter(|timer| timer.due <= now)?;
        let timer = self.timers.pop()?;
        self.awaited[timer.task as usize] = NONE;
        Some(timer.task)
    }

    /// Who is ready for that worker without its stealing.
    fn ready_for(&self, thread: u32) -> usize {
        let own = &self.own[thread as usize];
        usize::from(own.newest.is_some()) + own.line.len() + self.for_all.len()
    }
}

impl<S: Sink> Machine<'_, S> {
    /// A task, or [`NONE`] for the most urgent newcomer, comes from outside the loop: a sleeping worker is woken.
    pub fn line_up_from_outside(&mut self, entry: u32, task: u32) {
        match &mut self.supply.lines {
            Lines::One { line, parked } => {
                line.push_back(entry);
                match parked.take() {
                    Some(thread) => self.rouse(thread, task),
                    None => self.rank_woken_anew(task),
                }
            }
            Lines::Pool(pool) => {
                pool.for_all.push_back(entry);
                self.notify_worker(task);
            }
        }
    }

    /// An awaiting task may go on: whoever is on the core where things happen has woken it.
    pub fn enqueue_in_loop(&mut self, task: u32) {
        let waker = self.os.acting_thread().filter(|thread| self.threads[*thread as usize].role == Role::Loop);
        let entry = self.supply.entry_of(task);
        match (&mut self.supply.lines, waker) {
            (Lines::Pool(pool), Some(waker)) => {
                if pool.push(waker, entry) {
                    self.notify_worker(task);
                }
            }
            _ => self.line_up_from_outside(entry, task),
        }
    }

    /// A task lets all others go first that are ready.
    pub fn line_up_last(&mut self, thread: u32, task: u32) {
        let entry = self.supply.entry_of(task);
        match &mut self.supply.lines {
            Lines::One { line, .. } => line.push_back(entry),
            Lines::Pool(pool) => pool.own[thread as usize].yielded.push(entry),
        }
    }

    fn notify_worker(&mut self, task: u32) {
        let Lines::Pool(pool) = &mut self.supply.lines else { return };
        match pool.notify() {
            Some(thread) => self.rouse(thread, task),
            None => self.rank_woken_anew(task),
        }
    }

    /// The task's wait is to be over by then; its loop notices so much later.
    pub fn set_timer(&mut self, task: u32, due: Option<i64>, lateness: i64) {
        let number = match (&mut self.supply.lines, due) {
            (Lines::Pool(pool), Some(due)) => pool.set_timer(task, due),
            _ => 0,
        };
        let noticed = due.and_then(|due| due.checked_add(lateness));
        self.plan_at(noticed, Phase::WakeUp, task, What::Awaited, task, number);
    }

    /// A timer wakes its loop; in a pool, whoever waits for timers, if anybody does.
    pub fn timer_rings(&mut self, task: u32, number: u32) {
        if self.supply.lines.has_fired(task, number) {
            return;
        }
        match &mut self.supply.lines {
            Lines::One { parked, .. } => {
                let parked = parked.take();
                self.tell_awaited(task);
                let entry = self.supply.entry_of(task);
                if let Lines::One { line, .. } = &mut self.supply.lines {
                    line.push_back(entry);
                }
                if let Some(thread) = parked {
                    self.wake(thread, 0, task);
                }
            }
            Lines::Pool(pool) => {
                let Some(keeper) = pool.keeper.take() else { return };
                pool.parked.retain(|thread| *thread != keeper);
                self.fire_timers(keeper);
                self.wake(keeper, 0, task);
                if let Lines::Pool(pool) = &self.supply.lines
                    && pool.ready_for(keeper) > 1
                {
                    self.notify_worker(task);
                }
            }
        }
    }

    /// All timers that are due are for that worker. Returns whether there were any.
    fn fire_timers(&mut self, thread: u32) -> bool {
        let mut is_any = false;
        while let Lines::Pool(pool) = &mut self.supply.lines
            && let Some(task) = pool.fire(self.now)
        {
            let entry = self.supply.entry_of(task);
            if let Lines::Pool(pool) = &mut self.supply.lines {
                pool.push(thread, entry);
            }
            self.tell_awaited(task);
            is_any = true;
        }
        is_any
    }

    /// Gives the worker, on its core, the next task; `false` when there is none.
    pub fn take_from_loop(&mut self, thread: u32) -> bool {
        let (next, ready, found) = match &mut self.supply.lines {
            Lines::One { line, .. } => {
                let ready = line.len();
                let Some(next) = line.pop_front() else { return false };
                (next, ready, Found::InLine)
            }
            Lines::Pool(_) => {
                let Some(taken) = self.take_from_pool(thread) else { return false };
                taken
            }
        };
        let task = if next == NONE { self.supply.most_urgent_newcomer() } else { next };
        if self.setup.plan.queue.is_some() && self.tasks.rows[task as usize].thread != NONE {
            let share = self.share_of(task) as usize;
            self.supply.come_back(share);
        }
        self.take_up(thread, task, Stage::Steps, self.cost(Cost::LoopTurn));
        let by = match found {
            Found::Newest => ChosenBy::Waker,
            Found::InLine => ChosenBy::Loop,
            Found::Stolen => ChosenBy::HalfTheft,
        };
        self.decide(by, thread, task, Choice::of(u32::try_from(ready).unwrap_or(u32::MAX)), None);
        true
    }

    fn take_from_pool(&mut self, thread: u32) -> Option<(u32, usize, Found)> {
        loop {
            let Lines::Pool(pool) = &mut self.supply.lines else { return None };
            let own = &mut pool.own[thread as usize];
            own.taken = own.taken.wrapping_add(1);
            let looks = own.taken.is_multiple_of(LOOK_EVERY) && pool.keeper.is_none();
            if looks {
                self.fire_timers(thread);
            }
            let Lines::Pool(pool) = &mut self.supply.lines else { return None };
            let ready = pool.ready_for(thread);
            if let Some((next, found)) = pool.take(thread) {
                if pool.searches_no_more(thread) {
                    self.notify_worker(next);
                }
                return Some((next, ready.max(1), found));
            }
            // Timers first, then who let all others go first.
            let has_fired = pool.keeper.is_none() && self.fire_timers(thread);
            let Lines::Pool(pool) = &mut self.supply.lines else { return None };
            if !pool.take_back_yielded(thread) && !has_fired {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::testing::{first, run, task};
    use crate::trace::State;

    fn pool(workers: usize, for_all: u32) -> Pool {
        Pool { for_all: (0..for_all).collect(), ..Pool::new(workers, 1) }
    }

    fn next(pool: &mut Pool, thread: u32) -> Option<(u32, Found)> {
        pool.take(thread)
    }

    #[test]
    fn each_takes_its_share_of_what_is_for_all_and_then_half_of_anothers() {
        use Found::{InLine, Stolen};
        let mut pool = pool(2, 16);
        assert_eq!(next(&mut pool, 0), Some((0, InLine)));
        assert_eq!(pool.own[0].line, [1, 2, 3, 4, 5, 6, 7, 8]);
        let of_second: Vec<u32> = (0..7).map(|_| next(&mut pool, 1).unwrap().0).collect();
        assert_eq!(of_second, [9, 10, 11, 12, 13, 14, 15]);
        assert_eq!(next(&mut pool, 1), Some((4, Stolen)), "the last of the half that it takes");
        assert_eq!((&pool.own[1].line, &pool.own[0].line), (&VecDeque::from([1, 2, 3]), &VecDeque::from([5, 6, 7, 8])));
    }

    #[test]
    fn who_was_woken_last_goes_first_but_not_for_ever() {
        let mut pool = pool(2, 0);
        assert!(!pool.push(0, 1), "that it can do itself");
        assert!(pool.push(0, 2));
        let mut order = Vec::new();
        while let Some((task, _)) = next(&mut pool, 0) {
            order.push(task);
            if order.len() < 6 {
                pool.push(0, 2);
            }
        }
        assert_eq!(order, [2, 2, 2, 1, 2, 2, 2], "after three of them the line has its turn");
    }

    #[test]
    fn one_is_woken_at_a_time_and_one_waits_for_timers() {
        let mut pool = pool(3, 4);
        (0..3).rev().for_each(|thread| pool.park(thread));
        assert_eq!(pool.keeper, Some(2));
        assert_eq!(pool.notify(), Some(0));
        assert_eq!(pool.notify(), None, "one is on its way");
        assert!(pool.take(0).is_some() && pool.searches_no_more(0));
        assert_eq!(pool.notify(), Some(1));
        assert!(pool.searches_no_more(1));
        assert_eq!((pool.notify(), pool.keeper), (Some(2), None), "nobody is left to wait for timers");
        pool.park(1);
        assert_eq!(pool.keeper, Some(1));
    }

    /// A short wait is noticed sooner after its end than a long one: it is not for one that fired before.
    #[test]
    fn no_timer_is_taken_for_another_however_soon_it_is_noticed() {
        let costs = [("loop_overshoot", "1ms"), ("sleep_overshoot", "160us"), ("short_sleep_overshoot", "60us")];
        // The first takes the second along, at 21 ms; the third is due 20 us later.
        let body = task("first", "{ io = \"20ms\" }")
            + &task("second", "{ io = \"20990us\" }")
            + "[[task]]\nname = \"third\"\narrive = \"19020us\"\nsteps = [{ io = \"2ms\" }]\n";
        let run = run(&costs, &body, "async-pool", 2);
        assert_eq!([0, 1].map(|task| first(&run, task, State::Done)), [21_000_000; 2]);
        assert_eq!(first(&run, 2, State::Done), first(&run, 2, State::Io) + 2_900_000);
    }

    #[test]
    fn nobody_steals_while_half_of_the_workers_search() {
        let mut pool = pool(2, 0);
        pool.own[0].line.extend([7, 8]);
        pool.searching = 1;
        assert_eq!(next(&mut pool, 1), None);
        pool.searching = 0;
        assert_eq!(next(&mut pool, 1), Some((7, Found::Stolen)));
    }
}
