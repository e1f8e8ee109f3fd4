//! Why a task was held up, in the words that stand beside it: from what was recorded, and no more.

use tasklane::analysis::meanwhile::Meanwhile;
use tasklane::chart::lanes::task_label;
use tasklane::gui::inspector::why::{Piece, why};
use tasklane::lang::Lang;
use tasklane::model::WhileInIo;
use tasklane::trace::{Cause, Core, Peer, Run, State, Task, Trace};

use crate::fixture::{self, ms};

/// What is said of the task's span of that number; without one, of whichever held it up longest.
fn told(run: &Run, task: u32, span: Option<usize>) -> String {
    let meanwhile = Meanwhile::of(&run.trace, WhileInIo::HoldsWorker);
    let task = Task(task);
    let pointed = span.map(|span| run.trace.of(task).start + span);
    let word = |piece| match piece {
        Piece::Text(text) => text,
        Piece::Task(task) => task_label(run, task),
    };
    why(run, &meanwhile, task, pointed, Lang::En).into_iter().map(word).collect()
}

#[test]
fn why_a_task_waited_is_told_from_what_was_recorded() {
    let run = fixture::run("thread-pool", 3, 2);
    let check = |task: u32, span: Option<usize>, expected: &str| assert_eq!(told(&run, task, span), expected);
    check(2, None, "dish 3 was ready at 0 ms. Meanwhile main, which took it up at 256 ms, was busy with dish 1.");
    check(
        2,
        Some(2),
        "From 286 ms to 486 ms dish 3 was in IO: nobody worked on it. The call was a blocking one: it held main all that time.",
    );
    check(
        0,
        Some(5),
        "The scheduler took dish 1 off core 0 at 241 ms and let it go on at 246 ms. No task of this run is recorded on that core meanwhile.",
    );
    check(
        0,
        Some(3),
        "dish 1 was ready at 230 ms, but its worker main was on no core until 231 ms. No other task of this run was on a core meanwhile.",
    );
}

/// An imagined core is switched to the worker before the task runs.
#[test]
fn a_task_that_is_switched_to_was_taken_up() {
    let told = |span: usize| {
        why_second(
            &[
                (0, 0, State::Running, Cause::None),
                (0, 10, State::Done, Cause::None),
                (1, 0, State::Ready, Cause::Queued),
                (1, 10, State::Ready, Cause::Switching),
                (1, 11, State::Running, Cause::None),
                (1, 20, State::Done, Cause::None),
            ],
            span,
        )
    };
    let waited = "dish 2 was ready at 0 ms. Meanwhile main, which took it up at 10.0 ms, was busy with dish 1.";
    assert_eq!(told(0), waited);
    assert_eq!(told(2), waited, "of its bar, the wait is asked for and not the switch");
    assert_eq!(
        told(1),
        "For 1.00 ms, from 10.0 ms on, the core of dish 2 was busy with what switching and waking cost."
    );
}

/// An imagined scheduler may have changed its mind by the time that a core is switched to somebody.
#[test]
fn who_loses_a_core_before_it_ran_does_not_go_on() {
    let told = why_second(
        &[
            (0, 0, State::Ready, Cause::Queued),
            (0, 3, State::Running, Cause::None),
            (0, 8, State::Done, Cause::None),
            (1, 0, State::Ready, Cause::Switching),
            (1, 3, State::Ready, Cause::Preempted),
            (1, 8, State::Running, Cause::None),
            (1, 20, State::Done, Cause::None),
        ],
        1,
    );
    let expected = "dish 2 lost core 0 at 3.00 ms before it ran, and had a core again at 8.00 ms. \
                    Meanwhile that core ran dish 1.";
    assert_eq!(told, expected);
}

/// A process ships a result back after its task has run.
#[test]
fn who_has_run_goes_on_whatever_it_was_about() {
    let told = why_second(
        &[
            (0, 0, State::Ready, Cause::Queued),
            (0, 5, State::Running, Cause::None),
            (0, 8, State::Done, Cause::None),
            (1, 0, State::Running, Cause::None),
            (1, 3, State::Shipping, Cause::None),
            (1, 5, State::Ready, Cause::Preempted),
            (1, 8, State::Shipping, Cause::None),
            (1, 20, State::Done, Cause::None),
        ],
        2,
    );
    let expected = "The scheduler took dish 2 off core 0 at 5.00 ms and let it go on at 8.00 ms. \
                    Meanwhile that core ran dish 1.";
    assert_eq!(told, expected);
}

/// Why the second of two tasks waited in that span, where that happened on one core at those milliseconds.
fn why_second(events: &[(u32, i64, State, Cause)], span: usize) -> String {
    let mut run = fixture::run("sequential", 2, 1);
    let event = |(task, millis, state, cause): &(u32, i64, State, Cause)| tasklane::trace::Event {
        time: ms(*millis),
        core: Core(0),
        worker: tasklane::trace::Worker::MAIN,
        ..tasklane::trace::Event::new(Task(*task), *state, *cause)
    };
    let events: Vec<_> = events.iter().map(event).collect();
    run.trace = Trace::new(2, &events, ms(20));
    told(&run, 1, Some(span))
}

/// One asks for the interpreter lock, and two others have it in turn until it does.
#[test]
fn all_who_ran_before_a_waiter_of_the_interpreter_lock_are_named() {
    let mut run = fixture::run("gil-threads", 3, 2);
    let event = |task, millis, state, cause, peer| tasklane::trace::Event {
        time: ms(millis),
        core: Core(0),
        worker: tasklane::trace::Worker(task),
        peer,
        ..tasklane::trace::Event::new(Task(task), state, cause)
    };
    let (nobody, first) = (Peer::NONE, Peer::task(Task(0)));
    let events = [
        event(0, 0, State::Running, Cause::None, nobody),
        event(0, 5, State::Blocked, Cause::Gil, Peer::task(Task(1))),
        event(0, 15, State::Running, Cause::None, nobody),
        event(0, 20, State::Done, Cause::None, nobody),
        event(1, 0, State::Blocked, Cause::Gil, first),
        event(1, 5, State::Running, Cause::None, nobody),
        event(1, 10, State::Done, Cause::None, nobody),
        event(2, 0, State::Blocked, Cause::Gil, first),
        event(2, 10, State::Running, Cause::None, nobody),
        event(2, 15, State::Done, Cause::None, nobody),
    ];
    run.trace = Trace::new(3, &events, ms(20));
    assert_eq!(told(&run, 1, Some(0)), "From 0 ms to 5.00 ms dish 2 waited for the GIL, held by dish 1.");
    assert_eq!(
        told(&run, 2, Some(0)),
        "From 0 ms to 10.0 ms dish 3 waited for the GIL, held by dish 1 when it asked. Meanwhile on cores: dish 1 and dish 2."
    );
}
