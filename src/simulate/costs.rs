//! What an imagined computer charges for everything that is not the tasks' own work: [`Costs`], by name.
//!
//! The defaults were measured on prototypes; a computer's own come from a table that `calibrate` fills, a scenario's
//! `[machine]` overrides both. Pure: the table's file is read and written elsewhere.

mod table;

use std::collections::BTreeMap;

pub use self::table::CostTable;
use crate::lang::Text;
use crate::model::{Language, Method, ModelChoice, Plan, SWITCH_INTERVAL, WhileInIo, Workers};
use crate::scenario::words::COSTS;
use crate::scenario::{Machine, PACED_BELOW};
use crate::time::Nanos;
use crate::trace::CostsUsed;

/// One thing that costs time. Its number is its place in [`COSTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Cost {
    /// A core turns from one thread to another.
    ContextSwitch = 0,
    /// From the moment a thread is woken until it could run.
    WakeUp = 1,
    /// A thread's sleep ends so late, where it was a long one.
    SleepOvershoot = 2,
    /// Who waits that long for the interpreter lock asks for it.
    GilInterval = 3,
    /// The interpreter lock passes to who asked for it and is still awake; who sleeps has to be woken.
    GilHandOff = 4,
    ThreadStart = 5,
    ProcessStart = 6,
    /// A pool's worker takes a task from its queue.
    PoolDispatch = 7,
    /// An event loop takes up a task.
    LoopTurn = 8,
    /// A message between processes, without its bytes.
    Message = 9,
    /// Each KiB of it.
    MessageKib = 10,
    /// A worker takes another's work.
    Steal = 11,
    /// A timer of an event loop fires so late.
    LoopOvershoot = 12,
    /// A thread is taken down again, beside what it was for.
    ThreadEnd = 13,
    /// Code that computes without the interpreter lock lets it go before and takes it again afterwards.
    GilRelease = 14,
    /// As [`Cost::ProcessStart`], where it boots an interpreter of its own.
    ProcessSpawn = 15,
    /// As [`Cost::ProcessStart`], where a server forks it.
    ProcessForkserver = 16,
    /// A task loads or stores a variable.
    VariableAccess = 17,
    /// An access waits so much longer for a cache line that another core has.
    CacheLineTransfer = 18,
    /// As [`Cost::WakeUp`], where the core for it was busy a moment ago.
    HotWakeUp = 19,
    /// A task wakes another's thread: its own part.
    Notify = 20,
    /// Each KiB that the system gives a process, and who gets the result back, the first time that it has a message as
    /// large. All of it is paid on the way there.
    MemoryKib = 21,
    /// As [`Cost::SleepOvershoot`], where the sleep was so short that its core is hardly asleep yet.
    ShortSleepOvershoot = 22,
    /// As [`Cost::ThreadEnd`], where the thread has slept: what it has in memory is in no cache any more.
    SleeperEnd = 23,
    /// As [`Cost::ThreadStart`], where the thread gets the stack of one that is over: a system keeps some.
    CachedThreadStart = 24,
    /// A new thread makes itself ready on its core, before its first line.
    ThreadSetUp = 25,
    /// As [`Cost::ThreadSetUp`], where it is the first new thread of the run on its core, in whose caches nothing of it is.
    FirstSetUp = 26,
    /// As [`Cost::VariableAccess`], for a task that adds to what it has loaded.
    RegisterAdd = 27,
    /// A task begins to compute and stops: it looks at clocks, and that is recorded.
    ComputeStep = 28,
    /// What interrupts add to each second of computing, see [`PACED_BELOW`].
    Interrupts = 29,
    /// What each thread that has slept and ends adds to the starts behind it: only one at a time can change what the process
    /// has of memory.
    StartAmongEnds = 30,
    /// The first task of the run that computes on a core does so for so much longer: nothing that it needs is in the core's
    /// caches.
    FirstTask = 31,
}

