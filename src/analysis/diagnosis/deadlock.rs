//! Tasks that wait for each other in a circle, workers included: who holds what, who waits for it, and who waits behind.

use super::evidence::Evidence;
use super::stuck::{Stuck, WaitsFor, workers_of};
use super::words::{Sentence, more_behind, names, tasks};
use super::{Finding, Rule, Weight};
use crate::lang::{Lang, Text};
use crate::trace::Task;

pub(super) static RULE: Rule =
    Rule { id: "deadlock", title: Text::new("Deadlock", "Deadlock"), weight: Weight::Wrong, find };

/// Longer circles are told by their first members.
const CLAUSES_MAX: usize = 6;

const ONE_ORDER: Text = Text::new(
    "Taken in the same order by everybody, locks close no circle.",
    "Se todos os pegam na mesma ordem, locks não fecham círculo.",
);

const EMPTY_FIRST: Text = Text::new(
    "Take what is in the channel before you wait for the end of whoever fills it.",
    "Pegue o que está no canal antes de esperar o fim de quem o enche.",
);

const ELSEWHERE: Text = Text::new("In other circles, or behind those: {}.", "Em outros círculos, ou atrás deles: {}.");

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let stuck = Stuck::of(evidence);
    let circle = stuck.circle()?;
    let in_queue = circle.iter().copied().find(|task| stuck.wait(*task).on == WaitsFor::Worker);
    let only_locks = circle.len() > 1 && circle.iter().all(|task| stuck.wait(*task).on == WaitsFor::Lock);
    let waits_on = |on: WaitsFor| circle.iter().any(|task| stuck.wait(*task).on == on);
    let remedy = if only_locks {
        Some(ONE_ORDER)
    } else {
        (waits_on(WaitsFor::Room) && waits_on(WaitsFor::End)).then_some(EMPTY_FIRST)
    };
    let behind = stuck.held_up_by(|task| circle.contains(&task)).len();
    let all = stuck.in_or_behind_circles();
    let told = in_queue.map_or(circle.len(), |task| stuck.behind(task).count() + 1);
    let text = Sentence::new(|lang| {
        let mut text = match in_queue {
            Some(task) => pool(evidence, &stuck, task, lang),
            None => clauses(evidence, &stuck, &circle, lang),
        };
        text.push('.');
        if behind > told {
            text = format!("{text} {}", more_behind(behind - told, told, lang));
        }
        if all.len() > behind {
            text = format!("{text} {}", ELSEWHERE.fill(lang, &[&tasks(all.len() - behind, lang)]));
        }
        match remedy {
            Some(remedy) => format!("{text} {}", remedy.get(lang)),
            None => text,
        }
    });
    Some(Finding { text, tasks: all })
}

fn clauses(evidence: &Evidence<'_>, stuck: &Stuck, circle: &[Task], lang: Lang) -> String {
    let before = |at: usize| circle[(at + circle.len() - 1) % circle.len()];
    let clause = |at: usize| {
        let wait = stuck.wait(before(at));
        // Whoever stands before in the circle waits for what this one holds.
        let held = (wait.on == WaitsFor::Lock).then_some(wait.resource.as_str());
        clause(evidence, stuck, circle[at], circle[(at + 1) % circle.len()], held, lang)
    };
    let mut clauses: Vec<String> = (0..circle.len().min(CLAUSES_MAX)).map(clause).collect();
    if circle.len() > CLAUSES_MAX {
        let rest = Text::new("and so on, {} in a circle", "e assim por diante, {} em círculo");
        clauses.push(rest.fill(lang, &[&tasks(circle.len(), lang)]));
    }
    clauses.join("; ")
}

