//! An ideal machine and an event loop, as plainly as they can be said: everybody is looked at in every instant, and nothing
//! is kept that could be looked up.

use std::collections::VecDeque;

use tasklane::scenario::{Arrive, Machine, Scenario, Scheduler, Spread, Step};

pub const LOCKS: [&str; 2] = ["pan", "oven"];
/// Each with its capacity.
pub const CHANNELS: [(&str, Option<u32>); 2] = [("counter", Some(1)), ("window", None)];

/// When a task began and when it was done.
pub type Lifetime = (Option<i64>, Option<i64>);

#[derive(Clone, Copy, PartialEq)]
enum Act {
    Cpu(i64),
    Io(i64),
    Lock(usize),
    Unlock(usize),
    Send(usize),
    Receive(usize),
}

/// A task as its group says.
struct One {
    group: usize,
    own_arrival: i64,
    priority: i32,
    after: Vec<usize>,
    acts: Vec<Act>,
    has_arrived: bool,
    next: usize,
    lifetime: Lifetime,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Is {
    /// Its task has not arrived; of a pool's, there is none for it.
    Absent,
    Ready,
    OnCore,
    /// On its core, it looks for another task once nothing more happens.
    Choosing,
    InIo {
        until: i64,
    },
    Blocked,
    /// It was given what it waited for.
    Woken,
}

struct Thread {
    is: Is,
    task: Option<usize>,
    /// Its task, or the last that it had.
    carried: Option<usize>,
    /// Of the step that computes.
    left: i64,
    since: i64,
}

pub struct Naive {
    machine: Machine,
    cores: usize,
    tasks: Vec<One>,
    threads: Vec<Thread>,
    /// Tasks that a pool has not taken up.
    queue: VecDeque<usize>,
    is_pool: bool,
    /// By entry.
    ready: Vec<usize>,
    holders: [Option<usize>; LOCKS.len()],
    waiting: [VecDeque<usize>; LOCKS.len()],
    stored: [u32; CHANNELS.len()],
    senders: [VecDeque<usize>; CHANNELS.len()],
    receivers: [VecDeque<usize>; CHANNELS.len()],
    now: i64,
}

impl Naive {
    /// With so many workers, or a thread for each task.
    pub fn new(scenario: &Scenario, cores: usize, workers: Option<usize>) -> Self {
        let tasks = tasks_of(scenario);
        let thread = |task| Thread { is: Is::Absent, task, carried: task, left: 0, since: 0 };
        let threads = match workers {
            Some(workers) => (0..workers).map(|_| thread(None)).collect(),
            None => (0..tasks.len()).map(|task| thread(Some(task))).collect(),
        };
        Naive {
            machine: scenario.machine.clone(),
            cores,
            tasks,
            threads,
            queue: VecDeque::new(),
            is_pool: workers.is_some(),
            ready: Vec::new(),
            holders: [None; LOCKS.len()],
            waiting: Default::default(),
            stored: [0; CHANNELS.len()],
            senders: Default::default(),
            receivers: Default::default(),
            now: 0,
        }
    }

    pub fn run(mut self) -> Vec<Lifetime> {
        loop {
            self.complete();
            loop {
                self.come_back();
                self.arrive();
                self.end_quanta();
                self.choose();
                if !self.hand_out_cores() && !self.happens_more() {
                    break;
                }
            }
            let Some(next) = self.next_instant() else { break };
            for thread in self.on_core() {
                let row = &mut self.threads[thread];
                row.left -= next - self.now;
                self.tasks[row.task.expect("it computes")].lifetime.0.get_or_insert(self.now);
            }
            self.now = next;
        }
        self.tasks.into_iter().map(|task| task.lifetime).collect()
    }

    fn complete(&mut self) {
        for thread in self.on_core() {
            if self.threads[thread].left == 0 {
                self.step_is_over(thread);
                self.advance(thread);
            }
        }
    }

    fn come_back(&mut self) {
        let now = self.now;
        for thread in self.by_task(|is| is == Is::Woken || matches!(is, Is::InIo { until } if until <= now)) {
            self.queue_up(thread);
        }
    }

