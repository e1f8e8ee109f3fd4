//! Runs on an imagined computer, as the engine, the exports and the command line make them: the same to the last byte
//! each time, under the trace's contract, marked as simulated wherever they are shown.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use tasklane::analysis::metrics::metrics;
use tasklane::analysis::report_run::ReportRun;
use tasklane::engine::session::{EntryProgress, Session};
use tasklane::engine::{Imagined, LiveImagined, Request, Snapshots, StartError, imagine, imagine_watched};
use tasklane::export::{self, Options};
use tasklane::model::{self, ModelChoice, WhileInIo};
use tasklane::scenario::check::any_step;
use tasklane::scenario::{Engine, Scenario, Step, catalog};
use tasklane::simulate::costs::{Cost, CostTable};
use tasklane::simulate::{Order, Refusal};
use tasklane::time::Nanos;
use tasklane::trace::{Cause, Run, Span, State, Status, Task};

use crate::cli::Place;
use crate::contract;
use crate::fixture::ms;
use crate::session::poll_until;
use crate::textbooks::{choice, request, scenario};

pub fn computed(request: &Request) -> Imagined {
    imagine(request, &|| false).unwrap_or_else(|error| panic!("{} {}: {error}", request.scenario_id, request.choice))
}

fn saved(run: &Arc<Run>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let format = export::find("tasklane").unwrap();
    format.write(&[ReportRun::alone(Arc::clone(run))], &Options::default(), &mut bytes).unwrap();
    bytes
}

/// The promises of every trace, and those that only an imagined computer can keep: no core carries two tasks at once,
/// and everything is accounted for.
pub fn check(run: &Run) {
    contract::check(run);
    let name = format!("{} {:?} {}", run.scenario_id, run.variant, run.choice);
    let mut on_core: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
    for span in run.trace.spans().filter(|span| span.state == State::Running || has_core(span)) {
        on_core.entry(span.core.get().unwrap()).or_default().push(span);
    }
    for (core, mut spans) in on_core {
        spans.sort_by_key(|span| (span.start, span.end));
        for pair in spans.windows(2) {
            assert!(pair[0].end <= pair[1].start, "{name}: two tasks at once on core {core}: {pair:?}");
        }
    }
    // Whether a wait held the worker is recorded, as it is when measured.
    let holds = run.choice.plan(run.cores).io == WhileInIo::HoldsWorker;
    let is_blocking = |step: &Step| matches!(step, Step::Io { blocking: true, .. });
    let has_calls = run.scenario.groups.iter().any(|group| any_step(&group.steps, &is_blocking));
    for span in run.trace.spans().filter(|span| span.state == State::Io && (holds || !has_calls)) {
        assert_eq!(span.cause, if holds { Cause::Blocking } else { Cause::None }, "{name}: {span:?}");
    }
    let account = &run.account;
    assert_eq!(account.received, run.trace.len() as u64, "{name}");
    assert_eq!(account.cpu, account.overhead.map(|overhead| metrics(run).running + overhead), "{name}");
    assert_eq!(account.costs.as_ref().unwrap().costs.len(), Cost::ALL.len(), "{name}");
    assert!(metrics(run).utilization.is_none_or(|share| share <= 1.0 + 1e-9), "{name}");
}

/// Whether it is told of a core what that does for a task that does not run meanwhile.
fn has_core(span: &Span) -> bool {
    let is_overhead =
        matches!((span.state, span.cause), (State::Starting | State::Shipping, _) | (State::Ready, Cause::Switching));
    is_overhead && span.core.get().is_some()
}

/// Every built-in scenario in each of its variants, under every model, on two cores.
fn everything() -> impl Iterator<Item = Request> {
    catalog::all().flat_map(|(id, scenario)| {
        let variants: Vec<Option<String>> = match &scenario.variants[..] {
            [] => vec![None],
            all => all.iter().map(|variant| Some(variant.id.clone())).collect(),
        };
        let of_variant = move |variant: Option<String>| {
            let own = Scenario::clone(scenario.variant(variant.as_deref()).unwrap());
            let cores = own.machine.cores.unwrap_or(2);
            let own = request(own, ModelChoice::new(model::MODELS[0]), cores);
            let own = Request { scenario_id: id.into(), variant, ..own };
            model::all().map(move |model| Request { choice: ModelChoice::new(model), ..own.clone() })
        };
        variants.into_iter().flat_map(of_variant)
    })
}

