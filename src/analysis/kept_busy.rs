//! What kept the cores busy over time, layer upon layer as on the strips of cores: the run's own work, what its model
//! costs, what others took. For the charts of busy cores; knows nothing of pixels.

use super::overheads::overhead_stretches;
use super::taken::taken_stretches;
use super::utilization::{CoreBusy, Stairs, Stretch, busy_stretches, makespan_range, stairs_of, united};
use crate::time::Nanos;
use crate::trace::{Core, Run};

/// Staircases of busy cores over the same makespan, the later ones on top of the earlier. Empty before anything happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layers {
    pub running: Stairs,
    /// Cores that ran tasks or paid what the model costs; `None`: it cost nothing on any core that is known of.
    pub with_overhead: Option<Stairs>,
    /// And those that others took from tasks; `None`: none.
    pub with_others: Option<Stairs>,
}

/// The same by core, for whoever asks what kept a single one: the row of unknown ones has the run's own work only.
pub(super) fn of_each_core(run: &Run, range: Stretch) -> Vec<CoreBusy> {
    let mut rows = busy_stretches(run);
    let (overhead, taken) = (overhead_stretches(run, &rows), taken_stretches(run, &rows));
    add(&mut rows, overhead, range);
    add(&mut rows, taken, range);
    rows
}

/// `busy`: the run's [`busy_stretches`].
pub fn layers(run: &Run, busy: Vec<CoreBusy>) -> Layers {
    let Some(range) = makespan_range(run).filter(|range| range.start < range.end) else { return Layers::default() };
    let (overhead, taken) = (overhead_stretches(run, &busy), taken_stretches(run, &busy));
    let mut rows = busy;
    let running = stairs_of(&rows, range);
    let with_overhead = add(&mut rows, overhead, range).then(|| stairs_of(&rows, range));
    let with_others = add(&mut rows, taken, range).then(|| stairs_of(&rows, range));
    Layers { running, with_overhead, with_others }
}

/// Says whether there was anything to add. What is known of a core is not of the row of unknown ones.
fn add(rows: &mut [CoreBusy], by_core: Vec<Vec<Stretch>>, range: Stretch) -> bool {
    let mut added = false;
    for (row, more) in rows.iter_mut().filter(|row| row.core != Core::NONE).zip(by_core) {
        let within = |own: Stretch| Stretch { start: own.start.max(range.start), end: own.end.min(range.end) };
        let more: Vec<Stretch> = more.into_iter().map(within).filter(|own| own.length() > Nanos::ZERO).collect();
        if !more.is_empty() {
            added = true;
            row.stretches.extend(more);
            row.stretches = united(std::mem::take(&mut row.stretches));
        }
    }
    added
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::trace::{Cause, State};

    #[test]
    fn each_layer_lies_upon_the_one_below() {
        let text = "HEAD\n[[task]]\nname = \"t\"\ncount = 2\nsteps = [{ cpu = \"1ms\" }]\n";
        let mut story = Story::of("threads", text);
        let mut at = |millis, task, state, cause, core| {
            story.at(millis, task, state, cause).on_core(Core(core));
        };
        at(0, 0, State::Starting, Cause::None, 0);
        at(2, 0, State::Running, Cause::None, 0);
        at(0, 1, State::Running, Cause::None, 1);
        at(4, 0, State::Ready, Cause::Preempted, 0);
        at(5, 0, State::Running, Cause::None, 0);
        at(7, 1, State::Done, Cause::None, 1);
        at(8, 0, State::Done, Cause::None, 0);
        let millis = |stairs: &Stairs| {
            stairs.iter().map(|(time, level)| (time.0 / 1_000_000, format!("{level}"))).collect::<Vec<_>>()
        };
        let check = |stairs: &Stairs, expected: &[(i64, &str)]| {
            let expected: Vec<(i64, String)> =
                expected.iter().map(|(time, level)| (*time, (*level).to_owned())).collect();
            assert_eq!(millis(stairs), expected);
        };
        let run = story.run();
        let layers = layers(&run, busy_stretches(&run));
        check(&layers.running, &[(0, "1"), (2, "2"), (4, "1"), (5, "2"), (7, "1"), (8, "0")]);
        check(&layers.with_overhead.unwrap(), &[(0, "2"), (4, "1"), (5, "2"), (7, "1"), (8, "0")]);
        check(&layers.with_others.unwrap(), &[(0, "2"), (7, "1"), (8, "0")]);
    }

    #[test]
    fn without_overheads_and_others_there_is_one_layer() {
        let mut story = Story::of("threads", "HEAD\n[[task]]\nname = \"t\"\nsteps = [{ cpu = \"1ms\" }]\n");
        story.at(0, 0, State::Running, Cause::None).on_core(Core(0)).at(3, 0, State::Done, Cause::None);
        let run = story.run();
        let layers = layers(&run, busy_stretches(&run));
        assert_eq!((layers.running.len(), layers.with_overhead, layers.with_others), (2, None, None));
    }
}
