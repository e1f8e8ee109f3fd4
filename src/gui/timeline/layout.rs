//! Where everything stands: the blocks of the runs one under the other, the height of a lane, the plot's left and
//! right edge. Pure: numbers in, numbers out.

use std::ops::Range;

use eframe::egui;
use egui::Rangef;

/// Heights in points.
pub const HEADER: f32 = 24.0;
/// A core's strip of 16 points, and the gap below it.
const STRIP_STEP: f32 = 19.0;
const STRIP_GAP: f32 = 3.0;
pub const OUTPUT_ROW: f32 = 16.0;
/// So many rows of printed lines are in sight at most; the rest scrolls.
const OUTPUT_ROWS_MAX: usize = 6;
/// Between lanes and strips, and between strips and output.
const SECTION_GAP: f32 = 7.0;
const BLOCK_GAP: f32 = 16.0;
const PITCH_DEFAULT: f32 = 18.0;
/// Of a lane's name.
const LABEL_HEIGHT: f32 = 11.0;
/// A lane of that pitch has room for its name.
const READABLE: f32 = LABEL_HEIGHT + 1.0;

/// What a block has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    pub lanes: usize,
    pub strips: usize,
    pub output: Output,
    pub folded: bool,
}

/// What was printed, and how much of it is to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Nothing was printed, nothing is shown.
    None,
    /// Only when.
    Ticks,
    /// So many rows, fewer where the lanes need the room.
    Rows(usize),
}

/// Lane height plus gap, and the gap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pitch {
    pub step: f32,
    pub gap: f32,
}

impl Pitch {
    fn new(step: f32) -> Self {
        let gap = match step {
            step if step >= 12.0 => 3.0,
            step if step >= 7.0 => 2.0,
            step if step >= 4.0 => 1.0,
            _ => 0.0,
        };
        Pitch { step, gap }
    }

    /// Of the painted lane.
    pub fn height(self) -> f32 {
        self.step - self.gap
    }

    /// How many lanes share a row of one point, where they do not have that much each.
    pub fn lanes_per_row(self) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1")]
        let lanes = (1.0 / self.step).round().max(1.0) as usize;
        lanes
    }
}

/// What becomes of lanes that do not fit at a height that can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Crowd {
    /// As it suits them: a little too many are scrolled to, very many fitted in.
    #[default]
    Auto,
    /// All are in sight, however thin; in the end several share a row.
    Fit,
    /// Each has a row, and those below are scrolled to.
    Scroll,
}

/// One run's place, from the top of all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    pub pitch: Pitch,
    pub header: Rangef,
    pub lanes: Rangef,
    pub strips: Rangef,
    /// The ticks of printed lines, then the lines.
    pub output: Option<Rangef>,
    pub all: Rangef,
}

