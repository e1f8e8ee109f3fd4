//! Runs: started, refused, cancelled, deleted, and what is shown of them.

use eframe::egui;
use egui_kittest::kittest::NodeT;
use tasklane::gui::AppOptions;
use tasklane::model::MODELS;
use tasklane::trace::Status;

use super::{SHORT, Window, open_file, open_short, run};

#[test]
fn a_deadlock_is_told_in_words_by_name() {
    let options = AppOptions { lesson: Some("two-locks"), ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    run(&mut window);
    assert!(window.says("ana holds pan and waits for oven, which bia holds"));
    let entries = window.harness.state().session().entries();
    assert!(entries.iter().all(|entry| entry.run.status == Status::Finished), "the runs end by themselves");
}

/// As before the lanes; a file says `egg-1`.
#[test]
fn what_happened_calls_tasks_what_the_lanes_call_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bell.toml");
    let steps = r#"{ receive = "bell" }"#;
    let text = SHORT.replace(r#"{ cpu = "1ms" }, { io = "5ms" }"#, steps).replace(r#""sequential", "#, "");
    std::fs::write(&file, text).unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until("the file is open", |app| app.draft().id == "bell");
    run(&mut window);
    assert!(window.says("egg 1, egg 2 and egg 3 wait for a message on bell"));
    assert!(!window.says("egg-1"));
}

#[test]
fn models_are_chosen_and_shown_with_bars_and_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    window.click("Threads");
    // The file names two of them.
    window.click(&format!("+ {} more models", MODELS.len() - 2));
    window.click("Event loop");
    run(&mut window);
    let session = window.harness.state().session();
    let ids: Vec<_> = session.entries().iter().map(|entry| entry.run.choice.model.id).collect();
    assert_eq!(ids, ["sequential", "event-loop"]);
    assert!(session.entries().iter().all(|entry| !entry.run.trace.is_empty()));
    for metric in ["makespan", "speedup", "utilization", "throughput"] {
        assert!(window.has(metric), "no column {metric}");
    }
    assert!(!window.has("CPU, user"));
    window.click("all columns of the table");
    assert!(window.has("CPU, user"));
    window.click("table with the charts");
    assert!(!window.has("CPU, user"));
}

#[test]
fn a_run_is_cancelled_and_the_window_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_file(folder.path(), "long", &SHORT.replace("5ms", "10min"));
    window.click("Run  ↵");
    assert!(window.harness.state().session().is_running());
    window.harness.key_press(egui::Key::Escape);
    window.until("the run is cancelled", |app| !app.session().is_running());
    assert_eq!(window.harness.state().session().entries()[0].run.status, Status::Cancelled);
    assert!(window.has("Run  ↵"));
}

/// New runs are other pictures: a zoom into the old ones would show a piece of them, or nothing.
#[test]
fn new_runs_are_shown_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    window.wheel(egui::pos2(700.0, 140.0), 120.0);
    assert!(window.has("show all"), "zoomed in");
    run(&mut window);
    assert!(!window.has("show all"));
}

#[test]
fn a_deleted_run_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    window.click("Runs");
    window.click("Delete Threads");
    assert_eq!(window.harness.state().session().entries().len(), 1);
    let left = |name| window.node(name).rect().left();
    assert!(left("Threads was deleted.") < left("Undo") && left("Undo") < left("Close"));
    window.click("Undo");
    let titles: Vec<_> =
        window.harness.state().session().entries().iter().map(|entry| entry.run.choice.model.id).collect();
    assert_eq!(titles, ["sequential", "threads"]);
    assert!(window.has("Fold Threads"), "as it was shown before");
    window.click("Show Threads on the timeline");
    window.click("Delete Threads");
    window.click("Undo");
    assert_eq!(window.harness.state().session().entries().len(), 2);
    assert!(!window.has("Fold Threads"), "as it was not");
}

/// A measurement is not made anew as one drags: until then it is said to be of before.
#[test]
fn what_was_measured_before_a_change_says_so() {
    const BEFORE: &str = "Measured before the last changes. Run measures anew.";
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    assert!(!window.has(BEFORE));
    window.click("Add a step");
    window.click("yield · let others go first");
    assert!(window.has(BEFORE));
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.settle();
    assert!(!window.has(BEFORE), "what is open is what was measured");
    window.click("Threads");
    assert!(!window.has(BEFORE), "which models are chosen makes no difference");
    window.click("Add a step");
    window.click("yield · let others go first");
    assert!(window.has(BEFORE));
    run(&mut window);
    assert!(!window.has(BEFORE));
}

