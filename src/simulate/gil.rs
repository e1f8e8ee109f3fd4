//! The interpreter lock, as CPython 3.2 to 3.12 has it: who waits an interval in vain asks the holder to drop it; the
//! holder does so at once, and waits until somebody else has had it. Letting go of one's own accord allows barging.
//!
//! A waiter needs a core before it can ask, and one that is told that the lock is free needs one before it can take it.
//!
//! Who is told is who has been in the queue longest; everybody goes back to its end whenever an interval is over. But
//! who asked is still on its core for a microsecond, and waking another takes many. Two races follow, each of them so
//! narrow that nothing but a draw can tell who wins; both were counted in logs of Tasklane's own lock:
//! - The holder lets go before the asker has fallen asleep: three times in four. It has the lock then, and who was told
//!   comes in vain and begins to wait anew.
//! - That one and the last holder begin their intervals within microseconds of each other, which a timer's slack makes
//!   one: who came in vain asks first, two times in five.

use super::calendar::{Phase, What};
use super::costs::Cost;
use super::dispatch::Choice;
use super::gil_waiters::{GilWait, GilWaiters, NextToAsk, Waiting};
use super::log::Sink;
use super::machine::Machine;
use super::tasks::NONE;
use super::threads::{Next, ThreadState};
use super::{ChosenBy, GilRule, Setup};
use crate::scenario::draw::SplitMix;
use crate::time::Nanos;
use crate::trace::{Cause, Event, Peer, State, Task, Worker};

/// The lock and who waits for it.
#[derive(Debug)]
pub(super) struct GilState {
    holder: u32,
    last_holder: u32,
    drop_request: bool,
    waiters: GilWaiters,
    /// How often it has changed hands.
    turn: u64,
    /// Who asks next, where that is near enough to stand in the calendar.
    asks: Option<NextToAsk>,
    /// When the calendar has somebody look who asks next.
    review: Option<i64>,
    /// Changes whenever the time-out in the calendar is out of date.
    stamp: u32,
    /// A waiter has timed out and not had a core since. Whoever times out meanwhile would come to the same, so that
    /// is not acted out: on a busy machine a crowd would else do nothing but look.
    somebody_asks: bool,
    /// Who had to drop it and waits for somebody else to have had it.
    dropped: Vec<u32>,
    /// Who was told that it is free though the asker has it, and begins to wait anew before those that had to drop it.
    in_vain: u32,
    /// The holder's next look at the request stands in the calendar; the number changes whenever that is out of date.
    looks: bool,
    look_stamp: u32,
    /// Who is faster where that is a matter of luck; `None` where handing over takes no time.
    race: Option<SplitMix>,
    /// How long a holder computes between two looks at the request.
    moment: i64,
    /// Until when those have it, one after another, who take it only to let it go.
    passed_on_until: i64,
}

/// Who holds the lock looks so often whether somebody asked: an interpreter does every 10 to 20 µs.
pub(super) const LOOK: i64 = 10_000;

/// Where none of this takes any time, a holder sees at once that it was asked. Where one of it does, two threads may come
/// to their cores at one instant, and neither would get anywhere if it let go without having computed.
const BETWEEN_HOLDERS: [Cost; 6] =
    [Cost::GilHandOff, Cost::ContextSwitch, Cost::WakeUp, Cost::HotWakeUp, Cost::Notify, Cost::GilRelease];

impl GilState {
    pub fn new(setup: &Setup<'_>) -> Self {
        let interval = setup.costs.get(Cost::GilInterval);
        // The time-out is a sleep as any other.
        let look = interval + setup.costs.sleep_lateness(interval);
        let takes_time = |cost| setup.costs.get(cost) > Nanos::ZERO;
        GilState {
            holder: NONE,
            last_holder: NONE,
            drop_request: false,
            waiters: GilWaiters::new(look.0.max(1)),
            turn: 0,
            asks: None,
            review: None,
            stamp: 0,
            somebody_asks: false,
            dropped: Vec::new(),
            in_vain: NONE,
            looks: false,
            look_stamp: 0,
            race: takes_time(Cost::GilHandOff).then_some(SplitMix(setup.seed)),
            moment: if BETWEEN_HOLDERS.into_iter().any(takes_time) { LOOK } else { 0 },
            passed_on_until: i64::MIN,
        }
    }

