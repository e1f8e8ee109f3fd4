//! The imagined computer in the window: switched to, followed while one drags, played step by step, kept and compared.

use eframe::egui;
use egui_kittest::kittest::{NodeT, Queryable};
use tasklane::analysis::metrics::metrics;
use tasklane::gui::AppOptions;
use tasklane::scenario::{Engine, Scheduler};
use tasklane::time::Nanos;
use tasklane::trace::Status;

use super::{Window, open_short, run};

const CORES: &str = "How many cores the imagined computer has";

/// Eight computations of 20 ms, on one core that costs nothing.
const EIGHT: &str = r#"format = 1
title = "Eight"
engine = "simulated"
models = ["threads"]

[machine]
cores = 1
ideal = true
scheduler = "fcfs"

[[task]]
name = "job"
count = 8
steps = [{ cpu = "20ms" }]
"#;

fn open(text: &str) -> Window {
    open_sized(text, egui::vec2(1600.0, 1000.0))
}

fn open_sized(text: &str, size: egui::Vec2) -> Window {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, text).unwrap();
    let options = AppOptions { open: vec![file], ..AppOptions::default() };
    let mut window = Window::open_sized(size, options);
    window.until("the file is open", |app| app.draft().id == "own");
    window
}

/// A file of the imagined computer, with its picture.
fn open_shown(text: &str) -> Window {
    let mut window = open(text);
    window.until("it is computed", |app| !app.session().entries().is_empty());
    window
}

fn makespans(window: &Window) -> Vec<Nanos> {
    let entries = window.harness.state().session().entries();
    entries.iter().filter(|entry| entry.follows()).map(|entry| metrics(&entry.run).makespan).collect()
}

fn ms(millis: i64) -> Nanos {
    Nanos::from_millis(millis)
}

/// Presses on what has that name and moves by so many points, without letting go.
fn drag(window: &mut Window, name: &str, points: f32) -> egui::Pos2 {
    let from = window.node(name).rect().center();
    window.harness.hover_at(from);
    window.harness.step();
    window.harness.drag_at(from);
    window.harness.step();
    for part in 1..=8_u8 {
        window.harness.hover_at(from + egui::vec2(points * f32::from(part) / 8.0, 0.0));
        window.harness.step();
    }
    window.settle();
    from + egui::vec2(points, 0.0)
}

#[test]
fn the_switch_shows_what_is_open_at_once_marked_as_simulated() {
    let mut window = Window::open();
    window.click("+ New workload");
    assert!(window.harness.state().session().entries().is_empty());
    window.click("Imagined computer");
    window.until("it is computed", |app| app.session().entries().len() == 3);
    let session = window.harness.state().session();
    assert!(session.entries().iter().all(|entry| entry.run.engine == Engine::Simulated));
    assert!(window.has("Fold Threads · simulated") && window.has("simulated"));
    window.click("This computer");
    assert!(window.harness.state().session().entries().is_empty());
}

#[test]
fn a_lesson_opens_where_its_scenario_says_and_stays_where_the_person_put_it() {
    let mut window = open_shown(EIGHT);
    let engine = |window: &Window| window.harness.state().draft().engine();
    assert_eq!((engine(&window), makespans(&window)), (Engine::Simulated, vec![ms(160)]));
    window.click("Lessons");
    window.click("The kitchen");
    assert_eq!(engine(&window), Engine::Measured);
    assert!(window.harness.state().session().entries().is_empty());
    window.click("Imagined computer");
    window.click("Lessons");
    // The way back names it, too.
    window.harness.get_by_role_and_label(egui::accesskit::Role::Button, "The kitchen").click();
    window.settle();
    assert_eq!(engine(&window), Engine::Simulated, "it was not left");
    window.click("Lessons");
    window.click("The cashiers");
    assert_eq!(engine(&window), Engine::Measured, "another lesson says for itself");
}

#[test]
fn the_button_says_what_it_does() {
    let mut window = Window::open();
    window.click("The kitchen");
    assert!(window.has("Run  ↵"));
    window.click("Imagined computer");
    window.until_shown("Simulate  ↵");
    window.click("Simulate  ↵");
    window.until_shown("Keep  ↵");
    let entries = |window: &Window| window.harness.state().session().entries().len();
    let before = entries(&window);
    window.click("Keep  ↵");
    assert_eq!(entries(&window), before, "what was asked for is kept already");
    window.click("Português");
    assert!(window.has("Guardar  ↵"));
}

