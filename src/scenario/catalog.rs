//! The built-in scenarios, embedded, in teaching order, and the chapters they belong to.

use std::sync::{Arc, OnceLock};

use super::{Scenario, read};
use crate::lang::Text;

/// A chapter of lessons.
#[derive(Debug)]
pub struct Chapter {
    pub id: &'static str,
    pub title: Text,
    /// One line under the title.
    pub line: Text,
}

pub static CHAPTERS: [Chapter; 9] = [
    Chapter {
        id: "concurrency-is-not-parallelism",
        title: Text::new("Concurrency ≠ parallelism", "Concorrência ≠ paralelismo"),
        line: Text::new(
            "Dealing with many things at once is not doing many things at once.",
            "Lidar com muitas coisas ao mesmo tempo não é fazer muitas coisas ao mesmo tempo.",
        ),
    },
    Chapter {
        id: "io-bound",
        title: Text::new("Waiting: IO-bound", "Esperar: IO-bound"),
        line: Text::new(
            "While one task waits, another can go on. Who does the waiting?",
            "Enquanto uma tarefa espera, outra pode seguir. Quem fica esperando?",
        ),
    },
    Chapter {
        id: "cpu-bound",
        title: Text::new("Computing: CPU-bound", "Calcular: CPU-bound"),
        line: Text::new(
            "Work needs cores. Nothing else makes it shorter.",
            "Trabalho precisa de núcleos. Nada mais o encurta.",
        ),
    },
    Chapter {
        id: "async",
        title: Text::new("Async", "Assíncrono"),
        line: Text::new(
            "One thread, switching where you say await, and only there.",
            "Uma só thread, que troca de tarefa onde há await, e só ali.",
        ),
    },
    Chapter {
        id: "pools",
        title: Text::new("Pools and queues", "Pools e filas"),
        line: Text::new(
            "How many workers are enough, and what happens in the queue?",
            "Quantos trabalhadores bastam, e o que acontece na fila?",
        ),
    },
    Chapter {
        id: "gil",
        title: Text::new("The GIL", "O GIL"),
        line: Text::new(
            "One lock around the interpreter: what it stops, and what it does not.",
            "Um lock em volta do interpretador: o que ele impede e o que não impede.",
        ),
    },
    Chapter {
        id: "locks",
        title: Text::new("Locks, races, deadlock", "Locks, corridas, deadlock"),
        line: Text::new(
            "Sharing needs rules, and rules can close a circle.",
            "Compartilhar exige regras, e regras podem fechar um círculo.",
        ),
    },
    Chapter {
        id: "scheduling",
        title: Text::new("Scheduling", "Escalonamento"),
        line: Text::new("Who runs next, and for how long?", "Quem executa a seguir, e por quanto tempo?"),
    },
    Chapter {
        id: "scale",
        title: Text::new("Scale", "Escala"),
        line: Text::new(
            "What holds for ten tasks may not hold for ten thousand.",
            "O que vale para dez tarefas pode não valer para dez mil.",
        ),
    },
];

/// A built-in scenario: its id, which is its file's name, and its text.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub id: &'static str,
    pub text: &'static str,
}

macro_rules! entries {
    ($($id:literal)*) => {
        &[$(Entry { id: $id, text: include_str!(concat!("../../scenarios/", $id, ".toml")) }),*]
    };
}

/// Every built-in scenario, in teaching order.
pub static CATALOG: &[Entry] = entries! {
    "cashiers"
    "kitchen"
    "isolation"
    "boiling-eggs"
    "io-bound"
    "real-requests"
    "deliveries"
    "cpu-bound"
    "skew"
    "amdahl"
    "process-start"
    "copied-data"
    "whose-list"
    "false-sharing"
    "one-blocking-call"
    "await-in-a-row"
    "never-awaited"
    "cpu-in-the-loop"
    "cooperative"
    "short-waits"
    "pool-sizing"
    "mixed-endpoint"
    "hidden-pool"
    "connection-pool"
    "load-shedding"
    "backpressure"
    "eight-threads-one-gil"
    "gil-released"
    "sha256-sizes"
    "gil-convoy"
    "switch-interval"
    "two-locks"
    "lost-update"
    "twenty-orders"
    "lock-contention"
    "join-before-get"
    "dining-philosophers"
    "straggler"
    "barrier-slowest"
    "oversubscription"
    "short-tasks"
    "few-or-many"
    "blocking-calls"
    "ten-thousand-sleepers"
};

/// The built-in scenario of that id.
pub fn find(id: &str) -> Option<Arc<Scenario>> {
    all().find(|(own, _)| *own == id).map(|(_, scenario)| scenario)
}

/// The catalog's own id for that word, if it is one.
pub fn id(word: &str) -> Option<&'static str> {
    CATALOG.iter().map(|entry| entry.id).find(|id| *id == word)
}

/// Every built-in scenario with its id, in teaching order. They are read once.
pub fn all() -> impl Iterator<Item = (&'static str, Arc<Scenario>)> {
    static READ: OnceLock<Vec<Arc<Scenario>>> = OnceLock::new();
    let scenarios = READ.get_or_init(|| CATALOG.iter().map(|entry| Arc::new(entry.read())).collect());
    CATALOG.iter().zip(scenarios).map(|(entry, scenario)| (entry.id, Arc::clone(scenario)))
}

impl Entry {
    fn read(&self) -> Scenario {
        let file = format!("{}.toml", self.id);
        read::read(&file, self.text).unwrap_or_else(|problems| panic!("a built-in scenario is wrong:\n{problems}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;
    use crate::scenario::write;

    /// Lesson texts are read in a breath.
    const WORDS_MAX: usize = 60;

    #[test]
    fn every_built_in_scenario_is_a_complete_lesson_in_both_languages() {
        for (id, scenario) in all() {
            let lesson = scenario.lesson.as_ref().unwrap_or_else(|| panic!("{id} has no lesson"));
            assert!(!lesson.holds.is_empty(), "{id} tests nothing");
            assert!(lesson.ask.is_some(), "{id} asks nothing");
            for lang in Lang::ALL {
                let texts = scenario.texts.get(&lang).unwrap_or_else(|| panic!("{id} lacks {}", lang.tag()));
                for text in [&texts.expect, &texts.explain] {
                    let words = text.as_deref().unwrap_or_else(|| panic!("{id} is silent")).split_whitespace().count();
                    assert!((1..=WORDS_MAX).contains(&words), "{id} in {}: {words} words", lang.tag());
                }
            }
            let foreign = &scenario.texts[&Lang::PtBr];
            assert!(foreign.title.is_some() && foreign.summary.is_some(), "{id}: title and summary");
            assert_eq!(foreign.claim.is_some(), lesson.claim.is_some(), "{id}: claim");
            assert_eq!(foreign.choices.len(), scenario.choices(Lang::En).len(), "{id}: choices");
            assert_eq!(foreign.variants.len(), scenario.variants.len(), "{id}: titles of variants");
        }
    }

    #[test]
    fn built_in_scenarios_are_written_and_read_back() {
        for (id, scenario) in all() {
            let written = write::write(&scenario);
            let read = read::read(id, &written).unwrap_or_else(|problems| panic!("{problems}\n{written}"));
            assert_eq!(read, *scenario, "{written}");
        }
    }

    #[test]
    fn ids_are_the_names_of_the_files_and_all_files_are_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        let mut ids: Vec<&str> = CATALOG.iter().map(|entry| entry.id).collect();
        files.sort_unstable();
        ids.sort_unstable();
        assert_eq!(ids, files);
    }
}
