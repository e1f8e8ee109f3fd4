//! Keeps computing what the set-up comes to on an imagined computer while a person drags it: at once where that fits
//! into a frame, else on a thread of its own. What was computed leaves here; who shows it is asked elsewhere.
//!
//! Invariant: the picture of before stays until there is a newer one, and what nobody waits for any more is stopped.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::Context;

use super::draft::Draft;
use crate::engine::session::Progress;
use crate::engine::{Imagined, Request, StartError, check, imagine_watched};
use crate::simulate::{Order, Watch};
use crate::trace::Status;

/// A set-up whose last result had no more events, all models together, is computed within the frame.
const FRAME_EVENTS: usize = 20_000;
/// The part of a frame that is there for it. What was thought to fit and does not is given to a thread after so long.
const FRAME_MAX: Duration = Duration::from_millis(8);
/// A computation that is no longer the newest may still end within so long: else nothing would be seen of a long drag.
const OUTDATED_MAX: Duration = Duration::from_millis(120);
/// Only then is it worth to speak of progress and of cancelling.
const SHOWN_AFTER: Duration = Duration::from_millis(250);
/// So long the picture of before may stand unmarked: a drag must not flicker.
const BEHIND_AFTER: Duration = Duration::from_millis(300);
/// Progress is seen to grow.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

type Outcome = Result<Vec<Imagined>, StartError>;

/// Why what is shown is of an older set-up than the one that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// The newer one is being computed, or waits for that.
    ToCome,
    /// The newer one cannot be computed.
    Refused,
    /// The person has stopped it: it is computed once they ask, or change something.
    Stopped,
    /// It was measured, and nothing is measured anew before the person says so.
    Measured,
}

/// One set-up that is followed. See the module.
#[derive(Default)]
pub struct Following {
    /// The lesson asks first: nothing is shown until the person says Run.
    pub asks: bool,
    /// What is shown is to be kept as soon as it is there.
    pub keep: bool,
    /// The revision of the set-up that was computed, refused or cancelled last.
    settled: Option<u64>,
    /// The revision that what was computed last is of.
    computed: Option<u64>,
    /// What was computed last when the set-up left it behind, and the moment.
    left_behind: Option<(Option<u64>, Instant)>,
    computing: Option<Computing>,
    /// How many events the last result had.
    events: usize,
    refused: Option<StartError>,
}

/// A computation on a thread of its own.
struct Computing {
    revision: u64,
    since: Instant,
    stop: Arc<AtomicBool>,
    runs_done: Arc<AtomicU32>,
    /// How much of the run under way is done, in millionths.
    millionths: Arc<AtomicU32>,
    runs_total: u32,
    outcome: Receiver<Outcome>,
}

/// What is no longer wanted is stopped.
impl Drop for Computing {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Following {
    /// `asks`: see [`Following::asks`].
    pub fn new(asks: bool) -> Self {
        Following { asks, ..Following::default() }
    }

    /// A set-up beside something that is shown already: it is followed once it changes.
    pub fn once_changed(draft: &Draft) -> Self {
        Following { settled: Some(draft.revision), ..Following::default() }
    }

    /// Takes note of whether the set-up has changed since it was computed last: in every frame, also while nothing is
    /// computed.
    pub fn see(&mut self, draft: &Draft, ctx: &Context) {
        if self.is_up_to_date(draft) {
            self.left_behind = None;
        } else if self.left_behind.is_none_or(|(computed, _)| computed != self.computed) {
            self.left_behind = Some((self.computed, Instant::now()));
            ctx.request_repaint_after(BEHIND_AFTER);
        }
    }

    /// What the set-up comes to, when that is newly known.
    pub fn poll(&mut self, draft: &Draft, ctx: &Context) -> Option<Vec<Imagined>> {
        if let Some((revision, outcome)) = self.arrived() {
            ctx.request_repaint();
            return self.settle(revision, outcome);
        }
        let wanted = draft.revision;
        let under_way = self.computing.as_ref().is_some_and(|computing| computing.revision == wanted);
        if under_way {
            ctx.request_repaint_after(SHOWN_EVERY);
        }
        if self.asks || under_way || self.settled == Some(wanted) {
            return None;
        }
        if let Some(outdated) = &self.computing {
            let left = OUTDATED_MAX.saturating_sub(outdated.since.elapsed());
            if !left.is_zero() {
                ctx.request_repaint_after(left);
                return None;
            }
        }
        self.computing = None;
        let requests = draft.requests();
        if fits_into_a_frame(requests, self.events)
            && let Some(outcome) = at_once(requests)
        {
            return self.settle(wanted, outcome);
        }
        match Computing::start(requests.to_vec(), wanted, ctx.clone()) {
            Ok(computing) => self.computing = Some(computing),
            Err(error) => drop(self.settle(wanted, Err(error))),
        }
        ctx.request_repaint_after(SHOWN_AFTER);
        None
    }

    /// What was computed last is of the set-up as it is.
    pub fn is_up_to_date(&self, draft: &Draft) -> bool {
        self.computed == Some(draft.revision)
    }

