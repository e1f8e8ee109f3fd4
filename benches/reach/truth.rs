//! The trace against the operating system: summed running time ÷ CPU time of the run's threads by the kernel's
//! account. Bound: within 2 %, also with 8 busy threads on 2 cores.

use tasklane::analysis::metrics;
use tasklane::host;

pub fn bench() {
    let cores = host::cores().min(2);
    println!("tasks, on {cores} cores                     running ÷ CPU time   preempted   other load, cores");
    for (count, steps, model) in [
        (2, "{ cpu = \"500ms\" }", "threads"),
        (8, "{ cpu = \"300ms\" }", "threads"),
        (8, "{ cpu = \"300ms\" }", "thread-pool:8"),
        (8, "{ work = \"300ms\", kernel = \"sha256\" }", "threads"),
        (8, "{ cpu = \"300ms\" }", "work-stealing:8"),
        (8, "{ cpu = \"300ms\" }", "event-loop"),
    ] {
        let run = super::run(&super::scenario(count, steps), model, cores);
        let running = metrics::metrics(&run).running;
        let ratio = running.ratio(run.account.cpu.unwrap_or_default()).unwrap_or(f64::NAN);
        let causes = run.trace.causes().iter();
        let preempted = causes.filter(|cause| **cause == tasklane::trace::Cause::Preempted).count();
        let load = run.load.iter().map(|sample| sample.others_busy).sum::<f64>() / run.load.len().max(1) as f64;
        println!("  {count} × {steps:<38} {model:<16} {ratio:.4}   {preempted:6}   {load:.2}");
    }
}
