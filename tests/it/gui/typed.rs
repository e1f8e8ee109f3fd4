//! Numbers that are typed: what cannot be taken is said and changes nothing.

use std::path::Path;

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key};
use egui_kittest::kittest::Queryable;
use tasklane::gui::AppOptions;
use tasklane::lang::Lang;
use tasklane::scenario::Arrive;
use tasklane::time::Nanos;

use super::Window;

const EGGS: &str = r#"format = 1
title = "Eggs"
summary = "They wait."
models = ["threads"]

[[task]]
name = "egg"
count = 2
arrive = { every = "10ms" }
steps = [{ io = "20ms" }]
"#;

fn open(folder: &Path, text: &str) -> Window {
    let file = folder.join("eggs.toml");
    std::fs::write(&file, text).unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until("the file is open", |app| app.draft().id == "eggs");
    window
}

fn type_in(window: &mut Window, field: &str, text: &str) {
    window.harness.get_by_role_and_label(Role::SpinButton, field).focus();
    window.settle();
    window.harness.get_by_role_and_label(Role::SpinButton, field).type_text(text);
    window.settle();
}

fn press(window: &mut Window, key: Key) {
    window.harness.key_press(key);
    window.settle();
}

fn count(window: &Window) -> u32 {
    window.harness.state().draft().scenario().groups[0].count
}

fn arrive(window: &Window) -> Arrive {
    window.harness.state().draft().scenario().groups[0].arrive
}

#[test]
fn a_word_is_no_number_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), EGGS);
    type_in(&mut window, "tasks", "7 or so");
    assert!(window.has("“7 or so” is not a whole number."), "while it is typed");
    assert_eq!(count(&window), 2, "what its beginning could have meant is not taken");
    press(&mut window, Key::Enter);
    assert!(window.has("“7 or so” is not a whole number. It is 2 still."), "and when it is left");
    assert_eq!(count(&window), 2);
    assert!(!window.harness.state().draft().can_undo());
    press(&mut window, Key::Tab);
    assert!(!window.says("It is 2 still."), "until something else is done");
    type_in(&mut window, "tasks", "7");
    press(&mut window, Key::Enter);
    assert_eq!(count(&window), 7);
    assert!(!window.says("not a whole number"));
}

#[test]
fn zero_stays_zero_or_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), EGGS);
    type_in(&mut window, "tasks", "0");
    assert!(window.has("At least 1."));
    press(&mut window, Key::Enter);
    assert_eq!(count(&window), 2);
    type_in(&mut window, "one every", "0");
    assert!(window.has("At least 1 ns."));
    press(&mut window, Key::Enter);
    assert!(window.has("At least 1 ns. It is 10 ms still."));
    assert_eq!(arrive(&window), Arrive::Every(Nanos::from_millis(10)));
    type_in(&mut window, "one every", "soon");
    assert!(window.has("“soon” is not a duration, like 250us, 5ms or 1.5s."));
    window.click("Events");
    assert!(window.has("“soon” is not a duration, like 250us, 5ms or 1.5s. It is 10 ms still."));

    let mut window = open(folder.path(), &EGGS.replace(r#"{ every = "10ms" }"#, r#""5ms""#));
    type_in(&mut window, "at", "0");
    press(&mut window, Key::Enter);
    assert_eq!(arrive(&window), Arrive::At(Nanos::ZERO));
    assert!(!window.says("At least"));
}

/// A number that is too large for what each task does is refused where it is typed, and not by the checker alone.
#[test]
fn as_many_tasks_can_be_typed_as_there_is_room_for_their_steps() {
    let folder = tempfile::tempdir().unwrap();
    let long = EGGS.replace(r#"{ io = "20ms" }"#, r#"{ repeat = 1_000_000, steps = [{ io = "1ms" }] }"#);
    let mut window = open(folder.path(), &long);
    type_in(&mut window, "tasks", "101");
    assert!(window.has("At most 100."));
    press(&mut window, Key::Enter);
    assert!(window.has("At most 100. It is 2 still."));
    assert_eq!(count(&window), 2);
    type_in(&mut window, "tasks", "100");
    press(&mut window, Key::Enter);
    assert_eq!(count(&window), 100);
}

#[test]
fn escape_takes_back_what_was_typed_and_undo_what_was_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), EGGS);
    type_in(&mut window, "tasks", "31");
    assert_eq!(count(&window), 31, "it counts at once");
    press(&mut window, Key::Escape);
    assert_eq!(count(&window), 2);
    assert!(!window.harness.state().draft().can_undo(), "nothing has changed");
    type_in(&mut window, "tasks", "3");
    window.harness.get_by_role_and_label(Role::SpinButton, "tasks").type_text("1");
    window.settle();
    window.click("Events");
    assert_eq!(count(&window), 31);
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    window.settle();
    assert_eq!(count(&window), 2, "both digits are undone as one");
    assert!(!window.harness.state().draft().can_undo());
}

