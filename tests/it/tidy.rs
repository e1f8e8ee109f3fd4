//! The house rules that the compiler does not know, read from the sources: which room may import which, where each
//! outside crate may be named, and how files begin.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Outside crates and the rooms that may name them.
const CONFINED: [(&str, &[&str]); 9] = [
    ("egui", &["gui"]),
    ("eframe", &["gui"]),
    ("egui_plot", &["gui"]),
    ("rfd", &["gui"]),
    ("tokio", &["steps", "runtimes", "engine"]),
    ("rayon", &["steps", "runtimes", "engine"]),
    ("clap", &["cli"]),
    ("signal_hook", &["host"]),
    ("resvg", &["export"]),
];

/// Rooms that could be built for a browser, and what they must do without.
const PURE: [&str; 11] =
    ["time", "lang", "model", "scenario", "trace", "rules", "simulate", "analysis", "explore", "chart", "export"];
const EFFECTS: [&str; 7] =
    ["std::thread", "std::fs", "std::env", "std::process", "std::net", "Instant::now", "SystemTime"];

/// Asking which model it is.
const MODEL_IDENTITY: [&str; 6] = [
    "model.id ==",
    "model.id !=",
    "match model.id",
    "match choice.model.id",
    "match run.choice.model.id",
    "model.id.eq(",
];

struct Source {
    /// From the repository's root, with `/`.
    path: String,
    /// `gui` for `src/gui/home/cards.rs`; `None` for `lib.rs` and `main.rs`.
    room: Option<String>,
    /// How many modules deep below the crate: 2 for `gui/paint.rs`, 1 for `gui/mod.rs` and `time.rs`.
    depth: usize,
    text: String,
    /// The text with comments and the insides of strings blanked out, line by line as it was.
    code: String,
}

impl Source {
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.code.lines())
    }

    fn lines_before_tests(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(before_tests(&self.code).lines())
    }
}

