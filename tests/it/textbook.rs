//! Simulated runs against what textbooks, Graham and queueing theory say, to the nanosecond where they are exact.

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

/// (arrival, first running, finish, running) of a task, in milliseconds.
fn times(done: &Simulated, task: u32) -> (f64, f64, f64, f64) {
    let spans: Vec<_> = done.trace.spans_of(Task(task)).collect();
    let first = spans.iter().find(|span| span.state == State::Running).map_or(Nanos::ZERO, |span| span.start);
    let running: Nanos = spans.iter().filter(|span| span.state == State::Running).map(|span| span.length()).sum();
    (spans[0].start.millis(), first.millis(), spans[spans.len() - 1].start.millis(), running.millis())
}

fn waits(done: &Simulated) -> Vec<f64> {
    (0..done.trace.tasks())
        .map(|task| times(done, task))
        .map(|(arrival, _, finish, run)| finish - arrival - run)
        .collect()
}

fn makespan(done: &Simulated) -> i64 {
    (0..done.trace.tasks())
        .flat_map(|task| done.trace.spans_of(Task(task)).last())
        .map(|span| span.start.0)
        .max()
        .unwrap()
}

/// One task a burst, each of its own group, on one core.
fn bursts(scheduler: &str, bursts: &[i64], arrivals: &[i64]) -> Simulated {
    let task = |(at, burst): (usize, &i64)| {
        let arrive = arrivals.get(at).copied().unwrap_or(0);
        format!("[[task]]\nname = \"p{at}\"\narrive = \"{arrive}ms\"\nsteps = [{{ cpu = \"{burst}ms\" }}]\n")
    };
    let tasks: String = bursts.iter().enumerate().map(task).collect();
    run(&scenario(&format!("cores = 1\nscheduler = \"{scheduler}\""), &tasks), "threads")
}

#[test]
fn schedulers_give_the_waits_of_the_textbooks() {
    let check = |scheduler, lengths: &[i64], arrivals: &[i64], expected: &[f64]| {
        assert_eq!(waits(&bursts(scheduler, lengths, arrivals)), expected, "{scheduler} {lengths:?} {arrivals:?}");
    };
    check("fcfs", &[24, 3, 3], &[], &[0.0, 24.0, 27.0]);
    check("fcfs", &[3, 3, 24], &[], &[0.0, 3.0, 6.0]);
    check("srtf", &[8, 4, 9, 5], &[0, 1, 2, 3], &[9.0, 0.0, 15.0, 2.0]);
    // Its average is 7.75.
    check("sjf", &[8, 4, 9, 5], &[0, 1, 2, 3], &[0.0, 7.0, 15.0, 9.0]);
    // Silberschatz: quantum 4.
    let round_robin = scenario(
        "cores = 1\nscheduler = \"round-robin\"\nquantum = \"4ms\"",
        "[[task]]\nname = \"a\"\nsteps = [{ cpu = \"24ms\" }]\n[[task]]\nname = \"b\"\ncount = 2\nsteps = [{ cpu = \"3ms\" }]",
    );
    assert_eq!(waits(&run(&round_robin, "threads")), [6.0, 4.0, 7.0]);
}

#[test]
fn fifo_has_response_two_turnaround_six_wait_two_on_average() {
    // Jobs of 1, 4 and 7 ms.
    let done = bursts("fcfs", &[1, 4, 7], &[]);
    let mean = |of: fn((f64, f64, f64, f64)) -> f64| (0..3).map(|task| of(times(&done, task))).sum::<f64>() / 3.0;
    assert_eq!(mean(|(arrival, first, _, _)| first - arrival), 2.0);
    assert_eq!(mean(|(arrival, _, finish, _)| finish - arrival), 6.0);
    assert_eq!(mean(|(arrival, _, finish, run)| finish - arrival - run), 2.0);
}

#[test]
fn priorities_preempt_only_when_they_are_meant_to() {
    let tasks = "[[task]]\nname = \"low\"\npriority = 5\nsteps = [{ cpu = \"10ms\" }]\n\
        [[task]]\nname = \"high\"\npriority = 1\narrive = \"2ms\"\nsteps = [{ cpu = \"3ms\" }]";
    let finish = |scheduler: &str| {
        let done = run(&scenario(&format!("cores = 1\nscheduler = \"{scheduler}\""), tasks), "threads");
        (times(&done, 0).2, times(&done, 1).2)
    };
    assert_eq!(finish("priority"), (10.0, 13.0));
    assert_eq!(finish("preemptive-priority"), (13.0, 5.0));
}

#[test]
fn more_cores_can_finish_later() {
    let graham = |cores: u32| {
        let times = [3, 2, 2, 2, 4, 4, 4, 4, 9];
        let task = |(at, time): (usize, &i64)| {
            let after = match at + 1 {
                5..=8 => "after = [\"t4\"]\n",
                9 => "after = [\"t1\"]\n",
                _ => "",
            };
            format!("[[task]]\nname = \"t{}\"\n{after}steps = [{{ cpu = \"{time}ms\" }}]\n", at + 1)
        };
        let tasks: String = times.iter().enumerate().map(task).collect();
        makespan(&run(&scenario(&format!("cores = {cores}\nscheduler = \"list\""), &tasks), "threads")) / MS
    };
    assert_eq!((graham(3), graham(4)), (12, 15));
}

