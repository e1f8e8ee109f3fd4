//! Linux: everything from procfs and a few system calls.

mod groups;
mod memory;
mod switches;
mod threads;

use std::{fs, io};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};
use rustix::thread::{CpuSet, gettid, sched_getaffinity, sched_getcpu, sched_setaffinity};

use super::unix::{is_parent, wait_for_hang_up_of};
use super::{MachineBusy, ThreadUsage};
use crate::time::Nanos;

pub use super::unix::{process_cpu, terminal_columns};
pub use memory::memory_available_bytes;
pub use switches::SwitchRecords;
pub use threads::thread_limit;

pub const HAS_AFFINITY: bool = true;

#[inline]
#[expect(clippy::unnecessary_wraps, reason = "other systems cannot tell")]
pub fn current_cpu() -> Option<usize> {
    Some(sched_getcpu())
}

pub fn allowed_cpus() -> Vec<usize> {
    match sched_getaffinity(None) {
        Ok(set) => (0..CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect(),
        Err(_) => vec![0],
    }
}

pub fn cores_of_computer() -> Option<u32> {
    count_of_list(fs::read_to_string("/sys/devices/system/cpu/online").ok()?.trim())
}

pub fn restrict_this_thread(cpus: &[usize]) -> bool {
    let mut set = CpuSet::new();
    for cpu in cpus {
        set.set(*cpu);
    }
    sched_setaffinity(None, &set).is_ok()
}

/// No limit at all counts as the most a process can have.
pub fn raise_descriptor_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let now = setrlimit(Resource::Nofile, raised).map_or(limit.current, |()| limit.maximum);
    now.unwrap_or(u64::MAX)
}

/// By the mask of ignored signals, whose lowest bit is signal 1.
pub fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    (1..=64).contains(&signal) && mask >> (signal - 1) & 1 == 1
}

pub fn thread_number() -> Option<u32> {
    u32::try_from(gettid().as_raw_nonzero().get()).ok()
}

pub fn thread_usage() -> Option<ThreadUsage> {
    let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
    let nanos = |time: TimeVal| Nanos(time.tv_sec() * 1_000_000_000 + time.tv_usec() * 1_000);
    Some(ThreadUsage {
        voluntary: usage.voluntary_context_switches().try_into().ok()?,
        involuntary: usage.involuntary_context_switches().try_into().ok()?,
        user: nanos(usage.user_time()),
        system: nanos(usage.system_time()),
    })
}

pub fn peak_memory_bytes() -> Option<u64> {
    Some(field(&fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")? * 1024)
}

/// Five is what sets the mark to what the process holds now, and touches nothing else.
pub fn forget_peak_memory() -> bool {
    fs::write("/proc/self/clear_refs", "5").is_ok()
}

pub fn memory_bytes() -> Option<u64> {
    Some(field(&fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")? * 1024)
}

/// The scheduler's own account, in nanoseconds: its first number.
pub fn cpu_of_process(pid: u32) -> Option<Nanos> {
    let account = fs::read_to_string(format!("/proc/{pid}/schedstat")).ok()?;
    Some(Nanos(account.split_whitespace().next()?.parse().ok()?))
}

/// Whoever lost its parent before the signal was asked for has another one now.
pub fn end_with_parent(parent: u32) -> bool {
    let asked = set_parent_process_death_signal(Some(Signal::KILL)).is_ok();
    asked && is_parent(parent)
}

/// A hang-up is told at once.
pub fn wait_for_hang_up(parent: u32) -> bool {
    wait_for_hang_up_of(&io::stdin(), parent, None)
}

pub fn machine_busy() -> Option<MachineBusy> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let cores = busy_time_of(&stat, super::allowed_cpus())?;
    Some(MachineBusy { all: cores.all, own: process_cpu()?, stolen: cores.stolen })
}

/// What a `cpu` line says, or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CoresBusy {
    all: Nanos,
    stolen: Nanos,
}

/// Of these cores together, by the lines `cpu0`, `cpu1`, …; cores of the computer that we may not use are not ours to
/// compare with.
fn busy_time_of(stat: &str, cpus: &[usize]) -> Option<CoresBusy> {
    let is_own = |line: &&str| {
        let number = line.split_whitespace().next().and_then(|name| name.strip_prefix("cpu")?.parse().ok());
        number.is_some_and(|number: usize| cpus.contains(&number))
    };
    let sum = |sum: Option<CoresBusy>, own: Option<CoresBusy>| {
        let (sum, own) = (sum?, own?);
        Some(CoresBusy { all: sum.all + own.all, stolen: sum.stolen + own.stolen })
    };
    stat.lines().filter(is_own).map(busy_time).reduce(sum)?
}

/// user + nice + system + irq + softirq + steal of a `cpu` line, in ticks of 10 ms.
fn busy_time(line: &str) -> Option<CoresBusy> {
    let ticks: Vec<i64> = line.split_whitespace().skip(1).map_while(|word| word.parse().ok()).collect();
    let [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] = ticks[..] else { return None };
    let in_ticks = |ticks| Nanos::from_millis(10) * ticks;
    Some(CoresBusy { all: in_ticks(user + nice + system + irq + softirq + steal), stolen: in_ticks(steal) })
}

pub fn os_name() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let pretty = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    pretty.map_or_else(|| "Linux".to_owned(), |name| name.trim_matches('"').to_owned())
}

pub fn cpu_name() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// How many numbers a list of the kernel has: `0-3,8`.
fn count_of_list(list: &str) -> Option<u32> {
    let numbers = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(last.parse::<u32>().ok()?.checked_sub(first.parse().ok()?)? + 1)
    };
    list.split(',').map(numbers).sum()
}

