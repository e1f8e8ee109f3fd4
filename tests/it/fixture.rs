//! A small run whose every nanosecond is known, for tests of what is made from runs. Made by hand; nothing of it is
//! ever shown as a measurement.
#![allow(dead_code, reason = "each test module uses its own part")]

use std::collections::BTreeMap;
use std::sync::Arc;

use tasklane::engine::Request;
use tasklane::model::{self, ModelChoice};
use tasklane::scenario::draw::SplitMix;
use tasklane::scenario::numbering::Numbering;
use tasklane::scenario::{Arrive, Engine, Gil, Group, Kernel, Machine, Scenario, Spread, Step, Via};
use tasklane::time::Nanos;
use tasklane::trace::{
    Account, Cause, Core, CostsUsed, Event, Host, LoadSample, MainSpan, MainState, OutputLine, PreemptionSource, Run,
    State, Status, Task, Times, Trace, Worker, WorkerInfo,
};

/// Worker processes run the program, not the test binary. To be called before a run of any model is started.
pub fn name_worker_program() {
    tasklane::engine::set_worker_program(env!("CARGO_BIN_EXE_tasklane").into());
}

pub const fn ms(millis: i64) -> Nanos {
    Nanos::from_millis(millis)
}

pub fn cpu(time: Nanos) -> Step {
    Step::Cpu { time: Spread::Fixed(time), kernel: Kernel::Spin, size_bytes: None, gil: Gil::Held }
}

/// `count` dishes of cpu 30 ms, io 200 ms, cpu 20 ms.
pub fn scenario(count: u32) -> Scenario {
    let io = Step::Io { time: Spread::Fixed(ms(200)), via: Via::Timer, blocking: false, timeout: None };
    Scenario {
        title: "The kitchen".into(),
        summary: "A cook who chops while the pot boils.".into(),
        models: model::MODELS.into_iter().map(ModelChoice::new).collect(),
        engine: Engine::Measured,
        machine: Machine::default(),
        channels: vec![],
        locks: vec![],
        variables: vec![],
        groups: vec![Group {
            name: "dish".into(),
            count,
            arrive: Arrive::At(Nanos::ZERO),
            priority: 0,
            after: vec![],
            payload_bytes: 0,
            awaited: true,
            steps: vec![cpu(ms(30)), io, cpu(ms(20))],
        }],
        variants: vec![],
        texts: BTreeMap::new(),
        lesson: None,
    }
}

/// To be measured.
pub fn request(scenario: Scenario, choice: ModelChoice, cores: u32) -> Request {
    Request {
        scenario_id: "test".into(),
        variant: None,
        choice,
        cores,
        seed: scenario.machine.seed,
        repeat: 0,
        engine: Engine::Measured,
        costs: None,
        scenario: Arc::new(scenario),
    }
}

struct Script(Vec<Event>);

impl Script {
    fn at(&mut self, millis: i64, task: u32, state: State, cause: Cause, worker: u32) {
        let on_core = state == State::Running;
        self.0.push(Event {
            time: ms(millis),
            worker: Worker(worker),
            core: if on_core { Core(u16::try_from(worker % 2).unwrap()) } else { Core::NONE },
            ..Event::new(Task(task), state, cause)
        });
    }

    /// From taking up the task at `start` until done; returns when that is.
    fn dish(&mut self, start: i64, task: u32, worker: u32) -> i64 {
        self.at(0, task, State::Ready, Cause::Queued, worker);
        self.at(start, task, State::Running, Cause::None, worker);
        self.at(start + 30, task, State::Io, Cause::Blocking, worker);
        self.at(start + 230, task, State::Ready, Cause::NoCore, worker);
        self.at(start + 231, task, State::Running, Cause::None, worker);
        self.at(start + 241, task, State::Ready, Cause::Preempted, worker);
        self.at(start + 246, task, State::Running, Cause::None, worker);
        self.at(start + 256, task, State::Done, Cause::None, worker);
        start + 256
    }
}

/// A finished run of `count` dishes by that many workers, each dish 256 ms after it was taken up.
pub fn run(model: &str, count: u32, workers: u32) -> Run {
    let mut script = Script(Vec::new());
    let mut free = vec![0; workers as usize];
    for task in 0..count {
        let worker = task % workers;
        free[worker as usize] = script.dish(free[worker as usize], task, worker);
    }
    let horizon = ms(free.into_iter().max().unwrap());
    let scenario = scenario(count);
    Run {
        scenario_id: "kitchen".into(),
        numbering: Numbering::of(&scenario),
        scenario: Arc::new(scenario),
        variant: None,
        choice: ModelChoice::new(model::find(model).unwrap()),
        engine: Engine::Measured,
        cores: 2,
        seed: 1,
        repeat: 0,
        status: Status::Finished,
        trace: Trace::new(count, &script.0, horizon),
        workers: (0..workers)
            .map(|worker| WorkerInfo { name: if worker == 0 { "main".into() } else { format!("worker {worker}") } })
            .collect(),
        resources: vec![],
        variables: vec![],
        output: vec![OutputLine { time: ms(1), task: Task(0), text: "Boiling 1".into() }],
        account: Account {
            times: Times::Lived,
            cpu: Some(ms(50 * i64::from(count))),
            switches_voluntary: Some(7),
            switches_involuntary: Some(3),
            cpu_system: Some(ms(i64::from(count))),
            migrations: Some(2),
            preemption_source: PreemptionSource::KernelRecords,
            switches_lost: 0,
            threads_max: Some(workers),
            peak_memory_bytes: Some(12_000_000),
            observer_cpu: Some(ms(2)),
            server_cpu: None,
            stolen: Some(ms(3)),
            startup: Nanos::ZERO,
            recorded: u64::from(count) * 8,
            received: u64::from(count) * 8,
            lines_dropped: 5,
            stragglers: 0,
            workers_lost: 0,
            processes_clock_error: Nanos::ZERO,
            clock_drift: Nanos(40),
            trouble: None,
            overhead: Some(Nanos(1_234)),
            costs: Some(CostsUsed { source: None, costs: [("steal".to_owned(), Nanos(7))].into() }),
            main: vec![
                MainSpan { start: Nanos::ZERO, end: ms(1), state: MainState::Free },
                MainSpan { start: ms(1), end: horizon, state: MainState::Join },
            ],
        },
        load: vec![LoadSample { time: ms(100), others_busy: 0.25 }, LoadSample { time: ms(200), others_busy: 0.5 }],
        host: Host { os: "Linux".into(), cpu: "a CPU".into(), cores: 2, affinity: true, tasklane: "0.1.0".into() },
    }
}

/// A seed that is printed makes the same values again.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        let mut generator = SplitMix(self.0);
        let value = generator.next();
        self.0 = generator.0;
        value
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
