//! A group's steps as a flat program, so that a task is a small cursor: nested `repeat`s are loops to jump back in,
//! never copies, and 10^8 expanded steps cost no memory.

use super::draw::{self, Key};
use super::{Spread, Step};
use crate::time::Nanos;

/// One group's steps, flattened; `S` is what stands for a step: itself, or what somebody made of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Program<S = Step> {
    ops: Vec<Op<S>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Op<S> {
    Do(S),
    /// Begin of a loop body: the body is done `count` times; `end` is the index behind it.
    Loop {
        count: u32,
        end: usize,
    },
    /// Back to the body's first op while rounds are left.
    End {
        start: usize,
    },
}

impl Program {
    pub fn new(steps: &[Step]) -> Self {
        Program::compiled(steps, &mut Step::clone)
    }

    /// The first step of task `index` of group `group`.
    pub fn start(&self, seed: u64, group: u32, index: u32) -> Cursor<'_> {
        Cursor { program: self, place: Place::default(), key: Key { seed, group, index, step: 0 } }
    }
}

impl<S> Program<S> {
    /// As [`Program::new`], with what `compile` makes of each step.
    pub fn compiled(steps: &[Step], compile: &mut impl FnMut(&Step) -> S) -> Self {
        let mut program = Program { ops: Vec::new() };
        program.append(steps, compile);
        program
    }

    /// Every step as it is written, those of a `repeat` once.
    pub fn steps(&self) -> impl Iterator<Item = &S> {
        self.ops.iter().filter_map(|op| match op {
            Op::Do(step) => Some(step),
            Op::Loop { .. } | Op::End { .. } => None,
        })
    }

    fn append(&mut self, steps: &[Step], compile: &mut impl FnMut(&Step) -> S) {
        for step in steps {
            let Step::Repeat { count, steps } = step else {
                self.ops.push(Op::Do(compile(step)));
                continue;
            };
            let head = self.ops.len();
            self.ops.push(Op::Loop { count: *count, end: 0 });
            self.append(steps, compile);
            self.ops.push(Op::End { start: head + 1 });
            self.ops[head] = Op::Loop { count: *count, end: self.ops.len() };
        }
    }
}

/// Where one task is in its program, without the program, and its register: small, since there may be millions.
#[derive(Clone, Debug, Default)]
pub struct Place {
    at: u32,
    /// What most tasks never need: they would all have to hold room for it.
    more: Option<Box<More>>,
}

/// Of a task that has come to a loop, or has something in its register.
#[derive(Clone, Debug)]
struct More {
    /// Steps done so far.
    done: u64,
    /// Rounds left, a number for each open loop.
    rounds: Vec<u32>,
    register: i64,
}

impl Place {
    /// The next step with the number of its draw, which is how many were done before it; `None` at the end.
    pub fn step<'a, S>(&mut self, program: &'a Program<S>) -> Option<(&'a S, u64)> {
        self.step_if(program, |_| true)
    }

    /// As [`Place::step`], unless that step is another than wanted: then it is still the next.
    pub fn step_if<'a, S>(
        &mut self,
        program: &'a Program<S>,
        is_wanted: impl FnOnce(&S) -> bool,
    ) -> Option<(&'a S, u64)> {
        loop {
            match program.ops.get(self.at as usize)? {
                Op::Do(step) => {
                    if !is_wanted(step) {
                        return None;
                    }
                    let number = self.done();
                    self.at += 1;
                    if let Some(more) = &mut self.more {
                        more.done += 1;
                    }
                    return Some((step, number));
                }
                Op::Loop { count: 0, end } => {
                    self.more();
                    self.at = index(*end);
                }
                Op::Loop { count, .. } => {
                    self.more().rounds.push(*count);
                    self.at += 1;
                }
                Op::End { start } => {
                    let rounds = &mut self.more().rounds;
                    let left = rounds.last_mut().expect("an End closes a Loop");
                    *left -= 1;
                    if *left > 0 {
                        self.at = index(*start);
                    } else {
                        rounds.pop();
                        self.at += 1;
                    }
                }
            }
        }
    }

    /// The step that [`Place::step`] gave last, with the number of its draw.
    pub fn last<'a, S>(&self, program: &'a Program<S>) -> Option<(&'a S, u64)> {
        match program.ops.get((self.at as usize).checked_sub(1)?)? {
            Op::Do(step) => Some((step, self.done() - 1)),
            Op::Loop { .. } | Op::End { .. } => None,
        }
    }

    pub fn register(&self) -> i64 {
        self.more.as_ref().map_or(0, |more| more.register)
    }

    pub fn set_register(&mut self, value: i64) {
        if value != self.register() {
            self.more().register = value;
        }
    }

    /// Until the first loop, a step's index is its number.
    pub fn done(&self) -> u64 {
        self.more.as_ref().map_or(u64::from(self.at), |more| more.done)
    }

    fn more(&mut self) -> &mut More {
        let done = self.done();
        self.more.get_or_insert_with(|| Box::new(More { done, rounds: Vec::new(), register: 0 }))
    }
}

