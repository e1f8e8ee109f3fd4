//! The list of runs: interleaved repeats, cancelling, removing and restoring, the baseline of a speedup.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tasklane::engine::Request;
use tasklane::engine::session::{EntryProgress, Session};
use tasklane::model::{ModelChoice, find};
use tasklane::scenario::Engine;
use tasklane::trace::Status;

use crate::fixture::{ms, run, scenario};

fn request(model: &str) -> Request {
    let mut scenario = scenario(2);
    scenario.groups[0].steps = vec![crate::fixture::cpu(ms(2))];
    Request {
        scenario_id: "short".into(),
        scenario: Arc::new(scenario),
        variant: None,
        choice: ModelChoice::new(find(model).unwrap()),
        cores: 1,
        seed: 1,
        repeat: 0,
        engine: Engine::Measured,
        costs: None,
    }
}

fn long(model: &str) -> Request {
    let mut scenario = scenario(2);
    scenario.groups[0].steps = vec![crate::fixture::cpu(ms(600_000))];
    Request { scenario: Arc::new(scenario), ..request(model) }
}

fn session() -> Session {
    Session::new(Arc::new(|| {}))
}

fn poll_until(session: &mut Session, what: &str, done: impl Fn(&Session) -> bool) {
    let begin = Instant::now();
    while !done(session) {
        session.poll();
        assert!(begin.elapsed() < Duration::from_mins(1), "{what}: no end in sight");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

#[test]
fn repeats_interleave_and_the_median_is_shown() {
    let mut session = session();
    let ids = session.start(vec![request("sequential"), request("event-loop")], 3).unwrap();
    assert_eq!(session.progress().unwrap().runs_total, 6);
    // A B A B: never is one entry two repetitions ahead of the other.
    let begin = Instant::now();
    while session.is_running() {
        session.poll();
        let done: Vec<usize> = session.entries().iter().map(|entry| entry.runs.len()).collect();
        assert!(done[0].abs_diff(done[1]) <= 1, "{done:?}");
        assert!(begin.elapsed() < Duration::from_mins(1));
        std::thread::park_timeout(Duration::from_millis(1));
    }
    for id in ids {
        let entry = session.entry(id).unwrap();
        assert_eq!(entry.progress, EntryProgress::Over);
        assert_eq!(entry.repeats.len(), 3);
        let mut makespans = entry.repeats.clone();
        makespans.sort();
        let shown = tasklane::analysis::metrics::metrics(&entry.run).makespan;
        assert_eq!(shown, makespans[1]);
        assert_eq!(session.baseline_of(id).unwrap().run.choice.model.id, "sequential");
    }
}

#[test]
fn cancelling_stops_what_runs_and_drops_what_waits() {
    let mut session = session();
    let ids = session.start(vec![long("threads"), long("sequential")], 2).unwrap();
    session.cancel();
    poll_until(&mut session, "cancel", |session| !session.is_running());
    assert_eq!(session.entries().len(), 1, "what never began is gone");
    let entry = session.entry(ids[0]).unwrap();
    assert_eq!((entry.progress, entry.run.status), (EntryProgress::Over, Status::Cancelled));
    // And the next batch runs.
    let ids = session.start(vec![request("sequential")], 1).unwrap();
    poll_until(&mut session, "the next batch", |session| !session.is_running());
    assert_eq!(session.entry(ids[0]).unwrap().run.status, Status::Finished);
}

#[test]
fn a_removed_entry_comes_back_to_its_place() {
    let mut session = session();
    let ids: Vec<_> = (0..3).map(|_| session.open(run("sequential", 2, 1))).collect();
    session.rename(ids[1], Some("mine".into()));
    let removed = session.remove(ids[1]).unwrap();
    assert_eq!(session.entries().len(), 2);
    session.restore(removed);
    assert_eq!(session.entries()[1].name.as_deref(), Some("mine"));
}

#[test]
fn one_impossible_request_refuses_the_whole_batch() {
    let mut session = session();
    let impossible = Request { cores: 100_000, ..request("sequential") };
    let refused = session.start(vec![request("threads"), impossible], 1).unwrap_err().to_string();
    assert!(refused.starts_with("100000 cores asked for, this computer has "), "{refused}");
    assert!(session.entries().is_empty() && !session.is_running());
}

#[test]
fn a_speedup_is_told_against_the_baseline_of_the_same_language() {
    let mut session = session();
    let [rust, python, threads, threading] =
        ["sequential", "python-sequential", "threads", "python-threading"].map(|model| session.open(run(model, 2, 1)));
    let baseline = |id| session.baseline_of(id).map(|entry| entry.id);
    assert_eq!((baseline(threads), baseline(rust)), (Some(rust), Some(rust)));
    assert_eq!((baseline(threading), baseline(python)), (Some(python), Some(python)));
}

#[test]
fn a_model_that_only_an_imagined_computer_runs_is_refused_before_anything_starts() {
    let mut session = session();
    let refused = session.start(vec![request("threads"), request("python-gevent")], 1).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the model `python-gevent` runs on an imagined computer only, because measured runs of Python models are not available in this version: use --simulate"
    );
    assert!(session.entries().is_empty());
}
