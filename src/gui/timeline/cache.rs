//! What is derived from runs and would be wasteful to derive every frame: lanes, marks, metrics, finished meshes. Each
//! is kept until something it was made from changes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use eframe::egui::Context;

use super::foretold::Predictions;
use super::layout::Pitch;
use super::picture::Picture;
use crate::analysis::diagnosis::circle;
use crate::analysis::ends::{BadEnd, bad_end};
use crate::analysis::meanwhile::Meanwhile;
use crate::analysis::metrics::{Metrics, metrics};
use crate::analysis::overheads::{Overhead, overheads};
use crate::analysis::theory::{self, Theory};
use crate::chart::arrows::{Arrow, arrows};
use crate::chart::lanes::{LaneBy, Lanes, core_label, lanes};
use crate::chart::palette::Tone;
use crate::chart::strips::CoreStrips;
use crate::engine::session::{Entry, EntryId};
use crate::explore;
use crate::explore::program::Program;
use crate::explore::schedule::Story;
use crate::gui::background::{Background, Wanted};
use crate::lang::Lang;
use crate::scenario::Scenario;
use crate::time::Nanos;
use crate::trace::Run;

/// Kept beside the [`super::TimelineView`].
#[derive(Default)]
pub struct TimelineCache {
    entries: Background<Key, Derived>,
    /// The makespans that speedups are measured against; their runs need not be on the timelines.
    baselines: BTreeMap<EntryId, Nanos>,
    theories: Background<OfScenario, Option<Theory>>,
    /// What says why a task was held up, by revision.
    meanwhiles: Background<u64, Meanwhile>,
    /// What the imagined computer predicts of the measured runs, while somebody asks for it.
    pub predictions: Predictions,
}

/// Of which revision of an entry, on which lanes, in which words.
type Key = (u64, LaneBy, Lang);

/// The same scenario is the same allocation: an entry that follows a set-up gets another.
struct OfScenario(Arc<Scenario>);

impl PartialEq for OfScenario {
    fn eq(&self, other: &OfScenario) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What was derived of one entry.
pub struct Derived {
    by: LaneBy,
    /// What it was derived from: spans on lanes are indices into its trace.
    run: Arc<Run>,
    pub lanes: Lanes,
    /// A strip for each core.
    pub strip_labels: Vec<String>,
    /// Characters of the longest name of a lane or strip.
    pub name_chars: usize,
    pub strips: CoreStrips,
    /// Of an explored order: what its steps did.
    pub(super) story: Option<Arc<(Program, Story)>>,
    /// What the model costs, on cores or off them: the kinds that occur.
    pub overheads: Vec<Overhead>,
    pub metrics: Arc<Metrics>,
    /// How tasks ended that did not end well.
    pub bad_end: Option<BadEnd>,
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
        self.by == LaneBy::Core
    }
}

impl TimelineCache {
    /// Brings everything up to date with `entries`, that of large ones as soon as it can be had, and forgets the others.
    pub fn update(&mut self, entries: &[&Entry], by: LaneBy, lang: Lang, ctx: &Context) {
        self.entries.keep_only(entries);
        self.theories.keep_only(entries);
        self.meanwhiles.keep_only(entries);
        for entry in entries {
            // Other lanes are another picture.
            self.entries.keep_if(entry.id, |key| key.1 == by);
            let (run, known) = (Arc::clone(&entry.run), entry.shown_metrics().cloned());
            let make = move |wanted: Wanted<'_>| derive(run, known, by, lang, wanted);
            self.entries.update(entry, (entry.revision, by, lang), ctx, make);
        }
    }

    /// The entries as far as their pictures have come: one of a large run is shown as it was until the newest picture of
    /// it is there.
    pub fn seen(&self, entries: &[&Entry]) -> Vec<Entry> {
        let seen = |entry: &&Entry| {
            let mut seen = Entry::clone(entry);
            if let Some(((revision, ..), derived)) = self.entries.get(entry.id) {
                (seen.run, seen.revision) = (Arc::clone(&derived.run), *revision);
                if seen.shown_metrics().is_none() {
                    (seen.runs, seen.metrics) = (vec![Arc::clone(&seen.run)], vec![Arc::clone(&derived.metrics)]);
                }
            }
            seen
        };
        entries.iter().map(seen).collect()
    }