impl Block {
    /// Lanes and strips, where the grid and the cursor go.
    pub fn plot(&self) -> Rangef {
        Rangef::new(self.lanes.min, self.strips.max)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub blocks: Vec<Block>,
    /// What the strips of one run may take, see [`strip_pitch`].
    pub strips_max: f32,
    pub height: f32,
    /// What became of lanes that are too many, never [`Crowd::Auto`]; `None`: they are not.
    pub crowd: Option<Crowd>,
}

impl Layout {
    /// The most lanes that share a row of one point anywhere.
    pub fn lanes_per_row(&self) -> usize {
        self.blocks.iter().map(|block| block.pitch.lanes_per_row()).max().unwrap_or(1)
    }
}

/// Stacks the blocks. Lanes are equally high: 18 points with their gap where there is room, up to a little more, down to
/// what so many lanes allow; what does not fit then is scrolled to or squeezed in, as `crowd` has it. Before that, output
/// and strips give way. A run of few lanes beside one of very many keeps lanes that can be read.
pub fn layout(contents: &[Content], room: f32, crowd: Crowd) -> Layout {
    /// Whole rooms: to scroll through more is to lose one's way.
    const SCROLLED_MAX: f32 = 3.0;
    let (full, low) = (strips_max(contents, room), low_strips_max(contents, room));
    let readable = |(rows, strips_max)| stack(contents, room, rows, strips_max, Crowd::Scroll);
    let fits = |layout: &Layout| layout.height <= room;
    let roomy = (1..=OUTPUT_ROWS_MAX).rev().map(|rows| (rows, full));
    if let Some(fitting) = roomy.chain([(1, low)]).map(readable).find(fits) {
        return fitting;
    }
    let scrolled = readable((1, low));
    let crowd = match crowd {
        Crowd::Auto if scrolled.height > SCROLLED_MAX * room => Crowd::Fit,
        Crowd::Auto => Crowd::Scroll,
        chosen => chosen,
    };
    let layout = if crowd == Crowd::Fit { stack(contents, room, 1, low, Crowd::Fit) } else { scrolled };
    Layout { crowd: Some(crowd), ..layout }
}

impl Content {
    fn with_output_rows(self, most: usize) -> Self {
        let output = match self.output {
            Output::Rows(rows) => Output::Rows(rows.min(most)),
            other => other,
        };
        Content { output, ..self }
    }
}

fn stack(contents: &[Content], room: f32, output_rows: usize, strips_max: f32, crowd: Crowd) -> Layout {
    let contents: Vec<Content> = contents.iter().map(|content| content.with_output_rows(output_rows)).collect();
    let beside: f32 = contents.iter().map(|content| beside_lanes(content, strips_max)).sum();
    let lanes: Vec<usize> = contents.iter().map(|content| if content.folded { 0 } else { content.lanes }).collect();
    let mut top = 0.0;
    let blocks = contents
        .iter()
        .zip(pitches(&lanes, room - beside, crowd))
        .map(|(content, pitch)| {
            let block = block(content, pitch, strips_max, top);
            top = block.all.max;
            block
        })
        .collect();
    Layout { blocks, strips_max, height: top, crowd: None }
}

/// The pitch of each run's lanes: the same for all, unless that is too low to be read where some runs have few lanes.
/// Those take what they need of their share of the room, and the others have the rest.
fn pitches(lanes: &[usize], room: f32, crowd: Crowd) -> Vec<Pitch> {
    /// So much more than its share a run of few lanes may take: it is worth scrolling a little.
    const FEW_MAX: f32 = 100.0;
    /// Few lanes are so many times fewer than the most.
    const FEW: usize = 4;
    /// With so many runs that their headers and strips fill the room, the lanes of each still get so much: less would be
    /// a line, and no picture of anything.
    const RUN_MIN: f32 = 56.0;
    let common = |lanes: usize, blocks: usize, room: f32| match crowd {
        Crowd::Fit => squeezed(lanes, room.max(count(blocks) * RUN_MIN)),
        Crowd::Auto | Crowd::Scroll => pitch(lanes, room),
    };
    let mut own: Vec<Option<Pitch>> = vec![None; lanes.len()];
    let (mut left, mut rest, mut blocks) = (room, lanes.iter().sum(), lanes.iter().filter(|lanes| **lanes > 0).count());
    let most = lanes.iter().copied().max().unwrap_or(0);
    let mut by_lanes: Vec<usize> = (0..lanes.len()).filter(|at| lanes[*at] > 0).collect();
    by_lanes.sort_by_key(|at| lanes[*at]);
    for at in by_lanes {
        let need = count(lanes[at]) * READABLE;
        let is_few = lanes[at] * FEW <= most && need <= (left / count(blocks)).max(FEW_MAX);
        if !is_few || common(rest, blocks, left).step >= READABLE {
            break;
        }
        own[at] = Some(Pitch::new(READABLE));
        (left, rest, blocks) = (left - need, rest - lanes[at], blocks - 1);
    }
    let common = common(rest, blocks, left);
    own.into_iter().map(|own| own.unwrap_or(common)).collect()
}

/// How many lanes of that pitch a label is high: nearer to each other, two would touch.
pub fn label_lanes(pitch: Pitch) -> usize {
    lanes_in(LABEL_HEIGHT, pitch)
}

/// The same behind the first lane, whose label stands lower.
pub fn lanes_behind_first(pitch: Pitch) -> usize {
    lanes_in(LABEL_HEIGHT + first_label_shift(pitch), pitch)
}

fn lanes_in(height: f32, pitch: Pitch) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1")]
    let lanes = (height / pitch.step).ceil().max(1.0) as usize;
    lanes
}

/// How much lower than its middle the first lane's label is written: that of a thin one would stand in the header.
pub fn first_label_shift(pitch: Pitch) -> f32 {
    const BELOW_HEADER: f32 = 4.0;
    (BELOW_HEADER - pitch.height() / 2.0).max(0.0)
}

