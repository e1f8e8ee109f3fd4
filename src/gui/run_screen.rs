//! The run screen: lesson and set-up on the left, the runs in the middle, the selected thing on the right, metrics,
//! events, output and the list of runs below. Composes panels; decides nothing.

use eframe::egui::{CentralPanel, Frame, Label, Margin, Panel, RichText, ScrollArea, Ui};

use super::calibration::Calibration;
use super::commands::Commands;
use super::computer::Computer;
use super::draft::Draft;
use super::following::Behind;
use super::home::Gallery;
use super::names::entry_title;
use super::paint::PaintContext;
use super::settings::Settings;
use super::setup::SetupContents;
use super::toasts::Place;
use super::view::{BottomTab, Center, LeftTab, RunView};
use super::what_happened::what_happened_ui;
use super::widgets::{Overflow, icon_ui, link_ui, note_ui, section_ui, tabs_ui};
use super::{
    behind, bottom_height, busy, events, inspector, lesson, metrics, orders, refusal, runs, setup, theme, timeline,
};
use crate::chart::axis::Scale;
use crate::chart::palette::Palette;
use crate::engine::StartError;
use crate::engine::session::{Entry, EntryProgress, Session};
use crate::lang::{Lang, Text};

const LEFT_WIDTH: f32 = 280.0;
const TOML_WIDTH: f32 = 480.0;
const RIGHT_WIDTH: f32 = 300.0;
/// Of the panel below, with its margin.
const TABS_HEIGHT: f32 = 40.0;
/// The timeline gets at least so much; else the right panel makes room.
const TIMELINE_MIN: f32 = 560.0;

/// What the run screen shows and does not change.
pub struct RunContents<'a> {
    pub session: &'a Session,
    pub draft: &'a Draft,
    pub gallery: &'a Gallery,
    pub computer: &'a Computer,
    /// The imagined computer is at work.
    pub computing: bool,
    /// Why what is shown of the imagined computer is of an older set-up.
    pub behind: Option<Behind>,
    /// Why the imagined computer cannot run the set-up as it is.
    pub refused: Option<&'a StartError>,
    pub calibration: &'a Calibration,
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
    let newest = view.shown_of(contents.session);
    if !newest.is_empty() {
        view.lanes.update(&newest, view.timeline.lane_by, settings.lang, ui.ctx());
    }
    predict(ui, contents, &newest, view, settings.predicted);
    // All panels show the same moment of a run.
    let seen = view.lanes.seen(&newest);
    let shown: Vec<&Entry> = seen.iter().collect();
    let panel = panel_frame(palette);
    if settings.folds.left {
        unfold_ui(ui, Side::Left, &mut settings.folds.left, settings.lang);
    } else {
        // Lines of a scenario as TOML are wide.
        let as_toml = view.left == LeftTab::Workload && view.setup.toml_shown().is_some();
        let room = (ui.available_width() - TIMELINE_MIN).max(LEFT_WIDTH);
        let width = if as_toml { TOML_WIDTH.min(room) } else { LEFT_WIDTH };
        Panel::left("left").exact_size(width).resizable(false).frame(panel).show(ui, |ui| {
            left_ui(ui, contents, view, settings, commands);
        });
    }
    view.messages = Place::UnderBar;
    let suits_orders = orders::suits(contents.draft.scenario());
    if suits_orders && view.center == Center::Orders {
        return middle_ui(ui, |ui| {
            center_tabs_ui(ui, view, settings.lang);
            orders::orders_ui(ui, contents.draft, &mut view.orders, context, commands);
        });
    }
    // The room of a folded panel is the timeline's: it lets no other panel in.
    let folded = if settings.folds.left { LEFT_WIDTH } else { 0.0 };
    let has_room_beside = ui.available_width() - folded >= RIGHT_WIDTH + TIMELINE_MIN;
    view.details_below = !has_room_beside;
    if has_room_beside && view.bottom == BottomTab::Details {
        view.bottom = BottomTab::Overview;
    }
    timeline::follow_replay(ui, &shown, &mut view.timeline);
    if settings.folds.bottom {
        unfold_ui(ui, Side::Bottom, &mut settings.folds.bottom, settings.lang);
    } else {
        bottom_panel_ui(ui, contents, &shown, view, settings, commands);
    }
    if settings.folds.right {
        unfold_ui(ui, Side::Right, &mut settings.folds.right, settings.lang);
    } else if has_room_beside {
        Panel::right("right").exact_size(RIGHT_WIDTH).resizable(false).frame(panel).show(ui, |ui| {
            settings.folds.right |= fold_button_ui(
                ui,
                "›",
                Text::new("Fold the right panel", "Recolher o painel direito").get(settings.lang),
            );
            inspector::inspector_ui(ui, &shown, &mut view.timeline, &mut view.lanes, context);
        });
    }
    if settings.folds.right || !has_room_beside {
        // Over the axis and the row of tabs.
        view.messages = Place::Above(ui.available_rect_before_wrap().bottom() + TABS_HEIGHT);
    }
    let pinned = view.timeline.pinned;
    middle_ui(ui, |ui| {
        if suits_orders {
            center_tabs_ui(ui, view, settings.lang);
        }
        if let Some(error) = contents.refused {
            refused_ui(ui, error, settings.lang);
        }
        if shown.is_empty() {
            view.plan(contents.draft);
        }
        let planned = view.planned.iter().flat_map(|(_, entries)| entries).filter(|_| shown.is_empty());
        let lanes: Vec<&Entry> = shown.iter().copied().chain(planned).collect();
        if lanes.is_empty() && contents.computing {
            return computing_ui(ui, settings.lang);
        }
        let baseline = |entry: &&Entry| Some((entry.id, contents.session.baseline_makespan(entry.id)?));
        view.lanes.measure_against(lanes.iter().filter_map(baseline));
        let room = ui.available_rect_before_wrap();
        let behind = contents.behind.filter(|_| shown.iter().any(|entry| entry.follows()));
        ui.scope(|ui| {
            if behind.is_some() && shown.iter().all(|entry| entry.follows()) {
                ui.multiply_opacity(behind::OPACITY);
            }
            timeline::timeline_ui(ui, &lanes, &mut view.timeline, &mut view.lanes, context);
        });
        settings.predicted = view.timeline.predicted;
        if let Some(behind) = behind.or_else(|| behind::of_measured(contents.draft, &shown)) {
            behind::behind_ui(ui, behind, behind::place(room, view.timeline.replay.is_some()), settings.lang);
        }
    });
    if !has_room_beside && view.timeline.pinned.is_some() && view.timeline.pinned != pinned {
        view.bottom = BottomTab::Details;
    }
}

