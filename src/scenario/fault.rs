//! What is wrong with a scenario, in every language, and where: by key path, which needs no text. `read` adds the place
//! in the file to it; the window shows it beside the field.

use std::fmt::{self, Display};

use crate::lang::{Lang, Text};

/// One thing wrong with a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub path: Path,
    pub spot: Spot,
    /// The variant that brings the fault in, when the scenario without it is right.
    pub variant: Option<String>,
    pub message: Message,
    pub help: Option<Message>,
}

/// Which half of `key = value` is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Key,
    Value,
}

impl Fault {
    pub fn new(path: Path, message: Message) -> Self {
        Fault { path, spot: Spot::Value, variant: None, message, help: None }
    }

    /// The key itself is wrong, not its value.
    pub fn of_key(path: Path, message: Message) -> Self {
        Fault { spot: Spot::Key, ..Fault::new(path, message) }
    }

    #[must_use]
    pub fn with_help(self, help: Option<Message>) -> Self {
        Fault { help, ..self }
    }

    /// One line: the key path, what is wrong, and the help.
    pub fn line(&self, lang: Lang) -> String {
        let mut line = self.message.get(lang);
        if !self.path.is_root() {
            line = format!("`{}`: {line}", self.path);
        }
        if let Some(variant) = &self.variant {
            line.push_str(&IN_VARIANT.fill(lang, &[variant]));
        }
        if let Some(help) = &self.help {
            line.push_str(&format!(" ({})", help.get(lang)));
        }
        line
    }
}

/// Said after a message whose fault only a variant brings in.
pub(super) const IN_VARIANT: Text = Text::new(", in variant `{}`", ", na variante `{}`");

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(Lang::En))
    }
}

/// A sentence in every language, with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    text: Text,
    values: Vec<String>,
}

impl Message {
    /// `text` with each `{}` to be replaced, in order, by `values`.
    pub fn new(text: Text, values: &[&dyn Display]) -> Self {
        Message { text, values: values.iter().map(ToString::to_string).collect() }
    }

    pub fn get(&self, lang: Lang) -> String {
        let values: Vec<&dyn Display> = self.values.iter().map(|value| value as &dyn Display).collect();
        self.text.fill_quoting(lang, &values)
    }
}

/// Where in a scenario: `machine.cores`, `task.egg.steps.2.cpu`. Groups and variants go by their names, everything
/// else in a list by its number, counted from 1. The keys of a variant's `set` are written the same way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    Key(String),
    Item {
        /// Counted from 0.
        index: usize,
        name: Option<String>,
    },
}

impl Path {
    pub const ROOT: Path = Path(Vec::new());

    #[must_use]
    pub fn key(&self, key: &str) -> Path {
        self.child(Segment::Key(key.to_owned()))
    }

    #[must_use]
    pub fn item(&self, index: usize) -> Path {
        self.child(Segment::Item { index, name: None })
    }

    #[must_use]
    pub fn named_item(&self, index: usize, name: &str) -> Path {
        self.child(Segment::Item { index, name: (!name.is_empty()).then(|| name.to_owned()) })
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether one of the two places lies in the other.
    pub fn overlaps(&self, other: &Path) -> bool {
        self.0.iter().zip(&other.0).all(|(own, other)| own == other)
    }

    /// Whether this is the place called `top`, or lies in it.
    pub fn is_under(&self, top: &str) -> bool {
        matches!(self.0.first(), Some(Segment::Key(key)) if key == top)
    }

    fn child(&self, segment: Segment) -> Path {
        let mut segments = self.0.clone();
        segments.push(segment);
        Path(segments)
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            match segment {
                Segment::Key(name) | Segment::Item { name: Some(name), .. } => f.write_str(name)?,
                Segment::Item { index, name: None } => write!(f, "{}", index + 1)?,
            }
        }
        Ok(())
    }
}

/// The candidate that a person most likely meant, if any is near.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (likeness(&word, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// From so much likeness on, one word may be meant by the other.
const NEAR: f64 = 0.75;

/// From 0 to 1.
fn likeness(word: &str, candidate: &str) -> f64 {
    let likeness = strsim::jaro_winkler(word, candidate);
    if SAME.contains(&(word, candidate)) || is_initials(word, candidate) {
        1.0
    } else if is_abbreviation(word, candidate) {
        likeness.max(NEAR)
    } else {
        likeness
    }
}

/// What textbooks and libraries also call it.
const SAME: [(&str, &str); 12] = [
    ("fifo", "fcfs"),
    ("sjn", "sjf"),
    ("spn", "sjf"),
    ("srt", "srtf"),
    ("srtn", "srtf"),
    ("sleep", "io"),
    ("wait", "io"),
    ("compute", "cpu"),
    ("acquire", "lock"),
    ("release", "unlock"),
    ("put", "send"),
    ("get", "receive"),
];

/// `rr` for `round-robin`.
fn is_initials(word: &str, candidate: &str) -> bool {
    let mut parts = candidate.split(['-', '_', ' ']).filter_map(|part| part.chars().next());
    word.chars().nth(1).is_some() && word.chars().all(|letter| parts.next() == Some(letter)) && parts.next().is_none()
}

/// Whether letters were only left out, the first one not: `cnt` for `count`.
fn is_abbreviation(word: &str, candidate: &str) -> bool {
    let mut rest = candidate.chars();
    let in_order = word.chars().all(|letter| rest.any(|other| other == letter));
    in_order && word.chars().nth(1).is_some() && word.chars().next() == candidate.chars().next()
}

/// The help under an unknown word: the nearest right one, and all that are allowed.
pub fn allowed(word: &str, candidates: &[&str]) -> Message {
    let all = candidates.join(", ");
    match nearest(word, candidates.iter().copied()) {
        Some(near) => Message::new(
            Text::new("did you mean `{}`? Allowed here: {}", "você quis dizer `{}`? Aqui são permitidos: {}"),
            &[&near, &all],
        ),
        None => Message::new(Text::new("allowed here: {}", "aqui são permitidos: {}"), &[&all]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_or_none() {
        let check = |word, expected| assert_eq!(nearest(word, ["threads", "thread-pool", "event-loop"]), expected);
        check("thread", Some("threads"));
        check("treads", Some("threads"));
        check("threadpool", Some("thread-pool"));
        check("Event-Lop", Some("event-loop"));
        check("evlp", Some("event-loop"));
        check("e", None);
        check("banana", None);
        let check = |word, expected| {
            assert_eq!(
                nearest(word, ["fcfs", "round-robin", "sjf", "srtf", "priority", "preemptive-priority"]),
                expected
            );
        };
        check("rr", Some("round-robin"));
        check("FIFO", Some("fcfs"));
        check("spn", Some("sjf"));
        check("srt", Some("srtf"));
        check("pp", Some("preemptive-priority"));
        check("prio", Some("priority"));
        check("edf", None);
    }

    #[test]
    fn paths_count_from_one_and_name_groups() {
        let path = Path::ROOT.key("task").named_item(0, "egg").key("steps").item(1).key("cpu");
        assert_eq!(path.to_string(), "task.egg.steps.2.cpu");
    }
}
