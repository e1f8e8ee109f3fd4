//! The command line's contract, held by the real binary: what it prints, its exit status, what it says of mistakes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Two kinds of tasks, some milliseconds each.
pub const QUICK: &str = r#"
format = 1
title = "Quick"
summary = "Two kinds of tasks."
models = ["sequential", { model = "thread-pool", workers = 2 }]
[machine]
cores = 1
[[task]]
name = "egg"
count = 3
steps = [{ print = "Boiling {n}" }, { cpu = "1ms" }, { io = "5ms" }]
[[task]]
name = "bell"
after = ["egg"]
steps = [{ fail = "broken" }]
"#;

const RUN_KEYS: [&str; 33] = [
    "model",
    "params",
    "variant",
    "engine",
    "cores",
    "makespan_ns",
    "cpu_ns",
    "cpu_user_ns",
    "cpu_system_ns",
    "server_cpu_ns",
    "utilization",
    "speedup",
    "waiting_mean_ns",
    "turnaround_mean_ns",
    "response_mean_ns",
    "overhead_ns",
    "context_switches",
    "switches_voluntary",
    "switches_involuntary",
    "migrations",
    "preemption_source",
    "switches_lost",
    "threads_max",
    "peak_memory_bytes",
    "events",
    "dropped",
    "variables",
    "lines_dropped",
    "output",
    "repeats",
    "tasks",
    "diagnoses",
    "theory",
];

const TASK_KEYS: [&str; 11] = [
    "name",
    "arrive_ns",
    "start_ns",
    "finish_ns",
    "running_ns",
    "io_ns",
    "waiting_ns",
    "blocked_ns",
    "turnaround_ns",
    "response_ns",
    "outcome",
];

/// The binary in a folder of its own, without a display.
pub struct Place {
    folder: TempDir,
}

