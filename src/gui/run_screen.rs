//! The run screen: lesson and set-up on the left, the runs in the middle, the selected thing on the right, metrics,
//! events, output and the list of runs below. Composes panels; decides nothing.

use eframe::egui::{CentralPanel, Frame, Margin, Panel, ScrollArea, Ui};

use super::commands::Commands;
use super::draft::Draft;
use super::paint::PaintContext;
use super::settings::Settings;
use super::view::{BottomTab, LeftTab, RunView};
use super::widgets::{icon_ui, section_ui, tabs_ui};
use super::{busy, lesson, metrics, runs, setup, theme, timeline};
use crate::engine::session::{Entry, Session};
use crate::lang::{Lang, Text};
use crate::trace::Host;

const LEFT_WIDTH: f32 = 280.0;

/// What the run screen shows and does not change.
pub struct RunContents<'a> {
    pub session: &'a Session,
    pub draft: &'a Draft,
    pub host: &'a Host,
}

pub fn run_screen_ui(
    ui: &mut Ui,
    contents: &RunContents<'_>,
    view: &mut RunView,
    settings: &mut Settings,
    commands: &mut Commands,
) {
    let palette = theme::palette(ui);
    let context = PaintContext { palette, lang: settings.lang };
    let shown = view.shown_of(contents.session);
    let panel = Frame::new().fill(theme::color(palette.panel)).inner_margin(Margin::symmetric(12, 8));
    if settings.folds.left {
        unfold_ui(ui, Side::Left, &mut settings.folds.left, settings.lang);
    } else {
        Panel::left("left").exact_size(LEFT_WIDTH).resizable(false).frame(panel).show(ui, |ui| {
            left_ui(ui, contents, view, settings, commands);
        });
    }
    if settings.folds.bottom {
        unfold_ui(ui, Side::Bottom, &mut settings.folds.bottom, settings.lang);
    } else {
        let size = (ui.available_height() * 0.26).clamp(150.0, 260.0);
        Panel::bottom("bottom").default_size(size).size_range(110.0..=520.0).resizable(true).frame(panel).show(ui, |ui| {
            bottom_ui(ui, contents, &shown, view, context, commands);
        });
    }
    let middle = Frame::new().fill(theme::color(palette.background)).inner_margin(Margin::symmetric(14, 8));
    CentralPanel::default().frame(middle).show(ui, |ui| {
        timeline::timeline_ui(ui, &shown, &mut view.timeline, &mut view.lanes, context);
    });
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Bottom,
}

/// The thin edge that brings a folded panel back.
fn unfold_ui(ui: &mut Ui, side: Side, folded: &mut bool, lang: Lang) {
    let frame = Frame::new().fill(theme::color(theme::palette(ui).panel));
    let (panel, sign, name) = match side {
        Side::Left => (Panel::left("left-folded"), "▸", Text::new("Unfold the left panel (Ctrl B)", "Abrir o painel esquerdo (Ctrl B)")),
        Side::Bottom => (Panel::bottom("bottom-folded"), "▴", Text::new("Unfold the panel below (Ctrl J)", "Abrir o painel de baixo (Ctrl J)")),
    };
    panel.exact_size(24.0).resizable(false).frame(frame).show(ui, |ui| {
        ui.centered_and_justified(|ui| {
            if icon_ui(ui, sign, name.get(lang)).clicked() {
                *folded = false;
            }
        });
    });
}

fn left_ui(
    ui: &mut Ui,
    contents: &RunContents<'_>,
    view: &mut RunView,
    settings: &mut Settings,
    commands: &mut Commands,
) {
    let lang = settings.lang;
    let tabs = [
        (LeftTab::Lesson, Text::new("Lesson", "Lição").get(lang)),
        (LeftTab::Workload, Text::new("Workload", "Carga").get(lang)),
        (LeftTab::Machine, Text::new("Machine", "Máquina").get(lang)),
    ];
    ui.horizontal(|ui| {
        tabs_row_ui(ui, &mut view.left, &tabs);
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            if icon_ui(ui, "‹", Text::new("Fold the left panel (Ctrl B)", "Recolher o painel esquerdo (Ctrl B)").get(lang)).clicked() {
                settings.folds.left = true;
            }
        });
    });
    ScrollArea::vertical().id_salt(("left", view.left as u8)).auto_shrink(false).show(ui, |ui| match view.left {
        LeftTab::Lesson => {
            let seen = lesson::lesson_ui(ui, contents.draft, contents.session, &mut view.lesson, lang, commands);
            if seen && contents.draft.scenario().lesson.is_some() {
                settings.lessons_done.insert(contents.draft.id.clone());
            }
        }
        LeftTab::Workload => setup::workload_ui(ui, contents.draft, &mut view.setup, lang, commands),
        LeftTab::Machine => setup::machine_ui(ui, contents.draft, contents.host, settings, lang, commands),
    });
}

fn tabs_row_ui(ui: &mut Ui, open: &mut LeftTab, tabs: &[(LeftTab, &str)]) {
    ui.vertical(|ui| tabs_ui(ui, open, tabs));
}

fn bottom_ui(
    ui: &mut Ui,
    contents: &RunContents<'_>,
    shown: &[&Entry],
    view: &mut RunView,
    context: PaintContext,
    commands: &mut Commands,
) {
    let lang = context.lang;
    let tabs = [
        (BottomTab::Overview, Text::new("Metrics", "Métricas").get(lang)),
        (BottomTab::Events, Text::new("Events", "Eventos").get(lang)),
        (BottomTab::Runs, Text::new("Runs", "Execuções").get(lang)),
    ];
    tabs_ui(ui, &mut view.bottom, &tabs);
    match view.bottom {
        BottomTab::Overview => overview_ui(ui, contents, shown, view, context),
        BottomTab::Events => {}
        BottomTab::Runs => runs::runs_ui(ui, contents.session, &view.shown, &mut view.runs, lang, commands),
    }
}

/// The table of metrics beside the busy cores.
fn overview_ui(ui: &mut Ui, contents: &RunContents<'_>, shown: &[&Entry], view: &mut RunView, context: PaintContext) {
    ui.columns(2, |columns| {
        metrics::metrics_ui(&mut columns[0], shown, contents.session, &mut view.metrics, context);
        section_ui(&mut columns[1], Text::new("Busy cores over time", "Núcleos ocupados no tempo").get(context.lang));
        busy::busy_ui(&mut columns[1], shown, 0.0..=1e9, None, &mut view.busy, context);
    });
}

