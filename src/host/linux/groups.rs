//! The control groups that this process is in: each has limits of its own, and so has each that it is in.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders of the groups that `controller` looks after, with all around them; in a container some of these are not
/// there.
pub fn folders(controller: &str) -> Vec<PathBuf> {
    folders_of(&fs::read_to_string("/proc/self/cgroup").unwrap_or_default(), controller)
}

/// Of every line `number:controllers:path` those of that controller of version 1, or of version 2, which names none.
fn folders_of(cgroup: &str, controller: &str) -> Vec<PathBuf> {
    let of_line = |line: &str| {
        let mut parts = line.splitn(3, ':').skip(1);
        let mounted = match parts.next()? {
            "" => PathBuf::from("/sys/fs/cgroup"),
            controllers if controllers.split(',').any(|own| own == controller) => {
                Path::new("/sys/fs/cgroup").join(controller)
            }
            _ => return None,
        };
        let own = Path::new(parts.next()?.trim_start_matches('/'));
        Some(own.ancestors().map(|folder| mounted.join(folder)).collect::<Vec<_>>())
    };
    cgroup.lines().filter_map(of_line).flatten().collect()
}

/// What a file of the kernel says that holds nothing but a number.
pub fn number(path: impl AsRef<Path>) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_around_a_process_counts() {
        let check = |cgroup: &str, expected: &[&str]| {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(folders_of(cgroup, "pids"), expected, "{cgroup}");
        };
        let slice = "/sys/fs/cgroup/user.slice";
        check("0::/user.slice/run.scope\n", &[&format!("{slice}/run.scope"), slice, "/sys/fs/cgroup/"]);
        check("8:pids:/box\n4:memory:/other\n", &["/sys/fs/cgroup/pids/box", "/sys/fs/cgroup/pids/"]);
        check("0::/\n", &["/sys/fs/cgroup/"]);
        check("", &[]);
    }
}
