//! The timelines as a person meets them: painted, pointed at, zoomed, pinned, replayed.
//!
//! With `TASKLANE_PICTURES=DIR` the pictures are kept there to be looked at.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{self, Event, Key, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tasklane::chart::lanes::LaneBy;
use tasklane::chart::palette::{Palette, Theme};
use tasklane::engine::session::{Entry, EntryId, EntryProgress};
use tasklane::gui::events::{EventsView, events_ui};
use tasklane::gui::inspector::inspector_ui;
use tasklane::gui::paint::PaintContext;
use tasklane::gui::replay::Replay;
use tasklane::gui::replay_speed::Speed;
use tasklane::gui::theme;
use tasklane::gui::timeline::view::{Extent, Range, Target};
use tasklane::gui::timeline::{TimelineCache, TimelineView, follow_replay, timeline_ui};
use tasklane::lang::Lang;
use tasklane::time::Nanos;
use tasklane::trace::{Cause, Core, OutputLine, Run, State, Status, Task, Trace};

use crate::fixture::{self, ms};
use crate::screen::{Picture, Screen};

fn entry(id: u64, run: Run) -> Entry {
    let progress = if run.is_over() { EntryProgress::Over } else { EntryProgress::Running };
    Entry {
        id: EntryId(id),
        batch: 1,
        name: None,
        repeats: vec![],
        runs: vec![],
        metrics: vec![],
        decisions: Arc::default(),
        run: Arc::new(run),
        revision: 1,
        progress,
    }
}

/// A workload under three models, as the fixture makes it.
fn kitchen() -> Vec<Entry> {
    let mut pool = fixture::run("thread-pool", 8, 4);
    pool.output = (0..8)
        .map(|task| OutputLine {
            time: ms(1 + 60 * i64::from(task)),
            task: Task(task),
            text: format!("Boiling {}", task + 1),
        })
        .collect();
    let mut sequential = fixture::run("sequential", 8, 1);
    sequential.output = vec![];
    let mut threads = fixture::run("threads", 8, 8);
    threads.output = vec![];
    vec![entry(1, sequential), entry(2, threads), entry(3, pool)]
}

/// The run screen's panels that belong to the timelines, in a window of that size.
struct Desk {
    screen: Screen,
    size: egui::Vec2,
    entries: Vec<Entry>,
    view: TimelineView,
    cache: TimelineCache,
    events: EventsView,
    ctx: PaintContext,
}

impl Desk {
    fn new(entries: Vec<Entry>, size: egui::Vec2, look: Theme) -> Self {
        Desk {
            screen: Screen::new(size, look),
            size,
            entries,
            view: TimelineView::default(),
            cache: TimelineCache::default(),
            events: EventsView::default(),
            ctx: PaintContext { palette: Palette::of(look), lang: Lang::En },
        }
    }

    fn frame(&mut self, events: Vec<Event>) {
        let Desk { screen, entries, view, cache, events: list, ctx, size } = self;
        let entries: Vec<&Entry> = entries.iter().collect();
        let fill = |color| egui::Frame::new().fill(theme::color(color));
        screen.frame(events, |ui| {
            follow_replay(ui, &entries, view);
            if size.x > 1000.0 {
                let frame = fill(ctx.palette.panel).inner_margin(14);
                egui::Panel::right("inspector").exact_size(300.0).frame(frame).show(ui, |ui| {
                    inspector_ui(ui, &entries, view, cache, *ctx);
                });
                let frame = fill(ctx.palette.panel).inner_margin(10);
                egui::Panel::bottom("events").exact_size(170.0).frame(frame).show(ui, |ui| {
                    if let Some(entry) = entries.last() {
                        events_ui(ui, entry, list, *ctx);
                    }
                });
            }
            egui::CentralPanel::default()
                .frame(fill(ctx.palette.background))
                .show(ui, |ui| timeline_ui(ui, &entries, view, cache, *ctx));
        });
    }

