//! The list of runs: interleaved repeats, cancelling, removing and restoring, the baseline of a speedup.

use std::sync::Arc;
use std::time::Duration;

use tasklane::analysis::figures::Figures;
use tasklane::engine::session::{EntryProgress, Session};
use tasklane::engine::{Request, Snapshots};
use tasklane::model::{ModelChoice, find};
use tasklane::scenario::condition::parse_operand;
use tasklane::trace::{Run, Status};

use crate::contract::wait_for;
use crate::fixture::{self, ms, run, scenario};
use crate::imagined::computed;
use crate::textbooks;

fn request(model: &str) -> Request {
    let mut scenario = scenario(2);
    scenario.groups[0].steps = vec![crate::fixture::cpu(ms(2))];
    fixture::request(scenario, ModelChoice::new(find(model).unwrap()), 1)
}

fn long(model: &str) -> Request {
    let mut scenario = scenario(2);
    scenario.groups[0].steps = vec![crate::fixture::cpu(ms(600_000))];
    Request { scenario: Arc::new(scenario), ..request(model) }
}

fn session() -> Session {
    Session::new(Snapshots::Growing, Arc::new(|| {}))
}

pub fn poll_until(session: &mut Session, what: &str, done: impl Fn(&Session) -> bool) {
    wait_for(what, || {
        session.poll();
        done(session).then_some(())
    });
}

#[test]
fn repeats_interleave_and_the_median_is_shown() {
    let mut session = session();
    let ids = session.start(vec![request("sequential"), request("event-loop")], 3).unwrap();
    assert_eq!(session.progress().unwrap().runs_total, 6);
    // A B A B: never is one entry two repetitions ahead of the other.
    poll_until(&mut session, "repeats", |session| {
        let done: Vec<usize> = session.entries().iter().map(|entry| entry.runs.len()).collect();
        assert!(done[0].abs_diff(done[1]) <= 1, "{done:?}");
        !session.is_running()
    });
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
fn ending_waits_until_nothing_is_under_way() {
    let mut session = session();
    assert!(session.end(Duration::ZERO), "there is nothing to wait for");
    session.start(vec![long("thread-pool"), long("sequential")], 2).unwrap();
    assert!(session.end(Duration::from_secs(30)));
    assert_eq!(session.entries().len(), 1);
    assert_eq!(session.entries()[0].run.status, Status::Cancelled);
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

/// A batch that is started while another runs waits for it.
#[test]
fn a_batch_behind_another_loses_nothing_of_it() {
    let mut session = session();
    let first = session.start(vec![long("sequential")], 1).unwrap()[0];
    let second = session.start(vec![request("sequential")], 1).unwrap()[0];
    let progress = |session: &Session, id| session.entry(id).unwrap().progress;
    assert_eq!(
        (progress(&session, first), progress(&session, second)),
        (EntryProgress::Running, EntryProgress::Queued)
    );
    assert_eq!(session.progress().unwrap().runs_total, 2);
    session.cancel();
    poll_until(&mut session, "both", |session| !session.is_running());
    assert_eq!(session.entry(first).unwrap().run.status, Status::Cancelled);
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

/// A run that stuck, or that did less, was not faster: there is nothing to divide.
#[test]
fn a_speedup_is_told_only_of_runs_that_did_the_same() {
    let check = |what: &str, tasks: &str, expected: [bool; 2]| {
        let runs = ["sequential", "threads"].map(|model| {
            computed(&textbooks::request(textbooks::scenario(tasks), textbooks::choice(model, &[]), 2)).run
        });
        let mut session = session();
        let ids = runs.clone().map(|run| session.open(Run::clone(&run)));
        assert_eq!(ids.map(|id| session.baseline_of(id).is_some()), expected, "{what}");
        let figures = Figures::of(&[&runs[0], &runs[1]]);
        for metric in ["speedup", "efficiency"] {
            let known = ["sequential", "threads"]
                .map(|model| figures.get(&parse_operand(&format!("{model}.{metric}")).unwrap()).is_some());
            assert_eq!(known, expected, "{what}: {metric}");
        }
    };
    let take = "[[task]]\nname = \"take\"\nsteps = [{ receive = \"box\" }, { cpu = \"1ms\" }]\n";
    let give = "[[task]]\nname = \"give\"\nsteps = [{ cpu = \"1ms\" }, { send = \"box\" }]\n";
    let fail = "[[task]]\nname = \"fail\"\nsteps = [{ cpu = \"1ms\" }, { fail = \"broken\" }]\n";
    check("nobody waits in vain", &format!("{give}{take}"), [true, true]);
    check("the only worker waits for a task behind it", &format!("{take}{give}"), [false, false]);
    check("the same task fails in both", &format!("{give}{fail}"), [true, true]);
    let patient = "[[task]]\nname = \"ask\"\ncount = 2\nsteps = [{ io = \"1s\" }]\n";
    check("both are done, one by one or at once", patient, [true, true]);
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