    /// Somebody has it from now on for so long, and lets go. Who has waited for its turn has it already.
    fn pass_on(&mut self, now: i64, hold: i64) {
        self.passed_on_until = self.passed_on_until.max(now.saturating_add(hold));
    }

    /// How long somebody waits who comes now, behind whom others wait who come for so long a hold.
    fn turn_after(&mut self, now: i64, hold: i64) -> i64 {
        let wait = self.passed_on_until.saturating_sub(now).max(0);
        if wait > 0 {
            self.passed_on_until = self.passed_on_until.saturating_add(hold);
        }
        wait
    }

    /// Whether the holder lets go while who asked is still awake.
    fn is_asker_awake(&mut self) -> bool {
        self.race.as_mut().is_some_and(|race| race.next() % 4 < 3)
    }

    /// Whether who comes in vain begins its interval before the last holder does.
    fn is_guest_first(&mut self) -> bool {
        self.race.as_mut().is_some_and(|race| race.next() % 5 < 2)
    }

    /// Who is told when the holder lets go because that one asked, who sleeps again.
    fn heir(&mut self, asker: Waiting, now: i64) -> Waiting {
        // Whose interval was over at this very instant stands behind the asker, who came first.
        let first = self.waiters.first(now);
        first.filter(|first| !self.waiters.looks_at(first.0, now)).unwrap_or(asker)
    }

    fn leave(&mut self, wait: GilWait) {
        self.waiters.leave(wait);
        if self.asks.is_some_and(|asks| asks.wait == wait) {
            self.forget_who_asks();
        }
    }

    /// The holder lets go.
    fn let_go(&mut self) {
        self.last_holder = self.holder;
        self.holder = NONE;
        self.forget_look();
    }

    fn forget_look(&mut self) {
        self.looks = false;
        self.look_stamp = self.look_stamp.wrapping_add(1);
    }

    /// Whether the look of that number is out of date.
    pub fn has_looked(&self, stamp: u32) -> bool {
        self.look_stamp != stamp
    }

    fn take(&mut self, who: u32, now: i64) {
        self.holder = who;
        let changes = self.last_holder != who;
        self.last_holder = who;
        self.turn += u64::from(changes);
        if changes || self.drop_request {
            self.drop_request = false;
            self.waiters.begin_anew(now);
            self.forget_who_asks();
        }
    }

    /// What the calendar has of the next to ask is out of date.
    fn forget_who_asks(&mut self) {
        if self.asks.take().is_some() {
            self.stamp = self.stamp.wrapping_add(1);
        }
    }
}

