//! The walk through all states, depth first and in the order of the tasks, and the counting of ways through what was
//! found. Every step is one step further, so there are no circles.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use super::Outcome;
use super::program::{Program, task};
use super::state::{self, Fates, Standing, State};
use crate::trace::Task;

/// At most so many bytes are spent on states. The refusal of more names them: 1 GiB.
const BYTES_MAX: usize = 1 << 30;
/// Steps between two words of progress.
const PROGRESS_EVERY: usize = 1 << 12;

/// The states, numbered so that each comes behind all that it leads to; the last is the first of the program.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Node `k` has the edges `first[k]..first[k + 1]`.
    first: Vec<u32>,
    /// Task and node, in the order of tasks.
    edges: Vec<(u16, u32)>,
    /// By node: the outcome, where nobody can go on.
    ends: Vec<Option<u32>>,
    outcomes: Vec<Outcome>,
    cut: bool,
}

/// A state on the way from the first to the one that is looked at.
struct Visit {
    state: State,
    fates: Fates,
    /// The task whose step is looked at next.
    next: usize,
    edges: Vec<(u16, u32)>,
    stands: bool,
}

/// How many states of that program fit into the memory that is spent at most.
pub fn states_that_fit(program: &Program) -> usize {
    /// The two tables that a state is in, with their slack, and its counts.
    const OVERHEAD: usize = 128;
    let edges = size_of::<(u16, u32)>() * program.tasks();
    (BYTES_MAX / (OVERHEAD + edges + size_of::<i64>() * state::words(program))).min(u32::MAX as usize / 2)
}

impl Graph {
    /// `None` when `progress` broke off. Of more than `states_max` states those found first are kept.
    pub fn walk(
        program: &Program,
        states_max: usize,
        progress: &mut impl FnMut(usize) -> ControlFlow<()>,
    ) -> Option<Self> {
        let mut graph =
            Graph { first: vec![0], edges: Vec::new(), ends: Vec::new(), outcomes: Vec::new(), cut: states_max == 0 };
        let mut known: HashMap<State, u32> = HashMap::new();
        let mut outcomes: BTreeMap<Outcome, u32> = BTreeMap::new();
        let mut trail = vec![Visit::of(program, State::first(program))];
        let (mut found, mut steps) = (1, 0_usize);
        while let Some(visit) = trail.last_mut() {
            if let Some(mover) = visit.next_mover(program) {
                // Told by steps, not by states: where most lead to known states, a stop is heard as soon.
                steps += 1;
                if steps.is_multiple_of(PROGRESS_EVERY) && progress(found).is_break() {
                    return None;
                }
                let mut state = visit.state.clone();
                state.step(program, mover);
                if let Some(node) = known.get(&state) {
                    visit.edges.push((small(mover), *node));
                } else if found >= states_max {
                    graph.cut = true;
                } else {
                    found += 1;
                    trail.push(Visit::of(program, state));
                }
                continue;
            }
            let Visit { state, fates, edges, stands, .. } = trail.pop().expect("just seen");
            let node = graph.push(edges, stands.then(|| number(&mut outcomes, outcome(program, &state, fates))));
            known.insert(state, node);
            if let Some(before) = trail.last_mut() {
                let mover = before.next - 1;
                before.edges.push((small(mover), node));
            }
        }
        graph.number_outcomes(outcomes);
        Some(graph)
    }

    /// How many there are.
    pub fn states(&self) -> usize {
        self.ends.len()
    }

    /// Whether states were left aside.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Each outcome with how many ways lead from the first state to it; `None` where that exceeds 128 bits.
    pub fn count(&self) -> Option<Vec<(Outcome, u128)>> {
        let mut ways = vec![0_u128; self.states()];
        *ways.last_mut()? = 1;
        let mut counts: Vec<(Outcome, u128)> = self.outcomes.iter().map(|outcome| (outcome.clone(), 0)).collect();
        for node in (0..self.states()).rev() {
            let own = ways[node];
            if let Some(end) = self.ends[node] {
                let count = &mut counts[end as usize].1;
                *count = count.checked_add(own)?;
            }
            for (_, to) in self.edges_of(node) {
                ways[*to as usize] = ways[*to as usize].checked_add(own)?;
            }
        }
        Some(counts)
    }

    /// By node: how many ways lead from there to that outcome. None exceeds 128 bits where [`Graph::count`] does not.
    pub fn ways_to(&self, outcome: usize) -> Vec<u128> {
        let mut ways = vec![0_u128; self.states()];
        for node in 0..self.states() {
            ways[node] = match self.ends[node] {
                Some(end) => u128::from(end as usize == outcome),
                None => self.edges_of(node).iter().map(|(_, to)| ways[*to as usize]).sum(),
            };
        }
        ways
    }

    /// The tasks along the `nth` of these ways, in the order of task numbers.
    pub fn descend(&self, ways: &[u128], mut nth: u128) -> Vec<Task> {
        let mut node = self.states() - 1;
        let mut schedule = Vec::new();
        while self.ends[node].is_none() {
            let edges = self.edges_of(node).iter();
            let (mover, to) = edges
                .copied()
                .find(|(_, to)| {
                    let here = ways[*to as usize];
                    let is_here = nth < here;
                    nth -= if is_here { 0 } else { here };
                    is_here
                })
                .expect("the ways of a node are those of its edges");
            schedule.push(task(usize::from(mover)));
            node = to as usize;
        }
        schedule
    }

    fn edges_of(&self, node: usize) -> &[(u16, u32)] {
        &self.edges[self.first[node] as usize..self.first[node + 1] as usize]
    }

    fn push(&mut self, edges: Vec<(u16, u32)>, end: Option<u32>) -> u32 {
        let node = u32::try_from(self.ends.len()).expect("as many states as fit");
        self.edges.extend(edges);
        self.first.push(u32::try_from(self.edges.len()).expect("as many states as fit"));
        self.ends.push(end);
        node
    }

    /// Numbers the outcomes in their order, in place of that of their discovery.
    fn number_outcomes(&mut self, outcomes: BTreeMap<Outcome, u32>) {
        let mut places = vec![0; outcomes.len()];
        for (place, found) in (0..).zip(outcomes.values()) {
            places[*found as usize] = place;
        }
        for end in self.ends.iter_mut().flatten() {
            *end = places[*end as usize];
        }
        self.outcomes = outcomes.into_keys().collect();
    }
}

impl Visit {
    fn of(program: &Program, state: State) -> Self {
        Visit { fates: state.fates(program), state, next: 0, edges: Vec::new(), stands: true }
    }

    /// The next task that can take a step; it is looked at now.
    fn next_mover(&mut self, program: &Program) -> Option<usize> {
        let can_step = |task: &usize| self.state.standing(program, self.fates, *task) == Standing::Ready;
        let mover = (self.next..program.tasks()).find(can_step);
        self.next = mover.map_or(program.tasks(), |mover| mover + 1);
        self.stands &= mover.is_none();
        mover
    }
}

fn outcome(program: &Program, state: &State, fates: Fates) -> Outcome {
    let deadlock = (0..program.tasks()).any(|task| !state.standing(program, fates, task).is_over());
    Outcome { deadlock, values: state.values(program).to_vec() }
}

fn number(outcomes: &mut BTreeMap<Outcome, u32>, outcome: Outcome) -> u32 {
    let next = u32::try_from(outcomes.len()).expect("fewer than states");
    *outcomes.entry(outcome).or_insert(next)
}

fn small(task: usize) -> u16 {
    u16::try_from(task).expect("few tasks are explored")
}
