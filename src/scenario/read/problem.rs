//! A fault with its place in a file, and how both are printed: as compilers do, with the line and a caret under it.

use std::fmt::{self, Display};
use std::ops::Range;

use crate::lang::{Lang, Text};
use crate::scenario::fault::{Fault, IN_VARIANT, Message, Path};

/// At most so many problems are told of one file.
const PROBLEMS_MAX: usize = 20;

/// Why a file is not a scenario: at least one problem, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

/// One thing wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub fault: Fault,
    source_line: String,
    /// Characters to underline.
    width: usize,
}

impl Problems {
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems.truncate(PROBLEMS_MAX);
        Problems(problems)
    }

    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// What is wrong, without places.
    pub fn into_faults(self) -> Vec<Fault> {
        self.0.into_iter().map(|problem| problem.fault).collect()
    }

    /// As printed on a terminal, in that language.
    pub fn render(&self, lang: Lang) -> String {
        let rendered: Vec<String> = self.0.iter().map(|problem| problem.render(lang)).collect();
        rendered.join("\n")
    }
}

impl Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Lang::En))
    }
}

impl std::error::Error for Problems {}

impl Problem {
    pub(super) fn new(file: &str, text: &str, span: Range<usize>, fault: Fault) -> Self {
        let start = floor_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = floor_boundary(text, span.end).clamp(start, line_end);
        Problem {
            file: file.to_owned(),
            line: text[..line_start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            fault,
            source_line: text[line_start..line_end].trim_end_matches('\r').to_owned(),
            width: text[start..end].trim_end_matches('\r').chars().count().max(1),
        }
    }

    /// A text that is not TOML at all.
    pub(super) fn syntax(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let message = Message::new(Text::new("not valid TOML: {}", "TOML inválido: {}"), &[&error.message()]);
        Problem::new(file, text, error.span().unwrap_or(0..0), Fault::new(Path::ROOT, message))
    }

    /// As printed on a terminal, in that language; ends with a line break.
    pub fn render(&self, lang: Lang) -> String {
        let Problem { file, line, column, fault, source_line, width } = self;
        let label = Text::new("error", "erro").get(lang);
        let key = if fault.path.is_root() { String::new() } else { format!("`{}`: ", fault.path) };
        let variant = fault.variant.as_ref().map(|id| IN_VARIANT.fill(lang, &[id])).unwrap_or_default();
        let gutter = " ".repeat(line.to_string().len());
        let (shown, before, caret) = window(source_line, column - 1, *width);
        // Tabs are kept, so that the caret stands under its character however wide a tab is.
        let indent: String = before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let caret = "^".repeat(caret);
        let mut rendered = format!(
            "{label}: {key}{message}{variant}\n{gutter}--> {file}:{line}:{column}\n{gutter} |\n{line} | {shown}\n{gutter} | {indent}{caret}\n",
            message = fault.message.get(lang),
        );
        if let Some(help) = &fault.help {
            let label = Text::new("help", "ajuda").get(lang);
            rendered.push_str(&format!("{gutter} = {label}: {}\n", help.get(lang)));
        }
        rendered
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Lang::En))
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// At most so many characters of a line are shown.
const SHOWN_MAX: usize = 140;

/// The part of a line that is shown, what of it stands before the caret, and how long the caret is.
fn window(line: &str, column: usize, width: usize) -> (String, String, usize) {
    let chars: Vec<char> = line.chars().collect();
    if chars.len() <= SHOWN_MAX {
        return (line.to_owned(), chars.iter().take(column).collect(), width);
    }
    let start = column.saturating_sub(SHOWN_MAX / 2);
    let end = chars.len().min(start + SHOWN_MAX);
    let mark = |is_cut: bool| if is_cut { "…" } else { "" };
    let part = |from: usize, to: usize| chars[from..to].iter().collect::<String>();
    let shown = format!("{}{}{}", mark(start > 0), part(start, end), mark(end < chars.len()));
    let before = format!("{}{}", mark(start > 0), part(start, column.min(end)));
    (shown, before, width.min(end.saturating_sub(column)).max(1))
}
