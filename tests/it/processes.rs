//! What is particular to worker processes: what is shipped, whose memory it is, and that nobody dies unnoticed or lives
//! on alone. Faults are tried on the real program, since a process can be killed only as a whole.

use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use tasklane::engine;
use tasklane::model::{ModelChoice, find};
use tasklane::scenario::{Gil, Group, Kernel, Scenario, Spread, Step, Variable};
use tasklane::time::Nanos;
use tasklane::trace::{Cause, Run, Span, State, Task};

use crate::contract::{check, group, of, outcomes, start_with, wait_for};
use crate::fixture::{self, cpu, ms};

fn choice(params: &[(&str, i64)]) -> ModelChoice {
    let mut choice = ModelChoice::new(find("processes").unwrap());
    for (key, value) in params {
        choice.set(key, *value).unwrap();
    }
    choice
}

fn run(scenario: &Scenario, params: &[(&str, i64)]) -> Arc<Run> {
    let live = start_with(scenario, choice(params), 1);
    let run = wait_for("processes", || live.is_gathered().then(|| live.snapshot()));
    check(&run);
    run
}

fn spans(run: &Run, task: u32, state: State) -> Vec<Span> {
    run.trace.spans_of(Task(task)).filter(|span| span.state == state).collect()
}

#[test]
fn a_payload_is_shipped_there_and_back() {
    let scenario = of(vec![Group { payload_bytes: 3 << 20, ..group("heavy", 2, vec![cpu(ms(1))]) }]);
    let run = run(&scenario, &[("workers", 1)]);
    for task in 0..2 {
        let order: Vec<State> = run.trace.spans_of(Task(task)).map(|span| span.state).collect();
        let at = |state| order.iter().position(|own| *own == state).unwrap();
        assert!(at(State::Shipping) < at(State::Running), "{order:?}");
        assert_eq!(order[order.len() - 2..], [State::Shipping, State::Done]);
        let shipped = spans(&run, task, State::Shipping);
        assert_eq!(shipped.len(), 2, "{order:?}");
        // Three mebibytes take their time: faster than 100 GB/s nothing is copied.
        assert!(shipped.iter().all(|span| span.end - span.start > Nanos::from_micros(30)), "{shipped:?}");
    }
}

#[test]
fn a_cold_process_starts_for_its_first_task_and_a_warm_one_before_all() {
    let scenario = of(vec![group("task", 4, vec![cpu(ms(1))])]);
    let cold = run(&scenario, &[("workers", 1)]);
    let started: Vec<usize> = (0..4).map(|task| spans(&cold, task, State::Starting).len()).collect();
    assert_eq!(started, [1, 0, 0, 0]);
    assert_eq!(cold.workers.len(), 2, "main and one process");
    let warm = run(&scenario, &[("workers", 1), ("start", 1)]);
    assert!(!warm.trace.states().contains(&State::Starting));
    // A process is not made in less than that.
    assert!(warm.account.startup > Nanos::from_micros(100), "{}", warm.account.startup);
}

#[test]
fn each_process_has_its_own_copy_of_the_variables() {
    let add = vec![Step::Load("x".into()), Step::Add(1), Step::Store("x".into())];
    let variables = vec![Variable { name: "x".into(), initial: 5, padded: false }];
    let scenario = Scenario { variables, ..of(vec![group("counts", 3, add)]) };
    assert_eq!(run(&scenario, &[("workers", 2)]).variables, [("x".to_owned(), 5)]);
}

#[test]
fn tasks_in_different_processes_meet_in_the_parent() {
    let producer = vec![Step::Send("orders".into()), Step::Barrier("end".into())];
    let consumer = vec![Step::Receive("orders".into()), Step::Barrier("end".into())];
    let run = run(&of(vec![group("waits", 1, consumer), group("sends", 1, producer)]), &[("workers", 2)]);
    assert_eq!(outcomes(&run), [State::Done; 2]);
    let carriers: Vec<_> = (0..2).map(|task| spans(&run, task, State::Running)[0].worker).collect();
    assert_ne!(carriers[0], carriers[1]);
}

#[test]
fn nobody_waits_for_ever_in_another_process() {
    let run = run(&of(vec![group("waits", 1, vec![Step::Receive("nothing".into())])]), &[("workers", 1)]);
    assert_eq!(outcomes(&run), [State::Deadlocked]);
    assert_eq!(run.trace.spans_of(Task(0)).next_back().unwrap().cause, Cause::Channel);
}

#[test]
fn a_failing_step_fails_its_task_and_the_process_goes_on() {
    let scenario = of(vec![group("breaks", 1, vec![Step::Fail("broke".into())]), group("next", 1, vec![cpu(ms(1))])]);
    let run = run(&scenario, &[("workers", 1)]);
    assert_eq!(outcomes(&run), [State::Failed, State::Done]);
    assert_eq!((run.account.workers_lost, run.workers.len()), (0, 2));
}

