//! The imagined cores' caches: what the first task on a core computes longer, and the steps `load`, `add` and `store`.
//!
//! A core that reads a cache line needs a copy of it, one that writes needs the only copy. Whoever lacks it while another
//! core has one waits for the transfer, and a write takes all others' copies away: the rule of real caches (MESI), without
//! what happens once per line only. What stands on the line does not matter, only that it is the same one.
//!
//! Invariant: a step takes effect at the instant at which it begins. Steps are done ahead of the clock only where nobody
//! could tell: until something else happens, or where they touch nothing but the task's own register.

use super::Setup;
use super::bits::Bits;
use super::carry::Flow;
use super::costs::Cost;
use super::log::Sink;
use super::machine::Machine;
use super::tasks::{MemoryOp, Op};
use crate::scenario::memory::{self, Spot};
use crate::scenario::shared::Shared;

/// At most so many steps are done ahead: somebody may want to stop the simulation.
const AHEAD_MAX: u32 = 256;

/// The lines on which variables stand, and what it costs to get at them.
#[derive(Debug)]
pub(super) struct Memory {
    /// By resource number.
    spots: Vec<Option<Spot>>,
    lines: Vec<Line>,
    transfer: i64,
    /// What the first task on a core pays, and the cores that have had theirs.
    first_task: i64,
    warm: Bits,
}

#[derive(Clone, Debug)]
struct Line {
    state: LineState,
    /// The cores with a copy, while several may have one.
    copies: Bits,
}

#[derive(Clone, Copy, Debug)]
enum LineState {
    /// No core has touched it.
    Cold,
    /// That core has a copy, nobody else.
    Only(u16),
    Shared,
}

/// What a step does to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Touch {
    Read,
    Write,
}

impl Memory {
    pub fn new(setup: &Setup<'_>, shared: &Shared) -> Self {
        let spots = memory::spots(setup.scenario, shared);
        let line = Line { state: LineState::Cold, copies: Bits::new(setup.cores as usize) };
        let lines = vec![line; memory::lines(&spots)];
        // Each process has lines of its own.
        let transfer = if setup.plan.processes.is_some() { 0 } else { setup.costs.get(Cost::CacheLineTransfer).0 };
        let first_task = setup.costs.get(Cost::FirstTask).0;
        Memory { spots, lines, transfer, first_task, warm: Bits::new(setup.cores as usize) }
    }

    /// How much longer a task computes on that core now, if it is the first that does.
    pub fn warm_up(&mut self, core: u16) -> i64 {
        if self.first_task == 0 || self.warm.contains(usize::from(core)) {
            return 0;
        }
        self.warm.insert(usize::from(core));
        self.first_task
    }

    /// What that core waits for the line of that variable now. From then on it has what it needs.
    fn touch(&mut self, core: u16, on: u32, touch: Touch) -> i64 {
        let spot = self.spots[on as usize].expect("a variable has a place");
        let comes_from_another = self.transfer > 0 && self.lines[spot.line].touch(core, touch);
        if comes_from_another { self.transfer } else { 0 }
    }
}

impl Line {
    /// Returns whether the core has to wait for another.
    fn touch(&mut self, core: u16, touch: Touch) -> bool {
        let has_copy = match self.state {
            LineState::Cold => {
                self.state = LineState::Only(core);
                return false;
            }
            LineState::Only(own) => own == core,
            LineState::Shared => touch == Touch::Read && self.copies.contains(usize::from(core)),
        };
        if has_copy {
            return false;
        }
        match (touch, self.state) {
            (Touch::Write, _) => {
                self.copies.clear();
                self.state = LineState::Only(core);
            }
            (Touch::Read, state) => {
                if let LineState::Only(other) = state {
                    self.copies.insert(usize::from(other));
                }
                self.copies.insert(usize::from(core));
                self.state = LineState::Shared;
            }
        }
        true
    }
}

