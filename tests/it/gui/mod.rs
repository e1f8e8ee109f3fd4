//! The window, driven by the names people see and screen readers say, without display or GPU.

mod costs;
mod dialogs;
mod imagined;
mod lessons;
mod orders;
mod pictures;
mod predicted;
mod runs;
mod setup;
mod typed;
mod whole;

use std::path::Path;
use std::time::{Duration, Instant};

use eframe::egui;
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, Node};
use tasklane::gui::{App, AppOptions};

/// A short run must be over by then, however slow the machine; nothing is asserted about how long it takes.
const PATIENCE: Duration = Duration::from_mins(1);

struct Window {
    harness: Harness<'static, App>,
}

impl Window {
    fn open() -> Self {
        Window::open_sized(egui::vec2(1600.0, 1000.0), AppOptions::default())
    }

    fn open_sized(size: egui::Vec2, options: AppOptions) -> Self {
        crate::fixture::name_worker_program();
        let harness =
            Harness::builder().with_size(size).with_max_steps(64).build_eframe(move |cc| App::new(cc, options));
        let mut window = Window { harness };
        window.settle();
        window
    }

    /// With that built-in lesson, in a small window.
    fn open_small(lesson: &'static str) -> Self {
        let options = AppOptions { lesson: Some(lesson), ..AppOptions::default() };
        let mut window = Window::open_sized(egui::vec2(1024.0, 700.0), options);
        window.until("the lesson is open", |app| app.draft().id == lesson);
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

    /// Turns the wheel over `over` by so many points; down shows what is further down.
    fn wheel(&mut self, over: egui::Pos2, points: f32) {
        self.harness.hover_at(over);
        self.harness.step();
        let (unit, delta, phase) = (egui::MouseWheelUnit::Point, egui::vec2(0.0, points), egui::TouchPhase::Move);
        let (source, modifiers) = (egui::MouseWheelSource::Wheel, egui::Modifiers::NONE);
        self.harness.event(egui::Event::MouseWheel { unit, delta, phase, source, modifiers });
        self.settle();
    }

    /// Another window, on the run of that name that this one has saved into `folder`; the list of runs is open.
    fn saved_and_opened(mut self, name: &str, folder: &std::path::Path) -> Window {
        self.click(&format!("Save {name}"));
        let target = folder.join("saved.tasklane");
        self.node("path of the file").set_text_value_accesskit(&target.display().to_string());
        self.settle();
        self.click("Write the file");
        self.until("the run is saved", |_| target.exists());
        let options = AppOptions { open: vec![target], ..AppOptions::default() };
        let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
        window.until("the run is open", |app| !app.session().entries().is_empty());
        window
    }

    /// Also where the card is below the fold.
    fn open_card(&mut self, name: &str) {
        self.node(name).click_accesskit();
        self.settle();
    }

    fn node<'a>(&'a self, name: &'a str) -> Node<'a> {
        self.harness.get_all_by_label(name).next().unwrap_or_else(|| panic!("nothing is called “{name}”"))
    }

    fn has(&self, name: &str) -> bool {
        self.harness.query_all_by_label(name).next().is_some()
    }

    /// Somewhere on the screen, as a part of a text.
    fn says(&self, part: &str) -> bool {
        self.harness.query_all_by_label_contains(part).next().is_some()
    }

    fn until_shown(&mut self, name: &str) {
        self.wait_for(&format!("“{name}”"), |window| window.has(name));
    }

    fn until_says(&mut self, part: &str) {
        self.wait_for(&format!("“…{part}…”"), |window| window.says(part));
    }

    fn wait_for(&mut self, what: &str, so: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !so(self) {
            assert!(begin.elapsed() < PATIENCE, "waited in vain: {what}");
            std::thread::yield_now();
            self.harness.step();
        }
    }

    /// Goes on frame by frame until that is so.
    fn until(&mut self, what: &str, so: impl Fn(&App) -> bool) {
        self.wait_for(what, |window| so(window.harness.state()));
        self.settle();
    }
}

/// A scenario that is over in some milliseconds.
const SHORT: &str = r#"format = 1
title = "Short"
summary = "Over before you look."
models = ["sequential", "threads"]

[[task]]
name = "egg"
count = 3
steps = [{ print = "Boiling {n}" }, { cpu = "1ms" }, { io = "5ms" }]
"#;

/// A window with a short scenario of one's own opened from a file.
fn open_short(folder: &Path) -> Window {
    open_file(folder, "short", SHORT)
}

/// A window with that scenario opened from a file of that name.
fn open_file(folder: &Path, id: &str, text: &str) -> Window {
    let file = folder.join(format!("{id}.toml"));
    std::fs::write(&file, text).unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until("the file is open", |app| app.draft().id == id);
    window
}

fn run(window: &mut Window) {
    window.click("Run  ↵");
    window.until("the runs are over", |app| !app.session().entries().is_empty() && !app.session().is_running());
}
