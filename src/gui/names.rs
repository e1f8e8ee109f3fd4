//! What runs are called where several of them are listed: in full, and as short as they can still be told apart.

use std::collections::BTreeSet;

use super::words;
use crate::engine::session::Entry;
use crate::lang::Lang;
use crate::scenario::{self, Engine, Machine};
use crate::trace::Run;

/// The run's name, and that it was computed where it was.
pub fn entry_title(entry: &Entry, lang: Lang) -> String {
    let name = entry_name(entry, lang);
    match entry.run.engine {
        Engine::Measured => name,
        Engine::Simulated => with_mark(&name, lang),
    }
}

fn with_mark(name: &str, lang: Lang) -> String {
    format!("{name} · {}", words::SIMULATED.get(lang))
}

/// The person's name for a run, or the model with its variant, and what schedules it where that is another than usual; for
/// where the mark of a computed run stands beside it.
pub fn entry_name(entry: &Entry, lang: Lang) -> String {
    entry.name.clone().unwrap_or_else(|| match own_scheduler(&entry.run) {
        Some(scheduler) => format!("{} · {scheduler}", entry.run.title(lang)),
        None => entry.run.title(lang),
    })
}

/// By its word: the scheduler of an imagined computer, where it is another than usual.
fn own_scheduler(run: &Run) -> Option<&'static str> {
    let scheduler = run.scenario.machine.scheduler;
    let counts =
        run.engine == Engine::Simulated && !run.shows_order_only() && scheduler != Machine::default().scheduler;
    counts.then(|| scenario::words::word(&scenario::words::SCHEDULERS, &scheduler))
}

/// As [`short_names`], with the mark of a computed run beside those of measured ones.
pub fn marked_names(entries: &[&Entry], lang: Lang) -> Vec<String> {
    let is_simulated = |entry: &Entry| entry.run.engine == Engine::Simulated;
    let is_marked = |entry: &Entry| is_simulated(entry) && !entries.iter().all(|entry| is_simulated(entry));
    let marked = |(entry, name): (&&Entry, String)| if is_marked(entry) { with_mark(&name, lang) } else { name };
    entries.iter().zip(short_names(entries, lang)).map(marked).collect()
}

/// The names of runs side by side, without what all of them share: their model, or their variant. In full where they
/// could not be told apart otherwise.
pub fn short_names(entries: &[&Entry], lang: Lang) -> Vec<String> {
    let full = || entries.iter().map(|entry| entry_name(entry, lang)).collect();
    let all_alike = |alike: &dyn Fn(&Entry, &Entry) -> bool| entries.windows(2).all(|pair| alike(pair[0], pair[1]));
    if entries.len() < 2 || !all_alike(&|one, other| one.run.scenario_id == other.run.scenario_id) {
        return full();
    }
    let one_model = all_alike(&|one, other| one.run.choice == other.run.choice);
    // With other numbers: what differs is theirs.
    let one_kind = all_alike(&|one, other| one.run.choice.is_as(&other.run.choice));
    let one_variant = all_alike(&|one, other| one.run.variant == other.run.variant);
    let short = |entry: &&Entry| {
        let (run, model) = (&entry.run, || entry.run.choice.title(lang));
        let own = match &run.variant {
            Some(id) if one_model => run.scenario.own_variant_title(lang).unwrap_or(id).to_owned(),
            _ if one_model || one_variant => model(),
            _ => run.title(lang),
        };
        let shared = format!("{} · ", run.choice.model.name.get(lang));
        let own = match own.strip_prefix(&shared).filter(|_| one_kind) {
            Some(numbers) => numbers.to_owned(),
            None => own,
        };
        entry.name.clone().unwrap_or(own)
    };
    let names: Vec<String> = entries.iter().map(short).collect();
    let different: BTreeSet<(&str, bool)> =
        names.iter().zip(entries).map(|(name, entry)| (&**name, entry.run.engine == Engine::Measured)).collect();
    if different.len() == names.len() { names } else { full() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::testing::{DISHES, entry, imagined};

    #[test]
    fn computed_runs_are_marked_beside_measured_ones() {
        let computed = entry(1, imagined(DISHES, "threads", 2));
        let mut measured = entry(2, imagined(DISHES, "threads", 2));
        measured.run = std::sync::Arc::new(Run { engine: Engine::Measured, ..Run::clone(&measured.run) });
        assert_eq!(marked_names(&[&measured, &computed], Lang::En), ["Threads", "Threads · simulated"]);
        assert_eq!(marked_names(&[&computed], Lang::En), ["Threads"], "where all are, it is said once");
    }

    #[test]
    fn runs_that_only_their_schedulers_tell_apart_are_told_apart() {
        let first = entry(1, imagined(DISHES, "threads", 2));
        let mut second = entry(2, imagined(DISHES, "threads", 2));
        let mut scenario = scenario::Scenario::clone(&second.run.scenario);
        scenario.machine.scheduler = scenario::Scheduler::Srtf;
        second.run = std::sync::Arc::new(Run { scenario: std::sync::Arc::new(scenario), ..Run::clone(&second.run) });
        assert_eq!(short_names(&[&first, &second], Lang::En), ["Threads", "Threads · srtf"]);
        assert_eq!(entry_title(&second, Lang::En), "Threads · srtf · simulated");
    }
}