/// What the imagined computer says of the measured runs, where the person asks for it, and never beside a measurement.
fn predict(ui: &Ui, contents: &RunContents<'_>, entries: &[&Entry], view: &mut RunView, asked: bool) {
    view.timeline.predicted = asked;
    let predictions = &mut view.lanes.predictions;
    if !asked {
        predictions.forget();
    } else if contents.session.is_running() || contents.calibration.is_under_way() {
        predictions.pause();
    } else {
        predictions.update(entries, contents.calibration.table(), ui.ctx());
    }
}

/// Where there was nothing before, and too much to draw its lanes empty.
fn computing_ui(ui: &mut Ui, lang: Lang) {
    let text = Text::new("Computing what it comes to…", "Calculando no que isso dá…").get(lang);
    ui.centered_and_justified(|ui| note_ui(ui, text));
}

/// Above what was there before.
fn refused_ui(ui: &mut Ui, error: &StartError, lang: Lang) {
    let ink = theme::color(theme::palette(ui).bad_end);
    ui.add(Label::new(RichText::new(refusal::text(error, lang)).color(ink)).wrap().selectable(true));
}

fn middle_ui(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(theme::color(palette.background)).inner_margin(Margin::symmetric(14, 8));
    CentralPanel::default().frame(frame).show(ui, add);
}

/// Where tasks share something: the runs, or every order of their steps.
fn center_tabs_ui(ui: &mut Ui, view: &mut RunView, lang: Lang) {
    let tabs = [
        (Center::Timelines, Text::new("Timelines", "Linhas do tempo").get(lang)),
        (Center::Orders, Text::new("Every order", "Todas as ordens").get(lang)),
    ];
    tabs_ui(ui, &mut view.center, &tabs);
}

fn panel_frame(palette: &Palette) -> Frame {
    Frame::new().fill(theme::color(palette.panel)).inner_margin(Margin::symmetric(12, 8))
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
    Bottom,
}

/// The thin edge that brings a folded panel back.
fn unfold_ui(ui: &mut Ui, side: Side, folded: &mut bool, lang: Lang) {
    let frame = Frame::new().fill(theme::color(theme::palette(ui).panel));
    let (panel, sign, name) = match side {
        Side::Left => (
            Panel::left("left-folded"),
            "▸",
            Text::new("Unfold the left panel (Ctrl B)", "Abrir o painel esquerdo (Ctrl B)"),
        ),
        Side::Right => {
            (Panel::right("right-folded"), "◂", Text::new("Unfold the right panel", "Abrir o painel direito"))
        }
        Side::Bottom => (
            Panel::bottom("bottom-folded"),
            "▴",
            Text::new("Unfold the panel below (Ctrl J)", "Abrir o painel de baixo (Ctrl J)"),
        ),
    };
    panel.exact_size(24.0).resizable(false).frame(frame).show(ui, |ui| {
        ui.centered_and_justified(|ui| {
            if icon_ui(ui, sign, name.get(lang)).clicked() {
                *folded = false;
            }
        });
    });
}