impl Cost {
    pub const ALL: [Cost; COSTS.len()] = [
        Cost::ContextSwitch,
        Cost::WakeUp,
        Cost::SleepOvershoot,
        Cost::GilInterval,
        Cost::GilHandOff,
        Cost::ThreadStart,
        Cost::ProcessStart,
        Cost::PoolDispatch,
        Cost::LoopTurn,
        Cost::Message,
        Cost::MessageKib,
        Cost::Steal,
        Cost::LoopOvershoot,
        Cost::ThreadEnd,
        Cost::GilRelease,
        Cost::ProcessSpawn,
        Cost::ProcessForkserver,
        Cost::VariableAccess,
        Cost::CacheLineTransfer,
        Cost::HotWakeUp,
        Cost::Notify,
        Cost::MemoryKib,
        Cost::ShortSleepOvershoot,
        Cost::SleeperEnd,
        Cost::CachedThreadStart,
        Cost::ThreadSetUp,
        Cost::FirstSetUp,
        Cost::RegisterAdd,
        Cost::ComputeStep,
        Cost::Interrupts,
        Cost::StartAmongEnds,
        Cost::FirstTask,
    ];

    /// From asking for a process until its first line, if it is made that way.
    pub const fn of_method(method: Method) -> Cost {
        match method {
            Method::Fork => Cost::ProcessStart,
            Method::Spawn => Cost::ProcessSpawn,
            Method::Forkserver => Cost::ProcessForkserver,
        }
    }

    /// The word of scenario files.
    pub const fn id(self) -> &'static str {
        COSTS[self as usize]
    }

    /// The cost of that word.
    pub fn find(id: &str) -> Option<Cost> {
        Cost::ALL.into_iter().find(|cost| cost.id() == id)
    }

    pub const fn label(self) -> Text {
        match self {
            Cost::ContextSwitch => Text::new("context switch", "troca de contexto"),
            Cost::WakeUp => Text::new("waking a thread", "acordar uma thread"),
            Cost::SleepOvershoot => Text::new("lateness of a sleep", "atraso de um sleep"),
            Cost::GilInterval => Text::new("switch interval of the GIL", "intervalo de troca do GIL"),
            Cost::GilHandOff => Text::new("hand-over of the GIL", "passagem do GIL"),
            Cost::ThreadStart => Text::new("starting a thread", "iniciar uma thread"),
            Cost::ProcessStart => Text::new("starting a process", "iniciar um processo"),
            Cost::PoolDispatch => Text::new("taking a task from a pool's queue", "pegar uma tarefa da fila do pool"),
            Cost::LoopTurn => Text::new("a turn of an event loop", "uma volta do event loop"),
            Cost::Message => Text::new("a message between processes", "uma mensagem entre processos"),
            Cost::MessageKib => Text::new("each KiB of a message", "cada KiB de uma mensagem"),
            Cost::Steal => Text::new("stealing work", "roubar trabalho"),
            Cost::GilRelease => Text::new("letting go of the GIL and taking it again", "soltar o GIL e retomá-lo"),
            Cost::CachedThreadStart => {
                Text::new("starting a thread on a kept stack", "iniciar uma thread em uma pilha reaproveitada")
            }
            Cost::ThreadSetUp => Text::new("a thread makes itself ready", "uma thread se prepara"),
            Cost::FirstSetUp => {
                Text::new("the first thread of a core makes itself ready", "a primeira thread de um núcleo se prepara")
            }
            Cost::ThreadEnd => Text::new("ending a thread", "encerrar uma thread"),
            Cost::MemoryKib => Text::new("each KiB of new memory", "cada KiB de memória nova"),
            Cost::LoopOvershoot => Text::new("lateness of an event loop's timer", "atraso de um timer do event loop"),
            Cost::ProcessSpawn => Text::new("starting a process by spawn", "iniciar um processo por spawn"),
            Cost::ProcessForkserver => {
                Text::new("starting a process by forkserver", "iniciar um processo por forkserver")
            }
            Cost::VariableAccess => Text::new("access to a variable", "acesso a uma variável"),
            Cost::RegisterAdd => Text::new("adding to what was loaded", "somar ao que foi lido"),
            Cost::ComputeStep => Text::new("a computing step", "um passo de computação"),
            Cost::Interrupts => Text::new("interrupts, a second", "interrupções, por segundo"),
            Cost::CacheLineTransfer => {
                Text::new("fetching a cache line from another core", "trazer uma linha de cache de outro núcleo")
            }
            Cost::HotWakeUp => {
                Text::new("waking a thread on a core that was busy", "acordar uma thread em um núcleo recém-ocupado")
            }
            Cost::Notify => Text::new("sending a wake-up", "mandar acordar outra thread"),
            Cost::ShortSleepOvershoot => Text::new("lateness of a short sleep", "atraso de um sleep curto"),
            Cost::StartAmongEnds => Text::new(
                "starting a thread, for each that ends before",
                "iniciar uma thread, por outra que termina antes",
            ),
            Cost::FirstTask => Text::new("the first task on a core", "a primeira tarefa em um núcleo"),
            Cost::SleeperEnd => Text::new("ending a thread that has slept", "encerrar uma thread que dormiu"),
        }
    }

    /// Measured on a two-core Linux machine; Python figures with CPython 3.11.
    const fn default(self, language: Language) -> Nanos {
        let (rust, python) = match self {
            Cost::ContextSwitch => (3_000, 3_000),
            Cost::WakeUp => (50_000, 50_000),
            Cost::SleepOvershoot | Cost::ShortSleepOvershoot => (80_000, 80_000),
            Cost::GilInterval => (5_000_000, 5_000_000),
            Cost::GilHandOff => (30_000, 30_000),
            // With all that its end costs.
            Cost::ThreadStart | Cost::CachedThreadStart => (60_000, 60_000),
            // In the start of a thread, in the message, in what a step says.
            Cost::ThreadSetUp
            | Cost::FirstSetUp
            | Cost::ThreadEnd
            | Cost::SleeperEnd
            | Cost::MemoryKib
            | Cost::ComputeStep
            | Cost::Interrupts
            | Cost::StartAmongEnds
            | Cost::FirstTask => (0, 0),
            Cost::GilRelease => (500, 500),
            Cost::ProcessStart => (2_500_000, 2_500_000),
            Cost::PoolDispatch => (2_000, 150_000),
            Cost::LoopTurn => (5_000, 25_000),
            Cost::Message => (7_000, 7_000),
            // 0.7 ns a byte, with the memory that it comes into.
            Cost::MessageKib => (717, 717),
            Cost::Steal => (1_000, 1_000),
            // tokio rounds deadlines up to its tick of 1 ms.
            Cost::LoopOvershoot => (1_200_000, 80_000),
            // Rust has neither.
            Cost::ProcessSpawn => (41_000_000, 41_000_000),
            Cost::ProcessForkserver => (17_000_000, 17_000_000),
            Cost::VariableAccess | Cost::RegisterAdd => (12, 12),
            Cost::CacheLineTransfer => (11, 11),
            Cost::HotWakeUp => (17_000, 17_000),
            Cost::Notify => (8_000, 8_000),
        };
        Nanos(if matches!(language, Language::Rust) { rust } else { python })
    }
}

