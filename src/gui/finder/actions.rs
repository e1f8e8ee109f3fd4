//! Every command that has a name: what it is called, its key, and when it can be given. A new one is one more row.

use crate::chart::lanes::LaneBy;
use crate::chart::palette::Theme;
use crate::engine::session::Session;
use crate::gui::commands::{Browse, Command};
use crate::gui::draft::{Draft, Edit};
use crate::gui::home::Gallery;
use crate::gui::orders;
use crate::gui::settings::Settings;
use crate::gui::view::{Center, RunView, Screen};
use crate::gui::zoom;
use crate::lang::{Lang, Text};
use crate::scenario::Engine;

/// What the window is at: which commands make sense depends on it.
pub struct Now<'a> {
    pub session: &'a Session,
    pub draft: &'a Draft,
    pub settings: &'a Settings,
    pub gallery: &'a Gallery,
    pub screen: Screen,
    /// A set-up is open, perhaps behind the home screen.
    pub opened: bool,
    pub lane_by: LaneBy,
    pub center: Center,
    /// Something is measured or computed, and can be cancelled.
    pub running: bool,
    /// The costs of this computer are being measured.
    pub calibrating: bool,
    /// What the run screen shows.
    pub on_screen: &'a RunView,
}

impl Now<'_> {
    pub fn lang(&self) -> Lang {
        self.settings.lang
    }

    fn on_run_screen(&self) -> bool {
        self.screen == Screen::Run
    }
}

pub struct Action {
    pub name: Text,
    /// The key that does the same.
    pub key: Option<&'static str>,
    /// `None`: it would do nothing now.
    pub command: fn(&Now<'_>) -> Option<Command>,
}

const fn action(name: Text, key: Option<&'static str>, command: fn(&Now<'_>) -> Option<Command>) -> Action {
    Action { name, key, command }
}

pub static ACTIONS: [Action; 27] = [
    action(Text::new("Run", "Executar"), Some("Enter"), |now| {
        let ready = now.on_run_screen() && !now.running && !now.draft.requests().is_empty();
        ready.then_some(Command::Run)
    }),
    action(Text::new("Cancel", "Cancelar"), Some("Esc"), |now| now.running.then_some(Command::Cancel)),
    action(Text::new("On this computer", "Neste computador"), None, |now| engine(now, Engine::Measured)),
    action(Text::new("On the imagined computer", "No computador imaginado"), None, |now| {
        engine(now, Engine::Simulated)
    }),
    action(Text::new("Show what was predicted", "Mostrar o que foi previsto"), None, |now| {
        (now.on_run_screen() && !now.settings.predicted).then_some(Command::ShowPredicted(true))
    }),
    action(Text::new("Hide what was predicted", "Esconder o que foi previsto"), None, |now| {
        (now.on_run_screen() && now.settings.predicted).then_some(Command::ShowPredicted(false))
    }),
    action(Text::new("Lanes by task", "Faixas por tarefa"), None, |now| lanes(now, LaneBy::Task)),
    action(Text::new("Lanes by worker", "Faixas por trabalhador"), None, |now| lanes(now, LaneBy::Worker)),
    action(Text::new("Lanes by core", "Faixas por núcleo"), None, |now| lanes(now, LaneBy::Core)),
    action(Text::new("Explore every order of the steps", "Explorar todas as ordens dos passos"), None, |now| {
        center(now, Center::Orders)
    }),
    action(Text::new("Back to the timelines", "Voltar às linhas do tempo"), None, |now| {
        center(now, Center::Timelines)
    }),
    action(Text::new("Undo a change of the set-up", "Desfazer uma mudança da configuração"), Some("Ctrl Z"), |now| {
        (now.on_run_screen() && now.draft.can_undo()).then_some(Command::Undo)
    }),
    action(Text::new("Redo it", "Refazer a mudança"), Some("Ctrl Shift Z"), |now| {
        (now.on_run_screen() && now.draft.can_redo()).then_some(Command::Redo)
    }),
    action(
        Text::new("Export charts, figures and runs", "Exportar gráficos, números e execuções"),
        Some("Ctrl E"),
        |now| (now.on_run_screen() && now.on_screen.shows_finished(now.session)).then_some(Command::OpenExport(None)),
    ),
    action(Text::new("Save the workload as a scenario", "Salvar a carga como cenário"), Some("Ctrl S"), |now| {
        now.on_run_screen().then_some(Command::OpenSave)
    }),
    action(Text::new("Open a scenario or a run", "Abrir um cenário ou uma execução"), Some("Ctrl O"), |_| {
        Some(Command::Browse(Browse::Open))
    }),
    action(Text::new("New workload", "Nova carga"), None, |_| Some(Command::NewWorkload)),
    action(
        Text::new("Measure what things cost on this computer", "Medir quanto as coisas custam neste computador"),
        None,
        |now| (!now.session.is_running() && !now.calibrating).then_some(Command::Calibrate),
    ),
    action(Text::new("All lessons", "Todas as lições"), None, |now| now.on_run_screen().then_some(Command::Home)),
    action(Text::new("Back to what is open", "Voltar ao que está aberto"), None, |now| {
        (!now.on_run_screen() && now.opened).then_some(Command::GoOn)
    }),
    action(Text::new("Light colors", "Cores claras"), None, |now| theme(now, Theme::Light)),
    action(Text::new("Dark colors", "Cores escuras"), None, |now| theme(now, Theme::Dark)),
    action(Text::new("Zoom in: everything larger", "Ampliar: tudo maior"), Some("Ctrl +"), |now| {
        zoom::larger(now.settings.zoom_percent).map(Command::Zoom)
    }),
    action(Text::new("Zoom out: everything smaller", "Reduzir: tudo menor"), Some("Ctrl −"), |now| {
        zoom::smaller(now.settings.zoom_percent).map(Command::Zoom)
    }),
    action(Text::new("Zoom back: the usual size", "Zoom normal: o tamanho de costume"), Some("Ctrl 0"), |now| {
        (now.settings.zoom_percent != zoom::USUAL).then_some(Command::Zoom(zoom::USUAL))
    }),
    action(Text::new("Em português", "In English"), None, |now| {
        Some(Command::SetLang(if now.lang() == Lang::En { Lang::PtBr } else { Lang::En }))
    }),
    action(Text::new("Help", "Ajuda"), Some("?"), |_| Some(Command::Help)),
];

fn engine(now: &Now<'_>, engine: Engine) -> Option<Command> {
    let other = now.on_run_screen() && !now.session.is_running() && now.draft.engine() != engine;
    other.then_some(Command::Edit(Edit::Engine(engine)))
}

fn lanes(now: &Now<'_>, by: LaneBy) -> Option<Command> {
    (now.on_run_screen() && now.lane_by != by).then_some(Command::LanesBy(by))
}

/// Where the tasks share something there is more than timelines.
fn center(now: &Now<'_>, center: Center) -> Option<Command> {
    let can = now.on_run_screen() && now.center != center && orders::suits(now.draft.scenario());
    can.then_some(Command::Center(center))
}

fn theme(now: &Now<'_>, theme: Theme) -> Option<Command> {
    (now.settings.theme != theme).then_some(Command::SetTheme(theme))
}