#[test]
fn lists_are_no_worse_than_twice_the_best_and_sometimes_as_bad() {
    for cores in [2_i64, 5, 16] {
        let tasks = format!(
            "[[task]]\nname = \"one\"\ncount = {}\nsteps = [{{ cpu = \"1ms\" }}]\n[[task]]\nname = \"long\"\nsteps = [{{ cpu = \"{cores}ms\" }}]",
            cores * (cores - 1)
        );
        let done = run(&scenario(&format!("cores = {cores}\nscheduler = \"list\""), &tasks), "threads");
        assert_eq!(makespan(&done), (2 * cores - 1) * MS, "{cores} cores");
    }
}

#[test]
fn amdahl_is_met_to_a_thousandth() {
    let total = |cores: u32| {
        let tasks = "[[task]]\nname = \"serial\"\nsteps = [{ cpu = \"50ms\" }]\n\
            [[task]]\nname = \"parallel\"\nafter = [\"serial\"]\ncount = 16\nsteps = [{ cpu = \"59375us\" }]";
        makespan(&run(&scenario(&format!("cores = {cores}\nscheduler = \"fcfs\""), tasks), "threads")) as f64
    };
    let alone = total(1);
    for (cores, expected) in [(2, 1.905), (4, 3.478), (8, 5.926), (16, 9.143)] {
        let speedup = alone / total(cores);
        assert!((speedup - expected).abs() < 0.0006, "{cores} cores: {speedup}");
    }
}

#[test]
fn waiting_overlaps_in_a_loop_and_adds_up_in_sequence() {
    let scenario =
        scenario("cores = 1", "[[task]]\nname = \"t\"\ncount = 10\nsteps = [{ cpu = \"10ms\" }, { io = \"100ms\" }]");
    assert_eq!(makespan(&run(&scenario, "sequential")), 1_100 * MS);
    assert_eq!(makespan(&run(&scenario, "event-loop")), 200 * MS);
    assert_eq!(makespan(&run(&scenario, "threads")), 200 * MS);
}

#[test]
fn a_pool_of_k_takes_n_over_k_rounds_up() {
    let scenario = scenario("cores = 1", "[[task]]\nname = \"t\"\ncount = 20\nsteps = [{ io = \"200ms\" }]");
    for (workers, expected) in [(1, 4_000), (2, 2_000), (3, 1_400), (5, 800), (10, 400), (20, 200)] {
        let mut pool = ModelChoice::new(model::find("thread-pool").unwrap());
        pool.set("workers", workers).unwrap();
        let plan = pool.plan(1);
        let costs = Costs::of(Language::Rust, None, &scenario.machine);
        let setup = Setup { scenario: &scenario, plan: &plan, cores: 1, seed: 1, costs: &costs };
        assert_eq!(makespan(&simulate(&setup, &|| false).unwrap()), expected * MS, "{workers} workers");
    }
}

#[test]
fn under_the_gil_cpu_adds_up_and_nothing_else_does() {
    let tasks = "[[task]]\nname = \"t\"\ncount = 8\nsteps = [{ cpu = \"20ms\" }]";
    assert_eq!(makespan(&run(&scenario("cores = 4", tasks), "gil-threads")), 160 * MS);
    let released = tasks.replace("20ms\"", "20ms\", gil = \"released\"");
    assert_eq!(makespan(&run(&scenario("cores = 4", &released), "gil-threads")), 40 * MS);
    let waits = "[[task]]\nname = \"t\"\ncount = 8\nsteps = [{ io = \"20ms\" }]";
    assert_eq!(makespan(&run(&scenario("cores = 4", waits), "gil-threads")), 20 * MS);
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

#[test]
fn inheritance_bounds_an_inversion() {
    // The low task holds the lock that the high one needs, while the middle one computes.
    let tasks = |inherit: bool| {
        format!(
            "[locks.l]\ninherit = {inherit}\n\
            [[task]]\nname = \"low\"\npriority = 9\nsteps = [{{ lock = \"l\" }}, {{ cpu = \"20ms\" }}, {{ unlock = \"l\" }}]\n\
            [[task]]\nname = \"middle\"\npriority = 5\narrive = \"10ms\"\nsteps = [{{ cpu = \"500ms\" }}]\n\
            [[task]]\nname = \"high\"\npriority = 1\narrive = \"10ms\"\nsteps = [{{ lock = \"l\" }}, {{ cpu = \"1ms\" }}, {{ unlock = \"l\" }}]"
        )
    };
    let wait = |inherit| {
        let done = run(&scenario("cores = 1\nscheduler = \"preemptive-priority\"", &tasks(inherit)), "threads");
        waits(&done)[2]
    };
    assert_eq!((wait(false), wait(true)), (510.0, 10.0));
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

#[test]
fn the_same_setup_gives_the_same_run() {
    let tasks = "[[task]]\nname = \"t\"\ncount = 200\narrive = { rate = 300.0 }\n\
        steps = [{ cpu = { exponential = \"2ms\" } }, { io = { uniform = [\"1ms\", \"9ms\"] } }, { lock = \"l\" }, { cpu = \"100us\" }, { unlock = \"l\" }]";
    let text = scenario("cores = 3", tasks);
    let real =
        Scenario { machine: tasklane::scenario::Machine { ideal: false, ..text.machine.clone() }, ..text.clone() };
    for model in model::MODELS {
        for scenario in [&text, &real] {
            assert_eq!(run(scenario, model.id), run(scenario, model.id), "{}", model.id);
        }
    }
}
