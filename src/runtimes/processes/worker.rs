//! The worker process: this executable once more, with nothing of Tasklane but steps and the recorder. It reads orders
//! from standard input and writes messages, and nothing else, to standard output.
//!
//! Invariant: it never outlives its parent. It ends when its standard input does, which a thread of its own watches
//! while the other computes; and where the system can, it is killed with its parent.

use std::fs::File;
use std::io::{self, BufReader};
use std::os::fd::AsFd;
use std::process::{self, ExitCode};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::message::{Ask, Down, LastWords, Payload, Setup, TaskOrder, Up, receive, send};
use crate::clock::{self, Anchor};
use crate::host;
use crate::record::{self, Hub};
use crate::scenario::draw::Key;
use crate::scenario::program::Program;
use crate::scenario::{Engine, Group, Machine, Scenario};
use crate::steps::burn::Rates;
use crate::steps::cancel::Cancel;
use crate::steps::io::Devices;
use crate::steps::prepared::{self, Prepared};
use crate::steps::slot::{Served, Slot};
use crate::steps::sync::{Answer, Commons, World};
use crate::steps::{self, Carried};
use crate::time::Nanos;
use crate::trace::{Resource, State, Task};

/// Serves the process that made this one until that says goodbye or is gone.
pub(super) fn serve(parent: u32) -> ExitCode {
    if !host::end_with_parent(parent) {
        return ExitCode::FAILURE;
    }
    match Pipes::open().and_then(|pipes| serve_on(&pipes, parent)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: a worker process of Tasklane lost its parent: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve_on(pipes: &Arc<Pipes>, parent: u32) -> io::Result<()> {
    let watch = move || {
        if host::wait_for_hang_up(parent) {
            process::exit(0);
        }
    };
    thread::Builder::new().name("tasklane-hang-up".into()).spawn(watch)?;
    let Some(Down::Setup(setup)) = pipes.receive()? else { return Ok(()) };
    let kernel_records = setup.kernel_records;
    let mut bench = Bench::new(*setup, Arc::clone(pipes));
    let outlet = Arc::clone(pipes);
    let hub = Hub::of_elsewhere(move |message| outlet.tell(&Up::Record(message)), &bench.cpus);
    let hub = hub.with_kernel_records(kernel_records);
    let enrolled = hub.enroll(|_| String::new());
    pipes.send(&Up::Hello(Anchor::take(), clock::thread_cpu_now()))?;
    while let Some(Down::Task(order)) = pipes.receive()? {
        bench.carry(order)?;
    }
    drop(enrolled);
    pipes.send(&Up::Over(LastWords {
        anchor: Anchor::take(),
        cpu: clock::thread_cpu_now(),
        cpu_of_all: host::process_cpu().unwrap_or(Nanos::ZERO),
        peak_memory_bytes: host::peak_memory_bytes(),
    }))
}

/// The two pipes. Only the thread that carries tasks uses them; the locks are never waited for.
struct Pipes {
    from: Mutex<BufReader<File>>,
    to: Mutex<File>,
}

impl Pipes {
    fn open() -> io::Result<Arc<Self>> {
        let from = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let to = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Ok(Arc::new(Pipes { from: Mutex::new(BufReader::with_capacity(64 << 10, from)), to: Mutex::new(to) }))
    }

    fn receive(&self) -> io::Result<Option<Down>> {
        receive(&mut *held(&self.from))
    }

    fn send(&self, message: &Up) -> io::Result<()> {
        send(&mut *held(&self.to), message)
    }

    /// As [`Pipes::send`], where nobody could do anything about an error: without a parent there is nothing to do.
    fn tell(&self, message: &Up) {
        if self.send(message).is_err() {
            process::exit(0);
        }
    }

    /// The answer to a question.
    fn answer(&self) -> Down {
        match self.receive() {
            Ok(Some(answer)) => answer,
            Ok(None) | Err(_) => process::exit(0),
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Everything that carrying tasks needs here.
struct Bench {
    scenario: Scenario,
    programs: Vec<Program<Prepared>>,
    seed: u64,
    cpus: Vec<usize>,
    rates: Rates,
    cancel: Arc<Cancel>,
    devices: Arc<Devices>,
    commons: Far,
    payload: Payload,
    pipes: Arc<Pipes>,
}

impl Bench {
    fn new(setup: Setup, pipes: Arc<Pipes>) -> Self {
        let Setup { groups, locks, channels, variables, seed, cpus, rates, devices, nanos_per_tick, kernel_records: _ } =
            setup;
        clock::adopt_rate(nanos_per_tick);
        // Nobody cancels here: a stopped run kills its processes.
        let cancel = Arc::default();
        let scenario = Scenario {
            title: String::new(),
            summary: String::new(),
            models: Vec::new(),
            engine: Engine::Measured,
            machine: Machine::default(),
            channels,
            locks,
            variables,
            groups,
            variants: Vec::new(),
            texts: std::collections::BTreeMap::new(),
            lesson: None,
        };
        let variables = World::new(&scenario);
        let program = |group: &Group| prepared::program(&group.steps, variables.shared());
        Bench {
            programs: scenario.groups.iter().map(program).collect(),
            seed,
            cpus,
            rates: Rates::from_shipped(&rates),
            devices: Arc::new(Devices::from_shipped(devices, &cancel)),
            cancel,
            commons: Far { variables, pipes: Arc::clone(&pipes) },
            scenario,
            payload: Payload::default(),
            pipes,
        }
    }

    fn carry(&mut self, order: TaskOrder) -> io::Result<()> {
        let TaskOrder { task, group, index, payload_bytes } = order;
        self.payload.receive(&mut *held(&self.pipes.from), payload_bytes)?;
        let ending = steps::carry_shipped(Carried {
            task,
            index,
            group: &self.scenario.groups[group as usize],
            program: &self.programs[group as usize],
            key: Key { seed: self.seed, group, index, step: 0 },
            rates: &self.rates,
            cancel: &self.cancel,
            world: &self.commons,
            gil: None,
            devices: &self.devices,
        });
        record::flush();
        let result_bytes = if ending.ended.state == State::Done { payload_bytes } else { 0 };
        self.pipes.send(&Up::Ended { ending, result_bytes })?;
        self.payload.send(&mut *held(&self.pipes.to), result_bytes)
    }
}

/// What tasks share, seen from here: variables are this process's own copy, everything else is the parent's.
struct Far {
    variables: World,
    pipes: Arc<Pipes>,
}

impl Far {
    fn ask(&self, what: Ask, on: Resource) -> Answer {
        self.pipes.tell(&Up::Ask { what, on });
        match self.pipes.answer() {
            Down::Through => Answer::Through,
            Down::Wait { cause, on, behind } => Answer::Wait { slot: Arc::default(), cause, on, behind },
            _ => panic!("the parent's answer is to another question"),
        }
    }
}

impl Commons for Far {
    fn lock(&self, _task: Task, on: Resource) -> Answer {
        self.ask(Ask::Lock, on)
    }

    fn unlock(&self, _task: Task, on: Resource) {
        self.pipes.tell(&Up::Unlock { on });
    }

    fn send(&self, _task: Task, on: Resource) -> Answer {
        self.ask(Ask::Send, on)
    }

    fn receive(&self, _task: Task, on: Resource) -> Answer {
        self.ask(Ask::Receive, on)
    }

    fn barrier(&self, _task: Task, on: Resource) -> Answer {
        self.ask(Ask::Barrier, on)
    }

    /// The word comes over the pipe, not into the slot.
    fn wait(&self, _slot: &Slot, _cancel: &Cancel) -> Served {
        match self.pipes.answer() {
            Down::Served(served) => served,
            _ => panic!("the parent's answer is to another question"),
        }
    }

    fn load(&self, on: Resource) -> i64 {
        self.variables.load(on)
    }

    fn store(&self, on: Resource, value: i64) {
        self.variables.store(on, value);
    }
}
