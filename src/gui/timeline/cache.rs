//! What is derived from runs and would be wasteful to derive every frame: lanes, marks, metrics, finished meshes. Each
//! is kept until something it was made from changes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::layout::Pitch;
use super::paint::Picture;
use crate::analysis::diagnosis::circle;
use crate::analysis::metrics::{Metrics, metrics};
use crate::analysis::taken::taken_stretches;
use crate::analysis::theory::{self, Theory};
use crate::analysis::utilization::{CoreUse, Stretch, per_core};
use crate::chart::arrows::{Arrow, arrows};
use crate::chart::lanes::{LaneBy, Lanes, lanes};
use crate::chart::palette::Tone;
use crate::engine::session::{Entry, EntryId};
use crate::lang::Lang;
use crate::scenario::Scenario;
use crate::time::Nanos;

/// Kept beside the [`super::TimelineView`].
#[derive(Default)]
pub struct TimelineCache {
    entries: BTreeMap<EntryId, Derived>,
    /// The makespans that speedups are measured against; their runs need not be on the timelines.
    baselines: BTreeMap<EntryId, Nanos>,
    /// With the scenario they are of: an entry that follows a set-up gets another.
    theories: BTreeMap<EntryId, (Arc<Scenario>, Option<Theory>)>,
}

/// What was derived of one entry.
pub struct Derived {
    key: (u64, LaneBy, Lang),
    pub lanes: Lanes,
    /// For the strips; the same as `lanes` where those are by core.
    pub by_core: Lanes,
    /// Characters of the longest name of a lane or strip.
    pub name_chars: usize,
    pub cores: Vec<CoreUse>,
    /// By core: when others had it.
    pub taken: Vec<Vec<Stretch>>,
    pub metrics: Metrics,
    /// A deadlock's circle on lanes of tasks, what the main thread started and joined on lanes of workers.
    pub arrows: Vec<Arrow>,
    /// The first lane is the main thread's.
    pub shows_main: bool,
    /// The tones that occur, in the legend's order.
    pub tones: Vec<Tone>,
    /// The lanes among those in sight whose names are written, at that pitch: of a million lanes, found once.
    pub(super) labeled: Option<(Pitch, Range<usize>, Vec<usize>)>,
    /// The picture of the lanes and strips, and what it was painted from.
    pub(super) picture: Option<Picture>,
}

impl Derived {
    pub(super) fn is_by_core(&self) -> bool {
        self.key.1 == LaneBy::Core
    }
}

impl TimelineCache {
    /// Brings everything up to date with `entries`, and forgets the others.
    pub fn update(&mut self, entries: &[&Entry], by: LaneBy, lang: Lang) {
        self.entries.retain(|id, _| entries.iter().any(|entry| entry.id == *id));
        self.theories.retain(|id, _| entries.iter().any(|entry| entry.id == *id));
        for entry in entries {
            let key = (entry.revision, by, lang);
            if self.entries.get(&entry.id).is_none_or(|derived| derived.key != key) {
                self.entries.insert(entry.id, derive(entry, key));
            }
        }
    }

    /// What the shown runs' speedups are measured against, where it is known.
    pub fn measure_against(&mut self, baselines: impl IntoIterator<Item = (EntryId, Nanos)>) {
        self.baselines = baselines.into_iter().collect();
    }

    pub(super) fn baseline(&self, id: EntryId) -> Option<Nanos> {
        self.baselines.get(&id).copied()
    }

    /// Of an entry that was in the last update.
    pub fn get(&self, id: EntryId) -> Option<&Derived> {
        self.entries.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: EntryId) -> Option<&mut Derived> {
        self.entries.get_mut(&id)
    }

    /// `None` where there are too many steps to add up.
    pub fn theory(&mut self, entry: &Entry) -> Option<Theory> {
        let run = &entry.run;
        let known = self.theories.get(&entry.id).filter(|(scenario, _)| Arc::ptr_eq(scenario, &run.scenario));
        let theory = known.map_or_else(|| theory::of_run(run), |(_, theory)| *theory);
        self.theories.insert(entry.id, (Arc::clone(&run.scenario), theory));
        theory
    }
}

fn derive(entry: &Entry, key: (u64, LaneBy, Lang)) -> Derived {
    let (run, (_, by, lang)) = (&entry.run, key);
    let own = lanes(run, by, lang);
    let by_core = if by == LaneBy::Core { own.clone() } else { lanes(run, LaneBy::Core, lang) };
    let names = own.labels.iter().chain(&by_core.labels);
    Derived {
        key,
        name_chars: names.map(|name| name.chars().count()).max().unwrap_or(0),
        tones: tones(entry, &own, by),
        lanes: own,
        by_core,
        cores: per_core(run),
        taken: taken_stretches(run),
        metrics: metrics(run),
        arrows: arrows(run, by, &circle(run)),
        shows_main: by == LaneBy::Worker,
        labeled: None,
        picture: None,
    }
}

fn tones(entry: &Entry, lanes: &Lanes, by: LaneBy) -> Vec<Tone> {
    const ORDER: [Tone; 7] =
        [Tone::Running, Tone::Io, Tone::Ready, Tone::Blocked, Tone::Preempted, Tone::Overhead, Tone::BadEnd];
    let trace = &entry.run.trace;
    let mut found = [false; ORDER.len() + 1];
    for span in &lanes.spans {
        let at = *span as usize;
        if let Some(tone) = Tone::of(trace.states()[at], trace.causes()[at]) {
            found[tone as usize] = true;
        }
    }
    let main = &entry.run.account.main;
    found[Tone::Blocked as usize] |= by == LaneBy::Worker && main.iter().any(|span| span.state.is_blocked());
    ORDER.into_iter().filter(|tone| found[*tone as usize]).collect()
}
