//! Files in and out: the dialogs that open, save and export, and what they say when that fails.

use eframe::egui;
use egui_kittest::kittest::Queryable;
use tasklane::gui::AppOptions;

use super::{SHORT, Window, open_short, run};

#[test]
fn the_chart_is_exported_to_the_path_in_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    for (format, extension) in tasklane::export::FORMATS.map(|format| (format.label.en, format.extension)) {
        let target = folder.path().join(format!("chart-{}.{extension}", format.len()));
        window.click("Export");
        window.click(format);
        let field = window.node("path of the file");
        field.focus();
        field.set_text_value_accesskit(&target.display().to_string());
        window.settle();
        assert_eq!(window.node("path of the file").value().as_deref(), target.to_str(), "{format}");
        window.click("Write the file");
        window.until("the file is written", |_| target.exists());
        assert!(std::fs::metadata(&target).unwrap().len() > 0, "{format} is empty");
    }
}

#[test]
fn no_choice_moves_the_buttons_of_the_export_dialog() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("there"), "already").unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    window.click("Export");
    let below = window.node("Cancel").rect();
    let mut choices: Vec<&str> = tasklane::export::FORMATS.iter().map(|format| format.label.en).collect();
    choices.extend([tasklane::export::FORMATS[0].label.en, "Core utilization"]);
    for choice in choices {
        window.click(choice);
        assert_eq!(window.node("Cancel").rect(), below, "{choice}");
    }
    let there = folder.path().join("there").display().to_string();
    window.node("path of the file").set_text_value_accesskit(&there);
    window.settle();
    assert!(window.has("Replace"));
    assert_eq!(window.node("Cancel").rect().y_range(), below.y_range());
}

/// What the pointer rests on is behind the dialog.
#[test]
fn no_hint_stays_above_a_dialog() {
    const HINT: &str = "The picture, simulated";
    let mut window = Window::open();
    let card = window.node("The kitchen").rect().center();
    window.harness.hover_at(card);
    let mut steps = 0;
    while !window.says(HINT) {
        steps += 1;
        assert!(steps < 10_000, "the hint never appeared");
        std::thread::yield_now();
        window.harness.step();
    }
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::O);
    window.settle();
    assert!(window.has("Open a file"));
    assert!(!window.says(HINT));
}

#[test]
fn a_refused_path_is_a_message_that_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    window.click("Export");
    let target = folder.path().join("no such folder").join("chart.svg");
    window.node("path of the file").set_text_value_accesskit(&target.display().to_string());
    window.settle();
    window.click("Write the file");
    window.until_shown("Close");
    window.harness.run_steps(60 * 30);
    assert!(window.says("no such folder"), "the message went away");
    window.click("Close");
    assert!(!window.says("no such folder"));
}

/// A narrow message and a wide one: they end at one edge, and neither lies over the other.
#[test]
fn messages_stand_one_under_the_other() {
    let check = |size: egui::Vec2| {
        let folder = tempfile::tempdir().unwrap();
        let (huge, bad) = (folder.path().join("huge.toml"), folder.path().join("bad.toml"));
        std::fs::write(&huge, SHORT.replace("count = 3", "count = 900_000")).unwrap();
        std::fs::write(&bad, SHORT.replace("count = 3", "cuont = 3")).unwrap();
        let mut window = Window::open_sized(size, AppOptions { open: vec![huge, bad], ..AppOptions::default() });
        window.until("the file is open", |app| app.draft().id == "huge");
        window.click("Run  ↵");
        let places = |window: &Window| -> Vec<egui::Rect> {
            window.harness.query_all_by_label("Close").map(|button| button.rect()).collect()
        };
        window.until_shown("Close");
        window.harness.run_steps(8);
        let places = places(&window);
        let [one, other] = places[..] else { panic!("{places:?}") };
        assert!((one.right() - other.right()).abs() < 0.5, "{places:?}");
        assert!((one.top() - other.top()).abs() > one.height(), "{places:?}");
    };
    check(egui::vec2(1600.0, 1000.0));
    check(egui::vec2(1024.0, 700.0));
}