#[test]
fn a_lesson_asks_before_it_shows() {
    let mut window = Window::open();
    window.click("The kitchen");
    window.click("Imagined computer");
    window.harness.run_steps(20);
    assert!(window.harness.state().session().entries().is_empty(), "the answer was given away");
    window.click("Run and see");
    window.until("it is computed", |app| !app.session().entries().is_empty());
    assert!(window.has("The imagined computer agrees with the lesson."));
    assert!(!window.has("Run and see"));
    let changed = "You changed the set-up: the lesson's words are about its own.";
    assert!(!window.has(changed));
    window.click("Machine");
    let end = drag(&mut window, CORES, 30.0);
    window.harness.drop_at(end);
    window.click("Lesson");
    window.settle();
    assert!(window.has(changed) && !window.says("agrees with the lesson"), "its answer is not about these cores");
}

#[test]
fn the_picture_follows_a_drag_and_is_undone_in_one_piece() {
    let mut window = open_shown(EIGHT);
    let id = window.harness.state().session().entries()[0].id;
    let end = drag(&mut window, CORES, 30.0);
    let cores = window.harness.state().draft().cores();
    assert!(cores > 1, "nothing was dragged");
    let waves = i64::from(8_u32.div_ceil(cores));
    assert_eq!(makespans(&window), [ms(20 * waves)], "still under the pointer");
    window.harness.drop_at(end);
    window.settle();
    assert_eq!(window.harness.state().session().entries()[0].id, id, "it is the same run to the eye");
    assert!(!window.has("Cancel  Esc"));
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.settle();
    assert_eq!(makespans(&window), [ms(160)]);
}

/// Where a value is dragged to means nothing to what lies there.
#[test]
fn a_drag_that_passes_over_the_lanes_leaves_their_cursor_alone() {
    let mut window = open_shown(EIGHT);
    let plot = window.harness.get_all_by_label_contains("Timeline of Threads").next().unwrap().rect();
    let over = egui::pos2(plot.left() + plot.width() * 0.47, plot.top() + 6.0);
    window.harness.hover_at(over);
    window.harness.run_steps(3);
    assert!(cursor_stands_at(&window, over.x));
    let points = over.x - window.node(CORES).rect().center().x;
    let end = drag(&mut window, CORES, points);
    window.harness.hover_at(over);
    window.harness.run_steps(3);
    assert!(!cursor_stands_at(&window, over.x));
    window.harness.drop_at(end);
    window.harness.hover_at(over);
    window.harness.run_steps(3);
    assert!(cursor_stands_at(&window, over.x));
}

/// A vertical line, as high as the lanes or more.
fn cursor_stands_at(window: &Window, x: f32) -> bool {
    let is_cursor = |shape: &egui::Shape| match shape {
        egui::Shape::LineSegment { points: [from, to], .. } => {
            (from.x - x).abs() < 1.0 && from.x.total_cmp(&to.x).is_eq() && (to.y - from.y).abs() > 50.0
        }
        _ => false,
    };
    window.harness.output().shapes.iter().any(|clipped| is_cursor(&clipped.shape))
}

#[test]
fn scheduler_quantum_and_costs_are_set_and_put_back() {
    let mut window = open_shown(EIGHT);
    window.click("Machine");
    assert!(!window.has("quantum"), "nobody is interrupted by this scheduler");
    window.click("round robin");
    assert_eq!(window.harness.state().draft().scenario().machine.scheduler, Scheduler::RoundRobin);
    assert_eq!(makespans(&window), [ms(160)], "ideal: to switch costs nothing");
    window.click("ideal: nothing costs anything");
    let costly = makespans(&window)[0];
    assert!(costly > ms(160));
    let end = drag(&mut window, "context switch", 300.0);
    window.harness.drop_at(end);
    window.settle();
    let own = window.harness.state().draft().scenario().machine.costs.clone();
    assert!(own["context_switch"] > Nanos(3_000));
    assert!(makespans(&window)[0] > costly);
    window.click("context switch: as usual again");
    assert!(window.harness.state().draft().scenario().machine.costs.is_empty());
    assert_eq!(makespans(&window), [costly]);
    let end = drag(&mut window, "quantum", -200.0);
    window.harness.drop_at(end);
    window.settle();
    assert!(window.harness.state().draft().scenario().machine.quantum.is_some_and(|quantum| quantum < ms(4)));
    assert!(makespans(&window)[0] > costly, "more switches");
}

/// By hand, as a whole.
fn use_toml(window: &mut Window, text: &str) {
    window.click("Workload");
    window.click("as TOML");
    window.node("the scenario as TOML").set_text_value_accesskit(text);
    window.settle();
    window.click("Use this");
    window.click("← back to the fields");
}