#[test]
fn every_scenario_under_every_model_keeps_the_contract_and_comes_out_the_same() {
    for request in everything() {
        let (one, other) = (computed(&request), computed(&request));
        check(&one.run);
        assert_eq!(one.run.status, Status::Finished, "{} {}", request.scenario_id, request.choice);
        assert!(saved(&one.run) == saved(&other.run), "{} {}: not the same bytes", request.scenario_id, request.choice);
        assert_eq!(one.decisions, other.decisions, "{} {}", request.scenario_id, request.choice);
    }
}

#[test]
fn a_saved_simulated_run_opens_again_and_nothing_of_this_computer_is_in_it() {
    let request = everything().find(|request| request.scenario_id == "kitchen").unwrap();
    let run = computed(&request).run;
    let bytes = saved(&run);
    let again = export::tasklane::read(&bytes).unwrap();
    assert_eq!((again.engine, &again.trace, &again.account), (Engine::Simulated, &run.trace, &run.account));
    let host = tasklane::host::describe();
    let text = String::from_utf8_lossy(&bytes);
    for word in [&host.cpu, &host.os].into_iter().filter(|word| !word.is_empty()) {
        assert!(!text.contains(word.as_str()), "{word} is in the file");
    }
}

/// A table's counts where nobody has set one of the model, and the scenario's always.
#[test]
fn the_interval_of_the_interpreter_lock_has_one_last_word() {
    let check = |machine: &str, params: &[(&str, i64)], table: Option<i64>, expected: Nanos| {
        let body = format!("{machine}[[task]]\nname = \"a\"\ncount = 2\nsteps = [{{ cpu = \"40ms\" }}]\n");
        let all = table.map(|time| BTreeMap::from([(Cost::GilInterval, ms(time))])).unwrap_or_default();
        let costs = Some(Arc::new(CostTable { all, ..CostTable::default() }));
        let request = Request { costs, ..request(scenario(&body), choice("gil-threads", params), 2) };
        let run = imagine(&request, &|| false).unwrap().run;
        assert_eq!(run.account.costs.as_ref().unwrap().costs["gil_interval"], expected);
        let first = run.trace.spans_of(Task(0)).find(|span| span.state == State::Running).unwrap();
        assert!((first.length() - expected).0.abs() < 1_000_000, "{expected:?}: {first:?}");
    };
    check("", &[], None, ms(5));
    check("", &[], Some(20), ms(20));
    check("", &[("switch_interval", 10_000)], None, ms(10));
    check("", &[("switch_interval", 10_000)], Some(20), ms(10));
    check("", &[("switch_interval", 5_000)], Some(20), ms(5));
    check("machine.gil_interval = \"15ms\"\n", &[("switch_interval", 10_000)], Some(20), ms(15));
    check("machine.ideal = true\n", &[], Some(20), ms(20));
}

#[test]
fn costs_come_from_the_table_and_the_scenario_has_the_last_word() {
    let body = |machine: &str| {
        scenario(&format!("[machine]\n{machine}[[task]]\nname = \"sum\"\ncount = 4\nsteps = [{{ cpu = \"1ms\" }}]\n"))
    };
    let table = |start: i64| {
        let all = BTreeMap::from([(Cost::ThreadStart, ms(start))]);
        Some(Arc::new(CostTable { source: "mine.toml".into(), all, ..CostTable::default() }))
    };
    let makespan = |machine: &str, costs: Option<Arc<CostTable>>| {
        let request = Request { costs, ..request(body(machine), choice("threads", &[]), 1) };
        let run = computed(&request).run;
        (metrics(&run).makespan, run.account.costs.clone().unwrap())
    };
    let (cheap, used) = makespan("", table(1));
    assert_eq!((used.source.as_deref(), used.costs["thread_start"]), (Some("mine.toml"), ms(1)));
    let (dear, _) = makespan("", table(20));
    assert!(dear >= cheap + ms(19), "{cheap} and {dear}");
    let (own, used) = makespan("thread_start = \"1ms\"\n", table(20));
    assert_eq!((own, used.costs["thread_start"]), (cheap, ms(1)));
    assert_eq!(makespan("", None).1.source, None);
    assert_eq!(makespan("ideal = true\n", table(20)).0, ms(4));
}

