//! The left panel: models, workload step by step, and the same as TOML.

use eframe::egui;
use egui_kittest::kittest::{NodeT, Queryable};
use tasklane::gui::AppOptions;
use tasklane::scenario::{Step, Via};

use super::{SHORT, Window, open_file, open_short};

#[test]
fn the_workload_is_set_up_by_presets_and_step_by_step_and_undone() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    let steps = |window: &Window| window.harness.state().draft().scenario().groups[0].steps.clone();
    let before = steps(&window);
    window.click("io 5 ms");
    window.click("duplicate");
    assert_eq!(steps(&window).len(), before.len() + 1);
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.settle();
    assert_eq!(steps(&window), before);
    window.click("CPU");
    assert!(matches!(steps(&window)[..], [Step::Cpu { .. }]));
    window.click("Add a step");
    window.click("yield · let others go first");
    assert!(matches!(steps(&window)[..], [Step::Cpu { .. }, Step::Yield]));
    window.click("+ add a group");
    assert_eq!(window.harness.state().draft().scenario().groups.len(), 2);
    window.click("Remove group task2");
    assert_eq!(window.harness.state().draft().scenario().groups.len(), 1);
}

#[test]
fn no_models_no_run_and_the_window_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    window.click("Sequential");
    window.click("Threads");
    assert!(window.says("Choose at least one model"));
    assert!(window.node("Run  ↵").accesskit_node().is_disabled());
}

#[test]
fn chips_wrap_inside_the_panel_and_every_field_can_be_reached() {
    let options = AppOptions { lesson: Some("deliveries"), ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.click("Workload");
    let panel = 280.0;
    for name in ["print “Order {n} is p…”", "io 300 ms", "print “Order {n} is a…”", "number of tasks", "arrive"]
    {
        let right = window.node(name).rect().right();
        assert!(right <= panel, "“{name}” ends at {right}, outside the panel");
    }
}

/// Extreme values, shown in fields whose sliders do not reach so far.
#[test]
fn to_look_at_a_set_up_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("extreme.toml");
    let text = SHORT
        .replace("count = 3", "count = 20\npriority = 40_000\narrive = { rate = 0.00001 }")
        .replace("{ cpu = \"1ms\" }, { io = \"5ms\" }", "{ cpu = \"1ns\" }, { io = \"100000s\" }")
        .replace("{ print = \"Boiling {n}\" }, ", "");
    std::fs::write(&file, text).unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until("the file is open", |app| app.draft().id == "extreme");
    for tab in ["Workload", "more", "io 100000 s", "Machine"] {
        window.click(tab);
    }
    let draft = window.harness.state().draft();
    assert!(!draft.can_undo(), "{}", draft.toml());
}

#[test]
fn a_wait_gets_its_way_and_its_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    window.click("io 5 ms");
    window.click("gives up after a while");
    let io = |window: &Window| window.harness.state().draft().scenario().groups[0].steps[2].clone();
    assert!(matches!(io(&window), Step::Io { timeout: Some(_), .. }));
    window.click("file");
    assert!(matches!(io(&window), Step::Io { via: Via::File, timeout: Some(_), .. }));
}

/// The popup of a step stays open while it is changed: so does the way back.
#[test]
fn undo_goes_through_an_open_popup_and_not_through_a_field() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    let press = |window: &mut Window, modifiers| {
        window.harness.key_press_modifiers(modifiers, egui::Key::Z);
        window.settle();
    };
    let (ctrl, ctrl_shift) = (egui::Modifiers::COMMAND, egui::Modifiers { shift: true, ..egui::Modifiers::COMMAND });
    let can_undo = |window: &Window| window.harness.state().draft().can_undo();
    window.click("io 5 ms");
    window.click("gives up after a while");
    assert!(can_undo(&window));
    press(&mut window, ctrl);
    assert!(!can_undo(&window), "not undone");
    press(&mut window, ctrl_shift);
    assert!(can_undo(&window), "not redone");
    assert!(window.has("duplicate"), "the popup was closed");
    window.click("takes");
    press(&mut window, ctrl);
    assert!(can_undo(&window), "whoever types undoes typing");
}

#[test]
fn a_lock_is_added_whole_and_renamed_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    window.click("Add a step");
    window.click("lock · one task at a time");
    window.click("unlock door");
    let rename = |window: &mut Window, name: &str| {
        let field = window.harness.get_by_role_and_label(egui::accesskit::Role::TextInput, "lock");
        field.focus();
        field.set_text_value_accesskit(name);
        window.settle();
    };
    rename(&mut window, "till");
    let steps = window.harness.state().draft().scenario().groups[0].steps.clone();
    assert!(matches!(&steps[3..], [Step::Lock(a), Step::Cpu { .. }, Step::Unlock(b)] if a == "till" && b == "till"));
    rename(&mut window, "no name");
    assert!(window.has("unlock till"), "what is no name changes nothing");
}