impl<S: Sink> Machine<'_, S> {
    /// Takes the lock, or makes the thread wait for it off its core. Returns whether it has it.
    pub fn ask_for_gil(&mut self, thread: u32) -> bool {
        let Some(gil) = &self.gil else { return true };
        if self.threads[thread as usize].has_gil {
            return true;
        }
        let is_its_turn = std::mem::take(&mut self.threads[thread as usize].has_waited_its_turn);
        if gil.holder == NONE {
            if !is_its_turn && self.waits_its_turn(thread) {
                return false;
            }
            let Some(gil) = &self.gil else { return true };
            if !gil.waiters.is_empty() {
                self.decide_gil(thread, GilRule::Free, NONE);
            }
            self.give_gil(thread);
            return true;
        }
        let holder = gil.holder;
        self.show_what_ran(thread);
        // Who has waited for its turn in vain goes on waiting.
        if self.task_of(thread) != NONE && !is_its_turn {
            self.show_waiting_for(thread, holder);
        }
        self.leave_core(thread, ThreadState::Waiting);
        self.wait_for_gil(thread);
        false
    }

    /// Makes the thread wait on its core until those before it have let go, if there are any. Returns whether it does.
    fn waits_its_turn(&mut self, thread: u32) -> bool {
        let hold = self.cost(Cost::GilRelease);
        let Some(gil) = &mut self.gil else { return false };
        let (wait, before) = (gil.turn_after(self.now, hold), gil.last_holder);
        if wait == 0 {
            return false;
        }
        self.show_what_ran(thread);
        if self.task_of(thread) != NONE {
            self.show_waiting_for(thread, before);
        }
        self.threads[thread as usize].has_waited_its_turn = true;
        self.schedule_overhead(thread, wait);
        true
    }

    /// The thread's task is without the lock, which that other one has, or gets.
    fn show_waiting_for(&mut self, thread: u32, other: u32) {
        let row = &self.threads[thread as usize];
        let waits = Event::new(Task(row.task), State::Blocked, Cause::Gil);
        let worker = Worker(row.worker);
        self.emit(Event { time: Nanos(self.now), worker, peer: self.peer(other), ..waits });
    }

    /// By its task; the main thread, and a worker between two tasks, by itself.
    fn peer(&self, who: u32) -> Peer {
        match self.task_of(who) {
            _ if who == NONE => Peer::NONE,
            NONE => Peer::worker(Worker(self.threads[who as usize].worker)),
            task => Peer::task(Task(task)),
        }
    }

    fn task_of(&self, who: u32) -> u32 {
        if who == NONE { NONE } else { self.threads[who as usize].task }
    }

    /// Remembers why that thread is about to get the lock, and who had to drop it, for replay.
    fn decide_gil(&mut self, who: u32, rule: GilRule, dropped_by: u32) {
        let Some(gil) = &self.gil else { return };
        let wanted = gil.waiters.len() + 1;
        let dropped_by = self.task_of(dropped_by);
        self.decide(ChosenBy::Gil(rule), who, self.task_of(who), Choice::of(wanted), Some(dropped_by));
    }

    fn give_gil(&mut self, who: u32) {
        let Some(gil) = &mut self.gil else { return };
        gil.take(who, self.now);
        self.threads[who as usize].has_gil = true;
        self.begins(who);
        if self.gil.as_ref().is_some_and(|gil| gil.in_vain == NONE) {
            self.let_dropped_wait();
        }
        self.announce_asking(self.now);
    }

    /// Those that had to drop the lock begin to wait for it: somebody else has had it.
    fn let_dropped_wait(&mut self) {
        let Some(gil) = &mut self.gil else { return };
        for other in std::mem::take(&mut gil.dropped) {
            self.wait_for_gil(other);
        }
    }

    /// Begins to wait.
    fn wait_for_gil(&mut self, who: u32) -> Option<Waiting> {
        let wait = self.gil.as_mut()?.waiters.join(who, self.now);
        self.announce_asking(self.now);
        Some((wait, who))
    }

    /// Keeps the next time-out in the calendar: from when on somebody may ask, and until then only that it is to be
    /// looked who.
    fn announce_asking(&mut self, now: i64) {
        let Some(gil) = &mut self.gil else { return };
        if gil.drop_request || gil.somebody_asks || gil.asks.is_some() || gil.waiters.is_empty() {
            return;
        }
        let earliest = gil.waiters.asks_no_earlier_than();
        if earliest > now {
            if gil.review.is_none() {
                gil.review = Some(earliest);
                self.plan_at(Some(earliest), Phase::Completion, 0, What::GilReview, 0, 0);
            }
            return;
        }
        let Some(asks) = gil.waiters.next_to_ask(now) else { return };
        gil.asks = Some(asks);
        let stamp = gil.stamp;
        let number = self.task_of(asks.who);
        self.plan_at(Some(asks.time), Phase::WakeUp, number, What::GilTimeOut, asks.who, stamp);
    }

    /// By now somebody may ask, if the lock has not changed hands meanwhile.
    pub fn review_asking(&mut self, now: i64) {
        if let Some(gil) = &mut self.gil {
            gil.review = None;
        }
        self.announce_asking(now);
    }

    /// A waiter's interval is over and nobody else has had the lock meanwhile: it will ask once it has a core.
    pub fn gil_timed_out(&mut self, who: u32, stamp: u32) {
        let Some(gil) = self.gil.as_mut().filter(|gil| gil.stamp == stamp) else { return };
        let Some(asks) = gil.asks else { return };
        gil.leave(asks.wait);
        gil.somebody_asks = true;
        let turn = gil.turn;
        let row = &mut self.threads[who as usize];
        row.gil_turn = turn;
        row.next = Next::CheckGil;
        self.make_ready(who);
        self.announce_asking(self.now);
    }

    /// On its core: takes the lock if it is free, else asks for it if nobody else has had it meanwhile.
    pub fn check_gil(&mut self, thread: u32) {
        let Some(gil) = &mut self.gil else { return };
        gil.somebody_asks = false;
        if gil.holder == NONE {
            self.decide_gil(thread, GilRule::Free, NONE);
            self.give_gil(thread);
            return self.go_on(thread);
        }
        // Another may have had it while this one waited for a core.
        let asks = gil.turn == self.threads[thread as usize].gil_turn;
        if asks && self.holder_drops_at_once() && self.gil.as_mut().is_some_and(GilState::is_asker_awake) {
            return self.hand_over(thread);
        }
        self.told.came_in_vain(self.now, self.task_of(thread));
        self.leave_core(thread, ThreadState::Waiting);
        let asker = self.wait_for_gil(thread);
        if asks {
            self.request_drop(asker);
        }
    }

    /// The holder drops the lock at this instant, and who asked for it is still on its core and takes it. Who has been
    /// in the queue longest is told, too, and comes in vain.
    fn hand_over(&mut self, asker: u32) {
        let Some(gil) = &mut self.gil else { return };
        let holder = gil.holder;
        gil.forget_who_asks();
        let told = gil.waiters.first(self.now);
        if told.is_some() && gil.is_guest_first() {
            gil.in_vain = told.map_or(NONE, |(_, who)| who);
        }
        self.interrupt(holder);
        self.let_holder_go(holder, asker);
        let price = self.cost(Cost::GilHandOff);
        self.threads[asker as usize].overhead_due += price;
        self.decide_gil(asker, GilRule::Asked, holder);
        self.give_gil(asker);
        self.tell(told);
        self.go_on(asker);
    }

    /// On its core, told that the lock is free: another may have been faster.
    pub fn take_gil_or_wait(&mut self, thread: u32) {
        let Some(gil) = &mut self.gil else { return };
        let others_wait_for_it = gil.in_vain == thread;
        if others_wait_for_it {
            gil.in_vain = NONE;
        }
        if gil.holder == NONE {
            let dropped_by = gil.dropped.last().copied().unwrap_or(NONE);
            self.decide_gil(thread, GilRule::First, dropped_by);
            self.give_gil(thread);
            return self.go_on(thread);
        }
        self.told.came_in_vain(self.now, self.task_of(thread));
        self.leave_core(thread, ThreadState::Waiting);
        self.wait_for_gil(thread);
        if others_wait_for_it {
            self.let_dropped_wait();
        }
    }

    /// Whether the thread holds the lock and was asked to drop it.
    pub fn drops_gil(&self, thread: u32) -> bool {
        self.threads[thread as usize].has_gil && self.gil.as_ref().is_some_and(|gil| gil.drop_request)
    }

    /// A holder that computes drops the lock at once; one without a core when it has one again; one that still pays for
    /// having come to its core a little later: else short intervals would let nobody get anywhere.
    fn request_drop(&mut self, asker: Option<Waiting>) {
        let Some(gil) = &mut self.gil else { return };
        gil.drop_request = true;
        gil.forget_who_asks();
        let holder = gil.holder;
        if self.holder_drops_at_once() {
            self.interrupt(holder);
            self.drop_gil(holder, asker);
        } else if holder != NONE && self.threads[holder as usize].state == ThreadState::Running {
            self.look_later(holder);
        }
    }

    /// Whether the holder looks at the request at this instant.
    fn holder_drops_at_once(&self) -> bool {
        let Some(gil) = self.gil.as_ref().filter(|gil| gil.holder != NONE) else { return false };
        let row = &self.threads[gil.holder as usize];
        row.state == ThreadState::Running && self.now - row.since >= row.head.saturating_add(gil.moment)
    }

    /// The holder looks whether it was asked once it has computed for a moment, in this burst or the next.
    pub fn look_later(&mut self, holder: u32) {
        let Some(gil) = self.gil.as_mut().filter(|gil| !gil.looks) else { return };
        gil.looks = true;
        let (moment, stamp) = (gil.moment, gil.look_stamp);
        let row = &self.threads[holder as usize];
        let task = row.task;
        let time = row.since.checked_add(row.head).and_then(|time| time.checked_add(moment));
        self.plan_at(time, Phase::WakeUp, task, What::GilLook, holder, stamp);
    }

    pub fn look_at_request(&mut self, thread: u32, stamp: u32) {
        let Some(gil) = self.gil.as_mut().filter(|gil| !gil.has_looked(stamp)) else { return };
        gil.forget_look();
        let row = &self.threads[thread as usize];
        // Without a core it looks when it has one again.
        if row.state != ThreadState::Running || row.left == 0 || !self.drops_gil(thread) {
            return;
        }
        if self.now - row.since < row.head {
            self.look_later(thread);
        } else {
            self.interrupt(thread);
            self.drop_gil(thread, None);
        }
    }

    /// The holder, on its core and without a burst under way, lets go because it was asked to, by `asker` just now.
    pub fn drop_gil(&mut self, thread: u32, asker: Option<Waiting>) {
        let Some(gil) = &mut self.gil else { return };
        let heir = match asker {
            Some(asker) => Some(gil.heir(asker, self.now)),
            None => gil.waiters.first(self.now),
        };
        self.let_holder_go(thread, heir.map_or(NONE, |(_, who)| who));
        self.tell(heir);
    }

    /// The holder lets go, for `next`, and leaves its core until somebody has had the lock.
    fn let_holder_go(&mut self, holder: u32, next: u32) {
        self.show_running(holder);
        let Some(gil) = &mut self.gil else { return };
        gil.let_go();
        gil.dropped.push(holder);
        let row = &mut self.threads[holder as usize];
        row.has_gil = false;
        if row.task != NONE && !row.hidden {
            self.show_waiting_for(holder, next);
        }
        self.stop_telling(holder);
        self.leave_core(holder, ThreadState::Waiting);
    }

    /// The holder lets go of its own accord to compute without the lock. Returns how long that takes it.
    pub fn compute_without_gil(&mut self, thread: u32) -> i64 {
        let telling = self.release_gil(thread);
        let hold = self.cost(Cost::GilRelease);
        if let Some(gil) = &mut self.gil {
            gil.pass_on(self.now, hold);
        }
        hold.saturating_add(telling)
    }

    /// The holder lets go of its own accord. Returns how long it takes it to wake who is told, whom nobody keeps from
    /// coming too late.
    pub fn release_gil(&mut self, thread: u32) -> i64 {
        if !std::mem::take(&mut self.threads[thread as usize].has_gil) {
            return 0;
        }
        let Some(gil) = &mut self.gil else { return 0 };
        gil.let_go();
        let first = gil.waiters.first(self.now);
        self.tell(first);
        if first.is_some() { self.cost(Cost::Notify) } else { 0 }
    }

    /// Tells a waiter that the lock is free.
    fn tell(&mut self, heir: Option<Waiting>) {
        let Some((gil, (wait, next))) = self.gil.as_mut().zip(heir) else { return };
        gil.leave(wait);
        let row = &mut self.threads[next as usize];
        row.next = Next::TakeGil;
        let task = row.task;
        self.rouse(next, task);
        self.announce_asking(self.now);
    }
}

