//! A run's own folder among the system's temporary ones, and the removal of those that killed programs have left.
//!
//! Each holds a file that its program keeps locked: the lock goes with the program, however that ends, and in whatever
//! container it ran.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::{Builder, NamedTempFile, TempDir};

const PREFIX: &str = "tasklane-";
/// The file that is locked as long as the folder's program lives.
const ALIVE: &str = "alive";

/// Removed when it is dropped.
pub(super) struct Folder {
    folder: TempDir,
    _alive: Option<File>,
}

impl Folder {
    /// # Errors
    /// When the system refuses the folder.
    pub(super) fn new() -> io::Result<Self> {
        let folder = Builder::new().prefix(PREFIX).tempdir()?;
        // Where files cannot be locked, nobody can tell later whose folder it was: it is left alone.
        let alive = lock_in(folder.path()).ok();
        Ok(Folder { folder, _alive: alive })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// It gets its name when it is locked already: no sweeper meets it in between.
fn lock_in(folder: &Path) -> io::Result<File> {
    let alive = NamedTempFile::new_in(folder)?;
    alive.as_file().try_lock()?;
    Ok(alive.persist(folder.join(ALIVE))?)
}

/// Removes the folders of programs that were killed before they could. What cannot be removed stays.
pub fn sweep_leftovers() {
    sweep(&env::temp_dir());
}

fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !is_ours || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        if let Some(lock) = abandoned(&entry.path()) {
            drop(fs::remove_dir_all(entry.path()));
            drop(lock);
        }
    }
}

/// The lock of a folder whose program is gone.
fn abandoned(folder: &Path) -> Option<File> {
    let alive = folder.join(ALIVE);
    // Opening anything else, a pipe for instance, could take for ever.
    let is_file = fs::symlink_metadata(&alive).is_ok_and(|metadata| metadata.is_file());
    let lock = is_file.then(|| File::open(alive).ok()).flatten()?;
    lock.try_lock().ok().map(|()| lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_living_and_of_others_are_left_alone() {
        let place = TempDir::new().unwrap();
        let make = |name: &str| {
            let path = place.path().join(name);
            fs::create_dir(&path).unwrap();
            path
        };
        let [left, living, unknown, foreign] = ["tasklane-a", "tasklane-b", "tasklane-c", "other"].map(make);
        for folder in [&left, &living, &foreign] {
            fs::write(folder.join(ALIVE), "").unwrap();
        }
        fs::write(left.join("1.sqlite"), "").unwrap();
        let lock = File::open(living.join(ALIVE)).unwrap();
        lock.lock().unwrap();
        sweep(place.path());
        assert_eq!([&left, &living, &unknown, &foreign].map(|path| path.exists()), [false, true, true, true]);
        drop(lock);
        sweep(place.path());
        assert!(!living.exists());
    }

    #[test]
    fn a_folder_is_locked_while_it_is_there() {
        let folder = Folder::new().unwrap();
        let path = folder.path().to_owned();
        assert!(path.join(ALIVE).exists() && abandoned(&path).is_none());
        drop(folder);
        assert!(!path.exists());
    }
}