#[test]
fn the_session_makes_simulated_and_measured_runs_alike() {
    let measured = {
        let scenario = scenario("[[task]]\nname = \"sum\"\ncount = 2\nsteps = [{ cpu = \"2ms\" }]\n");
        Request { engine: Engine::Measured, ..request(scenario, choice("sequential", &[]), 1) }
    };
    let simulated = Request { engine: Engine::Simulated, ..measured.clone() };
    let beside = Request { choice: choice("threads", &[]), ..simulated.clone() };
    let mut session = Session::new(Snapshots::Growing, Arc::new(|| {}));
    let ids = session.start(vec![measured, simulated, beside], 2).unwrap();
    poll_until(&mut session, "runs of both engines", |session| !session.is_running());
    let entries: Vec<_> = ids.iter().map(|id| session.entry(*id).unwrap()).collect();
    assert!(entries.iter().all(|entry| (entry.progress, entry.repeats.len()) == (EntryProgress::Over, 2)));
    let engines = [Engine::Measured, Engine::Simulated, Engine::Simulated];
    assert_eq!(entries.iter().map(|entry| entry.run.engine).collect::<Vec<_>>(), engines);
    assert_eq!(entries[1].repeats[0], entries[1].repeats[1], "it is the same each time");
    assert!(entries[0].decisions.is_empty() && !entries[2].decisions.is_empty());
    // A speedup compares runs of one engine.
    let baseline = |at: usize| session.baseline_of(ids[at]).unwrap().id;
    assert_eq!((baseline(0), baseline(1), baseline(2)), (ids[0], ids[1], ids[1]));
}

#[test]
fn a_computation_can_be_stopped() {
    let endless = scenario(
        "[[task]]\nname = \"sum\"\ncount = 100\nsteps = [{ repeat = 400_000, steps = [{ cpu = \"1ms\" }, { io = \"1ms\" }] }]\n",
    );
    let endless = request(endless, choice("threads", &[]), 1);
    let live = LiveImagined::start(endless.clone(), Arc::new(|| {})).unwrap();
    assert_eq!(live.snapshot().status, Status::Growing);
    live.cancel();
    let run = contract::wait_for("cancel", || live.is_over().then(|| live.snapshot()));
    assert_eq!(run.status, Status::Cancelled);
    assert!((0..run.trace.tasks()).all(|task| run.trace.spans_of(Task(task)).all(|span| span.end >= span.start)));
    let stopped = imagine(&endless, &|| true).unwrap().run;
    assert_eq!(stopped.status, Status::Cancelled);
}

/// Half a million events: each task computes and waits again and again.
fn long() -> Request {
    let steps = "{ repeat = 50, steps = [{ cpu = \"100us\" }, { io = \"1ms\" }] }";
    let tasks = format!("[[task]]\nname = \"t\"\ncount = 2_000\narrive = {{ every = \"2ms\" }}\nsteps = [{steps}]\n");
    request(scenario(&tasks), choice("threads", &[]), 2)
}

#[test]
fn a_cancelled_simulation_keeps_what_had_happened_until_then() {
    let request = long();
    let whole = computed(&request).run;
    let stop = |share: f64| if share > 0.6 { Order::Stop } else { Order::GoOn };
    let stopped = imagine_watched(&request, &stop).unwrap().run;
    assert_eq!((whole.status, stopped.status), (Status::Finished, Status::Cancelled));
    assert!(stopped.trace.len() > 1 << 18 && stopped.trace.len() < whole.trace.len());
    check(&stopped);
    let mut outcomes = BTreeMap::new();
    for task in (0..stopped.trace.tasks()).map(Task) {
        let (mut own, all): (Vec<Span>, Vec<Span>) =
            (stopped.trace.spans_of(task).collect(), whole.trace.spans_of(task).collect());
        let last = own.last().copied().unwrap();
        *outcomes.entry((last.state, last.cause)).or_insert(0) += 1;
        if last.state == State::Cancelled {
            // It was cut off where it was: what it was in ends there.
            assert_eq!((last.cause, last.start), (Cause::Stopped, stopped.trace.horizon()));
            own.pop();
            let last = own.len().saturating_sub(1);
            if let (Some(cut), Some(before)) = (own.last_mut(), all.get(last)) {
                cut.end = before.end;
            }
        }
        assert_eq!(own[..], all[..own.len()], "{task:?}");
    }
    assert_eq!(outcomes.keys().copied().collect::<Vec<_>>().len(), 2, "{outcomes:?}");
    assert!(outcomes.values().all(|count| *count > 100), "{outcomes:?}");
    // Nobody wants it: nothing is kept.
    let abandoned = imagine(&request, &|| true).unwrap().run;
    assert_eq!((abandoned.status, abandoned.trace.len()), (Status::Cancelled, 0));
}

