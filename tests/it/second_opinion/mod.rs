//! A second opinion on ideal machines: the simulated instant once more. What it says of random scenarios the simulator must
//! say, too, to the nanosecond. A failure prints the seed that makes it again.

mod naive;

use tasklane::analysis::metrics::task_times;
use tasklane::scenario::{Arrive, Channel, Engine, Group, Machine, Scenario, Scheduler, Step, write};
use tasklane::time::Nanos;
use tasklane::trace::{State, Task};

use crate::contract::{self, group, io, lock, unlock};
use crate::fixture::{Random, cpu};
use crate::imagined::computed;
use crate::textbooks::{choice, request};
use naive::{CHANNELS, LOCKS, Lifetime, Naive, of_loop};

/// Few and equal times: much happens at the same instant.
struct Draw(Random);

impl Draw {
    fn number(&mut self, least: u64, most: u64) -> i64 {
        i64::try_from(least + self.0.below(most - least + 1)).unwrap()
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.0.below(chances) == 0
    }

    fn time(&mut self) -> Nanos {
        Nanos::from_millis(self.number(1, 6))
    }

    fn steps(&mut self, has_more: bool) -> Vec<Step> {
        let mut steps = Vec::new();
        for _ in 0..self.number(1, 4) {
            match self.0.below(if has_more { 6 } else { 4 }) {
                0 | 1 => steps.push(cpu(self.time())),
                2 | 3 => steps.push(io(self.time(), false)),
                4 => {
                    let (channel, _) = CHANNELS[usize::try_from(self.0.below(2)).unwrap()];
                    let sends = self.one_in(2);
                    steps.push(if sends { Step::Send(channel.into()) } else { Step::Receive(channel.into()) });
                }
                _ => {
                    let name = LOCKS[usize::try_from(self.0.below(2)).unwrap()];
                    steps.extend([lock(name), cpu(self.time())]);
                    if self.one_in(3) {
                        steps.push(io(self.time(), false));
                    }
                    steps.push(unlock(name));
                }
            }
        }
        steps
    }

    fn scenario(&mut self, scheduler: Scheduler, has_more: bool) -> Scenario {
        let groups = (0..self.number(1, 6)).map(|number| {
            let steps = self.steps(has_more);
            let count = if self.one_in(2) { 1 } else { self.number(2, 3) };
            let arrive = if self.one_in(3) {
                Arrive::Every(self.time())
            } else {
                Arrive::At(self.time() - Nanos::from_millis(1))
            };
            let before = (0..usize::try_from(number).unwrap()).filter(|_| has_more && self.one_in(6)).collect();
            let priority = if has_more { i32::try_from(self.number(0, 3)).unwrap() } else { 0 };
            Group {
                arrive,
                priority,
                after: before,
                ..group(&format!("g{number}"), u32::try_from(count).unwrap(), steps)
            }
        });
        let groups = groups.collect();
        let quantum = Some(Nanos::from_millis(self.number(1, 4)));
        let machine = Machine { scheduler, quantum, ideal: true, ..Machine::default() };
        let channel = |(name, capacity): (&str, _)| Channel { name: name.into(), capacity };
        let channels = CHANNELS.map(channel).into();
        Scenario { engine: Engine::Simulated, machine, channels, ..contract::of(groups) }
    }
}

/// Both say the same of what is drawn from many seeds.
fn agree(
    model: &str,
    schedulers: &[Scheduler],
    has_more: bool,
    opinion: impl Fn(&Scenario, usize, usize) -> Vec<Lifetime>,
) {
    for seed in 0..1_000 {
        let mut draw = Draw(Random(seed));
        let scheduler = schedulers[usize::try_from(seed).unwrap() % schedulers.len()];
        let scenario = draw.scenario(scheduler, has_more);
        let (cores, workers) = (draw.number(1, 3), draw.number(1, 5));
        println!("seed {seed}: {model} on {cores} cores, {workers} workers, {scheduler:?}");
        let params: &[_] = if model == "thread-pool" { &[("workers", workers)] } else { &[] };
        let run = computed(&request(scenario.clone(), choice(model, params), u32::try_from(cores).unwrap())).run;
        let told = (0..run.trace.tasks()).map(|task| {
            let times = task_times(&run, Task(task));
            // Who waits for what nobody is left to give is not done.
            let done = times.finish.filter(|_| times.outcome == Some(State::Done));
            (times.start.map(|at| at.0), done.map(|at| at.0))
        });
        let expected = opinion(&scenario, usize::try_from(cores).unwrap(), usize::try_from(workers).unwrap());
        assert_eq!(told.collect::<Vec<_>>(), expected, "{}", write::write(&scenario));
    }
}

#[test]
fn threads_under_every_scheduler_with_one_queue() {
    let schedulers = [
        Scheduler::Fcfs,
        Scheduler::RoundRobin,
        Scheduler::Sjf,
        Scheduler::Srtf,
        Scheduler::Priority,
        Scheduler::PreemptivePriority,
        Scheduler::List,
    ];
    agree("threads", &schedulers, true, |scenario, cores, _| Naive::new(scenario, cores, None).run());
}

#[test]
fn a_pool_of_workers() {
    let first = [Scheduler::Fcfs, Scheduler::RoundRobin];
    agree("thread-pool", &first, true, |scenario, cores, workers| Naive::new(scenario, cores, Some(workers)).run());
}

#[test]
fn loops() {
    for model in ["event-loop", "python-asyncio"] {
        agree(model, &[Scheduler::Fcfs, Scheduler::RoundRobin], false, |scenario, _, _| of_loop(scenario));
    }
}