    fn arrive(&mut self) {
        for task in 0..self.tasks.len() {
            if self.tasks[task].has_arrived || self.arrival(task).is_none_or(|at| at > self.now) {
                continue;
            }
            self.tasks[task].has_arrived = true;
            if self.is_pool {
                self.queue.push_back(task);
                if let Some(idle) = (0..self.threads.len()).find(|thread| self.threads[*thread].is == Is::Absent) {
                    self.queue_up(idle);
                }
            } else {
                self.queue_up(task);
            }
        }
    }

    /// Once the groups are done that it comes after.
    fn arrival(&self, task: usize) -> Option<i64> {
        let task = &self.tasks[task];
        let all_done = |group| self.tasks.iter().all(|task| task.group != group || task.lifetime.1.is_some());
        task.after.iter().all(|group| all_done(*group)).then_some(task.own_arrival)
    }

    fn end_quanta(&mut self) {
        let Some(quantum) = self.quantum() else { return };
        if self.ready.len() <= self.idle() {
            return;
        }
        for thread in self.by_task(|is| matches!(is, Is::OnCore | Is::Choosing)) {
            let had = self.now - self.threads[thread].since;
            if had > 0 && had % quantum == 0 {
                self.queue_up(thread);
            }
        }
    }

    /// Workers that are through with a task look for another.
    fn choose(&mut self) {
        for thread in 0..self.threads.len() {
            if self.threads[thread].is == Is::Choosing {
                let Some(task) = self.take_up() else {
                    self.threads[thread].is = Is::Absent;
                    continue;
                };
                let row = &mut self.threads[thread];
                (row.is, row.task, row.carried) = (Is::OnCore, Some(task), Some(task));
                self.advance(thread);
            }
        }
    }

    /// Returns whether somebody got one.
    fn hand_out_cores(&mut self) -> bool {
        let mut fresh = Vec::new();
        while let Some(first) = self.ready.iter().copied().min_by_key(|thread| self.rank(*thread)) {
            if self.idle() == 0 {
                let Some(worst) = self.on_core().into_iter().max_by_key(|thread| (self.rank(*thread), *thread)) else {
                    break;
                };
                if !self.preempts() || self.rank(first) >= self.rank(worst) {
                    break;
                }
                self.queue_up(worst);
            }
            self.ready.retain(|thread| *thread != first);
            let now = self.now;
            let row = &mut self.threads[first];
            (row.is, row.since) = (Is::OnCore, now);
            fresh.push(first);
        }
        // Of a pool's, nobody has a task yet who has just been woken.
        if !self.is_pool {
            fresh.sort_unstable();
        }
        for thread in &fresh {
            if self.threads[*thread].is == Is::OnCore && self.threads[*thread].left == 0 {
                self.advance(*thread);
            }
        }
        !fresh.is_empty()
    }

