//! The whole window on a measured run of more than 100,000 spans, and while an imagined computer is dragged: CPU time of
//! one frame, laid out and tessellated. Bound: 8 ms, and as much again for the simulation of a drag.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use eframe::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tasklane::analysis::report_run::ReportRun;
use tasklane::clock;
use tasklane::engine::imagine;
use tasklane::export;
use tasklane::gui::{App, AppOptions};
use tasklane::model::{self, ModelChoice};
use tasklane::scenario::Engine;

const FRAMES: usize = 60;

pub fn bench() {
    let scenario = super::scenario(4_300, "{ repeat = 8, steps = [{ io = \"2ms\" }] }");
    let run = super::run(&scenario, "event-loop", 1);
    let spans = run.trace.len();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("many.tasklane");
    let format = export::find("tasklane").expect("the format");
    let mut bytes = Vec::new();
    format.write(&[ReportRun::alone(Arc::clone(&run))], &export::Options::default(), &mut bytes).expect("in memory");
    std::fs::write(&path, bytes).expect("a file");
    let mut harness = opened(path);
    println!("{spans} spans, {FRAMES} frames each, CPU ms a frame      median   worst");
    look_at(&mut harness);
    dragging();
    million();
}

fn look_at(harness: &mut Harness<'_, App>) {
    measure(harness, "standing still", |_, _| {});
    measure(harness, "pointer over the lanes", |harness, at| {
        harness.hover_at(egui::pos2(500.0 + at as f32 * 5.0, 300.0));
    });
    measure(harness, "zooming at the pointer", |harness, at| {
        let delta = egui::vec2(0.0, if at % 20 < 10 { 40.0 } else { -40.0 });
        let unit = egui::MouseWheelUnit::Point;
        let phase = egui::TouchPhase::Move;
        let (source, modifiers) = (egui::MouseWheelSource::Wheel, egui::Modifiers::NONE);
        harness.event(egui::Event::MouseWheel { unit, delta, phase, source, modifiers });
    });
}

/// A saved run of a million tasks: opened, until everything is there, and looked at.
fn million() {
    let scenario = super::scenario(1_000_000, "{ cpu = \"2ms\" }, { io = \"5ms\" }, { cpu = \"1ms\" }");
    let request =
        super::request(scenario, ModelChoice::new(model::find("thread-pool").expect("a model")), 64, Engine::Simulated);
    let run = imagine(&request, &|| false).expect("a run").run;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("million.tasklane");
    let format = export::find("tasklane").expect("the format");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
    format.write(&[ReportRun::alone(run)], &export::Options::default(), &mut file).expect("a file");
    drop(file);
    let begin = Instant::now();
    let mut harness = opened(path);
    let opened = begin.elapsed();
    let mut worst = 0.0_f64;
    while harness.query_all_by_label_contains("computing…").next().is_some() {
        std::thread::sleep(std::time::Duration::from_millis(5));
        let frame = clock::thread_cpu_now();
        harness.step();
        worst = worst.max((clock::thread_cpu_now() - frame).millis());
    }
    println!(
        "1,000,000 tasks: opened in {:.2} s, everything there after {:.2} s, the longest frame until then {worst:.1} ms",
        opened.as_secs_f64(),
        begin.elapsed().as_secs_f64()
    );
    look_at(&mut harness);
}

/// Each frame has another number of cores: it is simulated, and what was simulated before is derived and drawn.
fn dragging() {
    let text = "format = 1\ntitle = \"Drag\"\nengine = \"simulated\"\nmodels = [\"threads\"]\n[machine]\ncores = 2\n\
                [[task]]\nname = \"task\"\ncount = 2000\nsteps = [{ cpu = \"2ms\" }, { io = \"5ms\" }, { cpu = \"1ms\" }]\n";
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("drag.toml");
    std::fs::write(&path, text).expect("a file");
    let mut harness = opened(path);
    let from = harness.get_by_label("How many cores the imagined computer has").rect().center();
    harness.hover_at(from);
    harness.step();
    harness.drag_at(from);
    harness.step();
    let events = harness.state().session().entries()[0].run.trace.len();
    measure(&mut harness, &format!("dragging cores, {events} events"), |harness, at| {
        harness.hover_at(from + egui::vec2(12.0 * at as f32, 0.0));
    });
    let cores = harness.state().session().entries()[0].run.cores;
    assert!(cores > 8, "the picture has not followed: {cores} cores");
}

/// The window on a file, once its runs are there.
fn opened(path: PathBuf) -> Harness<'static, App> {
    let options = AppOptions { open: vec![path], ..AppOptions::default() };
    let mut harness =
        Harness::builder().with_size([1600.0, 1000.0]).with_max_steps(64).build_eframe(move |cc| App::new(cc, options));
    while harness.state().session().entries().is_empty() {
        harness.step();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    (0..5).for_each(|_| harness.step());
    harness
}

fn measure(harness: &mut Harness<'_, App>, what: &str, mut act: impl FnMut(&mut Harness<'_, App>, usize)) {
    let mut costs: Vec<f64> = (0..FRAMES)
        .map(|at| {
            act(harness, at);
            let begin = clock::thread_cpu_now();
            harness.step();
            let shapes = harness.output().shapes.clone();
            harness.ctx.tessellate(shapes, 1.0);
            (clock::thread_cpu_now() - begin).millis()
        })
        .collect();
    costs.sort_by(f64::total_cmp);
    println!("  {what:<40} {:13.2} {:8.2}", costs[FRAMES / 2], costs[FRAMES - 1]);
}
