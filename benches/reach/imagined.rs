//! The imagined computer: simulated events a second, a million tasks on 1,024 cores, how time grows with tasks, what
//! a drag of a slider waits for, and queues of four million jobs beside queueing theory.

use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use tasklane::analysis::metrics::metrics;
use tasklane::engine::imagine;
use tasklane::model::{self, ModelChoice};
use tasklane::scenario::{Engine, Scenario};
use tasklane::time::Nanos;
use tasklane::trace::Run;

/// What one event takes in a trace's columns.
const EVENT_BYTES: usize = 32;
const STEPS: &str = "{ cpu = \"2ms\" }, { io = \"5ms\" }, { cpu = \"1ms\" }";
/// A drag shows a simulation of so many events within a frame.
const FRAME_EVENTS: usize = 20_000;
/// Asks a child process of this benchmark for the peak memory of a run of so many tasks.
const PEAK_OF: &str = "TASKLANE_BENCH_PEAK_OF";
const JOBS: u32 = 4_000_000;

pub fn bench() {
    if let Some(tasks) = std::env::var(PEAK_OF).ok().and_then(|tasks| tasks.parse().ok()) {
        return tell_peak(tasks);
    }
    println!("                                       events    time, s   million events/s (bound 5)");
    for (model, cores) in
        [("sequential", 1), ("threads", 2), ("event-loop", 1), ("work-stealing", 8), ("gil-threads", 2)]
    {
        let (run, time) = timed(&super::scenario(200_000, STEPS), model, cores);
        row(&format!("200,000 tasks, {model}, {cores} cores"), &run, time);
    }
    let (run, time) = timed(&super::scenario(15_000, STEPS), "gil-threads", 2);
    row("15,000 tasks, gil-threads, 2 cores", &run, time);
    counting();
    crowd();
    frame();
    queues();
}

fn timed(scenario: &Arc<Scenario>, model: &str, cores: u32) -> (Arc<Run>, f64) {
    let request = super::request(
        Arc::clone(scenario),
        ModelChoice::new(model::find(model).expect("a model")),
        cores,
        Engine::Simulated,
    );
    let begin = Instant::now();
    let run = imagine(&request, &|| false).expect("a run").run;
    (run, begin.elapsed().as_secs_f64())
}

fn row(what: &str, run: &Run, time: f64) {
    let events = run.trace.len();
    println!("{what:<38} {events:>9} {time:>9.2} {:>8.1}", events as f64 / time / 1e6);
}

/// Steps that touch memory are no events of the trace, but the machine has to act each out: here two cores are in each
/// other's way at every one.
fn counting() {
    const STEPS: u32 = 6_000_000;
    for (what, padded) in [("side by side", false), ("a line each", true)] {
        let declared = |name: &str| format!("variables.{name}.padded = {padded}\n");
        let count = |name: &str| {
            format!(
                "[[task]]\nname = \"{name}\"\nsteps = [{{ repeat = {}, \
                 steps = [{{ load = \"{name}\" }}, {{ add = 1 }}, {{ store = \"{name}\" }}] }}]\n",
                STEPS / 6
            )
        };
        let tables = [declared("left"), declared("right"), count("left"), count("right")].concat();
        let (_, time) = timed(&super::groups(&tables), "threads", 2);
        let rate = f64::from(STEPS) / time / 1e6;
        println!("{:<38} {STEPS:>9} {time:>9.2} {rate:>8.1}  steps, not events", format!("two that count, {what}"));
    }
}

fn crowd() {
    let (few_run, few) = timed(&super::scenario(100_000, STEPS), "threads", 1_024);
    row("100,000 tasks, threads, 1,024 cores", &few_run, few);
    let (run, many) = timed(&super::scenario(1_000_000, STEPS), "threads", 1_024);
    row("1,000,000 tasks, threads, 1,024 cores", &run, many);
    println!("  bounds: 4 s; ten times the tasks took {:.1} times as long (bound 16)", many / few);
    let peak = |tasks: u32| {
        let output =
            Command::new(std::env::current_exe().ok()?).arg("imagined").env(PEAK_OF, tasks.to_string()).output();
        String::from_utf8(output.ok()?.stdout).ok()?.lines().rfind(|line| !line.is_empty())?.parse::<usize>().ok()
    };
    if let Some((nothing, peak)) = peak(1).zip(peak(1_000_000)) {
        let trace = run.trace.len() * EVENT_BYTES;
        let beyond = peak.saturating_sub(nothing).saturating_sub(trace);
        println!("  {} bytes a task beyond its trace (bound 200)", beyond / run.trace.tasks() as usize);
    }
}

/// In a process of its own, which has held nothing else: prints the most memory that a run of so many tasks took.
fn tell_peak(tasks: u32) {
    let (run, _) = timed(&super::scenario(tasks, STEPS), "threads", 1_024);
    assert_eq!(run.trace.tasks(), tasks);
    println!("{}", peak_memory_bytes().unwrap_or_default());
}

fn frame() {
    let scenario = super::scenario(2_000, STEPS);
    let mut times: Vec<f64> = (0..21).map(|_| timed(&scenario, "threads", 4).1 * 1e3).collect();
    times.sort_by(f64::total_cmp);
    let events = timed(&scenario, "threads", 4).0.trace.len();
    let per_frame = times[times.len() / 2] * FRAME_EVENTS as f64 / events as f64;
    println!(
        "a re-simulation of {events} events takes {:.2} ms, one of {FRAME_EVENTS} {per_frame:.2} ms (bound 8)",
        times[10]
    );
}

/// M/M/1, M/D/1 and M/M/2 against their formulas, in seconds; W = Wq + 1/μ, Lq = λ Wq by Little.
fn queues() {
    println!("{JOBS} jobs                      Wq        formula   off, % (bound 3)      W       Lq");
    for (name, rate, service, model, cores, formula) in [
        ("M/M/1, λ = 0.8, μ = 1", 0.8, "{ exponential = \"1s\" }", "sequential", 1, 4.0),
        ("M/D/1, λ = 0.8, μ = 1", 0.8, "\"1s\"", "sequential", 1, 2.0),
        ("M/M/2, λ = 1, μ = 1", 1.0, "{ exponential = \"1s\" }", "thread-pool", 2, 1.0 / 3.0),
    ] {
        let scenario = super::groups(&format!(
            "[machine]\nideal = true\nscheduler = \"fcfs\"\n\
             [[task]]\nname = \"job\"\ncount = {JOBS}\narrive = {{ rate = {rate:?} }}\nsteps = [{{ cpu = {service} }}]\n"
        ));
        let (run, _) = timed(&scenario, model, cores);
        let metrics = metrics(&run);
        let mean = |time: Option<Nanos>| time.expect("jobs were done").secs();
        let (queued, stay) = (mean(metrics.waiting.mean), mean(metrics.turnaround.mean));
        let off = (queued / formula - 1.0) * 100.0;
        println!("{name:<27} {queued:>8.3} {formula:>12.3} {off:>10.2} {:>17.3} {:>8.3}", stay, rate * queued);
    }
}

/// `None` where the system does not tell.
fn peak_memory_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<usize>().ok()? * 1024)
}