    /// On its core, does what takes no time, until it computes, waits or is through.
    fn advance(&mut self, thread: usize) {
        loop {
            let Some(task) = self.threads[thread].task else {
                self.threads[thread].is = Is::Choosing;
                return;
            };
            let one = &mut self.tasks[task];
            let act = one.acts.get(one.next).copied();
            // Who is displaced before it has computed at all has not begun.
            if !matches!(act, Some(Act::Cpu(_))) {
                one.lifetime.0.get_or_insert(self.now);
            }
            let Some(act) = act else {
                one.lifetime.1 = Some(self.now);
                self.threads[thread].task = None;
                self.threads[thread].is = if self.is_pool { Is::Choosing } else { Is::Absent };
                return;
            };
            match act {
                Act::Cpu(time) => {
                    self.threads[thread].left = time;
                    return;
                }
                Act::Io(time) => {
                    one.next += 1;
                    self.threads[thread].is = Is::InIo { until: self.now + time };
                    return;
                }
                Act::Lock(lock) if self.holders[lock].is_some() => {
                    self.waiting[lock].push_back(thread);
                    self.threads[thread].is = Is::Blocked;
                    return;
                }
                Act::Lock(lock) => {
                    self.holders[lock] = Some(thread);
                    self.step_is_over(thread);
                }
                Act::Unlock(lock) => {
                    self.holders[lock] = self.waiting[lock].pop_front();
                    self.holders[lock].into_iter().for_each(|next| self.wake(next));
                    self.step_is_over(thread);
                }
                Act::Send(channel) => {
                    let has_room = CHANNELS[channel].1.is_none_or(|capacity| self.stored[channel] < capacity);
                    if let Some(receiver) = self.receivers[channel].pop_front() {
                        self.wake(receiver);
                    } else if has_room {
                        self.stored[channel] += 1;
                    } else {
                        self.senders[channel].push_back(thread);
                        self.threads[thread].is = Is::Blocked;
                        return;
                    }
                    self.step_is_over(thread);
                }
                Act::Receive(channel) => {
                    if self.stored[channel] == 0 {
                        self.receivers[channel].push_back(thread);
                        self.threads[thread].is = Is::Blocked;
                        return;
                    }
                    match self.senders[channel].pop_front() {
                        Some(sender) => self.wake(sender),
                        None => self.stored[channel] -= 1,
                    }
                    self.step_is_over(thread);
                }
            }
        }
    }

    /// It has what it waited for.
    fn wake(&mut self, thread: usize) {
        self.threads[thread].is = Is::Woken;
        self.step_is_over(thread);
    }

    /// The most urgent of those that a pool has not taken up.
    fn take_up(&mut self) -> Option<usize> {
        let urgency = |place: &usize| self.tasks[self.queue[*place]].priority;
        let first = (0..self.queue.len()).min_by_key(urgency)?;
        self.queue.remove(first)
    }

    fn step_is_over(&mut self, thread: usize) {
        let task = self.threads[thread].task.expect("it has one");
        self.tasks[task].next += 1;
    }

    fn queue_up(&mut self, thread: usize) {
        self.threads[thread].is = Is::Ready;
        self.ready.push(thread);
    }

    fn happens_more(&self) -> bool {
        let comes_back = |thread: &Thread| thread.is == Is::Woken || thread.is == Is::InIo { until: self.now };
        let arrives =
            |task: usize| !self.tasks[task].has_arrived && self.arrival(task).is_some_and(|at| at <= self.now);
        self.threads.iter().any(|thread| comes_back(thread) || thread.is == Is::Choosing)
            || (0..self.tasks.len()).any(arrives)
    }

    fn next_instant(&self) -> Option<i64> {
        let quantum = self.quantum().filter(|_| !self.ready.is_empty());
        let of_thread = |thread: &Thread| match thread.is {
            Is::OnCore => {
                let slice = quantum.map(|quantum| quantum - (self.now - thread.since) % quantum);
                Some(self.now + slice.map_or(thread.left, |slice| slice.min(thread.left)))
            }
            Is::InIo { until } => Some(until),
            _ => None,
        };
        let arrivals = (0..self.tasks.len()).filter(|task| !self.tasks[*task].has_arrived);
        let arrivals = arrivals.filter_map(|task| self.arrival(task));
        self.threads.iter().filter_map(of_thread).chain(arrivals).min()
    }

    /// Who has a core, by the numbers of tasks.
    fn on_core(&self) -> Vec<usize> {
        self.by_task(|is| is == Is::OnCore)
    }

    fn by_task(&self, which: impl Fn(Is) -> bool) -> Vec<usize> {
        let mut found: Vec<usize> = (0..self.threads.len()).filter(|thread| which(self.threads[*thread].is)).collect();
        found.sort_by_key(|thread| self.threads[*thread].carried);
        found
    }

    fn idle(&self) -> usize {
        let has_core = |thread: &&Thread| matches!(thread.is, Is::OnCore | Is::Choosing);
        self.cores - self.threads.iter().filter(has_core).count()
    }

    fn quantum(&self) -> Option<i64> {
        (self.machine.scheduler == Scheduler::RoundRobin).then(|| self.machine.quantum.expect("one is drawn").0)
    }