#[test]
fn a_gibibyte_is_refused_before_it_is_there() {
    let scenario = of(vec![Group { payload_bytes: 1 << 30, ..group("huge", 1, vec![cpu(ms(1))]) }]);
    let request = |model| fixture::request(scenario.clone(), ModelChoice::new(find(model).unwrap()), 1);
    assert_eq!(
        engine::check(&request("processes")).unwrap_err().to_string(),
        "processes would have 1024 MiB of payload on their way at once (1 workers × 1024 MiB), and 512 MiB are allowed: \
         use a smaller payload or fewer workers"
    );
    assert_eq!(engine::check(&request("threads")), Ok(()), "nothing is shipped between threads");
}

/// Every process has its own copy of what a kernel works on, and the sizes of one scenario add up.
#[test]
fn what_kernels_would_hold_is_refused_before_it_is_there() {
    let check = |sizes: &[Option<u64>], choice: ModelChoice| {
        let sum =
            |size_bytes| Step::Work { time: Spread::Fixed(ms(1)), kernel: Kernel::Sum, size_bytes, gil: Gil::Held };
        let steps = vec![Step::Repeat { count: 2, steps: sizes.iter().copied().map(sum).collect() }];
        engine::check(&fixture::request(of(vec![group("adds", 1, steps)]), choice, 1))
            .map_err(|error| error.to_string())
    };
    let of_model = |id| ModelChoice::new(find(id).unwrap());
    let allowed =
        engine::KERNELS_BYTES_MAX.min(tasklane::host::memory_bytes().unwrap_or(u64::MAX) / 2).div_ceil(1 << 20);
    assert_eq!(
        check(&[None], choice(&[("workers", 256)])).unwrap_err(),
        format!(
            "processes would hold 16448 MiB of data for its kernels (257 processes × 64 MiB, the most of it for `sum` in \
             task `adds`), and {allowed} MiB are allowed: use a smaller `size` or fewer workers"
        )
    );
    let many: Vec<_> = (0..8).map(|at| Some((1 << 30) - at * 8)).collect();
    assert_eq!(
        check(&many, of_model("threads")).unwrap_err(),
        format!(
            "threads would hold 8192 MiB of data for its kernels (8192 MiB, the most of it for `sum` in task `adds`), and \
             {allowed} MiB are allowed: use a smaller `size`"
        )
    );
    assert_eq!(check(&[Some(1 << 20); 8], of_model("threads")), Ok(()), "the same data are there once");
    assert_eq!(check(&[None], choice(&[("workers", 2)])), Ok(()));
}

#[test]
fn a_run_can_be_stopped_while_it_ships() {
    let heavy = Group { payload_bytes: 128 << 20, ..group("heavy", 2, vec![cpu(ms(600_000))]) };
    let live = start_with(&of(vec![heavy]), choice(&[("workers", 1)]), 1);
    wait_for("shipping", || live.snapshot().trace.states().contains(&State::Shipping).then_some(()));
    live.cancel();
    let run = wait_for("the end", || live.is_gathered().then(|| live.snapshot()));
    check(&run);
    assert_eq!(outcomes(&run), [State::Cancelled; 2]);
    assert_eq!(run.account.workers_lost, 0, "it was killed, not lost");
}

#[test]
fn the_counters_of_two_processes_agree() {
    let run = run(&of(vec![group("task", 8, vec![cpu(ms(2))])]), &[("workers", 2)]);
    assert!(run.account.processes_clock_error < ms(1), "{}", run.account.processes_clock_error);
    assert!(run.account.cpu.unwrap() >= ms(16), "what the processes spent is the run's");
}

/// A run of the real program, in a process that can be killed.
struct Program {
    child: Child,
    _folder: tempfile::TempDir,
}

impl Program {
    fn start(tasks: &str, params: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("killed.toml");
        let text = format!("format = 1\ntitle = \"killed\"\nmodels = [\"processes\"]\n{tasks}");
        fs::write(&path, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tasklane"));
        command.arg("run").arg(&path).args(["--json", "--model", &format!("processes:{params}")]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        Program { child, _folder: folder }
    }

    /// The worker processes it has now.
    fn workers(&self) -> Vec<u32> {
        let all = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        all.filter(|pid| parent_of(*pid) == Some(self.child.id()) && is_worker(*pid)).collect()
    }

    /// Waits until so many are up and have all computed for so long that they have a task.
    fn computing(&self, count: usize) -> Vec<u32> {
        wait_for("workers", || {
            let workers = self.workers();
            (workers.len() == count && workers.iter().all(|pid| cpu_spent(*pid) > ms(60))).then_some(workers)
        })
    }

    /// The report, when the run is over.
    fn report(mut self) -> serde_json::Value {
        let mut text = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        assert!(self.child.wait().unwrap().success());
        serde_json::from_str(&text).unwrap()
    }
}

/// Whatever a test comes to: nothing goes on computing behind it.
impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn outcomes_of(report: &serde_json::Value) -> Vec<&str> {
    let tasks = report["runs"][0]["tasks"].as_array().unwrap();
    tasks.iter().map(|task| task["outcome"].as_str().unwrap()).collect()
}

fn is_worker(pid: u32) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).any(|word| word == b"--tasklane-worker")
}

