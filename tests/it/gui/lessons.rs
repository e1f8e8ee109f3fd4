//! The home and the lessons: found, opened, run, explained, and one after the other.

use eframe::egui;
use egui_kittest::kittest::{NodeT, Queryable};
use tasklane::gui::AppOptions;
use tasklane::trace::Status;

use super::{SHORT, Window};

#[test]
fn a_card_is_picked_and_the_lesson_explained_with_its_own_numbers() {
    let mut window = Window::open();
    assert!(window.has("Start here") || window.has("The cashiers"));
    window.click("The kitchen");
    assert!(window.has("The question".to_uppercase().as_str()));
    window.click("Run and see");
    window.until("the runs are over", |app| !app.session().entries().is_empty() && !app.session().is_running());
    let entries = window.harness.state().session().entries();
    assert!(entries.iter().all(|entry| entry.run.status == Status::Finished));
    assert!(window.has("WHAT HAPPENED"));
    assert!(!window.says("{"), "a placeholder was left unfilled");
    assert!(window.harness.state().settings().lessons_done.contains("kitchen"));
}

#[test]
fn a_lesson_leads_to_the_next() {
    let mut window = Window::open();
    window.click("The cashiers");
    assert!(!window.has("NEXT LESSON"), "first this one");
    window.click("Run and see");
    window.until("the runs are over", |app| !app.session().entries().is_empty() && !app.session().is_running());
    window.click("The kitchen  →");
    assert_eq!(window.harness.state().draft().id, "kitchen");
}

#[test]
fn lessons_are_searched_from_the_run_screen_too() {
    let mut window = Window::open();
    window.click("The cashiers");
    window.harness.event(egui::Event::Text("/".to_owned()));
    window.settle();
    assert!(window.node("Search lessons").is_focused());
}

#[test]
fn lessons_are_searched() {
    let mut window = Window::open();
    window.harness.event(egui::Event::Text("/".to_owned()));
    window.settle();
    let field = window.node("Search lessons");
    assert!(field.is_focused());
    field.type_text("eggs");
    window.settle();
    assert!(window.has("Boiling eggs") && !window.has("The cashiers"));
}

/// Words of the field find what lessons are about, Enter opens the first, and Esc gives the search up.
#[test]
fn a_search_finds_lessons_and_models_and_enter_opens_the_first() {
    let mut window = Window::open();
    let type_in = |window: &mut Window, words: &str| {
        window.node("Search lessons").focus();
        window.settle();
        window.node("Search lessons").type_text(words);
        window.settle();
    };
    type_in(&mut window, "asyncio");
    assert!(window.has("Python · asyncio"), "no model is found");
    window.harness.key_press(egui::Key::Escape);
    window.settle();
    assert!(window.has("Boiling eggs"), "the search is not given up");
    type_in(&mut window, "race");
    assert!(window.has("The lost update") && !window.has("Boiling eggs"));
    window.harness.key_press(egui::Key::Enter);
    window.until("a lesson is open", |app| app.draft().id == "two-locks");
}

/// An order that nobody said is not shown as a prediction, least of all one that can no longer be made.
#[test]
fn who_predicted_nothing_is_shown_no_prediction_after_the_run() {
    let check = |predicts: bool| {
        let mut window = Window::open();
        window.click("The kitchen");
        assert!(window.has("I predict this order") && window.has("YOUR PREDICTION"));
        if predicts {
            window.click("I predict this order");
        }
        window.click("Run and see");
        window.until("the runs are over", |app| !app.session().entries().is_empty() && !app.session().is_running());
        assert!(!window.has("I predict this order") && !window.says(" is faster"));
        assert_eq!(window.has("YOUR PREDICTION"), predicts);
    };
    check(false);
    check(true);
}

#[test]
fn what_is_searched_for_stands_on_top_wherever_one_was() {
    let mut window = Window::open();
    window.click("Scale");
    window.harness.run_steps(60);
    assert!(window.node("The cashiers").rect().top() < 0.0, "not scrolled");
    window.harness.event(egui::Event::Text("/".to_owned()));
    window.settle();
    window.node("Search lessons").type_text("a");
    window.settle();
    assert!(window.node("The cashiers").rect().top() > 0.0);
}

#[test]
fn the_path_shows_which_chapter_is_in_sight() {
    let mut window = Window::open();
    let is_marked = |window: &Window, chapter: &str| {
        let row = window.harness.get_all_by_role_and_label(egui::accesskit::Role::Button, chapter).next();
        row.and_then(|row| row.accesskit_node().toggled()) == Some(egui::accesskit::Toggled::True)
    };
    let (first, last) = ("Concurrency ≠ parallelism", "Scale");
    assert!(is_marked(&window, first) && !is_marked(&window, last));
    window.click(last);
    window.harness.run_steps(60);
    assert!(!is_marked(&window, first) && is_marked(&window, last));
    let over_the_cards = egui::pos2(700.0, 500.0);
    for _ in 0..40 {
        window.wheel(over_the_cards, 400.0);
    }
    assert!(is_marked(&window, first) && !is_marked(&window, last), "it does not follow");
}

#[test]
fn the_bar_over_the_runs_searches_too() {
    let mut window = Window::open();
    window.click("The cashiers");
    window.click("Search  Ctrl K");
    let field = window.node("Find a run, a command, a lesson");
    assert!(field.is_focused());
    let top = field.rect().top();
    field.type_text("kitchen");
    window.settle();
    assert_eq!(window.node("Find a run, a command, a lesson").rect().top().to_bits(), top.to_bits(), "it jumps");
    window.node("Find a run, a command, a lesson").set_text_value_accesskit("race");
    window.settle();
    assert!(window.has("The lost update"), "it is called otherwise, and about that");
}

/// Above the answer of a lesson that came out otherwise stands that it did: who reads downwards is not told first what
/// did not happen.
#[test]
fn that_a_computer_disagrees_is_said_before_the_answer() {
    const CLAIM: &str = r#"
[text.en]
expect = "Which one is faster?"
explain = "Threads took {threads.makespan}."

[lesson]
chapter = "io-bound"
holds = ["threads.makespan > 2 * sequential.makespan"]
"#;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("false.toml");
    std::fs::write(&file, SHORT.replace("format = 1", "format = 1\nengine = \"simulated\"") + CLAIM).unwrap();
    let mut window =
        Window::open_sized(egui::vec2(1600.0, 1000.0), AppOptions { open: vec![file], ..AppOptions::default() });
    window.until("the file is open", |app| app.draft().id == "false");
    window.click("Lesson");
    window.until_shown("The imagined computer disagrees");
    window.settle();
    assert!(!window.has("THE ANSWER"), "it is not what happened");
    let (warned, answered) =
        (window.node("The imagined computer disagrees").rect(), window.node("WHAT THE LESSON EXPECTS").rect());
    assert!(warned.bottom() < answered.top(), "{warned:?} {answered:?}");
}
