//! The window, driven by the names people see and screen readers say, without display or GPU.

use std::path::Path;
use std::time::{Duration, Instant};

use eframe::egui;
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, Node};
use tasklane::chart::palette::Theme;
use tasklane::gui::{App, AppOptions};
use tasklane::lang::{Lang, Text};
use tasklane::model::MODELS;
use tasklane::scenario::{Step, Via};
use tasklane::trace::Status;

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

    /// A few frames: a click is seen in one and shown in the next.
    fn settle(&mut self) {
        self.harness.run_steps(4);
    }

    fn click(&mut self, name: &str) {
        self.node(name).click();
        self.settle();
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
        let begin = Instant::now();
        while !self.has(name) {
            assert!(begin.elapsed() < PATIENCE, "“{name}” never appeared");
            std::thread::yield_now();
            self.harness.step();
        }
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
    let file = folder.join("short.toml");
    std::fs::write(&file, SHORT).unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until("the file is open", |app| app.draft().id == "short");
    window
}

fn run(window: &mut Window) {
    window.click("Run  ↵");
    window.until("the runs are over", |app| !app.session().entries().is_empty() && !app.session().is_running());
}

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
fn a_deadlock_is_told_in_words_by_name() {
    let options = AppOptions { lesson: Some("two-locks"), ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    run(&mut window);
    assert!(window.says("ana holds pan and waits for oven, which bia holds"));
    let entries = window.harness.state().session().entries();
    assert!(entries.iter().all(|entry| entry.run.status == Status::Finished), "the runs end by themselves");
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
}

#[test]
fn a_run_is_cancelled_and_the_window_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("long.toml");
    std::fs::write(&file, SHORT.replace("5ms", "10min")).unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until("the file is open", |app| app.draft().id == "long");
    window.click("Run  ↵");
    assert!(window.harness.state().session().is_running());
    window.harness.key_press(egui::Key::Escape);
    window.until("the run is cancelled", |app| !app.session().is_running());
    assert_eq!(window.harness.state().session().entries()[0].run.status, Status::Cancelled);
    assert!(window.has("Run  ↵"));
}

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

#[test]
fn a_deleted_run_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    window.click("Runs");
    window.click("Delete Threads");
    assert_eq!(window.harness.state().session().entries().len(), 1);
    window.click("Undo");
    let titles: Vec<_> =
        window.harness.state().session().entries().iter().map(|entry| entry.run.choice.model.id).collect();
    assert_eq!(titles, ["sequential", "threads"]);
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
    window.click("Save Three cooks");
    let target = folder.path().join("saved.tasklane");
    window.node("path of the file").set_text_value_accesskit(&target.display().to_string());
    window.settle();
    window.click("Write the file");
    window.until("the run is saved", |_| target.exists());
    let options = AppOptions { open: vec![target], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until("the run is open", |app| !app.session().entries().is_empty());
    assert_eq!(window.harness.state().session().entries()[0].run.choice.model.id, "threads");
}

#[test]
fn the_workload_is_set_up_by_presets_and_step_by_step_and_undone() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    let steps = |window: &Window| window.harness.state().draft().scenario().groups[0].steps.clone();
    let before = steps(&window);
    window.click("io 5 ms");
    window.click("twice");
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
fn a_run_this_computer_cannot_do_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("huge.toml");
    std::fs::write(&file, SHORT.replace("count = 3", "count = 900_000")).unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until("the file is open", |app| app.draft().id == "huge");
    window.click("Run  ↵");
    assert!(window.says("would need 900000 threads"));
    assert!(window.harness.state().session().entries().is_empty(), "nothing was started");
    assert_eq!(window.harness.state().draft().scenario().groups[0].count, 900_000, "the set-up is intact");
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

#[test]
fn a_lock_is_added_whole_and_renamed_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    window.click("Add a step");
    window.click("lock · one task at a time");
    window.click("unlock lock");
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
fn a_run_is_called_by_its_variant_s_title_in_both_languages() {
    let options = AppOptions { lesson: Some("one-blocking-call"), ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    assert!(window.has("Fold Event loop · B: a blocking call"));
    window.click("Português");
    assert!(window.says("B: uma chamada bloqueante"));
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
    assert!(matches!(&locks[..], [lock] if lock.name == "lock" && lock.barging), "{locks:?}");
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

#[test]
fn an_idle_window_does_not_repaint() {
    let mut window = Window::open();
    assert!(window.harness.run_ok().is_some(), "the home screen keeps repainting");
    window.click("The cashiers");
    assert!(window.harness.run_ok().is_some(), "the run screen keeps repainting");
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
            let mut window = open();
            window.click("Help");
            save(window, "help");
        }
    }
}
