//! Where a program stands between two steps, and what each step makes of it.
//!
//! Two orders that lead to equal states have the same future: equality here is what the counting stands on.

use super::program::{Op, Program, task};
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

    /// Whether the task can take its next step.
    pub fn can_step(&self, program: &Program, task: usize) -> bool {
        self.standing(program, task) == Standing::Ready
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

    pub fn standing(&self, program: &Program, task: usize) -> Standing {
        let own = program.of_task(task);
        let at = self.ops_done(task);
        if at == 0 {
            let mut before = own.after.iter().flat_map(|group| tasks_of(program, *group));
            if before.clone().any(|other| self.is_broken(program, other)) {
                return Standing::Cancelled;
            }
            if before.any(|other| !self.is_over(program, other)) {
                return Standing::NotArrived;
            }
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
                let items = self.0[channel_at(program, channel)];
                if capacity.is_some_and(|capacity| items >= i64::from(capacity)) {
                    waits(Cause::ChannelFull, Peer::NONE, named.resource)
                } else {
                    Standing::Ready
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

    pub fn is_over(&self, program: &Program, task: usize) -> bool {
        self.is_through(program, task) || self.standing(program, task).is_over()
    }

    fn holder(&self, program: &Program, lock: usize) -> Option<Task> {
        usize::try_from(self.0[lock_at(program, lock)]).ok().map(task)
    }

    /// Failed, or cancelled since another one failed. Groups come after each other in no circle.
    fn is_broken(&self, program: &Program, task: usize) -> bool {
        let own = program.of_task(task);
        (own.fails && self.is_through(program, task))
            || own.after.iter().flat_map(|group| tasks_of(program, *group)).any(|other| self.is_broken(program, other))
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
        for lock in 0..program.locks.len() {
            if self.holder(program, lock).is_some_and(|holder| self.is_through(program, holder.index())) {
                self.0[lock_at(program, lock)] = FREE;
            }
        }
        for (barrier, (_, meeting)) in program.barriers.iter().enumerate() {
            let stands = |task: &&Task| self.next_op(program, task.index()) == Some(Op::Pass(barrier));
            let all_here = meeting.iter().all(|task| stands(&task) || self.is_over(program, task.index()));
            let here: Vec<Task> = meeting.iter().filter(stands).copied().collect();
            if all_here && !here.is_empty() {
                for task in here {
                    self.set_ops_done(program, task.index(), self.ops_done(task.index()) + 1);
                }
                // Some may be through now, and hold or keep up what others wait for.
                return self.settle(program);
            }
        }
    }
}

fn tasks_of(program: &Program, group: usize) -> impl Iterator<Item = usize> + Clone {
    let own = move |task: &usize| program.group_of[*task] == group;
    (0..program.tasks()).filter(own)
}

fn lock_at(program: &Program, lock: usize) -> usize {
    2 * program.tasks() + program.variables.len() + lock
}

fn channel_at(program: &Program, channel: usize) -> usize {
    lock_at(program, program.locks.len()) + channel
}
