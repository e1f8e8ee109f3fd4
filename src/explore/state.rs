//! Where a program stands between two steps, and what each step makes of it.
//!
//! What is allowed is what `rules` allow. They know queues; here a step that would have to wait is no step yet, so no state
//! tells who has asked first, and every order in which they could be asked is explored.
//!
//! Two orders that lead to equal states have the same future: equality here is what the counting stands on.

use super::program::{GroupSet, Op, Program, task};
use crate::rules::barrier::Barrier;
use crate::rules::channel::Channel;
use crate::trace::{Cause, Peer, Resource, Task};

const FREE: i64 = -1;

/// In one piece, so that it is cheap to compare and to keep: for each task how many ops are behind it, and its
/// register; then the values of the variables, the holders of the locks, the items in the channels.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State(Box<[i64]>);

/// What keeps a task from taking its next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Groups that it comes after are not done.
    NotArrived,
    /// Nothing.
    Ready,
    Waits {
        cause: Cause,
        behind: Peer,
        on: Resource,
    },
    Done,
    Failed,
    /// A task that it comes after has failed.
    Cancelled,
}

impl Standing {
    pub fn is_over(self) -> bool {
        matches!(self, Standing::Done | Standing::Failed | Standing::Cancelled)
    }
}

/// What the groups' tasks have come to in a state: what those that come after them ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// None of its tasks does anything any more.
    over: GroupSet,
    /// One of its tasks has failed, or all are cancelled since one of an earlier group has.
    broken: GroupSet,
}

/// Words of 64 bits in a state of that program.
pub fn words(program: &Program) -> usize {
    2 * program.tasks() + program.variables.len() + program.locks.len() + program.channels.len()
}

impl State {
    pub fn first(program: &Program) -> Self {
        let mut words = vec![0; 2 * program.tasks()];
        words.extend(program.variables.iter().map(|(_, initial)| *initial));
        words.extend(program.locks.iter().map(|_| FREE));
        words.extend(program.channels.iter().map(|_| 0));
        let mut state = State(words.into());
        state.settle(program);
        state
    }

    /// In one pass over the tasks: how deep the groups come after each other costs nothing.
    pub fn fates(&self, program: &Program) -> Fates {
        let mut fates = Fates::default();
        for group in program.group_order.iter().copied() {
            let own = &program.groups[group];
            let mut tasks = own.tasks.clone();
            if own.after.meets(fates.broken) || own.fails && tasks.clone().any(|task| self.is_through(program, task)) {
                fates.broken.insert(group);
            }
            // Who is cancelled is over; who has no op is through as soon as it has arrived.
            let is_through = |task| own.ops.is_empty() || self.is_through(program, task);
            if own.after.meets(fates.broken) || own.after.is_subset_of(fates.over) && tasks.all(is_through) {
                fates.over.insert(group);
            }
        }
        fates
    }

    /// Takes the task's next step, which it must be able to take, and what follows of itself: who is through lets go
    /// of its locks, who is the last to come opens the barrier.
    pub fn step(&mut self, program: &Program, task: usize) {
        let at = self.ops_done(task);
        let own = program.of_task(task);
        let holder = i64::try_from(task).expect("few tasks are explored");
        let tasks = program.tasks();
        let mut next = at + 1;
        match own.ops[at] {
            Op::Load(variable) => self.0[tasks + task] = self.values(program)[variable],
            Op::Add(amount) => self.0[tasks + task] = self.0[tasks + task].wrapping_add(amount),
            Op::Store(variable) => self.0[2 * tasks + variable] = self.0[tasks + task],
            Op::Lock(lock) => self.0[lock_at(program, lock)] = holder,
            Op::Unlock(lock) => self.0[lock_at(program, lock)] = FREE,
            Op::Send(channel) => self.0[channel_at(program, channel)] += 1,
            Op::Receive(channel) => self.0[channel_at(program, channel)] -= 1,
            Op::Arrive(_) => {}
            Op::Fail => next = own.ops.len(),
            Op::Pass(_) => unreachable!("who stands at a barrier takes no step"),
        }
        self.set_ops_done(program, task, next);
        self.settle(program);
    }

