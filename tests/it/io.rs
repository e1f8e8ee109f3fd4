//! IO that is real: a server is asked, files are copied, transactions are committed, in every model; and what happens
//! when the other side is slow, gone, or refuses.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tasklane::engine::LiveRun;
use tasklane::host;
use tasklane::model::{MODELS, WhileInIo};
use tasklane::scenario::{Arrive, Group, Scenario, Spread, Step, Via};
use tasklane::time::Nanos;
use tasklane::trace::{Cause, Run, Span, State, Status, Task};

use crate::contract::{check, group, of, outcome, outcomes, run, start, wait_for};
use crate::fixture::{cpu, ms};

const REAL: [Via; 3] = [Via::Http, Via::File, Via::Sqlite];
const FOR_EVER: Nanos = Nanos::from_millis(600_000);

fn io(via: Via, time: Nanos, timeout: Option<Nanos>) -> Step {
    Step::Io { time: Spread::Fixed(time), via, blocking: false, timeout }
}

fn tasks(count: u32, step: Step) -> Scenario {
    of(vec![group("task", count, vec![step])])
}

fn begun(scenario: &Scenario, model: &str) -> LiveRun {
    let live = start(scenario, model, host::cores().min(2));
    wait_for(model, || live.snapshot().trace.states().contains(&State::Io).then_some(()));
    live
}

fn io_spans(run: &Run) -> impl Iterator<Item = Span> + '_ {
    run.trace.spans().filter(|span| span.state == State::Io)
}

#[test]
fn every_model_does_every_kind_of_io() {
    for model in MODELS {
        for via in REAL {
            let run = run(&tasks(3, io(via, ms(5), Some(FOR_EVER))), model.id);
            let what = format!("{via:?} by {}", model.id);
            check(&run);
            assert_eq!(outcomes(&run), [State::Done; 3], "{what}: {:?}", run.output);
            assert_eq!(io_spans(&run).count(), 3, "{what}");
            let holds = run.choice.plan(run.cores).io == WhileInIo::HoldsWorker;
            for span in io_spans(&run) {
                assert_eq!(span.cause == Cause::Blocking, holds, "{what}: {span:?}");
                // The clocks are aligned to each other at the end of a run: a few parts in a million.
                assert!(span.end - span.start > Nanos::from_micros(4_990), "{what}: {span:?}");
            }
            assert_eq!(run.account.server_cpu.is_some_and(|cpu| cpu > Nanos::ZERO), via == Via::Http, "{what}");
        }
    }
}

#[test]
fn a_blocking_request_holds_even_an_event_loop() {
    let step = Step::Io { time: Spread::Fixed(ms(10)), via: Via::Http, blocking: true, timeout: None };
    let run = run(&tasks(3, step), "event-loop");
    check(&run);
    assert_eq!(outcomes(&run), [State::Done; 3]);
    assert!(io_spans(&run).all(|span| span.cause == Cause::Blocking));
    let mut spans: Vec<Span> = io_spans(&run).collect();
    spans.sort_by_key(|span| span.start);
    assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start), "one after the other: {spans:?}");
}

#[test]
fn an_answer_that_nobody_fetches_is_not_in_io_any_more() {
    let asks = group("asks", 1, vec![io(Via::Http, ms(150), None)]);
    // The loop is busy from long after the request was sent until long after it was answered.
    let busy = Group { arrive: Arrive::At(ms(75)), ..group("busy", 1, vec![cpu(ms(300))]) };
    let run = run(&of(vec![asks, busy]), "event-loop");
    check(&run);
    let spans: Vec<Span> = run.trace.spans_of(Task(0)).collect();
    let late = spans.iter().rfind(|span| span.state == State::Ready).unwrap();
    assert_eq!(late.cause, Cause::Queued);
    assert!(late.end - late.start > ms(50), "{spans:?}");
}

#[test]
fn what_is_not_over_in_time_fails_and_says_so() {
    for model in MODELS {
        for via in [Via::Timer, Via::Http, Via::File, Via::Sqlite] {
            let run = run(&tasks(2, io(via, FOR_EVER, Some(ms(5)))), model.id);
            let what = format!("{via:?} by {}", model.id);
            check(&run);
            assert_eq!(run.status, Status::Finished, "{what}");
            for task in ["task-1", "task-2"] {
                assert_eq!(outcome(&run, task), (State::Failed, Cause::Timeout), "{what}: {:?}", run.output);
            }
            let said: Vec<&str> = run.output.iter().map(|line| line.text.as_str()).collect();
            assert_eq!(said, ["timed out: the IO was not over within 5ms"; 2], "{what}");
            let longer = |span: &Span| (span.end - span.start - ms(5)).0;
            assert!(io_spans(&run).all(|span| longer(&span) > -20_000), "{what}: the IO lasts until its time-out");
            // Letting an interpreter lock go comes first, and takes what it takes.
            let exact = run.choice.plan(run.cores).gil.is_none();
            assert!(!exact || io_spans(&run).all(|span| longer(&span) < 20_000), "{what}: and no longer");
        }
    }
}

