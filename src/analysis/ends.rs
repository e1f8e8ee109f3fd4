//! How tasks ended that did not end well: in one word and a number, for headers and tables. Why is the diagnoses' to say.

use crate::lang::{Lang, Text};
use crate::trace::{Cause, Run, State, Task};

/// The end that says most of a run, and how many tasks came to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadEnd {
    pub state: State,
    pub tasks: usize,
}

/// `None` where every task that has ended was done, or never begun because nobody awaited it.
pub fn bad_end(run: &Run) -> Option<BadEnd> {
    /// A deadlock leaves a run without a makespan, a failure a task without a result; a task cancelled by another's
    /// end is its consequence.
    const ORDER: [State; 4] = [State::Deadlocked, State::Failed, State::Rejected, State::Cancelled];
    let mut tasks = [0_usize; ORDER.len()];
    for task in (0..run.trace.tasks()).map(Task) {
        let Some(last) = run.trace.of(task).next_back() else { continue };
        if run.trace.causes()[last] == Cause::NeverAwaited {
            continue;
        }
        if let Some(at) = ORDER.iter().position(|state| *state == run.trace.states()[last]) {
            tasks[at] += 1;
        }
    }
    ORDER.into_iter().zip(tasks).map(|(state, tasks)| BadEnd { state, tasks }).find(|end| end.tasks > 0)
}

impl BadEnd {
    /// The run never came to its end: no time of it is that of the work.
    pub fn is_stuck(self) -> bool {
        self.state == State::Deadlocked
    }

    /// `deadlock`, `3 failed`.
    pub fn text(self, lang: Lang) -> String {
        const ONE: usize = 1;
        let text = match (self.state, self.tasks) {
            (State::Deadlocked, _) => Text::new("deadlock", "deadlock"),
            (State::Failed, ONE) => Text::new("{} failed", "{} falhou"),
            (State::Failed, _) => Text::new("{} failed", "{} falharam"),
            (State::Rejected, ONE) => Text::new("{} rejected", "{} recusada"),
            (State::Rejected, _) => Text::new("{} rejected", "{} recusadas"),
            (_, ONE) => Text::new("{} cancelled", "{} cancelada"),
            _ => Text::new("{} cancelled", "{} canceladas"),
        };
        text.fill(lang, &[&self.tasks])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;

    #[test]
    fn the_end_that_says_most_is_told() {
        let check = |ends: [State; 3], expected: Option<(&str, bool)>| {
            let text = "HEAD\n[[task]]\nname = \"t\"\ncount = 3\nsteps = [{ cpu = \"1ms\" }]\n";
            let mut story = Story::of("threads", text);
            for (task, end) in (0..).zip(ends) {
                story.at(0, task, State::Running, Cause::None);
                story.at(1, task, end, Cause::None);
            }
            let end = bad_end(&story.run());
            let told = end.map(|end| (end.text(Lang::En), end.is_stuck()));
            assert_eq!(told, expected.map(|(text, stuck)| (text.to_owned(), stuck)));
        };
        check([State::Done; 3], None);
        check([State::Done, State::Rejected, State::Cancelled], Some(("1 rejected", false)));
        check([State::Failed, State::Failed, State::Cancelled], Some(("2 failed", false)));
        check([State::Failed, State::Deadlocked, State::Deadlocked], Some(("deadlock", true)));
    }
}