#[test]
fn a_run_gets_a_name_and_is_saved_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    window.click("Runs");
    window.click("Rename Threads");
    window.node("name of the run").set_text_value_accesskit("Three cooks");
    window.settle();
    window.harness.key_press(egui::Key::Enter);
    window.settle();
    assert_eq!(window.harness.state().session().entries()[1].name.as_deref(), Some("Three cooks"));
    let window = window.saved_and_opened("Three cooks", folder.path());
    assert_eq!(window.harness.state().session().entries()[0].run.choice.model.id, "threads");
}

#[test]
fn a_workload_of_one_s_own_is_saved_left_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::open();
    window.click("+ New workload");
    window.click("CPU");
    let groups = |window: &Window| window.harness.state().draft().scenario().groups.clone();
    let own = groups(&window);
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::S);
    window.settle();
    let target = folder.path().join("own.toml");
    window.node("path of the file").set_text_value_accesskit(&target.display().to_string());
    window.settle();
    window.click("Save");
    window.until("the file is written", |_| target.exists());
    window.until("it is told", |app| app.settings().recent == [target.clone()]);
    let options = AppOptions { open: vec![target], ..AppOptions::default() };
    let mut other = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    other.until("the file is open", |app| app.draft().id == "own");
    assert_eq!(groups(&other), own);

    // What is saved can be left without a word; one's way back is on the first screen.
    window.click("Lessons");
    window.click("go on →");
    assert_eq!(window.harness.state().draft().id, "workload");
    window.click("Lessons");
    window.open_card("The cashiers");
    assert!(!window.says("was left with its changes"));
}

#[test]
fn a_changed_set_up_that_is_left_comes_back() {
    let mut window = Window::open();
    window.open_card("The kitchen");
    window.click("Workload");
    window.click("IO");
    let own = window.harness.state().draft().scenario().groups.clone();
    window.click("Lessons");
    window.open_card("The cashiers");
    assert!(window.says("“The kitchen” was left with its changes."));
    window.click("Undo");
    let draft = window.harness.state().draft();
    assert_eq!((draft.id.as_str(), &draft.scenario().groups), ("kitchen", &own));
    assert!(draft.can_undo(), "with all that can be undone");
}

#[test]
fn a_path_is_typed_and_opened() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("typed.toml");
    std::fs::write(&file, SHORT).unwrap();
    let mut window = Window::open();
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::O);
    window.settle();
    window.node("path of the file").type_text(&file.display().to_string());
    window.settle();
    window.click("Open");
    window.until("the file is open", |app| app.draft().id == "typed");
    assert_eq!(window.harness.state().settings().recent, [file]);
}

#[test]
fn the_export_dialog_begins_with_the_last_format() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    window.click("Export");
    window.click("Spans (CSV)");
    let target = folder.path().join("spans.csv");
    window.node("path of the file").set_text_value_accesskit(&target.display().to_string());
    window.settle();
    window.click("Write the file");
    window.until("the file is written", |_| target.exists());
    window.until("the folder is known", |app| app.settings().export_folder.is_some());
    window.click("Export");
    let path = std::path::PathBuf::from(window.node("path of the file").value().unwrap());
    assert_eq!(path.parent(), Some(folder.path()));
    assert_eq!(path.extension().and_then(|extension| extension.to_str()), Some("csv"));
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_set_up_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.toml");
    std::fs::write(&file, "format = 1\nmodels = [").unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until_shown("Close");
    assert!(window.says("broken.toml:2:"), "file, line and column");
    assert_eq!(window.harness.state().draft().id, "cashiers");
}

/// Until another file is asked for, or Esc says that it was read.
#[test]
fn what_is_wrong_with_a_file_is_told_no_longer_than_it_matters() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    let (broken, good) = (folder.path().join("broken.toml"), folder.path().join("good.toml"));
    std::fs::write(&broken, "format = 2").unwrap();
    std::fs::write(&good, SHORT).unwrap();
    let open = |window: &mut Window, path: &std::path::Path| {
        window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::O);
        window.settle();
        window.node("path of the file").set_text_value_accesskit(&path.display().to_string());
        window.settle();
        window.click("Open");
    };
    open(&mut window, &broken);
    window.until_shown("Close");
    window.harness.key_press(egui::Key::Escape);
    window.settle();
    assert!(!window.has("Close"), "Esc leaves it where it is");
    open(&mut window, &broken);
    window.until_shown("Close");
    open(&mut window, &good);
    window.until("the other file is open", |app| app.draft().id == "good");
    assert!(!window.says("broken.toml"), "it stays beside a file that is all right");
}
