//! From spans to bars in pixels, with everything narrower than a pixel merged into one bar of the tone that prevails. What the
//! others lose by that in one pixel counts for them in the next, so that in a row of them each tone has its share: the error
//! diffusion of R. Floyd and L. Steinberg (1976), in one dimension.
//!
//! The number of marks is bounded by lanes × pixels, whatever the number of spans; the time to make them by the spans
//! in sight. Nothing here knows how a mark is painted.

use super::axis::Axis;
use super::lanes::Lanes;
use super::palette::Tone;
use super::strips::StripMark;
use crate::time::Nanos;
use crate::trace::{Run, Trace};

/// One bar. `x` in pixels from the plot's left edge, clipped to the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    pub lane: u32,
    pub x0: f32,
    /// Of a merged bar: `x0` and the time it stands for, so that bars cover as much as their spans do and no more.
    pub x1: f32,
    pub tone: Tone,
    /// The span it stands for, or the longest of those it stands for.
    pub span: u32,
    /// It stands for several spans narrower than a pixel.
    pub merged: bool,
}

/// The bars of the lanes `visible`, lane by lane, in time order and without overlap: where two spans of a core or
/// worker overlap, the earlier one has the place. An end that went wrong has no length, and a bar of its own.
pub fn bars(run: &Run, lanes: &Lanes, visible: std::ops::Range<usize>, axis: &Axis) -> Vec<Bar> {
    let mut bars = Vec::new();
    for lane in visible.start..visible.end.min(lanes.len()) {
        each_bar(run, lanes, lane, axis, |bar| bars.push(bar));
    }
    bars
}

/// Gives away the bars of one lane, as [`bars`] has them.
pub(super) fn each_bar(run: &Run, lanes: &Lanes, lane: usize, axis: &Axis, mut give: impl FnMut(Bar)) {
    let number = u32::try_from(lane).expect("there are fewer lanes than spans");
    let mut group = Group::EMPTY;
    let mut owed = [0.0; TONES];
    for piece in pieces(&run.trace, lanes, lane, axis) {
        let tick = piece.tone == Tone::BadEnd;
        if !tick && piece.x1 - piece.x0 < 1.0 {
            if !group.takes(&piece) {
                group.bar(number, &mut owed).into_iter().for_each(&mut give);
                group = Group::EMPTY;
            }
            group.add(&piece);
        } else {
            group.bar(number, &mut owed).into_iter().for_each(&mut give);
            (group, owed) = (Group::EMPTY, [0.0; TONES]);
            give(bar(number, piece.x0, piece.x1, piece.tone, piece.span));
        }
    }
    group.bar(number, &mut owed).into_iter().for_each(give);
}

/// A stretch of the main thread's lane: thin, behind the bars of tasks that it carries itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MainBar {
    pub x0: f32,
    pub x1: f32,
    pub blocked: bool,
}

/// Whether the main thread was free or blocked, in time order, up to `until`; of stretches within one pixel the longer
/// kind shows.
pub fn main_thread(run: &Run, axis: &Axis, until: Option<Nanos>) -> Vec<MainBar> {
    let width = f64::from(axis.width);
    let mut bars: Vec<MainBar> = Vec::new();
    // The pixel column being filled: free and blocked so far.
    let mut column: Option<(f64, [f64; 2])> = None;
    let mut push = |x0: f64, x1: f64, blocked: bool| match bars.last_mut() {
        Some(last) if last.blocked == blocked => last.x1 = main_bar(x0, x1, blocked).x1,
        _ => {
            bars.push(main_bar(x0, x1, blocked));
        }
    };
    for span in &run.account.main {
        let end = until.map_or(span.end, |until| span.end.min(until));
        let (x0, x1) = (axis.x_exact(span.start).max(0.0), axis.x_exact(end).min(width));
        if x1 <= x0 {
            continue;
        }
        let blocked = span.state.is_blocked();
        if x1 - x0 < 1.0 {
            let (from, covered) = column.get_or_insert((x0, [0.0; 2]));
            covered[usize::from(blocked)] += x1 - x0;
            if x1 - *from >= 1.0 {
                push(*from, x1, covered[1] > covered[0]);
                column = None;
            }
            continue;
        }
        if let Some((from, covered)) = column.take() {
            push(from, x0, covered[1] > covered[0]);
        }
        push(x0, x1, blocked);
    }
    if let Some((from, covered)) = column {
        push(from, from + covered[0] + covered[1], covered[1] > covered[0]);
    }
    bars
}

/// Leaves out what is right of `x`: a replay shows nothing that has not happened yet.
pub fn cut(bars: &mut Vec<Bar>, strips: &mut [Vec<StripMark>], x: f32) {
    bars.retain_mut(|bar| {
        bar.x1 = bar.x1.min(x);
        bar.x0 <= x && (bar.x1 > bar.x0 || bar.tone == Tone::BadEnd)
    });
    for strips in strips {
        strips.retain_mut(|mark| {
            mark.x1 = mark.x1.min(x);
            mark.x1 > mark.x0
        });
    }
}

