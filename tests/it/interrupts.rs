//! Asking the command line to stop: what it still does, what it leaves behind, and its exit status.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;

use crate::cli::{Place, QUICK};
use crate::contract::wait_for;

fn spawned(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn send(signal: Signal, child: &Child) {
    rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).unwrap();
}

#[test]
fn the_first_interrupt_stops_the_run_and_keeps_what_was_measured() {
    interrupted(false, &[Signal::INT], 0);
}

/// Whoever sent another signal learns from the exit status that it was heeded.
#[test]
fn the_end_of_the_session_stops_the_run_as_cleanly() {
    interrupted(false, &[Signal::TERM], 128 + 15);
    if !tasklane::host::is_ignored(1) {
        interrupted(false, &[Signal::HUP], 128 + 1);
    }
}

/// The second signal would end the program at once if the first had been taken for one.
#[cfg(target_os = "linux")]
#[test]
fn a_run_without_hang_up_goes_on_when_its_terminal_closes() {
    interrupted(true, &[Signal::HUP, Signal::INT], 0);
}

fn interrupted(without_hang_up: bool, signals: &[Signal], status: i32) {
    let place = Place::new();
    let hours = QUICK.replace("{ io = \"5ms\" }", "{ io = \"10000s\" }");
    place.write("hours.toml", &hours);
    let mut command = if without_hang_up {
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' HUP; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_tasklane"), "run"]);
        shell.arg(place.path("hours.toml"));
        shell
    } else {
        place.command(&["run", "hours.toml"])
    };
    let mut child = spawned(&mut command);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    // Interrupts are watched before the first line is written.
    out.read_line(&mut first).unwrap();
    for signal in signals {
        send(*signal, &child);
    }
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(status));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cancelled"));
    assert!(rest.contains("the run was stopped") && rest.contains("cancelled"), "{rest}");
}

#[test]
fn files_being_written_are_given_up_and_the_report_follows() {
    check_files(&["run", "boiling-eggs", "--simulate", "--model", "event-loop", "--tasks", "20000"], "makespan");
}

#[test]
fn files_of_outcomes_are_given_up_and_the_report_follows() {
    check_files(&["explore", "lost-update", "--tasks", "2", "--rounds", "10"], "schedules");
}

fn check_files(words: &[&str], reported: &str) {
    let place = Place::new();
    let child = spawned(place.command(words).args(["--format", "svg,png,csv,json,tasklane", "--out", "out"]));
    // What a file is called until it is whole.
    wait_for("a file", || names(&place).iter().any(|name| name.starts_with(".tasklane-")).then_some(()));
    send(Signal::INT, &child);
    let output = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("was not saved: interrupted"), "{err}");
    assert!(out.contains(reported), "{out}");
    check_whole(&place, &err);
}

/// What there is in the folder that files are written into.
fn names(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.path("out")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn check_whole(place: &Place, err: &str) {
    for name in names(place) {
        assert!(err.contains(&format!("wrote out/{name}")), "{name} is neither whole nor gone: {err}");
    }
}

/// The first signal came while the run was measured: its files are wanted. The second wants an end.
#[test]
fn the_second_interrupt_leaves_nothing_half_written() {
    let place = Place::new();
    // So many that drawing them takes far longer than a signal.
    let hours = QUICK.replace("{ io = \"5ms\" }", "{ io = \"10000s\" }").replace("count = 3", "count = 30000");
    place.write(
        "hours.toml",
        &hours.replace("[\"sequential\", { model = \"thread-pool\", workers = 2 }]", "[\"event-loop\"]"),
    );
    let mut child = spawned(place.command(&["run", "hours.toml"]).args(["--format", "csv,json,svg", "--out", "out"]));
    // Interrupts are watched before the first line is written.
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
    send(Signal::INT, &child);
    wait_for("a file", || names(&place).iter().any(|name| name.starts_with(".tasklane-")).then_some(()));
    send(Signal::INT, &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(Signal::INT.as_raw()));
    check_whole(&place, &String::from_utf8(output.stderr).unwrap());
}

#[test]
fn an_export_that_is_given_up_leaves_nothing_and_says_so() {
    let place = Place::new();
    let made =
        place.run(&["run", "boiling-eggs", "--simulate", "--model", "event-loop", "--tasks", "30000", "--out", "."]);
    assert_eq!(made.status, 0, "{}", made.err);
    for (signal, status) in [(Signal::INT, 1), (Signal::TERM, 128 + 15)] {
        let run = "boiling-eggs-event-loop.tasklane";
        fs::create_dir_all(place.path("out")).unwrap();
        let child = spawned(&mut place.command(&["export", run, "--format", "svg", "--out", "out/eggs.svg"]));
        wait_for("a file", || names(&place).iter().any(|name| name.starts_with(".tasklane-")).then_some(()));
        send(signal, &child);
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{err}");
        assert!(err.contains("was not saved: interrupted"), "{err}");
        assert!(names(&place).is_empty(), "{:?}", names(&place));
    }
}

/// More than a pipe holds, and nobody reads on: who heeded the signal only later would wait for ever.
#[test]
fn an_interrupt_during_the_report_ends_it_at_once() {
    let place = Place::new();
    let mut child = spawned(&mut place.command(&["run", "boiling-eggs", "--simulate", "--json", "--tasks", "3000"]));
    child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    send(Signal::INT, &child);
    let status = wait_for("the end", || child.try_wait().unwrap());
    assert_eq!(status.signal(), Some(Signal::INT.as_raw()));
}