#[test]
fn whoever_waits_hears_how_far_a_simulation_is() {
    let sum = "[[task]]\nname = \"sum\"\ncount = 4\nsteps = [{ cpu = \"40s\" }]\n";
    let failing = "[[task]]\nname = \"fails\"\ncount = 20_000\nsteps = [{ cpu = \"1us\" }, { fail = \"so\" }, { cpu = \"1ms\" }]\n";
    for request in [
        long(),
        request(scenario(sum), choice("threads", &[]), 1),
        request(scenario(sum), choice("gil-threads", &[]), 2),
        request(scenario(failing), choice("sequential", &[]), 1),
    ] {
        let heard = RefCell::new(Vec::new());
        let listen = |share: f64| {
            heard.borrow_mut().push(share);
            Order::GoOn
        };
        imagine_watched(&request, &listen).unwrap();
        let heard = heard.into_inner();
        assert!(heard.iter().all(|share| (0.0..=1.0).contains(share)), "{}", request.choice);
        assert!(heard.is_sorted(), "{}: never less than before", request.choice);
        let steps = heard.windows(2).map(|pair| pair[1] - pair[0]).fold(heard[0], f64::max);
        assert!(steps < 0.35 && heard.last().is_some_and(|last| *last >= 0.9), "{}: {steps}", request.choice);
    }
}

#[test]
fn a_crowd_that_waits_for_the_interpreter_lock_costs_no_more_than_a_few() {
    let switches_per_slice = |tasks: u32| {
        let tasks = format!("[[task]]\nname = \"t\"\ncount = {tasks}\nsteps = [{{ cpu = \"20ms\" }}]\n");
        let run = computed(&request(scenario(&tasks), choice("gil-threads", &[]), 1)).run;
        let slices = run.trace.states().iter().filter(|state| **state == State::Running).count();
        run.account.switches_voluntary.unwrap() as f64 / slices as f64
    };
    let (few, crowd) = (switches_per_slice(8), switches_per_slice(1_000));
    assert!(crowd < 2.0 * few, "{few} and {crowd} times somebody left a core for each stretch of running");
}

#[test]
fn the_impossible_is_refused_before_anything_is_spent() {
    let small = || scenario("[[task]]\nname = \"sum\"\nsteps = [{ cpu = \"1ms\" }]\n");
    let refused = |request: &Request| tasklane::engine::check(request).unwrap_err();
    let cores = |cores: u32| StartError::Refused(Refusal::Cores { cores });
    assert_eq!(refused(&request(small(), choice("threads", &[]), 0)), cores(0));
    assert_eq!(refused(&request(small(), choice("threads", &[]), 1_025)), cores(1_025));
    assert_eq!(tasklane::engine::check(&request(small(), choice("threads", &[]), 1_024)), Ok(()));
    // As many threads as no system allows are no matter where they are imagined.
    let crowd = scenario("[[task]]\nname = \"crowd\"\ncount = 900_000\nsteps = [{ cpu = \"1ms\" }]\n");
    assert_eq!(tasklane::engine::check(&request(crowd, choice("threads", &[]), 4)), Ok(()));
}

const TWO: &str = "format = 1\ntitle = \"Two\"\nmodels = [\"sequential\", \"threads\"]\n[machine]\ncores = 8\n\
                   [[task]]\nname = \"sum\"\ncount = 4\nsteps = [{ cpu = \"5ms\" }]\n";

