//! The README does not lie: its commands run, its scenario is one, its table names the models there are.

use std::fs;

use crate::cli::Place;

fn readme() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// The blocks of code of that language.
fn blocks(language: &str) -> Vec<String> {
    let text = readme();
    let opening = format!("```{language}\n");
    text.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn it_opens_with_the_two_commands() {
    let first = &blocks("sh")[0];
    let commands: Vec<&str> = first.lines().map(|line| line.split('#').next().unwrap().trim()).collect();
    assert_eq!(commands, ["cargo run --release", "cargo test"]);
    let head = readme().lines().filter(|line| !line.is_empty()).take(2).collect::<Vec<_>>().join("\n");
    assert_eq!(head, "# Tasklane\n```sh");
}

#[test]
fn its_commands_run_in_their_order() {
    let place = Place::new();
    let lines: Vec<String> = blocks("sh").iter().flat_map(|block| block.lines()).map(str::to_owned).collect();
    let commands: Vec<&String> = lines.iter().filter(|line| line.starts_with("tasklane ")).collect();
    assert!(commands.len() >= 6, "{commands:?}");
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        let said = place.run(&words);
        assert_eq!(said.status, 0, "{command}: {}", said.err);
        assert!(!said.out.is_empty() || words[0] == "export", "{command} says nothing");
    }
    assert!(place.path("kitchen.svg").exists());
}

#[test]
fn it_names_every_cost() {
    let text = readme();
    for cost in tasklane::simulate::costs::Cost::ALL {
        let id = cost.id();
        assert!(text.contains(&format!("`{id}`")) || text.contains(&format!("`{id} = ")), "{id}");
    }
}

#[test]
fn its_scenario_is_one() {
    let blocks = blocks("toml");
    assert_eq!(blocks.len(), 1);
    tasklane::scenario::read::read("README.md", &blocks[0]).unwrap_or_else(|problems| panic!("{problems}"));
}

#[test]
fn its_table_names_the_models_there_are() {
    let text = readme();
    let rows: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("| `")).map(|row| row.split('`').next().unwrap()).collect();
    assert_eq!(rows, tasklane::model::all().map(|model| model.id).collect::<Vec<_>>());
}

#[test]
fn its_table_names_every_parameter() {
    let text = readme();
    for model in tasklane::model::all() {
        let row = text.lines().find(|line| line.starts_with(&format!("| `{}`", model.id))).unwrap();
        for param in model.params {
            assert!(row.contains(&format!("`{}`", param.key)), "{}: {}", model.id, param.key);
        }
    }
}

/// What it says is lacking is refused as such, and what is built is not.
#[test]
fn what_it_says_is_lacking_is_not_available() {
    let text = readme();
    let lacking = text.split("## What this version cannot do yet").nth(1).unwrap().split("Asking for").next().unwrap();
    let words: Vec<&str> = lacking.split('`').skip(1).step_by(2).collect();
    assert_eq!(words, ["compare", "sweep", "html", "chrome"]);
    let place = Place::new();
    for word in words {
        let said = match word {
            "html" | "chrome" => place.run(&["run", "kitchen", "--out", "charts", "--format", word]),
            verb => place.run(&[verb]),
        };
        assert_eq!(said.status, 2, "{word}");
        assert!(said.err.contains("not available in this version"), "{word}: {}", said.err);
    }
}

#[test]
fn its_pictures_exist() {
    let text = readme();
    let pictures: Vec<&str> = text.split("](assets/").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(!pictures.is_empty());
    for picture in pictures {
        let path = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/assets")).join(picture);
        assert!(path.exists(), "{picture} is missing");
    }
}
