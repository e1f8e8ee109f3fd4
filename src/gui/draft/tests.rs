//! The set-up that is edited: what edits change, what they refuse, and what is undone.

use super::*;
use crate::scenario::catalog;

fn draft(id: &str) -> Draft {
    Draft::new(id, catalog::find(id).unwrap())
}

#[test]
fn one_request_for_each_variant_and_model() {
    let mut draft = draft("cashiers");
    let of = |draft: &Draft| -> Vec<(Option<String>, u32)> {
        draft.requests().iter().map(|request| (request.variant.clone(), request.cores)).collect()
    };
    assert_eq!(of(&draft), [(Some("one".to_owned()), 1), (Some("two".to_owned()), 2)]);
    draft.edit(Edit::Variants(vec!["two".to_owned()]), None, Lang::En).unwrap();
    assert_eq!(of(&draft), [(Some("two".to_owned()), 2)]);
    draft.edit(Edit::Models(vec![]), None, Lang::En).unwrap();
    assert!(of(&draft).is_empty());
    draft.undo();
    draft.undo();
    assert_eq!(of(&draft).len(), 2);
}

#[test]
fn a_refused_edit_changes_nothing() {
    let mut draft = draft("kitchen");
    let before = Arc::clone(draft.scenario());
    let group = Group { count: 0, ..before.groups[0].clone() };
    let error = draft.edit(Edit::Group(0, Box::new(group)), None, Lang::En).unwrap_err();
    assert!(error.contains("count"), "{error}");
    assert_eq!(*draft.scenario(), before);
    assert!(!draft.can_undo());
}

/// What an imagined computer has, this one need not have.
#[test]
fn imagined_cores_do_not_follow_to_this_computer() {
    let mut draft = draft("kitchen");
    let turn = |draft: &mut Draft, engine| {
        draft.edit(Edit::Engine(engine), None, Lang::En).unwrap();
        draft.cores()
    };
    turn(&mut draft, Engine::Simulated);
    let many = host::cores() + 40;
    draft.edit(Edit::Machine(draft.machine_with_cores(many)), None, Lang::En).unwrap();
    assert_eq!(turn(&mut draft, Engine::Measured), host::cores());
    assert_eq!(turn(&mut draft, Engine::Simulated), many);
    for cores in [1, host::cores(), 7] {
        draft.edit(Edit::Machine(draft.machine_with_cores(cores)), None, Lang::En).unwrap();
        assert_eq!(draft.cores(), cores);
    }
}

#[test]
fn to_look_at_it_on_the_other_computer_is_not_undone() {
    let mut draft = draft("kitchen");
    let count = |draft: &Draft| draft.scenario().groups[0].count;
    let before = count(&draft);
    let group = Group { count: 3, ..draft.scenario().groups[0].clone() };
    draft.edit(Edit::Group(0, Box::new(group)), None, Lang::En).unwrap();
    draft.edit(Edit::Engine(Engine::Simulated), None, Lang::En).unwrap();
    draft.undo();
    assert_eq!((draft.engine(), count(&draft)), (Engine::Simulated, before));
    assert!(!draft.can_undo(), "there was one change");
    draft.edit(Edit::Engine(Engine::Measured), None, Lang::En).unwrap();
    draft.redo();
    assert_eq!((draft.engine(), count(&draft)), (Engine::Measured, 3), "what was undone is still to be redone");
    // A whole scenario says itself where it runs: that is undone with it.
    let text =
        draft.toml().replacen("engine = \"measured\"", "", 1).replacen("title", "engine = \"simulated\"\ntitle", 1);
    draft.edit(Edit::Toml(text), None, Lang::En).unwrap();
    assert_eq!(draft.engine(), Engine::Simulated);
    draft.undo();
    assert_eq!((draft.engine(), count(&draft)), (Engine::Measured, 3));
    draft.redo();
    assert_eq!(draft.engine(), Engine::Simulated);
}

#[test]
fn what_is_saved_is_no_change() {
    let mut draft = draft("kitchen");
    draft.edit(Edit::Engine(Engine::Simulated), None, Lang::En).unwrap();
    assert!(!draft.is_changed(), "looked at in another way");
    draft.edit(Edit::Models(vec![]), None, Lang::En).unwrap();
    assert!(draft.is_changed());
    let revision = draft.revision;
    draft.undo();
    assert!(!draft.is_changed());
    draft.redo();
    draft.saved(revision);
    assert!(draft.is_changed(), "an older state was saved");
    draft.saved(draft.revision);
    assert!(!draft.is_changed());
}

#[test]
fn a_drag_is_undone_as_one() {
    let mut draft = draft("kitchen");
    let own = draft.scenario().groups[0].clone();
    for (count, gesture) in [(5, 1), (6, 1), (7, 1), (8, 2)] {
        let group = Group { count, ..own.clone() };
        draft.edit(Edit::Group(0, Box::new(group)), Some(gesture), Lang::En).unwrap();
    }
    let counts: Vec<u32> = std::iter::from_fn(|| {
        let now = draft.scenario().groups[0].count;
        draft.can_undo().then(|| {
            draft.undo();
            now
        })
    })
    .collect();
    assert_eq!(counts, [8, 7], "two drags, two steps back");
    assert_eq!(draft.scenario().groups[0].count, own.count);
    draft.redo();
    assert_eq!(draft.scenario().groups[0].count, 7);
}

#[test]
fn removing_a_group_keeps_what_comes_after_what() {
    let text = "format = 1\ntitle = \"Three\"\nmodels = [\"threads\"]\n\
        [[task]]\nname = \"a\"\nsteps = [{ cpu = \"1ms\" }]\n\
        [[task]]\nname = \"b\"\nsteps = [{ cpu = \"1ms\" }]\n\
        [[task]]\nname = \"c\"\nafter = [\"b\"]\nsteps = [{ cpu = \"1ms\" }]\n";
    let scenario = parse("abc", text).unwrap_or_else(|error| panic!("{error}"));
    let mut draft = Draft::new("abc", Arc::new(scenario));
    draft.edit(Edit::RemoveGroup(0), None, Lang::En).unwrap();
    let groups = &draft.scenario().groups;
    assert_eq!((groups.len(), &groups[1].after[..]), (2, &[0][..]));
    draft.edit(Edit::RemoveGroup(0), None, Lang::En).unwrap();
    assert!(draft.scenario().groups[0].after.is_empty());
    draft.edit(Edit::RemoveGroup(0), None, Lang::En).unwrap();
    assert_eq!(draft.scenario().groups.len(), 1, "the last group stays");
}
