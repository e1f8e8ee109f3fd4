//! Small finished runs for tests of rules, told event by event.

use std::sync::Arc;

use crate::model::{self, ModelChoice};
use crate::scenario::numbering::Numbering;
use crate::scenario::shared::Shared;
use crate::scenario::{Engine, read};
use crate::time::Nanos;
use crate::trace::{
    Account, Cause, Core, Event, Host, LoadSample, Peer, Resource, Run, State, Status, Task, Trace, Worker,
};

use super::{Diagnosis, diagnose};

pub struct Story {
    choice: ModelChoice,
    scenario: String,
    cores: u32,
    events: Vec<Event>,
    pub variables: Vec<(String, i64)>,
    pub load: Vec<LoadSample>,
}

impl Story {
    /// `HEAD` stands for what every scenario begins with. The computer has two cores.
    pub fn of(model: &str, scenario: &str) -> Self {
        let head = format!("format = 1\ntitle = \"T\"\nmodels = [\"{model}\"]\n");
        Story {
            choice: ModelChoice::new(model::find(model).unwrap()),
            scenario: scenario.replace("HEAD", &head),
            cores: 2,
            events: vec![],
            variables: vec![],
            load: vec![],
        }
    }

    pub fn workers(self, workers: i64) -> Self {
        self.with("workers", workers)
    }

    pub fn cores(mut self, cores: u32) -> Self {
        self.cores = cores;
        self
    }

    /// With a parameter of the model.
    pub fn with(mut self, key: &str, value: i64) -> Self {
        self.choice.set(key, value).unwrap();
        self
    }

    pub fn at(&mut self, millis: i64, task: u32, state: State, cause: Cause) -> &mut Self {
        self.on(millis, task, state, cause, Peer::NONE, Resource::NONE)
    }

    /// As [`Story::at`], told by that worker; everything else is by the first.
    pub fn by(&mut self, worker: u32, millis: i64, task: u32, state: State, cause: Cause) -> &mut Self {
        self.at(millis, task, state, cause);
        self.events.last_mut().expect("just told").worker = Worker(worker);
        self
    }

    pub fn on(&mut self, millis: i64, task: u32, state: State, cause: Cause, peer: Peer, on: Resource) -> &mut Self {
        let time = Nanos::from_millis(millis);
        let (worker, core) = (Worker(0), Core::NONE);
        self.events.push(Event { time, task: Task(task), worker, core, state, cause, peer, resource: on });
        self
    }

    /// Every event of that state has this cause.
    pub fn blame(&mut self, state: State, cause: Cause) {
        self.events.iter_mut().filter(|event| event.state == state).for_each(|event| event.cause = cause);
    }

    /// Where the latest event was.
    pub fn on_core(&mut self, core: Core) -> &mut Self {
        self.events.last_mut().unwrap().core = core;
        self
    }

    pub fn run(&self) -> Run {
        let scenario = read::read("t.toml", &self.scenario).unwrap_or_else(|problems| panic!("{problems}"));
        let tasks = u32::try_from(scenario.tasks()).unwrap();
        let horizon = self.events.iter().map(|event| event.time).max().unwrap();
        let events = self.events.len() as u64;
        Run {
            scenario_id: "t".into(),
            resources: Shared::of(&scenario).iter().map(|(_, name)| name.clone()).collect(),
            numbering: Numbering::of(&scenario),
            scenario: Arc::new(scenario),
            variant: None,
            choice: self.choice.clone(),
            engine: Engine::Measured,
            cores: self.cores,
            seed: 1,
            repeat: 0,
            status: Status::Finished,
            trace: Trace::new(tasks, &self.events, horizon),
            workers: vec![],
            variables: self.variables.clone(),
            output: vec![],
            account: Account { recorded: events, received: events, ..Account::default() },
            load: self.load.clone(),
            host: Host { cores: self.cores, ..Host::default() },
        }
    }

    /// What the rule of that id finds.
    pub fn finds(&self, id: &str) -> Option<Diagnosis> {
        diagnose(&self.run()).into_iter().find(|diagnosis| diagnosis.id == id)
    }
}

/// Ana holds the pan and wants the oven; Bia, the reverse.
pub fn two_locks() -> Story {
    let mut story = Story::of(
        "threads",
        r#"HEAD
[[task]]
name = "ana"
steps = [{ lock = "pan" }, { io = "100ms" }, { lock = "oven" }, { unlock = "oven" }, { unlock = "pan" }]
[[task]]
name = "bia"
steps = [{ lock = "oven" }, { io = "100ms" }, { lock = "pan" }, { unlock = "pan" }, { unlock = "oven" }]
"#,
    );
    for (task, other, wants) in [(0, 1, 1), (1, 0, 0)] {
        let (holder, wants) = (Peer::task(Task(other)), Resource(wants));
        story.at(0, task, State::Starting, Cause::None).at(1, task, State::Running, Cause::None);
        story.at(1, task, State::Io, Cause::Blocking).at(101, task, State::Running, Cause::None);
        story.on(101, task, State::Blocked, Cause::Lock, holder, wants);
        story.on(150, task, State::Deadlocked, Cause::Lock, holder, wants);
    }
    story
}
