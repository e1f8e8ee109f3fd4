//! What every Unix offers in the same way.

use std::io;
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
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

/// Returns when nobody can write to `from` any more. With `look_every`, also when a look around finds that `parent` is
/// gone: not every system tells a hang-up to one that waits for nothing else.
pub fn wait_for_hang_up_of(from: &impl AsFd, parent: u32, look_every: Option<Timespec>) -> bool {
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    loop {
        let mut polled = [PollFd::new(from, PollFlags::HUP)];
        match poll(&mut polled, look_every.as_ref()) {
            Ok(_) if polled[0].revents().intersects(gone) || !is_parent(parent) => return true,
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

pub fn terminal_columns() -> Option<usize> {
    tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_that_is_gone_is_noticed_with_and_without_a_hang_up() {
        let own = u32::try_from(getppid().unwrap().as_raw_nonzero().get()).unwrap();
        let (from, to) = io::pipe().unwrap();
        let soon = Timespec { tv_sec: 0, tv_nsec: 1_000_000 };
        // Nobody's parent has the number 0. Whoever could write still can.
        assert!(wait_for_hang_up_of(&from, 0, Some(soon)));
        drop(to);
        assert!(wait_for_hang_up_of(&from, own, None));
    }
}
