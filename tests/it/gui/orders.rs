//! Every order: the histogram, an order step by step, a lock put in, what is too large shown small.

use std::path::Path;

use eframe::egui;
use tasklane::gui::AppOptions;
use tasklane::scenario::{Engine, Step};
use tasklane::trace::State;

use egui_kittest::kittest::{NodeT, Queryable};

use super::Window;

const RACE: &str = r#"format = 1
title = "Race"
summary = "Two updates."
models = ["threads"]

[[task]]
name = "clerk"
count = 2
steps = [{ load = "x" }, { add = 1 }, { store = "x" }]
"#;

fn open(folder: &Path, text: &str) -> Window {
    let file = folder.join("race.toml");
    std::fs::write(&file, text).unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until("the file is open", |app| app.draft().id == "race");
    window
}

fn lesson(id: &'static str) -> Window {
    Window::open_sized(egui::vec2(1600.0, 1000.0), AppOptions { lesson: Some(id), ..AppOptions::default() })
}

#[test]
fn a_race_is_scrubbed_to_where_it_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), RACE);
    window.click("Every order");
    window.until_shown("As it is: x = 1, 18 of 20");
    assert!(window.has("As it is: x = 2, 2 of 20"));
    // At its end, the most frequent outcome: the losing one.
    assert!(window.has("clerk 2 stores x = 1: the update of clerk 1 is lost"));
    window.click("Previous step");
    assert!(window.has("clerk 2 adds 1 in its register, which is 1 now"));
    // A pointer leaves no focus behind that would want the keys.
    window.harness.key_press(egui::Key::ArrowRight);
    window.settle();
    assert!(window.has("clerk 2 stores x = 1: the update of clerk 1 is lost"));
    window.click("3  clerk 2 loads x, which is 0");
    assert!(window.has("clerk 2 loads x, which is 0") && window.has("x = 0"));
    window.click("Next order of this outcome");
    assert!(window.has("of 18"));
    window.click("As it is: x = 2, 2 of 20");
    assert!(window.has("clerk 2 stores x = 2") && window.has("of 2"));
}

#[test]
fn the_arrow_keys_and_those_of_a_replay_step() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), RACE);
    window.click("Every order");
    window.until_shown("As it is: x = 1, 18 of 20");
    window.harness.key_press(egui::Key::Escape);
    window.settle();
    for _ in 0..6 {
        window.harness.key_press(egui::Key::ArrowLeft);
        window.settle();
    }
    assert!(window.has("Nothing has been done yet"));
    window.harness.key_press(egui::Key::ArrowRight);
    window.settle();
    assert!(window.has("clerk 1 loads x, which is 0"));
    window.harness.key_press(egui::Key::Comma);
    window.settle();
    assert!(window.has("Nothing has been done yet"));
    // Where the focus wants the arrows, too.
    window.node("Step of the order").focus();
    window.settle();
    window.harness.key_press(egui::Key::Period);
    window.settle();
    assert!(window.has("clerk 1 loads x, which is 0"));
}

/// A name that the panel has can be looked for, and whose orders these are is said where they are nobody's.
#[test]
fn it_is_found_by_name_and_says_for_whom_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), &RACE.replace("\"threads\"", "\"threads\", \"event-loop\""));
    let find = |window: &mut Window, words: &str| {
        window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
        window.settle();
        window.node("Find a run, a command, a lesson").type_text(words);
        window.settle();
        window.harness.key_press(egui::Key::Enter);
        window.settle();
    };
    find(&mut window, "every order of the steps");
    window.until_shown("As it is: x = 1, 18 of 20");
    assert!(window.says("Under Event loop not all of these can happen"));
    find(&mut window, "back to the timelines");
    assert!(!window.has("As it is: x = 1, 18 of 20"));
}

#[test]
fn with_a_lock_the_bad_outcomes_vanish_and_it_can_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), RACE);
    window.click("Every order");
    window.click("put a lock in");
    window.until_shown("With a lock: x = 2, 2 of 2");
    assert!(window.has("As it is: x = 1, 18 of 20"));
    assert!(window.has("With a lock: x = 1, 0 of 2"), "it stays as an empty row");
    window.click("With a lock: x = 2, 2 of 2");
    assert!(window.has("clerk 2 lets go of guard"));
    window.click("keep the lock in the workload");
    window.until_shown("As it is: x = 2, 2 of 2");
    let first = |window: &Window| window.harness.state().draft().scenario().groups[0].steps[0].clone();
    assert_eq!(first(&window), Step::Lock("guard".into()));
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.until_shown("As it is: x = 1, 18 of 20");
    assert_eq!(first(&window), Step::Load("x".into()));
}

