//! Every exporter on a run whose every nanosecond is known.

use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use resvg::usvg;
use tasklane::analysis::predicted::Predicted;
use tasklane::analysis::report_run::ReportRun;
use tasklane::analysis::utilization::Stretch;
use tasklane::chart::figure::{self, Figure, Look, Picture, Shape};
use tasklane::chart::lanes::LaneBy;
use tasklane::chart::palette::Theme;
use tasklane::explore::program::Program;
use tasklane::explore::schedule::Story;
use tasklane::explore::{self, Bound, explore};
use tasklane::export::{self, ExportError, FORMATS, Format, Options, Takes, json};
use tasklane::lang::Lang;
use tasklane::scenario::catalog;
use tasklane::time::Nanos;
use tasklane::trace::{Cause, Core, Event, Peer, PreemptionSource, Resource, Run, State, Status, Task, Trace};

use crate::fixture::{self, ms};

fn report(run: Run) -> ReportRun {
    ReportRun::alone(Arc::new(run))
}

/// Three models beside each other, with a baseline and repeats.
fn several(count: u32) -> Vec<ReportRun> {
    let baseline = Some(ms(256 * i64::from(count)));
    let models = [("sequential", 1), ("thread-pool", 4), ("threads", count)];
    let mut runs: Vec<_> = models.map(|(model, workers)| report(fixture::run(model, count, workers))).into();
    for run in &mut runs {
        run.baseline = baseline;
    }
    runs[1].repeats = vec![ms(500), ms(512), ms(530)];
    runs
}

fn bytes(format: &Format, runs: &[ReportRun], options: &Options) -> Vec<u8> {
    let mut out = Vec::new();
    format.write(runs, options, &mut out).unwrap();
    out
}

fn text(id: &str, runs: &[ReportRun], options: &Options) -> String {
    String::from_utf8(bytes(export::find(id).unwrap(), runs, options)).unwrap()
}

/// Draws what papers would show into a folder, for eyes.
#[test]
#[ignore = "for eyes: TASKLANE_LOOK=folder cargo test -- --ignored pictures_to_look_at"]
fn pictures_to_look_at() {
    let dir = std::env::var_os("TASKLANE_LOOK").expect("TASKLANE_LOOK names a folder");
    let dir = std::path::Path::new(&dir);
    let save = |name: &str, runs: &[ReportRun], picture, look| {
        let options = Options { picture, look, scale: 1.5 };
        std::fs::write(dir.join(name), bytes(export::find("png").unwrap(), runs, &options)).unwrap();
    };
    let dark = Look { theme: Theme::Dark, lang: Lang::PtBr, ..Look::default() };
    save("one.png", &several(8)[1..2], Picture::Gantt, Look::default());
    save("compare.png", &several(8), Picture::Gantt, Look::default());
    save("compare-dark.png", &several(20), Picture::Gantt, dark.clone());
    save("utilization.png", &several(8), Picture::Utilization, Look::default());
    save("utilization-dark.png", &several(8), Picture::Utilization, dark);
    save("workers.png", &several(8), Picture::Gantt, Look { by: LaneBy::Worker, ..Look::default() });
    save("deadlock.png", &[deadlocked()], Picture::Gantt, Look::default());
    save("narrow.png", &several(8), Picture::Gantt, Look { width: 500.0, ..Look::default() });
    save("crowded.png", &[crowded(), nothing()], Picture::Gantt, Look::default());
    save("crowded-utilization.png", &[crowded(), nothing()], Picture::Utilization, Look::default());
    save("many.png", &several(400)[1..], Picture::Gantt, Look::default());
    save("shared.png", &several(3000)[2..], Picture::Gantt, Look { height: Some(600.0), ..Look::default() });
}

/// Each of two tasks waits, for ever, for a lock that the other holds.
fn deadlocked() -> ReportRun {
    let mut run = fixture::run("threads", 2, 2);
    run.resources = vec!["pan".into(), "oven".into()];
    let mut events = Vec::new();
    for (task, other) in [(0, 1), (1, 0)] {
        for (millis, state) in [(10, State::Blocked), (50, State::Deadlocked)] {
            let (peer, resource) = (Peer::task(Task(other)), Resource(other));
            events.push(Event { time: ms(millis), peer, resource, ..Event::new(Task(task), state, Cause::Lock) });
        }
    }
    run.trace = Trace::new(2, &events, ms(50));
    report(run)
}

