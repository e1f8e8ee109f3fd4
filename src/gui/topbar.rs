//! The thin bar on top: where you are, on what and how often to run, Run or Cancel with progress, export, help. Its
//! lower edge is the progress line.

use eframe::egui::{
    Align, Button, Color32, ComboBox, FontId, Frame, Key, Layout, Panel, Response, RichText, Role, Stroke, TextEdit,
    Ui, WidgetInfo,
};

use super::commands::{Command, Commands};
use super::draft::{Draft, Edit, VariantsWithCores};
use super::number_field::{NumberField, number_ui};
use super::settings::Settings;
use super::setup::REPEATS_MAX;
use super::theme;
use super::view::{Screen, View};
use super::widgets::{icon_ui, option_ui, primary_ui};
use super::words;
use crate::chart::palette::Theme;
use crate::engine::session::{Progress, Session};
use crate::host;
use crate::lang::{Lang, Text};
use crate::scenario::Engine;
use crate::simulate::CORES_MAX;

const HEIGHT: f32 = 46.0;

/// What of the bar has room, in points: large text makes a window small.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Room {
    /// Name, engine, cores and Run; the rest behind one button.
    Least,
    /// Tools behind one button.
    Little,
    Enough,
}

impl Room {
    fn of(width: f32, needed: f32) -> Self {
        match width {
            ..640.0 => Room::Least,
            width if width < needed => Room::Little,
            _ => Room::Enough,
        }
    }
}

/// The title of what is open is cut before anything else is.
const TITLE_MIN: f32 = 60.0;
const TITLE_MAX: f32 = 240.0;

/// How wide the bar has to be for everything in it: languages differ.
fn needed(ui: &Ui, lang: Lang) -> f32 {
    /// The place, the shortest title, the fields, the signs, and what lies between.
    const BESIDE_WORDS: f32 = 722.0;
    let font = FontId::proportional(theme::BODY);
    let width = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), Color32::WHITE).size().x;
    let words = [words::RUN.get(lang), words::EXPORT.get(lang), other_language(lang).name()];
    BESIDE_WORDS + words.into_iter().map(width).sum::<f32>()
}

/// What the bar shows and does not change.
pub struct TopContents<'a> {
    pub session: &'a Session,
    pub draft: &'a Draft,
    /// Of what is under way and can be cancelled.
    pub progress: Option<Progress>,
    pub on_run: OnRun,
}

/// What pressing the great button does; the key Enter does the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRun {
    Measure,
    /// Shows what the imagined computer comes to.
    Simulate,
    /// Keeps what is shown of it.
    Keep,
}

impl OnRun {
    /// Its word, and what that means where the word alone does not say it.
    fn words(self) -> (Text, Option<Text>) {
        match self {
            OnRun::Measure => (words::RUN, None),
            OnRun::Simulate => (
                Text::new("Simulate", "Simular"),
                Some(Text::new(
                    "Shows what the imagined computer comes to; from then on it follows every change by itself.",
                    "Mostra a que o computador imaginado chega; daí em diante acompanha cada mudança sozinho.",
                )),
            ),
            OnRun::Keep => (
                Text::new("Keep", "Guardar"),
                Some(Text::new(
                    "What you see follows every change by itself. This keeps it as it is, to compare it with later runs.",
                    "O que você vê acompanha cada mudança sozinho. Isto guarda como está, para comparar com as próximas.",
                )),
            ),
        }
    }
}

pub fn topbar_ui(
    ui: &mut Ui,
    contents: &TopContents<'_>,
    view: &mut View,
    settings: &mut Settings,
    commands: &mut Commands,
) {
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(theme::color(palette.panel)).inner_margin(eframe::egui::Margin::symmetric(14, 0));
    let bar = Panel::top("top").exact_size(HEIGHT).resizable(false).show_separator_line(false).frame(frame);
    let response = bar.show(ui, |ui| {
        let (width, needed) = (ui.available_width(), needed(ui, settings.lang));
        let room = Room::of(width, needed);
        let title = (TITLE_MIN + width - needed).clamp(TITLE_MIN, TITLE_MAX);
        ui.horizontal_centered(|ui| {
            place_ui(ui, contents.draft, view, (room, title), settings.lang, commands);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if room == Room::Enough {
                    let search = width >= needed + SEARCH_WIDTH;
                    tools_ui(ui, contents.session, view, settings, search, commands);
                } else {
                    let name = Text::new(
                        "More: search, export, language, colors, help",
                        "Mais: buscar, exportar, idioma, cores, ajuda",
                    );
                    let more =
                        ui.menu_button("…", |ui| tools_ui(ui, contents.session, view, settings, true, commands));
                    more.response.accessible_name(name.get(settings.lang)).on_hover_text(name.get(settings.lang));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| match view.screen {
                    Screen::Home => search_ui(ui, view, settings.lang, commands),
                    Screen::Run => run_ui(ui, contents, room, settings, commands),
                });
            });
        });
    });
    paint_progress(ui, response.response.rect, contents.progress);
}