/// The costs that matter for a model of that plan, those that tell it from others first.
pub fn costs_of(plan: &Plan) -> Vec<Cost> {
    let awaits = plan.io == WhileInIo::FreesWorker;
    let is_alone = plan.is_alone();
    let is_each = plan.workers == Workers::PerTask;
    let starts_threads = is_each && plan.processes.is_none();
    let pays = |cost: Cost| match cost {
        // Where each task has a process, the main thread takes as long as a fork whatever the method.
        Cost::ProcessStart => plan.processes.is_some() && (plan.method == Method::Fork || is_each),
        Cost::ProcessSpawn => plan.processes.is_some() && plan.method == Method::Spawn,
        Cost::ProcessForkserver => plan.processes.is_some() && plan.method == Method::Forkserver,
        Cost::Message | Cost::MessageKib | Cost::MemoryKib => plan.processes.is_some(),
        Cost::FirstSetUp | Cost::ThreadEnd | Cost::SleeperEnd | Cost::StartAmongEnds => starts_threads,
        // A loop has what would block it done by threads that it starts one by one and keeps.
        Cost::ThreadStart | Cost::CachedThreadStart | Cost::ThreadSetUp => starts_threads || plan.offload.is_some(),
        Cost::GilInterval => false,
        Cost::GilHandOff | Cost::GilRelease => plan.gil.is_some(),
        Cost::LoopTurn | Cost::LoopOvershoot => awaits,
        Cost::PoolDispatch => !awaits && !is_each && !is_alone && !plan.stealing || plan.offload.is_some(),
        Cost::Steal => plan.stealing,
        Cost::ContextSwitch | Cost::Notify => !is_alone,
        Cost::VariableAccess | Cost::RegisterAdd | Cost::ComputeStep | Cost::FirstTask | Cost::Interrupts => true,
        Cost::CacheLineTransfer => !is_alone && plan.processes.is_none(),
        Cost::WakeUp | Cost::HotWakeUp => !is_alone || awaits,
        Cost::SleepOvershoot | Cost::ShortSleepOvershoot => !awaits,
    };
    const ORDER: [Cost; COSTS.len()] = [
        Cost::ProcessSpawn,
        Cost::ProcessForkserver,
        Cost::ProcessStart,
        Cost::ThreadStart,
        Cost::CachedThreadStart,
        Cost::ThreadSetUp,
        Cost::FirstSetUp,
        Cost::ThreadEnd,
        Cost::SleeperEnd,
        Cost::StartAmongEnds,
        Cost::GilHandOff,
        Cost::GilRelease,
        Cost::LoopTurn,
        Cost::PoolDispatch,
        Cost::Steal,
        Cost::Message,
        Cost::MessageKib,
        Cost::MemoryKib,
        Cost::ContextSwitch,
        Cost::WakeUp,
        Cost::HotWakeUp,
        Cost::Notify,
        Cost::LoopOvershoot,
        Cost::SleepOvershoot,
        Cost::ShortSleepOvershoot,
        Cost::CacheLineTransfer,
        Cost::VariableAccess,
        Cost::RegisterAdd,
        Cost::ComputeStep,
        Cost::FirstTask,
        Cost::Interrupts,
        Cost::GilInterval,
    ];
    ORDER.into_iter().filter(|cost| pays(*cost)).collect()
}