#[test]
fn a_deadlock_is_the_first_thing_to_look_at() {
    let mut window = lesson("two-locks");
    window.click("Every order");
    window.until_shown("As it is: deadlock, 2 of 6");
    assert!(window.says("ana waits for oven, which bia holds, for ever"));
    window.click("put a lock in");
    window.until_shown("With a lock: all done, 2 of 2");
    assert!(window.has("With a lock: deadlock, 0 of 2"));
}

#[test]
fn what_is_too_large_is_shown_small() {
    let mut window = lesson("lost-update");
    window.click("Every order");
    window.until_shown("As it is: counter = 1, 18 of 20");
    assert!(window.says("Shown small"));
    window.click("two of each group");
    window.until_shown("look at it small");
    assert!(window.says("6000 steps, up to 5.0·10^3606 orders"));
    window.click("look at it small");
    window.until_shown("As it is: counter = 1, 18 of 20");
}

#[test]
fn a_part_of_what_is_too_large_says_that_it_is_one() {
    let mut window = lesson("lost-update");
    window.click("Every order");
    window.until_shown("As it is: counter = 1, 18 of 20");
    window.click("explore a part of the whole");
    window.until_shown("As it is: counter = 2000, 1 of 201");
    assert!(window.says("only orders within the first 100\u{a0}000 states are counted"));
    assert!(window.says("100\u{a0}000 STATES · PARTIAL"), "and its heading says so");
    // A lock leaves one outcome of all that are seen in as many states.
    window.click("put a lock in");
    window.until_says("With a lock: counter = 2000");
    let gone =
        |node: egui_kittest::Node<'_>| node.accesskit_node().label().is_some_and(|label| label.contains(", 0 of"));
    assert!(window.harness.query_all_by_label_contains("With a lock: counter = 1").all(gone), "empty rows");
    assert!(window.says("With a lock: counter = 1"));
    window.node("states to explore").set_value_accesskit(10.0);
    window.until_says("No order comes to its end within 10 states; the longest goes through 6\u{a0}");
    window.click("two of each group");
    window.until_shown("As it is: counter = 1, 18 of 20");
    assert!(!window.has("states to explore") && !window.says("PARTIAL"));
}

/// Whichever comes first, the lock or the whole.
#[test]
fn what_a_lock_leaves_is_in_sight() {
    let mut window = lesson("lost-update");
    window.click("Every order");
    window.until_shown("As it is: counter = 1, 18 of 20");
    window.click("put a lock in");
    window.until_shown("With a lock: counter = 2, 2 of 2");
    window.click("explore a part of the whole");
    window.wait_for("both sides", |window| {
        ["As it is: counter = ", "With a lock: counter = "].iter().all(|side| window.says(side))
            && window.says("STATES · PARTIAL")
    });
    window.settle();
    assert!(window.says("With a lock: counter = 2000"));
}

/// As many states as can be counted, of a program with more orders than that.
#[test]
fn a_part_is_as_large_as_its_orders_can_be_counted() {
    let options = AppOptions { lesson: Some("backpressure"), ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.click("Every order");
    window.until_says("Shown small");
    window.click("explore a part of the whole");
    window.until_says("only orders within the first");
    assert!(!window.says("more orders than can be counted"));
    // What a person asks for is not replaced by something else.
    window.node("states to explore").set_value_accesskit(100_000.0);
    window.until_says("more orders than can be counted");
    window.click("look at it small");
    window.until_shown("two of each group");
    window.until_says("As it is");
}

#[test]
fn a_long_search_is_stopped_and_the_set_up_goes_first() {
    let folder = tempfile::tempdir().unwrap();
    let many = RACE.replace("count = 2", "count = 9");
    let mut window = open(folder.path(), &many);
    window.click("Every order");
    window.until_shown("Cancel");
    window.click("Cancel");
    window.until_shown("explore again");
    window.click("explore again");
    window.until_shown("Cancel");
    // The set-up changes while it is searched: only what is now is shown.
    window.node("number of tasks").set_value_accesskit(2.0);
    window.until_shown("As it is: x = 1, 18 of 20");
}

#[test]
fn the_step_that_loses_an_update_is_a_click_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), RACE);
    window.click("Every order");
    window.until_shown("As it is: x = 1, 18 of 20");
    window.click("Previous step");
    window.click("Previous step");
    assert!(window.says("step 4 of 6"));
    window.click("lost update");
    assert!(window.says("step 6 of 6"));
    window.click("As it is: x = 2, 2 of 20");
    assert!(!window.has("lost update"), "nothing is lost in this order");
    window.click("put a lock in");
    window.until_says("With a lock: x = 2");
    let top = |window: &Window, name: &str| window.harness.get_by_label_contains(name).rect().top();
    assert!(top(&window, "With a lock: x = 2") < top(&window, "With a lock: x = 1"), "what can be comes first");
}

