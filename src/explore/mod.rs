//! Every order in which the steps of a small program can happen, counted exactly: which final values and deadlocks
//! come out, in how many of the orders, and by which of them.
//!
//! Each task is a thread of its own, all share one memory, and each step is atomic. A step that would have to wait (a
//! lock that is held, an empty channel) is no step yet: a *schedule* is a sequence of executed steps that ends where
//! no task can go on. [`program`] is what a scenario becomes, [`state`] where it stands, `graph` walks through all
//! states and counts, [`schedule`] tells one order step by step, [`sentence`] and [`caption`] put its steps into
//! words, [`run`] makes a run of it that can be drawn, [`whatif`] puts a lock in, [`caveat`] says for which models all
//! that is not so.
//!
//! Invariant: a count that is given is exact. Schedules are never listed to be counted: two orders that have led to the
//! same state have the same future, so the ways to each state are added up, and billions of schedules cost no more than
//! the states they go through. What would not fit is refused before memory is spent on it, or is explored to a bound
//! that was asked for and said to be partial.

pub mod caption;
pub mod caveat;
pub mod estimate;
mod graph;
pub mod program;
pub mod run;
pub mod schedule;
pub mod sentence;
pub mod state;
pub mod whatif;

use std::ops::ControlFlow;

use self::estimate::Estimate;
use self::graph::Graph;
pub use self::graph::states_that_fit;
use self::program::{Program, Unsuited};
use crate::lang::{Lang, Text};
use crate::trace::Task;

/// The words for schedules: the command line has that of its JSON, the window the plain one.
pub const SCHEDULES: Text = Text::new("schedules", "ordens");
pub const ORDERS: Text = Text::new("orders", "ordens");

/// States that are kept where nobody says how many.
pub const STATES_MAX: usize = 1_000_000;

/// How far to go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bound {
    /// All of it or nothing, see [`STATES_MAX`].
    #[default]
    Whole,
    /// At most so many states; where there are more, the result is partial.
    States(usize),
}

/// One way for the program to come out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    /// Some task can never go on.
    pub deadlock: bool,
    /// Final values of the shared variables, in the order of [`Program::variables`].
    pub values: Vec<i64>,
}

/// What became of a program in all its orders.
#[derive(Clone, Debug)]
pub struct Explored {
    pub program: Program,
    /// With how many schedules lead to each; those without deadlock first, then by values.
    pub outcomes: Vec<(Outcome, u128)>,
    /// The sum of the counts.
    pub schedules: u128,
    /// Distinct states that were visited.
    pub states: usize,
    /// Only schedules that stay within those states are counted: there are more, and perhaps more outcomes.
    pub partial: bool,
    graph: Graph,
}

/// The schedules that lead to one outcome, in the order in which a dictionary of task numbers has them.
pub struct Schedules<'a> {
    explored: &'a Explored,
    /// By node: how many ways lead from there to the outcome.
    ways: Vec<u128>,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    Unsuited(Unsuited),
    /// More states than are kept, by estimate.
    TooLarge(Estimate),
    /// More than so many states, found on the way although the estimate was lower.
    TooManyStates(Estimate, usize),
    /// So many states of this program do not fit into the memory that is spent at most.
    BoundTooHigh {
        asked: usize,
        max: usize,
    },
    /// More schedules than can be counted exactly in 128 bits, of the whole or within so many states.
    TooManySchedules(Estimate, Bound),
    /// Whoever asked has no use for it any more.
    Stopped,
}