#[test]
fn escape_is_the_fields_before_it_is_the_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), &EGGS.replace("20ms", "60s"));
    window.click("Run  ↵");
    window.until("it runs", |app| app.session().is_running());
    type_in(&mut window, "tasks", "5");
    press(&mut window, Key::Escape);
    assert_eq!(count(&window), 2);
    assert!(window.harness.state().session().is_running(), "the run goes on");
    press(&mut window, Key::Escape);
    window.until("it is cancelled", |app| !app.session().is_running());
}

#[test]
fn two_choices_of_a_model_differ() {
    let folder = tempfile::tempdir().unwrap();
    let two = r#"[{ model = "thread-pool", workers = 3 }, { model = "thread-pool", workers = 4 }]"#;
    let mut window = open(folder.path(), &EGGS.replace(r#"["threads"]"#, two));
    let fields = window.harness.get_all_by_label_contains("Thread pool · workers").collect::<Vec<_>>();
    fields[0].focus();
    window.settle();
    window.harness.get_all_by_label_contains("Thread pool · workers").next().unwrap().type_text("4");
    window.settle();
    assert!(window.has("“4” is not free: another one of this model has it."));
    press(&mut window, Key::Enter);
    let workers: Vec<_> = window.harness.state().draft().models().iter().map(|choice| choice.title(Lang::En)).collect();
    assert!(workers[0].contains('3') && workers[1].contains('4'), "{workers:?}");
}

/// Digit by digit: each is seen before the next is typed.
fn type_slowly(window: &mut Window, text: &str) {
    for sign in text.chars() {
        window.harness.event(egui::Event::Text(sign.to_string()));
        window.settle();
    }
}

fn every(window: &Window) -> Nanos {
    let Arrive::Every(gap) = arrive(window) else { panic!("{:?}", arrive(window)) };
    gap
}

#[test]
fn a_number_alone_is_in_the_unit_that_stood_there_before_it_was_typed() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), EGGS);
    window.harness.get_by_role_and_label(Role::SpinButton, "one every").focus();
    window.settle();
    type_slowly(&mut window, "2000");
    assert_eq!(every(&window), Nanos::from_millis(2_000));
    press(&mut window, Key::Enter);
    assert_eq!(every(&window), Nanos::from_millis(2_000), "the seconds that it is shown in were not meant");
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    window.settle();
    assert_eq!(every(&window), Nanos::from_millis(10), "one typing, one undo");
}

/// A number that the field takes and the scenario does not.
#[test]
fn what_is_refused_stays_as_it_was_typed() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), EGGS);
    let text = |window: &Window| window.harness.get_by_role_and_label(Role::SpinButton, "one every").value();
    window.harness.get_by_role_and_label(Role::SpinButton, "one every").focus();
    window.settle();
    type_slowly(&mut window, "4000000000");
    assert_eq!(every(&window), Nanos::from_millis(4_000_000_000));
    type_slowly(&mut window, "s");
    assert_eq!(text(&window).as_deref(), Some("4000000000s"), "as it was typed");
    assert!(window.says("146"), "it says why it cannot be");
    assert_eq!(every(&window), Nanos::from_millis(10), "what its beginning could have meant is not taken");
    assert!(!window.harness.state().draft().can_undo());
    press(&mut window, Key::Backspace);
    assert_eq!(every(&window), Nanos::from_millis(4_000_000_000));
    assert!(!window.says("146"), "nothing is wrong any more");
    type_slowly(&mut window, "s");
    press(&mut window, Key::Enter);
    assert!(window.says("146"));
    assert!(window.says("rounds. It is 10 ms still."), "in whole sentences");
    assert_eq!(every(&window), Nanos::from_millis(10));
}

#[test]
fn what_was_wrong_is_not_wrong_any_more_once_it_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), EGGS);
    for back in [Key::Escape, Key::Enter] {
        window.harness.get_by_role_and_label(Role::SpinButton, "one every").focus();
        window.settle();
        type_slowly(&mut window, "4000000000s");
        assert!(window.says("146"));
        if back == Key::Enter {
            for _ in 0.."4000000000s".len() {
                press(&mut window, Key::Backspace);
            }
            type_slowly(&mut window, "10");
        }
        press(&mut window, back);
        assert!(!window.says("146"), "{back:?}");
        assert_eq!(every(&window), Nanos::from_millis(10));
    }
}

/// A click elsewhere comes in the very frame in which the field is left.
#[test]
fn what_is_done_behind_a_typing_is_undone_on_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(folder.path(), EGGS);
    type_in(&mut window, "tasks", "7");
    window.click("+ add a group");
    let groups = |window: &Window| window.harness.state().draft().scenario().groups.len();
    assert_eq!((count(&window), groups(&window)), (7, 2));
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    window.settle();
    assert_eq!((count(&window), groups(&window)), (7, 1));
}