fn press(window: &mut Window, key: egui::Key) {
    window.harness.key_press(key);
    window.settle();
}

fn undo(window: &mut Window) {
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.settle();
}

const OLDER: &str = "Simulated before the last changes.";

#[test]
fn what_takes_long_is_computed_aside_and_can_be_stopped() {
    let mut window = open_shown(EIGHT);
    let set_tasks =
        |window: &mut Window, count: u32| use_toml(window, &EIGHT.replace("count = 8", &format!("count = {count}")));
    let lanes = |window: &Window| window.node("Fold Threads · fcfs · simulated").rect();
    set_tasks(&mut window, 30_000);
    assert_eq!(makespans(&window).len(), 1, "something is there all the time");
    window.until("the newer one is there", |app| app.session().entries()[0].run.trace.tasks() == 30_000);
    assert_eq!(makespans(&window), [ms(20 * 30_000)]);
    assert!(!window.says(OLDER));
    let place = lanes(&window);
    set_tasks(&mut window, 2_000_000);
    window.until_shown("Cancel  Esc");
    window.until_shown("Simulated before the last changes. The newer result is to come.");
    assert_eq!(lanes(&window), place, "the mark takes room");
    press(&mut window, egui::Key::Escape);
    assert_eq!(makespans(&window), [ms(20 * 30_000)], "the old picture stays");
    assert!(window.has("Simulated before the last changes. Simulate brings it up to date."));
    assert!(window.has("Simulate  ↵") && !window.has("Cancel  Esc"), "nothing is computed unasked");
    assert_eq!(lanes(&window), place, "the mark takes room");
}

/// What stands there after Cancel is of another set-up than the one that Enter is pressed on.
#[test]
fn what_was_stopped_is_not_kept_and_is_simulated_once_asked_for() {
    let mut window = open_shown(EIGHT);
    use_toml(&mut window, &EIGHT.replace("count = 8", "count = 2_000_000"));
    for ask in [None, Some("Simulate  ↵")] {
        window.until_shown("Cancel  Esc");
        press(&mut window, egui::Key::Escape);
        assert!(!window.has("Keep  ↵"));
        match ask {
            None => press(&mut window, egui::Key::Enter),
            Some(button) => window.click(button),
        }
        assert_eq!(makespans(&window), [ms(160)]);
        assert_eq!(window.harness.state().session().entries().len(), 1, "the older result was kept");
    }
    window.until_shown("Cancel  Esc");
    press(&mut window, egui::Key::Escape);
    undo(&mut window);
    window.until_shown("Keep  ↵");
    assert!(!window.says(OLDER));
    assert_eq!(window.harness.state().session().entries().len(), 1, "nobody asked to keep it");
}

#[test]
fn what_stands_below_a_refusal_is_marked_as_older_and_not_kept() {
    let mut window = open_shown(EIGHT);
    let text = EIGHT.replace("count = 8", "count = 10_000_000").replace("ideal = true", "thread_start = \"100s\"");
    use_toml(&mut window, &text);
    window.until_shown(OLDER);
    assert!(window.says("above all by what this costs"), "no word on why");
    assert!(window.has("Simulate  ↵") && !window.has("Keep  ↵"));
    press(&mut window, egui::Key::Enter);
    assert_eq!(window.harness.state().session().entries().len(), 1, "the older result was kept");
    window.click("Português");
    assert!(window.has("Simulado antes das últimas mudanças."));
    undo(&mut window);
    window.until_shown("Guardar  ↵");
    assert!(!window.says("Simulado antes das últimas mudanças"));
    assert_eq!(window.harness.state().session().entries().len(), 1, "nobody asked to keep it");
}

#[test]
fn what_no_clock_counts_is_refused_in_words() {
    let text = EIGHT.replace("count = 8", "count = 10_000_000").replace("ideal = true", "thread_start = \"100s\"");
    let mut window = open(&text);
    window.until("it is refused", |app| app.draft().id == "own");
    window.harness.run_steps(20);
    assert!(window.says("above all by what this costs: starting a thread (100s)"));
    assert!(window.harness.state().session().entries().is_empty());
}

/// Before anything is computed: nobody would live to see its end, nor has any computer room for it.
#[test]
fn what_has_no_room_is_refused_in_words() {
    let gil = "{ model = \"gil-threads\", switch_interval = \"10us\" }";
    let text = EIGHT.replace("\"threads\"", gil).replace("cores = 1", "cores = 2").replace("20ms", "100000s");
    let mut window = open(&text);
    window.harness.run_steps(20);
    assert!(window.says("The run would have more than 1073741824 events. Use a longer quantum or switch interval"));
    assert!(window.harness.state().session().entries().is_empty());
    window.click("Português");
    assert!(window.says("A execução teria mais de 1073741824 eventos"));
}