impl<S: Sink> Machine<'_, S> {
    /// Does a step that touches the task's register or a variable, and those that follow it, as far as they may be done
    /// ahead of the clock.
    pub fn use_memory(&mut self, thread: u32, task: u32, first: MemoryOp) -> Flow {
        let mut time = self.do_memory_op(thread, task, first);
        if time == 0 {
            return Flow::GoesOn;
        }
        time = time.saturating_add(self.memory.warm_up(self.threads[thread as usize].core));
        let others = self.undisturbed_until();
        for _ in 0..AHEAD_MAX {
            let is_untimely = self.now.saturating_add(time) >= others;
            let next = self.tasks.step_if(task, |op| match op {
                Op::Memory(MemoryOp::Add(_)) => true,
                Op::Memory(MemoryOp::Load(_) | MemoryOp::Store(_)) => !is_untimely,
                _ => false,
            });
            let Some((&Op::Memory(op), _)) = next else { break };
            self.tally.steps_are_done(1);
            time = time.saturating_add(self.do_memory_op(thread, task, op));
        }
        self.schedule_burst(thread, time);
        Flow::Left
    }

    /// Returns how long it takes.
    fn do_memory_op(&mut self, thread: u32, task: u32, op: MemoryOp) -> i64 {
        let core = self.threads[thread as usize].core;
        let waits = match op {
            MemoryOp::Load(on) => {
                let value = *self.variable(thread, on);
                self.tasks.rows[task as usize].place.set_register(value);
                self.memory.touch(core, on, Touch::Read)
            }
            MemoryOp::Add(amount) => {
                let place = &mut self.tasks.rows[task as usize].place;
                place.set_register(place.register().wrapping_add(amount));
                0
            }
            MemoryOp::Store(on) => {
                *self.variable(thread, on) = self.tasks.rows[task as usize].place.register();
                self.memory.touch(core, on, Touch::Write)
            }
        };
        self.tasks.pace.time(op).saturating_add(waits)
    }

    /// The variable as this thread sees it: a process has copies of its own.
    fn variable(&mut self, thread: u32, on: u32) -> &mut i64 {
        let process = self.setup.plan.processes.map(|_| self.threads[thread as usize].worker);
        self.commons.variable(on, process)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::Simulated;
    use crate::simulate::testing::{self, first, running, task};
    use crate::trace::State;

    const COSTS: [(&str, &str); 5] = [
        ("variable_access", "10ns"),
        ("register_add", "10ns"),
        ("cache_line_transfer", "100ns"),
        ("gil_interval", "5ms"),
        ("gil_hand_off", "1us"),
    ];

    fn run(body: &str, model: &str, cores: u32) -> Simulated {
        testing::run(&COSTS, body, model, cores)
    }

    fn count(variable: &str, rounds: u32) -> String {
        format!(
            "{{ repeat = {rounds}, steps = [{{ load = \"{variable}\" }}, {{ add = 1 }}, {{ store = \"{variable}\" }}] }}"
        )
    }

    const APART: &str = "variables.left.padded = true\nvariables.right.padded = true\n";

    #[test]
    fn who_lacks_the_line_waits_for_it() {
        use Touch::{Read, Write};
        let mut line = Line { state: LineState::Cold, copies: Bits::new(3) };
        for (core, touch, waits) in [
            (0, Read, false),
            (0, Write, false),
            (1, Read, true),
            (0, Read, false),
            (2, Read, true),
            // Both others lose their copies.
            (1, Write, true),
            (1, Write, false),
            (0, Read, true),
            (2, Write, true),
            (1, Read, true),
            (2, Read, false),
            (0, Write, true),
            (0, Read, false),
        ] {
            assert_eq!(line.touch(core, touch), waits, "{core} {touch:?} {line:?}");
        }
    }

    #[test]
    fn each_access_takes_its_time_and_a_line_of_another_core_longer() {
        let check = |ana: &str, bia: &str, expected: [i64; 2]| {
            let body = task("ana", ana) + &task("bia", &format!("{{ cpu = \"1us\" }}, {bia}"));
            assert_eq!(running(&run(&body, "threads", 2)), [expected[0], expected[1] + 1_000], "{ana} {bia}");
            // With one core there is no other.
            let alone = |steps: &str| 10 * i64::try_from(steps.matches('{').count()).unwrap();
            let cpu = if ana.contains("cpu") { 2_000 - 10 } else { 0 };
            assert_eq!(running(&run(&body, "sequential", 1)), [alone(ana) + cpu, alone(bia) + 1_000]);
        };
        let (load, add, store) = ("{ load = \"x\" }", "{ add = 1 }", "{ store = \"x\" }");
        let later = format!("{{ cpu = \"2us\" }}, {load}");
        check(&format!("{load}, {add}, {store}"), "{ add = 1 }", [30, 10]);
        check(store, load, [10, 110]);
        check(store, "{ load = \"y\" }", [10, 110]);
        check(store, &format!("{load}, {load}, {store}, {store}"), [10, 110 + 10 + 110 + 10]);
        check(&format!("{store}, {later}"), load, [10 + 2_000 + 10, 110]);
        check(&format!("{store}, {later}"), store, [10 + 2_000 + 110, 110]);
        check(&format!("{store}, {later}"), add, [10 + 2_000 + 10, 10]);
    }

    #[test]
    fn adding_touches_no_memory_and_has_a_price_of_its_own() {
        let costs = [("variable_access", "10ns"), ("register_add", "3ns"), ("cache_line_transfer", "100ns")];
        let both = task("ana", &count("x", 10)) + &task("bia", "{ cpu = \"1us\" }, { add = 1 }");
        assert_eq!(running(&testing::run(&costs, &both, "threads", 2)), [230, 1_003]);
    }

    /// The figure that measuring a transfer stands on.
    #[test]
    fn two_that_count_side_by_side_fetch_the_line_three_times_in_two_rounds() {
        const ROUNDS: u32 = 10_000;
        let body = task("ana", &count("left", ROUNDS)) + &task("bia", &count("right", ROUNDS));
        let apart = running(&run(&format!("{APART}{body}"), "threads", 2));
        assert_eq!(apart, [30 * i64::from(ROUNDS); 2]);
        for (together, apart) in running(&run(&body, "threads", 2)).into_iter().zip(apart) {
            let transfers = (together - apart) as f64 / 100.0 / f64::from(ROUNDS);
            assert!((transfers - 1.5).abs() < 0.01, "{transfers} transfers a round");
        }
        assert_eq!(running(&run(&body, "threads", 1)), [30 * i64::from(ROUNDS); 2]);
    }

    #[test]
    fn the_first_task_that_computes_on_a_core_does_so_for_longer() {
        let costs = [("variable_access", "10ns"), ("first_task", "4us")];
        let check = |model: &str, cores: u32, steps: &str, expected: &[i64]| {
            let body = ["ana", "bia", "cai"].map(|name| task(name, steps)).concat();
            assert_eq!(running(&testing::run(&costs, &body, model, cores)), expected, "{model} {cores} {steps}");
        };
        let twice = "{ cpu = \"1us\" }, { load = \"x\" }, { cpu = \"1us\" }";
        check("sequential", 2, twice, &[6_010, 2_010, 2_010]);
        check("sequential", 1, "{ load = \"x\" }, { cpu = \"1us\" }", &[5_010, 1_010, 1_010]);
        check("event-loop", 2, "{ io = \"1ms\" }, { cpu = \"1us\" }", &[5_000, 1_000, 1_000]);
        check("threads", 2, twice, &[6_010, 6_010, 2_010]);
        check("threads", 4, twice, &[6_010; 3]);
        check("processes", 2, twice, &[6_010, 6_010, 2_010]);
        check("threads", 2, "{ io = \"1ms\" }", &[0; 3]);
        // Who wakes another computes, too.
        let costs = [("notify", "1us"), ("first_task", "4us")];
        let body = task("ana", "{ io = \"1ms\" }, { send = \"door\" }, { cpu = \"1us\" }")
            + &task("bia", "{ receive = \"door\" }");
        assert_eq!(running(&testing::run(&costs, &body, "threads", 1)), [6_000, 0]);
    }

    #[test]
    fn processes_have_lines_of_their_own() {
        let body = task("ana", &count("x", 100)) + &task("bia", &count("x", 100));
        let run = run(&body, "processes", 2);
        assert_eq!(running(&run), [3_000; 2]);
        assert_eq!(run.variables, [("x".to_owned(), 0)], "the parent's copy");
    }

    #[test]
    fn cores_that_count_in_one_variable_lose_updates() {
        let body = task("ana", &count("x", 1_000)) + &task("bia", &count("x", 1_000));
        let last = |model, cores| run(&body, model, cores).variables[0].1;
        let left = last("threads", 2);
        assert!((1_000..1_500).contains(&left), "{left} of 2000 are left");
        assert_eq!(last("sequential", 2), 2_000);
        assert_eq!(last("event-loop", 2), 2_000, "nobody awaits in between");
    }

    /// A third core that is interrupted all the time lets nobody do anything ahead of the clock.
    #[test]
    fn what_is_done_ahead_of_the_clock_comes_to_the_same() {
        let think = "{ repeat = 40, steps = [{ load = \"x\" }, { cpu = \"130ns\" }, { add = 1 }, { store = \"x\" }, { load = \"y\" }] }";
        let body = task("ana", &format!("{}, {think}", count("x", 50)))
            + &task("bia", &format!("{think}, {}", count("y", 70)));
        let ticks = task("ticker", "{ repeat = 20000, steps = [{ cpu = \"1ns\" }] }");
        let (alone, watched) = (run(&body, "threads", 3), run(&format!("{body}{ticks}"), "threads", 3));
        assert_eq!(running(&alone)[..], running(&watched)[..2]);
        assert_eq!(alone.variables, watched.variables);
        assert!(alone.variables[0].1 < 90, "they were in each other's way");
    }

    /// However short its steps are, somebody else gets the interpreter lock after the interval.
    #[test]
    fn who_counts_gives_the_interpreter_lock_away() {
        let body = task("ana", &count("x", 1_000_000)) + &task("bia", &count("x", 10));
        let run = run(&body, "gil-threads", 2);
        let runs = first(&run, 1, State::Running);
        assert!((5_000_000..5_020_000).contains(&runs), "{runs}");
        assert!(first(&run, 1, State::Done) < 30_000_000);
    }
}