#[test]
fn a_server_that_dies_fails_its_tasks_with_the_reason() {
    for model in MODELS {
        let live = begun(&tasks(5, io(Via::Http, FOR_EVER, None)), model.id);
        live.stop_server();
        let run = wait_for(model.id, || live.is_gathered().then(|| live.snapshot()));
        check(&run);
        assert_eq!(run.status, Status::Finished, "{}", model.id);
        for task in 1..=5 {
            let outcome = outcome(&run, &format!("task-{task}"));
            assert_eq!(outcome, (State::Failed, Cause::IoError), "{}: {:?}", model.id, run.output);
        }
        assert_eq!(run.output.len(), 5, "{}", model.id);
        assert!(run.output.iter().all(|line| line.text.starts_with("IO failed: asking the server: ")));
    }
}

#[test]
fn every_kind_of_io_can_be_stopped() {
    for model in MODELS {
        for via in REAL {
            let live = begun(&tasks(4, io(via, FOR_EVER, None)), model.id);
            live.cancel();
            let run = wait_for(model.id, || live.is_gathered().then(|| live.snapshot()));
            check(&run);
            assert_eq!(run.status, Status::Cancelled, "{via:?} by {}", model.id);
            assert_eq!(outcomes(&run), [State::Cancelled; 4], "{via:?} by {}", model.id);
        }
    }
}

#[test]
fn a_thousand_requests_are_under_way_at_once_and_the_rest_wait_for_a_connection() {
    let run = run(&tasks(1_050, io(Via::Http, ms(200), None)), "event-loop");
    check(&run);
    assert!(outcomes(&run).iter().all(|outcome| *outcome == State::Done), "{:?}", run.output.first());
    let mut changes: Vec<(Nanos, i32)> = io_spans(&run).flat_map(|span| [(span.start, 1), (span.end, -1)]).collect();
    changes.sort_unstable();
    let mut now = 0;
    let most = changes
        .iter()
        .map(|(_, change)| {
            now += change;
            now
        })
        .max();
    assert!(most.is_some_and(|most| (500..=1_000).contains(&most)), "{most:?}");
    for span in run.trace.spans().filter(|span| span.state == State::Blocked) {
        if span.cause == Cause::System {
            continue;
        }
        assert_eq!(span.cause, Cause::Connection);
        let next = run.trace.spans_of(span.task).find(|next| next.start == span.end).unwrap();
        assert!(next.peer.as_task().is_some(), "who gave the connection back: {next:?}");
    }
}

const ON_DISK: &str = r#"format = 1
title = "On the disk"
models = ["threads", "event-loop"]
[[task]]
name = "copies"
count = 2
steps = [{ io = "TIME", via = "file" }]
[[task]]
name = "commits"
count = 2
steps = [{ io = "TIME", via = "sqlite" }]
"#;

