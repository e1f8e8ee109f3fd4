//! What is drawn says what happened: marks cover exactly the time of their spans, at every zoom, for random traces.

use std::collections::BTreeMap;

use tasklane::chart::axis::Axis;
use tasklane::chart::lanes::{self, LaneBy, Lanes, lanes};
use tasklane::chart::marks::{self, Bar, bars, span_at};
use tasklane::chart::palette::Tone;
use tasklane::chart::strips::CoreStrips;
use tasklane::lang::Lang;
use tasklane::time::Nanos;
use tasklane::trace::{Cause, Core, Event, Run, State, Task, Trace, Worker};

use crate::fixture::{self, Random, ms};

/// Tasks in random states for times from 1 ns to 10 ms; running spans may overlap on a core, as a kernel that moves
/// threads about makes them.
fn random_run(random: &mut Random) -> Run {
    const STATES: [(State, Cause); 6] = [
        (State::Starting, Cause::None),
        (State::Ready, Cause::Queued),
        (State::Ready, Cause::Preempted),
        (State::Running, Cause::None),
        (State::Io, Cause::Blocking),
        (State::Blocked, Cause::Lock),
    ];
    let tasks = 1 + u32::try_from(random.below(6)).unwrap();
    let mut run = fixture::run("threads", tasks, 3);
    let mut events = Vec::new();
    let mut horizon = 0;
    for task in 0..tasks {
        let mut time = i64::try_from(random.below(5_000_000)).unwrap();
        for _ in 0..random.below(400) {
            let (state, cause) = STATES[usize::try_from(random.below(6)).unwrap()];
            events.push(Event {
                time: Nanos(time),
                worker: Worker(u32::try_from(random.below(3)).unwrap()),
                core: Core(u16::try_from(random.below(2)).unwrap()),
                ..Event::new(Task(task), state, cause)
            });
            let scale = 10_u64.pow(u32::try_from(random.below(8)).unwrap());
            time += i64::try_from(random.below(scale)).unwrap();
        }
        let end = if random.below(3) == 0 { State::Failed } else { State::Done };
        events.push(Event { time: Nanos(time), ..Event::new(Task(task), end, Cause::None) });
        horizon = horizon.max(time);
    }
    run.trace = Trace::new(tasks, &events, Nanos(horizon));
    run
}

fn random_axis(random: &mut Random, horizon: Nanos) -> Axis {
    let width = [40.0, 333.0, 1200.0][usize::try_from(random.below(3)).unwrap()];
    let axis = Axis::fit(horizon, width);
    #[expect(clippy::cast_precision_loss, reason = "a random pixel")]
    let x = random.below(1 << 20) as f32 / (1 << 20) as f32 * width;
    let factor = [0.5, 1.0, 3.0, 100.0, 1e5][usize::try_from(random.below(5)).unwrap()];
    axis.zoom_at(x, factor)
}

/// The visible part of each span in pixels, with what earlier spans of the lane took cut off: the slow way.
fn visible_pixels(run: &Run, lanes: &Lanes, lane: usize, axis: &Axis) -> Vec<(f64, f64, Tone)> {
    let mut taken = Nanos(i64::MIN);
    let mut pieces = Vec::new();
    for at in lanes.of(lane) {
        let span = run.trace.span(lanes.spans[at] as usize);
        let start = span.start.max(taken);
        taken = taken.max(span.end);
        let x0 = axis.x_exact(start).max(0.0);
        let x1 = axis.x_exact(span.end).min(f64::from(axis.width));
        if x1 > x0 {
            pieces.push((x0, x1, Tone::of(span.state, span.cause).expect("only drawn spans are on lanes")));
        }
    }
    pieces
}