#[test]
fn an_order_is_kept_as_a_run_that_says_it_is_simulated() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), RACE);
    window.click("Every order");
    window.until_shown("As it is: x = 1, 18 of 20");
    window.click("open as a timeline");
    let entries = window.harness.state().session().entries();
    assert_eq!(entries.len(), 1);
    let run = &entries[0].run;
    assert_eq!((run.engine, run.variables.clone()), (Engine::Simulated, vec![("x".to_owned(), 1)]));
    assert_eq!(run.trace.states().iter().filter(|state| **state == State::Running).count(), 6);
    assert!(window.has("Timeline of x = 1 · order 1 · simulated, 2 tasks"));
    assert!(window.says("1 of 2 updates were lost"));
}

#[test]
fn an_order_has_steps_and_no_times() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), RACE);
    window.click("Every order");
    window.until_shown("As it is: x = 1, 18 of 20");
    window.click("open as a timeline");
    let timed = |window: &Window| {
        let units = [" ns", " µs", " ms", " s"];
        let figures = |unit: &str| (0..10).any(|digit| window.says(&format!("{digit}{unit}")));
        units.into_iter().any(figures)
    };
    assert!(!window.has("all columns of the table"), "there are none");
    assert!(window.has("Axis of steps") && window.says("Busy cores, step by step".to_uppercase().as_str()));
    assert!(!timed(&window));
    // The second task waits for its turn.
    window.harness.get_all_by_label_contains("Timeline of x = 1").next().unwrap().focus();
    window.settle();
    window.harness.key_press(egui::Key::ArrowDown);
    window.harness.key_press(egui::Key::ArrowDown);
    window.settle();
    assert!(window.says("clerk 2 could have gone on"), "why it waited is told by steps");
    assert!(!timed(&window));
    window.click("Events");
    assert!(!timed(&window));
    window.click("Replay");
    assert!(window.says("step "));
    assert!(!timed(&window));
}

/// A millisecond for each of six steps, beside a second.
#[test]
fn an_order_is_not_squeezed_by_the_runs_that_it_is_opened_beside() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), &RACE.replace("steps = [", "steps = [{ cpu = \"1s\" }, "));
    window.click("Imagined computer");
    window.until("it is computed", |app| !app.session().entries().is_empty() && !app.session().is_running());
    assert!(window.says("Timeline of Threads"));
    window.click("Every order");
    window.until_says("As it is: x = 1");
    window.click("open as a timeline");
    assert!(window.says("Timeline of x = 1") && !window.says("Timeline of Threads"));
    window.click("Replay");
    // The axis is one of times, since others have some.
    assert!(window.has("Speed ×1/1000") && !window.has("Speed ×1/2"));
    window.click("End replay");
    window.click("Unfold Threads · simulated");
    assert!(window.says("Timeline of x = 1") && window.says("Timeline of Threads"), "side by side, if one wants that");
}

#[test]
fn an_order_that_is_replayed_says_what_each_step_did() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), RACE);
    window.click("Every order");
    window.until_shown("As it is: x = 1, 18 of 20");
    window.click("open as a timeline");
    window.click("Replay");
    window.click("Pause");
    window.harness.key_press(egui::Key::Comma);
    window.settle();
    window.click("Previous event");
    let steps = [
        "step 0:  Nothing has been done yet",
        "step 1:  clerk 1 loads x, which is 0",
        "step 2:  clerk 1 adds 1 in its register, which is 1 now",
        "step 3:  clerk 2 loads x, which is 0",
        "step 4:  clerk 1 stores x = 1",
        "step 5:  clerk 2 adds 1 in its register, which is 1 now",
        "step 6:  clerk 2 stores x = 1: the update of clerk 1 is lost",
    ];
    for step in steps {
        assert!(window.says(step), "{step}");
        window.click("Next event");
    }
    window.click("Português");
    assert!(window.says("clerk 2 grava x = 1: a atualização de clerk 1 se perde"));
}

#[test]
fn who_waits_for_ever_in_an_order_is_told_at_its_end() {
    let mut window = lesson("two-locks");
    window.click("Every order");
    window.until_shown("As it is: deadlock, 2 of 6");
    window.click("open as a timeline");
    window.click("Replay");
    window.click("Pause");
    for _ in 0..4 {
        window.click("Next event");
    }
    assert!(window.says("ana waits for oven, which bia holds, for ever"));
}

#[test]
fn where_nothing_is_shared_there_is_no_order_to_see() {
    let window = lesson("kitchen");
    assert!(!window.has("Every order"));
}

/// Its states could be kept, but its orders not be counted: known only once it has been tried.
#[test]
fn what_turns_out_too_large_is_looked_at_in_small() {
    let options = AppOptions { lesson: Some("backpressure"), ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.click("Every order");
    window.wait_for("it stays refused", |window| window.says("Shown small") && !window.says("Exploring:"));
    assert!(!window.says("more orders than can be counted"));
}
