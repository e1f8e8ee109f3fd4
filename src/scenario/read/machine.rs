//! `models`, `[machine]`, `[channels]`, `[locks]`, `[variables]`.

use super::tree::{Faults, Node, Table};
use super::values::{cost as cost_time, duration};
use crate::lang::Text;
use crate::model::{self, ModelChoice, Unit};
use crate::scenario::check::{CORES, COUNTS};
use crate::scenario::fault::{Fault, Message, allowed};
use crate::scenario::{Channel, Lock, Machine, Variable, words};

/// `["sequential", { model = "thread-pool", workers = 4 }]`.
pub(super) fn models(root: &Table<'_>, out: &mut Faults) -> Vec<ModelChoice> {
    let Some(list) = root.need("models", out) else { return Vec::new() };
    list.array(out).iter().filter_map(|node| choice(node, out)).collect()
}

fn choice(node: &Node<'_>, out: &mut Faults) -> Option<ModelChoice> {
    let Some(table) = node.as_table() else {
        return find(node, node.text(out)?, out).map(ModelChoice::new);
    };
    let id = table.need("model", out)?;
    let mut choice = ModelChoice::new(find(&id, id.text(out)?, out)?);
    for (key, value) in table.in_order() {
        if key != "model" {
            set(&mut choice, key, &value, out);
        }
    }
    Some(choice)
}

fn find(node: &Node<'_>, id: &str, out: &mut Faults) -> Option<&'static model::Model> {
    let found = model::find(id);
    if found.is_none() {
        let ids: Vec<&str> = model::all().map(|model| model.id).collect();
        let message = Message::new(Text::new("unknown model `{}`", "modelo desconhecido `{}`"), &[&id]);
        out.push(Fault::new(node.path.clone(), message).with_help(Some(allowed(id, &ids))));
    }
    found
}

fn set(choice: &mut ModelChoice, key: &str, value: &Node<'_>, out: &mut Faults) {
    let model = choice.model;
    let Some(param) = model.params.iter().find(|param| param.key == key) else {
        let keys: Vec<&str> = std::iter::once("model").chain(model.params.iter().map(|param| param.key)).collect();
        let text = Text::new("the model `{}` has no parameter `{}`", "o modelo `{}` não tem o parâmetro `{}`");
        let message = Message::new(text, &[&model.id, &key]);
        out.push(Fault::of_key(value.path.clone(), message).with_help(Some(allowed(key, &keys))));
        return;
    };
    let (min, max) = (i64::from(param.min), i64::from(param.max));
    let number = match param.unit {
        Unit::Count => value.whole(min..=max, out),
        Unit::Micros => duration(value, out).and_then(|time| {
            let micros = time.whole_micros();
            if micros.is_none() {
                let text = Text::new(
                    "must be a duration in whole microseconds, found {}",
                    "deve ser uma duração em microssegundos inteiros; há {}",
                );
                value.wrong(text, out);
            }
            micros
        }),
        Unit::Choice(words) => value.text(out).and_then(|word| {
            let place = param.read(word);
            if place.is_none() {
                let message = Message::new(Text::new("unknown word `{}`", "palavra desconhecida `{}`"), &[&word]);
                out.push(Fault::new(value.path.clone(), message).with_help(Some(allowed(word, words))));
            }
            place
        }),
    };
    let Some(number) = number else { return };
    if choice.set(key, number).is_err() {
        let text = Text::new("must be from {} to {}, found {}", "deve estar entre {} e {}; há {}");
        let bounds = [param.min, param.max].map(|bound| param.write(bound));
        let message = Message::new(text, &[&bounds[0], &bounds[1], &param.write_any(number)]);
        out.push(Fault::new(value.path.clone(), message));
    }
}

pub(super) fn machine(node: &Node<'_>, out: &mut Faults) -> Machine {
    const KEYS: [&str; 5] = ["cores", "scheduler", "quantum", "ideal", "seed"];
    let mut machine = Machine::default();
    let Some(table) = node.table(out) else { return machine };
    let keys: Vec<&str> = KEYS.into_iter().chain(words::COSTS).collect();
    table.only(&keys, out);
    machine.cores = table.get("cores").and_then(|node| node.count(&CORES, out));
    if let Some(scheduler) = table.get("scheduler").and_then(|node| node.one_of(&words::SCHEDULERS, out)) {
        machine.scheduler = scheduler;
    }
    machine.quantum = table.get("quantum").and_then(|node| duration(&node, out));
    machine.ideal = table.get("ideal").and_then(|node| node.boolean(out)).unwrap_or_default();
    if let Some(seed) = table.get("seed").and_then(|node| node.whole(0..=i64::MAX, out)) {
        machine.seed = seed.unsigned_abs();
    }
    for cost in words::COSTS {
        if let Some(time) = table.get(cost).and_then(|node| cost_time(&node, out)) {
            machine.costs.insert(cost, time);
        }
    }
    machine
}

pub(super) fn channels(root: &Table<'_>, out: &mut Faults) -> Vec<Channel> {
    declared(root, "channels", &["capacity"], out, |name, table, out| Channel {
        name,
        capacity: table.get("capacity").and_then(|node| node.count(&COUNTS, out)),
    })
}

pub(super) fn locks(root: &Table<'_>, out: &mut Faults) -> Vec<Lock> {
    declared(root, "locks", &["handoff", "inherit"], out, |name, table, out| Lock {
        name,
        barging: table.get("handoff").and_then(|node| node.one_of(&words::HANDOFFS, out)).unwrap_or_default(),
        inherit: table.get("inherit").and_then(|node| node.boolean(out)).unwrap_or_default(),
    })
}

pub(super) fn variables(root: &Table<'_>, out: &mut Faults) -> Vec<Variable> {
    declared(root, "variables", &["initial", "padded"], out, |name, table, out| Variable {
        name,
        initial: table.get("initial").and_then(|node| node.whole(i64::MIN..=i64::MAX, out)).unwrap_or_default(),
        padded: table.get("padded").and_then(|node| node.boolean(out)).unwrap_or_default(),
    })
}

/// The tables `[kind.NAME]`, in the order of the file.
fn declared<T>(
    root: &Table<'_>,
    kind: &str,
    keys: &[&str],
    out: &mut Faults,
    build: impl Fn(String, &Table<'_>, &mut Faults) -> T,
) -> Vec<T> {
    let Some(all) = root.get(kind).and_then(|node| node.table(out)) else { return Vec::new() };
    let mut items = Vec::new();
    for (name, node) in all.in_order() {
        if let Some(table) = node.table(out) {
            table.only(keys, out);
            items.push(build(name.to_owned(), &table, out));
        }
    }
    items
}