/// What interrupts add to that time, which add so much to each second.
pub fn interrupted(time: Nanos, each_second: Nanos) -> Nanos {
    const SECOND: i64 = Nanos::from_millis(1_000).0;
    // To divide numbers of 128 bits takes many times as long, and there are millions of steps.
    let exactly = || i64::try_from(i128::from(time.0) * i128::from(each_second.0) / i128::from(SECOND));
    let taken = time.0.checked_mul(each_second.0).map(|product| product / SECOND);
    Nanos(taken.unwrap_or_else(|| exactly().unwrap_or(i64::MAX)))
}

/// Costs that were told apart later, and those of which they are a part: who names only the latter means both.
const REFINED: [(Cost, Cost); 5] = [
    (Cost::ShortSleepOvershoot, Cost::SleepOvershoot),
    (Cost::SleeperEnd, Cost::ThreadEnd),
    (Cost::CachedThreadStart, Cost::ThreadStart),
    (Cost::FirstSetUp, Cost::ThreadSetUp),
    (Cost::RegisterAdd, Cost::VariableAccess),
];

/// What each thing costs in one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Costs([Nanos; COSTS.len()]);

impl Costs {
    /// The costs of one run: defaults of the language, `table` over them, the scenario's own over both; nothing costs
    /// anything on an ideal machine, but for the interval of the interpreter lock, which is a rule, not a cost.
    pub fn of(language: Language, table: Option<&CostTable>, machine: &Machine) -> Self {
        let mut costs = Costs(Cost::ALL.map(|cost| cost.default(language)));
        if let Some(table) = table {
            costs.take(&table.all);
            costs.take(table.own(language));
        }
        let named = |(id, time): (&&str, &Nanos)| (Cost::find(id).expect("the checker knows the names"), *time);
        costs.take(&machine.costs.iter().map(named).collect());
        if machine.ideal {
            let interval = costs.get(Cost::GilInterval);
            costs = Costs([Nanos::ZERO; COSTS.len()]);
            costs.0[Cost::GilInterval as usize] = interval;
        }
        costs
    }

    /// The costs of one run under that model, `plan` being its: as [`Costs::of`] its language. Who has set the interval
    /// of the interpreter lock of the model means it, whatever a table says of some computer; the scenario has the last
    /// word.
    pub fn of_model(choice: &ModelChoice, plan: &Plan, table: Option<&CostTable>, machine: &Machine) -> Self {
        let costs = Costs::of(plan.language, table, machine);
        let is_set = choice.params.get(SWITCH_INTERVAL.key).is_some();
        let in_table = table.is_some_and(|table| table.get(plan.language, Cost::GilInterval).is_some());
        let in_scenario = machine.costs.contains_key(Cost::GilInterval.id());
        match plan.gil {
            Some(interval) if !in_scenario && (is_set || !in_table) => costs.with(Cost::GilInterval, interval),
            _ => costs,
        }
    }