#[test]
fn the_circle_of_a_deadlock_is_drawn_and_so_is_what_the_main_thread_joined() {
    let heads = |run: ReportRun, by: LaneBy| {
        let figure = figure::figure(Picture::Gantt, &[run], &Look { by, ..Look::default() });
        figure.shapes.iter().filter(|shape| matches!(shape, Shape::Area { points, .. } if points.len() == 3)).count()
    };
    assert_eq!(heads(deadlocked(), LaneBy::Task), 2);
    assert_eq!(heads(several(3).remove(2), LaneBy::Task), 0, "nobody is stuck");
    // Of three tasks, one was carried by the main thread itself.
    assert_eq!(heads(several(3).remove(2), LaneBy::Worker), 2);
    assert_eq!(heads(several(3).remove(2), LaneBy::Core), 0);
    let svg = text("svg", &[deadlocked()], &Options::default());
    let still = text("svg", &several(2)[2..], &Options::default());
    let curves = |svg: &str| svg.matches("<polyline").count() + svg.matches("<polygon").count();
    assert!(curves(&svg) > curves(&still), "they reach the file");
}

/// The first order of the twenty in which an update is lost.
fn losing_order() -> ReportRun {
    let scenario = catalog::find("twenty-orders").unwrap();
    let explored = explore(Program::of(&scenario).unwrap(), Bound::Whole, |_| ControlFlow::Continue(())).unwrap();
    let lost = explored.outcomes.iter().position(|(outcome, _)| outcome.values == [1]).unwrap();
    let story = Story::of(&explored.program, &explored.schedules_of(lost).nth(0).unwrap());
    report(explore::run::run("twenty-orders".into(), scenario, None, &explored.program, &story))
}

#[test]
fn the_steps_of_an_order_are_written_on_their_bars() {
    let order = [losing_order()];
    let drawn = |by| text("svg", &order, &Options { look: Look { by, ..Look::default() }, ..Options::default() });
    let words: Vec<String> = texts(&drawn(LaneBy::Task)).into_iter().map(|(words, _)| words).collect();
    let count = |word: &str| words.iter().filter(|own| *own == word).count();
    assert_eq!([count("load 0"), count("add 1: 1"), count("store 1"), count("an update is lost")], [2, 2, 2, 1]);

    // A lane of a worker has its task's name instead.
    let words: Vec<String> = texts(&drawn(LaneBy::Worker)).into_iter().map(|(words, _)| words).collect();
    assert!(words.iter().all(|word| !word.starts_with("load") && word != "an update is lost"), "{words:?}");
    let count = |name: &str| words.iter().filter(|own| *own == name).count();
    assert_eq!([count("clerk 1"), count("clerk 2")], [3, 3], "{words:?}");
}

#[test]
fn every_format_writes_the_same_bytes_again() {
    for format in FORMATS {
        for picture in Picture::ALL {
            let runs = if format.takes == Takes::OneRun { several(3)[..1].to_vec() } else { several(3) };
            let options = Options { picture, scale: 1.0, ..Options::default() };
            let first = bytes(format, &runs, &options);
            assert!(!first.is_empty(), "{}", format.id);
            assert!(first == bytes(format, &runs, &options), "{} differs", format.id);
        }
    }
}

#[test]
fn files_are_named_by_scenario_variant_and_model() {
    let one = &several(2)[1..2];
    let mut variant = fixture::run("thread-pool", 2, 2);
    variant.variant = Some("one".into());
    variant.choice.set("workers", 4).unwrap();
    let name = |format: &str, runs: &[ReportRun], picture| export::find(format).unwrap().file_name(runs, picture);
    assert_eq!(name("svg", one, Picture::Gantt), "kitchen-thread-pool.svg");
    assert_eq!(name("png", one, Picture::Utilization), "kitchen-thread-pool-utilization.png");
    assert_eq!(name("csv", one, Picture::Utilization), "kitchen-thread-pool.csv");
    assert_eq!(name("metrics", one, Picture::Gantt), "kitchen-thread-pool-metrics.csv");
    assert_eq!(name("svg", &several(2), Picture::Gantt), "kitchen-comparison.svg");
    assert_eq!(name("tasklane", &[report(variant)], Picture::Gantt), "kitchen-one-thread-pool-workers-4.tasklane");
}