    /// Why what was computed last is of an older set-up, once that is to be said.
    pub fn behind(&self, draft: &Draft) -> Option<Behind> {
        if self.is_up_to_date(draft) {
            return None;
        }
        if self.settled == Some(draft.revision) {
            return Some(if self.refused.is_some() { Behind::Refused } else { Behind::Stopped });
        }
        let is_noticed = |(_, since): (_, Instant)| since.elapsed() >= BEHIND_AFTER;
        self.left_behind.is_some_and(is_noticed).then_some(Behind::ToCome)
    }

    /// Computes also what was cancelled or refused before.
    pub fn again(&mut self) {
        self.settled = None;
    }

    /// Stops what is being computed. What is shown stays, as what it is: of the set-up of before.
    pub fn cancel(&mut self, draft: &Draft) {
        if self.computing.take().is_none() {
            return;
        }
        self.keep = false;
        self.settled = Some(draft.revision);
        // Whether the set-up as it is can be computed is not known.
        self.refused = None;
    }

    /// Of a computation that takes long enough to be noticed.
    pub fn progress(&self) -> Option<Progress> {
        let computing = self.computing.as_ref().filter(|computing| computing.since.elapsed() >= SHOWN_AFTER)?;
        let runs_done = computing.runs_done.load(Ordering::Relaxed);
        let run_fraction = f64::from(computing.millionths.load(Ordering::Relaxed)) / 1e6;
        Some(Progress { runs_done, runs_total: computing.runs_total, run_fraction })
    }

    pub fn is_computing(&self) -> bool {
        self.computing.is_some()
    }

    /// Why the set-up as it is cannot be computed.
    pub fn refused(&self) -> Option<&StartError> {
        self.refused.as_ref()
    }

    fn arrived(&mut self) -> Option<(u64, Outcome)> {
        let computing = self.computing.as_ref()?;
        let outcome = match computing.outcome.try_recv() {
            Err(TryRecvError::Empty) => return None,
            Ok(outcome) => outcome,
            Err(TryRecvError::Disconnected) => Err(StartError::Thread("the simulation broke off".to_owned())),
        };
        let revision = computing.revision;
        self.computing = None;
        Some((revision, outcome))
    }

    fn settle(&mut self, revision: u64, outcome: Outcome) -> Option<Vec<Imagined>> {
        self.settled = Some(revision);
        match outcome {
            Ok(computed) => {
                self.events = computed.iter().map(|imagined| imagined.run.trace.len()).sum();
                self.computed = Some(revision);
                self.refused = None;
                Some(computed)
            }
            Err(error) => {
                // What comes to stand there later was not asked to be kept.
                self.keep = false;
                self.refused = Some(error);
                None
            }
        }
    }
}

/// Each task has an event at the least.
fn fits_into_a_frame(requests: &[Request], events_last: usize) -> bool {
    let tasks: u64 = requests.iter().map(|request| request.scenario.tasks()).sum();
    events_last <= FRAME_EVENTS && tasks <= FRAME_EVENTS as u64
}

/// `None`: it takes longer than a frame may.
fn at_once(requests: &[Request]) -> Option<Outcome> {
    let begin = Instant::now();
    let late = Cell::new(false);
    let watch = |_| {
        late.set(late.get() || begin.elapsed() > FRAME_MAX);
        if late.get() { Order::Abandon } else { Order::GoOn }
    };
    let outcome = compute(requests, &watch, || ());
    (!late.get()).then_some(outcome)
}

fn compute(requests: &[Request], watch: Watch<'_>, one_done: impl Fn()) -> Outcome {
    let one = |request: &Request| {
        check(request)?;
        let imagined = imagine_watched(request, watch)?;
        one_done();
        Ok(imagined)
    };
    let going_on = |outcome: &Result<Imagined, _>| match outcome {
        Ok(imagined) => imagined.run.status != Status::Cancelled,
        Err(_) => true,
    };
    requests.iter().map(one).take_while(going_on).collect()
}

impl Computing {
    fn start(requests: Vec<Request>, revision: u64, ctx: Context) -> Result<Self, StartError> {
        let (sender, outcome) = bounded(1);
        let (stop, runs_done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let millionths = Arc::new(AtomicU32::new(0));
        let runs_total = u32::try_from(requests.len()).unwrap_or(u32::MAX);
        let (stopping, counting, growing) = (Arc::clone(&stop), Arc::clone(&runs_done), Arc::clone(&millionths));
        let work = move || {
            let one_done = || {
                growing.store(0, Ordering::Relaxed);
                counting.fetch_add(1, Ordering::Relaxed);
                ctx.request_repaint();
            };
            let watch = |share: f64| {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a million at most")]
                growing.store((share.clamp(0.0, 1.0) * 1e6) as u32, Ordering::Relaxed);
                if stopping.load(Ordering::Relaxed) { Order::Abandon } else { Order::GoOn }
            };
            let computed = compute(&requests, &watch, one_done);
            // Nobody receives what was given up.
            if sender.send(computed).is_ok() {
                ctx.request_repaint();
            }
        };
        std::thread::Builder::new()
            .name("tasklane-follow".into())
            .spawn(work)
            .map_err(|error| StartError::Thread(error.to_string()))?;
        Ok(Computing { revision, since: Instant::now(), stop, runs_done, millionths, runs_total, outcome })
    }
}
