//! The set-up a person is editing: a checked scenario, the models and variants to run it under, and what was undone.
//!
//! Knows no window. Invariant: the scenario in a draft is valid; an edit that is not is refused whole, with the
//! checker's words, and changes nothing.

use std::sync::Arc;

use super::presets::{self, Preset};
use crate::engine::{self, Request};
use crate::host;
use crate::lang::{Lang, Text};
use crate::model::ModelChoice;
use crate::scenario::fault::Fault;
use crate::scenario::read::Problems;
use crate::scenario::{Channel, Engine, Group, Lock, Machine, Scenario, Variable, Variant, read, write};
use crate::simulate::costs::CostTable;

/// How far back undo goes.
const UNDO_MAX: usize = 200;

/// One change to the set-up.
#[derive(Clone, Debug)]
pub enum Edit {
    Group(usize, Box<Group>),
    AddGroup,
    RemoveGroup(usize),
    /// All of them.
    Groups(Vec<Group>),
    Preset(Preset),
    Machine(Machine),
    Shared(Things),
    Models(Vec<ModelChoice>),
    Variants(Vec<String>),
    Engine(Engine),
    /// A whole scenario as TOML.
    Toml(String),
}

/// What a scenario declares of the things its tasks share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Things {
    pub channels: Vec<Channel>,
    pub locks: Vec<Lock>,
    pub variables: Vec<Variable>,
}

impl Things {
    pub fn of(scenario: &Scenario) -> Self {
        Things {
            channels: scenario.channels.clone(),
            locks: scenario.locks.clone(),
            variables: scenario.variables.clone(),
        }
    }
}

/// Which of the chosen variants have a number of cores of their own: that of the set-up is not theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariantsWithCores {
    None,
    Some,
    All,
}

impl VariantsWithCores {
    /// What a person who changes the number of cores has to know.
    pub fn words(self) -> Option<Text> {
        match self {
            VariantsWithCores::None => None,
            VariantsWithCores::Some => Some(Text::new(
                "Some variants have a number of cores of their own.",
                "Algumas variantes têm seu próprio número de núcleos.",
            )),
            VariantsWithCores::All => Some(Text::new(
                "Each variant has its own number of cores: it stands in the workload as TOML.",
                "Cada variante tem seu próprio número de núcleos: ele está na carga em TOML.",
            )),
        }
    }
}

/// What can be undone as one piece. Cheap to keep: the scenario is shared.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    pub scenario: Arc<Scenario>,
    pub models: Vec<ModelChoice>,
    /// Ids of the variants to run; heeded only where the scenario has any.
    pub variants: Vec<String>,
    /// Whether to run it for real or on an imagined computer.
    pub engine: Engine,
    /// More cores than this computer has, for when it is imagined again.
    imagined_cores: Option<u32>,
}

/// One change, to be undone or redone.
#[derive(Debug)]
struct Turn {
    /// What it leads to.
    setup: Setup,
    /// The change itself chose the computer, as a whole scenario does. Else one stays where one is: for real or imagined
    /// is a way to look at it, and no change.
    moves: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Draft {
    /// A built-in's id or a file's stem.
    pub id: String,
    /// Grows with every change: the key of what is derived from the set-up.
    pub revision: u64,
    setup: Setup,
    /// As it is in a file, built in or saved since.
    kept: Setup,
    /// What an imagined computer charges where the scenario does not say; `None`: Tasklane's defaults. A setting of the
    /// person's, not of the set-up: it is not undone.
    costs: Option<Arc<CostTable>>,
    /// Derived from the set-up, for panels that ask in every frame.
    requests: Vec<Request>,
    undo: Vec<Turn>,
    redo: Vec<Turn>,
    /// Which gesture made the last edit: edits of one drag or one typing are undone as one.
    gesture: Option<u64>,
}

impl Draft {
    /// To be run where the scenario says.
    pub fn new(id: impl Into<String>, scenario: Arc<Scenario>) -> Self {
        let engine = scenario.engine;
        Draft::on(engine, id, scenario)
    }

