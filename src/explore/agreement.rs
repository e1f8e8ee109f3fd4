//! Tests: that what is explored is what the rules of locks, channels and barriers allow, with their queues, whoever comes
//! first. The simulated and the real things go by those rules to the letter; a state of an exploration only counts.

use std::ops::ControlFlow;

use super::program::{Op, Program, task};
use super::schedule::Story;
use super::{Bound, Explored, explore};
use crate::rules::channel::Passing;
use crate::rules::lock::Turn;
use crate::rules::{self, Thing};
use crate::scenario::draw::SplitMix;
use crate::scenario::shared::Shared;
use crate::scenario::{Scenario, read};
use crate::trace::{Resource, Task};

/// A program whose tasks ask the rules, one after the other as they are told to.
struct Acted<'a> {
    program: &'a Program,
    things: Vec<Thing>,
    /// By task.
    ops_done: Vec<usize>,
    waits: Vec<bool>,
    over: Vec<bool>,
    /// Whose step was done, in the order in which they were.
    schedule: Vec<Task>,
}

impl<'a> Acted<'a> {
    fn new(scenario: &Scenario, program: &'a Program) -> Self {
        let (things, _) = rules::things(scenario, &Shared::of(scenario));
        let tasks = program.tasks();
        let (ops_done, waits, over) = (vec![0; tasks], vec![false; tasks], vec![false; tasks]);
        Acted { program, things, ops_done, waits, over, schedule: Vec::new() }
    }

    fn can_ask(&self) -> Vec<usize> {
        (0..self.program.tasks()).filter(|task| !self.waits[*task] && !self.over[*task]).collect()
    }

    /// The task asks for its next step. Whether it does it, or waits.
    fn ask(&mut self, mover: usize) -> bool {
        let ops = &self.program.of_task(mover).ops;
        let goes_on = match ops[self.ops_done[mover]] {
            Op::Load(_) | Op::Add(_) | Op::Store(_) => self.does(mover),
            Op::Fail => {
                self.does(mover);
                self.ops_done[mover] = ops.len();
                true
            }
            Op::Lock(lock) => {
                let Thing::Lock(lock) = self.thing(self.program.locks[lock].resource) else { unreachable!() };
                let is_free = lock.ask(task(mover)).is_none();
                is_free && self.does(mover)
            }
            Op::Unlock(lock) => {
                let Thing::Lock(lock) = self.thing(self.program.locks[lock].resource) else { unreachable!() };
                let turn = lock.release();
                self.does(mover);
                self.has_its_turn(turn);
                true
            }
            Op::Send(channel) => {
                let Thing::Channel(channel) = self.thing(self.program.channels[channel].0.resource) else {
                    unreachable!()
                };
                let passing = channel.send(task(mover));
                self.passes(mover, passing)
            }
            Op::Receive(channel) => {
                let Thing::Channel(channel) = self.thing(self.program.channels[channel].0.resource) else {
                    unreachable!()
                };
                let passing = channel.receive(task(mover));
                self.passes(mover, passing)
            }
            Op::Arrive(barrier) => {
                // To come is a step, to stand there is none.
                self.does(mover);
                let Thing::Barrier(barrier) = self.thing(self.program.barriers[barrier].0.resource) else {
                    unreachable!()
                };
                let others: Option<Vec<Task>> = barrier.come(task(mover)).map(Iterator::collect);
                self.waits[mover] = others.is_none();
                self.ops_done[mover] += usize::from(others.is_some());
                self.pass_barrier(others.unwrap_or_default());
                true
            }
            Op::Pass(_) => unreachable!("whoever stands there waits"),
        };
        self.waits[mover] |= !goes_on;
        self.end_who_is_through();
        goes_on
    }

    fn thing(&mut self, on: Resource) -> &mut Thing {
        &mut self.things[on.0 as usize]
    }

    fn does(&mut self, mover: usize) -> bool {
        self.schedule.push(task(mover));
        self.ops_done[mover] += 1;
        self.waits[mover] = false;
        true
    }

    fn passes(&mut self, mover: usize, passing: Passing) -> bool {
        if passing == Passing::Waits {
            return false;
        }
        self.does(mover);
        if let Passing::Serves(other) = passing {
            self.does(other.index());
        }
        true
    }

    fn has_its_turn(&mut self, turn: Option<Turn>) {
        match turn {
            Some(Turn { task, asks_again: true }) => self.waits[task.index()] = false,
            Some(Turn { task, asks_again: false }) => drop(self.does(task.index())),
            None => {}
        }
    }

    fn pass_barrier(&mut self, tasks: Vec<Task>) {
        for task in tasks {
            self.ops_done[task.index()] += 1;
            self.waits[task.index()] = false;
        }
    }

