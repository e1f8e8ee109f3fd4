//! What holds for the window as a whole: both languages, settings that last, and rest when nothing happens.

use eframe::egui;
use egui_kittest::kittest::NodeT;
use tasklane::chart::palette::Theme;
use tasklane::gui::AppOptions;
use tasklane::lang::{Lang, Text};

use super::{Window, open_short, run};

/// Every screen in both languages: an unlabelled input or a letter without a glyph panics.
#[test]
fn every_screen_speaks_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    for language in Lang::ALL {
        if window.harness.state().settings().lang != language {
            window.click(language.name());
        }
        let name = |text: Text| text.get(language);
        for tab in [
            Text::new("Workload", "Carga"),
            Text::new("Machine", "Máquina"),
            Text::new("Lesson", "Lição"),
            Text::new("Events", "Eventos"),
            Text::new("Runs", "Execuções"),
            Text::new("Metrics", "Métricas"),
        ] {
            window.click(name(tab));
        }
        window.click(name(Text::new("Help", "Ajuda")));
        window.click(name(Text::new("Close", "Fechar")));
        window.click(name(Text::new("Export", "Exportar")));
        window.click(name(Text::new("Cancel", "Cancelar")));
        window.click(name(Text::new("Lessons", "Lições")));
        assert!(window.has(name(Text::new("THE PATH", "O CAMINHO"))));
        window.click(name(Text::new("The cashiers", "Os caixas")));
        // So that there is something to export in the next language, too.
        window.harness.key_press(egui::Key::Enter);
        let of_it =
            |app: &tasklane::gui::App| app.session().entries().iter().any(|entry| entry.run.scenario_id == "cashiers");
        window.until("the cashiers are through", |app| of_it(app) && !app.session().is_running());
    }
}

#[test]
fn settings_are_kept_from_start_to_start() {
    let folder = tempfile::tempdir().unwrap();
    let options = || AppOptions { settings_folder: Some(folder.path().to_owned()), ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options());
    window.click("Light colors");
    window.click("Português");
    drop(window);
    let window = Window::open_sized(egui::vec2(1600.0, 1000.0), options());
    assert_eq!(window.harness.state().settings().lang, Lang::PtBr);
    assert_eq!(window.harness.state().settings().theme, Theme::Light);
}

/// A projector stays the same from lecture to lecture.
#[test]
fn how_large_everything_is_is_kept_from_start_to_start() {
    let folder = tempfile::tempdir().unwrap();
    let options = || AppOptions { settings_folder: Some(folder.path().to_owned()), ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options());
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Plus);
    window.settle();
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
    window.settle();
    window.click("Zoom in: everything larger");
    assert_eq!(window.harness.state().settings().zoom_percent, 120);
    drop(window);
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options());
    assert!((window.harness.ctx.zoom_factor() - 1.2).abs() < 1e-3);
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Num0);
    window.settle();
    assert_eq!(window.harness.state().settings().zoom_percent, 100);
}

/// Of the window's height, from the edge of the panel below to the bottom.
fn bottom_share(window: &Window, height: f32) -> f32 {
    const MARGIN: f32 = 8.0;
    (height - window.node("Events").rect().top() + MARGIN) / height
}

fn drag(window: &mut Window, from: egui::Pos2, to: egui::Pos2) {
    let button = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    let moved = |pos| egui::Event::PointerMoved(pos);
    for event in [moved(from), button(from, true), moved(from.lerp(to, 0.5)), moved(to), button(to, false)] {
        window.harness.event(event);
        window.harness.step();
    }
    window.settle();
}

#[test]
fn the_panel_below_keeps_its_share_when_the_window_shrinks_and_its_height_when_it_grows_again() {
    let folder = tempfile::tempdir().unwrap();
    let options = || AppOptions {
        settings_folder: Some(folder.path().to_owned()),
        lesson: Some("cashiers"),
        ..AppOptions::default()
    };
    let (large, small) = (egui::vec2(1600.0, 1000.0), egui::vec2(1280.0, 720.0));
    let mut window = Window::open_sized(large, options());
    let top = window.node("Events").rect().top() - 8.0;
    assert!(bottom_share(&window, large.y) < 0.3);
    drag(&mut window, egui::pos2(800.0, top), egui::pos2(800.0, 100.0));
    let chosen = bottom_share(&window, large.y);
    assert!((0.35..=0.4).contains(&chosen), "the runs come first: {chosen}");
    drag(&mut window, egui::pos2(800.0, large.y * (1.0 - chosen)), egui::pos2(800.0, 680.0));
    let chosen = bottom_share(&window, large.y);
    assert!((chosen - 0.32).abs() < 0.01, "{chosen}");
    window.harness.set_size(small);
    window.settle();
    let shrunk = bottom_share(&window, small.y);
    assert!((chosen - shrunk).abs() < 0.02, "{shrunk} of the small window, {chosen} of the large one");
    window.harness.set_size(egui::vec2(1280.0, 300.0));
    window.settle();
    window.harness.set_size(large);
    window.settle();
    let grown = bottom_share(&window, large.y);
    assert!((chosen - grown).abs() < 0.01, "{grown}, and it was {chosen}");
    drop(window);
    let window = Window::open_sized(large, options());
    let again = bottom_share(&window, large.y);
    assert!((chosen - again).abs() < 0.01, "{again}, and it was {chosen}");
}

