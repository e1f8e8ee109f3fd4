//! Waiting until so many have said a word: until all threads of a pool are up, so that t = 0 is not before.

use std::sync::{Condvar, Mutex, PoisonError};

pub(super) struct Ready {
    missing: Mutex<u32>,
    changed: Condvar,
}

impl Ready {
    pub(super) fn new(words: u32) -> Self {
        Ready { missing: Mutex::new(words), changed: Condvar::new() }
    }

    pub(super) fn one_more(&self) {
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        *missing = missing.saturating_sub(1);
        self.changed.notify_all();
    }

    pub(super) fn wait(&self) {
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        while *missing > 0 {
            missing = self.changed.wait(missing).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