#[cfg(test)]
mod tests {
    use crate::simulate::testing::{first, run, running, task};
    use crate::trace::{Cause, Span, State, Task};

    fn two_that_compute() -> String {
        task("ana", "{ cpu = \"100ms\" }") + &task("bia", "{ cpu = \"100ms\" }")
    }

    #[test]
    fn who_asked_is_mostly_faster_than_whoever_has_to_be_woken() {
        let costs = [("gil_interval", "1ms"), ("gil_hand_off", "30us"), ("wake_up", "50us"), ("hot_wake_up", "50us")];
        let run = run(&costs, &two_that_compute(), "gil-threads", 2);
        let runs = |task| run.trace.spans_of(Task(task)).filter(|span| span.state == State::Running);
        let mut spans: Vec<Span> = runs(0).chain(runs(1)).collect();
        spans.sort_by_key(|span| span.start);
        let gaps: Vec<i64> = spans.windows(2).map(|pair| (pair[1].start - pair[0].end).0 / 1_000).collect();
        assert!(gaps.iter().all(|gap| [30, 50].contains(gap)), "{gaps:?}");
        let fast = gaps.iter().filter(|gap| **gap == 30).count();
        assert!(gaps.len() > 150 && (gaps.len() / 2..gaps.len()).contains(&fast), "{fast} of {}", gaps.len());
    }

