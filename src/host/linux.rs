//! Linux: everything from procfs and a few system calls.

mod switches;

use std::fs;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};
use rustix::thread::{CpuSet, gettid, sched_getaffinity, sched_getcpu, sched_setaffinity};

use super::unix::is_parent;
use super::{MachineBusy, ThreadLimit, ThreadUsage};
use crate::time::Nanos;

pub use super::unix::{process_cpu, terminal_columns, wait_for_hang_up};
pub use switches::SwitchRecords;

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

pub fn restrict_this_thread(cpus: &[usize]) -> bool {
    let mut set = CpuSet::new();
    for cpu in cpus {
        set.set(*cpu);
    }
    sched_setaffinity(None, &set).is_ok()
}

/// A thread costs up to four memory maps, so `vm.max_map_count` is what aborts a process first; half of the process
/// numbers are left to the rest of the system.
pub fn thread_limit() -> ThreadLimit {
    let number = |path: &str| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let limits = [
        (number("/proc/sys/vm/max_map_count").map(|maps| maps / 5), "vm.max_map_count / 5"),
        (number("/proc/sys/kernel/pid_max").map(|pids| pids / 2), "kernel.pid_max / 2"),
        (number("/proc/sys/kernel/threads-max").map(|threads| threads / 2), "kernel.threads-max / 2"),
        (getrlimit(Resource::Nproc).current, "the limit on processes of this user (ulimit -u)"),
        (number("/sys/fs/cgroup/pids.max"), "the control group's pids.max"),
    ];
    let known = limits.into_iter().filter_map(|(threads, because)| Some(ThreadLimit { threads: threads?, because }));
    known.min_by_key(|limit| limit.threads).unwrap_or(ThreadLimit { threads: 1_000, because: "no limit could be read" })
}

/// No limit at all counts as the most a process can have.
pub fn raise_descriptor_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let now = setrlimit(Resource::Nofile, raised).map_or(limit.current, |()| limit.maximum);
    now.unwrap_or(u64::MAX)
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

pub fn machine_busy() -> Option<MachineBusy> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    Some(MachineBusy { all: busy_time(stat.lines().next()?)?, own: process_cpu()? })
}

/// user + nice + system + irq + softirq + steal of the `cpu` line, in ticks of 10 ms.
fn busy_time(line: &str) -> Option<Nanos> {
    let ticks: Vec<i64> = line.split_whitespace().skip(1).map_while(|word| word.parse().ok()).collect();
    let [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] = ticks[..] else { return None };
    Some(Nanos::from_millis(10) * (user + nice + system + irq + softirq + steal))
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

/// The number behind `key` at the beginning of a line.
fn field(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_time_leaves_out_idle_and_iowait() {
        assert_eq!(busy_time("cpu  1 2 3 400 50 6 7 8 0 0"), Some(Nanos::from_millis(10 * (1 + 2 + 3 + 6 + 7 + 8))));
        assert_eq!(busy_time("cpu  1 2"), None);
    }

    #[test]
    fn this_computer_answers() {
        assert!(!allowed_cpus().is_empty());
        assert!(thread_limit().threads > 0);
        assert!(thread_usage().is_some() && thread_number().is_some() && process_cpu().is_some());
        assert!(peak_memory_bytes().is_some() && machine_busy().is_some());
    }
}
