//! How many threads a run may have: what the kernel allows any process, what is left to this user, and what is left to
//! each of the control groups that this process is in.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::process::{Resource, getrlimit, getuid};

use super::field;
use super::groups::{folders, number};
use crate::host::ThreadLimit;

/// A thread costs up to four memory maps, so `vm.max_map_count` is what aborts a process first; half of the process
/// numbers are left to the rest of the system.
pub fn thread_limit() -> ThreadLimit {
    let of_kernel = [
        (number("/proc/sys/vm/max_map_count").map(|maps| maps / 5), "vm.max_map_count / 5"),
        (number("/proc/sys/kernel/pid_max").map(|pids| pids / 2), "kernel.pid_max / 2"),
        (number("/proc/sys/kernel/threads-max").map(|threads| threads / 2), "kernel.threads-max / 2"),
        (left_to_groups(), "what the control group's pids.max leaves"),
    ];
    let known = of_kernel.into_iter().filter_map(|(threads, because)| Some(ThreadLimit { threads: threads?, because }));
    let least = known.min_by_key(|limit| limit.threads);
    let least = least.unwrap_or(ThreadLimit { threads: 1_000, because: "no limit could be read" });
    match left_to_user(least.threads) {
        Some(threads) => {
            ThreadLimit { threads, because: "what the limit on processes of this user leaves (ulimit -u)" }
        }
        None => least,
    }
}

/// Less those that run already, where that is less than `others`. Nobody limits root.
fn left_to_user(others: u64) -> Option<u64> {
    let user = getuid();
    let limit = getrlimit(Resource::Nproc).current.filter(|_| !user.is_root())?;
    // One look at all threads of the computer usually spares the look at each process.
    let all = fs::read_to_string("/proc/loadavg").ok().and_then(|load| threads_of_computer(&load)).unwrap_or(u64::MAX);
    if limit.saturating_sub(all) >= others {
        return None;
    }
    let left = limit.saturating_sub(threads_of_user(user.as_raw()));
    (left < others).then_some(left)
}

/// Behind the three loads: `1/345`, of which the second counts all.
fn threads_of_computer(load: &str) -> Option<u64> {
    load.split_whitespace().nth(3)?.split_once('/')?.1.parse().ok()
}

fn threads_of_user(user: u32) -> u64 {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let own = processes.filter(|entry| entry.metadata().is_ok_and(|process| process.uid() == user));
    own.filter_map(|entry| field(&fs::read_to_string(entry.path().join("status")).ok()?, "Threads:")).sum()
}

/// Each group has a limit of its own, and so has each that it is in.
fn left_to_groups() -> Option<u64> {
    folders("pids").iter().filter_map(|group| left_to_group(group)).min()
}

/// `max` is no number, and a group of version 1 at the root has no limit.
fn left_to_group(group: &Path) -> Option<u64> {
    Some(number(group.join("pids.max"))?.saturating_sub(number(group.join("pids.current")).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_in_a_group_is_taken_from_its_limit() {
        let group = tempfile::tempdir().unwrap();
        let check = |max: &str, current: &str, expected: Option<u64>| {
            fs::write(group.path().join("pids.max"), max).unwrap();
            fs::write(group.path().join("pids.current"), current).unwrap();
            assert_eq!(left_to_group(group.path()), expected, "{max} {current}");
        };
        check("4915\n", "15\n", Some(4_900));
        check("10\n", "15\n", Some(0));
        check("max\n", "15\n", None);
    }

    #[test]
    fn the_threads_of_this_process_are_counted() {
        assert_eq!(threads_of_computer("0.61 0.60 0.58 3/412 9911\n"), Some(412));
        let (own, all) = (threads_of_user(getuid().as_raw()), fs::read_to_string("/proc/loadavg").unwrap());
        // Others begin and end meanwhile.
        assert!(own > 0 && own < threads_of_computer(&all).unwrap() + 1_000, "{own} of {all}");
    }
}
