//! Measuring what this computer costs: the table that comes of it is whole, comes back from its file, and is shown with
//! the models.

use serde_json::Value;
use tasklane::model::Language;
use tasklane::simulate::costs::Cost;
use tasklane::store::costs;

use crate::cli::Place;

#[test]
fn this_computer_is_measured_kept_and_written() {
    let place = Place::new();
    let shown = |words: &[&str]| -> Value { serde_json::from_str(&place.run(words).out).unwrap() };
    assert!(shown(&["models", "--json"])["models"][0]["costs"].is_null(), "nothing is known yet");
    let said = place.run(&["calibrate", "--json", "--out", "mine.toml"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(report["host"]["tasklane"], env!("CARGO_PKG_VERSION"));
    let table = costs::open(&place.path("mine.toml")).unwrap();
    assert_eq!(costs::kept(&place.path("config")).unwrap().as_ref(), Some(&table), "the same is kept");
    for cost in Cost::ALL {
        let measured = table.get(Language::Rust, cost).map(|time| time.0);
        assert_eq!(report["costs"][cost.id()].as_i64(), measured, "{}", cost.id());
        // Two cores may share the cache that holds a line: then it takes no longer.
        let least = i64::from(cost != Cost::CacheLineTransfer);
        assert!(measured.is_none_or(|nanos| nanos >= least), "{} costs {measured:?} ns", cost.id());
    }
    assert!(
        table.python.is_empty() && table.get(Language::Python, Cost::ProcessStart).is_none(),
        "nothing is invented"
    );
    assert_eq!(table.get(Language::Rust, Cost::GilInterval), None, "a rule is not measured");
    let known = |cost| table.get(Language::Rust, cost).unwrap_or_else(|| panic!("{cost:?} was not measured"));
    // Whatever computer it is: a process is more than a thread, a thread more than a turn of a loop.
    assert!(known(Cost::ProcessStart) > known(Cost::ThreadStart));
    assert!(known(Cost::ThreadStart) > known(Cost::LoopTurn));
    assert!(known(Cost::Message) > known(Cost::MessageKib));
    let models = shown(&["models", "--json"]);
    let threads = models["models"].as_array().unwrap().iter().find(|model| model["id"] == "threads").unwrap();
    assert_eq!(threads["costs"]["thread_start"].as_i64(), Some(known(Cost::ThreadStart).0));
    let said = place.run(&["models"]);
    assert!(said.out.contains(&format!("here  starting a thread {}", known(Cost::ThreadStart))), "{}", said.out);
}

#[test]
fn a_table_that_is_wrong_hides_nothing_else() {
    let place = Place::new();
    std::fs::create_dir(place.path("config")).unwrap();
    place.write("config/costs.toml", "format = 1\n[costs]\nthread_strat = \"1us\"\n");
    let said = place.run(&["models"]);
    assert_eq!(said.status, 0);
    assert!(said.out.contains("threads") && !said.out.contains("  here  "), "{}", said.out);
    for part in ["`costs.thread_strat`: unknown key", "config/costs.toml:3:1", "did you mean `thread_start`?"] {
        assert!(said.err.contains(part), "`{part}` is missing in\n{}", said.err);
    }
}

#[test]
fn files_that_are_no_tables_say_why() {
    let place = Place::new();
    let check = |name: &str, expected: &str| {
        let error = costs::open(&place.path(name)).unwrap_err().to_string();
        assert!(error.contains(expected), "`{expected}` is missing in\n{error}");
    };
    place.write("empty.toml", "");
    std::fs::write(place.path("bytes.toml"), [0xFF; 8]).unwrap();
    std::fs::write(place.path("large.toml"), vec![b'#'; (1 << 20) + 1]).unwrap();
    check("missing.toml", "there is no such file: `tasklane calibrate --out FILE` writes one");
    check("", "this is a folder");
    check("empty.toml", "`format`: is missing");
    check("bytes.toml", "this is no table of costs");
    check("large.toml", "this is no table of costs");
}

/// What somebody writes by hand counts, too, and what is wrong in it is told before anything runs.
#[test]
fn an_imagined_computer_charges_what_the_table_says() {
    let place = Place::new();
    place.write("slow.toml", "format = 1\n[costs.python]\nthread_start = \"100ms\"\n");
    place.write("wrong.toml", "format = 1\n[costs]\nsteal = \"fast\"\n");
    let simulated = |words: &[&str]| -> Value {
        let words = [&["run", "kitchen", "--simulate", "--tasks", "3", "--json"], words].concat();
        let said = place.run(&words);
        assert_eq!(said.status, 0, "{}", said.err);
        serde_json::from_str(&said.out).unwrap()
    };
    let models = ["--model", "threads", "--model", "python-threading", "--model", "python-sequential"];
    let makespans = |report: &Value| -> Vec<i64> {
        report["runs"].as_array().unwrap().iter().map(|run| run["makespan_ns"].as_i64().unwrap()).collect()
    };
    let (usual, slow) = (simulated(&models), simulated(&[&models[..], &["--costs", "slow.toml"]].concat()));
    assert_eq!(usual["runs"][1]["engine"], "simulated");
    assert!(usual["runs"][0]["speedup"].is_null(), "no baseline in Rust was run");
    assert!(usual["runs"][1]["speedup"].as_f64().unwrap() > 1.0, "against python-sequential");
    let (usual, slow) = (makespans(&usual), makespans(&slow));
    assert_eq!((usual[0], usual[2]), (slow[0], slow[2]), "the table is about threads of Python");
    assert!(slow[1] >= usual[1] + 250_000_000, "{} and {}", slow[1], usual[1]);
    let said = place.run(&["run", "kitchen", "--simulate", "--costs", "wrong.toml"]);
    assert_eq!((said.status, said.out.as_str()), (2, ""));
    assert!(
        said.err.contains("`costs.steal`: must be a duration") && said.err.contains("wrong.toml:3:9"),
        "{}",
        said.err
    );
}
