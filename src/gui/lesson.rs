//! The Lesson tab: the question, the prediction, one button; after the run the explanation with this run's own
//! numbers, whether the prediction came true, and whether this computer agrees with the lesson.

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{FontId, RichText, Ui};

use super::commands::{Command, Commands};
use super::draft::Draft;
use super::home;
use super::number_field::{NumberField, number_ui};
use super::prediction::{self, Contender, Prediction, Verdict};
use super::theme;
use super::widgets::{card_frame, icon_ui, link_ui, note_ui, primary_ui, radio_ui, section_ui, unbroken};
use crate::analysis::claims::{self, Broken};
use crate::analysis::condition::{self as conditions, Outcome};
use crate::analysis::figures::Figures;
use crate::analysis::metrics::{Metrics, metrics};
use crate::analysis::placeholders::{self, Piece};
use crate::engine::session::{Entry, EntryId, EntryProgress, Session};
use crate::lang::{Lang, Text};
use crate::scenario::condition::{Condition, Operand};
use crate::scenario::{Ask, Engine, Lesson, Scenario, condition};
use crate::time::Nanos;
use crate::trace::{Run, Status};

/// Of words that are over but not done with: four and a half to one against the panel in both themes.
const READABLE_ALPHA: f32 = 0.8;

/// What the tab remembers from frame to frame.
#[derive(Default)]
pub struct LessonView {
    pub prediction: Prediction,
    /// What the finished runs said, by which runs and language they are.
    found: Option<(Key, Found)>,
}

type Key = (Vec<(EntryId, u64)>, Lang, u64);

/// What the finished runs say.
struct Found {
    explanation: Option<Vec<Part>>,
    engine: Engine,
    /// Of each contender, in order.
    makespans: Vec<Nanos>,
    /// Of each of the lesson's conditions, in order.
    holds: Vec<Outcome>,
    /// What the lesson claims and these runs did not show.
    broken: Vec<Broken>,
}

impl Found {
    /// These runs came out otherwise than the lesson says: its answer is not theirs.
    fn is_contradicted(&self) -> bool {
        self.holds.contains(&Outcome::Fails)
    }
}

/// A stretch of the explanation: words, or a figure of these runs.
struct Part {
    text: String,
    is_figure: bool,
}

/// Returns whether the explanation is on screen: then the lesson is done.
pub fn lesson_ui(
    ui: &mut Ui,
    draft: &Draft,
    session: &Session,
    view: &mut LessonView,
    lang: Lang,
    commands: &mut Commands,
) -> bool {
    let scenario = draft.scenario();
    heading_ui(ui, scenario, lang);
    let contenders: Vec<Contender> = draft
        .requests()
        .iter()
        .map(|request| Contender { variant: request.variant.clone(), choice: request.choice.clone() })
        .collect();
    view.prediction.follow(&contenders);
    let evidence = evidence(draft, session);
    // Once the answer is in sight, to answer would be no prediction any more.
    let answered = evidence.is_some();
    let ask = scenario.lesson.as_ref().and_then(|lesson| lesson.ask.as_ref());
    // Of choices the right one is marked, also for who said nothing; an order that nobody said is no prediction.
    let is_shown = |ask: &&Ask| !answered || view.prediction.made || matches!(ask, Ask::Choice { .. });
    if let Some(ask) = ask.filter(is_shown) {
        section_ui(ui, Text::new("Your prediction", "Sua previsão").get(lang));
        let right = view.found.as_ref().is_some_and(|(_, found)| answered && !found.is_contradicted());
        ui.scope(|ui| {
            if answered {
                // It can no longer be changed, and is still to be read.
                ui.visuals_mut().disabled_alpha = READABLE_ALPHA;
            }
            ui.add_enabled_ui(!answered, |ui| {
                prediction_ui(ui, ask, scenario, &contenders, &mut view.prediction, right, lang);
            });
        });
    }
    ui.add_space(4.0);
    if draft.is_imagined() && evidence.is_some() {
        let text = Text::new(
            "Change anything under Workload or Machine: the picture follows.",
            "Mude qualquer coisa em Carga ou Máquina: a imagem acompanha.",
        );
        note_ui(ui, text.get(lang));
    } else {
        run_ui(ui, session, !contenders.is_empty(), evidence.is_some(), lang, commands);
    }
    let Some(evidence) = evidence else {
        if !contenders.is_empty() && !session.is_running() {
            note_ui(
                ui,
                Text::new(
                    "What happened and why is explained here after the run.",
                    "O que aconteceu e por quê é explicado aqui depois da execução.",
                )
                .get(lang),
            );
        }
        return false;
    };
    let key = (evidence.iter().map(|entry| (entry.id, entry.revision)).collect(), lang, draft.revision);
    let found = match view.found.take() {
        Some((own, found)) if own == key => found,
        _ => find(scenario, &evidence, lang),
    };
    found_ui(ui, draft, &contenders, &view.prediction, &found, lang);
    view.found = Some((key, found));
    true
}

