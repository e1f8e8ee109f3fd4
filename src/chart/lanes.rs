//! Which rows there are and which spans lie on each: by task, by worker or by core.

use super::palette::Tone;
use crate::lang::{Lang, Text};
use crate::scenario::Group;
use crate::time::Nanos;
use crate::trace::{Cause, Core, Run, State, Task, Trace};

const CORE: Text = Text::new("core {}", "núcleo {}");

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LaneBy {
    #[default]
    Task,
    Worker,
    Core,
}

impl LaneBy {
    pub const ALL: [LaneBy; 3] = [LaneBy::Task, LaneBy::Worker, LaneBy::Core];

    pub const fn label(self) -> Text {
        match self {
            LaneBy::Task => Text::new("task", "tarefa"),
            LaneBy::Worker => Text::new("worker", "trabalhador"),
            LaneBy::Core => Text::new("core", "núcleo"),
        }
    }
}

/// The rows of one run. Built once per (run, revision, by) and kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lanes {
    pub labels: Vec<String>,
    /// Indices of trace spans, lane after lane, each lane's in time order.
    pub spans: Vec<u32>,
    /// Lane `k` has `spans[first[k]..first[k + 1]]`.
    pub first: Vec<u32>,
    /// The latest end among a lane's spans up to and including this one. Never falls within a lane, even where a
    /// kernel moved threads about and spans of one core overlap by a slice: so it can be searched by halves.
    pub reach: Vec<Nanos>,
}

impl Lanes {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lane's part of `spans` and `reach`.
    pub fn of(&self, lane: usize) -> std::ops::Range<usize> {
        self.first[lane] as usize..self.first[lane + 1] as usize
    }
}

/// The lanes of a run. By worker and by core only what holds the worker or the core is on its lane: a task's running
/// spans, and by worker also the IO that holds it and what takes its core in the middle of a step. By core there is a row
/// for every core the run was allowed, and, only if some running span has no core, a last one for the unknown.
pub fn lanes(run: &Run, by: LaneBy, lang: Lang) -> Lanes {
    let trace = &run.trace;
    match by {
        LaneBy::Task => by_task(run),
        LaneBy::Worker => {
            let labels = run.workers.iter().map(|worker| worker.name.clone()).collect();
            let holds = |at: usize| {
                let (state, cause) = (trace.states()[at], trace.causes()[at]);
                matches!(
                    (state, cause),
                    (State::Running, _)
                        | (State::Io, Cause::Blocking)
                        | (State::Ready, Cause::Preempted)
                        | (State::Blocked, Cause::System)
                )
            };
            grouped(trace, labels, |at| trace.workers()[at].get().filter(|_| holds(at)))
        }
        LaneBy::Core => {
            let running = |at: usize| trace.states()[at] == State::Running;
            let (mut known, mut unknown) = (run.cores as usize, false);
            for core in (0..trace.len()).filter(|at| running(*at)).map(|at| trace.cores()[at].get()) {
                known = known.max(core.map_or(0, |core| core + 1));
                unknown |= core.is_none();
            }
            let names = (0..known).map(|core| CORE.fill(lang, &[&core]));
            let labels = names.chain(unknown.then(|| core_label(Core::NONE, lang))).collect();
            grouped(trace, labels, |at| running(at).then(|| trace.cores()[at].get().unwrap_or(known)))
        }
    }
}

/// The single lane of one task, as [`LaneBy::Task`] has it.
pub fn lane_of(run: &Run, task: Task) -> Lanes {
    let mut lanes = Lanes { labels: vec![task_label(run, task)], first: vec![0], ..Lanes::default() };
    push_lane(&mut lanes, &run.trace, run.trace.of(task));
    lanes
}

/// A task as people read it: `dish 5` for the fifth of several.
pub fn task_label(run: &Run, task: Task) -> String {
    let (group, index) = run.group_of(task);
    label_in(&run.scenario.groups[group], index)
}

/// `core 0`, or `core ?` for the unknown one.
pub fn core_label(core: Core, lang: Lang) -> String {
    match core.get() {
        Some(core) => CORE.fill(lang, &[&core]),
        None => CORE.fill(lang, &[&'?']),
    }
}

fn label_in(group: &Group, index: u32) -> String {
    if group.count == 1 { group.name.clone() } else { format!("{} {}", group.name, index + 1) }
}

fn by_task(run: &Run) -> Lanes {
    let trace = &run.trace;
    let mut lanes = Lanes { first: vec![0], ..Lanes::default() };
    let tasks = u32::try_from(run.scenario.tasks()).expect("the checker bounds tasks far below 2^32");
    let groups = run.scenario.groups.iter();
    lanes.labels = groups.flat_map(|group| (0..group.count).map(move |index| label_in(group, index))).collect();
    for task in 0..tasks {
        // A run that has not begun has lanes already, and no spans.
        let spans = if task < trace.tasks() { trace.of(Task(task)) } else { 0..0 };
        push_lane(&mut lanes, trace, spans);
    }
    lanes
}

fn push_lane(lanes: &mut Lanes, trace: &Trace, spans: std::ops::Range<usize>) {
    for at in spans {
        if Tone::of(trace.states()[at], trace.causes()[at]).is_some() {
            lanes.spans.push(index(at));
            // A task is in one state at a time: its spans follow each other.
            lanes.reach.push(trace.ends()[at]);
        }
    }
    lanes.first.push(index(lanes.spans.len()));
}

/// A stable counting sort of spans by lane, then each lane by time.
fn grouped(trace: &Trace, labels: Vec<String>, lane_of: impl Fn(usize) -> Option<usize>) -> Lanes {
    let lane_of = |at: usize| lane_of(at).filter(|lane| *lane < labels.len());
    let mut first = vec![0_u32; labels.len() + 1];
    for lane in (0..trace.len()).filter_map(lane_of) {
        first[lane + 1] += 1;
    }
    for lane in 0..labels.len() {
        first[lane + 1] += first[lane];
    }
    let mut next = first.clone();
    let mut spans = vec![0_u32; first[labels.len()] as usize];
    for at in 0..trace.len() {
        if let Some(lane) = lane_of(at) {
            spans[next[lane] as usize] = index(at);
            next[lane] += 1;
        }
    }
    let mut reach = Vec::with_capacity(spans.len());
    for lane in first.windows(2) {
        let own = &mut spans[lane[0] as usize..lane[1] as usize];
        own.sort_by_key(|at| trace.starts()[*at as usize]);
        reach.extend(own.iter().scan(Nanos(i64::MIN), |latest, at| {
            *latest = (*latest).max(trace.ends()[*at as usize]);
            Some(*latest)
        }));
    }
    Lanes { labels, spans, first, reach }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).expect("a trace holds fewer than 2^32 spans")
}
