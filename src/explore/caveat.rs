//! Which of a scenario's models have no part in its orders: explored is what threads do that share one memory.

use crate::lang::{Lang, Text};
use crate::model::Plan;
use crate::scenario::Scenario;

/// Cores of the computer that a model is asked on: with fewer, a pool may have a single thread.
const CORES: u32 = 2;

const ALONE: Text = Text::new(
    "Under {} not all of these can happen: one thread carries all tasks, each from one wait to the next.",
    "Com {} nem todas podem acontecer: uma só thread leva todas as tarefas, cada uma de uma espera à próxima.",
);
const APART: Text =
    Text::new("Not under {}: processes share no variables.", "Não com {}: processos não dividem variáveis.");

/// How a model of that plan differs from threads that share one memory.
fn difference(plan: &Plan) -> Option<Text> {
    match plan {
        plan if plan.processes.is_some() => Some(APART),
        plan if plan.is_alone() => Some(ALONE),
        _ => None,
    }
}

/// A sentence for each way in which models of that scenario differ from threads that share one memory.
pub fn caveats(scenario: &Scenario, lang: Lang) -> Vec<String> {
    let of = |text: Text| {
        let models = scenario.models.iter().filter(|choice| difference(&choice.plan(CORES)) == Some(text));
        let mut names: Vec<&str> = Vec::new();
        for name in models.map(|choice| choice.model.name.get(lang)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        (!names.is_empty()).then(|| text.fill(lang, &[&names.join(", ")]))
    };
    [ALONE, APART].into_iter().filter_map(of).collect()
}

/// Whether none of that scenario's models is one of threads that share one memory.
pub fn is_about_others(scenario: &Scenario) -> bool {
    scenario.models.iter().all(|choice| difference(&choice.plan(CORES)).is_some())
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
        let alone = "Under Event loop, Sequential not all of these can happen: one thread carries all \
                     tasks, each from one wait to the next.";
        check("\"threads\", \"gil-threads\", \"thread-pool\"", &[], false);
        check("\"threads\", \"event-loop\", \"sequential\"", &[alone], false);
        check("\"processes\"", &["Not under Processes: processes share no variables."], true);
        check("\"event-loop\", \"sequential\"", &[alone], true);
        let pool = |queue: u32| format!("{{ model = \"thread-pool\", workers = 1, queue = {queue} }}");
        let pools = format!("{}, \"sequential\", {}", pool(1), pool(2));
        check(&pools, &[&alone.replace("Event loop", "Thread pool")], true);
    }
}
