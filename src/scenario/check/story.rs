//! Rules on variants, texts and lesson: what they name must be there.

use super::{check_name, repeated};
use crate::lang::Text;
use crate::model;
use crate::scenario::condition::Operand;
use crate::scenario::fault::{Fault, Message, Path, allowed};
use crate::scenario::{Ask, Scenario, catalog, condition, placeholder};

/// The faults of variants, texts and lesson of a scenario whose workload is valid.
pub fn story(scenario: &Scenario) -> Vec<Fault> {
    let mut out = Vec::new();
    variants(scenario, &mut out);
    if out.is_empty() {
        texts(scenario, &mut out);
        lesson(scenario, &mut out);
    }
    out
}

fn variants(scenario: &Scenario, out: &mut Vec<Fault>) {
    let list = Path::ROOT.key("variant");
    let path = |index: usize, id: &str| list.named_item(index, id).key("id");
    for (index, variant) in scenario.variants.iter().enumerate() {
        check_name(path(index, &variant.id), &variant.id, out);
        if model::find(&variant.id).is_some() {
            // Conditions say `one.makespan` and `threads.makespan`: the two kinds of names must not meet.
            let text = Text::new("`{}` is the name of a model", "`{}` é o nome de um modelo");
            out.push(Fault::new(path(index, &variant.id), Message::new(text, &[&variant.id])));
        }
    }
    for (index, id) in repeated(scenario.variants.iter().map(|variant| variant.id.as_str())) {
        let text = Text::new("another variant has the id `{}`", "outra variante tem o id `{}`");
        out.push(Fault::new(path(index, id), Message::new(text, &[&id])));
    }
}

fn texts(scenario: &Scenario, out: &mut Vec<Fault>) {
    let ids: Vec<&str> = scenario.variants.iter().map(|variant| variant.id.as_str()).collect();
    for (lang, texts) in &scenario.texts {
        let path = Path::ROOT.key("text").key(lang.tag());
        for (key, text) in [("expect", &texts.expect), ("explain", &texts.explain)] {
            let Some(text) = text else { continue };
            if let Err(message) = placeholder::parts(text) {
                out.push(Fault::new(path.key(key), message));
            }
            figures(scenario, placeholder::figures(text).iter(), &path.key(key), out);
        }
        for id in texts.variants.keys() {
            if !ids.contains(&id.as_str()) {
                let message = Message::new(Text::new("there is no variant `{}`", "não há variante `{}`"), &[id]);
                let help = (!ids.is_empty()).then(|| allowed(id, &ids));
                out.push(Fault::of_key(path.key("variants").key(id), message).with_help(help));
            }
        }
        choices(scenario, &texts.choices, &path.key("choices"), out);
    }
}

fn choices(scenario: &Scenario, own: &[String], path: &Path, out: &mut Vec<Fault>) {
    let of_lesson = match scenario.lesson.as_ref().and_then(|lesson| lesson.ask.as_ref()) {
        Some(Ask::Choice { choices, .. }) => choices.len(),
        _ => 0,
    };
    if !own.is_empty() && own.len() != of_lesson {
        let text = Text::new("the lesson has {} choices, found {}", "a lição tem {} alternativas; há {}");
        out.push(Fault::new(path.clone(), Message::new(text, &[&of_lesson, &own.len()])));
    }
}

fn lesson(scenario: &Scenario, out: &mut Vec<Fault>) {
    let Some(lesson) = &scenario.lesson else { return };
    let path = Path::ROOT.key("lesson");
    let chapters = catalog::CHAPTERS.each_ref().map(|chapter| chapter.id);
    if !chapters.contains(&lesson.chapter.as_str()) {
        let text = Text::new("there is no chapter `{}`", "não há capítulo `{}`");
        let fault = Fault::new(path.key("chapter"), Message::new(text, &[&lesson.chapter]));
        out.push(fault.with_help(Some(allowed(&lesson.chapter, &chapters))));
    }
    if let Some(Ask::Choice { choices, answer }) = &lesson.ask {
        if choices.len() < 2 {
            let text =
                Text::new("needs two choices at least, found {}", "precisa de duas alternativas ao menos; há {}");
            out.push(Fault::new(path.key("choices"), Message::new(text, &[&choices.len()])));
        } else if !(1..=choices.len()).contains(answer) {
            let text = Text::new(
                "must be the number of a choice, from 1 to {}, found {}",
                "deve ser o número de uma alternativa, de 1 a {}; há {}",
            );
            out.push(Fault::new(path.key("answer"), Message::new(text, &[&choices.len(), answer])));
        }
    }
    for (index, written) in lesson.holds.iter().enumerate() {
        let path = path.key("holds").item(index);
        match condition::parse(written) {
            Err(error) => out.push(Fault::new(path, error.message)),
            Ok(condition) => figures(scenario, condition.operands().into_iter(), &path, out),
        }
    }
}

/// Each figure must be one of some run of this scenario.
fn figures<'a>(scenario: &Scenario, operands: impl Iterator<Item = &'a Operand>, path: &Path, out: &mut Vec<Fault>) {
    let unknown = operands.filter_map(|operand| operand.resolve(scenario).err());
    out.extend(unknown.map(|message| Fault::new(path.clone(), message)));
}
