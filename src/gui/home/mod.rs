//! The first screen: the path on the left, the gallery of lessons in the middle, where you were on the right.

mod card;
mod gallery;
mod lessons;
pub mod search;
mod side;
mod thumbnails;

pub use lessons::{Gallery, Lesson};

use eframe::egui::{CentralPanel, Frame, Panel, ScrollArea, Ui};

use self::search::Found;
use self::thumbnails::Thumbnails;
use super::commands::Commands;
use super::computer::Computer;
use super::draft::Draft;
use super::finder::Now;
use super::settings::Settings;
use super::theme;
use crate::engine::session::Session;
use crate::lang::Lang;

/// What the home screen remembers from frame to frame.
#[derive(Debug, Default)]
pub struct HomeView {
    pub search: String,
    /// The search field is to be focused in the next frame.
    pub focus_search: bool,
    /// What the search came to, with its words; `None`: nothing is searched for.
    found: Option<(String, Found)>,
    /// The chapter the path was clicked on: the gallery scrolls there once.
    scroll_to: Option<&'static str>,
    /// The same, until somebody scrolls: near the end of the gallery several chapters are in sight.
    asked: Option<&'static str>,
    /// The chapter that the gallery shows, as far as it is scrolled.
    in_sight: Option<&'static str>,
    thumbnails: Thumbnails,
}

impl HomeView {
    /// Where one is on the path.
    fn chapter(&self) -> Option<&'static str> {
        self.asked.or(self.in_sight)
    }

    /// Returns whether other words are searched for now.
    fn follow_search(&mut self, gallery: &Gallery) -> bool {
        let before = self.found.as_ref().map_or("", |(search, _)| search);
        let search = if self.search.trim().is_empty() { "" } else { &self.search };
        if before == search {
            return false;
        }
        self.found = (!search.is_empty()).then(|| (search.to_owned(), search::find(gallery, search)));
        true
    }
}

/// What the home screen shows, all of it read only.
pub struct HomeContents<'a> {
    pub gallery: &'a Gallery,
    pub session: &'a Session,
    pub settings: &'a Settings,
    /// The set-up that is open behind this screen.
    pub open: Option<&'a Draft>,
    pub computer: &'a Computer,
    pub now: &'a Now<'a>,
    pub lang: Lang,
}

/// Below this width the right column makes room for the gallery.
const WIDE: f32 = 1_060.0;

pub fn home_ui(ui: &mut Ui, contents: &HomeContents<'_>, view: &mut HomeView, commands: &mut Commands) {
    // Drawing would take the cores that a run is measured on.
    if !contents.session.is_running() {
        view.thumbnails.poll(ui.ctx(), contents.gallery);
    }
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(theme::color(palette.panel)).inner_margin(14);
    Panel::left("home-path").exact_size(252.0).resizable(false).frame(frame).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| side::path_ui(ui, contents, view, commands));
    });
    if ui.available_width() > WIDE - 236.0 {
        Panel::right("home-side").exact_size(284.0).resizable(false).frame(frame).show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| side::where_ui(ui, contents, commands));
        });
    }
    let middle = Frame::new().fill(theme::color(palette.background)).inner_margin(20);
    CentralPanel::default().frame(middle).show(ui, |ui| {
        let mut area = ScrollArea::vertical().auto_shrink(false);
        // What is found stands on top, wherever one was.
        if view.follow_search(contents.gallery) {
            area = area.vertical_scroll_offset(0.0);
        }
        area.show(ui, |ui| gallery::gallery_ui(ui, contents, view, commands));
    });
}
