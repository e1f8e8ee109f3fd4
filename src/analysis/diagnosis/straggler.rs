//! One task, far longer than the others, that was left alone at the end while cores stood idle.

use super::evidence::Evidence;
use super::words::{Sentence, percent};
use super::{Finding, Rule, Weight};
use crate::analysis::metrics::TaskTimes;
use crate::lang::Text;
use crate::time::Nanos;
use crate::trace::Task;

pub(super) static RULE: Rule =
    Rule { id: "straggler", title: Text::new("Straggler", "Retardatária"), weight: Weight::Slow, find };

/// Of the makespan, alone.
const ALONE_MIN: f64 = 0.2;
/// Its own running and IO against the median's.
const TIMES_LONGER_MIN: f64 = 2.0;
const TASKS_MIN: usize = 4;
/// Of the time alone, that it had to wait before it began: else an earlier turn would have gained little.
const LATE_MIN: f64 = 0.1;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let run = evidence.run;
    if run.cores < 2 || evidence.times.len() < TASKS_MIN {
        return None;
    }
    let mut ends = (0_u32..).zip(&evidence.times).filter_map(|(task, times)| Some((times.finish?, Task(task))));
    let first = ends.next()?;
    let (mut last, mut second) = (first, Nanos::ZERO);
    for end in ends {
        if end > last {
            (second, last) = (last.0, end);
        } else {
            second = second.max(end.0);
        }
    }
    let own = &evidence.times[last.1.index()];
    // Whoever came only then had nobody to be late behind.
    if own.arrive? >= second {
        return None;
    }
    let demand = |times: &TaskTimes| times.running + times.io;
    let mut demands: Vec<Nanos> = evidence.times.iter().map(demand).collect();
    let middle = demands.len() / 2;
    let median = *demands.select_nth_unstable(middle).1;
    let alone = last.0 - second;
    let longer = demand(own).ratio(median)?;
    if longer < TIMES_LONGER_MIN || evidence.share(alone) < ALONE_MIN {
        return None;
    }
    let text = Text::new(
        "{} took {}, the median task {}: for the last {}, {} of the run, it was alone, and nobody could share it. {}",
        "{} levou {}, a tarefa mediana {}: nos últimos {}, {} da execução, ficou sozinha, e ninguém podia dividi-la. {}",
    );
    let came_late = own.response().and_then(|response| response.ratio(alone)).is_some_and(|late| late >= LATE_MIN);
    let remedy = if came_late {
        Text::new("Begin the longest first.", "Comece pela mais longa.")
    } else {
        Text::new(
            "It had begun at once: only in parts would it be done sooner.",
            "Ela começou logo: só em partes terminaria antes.",
        )
    };
    let (name, own, share) = (evidence.name(last.1), demand(own), percent(evidence.share(alone)));
    let text = Sentence::new(|lang| text.fill(lang, &[&name, &own, &median, &alone, &share, &remedy.get(lang)]));
    Some(Finding { text, tasks: vec![last.1] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::{Cause, State};

    fn four(lengths: [(i64, i64); 4]) -> Story {
        let mut story =
            Story::of("thread-pool", "HEAD [[task]]\nname = \"job\"\ncount = 4\nsteps = [{ cpu = \"50ms\" }]");
        for (task, (start, end)) in (0..).zip(lengths) {
            story.at(0, task, State::Ready, Cause::Queued).at(start, task, State::Running, Cause::None);
            story.at(end, task, State::Done, Cause::None);
        }
        story
    }

    #[test]
    fn the_long_one_that_comes_last() {
        let found = four([(0, 50), (0, 50), (50, 100), (50, 550)]).finds("straggler").unwrap();
        let text = found.text.get(Lang::En);
        let start = "job-4 took 500 ms, the median task 50.0 ms: for the last 450 ms, 82 % of the run, it was alone";
        assert!(text.starts_with(start), "{text}");
        assert_eq!(found.tasks, [Task(3)]);
    }

    #[test]
    fn who_began_at_once_cannot_begin_earlier() {
        let remedy = |lengths| four(lengths).finds("straggler").unwrap().text.get(Lang::En).to_owned();
        assert!(remedy([(0, 50), (0, 50), (50, 100), (50, 550)]).ends_with("Begin the longest first."));
        assert!(remedy([(0, 500), (0, 50), (50, 100), (100, 150)]).ends_with("only in parts would it be done sooner."));
    }

    #[test]
    fn equal_tasks_and_hidden_long_ones_are_silent() {
        assert_eq!(four([(0, 50), (50, 100), (100, 150), (150, 200)]).finds("straggler"), None, "one after another");
        assert_eq!(four([(0, 500), (0, 150), (150, 300), (300, 450)]).finds("straggler"), None, "begun first");
    }
}