    fn preempts(&self) -> bool {
        matches!(self.machine.scheduler, Scheduler::Srtf | Scheduler::PreemptivePriority)
    }

    /// The least goes first; of equals, who has queued up first.
    fn rank(&self, thread: usize) -> i64 {
        let Some(task) = self.threads[thread].task else { return 0 };
        let one = &self.tasks[task];
        match self.machine.scheduler {
            Scheduler::Sjf | Scheduler::Srtf => {
                let mut time = self.threads[thread].left;
                let begun = usize::from(time > 0);
                for act in &one.acts[one.next + begun..] {
                    match act {
                        Act::Cpu(more) => time += more,
                        Act::Unlock(_) => {}
                        _ => break,
                    }
                }
                time
            }
            Scheduler::Priority | Scheduler::PreemptivePriority => i64::from(one.priority),
            Scheduler::List => i64::try_from(task).unwrap(),
            _ => 0,
        }
    }
}

/// One loop does it all: it takes up who is ready first, until that one waits; who is due meanwhile comes behind.
pub fn of_loop(scenario: &Scenario) -> Vec<Lifetime> {
    let mut tasks = tasks_of(scenario);
    let (mut now, mut ready, mut timers) = (0, VecDeque::new(), Vec::new());
    loop {
        let arrivals = tasks.iter().enumerate().filter(|(_, task)| !task.has_arrived);
        let mut coming: Vec<(i64, bool, usize)> =
            arrivals.map(|(number, task)| (task.own_arrival, true, number)).chain(timers.iter().copied()).collect();
        coming.sort_unstable();
        if ready.is_empty() {
            let Some((next, ..)) = coming.first() else { break };
            now = now.max(*next);
        }
        for (_, arrives, task) in coming.into_iter().filter(|(at, ..)| *at <= now) {
            tasks[task].has_arrived |= arrives;
            ready.push_back(task);
        }
        timers.retain(|(at, ..)| *at > now);
        let number = ready.pop_front().expect("somebody has come");
        let task = &mut tasks[number];
        task.lifetime.0.get_or_insert(now);
        loop {
            let act = task.acts.get(task.next);
            task.next += 1;
            match act {
                Some(Act::Cpu(time)) => now += time,
                Some(Act::Io(time)) => {
                    timers.push((now + time, false, number));
                    break;
                }
                Some(_) => unreachable!("none is drawn"),
                None => {
                    task.lifetime.1 = Some(now);
                    break;
                }
            }
        }
    }
    tasks.into_iter().map(|task| task.lifetime).collect()
}

fn tasks_of(scenario: &Scenario) -> Vec<One> {
    let fixed = |time: &Spread| match time {
        Spread::Fixed(time) => time.0,
        other => unreachable!("{other:?} is not drawn"),
    };
    let lock = |name: &String| LOCKS.iter().position(|lock| lock == name).expect("one of them");
    let channel = |name: &String| CHANNELS.iter().position(|(channel, _)| channel == name).expect("one of them");
    let act = |step: &Step| match step {
        Step::Cpu { time, .. } => Act::Cpu(fixed(time)),
        Step::Io { time, .. } => Act::Io(fixed(time)),
        Step::Lock(name) => Act::Lock(lock(name)),
        Step::Unlock(name) => Act::Unlock(lock(name)),
        Step::Send(name) => Act::Send(channel(name)),
        Step::Receive(name) => Act::Receive(channel(name)),
        other => unreachable!("{other:?} is not drawn"),
    };
    let mut tasks = Vec::new();
    for (number, group) in scenario.groups.iter().enumerate() {
        for index in 0..i64::from(group.count) {
            let own_arrival = match group.arrive {
                Arrive::At(at) => at.0,
                Arrive::Every(every) => every.0 * index,
                Arrive::Rate(_) => unreachable!("it is not drawn"),
            };
            tasks.push(One {
                group: number,
                own_arrival,
                priority: group.priority,
                after: group.after.clone(),
                acts: group.steps.iter().map(act).collect(),
                has_arrived: false,
                next: 0,
                lifetime: (None, None),
            });
        }
    }
    tasks
}