#[test]
fn what_takes_long_says_how_far_it_is_in_a_small_window_too() {
    let mut window = open_sized(&EIGHT.replace("count = 8", "count = 2_000_000"), egui::vec2(1024.0, 700.0));
    window.until_shown("Cancel  Esc");
    assert!(window.says("1 of 1 · "));
    window.harness.key_press(egui::Key::Escape);
    window.settle();
    assert!(!window.has("Cancel  Esc"));
}

#[test]
fn a_replay_steps_from_choice_to_choice_and_says_why() {
    let mut window = open_shown(EIGHT);
    window.click("Replay");
    window.click("Pause");
    window.click("Next event");
    window.harness.key_press(egui::Key::Comma);
    window.settle();
    assert!(window.says("job 1 goes first of 8 ready: it is at the head of the queue"));
    window.harness.key_press(egui::Key::Period);
    window.settle();
    assert!(window.says("job 2 goes first of 7 ready"), "the next choice is at the end of the first");
    window.click("Português");
    assert!(window.says("job 2 vai primeiro, de 7 prontas"));
}

#[test]
fn a_bar_that_is_under_way_in_a_replay_tells_nothing_of_its_end() {
    let mut window = open_shown(EIGHT);
    window.click("Replay");
    window.click("Pause");
    // To the second choice, from where on the others still wait.
    for _ in 0..2 {
        window.harness.key_press(egui::Key::Period);
        window.settle();
    }
    let plot = window.harness.get_all_by_label_contains("Timeline of Threads").next().unwrap().rect();
    // Of the fifth.
    let waiting = egui::pos2(plot.left() + plot.width() * 0.03, plot.top() + 100.0);
    window.harness.hover_at(waiting);
    window.harness.run_steps(3);
    assert!(window.has("so far") && !window.has("for"), "it ends later");
    window.harness.key_press(egui::Key::Escape);
    window.settle();
    window.harness.hover_at(waiting + egui::vec2(1.0, 0.0));
    window.harness.run_steps(3);
    assert!(window.has("for") && !window.has("so far"), "it has ended");
}

/// One Esc at a time: what lies over the replay first, then the task that is kept, then the replay.
#[test]
fn esc_ends_a_replay_and_nothing_else_at_once() {
    let mut window = open_shown(EIGHT);
    window.click("Replay");
    window.click("Pause");
    let press_esc = |window: &mut Window| {
        window.harness.key_press(egui::Key::Escape);
        window.settle();
    };
    window.harness.event(egui::Event::Text("?".to_owned()));
    window.settle();
    press_esc(&mut window);
    assert!(!window.has("KEYS") && window.has("End replay"), "the help was to be closed");
    window.click("cpu 20 ms");
    assert!(window.has("computes"), "a step's editor is open");
    press_esc(&mut window);
    assert!(!window.has("computes") && window.has("End replay"), "the step's editor was to be closed");
    press_esc(&mut window);
    assert!(!window.has("End replay") && window.has("Replay"));
}

#[test]
fn a_measured_replay_does_not_claim_to_know_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    window.click("Replay");
    window.harness.run_steps(4);
    assert!(window.has("Next event") && !window.says("goes first of"));
}

#[test]
fn simulated_runs_are_kept_and_shown_beside_measured_ones() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    window.click("Imagined computer");
    window.until("it is computed", |app| app.session().entries().len() == 4);
    window.click("Keep  ↵");
    assert_eq!(window.harness.state().session().entries().len(), 6, "two measured, two kept, two that follow");
    window.click("Keep  ↵");
    assert_eq!(window.harness.state().session().entries().len(), 6, "nothing is kept twice");
    window.click("Runs");
    assert!(window.has("Unfold Threads") && window.has("Fold Threads · simulated"), "what was measured is folded");
    window.click("Show Threads on the timeline");
    assert!(!window.has("Unfold Threads") && window.has("Unfold Sequential"));
    let session = window.harness.state().session();
    for entry in session.entries() {
        let baseline = session.baseline_of(entry.id).expect("each engine has its own");
        assert_eq!(baseline.run.engine, entry.run.engine);
    }
    window.click("This computer");
    let engines: Vec<Engine> =
        window.harness.state().session().entries().iter().map(|entry| entry.run.engine).collect();
    assert_eq!(engines, [Engine::Measured, Engine::Measured, Engine::Simulated, Engine::Simulated]);
    assert!(window.has("Fold Sequential") && !window.has("Fold Threads"), "what was hidden stays hidden");
}

