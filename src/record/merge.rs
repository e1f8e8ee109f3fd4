//! The kernel's word on who was on a core, put into a task's story. Pure; called by the collector for each task.
//!
//! Running spans lose the stretches in which their worker was on no core. What the task's own comparison of clocks had
//! found of the same stretches gives way, so that nothing counts twice; what only the clocks know (the core was not the
//! kernel's to give: a machine below took it) stays.
//!
//! Invariant: the story is in order before and after, and no state but running gets shorter.

use super::cores::{OffCore, OffCores};
use crate::time::Nanos;
use crate::trace::{Cause, Core, Event, Peer, Resource, State};

/// Clocks place a gap to within a slice of computing and what may delay it.
const SLACK: Nanos = Nanos::from_micros(30);

/// Puts it into the events of one task. Returns how many events the kernel's records became.
pub(super) fn merge(story: &mut Vec<Event>, off: &OffCores, horizon: Nanos) -> u64 {
    give_way(story, off);
    let stamped = std::mem::take(story);
    let mut next = stamped.iter().skip(1).map(|event| event.time);
    let mut added = 0;
    for mut event in stamped.iter().copied() {
        let end = next.next();
        if event.state == State::Running {
            let core = off.core_at(event.worker, event.time);
            if core != Core::NONE {
                event.core = core;
            }
            story.push(event);
            let before = story.len();
            for stretch in off.within(event.worker, event.time, end.unwrap_or(horizon)) {
                take_out(story, &event, stretch, end);
            }
            added += (story.len() - before) as u64;
        } else {
            if is_gap(&event) && event.core == Core::NONE {
                event.core = story.last().map_or(Core::NONE, |before| before.core);
            }
            story.push(event);
        }
    }
    added
}

/// Takes out the gaps that clocks found and the kernel knows better.
fn give_way(story: &mut Vec<Event>, off: &OffCores) {
    let explained = |at: usize| {
        let [before, gap, back] = story.get(at.wrapping_sub(1)..=at + 1)? else { return None };
        let own = is_gap(gap)
            && [before, back].iter().all(|event| event.state == State::Running && event.worker == gap.worker);
        let (from, to) = (gap.time - SLACK, back.time + SLACK);
        let known = off.within(gap.worker, from, to).iter();
        let known: Nanos = known.map(|off| off.to.unwrap_or(to).min(to) - off.from.max(from)).sum();
        (own && known + known >= back.time - gap.time).then_some(())
    };
    let gone: Vec<usize> = (1..story.len()).filter(|at| explained(*at).is_some()).collect();
    let mut gone = gone.into_iter().flat_map(|gap| [gap, gap + 1]).peekable();
    let mut at = 0;
    story.retain(|_| {
        let goes = gone.next_if_eq(&at).is_some();
        at += 1;
        !goes
    });
}

fn is_gap(event: &Event) -> bool {
    (event.state, event.cause) == (State::Ready, Cause::Preempted)
}

