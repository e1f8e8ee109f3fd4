//! From [`Scenario`] to text, in the style of a file written by hand. What is at its default is left out, and
//! `read::read` of the result is the same scenario again.

use std::fmt::Display;

use toml::Value;

use super::{
    Arrive, Ask, Engine, Gil, Group, Kernel, Lesson, Machine, Scenario, Spread, Step, Texts, Variant, Via, words,
};
use crate::model::ModelChoice;
use crate::time::{Nanos, write_duration};

/// Steps of one line are folded into a list of lines; that is how far such a list is indented.
const INDENT: &str = "  ";

pub fn write(scenario: &Scenario) -> String {
    let mut out = Lines::default();
    out.key("format", super::read::FORMAT);
    out.key("title", quote(&scenario.title));
    if !scenario.summary.is_empty() {
        out.key("summary", quote(&scenario.summary));
    }
    out.key("models", list(scenario.models.iter().map(model)));
    if scenario.engine != Engine::default() {
        out.key("engine", quote(words::word(&words::ENGINES, &scenario.engine)));
    }
    machine(&scenario.machine, &mut out);
    declarations(scenario, &mut out);
    for task in &scenario.groups {
        group(task, &scenario.groups, &mut out);
    }
    for own in &scenario.variants {
        variant(own, &mut out);
    }
    for (lang, own) in &scenario.texts {
        out.header(&format!("[text.{}]", bare(lang.tag())));
        texts(own, &mut out);
    }
    if let Some(own) = &scenario.lesson {
        lesson(own, &mut out);
    }
    out.text
}

#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn header(&mut self, header: &str) {
        self.text.push_str(&format!("\n{header}\n"));
    }

    fn key(&mut self, key: &str, value: impl Display) {
        self.text.push_str(&format!("{key} = {value}\n"));
    }

    /// A key that is written only when its value is not the default.
    fn key_if(&mut self, wanted: bool, key: &str, value: impl Display) {
        if wanted {
            self.key(key, value);
        }
    }
}

