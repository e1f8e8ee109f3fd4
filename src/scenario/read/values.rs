//! Durations, spreads, arrivals and sizes: values that are texts or tables with a grammar of their own.

use super::tree::{Faults, Node};
use crate::lang::Text;
use crate::scenario::check::{too_large, too_long};
use crate::scenario::fault::{Fault, Message, allowed, nearest};
use crate::scenario::write::write_size;
use crate::scenario::{Arrive, Spread, words};
use crate::time::{DurationError, Nanos, parse_duration};

/// `"250us"`, `"5ms"`, `"1.5s"`.
pub(crate) fn duration(node: &Node<'_>, out: &mut Faults) -> Option<Nanos> {
    duration_or(node, Text::new("write \"{}ms\" or \"{}s\"", "escreva \"{}ms\" ou \"{}s\""), out)
}

/// The same where times are as short as what a machine charges.
pub(crate) fn cost(node: &Node<'_>, out: &mut Faults) -> Option<Nanos> {
    duration_or(node, Text::new("write \"{}ns\" or \"{}us\"", "escreva \"{}ns\" ou \"{}us\""), out)
}

/// `help`: what to write instead of a bare number.
fn duration_or(node: &Node<'_>, help: Text, out: &mut Faults) -> Option<Nanos> {
    if let Some(number) = node.value.as_integer() {
        let text = Text::new("a duration needs a unit, found {}", "uma duração precisa de unidade; há {}");
        let help = Message::new(help, &[number, number]);
        out.push(Fault::new(node.path.clone(), Message::new(text, &[number])).with_help(Some(help)));
        return None;
    }
    let text = node.text(out)?;
    parse_duration(text).map_err(|error| out.push(not_a_duration(node, text, &error))).ok()
}

fn not_a_duration(node: &Node<'_>, found: &str, error: &DurationError) -> Fault {
    const UNITS: [&str; 5] = ["ns", "us", "ms", "s", "min"];
    let fault = |text, value: &dyn std::fmt::Display| Fault::new(node.path.clone(), Message::new(text, &[value]));
    let found = format!("{found:?}");
    match error {
        DurationError::NotANumber => {
            let text = Text::new(
                "must be a duration like \"250us\", \"5ms\" or \"1.5s\", found {}",
                "deve ser uma duração como \"250us\", \"5ms\" ou \"1.5s\"; há {}",
            );
            fault(text, &found)
        }
        DurationError::Unit(unit) => {
            let text = Text::new("unknown unit of time `{}`", "unidade de tempo desconhecida `{}`");
            fault(text, unit).with_help(Some(allowed(unit, &UNITS)))
        }
        DurationError::Negative => {
            let text = Text::new("a duration cannot be negative, found {}", "uma duração não pode ser negativa; há {}");
            fault(text, &found)
        }
        DurationError::TooLong => Fault::new(node.path.clone(), too_long(&found)),
    }
}

/// A duration or one of the distributions.
pub(super) fn spread(node: &Node<'_>, out: &mut Faults) -> Option<Spread> {
    let Some(table) = node.as_table() else {
        return duration(node, out).map(Spread::Fixed);
    };
    table.only(&["uniform", "exponential", "normal", "pareto"], out);
    let entries = table.in_order();
    let [(kind, value)] = entries.as_slice() else {
        node.wrong(SPREAD_FORMS, out);
        return None;
    };
    match *kind {
        "uniform" => {
            let [low, high] = pair(value, out)?;
            Some(Spread::Uniform(duration(&low, out)?, duration(&high, out)?))
        }
        "exponential" => duration(value, out).map(Spread::Exponential),
        "normal" => {
            let [mean, deviation] = pair(value, out)?;
            Some(Spread::Normal(duration(&mean, out)?, duration(&deviation, out)?))
        }
        "pareto" => {
            let [scale, shape] = pair(value, out)?;
            Some(Spread::Pareto(duration(&scale, out)?, shape.number(out)?))
        }
        _ => None,
    }
}

const SPREAD_FORMS: Text = Text::new(
    "must be a duration or one of { uniform = [low, high] }, { exponential = mean }, { normal = [mean, deviation] }, { pareto = [scale, shape] }, found {}",
    "deve ser uma duração ou um de { uniform = [mín, máx] }, { exponential = média }, { normal = [média, desvio] }, { pareto = [escala, forma] }; há {}",
);

fn pair<'t>(node: &Node<'t>, out: &mut Faults) -> Option<[Node<'t>; 2]> {
    let faults = out.len();
    let pair = <[Node<'t>; 2]>::try_from(node.array(out)).ok();
    if pair.is_none() && out.len() == faults {
        node.wrong(Text::new("must be a list of two, found {}", "deve ser uma lista de dois; há {}"), out);
    }
    pair
}

/// `"0ms"`, `{ every = "10ms" }` or `{ rate = 50.0 }`.
pub(super) fn arrive(node: &Node<'_>, out: &mut Faults) -> Option<Arrive> {
    const FORMS: Text = Text::new(
        "must be an instant, { every = \"10ms\" } or { rate = 50.0 }, found {}",
        "deve ser um instante, { every = \"10ms\" } ou { rate = 50.0 }; há {}",
    );
    let Some(table) = node.as_table() else {
        // Words instead of a time may be meant as one of the other forms.
        if node.value.as_str().is_some_and(|text| parse_duration(text) == Err(DurationError::NotANumber)) {
            node.wrong(FORMS, out);
            return None;
        }
        return duration(node, out).map(Arrive::At);
    };
    table.only(&["every", "rate"], out);
    match (table.get("every"), table.get("rate")) {
        (Some(every), None) => duration(&every, out).map(Arrive::Every),
        (None, Some(rate)) => rate.number(out).map(Arrive::Rate),
        _ => {
            node.wrong(FORMS, out);
            None
        }
    }
}

/// `"2KiB"`, `"10 MB"`, in bytes; `most`: more is refused elsewhere.
pub(super) fn size(node: &Node<'_>, most: u64, out: &mut Faults) -> Option<u64> {
    let text = node.value.as_str().unwrap_or_default().trim();
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = unit.trim();
    let in_unit = |own: &str| {
        let (_, scale) = words::SIZES.iter().find(|(known, _)| *known == own)?;
        number.parse::<u64>().ok()?.checked_mul(*scale)
    };
    let bytes = in_unit(unit);
    let is_number = !number.is_empty() && words::SIZES.iter().any(|(own, _)| *own == unit);
    if bytes.is_none() && is_number {
        out.push(Fault::new(node.path.clone(), too_large(most, &format!("{text:?}"))));
    } else if bytes.is_none() {
        let text = Text::new(
            "must be a whole size like \"512B\", \"2KiB\" or \"1MiB\", found {}",
            "deve ser um tamanho inteiro como \"512B\", \"2KiB\" ou \"1MiB\"; há {}",
        );
        let message = Message::new(text, &[&super::tree::describe(node.value)]);
        let near = nearest(unit, words::SIZES.map(|(own, _)| own)).filter(|_| !number.is_empty() && !unit.is_empty());
        // What would be refused in that unit, too, is nothing to offer.
        let help = near.map(|near| match in_unit(near) {
            Some(bytes) if bytes <= most => {
                Message::new(Text::new("did you mean `{}`?", "você quis dizer `{}`?"), &[&format!("{number}{near}")])
            }
            _ => Message::new(Text::new("at most {}", "no máximo {}"), &[&write_size(most)]),
        });
        out.push(Fault::new(node.path.clone(), message).with_help(help));
    }
    bytes
}