fn check_lane(pieces: &[(f64, f64, Tone)], own: &[Bar], axis: &Axis) {
    for pair in own.windows(2) {
        assert!(pair[0].x1 <= pair[1].x0 + 0.01, "bars overlap or are out of order: {pair:?}");
    }
    for bar in own {
        assert!(bar.x0 >= 0.0 && bar.x1 <= axis.width + 0.01 && bar.x1 >= bar.x0, "outside the plot: {bar:?}");
    }
    let spans: f64 = pieces.iter().map(|(x0, x1, _)| x1 - x0).sum();
    let drawn: f64 = own.iter().map(|bar| f64::from(bar.x1 - bar.x0)).sum();
    assert!((spans - drawn).abs() <= 1.0, "{drawn} px are drawn of {spans} px");
    // Up to each pixel as much is drawn as happened, give or take that pixel: nothing is moved elsewhere.
    let until = |x: f64, intervals: &mut dyn Iterator<Item = (f64, f64)>| -> f64 {
        intervals.map(|(x0, x1)| (x1.min(x) - x0).max(0.0)).sum()
    };
    for step in 0..=20 {
        let x = f64::from(axis.width) * f64::from(step) / 20.0;
        let happened = until(x, &mut pieces.iter().map(|(x0, x1, _)| (*x0, *x1)));
        let shown = until(x, &mut own.iter().map(|bar| (f64::from(bar.x0), f64::from(bar.x1))));
        assert!((happened - shown).abs() <= 1.01, "up to {x} px: {shown} drawn of {happened}");
    }
    let wide = pieces.iter().filter(|(x0, x1, _)| x1 - x0 >= 1.0);
    let bars_wide: Vec<_> = own.iter().filter(|bar| !bar.merged && bar.x1 - bar.x0 >= 0.99).collect();
    for (x0, x1, tone) in wide {
        let found = bars_wide.iter().any(|bar| {
            bar.tone == *tone && (f64::from(bar.x0) - x0).abs() < 0.01 && (f64::from(bar.x1) - x1).abs() < 0.01
        });
        assert!(found, "no bar for the {tone:?} span from {x0} to {x1} px");
    }
}

#[test]
fn bars_cover_exactly_their_spans_at_every_zoom() {
    for seed in 0..300 {
        println!("seed {seed}");
        let mut random = Random(seed);
        let run = random_run(&mut random);
        let axis = random_axis(&mut random, run.trace.horizon());
        for by in LaneBy::ALL {
            let lanes = lanes(&run, by, Lang::En);
            let all = bars(&run, &lanes, 0..lanes.len(), &axis);
            let mut by_lane: BTreeMap<u32, Vec<Bar>> = BTreeMap::new();
            for bar in &all {
                by_lane.entry(bar.lane).or_default().push(*bar);
            }
            assert!(all.windows(2).all(|pair| pair[0].lane <= pair[1].lane), "lane by lane");
            for lane in 0..lanes.len() {
                let own = by_lane.get(&u32::try_from(lane).unwrap()).map_or(&[][..], Vec::as_slice);
                check_lane(&visible_pixels(&run, &lanes, lane, &axis), own, &axis);
                // Any two neighbors lie more than a pixel apart from begin to end, but for one tick of a bad end.
                let ticks = own.iter().filter(|bar| bar.tone == Tone::BadEnd).count();
                assert!(ticks <= 1 || by != LaneBy::Task);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
                let pixels = axis.width.ceil() as usize;
                assert!(own.len() <= 2 * pixels + 2 + 2 * ticks, "{} bars on {pixels} px", own.len());
            }
        }
    }
}

#[test]
fn a_core_is_never_busy_twice() {
    for seed in 0..300 {
        println!("seed {seed}");
        let mut random = Random(seed);
        let run = random_run(&mut random);
        let axis = random_axis(&mut random, run.trace.horizon());
        let by_core = lanes(&run, LaneBy::Core, Lang::En);
        let strips = CoreStrips::of(&run).busy.marks(&axis);
        for lane in 0..by_core.len() {
            let own: Vec<_> = strips.iter().filter(|busy| busy.core as usize == lane).collect();
            assert!(own.windows(2).all(|pair| pair[0].x1 <= pair[1].x0 + 0.01), "strips overlap");
            assert!(own.iter().all(|busy| busy.coverage > 0.0 && busy.coverage <= 1.0));
            let drawn: f64 = own.iter().map(|busy| f64::from((busy.x1 - busy.x0) * busy.coverage)).sum();
            let pieces = visible_pixels(&run, &by_core, lane, &axis);
            let happened: f64 = pieces.iter().map(|(x0, x1, _)| x1 - x0).sum();
            assert!((drawn - happened).abs() <= 1.0, "{drawn} px of {happened} px");
            assert!(happened <= f64::from(axis.width) + 1e-6);
        }
    }
}

#[test]
fn what_is_pointed_at_is_what_is_there() {
    for seed in 0..200 {
        println!("seed {seed}");
        let mut random = Random(seed);
        let run = random_run(&mut random);
        let axis = random_axis(&mut random, run.trace.horizon());
        let lanes = lanes(&run, LaneBy::Task, Lang::En);
        for at in (0..run.trace.len()).filter(|at| run.trace.ends()[*at] > run.trace.starts()[*at]) {
            let span = run.trace.span(at);
            let (x0, x1) = (axis.x(span.start).max(0.0), axis.x(span.end).min(axis.width));
            if x1 - x0 > 0.5 {
                let found = span_at(&run, &lanes, span.task.index(), &axis, f32::midpoint(x0, x1), 2.0);
                assert_eq!(found.map(|found| found as usize), Some(at));
            }
        }
        assert_eq!(span_at(&run, &lanes, lanes.len(), &axis, 0.0, 2.0), None);
    }
}

