//! Which of a scenario's models have no part in its orders: explored is what threads do that share one memory.

use crate::lang::{Lang, Text};
use crate::model::{Model, Plan};
use crate::scenario::Scenario;

/// Cores of the computer that a model is asked on: with fewer, a pool may have a single thread.
const CORES: u32 = 2;

/// A sentence for each way in which models of that scenario differ from threads that share one memory.
pub fn caveats(scenario: &Scenario, lang: Lang) -> Vec<String> {
    const ALONE: Text = Text::new(
        "Not under {}: there, one thread carries all tasks, each from one wait to the next.",
        "Não com {}: ali, uma só thread leva todas as tarefas, cada uma de uma espera à próxima.",
    );
    const APART: Text =
        Text::new("Not under {}: processes share no variables.", "Não com {}: processos não dividem variáveis.");
    let of = |text: Text, differs: fn(&Plan) -> bool| {
        let mut named: Vec<&str> = Vec::new();
        for choice in scenario.models.iter().filter(|choice| differs(&choice.plan(CORES))) {
            let Model { name, .. } = choice.model;
            if !named.contains(&name.get(lang)) {
                named.push(name.get(lang));
            }
        }
        (!named.is_empty()).then(|| text.fill(lang, &[&named.join(", ")]))
    };
    [of(ALONE, Plan::is_alone), of(APART, |plan| plan.processes.is_some())].into_iter().flatten().collect()
}

/// Whether none of that scenario's models is one of threads that share one memory.
pub fn is_about_others(scenario: &Scenario) -> bool {
    scenario.models.iter().all(|choice| {
        let plan = choice.plan(CORES);
        plan.is_alone() || plan.processes.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    #[test]
    fn models_without_threads_that_share_memory_are_named() {
        let check = |models: &str, expected: &[&str], others: bool| {
            let text = format!(
                "format = 1\ntitle = \"t\"\nmodels = [{models}]\n[[task]]\nname = \"a\"\nsteps = [{{ load = \"x\" }}]\n"
            );
            let scenario = read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
            assert_eq!(caveats(&scenario, Lang::En), expected);
            assert_eq!(is_about_others(&scenario), others, "{models}");
        };
        let alone =
            "Not under Event loop, Sequential: there, one thread carries all tasks, each from one wait to the next.";
        check("\"threads\", \"gil-threads\", \"thread-pool\"", &[], false);
        check("\"threads\", \"event-loop\", \"sequential\"", &[alone], false);
        check("\"processes\"", &["Not under Processes: processes share no variables."], true);
        check("\"event-loop\", \"sequential\"", &[alone], true);
    }
}
