//! Where variables stand in memory: which of them share a cache line. The real computer and the imagined one both lay
//! them out so. Pure.

use super::Scenario;
use super::shared::{Kind, Shared};

/// So many variables stand side by side: as many 64-bit numbers as fit on the smallest lines there are, of 64 bytes.
pub const PER_LINE: usize = 8;

/// A variable's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    pub line: usize,
    /// On the line, below [`PER_LINE`].
    pub place: usize,
}

/// By number in `shared`, which is the scenario's; `None` for what is no variable. A padded one has a line of its own;
/// the others follow each other.
pub fn spots(scenario: &Scenario, shared: &Shared) -> Vec<Option<Spot>> {
    let mut lines = 0;
    let mut line = || {
        lines += 1;
        lines - 1
    };
    let mut last: Option<Spot> = None;
    let mut spot = |(kind, name): &(Kind, String)| {
        if *kind != Kind::Variable {
            return None;
        }
        if scenario.variables.iter().any(|variable| variable.padded && variable.name == *name) {
            return Some(Spot { line: line(), place: 0 });
        }
        let next = match last {
            Some(Spot { line, place }) if place + 1 < PER_LINE => Spot { line, place: place + 1 },
            _ => Spot { line: line(), place: 0 },
        };
        last = Some(next);
        last
    };
    shared.iter().map(&mut spot).collect()
}

/// How many lines the spots are on.
pub fn lines(spots: &[Option<Spot>]) -> usize {
    spots.iter().flatten().map(|spot| spot.line + 1).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    #[test]
    fn only_padded_variables_have_a_line_of_their_own() {
        let names: Vec<String> = (0..10).map(|number| format!("{{ load = \"v{number}\" }}")).collect();
        let text = format!(
            "format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\n[variables.v1]\npadded = true\n[locks.l]\n\
             [[task]]\nname = \"a\"\nsteps = [{}]\n",
            names.join(", ")
        );
        let scenario = read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
        let shared = Shared::of(&scenario);
        let spots = spots(&scenario, &shared);
        let of = |name: &str| spots[shared.number(Kind::Variable, name)].map(|spot| (spot.line, spot.place));
        assert_eq!(spots[shared.number(Kind::Lock, "l")], None);
        // The padded one comes first, since it is declared.
        let found: Vec<_> = (0..10).map(|number| of(&format!("v{number}")).unwrap()).collect();
        let side_by_side = (0..7).map(|place| (1, place + 1));
        let expected: Vec<_> = [(1, 0), (0, 0)].into_iter().chain(side_by_side).chain([(2, 0)]).collect();
        assert_eq!(found, expected);
        assert_eq!(lines(&spots), 3);
        assert_eq!(lines(&[None]), 0);
    }
}