/// The button in a panel's upper right corner that folds it away; takes no room from what stands there.
fn fold_button_ui(ui: &mut Ui, sign: &str, name: &str) -> bool {
    let corner = ui.max_rect().right_top() + eframe::egui::vec2(-22.0, 2.0);
    let place = eframe::egui::Rect::from_min_size(corner, eframe::egui::vec2(22.0, 22.0));
    let mut corner = ui.new_child(eframe::egui::UiBuilder::new().id_salt("fold").max_rect(place));
    icon_ui(&mut corner, sign, name).clicked()
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
    ui.scope(|ui| {
        let fold = Text::new("Fold the left panel (Ctrl B)", "Recolher o painel esquerdo (Ctrl B)").get(lang);
        settings.folds.left |= fold_button_ui(ui, "‹", fold);
        tabs_ui(ui, &mut view.left, &tabs);
    });
    if view.left == LeftTab::Workload
        && let Some(toml) = view.setup.toml_shown()
    {
        // Beside the other tabs' scrolling: its text scrolls by itself.
        if !setup::toml_ui(ui, contents.draft, toml, lang, commands) {
            view.setup.leave_toml();
        }
        return;
    }
    ScrollArea::vertical().id_salt(("left", view.left as u8)).auto_shrink(false).show(ui, |ui| match view.left {
        LeftTab::Lesson => {
            let seen = lesson::lesson_ui(ui, contents.draft, contents.session, &mut view.lesson, lang, commands);
            if seen && contents.draft.scenario().lesson.is_some() {
                settings.lessons_done.insert(contents.draft.id.clone());
                lesson::next_ui(ui, contents.gallery.after(&contents.draft.id), lang, commands);
            }
        }
        LeftTab::Workload => {
            let contents = SetupContents {
                draft: contents.draft,
                calibration: contents.calibration,
                is_running: contents.session.is_running(),
            };
            setup::workload_ui(ui, contents, &mut view.setup, lang, commands);
        }
        LeftTab::Machine => setup::machine_ui(ui, contents, settings, lang, commands),
    });
}

/// As high as its share of the room, or as somebody drags it.
fn bottom_panel_ui(
    ui: &mut Ui,
    contents: &RunContents<'_>,
    shown: &[&Entry],
    view: &mut RunView,
    settings: &mut Settings,
    commands: &mut Commands,
) {
    let palette = theme::palette(ui);
    let context = PaintContext { palette, lang: settings.lang };
    let room = ui.available_height();
    let panel = Panel::bottom("bottom").resizable(true).frame(panel_frame(palette));
    // The panel remembers points; where the room is another one, its share of that is what it begins with.
    let wanted = bottom_height::height(settings.bottom_percent, room);
    let panel = if view.bottom_room.replace(room) == Some(room) {
        panel.default_size(wanted).size_range(bottom_height::range(room))
    } else {
        panel.exact_size(wanted)
    };
    let place = panel.show(ui, |ui| bottom_ui(ui, contents, shown, view, context, commands)).response.rect;
    // Settings are written when they change: once, when the edge is let go. Nobody else chooses: a zoomed text moves
    // the edge, too.
    if ui.input(|input| input.pointer.any_released())
        && let Some(percent) = bottom_height::chosen(place.height(), settings.bottom_percent, room)
    {
        settings.bottom_percent = percent;
    }
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
        (BottomTab::Details, Text::new("Details", "Detalhes").get(lang)),
    ];
    let shown_tabs = if view.details_below { &tabs[..] } else { &tabs[..3] };
    tabs_ui(ui, &mut view.bottom, shown_tabs);
    match view.bottom {
        BottomTab::Overview => overview_ui(ui, contents, shown, view, context),
        BottomTab::Events => events_ui(ui, shown, view, context),
        BottomTab::Details => inspector::inspector_ui(ui, shown, &mut view.timeline, &mut view.lanes, context),
        BottomTab::Runs => runs::runs_ui(ui, contents.session, &view.shown, &mut view.runs, lang, commands),
    }
}