#[test]
fn what_tasks_share_is_set_where_there_is_some() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    assert!(!window.has("SHARED"));
    window.click("Add a step");
    window.click("lock · one task at a time");
    assert!(window.harness.state().draft().scenario().locks.is_empty(), "nothing is declared that says nothing");
    window.click("who comes may pass who waits");
    let locks = window.harness.state().draft().scenario().locks.clone();
    assert!(matches!(&locks[..], [lock] if lock.name == "door" && lock.barging), "{locks:?}");
}

#[test]
fn where_variants_bring_their_models_no_list_pretends_to_choose() {
    let options = |lesson| AppOptions { lesson: Some(lesson), ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options("pool-sizing"));
    window.click("Workload");
    assert!(window.says("Each variant says which model it runs") && !window.has("Thread pool"));
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options("cashiers"));
    window.click("Workload");
    assert!(!window.says("Each variant says which model it runs"));
}

#[test]
fn a_model_s_card_opens_where_the_keyboard_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    let threads = tasklane::model::find("threads").unwrap();
    assert!(!window.says(threads.overheads.en));
    window.node("Threads").focus();
    window.settle();
    assert!(window.says(threads.overheads.en));
    let node = window.node("Threads");
    assert_eq!(node.accesskit_node().data().description(), Some(threads.definition.en));
}

#[test]
fn wrong_toml_is_explained_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    let before = window.harness.state().draft().scenario().clone();
    window.click("as TOML");
    let wrong = SHORT.replace("count = 3", "cuont = 3");
    window.node("the scenario as TOML").set_text_value_accesskit(&wrong);
    window.settle();
    assert!(window.says("cuont"), "no word on what is wrong");
    assert!(window.has("The set-up stays as it was."));
    assert_eq!(*window.harness.state().draft().scenario(), before);
    assert_eq!(window.node("the scenario as TOML").value().as_deref(), Some(wrong.as_str()), "the text was lost");
    window.node("the scenario as TOML").set_text_value_accesskit(&SHORT.replace("count = 3", "count = 7"));
    window.settle();
    window.click("Use this");
    assert_eq!(window.harness.state().draft().scenario().groups[0].count, 7);
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.settle();
    assert_eq!(window.harness.state().draft().scenario().groups[0].count, 3, "undone");
}

/// Right or wrong, it is nobody's to throw away.
#[test]
fn what_was_typed_as_toml_is_there_still_after_a_look_at_the_fields() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    let text = |window: &Window| window.node("the scenario as TOML").value().unwrap_or_default();
    window.click("as TOML");
    let as_written = text(&window);
    let wrong = SHORT.replace("count = 3", "cuont = 3");
    window.node("the scenario as TOML").set_text_value_accesskit(&wrong);
    window.settle();
    window.click("← back to the fields");
    assert!(window.has("+ add a group"));
    window.click("as TOML");
    assert_eq!(text(&window), wrong);
    assert!(window.says("cuont"), "no word on what is wrong");
    assert!(!window.says("The set-up has changed since"));
    window.click("← back to the fields");
    window.click("+ add a group");
    window.click("as TOML");
    assert_eq!(text(&window), wrong);
    assert!(window.says("The set-up has changed since you began to type."), "no word on what is older");
    window.click("undo my changes");
    assert!(text(&window).matches("[[task]]").count() == 2 && !window.says("The set-up has changed since"));
    window.click("← back to the fields");
    window.click("Remove group task2");
    window.click("as TOML");
    assert_eq!(text(&window), as_written, "what nobody typed follows the fields");
}

/// Key by key, through right and wrong and right again: nothing that comes or goes around the text takes the keyboard.
#[test]
fn what_is_typed_into_the_toml_arrives_there_key_by_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    window.click("as TOML");
    let top = window.node("the scenario as TOML").rect().top();
    // Whoever opens it types into it: from its first line on, which is what is in sight.
    for letter in ["#", "=", "f", "\n", "x", "\n", "-", "?", "/"] {
        let event = match letter {
            "\n" => egui::Event::Key {
                key: egui::Key::Enter,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers: egui::Modifiers::NONE,
            },
            letter => egui::Event::Text(letter.to_owned()),
        };
        window.harness.event(event);
        window.settle();
        assert!((window.node("the scenario as TOML").rect().top() - top).abs() < 0.5, "moved at {letter:?}");
    }
    let text = window.node("the scenario as TOML").value().unwrap_or_default();
    assert!(text.starts_with("#=f\nx\n-?/"), "{text}");
    assert!(window.harness.state().session().entries().is_empty(), "Enter ran something");
}

