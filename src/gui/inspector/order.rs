//! Why a task waited in an explored order: by whose turn, by whose lock. There are no times in it, only steps. Pure.

use super::why::{Fill, Piece, awaited, compose, only};
use crate::analysis::meanwhile::Meanwhile;
use crate::chart::lanes::task_label;
use crate::explore::run::step_at;
use crate::lang::{Lang, Text};
use crate::trace::{Run, Span, State};

const TURNS: Text = Text::new(
    "{} {} could have gone on; up to step {} the turn was with {}.",
    "{}, {} podia continuar; até o passo {} a vez foi de {}.",
);
const WAITED: Text = Text::new("{} {} waited for {}, {}.", "{}, {} esperou {}, {}.");
const WAITED_BEHIND: Text = Text::new("{} {} waited for {}, held by {}, {}.", "{}, {} esperou {}, em posse de {}, {}.");
const FROM_START: Text = Text::new("From the start", "Desde o começo");
const AFTER: Text = Text::new("After step {}", "Depois do passo {}");
const UNTIL: Text = Text::new("until step {}", "até o passo {}");
const FOR_EVER: Text = Text::new("for ever", "para sempre");

/// The sentence about a wait of an order. `None` where that is no wait.
pub fn why(run: &Run, meanwhile: &Meanwhile, span: &Span, lang: Lang) -> Option<Vec<Piece>> {
    let word = |text: String| Fill::Word(text);
    let from = word(match step_at(span.start) {
        0 => FROM_START.get(lang).to_owned(),
        step => AFTER.fill(lang, &[&step]),
    });
    let to = step_at(span.end);
    let own_name = word(task_label(run, span.task));
    match span.state {
        State::Ready => {
            let others = meanwhile.running(&run.trace, span);
            Some(compose(TURNS, lang, vec![from, own_name, word(to.to_string()), Fill::Tasks(others)]))
        }
        State::Blocked => {
            let until = if is_for_ever(run, span) { FOR_EVER.get(lang).to_owned() } else { UNTIL.fill(lang, &[&to]) };
            let what = word(awaited(run, span, span.cause, lang));
            Some(match span.peer.as_task() {
                Some(holder) => {
                    let fills = vec![from, own_name, what, Fill::Tasks(only(holder)), word(until)];
                    compose(WAITED_BEHIND, lang, fills)
                }
                None => compose(WAITED, lang, vec![from, own_name, what, word(until)]),
            })
        }
        _ => None,
    }
}

/// Whether the order ends with the task still waiting as it waits in `span`.
pub fn is_for_ever(run: &Run, span: &Span) -> bool {
    let end = run.trace.spans_of(span.task).next_back();
    end.is_some_and(|end| end.state == State::Deadlocked && end.start == span.end)
}
