//! `[[task]]` and its steps.

use std::collections::BTreeMap;

use super::tree::{Faults, Node, Table};
use super::values::{arrive, duration, size, spread};
use crate::lang::Text;
use crate::scenario::check::{COUNTS, PAYLOAD_BYTES_MAX, REPEAT_DEPTH_MAX, REPEATS, SIZE_BYTES_MAX};
use crate::scenario::fault::{Fault, Message, allowed};
use crate::scenario::{Arrive, Group, Kernel, Spread, Step, words};
use crate::time::Nanos;

const KEYS: [&str; 8] = ["name", "count", "arrive", "priority", "after", "payload", "awaited", "steps"];

pub(super) fn groups(root: &Table<'_>, out: &mut Faults) -> Vec<Group> {
    let Some(list) = root.need("task", out) else { return Vec::new() };
    if list.as_table().is_some() {
        let text = Text::new("is one table, where a list is needed", "é uma só tabela, onde é preciso uma lista");
        let help = Message::new(Text::new("write `[[task]]`", "escreva `[[task]]`"), &[]);
        out.push(Fault::new(list.path, Message::new(text, &[])).with_help(Some(help)));
        return Vec::new();
    }
    let nodes: Vec<Node<'_>> = list.array(out);
    let names: Vec<&str> = nodes.iter().map(name).collect();
    // Of several of one name, which is a fault of its own, the first.
    let numbers: Numbers<'_> = names.iter().enumerate().rev().map(|(number, name)| (*name, number)).collect();
    let groups = nodes.iter().enumerate().map(|(index, node)| {
        // Items of lists go by number in paths; a group goes by its name.
        let node = Node { path: list.path.named_item(index, names[index]), value: node.value };
        group(&node, &numbers, out)
    });
    // All or none, so that everybody after this can count on the numbers of groups.
    groups.collect::<Vec<Option<Group>>>().into_iter().collect::<Option<_>>().unwrap_or_default()
}

/// Groups by name: there may be many, and each may come after any.
type Numbers<'t> = BTreeMap<&'t str, usize>;

fn name<'t>(node: &Node<'t>) -> &'t str {
    let name = node.value.as_table().and_then(|table| table.get("name"));
    name.and_then(|name| name.get_ref().as_str()).unwrap_or_default()
}

fn group(node: &Node<'_>, numbers: &Numbers<'_>, out: &mut Faults) -> Option<Group> {
    let table = node.table(out)?;
    table.only(&KEYS, out);
    let name = table.need("name", out).and_then(|node| node.text(out)).unwrap_or_default();
    let priority =
        table.get("priority").and_then(|node| node.whole(i64::from(i32::MIN)..=i64::from(i32::MAX), out)).unwrap_or(0);
    let after = table.get("after").map(|node| after(&node, name, numbers, out)).unwrap_or_default();
    Some(Group {
        name: name.to_owned(),
        count: table.get("count").map_or(Some(1), |node| node.count(&COUNTS, out)).unwrap_or_default(),
        arrive: table.get("arrive").and_then(|node| arrive(&node, out)).unwrap_or(Arrive::At(Nanos::ZERO)),
        priority: i32::try_from(priority).unwrap_or_default(),
        after,
        payload_bytes: table.get("payload").and_then(|node| size(&node, PAYLOAD_BYTES_MAX, out)).unwrap_or_default(),
        awaited: table.get("awaited").and_then(|node| node.boolean(out)).unwrap_or(true),
        steps: table.need("steps", out).map(|node| steps(&node, 0, out)).unwrap_or_default(),
    })
}

fn after(node: &Node<'_>, own: &str, numbers: &Numbers<'_>, out: &mut Faults) -> Vec<usize> {
    let mut groups = Vec::new();
    for node in node.array(out) {
        let Some(name) = node.text(out) else { continue };
        if let Some(group) = numbers.get(name) {
            groups.push(*group);
            continue;
        }
        let message = Message::new(Text::new("there is no task named `{}`", "não há tarefa chamada `{}`"), &[&name]);
        let mut known: Vec<(&usize, &str)> = numbers.iter().map(|(name, number)| (number, *name)).collect();
        known.sort_unstable();
        let known: Vec<&str> =
            known.into_iter().map(|(_, name)| name).filter(|name| !name.is_empty() && *name != own).collect();
        let nobody = Message::new(Text::new("there is no other task", "não há nenhuma outra tarefa"), &[]);
        let help = if known.is_empty() { nobody } else { allowed(name, &known) };
        out.push(Fault::new(node.path.clone(), message).with_help(Some(help)));
    }
    groups
}

fn steps(node: &Node<'_>, depth: usize, out: &mut Faults) -> Vec<Step> {
    if depth > REPEAT_DEPTH_MAX {
        let text = Text::new("`repeat` nests deeper than {} levels", "`repeat` aninhado além de {} níveis");
        out.push(Fault::new(node.path.clone(), Message::new(text, &[&REPEAT_DEPTH_MAX])));
        return Vec::new();
    }
    // What is no step stands as some step, so that the others keep their numbers.
    node.array(out).iter().map(|node| step(node, depth, out).unwrap_or(Step::Yield)).collect()
}

