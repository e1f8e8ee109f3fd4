//! The tasks of a simulation: what they do, compiled for speed, and how far each is.

use super::Setup;
use super::costs::{Cost, Costs};
use crate::model::Plan;
use crate::scenario::draw::{self, Arrivals, Key};
use crate::scenario::program::{Place, Program};
use crate::scenario::shared::{Kind, Shared};
use crate::scenario::{Gil, Spread, Step, Via};
use crate::time::Nanos;
use crate::trace::Cause;

/// No task, thread, worker, resource.
pub(super) const NONE: u32 = u32::MAX;

/// A step with its names looked up.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Cpu {
        time: Spread,
        how: Computing,
    },
    Io {
        time: Spread,
        blocking: bool,
        timeout: Option<Nanos>,
        ends: IoEnds,
    },
    Lock(u32),
    Unlock(u32),
    Send(u32),
    Receive(u32),
    Barrier(u32),
    Yield,
    Memory(MemoryOp),
    /// By its place in [`Tasks::texts`].
    Print(u32),
    Fail(u32),
}

/// A step that computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Computing {
    pub lets_gil_go: bool,
    /// It is through when so much is done, however long that takes.
    pub is_work: bool,
}

/// A step that touches the task's register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MemoryOp {
    Load(u32),
    Add(i64),
    Store(u32),
}

/// What those steps take where the cache line is at hand, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemoryPace {
    access: i64,
    add: i64,
}

impl MemoryPace {
    pub fn of(costs: &Costs) -> Self {
        MemoryPace { access: costs.get(Cost::VariableAccess).0, add: costs.get(Cost::RegisterAdd).0 }
    }

    pub const fn time(self, op: MemoryOp) -> i64 {
        match op {
            MemoryOp::Load(_) | MemoryOp::Store(_) => self.access,
            MemoryOp::Add(_) => self.add,
        }
    }
}

/// Until when a task counts as in IO. How late it goes on is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IoEnds {
    /// A timer: everybody knows when it was due.
    WhenDue,
    /// A request, a file, a transaction: nobody knows of its end before somebody is told.
    WhenNoticed,
}

/// A wait for IO: how long it takes, or until it is given up.
#[derive(Clone, Copy, Debug)]
pub(super) struct IoWait {
    pub time: i64,
    /// It is given up by then.
    pub times_out: bool,
    pub ends: IoEnds,
}

impl IoWait {
    /// What the task goes on with: nothing, or the word that it was in vain.
    pub fn errand(self) -> Errand {
        let IoWait { times_out, ends, .. } = self;
        if times_out { Errand::Io { times_out, ends } } else { Errand::None }
    }

    /// How long the task counts as in IO, where whoever waits goes on so much later than it is due.
    pub fn told(self, overshoot: i64) -> i64 {
        match self.ends {
            IoEnds::WhenDue => self.time,
            IoEnds::WhenNoticed => self.time.saturating_add(overshoot),
        }
    }
}

impl Op {
    /// Whether a task can lose its core here of its own accord.
    fn can_wait(&self) -> bool {
        matches!(
            self,
            Op::Io { .. } | Op::Lock(_) | Op::Send(_) | Op::Receive(_) | Op::Barrier(_) | Op::Yield | Op::Fail(_)
        )
    }
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    New,
    /// Arrived and not over.
    Inside,
    /// Over, and whether it was done.
    Over {
        done: bool,
    },
}

/// One task. There may be millions: no more than a line of a core's cache, and without names.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct TaskRow {
    pub place: Place,
    /// Since when it waits, or when it ended.
    pub since: i64,
    /// How long its errand takes.
    pub errand_time: i64,
    pub group: u32,
    /// Who carries it, or did last.
    pub thread: u32,
    /// What it waits for, or [`NONE`].
    pub waits_for: u32,
    /// What kind of wait that is.
    pub waits_as: Cause,
    /// A more urgent priority than its own that it has inherited.
    pub inherited: Option<i32>,
    pub errand: Errand,
    /// A lock that it was woken for, and has to ask for again.
    pub asks_again: bool,
    pub progress: Progress,
}

/// What a task has ordered, or waits for, that lasts [`TaskRow::errand_time`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    None,
    Cpu(Computing),
    /// A call that blocks its thread; it may be given up before it is through.
    Io {
        times_out: bool,
        ends: IoEnds,
    },
}

