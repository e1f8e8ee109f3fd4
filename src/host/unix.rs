//! What every Unix offers in the same way.

use std::io;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, getppid};
use rustix::termios::tcgetwinsize;
use rustix::time::{ClockId, clock_gettime};

use crate::time::Nanos;

#[expect(clippy::unnecessary_wraps, reason = "other systems cannot tell")]
pub fn process_cpu() -> Option<Nanos> {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Some(Nanos(now.tv_sec * 1_000_000_000 + now.tv_nsec))
}

/// Whether the process of that number made this one, and lives.
pub fn is_parent(process: u32) -> bool {
    getppid().map(Pid::as_raw_nonzero).and_then(|own| u32::try_from(own.get()).ok()) == Some(process)
}

/// Asks for no event at all: a hang-up is told in any case.
pub fn wait_for_hang_up() -> bool {
    let stdin = io::stdin();
    loop {
        match poll(&mut [PollFd::new(&stdin, PollFlags::empty())], None) {
            Ok(_) => return true,
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

pub fn terminal_columns() -> Option<usize> {
    tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col))
}