/// The text is longer than the panel: at its end one still sees what is wrong with it, and the way to use it.
#[test]
fn at_the_end_of_a_long_toml_its_buttons_are_in_sight() {
    let mut window = Window::open_small("two-locks");
    window.click("Workload");
    window.open_card("as TOML");
    let before = window.node("Use this").rect();
    let ctrl = egui::Modifiers { ctrl: true, ..egui::Modifiers::COMMAND };
    window.harness.key_press_modifiers(ctrl, egui::Key::End);
    window.settle();
    window.harness.event(egui::Event::Text("zork".to_owned()));
    window.settle();
    assert!(window.node("the scenario as TOML").value().unwrap_or_default().trim_end().ends_with("zork"));
    assert!(window.node("the scenario as TOML").rect().top() < before.bottom(), "the text has not scrolled");
    assert_eq!(window.node("Use this").rect(), before);
    assert!(window.has("The set-up stays as it was."));
}

#[test]
fn a_duration_is_typed_with_or_without_its_unit_and_what_is_none_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    window.click("io 5 ms");
    let io = |window: &Window| window.harness.state().draft().scenario().groups[0].steps[2].clone();
    let before = io(&window);
    window.click("takes");
    window.harness.event(egui::Event::Text("soon".to_owned()));
    window.settle();
    assert!(window.says("250us"), "no word on what a duration is");
    assert_eq!(io(&window), before);
    for _ in 0.."soon".len() {
        window.harness.key_press(egui::Key::Backspace);
    }
    window.settle();
    window.harness.event(egui::Event::Text("8".to_owned()));
    window.harness.key_press(egui::Key::Enter);
    window.settle();
    assert!(matches!(io(&window), Step::Io { .. }) && window.has("io 8 ms"), "{:?}", io(&window));
}

#[test]
fn a_long_name_widens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("long.toml");
    let name = "a-group-whose-name-is-very-long-indeed";
    std::fs::write(&file, SHORT.replace("egg", name)).unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until("the file is open", |app| app.draft().id == "long");
    let right = window.node("number of tasks").rect().right();
    assert!(right < 280.0, "the slider ends at {right}, beyond the panel");
}

/// What its variants decide is not the set-up's to change.
#[test]
fn cores_that_every_variant_has_of_its_own_are_no_slider_to_nowhere() {
    let disabled = |window: &Window, name: &str| window.node(name).accesskit_node().is_disabled();
    let mut window = Window::open();
    window.click("The cashiers");
    window.click("Machine");
    assert!(disabled(&window, "cores the run may use") && disabled(&window, "How many cores runs may use"));
    assert!(window.says("Each variant has its own number of cores"));
    window.click("Imagined computer");
    assert!(disabled(&window, "cores of the imagined computer"));
    let mut window = Window::open();
    window.click("The kitchen");
    window.click("Machine");
    assert!(!disabled(&window, "cores the run may use") && !window.says("Each variant has its own number"));
}

/// What cannot be seen costs nothing, and is there once it is scrolled to.
#[test]
fn of_many_groups_those_in_sight_are_laid_out() {
    const GROUPS: usize = 2_000;
    let folder = tempfile::tempdir().unwrap();
    let group = |at| format!("[[task]]\nname = \"g{at}\"\nsteps = [{{ io = \"1ms\" }}]\n");
    let groups: String = (0..GROUPS).map(group).collect();
    let head = "format = 1\ntitle = \"Many\"\nmodels = [\"threads\"]\n";
    let mut window = open_file(folder.path(), "many", &format!("{head}{groups}"));
    let cards = |window: &Window| window.harness.query_all_by_label("number of tasks").count();
    assert!(window.has("Remove group g0") && !window.has(&format!("Remove group g{}", GROUPS - 1)));
    assert!((2..50).contains(&cards(&window)), "{} cards", cards(&window));
    window.wheel(egui::pos2(100.0, 500.0), -1e9);
    let last = format!("Remove group g{}", GROUPS - 1);
    window.until_shown(&last);
    window.until_shown("+ add a group");
    assert!((1..50).contains(&cards(&window)), "{} cards", cards(&window));
    // Whoever has the focus keeps it while others are scrolled out of sight.
    window.node(&last).focus();
    window.settle();
    let top = window.node(&last).rect().top();
    window.wheel(egui::pos2(100.0, 500.0), 400.0);
    assert!(window.node(&last).is_focused() && window.node(&last).rect().top() > top + 100.0);
    window.node(&last).click_accesskit();
    window.settle();
    assert_eq!(window.harness.state().draft().scenario().groups.len(), GROUPS - 1);
}
