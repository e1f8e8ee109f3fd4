//! From a scenario and the options of `run` to the runs to be made: variants × models. Pure.

use std::sync::Arc;

use super::args::{RunArgs, unknown};
use super::failure::Failure;
use super::load::Named;
use super::report::count_of_cores;
use crate::engine::{self, Request};
use crate::scenario::fault::Fault;
use crate::scenario::{Engine, Scenario};
use crate::simulate::costs::CostTable;

/// The runs, in the order of the scenario: all models of a variant, then the next variant.
///
/// # Errors
/// An option that this version lacks, a variant that does not exist, or a scenario that the options make invalid.
pub fn requests(named: &Named, args: &RunArgs, costs: Option<&Arc<CostTable>>) -> Result<Vec<Request>, Failure> {
    refuse_unbuilt(args)?;
    let adapted = adapted(&named.scenario, args)?;
    let mut requests: Vec<Request> = Vec::new();
    for variant in variants(&named.scenario, args)? {
        let mut scenario = adapted.variant(variant.as_deref()).expect("adapting keeps all variants").clone();
        if args.simulate {
            scenario.engine = Engine::Simulated;
        }
        let scenario = Arc::new(scenario);
        let choices = if args.models.is_empty() { &scenario.models } else { &args.models };
        for choice in choices {
            let request = Request {
                scenario_id: named.id.clone(),
                scenario: Arc::clone(&scenario),
                variant: variant.clone(),
                choice: choice.clone(),
                cores: scenario.machine.cores.unwrap_or_else(|| engine::default_cores(scenario.engine)),
                seed: scenario.machine.seed,
                repeat: 0,
                engine: scenario.engine,
                costs: costs.cloned(),
            };
            let same = |other: &Request| (&other.variant, &other.choice) == (&request.variant, &request.choice);
            if !requests.iter().any(same) {
                requests.push(request);
            }
        }
    }
    Ok(requests)
}

fn refuse_unbuilt(args: &RunArgs) -> Result<(), Failure> {
    if args.python.is_some() { Err(Failure::not_available("--python")) } else { Ok(()) }
}

/// The chosen variants, or all, or the scenario as it is when it has none.
fn variants(scenario: &Scenario, args: &RunArgs) -> Result<Vec<Option<String>>, Failure> {
    let ids: Vec<&str> = scenario.variants.iter().map(|variant| variant.id.as_str()).collect();
    for asked in &args.variants {
        if !ids.contains(&asked.as_str()) {
            return Err(Failure::Usage(match ids.as_slice() {
                [] => format!("there is no variant `{asked}`: this scenario has none"),
                ids => unknown("variant", asked, ids),
            }));
        }
    }
    Ok(match ids.as_slice() {
        [] => vec![None],
        ids => {
            let wanted = |id: &&&str| args.variants.is_empty() || args.variants.iter().any(|asked| asked == **id);
            ids.iter().filter(wanted).map(|id| Some((*id).to_owned())).collect()
        }
    })
}

/// What the variants that are run keep to although the command line says otherwise: `variant `one` keeps its 1 core`.
pub fn kept_by_variants(requests: &[Request], args: &RunArgs) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for request in requests {
        let (Some(variant), scenario) = (&request.variant, &request.scenario) else { continue };
        let first = scenario.groups.first().map_or(0, |group| group.count);
        let (cores, seed) = (request.cores, request.seed);
        let own = [
            (args.cores.is_some_and(|asked| asked != cores), format!("--cores: it is about {}", count_of_cores(cores))),
            (args.tasks.is_some_and(|asked| asked != first), format!("--tasks: it is about {first} of them")),
            (args.seed.is_some_and(|asked| asked != seed), format!("--seed: its own is {seed}")),
        ];
        for (_, why) in own.into_iter().filter(|(is_kept, _)| *is_kept) {
            let line = format!("variant `{variant}` does not heed {why}");
            if !kept.contains(&line) {
                kept.push(line);
            }
        }
    }
    kept
}

/// The scenario with what the command line says in it: that wins over the file, but not over what a variant is about.
fn adapted(scenario: &Scenario, args: &RunArgs) -> Result<Scenario, Failure> {
    let mut scenario = scenario.clone();
    if let Some(cores) = args.cores {
        scenario = scenario.with_cores(cores).map_err(|faults| refused(&faults))?;
    }
    if let Some(seed) = args.seed {
        scenario = scenario.with_seed(seed).map_err(|faults| refused(&faults))?;
    }
    if let Some(tasks) = args.tasks {
        scenario = scenario.with_tasks(tasks).map_err(|faults| refused(&faults))?;
    }
    Ok(scenario)
}

/// What the checker says of a scenario that the options made invalid.
pub fn refused(faults: &[Fault]) -> Failure {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Failure::Usage(lines.join("\n"))
}
