//! Timers that fired late although nobody ran: waits so short that the clock behind the timer is too coarse for them.

use super::evidence::Evidence;
use super::words::{Sentence, percent};
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::scenario::check::any_step;
use crate::scenario::{Step, Via};
use crate::time::Nanos;
use crate::trace::{Cause, State, Task};

pub(super) static RULE: Rule = Rule {
    id: "timer-granularity",
    title: Text::new("Coarse timers", "Timers imprecisos"),
    weight: Weight::Note,
    find,
};

/// Late by this share of the wait itself.
const SHARE_MIN: f64 = 0.2;
/// Fewer may be chance.
const WAITS_MIN: usize = 3;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let run = evidence.run;
    let other_io = |step: &Step| matches!(step, Step::Io { via, .. } if *via != Via::Timer);
    let by_timer: Vec<bool> = run.scenario.groups.iter().map(|group| !any_step(&group.steps, &other_io)).collect();
    let (mut waits, mut dues, mut tasks) = (Vec::new(), Vec::new(), Vec::new());
    for task in (0..run.trace.tasks()).map(Task).filter(|task| by_timer[run.group_of(*task).0]) {
        let mut wait: Option<Nanos> = None;
        for span in run.trace.spans_of(task) {
            let due = matches!((span.state, span.cause), (State::Ready, Cause::Queued | Cause::NoCore));
            if let Some(wait) = wait.filter(|_| due) {
                waits.push(wait);
                dues.push((span.start, span.end));
                tasks.push(task);
            }
            wait = (span.state == State::Io).then(|| span.length());
        }
    }
    if waits.len() < WAITS_MIN {
        return None;
    }
    tasks.dedup();
    let wait = median(&mut waits);
    let share_of = |late: Nanos| late.ratio(wait).filter(|share| *share >= SHARE_MIN);
    let mut late: Vec<Nanos> = dues.iter().map(|(start, end)| *end - *start).collect();
    share_of(median(&mut late))?;
    // A timer that is due while somebody runs may have to wait for a worker or a core; that is another matter.
    let idle = evidence.when(|level| level.running == 0);
    late = dues.iter().map(|(start, end)| idle.overlap(*start, *end)).collect();
    let late = median(&mut late);
    let share = share_of(late)?;
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
    fn silent_where_somebody_ran_or_no_timer_was_asked() {
        assert_eq!(waits("timer", true).finds("timer-granularity"), None);
        assert_eq!(waits("file", false).finds("timer-granularity"), None);
    }
}