#[test]
fn what_does_not_suit_a_format_is_refused() {
    let refused = |format: &Format, runs: &[ReportRun]| format.write(runs, &Options::default(), &mut Vec::new());
    for format in FORMATS {
        assert!(matches!(refused(format, &[]), Err(ExportError::NoRun)), "{}", format.id);
        if format.takes == Takes::OneRun {
            assert!(matches!(refused(format, &several(2)), Err(ExportError::OneRun { found: 3, .. })));
        }
    }
    let huge = Options { scale: 100.0, ..Options::default() };
    let error = export::find("png").unwrap().write(&several(2), &huge, &mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("choose a smaller scale"), "{error}");
}

#[test]
fn spans_are_rows() {
    let csv = text("csv", &several(1)[..1], &Options::default());
    let rows: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!(
        rows,
        [
            "task,name,state,cause,start_ns,end_ns,worker,core,peer,resource,engine",
            "0,dish,ready,queued,0,0,main,,,,measured",
            "0,dish,running,,0,30000000,main,0,,,measured",
            "0,dish,io,blocking,30000000,230000000,main,,,,measured",
            "0,dish,ready,no-core,230000000,231000000,main,,,,measured",
            "0,dish,running,,231000000,241000000,main,0,,,measured",
            "0,dish,ready,preempted,241000000,246000000,main,,,,measured",
            "0,dish,running,,246000000,256000000,main,0,,,measured",
            "0,dish,done,,256000000,256000000,main,,,,measured",
        ]
    );
}