    fn settle(&mut self) {
        for _ in 0..4 {
            self.frame(vec![]);
        }
    }

    fn point(&mut self, at: egui::Pos2) {
        self.frame(vec![Event::PointerMoved(at)]);
        self.frame(vec![]);
    }

    fn click(&mut self, at: egui::Pos2) {
        self.point(at);
        for pressed in [true, false] {
            let button = egui::PointerButton::Primary;
            self.frame(vec![Event::PointerButton { pos: at, button, pressed, modifiers: egui::Modifiers::NONE }]);
        }
        self.frame(vec![]);
    }

    fn press(&mut self, key: Key) {
        for pressed in [true, false] {
            let modifiers = egui::Modifiers::NONE;
            self.frame(vec![Event::Key { key, physical_key: None, pressed, repeat: false, modifiers }]);
        }
    }

    fn wheel(&mut self, points: egui::Vec2) {
        let event = Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: points,
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: egui::Modifiers::NONE,
        };
        self.frame(vec![event]);
        for _ in 0..30 {
            self.frame(vec![]);
        }
    }

    fn picture(&mut self, name: &str) -> Picture {
        self.settle();
        let picture = self.screen.picture();
        if let Some(folder) = std::env::var_os("TASKLANE_PICTURES") {
            picture.save(&PathBuf::from(folder).join(format!("{name}.png")));
        }
        picture
    }

    /// A point on the first lane of the first run at that time, as the view stands.
    fn at(&self, time: Nanos) -> egui::Pos2 {
        // Where the picture of `every_state_is_seen_in_both_themes_and_sizes` has it.
        let (left, right) = (64.0, self.plot_right());
        let longest = self.entries.iter().map(|entry| entry.run.trace.horizon()).max().unwrap();
        #[expect(clippy::cast_possible_truncation, reason = "pixels")]
        let share = time.ratio(longest).unwrap() as f32;
        pos2(left + share * (right - left), 62.0)
    }

    fn plot_right(&self) -> f32 {
        self.size.x - 54.0
    }
}

#[test]
fn every_state_is_seen_in_both_themes_and_sizes() {
    for (look, theme_name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        for (size, size_name) in [(vec2(1600.0, 930.0), "large"), (vec2(420.0, 460.0), "small")] {
            let mut desk = Desk::new(kitchen(), size, look);
            if look == Theme::Dark {
                desk.view.pinned = Some(Target { entry: EntryId(3), task: Task(5), span: None });
            }
            let picture = desk.picture(&format!("timeline-{theme_name}-{size_name}"));
            let palette = desk.ctx.palette;
            for tone in [palette.running, palette.ready, palette.preempted, palette.core_busy, palette.text] {
                let found = picture.count(theme::color(tone));
                assert!(found > 20, "{tone:?} is on {found} pixels, {theme_name} {size_name}");
            }
        }
    }
}

#[test]
fn every_tone_has_its_color_and_shape() {
    let mut run = fixture::run("threads", 4, 4);
    let stay = [
        (State::Starting, Cause::None),
        (State::Ready, Cause::NoCore),
        (State::Running, Cause::None),
        (State::Io, Cause::None),
        (State::Blocked, Cause::Lock),
        (State::Running, Cause::None),
        (State::Ready, Cause::Preempted),
        (State::Running, Cause::None),
        (State::Failed, Cause::Fail),
    ];
    let mut events = vec![];
    for task in 0..4 {
        for (at, (state, cause)) in (0..).zip(stay) {
            let core = if state == State::Running { Core(0) } else { Core::NONE };
            let time = ms(20 * i64::from(task) + 60 * at);
            events.push(tasklane::trace::Event { time, core, ..tasklane::trace::Event::new(Task(task), state, cause) });
        }
    }
    run.trace = Trace::new(4, &events, ms(540));
    run.output.clear();
    for (look, name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        let mut desk = Desk::new(vec![entry(1, run.clone())], vec2(1000.0, 260.0), look);
        let picture = desk.picture(&format!("tones-{name}"));
        let palette = desk.ctx.palette;
        for tone in [
            palette.running,
            palette.io_ground,
            palette.ready,
            palette.blocked,
            palette.preempted,
            palette.overhead,
            palette.bad_end,
            palette.core_busy,
        ] {
            let found = picture.count(theme::color(tone));
            assert!(found > 60, "{tone:?} is on {found} pixels, {name}");
        }
    }
}

