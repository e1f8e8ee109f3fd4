//! Coroutines that were made and that nobody awaited: nothing of them ran, and no error said so.

use super::evidence::Evidence;
use super::words::{Sentence, names, tasks};
use super::{Finding, Rule, Weight};
use crate::lang::Text;
use crate::trace::{Cause, Span, State, Task};

pub(super) static RULE: Rule =
    Rule { id: "never-awaited", title: Text::new("Never awaited", "Sem await"), weight: Weight::Wrong, find };

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let ended_by = |cause: Cause, test: &dyn Fn(&Span) -> bool| -> Vec<Task> {
        let cancelled = evidence.ended(State::Cancelled).into_iter();
        let end = |task: &Task| evidence.run.trace.spans_of(*task).next_back();
        cancelled.filter(|task| end(task).is_some_and(|end| end.cause == cause && test(&end))).collect()
    };
    let never = ended_by(Cause::NeverAwaited, &|_| true);
    if never.is_empty() {
        return None;
    }
    let behind = ended_by(Cause::Dependency, &|end| end.peer.as_task().is_some_and(|task| never.contains(&task)));
    let text = Sentence::new(|lang| {
        let who = names(evidence, &never, lang);
        let made = if never.len() == 1 {
            Text::new(
                "{} was made and never awaited: not one of its steps ran. Calling a coroutine function runs nothing; await what it returns, or hand it to the loop as a task.",
                "{} foi criada e nunca recebeu await: nenhum de seus passos executou. Chamar uma função de corrotina não executa nada; use await no que ela devolve, ou entregue-a ao loop como tarefa.",
            )
        } else {
            Text::new(
                "{} were made and never awaited: not one of their steps ran. Calling a coroutine function runs nothing; await what it returns, or hand it to the loop as a task.",
                "{} foram criadas e nunca receberam await: nenhum de seus passos executou. Chamar uma função de corrotina não executa nada; use await no que ela devolve, ou entregue-a ao loop como tarefa.",
            )
        };
        let mut text = made.fill(lang, &[&who]);
        if !behind.is_empty() {
            let behind = Text::new(" Cancelled for it: {}.", " Por isso, canceladas: {}.")
                .fill(lang, &[&tasks(behind.len(), lang)]);
            text.push_str(&behind);
        }
        text
    });
    Some(Finding { text, tasks: never })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::trace::{Peer, Resource};

    const TWO: &str = "HEAD [[task]]\nname = \"mail\"\nawaited = false\nsteps = [{ io = \"9ms\" }]\n\
        [[task]]\nname = \"log\"\nafter = [\"mail\"]\nsteps = [{ cpu = \"1ms\" }]";

    #[test]
    fn a_coroutine_that_never_ran_is_named_and_what_hung_on_it_is_counted() {
        let mut story = Story::of("event-loop", TWO);
        story.at(0, 0, State::Cancelled, Cause::NeverAwaited);
        story.on(0, 1, State::Cancelled, Cause::Dependency, Peer::task(Task(0)), Resource::NONE);
        let found = story.finds("never-awaited").unwrap();
        let text = found.text.get(Lang::En);
        assert!(text.starts_with("mail was made and never awaited: not one of its steps ran."), "{text}");
        assert!(text.ends_with("Cancelled for it: 1 task."), "{text}");
        assert!(found.text.get(Lang::PtBr).ends_with("Por isso, canceladas: 1 tarefa."));
        assert_eq!(found.tasks, [Task(0)]);
    }

    #[test]
    fn a_thread_needs_nobody_to_await_it() {
        let mut story = Story::of("threads", TWO);
        for task in 0..2 {
            story.at(0, task, State::Running, Cause::None).at(9, task, State::Done, Cause::None);
        }
        assert_eq!(story.finds("never-awaited"), None);
    }

    #[test]
    fn what_was_cancelled_for_another_reason_is_not_its_matter() {
        let mut story = Story::of("event-loop", TWO);
        story.at(0, 0, State::Failed, Cause::Fail);
        story.on(0, 1, State::Cancelled, Cause::Dependency, Peer::task(Task(0)), Resource::NONE);
        assert_eq!(story.finds("never-awaited"), None);
    }
}
