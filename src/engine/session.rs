//! The open runs of a person: those done before, the one under way, and those still to come.
//!
//! Both shells drive it: add a batch, call [`Session::poll`] now and then, read [`Session::entries`]. Runs go one
//! after another, never together; repeats interleave (A B A B).

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::under_way::UnderWay;
use super::{Imagined, Request, Snapshots, StartError, Wake, check, empty};
use crate::analysis::metrics::{Metrics, metrics};
use crate::model;
use crate::simulate::Decision;
use crate::time::Nanos;
use crate::trace::{Run, Status};

/// Names an entry for as long as the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub u64);

/// One row of the list of runs: one (scenario, variant, model, cores, seed), with all its repeats.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: EntryId,
    /// The batch it was started with; opened files have one of their own.
    pub batch: u64,
    /// The person's own name for it, when given.
    pub name: Option<String>,
    /// What is shown: the run under way, or the repetition of median makespan.
    pub run: Arc<Run>,
    /// Makespans of the finished repeats, in order.
    pub repeats: Vec<Nanos>,
    /// Every finished repetition, in order.
    pub runs: Vec<Arc<Run>>,
    /// Of each of `runs`: of millions of events they take a while.
    pub metrics: Vec<Arc<Metrics>>,
    /// Of a simulated run that is over: why cores were handed out as they were, in time order. Else nothing.
    pub decisions: Arc<[Decision]>,
    /// Grows by one whenever `run` changes: the key of caches.
    pub revision: u64,
    pub progress: EntryProgress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryProgress {
    /// Its first repetition has not begun.
    Queued,
    Running,
    Over,
}

impl Entry {
    /// Of no session: the rows that are drawn empty before a set-up is run.
    const PLANNED: u64 = 0;
    /// Of those that [`Session::follow`] shows.
    const FOLLOWING: u64 = u64::MAX;

    /// Nobody has asked for it yet.
    pub fn is_planned(&self) -> bool {
        self.batch == Entry::PLANNED
    }

    /// It shows what a set-up comes to, and something else once that has changed.
    pub fn follows(&self) -> bool {
        self.batch == Entry::FOLLOWING
    }

    /// Of the same model and variant as that run, whatever else of the set-up has changed.
    fn is_of(&self, run: &Run) -> bool {
        (&self.run.variant, self.run.choice.model) == (&run.variant, run.choice.model)
    }

    /// Of what is shown, where that is a finished repetition.
    pub fn shown_metrics(&self) -> Option<&Arc<Metrics>> {
        let at = self.runs.iter().position(|run| Arc::ptr_eq(run, &self.run))?;
        self.metrics.get(at)
    }

    fn take(&mut self, Imagined { run, decisions, metrics }: Imagined) {
        self.repeats = vec![metrics.makespan];
        self.runs = vec![Arc::clone(&run)];
        self.metrics = vec![metrics];
        (self.run, self.decisions) = (run, decisions);
        self.revision += 1;
    }
}

/// What [`Session::start`] would queue for these requests, as entries of no session. `revision` is theirs. Those that
/// this computer cannot do are left out.
pub fn planned(requests: &[Request], revision: u64) -> Vec<Entry> {
    let entry = |(at, request): (u64, &Request)| Entry {
        id: EntryId(u64::MAX - at),
        batch: Entry::PLANNED,
        name: None,
        run: Arc::new(empty(request)),
        repeats: Vec::new(),
        runs: Vec::new(),
        metrics: Vec::new(),
        decisions: Arc::default(),
        revision,
        progress: EntryProgress::Queued,
    };
    let possible = requests.iter().filter(|request| check(request).is_ok());
    (0..).zip(possible).map(entry).collect()
}

/// How far the batch under way is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    pub runs_done: u32,
    pub runs_total: u32,
    /// How much of the run under way is done, 0 to 1: the share of its tasks that are over, or of what is to be computed.
    pub run_fraction: f64,
}

/// A removed entry and its place.
#[derive(Clone, Debug)]
pub struct Removed {
    pub entry: Entry,
    pub index: usize,
}

pub struct Session {
    snapshots: Snapshots,
    wake: Wake,
    entries: Vec<Entry>,
    waiting: VecDeque<(EntryId, Request)>,
    live: Option<(EntryId, UnderWay)>,
    /// Cancelled runs whose last threads are still being gathered.
    gathering: Vec<(EntryId, UnderWay)>,
    runs_done: u32,
    runs_total: u32,
    entries_ever: u64,
    batches_ever: u64,
    trouble: Option<StartError>,
}

