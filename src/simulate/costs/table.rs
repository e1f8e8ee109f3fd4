//! What was measured of costs: a table of one computer, and what several of them come to.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use super::{Cost, costs_of};
use crate::model::{Language, Plan};
use crate::scenario::draw::SplitMix;
use crate::scenario::words::COSTS;
use crate::time::Nanos;

/// What was measured on some computer, by cost: for every language, and what only one has otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CostTable {
    /// Where it comes from, for people: `costs.toml`.
    pub source: String,
    pub all: BTreeMap<Cost, Nanos>,
    pub rust: BTreeMap<Cost, Nanos>,
    pub python: BTreeMap<Cost, Nanos>,
}

/// What the first threads of a run and whoever starts them pay, all of which is in the time that a [`Cost::FirstSetUp`] is
/// told from.
const OF_A_FIRST_SET_UP: [Cost; 8] = [
    Cost::ContextSwitch,
    Cost::WakeUp,
    Cost::SleepOvershoot,
    Cost::ShortSleepOvershoot,
    Cost::CachedThreadStart,
    Cost::ThreadSetUp,
    Cost::FirstTask,
    Cost::FirstSetUp,
];

impl CostTable {
    /// What was measured of that cost in that language; `None` is unknown.
    pub fn get(&self, language: Language, cost: Cost) -> Option<Nanos> {
        self.own(language).get(&cost).or_else(|| self.all.get(&cost)).copied()
    }

    /// Of several tables of one computer, each cost's median: the lower of the two in the middle, where there are two.
    pub fn median(tables: &[impl Borrow<CostTable>]) -> CostTable {
        let of = |part: fn(&CostTable) -> &BTreeMap<Cost, Nanos>| {
            let mut times: BTreeMap<Cost, Vec<Nanos>> = BTreeMap::new();
            for (cost, time) in tables.iter().flat_map(|table| part(table.borrow())) {
                times.entry(*cost).or_default().push(*time);
            }
            let middle = |(cost, mut times): (Cost, Vec<Nanos>)| {
                times.sort_unstable();
                (cost, times[(times.len() - 1) / 2])
            };
            times.into_iter().map(middle).collect()
        };
        CostTable {
            source: tables.first().map_or_else(String::new, |table| table.borrow().source.clone()),
            all: of(|table| &table.all),
            rust: of(|table| &table.rust),
            python: of(|table| &table.python),
        }
    }

    /// Of several tables of one computer, each cost as one of them has it. Any tables in a row, numbered from 0, take each
    /// cost from each of them once, and which costs come from one and the same is drawn: a latin hypercube of the costs
    /// (`McKay`, Beckman and Conover 1979). But what a [`Cost::FirstSetUp`] was told from stays with it: it is what these
    /// left of the time that runs took.
    pub fn mixed(tables: &[CostTable], number: u64) -> CostTable {
        let Some(first) = tables.first() else { return CostTable::default() };
        let count = tables.len() as u64;
        let of = |part: fn(&CostTable) -> &BTreeMap<Cost, Nanos>| {
            let known: BTreeSet<Cost> = tables.iter().flat_map(|table| part(table).keys().copied()).collect();
            let choose = |cost: Cost| {
                let drawn = if OF_A_FIRST_SET_UP.contains(&cost) { Cost::FirstSetUp } else { cost };
                let shift = SplitMix(number / count * COSTS.len() as u64 + drawn as u64).next();
                let turn = usize::try_from((shift % count + number % count) % count).unwrap_or(0);
                // Where that one does not know it, the next that does.
                let time = tables.iter().cycle().skip(turn).find_map(|table| part(table).get(&cost));
                time.map(|time| (cost, *time))
            };
            known.into_iter().filter_map(choose).collect()
        };
        CostTable {
            source: first.source.clone(),
            all: of(|table| &table.all),
            rust: of(|table| &table.rust),
            python: of(|table| &table.python),
        }
    }

    /// What is known of the costs that a model of that plan pays, see [`costs_of`].
    pub fn of_plan(&self, plan: &Plan) -> Vec<(Cost, Nanos)> {
        let known = |cost: Cost| Some((cost, self.get(plan.language, cost)?));
        costs_of(plan).into_iter().filter_map(known).collect()
    }

    /// What one language has otherwise.
    pub const fn own(&self, language: Language) -> &BTreeMap<Cost, Nanos> {
        match language {
            Language::Rust => &self.rust,
            Language::Python => &self.python,
        }
    }

    pub const fn own_mut(&mut self, language: Language) -> &mut BTreeMap<Cost, Nanos> {
        match language {
            Language::Rust => &mut self.rust,
            Language::Python => &mut self.python,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_tables_each_cost_is_in_the_middle() {
        let table = |steal: i64, message: Option<i64>| CostTable {
            source: "here".into(),
            rust: BTreeMap::from([(Cost::Steal, Nanos(steal))]),
            all: message.map(|time| (Cost::Message, Nanos(time))).into_iter().collect(),
            ..CostTable::default()
        };
        let tables = [table(5, None), table(9, Some(2)), table(1, Some(4)), table(7, Some(3))];
        assert_eq!(CostTable::median(&tables), table(5, Some(3)));
        assert_eq!(CostTable::median(&tables[..1]), tables[0]);
        assert_eq!(CostTable::median(&[] as &[CostTable]), CostTable::default());
    }

    #[test]
    fn what_a_first_set_up_was_told_from_stays_with_it() {
        let table = |number: i64| CostTable {
            all: Cost::ALL.iter().map(|cost| (*cost, Nanos(number))).collect(),
            ..CostTable::default()
        };
        let tables = [table(1), table(2), table(3), table(4)];
        for mixed in (0..12).map(|number| CostTable::mixed(&tables, number)) {
            let times: BTreeSet<Nanos> = OF_A_FIRST_SET_UP.iter().map(|cost| mixed.all[cost]).collect();
            assert_eq!(times.len(), 1, "{:?}", mixed.all);
        }
    }

    #[test]
    fn mixed_tables_take_each_cost_from_each_table_once() {
        let table = |number: i64| CostTable {
            source: "here".into(),
            all: Cost::ALL[..8].iter().map(|cost| (*cost, Nanos(number))).collect(),
            rust: BTreeMap::from([(Cost::Steal, Nanos(10 + number))]),
            ..CostTable::default()
        };
        let mut tables = [table(0), table(1), table(2)];
        // One that knows less than the others.
        tables[1].rust.clear();
        let mixed: Vec<CostTable> = (0..9).map(|number| CostTable::mixed(&tables, number)).collect();
        for lap in mixed.chunks(3) {
            for cost in &Cost::ALL[..8] {
                let mut taken: Vec<i64> = lap.iter().map(|table| table.all[cost].0).collect();
                taken.sort_unstable();
                assert_eq!(taken, [0, 1, 2], "{cost:?}");
            }
            assert!(lap.iter().all(|table| [10, 12].contains(&table.rust[&Cost::Steal].0)));
        }
        let is_whole = |mixed: &CostTable| tables.iter().any(|table| table.all == mixed.all);
        assert!(!mixed.iter().all(is_whole), "costs are drawn apart");
        assert_eq!(CostTable::mixed(&tables[..1], 5), tables[0]);
        assert_eq!(CostTable::mixed(&[], 0), CostTable::default());
    }
}