#[test]
fn an_idle_window_does_not_repaint() {
    let mut window = Window::open();
    assert!(window.harness.run_ok().is_some(), "the home screen keeps repainting");
    window.click("The cashiers");
    assert!(window.harness.run_ok().is_some(), "the run screen keeps repainting");
}

#[test]
fn the_home_screen_says_how_this_machine_is_watched_and_what_else_it_does() {
    let window = Window::open();
    for name in ["preemption", "other load, cores", "core restriction"] {
        assert!(window.has(name), "{name}");
    }
}

/// Ctrl K anywhere, words, arrows, Enter.
#[test]
fn whatever_has_a_name_is_found_and_opened_from_the_keyboard() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    let field = "Find a run, a command, a lesson";
    let press = |window: &mut Window, modifiers, key| {
        window.harness.key_press_modifiers(modifiers, key);
        window.settle();
    };
    let find = |window: &mut Window, words: &str| {
        press(window, egui::Modifiers::COMMAND, egui::Key::K);
        window.node(field).type_text(words);
        window.settle();
    };
    find(&mut window, "lanes wor");
    press(&mut window, egui::Modifiers::NONE, egui::Key::Enter);
    assert!(!window.has(field), "it closes");
    assert!(!window.has("Lanes by worker"), "and it was done");
    find(&mut window, "short thr");
    press(&mut window, egui::Modifiers::NONE, egui::Key::Escape);
    assert!(!window.has(field), "Esc gives it up");
    window.click("Lessons");
    find(&mut window, "short seq");
    press(&mut window, egui::Modifiers::NONE, egui::Key::Enter);
    assert!(window.has("Fold Sequential"), "a run is shown where it is");
    find(&mut window, "kitchen");
    press(&mut window, egui::Modifiers::NONE, egui::Key::Enter);
    assert_eq!(window.harness.state().draft().id, "kitchen");
    run(&mut window);
    window.click("Lessons");
    let title = window.harness.state().draft().scenario().title(tasklane::lang::Lang::En).to_owned();
    find(&mut window, "cashiers");
    press(&mut window, egui::Modifiers::NONE, egui::Key::Enter);
    find(&mut window, &title.to_lowercase());
    press(&mut window, egui::Modifiers::NONE, egui::Key::Enter);
    assert_eq!(window.harness.state().draft().id, "kitchen", "a lesson's whole title is no run of it");
    find(&mut window, "cashiers");
    press(&mut window, egui::Modifiers::NONE, egui::Key::Enter);
    assert!(window.node("Export").accesskit_node().is_disabled(), "none of its runs is shown");
    find(&mut window, &title.to_lowercase()[..title.len() - 1]);
    press(&mut window, egui::Modifiers::NONE, egui::Key::Enter);
    assert_eq!(window.harness.state().draft().id, "kitchen", "nor is a part of it while another is open");
    // The second of what is found: from the last one goes round to the first.
    find(&mut window, "colors");
    press(&mut window, egui::Modifiers::NONE, egui::Key::ArrowUp);
    press(&mut window, egui::Modifiers::NONE, egui::Key::Enter);
    assert_eq!(window.harness.state().settings().theme, tasklane::chart::palette::Theme::Light);
    // Where frames are slow, words and Enter come in one.
    press(&mut window, egui::Modifiers::COMMAND, egui::Key::K);
    let (key, modifiers) = (egui::Key::Enter, egui::Modifiers::NONE);
    let enter = egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
    window.harness.input_mut().events.extend([egui::Event::Text("dark".to_owned()), enter]);
    window.settle();
    assert_eq!(window.harness.state().settings().theme, tasklane::chart::palette::Theme::Dark);
    // And Ctrl K with them; the next letters follow a frame later.
    let press = |key, modifiers| egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
    let call = press(egui::Key::K, egui::Modifiers::COMMAND);
    let typed = |text: &str| egui::Event::Text(text.to_owned());
    window.harness.input_mut().events.extend([call, typed("li")]);
    window.harness.step();
    window.harness.input_mut().events.extend([typed("gh")]);
    window.harness.step();
    window.harness.input_mut().events.extend([typed("t"), press(egui::Key::Enter, egui::Modifiers::NONE)]);
    window.settle();
    assert_eq!(window.harness.state().settings().theme, tasklane::chart::palette::Theme::Light);
}

#[test]
fn the_home_screen_finds_runs_and_commands_beside_lessons() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    window.click("Lessons");
    window.node("Search lessons").focus();
    window.node("Search lessons").type_text("short");
    window.settle();
    assert!(window.has("Short · Sequential") && window.has("Short · Threads"));
    window.click("Short · Threads");
    assert!(window.has("Fold Threads"));
}

/// In a small window the table, what happened and the chart stand one under the other, and scroll together: the wheel
/// over the table moves all of them.
#[test]
fn in_a_small_window_the_panel_below_scrolls_as_one() {
    let mut window = Window::open_small("lock-contention");
    window.click("Imagined computer");
    window.click("Simulate  ↵");
    window.until("it is computed", |app| app.session().entries().len() >= 2 && !app.session().is_running());
    let table = window.node("makespan").rect().center();
    let before = window.node("WHAT HAPPENED").rect().top();
    for _ in 0..8 {
        window.wheel(table, -60.0);
    }
    let moved = before - window.node("WHAT HAPPENED").rect().top();
    let table_moved = table.y - window.node("makespan").rect().center().y;
    assert!(moved > 100.0 && (moved - table_moved).abs() < 1.0, "{moved}, and the table {table_moved}");
}
