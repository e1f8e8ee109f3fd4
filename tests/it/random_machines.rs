//! Random scenarios on random imagined machines, under every model. A failure prints the seed that makes it again.

use std::collections::{BTreeMap, BTreeSet};

use tasklane::analysis::diagnosis::diagnose;
use tasklane::model::{IMAGINED, MODELS, Model, ModelChoice, Workers};
use tasklane::scenario::draw::{self, Key};
use tasklane::scenario::program::{Program, demand};
use tasklane::scenario::{
    Arrive, Channel, Engine, Gil, Group, Kernel, Lock, Machine, Scenario, Scheduler, Spread, Step, Variable, Via, words,
};
use tasklane::simulate::costs::{Cost, Costs};
use tasklane::simulate::schedulers::{self, Queues};
use tasklane::time::Nanos;
use tasklane::trace::{Run, Span, State, Task};

use crate::contract::{self, group};
use crate::fixture::Random;
use crate::imagined::{check, computed};
use crate::textbooks::{choice, request, scenario};

struct Draw(Random);

impl Draw {
    fn one_in(&mut self, chances: u64) -> bool {
        self.0.below(chances) == 0
    }

    fn time(&mut self) -> Spread {
        let micros = |draw: &mut Draw| Nanos::from_micros(i64::try_from(draw.0.below(9_000)).unwrap());
        match self.0.below(6) {
            0 => Spread::Exponential(Nanos::from_micros(700)),
            1 => Spread::Uniform(Nanos::ZERO, Nanos::from_millis(4)),
            // Equal times meet at the same instant.
            2 => Spread::Fixed(Nanos::from_millis(2)),
            _ => Spread::Fixed(micros(self)),
        }
    }

    fn cpu(&mut self) -> Step {
        let gil = if self.one_in(3) { Gil::Released } else { Gil::Held };
        Step::Cpu { time: self.time(), kernel: Kernel::Spin, size_bytes: None, gil }
    }

    fn steps(&mut self, depth: u32) -> Vec<Step> {
        let count = self.0.below(4) + 1;
        let mut steps = Vec::new();
        for _ in 0..count {
            match self.0.below(12) {
                0..=3 => steps.push(self.cpu()),
                4 | 5 => {
                    let timeout = self.one_in(8).then(|| Nanos::from_millis(1));
                    steps.push(Step::Io { time: self.time(), via: Via::Timer, blocking: self.one_in(4), timeout });
                }
                6 => {
                    let lock = format!("l{}", self.0.below(2));
                    let inside = self.cpu();
                    steps.extend([Step::Lock(lock.clone()), inside, Step::Unlock(lock)]);
                }
                7 => {
                    let channel = format!("c{}", self.0.below(2));
                    let sends = self.one_in(2);
                    steps.push(if sends { Step::Send(channel) } else { Step::Receive(channel) });
                }
                8 => steps.push(Step::Yield),
                9 => steps.extend([Step::Load("x".into()), Step::Add(1), Step::Store("x".into())]),
                10 if depth < 2 => {
                    let count = u32::try_from(self.0.below(4) + 1).unwrap();
                    steps.push(Step::Repeat { count, steps: self.steps(depth + 1) });
                }
                10 => steps.push(Step::Barrier("b".into())),
                _ if self.one_in(6) => steps.push(Step::Fail("enough".into())),
                _ => steps.push(Step::Print("{name}".into())),
            }
        }
        steps
    }

    /// Some that are not as by default, and some of them nothing.
    fn costs(&mut self) -> BTreeMap<&'static str, Nanos> {
        let mut costs = BTreeMap::new();
        for id in words::COSTS {
            if self.one_in(2) {
                let least = if id == Cost::GilInterval.id() { 100 } else { 0 };
                let micros = i64::try_from(self.0.below(400)).unwrap() - 100;
                costs.insert(id, Nanos::from_micros(micros.max(least)));
            }
        }
        costs
    }

    /// With some of its parameters set.
    fn choice(&mut self, model: &'static Model) -> ModelChoice {
        let mut choice = ModelChoice::new(model);
        for param in model.params {
            let few = param.max.min(param.min.saturating_add(5));
            if self.one_in(2) {
                let value = u64::from(param.min) + self.0.below(u64::from(few - param.min + 1));
                choice.set(param.key, i64::try_from(value).unwrap()).unwrap();
            }
        }
        choice
    }

    fn scenario(&mut self) -> Scenario {
        let groups = (0..=self.0.below(3)).map(|number| {
            let count = u32::try_from(self.0.below(7) + 1).unwrap();
            let arrive = match self.0.below(4) {
                0 => Arrive::Every(Nanos::from_millis(1)),
                1 => Arrive::Rate(400.0),
                2 => Arrive::At(Nanos::from_millis(2)),
                _ => Arrive::At(Nanos::ZERO),
            };
            let after = if number > 0 && self.one_in(4) { vec![usize::try_from(number).unwrap() - 1] } else { vec![] };
            let priority = i32::try_from(self.0.below(3)).unwrap();
            let payload_bytes = self.0.below(3) * 10_000;
            Group { arrive, after, priority, payload_bytes, ..group(&format!("g{number}"), count, self.steps(0)) }
        });
        let groups: Vec<Group> = groups.collect();
        let (_, scheduler) = words::SCHEDULERS[usize::try_from(self.0.below(words::SCHEDULERS.len() as u64)).unwrap()];
        let machine = Machine {
            cores: Some(u32::try_from(self.0.below(4) + 1).unwrap()),
            scheduler,
            quantum: self.one_in(2).then(|| Nanos::from_micros(500)),
            ideal: self.one_in(2),
            costs: if self.one_in(2) { self.costs() } else { BTreeMap::new() },
            ..Machine::default()
        };
        Scenario {
            engine: Engine::Simulated,
            machine,
            locks: vec![
                Lock { name: "l0".into(), barging: self.one_in(2), inherit: self.one_in(2) },
                Lock { name: "l1".into(), barging: false, inherit: false },
            ],
            channels: vec![
                Channel { name: "c0".into(), capacity: Some(1) },
                Channel { name: "c1".into(), capacity: None },
            ],
            variables: vec![Variable { name: "x".into(), initial: 0, padded: false }],
            ..contract::of(groups)
        }
    }
}