fn parent_of(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

fn cpu_spent(pid: u32) -> Nanos {
    tasklane::host::cpu_of_process(pid).unwrap_or(Nanos::ZERO)
}

fn kill(pid: u32) {
    signal("-9", pid);
}

fn signal(signal: &str, pid: u32) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}

const LONG: &str = "[[task]]\nname = \"long\"\nsteps = [{ cpu = \"600s\" }]\n";

#[test]
fn a_killed_process_fails_its_task_and_is_replaced() {
    let short = "[[task]]\nname = \"short\"\ncount = 3\nsteps = [{ cpu = \"2ms\" }]\n";
    let program = Program::start(&format!("{LONG}{short}"), "workers=1");
    let workers = program.computing(1);
    kill(workers[0]);
    let report = program.report();
    assert_eq!(outcomes_of(&report), ["failed", "done", "done", "done"]);
    let said = report["runs"][0]["output"][0]["text"].as_str().unwrap();
    assert_eq!(said, format!("process 1 (pid {}) died: signal: 9 (SIGKILL)", workers[0]));
}

#[test]
fn a_lock_that_a_killed_process_held_is_let_go() {
    let holds = "[[task]]\nname = \"holds\"\nsteps = [{ lock = \"pan\" }, { cpu = \"600s\" }, { unlock = \"pan\" }]\n";
    let wants = "[[task]]\nname = \"wants\"\nsteps = [{ io = \"20ms\" }, { lock = \"pan\" }, { unlock = \"pan\" }]\n";
    let program = Program::start(&format!("{holds}{wants}"), "workers=2");
    // Only one of them computes.
    let holder = wait_for("the holder", || program.workers().into_iter().find(|pid| cpu_spent(*pid) > ms(300)));
    kill(holder);
    assert_eq!(outcomes_of(&program.report()), ["failed", "done"]);
}

#[test]
fn a_process_that_dies_idle_is_replaced_and_no_task_is_lost() {
    let early = "[[task]]\nname = \"early\"\nsteps = [{ cpu = \"100ms\" }]\n";
    let late = "[[task]]\nname = \"late\"\narrive = \"2s\"\nsteps = [{ cpu = \"1ms\" }]\n";
    let program = Program::start(&format!("{early}{late}"), "workers=1");
    let worker = wait_for("the early task", || program.workers().into_iter().find(|pid| cpu_spent(*pid) > ms(100)));
    // It comes to rest: what it spends does not grow any more.
    wait_for("its end", || {
        let before = cpu_spent(worker);
        std::thread::park_timeout(std::time::Duration::from_millis(20));
        (cpu_spent(worker) == before).then_some(())
    });
    kill(worker);
    assert_eq!(outcomes_of(&program.report()), ["done", "done"]);
}

/// It has said what it did, and is stopped before it can take its leave.
#[test]
fn a_process_that_is_stopped_while_it_has_nothing_to_do_holds_up_no_end() {
    let idles = "[[task]]\nname = \"idles\"\nsteps = [{ cpu = \"300ms\" }]\n";
    let waits = "[[task]]\nname = \"waits\"\nsteps = [{ io = \"5s\" }]\n";
    let program = Program::start(&format!("{idles}{waits}"), "workers=2");
    let idle = wait_for("the one", || program.workers().into_iter().find(|pid| cpu_spent(*pid) > ms(300)));
    wait_for("its end", || {
        let before = cpu_spent(idle);
        std::thread::park_timeout(std::time::Duration::from_millis(20));
        (cpu_spent(idle) == before).then_some(())
    });
    signal("-STOP", idle);
    assert_eq!(outcomes_of(&program.report()), ["done", "done"]);
}

#[test]
fn no_process_survives_a_parent_that_is_killed() {
    let mut program = Program::start(&LONG.replace("steps", "count = 2\nsteps"), "workers=2");
    let workers = program.computing(2);
    program.child.kill().unwrap();
    program.child.wait().unwrap();
    wait_for("orphans", || workers.iter().all(|pid| !is_worker(*pid)).then_some(()));
}