fn step(node: &Node<'_>, depth: usize, out: &mut Faults) -> Option<Step> {
    let Some(table) = node.as_table() else {
        node.wrong(
            Text::new(
                "must be a step like { cpu = \"5ms\" }, found {}",
                "deve ser um passo como { cpu = \"5ms\" }; há {}",
            ),
            out,
        );
        return None;
    };
    let found: Vec<&str> = words::VERBS.into_iter().filter(|verb| table.get(verb).is_some()).collect();
    let verb = match *found.as_slice() {
        [verb] => verb,
        [first, second, ..] => {
            let text =
                Text::new("a step does one thing, found `{}` and `{}`", "um passo faz uma só coisa; há `{}` e `{}`");
            out.push(Fault::of_key(table.path.key(second), Message::new(text, &[&first, &second])));
            return None;
        }
        [] => {
            unknown_step(&table, out);
            return None;
        }
    };
    table.only(keys_of(verb), out);
    let value = table.get(verb)?;
    let text = |out: &mut Faults| value.text(out).map(str::to_owned);
    match verb {
        "cpu" => {
            let Computing { time, kernel, size_bytes, gil } = computing(&table, &value, out)?;
            Some(Step::Cpu { time, kernel, size_bytes, gil })
        }
        "work" => {
            let Computing { time, kernel, size_bytes, gil } = computing(&table, &value, out)?;
            Some(Step::Work { time, kernel, size_bytes, gil })
        }
        "io" => Some(Step::Io {
            via: table.get("via").and_then(|node| node.one_of(&words::VIAS, out)).unwrap_or_default(),
            blocking: table.get("blocking").and_then(|node| node.boolean(out)).unwrap_or_default(),
            timeout: table.get("timeout").and_then(|node| duration(&node, out)),
            time: spread(&value, out)?,
        }),
        "lock" => text(out).map(Step::Lock),
        "unlock" => text(out).map(Step::Unlock),
        "send" => text(out).map(Step::Send),
        "receive" => text(out).map(Step::Receive),
        "barrier" => text(out).map(Step::Barrier),
        "yield" => yields(&value, out),
        "load" => text(out).map(Step::Load),
        "add" => value.whole(i64::MIN..=i64::MAX, out).map(Step::Add),
        "store" => text(out).map(Step::Store),
        "print" => text(out).map(Step::Print),
        "fail" => text(out).map(Step::Fail),
        _ => repeat(&table, &value, depth, out),
    }
}

fn keys_of(verb: &'static str) -> &'static [&'static str] {
    match verb {
        "cpu" => &["cpu", "kernel", "size", "gil"],
        "work" => &["work", "kernel", "size", "gil"],
        "io" => &["io", "via", "blocking", "timeout"],
        "repeat" => &["repeat", "steps"],
        verb => {
            let at = words::VERBS.iter().position(|own| *own == verb).expect("callers pass a verb");
            std::slice::from_ref(&words::VERBS[at])
        }
    }
}

fn unknown_step(table: &Table<'_>, out: &mut Faults) {
    let entries = table.in_order();
    let Some((key, node)) = entries.first() else {
        let text = Text::new("an empty step", "um passo vazio");
        let help = Some(allowed("", &words::VERBS));
        out.push(Fault::new(table.path.clone(), Message::new(text, &[])).with_help(help));
        return;
    };
    let message = Message::new(Text::new("unknown step `{}`", "passo desconhecido `{}`"), &[key]);
    out.push(Fault::of_key(node.path.clone(), message).with_help(Some(allowed(key, &words::VERBS))));
}

/// What `cpu` and `work` have in common.
struct Computing {
    time: Spread,
    kernel: Kernel,
    size_bytes: Option<u64>,
    gil: crate::scenario::Gil,
}

fn computing(table: &Table<'_>, time: &Node<'_>, out: &mut Faults) -> Option<Computing> {
    Some(Computing {
        kernel: table.get("kernel").and_then(|node| node.one_of(&Kernel::ALL, out)).unwrap_or_default(),
        size_bytes: table.get("size").and_then(|node| size(&node, SIZE_BYTES_MAX, out)),
        gil: table.get("gil").and_then(|node| node.one_of(&words::GILS, out)).unwrap_or_default(),
        time: spread(time, out)?,
    })
}

fn yields(value: &Node<'_>, out: &mut Faults) -> Option<Step> {
    if value.value.as_bool() == Some(true) {
        return Some(Step::Yield);
    }
    value.wrong(Text::new("must be true, found {}", "deve ser true; há {}"), out);
    None
}

fn repeat(table: &Table<'_>, count: &Node<'_>, depth: usize, out: &mut Faults) -> Option<Step> {
    let body = table.need("steps", out).map(|node| steps(&node, depth + 1, out));
    let count = count.count(&REPEATS, out)?;
    Some(Step::Repeat { count, steps: body? })
}