/// Adds the events of a stretch within a running span that ends at `end`, or has not ended.
fn take_out(story: &mut Vec<Event>, running: &Event, stretch: &OffCore, end: Option<Nanos>) {
    let back = match (stretch.to, end) {
        // Whoever stamped the end of its span was on a core: a stretch without a return lost its record.
        (None, Some(_)) => return,
        // Clocks of two sources agree to within microseconds only.
        (Some(to), Some(end)) => Some(to.min(end)),
        (to, None) => to,
    };
    let gone = Event {
        time: stretch.from.max(running.time),
        core: stretch.before,
        state: if stretch.cause == Cause::Preempted { State::Ready } else { State::Blocked },
        cause: stretch.cause,
        peer: Peer::NONE,
        resource: Resource::NONE,
        ..*running
    };
    story.push(gone);
    if let Some(time) = back {
        story.push(Event { time, core: stretch.after, state: State::Running, cause: Cause::None, ..gone });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Task, Worker};

    fn event(time: i64, state: State, cause: Cause) -> Event {
        Event { time: Nanos(time), worker: Worker(0), ..Event::new(Task(0), state, cause) }
    }

    fn running(time: i64) -> Event {
        Event { core: Core(0), ..event(time, State::Running, Cause::None) }
    }

    fn off(stretches: &[(i64, Option<i64>, Cause)]) -> OffCores {
        let mut off = OffCores::default();
        for (from, to, cause) in stretches {
            let (before, after) = (Core(0), Core(u16::from(to.is_some())));
            off.push(Worker(0), OffCore { from: Nanos(*from), to: to.map(Nanos), cause: *cause, before, after });
        }
        off
    }

    fn check(mut story: Vec<Event>, off: &OffCores, expected: &[(i64, State, Cause)]) {
        merge(&mut story, off, Nanos(1_000_000));
        let merged: Vec<_> = story.iter().map(|event| (event.time.0, event.state, event.cause)).collect();
        assert_eq!(merged, expected);
    }

    #[test]
    fn running_loses_what_was_off_the_core() {
        let story = vec![running(100), event(500, State::Io, Cause::Blocking), event(900, State::Ready, Cause::NoCore)];
        let off = off(&[
            (50, Some(110), Cause::Preempted),
            (200, Some(300), Cause::System),
            (490, Some(880), Cause::Preempted),
            (950, None, Cause::Preempted),
        ]);
        let expected = [
            (100, State::Running, Cause::None),
            (100, State::Ready, Cause::Preempted),
            (110, State::Running, Cause::None),
            (200, State::Blocked, Cause::System),
            (300, State::Running, Cause::None),
            (490, State::Ready, Cause::Preempted),
            (500, State::Running, Cause::None),
            (500, State::Io, Cause::Blocking),
            (900, State::Ready, Cause::NoCore),
        ];
        check(story, &off, &expected);
    }

    #[test]
    fn who_is_off_the_core_now_is_ready_and_a_lost_return_is_no_absence() {
        let off = off(&[(200, None, Cause::Preempted)]);
        let open = [(100, State::Running, Cause::None), (200, State::Ready, Cause::Preempted)];
        check(vec![running(100)], &off, &open);
        let closed = [(100, State::Running, Cause::None), (500, State::Done, Cause::None)];
        check(vec![running(100), event(500, State::Done, Cause::None)], &off, &closed);
    }

    /// The clocks saw 4 ms from 100 µs on, and 5 ms more from 20 ms on.
    #[test]
    fn clocks_give_way_where_the_kernel_knows() {
        let gap = |at: i64| event(at, State::Ready, Cause::Preempted);
        let story = vec![
            running(0),
            gap(100_000),
            running(4_100_000),
            gap(20_000_000),
            running(25_000_000),
            event(30_000_000, State::Done, Cause::None),
        ];
        let kernel = off(&[(97_000, Some(4_096_000), Cause::Preempted)]);
        let expected = [
            (0, State::Running, Cause::None),
            (97_000, State::Ready, Cause::Preempted),
            (4_096_000, State::Running, Cause::None),
            (20_000_000, State::Ready, Cause::Preempted),
            (25_000_000, State::Running, Cause::None),
            (30_000_000, State::Done, Cause::None),
        ];
        check(story.clone(), &kernel, &expected);
        let stamped: Vec<_> = story.iter().map(|event| (event.time.0, event.state, event.cause)).collect();
        check(story, &OffCores::default(), &stamped);
    }

    /// SplitMix64.
    fn random(state: &mut u64, bound: u64) -> i64 {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        i64::try_from((z ^ (z >> 31)) % bound).unwrap()
    }

    /// How long the story is in each state until `end`, by the states' numbers; in order, or it panics.
    fn times(story: &[Event], end: Nanos) -> [Nanos; State::ALL.len()] {
        let mut times = [Nanos::ZERO; State::ALL.len()];
        for (at, event) in story.iter().enumerate() {
            let next = story.get(at + 1).map_or(end, |next| next.time);
            assert!(next >= event.time, "out of order: {event:?}, then {next}");
            times[event.state as usize] += next - event.time;
        }
        times
    }

    /// Whatever the records: no hole and no overlap, nothing but running gets shorter, and by exactly what lay in it.
    #[test]
    fn what_running_loses_is_what_the_kernel_recorded() {
        for seed in 0..2_000 {
            let mut state = seed;
            let mut draw = |bound: u64| random(&mut state, bound);
            let (mut story, mut time) = (Vec::new(), 0);
            for _ in 0..draw(30) {
                let next = [(State::Running, Cause::None), (State::Running, Cause::None), (State::Io, Cause::Blocking)];
                let (state, cause) = next[usize::try_from(draw(3)).unwrap()];
                story.push(Event { core: Core(0), ..event(time, state, cause) });
                time += draw(500_000);
            }
            story.push(event(time, State::Done, Cause::None));
            let (mut stretches, mut at) = (Vec::new(), 0);
            while at < time {
                at += 1 + draw(300_000);
                let cause = if draw(2) == 0 { Cause::Preempted } else { Cause::System };
                let back = at + 1 + draw(200_000);
                stretches.push((at, Some(back), cause));
                at = back;
            }
            let off = off(&stretches);
            let end = Nanos(time);
            let before = times(&story, end);
            let lost: Nanos = story
                .windows(2)
                .filter(|pair| pair[0].state == State::Running)
                .flat_map(|pair| stretches.iter().map(move |(from, to, _)| (pair, Nanos(*from), Nanos(to.unwrap()))))
                .map(|(pair, from, to)| (to.min(pair[1].time) - from.max(pair[0].time)).max(Nanos::ZERO))
                .sum();
            let stamped = story.len() as u64;
            let added = merge(&mut story, &off, end);
            assert_eq!(story.len() as u64, stamped + added, "seed {seed}");
            let after = times(&story, end);
            let in_state = |times: &[Nanos; State::ALL.len()], state: State| times[state as usize];
            assert_eq!(in_state(&after, State::Running), in_state(&before, State::Running) - lost, "seed {seed}");
            assert_eq!(in_state(&after, State::Io), in_state(&before, State::Io), "seed {seed}");
            let off_core = in_state(&after, State::Ready) + in_state(&after, State::Blocked);
            assert_eq!(off_core, lost, "seed {seed}");
            let has_core = |event: &&Event| event.state == State::Done || event.core != Core::NONE;
            assert!(story.iter().all(|event| has_core(&event)), "seed {seed}");
        }
    }

    #[test]
    fn every_gap_has_a_core_before_and_after() {
        let mut story = vec![
            running(0),
            event(1_000_000, State::Ready, Cause::Preempted),
            Event { core: Core(1), ..running(2_000_000) },
            event(9_000_000, State::Done, Cause::None),
        ];
        merge(&mut story, &off(&[(5_000_000, Some(6_000_000), Cause::Preempted)]), Nanos::MAX);
        let cores: Vec<Core> = story.iter().map(|event| event.core).collect();
        assert_eq!(cores, [Core(0), Core(0), Core(0), Core(0), Core(1), Core::NONE]);
    }
}
