//! `[[variant]]`: the same file with some keys set otherwise.
//!
//! A key of `set` is a path as everywhere: `machine.cores`, `models`, `task.egg.count`, `task.egg.steps.2.io`,
//! `channels.orders.capacity`; tasks go by name, steps by number from 1. It is applied to the TOML tree, which is then
//! read and checked like a file of its own. The new values keep the places where they were written, so that their faults
//! are shown there.

use std::borrow::Cow;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Value};

use super::tree::{Faults, Node, Table};
use crate::lang::Text;
use crate::scenario::fault::{Fault, Message, allowed};

/// What a variant may set, and whether that is a key itself or holds keys.
const TOPS: [(&str, bool); 7] = [
    ("machine", true),
    ("task", true),
    ("channels", true),
    ("locks", true),
    ("variables", true),
    ("models", false),
    ("engine", false),
];

/// A variant as written.
pub(super) struct Written<'t> {
    pub id: &'t str,
    pub title: &'t str,
    pub set: Vec<(String, Value)>,
    /// The file with the keys set.
    pub tree: DeTable<'t>,
}

pub(super) fn variants<'t>(root: &'t DeTable<'t>, out: &mut Faults) -> Vec<Written<'t>> {
    let Some(list) = Table::root(root).get("variant") else { return Vec::new() };
    list.array(out).iter().enumerate().filter_map(|(index, node)| variant(root, &list, index, node, out)).collect()
}

fn variant<'t>(
    root: &'t DeTable<'t>,
    list: &Node<'t>,
    index: usize,
    node: &Node<'t>,
    out: &mut Faults,
) -> Option<Written<'t>> {
    let table = node.table(out)?;
    table.only(&["id", "title", "set"], out);
    let id = table.need("id", out)?.text(out)?;
    let title = table.get("title").and_then(|node| node.text(out)).unwrap_or(id);
    let entries = node.value.as_table()?.get("set");
    let node = Node { path: list.path.named_item(index, id), value: node.value };
    let set_table = node.table(out)?.need("set", out)?.table(out)?;
    let mut set = Vec::new();
    let mut tree = root.clone();
    for (key, value) in set_table.in_order() {
        let spanned = entries?.get_ref().as_table()?.get_key_value(key)?;
        match checked_key(key).and_then(|segments| put_in_table(&mut tree, &segments, spanned)) {
            Ok(()) => set.extend(plain(&value, out).map(|plain| (key.to_owned(), plain))),
            Err(reason) => out.push(Fault::of_key(value.path, reason.message).with_help(reason.help)),
        }
    }
    Some(Written { id, title, set, tree })
}

/// Why a key cannot be set.
struct Reason {
    message: Message,
    help: Option<Message>,
}

impl Reason {
    fn new(text: Text, values: &[&dyn std::fmt::Display]) -> Self {
        Reason { message: Message::new(text, values), help: None }
    }
}

fn checked_key(key: &str) -> Result<Vec<&str>, Reason> {
    let segments: Vec<&str> = key.split('.').collect();
    let Some((_, holds_keys)) = TOPS.iter().find(|(top, _)| *top == segments[0]) else {
        let text = Text::new("a variant cannot set `{}`", "uma variante não pode mudar `{}`");
        let help = Some(allowed(segments[0], &TOPS.map(|(top, _)| top)));
        return Err(Reason { help, ..Reason::new(text, &[&segments[0]]) });
    };
    if *holds_keys != (segments.len() > 1) || segments.contains(&"") {
        let text = Text::new(
            "must name one key, like \"machine.cores\" or \"task.egg.count\", found {}",
            "deve citar uma chave, como \"machine.cores\" ou \"task.egg.count\"; há {}",
        );
        return Err(Reason::new(text, &[&format!("{key:?}")]));
    }
    Ok(segments)
}

type SpannedEntry<'a, 't> = (&'a Spanned<Cow<'t, str>>, &'a Spanned<DeValue<'t>>);

fn put_in_table<'t>(
    table: &mut DeTable<'t>,
    segments: &[&str],
    (key, value): SpannedEntry<'_, 't>,
) -> Result<(), Reason> {
    let name = |segment: &str| Spanned::new(key.span(), Cow::Owned(segment.to_owned()));
    match segments {
        [] => Ok(()),
        [last] => {
            table.insert(name(last), value.clone());
            Ok(())
        }
        [first, rest @ ..] => {
            if !table.contains_key(*first) {
                table.insert(name(first), Spanned::new(value.span(), DeValue::Table(DeTable::new())));
            }
            let inner = table.get_mut(*first).expect("it was there or has just been put there");
            put(inner.get_mut(), first, rest, (key, value))
        }
    }
}

fn put<'t>(
    target: &mut DeValue<'t>,
    target_name: &str,
    segments: &[&str],
    entry: SpannedEntry<'_, 't>,
) -> Result<(), Reason> {
    match target {
        DeValue::Table(table) => put_in_table(table, segments, entry),
        DeValue::Array(array) => {
            let [first, rest @ ..] = segments else { return Ok(()) };
            let names = |item: &Spanned<DeValue<'t>>| {
                let name = item.get_ref().as_table()?.get("name")?.get_ref().as_str();
                name.map(str::to_owned)
            };
            let known: Vec<String> = array.iter().filter_map(names).collect();
            let index = first.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let index = known.iter().position(|name| name == first).or(index);
            let Some(item) = index.and_then(|index| array.get_mut(index)) else {
                let text = Text::new("`{}` has no item `{}`", "`{}` não tem o item `{}`");
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let first_only = Text::new("it has item 1 only", "ele só tem o item 1");
                let numbers = Text::new("it has items 1 to {}", "ele tem os itens 1 a {}");
                let help = match (&known[..], array.len()) {
                    // The only one was meant, however far its name is.
                    ([own], 1) => Some(allowed(own, &known)),
                    ([_, ..], _) => Some(allowed(first, &known)),
                    ([], 0) => None,
                    ([], 1) => Some(Message::new(first_only, &[])),
                    ([], count) => Some(Message::new(numbers, &[&count])),
                };
                return Err(Reason { help, ..Reason::new(text, &[&target_name, first]) });
            };
            match rest {
                [] => {
                    *item = entry.1.clone();
                    Ok(())
                }
                rest => put(item.get_mut(), first, rest, entry),
            }
        }
        _ => Err(Reason::new(
            Text::new("`{}` is a value and has no keys", "`{}` é um valor e não tem chaves"),
            &[&target_name],
        )),
    }
}

/// The value without its places, to be kept and written again.
fn plain(node: &Node<'_>, out: &mut Faults) -> Option<Value> {
    Some(match node.value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(_) => Value::Integer(node.whole(i64::MIN..=i64::MAX, out)?),
        DeValue::Float(_) => Value::Float(node.number(out)?),
        DeValue::Boolean(boolean) => Value::Boolean(*boolean),
        DeValue::Datetime(datetime) => Value::Datetime(*datetime),
        DeValue::Array(_) => {
            let items = node.array(out);
            Value::Array(items.iter().map(|item| plain(item, out)).collect::<Option<_>>()?)
        }
        DeValue::Table(_) => {
            let table = node.table(out)?;
            let entry = |(key, value): (&str, Node<'_>)| Some((key.to_owned(), plain(&value, out)?));
            Value::Table(table.in_order().into_iter().map(entry).collect::<Option<_>>()?)
        }
    })
}