pub struct Said {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Place {
    pub fn new() -> Self {
        Place { folder: TempDir::new().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tasklane"));
        command.args(words);
        self.here(command)
    }

    /// What a shell makes of the line.
    pub fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]).stdin(Stdio::null());
        self.here(command)
    }

    fn here(&self, mut command: Command) -> Command {
        command.current_dir(self.folder.path()).env("TASKLANE_CONFIG_DIR", self.path("config"));
        for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "LC_ALL", "LC_MESSAGES", "LANG", "COLUMNS"] {
            command.env_remove(name);
        }
        command
    }

    pub fn run(&self, words: &[&str]) -> Said {
        let output = self.command(words).stdin(Stdio::null()).output().unwrap();
        Said {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[track_caller]
fn has_exactly(value: &Value, expected: &[&str]) {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    let mut found = keys(value);
    found.sort_unstable();
    assert_eq!(found, expected);
}

fn nanos(value: &Value, key: &str) -> i64 {
    value[key].as_i64().unwrap_or_else(|| panic!("{key} of {value}"))
}

#[test]
fn json_is_the_contract_and_nothing_else() {
    let place = Place::new();
    place.write("quick.toml", QUICK);
    let said = place.run(&["run", "quick.toml", "--repeat", "3", "--json"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    has_exactly(&report, &["scenario", "host", "runs"]);
    assert_eq!(report["scenario"], "quick");
    let runs = report["runs"].as_array().unwrap();
    let models: Vec<&str> = runs.iter().map(|run| run["model"].as_str().unwrap()).collect();
    assert_eq!(models, ["sequential", "thread-pool"]);
    assert_eq!(runs[1]["params"]["workers"], 2);
    for run in runs {
        has_exactly(run, &RUN_KEYS);
        assert_eq!(run["engine"], "measured");
        assert_eq!(run["cores"], 1);
        assert_eq!(run["variant"], Value::Null);
        assert_eq!(run["dropped"], 0);
        let mut repeats: Vec<i64> =
            run["repeats"].as_array().unwrap().iter().map(|one| one.as_i64().unwrap()).collect();
        repeats.sort_unstable();
        assert_eq!(repeats.len(), 3);
        assert_eq!(nanos(run, "makespan_ns"), repeats[1], "the run of median makespan is the one told of");
        let printed: Vec<&str> =
            run["output"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
        assert!(printed.contains(&"Boiling 3"), "{printed:?}");
        let tasks = run["tasks"].as_array().unwrap();
        let names: Vec<&str> = tasks.iter().map(|task| task["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["egg-1", "egg-2", "egg-3", "bell"]);
        tasks.iter().for_each(check_task);
        assert_eq!(tasks[3]["outcome"], "failed");
    }
    let (first, second) = (nanos(&runs[0], "makespan_ns"), nanos(&runs[1], "makespan_ns"));
    let speedup = runs[1]["speedup"].as_f64().unwrap();
    let expected = Value::from(first).as_f64().unwrap() / Value::from(second).as_f64().unwrap();
    assert!((speedup - expected).abs() < 1e-9, "{speedup} is not {expected}");
}

/// The definitions of the terms.
fn check_task(task: &Value) {
    has_exactly(task, &TASK_KEYS);
    let nanos = |key: &str| nanos(task, key);
    assert_eq!(nanos("turnaround_ns"), nanos("finish_ns") - nanos("arrive_ns"), "{task}");
    assert_eq!(nanos("waiting_ns"), nanos("turnaround_ns") - nanos("running_ns") - nanos("io_ns"), "{task}");
    assert_eq!(nanos("response_ns"), nanos("start_ns") - nanos("arrive_ns"), "{task}");
    assert!(nanos("blocked_ns") <= nanos("waiting_ns"), "{task}");
}

#[test]
fn people_read_a_chart_a_table_and_what_was_printed() {
    let place = Place::new();
    place.write("quick.toml", QUICK);
    let said = place.run(&["run", "quick.toml"]);
    assert_eq!(said.status, 0, "{}", said.err);
    for words in
        ["Quick", "egg-2", "core 0", "Thread pool · 2 workers", "makespan", "Boiling 3", "broken", "1 task failed"]
    {
        assert!(said.out.contains(words), "{words} is missing in\n{}", said.out);
    }
    assert!(!said.out.contains('\x1b'), "colors are for terminals");
    assert!(said.out.lines().all(|line| line.chars().count() <= 160), "{}", said.out);
}

#[test]
fn the_picture_fits_the_width_it_is_given() {
    let place = Place::new();
    place.write("quick.toml", QUICK);
    let output = place.command(&["run", "quick.toml"]).env("COLUMNS", "72").output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let cores: Vec<&str> = out.lines().filter(|line| line.trim_start().starts_with("core 0")).collect();
    assert_eq!(cores.len(), 2);
    assert!(cores.iter().all(|line| line.chars().count() == 72), "{out}");
}

#[test]
fn options_reach_the_run() {
    let place = Place::new();
    place.write("quick.toml", QUICK);
    let words =
        ["run", "quick.toml", "--model", "event-loop", "--model", "threads", "--tasks", "5", "--seed", "7", "--json"];
    let said = place.run(&words);
    assert_eq!(said.status, 0, "{}", said.err);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let runs = report["runs"].as_array().unwrap();
    assert_eq!((&runs[0]["model"], &runs[1]["model"]), (&"event-loop".into(), &"threads".into()));
    assert!(runs.iter().all(|run| run["tasks"].as_array().unwrap().len() == 6));
    assert!(runs.iter().all(|run| run["speedup"].is_null()), "without the baseline it is unknown");
}

#[test]
fn runs_are_variants_times_models() {
    let place = Place::new();
    let variants = "[[variant]]\nid = \"few\"\ntitle = \"Few\"\nset = { \"task.egg.count\" = 1 }\n\
                    [[variant]]\nid = \"many\"\ntitle = \"Many\"\nset = { \"task.egg.count\" = 2 }\n";
    place.write("varied.toml", &format!("{QUICK}{variants}"));
    let ran = |words: &[&str]| -> Vec<(String, String, usize)> {
        let said = place.run(words);
        assert_eq!(said.status, 0, "{}", said.err);
        let report: Value = serde_json::from_str(&said.out).unwrap();
        let text = |run: &Value, key: &str| run[key].as_str().unwrap().to_owned();
        let runs = report["runs"].as_array().unwrap().iter();
        runs.map(|run| (text(run, "variant"), text(run, "model"), run["tasks"].as_array().unwrap().len())).collect()
    };
    let row = |variant: &str, model: &str, tasks: usize| (variant.to_owned(), model.to_owned(), tasks);
    assert_eq!(
        ran(&["run", "varied.toml", "--json"]),
        [
            row("few", "sequential", 2),
            row("few", "thread-pool", 2),
            row("many", "sequential", 3),
            row("many", "thread-pool", 3)
        ]
    );
    assert_eq!(
        ran(&["run", "varied.toml", "--variant", "many", "--model", "threads", "--json"]),
        [row("many", "threads", 3)]
    );
}

#[test]
fn files_are_named_by_scenario_and_model_and_open_again() {
    let place = Place::new();
    place.write("quick.toml", QUICK);
    let said = place.run(&["run", "quick.toml", "--out", "out/deep", "--format", "svg,csv,json,tasklane", "--json"]);
    assert_eq!(said.status, 0, "{}", said.err);
    serde_json::from_str::<Value>(&said.out).expect("only the object is on stdout");
    for name in ["quick-sequential.svg", "quick-thread-pool-workers-2.csv", "quick-sequential.json"] {
        assert!(place.path("out/deep").join(name).exists(), "{name}\n{}", said.err);
    }
    let words = ["export", "out/deep/quick-sequential.tasklane", "--format", "svg", "--out", "again.svg"];
    let said = place.run(&words);
    assert_eq!(said.status, 0, "{}", said.err);
    let svg = |path: &Path| fs::read_to_string(path).unwrap();
    assert!(svg(&place.path("again.svg")).starts_with("<svg") || svg(&place.path("again.svg")).starts_with("<?xml"));
}

#[test]
fn lists_are_for_people_and_programs() {
    let place = Place::new();
    let json = |words: &[&str]| -> Value { serde_json::from_str(&place.run(words).out).unwrap() };
    let list = json(&["list", "--json"]);
    let ids: Vec<&str> =
        list["scenarios"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    let catalog: Vec<&str> = tasklane::scenario::catalog::CATALOG.iter().map(|entry| entry.id).collect();
    assert_eq!(ids, catalog);
    let models = json(&["models", "--json"]);
    let ids: Vec<&str> =
        models["models"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert_eq!(ids, tasklane::model::all().map(|model| model.id).collect::<Vec<_>>());
    let entry = |id: &str| models["models"].as_array().unwrap().iter().find(|entry| entry["id"] == id).unwrap();
    assert_eq!(entry("event-loop")["measurable"], true);
    assert!(entry("event-loop")["only_imagined_because"].is_null());
    assert_eq!(entry("python-asyncio")["measurable"], false);
    assert!(
        entry("python-asyncio")["only_imagined_because"].as_str().unwrap().contains("not available in this version")
    );
    let (list, models) = (place.run(&["list"]), place.run(&["models"]));
    assert!(catalog.iter().all(|id| list.out.contains(id)), "{}", list.out);
    assert_eq!(models.out.matches("only  on an imagined computer").count(), tasklane::model::IMAGINED.len());
    assert!(models.out.contains("python-asyncio"));
    assert_eq!((list.status, models.status), (0, 0));
}

/// Names of files are bytes to some systems, and a shell completes them whatever they are.
#[test]
#[cfg(target_os = "linux")]
fn a_scenario_may_have_a_name_that_is_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.toml");
    fs::write(place.folder.path().join(name), QUICK).unwrap();
    for verb in [&["run", "--simulate", "--json"][..], &["explore", "--json"], &[]] {
        let output = place.command(verb).arg(name).stdin(Stdio::null()).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        // It was read where only its orders are found to be all alike.
        let is_understood = output.status.success() || err.contains("nothing to explore");
        assert!(is_understood, "{verb:?}: {err}");
    }
}

#[test]
fn mistakes_are_told_with_their_remedy_before_anything_runs() {
    let place = Place::new();
    place.write("quick.toml", QUICK);
    place.write("broken.toml", "format = 1\ntitle = \"x\"\nmodels = [\"treads\"]\n");
    place.write("text.txt", "not a folder");
    let check = |words: &[&str], status: i32, expected: &[&str]| {
        let said = place.run(words);
        assert_eq!(said.status, status, "{words:?}: {}", said.err);
        assert_eq!(said.out, "", "{words:?}");
        for part in expected {
            assert!(said.err.contains(part), "{words:?}: `{part}` is missing in\n{}", said.err);
        }
    };
    check(&["rnu", "quick.toml"], 2, &["`rnu`", "did you mean `run`?"]);
    check(&["boiling-egs"], 2, &["did you mean `boiling-eggs`?"]);
    check(&["quick.toml", "frobnicate"], 2, &["`frobnicate` is no command, no file and no built-in scenario."]);
    check(&["run"], 2, &["<SCENARIO>"]);
    check(&["run", "boiling"], 2, &["did you mean `boiling-eggs`?", "tasklane list"]);
    check(&["run", "quick.toml", "--model", "treads"], 2, &["did you mean `threads`?"]);
    check(&["run", "quick.toml", "--model", "thread-pool:workers=0"], 2, &["from 1 to 10000, found 0"]);
    check(
        &["run", "quick.toml", "--model", "threads", "--model", "python-asyncio"],
        2,
        &[
            "the model `python-asyncio` runs on an imagined computer only",
            "not available in this version",
            "use --simulate",
        ],
    );
    check(&["run", "quick.toml", "--variant", "x"], 2, &["there is no variant `x`"]);
    check(&["run", "quick.toml", "--costs", "a.toml"], 2, &["a.toml: there is no such file", "tasklane calibrate"]);
    check(&["run", "quick.toml", "--python", "python3"], 2, &["--python is not available in this version"]);
    check(&["run", "quick.toml", "--cores", "1000"], 2, &["1000 cores asked for", "use --simulate or --cores"]);
    let whole = "must be a whole number from";
    check(&["run", "quick.toml", "--cores", "-1"], 2, &["'-1' for '--cores <N>'", whole]);
    check(&["run", "quick.toml", "--tasks", "-1"], 2, &["'-1' for '--tasks <N>'", whole]);
    check(&["run", "quick.toml", "--seed", "-1"], 2, &["'-1' for '--seed <N>'", whole, "0 to 9223372036854775807"]);
    check(&["run", "quick.toml", "--repeat", "-1"], 2, &["-1 is not in 1..=1000"]);
    check(&["run", "quick.toml", "--cores", "0"], 2, &["--cores", "from 1 to 1024 on an imagined computer"]);
    check(&["run", "quick.toml", "--tasks", "0"], 2, &["--tasks", "from 1 to 10000000"]);
    check(&["run", "quick.toml", "--model", "thread-pool:worker=2"], 2, &["did you mean `workers`?"]);
    check(&["run", "quick.toml", "--model", "thread-pool:workers=2,workers=3"], 2, &["given twice"]);
    check(
        &["run", "quick.toml", "--format", "html", "--out", "x"],
        2,
        &["the format `html` is not available in this version"],
    );
    check(
        &["export", "quick.toml", "--format", "chrome", "--out", "x"],
        2,
        &["the format `chrome` is not available in this version"],
    );
    check(&["run", "quick.toml", "--tasks", "1000000000"], 2, &["task.egg.count"]);
    check(&["run", "quick.toml", "--repeat", "0"], 2, &["--repeat"]);
    check(&["run", "quick.toml", "--format", "svgg", "--out", "x"], 2, &["did you mean `svg`?"]);
    check(&["run", "quick.toml", "--out", "text.txt/x"], 1, &["cannot write into `text.txt/x`"]);
    check(&["run", "broken.toml"], 2, &["broken.toml:3", "treads", "threads"]);
    check(&["run", "."], 2, &["folder"]);
    check(&["export", "quick.toml", "--format", "svg", "--out", "x.svg"], 2, &["`tasklane run quick.toml` runs it"]);
    check(&["export", "missing.tasklane", "--format", "svg", "--out", "x.svg"], 2, &["no such file"]);
    check(&["--bogus"], 2, &["--bogus"]);
}

#[test]
fn verbs_to_come_say_so() {
    let place = Place::new();
    for words in [&["compare", "a.tasklane", "b.tasklane"][..], &["sweep", "io-bound", "--over", "workers=1..8"]] {
        let said = place.run(words);
        assert_eq!((said.status, said.out.as_str()), (2, ""));
        assert_eq!(said.err, format!("error: `{}` is not available in this version\n", words[0]));
    }
}

#[test]
fn help_and_version_are_no_errors() {
    let place = Place::new();
    let help = place.run(&["--help"]);
    assert_eq!((help.status, help.err.as_str()), (0, ""));
    assert!(
        ["run", "list", "models", "export", "calibrate"].into_iter().all(|verb| help.out.contains(verb)),
        "{}",
        help.out
    );
    let version = place.run(&["--version"]);
    assert_eq!((version.status, version.out), (0, format!("tasklane {}\n", env!("CARGO_PKG_VERSION"))));
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_written_is_a_failure() {
    let place = Place::new();
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    for words in ["--help", "--version"] {
        let output = place.command(&[words]).stdout(full()).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{err}");
        assert!(err.contains("cannot write to standard output"), "{err}");
    }
}

#[test]
fn without_a_display_the_job_is_done_in_the_terminal() {
    let place = Place::new();
    place.write("quick.toml", QUICK);
    let said = place.run(&["quick.toml"]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(said.err.trim().lines().count(), 1, "one sentence: {}", said.err);
    assert!(said.err.contains("display"), "{}", said.err);
    assert!(said.out.contains("Boiling 3"), "{}", said.out);
}

#[test]
fn without_a_display_every_file_has_its_turn() {
    let place = Place::new();
    for name in ["first", "second"] {
        let tasks = "[[task]]\nname = \"a\"\nsteps = [{ print = \"said\" }]\n";
        let text = format!("format = 1\ntitle = \"The {name}\"\nmodels = [\"sequential\"]\n{tasks}");
        place.write(&format!("{name}.toml"), &text);
    }
    let said = place.run(&["first.toml", "second.toml"]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.out.contains("The first") && said.out.contains("The second"), "{}", said.out);
}

#[test]
fn without_a_display_saved_runs_are_shown_in_the_terminal() {
    let place = Place::new();
    place.write("quick.toml", QUICK);
    let ran = place.run(&["run", "quick.toml", "--out", ".", "--format", "tasklane"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let said = place.run(&["quick-sequential.tasklane", "quick-thread-pool-workers-2.tasklane"]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.contains("display"), "{}", said.err);
    for words in ["Quick", "egg-2", "core 0", "Sequential", "Thread pool · 2 workers", "makespan", "Boiling 3"] {
        assert!(said.out.contains(words), "{words} is missing in\n{}", said.out);
    }
    place.write("broken.tasklane", "hello");
    let said = place.run(&["broken.tasklane"]);
    assert_eq!((said.status, said.out.as_str()), (2, ""), "{}", said.err);
    assert!(said.err.contains("broken.tasklane"), "{}", said.err);
}

#[test]
fn a_variant_keeps_what_it_is_about() {
    let place = Place::new();
    let variants = "[[variant]]\nid = \"one\"\nset = { \"machine.cores\" = 1 }\n\
                    [[variant]]\nid = \"many\"\nset = { \"task.egg.count\" = 2 }\n";
    place.write("varied.toml", &format!("{QUICK}{variants}"));
    let words = ["run", "varied.toml", "--model", "threads", "--simulate", "--cores", "8", "--tasks", "5", "--json"];
    let said = place.run(&words);
    assert_eq!(said.status, 0, "{}", said.err);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let row = |run: &Value| (run["cores"].as_u64().unwrap(), run["tasks"].as_array().unwrap().len());
    assert_eq!(report["runs"].as_array().unwrap().iter().map(row).collect::<Vec<_>>(), [(1, 6), (8, 3)]);
    assert_eq!(
        said.err.lines().collect::<Vec<_>>(),
        [
            "note: variant `one` does not heed --cores: it is about 1 core",
            "note: variant `many` does not heed --tasks: it is about 2 of them"
        ]
    );
}

#[test]
fn only_what_the_models_that_are_run_ignore_is_noted() {
    let place = Place::new();
    let shipped = QUICK.replace("count = 3", "count = 3\npayload = \"1KiB\"");
    place.write("shipped.toml", &shipped);
    let note = "ignores payload";
    assert!(place.run(&["run", "shipped.toml"]).err.contains(note));
    assert!(place.run(&["run", "shipped.toml", "--json"]).err.contains(note), "for whoever reads the figures, too");
    assert!(!place.run(&["run", "shipped.toml", "--model", "processes"]).err.contains(note));
}

/// A script would take a makespan of 0 for the best.
#[test]
fn a_run_that_is_refused_on_its_way_has_no_figures() {
    let place = Place::new();
    let costly = "[machine]\ncores = 2\nthread_set_up = \"100s\"\nquantum = \"10us\"\n";
    let models = "models = [\"threads\", \"sequential\"]\n";
    let task = "[[task]]\nname = \"a\"\ncount = 3\nsteps = [{ cpu = \"1ms\" }]\n";
    place.write("costly.toml", &format!("format = 1\ntitle = \"t\"\n{models}{costly}{task}"));
    let said = place.run(&["run", "costly.toml", "--simulate", "--json"]);
    assert_eq!(said.status, 1, "{}", said.err);
    assert!(said.err.contains("Threads could not be run to its end"), "{}", said.err);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let models: Vec<&str> = report["runs"].as_array().unwrap().iter().filter_map(|run| run["model"].as_str()).collect();
    assert_eq!(models, ["sequential"]);
    let alone = place.run(&["run", "costly.toml", "--simulate", "--json", "--model", "threads"]);
    let report: Value = serde_json::from_str(&alone.out).unwrap();
    assert_eq!(report["runs"].as_array().map(Vec::len), Some(0));
}

/// Every file that can be written is, and the results are told before what is missing.
#[test]
fn a_file_that_cannot_be_written_takes_nothing_with_it() {
    let place = Place::new();
    place.write("quick.toml", QUICK);
    // A folder stands where the drawing should.
    fs::create_dir_all(place.path("out/quick-sequential.svg")).unwrap();
    let words = ["run", "quick.toml", "--model", "sequential", "--out", "out", "--format", "svg,csv,tasklane"];
    let json = place.run(&[&words[..], &["--json"]].concat());
    assert_eq!(json.status, 1, "{}", json.err);
    let report: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(report["runs"].as_array().unwrap().len(), 1);
    assert!(json.err.contains("quick-sequential.svg was not saved"), "{}", json.err);
    assert!(place.path("out/quick-sequential.csv").is_file() && place.path("out/quick-sequential.tasklane").is_file());
    let told = place.run(&words);
    assert_eq!(told.status, 1);
    assert!(told.out.contains("makespan"), "{}", told.out);
    assert!(told.err.trim_end().lines().last().unwrap().starts_with("error: "), "{}", told.err);
}

#[test]
fn with_nothing_asked_for_the_first_lesson_runs() {
    let said = Place::new().run(&[]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.contains("display"), "{}", said.err);
    assert!(said.out.contains("Boiling eggs") && said.out.contains("egg-10"), "{}", said.out);
}

/// A reader that goes away (`| head`) is no reason to write half of the files that were asked for.
#[test]
fn files_are_written_though_nobody_reads_what_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tasklane"))
        .args(["run", "kitchen", "--model", "event-loop", "--tasks", "1", "--format", "svg,csv,tasklane", "--out"])
        .arg(folder.path())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["kitchen-event-loop.csv", "kitchen-event-loop.svg", "kitchen-event-loop.tasklane"]);
}

#[test]
fn the_utilization_chart_is_written_alone_or_beside_the_gantt() {
    let folder = tempfile::tempdir().unwrap();
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_tasklane"))
        .args(["run", "kitchen", "--model", "event-loop", "--tasks", "1", "--format", "svg,csv"])
        .args(["--picture", "gantt,utilization", "--out"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["kitchen-event-loop-utilization.svg", "kitchen-event-loop.csv", "kitchen-event-loop.svg"]);
}
