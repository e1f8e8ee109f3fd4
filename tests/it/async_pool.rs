//! The imagined pool of an asynchronous runtime, worked out by hand: who takes how much, and who sees that a timer has
//! fired.

use tasklane::analysis::metrics::task_times;
use tasklane::engine::{Imagined, imagine};
use tasklane::time::Nanos;
use tasklane::trace::{State, Task};

use crate::fixture::ms;
use crate::textbooks::{choice, request, scenario};

/// On an ideal machine with two cores and two workers.
fn run(body: &str) -> Imagined {
    let body = format!("[machine]\nideal = true\n{body}");
    imagine(&request(scenario(&body), choice("async-pool", &[]), 2), &|| false).unwrap()
}

fn tasks(name: &str, count: u32, steps: &str) -> String {
    format!("[[task]]\nname = \"{name}\"\ncount = {count}\nsteps = [{steps}]\n")
}

fn ends(imagined: &Imagined) -> Vec<Nanos> {
    (0..imagined.run.trace.tasks()).map(|task| task_times(&imagined.run, Task(task)).finish.unwrap()).collect()
}

/// The first takes 16 / 2 + 1 of them, the other 7 / 2 + 1, then two and one. At 70 it steals half of the eight that wait
/// for the first, and begins with the last of them.
#[test]
fn shares_are_taken_at_once_and_half_is_stolen() {
    let imagined = run(&(tasks("heavy", 8, "{ cpu = \"100ms\" }") + &tasks("light", 8, "{ cpu = \"10ms\" }")));
    let heavy = [100, 270, 370, 470, 170, 200, 300, 400];
    let light = [410, 10, 20, 30, 40, 50, 60, 70];
    assert_eq!(ends(&imagined), [heavy, light].concat().into_iter().map(ms).collect::<Vec<_>>());
}

/// The worker that waited for the timers computes what came of the first; the other sleeps, and nobody sees the second
/// until the first is through.
#[test]
fn nobody_waits_for_timers_while_their_keeper_computes() {
    let body = tasks("long", 1, "{ io = \"10ms\" }, { cpu = \"20ms\" }")
        + &tasks("short", 1, "{ io = \"15ms\" }, { cpu = \"1ms\" }");
    let imagined = run(&body);
    assert_eq!(ends(&imagined), [30, 31].map(ms));
    let ready: Vec<_> = imagined.run.trace.spans_of(Task(1)).filter(|span| span.state == State::Ready).collect();
    assert_eq!((ready.last().unwrap().start, ready.last().unwrap().end), (ms(15), ms(30)));
}

/// What fires together is more than one can do: the other is woken and steals.
#[test]
fn timers_that_fire_together_wake_both() {
    let imagined = run(&tasks("t", 2, "{ io = \"10ms\" }, { cpu = \"20ms\" }"));
    assert_eq!(ends(&imagined), [30, 30].map(ms));
}
