//! What recording costs: CPU time per task of a program that stamps what a model stamps ÷ that of the same program without
//! any stamp, doing the same iterations of the same kernel. Bounds: tokio, tasks that do nothing or sleep ≤ 1.10; tasks
//! of 10 µs ≤ 1.02; rayon, tasks that do nothing ≤ 1.5.
//!
//! Beside it, a whole run of the model ÷ the same bare program: it also hands tasks over, walks their steps and counts them
//! out. And what the observer costs (the collector, on a thread of its own).
//!
//! Each is done in processes of its own, on threads made for it: what memory costs depends on who used it before. The first
//! time it is all touched for the first time, as in `tasklane run`; again, some of it is there, as in the window. A run's
//! account begins at t = 0 and leaves out the making of its pool, which the bare program's has in it: microseconds in all.

use std::cell::RefCell;
use std::future::Future;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tasklane::clock;
use tasklane::engine::Snapshots;
use tasklane::host;
use tasklane::record::{self, Enrolled, Hub, collector};
use tasklane::scenario::Kernel;
use tasklane::steps::burn::Rates;
use tasklane::steps::kernel::KernelState;
use tasklane::time::Nanos;
use tasklane::trace::{Cause, Peer, Run, State, Status, Task, Trace};

/// Processes for each kind of program.
const ROUNDS: usize = 7;
/// How often each does it after the first time.
const AGAIN: usize = 3;
const SLEEP: Duration = Duration::from_millis(100);
const SHORT: Nanos = Nanos::from_micros(10);
/// A scenario has no tasks without steps.
const NOTHING: &str = "{ cpu = \"0ms\" }";
const IO: &str = "{ io = \"100ms\" }";
const WORK: &str = "{ work = \"10us\" }";

struct Case {
    title: &'static str,
    tasks: u32,
    steps: &'static str,
    model: &'static str,
    program: fn(&Program),
    bound: f64,
}

const CASES: [Case; 7] = [
    Case { title: "nothing", tasks: 100_000, steps: NOTHING, model: "event-loop", program: idle_in_loop, bound: 1.10 },
    Case { title: "nothing", tasks: 100_000, steps: NOTHING, model: "async-pool", program: idle_in_pool, bound: 1.10 },
    Case { title: "sleep 100 ms", tasks: 20_000, steps: IO, model: "event-loop", program: sleep_in_loop, bound: 1.10 },
    Case { title: "sleep 100 ms", tasks: 20_000, steps: IO, model: "async-pool", program: sleep_in_pool, bound: 1.10 },
    Case { title: "10 µs", tasks: 10_000, steps: WORK, model: "event-loop", program: work_in_loop, bound: 1.02 },
    Case { title: "10 µs", tasks: 10_000, steps: WORK, model: "work-stealing", program: work_in_rayon, bound: 1.02 },
    Case {
        title: "nothing",
        tasks: 200_000,
        steps: NOTHING,
        model: "work-stealing",
        program: idle_in_rayon,
        bound: 1.5,
    },
];

/// What a program is to do: so many tasks, and stamp them or not.
struct Program {
    tasks: u32,
    iterations: u64,
    /// The tick at which all tasks arrive.
    zero: u64,
    hub: Option<Hub>,
}

/// What is measured of a case.
#[derive(Clone, Copy)]
enum Kind {
    Bare,
    Stamping,
    /// A whole run of the model.
    Model,
}

/// CPU time per task, in ns: of the program, and of who observes it.
#[derive(Clone, Copy)]
struct Cost {
    program: f64,
    observer: f64,
}

/// The same thing done for the first time in a process, and again.
const TIMES: [&str; 2] = ["first", "again"];

pub fn bench() {
    println!(
        "CPU ns a task                              bare   recorded   ratio (bound)    whole run   ratio   observer"
    );
    let iterations = Rates::for_scenario(&super::scenario(1, WORK)).iterations_in(Kernel::Spin, None, SHORT);
    for (at, case) in CASES.iter().enumerate() {
        let round = |_| [Kind::Bare, Kind::Stamping, Kind::Model].map(|kind| in_a_process(at, kind, iterations));
        let rounds: Vec<[[Cost; 2]; 3]> = (0..ROUNDS).map(round).collect();
        for (time, title) in TIMES.iter().enumerate() {
            let median = |figure: &dyn Fn([Cost; 3]) -> f64| {
                super::median(rounds.iter().map(|kinds| figure(kinds.map(|times| times[time]))).collect())
            };
            println!(
                "  {:<13} {:<14} {title} {:8.0} {:10.0}   {:5.3} ({:.2})   {:10.0}   {:5.3} {:10.0}",
                case.title,
                case.model,
                median(&|[bare, ..]| bare.program),
                median(&|[_, stamping, _]| stamping.program),
                median(&|[bare, stamping, _]| stamping.program / bare.program),
                case.bound,
                median(&|[.., model]| model.program),
                median(&|[bare, _, model]| model.program / bare.program),
                median(&|[.., model]| model.observer),
            );
        }
    }
}

