//! The terminal: how wide it is, whether it shows colors, and what color each tone has there.
//!
//! Only the sixteen colors that the person's own theme defines are used: they are readable on whatever ground.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use crate::chart::palette::Tone;
use crate::host;

/// Wider pictures do not read better; narrower ones hold nothing.
const WIDTH_MAX: usize = 160;
const WIDTH_MIN: usize = 40;
const WIDTH_UNKNOWN: usize = 100;

/// How to write for people on stdout.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Characters.
    pub width: usize,
    pub colors: bool,
}

/// How a piece of text is set off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Plain,
    Bold,
    Dim,
    Tone(Tone),
}

/// A line on stderr. When nobody reads it any more there is nobody to tell, and what is under way goes on.
pub fn tell(line: impl Display) {
    drop(writeln!(io::stderr(), "{line}"));
}

impl Terminal {
    /// As stdout and the environment say.
    pub fn of_stdout() -> Self {
        let stdout = io::stdout();
        let columns = host::terminal_columns();
        let asked = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let width = columns.filter(|columns| *columns > 0).or(asked).unwrap_or(WIDTH_UNKNOWN);
        let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_dumb = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        Terminal { width: width.clamp(WIDTH_MIN, WIDTH_MAX), colors: stdout.is_terminal() && !no_color && !is_dumb }
    }

    pub fn paint(self, text: &str, ink: Ink) -> String {
        match ink_code(ink) {
            Some(code) if self.colors && !text.is_empty() => format!("\x1b[{code}m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}

fn ink_code(ink: Ink) -> Option<&'static str> {
    match ink {
        Ink::Plain => None,
        Ink::Bold => Some("1"),
        Ink::Dim | Ink::Tone(Tone::Io) => Some("90"),
        Ink::Tone(Tone::Running) => Some("34"),
        Ink::Tone(Tone::Ready) => Some("33"),
        Ink::Tone(Tone::Blocked) => Some("31"),
        Ink::Tone(Tone::Preempted | Tone::Others) => Some("35"),
        Ink::Tone(Tone::Overhead) => Some("36"),
        Ink::Tone(Tone::BadEnd) => Some("91"),
        Ink::Tone(Tone::CoreBusy) => Some("32"),
    }
}

/// Text of a scenario or a file name, fit for a terminal: what would move the cursor or change colors is shown as a
/// sign instead.
pub fn harmless(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// The text in lines of at most `width` characters, broken between words.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_only_where_wanted() {
        let terminal = |colors| Terminal { width: 80, colors };
        assert_eq!(terminal(false).paint("x", Ink::Bold), "x");
        assert_eq!(terminal(true).paint("x", Ink::Bold), "\x1b[1mx\x1b[0m");
        assert_eq!(terminal(true).paint("", Ink::Bold), "");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrapped("incomprehensible", 4), ["incomprehensible"]);
        assert_eq!(wrapped(" ", 4), Vec::<String>::new());
    }

    #[test]
    fn a_scenario_cannot_steer_the_terminal() {
        assert_eq!(harmless("egg \x1b[31m\n1"), "egg \u{fffd}[31m\u{fffd}1");
    }
}
