//! One order, step by step: what each step did, what the variables were then, and where everybody stood.

use super::program::{Op, Program, task};
use super::state::{Standing, State};
use crate::trace::Task;

/// A schedule that was followed from the first step to the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    pub deeds: Vec<Deed>,
    /// By moment, by task: moment `k` is before step `k`, the last is the end.
    pub standings: Vec<Vec<Standing>>,
    /// By moment: the values of the variables.
    pub values: Vec<Vec<i64>>,
}

/// What one step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    pub task: Task,
    pub act: Act,
}

/// Variables, locks and the like by their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Load {
        variable: String,
        value: i64,
    },
    Add {
        amount: i64,
        /// What the register holds then.
        sum: i64,
    },
    Store {
        variable: String,
        value: i64,
        /// Who stored there after this task had loaded what it now stores, and is overwritten.
        lost: Vec<Task>,
    },
    Lock(String),
    Unlock(String),
    Send(String),
    Receive(String),
    Arrive(String),
    Fail,
}

impl Act {
    /// Whether it overwrites what somebody else has stored meanwhile.
    pub fn loses(&self) -> bool {
        matches!(self, Act::Store { lost, .. } if !lost.is_empty())
    }
}

impl Story {
    /// # Panics
    /// On a schedule that is not one of this program: a task that cannot take its step.
    pub fn of(program: &Program, schedule: &[Task]) -> Self {
        Story::followed(program, schedule).expect("a schedule of this program: each task can take its step")
    }

    /// `None` on a schedule that is not one of this program.
    pub fn followed(program: &Program, schedule: &[Task]) -> Option<Self> {
        let mut state = State::first(program);
        let mut registers = vec![Register::default(); program.tasks()];
        let mut stores: Vec<Vec<Task>> = vec![Vec::new(); program.variables.len()];
        let mut story = Story { deeds: Vec::new(), standings: Vec::new(), values: Vec::new() };
        story.look(program, &state);
        for mover in schedule {
            if story.standings.last()?.get(mover.index()) != Some(&Standing::Ready) {
                return None;
            }
            let op = state.next_op(program, mover.index())?;
            let act = act(program, op, *mover, &mut registers[mover.index()], &state, &mut stores);
            story.deeds.push(Deed { task: *mover, act });
            state.step(program, mover.index());
            story.look(program, &state);
        }
        Some(story)
    }

    /// Whether somebody can never go on.
    pub fn is_deadlock(&self) -> bool {
        self.standings.last().is_some_and(|last| last.iter().any(|standing| !standing.is_over()))
    }

    fn look(&mut self, program: &Program, state: &State) {
        let fates = state.fates(program);
        self.standings.push((0..program.tasks()).map(|task| state.standing(program, fates, task)).collect());
        self.values.push(state.values(program).to_vec());
    }
}

/// A task's register, and since when what it was loaded from may have changed.
#[derive(Clone, Copy, Default)]
struct Register {
    value: i64,
    /// The variable it was loaded from, and how many stores that had seen.
    source: Option<(usize, usize)>,
}

fn act(
    program: &Program,
    op: Op,
    mover: Task,
    register: &mut Register,
    state: &State,
    stores: &mut [Vec<Task>],
) -> Act {
    match op {
        Op::Load(variable) => {
            *register =
                Register { value: state.values(program)[variable], source: Some((variable, stores[variable].len())) };
            Act::Load { variable: program.variables[variable].0.clone(), value: register.value }
        }
        Op::Add(amount) => {
            register.value = register.value.wrapping_add(amount);
            Act::Add { amount, sum: register.value }
        }
        Op::Store(variable) => {
            let since = register.source.filter(|(source, _)| *source == variable).map(|(_, seen)| seen);
            let mut lost: Vec<Task> = since.map_or_else(Vec::new, |seen| stores[variable][seen..].to_vec());
            lost.retain(|other| *other != mover);
            lost.dedup();
            stores[variable].push(mover);
            if since.is_some() {
                register.source = Some((variable, stores[variable].len()));
            }
            Act::Store { variable: program.variables[variable].0.clone(), value: register.value, lost }
        }
        Op::Lock(lock) => Act::Lock(program.locks[lock].name.clone()),
        Op::Unlock(lock) => Act::Unlock(program.locks[lock].name.clone()),
        Op::Send(channel) => Act::Send(program.channels[channel].0.name.clone()),
        Op::Receive(channel) => Act::Receive(program.channels[channel].0.name.clone()),
        Op::Arrive(barrier) => Act::Arrive(program.barriers[barrier].0.name.clone()),
        Op::Fail => Act::Fail,
        Op::Pass(_) => unreachable!("who stands at a barrier takes no step"),
    }
}

/// The tasks of a program, in order.
pub fn tasks(program: &Program) -> impl Iterator<Item = Task> {
    (0..program.tasks()).map(task)
}