    #[test]
    fn a_time_out_is_as_late_as_any_sleep() {
        let costs = [("gil_interval", "1ms"), ("sleep_overshoot", "100us"), ("short_sleep_overshoot", "100us")];
        let run = run(&costs, &two_that_compute(), "gil-threads", 2);
        assert_eq!(first(&run, 1, State::Running), 1_100_000);
    }

    /// Found by a random machine: each let the lock go at the instant at which it had come to its core, for ever.
    #[test]
    fn whoever_comes_to_its_core_gets_on_however_short_the_interval() {
        let costs = [
            ("gil_interval", "15us"),
            ("context_switch", "31us"),
            ("thread_start", "60us"),
            ("cached_thread_start", "60us"),
            ("loop_turn", "25us"),
        ];
        let body: String = ["ana", "bia", "cid"].map(|name| task(name, "{ cpu = \"7ms\" }")).concat();
        let run = run(&costs, &body, "python-asyncio-to-thread", 3);
        assert_eq!(running(&run), [7_000_000; 3]);
    }

    #[test]
    fn who_lets_go_wakes_who_waits_before_its_own_wait_begins() {
        let io = |others: &str| {
            let body = task("ana", "{ cpu = \"10us\" }, { io = \"1ms\" }") + others;
            let run = run(&[("gil_interval", "5ms"), ("notify", "8us")], &body, "gil-threads", 2);
            let span = run.trace.spans_of(Task(0)).find(|span| span.state == State::Io).expect("it waits");
            span.length().0
        };
        assert_eq!(io(""), 1_000_000);
        assert_eq!(io(&task("bia", "{ cpu = \"1us\" }")), 1_008_000);
    }