/// Below the lanes the axis moves as on them.
#[test]
fn the_wheel_zooms_where_no_lane_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    window.click("Fold Threads");
    window.click("Fold Sequential");
    let below = window.node("Unfold Threads").rect().max.y + 60.0;
    assert!(below < window.node("Time axis").rect().min.y - 20.0, "there is such a place");
    window.wheel(egui::pos2(700.0, below), 120.0);
    assert!(window.has("show all"), "zoomed in");
}

/// What is not shown was run all the same.
#[test]
fn a_speedup_stays_when_its_baseline_is_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    let figures = |window: &Window| {
        window.node("Fold Threads").accesskit_node().data().description().unwrap_or_default().to_owned()
    };
    let before = figures(&window);
    assert!(before.contains('×'), "{before}");
    window.click("Runs");
    window.click("Show Sequential on the timeline");
    assert!(!window.has("Fold Sequential"));
    assert_eq!(figures(&window), before);
}

/// There is no room for it at the right.
#[test]
fn in_a_narrow_window_a_task_is_explained_below() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("short.toml");
    std::fs::write(&file, SHORT).unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1024.0, 700.0), options);
    window.until("the file is open", |app| app.draft().id == "short");
    run(&mut window);
    assert!(window.has("Details") && !window.says("WHY THIS GAP?"));
    let plot = window.node("Timeline of Sequential, 3 tasks").rect();
    let lane = egui::pos2(plot.left() + 20.0, plot.top() + 6.0);
    window.harness.hover_at(lane);
    window.harness.step();
    for pressed in [true, false] {
        let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
        window.harness.event(egui::Event::PointerButton { pos: lane, button, pressed, modifiers });
        window.harness.step();
    }
    window.settle();
    assert!(window.says("WHY THIS GAP?") || window.says("WHAT IS THIS?"));
    window.harness.set_size(egui::vec2(1600.0, 1000.0));
    window.settle();
    assert!(window.has("makespan"), "the details have moved to the right");
}

#[test]
fn a_run_this_computer_cannot_do_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_file(folder.path(), "huge", &SHORT.replace("count = 3", "count = 900_000"));
    window.click("Run  ↵");
    assert!(window.says("“Threads” would need 900000 threads"));
    assert!(window.harness.state().session().entries().is_empty(), "nothing was started");
    assert_eq!(window.harness.state().draft().scenario().groups[0].count, 900_000, "the set-up is intact");
}

#[test]
fn a_run_is_called_by_its_variant_s_title_in_both_languages() {
    let options = AppOptions { lesson: Some("one-blocking-call"), ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    assert!(window.has("Fold Event loop · B: a blocking call"));
    window.click("Português");
    assert!(window.says("B: uma chamada bloqueante"));
}

/// Where no rule speaks, tasks may have waited all the same.
#[test]
fn what_no_rule_names_is_not_called_nothing() {
    let says = |count: u32, words: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("calls.toml");
        let text = format!(
            "format = 1\ntitle = \"Calls\"\nmodels = [\"sequential\"]\nengine = \"simulated\"\n[machine]\nideal = true\n\
             [[task]]\nname = \"call\"\ncount = {count}\nsteps = [{{ io = \"50ms\" }}]\n"
        );
        std::fs::write(&file, text).unwrap();
        let options = AppOptions { open: vec![file], ..AppOptions::default() };
        let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
        window.until("it is computed", |app| !app.session().entries().is_empty());
        window.harness.run_steps(4);
        window.says(words)
    };
    assert!(says(1, "Nothing stood in anybody's way."));
    assert!(says(4, "tasks were held up, for up to 150 ms"));
}

#[test]
fn no_button_above_the_timelines_moves_another() {
    // One after another takes many times as long, however busy the computer: there is something to be fitted to.
    let folder = tempfile::tempdir().unwrap();
    let waits = SHORT.replace("count = 3", "count = 60").replace("cpu = \"1ms\"", "cpu = \"10us\"");
    let waits = waits.replace("io = \"5ms\"", "io = \"20ms\"");
    let mut window = open_file(folder.path(), "short", &waits);
    run(&mut window);
    let replay = window.node("Replay").rect();
    for button in ["fit to the fastest", "show all", "fit to the fastest", "show all"] {
        window.click(button);
        assert_eq!(window.node("Replay").rect(), replay, "{button}");
    }
}
