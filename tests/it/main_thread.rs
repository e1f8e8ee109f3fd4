//! The main thread as a lane: what it started and joined, in runs of every kind.

use tasklane::chart::arrows::{Kind, arrows};
use tasklane::chart::lanes::LaneBy;
use tasklane::engine::imagine;
use tasklane::model::{self, ModelChoice};
use tasklane::scenario::{Arrive, Group};
use tasklane::trace::{Cause, MainState, Peer, Run, State, Task, Worker};

use crate::contract::{group, io, of, run};
use crate::fixture::{cpu, ms};
use crate::textbooks;

fn count(run: &Run, kind: Kind) -> usize {
    arrows(run, LaneBy::Worker, &[]).iter().filter(|arrow| arrow.kind == kind).count()
}

fn states(run: &Run) -> Vec<MainState> {
    run.account.main.iter().map(|span| span.state).collect()
}

#[test]
fn it_starts_threads_and_joins_them() {
    let scenario = of(vec![group("egg", 3, vec![io(ms(20), true)])]);
    for model in ["threads", "thread-pool", "work-stealing", "processes"] {
        let run = run(&scenario, model);
        assert_eq!((count(&run, Kind::Started), count(&run, Kind::Joined)), (3, 3), "{model}");
        for arrow in arrows(&run, LaneBy::Worker, &[]) {
            assert!(arrow.from.time <= arrow.to.time && arrow.from.lane != arrow.to.lane, "{model}: {arrow:?}");
        }
        assert!(states(&run).contains(&MainState::Join), "{model}");
    }
}

#[test]
fn it_is_inside_the_loop_and_carries_everything_there() {
    let run = run(&of(vec![group("egg", 3, vec![io(ms(20), false)])]), "event-loop");
    assert_eq!(arrows(&run, LaneBy::Worker, &[]), []);
    assert!(states(&run).contains(&MainState::Loop) && !states(&run).contains(&MainState::Join));
}

#[test]
fn it_sleeps_until_somebody_arrives_and_is_not_free_while_it_does_the_work() {
    let late = Group { arrive: Arrive::At(ms(30)), ..group("egg", 1, vec![io(ms(20), true)]) };
    let choice = ModelChoice::new(model::find("sequential").unwrap());
    let imagined = imagine(&textbooks::request(of(vec![late.clone()]), choice, 2), &|| false).unwrap().run;
    for run in [run(&of(vec![late]), "sequential"), imagined] {
        let blocked: Vec<MainState> = states(&run).into_iter().filter(|state| state.is_blocked()).collect();
        assert_eq!(blocked, [MainState::Arrivals, MainState::Call]);
    }
}

/// Who carried each task while it ran, by name and number.
fn carriers(run: &Run) -> Vec<Vec<(Worker, String)>> {
    let of_task = |task| {
        let own = run.trace.spans_of(Task(task)).filter(|span| span.state == State::Running).map(|span| span.worker);
        let mut own: Vec<Worker> = own.collect();
        own.sort_unstable();
        own.dedup();
        own.into_iter().map(|worker| (worker, run.workers[worker.get().unwrap()].name.clone())).collect()
    };
    (0..run.trace.tasks()).map(of_task).collect()
}

/// The imagined main thread has the same lane as the measured one.
#[test]
fn it_is_the_same_in_runs_of_both_engines() {
    let late = Group { arrive: Arrive::At(ms(60)), ..group("late", 1, vec![cpu(ms(2)), io(ms(5), false)]) };
    let scenario = of(vec![group("egg", 2, vec![cpu(ms(2)), io(ms(10), false), cpu(ms(1))]), late]);
    for model in model::MODELS {
        let choice = ModelChoice::new(model);
        let measured = run(&scenario, model.id);
        let simulated = imagine(&textbooks::request(scenario.clone(), choice.clone(), 2), &|| false).unwrap().run;
        let kinds = |run: &Run| {
            let name = |(_, name): (Worker, String)| name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
            let mut kinds: Vec<String> = carriers(run).into_iter().flatten().map(name).collect();
            kinds.sort_unstable();
            kinds.dedup();
            kinds
        };
        assert_eq!(kinds(&simulated), kinds(&measured), "{}", model.id);
        if choice.plan(2).on_main {
            let blocked =
                |run: &Run| -> Vec<MainState> { states(run).into_iter().filter(|state| state.is_blocked()).collect() };
            assert_eq!(blocked(&simulated), blocked(&measured), "{}", model.id);
            assert_eq!(simulated.workers[0], measured.workers[0], "{}", model.id);
        }
        if choice.plan(2).is_alone() && choice.plan(2).on_main {
            assert_eq!(carriers(&simulated), carriers(&measured), "{}", model.id);
            assert_eq!(simulated.workers, measured.workers, "{}", model.id);
        }
    }
}

/// It starts threads with the interpreter's lock: who waits for that meanwhile waits for it.
#[test]
fn who_waits_for_the_lock_that_it_holds_names_it() {
    let hogs = of(vec![group("hog", 8, vec![cpu(ms(20))])]);
    for model in ["gil-threads", "python-threading", "python-thread-pool", "python-asyncio-to-thread"] {
        let choice = ModelChoice::new(model::find(model).unwrap());
        let run = imagine(&textbooks::request(hogs.clone(), choice, 2), &|| false).unwrap().run;
        let blocked = || (0..8).flat_map(|task| run.trace.spans_of(Task(task))).filter(|span| span.cause == Cause::Gil);
        assert!(blocked().count() > 0, "{model}");
        assert!(blocked().all(|span| span.peer != Peer::NONE), "{model}");
        if model == "gil-threads" {
            assert!(blocked().any(|span| span.peer == Peer::worker(Worker::MAIN)), "{model}");
        }
    }
}
