//! The thin bar on top: where you are, on what and how often to run, Run or Cancel with progress, export, help. Its
//! lower edge is the progress line.

use eframe::egui::{Align, Button, Color32, ComboBox, Frame, Layout, Panel, RichText, Stroke, TextEdit, Ui};

use super::commands::{Command, Commands};
use super::draft::{Draft, Edit};
use super::settings::Settings;
use super::setup::REPEATS_MAX;
use super::theme;
use super::view::{Screen, View};
use super::widgets::{icon_ui, primary_ui};
use super::words;
use crate::chart::palette::Theme;
use crate::engine::session::{Progress, Session};
use crate::host;
use crate::lang::{Lang, Text};
use crate::scenario::Machine;

const HEIGHT: f32 = 46.0;

pub fn topbar_ui(
    ui: &mut Ui,
    session: &Session,
    draft: &Draft,
    view: &mut View,
    settings: &mut Settings,
    commands: &mut Commands,
) {
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(theme::color(palette.panel)).inner_margin(eframe::egui::Margin::symmetric(14, 0));
    let bar = Panel::top("top").exact_size(HEIGHT).resizable(false).show_separator_line(false).frame(frame);
    let response = bar.show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            place_ui(ui, draft, view, settings.lang, commands);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                tools_ui(ui, session, view, settings, commands);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| match view.screen {
                    Screen::Home => search_ui(ui, view, settings.lang),
                    Screen::Run => run_ui(ui, session, draft, settings, commands),
                });
            });
        });
    });
    paint_progress(ui, response.response.rect, session.progress());
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
fn place_ui(ui: &mut Ui, draft: &Draft, view: &View, lang: Lang, commands: &mut Commands) {
    let palette = theme::palette(ui);
    ui.spacing_mut().item_spacing.x = 6.0;
    let mut brand = eframe::egui::text::LayoutJob::default();
    for (part, ink) in [("task", palette.text), ("lane", palette.accent)] {
        let format = eframe::egui::TextFormat::simple(theme::bold(15.0), theme::color(ink));
        brand.append(part, 0.0, format);
    }
    let home = ui.add(Button::new(brand).frame(false)).on_hover_text(words::LESSONS.get(lang));
    let mut go_home = home.clicked();
    if view.screen == Screen::Run {
        ui.add_space(8.0);
        let lessons = RichText::new(words::LESSONS.get(lang)).color(theme::color(palette.dim));
        go_home |= ui.add(Button::new(lessons).frame(false)).clicked();
        ui.label(RichText::new("›").color(theme::color(palette.dim)));
        let room = (ui.available_width() * 0.2).clamp(60.0, 240.0);
        ui.allocate_ui(eframe::egui::vec2(room, 24.0), |ui| {
            ui.add(eframe::egui::Label::new(draft.scenario().title(lang)).truncate());
        });
        ui.add_space(12.0);
    }
    if go_home {
        commands.push(Command::Home);
    }
}

fn search_ui(ui: &mut Ui, view: &mut View, lang: Lang) {
    let width = (ui.available_width() * 0.5).clamp(160.0, 320.0);
    ui.add_space(((ui.available_width() - width) / 2.0).max(8.0));
    let hint = Text::new("Search lessons  /", "Buscar lições  /").get(lang);
    let field = TextEdit::singleline(&mut view.home.search).hint_text(hint).desired_width(width);
    let response = ui.add(field).accessible_name(Text::new("Search lessons", "Buscar lições").get(lang));
    if std::mem::take(&mut view.home.focus_search) {
        response.request_focus();
    }
}

fn run_ui(ui: &mut Ui, session: &Session, draft: &Draft, settings: &mut Settings, commands: &mut Commands) {
    let lang = settings.lang;
    ui.spacing_mut().item_spacing.x = 8.0;
    // In both languages, also while progress is told.
    let narrow = ui.available_width() < 740.0;
    if !narrow {
        let slack = ui.available_width() - 640.0;
        ui.add_space((slack / 2.0).max(4.0));
        engine_ui(ui, lang);
    }
    cores_ui(ui, draft, lang, commands);
    repeats_ui(ui, settings);
    if session.is_running() {
        let cancel = format!("{}  Esc", words::CANCEL.get(lang));
        if ui.add(Button::new(cancel).min_size(eframe::egui::vec2(96.0, 28.0))).clicked() {
            commands.push(Command::Cancel);
        }
        if let Some(progress) = session.progress() {
            progress_ui(ui, progress, lang);
        }
    } else {
        let ready = !draft.models().is_empty() && !draft.requests().is_empty();
        let run = ui.add_enabled_ui(ready, |ui| primary_ui(ui, &format!("{}  ↵", words::RUN.get(lang)))).inner;
        let why = Text::new(
            "Choose at least one model and variant first.",
            "Escolha antes ao menos um modelo e uma variante.",
        );
        if run.on_disabled_hover_text(why.get(lang)).clicked() {
            commands.push(Command::Run);
        }
    }
}

