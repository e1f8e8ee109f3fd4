//! `via = "file"`: copying a file and making sure that the disk has it, again and again.
//!
//! Both files have no name where the system can do that: nothing is left behind, whatever becomes of the program.

use std::env;
use std::fs::File;
use std::io::{self, Seek, Write};

const BYTES: usize = 256 * 1024;

/// A file and where it is copied to.
pub(super) struct Copying {
    source: File,
    target: File,
}

impl Copying {
    /// # Errors
    /// Why there can be no temporary file, for the person.
    pub(super) fn new() -> Result<Self, String> {
        let files = || {
            let mut source = tempfile::tempfile()?;
            source.write_all(&vec![b'~'; BYTES])?;
            Ok(Copying { source, target: tempfile::tempfile()? })
        };
        files().map_err(|error: io::Error| said(&error))
    }

    /// Copies the whole file and waits for the disk.
    ///
    /// # Errors
    /// What the system refused, for the person.
    pub(super) fn transact(&mut self) -> Result<(), String> {
        let mut copy = || {
            self.source.rewind()?;
            self.target.rewind()?;
            io::copy(&mut self.source, &mut self.target)?;
            self.target.sync_all()
        };
        copy().map_err(|error| said(&error))
    }
}

fn said(error: &io::Error) -> String {
    format!("copying a file in {}: {error}", env::temp_dir().display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transaction_copies_the_whole_file() {
        let mut copying = Copying::new().unwrap();
        for _ in 0..2 {
            copying.transact().unwrap();
            assert_eq!(copying.target.metadata().unwrap().len(), BYTES as u64);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_a_reason() {
        let mut copying = Copying::new().unwrap();
        copying.target = File::options().write(true).open("/dev/full").unwrap();
        let reason = copying.transact().unwrap_err();
        assert!(reason.contains("No space left on device"), "{reason}");
    }
}