#[test]
fn metrics_are_a_row_for_the_run_and_one_for_each_task() {
    let csv = text("metrics", &several(2)[1..2], &Options::default());
    let rows: Vec<Vec<&str>> = csv.split_terminator("\r\n").map(|row| row.split(',').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    let value = |row: usize, column: &str| rows[row][rows[0].iter().position(|name| *name == column).unwrap()];
    assert_eq!(rows.len(), 4);
    assert_eq!([value(1, "row"), value(2, "row"), value(3, "name")], ["run", "task", "dish-2"]);
    assert_eq!([value(1, "makespan_ns"), value(1, "speedup"), value(2, "speedup")], ["256000000", "2", ""]);
    assert_eq!(
        [value(2, "running_ns"), value(2, "io_ns"), value(2, "waiting_ns")],
        ["50000000", "200000000", "6000000"]
    );
}

#[test]
fn json_has_the_contract_s_keys_in_order() {
    let runs = &several(2)[1..2];
    let written = text("json", runs, &Options::default());
    let mut at = 0;
    let keys = "scenario host runs model params variant engine cores makespan_ns cpu_ns cpu_user_ns cpu_system_ns \
        server_cpu_ns utilization speedup \
        waiting_mean_ns turnaround_mean_ns response_mean_ns overhead_ns context_switches \
        switches_voluntary switches_involuntary migrations preemption_source switches_lost threads_max \
        peak_memory_bytes events dropped variables output t_ns task text repeats tasks name arrive_ns start_ns \
        finish_ns running_ns io_ns waiting_ns blocked_ns turnaround_ns response_ns outcome diagnoses theory \
        work_over_cores_ns longest_task_ns lower_bound_ns";
    for key in keys.split_whitespace() {
        let found =
            written[at..].find(&format!("\"{key}\":")).unwrap_or_else(|| panic!("{key} is missing or misplaced"));
        at += found + 1;
    }
    let value: serde_json::Value = serde_json::from_str(&written).unwrap();
    assert!(value["host"].is_object());
    let run = &value["runs"][0];
    assert_eq!(run["params"]["workers"], 2);
    assert_eq!(run["context_switches"], 10);
    assert_eq!((&run["switches_involuntary"], &run["migrations"]), (&3.into(), &2.into()));
    assert_eq!(run["preemption_source"], "kernel-records");
    assert_eq!((&run["cpu_system_ns"], &run["cpu_user_ns"]), (&2_000_000.into(), &98_000_000.into()));
    assert_eq!(run["tasks"][1]["name"], "dish-2");
    assert_eq!(run["tasks"][1]["turnaround_ns"], 256_000_000);
    assert_eq!(run["repeats"].as_array().unwrap().len(), 3);
    // Two dishes of 50 ms of work and 250 ms in all, on two cores.
    assert_eq!(run["theory"]["work_over_cores_ns"], 50_000_000);
    assert_eq!(run["theory"]["lower_bound_ns"], 250_000_000);
}

#[test]
fn what_is_unknown_is_null_or_empty() {
    let mut run = fixture::run("threads", 1, 1);
    run.account.cpu = None;
    run.account.switches_voluntary = None;
    run.account.preemption_source = PreemptionSource::Unknown;
    let runs = [report(run)];
    let value = serde_json::to_value(json::report(&runs)).unwrap();
    let unknown =
        ["cpu_ns", "cpu_user_ns", "server_cpu_ns", "context_switches", "preemption_source", "speedup", "variant"];
    for key in unknown {
        assert!(value["runs"][0][key].is_null(), "{key}");
    }
    assert_eq!(value["runs"][0]["repeats"], serde_json::json!([256_000_000]));
}

#[test]
fn names_cannot_break_a_format() {
    let nasty = "a\"b,<c> & \u{1}é\n'=1";
    let mut run = fixture::run("threads", 2, 2);
    let mut scenario = (*run.scenario).clone();
    scenario.title = nasty.into();
    scenario.groups[0].name = nasty.into();
    run.scenario = Arc::new(scenario);
    run.host.cpu = nasty.into();
    let runs = [ReportRun { name: Some(nasty.into()), ..report(run) }];
    let svg = text("svg", &runs, &Options::default());
    assert!(svg.contains("&lt;c&gt; &amp; \u{fffd}é"), "the title is escaped");
    assert!(!svg.contains("<c>"));
    // The rasterizer is a strict XML reader.
    assert!(!bytes(export::find("png").unwrap(), &runs, &Options { scale: 0.5, ..Options::default() }).is_empty());
    let csv = text("csv", &runs, &Options::default());
    assert!(csv.contains("\"a\"\"b,<c> & \u{1}é\n'=1-1\""), "{csv}");
    let json: serde_json::Value = serde_json::from_str(&text("json", &runs, &Options::default())).unwrap();
    assert_eq!(json["runs"][0]["tasks"][0]["name"], format!("{nasty}-1"));
}

/// What is drawn of a zoomed picture stays on its sheet, and its figures are said to be of the whole.
#[test]
fn a_part_of_the_time_is_drawn_alone() {
    let part = Stretch { start: ms(100), end: ms(130) };
    for picture in Picture::ALL {
        let draw = |part| figure::figure(picture, &several(8), &Look { part, ..Look::default() });
        let (whole, zoomed) = (draw(None), draw(Some(part)));
        let labels = |figure: &Figure| {
            let text = |shape: &Shape| match shape {
                Shape::Text(label) => Some(label.text.clone()),
                _ => None,
            };
            figure.shapes.iter().filter_map(text).collect::<Vec<_>>()
        };
        assert!(labels(&zoomed).iter().any(|label| label == "100 ms"), "{:?}", labels(&zoomed));
        assert!(labels(&zoomed).iter().any(|label| label.contains("the part from 100 ms to 130 ms")));
        assert!(!labels(&whole).iter().any(|label| label.contains("the part from")));
        for shape in &zoomed.shapes {
            let (left, right) = match shape {
                Shape::Rect { rect, .. }
                | Shape::Outline { rect, .. }
                | Shape::Hatch { rect, .. }
                | Shape::Dashes { rect, .. } => (rect.x, rect.x + rect.width),
                Shape::Line { points, .. } | Shape::Area { points, .. } => {
                    let xs = points.iter().map(|(x, _)| *x);
                    (xs.clone().fold(f32::MAX, f32::min), xs.fold(f32::MIN, f32::max))
                }
                Shape::Text(label) => (label.x, label.x),
            };
            assert!(left >= 0.0 && right <= zoomed.width, "{picture:?}: {shape:?}");
        }
    }
}

/// A slower run stands in for the imagined computer's.
#[test]
fn what_was_predicted_is_dashed_on_lanes_of_tasks_only() {
    let measured = fixture::run("threads", 3, 3);
    let predicted = Arc::new(Predicted::new(Arc::new(fixture::run("thread-pool", 3, 1)), &measured));
    let runs = [ReportRun { predicted: Some(Arc::clone(&predicted)), ..report(measured) }];
    let draw = |by| figure::figure(Picture::Gantt, &runs, &Look { by, ..Look::default() });
    let dashed = |figure: &Figure| {
        let rects = figure.shapes.iter().filter_map(|shape| match shape {
            Shape::Dashes { rect, .. } => Some(*rect),
            _ => None,
        });
        rects.collect::<Vec<_>>()
    };
    let by_task = draw(LaneBy::Task);
    let [legend, ghosts @ ..] = &dashed(&by_task)[..] else { panic!("no ghosts") };
    assert!(ghosts.len() >= 3 && ghosts.iter().all(|ghost| ghost.y > legend.y), "{ghosts:?}");
    let right = ghosts.iter().map(|ghost| ghost.x + ghost.width).fold(0.0, f32::max);
    assert!(right <= by_task.width, "the axis goes as far as the prediction");
    for by in [LaneBy::Worker, LaneBy::Core] {
        assert_eq!(dashed(&draw(by)), [], "{by:?}");
    }
    let svg = text("svg", &runs, &Options::default());
    assert!(svg.contains(&predicted.text(Lang::En)), "{}", predicted.text(Lang::En));
}

#[test]
fn a_drawing_says_what_it_shows() {
    let runs = several(3);
    let look = |lang| Options { look: Look { lang, ..Look::default() }, ..Options::default() };
    let svg = text("svg", &runs, &look(Lang::En));
    for words in [
        "The kitchen",
        "measured on a CPU, Linux",
        "2 cores",
        "seed 1",
        "running",
        "in IO",
        "ready",
        "preempted",
        "core used by the run",
        "Sequential",
        "Thread pool",
        "dish 3",
        "core 1",
        "0 ms",
        "3.00×",
        "3 repeats: 500 ms to 530 ms",
    ] {
        assert!(svg.contains(words), "{words}");
    }
    assert!(!svg.contains(">blocked<"), "the legend names what occurs, and nothing else");
    let svg = text("svg", &runs, &look(Lang::PtBr));
    for words in ["medido em", "núcleos", "executando", "núcleo usado pela execução", "Sequencial"] {
        assert!(svg.contains(words), "{words}");
    }
    let utilization = Options { picture: Picture::Utilization, ..Options::default() };
    let svg = text("svg", &runs, &utilization);
    for words in ["busy cores of the run", "other load of the computer", "core 0", "20 %"] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn a_drawing_that_is_not_the_whole_truth_says_so() {
    let mut run = fixture::run("threads", 2, 2);
    run.account.received -= 3;
    run.engine = tasklane::scenario::Engine::Simulated;
    run.status = tasklane::trace::Status::Cancelled;
    let svg = text("svg", &[report(run)], &Options::default());
    for words in ["3 of 16 recorded events were dropped", "simulated, on an imagined computer", "cancelled"] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn thousands_of_tasks_fit_and_say_how() {
    let runs = [report(fixture::run("event-loop", 4_000, 100))];
    let options = Options { scale: 1.0, ..Options::default() };
    let svg = text("svg", &runs, &options);
    assert!(svg.contains("Each row stands for 2 lanes"));
    let png = bytes(export::find("png").unwrap(), &runs, &options);
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!(side(16), 1000);
    assert!(side(20) <= 4000, "{}", side(20));
}

#[test]
fn png_pixels_follow_the_scale() {
    let runs = several(2);
    for (scale, width) in [(1.0, 1000), (2.0, 2000)] {
        let png = bytes(export::find("png").unwrap(), &runs, &Options { scale, ..Options::default() });
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), width);
    }
}

/// Rows with every state, on more cores than fit beside a plot, of a task with a long name.
fn crowded() -> ReportRun {
    let mut run = fixture::run("threads", 12, 12);
    let mut scenario = (*run.scenario).clone();
    scenario.groups[0].name = "a dish with a name that is far too long for any label".into();
    run.scenario = Arc::new(scenario);
    run.cores = 20;
    let events: Vec<Event> = (0..12_u8)
        .flat_map(|task| {
            let at = |millis: i64, state, cause| Event {
                time: ms(millis + i64::from(task) * 7),
                core: if state == State::Running { Core(u16::from(task)) } else { Core::NONE },
                ..Event::new(Task(u32::from(task)), state, cause)
            };
            let end = State::ALL[7 + usize::from(task) % 5];
            [
                at(0, State::Starting, Cause::None),
                at(40, State::Ready, Cause::Queued),
                at(90, State::Running, Cause::None),
                at(150, State::Blocked, Cause::Lock),
                at(220, State::Running, Cause::None),
                at(250, State::Ready, Cause::Preempted),
                at(290, State::Io, Cause::None),
                at(400, end, Cause::None),
            ]
        })
        .collect();
    run.trace = Trace::new(12, &events, ms(500));
    report(run)
}

/// A run that was cancelled before anything happened.
fn nothing() -> ReportRun {
    let mut run = fixture::run("threads", 2, 2);
    run.status = Status::Cancelled;
    run.trace = Trace::new(2, &[], Nanos::ZERO);
    run.load.clear();
    report(run)
}

/// The texts of a drawing, as a reader of SVG lays them out: (text, left, top, right, bottom).
fn texts(svg: &str) -> Vec<(String, [f32; 4])> {
    fn collect(group: &usvg::Group, texts: &mut Vec<(String, [f32; 4])>) {
        for node in group.children() {
            match node {
                usvg::Node::Group(group) => collect(group, texts),
                usvg::Node::Text(text) => {
                    let words = text.chunks().iter().map(usvg::TextChunk::text).collect();
                    let place = text.abs_bounding_box();
                    texts.push((words, [place.left(), place.top(), place.right(), place.bottom()]));
                }
                _ => {}
            }
        }
    }
    static FONTS: LazyLock<Arc<usvg::fontdb::Database>> = LazyLock::new(|| {
        let mut fonts = usvg::fontdb::Database::new();
        for font in ["Inter-Regular.otf", "Inter-Bold.otf", "JetBrainsMono-Regular.ttf", "JetBrainsMono-Bold.ttf"] {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/fonts").join(font);
            fonts.load_font_data(std::fs::read(path).unwrap());
        }
        Arc::new(fonts)
    });
    let options = usvg::Options { fontdb: FONTS.clone(), ..usvg::Options::default() };
    let mut found = Vec::new();
    collect(usvg::Tree::from_str(svg, &options).unwrap().root(), &mut found);
    found
}

#[test]
fn texts_stay_on_the_page_and_off_each_other() {
    let selections = [
        several(8),
        vec![crowded()],
        vec![nothing()],
        vec![crowded(), nothing(), several(3).remove(1)],
        vec![losing_order()],
    ];
    for (at, runs) in selections.iter().enumerate() {
        for (width, height) in [(480.0, None), (1000.0, None), (1000.0, Some(300.0)), (2400.0, Some(3000.0))] {
            for (picture, lang) in
                [(Picture::Gantt, Lang::En), (Picture::Gantt, Lang::PtBr), (Picture::Utilization, Lang::PtBr)]
            {
                let look = Look { width, height, lang, ..Look::default() };
                let texts = texts(&text("svg", runs, &Options { picture, look, ..Options::default() }));
                assert!(texts.len() > 5);
                let place = format!("selection {at}, {picture:?}, {lang:?}, {width} wide, {height:?} high");
                for (words, [left, _, right, _]) in &texts {
                    assert!(*left >= 0.0 && *right <= width, "{words:?} leaves the page: {place}");
                }
                for (one, (words, [left, top, right, bottom])) in texts.iter().enumerate() {
                    for (others, [l, t, r, b]) in &texts[one + 1..] {
                        let apart = *right <= *l || *r <= *left || *bottom <= *t + 2.5 || *b <= *top + 2.5;
                        assert!(apart, "{words:?} touches {others:?}: {place}");
                    }
                }
            }
        }
    }
}