    /// To be run there, whatever the scenario says.
    pub fn on(engine: Engine, id: impl Into<String>, scenario: Arc<Scenario>) -> Self {
        let setup = Setup {
            models: scenario.models.clone(),
            variants: scenario.variants.iter().map(|variant| variant.id.clone()).collect(),
            engine,
            imagined_cores: None,
            scenario,
        };
        let id = id.into();
        let requests = setup.requests(&id, None);
        let kept = setup.clone();
        Draft { id, revision: 0, setup, kept, costs: None, requests, undo: Vec::new(), redo: Vec::new(), gesture: None }
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

    pub fn engine(&self) -> Engine {
        self.setup.engine
    }

    pub fn is_imagined(&self) -> bool {
        self.setup.engine == Engine::Simulated
    }

    pub fn costs(&self) -> Option<&CostTable> {
        self.costs.as_deref()
    }

    /// Has an imagined computer charge these from now on.
    pub fn charge(&mut self, costs: Option<&CostTable>) {
        if self.costs() != costs {
            self.costs = costs.cloned().map(Arc::new);
            self.changed();
        }
    }

    /// Something would be lost with it. For real or imagined is a way to look at it, and no change.
    pub fn is_changed(&self) -> bool {
        self.setup != Setup { engine: self.setup.engine, ..self.kept.clone() }
    }

    /// It is in a file as it was at that revision.
    pub fn saved(&mut self, revision: u64) {
        if revision == self.revision {
            self.kept = self.setup.clone();
        }
    }

    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Whether all variants that are chosen bring their own models: then those of the set-up run nowhere.
    pub fn variants_name_models(&self) -> bool {
        let mut chosen = self.setup.scenario.variants.iter().filter(|own| self.setup.runs_variant(&own.id)).peekable();
        chosen.peek().is_some() && chosen.all(names_models)
    }

    /// Which of the chosen variants say themselves how many cores there are.
    pub fn variants_with_cores(&self) -> VariantsWithCores {
        let chosen = || self.setup.scenario.variants.iter().filter(|own| self.setup.runs_variant(&own.id));
        match chosen().filter(|own| names_cores(own)).count() {
            0 => VariantsWithCores::None,
            own if own == chosen().count() => VariantsWithCores::All,
            _ => VariantsWithCores::Some,
        }
    }

    /// Cores a run may use where no variant says otherwise.
    pub fn cores(&self) -> u32 {
        self.setup.scenario.machine.cores.unwrap_or_else(|| engine::default_cores(self.engine()))
    }

    /// The machine with so many cores; as many as there are where nothing is said need not be said.
    pub fn machine_with_cores(&self, cores: u32) -> Machine {
        let is_said = cores != engine::default_cores(self.engine());
        Machine { cores: is_said.then_some(cores), ..self.setup.scenario.machine.clone() }
    }

    /// The set-up as the file a person would share.
    pub fn toml(&self) -> String {
        let mut scenario = Scenario::clone(&self.setup.scenario);
        if !self.setup.models.is_empty() {
            scenario.models.clone_from(&self.setup.models);
        }
        scenario.engine = self.setup.engine;
        write::write(&scenario)
    }

    /// Applies one change. `gesture` names the drag or the typing it belongs to, if any.
    ///
    /// # Errors
    /// The checker's words; the draft is as it was.
    pub fn edit(&mut self, edit: Edit, gesture: Option<u64>, lang: Lang) -> Result<(), String> {
        let is_look = matches!(edit, Edit::Engine(_));
        let next = self.edited(edit, lang)?;
        if next == self.setup {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.setup, next);
        if is_look {
            self.changed();
            return Ok(());
        }
        let goes_on = gesture.is_some() && gesture == self.gesture;
        let is_taken_back = goes_on && self.undo.last().is_some_and(|turn| turn.setup == self.setup);
        if is_taken_back {
            self.undo.pop();
        } else if !goes_on {
            let moves = before.engine != self.setup.engine;
            self.undo.push(Turn { setup: before, moves });
            if self.undo.len() > UNDO_MAX {
                self.undo.remove(0);
            }
        }
        // What comes after it was taken back has a way back of its own.
        self.gesture = gesture.filter(|_| !is_taken_back);
        self.redo.clear();
        self.changed();
        Ok(())
    }

    /// Undoes what belongs to that drag or typing, if the last edit does; there is no redoing it.
    pub fn take_back(&mut self, gesture: u64) {
        if self.gesture == Some(gesture)
            && let Some(turn) = self.undo.pop()
        {
            self.turn(turn);
        }
    }

    pub fn undo(&mut self) {
        if let Some(turn) = self.undo.pop() {
            let back = self.turn(turn);
            self.redo.push(back);
        }
    }

    pub fn redo(&mut self) {
        if let Some(turn) = self.redo.pop() {
            let back = self.turn(turn);
            self.undo.push(back);
        }
    }

    /// Returns the way back.
    fn turn(&mut self, Turn { setup, moves }: Turn) -> Turn {
        let setup = if moves { setup } else { setup.on(self.setup.engine) };
        let back = Turn { setup: std::mem::replace(&mut self.setup, setup), moves };
        self.gesture = None;
        self.changed();
        back
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
            Edit::Engine(engine) => return Ok(setup.on(engine)),
            Edit::Toml(text) => {
                let scenario = parse(&self.id, &text).map_err(|problems| problems.render(lang))?;
                setup.models.clone_from(&scenario.models);
                setup.variants = scenario.variants.iter().map(|variant| variant.id.clone()).collect();
                setup.engine = scenario.engine;
                setup.scenario = Arc::new(scenario);
                return Ok(setup);
            }
            Edit::Group(at, group) => {
                if let Some(own) = scenario.groups.get_mut(at) {
                    *own = *group;
                }
            }
            Edit::AddGroup => {
                let group = presets::another_group(&scenario, lang);
                scenario.groups.push(group);
            }
            Edit::RemoveGroup(at) => remove_group(&mut scenario, at),
            Edit::Groups(groups) => scenario.groups = groups,
            Edit::Preset(preset) => scenario.groups = vec![presets::group(preset, scenario.groups.first())],
            Edit::Machine(machine) => scenario.machine = machine,
            Edit::Shared(Things { channels, locks, variables }) => {
                (scenario.channels, scenario.locks, scenario.variables) = (channels, locks, variables);
            }
        }
        let spoken = |faults: Vec<Fault>| faults.iter().map(|fault| fault.line(lang)).collect::<Vec<_>>().join("\n");
        setup.scenario = Arc::new(scenario.check().map_err(spoken)?);
        Ok(setup)
    }