#[test]
fn the_command_line_simulates_and_says_so() {
    let place = Place::new();
    place.write("two.toml", TWO);
    place.write("imagined.toml", &TWO.replace("models", "engine = \"simulated\"\nmodels"));
    let json = |words: &[&str]| -> Value {
        let said = place.run(words);
        assert_eq!(said.status, 0, "{words:?}: {}", said.err);
        serde_json::from_str(&said.out).unwrap()
    };
    let asked = json(&["run", "two.toml", "--simulate", "--json"]);
    let of_file = json(&["run", "imagined.toml", "--json"]);
    assert_eq!(asked["runs"], of_file["runs"]);
    assert_eq!(asked["host"], Value::Null, "there is no such computer");
    for run in asked["runs"].as_array().unwrap() {
        assert_eq!((&run["engine"], &run["cores"]), (&"simulated".into(), &8.into()));
        let nanos = |key: &str| run[key].as_i64().unwrap_or_else(|| panic!("{key} of {run}"));
        assert_eq!(nanos("cpu_ns"), 20_000_000 + nanos("overhead_ns"));
    }
    assert!(asked["runs"][1]["speedup"].as_f64().unwrap() > 3.0);
    let wide = json(&["run", "two.toml", "--simulate", "--cores", "1024", "--json"]);
    assert_eq!(wide["runs"][0]["cores"], 1024);

    let said = place.run(&["run", "two.toml", "--simulate"]);
    for words in ["simulated on an imagined computer of 8 cores · costs: Tasklane's defaults", "simulated, 8 cores"] {
        assert!(said.out.contains(words), "{words} is missing in\n{}", said.out);
    }
    assert!(!said.out.contains("measured"), "{}", said.out);
    assert_eq!(place.run(&["run", "two.toml", "--simulate"]).out, said.out);
}

#[test]
fn every_export_of_a_simulated_run_says_what_it_is() {
    let place = Place::new();
    place.write("two.toml", TWO);
    let write = |folder: &str| {
        let formats = "svg,csv,metrics,json,tasklane";
        let said = place.run(&["run", "two.toml", "--simulate", "--out", folder, "--format", formats, "--json"]);
        assert_eq!(said.status, 0, "{}", said.err);
    };
    write("one");
    write("other");
    let mut names: Vec<_> =
        std::fs::read_dir(place.path("one")).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    for name in &names {
        let read = |folder: &str| std::fs::read(place.path(folder).join(name)).unwrap();
        assert!(read("one") == read("other"), "{} differs", name.display());
        let text = String::from_utf8_lossy(&read("one")).into_owned();
        let name = name.to_string_lossy();
        assert!(text.contains("simulated"), "{name} does not say that it is simulated");
    }
    assert_eq!(names.len(), 2 * 5 + 3, "{names:?}");
}

#[test]
fn what_no_imagined_computer_can_do_is_told_with_its_limit() {
    let place = Place::new();
    let check = |file: &str, words: &[&str], expected: &str| {
        place.write("bad.toml", file);
        let said = place.run(&[&["run", "bad.toml", "--simulate"], words].concat());
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{expected}: {}", said.err);
        assert!(said.err.contains(expected), "`{expected}` is missing in\n{}", said.err);
    };
    let machine = |line: &str| TWO.replace("cores = 8", line);
    check(&machine("cores = 0"), &[], "from 1 to 1024");
    check(&machine("cores = 1025"), &[], "from 1 to 1024");
    check(TWO, &["--cores", "1025"], "from 1 to 1024");
    check(&machine("quantum = \"0ms\""), &[], "quantum");
    check(&machine("context_switch = \"-1us\""), &[], "negative");
    check(&TWO.replace("count = 4", "count = 1_000_000_000"), &[], "10000000");
    check(TWO, &["--tasks", "1000000000"], "10000000");
    let steps = |steps: &str| TWO.replace("{ cpu = \"5ms\" }", steps);
    check(&steps("{ repeat = 1_000_000_000, steps = [{ yield = true }] }"), &[], "100000000");
    check(&steps("{ repeat = 1_000_000, steps = [{ cpu = \"30000s\" }] }"), &[], "bad.toml");
}

