//! Tasks that never go on, told alike by real runs and by the imagined computer: who is deadlocked, who is cancelled for
//! it, what is said of them and of whom.

use std::sync::Arc;

use tasklane::analysis::diagnosis::diagnose;
use tasklane::analysis::metrics::task_times;
use tasklane::engine::imagine;
use tasklane::lang::Lang;
use tasklane::scenario::Engine;
use tasklane::trace::{Run, State, Task};

use crate::diagnosis::run_with;
use crate::textbooks::{choice, request, scenario};

/// Both engines' runs of `tasks`.
fn runs(model: &str, params: &[(&str, i64)], tasks: &str) -> [Arc<Run>; 2] {
    let simulated = imagine(&request(scenario(tasks), choice(model, params), 2), &|| false).unwrap().run;
    let measured = run_with(model, params, tasks);
    assert_eq!([measured.engine, simulated.engine], [Engine::Measured, Engine::Simulated]);
    [measured, simulated]
}

fn outcomes(run: &Run) -> Vec<Option<State>> {
    (0..run.trace.tasks()).map(|task| task_times(run, Task(task)).outcome).collect()
}

/// What is said of the stuck: id, beginning of the sentence, tasks.
fn check(
    model: &str,
    params: &[(&str, i64)],
    tasks: &str,
    expected: &[State],
    said: &[(&str, &str, std::ops::Range<u32>)],
) {
    for run in runs(model, params, tasks) {
        let name = format!("{model} {:?}", run.engine);
        let expected: Vec<_> = expected.iter().map(|state| Some(*state)).collect();
        assert_eq!(outcomes(&run), expected, "{name}");
        let found = diagnose(&run).into_iter().filter(|found| ["deadlock", "lost-wake-up"].contains(&found.id));
        let found: Vec<_> =
            found.map(|found| (found.id, found.text.get(Lang::En).to_owned(), found.tasks.clone())).collect();
        assert_eq!(found.len(), said.len(), "{name}: {found:?}");
        for ((id, text, tasks), (expected_id, start, expected_tasks)) in found.iter().zip(said) {
            assert_eq!(id, expected_id, "{name}: {text}");
            assert!(text.starts_with(start), "{name}: {text}");
            assert_eq!(*tasks, expected_tasks.clone().map(Task).collect::<Vec<_>>(), "{name}: {text}");
        }
        assert!(run.output.is_empty(), "{name}: {:?}", run.output);
    }
}

/// With too few workers for all its parties a barrier never opens, whoever is given up: not for those who are there,
/// and not for whoever comes later or comes after.
#[test]
fn a_barrier_of_more_parties_than_workers_never_opens() {
    let tasks = "[[task]]\nname = \"a\"\ncount = 3\nsteps = [{ barrier = \"b\" }, { print = \"past the barrier\" }]\n\
                 [[task]]\nname = \"late\"\narrive = \"150ms\"\nsteps = [{ cpu = \"1ms\" }]\n\
                 [[task]]\nname = \"tail\"\nafter = [\"a\"]\nsteps = [{ cpu = \"1ms\" }]\n";
    use State::{Cancelled, Deadlocked};
    let expected = [Deadlocked, Deadlocked, Deadlocked, Deadlocked, Cancelled];
    let check = |model: &str, params: &[(&str, i64)], start: &str| {
        check(model, params, tasks, &expected, &[("deadlock", start, 0..5)]);
    };
    let two = [("workers", 2)];
    let both = "both workers are held by a-1 and a-2; a-3, which could serve a-1 and a-2, waits in the queue. \
                2 tasks wait behind them.";
    check("thread-pool", &two, both);
    check("processes", &two, both);
    check("work-stealing", &two, "both workers are held by a-");
    check("static-split", &[("workers", 1)], "the only worker is held by a-1; a-2, which could serve a-1,");
    check("sequential", &[], "the only worker is held by a-1; a-2, which could serve a-1, waits in the queue.");
}

#[test]
fn whoever_comes_after_one_that_is_stuck_in_a_queue_is_cancelled_and_told() {
    let tasks = "[[task]]\nname = \"a\"\ncount = 2\nsteps = [{ receive = \"c\" }]\n\
                 [[task]]\nname = \"b\"\nsteps = [{ send = \"c\" }, { send = \"c\" }]\n\
                 [[task]]\nname = \"tail\"\nafter = [\"b\"]\nsteps = [{ cpu = \"1ms\" }]\n\
                 [[task]]\nname = \"tip\"\nafter = [\"tail\"]\nsteps = [{ cpu = \"1ms\" }]\n";
    use State::{Cancelled, Deadlocked};
    let expected = [Deadlocked, Deadlocked, Deadlocked, Cancelled, Cancelled];
    for model in ["thread-pool", "processes"] {
        let text = "both workers are held by a-1 and a-2; b, which could serve a-1 and a-2, waits in the queue. \
                    2 tasks wait behind them.";
        check(model, &[("workers", 2)], tasks, &expected, &[("deadlock", text, 0..5)]);
    }
}

