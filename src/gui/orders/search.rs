//! Exploring beside the window: a thread that reports how far it is, can be stopped, and is when nobody looks any more.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::Ui;

use crate::explore::program::Program;
use crate::explore::{Bound, Explored, Refusal, explore};
use crate::gui::words;
use crate::lang::Lang;
use crate::scenario::Scenario;

/// How often progress is shown.
const REPAINT: Duration = Duration::from_millis(100);

/// So long a frame can wait without being felt.
const AT_ONCE: Duration = Duration::from_millis(3);

pub struct Search {
    shared: Arc<Shared>,
    receiver: Receiver<Result<Explored, Refusal>>,
    result: Option<Result<Explored, NotExplored>>,
}

/// Why a search has come to nothing.
enum NotExplored {
    Refused(Refusal),
    Broken(Broken),
}

/// It could not begin, or not go on.
pub enum Broken {
    /// With the system's reason.
    NoThread(String),
    /// By a bug of ours.
    BrokeOff,
}

#[derive(Default)]
struct Shared {
    states: AtomicUsize,
    stop: AtomicBool,
}

/// How far a search is.
pub enum Found<'a> {
    /// States so far.
    UnderWay(usize),
    Explored(&'a Explored),
    Refused(&'a Refusal),
    Broken(&'a Broken),
}

impl Search {
    pub fn start(ui: &Ui, scenario: Arc<Scenario>, bound: Bound) -> Self {
        let shared = Arc::new(Shared::default());
        let (sender, receiver) = bounded(1);
        let (own, ctx) = (Arc::clone(&shared), ui.ctx().clone());
        let work = move || {
            let progress = |states| {
                own.states.store(states, Ordering::Relaxed);
                if own.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let program = Program::of(&scenario).map_err(Refusal::Unsuited);
            let result = program.and_then(|program| explore(program, bound, progress));
            // Nobody receives any more when the set-up has changed meanwhile: the later search is the one that counts.
            if sender.send(result).is_ok() {
                ctx.request_repaint();
            }
        };
        let result = match std::thread::Builder::new().name("explore".into()).spawn(work) {
            Err(error) => Some(Err(NotExplored::Broken(Broken::NoThread(error.to_string())))),
            // What is small is there at once: no frame in between that would flicker while a number is dragged.
            Ok(_) => receiver.recv_timeout(AT_ONCE).ok().map(|result| result.map_err(NotExplored::Refused)),
        };
        Search { shared, receiver, result }
    }

    /// Takes in the result, once there is one.
    pub fn poll(&mut self, ui: &Ui) {
        if self.result.is_some() {
            return;
        }
        match self.receiver.try_recv() {
            Ok(result) => self.result = Some(result.map_err(NotExplored::Refused)),
            Err(TryRecvError::Disconnected) => self.result = Some(Err(NotExplored::Broken(Broken::BrokeOff))),
            Err(TryRecvError::Empty) => ui.ctx().request_repaint_after(REPAINT),
        }
    }

    pub fn found(&self) -> Found<'_> {
        match &self.result {
            None => Found::UnderWay(self.shared.states.load(Ordering::Relaxed)),
            Some(Ok(explored)) => Found::Explored(explored),
            Some(Err(NotExplored::Refused(refusal))) => Found::Refused(refusal),
            Some(Err(NotExplored::Broken(broken))) => Found::Broken(broken),
        }
    }

    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

impl Broken {
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Broken::NoThread(why) => words::NO_THREAD.fill(lang, &[why]),
            Broken::BrokeOff => words::BROKE_OFF.get(lang).to_owned(),
        }
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.stop();
    }
}
