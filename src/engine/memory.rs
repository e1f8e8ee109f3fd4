//! What a run holds in memory, against what it may: of a measured one, before its first event, the data of kernels and
//! payloads on their way; of a simulated one, its trace. Checked before any of it is there: who takes too much is ended
//! by the system, and the window with it.

use std::fmt::{self, Display, Formatter};

use super::{Request, StartError};
use crate::host;
use crate::scenario::check::any_step;
use crate::scenario::{Kernel, Scenario, Step};
use crate::simulate::room::{self, Need};
use crate::simulate::{EVENTS_MAX, Refusal, Setup};
use crate::steps::kernel;

/// Payloads that may be on their way at once, a task of the largest for each worker process; sender and receiver each
/// hold them in memory.
pub const PAYLOADS_BYTES_MAX: u64 = 512 << 20;
/// What kernels may hold at once, all processes together; never more than half of the computer's memory.
pub const KERNELS_BYTES_MAX: u64 = 2 << 30;
/// A trace that is sure to be no larger has room anywhere: then nobody asks the system.
const TRACE_BYTES_SMALL: u64 = 16 << 20;

/// # Errors
/// [`StartError::TooMuchPayload`] names the limit.
pub(super) fn check_payload(request: &Request, processes: u64) -> Result<(), StartError> {
    let payload = request.scenario.groups.iter().map(|group| group.payload_bytes).max().unwrap_or_default();
    let needed = payload.saturating_mul(processes);
    if needed <= PAYLOADS_BYTES_MAX {
        return Ok(());
    }
    Err(StartError::TooMuchPayload {
        model: request.choice.model.id,
        needed: mebibytes(needed),
        workers: processes,
        payload: mebibytes(payload),
        allowed: mebibytes(PAYLOADS_BYTES_MAX),
    })
}

/// Threads share a kernel's data; each of the worker `processes` has its own beside those of the parent.
///
/// # Errors
/// [`StartError::TooMuchKernelMemory`] names the limit, and the task whose kernel takes most.
pub(super) fn check_kernels(request: &Request, processes: u64) -> Result<(), StartError> {
    let used = kernels(&request.scenario);
    let of_process = used.iter().map(|used| used.bytes).sum::<u64>();
    let needed = of_process.saturating_mul(processes.saturating_add(1));
    let allowed = host::memory_bytes().map_or(KERNELS_BYTES_MAX, |all| KERNELS_BYTES_MAX.min(all / 2));
    let Some(largest) = used.iter().max_by_key(|used| used.bytes).filter(|_| needed > allowed) else { return Ok(()) };
    Err(StartError::TooMuchKernelMemory(Box::new(KernelMemory {
        model: request.choice.model.id,
        needed: mebibytes(needed),
        processes: processes + 1,
        each: mebibytes(of_process),
        kernel: largest.kernel.id(),
        task: largest.task.to_owned(),
        allowed: mebibytes(allowed),
    })))
}

/// What is sure to be in the trace of a simulated run, against the memory that is free.
///
/// # Errors
/// [`StartError::TooMuchTrace`] names both.
pub(super) fn check_trace(model: &'static str, setup: &Setup<'_>) -> Result<(), StartError> {
    let need = room::need(setup);
    let free = if need.bytes > TRACE_BYTES_SMALL { free_for_trace() } else { None };
    refuse_larger(model, need, free)
}

fn refuse_larger(model: &'static str, need: Need, free: Option<u64>) -> Result<(), StartError> {
    let Some(free) = free.filter(|free| need.bytes > *free) else { return Ok(()) };
    let (needed, free) = (Some(mebibytes(need.bytes)), mebibytes(free));
    Err(StartError::TooMuchTrace(Box::new(TraceMemory { model, events: need.events, needed, free })))
}

/// How many events a simulated run may have here, and how to say that it has more.
pub(super) struct TraceRoom {
    free: Option<u64>,
    pub events_max: u64,
}

impl TraceRoom {
    pub fn of(setup: &Setup<'_>) -> Self {
        TraceRoom::within(free_for_trace(), setup)
    }

    pub fn within(free: Option<u64>, setup: &Setup<'_>) -> Self {
        TraceRoom { free, events_max: free.map_or(EVENTS_MAX, |free| room::events_within(setup, free)) }
    }

    /// Where it was memory that set the bound, that is what is said.
    pub fn explain(&self, model: &'static str, refusal: Refusal) -> StartError {
        match (refusal, self.free) {
            (Refusal::TooManyEvents { max }, Some(free)) if max < EVENTS_MAX => {
                let free = mebibytes(free);
                StartError::TooMuchTrace(Box::new(TraceMemory { model, events: max, needed: None, free }))
            }
            (refusal, _) => refusal.into(),
        }
    }
}

/// A quarter of what is free is left to everybody else. `None` where the system does not say.
fn free_for_trace() -> Option<u64> {
    host::memory_available_bytes().map(|free| free / 4 * 3)
}

/// What the trace of a simulated run would hold, `needed`, or how many `events` had room until there were more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceMemory {
    pub model: &'static str,
    pub events: u64,
    pub needed: Option<String>,
    pub free: String,
}

