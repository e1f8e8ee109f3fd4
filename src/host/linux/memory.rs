//! How much memory this process may still take: what the computer has free, what is left to each of the control groups
//! that this process is in, and what the limit on its addresses leaves.

use std::fs;
use std::path::Path;

use rustix::process::{Resource, getrlimit};

use super::field;
use super::groups::{folders, number};

/// What the cache of files takes is as good as free: the kernel counts it in.
pub fn memory_available_bytes() -> Option<u64> {
    let of_computer = kib("/proc/meminfo", "MemAvailable:");
    let of_groups = folders("memory").into_iter().filter_map(|group| left_to_group(&group)).min();
    of_computer.into_iter().chain(of_groups).chain(left_of_addresses()).min()
}

/// What is mapped and never touched counts, too: see `ulimit -v`.
fn left_of_addresses() -> Option<u64> {
    let limit = getrlimit(Resource::As).current?;
    Some(limit.saturating_sub(kib("/proc/self/status", "VmSize:").unwrap_or_default()))
}

/// Version 2, or version 1; `max` is no number, and a group at the root has no limit. Pages of files that nobody has read
/// lately are given back before a group is refused anything.
fn left_to_group(group: &Path) -> Option<u64> {
    let limits = [("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")];
    let known = |(max, current)| Some((number(group.join(max))?, number(group.join(current)).unwrap_or_default()));
    let (max, current) = limits.into_iter().find_map(known)?;
    let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let idle = field(&stat, "total_inactive_file").or_else(|| field(&stat, "inactive_file")).unwrap_or_default();
    Some(max.saturating_sub(current.saturating_sub(idle)))
}

fn kib(path: &str, key: &str) -> Option<u64> {
    Some(field(&fs::read_to_string(path).ok()?, key)? * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_group_holds_is_taken_from_its_limit() {
        let group = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(group.path().join(name), text).unwrap();
        let check = |expected: Option<u64>| assert_eq!(left_to_group(group.path()), expected);
        check(None);
        write("memory.limit_in_bytes", "9000\n");
        write("memory.usage_in_bytes", "1000\n");
        check(Some(8_000));
        write("memory.max", "5000\n");
        write("memory.current", "4000\n");
        check(Some(1_000));
        write("memory.stat", "anon 1000\ninactive_file 3000\n");
        check(Some(4_000));
        write("memory.current", "9000\n");
        check(Some(0));
    }

    #[test]
    fn what_is_free_is_less_than_all() {
        let (free, all) = (memory_available_bytes().unwrap(), super::super::memory_bytes().unwrap());
        assert!(free > 0 && free < all, "{free} of {all}");
    }
}