impl Session {
    /// `snapshots`: of measured runs. `wake` is called, from other threads, when [`Session::poll`] will find something new.
    pub fn new(snapshots: Snapshots, wake: Wake) -> Self {
        Session {
            snapshots,
            wake,
            entries: Vec::new(),
            waiting: VecDeque::new(),
            live: None,
            gathering: Vec::new(),
            runs_done: 0,
            runs_total: 0,
            entries_ever: 0,
            batches_ever: 0,
            trouble: None,
        }
    }

    /// Queues one entry a request, each to be done `repeats` times, and starts. Every request is checked first:
    /// either all are taken or none.
    ///
    /// # Errors
    /// The first request that this computer cannot do.
    #[expect(clippy::needless_pass_by_value, reason = "the session takes the requests over")]
    pub fn start(&mut self, requests: Vec<Request>, repeats: u32) -> Result<Vec<EntryId>, StartError> {
        requests.iter().try_for_each(check)?;
        let repeats = repeats.max(1);
        self.batches_ever += 1;
        let batch = self.batches_ever;
        if !self.is_running() {
            (self.runs_done, self.runs_total) = (0, 0);
        }
        self.runs_total += repeats * u32::try_from(requests.len()).unwrap_or(u32::MAX);
        let ids: Vec<EntryId> = requests.iter().map(|request| self.add(batch, empty(request))).collect();
        for repeat in 0..repeats {
            for (id, request) in ids.iter().zip(&requests) {
                self.waiting.push_back((*id, Request { repeat, ..request.clone() }));
            }
        }
        self.start_next();
        Ok(ids)
    }

    /// Takes in what has happened, starts the next run when one is over. Returns whether anything changed. Cheap:
    /// call it every frame.
    pub fn poll(&mut self) -> bool {
        let changed = self.gather();
        let Some((id, live)) = &self.live else { return changed };
        let (id, over, snapshot) = (*id, live.is_over(), live.snapshot());
        if !over {
            return self.show(id, snapshot) || changed;
        }
        self.runs_done += 1;
        let live = self.live.take().expect("just seen").1;
        if let Some(entry) = self.entry_mut(id) {
            // Those of every repetition: the imagined computer decides the same each time.
            entry.decisions = live.decisions();
        }
        if snapshot.status == Status::Finished {
            self.take_finished(id, snapshot, live.metrics());
        } else {
            self.show(id, snapshot);
        }
        if !live.is_gathered() {
            self.gathering.push((id, live));
        }
        self.start_next();
        if !self.waiting.iter().any(|(waiting, _)| *waiting == id)
            && let Some(entry) = self.entry_mut(id)
        {
            entry.progress = EntryProgress::Over;
            entry.revision += 1;
        }
        true
    }

    pub fn is_running(&self) -> bool {
        self.live.is_some() || !self.waiting.is_empty()
    }

    /// What had happened in a run that was cancelled is still being gathered.
    pub fn is_gathering(&self) -> bool {
        !self.gathering.is_empty()
    }

    pub fn progress(&self) -> Option<Progress> {
        let (_, live) = self.live.as_ref()?;
        let run_fraction = live.share_done();
        Some(Progress { runs_done: self.runs_done, runs_total: self.runs_total, run_fraction })
    }

    /// Cancels the run under way and drops those that wait; entries that never began are taken out.
    pub fn cancel(&mut self) {
        self.waiting.clear();
        let live = self.live.as_ref().map(|(id, _)| *id);
        self.entries.retain(|entry| entry.progress != EntryProgress::Queued);
        for entry in &mut self.entries {
            if Some(entry.id) != live {
                entry.progress = EntryProgress::Over;
            }
        }
        if let Some((_, live)) = &self.live {
            live.cancel();
        }
    }

    /// Polls until nothing is under way or waits: whenever `woken` hears of something new, and now and then. `look` is called
    /// first each time, and may cancel. For whoever has nothing else to do meanwhile.
    pub fn finish(&mut self, woken: &Receiver<()>, mut look: impl FnMut(&mut Session)) {
        /// Seldom: cores that are kept awake would wake a run's threads sooner. A run that ends wakes us at once.
        const LOOK_EVERY: Duration = Duration::from_millis(25);
        while self.is_running() {
            look(self);
            // Elapsed or woken, it is looked at again.
            let _ = woken.recv_timeout(LOOK_EVERY);
            self.poll();
        }
    }