#[test]
fn rooms_import_only_what_stands_above_them_in_the_map() {
    let ranks = ranks();
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(room) = &source.room else { continue };
        let own = ranks.get(room).unwrap_or_else(|| panic!("{} is in no row of the map in src/lib.rs", source.path));
        for (line, other) in imports(&source) {
            let Some(rank) = ranks.get(&other).filter(|_| other != *room) else { continue };
            if rank >= own {
                wrong.push(format!("{}:{line} imports {}", source.path, home(&other)));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that point down the map of src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn outside_crates_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (number, line) in source.lines() {
            for (name, rooms) in CONFINED {
                let allowed = source.room.as_deref().is_some_and(|room| rooms.contains(&room));
                if !allowed && names_crate(line, name) {
                    wrong.push(format!("{}:{number} names {name}, which belongs to {}", source.path, rooms.join(", ")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_rooms_have_no_effects() {
    let mut wrong = Vec::new();
    for source in sources() {
        if !source.room.as_deref().is_some_and(|room| PURE.contains(&room)) {
            continue;
        }
        for (number, line) in source.lines_before_tests() {
            for effect in EFFECTS.into_iter().filter(|effect| line.contains(effect)) {
                wrong.push(format!("{}:{number} uses {effect}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn which_model_it_is_is_asked_in_model_and_runtimes_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        if matches!(source.room.as_deref(), Some("model" | "runtimes")) {
            continue;
        }
        for ((number, line), text) in source.lines_before_tests().zip(source.text.lines()) {
            let names_one = tasklane::model::all().any(|model| text.contains(&format!("\"{}\"", model.id)));
            let compares = ["==", "!=", "=>", "matches!(", ".eq("].into_iter().any(|word| line.contains(word));
            if MODEL_IDENTITY.into_iter().any(|asks| line.contains(asks)) || names_one && compares {
                wrong.push(format!("{}:{number} {}", source.path, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_owns() {
    let heads = |source: &Source| source.text.starts_with("//! ") && !source.text.contains("(being written)");
    let wrong: Vec<String> = sources().into_iter().filter(|source| !heads(source)).map(|source| source.path).collect();
    assert!(wrong.is_empty(), "files that do not begin with `//!` and a sentence:\n{}", wrong.join("\n"));
}

#[test]
fn nothing_unfinished_and_no_path_of_somebodys_machine() {
    let unfinished = ["todo!(", "unimplemented!(", "dbg!("];
    // Put together here, so that this file does not find itself.
    let paths = ["work", "root", "home"].map(|folder| format!("/{folder}/"));
    let mut wrong = Vec::new();
    for source in sources() {
        for (number, line) in source.lines() {
            if unfinished.into_iter().any(|word| line.contains(word)) {
                wrong.push(format!("{}:{number} {}", source.path, line.trim()));
            }
        }
    }
    for path in text_files() {
        let text = fs::read_to_string(&path).unwrap();
        let begins =
            |at: usize| !text[..at].ends_with(|letter: char| letter.is_alphanumeric() || "._-".contains(letter));
        for word in paths.iter().filter(|word| text.match_indices(word.as_str()).any(|(at, _)| begins(at))) {
            wrong.push(format!("{} contains {word}", shown(&path)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_scanner_sees_what_it_should() {
    let scan = |path: &str, text: &str| -> Vec<String> {
        let (path, room, code) = (path.to_owned(), Some("gui".to_owned()), blanked(text));
        let source = Source { path, room, depth: 2, text: text.to_owned(), code };
        imports(&source).into_iter().map(|(_, room)| room).collect()
    };
    assert_eq!(scan("a", "use crate::engine::session::Session;"), ["engine"]);
    assert_eq!(scan("a", "use crate::{engine, store::{open, save}, lang};"), ["engine", "store", "lang"]);
    assert_eq!(scan("a", "use crate::{\n    engine::check,\n    store,\n};"), ["engine", "store"]);
    assert_eq!(scan("a", "let x = crate::cli::run();"), ["cli"]);
    assert_eq!(scan("a", "pub(crate) fn x() {} // crate::cli\n/// [`crate::cli`]"), Vec::<String>::new());
    assert_eq!(scan("a", "let x = \"crate::cli\"; let y = '\"'; use crate::lang;"), ["lang"]);
    assert_eq!(scan("a", "let x = \"\\\" crate::cli\"; use crate::lang;"), ["lang"]);
    assert_eq!(scan("a", "use super::super::cli::run;"), ["cli"]);
    assert_eq!(scan("a", "use super::paint::color;"), Vec::<String>::new());
    assert!(names_crate("use eframe::egui::{self, Ui};", "egui"));
    assert!(names_crate("    tokio::spawn(work);", "tokio"));
    assert!(!names_crate("let my_tokio = 1; mytokio::x();", "tokio"));
    assert_eq!(ranks().get("time"), Some(&0));
}

/// The row of each room in the map of `src/lib.rs`, from the top.
fn ranks() -> BTreeMap<String, usize> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rows = lib.lines().filter_map(|line| line.strip_prefix("//! | ["));
    let mut ranks = BTreeMap::new();
    for (rank, row) in rows.enumerate() {
        let rooms = row.split(" | ").next().unwrap();
        for room in rooms.split(", ") {
            ranks.insert(room.trim_matches(['[', ']', '`']).to_owned(), rank);
        }
    }
    assert!(ranks.len() > 10, "the map of src/lib.rs was not found: {ranks:?}");
    ranks
}

/// The rooms that a file names, with the line each name stands on.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let code = &source.code;
    let line_of = |at: usize| code[..at].matches('\n').count() + 1;
    let tests = before_tests(code).len();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let inside_word =
            code[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$');
        if !inside_word {
            found.extend(heads(&code[at + "crate::".len()..]).into_iter().map(|room| (line_of(at), room)));
        }
    }
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with("super::") {
            continue;
        }
        let chain = code[at..].split("super::").take_while(|piece| piece.is_empty()).count();
        let deep = if at < tests { source.depth } else { source.depth + 1 };
        if chain >= deep {
            found.extend(heads(&code[at + chain * "super::".len()..]).into_iter().map(|room| (line_of(at), room)));
        }
    }
    found
}

/// The first words of a path or of each path in a group: `engine` of `engine::check`, `a` and `b` of `{a::x, b}`.
fn heads(path: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    let Some(group) = path.strip_prefix('{') else { return vec![word(path)] };
    let mut heads = vec![word(group)];
    let mut open = 1;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => open += 1,
            '}' => open -= 1,
            ',' if open == 1 => heads.push(word(&group[at + 1..])),
            _ => {}
        }
        if open == 0 {
            break;
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

/// Rust without what is not code: comments and the insides of string literals.
fn blanked(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(inside) = rest.strip_prefix("r#\"") {
            inside.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if let Some(inside) = rest.strip_prefix('"') {
            string_end(inside).map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("'\"'") {
            3
        } else {
            0
        };
        let (before, after) = rest.split_at(skipped.max(letter.len_utf8()));
        match skipped {
            0 => code.push_str(before),
            _ => code.extend(before.chars().filter(|letter| *letter == '\n')),
        }
        rest = after;
    }
    code
}

/// Where the quote stands that ends a string, from behind its first.
fn string_end(inside: &str) -> Option<usize> {
    let mut escaped = false;
    inside.char_indices().find_map(|(at, letter)| {
        let ends = letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        ends.then_some(at)
    })
}

/// The part of a file that is no test.
fn before_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod ").map_or(text, |at| &text[..at])
}

/// Whether the line uses `name::` or `use name`.
fn names_crate(line: &str, name: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(name).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + name.len()..]);
        !before.ends_with(is_word)
            && (after.starts_with("::") || (before.ends_with("use ") && !after.starts_with(is_word)))
    })
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    walk(&root().join("src"), &mut paths);
    let paths = paths.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    paths
        .map(|path| {
            let inside: Vec<String> = shown(&path).split('/').skip(1).map(str::to_owned).collect();
            let first = inside[0].trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let is_mod = inside.last().is_some_and(|name| name == "mod.rs");
            Source {
                room: (first != "lib" && first != "main").then_some(first),
                depth: inside.len() - usize::from(is_mod),
                code: blanked(&text),
                text,
                path: shown(&path),
            }
        })
        .collect()
}

/// Everything a person reads of the repository, as far as it is text.
fn text_files() -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for folder in ["src", "tests", "benches", "scenarios", ".ci"] {
        walk(&root().join(folder), &mut paths);
    }
    paths.extend(["README.md", "Cargo.toml"].map(|name| root().join(name)));
    let is_text = |path: &PathBuf| path.is_file() && fs::read_to_string(path).is_ok();
    paths.into_iter().filter(is_text).collect()
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { walk(&path, paths) } else { paths.push(path) }
    }
}

fn home(room: &str) -> String {
    let folder = format!("src/{room}/mod.rs");
    if root().join(&folder).exists() { folder } else { format!("src/{room}.rs") }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
}
