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
use tree::{Faults, Table, locate};

use super::check;
use super::fault::{Fault, Message, Segment};
use super::{Machine, Scenario, Texts, Variant, words};
use crate::lang::{Lang, Text};

/// The version of the file format.
pub const FORMAT: i64 = 1;

/// Reads a scenario that this version can run. `name` is the file's, for messages.
///
/// # Errors
/// [`Problems`] when the text is no valid scenario, or asks for what is not built yet.
pub fn read(name: &str, text: &str) -> Result<Scenario, Problems> {
    let parsed = parse(name, text)?;
    if parsed.unbuilt.is_empty() { Ok(parsed.scenario) } else { Err(Problems::new(parsed.unbuilt)) }
}

/// A valid scenario, and what of it this version cannot run.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// Without the models that are not built.
    pub scenario: Scenario,
    pub unbuilt: Vec<Problem>,
}

/// Reads every scenario that the format allows.
///
/// # Errors
/// [`Problems`] when the text is no valid scenario.
pub fn parse(name: &str, text: &str) -> Result<Parsed, Problems> {
    let tree = DeTable::parse(text).map_err(|error| Problems::new(vec![Problem::syntax(name, text, &error)]))?;
    let problems = |located: Vec<Located>| -> Vec<Problem> {
        located.into_iter().map(|(span, fault)| Problem::new(name, text, span, fault)).collect()
    };
    match build(&tree, Part::Whole) {
        Ok(built) => Ok(Parsed { scenario: built.scenario, unbuilt: problems(built.unbuilt) }),
        Err(located) => Err(Problems::new(problems(located))),
    }
}

/// A fault and the bytes it is about.
type Located = (Range<usize>, Fault);

struct Built {
    scenario: Scenario,
    unbuilt: Vec<Located>,
    some_models_missing: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Whole,
    /// A file with a variant's keys set: neither its lesson nor its variants are its own.
    Variant,
}

fn build(tree: &Spanned<DeTable<'_>>, part: Part) -> Result<Built, Vec<Located>> {
    let mut faults = Faults::new();
    let mut unbuilt = Faults::new();
    let scenario = structure(tree.get_ref(), part, &mut faults, &mut unbuilt);
    let some_models_missing = !unbuilt.is_empty();
    let rules = check::workload(&scenario);
    let news: Faults = rules.into_iter().filter(|fault| !is_told(fault, &faults, some_models_missing)).collect();
    faults.extend(news);
    if !faults.is_empty() {
        return Err(placed(tree, faults));
    }
    let mut built = Built { scenario, unbuilt: placed(tree, unbuilt), some_models_missing };
    if part == Part::Variant {
        return Ok(built);
    }
    let written = variants::variants(tree.get_ref(), &mut faults);
    let mut located = placed(tree, faults);
    for variant in written {
        located.extend(add_variant(&mut built, variant).err().unwrap_or_default());
    }
    if located.is_empty() {
        let models = if built.some_models_missing { check::Models::SomeUnbuilt } else { check::Models::AllBuilt };
        located = placed(tree, check::story(&built.scenario, models));
    }
    if located.is_empty() { Ok(built) } else { Err(located) }
}

fn placed(tree: &Spanned<DeTable<'_>>, faults: Faults) -> Vec<Located> {
    faults.into_iter().map(|fault| (locate(tree, &fault), fault)).collect()
}

/// Whether a broken rule follows from wrong structure: there the value is a stand-in, of which nothing can be said.
fn is_told(fault: &Fault, structure: &[Fault], some_models_missing: bool) -> bool {
    let of_models = |fault: &Fault| fault.path.is_under("models");
    // Whether a lock is held depends on all steps before.
    let of_order = matches!(fault.path.segments().last(), Some(Segment::Key(key)) if key == "unlock");
    let follows = |own: &Fault| own.path.overlaps(&fault.path) || of_order || (of_models(own) && of_models(fault));
    structure.iter().any(follows) || (some_models_missing && of_models(fault))
}

fn add_variant(built: &mut Built, written: variants::Written<'_>) -> Result<(), Vec<Located>> {
    let of_variant = |mut located: Vec<Located>| {
        for (_, fault) in &mut located {
            fault.variant = Some(written.id.to_owned());
        }
        located
    };
    let mut variant = build(&Spanned::new(0..0, written.tree), Part::Variant).map_err(of_variant)?;
    for lang in Lang::ALL {
        let own = built.scenario.texts.get(&lang).and_then(|texts| texts.variants.get(written.id));
        // The title in the file itself is the one that every language without its own falls back to.
        let title = own.map(String::as_str).or((lang == Lang::En).then_some(written.title));
        if let Some(title) = title {
            variant.scenario.texts.entry(lang).or_default().variant = Some(title.to_owned());
        }
    }
    // What the file itself already asks for is told once.
    let known = |(span, _): &Located| built.unbuilt.iter().any(|(own, _)| own == span);
    let news: Vec<Located> = variant.unbuilt.into_iter().filter(|located| !known(located)).collect();
    built.unbuilt.extend(of_variant(news));
    built.some_models_missing |= variant.some_models_missing;
    built.scenario.variants.push(Variant {
        id: written.id.to_owned(),
        title: written.title.to_owned(),
        set: written.set,
        scenario: Box::new(variant.scenario),
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

fn structure(tree: &DeTable<'_>, part: Part, out: &mut Faults, unbuilt: &mut Faults) -> Scenario {
    let root = Table::root(tree);
    format(&root, out);
    root.only(&KEYS, out);
    let text = |key: &str, out: &mut Faults| root.get(key).and_then(|node| node.text(out)).unwrap_or_default();
    let mut scenario = Scenario {
        title: root.need("title", out).and_then(|node| node.text(out)).unwrap_or_default().to_owned(),
        summary: text("summary", out).to_owned(),
        models: machine::models(&root, out, unbuilt),
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
    let Some(node) = root.need("format", out) else { return };
    let Some(format) = node.whole(1..=i64::MAX, out) else { return };
    if format > FORMAT {
        let text = Text::new(
            "format {} is newer than this version of Tasklane reads ({})",
            "o formato {} é mais novo do que esta versão do Tasklane lê ({})",
        );
        out.push(Fault::new(node.path, Message::new(text, &[&format, &FORMAT])));
    }
}
