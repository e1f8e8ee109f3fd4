//! What things cost on this computer: measured from the window, kept, and shown on the models' cards.

use eframe::egui;
use egui_kittest::kittest::NodeT;
use tasklane::gui::AppOptions;
use tasklane::store::costs;

use super::{SHORT, Window, open_file};

const MEASURE: &str = "Measure this computer";
const AGAIN: &str = "measure again";

/// The short scenario's Workload tab, with settings in a folder of their own.
fn open(folder: &std::path::Path) -> Window {
    let file = folder.join("short.toml");
    std::fs::write(&file, SHORT).unwrap();
    let options =
        AppOptions { open: vec![file], settings_folder: Some(folder.join("settings")), ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1400.0), options);
    window.until("the file is open", |app| app.draft().id == "short");
    window
}

fn card_says(window: &mut Window, model: &str, text: &str) -> bool {
    window.node(model).focus();
    window.settle();
    window.says(text)
}

#[test]
fn this_computer_is_measured_once_and_the_cards_tell() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    assert!(!card_says(&mut window, "Threads", "starting a thread"));
    window.click(MEASURE);
    assert!(window.says("Measuring ") && !window.has(MEASURE));
    window.until_shown(AGAIN);
    assert!(card_says(&mut window, "Threads", "starting a thread"));
    assert!(!card_says(&mut window, "Sequential", "starting a thread"), "it starts none");
    let table = costs::kept(&folder.path().join("settings")).unwrap().expect("it is kept");
    drop(window);
    let mut window = open(folder.path());
    assert!(window.has(AGAIN), "it was forgotten");
    let start = table.rust[&tasklane::simulate::costs::Cost::ThreadStart];
    assert!(card_says(&mut window, "Threads", &start.to_string()));
}

#[test]
fn measuring_is_stopped_and_nothing_runs_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    window.click(MEASURE);
    window.click("Run  ↵");
    assert!(window.says("being measured: wait some seconds"));
    assert!(window.harness.state().session().entries().is_empty());
    window.click("Cancel");
    window.until_shown(MEASURE);
    assert!(costs::kept(&folder.path().join("settings")).unwrap().is_none(), "half a table is none");
}

#[test]
fn costs_that_cannot_be_read_are_told_and_measured_anew() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("settings");
    std::fs::create_dir(&kept).unwrap();
    std::fs::write(kept.join("costs.toml"), "format = 1\n[costs]\nsteal = 3\n").unwrap();
    let window = open(folder.path());
    assert!(window.says("a duration needs a unit, found 3"));
    assert!(window.has(MEASURE));
}

#[test]
fn models_of_python_are_shown_and_cannot_be_measured() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path());
    assert!(!window.has("Python · asyncio"));
    window.click("+ 9 Python models");
    assert!(window.says("Runs on an imagined computer only"));
    let before = window.harness.state().draft().models().to_vec();
    assert!(window.node("Python · asyncio").accesskit_node().is_disabled());
    window.click("Python · asyncio");
    assert_eq!(window.harness.state().draft().models(), before);
    window.click("fewer Python models");
    assert!(!window.has("Python · asyncio"));
}

/// A file may name them: they can be taken out again, and until then the window says why it cannot run.
#[test]
fn a_model_of_python_in_a_file_is_refused_with_its_reason_and_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_file(folder.path(), "mixed", &SHORT.replace("\"threads\"", "\"python-asyncio\""));
    window.click("Run  ↵");
    assert!(window.says("“Python · asyncio” runs on an imagined computer only"));
    assert!(window.harness.state().session().entries().is_empty());
    window.click("Python · asyncio");
    assert_eq!(window.harness.state().draft().models().len(), 1);
}

#[test]
fn an_imagined_computer_runs_models_of_python() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("imagined.toml");
    std::fs::write(&file, SHORT.replace("\n[[task]]", "engine = \"simulated\"\n[[task]]")).unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1400.0), options);
    window.until("the file is open", |app| app.draft().id == "imagined");
    window.click("+ 9 Python models");
    assert!(!window.says("Runs on an imagined computer only"));
    window.click("Python · asyncio");
    let ids: Vec<_> = window.harness.state().draft().models().iter().map(|choice| choice.model.id).collect();
    assert_eq!(ids, ["sequential", "threads", "python-asyncio"]);
    window.click("Keep  ↵");
    window.until("the runs are over", |app| !app.session().entries().is_empty() && !app.session().is_running());
    let run = &window.harness.state().session().entries()[2].run;
    assert_eq!((run.choice.model.id, run.is_over()), ("python-asyncio", true));
}
