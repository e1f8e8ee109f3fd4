//! From text to [`Scenario`].
//!
//! Here live the rules of *structure*: which keys there are and what kind of value each has. What the values may be
//! is `check`'s, which knows key paths only; this room finds their places in the text. Nothing here opens files.

mod groups;
mod lesson;
mod machine;
mod problem;
mod tree;
mod values;
mod variants;

use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

pub use problem::{Problem, Problems};
use tree::locate;
pub(crate) use tree::{Faults, Table};
pub(crate) use values::cost;

use super::check;
use super::fault::{Fault, Message, Path, Segment};
use super::{Machine, Scenario, Texts, Variant, words};
use crate::lang::{Lang, Text};

/// The version of the file format.
pub const FORMAT: i64 = 1;

/// Reads a scenario. `name` is the file's, for messages.
///
/// # Errors
/// [`Problems`] when the text is no valid scenario.
pub fn read(name: &str, text: &str) -> Result<Scenario, Problems> {
    let tree = DeTable::parse(text).map_err(|error| Problems::new(vec![Problem::syntax(name, text, &error)]))?;
    build(&tree, Part::Whole).map_err(|located| problems(name, text, located))
}

/// Reads another file in the manner of scenarios: `build` walks the tree and tells what is wrong by key path; here the
/// faults get their places in the text.
///
/// # Errors
/// [`Problems`] when the text is no TOML of this version's format, or `build` found faults.
pub(crate) fn document<T>(
    name: &str,
    text: &str,
    build: impl FnOnce(&Table<'_>, &mut Faults) -> T,
) -> Result<T, Problems> {
    let tree = DeTable::parse(text).map_err(|error| Problems::new(vec![Problem::syntax(name, text, &error)]))?;
    let mut faults = Faults::new();
    let root = Table::root(tree.get_ref());
    format(&root, &mut faults);
    let built = build(&root, &mut faults);
    if faults.is_empty() {
        return Ok(built);
    }
    Err(problems(name, text, placed(&tree, faults)))
}

fn problems(name: &str, text: &str, located: Vec<Located>) -> Problems {
    let problem = |(span, fault)| Problem::new(name, text, span, fault);
    Problems::new(located.into_iter().map(problem).collect())
}

/// A fault and the bytes it is about.
type Located = (Range<usize>, Fault);

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Whole,
    /// A file with a variant's keys set: neither its lesson nor its variants are its own.
    Variant,
}

fn build(tree: &Spanned<DeTable<'_>>, part: Part) -> Result<Scenario, Vec<Located>> {
    let mut faults = Faults::new();
    let mut scenario = structure(tree.get_ref(), part, &mut faults);
    let rules = check::workload(&scenario);
    let news: Faults = rules.into_iter().filter(|fault| !is_told(fault, &faults)).collect();
    faults.extend(news);
    if !faults.is_empty() {
        return Err(placed(tree, faults));
    }
    if part == Part::Variant {
        return Ok(scenario);
    }
    let written = variants::variants(tree.get_ref(), &mut faults);
    let mut located = placed(tree, faults);
    for variant in written {
        located.extend(add_variant(&mut scenario, variant).err().unwrap_or_default());
    }
    if located.is_empty() {
        located = placed(tree, check::story(&scenario));
    }
    if located.is_empty() { Ok(scenario) } else { Err(located) }
}

fn placed(tree: &Spanned<DeTable<'_>>, faults: Faults) -> Vec<Located> {
    faults.into_iter().map(|fault| (locate(tree, &fault), fault)).collect()
}

/// Whether a broken rule follows from wrong structure: there the value is a stand-in, of which nothing can be said.
fn is_told(fault: &Fault, structure: &[Fault]) -> bool {
    let of_models = |fault: &Fault| fault.path.is_under("models");
    // Whether a lock is held depends on all steps before.
    let of_order = matches!(fault.path.segments().last(), Some(Segment::Key(key)) if key == "unlock");
    let follows = |own: &Fault| own.path.overlaps(&fault.path) || of_order || (of_models(own) && of_models(fault));
    structure.iter().any(follows)
}

fn add_variant(scenario: &mut Scenario, written: variants::Written<'_>) -> Result<(), Vec<Located>> {
    let of_variant = |mut located: Vec<Located>| {
        for (_, fault) in &mut located {
            fault.variant = Some(written.id.to_owned());
        }
        located
    };
    let mut variant = build(&Spanned::new(0..0, written.tree), Part::Variant).map_err(of_variant)?;
    for lang in Lang::ALL {
        let own = scenario.texts.get(&lang).and_then(|texts| texts.variants.get(written.id));
        // The title in the file itself is the one that every language without its own falls back to.
        let title = own.map(String::as_str).or((lang == Lang::En).then_some(written.title));
        if let Some(title) = title {
            variant.texts.entry(lang).or_default().variant = Some(title.to_owned());
        }
    }
    scenario.variants.push(Variant {
        id: written.id.to_owned(),
        title: written.title.to_owned(),
        set: written.set,
        scenario: Box::new(variant),
    });
    Ok(())
}

const KEYS: [&str; 13] = [
    "format",
    "title",
    "summary",
    "models",
    "engine",
    "machine",
    "channels",
    "locks",
    "variables",
    "task",
    "variant",
    "text",
    "lesson",
];

fn structure(tree: &DeTable<'_>, part: Part, out: &mut Faults) -> Scenario {
    let root = Table::root(tree);
    format(&root, out);
    root.only(&KEYS, out);
    let text = |key: &str, out: &mut Faults| root.get(key).and_then(|node| node.text(out)).unwrap_or_default();
    let mut scenario = Scenario {
        title: root.need("title", out).and_then(|node| node.text(out)).unwrap_or_default().to_owned(),
        summary: text("summary", out).to_owned(),
        models: machine::models(&root, out),
        engine: root.get("engine").and_then(|node| node.one_of(&words::ENGINES, out)).unwrap_or_default(),
        machine: root.get("machine").map_or_else(Machine::default, |node| machine::machine(&node, out)),
        channels: machine::channels(&root, out),
        locks: machine::locks(&root, out),
        variables: machine::variables(&root, out),
        groups: groups::groups(&root, out),
        variants: Vec::new(),
        texts: lesson::texts(&root, out),
        lesson: root.get("lesson").and_then(|node| lesson::lesson(&node, out)),
    };
    if part == Part::Variant {
        scenario.lesson = None;
        for texts in scenario.texts.values_mut() {
            *texts = Texts { title: texts.title.take(), summary: texts.summary.take(), ..Texts::default() };
        }
    }
    scenario
}

fn format(root: &Table<'_>, out: &mut Faults) {
    let Some(node) = root.get("format") else {
        let message = Message::new(Text::new("is missing", "está faltando"), &[]);
        let help = Message::new(
            Text::new("the file begins with `format = {}`", "o arquivo começa com `format = {}`"),
            &[&FORMAT],
        );
        return out.push(Fault::new(Path::ROOT.key("format"), message).with_help(Some(help)));
    };
    let Some(format) = node.whole(1..=i64::MAX, out) else { return };
    if format > FORMAT {
        let text = Text::new(
            "format {} is newer than this version of Tasklane reads ({})",
            "o formato {} é mais novo do que esta versão do Tasklane lê ({})",
        );
        out.push(Fault::new(node.path, Message::new(text, &[&format, &FORMAT])));
    }
}
