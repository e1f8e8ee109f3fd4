//! Lesson texts with the figures of real runs put in.

use super::figures::{Figures, Value};
use crate::lang::Lang;
use crate::scenario::placeholder::{Part, parts};

/// A piece of a filled text, so that a shell can set figures apart from words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Piece<'a> {
    Text(&'a str),
    Figure(Value),
    /// Not measured (yet).
    Unknown,
}

/// Puts the figures into `text`, which a scenario check has seen.
///
/// # Panics
/// When the text's placeholders are not those of a checked scenario.
pub fn fill<'a>(text: &'a str, figures: &Figures<'_>) -> Vec<Piece<'a>> {
    let parts = parts(text).expect("placeholders of a checked scenario can be read");
    let piece = |part| match part {
        Part::Text(text) => Piece::Text(text),
        Part::Figure(operand) => figures.get(&operand).map_or(Piece::Unknown, Piece::Figure),
    };
    parts.into_iter().map(piece).collect()
}

/// [`fill`] as one string of that language; what is unknown stays visible as `…`.
///
/// # Panics
/// As [`fill`].
pub fn fill_string(text: &str, figures: &Figures<'_>, lang: Lang) -> String {
    let mut filled = String::new();
    for piece in fill(text, figures) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Figure(value) => filled.push_str(&lang.figure(value)),
            Piece::Unknown => filled.push('…'),
        }
    }
    filled
}