    fn take(&mut self, own: &BTreeMap<Cost, Nanos>) {
        for (cost, time) in own {
            self.0[*cost as usize] = *time;
        }
        for (finer, coarse) in REFINED {
            if let (None, Some(time)) = (own.get(&finer), own.get(&coarse)) {
                self.0[finer as usize] = *time;
            }
        }
        // Who names only what a wake-up costs elsewhere does not mean that one costs more where the core was busy.
        if let (None, Some(wake_up)) = (own.get(&Cost::HotWakeUp), own.get(&Cost::WakeUp)) {
            let hot = &mut self.0[Cost::HotWakeUp as usize];
            *hot = (*hot).min(*wake_up);
        }
    }

    pub fn get(&self, cost: Cost) -> Nanos {
        self.0[cost as usize]
    }

    /// The same but for that one.
    #[must_use]
    pub fn with(mut self, cost: Cost, time: Nanos) -> Self {
        self.0[cost as usize] = time;
        self
    }

    /// What a step that computes for so long, or does what takes so long alone, takes beside.
    pub fn beside_computing(&self, time: Nanos, is_work: bool) -> Nanos {
        let step = self.get(Cost::ComputeStep);
        if is_work || time < PACED_BELOW { step + interrupted(time, self.get(Cost::Interrupts)) } else { step }
    }