#[test]
fn predictions_stand_beside_what_was_measured() {
    let place = Place::new();
    place.write("two.toml", &TWO.replace("cores = 8", "cores = 1"));
    let said = place.run(&["predict", "two.toml", "--json"]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.contains("measuring first what things cost on this computer"), "{}", said.err);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let rows = report["rows"].as_array().unwrap();
    assert_eq!((&report["runs"], rows.len()), (&2.into(), 2));
    assert!(report["costs"]["costs"]["thread_start"].as_i64() > Some(0), "{}", report["costs"]);
    assert_eq!(report["costs"]["per_row"], true);
    // Where two cores share the cache that holds it, a line may cost nothing.
    let is_a_cost =
        |cost: &str, time: &Value| time.as_i64() > Some(0) || cost == "cache_line_transfer" && time.as_i64() == Some(0);
    for row in rows {
        for (cost, time) in row["costs"].as_object().unwrap() {
            assert!(is_a_cost(cost, time), "{cost}: {time}");
        }
        assert!(row["costs"]["sleep_overshoot"].is_i64() && row["costs"]["gil_hand_off"].is_null(), "{row}");
        let makespan = |side: &str| row[side]["makespan_ns"].as_f64().unwrap();
        let off = (makespan("predicted") - makespan("measured")) / makespan("measured");
        assert!((row["makespan_off"].as_f64().unwrap() - off).abs() < 1e-9, "{row}");
        let is_beyond = row["beyond"].as_array().unwrap().contains(&"makespan".into());
        assert_eq!(is_beyond, off.abs() > 0.05, "{row}");
        // No more than that while they disagree; fewer than three only of what takes long.
        assert!((3..=18).contains(&row["times"].as_u64().unwrap()) || makespan("measured") > 4e8, "{row}");
    }
    // Before it is looked again at what things cost, there is one table of one scenario, and another for what ran on cores
    // that were shared; a row tells what its model pays.
    let said = place.run(&["predict", "two.toml", "--json", "--repeat", "3"]);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    for row in report["rows"].as_array().unwrap() {
        for (cost, time) in row["costs"].as_object().unwrap() {
            let is_of_table = &report["costs"]["costs"][cost] == time;
            assert!(is_of_table || row["cores_were"] != "alone" && is_a_cost(cost, time), "{cost}: {time}");
        }
    }
    place.write("mine.toml", "format = 1\nsource = \"of mine\"\n[costs]\nwake_up = \"7us\"\n");
    let with_table = |words: &[&str]| place.run(&[&["predict"], words, &["--costs", "mine.toml"]].concat());
    let said = with_table(&["two.toml", "--model", "sequential", "--repeat", "2"]);
    assert!(!said.err.contains("measuring first"), "{}", said.err);
    let row = said.out.lines().find(|line| line.contains("two · sequential")).expect("a row");
    assert!(row.contains("  2  "), "{row}");
    for part in ["within the bounds: ", "with the same seeds", "Costs: of mine."] {
        assert!(said.out.replace('\n', " ").contains(part), "`{part}` is missing in\n{}", said.out);
    }
    let report: Value = serde_json::from_str(&with_table(&["two.toml", "--json", "--repeat", "1"]).out).unwrap();
    assert_eq!((&report["costs"]["source"], &report["rows"][0]["times"]), (&"of mine".into(), &1.into()));
    assert_eq!(report["costs"]["costs"]["wake_up"], 7_000);
    assert_eq!(report["costs"]["per_row"], false);
    // More cores than any computer has: left out, and said.
    place.write("many.toml", &TWO.replace("cores = 8", "cores = 1024"));
    let said = place.run(&["predict", "many.toml"]);
    assert!(said.status == 0 && said.err.contains("left out: many · sequential: 1024 cores"), "{}", said.err);
    assert!(!said.err.contains("measuring first"), "there is nothing to be compared: {}", said.err);
    assert_eq!(place.run(&["predict", "kitchn"]).status, 2);
}

/// Of a simulated run, CPU time is what ran and what was overhead; a clock has no part in it.
#[test]
fn a_simulated_run_is_as_long_as_it_is_said_to_be() {
    let body =
        "[machine]\nideal = true\n[[task]]\nname = \"nap\"\nsteps = [{ io = \"2000000s\" }, { cpu = \"1ms\" }]\n";
    let run = computed(&request(scenario(body), choice("sequential", &[]), 1)).run;
    assert_eq!(metrics(&run).makespan, Nanos::from_millis(2_000_000_001));
    assert_eq!((run.account.cpu, run.account.overhead), (Some(ms(1)), Some(Nanos::ZERO)));
}

/// As when measured: where the main thread does the tasks itself, there is no other.
#[test]
fn threads_are_counted_with_the_main_thread() {
    let threads = |model: &str| {
        let body = "[[task]]\nname = \"t\"\ncount = 3\nsteps = [{ cpu = \"1ms\" }]\n";
        computed(&request(scenario(body), choice(model, &[]), 2)).run.account.threads_max
    };
    assert_eq!(["sequential", "event-loop", "python-asyncio"].map(threads), [Some(1); 3]);
    assert_eq!(["threads", "thread-pool", "async-pool"].map(threads), [Some(4), Some(3), Some(3)]);
}
