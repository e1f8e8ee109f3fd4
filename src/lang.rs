//! The languages Tasklane speaks. A [`Text`] carries every language in its type, so a missing translation does not
//! compile. Rooms own their own texts; this file owns only what a text is.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Lang {
    #[default]
    #[serde(rename = "en")]
    En,
    #[serde(rename = "pt-BR")]
    PtBr,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::En, Lang::PtBr];

    /// The tag of `[text.TAG]` in scenario files and of the settings.
    pub const fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::PtBr => "pt-BR",
        }
    }

    /// What the language calls itself.
    pub const fn name(self) -> &'static str {
        match self {
            Lang::En => "English",
            Lang::PtBr => "Português",
        }
    }

    /// The language that the person's environment asks for, where we speak it: `variable` finds the value of
    /// `LC_ALL`, `LC_MESSAGES` or `LANG`, of which the first that is not empty decides.
    pub fn of_locale(variable: impl FnMut(&str) -> Option<String>) -> Lang {
        let spoken = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
        let portuguese = spoken.is_some_and(|value| value.to_lowercase().starts_with("pt"));
        if portuguese { Lang::PtBr } else { Lang::En }
    }

    /// A figure as it is written in this language: `1.5 ms` has a comma in Portuguese. What begins with no figure, a name
    /// or a path, stays as it is. Files and command lines write figures as programs read them, without this.
    pub fn figure(self, figure: impl std::fmt::Display) -> String {
        let text = figure.to_string();
        match self {
            Lang::PtBr if is_figure(&text) => with_commas(&text),
            _ => text,
        }
    }

    pub fn from_tag(tag: &str) -> Option<Lang> {
        Lang::ALL.into_iter().find(|lang| lang.tag() == tag)
    }
}

/// One text in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    pub en: &'static str,
    pub pt: &'static str,
}

impl Text {
    pub const fn new(en: &'static str, pt: &'static str) -> Self {
        Text { en, pt }
    }

    pub const fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::PtBr => self.pt,
        }
    }

    /// The text with each `{}` replaced, in order, by `values`, figures as [`Lang::figure`] writes them.
    pub fn fill(self, lang: Lang, values: &[&dyn std::fmt::Display]) -> String {
        self.fill_by(lang, values, |value| lang.figure(value))
    }

    /// The same with values that are quoted from a file: they stay as they are written there.
    pub fn fill_quoting(self, lang: Lang, values: &[&dyn std::fmt::Display]) -> String {
        self.fill_by(lang, values, |value| value.to_string())
    }

    fn fill_by(
        self,
        lang: Lang,
        values: &[&dyn std::fmt::Display],
        write: impl Fn(&dyn std::fmt::Display) -> String,
    ) -> String {
        let mut pieces = self.get(lang).split("{}");
        let mut filled = pieces.next().unwrap_or_default().to_owned();
        for (piece, value) in pieces.zip(values) {
            filled.push_str(&write(value));
            filled.push_str(piece);
        }
        filled
    }
}

/// Digits, a point, digits, and then at the most a unit apart from them: no version, no file, no duration as in a
/// scenario.
fn is_figure(text: &str) -> bool {
    let number = text.trim_start_matches([' ', '-', '−', '<', '>', '±']);
    let Some((whole, rest)) = number.split_once('.') else { return number.contains(" ± ") };
    let after = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let digits = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit()) && after.len() < rest.len();
    digits && !after.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '.' | '-' | '_' | '/'))
}

fn with_commas(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_point = |at: usize| bytes[at] == b'.' && at > 0 && is_digit(at - 1) && is_digit(at + 1);
    text.char_indices().map(|(at, letter)| if is_point(at) { ',' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_a_comma_in_portuguese_and_names_do_not() {
        let check = |text: &str, expected: &str| {
            assert_eq!(Lang::PtBr.figure(text), expected);
            assert_eq!(Lang::En.figure(text), text);
        };
        check("1.5 s", "1,5 s");
        check("   12.3 ms", "   12,3 ms");
        check("4.02×", "4,02×");
        check("<0.1 %", "<0,1 %");
        check("442.5 ± 3.1 ms", "442,5 ± 3,1 ms");
        check("0.5, max 1.2", "0,5, max 1,2");
        check("5.0·10^3606", "5,0·10^3606");
        check("0.25", "0,25");
        for same in ["1.5s", "0.1.0", "3.toml", "egg 1.5", "a.b", "1.", "442 ms", "7", "10.0.0.1", "1.5-b"] {
            check(same, same);
        }
    }

    #[test]
    fn sentences_write_their_figures_likewise() {
        let text = Text::new("{} of {}", "{} de {}");
        assert_eq!(text.fill(Lang::PtBr, &[&"2.5 ms", &"tarefa 1.5"]), "2,5 ms de tarefa 1.5");
        assert_eq!(text.fill_quoting(Lang::PtBr, &[&1.5, &2]), "1.5 de 2");
    }

    #[test]
    fn fill_replaces_in_order() {
        let text = Text::new("{} of {} runs", "{} de {} execuções");
        assert_eq!(text.fill(Lang::En, &[&2, &"five"]), "2 of five runs");
        assert_eq!(text.fill(Lang::PtBr, &[&2, &5]), "2 de 5 execuções");
    }
}
