//! The lessons as the home screen has them: the path from chapter to chapter, and what a card says of each.

use std::sync::Arc;

use crate::gui::presets::{self, Preset};
use crate::scenario::Scenario;
use crate::scenario::catalog::{self, Chapter};
use crate::time::Nanos;

/// Built once: the catalog as cards show it.
pub struct Gallery {
    pub lessons: Vec<Lesson>,
}

/// One built-in scenario and what its card says of it.
pub struct Lesson {
    pub id: &'static str,
    pub scenario: Arc<Scenario>,
    pub kind: Preset,
    /// All steps of all tasks and variants, one after another.
    pub work: Nanos,
}

impl Gallery {
    pub fn new() -> Self {
        let lesson = |(id, scenario): (&'static str, Arc<Scenario>)| Lesson {
            id,
            kind: Preset::of(&scenario.groups),
            work: work(&scenario),
            scenario,
        };
        Gallery { lessons: catalog::all().map(lesson).collect() }
    }

    /// The lesson that comes after the one of that id on the path, chapter by chapter; `None` after the last.
    pub fn after(&self, id: &str) -> Option<&Lesson> {
        let path = || catalog::CHAPTERS.iter().flat_map(|chapter| self.of_chapter(chapter));
        path().skip_while(|lesson| lesson.id != id).nth(1)
    }

    /// The first lesson of the path that is not done yet.
    pub fn next(&self, is_done: impl Fn(&str) -> bool) -> Option<&Lesson> {
        let path = catalog::CHAPTERS.iter().flat_map(|chapter| self.of_chapter(chapter));
        path.into_iter().find(|lesson| !is_done(lesson.id))
    }

    pub fn of_chapter<'a>(&'a self, chapter: &'a Chapter) -> impl Iterator<Item = &'a Lesson> {
        self.lessons.iter().filter(move |lesson| lesson.chapter() == Some(chapter.id))
    }
}

impl Lesson {
    pub fn chapter(&self) -> Option<&str> {
        self.scenario.lesson.as_ref().map(|lesson| lesson.chapter.as_str())
    }
}

fn work(scenario: &Scenario) -> Nanos {
    let group = |group: &crate::scenario::Group| {
        let (cpu, io) = presets::demand(&group.steps);
        (cpu + io) * i64::from(group.count)
    };
    scenario.groups.iter().map(group).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lesson_has_a_chapter_and_work() {
        let gallery = Gallery::new();
        assert!(!gallery.lessons.is_empty());
        for lesson in &gallery.lessons {
            let known = catalog::CHAPTERS.iter().any(|chapter| Some(chapter.id) == lesson.chapter());
            assert!(known, "{}: chapter {:?}", lesson.id, lesson.chapter());
            assert!(lesson.work > Nanos::ZERO, "{}", lesson.id);
        }
    }
}
