//! How many files and connections a measured run has open at once, against what the system lets a process have.

use super::{Request, StartError};
use crate::host;
use crate::model::{Plan, WhileInIo, Workers};
use crate::scenario::check::any_step;
use crate::scenario::{Arrive, Group, Step, Via};
use crate::steps::io::{CONNECTIONS_MAX, descriptors_spare};

/// Both ends of its pipes.
const OF_PROCESS: u64 = 2;
/// Both ends of a connection: the server is ours, too.
const OF_CONNECTION: u64 = 2;
/// A copy's source and target.
const OF_FILE: u64 = 2;
/// The database, its journal, and the folder that is synchronized.
const OF_DATABASE: u64 = 3;
/// What tokio lets block at once where nobody says otherwise.
const BLOCKING_DEFAULT: u32 = 512;

/// # Errors
/// [`StartError::TooManyDescriptors`] when tasks that are there together need more than the system ever allows.
pub(super) fn check(request: &Request, plan: &Plan) -> Result<(), StartError> {
    let own = needed(&request.scenario.groups, plan);
    if own == 0 {
        return Ok(());
    }
    let (needed, allowed) = (own + descriptors_spare(), host::raise_descriptor_limit());
    if needed <= allowed {
        return Ok(());
    }
    Err(StartError::TooManyDescriptors { model: request.choice.model.id, needed, allowed })
}

fn needed(groups: &[Group], plan: &Plan) -> u64 {
    let at_once = |via: Via| groups.iter().map(|group| together(group, via)).sum::<u64>();
    let workers = |tasks: u64| match plan.workers {
        Workers::Fixed(workers) | Workers::Split(workers) => tasks.min(u64::from(workers)),
        Workers::PerTask => tasks,
    };
    if plan.processes.is_some() {
        // The other end of its connection, its files and databases are the worker's own.
        let tasks: u64 = groups.iter().map(|group| u64::from(group.count)).sum();
        return workers(tasks) * OF_PROCESS + workers(at_once(Via::Http));
    }
    let on_threads = |via: Via| match plan.io {
        WhileInIo::HoldsWorker => workers(at_once(via)),
        WhileInIo::FreesWorker => at_once(via).min(u64::from(plan.offload.unwrap_or(BLOCKING_DEFAULT))),
    };
    let asking = match plan.io {
        WhileInIo::HoldsWorker => workers(at_once(Via::Http)),
        WhileInIo::FreesWorker => at_once(Via::Http),
    };
    asking.min(CONNECTIONS_MAX as u64) * OF_CONNECTION
        + on_threads(Via::File) * OF_FILE
        + on_threads(Via::Sqlite) * OF_DATABASE
}

/// How many of the group's tasks surely are there together. Those that come one after the other count as one: should too
/// many of them meet, they wait for a connection, which is shown.
fn together(group: &Group, via: Via) -> u64 {
    let uses = any_step(&group.steps, &|step| matches!(step, Step::Io { via: own, .. } if *own == via));
    match group.arrive {
        _ if !uses => 0,
        Arrive::At(_) => u64::from(group.count),
        Arrive::Every(_) | Arrive::Rate(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{self, ModelChoice};
    use crate::scenario::read;

    #[test]
    fn what_is_open_at_once_depends_on_who_waits() {
        let check = |model: &str, steps: &str, expected: u64| {
            let text = format!(
                "format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\n[[task]]\nname = \"a\"\ncount = 3000\nsteps = [{steps}]\n"
            );
            let scenario = read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
            let plan = ModelChoice::new(model::find(model).unwrap()).plan(4);
            assert_eq!(needed(&scenario.groups, &plan), expected, "{model} {steps}");
        };
        let [http, file, sqlite] = ["http", "file", "sqlite"]
            .map(|via| format!("{{ repeat = 2, steps = [{{ io = \"1ms\", via = \"{via}\" }}] }}"));
        check("threads", "{ io = \"1ms\" }", 0);
        check("threads", &http, 2_000);
        check("event-loop", &http, 2_000);
        check("thread-pool", &http, 8);
        check("processes", &http, 12);
        check("processes", &sqlite, 8);
        check("threads", &file, 6_000);
        check("event-loop", &file, 1_024);
        check("sequential", &sqlite, 3);
    }
}
