//! The window, driven by the names people see and screen readers say, without display or GPU.

use std::time::{Duration, Instant};

use eframe::egui;
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, Node};
use tasklane::gui::{App, AppOptions};

/// A short run must be over by then, however slow the machine; nothing is asserted about how long it takes.
const PATIENCE: Duration = Duration::from_secs(60);

struct Window {
    harness: Harness<'static, App>,
}

impl Window {
    fn open() -> Self {
        Window::open_sized(egui::vec2(1600.0, 1000.0), AppOptions::default())
    }

    fn open_sized(size: egui::Vec2, options: AppOptions) -> Self {
        let harness =
            Harness::builder().with_size(size).with_max_steps(64).build_eframe(move |cc| App::new(cc, options));
        let mut window = Window { harness };
        window.settle();
        window
    }

    /// A few frames: a click is seen in one and shown in the next.
    fn settle(&mut self) {
        self.harness.run_steps(4);
    }

    fn click(&mut self, name: &str) {
        self.node(name).click();
        self.settle();
    }

    fn node<'a>(&'a self, name: &'a str) -> Node<'a> {
        self.harness.get_all_by_label(name).next().unwrap_or_else(|| panic!("nothing is called “{name}”"))
    }

    /// Goes on frame by frame until that is so.
    fn until(&mut self, what: &str, so: impl Fn(&App) -> bool) {
        let begin = Instant::now();
        while !so(self.harness.state()) {
            assert!(begin.elapsed() < PATIENCE, "waited in vain: {what}");
            std::thread::yield_now();
            self.harness.step();
        }
        self.settle();
    }
}

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
                window.click(lesson);
                window.click("Run and see");
                window.until("the runs are over", |app| !app.session().is_running());
                if let Some(tab) = tab {
                    window.click(tab);
                }
                window
            };
            save(run("The kitchen", Some("Workload")), "workload");
            save(run("Boiling eggs", None), "lesson");
            save(run("The cashiers", Some("Machine")), "machine");
        }
    }
}
