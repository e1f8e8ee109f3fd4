//! `--help` on a narrow terminal: what clap has laid out for a wide one, its descriptions broken between words.

use super::terminal::wrapped;

/// Where a description does not fit beside its option, it stands below, so far from the edge.
const BELOW: usize = 10;

/// The help in lines of at most `width` characters, as far as words allow; escapes for colors take no room.
pub fn folded(help: &str, width: usize) -> String {
    if help.lines().all(|line| visible(line) <= width) {
        return help.to_owned();
    }
    let hangs = help.lines().filter_map(|line| Some(visible(described(line)?.0)));
    let stand_below = hangs.max().unwrap_or(0) > width / 2;
    let lines = help.lines().flat_map(|line| match described(line) {
        Some((head, text)) if stand_below => below(head, text, width),
        Some((head, text)) => beside(head, text, width),
        None => beside("", line, width),
    });
    lines.map(|line| line + "\n").collect()
}

/// An option with the space behind it, and its description, if the line has one.
fn described(line: &str) -> Option<(&str, &str)> {
    let start = line.len() - line.trim_start().len();
    let gap = start + line.get(start..)?.find("  ")?;
    let text = line[gap..].trim_start();
    (start > 0 && !text.is_empty()).then(|| line.split_at(line.len() - text.len()))
}

fn beside(head: &str, text: &str, width: usize) -> Vec<String> {
    let hang = visible(head);
    if hang + visible(text) <= width {
        return vec![format!("{head}{text}")];
    }
    let lines = wrapped(text, width.saturating_sub(hang)).into_iter().enumerate();
    lines.map(|(at, line)| if at == 0 { format!("{head}{line}") } else { format!("{:hang$}{line}", "") }).collect()
}

fn below(head: &str, text: &str, width: usize) -> Vec<String> {
    let lines = wrapped(text, width.saturating_sub(BELOW)).into_iter().map(|line| format!("{:BELOW$}{line}", ""));
    std::iter::once(head.trim_end().to_owned()).chain(lines).collect()
}

/// Characters that take room.
fn visible(text: &str) -> usize {
    let mut escapes = text.split('\x1b');
    let first = escapes.next().map_or(0, |text| text.chars().count());
    let after = |piece: &str| piece.split_once('m').map_or(0, |(_, text)| text.chars().count());
    first + escapes.map(after).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELP: &str = "Runs and tells\n\nOptions:\n  \u{1b}[1m--simulate\u{1b}[0m  On a computer that is not there\n";

    #[test]
    fn what_fits_stays_as_it_is() {
        assert_eq!(folded(HELP, 45), HELP);
    }

    #[test]
    fn descriptions_go_on_under_themselves_or_below_their_option() {
        let check = |width, expected: &str| {
            assert_eq!(folded(HELP, width).replace("\u{1b}[1m", "").replace("\u{1b}[0m", ""), expected);
        };
        check(32, "Runs and tells\n\nOptions:\n  --simulate  On a computer that\n              is not there\n");
        check(
            24,
            "Runs and tells\n\nOptions:\n  --simulate\n          On a computer\n          that is not\n          there\n",
        );
    }
}
