//! What holds for the window as a whole: both languages, settings that last, and rest when nothing happens.

use eframe::egui;
use tasklane::chart::palette::Theme;
use tasklane::gui::AppOptions;
use tasklane::lang::{Lang, Text};

use super::{Window, open_short, run};

/// Every screen in both languages: an unlabelled input or a letter without a glyph panics.
#[test]
fn every_screen_speaks_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_short(folder.path());
    run(&mut window);
    for language in Lang::ALL {
        if window.harness.state().settings().lang != language {
            window.click(language.name());
        }
        let name = |text: Text| text.get(language);
        for tab in [
            Text::new("Workload", "Carga"),
            Text::new("Machine", "Máquina"),
            Text::new("Lesson", "Lição"),
            Text::new("Events", "Eventos"),
            Text::new("Runs", "Execuções"),
            Text::new("Metrics", "Métricas"),
        ] {
            window.click(name(tab));
        }
        window.click(name(Text::new("Help", "Ajuda")));
        window.click(name(Text::new("Close", "Fechar")));
        window.click(name(Text::new("Export", "Exportar")));
        window.click(name(Text::new("Cancel", "Cancelar")));
        window.click(name(Text::new("Lessons", "Lições")));
        assert!(window.has(name(Text::new("THE PATH", "O CAMINHO"))));
        window.click(name(Text::new("The cashiers", "Os caixas")));
    }
}

#[test]
fn settings_are_kept_from_start_to_start() {
    let folder = tempfile::tempdir().unwrap();
    let options = || AppOptions { settings_folder: Some(folder.path().to_owned()), ..AppOptions::default() };
    let mut window = Window::open_sized(egui::vec2(1600.0, 1000.0), options());
    window.click("Light colors");
    window.click("Português");
    drop(window);
    let window = Window::open_sized(egui::vec2(1600.0, 1000.0), options());
    assert_eq!(window.harness.state().settings().lang, Lang::PtBr);
    assert_eq!(window.harness.state().settings().theme, Theme::Light);
}

#[test]
fn an_idle_window_does_not_repaint() {
    let mut window = Window::open();
    assert!(window.harness.run_ok().is_some(), "the home screen keeps repainting");
    window.click("The cashiers");
    assert!(window.harness.run_ok().is_some(), "the run screen keeps repainting");
}
