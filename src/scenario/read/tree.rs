//! The TOML tree as `read` walks it: typed access that reports what it found instead, and the way from a key path back
//! to its place in the text.

use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::lang::Text;
use crate::scenario::fault::{Fault, Message, Path, Segment, Spot, allowed};

/// A value and where it stands.
#[derive(Clone)]
pub(crate) struct Node<'t> {
    pub path: Path,
    pub value: &'t DeValue<'t>,
}

/// A table and where it stands.
pub(crate) struct Table<'t> {
    pub path: Path,
    entries: &'t DeTable<'t>,
}

pub(crate) type Faults = Vec<Fault>;

impl<'t> Table<'t> {
    pub fn root(entries: &'t DeTable<'t>) -> Self {
        Table { path: Path::ROOT, entries }
    }

    pub fn get(&self, key: &str) -> Option<Node<'t>> {
        let value = self.entries.get(key)?;
        Some(Node { path: self.path.key(key), value: value.get_ref() })
    }

    /// The value of `key`; its absence is a fault.
    pub fn need(&self, key: &str, out: &mut Faults) -> Option<Node<'t>> {
        let node = self.get(key);
        if node.is_none() {
            let message = Message::new(Text::new("is missing", "está faltando"), &[]);
            out.push(Fault::new(self.path.key(key), message));
        }
        node
    }

    /// Every key that is not one of `keys` is a fault.
    pub fn only(&self, keys: &[&str], out: &mut Faults) {
        for (key, _) in self.in_order() {
            if !keys.contains(&key) {
                let message = Message::new(Text::new("unknown key `{}`", "chave desconhecida `{}`"), &[&key]);
                out.push(Fault::of_key(self.path.key(key), message).with_help(Some(allowed(key, keys))));
            }
        }
    }

    /// The entries in the order of the text, which the map itself does not keep.
    pub fn in_order(&self) -> Vec<(&'t str, Node<'t>)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
            .into_iter()
            .map(|(key, value)| {
                let key: &str = key.get_ref();
                (key, Node { path: self.path.key(key), value: value.get_ref() })
            })
            .collect()
    }
}

impl<'t> Node<'t> {
    pub fn table(&self, out: &mut Faults) -> Option<Table<'t>> {
        let table = self.as_table();
        if table.is_none() {
            self.wrong(Text::new("must be a table, found {}", "deve ser uma tabela; há {}"), out);
        }
        table
    }

    pub fn as_table(&self) -> Option<Table<'t>> {
        Some(Table { path: self.path.clone(), entries: self.value.as_table()? })
    }

    pub fn array(&self, out: &mut Faults) -> Vec<Node<'t>> {
        let Some(array) = self.value.as_array() else {
            self.wrong(Text::new("must be a list, found {}", "deve ser uma lista; há {}"), out);
            return Vec::new();
        };
        let node = |(index, value): (usize, &'t Spanned<DeValue<'t>>)| Node {
            path: self.path.item(index),
            value: value.get_ref(),
        };
        array.iter().enumerate().map(node).collect()
    }

    pub fn text(&self, out: &mut Faults) -> Option<&'t str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.wrong(Text::new("must be a text in quotes, found {}", "deve ser um texto entre aspas; há {}"), out);
        }
        text
    }

    pub fn boolean(&self, out: &mut Faults) -> Option<bool> {
        let boolean = self.value.as_bool();
        if boolean.is_none() {
            self.wrong(Text::new("must be true or false, found {}", "deve ser true ou false; há {}"), out);
        }
        boolean
    }

    /// A whole number in that range.
    pub fn whole(&self, range: RangeInclusive<i64>, out: &mut Faults) -> Option<i64> {
        let whole = self
            .value
            .as_integer()
            .and_then(|integer| i128::from_str_radix(integer.as_str(), integer.radix()).ok())
            .and_then(|whole| i64::try_from(whole).ok())
            .filter(|whole| range.contains(whole));
        if whole.is_none() {
            let text = Text::new(
                "must be a whole number from {} to {}, found {}",
                "deve ser um número inteiro de {} a {}; há {}",
            );
            let message = Message::new(text, &[range.start(), range.end(), &describe(self.value)]);
            out.push(Fault::new(self.path.clone(), message));
        }
        whole
    }

    /// A whole number in a range of counts.
    pub fn count(&self, range: &RangeInclusive<u32>, out: &mut Faults) -> Option<u32> {
        let count = self.whole(i64::from(*range.start())..=i64::from(*range.end()), out)?;
        u32::try_from(count).ok()
    }

    /// A finite number, whole or not.
    pub fn number(&self, out: &mut Faults) -> Option<f64> {
        let number = match self.value {
            DeValue::Integer(integer) => integer.as_str().parse().ok(),
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number: &f64| number.is_finite());
        if number.is_none() {
            self.wrong(Text::new("must be a finite number, found {}", "deve ser um número finito; há {}"), out);
        }
        number
    }

    /// One of a few words.
    pub fn one_of<T: Copy>(&self, table: &[(&'static str, T)], out: &mut Faults) -> Option<T> {
        let word = self.text(out)?;
        let found = table.iter().find(|(own, _)| *own == word).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = table.iter().map(|(word, _)| *word).collect();
            self.unknown(word, &words, out);
        }
        found
    }

    /// A word that is none of `words`.
    pub fn unknown(&self, word: &str, words: &[&str], out: &mut Faults) {
        let message = Message::new(Text::new("unknown value {}", "valor desconhecido {}"), &[&quoted(word)]);
        out.push(Fault::new(self.path.clone(), message).with_help(Some(allowed(word, words))));
    }

    /// `text` holds one `{}`, for what was found.
    pub fn wrong(&self, text: Text, out: &mut Faults) {
        out.push(Fault::new(self.path.clone(), Message::new(text, &[&describe(self.value)])));
    }
}

/// What was found, in the notation of the file and therefore in no language.
pub(super) fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(integer) => integer.to_string(),
        DeValue::Float(float) => float.to_string(),
        DeValue::Boolean(boolean) => boolean.to_string(),
        DeValue::Datetime(datetime) => datetime.to_string(),
        DeValue::Array(array) if array.is_empty() => "[]".to_owned(),
        DeValue::Array(_) => "[…]".to_owned(),
        DeValue::Table(_) => "{…}".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    const SHOWN: usize = 40;
    let shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() { format!("{shown:?}…") } else { format!("{shown:?}") }
}

/// The bytes of the text that a fault is about: of its key or value, or of what is nearest above it.
pub(super) fn locate(root: &Spanned<DeTable<'_>>, fault: &Fault) -> Range<usize> {
    let mut entries = Some(root.get_ref());
    let mut value: Option<&Spanned<DeValue<'_>>> = None;
    let mut span = 0..0;
    for segment in fault.path.segments() {
        let found = match segment {
            Segment::Key(key) => {
                let Some((name, found)) = entries.and_then(|entries| entries.get_key_value(key.as_str())) else {
                    break;
                };
                span = name.span();
                found
            }
            Segment::Item { index, .. } => {
                let Some(found) = value.and_then(|value| value.get_ref().get(*index)) else { break };
                span = found.span();
                found
            }
        };
        value = Some(found);
        entries = found.get_ref().as_table();
    }
    match (fault.spot, value) {
        (Spot::Value, Some(value)) => value.span(),
        _ => span,
    }
}