fn paint_progress(ui: &Ui, bar: eframe::egui::Rect, progress: Option<Progress>) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    painter.hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, theme::color(palette.line)));
    if let Some(progress) = progress {
        let right = bar.left() + bar.width() * fraction(progress);
        let stroke = Stroke::new(2.0, theme::color(palette.accent));
        painter.hline(bar.left()..=right, bar.bottom() - 1.0, stroke);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a share of some pixels")]
fn fraction(progress: Progress) -> f32 {
    let done = f64::from(progress.runs_done) + progress.run_fraction;
    (done / f64::from(progress.runs_total.max(1))).clamp(0.0, 1.0) as f32
}

/// The name, which leads home, and the way to where you are.
fn place_ui(ui: &mut Ui, draft: &Draft, view: &View, room: (Room, f32), lang: Lang, commands: &mut Commands) {
    let (room, title) = room;
    let palette = theme::palette(ui);
    ui.spacing_mut().item_spacing.x = 6.0;
    let mut brand = eframe::egui::text::LayoutJob::default();
    for (part, ink) in [("task", palette.text), ("lane", palette.accent)] {
        let format = eframe::egui::TextFormat::simple(theme::bold(15.0), theme::color(ink));
        brand.append(part, 0.0, format);
    }
    let home = ui.add(Button::new(brand).frame(false)).on_hover_text(words::LESSONS.get(lang));
    let mut go_home = home.clicked();
    if view.screen == Screen::Run && room > Room::Least {
        ui.add_space(8.0);
        let lessons = RichText::new(words::LESSONS.get(lang)).color(theme::color(palette.dim));
        if room == Room::Enough {
            go_home |= ui.add(Button::new(lessons).frame(false)).clicked();
        }
        ui.label(RichText::new("›").color(theme::color(palette.dim)));
        ui.allocate_ui(eframe::egui::vec2(title, 24.0), |ui| {
            ui.add(eframe::egui::Label::new(draft.scenario().title(lang)).truncate());
        });
        ui.add_space(12.0);
    }
    if go_home {
        commands.push(Command::Home);
    }
}

/// Enter opens what is found first, Esc gives the search up.
fn search_ui(ui: &mut Ui, view: &mut View, lang: Lang, commands: &mut Commands) {
    let width = (ui.available_width() * 0.5).clamp(160.0, 320.0);
    ui.add_space(((ui.available_width() - width) / 2.0).max(8.0));
    let hint = Text::new("Search lessons, runs, commands  /", "Buscar lições, execuções, comandos  /").get(lang);
    let field = TextEdit::singleline(&mut view.home.search).hint_text(hint).desired_width(width);
    let response = ui.add(field).accessible_name(Text::new("Search lessons", "Buscar lições").get(lang));
    if std::mem::take(&mut view.home.focus_search) {
        response.request_focus();
    }
    if response.lost_focus() {
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        if pressed(Key::Enter) && !view.home.search.trim().is_empty() {
            commands.push(Command::OpenFound(view.home.search.clone()));
        } else if pressed(Key::Escape) {
            view.home.search.clear();
        }
    }
}

fn run_ui(ui: &mut Ui, contents: &TopContents<'_>, room: Room, settings: &mut Settings, commands: &mut Commands) {
    let (lang, draft) = (settings.lang, contents.draft);
    ui.spacing_mut().item_spacing.x = 8.0;
    // In both languages, also while progress is told.
    let narrow = ui.available_width() < 740.0;
    if !narrow {
        let slack = ui.available_width() - 640.0;
        ui.add_space((slack / 2.0).max(4.0));
    }
    engine_ui(ui, draft, narrow, lang, commands);
    match draft.engine() {
        Engine::Measured => cores_ui(ui, draft, lang, commands),
        Engine::Simulated => imagined_cores_ui(ui, draft, lang, commands),
    }
    if room > Room::Least {
        repeats_ui(ui, draft, settings);
    }
    let running = contents.session.is_running() || contents.progress.is_some();
    if running {
        let cancel = format!("{}  Esc", words::CANCEL.get(lang));
        if ui.add(Button::new(cancel).min_size(eframe::egui::vec2(96.0, 28.0))).clicked() {
            commands.push(Command::Cancel);
        }
        if let Some(progress) = contents.progress.filter(|_| ui.available_width() > PROGRESS_WIDTH) {
            progress_ui(ui, progress, lang);
        }
        return;
    }
    let ready = !draft.models().is_empty() && !draft.requests().is_empty();
    let (word, what) = contents.on_run.words();
    let run = ui.add_enabled_ui(ready, |ui| primary_ui(ui, &format!("{}  ↵", word.get(lang)))).inner;
    let why =
        Text::new("Choose at least one model and variant first.", "Escolha antes ao menos um modelo e uma variante.");
    let mut run = run.on_disabled_hover_text(why.get(lang));
    if let Some(what) = what {
        run = run.on_hover_text(what.get(lang));
    }
    if run.clicked() {
        commands.push(Command::Run);
    }
}

/// `10 of 10 · 100 %`, in both languages.
const PROGRESS_WIDTH: f32 = 140.0;

/// Numbers keep their width: the text must not jump while a run grows.
fn progress_ui(ui: &mut Ui, progress: Progress, lang: Lang) {
    let of = Text::new("of", "de").get(lang);
    let now = (progress.runs_done + 1).min(progress.runs_total);
    let share = progress.run_fraction * 100.0;
    let text = format!("{now} {of} {} · {share:>3.0} %", progress.runs_total);
    ui.label(RichText::new(text).font(theme::mono(12.0)).color(theme::color(theme::palette(ui).dim)));
}

/// Where runs take place. In a narrow bar, one word each.
fn engine_ui(ui: &mut Ui, draft: &Draft, narrow: bool, lang: Lang, commands: &mut Commands) {
    let here = (
        Text::new("This computer", "Este computador"),
        Text::new("Real", "Real"),
        Text::new("Runs are real and measured on this computer.", "As execuções são reais e medidas neste computador."),
    );
    let there = (
        Text::new("Imagined computer", "Computador imaginado"),
        Text::new("Imagined", "Imaginado"),
        Text::new(
            "Runs are simulated on a computer that you describe under Machine: at once, the same each time, and anew with every change.",
            "As execuções são simuladas em um computador que você descreve em Máquina: na hora, sempre iguais e de novo a cada mudança.",
        ),
    );
    let palette = theme::palette(ui);
    let edge = Stroke::new(1.0, theme::color(palette.line));
    Frame::new().stroke(edge).corner_radius(theme::FIELD_RADIUS).show(ui, |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.horizontal(|ui| {
            for (engine, (name, short, what)) in [(Engine::Measured, here), (Engine::Simulated, there)] {
                let on = draft.engine() == engine;
                let (fill, ink) = if on {
                    (theme::color(palette.accent), palette.on_accent)
                } else {
                    (Color32::TRANSPARENT, palette.text)
                };
                let text = RichText::new(if narrow { short } else { name }.get(lang)).color(theme::color(ink));
                let text = if on { text.font(theme::semibold(theme::BODY)) } else { text };
                let response = ui.add(Button::selectable(on, text).fill(fill).stroke(Stroke::NONE));
                response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, name.get(lang)));
                if response.on_hover_text(what.get(lang)).clicked() && !on {
                    commands.push(Command::Edit(Edit::Engine(engine)));
                }
            }
        });
    });
}

