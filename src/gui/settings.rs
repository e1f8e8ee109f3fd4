//! What the window remembers between starts. Kept as TOML by `store`; a file that cannot be read is as good as none,
//! and a key that is missing has its default.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::zoom;
use crate::chart::palette::Theme;
use crate::lang::Lang;

/// As many recent files are listed.
const RECENT_MAX: usize = 8;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub theme: Theme,
    pub lang: Lang,
    /// How large everything is.
    pub zoom_percent: zoom::Percent,
    /// How often each run is done.
    pub repeats: u32,
    /// An imagined computer costs what was measured on this one.
    pub own_costs: bool,
    /// Measured runs stand beside what the imagined computer predicts of them.
    pub predicted: bool,
    pub folds: Folds,
    /// How much of the run screen's height the panel below has.
    pub bottom_percent: u8,
    /// Newest first.
    pub recent: Vec<PathBuf>,
    /// Lessons whose explanation has been seen, by id.
    pub lessons_done: BTreeSet<String>,
    /// The built-in that was open last.
    pub last: Option<String>,
    /// Where exports went last.
    pub export_folder: Option<PathBuf>,
    /// Which format was written last, by id.
    pub export_format: Option<String>,
    /// The colors of the last picture.
    pub export_theme: Theme,
}

/// Which panels are folded away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Folds {
    pub left: bool,
    pub right: bool,
    pub bottom: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            theme: Theme::Dark,
            lang: Lang::En,
            zoom_percent: zoom::USUAL,
            repeats: 1,
            own_costs: false,
            predicted: false,
            folds: Folds::default(),
            bottom_percent: 24,
            recent: Vec::new(),
            lessons_done: BTreeSet::new(),
            last: None,
            export_folder: None,
            export_format: None,
            export_theme: Theme::Light,
        }
    }
}

impl Settings {
    /// The settings of somebody who starts for the first time, in the language of `LC_ALL`, `LC_MESSAGES` or `LANG`.
    pub fn of_first_start(variable: impl FnMut(&str) -> Option<String>) -> Self {
        let lang = Lang::of_locale(variable);
        Settings { lang, ..Settings::default() }
    }

    pub fn remember_file(&mut self, path: PathBuf) {
        self.recent.retain(|own| *own != path);
        self.recent.insert(0, path);
        self.recent.truncate(RECENT_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_start_speaks_the_person_s_language() {
        let check = |variables: &[(&str, &str)], lang| {
            let find =
                |name: &str| variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(Settings::of_first_start(find).lang, lang, "{variables:?}");
        };
        check(&[], Lang::En);
        check(&[("LANG", "pt_BR.UTF-8")], Lang::PtBr);
        check(&[("LC_ALL", ""), ("LANG", "pt_PT")], Lang::PtBr);
        check(&[("LC_ALL", "C"), ("LANG", "pt_BR.UTF-8")], Lang::En);
    }

    #[test]
    fn a_file_is_listed_once_and_newest_first() {
        let mut settings = Settings::default();
        for name in ["a", "b", "a"] {
            settings.remember_file(name.into());
        }
        assert_eq!(settings.recent, [PathBuf::from("a"), PathBuf::from("b")]);
    }
}
