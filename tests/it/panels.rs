//! The panels below the timeline, by what people read in them.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Ui, Vec2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tasklane::chart::axis::Axis;
use tasklane::chart::palette::DARK;
use tasklane::engine::Snapshots;
use tasklane::engine::session::{Entry, Session};
use tasklane::gui::busy::{BusyView, busy_ui};
use tasklane::gui::metrics::{MetricsView, metrics_ui};
use tasklane::gui::paint::PaintContext;
use tasklane::gui::theme;
use tasklane::gui::widgets::Overflow;
use tasklane::lang::Lang;
use tasklane::model::{self, ModelChoice};
use tasklane::time::Nanos;

use crate::fixture;

/// One panel as a whole window.
struct Panel {
    session: Session,
    lang: Lang,
    metrics: MetricsView,
    busy: BusyView,
    hovered: Option<Nanos>,
    show: fn(&mut Ui, &mut Panel),
}

impl eframe::App for Panel {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        (self.show)(ui, self);
    }
}

fn window(size: Vec2, session: Session, lang: Lang, show: fn(&mut Ui, &mut Panel)) -> Harness<'static, Panel> {
    let panel =
        Panel { session, lang, metrics: MetricsView::default(), busy: BusyView::default(), hovered: None, show };
    let mut harness = Harness::builder().with_size(size).build_eframe(|cc| {
        theme::install(&cc.egui_ctx);
        panel
    });
    harness.run();
    harness
}

fn metrics(session: Session, lang: Lang) -> Harness<'static, Panel> {
    window(vec2(1700.0, 300.0), session, lang, |ui, panel| {
        let entries: Vec<&Entry> = panel.session.entries().iter().collect();
        let context = PaintContext { palette: &DARK, lang: panel.lang };
        metrics_ui(ui, &entries, &panel.session, &mut panel.metrics, Overflow::Scrolls, context);
    })
}

fn busy(session: Session) -> Harness<'static, Panel> {
    window(vec2(600.0, 240.0), session, Lang::En, |ui, panel| {
        let entries: Vec<&Entry> = panel.session.entries().iter().collect();
        let context = PaintContext { palette: &DARK, lang: panel.lang };
        panel.hovered = busy_ui(ui, &entries, Axis::between(0.0, 1e9, 600.0), None, &mut panel.busy, context);
    })
}

fn nothing_run() -> Session {
    Session::new(Snapshots::Growing, Arc::new(|| {}))
}

/// Sequential: 4 dishes one after another, 1024 ms. Two threads: 512 ms.
fn two_runs() -> Session {
    let mut session = nothing_run();
    session.open(fixture::run("sequential", 4, 1));
    session.open(fixture::run("threads", 4, 2));
    session
}

fn threads_first(harness: &Harness<Panel>) -> bool {
    let top = |name| harness.get_by_label(name).rect().top();
    top("Threads") < top("Sequential")
}

fn click(harness: &mut Harness<Panel>, heading: &str) {
    harness.get_by_label(heading).click();
    harness.run();
}

#[test]
fn figures_stand_side_by_side() {
    let harness = metrics(two_runs(), Lang::En);
    for cell in ["makespan", "1.02 s", "512 ms", "2.00×", "50 %", "turnaround, p95", "threads"] {
        assert!(harness.query_all_by_label(cell).next().is_some(), "{cell}");
    }
}

/// A column that nobody has a figure for takes no room; it comes with the first figure, and stays while more may come.
#[test]
fn columns_without_figures_are_left_out() {
    let has = |harness: &Harness<Panel>, heading: &str| harness.query_all_by_label(heading).next().is_some();
    let mut session = nothing_run();
    session.open(fixture::run("threads", 4, 2));
    let mut harness = metrics(session, Lang::En);
    assert!(has(&harness, "makespan") && has(&harness, "utilization"));
    assert!(!has(&harness, "speedup") && !has(&harness, "efficiency"), "there is nothing to compare with");
    harness.state_mut().session.open(fixture::run("sequential", 4, 1));
    harness.run();
    assert!(has(&harness, "speedup") && has(&harness, "2.00×"));
    // Runs that wait their turn: the column may be wanted again.
    let sequential = harness.state().session.entries()[1].id;
    harness.state_mut().session.remove(sequential);
    let live = fixture::request(fixture::scenario(2), ModelChoice::new(model::find("threads").unwrap()), 1);
    harness.state_mut().session.start(vec![live], 1).unwrap();
    harness.run_steps(1);
    assert!(has(&harness, "speedup"));
    harness.state_mut().session.end(Duration::from_mins(1));
    harness.run();
    assert!(!has(&harness, "speedup"));
}