    #[test]
    fn who_computes_without_the_lock_waits_for_those_who_are_letting_it_go() {
        let body = ["ana", "bia", "cid"].map(|name| task(name, "{ cpu = \"10us\", gil = \"released\" }")).concat();
        let run = run(&[("gil_release", "2us")], &body, "gil-threads", 3);
        let of = |task| {
            let spans = run.trace.spans_of(Task(task)).filter(|span| span.length().0 > 0);
            spans.map(|span| (span.state, span.cause, span.end.0 / 1_000)).collect::<Vec<_>>()
        };
        let waits_until = |end| (State::Blocked, Cause::Gil, end);
        let runs_until = |end| (State::Running, Cause::None, end);
        assert_eq!(of(0), [runs_until(12)]);
        assert_eq!(of(1), [waits_until(2), runs_until(14)]);
        assert_eq!(of(2), [waits_until(4), runs_until(16)]);
        assert_eq!(run.account.overhead.map(|time| time.0), Some(2_000 + 4_000), "they wait on their cores");
    }

    #[test]
    fn however_many_cores_compute_without_the_lock_it_passes_through_one_hand_at_a_time() {
        let body = "[[task]]\nname = \"ana\"\ncount = 8\n\
                    steps = [{ repeat = 100, steps = [{ cpu = \"5us\", gil = \"released\" }] }]\n";
        let makespan = |release| {
            let run = run(&[("gil_release", release)], body, "gil-threads", 8);
            run.trace.spans().map(|span| span.end).max().unwrap().0
        };
        assert_eq!(makespan("0us"), 100 * 5_000);
        // Each takes it once more to end, the last of them behind six others.
        assert_eq!(makespan("5us"), 8 * 100 * 5_000 + 5_000 + 6 * 5_000);
    }

    #[test]
    fn who_lets_the_lock_go_and_takes_it_again_runs_meanwhile() {
        let body = task("ana", "{ cpu = \"10us\", gil = \"released\" }, { cpu = \"10us\" }");
        let run = run(&[("gil_release", "2us"), ("gil_interval", "5ms")], &body, "gil-threads", 1);
        assert_eq!(running(&run), [22_000]);
        assert_eq!(run.account.overhead.map(|time| time.0), Some(0));
    }
}