    /// Cancels, and waits at most so long until all that was under way is over and gathered. Returns whether it is.
    pub fn end(&mut self, within: Duration) -> bool {
        const LOOK_EVERY: Duration = Duration::from_millis(5);
        self.cancel();
        let begin = Instant::now();
        loop {
            self.poll();
            let ended = !self.is_running() && !self.is_gathering();
            if ended || begin.elapsed() > within {
                return ended;
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Why the batch broke off, once: the system refused to start a run.
    pub fn take_trouble(&mut self) -> Option<StartError> {
        self.trouble.take()
    }

    /// In the order they were started or opened.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// Adds a run that was opened from a file.
    pub fn open(&mut self, run: Run) -> EntryId {
        let metrics = Arc::new(metrics(&run));
        self.open_with(run, metrics)
    }

    /// The same where its metrics are known already.
    pub fn open_with(&mut self, run: Run, metrics: Arc<Metrics>) -> EntryId {
        self.batches_ever += 1;
        let id = self.add(self.batches_ever, run);
        let entry = self.entry_mut(id).expect("just added");
        entry.progress = EntryProgress::Over;
        entry.repeats.push(metrics.makespan);
        entry.runs.push(Arc::clone(&entry.run));
        entry.metrics.push(metrics);
        id
    }

    /// Shows what a set-up comes to, computed just now, in the place of what it came to before. A model that was there
    /// before keeps its entry. Kept runs are left alone.
    pub fn follow(&mut self, computed: Vec<Imagined>) -> Vec<EntryId> {
        let mut before: Vec<Entry> = self.entries.extract_if(.., |entry| entry.follows()).collect();
        // The same model may be there twice, with other numbers: whose number was not changed stays who it is.
        let exact = |entry: &Entry, run: &Run| entry.is_of(run) && entry.run.choice == run.choice;
        let taken: Vec<bool> =
            before.iter().map(|entry| computed.iter().any(|imagined| exact(entry, &imagined.run))).collect();
        let mut free: Vec<EntryId> =
            before.iter().zip(taken).filter(|(_, taken)| !taken).map(|(entry, _)| entry.id).collect();
        let mut ids = Vec::with_capacity(computed.len());
        for imagined in computed {
            let own = before
                .iter()
                .position(|entry| exact(entry, &imagined.run))
                .or_else(|| before.iter().position(|entry| free.contains(&entry.id) && entry.is_of(&imagined.run)));
            let mut entry = match own {
                Some(at) => before.remove(at),
                None => self.following(&imagined),
            };
            free.retain(|id| *id != entry.id);
            entry.take(imagined);
            ids.push(entry.id);
            self.entries.push(entry);
        }
        ids
    }

    /// Keeps what the set-up comes to now as runs of their own, however it changes. Nothing is kept twice.
    pub fn keep(&mut self) -> Vec<EntryId> {
        let (following, kept): (Vec<&Entry>, Vec<&Entry>) = self.entries.iter().partition(|entry| entry.follows());
        let is_kept = |entry: &Entry| kept.iter().any(|own| Arc::ptr_eq(&own.run, &entry.run));
        let new: Vec<Entry> = following.into_iter().filter(|entry| !is_kept(entry)).cloned().collect();
        if new.is_empty() {
            return Vec::new();
        }
        self.batches_ever += 1;
        let first = self.entries.iter().position(Entry::follows).expect("some follow");
        let mut ids = Vec::with_capacity(new.len());
        for (at, entry) in (first..).zip(new) {
            self.entries_ever += 1;
            let id = EntryId(self.entries_ever);
            self.entries.insert(at, Entry { id, batch: self.batches_ever, ..entry });
            ids.push(id);
        }
        ids
    }

    /// No set-up is followed any more.
    pub fn unfollow(&mut self) {
        self.entries.retain(|entry| !entry.follows());
    }

    pub fn rename(&mut self, id: EntryId, name: Option<String>) {
        if let Some(entry) = self.entry_mut(id) {
            entry.name = name;
        }
    }

    /// Takes an entry out; [`Session::restore`] puts it back where it was. An entry that runs or waits to run is not
    /// removed.
    pub fn remove(&mut self, id: EntryId) -> Option<Removed> {
        let index = self.entries.iter().position(|entry| entry.id == id && entry.progress == EntryProgress::Over)?;
        Some(Removed { entry: self.entries.remove(index), index })
    }

    pub fn restore(&mut self, removed: Removed) {
        self.entries.insert(removed.index.min(self.entries.len()), removed.entry);
    }

    /// The finished run of the baseline model that an entry's speedup refers to: same scenario, variant, cores, seed
    /// and engine; of its own batch if there is one, else the latest. `None` where one of the two did not do what the
    /// other did, and while the entry's own run is not finished.
    pub fn baseline_of(&self, id: EntryId) -> Option<&Entry> {
        let entry = self.entry(id).filter(|entry| !entry.run.shows_order_only())?;
        let metrics = entry.shown_metrics()?;
        let fits = |other: &&Entry| {
            let (own, run) = (&entry.run, &other.run);
            run.choice.model == model::baseline_of(own.choice.model)
                && run.status == Status::Finished
                && !run.shows_order_only()
                && (&run.scenario_id, &run.variant, run.cores, run.seed, run.engine)
                    == (&own.scenario_id, &own.variant, own.cores, own.seed, own.engine)
                && (Arc::ptr_eq(&run.scenario, &own.scenario) || run.scenario.groups == own.scenario.groups)
        };
        let own_batch = self.entries.iter().rev().filter(fits).find(|other| other.batch == entry.batch);
        let baseline = own_batch.or_else(|| self.entries.iter().rev().find(fits))?;
        baseline.shown_metrics().is_some_and(|own| own.did_the_same_as(metrics)).then_some(baseline)
    }

    /// The makespan that an entry's speedup refers to: of [`Session::baseline_of`], of its repetitions the median.
    pub fn baseline_makespan(&self, id: EntryId) -> Option<Nanos> {
        let repeats = &self.baseline_of(id)?.repeats;
        (!repeats.is_empty()).then(|| repeats[median(repeats)])
    }

    fn add(&mut self, batch: u64, run: Run) -> EntryId {
        self.entries_ever += 1;
        let id = EntryId(self.entries_ever);
        self.entries.push(Entry {
            id,
            batch,
            name: None,
            run: Arc::new(run),
            repeats: Vec::new(),
            runs: Vec::new(),
            metrics: Vec::new(),
            decisions: Arc::default(),
            revision: 0,
            progress: EntryProgress::Queued,
        });
        id
    }

    fn following(&mut self, imagined: &Imagined) -> Entry {
        self.entries_ever += 1;
        Entry {
            id: EntryId(self.entries_ever),
            batch: Entry::FOLLOWING,
            name: None,
            run: Arc::clone(&imagined.run),
            repeats: Vec::new(),
            runs: Vec::new(),
            metrics: Vec::new(),
            decisions: Arc::default(),
            revision: 0,
            progress: EntryProgress::Over,
        }
    }

    /// Nothing starts while a run is under way: its end starts the next.
    fn start_next(&mut self) {
        if self.live.is_some() {
            return;
        }
        let Some((id, request)) = self.waiting.pop_front() else { return };
        match UnderWay::start(request, self.snapshots, Arc::clone(&self.wake)) {
            Ok(live) => {
                if let Some(entry) = self.entry_mut(id) {
                    entry.progress = EntryProgress::Running;
                }
                self.live = Some((id, live));
            }
            Err(error) => {
                self.trouble = Some(error);
                self.cancel();
            }
        }
    }

    /// Shows a newer picture of a run; a repetition under way shows only where no finished one is there yet.
    fn show(&mut self, id: EntryId, snapshot: Arc<Run>) -> bool {
        let Some(entry) = self.entry_mut(id) else { return false };
        if !entry.runs.is_empty() || Arc::ptr_eq(&entry.run, &snapshot) {
            return false;
        }
        entry.run = snapshot;
        entry.revision += 1;
        true
    }

    fn take_finished(&mut self, id: EntryId, run: Arc<Run>, metrics: Arc<Metrics>) {
        let Some(entry) = self.entry_mut(id) else { return };
        entry.repeats.push(metrics.makespan);
        entry.runs.push(run);
        entry.metrics.push(metrics);
        entry.run = Arc::clone(&entry.runs[median(&entry.repeats)]);
        entry.revision += 1;
    }

    fn gather(&mut self) -> bool {
        let (back, still) = std::mem::take(&mut self.gathering).into_iter().partition(|(_, live)| live.is_gathered());
        self.gathering = still;
        let back: Vec<(EntryId, UnderWay)> = back;
        back.into_iter().fold(false, |changed, (id, live)| self.show(id, live.snapshot()) || changed)
    }

    fn entry_mut(&mut self, id: EntryId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }
}

/// The place of the median; of an even number, the lower of the two in the middle.
fn median(makespans: &[Nanos]) -> usize {
    let mut order: Vec<usize> = (0..makespans.len()).collect();
    order.sort_by_key(|at| makespans[*at]);
    order[(order.len() - 1) / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_a_run_that_happened() {
        let check = |makespans: &[i64], expected: usize| {
            let makespans: Vec<Nanos> = makespans.iter().copied().map(Nanos).collect();
            assert_eq!(median(&makespans), expected);
        };
        check(&[5], 0);
        check(&[9, 5], 1);
        check(&[9, 5, 7], 2);
        check(&[1, 4, 2, 3], 2);
    }
}
