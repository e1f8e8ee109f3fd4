//! What is too much for an imagined computer, or for the memory of this one: refused with what to do, and nothing else is.

use tasklane::engine::{StartError, check, imagine};
use tasklane::simulate::Refusal;

use crate::cli::Place;
use crate::textbooks::{choice, request, scenario};

/// DESIGN's own example, a heavier tail, and the heaviest that may be drawn from: what they come to is small.
#[test]
fn heavy_tails_are_judged_by_what_is_drawn() {
    let all = |tail: &str, count: u32| {
        let body = format!("[[task]]\nname = \"ask\"\ncount = {count}\nsteps = [{{ io = {{ {tail} }} }}]\n");
        let request = request(scenario(&body), choice("threads", &[]), 2);
        assert_eq!(check(&request), Ok(()), "{tail}");
        imagine(&request, &|| false).map(|imagined| imagined.metrics.done)
    };
    assert_eq!(all("pareto = [\"10ms\", 1.5]", 20_000), Ok(20_000));
    assert_eq!(all("pareto = [\"10ms\", 0.8]", 1_000), Ok(1_000));
    assert_eq!(all("pareto = [\"10ms\", 0.5]", 10), Ok(10));
    assert_eq!(all("normal = [\"1s\", \"50s\"]", 20_000), Ok(20_000));
    let refused = all("pareto = [\"40000000s\", 0.5]", 100).unwrap_err();
    assert_eq!(refused, StartError::Refused(Refusal::DrawnTooLong { task: "ask".into() }));
    for words in ["`task.ask.steps`", "more than 146 years", "another seed"] {
        assert!(refused.to_string().contains(words), "{refused}");
    }
}

/// A cost that would be too much for another model is none for one that never pays it.
#[test]
fn what_a_model_never_pays_is_not_held_against_it() {
    let body =
        "[machine]\nthread_start = \"100s\"\n[[task]]\nname = \"a\"\ncount = 10_000_000\nsteps = [{ cpu = \"1ms\" }]\n";
    let checked = |model: &str| check(&request(scenario(body), choice(model, &[]), 2));
    assert_eq!(checked("sequential"), Ok(()));
    assert_eq!(checked("thread-pool"), Ok(()));
    let refused = checked("threads").unwrap_err();
    assert!(matches!(refused, StartError::Refused(Refusal::CostTooLong { .. })), "{refused}");
}

/// What threads do for themselves is done in turns, too, of which nothing is told: at a quantum this short that would be computed for ever.
#[test]
fn quanta_that_go_into_costs_alone_are_not_computed_for_ever() {
    let body = "[machine]\nthread_set_up = \"100s\"\nquantum = \"10us\"\n[[task]]\nname = \"a\"\ncount = 3\nsteps = [{ cpu = \"1ms\" }]\n";
    let refused = imagine(&request(scenario(body), choice("threads", &[]), 2), &|| false).unwrap_err();
    assert!(matches!(refused, StartError::Refused(Refusal::InVain { .. })), "{refused}");
    assert!(refused.to_string().contains("a longer quantum"), "{refused}");
}

/// However little there is, a run that is sure to need more ends before it begins.
#[cfg(target_os = "linux")]
#[test]
fn a_run_that_is_larger_than_memory_is_refused_before_it_is_spent() {
    let head = "format = 1\ntitle = \"t\"\nmachine.ideal = true\n";
    let place = Place::new();
    let two = "[[task]]\nname = \"a\"\ncount = 2\nsteps = [{ cpu = \"100000s\" }]\n";
    place.write("gil.toml", &format!("{head}models = [\"gil-threads\"]\n{two}"));
    let often = "models = [{ model = \"gil-threads\", switch_interval = \"10us\" }]\n";
    place.write("often.toml", &format!("{head}{often}{two}"));
    let quantum = "models = [\"threads\"]\nmachine.cores = 1\nmachine.quantum = \"1ms\"\n";
    place.write("quantum.toml", &format!("{head}{quantum}{two}"));
    let steps =
        "[[task]]\nname = \"a\"\nsteps = [{ repeat = 49999999, steps = [{ io = \"1us\" }, { cpu = \"1us\" }] }]\n";
    place.write("steps.toml", &format!("{head}models = [\"event-loop\"]\n{steps}"));
    let tasks = "[[task]]\nname = \"a\"\ncount = 10000000\nsteps = [{ cpu = \"1us\" }]\n";
    place.write("tasks.toml", &format!("{head}models = [\"sequential\"]\n{tasks}"));
    for file in ["gil.toml", "often.toml", "quantum.toml", "steps.toml", "tasks.toml"] {
        let line = format!("ulimit -v 1000000; exec {} run {file} --simulate", env!("CARGO_BIN_EXE_tasklane"));
        let output = place.shell(&line).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{file}: {err}");
        assert!(err.contains("events") && err.contains("fewer tasks"), "{file}: {err}");
    }
}
