//! The timelines as a person meets them: painted, pointed at, zoomed, pinned, replayed.
//!
//! With TASKLANE_PICTURES=DIR the pictures are kept there to be looked at.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{self, Color32, Ui, vec2};
use tasklane::chart::lanes::LaneBy;
use tasklane::chart::palette::{Palette, Theme};
use tasklane::engine::session::{Entry, EntryId, EntryProgress};
use tasklane::gui::paint::PaintContext;
use tasklane::gui::theme;
use tasklane::gui::timeline::{TimelineCache, TimelineView, timeline_ui};
use tasklane::lang::Lang;
use tasklane::time::Nanos;
use tasklane::trace::{OutputLine, Run, Status, Task, Trace};

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
        run: Arc::new(run),
        revision: 1,
        progress,
    }
}

/// A workload under three models, as the fixture makes it.
fn kitchen() -> Vec<Entry> {
    let mut pool = fixture::run("thread-pool", 8, 4);
    pool.output = (0..8)
        .map(|task| OutputLine { time: ms(1 + 60 * i64::from(task)), task: Task(task), text: format!("Boiling {}", task + 1) })
        .collect();
    let mut sequential = fixture::run("sequential", 8, 1);
    sequential.output = vec![];
    let mut threads = fixture::run("threads", 8, 8);
    threads.output = vec![];
    vec![entry(1, sequential), entry(2, threads), entry(3, pool)]
}

struct Desk {
    screen: Screen,
    entries: Vec<Entry>,
    view: TimelineView,
    cache: TimelineCache,
    ctx: PaintContext,
}

impl Desk {
    fn new(entries: Vec<Entry>, size: egui::Vec2, look: Theme) -> Self {
        Desk {
            screen: Screen::new(size, look),
            entries,
            view: TimelineView::default(),
            cache: TimelineCache::default(),
            ctx: PaintContext { palette: Palette::of(look), lang: Lang::En },
        }
    }

    fn frame(&mut self, events: Vec<egui::Event>) {
        let Desk { screen, entries, view, cache, ctx } = self;
        let entries: Vec<&Entry> = entries.iter().collect();
        screen.frame(events, |ui| content(ui, &entries, view, cache, *ctx));
    }

    fn settle(&mut self) {
        for _ in 0..4 {
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
}

fn content(ui: &mut Ui, entries: &[&Entry], view: &mut TimelineView, cache: &mut TimelineCache, ctx: PaintContext) {
    let ground = theme::color(ctx.palette.background);
    let panels = theme::color(ctx.palette.panel);
    egui::CentralPanel::default()
        .frame(egui::Frame::new().fill(ground))
        .show(ui, |ui| timeline_ui(ui, entries, view, cache, ctx));
    let _ = panels;
}

fn color(rgb: tasklane::chart::palette::Rgb) -> Color32 {
    theme::color(rgb)
}

#[test]
fn every_state_is_seen_in_both_themes_and_sizes() {
    for (look, theme_name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        for (size, size_name) in [(vec2(1010.0, 760.0), "large"), (vec2(420.0, 460.0), "small")] {
            let mut desk = Desk::new(kitchen(), size, look);
            let picture = desk.picture(&format!("timeline-{theme_name}-{size_name}"));
            let palette = desk.ctx.palette;
            for tone in [palette.running, palette.io_hatch, palette.ready, palette.core_busy, palette.text] {
                assert!(picture.count(color(tone)) > 20, "{tone:?} is missing, {theme_name} {size_name}");
            }
        }
    }
}