#[test]
fn pointing_explains_and_clicking_pins() {
    let mut desk = Desk::new(kitchen(), vec2(1000.0, 760.0), Theme::Dark);
    desk.settle();
    let in_io = desk.at(ms(100));
    desk.point(in_io);
    let hover = desk.view.hover.expect("a bar is under the pointer");
    assert_eq!((hover.entry, hover.task), (EntryId(1), Task(0)));
    let span = desk.entries[0].run.trace.span(hover.span.unwrap() as usize);
    assert_eq!(span.state, State::Io);
    let cursor = desk.view.cursor.expect("the cursor has a time");
    assert!((cursor - ms(100)).0.abs() < ms(5).0, "{cursor}");
    assert_eq!(desk.view.pinned, None);
    desk.picture("timeline-hover");

    desk.click(in_io);
    assert_eq!(desk.view.pinned, Some(hover));
    desk.point(pos2(5.0, 5.0));
    assert_eq!(desk.view.hover, None);
    assert_eq!(desk.view.selection(), Some(hover), "it stays when the pointer goes");
    desk.press(Key::Escape);
    assert_eq!(desk.view.pinned, None);
}

#[test]
fn the_wheel_zooms_at_the_pointer_and_f_shows_all() {
    let mut desk = Desk::new(kitchen(), vec2(1000.0, 760.0), Theme::Dark);
    desk.settle();
    let at = desk.at(ms(1000));
    desk.point(at);
    desk.wheel(vec2(0.0, 300.0));
    let Range::Fixed { from, to } = desk.view.range else { panic!("still {:?}", desk.view.range) };
    assert!(to - from < 1.2e9, "zoomed in: {from} to {to}");
    let share = (1e9 - from) / (to - from);
    assert!((share - 1000.0 / 2048.0).abs() < 0.01, "what was under the pointer is there still: {share}");
    desk.picture("timeline-zoomed");
    desk.wheel(vec2(80.0, 0.0));
    let Range::Fixed { from: panned, .. } = desk.view.range else { panic!("still {:?}", desk.view.range) };
    assert!(panned < from, "the wheel sideways pans");
    desk.press(Key::F);
    assert_eq!(desk.view.range, Range::Fit);
    desk.press(Key::Plus);
    assert_ne!(desk.view.range, Range::Fit);
}

#[test]
fn lanes_of_workers_and_cores_name_their_tasks() {
    for by in [LaneBy::Worker, LaneBy::Core] {
        let mut desk = Desk::new(kitchen(), vec2(1300.0, 900.0), Theme::Light);
        desk.ctx.lang = if by == LaneBy::Core { Lang::PtBr } else { Lang::En };
        desk.view.lane_by = by;
        desk.view.range = Range::Fixed { from: 0.0, to: 6e8 };
        desk.view.pinned = Some(Target { entry: EntryId(3), task: Task(5), span: None });
        let picture = desk.picture(&format!("timeline-by-{by:?}"));
        assert!(picture.count(theme::color(desk.ctx.palette.running)) > 1000);
    }
}