impl Errand {
    /// It is given up before it is through.
    pub fn times_out(self) -> bool {
        matches!(self, Errand::Io { times_out: true, .. })
    }
}

/// A group's tasks that are still to arrive.
#[derive(Debug)]
pub(super) struct GroupRow {
    pub first: u32,
    pub count: u32,
    pub priority: i32,
    pub payload_bytes: u64,
    pub program: Program<Op>,
    /// Of one task, those of a `repeat` as often as they are done.
    pub steps: u64,
    pub arrivals: Arrivals,
    /// How many have arrived.
    pub arrived: u32,
    /// How many are not done yet.
    pub left: u32,
    /// Groups that still have to be done before.
    pub awaited: u32,
    /// Groups that come after this one.
    pub then: Vec<u32>,
    /// No earlier than this: when the last group before it was done.
    pub released: i64,
    /// One of its tasks was not done: those groups are cancelled.
    pub is_incomplete: bool,
    /// Its tasks never will arrive.
    pub is_cancelled: bool,
    /// Its coroutines are awaited.
    pub is_awaited: bool,
}

#[derive(Debug)]
pub(super) struct Tasks {
    pub rows: Vec<TaskRow>,
    pub groups: Vec<GroupRow>,
    pub texts: Vec<String>,
    seed: u64,
    pub pace: MemoryPace,
    /// By task, the CPU time of its steps to the next that can wait, or [`UNKNOWN`]. Empty where nobody ranks by that.
    to_wait: Vec<i64>,
}

const UNKNOWN: i64 = -1;

impl Tasks {
    pub fn new(setup: &Setup<'_>, shared: &Shared) -> Self {
        let &Setup { scenario, plan, seed, costs, .. } = setup;
        let mut texts = Vec::new();
        let mut groups: Vec<GroupRow> = Vec::with_capacity(scenario.groups.len());
        let mut rows = Vec::with_capacity(usize::try_from(scenario.tasks()).unwrap_or_default());
        for (number, group) in (0_u32..).zip(&scenario.groups) {
            let first = u32::try_from(rows.len()).expect("checked");
            rows.extend((0..group.count).map(|_| TaskRow {
                place: Place::default(),
                since: 0,
                errand_time: 0,
                group: number,
                thread: NONE,
                waits_for: NONE,
                waits_as: Cause::None,
                inherited: None,
                errand: Errand::None,
                asks_again: false,
                progress: Progress::New,
            }));
            groups.push(GroupRow {
                first,
                count: group.count,
                priority: group.priority,
                payload_bytes: group.payload_bytes,
                program: Program::compiled(&group.steps, &mut |step| compile(step, shared, plan, &mut texts)),
                steps: u64::try_from(super::count(&group.steps)).unwrap_or(u64::MAX),
                arrivals: Arrivals::new(group.arrive, number, seed),
                arrived: 0,
                left: group.count,
                awaited: u32::try_from(group.after.len()).expect("few groups"),
                then: Vec::new(),
                released: 0,
                is_incomplete: false,
                is_cancelled: false,
                is_awaited: group.awaited,
            });
        }
        for (number, group) in (0_u32..).zip(&scenario.groups) {
            for before in &group.after {
                groups[*before].then.push(number);
            }
        }
        Tasks { rows, groups, texts, seed, pace: MemoryPace::of(costs), to_wait: Vec::new() }
    }

    pub fn differ_in_priority(&self) -> bool {
        self.groups.windows(2).any(|pair| pair[0].priority != pair[1].priority)
    }

    pub fn group(&self, task: u32) -> &GroupRow {
        &self.groups[self.rows[task as usize].group as usize]
    }

    /// Its own priority or the more urgent one that it has inherited; smaller is more urgent.
    pub fn priority(&self, task: u32) -> i32 {
        let own = self.group(task).priority;
        self.rows[task as usize].inherited.map_or(own, |inherited| inherited.min(own))
    }

    /// Somebody will ask for [`Tasks::cpu_to_wait`] again and again.
    pub fn remember_cpu_to_wait(&mut self) {
        self.to_wait = vec![UNKNOWN; self.rows.len()];
    }

    /// The task's next step, taken, with the key of its draws.
    pub fn step(&mut self, task: u32) -> Option<(&Op, Key)> {
        self.step_if(task, |_| true)
    }

