//! The placeholders of lesson texts: `{event-loop.makespan}`, `{one/threads.speedup}`. Their words are those of
//! conditions; `analysis::placeholders` puts the figures in.

use super::condition::{Operand, parse_operand};
use super::fault::Message;
use crate::lang::Text;

/// A piece of a text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    Text(&'a str),
    Figure(Operand),
}

/// Takes a text apart; every brace belongs to a placeholder.
///
/// # Errors
/// A message on the first brace that is no part of a placeholder.
pub fn parts(text: &str) -> Result<Vec<Part<'_>>, Message> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(['{', '}']) {
        let inner = rest[open..].strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let Some((inner, after)) = inner else {
            return Err(Message::new(Text::new("a brace that stands alone", "uma chave solta"), &[]));
        };
        if open > 0 {
            parts.push(Part::Text(&rest[..open]));
        }
        parts.push(Part::Figure(parse_operand(inner).map_err(|error| error.message)?));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Ok(parts)
}

/// The figures that `text` names; none when it is not a text with placeholders.
pub fn figures(text: &str) -> Vec<Operand> {
    let figure = |part| match part {
        Part::Figure(operand) => Some(operand),
        Part::Text(_) => None,
    };
    parts(text).unwrap_or_default().into_iter().filter_map(figure).collect()
}