/// Of the lanes in `visible`, those whose label is written: where not all have room, the first of each series and
/// round numbers (`egg 1`, `egg 10`, `egg 20`). Does not depend on what else is visible: nothing jumps in scrolling.
pub fn labeled(labels: &[String], visible: Range<usize>, pitch: Pitch) -> Vec<usize> {
    const ROUND: [usize; 3] = [1, 2, 5];
    let apart = label_lanes(pitch);
    let round = (0..12).flat_map(|power| ROUND.map(|step| step * 10_usize.pow(power)));
    let step = round.into_iter().find(|step| *step >= apart).unwrap_or(apart);
    let begins = |lane: usize| lane == 0 || series(labels, lane).0 != series(labels, lane - 1).0;
    // Between even numbers there is no room for the first, which is odd.
    let is_round = |lane: usize| {
        let number = if step <= 2 { lane } else { series(labels, lane).1 };
        number.is_multiple_of(step)
    };
    // The name of a first lane that is too thin for it is written lower.
    let behind_first = lanes_behind_first(pitch);
    let is_labeled = |lane: &usize| {
        if (1..behind_first).contains(lane) {
            return false;
        }
        let others = (lane + 1).saturating_sub(apart)..(lane + apart).min(labels.len());
        if begins(*lane) {
            !others.take_while(|other| other < lane).any(begins)
        } else {
            is_round(*lane) && !others.into_iter().any(begins)
        }
    };
    (visible.start..visible.end.min(labels.len())).filter(is_labeled).collect()
}

/// A label's words and its number; a label without one is counted by its lane.
fn series(labels: &[String], lane: usize) -> (&str, usize) {
    let numbered = labels[lane].rsplit_once(' ').and_then(|(name, number)| Some((name, number.parse().ok()?)));
    numbered.unwrap_or(("", lane + 1))
}

fn pitch(lanes: usize, room: f32) -> Pitch {
    const PITCH_MAX: f32 = 22.0;
    let least = match lanes {
        // Every name is to be read: with so few that costs little scrolling, if any.
        0..=16 => READABLE,
        17..=60 => 8.0,
        61..=200 => 5.0,
        201..=1_000 => 2.0,
        _ => 1.0,
    };
    let fits = (room / count(lanes.max(1))).floor();
    // A little more room makes lanes no taller: pictures of the same thing should look the same.
    let step = if fits < PITCH_DEFAULT + 8.0 { fits.min(PITCH_DEFAULT) } else { PITCH_MAX };
    Pitch::new(step.max(least))
}

/// All lanes in that room, and were it one pixel for several of them.
fn squeezed(lanes: usize, room: f32) -> Pitch {
    let lanes = count(lanes.max(1));
    if lanes <= room { Pitch::new((room / lanes).floor()) } else { Pitch::new(1.0 / (lanes / room).ceil()) }
}

/// Four cores always have strips of full height, eight where there is room; an imagined computer may have a thousand.
fn strips_max(contents: &[Content], room: f32) -> f32 {
    const SHARE: f32 = 0.4;
    let open = contents.iter().filter(|content| !content.folded).count();
    (room * SHARE / count(open.max(1))).clamp(4.0 * STRIP_STEP, 8.0 * STRIP_STEP)
}

/// Where there is no room for that: as high as their labels.
fn low_strips_max(contents: &[Content], room: f32) -> f32 {
    let most = contents.iter().filter(|content| !content.folded).map(|content| content.strips).max().unwrap_or(0);
    strips_max(contents, room).min(count(most) * READABLE)
}

/// The strips of a run on so many cores, in no more height than that.
pub fn strip_pitch(strips: usize, height_max: f32) -> Pitch {
    /// Below that, several share a row of pixels.
    const LEAST: f32 = 0.05;
    let step = height_max / count(strips.max(1));
    if step >= STRIP_STEP {
        return Pitch { step: STRIP_STEP, gap: STRIP_GAP };
    }
    Pitch::new(if step >= 1.0 { step.floor() } else { step.max(LEAST) })
}

fn beside_lanes(content: &Content, strips_max: f32) -> f32 {
    block(&Content { lanes: 0, ..*content }, Pitch::new(1.0), strips_max, 0.0).all.span()
}