/// The first argument of a process that measures one kind of program.
const ALONE: &str = "--overhead-alone";

/// Has a process of this program measure it.
fn in_a_process(case: usize, kind: Kind, iterations: u64) -> [Cost; 2] {
    let own = std::env::current_exe().expect("this program");
    let words = [case.to_string(), (kind as u8).to_string(), iterations.to_string()];
    let output = Command::new(own).arg(ALONE).args(words).output().expect("a process");
    let said = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = said.split_whitespace().map_while(|word| word.parse().ok()).collect();
    let [a, b, c, d] = figures[..] else { panic!("{said}{}", String::from_utf8_lossy(&output.stderr)) };
    [Cost { program: a, observer: b }, Cost { program: c, observer: d }]
}

/// If this is a process that measures one kind of program: does so and says what came of it, [`TIMES`] by [`TIMES`].
pub fn measures_alone() -> bool {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(ALONE) = words.first().map(String::as_str) else { return false };
    let [case, kind, iterations] = [1, 2, 3].map(|at| words[at].parse::<u64>().expect("a number"));
    let case = &CASES[usize::try_from(case).expect("a place in the list")];
    let kind = [Kind::Bare, Kind::Stamping, Kind::Model][usize::try_from(kind).expect("a place in the list")];
    // Whatever is measured, the clocks are calibrated and the kernel is measured.
    let small = super::run(&super::scenario(1, case.steps), "sequential", host::cores());
    let first = measure(case, kind, iterations, &small);
    let again: Vec<Cost> = (0..AGAIN).map(|_| measure(case, kind, iterations, &small)).collect();
    let median = |figure: fn(&Cost) -> f64| super::median(again.iter().map(figure).collect());
    let (program, observer) = (median(|cost| cost.program), median(|cost| cost.observer));
    println!("{} {} {program} {observer}", first.program, first.observer);
    true
}

fn measure(case: &Case, kind: Kind, iterations: u64, small: &Run) -> Cost {
    let each = |time: Nanos| time.secs() * 1e9 / f64::from(case.tasks);
    match kind {
        Kind::Bare => Cost { program: each(bare_cpu(case, iterations)), observer: 0.0 },
        Kind::Stamping => {
            let trace = Trace::new(case.tasks, &[], Nanos::ZERO);
            let growing = Run { status: Status::Growing, trace, ..small.clone() };
            Cost { program: each(on_a_thread(|| recorded_cpu(case, iterations, growing))), observer: 0.0 }
        }
        Kind::Model => {
            let run = super::run(&super::scenario(case.tasks, case.steps), case.model, host::cores());
            let (own, observer) = (run.account.cpu.unwrap_or_default(), run.account.observer_cpu.unwrap_or_default());
            Cost { program: each(own), observer: each(observer) }
        }
    }
}

fn on_a_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().expect("no panic"))
}

/// CPU time of this process, in which nothing else goes on.
fn bare_cpu(case: &Case, iterations: u64) -> Nanos {
    let begin = process_cpu();
    on_a_thread(|| (case.program)(&Program { tasks: case.tasks, iterations, zero: clock::ticks(), hub: None }));
    process_cpu() - begin
}

fn process_cpu() -> Nanos {
    host::process_cpu().expect("an account of this process")
}

/// CPU time of the threads of the program that stamps, from their first instruction to their last.
fn recorded_cpu(case: &Case, iterations: u64, growing: Run) -> Nanos {
    let (hub, feed) =
        collector::start(growing, host::allowed_cpus(), Snapshots::Growing, Arc::new(|| {})).expect("a collector");
    let enrolled = hub.enroll(|_| "main".to_owned());
    feed.begin(Nanos::ZERO);
    (case.program)(&Program { tasks: case.tasks, iterations, zero: clock::ticks(), hub: Some(hub) });
    drop(enrolled);
    feed.end(Status::Finished, Vec::new(), None, None);
    while !feed.is_gathered() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let account = feed.snapshot().account.clone();
    assert_eq!(account.dropped() + u64::from(account.stragglers), 0, "all was recorded");
    account.cpu.unwrap_or_default()
}

thread_local! {
    static ENROLLED: RefCell<Option<Enrolled>> = const { RefCell::new(None) };
}

/// What a worker thread of a program that stamps does first.
fn join(hub: &Hub) {
    ENROLLED.set(Some(hub.enroll(|worker| format!("worker {}", worker.0))));
}

fn leave() {
    drop(ENROLLED.take());
}