/// The way on, once the lesson has been read.
pub fn next_ui(ui: &mut Ui, next: Option<&home::Lesson>, lang: Lang, commands: &mut Commands) {
    ui.add_space(8.0);
    let Some(next) = next else {
        note_ui(
            ui,
            Text::new("This was the last lesson of the path.", "Esta foi a última lição do caminho.").get(lang),
        );
        return;
    };
    section_ui(ui, Text::new("Next lesson", "Próxima lição").get(lang));
    if primary_ui(ui, &format!("{}  →", next.scenario.title(lang))).clicked() {
        commands.push(Command::OpenBuiltIn(next.id));
    }
}

fn heading_ui(ui: &mut Ui, scenario: &Scenario, lang: Lang) {
    ui.label(RichText::new(scenario.title(lang)).font(theme::semibold(theme::TITLE)));
    if let Some(claim) = scenario.claim(lang) {
        section_ui(ui, Text::new("The claim", "A afirmação").get(lang));
        note_ui(ui, &format!("“{claim}”"));
    }
    match scenario.expect(lang) {
        Some(question) => {
            section_ui(ui, Text::new("The question", "A pergunta").get(lang));
            ui.add(eframe::egui::Label::new(RichText::new(unbroken(question)).size(14.0)).wrap());
        }
        None => {
            note_ui(ui, scenario.summary(lang));
        }
    }
}

/// The newest finished run of each contender, if all have one.
fn evidence<'a>(draft: &Draft, session: &'a Session) -> Option<Vec<&'a Entry>> {
    let requests = draft.requests();
    let of = |request: &crate::engine::Request| {
        session.entries().iter().rev().find(|entry| {
            let run = &entry.run;
            entry.progress == EntryProgress::Over
                && run.status == Status::Finished
                && run.engine == request.engine
                && (run.engine == Engine::Measured || run.scenario.machine == request.scenario.machine)
                && run.scenario_id == request.scenario_id
                && run.variant == request.variant
                && run.choice == request.choice
                && run.cores == request.cores
                && run.scenario.groups == request.scenario.groups
        })
    };
    if requests.is_empty() { None } else { requests.iter().map(of).collect() }
}

fn find(scenario: &Scenario, evidence: &[&Entry], lang: Lang) -> Found {
    let known = |entry: &&'_ Entry| entry.shown_metrics().map_or_else(|| Arc::new(metrics(&entry.run)), Arc::clone);
    let counted: Vec<Arc<Metrics>> = evidence.iter().map(known).collect();
    let runs: Vec<(&Run, &Metrics)> =
        evidence.iter().zip(&counted).map(|(entry, metrics)| (&*entry.run, &**metrics)).collect();
    let figures = Figures::of_known(&runs);
    let explanation = scenario.explain(lang).map(|text| explained(text, &figures, lang));
    let holds = scenario.lesson.iter().flat_map(|lesson| &lesson.holds);
    let read = |text: &String| condition::parse(text).expect("conditions of a checked scenario can be read");
    let holds: Vec<Condition> = holds.map(read).collect();
    let figure = |operand: &Operand| figures.get(operand);
    Found {
        explanation,
        engine: runs.first().map_or(Engine::Measured, |(run, _)| run.engine),
        makespans: counted.iter().map(|metrics| metrics.makespan).collect(),
        holds: holds.iter().map(|condition| conditions::evaluate(condition, &figure)).collect(),
        broken: holds.iter().flat_map(|condition| claims::broken(condition, scenario, &figure, lang)).collect(),
    }
}

