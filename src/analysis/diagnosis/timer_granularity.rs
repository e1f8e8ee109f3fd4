//! Timers that fired late although nobody ran and a core was free: waits so short that the clock behind the timer is too
//! coarse for them. Later than any such clock ticks is somebody else's doing.

use super::evidence::{Evidence, Level, tasks_of};
use super::stretches::Stretches;
use super::words::{Sentence, percent};
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::scenario::check::any_step;
use crate::scenario::{Step, Via};
use crate::time::Nanos;
use crate::trace::{Cause, Span, State, Task};

pub(super) static RULE: Rule = Rule {
    id: "timer-granularity",
    title: Text::new("Coarse timers", "Timers imprecisos"),
    weight: Weight::Note,
    find,
};

/// Late by this share of the wait itself.
const SHARE_MIN: f64 = 0.2;
/// The coarsest clock that wakes anybody ticks 64 times a second.
const TICK_MAX: Nanos = Nanos(15_625_000);
/// Fewer may be chance.
const WAITS_MIN: usize = 3;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let run = evidence.run;
    let other_io = |step: &Step| matches!(step, Step::Io { via, .. } if *via != Via::Timer);
    let by_timer: Vec<bool> = run.scenario.groups.iter().map(|group| !any_step(&group.steps, &other_io)).collect();
    let (mut waits, mut dues) = (Vec::new(), Vec::new());
    for task in (0..run.trace.tasks()).map(Task).filter(|task| by_timer[run.group_of(*task).0]) {
        let mut wait: Option<Nanos> = None;
        for span in run.trace.spans_of(task) {
            let due = matches!((span.state, span.cause), (State::Ready, Cause::Queued | Cause::NoCore));
            if let Some(wait) = wait.filter(|_| due) {
                waits.push(wait);
                dues.push(span);
            }
            wait = (span.state == State::Io).then(|| span.length());
        }
    }
    if waits.len() < WAITS_MIN {
        return None;
    }
    let wait = median(&mut waits.clone());
    let share_of = |late: Nanos, wait: Nanos| late.ratio(wait).filter(|share| *share >= SHARE_MIN);
    let late_by = median(&mut dues.iter().map(Span::length).collect::<Vec<_>>());
    share_of(late_by, wait).filter(|_| late_by <= TICK_MAX)?;
    // A timer that is due while somebody runs may have to wait for a worker or a core; that is another matter.
    let nobody = |level: &Level| level.running == 0 && level.overhead == 0;
    let idle = evidence.idle_levels(nobody).map(|(level, _)| (level.start, level.start + level.length));
    let idle = Stretches::of(idle);
    let mut late: Vec<Nanos> = dues.iter().map(|span| idle.overlap(span.start, span.end)).collect();
    let is_late = |(at, _): &(usize, &Span)| share_of(late[*at], waits[*at]).is_some();
    let tasks = tasks_of(dues.iter().enumerate().filter(is_late).map(|(_, span)| span));
    let late = median(&mut late);
    let share = share_of(late, wait)?;
    let text = Text::new(
        "Timers fired late with nobody running: of {} waits, the median one of {} was over {} after it was due, {} longer than asked. Clocks that wake tasks have their ticks; waits this short are rounded up to them.",
        "Timers dispararam atrasados sem ninguém executando: de {} esperas, a mediana, de {}, acabou {} depois da hora, {} a mais que o pedido. Relógios que acordam tarefas têm seus tiques; esperas tão curtas são arredondadas para cima.",
    );
    Some(Finding { text: Sentence::fill(text, &[&waits.len(), &wait, &late, &percent(share)]), tasks })
}