fn model(choice: &ModelChoice) -> String {
    if choice.params.is_empty() {
        return quote(choice.model.id);
    }
    let written =
        |(key, value): (&'static str, String)| (key, if value.parse::<u32>().is_ok() { value } else { quote(&value) });
    let params = choice.written().map(written);
    table(std::iter::once(("model", quote(choice.model.id))).chain(params))
}

fn machine(machine: &Machine, out: &mut Lines) {
    let default = Machine::default();
    if *machine == default {
        return;
    }
    out.header("[machine]");
    if let Some(cores) = machine.cores {
        out.key("cores", cores);
    }
    let scheduler = quote(words::word(&words::SCHEDULERS, &machine.scheduler));
    out.key_if(machine.scheduler != default.scheduler, "scheduler", scheduler);
    if let Some(quantum) = machine.quantum {
        out.key("quantum", duration(quantum));
    }
    out.key_if(machine.ideal, "ideal", true);
    for (name, cost) in &machine.costs {
        out.key(name, duration(*cost));
    }
    out.key_if(machine.seed != default.seed, "seed", machine.seed);
}

fn declarations(scenario: &Scenario, out: &mut Lines) {
    for channel in &scenario.channels {
        out.header(&format!("[channels.{}]", bare(&channel.name)));
        if let Some(capacity) = channel.capacity {
            out.key("capacity", capacity);
        }
    }
    for lock in &scenario.locks {
        out.header(&format!("[locks.{}]", bare(&lock.name)));
        out.key_if(lock.barging, "handoff", quote(words::word(&words::HANDOFFS, &lock.barging)));
        out.key_if(lock.inherit, "inherit", true);
    }
    for variable in &scenario.variables {
        out.header(&format!("[variables.{}]", bare(&variable.name)));
        out.key_if(variable.initial != 0, "initial", variable.initial);
        out.key_if(variable.padded, "padded", true);
    }
}

fn group(group: &Group, groups: &[Group], out: &mut Lines) {
    out.header("[[task]]");
    out.key("name", quote(&group.name));
    out.key_if(group.count != 1, "count", group.count);
    match group.arrive {
        Arrive::At(Nanos::ZERO) => {}
        Arrive::At(instant) => out.key("arrive", duration(instant)),
        Arrive::Every(gap) => out.key("arrive", table([("every", duration(gap))])),
        Arrive::Rate(per_second) => out.key("arrive", table([("rate", float(per_second))])),
    }
    out.key_if(group.priority != 0, "priority", group.priority);
    let after = group.after.iter().filter_map(|index| groups.get(*index)).map(|group| quote(&group.name));
    out.key_if(!group.after.is_empty(), "after", list(after));
    out.key_if(group.payload_bytes != 0, "payload", quote(&write_size(group.payload_bytes)));
    out.key_if(!group.awaited, "awaited", false);
    out.key("steps", steps(&group.steps, ""));
}

/// A list with a line for each step.
fn steps(steps: &[Step], indent: &str) -> String {
    let inner = format!("{indent}{INDENT}");
    let lines: Vec<String> = steps.iter().map(|own| format!("{inner}{},\n", step(own, &inner))).collect();
    format!("[\n{}{indent}]", lines.concat())
}

fn step(step: &Step, indent: &str) -> String {
    let verb = step.verb();
    match step {
        Step::Cpu { time, kernel, size_bytes, gil } | Step::Work { time, kernel, size_bytes, gil } => {
            let kernel = (*kernel != Kernel::default()).then(|| ("kernel", quote(kernel.id())));
            let size = size_bytes.map(|bytes| ("size", quote(&write_size(bytes))));
            let gil = (*gil != Gil::default()).then(|| ("gil", quote(words::word(&words::GILS, gil))));
            table([(verb, spread(time))].into_iter().chain(kernel).chain(size).chain(gil))
        }
        Step::Io { time, via, blocking, timeout } => {
            let via = (*via != Via::default()).then(|| ("via", quote(words::word(&words::VIAS, via))));
            let blocking = blocking.then(|| ("blocking", "true".to_owned()));
            let timeout = timeout.map(|timeout| ("timeout", duration(timeout)));
            table([(verb, spread(time))].into_iter().chain(via).chain(blocking).chain(timeout))
        }
        Step::Lock(text)
        | Step::Unlock(text)
        | Step::Send(text)
        | Step::Receive(text)
        | Step::Barrier(text)
        | Step::Load(text)
        | Step::Store(text)
        | Step::Print(text)
        | Step::Fail(text) => table([(verb, quote(text))]),
        Step::Yield => table([(verb, "true".to_owned())]),
        Step::Add(number) => table([(verb, number.to_string())]),
        Step::Repeat { count, steps: body } => table([(verb, count.to_string()), ("steps", steps(body, indent))]),
    }
}

fn spread(spread: &Spread) -> String {
    match *spread {
        Spread::Fixed(time) => duration(time),
        Spread::Uniform(low, high) => table([("uniform", list([duration(low), duration(high)]))]),
        Spread::Exponential(mean) => table([("exponential", duration(mean))]),
        Spread::Normal(mean, deviation) => table([("normal", list([duration(mean), duration(deviation)]))]),
        Spread::Pareto(scale, shape) => table([("pareto", list([duration(scale), float(shape)]))]),
    }
}

fn variant(variant: &Variant, out: &mut Lines) {
    out.header("[[variant]]");
    out.key("id", quote(&variant.id));
    out.key("title", quote(&variant.title));
    let set: Vec<(String, String)> = variant.set.iter().map(|(key, set)| (quote(key), value(set))).collect();
    out.key("set", table(set.iter().map(|(key, value)| (key.as_str(), value.clone()))));
}

fn texts(texts: &Texts, out: &mut Lines) {
    let keys = [
        ("title", &texts.title),
        ("summary", &texts.summary),
        ("claim", &texts.claim),
        ("expect", &texts.expect),
        ("explain", &texts.explain),
        ("variant", &texts.variant),
    ];
    for (key, text) in keys {
        if let Some(text) = text {
            out.key(key, quote(text));
        }
    }
    out.key_if(!texts.choices.is_empty(), "choices", list(texts.choices.iter().map(|text| quote(text))));
    let titles: Vec<(String, String)> = texts.variants.iter().map(|(id, title)| (bare(id), quote(title))).collect();
    let titles = table(titles.iter().map(|(id, title)| (id.as_str(), title.clone())));
    out.key_if(!texts.variants.is_empty(), "variants", titles);
}

fn lesson(lesson: &Lesson, out: &mut Lines) {
    out.header("[lesson]");
    out.key("chapter", quote(&lesson.chapter));
    if let Some(claim) = &lesson.claim {
        out.key("claim", quote(claim));
    }
    match &lesson.ask {
        None => {}
        Some(Ask::Rank) => out.key("ask", quote("rank")),
        Some(Ask::Makespan) => out.key("ask", quote("makespan")),
        Some(Ask::Choice { choices, answer }) => {
            out.key("ask", quote("choice"));
            out.key("choices", list(choices.iter().map(|text| quote(text))));
            out.key("answer", answer);
        }
    }
    out.key_if(!lesson.holds.is_empty(), "holds", list(lesson.holds.iter().map(|text| quote(text))));
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    format!("[{}]", items.join(", "))
}

fn table<'a>(entries: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let entries: Vec<String> = entries.into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
    if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
}

fn value(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => float(*number),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Datetime(datetime) => datetime.to_string(),
        Value::Array(items) => list(items.iter().map(self::value)),
        Value::Table(entries) => {
            let entries: Vec<(String, String)> =
                entries.iter().map(|(key, value)| (bare(key), self::value(value))).collect();
            table(entries.iter().map(|(key, value)| (key.as_str(), value.clone())))
        }
    }
}

fn duration(time: Nanos) -> String {
    quote(&write_duration(time))
}

/// With a point or an exponent, so that it is read as a float again.
fn float(number: f64) -> String {
    format!("{number:?}")
}

/// In the largest binary unit that divides it.
pub(super) fn write_size(bytes: u64) -> String {
    let unit = words::SIZES[..3].iter().rfind(|(_, scale)| bytes != 0 && bytes.is_multiple_of(*scale));
    match unit {
        Some((unit, scale)) => format!("{}{unit}", bytes / scale),
        None => format!("{bytes}B"),
    }
}

/// A key as it may stand outside of quotes, else quoted.
fn bare(key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if plain { key.to_owned() } else { quote(key) }
}

/// A TOML basic string.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