    pub fn values<'a>(&'a self, program: &Program) -> &'a [i64] {
        let from = 2 * program.tasks();
        &self.0[from..from + program.variables.len()]
    }

    /// The op that the task would do next, if it has any left.
    pub fn next_op(&self, program: &Program, task: usize) -> Option<Op> {
        program.of_task(task).ops.get(self.ops_done(task)).copied()
    }

    /// Where the task stands in this state, whose `fates` these are.
    pub fn standing(&self, program: &Program, fates: Fates, task: usize) -> Standing {
        let own = program.of_task(task);
        let at = self.ops_done(task);
        if at == 0 && own.after.meets(fates.broken) {
            return Standing::Cancelled;
        }
        if at == 0 && !own.after.is_subset_of(fates.over) {
            return Standing::NotArrived;
        }
        let Some(op) = own.ops.get(at) else { return if own.fails { Standing::Failed } else { Standing::Done } };
        let waits = |cause, behind, on| Standing::Waits { cause, behind, on };
        match *op {
            Op::Lock(lock) => match self.holder(program, lock) {
                Some(holder) => waits(Cause::Lock, Peer::task(holder), program.locks[lock].resource),
                None => Standing::Ready,
            },
            Op::Send(channel) => {
                let (named, capacity) = &program.channels[channel];
                let items = u64::try_from(self.0[channel_at(program, channel)]).expect("a number of items");
                if Channel::has_room(items, *capacity) {
                    Standing::Ready
                } else {
                    waits(Cause::ChannelFull, Peer::NONE, named.resource)
                }
            }
            Op::Receive(channel) if self.0[channel_at(program, channel)] == 0 => {
                waits(Cause::Channel, Peer::NONE, program.channels[channel].0.resource)
            }
            Op::Pass(barrier) => waits(Cause::Barrier, Peer::NONE, program.barriers[barrier].0.resource),
            Op::Load(_) | Op::Add(_) | Op::Store(_) | Op::Unlock(_) | Op::Receive(_) | Op::Arrive(_) | Op::Fail => {
                Standing::Ready
            }
        }
    }

    fn holder(&self, program: &Program, lock: usize) -> Option<Task> {
        usize::try_from(self.0[lock_at(program, lock)]).ok().map(task)
    }

    /// No op is left. A task without any is through once it has arrived.
    fn is_through(&self, program: &Program, task: usize) -> bool {
        let ops = program.of_task(task).ops.len();
        ops > 0 && self.ops_done(task) == ops
    }

    fn ops_done(&self, task: usize) -> usize {
        usize::try_from(self.0[task]).expect("a number of ops")
    }

    fn set_ops_done(&mut self, program: &Program, task: usize, done: usize) {
        self.0[task] = i64::try_from(done).expect("a number of ops");
        if !program.of_task(task).register_counts[done] {
            self.0[program.tasks() + task] = 0;
        }
    }

    /// What happens of itself, until nothing does.
    fn settle(&mut self, program: &Program) {
        loop {
            for lock in 0..program.locks.len() {
                if self.holder(program, lock).is_some_and(|holder| self.is_through(program, holder.index())) {
                    self.0[lock_at(program, lock)] = FREE;
                }
            }
            let Some(barrier) = self.open_barrier(program) else { return };
            for task in 0..program.tasks() {
                if self.next_op(program, task) == Some(Op::Pass(barrier)) {
                    self.set_ops_done(program, task, self.ops_done(task) + 1);
                }
            }
            // Some may be through now, and hold or keep up what others wait for.
        }
    }

    /// A barrier at which everybody stands who is still to come there.
    fn open_barrier(&self, program: &Program) -> Option<usize> {
        let stands_at = |task: usize| match self.next_op(program, task) {
            Some(Op::Pass(barrier)) => Some(barrier),
            _ => None,
        };
        let mut candidates = (0..program.tasks()).filter_map(stands_at).peekable();
        candidates.peek()?;
        let fates = self.fates(program);
        candidates.find(|barrier| {
            let parties = program.barriers[*barrier].1.iter().map(|task| task.index());
            let (mut here, mut absent) = (0, 0);
            for task in parties {
                if stands_at(task) == Some(*barrier) {
                    here += 1;
                } else if !self.standing(program, fates, task).is_over() {
                    absent += 1;
                }
            }
            Barrier::opens(here, here + absent)
        })
    }
}

fn lock_at(program: &Program, lock: usize) -> usize {
    2 * program.tasks() + program.variables.len() + lock
}

fn channel_at(program: &Program, channel: usize) -> usize {
    lock_at(program, program.locks.len()) + channel
}
