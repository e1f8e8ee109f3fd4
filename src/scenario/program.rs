//! A group's steps as a flat program, so that a task is a small cursor: nested `repeat`s are loops to jump back in,
//! never copies, and 10^8 expanded steps cost no memory.

use super::draw::{self, Key};
use super::{Spread, Step};
use crate::time::Nanos;

/// One group's steps, flattened.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    ops: Vec<Op>,
    depth: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Op {
    Do(Step),
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
        let mut program = Program { ops: Vec::new(), depth: 0 };
        program.append(steps, 1);
        program
    }

    fn append(&mut self, steps: &[Step], depth: usize) {
        self.depth = self.depth.max(depth);
        for step in steps {
            let Step::Repeat { count, steps } = step else {
                self.ops.push(Op::Do(step.clone()));
                continue;
            };
            let head = self.ops.len();
            self.ops.push(Op::Loop { count: *count, end: 0 });
            self.append(steps, depth + 1);
            self.ops.push(Op::End { start: head + 1 });
            self.ops[head] = Op::Loop { count: *count, end: self.ops.len() };
        }
    }

    /// The first step of task `index` of group `group`.
    pub fn start(&self, seed: u64, group: u32, index: u32) -> Cursor<'_> {
        let key = Key { seed, group, index, step: 0 };
        Cursor { program: self, at: 0, rounds: Vec::with_capacity(self.depth - 1), key }
    }
}

/// Where one task is in its program. Yields the steps in order, each with its own draw key.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    program: &'a Program,
    at: usize,
    /// Rounds left, a number for each open loop.
    rounds: Vec<u32>,
    key: Key,
}

impl<'a> Iterator for Cursor<'a> {
    type Item = (&'a Step, Key);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.program.ops.get(self.at)? {
                Op::Do(step) => {
                    let key = self.key;
                    self.at += 1;
                    self.key.step += 1;
                    return Some((step, key));
                }
                Op::Loop { count: 0, end } => self.at = *end,
                Op::Loop { count, .. } => {
                    self.rounds.push(*count);
                    self.at += 1;
                }
                Op::End { start } => {
                    let left = self.rounds.last_mut().expect("an End closes a Loop");
                    *left -= 1;
                    if *left > 0 {
                        self.at = *start;
                    } else {
                        self.rounds.pop();
                        self.at += 1;
                    }
                }
            }
        }
    }
}

/// A task's own demand, had it a machine to itself: (CPU, IO). A `fail` step ends it.
pub fn demand(cursor: Cursor<'_>) -> (Nanos, Nanos) {
    let mut total = (Nanos::ZERO, Nanos::ZERO);
    for (step, key) in cursor {
        let drawn = |time: &Spread| draw::duration(time, key);
        match step {
            Step::Cpu { time, .. } | Step::Work { time, .. } => total.0 += drawn(time),
            Step::Io { time, .. } => total.1 += drawn(time),
            Step::Fail(_) => break,
            _ => {}
        }
    }
    total
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
    fn a_repeat_of_nothing_does_nothing() {
        let zero = Step::Repeat { count: 0, steps: vec![print("a")] };
        assert_eq!(run(&[zero, print("b")]), "b");
        assert_eq!(run(&[Step::Repeat { count: 3, steps: vec![] }]), "");
    }
}
