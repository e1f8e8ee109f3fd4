//! The models of CPython on the imagined computer: exact where nothing else costs anything, and near what CPython 3.11
//! took on a two-core computer with the default costs.

use tasklane::lang::Lang;
use tasklane::model::{self, IMAGINED, Language, ModelChoice};
use tasklane::scenario::{Scenario, read};
use tasklane::simulate::costs::Costs;
use tasklane::simulate::{Setup, Simulated, simulate};
use tasklane::time::Nanos;
use tasklane::trace::{State, Task};

use crate::imagined::{self, computed};
use crate::textbooks::{choice, request};

const IO: &str = "count = 20\nsteps = [{ io = \"200ms\" }]";
const BLOCKING: &str = "count = 20\nsteps = [{ io = \"200ms\", blocking = true }]";
const CPU: &str = "count = 8\nsteps = [{ cpu = \"203ms\" }]";

/// Two cores; `choice` as on the command line.
fn run(choice: &str, group: &str, ideal: bool) -> Simulated {
    let (id, params) = choice.split_once(':').unwrap_or((choice, ""));
    let mut choice = ModelChoice::new(model::find(id).unwrap());
    for param in params.split(',').filter(|param| !param.is_empty()) {
        let (key, value) = param.split_once('=').unwrap();
        choice.set_text(key, value).unwrap();
    }
    let scenario = scenario(group, ideal);
    let plan = choice.plan(2);
    assert_eq!(plan.language, Language::Python);
    let costs = Costs::of_model(&choice, &plan, None, &scenario.machine);
    let setup = Setup { scenario: &scenario, plan: &plan, cores: 2, seed: 1, costs: &costs };
    simulate(&setup, &|| false).unwrap_or_else(|refusal| panic!("{choice}: {refusal}"))
}

fn scenario(group: &str, ideal: bool) -> Scenario {
    let text = format!(
        "format = 1\ntitle = \"t\"\nsummary = \"s\"\nmodels = [\"python-asyncio\"]\n[machine]\nideal = {ideal}\n[[task]]\nname = \"a\"\n{group}\n"
    );
    read::read("python.toml", &text).unwrap_or_else(|problems| panic!("{}", problems.render(Lang::En)))
}

/// Milliseconds from t = 0, when all arrive, until the last task is over.
fn makespan(done: &Simulated) -> f64 {
    let ends = (0..done.trace.tasks()).filter_map(|task| done.trace.spans_of(Task(task)).last());
    ends.map(|span| span.start).max().unwrap().millis()
}

#[test]
fn without_costs_the_closed_forms_hold() {
    let check = |choice: &str, group: &str, millis: f64| {
        let found = makespan(&run(choice, group, true));
        assert!((found - millis).abs() < 1e-6, "{choice}: {found} ms, not {millis}\n{group}");
    };
    check("python-sequential", IO, 4_000.0);
    check("python-threading", IO, 200.0);
    check("python-thread-pool", IO, 800.0);
    check("python-thread-pool:workers=5", IO, 800.0);
    check("python-asyncio", IO, 200.0);
    check("python-asyncio", BLOCKING, 4_000.0);
    check("python-asyncio-to-thread", BLOCKING, 800.0);
    check("python-gevent", IO, 200.0);
    check("python-process-pool", IO, 2_000.0);
    check("python-process-pool:workers=5", IO, 800.0);
    check("python-multiprocessing", IO, 200.0);
    check("python-free-threading", IO, 200.0);
    let one_at_a_time = ["sequential", "threading", "thread-pool", "asyncio", "asyncio-to-thread", "gevent"];
    for model in one_at_a_time {
        check(&format!("python-{model}"), CPU, 8.0 * 203.0);
    }
    for model in ["process-pool", "multiprocessing", "free-threading"] {
        check(&format!("python-{model}"), CPU, 4.0 * 203.0);
    }
}

/// Medians of CPython 3.11.7 (gevent 26.9) on two cores, in milliseconds; free threading is told in speedup.
#[test]
fn with_costs_cpython_is_near() {
    let check = |choice: &str, group: &str, measured: f64, within: f64| {
        let found = makespan(&run(choice, group, false));
        assert!((found / measured - 1.0).abs() <= within, "{choice}: {found} ms, CPython took {measured}\n{group}");
    };
    check("python-sequential", IO, 4_005.0, 0.02);
    check("python-threading", IO, 203.0, 0.02);
    check("python-thread-pool:workers=5", IO, 803.0, 0.02);
    check("python-asyncio", IO, 201.5, 0.02);
    check("python-asyncio", BLOCKING, 4_008.0, 0.02);
    check("python-asyncio-to-thread", BLOCKING, 806.0, 0.02);
    check("python-gevent", IO, 202.0, 0.02);
    check("python-process-pool:workers=2", IO, 2_019.0, 0.02);
    check("python-process-pool:workers=5", IO, 821.0, 0.03);
    check("python-multiprocessing", IO, 231.0, 0.12);
    check("python-sequential", CPU, 1_623.0, 0.054);
    check("python-threading", CPU, 1_657.0, 0.054);
    check("python-asyncio", CPU, 1_550.0, 0.054);
    check("python-process-pool:workers=2", CPU, 851.0, 0.054);
    check("python-multiprocessing", CPU, 828.0, 0.054);
    let speedup = makespan(&run("python-sequential", CPU, false)) / makespan(&run("python-free-threading", CPU, false));
    assert!((1.88..=2.0).contains(&speedup), "{speedup}");
}

