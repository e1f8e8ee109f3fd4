//! Every pool does the most urgent of the tasks that have arrived first, really and on the imagined computer.

use std::sync::Arc;

use tasklane::analysis::metrics::task_times;
use tasklane::engine::imagine;
use tasklane::model::{self, Language, Workers};
use tasklane::trace::{Run, Task};

use crate::diagnosis::run_with;
use crate::textbooks::{choice, request, scenario};

/// Names in the order in which tasks were done.
fn order(run: &Run) -> Vec<String> {
    let mut tasks: Vec<Task> = (0..run.trace.tasks()).map(Task).collect();
    tasks.sort_by_key(|task| task_times(run, *task).finish);
    tasks.into_iter().map(|task| run.task_name(task)).collect()
}

fn simulated(model: &str, params: &[(&str, i64)], tasks: &str) -> Arc<Run> {
    imagine(&request(scenario(tasks), choice(model, params), 1), &|| false).unwrap().run
}

/// One holds the only worker while the others arrive, the most urgent last but one.
fn tasks(urgencies: [i32; 5]) -> String {
    let mut text = "[machine]\ncores = 1\n[[task]]\nname = \"first\"\nsteps = [{ cpu = \"60ms\" }]\n".to_owned();
    for ((name, priority), millis) in ["e", "b", "c", "a", "d"].into_iter().zip(urgencies).zip([2, 4, 6, 8, 10]) {
        let task = format!(
            "[[task]]\nname = \"{name}\"\npriority = {priority}\narrive = \"{millis}ms\"\nsteps = [{{ cpu = \"2ms\" }}]\n"
        );
        text.push_str(&task);
    }
    text
}

/// With one worker, and one thread in its blocking pool where there is one.
fn one_worker(model: &model::Model) -> Option<Vec<(&'static str, i64)>> {
    let has = |key: &str| model.params.iter().any(|param| param.key == key);
    let params: Vec<_> = ["workers", "blocking"].into_iter().filter(|key| has(key)).map(|key| (key, 1)).collect();
    let plan = choice(model.id, &params).plan(1);
    // Threads of their own are the operating system's to choose from.
    (plan.workers != Workers::PerTask).then_some(params)
}

#[test]
fn the_most_urgent_that_has_arrived_is_next_in_every_pool() {
    let (urgent, equal) = (tasks([5, 1, 3, -2, 4]), tasks([7; 5]));
    let by_urgency = ["first", "a", "b", "c", "d", "e"];
    let by_arrival = ["first", "e", "b", "c", "a", "d"];
    for model in model::all() {
        let Some(params) = one_worker(model) else { continue };
        assert_eq!(order(&simulated(model.id, &params, &urgent)), by_urgency, "{} simulated", model.id);
        assert_eq!(order(&simulated(model.id, &params, &equal)), by_arrival, "{} simulated", model.id);
        if model.language() == Language::Rust {
            assert_eq!(order(&run_with(model.id, &params, &urgent)), by_urgency, "{} measured", model.id);
            assert_eq!(order(&run_with(model.id, &params, &equal)), by_arrival, "{} measured", model.id);
        }
    }
}

/// A worker that finds another task waiting still looks who has come meanwhile.
#[test]
fn who_was_there_before_gives_way_to_the_more_urgent() {
    let two = tasks([5, 1, 3, -2, 4]).replacen("name = \"first\"", "name = \"first\"\ncount = 2", 1);
    let by_urgency = ["first-1", "a", "first-2", "b", "c", "d", "e"];
    for model in model::all() {
        let Some(params) = one_worker(model) else { continue };
        // There the step of the second waits for a thread of the blocking pool by then.
        if choice(model.id, &params).plan(1).offload.is_some() {
            continue;
        }
        assert_eq!(order(&simulated(model.id, &params, &two)), by_urgency, "{} simulated", model.id);
        if model.language() == Language::Rust {
            assert_eq!(order(&run_with(model.id, &params, &two)), by_urgency, "{} measured", model.id);
        }
    }
}

/// At the instant at which a worker comes back, another one arrives, and one is released: the most urgent of all is next,
/// however late a measured run's main thread gets to see that.
#[test]
fn a_worker_chooses_when_nothing_more_happens_at_the_instant() {
    let text = "[machine]\ncores = 1\nideal = true\n\
        [[task]]\nname = \"first\"\nsteps = [{ cpu = \"5ms\" }]\n\
        [[task]]\nname = \"low\"\npriority = 3\nsteps = [{ cpu = \"5ms\" }]\n\
        [[task]]\nname = \"arrives\"\npriority = 2\narrive = \"5ms\"\nsteps = [{ cpu = \"5ms\" }]\n\
        [[task]]\nname = \"released\"\npriority = 1\nafter = [\"first\"]\nsteps = [{ cpu = \"5ms\" }]\n";
    for model in model::all() {
        let Some(params) = one_worker(model) else { continue };
        // The end of a task that was done elsewhere is a turn of the loop: its pool has chosen by then.
        if choice(model.id, &params).plan(1).offload.is_some() {
            continue;
        }
        let found = order(&simulated(model.id, &params, text));
        let by_urgency = ["first", "released", "arrives", "low"];
        assert_eq!(found, by_urgency, "{} simulated", model.id);
        if model.language() == Language::Rust {
            for round in 0..8 {
                assert_eq!(order(&run_with(model.id, &params, text)), by_urgency, "{} measured, {round}", model.id);
            }
        }
    }
}
