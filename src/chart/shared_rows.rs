//! Rows that stand for several lanes: for each pixel the tone that covers most of it in all of them.
//!
//! A bar changes what is covered at its two ends only: its cost does not depend on how long it is, and where no bar
//! begins or ends there is nothing to be decided. So the time goes by bars, not by pixels.

use std::ops::Range;

use super::axis::Axis;
use super::lanes::Lanes;
use super::marks::{Bar, DRAWN, TONES, each_bar};
use super::palette::Tone;
use crate::trace::Run;

/// Parts of a pixel: sums of whole numbers leave nothing behind.
const PARTS: i32 = 256;

/// Makes one row after another.
pub struct SharedRows<'a> {
    run: &'a Run,
    lanes: &'a Lanes,
    axis: &'a Axis,
    /// What changes at each pixel, and two beyond the last; all zero between rows.
    pixels: Vec<Pixel>,
    /// A bit for each that does.
    changed: Vec<u64>,
    /// Of the row that is being made.
    bad_ends: Vec<Bar>,
}

#[derive(Clone, Copy, Default)]
struct Pixel {
    /// By tone: how many [`PARTS`] more it covers than of the pixel before.
    more: [i32; TONES],
    /// By tone: of the bars that begin here, the one that goes furthest.
    begins: [Furthest; TONES],
}

/// Where a bar ends, in [`PARTS`], and the span that it stands for.
#[derive(Clone, Copy, Default)]
struct Furthest {
    end: i32,
    span: u32,
}

impl<'a> SharedRows<'a> {
    pub fn new(run: &'a Run, lanes: &'a Lanes, axis: &'a Axis) -> Self {
        let pixels = pixel(parts(axis.width)) + 3;
        SharedRows {
            run,
            lanes,
            axis,
            pixels: vec![Pixel::default(); pixels],
            changed: vec![0; pixels.div_ceil(64)],
            bad_ends: Vec::new(),
        }
    }

    /// The bars of the row that stands for these lanes, in time order, and every end that went wrong. Of a great many
    /// lanes, so many at equal distances.
    pub fn row(&mut self, own: Range<usize>) -> Vec<Bar> {
        /// More lanes would change no pixel that an eye could tell, and a million of them take their time.
        const LANES_MAX: usize = 64;
        let step = own.len().div_ceil(LANES_MAX).max(1);
        for lane in own.step_by(step) {
            each_bar(self.run, self.lanes, lane, self.axis, |bar| self.add(&bar));
        }
        self.take()
    }

    fn add(&mut self, bar: &Bar) {
        if bar.tone == Tone::BadEnd {
            self.bad_ends.push(*bar);
            return;
        }
        let tone = bar.tone as usize;
        let begin = parts(bar.x0);
        // However short, it is there.
        let end = parts(bar.x1).max(begin + 1);
        let (first, last) = (pixel(begin), pixel(end));
        let begins = &mut self.pixels[first].begins[tone];
        if end > begins.end {
            *begins = Furthest { end, span: bar.span };
        }
        if first == last {
            self.change(first, tone, end - begin);
            self.change(first + 1, tone, begin - end);
        } else {
            let (in_first, in_last) = (PARTS - begin % PARTS, end % PARTS);
            self.change(first, tone, in_first);
            self.change(first + 1, tone, PARTS - in_first);
            self.change(last, tone, in_last - PARTS);
            self.change(last + 1, tone, -in_last);
        }
    }

    fn change(&mut self, at: usize, tone: usize, by: i32) {
        self.pixels[at].more[tone] += by;
        self.changed[at / 64] |= 1 << (at % 64);
    }