/// The table of metrics, by itself where the person wants all of it, else with the busy cores and what happened.
fn overview_ui(ui: &mut Ui, contents: &RunContents<'_>, shown: &[&Entry], view: &mut RunView, context: PaintContext) {
    let room = ui.available_rect_before_wrap();
    ui.expand_to_include_rect(room);
    if view.metrics.wide && !shown.is_empty() {
        metrics::metrics_ui(ui, shown, contents.session, &mut view.metrics, Overflow::Scrolls, context);
    } else {
        parts_ui(ui, room, contents, shown, view, context);
    }
    if view.metrics.can_be_wide() && !shown.is_empty() {
        wide_ui(ui, room, &mut view.metrics.wide, context.lang);
    }
}

/// The parts of the overview side by side, or one above the other where there is no room.
fn parts_ui(
    ui: &mut Ui,
    room: eframe::egui::Rect,
    contents: &RunContents<'_>,
    shown: &[&Entry],
    view: &mut RunView,
    context: PaintContext,
) {
    const SIDE_BY_SIDE: f32 = 820.0;
    const GAP: f32 = 16.0;
    if room.width() < SIDE_BY_SIDE {
        ScrollArea::vertical().id_salt("overview").auto_shrink(false).show(ui, |ui| {
            metrics::metrics_ui(ui, shown, contents.session, &mut view.metrics, Overflow::Grows, context);
            what_happened_ui(ui, shown, &mut view.happened, Overflow::Grows, context);
            busy_ui(ui, shown, view, context);
        });
        return;
    }
    let (first, second) = (room.left() + room.width() * 0.47, room.left() + room.width() * 0.71);
    let column = |ui: &mut Ui, name: &str, from: f32, to: f32| {
        let place = room.with_min_x(from).with_max_x(to - GAP);
        ui.new_child(eframe::egui::UiBuilder::new().id_salt(name).max_rect(place))
    };
    let mut left = column(ui, "metrics", room.left(), first);
    metrics::metrics_ui(&mut left, shown, contents.session, &mut view.metrics, Overflow::Scrolls, context);
    let mut middle = column(ui, "busy", first, second);
    busy_ui(&mut middle, shown, view, context);
    let mut right = column(ui, "happened", second, room.right() + GAP);
    what_happened_ui(&mut right, shown, &mut view.happened, Overflow::Scrolls, context);
}

/// In the row of the tabs: whether the table has all of the room, or shares it with the charts.
fn wide_ui(ui: &mut Ui, room: eframe::egui::Rect, wide: &mut bool, lang: Lang) {
    const TABS: f32 = 38.0;
    let place = eframe::egui::Rect::from_min_max(
        eframe::egui::pos2(room.right() - 240.0, room.top() - TABS),
        eframe::egui::pos2(room.right(), room.top() - TABS + 24.0),
    );
    let layout = eframe::egui::Layout::right_to_left(eframe::egui::Align::Center);
    let mut corner = ui.new_child(eframe::egui::UiBuilder::new().id_salt("wide").max_rect(place).layout(layout));
    let text = if *wide {
        Text::new("table with the charts", "tabela com os gráficos")
    } else {
        Text::new("all columns of the table", "todas as colunas da tabela")
    };
    if link_ui(&mut corner, text.get(lang)).clicked() {
        *wide = !*wide;
    }
}

/// The events of the selected run, or of the one that is going on.
fn events_ui(ui: &mut Ui, shown: &[&Entry], view: &mut RunView, context: PaintContext) {
    let selected = view.timeline.selection().and_then(|target| shown.iter().find(|entry| entry.id == target.entry));
    let running = || shown.iter().find(|entry| entry.progress == EntryProgress::Running);
    let Some(entry) = selected.or_else(running).or_else(|| shown.last()) else {
        let text = Text::new("Every event of a run streams in here.", "Cada evento de uma execução aparece aqui.");
        note_ui(ui, text.get(context.lang));
        return;
    };
    section_ui(ui, &entry_title(entry, context.lang));
    events::events_ui(ui, entry, &mut view.events, context);
}

/// On the timeline's axis, with its cursor.
fn busy_ui(ui: &mut Ui, shown: &[&Entry], view: &mut RunView, context: PaintContext) {
    let axis = view.timeline.axis(&view.timeline.extent(shown), ui.available_width().max(1.0));
    let title = match axis.scale {
        Scale::Time => Text::new("Busy cores over time", "Núcleos ocupados no tempo"),
        Scale::Steps { .. } => Text::new("Busy cores, step by step", "Núcleos ocupados, passo a passo"),
    };
    section_ui(ui, title.get(context.lang));
    let before = view.timeline.cursor;
    view.busy.selected = view.timeline.selection().map(|target| target.entry);
    view.timeline.beside = busy::busy_ui(ui, shown, axis, view.timeline.now(), &mut view.busy, context);
    if view.timeline.beside.is_some_and(|pointed| Some(pointed) != before) {
        // The cursor's line was painted where it stood before.
        ui.request_repaint();
    }
}