/// Found by random machines. A loop between two tasks was displaced, by the rank that it had before the next one came,
/// and had the best rank itself as soon as it waited: it was taken out of the queue for whoever displaced it, and was lost.
#[test]
fn who_is_displaced_by_an_old_rank_is_not_lost() {
    let machine = "[machine]\nscheduler = \"srtf\"\ncached_thread_start = \"92us\"\ncontext_switch = \"0ms\"\n\
        loop_turn = \"269us\"\nnotify = \"109us\"\n[channels.c0]\ncapacity = 1\n";
    let g0 = "[[task]]\nname = \"g0\"\ncount = 5\narrive = { every = \"1ms\" }\n\
        steps = [{ send = \"c0\" }, { cpu = { uniform = [\"0ms\", \"4ms\"] } }]\n";
    let g1 = "[[task]]\nname = \"g1\"\nsteps = [{ receive = \"c0\" }, { cpu = { uniform = [\"0ms\", \"4ms\"] }, gil = \"released\" }, { cpu = \"2ms\" }]\n";
    let run = computed(&request(scenario(&format!("{machine}{g0}{g1}")), choice("async-offload", &[]), 3)).run;
    check(&run);
    let ends: Vec<State> =
        (0..run.trace.tasks()).filter_map(|task| Some(run.trace.spans_of(Task(task)).last()?.state)).collect();
    // One is received, one more has room in the channel.
    let stuck = State::Deadlocked;
    assert_eq!(ends, [State::Done, State::Done, stuck, stuck, stuck, State::Done]);
}

/// Who is done has computed what its steps say, under whatever model: no less, and no more than what it costs to use
/// memory, to wake others, to let an interpreter lock go and to be the first on a core. On an ideal machine that is nothing.
fn check_demand(run: &Run, name: &str) {
    let costs = Costs::of(run.choice.plan(run.cores).language, None, &run.scenario.machine);
    let firsts = costs.get(Cost::FirstTask) * i64::from(run.cores);
    let mut beyond_all = Nanos::ZERO;
    for task in (0..run.trace.tasks()).map(Task) {
        let spans: Vec<_> = run.trace.spans_of(task).collect();
        if spans.last().is_none_or(|last| last.state != State::Done) {
            continue;
        }
        let (group, index) = run.group_of(task);
        let program = Program::new(&run.scenario.groups[group].steps);
        let start = || program.start(run.seed, u32::try_from(group).unwrap(), index);
        let cpu = demand(start()).cpu;
        let more: Nanos = start().map(|(step, key)| most_beside(step, key, &costs, run)).sum();
        let running: Nanos = spans.iter().filter(|span| span.state == State::Running).map(Span::length).sum();
        assert!((cpu..=cpu + more + firsts).contains(&running), "{name}: {} {running}", run.task_name(task));
        beyond_all += (running - cpu - more).max(Nanos::ZERO);
    }
    assert!(beyond_all <= firsts, "{name}: a core has one first task, {beyond_all} beyond all demand");
}

