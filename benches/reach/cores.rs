//! Time off the core against the scheduler's own count of it (the run delay, `schedstat`'s second number), with 8 busy
//! threads on 2 cores, by the kernel's records and by clocks. Bound: 0.5 %. And what recording switches costs: the
//! same work with and without. Bound: 1.01 for threads that compute; threads that are made in the run pay for what they
//! inherit, which is why crowds of them are watched by clocks.

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tasklane::clock;
use tasklane::engine::Snapshots;
use tasklane::host::{self, SwitchRecords};
use tasklane::record::{self, Hub, collector};
use tasklane::scenario::{Kernel, Scenario};
use tasklane::steps::burn::{self, Burning, Rates};
use tasklane::steps::cancel::Cancel;
use tasklane::time::Nanos;
use tasklane::trace::{Account, Cause, PreemptionSource, Run, State, Status, Task};

const THREADS: u32 = 8;
const EACH: Nanos = Nanos::from_millis(300);
const ROUNDS: usize = 7;

pub fn bench() {
    println!(
        "8 × {EACH} of CPU on 2 cores     off the core   run delay    ratio (bound 0.995 to 1.005)   records lost"
    );
    for (source, kernel_records) in [("kernel's records", true), ("clocks", false)] {
        for _ in 0..3 {
            let Some(done) = busy(kernel_records, burn::cpu) else {
                println!("  {source:<26} refused on this computer");
                break;
            };
            let (off, delay) = (done.off, done.delay);
            let ratio = off.ratio(delay).unwrap_or(f64::NAN);
            let lost = done.account.switches_lost;
            println!("  {source:<26} {:9.1} ms {:8.1} ms    {ratio:.4}   {lost:24}", off.millis(), delay.millis());
        }
    }
    println!("the same work, recorded by the kernel ÷ by clocks (medians of {ROUNDS})");
    cost(
        "8 busy threads (bound 1.01)",
        || busy(true, burn::work).map(|done| done.cpu),
        || busy(false, burn::work).map(|done| done.cpu),
    );
    cost("2,000 threads (so: clocks)", || crowd(true), || crowd(false));
}

fn cost(what: &str, with: impl Fn() -> Option<Nanos>, without: impl Fn() -> Option<Nanos>) {
    let rounds: Option<Vec<_>> = (0..ROUNDS).map(|_| Some((with()?.secs(), without()?.secs()))).collect();
    let Some(rounds) = rounds else { return println!("  {what:<30} refused on this computer") };
    let (with, without): (Vec<f64>, Vec<f64>) = rounds.into_iter().unzip();
    let (with, without) = (super::median(with), super::median(without));
    println!("  {what:<30} {:8.1} ÷ {:8.1} ms of CPU = {:.4}", with * 1e3, without * 1e3, with / without);
}

struct Done {
    off: Nanos,
    delay: Nanos,
    cpu: Nanos,
    account: Account,
}

/// What one thread has to say of itself.
struct Thread {
    delay: Nanos,
    cpu: Nanos,
}

type Burn = fn(&Burning<'_>, Nanos, &burn::Rate) -> Result<(), tasklane::steps::cancel::Cancelled>;

/// Busy threads of our own, each a worker with one task; `None` when the kernel refuses its records.
fn busy(kernel_records: bool, burn: Burn) -> Option<Done> {
    let scenario = super::scenario(THREADS, "{ cpu = \"1ms\" }");
    let rates = Rates::for_scenario(&scenario);
    let measure = move |hub: &Hub| {
        let threads: Vec<_> = (0..THREADS)
            .map(|task| {
                let (hub, rates) = (hub.clone(), rates.clone());
                thread::spawn(move || {
                    let _enrolled = hub.enroll(|worker| format!("worker {}", worker.0));
                    let cancel = Cancel::default();
                    let burning = Burning { task: Task(task), cancel: &cancel, gil: None };
                    let (delay, cpu) = (run_delay(), clock::thread_cpu_now());
                    record::stamp(Task(task), State::Running, Cause::None);
                    burn(&burning, EACH, rates.of(Kernel::Spin, None)).expect("nobody cancels");
                    record::stamp(Task(task), State::Done, Cause::None);
                    Thread { delay: run_delay() - delay, cpu: clock::thread_cpu_now() - cpu }
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread")).collect::<Vec<_>>()
    };
    let (run, threads) = recorded(&scenario, kernel_records, measure)?;
    let off = run.trace.spans().filter(|span| span.state == State::Ready).map(|span| span.length()).sum();
    Some(Done {
        off,
        delay: threads.iter().map(|thread| thread.delay).sum(),
        cpu: threads.iter().map(|thread| thread.cpu).sum(),
        account: run.account.clone(),
    })
}

/// CPU time of making and ending threads that do nothing.
fn crowd(kernel_records: bool) -> Option<Nanos> {
    let measure = |_: &Hub| {
        let begin = host::process_cpu();
        for _ in 0..20 {
            let threads: Vec<_> = (0..100).map(|_| thread::spawn(thread::yield_now)).collect();
            for thread in threads {
                thread.join().expect("a thread");
            }
        }
        host::process_cpu().zip(begin).map(|(end, begin)| end - begin)
    };
    recorded(&super::scenario(1, "{ cpu = \"1ms\" }"), kernel_records, measure)?.1
}

/// Does it on a thread of two cores, with a collector, as a run's main thread would.
fn recorded<T: Send + 'static>(
    scenario: &Arc<Scenario>,
    kernel_records: bool,
    measure: impl FnOnce(&Hub) -> T + Send + 'static,
) -> Option<(Arc<Run>, T)> {
    let cpus: Vec<usize> = host::allowed_cpus().iter().copied().take(2).collect();
    let template = super::run(&super::scenario(1, "{ cpu = \"1us\" }"), "sequential", 1);
    let tasks = u32::try_from(scenario.tasks()).expect("few");
    let trace = tasklane::trace::Trace::new(tasks, &[], Nanos::ZERO);
    let (status, scenario) = (Status::Growing, Arc::clone(scenario));
    let account = Account::default();
    let template = Run { status, scenario, trace, account, workers: Vec::new(), ..(*template).clone() };
    let (hub, feed) = collector::start(template, &cpus, Snapshots::Growing, Arc::new(|| {})).expect("a collector");
    let main = thread::spawn(move || {
        host::restrict_this_thread(&cpus);
        let hub = hub.with_kernel_records(kernel_records);
        let refused =
            kernel_records && SwitchRecords::open(&cpus).and_then(|records| feed.read_switches(records)).is_err();
        let enrolled = hub.enroll(|_| "main".to_owned());
        feed.begin(Nanos::ZERO);
        let measured = (!refused).then(|| measure(&hub));
        drop(enrolled);
        feed.end(Status::Finished, Vec::new(), None, None);
        let end = Instant::now();
        while !feed.is_gathered() && end.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(2));
        }
        (feed.snapshot(), measured)
    });
    let (run, measured) = main.join().expect("a thread");
    let source = if kernel_records { PreemptionSource::KernelRecords } else { PreemptionSource::Clocks };
    measured.filter(|_| run.account.preemption_source == source).map(|measured| (run, measured))
}

/// How long this thread could have run and had no core, as the scheduler counts it.
fn run_delay() -> Nanos {
    let account = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Nanos(account.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0))
}