fn explained(text: &str, figures: &Figures<'_>, lang: Lang) -> Vec<Part> {
    let part = |piece| match piece {
        Piece::Text(words) => Part { text: unbroken(words), is_figure: false },
        Piece::Figure(value) => Part { text: unbroken(&lang.figure(value)), is_figure: true },
        Piece::Unknown => Part { text: "…".to_owned(), is_figure: true },
    };
    placeholders::fill(text, figures).into_iter().map(part).collect()
}

/// The explanation, its figures set apart from its words.
fn explanation_ui(ui: &mut Ui, parts: &[Part]) {
    let palette = theme::palette(ui);
    let mut job = LayoutJob::default();
    for part in parts {
        let format = if part.is_figure {
            TextFormat::simple(theme::mono_bold(13.0), theme::color(palette.accent))
        } else {
            TextFormat::simple(FontId::proportional(theme::NAME), theme::color(palette.text))
        };
        job.append(&part.text, 0.0, format);
    }
    ui.add(eframe::egui::Label::new(job).wrap().selectable(true));
}

/// `answered`: to run once more is no longer the way on.
fn run_ui(ui: &mut Ui, session: &Session, ready: bool, answered: bool, lang: Lang, commands: &mut Commands) {
    if session.is_running() {
        note_ui(ui, Text::new("Running: watch the lanes grow.", "Executando: veja as faixas crescerem.").get(lang));
        return;
    }
    let (first, again) = (Text::new("Run and see", "Executar e ver"), Text::new("Run again", "Executar de novo"));
    let button = |ui: &mut Ui| if answered { ui.button(again.get(lang)) } else { primary_ui(ui, first.get(lang)) };
    if ui.add_enabled_ui(ready, button).inner.clicked() {
        commands.push(Command::Run);
    }
}

fn contender_title(scenario: &Scenario, contender: &Contender, lang: Lang) -> String {
    let model = contender.choice.title(lang);
    let variant = contender.variant.as_ref().and_then(|id| scenario.variant_title(id, lang));
    match variant {
        None => model,
        Some(variant) if scenario.models.len() < 2 => variant.to_owned(),
        Some(variant) => format!("{variant} · {model}"),
    }
}

/// `right`: the answer is known, and is marked.
fn prediction_ui(
    ui: &mut Ui,
    ask: &Ask,
    scenario: &Scenario,
    contenders: &[Contender],
    prediction: &mut Prediction,
    right: bool,
    lang: Lang,
) {
    match ask {
        Ask::Rank => rank_ui(ui, scenario, prediction, lang),
        Ask::Makespan => makespans_ui(ui, scenario, contenders, prediction, lang),
        Ask::Choice { answer, .. } => {
            for (index, choice) in scenario.choices(lang).iter().enumerate() {
                // Never alone on a line.
                let marked = format!("{choice}\u{a0}\u{a0}✓");
                let choice = if right && index + 1 == *answer { &marked } else { choice };
                if radio_ui(ui, prediction.choice == Some(index), choice).clicked() {
                    prediction.choice = Some(index);
                    prediction.made = true;
                }
            }
        }
    }
}

fn rank_ui(ui: &mut Ui, scenario: &Scenario, prediction: &mut Prediction, lang: Lang) {
    let is_open = ui.is_enabled();
    if is_open {
        note_ui(ui, Text::new("Put the fastest first.", "Ponha o mais rápido em primeiro.").get(lang));
    }
    let mut swap = None;
    let last = prediction.rank.len().saturating_sub(1);
    for (place, contender) in prediction.rank.iter().enumerate() {
        let title = contender_title(scenario, contender, lang);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.label(RichText::new(format!("{}.", place + 1)).font(theme::mono(12.0)));
            if is_open {
                let up = Text::new("{} is faster", "{} é mais rápido").fill(lang, &[&title]);
                if ui.add_enabled_ui(place > 0, |ui| icon_ui(ui, "↑", &up)).inner.clicked() {
                    swap = Some((place - 1, place));
                }
                let down = Text::new("{} is slower", "{} é mais lento").fill(lang, &[&title]);
                if ui.add_enabled_ui(place < last, |ui| icon_ui(ui, "↓", &down)).inner.clicked() {
                    swap = Some((place, place + 1));
                }
            }
            ui.add(eframe::egui::Label::new(&title).truncate());
        });
    }
    if let Some((a, b)) = swap {
        prediction.rank.swap(a, b);
        prediction.made = true;
    }
    if !prediction.made
        && last > 0
        && link_ui(ui, Text::new("I predict this order", "Prevejo esta ordem").get(lang)).clicked()
    {
        prediction.made = true;
    }
}