/// How many cores there are is for the person to say: drag the number, or type it.
fn imagined_cores_ui(ui: &mut Ui, draft: &Draft, lang: Lang, commands: &mut Commands) {
    let mut cores = draft.cores();
    let suffix = if cores == 1 { Text::new(" core", " núcleo") } else { Text::new(" cores", " núcleos") };
    let name = Text::new("How many cores the imagined computer has", "Quantos núcleos o computador imaginado tem");
    let own = draft.variants_with_cores();
    let field = NumberField { suffix: suffix.get(lang), ..NumberField::whole(1.0..=f64::from(CORES_MAX)) };
    let field = |ui: &mut Ui| number_ui(ui, &mut cores, &field, lang);
    let response = ui.add_enabled_ui(own != VariantsWithCores::All, |ui| ui.add_sized([90.0, 24.0], field)).inner;
    let response = response.accessible_name(name.get(lang)).on_hover_text(name.get(lang));
    let response = match own.words() {
        Some(why) => response.on_disabled_hover_text(why.get(lang)),
        None => response,
    };
    if response.changed() && cores != draft.cores() {
        commands.push(Command::Edit(Edit::Machine(draft.machine_with_cores(cores))));
    }
}

fn cores_ui(ui: &mut Ui, draft: &Draft, lang: Lang, commands: &mut Commands) {
    let word = |cores: u32| {
        let text =
            words::plural(u64::from(cores), Text::new("{} core", "{} núcleo"), Text::new("{} cores", "{} núcleos"));
        text.fill(lang, &[&cores])
    };
    let own = draft.cores();
    let name = Text::new("How many cores runs may use", "Quantos núcleos as execuções podem usar").get(lang);
    let by_variants = draft.variants_with_cores();
    let combo = ui.add_enabled_ui(by_variants != VariantsWithCores::All, |ui| {
        ComboBox::from_id_salt("cores").width(76.0).selected_text(word(own)).show_ui(ui, |ui| {
            for cores in 1..=host::cores() {
                if option_ui(ui, cores == own, &word(cores)) && cores != own {
                    commands.push(Command::Edit(Edit::Machine(draft.machine_with_cores(cores))));
                }
            }
        })
    });
    let response = combo.inner.response.accessible_name(name).on_hover_text(name);
    if let Some(why) = by_variants.words() {
        response.on_disabled_hover_text(why.get(lang));
    }
}