#[test]
fn a_simulated_run_is_saved_and_opens_as_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_shown(EIGHT);
    window.click("Keep  ↵");
    window.click("Runs");
    let mut window = window.saved_and_opened("Threads · fcfs · simulated", folder.path());
    let entries = window.harness.state().session().entries();
    assert_eq!(entries.len(), 1, "what was opened, and no other of the same beside it");
    assert_eq!((entries[0].run.engine, entries[0].run.status), (Engine::Simulated, Status::Finished));
    assert_eq!(window.harness.state().draft().engine(), Engine::Simulated);
    drag(&mut window, CORES, 30.0);
    assert!(window.harness.state().session().entries().len() == 2, "once it changes, it is followed");
}

#[test]
fn the_cards_have_pictures_of_simulated_runs() {
    let mut window = Window::open();
    let described = |window: &Window| {
        let node = window.node("The cashiers");
        node.accesskit_node().data().description().map(str::to_owned)
    };
    window.until("the pictures are drawn", |_| true);
    let begin = std::time::Instant::now();
    while described(&window).is_none() {
        assert!(begin.elapsed() < super::PATIENCE, "no picture was drawn");
        window.harness.step();
    }
    let text = described(&window).unwrap();
    assert!(text.starts_with("The picture, simulated: ") && text.contains("One core"), "{text}");
}

#[test]
fn an_imagined_computer_can_cost_what_this_one_was_measured_to() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("costs.toml"),
        "format = 1\n[costs]\nthread_start = \"30ms\"\ncontext_switch = \"0ms\"\n",
    )
    .unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, EIGHT.replace("ideal = true\n", "")).unwrap();
    let settings_folder = Some(folder.path().to_owned());
    let options = AppOptions { open: vec![file], settings_folder, ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until("it is computed", |app| !app.session().entries().is_empty());
    let usual = makespans(&window)[0];
    window.click("Machine");
    window.click("as measured on this computer");
    assert_eq!(makespans(&window), [ms(8 * 30 + 8 * 20)], "eight starts, and then the work: there is one core");
    let costs = window.harness.state().session().entries()[0].run.account.costs.clone().unwrap();
    assert!(costs.source.is_some());
    window.click("as measured on this computer");
    assert_eq!(makespans(&window), [usual]);
}

#[test]
fn what_is_measured_from_the_machine_tab_is_charged_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    std::fs::write(&file, EIGHT.replace("ideal = true\n", "")).unwrap();
    let settings_folder = Some(folder.path().join("settings"));
    let options = AppOptions { open: vec![file], settings_folder, ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options);
    window.until("it is computed", |app| !app.session().entries().is_empty());
    let costs = |window: &Window| window.harness.state().session().entries()[0].run.account.costs.clone().unwrap();
    assert!(costs(&window).source.is_none());
    window.click("Machine");
    window.click("Measure this computer");
    window.until_shown("as measured on this computer");
    window.settle();
    assert!(costs(&window).source.is_some(), "it charges what was measured");
}

/// Frames go on meanwhile; which of them says so depends on the machine.
#[test]
fn a_large_run_is_all_there_in_the_end() {
    let mut window = open_shown(&EIGHT.replace("count = 8", "count = 31000"));
    let all_there = |window: &mut Window| {
        while window.says("computing…") {
            std::thread::yield_now();
            window.harness.step();
        }
        assert!(window.says("Timeline of Threads"), "the lanes are missing");
        assert!(window.says("lower bound"), "the theory is missing");
        let judged = ["One thread can use", "Nothing stood in", "None of the known faults"];
        assert!(judged.iter().any(|words| window.says(words)), "the diagnoses are missing");
    };
    all_there(&mut window);
    window.click("lanes by core");
    all_there(&mut window);
    // Another picture of the same run, and another run in its place.
    drag(&mut window, CORES, 100.0);
    window.until("it has followed", |app| app.session().entries()[0].run.cores > 1);
    all_there(&mut window);
}

/// Its lanes are folded away: what is explained is to be on the screen.
#[test]
fn what_was_measured_is_not_explained_beside_what_is_imagined() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    window.node("Timeline of Sequential, 3 tasks").focus();
    window.settle();
    window.harness.key_press(egui::Key::ArrowDown);
    window.settle();
    assert!(window.has("CHAIN"), "no task is pinned");
    window.click("Imagined computer");
    window.until("it is computed", |app| app.session().entries().iter().any(tasklane::engine::session::Entry::follows));
    assert!(!window.has("CHAIN"));
}