#[test]
fn a_run_that_waits_has_empty_lanes_and_one_that_grows_does_not_jump() {
    let mut entries = kitchen();
    let mut growing = fixture::run("threads", 8, 8);
    growing.status = Status::Growing;
    growing.trace = until(&growing, ms(150));
    entries[1] = entry(2, growing);
    let mut queued = fixture::run("thread-pool", 8, 4);
    queued.status = Status::Growing;
    queued.trace = Trace::default();
    entries[2] = Entry { progress: EntryProgress::Queued, ..entry(3, queued) };
    let mut desk = Desk::new(entries, vec2(1000.0, 760.0), Theme::Dark);
    let picture = desk.picture("timeline-growing");
    assert!(picture.count(theme::color(desk.ctx.palette.running)) > 500);

    let mut alone = fixture::run("threads", 8, 8);
    alone.status = Status::Growing;
    let whole = alone.clone();
    let mut ends = vec![];
    for millis in 165..200 {
        alone.trace = until(&whole, ms(millis));
        ends.push(Extent::of([(alone.trace.horizon(), false)]).longest);
    }
    ends.dedup();
    assert_eq!(ends, [ms(200)], "35 pictures of a growing run on one axis");
}

/// The run as it looked at `now`.
fn until(run: &Run, now: Nanos) -> Trace {
    let events: Vec<_> = (0..run.trace.len()).map(|at| run.trace.event(at)).filter(|event| event.time <= now).collect();
    Trace::new(run.trace.tasks(), &events, now)
}

#[test]
fn a_replay_shows_nothing_that_has_not_happened_yet() {
    let mut desk = Desk::new(kitchen(), vec2(1000.0, 760.0), Theme::Dark);
    let whole = desk.picture("timeline-before-replay").count(theme::color(desk.ctx.palette.running));
    desk.view.replay = Some(Replay::paused(ms(300), Speed::to_follow(ms(1_000))));
    let part = desk.picture("timeline-replay").count(theme::color(desk.ctx.palette.running));
    assert!(part * 3 < whole * 2, "{part} of {whole} pixels are running");
    desk.press(Key::Space);
    assert!(desk.view.replay.as_ref().is_some_and(|replay| replay.playing), "space plays");
    for _ in 0..60 {
        desk.frame(vec![]);
    }
    assert!(desk.view.replay.as_ref().is_some_and(|replay| replay.at > ms(300)));
}

#[test]
fn the_keyboard_and_a_screen_reader_find_everything() {
    struct State {
        view: TimelineView,
        cache: TimelineCache,
        installed: bool,
    }
    let entries = kitchen();
    let shown: Vec<&Entry> = entries.iter().collect();
    let ctx = PaintContext { palette: Palette::of(Theme::Dark), lang: Lang::En };
    let state = State { view: TimelineView::default(), cache: TimelineCache::default(), installed: false };
    let mut harness = Harness::builder().with_size(vec2(1000.0, 760.0)).build_ui_state(
        |ui, state: &mut State| {
            if std::mem::replace(&mut state.installed, true) {
                timeline_ui(ui, &shown, &mut state.view, &mut state.cache, ctx);
            } else {
                theme::install(ui);
                theme::apply(ui, Theme::Dark);
            }
        },
        state,
    );
    harness.run_steps(2);
    for model in ["Sequential", "Threads", "Thread pool"] {
        harness.get_by_label(&format!("Timeline of {model}, 8 tasks"));
    }
    harness.get_by_label("lanes by worker").click();
    harness.run_steps(2);
    assert_eq!(harness.state().view.lane_by, LaneBy::Worker);
    harness.get_by_label("fit to the fastest").click();
    harness.run_steps(2);
    assert_eq!(harness.state().view.range, Range::Fastest);
    harness.get_by_label("show all").click();
    harness.run_steps(2);
    assert_eq!(harness.state().view.range, Range::Fit);
    harness.get_by_label("Fold Threads").click();
    harness.run_steps(2);
    assert!(harness.query_by_label("Timeline of Threads, 8 tasks").is_none());

    harness.get_by_label("Timeline of Thread pool, 8 tasks").focus();
    harness.run_steps(2);
    for _ in 0..3 {
        harness.key_press(Key::ArrowDown);
        harness.run_steps(2);
    }
    let pinned = harness.state().view.pinned.map(|target| (target.entry, target.task));
    assert_eq!(pinned, Some((EntryId(3), Task(2))), "arrows go from task to task");
    harness.key_press(Key::Plus);
    harness.run_steps(2);
    assert_ne!(harness.state().view.range, Range::Fit, "keys work on a focused timeline");
    harness.get_by_label("Replay").click();
    harness.run_steps(2);
    harness.get_by_label("Next event").click();
    harness.run_steps(2);
    let replay = harness.state().view.replay.as_ref().expect("it was started");
    assert!(!replay.playing && replay.at > Nanos::ZERO, "{replay:?}");
    harness.get_by_label("End replay").click();
    harness.run_steps(2);
    assert_eq!(harness.state().view.replay, None);
}