fn clause(evidence: &Evidence<'_>, stuck: &Stuck, task: Task, next: Task, held: Option<&str>, lang: Lang) -> String {
    let wait = stuck.wait(task);
    let (name, next_name) = (evidence.name(task), evidence.name(next));
    let wanted = &wait.resource;
    match (wait.on, held) {
        (WaitsFor::Lock, _) if task == next => {
            let text = Text::new("{} waits for {}, which it holds itself", "{} espera por {}, que ela mesma segura");
            text.fill(lang, &[&name, wanted])
        }
        (WaitsFor::Lock, Some(held)) => {
            let text = Text::new(
                "{} holds {} and waits for {}, which {} holds",
                "{} segura {} e espera por {}, que {} segura",
            );
            text.fill(lang, &[&name, &held, wanted, &next_name])
        }
        (WaitsFor::Lock, None) => Text::new("{} waits for {}, which {} holds", "{} espera por {}, que {} segura")
            .fill(lang, &[&name, wanted, &next_name]),
        (on, held) => {
            let holding =
                held.map_or_else(String::new, |held| Text::new(" holds {} and", " segura {} e").fill(lang, &[&held]));
            let text = match on {
                WaitsFor::End => {
                    let text = Text::new("{}{} starts only when {} is done", "{}{} só começa quando {} termina");
                    return text.fill(lang, &[&name, &holding, &next_name]);
                }
                WaitsFor::Room => Text::new(
                    "{}{} waits for room in {}, which {} could make",
                    "{}{} espera espaço em {}, que {} poderia abrir",
                ),
                WaitsFor::Barrier => Text::new("{}{} waits at {} for {}", "{}{} espera na barreira {} por {}"),
                _ => Text::new("{}{} waits for {}, which {} could serve", "{}{} espera por {}, que {} poderia atender"),
            };
            text.fill(lang, &[&name, &holding, wanted, &next_name])
        }
    }
}

/// All workers are held by tasks that wait for one in the queue.
fn pool(evidence: &Evidence<'_>, stuck: &Stuck, queued: Task, lang: Lang) -> String {
    let holders: Vec<Task> = stuck.behind(queued).collect();
    let held = match workers_of(&evidence.plan) {
        1 => Text::new("the only worker is held by {}", "o único trabalhador está preso por {}"),
        2 => Text::new("both workers are held by {}", "os dois trabalhadores estão presos por {}"),
        _ => Text::new("all workers are held by {}", "todos os trabalhadores estão presos por {}"),
    };
    let served: Vec<Task> =
        holders.iter().copied().filter(|holder| stuck.behind(*holder).any(|other| other == queued)).collect();
    let waits =
        Text::new("{}; {}, which could serve {}, waits in the queue", "{}; {}, que poderia atender {}, espera na fila");
    let held = held.fill(lang, &[&names(evidence, &holders, lang)]);
    waits.fill(lang, &[&held, &evidence.name(queued), &names(evidence, &served, lang)])
}

#[cfg(test)]
mod tests {
    use crate::analysis::diagnosis::testing::{Story, two_locks};
    use crate::lang::Lang;
    use crate::trace::{Cause, Peer, Resource, State, Task};

    #[test]
    fn a_circle_of_two_locks_is_told_by_holders() {
        let found = two_locks().finds("deadlock").unwrap();
        assert_eq!(
            found.text.get(Lang::En),
            "ana holds pan and waits for oven, which bia holds; bia holds oven and waits for pan, which ana holds. \
             Taken in the same order by everybody, locks close no circle."
        );
        assert_eq!(found.tasks, [Task(0), Task(1)]);
        assert!(found.text.get(Lang::PtBr).starts_with("ana segura pan e espera por oven, que bia segura; "));
    }

    #[test]
    fn locks_that_come_free_in_the_end_are_silent() {
        let mut story = two_locks();
        story.at(102, 0, State::Done, Cause::None).at(103, 1, State::Done, Cause::None);
        assert_eq!(story.finds("deadlock"), None);
    }

    #[test]
    fn workers_can_be_the_circle() {
        let mut story = Story::of(
            "thread-pool",
            r#"HEAD
[[task]]
name = "waits"
count = 2
steps = [{ receive = "answers" }]
[[task]]
name = "answers"
count = 3
steps = [{ send = "answers" }]
"#,
        );
        for task in 0..5 {
            story.at(0, task, State::Ready, Cause::Queued);
        }
        for task in 0..2 {
            story.at(0, task, State::Running, Cause::None);
            story.on(1, task, State::Blocked, Cause::Channel, Peer::NONE, Resource(0));
            story.on(31, task, State::Deadlocked, Cause::Channel, Peer::NONE, Resource(0));
        }
        for task in 2..5 {
            story.at(30, task, State::Deadlocked, Cause::Queued);
        }
        let found = story.finds("deadlock").unwrap();
        assert_eq!(
            found.text.get(Lang::En),
            "both workers are held by waits-1 and waits-2; answers-1, which could serve waits-1 and waits-2, waits in \
             the queue. 2 tasks wait behind them."
        );
        assert_eq!(found.tasks.len(), 5);
        assert_eq!(story.finds("lost-wake-up"), None);
    }
}