/// Tasks that have arrived, and timers, are ready at an instant that is known: no model reads the clock for them.
fn ready(task: Task, ticks: u64) {
    record::stamp_at(ticks, task, State::Ready, Cause::Queued, Peer::NONE);
}

fn running(task: Task) {
    record::stamp(task, State::Running, Cause::None);
}

fn done(task: Task) {
    record::stamp(task, State::Done, Cause::None);
}

fn work(iterations: u64) {
    KernelState::new(Kernel::Spin, None).iterate(iterations);
}

fn idle_in_loop(program: &Program) {
    match program.hub {
        None => in_loop(program, |_| async {}),
        Some(_) => in_loop(program, |task| stamped_idle(program.zero, task)),
    }
}

fn idle_in_pool(program: &Program) {
    match program.hub {
        None => in_pool(program, |_| async {}),
        Some(_) => in_pool(program, |task| stamped_idle(program.zero, task)),
    }
}

fn stamped_idle(zero: u64, task: Task) -> impl Future<Output = ()> {
    ready(task, zero);
    async move {
        running(task);
        done(task);
    }
}

fn sleep_in_loop(program: &Program) {
    match program.hub {
        None => in_loop(program, |_| tokio::time::sleep(SLEEP)),
        Some(_) => in_loop(program, |task| stamped_sleep(program.zero, task)),
    }
}

fn sleep_in_pool(program: &Program) {
    match program.hub {
        None => in_pool(program, |_| tokio::time::sleep(SLEEP)),
        Some(_) => in_pool(program, |task| stamped_sleep(program.zero, task)),
    }
}

fn stamped_sleep(zero: u64, task: Task) -> impl Future<Output = ()> {
    ready(task, zero);
    async move {
        let begin = clock::ticks();
        record::stamp_at(begin, task, State::Running, Cause::None, Peer::NONE);
        record::stamp_at(begin, task, State::Io, Cause::None, Peer::NONE);
        tokio::time::sleep(SLEEP).await;
        // One reading of the clock serves all that follows at once, as in the models.
        let now = clock::ticks();
        ready(task, now.min(begin + clock::ticks_in(Nanos::from_millis(100))));
        record::stamp_at(now, task, State::Running, Cause::None, Peer::NONE);
        record::stamp_at(now, task, State::Done, Cause::None, Peer::NONE);
    }
}

fn work_in_loop(program: &Program) {
    let iterations = program.iterations;
    match program.hub {
        None => in_loop(program, |_| async move { work(iterations) }),
        Some(_) => in_loop(program, |task| {
            ready(task, program.zero);
            async move {
                running(task);
                work(iterations);
                done(task);
            }
        }),
    }
}

fn work_in_rayon(program: &Program) {
    match program.hub {
        None => in_rayon(program, |_| {}, |_| work(program.iterations)),
        Some(_) => in_rayon(
            program,
            |task| ready(task, program.zero),
            |task| {
                running(task);
                work(program.iterations);
                done(task);
            },
        ),
    }
}

fn idle_in_rayon(program: &Program) {
    match program.hub {
        None => in_rayon(program, |_| {}, |_| {}),
        Some(_) => in_rayon(
            program,
            |task| ready(task, program.zero),
            |task| {
                running(task);
                done(task);
            },
        ),
    }
}

fn in_loop<F: Future<Output = ()> + Send + 'static>(program: &Program, task: impl Fn(Task) -> F) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time();
    if program.hub.is_some() {
        builder.on_thread_park(record::flush);
    }
    builder.build().expect("a runtime").block_on(all(program, task));
}

fn in_pool<F: Future<Output = ()> + Send + 'static>(program: &Program, task: impl Fn(Task) -> F) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(host::cores() as usize).enable_time();
    if let Some(hub) = program.hub.clone() {
        builder.on_thread_start(move || join(&hub)).on_thread_stop(leave).on_thread_park(record::flush);
    }
    builder.build().expect("a runtime").block_on(all(program, task));
}

async fn all<F: Future<Output = ()> + Send + 'static>(program: &Program, task: impl Fn(Task) -> F) {
    let tasks: Vec<_> = (0..program.tasks).map(|at| tokio::spawn(task(Task(at)))).collect();
    for task in tasks {
        task.await.expect("no panic");
    }
}

fn in_rayon(program: &Program, spawning: impl Fn(Task) + Sync, task: impl Fn(Task) + Sync) {
    let mut builder = rayon::ThreadPoolBuilder::new().num_threads(host::cores() as usize);
    if let Some(hub) = program.hub.clone() {
        builder = builder.start_handler(move |_| join(&hub)).exit_handler(|_| leave());
    }
    let pool = builder.build().expect("a pool");
    pool.scope(|scope| {
        for at in 0..program.tasks {
            spawning(Task(at));
            let task = &task;
            scope.spawn(move |_| task(Task(at)));
        }
    });
}
