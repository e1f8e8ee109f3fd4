//! The window as pictures for people to look at.

use eframe::egui;
use tasklane::gui::AppOptions;

use super::Window;

/// The app as a picture, at the window's size, in the colors it is set to.
fn picture(window: Window, size: egui::Vec2) -> crate::screen::Picture {
    use eframe::App as _;
    let mut app = window.harness.into_state();
    let mut frame = eframe::Frame::_new_kittest();
    let mut screen = crate::screen::Screen::new(size, app.settings().theme);
    screen.settle(|ui| {
        app.logic(&ui.ctx().clone(), &mut frame);
        app.ui(ui, &mut frame);
    });
    screen.picture()
}

/// Makes the pictures to look at: `cargo test --test it gui::pictures -- --ignored`.
#[test]
#[ignore = "writes pictures for people to look at"]
fn pictures() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    std::fs::create_dir_all(&folder).unwrap();
    for (size, size_name) in [(egui::vec2(1600.0, 1000.0), "large"), (egui::vec2(1000.0, 700.0), "small")] {
        for theme in ["dark", "light"] {
            let open = || {
                let mut window = Window::open_sized(size, AppOptions::default());
                if theme == "light" {
                    window.click("Light colors");
                }
                window
            };
            let save = |window: Window, name: &str| {
                picture(window, size).save(&folder.join(format!("{name}-{theme}-{size_name}.png")));
            };
            save(open(), "home");
            let run = |lesson: &str, tab: Option<&str>| {
                let mut window = open();
                window.open_card(lesson);
                window.click("Run  ↵");
                window.until("the runs are over", |app| !app.session().is_running());
                if let Some(tab) = tab {
                    window.click(tab);
                }
                window
            };
            save(run("The kitchen", Some("Workload")), "workload");
            save(run("Two locks", None), "deadlock");
            save(run("Boiling eggs", None), "lesson");
            let mut window = run("The kitchen", Some("Workload"));
            window.click("lanes by worker");
            save(window, "workers");
            save(run("The cashiers", Some("Machine")), "machine");
            save(run("One blocking call", Some("Events")), "events");
            let mut window = run("The kitchen", Some("Runs"));
            window.click("Export");
            save(window, "export");
            let mut window = open();
            window.open_card("One blocking call");
            window.click("Workload");
            window.click("as TOML");
            save(window, "toml");
            let orders = |lesson: &str, known: &str| {
                let mut window = open();
                window.open_card(lesson);
                window.click("Every order");
                window.click("put a lock in");
                window.until_shown(known);
                window
            };
            save(orders("Twenty orders", "With a lock: counter = 2, 2 of 2"), "orders-race");
            save(orders("Five philosophers", "With a lock: all done, 120 of 120"), "orders-deadlock");
            let mut window = open();
            window.click("Help");
            save(window, "help");
        }
    }
}