/// The span under `x` on a lane, or else the nearest one within `slack` pixels.
pub fn span_at(run: &Run, lanes: &Lanes, lane: usize, axis: &Axis, x: f32, slack: f32) -> Option<u32> {
    if lane >= lanes.len() {
        return None;
    }
    let (trace, own) = (&run.trace, lanes.of(lane));
    let near = axis.time(x - slack);
    let from = own.start + lanes.reach[own.clone()].partition_point(|reach| *reach < near);
    let distance = |span: &u32| {
        let at = *span as usize;
        let (x0, x1) = (axis.x(trace.starts()[at]), axis.x(trace.ends()[at]));
        (x0 - x).max(x - x1).max(0.0)
    };
    lanes.spans[from..own.end]
        .iter()
        .take_while(|span| axis.x(trace.starts()[**span as usize]) <= x + slack)
        .filter(|span| distance(span) <= slack)
        .min_by(|one, other| distance(one).total_cmp(&distance(other)))
        .copied()
}

/// A span, clipped to the plot and to what earlier spans of its lane left over. Pixels in `f64`: a lane of a million
/// spans must add up.
struct Piece {
    x0: f64,
    x1: f64,
    tone: Tone,
    span: u32,
}

/// The visible pieces of a lane, in order, without overlap; of no length only for an end that went wrong.
fn pieces<'a>(trace: &'a Trace, lanes: &'a Lanes, lane: usize, axis: &'a Axis) -> impl Iterator<Item = Piece> + 'a {
    let width = f64::from(axis.width);
    let own = lanes.of(lane);
    let from = own.start + lanes.reach[own.clone()].partition_point(|reach| axis.x_exact(*reach) < 0.0);
    let mut taken = Nanos(i64::MIN);
    lanes.spans[from..own.end]
        .iter()
        .map(move |span| (*span, trace.starts()[*span as usize]))
        .take_while(move |(_, start)| axis.x_exact(*start) <= width)
        .filter_map(move |(span, start)| {
            let at = span as usize;
            let (start, end) = (start.max(taken), trace.ends()[at]);
            taken = taken.max(end);
            let tone = Tone::of(trace.states()[at], trace.causes()[at])?;
            let (x0, x1) = (axis.x_exact(start).max(0.0), axis.x_exact(end).min(width));
            (x1 > x0 || (tone == Tone::BadEnd && x1 >= x0)).then_some(Piece { x0, x1, tone, span })
        })
}

/// How many tones there are, for sums by tone.
pub(super) const TONES: usize = Tone::Others as usize + 1;

/// Pieces narrower than a pixel that lie within one pixel's width of each other.
struct Group {
    x0: f64,
    /// Pixels covered, by tone.
    covered: [f64; TONES],
    /// The longest piece and its length.
    longest: (u32, f64),
    /// The tone of the only piece, while there is one.
    count: u32,
}

impl Group {
    const EMPTY: Group = Group { x0: 0.0, covered: [0.0; TONES], longest: (0, 0.0), count: 0 };

    fn takes(&self, piece: &Piece) -> bool {
        self.count == 0 || piece.x1 <= self.x0 + 1.0
    }

    fn add(&mut self, piece: &Piece) {
        if self.count == 0 {
            self.x0 = piece.x0;
        }
        let length = piece.x1 - piece.x0;
        self.covered[piece.tone as usize] += length;
        if self.count == 0 || length > self.longest.1 {
            self.longest = (piece.span, length);
        }
        self.count += 1;
    }

    /// `owed`: by tone, the pixels that bars before it did not show, or showed too many.
    fn bar(&self, lane: u32, owed: &mut [f64; TONES]) -> Option<Bar> {
        let covers = |tone: &Tone| self.covered[*tone as usize] > 0.0;
        let with_owed = |tone: &Tone| self.covered[*tone as usize] + owed[*tone as usize];
        let prevails = |one: &Tone, other: &Tone| with_owed(one).total_cmp(&with_owed(other));
        let tone = DRAWN.into_iter().filter(covers).max_by(prevails)?;
        let width = self.covered.iter().sum::<f64>();
        for (owed, covered) in owed.iter_mut().zip(self.covered) {
            *owed += covered;
        }
        owed[tone as usize] -= width;
        let x1 = self.x0 + width;
        Some(Bar { merged: self.count > 1, ..bar(lane, self.x0, x1, tone, self.longest.0) })
    }
}

/// Tones a span with a length can have; where two cover the same, the later one shows.
pub(super) const DRAWN: [Tone; 6] =
    [Tone::Io, Tone::Ready, Tone::Overhead, Tone::Preempted, Tone::Blocked, Tone::Running];

#[expect(clippy::cast_possible_truncation, reason = "pixels")]
fn bar(lane: u32, x0: f64, x1: f64, tone: Tone, span: u32) -> Bar {
    Bar { lane, x0: x0 as f32, x1: x1 as f32, tone, span, merged: false }
}

#[expect(clippy::cast_possible_truncation, reason = "pixels")]
fn main_bar(x0: f64, x1: f64, blocked: bool) -> MainBar {
    MainBar { x0: x0 as f32, x1: x1 as f32, blocked }
}