    /// As [`Tasks::step`], unless that step is another than wanted.
    pub fn step_if(&mut self, task: u32, is_wanted: impl FnOnce(&Op) -> bool) -> Option<(&Op, Key)> {
        let row = &mut self.rows[task as usize];
        let group = &self.groups[row.group as usize];
        let (op, step) = row.place.step_if(&group.program, is_wanted)?;
        let key = Key { seed: self.seed, group: row.group, index: task - group.first, step };
        if let Some(known) = self.to_wait.get_mut(task as usize).filter(|known| **known != UNKNOWN) {
            match op {
                Op::Cpu { time, .. } => *known -= draw::duration(time, key).0,
                Op::Memory(op) => *known -= self.pace.time(*op),
                _ if op.can_wait() => *known = UNKNOWN,
                _ => {}
            }
        }
        Some((op, key))
    }

    /// CPU time from here to the next step that can wait: its errand's, but not what is left of a burst under way. Nothing
    /// where it has to ask for a lock again, is to wait for IO elsewhere, or fails of one that took too long.
    pub fn cpu_to_wait(&mut self, task: u32) -> i64 {
        let row = &self.rows[task as usize];
        if row.asks_again || matches!(row.errand, Errand::Io { .. }) {
            return 0;
        }
        let errand = if matches!(row.errand, Errand::Cpu(_)) { row.errand_time } else { 0 };
        let known = self.to_wait.get(task as usize).copied().filter(|known| *known != UNKNOWN);
        let steps = known.unwrap_or_else(|| self.cpu_of_steps_to_wait(task));
        // A sum that is cut off says nothing about what is left of it later.
        if let Some(known) = self.to_wait.get_mut(task as usize).filter(|_| steps < i64::MAX) {
            *known = steps;
        }
        errand.saturating_add(steps)
    }

    fn cpu_of_steps_to_wait(&self, task: u32) -> i64 {
        let row = &self.rows[task as usize];
        let group = &self.groups[row.group as usize];
        let mut place = row.place.clone();
        let mut sum = 0_i64;
        while let Some((op, step)) = place.step(&group.program) {
            if op.can_wait() {
                break;
            }
            let time = match op {
                Op::Cpu { time, .. } => {
                    let key = Key { seed: self.seed, group: row.group, index: task - group.first, step };
                    draw::duration(time, key).0
                }
                Op::Memory(op) => self.pace.time(*op),
                _ => 0,
            };
            sum = sum.saturating_add(time);
        }
        sum
    }

    pub fn len(&self) -> u32 {
        u32::try_from(self.rows.len()).expect("checked")
    }
}

/// A row that grew by a byte would take two lines.
const _: () = assert!(size_of::<TaskRow>() == align_of::<TaskRow>());

fn compile(step: &Step, shared: &Shared, plan: &Plan, texts: &mut Vec<String>) -> Op {
    let number = |kind, name: &str| u32::try_from(shared.number(kind, name)).expect("few resources");
    let mut text = |text: &String| {
        texts.push(text.clone());
        u32::try_from(texts.len() - 1).expect("a scenario's text is far shorter")
    };
    match step {
        Step::Cpu { time, gil, .. } | Step::Work { time, gil, .. } => {
            let lets_gil_go = plan.gil.is_some() && *gil == Gil::Released;
            let how = Computing { lets_gil_go, is_work: matches!(step, Step::Work { .. }) };
            Op::Cpu { time: *time, how }
        }
        Step::Io { time, via, blocking, timeout } => {
            let ends = if *via == Via::Timer { IoEnds::WhenDue } else { IoEnds::WhenNoticed };
            Op::Io { time: *time, blocking: *blocking, timeout: *timeout, ends }
        }
        Step::Lock(name) => Op::Lock(number(Kind::Lock, name)),
        Step::Unlock(name) => Op::Unlock(number(Kind::Lock, name)),
        Step::Send(name) => Op::Send(number(Kind::Channel, name)),
        Step::Receive(name) => Op::Receive(number(Kind::Channel, name)),
        Step::Barrier(name) => Op::Barrier(number(Kind::Barrier, name)),
        Step::Yield => Op::Yield,
        Step::Load(name) => Op::Memory(MemoryOp::Load(number(Kind::Variable, name))),
        Step::Add(amount) => Op::Memory(MemoryOp::Add(*amount)),
        Step::Store(name) => Op::Memory(MemoryOp::Store(number(Kind::Variable, name))),
        Step::Print(line) => Op::Print(text(line)),
        Step::Fail(reason) => Op::Fail(text(reason)),
        Step::Repeat { .. } => unreachable!("a program has no repeats, only loops"),
    }
}