impl Display for TraceMemory {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let TraceMemory { model, events, needed, free } = self;
        match needed {
            Some(needed) => write!(
                f,
                "{model} would have at least {events} events, which take {needed} of memory, and this computer has {free} free for them"
            ),
            None => write!(
                f,
                "{model} would have more than {events} events, and no more fit into the {free} of memory that this computer has free for them"
            ),
        }?;
        f.write_str(": use a longer quantum or switch interval, shorter times, smaller costs, fewer rounds of `repeat` or fewer tasks")
    }
}

/// What the kernels of a run would hold: `each` of the `processes`; most of it is that `kernel`'s in that `task`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelMemory {
    pub model: &'static str,
    pub needed: String,
    pub processes: u64,
    pub each: String,
    pub kernel: &'static str,
    pub task: String,
    pub allowed: String,
}

impl Display for KernelMemory {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let KernelMemory { model, needed, processes, each, kernel, task, allowed } = self;
        let (times, or_fewer_workers) = match processes {
            1 => (String::new(), ""),
            _ => (format!("{processes} processes × "), " or fewer workers"),
        };
        write!(
            f,
            "{model} would hold {needed} of data for its kernels ({times}{each}, the most of it for `{kernel}` in task `{task}`), and {allowed} are allowed: use a smaller `size`{or_fewer_workers}"
        )
    }
}

struct Used<'a> {
    kernel: Kernel,
    size_bytes: Option<u64>,
    bytes: u64,
    /// The first group whose steps name it.
    task: &'a str,
}

/// Each kernel of the scenario once for each of its sizes.
fn kernels(scenario: &Scenario) -> Vec<Used<'_>> {
    let used = std::cell::RefCell::new(Vec::<Used<'_>>::new());
    for group in &scenario.groups {
        any_step(&group.steps, &|step| {
            if let Step::Cpu { kernel, size_bytes, .. } | Step::Work { kernel, size_bytes, .. } = step {
                let (kernel, size_bytes, task) = (*kernel, *size_bytes, group.name.as_str());
                let bytes = kernel::memory_bytes(kernel, size_bytes);
                let mut used = used.borrow_mut();
                if !used.iter().any(|own| (own.kernel, own.size_bytes) == (kernel, size_bytes)) {
                    used.push(Used { kernel, size_bytes, bytes, task });
                }
            }
            false
        });
    }
    used.into_inner()
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{self, ModelChoice};
    use crate::scenario::read;
    use crate::simulate::costs::Costs;
    use crate::simulate::simulate_within;
    use crate::simulate::{Order, Simulated};

    fn with<T>(steps: &str, then: impl FnOnce(&Setup<'_>) -> T) -> T {
        let text = format!(
            "format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\n[[task]]\nname = \"a\"\ncount = 10\nsteps = [{steps}]\n"
        );
        let scenario = read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
        let plan = ModelChoice::new(model::find("threads").unwrap()).plan(1);
        let costs = Costs::of(plan.language, None, &scenario.machine);
        then(&Setup { scenario: &scenario, plan: &plan, cores: 1, seed: 1, costs: &costs })
    }

    #[test]
    fn a_trace_that_is_sure_to_be_too_large_is_refused_with_a_remedy() {
        with("{ repeat = 1000000, steps = [{ io = \"1ms\" }] }", |setup| {
            let need = room::need(setup);
            assert!((20_000_000..21_000_000).contains(&need.events), "{need:?}");
            assert_eq!(refuse_larger("threads", need, Some(need.bytes)), Ok(()));
            assert_eq!(refuse_larger("threads", need, None), Ok(()), "nobody knows how much there is");
            let refused = refuse_larger("threads", need, Some(1 << 30)).unwrap_err().to_string();
            let expected = "threads would have at least 20000030 events, which take 1298 MiB of memory, and this \
                            computer has 1024 MiB free for them: use a longer quantum or switch interval, shorter \
                            times, smaller costs, fewer rounds of `repeat` or fewer tasks";
            assert_eq!(refused, expected);
        });
    }

    #[test]
    fn what_grows_beyond_memory_ends_with_what_to_do() {
        let run = |setup: &Setup<'_>, free: u64| -> Result<Simulated, StartError> {
            let room = TraceRoom::within(Some(free), setup);
            simulate_within(setup, room.events_max, &|_| Order::GoOn)
                .map_err(|refusal| room.explain("threads", refusal))
        };
        // Behind a lock nobody foresees that anything happens.
        with("{ lock = \"x\" }, { unlock = \"x\" }, { repeat = 1000, steps = [{ io = \"1ms\" }] }", |setup| {
            assert!(room::need(setup).events < 1_000);
            assert!(run(setup, 1 << 30).is_ok());
            let refused = run(setup, 1 << 20).unwrap_err().to_string();
            assert!(refused.starts_with("threads would have more than 15384 events, and no more fit into the 1 MiB"));
            assert!(refused.ends_with("fewer rounds of `repeat` or fewer tasks"), "{refused}");
        });
    }
}
