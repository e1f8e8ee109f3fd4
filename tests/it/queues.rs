//! Simulated queues against queueing theory over millions of jobs, and deadlocks to the nanosecond.

use std::collections::BTreeMap;

use tasklane::lang::Lang;
use tasklane::model::{self, Language, ModelChoice};
use tasklane::scenario::{Scenario, read};
use tasklane::simulate::costs::Costs;
use tasklane::simulate::log::Sink;
use tasklane::simulate::{Setup, Simulated, simulate, simulate_into};
use tasklane::time::Nanos;
use tasklane::trace::{Event, OutputLine, State, Task};

const MS: i64 = 1_000_000;

/// `machine`: lines of `[machine]`; `tasks`: everything from the first `[[task]]` on.
fn scenario(machine: &str, tasks: &str) -> Scenario {
    let text = format!(
        "format = 1\ntitle = \"t\"\nsummary = \"s\"\nmodels = [\"threads\"]\n[machine]\nideal = true\n{machine}\n{tasks}"
    );
    read::read("textbook.toml", &text).unwrap_or_else(|problems| panic!("{}\n{text}", problems.render(Lang::En)))
}

fn setup_with<T>(scenario: &Scenario, model: &str, run: impl FnOnce(&Setup<'_>) -> T) -> T {
    let cores = scenario.machine.cores.unwrap_or(2);
    let plan = ModelChoice::new(model::find(model).unwrap()).plan(cores);
    let costs = Costs::of(Language::Rust, None, &scenario.machine);
    run(&Setup { scenario, plan: &plan, cores, seed: scenario.machine.seed, costs: &costs })
}

fn run(scenario: &Scenario, model: &str) -> Simulated {
    setup_with(scenario, model, |setup| simulate(setup, &|| false).unwrap())
}

#[test]
fn a_circle_of_locks_is_found_at_the_instant_it_closes() {
    let tasks = "[[task]]\nname = \"ana\"\nsteps = [{ lock = \"pan\" }, { io = \"100ms\" }, { lock = \"oven\" }, { unlock = \"oven\" }, { unlock = \"pan\" }]\n\
        [[task]]\nname = \"bia\"\nsteps = [{ lock = \"oven\" }, { io = \"120ms\" }, { lock = \"pan\" }, { unlock = \"pan\" }, { unlock = \"oven\" }]\n\
        [[task]]\nname = \"long\"\nsteps = [{ io = \"900ms\" }]";
    for model in ["threads", "event-loop", "gil-threads", "async-offload"] {
        let done = run(&scenario("cores = 2", tasks), model);
        let last = |task| done.trace.spans_of(Task(task)).last().unwrap();
        for task in [0, 1] {
            assert_eq!((last(task).state, last(task).start), (State::Deadlocked, Nanos(120 * MS)), "{model}");
        }
        assert_eq!((last(2).state, last(2).start), (State::Done, Nanos(900 * MS)), "{model}");
    }
}

/// Sums up waits and stays without keeping events: (arrival, first running) by task.
#[derive(Default)]
struct Waits {
    arrived: BTreeMap<u32, i64>,
    waited: f64,
    stayed: f64,
    begun: u64,
    ended: u64,
    last: i64,
}

impl Sink for Waits {
    fn event(&mut self, event: Event) {
        let task = event.task.0;
        match event.state {
            State::Ready if !self.arrived.contains_key(&task) => drop(self.arrived.insert(task, event.time.0)),
            State::Running => {
                self.waited += (event.time.0 - self.arrived[&task]) as f64;
                self.begun += 1;
            }
            State::Done => {
                self.stayed += (event.time.0 - self.arrived.remove(&task).unwrap()) as f64;
                self.ended += 1;
                self.last = self.last.max(event.time.0);
            }
            _ => {}
        }
    }

    fn say(&mut self, _line: OutputLine) {}
}

/// Mean wait, stay (both in seconds) and number of waiting jobs of `jobs` jobs in a pool of `servers`.
fn queue(jobs: u32, servers: u32, rate: f64, service: &str) -> (f64, f64, f64) {
    let scenario = scenario(
        &format!("cores = {servers}\nscheduler = \"fcfs\"\nseed = 7"),
        &format!(
            "[[task]]\nname = \"job\"\ncount = {jobs}\narrive = {{ rate = {rate:.1} }}\nsteps = [{{ cpu = {service} }}]"
        ),
    );
    let done = setup_with(&scenario, "thread-pool", |setup| simulate_into(setup, Waits::default()).unwrap());
    assert_eq!((done.begun, done.ended), (u64::from(jobs), u64::from(jobs)));
    let mean = |sum: f64| sum / f64::from(jobs) / 1e9;
    (mean(done.waited), mean(done.stayed), done.waited / done.last as f64)
}

#[test]
fn queues_are_as_long_as_theory_says() {
    let near = |found: f64, expected: f64, what: &str| {
        assert!((found / expected - 1.0).abs() < 0.03, "{what}: {found} instead of {expected}");
    };
    const JOBS: u32 = 4_000_000;
    // Times in seconds; a mean service of one second.
    let (wait, stay, waiting) = queue(JOBS, 1, 0.8, "{ exponential = \"1s\" }");
    near(wait, 4.0, "M/M/1 Wq");
    near(stay, 5.0, "M/M/1 W");
    near(waiting, 3.2, "M/M/1 Lq");
    near(queue(JOBS, 1, 0.8, "\"1s\"").0, 2.0, "M/D/1 Wq");
    near(queue(JOBS, 2, 1.0, "{ exponential = \"1s\" }").0, 1.0 / 3.0, "M/M/2 Wq");
}
