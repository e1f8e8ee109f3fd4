//! `tasklane list` and `tasklane models`: what there is to run, and under what.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::failure::Failure;
use super::load::DEFAULT;
use super::output::{lesson_lang, print_json};
use super::terminal::{Ink, Terminal, tell, wrapped};
use crate::engine;
use crate::lang::{Lang, Text};
use crate::model::{self, Model, ModelChoice, Param};
use crate::scenario::{Scenario, catalog};
use crate::simulate::costs::{Cost, CostTable};
use crate::time::Nanos;
use crate::{host, store};

/// # Errors
/// When stdout cannot be written.
pub fn list(json: bool) -> Result<(), Failure> {
    if json {
        return print_json(&ScenarioList {
            scenarios: catalog::all().map(|(id, scenario)| scenario_entry(id, &scenario)).collect(),
        });
    }
    let (terminal, lang) = (Terminal::of_stdout(), lesson_lang());
    let width = catalog::CATALOG.iter().map(|entry| entry.id.len()).max().unwrap_or(0);
    let mut out = io::stdout().lock();
    for (id, scenario) in catalog::all() {
        let room = terminal.width.saturating_sub(width + 2);
        let title = scenario.title(lang);
        let chapter = chapter(&scenario).map_or_else(String::new, |chapter| format!(" · {chapter}"));
        let has_room = title.chars().count() + chapter.chars().count() <= room;
        let chapter = if has_room { terminal.paint(&chapter, Ink::Dim) } else { String::new() };
        writeln!(out, "{}  {title}{chapter}", terminal.paint(&format!("{id:width$}"), Ink::Bold))?;
        for line in wrapped(scenario.summary(lang), room) {
            writeln!(out, "{:width$}  {}", "", terminal.paint(&line, Ink::Dim))?;
        }
    }
    writeln!(out, "\nRun one: tasklane run {DEFAULT}")?;
    Ok(out.flush()?)
}

/// # Errors
/// When stdout cannot be written.
pub fn models(json: bool) -> Result<(), Failure> {
    let costs = measured_costs();
    let cards = model::all().map(|model| Card {
        model,
        costs: costs.as_ref().map(|table| costs_of(model, table)),
        only_imagined: engine::measurable(model).err(),
    });
    if json {
        return print_json(&ModelList { models: cards.map(|card| card.entry()).collect() });
    }
    let terminal = Terminal::of_stdout();
    let mut out = io::stdout().lock();
    for card in cards {
        card.write(&mut out, terminal)?;
        writeln!(out)?;
    }
    Ok(out.flush()?)
}

/// A model and what this computer adds to its words.
struct Card {
    model: &'static Model,
    /// What was measured here of what it pays for; `None`: nothing was measured yet.
    costs: Option<Vec<(Cost, Nanos)>>,
    /// Why it cannot be measured here, where it cannot.
    only_imagined: Option<Text>,
}

impl Card {
    /// For people.
    fn write(&self, out: &mut impl Write, terminal: Terminal) -> io::Result<()> {
        let model = self.model;
        let brief = terminal.paint(model.brief.en, Ink::Dim);
        writeln!(out, "{}  {brief}", terminal.paint(model.id, Ink::Bold))?;
        let mut paragraph = |word: &str, text: &str| paragraph(out, terminal, word, text);
        if let Some(because) = self.only_imagined {
            paragraph("only", &format!("on an imagined computer, because {}", because.en))?;
        }
        paragraph("what", model.definition.en)?;
        paragraph("when", model.when.en)?;
        paragraph("made", model.made.en)?;
        paragraph("cost", model.overheads.en)?;
        if let Some(costs) = self.costs.as_ref().filter(|costs| !costs.is_empty()) {
            let costs: Vec<String> = costs.iter().map(|(cost, time)| format!("{} {time}", cost.label().en)).collect();
            paragraph("here", &costs.join(" · "))?;
        }
        for param in model.params {
            let text = format!("{} {}; default: {}", param.key, param.write_bounds(), param.write_default());
            paragraph("set", &text)?;
        }
        Ok(())
    }

