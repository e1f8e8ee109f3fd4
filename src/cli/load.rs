//! Finding what a word of the command line names: a built-in scenario or a file.

use std::path::Path;
use std::sync::Arc;

use super::failure::Failure;
use crate::scenario::fault::nearest;
use crate::scenario::{Scenario, catalog};
use crate::simulate::costs::CostTable;
use crate::store;
use crate::store::costs::CostsCause;
use crate::store::open::{OpenCause, OpenError, Opened};
use crate::trace::Run;

/// What is run where nothing was asked for.
pub const DEFAULT: &str = "boiling-eggs";
/// Verbs of the contract, for "did you mean".
const VERBS: [&str; 9] = ["run", "list", "models", "export", "predict", "compare", "sweep", "explore", "calibrate"];

/// A scenario and what files and reports call it.
#[derive(Debug)]
pub struct Named {
    pub id: String,
    pub scenario: Arc<Scenario>,
}

/// The scenario of a built-in's id, or of the file at that path.
///
/// # Errors
/// When there is none, or it is not valid; the message names the nearest word or the place in the file.
pub fn scenario(word: &Path) -> Result<Named, Failure> {
    let shown = word.display();
    if let Some((id, scenario)) = word.to_str().and_then(|id| Some((id, catalog::find(id)?))) {
        return Ok(Named { id: id.to_owned(), scenario });
    }
    if !word.exists() {
        return Err(Failure::Usage(no_scenario(&shown.to_string())));
    }
    match open(word)? {
        Opened::Scenario { id, scenario } => Ok(Named { id, scenario: Arc::from(scenario) }),
        Opened::Run(_) => Err(Failure::Usage(format!(
            "`{shown}` is a saved run, not a scenario: `tasklane export` writes it in other formats, `tasklane {shown}` opens it"
        ))),
    }
}

/// Whether the file holds a saved run, and not a scenario or something that cannot be read at all.
pub fn is_saved_run(path: &Path) -> bool {
    matches!(store::open::open(path), Ok(Opened::Run(_)) | Err(OpenError { cause: OpenCause::Run(_), .. }))
}

/// The saved run in that file.
///
/// # Errors
/// When it cannot be read or is something else.
pub fn saved_run(path: &Path) -> Result<Run, Failure> {
    let path_shown = path.display();
    match store::open::open(path) {
        Ok(Opened::Run(run)) => Ok(*run),
        Ok(Opened::Scenario { .. }) => {
            let help = format!("`tasklane run {path_shown}` runs it");
            Err(Failure::Usage(format!("`{path_shown}` is a scenario, not a saved run: {help}")))
        }
        Err(OpenError { cause: OpenCause::Scenario(_), .. }) => {
            Err(Failure::Usage(format!("`{path_shown}` is not a saved run: `export` reads .tasklane files")))
        }
        Err(error) => Err(Failure::usage(error)),
    }
}

/// The costs in that file.
///
/// # Errors
/// When it cannot be read or is something else.
pub fn costs(path: &Path) -> Result<CostTable, Failure> {
    store::costs::open(path).map_err(|error| match error.cause {
        CostsCause::Wrong(problems) => Failure::Problems(problems.to_string()),
        _ => Failure::usage(error),
    })
}

fn open(path: &Path) -> Result<Opened, Failure> {
    store::open::open(path).map_err(|error| match error.cause {
        OpenCause::Scenario(problems) => Failure::Problems(problems.to_string()),
        _ => Failure::usage(error),
    })
}

/// Whether the window can be opened on a first word that is no verb.
///
/// # Errors
/// When it is neither a scenario's id nor a file: with the nearest of verbs and ids.
pub fn check_first_word(word: &Path) -> Result<(), Failure> {
    let text = word.to_string_lossy();
    if word.exists() || catalog::find(&text).is_some() {
        return Ok(());
    }
    let hint = hint(&text, &verbs_and_scenarios());
    Err(Failure::Usage(format!(
        "`{text}` is no command, no file and no built-in scenario{hint} See `tasklane --help` and `tasklane list`"
    )))
}

fn verbs_and_scenarios() -> Vec<&'static str> {
    VERBS.into_iter().chain(catalog::CATALOG.iter().map(|entry| entry.id)).collect()
}

fn no_scenario(word: &str) -> String {
    let ids: Vec<&str> = catalog::CATALOG.iter().map(|entry| entry.id).collect();
    let hint = hint(word, &ids);
    format!("`{word}` is no built-in scenario and no file{hint} `tasklane list` shows the built-in ones")
}

/// The end of a sentence: the word that was meant, if any is near.
fn hint(word: &str, candidates: &[&str]) -> String {
    /// So many letters wrong, missing or swapped still leave a short word recognizable.
    const SLIPS_MAX: usize = 2;
    let slips = |candidate: &&str| strsim::osa_distance(word, candidate);
    let slip = || candidates.iter().copied().min_by_key(slips).filter(|candidate| slips(candidate) <= SLIPS_MAX);
    match nearest(word, candidates.iter().copied()).or_else(slip) {
        Some(near) => format!(": did you mean `{near}`?"),
        None => ".".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_understood() {
        let check = |word: &str, expected: &str| {
            assert_eq!(hint(word, &verbs_and_scenarios()), expected, "{word}");
        };
        check("rnu", ": did you mean `run`?");
        check("lsit", ": did you mean `list`?");
        check("boiling-egs", ": did you mean `boiling-eggs`?");
        check("frobnicate", ".");
    }
}