#[test]
fn whoever_comes_after_a_circle_is_behind_it_however_far() {
    let tasks = "[[task]]\nname = \"a\"\nsteps = [{ lock = \"m\" }, { barrier = \"start\" }, { lock = \"n\" }]\n\
                 [[task]]\nname = \"b\"\nsteps = [{ lock = \"n\" }, { barrier = \"start\" }, { lock = \"m\" }]\n\
                 [[task]]\nname = \"t\"\nafter = [\"a\"]\nsteps = [{ cpu = \"1ms\" }]\n\
                 [[task]]\nname = \"u\"\nafter = [\"t\"]\nsteps = [{ cpu = \"1ms\" }]\n";
    use State::{Cancelled, Deadlocked};
    let text = "a holds m and waits for n, which b holds; b holds n and waits for m, which a holds. \
                2 tasks wait behind them.";
    for model in ["threads", "event-loop", "gil-threads", "async-offload"] {
        check(model, &[], tasks, &[Deadlocked, Deadlocked, Cancelled, Cancelled], &[("deadlock", text, 0..4)]);
    }
}

#[test]
fn a_barrier_that_waits_for_whoever_comes_after() {
    let tasks = "[[task]]\nname = \"a\"\nsteps = [{ barrier = \"b\" }, { print = \"past\" }]\n\
                 [[task]]\nname = \"b\"\nafter = [\"a\"]\nsteps = [{ barrier = \"b\" }]\n";
    for model in ["sequential", "threads", "thread-pool", "event-loop", "work-stealing"] {
        let text = "a waits at b for b; b starts only when a is done.";
        check(model, &[], tasks, &[State::Deadlocked, State::Cancelled], &[("deadlock", text, 0..2)]);
    }
}

/// Whether it waits for a message or for room is told, although it does both there.
#[test]
fn a_task_that_sends_and_receives_on_a_bounded_channel_waits_for_one_of_them() {
    let alone = |capacity: u32, steps: &str, text: &str| {
        let tasks = format!(
            "[channels.c]\ncapacity = {capacity}\n[[task]]\nname = \"a\"\nsteps = [{steps}, {{ print = \"past\" }}]\n"
        );
        for model in ["threads", "event-loop", "gil-threads"] {
            check(model, &[], &tasks, &[State::Deadlocked], &[("lost-wake-up", text, 0..1)]);
        }
    };
    let (send, receive) = ("{ send = \"c\" }", "{ receive = \"c\" }");
    let message = "a waits for a message on c, and nobody is left who sends there.";
    alone(2, &format!("{receive}, {send}"), message);
    alone(2, &format!("{receive}, {send}, {receive}"), message);
    alone(1, &format!("{send}, {send}, {receive}"), "a waits for room in c, and nobody is left who receives there.");
}

/// Whoever waits for those that a lost wake-up keeps is told with them: at a barrier, even one who has been there, since
/// it stays a party until its end; in the queue; after them.
#[test]
fn whoever_waits_behind_a_lost_wake_up_is_told_with_it() {
    let tasks = "[[task]]\nname = \"bell\"\nsteps = [{ barrier = \"b\" }, { receive = \"c\" }]\n\
                 [[task]]\nname = \"a\"\ncount = 3\nsteps = [{ barrier = \"b\" }, { barrier = \"b\" }]\n\
                 [[task]]\nname = \"tail\"\nafter = [\"a\"]\nsteps = [{ print = \"past\" }]\n";
    use State::{Cancelled, Deadlocked};
    let text = "bell waits for a message on c, and nobody is left who sends there. 4 tasks wait behind it.";
    for model in ["threads", "event-loop"] {
        let expected = [Deadlocked, Deadlocked, Deadlocked, Deadlocked, Cancelled];
        check(model, &[], tasks, &expected, &[("lost-wake-up", text, 0..5)]);
    }
    let queue = "[[task]]\nname = \"bell\"\nsteps = [{ receive = \"c\" }]\n\
                 [[task]]\nname = \"late\"\narrive = \"100ms\"\nsteps = [{ print = \"late\" }]\n";
    let text = "bell waits for a message on c, and nobody is left who sends there. 1 task waits behind it.";
    for model in ["sequential", "thread-pool", "processes", "work-stealing"] {
        let one: &[_] = if model == "sequential" { &[] } else { &[("workers", 1)] };
        check(model, one, queue, &[Deadlocked, Deadlocked], &[("lost-wake-up", text, 0..2)]);
    }
}
