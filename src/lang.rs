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

    /// The text with each `{}` replaced, in order, by `values`.
    pub fn fill(self, lang: Lang, values: &[&dyn std::fmt::Display]) -> String {
        let mut pieces = self.get(lang).split("{}");
        let mut filled = pieces.next().unwrap_or_default().to_owned();
        for (piece, value) in pieces.zip(values) {
            filled.push_str(&value.to_string());
            filled.push_str(piece);
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fill_replaces_in_order() {
        let text = Text::new("{} of {} runs", "{} de {} execuções");
        assert_eq!(text.fill(Lang::En, &[&2, &"five"]), "2 of five runs");
        assert_eq!(text.fill(Lang::PtBr, &[&2, &5]), "2 de 5 execuções");
    }
}