/// What a task computes at the most at such a step, beside what the step says.
fn most_beside(step: &Step, key: Key, costs: &Costs, run: &Run) -> Nanos {
    match step {
        Step::Load(_) | Step::Store(_) => costs.get(Cost::VariableAccess) + costs.get(Cost::CacheLineTransfer),
        Step::Add(_) => costs.get(Cost::RegisterAdd),
        Step::Lock(_) | Step::Unlock(_) | Step::Send(_) | Step::Receive(_) | Step::Barrier(_) => {
            costs.get(Cost::Notify) * i64::from(run.trace.tasks())
        }
        Step::Cpu { time, gil, .. } | Step::Work { time, gil, .. } => {
            let is_work = matches!(step, Step::Work { .. });
            let beside = costs.beside_computing(draw::duration(time, key), is_work);
            // Who waits for the lock meanwhile is told.
            let letting_go = costs.get(Cost::GilRelease) + costs.get(Cost::Notify);
            if *gil == Gil::Released { beside + letting_go } else { beside }
        }
        _ => Nanos::ZERO,
    }
}

/// On an ideal machine with one ready queue, whose threads are tasks, nobody is ready without a core while one is idle.
fn check_work_conserving(run: &Run, name: &str) {
    let mut edges: Vec<(Nanos, i32, i32)> = Vec::new();
    for span in run.trace.spans() {
        let (busy, ready) = match span.state {
            State::Running => (1, 0),
            State::Ready => (0, 1),
            _ => continue,
        };
        edges.extend([(span.start, busy, ready), (span.end, -busy, -ready)]);
    }
    edges.sort_unstable();
    let (mut busy, mut ready) = (0, 0);
    for same in edges.chunk_by(|one, other| one.0 == other.0) {
        for (_, more_busy, more_ready) in same {
            busy += more_busy;
            ready += more_ready;
        }
        assert!(ready == 0 || busy == run.cores.cast_signed(), "{name}: {ready} ready, {busy} busy at {}", same[0].0);
    }
}

/// Nobody is stuck without a word: each deadlocked task is in a circle, or waits for what nobody is left to give, or
/// behind such a one.
fn check_stuck_are_told(run: &Run, name: &str) {
    let found = diagnose(run).into_iter().filter(|found| ["deadlock", "lost-wake-up"].contains(&found.id));
    let told: BTreeSet<Task> = found.flat_map(|found| found.tasks).collect();
    for task in (0..run.trace.tasks()).map(Task) {
        let end = run.trace.spans_of(task).next_back();
        let is_stuck = end.is_some_and(|end| end.state == State::Deadlocked);
        assert!(!is_stuck || told.contains(&task), "{name}: {}", run.task_name(task));
    }
}

#[test]
fn random_scenarios_keep_every_promise_on_random_machines() {
    for seed in 0..600 {
        let mut draw = Draw(Random(seed));
        let scenario = draw.scenario();
        let cores = scenario.machine.cores.unwrap();
        for model in MODELS.into_iter().chain(IMAGINED) {
            let choice = draw.choice(model);
            let name = format!("seed {seed} under {choice} on {cores} cores, {:?}", scenario.machine);
            println!("{name}");
            let run = computed(&request(scenario.clone(), choice, cores)).run;
            check(&run);
            check_demand(&run, &name);
            check_stuck_are_told(&run, &name);
            let plan = run.choice.plan(cores);
            let room = run.trace.horizon() * i64::from(cores);
            assert!(run.account.cpu.unwrap() <= room, "{name}: {:?}", run.account);
            let threads = plan.workers == Workers::PerTask && plan.gil.is_none();
            let one_queue = schedulers::of(scenario.machine.scheduler).queues == Queues::One;
            if scenario.machine.ideal && one_queue && threads && plan.processes.is_none() {
                check_work_conserving(&run, &name);
            }
        }
    }
}

/// When and how each task ended.
fn ends(run: &Run) -> Vec<Option<(Nanos, State)>> {
    let end = |task| run.trace.spans_of(Task(task)).next_back().map(|span| (span.start, span.state));
    (0..run.trace.tasks()).map(end).collect()
}

/// Where tasks are ranked and no two have the same rank, it does not matter whether each has a thread of its own or a
/// pool's workers, as many, take them: who is ready and goes first has a core.
#[test]
fn with_a_worker_for_each_task_a_pool_is_as_threads() {
    for seed in 0..600 {
        let mut draw = Draw(Random(seed));
        let mut scenario = draw.scenario();
        scenario.machine.ideal = true;
        let by_list = draw.one_in(2);
        scenario.machine.scheduler = if by_list { Scheduler::List } else { Scheduler::Priority };
        if !by_list {
            for (group, priority) in scenario.groups.iter_mut().zip([2, 0, 3, 1]) {
                (group.count, group.priority) = (1, priority);
            }
        }
        let cores = scenario.machine.cores.unwrap();
        let tasks = i64::try_from(scenario.tasks()).unwrap();
        let of = |choice| ends(&computed(&request(scenario.clone(), choice, cores)).run);
        println!("seed {seed}, {tasks} tasks on {cores} cores, {:?}", scenario.machine.scheduler);
        let pool = choice("thread-pool", &[("workers", tasks)]);
        assert_eq!(of(pool), of(choice("threads", &[])), "seed {seed}");
    }
}