const DURATION: Text = Text::new("a duration, like 400 ms or 1.5 s", "uma duração, como 400 ms ou 1,5 s");

fn makespans_ui(ui: &mut Ui, scenario: &Scenario, contenders: &[Contender], prediction: &mut Prediction, lang: Lang) {
    note_ui(ui, Text::new("How long will it take in all?", "Quanto tempo levará no total?").get(lang));
    for (contender, own) in contenders.iter().zip(&mut prediction.makespans) {
        let title = contender_title(scenario, contender, lang);
        ui.horizontal(|ui| {
            let mut millis = own.map_or(0.0, Nanos::millis);
            let unsaid = own.is_none();
            let show = |value: f64| if unsaid && value == 0.0 { "? ms".to_owned() } else { format!("{value:.0} ms") };
            let field = NumberField {
                range: 0.0..=3_600_000.0,
                speed: 5.0,
                suffix: "",
                show: &show,
                read: &|text, _| read_millis(text).ok_or(DURATION),
            };
            let name = Text::new("makespan of {}, predicted", "tempo total de {}, previsto").fill(lang, &[&title]);
            if number_ui(ui, &mut millis, &field, lang).accessible_name(name).changed() {
                *own = Some(Nanos::from_secs_f64(millis / 1e3));
                prediction.made = true;
            }
            ui.add(eframe::egui::Label::new(title).truncate());
        });
    }
}

/// `400`, `400 ms`, `0.4 s` or `0,4 s`, in milliseconds.
fn read_millis(text: &str) -> Option<f64> {
    let text = &text.replace(',', ".");
    crate::time::parse_duration(text).ok().map(Nanos::millis).or_else(|| text.trim().parse().ok())
}

fn found_ui(ui: &mut Ui, draft: &Draft, contenders: &[Contender], prediction: &Prediction, found: &Found, lang: Lang) {
    let scenario = draft.scenario();
    if let Some(lesson) = &scenario.lesson {
        verdict_ui(ui, lesson, scenario, contenders, prediction, found, lang);
    }
    let disagrees = !found.broken.is_empty();
    // Before the answer: nobody is to read as what happened what did not happen here.
    if disagrees {
        disagreement_ui(ui, &found.broken, found.engine, lang);
    }
    // Its words tell what its own set-up shows, and its figures what this one does.
    let is_changed = draft.is_changed();
    if is_changed && found.explanation.is_some() {
        let text = Text::new(
            "You changed the set-up: the lesson's words are about its own.",
            "Você mudou a configuração: as palavras da lição são sobre a dela.",
        );
        note_ui(ui, text.get(lang));
    }
    if let Some(explanation) = &found.explanation {
        let head = if disagrees {
            Text::new("What the lesson expects", "O que a lição espera")
        } else {
            Text::new("The answer", "A resposta")
        };
        section_ui(ui, head.get(lang));
        card_frame(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            explanation_ui(ui, explanation);
        });
    }
    if !disagrees
        && !is_changed
        && !found.holds.is_empty()
        && found.holds.iter().all(|outcome| *outcome == Outcome::Holds)
    {
        let text = match found.engine {
            Engine::Measured => {
                Text::new("This computer agrees with the lesson.", "Este computador concorda com a lição.")
            }
            Engine::Simulated => Text::new(
                "The imagined computer agrees with the lesson.",
                "O computador imaginado concorda com a lição.",
            ),
        };
        note_ui(ui, text.get(lang));
    }
}

