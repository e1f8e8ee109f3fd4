//! The set-up a person is editing: a checked scenario, the models and variants to run it under, and what was undone.
//!
//! Knows no window. Invariant: the scenario in a draft is valid; an edit that is not is refused whole, with the
//! checker's words, and changes nothing.

use std::sync::Arc;

use super::presets::{self, Preset};
use crate::engine::Request;
use crate::host;
use crate::lang::Lang;
use crate::model::ModelChoice;
use crate::scenario::fault::Fault;
use crate::scenario::{Group, Machine, Scenario, read, write};

/// How far back undo goes.
const UNDO_MAX: usize = 200;

/// One change to the set-up.
#[derive(Clone, Debug)]
pub enum Edit {
    Group(usize, Box<Group>),
    AddGroup,
    RemoveGroup(usize),
    Preset(Preset),
    Machine(Machine),
    Models(Vec<ModelChoice>),
    Variants(Vec<String>),
    /// A whole scenario as TOML.
    Toml(String),
}

/// What can be undone as one piece. Cheap to keep: the scenario is shared.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    pub scenario: Arc<Scenario>,
    pub models: Vec<ModelChoice>,
    /// Ids of the variants to run; heeded only where the scenario has any.
    pub variants: Vec<String>,
}

/// See the module.
#[derive(Debug)]
pub struct Draft {
    /// A built-in's id or a file's stem.
    pub id: String,
    /// Grows with every change: the key of what is derived from the set-up.
    pub revision: u64,
    setup: Setup,
    undo: Vec<Setup>,
    redo: Vec<Setup>,
    /// Which gesture made the last edit: edits of one drag are undone as one.
    gesture: Option<u64>,
}

impl Draft {
    pub fn new(id: impl Into<String>, scenario: Arc<Scenario>) -> Self {
        let setup = Setup {
            models: scenario.models.clone(),
            variants: scenario.variants.iter().map(|variant| variant.id.clone()).collect(),
            scenario,
        };
        Draft { id: id.into(), revision: 0, setup, undo: Vec::new(), redo: Vec::new(), gesture: None }
    }

    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.setup.scenario
    }

    pub fn models(&self) -> &[ModelChoice] {
        &self.setup.models
    }

    pub fn variants(&self) -> &[String] {
        &self.setup.variants
    }

    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Cores a run may use where no variant says otherwise.
    pub fn cores(&self) -> u32 {
        self.setup.scenario.machine.cores.unwrap_or_else(host::cores)
    }

    /// The set-up as the file a person would share.
    pub fn toml(&self) -> String {
        let mut scenario = Scenario::clone(&self.setup.scenario);
        if !self.setup.models.is_empty() {
            scenario.models.clone_from(&self.setup.models);
        }
        write::write(&scenario)
    }

    /// Applies one change. `gesture` names the drag it belongs to, if any.
    ///
    /// # Errors
    /// The checker's words; the draft is as it was.
    pub fn edit(&mut self, edit: Edit, gesture: Option<u64>, lang: Lang) -> Result<(), String> {
        let next = self.edited(edit, lang)?;
        if next == self.setup {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.setup, next);
        if gesture.is_none() || gesture != self.gesture {
            self.undo.push(before);
            if self.undo.len() > UNDO_MAX {
                self.undo.remove(0);
            }
        }
        self.gesture = gesture;
        self.redo.clear();
        self.revision += 1;
        Ok(())
    }

    pub fn undo(&mut self) {
        if let Some(before) = self.undo.pop() {
            self.redo.push(std::mem::replace(&mut self.setup, before));
            self.gesture = None;
            self.revision += 1;
        }
    }

    pub fn redo(&mut self) {
        if let Some(after) = self.redo.pop() {
            self.undo.push(std::mem::replace(&mut self.setup, after));
            self.gesture = None;
            self.revision += 1;
        }
    }

    fn edited(&self, edit: Edit, lang: Lang) -> Result<Setup, String> {
        let mut setup = self.setup.clone();
        let mut scenario = Scenario::clone(&setup.scenario);
        match edit {
            Edit::Models(models) => {
                setup.models = models;
                return Ok(setup);
            }
            Edit::Variants(variants) => {
                setup.variants = variants;
                return Ok(setup);
            }
            Edit::Toml(text) => {
                let scenario = parse(&self.id, &text, lang)?;
                setup.models.clone_from(&scenario.models);
                setup.variants = scenario.variants.iter().map(|variant| variant.id.clone()).collect();
                setup.scenario = Arc::new(scenario);
                return Ok(setup);
            }
            Edit::Group(at, group) => {
                if let Some(own) = scenario.groups.get_mut(at) {
                    *own = *group;
                }
            }
            Edit::AddGroup => {
                let group = presets::another_group(&scenario);
                scenario.groups.push(group);
            }
            Edit::RemoveGroup(at) => remove_group(&mut scenario, at),
            Edit::Preset(preset) => scenario.groups = vec![presets::group(preset, scenario.groups.first())],
            Edit::Machine(machine) => scenario.machine = machine,
        }
        let spoken = |faults: Vec<Fault>| faults.iter().map(|fault| fault.line(lang)).collect::<Vec<_>>().join("\n");
        setup.scenario = Arc::new(scenario.check().map_err(spoken)?);
        Ok(setup)
    }

    /// What Run would run: variants × models, in the order they are shown.
    pub fn requests(&self) -> Vec<Request> {
        let variants: Vec<Option<&str>> = match &self.setup.scenario.variants[..] {
            [] => vec![None],
            all => all.iter().map(|variant| variant.id.as_str()).filter(|id| self.runs_variant(id)).map(Some).collect(),
        };
        variants.into_iter().flat_map(|variant| self.requests_of(variant)).collect()
    }

    fn runs_variant(&self, id: &str) -> bool {
        self.setup.variants.iter().any(|own| own == id)
    }

    fn requests_of<'a>(&'a self, variant: Option<&'a str>) -> impl Iterator<Item = Request> + 'a {
        let scenario = self.setup.scenario.variant(variant).unwrap_or(&self.setup.scenario);
        // A variant that names its own models is about them.
        let own = self.setup.scenario.variants.iter().find(|own| Some(own.id.as_str()) == variant);
        let names_models = own.is_some_and(|own| own.set.iter().any(|(key, _)| key == "models"));
        let models = if names_models { &scenario.models } else { &self.setup.models };
        let shared = Arc::new(scenario.clone());
        models.iter().map(move |choice| Request {
            scenario_id: self.id.clone(),
            scenario: Arc::clone(&shared),
            variant: variant.map(str::to_owned),
            choice: choice.clone(),
            cores: shared.machine.cores.unwrap_or_else(host::cores),
            seed: shared.machine.seed,
            repeat: 0,
        })
    }
}

/// Reads a scenario. The error is for a person: file, line, column, what was found, what is allowed.
pub fn parse(id: &str, text: &str, lang: Lang) -> Result<Scenario, String> {
    read::read(&format!("{id}.toml"), text).map_err(|problems| problems.render(lang))
}

/// Takes the group out and keeps everyone else's `after` pointing at the right ones. The last group stays.
fn remove_group(scenario: &mut Scenario, at: usize) {
    if scenario.groups.len() < 2 || at >= scenario.groups.len() {
        return;
    }
    scenario.groups.remove(at);
    for group in &mut scenario.groups {
        group.after.retain(|other| *other != at);
        for other in &mut group.after {
            *other -= usize::from(*other > at);
        }
    }
}
