//! What happened, in sentences: the diagnoses of the runs that are shown, beside the charts that they explain.
//!
//! Reads runs; keeps what it found of each, since finding costs a pass over all spans.

use std::sync::Arc;

use eframe::egui::text::LayoutJob;
use eframe::egui::{Context, FontId, Label, ScrollArea, Sense, TextFormat, Ui, Widget, vec2};

use super::background::{Background, COMPUTING};
use super::names::marked_names;
use super::paint::PaintContext;
use super::theme::{self, color};
use super::widgets::{Overflow, note_ui, section_ui, unbroken};
use crate::analysis::diagnosis::{Diagnosis, Weight, diagnose_while};
use crate::chart::lanes::task_label;
use crate::engine::session::Entry;
use crate::lang::{Lang, Text};
use crate::trace::Status;

const TITLE: Text = Text::new("What happened", "O que aconteceu");
const BEFORE: Text = Text::new(
    "When a run is over, what it shows is said here: who waited for what, and what stood idle.",
    "Quando uma execução termina, o que ela mostra é dito aqui: quem esperou o quê, e o que ficou ocioso.",
);
const NOTHING: Text = Text::new("Nothing stood in anybody's way.", "Nada ficou no caminho de ninguém.");
const IN_THIS_ORDER: Text = Text::new("In this order everybody comes to an end.", "Nesta ordem todos chegam ao fim.");
const HELD_UP: Text = Text::new(
    "None of the known faults was found, but tasks were held up, for up to {}. Click one: its details say by what.",
    "Nenhum problema conhecido foi encontrado, mas houve tarefas retidas, por até {}. Clique em uma: os detalhes dizem por quê.",
);
const NOT_JUDGED: Text = Text::new(
    "What was stopped half way, or has holes, is not judged.",
    "O que foi interrompido no meio, ou tem lacunas, não é julgado.",
);

/// Diagnoses by entry, as of a revision.
#[derive(Default)]
pub struct WhatHappenedView {
    cache: Background<u64, Vec<Diagnosis>>,
}

/// The findings of `entries`, in their order.
pub fn what_happened_ui(
    ui: &mut Ui,
    entries: &[&Entry],
    view: &mut WhatHappenedView,
    overflow: Overflow,
    context: PaintContext,
) {
    section_ui(ui, TITLE.get(context.lang));
    view.cache.keep_only(entries);
    let over: Vec<&Entry> = entries.iter().copied().filter(|entry| entry.run.is_over()).collect();
    if over.is_empty() {
        note_ui(ui, BEFORE.get(context.lang));
        return;
    }
    let area = ScrollArea::vertical().vscroll(overflow == Overflow::Scrolls);
    area.id_salt("what-happened").auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let mut noted: Vec<&'static str> = Vec::new();
        let mut silent = true;
        for (entry, name) in over.iter().zip(marked_names(&over, context.lang)) {
            let run_name = (over.len() > 1).then_some(name);
            let Some(found) = view.of(entry, ui.ctx()) else {
                silent = false;
                note_ui(ui, COMPUTING.get(context.lang));
                continue;
            };
            for diagnosis in found {
                // What concerns the computer concerns all runs: once is enough.
                if diagnosis.weight == Weight::Note && noted.contains(&diagnosis.id) {
                    continue;
                }
                noted.push(diagnosis.id);
                silent = false;
                let run_name = run_name.as_deref().filter(|_| diagnosis.weight != Weight::Note);
                diagnosis_ui(ui, diagnosis, run_name, context);
            }
        }
        if silent {
            note_ui(ui, &silence(&over, context.lang));
        }
    });
}

/// What there is to say where no rule speaks.
fn silence(over: &[&Entry], lang: Lang) -> String {
    /// Of the makespan.
    const SHARE_MIN: f64 = 0.05;
    if over.iter().any(|entry| entry.run.status != Status::Finished || entry.run.account.dropped() > 0) {
        return NOT_JUDGED.get(lang).to_owned();
    }
    if over.iter().all(|entry| entry.run.shows_order_only()) {
        return IN_THIS_ORDER.get(lang).to_owned();
    }
    let held_up = |entry: &&Entry| {
        let metrics = entry.shown_metrics().filter(|_| !entry.run.shows_order_only())?;
        metrics.waiting.max.filter(|most| most.ratio(metrics.makespan).is_some_and(|share| share >= SHARE_MIN))
    };
    match over.iter().filter_map(held_up).max() {
        Some(most) => HELD_UP.fill(lang, &[&most]),
        None => NOTHING.get(lang).to_owned(),
    }
}

impl WhatHappenedView {
    /// `None` while they are being looked for.
    fn of(&mut self, entry: &Entry, ctx: &Context) -> Option<&[Diagnosis]> {
        let run = Arc::clone(&entry.run);
        // With the names that stand before the lanes.
        self.cache.update(entry, entry.revision, ctx, move |wanted| diagnose_while(&run, task_label, wanted));
        let (_, found) = self.cache.get(entry.id).filter(|(revision, _)| **revision == entry.revision)?;
        Some(found)
    }
}

fn diagnosis_ui(ui: &mut Ui, diagnosis: &Diagnosis, run_name: Option<&str>, context: PaintContext) {
    const DOT: f32 = 4.0;
    let palette = context.palette;
    let tint = match diagnosis.weight {
        Weight::Wrong => palette.blocked,
        Weight::Slow => palette.ready,
        Weight::Note => palette.dim,
    };
    ui.horizontal_top(|ui| {
        let (place, _) = ui.allocate_exact_size(vec2(2.0 * DOT + 2.0, theme::BODY + 4.0), Sense::hover());
        ui.painter().circle_filled(place.center(), DOT, color(tint));
        Label::new(sentence(diagnosis, run_name, context)).wrap().ui(ui);
    });
}

/// The title stands out, the run's name stands back.
fn sentence(diagnosis: &Diagnosis, run_name: Option<&str>, context: PaintContext) -> LayoutJob {
    let palette = context.palette;
    let body = FontId::proportional(theme::BODY);
    let mut job = LayoutJob::default();
    let mut add = |text: &str, font: FontId, tint| job.append(text, 0.0, TextFormat::simple(font, color(tint)));
    add(diagnosis.title.get(context.lang), theme::semibold(theme::BODY), palette.text);
    if let Some(name) = run_name {
        add(&format!(" · {name}"), body.clone(), palette.dim);
    }
    add(&unbroken(&format!(". {}", diagnosis.text.get(context.lang))), body, palette.text);
    job
}