#[test]
fn the_kitchen_in_bars() {
    let run = fixture::run("thread-pool", 3, 2);
    let axis = Axis::fit(ms(512), 512.0);
    let by_task = lanes(&run, LaneBy::Task, Lang::En);
    assert_eq!(by_task.labels, ["dish 1", "dish 2", "dish 3"]);
    let bars: Vec<_> = marks::bars(&run, &by_task, 2..3, &axis)
        .into_iter()
        .map(|bar| (bar.lane, bar.x0.round(), bar.x1.round(), bar.tone))
        .collect();
    assert_eq!(
        bars,
        [
            (2, 0.0, 256.0, Tone::Ready),
            (2, 256.0, 286.0, Tone::Running),
            (2, 286.0, 486.0, Tone::Io),
            (2, 486.0, 487.0, Tone::Ready),
            (2, 487.0, 497.0, Tone::Running),
            (2, 497.0, 502.0, Tone::Preempted),
            (2, 502.0, 512.0, Tone::Running),
        ]
    );
    let by_worker = lanes(&run, LaneBy::Worker, Lang::En);
    assert_eq!(by_worker.labels, ["main", "worker 1"]);
    assert_eq!(
        by_worker.of(0).len(),
        10,
        "two dishes, each of two computations, one interrupted, and IO that holds the worker"
    );
    let by_core = lanes(&run, LaneBy::Core, Lang::PtBr);
    assert_eq!(by_core.labels, ["núcleo 0", "núcleo 1"]);
    assert_eq!(by_core.of(1).len(), 3, "only running spans are on a core");
    assert_eq!(lanes::task_label(&run, Task(2)), "dish 3");
}

#[test]
fn a_bad_end_is_a_tick_that_nothing_hides() {
    let mut run = fixture::run("threads", 1, 1);
    let event = |time: i64, state: State| Event { time: Nanos(time), ..Event::new(Task(0), state, Cause::None) };
    let events = [event(0, State::Running), event(10, State::Ready), event(20, State::Failed)];
    run.trace = Trace::new(1, &events, ms(1));
    let bars = bars(&run, &lanes(&run, LaneBy::Task, Lang::En), 0..1, &Axis::fit(ms(1), 100.0));
    let tones: Vec<_> = bars.iter().map(|bar| (bar.tone, bar.merged)).collect();
    assert_eq!(tones, [(Tone::Running, true), (Tone::BadEnd, false)]);
}

/// Turns of a third of a millisecond and two, of more and more of them to a pixel: however they fall on the pixels, what
/// runs a third of the time takes a third of the lane.
#[test]
fn in_a_lane_of_turns_narrower_than_pixels_each_tone_has_its_share() {
    const TURNS: i64 = 900;
    let mut run = fixture::run("threads", 1, 1);
    let event = |time: i64, state: State, cause| Event { time: Nanos(time), ..Event::new(Task(0), state, cause) };
    let turn = |number: i64| {
        let begin = number * 1_000_000;
        [event(begin, State::Running, Cause::None), event(begin + 333_333, State::Ready, Cause::Preempted)]
    };
    let done = event(TURNS * 1_000_000, State::Done, Cause::None);
    let events: Vec<Event> = (0..TURNS).flat_map(turn).chain([done]).collect();
    run.trace = Trace::new(1, &events, ms(TURNS));
    let lanes = lanes(&run, LaneBy::Task, Lang::En);
    for width in [50.0, 123.0, 300.0, 450.0, 600.0, 799.0, 1_200.0] {
        let axis = Axis::fit(ms(TURNS), width);
        let mut shares = BTreeMap::from([(true, 0.0), (false, 0.0)]);
        for bar in bars(&run, &lanes, 0..1, &axis) {
            *shares.entry(bar.tone == Tone::Running).or_default() += f64::from((bar.x1 - bar.x0) / width);
        }
        // What is owed at the end is less than a pixel.
        let off = (shares[&true] - 1.0 / 3.0).abs() * f64::from(width);
        assert!(off < 1.0, "{width} pixels: {shares:?}");
    }
}