fn median(values: &mut [Nanos]) -> Nanos {
    let middle = values.len() / 2;
    *values.select_nth_unstable(middle).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::LoadSample;

    /// Four waits of 5 ms, each over 2 ms late; meanwhile somebody else computes, or not.
    fn waits(via: &str, computes: bool) -> Story {
        let scenario = format!(
            "HEAD [[task]]\nname = \"beat\"\nsteps = [{{ repeat = 4, steps = [{{ io = \"5ms\", via = \"{via}\" }}] }}]\n\
             [[task]]\nname = \"hog\"\nsteps = [{{ cpu = \"28ms\" }}]"
        );
        let mut story = Story::of("event-loop", &scenario);
        for turn in 0..4 {
            story.at(turn * 7, 0, State::Io, Cause::None).at(turn * 7 + 5, 0, State::Ready, Cause::Queued);
        }
        story.at(28, 0, State::Done, Cause::None);
        story.at(0, 1, State::Ready, Cause::Queued).at(if computes { 0 } else { 28 }, 1, State::Running, Cause::None);
        story.at(28, 1, State::Done, Cause::None);
        story
    }

    #[test]
    fn late_with_nobody_in_the_way() {
        let found = waits("timer", false).finds("timer-granularity").unwrap();
        let text = found.text.get(Lang::En);
        let start = "Timers fired late with nobody running: of 4 waits, the median one of 5.00 ms was over 2.00 ms after \
                     it was due, 40 % longer than asked.";
        assert!(text.starts_with(start), "{text}");
        assert_eq!(found.tasks, [Task(0)]);
    }

    #[test]
    fn only_who_was_late_is_listed() {
        let scenario = "HEAD [[task]]\nname = \"beat\"\ncount = 4\nsteps = [{ io = \"5ms\" }]";
        let mut story = Story::of("event-loop", scenario);
        for (task, late) in [(0, 2), (1, 0), (2, 2), (3, 3)] {
            story.at(0, task, State::Io, Cause::None).at(5, task, State::Ready, Cause::Queued);
            story.at(5 + late, task, State::Done, Cause::None);
        }
        assert_eq!(story.finds("timer-granularity").unwrap().tasks, [Task(0), Task(2), Task(3)]);
    }

    /// Waits that are over so much later, with the cores that nobody of the run used at other programs or not.
    #[test]
    fn silent_where_no_clock_ticks_so_slowly_or_others_had_the_cores() {
        let late = |millis: i64, others_busy: f64| {
            let scenario = "HEAD [[task]]\nname = \"beat\"\ncount = 3\nsteps = [{ io = \"20ms\" }]";
            let mut story = Story::of("threads", scenario);
            for task in 0..3 {
                story.at(0, task, State::Io, Cause::Blocking).at(20, task, State::Ready, Cause::NoCore);
                story.at(20 + millis, task, State::Done, Cause::None);
            }
            story.load = vec![LoadSample { time: Nanos::from_millis(100), others_busy }];
            // The three of them want three cores.
            let mut run = story.run();
            run.cores = 8;
            run.host.cores = 8;
            crate::analysis::diagnosis::diagnose(&run).into_iter().any(|found| found.id == "timer-granularity")
        };
        assert!(late(10, 0.0));
        assert!(!late(41, 0.0), "no clock ticks so slowly");
        assert!(!late(10, 5.0), "other programs had the cores");
    }

    /// A loop that is being turned to somebody is not nobody.
    #[test]
    fn silent_where_the_loop_was_at_overheads() {
        let scenario = "HEAD [[task]]\nname = \"beat\"\ncount = 3\nsteps = [{ io = \"5ms\" }]";
        let mut story = Story::of("event-loop", scenario);
        for task in 0..3 {
            story.at(0, task, State::Io, Cause::None).at(5, task, State::Ready, Cause::Queued);
            let turn = 5 + 3 * i64::from(task);
            story.at(turn, task, State::Ready, Cause::Switching).at(turn + 3, task, State::Done, Cause::None);
        }
        assert_eq!(story.finds("timer-granularity"), None);
    }

    #[test]
    fn silent_where_somebody_ran_or_no_timer_was_asked() {
        assert_eq!(waits("timer", true).finds("timer-granularity"), None);
        assert_eq!(waits("file", false).finds("timer-granularity"), None);
    }
}
