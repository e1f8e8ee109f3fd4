//! The end of a task and what follows from it: others that it let wait go on, groups that come after its own are
//! released or cancelled.

use std::ops::Range;

use super::carry::Flow;
use super::log::Sink;
use super::machine::Machine;
use super::tasks::{NONE, Progress};
use super::threads::Role;
use crate::trace::{Cause, State};

impl<S: Sink> Machine<'_, S> {
    /// The thread's task is over.
    pub fn end_here(&mut self, thread: u32, (state, cause): (State, Cause)) -> Flow {
        self.show_running(thread);
        let row = &mut self.threads[thread as usize];
        let (task, role) = (std::mem::replace(&mut row.task, NONE), row.role);
        if role != Role::Own {
            self.leave_worker(task);
        }
        self.end_task(task, (state, cause), NONE, NONE);
        if role != Role::Own {
            return Flow::GoesOn;
        }
        self.release_gil(thread);
        self.end_thread(thread);
        Flow::Left
    }

    /// Tells a task's end and what follows from it.
    pub fn end_task(&mut self, task: u32, (state, cause): (State, Cause), peer: u32, on: u32) {
        let group = self.tell_end(task, (state, cause), peer, on);
        if state == State::Done {
            self.release_groups_after(group);
        } else {
            self.cancel_groups_after(group, task);
        }
    }

    /// Returns the task's group: what comes after that is to be told, too.
    fn tell_end(&mut self, task: u32, (state, cause): (State, Cause), peer: u32, on: u32) -> u32 {
        let row = &mut self.tasks.rows[task as usize];
        let (group, thread) = (row.group, row.thread);
        row.progress = Progress::Over { done: state == State::Done };
        row.since = self.now;
        self.tally.steps_are_done(self.tasks.groups[group as usize].steps - row.place.done());
        let worker = if thread == NONE { 0 } else { self.threads[thread as usize].worker };
        self.emit_waiting(worker, task, (state, cause), peer, on);
        self.tally.task_is_over();
        self.leave_commons(task, group);
        group
    }

    fn leave_commons(&mut self, task: u32, group: u32) {
        let mut at = 0;
        while let Some(on) = self.commons.named(group, at) {
            self.commons.leave(task, on, &self.tasks);
            self.wake_served(on);
            at += 1;
        }
    }

    fn release_groups_after(&mut self, group: u32) {
        let row = &mut self.tasks.groups[group as usize];
        row.left -= 1;
        if row.left > 0 {
            return;
        }
        let mut at = 0;
        while let Some(then) = self.tasks.groups[group as usize].then.get(at).copied() {
            at += 1;
            let now = self.now;
            let row = &mut self.tasks.groups[then as usize];
            row.awaited -= 1;
            if row.awaited == 0 && !row.is_cancelled {
                row.released = now;
                self.announce_next(then);
            }
        }
    }

    /// A task of the group was not done: whatever comes after it never will be. Chains of groups may be long, so who is
    /// being cancelled is kept in a list, and what comes after each goes first.
    pub fn cancel_groups_after(&mut self, group: u32, because: u32) {
        let mut under_way: Vec<Cancelling> = self.begin_to_cancel(group, because).into_iter().collect();
        while let Some(Cancelling { group, because, at, tasks }) = under_way.last_mut() {
            if let Some(task) = tasks.next() {
                let because = *because;
                let own = self.tell_end(task, (State::Cancelled, Cause::Dependency), because, NONE);
                under_way.extend(self.begin_to_cancel(own, task));
            } else if let Some(then) = self.tasks.groups[*group as usize].then.get(*at).copied() {
                *at += 1;
                let row = &mut self.tasks.groups[then as usize];
                if !std::mem::replace(&mut row.is_cancelled, true) {
                    *tasks = row.first..row.first + row.count;
                }
            } else {
                under_way.pop();
            }
        }
    }

    /// `None`: what comes after that group is cancelled already.
    fn begin_to_cancel(&mut self, group: u32, because: u32) -> Option<Cancelling> {
        let is_known = std::mem::replace(&mut self.tasks.groups[group as usize].is_incomplete, true);
        (!is_known).then_some(Cancelling { group, because, at: 0, tasks: 0..0 })
    }
}

/// What comes after a group is being cancelled because of one of its tasks: so many of the groups have been taken up,
/// and these tasks of the last one are left.
struct Cancelling {
    group: u32,
    because: u32,
    at: usize,
    tasks: Range<u32>,
}

#[cfg(test)]
mod tests {
    use crate::model::{self, ModelChoice};
    use crate::scenario::read;
    use crate::simulate::costs::Costs;
    use crate::simulate::testing::run;
    use crate::simulate::{Setup, simulate};
    use crate::trace::{State, Task};

    /// As long as a chain may be: nothing that follows it may need a stack of that depth.
    #[test]
    fn a_long_chain_behind_one_that_is_not_done_ends_with_it() {
        const GROUPS: usize = 30_000;
        for (first, ends) in [("fail = \"no\"", State::Failed), ("receive = \"nothing\"", State::Deadlocked)] {
            let mut text = "format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\n".to_owned();
            text += &format!("[[task]]\nname = \"g0\"\nsteps = [{{ {first} }}]\n");
            for number in 1..GROUPS {
                let before = number - 1;
                text += &format!(
                    "[[task]]\nname = \"g{number}\"\nafter = [\"g{before}\"]\nsteps = [{{ print = \"no\" }}]\n"
                );
            }
            let scenario = read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
            let plan = ModelChoice::new(model::find("threads").unwrap()).plan(1);
            let costs = Costs::of(plan.language, None, &scenario.machine);
            let setup = Setup { scenario: &scenario, plan: &plan, cores: 1, seed: 1, costs: &costs };
            let trace = simulate(&setup, &|| false).unwrap().trace;
            let end = |number: usize| trace.spans_of(Task(u32::try_from(number).unwrap())).last().unwrap().state;
            assert_eq!(end(0), ends);
            assert!((1..GROUPS).all(|number| end(number) == State::Cancelled));
        }
    }

    /// Two equal workloads: whether a task ends with its burst or with its IO, whom it releases comes first.
    #[test]
    fn who_is_released_at_this_instant_is_there_before_anybody_chooses() {
        for steps in ["{ cpu = \"4us\" }", "{ cpu = \"2us\" }, { io = \"2us\" }"] {
            let body = format!(
                "[[task]]\nname = \"a\"\ncount = 2\nsteps = [{steps}]\n\
                 [[task]]\nname = \"b\"\npriority = 1\narrive = \"1us\"\nsteps = [{{ cpu = \"5us\" }}]\n\
                 [[task]]\nname = \"c\"\ncount = 2\nafter = [\"a\"]\nsteps = [{{ cpu = \"5us\" }}]\n"
            );
            let run = run(&[], &body, "thread-pool", 2);
            let end = |task| run.trace.spans_of(Task(task)).last().map(|span| span.end.0 / 1_000);
            assert_eq!([2, 3, 4].map(end), [Some(14), Some(9), Some(9)], "{steps}");
        }
    }
}