/// Dragging a value simulates anew: figures change, and where they stand does not.
#[test]
fn while_the_pointer_is_down_columns_keep_their_places() {
    let mut harness = metrics(two_runs(), Lang::En);
    let left = |harness: &Harness<Panel>, heading: &str| {
        harness.query_all_by_label(heading).next().map(|head| (head.rect().left() * 10.0).round())
    };
    let places = |harness: &Harness<Panel>| ["speedup", "makespan", "utilization"].map(|head| left(harness, head));
    let before = places(&harness);
    assert!(before.iter().all(Option::is_some));
    harness.drag_at(pos2(850.0, 250.0));
    harness.run_steps(1);
    let sequential = harness.state().session.entries()[0].id;
    harness.state_mut().session.remove(sequential);
    harness.run_steps(2);
    assert_eq!(places(&harness), before);
    harness.drop_at(pos2(850.0, 250.0));
    harness.run();
    let after = places(&harness);
    assert!(after[0].is_none() && after[1] != before[1], "{before:?} {after:?}");
}

/// What all rows share is said once, and all that can be told apart of a name stays.
#[test]
fn names_are_as_short_as_they_can_be() {
    let mut session = nothing_run();
    for (id, title) in [("one", "One core"), ("two", "Two cores")] {
        let mut run = fixture::run("thread-pool", 4, 2);
        let mut scenario = (*run.scenario).clone();
        scenario.texts.entry(Lang::En).or_default().variant = Some(title.to_owned());
        (run.variant, run.scenario) = (Some(id.to_owned()), Arc::new(scenario));
        session.open(run);
    }
    let harness = metrics(session, Lang::En);
    assert!(harness.query_by_label("One core").is_some() && harness.query_by_label("Two cores").is_some());
    let mut session = two_runs();
    session.open(fixture::run("threads", 4, 2));
    let harness = metrics(session, Lang::En);
    assert_eq!(harness.query_all_by_label("Threads").count(), 2, "the same twice is called the same");
}

#[test]
fn a_click_on_a_heading_sorts_best_first_then_worst_first_then_as_started() {
    let mut harness = metrics(two_runs(), Lang::En);
    assert!(!threads_first(&harness));
    for expected in [true, false, false] {
        click(&mut harness, "makespan");
        assert_eq!(threads_first(&harness), expected);
    }
    click(&mut harness, "speedup");
    assert!(threads_first(&harness), "the higher speedup is the better");
    click(&mut harness, "model");
    assert!(!threads_first(&harness));
}

#[test]
fn empty_panels_say_what_to_do_in_both_languages() {
    assert!(metrics(nothing_run(), Lang::PtBr).query_by_label_contains("Aperte Enter").is_some());
    assert!(metrics(nothing_run(), Lang::En).query_by_label_contains("Press Enter").is_some());
    assert!(busy(nothing_run()).query_by_label_contains("Once something has run").is_some());
}

#[test]
fn the_chart_names_its_lines_and_tells_the_instant_under_the_pointer() {
    let mut harness = busy(two_runs());
    for name in ["Sequential", "Threads", "dashed: other programs"] {
        assert!(harness.query_by_label(name).is_some(), "{name}");
    }
    assert_eq!(harness.state().hovered, None);
    harness.hover_at(pos2(312.0, 120.0));
    harness.run();
    let hovered = harness.state().hovered.expect("the pointer is over the chart");
    let middle = Nanos::from_millis(400)..Nanos::from_millis(600);
    assert!(middle.contains(&hovered), "{hovered}");
}