#[test]
fn a_replay_that_is_zoomed_in_is_seen() {
    let mut desk = Desk::new(kitchen(), vec2(1000.0, 760.0), Theme::Dark);
    desk.view.range = Range::Fixed { from: 344e6, to: 350e6 };
    let mut replay = Replay::paused(ms(100), Speed::to_follow(ms(460)));
    replay.playing = true;
    desk.view.replay = Some(replay);
    let mut last = 0.0;
    for _ in 0..120 {
        desk.frame(vec![]);
        let at = desk.view.replay.as_ref().expect("it plays").at.secs() * 1e9;
        let Range::Fixed { from, to } = desk.view.range else { panic!("{:?}", desk.view.range) };
        assert!((from..=to).contains(&at) && (to - from - 6e6).abs() < 1.0, "{at} in {from}..{to}");
        assert!(from >= last, "it never goes back");
        last = from;
    }
    desk.press(Key::Space);
    desk.view.range = Range::Fixed { from: 344e6, to: 350e6 };
    desk.settle();
    assert_eq!(desk.view.range, Range::Fixed { from: 344e6, to: 350e6 }, "a person has scrolled");
    desk.press(Key::Period);
    let at = desk.view.replay.as_ref().expect("it stands").at.secs() * 1e9;
    assert!(matches!(desk.view.range, Range::Fixed { from, to } if (from..=to).contains(&at)), "a step is seen");
}

#[test]
fn the_way_that_is_left_to_a_replay_is_seen_in_both_themes() {
    for (look, name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        let mut desk = Desk::new(kitchen(), vec2(1000.0, 760.0), look);
        desk.view.replay = Some(Replay::paused(ms(300), Speed::to_follow(ms(1_000))));
        let Palette { card, text, .. } = *desk.ctx.palette;
        let rail = theme::blend(card, text, 0.15);
        let found = desk.picture(&format!("replay-rail-{name}")).count(rail);
        assert!(found > 200, "the rail is on {found} pixels, {name}");
    }
}

/// Not a test: prints what a frame costs. Run with `--release -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, to be read by people"]
fn cost_of_a_frame() {
    const FRAMES: u32 = 40;
    let mut run = fixture::run("thread-pool", 12_500, 64);
    run.output.clear();
    println!("{} spans", run.trace.len());
    let mut desk = Desk::new(vec![entry(1, run)], vec2(1000.0, 900.0), Theme::Dark);
    desk.settle();
    for by in [LaneBy::Task, LaneBy::Worker] {
        desk.view.lane_by = by;
        for (name, moving) in [("standing still", false), ("zooming", true)] {
            let start = std::time::Instant::now();
            for frame in 0..FRAMES {
                if moving {
                    let end = 4.5e10 * (1.0 + f64::from(frame) / 400.0);
                    desk.view.range = Range::Fixed { from: 0.0, to: end };
                }
                desk.frame(vec![]);
            }
            let cost = start.elapsed().as_secs_f64() * 1e3 / f64::from(FRAMES);
            println!("lanes by {}, {name}: {cost:.2} ms a frame", by.label().en);
        }
    }
}