    /// What the shown runs' speedups are measured against, where it is known.
    pub fn measure_against(&mut self, baselines: impl IntoIterator<Item = (EntryId, Nanos)>) {
        self.baselines = baselines.into_iter().collect();
    }

    pub(super) fn baseline(&self, id: EntryId) -> Option<Nanos> {
        self.baselines.get(&id).copied()
    }

    /// Of an entry that was in the last update; `None`: it is still being derived.
    pub fn get(&self, id: EntryId) -> Option<&Derived> {
        self.entries.get(id).map(|(_, derived)| derived)
    }

    pub(super) fn get_mut(&mut self, id: EntryId) -> Option<&mut Derived> {
        self.entries.get_mut(id).map(|(_, derived)| derived)
    }

    /// `None` while it is being added up; `Some(None)` where there are too many steps for that.
    pub fn theory(&mut self, entry: &Entry, ctx: &Context) -> Option<Option<Theory>> {
        let run = Arc::clone(&entry.run);
        let key = || OfScenario(Arc::clone(&entry.run.scenario));
        self.theories.update(entry, key(), ctx, move |_| Some(theory::of_run(&run)));
        self.theories.get(entry.id).filter(|(own, _)| **own == key()).map(|(_, theory)| *theory)
    }
}

impl TimelineCache {
    /// Who else was at it, of that revision of an entry. `None` while it is sorted.
    pub fn meanwhile(&mut self, entry: &Entry, ctx: &Context) -> Option<&Meanwhile> {
        let run = Arc::clone(&entry.run);
        let make = move |_: Wanted<'_>| Some(Meanwhile::of(&run.trace, run.choice.plan(run.cores).io));
        self.meanwhiles.update(entry, entry.revision, ctx, make);
        self.meanwhiles.get(entry.id).filter(|(revision, _)| **revision == entry.revision).map(|(_, made)| made)
    }
}

fn derive(
    run: Arc<Run>,
    metrics_known: Option<Arc<Metrics>>,
    by: LaneBy,
    lang: Lang,
    wanted: Wanted<'_>,
) -> Option<Derived> {
    let go_on = || wanted().then_some(());
    let own = lanes(&run, by, lang);
    go_on()?;
    let metrics = metrics_known.unwrap_or_else(|| Arc::new(metrics(&run)));
    go_on()?;
    let strips = CoreStrips::of(&run);
    go_on()?;
    let strip_labels: Vec<String> = strips.uses.iter().map(|row| core_label(row.core, lang)).collect();
    let names = own.labels.iter().chain(&strip_labels);
    Some(Derived {
        by,
        name_chars: names.map(|name| name.chars().count()).max().unwrap_or(0),
        tones: tones(&run, &own, by),
        lanes: own,
        strip_labels,
        strips,
        story: explore::run::story(&run).map(Arc::new),
        overheads: overheads(&run),
        metrics,
        bad_end: bad_end(&run),
        arrows: arrows(&run, by, &circle(&run)),
        shows_main: by == LaneBy::Worker,
        labeled: None,
        picture: None,
        run,
    })
}

fn tones(run: &Run, lanes: &Lanes, by: LaneBy) -> Vec<Tone> {
    const ORDER: [Tone; 7] =
        [Tone::Running, Tone::Io, Tone::Ready, Tone::Blocked, Tone::Preempted, Tone::Overhead, Tone::BadEnd];
    let trace = &run.trace;
    let mut found = [false; ORDER.len() + 1];
    for span in &lanes.spans {
        let at = *span as usize;
        if let Some(tone) = Tone::of(trace.states()[at], trace.causes()[at]) {
            found[tone as usize] = true;
        }
    }
    let main = &run.account.main;
    found[Tone::Blocked as usize] |= by == LaneBy::Worker && main.iter().any(|span| span.state.is_blocked());
    ORDER.into_iter().filter(|tone| found[*tone as usize]).collect()
}