fn index(op: usize) -> u32 {
    u32::try_from(op).expect("a scenario's text is far shorter")
}

/// Where one task is in its program. Yields the steps in order, each with its own draw key.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    program: &'a Program,
    place: Place,
    key: Key,
}

impl<'a> Iterator for Cursor<'a> {
    type Item = (&'a Step, Key);

    fn next(&mut self) -> Option<Self::Item> {
        let (step, number) = self.place.step(self.program)?;
        Some((step, Key { step: number, ..self.key }))
    }
}

/// What a task asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    pub cpu: Nanos,
    pub io: Nanos,
    /// It comes to the end of its steps.
    pub is_done: bool,
}

/// A task's own demand, had it a machine to itself. A `fail` step ends it, and so does an IO that takes longer than its
/// timeout.
pub fn demand(cursor: Cursor<'_>) -> Demand {
    let mut total = Demand::default();
    for (step, key) in cursor {
        let drawn = |time: &Spread| draw::duration(time, key);
        match step {
            Step::Cpu { time, .. } | Step::Work { time, .. } => total.cpu += drawn(time),
            Step::Io { time, timeout, .. } => {
                let time = drawn(time);
                if let Some(timeout) = timeout.filter(|timeout| *timeout < time) {
                    total.io += timeout;
                    return total;
                }
                total.io += time;
            }
            Step::Fail(_) => return total,
            _ => {}
        }
    }
    Demand { is_done: true, ..total }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(text: &str) -> Step {
        Step::Print(text.to_owned())
    }

    fn run(steps: &[Step]) -> String {
        let program = Program::new(steps);
        program
            .start(1, 0, 0)
            .map(|(step, _)| match step {
                Step::Print(text) => text.as_str(),
                _ => "?",
            })
            .collect()
    }

    #[test]
    fn repeats_nest() {
        let inner = Step::Repeat { count: 2, steps: vec![print("b"), print("c")] };
        let outer = Step::Repeat { count: 3, steps: vec![print("a"), inner] };
        assert_eq!(run(&[print("<"), outer, print(">")]), "<abcbcabcbcabcbc>");
    }

    #[test]
    fn steps_are_numbered_as_they_are_done() {
        let twice = |steps| Step::Repeat { count: 2, steps };
        let never = Step::Repeat { count: 0, steps: vec![print("x")] };
        let program = Program::new(&[print("a"), never, twice(vec![print("b"), twice(vec![print("c")])]), print("d")]);
        let mut place = Place::default();
        for number in 0..8 {
            assert_eq!(place.register(), if number == 0 { 0 } else { 40 + i64::try_from(number).unwrap() });
            let given = place.step(&program).unwrap();
            assert_eq!((given.1, place.last(&program)), (number, Some(given)));
            place.set_register(41 + i64::try_from(number).unwrap());
        }
        assert_eq!(place.step(&program), None);
    }

    #[test]
    fn a_step_that_is_not_wanted_stays_the_next() {
        let program = Program::new(&[print("a"), Step::Repeat { count: 2, steps: vec![print("b")] }]);
        let mut place = Place::default();
        let text = |step: &Step| if let Step::Print(text) = step { text.clone() } else { String::new() };
        let mut wanted = |text: &str| place.step_if(&program, |step| *step == print(text)).map(|(_, number)| number);
        assert_eq!(
            [wanted("b"), wanted("a"), wanted("a"), wanted("b"), wanted("a")],
            [None, Some(0), None, Some(1), None]
        );
        assert_eq!(place.step(&program).map(|(step, number)| (text(step), number)), Some(("b".into(), 2)));
        assert_eq!(place.step_if(&program, |_| true), None);
    }

    #[test]
    fn a_repeat_of_nothing_does_nothing() {
        let zero = Step::Repeat { count: 0, steps: vec![print("a")] };
        assert_eq!(run(&[zero, print("b")]), "b");
        assert_eq!(run(&[Step::Repeat { count: 3, steps: vec![] }]), "");
    }
}