/// The number behind `key` at the beginning of a line.
fn field(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::MemoryMark;

    #[test]
    fn busy_time_leaves_out_idle_and_iowait() {
        let expected =
            CoresBusy { all: Nanos::from_millis(10 * (1 + 2 + 3 + 6 + 7 + 8)), stolen: Nanos::from_millis(80) };
        assert_eq!(busy_time("cpu  1 2 3 400 50 6 7 8 0 0"), Some(expected));
        assert_eq!(busy_time("cpu  1 2"), None);
    }

    #[test]
    fn only_cores_that_we_may_use_are_looked_at() {
        let stat = "cpu  9 0 0 0 0 0 0 0 0 0\ncpu0 1 0 0 0 0 0 0 0 0 0\ncpu1 3 0 0 0 0 0 0 0 0 0\n\
                    cpu10 5 0 0 0 0 0 0 0 0 0\nintr 7\n";
        let check = |cpus: &[usize], ticks: Option<i64>| {
            let busy = busy_time_of(stat, cpus).map(|busy| busy.all);
            assert_eq!(busy, ticks.map(|ticks| Nanos::from_millis(10) * ticks), "{cpus:?}");
        };
        check(&[0], Some(1));
        check(&[1, 10], Some(8));
        check(&[2], None);
    }

    #[test]
    fn the_peak_of_a_run_is_not_that_of_the_one_before() {
        const LARGE: u64 = 1 << 30;
        let held = std::hint::black_box(vec![1_u8; 1 << 30]);
        let during = MemoryMark::set().peak_bytes();
        drop(held);
        let behind = MemoryMark::set().peak_bytes();
        assert!(during.is_none_or(|peak| peak >= LARGE), "what is held at the beginning counts: {during:?}");
        assert!(behind.is_none_or(|peak| peak < LARGE), "{behind:?}");
        assert_eq!(MemoryMark { before: Some(u64::MAX) }.peak_bytes(), None, "where it cannot be forgotten");
    }

    #[test]
    fn lists_of_the_kernel_are_counted() {
        assert_eq!(count_of_list("0-3,8"), Some(5));
        assert_eq!(count_of_list("0"), Some(1));
        assert_eq!(count_of_list(""), None);
    }

    #[test]
    fn this_computer_answers() {
        assert!(!allowed_cpus().is_empty());
        assert!(cores_of_computer().is_some_and(|cores| cores as usize >= allowed_cpus().len()));
        assert!(thread_limit().threads > 0);
        assert!(thread_usage().is_some() && thread_number().is_some() && process_cpu().is_some());
        assert!(peak_memory_bytes().is_some() && machine_busy().is_some());
    }
}