    /// For programs.
    fn entry(&self) -> ModelEntry {
        let model = self.model;
        let param = |param: &Param| ParamEntry {
            key: param.key,
            min: param.write(param.min),
            max: param.write(param.max),
            default: param.write_default(),
        };
        let costs = |costs: &Vec<(Cost, Nanos)>| costs.iter().map(|(cost, time)| (cost.id(), time.0)).collect();
        ModelEntry {
            id: model.id,
            name: model.name.en,
            language: model.language().id(),
            measurable: self.only_imagined.is_none(),
            only_imagined_because: self.only_imagined.map(|because| because.en),
            brief: model.brief.en,
            definition: model.definition.en,
            when: model.when.en,
            made: model.made.en,
            overheads: model.overheads.en,
            costs: self.costs.as_ref().map(costs),
            params: model.params.iter().map(param).collect(),
        }
    }
}

/// What `calibrate` has measured on this computer, if it has.
fn measured_costs() -> Option<CostTable> {
    store::costs::kept(&store::settings::folder()?).unwrap_or_else(|error| {
        tell(format!("note: the measured costs of this computer cannot be shown\n{error}"));
        None
    })
}

fn costs_of(model: &'static Model, table: &CostTable) -> Vec<(Cost, Nanos)> {
    table.of_plan(&ModelChoice::new(model).plan(host::cores()))
}

/// A text under its word, broken to the terminal's width.
fn paragraph(out: &mut impl Write, terminal: Terminal, word: &str, text: &str) -> io::Result<()> {
    const INDENT: usize = 8;
    for (at, line) in wrapped(text, terminal.width.saturating_sub(INDENT)).iter().enumerate() {
        let head = if at == 0 { format!("  {word:4}  ") } else { " ".repeat(INDENT) };
        writeln!(out, "{}{line}", terminal.paint(&head, Ink::Dim))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct ScenarioList {
    scenarios: Vec<ScenarioEntry>,
}

#[derive(Serialize)]
struct ScenarioEntry {
    id: &'static str,
    title: String,
    summary: String,
    chapter: Option<String>,
    tasks: u64,
    models: Vec<String>,
    variants: Vec<String>,
}

#[derive(Serialize)]
struct ModelList {
    models: Vec<ModelEntry>,
}

#[derive(Serialize)]
struct ModelEntry {
    id: &'static str,
    name: &'static str,
    language: &'static str,
    /// Whether it really runs on this computer; the others are for an imagined one.
    measurable: bool,
    /// Why not; null where it does.
    only_imagined_because: Option<&'static str>,
    brief: &'static str,
    definition: &'static str,
    when: &'static str,
    made: &'static str,
    overheads: &'static str,
    /// Nanoseconds as measured on this computer; null before it was.
    costs: Option<BTreeMap<&'static str, i64>>,
    params: Vec<ParamEntry>,
}

#[derive(Serialize)]
struct ParamEntry {
    key: &'static str,
    min: String,
    max: String,
    default: String,
}

fn scenario_entry(id: &'static str, scenario: &Scenario) -> ScenarioEntry {
    ScenarioEntry {
        id,
        title: scenario.title(Lang::En).to_owned(),
        summary: scenario.summary(Lang::En).to_owned(),
        chapter: chapter(scenario).map(str::to_owned),
        tasks: scenario.tasks(),
        models: scenario.models.iter().map(ToString::to_string).collect(),
        variants: scenario.variants.iter().map(|variant| variant.id.clone()).collect(),
    }
}

fn chapter(scenario: &Scenario) -> Option<&str> {
    scenario.lesson.as_ref().map(|lesson| lesson.chapter.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_cannot_run_here_says_why() {
        let because = Text::new("this computer has no pipes", "este computador não tem pipes");
        let mut card = Card { model: model::find("processes").unwrap(), costs: None, only_imagined: Some(because) };
        let written = |card: &Card| {
            let mut out = Vec::new();
            card.write(&mut out, Terminal { width: 100, colors: false }).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(written(&card).contains("  only  on an imagined computer, because this computer has no pipes\n"));
        assert_eq!(card.entry().only_imagined_because, Some("this computer has no pipes"));
        assert!(!card.entry().measurable);
        card.only_imagined = None;
        assert!(!written(&card).contains("imagined"));
        assert!(card.entry().measurable);
    }
}
