//! Finding lessons and models by words, in either language. Pure.

use std::collections::BTreeSet;

use super::lessons::{Gallery, Lesson};
use crate::lang::{Lang, Text};
use crate::model::{self, Model};
use crate::scenario::catalog;

/// What a search comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Ids, in the order of the path.
    pub lessons: Vec<&'static str>,
    pub models: Vec<&'static Model>,
}

/// Every lesson and model in which each word of the search begins some word. What lessons explain in passing is looked
/// at only where nothing else has the words.
pub fn find(gallery: &Gallery, search: &str) -> Found {
    let wanted = words(search);
    let path = || catalog::CHAPTERS.iter().flat_map(|chapter| gallery.of_chapter(chapter));
    let lessons = |texts: &dyn Fn(&Lesson) -> String| -> Vec<&'static str> {
        path().filter(|lesson| has(&texts(lesson), &wanted)).map(|lesson| lesson.id).collect()
    };
    let mut own = lessons(&about);
    let models = model::all().filter(|model| has(&named(model), &wanted)).collect();
    if own.is_empty() {
        own = lessons(&|lesson| format!("{} {}", about(lesson), in_passing(lesson)));
    }
    Found { lessons: own, models }
}

/// Whether each word of the search begins some word of the text.
pub fn has_all(text: &str, search: &str) -> bool {
    has(text, &words(search))
}

fn has(text: &str, wanted: &BTreeSet<String>) -> bool {
    let own = words(text);
    wanted.iter().all(|word| own.range(word.clone()..).next().is_some_and(|first| first.starts_with(word.as_str())))
}

fn words(text: &str) -> BTreeSet<String> {
    text.to_lowercase().split(|letter: char| !letter.is_alphanumeric()).map(str::to_owned).collect()
}

/// Its title, summary, claim and question, its chapter, and the models it runs.
fn about(lesson: &Lesson) -> String {
    let scenario = &lesson.scenario;
    let mut texts = vec![lesson.id.to_owned()];
    for lang in Lang::ALL {
        let own = [scenario.claim(lang), scenario.expect(lang)].into_iter().flatten();
        texts.extend([scenario.title(lang), scenario.summary(lang)].into_iter().chain(own).map(str::to_owned));
    }
    let chapter = catalog::CHAPTERS.iter().find(|chapter| lesson.chapter() == Some(chapter.id));
    texts.extend(chapter.into_iter().flat_map(|chapter| both(chapter.title)));
    let models = scenario.models.iter().chain(scenario.variants.iter().flat_map(|variant| &variant.scenario.models));
    texts.extend(models.flat_map(|choice| both(choice.model.name).into_iter().chain([choice.model.id.to_owned()])));
    texts.join(" ")
}

fn in_passing(lesson: &Lesson) -> String {
    Lang::ALL.map(|lang| lesson.scenario.explain(lang).unwrap_or_default()).join(" ")
}

fn named(model: &Model) -> String {
    [model.name, model.brief, model.made].map(|text| both(text).join(" ")).join(" ") + " " + model.id
}

fn both(text: Text) -> [String; 2] {
    Lang::ALL.map(|lang| text.get(lang).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_field_find_something() {
        let gallery = Gallery::new();
        let found = |search: &str| find(&gallery, search);
        for word in ["race", "deadlock", "gil", "async", "asyncio", "python", "multiprocessing", "corrotina"] {
            let found = found(word);
            assert!(!found.lessons.is_empty() || !found.models.is_empty(), "nothing has “{word}”");
        }
        assert!(found("race").lessons.contains(&"lost-update"), "{:?}", found("race").lessons);
        assert!(found("asyncio").models.iter().any(|model| model.id == "python-asyncio"));
        assert_eq!(found("BOILING eg").lessons, ["boiling-eggs"]);
        assert_eq!(found("quux"), Found::default());
    }
}