fn block(content: &Content, pitch: Pitch, strips_max: f32, top: f32) -> Block {
    let header = Rangef::new(top, top + HEADER);
    if content.folded {
        let none = Rangef::point(header.max);
        let all = Rangef::new(top, header.max + 4.0);
        return Block { pitch, header, lanes: none, strips: none, output: None, all };
    }
    let lanes = Rangef::new(header.max, header.max + count(content.lanes) * pitch.step);
    let strip = strip_pitch(content.strips, strips_max).step;
    // Of thin lanes and thin strips the last name and the first would touch.
    let gap = (LABEL_HEIGHT + 2.0 - f32::midpoint(pitch.step, strip)).max(SECTION_GAP);
    let strips_top = lanes.max + if content.strips > 0 { gap } else { 0.0 };
    let strips = Rangef::new(strips_top, strips_top + count(content.strips) * strip);
    let rows = match content.output {
        Output::None => None,
        Output::Ticks => Some(1.0),
        Output::Rows(rows) => Some(1.0 + count(rows)),
    };
    let output_top = strips.max + SECTION_GAP;
    let output = rows.map(|rows| Rangef::new(output_top, output_top + rows * OUTPUT_ROW));
    let bottom = output.map_or(strips.max, |output| output.max);
    Block { pitch, header, lanes, strips, output, all: Rangef::new(top, bottom + BLOCK_GAP) }
}