    fn changed(&mut self) {
        self.revision += 1;
        self.requests = self.setup.requests(&self.id, self.costs.as_ref());
    }

    /// What Run would run: variants × models, in the order they are shown.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }
}

impl Setup {
    /// The same on that computer: what this one cannot have is kept for when it is imagined again.
    fn on(mut self, engine: Engine) -> Self {
        if engine == self.engine {
            return self;
        }
        self.engine = engine;
        let own = self.scenario.machine.cores;
        let cores = match engine {
            Engine::Measured => own.filter(|cores| *cores <= host::cores()),
            Engine::Simulated => own.or(self.imagined_cores),
        };
        if cores != own {
            self.imagined_cores = own;
            Arc::make_mut(&mut self.scenario).machine.cores = cores;
        }
        self
    }

    fn requests(&self, id: &str, costs: Option<&Arc<CostTable>>) -> Vec<Request> {
        let variants: Vec<Option<&str>> = match &self.scenario.variants[..] {
            [] => vec![None],
            all => all.iter().map(|variant| variant.id.as_str()).filter(|id| self.runs_variant(id)).map(Some).collect(),
        };
        variants.into_iter().flat_map(|variant| self.requests_of(id, variant, costs)).collect()
    }

    fn runs_variant(&self, id: &str) -> bool {
        self.variants.iter().any(|own| own == id)
    }

    fn requests_of(&self, id: &str, variant: Option<&str>, costs: Option<&Arc<CostTable>>) -> Vec<Request> {
        let scenario = self.scenario.variant(variant).unwrap_or(&self.scenario);
        // A variant that names its own models is about them.
        let own = self.scenario.variants.iter().find(|own| Some(own.id.as_str()) == variant);
        let models = if own.is_some_and(names_models) { &scenario.models } else { &self.models };
        let shared = Arc::new(scenario.clone());
        let request = |choice: &ModelChoice| Request {
            scenario_id: id.to_owned(),
            scenario: Arc::clone(&shared),
            variant: variant.map(str::to_owned),
            choice: choice.clone(),
            cores: shared.machine.cores.unwrap_or_else(|| engine::default_cores(self.engine)),
            seed: shared.machine.seed,
            repeat: 0,
            engine: self.engine,
            costs: costs.cloned(),
        };
        models.iter().map(request).collect()
    }
}

fn names_cores(variant: &Variant) -> bool {
    variant.set.iter().any(|(key, _)| key == "machine.cores")
}

fn names_models(variant: &Variant) -> bool {
    variant.set.iter().any(|(key, _)| key == "models")
}

/// Reads a scenario.
pub fn parse(id: &str, text: &str) -> Result<Scenario, Problems> {
    read::read(&format!("{id}.toml"), text)
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

#[cfg(test)]
mod tests;