/// What is warm is there before t = 0.
#[test]
fn starting_processes_is_paid_or_not() {
    for id in ["python-multiprocessing", "python-process-pool"] {
        let (cold, warm) = (run(id, CPU, false), run(&format!("{id}:start=warm"), CPU, false));
        let saved = makespan(&cold) - makespan(&warm);
        assert!(saved >= 2.0, "{id}: {saved} ms");
    }
}

/// Until its first line a process takes what its method costs. The main thread is done with it as soon as with a fork, so
/// that those it has started boot side by side.
#[test]
fn a_process_starts_by_its_method() {
    let first_line = |choice: &str| {
        let done = run(choice, "steps = [{ cpu = \"1ms\" }]", false);
        let spans = done.trace.spans_of(Task(0));
        spans.into_iter().find(|span| span.state == State::Running).unwrap().start
    };
    for id in ["python-multiprocessing", "python-process-pool:workers=1"] {
        let by = |method: &str| first_line(&format!("{id}{}method={method}", if id.contains(':') { "," } else { ":" }));
        let (fork, spawn, server) = (by("fork"), by("spawn"), by("forkserver"));
        assert_eq!(fork, first_line(id), "{id}: fork is the default");
        // Beyond fork's default of 2.5 ms.
        let beyond = |time: Nanos| (time - fork).millis();
        assert!((beyond(spawn) - 38.5).abs() < 0.2, "{id}: {spawn} by spawn, {fork} by fork");
        assert!((beyond(server) - 14.5).abs() < 0.2, "{id}: {server} by forkserver, {fork} by fork");
        let warm = |method: &str| by(&format!("{method},start=warm"));
        assert_eq!(warm("spawn"), warm("fork"), "{id}: what is warm was started before, however");
    }
    for model in ["python-multiprocessing", "python-process-pool"] {
        let choice = choice(model, &[("method", 1)]);
        imagined::check(&computed(&request(scenario("count = 9\nsteps = [{ cpu = \"1ms\" }]", false), choice, 2)).run);
    }
    let eight = makespan(&run("python-multiprocessing:method=spawn", "count = 8\nsteps = [{ cpu = \"1us\" }]", false));
    assert!((4.0 * 38.5..8.0 * 38.5).contains(&eight), "{eight} ms: two cores boot eight interpreters");
}

/// Fewer messages for more tasks.
#[test]
fn chunks_spare_dispatches() {
    let many = "count = 1000\nsteps = [{ cpu = \"10us\" }]";
    let by = |chunk: u32| makespan(&run(&format!("python-process-pool:start=warm,chunk={chunk}"), many, false));
    assert!(by(100) < 0.5 * by(1), "{} and {}", by(100), by(1));
}

#[test]
fn every_model_does_every_task() {
    for model in IMAGINED {
        let done = run(model.id, "count = 5\nsteps = [{ cpu = \"1ms\" }, { io = \"2ms\" }, { cpu = \"1ms\" }]", false);
        assert_eq!(done.status, tasklane::trace::Status::Finished, "{}", model.id);
        for task in 0..5 {
            let end = done.trace.spans_of(Task(task)).last().unwrap().state;
            assert_eq!(end, tasklane::trace::State::Done, "{}", model.id);
        }
    }
}

#[test]
fn only_coroutines_need_to_be_awaited() {
    let forgotten = "awaited = false\nsteps = [{ io = \"2ms\" }]";
    let end = |model: &str| run(model, forgotten, false).trace.spans_of(Task(0)).last().unwrap().state;
    assert_eq!(end("python-asyncio"), tasklane::trace::State::Cancelled);
    assert_eq!(end("python-gevent"), tasklane::trace::State::Done, "a spawned greenlet runs");
}

/// An interval as short as a switch: who holds the interpreter lock is asked for it before it has done anything.
#[test]
fn however_short_the_interval_everybody_gets_on() {
    for id in ["gil-threads", "python-threading", "python-thread-pool"] {
        for switch in ["1us", "10us", "100us", "1ms"] {
            let text = format!(
                "format = 1\ntitle = \"t\"\nmodels = [{{ model = \"{id}\", switch_interval = \"10us\" }}]\n[machine]\n\
                 context_switch = \"{switch}\"\n[[task]]\nname = \"a\"\ncount = 3\nsteps = [{{ cpu = \"5ms\" }}]\n"
            );
            let scenario = read::read("t.toml", &text).unwrap();
            let choice = &scenario.models[0];
            let plan = choice.plan(2);
            let costs = Costs::of_model(choice, &plan, None, &scenario.machine);
            let setup = Setup { scenario: &scenario, plan: &plan, cores: 2, seed: 1, costs: &costs };
            // It takes milliseconds; where nobody gets anywhere, it is stopped.
            let begin = std::time::Instant::now();
            let done = simulate(&setup, &|| begin.elapsed().as_secs() > 20).unwrap();
            let ends: Vec<State> =
                (0..3).filter_map(|task| Some(done.trace.spans_of(Task(task)).last()?.state)).collect();
            assert_eq!(ends, [State::Done; 3], "{id}, {switch}");
        }
    }
}