    /// For a run's account.
    pub fn used(&self, table: Option<&CostTable>) -> CostsUsed {
        let named = Cost::ALL.into_iter().map(|cost| (cost.id().to_owned(), self.get(cost)));
        CostsUsed { source: table.map(|table| table.source.clone()), costs: named.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;
    use crate::simulate::testing;

    #[test]
    fn numbers_are_places() {
        for (place, cost) in Cost::ALL.into_iter().enumerate() {
            assert_eq!(cost as usize, place);
            assert_eq!(Cost::find(cost.id()), Some(cost));
        }
    }

    #[test]
    fn models_pay_for_what_they_do() {
        let check_choice = |choice: &ModelChoice, expected: &[Cost]| {
            assert_eq!(costs_of(&choice.plan(2)), expected, "{choice}");
        };
        let check = |id: &str, expected: &[Cost]| check_choice(&ModelChoice::new(model::find(id).unwrap()), expected);
        let wakes = [Cost::WakeUp, Cost::HotWakeUp, Cost::Notify];
        let sleeps = [Cost::SleepOvershoot, Cost::ShortSleepOvershoot];
        let switches = [&[Cost::ContextSwitch], &wakes[..], &sleeps].concat();
        let counts = [Cost::VariableAccess, Cost::RegisterAdd, Cost::ComputeStep, Cost::FirstTask, Cost::Interrupts];
        let apart = |first: &[Cost]| [first, &switches, &counts].concat();
        let with = |first: &[Cost]| [first, &switches, &[Cost::CacheLineTransfer], &counts].concat();
        check("sequential", &[&sleeps[..], &counts].concat());
        let threads = [
            Cost::ThreadStart,
            Cost::CachedThreadStart,
            Cost::ThreadSetUp,
            Cost::FirstSetUp,
            Cost::ThreadEnd,
            Cost::SleeperEnd,
            Cost::StartAmongEnds,
        ];
        check("threads", &with(&threads));
        check("gil-threads", &with(&[&threads[..], &[Cost::GilHandOff, Cost::GilRelease]].concat()));
        check("thread-pool", &with(&[Cost::PoolDispatch]));
        check("work-stealing", &with(&[Cost::Steal]));
        let event_loop = [Cost::LoopTurn, Cost::WakeUp, Cost::HotWakeUp, Cost::LoopOvershoot];
        check("event-loop", &[&event_loop[..], &counts].concat());
        let offload =
            [Cost::ThreadStart, Cost::CachedThreadStart, Cost::ThreadSetUp, Cost::LoopTurn, Cost::PoolDispatch];
        let offload_switches = [Cost::ContextSwitch, Cost::WakeUp, Cost::HotWakeUp, Cost::Notify];
        let offload_shares = [Cost::LoopOvershoot, Cost::CacheLineTransfer];
        check("async-offload", &[&offload[..], &offload_switches, &offload_shares, &counts].concat());
        let ships = [Cost::PoolDispatch, Cost::Message, Cost::MessageKib, Cost::MemoryKib];
        check("python-multiprocessing", &apart(&[&[Cost::ProcessStart], &ships[1..]].concat()));
        let mut pool = ModelChoice::new(model::find("python-process-pool").unwrap());
        pool.set_text("method", "spawn").unwrap();
        check_choice(&pool, &apart(&[&[Cost::ProcessSpawn][..], &ships].concat()));
        for model in model::all() {
            assert!(!costs_of(&ModelChoice::new(model).plan(2)).is_empty(), "{}", model.id);
        }
    }

    #[test]
    fn interrupts_lengthen_short_steps_and_work() {
        let costs = [("compute_step", "1us"), ("interrupts", "50ms")];
        let check = |step: &str, expected: i64| {
            let run = testing::run(&costs, &testing::task("ana", &format!("{{ {step} }}")), "sequential", 1);
            assert_eq!(testing::running(&run), [expected], "{step}");
        };
        check("cpu = \"20us\"", 22_000);
        check("cpu = \"99999ns\"", 99_999 + 1_000 + 4_999);
        check("cpu = \"100us\"", 101_000);
        check("cpu = \"1ms\"", 1_001_000);
        check("work = \"1ms\"", 1_051_000);
        assert_eq!(interrupted(Nanos(99_999), Nanos::MAX), Nanos(922_327_980_313_440), "no product is too large");
    }

    #[test]
    fn who_names_a_cost_and_not_its_parts_means_them_too() {
        let of = |long: i64, short: &[i64]| {
            let short = short.iter().map(|time| (Cost::ShortSleepOvershoot, Nanos(*time)));
            short.chain([(Cost::SleepOvershoot, Nanos(long))]).collect::<BTreeMap<_, _>>()
        };
        let table = |all| CostTable { all, ..CostTable::default() };
        let check = |table: &CostTable, own: &[(&'static str, i64)], expected: i64| {
            let costs = own.iter().map(|(id, time)| (*id, Nanos(*time))).collect();
            let costs = Costs::of(Language::Rust, Some(table), &Machine { costs, ..Machine::default() });
            assert_eq!(costs.get(Cost::ShortSleepOvershoot), Nanos(expected), "{own:?}");
        };
        check(&table(of(9, &[])), &[], 9);
        check(&table(of(9, &[4])), &[], 4);
        check(&table(of(9, &[4])), &[("sleep_overshoot", 7)], 7);
        check(&table(of(9, &[4])), &[("sleep_overshoot", 7), ("short_sleep_overshoot", 3)], 3);
        check(&table(BTreeMap::new()), &[], Cost::ShortSleepOvershoot.default(Language::Rust).0);
    }

    #[test]
    fn a_wake_up_where_nothing_slept_costs_no_more_than_any_unless_somebody_says_so() {
        let check = |table: Option<&CostTable>, own: &[(&'static str, i64)], expected: i64| {
            let costs = own.iter().map(|(id, time)| (*id, Nanos(*time))).collect();
            let costs = Costs::of(Language::Rust, table, &Machine { costs, ..Machine::default() });
            assert_eq!(costs.get(Cost::HotWakeUp), Nanos(expected), "{own:?}");
        };
        check(None, &[], 17_000);
        check(None, &[("wake_up", 60_000)], 17_000);
        check(None, &[("wake_up", 5_000)], 5_000);
        check(None, &[("wake_up", 5_000), ("hot_wake_up", 9_000)], 9_000);
        let all = BTreeMap::from([(Cost::WakeUp, Nanos(50_000)), (Cost::HotWakeUp, Nanos(60_000))]);
        let table = CostTable { all, ..CostTable::default() };
        check(Some(&table), &[], 60_000);
        check(Some(&table), &[("wake_up", 40_000)], 40_000);
        check(Some(&table), &[("wake_up", 70_000)], 60_000);
    }

    #[test]
    fn the_scenario_has_the_last_word_and_an_ideal_machine_costs_nothing() {
        let table = CostTable {
            rust: BTreeMap::from([(Cost::Steal, Nanos(5)), (Cost::Message, Nanos(6))]),
            ..Default::default()
        };
        let mut machine = Machine { costs: BTreeMap::from([("steal", Nanos(7))]), ..Machine::default() };
        let costs = Costs::of(Language::Rust, Some(&table), &machine);
        assert_eq!((costs.get(Cost::Steal), costs.get(Cost::Message)), (Nanos(7), Nanos(6)));
        assert_eq!(Costs::of(Language::Python, Some(&table), &machine).get(Cost::Message), Nanos(7_000));
        machine.ideal = true;
        let ideal = Costs::of(Language::Rust, Some(&table), &machine);
        assert_eq!((ideal.get(Cost::Steal), ideal.get(Cost::GilInterval)), (Nanos::ZERO, Nanos::from_millis(5)));
    }
}
