//! What each step did, and what keeps somebody from taking the next, in sentences.

use super::program::Program;
use super::schedule::{Act, Deed};
use super::state::Standing;
use crate::lang::{Lang, Text};
use crate::trace::{Cause, Task};

/// `task-2 stores x = 1: the update of task-1 is lost`. `name` says what tasks are called where this is read.
pub fn sentence(deed: &Deed, lang: Lang, name: impl Fn(Task) -> String) -> String {
    let who = name(deed.task);
    match &deed.act {
        Act::Load { variable, value } => {
            Text::new("{} loads {}, which is {}", "{} lê {}, que vale {}").fill(lang, &[&who, variable, value])
        }
        Act::Add { amount, sum } => {
            Text::new("{} adds {} in its register, which is {} now", "{} soma {} em seu registrador, que agora vale {}")
                .fill(lang, &[&who, amount, sum])
        }
        Act::Store { variable, value, lost } => {
            let stores = Text::new("{} stores {} = {}", "{} grava {} = {}").fill(lang, &[&who, variable, value]);
            if lost.is_empty() {
                return stores;
            }
            let names: Vec<String> = lost.iter().map(|task| name(*task)).collect();
            let text = if let [_] = lost[..] {
                Text::new("{}: the update of {} is lost", "{}: a atualização de {} se perde")
            } else {
                Text::new("{}: the updates of {} are lost", "{}: as atualizações de {} se perdem")
            };
            text.fill(lang, &[&stores, &names.join(", ")])
        }
        Act::Lock(lock) => Text::new("{} takes {}", "{} pega {}").fill(lang, &[&who, lock]),
        Act::Unlock(lock) => Text::new("{} lets go of {}", "{} solta {}").fill(lang, &[&who, lock]),
        Act::Send(channel) => Text::new("{} sends to {}", "{} envia para {}").fill(lang, &[&who, channel]),
        Act::Receive(channel) => Text::new("{} receives from {}", "{} recebe de {}").fill(lang, &[&who, channel]),
        Act::Arrive(barrier) => Text::new("{} comes to {}", "{} chega a {}").fill(lang, &[&who, barrier]),
        Act::Fail => Text::new("{} fails", "{} falha").get(lang).replace("{}", &who),
    }
}

/// What the task waits for: `bia waits for pan, which ana holds`. `None` where it waits for nothing.
pub fn waiting(
    program: &Program,
    task: Task,
    standing: Standing,
    lang: Lang,
    name: impl Fn(Task) -> String,
) -> Option<String> {
    let who = name(task);
    let (cause, behind, on) = match standing {
        Standing::Waits { cause, behind, on } => (cause, behind, on),
        Standing::NotArrived => {
            let text = Text::new("{} comes after tasks that are not done", "{} vem depois de tarefas não concluídas");
            return Some(text.fill(lang, &[&who]));
        }
        Standing::Ready | Standing::Done | Standing::Failed | Standing::Cancelled => return None,
    };
    let what = program.name_of(on)?;
    Some(match behind.as_task() {
        Some(holder) if holder == task => {
            let text = Text::new("{} waits for {}, which it holds itself", "{} espera por {}, que ela mesma segura");
            text.fill(lang, &[&who, &what])
        }
        Some(holder) => {
            let text = Text::new("{} waits for {}, which {} holds", "{} espera por {}, que {} segura");
            text.fill(lang, &[&who, &what, &name(holder)])
        }
        None if cause == Cause::Barrier => {
            Text::new("{} waits at {}", "{} espera na barreira {}").fill(lang, &[&who, &what])
        }
        None => Text::new("{} waits for {}", "{} espera por {}").fill(lang, &[&who, &what]),
    })
}
