//! Who was on a core, for real: by the kernel's records where it gives them.

use tasklane::analysis::metrics::metrics;
use tasklane::host::SwitchRecords;
use tasklane::model::{self, ModelChoice};
use tasklane::scenario::Scenario;
use tasklane::time::Nanos;
use tasklane::trace::{Cause, Core, PreemptionSource, Run, Span, State, Task};

use crate::contract::{check, group, io, of, start_with, wait_for};
use crate::fixture::{cpu, ms};

/// Whether the kernel lets us have its records; where not, the reason is printed, and there is nothing to test.
fn records_are_allowed() -> bool {
    // On a thread of its own, so that nothing of it is inherited here.
    let opened = std::thread::spawn(|| SwitchRecords::open(&[tasklane::host::allowed_cpus()[0]]).map(drop));
    let refused = opened.join().unwrap().err();
    if let Some(error) = &refused {
        println!("skipped: the kernel refuses its context-switch records: {error}");
    }
    refused.is_none()
}

fn run(scenario: &Scenario, model: &str) -> std::sync::Arc<Run> {
    let mut choice = ModelChoice::new(model::find(model).unwrap());
    if model == "processes" {
        // Starting one costs CPU time that is not computing, and on a busy computer much of it.
        choice.set_text("start", "warm").unwrap();
    }
    let live = start_with(scenario, choice, 1);
    let run = wait_for(model, || live.is_gathered().then(|| live.snapshot()));
    check(&run);
    run
}

/// A gap in computing, with what was before and behind it.
fn gaps(run: &Run) -> Vec<[Span; 3]> {
    let of_task = |task: u32| run.trace.spans_of(Task(task)).collect::<Vec<_>>();
    let spans = (0..run.trace.tasks()).map(of_task);
    let is_gap = |span: &Span| matches!(span.cause, Cause::Preempted | Cause::System);
    spans
        .flat_map(|spans| {
            spans
                .windows(3)
                .filter(|three| is_gap(&three[1]))
                .map(|three| [three[0], three[1], three[2]])
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn four_threads_on_one_core_take_turns_and_every_turn_is_recorded() {
    if !records_are_allowed() {
        return;
    }
    let scenario = of(vec![group("computes", 4, vec![cpu(ms(400))])]);
    let [threads, processes] = ["threads", "processes"].map(|model| (model, run(&scenario, model)));
    for (model, run) in [&threads, &processes] {
        assert_eq!(run.account.preemption_source, PreemptionSource::KernelRecords, "{model}");
        assert_eq!(run.account.switches_lost, 0, "{model}");
        assert_eq!(run.account.migrations, Some(0), "{model}: there is one core");
        for [before, gap, behind] in gaps(run) {
            assert_eq!((before.state, behind.state), (State::Running, State::Running), "{model}: {gap:?}");
            assert_eq!((before.core, gap.core, behind.core), (Core(0), Core(0), Core(0)), "{model}: {gap:?}");
        }
        // No less than the tasks computed, and no more than the kernel says. That counts how processes come up, too, which
        // on a busy computer takes several per cent of all this; and it leaves out, in ticks shorter than a per cent, what
        // a virtual machine's host takes of a core that its kernel believes to have.
        let (running, spent) = (metrics(run).running.secs(), run.account.cpu.unwrap().secs());
        let stolen = run.account.stolen.map_or(0.0, Nanos::secs);
        let bounds = 0.99 * 1.6..1.01 * spent + stolen;
        assert!(bounds.contains(&running), "{model}: {running} s running, {spent} s of CPU time, {stolen} s stolen");
    }
    let (_, threads) = threads;
    assert!(gaps(&threads).len() >= 8, "four that compute 400 ms each on one core");
    // On one core nobody computes while another does; records of one core have one order.
    let mut running: Vec<Span> = threads.trace.spans().filter(|span| span.state == State::Running).collect();
    running.sort_by_key(|span| span.start);
    let overlap: Nanos =
        running.windows(2).map(|pair| (pair[0].end.min(pair[1].end) - pair[1].start).max(Nanos::ZERO)).sum();
    assert!(overlap < ms(6), "{overlap} of 1.6 s on one core twice");
}

/// Thousands of threads that only wait would each pay for what they inherit.
#[test]
fn a_crowd_that_computes_little_is_watched_by_clocks() {
    let scenario = of(vec![group("sleeps", 300, vec![io(ms(5), true)])]);
    let run = run(&scenario, "threads");
    assert_eq!(run.account.preemption_source, PreemptionSource::Clocks);
    let account = &run.account;
    assert!(account.switches_voluntary.unwrap() >= 300, "each waits once at least");
    assert!(account.cpu_system.unwrap() <= account.cpu.unwrap());
    assert_eq!(account.cpu_user().unwrap() + account.cpu_system.unwrap(), account.cpu.unwrap());
}
