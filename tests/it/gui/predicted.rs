//! What the imagined computer predicts of measured runs: shown on demand, beside them, and never before them.

use eframe::egui;
use egui_kittest::kittest::NodeT;
use tasklane::gui::AppOptions;

use super::{Window, open_short, run};

const SWITCH: &str = "Show what was predicted";

/// What the header of that run says to those who do not see it.
fn header(window: &Window, name: &str) -> String {
    window.node(name).accesskit_node().description().unwrap_or_default()
}

/// Frame by frame, until the prediction is there.
fn until_predicted(window: &mut Window, name: &str) {
    let begin = std::time::Instant::now();
    while !header(window, name).starts_with("predicted ") {
        assert!(begin.elapsed() < super::PATIENCE, "{}", header(window, name));
        std::thread::yield_now();
        window.harness.step();
    }
}

#[test]
fn a_measured_run_stands_beside_its_prediction_when_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    assert!(!window.has(SWITCH), "before the run it would give the answer away");
    run(&mut window);
    assert!(window.has(SWITCH) && !header(&window, "Fold Threads").contains("predicted"));
    window.click(SWITCH);
    assert!(window.harness.state().settings().predicted, "it is remembered");
    until_predicted(&mut window, "Fold Threads");
    until_predicted(&mut window, "Fold Sequential");
    window.click("lanes by worker");
    assert!(header(&window, "Fold Threads").starts_with("predicted "), "how long it takes is no matter of lanes");
    window.click(SWITCH);
    assert!(!header(&window, "Fold Threads").contains("predicted"));
}

#[test]
fn what_is_imagined_has_no_prediction() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    window.click("Imagined computer");
    window.until("it is computed", |app| !app.session().entries().is_empty());
    assert!(!window.has(SWITCH));
}

#[test]
fn a_ghost_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wait.toml");
    let text = super::SHORT
        .replace("{ cpu = \"1ms\" }, { io = \"5ms\" }", "{ io = \"100ms\" }")
        .replace("count = 3", "count = 1");
    std::fs::write(&file, text).unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until("the file is open", |app| app.draft().id == "wait");
    run(&mut window);
    window.click(SWITCH);
    until_predicted(&mut window, "Fold Sequential");
    let lane = window.node("Timeline of Sequential, 1 task").rect();
    // Near its begin: on a busy computer the measured run may have taken much longer.
    window.harness.hover_at(egui::pos2(lane.left() + lane.width() * 0.1, lane.top() + 8.0));
    window.harness.run_steps(3);
    assert!(window.has("predicted: in IO") && window.has("imagined with Tasklane's default costs"));
}
