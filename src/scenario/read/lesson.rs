//! `[text.LANG]` and `[lesson]`.

use std::collections::BTreeMap;

use super::tree::{Faults, Node, Table};
use crate::lang::{Lang, Text};
use crate::scenario::fault::{Fault, Message, allowed};
use crate::scenario::{Ask, Lesson, Texts};

pub(super) fn texts(root: &Table<'_>, out: &mut Faults) -> BTreeMap<Lang, Texts> {
    let mut texts = BTreeMap::new();
    let Some(all) = root.get("text").and_then(|node| node.table(out)) else { return texts };
    for (tag, node) in all.in_order() {
        let Some(lang) = Lang::from_tag(tag) else {
            let tags = Lang::ALL.map(Lang::tag);
            let message = Message::new(Text::new("unknown language `{}`", "idioma desconhecido `{}`"), &[&tag]);
            out.push(Fault::of_key(node.path.clone(), message).with_help(Some(allowed(tag, &tags))));
            continue;
        };
        if let Some(table) = node.table(out) {
            texts.insert(lang, of_lang(&table, out));
        }
    }
    texts
}

fn of_lang(table: &Table<'_>, out: &mut Faults) -> Texts {
    table.only(&["title", "summary", "expect", "explain", "claim", "choices", "variants", "variant"], out);
    let text = |key: &str, out: &mut Faults| table.get(key).and_then(|node| node.text(out)).map(str::to_owned);
    let mut variants = BTreeMap::new();
    if let Some(titles) = table.get("variants").and_then(|node| node.table(out)) {
        for (id, node) in titles.in_order() {
            variants.extend(node.text(out).map(|title| (id.to_owned(), title.to_owned())));
        }
    }
    Texts {
        title: text("title", out),
        summary: text("summary", out),
        expect: text("expect", out),
        explain: text("explain", out),
        claim: text("claim", out),
        choices: table.get("choices").map(|node| list(&node, out)).unwrap_or_default(),
        variants,
        variant: text("variant", out),
    }
}

pub(super) fn lesson(node: &Node<'_>, out: &mut Faults) -> Option<Lesson> {
    let table = node.table(out)?;
    table.only(&["chapter", "claim", "ask", "choices", "answer", "holds"], out);
    Some(Lesson {
        chapter: table.need("chapter", out).and_then(|node| node.text(out)).unwrap_or_default().to_owned(),
        claim: table.get("claim").and_then(|node| node.text(out)).map(str::to_owned),
        ask: ask(&table, out),
        holds: table.get("holds").map(|node| list(&node, out)).unwrap_or_default(),
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Question {
    Rank,
    Makespan,
    Choice,
}

fn ask(table: &Table<'_>, out: &mut Faults) -> Option<Ask> {
    const QUESTIONS: [(&str, Question); 3] =
        [("rank", Question::Rank), ("makespan", Question::Makespan), ("choice", Question::Choice)];
    let question = table.get("ask").and_then(|node| node.one_of(&QUESTIONS, out));
    if question != Some(Question::Choice) {
        for key in ["choices", "answer"] {
            if let Some(node) = table.get(key) {
                let text = Text::new("only `ask = \"choice\"` has `{}`", "só `ask = \"choice\"` tem `{}`");
                out.push(Fault::of_key(node.path, Message::new(text, &[&key])));
            }
        }
    }
    Some(match question? {
        Question::Rank => Ask::Rank,
        Question::Makespan => Ask::Makespan,
        Question::Choice => {
            let choices = table.need("choices", out).map(|node| list(&node, out)).unwrap_or_default();
            let answer = table.need("answer", out)?.whole(0..=i64::from(u32::MAX), out)?;
            Ask::Choice { choices, answer: usize::try_from(answer).ok()? }
        }
    })
}

fn list(node: &Node<'_>, out: &mut Faults) -> Vec<String> {
    let mut texts = Vec::new();
    for node in node.array(out) {
        texts.extend(node.text(out).map(str::to_owned));
    }
    texts
}