/// The program on [`ON_DISK`], with that temporary folder.
fn program(scenario: &Path, time: &str, temporary: &Path) -> Command {
    fs::write(scenario, ON_DISK.replace("TIME", time)).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_tasklane"));
    program.args(["run".as_ref(), scenario.as_os_str(), "--json".as_ref()]).env("TMPDIR", temporary);
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn nothing_is_left_behind() {
    let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let output = program(&folder.path().join("disk.toml"), "5ms", temporary.path()).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for run in report["runs"].as_array().unwrap() {
        assert!(run["tasks"].as_array().unwrap().iter().all(|task| task["outcome"] == "done"), "{run}");
    }
    assert!(is_empty(temporary.path()));
}

#[cfg(unix)]
#[test]
fn nothing_is_left_behind_by_a_run_that_is_stopped() {
    use rustix::process::{Pid, Signal, kill_process};

    let hang_up = (!host::is_ignored(1)).then_some(Signal::HUP);
    for signal in [Signal::INT, Signal::TERM].into_iter().chain(hang_up) {
        let temporary = tempfile::tempdir().unwrap();
        let mut child = working(temporary.path());
        kill_process(Pid::from_child(&child), signal).unwrap();
        wait_for("the end of the program", || child.try_wait().unwrap());
        assert!(is_empty(temporary.path()), "{signal:?}");
    }
}

#[cfg(unix)]
#[test]
fn what_a_killed_program_has_left_goes_with_the_next_start() {
    let temporary = tempfile::tempdir().unwrap();
    let mut working = working(temporary.path());
    let after_a_start = || {
        Command::new(env!("CARGO_BIN_EXE_tasklane")).arg("list").env("TMPDIR", temporary.path()).output().unwrap();
        fs::read_dir(temporary.path()).unwrap().count()
    };
    assert_eq!(after_a_start(), 1, "it is alive");
    working.kill().unwrap();
    working.wait().unwrap();
    assert!(!is_empty(temporary.path()), "nobody could clean up");
    assert_eq!(after_a_start(), 0);
}

/// The program on [`ON_DISK`] for a long time, its databases already there.
fn working(temporary: &Path) -> Child {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program(&folder.path().join("disk.toml"), "600s", temporary).spawn().unwrap();
    let is_database = |entry: std::io::Result<fs::DirEntry>| entry.is_ok_and(|file| file.path().ends_with("1.sqlite"));
    wait_for("a database", || {
        assert!(child.try_wait().unwrap().is_none(), "it works");
        let folders = fs::read_dir(temporary).unwrap().flatten().map(|folder| folder.path());
        folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten().any(is_database).then_some(())
    });
    child
}

/// The program under that hard limit on open files.
#[cfg(unix)]
fn limited(descriptors: u32, scenario: &Path, options: &[&str]) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n $0 && exec \"$@\"", &descriptors.to_string()]);
    shell.args([env!("CARGO_BIN_EXE_tasklane"), "run", scenario.to_str().unwrap(), "--json"]).args(options);
    shell.stdin(Stdio::null()).output().unwrap()
}

#[cfg(unix)]
const ASKING: &str = r#"format = 1
title = "Asking"
models = ["event-loop", "threads"]
[[task]]
name = "asks"
count = 60
steps = [{ repeat = 3, steps = [{ io = "50ms", via = "http" }] }]
"#;

/// A limit that is known to be too low is said before anything runs; one that is met on the way fails tasks. Nobody
/// waits for a connection that never comes.
#[cfg(unix)]
#[test]
fn too_few_descriptors_are_refused_or_fail_tasks() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("asking.toml");
    fs::write(&scenario, ASKING).unwrap();
    for model in ["event-loop", "threads"] {
        let refused = limited(256, &scenario, &["--model", model, "--tasks", "1000"]);
        let err = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{err}");
        assert!(err.contains(model) && err.contains("allows 256") && err.contains("ulimit -Hn"), "{err}");
    }
    // Two thirds of the limit are in use by something that the program knows nothing of.
    let taken: Vec<File> = (0..170).map(|_| File::open("/dev/null").unwrap()).collect();
    for file in &taken {
        rustix::io::fcntl_setfd(file, rustix::io::FdFlags::empty()).unwrap();
    }
    let ran = limited(256, &scenario, &[]);
    drop(taken);
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    for run in report["runs"].as_array().unwrap() {
        let count =
            |outcome: &str| run["tasks"].as_array().unwrap().iter().filter(|task| task["outcome"] == outcome).count();
        assert_eq!(count("done") + count("failed"), 60, "{run}");
        let said = run["output"].as_array().unwrap();
        assert!(count("failed") > 0 && said.len() == count("failed"), "{said:?}");
        assert!(said.iter().all(|line| line["text"].as_str().unwrap().starts_with("IO failed: ")), "{said:?}");
    }
}

#[test]
fn a_temporary_folder_that_cannot_be_used_fails_the_tasks_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let output = program(&folder.path().join("disk.toml"), "5ms", &missing).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "it ran");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for run in report["runs"].as_array().unwrap() {
        assert!(run["tasks"].as_array().unwrap().iter().all(|task| task["outcome"] == "failed"), "{run}");
        let said: Vec<&str> =
            run["output"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
        let with = |reason: &str| said.iter().filter(|text| text.starts_with(reason)).count();
        assert_eq!(with("IO failed: copying a file in "), 2, "{said:?}");
        assert_eq!(with("IO failed: making a temporary folder: "), 2, "{said:?}");
        assert!(said.iter().all(|text| text.contains("missing")), "the folder is named: {said:?}");
    }
}
