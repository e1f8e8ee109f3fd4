//! The interpreter lock against what CPython does. Bounds: 8 computing tasks gain nothing (speedup 0.95 to 1.05), hold the
//! lock for 5.0 to 5.3 ms at a time; a task back from a 2 ms wait beside one that computes is late by 5.0 to 5.4 ms.
//!
//! Where there is a `python3`, its own slices are measured beside ours: on a busy machine both are longer.

use std::process::Command;

use tasklane::analysis::metrics;
use tasklane::host;
use tasklane::time::Nanos;
use tasklane::trace::{Cause, Run, State, Task};

const ROUNDS: usize = 3;

pub fn bench() {
    let cores = host::cores();
    let computing = super::scenario(8, "{ cpu = \"200ms\" }");
    let (mut speedups, mut slices) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let alone = metrics::metrics(&super::run(&computing, "sequential", cores)).makespan;
        let run = super::run(&computing, "gil-threads", cores);
        speedups.push(alone.secs() / metrics::metrics(&run).makespan.secs());
        slices.extend(held(&run));
    }
    println!("8 × cpu 200 ms       speedup {:.3} (bound 0.95 to 1.05)", super::median(speedups));
    let slice = p50(slices).millis();
    println!("lock held, p50       {slice:.2} ms (bound 5.0 to 5.3)   CPython here {}", cpython(None));
    let pinned = p50(held(&super::run(&computing, "gil-threads", 1))).millis();
    let core = host::allowed_cpus().first().copied();
    println!("the same on one core {pinned:.2} ms (longer)             CPython here {}", cpython(core));
    let beat = super::groups(
        "[[task]]\nname = \"hog\"\nsteps = [{ cpu = \"1s\" }]\n\
         [[task]]\nname = \"beat\"\nsteps = [{ repeat = 100, steps = [{ io = \"2ms\" }, { cpu = \"10us\" }] }]\n",
    );
    let run = super::run(&beat, "gil-threads", cores);
    println!("2 ms beat, late p50  {:.2} ms (bound 5.0 to 5.4)", p50(late(&run)).millis());
}

/// The same of real CPython: the program in `slices.py`, on all cores or pinned to one.
fn cpython(core: Option<usize>) -> String {
    let mut python = Command::new("python3");
    python.args(["-c", include_str!("slices.py"), "8", "0.2"]).args(core.map(|core| core.to_string()));
    match python.output() {
        Ok(output) if output.status.success() => match String::from_utf8_lossy(&output.stdout).trim().parse::<f64>() {
            Ok(millis) => format!("{millis:.2} ms"),
            Err(error) => format!("unknown ({error})"),
        },
        Ok(output) => format!("unknown ({})", output.status),
        Err(_) => "no python3".to_owned(),
    }
}

/// How long each task held the lock at a time: from getting it to losing it, preemption included.
fn held(run: &Run) -> Vec<Nanos> {
    let mut held = Vec::new();
    for task in 0..run.trace.tasks() {
        let mut since = None;
        for span in run.trace.spans_of(Task(task)) {
            if span.state == State::Running {
                since.get_or_insert(span.start);
            } else if span.cause != Cause::Preempted {
                held.extend(since.take().map(|since| span.start - since));
            }
        }
    }
    held
}

/// From the end of each wait to computing again, as long as the other task computes.
fn late(run: &Run) -> Vec<Nanos> {
    let until = metrics::task_times(run, Task(0)).finish.unwrap_or(Nanos::MAX);
    let spans: Vec<_> = run.trace.spans_of(Task(1)).collect();
    let waits = spans.iter().enumerate().filter(|(_, span)| span.state == State::Io && span.end < until);
    let back = |at: usize| spans[at..].iter().find(|span| span.state == State::Running);
    waits.filter_map(|(at, wait)| Some(back(at)?.start - wait.end)).collect()
}

fn p50(times: Vec<Nanos>) -> Nanos {
    metrics::Summary::of(times).p50.unwrap_or_default()
}