/// Numbers keep their width: the text must not jump while a run grows.
fn progress_ui(ui: &mut Ui, progress: Progress, lang: Lang) {
    let of = Text::new("of", "de").get(lang);
    let now = (progress.runs_done + 1).min(progress.runs_total);
    let text = format!("{now} {of} {} · {:>3.0} %", progress.runs_total, progress.run_fraction * 100.0);
    ui.label(RichText::new(text).font(theme::mono(12.0)).color(theme::color(theme::palette(ui).dim)));
}

/// Measured here is all that this version can; the other way is shown and said to come.
fn engine_ui(ui: &mut Ui, lang: Lang) {
    let palette = theme::palette(ui);
    Frame::new().stroke(Stroke::new(1.0, theme::color(palette.line))).corner_radius(theme::FIELD_RADIUS).show(
        ui,
        |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.horizontal(|ui| {
                let here = RichText::new(Text::new("This computer", "Este computador").get(lang))
                    .font(theme::semibold(theme::BODY))
                    .color(theme::color(palette.on_accent));
                let measured = Text::new(
                    "Runs are real and measured on this computer.",
                    "As execuções são reais e medidas neste computador.",
                );
                ui.add(Button::selectable(true, here).fill(theme::color(palette.accent)).stroke(Stroke::NONE))
                    .on_hover_text(measured.get(lang));
                let there = Text::new("Imagined computer", "Computador imaginado").get(lang);
                let why = Text::new("Simulated runs", "Execuções simuladas").get(lang);
                ui.add_enabled(false, Button::selectable(false, there).fill(Color32::TRANSPARENT).stroke(Stroke::NONE))
                    .on_disabled_hover_text(format!("{why}: {}", words::NOT_AVAILABLE.get(lang)));
            });
        },
    );
}

fn cores_ui(ui: &mut Ui, draft: &Draft, lang: Lang, commands: &mut Commands) {
    let word = |cores: u32| {
        let text =
            words::plural(u64::from(cores), Text::new("{} core", "{} núcleo"), Text::new("{} cores", "{} núcleos"));
        text.fill(lang, &[&cores])
    };
    let own = draft.cores();
    let name = Text::new("How many cores runs may use", "Quantos núcleos as execuções podem usar").get(lang);
    let combo = ComboBox::from_id_salt("cores").width(76.0).selected_text(word(own)).show_ui(ui, |ui| {
        for cores in 1..=host::cores() {
            if ui.selectable_label(cores == own, word(cores)).clicked() && cores != own {
                let machine =
                    Machine { cores: (cores != host::cores()).then_some(cores), ..draft.scenario().machine.clone() };
                commands.push(Command::Edit(Edit::Machine(machine)));
            }
        }
    });
    combo.response.accessible_name(name).on_hover_text(name);
}

fn repeats_ui(ui: &mut Ui, settings: &mut Settings) {
    let lang = settings.lang;
    let name = Text::new(
        "How often each run is done; the median is shown",
        "Quantas vezes cada execução é feita; mostra-se a mediana",
    )
    .get(lang);
    let word = |repeats: u32| format!("× {repeats}");
    let combo = ComboBox::from_id_salt("repeats").width(48.0).selected_text(word(settings.repeats)).show_ui(ui, |ui| {
        for repeats in [1, 3, 5, 9, 15, 31].into_iter().filter(|repeats| *repeats <= REPEATS_MAX) {
            ui.selectable_value(&mut settings.repeats, repeats, word(repeats));
        }
    });
    combo.response.accessible_name(name).on_hover_text(name);
}

/// From the right edge inwards.
fn tools_ui(ui: &mut Ui, session: &Session, view: &View, settings: &Settings, commands: &mut Commands) {
    let lang = settings.lang;
    if icon_ui(ui, "?", words::HELP.get(lang)).clicked() {
        commands.push(Command::Help);
    }
    let (sign, other, name) = match settings.theme {
        Theme::Dark => ("○", Theme::Light, Text::new("Light colors", "Cores claras")),
        Theme::Light => ("●", Theme::Dark, Text::new("Dark colors", "Cores escuras")),
    };
    if icon_ui(ui, sign, name.get(lang)).clicked() {
        commands.push(Command::SetTheme(other));
    }
    let next = match lang {
        Lang::En => Lang::PtBr,
        Lang::PtBr => Lang::En,
    };
    if ui.button(next.name()).clicked() {
        commands.push(Command::SetLang(next));
    }
    if view.screen == Screen::Run {
        let any = session.entries().iter().any(|entry| entry.run.is_over());
        let export = ui.add_enabled(any, Button::new(words::EXPORT.get(lang)));
        let why = Text::new("There is no finished run yet.", "Ainda não há execução terminada.").get(lang);
        if export.on_hover_text("Ctrl E").on_disabled_hover_text(why).clicked() {
            commands.push(Command::OpenExport(None));
        }
    }
}
