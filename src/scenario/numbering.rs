//! Which tasks are of which group: tasks are numbered in scenario order, group after group.

use std::sync::Arc;

use super::Scenario;

/// Finds a task's group. Of a scenario with as many groups as tasks, as made of a log, whoever went through all groups
/// for each task would be quadratic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbering {
    /// The first task of each group, and behind them the number of tasks.
    firsts: Arc<[u32]>,
}

impl Numbering {
    pub fn of(scenario: &Scenario) -> Self {
        let counts = scenario.groups.iter().map(|group| group.count);
        let ends = counts.scan(0_u32, |end, count| {
            *end = end.saturating_add(count);
            Some(*end)
        });
        Numbering { firsts: std::iter::once(0).chain(ends).collect() }
    }

    /// The group of a task, by its number in scenario order, and its number in the group.
    ///
    /// # Panics
    /// When there is no such task.
    pub fn group_of(&self, task: u32) -> (usize, u32) {
        let behind = self.firsts.partition_point(|first| *first <= task);
        assert!(behind < self.firsts.len(), "task {task} of {}", self.firsts[behind - 1]);
        (behind - 1, task - self.firsts[behind - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    fn numbering(counts: &[u32]) -> Numbering {
        let head = "format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\n";
        let group =
            |(at, count)| format!("[[task]]\nname = \"g{at}\"\ncount = {count}\nsteps = [{{ yield = true }}]\n");
        let text = head.to_owned() + &counts.iter().enumerate().map(group).collect::<String>();
        Numbering::of(&read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}")))
    }

    #[test]
    fn tasks_are_numbered_group_after_group() {
        let numbering = numbering(&[2, 1, 3]);
        let groups = (0..6).map(|task| numbering.group_of(task)).collect::<Vec<_>>();
        assert_eq!(groups, [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1), (2, 2)]);
    }

    #[test]
    #[should_panic(expected = "task 3 of 3")]
    fn there_is_no_task_behind_the_last() {
        numbering(&[2, 1]).group_of(3);
    }
}