fn repeats_ui(ui: &mut Ui, draft: &Draft, settings: &mut Settings) {
    let lang = settings.lang;
    if draft.is_imagined() {
        let once = Text::new(
            "Once is enough: an imagined run is the same each time.",
            "Uma vez basta: uma execução imaginada é sempre igual.",
        );
        let mark = RichText::new("× 1").color(theme::color(theme::palette(ui).dim));
        ui.add_enabled(false, Button::new(mark).min_size(eframe::egui::vec2(58.0, 24.0)))
            .on_disabled_hover_text(once.get(lang));
        return;
    }
    let name = Text::new(
        "How often each run is done; the median is shown",
        "Quantas vezes cada execução é feita; mostra-se a mediana",
    )
    .get(lang);
    let word = |repeats: u32| format!("× {repeats}");
    let combo = ComboBox::from_id_salt("repeats").width(48.0).selected_text(word(settings.repeats)).show_ui(ui, |ui| {
        for repeats in [1, 3, 5, 9, 15, 31].into_iter().filter(|repeats| *repeats <= REPEATS_MAX) {
            if option_ui(ui, settings.repeats == repeats, &word(repeats)) {
                settings.repeats = repeats;
            }
        }
    });
    combo.response.accessible_name(name).on_hover_text(name);
}

fn other_language(lang: Lang) -> Lang {
    match lang {
        Lang::En => Lang::PtBr,
        Lang::PtBr => Lang::En,
    }
}

/// What the button that searches takes, with enough left for the title of what is open.
const SEARCH_WIDTH: f32 = 180.0;

/// From the right edge inwards. `search`: there is room for that, too.
fn tools_ui(ui: &mut Ui, session: &Session, view: &View, settings: &Settings, search: bool, commands: &mut Commands) {
    let lang = settings.lang;
    if icon_ui(ui, "?", words::HELP.get(lang)).clicked() {
        commands.push(Command::Help);
    }
    let (other, name) = match settings.theme {
        Theme::Dark => (Theme::Light, Text::new("Light colors", "Cores claras")),
        Theme::Light => (Theme::Dark, Text::new("Dark colors", "Cores escuras")),
    };
    if theme_ui(ui, name.get(lang)).clicked() {
        commands.push(Command::SetTheme(other));
    }
    let next = other_language(lang);
    if ui.button(next.name()).clicked() {
        commands.push(Command::SetLang(next));
    }
    if view.screen == Screen::Run {
        let export = ui.add_enabled(view.run.shows_finished(session), Button::new(words::EXPORT.get(lang)));
        let why = Text::new("No finished run is shown.", "Nenhuma execução terminada está à mostra.").get(lang);
        if export.on_hover_text("Ctrl E").on_disabled_hover_text(why).clicked() {
            commands.push(Command::OpenExport(None));
        }
        let what = Text::new("Find a run, a command, a lesson", "Encontrar uma execução, um comando, uma lição");
        let find = format!("{}  Ctrl K", Text::new("Search", "Buscar").get(lang));
        if search && ui.button(find).on_hover_text(what.get(lang)).clicked() {
            commands.push(Command::Find);
        }
    }
}

/// A disc half light, half dark: a whole one looks like a lamp that tells something.
fn theme_ui(ui: &mut Ui, name: &str) -> Response {
    const RADIUS: f32 = 6.0;
    const ARC: u8 = 16;
    let response = icon_ui(ui, "", name);
    let ink = theme::color(theme::palette(ui).dim);
    let center = response.rect.center();
    let on_arc = |at: u8| {
        let angle = std::f32::consts::PI * (f32::from(at) / f32::from(ARC) - 0.5);
        center + RADIUS * eframe::egui::Vec2::angled(angle)
    };
    ui.painter().circle_stroke(center, RADIUS, Stroke::new(1.2, ink));
    let half = (0..=ARC).map(on_arc).collect();
    ui.painter().add(eframe::egui::Shape::convex_polygon(half, ink, Stroke::NONE));
    response
}
