//! What a measured run holds in memory before its first event, against what it may: the data of kernels, and payloads on
//! their way. Checked before any of it is there: who takes too much is ended by the system, and the window with it.

use std::fmt::{self, Display, Formatter};

use super::{Request, StartError};
use crate::host;
use crate::scenario::check::any_step;
use crate::scenario::{Kernel, Scenario, Step};
use crate::steps::kernel;

/// Payloads that may be on their way at once, a task of the largest for each worker process; sender and receiver each
/// hold them in memory.
pub const PAYLOADS_BYTES_MAX: u64 = 512 << 20;
/// What kernels may hold at once, all processes together; never more than half of the computer's memory.
pub const KERNELS_BYTES_MAX: u64 = 2 << 30;

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
