//! What things cost on this computer, as the models' cards show it: kept from an earlier time, or measured now, in the
//! background and stoppable.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use eframe::egui::{Context, Ui};

use super::commands::{Command, Commands};
use super::widgets::{link_ui, note_ui, pair_ui, section_ui};
use super::words;
use crate::engine::calibrate::{Progress, Stopped, calibrate};
use crate::lang::{Lang, Text};
use crate::model::Plan;
use crate::simulate::costs::{Cost, CostTable};
use crate::store::costs::{self, CostsError};

#[derive(Default)]
pub struct Calibration {
    table: Option<CostTable>,
    under_way: Option<Arc<Watch>>,
}

impl Calibration {
    /// With what was kept in `folder`.
    ///
    /// # Errors
    /// When something is kept there that cannot be read.
    pub fn kept(folder: Option<&Path>) -> Result<Self, CostsError> {
        let table = folder.map_or(Ok(None), costs::kept)?;
        Ok(Calibration { table, under_way: None })
    }

    pub fn table(&self) -> Option<&CostTable> {
        self.table.as_ref()
    }

    pub fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Measuring begins: what it tells how far it is, and asks whether to go on.
    pub fn begin(&mut self) -> Arc<Watch> {
        Arc::clone(self.under_way.insert(Arc::default()))
    }

    pub fn stop(&self) {
        if let Some(watch) = &self.under_way {
            watch.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Measuring is over; what was known before stays where it was stopped.
    pub fn end(&mut self, measured: Result<CostTable, Stopped>) {
        self.under_way = None;
        self.table = measured.ok().or(self.table.take());
    }
}

/// Nobody waits for it any more.
impl Drop for Calibration {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Between the window and the thread that measures.
#[derive(Default)]
pub struct Watch {
    stop: AtomicBool,
    /// The place of what is being measured among [`Cost::ALL`].
    cost: AtomicUsize,
    done: AtomicUsize,
    of: AtomicUsize,
}

impl Watch {
    /// Measures on this thread; the window follows.
    ///
    /// # Errors
    /// [`Stopped`] soon after [`Calibration::stop`].
    pub fn measure(&self, ctx: &Context) -> Result<CostTable, Stopped> {
        calibrate(&self.stop, |Progress { done, of, cost }| {
            self.cost.store(cost as usize, Ordering::Relaxed);
            self.done.store(done, Ordering::Relaxed);
            self.of.store(of, Ordering::Relaxed);
            ctx.request_repaint();
        })
    }

    /// `3 of 12 · waking a thread`.
    fn progress(&self, lang: Lang) -> String {
        let cost = Cost::ALL[self.cost.load(Ordering::Relaxed)].label().get(lang);
        let (done, of) = (self.done.load(Ordering::Relaxed) + 1, self.of.load(Ordering::Relaxed));
        Text::new("Measuring {} of {}: {}", "Medindo {} de {}: {}").fill(lang, &[&done, &of, &cost])
    }
}

/// Where measuring is asked for and stopped. Not while a run is measured: each would disturb the other.
pub fn calibration_ui(ui: &mut Ui, calibration: &Calibration, is_running: bool, lang: Lang, commands: &mut Commands) {
    section_ui(ui, Text::new("Costs on this computer", "Custos neste computador").get(lang));
    if !calibration.is_under_way() {
        let note = if calibration.table.is_some() {
            Text::new(
                "Measured. Each model's card shows what it pays.",
                "Medidos. O cartão de cada modelo mostra o que ele paga.",
            )
        } else {
            Text::new(
                "Not measured yet: starting threads, switching, waking and the like. It takes a few seconds.",
                "Ainda não medidos: iniciar threads, trocar, acordar e outros. Leva alguns segundos.",
            )
        };
        note_ui(ui, note.get(lang));
    }
    measure_ui(ui, calibration, is_running, lang, commands);
}

/// The link that measures, and while it does, how far it is and the link that stops it. Returns whether measuring was asked
/// for just now.
pub fn measure_ui(
    ui: &mut Ui,
    calibration: &Calibration,
    is_running: bool,
    lang: Lang,
    commands: &mut Commands,
) -> bool {
    if let Some(watch) = &calibration.under_way {
        note_ui(ui, &watch.progress(lang));
        if link_ui(ui, words::CANCEL.get(lang)).clicked() {
            commands.push(Command::StopCalibrating);
        }
        return false;
    }
    let action = if calibration.table.is_some() {
        Text::new("measure again", "medir de novo")
    } else {
        Text::new("Measure this computer", "Medir este computador")
    };
    let link = ui.add_enabled_ui(!is_running, |ui| link_ui(ui, action.get(lang))).inner;
    let link = link.on_disabled_hover_text(
        Text::new("Not while a run is measured.", "Não enquanto uma execução é medida.").get(lang),
    );
    if link.clicked() {
        commands.push(Command::Calibrate);
    }
    link.clicked()
}

/// What a model of that plan pays here, as far as it is known.
pub fn costs_ui(ui: &mut Ui, table: &CostTable, plan: &Plan, lang: Lang) {
    let costs = table.of_plan(plan);
    if costs.is_empty() {
        return;
    }
    section_ui(ui, Text::new("On this computer", "Neste computador").get(lang));
    for (cost, time) in costs {
        pair_ui(ui, cost.label().get(lang), &lang.figure(time));
    }
}
