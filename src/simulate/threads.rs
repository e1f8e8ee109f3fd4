//! The threads of a simulation: what the operating system puts on cores. A worker process counts as one.

use super::tasks::NONE;
use crate::trace::{Cause, Core, Peer, State};

/// What a thread is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The main thread, which starts those that have a task of their own.
    Main,
    /// One task of its own.
    Own,
    /// Tasks from that queue, each from its begin to its end.
    Pool { queue: u32 },
    /// Tasks from its own deque and, when that is empty, from others'.
    Thief { own: u32 },
    /// Tasks that await, each until its next wait.
    Loop,
    /// Steps that would block a loop.
    Blocking,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ThreadState {
    /// Without work; whoever brings some wakes it.
    Parked,
    /// Woken, not ready yet.
    Waking,
    Ready,
    /// It has got a core at this very instant and not begun yet.
    Chosen,
    Running,
    /// With its task.
    Waiting,
    Over,
}

/// What a thread does when it gets a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    GoOn,
    /// It waited its interval for the interpreter lock.
    CheckGil,
    /// It was told that the interpreter lock is free.
    TakeGil,
}

/// How far the thread is with its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its process has to be made first.
    Making,
    /// It has to make itself ready first.
    SettingUp,
    /// What it needs has to be shipped first.
    ShippingOut,
    Steps,
    /// What another thread's step ordered.
    Errand,
    /// Its result is on the way back.
    ShippingBack,
}

/// One thread. There may be millions, most of them in no core's cache: each row begins with a line of its own.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct ThreadRow {
    pub task: u32,
    /// The task that it took up last.
    pub carried: u32,
    /// Its number in the trace.
    pub worker: u32,
    pub core: u16,
    pub last_core: u16,
    /// The core of whoever woke it last, if it was on one.
    pub woken_on: u16,
    /// The main thread woke it at t = 0, before it fell asleep itself.
    pub meets_main: bool,
    pub role: Role,
    pub state: ThreadState,
    pub next: Next,
    pub stage: Stage,
    pub has_gil: bool,
    /// Those who came for the interpreter lock before it have let go of it by now.
    pub has_waited_its_turn: bool,
    /// It has waited for IO.
    pub has_slept: bool,
    /// Somebody who was woken took its core, and it has not waited since: it has had more than its share.
    pub gives_way: bool,
    /// The trace tells that its task runs.
    pub shown: bool,
    /// Its task has done something since it runs, if in no time.
    pub has_acted: bool,
    /// The present burst is all overhead, and the trace tells so already.
    pub hidden: bool,
    /// What it tells of a task meanwhile, where that is on this core.
    pub telling: Option<(State, Cause)>,
    /// Whether its process is up; threads that are no processes are.
    pub up: bool,
    /// Its task is the first, or the last, of those that it took from a queue at a time.
    pub begins_chunk: bool,
    pub ends_chunk: bool,
    /// Changes whenever what the calendar has of it is out of date.
    pub stamp: u32,
    /// Its entry in the ready queue.
    pub entry: u64,
    /// Overhead to be paid before anything else.
    pub overhead_due: i64,
    /// Left of the present burst, and how much of that is overhead, which comes first.
    pub left: i64,
    pub head: i64,
    /// Since when the present burst goes on.
    pub since: i64,
    /// Since when its task runs, for a trace that does not tell yet.
    pub running_from: i64,
    /// The turn of the interpreter lock when its interval was over.
    pub gil_turn: u64,
    /// The largest payload that its process has had memory for.
    pub memory_bytes: i64,
    /// How the worker came by the task.
    pub taken: Cause,
    pub taken_from: Peer,
}

impl ThreadRow {
    pub const NO_CORE: u16 = Core::NONE.0;
    /// Before all times.
    pub const NEVER: i64 = i64::MIN;

    /// Made for what it is to do, and it has not been on a core yet. A pool's threads have, before t = 0.
    pub fn is_new(&self) -> bool {
        self.last_core == ThreadRow::NO_CORE && matches!(self.role, Role::Own | Role::Blocking)
    }

    /// Whether the thread was woken to take a task and has not done so yet.
    pub fn wants_task(&self) -> bool {
        self.state == ThreadState::Ready && self.task == NONE
    }

    /// Its task runs from then on, and the trace is still to tell.
    pub fn runs_from(&mut self, from: i64) {
        self.shown = false;
        self.has_acted = false;
        self.running_from = from;
    }

    pub fn new(worker: u32, role: Role) -> Self {
        ThreadRow {
            task: NONE,
            carried: NONE,
            worker,
            core: ThreadRow::NO_CORE,
            last_core: ThreadRow::NO_CORE,
            woken_on: Self::NO_CORE,
            meets_main: false,
            role,
            state: ThreadState::Parked,
            next: Next::GoOn,
            stage: Stage::Steps,
            has_gil: false,
            has_waited_its_turn: false,
            has_slept: false,
            gives_way: false,
            shown: false,
            has_acted: false,
            hidden: false,
            telling: None,
            up: true,
            begins_chunk: true,
            ends_chunk: true,
            stamp: 0,
            entry: 0,
            overhead_due: 0,
            left: 0,
            head: 0,
            since: 0,
            running_from: 0,
            gil_turn: 0,
            memory_bytes: 0,
            taken: Cause::None,
            taken_from: Peer::NONE,
        }
    }
}