fn verdict_ui(
    ui: &mut Ui,
    lesson: &Lesson,
    scenario: &Scenario,
    contenders: &[Contender],
    prediction: &Prediction,
    found: &Found,
    lang: Lang,
) {
    let Some(ask) = lesson.ask.as_ref().filter(|_| prediction.made) else { return };
    let verdict = match ask {
        Ask::Rank => {
            let measured = |own: &Contender| {
                let at = contenders.iter().position(|other| other == own)?;
                found.makespans.get(at).copied()
            };
            let order: Option<Vec<Nanos>> = prediction.rank.iter().map(measured).collect();
            order.map(|order| prediction::judge_rank(&order))
        }
        Ask::Choice { answer, .. } => {
            let Some(chosen) = prediction.choice else { return };
            let verdict = prediction::judge_choice(chosen, *answer, found.is_contradicted());
            if verdict.is_none() {
                let text = Text::new(
                    "Your prediction is not judged: these runs did not show what the lesson is about.",
                    "Sua previsão não é julgada: estas execuções não mostraram aquilo de que a lição trata.",
                );
                note_ui(ui, text.get(lang));
            }
            verdict
        }
        Ask::Makespan => {
            let head = match found.engine {
                Engine::Measured => Text::new("Predicted, measured", "Previsto, medido"),
                Engine::Simulated => Text::new("Predicted, simulated", "Previsto, simulado"),
            };
            section_ui(ui, head.get(lang));
            for ((contender, own), measured) in contenders.iter().zip(&prediction.makespans).zip(&found.makespans) {
                let Some(own) = own else { continue };
                let sign = if prediction::judge_makespan(*own, *measured) == Verdict::Right { "✓" } else { "×" };
                let title = contender_title(scenario, contender, lang);
                // Below each other: neither the name nor the figures are ever cut.
                ui.add(eframe::egui::Label::new(format!("{sign} {title}")).wrap());
                let pair = format!("{}, {}", lang.figure(own), lang.figure(measured));
                super::widgets::pair_ui(ui, "", &unbroken(&pair));
            }
            None
        }
    };
    let text = match verdict {
        Some(Verdict::Right) => Text::new("✓ Your prediction came true.", "✓ Sua previsão se confirmou."),
        Some(Verdict::Wrong) => {
            Text::new("× It came out otherwise than you predicted.", "× Saiu diferente do que você previu.")
        }
        None => return,
    };
    let palette = theme::palette(ui);
    let ink = if verdict == Some(Verdict::Right) { palette.accent } else { palette.ink(palette.blocked) };
    ui.label(RichText::new(text.get(lang)).font(theme::semibold(theme::BODY)).color(theme::color(ink)));
}

/// Says in the open where this computer, or the imagined one, disagrees with the lesson.
fn disagreement_ui(ui: &mut Ui, broken: &[Broken], engine: Engine, lang: Lang) {
    ui.add_space(8.0);
    let palette = theme::palette(ui);
    let (head, why) = match engine {
        Engine::Measured => (
            Text::new("Your computer disagrees", "Seu computador discorda"),
            Text::new(
                "That can be: other programs took the cores, a laptop saved power, a virtual machine shares its host, or you changed the set-up. Run it again, with repeats.",
                "Pode acontecer: outros programas usaram os núcleos, o notebook poupou energia, a máquina virtual divide o hospedeiro ou você mudou a configuração. Execute de novo, com repetições.",
            ),
        ),
        Engine::Simulated => (
            Text::new("The imagined computer disagrees", "O computador imaginado discorda"),
            Text::new(
                "That can be: you changed the set-up, or the lesson is about something that an imagined computer does not have. Run it on this computer.",
                "Pode acontecer: você mudou a configuração ou a lição trata de algo que um computador imaginado não tem. Execute neste computador.",
            ),
        ),
    };
    ui.label(
        RichText::new(head.get(lang))
            .font(theme::semibold(theme::BODY))
            .color(theme::color(palette.ink(palette.blocked))),
    );
    let showed = match engine {
        Engine::Measured => Text::new("{} (measured: {})", "{} (medido: {})"),
        Engine::Simulated => Text::new("{} (computed: {})", "{} (calculado: {})"),
    };
    note_ui(ui, Text::new("The lesson says:", "A lição diz:").get(lang));
    for Broken { claim, found } in broken {
        let text = unbroken(&showed.fill_quoting(lang, &[claim, found]));
        ui.add(eframe::egui::Label::new(format!("• {text}")).wrap().selectable(true));
    }
    note_ui(ui, why.get(lang));
}
