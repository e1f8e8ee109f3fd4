//! The home screen's two side columns: the path through the chapters, and where the person was.

use eframe::egui::{RichText, Ui};

use super::{HomeContents, HomeView};
use crate::engine::session::Entry;
use crate::gui::commands::{Browse, Command, Commands};
use crate::gui::computer::computer_ui;
use crate::gui::theme;
use crate::gui::widgets::{card_frame, link_ui, note_ui, primary_ui, row_ui, section_ui};
use crate::lang::Text;
use crate::scenario::catalog;

/// Above a section's head, beside what every head has.
const SECTION_GAP: f32 = 8.0;

/// The chapters, each with how many of its lessons are done.
pub fn path_ui(ui: &mut Ui, contents: &HomeContents<'_>, view: &mut HomeView, commands: &mut Commands) {
    let lang = contents.lang;
    ui.spacing_mut().item_spacing.y = 4.0;
    section_ui(ui, Text::new("The path", "O caminho").get(lang));
    for chapter in &catalog::CHAPTERS {
        let total = contents.gallery.of_chapter(chapter).count();
        let done = contents
            .gallery
            .of_chapter(chapter)
            .filter(|lesson| contents.settings.lessons_done.contains(lesson.id))
            .count();
        let selected = view.chapter() == Some(chapter.id);
        if total == 0 {
            let later = Text::new(
                "The lessons of this chapter are not available in this version.",
                "As lições deste capítulo não estão disponíveis nesta versão.",
            );
            ui.add_enabled_ui(false, |ui| row_ui(ui, false, chapter.title.get(lang), "–"))
                .inner
                .on_disabled_hover_text(later.get(lang));
        } else if row_ui(ui, selected, chapter.title.get(lang), &format!("{done}/{total}")).clicked() {
            view.search.clear();
            view.scroll_to = Some(chapter.id);
            view.asked = Some(chapter.id);
        }
    }
    ui.add_space(SECTION_GAP);
    section_ui(ui, Text::new("Yours", "Seus").get(lang));
    if row_ui(ui, false, Text::new("Open a file…", "Abrir um arquivo…").get(lang), "Ctrl O").clicked() {
        commands.push(Command::Browse(Browse::Open));
    }
    ui.add_space(8.0);
    if primary_ui(ui, Text::new("+ New workload", "+ Nova carga").get(lang)).clicked() {
        commands.push(Command::NewWorkload);
    }
}

/// Go on where you were, recent files, this machine.
pub fn where_ui(ui: &mut Ui, contents: &HomeContents<'_>, commands: &mut Commands) {
    let lang = contents.lang;
    ui.spacing_mut().item_spacing.y = 4.0;
    section_ui(ui, Text::new("Go on where you were", "Continuar de onde parou").get(lang));
    go_on_ui(ui, contents, commands);
    ui.add_space(SECTION_GAP);
    section_ui(ui, Text::new("Recent files", "Arquivos recentes").get(lang));
    if contents.settings.recent.is_empty() {
        note_ui(ui, Text::new("Scenarios and runs you open or save are listed here. You can drop files on the window too.", "Cenários e execuções que você abrir ou salvar aparecem aqui. Também dá para soltar arquivos na janela.").get(lang));
    }
    for path in &contents.settings.recent {
        let name =
            path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        if link_ui(ui, &name).on_hover_text(path.display().to_string()).clicked() {
            commands.push(Command::OpenPath(path.clone()));
        }
    }
    ui.add_space(SECTION_GAP);
    section_ui(ui, Text::new("This machine", "Esta máquina").get(lang));
    computer_ui(ui, contents.computer, lang);
}

fn go_on_ui(ui: &mut Ui, contents: &HomeContents<'_>, commands: &mut Commands) {
    let lang = contents.lang;
    let last = contents.settings.last.as_deref();
    let lesson = || contents.gallery.lessons.iter().find(|lesson| Some(lesson.id) == last);
    let (id, title, command) = if let Some(draft) = contents.open {
        (draft.id.as_str(), draft.scenario().title(lang), Command::GoOn)
    } else if let Some(lesson) = lesson() {
        (lesson.id, lesson.scenario.title(lang), Command::OpenBuiltIn(lesson.id))
    } else {
        note_ui(ui, Text::new("Nothing yet: open the first card.", "Nada ainda: abra o primeiro cartão.").get(lang));
        return;
    };
    let is_run = |entry: &&Entry| entry.run.scenario_id == id && !entry.follows();
    let runs = contents.session.entries().iter().filter(is_run).count();
    let done = if runs == 1 {
        Text::new("{} run in this session", "{} execução nesta sessão")
    } else {
        Text::new("{} runs in this session", "{} execuções nesta sessão")
    };
    card_frame(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let title = RichText::new(title).font(theme::semibold(theme::BODY));
        ui.label(title);
        if runs > 0 {
            note_ui(ui, &done.fill(lang, &[&runs]));
        }
        if link_ui(ui, Text::new("go on →", "continuar →").get(lang)).clicked() {
            commands.push(command);
        }
    });
}