    /// What the bars add up to; forgets them.
    fn take(&mut self) -> Vec<Bar> {
        let mut bars: Vec<Bar> = Vec::new();
        let mut covered = [0; TONES];
        let mut furthest = [Furthest::default(); TONES];
        let mut since = 0;
        for word in 0..self.changed.len() {
            let mut bits = std::mem::take(&mut self.changed[word]);
            while bits != 0 {
                let at = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                push(&mut bars, since..at, self.axis.width, &covered, &furthest);
                let pixel = std::mem::take(&mut self.pixels[at]);
                for tone in 0..TONES {
                    covered[tone] += pixel.more[tone];
                    if pixel.begins[tone].end > furthest[tone].end {
                        furthest[tone] = pixel.begins[tone];
                    }
                }
                since = at;
            }
        }
        bars.append(&mut self.bad_ends);
        bars
    }
}

/// Adds pixels that are all covered alike.
fn push(bars: &mut Vec<Bar>, own: Range<usize>, width: f32, covered: &[i32; TONES], furthest: &[Furthest; TONES]) {
    let most = DRAWN.into_iter().max_by_key(|tone| covered[*tone as usize]);
    let Some(tone) = most.filter(|tone| covered[*tone as usize] > 0) else { return };
    #[expect(clippy::cast_precision_loss, reason = "pixels")]
    let [x0, x1] = [own.start, own.end].map(|pixel| (pixel as f32).min(width));
    if x1 <= x0 {
        return;
    }
    match bars.last_mut() {
        Some(last) if last.tone == tone && last.x1 >= x0 => last.x1 = x1,
        _ => bars.push(Bar { lane: 0, x0, x1, tone, span: furthest[tone as usize].span, merged: true }),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates; a picture is some thousand pixels wide")]
fn parts(x: f32) -> i32 {
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let parts = x * PARTS as f32;
    parts.max(0.0) as i32
}

fn pixel(parts: i32) -> usize {
    usize::try_from(parts / PARTS).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::chart::lanes::{LaneBy, lanes};
    use crate::lang::Lang;
    use crate::time::Nanos;
    use crate::trace::{Cause, State};

    /// What two tasks add up to on 12 pixels that are so many milliseconds each.
    fn row(story: &Story, pixel: i64) -> Vec<(f32, f32, Tone)> {
        let run = story.run();
        let lanes = lanes(&run, LaneBy::Task, Lang::En);
        let axis = Axis::fit(Nanos::from_millis(12 * pixel), 12.0);
        let mut rows = SharedRows::new(&run, &lanes, &axis);
        let first = rows.row(0..2);
        assert_eq!(rows.row(0..2), first, "nothing is left of one row in the next");
        first.into_iter().map(|bar| (bar.x0, bar.x1, bar.tone)).collect()
    }

    fn two() -> Story {
        Story::of("threads", "HEAD\n[[task]]\nname = \"t\"\ncount = 2\nsteps = [{ cpu = \"1ms\" }]\n")
    }

    #[test]
    fn it_shows_what_prevails() {
        let mut story = two();
        story.at(0, 0, State::Ready, Cause::Queued).at(4, 0, State::Running, Cause::None);
        story.at(7, 0, State::Ready, Cause::Queued).at(9, 0, State::Failed, Cause::None);
        story.at(0, 1, State::Ready, Cause::Queued).at(4, 1, State::Running, Cause::None);
        story.at(6, 1, State::Io, Cause::None).at(10, 1, State::Done, Cause::None);
        // Where two cover the same, whoever waits for a core is seen before whoever is in IO, and computing before all.
        let expected =
            [(0.0, 4.0, Tone::Ready), (4.0, 7.0, Tone::Running), (7.0, 9.0, Tone::Ready), (9.0, 10.0, Tone::Io)];
        assert_eq!(row(&story, 1)[..4], expected);
        assert_eq!(row(&story, 1)[4..], [(9.0, 9.0, Tone::BadEnd)]);
    }

    #[test]
    fn what_is_alone_is_seen_however_short() {
        let mut story = two();
        story.at(0, 0, State::Io, Cause::None).at(3_000_000, 0, State::Done, Cause::None);
        story.at(5_000_000, 1, State::Running, Cause::None).at(5_000_010, 1, State::Done, Cause::None);
        assert_eq!(row(&story, 1_000_000), [(0.0, 3.0, Tone::Io), (5.0, 6.0, Tone::Running)]);
    }
}
