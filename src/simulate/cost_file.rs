//! The file that a computer's costs are kept in: a [`CostTable`] as TOML. `calibrate` writes it, `--costs` reads it.
//!
//! ```toml
//! format = 1
//! source = "Some CPU, 8 cores, Debian 12"
//!
//! [costs]                    # of every language
//! context_switch = "1.2us"
//!
//! [costs.python]             # of one
//! thread_start = "70us"
//! ```
//!
//! What a table does not name costs what it does by default. Pure: `store` opens and saves it.

use std::collections::BTreeMap;

use super::costs::{Cost, CostTable};
use crate::model::Language;
use crate::scenario::check;
use crate::scenario::read::{self, FORMAT, Faults, Problems, Table};
use crate::scenario::words::COSTS;
use crate::scenario::write::quote;
use crate::time::{Nanos, write_duration};

/// Reads a table of costs. `name` is the file's, for messages; it is the table's source where the file names none.
///
/// # Errors
/// [`Problems`] with every key that is unknown and every value that is no cost, by line and column.
pub fn read(name: &str, text: &str) -> Result<CostTable, Problems> {
    read::document(name, text, |root, out| table(name, root, out))
}

/// The text of which [`read()`] makes the same table again.
pub fn write(table: &CostTable) -> String {
    let mut text = format!("format = {FORMAT}\nsource = {}\n", quote(&table.source));
    let mut section = |head: &str, costs: &BTreeMap<Cost, Nanos>| {
        if !costs.is_empty() {
            text.push_str(&format!("\n[{head}]\n"));
            for (cost, time) in costs {
                text.push_str(&format!("{} = {}\n", cost.id(), quote(&write_duration(*time))));
            }
        }
    };
    section("costs", &table.all);
    for language in Language::ALL {
        section(&format!("costs.{}", language.id()), table.own(language));
    }
    text
}

fn table(name: &str, root: &Table<'_>, out: &mut Faults) -> CostTable {
    root.only(&["format", "source", "costs"], out);
    let source = root.get("source").and_then(|node| node.text(out)).unwrap_or(name).to_owned();
    let mut table = CostTable { source, ..CostTable::default() };
    let Some(own) = root.need("costs", out).and_then(|node| node.table(out)) else { return table };
    let keys: Vec<&str> = COSTS.into_iter().chain(Language::ALL.map(Language::id)).collect();
    own.only(&keys, out);
    table.all = costs(&own, out);
    for language in Language::ALL {
        if let Some(own) = own.get(language.id()).and_then(|node| node.table(out)) {
            own.only(&COSTS, out);
            *table.own_mut(language) = costs(&own, out);
        }
    }
    table
}

fn costs(table: &Table<'_>, out: &mut Faults) -> BTreeMap<Cost, Nanos> {
    let mut costs = BTreeMap::new();
    for cost in Cost::ALL {
        let Some(node) = table.get(cost.id()) else { continue };
        if let Some(time) = read::cost(&node, out) {
            check::cost(node.path, cost.id(), time, out);
            costs.insert(cost, time);
        }
    }
    costs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_comes_back_as_it_was_written() {
        let table = CostTable {
            source: "A \"fast\" CPU".into(),
            all: BTreeMap::from([(Cost::ContextSwitch, Nanos(1_230)), (Cost::WakeUp, Nanos::ZERO)]),
            rust: BTreeMap::from([(Cost::LoopTurn, Nanos(400))]),
            python: BTreeMap::from([(Cost::ProcessStart, Nanos::from_millis(41))]),
        };
        assert_eq!(read("costs.toml", &write(&table)), Ok(table));
        let empty = CostTable { source: "nothing".into(), ..CostTable::default() };
        assert!(read("costs.toml", &write(&empty)).is_err(), "a file without costs is a slip of somebody's");
    }

    #[test]
    fn a_file_without_a_source_goes_by_its_name() {
        let table = read("mine.toml", "format = 1\n[costs]\nsteal = \"1us\"\n").unwrap();
        assert_eq!((table.source.as_str(), table.all[&Cost::Steal]), ("mine.toml", Nanos(1_000)));
    }

    #[test]
    fn mistakes_are_told_with_their_place_and_the_nearest_word() {
        let check = |text: &str, expected: &str| {
            let problems = read("costs.toml", text).unwrap_err().to_string();
            assert!(problems.contains(expected), "{expected} is missing in\n{problems}");
        };
        let check_cost = |cost: &str, expected: &str| check(&format!("format = 1\n[costs]\n{cost}\n"), expected);
        check_cost("contex_switch = \"1us\"", "did you mean `context_switch`?");
        check_cost("contex_switch = \"1us\"", "--> costs.toml:3:1");
        check_cost("steal = \"-1us\"", "`costs.steal`: a duration cannot be negative, found \"-1us\"");
        check_cost("steal = 1000", "a duration needs a unit, found 1000");
        check_cost("steal = 1000", "write \"1000ns\" or \"1000us\"");
        check_cost("steal = true", "must be a text in quotes, found true");
        check_cost("steal = \"1 fortnight\"", "unknown unit of time `fortnight`");
        check_cost("gil_interval = \"0ns\"", "`costs.gil_interval`: must be more than 0, found 0ms");
        check_cost("[costs.python]\ngil_interval = \"0ms\"", "`costs.python.gil_interval`: must be more than 0");
        check_cost("steal = \"80000000 min\"", "`costs.steal`: must be at most 100s, found 4800000000s");
        check_cost("gil_interval = \"80000000 min\"", "must be at most 146 years (4604256000s), found 4800000000s");
        check_cost("rust = \"1us\"", "`costs.rust`: must be a table");
        check_cost("[costs.pyhton]", "did you mean `python`?");
        check_cost("[costs.python]\nthread_strat = \"1us\"", "`costs.python.thread_strat`: unknown key");
        check("format = 2\n[costs]\n", "format 2 is newer than this version");
        check("format = 1\n[cost]\n", "`cost`: unknown key");
        check("format = 1\n", "`costs`: is missing");
        check("[costs]\n", "`format`: is missing");
        check("format = 1\n[costs\n", "not valid TOML");
    }
}