#[expect(clippy::cast_precision_loss, reason = "points; a million lanes are still exact")]
fn count(number: usize) -> f32 {
    number as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: Content = Content { lanes: 8, strips: 2, output: Output::None, folded: false };

    #[test]
    fn lanes_are_18_points_where_there_is_room_and_shrink_where_not() {
        let check = |contents: &[Content], room: f32, step: f32| {
            let layout = layout(contents, room, Crowd::Scroll);
            assert!(layout.blocks.iter().all(|block| block.pitch == Pitch::new(step)), "{contents:?} in {room}");
            assert!(layout.blocks.windows(2).all(|pair| (pair[0].all.max - pair[1].all.min).abs() < 1e-3));
        };
        check(&[RUN, RUN, RUN], 740.0, 18.0);
        check(&[RUN, RUN, RUN], 560.0, 12.0);
        check(&[RUN], 740.0, 22.0);
        check(&[RUN, RUN, RUN], 100.0, 8.0);
        check(&[Content { lanes: 10_000, ..RUN }], 700.0, 1.0);
        check(&[Content { folded: true, ..RUN }, RUN], 260.0, 18.0);
    }

    #[test]
    fn the_strips_of_many_cores_share_the_room_of_a_few() {
        for (cores, room) in [(2, 740.0), (4, 300.0), (8, 740.0)] {
            let run = Content { strips: cores, ..RUN };
            let strips = layout(&[run], room, Crowd::Auto).blocks[0].strips.span();
            assert!((strips - count(cores) * STRIP_STEP).abs() < 1e-3, "{cores} cores in {room}: {strips}");
        }
        for cores in [10, 64, 1_024] {
            let run = Content { strips: cores, ..RUN };
            let strips = layout(&[run, run, run], 640.0, Crowd::Auto).blocks[0].strips.span();
            assert!((64.0..=256.0).contains(&strips), "{cores} cores: {strips}");
        }
    }

    #[test]
    fn what_fits_fits() {
        for lanes in 1..60 {
            let layout = layout(&[Content { lanes, ..RUN }, RUN], 900.0, Crowd::Auto);
            assert!(
                layout.height <= 900.0 || layout.blocks[0].pitch == Pitch::new(8.0),
                "{lanes} lanes take {}",
                layout.height
            );
        }
    }

    #[test]
    fn very_many_lanes_are_all_in_sight_unless_one_row_each_is_asked_for() {
        let check = |lanes: usize, crowd: Crowd, expected: Option<Crowd>, per_row: usize| {
            let run = Content { lanes, ..RUN };
            let layout = layout(&[run, run], 640.0, crowd);
            assert_eq!((layout.crowd, layout.lanes_per_row()), (expected, per_row), "{lanes} lanes, {crowd:?}");
            assert_eq!(layout.height <= 640.0, expected != Some(Crowd::Scroll), "{lanes} lanes take {}", layout.height);
        };
        check(8, Crowd::Auto, None, 1);
        check(8, Crowd::Scroll, None, 1);
        check(100, Crowd::Auto, Some(Crowd::Scroll), 1);
        check(100, Crowd::Fit, Some(Crowd::Fit), 1);
        check(10_000, Crowd::Auto, Some(Crowd::Fit), 41);
        check(10_000, Crowd::Scroll, Some(Crowd::Scroll), 1);
        check(1_000_000, Crowd::Auto, Some(Crowd::Fit), 4_017);
    }

    /// Eight requests under two models, above three thousand under the same two.
    #[test]
    fn a_run_of_few_lanes_is_read_beside_runs_of_very_many() {
        let many = Content { lanes: 3_000, ..RUN };
        for crowd in [Crowd::Auto, Crowd::Fit, Crowd::Scroll] {
            for room in [400.0, 640.0] {
                let layout = layout(&[RUN, RUN, many, many], room, crowd);
                let few = &layout.blocks[..2];
                assert!(few.iter().all(|block| block.pitch.step >= 8.0), "{crowd:?} in {room}: {few:?}");
                assert!(few.iter().all(|block| block.lanes.span() >= 64.0));
                let per_row: Vec<usize> = layout.blocks.iter().map(|block| block.pitch.lanes_per_row()).collect();
                assert_eq!(&per_row[..2], [1, 1]);
                assert_eq!(per_row[2] > 1, crowd != Crowd::Scroll, "{crowd:?} in {room}");
            }
        }
    }

    #[test]
    fn many_runs_of_many_lanes_are_pictures_and_no_lines() {
        let run = Content { lanes: 500, strips: 16, ..RUN };
        let layout = layout(&[run; 8], 640.0, Crowd::Auto);
        assert_eq!(layout.crowd, Some(Crowd::Fit));
        let heights: Vec<f32> = layout.blocks.iter().map(|block| block.lanes.span()).collect();
        assert!(heights.iter().all(|height| (50.0..=80.0).contains(height)), "{heights:?}");
    }

    #[test]
    fn output_gives_way_before_lanes_are_scrolled() {
        let run = Content { lanes: 10, output: Output::Rows(6), ..RUN };
        let rows = |room: f32| {
            let layout = layout(&[run, run, run], room, Crowd::Auto);
            let output = layout.blocks[0].output.map_or(0.0, Rangef::span);
            (output / OUTPUT_ROW - 1.0, layout.height <= room)
        };
        assert_eq!(rows(1200.0), (6.0, true));
        assert_eq!(rows(680.0), (2.0, true));
        assert_eq!(rows(300.0), (1.0, false));
    }

    #[test]
    fn labels_stand_apart_and_at_round_numbers() {
        let eggs = |from: usize, to: usize| (from..=to).map(|number| format!("egg {number}")).collect::<Vec<_>>();
        let check = |labels: &[String], step: f32, expected: &[&str]| {
            let pitch = Pitch::new(step);
            let lanes = labeled(labels, 0..labels.len(), pitch);
            let shown: Vec<&str> = lanes.iter().map(|lane| labels[*lane].as_str()).collect();
            assert_eq!(shown, expected, "at {step}");
            assert!(lanes.windows(2).all(|pair| pair[1] - pair[0] >= label_lanes(pitch)), "{lanes:?} touch");
            let scrolled = labeled(labels, 2..labels.len(), pitch);
            assert!(lanes.ends_with(&scrolled) && lanes.len() - scrolled.len() <= 2, "{scrolled:?} of {lanes:?}");
        };
        check(&eggs(1, 3), 18.0, &["egg 1", "egg 2", "egg 3"]);
        check(&eggs(1, 3), 11.0, &["egg 1", "egg 2", "egg 3"]);
        check(&eggs(1, 6), 8.0, &["egg 1", "egg 3", "egg 5"]);
        check(&eggs(1, 16), 4.0, &["egg 1", "egg 5", "egg 10", "egg 15"]);
        check(&eggs(1, 31), 2.0, &["egg 1", "egg 10", "egg 20", "egg 30"]);
        check(&eggs(1, 45), 1.0, &["egg 1", "egg 20", "egg 40"]);
        check(&eggs(1, 450), 0.1, &["egg 1", "egg 200", "egg 400"]);
        check(&eggs(0, 21), 2.0, &["egg 0", "egg 10", "egg 20"]);
        // A second series begins with its own first, and has its own round numbers.
        let mut two: Vec<String> = (1..=11).map(|number| format!("cook {number}")).collect();
        two.extend(eggs(1, 21));
        check(&two, 2.0, &["cook 1", "egg 1", "egg 10", "egg 20"]);
        let names: Vec<String> = ["ana", "bia", "caio", "davi"].map(str::to_owned).into();
        check(&names, 8.0, &["ana", "caio"]);
    }
}