    fn end_who_is_through(&mut self) {
        let is_through = |acted: &Self, task: &usize| {
            !acted.over[*task] && acted.ops_done[*task] == acted.program.of_task(*task).ops.len()
        };
        while let Some(through) = (0..self.program.tasks()).find(|task| is_through(self, task)) {
            self.over[through] = true;
            for at in 0..self.program.locks.len() {
                let Thing::Lock(lock) = self.thing(self.program.locks[at].resource) else { unreachable!() };
                let turn = lock.leave(task(through));
                self.has_its_turn(turn);
            }
            for (named, meeting) in &self.program.barriers {
                if meeting.contains(&task(through)) {
                    let Thing::Barrier(barrier) = self.thing(named.resource) else { unreachable!() };
                    let others = barrier.leave().collect();
                    self.pass_barrier(others);
                }
            }
        }
    }
}

/// Steps that meet in every way there is; those of a task are few, so that all orders can be explored.
const SNIPPETS: [&str; 11] = [
    r#"{ load = "x" }, { add = 1 }, { store = "x" }"#,
    r#"{ lock = "hand" }, { store = "x" }, { unlock = "hand" }"#,
    r#"{ lock = "barge" }, { unlock = "barge" }"#,
    r#"{ lock = "hand" }, { lock = "barge" }, { unlock = "barge" }, { unlock = "hand" }"#,
    r#"{ lock = "barge" }, { lock = "hand" }, { unlock = "hand" }, { unlock = "barge" }"#,
    r#"{ lock = "hand" }, { send = "narrow" }, { unlock = "hand" }"#,
    r#"{ send = "narrow" }, { send = "narrow" }"#,
    r#"{ receive = "narrow" }"#,
    r#"{ send = "wide" }, { receive = "wide" }"#,
    r#"{ barrier = "door" }"#,
    r#"{ lock = "barge" }, { fail = "no" }"#,
];

/// Two to four tasks of one or two snippets each.
fn random_scenario(random: &mut SplitMix) -> Scenario {
    let mut below = |bound: usize| usize::try_from(random.next() % bound as u64).expect("small");
    let mut text = "format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\n[channels.narrow]\ncapacity = 1\n\
                    [locks.hand]\n[locks.barge]\nhandoff = \"barging\"\n"
        .to_owned();
    for task in 0..2 + below(3) {
        let mut steps: Vec<&str> = (0..=below(2)).map(|_| SNIPPETS[below(SNIPPETS.len())]).collect();
        // Nothing is behind a failure.
        if steps[0].contains("fail") {
            steps.truncate(1);
        }
        text += &format!("[[task]]\nname = \"t{task}\"\nsteps = [{}]\n", steps.join(", "));
    }
    read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"))
}

fn for_each_random(check: impl Fn(&Scenario, &Explored, &mut SplitMix)) {
    for seed in 0..300 {
        let mut random = SplitMix(seed);
        let scenario = random_scenario(&mut random);
        let explored = explore(Program::of(&scenario).unwrap(), Bound::Whole, |_| ControlFlow::Continue(())).unwrap();
        check(&scenario, &explored, &mut random);
    }
}

#[test]
fn whoever_asks_first_what_the_rules_make_of_it_is_among_the_orders() {
    for_each_random(|scenario, explored, random| {
        for _ in 0..20 {
            let mut acted = Acted::new(scenario, &explored.program);
            loop {
                let able = acted.can_ask();
                if able.is_empty() {
                    break;
                }
                acted.ask(able[usize::try_from(random.next() % able.len() as u64).unwrap()]);
            }
            // Who cannot take its step there is a panic.
            let story = Story::of(&explored.program, &acted.schedule);
            let at_end = story.standings.last().unwrap();
            let over: Vec<bool> = at_end.iter().map(|standing| standing.is_over()).collect();
            assert_eq!(acted.over, over, "{:?} in {scenario:?}", acted.schedule);
            let values = story.values.last().unwrap();
            let is_outcome =
                |outcome: &super::Outcome| outcome.deadlock == over.contains(&false) && outcome.values == *values;
            assert!(explored.outcomes.iter().any(|(outcome, _)| is_outcome(outcome)));
        }
    });
}

#[test]
fn every_order_is_what_the_rules_make_of_it_if_each_asks_when_it_can_go_on() {
    for_each_random(|scenario, explored, random| {
        for (outcome, (expected, count)) in explored.outcomes.iter().enumerate() {
            let schedules = explored.schedules_of(outcome);
            for _ in 0..3 {
                let schedule = schedules.nth(u128::from(random.next()) % count).unwrap();
                let mut acted = Acted::new(scenario, &explored.program);
                for mover in &schedule {
                    assert!(acted.ask(mover.index()), "{mover:?} waits, of {schedule:?} in {scenario:?}");
                }
                assert_eq!(acted.schedule, schedule);
                assert_eq!(expected.deadlock, acted.over.contains(&false), "{schedule:?} in {scenario:?}");
                for stuck in acted.can_ask() {
                    assert!(!acted.ask(stuck), "it could go on, after {schedule:?} in {scenario:?}");
                }
            }
        }
    });
}