/// Explores every order of `program`. `progress` hears now and then how many states there are so far, and may break off.
///
/// # Errors
/// [`Refusal`]: too large, by estimate or on the way; or broken off.
pub fn explore(
    program: Program,
    bound: Bound,
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<Explored, Refusal> {
    let estimate = Estimate::of(&program);
    let states_max = match bound {
        Bound::Whole if estimate.exceeds(STATES_MAX) => return Err(Refusal::TooLarge(estimate)),
        Bound::Whole => STATES_MAX.min(states_that_fit(&program)),
        Bound::States(asked) => {
            let max = states_that_fit(&program);
            if asked > max {
                return Err(Refusal::BoundTooHigh { asked, max });
            }
            asked
        }
    };
    let graph = Graph::walk(&program, states_max, &mut progress).ok_or(Refusal::Stopped)?;
    if graph.is_cut() && bound == Bound::Whole {
        return Err(Refusal::TooManyStates(estimate, states_max));
    }
    let too_many = || Refusal::TooManySchedules(estimate.clone(), bound);
    let outcomes = graph.count().ok_or_else(too_many)?;
    let schedules = outcomes.iter().try_fold(0_u128, |sum, (_, count)| sum.checked_add(*count)).ok_or_else(too_many)?;
    Ok(Explored { outcomes, schedules, states: graph.states(), partial: graph.is_cut(), graph, program })
}

impl Explored {
    /// The schedules of the outcome of that number.
    pub fn schedules_of(&self, outcome: usize) -> Schedules<'_> {
        Schedules { explored: self, ways: self.graph.ways_to(outcome) }
    }
}

impl Schedules<'_> {
    pub fn count(&self) -> u128 {
        self.ways.last().copied().unwrap_or(0)
    }

    /// The `nth` schedule, counted from 0, as the task of each step; `None` beyond the last.
    pub fn nth(&self, nth: u128) -> Option<Vec<Task>> {
        (nth < self.count()).then(|| self.explored.graph.descend(&self.ways, nth))
    }
}

impl Refusal {
    /// What is wrong, and what to do about it; `schedules` is what those are called where this is read.
    pub fn message(&self, schedules: Text, lang: Lang) -> String {
        let estimated = |estimate: &Estimate| estimate.text(schedules, lang);
        match self {
            Refusal::Unsuited(unsuited) => unsuited.message(lang),
            Refusal::TooLarge(estimate) => Text::new(
                "{}: too large to explore, by estimate ({} are kept). Fewer tasks, shorter steps or smaller repeats make it small.",
                "{}: grande demais para explorar, pela estimativa (guardam-se {}). Menos tarefas, menos passos ou repetições menores o tornam pequeno.",
            )
            .fill(lang, &[&estimated(estimate), &STATES_MAX]),
            Refusal::TooManyStates(estimate, max) => Text::new(
                "{}: more states than the {} that are kept, since values multiply them. Fewer tasks, shorter steps or smaller repeats make it small.",
                "{}: mais estados do que os {} que se guardam, pois os valores os multiplicam. Menos tarefas, menos passos ou repetições menores o tornam pequeno.",
            )
            .fill(lang, &[&estimate.text_without_states(schedules, lang), max]),
            Refusal::BoundTooHigh { asked, max } => Text::new(
                "{} states of this program take more than the 1 GiB that exploring may take: at most {}",
                "{} estados deste programa ocupam mais do que 1 GiB, o máximo para explorar: no máximo {}",
            )
            .fill(lang, &[asked, max]),
            Refusal::TooManySchedules(estimate, Bound::States(asked)) => Text::new(
                "{}: more {} than can be counted exactly (10^38). Fewer states than the {} asked for, fewer tasks, shorter steps or smaller repeats make it small.",
                "{}: mais {} do que se podem contar exatamente (10^38). Menos estados do que os {} pedidos, menos tarefas, menos passos ou repetições menores o tornam pequeno.",
            )
            .fill(lang, &[&estimated(estimate), &schedules.get(lang), asked]),
            Refusal::TooManySchedules(estimate, Bound::Whole) => Text::new(
                "{}: more {} than can be counted exactly (10^38). Fewer tasks, shorter steps or smaller repeats make it small.",
                "{}: mais {} do que se podem contar exatamente (10^38). Menos tarefas, menos passos ou repetições menores o tornam pequeno.",
            )
            .fill(lang, &[&estimated(estimate), &schedules.get(lang)]),
            Refusal::Stopped => Text::new("stopped", "interrompido").get(lang).to_owned(),
        }
    }
}

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;
